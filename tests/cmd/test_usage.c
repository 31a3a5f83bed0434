/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Help texts in terminals of all widths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cmd/usage.h"

/* What fa_print_text makes of TEXT; the caller frees it. */
static char *printed(const char *text, unsigned width)
{
	char *out = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&out, &len);

	assert_non_null(file);
	fa_print_text(file, text, width);
	assert_int_equal(fclose(file), 0);
	return out;
}

static void expect_text(const char *text, unsigned width, const char *wanted)
{
	char *out = printed(text, width);

	assert_string_equal(out, wanted);
	free(out);
}

static void paragraphs(void **state)
{
	(void)state;
	expect_text("one two\nthree four", 40, "one two three four\n");
	expect_text("one two\nthree four\n\nfive", 13, "one two three\nfour\n\nfive\n");
	expect_text("one", 2, "one\n");
	expect_text("", 40, "");
	expect_text("a\n\n", 40, "a\n\n");
}

static void examples(void **state)
{
	(void)state;
	expect_text("For example:\n  run  this\n  run it now  that\n  plain", 40,
		    "For example:\n  run         this\n  run it now  that\n  plain\n");
	/* A comment that needs two lines; and no room for any beside the command. */
	expect_text("  run  one two three four five six", 27,
		    "  run  one two three four\n       five six\n");
	expect_text("  run something rather long  what it does", 40,
		    "  run something rather long\n      what it does\n");
	expect_text("  run \\\n      --more", 40, "  run \\\n      --more\n");
	expect_text("  run\nA paragraph", 40, "  run\nA paragraph\n");
}

/* No line of any help is longer than the terminal, unless one word or one command is. */
static void widths(void **state)
{
	static const char text[] = "Words of several lengths, which make a paragraph that has to be "
				   "broken a few times.\n\nExamples:\n  flowaudit x  and a comment "
				   "that says what it is for\n  flowaudit y z  another one";

	(void)state;
	for (unsigned width = 40; width <= 100; width++) {
		char *out = printed(text, width);
		char *rest = out;
		char *line;

		while ((line = strsep(&rest, "\n")) != NULL)
			assert_true(strlen(line) <= width);
		free(out);
	}
}

static void every_command(void **state)
{
	(void)state;
	for (size_t i = 0; i < fa_command_count; i++) {
		const struct fa_verb *verb = NULL;

		do {
			char *out = NULL;
			size_t len = 0;
			FILE *file = open_memstream(&out, &len);

			assert_non_null(file);
			fa_print_help(file, &fa_commands[i], verb);
			assert_int_equal(fclose(file), 0);
			assert_int_equal(strncmp(out, "Usage: flowaudit ", 17), 0);
			assert_non_null(strstr(out, fa_commands[i].name));
			assert_null(strstr(out, "\n\n\n"));
			assert_null(strstr(out, " \n"));
			free(out);
		} while ((verb = fa_verb_next(&fa_commands[i], verb)) != NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paragraphs),
		cmocka_unit_test(examples),
		cmocka_unit_test(widths),
		cmocka_unit_test(every_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
