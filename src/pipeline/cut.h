/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cuts the packets behind a finding out of the captures that a run has read. */
#ifndef FA_PIPELINE_CUT_H
#define FA_PIPELINE_CUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "core/wire.h"
#include "pipeline/wanted.h"

#define FA_ANY_LINK_TYPE (-1)

struct fa_cut {
	const char *const *inputs;
	size_t input_count;
	const char *filter;   /* of the run; NULL: none */
	bool kept;	      /* the inputs are what a live run has kept: not all packets */
	int link_type;	      /* LINKTYPE_ value; only its frames are taken, or FA_ANY_LINK_TYPE */
	const struct fa_wire *wire; /* how the run took frames apart; NULL: the defaults */
	uint64_t max_packets; /* 0: all */
	FILE *out;
};

struct fa_cut_result {
	uint64_t packets; /* written */
	bool stopped;	  /* at max_packets */
};

/*
 * Reads the inputs again and writes, as a pcap file, the frames with packets that WANTED has:
 * whole, with their times, in nanoseconds where an input may have those. Nothing is written
 * before the first of them. 0; FA_ENOENT: there is none; FA_EUNSUPPORTED: their link types differ,
 * and a pcap file holds one; or an error of reading or writing.
 */
int fa_cut_packets(const struct fa_cut *cut, struct fa_wanted *wanted,
		   struct fa_cut_result *result, struct fa_diag *diag);

#endif
