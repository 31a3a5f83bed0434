/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Formats that tables are told to. Each is prepared, handed the tables through its sink (see
 * table.h), and closed; the memory is the caller's.
 */
#ifndef FA_REPORT_SINKS_H
#define FA_REPORT_SINKS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "report/buffer.h"
#include "report/output.h"
#include "report/table.h"

/*
 * CSV (RFC 4180): comma, CRLF, quotes where needed, UTF-8 without a mark. The first line holds the
 * names of the columns. Times are RFC 3339, what has no value is empty.
 *
 * A text that a spreadsheet could take for a formula gets an apostrophe before it: one that begins
 * with = + - @ or their full-width variants, also after spaces and quotes. So does one that begins
 * with an apostrophe, so that readers take away one apostrophe from every text that has one and
 * have what was there. Within a text, a semicolon before such a character is \x3b, since some
 * spreadsheets take it for the end of the cell.
 */
struct fa_csv {
	FILE *out;
	const char *section; /* only the table of this id; NULL: every one, one after the other */
	bool found;	     /* the section was there */
	const struct fa_table *table; /* that is being written; NULL: none */
	struct fa_buffer line;
	struct fa_diag *diag;
};

struct fa_table_sink fa_sink_csv(struct fa_csv *csv, FILE *out, const char *section,
				 struct fa_diag *diag);
void fa_csv_deinit(struct fa_csv *csv);

/* One cell as the sink writes it, after those that are there already. */
void fa_csv_add(struct fa_buffer *line, enum fa_cell_kind kind, const struct fa_cell *cell);

/*
 * The same with a file of its own for each table, "findings.csv", in the folder DIR, which is made
 * where it is missing. No file changes before fa_csv_folder_commit, which puts all of them in place.
 */
#define FA_CSV_FILES 16

struct fa_csv_folder {
	const char *dir;
	const char *section; /* only this table; NULL: all */
	struct fa_output files[FA_CSV_FILES];
	size_t count;
	struct fa_csv csv;
	struct fa_table_sink current; /* of that; its table is NULL between tables */
	struct fa_diag *diag;
};

struct fa_table_sink fa_sink_csv_folder(struct fa_csv_folder *folder, const char *dir,
					const char *section, struct fa_diag *diag);
/* Puts the files in place. After an error some of them may be: the message names the other. */
int fa_csv_folder_commit(struct fa_csv_folder *folder);
/* Leaves everything as it was. */
void fa_csv_folder_abort(struct fa_csv_folder *folder);

/*
 * Markdown as GitHub reads it: a heading and a table each. Words from outside are shown as they
 * are: nothing in them makes markup, a link, a mention or HTML.
 */
struct fa_markdown {
	FILE *out;
	bool all;	  /* every row, and the tables that are there on demand */
	const char *more; /* the command that shows the rest, harmless: "flowaudit report --all" */
	const char *section; /* only the table of this id; NULL: all */
	const struct fa_table *table;
	uint64_t rows; /* of that table, shown or not */
	struct fa_buffer line, cell;
	struct fa_diag *diag;
};

struct fa_table_sink fa_sink_markdown(struct fa_markdown *markdown, FILE *out, bool all,
				      struct fa_diag *diag);
void fa_markdown_deinit(struct fa_markdown *markdown);

/* Harmless text (see fa_cell_add) as a part of a line or a cell. */
void fa_markdown_add(struct fa_buffer *line, const char *text);

#endif
