/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Warnings about loss while it happens: one when it starts and one when it stops, not one a
 * second.
 */
#ifndef FA_PIPELINE_LOSS_WATCH_H
#define FA_PIPELINE_LOSS_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "pipeline/statistics.h"

/* kernel, interface, ring, memory, inspection, evidence */
#define FA_LOSS_STAGES 6

/* Where something is lost. An episode is over when nothing was lost for 10 s. */
struct fa_loss_stage {
	uint64_t seen;	       /* the counter at the last look */
	bool is_open, is_said; /* an episode; its beginning was said */
	bool has_said;	       /* said_ns is valid */
	uint64_t began_count;  /* the counter before the episode */
	int64_t began_ns, last_ns, said_ns;
};

struct fa_loss_watch {
	struct fa_loss_stage stages[FA_LOSS_STAGES];
	bool has_looked;
	int64_t looked_ns;
	uint64_t packets;
	int64_t packet_ns; /* when PACKETS last grew */
	bool is_silent;	   /* the silence was said */
};

void fa_loss_watch_init(struct fa_loss_watch *watch);

/*
 * To be called about once a second. SAY gets at most one line for each stage whose state changed:
 *
 *   kernel: dropping packets (312 in the last second): the capture process is too slow; see
 *   --buffer
 *   kernel: no packet dropped for 10 s; 12,345 were lost in 42 s
 *
 * and for traffic that stays away: "no packet for 60 s: is the mirror port fed?", then "packets
 * again, after 12 min without". Loss that comes and goes fills no log: a stage says that it loses
 * at most once in 60 s; what was lost meanwhile is in the next line about it, so that nothing
 * goes unsaid. Packets lost with a worker are not in here (its end has a message of its own),
 * nor gaps before the tap.
 */
void fa_loss_watch_look(struct fa_loss_watch *watch, const struct fa_statistics *now,
			void (*say)(void *context, const char *text), void *context);

/* At the end of a capture: episodes that are open say what they lost. */
void fa_loss_watch_finish(struct fa_loss_watch *watch, void (*say)(void *context, const char *text),
			  void *context);

#endif
