/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a live capture does at this moment, and what people are told of it. */
#ifndef FA_PIPELINE_STATISTICS_H
#define FA_PIPELINE_STATISTICS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/run.h"
#include "report/buffer.h"

enum {
	FA_STATISTICS_INTERFACES_MAX = 16,
	FA_STATISTICS_NAME = 16, /* IFNAMSIZ, linux/if.h */
};

enum fa_statistics_state {
	FA_INTERFACE_UP,
	FA_INTERFACE_DOWN, /* there, without a link */
	FA_INTERFACE_GONE, /* removed, and waited for */
};

struct fa_statistics_interface {
	char name[FA_STATISTICS_NAME];
	uint8_t state;	       /* enum fa_statistics_state */
	uint64_t buffer_bytes; /* that the kernel granted */
};

/* A snapshot of a live capture, made by the supervisor once a second. Plain data. */
struct fa_statistics {
	int64_t monotonic_ns, wall_ns; /* when the snapshot was made */
	int64_t begun_wall_ns;	       /* start of the capture */
	int64_t run;		       /* number of the run now */
	int64_t windows;	       /* stored since the start */
	struct fa_run_totals totals;   /* since the start of the program, over all runs */
	uint64_t flows_active, flows_max;
	uint64_t ring_used_bytes, ring_bytes; /* of the fullest ring */
	int64_t lag_ns;			      /* how far the workers are behind the capture */
	int64_t committed_wall_ns;	      /* last commit; 0: none */
	uint64_t spool_bytes, findings, reloads, events_dropped;
	struct fa_statistics_interface interfaces[FA_STATISTICS_INTERFACES_MAX];
	uint32_t interface_count, workers, lanes;
};

/* Interfaces of a snapshot: never more than there is room for. */
static inline uint32_t fa_statistics_interfaces(const struct fa_statistics *now)
{
	return now->interface_count < FA_STATISTICS_INTERFACES_MAX ? now->interface_count
								   : FA_STATISTICS_INTERFACES_MAX;
}

/* Packets that no verdict knows of: lost by kernel, interface, ring, or with a worker. */
uint64_t fa_statistics_dropped(const struct fa_statistics *now);

/*
 * One line for a terminal, without a newline, in at most COLUMNS columns and SIZE bytes with the
 * final NUL:
 *   eth1  1,042,113 packets/s  3.2 Gbit/s  dropped 0  flows 193,402  ring 3%  lag 12 ms  run 7
 * Rates are those since PREVIOUS; without one (NULL, or no time between) there are sums instead.
 * What matters least is left out where it does not fit; drops are the last to go, and are written
 * in capitals while they happen, with what came since PREVIOUS: "DROPPED 12,345 (+312)".
 */
void fa_status_line(const struct fa_statistics *now, const struct fa_statistics *previous,
		    size_t columns, char *out, size_t size);

/* Everything, in several lines with units, for people. PREVIOUS as above. One write to OUT. */
void fa_status_text(const struct fa_statistics *now, const struct fa_statistics *previous,
		    FILE *out);

#endif
