/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Picking nights: the newest one, and the one before it. */
#include "cmd/drift_pick.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"

#define SOURCE_TEXT 100

/* A source as messages show it; of long ones the end. */
static const char *source_text(const struct fa_run_row *row, char text[SOURCE_TEXT])
{
	const char *source = row->source;
	size_t len = strlen(source);

	if (len > 60)
		source += len - 60;
	return fa_text_safe(source, strlen(source), text, SOURCE_TEXT);
}

const struct fa_run_row *fa_pick_run(const struct fa_run_list *list, int64_t run, const char *name)
{
	const struct fa_run_row *row = fa_run_list_find(list, run);
	char safe[200];

	if (row != NULL)
		return row;
	fa_text_safe(name, strlen(name), safe, sizeof(safe));
	if (list->count == 0)
		fa_log_error("drift: there is no run %" PRId64 " in %s, which holds none", run, safe);
	else
		fa_log_error("drift: there is no run %" PRId64 " in %s; the newest is %" PRId64
			     ", see flowaudit runs list",
			     run, safe, list->items[list->count - 1].id);
	return NULL;
}

const struct fa_run_row *fa_pick_newest(const struct fa_run_list *list, const char *pattern)
{
	for (size_t i = list->count; i-- > 0;)
		if (list->items[i].has_ended &&
		    (pattern == NULL || fa_source_matches(pattern, list->items[i].source)))
			return &list->items[i];
	return NULL;
}

const struct fa_run_row *fa_pick_like(const struct fa_run_list *list,
				      const struct fa_run_row *like)
{
	for (unsigned wide = 0; wide < 2 && like != NULL; wide++)
		for (size_t i = list->count; i-- > 0;) {
			const struct fa_run_row *row = &list->items[i];

			if (row->has_ended && strcmp(wide ? row->wide_key : row->key,
						     wide ? like->wide_key : like->key) == 0)
				return row;
		}
	return NULL;
}

const struct fa_run_row *fa_pick_row(const struct fa_drift_choice *choice)
{
	const struct fa_span *span = &choice->now.span;

	return span->run_count == 0
		       ? NULL
		       : fa_run_list_find(&choice->now.list, span->runs[span->run_count - 1]);
}

int fa_side_make_room(struct fa_drift_side *side, size_t count)
{
	side->runs = calloc(count, sizeof(*side->runs));
	if (side->runs == NULL) {
		fa_log_error("no memory for the list of runs");
		return FA_ENOMEM;
	}
	side->span.runs = side->runs;
	side->span.run_count = 0;
	side->span.from_ns = INT64_MIN;
	side->span.to_ns = INT64_MAX;
	side->span.words = side->words;
	return 0;
}

int fa_side_set_run(struct fa_drift_side *side, const struct fa_run_row *row)
{
	int error = fa_side_make_room(side, 1);

	if (error != 0)
		return error;
	side->runs[side->span.run_count++] = row->id;
	if (!row->has_ended)
		fa_log_note("run %" PRId64 " has not ended: it is compared as far as it is stored",
			    row->id);
	return 0;
}

int fa_side_set_night(struct fa_drift_side *side, const struct fa_nights *nights, size_t night)
{
	const struct fa_night *n = &nights->items[night];
	int error = fa_side_make_room(side, n->count);

	for (size_t i = 0; error == 0 && i < n->count; i++)
		if (nights->runs[n->first + i]->has_ended)
			side->runs[side->span.run_count++] = nights->runs[n->first + i]->id;
	return error;
}

static int make_nights(struct fa_drift_choice *choice, const struct fa_options *options,
		       const struct fa_run_row *like)
{
	const struct fa_source_wish wish = {options->drift.source, options->drift.any_source};

	if (fa_nights_make(&choice->nights, &choice->now.list, &wish, like) == 0) {
		choice->night = fa_nights_of(&choice->nights, like);
		return 0;
	}
	fa_log_error("no memory for the list of nights");
	return FA_ENOMEM;
}

/* What drift needs first, when there is not even one run. */
static int no_run(const struct fa_drift_choice *choice, const struct fa_options *options)
{
	const struct fa_run_list *list = &choice->now.list;
	const char *pattern = options->drift.source;
	char safe[100];

	if (pattern != NULL)
		fa_log_error("drift: no run that has ended has a source like \"%s\"; see flowaudit "
			     "runs list",
			     fa_text_safe(pattern, strlen(pattern), safe, sizeof(safe)));
	else if (list->count == 0)
		fa_log_error("drift: no runs are stored; drift compares two: make them with "
			     "flowaudit audit or flowaudit capture");
	else
		fa_log_error("drift: no run has ended yet; drift compares two that have (run %" PRId64
			     " is still written)",
			     list->items[list->count - 1].id);
	return FA_ENOENT;
}

/* What of the source is newer than what is compared. */
static void note_newer(struct fa_drift_choice *choice, const struct fa_run_row *row)
{
	for (size_t i = choice->nights.run_count; i-- > 0;) {
		const struct fa_run_row *run = choice->nights.runs[i];

		if (run->has_ended || run->id < row->id)
			continue;
		fa_log_note("run %" PRId64 " of the same source is still written and is left out; "
			    "name it with --run to compare what it has so far",
			    run->id);
		choice->running = true;
		return;
	}
}

static void note_replaced(const struct fa_drift_choice *choice, int64_t run)
{
	const struct fa_run_list *list = &choice->now.list;

	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].replaced_by == run)
			fa_log_note("run %" PRId64 " read the same packets before; run %" PRId64
				    " takes its place",
				    list->items[i].id, run);
}

int fa_pick_night(struct fa_drift_choice *choice, const struct fa_options *options)
{
	const struct fa_run_row *row = fa_pick_newest(&choice->now.list, options->drift.source);
	struct fa_drift_side *now = &choice->now;
	int error;

	if (row == NULL)
		return no_run(choice, options);
	error = make_nights(choice, options, row);
	if (error == 0)
		error = fa_side_set_night(now, &choice->nights, choice->night);
	if (error != 0)
		return error;
	note_newer(choice, row);
	for (size_t i = 0; i < now->span.run_count; i++)
		note_replaced(choice, now->runs[i]);
	snprintf(now->words, sizeof(now->words), "%s",
		 options->drift.source != NULL ? "the newest of its source" : "the newest");
	return 0;
}

int fa_pick_named(struct fa_drift_choice *choice, const struct fa_options *options)
{
	const struct fa_run_row *row = fa_pick_run(&choice->now.list, options->run, options->database);
	int error;

	if (row == NULL)
		return FA_ENOENT;
	error = make_nights(choice, options, row);
	if (error == 0)
		error = fa_side_set_run(&choice->now, row);
	snprintf(choice->now.words, sizeof(choice->now.words), "run %" PRId64, row->id);
	return error;
}

static bool has_ended(const struct fa_nights *nights, size_t night)
{
	for (size_t i = 0; i < nights->items[night].count; i++)
		if (nights->runs[nights->items[night].first + i]->has_ended)
			return true;
	return false;
}

/* There is nothing to compare with: why, and what to do. */
static int only_one(const struct fa_drift_choice *choice, const struct fa_run_row *row)
{
	const struct fa_run_list *list = &choice->now.list;
	char source[SOURCE_TEXT];
	bool repeated = false;
	size_t others = 0;

	for (size_t i = 0; i < list->count; i++) {
		repeated |= list->items[i].replaced_by == row->id;
		others += list->items[i].replaced_by != row->id && &list->items[i] != row;
	}
	source_text(row, source);
	if (others > 0)
		fa_log_error("drift: run %" PRId64 " is the only night of its source (%s); name what "
			     "to compare it with: --against N or --source PATTERN, or --any-source for "
			     "the run before it; see flowaudit runs list",
			     row->id, source);
	else if (repeated)
		fa_log_error("drift: all runs have read the same packets (%s), so there is one night "
			     "only; drift compares two: audit another capture, or compare the runs "
			     "with --against N",
			     source);
	else
		fa_log_error("drift: there is one run only; drift compares two: run audit again "
			     "tomorrow, or name another database with --against FILE.db");
	return FA_ENOENT;
}

/* Why the earlier side is taken for the same source where the names say so only roughly. */
static void note_wide(const struct fa_drift_choice *choice, const struct fa_run_row *row,
		      const struct fa_run_row *before)
{
	char ours[SOURCE_TEXT];
	char theirs[SOURCE_TEXT];

	if (choice->nights.is_wide)
		fa_log_note("%s (run %" PRId64 ") and %s (run %" PRId64 ") differ by a number and are "
			    "taken for one source; --against N names another run",
			    source_text(row, ours), row->id, source_text(before, theirs), before->id);
}

int fa_pick_night_before(struct fa_drift_choice *choice, const struct fa_options *options)
{
	const struct fa_nights *nights = &choice->nights;
	const struct fa_run_row *row = fa_pick_row(choice);
	size_t before = SIZE_MAX;
	bool is_later = false;
	const char *what;
	int error;

	for (size_t i = choice->night; i-- > 0 && before == SIZE_MAX;)
		if (has_ended(nights, i))
			before = i;
	/* Captures may be read in any order. */
	for (size_t i = choice->night + 1; i < nights->count && before == SIZE_MAX; i++)
		if (has_ended(nights, i)) {
			before = i;
			is_later = true;
		}
	if (before == SIZE_MAX)
		return only_one(choice, row);
	error = fa_side_set_night(&choice->before, nights, before);
	if (error != 0)
		return error;
	what = is_later			   ? "with packets of later, as there is none of before"
	       : options->drift.any_source ? "the one before it, of any source"
					   : "the one before it";
	snprintf(choice->before.words, sizeof(choice->before.words), "%s", what);
	note_wide(choice, row, nights->runs[nights->items[before].first]);
	return 0;
}
