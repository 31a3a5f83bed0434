/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The intake: every frame of the source is counted and decoded once; copies of a packet end here,
 * and all others get their number and clock.
 */
#ifndef FA_PIPELINE_INTAKE_H
#define FA_PIPELINE_INTAKE_H

#include "core/packet.h"
#include "core/run.h"
#include "decode/decode.h"
#include "dedup/dedup.h"

struct fa_intake {
	struct fa_decoder decoder;
	struct fa_dedup *dedup;		  /* NULL: every packet counts */
	struct fa_capture_counts *counts; /* borrowed */
	/* Takes every decoded packet that is no copy, with its `captured` bytes. */
	int (*packet)(void *context, const struct fa_packet *packet, const uint8_t *ip_bytes);
	void *context;
	int64_t clock_offset_ns; /* added to packet time, which somebody may set */
	int64_t clock_ns;
	/* Live, of the last fa_intake_time: */
	bool is_live;
	int64_t to_wall_ns; /* from the monotonic to the wall clock */
	int64_t steps_ns;   /* by which that was set, in all */
	int64_t now_ns;	    /* what the clock of flows would be if packets came at once */
};

/* The hash of an address pair is fixed, so that a replay repeats. 0 or FA_ENOMEM. */
int fa_intake_init(struct fa_intake *intake, struct fa_capture_counts *counts,
		   const struct fa_wire *wire);

/* Live: the hash is keyed with KEY, so that nobody can aim at one worker. */
int fa_intake_init_keyed(struct fa_intake *intake, struct fa_capture_counts *counts,
			 const struct fa_wire *wire, struct fa_hash_key key);

/* One that is all zero needs none, but takes it. */
void fa_intake_deinit(struct fa_intake *intake);

/*
 * Live: what time it is now, to be said some times a second. Who sets the wall clock moves the
 * times of packets; the clock of flows goes on as the monotonic one does.
 */
void fa_intake_time(struct fa_intake *intake, int64_t wall_ns, int64_t monotonic_ns);

/*
 * The clock when no packet came: a little behind fa_intake_time, because packets that the kernel
 * still holds are older than now. Never goes back.
 */
int64_t fa_intake_idle(struct fa_intake *intake);

/* A fa_frame_sink function; CONTEXT is a struct fa_intake. */
int fa_intake_frame(void *context, const struct fa_frame *frame);

#endif
