/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses and prefixes: what is accepted, printed, contained and ordered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/addr.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct fa_addr addr(const char *text)
{
	struct fa_addr out;

	if (!fa_addr_parse(text, &out))
		fail_msg("not an address: %s", text);
	return out;
}

static void text_of_addresses(void **state)
{
	static const struct {
		const char *in, *out;
		uint8_t version;
	} rows[] = {
		{"10.0.0.1", "10.0.0.1", 4},
		{"255.255.255.255", "255.255.255.255", 4},
		{"2001:DB8:0:0:0:0:0:1", "2001:db8::1", 6},
		{"::", "::", 6},
		{"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", 6},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 6},
		{"::ffff:192.0.2.1", "::ffff:192.0.2.1", 6},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[FA_ADDR_TEXT];
		struct fa_addr a = addr(rows[i].in);

		assert_int_equal(a.version, rows[i].version);
		assert_ptr_equal(fa_addr_text(&a, text), text);
		assert_string_equal(text, rows[i].out);
		for (size_t b = 4; rows[i].version == 4 && b < 16; b++)
			assert_int_equal(a.bytes[b], 0);
	}
}

static void no_address_has_a_text(void **state)
{
	const struct fa_addr none = {.bytes = {10, 0, 0, 1}};
	char text[FA_ADDR_TEXT];

	(void)state;
	assert_string_equal(fa_addr_text(&none, text), "-");
}

static void what_is_no_address(void **state)
{
	static const char *const rows[] = {"",	       "10.0.0",     "10.0.0.256", "10.0.0.1 ",
					   " 10.0.0.1", "10.0.0.1/8", "host",	    "1::2::3",
					   "12345::",  "010.0.0.1x", "::1%lo"};
	struct fa_addr out;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (fa_addr_parse(rows[i], &out))
			fail_msg("taken for an address: \"%s\"", rows[i]);
}

static void prefixes(void **state)
{
	static const struct {
		const char *text;
		int bits; /* -1: refused */
	} rows[] = {
		{"10.0.0.0/8", 8},	 {"10.0.0.1", 32},	{"0.0.0.0/0", 0},
		{"10.0.0.128/25", 25},	 {"10.0.0.1/32", 32},	{"10.0.0.0/33", -1},
		{"10.0.0.1/8", -1},	 {"10.0.0.64/25", -1},	{"10.0.0.0/", -1},
		{"10.0.0.0/-1", -1},	 {"10.0.0.0/8 ", -1},	{"/8", -1},
		{"10.0.0.0/8/8", -1},	 {"2001:db8::/32", 32}, {"2001:db8::1", 128},
		{"2001:db8::1/32", -1},	 {"::/0", 0},		{"::/129", -1},
		{"2001:db8::8000/113", 113}, {"2001:db8::4000/113", -1},
		{"1111:1111:1111:1111:1111:1111:1111:1111:1111:1111/8", -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fa_prefix prefix;
		bool ok = fa_prefix_parse(rows[i].text, &prefix);

		if (ok != (rows[i].bits >= 0))
			fail_msg("prefix \"%s\": %d", rows[i].text, ok);
		if (ok)
			assert_int_equal(prefix.bits, rows[i].bits);
	}
}

static void containment(void **state)
{
	static const struct {
		const char *prefix, *addr;
		bool in;
	} rows[] = {
		{"10.0.0.0/8", "10.255.255.255", true},
		{"10.0.0.0/8", "11.0.0.0", false},
		{"10.0.0.128/25", "10.0.0.128", true},
		{"10.0.0.128/25", "10.0.0.127", false},
		{"10.0.0.1", "10.0.0.1", true},
		{"10.0.0.1", "10.0.0.2", false},
		{"0.0.0.0/0", "255.1.2.3", true},
		{"0.0.0.0/0", "::1", false},
		{"::/0", "10.0.0.1", false},
		{"2001:db8::/33", "2001:db8:7fff::1", true},
		{"2001:db8::/33", "2001:db8:8000::1", false},
		{"a00::/8", "10.0.0.1", false},
		{"::1", "::1", true},
		{"::1", "::2", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fa_prefix prefix;
		struct fa_addr a = addr(rows[i].addr);

		assert_true(fa_prefix_parse(rows[i].prefix, &prefix));
		if (fa_prefix_contains(&prefix, &a) != rows[i].in)
			fail_msg("%s in %s", rows[i].addr, rows[i].prefix);
	}
}

static void order(void **state)
{
	static const char *const sorted[] = {"0.0.0.0", "9.255.0.0", "10.0.0.1", "200.0.0.0",
					     "::",	"::1",	     "fe80::1"};

	(void)state;
	for (size_t i = 0; i < COUNT(sorted); i++)
		for (size_t j = 0; j < COUNT(sorted); j++) {
			struct fa_addr a = addr(sorted[i]), b = addr(sorted[j]);
			int got = fa_addr_compare(&a, &b);

			assert_int_equal((got > 0) - (got < 0), (i > j) - (i < j));
		}
}

static void special(void **state)
{
	static const struct {
		const char *text;
		bool loopback, multicast;
	} rows[] = {
		{"127.0.0.1", true, false},	  {"127.255.255.255", true, false},
		{"128.0.0.1", false, false},	  {"::1", true, false},
		{"::2", false, false},		  {"7f00::", false, false},
		{"224.0.0.0", false, true},	  {"239.255.255.255", false, true},
		{"240.0.0.1", false, false},	  {"223.255.255.255", false, false},
		{"255.255.255.255", false, true}, {"255.255.255.254", false, false},
		{"10.0.0.255", false, false},	  {"ff02::1", false, true},
		{"fe80::1", false, false},	  {"e000::1", false, false},
		{"0.0.0.0", false, false},	  {"::", false, false},
		{"0.0.0.1", false, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fa_addr a = addr(rows[i].text);

		if (fa_addr_is_unspecified(&a) !=
		    (strcmp(rows[i].text, "0.0.0.0") == 0 || strcmp(rows[i].text, "::") == 0))
			fail_msg("%s", rows[i].text);
		if (fa_addr_is_loopback(&a) != rows[i].loopback ||
		    fa_addr_is_multicast(&a) != rows[i].multicast)
			fail_msg("%s", rows[i].text);
	}
}

static void private_networks(void **state)
{
	static const char *const yes[] = {
		"10.0.0.0",	 "10.255.255.255",  "172.16.0.1", "172.31.255.255", "192.168.0.1",
		"100.64.0.1",	 "100.127.255.255", "169.254.1.1", "127.0.0.1",	    "::1",
		"fc00::1",	 "fdff::1",	    "fe80::1",	   "febf::1",
	};
	static const char *const no[] = {
		"9.255.255.255", "11.0.0.0",   "172.15.255.255", "172.32.0.0", "192.167.255.255",
		"100.63.255.255", "100.128.0.0", "8.8.8.8",	 "2001:db8::1", "fec0::1",
		"fbff::1",	  "0.0.0.0",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(yes); i++) {
		struct fa_addr a = addr(yes[i]);

		if (!fa_addr_is_private(&a))
			fail_msg("%s", yes[i]);
	}
	for (size_t i = 0; i < COUNT(no); i++) {
		struct fa_addr a = addr(no[i]);

		if (fa_addr_is_private(&a))
			fail_msg("%s", no[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_of_addresses), cmocka_unit_test(no_address_has_a_text),
		cmocka_unit_test(what_is_no_address), cmocka_unit_test(prefixes),
		cmocka_unit_test(containment),	     cmocka_unit_test(order),
		cmocka_unit_test(special),	     cmocka_unit_test(private_networks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
