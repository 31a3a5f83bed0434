/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What lies in the shared mapping of a ring. For ring.c and its tests only: nobody else may
 * depend on it.
 *
 *   offset 0      struct fa_ring_shared
 *   offset 4096   CAPACITY bytes of records
 *
 * A record is a 64-bit header followed by the payload, rounded up to 8 bytes. The low half of the
 * header is the payload's length, the high half the caller's kind; both are written and read in
 * one access, so that a hostile producer cannot change the length between check and use. A record
 * that does not fit before the end of the buffer is preceded by a pad: a header with
 * FA_RING_PAD set in its length, which reaches exactly to the end and is always followed by a
 * record in the same publication.
 */
#ifndef FA_RING_LAYOUT_H
#define FA_RING_LAYOUT_H

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* Two 64-byte lines: processors fetch lines in pairs, so one line apart is not apart enough. */
#define FA_RING_LINE 128

#define FA_RING_DATA_OFFSET 4096
#define FA_RING_HEADER	    8u
#define FA_RING_PAD	    0x80000000u

struct fa_ring_shared {
	/* Written by the producer. */
	alignas(FA_RING_LINE) _Atomic uint64_t head;
	_Atomic uint32_t closed;

	/* Written by the consumer. */
	alignas(FA_RING_LINE) _Atomic uint64_t tail;

	/* Written by both, but rarely: 1 while that side sleeps or is about to. */
	alignas(FA_RING_LINE) _Atomic uint32_t consumer_asleep;
	alignas(FA_RING_LINE) _Atomic uint32_t producer_asleep;
};

/* A lock inside the atomics would be private to a process and protect nothing between two. */
static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && ATOMIC_LONG_LOCK_FREE == 2 &&
		      ATOMIC_INT_LOCK_FREE == 2,
	      "the ring needs lock-free 64-bit and 32-bit atomics");
static_assert(sizeof(_Atomic uint64_t) == FA_RING_HEADER, "a header is one 64-bit access");
static_assert(sizeof(struct fa_ring_shared) <= FA_RING_DATA_OFFSET, "indices precede the data");

struct fa_ring {
	struct fa_ring_shared *shared;
	unsigned char *data;
	uint64_t capacity;
};

/*
 * As fa_ring_new, but the positions start at START (a multiple of 8) instead of 0, so that a test
 * need not write 2^64 bytes to see them wrap.
 */
int fa_ring_new_at(struct fa_ring **out, size_t capacity_bytes, uint64_t start);

#endif
