/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which bound rules claim a port, and who fits their ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/policy.h"

enum { TCP = 6, UDP = 17, SCTP = 132, ICMP = 1, ICMP6 = 58, GRE = 47 };

static const struct fa_port_range web[] = {{443, 443}, {80, 80}};
static const struct fa_port_range wide[] = {{400, 499}};
static const struct fa_port_range snmp[] = {{161, 161}};
static const struct fa_port_range trap[] = {{162, 163}};
static const struct fa_port_range last[] = {{65535, 65535}, {1, 1}};

#define RANGES(array)                                                                              \
	{                                                                                          \
		array, sizeof(array) / sizeof((array)[0])                                          \
	}

static const struct fa_rule rules[] = {
	{.id = "p/c/wide", .transports = FA_RULE_TCP | FA_RULE_SCTP, .match_ports = RANGES(wide)},
	{.id = "p/c/web-b", .transports = FA_RULE_TCP, .match_ports = RANGES(web)},
	{.id = "p/c/web-a", .transports = FA_RULE_TCP, .match_ports = RANGES(web)},
	{.id = "p/c/dynamic",
	 .transports = FA_RULE_TCP,
	 .ports = RANGES(wide),
	 .match_ports = RANGES(wide),
	 .dynamic = true},
	{.id = "p/c/snmp",
	 .transports = FA_RULE_TCP,
	 .match_ports = RANGES(snmp),
	 .correction = {.transports = FA_RULE_UDP | FA_RULE_TCP, .reason = "it is UDP"}},
	{.id = "p/c/trap",
	 .transports = FA_RULE_UDP,
	 .match_ports = RANGES(snmp),
	 .correction = {.ports = RANGES(trap), .reason = "another port"}},
	{.id = "p/c/narrower",
	 .transports = FA_RULE_SCTP,
	 .match_ports = RANGES(wide),
	 .correction = {.ports = RANGES(web), .reason = "only one of them"}},
	{.id = "p/c/meant",
	 .transports = FA_RULE_SCTP,
	 .match_ports = RANGES(trap),
	 .correction = {.transports = FA_RULE_ICMP6, .reason = "no port at all"}},
	{.id = "p/c/ping", .transports = FA_RULE_ICMP},
	{.id = "p/c/ends", .transports = FA_RULE_UDP, .match_ports = RANGES(last)},
};

static struct fa_rulebook plain_book(void)
{
	return (struct fa_rulebook){.rules = rules, .rule_count = sizeof(rules) / sizeof(rules[0])};
}

static struct fa_policy policy_of(const struct fa_rulebook *book)
{
	struct fa_policy policy;

	assert_int_equal(fa_policy_from_rulebook(&policy, book), 0);
	return policy;
}

/* "wide:100 snmp:1!" : the last part of the id, the size of the range, ! for corrected, + for a
 * port that it goes on to. */
static const char *describe(const struct fa_policy *policy, uint8_t protocol, uint16_t port)
{
	static char text[2048];
	const struct fa_candidate *found;
	size_t count = fa_policy_candidates(policy, protocol, port, &found);
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s:%u%s",
					 i == 0 ? "" : " ",
					 strrchr(found[i].binding->rule->id, '/') + 1,
					 found[i].range_size,
					 &"\0\0+\0!"[2 * (unsigned)found[i].claim]);
	return text;
}

static const struct {
	uint8_t protocol;
	uint16_t port;
	const char *found;
} expected[] = {
	{TCP, 443, "web-a:1 web-b:1 wide:100"},
	{TCP, 80, "web-a:1 web-b:1"},
	{TCP, 400, "wide:100"},
	{TCP, 499, "wide:100"},
	{TCP, 399, ""},
	{TCP, 500, ""},
	{UDP, 443, ""},
	{SCTP, 443, "narrower:100 wide:100"},
	{SCTP, 80, "narrower:1!"},
	{TCP, 161, "snmp:1"},
	{UDP, 161, "snmp:1! trap:1"},
	{UDP, 162, "trap:2!"},
	{UDP, 163, "trap:2!"},
	{UDP, 164, ""},
	{TCP, 162, ""},
	{ICMP, 0, "ping:65536"},
	{ICMP, 8 << 8, "ping:65536"},
	{ICMP6, 0, "meant:65536!"},
	{UDP, 65535, "ends:1"},
	{UDP, 1, "ends:1"},
	{UDP, 0, ""},
	{UDP, 65534, ""},
	{GRE, 443, ""},
};

static void test_candidates(void **state)
{
	struct fa_rulebook book = plain_book();
	struct fa_policy policy = policy_of(&book);

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_string_equal(describe(&policy, expected[i].protocol, expected[i].port),
				    expected[i].found);
	fa_policy_deinit(&policy);
	fa_policy_deinit(&policy);
}

/* Rules made by hand may hold a port twice: the narrower range counts, once. */
static void test_ranges_of_one_rule_overlap(void **state)
{
	static const struct fa_port_range twice[] = {{100, 200}, {150, 150}, {140, 160}};
	static const struct fa_rule rule = {
		.id = "p/c/r", .transports = FA_RULE_TCP, .match_ports = RANGES(twice)};
	struct fa_rulebook book = {.rules = &rule, .rule_count = 1};
	struct fa_policy policy = policy_of(&book);

	(void)state;
	assert_string_equal(describe(&policy, TCP, 100), "r:101");
	assert_string_equal(describe(&policy, TCP, 145), "r:21");
	assert_string_equal(describe(&policy, TCP, 150), "r:1");
	fa_policy_deinit(&policy);
}

/* What a port goes on to counts only where the port itself is not documented. */
static void test_increments(void **state)
{
	static const struct fa_port_range own[] = {{1098, 1098}}, next[] = {{1098, 1100}};
	static const struct fa_rule rule = {.id = "p/c/up",
					    .transports = FA_RULE_TCP,
					    .match_ports = RANGES(own),
					    .increments_to = RANGES(next)};
	struct fa_rulebook book = {.rules = &rule, .rule_count = 1};
	struct fa_policy policy = policy_of(&book);

	(void)state;
	assert_string_equal(describe(&policy, TCP, 1098), "up:1");
	assert_string_equal(describe(&policy, TCP, 1099), "up:3+");
	assert_string_equal(describe(&policy, UDP, 1099), "");
	fa_policy_deinit(&policy);
}

static void test_port_set_agrees_with_candidates(void **state)
{
	static const uint8_t protocols[] = {TCP, UDP, SCTP};
	static struct fa_port_set set;
	struct fa_rulebook book = plain_book();
	struct fa_policy policy = policy_of(&book);
	const struct fa_candidate *found;

	(void)state;
	memset(&set, 0xff, sizeof(set));
	fa_port_set_fill(&set, &policy);
	for (size_t i = 0; i < sizeof(protocols); i++)
		for (unsigned port = 0; port <= UINT16_MAX; port++)
			assert_int_equal(fa_port_set_has(&set, protocols[i], (uint16_t)port),
					 fa_policy_candidates(&policy, protocols[i], (uint16_t)port,
							      &found) > 0);
	assert_true(fa_port_set_has(&set, TCP, 443));
	assert_false(fa_port_set_has(&set, ICMP, 443));
	assert_false(fa_port_set_has(&set, GRE, 443));
	fa_policy_deinit(&policy);
}

static void test_empty_book(void **state)
{
	struct fa_rulebook book = {0};
	struct fa_policy policy = policy_of(&book);
	const struct fa_candidate *found;

	(void)state;
	assert_int_equal(fa_policy_candidates(&policy, TCP, 443, &found), 0);
	fa_policy_deinit(&policy);
}

static struct fa_addr address(const char *text)
{
	struct fa_addr addr;

	assert_true(fa_addr_parse(text, &addr));
	return addr;
}

static void test_ends(void **state)
{
	static struct fa_place places[] = {
		{.label = "a"}, {.label = "b"}, {.label = "c"}, {.label = "n", .host = "x.example"}};
	struct fa_site_role role = {.places = places, .prefix_count = 3, .place_count = 4};
	const struct fa_site_role *roles[] = {&role};
	struct fa_end end = {.roles = roles, .count = 1};
	const struct fa_place *place;
	struct fa_addr addr;

	(void)state;
	assert_true(fa_prefix_parse("10.0.0.0/24", &places[0].prefix));
	assert_true(fa_prefix_parse("10.0.2.7", &places[1].prefix));
	assert_true(fa_prefix_parse("2001:db8::/32", &places[2].prefix));
	static const struct {
		const char *addr, *label;
	} inside[] = {{"10.0.0.0", "a"}, {"10.0.0.255", "a"}, {"10.0.2.7", "b"},
		      {"2001:db8:ffff::1", "c"}};
	static const char *const outside[] = {"9.255.255.255", "10.0.1.0", "10.0.2.6", "10.0.2.8",
					      "2001:db7::", "2001:db9::"};

	for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
		addr = address(inside[i].addr);
		assert_int_equal(fa_end_fits(&end, &addr, &place), FA_END_FITS);
		assert_string_equal(place->label, inside[i].label);
	}
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		addr = address(outside[i]);
		assert_int_equal(fa_end_fits(&end, &addr, &place), FA_END_DIFFERS);
		assert_null(place);
	}
	end.unplaced = true;
	assert_int_equal(fa_end_fits(&end, &addr, NULL), FA_END_OPEN);
	end.anybody = true;
	assert_int_equal(fa_end_fits(&end, &addr, NULL), FA_END_FITS);
}

static void test_systems(void **state)
{
	static struct fa_as_prefix items[] = {{.asn = 1}, {.asn = 2}, {.asn = 3}};
	const struct fa_as_list list = {items, 3};
	const struct fa_as_list none = {0};
	struct fa_addr addr = address("10.1.2.3");

	(void)state;
	assert_int_equal(fa_as_of(&none, &addr), 0);
	assert_true(fa_prefix_parse("10.0.0.0/8", &items[0].prefix));
	assert_true(fa_prefix_parse("10.1.0.0/16", &items[1].prefix));
	assert_true(fa_prefix_parse("10.1.3.0/24", &items[2].prefix));
	assert_int_equal(fa_as_of(&list, &addr), 2);
	addr = address("10.1.3.1");
	assert_int_equal(fa_as_of(&list, &addr), 3);
	addr = address("10.1.4.1");
	assert_int_equal(fa_as_of(&list, &addr), 2);
	addr = address("10.9.0.1");
	assert_int_equal(fa_as_of(&list, &addr), 1);
	addr = address("11.0.0.1");
	assert_int_equal(fa_as_of(&list, &addr), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_candidates),
		cmocka_unit_test(test_ranges_of_one_rule_overlap),
		cmocka_unit_test(test_increments),
		cmocka_unit_test(test_port_set_agrees_with_candidates),
		cmocka_unit_test(test_empty_book),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_systems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
