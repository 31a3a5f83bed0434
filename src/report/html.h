/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reports as one HTML file that needs nothing else: the frame of a page, texts made harmless, and
 * tables. Whoever has a subject writes its sections between fa_html_begin and fa_html_end.
 *
 * The page may load nothing and run nothing but its own script (Content-Security-Policy), so there
 * are no style attributes and no event handlers in what is written. Functions do not fail: streams
 * remember, and so does "failed"; fa_html_end tells.
 */
#ifndef FA_REPORT_HTML_H
#define FA_REPORT_HTML_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/verdict.h"
#include "report/buffer.h"
#include "report/table.h"

struct fa_html {
	FILE *out;
	bool failed;		 /* no memory */
	struct fa_buffer text;	 /* of what is being written */
	size_t data_room;	 /* bytes that data of tables may still take */
	const char *more;	 /* the command that has all rows; NULL: none */
	struct fa_diag *diag;
};

/* A section that the page offers at its top; ends with id NULL. */
struct fa_html_part {
	const char *id, *title;
};

void fa_html_begin(struct fa_html *page, FILE *out, const char *title,
		   const struct fa_html_part *parts, struct fa_diag *diag);
/* 0, or an error with its message. Frees what the page holds, also when it was never begun. */
int fa_html_end(struct fa_html *page, const char *version);
void fa_html_deinit(struct fa_html *page);

/* Our own markup. */
void fa_html_put(struct fa_html *page, const char *markup);
void fa_html_putf(struct fa_html *page, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Our own words, or what fa_text_safe has made harmless: what would be markup is escaped. Also for
 * the values of attributes, in double quotes. NULL is "". */
void fa_html_words(struct fa_html *page, const char *words);
/* Anybody's text, of any length. */
void fa_html_text(struct fa_html *page, const char *text);
/* The same, cut to COLUMNS with an ellipsis. */
void fa_html_clip(struct fa_html *page, const char *text, size_t columns);
/* Within a string of JSON in a script element, without the quotes. */
void fa_html_json(FILE *out, const char *words);

/* Headings of the second level make sections; the id is our own. */
void fa_html_section(struct fa_html *page, const char *id, const char *title);
void fa_html_section_end(struct fa_html *page);

/* A word with its mark and colour. */
void fa_html_verdict(struct fa_html *page, enum fa_verdict verdict);
/* The mark alone, for drawings; the style sheet has the same. */
const char *fa_html_mark(enum fa_verdict verdict);

/* `<a href="#finding-3">`; ids of places within the page are made of a kind and a name. The kind is
 * our own, the name anybody's. */
void fa_html_link(struct fa_html *page, const char *kind, const char *name);
/* ` id="finding-3"` */
void fa_html_anchor(struct fa_html *page, const char *kind, const char *name);

/*
 * Tables of table.h, each a section that people sort and filter; those that have one row become
 * lists of facts. Of a long table the first rows stand in the page, and all of them in a block of
 * data from which the script makes pages.
 */
#define FA_HTML_PAGE_ROWS 200 /* as in report.js */
/*
 * Of all tables together, so that a page stays below 15 MB. A table may take four fifths of what
 * those before it left; the rest of its rows is left out, and said to be.
 */
#define FA_HTML_DATA_BYTES 13000000

struct fa_html_table;

struct fa_html_tables {
	struct fa_html *page;
	void *context; /* for those below, each of which may be NULL */
	/* Whether the page has told this table already. */
	bool (*skip)(void *context, const char *table);
	/* What follows a table that was not skipped. 0, or what to stop with. */
	int (*after)(void *context, const char *table);
	/* Whether the page has or will have the place KIND-NAME: "rule" and an id, "finding" and a
	 * number. */
	bool (*has_place)(void *context, const char *kind, const char *name);
	struct fa_html_table *current; /* private; NULL at first */
};

struct fa_table_sink fa_html_sink(struct fa_html_tables *tables);
void fa_html_tables_deinit(struct fa_html_tables *tables);

#endif
