/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A drift as tables; private to src/report/drift*. See fa_tables_drift. */
#ifndef FA_REPORT_DRIFT_TABLES_H
#define FA_REPORT_DRIFT_TABLES_H

#include "report/drift_words.h"
#include "report/row.h"

/* The table that has every difference, whatever its section. */
#define FA_DRIFT_ALL "differences"

/* What every table gets. */
struct fa_drift_tables {
	struct fa_drift_about about;
	struct fa_row row;
	bool is_page; /* see fa_drift_tables_tell_page */
	struct fa_diag *diag;
};

/* Tables of differences, with the columns that people do not need in this section marked. */
#define FA_DRIFT_COLUMNS 58

struct fa_drift_table {
	struct fa_table table;
	struct fa_table_column columns[FA_DRIFT_COLUMNS];
};

/* The table of a section; FA_DRIFT_SECTION_COUNT: of all of them. */
void fa_drift_table_init(struct fa_drift_table *table, unsigned section, bool is_page);
/* Writes it. 0 or an error with its message. */
int fa_drift_table_write(struct fa_drift_tables *tables, const struct fa_drift_table *table,
			 unsigned section);

/* The two sides, and the counts by section and cause. */
int fa_drift_table_sides(struct fa_drift_tables *tables);
int fa_drift_table_counts(struct fa_drift_tables *tables);

/*
 * The tables of fa_tables_drift as a page of HTML has them: with the rows of catalogs, which it
 * leads to, at most FA_DRIFT_PAGE_ROWS rows for each section, and their ids as
 * fa_drift_table_page_id has them, since a page of a run has expectations and waivers, too.
 */
#define FA_DRIFT_PAGE_ROWS 5000

int fa_drift_tables_tell_page(const struct fa_drift *drift, const struct fa_history *now_history,
			      const struct fa_table_sink *sink, struct fa_diag *diag);
/* "drift-appeared" */
const char *fa_drift_table_page_id(unsigned section);

/* All differences in one table. */
int fa_tables_drift_list(const struct fa_drift *drift, const struct fa_history *now_history,
			 const struct fa_table_sink *sink, struct fa_diag *diag);

#endif
