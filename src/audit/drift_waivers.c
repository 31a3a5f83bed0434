/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Waivers by id. Whether one had expired is what the last run of a span said when it was judged, so
 * that it is news once; what will expire, or has since then, is told until somebody acts.
 */
#include "audit/drift_work.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const statuses[] = {
#define FA_X(name, text) text,
	FA_WAIVER_STATUSES(FA_X)
#undef FA_X
};

/* What comes first. */
enum { RANK_EXPIRED = 1, RANK_EXPIRING, RANK_REMOVED, RANK_UNUSED, RANK_ADDED };

struct waived {
	uint32_t id, owner, client, server, expires; /* words */
	uint64_t conversations, flows;
	uint8_t status;
	bool is_last, was_used;
};

struct waivers {
	struct fa_drift_work *work;
	struct waived *items;
	size_t count, room;
	bool is_last;
};

/* People write waivers, so there are not too many to look at each. */
static struct waived *find(const struct waivers *all, uint32_t id)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i].id == id)
			return &all->items[i];
	return NULL;
}

static int take(void *arg, const struct fa_stored_waiver *stored)
{
	struct waivers *all = arg;
	struct fa_drift_work *work = all->work;
	uint32_t id = fa_drift_word_of(work, stored->id);
	struct waived *w = find(all, id);

	if (w == NULL) {
		if (!fa_drift_reserve(&work->budget, (void **)&all->items, &all->room,
				      all->count + 1, sizeof(*all->items)))
			return fa_drift_no_room(work);
		w = &all->items[all->count++];
		memset(w, 0, sizeof(*w));
	}
	w->id = id;
	w->owner = fa_drift_word_of(work, stored->owner);
	w->client = fa_drift_word_of(work, stored->client);
	w->server = fa_drift_word_of(work, stored->server);
	w->expires = fa_drift_word_of(work, stored->expires);
	w->conversations += stored->conversations;
	w->flows += stored->flows;
	w->status = (uint8_t)stored->status;
	w->is_last = all->is_last;
	w->was_used |= stored->conversations > 0 || stored->status == FA_WAIVER_USED;
	return work->budget.is_full ? fa_drift_no_room(work) : 0;
}

static int read_side(struct waivers *all, enum fa_drift_side side)
{
	const struct fa_span *span = &all->work->spans[side];
	int error = 0;

	for (size_t i = 0; error == 0 && i < span->run_count; i++) {
		all->is_last = i + 1 == span->run_count;
		error = span->history->each_waiver(span->history->context, span->runs[i], take, all,
						   all->work->diag);
	}
	return error;
}

/* The end of the day "YYYY-MM-DD", UTC; INT64_MAX when it is no date. */
static int64_t end_of_day(const char *text)
{
	struct tm tm;
	int year, month, day;

	if (sscanf(text, "%4d-%2d-%2d", &year, &month, &day) != 3)
		return INT64_MAX;
	memset(&tm, 0, sizeof(tm));
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	tm.tm_mday = day + 1;
	return (int64_t)timegm(&tm) * FA_NS_PER_SECOND;
}

static void set_state(const struct fa_drift_work *work, enum fa_drift_side side,
		      const struct waived *w, struct fa_drift_state *state)
{
	if (w == NULL || !w->is_last)
		return;
	state->is_there = true;
	state->state = statuses[w->status];
	state->verdict = FA_VERDICT_WAIVED;
	state->conversations = w->conversations;
	state->flows = w->flows;
	state->run = fa_drift_last_run(work, side);
}

static int add(struct fa_drift_work *work, enum fa_drift_aspect aspect, enum fa_drift_cause cause,
	       unsigned rank, const struct waived *before, const struct waived *now,
	       const char *why)
{
	const struct waived *w = now != NULL ? now : before;
	struct fa_difference *d = fa_drift_other_add(work, FA_DRIFT_WAIVERS, aspect, cause, rank);

	if (d == NULL || !fa_drift_set_text(work, &d->why, why))
		return fa_drift_no_room(work);
	d->subject = fa_drift_text(work, w->id);
	d->client = fa_drift_text(work, w->client);
	d->server = fa_drift_text(work, w->server);
	set_state(work, FA_BEFORE, before, &d->before);
	set_state(work, FA_NOW, now, &d->now);
	return 0;
}

static int tell_expiry(struct fa_drift_work *work, const struct waived *before,
		       const struct waived *now)
{
	const char *expires = fa_drift_text(work, now->expires);
	int64_t end_ns = end_of_day(expires);
	int64_t ahead_ns = (int64_t)work->options.expiring_days * FA_DAY_NS;
	char why[FA_DRIFT_SENTENCE] = "";

	if (now->status == FA_WAIVER_EXPIRED) {
		if (before != NULL && before->status == FA_WAIVER_EXPIRED)
			return 0;
		fa_drift_say(why, "it expired on %.20s; its owner is %.200s", expires,
			     fa_drift_text(work, now->owner));
		return add(work, FA_ASPECT_EXPIRED, FA_CAUSE_WAIVER, RANK_EXPIRED, before, now, why);
	}
	/* Days as people count them: the last one in force begins within these. */
	if (end_ns == INT64_MAX || end_ns - FA_DAY_NS - work->options.now_ns > ahead_ns)
		return 0;
	if (end_ns <= work->options.now_ns)
		fa_drift_say(why, "it expired on %.20s, after this was judged", expires);
	else
		fa_drift_say(why, "it expires on %.20s", expires);
	fa_drift_say(why, "its owner is %.200s", fa_drift_text(work, now->owner));
	return add(work, FA_ASPECT_EXPIRING, FA_CAUSE_WAIVER, RANK_EXPIRING, before, now, why);
}

static int tell_use(struct fa_drift_work *work, const struct waived *before,
		    const struct waived *now)
{
	if (now->status != FA_WAIVER_UNUSED || now->was_used)
		return 0;
	if (before == NULL || !before->is_last)
		return add(work, FA_ASPECT_UNUSED, FA_CAUSE_WAIVER, RANK_UNUSED, NULL, now,
			   "it is new and covers nothing");
	if (!before->was_used)
		return 0;
	return add(work, FA_ASPECT_UNUSED, FA_CAUSE_TRAFFIC, RANK_UNUSED, before, now, "");
}

static int compare(struct fa_drift_work *work, const struct waivers all[FA_SIDES])
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < all[FA_NOW].count; i++) {
		const struct waived *now = &all[FA_NOW].items[i];
		const struct waived *before = find(&all[FA_BEFORE], now->id);

		if (!now->is_last)
			continue;
		if (before == NULL || !before->is_last)
			error = add(work, FA_ASPECT_ADDED, FA_CAUSE_WAIVER, RANK_ADDED, NULL, now, "");
		if (error == 0)
			error = tell_expiry(work, before, now);
		if (error == 0)
			error = tell_use(work, before, now);
	}
	for (size_t i = 0; error == 0 && i < all[FA_BEFORE].count; i++) {
		const struct waived *before = &all[FA_BEFORE].items[i];
		const struct waived *now = find(&all[FA_NOW], before->id);

		if (before->is_last && (now == NULL || !now->is_last))
			error = add(work, FA_ASPECT_REMOVED, FA_CAUSE_WAIVER, RANK_REMOVED, before,
				    NULL, "");
	}
	return error;
}

int fa_drift_waivers(struct fa_drift_work *work)
{
	struct waivers all[FA_SIDES] = {{.work = work}, {.work = work}};
	int error = read_side(&all[FA_BEFORE], FA_BEFORE);

	if (error == 0)
		error = read_side(&all[FA_NOW], FA_NOW);
	if (error == 0)
		error = compare(work, all);
	for (unsigned side = 0; side < FA_SIDES; side++)
		fa_drift_release(&work->budget, (void **)&all[side].items, &all[side].room,
				 sizeof(*all[side].items));
	return error;
}
