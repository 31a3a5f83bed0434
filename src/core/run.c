/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the counters of a run mean. */
#include "core/run.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

const char *fa_run_kind_text(enum fa_run_kind kind)
{
	/* No default: the compiler names a forgotten kind. So below. */
	switch (kind) {
	case FA_RUN_REPLAY:
		return "replay";
	case FA_RUN_LIVE:
		return "live";
	}
	return "invalid";
}

const char *fa_run_end_text(enum fa_run_end end)
{
	switch (end) {
	case FA_RUN_UNFINISHED:
		return "unfinished";
	case FA_RUN_COMPLETE:
		return "complete";
	case FA_RUN_INTERRUPTED:
		return "interrupted";
	case FA_RUN_FAILED:
		return "failed";
	}
	return "invalid";
}

void fa_worker_counts_add(struct fa_worker_counts *into, const struct fa_worker_counts *from)
{
	into->packets += from->packets;
	into->flows += from->flows;
	into->flows_evicted += from->flows_evicted;
	into->inspections_evicted += from->inspections_evicted;
	into->inspection_calls += from->inspection_calls;
	into->conversations_out += from->conversations_out;
	into->fragments_unmatched += from->fragments_unmatched;
	into->sequence_gap_bytes += from->sequence_gap_bytes;
	into->tcp_bytes += from->tcp_bytes;
	into->one_way_flows += from->one_way_flows;
}

enum level { HIGH, MEDIUM, LOW, NONE };

/* A measurement: PART of WHOLE is bad, from which share on it lowers the confidence. */
struct measure {
	uint64_t part, whole;
	double medium, low; /* shares; above 1: never */
	const char *what;
};

static double share_of(const struct measure *m)
{
	return m->whole == 0 ? 0.0 : (double)m->part / (double)m->whole;
}

static enum level level_of(const struct measure *m)
{
	double share = share_of(m);

	if (m->part == 0)
		return HIGH;
	if (share > m->low)
		return LOW;
	return share > m->medium ? MEDIUM : HIGH;
}

/* Adds a clause to the sentence; what does not fit is left out whole. */
static void add(char *why, size_t why_size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void add(char *why, size_t why_size, const char *format, ...)
{
	char clause[160];
	size_t used = strlen(why);
	const char *joint = used == 0 ? "" : "; ";
	va_list args;

	va_start(args, format);
	vsnprintf(clause, sizeof(clause), format, args);
	va_end(args);
	if (used + strlen(joint) + strlen(clause) >= why_size)
		return;
	fa_text_copy(why + used, why_size - used, joint);
	used += strlen(joint);
	fa_text_copy(why + used, why_size - used, clause);
}

static void add_measure(char *why, size_t why_size, const struct measure *m)
{
	double percent = 100.0 * share_of(m);

	if (m->part == 0)
		return;
	if (percent < 0.01)
		add(why, why_size, "less than 0.01%% of %s", m->what);
	else
		add(why, why_size, "%.2f%% of %s", percent, m->what);
}

/*
 * The shares: a loss of one packet in a thousand leaves single flows doubtful, one in fifty leaves
 * whole conversations doubtful. One-way flows never say more than "medium", because a port scan
 * makes them too.
 */
enum { MEASURES = 8 };

static size_t measures_of(const struct fa_run_totals *totals, struct measure out[MEASURES])
{
	const struct fa_capture_counts *c = &totals->capture;
	const struct fa_worker_counts *w = &totals->workers;
	uint64_t dropped = c->dropped_kernel + c->dropped_interface + c->dropped_ring;
	uint64_t undecoded = 0;

	for (size_t i = 0; i < FA_DECODE_COUNT; i++)
		if (i != FA_DECODE_DECODED && i != FA_DECODE_NOT_IP)
			undecoded += c->results[i];
	const struct measure all[] = {
		{dropped, c->packets + dropped, 0.001, 0.02, "packets dropped while capturing"},
		{w->sequence_gap_bytes, w->tcp_bytes + w->sequence_gap_bytes, 0.001, 0.02,
		 "TCP bytes lost before the tap"},
		{undecoded, c->packets, 0.01, 0.1, "packets could not be decoded"},
		{totals->loss.packets_lost, c->packets, 0.001, 0.02,
		 "packets lost with a worker that died"},
		{w->flows_evicted, w->flows, 0.001, 0.05, "flows cut short for want of memory"},
		{w->inspections_evicted, w->flows, 0.001, 0.05,
		 "flows not inspected to the end for want of memory"},
		{w->one_way_flows, w->flows, 0.5, 2.0, "flows are TCP seen from one side only"},
		{c->cut, c->packets, 0.5, 2.0, "packets shorter than on the wire"},
	};

	memcpy(out, all, sizeof(all));
	return sizeof(all) / sizeof(all[0]);
}

static enum level worse(enum level a, enum level b)
{
	return a > b ? a : b;
}

/* What no share expresses: how the run and its inputs ended. */
static enum level judge_end(const struct fa_run_totals *totals, char *why, size_t why_size)
{
	enum level level = HIGH;

	if (totals->end == FA_RUN_FAILED) {
		level = LOW;
		add(why, why_size, "the run failed before its end");
	} else if (totals->end == FA_RUN_UNFINISHED) {
		level = MEDIUM;
		add(why, why_size, "the run has not ended");
	}
	if (totals->loss.judged_early > 0) {
		level = worse(level, MEDIUM);
		add(why, why_size, "some conversations were judged before all were seen, for want "
				   "of memory");
	}
	if (totals->capture.files_truncated > 0) {
		level = worse(level, MEDIUM);
		add(why, why_size, "%" PRIu32 " of %" PRIu32 " inputs end in the middle of a packet",
		    totals->capture.files_truncated, totals->capture.files);
	}
	return level;
}

const char *fa_run_confidence(const struct fa_run_totals *totals, char *why, size_t why_size)
{
	static const char *const texts[] = {"high", "medium", "low", "none"};
	char unwanted[1];
	struct measure measures[MEASURES];
	size_t count = measures_of(totals, measures);
	enum level level;

	if (why == NULL || why_size == 0) {
		why = unwanted;
		why_size = sizeof(unwanted);
	}
	why[0] = '\0';
	level = judge_end(totals, why, why_size);
	for (size_t i = 0; i < count; i++) {
		level = worse(level, level_of(&measures[i]));
		add_measure(why, why_size, &measures[i]);
	}
	if (totals->capture.packets == 0) {
		level = NONE;
		add(why, why_size, "no packet was read");
	} else if (totals->capture.results[FA_DECODE_DECODED] == 0) {
		level = NONE;
		add(why, why_size, "not one IP packet could be decoded");
	}
	if (why[0] == '\0')
		add(why, why_size, "no loss was measured");
	return texts[level];
}
