/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of words: from a number to its word and back. */
#ifndef FA_BASE_WORDS_H
#define FA_BASE_WORDS_H

#include <stddef.h>

struct fa_words {
	const char *const *items;
	size_t count;
};

/* The words of a static array. */
#define FA_WORDS(array) ((struct fa_words){(array), sizeof(array) / sizeof((array)[0])})

/* Word number INDEX, "invalid" when there is none. */
const char *fa_word(struct fa_words words, size_t index);

/* The number of a word, -1 when it is none of them. */
int fa_word_index(struct fa_words words, const char *text);

#endif
