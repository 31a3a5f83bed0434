/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packets of one file in the order of their times. Private to this folder.
 *
 * A capture from several queues or interfaces holds packets a few milliseconds out of order. They
 * are held for FA_ORDER_NS of packet time and leave by time, those of the same time as they came.
 * What steps back farther is no disorder: a clock was set. All before it leaves first then, and
 * time begins anew.
 *
 * Memory is bounded: with FA_ORDER_PACKETS packets or FA_ORDER_BYTES the earliest leaves early.
 */
#ifndef FA_CAPTURE_ORDER_H
#define FA_CAPTURE_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/packet.h"

#define FA_ORDER_NS	 INT64_C(10000000)
#define FA_ORDER_PACKETS 65536
/* Pieces of memory, each for one of the longest frames at least (FA_PCAPNG_SNAP_BYTES). */
#define FA_ORDER_CHUNK	 (512 << 10)
#define FA_ORDER_CHUNKS	 16
#define FA_ORDER_BYTES	 (FA_ORDER_CHUNKS * FA_ORDER_CHUNK)

/* A packet that is held; FRAME.data points into a chunk. */
struct fa_held {
	struct fa_frame frame;
	uint64_t turn; /* the place in the file */
	uint32_t chunk;
	bool passes; /* the filter; else there are no bytes of it */
};

struct fa_order_chunk {
	uint8_t *bytes;
	size_t used;
	uint32_t held; /* packets in it */
};

struct fa_order {
	struct fa_held *heap; /* the earliest first */
	size_t count, room;
	uint64_t turns;
	int64_t newest_ns; /* valid when turns > 0 */
	struct fa_order_chunk chunks[FA_ORDER_CHUNKS];
	uint32_t chunk; /* that is being filled */
	bool amiss;	 /* a packet was out of order; */
	uint64_t mended; /* so many that passed the filter were */
};

/* Gives back the memory of packets, of which there must be none; more may come. */
void fa_order_free(struct fa_order *order);

/* What FRAME is to those before it. */
enum fa_order_step {
	FA_ORDER_AHEAD, /* at or after all of them */
	FA_ORDER_AMISS, /* a little before one of them */
	FA_ORDER_BACK	/* far before: all of them have to go first */
};

static inline enum fa_order_step fa_order_step(int64_t newest_ns, int64_t ts_ns)
{
	/* Times are so small that this cannot overflow: see FARTHEST_SECOND in savefile.c. */
	return ts_ns >= newest_ns		  ? FA_ORDER_AHEAD
	       : newest_ns - ts_ns <= FA_ORDER_NS ? FA_ORDER_AMISS
						  : FA_ORDER_BACK;
}

/* Copies a frame. False: there is no room, or no memory, before the earliest has left. */
bool fa_order_put(struct fa_order *order, const struct fa_frame *frame, bool passes);

/* Whether the earliest need not be held any longer. */
static inline bool fa_order_ready(const struct fa_order *order)
{
	return order->count > 0 &&
	       order->newest_ns - order->heap[0].frame.ts_ns >= FA_ORDER_NS;
}

/* Takes the earliest out: there must be one. Its bytes are good until the next put. */
void fa_order_take(struct fa_order *order, struct fa_held *out);

#endif
