/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points in time as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/time.h"
#include "cmd/drift_when.h"

/* 2026-11-22T15:30:00Z */
#define NOW (1795361400 * FA_NS_PER_SECOND)

static void test_times(void **state)
{
	static const struct {
		const char *text, *utc;
	} rows[] = {
		{"now", "2026-11-22T15:30:00.000000Z"},
		{"today", "2026-11-22T00:00:00.000000Z"},
		{"yesterday", "2026-11-21T00:00:00.000000Z"},
		{"2026-11-20", "2026-11-20T00:00:00.000000Z"},
		{"2028-02-29", "2028-02-29T00:00:00.000000Z"},
		{"2026-11-20T22:00", "2026-11-20T22:00:00.000000Z"},
		{"2026-11-20 22:00", "2026-11-20T22:00:00.000000Z"},
		{"2026-11-20T22:00:05Z", "2026-11-20T22:00:05.000000Z"},
		{"2026-11-20t22:00:05z", "2026-11-20T22:00:05.000000Z"},
		{"2026-11-20T00:30:00+01:00", "2026-11-19T23:30:00.000000Z"},
		{"2026-11-20T22:00-08:30", "2026-11-21T06:30:00.000000Z"},
		{"12h", "2026-11-22T03:30:00.000000Z"},
		{"2d", "2026-11-20T15:30:00.000000Z"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[FA_TIME_TEXT];
		int64_t ns = 0;

		if (fa_parse_when(rows[i].text, NOW, &ns) != 0)
			fail_msg("%s is a time", rows[i].text);
		assert_string_equal(fa_time_text(ns, text), rows[i].utc);
	}
}

static void test_mistakes(void **state)
{
	static const char *const rows[] = {
		"",	      "tomorrow",    "12",		  "h",
		"2026",	      "2026-13-01",  "2026-02-30",	  "2026-11-20T",
		"2026-11-20T25:00", "2026-11-20T22", "2026-11-20T22:00+1", "2026-11-20T22:00Zx",
		"26-11-20",   "2026/11/20",  "-1h",		  "Today",
		"99999999w",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t ns;

		if (fa_parse_when(rows[i], NOW, &ns) != FA_EINVAL)
			fail_msg("\"%s\" is not a time", rows[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
