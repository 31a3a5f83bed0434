/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run as JSON with what only live ones have: its windows, and the workers that died. */
#include "report/json.h"

struct listing {
	FILE *out;
	uint64_t elements;
	struct fa_diag *diag;
};

static int put_element(struct listing *list, json_t *value)
{
	fputs(list->elements++ > 0 ? ",\n" : "\n", list->out);
	return fa_json_write(list->out, value, "", list->diag);
}

static void put_window_losses(struct fa_json *json, const struct fa_run_totals *totals)
{
	fa_json_put(json, "dropped", fa_json_dropped(&totals->capture));
	fa_json_put_count(json, "down_ms", totals->capture.down_ns / 1000000);
	fa_json_put_count(json, "evicted", totals->workers.flows_evicted);
	fa_json_put_count(json, "inspections_evicted", totals->workers.inspections_evicted);
	fa_json_put_count(json, "workers_replaced", totals->loss.workers_replaced);
	fa_json_put_count(json, "packets_lost", totals->loss.packets_lost);
	fa_json_put_count(json, "flows_lost", totals->loss.flows_lost);
	fa_json_put_count(json, "judged_early", totals->loss.judged_early);
	fa_json_put_count(json, "evidence_dropped", totals->loss.evidence_dropped);
	fa_json_put_count(json, "sequence_gaps", totals->workers.sequence_gap_bytes);
	fa_json_put_count(json, "acked_unseen", totals->workers.acked_unseen_bytes);
	fa_json_put_count(json, "tcp_bytes", totals->workers.tcp_bytes);
	fa_json_put_count(json, "duplicates", totals->capture.duplicates);
	fa_json_put_count(json, "duplicates_left", totals->capture.duplicates_left);
}

static int put_window(void *arg, const struct fa_window *window)
{
	const struct fa_run_totals *totals = &window->totals;
	struct fa_json json = fa_json_new();

	fa_json_put_time(&json, "begun", window->begun_ns);
	fa_json_put_time(&json, "ended", window->ended_ns);
	fa_json_put_count(&json, "packets", totals->capture.packets);
	fa_json_put_count(&json, "bytes", totals->capture.frame_bytes);
	fa_json_put_count(&json, "decoded", totals->capture.results[FA_DECODE_DECODED]);
	fa_json_put_count(&json, "flows", totals->workers.flows);
	fa_json_put_count(&json, "conversations", totals->conversations);
	put_window_losses(&json, totals);
	fa_json_put_confidence(&json, totals);
	return put_element(arg, fa_json_done(&json));
}

static int put_crash(void *arg, const struct fa_crash *crash)
{
	struct fa_json json = fa_json_new();

	fa_json_put_count(&json, "number", crash->n);
	fa_json_put_time(&json, "when", crash->when_ns);
	fa_json_put_count(&json, "worker", crash->worker);
	fa_json_put(&json, "signal",
		    crash->signal != 0 ? json_integer(crash->signal) : json_null());
	fa_json_put_count(&json, "packet", crash->number);
	fa_json_put_time(&json, "packet_time", crash->ts_ns);
	fa_json_put_count(&json, "ip_bytes", crash->ip_bytes);
	fa_json_put_count(&json, "captured", crash->captured);
	return put_element(arg, fa_json_done(&json));
}

int fa_json_write_run(FILE *out, const struct fa_history *history, const struct fa_stored_run *run,
		      bool wall_clock, struct fa_diag *diag)
{
	struct listing windows = {.out = out, .diag = diag};
	struct listing crashes = windows;
	int err = fa_json_write_open(out, fa_json_run(run, wall_clock), diag);

	fputs(",\"windows\":[", out);
	if (err == 0 && run->windows > 0)
		err = history->each_window(history->context, run->id, put_window, &windows, diag);
	fputs(windows.elements > 0 ? "\n],\"crashes\":[" : "],\"crashes\":[", out);
	if (err == 0 && run->crashes > 0)
		err = history->each_crash(history->context, run->id, put_crash, &crashes, diag);
	fputs(crashes.elements > 0 ? "\n]}" : "]}", out);
	return err;
}
