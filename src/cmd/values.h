/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words that an option takes, where it takes no others. */
#ifndef FA_CMD_VALUES_H
#define FA_CMD_VALUES_H

#include "base/like.h"
#include "cmd/option_table.h"

struct fa_value_words {
	char text[256];
};

/* The words with blanks between them; "" when anything may be given. Returns WORDS->text. */
const char *fa_value_list(const struct fa_option_row *row, const struct fa_command *command,
			  struct fa_value_words *words);

/* The help of the option, with the words in it; cut when OUT is too small. Returns OUT. */
const char *fa_option_help(const struct fa_option_row *row, const struct fa_command *command,
			   char *out, size_t size);

/* What to put behind a complaint about VALUE: the word that was probably meant, or "". */
const char *fa_value_hint(const struct fa_option_row *row, const struct fa_command *command,
			  const char *value, struct fa_like_hint *hint);

#endif
