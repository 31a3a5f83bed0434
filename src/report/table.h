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
#include "report/buffer.h"
#include "report/report.h"

enum fa_cell_kind {
	FA_CELL_TEXT,
	FA_CELL_COUNT,
	FA_CELL_BYTES,
	FA_CELL_TIME,	 /* nanoseconds since 1970, UTC */
	FA_CELL_VERDICT, /* "documented"; formats may colour it */
	FA_CELL_ID,	 /* a number that counts nothing: a port, a run; never "8,243" */
};

struct fa_table_column {
	const char *name;  /* for programs: "first_seen" */
	const char *title; /* for people: "first seen" */
	enum fa_cell_kind kind;
	bool detail; /* for programs; tables for people may leave it out, others say it in words */
};

struct fa_table {
	const char *id;	   /* for programs and file names: "findings" */
	const char *title; /* for people: "Findings" */
	const char *empty; /* what it means when there are no rows: "Nothing to look at."; NULL: who
			      writes for people leaves the table out then */
	const struct fa_table_column *columns;
	size_t column_count;
	size_t brief;	/* rows for people who did not ask for all; 0: all rows */
	bool on_demand; /* such people do not see it at all */
	bool single;	/* has one row, which reads better with a line for each column */
};

/* Text and verdict have TEXT, counts, bytes and ids COUNT, times NS. */
struct fa_cell {
	const char *text; /* borrowed until the call returns; NULL is "" */
	uint64_t count;
	int64_t ns;
	bool none;     /* there is no value: empty, and not 0 */
	bool harmless; /* the text has been through fa_text_safe, which is not to be done twice */
};

/* What begin returns when it wants neither rows nor end of this table. */
enum { FA_TABLE_SKIP = 1 };

/* Every function returns 0, or what the caller is to stop with. */
struct fa_table_sink {
	void *context;
	/* Or FA_TABLE_SKIP. */
	int (*begin)(void *context, const struct fa_table *table);
	int (*row)(void *context, const struct fa_cell *cells); /* as many as there are columns */
	int (*end)(void *context);
};

/*
 * The plain text of a cell without anything harmful in it (fa_text_safe; new lines and tabs are
 * spaces): digits, "2026-11-22T01:02:03.000004Z", "" where there is no value.
 */
void fa_cell_add(struct fa_buffer *out, enum fa_cell_kind kind, const struct fa_cell *cell);

/* The tables of a stored run: run, summary, findings, expectations, conversations, waivers,
 * catalogs, losses, loss_pairs, layers, interfaces, windows. 0 or an error with its message. */
int fa_tables_run(const struct fa_history *history, int64_t run, const struct fa_table_sink *sink,
		  struct fa_diag *diag);

/* The tables of a drift: sides, counts, one for each section. NOW_HISTORY: see fa_drift_write. */
int fa_tables_drift(const struct fa_drift *drift, const struct fa_history *now_history,
		    const struct fa_table_sink *sink, struct fa_diag *diag);

#endif
