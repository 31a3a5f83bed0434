/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ring: what one side sees of the other in one thread, between two threads (run these under
 * ThreadSanitizer) and between two processes, one of which dies; and what a hostile side can do.
 */
#include "base/error.h"
#include "ring/futex.h"
#include "ring/layout.h"
#include "ring/ring.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define TIME_LIMIT_S 60
#define NEAR_THE_LIMIT (UINT64_MAX - 103) /* a multiple of 8, 104 below 2^64 */

struct both_sides {
	struct fa_ring *ring;
	struct fa_ring_producer p;
	struct fa_ring_consumer c;
};

static void make(struct both_sides *b, size_t capacity, uint64_t start)
{
	assert_int_equal(fa_ring_new_at(&b->ring, capacity, start), FA_OK);
	assert_int_equal(fa_ring_producer_init(&b->p, b->ring), FA_OK);
	assert_int_equal(fa_ring_consumer_init(&b->c, b->ring), FA_OK);
}

static void unmake(struct both_sides *b)
{
	fa_ring_free(b->ring);
	b->ring = NULL;
}

/* A test that hangs is killed, and so fails. Not inherited by children. */
static void limit_time(void)
{
	alarm(TIME_LIMIT_S);
}

static uint64_t elapsed_ms(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)((now.tv_sec - since->tv_sec) * 1000 +
			  (now.tv_nsec - since->tv_nsec) / 1000000);
}

/* The payload of record NUMBER, so that the other side can know it. */
static void fill(unsigned char *to, size_t len, uint32_t number)
{
	uint32_t state = number * 2654435761u + 1;
	size_t i;

	for (i = 0; i < len; i++) {
		state = state * 1664525u + 1013904223u;
		to[i] = (unsigned char)(state >> 24);
	}
}

static bool filled(const unsigned char *from, size_t len, uint32_t number)
{
	unsigned char expected[4096];

	fill(expected, len, number);
	return memcmp(from, expected, len) == 0;
}

static size_t random_len(uint32_t number, size_t max)
{
	uint32_t mixed = (number ^ number >> 7) * 2246822519u;

	/* Every 16th is as long as can be, and every 16th empty. */
	if (number % 16 == 3)
		return max;
	return number % 16 == 9 ? 0 : (mixed >> 8) % (max + 1);
}

static bool put(struct fa_ring_producer *p, size_t len, uint32_t number)
{
	unsigned char *to = fa_ring_reserve(p, len, number);

	if (to == NULL)
		return false;
	fill(to, len, number);
	fa_ring_commit(p, len);
	return true;
}

static void expect_record(struct fa_ring_consumer *c, size_t len, uint32_t number)
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

static void expect_nothing(struct fa_ring_consumer *c)
{
	uint32_t len;
	uint32_t kind;

	assert_null(fa_ring_next(c, &len, &kind));
	assert_int_equal(fa_ring_consumer_error(c), FA_OK);
}

/* One thread. */

static void test_capacity_is_checked(void **state)
{
	static const size_t bad[] = {0, 8, 512, 1023, 1025, 3072, SIZE_MAX,
				     (size_t)FA_RING_MAX_CAPACITY * 2};
	struct fa_ring *ring;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(fa_ring_new(&ring, bad[i]), FA_EINVAL);
		assert_null(ring);
	}
	assert_int_equal(fa_ring_new_at(&ring, 1024, 4), FA_EINVAL);
	assert_int_equal(fa_ring_new(&ring, 1024), FA_OK);
	assert_int_equal(fa_ring_max_len(ring), 256);
	fa_ring_free(ring);
	fa_ring_free(NULL);
}

static void test_published_only(void **state)
{
	struct both_sides b;

	(void)state;
	make(&b, 4096, 0);
	assert_true(put(&b.p, 10, 1));
	expect_nothing(&b.c);
	assert_int_equal(fa_ring_pending_bytes(b.ring), 0);
	fa_ring_publish(&b.p);
	assert_int_equal(fa_ring_pending_bytes(b.ring), 24);
	expect_record(&b.c, 10, 1);
	expect_nothing(&b.c);
	assert_int_equal(fa_ring_pending_bytes(b.ring), 24);
	fa_ring_release(&b.c);
	assert_int_equal(fa_ring_pending_bytes(b.ring), 0);
	unmake(&b);
}

static void test_batch_publishes_itself(void **state)
{
	struct both_sides b;

	(void)state;
	make(&b, 4096, 0);
	fa_ring_producer_tune(&b.p, 64, 1024);
	assert_true(put(&b.p, 40, 1));
	expect_nothing(&b.c);
	assert_true(put(&b.p, 8, 2)); /* 48 + 16 bytes */
	expect_record(&b.c, 40, 1);
	expect_record(&b.c, 8, 2);
	unmake(&b);
}

static void test_shrunk_empty_and_taken_back(void **state)
{
	struct both_sides b;
	unsigned char *to;

	(void)state;
	make(&b, 1024, 0);
	to = fa_ring_reserve(&b.p, 200, 7);
	assert_non_null(to);
	fill(to, 5, 7);
	fa_ring_commit(&b.p, 5);
	assert_non_null(fa_ring_reserve(&b.p, 100, 99)); /* never committed */
	assert_true(put(&b.p, 0, 8));
	assert_true(put(&b.p, 256, 9));
	fa_ring_publish(&b.p);
	assert_int_equal(fa_ring_pending_bytes(b.ring), 16 + 8 + 264);
	expect_record(&b.c, 5, 7);
	expect_record(&b.c, 0, 8);
	expect_record(&b.c, 256, 9);
	expect_nothing(&b.c);
	unmake(&b);
}

static void test_too_long(void **state)
{
	struct both_sides b;

	(void)state;
	make(&b, 1024, 0);
	assert_null(fa_ring_reserve(&b.p, 257, 1));
	assert_null(fa_ring_reserve(&b.p, SIZE_MAX, 1));
	assert_int_equal(fa_ring_wait_space(&b.p, 257, 0), FA_EINVAL);
	assert_int_equal(fa_ring_producer_error(&b.p), FA_OK);
	assert_true(put(&b.p, 256, 2));
	unmake(&b);
}

static void test_full_to_the_last_byte(void **state)
{
	struct both_sides b;
	uint32_t i;

	(void)state;
	make(&b, 1024, 0);
	for (i = 0; i < 16; i++)
		assert_true(put(&b.p, 56, i));
	assert_null(fa_ring_reserve(&b.p, 0, 16));
	assert_int_equal(fa_ring_wait_space(&b.p, 0, 0), FA_ETIMEDOUT);
	assert_int_equal(fa_ring_pending_bytes(b.ring), 1024); /* the wait published */
	for (i = 0; i < 16; i++) {
		expect_record(&b.c, 56, i); /* all of them before any is released */
		assert_null(fa_ring_reserve(&b.p, 0, 16));
	}
	expect_nothing(&b.c);
	fa_ring_release(&b.c);
	assert_int_equal(fa_ring_wait_space(&b.p, 256, 0), FA_OK);
	assert_true(put(&b.p, 256, 16));
	fa_ring_publish(&b.p);
	expect_record(&b.c, 256, 16);
	unmake(&b);
}

/* A record of 56 + 8 bytes, with 48 left before the end: the pad is 48 bytes. */
static void test_pad(void **state)
{
	struct both_sides b;

	(void)state;
	make(&b, 1024, 1024 - 48);
	assert_true(put(&b.p, 56, 1));
	fa_ring_publish(&b.p);
	assert_int_equal(fa_ring_pending_bytes(b.ring), 48 + 64);
	expect_record(&b.c, 56, 1);
	assert_int_equal(fa_ring_position(&b.c), 1024 + 64);
	expect_nothing(&b.c);
	unmake(&b);

	make(&b, 1024, 1024 - 48);
	assert_true(put(&b.p, 40, 2)); /* fits exactly, no pad */
	fa_ring_publish(&b.p);
	assert_int_equal(fa_ring_pending_bytes(b.ring), 48);
	expect_record(&b.c, 40, 2);
	unmake(&b);
}

/* Every offset in the buffer, the longest record: an empty ring must take it. */
static void test_empty_ring_takes_the_longest(void **state)
{
	struct both_sides b;
	uint64_t start;

	(void)state;
	for (start = 0; start < 1024; start += 8) {
		make(&b, 1024, start);
		assert_true(put(&b.p, 256, 5));
		fa_ring_publish(&b.p);
		expect_record(&b.c, 256, 5);
		unmake(&b);
	}
}

/* Fills and drains by turns, over many laps, also where the positions themselves wrap. */
static void laps(size_t capacity, uint64_t start)
{
	struct both_sides b;
	size_t max;
	uint32_t sent = 0;
	uint32_t seen = 0;
	uint32_t round;

	make(&b, capacity, start);
	max = fa_ring_max_len(b.ring);
	for (round = 0; round < 400; round++) {
		while (put(&b.p, random_len(sent, max), sent))
			sent++;
		fa_ring_publish(&b.p);
		assert_true(sent - seen >= 2);
		/* Leave some unread, so that the start of a lap moves. */
		while (sent - seen > round % 3) {
			expect_record(&b.c, random_len(seen, max), seen);
			seen++;
		}
		fa_ring_release(&b.c);
	}
	assert_int_equal(fa_ring_producer_error(&b.p), FA_OK);
	assert_int_equal(fa_ring_consumer_error(&b.c), FA_OK);
	unmake(&b);
}

static void test_laps(void **state)
{
	(void)state;
	laps(1024, 0);
	laps(4096, 0);
	laps(1024, NEAR_THE_LIMIT);
	laps(4096, NEAR_THE_LIMIT);
	laps(1024, UINT64_MAX - 7);
	laps(1024, (UINT64_C(1) << 63) - 8);
	laps(1024, (UINT64_C(1) << 32) - 8);
}

static void test_close_drains_first(void **state)
{
	struct both_sides b;

	(void)state;
	make(&b, 1024, NEAR_THE_LIMIT);
	assert_int_equal(fa_ring_wait_data(&b.c, 0), FA_ETIMEDOUT);
	assert_true(put(&b.p, 10, 1));
	assert_true(put(&b.p, 20, 2));
	fa_ring_close(&b.p);
	assert_int_equal(fa_ring_wait_data(&b.c, 1000), FA_OK);
	expect_record(&b.c, 10, 1);
	assert_int_equal(fa_ring_wait_data(&b.c, 1000), FA_OK);
	expect_record(&b.c, 20, 2);
	assert_int_equal(fa_ring_wait_data(&b.c, 1000), FA_RING_DRAINED);
	assert_int_equal(fa_ring_pending_bytes(b.ring), 0);
	/* A successor reopens it. */
	assert_int_equal(fa_ring_producer_init(&b.p, b.ring), FA_OK);
	assert_int_equal(fa_ring_wait_data(&b.c, 0), FA_ETIMEDOUT);
	unmake(&b);
}

static void test_look_ahead_and_skip(void **state)
{
	const unsigned char *ahead[16];
	struct both_sides b;
	uint64_t end_of_9 = 0;
	uint32_t len;
	uint32_t kind;
	uint32_t i;

	(void)state;
	make(&b, 4096, NEAR_THE_LIMIT);
	for (i = 0; i < 16; i++)
		assert_true(put(&b.p, 100 + i, i));
	fa_ring_publish(&b.p);
	for (i = 0; i < 16; i++) {
		ahead[i] = fa_ring_next(&b.c, &len, &kind);
		assert_non_null(ahead[i]);
		if (i == 9)
			end_of_9 = fa_ring_position(&b.c);
	}
	for (i = 0; i < 16; i++)
		assert_true(filled(ahead[i], 100 + i, i));
	/* Nothing was released: a successor sees all again, and can pass over the first ten. */
	assert_int_equal(fa_ring_consumer_init(&b.c, b.ring), FA_OK);
	assert_int_equal(fa_ring_skip_to(&b.c, end_of_9 + 8), FA_EINVAL);
	assert_int_equal(fa_ring_skip_to(&b.c, NEAR_THE_LIMIT - 8), FA_EINVAL);
	assert_int_equal(fa_ring_position(&b.c), NEAR_THE_LIMIT);
	assert_int_equal(fa_ring_skip_to(&b.c, end_of_9), FA_OK);
	expect_record(&b.c, 110, 10);
	fa_ring_release(&b.c);
	assert_int_equal(fa_ring_consumer_init(&b.c, b.ring), FA_OK);
	expect_record(&b.c, 111, 11);
	unmake(&b);
}

/* Sleeping and waking. */

static uint32_t asleep(_Atomic uint32_t *word)
{
	return atomic_load(word);
}

static void test_consumer_is_woken_when_much_is_pending(void **state)
{
	struct both_sides b;

	(void)state;
	make(&b, 1024, 0);
	fa_ring_producer_tune(&b.p, 8, 128);
	atomic_store(&b.ring->shared->consumer_asleep, 1);
	assert_true(put(&b.p, 56, 1));
	assert_int_equal(asleep(&b.ring->shared->consumer_asleep), 1);
	assert_true(put(&b.p, 56, 2)); /* now 128 bytes */
	assert_int_equal(asleep(&b.ring->shared->consumer_asleep), 0);

	/* What was released does not count, though the producer has not looked since. */
	expect_record(&b.c, 56, 1);
	expect_record(&b.c, 56, 2);
	fa_ring_release(&b.c);
	atomic_store(&b.ring->shared->consumer_asleep, 1);
	assert_true(put(&b.p, 56, 3));
	assert_int_equal(asleep(&b.ring->shared->consumer_asleep), 1);
	fa_ring_flush(&b.p);
	assert_int_equal(asleep(&b.ring->shared->consumer_asleep), 0);
	atomic_store(&b.ring->shared->consumer_asleep, 1);
	fa_ring_close(&b.p);
	assert_int_equal(asleep(&b.ring->shared->consumer_asleep), 0);
	unmake(&b);
}

static void test_producer_is_woken_when_a_quarter_is_free(void **state)
{
	struct both_sides b;
	uint32_t i;

	(void)state;
	make(&b, 1024, 0);
	for (i = 0; i < 8; i++)
		assert_true(put(&b.p, 56, i));
	fa_ring_publish(&b.p);
	expect_record(&b.c, 56, 0); /* the consumer's last look at the head is here */
	for (i = 8; i < 16; i++)
		assert_true(put(&b.p, 56, i));
	fa_ring_publish(&b.p);
	atomic_store(&b.ring->shared->producer_asleep, 1);
	for (i = 1; i < 4; i++) {
		fa_ring_release(&b.c);
		assert_int_equal(asleep(&b.ring->shared->producer_asleep), 1);
		expect_record(&b.c, 56, i);
	}
	fa_ring_release(&b.c); /* 256 bytes */
	assert_int_equal(asleep(&b.ring->shared->producer_asleep), 0);
	unmake(&b);
}

static void test_waits_end_in_time(void **state)
{
	struct timespec start;
	struct both_sides b;
	uint64_t ms;

	(void)state;
	make(&b, 1024, 0);
	clock_gettime(CLOCK_MONOTONIC, &start);
	assert_int_equal(fa_ring_wait_data(&b.c, 30), FA_ETIMEDOUT);
	ms = elapsed_ms(&start);
	assert_in_range(ms, 30, 1500);
	assert_int_equal(asleep(&b.ring->shared->consumer_asleep), 0);
	while (put(&b.p, 56, 0))
		continue;
	clock_gettime(CLOCK_MONOTONIC, &start);
	assert_int_equal(fa_ring_wait_space(&b.p, 56, 30), FA_ETIMEDOUT);
	ms = elapsed_ms(&start);
	assert_in_range(ms, 30, 1500);
	assert_int_equal(asleep(&b.ring->shared->producer_asleep), 0);
	unmake(&b);
}

static void on_alarm(int number)
{
	(void)number;
}

static void test_a_signal_ends_the_wait(void **state)
{
	struct itimerval often = {{0, 2000}, {0, 2000}};
	struct itimerval never = {{0, 0}, {0, 0}};
	struct sigaction act = {.sa_handler = on_alarm};
	struct timespec start;
	struct both_sides b;
	int i;

	(void)state;
	make(&b, 1024, 0);
	while (put(&b.p, 56, 0))
		continue;
	fa_ring_publish(&b.p);
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	clock_gettime(CLOCK_MONOTONIC, &start);
	assert_int_equal(fa_ring_wait_space(&b.p, 56, 2000), FA_ETIMEDOUT);
	for (i = 0; i < 16; i++)
		expect_record(&b.c, 56, 0);
	assert_int_equal(fa_ring_wait_data(&b.c, 2000), FA_ETIMEDOUT);
	setitimer(ITIMER_REAL, &never, NULL);
	signal(SIGALRM, SIG_DFL);
	limit_time();
	assert_in_range(elapsed_ms(&start), 0, 1900);
	unmake(&b);
}

/* A hostile other side. */

enum word { HEAD, TAIL, HEADER };

struct attack {
	const char *what;
	enum word word;
	uint64_t value; /* added to START for HEAD and TAIL */
};

/*
 * The ring holds three records of 64 bytes each from START, where 256 bytes are left before the
 * end of the buffer; the first one is taken and released.
 */
#define ATTACK_START (UINT64_MAX - 255)

static const struct attack attacks_on_consumer[] = {
	{"head before the last head", HEAD, 128},
	{"head before the tail", HEAD, 0},
	{"head more than a buffer ahead", HEAD, 192 + 1024 + 8},
	{"head far ahead", HEAD, UINT64_C(1) << 40},
	{"head not aligned", HEAD, 204},
	{"length over the limit", HEADER, 257},
	{"length huge", HEADER, 0x7fffffff},
	{"length of minus one", HEADER, 0xffffffff},
	{"length that wraps to nothing", HEADER, 0xfffffff9},
	{"length beyond the head", HEADER, 121},
	{"pad to the end, nothing behind", HEADER, FA_RING_PAD | 184},
};

static void prepare_attack(struct both_sides *b)
{
	uint32_t i;

	make(b, 1024, ATTACK_START);
	for (i = 0; i < 3; i++)
		assert_true(put(&b->p, 56, i));
	fa_ring_publish(&b->p);
	expect_record(&b->c, 56, 0);
	fa_ring_release(&b->c);
}

static void set_header(struct both_sides *b, uint64_t position, uint64_t value)
{
	memcpy(&b->ring->data[position % 1024], &value, sizeof(value));
}

static void test_consumer_under_attack(void **state)
{
	struct both_sides b;
	uint32_t len;
	uint32_t kind;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(attacks_on_consumer) / sizeof(attacks_on_consumer[0]); i++) {
		const struct attack *attack = &attacks_on_consumer[i];

		prepare_attack(&b);
		if (attack->word == HEAD) {
			expect_record(&b.c, 56, 1);
			expect_record(&b.c, 56, 2);
			atomic_store(&b.ring->shared->head, ATTACK_START + attack->value);
			if (fa_ring_wait_data(&b.c, 0) != FA_ECORRUPT)
				fail_msg("%s: a reason to wake", attack->what);
		} else {
			set_header(&b, ATTACK_START + 64, attack->value);
		}
		if (fa_ring_next(&b.c, &len, &kind) != NULL)
			fail_msg("%s: got a record", attack->what);
		if (fa_ring_consumer_error(&b.c) != FA_ECORRUPT)
			fail_msg("%s: not noticed", attack->what);
		assert_int_equal(fa_ring_wait_data(&b.c, 1000), FA_ECORRUPT);
		assert_int_equal(fa_ring_skip_to(&b.c, ATTACK_START + 192), FA_ECORRUPT);
		unmake(&b);
	}
}

static void expect_corrupt(struct fa_ring_consumer *c)
{
	uint32_t len;
	uint32_t kind;

	assert_null(fa_ring_next(c, &len, &kind));
	assert_int_equal(fa_ring_consumer_error(c), FA_ECORRUPT);
}

/*
 * The producer claims to have filled the whole buffer from START on, so that the head stops
 * nothing; only the limits and the end of the buffer do. FIRST is the header at START, SECOND the
 * one at the buffer's first byte, if that is elsewhere.
 */
struct claim {
	const char *what;
	uint64_t start;
	uint64_t first;
	uint64_t second;
	int error;
};

static const struct claim claims[] = {
	{"good record", 768, 248, 0, FA_OK},
	{"one byte over the end", 832, 185, 0, FA_ECORRUPT},
	{"good longest record", 512, 256, 0, FA_OK},
	{"one byte over the limit", 512, 257, 0, FA_ECORRUPT},
	{"good pad", 832, FA_RING_PAD | 184, 200, FA_OK},
	{"pad before a pad", 832, FA_RING_PAD | 184, FA_RING_PAD | 200, FA_ECORRUPT},
	{"pad short of the end", 832, FA_RING_PAD | 176, 200, FA_ECORRUPT},
	{"pad beyond the end", 832, FA_RING_PAD | 192, 200, FA_ECORRUPT},
	{"pad over the limit", 512, FA_RING_PAD | 504, 200, FA_ECORRUPT},
	{"pad over the whole buffer", 0, FA_RING_PAD | 1016, 0, FA_ECORRUPT},
	{"record after a pad beyond the head", 832, FA_RING_PAD | 184, 900, FA_ECORRUPT},
};

static void test_claims_over_the_whole_buffer(void **state)
{
	struct both_sides b;
	uint32_t len;
	uint32_t kind;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		const struct claim *claim = &claims[i];
		const void *got;

		make(&b, 1024, claim->start);
		set_header(&b, 0, claim->second);
		set_header(&b, claim->start, claim->first);
		atomic_store(&b.ring->shared->head, claim->start + 1024);
		got = fa_ring_next(&b.c, &len, &kind);
		if (fa_ring_consumer_error(&b.c) != claim->error)
			fail_msg("%s: got error %d", claim->what, fa_ring_consumer_error(&b.c));
		assert_int_equal(got != NULL, claim->error == FA_OK);
		if (got == NULL)
			assert_int_equal(fa_ring_position(&b.c), claim->start);
		unmake(&b);
	}
}

static const struct attack attacks_on_producer[] = {
	{"tail before the last tail", TAIL, 0},
	{"tail past the published head", TAIL, 200},
	{"tail past everything", TAIL, UINT64_C(1) << 40},
	{"tail not aligned", TAIL, 100},
};

static void test_producer_under_attack(void **state)
{
	struct both_sides b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(attacks_on_producer) / sizeof(attacks_on_producer[0]); i++) {
		const struct attack *attack = &attacks_on_producer[i];

		prepare_attack(&b);
		assert_int_equal(fa_ring_wait_space(&b.p, 256, 0), FA_OK);
		while (put(&b.p, 56, 9)) /* looks at the tail when it thinks the ring is full */
			continue;
		assert_int_equal(b.p.tail, ATTACK_START + 64);
		/* Committed, but not published: the tail has no business there. */
		b.p.published = ATTACK_START + 192;
		atomic_store(&b.ring->shared->tail, ATTACK_START + attack->value);
		if (fa_ring_reserve(&b.p, 56, 9) != NULL)
			fail_msg("%s: got space", attack->what);
		if (fa_ring_producer_error(&b.p) != FA_ECORRUPT)
			fail_msg("%s: not noticed", attack->what);
		assert_int_equal(fa_ring_wait_space(&b.p, 56, 1000), FA_ECORRUPT);
		/* The error stays, even when the position is mended. */
		atomic_store(&b.ring->shared->tail, ATTACK_START + 128);
		assert_null(fa_ring_reserve(&b.p, 56, 9));
		unmake(&b);
	}
}

static void test_takeover_of_a_spoilt_ring(void **state)
{
	struct both_sides b;

	(void)state;
	prepare_attack(&b);
	atomic_store(&b.ring->shared->tail, ATTACK_START + 1000);
	assert_int_equal(fa_ring_consumer_init(&b.c, b.ring), FA_ECORRUPT);
	assert_int_equal(fa_ring_producer_init(&b.p, b.ring), FA_ECORRUPT);
	atomic_store(&b.ring->shared->tail, ATTACK_START + 68);
	assert_int_equal(fa_ring_consumer_init(&b.c, b.ring), FA_ECORRUPT);
	unmake(&b);
}

static void test_resets(void **state)
{
	struct both_sides b;

	(void)state;
	prepare_attack(&b);
	set_header(&b, ATTACK_START + 64, 300);
	expect_corrupt(&b.c);
	atomic_store(&b.ring->shared->closed, 1);
	fa_ring_consumer_reset(&b.c);
	expect_nothing(&b.c);
	assert_int_equal(fa_ring_wait_data(&b.c, 0), FA_ETIMEDOUT);
	assert_int_equal(fa_ring_producer_init(&b.p, b.ring), FA_OK);
	assert_true(put(&b.p, 256, 20));
	fa_ring_publish(&b.p);
	expect_record(&b.c, 256, 20);
	unmake(&b);

	prepare_attack(&b);
	atomic_store(&b.ring->shared->tail, 4);
	assert_int_equal(fa_ring_wait_space(&b.p, 0, 0), FA_OK); /* not looked at yet */
	while (put(&b.p, 56, 9))
		continue;
	assert_int_equal(fa_ring_producer_error(&b.p), FA_ECORRUPT);
	assert_int_equal(fa_ring_producer_reset(&b.p), 1024 - 64 + 64);
	assert_int_equal(fa_ring_consumer_init(&b.c, b.ring), FA_OK);
	expect_nothing(&b.c);
	assert_true(put(&b.p, 256, 21));
	fa_ring_publish(&b.p);
	expect_record(&b.c, 256, 21);
	unmake(&b);
}

/* Two threads. */

struct thread_run {
	struct both_sides sides;
	size_t max;
	uint32_t records;
	bool producer_sleeps;
	bool consumer_sleeps;
	uint32_t seen;
	int end;
};

static void *produce(void *arg)
{
	struct thread_run *run = arg;
	struct fa_ring_producer *p = &run->sides.p;
	uint32_t i;

	for (i = 0; i < run->records; i++) {
		while (!put(p, random_len(i, run->max), i)) {
			if (fa_ring_producer_error(p) != FA_OK)
				return NULL;
			if (run->producer_sleeps) {
				fa_ring_wait_space(p, random_len(i, run->max), 50);
			} else {
				fa_ring_publish(p);
				sched_yield();
			}
		}
		if (i % 97 == 0)
			fa_ring_flush(p);
	}
	fa_ring_close(p);
	return NULL;
}

/* Takes up to 16 ahead, checks them, releases. Returns false at the first wrong one. */
static bool consume_some(struct thread_run *run)
{
	const unsigned char *ahead[16];
	uint32_t len;
	uint32_t kind;
	uint32_t n;
	uint32_t i;

	for (n = 0; n < 16; n++) {
		ahead[n] = fa_ring_next(&run->sides.c, &len, &kind);
		if (ahead[n] == NULL)
			break;
		if (kind != run->seen + n || len != random_len(kind, run->max))
			return false;
	}
	for (i = 0; i < n; i++, run->seen++) {
		if (!filled(ahead[i], random_len(run->seen, run->max), run->seen))
			return false;
	}
	fa_ring_release(&run->sides.c);
	return true;
}

static void consume(struct thread_run *run)
{
	do {
		if (!consume_some(run)) {
			run->end = FA_EFORMAT;
			return;
		}
		run->end = fa_ring_wait_data(&run->sides.c, run->consumer_sleeps ? 50 : 0);
		if (run->end == FA_ETIMEDOUT && !run->consumer_sleeps)
			sched_yield();
	} while (run->end == FA_OK || run->end == FA_ETIMEDOUT);
}

static void two_threads(size_t capacity, uint32_t records, bool producer_sleeps,
			bool consumer_sleeps)
{
	struct thread_run run = {
		.records = records,
		.producer_sleeps = producer_sleeps,
		.consumer_sleeps = consumer_sleeps,
	};
	pthread_t producer;

	make(&run.sides, capacity, NEAR_THE_LIMIT);
	run.max = fa_ring_max_len(run.sides.ring);
	if (run.max > 2000)
		run.max = 2000;
	assert_int_equal(pthread_create(&producer, NULL, produce, &run), 0);
	consume(&run);
	if (run.end < 0) /* let the producer notice, or it waits for us for ever */
		atomic_store(&run.sides.ring->shared->tail, 4);
	pthread_join(producer, NULL);
	assert_int_equal(run.end, FA_RING_DRAINED);
	assert_int_equal(run.seen, records);
	unmake(&run.sides);
}

static void test_threads_spinning(void **state)
{
	(void)state;
	two_threads(1024, 20000, false, false);
	two_threads(65536, 20000, false, false);
}

static void test_threads_sleeping(void **state)
{
	(void)state;
	two_threads(1024, 20000, true, true);
	two_threads(65536, 20000, true, true);
}

static void test_threads_mixed(void **state)
{
	(void)state;
	two_threads(4096, 20000, true, false);
	two_threads(4096, 20000, false, true);
}

/* Close at every moment around a consumer that looks: nothing may be lost. */
static void test_threads_close_race(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < 1500; i++)
		two_threads(1024, 1 + i % 3, false, i % 2 == 0);
}

/* Two processes. */

static int exit_code(pid_t child)
{
	int status = 0;

	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_wake_crosses_processes(void **state)
{
	struct timespec start;
	struct both_sides b;
	pid_t child;

	(void)state;
	make(&b, 1024, 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		clock_gettime(CLOCK_MONOTONIC, &start);
		atomic_store(&b.ring->shared->consumer_asleep, 1);
		fa_futex_wait(&b.ring->shared->consumer_asleep, 1, UINT64_C(2000000000));
		_exit(elapsed_ms(&start) < 1500 ? 0 : 1);
	}
	while (asleep(&b.ring->shared->consumer_asleep) == 0)
		sched_yield();
	usleep(50000); /* until it really sleeps */
	fa_ring_flush(&b.p);
	assert_int_equal(exit_code(child), 0);
	unmake(&b);
}

#define KILL_CAPACITY 16384u
#define KILL_LEN 100u
#define KILL_RECORDS 2000u

/* Takes 100 records, releases, takes 50 more, says so, and hangs. */
static void doomed_consumer(const struct fa_ring *ring, int tell)
{
	struct fa_ring_consumer c;
	uint32_t len;
	uint32_t kind;
	uint32_t taken = 0;

	limit_time();
	if (fa_ring_consumer_init(&c, ring) != FA_OK)
		_exit(1);
	while (taken < 150) {
		if (fa_ring_next(&c, &len, &kind) == NULL) {
			sched_yield();
			continue;
		}
		if (++taken == 100)
			fa_ring_release(&c);
	}
	if (write(tell, "x", 1) != 1)
		_exit(2);
	for (;;)
		pause();
}

/* Takes everything from record 100 on; the exit code says what went wrong. */
static void successor_consumer(const struct fa_ring *ring)
{
	struct thread_run run = {.max = KILL_LEN, .seen = 100};
	struct fa_ring_consumer c;
	uint32_t len;
	uint32_t kind;
	int ret;

	limit_time();
	if (fa_ring_consumer_init(&c, ring) != FA_OK)
		_exit(1);
	while ((ret = fa_ring_wait_data(&c, 100)) == FA_OK || ret == FA_ETIMEDOUT) {
		const unsigned char *got = fa_ring_next(&c, &len, &kind);

		if (got == NULL)
			continue;
		if (kind != run.seen || len != KILL_LEN || !filled(got, len, kind))
			_exit(2);
		run.seen++;
	}
	_exit(ret == FA_RING_DRAINED && run.seen == KILL_RECORDS ? 0 : 3);
}

static void test_consumer_killed_and_replaced(void **state)
{
	struct both_sides b;
	struct timespec start;
	uint32_t sent = 0;
	int fds[2];
	char told;
	pid_t child;

	(void)state;
	make(&b, KILL_CAPACITY, NEAR_THE_LIMIT);
	assert_int_equal(pipe(fds), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		doomed_consumer(b.ring, fds[1]);
	/* 150 records of 112 bytes do not fit at once: it needs the release. */
	while (sent < 200) {
		if (put(&b.p, KILL_LEN, sent))
			sent++;
		else
			assert_int_not_equal(fa_ring_wait_space(&b.p, KILL_LEN, 20), FA_ECORRUPT);
	}
	fa_ring_flush(&b.p);
	assert_int_equal(read(fds[0], &told, 1), 1);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(exit_code(child), -1);

	while (put(&b.p, KILL_LEN, sent))
		sent++;
	clock_gettime(CLOCK_MONOTONIC, &start);
	assert_int_equal(fa_ring_wait_space(&b.p, KILL_LEN, 20), FA_ETIMEDOUT);
	assert_int_equal(fa_ring_wait_space(&b.p, KILL_LEN, 20), FA_ETIMEDOUT);
	assert_in_range(elapsed_ms(&start), 40, 2000);

	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		successor_consumer(b.ring);
	clock_gettime(CLOCK_MONOTONIC, &start);
	while (sent < KILL_RECORDS && elapsed_ms(&start) < 3000) {
		if (put(&b.p, KILL_LEN, sent))
			sent++;
		else
			fa_ring_wait_space(&b.p, KILL_LEN, 20);
	}
	fa_ring_close(&b.p);
	assert_int_equal(exit_code(child), 0);
	assert_int_equal(sent, KILL_RECORDS);
	close(fds[0]);
	close(fds[1]);
	unmake(&b);
}

static void test_producer_killed_and_replaced(void **state)
{
	struct both_sides b;
	pid_t child;

	(void)state;
	make(&b, 4096, NEAR_THE_LIMIT);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		put(&b.p, 10, 1);
		fa_ring_publish(&b.p);
		put(&b.p, 10, 2); /* dies unpublished */
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(exit_code(child), -1);
	assert_int_equal(fa_ring_producer_init(&b.p, b.ring), FA_OK);
	assert_true(put(&b.p, 30, 3));
	fa_ring_close(&b.p);
	expect_record(&b.c, 10, 1);
	expect_record(&b.c, 30, 3);
	assert_int_equal(fa_ring_wait_data(&b.c, 100), FA_RING_DRAINED);
	unmake(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_capacity_is_checked),
		cmocka_unit_test(test_published_only),
		cmocka_unit_test(test_batch_publishes_itself),
		cmocka_unit_test(test_shrunk_empty_and_taken_back),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_full_to_the_last_byte),
		cmocka_unit_test(test_pad),
		cmocka_unit_test(test_empty_ring_takes_the_longest),
		cmocka_unit_test(test_laps),
		cmocka_unit_test(test_close_drains_first),
		cmocka_unit_test(test_look_ahead_and_skip),
		cmocka_unit_test(test_consumer_is_woken_when_much_is_pending),
		cmocka_unit_test(test_producer_is_woken_when_a_quarter_is_free),
		cmocka_unit_test(test_waits_end_in_time),
		cmocka_unit_test(test_a_signal_ends_the_wait),
		cmocka_unit_test(test_consumer_under_attack),
		cmocka_unit_test(test_claims_over_the_whole_buffer),
		cmocka_unit_test(test_producer_under_attack),
		cmocka_unit_test(test_takeover_of_a_spoilt_ring),
		cmocka_unit_test(test_resets),
		cmocka_unit_test(test_threads_spinning),
		cmocka_unit_test(test_threads_sleeping),
		cmocka_unit_test(test_threads_mixed),
		cmocka_unit_test(test_threads_close_race),
		cmocka_unit_test(test_wake_crosses_processes),
		cmocka_unit_test(test_consumer_killed_and_replaced),
		cmocka_unit_test(test_producer_killed_and_replaced),
	};

	limit_time();
	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
