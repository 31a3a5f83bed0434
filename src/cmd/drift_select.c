/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which runs flowaudit drift compares, and why these. */
#include "cmd/drift_select.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/like.h"
#include "base/log.h"
#include "base/num.h"
#include "base/text.h"
#include "cmd/common.h"
#include "cmd/drift_pick.h"

static int open_side(struct fa_drift_side *side, const struct fa_options *options)
{
	struct fa_diag diag = {{0}};
	int error = fa_open_history(options, &side->store, &side->history);

	if (error != 0)
		return error;
	error = fa_run_list_read(&side->list, &side->history, &diag);
	if (error != 0)
		fa_log_error("%s", diag.text);
	return error;
}

static int check_options(const struct fa_options *options)
{
	const struct fa_drift_wish *wish = &options->drift;
	const bool windowed = wish->from.text != NULL || wish->since.text != NULL;
	const char *wrong = NULL;

	if (wish->from.text != NULL && wish->since.text != NULL)
		wrong = "--since says where the time begins, and so does --from: one of them";
	else if (wish->to.text != NULL && !windowed)
		wrong = "--to needs a --from or a --since";
	else if (windowed && options->run != 0)
		wrong = "--run names a run, and --from or --since a time: one of them";
	else if (wish->against != NULL && wish->baseline != NULL)
		wrong = "--against names what to compare with, and so does --baseline: one of them";
	else if (wish->shift_ns != 0 && !windowed)
		wrong = "--shift moves a time: name it with --from or --since";
	else if (wish->shift_ns != 0 && (wish->against != NULL || wish->baseline != NULL))
		wrong = "--shift says what to compare with, and so do --against and --baseline: "
			"one of them";
	else if (wish->source != NULL && wish->any_source)
		wrong = "--source names a source, and --any-source all of them: one of them";
	if (wrong == NULL)
		return 0;
	fa_log_error("drift: %s", wrong);
	return FA_EINVAL;
}

/* "FILE.db:3" is run 3 of FILE.db, "3" of our database; a file may have a colon in its name. */
struct against {
	char *path; /* becomes that of the side; NULL: our database */
	int64_t run; /* 0: the newest */
};

static int parse_against(const char *text, struct against *out)
{
	const char *colon = strrchr(text, ':');
	uint64_t n;

	*out = (struct against){0};
	if (fa_parse_u64(text, 1, INT64_MAX, &n) == 0) {
		out->run = (int64_t)n;
		return 0;
	}
	out->path = strdup(text);
	if (out->path == NULL) {
		fa_log_error("no memory");
		return FA_ENOMEM;
	}
	if (colon != NULL && fa_parse_u64(colon + 1, 1, INT64_MAX, &n) == 0) {
		out->path[colon - text] = '\0';
		out->run = (int64_t)n;
	}
	return 0;
}

static int choose_in_file(struct fa_drift_choice *choice, const struct fa_options *options,
			  const struct against *against)
{
	struct fa_drift_side *before = &choice->before;
	struct fa_options there = *options;
	const struct fa_run_row *row;
	char safe[100];
	int error;

	there.database = against->path;
	error = open_side(before, &there);
	if (error != 0)
		return error;
	before->span.history = &before->history;
	fa_text_safe(against->path, strlen(against->path), safe, sizeof(safe));
	if (against->run != 0) {
		row = fa_pick_run(&before->list, against->run, against->path);
	} else {
		/* The same source where it is known there. */
		row = fa_pick_like(&before->list, fa_pick_row(choice));
		if (row == NULL)
			row = fa_pick_newest(&before->list, NULL);
		if (row == NULL)
			fa_log_error("drift: %s has no run that has ended", safe);
	}
	if (row == NULL)
		return FA_ENOENT;
	snprintf(before->words, sizeof(before->words), "of %s", safe);
	return fa_side_set_run(before, row);
}

static int choose_against(struct fa_drift_choice *choice, const struct fa_options *options)
{
	struct fa_drift_side *before = &choice->before;
	const struct fa_run_row *row;
	struct against against;
	int error = parse_against(options->drift.against, &against);

	if (error != 0)
		return error;
	before->path = against.path;
	if (against.path != NULL)
		return choose_in_file(choice, options, &against);
	row = fa_pick_run(&choice->now.list, against.run, options->database);
	if (row == NULL)
		return FA_ENOENT;
	snprintf(before->words, sizeof(before->words), "run %" PRId64, row->id);
	return fa_side_set_run(before, row);
}

/* Looking for a baseline by its name, and for the names that there are. */
struct baselines {
	const char *name;
	int64_t run;
	bool found;
	char known[400];
};

static int take_baseline(void *arg, const struct fa_baseline *baseline)
{
	struct baselines *b = arg;
	size_t used = strlen(b->known);
	char safe[100];

	if (strcmp(baseline->name, b->name) == 0) {
		b->run = baseline->run;
		b->found = true;
	}
	snprintf(b->known + used, sizeof(b->known) - used, "%s%s", used > 0 ? ", " : "",
		 fa_text_safe(baseline->name, strlen(baseline->name), safe, sizeof(safe)));
	return 0;
}

static int choose_baseline(struct fa_drift_choice *choice, const char *name)
{
	const struct fa_history *history = &choice->now.history;
	struct baselines b = {.name = name};
	struct fa_diag diag = {{0}};
	const struct fa_run_row *row;
	char safe[100];

	if (history->each_baseline(history->context, take_baseline, &b, &diag) != 0) {
		fa_log_error("%s", diag.text);
		return FA_EIO;
	}
	fa_text_safe(name, strlen(name), safe, sizeof(safe));
	row = b.found ? fa_run_list_find(&choice->now.list, b.run) : NULL;
	if (row == NULL && b.found)
		fa_log_error("drift: the run of baseline \"%s\", %" PRId64 ", is gone; name another: "
			     "flowaudit runs baseline %s N",
			     safe, b.run, safe);
	else if (row == NULL && b.known[0] != '\0')
		fa_log_error("drift: there is no baseline \"%s\"; there are %s", safe, b.known);
	else if (row == NULL)
		fa_log_error("drift: there is no baseline \"%s\", and no other; to make one of run "
			     "N: flowaudit runs baseline %s N",
			     safe, safe);
	if (row == NULL)
		return FA_ENOENT;
	snprintf(choice->before.words, sizeof(choice->before.words), "baseline %s", safe);
	return fa_side_set_run(&choice->before, row);
}

/* The later side, and the nights of its source. */
static int choose_now(struct fa_drift_choice *choice, const struct fa_options *options)
{
	if (options->drift.from.text != NULL || options->drift.since.text != NULL)
		return fa_pick_window(choice, options);
	return options->run != 0 ? fa_pick_named(choice, options) : fa_pick_night(choice, options);
}

static int choose_before(struct fa_drift_choice *choice, const struct fa_options *options)
{
	const struct fa_drift_wish *wish = &options->drift;

	choice->before.span.history = &choice->now.history;
	if (wish->against != NULL)
		return choose_against(choice, options);
	if (wish->baseline != NULL)
		return choose_baseline(choice, wish->baseline);
	if (wish->from.text != NULL || wish->since.text != NULL)
		return fa_pick_window_before(choice, options);
	return fa_pick_night_before(choice, options);
}

/* Comparing a run with itself is a slip of the keyboard. */
static int check_different(const struct fa_drift_choice *choice)
{
	const struct fa_span *now = &choice->now.span;
	const struct fa_span *before = &choice->before.span;

	if (before->history != now->history || before->run_count != 1 || now->run_count != 1 ||
	    before->runs[0] != now->runs[0] || before->from_ns != now->from_ns)
		return 0;
	fa_log_error("drift: run %" PRId64 " would be compared with itself; name another with "
		     "--run or --against, see flowaudit runs list",
		     now->runs[0]);
	return FA_EINVAL;
}

int fa_drift_choose(struct fa_drift_choice *choice, const struct fa_options *options)
{
	int error;

	memset(choice, 0, sizeof(*choice));
	choice->night = SIZE_MAX;
	error = check_options(options);
	if (error == 0)
		error = open_side(&choice->now, options);
	choice->now.span.history = &choice->now.history;
	if (error == 0)
		error = choose_now(choice, options);
	if (error == 0)
		error = choose_before(choice, options);
	return error == 0 ? check_different(choice) : error;
}

static void side_deinit(struct fa_drift_side *side)
{
	fa_run_list_deinit(&side->list);
	fa_store_close(side->store);
	free(side->path);
	free(side->runs);
}

void fa_drift_choice_deinit(struct fa_drift_choice *choice)
{
	fa_nights_deinit(&choice->nights);
	side_deinit(&choice->before);
	side_deinit(&choice->now);
}
