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
	into->acked_unseen_bytes += from->acked_unseen_bytes;
}

/* Each of these structures is a new number here when it gets a member; then its functions below
 * want a line. */
_Static_assert(sizeof(struct fa_capture_counts) == (12 + FA_DECODE_COUNT + FA_TUNNEL_COUNT) * 8 + 48,
	       "a member of fa_capture_counts is not added up");
_Static_assert(sizeof(struct fa_worker_counts) == 11 * 8, "nor one of fa_worker_counts");
_Static_assert(sizeof(struct fa_loss_counts) == 5 * 8, "nor one of fa_loss_counts");

static void add_link_type(struct fa_capture_counts *into, int32_t type)
{
	for (uint32_t i = 0; i < into->link_type_count; i++)
		if (into->link_types[i] == type)
			return;
	if (into->link_type_count < FA_LINK_TYPES_MAX)
		into->link_types[into->link_type_count++] = type;
}

static void add_times(struct fa_capture_counts *into, const struct fa_capture_counts *from)
{
	if (from->packets == 0)
		return;
	if (into->packets == 0 || from->first_ns < into->first_ns)
		into->first_ns = from->first_ns;
	if (into->packets == 0 || from->last_ns > into->last_ns)
		into->last_ns = from->last_ns;
}

void fa_capture_counts_add(struct fa_capture_counts *into, const struct fa_capture_counts *from)
{
	add_times(into, from); /* while "packets" still says whether there were any */
	into->packets += from->packets;
	into->frame_bytes += from->frame_bytes;
	for (size_t i = 0; i < FA_DECODE_COUNT; i++)
		into->results[i] += from->results[i];
	into->duplicates += from->duplicates;
	into->duplicates_left += from->duplicates_left;
	for (size_t i = 0; i < FA_TUNNEL_COUNT; i++)
		into->layers[i] += from->layers[i];
	into->cut += from->cut;
	into->dropped_kernel += from->dropped_kernel;
	into->dropped_interface += from->dropped_interface;
	into->dropped_ring += from->dropped_ring;
	into->time_backwards += from->time_backwards;
	into->down_ns += from->down_ns;
	for (uint32_t i = 0; i < from->link_type_count && i < FA_LINK_TYPES_MAX; i++)
		add_link_type(into, from->link_types[i]);
	into->files += from->files;
	into->files_truncated += from->files_truncated;
}

static uint64_t since(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

static void capture_since(const struct fa_capture_counts *now,
			  const struct fa_capture_counts *before, struct fa_capture_counts *out)
{
	*out = *now; /* with the time of the last packet, and the link types */
	out->packets = since(now->packets, before->packets);
	out->frame_bytes = since(now->frame_bytes, before->frame_bytes);
	for (size_t i = 0; i < FA_DECODE_COUNT; i++)
		out->results[i] = since(now->results[i], before->results[i]);
	out->duplicates = since(now->duplicates, before->duplicates);
	out->duplicates_left = since(now->duplicates_left, before->duplicates_left);
	for (size_t i = 0; i < FA_TUNNEL_COUNT; i++)
		out->layers[i] = since(now->layers[i], before->layers[i]);
	out->cut = since(now->cut, before->cut);
	out->dropped_kernel = since(now->dropped_kernel, before->dropped_kernel);
	out->dropped_interface = since(now->dropped_interface, before->dropped_interface);
	out->dropped_ring = since(now->dropped_ring, before->dropped_ring);
	out->time_backwards = since(now->time_backwards, before->time_backwards);
	out->down_ns = since(now->down_ns, before->down_ns);
	if (before->packets > 0)
		out->first_ns = before->last_ns;
	out->files = (uint32_t)since(now->files, before->files);
	out->files_truncated = (uint32_t)since(now->files_truncated, before->files_truncated);
}

static void workers_since(const struct fa_worker_counts *now,
			  const struct fa_worker_counts *before, struct fa_worker_counts *out)
{
	out->packets = since(now->packets, before->packets);
	out->flows = since(now->flows, before->flows);
	out->flows_evicted = since(now->flows_evicted, before->flows_evicted);
	out->inspections_evicted = since(now->inspections_evicted, before->inspections_evicted);
	out->inspection_calls = since(now->inspection_calls, before->inspection_calls);
	out->conversations_out = since(now->conversations_out, before->conversations_out);
	out->fragments_unmatched = since(now->fragments_unmatched, before->fragments_unmatched);
	out->sequence_gap_bytes = since(now->sequence_gap_bytes, before->sequence_gap_bytes);
	out->tcp_bytes = since(now->tcp_bytes, before->tcp_bytes);
	out->one_way_flows = since(now->one_way_flows, before->one_way_flows);
	out->acked_unseen_bytes = since(now->acked_unseen_bytes, before->acked_unseen_bytes);
}

void fa_run_totals_since(const struct fa_run_totals *now, const struct fa_run_totals *before,
			 struct fa_run_totals *out)
{
	struct fa_run_totals result;

	memset(&result, 0, sizeof(result));
	capture_since(&now->capture, &before->capture, &result.capture);
	workers_since(&now->workers, &before->workers, &result.workers);
	result.loss.workers_replaced =
		since(now->loss.workers_replaced, before->loss.workers_replaced);
	result.loss.packets_lost = since(now->loss.packets_lost, before->loss.packets_lost);
	result.loss.flows_lost = since(now->loss.flows_lost, before->loss.flows_lost);
	result.loss.judged_early = since(now->loss.judged_early, before->loss.judged_early);
	result.loss.evidence_dropped =
		since(now->loss.evidence_dropped, before->loss.evidence_dropped);
	result.interfaces = now->interfaces;
	result.conversations = since(now->conversations, before->conversations);
	result.end = now->end;
	*out = result;
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
 * whole conversations doubtful. One-way flows are not attempts that nobody answered, so a port scan
 * makes none; a few are made by the edges of a capture and by paths that differ by direction. Where
 * most are, the tap shows one direction.
 */
enum { MEASURE_DOWN = 1, MEASURES = 9 };

/*
 * From the first packet to the last; longer, when interfaces were away for longer. That is not how
 * long the capture ran: no share can be told then.
 */
static uint64_t watched_ns(const struct fa_capture_counts *c)
{
	uint64_t span = 0;

	if (c->packets > 0 && c->last_ns > c->first_ns)
		span = (uint64_t)c->last_ns - (uint64_t)c->first_ns;
	return span > c->down_ns ? span : c->down_ns;
}

static size_t measures_of(const struct fa_run_totals *totals, struct measure out[MEASURES])
{
	const struct fa_capture_counts *c = &totals->capture;
	const struct fa_worker_counts *w = &totals->workers;
	uint64_t dropped = c->dropped_kernel + c->dropped_interface + c->dropped_ring;
	uint64_t unseen = fa_unseen_bytes(w);
	uint64_t undecoded = 0;

	for (size_t i = 0; i < FA_DECODE_COUNT; i++)
		if (i != FA_DECODE_DECODED && i != FA_DECODE_NOT_IP)
			undecoded += c->results[i];
	const struct measure all[] = {
		{dropped, c->packets + dropped, 0.001, 0.02, "packets dropped while capturing"},
		{c->down_ns, watched_ns(c), 0.001, 0.05, "the time without an interface"},
		{unseen, w->tcp_bytes + unseen, 0.001, 0.02, "TCP bytes lost before the tap"},
		{undecoded, c->packets, 0.01, 0.1, "packets could not be decoded"},
		{totals->loss.packets_lost, c->packets, 0.001, 0.02,
		 "packets lost with a worker that died"},
		{w->flows_evicted, w->flows, 0.001, 0.05, "flows cut short for want of memory"},
		{w->inspections_evicted, w->flows, 0.001, 0.05,
		 "flows not inspected to the end for want of memory"},
		{w->one_way_flows, w->flows, 0.1, 0.5, "flows are TCP seen from one side only"},
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
		if (i == MEASURE_DOWN && measures[i].part > 0 &&
		    measures[i].part == measures[i].whole)
			add(why, why_size, "longer without an interface than with packets");
		else
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
