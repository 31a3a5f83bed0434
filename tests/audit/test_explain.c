/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Explanations: the verdict on a question, and each row with why it fits or not. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <cmocka.h>

#include "audit/explain.h"
#include "core/verdict.h"
#include "stand.h"

#define STRANGER "192.0.2.1"
#define AM	 "10.0.1.9"

#define ROWS_MAX 3

struct explain_case {
	const char *what;
	const char *client, *server;
	uint8_t transport; /* 0: TCP */
	uint16_t port;
	const char *protocol, *host;
	enum fa_verdict verdict;
	const char *supposed; /* NULL: none */
	/* "instance rule fit client-place server-place [differs] reasons: detail" */
	const char *rows[ROWS_MAX];
};

static const struct explain_case cases[] = {
	{"the protocol that the row wants",
	 .client = "10.10.0.1", .server = AM, .port = 9443,
	 .verdict = FA_VERDICT_DOCUMENTED, .supposed = "TLS",
	 .rows = {"a api/core/admin agrees office am1 [] agrees endpoints-agree",
		  "b api/core/admin contradicted - - [client server] client-differs "
		  "server-differs"}},
	{"a protocol that it does not want",
	 .client = "10.10.0.1", .server = AM, .port = 9443, .protocol = "SSH",
	 .verdict = FA_VERDICT_WRONG_PROTOCOL, .supposed = "SSH",
	 .rows = {"a api/core/admin contradicted office am1 [protocol] saw-other-protocol",
		  "b api/core/admin contradicted - - [protocol client server] saw-other-protocol "
		  "client-differs server-differs"}},
	{"the wrong client, and still the protocol of the row",
	 .client = STRANGER, .server = AM, .port = 22,
	 .verdict = FA_VERDICT_DOCUMENTED, .supposed = "SSH",
	 .rows = {"a api/core/ssh agrees - am1 [] agrees role-unplaced",
		  "- net/basic/ssh agrees - - [] agrees everywhere",
		  "b api/core/tunnel contradicted - - [protocol client server] "
		  "saw-other-protocol client-differs server-differs"}},
	{"between two instances",
	 .client = AM, .server = "10.0.2.9", .port = 4000,
	 .verdict = FA_VERDICT_WRONG_ENDPOINT, .supposed = NULL,
	 .rows = {"a api/core/cluster contradicted am1 - [instance] other-instance: "
		  "the client is of a, the server of b",
		  "b api/core/cluster contradicted - bm1 [instance] other-instance: "
		  "the client is of a, the server of b"}},
	{"a host name that nobody gave",
	 .client = "10.50.0.1", .server = STRANGER, .port = 8443,
	 .verdict = FA_VERDICT_INDETERMINATE, .supposed = "TLS",
	 .rows = {"g gw/agent/update open agents - [] host-unknown"}},
	{"a host name",
	 .client = "10.50.0.1", .server = STRANGER, .port = 8443, .host = "a.update.example.com",
	 .verdict = FA_VERDICT_DOCUMENTED, .supposed = "TLS",
	 .rows = {"g gw/agent/update agrees agents - [] agrees host-by-tls role-unplaced"}},
	{"another transport",
	 .client = STRANGER, .server = "10.90.0.1", .port = 123, .transport = UDP,
	 .verdict = FA_VERDICT_DOCUMENTED, .supposed = "NTP",
	 .rows = {"n net/basic/time agrees - ntp1 [] agrees endpoints-agree"}},
	{"the other way round, where that fits",
	 .client = "10.30.0.1", .server = AM, .port = 3389,
	 .verdict = FA_VERDICT_DOCUMENTED, .supposed = "RDP",
	 .rows = {"a api/core/desk agrees desks am1 [] agrees endpoints-agree"}},
	{"the protocol of the row that the site gives to these machines",
	 .client = "10.10.0.1", .server = AM, .port = 7700,
	 .verdict = FA_VERDICT_DOCUMENTED, .supposed = "TLS",
	 .rows = {"a api/core/mixed-tls agrees office am1 [] agrees endpoints-agree",
		  "a api/core/mixed agrees - am1 [] any-protocol endpoints-agree"}},
	{"nobody documents it",
	 .client = STRANGER, .server = AM, .port = 33999, .verdict = FA_VERDICT_UNDOCUMENTED,
	 .supposed = NULL},
};

static void words(char *out, size_t size, const struct fa_explained *row)
{
	static const char *const fits[] = {[FA_FIT_AGREES] = "agrees",
					   [FA_FIT_OPEN] = "open",
					   [FA_FIT_CONTRADICTED] = "contradicted"};
	const char *space = "";
	size_t used;

	used = (size_t)snprintf(
		out, size, "%s %s %s %s %s [",
		row->binding->instance != NULL ? row->binding->instance->name : "-",
		row->binding->rule->id, fits[row->fit],
		row->client != NULL ? row->client->label : "-",
		row->server != NULL ? row->server->label : "-");
	for (unsigned i = 0; i < FA_DIFFERENCE_COUNT; i++) {
		if ((row->differs & 1u << i) == 0)
			continue;
		used += (size_t)snprintf(out + used, size - used, "%s%s", space,
					 fa_difference_text(i));
		space = " ";
	}
	used += (size_t)snprintf(out + used, size - used, "]");
	for (size_t i = 0; i < row->reason_count; i++)
		used += (size_t)snprintf(out + used, size - used, " %s",
					 fa_reason_text(row->reasons[i]));
	if (row->detail[0] != '\0')
		snprintf(out + used, size - used, ": %s", row->detail);
}

static size_t check_rows(const struct explain_case *c, const struct fa_explanation *got)
{
	size_t wrong = 0;

	for (size_t i = 0; i < ROWS_MAX || i < got->count; i++) {
		const char *wanted = i < ROWS_MAX && c->rows[i] != NULL ? c->rows[i] : "";
		char text[512] = "";

		if (i < got->count)
			words(text, sizeof(text), &got->rows[i]);
		if (strcmp(text, wanted) == 0)
			continue;
		print_error("%s:\n wanted %s\n got    %s\n", c->what, wanted, text);
		wrong++;
	}
	return wrong;
}

static void test_cases(void **state)
{
	static struct fa_explanation got;
	struct fa_audit_context *context;
	size_t wrong = 0;

	(void)state;
	assert_int_equal(fa_audit_context_new(&context, stand_policy(), NULL, RUN_END), 0);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		const struct explain_case *c = &cases[i];
		struct fa_question question = {
			.transport = c->transport != 0 ? c->transport : TCP,
			.port = c->port,
			.protocol = c->protocol,
			.host = c->host,
			.at_ns = SECOND,
		};

		assert_true(fa_addr_parse(c->client, &question.client));
		assert_true(fa_addr_parse(c->server, &question.server));
		fa_explain(context, &question, &got);
		wrong += check_rows(c, &got);
		if (got.judgement.verdict != c->verdict ||
		    strcmp(got.protocol != NULL ? got.protocol : "",
			   c->supposed != NULL ? c->supposed : "") != 0) {
			print_error("%s: got %s, supposing %s\n", c->what,
				    fa_verdict_text(got.judgement.verdict),
				    got.protocol != NULL ? got.protocol : "nothing");
			wrong++;
		}
	}
	fa_audit_context_free(context);
	assert_int_equal(wrong, 0);
}

/* The moment of the question decides which waivers are in force. */
static void test_waivers_by_moment(void **state)
{
	static struct fa_explanation got;
	const struct fa_waiver waiver = {.id = "w", .expires_ns = 5 * SECOND};
	const struct fa_waivers waivers = {.items = &waiver, .count = 1};
	struct fa_question question = {.transport = TCP, .port = 33999};
	struct fa_audit_context *context;

	(void)state;
	assert_true(fa_addr_parse(STRANGER, &question.client));
	assert_true(fa_addr_parse(AM, &question.server));
	assert_int_equal(fa_audit_context_new(&context, stand_policy(), NULL, RUN_END), 0);
	context->waivers = &waivers;
	question.at_ns = 5 * SECOND;
	fa_explain(context, &question, &got);
	assert_int_equal(got.judgement.verdict, FA_VERDICT_WAIVED);
	question.at_ns++;
	fa_explain(context, &question, &got);
	assert_int_equal(got.judgement.verdict, FA_VERDICT_UNDOCUMENTED);
	fa_audit_context_free(context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_waivers_by_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
