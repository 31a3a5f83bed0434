/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JUnit XML: counts that add up, and characters that XML takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_history.h"
#include "report/junit.h"

static const struct fa_report_options plain;

static size_t count(const char *text, const char *end, const char *word)
{
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, word)) != NULL && at < end; at++)
		n++;
	return n;
}

/* The number in ` NAME="17"` behind AT. */
static size_t attribute(const char *at, const char *name)
{
	char words[32];
	const char *found;

	snprintf(words, sizeof(words), " %s=\"", name);
	found = strstr(at, words);
	assert_non_null(found);
	return strtoul(found + strlen(words), NULL, 10);
}

static void assert_counts(const char *at, const char *end)
{
	assert_int_equal(attribute(at, "tests"), count(at, end, "<testcase "));
	assert_int_equal(attribute(at, "failures"), count(at, end, "<failure "));
	assert_int_equal(attribute(at, "skipped"), count(at, end, "<skipped "));
}

static void counts_are_those_of_the_cases(void **state)
{
	struct fake fake;
	char *text;
	size_t suites = 0;

	(void)state;
	fake_init(&fake);
	fake_fill_site(&fake);
	text = fake_report(&fake, "junit", &plain);
	assert_counts(text, text + strlen(text));
	for (const char *at = text; (at = strstr(at, "<testsuite ")) != NULL; at++) {
		const char *end = strstr(at, "</testsuite>");

		assert_non_null(end);
		assert_counts(at, end);
		suites++;
	}
	/* Instances, and the findings. */
	assert_true(suites >= 3);
	assert_non_null(strstr(text, "<testsuite name=\"wso2 api-prod\""));
	assert_int_equal(count(text, text + strlen(text), "<testcase "),
			 fake.expectation_count + fake.finding_count);
	free(text);
	fake_deinit(&fake);
}

static void a_case_ends_as_its_expectation(void **state)
{
	struct fake fake;
	char *text;

	(void)state;
	fake_init(&fake);
	fake_fill(&fake);
	text = fake_report(&fake, "junit", &plain);
	/* refused, and required */
	assert_non_null(strstr(text, "name=\"automation-anywhere/data-center/sql\"><failure "
				     "message=\"required, refused: "));
	assert_non_null(strstr(text, "Data center ports · Default Ports of WSO2 Products</failure>"));
	/* seen */
	assert_non_null(strstr(text, "name=\"automation-anywhere/data-center/http\"/>"));
	/* could not be seen; not seen, but only optional */
	assert_non_null(strstr(text, "name=\"strongdm/gateway/listen\"><skipped message="
				     "\"conditional, not-observable: "));
	assert_non_null(strstr(text, "name=\"wso2/api-manager/passthrough-http\"><skipped message="
				     "\"optional, unseen: "));
	/* not seen, and required */
	assert_non_null(strstr(text, "name=\"wso2/api-manager/passthrough-https\"><failure "
				     "message=\"required, unseen: "));
	free(text);
	fake_deinit(&fake);
}

static void assert_xml(const char *text, const char *expected)
{
	struct fa_buffer xml = {0};

	fa_xml_add(&xml, text);
	assert_string_equal(fa_buffer_text(&xml), expected);
	fa_buffer_deinit(&xml);
}

static void characters_are_those_of_xml(void **state)
{
	(void)state;
	assert_xml("", "");
	assert_xml("a → b", "a → b");
	assert_xml("<a href=\"x\">&'</a>", "&#60;a href=&#34;x&#34;&#62;&#38;&#39;&#60;/a&#62;");
	assert_xml("]]>", "]]&#62;");
}

static void names_are_harmless(void **state)
{
	struct fake fake;
	char *text;

	(void)state;
	fake_init(&fake);
	fake_fill(&fake);
	fake.findings[0].host = "<script>\x1b[2J\xff\"&\xef\xbf\xbf";
	text = fake_report(&fake, "junit", &plain);
	assert_non_null(strstr(text, "&#60;script&#62;\\x1b[2J\\xff&#34;&#38;\\xef\\xbf\\xbf"));
	assert_null(strstr(text, "<script"));
	assert_null(strchr(text, '\x1b'));
	free(text);
	fake_deinit(&fake);
}

static void an_empty_run_is_well_formed(void **state)
{
	struct fake fake;
	char *text;

	(void)state;
	fake_init(&fake);
	text = fake_report(&fake, "junit", &plain);
	assert_counts(text, text + strlen(text));
	assert_int_equal(attribute(text, "tests"), 0);
	free(text);
	fake_deinit(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_are_those_of_the_cases),
		cmocka_unit_test(a_case_ends_as_its_expectation),
		cmocka_unit_test(characters_are_those_of_xml),
		cmocka_unit_test(names_are_harmless),
		cmocka_unit_test(an_empty_run_is_well_formed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
