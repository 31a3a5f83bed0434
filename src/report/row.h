/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows of a table on their way to a sink: cells in the order of the columns, and room for texts
 * that are made for one row. Private to src/report.
 */
#ifndef FA_REPORT_ROW_H
#define FA_REPORT_ROW_H

#include "report/buffer.h"
#include "report/table.h"

#define FA_ROW_CELLS 64 /* columns of the widest table */

struct fa_row {
	const struct fa_table_sink *sink;
	const struct fa_table *table; /* NULL between tables */
	bool skipped; /* the sink does not want it: rows may be put, and go nowhere */
	struct fa_cell cells[FA_ROW_CELLS];
	struct fa_buffer made[FA_ROW_CELLS]; /* texts of this row; by column */
	size_t count;
	struct fa_diag *diag;
};

void fa_row_deinit(struct fa_row *row);

/* A table begins, and ends. 0 or what the sink returned. */
int fa_row_begin(struct fa_row *row, const struct fa_table *table);
int fa_row_end(struct fa_row *row);

/* The next cell. Texts are raw, and borrowed until fa_row_put. */
void fa_row_text(struct fa_row *row, const char *text);
void fa_row_count(struct fa_row *row, uint64_t count);
void fa_row_time(struct fa_row *row, int64_t ns);
void fa_row_none(struct fa_row *row);
void fa_row_yes(struct fa_row *row, bool yes); /* "yes", "no" */
void fa_row_addr(struct fa_row *row, const struct fa_addr *addr); /* none for version 0 */
void fa_row_digits(struct fa_row *row, uint64_t hash);		  /* 16 hex digits */
/* A time of those that only count where FIRST is not after LAST. */
void fa_row_seen(struct fa_row *row, int64_t first_ns, int64_t last_ns);
/* The next cell as a text that the caller makes, harmless as fa_buffer_safe leaves it. */
struct fa_buffer *fa_row_make(struct fa_row *row);

/* The row is whole. 0 or what the sink returned; FA_ENOMEM when a text could not be made. */
int fa_row_put(struct fa_row *row);

#endif
