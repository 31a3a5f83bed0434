/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts of catalog values, and which rules claim a port. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/rule.h"

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

/* "wide:100 snmp:1!" : the last part of the id, the size of the range, ! for corrected. */
static const char *describe(const struct fa_rulebook *book, uint8_t protocol, uint16_t port)
{
	static char text[2048];
	struct fa_candidate found[FA_CANDIDATES_MAX];
	size_t count = fa_rulebook_candidates(book, protocol, port, found);
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s:%u%s",
					 i == 0 ? "" : " ", strrchr(found[i].rule->id, '/') + 1,
					 found[i].range_size, found[i].corrected ? "!" : "");
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

static void check_all(const struct fa_rulebook *book)
{
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_string_equal(describe(book, expected[i].protocol, expected[i].port),
				    expected[i].found);
}

static void test_candidates_without_index(void **state)
{
	struct fa_rulebook book = plain_book();

	(void)state;
	check_all(&book);
}

static void test_candidates_with_index(void **state)
{
	struct fa_rulebook book = plain_book();

	(void)state;
	assert_int_equal(fa_rulebook_index(&book, NULL), 0);
	assert_non_null(book.index);
	check_all(&book);
	fa_rulebook_index_free(&book);
	assert_null(book.index);
	fa_rulebook_index_free(&book);
}

/* Rules made by hand may hold a port twice: the narrower range counts, once. */
static void test_ranges_of_one_rule_overlap(void **state)
{
	static const struct fa_port_range twice[] = {{100, 200}, {150, 150}, {140, 160}};
	static const struct fa_rule rule = {
		.id = "p/c/r", .transports = FA_RULE_TCP, .match_ports = RANGES(twice)};
	struct fa_rulebook book = {.rules = &rule, .rule_count = 1};

	(void)state;
	for (int indexed = 0; indexed < 2; indexed++) {
		if (indexed)
			assert_int_equal(fa_rulebook_index(&book, NULL), 0);
		assert_string_equal(describe(&book, TCP, 100), "r:101");
		assert_string_equal(describe(&book, TCP, 145), "r:21");
		assert_string_equal(describe(&book, TCP, 150), "r:1");
	}
	fa_rulebook_index_free(&book);
}

static void test_too_many_on_one_port(void **state)
{
	static const struct fa_port_range one = {1000, 1000};
	static const struct fa_port_range few = {990, 1010};
	static char ids[FA_CANDIDATES_MAX + 1][16];
	static struct fa_rule many[FA_CANDIDATES_MAX + 1];
	struct fa_candidate found[FA_CANDIDATES_MAX];
	struct fa_rulebook book = {.rules = many, .rule_count = FA_CANDIDATES_MAX};
	struct fa_diag diag = {0};

	(void)state;
	for (unsigned i = 0; i <= FA_CANDIDATES_MAX; i++) {
		snprintf(ids[i], sizeof(ids[i]), "p/c/r%02u", i);
		many[i] = (struct fa_rule){.id = ids[i], .transports = FA_RULE_UDP};
		many[i].match_ports.items = i < FA_CANDIDATES_MAX ? &few : &one;
		many[i].match_ports.count = 1;
	}
	assert_int_equal(fa_rulebook_index(&book, &diag), 0);
	assert_int_equal(fa_rulebook_candidates(&book, UDP, 1000, found), FA_CANDIDATES_MAX);
	book.rule_count++;
	assert_int_equal(fa_rulebook_index(&book, &diag), FA_EFULL);
	assert_string_equal(diag.text, "more than 64 rules claim udp port 1000");
	/* The old index stays; without any, the most specific ones are kept. */
	assert_non_null(book.index);
	fa_rulebook_index_free(&book);
	assert_int_equal(fa_rulebook_candidates(&book, UDP, 1000, found), FA_CANDIDATES_MAX);
	assert_ptr_equal(found[0].rule, &many[FA_CANDIDATES_MAX]);
	assert_ptr_equal(found[FA_CANDIDATES_MAX - 1].rule, &many[FA_CANDIDATES_MAX - 2]);
}

static void test_port_set_agrees_with_candidates(void **state)
{
	static const uint8_t protocols[] = {TCP, UDP, SCTP};
	static struct fa_port_set set;
	struct fa_rulebook book = plain_book();
	struct fa_candidate found[FA_CANDIDATES_MAX];

	(void)state;
	assert_int_equal(fa_rulebook_index(&book, NULL), 0);
	memset(&set, 0xff, sizeof(set));
	fa_port_set_fill(&set, &book);
	for (size_t i = 0; i < sizeof(protocols); i++)
		for (unsigned port = 0; port <= UINT16_MAX; port++)
			assert_int_equal(fa_port_set_has(&set, protocols[i], (uint16_t)port),
					 fa_rulebook_candidates(&book, protocols[i], (uint16_t)port,
								found) > 0);
	assert_true(fa_port_set_has(&set, TCP, 443));
	assert_false(fa_port_set_has(&set, ICMP, 443));
	assert_false(fa_port_set_has(&set, GRE, 443));
	fa_rulebook_index_free(&book);
}

static void test_empty_book(void **state)
{
	struct fa_rulebook book = {0};
	struct fa_candidate found[FA_CANDIDATES_MAX];

	(void)state;
	assert_int_equal(fa_rulebook_candidates(&book, TCP, 443, found), 0);
	assert_int_equal(fa_rulebook_index(&book, NULL), 0);
	assert_int_equal(fa_rulebook_candidates(&book, TCP, 443, found), 0);
	assert_null(fa_rulebook_find(&book, "p/c/wide"));
	fa_rulebook_index_free(&book);
}

static void test_find(void **state)
{
	struct fa_rulebook book = plain_book();

	(void)state;
	assert_ptr_equal(fa_rulebook_find(&book, "p/c/wide"), &rules[0]);
	assert_ptr_equal(fa_rulebook_find(&book, "p/c/ends"),
			 &rules[sizeof(rules) / sizeof(rules[0]) - 1]);
	assert_null(fa_rulebook_find(&book, "p/c/wid"));
	assert_null(fa_rulebook_find(&book, ""));
}

static void test_strings_have(void **state)
{
	static const char *const items[] = {"TLS", "HTTP"};
	const struct fa_strings strings = {items, 2};
	const struct fa_strings none = {NULL, 0};

	(void)state;
	assert_true(fa_strings_have(&strings, "TLS"));
	assert_true(fa_strings_have(&strings, "HTTP"));
	assert_false(fa_strings_have(&strings, "http"));
	assert_false(fa_strings_have(&strings, "TL"));
	assert_false(fa_strings_have(&none, "TLS"));
}

static void test_transports(void **state)
{
	static const struct {
		uint8_t protocol;
		unsigned bit;
		const char *text;
	} table[] = {
		{TCP, FA_RULE_TCP, "tcp"},	 {UDP, FA_RULE_UDP, "udp"},
		{SCTP, FA_RULE_SCTP, "sctp"},	 {ICMP, FA_RULE_ICMP, "icmp"},
		{ICMP6, FA_RULE_ICMP6, "icmp6"},
	};

	(void)state;
	for (unsigned i = 0; i < FA_RULE_TRANSPORTS; i++) {
		assert_int_equal(fa_rule_transport_bit(table[i].protocol), table[i].bit);
		assert_int_equal(table[i].bit, 1u << i);
		assert_string_equal(fa_rule_transport_text(i), table[i].text);
	}
	assert_int_equal(fa_rule_transport_bit(GRE), 0);
	assert_string_equal(fa_rule_transport_text(FA_RULE_TRANSPORTS), "");
}

static void test_texts(void **state)
{
	(void)state;
	assert_string_equal(fa_rule_direction_text(FA_RULE_INBOUND), "inbound");
	assert_string_equal(fa_rule_direction_text(FA_RULE_OUTBOUND), "outbound");
	assert_string_equal(fa_rule_direction_text(FA_RULE_BOTH), "both");
	assert_string_equal(fa_rule_direction_text(FA_RULE_INTERNAL), "internal");
	assert_string_equal(fa_scope_text(FA_SCOPE_NETWORK), "network");
	assert_string_equal(fa_scope_text(FA_SCOPE_HOST), "host");
	assert_string_equal(fa_scope_text(FA_SCOPE_LOOPBACK), "loopback");
	assert_string_equal(fa_requirement_text(FA_REQUIRED), "required");
	assert_string_equal(fa_requirement_text(FA_OPTIONAL), "optional");
	assert_string_equal(fa_requirement_text(FA_CONDITIONAL), "conditional");
	assert_string_equal(fa_advice_text(FA_ADVICE_NONE), "");
	assert_string_equal(fa_advice_text(FA_ADVICE_RECOMMENDED), "recommended");
	assert_string_equal(fa_advice_text(FA_ADVICE_DISCOURAGED), "discouraged");
	assert_string_equal(fa_when_taken_text(FA_TAKEN_UNSAID), "");
	assert_string_equal(fa_when_taken_text(FA_TAKEN_INCREMENTS), "increments");
	assert_string_equal(fa_when_taken_text(FA_TAKEN_FIXED), "fixed");
	assert_string_equal(fa_parameter_type_text(FA_PARAM_INTEGER), "integer");
	assert_string_equal(fa_parameter_type_text(FA_PARAM_PORT), "port");
	assert_string_equal(fa_parameter_type_text(FA_PARAM_PORTS), "ports");
	assert_string_equal(fa_parameter_type_text(FA_PARAM_CHOICE), "choice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_candidates_without_index),
		cmocka_unit_test(test_candidates_with_index),
		cmocka_unit_test(test_ranges_of_one_rule_overlap),
		cmocka_unit_test(test_too_many_on_one_port),
		cmocka_unit_test(test_port_set_agrees_with_candidates),
		cmocka_unit_test(test_empty_book),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_strings_have),
		cmocka_unit_test(test_transports),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
