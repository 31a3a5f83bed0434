/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For completion in bash: tables as case statements. */
#include <stdio.h>
#include <string.h>

#include "cmd/completion.h"
#include "cmd/completion_words.h"
#include "cmd/values.h"

/* How the script calls what can be put in a place. */
static const char *const fills[FA_FILL_COUNT] = {
	[FA_FILL_NOTHING] = "nothing", [FA_FILL_FILE] = "files",
	[FA_FILL_FOLDER] = "folders",  [FA_FILL_INTERFACE] = "interfaces",
	[FA_FILL_PRODUCT] = "products", [FA_FILL_RUN] = "runs",
	[FA_FILL_BASELINE] = "baselines",
	[FA_FILL_USER] = "users",      [FA_FILL_COMMAND] = "commands",
};

/* Begins and ends a function that is a case statement. */
static void begin(FILE *out, const char *what, const char *name)
{
	fprintf(out, "\n# %s\n_flowaudit_%s()\n{\n\tcase $1 in\n", what, name);
}

static void end(FILE *out)
{
	fprintf(out, "\t*) REPLY= && return 1 ;;\n\tesac\n}\n");
}

static void print_names(FILE *out, const struct fa_command *command, const struct fa_verb *verb)
{
	fprintf(out, "\t'%s%s%s') ", command->name, verb != NULL ? " " : "",
		verb != NULL ? verb->name : "");
}

static void print_verbs(FILE *out)
{
	fprintf(out, "\t'') REPLY='");
	for (size_t i = 0; i < fa_command_count; i++)
		fprintf(out, "%s%s", i > 0 ? " " : "", fa_commands[i].name);
	fprintf(out, "' ;;\n");
	for (size_t i = 0; i < fa_command_count; i++) {
		const struct fa_verb *verb = fa_verb_next(&fa_commands[i], NULL);

		if (verb == NULL)
			continue;
		fprintf(out, "\t%s) REPLY='", fa_commands[i].name);
		for (const char *before = ""; verb != NULL; before = " ") {
			fprintf(out, "%s%s", before, verb->name);
			verb = fa_verb_next(&fa_commands[i], verb);
		}
		fprintf(out, "' ;;\n");
	}
}

static void print_main_options(FILE *out)
{
	fprintf(out, "\t'') REPLY='--help --version' ;;\n");
}

static void print_options(FILE *out, const struct fa_command *command, const struct fa_verb *verb)
{
	if (command->bit == 0)
		return;
	print_names(out, command, verb);
	fprintf(out, "REPLY='");
	for (size_t i = 0; i < fa_option_row_count; i++)
		if (fa_option_is_of(&fa_option_rows[i], command, verb))
			fprintf(out, "--%s ", fa_option_rows[i].name);
	fprintf(out, "--help --version' ;;\n");
}

static void print_values(FILE *out, const struct fa_command *command, const struct fa_verb *verb)
{
	for (size_t i = 0; verb == NULL && i < fa_option_row_count; i++) {
		const struct fa_option_row *row = &fa_option_rows[i];
		enum fa_fill fill;

		if (!fa_option_is_of(row, command, NULL) || row->value == NULL)
			continue;
		fill = fa_fill_of_option(row, command);
		if (row->letter != 0)
			fprintf(out, "\t'%s -%c' | '%s --%s') REPLY=", command->name, row->letter,
				command->name, row->name);
		else
			fprintf(out, "\t'%s --%s') REPLY=", command->name, row->name);
		if (fill == FA_FILL_WORDS) {
			struct fa_value_words words;

			fprintf(out, "'words %s' ;;\n", fa_value_list(row, command, &words));
		} else {
			fprintf(out, "%s ;;\n", fills[fill]);
		}
	}
}

static void print_arguments(FILE *out, const struct fa_command *command,
			    const struct fa_verb *verb)
{
	enum fa_fill fill = fa_fill_of_arguments(command, verb);

	if (fill == FA_FILL_NOTHING)
		return;
	print_names(out, command, verb);
	fprintf(out, "REPLY=%s ;;\n", fills[fill]);
}

void fa_completion_bash(FILE *out)
{
	begin(out, "The verbs of a command; of none, the commands.", "verbs");
	print_verbs(out);
	end(out);
	begin(out, "The options of \"COMMAND\" or \"COMMAND VERB\".", "options");
	print_main_options(out);
	fa_each_verb(print_options, out);
	end(out);
	begin(out, "What \"COMMAND --option\" takes: a kind, or \"words\" and these.", "value");
	fa_each_verb(print_values, out);
	end(out);
	begin(out, "The kind of arguments of \"COMMAND\" or \"COMMAND VERB\".", "arguments");
	fa_each_verb(print_arguments, out);
	end(out);
}
