/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the windows of a live run say together. */
#include "report/windows.h"

#include <inttypes.h>
#include <string.h>

#include "base/time.h"
#include "report/words.h"

#define MINUTE_NS (60 * FA_NS_PER_SECOND)
#define HOUR_NS	  (60 * MINUTE_NS)
#define DAY_NS	  (24 * HOUR_NS)

/* What is shorter is told to the second. */
#define EXACT_NS (2 * MINUTE_NS)

uint64_t fa_window_loss(const struct fa_run_totals *totals, enum fa_window_loss loss,
			uint64_t *whole)
{
	const struct fa_capture_counts *capture = &totals->capture;
	const struct fa_worker_counts *workers = &totals->workers;

	*whole = 0;
	/* No default: the compiler names a forgotten loss. */
	switch (loss) {
	case FA_WINDOW_DROPPED:
		return capture->dropped_kernel + capture->dropped_interface + capture->dropped_ring;
	case FA_WINDOW_GAPS:
		*whole = workers->tcp_bytes + fa_unseen_bytes(workers);
		return fa_unseen_bytes(workers);
	case FA_WINDOW_DOWN:
		return capture->down_ns;
	case FA_WINDOW_WORKERS:
		return totals->loss.workers_replaced;
	case FA_WINDOW_FLOWS:
		return workers->flows_evicted + workers->inspections_evicted;
	case FA_WINDOW_EARLY:
		return totals->loss.judged_early;
	case FA_WINDOW_EVIDENCE:
		return totals->loss.evidence_dropped;
	case FA_WINDOW_LOSS_COUNT:
		break;
	}
	return 0;
}

/* Among equals the earlier one stays. */
static void add_worst(struct fa_window_losses *losses, const struct fa_window_span *span)
{
	size_t at = losses->count;

	losses->windows++;
	while (at > 0 && losses->worst[at - 1].part < span->part)
		at--;
	if (at == FA_WINDOWS_NAMED)
		return;
	if (losses->count < FA_WINDOWS_NAMED)
		losses->count++;
	memmove(&losses->worst[at + 1], &losses->worst[at],
		(losses->count - at - 1) * sizeof(*span));
	losses->worst[at] = *span;
}

static void add_quiet(struct fa_window_sums *sums, const struct fa_window *window)
{
	bool goes_on = sums->quiet > 0 && sums->quiet_until_ns == window->begun_ns;

	sums->quiet++;
	sums->quiet_until_ns = window->ended_ns;
	if (!goes_on)
		sums->quiet_spans++;
	if (sums->quiet_spans > FA_WINDOWS_NAMED)
		return;
	if (!goes_on)
		sums->quiet_at[sums->quiet_spans - 1].begun_ns = window->begun_ns;
	sums->quiet_at[sums->quiet_spans - 1].ended_ns = window->ended_ns;
}

/*
 * No packet came. After trouble with the database what was counted in one window may be stored with
 * the one before; it has no time of its own then.
 */
static bool is_quiet(const struct fa_window *window)
{
	return window->totals.capture.packets == 0 &&
	       (window->ended_ns > window->begun_ns || window->totals.conversations == 0);
}

/* The clock of the wall may be set back. */
static void add_times(struct fa_window_sums *sums, const struct fa_window *window)
{
	int64_t day_ns = fa_bucket_start(window->begun_ns, DAY_NS);

	if (sums->windows == 0 || window->begun_ns < sums->begun_ns)
		sums->begun_ns = window->begun_ns;
	if (sums->windows == 0 || window->ended_ns > sums->ended_ns)
		sums->ended_ns = window->ended_ns;
	sums->dated = sums->dated || (sums->windows > 0 && day_ns != sums->day_ns);
	sums->day_ns = day_ns;
	sums->windows++;
}

static int add_window(void *arg, const struct fa_window *window)
{
	struct fa_window_sums *sums = arg;

	add_times(sums, window);
	for (unsigned i = 0; i < FA_WINDOW_LOSS_COUNT; i++) {
		struct fa_window_span span = {window->begun_ns, window->ended_ns, 0, 0};

		span.part = fa_window_loss(&window->totals, i, &span.whole);
		if (span.part > 0)
			add_worst(&sums->losses[i], &span);
	}
	if (is_quiet(window))
		add_quiet(sums, window);
	return 0;
}

int fa_window_sums_read(struct fa_window_sums *out, const struct fa_history *history, int64_t run,
			struct fa_diag *diag)
{
	memset(out, 0, sizeof(*out));
	return history->each_window(history->context, run, add_window, out, diag);
}

/* "2026-11-21 14:00:03" in TEXT; *TIME points to its time of day, cut to the minute unless EXACT. */
static void write_clock(int64_t ts_ns, bool exact, char text[FA_TIME_TEXT], char **time)
{
	char *t = strchr(fa_time_text(ts_ns, text), 'T');

	*t = ' ';
	*time = t + 1;
	(*time)[exact ? 8 : 5] = '\0';
}

void fa_words_window(struct fa_buffer *buffer, int64_t begun_ns, int64_t ended_ns, bool dated)
{
	bool exact = ended_ns - begun_ns < EXACT_NS;
	char begun[FA_TIME_TEXT];
	char ended[FA_TIME_TEXT];
	char *from;
	char *to;

	if (ended_ns - begun_ns > DAY_NS - HOUR_NS) {
		fa_words_period(buffer, begun_ns, ended_ns);
		return;
	}
	write_clock(begun_ns, exact, begun, &from);
	write_clock(ended_ns, exact, ended, &to);
	fa_buffer_addf(buffer, "%s-%s", dated ? begun : from, to);
}

void fa_words_clock(struct fa_buffer *buffer, int64_t ts_ns, int64_t day_ns, bool exact)
{
	char text[FA_TIME_TEXT];
	char *time;

	write_clock(ts_ns, exact, text, &time);
	if (fa_bucket_start(ts_ns, DAY_NS) == fa_bucket_start(day_ns, DAY_NS))
		fa_buffer_add(buffer, time);
	else
		fa_buffer_add(buffer, text);
}

void fa_words_span(struct fa_buffer *buffer, uint64_t span_ns)
{
	char text[FA_DURATION_TEXT];

	fa_buffer_add(buffer, fa_duration_text(span_ns > INT64_MAX ? INT64_MAX : (int64_t)span_ns,
					       text));
}

/* "2 of 24 windows" */
static void add_share(struct fa_buffer *buffer, uint64_t some, uint64_t all)
{
	char number[FA_NUMBER_TEXT];

	fa_buffer_addf(buffer, "%s of ", fa_number_text(some, number));
	fa_buffer_count(buffer, all, "window", "windows");
}

static void add_amount(struct fa_buffer *buffer, enum fa_window_loss loss,
		       const struct fa_window_span *span)
{
	char number[FA_NUMBER_TEXT];

	if (loss == FA_WINDOW_GAPS)
		fa_buffer_add(buffer, fa_percent_text(span->part, span->whole, number));
	else if (loss == FA_WINDOW_DOWN)
		fa_words_span(buffer, span->part);
	else
		fa_buffer_add(buffer, fa_number_text(span->part, number));
}

static void add_rest(struct fa_buffer *buffer, uint64_t rest)
{
	char number[FA_NUMBER_TEXT];

	if (rest > 0)
		fa_buffer_addf(buffer, "; %s more", fa_number_text(rest, number));
}

void fa_words_where(struct fa_buffer *buffer, const struct fa_window_sums *sums,
		    enum fa_window_loss loss)
{
	const struct fa_window_losses *losses = &sums->losses[loss];

	if (losses->windows == 0)
		return;
	fa_buffer_add(buffer, " in ");
	add_share(buffer, losses->windows, sums->windows);
	for (size_t i = 0; i < losses->count; i++) {
		const struct fa_window_span *span = &losses->worst[i];

		fa_buffer_add(buffer, i == 0 ? ": " : "; ");
		fa_words_window(buffer, span->begun_ns, span->ended_ns, sums->dated);
		fa_buffer_add(buffer, " ");
		add_amount(buffer, loss, span);
	}
	add_rest(buffer, losses->windows - losses->count);
}

void fa_words_quiet(struct fa_buffer *buffer, const struct fa_window_sums *sums)
{
	uint64_t named = sums->quiet_spans < FA_WINDOWS_NAMED ? sums->quiet_spans
							       : FA_WINDOWS_NAMED;

	if (sums->quiet == 0)
		return;
	add_share(buffer, sums->quiet, sums->windows);
	for (uint64_t i = 0; i < named; i++) {
		fa_buffer_add(buffer, i == 0 ? ": " : "; ");
		fa_words_window(buffer, sums->quiet_at[i].begun_ns, sums->quiet_at[i].ended_ns,
				sums->dated);
	}
	add_rest(buffer, sums->quiet_spans - named);
}
