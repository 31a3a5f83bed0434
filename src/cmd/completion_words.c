/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the scripts of all shells need to know of the tables. */
#include "cmd/completion_words.h"

#include <string.h>

#include "cmd/values.h"

/* The names for values that the tables of options and verbs use, as far as they can be completed. */
static const struct {
	const char *name;
	enum fa_fill fill;
} kinds[] = {
	{"FILE", FA_FILL_FILE},	      {"PATH", FA_FILL_FILE},	{"DIR", FA_FILL_FOLDER},
	{"INTERFACE", FA_FILL_INTERFACE}, {"PRODUCT", FA_FILL_PRODUCT}, {"RUN", FA_FILL_RUN},
	{"USER", FA_FILL_USER},	      {"COMMAND", FA_FILL_COMMAND}, {"BASELINE", FA_FILL_BASELINE},
};

/* The first name in TEXT: "FILE" of "[FILE...]" and of "FILE|unix:PATH". */
static enum fa_fill fill_of(const char *text)
{
	size_t len;

	text += strspn(text, "[ ");
	len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strlen(kinds[i].name) == len && memcmp(kinds[i].name, text, len) == 0)
			return kinds[i].fill;
	return FA_FILL_NOTHING;
}

enum fa_fill fa_fill_of_option(const struct fa_option_row *row, const struct fa_command *command)
{
	struct fa_value_words words;

	if (fa_value_list(row, command, &words)[0] != '\0')
		return FA_FILL_WORDS;
	return fill_of(row->value);
}

enum fa_fill fa_fill_of_arguments(const struct fa_command *command, const struct fa_verb *verb)
{
	static const char options[] = "[options] ";
	const char *usage = verb != NULL ? verb->usage : command->usage;

	if (verb == NULL && strncmp(usage, options, strlen(options)) == 0)
		usage += strlen(options);
	return fill_of(usage);
}

void fa_each_verb(void (*fn)(FILE *out, const struct fa_command *command,
			     const struct fa_verb *verb),
		  FILE *out)
{
	for (size_t i = 0; i < fa_command_count; i++) {
		const struct fa_verb *verb = NULL;

		fn(out, &fa_commands[i], NULL);
		while ((verb = fa_verb_next(&fa_commands[i], verb)) != NULL)
			fn(out, &fa_commands[i], verb);
	}
}
