/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ring in one thread: what one side sees of what the other did, and when it would be woken.
 */
#include "both_sides.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>

static void test_capacity_is_checked(void **state)
{
	static const size_t bad[] = {0,	   8,	 512,	   1023,
				     1025, 3072, SIZE_MAX, (size_t)FA_RING_MAX_CAPACITY * 2};
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

static void test_waiting_for_space_flushes(void **state)
{
	struct both_sides b;

	(void)state;
	make(&b, 1024, 0);
	assert_true(put(&b.p, 8, 1));
	expect_nothing(&b.c);
	atomic_store(&b.ring->shared->consumer_asleep, 1);
	assert_int_equal(fa_ring_wait_space(&b.p, 256, 0), FA_OK);
	assert_int_equal(asleep(&b.ring->shared->consumer_asleep), 0);
	expect_record(&b.c, 8, 1);
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

/* Sleeps of 5, 10, 20, 40, 80, 100 and 100 ms, and the rest: not 80 of 5 ms. */
static void test_a_long_wait_seldom_wakes(void **state)
{
	struct rusage before, after;
	struct timespec start;
	struct both_sides b;

	(void)state;
	make(&b, 1024, 0);
	getrusage(RUSAGE_SELF, &before);
	clock_gettime(CLOCK_MONOTONIC, &start);
	assert_int_equal(fa_ring_wait_data(&b.c, 400), FA_ETIMEDOUT);
	assert_in_range(elapsed_ms(&start), 400, 1900);
	getrusage(RUSAGE_SELF, &after);
	assert_in_range(after.ru_nvcsw - before.ru_nvcsw, 5, 12);
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
		cmocka_unit_test(test_waiting_for_space_flushes),
		cmocka_unit_test(test_producer_is_woken_when_a_quarter_is_free),
		cmocka_unit_test(test_waits_end_in_time),
		cmocka_unit_test(test_a_long_wait_seldom_wakes),
		cmocka_unit_test(test_a_signal_ends_the_wait),
	};

	limit_time();
	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
