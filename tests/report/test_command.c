/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that reports print can be copied into a shell, whatever the database is called. */
#include "report/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fake_history.h"
#include "report/report.h"

static const struct fa_report_options plain;

static void assert_command(const char *database, const char *expected)
{
	const struct fa_history history = {.database = database};
	struct fa_buffer line = {0};

	fa_command_add(&line, "runs show", &history);
	assert_string_equal(fa_buffer_text(&line), expected);
	fa_buffer_deinit(&line);
}

static void name_the_database(void **state)
{
	(void)state;
	assert_command(NULL, "flowaudit runs show");
	assert_command("other.db", "flowaudit runs show --db other.db");
	assert_command("a b.db", "flowaudit runs show --db 'a b.db'");
	assert_command("%s\033[2J", "flowaudit runs show --db $'%s\\033[2J'");
}

static char *report(const char *database, unsigned width)
{
	struct fa_report_options options = plain;
	struct fake fake;
	char *text;

	fake_fill_live(&fake);
	fake.history.database = database;
	options.width = width;
	text = fake_report(&fake, "text", &options);
	fake_deinit(&fake);
	return text;
}

static void assert_has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("not there:\n%s\nin:\n%s", part, text);
}

/* The command stays whole, and what it is good for goes where there is room. */
static void reports_name_it_everywhere(void **state)
{
	static const char database[] = "/var/lib/flowaudit/the first data centre's own database.db";
	char *text = report(database, 60);
	size_t named = 0, commands = 0;

	(void)state;
	for (const char *at = text; (at = strstr(at, "flowaudit ")) != NULL; at++) {
		commands += strncmp(at, "flowaudit 0", 11) != 0 &&
			    strncmp(at, "flowaudit catalog", 17) != 0; /* needs none */
		named += strstr(at, "--db '/var/lib/flowaudit/the first data centre'\\''s own "
				    "database.db'") != NULL;
	}
	assert_true(commands > 5);
	assert_has(text,
		   "\n  flowaudit report --db '/var/lib/flowaudit/the first data centre'\\''s own "
		   "database.db' -r 12 --format json\n      the same for programs\n");
	assert_true(named >= commands);
	free(text);
	text = report("dc1.db", 100);
	assert_has(text, "\n  flowaudit report --db dc1.db -r 12 --all  every finding and expectation\n");
	assert_has(text, "\n  flowaudit runs show --db dc1.db 12      window by window\n");
	free(text);
	text = report(NULL, 100);
	assert_has(text, "\n  flowaudit report -r 12 --all            every finding and expectation\n");
	assert_null(strstr(text, "--db"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(name_the_database),
		cmocka_unit_test(reports_name_it_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
