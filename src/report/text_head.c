/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text report: what was audited, how far it can be trusted, and the counts. */
#include "report/text.h"

#include <string.h>

#include "base/text.h"
#include "report/words.h"

/* Columns of the longest bar. */
#define BAR_COLUMNS 28

static void title(struct fa_text_report *report)
{
	const struct fa_stored_run *run = &report->run;
	const struct fa_capture_counts *capture = &run->totals.capture;
	struct fa_buffer *line = &report->text.line;
	struct fa_buffer rest = {0};
	char number[FA_NUMBER_TEXT];

	fa_buffer_reset(line);
	fa_buffer_add(line, "flowaudit ");
	fa_buffer_safe(line, run->version);
	fa_buffer_add(line, fa_text_is_live(report) ? " · live · " : " · ");
	fa_buffer_clip(line, run->info.source[0] != '\0' ? run->info.source : "no source", 70);
	if (fa_text_is_live(report)) {
		fa_text_live_period(report, &rest);
		fa_buffer_add(&rest, " · ");
	} else if (capture->packets > 0) {
		fa_words_period(&rest, capture->first_ns, capture->last_ns);
		fa_buffer_add(&rest, " UTC · ");
	}
	fa_buffer_count(&rest, capture->packets, "packet", "packets");
	fa_buffer_addf(&rest, ", %s", fa_bytes_text(capture->frame_bytes, number));
	if (fa_text_columns(fa_buffer_text(line)) + 3 + fa_text_columns(fa_buffer_text(&rest)) <=
	    report->text.width) {
		fa_buffer_addf(line, " · %s", fa_buffer_text(&rest));
		fa_buffer_reset(&rest);
	}
	fa_text_wrap(&report->text, 0, fa_buffer_text(line));
	if (rest.len > 0)
		fa_text_wrap(&report->text, 0, rest.text);
	line->failed = line->failed || rest.failed;
	fa_buffer_deinit(&rest);
}

static int add_catalog(void *arg, const struct fa_stored_catalog *catalog)
{
	struct fa_buffer *line = arg;
	char number[FA_NUMBER_TEXT];

	fa_buffer_add(line, line->len > 0 ? ", " : "");
	fa_buffer_clip(line, catalog->name, 60);
	fa_buffer_addf(line, " (%s)", fa_number_text(catalog->rules, number));
	return 0;
}

/* "site dc1 (5 instances of 3 products, 41 hosts)" */
static void add_site(struct fa_buffer *line, const struct fa_stored_site *site)
{
	if (site->name[0] == '\0') {
		fa_buffer_add(line, "no site file: endpoints unchecked · ");
		return;
	}
	fa_buffer_add(line, "site ");
	fa_buffer_clip(line, site->name, 60);
	fa_buffer_add(line, " (");
	fa_buffer_count(line, site->instances, "instance of ", "instances of ");
	fa_buffer_count(line, site->products, "product", "products");
	fa_buffer_add(line, ", ");
	fa_buffer_count(line, site->hosts, "host", "hosts");
	if (site->networks > 0) {
		fa_buffer_add(line, ", ");
		fa_buffer_count(line, site->networks, "network", "networks");
	}
	fa_buffer_add(line, ") · ");
}

static int put_site(struct fa_text_report *report, struct fa_diag *diag)
{
	struct fa_buffer *line = &report->text.line;
	struct fa_buffer names = {0};
	int err = report->history->each_catalog(report->history->context, report->run_id,
						add_catalog, &names, diag);

	if (err == 0) {
		fa_buffer_reset(line);
		add_site(line, &report->run.site);
		if (names.len > 0)
			fa_buffer_addf(line, "catalogs (rows): %s", names.text);
		else
			fa_buffer_add(line, "NO CATALOG: nothing to compare the traffic with");
		fa_text_wrap(&report->text, 0, fa_buffer_text(line));
		line->failed = line->failed || names.failed;
	}
	fa_buffer_deinit(&names);
	return err;
}

void fa_text_add_duplicates(struct fa_buffer *line, const struct fa_stored_run *run)
{
	const struct fa_capture_counts *capture = &run->totals.capture;
	char number[FA_NUMBER_TEXT];

	if (run->info.wire.duplicates == FA_DUPLICATES_OFF)
		fa_buffer_add(line, "; duplicates not looked for");
	else if (capture->duplicates > 0)
		fa_buffer_addf(line, "; duplicates removed %s",
			       fa_percent_text(capture->duplicates, capture->packets, number));
	else
		fa_buffer_add(line, "; no duplicates");
}

static void replay_losses(struct fa_text_report *report, const char *confidence)
{
	const struct fa_capture_counts *capture = &report->run.totals.capture;
	const struct fa_worker_counts *workers = &report->run.totals.workers;
	struct fa_buffer *line = &report->text.line;
	char number[FA_NUMBER_TEXT];

	fa_buffer_reset(line);
	fa_buffer_addf(line, "loss: capture %s",
		       fa_number_text(capture->dropped_kernel + capture->dropped_interface +
					      capture->dropped_ring,
				      number));
	fa_buffer_addf(line, ", before the tap %s of TCP bytes",
		       fa_percent_text(fa_unseen_bytes(workers),
				       workers->tcp_bytes + fa_unseen_bytes(workers), number));
	fa_text_add_duplicates(line, &report->run);
	fa_text_sides(&report->text, fa_buffer_text(line), confidence);
}

/* How much is missing, and what that makes of the figures. */
static void losses(struct fa_text_report *report)
{
	struct fa_buffer *line = &report->text.line;
	char confidence[64];
	char why[512];
	const char *level = fa_run_confidence(&report->run.totals, why, sizeof(why));

	snprintf(confidence, sizeof(confidence), "confidence: %s", level);
	if (fa_text_is_live(report))
		fa_text_live_losses(report, confidence);
	else
		replay_losses(report, confidence);
	fa_buffer_reset(line);
	fa_buffer_add(line, "measured: ");
	fa_buffer_safe(line, why);
	fa_text_wrap(&report->text, 0, fa_buffer_text(line));
}

/* Nothing was audited. */
static void warn_empty(struct fa_text_report *report)
{
	const struct fa_run_totals *totals = &report->run.totals;
	struct fa_text_out *text = &report->text;

	if (totals->capture.packets == 0)
		fa_text_wrap_lead(text, "NO PACKETS WERE READ: ", FA_PAINT_BAD, 2,
				  "nothing was audited, and this does not mean that all is well. "
				  "Check the source, the filter and the tap.");
	else if (totals->capture.results[FA_DECODE_DECODED] == 0)
		fa_text_wrap_lead(text, "NO PACKET COULD BE DECODED: ", FA_PAINT_BAD, 2,
				  "nothing was audited, and this does not mean that all is well. "
				  "\"What was read\" below says why.");
}

static void warn_of_end(struct fa_text_report *report)
{
	const struct fa_run_totals *totals = &report->run.totals;
	struct fa_text_out *text = &report->text;

	if (totals->end == FA_RUN_COMPLETE)
		return;
	fa_buffer_reset(&text->line);
	fa_buffer_addf(&text->line, "the run is %s: the figures are of what was read until then.",
		       fa_run_end_text(totals->end));
	fa_text_wrap_lead(text, "NOT THE WHOLE INPUT: ", FA_PAINT_BAD, 2,
			  fa_buffer_text(&text->line));
}

static void warn_unconfined(struct fa_text_report *report)
{
	if (!report->run.info.sandboxed)
		fa_text_wrap_lead(&report->text, "NOT CONFINED: ", FA_PAINT_BAD, 2,
				  "made without the whole sandbox (--no-sandbox, --workers 0, or "
				  "no Landlock here)");
}

/* Whatever makes the report something else than the whole truth, in capitals. */
static void warnings(struct fa_text_report *report)
{
	bool live = fa_text_is_live(report);

	/* Of a run that has only just begun its warning says all. */
	if (!live || report->windows.windows > 0 || report->run.totals.end != FA_RUN_UNFINISHED)
		warn_empty(report);
	if (live)
		fa_text_live_warn(report);
	else
		warn_of_end(report);
	warn_unconfined(report);
}

int fa_text_head(struct fa_text_report *report, struct fa_diag *diag)
{
	int err;

	title(report);
	err = put_site(report, diag);
	if (err != 0)
		return err;
	losses(report);
	warnings(report);
	return 0;
}

/* A bar of eighth blocks: EIGHTHS of a column long. */
static void add_bar(struct fa_buffer *line, unsigned eighths)
{
	static const char *const blocks[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};

	for (; eighths >= 8; eighths -= 8)
		fa_buffer_add(line, "█");
	fa_buffer_add(line, blocks[eighths]);
}

/* Anything but nothing shows. */
static unsigned bar_eighths(uint64_t bytes, uint64_t most, unsigned columns)
{
	unsigned eighths;

	if (bytes == 0 || most == 0)
		return 0;
	eighths = (unsigned)((double)bytes / (double)most * columns * 8 + 0.5);
	return eighths > 0 ? eighths : 1;
}

static void verdict_row(struct fa_text_out *text, const char *name, enum fa_paint paint,
			const struct fa_verdict_sum *sum, uint64_t most)
{
	struct fa_buffer *line = &text->line;
	char conversations[FA_NUMBER_TEXT];
	char flows[FA_NUMBER_TEXT];
	char bytes[FA_NUMBER_TEXT];
	char lead[24];
	size_t used;
	size_t room;

	snprintf(lead, sizeof(lead), "%-15s", name);
	fa_buffer_reset(line);
	fa_buffer_addf(line, "%15s%11s%12s", fa_number_text(sum->conversations, conversations),
		       fa_number_text(sum->flows, flows), fa_bytes_text(sum->bytes, bytes));
	used = strlen(lead) + line->len + 2;
	room = used < text->width ? text->width - used : 0;
	if (sum->bytes > 0 && most > 0)
		fa_buffer_add(line, "  ");
	add_bar(line, bar_eighths(sum->bytes, most, room < BAR_COLUMNS ? (unsigned)room
								       : BAR_COLUMNS));
	fa_text_row(text, lead, paint, fa_buffer_text(line));
}

int fa_text_verdicts(struct fa_text_report *report, struct fa_diag *diag)
{
	struct fa_text_out *text = &report->text;
	struct fa_verdict_sum total = {0};
	uint64_t most = 0;

	(void)diag;
	for (unsigned i = 0; i < FA_VERDICT_COUNT; i++) {
		total.conversations += report->sums[i].conversations;
		total.flows += report->sums[i].flows;
		total.bytes += report->sums[i].bytes;
		if (report->sums[i].bytes > most)
			most = report->sums[i].bytes;
	}
	fa_text_heading(text, "VERDICT          conversations      flows       bytes");
	for (unsigned i = 0; i < FA_VERDICT_COUNT; i++)
		if (i != FA_VERDICT_WAIVED || report->sums[i].conversations > 0)
			verdict_row(text, fa_verdict_text(i), fa_verdict_paint(i), &report->sums[i],
				    most);
	verdict_row(text, "all", FA_PAINT_BOLD, &total, 0);
	return 0;
}
