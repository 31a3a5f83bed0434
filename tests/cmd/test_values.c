/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of options: what it promises to those who read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "cmd/completion_words.h"
#include "cmd/values.h"

static const struct fa_option_row *row_of(const struct fa_command *command, const char *name)
{
	for (size_t i = 0; i < fa_option_row_count; i++)
		if (fa_option_is_of(&fa_option_rows[i], command, NULL) &&
		    strcmp(fa_option_rows[i].name, name) == 0)
			return &fa_option_rows[i];
	fail_msg("%s has no option --%s", command->name, name);
	return NULL;
}

static void words(void **state)
{
	const struct fa_command *audit = fa_command_find("audit");
	struct fa_value_words list;
	struct fa_like_hint hint;

	(void)state;
	assert_string_equal(fa_value_list(row_of(audit, "color"), audit, &list),
			    "auto always never");
	assert_string_equal(fa_value_list(row_of(audit, "fail-on"), audit, &list),
			    "never wrong-protocol wrong-endpoint refused undocumented discouraged "
			    "indeterminate");
	assert_string_equal(fa_value_list(row_of(audit, "db"), audit, &list), "");
	assert_string_equal(fa_value_list(row_of(audit, "quiet"), audit, &list), "");
	assert_string_equal(fa_value_hint(row_of(audit, "color"), audit, "alway", &hint),
			    "; did you mean \"always\"?");
	assert_string_equal(fa_value_hint(row_of(audit, "color"), audit, "purple", &hint), "");
	assert_string_equal(fa_value_hint(row_of(audit, "db"), audit, "purple", &hint), "");
}

static void helps(void **state)
{
	const struct fa_command *runs = fa_command_find("runs");
	const struct fa_command *report = fa_command_find("report");
	char text[512];

	(void)state;
	assert_string_equal(fa_option_help(row_of(runs, "format"), runs, text, sizeof(text)),
			    "how it is printed: text, json (default text)");
	assert_non_null(strstr(fa_option_help(row_of(report, "format"), report, text, sizeof(text)),
			       "csv"));
	assert_string_equal(fa_option_help(row_of(runs, "format"), runs, text, 24),
			    "how it is printed: text");
	assert_string_equal(fa_option_help(row_of(runs, "quiet"), runs, text, sizeof(text)),
			    row_of(runs, "quiet")->help);
}

static void kinds(void **state)
{
	const struct fa_command *capture = fa_command_find("capture");
	const struct fa_command *runs = fa_command_find("runs");

	(void)state;
	assert_int_equal(fa_fill_of_option(row_of(capture, "interface"), capture),
			 FA_FILL_INTERFACE);
	assert_int_equal(fa_fill_of_option(row_of(capture, "events"), capture), FA_FILL_FILE);
	assert_int_equal(fa_fill_of_option(row_of(capture, "spool"), capture), FA_FILL_FOLDER);
	assert_int_equal(fa_fill_of_option(row_of(capture, "format"), capture), FA_FILL_WORDS);
	assert_int_equal(fa_fill_of_option(row_of(capture, "width"), capture), FA_FILL_NOTHING);
	assert_int_equal(fa_fill_of_arguments(capture, NULL), FA_FILL_NOTHING);
	assert_int_equal(fa_fill_of_arguments(fa_command_find("audit"), NULL), FA_FILL_FILE);
	assert_int_equal(fa_fill_of_arguments(fa_command_find("help"), NULL), FA_FILL_COMMAND);
	assert_int_equal(fa_fill_of_arguments(runs, fa_verb_find(runs, "show")), FA_FILL_RUN);
	assert_int_equal(fa_fill_of_arguments(runs, fa_verb_find(runs, "list")), FA_FILL_NOTHING);
}

static void verbs(void **state)
{
	const struct fa_command *catalog = fa_command_find("catalog");
	const struct fa_verb *list = fa_verb_find(catalog, "list");
	const struct fa_verb *explain = fa_verb_find(catalog, "explain");

	(void)state;
	assert_non_null(list);
	assert_non_null(explain);
	assert_null(fa_verb_find(catalog, "learn"));
	assert_ptr_equal(fa_verb_default(catalog), list);
	assert_null(fa_verb_default(fa_command_find("site")));
	assert_null(fa_verb_next(fa_command_find("audit"), NULL));
	assert_true(fa_verb_takes(catalog, explain, "host"));
	assert_false(fa_verb_takes(catalog, list, "host"));
	assert_true(fa_verb_takes(catalog, list, "rules"));
	assert_true(fa_verb_takes(catalog, explain, "rules"));
}

/* Where it has an option twice, one of its values would never be read. */
static void once(void **state)
{
	(void)state;
	assert_true(fa_option_row_count <= FA_OPTION_ROWS_MAX);
	for (size_t i = 0; i < fa_option_row_count; i++) {
		const struct fa_option_row *row = &fa_option_rows[i];

		if (row->name == NULL)
			continue;
		assert_int_not_equal(row->bits, 0);
		assert_non_null(row->set);
		/* What is expected is said of every option with a value. */
		assert_true((row->value == NULL) == (row->expected == NULL));
		for (size_t j = i + 1; j < fa_option_row_count; j++) {
			const struct fa_option_row *other = &fa_option_rows[j];

			if (other->name == NULL || (row->bits & other->bits) == 0)
				continue;
			assert_string_not_equal(row->name, other->name);
			assert_true(row->letter == 0 || row->letter != other->letter);
		}
	}
}

/* What a verb says to take alone is an option of its command. */
static void only(void **state)
{
	(void)state;
	for (size_t i = 0; i < fa_command_count; i++) {
		const struct fa_verb *verb = NULL;

		while ((verb = fa_verb_next(&fa_commands[i], verb)) != NULL) {
			char names[256];
			char *rest = names;
			char *name;

			assert_true(strlen(verb->only) < sizeof(names));
			strcpy(names, verb->only);
			while ((name = strsep(&rest, " ")) != NULL)
				if (name[0] != '\0')
					assert_non_null(row_of(&fa_commands[i], name));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words), cmocka_unit_test(helps), cmocka_unit_test(kinds),
		cmocka_unit_test(verbs), cmocka_unit_test(once),  cmocka_unit_test(only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
