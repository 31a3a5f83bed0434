/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Naming and listing interfaces, and the counters of what they dropped. */
#include "support.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "capture/interfaces.h"
#include "capture/live.h"

static void list_has_lo_and_any(void **state)
{
	char text[4096];

	(void)state;
	assert_true(fa_interfaces_text(text, sizeof(text)) >= 1);
	assert_non_null(strstr(text, "any"));
	assert_non_null(strstr(text, "lo"));
	assert_null(strstr(text, "..."));
}

static void list_is_cut(void **state)
{
	char text[16];

	(void)state;
	for (size_t size = 0; size <= sizeof(text); size++) {
		memset(text, 'x', sizeof(text));
		fa_interfaces_text(text, size);
		assert_true(size == 0 || strlen(text) < size);
		for (size_t i = size; i < sizeof(text); i++)
			assert_int_equal(text[i], 'x');
	}
}

static void missing_one_is_guessed(void **state)
{
	struct fa_diag diag = {.text = ""};

	(void)state;
	assert_int_equal(fa_interface_missing("anny", &diag), FA_ENOENT);
	assert_non_null(strstr(diag.text, "there is no interface \"anny\"; did you mean \"any\"?"));
	assert_non_null(strstr(diag.text, "; there are "));
	diag.text[0] = '\0';
	assert_int_equal(fa_interface_missing("\033[2J", &diag), FA_ENOENT);
	assert_non_null(strstr(diag.text, "\"\\x1b[2J\""));
}

static void write_counters(const char *missed, const char *fifo)
{
	mkdir(in_folder("statistics"), 0700);
	write_file("ifindex", "7\n", 2);
	write_file("statistics/rx_missed_errors", missed, strlen(missed));
	write_file("statistics/rx_fifo_errors", fifo, strlen(fifo));
}

static void losses_are_differences(void **state)
{
	struct fa_interface_losses losses;

	(void)state;
	write_counters("18446744073709551000\n", "5\n");
	fa_interface_losses_open(&losses, in_folder("."), "x", 7);
	assert_int_equal(fa_interface_losses_read(&losses), 0);
	write_counters("18446744073709551003\n", "9\n");
	assert_int_equal(fa_interface_losses_read(&losses), 7);
	write_counters("2\n", "9\n"); /* began anew */
	assert_int_equal(fa_interface_losses_read(&losses), 0);
	write_counters("3\n", "9\n");
	assert_int_equal(fa_interface_losses_read(&losses), 1);
	fa_interface_losses_close(&losses);
	assert_int_equal(fa_interface_losses_read(&losses), 0);
}

static void losses_of_another_namespace_do_not_count(void **state)
{
	struct fa_interface_losses losses;

	(void)state;
	write_counters("1\n", "1\n");
	fa_interface_losses_open(&losses, in_folder("."), "x", 8);
	write_counters("100\n", "100\n");
	assert_int_equal(fa_interface_losses_read(&losses), 0);
	fa_interface_losses_close(&losses);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(list_has_lo_and_any),
		cmocka_unit_test(list_is_cut),
		cmocka_unit_test(missing_one_is_guessed),
		cmocka_unit_test_setup_teardown(losses_are_differences, set_up, tear_down),
		cmocka_unit_test_setup_teardown(losses_of_another_namespace_do_not_count, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
