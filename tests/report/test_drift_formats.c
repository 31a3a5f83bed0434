/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drifts as CSV, Markdown, SARIF, JUnit XML and HTML: what is told, and that names do no harm. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "fake_drift.h"
#include "report/drift.h"
#include "report/drift_tables.h"

static const struct fa_report_options plain;

static void assert_says(const char *text, const char *words)
{
	if (strstr(text, words) == NULL)
		fail_msg("no \"%s\" in:\n%s", words, text);
}

static void assert_silent(const char *text, const char *words)
{
	if (strstr(text, words) != NULL)
		fail_msg("\"%s\" in:\n%s", words, text);
}

static size_t count(const char *text, const char *words)
{
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, words)) != NULL; at += strlen(words))
		n++;
	return n;
}

static char *section(struct fake_drift *fake, const char *format, const char *name)
{
	const struct fa_report_options options = {.section = name};

	return fake_drift_report(fake, format, &options);
}

/* No control characters and no hidden ones, whatever the format. */
static void assert_harmless(const char *text)
{
	for (const char *at = text; *at != '\0'; at++)
		if ((unsigned char)*at < 0x20 && *at != '\n' && *at != '\t' && *at != '\r')
			fail_msg("character %u in:\n%s", (unsigned char)*at, text);
	assert_silent(text, "\xe2\x80\xae");
	assert_silent(text, "\xff");
}

/* --- CSV --- */

static void csv_has_a_row_for_each_difference(void **state)
{
	struct fake_drift fake;
	char *all;
	char *one;

	(void)state;
	fake_drift_fill(&fake);
	all = fake_drift_report(&fake, "csv", &plain);
	assert_int_equal(count(all, "\r\n"), fake.count + 1);
	assert_memory_equal(all, "verdict,what,before,now,cause,why,maybe,says,next,section,", 58);
	one = section(&fake, "csv", "changed");
	assert_int_equal(count(one, "\r\n"), 1 + 5);
	assert_says(one, ",changed,protocol,");
	assert_says(one, ",TDS,documented,automation-anywhere/data-center/sql,,3,1,1,88,88,1200,"
			 "12000000,2026-11-21T22:10:00.000000Z,2026-11-21T23:00:00.000000Z,11,,");
	free(one);
	one = section(&fake, "csv", "sides");
	assert_says(one, "\r\nnow,run 12,12,12,1,,tap-20261122.pcap,dc1,2026-11-22T22:00:00.000000Z,"
			 "2026-11-23T04:00:00.000000Z,48201336,21400000000,20657715,30.0%,low,yes,"
			 "1259,89442,52,4,0.4.0\r\n");
	free(one);
	one = section(&fake, "csv", "counts");
	assert_says(one, "section,all,traffic,catalog,site,waiver,coverage,program\r\n"
			 "appeared,4,3,0,1,0,0,0\r\n");
	free(one);
	free(all);
	fake_drift_deinit(&fake);
}

static void csv_has_no_formulas(void **state)
{
	struct fake_drift fake;
	char *text;

	(void)state;
	fake_drift_fill_hostile(&fake);
	text = fake_drift_report(&fake, "csv", &plain);
	assert_harmless(text);
	assert_silent(text, ",=");
	assert_silent(text, ",\"=");
	assert_says(text, ",\"'=cmd|' /C calc'!A0\",");
	free(text);
	fake_drift_deinit(&fake);
}

static void sections_are_known(void **state)
{
	struct fa_diag diag = {{0}};

	(void)state;
	for (size_t i = 0; fa_drift_section_name(i) != NULL; i++) {
		assert_int_equal(fa_drift_section_check("csv", fa_drift_section_name(i), &diag), 0);
		assert_int_equal(fa_drift_section_check("text", fa_drift_section_name(i), &diag),
				 FA_EINVAL);
	}
	assert_int_equal(fa_drift_section_check("text", NULL, &diag), 0);
	memset(&diag, 0, sizeof(diag));
	assert_int_equal(fa_drift_section_check("markdown", "vanishd", &diag), FA_EINVAL);
	assert_says(diag.text, "did you mean \"vanished\"");
	assert_true(fa_drift_makes_folder("csv"));
	assert_false(fa_drift_makes_folder("html"));
}

static void csv_fills_a_folder(void **state)
{
	char dir[] = "drift-XXXXXX";
	struct fa_diag diag = {{0}};
	struct fake_drift fake;
	struct dirent *entry;
	size_t files = 0;
	DIR *listing;

	(void)state;
	fake_drift_fill(&fake);
	assert_non_null(mkdtemp(dir));
	if (fa_drift_write_folder(dir, "csv", &fake.drift, &fake.fake.history, &plain, &diag) != 0)
		fail_msg("%s", diag.text);
	assert_int_equal(fa_drift_write_folder(dir, "json", &fake.drift, &fake.fake.history, &plain,
					       &diag),
			 FA_EINVAL);
	listing = opendir(dir);
	assert_non_null(listing);
	while ((entry = readdir(listing)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		files++;
		assert_int_equal(unlinkat(dirfd(listing), entry->d_name, 0), 0);
	}
	closedir(listing);
	assert_int_equal(files, 2 + FA_DRIFT_SECTION_COUNT);
	assert_int_equal(rmdir(dir), 0);
	fake_drift_deinit(&fake);
}

/* --- Markdown --- */

static void markdown_has_what_is_there(void **state)
{
	struct fake_drift fake;
	char *text;

	(void)state;
	fake_drift_fill(&fake);
	text = fake_drift_report(&fake, "markdown", &plain);
	assert_int_equal(count(text, "\n## "), 2 + FA_DRIFT_SECTION_COUNT);
	assert_says(text, "\n## Vanished\n\n| verdict | what | before | cause | why |");
	assert_says(text, "\n## Waivers\n\n| what | before | now | why | what to do next |\n");
	free(text);
	fake_drift_deinit(&fake);

	fake_drift_init(&fake);
	text = fake_drift_report(&fake, "markdown", &plain);
	assert_says(text, "# flowaudit: drift\n\nNothing differs.\n");
	assert_silent(text, "Appeared\n");
	free(text);
	fake_drift_deinit(&fake);

	fake_drift_fill_many(&fake, 11);
	text = fake_drift_report(&fake, "markdown", &plain);
	assert_int_equal(count(text, "… and 1 more"), FA_DRIFT_SECTION_COUNT);
	free(text);
	fake_drift_deinit(&fake);
}

static void markdown_has_no_links(void **state)
{
	struct fake_drift fake;
	char *text;

	(void)state;
	fake_drift_fill_hostile(&fake);
	text = fake_drift_report(&fake, "markdown", &plain);
	assert_harmless(text);
	/* All of it is in code spans, with more backticks than it has itself. */
	for (const char *at = text; (at = strstr(at, "](http")) != NULL; at++) {
		const char *line = at;

		while (line > text && line[-1] != '\n' && (line[-1] != '|' || line[-2] == '\\'))
			line--;
		if (strncmp(line, " ``", 3) != 0)
			fail_msg("a link in: %.60s", line);
	}
	assert_says(text, "](http");
	free(text);
	fake_drift_deinit(&fake);
}

/* --- SARIF --- */

static json_t *sarif_run(struct fake_drift *fake)
{
	char *text = fake_drift_report(fake, "sarif", &plain);
	json_error_t error;
	json_t *log = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	json_t *run;

	if (log == NULL)
		fail_msg("line %d: %s\n%s", error.line, error.text, text);
	free(text);
	run = json_incref(json_array_get(json_object_get(log, "runs"), 0));
	assert_string_equal(json_string_value(json_object_get(log, "version")), "2.1.0");
	json_decref(log);
	assert_non_null(run);
	return run;
}

static const char *text_of(json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static json_t *rules_of(json_t *run)
{
	return json_object_get(json_object_get(json_object_get(run, "tool"), "driver"), "rules");
}

static void sarif_has_a_state_for_each_difference(void **state)
{
	static const struct {
		const char *section, *aspect, *state;
	} expected[] = {
		{"appeared", "service", "new"},	    {"changed", "protocol", "updated"},
		{"vanished", "service", "absent"},  {"expectations", "state", "updated"},
		{"expectations", "added", "new"},   {"expectations", "removed", "absent"},
		{"waivers", "expired", "updated"},  {"waivers", "added", "new"},
		{"waivers", "removed", "absent"},
	};
	struct fake_drift fake;
	json_t *results;
	json_t *run;

	(void)state;
	fake_drift_fill(&fake);
	run = sarif_run(&fake);
	results = json_object_get(run, "results");
	/* All but coverage, which the invocation tells. */
	assert_int_equal(json_array_size(results), fake.count - 5);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		bool found = false;

		for (size_t k = 0; k < json_array_size(results); k++) {
			json_t *result = json_array_get(results, k);
			json_t *properties = json_object_get(result, "properties");

			if (strcmp(text_of(properties, "section"), expected[i].section) != 0 ||
			    strcmp(text_of(properties, "aspect"), expected[i].aspect) != 0)
				continue;
			assert_string_equal(text_of(result, "baselineState"), expected[i].state);
			found = true;
		}
		assert_true(found);
	}
	json_decref(run);
	fake_drift_deinit(&fake);
}

static void sarif_results_find_their_rules(void **state)
{
	struct fake_drift fake;
	json_t *results;
	json_t *result;
	json_t *rules;
	json_t *run;
	size_t i;

	(void)state;
	fake_drift_fill(&fake);
	fake.fake.rules[0].file = "catalogs/mine.yaml";
	fake.fake.rules[0].line = 17;
	run = sarif_run(&fake);
	results = json_object_get(run, "results");
	rules = rules_of(run);
	json_array_foreach(results, i, result)
	{
		size_t index = (size_t)json_integer_value(json_object_get(result, "ruleIndex"));

		assert_string_equal(text_of(json_array_get(rules, index), "id"),
				    text_of(result, "ruleId"));
	}
	result = json_array_get(results, 5);
	assert_string_equal(text_of(result, "level"), "error");
	result = json_object_get(json_array_get(json_object_get(result, "locations"), 0),
				 "physicalLocation");
	assert_string_equal(text_of(json_object_get(result, "artifactLocation"), "uri"),
			    "rules/mine.yaml");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(result, "region"),
							    "startLine")),
			 17);
	json_decref(run);
	fake_drift_deinit(&fake);
}

/* What makes the comparison less sure is told, and what is no result is none. */
static void sarif_tells_of_coverage(void **state)
{
	struct fake_drift fake;
	json_t *notes;
	json_t *run;

	(void)state;
	fake_drift_fill(&fake);
	run = sarif_run(&fake);
	notes = json_object_get(json_array_get(json_object_get(run, "invocations"), 0),
				"toolExecutionNotifications");
	assert_int_equal(json_array_size(notes), 1 + 5);
	assert_string_equal(text_of(json_array_get(notes, 0), "level"), "warning");
	assert_string_equal(text_of(json_object_get(json_array_get(notes, 1), "message"), "text"),
			    "no run on 2026-11-20");
	json_decref(run);
	fake_drift_deinit(&fake);

	fake_drift_fill_hostile(&fake);
	run = sarif_run(&fake);
	/* A bracket without a backslash before it would begin a link (3.11.6). */
	notes = json_object_get(json_array_get(json_object_get(run, "results"), 0), "message");
	assert_says(text_of(notes, "text"), "\\[x\\](http://evil.example)");
	json_decref(run);
	fake_drift_deinit(&fake);

	fake_drift_init(&fake);
	run = sarif_run(&fake);
	assert_int_equal(json_array_size(json_object_get(run, "results")), 0);
	assert_int_equal(json_array_size(rules_of(run)), 0);
	json_decref(run);
	fake_drift_deinit(&fake);
}

/* --- JUnit --- */

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

static void assert_counts(const char *text)
{
	const char *all = strstr(text, "<testsuites");
	size_t sums[3] = {0};

	assert_int_equal(attribute(all, "tests"), count(text, "<testcase "));
	assert_int_equal(attribute(all, "failures"), count(text, "<failure "));
	assert_int_equal(attribute(all, "skipped"), count(text, "<skipped "));
	for (const char *at = text; (at = strstr(at, "<testsuite ")) != NULL; at++) {
		sums[0] += attribute(at, "tests");
		sums[1] += attribute(at, "failures");
		sums[2] += attribute(at, "skipped");
	}
	assert_int_equal(sums[0], attribute(all, "tests"));
	assert_int_equal(sums[1], attribute(all, "failures"));
	assert_int_equal(sums[2], attribute(all, "skipped"));
}

static void junit_has_a_case_for_each_difference(void **state)
{
	struct fake_drift fake;
	char *text;

	(void)state;
	fake_drift_fill(&fake);
	text = fake_drift_report(&fake, "junit", &plain);
	assert_counts(text);
	assert_int_equal(count(text, "<testcase "), fake.count);
	/* Coverage explains one, nobody needs a waiver, and four are about how both were made. */
	assert_int_equal(count(text, "<skipped "), 6);
	assert_says(text, "name=\"gap no run on 2026-11-20 ");
	assert_says(text, "<failure message=\"no run on 2026-11-20\" type=\"coverage\">");
	free(text);
	fake_drift_deinit(&fake);

	fake_drift_init(&fake);
	text = fake_drift_report(&fake, "junit", &plain);
	assert_counts(text);
	assert_int_equal(count(text, "<testcase "), FA_DRIFT_SECTION_COUNT);
	assert_int_equal(count(text, "<failure "), 0);
	free(text);
	fake_drift_deinit(&fake);
}

/* Figures are not part of it. */
static void junit_names_stay(void **state)
{
	char names[2][256];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct fa_difference *item;
		struct fake_drift fake;
		const char *at;
		char *text;

		fake_drift_init(&fake);
		item = fake_drift_add_traffic(&fake, FA_DRIFT_APPEARED, FA_ASPECT_SWEEP,
					      FA_CAUSE_TRAFFIC);
		item->server = "";
		item->server_addr.version = 0;
		item->now.servers = item->now.flows = 20 + i;
		text = fake_drift_report(&fake, "junit", &plain);
		at = strstr(text, " name=\"sweep ");
		assert_non_null(at);
		snprintf(names[i], sizeof(names[i]), "%.*s", (int)strcspn(at + 7, "\""), at + 7);
		free(text);
		fake_drift_deinit(&fake);
	}
	assert_string_equal(names[0], names[1]);
	assert_says(names[0], "sweep dc1/gateway ");
}

static void junit_is_xml(void **state)
{
	struct fake_drift fake;
	char *text;

	(void)state;
	fake_drift_fill_hostile(&fake);
	text = fake_drift_report(&fake, "junit", &plain);
	assert_harmless(text);
	assert_silent(text, "<script");
	assert_silent(text, "<b>");
	assert_says(text, "&#60;script&#62;");
	assert_counts(text);
	free(text);
	fake_drift_deinit(&fake);
}

/* --- HTML --- */

static void html_has_every_section(void **state)
{
	struct fake_drift fake;
	char *text;

	(void)state;
	fake_drift_fill(&fake);
	text = fake_drift_report(&fake, "html", &plain);
	for (unsigned i = 0; i < FA_DRIFT_SECTION_COUNT; i++) {
		char words[64];

		snprintf(words, sizeof(words), "<section id=\"%s\"", fa_drift_table_page_id(i));
		assert_int_equal(count(text, words), 1);
		snprintf(words, sizeof(words), "<a href=\"#%s\">", fa_drift_table_page_id(i));
		assert_int_equal(count(text, words), 1);
	}
	assert_says(text, "<section id=\"nights\"");
	assert_says(text, "<td>run 11, the run before it</td><td>run 12</td>");
	assert_says(text, "Not judged alike: program is another version.");
	/* Rows of catalogs lead to where the page tells them. */
	assert_says(text, "<a href=\"#rule-automation-anywhere%2Fdata-center%2Fsql\">");
	assert_says(text, " id=\"rule-automation-anywhere/data-center/sql\"");
	assert_says(text, "It was not stored with this run.");
	free(text);
	fake_drift_deinit(&fake);

	fake_drift_init(&fake);
	text = fake_drift_report(&fake, "html", &plain);
	assert_says(text, "<strong>No drift.</strong> 310 relations");
	assert_silent(text, "drift-appeared");
	free(text);
	fake_drift_deinit(&fake);
}

static void html_runs_nothing(void **state)
{
	struct fake_drift fake;
	char *text;

	(void)state;
	fake_drift_fill_hostile(&fake);
	text = fake_drift_report(&fake, "html", &plain);
	assert_harmless(text);
	assert_silent(text, "<script>alert");
	assert_silent(text, "<b>");
	assert_silent(text, " href=\"http");
	assert_says(text, "&lt;script&gt;alert(1)");
	assert_says(text, "Content-Security-Policy");
	free(text);
	fake_drift_deinit(&fake);
}

/* The page stays small enough to be sent, and says so. */
static void html_is_bounded(void **state)
{
	struct fake_drift fake;
	char *text;

	(void)state;
	fake_drift_fill_many(&fake, FA_DRIFT_PAGE_ROWS + 7);
	text = fake_drift_report(&fake, "html", &plain);
	assert_true(strlen(text) < 15000000);
	assert_says(text, " data-count=\"5000\">");
	assert_silent(text, " data-count=\"5007\">");
	assert_int_equal(count(text, "<strong>7 more are left out</strong>"),
			 FA_DRIFT_SECTION_COUNT);
	free(text);
	fake_drift_deinit(&fake);
}

/* A hundred times what it takes: only something that grows with the square is too slow. */
static void many_take_no_time(void **state)
{
	struct fake_drift fake;

	(void)state;
	fake_drift_fill_many(&fake, 2000);
	for (size_t i = 0; fa_drift_format_name(i) != NULL; i++) {
		clock_t start = clock();

		free(fake_drift_report(&fake, fa_drift_format_name(i), &plain));
		if (clock() - start > 30 * CLOCKS_PER_SEC)
			fail_msg("%s takes too long", fa_drift_format_name(i));
	}
	fake_drift_deinit(&fake);
}

/* Whoever has no history of the later side gets all but citations. */
static void every_format_works_without_history(void **state)
{
	const struct fa_report_options all = {.all = true};
	struct fake_drift fake;

	(void)state;
	fake_drift_fill(&fake);
	for (size_t i = 0; fa_drift_format_name(i) != NULL; i++) {
		struct fa_diag diag = {{0}};
		char *text = NULL;
		size_t size;
		FILE *file = open_memstream(&text, &size);

		if (fa_drift_write(file, fa_drift_format_name(i), &fake.drift, NULL, &all,
				   &diag) != 0)
			fail_msg("%s: %s", fa_drift_format_name(i), diag.text);
		fclose(file);
		assert_says(text, "automation-anywhere/data-center/sql");
		free(text);
	}
	fake_drift_deinit(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_has_a_row_for_each_difference),
		cmocka_unit_test(csv_has_no_formulas),
		cmocka_unit_test(sections_are_known),
		cmocka_unit_test(csv_fills_a_folder),
		cmocka_unit_test(markdown_has_what_is_there),
		cmocka_unit_test(markdown_has_no_links),
		cmocka_unit_test(sarif_has_a_state_for_each_difference),
		cmocka_unit_test(sarif_results_find_their_rules),
		cmocka_unit_test(sarif_tells_of_coverage),
		cmocka_unit_test(junit_has_a_case_for_each_difference),
		cmocka_unit_test(junit_names_stay),
		cmocka_unit_test(junit_is_xml),
		cmocka_unit_test(html_has_every_section),
		cmocka_unit_test(html_runs_nothing),
		cmocka_unit_test(html_is_bounded),
		cmocka_unit_test(many_take_no_time),
		cmocka_unit_test(every_format_works_without_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
