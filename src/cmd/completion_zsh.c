/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For completion in zsh: a function for each command, with what _arguments wants to know. */
#include <stdio.h>
#include <string.h>

#include "cmd/completion.h"
#include "cmd/completion_words.h"
#include "cmd/values.h"

/* How the script completes what can be put in a place. */
static const char *const fills[FA_FILL_COUNT] = {
	[FA_FILL_NOTHING] = " ",
	[FA_FILL_FILE] = "_files",
	[FA_FILL_FOLDER] = "_files -/",
	[FA_FILL_INTERFACE] = "_flowaudit_interfaces",
	[FA_FILL_PRODUCT] = "_flowaudit_products",
	[FA_FILL_RUN] = "_flowaudit_runs",
	[FA_FILL_BASELINE] = "_flowaudit_baselines",
	[FA_FILL_USER] = "_users",
	[FA_FILL_COMMAND] = "_flowaudit_commands",
};

/* How much of a help text says what it is, for a list in which each has one line. */
static size_t brief_len(const char *help)
{
	static const char *const ends[] = {"; ", ": ", " (", ", see ", ", e.g. ", ", repeatable"};
	size_t len = strlen(help);

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		const char *end = strstr(help, ends[i]);

		if (end != NULL && (size_t)(end - help) < len)
			len = (size_t)(end - help);
	}
	return len;
}

/* TEXT within single quotes, with a backslash before what SPECIAL has. */
static void print_quoted(FILE *out, const char *text, size_t len, const char *special)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\'') {
			fputs("'\\''", out);
			continue;
		}
		if (text[i] == '\\' || strchr(special, text[i]) != NULL)
			fputc('\\', out);
		fputc(text[i], out);
	}
}

/* ":name:action", in single quotes already. */
static void print_value(FILE *out, const struct fa_option_row *row,
			const struct fa_command *command)
{
	enum fa_fill fill = fa_fill_of_option(row, command);
	struct fa_value_words words;

	fputc(':', out);
	print_quoted(out, row->value, strlen(row->value), ":");
	if (fill == FA_FILL_WORDS)
		fprintf(out, ":(%s)", fa_value_list(row, command, &words));
	else
		fprintf(out, ":%s", fills[fill]);
}

static void print_option(FILE *out, const struct fa_option_row *row,
			 const struct fa_command *command)
{
	bool again = strstr(row->help, "repeatable") != NULL;
	const char *equals = row->value != NULL ? "=" : "";

	fputs(" \\\n\t\t", out);
	if (row->letter != 0 && again)
		fprintf(out, "'*'{-%c%s,--%s%s}'", row->letter, row->value != NULL ? "+" : "",
			row->name, equals);
	else if (row->letter != 0)
		fprintf(out, "'(-%c --%s)'{-%c%s,--%s%s}'", row->letter, row->name, row->letter,
			row->value != NULL ? "+" : "", row->name, equals);
	else
		fprintf(out, "'%s--%s%s", again ? "*" : "", row->name, equals);
	fputc('[', out);
	print_quoted(out, row->help, brief_len(row->help), "[]");
	fputc(']', out);
	if (row->value != NULL)
		print_value(out, row, command);
	fputc('\'', out);
}

/* The call of _arguments, but for what stands behind the options. */
static void print_options(FILE *out, const struct fa_command *command, const struct fa_verb *verb)
{
	fprintf(out, "_arguments -s -S");
	for (size_t i = 0; i < fa_option_row_count; i++)
		if (fa_option_is_of(&fa_option_rows[i], command, verb))
			print_option(out, &fa_option_rows[i], command);
	fputs(" \\\n\t\t'(- : *)'{-h,--help}'[help]' \\\n\t\t'(- : *)--version[the version]'", out);
}

static void print_arguments(FILE *out, const struct fa_command *command,
			    const struct fa_verb *verb)
{
	enum fa_fill fill = fa_fill_of_arguments(command, verb);

	print_options(out, command, verb);
	if (verb != NULL)
		fprintf(out, " \\\n\t\t'1: : '");
	if (fill != FA_FILL_NOTHING)
		fprintf(out, " \\\n\t\t'*: :%s'", fills[fill]);
	fputc('\n', out);
}

/* A function NAME that describes words: "word:text". */
static void begin_described(FILE *out, const char *kind, const char *name)
{
	fprintf(out, "_flowaudit_%s%s() {\n\tlocal -a %s=(", kind, name, "described");
}

static void print_described(FILE *out, const char *word, const char *summary)
{
	fprintf(out, "\n\t\t'%s:", word);
	print_quoted(out, summary, strlen(summary), "");
	fputc('\'', out);
}

static void end_described(FILE *out, const char *tag)
{
	fprintf(out, "\n\t)\n\n\t_describe -t %ss %s described\n}\n\n", tag, tag);
}

static void print_verbs_of(FILE *out, const struct fa_command *command)
{
	const struct fa_verb *verb = NULL;

	begin_described(out, "verbs_of_", command->name);
	while ((verb = fa_verb_next(command, verb)) != NULL)
		print_described(out, verb->name, verb->summary);
	end_described(out, "verb");
}

static void print_command(FILE *out, const struct fa_command *command)
{
	const struct fa_verb *verb = NULL;
	bool has_verbs = fa_verb_next(command, NULL) != NULL;

	if (has_verbs)
		print_verbs_of(out, command);
	fprintf(out, "_flowaudit_of_%s() {\n", command->name);
	if (!has_verbs) {
		fputc('\t', out);
		print_arguments(out, command, NULL);
		fputs("}\n\n", out);
		return;
	}
	fputs("\t_flowaudit_verb", out);
	while ((verb = fa_verb_next(command, verb)) != NULL)
		fprintf(out, " %s", verb->name);
	fputs("\n\tcase $REPLY in\n", out);
	while ((verb = fa_verb_next(command, verb)) != NULL) {
		fprintf(out, "\t%s) ", verb->name);
		print_arguments(out, command, verb);
		fputs("\t\t;;\n", out);
	}
	fputs("\t*) ", out);
	print_options(out, command, NULL);
	fprintf(out, " \\\n\t\t'1:verb:_flowaudit_verbs_of_%s'\n\t\t;;\n\tesac\n}\n\n",
		command->name);
}

/* help takes a command, and a verb of it. */
static void print_help(FILE *out, const struct fa_command *command)
{
	fprintf(out,
		"_flowaudit_of_%s() {\n"
		"\t_arguments '1:command:_flowaudit_commands' '2:verb:->verb' && return\n"
		"\t[[ $state == verb ]] && _call_function ret _flowaudit_verbs_of_$words[2]\n"
		"}\n\n",
		command->name);
}

void fa_completion_zsh(FILE *out)
{
	begin_described(out, "commands", "");
	for (size_t i = 0; i < fa_command_count; i++)
		print_described(out, fa_commands[i].name, fa_commands[i].summary);
	end_described(out, "command");
	for (size_t i = 0; i < fa_command_count; i++) {
		if (fa_commands[i].bit == 0)
			print_help(out, &fa_commands[i]);
		else
			print_command(out, &fa_commands[i]);
	}
}
