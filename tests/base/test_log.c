/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a message looks like on standard error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"

/* What SAY writes to standard error. */
static void heard(void (*say)(void), char *text, size_t size)
{
	int ends[2];
	int before = dup(STDERR_FILENO);
	ssize_t len;

	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	say();
	dup2(before, STDERR_FILENO); /* no writer is left: reading ends */
	close(before);
	len = read(ends[0], text, size - 1);
	close(ends[0]);
	assert_true(len >= 0);
	text[len] = '\0';
}

static void say_all(void)
{
	fa_log_error("a%d", 1);
	fa_log_warn("b");
	fa_log_note("c\033[2J\n\xc2\x9b");
}

static void messages_are_lines_without_control_characters(void **state)
{
	char text[256];

	(void)state;
	heard(say_all, text, sizeof(text));
	assert_string_equal(text, "flowaudit: a1\nflowaudit: warning: b\n"
				  "flowaudit: c?[2J???\n");
}

static void only_errors_when_quiet(void **state)
{
	char text[256];

	(void)state;
	fa_log_quiet(true);
	heard(say_all, text, sizeof(text));
	fa_log_quiet(false);
	assert_string_equal(text, "flowaudit: a1\n");
}

static void messages_take_the_place_of_a_status_line(void **state)
{
	char text[256];

	(void)state;
	fa_log_over_status(true);
	heard(say_all, text, sizeof(text));
	fa_log_over_status(false);
	assert_string_equal(text, "\r\033[Kflowaudit: a1\n\r\033[Kflowaudit: warning: b\n"
				  "\r\033[Kflowaudit: c?[2J???\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_lines_without_control_characters),
		cmocka_unit_test(only_errors_when_quiet),
		cmocka_unit_test(messages_take_the_place_of_a_status_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
