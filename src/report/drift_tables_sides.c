/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A drift as tables: the sides, the counts, and in which order. */
#include "report/drift_tables.h"

#include <stdlib.h>
#include <string.h>

static const struct fa_table_column side_columns[] = {
	{"side", "side", FA_CELL_TEXT, false},
	{"chosen", "which", FA_CELL_TEXT, false},
	{"first_run", "first run", FA_CELL_ID, true},
	{"last_run", "last run", FA_CELL_ID, true},
	{"runs", "runs", FA_CELL_COUNT, true},
	{"database", "database", FA_CELL_TEXT, true},
	{"source", "source", FA_CELL_TEXT, false},
	{"site", "site", FA_CELL_TEXT, false},
	{"started", "first packet (UTC)", FA_CELL_TIME, false},
	{"ended", "last packet (UTC)", FA_CELL_TIME, false},
	{"packets", "packets", FA_CELL_COUNT, false},
	{"bytes", "bytes", FA_CELL_BYTES, false},
	{"lost", "packets lost", FA_CELL_COUNT, true},
	{"loss", "loss", FA_CELL_TEXT, false},
	{"confidence", "confidence", FA_CELL_TEXT, false},
	{"complete", "complete", FA_CELL_TEXT, true},
	{"conversations", "conversations", FA_CELL_COUNT, false},
	{"flows", "flows", FA_CELL_COUNT, true},
	{"findings", "findings", FA_CELL_COUNT, false},
	{"unseen", "expected and not seen", FA_CELL_COUNT, false},
	{"version", "flowaudit", FA_CELL_TEXT, true},
};

static const struct fa_table side_table = {
	.id = "sides",
	.title = "What is compared",
	.columns = side_columns,
	.column_count = sizeof(side_columns) / sizeof(side_columns[0]),
};

static int put_side(struct fa_row *row, const char *side, const struct fa_span_facts *facts,
		    const char *words)
{
	char text[FA_NUMBER_TEXT];

	fa_row_text(row, side);
	fa_drift_say_span(fa_row_make(row), facts, words);
	fa_row_count(row, (uint64_t)facts->first_run);
	fa_row_count(row, (uint64_t)facts->last_run);
	fa_row_count(row, facts->runs);
	fa_row_text(row, facts->database);
	fa_row_text(row, facts->source);
	fa_row_text(row, facts->site);
	if (facts->packets > 0) {
		fa_row_time(row, facts->first_ns);
		fa_row_time(row, facts->last_ns);
	} else {
		fa_row_none(row);
		fa_row_none(row);
	}
	fa_row_count(row, facts->packets);
	fa_row_count(row, facts->bytes);
	fa_row_count(row, facts->lost);
	fa_row_text(row, fa_drift_loss_text(facts, text));
	fa_row_text(row, fa_drift_confidence(facts));
	fa_row_yes(row, facts->ended_well);
	fa_row_count(row, facts->conversations);
	fa_row_count(row, facts->flows);
	fa_row_count(row, facts->findings);
	fa_row_count(row, facts->unseen);
	fa_row_text(row, facts->version);
	return fa_row_put(row);
}

int fa_drift_table_sides(struct fa_drift_tables *tables)
{
	const struct fa_drift *drift = tables->about.drift;
	int err = fa_row_begin(&tables->row, &side_table);

	if (err == 0)
		err = put_side(&tables->row, "before", &drift->before, drift->before_words);
	if (err == 0)
		err = put_side(&tables->row, "now", &drift->now, drift->now_words);
	return err == 0 ? fa_row_end(&tables->row) : err;
}

/* In the order of the causes. */
static const struct fa_table_column count_columns[] = {
	{"section", "section", FA_CELL_TEXT, false},
	{"all", "all", FA_CELL_COUNT, false},
#define FA_X(name, text) {text, text, FA_CELL_COUNT, false},
	FA_DRIFT_CAUSES(FA_X)
#undef FA_X
};

static const struct fa_table count_table = {
	.id = "counts",
	.title = "Differences by cause",
	.columns = count_columns,
	.column_count = sizeof(count_columns) / sizeof(count_columns[0]),
};

int fa_drift_table_counts(struct fa_drift_tables *tables)
{
	const struct fa_drift *drift = tables->about.drift;
	uint64_t counts[FA_DRIFT_SECTION_COUNT][FA_CAUSE_COUNT];
	struct fa_row *row = &tables->row;
	int err = fa_row_begin(row, &count_table);

	fa_drift_count(drift, counts);
	for (unsigned i = 0; err == 0 && i < FA_DRIFT_SECTION_COUNT; i++) {
		fa_row_text(row, fa_drift_section_text(i));
		fa_row_count(row, drift->in_section[i]);
		for (unsigned j = 0; j < FA_CAUSE_COUNT; j++)
			fa_row_count(row, counts[i][j]);
		err = fa_row_put(row);
	}
	return err == 0 ? fa_row_end(row) : err;
}

/* --- All of it --- */

static void begin(struct fa_drift_tables *tables, const struct fa_drift *drift,
		  const struct fa_history *now_history, const struct fa_table_sink *sink,
		  struct fa_diag *diag)
{
	memset(tables, 0, sizeof(*tables));
	tables->about = (struct fa_drift_about){drift, now_history};
	tables->row.sink = sink;
	tables->row.diag = diag;
	tables->diag = diag;
}

static int tell(const struct fa_drift *drift, const struct fa_history *now_history, bool is_page,
		const struct fa_table_sink *sink, struct fa_diag *diag)
{
	struct fa_drift_table table;
	struct fa_drift_tables tables;
	int err;

	begin(&tables, drift, now_history, sink, diag);
	tables.is_page = is_page;
	err = fa_drift_table_sides(&tables);
	if (err == 0)
		err = fa_drift_table_counts(&tables);
	for (unsigned i = 0; err == 0 && i < FA_DRIFT_SECTION_COUNT; i++) {
		fa_drift_table_init(&table, i, is_page);
		err = fa_drift_table_write(&tables, &table, i);
	}
	fa_row_deinit(&tables.row);
	return err;
}

int fa_tables_drift(const struct fa_drift *drift, const struct fa_history *now_history,
		    const struct fa_table_sink *sink, struct fa_diag *diag)
{
	return tell(drift, now_history, false, sink, diag);
}

int fa_drift_tables_tell_page(const struct fa_drift *drift, const struct fa_history *now_history,
			      const struct fa_table_sink *sink, struct fa_diag *diag)
{
	return tell(drift, now_history, true, sink, diag);
}

int fa_tables_drift_list(const struct fa_drift *drift, const struct fa_history *now_history,
			 const struct fa_table_sink *sink, struct fa_diag *diag)
{
	struct fa_drift_table table;
	struct fa_drift_tables tables;
	int err;

	begin(&tables, drift, now_history, sink, diag);
	fa_drift_table_init(&table, FA_DRIFT_SECTION_COUNT, false);
	err = fa_drift_table_write(&tables, &table, FA_DRIFT_SECTION_COUNT);
	fa_row_deinit(&tables.row);
	return err;
}
