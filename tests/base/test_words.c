/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words and numbers, both ways, and what is none of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/words.h"

static const char *const texts[] = {"zero", "one", [3] = "three"};

static void there_and_back(void **state)
{
	(void)state;
	assert_string_equal(fa_word(FA_WORDS(texts), 1), "one");
	assert_int_equal(fa_word_index(FA_WORDS(texts), "three"), 3);
	assert_int_equal(fa_word_index(FA_WORDS(texts), "zero"), 0);
}

static void none(void **state)
{
	(void)state;
	assert_string_equal(fa_word(FA_WORDS(texts), 2), "invalid"); /* a gap */
	assert_string_equal(fa_word(FA_WORDS(texts), 4), "invalid");
	assert_string_equal(fa_word(FA_WORDS(texts), SIZE_MAX), "invalid");
	assert_int_equal(fa_word_index(FA_WORDS(texts), "on"), -1);
	assert_int_equal(fa_word_index(FA_WORDS(texts), ""), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
