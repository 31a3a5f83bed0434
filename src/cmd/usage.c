/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Help, as wide as the terminal is. */
#include "cmd/usage.h"

#include <string.h>
#include <sys/ioctl.h>

#include "cmd/values.h"

enum {
	WIDTH = 80,	/* when nobody says */
	OPTION_INDENT = 33, /* of explanations */
	VERB_INDENT = 12,
	NARROW = 72,	/* below this, explanations stand below */
};

unsigned fa_help_width(FILE *out)
{
	struct winsize size;
	unsigned width = WIDTH;

	if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		width = size.ws_col;
	/* Longer lines are hard to read. */
	return width < 40 ? 40 : width > 100 ? 100 : width;
}

/* Prints LEN bytes of TEXT from column INDENT on, where the cursor is, broken at white space. */
static void print_wrapped(FILE *out, const char *text, size_t len, unsigned indent, unsigned width)
{
	const char *end = text + len;
	unsigned column = indent;

	while (text < end) {
		size_t word = strcspn(text, " \n");

		if (word > (size_t)(end - text))
			word = (size_t)(end - text);
		if (column > indent && column + 1 + word > width) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			fputc(' ', out);
			column++;
		}
		fprintf(out, "%.*s", (int)word, text);
		column += (unsigned)word;
		text += word;
		text += strspn(text, " \n");
	}
	fputc('\n', out);
}

/* LEFT, and TEXT beside it, or below where there is no room. */
static void print_pair(FILE *out, const char *left, unsigned indent, const char *text,
		       unsigned width)
{
	unsigned column = width < NARROW ? 8 : indent;
	int printed = fprintf(out, "%s", left);

	if (width < NARROW || printed + 2 > (int)indent)
		fprintf(out, "\n%*s", (int)column, "");
	else
		fprintf(out, "%*s", (int)indent - printed, "");
	print_wrapped(out, text, strlen(text), column, width);
}

/* A line of an example: bytes of the command, and of the comment behind two spaces or more. */
struct example {
	size_t command_len;
	const char *comment;
	size_t comment_len;
};

static struct example split_example(const char *line, size_t len)
{
	size_t indent = strspn(line, " ");
	struct example example = {len, NULL, 0};

	for (size_t i = indent; i + 1 < len; i++) {
		if (line[i] != ' ' || line[i + 1] != ' ')
			continue;
		example.command_len = i;
		example.comment = line + i + strspn(line + i, " ");
		example.comment_len = len - (size_t)(example.comment - line);
		break;
	}
	return example;
}

/* Prints the lines that begin with a space; returns what follows them. */
static const char *print_examples(FILE *out, const char *text, unsigned width)
{
	size_t column = 0;

	for (const char *line = text; line[0] == ' ';) {
		size_t len = strcspn(line, "\n");
		struct example example = split_example(line, len);

		if (example.comment != NULL && example.command_len > column)
			column = example.command_len;
		line += len + (line[len] == '\n');
	}
	column += 2;
	while (text[0] == ' ') {
		size_t len = strcspn(text, "\n");
		struct example example = split_example(text, len);

		fprintf(out, "%.*s", (int)example.command_len, text);
		if (example.comment == NULL) {
			fputc('\n', out);
		} else if (column + 20 > width) {
			fprintf(out, "\n%*s", 6, "");
			print_wrapped(out, example.comment, example.comment_len, 6, width);
		} else {
			fprintf(out, "%*s", (int)(column - example.command_len), "");
			print_wrapped(out, example.comment, example.comment_len, (unsigned)column,
				      width);
		}
		text += len + (text[len] == '\n');
	}
	return text;
}

void fa_print_text(FILE *out, const char *text, unsigned width)
{
	while (*text != '\0') {
		const char *end = text;

		if (*text == '\n') {
			fputc('\n', out);
			text++;
			continue;
		}
		if (*text == ' ') {
			text = print_examples(out, text, width);
			continue;
		}
		while (*end != '\0' && *end != '\n' && *end != ' ') {
			end += strcspn(end, "\n");
			end += *end == '\n';
		}
		print_wrapped(out, text, (size_t)(end - text) - (end > text && end[-1] == '\n'), 0,
			      width);
		text = end;
	}
}

/* A summary, which is a line of a list, as a sentence of its own. */
static void print_sentence(FILE *out, const char *text, unsigned width)
{
	char sentence[256];

	snprintf(sentence, sizeof(sentence), "%s.", text);
	if (sentence[0] >= 'a' && sentence[0] <= 'z')
		sentence[0] = (char)(sentence[0] - 'a' + 'A');
	print_wrapped(out, sentence, strlen(sentence), 0, width);
}

static void print_option(FILE *out, const struct fa_command *command,
			 const struct fa_option_row *row, unsigned width)
{
	char left[80];
	char help[512];
	const char *space = row->value != NULL ? " " : "";
	const char *value = row->value != NULL ? row->value : "";

	if (row->letter != 0)
		snprintf(left, sizeof(left), "  -%c, --%s%s%s", row->letter, row->name, space,
			 value);
	else
		snprintf(left, sizeof(left), "      --%s%s%s", row->name, space, value);
	fa_option_help(row, command, help, sizeof(help));
	print_pair(out, left, OPTION_INDENT, help, width);
}

static void print_options(FILE *out, const struct fa_command *command, const struct fa_verb *verb,
			  unsigned width)
{
	const char *group = NULL;

	for (size_t i = 0; i < fa_option_row_count; i++) {
		const struct fa_option_row *row = &fa_option_rows[i];

		if (row->name == NULL)
			group = row->help;
		if (!fa_option_is_of(row, command, verb))
			continue;
		if (group != NULL)
			fprintf(out, "\n%s:\n", group);
		group = NULL;
		print_option(out, command, row, width);
	}
	fputc('\n', out);
	print_pair(out, "  -h, --help", OPTION_INDENT, "this text", width);
	print_pair(out, "      --version", OPTION_INDENT, "the version", width);
}

static void print_usage(FILE *out, const struct fa_command *command, const struct fa_verb *verb)
{
	const struct fa_verb *v = NULL;
	const char *before = "Usage:";

	if (verb != NULL) {
		fprintf(out, "Usage: flowaudit %s %s [options]%s%s\n", command->name, verb->name,
			verb->usage[0] != '\0' ? " " : "", verb->usage);
		return;
	}
	while ((v = fa_verb_next(command, v)) != NULL) {
		fprintf(out, "%-6s flowaudit %s %s [options]%s%s\n", before, command->name, v->name,
			v->usage[0] != '\0' ? " " : "", v->usage);
		before = "";
	}
	if (before[0] != '\0')
		fprintf(out, "Usage: flowaudit %s %s\n", command->name, command->usage);
}

static void print_verbs(FILE *out, const struct fa_command *command, unsigned width)
{
	const struct fa_verb *verb = NULL;

	if (fa_verb_next(command, NULL) == NULL)
		return;
	fputc('\n', out);
	while ((verb = fa_verb_next(command, verb)) != NULL) {
		char left[40];

		snprintf(left, sizeof(left), "  %s", verb->name);
		print_pair(out, left, VERB_INDENT, verb->summary, width);
	}
}

void fa_print_help(FILE *out, const struct fa_command *command, const struct fa_verb *verb)
{
	const char *about = verb != NULL ? verb->about : command->about;
	const char *summary = verb != NULL ? verb->summary : command->summary;
	unsigned width = fa_help_width(out);

	print_usage(out, command, verb);
	fputc('\n', out);
	print_sentence(out, summary, width);
	if (verb == NULL)
		print_verbs(out, command, width);
	if (about[0] != '\0') {
		fputc('\n', out);
		fa_print_text(out, about, width);
	}
	print_options(out, command, verb, width);
	fprintf(out, "\nManual page: flowaudit-%s(1)\n", command->name);
}
