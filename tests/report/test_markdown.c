/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Markdown: no word from outside means anything in it, and long tables are short. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_history.h"
#include "report/sinks.h"

static void assert_words(const char *text, const char *expected)
{
	struct fa_buffer line = {0};

	fa_markdown_add(&line, text);
	if (strcmp(fa_buffer_text(&line), expected) != 0)
		fail_msg("%s became %s, not %s", text, fa_buffer_text(&line), expected);
	fa_buffer_deinit(&line);
}

static void plain_words_stay(void **state)
{
	(void)state;
	assert_words("", "");
	assert_words("Ports required for mobile devices", "Ports required for mobile devices");
	assert_words("wso2/api-manager/passthrough-https", "wso2/api-manager/passthrough-https");
	assert_words("10.2.0.7 → 10.2.1.4:443/tcp · SSH, seen by inspection",
		     "10.2.0.7 → 10.2.1.4:443/tcp · SSH, seen by inspection");
	assert_words("443, 5678-5999 (50%)", "443, 5678-5999 (50%)");
	assert_words("www", "www");
}

static void marks_mean_nothing(void **state)
{
	(void)state;
	assert_words("*bold*", "`*bold*`");
	assert_words("a_b_c", "`a_b_c`");
	assert_words("~~gone~~", "`~~gone~~`");
	assert_words("# heading", "`# heading`");
	assert_words("$x$", "`$x$`");
	assert_words("\\x1b", "`\\x1b`");
	assert_words("&lt;", "`&lt;`");
}

static void nothing_is_html_or_a_link(void **state)
{
	(void)state;
	assert_words("<script>alert(1)</script>", "`<script>alert(1)</script>`");
	assert_words("[x](http://evil)", "`[x](http://evil)`");
	assert_words("![x](//evil)", "`![x](//evil)`");
	assert_words("www.example.org", "`www.example.org`");
	assert_words("see WWW.example.org", "`see WWW.example.org`");
	assert_words("ftp://example.org", "`ftp://example.org`");
	assert_words("@everybody", "`@everybody`");
	assert_words("me@example.org", "`me@example.org`");
	assert_words("GH-12", "`GH-12`");
	assert_words("#12", "`#12`");
	assert_words(":boom:", "`:boom:`");
	assert_words("commit deadbeef0 here", "`commit deadbeef0 here`");
}

/* GitHub Flavored Markdown 6.3 and 4.10. */
static void code_cannot_be_left(void **state)
{
	(void)state;
	assert_words("`", "`` ` ``");
	assert_words("a`b", "``a`b``");
	assert_words("``x`", "``` ``x` ```");
	assert_words("*x`", "`` *x` ``");
	assert_words("a|b", "`a\\|b`");
	assert_words("a\\\\|b", "`a\\\\\\|b`");
	assert_words(" <b> ", "`  <b>  `");
}

static void a_run_begins_with_what_it_is(void **state)
{
	const struct fa_report_options options = {0};
	struct fake fake;
	char *text;

	(void)state;
	fake_init(&fake);
	fake_fill(&fake);
	text = fake_report(&fake, "markdown", &options);
	assert_memory_equal(text, "# flowaudit: run ", 17);
	assert_non_null(strstr(text, "\n## Run\n\n| | |\n|---|---|\n| run | "));
	assert_non_null(strstr(text, "\n## Verdicts\n\n| verdict | conversations |"));
	assert_true(strstr(text, "## Verdicts") < strstr(text, "## Findings"));
	/* Replays have no windows, and conversations are for who asks. */
	assert_null(strstr(text, "## Windows"));
	assert_null(strstr(text, "## Conversations"));
	free(text);
	fake_deinit(&fake);
}

static void many_findings(struct fake *fake)
{
	free(fake->findings);
	fake->finding_count = 25;
	fake->findings = calloc(fake->finding_count, sizeof(*fake->findings));
	for (size_t i = 0; i < fake->finding_count; i++)
		fake->findings[i] = fake_finding((int64_t)i + 1, FA_VERDICT_UNDOCUMENTED,
						 "10.0.0.1", "10.0.0.2", (uint16_t)(1000 + i));
}

static void long_tables_say_how_many_more(void **state)
{
	struct fa_report_options options = {0};
	struct fake fake;
	char *text;

	(void)state;
	fake_init(&fake);
	fake_fill(&fake);
	many_findings(&fake);
	text = fake_report(&fake, "markdown", &options);
	assert_non_null(strstr(text, "10.0.0.2:1009/tcp"));
	assert_null(strstr(text, "10.0.0.2:1010/tcp"));
	assert_non_null(strstr(text, "\n… and 15 more: "));
	assert_non_null(strstr(text, " --all"));
	free(text);
	options.all = true;
	text = fake_report(&fake, "markdown", &options);
	assert_non_null(strstr(text, "10.0.0.2:1024/tcp"));
	assert_null(strstr(text, "more: "));
	assert_non_null(strstr(text, "## Conversations"));
	free(text);
	options.section = "findings";
	text = fake_report(&fake, "markdown", &options);
	assert_null(strstr(text, "## Run"));
	assert_non_null(strstr(text, "## Findings"));
	free(text);
	fake_deinit(&fake);
}

/* Every line of a table has as many cells: pipes that are not escaped. */
static void all_lines_have_their_cells(void **state)
{
	struct fa_report_options options = {.all = true};
	struct fake fake;
	size_t wanted = 0;
	char *text;

	(void)state;
	fake_init(&fake);
	fake_fill(&fake);
	fake.findings[0].host = "|a|`b|\\|";
	fake.findings[0].protocol = "|";
	text = fake_report(&fake, "markdown", &options);
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		size_t pipes = 0;

		for (const char *at = line; *at != '\0'; at++) {
			pipes += *at == '|';
			at += *at == '\\' && at[1] != '\0';
		}
		if (line[0] != '|')
			wanted = 0;
		else if (wanted == 0)
			wanted = pipes;
		else
			assert_int_equal(pipes, wanted);
	}
	free(text);
	fake_deinit(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_words_stay),
		cmocka_unit_test(marks_mean_nothing),
		cmocka_unit_test(nothing_is_html_or_a_link),
		cmocka_unit_test(code_cannot_be_left),
		cmocka_unit_test(a_run_begins_with_what_it_is),
		cmocka_unit_test(long_tables_say_how_many_more),
		cmocka_unit_test(all_lines_have_their_cells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
