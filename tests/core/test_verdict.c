/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of verdicts and reasons, and how reasons are collected. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/verdict.h"

static void texts_and_back(void **state)
{
	(void)state;
	for (int i = 0; i < FA_VERDICT_COUNT; i++)
		assert_int_equal(fa_verdict_parse(fa_verdict_text((enum fa_verdict)i)), i);
	for (int i = 0; i < FA_REASON_COUNT; i++)
		assert_int_equal(fa_reason_parse(fa_reason_text((enum fa_reason)i)), i);
	assert_string_equal(fa_verdict_text(FA_VERDICT_WRONG_PROTOCOL), "wrong-protocol");
	assert_string_equal(fa_reason_text(FA_REASON_NO_ANSWER), "no-answer");
	assert_string_equal(fa_reason_sentence(FA_REASON_NO_ANSWER), "tried and never answered");
	assert_string_equal(fa_difference_text(FA_DIFFERS_INDEX_HOST), "host");
	assert_string_equal(fa_expectation_text(FA_EXPECT_NOT_OBSERVABLE), "not-observable");
}

static void unknown_texts_and_numbers(void **state)
{
	(void)state;
	assert_int_equal(fa_verdict_parse("wrong"), -1);
	assert_int_equal(fa_reason_parse(""), -1);
	assert_string_equal(fa_verdict_text(FA_VERDICT_COUNT), "invalid");
	assert_string_equal(fa_reason_text(FA_REASON_COUNT), "invalid");
	assert_string_equal(fa_reason_sentence(FA_REASON_COUNT), "invalid");
	assert_string_equal(fa_difference_text(FA_DIFFERENCE_COUNT), "invalid");
	assert_string_equal(fa_expectation_text(FA_EXPECT_COUNT), "invalid");
}

static void a_reason_is_given_once(void **state)
{
	struct fa_judgement j = {.verdict = FA_VERDICT_DOCUMENTED};

	(void)state;
	fa_judgement_because(&j, FA_REASON_RANGE);
	fa_judgement_because(&j, FA_REASON_AGREES);
	fa_judgement_because(&j, FA_REASON_RANGE);
	assert_int_equal(j.reason_count, 2);
	assert_int_equal(j.reasons[0], FA_REASON_RANGE);
	assert_int_equal(j.reasons[1], FA_REASON_AGREES);
}

static void the_first_reasons_stay(void **state)
{
	struct {
		struct fa_judgement j;
		uint8_t guard[8];
	} s;

	(void)state;
	memset(&s, 0, sizeof(s));
	for (int i = 0; i < FA_REASON_COUNT; i++)
		fa_judgement_because(&s.j, (enum fa_reason)i);
	assert_int_equal(s.j.reason_count, FA_REASONS_MAX);
	for (int i = 0; i < FA_REASONS_MAX; i++)
		assert_int_equal(s.j.reasons[i], i);
	assert_int_equal(s.j.candidate_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_and_back),
		cmocka_unit_test(unknown_texts_and_numbers),
		cmocka_unit_test(a_reason_is_given_once),
		cmocka_unit_test(the_first_reasons_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
