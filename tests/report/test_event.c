/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events: what a line says, what makes findings the same, and names that would do harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "fake_history.h"
#include "report/event.h"
#include "report/fingerprint.h"

#define BEGUN_NS 1795298400000000000ll /* 2026-11-21T22:00:00Z */
#define HOUR_NS	 3600000000000ll

static const struct fa_product products[] = {
	{.id = "wso", .digest = 7},
	{.id = "wso2-more", .digest = 8},
	{.id = "wso2", .digest = 0xfedcba9876543210},
	{.id = "automation-anywhere", .digest = 0x1f},
};
static const struct fa_rulebook book = {
	.products = products, .product_count = sizeof(products) / sizeof(products[0])};

static struct fa_event event_of(const struct fa_stored_finding *finding)
{
	return (struct fa_event){
		.run = 12, .source = "eth1", .site = "dc1", .begun_ns = BEGUN_NS,
		.ended_ns = BEGUN_NS + HOUR_NS, .finding = finding, .is_new = true, .book = &book};
}

static json_t *event(const struct fa_event *given)
{
	json_error_t error;
	json_t *value;
	char *line;

	assert_int_equal(fa_report_event(given, &line), 0);
	assert_null(strchr(line, '\n'));
	value = json_loads(line, JSON_REJECT_DUPLICATES, &error);
	if (value == NULL)
		fail_msg("%s: %s", error.text, line);
	free(line);
	return value;
}

static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (text == NULL)
		fail_msg("%s is no text", key);
	return text;
}

static void says_what_the_report_says(void **state)
{
	struct fa_event given;
	struct fake fake;
	json_t *report;
	json_t *finding;
	json_t *value;
	json_t *line;
	const char *key;
	size_t i;
	char *text;

	(void)state;
	fake_fill_site(&fake);
	text = fake_report(&fake, "json", &(struct fa_report_options){0});
	report = json_loads(text, 0, NULL);
	json_array_foreach(json_object_get(report, "findings"), i, finding)
	{
		given = event_of(&fake.findings[i]);
		line = event(&given);
		json_object_foreach(finding, key, value)
		{
			if (strcmp(key, "number") == 0 || strcmp(key, "citation") == 0)
				assert_null(json_object_get(line, key));
			else if (!json_equal(json_object_get(line, key), value))
				fail_msg("finding %zu: %s differs", i + 1, key);
		}
		json_decref(line);
	}
	assert_int_equal(i, fake.finding_count);
	json_decref(report);
	free(text);
	fake_deinit(&fake);
}

static void says_where_and_when(void **state)
{
	struct fa_stored_finding finding =
		fake_finding(1, FA_VERDICT_UNDOCUMENTED, "10.0.0.1", "10.0.0.2", 99);
	struct fa_event given = event_of(&finding);
	json_t *line = event(&given);
	json_t *window = json_object_get(line, "window");

	(void)state;
	assert_string_equal(text_of(line, "time"), "2026-11-21T23:00:00.000000Z");
	assert_string_equal(text_of(line, "event"), "finding");
	assert_int_equal(json_integer_value(json_object_get(line, "run")), 12);
	assert_string_equal(text_of(line, "source"), "eth1");
	assert_string_equal(text_of(line, "site"), "dc1");
	assert_string_equal(text_of(window, "begun"), "2026-11-21T22:00:00.000000Z");
	assert_string_equal(text_of(window, "ended"), "2026-11-21T23:00:00.000000Z");
	assert_true(json_is_true(json_object_get(line, "new")));
	assert_int_equal(json_integer_value(json_object_get(line, "severity")), 4);
	json_decref(line);

	given.is_new = false;
	given.site = "";
	line = event(&given);
	assert_true(json_is_false(json_object_get(line, "new")));
	assert_true(json_is_null(json_object_get(line, "site")));
	json_decref(line);
}

/* Of the product of the rule, and not of one whose name begins alike. */
static void names_the_catalog(void **state)
{
	struct fa_stored_finding finding =
		fake_finding(1, FA_VERDICT_WRONG_PROTOCOL, "10.0.0.1", "10.0.0.2", 99);
	struct fa_event given = event_of(&finding);
	json_t *line;

	(void)state;
	finding.rule = finding.nearest = "";
	line = event(&given);
	assert_true(json_is_null(json_object_get(line, "catalog")));
	json_decref(line);

	finding.nearest = "automation-anywhere/data-center/sql";
	line = event(&given);
	assert_string_equal(text_of(json_object_get(line, "catalog"), "automation-anywhere"),
			    "000000000000001f");
	json_decref(line);

	finding.rule = "wso2/api-manager/https";
	line = event(&given);
	assert_int_equal(json_object_size(json_object_get(line, "catalog")), 1);
	assert_string_equal(text_of(json_object_get(line, "catalog"), "wso2"), "fedcba9876543210");
	json_decref(line);

	given.book = NULL;
	line = event(&given);
	assert_true(json_is_null(json_object_get(line, "catalog")));
	json_decref(line);
}

static struct fa_stored_finding one_port(void)
{
	struct fa_stored_finding finding =
		fake_finding(3, FA_VERDICT_WRONG_PROTOCOL, "10.0.0.1", "10.0.0.2", 443);

	finding.protocol = "SSH";
	finding.application = "";
	finding.rule = "";
	finding.nearest = "wso2/api-manager/https";
	finding.instance = finding.nearest_instance = "";
	return finding;
}

/* A number that users of the lines may have written down: it must not change by accident. */
static void fingerprints_stay(void **state)
{
	struct fa_stored_finding finding = one_port();

	(void)state;
	assert_int_equal(fa_fingerprint(&finding), 0x44e0c5f2a2d29fbc);
}

static void growing_changes_no_fingerprint(void **state)
{
	struct fa_stored_finding finding = one_port();
	uint64_t before = fa_fingerprint(&finding);

	(void)state;
	finding.number = 99;
	finding.client = (struct fa_addr){.version = 0};
	finding.clients = 5;
	finding.conversations = 70;
	finding.counts.flows = 1234;
	finding.counts.last_seen_ns += 5;
	finding.host = "other.example";
	finding.detected_by = FA_DETECTED_NONE;
	finding.detail = "3 other flows";
	finding.reason_count = 0;
	assert_int_equal(fa_fingerprint(&finding), before);

	/* A sweep goes on to other servers, ports and protocols. */
	finding.sweep = true;
	finding.client = fake_addr("10.0.0.1");
	before = fa_fingerprint(&finding);
	finding.server = (struct fa_addr){.version = 0};
	finding.port = 0;
	finding.transport = 0;
	finding.protocol = "Unknown";
	finding.nearest = "";
	assert_int_equal(fa_fingerprint(&finding), before);

	/* Many ports between two hosts: in this window there may be one. */
	finding.sweep = false;
	finding.server = fake_addr("10.0.0.2");
	finding.transport = FA_IP_TCP;
	finding.ports = 25;
	before = fa_fingerprint(&finding);
	finding.ports = 1;
	finding.protocol = "TLS";
	assert_int_equal(fa_fingerprint(&finding), before);
	finding.transport = 0;
	assert_int_equal(fa_fingerprint(&finding), before);
}

#define DIFFERS(change)                                                                            \
	do {                                                                                       \
		struct fa_stored_finding finding = one_port();                                     \
		change;                                                                            \
		seen[count++] = fa_fingerprint(&finding);                                    \
	} while (0)

static void what_differs_has_another_fingerprint(void **state)
{
	uint64_t seen[24];
	size_t count = 0;

	(void)state;
	DIFFERS((void)finding);
	DIFFERS(finding.verdict = FA_VERDICT_WRONG_ENDPOINT);
	DIFFERS(finding.server = fake_addr("10.0.0.3"));
	DIFFERS(finding.server = fake_addr("2001:db8::1"));
	DIFFERS(finding.transport = FA_IP_UDP);
	DIFFERS(finding.port = 444);
	DIFFERS(finding.protocol = "TLS");
	DIFFERS(finding.application = "SSH");
	DIFFERS((finding.protocol = "", finding.application = "SSH"));
	DIFFERS(finding.rule = "wso2/api-manager/https");
	DIFFERS((finding.rule = "wso2/api-manager/https", finding.nearest = ""));
	DIFFERS(finding.nearest = "");
	DIFFERS(finding.instance = "api-prod");
	DIFFERS(finding.nearest_instance = "api-prod");
	DIFFERS(finding.sweep = true);
	DIFFERS((finding.sweep = true, finding.client = fake_addr("10.0.0.9")));
	DIFFERS((finding.sweep = true, finding.verdict = FA_VERDICT_REFUSED));
	DIFFERS((finding.port = 0, finding.ports = 25));
	DIFFERS((finding.port = 0, finding.ports = 25, finding.client = fake_addr("10.0.0.9")));
	DIFFERS((finding.port = 0, finding.ports = 25, finding.server = fake_addr("10.0.0.9")));
	DIFFERS((finding.port = 0, finding.transport = 47, finding.ports = 1));
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < i; k++)
			if (seen[i] == seen[k])
				fail_msg("%zu and %zu are the same", k, i);
}

static void hostile_names_come_out_harmless(void **state)
{
	struct fa_stored_finding finding = one_port();
	struct fa_event given = event_of(&finding);
	json_t *line;

	(void)state;
	finding.host = "a\x1b[2J\n\"\xff\xe2\x80\xae.example";
	given.source = "eth\n1";
	given.site = "\x07";
	line = event(&given);
	assert_string_equal(text_of(line, "host"),
			    "a\\x1b[2J\\x0a\"\\xff\\xe2\\x80\\xae.example");
	assert_string_equal(text_of(line, "source"), "eth\\x0a1");
	assert_string_equal(text_of(line, "site"), "\\x07");
	json_decref(line);
}

static void severities_are_the_order_of_reports(void **state)
{
	(void)state;
	assert_int_equal(fa_severity(FA_VERDICT_WRONG_PROTOCOL), 1);
	assert_int_equal(fa_severity(FA_VERDICT_WRONG_ENDPOINT), 2);
	assert_int_equal(fa_severity(FA_VERDICT_REFUSED), 3);
	assert_int_equal(fa_severity(FA_VERDICT_UNDOCUMENTED), 4);
	assert_int_equal(fa_severity(FA_VERDICT_DISCOURAGED), 5);
	assert_int_equal(fa_severity(FA_VERDICT_DOCUMENTED), 0);
	assert_int_equal(fa_severity(FA_VERDICT_COUNT), 0);
}

/* For the check against the schema. */
static void print_events(void)
{
	struct fake fake;
	char *line;

	fake_fill_site(&fake);
	fake.findings[1].host = "\x1b[2J\xe2\x80\xae\xc2\x85";
	for (size_t i = 0; i < fake.finding_count; i++) {
		struct fa_event given = event_of(&fake.findings[i]);

		given.is_new = i % 2 == 0;
		given.site = i == 2 ? "" : "dc1";
		if (fa_report_event(&given, &line) != 0)
			exit(1);
		puts(line);
		free(line);
	}
	fake_deinit(&fake);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_the_report_says),
		cmocka_unit_test(says_where_and_when),
		cmocka_unit_test(names_the_catalog),
		cmocka_unit_test(fingerprints_stay),
		cmocka_unit_test(growing_changes_no_fingerprint),
		cmocka_unit_test(what_differs_has_another_fingerprint),
		cmocka_unit_test(hostile_names_come_out_harmless),
		cmocka_unit_test(severities_are_the_order_of_reports),
	};

	if (argc > 1 && strcmp(argv[1], "print") == 0) {
		print_events();
		return 0;
	}
	return cmocka_run_group_tests_name("report event", tests, NULL, NULL);
}
