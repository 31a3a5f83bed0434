/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The counters of runs and windows, in the order of FA_TOTALS_COLUMNS; and those by reason. */
#include "store/internal.h"

#include <string.h>

static void bind_capture(struct fa_binder *b, const struct fa_capture_counts *c)
{
	fa_bind_count(b, c->packets);
	fa_bind_count(b, c->frame_bytes);
	fa_bind_count(b, c->duplicates);
	fa_bind_count(b, c->cut);
	fa_bind_count(b, c->dropped_kernel);
	fa_bind_count(b, c->dropped_interface);
	fa_bind_count(b, c->dropped_ring);
	fa_bind_count(b, c->time_backwards);
	fa_bind_int(b, c->first_ns);
	fa_bind_int(b, c->last_ns);
	fa_bind_int(b, c->files);
	fa_bind_int(b, c->files_truncated);
}

static void bind_workers(struct fa_binder *b, const struct fa_worker_counts *w)
{
	fa_bind_count(b, w->packets);
	fa_bind_count(b, w->flows);
	fa_bind_count(b, w->flows_evicted);
	fa_bind_count(b, w->inspections_evicted);
	fa_bind_count(b, w->inspection_calls);
	fa_bind_count(b, w->conversations_out);
	fa_bind_count(b, w->fragments_unmatched);
	fa_bind_count(b, w->sequence_gap_bytes);
	fa_bind_count(b, w->tcp_bytes);
	fa_bind_count(b, w->one_way_flows);
}

void fa_bind_totals(struct fa_binder *b, const struct fa_run_totals *totals)
{
	bind_capture(b, &totals->capture);
	bind_workers(b, &totals->workers);
	fa_bind_count(b, totals->loss.workers_replaced);
	fa_bind_count(b, totals->loss.packets_lost);
	fa_bind_count(b, totals->loss.flows_lost);
	fa_bind_count(b, totals->loss.judged_early);
	fa_bind_count(b, totals->capture.down_ns);
	fa_bind_count(b, totals->loss.evidence_dropped);
	fa_bind_count(b, totals->capture.duplicates_left);
	fa_bind_count(b, totals->workers.acked_unseen_bytes);
}

static void column_capture(struct fa_columns *c, struct fa_capture_counts *out)
{
	out->packets = fa_column_count(c);
	out->frame_bytes = fa_column_count(c);
	out->duplicates = fa_column_count(c);
	out->cut = fa_column_count(c);
	out->dropped_kernel = fa_column_count(c);
	out->dropped_interface = fa_column_count(c);
	out->dropped_ring = fa_column_count(c);
	out->time_backwards = fa_column_count(c);
	out->first_ns = fa_column_int(c);
	out->last_ns = fa_column_int(c);
	out->files = (uint32_t)fa_column_count(c);
	out->files_truncated = (uint32_t)fa_column_count(c);
}

static void column_workers(struct fa_columns *c, struct fa_worker_counts *out)
{
	out->packets = fa_column_count(c);
	out->flows = fa_column_count(c);
	out->flows_evicted = fa_column_count(c);
	out->inspections_evicted = fa_column_count(c);
	out->inspection_calls = fa_column_count(c);
	out->conversations_out = fa_column_count(c);
	out->fragments_unmatched = fa_column_count(c);
	out->sequence_gap_bytes = fa_column_count(c);
	out->tcp_bytes = fa_column_count(c);
	out->one_way_flows = fa_column_count(c);
}

void fa_column_totals(struct fa_columns *c, struct fa_run_totals *out)
{
	column_capture(c, &out->capture);
	column_workers(c, &out->workers);
	out->loss.workers_replaced = fa_column_count(c);
	out->loss.packets_lost = fa_column_count(c);
	out->loss.flows_lost = fa_column_count(c);
	out->loss.judged_early = fa_column_count(c);
	out->capture.down_ns = fa_column_count(c);
	out->loss.evidence_dropped = fa_column_count(c);
	out->capture.duplicates_left = fa_column_count(c);
	out->workers.acked_unseen_bytes = fa_column_count(c);
}

int fa_store_decode_write(struct fa_store *store, enum fa_statement which, int64_t window,
			  const struct fa_capture_counts *c)
{
	int rc = SQLITE_OK;

	for (int i = 0; rc == SQLITE_OK && i < FA_DECODE_COUNT; i++) {
		struct fa_binder b;

		if (c->results[i] == 0)
			continue;
		b = fa_store_binder(store, which);
		fa_bind_int(&b, store->run);
		if (which == FA_STMT_WINDOW_DECODE_ADD)
			fa_bind_int(&b, window);
		fa_bind_text(&b, fa_decode_result_text((enum fa_decode_result)i));
		fa_bind_count(&b, c->results[i]);
		rc = fa_sql_do(&b);
	}
	return rc;
}

void fa_column_decode(struct fa_columns *c, struct fa_capture_counts *out)
{
	const char *reason = fa_column_text(c);
	uint64_t count = fa_column_count(c);

	for (int i = 0; i < FA_DECODE_COUNT; i++)
		if (strcmp(reason, fa_decode_result_text((enum fa_decode_result)i)) == 0)
			out->results[i] = count;
}
