/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stored runs: a list, and one in full. */
#include "report/report.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "report/baselines.h"
#include "report/json.h"
#include "report/output.h"
#include "report/text.h"
#include "report/words.h"

struct listing {
	struct fa_text_out text;
	struct fa_baselines baselines;
	uint64_t runs;
	struct fa_diag *diag;
};

/* In front of the source: "baseline good: " */
static void add_baselines(struct listing *listing, int64_t run)
{
	struct fa_buffer *line = &listing->text.line;
	const struct fa_named_run *baseline = NULL;
	const char *before = "baseline ";

	while ((baseline = fa_baselines_next(&listing->baselines, run, baseline)) != NULL) {
		fa_buffer_add(line, before);
		fa_buffer_clip(line, baseline->name, 16);
		before = ", ";
	}
	if (before[0] == ',')
		fa_buffer_add(line, ": ");
}

/* Packets that no verdict knows of, as a share of those that were there. */
static const char *lost_text(const struct fa_run_totals *totals, char text[FA_NUMBER_TEXT])
{
	uint64_t whole;
	uint64_t dropped = fa_window_loss(totals, FA_WINDOW_DROPPED, &whole);

	/* What lay in a ring was read before. */
	whole = totals->capture.packets + dropped - totals->capture.dropped_ring;
	return fa_percent_text(dropped + totals->loss.packets_lost, whole, text);
}

static int text_row(void *arg, const struct fa_stored_run *run)
{
	struct listing *listing = arg;
	struct fa_buffer *line = &listing->text.line;
	const struct fa_run_totals *totals = &run->totals;
	char made[FA_TIME_TEXT];
	char packets[FA_NUMBER_TEXT];
	char lost[FA_NUMBER_TEXT];
	char findings[FA_NUMBER_TEXT];
	size_t used;

	if (listing->runs++ == 0)
		fa_text_line(&listing->text,
			     " RUN  MADE (UTC)        KIND   STATE       CONFIDENCE    PACKETS   LOST "
			     "FINDINGS  SOURCE");
	fa_buffer_reset(line);
	fa_buffer_addf(line, "%4" PRId64 "  %s  %-6s %-11s %-6s %14s %6s %8s  ", run->id,
		       fa_time_text_short(run->begun_ns, made), fa_run_kind_text(run->info.kind),
		       fa_words_state(run), fa_run_confidence(totals, NULL, 0),
		       fa_number_text(totals->capture.packets, packets),
		       lost_text(totals, lost), fa_number_text(run->findings, findings));
	add_baselines(listing, run->id);
	used = fa_text_columns(fa_buffer_text(line));
	if (used >= listing->text.width)
		used = listing->text.width - 1;
	/* The end of a file's name tells more, and the beginning of a list of interfaces. */
	if (run->info.kind == FA_RUN_LIVE)
		fa_buffer_clip(line, run->info.source, listing->text.width - used);
	else
		fa_buffer_clip_front(line, run->info.source, listing->text.width - used);
	fa_text_line(&listing->text, fa_buffer_text(line));
	return fa_text_out_check(&listing->text, listing->diag);
}

static json_t *baselines_of(const struct listing *listing, int64_t run)
{
	const struct fa_named_run *baseline = NULL;
	json_t *names = json_array();

	while ((baseline = fa_baselines_next(&listing->baselines, run, baseline)) != NULL)
		if (json_array_append_new(names, fa_json_wire(baseline->name)) != 0) {
			json_decref(names);
			return NULL;
		}
	return names;
}

static int json_row(void *arg, const struct fa_stored_run *run)
{
	struct listing *listing = arg;
	json_t *object = fa_json_run(run, true);

	fputs(listing->runs++ > 0 ? ",\n" : "\n", listing->text.out);
	if (object != NULL && json_object_set_new(object, "baselines", baselines_of(listing, run->id)) != 0) {
		json_decref(object);
		object = NULL;
	}
	return fa_json_write(listing->text.out, object, "", listing->diag);
}

int fa_report_runs_list(FILE *out, const char *format, const struct fa_history *history,
			const struct fa_report_options *options, struct fa_diag *diag)
{
	struct listing listing = {.diag = diag};
	bool json;
	int err = fa_json_wanted(format, &json, diag);

	if (err != 0)
		return err;
	fa_text_out_init(&listing.text, out, options);
	err = fa_baselines_read(&listing.baselines, history, diag);
	if (json && err == 0)
		fputs("{\"runs\":[", out);
	if (err == 0)
		err = history->each_run(history->context, json ? json_row : text_row, &listing, diag);
	if (err == 0 && json)
		fputs("\n]}\n", out);
	else if (err == 0 && listing.runs == 0)
		fa_text_line(&listing.text, "no runs are stored");
	if (err == 0)
		err = fa_text_out_check(&listing.text, diag);
	if (err == 0)
		err = fa_output_flush(out, diag);
	fa_baselines_deinit(&listing.baselines);
	fa_text_out_deinit(&listing.text);
	return err;
}

static void put_made(struct fa_text_report *report)
{
	struct fa_buffer *line = &report->text.line;
	char made[FA_TIME_TEXT];

	fa_buffer_reset(line);
	fa_buffer_addf(line, "run %" PRId64 ", made %s UTC by flowaudit ", report->run.id,
		       fa_time_text_short(report->run.begun_ns, made));
	fa_buffer_safe(line, report->run.version);
	fa_buffer_addf(line, " with %" PRIu32 " workers%s, in buckets of %" PRId64 " s; ",
		       report->run.info.workers, report->run.info.sandboxed ? " (sandboxed)" : " (NOT CONFINED)",
		       (int64_t)(report->run.info.bucket_ns / FA_NS_PER_SECOND));
	fa_buffer_count(line, report->run.findings, "finding", "findings");
	fa_text_wrap(&report->text, 0, fa_buffer_text(line));
}

static int show_text(struct fa_text_report *report, struct fa_diag *diag)
{
	int err = report->history->sums(report->history->context, report->run.id, report->sums,
					diag);

	if (err == 0)
		err = fa_text_live_read(report, diag);
	if (err == 0) {
		put_made(report);
		err = fa_text_verdicts(report, diag);
	}
	if (err == 0)
		err = fa_text_input(report, diag);
	if (err == 0 && fa_text_is_live(report))
		err = fa_text_live_windows(report, diag);
	return err == 0 ? fa_text_out_check(&report->text, diag) : err;
}

int fa_report_runs_show(FILE *out, const char *format, const struct fa_history *history,
			int64_t run, const struct fa_report_options *options,
			struct fa_diag *diag)
{
	struct fa_text_report report;
	bool json;
	int err = fa_json_wanted(format, &json, diag);

	if (err != 0)
		return err;
	memset(&report, 0, sizeof(report));
	report.history = history;
	err = history->run(history->context, run, &report.run, diag);
	if (err != 0)
		return err;
	fa_text_out_init(&report.text, out, options);
	if (json)
		err = fa_json_write_run(out, history, &report.run, true, diag);
	if (json && err == 0)
		fputs("\n", out);
	else
		err = show_text(&report, diag);
	if (err == 0)
		err = fa_output_flush(out, diag);
	fa_text_out_deinit(&report.text);
	return err;
}
