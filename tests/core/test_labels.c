/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labels: equal texts have equal numbers, others never, however the texts are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/labels.h"

static int setup(void **state)
{
	struct fa_labels *labels;

	*state = NULL;
	if (fa_labels_new(&labels) != 0)
		return -1;
	*state = labels;
	return 0;
}

static int teardown(void **state)
{
	fa_labels_free(*state);
	return 0;
}

static void assert_label(struct fa_labels *labels, uint32_t number, const char *protocol,
			 const char *application, const char *host)
{
	struct fa_label label = fa_labels_get(labels, number);

	assert_string_equal(label.protocol, protocol);
	assert_string_equal(label.application, application);
	assert_string_equal(label.host, host);
}

static void equal_texts(void **state)
{
	uint32_t a = fa_labels_intern(*state, "TLS", "Google", "www.example");
	uint32_t b = fa_labels_intern(*state, "TLS", "Google", "www.example");

	assert_int_equal(a, b);
	assert_label(*state, a, "TLS", "Google", "www.example");
}

static void cut_elsewhere(void **state)
{
	static const char *const rows[][3] = {
		{"ab", "c", "d"}, {"a", "bc", "d"}, {"a", "b", "cd"}, {"abcd", "", ""},
		{"", "abcd", ""}, {"", "", "abcd"}, {"", "", ""},     {"abc", "", "d"},
	};
	enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
	uint32_t numbers[ROWS];

	for (size_t i = 0; i < ROWS; i++) {
		numbers[i] = fa_labels_intern(*state, rows[i][0], rows[i][1], rows[i][2]);
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(numbers[i], numbers[j]);
	}
	for (size_t i = 0; i < ROWS; i++)
		assert_label(*state, numbers[i], rows[i][0], rows[i][1], rows[i][2]);
}

static void many(void **state)
{
	enum { MANY = 5000 };
	char host[32];

	for (uint32_t i = 0; i < MANY; i++) {
		snprintf(host, sizeof(host), "host-%u.example", i);
		assert_int_equal(fa_labels_intern(*state, "HTTP", "", host), i);
	}
	for (uint32_t i = 0; i < MANY; i++) {
		snprintf(host, sizeof(host), "host-%u.example", i);
		assert_label(*state, i, "HTTP", "", host);
		assert_int_equal(fa_labels_intern(*state, "HTTP", "", host), i);
	}
	assert_true(fa_labels_bytes(*state) > MANY * sizeof("HTTP\0\0host-1.example"));
}

/* Looking up what is there takes no memory, or hostile repetition would. */
static void repetition_is_free(void **state)
{
	size_t bytes;

	fa_labels_intern(*state, "HTTP", "", "a");
	bytes = fa_labels_bytes(*state);
	for (int i = 0; i < 100000; i++)
		fa_labels_intern(*state, "HTTP", "", "a");
	assert_int_equal(fa_labels_bytes(*state), bytes);
}

static void clearing(void **state)
{
	fa_labels_intern(*state, "a", "b", "c");
	fa_labels_clear(*state);
	assert_int_equal(fa_labels_intern(*state, "x", "y", "z"), 0);
	assert_label(*state, 0, "x", "y", "z");
	assert_int_equal(fa_labels_intern(*state, "a", "b", "c"), 1);
	assert_label(*state, 1, "a", "b", "c");
	fa_labels_clear(*state);
	assert_int_equal(fa_labels_intern(*state, "x", "y", "z"), 0);
	assert_int_equal(fa_labels_intern(*state, "other", "", ""), 1);
}

/* Offsets inside a label have 16 bits. */
static void too_long(void **state)
{
	char *text = malloc(70000);

	assert_non_null(text);
	memset(text, 'x', 70000);
	text[65532] = '\0';
	assert_int_equal(fa_labels_intern(*state, text, "", ""), 0);
	text[65532] = 'x';
	text[65533] = '\0';
	assert_int_equal(fa_labels_intern(*state, text, "", ""), UINT32_MAX);
	assert_int_equal(fa_labels_intern(*state, "", "", text), UINT32_MAX);
	assert_int_equal(fa_labels_intern(*state, "a", "", ""), 1);
	assert_label(*state, 1, "a", "", "");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(equal_texts, setup, teardown),
		cmocka_unit_test_setup_teardown(cut_elsewhere, setup, teardown),
		cmocka_unit_test_setup_teardown(many, setup, teardown),
		cmocka_unit_test_setup_teardown(repetition_is_free, setup, teardown),
		cmocka_unit_test_setup_teardown(clearing, setup, teardown),
		cmocka_unit_test_setup_teardown(too_long, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
