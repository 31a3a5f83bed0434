/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A run with its counts as JSON. The number of workers is not in it: a replay gives the same
 * report whatever that number was.
 */
#include "report/json.h"

#include "report/words.h"

static json_t *link_types(const struct fa_capture_counts *capture)
{
	json_t *list = json_array();
	char text[FA_LINK_TYPE_TEXT];

	for (uint32_t i = 0; i < capture->link_type_count && i < FA_LINK_TYPES_MAX; i++) {
		const char *name = fa_words_link_type(capture->link_types[i], text);

		if (json_array_append_new(list, json_string(name)) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* Every reason, also those that never occurred: a sum can be checked without knowing them. */
static json_t *not_decoded(const struct fa_capture_counts *capture)
{
	struct fa_json json = fa_json_new();

	for (unsigned i = 0; i < FA_DECODE_COUNT; i++)
		if (i != FA_DECODE_DECODED)
			fa_json_put_count(&json, fa_decode_result_text(i), capture->results[i]);
	return fa_json_done(&json);
}

json_t *fa_json_dropped(const struct fa_capture_counts *capture)
{
	struct fa_json json = fa_json_new();

	fa_json_put_count(&json, "kernel", capture->dropped_kernel);
	fa_json_put_count(&json, "interface", capture->dropped_interface);
	fa_json_put_count(&json, "ring", capture->dropped_ring);
	return fa_json_done(&json);
}

static json_t *lost(const struct fa_loss_counts *loss)
{
	struct fa_json json = fa_json_new();

	fa_json_put_count(&json, "workers_replaced", loss->workers_replaced);
	fa_json_put_count(&json, "packets", loss->packets_lost);
	fa_json_put_count(&json, "flows", loss->flows_lost);
	return fa_json_done(&json);
}

/* Packet time; null when no packet was read. */
static void put_period(struct fa_json *json, const struct fa_capture_counts *capture)
{
	if (capture->packets == 0) {
		fa_json_put_text(json, "started", NULL);
		fa_json_put_text(json, "ended", NULL);
		return;
	}
	fa_json_put_time(json, "started", capture->first_ns);
	fa_json_put_time(json, "ended", capture->last_ns);
}

static void put_capture(struct fa_json *json, const struct fa_capture_counts *capture)
{
	fa_json_put_count(json, "packets", capture->packets);
	fa_json_put_count(json, "bytes", capture->frame_bytes);
	fa_json_put_count(json, "decoded", capture->results[FA_DECODE_DECODED]);
	fa_json_put(json, "not_decoded", not_decoded(capture));
	fa_json_put_count(json, "duplicates", capture->duplicates);
	fa_json_put_count(json, "duplicates_left", capture->duplicates_left);
	fa_json_put(json, "dropped", fa_json_dropped(capture));
	fa_json_put_count(json, "down_ms", capture->down_ns / 1000000);
	fa_json_put_count(json, "cut", capture->cut);
	fa_json_put_count(json, "time_backwards", capture->time_backwards);
	fa_json_put_count(json, "files", capture->files);
	fa_json_put_count(json, "files_truncated", capture->files_truncated);
}

static void put_workers(struct fa_json *json, const struct fa_worker_counts *workers)
{
	fa_json_put_count(json, "sequence_gaps", workers->sequence_gap_bytes);
	fa_json_put_count(json, "acked_unseen", workers->acked_unseen_bytes);
	fa_json_put_count(json, "tcp_bytes", workers->tcp_bytes);
	fa_json_put_count(json, "one_way_flows", workers->one_way_flows);
	fa_json_put_count(json, "fragments_unmatched", workers->fragments_unmatched);
	fa_json_put_count(json, "flows_evicted", workers->flows_evicted);
	fa_json_put_count(json, "inspections_evicted", workers->inspections_evicted);
	fa_json_put_count(json, "flows", workers->flows);
}

/* Which site file it was judged with; null for none. */
static json_t *site(const struct fa_stored_site *site)
{
	struct fa_json json;

	if (site->name[0] == '\0')
		return json_null();
	json = fa_json_new();
	fa_json_put_wire(&json, "name", site->name);
	fa_json_put_text(&json, "digest", site->digest);
	return fa_json_done(&json);
}

void fa_json_put_confidence(struct fa_json *json, const struct fa_run_totals *totals)
{
	char why[512];
	const char *level = fa_run_confidence(totals, why, sizeof(why));

	fa_json_put_text(json, "confidence", level);
	fa_json_put_text(json, "confidence_reason", why);
}

/* How it stands. Of a replay nothing depends on when it was made. */
static void put_state(struct fa_json *json, const struct fa_stored_run *run)
{
	fa_json_put_text(json, "result", fa_run_end_text(run->totals.end));
	fa_json_put_text(json, "state", fa_words_state(run));
	if (run->info.kind == FA_RUN_LIVE && run->committed_ns > 0)
		fa_json_put_time(json, "committed", run->committed_ns);
	else
		fa_json_put_text(json, "committed", NULL);
	fa_json_put(json, "sandboxed", json_boolean(run->info.sandboxed));
}

json_t *fa_json_run(const struct fa_stored_run *run, bool wall_clock)
{
	const struct fa_run_totals *totals = &run->totals;
	struct fa_json json = fa_json_new();

	fa_json_put(&json, "id", json_integer(run->id));
	fa_json_put_text(&json, "kind", fa_run_kind_text(run->info.kind));
	fa_json_put_wire(&json, "source", run->info.source);
	fa_json_put(&json, "link_types", link_types(&totals->capture));
	fa_json_put_wire(&json, "filter", run->info.filter);
	fa_json_put(&json, "site", site(&run->site));
	put_state(&json, run);
	if (wall_clock) {
		fa_json_put_time(&json, "made", run->begun_ns);
		fa_json_put_wire(&json, "version", run->version);
		fa_json_put_count(&json, "findings", run->findings);
	}
	put_period(&json, &totals->capture);
	put_capture(&json, &totals->capture);
	put_workers(&json, &totals->workers);
	fa_json_put_wire_facts(&json, run);
	fa_json_put_count(&json, "conversations", totals->conversations);
	fa_json_put(&json, "lost", lost(&totals->loss));
	fa_json_put_count(&json, "judged_early", totals->loss.judged_early);
	fa_json_put_count(&json, "evidence_dropped", totals->loss.evidence_dropped);
	fa_json_put_confidence(&json, totals);
	return fa_json_done(&json);
}
