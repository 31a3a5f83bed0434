/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ring between two threads (run these under ThreadSanitizer) and between two processes, one of
 * which dies.
 */
#include "both_sides.h"

#include "ring/futex.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

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

enum { FLUSHES = 9 };

struct long_waits {
	struct both_sides sides;
	uint64_t late_us[FLUSHES];
	_Atomic uint64_t flushed_us;
};

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void *wait_long(void *context)
{
	struct long_waits *waits = context;
	uint32_t len, kind;

	for (int i = 0; i < FLUSHES; i++) {
		if (fa_ring_wait_data(&waits->sides.c, 10000) != FA_OK)
			break;
		waits->late_us[i] = now_us() - atomic_load(&waits->flushed_us);
		if (fa_ring_next(&waits->sides.c, &len, &kind) == NULL)
			break;
	}
	return NULL;
}

static int by_size(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* In the middle of a sleep of 80 or 100 ms: who is woken only by its end is 50 ms late. */
static void test_a_wake_ends_a_long_sleep(void **state)
{
	static struct long_waits waits;
	pthread_t thread;

	(void)state;
	make(&waits.sides, 1024, 0);
	memset(waits.late_us, 0xff, sizeof(waits.late_us));
	assert_int_equal(pthread_create(&thread, NULL, wait_long, &waits), 0);
	for (int i = 0; i < FLUSHES; i++) {
		usleep(120000);
		assert_true(put(&waits.sides.p, 8, 0));
		atomic_store(&waits.flushed_us, now_us());
		fa_ring_flush(&waits.sides.p);
	}
	pthread_join(thread, NULL);
	qsort(waits.late_us, FLUSHES, sizeof(waits.late_us[0]), by_size);
	assert_in_range(waits.late_us[FLUSHES / 2], 0, 20000);
	unmake(&waits.sides);
}

#define KILL_CAPACITY 16384u
#define KILL_LEN      100u
#define KILL_RECORDS  2000u

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
		cmocka_unit_test(test_threads_spinning),
		cmocka_unit_test(test_threads_sleeping),
		cmocka_unit_test(test_threads_mixed),
		cmocka_unit_test(test_threads_close_race),
		cmocka_unit_test(test_wake_crosses_processes),
		cmocka_unit_test(test_a_wake_ends_a_long_sleep),
		cmocka_unit_test(test_consumer_killed_and_replaced),
		cmocka_unit_test(test_producer_killed_and_replaced),
	};

	limit_time();
	return cmocka_run_group_tests_name("ring, two sides", tests, NULL, NULL);
}
