/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables as Markdown, for a ticket or a merge request. */
#include "report/sinks.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/time.h"

static bool is_letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* ASCII that means nothing to Markdown by itself, wherever it stands in a line. */
static bool is_plain(unsigned char c)
{
	return is_letter_or_digit((char)c) || c >= 0x80 || strchr(" ,.;:()/-'%\"", c) != NULL;
}

/* Whether GitHub may take the word that begins here for a commit, or for an issue ("GH-12"). */
static bool is_reference(const char *word)
{
	size_t len = strspn(word, "0123456789abcdefABCDEF");

	return (len >= 7 && !is_letter_or_digit(word[len])) || strncasecmp(word, "gh-", 3) == 0;
}

/* Whether what begins here becomes a link or a picture without any mark. */
static bool is_link(const char *text)
{
	if (strncasecmp(text, "www.", 4) == 0 || strncmp(text, "://", 3) == 0)
		return true;
	/* :smile: */
	return text[0] == ':' && is_letter_or_digit(text[1]) && strchr(text + 1, ':') != NULL;
}

static bool is_harmless(const char *text)
{
	for (const char *at = text; *at != '\0'; at++) {
		bool begins = at == text || !is_letter_or_digit(at[-1]);

		if (!is_plain((unsigned char)*at) || is_link(at) || (begins && is_reference(at)))
			return false;
	}
	return true;
}

/* The longest run of backticks in TEXT. */
static size_t most_ticks(const char *text)
{
	size_t most = 0;

	while (*text != '\0') {
		size_t ticks = strspn(text, "`");

		most = ticks > most ? ticks : most;
		text += ticks > 0 ? ticks : 1;
	}
	return most;
}

/*
 * A code span, in which nothing has a meaning but the pipe of a table: that takes a backslash
 * (GitHub Flavored Markdown 4.10). Backslashes come in pairs here, so it is never one of a pair.
 */
static void add_code(struct fa_buffer *line, const char *text)
{
	size_t ticks = most_ticks(text) + 1;
	size_t len = strlen(text);
	const char *pad;

	/* One space at each end is taken away again, where both have one and there is more. */
	pad = text[0] == '`' || text[len - 1] == '`' || (text[0] == ' ' && text[len - 1] == ' ')
		      ? " "
		      : "";
	for (size_t i = 0; i < ticks; i++)
		fa_buffer_add(line, "`");
	fa_buffer_add(line, pad);
	while (*text != '\0') {
		size_t plain = strcspn(text, "|");

		fa_buffer_addf(line, "%.*s%s", (int)plain, text, text[plain] != '\0' ? "\\|" : "");
		text += plain + (text[plain] != '\0');
	}
	fa_buffer_add(line, pad);
	for (size_t i = 0; i < ticks; i++)
		fa_buffer_add(line, "`");
}

void fa_markdown_add(struct fa_buffer *line, const char *text)
{
	if (is_harmless(text))
		fa_buffer_add(line, text);
	else
		add_code(line, text);
}

static void add_cell(struct fa_markdown *markdown, enum fa_cell_kind kind,
		     const struct fa_cell *cell)
{
	struct fa_buffer *line = &markdown->line;
	char text[FA_NUMBER_TEXT];
	char time[FA_TIME_TEXT];

	if (cell->none)
		return;
	switch (kind) {
	case FA_CELL_COUNT:
		fa_buffer_add(line, fa_number_text(cell->count, text));
		break;
	case FA_CELL_BYTES:
		fa_buffer_add(line, fa_bytes_text(cell->count, text));
		break;
	case FA_CELL_TIME:
		fa_buffer_add(line, fa_time_text_short(cell->ns, time));
		break;
	case FA_CELL_TEXT:
	case FA_CELL_VERDICT:
	case FA_CELL_ID:
		fa_buffer_reset(&markdown->cell);
		fa_cell_add(&markdown->cell, kind, cell);
		fa_markdown_add(line, fa_buffer_text(&markdown->cell));
		line->failed = line->failed || markdown->cell.failed;
		break;
	}
}

static int put_line(struct fa_markdown *markdown)
{
	if (markdown->line.failed)
		return fa_fail(markdown->diag, FA_ENOMEM, "out of memory while writing Markdown");
	fa_buffer_add(&markdown->line, "\n");
	fputs(fa_buffer_text(&markdown->line), markdown->out);
	fa_buffer_reset(&markdown->line);
	return fa_output_check(markdown->out, markdown->diag);
}

static bool is_number(enum fa_cell_kind kind)
{
	return kind == FA_CELL_COUNT || kind == FA_CELL_BYTES;
}

static void put_heading(struct fa_markdown *markdown)
{
	fprintf(markdown->out, "\n## %s\n\n", markdown->table->title);
}

/* Heading and head of the table: when there is something to put below. */
static int put_head(struct fa_markdown *markdown)
{
	const struct fa_table *table = markdown->table;
	struct fa_buffer *line = &markdown->line;
	int err;

	put_heading(markdown);
	if (table->single) {
		fputs("| | |\n|---|---|\n", markdown->out);
		return 0;
	}
	for (size_t i = 0; i < table->column_count; i++)
		if (!table->columns[i].detail)
			fa_buffer_addf(line, "| %s ", table->columns[i].title);
	fa_buffer_add(line, "|");
	err = put_line(markdown);
	for (size_t i = 0; i < table->column_count; i++)
		if (!table->columns[i].detail)
			fa_buffer_add(line, is_number(table->columns[i].kind) ? "|--:" : "|---");
	fa_buffer_add(line, "|");
	return err == 0 ? put_line(markdown) : err;
}

static bool wants(const struct fa_markdown *markdown, const struct fa_table *table)
{
	if (markdown->section != NULL)
		return strcmp(markdown->section, table->id) == 0;
	return !table->on_demand || markdown->all;
}

static int begin(void *context, const struct fa_table *table)
{
	struct fa_markdown *markdown = context;

	markdown->table = table;
	markdown->rows = 0;
	return wants(markdown, table) ? 0 : FA_TABLE_SKIP;
}

/* A line for each column of the only row. */
static int put_single(struct fa_markdown *markdown, const struct fa_cell *cells)
{
	const struct fa_table *table = markdown->table;
	int err = 0;

	for (size_t i = 0; err == 0 && i < table->column_count; i++) {
		if (table->columns[i].detail)
			continue;
		fa_buffer_addf(&markdown->line, "| %s | ", table->columns[i].title);
		add_cell(markdown, table->columns[i].kind, &cells[i]);
		fa_buffer_add(&markdown->line, " |");
		err = put_line(markdown);
	}
	return err;
}

static int put_row(void *context, const struct fa_cell *cells)
{
	struct fa_markdown *markdown = context;
	const struct fa_table *table = markdown->table;
	int err = 0;

	if (markdown->rows++ == 0)
		err = put_head(markdown);
	if (err != 0 || (!markdown->all && table->brief > 0 && markdown->rows > table->brief))
		return err;
	if (table->single)
		return put_single(markdown, cells);
	for (size_t i = 0; i < table->column_count; i++) {
		if (table->columns[i].detail)
			continue;
		fa_buffer_add(&markdown->line, "| ");
		add_cell(markdown, table->columns[i].kind, &cells[i]);
		fa_buffer_add(&markdown->line, " ");
	}
	fa_buffer_add(&markdown->line, "|");
	return put_line(markdown);
}

static int end(void *context)
{
	struct fa_markdown *markdown = context;
	const struct fa_table *table = markdown->table;
	char number[FA_NUMBER_TEXT];

	if (markdown->rows == 0 && table->empty != NULL) {
		put_heading(markdown);
		fprintf(markdown->out, "%s\n", table->empty);
	}
	if (!markdown->all && table->brief > 0 && markdown->rows > table->brief) {
		fa_buffer_addf(&markdown->line, "\n… and %s more",
			       fa_number_text(markdown->rows - table->brief, number));
		if (markdown->more != NULL) {
			fa_buffer_add(&markdown->line, ": ");
			add_code(&markdown->line, markdown->more);
		}
		return put_line(markdown);
	}
	return fa_output_check(markdown->out, markdown->diag);
}

struct fa_table_sink fa_sink_markdown(struct fa_markdown *markdown, FILE *out, bool all,
				      struct fa_diag *diag)
{
	memset(markdown, 0, sizeof(*markdown));
	markdown->out = out;
	markdown->all = all;
	markdown->diag = diag;
	return (struct fa_table_sink){markdown, begin, put_row, end};
}

void fa_markdown_deinit(struct fa_markdown *markdown)
{
	fa_buffer_deinit(&markdown->line);
	fa_buffer_deinit(&markdown->cell);
}
