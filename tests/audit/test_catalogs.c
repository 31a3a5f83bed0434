/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verdicts over the catalogs that are shipped. FA_TOP_SRCDIR names the folder with rules/. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "audit/coverage.h"
#include "audit/judge.h"
#include "catalog/catalog.h"
#include "core/verdict.h"
#include "talk.h"

static struct fa_rulebook all;	/* every catalog */
static struct fa_rulebook wso2; /* one product */

static void tell(void *context, const char *message)
{
	(void)context;
	print_error("%s\n", message);
}

static int load(struct fa_rulebook *book, const char *product)
{
	const char *top = getenv("FA_TOP_SRCDIR");
	/* The vendors' alone: what every network carries would cover some of the cases. */
	struct fa_catalog_options options = {.error = tell, .unless_named = "infrastructure"};
	const char *path;
	char rules[4096];

	snprintf(rules, sizeof(rules), "%s/rules", top != NULL ? top : ".");
	path = rules;
	if (product != NULL)
		options.products = (struct fa_strings){&product, 1};
	return fa_rulebook_load(&path, 1, &options, book);
}

static struct fa_policy all_policy, wso2_policy;

static const struct fa_policy *policy_of(const struct fa_rulebook *book)
{
	return book == &all ? &all_policy : &wso2_policy;
}

static int set_up(void **state)
{
	(void)state;
	if (load(&all, NULL) != 0 || load(&wso2, "wso2") != 0)
		return -1;
	if (fa_policy_from_rulebook(&all_policy, &all) != 0)
		return -1;
	return fa_policy_from_rulebook(&wso2_policy, &wso2) != 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	fa_policy_deinit(&all_policy);
	fa_policy_deinit(&wso2_policy);
	fa_rulebook_deinit(&all);
	fa_rulebook_deinit(&wso2);
	return 0;
}

struct catalog_case {
	const struct fa_rulebook *book;
	struct talk talk;
	enum fa_verdict verdict;
	const char *rule, *nearest;
	unsigned differs;
	enum fa_reason reason; /* one that must be there */
};

static const struct catalog_case cases[] = {
	{&all, {.port = 8243, .protocol = "TLS"}, FA_VERDICT_DOCUMENTED,
	 "wso2/api-manager/passthrough-https", NULL, 0, FA_REASON_AGREES},
	{&all, {.port = 443, .protocol = "SSH"}, FA_VERDICT_WRONG_PROTOCOL, NULL,
	 "automation-anywhere/control-room/https", FA_DIFFERS_PROTOCOL,
	 FA_REASON_SAW_OTHER_PROTOCOL},
	{&all, {.port = 6080, .protocol = "HTTP"}, FA_VERDICT_DISCOURAGED,
	 "arcgis-server/server/http", NULL, 0, FA_REASON_ADVISED_AGAINST},
	{&all, {.port = 443, .protocol = "TLS", .host = "app.strongdm.com"}, FA_VERDICT_DOCUMENTED,
	 "strongdm/client/control-plane", NULL, 0, FA_REASON_AGREES},
	{&all, {.port = 443, .protocol = "TLS", .host = "www.example.org"}, FA_VERDICT_DOCUMENTED,
	 "automation-anywhere/control-room/https", NULL, 0, FA_REASON_AMBIGUOUS},
	{&all, {.port = 80, .protocol = "HTTP"}, FA_VERDICT_DOCUMENTED,
	 "beyondtrust-privileged-identity/privileged-identity/http", NULL, 0,
	 FA_REASON_ADVISED_AGAINST},
	{&all, {.port = 9443, .protocol = "HTTP"}, FA_VERDICT_WRONG_PROTOCOL, NULL,
	 "wso2/common/management-console-https", FA_DIFFERS_PROTOCOL,
	 FA_REASON_SAW_OTHER_PROTOCOL},
	/* Automation Anywhere documents 5672 without a protocol; WSO2 names AMQP. */
	{&all, {.port = 5672, .protocol = "Redis"}, FA_VERDICT_DOCUMENTED,
	 "automation-anywhere/control-room/cluster-5672", "wso2/api-manager/message-broker",
	 FA_DIFFERS_PROTOCOL, FA_REASON_ANY_PROTOCOL},
	{&wso2, {.port = 5672, .protocol = "Redis"}, FA_VERDICT_WRONG_PROTOCOL, NULL,
	 "wso2/api-manager/message-broker", FA_DIFFERS_PROTOCOL, FA_REASON_SAW_OTHER_PROTOCOL},
	{&wso2, {.port = 5672}, FA_VERDICT_INDETERMINATE, NULL, "wso2/api-manager/message-broker",
	 0, FA_REASON_NOT_RECOGNISED},
	/* The gateway of StrongDM, although BeyondTrust names Sybase for the same port. */
	{&all, {.port = 5000, .protocol = "TLS"}, FA_VERDICT_DOCUMENTED, "strongdm/client/gateway",
	 "beyondtrust-privileged-identity/privileged-identity/sybase", FA_DIFFERS_PROTOCOL,
	 FA_REASON_ANY_PROTOCOL},
	{&all, {.port = 33999}, FA_VERDICT_UNDOCUMENTED, NULL, NULL, 0, FA_REASON_NO_RULE},
	{&all, {.port = 8099, .protocol = "HTTP"}, FA_VERDICT_UNDOCUMENTED, NULL,
	 "wso2/analytics-server/spark-master-web-ui", FA_DIFFERS_PORT, FA_REASON_NO_RULE},
	{&all, {.port = 8244, .protocol = "TLS"}, FA_VERDICT_UNDOCUMENTED, NULL,
	 "wso2/api-manager/passthrough-https", FA_DIFFERS_PORT, FA_REASON_NO_RULE},
	{&all,
	 {.port = 161, .transport = UDP, .by = FA_BY_PROTOCOL, .protocol = "SNMP"},
	 FA_VERDICT_DOCUMENTED, "beyondtrust-privileged-identity/privileged-identity/snmp", NULL,
	 0, FA_REASON_CORRECTION},
	{&all, {.port = 1433, .state = STATE(REFUSED), .empty = true}, FA_VERDICT_REFUSED,
	 "automation-anywhere/data-center/sql", NULL, 0, FA_REASON_RESET_ON_OPEN},
	{&all, {.port = 3306, .state = STATE(ATTEMPTED), .empty = true, .syn_retries = 2},
	 FA_VERDICT_REFUSED, "beyondtrust-privileged-identity/privileged-identity/mysql", NULL, 0,
	 FA_REASON_NO_ANSWER},
	{&all, {.port = 65220, .protocol = "HTTP"}, FA_VERDICT_WRONG_ENDPOINT, NULL,
	 "strongdm/client/loopback-state", FA_DIFFERS_SCOPE, FA_REASON_LOOPBACK_ON_WIRE},
	{&all, {.port = 6006}, FA_VERDICT_WRONG_ENDPOINT, NULL,
	 "arcgis-server/server/internal-processes", FA_DIFFERS_SCOPE,
	 FA_REASON_HOST_LOCAL_ON_WIRE},
	{&all, {.port = 53, .transport = UDP, .by = FA_BY_PROTOCOL, .protocol = "DNS"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "strongdm/client/dns-fallback", FA_DIFFERS_NETWORK,
	 FA_REASON_NETWORK_DIFFERS},
	{&all,
	 {.port = 53, .transport = UDP, .server = "1.1.1.1", .by = FA_BY_PROTOCOL,
	  .protocol = "DNS"},
	 FA_VERDICT_DOCUMENTED, "strongdm/client/dns-fallback", NULL, 0, FA_REASON_AGREES},
	{&all, {.port = 5228, .protocol = "TLS", .host = "mtalk.google.com"},
	 FA_VERDICT_INDETERMINATE, NULL, "wso2/mobility-manager/android-fcm", 0,
	 FA_REASON_AS_UNKNOWN},
	{&all, {.port = 445, .protocol = "NetBIOS", .application = "SMBv23"},
	 FA_VERDICT_DOCUMENTED, "automation-anywhere/data-center/smb", NULL, 0, FA_REASON_AGREES},
	{&all, {.port = 445, .protocol = "NetBIOS", .application = "SMBv1"},
	 FA_VERDICT_DOCUMENTED, "beyondtrust-privileged-identity/privileged-identity/smb", NULL, 0,
	 FA_REASON_AGREES},
	{&all, {.port = 5800, .protocol = "VNC"}, FA_VERDICT_DOCUMENTED,
	 "automation-anywhere/control-room/co-pilot-tcp", NULL, 0, FA_REASON_RANGE},
	{&all, {.port = 22, .protocol = "SSH"}, FA_VERDICT_DOCUMENTED,
	 "automation-anywhere/azure/ssh", NULL, 0, FA_REASON_AMBIGUOUS},
	{&all, {.port = 49200, .protocol = "DCE_RPC"}, FA_VERDICT_UNDOCUMENTED, NULL,
	 "beyondtrust-privileged-identity/privileged-identity/rpc-endpoint-mapper",
	 FA_DIFFERS_PORT, FA_REASON_NO_RULE},
};

static const char *id_of(const struct fa_rule *rule)
{
	return rule == NULL ? "(none)" : rule->id;
}

static const char *or_none(const char *id)
{
	return id == NULL ? "(none)" : id;
}

static bool has_reason(const struct fa_judgement *judgement, enum fa_reason reason)
{
	for (size_t i = 0; i < judgement->reason_count; i++)
		if (judgement->reasons[i] == reason)
			return true;
	return false;
}

static bool check(const struct catalog_case *c)
{
	struct fa_conversation conv = conversation(&c->talk);
	struct fa_audit_context *context;
	struct fa_judgement got;
	bool ok;

	assert_int_equal(fa_audit_context_new(&context, policy_of(c->book), NULL, RUN_END), 0);
	fa_judge(context, &conv, &got);
	fa_audit_context_free(context);
	ok = got.verdict == c->verdict && strcmp(id_of(got.rule), or_none(c->rule)) == 0 &&
	     strcmp(id_of(got.nearest), or_none(c->nearest)) == 0 && got.differs == c->differs &&
	     has_reason(&got, c->reason);
	if (!ok)
		print_error("%s on %u: got %s %s near %s differs %x\n",
			    c->talk.protocol != NULL ? c->talk.protocol : "Unknown", c->talk.port,
			    fa_verdict_text(got.verdict), id_of(got.rule), id_of(got.nearest),
			    got.differs);
	return ok;
}

static void test_cases(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		wrong += !check(&cases[i]);
	assert_int_equal(wrong, 0);
}

static const struct fa_expectation *expectation_of(const struct fa_expectation *all_of_them,
						   const char *id)
{
	const struct fa_rule *rule = fa_rulebook_find(&all, id);

	assert_non_null(rule);
	return &all_of_them[rule->index];
}

static int keep_expectation(void *context, const struct fa_expectation *expectation)
{
	struct fa_expectation *expectations = context;

	expectations[expectation->rule->index] = *expectation;
	return 0;
}

/* The expectations after one conversation; the caller frees them. */
static struct fa_expectation *expectations_after(const struct talk *talk)
{
	struct fa_expectation *expectations = calloc(all.rule_count, sizeof(*expectations));
	struct fa_conversation conv = conversation(talk);
	struct fa_audit_context *context;
	struct fa_coverage *coverage;
	struct fa_judgement judgement;

	assert_non_null(expectations);
	assert_int_equal(fa_audit_context_new(&context, policy_of(&all), NULL, RUN_END), 0);
	assert_int_equal(fa_coverage_new(&coverage, context), 0);
	fa_judge(context, &conv, &judgement);
	fa_coverage_add(coverage, &conv, &judgement);
	assert_int_equal(fa_coverage_finish(coverage, keep_expectation, expectations), 0);
	fa_coverage_free(coverage);
	fa_audit_context_free(context);
	return expectations;
}

/* A port that only the API Manager documents shows that one is here: its other ports are missing. */
static void test_unseen(void **state)
{
	static const struct talk talk = {.port = 9099, .server = "10.20.0.21", .protocol = "HTTP"};
	struct fa_expectation *expectations = expectations_after(&talk);
	const struct fa_expectation *missing =
		expectation_of(expectations, "wso2/api-manager/passthrough-http");

	(void)state;
	assert_int_equal(missing->state, FA_EXPECT_UNSEEN);
	assert_non_null(strstr(missing->evidence, "10.20.0.21 served wso2/api-manager/"));
	assert_int_equal(expectation_of(expectations, "wso2/iot-server/gateway-http")->state,
			 FA_EXPECT_NOT_OBSERVABLE);
	assert_int_equal(expectation_of(expectations, "strongdm/client/loopback-state")->state,
			 FA_EXPECT_NOT_OBSERVABLE);
	free(expectations);
}

/* Several components document 8243: which of them stands there is not known. */
static void test_shared_port_proves_nothing(void **state)
{
	static const struct talk talk = {.port = 8243, .server = "10.20.0.21", .protocol = "TLS"};
	struct fa_expectation *expectations = expectations_after(&talk);

	(void)state;
	assert_int_equal(expectation_of(expectations, "wso2/api-manager/passthrough-https")->state,
			 FA_EXPECT_SEEN);
	assert_int_equal(expectation_of(expectations, "wso2/iot-server/gateway-https")->state,
			 FA_EXPECT_SEEN);
	assert_int_equal(expectation_of(expectations, "wso2/api-manager/passthrough-http")->state,
			 FA_EXPECT_NOT_OBSERVABLE);
	free(expectations);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_unseen),
		cmocka_unit_test(test_shared_port_proves_nothing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
