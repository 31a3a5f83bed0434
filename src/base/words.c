/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of words. */
#include "base/words.h"

#include <string.h>

const char *fa_word(struct fa_words words, size_t index)
{
	return index < words.count && words.items[index] != NULL ? words.items[index] : "invalid";
}

int fa_word_index(struct fa_words words, const char *text)
{
	for (size_t i = 0; i < words.count; i++)
		if (words.items[i] != NULL && strcmp(words.items[i], text) == 0)
			return (int)i;
	return -1;
}
