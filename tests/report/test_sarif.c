/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SARIF: results that find their rules, lines and fingerprints; messages without links. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "fake_history.h"
#include "report/fingerprint.h"
#include "report/sarif.h"
#include "report/sarif_parts.h"

static json_t *parse(char *text)
{
	json_error_t error;
	json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	if (value == NULL)
		fail_msg("line %d: %s\n%s", error.line, error.text, text);
	free(text);
	return value;
}

static json_t *log_of(struct fake *fake, const struct fa_sarif_baseline *baseline)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct fa_diag diag = {{0}};

	assert_non_null(out);
	if (fa_sarif_write(out, &fake->history, 0, baseline, &diag) != 0)
		fail_msg("%s", diag.text);
	fclose(out);
	return parse(text);
}

static json_t *run_of(json_t *log)
{
	assert_string_equal(json_string_value(json_object_get(log, "version")), "2.1.0");
	return json_array_get(json_object_get(log, "runs"), 0);
}

static const char *text_of(json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static json_t *first(json_t *object, const char *list)
{
	return json_array_get(json_object_get(object, list), 0);
}

static void a_result_for_each_finding_and_unmet_expectation(void **state)
{
	struct fake fake;
	json_t *log;
	json_t *results;
	json_t *rules;
	json_t *driver;
	size_t unmet = 0;

	(void)state;
	fake_init(&fake);
	fake_fill(&fake);
	log = log_of(&fake, NULL);
	results = json_object_get(run_of(log), "results");
	driver = json_object_get(json_object_get(run_of(log), "tool"), "driver");
	rules = json_object_get(driver, "rules");
	for (size_t i = 0; i < fake.expectation_count; i++)
		unmet += fake.expectations[i].state == FA_EXPECT_REFUSED ||
			 fake.expectations[i].state == FA_EXPECT_UNSEEN;
	assert_int_equal(json_array_size(results), fake.finding_count + unmet);
	for (size_t i = 0; i < json_array_size(results); i++) {
		json_t *result = json_array_get(results, i);
		json_t *index = json_object_get(result, "ruleIndex");
		json_t *rule = json_array_get(rules, (size_t)json_integer_value(index));

		assert_true(json_is_integer(index));
		assert_string_equal(text_of(rule, "id"), text_of(result, "ruleId"));
		assert_null(json_object_get(result, "baselineState"));
		assert_int_equal(strlen(text_of(json_object_get(result, "partialFingerprints"),
						"flowaudit/v1")),
				 16);
	}
	/* Each rule once, in order. */
	for (size_t i = 1; i < json_array_size(rules); i++)
		assert_true(strcmp(text_of(json_array_get(rules, i - 1), "id"),
				   text_of(json_array_get(rules, i), "id")) < 0);
	json_decref(log);
	fake_deinit(&fake);
}

static void levels_go_by_importance(void **state)
{
	static const char *const levels[] = {"error",	"error",   "warning", "warning",
					     "note",	"warning"};
	struct fake fake;
	json_t *log;
	json_t *results;

	(void)state;
	fake_init(&fake);
	fake_fill(&fake);
	log = log_of(&fake, NULL);
	results = json_object_get(run_of(log), "results");
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		assert_string_equal(text_of(json_array_get(results, i), "level"), levels[i]);
	json_decref(log);
	fake_deinit(&fake);
}

static void a_finding_stands_at_the_line_of_its_row(void **state)
{
	struct fake fake;
	json_t *log;
	json_t *physical;
	json_t *location;

	(void)state;
	fake_init(&fake);
	fake_fill(&fake);
	fake.rules[5].file = "/etc/flowaudit/my rules#1.yaml";
	fake.rules[5].line = 217;
	log = log_of(&fake, NULL);
	location = first(first(run_of(log), "results"), "locations");
	physical = json_object_get(location, "physicalLocation");
	assert_string_equal(text_of(json_object_get(physical, "artifactLocation"), "uri"),
			    "rules/my%20rules%231.yaml");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(physical, "region"),
							    "startLine")),
			 217);
	assert_string_equal(text_of(first(location, "logicalLocations"), "fullyQualifiedName"),
			    "10.2.1.4:443/tcp");
	/* Stored by an older version: the file is known by its product, the line is not. */
	location = first(json_array_get(json_object_get(run_of(log), "results"), 1), "locations");
	physical = json_object_get(location, "physicalLocation");
	assert_string_equal(text_of(json_object_get(physical, "artifactLocation"), "uri"),
			    "rules/automation-anywhere.yaml");
	assert_null(json_object_get(physical, "region"));
	json_decref(log);
	fake_deinit(&fake);
}

static void fingerprints_are_those_of_events(void **state)
{
	struct fake fake;
	json_t *log;
	char text[17];

	(void)state;
	fake_init(&fake);
	fake_fill(&fake);
	log = log_of(&fake, NULL);
	snprintf(text, sizeof(text), "%016llx",
		 (unsigned long long)fa_fingerprint(&fake.findings[0]));
	assert_string_equal(text_of(json_object_get(first(run_of(log), "results"),
						    "partialFingerprints"),
				    "flowaudit/v1"),
			    text);
	json_decref(log);
	fake_deinit(&fake);
}

static void an_expectation_is_the_same_whatever_became_of_it(void **state)
{
	struct fake fake;
	uint64_t before;

	(void)state;
	fake_init(&fake);
	fake_fill(&fake);
	before = fa_fingerprint_expectation(&fake.expectations[0]);
	fake.expectations[0].state = FA_EXPECT_UNSEEN;
	fake.expectations[0].evidence = "other words";
	assert_int_equal(fa_fingerprint_expectation(&fake.expectations[0]), before);
	fake.expectations[0].place = "gw2";
	assert_int_not_equal(fa_fingerprint_expectation(&fake.expectations[0]), before);
	fake_deinit(&fake);
}

static void messages_hold_no_links_and_no_placeholders(void **state)
{
	struct fa_buffer words = {0};
	json_t *message;

	(void)state;
	fa_buffer_safe(&words, "\\[click](http://evil) {0}");
	message = fa_sarif_message(&words);
	assert_string_equal(text_of(message, "text"), "\\\\\\[click\\](http://evil) {{0}}");
	json_decref(message);
	fa_buffer_deinit(&words);
}

static void an_unknown_rule_is_still_described(void **state)
{
	struct fake fake;
	json_t *log;
	json_t *rules;
	bool found = false;

	(void)state;
	fake_init(&fake);
	fake_fill(&fake);
	fake.findings[0].rule = "wso2/gone/gone";
	log = log_of(&fake, NULL);
	rules = json_object_get(json_object_get(json_object_get(run_of(log), "tool"), "driver"),
				"rules");
	for (size_t i = 0; i < json_array_size(rules); i++)
		found = found || strcmp(text_of(json_array_get(rules, i), "id"),
					"wso2/gone/gone") == 0;
	assert_true(found);
	assert_string_equal(text_of(first(run_of(log), "results"), "ruleId"), "wso2/gone/gone");
	json_decref(log);
	fake_deinit(&fake);
}

/* Yesterday had findings 1 and 2 of today, and one more. */
static uint64_t gone;

static const char *state_of(void *context, uint64_t fingerprint)
{
	const struct fake *today = context;

	for (size_t i = 0; i < 2; i++)
		if (fa_fingerprint(&today->findings[i]) == fingerprint)
			return "unchanged";
	return "new";
}

static bool is_gone(void *context, uint64_t fingerprint)
{
	(void)context;
	return fingerprint == gone;
}

static void an_earlier_run_says_what_is_new(void **state)
{
	struct fa_sarif_baseline baseline = {.state = state_of, .is_absent = is_gone};
	struct fake today;
	struct fake before;
	json_t *log;
	json_t *results;
	json_t *result;

	(void)state;
	fake_init(&today);
	fake_fill(&today);
	fake_init(&before);
	fake_fill(&before);
	before.finding_count = 3;
	before.findings[2] = fake_finding(3, FA_VERDICT_UNDOCUMENTED, NULL, "10.9.9.9", 9);
	gone = fa_fingerprint(&before.findings[2]);
	baseline.context = &today;
	baseline.before = &before.history;
	log = log_of(&today, &baseline);
	results = json_object_get(run_of(log), "results");
	result = json_array_get(results, 0);
	assert_string_equal(text_of(result, "baselineState"), "absent");
	assert_string_equal(text_of(first(first(result, "locations"), "logicalLocations"),
				    "fullyQualifiedName"),
			    "10.9.9.9:9/tcp");
	assert_string_equal(text_of(json_array_get(results, 1), "baselineState"), "unchanged");
	assert_string_equal(text_of(json_array_get(results, 2), "baselineState"), "unchanged");
	assert_string_equal(text_of(json_array_get(results, 3), "baselineState"), "new");
	json_decref(log);
	fake_deinit(&today);
	fake_deinit(&before);
}

static void an_empty_run_is_a_log(void **state)
{
	struct fake fake;
	json_t *log;

	(void)state;
	fake_init(&fake);
	log = log_of(&fake, NULL);
	assert_int_equal(json_array_size(json_object_get(run_of(log), "results")), 0);
	assert_true(json_is_array(json_object_get(run_of(log), "results")));
	json_decref(log);
	fake_deinit(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_result_for_each_finding_and_unmet_expectation),
		cmocka_unit_test(levels_go_by_importance),
		cmocka_unit_test(a_finding_stands_at_the_line_of_its_row),
		cmocka_unit_test(fingerprints_are_those_of_events),
		cmocka_unit_test(an_expectation_is_the_same_whatever_became_of_it),
		cmocka_unit_test(messages_hold_no_links_and_no_placeholders),
		cmocka_unit_test(an_unknown_rule_is_still_described),
		cmocka_unit_test(an_earlier_run_says_what_is_new),
		cmocka_unit_test(an_empty_run_is_a_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
