/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which findings a waiver covers, by table. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "audit/judge.h"
#include "audit/weigh.h"
#include "core/verdict.h"
#include "stand.h"

#define STRANGER  "192.0.2.1"
#define STRANGER2 "192.0.2.2"
#define AM	  "10.0.1.9"

/* Of OFFICE in the site; who has it is of instance a. */
static struct fa_place office = {.label = "office"};
static struct fa_site_role role = {
	.placing = FA_PLACED, .places = &office, .prefix_count = 1, .place_count = 1};
static const struct fa_site_role anybody = {.placing = FA_ANYBODY};

struct waive_case {
	const char *what;
	const char *client, *server; /* prefix; "role"; "anybody"; a host name; NULL: any */
	unsigned transports;
	uint16_t low, high; /* 0: any */
	const char *protocol;
	int64_t expires_ns; /* 0: the end of the run */
	struct talk talk;
	enum fa_verdict verdict, waived;
};

#define UNDOC .verdict = FA_VERDICT_UNDOCUMENTED
#define WAIVED(name) .verdict = FA_VERDICT_WAIVED, .waived = FA_VERDICT_##name
/* Undocumented, seen a minute before the end of the run. */
#define ODD .client = STRANGER, .server = STRANGER2, .port = 33999
#define SEEN_AT (RUN_END - 60 * SECOND)

static const struct waive_case cases[] = {
	{"any", .talk = {ODD}, WAIVED(UNDOCUMENTED)},
	{"on its last moment", .expires_ns = SEEN_AT, .talk = {ODD}, WAIVED(UNDOCUMENTED)},
	{"a moment too late", .expires_ns = SEEN_AT - 1, .talk = {ODD}, UNDOC},
	{"the client", .client = "192.0.2.0/31", .talk = {ODD}, WAIVED(UNDOCUMENTED)},
	{"another client", .client = "192.0.2.2", .talk = {ODD}, UNDOC},
	{"the server", .server = "192.0.2.2", .talk = {ODD}, WAIVED(UNDOCUMENTED)},
	{"another server", .server = "192.0.2.1", .talk = {ODD}, UNDOC},
	{"the role", .client = "role",
	 .talk = {.client = "10.10.7.7", .server = STRANGER, .port = 33999}, WAIVED(UNDOCUMENTED)},
	{"a role that anybody has", .client = "anybody", .talk = {ODD}, WAIVED(UNDOCUMENTED)},
	{"another role", .client = "role", .talk = {ODD}, UNDOC},
	{"the host name", .server = "x.example.org",
	 .talk = {ODD, .protocol = "TLS", .host = "X.example.org"}, WAIVED(UNDOCUMENTED)},
	{"another host name", .server = "x.example.org",
	 .talk = {ODD, .protocol = "TLS", .host = "y.example.org"}, UNDOC},
	{"no host name", .server = "x.example.org", .talk = {ODD, .protocol = "TLS"}, UNDOC},
	{"the transport", .transports = FA_RULE_TCP | FA_RULE_SCTP, .talk = {ODD},
	 WAIVED(UNDOCUMENTED)},
	{"another transport", .transports = FA_RULE_UDP, .talk = {ODD}, UNDOC},
	{"the first port", .low = 33999, .high = 34000, .talk = {ODD}, WAIVED(UNDOCUMENTED)},
	{"the last port", .low = 33000, .high = 33999, .talk = {ODD}, WAIVED(UNDOCUMENTED)},
	{"ports above", .low = 34000, .high = 34001, .talk = {ODD}, UNDOC},
	{"ports below", .low = 33000, .high = 33998, .talk = {ODD}, UNDOC},
	{"ports are none of ICMP", .low = 1, .high = 65535,
	 .talk = {.client = "fd00::1", .server = "fd00::2", .port = 128 << 8, .transport = 58,
		  .by = FA_BY_PROTOCOL, .protocol = "ICMPV6"}, UNDOC},
	{"nor of GRE", .low = 1, .high = 65535,
	 .talk = {.client = STRANGER, .server = STRANGER2, .port = 1, .transport = GRE,
		  .by = FA_BY_PROTOCOL, .protocol = "GRE"}, UNDOC},
	{"the protocol", .protocol = "SSH", .talk = {ODD, .protocol = "SSH"},
	 WAIVED(UNDOCUMENTED)},
	{"the protocol as an application", .protocol = "SMBv23",
	 .talk = {ODD, .protocol = "NetBIOS", .application = "SMBv23"}, WAIVED(UNDOCUMENTED)},
	{"another protocol", .protocol = "SSH", .talk = {ODD, .protocol = "TLS"}, UNDOC},
	{"the protocol, only guessed", .protocol = "SSH",
	 .talk = {ODD, .protocol = "SSH", .detected = DETECTED(PORT_GUESS)}, UNDOC},
	{"no protocol was seen", .protocol = "SSH", .talk = {ODD}, UNDOC},
	{"what was not recognised", .protocol = "Unknown", .talk = {ODD}, WAIVED(UNDOCUMENTED)},
	{"what was recognised", .protocol = "Unknown", .talk = {ODD, .protocol = "SSH"}, UNDOC},
	{"no protocol could be seen", .protocol = "SSH",
	 .talk = {ODD, .state = STATE(REFUSED), .empty = true}, WAIVED(UNDOCUMENTED)},
	{"either way round, when it is open who serves", .server = "192.0.2.1", .low = 40000,
	 .high = 40000, .talk = {ODD, .client_port = 40000, .by = FA_BY_FIRST_PACKET},
	 WAIVED(UNDOCUMENTED)},
	{"not when it is known", .server = "192.0.2.1", .talk = {ODD, .client_port = 40000}, UNDOC},
	{"a wrong endpoint", .talk = {.client = STRANGER, .server = AM, .port = 8243,
				      .protocol = "TLS"}, WAIVED(WRONG_ENDPOINT)},
	{"a wrong protocol", .talk = {.client = "10.10.0.1", .server = AM, .port = 9443,
				      .protocol = "SSH"}, WAIVED(WRONG_PROTOCOL)},
	{"what is discouraged", .talk = {.client = "10.10.0.1", .server = AM, .port = 8280,
					 .protocol = "HTTP"}, WAIVED(DISCOURAGED)},
	{"what was refused", .talk = {.client = "10.10.0.1", .server = AM, .port = 9443,
				      .state = STATE(REFUSED), .empty = true}, WAIVED(REFUSED)},
	{"what is documented needs none", .talk = {.client = "10.10.0.1", .server = AM,
						   .port = 9443, .protocol = "TLS"},
	 .verdict = FA_VERDICT_DOCUMENTED},
	{"what is too thin to judge is no finding", .talk = {.client = "10.10.0.1", .server = AM,
							     .port = 9443},
	 .verdict = FA_VERDICT_INDETERMINATE},
};

static void end_of(const char *text, struct fa_waiver_end *out)
{
	out->text = text;
	if (text == NULL)
		return;
	if (strcmp(text, "role") == 0 || strcmp(text, "anybody") == 0) {
		out->who = FA_WAIVES_ROLE;
		out->role = text[0] == 'r' ? &role : &anybody;
	} else if (fa_prefix_parse(text, &out->prefix)) {
		out->who = FA_WAIVES_PREFIX;
	} else {
		out->who = FA_WAIVES_HOST;
		out->host = text;
	}
}

static struct fa_waiver waiver_of(const struct waive_case *c, struct fa_port_range *range)
{
	struct fa_waiver waiver = {.id = c->what,
				   .expires_ns = c->expires_ns != 0 ? c->expires_ns : RUN_END,
				   .transports = c->transports,
				   .protocol = c->protocol};

	*range = (struct fa_port_range){c->low, c->high};
	waiver.ports = (struct fa_port_ranges){range, c->low != 0};
	end_of(c->client, &waiver.client);
	end_of(c->server, &waiver.server);
	return waiver;
}

static void judge(const struct talk *talk, const struct fa_waivers *waivers,
		  struct fa_judgement *out)
{
	struct fa_conversation conv = conversation(talk);
	struct fa_audit_context *context;

	assert_int_equal(fa_audit_context_new(&context, stand_policy(), NULL, RUN_END), 0);
	context->waivers = waivers;
	fa_judge(context, &conv, out);
	fa_audit_context_free(context);
}

static void test_cases(void **state)
{
	size_t wrong = 0;

	(void)state;
	assert_true(fa_prefix_parse("10.10.0.0/16", &office.prefix));
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct fa_port_range range;
		const struct fa_waiver waiver = waiver_of(&cases[i], &range);
		const struct fa_waivers waivers = {.items = &waiver, .count = 1};
		bool covers = cases[i].verdict == FA_VERDICT_WAIVED;
		struct fa_judgement got;

		judge(&cases[i].talk, &waivers, &got);
		if (got.verdict == cases[i].verdict && got.waiver == (covers ? &waiver : NULL) &&
		    (!covers || got.waived == cases[i].waived))
			continue;
		print_error("%s: got %s, instead of %s\n", cases[i].what,
			    fa_verdict_text(got.verdict), fa_verdict_text(got.waived));
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

/* The first that covers counts, and everything else that the judgement says stays. */
static void test_the_first_counts(void **state)
{
	static const struct talk talk = {.client = "10.10.0.1", .server = AM, .port = 9443,
					 .state = STATE(REFUSED), .empty = true};
	const struct fa_waiver waivers[] = {{.id = "expired", .expires_ns = 1},
					    {.id = "first", .expires_ns = RUN_END},
					    {.id = "second", .expires_ns = RUN_END}};
	const struct fa_waivers all = {.items = waivers, .count = LENGTH(waivers)};
	const struct fa_binding *bindings[FA_WEIGHED_MAX];
	struct fa_conversation conv = conversation(&talk);
	struct fa_audit_context *context;
	struct fa_judgement got;

	(void)state;
	assert_int_equal(fa_audit_context_new(&context, stand_policy(), NULL, RUN_END), 0);
	context->waivers = &all;
	fa_judge(context, &conv, &got);
	assert_string_equal(got.waiver->id, "first");
	assert_string_equal(got.rule->id, "api/core/admin");
	assert_int_equal(got.reasons[0], FA_REASON_RESET_ON_OPEN);
	/* What was refused was refused: an expectation does not care who accepted it. */
	assert_int_equal(fa_judge_spoken_for(context, &conv, &got, bindings), 1);
	assert_string_equal(bindings[0]->rule->id, "api/core/admin");
	fa_audit_context_free(context);
}

static bool has_reason(const struct fa_judgement *judgement, enum fa_reason reason)
{
	for (size_t i = 0; i < judgement->reason_count; i++)
		if (judgement->reasons[i] == reason)
			return true;
	return false;
}

/* Who answers DNS, anybody's question, decides what such a waiver covers: that must be said. */
static void test_a_name_by_dns_is_said(void **state)
{
	static const struct talk talk = {ODD};
	struct fa_conversation conv = conversation(&talk);
	struct fa_name_answer answer = {.ts_ns = SEEN_AT - SECOND, .ttl_s = 60,
					.host = "x.example.org"};
	struct fa_place place = {.label = "x.example.org", .host = "x.example.org"};
	struct fa_site_role named = {.placing = FA_PLACED, .places = &place, .place_count = 1};
	struct fa_waiver waiver = {.id = "w", .expires_ns = RUN_END};
	const struct fa_waivers waivers = {.items = &waiver, .count = 1};
	struct fa_audit_context *context;
	struct fa_judgement got;
	struct fa_names *names;

	(void)state;
	assert_int_equal(fa_names_new(&names, 100), 0);
	answer.client = conv.id.server;
	answer.resolver = conv.id.server;
	answer.address = conv.id.server;
	assert_int_equal(fa_names_add(names, &answer), 0);
	assert_int_equal(fa_names_ready(names), 0);
	assert_int_equal(fa_audit_context_new(&context, stand_policy(), NULL, RUN_END), 0);
	context->waivers = &waivers;
	context->names = names;
	fa_judge(context, &conv, &got);
	assert_int_equal(got.verdict, FA_VERDICT_WAIVED);
	assert_false(has_reason(&got, FA_REASON_HOST_BY_DNS));
	end_of("x.example.org", &waiver.server);
	for (int i = 0; i < 2; i++) {
		fa_judge(context, &conv, &got);
		assert_int_equal(got.verdict, FA_VERDICT_WAIVED);
		assert_true(has_reason(&got, FA_REASON_HOST_BY_DNS));
		assert_non_null(strstr(got.detail, "x.example.org by a DNS answer"));
		assert_non_null(strstr(got.detail, "to another client"));
		waiver.server.who = FA_WAIVES_ROLE;
		waiver.server.role = &named;
	}
	fa_audit_context_free(context);
	fa_names_free(names);
}

/* Nothing on the wire shows a name that the capture notes down: it hides no finding. */
static void test_a_note_covers_nothing(void **state)
{
	static const struct talk talk = {ODD};
	struct fa_conversation conv = conversation(&talk);
	struct fa_name_answer note = {.by_capture = true, .host = "x.example.org"};
	struct fa_place place = {.label = "x.example.org", .host = "x.example.org"};
	struct fa_site_role named = {.placing = FA_PLACED, .places = &place, .place_count = 1};
	struct fa_waiver waiver = {.id = "w", .expires_ns = RUN_END};
	const struct fa_waivers waivers = {.items = &waiver, .count = 1};
	struct fa_audit_context *context;
	struct fa_judgement got;
	struct fa_names *names;

	(void)state;
	assert_int_equal(fa_names_new(&names, 100), 0);
	note.address = conv.id.server;
	assert_int_equal(fa_names_add(names, &note), 0);
	assert_int_equal(fa_names_ready(names), 0);
	assert_int_equal(fa_audit_context_new(&context, stand_policy(), NULL, RUN_END), 0);
	context->waivers = &waivers;
	context->names = names;
	end_of("x.example.org", &waiver.server);
	for (int i = 0; i < 2; i++) {
		fa_judge(context, &conv, &got);
		assert_int_not_equal(got.verdict, FA_VERDICT_WAIVED);
		waiver.server.who = FA_WAIVES_ROLE;
		waiver.server.role = &named;
	}
	fa_audit_context_free(context);
	fa_names_free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_note_covers_nothing),
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_the_first_counts),
		cmocka_unit_test(test_a_name_by_dns_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
