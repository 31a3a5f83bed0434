/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packets of several interfaces in the order of their times. Private to this folder. */
#ifndef FA_CAPTURE_LIVE_MERGE_H
#define FA_CAPTURE_LIVE_MERGE_H

#include <stdint.h>

#include "capture/live_port.h"

struct fa_live_merge {
	struct fa_live_port *ports;
	size_t count;
	unsigned given; /* by the last call */
	int stopped;	/* what the sink returned then, when not 0 */
	/* How long the oldest packet held still waits for a port that has shown nothing; INT64_MAX
	 * when none is held, 0 when the last call ended at its number of packets. */
	int64_t wait_ns;
};

/*
 * Gives at most MAX_PACKETS packets (at least 1) that are certain to be the oldest. A port without
 * packets holds the others up for FA_LIVE_HOLD_NS, after which nothing older can come from it.
 * NOW_NS is the wall clock, as in packet times. 0 or FA_EIO.
 */
int fa_live_merge(struct fa_live_merge *merge, unsigned max_packets,
		  const struct fa_frame_sink *sink, int64_t now_ns, struct fa_diag *diag);

#endif
