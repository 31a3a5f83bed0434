/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Drifts as JSON: what is said, and that nothing harmful is. `test_drift_json print WHAT` prints one
 * for whoever checks it against the schema; WHAT is "full", "hostile" or "none".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "fake_drift.h"

static json_t *report(struct fake_drift *fake)
{
	char *text = fake_drift_report(fake, "json", &(struct fa_report_options){0});
	json_error_t error;
	json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	if (value == NULL)
		fail_msg("%s: %s", error.text, text);
	free(text);
	return value;
}

static json_t *at(json_t *root, const char *key)
{
	json_t *value = json_object_get(root, key);

	if (value == NULL)
		fail_msg("no %s", key);
	return value;
}

static json_t *difference(json_t *root, size_t index)
{
	json_t *value = json_array_get(at(root, "differences"), index);

	assert_non_null(value);
	return value;
}

static void assert_member(json_t *object, const char *key, const char *expected)
{
	const char *text = json_string_value(at(object, key));

	if (text == NULL || strcmp(text, expected) != 0)
		fail_msg("%s is \"%s\", not \"%s\"", key, text != NULL ? text : "(no text)",
			 expected);
}

static void assert_count(json_t *object, const char *key, json_int_t expected)
{
	assert_true(json_is_integer(at(object, key)));
	assert_int_equal(json_integer_value(at(object, key)), expected);
}

static void says_both_sides(void **state)
{
	struct fake_drift fake;
	json_t *root;
	json_t *now;

	(void)state;
	fake_drift_fill(&fake);
	root = report(&fake);
	now = at(root, "now");
	assert_count(now, "last_run", 12);
	assert_member(now, "source", "tap-20261122.pcap");
	assert_member(now, "site", "dc1");
	assert_member(now, "started", "2026-11-22T22:00:00.000000Z");
	assert_member(now, "ended", "2026-11-23T04:00:00.000000Z");
	assert_true(json_real_value(at(now, "loss")) > 0.29);
	assert_member(now, "confidence", "low");
	assert_member(at(root, "before"), "chosen", "the run before it");
	assert_true(json_is_false(at(at(root, "before"), "complete")));
	assert_count(at(root, "relations"), "same", 310);
	assert_count(at(root, "counts"), "all", (json_int_t)fake.count);
	assert_count(at(at(at(root, "counts"), "sections"), "changed"), "waiver", 1);
	assert_count(at(at(root, "counts"), "causes"), "traffic", 10);
	assert_true(json_is_null(at(root, "left_out")));
	json_decref(root);

	fake.drift.now.packets = 0;
	fake.drift.full = true;
	fake.drift.full_why = "one service in 4 was compared";
	root = report(&fake);
	assert_true(json_is_null(at(at(root, "now"), "started")));
	assert_member(root, "left_out", "one service in 4 was compared");
	json_decref(root);
	fake_drift_deinit(&fake);
}

static void says_a_difference(void **state)
{
	struct fake_drift fake;
	json_t *root;
	json_t *one;

	(void)state;
	fake_drift_fill(&fake);
	root = report(&fake);
	assert_int_equal(json_array_size(at(root, "differences")), fake.count);
	one = difference(root, 5); /* another protocol */
	assert_member(one, "section", "changed");
	assert_member(one, "aspect", "protocol");
	assert_member(one, "cause", "traffic");
	assert_member(one, "why", "");
	assert_true(json_is_null(at(one, "maybe")));
	assert_member(one, "client", "dc1/gateway");
	assert_member(one, "server", "a360/sql-server");
	assert_member(one, "server_address", "10.2.4.9");
	assert_member(one, "transport", "tcp");
	assert_count(one, "port", 1433);
	assert_member(at(one, "before"), "protocol", "TDS");
	assert_member(at(one, "before"), "verdict", "documented");
	assert_count(at(one, "before"), "run", 11);
	assert_member(at(one, "now"), "protocol", "SSH");
	assert_member(at(one, "now"), "verdict", "wrong-protocol");
	assert_count(at(one, "now"), "finding", 1);
	assert_member(at(one, "now"), "first_seen", "2026-11-22T22:10:00.000000Z");
	assert_member(at(one, "citation"), "section", "Data center ports");
	assert_member(one, "next", "packets");
	assert_member(one, "command", "flowaudit evidence 12.1 -o f.pcap");
	json_decref(root);
	fake_drift_deinit(&fake);
}

static void null_is_no_value(void **state)
{
	struct fake_drift fake;
	json_t *root;
	json_t *one;

	(void)state;
	fake_drift_fill(&fake);
	root = report(&fake);
	one = difference(root, 0); /* appeared, by several groups */
	assert_true(json_is_null(at(one, "before")));
	assert_true(json_is_null(at(one, "client")));
	assert_member(one, "clients", "dc1/gateway, 10.1.2.0/24 and 48 more");
	assert_member(one, "maybe", "30% of packets were lost before, and this had three");
	one = difference(root, 2); /* a sweep */
	assert_true(json_is_null(at(one, "transport")));
	assert_true(json_is_null(at(one, "port")));
	assert_true(json_is_null(at(one, "server_address")));
	assert_true(json_is_null(at(one, "citation")));
	one = difference(root, 10); /* an ICMP that vanished, by a rule that nobody knows any more */
	assert_true(json_is_null(at(one, "now")));
	assert_true(json_is_null(at(one, "citation")));
	assert_true(json_is_null(at(at(one, "before"), "protocol")));
	assert_member(at(one, "before"), "rule", "wso2/gone/rule");
	assert_member(one, "transport", "icmp");
	assert_count(one, "port", 2048);
	one = difference(root, 12); /* tcp, several ports */
	assert_member(one, "transport", "tcp");
	assert_true(json_is_null(at(one, "port")));
	one = difference(root, 13); /* an expectation has no verdict */
	assert_true(json_is_null(at(at(one, "now"), "verdict")));
	assert_true(json_is_null(at(at(one, "now"), "first_seen")));
	assert_member(at(one, "now"), "state", "unseen");
	json_decref(root);
	fake_drift_deinit(&fake);
}

static void fingerprints_differ(void **state)
{
	struct fake_drift fake;
	json_t *root;

	(void)state;
	fake_drift_fill(&fake);
	root = report(&fake);
	for (size_t i = 0; i < fake.count; i++)
		for (size_t j = 0; j < i; j++)
			if (json_equal(at(difference(root, i), "fingerprint"),
				       at(difference(root, j), "fingerprint")))
				fail_msg("%zu and %zu have the same fingerprint", j, i);
	json_decref(root);
	fake_drift_deinit(&fake);
}

static void nothing_harmful_gets_out(void **state)
{
	struct fake_drift fake;
	json_t *root;
	char *text;

	(void)state;
	fake_drift_fill_hostile(&fake);
	text = fake_drift_report(&fake, "json", &(struct fa_report_options){0});
	for (const char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 && *c != '\n')
			fail_msg("a control character in: %s", text);
	assert_null(strstr(text, "\\u00"));
	assert_null(strstr(text, "\xe2\x80\xae"));
	free(text);
	root = report(&fake);
	assert_member(difference(root, 0), "client", HOSTILE_SCRIPT);
	assert_member(difference(root, 1), "server_before", "\\xff\\xfe");
	assert_member(at(root, "now"), "site", "a\\xe2\\x80\\xae" "b");
	json_decref(root);
	fake_drift_deinit(&fake);
}

static int print(const char *what)
{
	struct fake_drift fake;
	char *text;

	if (strcmp(what, "full") == 0)
		fake_drift_fill(&fake);
	else if (strcmp(what, "hostile") == 0)
		fake_drift_fill_hostile(&fake);
	else
		fake_drift_init(&fake);
	text = fake_drift_report(&fake, "json", &(struct fa_report_options){0});
	fputs(text, stdout);
	free(text);
	fake_drift_deinit(&fake);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_both_sides),
		cmocka_unit_test(says_a_difference),
		cmocka_unit_test(null_is_no_value),
		cmocka_unit_test(fingerprints_differ),
		cmocka_unit_test(nothing_harmful_gets_out),
	};

	if (argc == 3 && strcmp(argv[1], "print") == 0)
		return print(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
