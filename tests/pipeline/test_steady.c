/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A wall clock that is set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/time.h"
#include "pipeline/steady.h"

#define NOW_NS	(INT64_C(1800000000) * FA_NS_PER_SECOND)
#define HOUR_NS (3600 * FA_NS_PER_SECOND)
#define YEAR_NS (365 * 24 * HOUR_NS)

static void a_clock_that_runs(void **state)
{
	struct fa_steady steady = {0};

	(void)state;
	for (int64_t t = 0; t < 1000 * HOUR_NS; t += HOUR_NS)
		assert_int_equal(fa_steady_look(&steady, NOW_NS + t, 5 + t), FA_STEADY);
	/* Daylight saving is not of this clock; an hour at most is what a time server corrects. */
	assert_int_equal(fa_steady_look(&steady, NOW_NS + 1001 * HOUR_NS, 5 + 1000 * HOUR_NS),
			 FA_STEADY);
}

static void it_is_set(int64_t by_ns)
{
	struct fa_steady steady = {0};
	int64_t t = 7 * HOUR_NS;

	assert_int_equal(fa_steady_look(&steady, NOW_NS, 0), FA_STEADY);
	assert_int_equal(fa_steady_look(&steady, NOW_NS + t + by_ns, t), FA_STEADY_JUST_SET);
	t += 23 * HOUR_NS;
	assert_int_equal(fa_steady_look(&steady, NOW_NS + t + by_ns, t), FA_STEADY_NOT_YET);
	/* And back: nothing was removed meanwhile, and nothing is for another day. */
	assert_int_equal(fa_steady_look(&steady, NOW_NS + t, t), FA_STEADY_JUST_SET);
	t += 2 * HOUR_NS;
	assert_int_equal(fa_steady_look(&steady, NOW_NS + t, t), FA_STEADY_NOT_YET);
	t += 22 * HOUR_NS;
	assert_int_equal(fa_steady_look(&steady, NOW_NS + t, t), FA_STEADY);
}

static void into_the_future_and_the_past(void **state)
{
	(void)state;
	it_is_set(73 * YEAR_NS);
	it_is_set(-50 * YEAR_NS);
	it_is_set(2 * HOUR_NS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_that_runs),
		cmocka_unit_test(into_the_future_and_the_past),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
