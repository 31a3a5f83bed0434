/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words that an option takes, where it takes no others. */
#include "cmd/values.h"

#include <stdio.h>
#include <string.h>

#include "base/like.h"
#include "report/drift.h"
#include "report/report.h"

/* Appends WORD behind a blank. */
static void add(struct fa_value_words *words, const char *word)
{
	size_t used = strlen(words->text);

	snprintf(words->text + used, sizeof(words->text) - used, "%s%s", used > 0 ? " " : "", word);
}

static void add_levels(struct fa_value_words *words, const struct fa_command *command)
{
	size_t first = 0;

	if (command->bit == FA_CMD_DRIFT) {
		add(words, "any");
		add(words, "none");
		first = 1;
	}
	for (size_t i = first; fa_fail_level_name(i) != NULL; i++)
		add(words, fa_fail_level_name(i));
}

/* Commands that print reports know more formats than the others. */
static void add_formats(struct fa_value_words *words, const struct fa_command *command)
{
	for (size_t i = 0; command->bit == FA_CMD_DRIFT && fa_drift_format_name(i) != NULL; i++)
		add(words, fa_drift_format_name(i));
	if (command->bit == FA_CMD_DRIFT)
		return;
	if ((command->bit & (FA_CMD_AUDIT | FA_CMD_CAPTURE | FA_CMD_REPORT)) == 0) {
		add(words, "text");
		add(words, "json");
		return;
	}
	for (size_t i = 0; fa_report_format_name(i) != NULL; i++)
		add(words, fa_report_format_name(i));
}

static void add_sections(struct fa_value_words *words, const struct fa_command *command)
{
	const char *(*name)(size_t index) =
		command->bit == FA_CMD_DRIFT ? fa_drift_section_name : fa_report_section_name;

	for (size_t i = 0; name(i) != NULL; i++)
		add(words, name(i));
}

static const struct {
	const char *value; /* as the table of options names it */
	void (*add)(struct fa_value_words *words, const struct fa_command *command);
} lists[] = {
	{"FORMAT", add_formats},
	{"LEVEL", add_levels},
	{"SECTION", add_sections},
};

/* The alternatives of "auto|always|never" that are words and not kinds of words. */
static void add_alternatives(struct fa_value_words *words, const char *value)
{
	while (*value != '\0') {
		size_t len = strcspn(value, "|");
		char word[64];

		if (value[0] >= 'a' && value[0] <= 'z' && memchr(value, ':', len) == NULL &&
		    len < sizeof(word)) {
			snprintf(word, sizeof(word), "%.*s", (int)len, value);
			add(words, word);
		}
		value += len + (value[len] == '|');
	}
}

const char *fa_value_list(const struct fa_option_row *row, const struct fa_command *command,
			  struct fa_value_words *words)
{
	words->text[0] = '\0';
	if (row->value == NULL)
		return words->text;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (strcmp(lists[i].value, row->value) == 0)
			lists[i].add(words, command);
	add_alternatives(words, row->value);
	return words->text;
}

const char *fa_option_help(const struct fa_option_row *row, const struct fa_command *command,
			   char *out, size_t size)
{
	static const char mark[] = "@words@";
	const char *found = strstr(row->help, mark);
	struct fa_value_words words;
	char *rest = words.text;
	size_t used;
	char *word;

	used = (size_t)snprintf(out, size, "%.*s",
				(int)(found != NULL ? (size_t)(found - row->help) : size), row->help);
	if (found == NULL)
		return out;
	fa_value_list(row, command, &words);
	while (used < size && (word = strsep(&rest, " ")) != NULL)
		used += (size_t)snprintf(out + used, size - used, "%s%s", word,
					 rest != NULL ? ", " : "");
	if (used < size)
		snprintf(out + used, size - used, "%s", found + strlen(mark));
	return out;
}

const char *fa_value_hint(const struct fa_option_row *row, const struct fa_command *command,
			  const char *value, struct fa_like_hint *hint)
{
	struct fa_value_words words;
	struct fa_like_names names = {NULL, 0, sizeof(const char *)};
	const char *items[32];
	char *rest = words.text;
	char *word;

	fa_value_list(row, command, &words);
	while (names.count < 32 && (word = strsep(&rest, " ")) != NULL)
		items[names.count++] = word;
	names.items = items;
	return fa_like_hint(hint, fa_like_nearest(&names, value));
}
