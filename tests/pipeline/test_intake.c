/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The intake: every frame is counted once, copies are told, and the clock never goes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/time.h"
#include "pipeline/intake.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SECOND	     FA_NS_PER_SECOND

enum { RAW_IP = 101 /* LINKTYPE_RAW */ };

struct fixture {
	struct fa_intake intake;
	struct fa_capture_counts counts;
	struct fa_packet last;
	uint64_t packets;
	int result;
	int64_t wall_ns, monotonic_ns; /* of the machine, live */
};

static int take(void *context, const struct fa_packet *packet, const uint8_t *ip_bytes)
{
	struct fixture *f = context;

	assert_non_null(ip_bytes);
	f->last = *packet;
	f->packets++;
	return f->result;
}

static void start_with(struct fixture *f, enum fa_duplicates duplicates)
{
	struct fa_wire wire;

	memset(f, 0, sizeof(*f));
	fa_wire_default(&wire);
	wire.duplicates = duplicates;
	assert_int_equal(fa_intake_init(&f->intake, &f->counts, &wire), 0);
	f->intake.packet = take;
	f->intake.context = f;
}

/* Most tests give the same packet again and again. */
static void start(struct fixture *f)
{
	start_with(f, FA_DUPLICATES_OFF);
	assert_null(f->intake.dedup);
}

/* IPv4, UDP from 10.0.0.1:1000 to 10.0.0.2:53 with four bytes. */
static const uint8_t udp[32] = {0x45, 0, 0, 32, 0, 1, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 1,
				10, 0, 0, 2, 0x03, 0xe8, 0, 53, 0, 12, 0, 0, 'a', 'b', 'c', 'd'};

static int give(struct fixture *f, const uint8_t *data, uint32_t captured, int64_t ts_ns)
{
	const struct fa_frame frame = {.ts_ns = ts_ns, .data = data, .captured = captured,
				       .wire = sizeof(udp), .link_type = RAW_IP};

	return fa_intake_frame(&f->intake, &frame);
}

static int64_t clock_at(struct fixture *f, int64_t ts_ns)
{
	assert_int_equal(give(f, udp, sizeof(udp), ts_ns), 0);
	assert_true(f->last.ts_ns == ts_ns);
	return f->last.clock_ns;
}

static void counters_add_up(void **state)
{
	static const uint8_t no_ip[32] = {0x15};
	struct fixture f;
	uint64_t sum = 0;

	(void)state;
	start(&f);
	for (int i = 0; i < 10; i++)
		assert_int_equal(give(&f, udp, sizeof(udp), i), 0);
	assert_int_equal(f.last.number, 10);
	assert_true(f.last.src_port == 1000 && f.last.dst_port == 53);
	for (int i = 0; i < 3; i++)
		assert_int_equal(give(&f, no_ip, sizeof(no_ip), 50), 0);
	assert_int_equal(give(&f, udp, 10, 5), 0); /* ends inside the IP header */
	assert_int_equal(give(&f, udp, 30, -5), 0); /* ends in the payload */
	assert_int_equal(f.packets, 11);
	assert_int_equal(f.last.number, 15); /* of all, not only of those decoded */
	assert_int_equal(f.counts.packets, 15);
	assert_int_equal(f.counts.frame_bytes, 15 * sizeof(udp));
	assert_int_equal(f.counts.cut, 2);
	for (size_t i = 0; i < FA_DECODE_COUNT; i++)
		sum += f.counts.results[i];
	assert_int_equal(sum, 15);
	assert_int_equal(f.counts.results[FA_DECODE_DECODED], 11);
	assert_int_equal(f.counts.results[FA_DECODE_TRUNCATED], 1);
	assert_true(f.counts.first_ns == -5 && f.counts.last_ns == 50);
}

/* packets = duplicates + all results, and the clock and the workers do not see copies. */
static void copies_end_here(void **state)
{
	static const uint8_t no_ip[32] = {0x15};
	struct fixture f;

	(void)state;
	start_with(&f, FA_DUPLICATES_AUTO);
	assert_int_equal(give(&f, udp, sizeof(udp), 100), 0);
	f.result = -9; /* of the sink, which must not be asked */
	for (int i = 0; i < 3; i++)
		assert_int_equal(give(&f, udp, sizeof(udp), 99 + 5 * i), 0);
	f.result = 0;
	for (int i = 0; i < 2; i++)
		assert_int_equal(give(&f, no_ip, sizeof(no_ip), 115), 0);
	assert_int_equal(f.packets, 1);
	assert_true(f.last.ts_ns == 100 && f.last.number == 1);
	assert_true(f.intake.clock_ns == 100);
	assert_int_equal(f.counts.packets, 6);
	assert_int_equal(f.counts.duplicates, 3);
	assert_int_equal(f.counts.duplicates_left, 0);
	assert_int_equal(f.counts.results[FA_DECODE_DECODED], 1);
	assert_int_equal(f.counts.results[FA_DECODE_MALFORMED_IP], 2);
	assert_int_equal(f.counts.frame_bytes, 6 * sizeof(udp));
	assert_int_equal(f.counts.time_backwards, 0);
	assert_true(f.counts.first_ns == 99 && f.counts.last_ns == 115);
	assert_int_equal(give(&f, udp, sizeof(udp), 100 + FA_DUPLICATES_DEFAULT_NS), 0);
	assert_int_equal(f.packets, 2);
	assert_int_equal(f.last.number, 7);
	fa_intake_deinit(&f.intake);
	fa_intake_deinit(&f.intake);
}

static void repetitions_are_counted(void **state)
{
	uint8_t unnumbered[sizeof(udp)];
	struct fixture f;

	(void)state;
	memcpy(unnumbered, udp, sizeof(udp));
	unnumbered[5] = 0;
	start_with(&f, FA_DUPLICATES_AUTO);
	for (int i = 0; i < 5; i++)
		assert_int_equal(give(&f, unnumbered, sizeof(udp), i), 0);
	assert_int_equal(f.packets, 5);
	assert_int_equal(f.counts.duplicates, 0);
	assert_int_equal(f.counts.duplicates_left, 4);
	fa_intake_deinit(&f.intake);
	start_with(&f, FA_DUPLICATES_ON);
	for (int i = 0; i < 5; i++)
		assert_int_equal(give(&f, unnumbered, sizeof(udp), i), 0);
	assert_int_equal(f.packets, 1);
	assert_int_equal(f.counts.duplicates, 4);
	assert_int_equal(f.counts.duplicates_left, 0);
	fa_intake_deinit(&f.intake);
}

static void the_first_times_are_taken(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	give(&f, udp, sizeof(udp), 100);
	assert_true(f.counts.first_ns == 100 && f.counts.last_ns == 100);
	start(&f);
	give(&f, udp, sizeof(udp), -100);
	assert_true(f.counts.first_ns == -100 && f.counts.last_ns == -100);
}

static void results_of_the_sink_come_back(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	f.result = -9;
	assert_int_equal(give(&f, udp, sizeof(udp), 0), -9);
	assert_int_equal(f.counts.packets, 1);
}

static void both_ways_are_one_pair(void **state)
{
	uint8_t back[sizeof(udp)];
	struct fixture f, again;
	uint64_t hash;

	(void)state;
	start(&f);
	clock_at(&f, 0);
	hash = f.last.pair_hash;
	memcpy(back, udp, sizeof(udp));
	memcpy(back + 12, udp + 16, 4);
	memcpy(back + 16, udp + 12, 4);
	give(&f, back, sizeof(back), 0);
	assert_true(f.last.pair_hash == hash);
	back[15] = 99;
	give(&f, back, sizeof(back), 0);
	assert_true(f.last.pair_hash != hash);
	start(&again);
	clock_at(&again, 0);
	assert_true(again.last.pair_hash == hash); /* a replay repeats */
}

static void reordering_stands_still(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	assert_true(clock_at(&f, 100 * SECOND) == 100 * SECOND);
	assert_true(clock_at(&f, 98 * SECOND) == 100 * SECOND);
	assert_true(clock_at(&f, 99 * SECOND) == 100 * SECOND);
	assert_true(clock_at(&f, 95 * SECOND) == 100 * SECOND);
	assert_int_equal(f.counts.time_backwards, 3);
	assert_true(clock_at(&f, 101 * SECOND) == 101 * SECOND);
	assert_true(f.intake.clock_offset_ns == 0);
}

/* Somebody set the clock back an hour: the run's clock goes on from where it was. */
static void a_step_back_is_taken_along(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	assert_true(clock_at(&f, 7200 * SECOND) == 7200 * SECOND);
	assert_true(clock_at(&f, 3600 * SECOND) == 7200 * SECOND);
	assert_true(clock_at(&f, 3610 * SECOND) == 7210 * SECOND);
	assert_true(clock_at(&f, 3608 * SECOND) == 7210 * SECOND);
	assert_true(clock_at(&f, 3670 * SECOND) == 7270 * SECOND);
	assert_true(clock_at(&f, 10 * SECOND) == 7270 * SECOND);
	assert_true(clock_at(&f, 11 * SECOND) == 7271 * SECOND);
	assert_int_equal(f.counts.time_backwards, 3);
}

/* Every pair and triple of extreme times: never back, never undefined. */
static void ends_of_time(void **state)
{
	static const int64_t times[] = {INT64_MIN, INT64_MIN + 1, -SECOND, 0, 1, SECOND * 6,
					INT64_MAX - 1, INT64_MAX};

	(void)state;
	for (size_t n = 0; n < 8 * 8 * 8 * 8; n++) {
		struct fixture f;
		int64_t before = INT64_MIN;
		size_t rest = n;

		start(&f);
		for (int i = 0; i < 4; i++, rest /= 8) {
			int64_t now = clock_at(&f, times[rest % 8]);

			assert_true(now >= before);
			if (i == 0)
				assert_true(now == times[rest % 8]);
			before = now;
		}
	}
}

/* A step back farther than the type is wide: the clock runs on, up to its end, and stays there. */
static void the_widest_step(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	assert_true(clock_at(&f, 0) == 0);
	assert_true(clock_at(&f, INT64_MIN) == 0);
	assert_true(clock_at(&f, -1) == INT64_MAX - 1);
	assert_true(clock_at(&f, 1000) == INT64_MAX);
	assert_true(clock_at(&f, INT64_MAX) == INT64_MAX);
	assert_int_equal(f.counts.time_backwards, 1);
}

static void tell_time(struct fixture *f)
{
	fa_intake_time(&f->intake, f->wall_ns, f->monotonic_ns);
}

/* A live capture at that time. */
static void start_live(struct fixture *f, int64_t wall_ns)
{
	start(f);
	f->wall_ns = wall_ns;
	f->monotonic_ns = 12345 * SECOND;
	tell_time(f);
}

static void pass(struct fixture *f, int64_t ns)
{
	f->wall_ns += ns;
	f->monotonic_ns += ns;
	tell_time(f);
}

static void set(struct fixture *f, int64_t by_ns)
{
	f->wall_ns += by_ns;
	tell_time(f);
}

/* A packet that comes now, and is told some time LATER. */
static int64_t clock_now(struct fixture *f, int64_t later_ns)
{
	return clock_at(f, f->wall_ns - later_ns);
}

static int64_t idle(struct fixture *f)
{
	return fa_intake_idle(&f->intake);
}

/* Nothing comes: the clock follows that of the machine, a little behind, and never goes back. */
static void an_idle_clock_runs_on(void **state)
{
	struct fixture f;

	(void)state;
	start_live(&f, 50 * SECOND);
	assert_true(idle(&f) == 49 * SECOND); /* before any packet */
	assert_true(idle(&f) == 49 * SECOND);
	pass(&f, 50 * SECOND);
	assert_true(clock_now(&f, 0) == 100 * SECOND);
	assert_true(idle(&f) == 100 * SECOND);
	pass(&f, SECOND);
	assert_true(idle(&f) == 100 * SECOND);
	pass(&f, SECOND + 5);
	assert_true(idle(&f) == 101 * SECOND + 5);
	/* What the kernel has kept for a second is on time. */
	assert_true(clock_at(&f, 101 * SECOND + 6) == 101 * SECOND + 6);
	assert_int_equal(f.counts.time_backwards, 0);
	/* What it has kept for longer is as if it had been overtaken. */
	pass(&f, 3 * SECOND - 5);
	assert_true(idle(&f) == 104 * SECOND);
	assert_true(clock_at(&f, 103 * SECOND) == 104 * SECOND);
	assert_int_equal(f.counts.time_backwards, 1);
	assert_true(f.intake.clock_offset_ns == 0);
	assert_int_equal(f.counts.packets, 3); /* waiting is no packet */
}

static void without_time_nothing_is_idle(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	assert_true(idle(&f) == INT64_MIN);
	assert_true(clock_at(&f, 7) == 7);
	assert_true(idle(&f) == 7);
	/* A replay knows no time beyond that of its packets. */
	assert_true(clock_at(&f, INT64_MAX - 1) == INT64_MAX - 1);
}

/* The clock of the machine is set back an hour: packets are counted in the buckets of their own
 * time, while the clock of flows goes on, with packets and without. */
static void an_idle_clock_after_a_step_back(void **state)
{
	const int64_t hour = 3600 * SECOND;
	struct fixture f;

	(void)state;
	start_live(&f, 10 * hour + SECOND);
	assert_true(clock_now(&f, 0) == 10 * hour + SECOND);
	pass(&f, 3 * SECOND);
	assert_true(idle(&f) == 10 * hour + 3 * SECOND);
	set(&f, -hour);
	for (int64_t s = 1; s <= 10; s++) {
		pass(&f, SECOND);
		assert_true(idle(&f) == 10 * hour + (3 + s) * SECOND);
	}
	assert_true(clock_now(&f, 0) == 10 * hour + 14 * SECOND);
	assert_true(fa_bucket_start(f.last.ts_ns, hour) == 9 * hour);
	assert_int_equal(f.counts.time_backwards, 1);
	pass(&f, 2 * SECOND);
	assert_true(clock_now(&f, 0) == 10 * hour + 16 * SECOND);
	pass(&f, 11 * SECOND);
	assert_true(idle(&f) == 10 * hour + 26 * SECOND);
	assert_int_equal(f.counts.time_backwards, 1);
	assert_true(f.counts.first_ns == 9 * hour + 14 * SECOND);
	assert_true(f.counts.last_ns == 10 * hour + SECOND);
	/* Set right again. */
	set(&f, hour);
	assert_true(idle(&f) == 10 * hour + 26 * SECOND);
	assert_true(clock_now(&f, 0) == 10 * hour + 27 * SECOND);
	assert_true(fa_bucket_start(f.last.ts_ns, hour) == 10 * hour);
	assert_int_equal(f.counts.time_backwards, 1);
}

/* Set forward a day: no flow has been silent for a day. */
static void a_step_forward_is_not_time_that_passed(void **state)
{
	const int64_t day = 24 * 3600 * SECOND;
	struct fixture f;

	(void)state;
	start_live(&f, 1000 * day);
	assert_true(clock_now(&f, 0) == 1000 * day);
	pass(&f, SECOND);
	set(&f, day);
	assert_true(idle(&f) == 1000 * day);
	/* The kernel had one from before the step. */
	assert_true(clock_at(&f, 1000 * day + SECOND / 2) == 1000 * day + SECOND / 2);
	assert_true(clock_now(&f, 0) == 1000 * day + SECOND);
	assert_true(fa_bucket_start(f.last.ts_ns, day) == 1001 * day);
	pass(&f, SECOND);
	assert_true(clock_now(&f, 0) == 1000 * day + 2 * SECOND);
	assert_int_equal(f.counts.time_backwards, 0);
	/* One that the time of the machine has not been told of. */
	f.wall_ns += day;
	assert_true(clock_now(&f, 0) == 1000 * day + 2 * SECOND);
	pass(&f, SECOND);
	assert_true(clock_now(&f, 0) == 1000 * day + 3 * SECOND);
	/* A little is taken along, however often. */
	for (int i = 1; i < 10; i++) {
		set(&f, 4 * SECOND);
		assert_true(clock_now(&f, 0) == 1000 * day + (3 + i * 4) * SECOND);
	}
	assert_int_equal(f.counts.time_backwards, 0);
}

/* Of two interfaces one has packets from before a step back when the other has them from after. */
static void a_step_that_comes_twice(void **state)
{
	const int64_t hour = 3600 * SECOND;
	struct fixture f;

	(void)state;
	start_live(&f, 10 * hour);
	clock_now(&f, 0);
	for (int i = 0; i < 20; i++) {
		pass(&f, SECOND / 100);
		clock_at(&f, i % 2 == 0 ? f.wall_ns - hour : f.wall_ns);
	}
	set(&f, -hour);
	pass(&f, SECOND);
	assert_true(clock_now(&f, 0) <= 10 * hour + 2 * SECOND);
	assert_true(f.last.clock_ns >= 10 * hour + SECOND);
}

/*
 * A machine whose clock is set at random: the clock of flows never goes back, and runs as time
 * does.
 */
static void a_clock_set_at_random(void **state)
{
	struct fixture f;
	int64_t before_ns = 0;
	unsigned seed = 9, steps = 0;

	(void)state;
	start_live(&f, 1000000 * SECOND);
	for (int i = 0; i < 100000; i++) {
		int64_t passed_ns = f.monotonic_ns - 12345 * SECOND;
		int what = rand_r(&seed) % 1000;
		int64_t now_ns;

		if (what < 2) {
			set(&f, (what == 0 ? -3600 : 1800) * SECOND);
			steps++;
		}
		pass(&f, rand_r(&seed) % 100 * (SECOND / 1000));
		now_ns = what % 2 == 0 ? idle(&f)
				       : clock_now(&f, rand_r(&seed) % 500 * (SECOND / 1000));
		assert_true(now_ns >= before_ns);
		assert_true(now_ns <= 1000000 * SECOND + passed_ns + 6 * SECOND);
		assert_true(now_ns >= 1000000 * SECOND + passed_ns - 6 * SECOND);
		before_ns = now_ns;
	}
	assert_true(steps > 100);
}

/* Whatever time packets bring. */
static void a_live_clock_at_the_ends_of_time(void **state)
{
	static const int64_t times[] = {INT64_MIN, INT64_MIN + 1, 0, INT64_MAX - 1, INT64_MAX};

	(void)state;
	for (size_t n = 0; n < 5 * 5 * 5; n++) {
		struct fixture f;
		int64_t before;

		start_live(&f, 1000 * SECOND);
		clock_at(&f, times[n % 5]);
		for (size_t i = 5; i <= 25; i *= 5) {
			pass(&f, SECOND);
			before = f.last.clock_ns;
			assert_true(clock_at(&f, times[n / i % 5]) >= before);
			assert_true(f.last.clock_ns <= f.wall_ns + 5 * SECOND);
			assert_true(idle(&f) >= f.last.clock_ns);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_add_up),
		cmocka_unit_test(copies_end_here),
		cmocka_unit_test(repetitions_are_counted),
		cmocka_unit_test(the_first_times_are_taken),
		cmocka_unit_test(results_of_the_sink_come_back),
		cmocka_unit_test(both_ways_are_one_pair),
		cmocka_unit_test(reordering_stands_still),
		cmocka_unit_test(a_step_back_is_taken_along),
		cmocka_unit_test(ends_of_time),
		cmocka_unit_test(the_widest_step),
		cmocka_unit_test(an_idle_clock_runs_on),
		cmocka_unit_test(without_time_nothing_is_idle),
		cmocka_unit_test(an_idle_clock_after_a_step_back),
		cmocka_unit_test(a_step_forward_is_not_time_that_passed),
		cmocka_unit_test(a_step_that_comes_twice),
		cmocka_unit_test(a_clock_set_at_random),
		cmocka_unit_test(a_live_clock_at_the_ends_of_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
