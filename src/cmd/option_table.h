/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of options, for those who read it: the parser, the help, the completion. */
#ifndef FA_CMD_OPTION_TABLE_H
#define FA_CMD_OPTION_TABLE_H

#include "cmd/options.h"

/*
 * VALUE names what is to be written there, and says at once how a shell can complete it: words in
 * lower case with | between them are the values that exist; FILE, DIR, PRODUCT and so on are kinds
 * (completion.c has those that it knows).
 */
struct fa_option_row {
	const char *name; /* NULL: a group begins, with the title HELP */
	int letter;	  /* short option, or 0 */
	unsigned bits;	  /* commands that take it */
	const char *value; /* NULL: takes none */
	const char *help; /* "@words@" stands for the words that the command takes */
	/* Takes the value. 0, or FA_EINVAL: it is not what EXPECTED says. */
	int (*set)(struct fa_options *options, const char *value);
	const char *expected;
};

#define FA_OPTION_GROUP(title) {NULL, 0, 0, NULL, title, NULL, NULL}

enum { FA_OPTION_ROWS_MAX = 128 }; /* room for what is kept for each row */

extern const struct fa_option_row fa_option_rows[];
extern const size_t fa_option_row_count;

void fa_options_default(struct fa_options *options);

/* Whether the option is one of the command, and of VERB unless that is NULL. */
bool fa_option_is_of(const struct fa_option_row *row, const struct fa_command *command,
		     const struct fa_verb *verb);

/* The words that --fail-on takes, with "never"; NULL behind the last. */
const char *fa_fail_level_name(size_t index);

#endif
