/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CSV: what spreadsheets must not run, what readers get back, and folders that change as a whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake_history.h"
#include "report/sinks.h"

static void assert_cell(const char *text, const char *expected)
{
	const struct fa_cell cell = {.text = text};
	struct fa_buffer line = {0};

	fa_csv_add(&line, FA_CELL_TEXT, &cell);
	if (strcmp(fa_buffer_text(&line), expected) != 0)
		fail_msg("%s became %s, not %s", text, fa_buffer_text(&line), expected);
	fa_buffer_deinit(&line);
}

static void texts_are_quoted_where_they_must_be(void **state)
{
	(void)state;
	assert_cell("", "");
	assert_cell(NULL, "");
	assert_cell("plain", "plain");
	assert_cell("443, 5678-5999", "\"443, 5678-5999\"");
	assert_cell("say \"hello\"", "\"say \"\"hello\"\"\"");
	assert_cell("two\nlines\r", "two lines ");
	assert_cell("it's", "\"it's\"");
	assert_cell("naïve", "naïve");
	assert_cell("bad \xff byte", "bad \\xff byte");
	assert_cell("a\\b", "a\\\\b");
}

static void no_text_is_a_formula(void **state)
{
	(void)state;
	assert_cell("=1+1", "\"'=1+1\"");
	assert_cell("+1", "\"'+1\"");
	assert_cell("-2", "\"'-2\"");
	assert_cell("@SUM(A1)", "\"'@SUM(A1)\"");
	assert_cell("=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\"");
	assert_cell(" =1", "\"' =1\"");
	assert_cell("\t=1", "\"' =1\"");
	assert_cell("\"=1", "\"'\"\"=1\"");
	assert_cell("'=1", "\"''=1\"");
	assert_cell("'", "\"''\"");
	assert_cell("'quoted'", "\"''quoted'\"");
	assert_cell("＝1", "\"'＝1\"");
	assert_cell("＋1", "\"'＋1\"");
	assert_cell("－1", "\"'－1\"");
	assert_cell("＠A", "\"'＠A\"");
	/* In the middle it is none. */
	assert_cell("a=1", "a=1");
	assert_cell("10.0.0.1-10.0.0.9", "10.0.0.1-10.0.0.9");
}

/* Where a semicolon ends a cell, so that the next one begins within our quotes. */
static void a_semicolon_begins_no_formula(void **state)
{
	(void)state;
	assert_cell("a; b", "\"a; b\"");
	assert_cell("a;=1+1", "\"a\\x3b=1+1\"");
	assert_cell("a; \"@x;-1", "\"a\\x3b \"\"@x\\x3b-1\"");
	/* Our last quote would begin a cell that holds those behind it. */
	assert_cell("a;", "\"a\\x3b\"");
	assert_cell("a;\"b", "\"a\\x3b\"\"b\"");
}

static void numbers_stay_numbers(void **state)
{
	const struct fa_cell cell = {.count = 1234567, .ns = FAKE_START_NS};
	struct fa_buffer line = {0};

	(void)state;
	fa_csv_add(&line, FA_CELL_COUNT, &cell);
	fa_buffer_add(&line, " ");
	fa_csv_add(&line, FA_CELL_BYTES, &cell);
	fa_buffer_add(&line, " ");
	fa_csv_add(&line, FA_CELL_ID, &cell);
	fa_buffer_add(&line, " ");
	fa_csv_add(&line, FA_CELL_TIME, &cell);
	assert_string_equal(line.text, "1234567 1234567 1234567 2026-11-21T22:00:00.000000Z");
	fa_buffer_deinit(&line);
}

static void one_section_with_its_names(void **state)
{
	struct fa_report_options options = {.section = "summary"};
	struct fake fake;
	char *text;

	(void)state;
	fake_init(&fake);
	fake_fill(&fake);
	text = fake_report(&fake, "csv", &options);
	assert_memory_equal(text, "verdict,conversations,flows,packets,bytes\r\ndocumented,",
			    sizeof("verdict,conversations,flows,packets,bytes\r\ndocumented,") - 1);
	assert_string_equal(text + strlen(text) - 2, "\r\n");
	for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
		assert_true(at[-1] == '\r');
	free(text);
	options.section = NULL;
	text = fake_report(&fake, "csv", &options);
	assert_memory_equal(text, "number,verdict,what,", 20);
	free(text);
	fake_deinit(&fake);
}

static void an_unknown_section_is_refused(void **state)
{
	struct fa_report_options options = {.section = "finding"};
	struct fa_diag diag = {{0}};
	struct fake fake;

	(void)state;
	fake_init(&fake);
	assert_int_equal(fa_report_write(stdout, "csv", &fake.history, 0, &options, &diag),
			 FA_EINVAL);
	assert_non_null(strstr(diag.text, "did you mean \"findings\""));
	memset(&diag, 0, sizeof(diag));
	assert_int_equal(fa_report_section_check("json", "findings", &diag), FA_EINVAL);
	assert_int_equal(fa_report_section_check("markdown", "windows", NULL), 0);
	assert_int_equal(fa_report_section_check("json", NULL, NULL), 0);
	fake_deinit(&fake);
}

/* A folder that is not there yet. */
static void new_folder(char path[64])
{
	strcpy(path, "csv-test-XXXXXX");
	assert_non_null(mkdtemp(path));
	assert_int_equal(rmdir(path), 0);
}

static const char *const all[] = {"run",     "summary",  "findings", "expectations",
				  "conversations", "waivers", "catalogs", "losses", "loss_pairs",
				  "layers", "interfaces", "windows"};

static char *file_of(const char *dir, const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s.csv", dir, name);
	return path;
}

static void remove_all(const char *dir)
{
	char path[128];

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		unlink(file_of(dir, all[i], path));
	/* Fails when anything else is left there. */
	assert_int_equal(rmdir(dir), 0);
}

static void a_folder_has_a_file_for_each_table(void **state)
{
	struct fa_report_options options = {0};
	struct fa_diag diag = {{0}};
	struct stat status;
	struct fake fake;
	char dir[64];
	char path[128];

	(void)state;
	new_folder(dir);
	fake_init(&fake);
	fake_fill(&fake);
	assert_int_equal(fa_report_write_folder(dir, "csv", &fake.history, 0, &options, &diag), 0);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (stat(file_of(dir, all[i], path), &status) != 0 || status.st_size == 0)
			fail_msg("%s is not there", path);
	}
	remove_all(dir);
	fake_deinit(&fake);
}

static int broken(void *context, int64_t run, int (*fn)(void *arg, const struct fa_window *),
		  void *arg, struct fa_diag *diag)
{
	(void)context;
	(void)run;
	(void)fn;
	(void)arg;
	return fa_fail(diag, FA_EIO, "the disk is gone");
}

static void a_folder_changes_as_a_whole_or_not_at_all(void **state)
{
	struct fa_report_options options = {0};
	struct fa_diag diag = {{0}};
	struct stat status;
	struct fake fake;
	char dir[64];
	char path[128];

	(void)state;
	new_folder(dir);
	fake_init(&fake);
	fake_fill_live(&fake);
	/* The last table fails: the eight before it are complete by then. */
	fake.history.each_window = broken;
	assert_int_equal(fa_report_write_folder(dir, "csv", &fake.history, 0, &options, &diag),
			 FA_EIO);
	assert_string_equal(diag.text, "the disk is gone");
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		assert_int_not_equal(stat(file_of(dir, all[i], path), &status), 0);
	remove_all(dir);
	fake_deinit(&fake);
}

static void other_formats_are_no_folder(void **state)
{
	struct fa_report_options options = {0};
	struct fa_diag diag = {{0}};
	struct fake fake;

	(void)state;
	fake_init(&fake);
	assert_true(fa_report_makes_folder("csv"));
	assert_false(fa_report_makes_folder("json"));
	assert_false(fa_report_makes_folder("cvs"));
	assert_int_equal(fa_report_write_folder("x", "json", &fake.history, 0, &options, &diag),
			 FA_EINVAL);
	fake_deinit(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_quoted_where_they_must_be),
		cmocka_unit_test(no_text_is_a_formula),
		cmocka_unit_test(a_semicolon_begins_no_formula),
		cmocka_unit_test(numbers_stay_numbers),
		cmocka_unit_test(one_section_with_its_names),
		cmocka_unit_test(an_unknown_section_is_refused),
		cmocka_unit_test(a_folder_has_a_file_for_each_table),
		cmocka_unit_test(a_folder_changes_as_a_whole_or_not_at_all),
		cmocka_unit_test(other_formats_are_no_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
