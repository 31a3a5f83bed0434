/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text to number: strict, bounded, and no overflow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/error.h"
#include "base/num.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t min, max;
		int error;
		uint64_t value;
	} rows[] = {
		{"0", 0, 9, 0, 0},
		{"65535", 0, 65535, 0, 65535},
		{"65536", 0, 65535, FA_EINVAL, 0},
		{"4", 5, 9, FA_EINVAL, 0},
		{"5", 5, 9, 0, 5},
		{"007", 0, 9, 0, 7},
		{"18446744073709551615", 0, UINT64_MAX, 0, UINT64_MAX},
		{"18446744073709551616", 0, UINT64_MAX, FA_EINVAL, 0},
		{"18446744073709551620", 0, UINT64_MAX, FA_EINVAL, 0},
		{"99999999999999999999999", 0, UINT64_MAX, FA_EINVAL, 0},
		{"", 0, 9, FA_EINVAL, 0},
		{"+1", 0, 9, FA_EINVAL, 0},
		{"-1", 0, UINT64_MAX, FA_EINVAL, 0},
		{" 1", 0, 9, FA_EINVAL, 0},
		{"1 ", 0, 9, FA_EINVAL, 0},
		{"0x1", 0, 9, FA_EINVAL, 0},
		{"1.0", 0, 9, FA_EINVAL, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t value = 77;

		if (fa_parse_u64(rows[i].text, rows[i].min, rows[i].max, &value) != rows[i].error)
			fail_msg("\"%s\"", rows[i].text);
		assert_true(value == (rows[i].error == 0 ? rows[i].value : 77));
	}
}

struct unit_row {
	const char *text;
	int64_t value; /* -1: refused */
};

static void durations(void **state)
{
	static const struct unit_row rows[] = {
		{"300", 300000000000},	{"300s", 300000000000}, {"500ms", 500000000},
		{"5m", 300000000000},	{"1h", 3600000000000},	{"1d", 86400000000000},
		{"90d", 7776000000000000}, {"2w", 1209600000000000}, {"0", 0},
		{"9223372036s", 9223372036000000000}, {"9223372037s", -1},
		{"15250w", 9223200000000000000}, {"15251w", -1},
		{"", -1},  {"s", -1},	{"1.5h", -1},  {"1 h", -1}, {"1hh", -1},
		{"1H", -1}, {"-1s", -1}, {"1y", -1},	{"18446744073709551617", -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t value = -1;
		int error = fa_parse_duration_ns(rows[i].text, &value);

		if (error != (rows[i].value < 0 ? FA_EINVAL : 0) || value != rows[i].value)
			fail_msg("\"%s\": %lld", rows[i].text, (long long)value);
	}
}

static void sizes(void **state)
{
	static const struct unit_row rows[] = {
		{"4096", 4096}, {"64K", 65536}, {"256M", 268435456}, {"2G", 2147483648},
		{"1T", 1099511627776}, {"8388607T", INT64_MAX - 1099511627775},
		{"8388608T", -1}, {"9223372036854775807", INT64_MAX}, {"9223372036854775808", -1},
		{"1k", -1}, {"1KB", -1}, {"K", -1}, {"", -1}, {"-1", -1}, {"1.5G", -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t value = UINT64_MAX;
		int error = fa_parse_size(rows[i].text, &value);

		if (error != (rows[i].value < 0 ? FA_EINVAL : 0) || (int64_t)value != rows[i].value)
			fail_msg("\"%s\": %llu", rows[i].text, (unsigned long long)value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(durations),
		cmocka_unit_test(sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
