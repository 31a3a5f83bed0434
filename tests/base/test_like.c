/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names that were probably meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/like.h"

struct item {
	const char *name;
	int other;
};

static const struct item items[] = {
	{"api-manager", 1}, {"identity-server", 2}, {NULL, 3}, {"iot-server", 4}};
static const struct fa_like_names names = {items, 4, sizeof(items[0])};

static void distances(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned limit, edits;
	} rows[] = {
		{"server", "server", 3, 0}, {"server", "sever", 3, 1},	{"server", "servers", 3, 1},
		{"server", "sevrer", 3, 1}, {"server", "sorver", 3, 1},	{"TLS", "tls", 3, 1},
		{"", "abc", 3, 3},	    {"abcdef", "uvwxyz", 3, 4}, {"a", "", 0, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(fa_like_distance(rows[i].a, rows[i].b, rows[i].limit),
				 rows[i].edits);
		assert_int_equal(fa_like_distance(rows[i].b, rows[i].a, rows[i].limit),
				 rows[i].edits);
	}
}

static void found(void **state)
{
	(void)state;
	assert_int_equal(fa_like_find(&names, "iot-server"), 3);
	assert_int_equal(fa_like_find(&names, "iot"), SIZE_MAX);
	assert_string_equal(fa_like_name(&names, 1), "identity-server");
	assert_null(fa_like_name(&names, 2));
}

static void meant(void **state)
{
	struct fa_like_hint hint;

	(void)state;
	assert_string_equal(fa_like_nearest(&names, "api-manger"), "api-manager");
	assert_string_equal(fa_like_nearest(&names, "IOT-server"), "iot-server");
	assert_null(fa_like_nearest(&names, "database"));
	assert_string_equal(fa_like_hint(&hint, "x"), "; did you mean \"x\"?");
	assert_string_equal(fa_like_hint(&hint, NULL), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distances),
		cmocka_unit_test(found),
		cmocka_unit_test(meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
