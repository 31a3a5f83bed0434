/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For the tests of the ring: a ring with both its handles, and records that know their contents.
 */
#ifndef FA_TESTS_RING_BOTH_SIDES_H
#define FA_TESTS_RING_BOTH_SIDES_H

#include "base/error.h"
#include "ring/layout.h"
#include "ring/ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define TIME_LIMIT_S   60
#define NEAR_THE_LIMIT (UINT64_MAX - 103) /* a multiple of 8, 104 below 2^64 */

struct both_sides {
	struct fa_ring *ring;
	struct fa_ring_producer p;
	struct fa_ring_consumer c;
};

static inline void make(struct both_sides *b, size_t capacity, uint64_t start)
{
	assert_int_equal(fa_ring_new_at(&b->ring, capacity, start), FA_OK);
	assert_int_equal(fa_ring_producer_init(&b->p, b->ring), FA_OK);
	assert_int_equal(fa_ring_consumer_init(&b->c, b->ring), FA_OK);
}

static inline void unmake(struct both_sides *b)
{
	fa_ring_free(b->ring);
	b->ring = NULL;
}

/* A test that hangs is killed, and so fails. Not inherited by children. */
static inline void limit_time(void)
{
	alarm(TIME_LIMIT_S);
}

static inline uint64_t elapsed_ms(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)((now.tv_sec - since->tv_sec) * 1000 +
			  (now.tv_nsec - since->tv_nsec) / 1000000);
}

/* The payload of record NUMBER, so that the other side can know it. */
static inline void fill(unsigned char *to, size_t len, uint32_t number)
{
	uint32_t state = number * 2654435761u + 1;
	size_t i;

	for (i = 0; i < len; i++) {
		state = state * 1664525u + 1013904223u;
		to[i] = (unsigned char)(state >> 24);
	}
}

static inline bool filled(const unsigned char *from, size_t len, uint32_t number)
{
	unsigned char expected[4096];

	fill(expected, len, number);
	return memcmp(from, expected, len) == 0;
}

static inline size_t random_len(uint32_t number, size_t max)
{
	uint32_t mixed = (number ^ number >> 7) * 2246822519u;

	/* Every 16th is as long as can be, and every 16th empty. */
	if (number % 16 == 3)
		return max;
	return number % 16 == 9 ? 0 : (mixed >> 8) % (max + 1);
}

static inline bool put(struct fa_ring_producer *p, size_t len, uint32_t number)
{
	unsigned char *to = fa_ring_reserve(p, len, number);

	if (to == NULL)
		return false;
	fill(to, len, number);
	fa_ring_commit(p, len);
	return true;
}

static inline void expect_record(struct fa_ring_consumer *c, size_t len, uint32_t number)
{
	uint32_t got_len = UINT32_MAX;
	uint32_t got_kind = UINT32_MAX;
	const unsigned char *got = fa_ring_next(c, &got_len, &got_kind);

	assert_non_null(got);
	assert_int_equal((uintptr_t)got % 8, 0);
	assert_int_equal(got_len, len);
	assert_int_equal(got_kind, number);
	assert_true(filled(got, len, number));
}

static inline void expect_nothing(struct fa_ring_consumer *c)
{
	uint32_t len;
	uint32_t kind;

	assert_null(fa_ring_next(c, &len, &kind));
	assert_int_equal(fa_ring_consumer_error(c), FA_OK);
}

static inline uint32_t asleep(_Atomic uint32_t *word)
{
	return atomic_load(word);
}

#endif
