/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For tests: the program by which the kernel shares packets out, run in libpcap's interpreter. What
 * it loads that is not in the packet is put into it before.
 */
#ifndef FA_TESTS_CAPTURE_FANOUT_RUN_H
#define FA_TESTS_CAPTURE_FANOUT_RUN_H

#include <stdint.h>

#include "packets.h"

/* A packet as the program sees it. */
struct fanout_seen {
	const uint8_t *bytes;
	unsigned len;
	unsigned network; /* where the network header is */
	uint32_t type, device, protocol;
};

/* Its result. A test fails where the interpreter refuses it. */
uint32_t fanout_run(const struct fanout_seen *seen);

/* Of an Ethernet frame, which must be the same whether it comes or goes. */
uint32_t fanout_number(const struct packet *packet);

#endif
