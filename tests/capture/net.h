/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of live capture: a network namespace of their own, and frames sent into it. */
#ifndef FA_TESTS_CAPTURE_NET_H
#define FA_TESTS_CAPTURE_NET_H

#include <stdbool.h>
#include <stdint.h>

/* Exit status by which automake knows a test that was skipped. */
#define SKIPPED 77

/* Goes into a new network namespace, without IPv6, so that nobody speaks in it unasked. Ends the
 * program as skipped where that is not allowed. */
void net_enter(void);

/* Runs "ip ARGUMENTS"; a test fails where it does. */
void net_ip(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Makes a pair of interfaces, both up. */
void net_pair(const char *name, const char *peer);

/* A socket that sends frames through NAME. */
int net_sender(const char *name);

/* Sends an Ethernet frame of LEN bytes (at least 60): UDP from and to PORTS as given of hosts that
 * have these numbers in 10.0.0.0/16, and NUMBER behind the header. */
void net_send(int fd, uint32_t number, uint16_t src_port, uint16_t dst_port, unsigned len);

/* What makes a frame that ends with it one with a NUMBER. */
#define NET_MARK 8
void net_mark(uint8_t mark[NET_MARK], uint32_t number);

/* NUMBER of a frame, UINT32_MAX when it has none. SKIP: bytes of its link header. */
uint32_t net_number(const uint8_t *frame, uint32_t captured, unsigned skip);

/* Adds to what clock_gettime tells of CLOCK_REALTIME in this program. */
extern int64_t net_clock_step_ns;

#endif
