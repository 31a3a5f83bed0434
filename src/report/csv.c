/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables as comma-separated values that are also safe to open in a spreadsheet. */
#include "report/sinks.h"

#include <string.h>

/* What begins a formula: also the full-width plus, minus, equals and at (U+FF0B, 0D, 1D, 20). */
static const char *const triggers[] = {
	"=", "+", "-", "@", "\t", "\r", "\uff0b", "\uff0d", "\uff1d", "\uff20",
};

/* Whether a spreadsheet may take what begins here for a formula. */
static bool is_formula(const char *text)
{
	text += strspn(text, " \"'");
	for (size_t i = 0; i < sizeof(triggers) / sizeof(triggers[0]); i++)
		if (strncmp(text, triggers[i], strlen(triggers[i])) == 0)
			return true;
	return false;
}

/*
 * Whether a cell that begins here, where semicolons end cells, would be a formula, or would take
 * the cells behind it for its own: with a quote, which also stands at the end.
 */
static bool begins_cell(const char *text)
{
	return is_formula(text) || text[0] == '"' || text[0] == '\0';
}

/* Adds TEXT with its quotes doubled; it stands in quotes. */
static void add_quoted(struct fa_buffer *line, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\";");

		fa_buffer_addf(line, "%.*s", (int)len, text);
		text += len;
		if (*text == '\0')
			return;
		if (*text == '"')
			fa_buffer_add(line, "\"\"");
		else
			fa_buffer_add(line, begins_cell(text + 1) ? "\\x3b" : ";");
		text++;
	}
}

void fa_csv_add(struct fa_buffer *line, enum fa_cell_kind kind, const struct fa_cell *cell)
{
	bool is_text = kind == FA_CELL_TEXT || kind == FA_CELL_VERDICT;
	struct fa_buffer text = {0};
	const char *plain;

	fa_cell_add(&text, kind, cell);
	plain = fa_buffer_text(&text);
	/* Quotes for a text that an apostrophe guards, too: spreadsheets then show it as one. */
	if (!is_text || (!is_formula(plain) && strpbrk(plain, "\",;\r\n'") == NULL)) {
		fa_buffer_add(line, plain);
	} else {
		fa_buffer_add(line, "\"");
		if (is_formula(plain) || plain[0] == '\'')
			fa_buffer_add(line, "'");
		add_quoted(line, plain);
		fa_buffer_add(line, "\"");
	}
	line->failed = line->failed || text.failed;
	fa_buffer_deinit(&text);
}

static int put_line(struct fa_csv *csv)
{
	int err;

	if (csv->line.failed)
		return fa_fail(csv->diag, FA_ENOMEM, "out of memory while writing CSV");
	fa_buffer_add(&csv->line, "\r\n");
	fputs(fa_buffer_text(&csv->line), csv->out);
	fa_buffer_reset(&csv->line);
	err = fa_output_check(csv->out, csv->diag);
	return err;
}

static int begin(void *context, const struct fa_table *table)
{
	struct fa_csv *csv = context;

	if (csv->section != NULL && strcmp(csv->section, table->id) != 0)
		return FA_TABLE_SKIP;
	csv->table = table;
	csv->found = true;
	fa_buffer_reset(&csv->line);
	for (size_t i = 0; i < table->column_count; i++)
		fa_buffer_addf(&csv->line, "%s%s", i > 0 ? "," : "", table->columns[i].name);
	return put_line(csv);
}

static int put_row(void *context, const struct fa_cell *cells)
{
	struct fa_csv *csv = context;

	for (size_t i = 0; i < csv->table->column_count; i++) {
		if (i > 0)
			fa_buffer_add(&csv->line, ",");
		fa_csv_add(&csv->line, csv->table->columns[i].kind, &cells[i]);
	}
	return put_line(csv);
}

static int end(void *context)
{
	struct fa_csv *csv = context;

	csv->table = NULL;
	return 0;
}

struct fa_table_sink fa_sink_csv(struct fa_csv *csv, FILE *out, const char *section,
				 struct fa_diag *diag)
{
	memset(csv, 0, sizeof(*csv));
	csv->out = out;
	csv->section = section;
	csv->diag = diag;
	return (struct fa_table_sink){csv, begin, put_row, end};
}

void fa_csv_deinit(struct fa_csv *csv)
{
	fa_buffer_deinit(&csv->line);
}
