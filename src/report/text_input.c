/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text report: what was read, and where every packet went. */
#include "report/text.h"

#include <inttypes.h>

#include "report/words.h"

#define LABEL_COLUMNS 18

void fa_text_item(struct fa_text_out *text, const char *label, const char *words)
{
	char lead[48];

	snprintf(lead, sizeof(lead), "  %-*s", LABEL_COLUMNS - 2, label);
	fa_text_wrap_lead(text, lead, FA_PAINT_NONE, LABEL_COLUMNS, words);
}

static void put_source(struct fa_text_report *report)
{
	const struct fa_stored_run *run = &report->run;
	const struct fa_capture_counts *capture = &run->totals.capture;
	struct fa_text_out *text = &report->text;
	struct fa_buffer *line = &text->line;
	char name[FA_LINK_TYPE_TEXT];

	fa_buffer_reset(line);
	fa_buffer_addf(line, "run %" PRId64 ", %s, %s · ", run->id,
		       fa_run_kind_text(run->info.kind), fa_words_state(run));
	fa_buffer_safe(line, run->info.source[0] != '\0' ? run->info.source : "no source");
	if (run->info.kind == FA_RUN_REPLAY) {
		fa_buffer_add(line, " · ");
		fa_buffer_count(line, capture->files, "file", "files");
		if (capture->files_truncated > 0)
			fa_buffer_addf(line, ", %" PRIu32 " of them ending in mid-packet",
				       capture->files_truncated);
	}
	fa_text_item(text, "source", fa_buffer_text(line));
	fa_buffer_reset(line);
	for (uint32_t i = 0; i < capture->link_type_count && i < FA_LINK_TYPES_MAX; i++)
		fa_buffer_addf(line, "%s%s", i > 0 ? ", " : "",
			       fa_words_link_type(capture->link_types[i], name));
	fa_text_item(text, "link types", line->len > 0 ? line->text : "none");
	fa_buffer_reset(line);
	fa_buffer_safe(line, run->info.filter);
	fa_text_item(text, "filter", line->len > 0 ? line->text : "none");
}

/* By which files it was judged: runs of one capture differ by them. */
static void put_site(struct fa_text_report *report)
{
	const struct fa_stored_site *site = &report->run.site;
	struct fa_buffer *line = &report->text.line;

	fa_buffer_reset(line);
	if (site->name[0] != '\0') {
		fa_buffer_safe(line, site->name);
		fa_buffer_add(line, " · file ");
		fa_buffer_safe(line, site->digest);
	} else {
		fa_buffer_add(line, "none");
	}
	fa_text_item(&report->text, "site", fa_buffer_text(line));
	if (site->waivers_digest[0] == '\0')
		return;
	fa_buffer_reset(line);
	fa_buffer_add(line, "file ");
	fa_buffer_safe(line, site->waivers_digest);
	fa_text_item(&report->text, "waivers", fa_buffer_text(line));
}

/* Where every packet went: the sum, then each reason not to decode. */
static void put_sum(struct fa_text_report *report)
{
	const struct fa_capture_counts *capture = &report->run.totals.capture;
	struct fa_text_out *text = &report->text;
	struct fa_buffer *line = &text->line;
	uint64_t decoded = capture->results[FA_DECODE_DECODED];
	uint64_t not_decoded = fa_not_decoded(capture);
	char number[FA_NUMBER_TEXT];

	fa_buffer_reset(line);
	fa_buffer_addf(line, "%s = ", fa_number_text(capture->packets, number));
	fa_buffer_addf(line, "%s decoded + ", fa_number_text(decoded, number));
	fa_buffer_count(line, capture->duplicates, "duplicate + ", "duplicates + ");
	fa_buffer_addf(line, "%s not decoded", fa_number_text(not_decoded, number));
	fa_text_item(text, "packets", fa_buffer_text(line));
	if (decoded + not_decoded + capture->duplicates != capture->packets)
		fa_text_wrap_lead(text, "  THESE DO NOT ADD UP: ", FA_PAINT_BAD, LABEL_COLUMNS,
				  "packets were lost inside the program; please report it");
	for (unsigned i = 0; i < FA_DECODE_COUNT; i++) {
		if (i == FA_DECODE_DECODED || capture->results[i] == 0)
			continue;
		fa_buffer_reset(line);
		fa_buffer_addf(line, "%*s%-26s%14s  %s", LABEL_COLUMNS, "",
			       fa_decode_result_text(i),
			       fa_number_text(capture->results[i], number),
			       fa_words_decode_result(i));
		fa_text_line(text, fa_buffer_text(line));
	}
}

/* Gaps apart from what only acknowledgements tell of, where there are such. */
static void add_unseen(struct fa_buffer *line, const struct fa_worker_counts *workers)
{
	char number[FA_NUMBER_TEXT];

	if (workers->acked_unseen_bytes == 0) {
		fa_buffer_addf(line, "%s), ", fa_bytes_text(workers->sequence_gap_bytes, number));
		return;
	}
	fa_buffer_addf(line, "%s in gaps, ", fa_bytes_text(workers->sequence_gap_bytes, number));
	fa_buffer_addf(line, "%s acknowledged), ",
		       fa_bytes_text(workers->acked_unseen_bytes, number));
}

static void put_losses(struct fa_text_report *report)
{
	const struct fa_capture_counts *capture = &report->run.totals.capture;
	const struct fa_worker_counts *workers = &report->run.totals.workers;
	struct fa_text_out *text = &report->text;
	struct fa_buffer *line = &text->line;
	char number[FA_NUMBER_TEXT];

	fa_buffer_reset(line);
	fa_buffer_addf(line, "kernel %s", fa_number_text(capture->dropped_kernel, number));
	fa_buffer_addf(line, ", interface %s", fa_number_text(capture->dropped_interface, number));
	fa_buffer_addf(line, ", ring %s", fa_number_text(capture->dropped_ring, number));
	fa_text_item(text, "dropped", fa_buffer_text(line));
	fa_buffer_reset(line);
	fa_buffer_addf(line, "%s of TCP bytes never seen (",
		       fa_percent_text(fa_unseen_bytes(workers),
				       workers->tcp_bytes + fa_unseen_bytes(workers), number));
	add_unseen(line, workers);
	fa_buffer_count(line, workers->one_way_flows, "TCP flow", "TCP flows");
	fa_buffer_add(line, " with one side only");
	fa_text_item(text, "before the tap", fa_buffer_text(line));
	fa_buffer_reset(line);
	fa_buffer_count(line, capture->cut, "packet", "packets");
	fa_buffer_add(line, " by the snapshot length");
	fa_text_item(text, "cut short", fa_buffer_text(line));
	if (capture->time_backwards == 0)
		return;
	fa_buffer_reset(line);
	fa_buffer_count(line, capture->time_backwards, "packet", "packets");
	fa_buffer_add(line, " older than one before");
	fa_text_item(text, "out of order", fa_buffer_text(line));
}

/* Workers that died, and what that cost. */
static void put_workers(struct fa_text_report *report)
{
	const struct fa_loss_counts *loss = &report->run.totals.loss;
	struct fa_text_out *text = &report->text;
	struct fa_buffer *line = &text->line;

	if (loss->workers_replaced == 0)
		return;
	fa_buffer_reset(line);
	fa_buffer_count(line, loss->workers_replaced, "worker", "workers");
	fa_buffer_add(line, " died and replaced");
	fa_words_where(line, &report->windows, FA_WINDOW_WORKERS);
	fa_buffer_add(line, "; lost with them: ");
	fa_buffer_count(line, loss->packets_lost, "packet", "packets");
	fa_buffer_add(line, ", ");
	fa_buffer_count(line, loss->flows_lost, "flow", "flows");
	fa_text_item(text, "worker losses", fa_buffer_text(line));
}

static void put_flows(struct fa_text_report *report)
{
	const struct fa_run_totals *totals = &report->run.totals;
	struct fa_text_out *text = &report->text;
	struct fa_buffer *line = &text->line;

	fa_buffer_reset(line);
	fa_buffer_count(line, totals->workers.flows, "flow", "flows");
	fa_buffer_add(line, " in ");
	fa_buffer_count(line, totals->conversations, "conversation", "conversations");
	fa_buffer_add(line, "; ended early by limits: ");
	fa_buffer_count(line, totals->workers.flows_evicted, "flow", "flows");
	fa_buffer_add(line, ", ");
	fa_buffer_count(line, totals->workers.inspections_evicted, "inspection", "inspections");
	fa_words_where(line, &report->windows, FA_WINDOW_FLOWS);
	if (totals->workers.fragments_unmatched > 0) {
		fa_buffer_add(line, "; ");
		fa_buffer_count(line, totals->workers.fragments_unmatched, "IP fragment",
				"IP fragments");
		fa_buffer_add(line, " without a first piece");
	}
	if (totals->loss.judged_early > 0) {
		fa_buffer_add(line, "; judged early, for want of memory: ");
		fa_buffer_count(line, totals->loss.judged_early, "time", "times");
		fa_words_where(line, &report->windows, FA_WINDOW_EARLY);
	}
	fa_text_item(text, "flows", fa_buffer_text(line));
}

int fa_text_input(struct fa_text_report *report, struct fa_diag *diag)
{
	struct fa_text_out *text = &report->text;
	char why[512];
	const char *level = fa_run_confidence(&report->run.totals, why, sizeof(why));

	(void)diag;
	fa_text_heading(text, "WHAT WAS READ");
	put_source(report);
	put_site(report);
	put_sum(report);
	fa_text_wire(report);
	put_losses(report);
	put_flows(report);
	put_workers(report);
	if (fa_text_is_live(report))
		fa_text_live_input(report);
	fa_buffer_reset(&text->line);
	fa_buffer_addf(&text->line, "%s: ", level);
	fa_buffer_safe(&text->line, why);
	fa_text_item(text, "confidence", fa_buffer_text(&text->line));
	return 0;
}
