/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a night amounts to: the sums of its runs. */
#include "report/nights_row.h"

#include <string.h>

#include "report/words.h"

static int count_finding(void *arg, const struct fa_stored_finding *finding)
{
	struct fa_night_sums *sums = arg;

	sums->by_verdict[finding->verdict]++;
	return 0;
}

static int count_expectation(void *arg, const struct fa_stored_expectation *expectation)
{
	struct fa_night_sums *sums = arg;

	sums->unseen += expectation->state == FA_EXPECT_UNSEEN;
	return 0;
}

/* The worse of both. */
static const char *least(const char *a, const char *b)
{
	static const char *const levels[] = {"none", "low", "medium", "high"};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (strcmp(levels[i], a) == 0 || strcmp(levels[i], b) == 0)
			return levels[i];
	return a;
}

static void add_run(struct fa_night_sums *sums, const struct fa_stored_run *run)
{
	const struct fa_run_totals *totals = &run->totals;
	const struct fa_capture_counts *capture = &totals->capture;
	const char *confidence = fa_run_confidence(totals, NULL, 0);
	uint64_t dropped = capture->dropped_kernel + capture->dropped_interface + capture->dropped_ring;

	sums->packets += capture->packets;
	sums->conversations += totals->conversations;
	sums->findings += run->findings;
	sums->lost += dropped + totals->loss.packets_lost;
	/* What lay in a ring was read before. */
	sums->whole += capture->packets + dropped - capture->dropped_ring;
	sums->gap_bytes += fa_unseen_bytes(&totals->workers);
	sums->tcp_bytes += fa_unseen_bytes(&totals->workers) + totals->workers.tcp_bytes;
	sums->state = fa_words_state(run);
	sums->confidence = sums->confidence == NULL ? confidence
						    : least(sums->confidence, confidence);
}

static uint64_t share(uint64_t part, uint64_t whole)
{
	return whole == 0 ? 0 : (uint64_t)((double)part / (double)whole * FA_NIGHT_WHOLE);
}

uint64_t fa_night_loss(const struct fa_night_sums *sums)
{
	uint64_t packets = share(sums->lost, sums->whole);
	uint64_t gaps = share(sums->gap_bytes, sums->tcp_bytes);

	return packets > gaps ? packets : gaps;
}

int fa_night_sums_read(struct fa_night_sums *sums, const struct fa_history *history,
		       const struct fa_nights *nights, const struct fa_night *night,
		       struct fa_diag *diag)
{
	struct fa_stored_run run;
	int error = 0;

	memset(sums, 0, sizeof(*sums));
	for (size_t i = 0; error == 0 && i < night->count; i++) {
		int64_t id = nights->runs[night->first + i]->id;

		error = history->run(history->context, id, &run, diag);
		if (error == 0)
			add_run(sums, &run);
		if (error == 0)
			error = history->each_finding(history->context, id, 0, count_finding, sums,
						      diag);
		sums->unseen = 0;
		if (error == 0)
			error = history->each_expectation(history->context, id, count_expectation,
							  sums, diag);
	}
	return error;
}

/* Of a long pause only so many nights are shown one by one. */
enum { MISSING_MAX = 400 };

static int each_missing(const struct fa_nights *nights, size_t before, int64_t usual_ns,
			int (*fn)(void *arg, const struct fa_night *night, int64_t begin_ns),
			void *arg)
{
	int64_t begins[MISSING_MAX];
	size_t count = fa_nights_missing(usual_ns, nights->items[before].begin_ns,
					 nights->items[before + 1].begin_ns, begins, MISSING_MAX);
	int error = 0;

	for (size_t i = 0; error == 0 && i < count && i < MISSING_MAX; i++)
		error = fn(arg, NULL, begins[i]);
	return error;
}

int fa_nights_each(const struct fa_nights *nights,
		   int (*fn)(void *arg, const struct fa_night *night, int64_t begin_ns), void *arg)
{
	int64_t usual_ns = fa_nights_usual(nights, nights->count);
	int error = 0;

	for (size_t i = 0; error == 0 && i < nights->count; i++) {
		error = fn(arg, &nights->items[i], nights->items[i].begin_ns);
		if (error == 0 && i + 1 < nights->count)
			error = each_missing(nights, i, usual_ns, fn, arg);
	}
	return error;
}
