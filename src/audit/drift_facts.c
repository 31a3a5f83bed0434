/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What of a span matters to the trust in it: losses, hours, and what it was judged with.
 *
 * A run covers the time from its first packet to its last; a live run its windows, but for those
 * in which no interface was there for most of the time. What a run was judged with is that of the
 * last run of a span.
 */
#include "audit/drift_work.h"

#include <stdio.h>
#include <string.h>

struct gathering {
	struct fa_drift_work *work;
	enum fa_drift_side side;
	struct fa_span_facts *facts;
	struct fa_drift_cover *cover;
	uint64_t dropped, tcp_bytes, gap_bytes; /* dropped: not even read */
	int64_t latest_ns; /* of windows: what overlaps is covered once */
};

static bool is_part(const struct fa_span *span)
{
	return span->from_ns != INT64_MIN || span->to_ns != INT64_MAX;
}

/* Counts what lies within the span as covered. */
static void cover(struct gathering *g, int64_t first_ns, int64_t last_ns)
{
	const struct fa_span *span = &g->work->spans[g->side];
	int64_t minute;
	int64_t count;

	if (first_ns < span->from_ns)
		first_ns = span->from_ns;
	if (last_ns > span->to_ns)
		last_ns = span->to_ns;
	if (last_ns < first_ns)
		return;
	g->cover->length_ns += last_ns - first_ns;
	minute = fa_bucket_start(first_ns, FA_MINUTE_NS) / FA_MINUTE_NS;
	/* What ends on the minute does not cover the next one. */
	count = fa_bucket_start(last_ns - (last_ns > first_ns), FA_MINUTE_NS) / FA_MINUTE_NS -
		minute + 1;
	if (count > FA_DAY_MINUTES)
		count = FA_DAY_MINUTES;
	for (int64_t i = 0; i < count; i++)
		g->cover->minutes[((minute + i) % FA_DAY_MINUTES + FA_DAY_MINUTES) %
				  FA_DAY_MINUTES] = 1;
}

static void add_totals(struct gathering *g, const struct fa_run_totals *t)
{
	struct fa_span_facts *facts = g->facts;
	uint64_t unread = t->capture.dropped_kernel + t->capture.dropped_interface;

	facts->packets += t->capture.packets;
	facts->bytes += t->capture.frame_bytes;
	facts->lost += unread + t->capture.dropped_ring + t->loss.packets_lost;
	facts->down_ns += (int64_t)t->capture.down_ns;
	g->dropped += unread;
	g->tcp_bytes += t->workers.tcp_bytes;
	g->gap_bytes += fa_unseen_bytes(&t->workers);
	if (t->capture.packets == 0)
		return;
	if (facts->first_ns == 0 || t->capture.first_ns < facts->first_ns)
		facts->first_ns = t->capture.first_ns;
	if (t->capture.last_ns > facts->last_ns)
		facts->last_ns = t->capture.last_ns;
}

static int add_window(void *arg, const struct fa_window *window)
{
	struct gathering *g = arg;
	const struct fa_span *span = &g->work->spans[g->side];
	int64_t length_ns = window->ended_ns - window->begun_ns;

	if (window->ended_ns <= span->from_ns || window->begun_ns >= span->to_ns)
		return 0;
	add_totals(g, &window->totals);
	if (length_ns <= 0 || (int64_t)window->totals.capture.down_ns > length_ns / 2)
		return 0;
	cover(g, window->begun_ns > g->latest_ns ? window->begun_ns : g->latest_ns,
	      window->ended_ns);
	if (window->ended_ns > g->latest_ns)
		g->latest_ns = window->ended_ns;
	return 0;
}

/* Loss before the tap shows as gaps in TCP, and so does what the capture itself dropped: the larger
 * of the two, since neither says how much of the other is in it. */
static void weigh_loss(struct gathering *g)
{
	struct fa_span_facts *facts = g->facts;
	double sent = (double)facts->packets + (double)g->dropped;
	double whole = (double)g->tcp_bytes + (double)g->gap_bytes;
	double missing = whole > 0 ? (double)g->gap_bytes / whole : 0;

	facts->loss = sent > 0 ? (double)facts->lost / sent : 0;
	if (missing > facts->loss)
		facts->loss = missing;
	if (facts->loss > 1)
		facts->loss = 1;
}

static int add_run(struct gathering *g, int64_t id)
{
	const struct fa_history *history = g->work->spans[g->side].history;
	struct fa_stored_run run;
	int error = history->run(history->context, id, &run, g->work->diag);

	if (error != 0)
		return error;
	g->facts->conversations += run.totals.conversations;
	g->facts->flows += run.totals.workers.flows;
	g->facts->findings += run.findings;
	g->facts->ended_well = g->facts->ended_well && run.totals.end == FA_RUN_COMPLETE;
	if (run.windows > 0)
		return history->each_window(history->context, id, add_window, g, g->work->diag);
	add_totals(g, &run.totals);
	if (run.totals.capture.packets > 0)
		cover(g, run.totals.capture.first_ns, run.totals.capture.last_ns);
	return 0;
}

static int keep_catalog(void *arg, const struct fa_stored_catalog *stored)
{
	struct gathering *g = arg;
	struct fa_drift_work *work = g->work;
	struct fa_drift_basis *basis = &work->basis[g->side];
	struct fa_drift_catalog *catalog;

	if (!fa_drift_reserve(&work->budget, (void **)&basis->catalogs, &basis->room,
			      basis->count + 1, sizeof(*basis->catalogs)))
		return fa_drift_no_room(work);
	catalog = &basis->catalogs[basis->count];
	catalog->product = fa_drift_word_of(work, stored->product);
	catalog->name = fa_drift_word_of(work, stored->name);
	catalog->digest = fa_drift_word_of(work, stored->digest);
	if (catalog->product == FA_DRIFT_NONE || catalog->name == FA_DRIFT_NONE ||
	    catalog->digest == FA_DRIFT_NONE)
		return fa_drift_no_room(work);
	basis->count++;
	return 0;
}

static int keep_last(struct gathering *g)
{
	struct fa_drift_work *work = g->work;
	const struct fa_history *history = work->spans[g->side].history;
	struct fa_drift_basis *basis = &work->basis[g->side];
	struct fa_stored_run run;
	int error = history->run(history->context, fa_drift_last_run(work, g->side), &run,
				 work->diag);

	if (error != 0)
		return error;
	memcpy(basis->site, run.site.name, sizeof(basis->site));
	memcpy(basis->site_digest, run.site.digest, sizeof(basis->site_digest));
	memcpy(basis->waivers_digest, run.site.waivers_digest, sizeof(basis->waivers_digest));
	basis->wire = run.info.wire;
	for (unsigned i = 0; i < FA_TUNNEL_COUNT; i++)
		basis->layers |= (uint32_t)(run.totals.capture.layers[i] > 0) << i;
	if (!fa_drift_set_text(work, &g->facts->source, run.info.source) ||
	    !fa_drift_set_text(work, &g->facts->site, run.site.name) ||
	    !fa_drift_set_text(work, &g->facts->version, run.version) ||
	    (history->database != NULL &&
	     !fa_drift_set_text(work, &g->facts->database, history->database)))
		return fa_drift_no_room(work);
	return history->each_catalog(history->context, run.id, keep_catalog, g, work->diag);
}

int fa_drift_facts(struct fa_drift_work *work, enum fa_drift_side side)
{
	const struct fa_span *span = &work->spans[side];
	struct gathering g = {
		.work = work,
		.side = side,
		.facts = side == FA_NOW ? &work->drift->now : &work->drift->before,
		.cover = &work->cover[side],
		.latest_ns = INT64_MIN,
	};
	int error = 0;

	g.facts->first_run = span->runs[0];
	g.facts->last_run = fa_drift_last_run(work, side);
	g.facts->runs = span->run_count;
	g.facts->ended_well = true;
	for (size_t i = 0; error == 0 && i < span->run_count; i++)
		error = add_run(&g, span->runs[i]);
	if (error != 0)
		return error;
	weigh_loss(&g);
	for (size_t i = 0; i < FA_DAY_MINUTES; i++)
		g.cover->covered += g.cover->minutes[i];
	if (is_part(span)) /* then the rows say it: drift_read.c */
		g.facts->conversations = g.facts->flows = 0;
	return keep_last(&g);
}

uint32_t fa_drift_digest(const struct fa_drift_work *work, enum fa_drift_side side,
			 const char *product)
{
	const struct fa_drift_basis *basis = &work->basis[side];

	for (size_t i = 0; i < basis->count; i++)
		if (strcmp(fa_drift_text(work, basis->catalogs[i].product), product) == 0)
			return basis->catalogs[i].digest;
	return 0;
}

bool fa_drift_same_catalog(const struct fa_drift_work *work, const char *rule)
{
	char product[128];

	/* Rule ids are product/component/rule. */
	snprintf(product, sizeof(product), "%.*s", (int)strcspn(rule, "/"), rule);
	return fa_drift_digest(work, FA_BEFORE, product) == fa_drift_digest(work, FA_NOW, product);
}

double fa_drift_hours(const struct fa_drift_work *work, enum fa_drift_side side)
{
	double hours = (double)work->cover[side].length_ns / (3600.0 * (double)FA_NS_PER_SECOND);
	const double second = 1.0 / 3600.0;

	return hours < second ? second : hours;
}

unsigned fa_drift_cover_common(const struct fa_drift_work *work)
{
	unsigned common = 0;

	for (size_t i = 0; i < FA_DAY_MINUTES; i++)
		common += work->cover[FA_BEFORE].minutes[i] & work->cover[FA_NOW].minutes[i];
	return common;
}

void fa_drift_cover_text(const struct fa_drift_cover *cover, char *text, size_t size)
{
	unsigned begins = 0, ends = 0, others = 0;
	bool is_first = true;

	if (cover->covered == 0) {
		snprintf(text, size, "no time at all");
		return;
	}
	if (cover->covered == FA_DAY_MINUTES) {
		snprintf(text, size, "all day");
		return;
	}
	/* Each beginning, and the end of the first; the first after midnight's may be yesterday's. */
	for (unsigned i = 0; i < FA_DAY_MINUTES; i++) {
		if (!cover->minutes[i] || cover->minutes[(i + FA_DAY_MINUTES - 1) % FA_DAY_MINUTES])
			continue;
		others += is_first ? 0 : 1;
		if (!is_first)
			continue;
		is_first = false;
		begins = i;
		for (ends = i; cover->minutes[ends % FA_DAY_MINUTES]; ends++)
			;
	}
	ends %= FA_DAY_MINUTES;
	snprintf(text, size, "%02u:%02u to %02u:%02u UTC", begins / 60, begins % 60, ends / 60,
		 ends % 60);
	if (others > 0)
		snprintf(text + strlen(text), size - strlen(text), " and %u more time%s of day",
			 others, others == 1 ? "" : "s");
}
