/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words for openings. */
#include "core/opening.h"

#include "base/words.h"

#define FA_X(name, text) text,
static const char *const state_texts[] = {FA_OPENING_STATES(FA_X)};
#undef FA_X

const char *fa_opening_state_text(enum fa_opening_state state)
{
	return fa_word(FA_WORDS(state_texts), state);
}
