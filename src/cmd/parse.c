/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the options of a command by the table, and says what is wrong with them. */
#include <getopt.h>
#include <stdint.h>
#include <string.h>

#include "base/like.h"
#include "base/log.h"
#include "base/text.h"
#include "cmd/option_table.h"
#include "cmd/usage.h"
#include "cmd/values.h"

enum { HELP = 1, VERSION = 2, FIRST_ROW = 256 };

/* One reading of a command line. */
struct parse {
	const struct fa_command *command;
	char **argv;
	struct fa_options *options;
	struct option longs[FA_OPTION_ROWS_MAX + 3];
	char shorts[2 * FA_OPTION_ROWS_MAX + 4];
	bool given[FA_OPTION_ROWS_MAX];
};

static const char *safe(const char *text, char out[64])
{
	return fa_text_safe(text, strlen(text), out, 64);
}

/* The rows of the command in the form that getopt takes. */
static void fill_getopt(struct parse *p)
{
	size_t n = 0;
	size_t s = 0;

	p->shorts[s++] = ':'; /* tell a missing value from an unknown option */
	p->longs[n++] = (struct option){"help", no_argument, NULL, HELP};
	p->longs[n++] = (struct option){"version", no_argument, NULL, VERSION};
	p->shorts[s++] = 'h';
	for (size_t i = 0; i < fa_option_row_count && i < FA_OPTION_ROWS_MAX; i++) {
		const struct fa_option_row *row = &fa_option_rows[i];

		if (!fa_option_is_of(row, p->command, NULL))
			continue;
		p->longs[n++] = (struct option){
			row->name, row->value != NULL ? required_argument : no_argument, NULL,
			(int)(FIRST_ROW + i)};
		if (row->letter == 0)
			continue;
		p->shorts[s++] = (char)row->letter;
		if (row->value != NULL)
			p->shorts[s++] = ':';
	}
	p->longs[n] = (struct option){0};
	p->shorts[s] = '\0';
}

/* The row that getopt has found, or SIZE_MAX. */
static size_t row_of(const struct parse *p, int found)
{
	if (found >= FIRST_ROW)
		return (size_t)(found - FIRST_ROW);
	for (size_t i = 0; i < fa_option_row_count; i++)
		if (fa_option_rows[i].letter == found &&
		    fa_option_is_of(&fa_option_rows[i], p->command, NULL))
			return i;
	return SIZE_MAX;
}

/* The first command, other than ours, that takes the option called NAME. */
static const struct fa_command *taken_by(const char *name)
{
	for (size_t c = 0; c < fa_command_count; c++)
		for (size_t i = 0; i < fa_option_row_count; i++)
			if (fa_option_rows[i].name != NULL &&
			    strcmp(fa_option_rows[i].name, name) == 0 &&
			    fa_option_is_of(&fa_option_rows[i], &fa_commands[c], NULL))
				return &fa_commands[c];
	return NULL;
}

/* How many of our long options begin with NAME: more than one cannot be told apart. */
static size_t count_beginning(const struct parse *p, const char *name)
{
	size_t count = 0;

	for (const struct option *option = p->longs; option->name != NULL; option++)
		count += strncmp(option->name, name, strlen(name)) == 0;
	return count;
}

static void complain_long(const struct parse *p, const char *name)
{
	const struct fa_like_names names = {p->longs, count_beginning(p, ""), sizeof(p->longs[0])};
	const struct fa_command *other = taken_by(name);
	const char *nearest = fa_like_nearest(&names, name);
	const char *mine = p->command->name;
	char text[64];

	safe(name, text);
	if (name[0] != '\0' && count_beginning(p, name) > 1)
		fa_log_error("%s: --%s may be several options; see flowaudit %s --help", mine, text,
			     mine);
	else if (other != NULL)
		fa_log_error("%s: --%s is an option of flowaudit %s, and not of %s; see flowaudit "
			     "%s --help",
			     mine, text, other->name, mine, mine);
	else if (nearest != NULL)
		fa_log_error("%s: unknown option --%s; did you mean --%s? See flowaudit %s --help",
			     mine, text, nearest, mine);
	else
		fa_log_error("%s: unknown option --%s; see flowaudit %s --help", mine, text, mine);
}

static int complain_unknown(const struct parse *p)
{
	const char *word = p->argv[optind - 1];
	char name[64];
	char text[64];

	/* getopt tells letters, and options that were given a value, in optopt. */
	if (optopt >= FIRST_ROW || optopt == HELP || optopt == VERSION) {
		fa_log_error("%s: --%.*s takes no value", p->command->name,
			     (int)strcspn(safe(word, text) + 2, "="), text + 2);
		return FA_EXIT_FAILED;
	}
	if (optopt != 0) {
		const char letter[] = {(char)optopt, '\0'};

		fa_log_error("%s: unknown option -%s; see flowaudit %s --help", p->command->name,
			     safe(letter, text), p->command->name);
		return FA_EXIT_FAILED;
	}
	word += strspn(word, "-");
	fa_text_copy(name, sizeof(name), word);
	name[strcspn(name, "=")] = '\0';
	complain_long(p, name);
	return FA_EXIT_FAILED;
}

static int complain_missing(const struct parse *p)
{
	size_t row = row_of(p, optopt);

	fa_log_error("%s: option --%s needs a value: %s; see flowaudit %s --help", p->command->name,
		     fa_option_rows[row].name, fa_option_rows[row].expected, p->command->name);
	return FA_EXIT_FAILED;
}

static int complain_value(const struct parse *p, const struct fa_option_row *row,
			  const char *value)
{
	struct fa_like_hint hint;
	char text[64];

	fa_log_error("--%s: \"%s\" is not %s%s", row->name, safe(value, text), row->expected,
		     fa_value_hint(row, p->command, value, &hint));
	return FA_EXIT_FAILED;
}

/* Takes all options. FA_GO_ON, or an exit status; *ASKED: help is wanted, whatever else is said. */
static int take_options(struct parse *p, int argc, bool *asked)
{
	int found;

	while ((found = getopt_long(argc, p->argv, p->shorts, p->longs, NULL)) != -1) {
		size_t row;

		if (found == HELP || found == 'h')
			*asked = true;
		if (*asked)
			continue;
		if (found == VERSION) {
			fa_print_version();
			return FA_EXIT_CLEAN;
		}
		if (found == '?')
			return complain_unknown(p);
		if (found == ':')
			return complain_missing(p);
		row = row_of(p, found);
		p->given[row] = true;
		if (fa_option_rows[row].set(p->options, optarg) != 0)
			return complain_value(p, &fa_option_rows[row], optarg);
	}
	return FA_GO_ON;
}

/* The first verb that takes the option. */
static const struct fa_verb *verb_with(const struct parse *p, const struct fa_option_row *row)
{
	const struct fa_verb *verb = NULL;

	while ((verb = fa_verb_next(p->command, verb)) != NULL)
		if (fa_option_is_of(row, p->command, verb))
			break;
	return verb;
}

/* An option that would have no effect is a mistake. */
static int check_verb(const struct parse *p, const struct fa_verb *verb)
{
	for (size_t i = 0; verb != NULL && i < fa_option_row_count; i++) {
		const struct fa_option_row *row = &fa_option_rows[i];
		const struct fa_verb *other;

		if (!p->given[i] || fa_option_is_of(row, p->command, verb))
			continue;
		other = verb_with(p, row);
		fa_log_error("%s %s: --%s is for flowaudit %s %s; see flowaudit %s %s --help",
			     p->command->name, verb->name, row->name, p->command->name,
			     other == NULL ? "" : other->name, p->command->name, verb->name);
		return FA_EXIT_FAILED;
	}
	return FA_GO_ON;
}

int fa_options_parse(const struct fa_command *command, int argc, char **argv,
		     struct fa_options *options, int *first)
{
	struct parse p = {.command = command, .argv = argv, .options = options};
	const struct fa_verb *verb;
	bool asked = false;
	int status;

	fa_options_default(options);
	fill_getopt(&p);
	optind = 1;
	opterr = 0;
	status = take_options(&p, argc, &asked);
	if (status != FA_GO_ON)
		return status;
	verb = optind < argc ? fa_verb_find(command, argv[optind]) : fa_verb_default(command);
	if (asked) {
		fa_print_help(stdout, command, optind < argc ? verb : NULL);
		return FA_EXIT_CLEAN;
	}
	status = check_verb(&p, verb);
	if (status != FA_GO_ON)
		return status;
	fa_log_quiet(options->quiet);
	*first = optind;
	return FA_GO_ON;
}
