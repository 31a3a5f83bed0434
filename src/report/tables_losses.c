/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of what is missing in a run, and of the windows of a live one. */
#include "report/tables.h"

#include "report/words.h"

static const struct fa_table_column loss_columns[] = {
	{"loss", "what", FA_CELL_TEXT, false},
	{"count", "how much", FA_CELL_COUNT, false},
	{"whole", "of", FA_CELL_COUNT, false},
	{"unit", "unit", FA_CELL_TEXT, false},
	{"meaning", "meaning", FA_CELL_TEXT, false},
};

static const struct fa_table loss_table = {
	.id = "losses",
	.title = "What was lost or not understood",
	.columns = loss_columns,
	.column_count = sizeof(loss_columns) / sizeof(loss_columns[0]),
};

struct loss {
	const char *name;
	uint64_t count, whole; /* whole 0: does not matter */
	const char *unit, *meaning;
	bool always; /* also when there is none of it */
};

static int put_loss(struct fa_row *row, const struct loss *loss)
{
	if (loss->count == 0 && !loss->always)
		return 0;
	fa_row_text(row, loss->name);
	fa_row_count(row, loss->count);
	if (loss->whole > 0)
		fa_row_count(row, loss->whole);
	else
		fa_row_none(row);
	fa_row_text(row, loss->unit);
	fa_row_text(row, loss->meaning);
	return fa_row_put(row);
}

/* Before a packet is decoded. */
static int put_captured(struct fa_row *row, const struct fa_run_totals *totals)
{
	const struct fa_capture_counts *c = &totals->capture;
	const struct fa_worker_counts *w = &totals->workers;
	const uint64_t tcp = w->tcp_bytes + fa_unseen_bytes(w);
	const struct loss losses[] = {
		{"dropped-kernel", c->dropped_kernel, 0, "packets",
		 "dropped by the kernel: nobody fetched them in time", true},
		{"dropped-interface", c->dropped_interface, 0, "packets",
		 "dropped by the interface or its driver", true},
		{"dropped-ring", c->dropped_ring, 0, "packets",
		 "dropped here: the workers could not keep up", true},
		{"sequence-gaps", w->sequence_gap_bytes, tcp, "bytes",
		 "bytes of TCP that later ones jumped over: lost before the tap", true},
		{"acked-unseen", w->acked_unseen_bytes, tcp, "bytes",
		 "bytes of TCP that were acknowledged and never seen: lost before the tap", false},
		{"one-way", w->one_way_flows, w->flows, "flows",
		 "flows of TCP of which only one side was seen", false},
		{"duplicates", c->duplicates, c->packets, "packets",
		 "the same packet once more, not counted", false},
		{"duplicates-left", c->duplicates_left, c->packets, "packets",
		 "repeated word for word, but not shown to be copies: counted", false},
		{"cut", c->cut, c->packets, "packets", "cut short by the snapshot length", false},
		{"out-of-order", c->time_backwards, c->packets, "packets",
		 "older than one before", false},
		{"files-truncated", c->files_truncated, c->files, "files",
		 "files that end in mid-packet", false},
		{"down", c->down_ns / 1000000, 0, "ms", "without an interface", false},
	};
	int err = 0;

	for (size_t i = 0; err == 0 && i < sizeof(losses) / sizeof(losses[0]); i++)
		err = put_loss(row, &losses[i]);
	return err;
}

static int put_not_decoded(struct fa_row *row, const struct fa_capture_counts *capture)
{
	int err = 0;

	for (unsigned i = 0; err == 0 && i < FA_DECODE_COUNT; i++) {
		const struct loss loss = {fa_decode_result_text(i), capture->results[i],
					  capture->packets, "packets", fa_words_decode_result(i),
					  false};

		if (i != FA_DECODE_DECODED)
			err = put_loss(row, &loss);
	}
	return err;
}

/* After it was. */
static int put_worked(struct fa_row *row, const struct fa_run_totals *totals)
{
	const struct fa_worker_counts *w = &totals->workers;
	const struct fa_loss_counts *l = &totals->loss;
	const struct loss losses[] = {
		{"workers-replaced", l->workers_replaced, 0, "workers",
		 "worker processes that died or hung", false},
		{"lost-with-workers", l->packets_lost, totals->capture.packets, "packets",
		 "lost with a worker process", false},
		{"flows-lost", l->flows_lost, w->flows, "flows", "lost with a worker process", false},
		{"flows-evicted", w->flows_evicted, w->flows, "flows",
		 "ended early for want of memory", false},
		{"inspections-evicted", w->inspections_evicted, w->flows, "flows",
		 "no longer inspected for want of memory", false},
		{"fragments-unmatched", w->fragments_unmatched, 0, "fragments",
		 "IP fragments without a first piece", false},
		{"judged-early", l->judged_early, 0, "times",
		 "conversations judged before the end for want of memory", false},
		{"evidence-dropped", l->evidence_dropped, 0, "packets",
		 "not kept as evidence for want of room", false},
	};
	int err = 0;

	for (size_t i = 0; err == 0 && i < sizeof(losses) / sizeof(losses[0]); i++)
		err = put_loss(row, &losses[i]);
	return err;
}

int fa_tables_losses(struct fa_tables *tables)
{
	const struct fa_run_totals *totals = &tables->run.totals;
	int err = fa_row_begin(&tables->row, &loss_table);

	if (err == 0)
		err = put_captured(&tables->row, totals);
	if (err == 0)
		err = put_not_decoded(&tables->row, &totals->capture);
	if (err == 0)
		err = put_worked(&tables->row, totals);
	return err == 0 ? fa_row_end(&tables->row) : err;
}

static const struct fa_table_column window_columns[] = {
	{"begun", "from (UTC)", FA_CELL_TIME, false},
	{"ended", "to (UTC)", FA_CELL_TIME, false},
	{"packets", "packets", FA_CELL_COUNT, false},
	{"bytes", "bytes", FA_CELL_BYTES, false},
	{"flows", "flows", FA_CELL_COUNT, false},
	{"conversations", "conversations", FA_CELL_COUNT, false},
	{"dropped_kernel", "dropped by the kernel", FA_CELL_COUNT, false},
	{"dropped_interface", "by the interface", FA_CELL_COUNT, false},
	{"dropped_ring", "in the ring", FA_CELL_COUNT, false},
	{"packets_lost", "lost with workers", FA_CELL_COUNT, true},
	{"workers_replaced", "workers replaced", FA_CELL_COUNT, true},
	{"sequence_gaps", "lost before the tap", FA_CELL_BYTES, false},
	{"tcp_bytes", "bytes of TCP", FA_CELL_BYTES, true},
	{"down_ms", "ms without an interface", FA_CELL_COUNT, true},
	{"flows_evicted", "flows ended early", FA_CELL_COUNT, true},
	{"inspections_evicted", "inspections ended early", FA_CELL_COUNT, true},
	{"judged_early", "judged early", FA_CELL_COUNT, true},
	{"evidence_dropped", "evidence not kept", FA_CELL_COUNT, true},
	{"confidence", "confidence", FA_CELL_TEXT, false},
};

static const struct fa_table window_table = {
	.id = "windows",
	.title = "Windows",
	.columns = window_columns,
	.column_count = sizeof(window_columns) / sizeof(window_columns[0]),
	.brief = 48,
};

static int put_window(void *arg, const struct fa_window *window)
{
	const struct fa_run_totals *totals = &window->totals;
	struct fa_row *row = arg;

	fa_row_time(row, window->begun_ns);
	fa_row_time(row, window->ended_ns);
	fa_row_count(row, totals->capture.packets);
	fa_row_count(row, totals->capture.frame_bytes);
	fa_row_count(row, totals->workers.flows);
	fa_row_count(row, totals->conversations);
	fa_row_count(row, totals->capture.dropped_kernel);
	fa_row_count(row, totals->capture.dropped_interface);
	fa_row_count(row, totals->capture.dropped_ring);
	fa_row_count(row, totals->loss.packets_lost);
	fa_row_count(row, totals->loss.workers_replaced);
	fa_row_count(row, fa_unseen_bytes(&totals->workers));
	fa_row_count(row, totals->workers.tcp_bytes);
	fa_row_count(row, totals->capture.down_ns / 1000000);
	fa_row_count(row, totals->workers.flows_evicted);
	fa_row_count(row, totals->workers.inspections_evicted);
	fa_row_count(row, totals->loss.judged_early);
	fa_row_count(row, totals->loss.evidence_dropped);
	fa_row_text(row, fa_run_confidence(totals, NULL, 0));
	return fa_row_put(row);
}

int fa_tables_windows(struct fa_tables *tables)
{
	const struct fa_history *history = tables->history;
	int err = fa_row_begin(&tables->row, &window_table);

	if (err == 0 && tables->run.windows > 0)
		err = history->each_window(history->context, tables->run_id, put_window,
					   &tables->row, tables->diag);
	return err == 0 ? fa_row_end(&tables->row) : err;
}
