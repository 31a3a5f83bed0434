/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the scripts of all shells need to know of the tables. */
#ifndef FA_CMD_COMPLETION_WORDS_H
#define FA_CMD_COMPLETION_WORDS_H

#include "cmd/option_table.h"

/* What can be put in a place. */
enum fa_fill {
	FA_FILL_NOTHING, /* a number, a name: nobody knows it beforehand */
	FA_FILL_WORDS,
	FA_FILL_FILE,
	FA_FILL_FOLDER,
	FA_FILL_INTERFACE,
	FA_FILL_PRODUCT,
	FA_FILL_RUN,
	FA_FILL_BASELINE,
	FA_FILL_USER,
	FA_FILL_COMMAND,
	FA_FILL_COUNT,
};

/* Of the value of an option, which takes one. */
enum fa_fill fa_fill_of_option(const struct fa_option_row *row, const struct fa_command *command);

/* Of the arguments of a command, or of one of its verbs unless that is NULL. */
enum fa_fill fa_fill_of_arguments(const struct fa_command *command, const struct fa_verb *verb);

/* Calls FN for every command, with NULL, and then for each of its verbs. */
void fa_each_verb(void (*fn)(FILE *out, const struct fa_command *command,
			     const struct fa_verb *verb),
		  FILE *out);

#endif
