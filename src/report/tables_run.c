/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of a stored run: the run itself, its verdicts, the catalogs. */
#include "report/tables.h"

#include "report/words.h"

static const struct fa_table_column head_columns[] = {
	{"run", "run", FA_CELL_ID, false},
	{"kind", "kind", FA_CELL_TEXT, false},
	{"state", "state", FA_CELL_TEXT, false},
	{"source", "source", FA_CELL_TEXT, false},
	{"filter", "filter", FA_CELL_TEXT, true},
	{"link_types", "link types", FA_CELL_TEXT, true},
	{"site", "site", FA_CELL_TEXT, false},
	{"site_digest", "site file", FA_CELL_TEXT, true},
	{"waivers_digest", "waivers file", FA_CELL_TEXT, true},
	{"started", "first packet (UTC)", FA_CELL_TIME, false},
	{"ended", "last packet (UTC)", FA_CELL_TIME, false},
	{"committed", "last stored (UTC)", FA_CELL_TIME, true},
	{"packets", "packets", FA_CELL_COUNT, false},
	{"bytes", "bytes", FA_CELL_BYTES, false},
	{"decoded", "packets decoded", FA_CELL_COUNT, true},
	{"not_decoded", "packets not decoded", FA_CELL_COUNT, true},
	{"duplicates", "duplicates", FA_CELL_COUNT, true},
	{"flows", "flows", FA_CELL_COUNT, false},
	{"conversations", "conversations", FA_CELL_COUNT, false},
	{"findings", "findings", FA_CELL_COUNT, false},
	{"expectations_seen", "expected and seen", FA_CELL_COUNT, false},
	{"expectations_refused", "expected and refused", FA_CELL_COUNT, false},
	{"expectations_unseen", "expected and not seen", FA_CELL_COUNT, false},
	{"expectations_not_observable", "expected, could not be seen here", FA_CELL_COUNT, false},
	{"sandboxed", "confined", FA_CELL_TEXT, true},
	{"version", "flowaudit", FA_CELL_TEXT, false},
	{"confidence", "confidence", FA_CELL_TEXT, false},
	{"confidence_reason", "measured", FA_CELL_TEXT, false},
	{"duplicates_left", "repeated, but counted", FA_CELL_COUNT, true},
	{"duplicates_mode", "removal of duplicates", FA_CELL_TEXT, true},
	{"key", "flows told apart by", FA_CELL_TEXT, true},
	{"max_headers", "headers peeled", FA_CELL_COUNT, true},
	{"tunnel_ports", "UDP ports of tunnels", FA_CELL_TEXT, true},
};

static const struct fa_table head_table = {
	.id = "run",
	.title = "Run",
	.columns = head_columns,
	.column_count = sizeof(head_columns) / sizeof(head_columns[0]),
	.single = true,
};

static void put_link_types(struct fa_row *row, const struct fa_capture_counts *capture)
{
	struct fa_buffer *text = fa_row_make(row);
	char name[FA_LINK_TYPE_TEXT];

	for (uint32_t i = 0; i < capture->link_type_count && i < FA_LINK_TYPES_MAX; i++)
		fa_buffer_addf(text, "%s%s", i > 0 ? ", " : "",
			       fa_words_link_type(capture->link_types[i], name));
}

/* What was read, of where and when. */
static void put_source(struct fa_row *row, const struct fa_stored_run *run)
{
	const struct fa_capture_counts *capture = &run->totals.capture;

	fa_row_count(row, (uint64_t)run->id);
	fa_row_text(row, fa_run_kind_text(run->info.kind));
	fa_row_text(row, fa_words_state(run));
	fa_row_text(row, run->info.source);
	fa_row_text(row, run->info.filter);
	put_link_types(row, capture);
	fa_row_text(row, run->site.name);
	fa_row_text(row, run->site.digest);
	fa_row_text(row, run->site.waivers_digest);
	if (capture->packets > 0) {
		fa_row_time(row, capture->first_ns);
		fa_row_time(row, capture->last_ns);
	} else {
		fa_row_none(row);
		fa_row_none(row);
	}
	/* Of a replay nothing depends on when it was made. */
	if (run->info.kind == FA_RUN_LIVE && run->committed_ns > 0)
		fa_row_time(row, run->committed_ns);
	else
		fa_row_none(row);
}

static void put_settings(struct fa_row *row, const struct fa_wire *wire)
{
	char ports[FA_TUNNEL_PORTS_TEXT];

	fa_tunnel_ports_text(&wire->ports, ports);
	fa_row_text(row, fa_duplicates_text(wire->duplicates));
	fa_row_text(row, fa_wire_key_text(wire->key_vlan));
	fa_row_count(row, wire->max_headers);
	fa_buffer_add(fa_row_make(row), ports);
}

int fa_tables_head(struct fa_tables *tables)
{
	const struct fa_run_totals *totals = &tables->run.totals;
	const struct fa_capture_counts *capture = &totals->capture;
	struct fa_row *row = &tables->row;
	char why[512];
	int err = fa_row_begin(row, &head_table);

	if (err != 0)
		return err;
	put_source(row, &tables->run);
	fa_row_count(row, capture->packets);
	fa_row_count(row, capture->frame_bytes);
	fa_row_count(row, capture->results[FA_DECODE_DECODED]);
	fa_row_count(row, fa_not_decoded(capture));
	fa_row_count(row, capture->duplicates);
	fa_row_count(row, totals->workers.flows);
	fa_row_count(row, totals->conversations);
	fa_row_count(row, tables->run.findings);
	fa_row_count(row, tables->expectations[FA_EXPECT_SEEN]);
	fa_row_count(row, tables->expectations[FA_EXPECT_REFUSED]);
	fa_row_count(row, tables->expectations[FA_EXPECT_UNSEEN]);
	fa_row_count(row, tables->expectations[FA_EXPECT_NOT_OBSERVABLE]);
	fa_row_yes(row, tables->run.info.sandboxed);
	fa_row_text(row, tables->run.version);
	fa_row_text(row, fa_run_confidence(totals, why, sizeof(why)));
	fa_row_text(row, why);
	fa_row_count(row, capture->duplicates_left);
	put_settings(row, &tables->run.info.wire);
	err = fa_row_put(row);
	return err == 0 ? fa_row_end(row) : err;
}

static const struct fa_table_column summary_columns[] = {
	{"verdict", "verdict", FA_CELL_VERDICT, false},
	{"conversations", "conversations", FA_CELL_COUNT, false},
	{"flows", "flows", FA_CELL_COUNT, false},
	{"packets", "packets", FA_CELL_COUNT, false},
	{"bytes", "bytes", FA_CELL_BYTES, false},
};

static const struct fa_table summary_table = {
	.id = "summary",
	.title = "Verdicts",
	.columns = summary_columns,
	.column_count = sizeof(summary_columns) / sizeof(summary_columns[0]),
};

int fa_tables_summary(struct fa_tables *tables)
{
	const struct fa_history *history = tables->history;
	struct fa_verdict_sum sums[FA_VERDICT_COUNT];
	struct fa_row *row = &tables->row;
	int err = history->sums(history->context, tables->run_id, sums, tables->diag);

	if (err == 0)
		err = fa_row_begin(row, &summary_table);
	for (unsigned i = 0; err == 0 && i < FA_VERDICT_COUNT; i++) {
		fa_row_text(row, fa_verdict_text(i));
		fa_row_count(row, sums[i].conversations);
		fa_row_count(row, sums[i].flows);
		fa_row_count(row, sums[i].packets);
		fa_row_count(row, sums[i].bytes);
		err = fa_row_put(row);
	}
	return err == 0 ? fa_row_end(row) : err;
}

static const struct fa_table_column catalog_columns[] = {
	{"product", "product", FA_CELL_TEXT, false},
	{"name", "name", FA_CELL_TEXT, true},
	{"document", "document", FA_CELL_TEXT, false},
	{"publisher", "publisher", FA_CELL_TEXT, false},
	{"dated", "dated", FA_CELL_TEXT, false},
	{"digest", "version of the file", FA_CELL_TEXT, false},
	{"rules", "rows", FA_CELL_COUNT, false},
};

static const struct fa_table catalog_table = {
	.id = "catalogs",
	.title = "Catalogs",
	.empty = "No catalog: there was nothing to compare the traffic with.",
	.columns = catalog_columns,
	.column_count = sizeof(catalog_columns) / sizeof(catalog_columns[0]),
};

static int put_catalog(void *arg, const struct fa_stored_catalog *catalog)
{
	struct fa_row *row = arg;

	fa_row_text(row, catalog->product);
	fa_row_text(row, catalog->name);
	fa_row_text(row, catalog->title);
	fa_row_text(row, catalog->publisher);
	fa_row_text(row, catalog->dated);
	fa_row_text(row, catalog->digest);
	fa_row_count(row, catalog->rules);
	return fa_row_put(row);
}

int fa_tables_catalogs(struct fa_tables *tables)
{
	const struct fa_history *history = tables->history;
	int err = fa_row_begin(&tables->row, &catalog_table);

	if (err == 0)
		err = history->each_catalog(history->context, tables->run_id, put_catalog,
					    &tables->row, tables->diag);
	return err == 0 ? fa_row_end(&tables->row) : err;
}
