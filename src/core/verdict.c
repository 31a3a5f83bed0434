/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of verdicts, differences, reasons and expectation states. */
#include "core/verdict.h"

#include "base/words.h"

#define FA_X(name, text) text,
static const char *const verdict_texts[] = {FA_VERDICTS(FA_X)};
static const char *const difference_texts[] = {FA_DIFFERENCES(FA_X)};
static const char *const expectation_texts[] = {FA_EXPECTATION_STATES(FA_X)};
#undef FA_X

#define FA_X(name, text, sentence) text,
static const char *const reason_texts[] = {FA_REASONS(FA_X)};
#undef FA_X

#define FA_X(name, text, sentence) sentence,
static const char *const reason_sentences[] = {FA_REASONS(FA_X)};
#undef FA_X

const char *fa_verdict_text(enum fa_verdict verdict)
{
	return fa_word(FA_WORDS(verdict_texts), verdict);
}

int fa_verdict_parse(const char *text)
{
	return fa_word_index(FA_WORDS(verdict_texts), text);
}

const char *fa_difference_text(unsigned index)
{
	return fa_word(FA_WORDS(difference_texts), index);
}

const char *fa_reason_text(enum fa_reason reason)
{
	return fa_word(FA_WORDS(reason_texts), reason);
}

const char *fa_reason_sentence(enum fa_reason reason)
{
	return fa_word(FA_WORDS(reason_sentences), reason);
}

int fa_reason_parse(const char *text)
{
	return fa_word_index(FA_WORDS(reason_texts), text);
}

void fa_judgement_because(struct fa_judgement *judgement, enum fa_reason reason)
{
	for (size_t i = 0; i < judgement->reason_count; i++)
		if (judgement->reasons[i] == reason)
			return;
	if (judgement->reason_count < FA_REASONS_MAX)
		judgement->reasons[judgement->reason_count++] = reason;
}

const char *fa_expectation_text(enum fa_expectation_state state)
{
	return fa_word(FA_WORDS(expectation_texts), state);
}

unsigned fa_difference_count(unsigned differs)
{
	unsigned count = 0;

	for (; differs != 0; differs &= differs - 1)
		count++;
	return count;
}
