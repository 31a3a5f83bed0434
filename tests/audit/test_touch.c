/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leaving out what an address does not touch leaves out nothing that is involved. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <cmocka.h>

#include "audit/touch.h"
#include "audit/weigh.h"
#include "core/verdict.h"
#include "stand.h"

static const char *const addresses[] = {
	"10.0.1.9",  "10.0.1.10", "10.0.1.11", "10.0.2.9",  "10.0.3.255", "10.10.0.1",
	"10.20.9.9", "10.30.0.1", "10.40.0.1", "10.41.0.1", "10.50.0.1",  "10.60.0.1",
	"10.60.0.2", "10.70.0.1", "10.71.0.1", "10.80.0.1", "10.90.0.1",  "17.1.2.3",
	"192.0.2.1", "10.0.4.9",  "10.0.4.8",  "11.10.0.1", "fd00::9",	  "fd00::8",
	"8.8.8.9",   "10.41.63.7", "10.41.64.0", "10.96.0.1"};

static const char *const hosts[] = {NULL, "x.example.org", "app.example.com", "ds.example.org",
				    "a.update.example.com"};

/* Counts what is left out; every binding with every host name. */
static size_t left_out(const struct fa_audit_context *context, const char *client,
		       const char *server)
{
	size_t out = 0;

	for (size_t i = 0; i < STAND_BINDINGS * LENGTH(hosts); i++) {
		const struct talk talk = {.client = client, .server = server, .port = 1,
					  .host = hosts[i % LENGTH(hosts)]};
		struct fa_conversation conv = conversation(&talk);
		const struct fa_candidate candidate = {
			.binding = &context->policy->bindings[i / LENGTH(hosts)],
			.range_size = 1};
		struct fa_touched touched;
		struct fa_weighed weighed;

		fa_touch_find(context->touch, &conv.id.client, &conv.id.server, &touched);
		if (fa_touch_binding(context->touch, &touched, candidate.binding))
			continue;
		out++;
		fa_weigh(context, &conv, &candidate, &weighed);
		if (weighed.ends.involved)
			print_error("%s to %s: %s is involved\n", client, server,
				    candidate.binding->rule->id);
		assert_false(weighed.ends.involved);
		assert_int_equal(weighed.ends.differs, FA_DIFFERS_CLIENT | FA_DIFFERS_SERVER);
	}
	return out / LENGTH(hosts);
}

static void test_nothing_involved_is_left_out(void **state)
{
	struct fa_audit_context *context;

	(void)state;
	assert_int_equal(fa_audit_context_new(&context, stand_policy(), NULL, RUN_END), 0);
	for (size_t i = 0; i < LENGTH(addresses) * LENGTH(addresses); i++)
		left_out(context, addresses[i / LENGTH(addresses)],
			 addresses[i % LENGTH(addresses)]);
	fa_audit_context_free(context);
}

/* What is left out between two machines of instance b, of none, and of a and b. */
static void test_much_is_left_out(void **state)
{
	static const struct {
		const char *client, *server;
		bool a, b; /* rows of these instances are compared */
	} table[] = {{"10.20.0.1", "10.0.2.9", false, true},
		     {"192.0.2.1", "192.0.2.2", false, false},
		     {"10.20.64.0", "192.0.2.2", false, false},
		     {"10.0.1.9", "10.0.2.9", true, true},
		     {"fd00::9", "fd00::1", true, false}};
	struct fa_audit_context *context;

	(void)state;
	assert_int_equal(fa_audit_context_new(&context, stand_policy(), NULL, RUN_END), 0);
	for (size_t i = 0; i < LENGTH(table); i++) {
		const struct talk talk = {.client = table[i].client, .server = table[i].server,
					  .port = 1};
		struct fa_conversation conv = conversation(&talk);
		const struct fa_binding *of_a = &context->policy->bindings[0];
		const struct fa_binding *of_b = &context->policy->bindings[1];
		struct fa_touched touched;

		fa_touch_find(context->touch, &conv.id.client, &conv.id.server, &touched);
		assert_int_equal(fa_touch_binding(context->touch, &touched, of_a), table[i].a);
		assert_int_equal(fa_touch_binding(context->touch, &touched, of_b), table[i].b);
	}
	assert_in_range(left_out(context, "192.0.2.1", "192.0.2.2"), STAND_BINDINGS / 3,
			STAND_BINDINGS);
	fa_audit_context_free(context);
}

static void test_no_site(void **state)
{
	struct fa_touched touched;
	struct fa_addr addr;
	struct fa_touch *touch;

	(void)state;
	assert_int_equal(fa_touch_new(&touch, stand_unbound()), 0);
	assert_null(touch);
	assert_true(fa_addr_parse("192.0.2.1", &addr));
	fa_touch_find(touch, &addr, &addr, &touched);
	assert_true(fa_touch_binding(touch, &touched, &stand_unbound()->bindings[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_involved_is_left_out),
		cmocka_unit_test(test_much_is_left_out),
		cmocka_unit_test(test_no_site),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
