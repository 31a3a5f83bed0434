/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where windows and runs end: a clock that runs, and one that is set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/time.h"
#include "pipeline/boundary.h"
#include "pipeline/shared.h"

#define SECOND	FA_NS_PER_SECOND
#define MINUTE	(60 * SECOND)
#define HOUR	(60 * MINUTE)
#define DAY	(24 * HOUR)
#define TEN	(20000 * DAY + 10 * HOUR) /* ten o'clock of a day */
#define LOOK_NS (SECOND / 10)
#define SLACK	(5 * SECOND)

enum { ENDS_MAX = 100 };

/* A supervisor that looks ten times a second, and what it asks for. */
struct stand {
	struct fa_boundary boundary;
	struct fa_boundary_now now;
	int64_t set_ns; /* what the last step was told to be */
	unsigned told;
	struct {
		int64_t begun_ns, ended_ns; /* wall clock */
		int64_t open_ns;	    /* monotonic */
		unsigned wanted;
	} ends[ENDS_MAX];
	unsigned count;
	int64_t begun_ns, begun_monotonic_ns;
	bool refuses;
};

static void begin(struct stand *stand, int64_t wall_ns, int64_t bucket_ns, int64_t rotate_ns)
{
	memset(stand, 0, sizeof(*stand));
	stand->now.wall_ns = wall_ns;
	stand->now.monotonic_ns = 77 * SECOND;
	stand->begun_ns = wall_ns;
	stand->begun_monotonic_ns = stand->now.monotonic_ns;
	fa_boundary_init(&stand->boundary, bucket_ns, rotate_ns, &stand->now);
}

static void look(struct stand *stand)
{
	const struct fa_boundary_now *now = &stand->now;
	int64_t set_ns;
	bool ends = fa_boundary_look(&stand->boundary, now, &set_ns);

	if (set_ns != 0) {
		stand->set_ns = set_ns;
		stand->told++;
	}
	if (!ends || stand->refuses)
		return;
	assert_true(stand->count < ENDS_MAX);
	stand->ends[stand->count].begun_ns = stand->begun_ns;
	stand->ends[stand->count].ended_ns = now->wall_ns;
	stand->ends[stand->count].open_ns = now->monotonic_ns - stand->begun_monotonic_ns;
	stand->ends[stand->count].wanted = stand->boundary.wanted;
	stand->count++;
	stand->begun_ns = now->wall_ns;
	stand->begun_monotonic_ns = now->monotonic_ns;
	fa_boundary_ended(&stand->boundary, now, stand->count);
}

/* Both clocks run; returns how many windows ended meanwhile. */
static unsigned run(struct stand *stand, int64_t ns)
{
	unsigned before = stand->count;

	for (int64_t t = 0; t < ns; t += LOOK_NS) {
		stand->now.wall_ns += LOOK_NS;
		stand->now.monotonic_ns += LOOK_NS;
		look(stand);
	}
	return stand->count - before;
}

/* Somebody sets the clock. */
static unsigned set(struct stand *stand, int64_t by_ns)
{
	unsigned before = stand->count;

	stand->now.wall_ns += by_ns;
	look(stand);
	return stand->count - before;
}

static void ended_at(const struct stand *stand, int64_t wall_ns, unsigned wanted)
{
	assert_true(stand->count > 0);
	assert_true(stand->ends[stand->count - 1].ended_ns == wall_ns);
	assert_int_equal(stand->ends[stand->count - 1].wanted, wanted);
}

static unsigned rotations(const struct stand *stand)
{
	unsigned count = 0;

	for (unsigned i = 0; i < stand->count; i++)
		count += (stand->ends[i].wanted & FA_WINDOW_ROTATE) != 0;
	return count;
}

/* No window was open for longer than it may. */
static void none_too_long(const struct stand *stand)
{
	int64_t bucket_ns = stand->boundary.bucket_ns;
	int64_t max_ns = bucket_ns + fa_boundary_slack_ns(bucket_ns) + LOOK_NS;

	for (unsigned i = 0; i < stand->count; i++)
		assert_true(stand->ends[i].open_ns <= max_ns);
	assert_true(stand->now.monotonic_ns - stand->begun_monotonic_ns <= max_ns);
}

static void little_slack(void **state)
{
	(void)state;
	assert_true(fa_boundary_slack_ns(DAY) == SLACK);
	assert_true(fa_boundary_slack_ns(HOUR) == SLACK);
	assert_true(fa_boundary_slack_ns(20 * SECOND) == SLACK);
	assert_true(fa_boundary_slack_ns(2 * SECOND) == SECOND / 2);
}

static void at_each_multiple_of_the_bucket(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand, TEN + 59 * MINUTE + 58 * SECOND, HOUR, 0);
	assert_true(fa_boundary_next_ns(&stand.boundary) == TEN + HOUR);
	assert_int_equal(run(&stand, 2 * SECOND - LOOK_NS), 0);
	assert_int_equal(run(&stand, LOOK_NS), 1); /* as short as it happens to be */
	ended_at(&stand, TEN + HOUR, 0);
	for (int64_t hour = 2; hour < 30; hour++) {
		assert_true(fa_boundary_next_ns(&stand.boundary) == TEN + hour * HOUR);
		assert_int_equal(run(&stand, HOUR), 1);
		ended_at(&stand, TEN + hour * HOUR, 0);
	}
	assert_int_equal(stand.told, 0);
	none_too_long(&stand);
}

static void runs_end_at_multiples_of_theirs(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand, TEN + 30 * MINUTE, HOUR, DAY);
	assert_int_equal(run(&stand, 13 * HOUR), 13);
	assert_int_equal(rotations(&stand), 0);
	assert_int_equal(run(&stand, 30 * MINUTE), 1);
	ended_at(&stand, TEN + 14 * HOUR, FA_WINDOW_ROTATE); /* midnight */
	assert_int_equal(run(&stand, DAY), 24);
	ended_at(&stand, TEN + 38 * HOUR, FA_WINDOW_ROTATE);
	assert_int_equal(rotations(&stand), 2);
	/* Runs that are shorter than a bucket, and no multiple of anything. */
	begin(&stand, TEN, HOUR, 25 * MINUTE);
	assert_true(fa_boundary_next_ns(&stand.boundary) <= TEN + 25 * MINUTE);
	run(&stand, 25 * MINUTE);
	assert_int_equal(stand.count, 1);
	assert_true(stand.ends[0].ended_ns % (25 * MINUTE) == 0);
	assert_int_equal(stand.ends[0].wanted, FA_WINDOW_ROTATE);
	run(&stand, 5 * HOUR);
	assert_int_equal(rotations(&stand), 1 + 12);
	none_too_long(&stand);
}

/* At half past ten it is half past nine again. */
static void back_an_hour(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand, TEN, HOUR, DAY);
	run(&stand, 30 * MINUTE);
	assert_int_equal(set(&stand, -HOUR), 1); /* what was captured till then is one window */
	assert_true(stand.told == 1 && stand.set_ns == -HOUR);
	assert_true(stand.ends[0].open_ns == 30 * MINUTE);
	assert_int_equal(run(&stand, 30 * MINUTE), 1);
	ended_at(&stand, TEN, 0);
	assert_int_equal(run(&stand, 3 * HOUR), 3);
	ended_at(&stand, TEN + 3 * HOUR, 0);
	assert_int_equal(rotations(&stand), 0);
	assert_int_equal(stand.told, 1);
	none_too_long(&stand);
}

/* Within the bucket: the window goes on, but not for longer than a bucket. */
static void back_some_minutes(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand, TEN, HOUR, 0);
	run(&stand, 30 * MINUTE);
	assert_int_equal(set(&stand, -20 * MINUTE), 0);
	assert_true(stand.told == 1 && stand.set_ns == -20 * MINUTE);
	assert_int_equal(run(&stand, 30 * MINUTE), 0);
	assert_int_equal(run(&stand, SLACK), 1);
	ended_at(&stand, TEN + 40 * MINUTE + SLACK, 0);
	assert_int_equal(run(&stand, 20 * MINUTE - SLACK), 1);
	ended_at(&stand, TEN + HOUR, 0);
	/* Again and again it is not yet eleven. */
	for (int i = 0; i < 30; i++) {
		run(&stand, 10 * MINUTE);
		set(&stand, -10 * MINUTE);
	}
	assert_int_equal(stand.count, 2 + 4);
	none_too_long(&stand);
}

/* What a window that ended between boundaries leaves of its bucket is not worth one. */
static void little_is_left(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand, TEN, HOUR, 0);
	run(&stand, 30 * MINUTE);
	assert_int_equal(set(&stand, -30 * MINUTE - 3 * SECOND), 0); /* 9:59:57, the same bucket */
	begin(&stand, TEN + HOUR, HOUR, 0);
	run(&stand, 30 * MINUTE);
	assert_int_equal(set(&stand, -30 * MINUTE - 3 * SECOND - HOUR), 1); /* 9:59:57 */
	assert_int_equal(run(&stand, 10 * SECOND), 0);
	assert_int_equal(run(&stand, HOUR - 7 * SECOND), 1);
	ended_at(&stand, TEN + HOUR, 0);
	assert_int_equal(run(&stand, 30 * MINUTE), 0);
	assert_int_equal(set(&stand, 30 * MINUTE + DAY - 3 * SECOND), 1); /* 11:59:57, tomorrow */
	assert_int_equal(run(&stand, 10 * SECOND), 0);
	assert_int_equal(run(&stand, HOUR - 7 * SECOND), 1);
	ended_at(&stand, TEN + DAY + 3 * HOUR, 0);
	none_too_long(&stand);
}

/* A time server corrects a clock that has just shown a boundary. */
static void a_step_at_a_boundary(void **state)
{
	static const int64_t steps[] = {1, SECOND / 100, SECOND, SLACK - LOOK_NS};

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		for (int64_t after = 0; after < 3 * SECOND; after += SECOND) {
			struct stand stand;

			begin(&stand, TEN - 30 * MINUTE, HOUR, 10 * HOUR);
			run(&stand, 30 * MINUTE);
			assert_int_equal(stand.count, 1);
			ended_at(&stand, TEN, FA_WINDOW_ROTATE);
			run(&stand, after);
			assert_int_equal(set(&stand, -steps[i]), 0);
			assert_int_equal(run(&stand, 30 * MINUTE), 0);
			assert_int_equal(run(&stand, HOUR - 30 * MINUTE - after + steps[i]), 1);
			assert_true(stand.ends[1].ended_ns - TEN - HOUR < LOOK_NS);
			assert_int_equal(stand.told, 0);
			none_too_long(&stand);
		}
	}
}

/* Exactly from one boundary to another. */
static void from_boundary_to_boundary(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand, TEN, HOUR, 0);
	run(&stand, HOUR - LOOK_NS);
	stand.now.monotonic_ns += LOOK_NS;
	assert_int_equal(set(&stand, LOOK_NS - HOUR), 0); /* it would be eleven: it is ten */
	run(&stand, SLACK);
	assert_int_equal(stand.count, 1); /* and that for a bucket by now */
	assert_int_equal(run(&stand, HOUR - SLACK), 1);
	ended_at(&stand, TEN + HOUR, 0);
	/* It has just been eleven, and that window is over: the next one has all that follows. */
	assert_int_equal(set(&stand, -HOUR), 0);
	assert_int_equal(run(&stand, HOUR), 1);
	ended_at(&stand, TEN + HOUR, 0);
	/* An hour on, from eleven to twelve. */
	assert_int_equal(set(&stand, HOUR), 0);
	assert_int_equal(run(&stand, HOUR), 1);
	ended_at(&stand, TEN + 3 * HOUR, 0);
	none_too_long(&stand);
}

static void forward_a_day(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand, TEN + 30 * MINUTE, HOUR, DAY);
	run(&stand, MINUTE);
	assert_int_equal(set(&stand, DAY), 1); /* and not 24 */
	assert_true(stand.told == 1 && stand.set_ns == DAY);
	ended_at(&stand, TEN + DAY + 31 * MINUTE, FA_WINDOW_ROTATE);
	assert_int_equal(run(&stand, 29 * MINUTE), 1);
	ended_at(&stand, TEN + DAY + HOUR, 0);
	assert_int_equal(run(&stand, 13 * HOUR), 13);
	ended_at(&stand, TEN + DAY + 14 * HOUR, FA_WINDOW_ROTATE);
	assert_int_equal(rotations(&stand), 2);
	none_too_long(&stand);
}

/* It was a mistake. */
static void forward_a_day_and_back(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand, TEN + 30 * MINUTE, HOUR, DAY);
	run(&stand, MINUTE);
	set(&stand, DAY);
	run(&stand, MINUTE);
	assert_int_equal(set(&stand, -DAY), 1);
	ended_at(&stand, TEN + 32 * MINUTE, 0);
	assert_int_equal(run(&stand, 14 * HOUR - 32 * MINUTE), 14);
	ended_at(&stand, TEN + 14 * HOUR, FA_WINDOW_ROTATE);
	assert_int_equal(rotations(&stand), 2);
	assert_int_equal(run(&stand, DAY), 24);
	assert_int_equal(rotations(&stand), 3);
	none_too_long(&stand);
}

/* At half past midnight it is yesterday again: the run that has begun ends when that is over. */
static void back_over_midnight(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand, TEN + 14 * HOUR, HOUR, DAY);
	run(&stand, 30 * MINUTE);
	assert_int_equal(set(&stand, -HOUR), 1);
	ended_at(&stand, TEN + 13 * HOUR + 30 * MINUTE, 0);
	assert_int_equal(run(&stand, 30 * MINUTE), 1);
	ended_at(&stand, TEN + 14 * HOUR, FA_WINDOW_ROTATE);
	assert_int_equal(run(&stand, DAY), 24);
	assert_int_equal(rotations(&stand), 2);
	/* Corrected by a little, just after midnight: that is no other day. */
	assert_int_equal(set(&stand, -SECOND), 0);
	run(&stand, 23 * HOUR);
	assert_int_equal(rotations(&stand), 2);
	run(&stand, HOUR + SECOND);
	assert_int_equal(rotations(&stand), 3);
	none_too_long(&stand);
}

/* A machine that began in a year to come is put right: a run has no days that are years apart. */
static void back_for_years(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand, TEN, HOUR, DAY);
	run(&stand, 30 * MINUTE);
	assert_int_equal(set(&stand, -10000 * DAY), 1);
	ended_at(&stand, TEN + 30 * MINUTE - 10000 * DAY, FA_WINDOW_ROTATE);
	run(&stand, 13 * HOUR + 30 * MINUTE);
	assert_int_equal(rotations(&stand), 2);
	ended_at(&stand, TEN + 14 * HOUR - 10000 * DAY, FA_WINDOW_ROTATE);
	none_too_long(&stand);
}

/* Two programs that do not agree on the time: no window for each of their steps. */
static void a_clock_that_is_fought_over(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand, TEN, HOUR, 0);
	for (int i = 0; i < 10 * 60; i++) {
		run(&stand, LOOK_NS);
		set(&stand, i % 2 == 0 ? -2 * HOUR : 2 * HOUR);
	}
	assert_true(stand.count <= 60 * SECOND / SLACK);
	none_too_long(&stand);
}

/* Whatever is done to the clock, windows are as long as they may, and not many. */
static void a_clock_set_at_random(void **state)
{
	static const int64_t buckets[] = {SECOND, 2 * SECOND, 10 * SECOND, MINUTE, HOUR};

	(void)state;
	for (unsigned seed = 1; seed < 300; seed++) {
		int64_t bucket_ns = buckets[seed % 5];
		unsigned dice = seed;
		struct stand stand;
		unsigned steps = 0, count = 0;
		int64_t span_ns = 0;

		begin(&stand, TEN + rand_r(&dice) % 3600 * SECOND, bucket_ns, 3 * bucket_ns);
		while (span_ns < 20 * bucket_ns) {
			int64_t part_ns = bucket_ns * (1 + rand_r(&dice) % 200) / 100;
			int64_t by_ns = bucket_ns / 1000 * (rand_r(&dice) % 10000);

			run(&stand, part_ns);
			set(&stand, rand_r(&dice) % 2 == 0 ? by_ns : -by_ns);
			steps++;
			span_ns += part_ns + LOOK_NS;
			none_too_long(&stand);
			count += stand.count;
			stand.count = 0;
		}
		/* Each step ends a window, and so may a boundary, or the end of a run, after it. */
		assert_true(count <= (unsigned)(span_ns / bucket_ns) + 4 * steps + 2);
	}
}

/* The auditor takes no more windows for a while: what is wanted is not forgotten. */
static void refused(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand, TEN + 13 * HOUR, HOUR, DAY);
	stand.refuses = true;
	run(&stand, HOUR + MINUTE);
	fa_boundary_ask_reload(&stand.boundary);
	set(&stand, -HOUR); /* it is no longer midnight, but the run was over */
	stand.refuses = false;
	assert_int_equal(run(&stand, LOOK_NS), 1);
	assert_int_equal(stand.ends[0].wanted, FA_WINDOW_ROTATE | FA_WINDOW_RELOAD);
	assert_int_equal(run(&stand, MINUTE), 0);
}

static void reloads_one_after_the_other(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand, TEN, HOUR, 0);
	run(&stand, MINUTE);
	fa_boundary_ask_reload(&stand.boundary);
	assert_int_equal(run(&stand, LOOK_NS), 1);
	assert_int_equal(stand.ends[0].wanted, FA_WINDOW_RELOAD);
	assert_true(stand.boundary.reloading);
	assert_true(fa_boundary_next_ns(&stand.boundary) == TEN + HOUR);
	/* Not while it goes on, nor before 3 s are over, nor before its window is stored. */
	for (int i = 0; i < 3; i++)
		fa_boundary_ask_reload(&stand.boundary);
	assert_int_equal(run(&stand, MINUTE), 0);
	stand.now.stored = 1;
	assert_int_equal(run(&stand, MINUTE), 0);
	stand.boundary.reloading = false;
	assert_int_equal(run(&stand, LOOK_NS), 1);
	stand.boundary.reloading = false;
	fa_boundary_ask_reload(&stand.boundary);
	assert_int_equal(run(&stand, MINUTE), 0);
	stand.now.stored = 2;
	assert_int_equal(run(&stand, LOOK_NS), 1);
	stand.boundary.reloading = false;
	stand.now.stored = 3;
	fa_boundary_ask_reload(&stand.boundary);
	assert_int_equal(run(&stand, 3 * SECOND - LOOK_NS), 0);
	assert_int_equal(run(&stand, LOOK_NS), 1);
	assert_int_equal(stand.ends[3].wanted, FA_WINDOW_RELOAD);
	/* All of them are done. */
	stand.boundary.reloading = false;
	stand.now.stored = 4;
	assert_int_equal(run(&stand, 50 * MINUTE), 0);
	/* Just before a boundary: windows end there all the same. */
	run(&stand, TEN + HOUR - 2 * SECOND - stand.now.wall_ns);
	fa_boundary_ask_reload(&stand.boundary);
	assert_int_equal(run(&stand, LOOK_NS), 1);
	assert_int_equal(run(&stand, 2 * SECOND - LOOK_NS), 1);
	ended_at(&stand, TEN + HOUR, 0);
}

/* A reload does not wait for a clock that is set, nor for one that stands still. */
static void a_reload_and_a_step(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand, TEN, HOUR, 0);
	run(&stand, MINUTE);
	fa_boundary_ask_reload(&stand.boundary);
	assert_int_equal(set(&stand, -5 * HOUR), 1);
	assert_int_equal(stand.ends[0].wanted, FA_WINDOW_RELOAD);
	stand.boundary.reloading = false;
	stand.now.stored = 1;
	fa_boundary_ask_reload(&stand.boundary);
	run(&stand, SECOND);
	set(&stand, -5 * HOUR);
	assert_int_equal(run(&stand, 2 * SECOND), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(little_slack),
		cmocka_unit_test(at_each_multiple_of_the_bucket),
		cmocka_unit_test(runs_end_at_multiples_of_theirs),
		cmocka_unit_test(back_an_hour),
		cmocka_unit_test(back_some_minutes),
		cmocka_unit_test(little_is_left),
		cmocka_unit_test(a_step_at_a_boundary),
		cmocka_unit_test(from_boundary_to_boundary),
		cmocka_unit_test(forward_a_day),
		cmocka_unit_test(forward_a_day_and_back),
		cmocka_unit_test(back_over_midnight),
		cmocka_unit_test(back_for_years),
		cmocka_unit_test(a_clock_that_is_fought_over),
		cmocka_unit_test(a_clock_set_at_random),
		cmocka_unit_test(refused),
		cmocka_unit_test(reloads_one_after_the_other),
		cmocka_unit_test(a_reload_and_a_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
