/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packet time as text, and buckets, before 1970 and at both ends of the type too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/time.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void texts(void **state)
{
	static const struct {
		int64_t ts_ns;
		const char *text, *brief;
	} rows[] = {
		{0, "1970-01-01T00:00:00.000000Z", "1970-01-01 00:00"},
		{1795309323000004000, "2026-11-22T01:02:03.000004Z", "2026-11-22 01:02"},
		{1795309323000004001, "2026-11-22T01:02:03.000004001Z", "2026-11-22 01:02"},
		{1709164800000000000, "2024-02-29T00:00:00.000000Z", "2024-02-29 00:00"},
		{-1, "1969-12-31T23:59:59.999999999Z", "1969-12-31 23:59"},
		{-1000000000, "1969-12-31T23:59:59.000000Z", "1969-12-31 23:59"},
		{INT64_MAX, "2262-04-11T23:47:16.854775807Z", "2262-04-11 23:47"},
		{INT64_MIN, "1677-09-21T00:12:43.145224192Z", "1677-09-21 00:12"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[FA_TIME_TEXT];

		assert_string_equal(fa_time_text(rows[i].ts_ns, text), rows[i].text);
		assert_string_equal(fa_time_text_short(rows[i].ts_ns, text), rows[i].brief);
	}
}

static void durations(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} rows[] = {
		{INT64_MIN, "0 ms"},
		{-5 * FA_NS_PER_SECOND, "0 ms"},
		{0, "0 ms"},
		{999999999, "999 ms"},
		{FA_NS_PER_SECOND, "1 s"},
		{1099999999, "1 s"},
		{1499999999, "1.4 s"},
		{9999999999, "9.9 s"},
		{10999999999, "10 s"},
		{59999999999, "59 s"},
		{60 * FA_NS_PER_SECOND, "1 min"},
		{119 * FA_NS_PER_SECOND, "1 min 59 s"},
		{725 * FA_NS_PER_SECOND, "12 min 5 s"},
		{3600 * FA_NS_PER_SECOND, "1 h"},
		{3659 * FA_NS_PER_SECOND, "1 h"},
		{3900 * FA_NS_PER_SECOND, "1 h 5 min"},
		{86400 * FA_NS_PER_SECOND, "1 day"},
		{93600 * FA_NS_PER_SECOND, "1 day 2 h"},
		{(9 * 86400 + 3 * 3600) * FA_NS_PER_SECOND, "9 days 3 h"},
		{INT64_MAX, "106751 days 23 h"},
	};
	char text[FA_DURATION_TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(fa_duration_text(rows[i].ns, text), rows[i].text);
}

static void buckets(void **state)
{
	static const struct {
		int64_t ts_ns, bucket_ns, start_ns;
	} rows[] = {
		{0, 10, 0},   {9, 10, 0},     {10, 10, 10},   {19, 10, 10},
		{-1, 10, -10}, {-10, 10, -10}, {-11, 10, -20}, {7, 1, 7},
		{INT64_MAX, INT64_MAX, INT64_MAX}, {INT64_MAX - 1, INT64_MAX, 0},
		{-5, INT64_MAX, -INT64_MAX},
		/* The bucket would begin before time does. */
		{INT64_MIN, 1000, INT64_MIN}, {INT64_MIN, INT64_MAX, INT64_MIN},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (fa_bucket_start(rows[i].ts_ns, rows[i].bucket_ns) != rows[i].start_ns)
			fail_msg("row %zu", i);
}

static void monotonic(void **state)
{
	int64_t before = fa_monotonic_ns();

	(void)state;
	for (int i = 0; i < 1000; i++) {
		int64_t now = fa_monotonic_ns();

		assert_true(now >= before && now - before < 60 * FA_NS_PER_SECOND);
		before = now;
	}
	assert_true(before > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(durations),
		cmocka_unit_test(buckets),
		cmocka_unit_test(monotonic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
