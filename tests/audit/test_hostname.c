/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Host names and the patterns of catalogs. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "audit/hostname.h"

static void test_patterns(void **state)
{
	static const struct {
		const char *pattern, *host;
		bool is;
	} table[] = {
		{"app.example.org", "app.example.org", true},
		{"app.example.org", "APP.Example.Org", true},
		{"app.example.org", "app.example.org.", true},
		{"app.example.org.", "app.example.org", true},
		{"app.example.org", "app.example.com", false},
		{"app.example.org", "x.app.example.org", false},
		{"app.example.org", "app.example.org.evil.net", false},
		{"app.example.org", "", false},
		{"*.example.org", "app.example.org", true},
		{"*.example.org", "a.b.EXAMPLE.org.", true},
		{"*.example.org", "example.org", false},
		{"*.example.org", ".example.org", false},
		{"*.example.org", "badexample.org", false},
		{"*.example.org", "app.example.org.evil.net", false},
		{"*.example.org", "", false},
		{"*", "app.example.org", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(fa_host_is(table[i].pattern, table[i].host), table[i].is);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
