/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts of catalog values. */
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

static const struct fa_rule rules[] = {{.id = "p/c/wide"}, {.id = "p/c/snmp"}, {.id = "p/c/ends"}};

static struct fa_rulebook plain_book(void)
{
	return (struct fa_rulebook){.rules = rules, .rule_count = sizeof(rules) / sizeof(rules[0])};
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
		assert_int_equal(fa_rule_transport_index(table[i].protocol), i);
		assert_int_equal(fa_rule_transport_has_ports(i), i < 3);
		assert_string_equal(fa_rule_transport_text(i), table[i].text);
	}
	assert_int_equal(fa_rule_transport_bit(GRE), 0);
	assert_int_equal(fa_rule_transport_index(GRE), FA_RULE_TRANSPORTS);
	assert_false(fa_rule_transport_has_ports(FA_RULE_TRANSPORTS));
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
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_strings_have),
		cmocka_unit_test(test_transports),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
