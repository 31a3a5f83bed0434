/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times in place of runs: which runs saw something then. */
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "cmd/drift_pick.h"

static bool overlaps(const struct fa_run_row *row, int64_t from_ns, int64_t to_ns)
{
	return row->packets > 0 && row->begin_ns < to_ns && row->end_ns >= from_ns;
}

/* "2026-11-20 00:00 .. 2026-11-21 00:00 UTC" */
static void say_period(struct fa_drift_side *side)
{
	char from[FA_TIME_TEXT];
	char to[FA_TIME_TEXT];

	fa_time_text_short(side->span.from_ns, from);
	fa_time_text_short(side->span.to_ns, to);
	snprintf(side->words, sizeof(side->words), "%s .. %s UTC", from, to);
}

/* The runs of the nights that saw something then become the side. */
static int set_window(struct fa_drift_side *side, const struct fa_nights *nights, int64_t from_ns,
		      int64_t to_ns)
{
	int error = fa_side_make_room(side, nights->run_count);

	if (error != 0)
		return error;
	for (size_t i = 0; i < nights->run_count; i++)
		if (overlaps(nights->runs[i], from_ns, to_ns))
			side->runs[side->span.run_count++] = nights->runs[i]->id;
	side->span.from_ns = from_ns;
	side->span.to_ns = to_ns;
	say_period(side);
	return 0;
}

/* What there is, in place of what was asked for. */
static int nothing_then(const struct fa_nights *nights, const struct fa_drift_side *side)
{
	char first[FA_TIME_TEXT];
	char last[FA_TIME_TEXT];
	int64_t begin_ns = INT64_MAX;
	int64_t end_ns = INT64_MIN;

	/* Without packets a run has only the time at which it was made. */
	for (size_t i = 0; i < nights->run_count; i++) {
		const struct fa_run_row *row = nights->runs[i];

		if (row->packets == 0)
			continue;
		begin_ns = row->begin_ns < begin_ns ? row->begin_ns : begin_ns;
		end_ns = row->end_ns > end_ns ? row->end_ns : end_ns;
	}
	if (begin_ns > end_ns) {
		fa_log_error("drift: nothing was seen in %s, nor at any other time: the runs of "
			     "this source have no packets, see flowaudit runs list",
			     side->words);
		return FA_ENOENT;
	}
	fa_time_text_short(begin_ns, first);
	fa_time_text_short(end_ns, last);
	fa_log_error("drift: nothing was seen in %s; the runs of this source saw %s .. %s UTC, see "
		     "flowaudit runs nights",
		     side->words, first, last);
	return FA_ENOENT;
}

/* The newest run that saw something then. */
static const struct fa_run_row *newest_then(const struct fa_drift_choice *choice,
					    const struct fa_options *options, int64_t from_ns,
					    int64_t to_ns)
{
	const struct fa_run_list *list = &choice->now.list;
	const char *pattern = options->drift.source;
	const struct fa_run_row *newest = NULL;

	for (size_t i = list->count; i-- > 0;) {
		const struct fa_run_row *row = &list->items[i];

		if (pattern != NULL && !fa_source_matches(pattern, row->source))
			continue;
		if (overlaps(row, from_ns, to_ns))
			return row;
		if (newest == NULL)
			newest = row;
	}
	return newest;
}

/* The end of the last bucket that holds a packet, when that was before NOW. */
static int64_t last_seen(const struct fa_nights *nights, int64_t now_ns)
{
	int64_t end_ns = INT64_MIN;

	for (size_t i = 0; i < nights->run_count; i++)
		if (nights->runs[i]->end_ns > end_ns)
			end_ns = nights->runs[i]->end_ns;
	return end_ns < now_ns ? end_ns + 1 : now_ns;
}

int fa_pick_window(struct fa_drift_choice *choice, const struct fa_options *options)
{
	const struct fa_drift_wish *wish = &options->drift;
	const struct fa_source_wish source = {wish->source, wish->any_source};
	int64_t from_ns = wish->from.text != NULL ? wish->from.ns : wish->since.ns;
	int64_t to_ns = wish->to.text != NULL ? wish->to.ns : fa_wall_clock_ns();
	const struct fa_run_row *like;
	int error;

	if (from_ns >= to_ns) {
		fa_log_error("drift: the time ends before it begins: --%s is later than %s",
			     wish->from.text != NULL ? "from" : "since",
			     wish->to.text != NULL ? "--to" : "now");
		return FA_EINVAL;
	}
	like = newest_then(choice, options, from_ns, to_ns);
	if (like == NULL) {
		fa_log_error("drift: no runs are stored%s; see flowaudit runs list",
			     wish->source != NULL ? " of such a source" : "");
		return FA_ENOENT;
	}
	if (fa_nights_make(&choice->nights, &choice->now.list, &source, like) != 0) {
		fa_log_error("no memory for the list of nights");
		return FA_ENOMEM;
	}
	/* Until when is not said: as far as there is something. */
	if (wish->to.text == NULL && last_seen(&choice->nights, to_ns) > from_ns)
		to_ns = last_seen(&choice->nights, to_ns);
	error = set_window(&choice->now, &choice->nights, from_ns, to_ns);
	if (error == 0 && choice->now.span.run_count == 0)
		error = nothing_then(&choice->nights, &choice->now);
	return error;
}

int fa_pick_window_before(struct fa_drift_choice *choice, const struct fa_options *options)
{
	const struct fa_span *now = &choice->now.span;
	int64_t shift_ns = options->drift.shift_ns;
	int64_t from_ns;
	int64_t to_ns;
	int error;

	if ((shift_ns == 0 && __builtin_sub_overflow(now->to_ns, now->from_ns, &shift_ns)) ||
	    __builtin_sub_overflow(now->from_ns, shift_ns, &from_ns) ||
	    __builtin_sub_overflow(now->to_ns, shift_ns, &to_ns)) {
		fa_log_error("drift: no time is so long before %s; name a shorter time, or a --shift",
			     choice->now.words);
		return FA_EINVAL;
	}
	error = set_window(&choice->before, &choice->nights, from_ns, to_ns);
	if (error == 0 && choice->before.span.run_count == 0)
		error = nothing_then(&choice->nights, &choice->before);
	return error;
}
