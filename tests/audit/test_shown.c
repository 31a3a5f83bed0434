/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run showed of rules on which others depend: order, limits, who counts. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <cmocka.h>

#include "audit/shown.h"
#include "stand.h"

#define JUMP_1 "10.60.0.1"
#define TARGET "10.70.0.1"
#define PHONE  "10.40.0.1"
#define APPLE  "17.1.2.3"

static struct fa_addr address(const char *text)
{
	struct fa_addr addr;

	assert_true(fa_addr_parse(text, &addr));
	return addr;
}

static const struct fa_binding *binding_of(const char *rule)
{
	const struct fa_policy *policy = stand_policy();
	size_t i = 0;

	while (strcmp(policy->bindings[i].rule->id, rule) != 0)
		i++;
	return &policy->bindings[i];
}

static void add(struct fa_shown *shown, const struct talk *talks, size_t count, bool backwards)
{
	struct fa_audit_context *context;

	assert_int_equal(fa_audit_context_new(&context, stand_policy(), NULL, RUN_END), 0);
	for (size_t i = 0; i < count; i++) {
		struct fa_conversation conv =
			conversation(&talks[backwards ? count - 1 - i : i]);

		fa_shown_add(shown, context, &conv);
	}
	fa_audit_context_free(context);
}

/* The earliest use counts, whichever came first. */
static void test_order_does_not_matter(void **state)
{
	static const struct talk talks[] = {
		{.client = JUMP_1, .server = TARGET, .port = 135, .protocol = "DCE_RPC",
		 .last_seen_ns = 300 * SECOND},
		{.client = JUMP_1, .server = TARGET, .port = 135, .protocol = "DCE_RPC",
		 .last_seen_ns = 200 * SECOND},
		{.client = JUMP_1, .server = TARGET, .port = 135, .state = STATE(REFUSED),
		 .empty = true, .last_seen_ns = 100 * SECOND},
		{.client = PHONE, .server = APPLE, .port = 5223, .state = STATE(REFUSED),
		 .empty = true},
		{.client = PHONE, .server = APPLE, .port = 5223, .protocol = "TLS"},
		{.client = "10.40.0.2", .server = APPLE, .port = 5223, .state = STATE(REFUSED),
		 .empty = true},
		{.client = "10.40.0.3", .server = APPLE, .port = 5223, .protocol = "SSH"},
	};
	const struct fa_binding *mapper = binding_of("win/jump/mapper");
	const struct fa_binding *push = binding_of("api/phone/push");
	struct fa_addr jump = address(JUMP_1);
	struct fa_addr target = address(TARGET);
	struct fa_addr phone = address(PHONE);
	struct fa_addr other = address("10.40.0.2");
	struct fa_addr third = address("10.40.0.3");

	(void)state;
	for (int backwards = 0; backwards < 2; backwards++) {
		struct fa_shown *shown;

		assert_int_equal(fa_shown_new(&shown, 100), 0);
		assert_false(fa_shown_pair(shown, &jump, &target));
		add(shown, talks, LENGTH(talks), backwards == 1);
		assert_true(fa_shown_pair(shown, &jump, &target));
		assert_false(fa_shown_pair(shown, &target, &jump));
		assert_true(fa_shown_lead(shown, &jump, &target, mapper, 199 * SECOND));
		assert_false(fa_shown_lead(shown, &jump, &target, mapper, 199 * SECOND - 1));
		assert_false(fa_shown_lead(shown, &target, &jump, mapper, 199 * SECOND));
		assert_false(fa_shown_lead(shown, &jump, &target, push, 199 * SECOND));
		assert_int_equal(fa_shown_use(shown, &phone, push), FA_SHOWN_WORKING);
		assert_int_equal(fa_shown_use(shown, &other, push), FA_SHOWN_FAILING);
		assert_int_equal(fa_shown_use(shown, &third, push), FA_SHOWN_NOTHING);
		assert_false(fa_shown_is_full(shown));
		fa_shown_free(shown);
	}
}

/* Without knowing who serves, and of fragments, nothing is remembered. */
static void test_what_does_not_count(void **state)
{
	static const struct talk talks[] = {
		{.client = JUMP_1, .server = TARGET, .port = 135, .protocol = "DCE_RPC",
		 .client_port = 40000, .by = FA_BY_FIRST_PACKET},
		{.client = JUMP_1, .server = TARGET, .port = 135, .protocol = "DCE_RPC",
		 .fragment = true},
		{.client = JUMP_1, .server = "10.71.0.1", .port = 135, .protocol = "DCE_RPC"},
		{.client = JUMP_1, .server = TARGET, .port = 136, .protocol = "DCE_RPC"},
	};
	struct fa_addr jump = address(JUMP_1);
	struct fa_addr target = address(TARGET);
	struct fa_addr beyond = address("10.71.0.1");
	struct fa_shown *shown;

	(void)state;
	assert_int_equal(fa_shown_new(&shown, 100), 0);
	add(shown, talks, LENGTH(talks), false);
	assert_false(fa_shown_pair(shown, &jump, &target));
	assert_false(fa_shown_pair(shown, &jump, &beyond));
	fa_shown_free(shown);
}

static void test_limit(void **state)
{
	static const struct talk talks[] = {
		{.client = "10.40.0.1", .server = APPLE, .port = 5223, .protocol = "TLS"},
		{.client = "10.40.0.2", .server = APPLE, .port = 5223, .protocol = "TLS"},
		{.client = "10.40.0.1", .server = APPLE, .port = 5223, .protocol = "TLS"},
		{.client = "10.40.0.3", .server = APPLE, .port = 5223, .protocol = "TLS"},
	};
	struct fa_addr third = address("10.40.0.3");
	struct fa_shown *shown;

	(void)state;
	assert_int_equal(fa_shown_new(&shown, 2), 0);
	add(shown, talks, 3, false);
	assert_false(fa_shown_is_full(shown));
	add(shown, &talks[3], 1, false);
	assert_true(fa_shown_is_full(shown));
	assert_int_equal(fa_shown_use(shown, &third, binding_of("api/phone/push")),
			 FA_SHOWN_NOTHING);
	fa_shown_free(shown);
}

/* Every key is found again after the table has grown. */
static void test_many(void **state)
{
	struct fa_addr server = address(TARGET);
	const struct fa_binding *mapper = binding_of("win/jump/mapper");
	struct fa_shown *shown;

	(void)state;
	assert_int_equal(fa_shown_new(&shown, 100000), 0);
	for (unsigned i = 0; i < 250; i++) {
		char text[32];
		struct talk talk = {.client = JUMP_1, .server = text, .port = 135,
				    .protocol = "DCE_RPC"};

		snprintf(text, sizeof(text), "10.70.1.%u", i);
		add(shown, &talk, 1, false);
	}
	for (unsigned i = 0; i < 256; i++) {
		struct fa_addr jump = address(JUMP_1);
		char text[32];

		snprintf(text, sizeof(text), "10.70.1.%u", i);
		server = address(text);
		assert_int_equal(fa_shown_lead(shown, &jump, &server, mapper, RUN_END), i < 250);
	}
	fa_shown_free(shown);
}

/* What belongs together belongs to one instance. */
static void test_instances(void **state)
{
	const struct fa_policy *policy = stand_policy();
	const struct fa_rule *https = fa_rulebook_find(stand_book(), "api/core/https");
	const struct fa_binding *tunnel = binding_of("api/core/tunnel"); /* of instance b alone */

	(void)state;
	assert_string_equal(fa_ties_of_instance(policy, https, tunnel)->instance->name, "b");
	assert_ptr_equal(fa_ties_of_instance(policy, https, tunnel)->rule, https);
	assert_null(fa_ties_of_instance(policy, binding_of("api/core/ssh")->rule, tunnel));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_does_not_matter),
		cmocka_unit_test(test_what_does_not_count),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_instances),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
