/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A lane: one reader of packets with its own ring to every worker. A replay has one; a live
 * capture has one for each of its capture threads. Used by one thread only.
 */
#ifndef FA_PIPELINE_LANE_H
#define FA_PIPELINE_LANE_H

#include "core/packet.h"
#include "core/run.h"
#include "pipeline/shared.h"

struct fa_lane {
	struct fa_ring_producer producers[FA_WORKERS_MAX];
	unsigned workers;
	unsigned index;
	struct fa_lane_shared *shared;
	struct fa_capture_counts counts; /* what this lane has seen; the intake fills it */
	uint64_t marked[FA_WORKERS_MAX]; /* last window whose end this worker's ring has */
	uint64_t window;		 /* the same, of all of them */
	bool keeps;			 /* heads of packets that tell nothing are wanted, too */
	int64_t impatient_ns[FA_WORKERS_MAX]; /* monotonic: until then this worker is not waited for */
	/* Called about every 100 ms while a ring is full; 0 to wait on, else what fa_lane_packet
	 * returns. NULL: a moment is waited, for which the kernel keeps what comes; then the packet
	 * is dropped and counted, and for ten moments nothing is waited for. */
	int (*full)(void *context);
	void *context;
};

/* Takes over lane INDEX of all channels. 0 or FA_ECORRUPT. */
int fa_lane_init(struct fa_lane *lane, unsigned index, const struct fa_channel *channels,
		 unsigned workers, struct fa_shared *shared);

/* Hands a packet to the worker of its address pair. For an intake; CONTEXT is the lane. */
int fa_lane_packet(void *context, const struct fa_packet *packet, const uint8_t *ip_bytes);

/*
 * Tells every worker that has room the time, and that windows up to TICK->window are over. A ring
 * that is full gets the next tick instead. Wakes the workers.
 */
void fa_lane_tick(struct fa_lane *lane, const struct fa_tick *tick);

/* Makes everything handed over so far visible to the workers, and the counts to everybody. */
void fa_lane_publish(struct fa_lane *lane);

/* The same, and wakes those that sleep: nothing more may come for a while. */
void fa_lane_flush(struct fa_lane *lane);

/* Where its packets come from, as of now, for everybody to see. */
void fa_lane_interfaces(struct fa_lane *lane, const struct fa_run_interfaces *interfaces);

/* Nothing more will come. */
void fa_lane_close(struct fa_lane *lane);

#endif
