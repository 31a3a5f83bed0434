/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reports as tables: what CSV, Markdown and HTML have in common. Whoever knows a subject (a stored
 * run, a drift) tells its tables to a sink, row by row; a format is a sink. Nothing is gathered, so
 * a table may have any number of rows.
 *
 * Texts are raw: every format makes them harmless in its own way, after fa_text_safe.
 */
#ifndef FA_REPORT_TABLE_H
#define FA_REPORT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "core/drift.h"
#include "core/history.h"
#include "report/report.h"

enum fa_cell_kind {
	FA_CELL_TEXT,
	FA_CELL_COUNT,
	FA_CELL_BYTES,
	FA_CELL_TIME,	 /* nanoseconds since 1970, UTC */
	FA_CELL_VERDICT, /* "documented"; formats may colour it */
};

struct fa_table_column {
	const char *name;  /* for programs: "first_seen" */
	const char *title; /* for people: "first seen" */
	enum fa_cell_kind kind;
};

struct fa_table {
	const char *id;	   /* for programs and file names: "findings" */
	const char *title; /* for people: "Findings" */
	const char *empty; /* what it means when there are no rows: "Nothing to look at." */
	const struct fa_table_column *columns;
	size_t column_count;
};

/* Text and verdict have TEXT, counts and bytes COUNT, times NS. */
struct fa_cell {
	const char *text; /* borrowed until the call returns; NULL is "" */
	uint64_t count;
	int64_t ns;
	bool none; /* there is no value: empty, and not 0 */
};

/* Every function returns 0, or what the caller is to stop with. */
struct fa_table_sink {
	void *context;
	int (*begin)(void *context, const struct fa_table *table);
	int (*row)(void *context, const struct fa_cell *cells); /* as many as there are columns */
	int (*end)(void *context);
};

/* The tables of a stored run: run, summary, findings, conversations, expectations, waivers,
 * catalogs, losses. 0 or an error with its message. */
int fa_tables_run(const struct fa_history *history, int64_t run, const struct fa_table_sink *sink,
		  struct fa_diag *diag);

/* The tables of a drift: sides, counts, one for each section. */
int fa_tables_drift(const struct fa_drift *drift, const struct fa_table_sink *sink,
		    struct fa_diag *diag);

#endif
