/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filter expressions. Private to this folder. */
#ifndef FA_CAPTURE_FILTER_H
#define FA_CAPTURE_FILTER_H

#include <pcap/pcap.h>

#include "base/error.h"

/*
 * Compiles FILTER (NULL: every packet, cut to the snapshot length of PCAP) for the link type of
 * PCAP; pcap_freecode frees PROGRAM. LABEL names the input in the message. 0 or FA_EINVAL.
 */
int fa_filter_compile(pcap_t *pcap, const char *filter, const char *label,
		      struct bpf_program *program, struct fa_diag *diag);

#endif
