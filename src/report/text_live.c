/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text report: what only a live run has: windows, times of the wall clock, crashes. */
#include "report/text.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "report/command.h"
#include "report/words.h"

#define INDENT 4 /* of what is said of a crash */

/* Windows shorter than a minute need clocks with seconds. */
static bool is_exact(const struct fa_text_report *report)
{
	return report->run.info.bucket_ns < 60 * FA_NS_PER_SECOND;
}

int fa_text_live_read(struct fa_text_report *report, struct fa_diag *diag)
{
	if (!fa_text_is_live(report))
		return 0;
	return fa_window_sums_read(&report->windows, report->history, report->run.id, diag);
}

/* "running: last window stored at 04:00" */
static void add_standing(struct fa_buffer *buffer, const struct fa_text_report *report)
{
	const struct fa_stored_run *run = &report->run;
	bool running = run->totals.end == FA_RUN_UNFINISHED;

	fa_buffer_add(buffer, fa_words_state(run));
	if (run->totals.end == FA_RUN_COMPLETE)
		return;
	if (report->windows.windows == 0) {
		fa_buffer_add(buffer, ": no window stored");
		return;
	}
	fa_buffer_add(buffer, running ? ": last window stored at " : ": last commit ");
	fa_words_clock(buffer, run->committed_ns, report->windows.ended_ns, is_exact(report));
}

void fa_text_live_period(const struct fa_text_report *report, struct fa_buffer *buffer)
{
	const struct fa_window_sums *windows = &report->windows;

	if (windows->windows > 0)
		fa_words_period(buffer, windows->begun_ns, windows->ended_ns);
	else
		fa_words_period(buffer, report->run.begun_ns, report->run.begun_ns);
	fa_buffer_add(buffer, " UTC (");
	add_standing(buffer, report);
	fa_buffer_add(buffer, ")");
}

/* With CONFIDENCE to the right; false when that had no room there. */
static bool put_dropped(struct fa_text_report *report, const char *confidence)
{
	const struct fa_capture_counts *capture = &report->run.totals.capture;
	struct fa_buffer *line = &report->text.line;
	char number[FA_NUMBER_TEXT];
	uint64_t whole;
	uint64_t dropped = fa_window_loss(&report->run.totals, FA_WINDOW_DROPPED, &whole);

	fa_buffer_reset(line);
	fa_buffer_addf(line, "loss: capture %s", fa_number_text(dropped, number));
	if (dropped > 0) {
		fa_buffer_addf(line, " (kernel %s", fa_number_text(capture->dropped_kernel, number));
		fa_buffer_addf(line, ", interface %s",
			       fa_number_text(capture->dropped_interface, number));
		fa_buffer_addf(line, ", ring %s)", fa_number_text(capture->dropped_ring, number));
		fa_words_where(line, &report->windows, FA_WINDOW_DROPPED);
	} else {
		fa_buffer_add(line, " in ");
		fa_buffer_count(line, report->windows.windows, "window", "windows");
	}
	if (fa_text_columns(fa_buffer_text(line)) + 2 + fa_text_columns(confidence) >
	    report->text.width) {
		fa_text_wrap_lead(&report->text, "", FA_PAINT_NONE, 2, fa_buffer_text(line));
		return false;
	}
	fa_text_sides(&report->text, fa_buffer_text(line), confidence);
	return true;
}

static void put_gaps(struct fa_text_report *report)
{
	struct fa_buffer *line = &report->text.line;
	char number[FA_NUMBER_TEXT];
	uint64_t whole;
	uint64_t gaps = fa_window_loss(&report->run.totals, FA_WINDOW_GAPS, &whole);

	fa_buffer_reset(line);
	fa_buffer_addf(line, "before the tap %s of TCP bytes", fa_percent_text(gaps, whole, number));
	fa_words_where(line, &report->windows, FA_WINDOW_GAPS);
	fa_text_add_duplicates(line, &report->run);
	fa_text_wrap(&report->text, 2, fa_buffer_text(line));
}

static void put_down(struct fa_text_report *report)
{
	const struct fa_stored_run *run = &report->run;
	struct fa_buffer *line = &report->text.line;

	if (run->totals.capture.down_ns == 0)
		return;
	fa_buffer_reset(line);
	fa_buffer_clip(line, run->info.source, 70);
	/* Of several it is the sum. */
	fa_buffer_add(line, strchr(run->info.source, ' ') == NULL ? " was down for "
								   : ": interfaces down for ");
	fa_words_span(line, run->totals.capture.down_ns);
	fa_words_where(line, &report->windows, FA_WINDOW_DOWN);
	fa_text_wrap_lead(&report->text, "  NO INTERFACE: ", FA_PAINT_BAD, 2, fa_buffer_text(line));
}

static void put_quiet(struct fa_text_report *report)
{
	struct fa_text_out *text = &report->text;

	if (report->windows.quiet == 0)
		return;
	fa_buffer_reset(&text->line);
	fa_words_quiet(&text->line, &report->windows);
	fa_buffer_add(&text->line, ": this is not \"no loss\"");
	fa_text_wrap_lead(text, "  no packet in ", FA_PAINT_WARN, 2, fa_buffer_text(&text->line));
}

void fa_text_live_losses(struct fa_text_report *report, const char *confidence)
{
	bool placed = put_dropped(report, confidence);

	put_gaps(report);
	put_down(report);
	put_quiet(report);
	if (!placed)
		fa_text_wrap(&report->text, 0, confidence);
}

void fa_text_live_warn(struct fa_text_report *report)
{
	const struct fa_stored_run *run = &report->run;
	struct fa_text_out *text = &report->text;
	struct fa_buffer *line = &text->line;

	if (run->totals.end == FA_RUN_COMPLETE ||
	    (run->totals.end == FA_RUN_UNFINISHED && report->windows.windows > 0))
		return;
	fa_buffer_reset(line);
	if (run->totals.end == FA_RUN_UNFINISHED) {
		fa_buffer_add(line, "a window is stored when it ends, after at most ");
		fa_words_span(line, (uint64_t)run->info.bucket_ns);
		fa_buffer_add(line, "; nothing can be said before.");
		fa_text_wrap_lead(text, "NO WINDOW IS STORED YET: ", FA_PAINT_BAD, 2,
				  fa_buffer_text(line));
		return;
	}
	fa_buffer_addf(line, "the run is %s: ", fa_words_state(run));
	if (report->windows.windows > 0) {
		fa_buffer_add(line, "what came after its last commit, ");
		fa_words_clock(line, run->committed_ns, 0, true);
		fa_buffer_add(line, " UTC, is not in here.");
	} else {
		fa_buffer_add(line, "it ended before a window was stored.");
	}
	fa_text_wrap_lead(text, "NOT THE WHOLE CAPTURE: ", FA_PAINT_BAD, 2, fa_buffer_text(line));
}

static void put_windows_item(struct fa_text_report *report)
{
	const struct fa_window_sums *windows = &report->windows;
	struct fa_buffer *line = &report->text.line;

	fa_buffer_reset(line);
	fa_buffer_count(line, windows->windows, "window", "windows");
	fa_buffer_add(line, " of up to ");
	fa_words_span(line, (uint64_t)report->run.info.bucket_ns);
	if (windows->windows > 0) {
		fa_buffer_add(line, ", the last stored at ");
		fa_words_clock(line, report->run.committed_ns, 0, true);
		fa_buffer_add(line, " UTC");
	}
	fa_text_item(&report->text, "windows", fa_buffer_text(line));
}

void fa_text_live_input(struct fa_text_report *report)
{
	const struct fa_stored_run *run = &report->run;
	struct fa_buffer *line = &report->text.line;

	put_windows_item(report);
	if (run->crashes > 0) {
		fa_buffer_reset(line);
		fa_buffer_count(line, run->crashes, "packet that a worker died of is",
				"packets that workers died of are");
		fa_buffer_add(line, " kept in the database");
		fa_text_item(&report->text, "crashes", fa_buffer_text(line));
	}
	if (run->totals.loss.evidence_dropped > 0) {
		fa_buffer_reset(line);
		fa_buffer_count(line, run->totals.loss.evidence_dropped, "packet", "packets");
		fa_buffer_add(line, " not kept for want of room");
		fa_words_where(line, &report->windows, FA_WINDOW_EVIDENCE);
		fa_text_item(&report->text, "evidence", fa_buffer_text(line));
	}
}

/* One line of the table; its columns are those of the heading below. */
static int put_window(void *arg, const struct fa_window *window)
{
	struct fa_text_report *report = arg;
	const struct fa_capture_counts *capture = &window->totals.capture;
	struct fa_buffer *line = &report->text.line;
	struct fa_buffer cell = {0};
	char number[FA_NUMBER_TEXT];
	uint64_t whole;
	uint64_t gaps = fa_window_loss(&window->totals, FA_WINDOW_GAPS, &whole);

	fa_words_window(&cell, window->begun_ns, window->ended_ns, true);
	fa_buffer_reset(line);
	/* Room for the longest, with both dates. */
	fa_buffer_addf(line, "%-36s", fa_buffer_text(&cell));
	fa_buffer_addf(line, "%12s", fa_number_text(capture->packets, number));
	fa_buffer_addf(line, "%9s", fa_number_text(capture->dropped_kernel, number));
	fa_buffer_addf(line, "%7s", fa_number_text(capture->dropped_interface, number));
	fa_buffer_addf(line, "%9s", fa_number_text(capture->dropped_ring, number));
	fa_buffer_addf(line, "%8s", fa_number_text(window->totals.loss.packets_lost, number));
	fa_buffer_addf(line, "%7s", fa_percent_text(gaps, whole, number));
	fa_buffer_reset(&cell);
	if (capture->down_ns > 0)
		fa_words_span(&cell, capture->down_ns);
	fa_buffer_addf(line, "%10s", cell.len > 0 ? cell.text : "-");
	line->failed = line->failed || cell.failed;
	fa_buffer_deinit(&cell);
	fa_text_line(&report->text, fa_buffer_text(line));
	return 0;
}

static void put_crash_command(struct fa_text_report *report, const struct fa_crash *crash)
{
	struct fa_buffer *line = &report->text.line;

	fa_buffer_reset(line);
	fa_buffer_add(line, "packet: ");
	fa_command_add(line, "evidence", report->history);
	fa_buffer_addf(line, " --run %" PRId64 " --crash %" PRIu32 " -o f.pcap", report->run.id,
		       crash->n);
	fa_text_command(&report->text, INDENT, fa_buffer_text(line));
}

static int put_crash(void *arg, const struct fa_crash *crash)
{
	struct fa_text_report *report = arg;
	struct fa_buffer *line = &report->text.line;
	char number[FA_NUMBER_TEXT];
	char lead[16];

	fa_buffer_reset(line);
	fa_words_clock(line, crash->when_ns, 0, true);
	fa_buffer_addf(line, " worker %" PRIu32, crash->worker);
	if (crash->signal != 0)
		fa_buffer_addf(line, " died of signal %" PRId32, crash->signal);
	else
		fa_buffer_add(line, " hung");
	fa_buffer_addf(line, " at packet %s, ", fa_number_text(crash->number, number));
	fa_buffer_count(line, crash->ip_bytes, "byte", "bytes");
	fa_buffer_addf(line, " of IP, %s of them kept", fa_number_text(crash->captured, number));
	snprintf(lead, sizeof(lead), "%2" PRIu32 "  ", crash->n);
	fa_text_wrap_lead(&report->text, lead, FA_PAINT_NONE, INDENT, fa_buffer_text(line));
	if (crash->captured > 0)
		put_crash_command(report, crash);
	return 0;
}

int fa_text_live_windows(struct fa_text_report *report, struct fa_diag *diag)
{
	const struct fa_history *history = report->history;
	struct fa_text_out *text = &report->text;
	int err;

	fa_text_heading(text, "WINDOW (UTC)                             PACKETS   KERNEL  IFACE     "
			      "RING WORKERS   GAPS      DOWN");
	err = history->each_window(history->context, report->run.id, put_window, report, diag);
	if (err != 0 || report->run.crashes == 0)
		return err;
	fa_text_heading(text, "CRASHES (with the packet that the worker had in hand)");
	return history->each_crash(history->context, report->run.id, put_crash, report, diag);
}
