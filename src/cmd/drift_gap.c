/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Nights without a run. What is usual is known from the nights before: the median of the distances
 * between their begins. One and a half times of it without a run is a night that is missing.
 */
#include "cmd/drift_gap.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "report/buffer.h"

/* Dates that are listed; of more there are the first and the last ones. */
enum { LISTED = 7 };

static const struct fa_difference plain = {
	.section = FA_DRIFT_COVERAGE,
	.aspect = FA_ASPECT_GAP,
	.cause = FA_CAUSE_COVERAGE,
	.why = "",
	.maybe = "",
	.subject = "",
	.client = "",
	.server = "",
	.server_before = "",
	.client_list = "",
	.server_list = "",
	.before = {.protocol = "", .rule = "", .state = ""},
	.now = {.protocol = "", .rule = "", .state = ""},
};

/* Room for what is added, in front of the rest of its section, which is the last one. */
static int make_room(struct fa_drift_gaps *gaps, const struct fa_drift *drift, size_t *at)
{
	size_t count = drift->count;

	*at = 0;
	while (*at < count && drift->items[*at].section < FA_DRIFT_COVERAGE)
		(*at)++;
	gaps->drift = *drift;
	gaps->items = calloc(count + FA_GAPS_MAX, sizeof(*gaps->items));
	if (gaps->items == NULL) {
		fa_log_error("no memory for the differences");
		return FA_ENOMEM;
	}
	if (count > 0) {
		memcpy(gaps->items, drift->items, *at * sizeof(*gaps->items));
		memcpy(gaps->items + *at + FA_GAPS_MAX, drift->items + *at,
		       (count - *at) * sizeof(*gaps->items));
	}
	return 0;
}

static void add(struct fa_drift_gaps *gaps, size_t at, const struct fa_buffer *subject,
		const struct fa_buffer *why)
{
	struct fa_difference *item = &gaps->items[at + gaps->count];

	snprintf(gaps->subjects[gaps->count], FA_GAP_TEXT, "%s", fa_buffer_text(subject));
	snprintf(gaps->whys[gaps->count], FA_GAP_TEXT, "%s", fa_buffer_text(why));
	*item = plain;
	item->subject = gaps->subjects[gaps->count];
	item->why = gaps->whys[gaps->count];
	gaps->count++;
	gaps->drift.count++;
	gaps->drift.in_section[FA_DRIFT_COVERAGE]++;
	gaps->drift.by_cause[FA_CAUSE_COVERAGE]++;
}

/* "no run on 2026-11-20, 2026-11-21" */
static void list_nights(struct fa_buffer *line, const int64_t *begins, size_t count,
			int64_t usual_ns)
{
	char text[FA_NIGHT_TEXT];

	fa_buffer_add(line, "no run on ");
	for (size_t i = 0; i < count && i < LISTED; i++)
		fa_buffer_addf(line, "%s%s", i > 0 ? ", " : "",
			       fa_night_text(begins[i], usual_ns, text));
	if (count > LISTED)
		fa_buffer_addf(line, " and %zu more", count - LISTED);
}

/* "one every 24 h" */
static void say_usual(struct fa_buffer *line, int64_t usual_ns)
{
	int64_t minutes = usual_ns / (60 * FA_NS_PER_SECOND);

	if (minutes >= 120)
		fa_buffer_addf(line, "there was one every %" PRId64 " h", (minutes + 30) / 60);
	else
		fa_buffer_addf(line, "there was one every %" PRId64 " min", minutes);
}

/* What is being looked at. */
struct look {
	struct fa_drift_gaps *gaps;
	const struct fa_drift_choice *choice;
	int64_t usual_ns;
	size_t at;
	struct fa_buffer subject, why;
};

/* Between the later side and the night before it. */
static void look_before(struct look *look)
{
	const struct fa_nights *nights = &look->choice->nights;
	size_t night = look->choice->night;
	int64_t begins[LISTED];
	char text[FA_NIGHT_TEXT];
	size_t count;

	if (night == 0)
		return;
	count = fa_nights_missing(look->usual_ns, nights->items[night - 1].begin_ns,
				  nights->items[night].begin_ns, begins, LISTED);
	if (count == 0)
		return;
	list_nights(&look->subject, begins, count, look->usual_ns);
	say_usual(&look->why, look->usual_ns);
	fa_buffer_addf(&look->why, " until %s",
		       fa_night_text(nights->items[night - 1].begin_ns, look->usual_ns, text));
	add(look->gaps, look->at, &look->subject, &look->why);
}

/* When the newest night that there is was written to last. */
static int64_t newest_stored(const struct fa_drift_choice *choice)
{
	int64_t newest = INT64_MIN;

	for (size_t i = 0; i < choice->now.list.count; i++) {
		const struct fa_run_row *row = &choice->now.list.items[i];

		for (size_t k = 0; k < choice->now.span.run_count; k++)
			if (row->id == choice->now.span.runs[k] && row->stored_ns > newest)
				newest = row->stored_ns;
	}
	return newest;
}

/*
 * Since the later side: by the wall clock, and from when it was stored, since captures may be read
 * long after they were made.
 */
static void look_after(struct look *look, int64_t max_age_ns, int64_t now_ns)
{
	const struct fa_drift_choice *choice = look->choice;
	int64_t stored_ns = newest_stored(choice);
	char stored[FA_TIME_TEXT];

	if (max_age_ns == 0)
		max_age_ns = look->usual_ns + look->usual_ns / 2;
	if (choice->running || choice->night + 1 != choice->nights.count || max_age_ns == 0 ||
	    now_ns - stored_ns <= max_age_ns)
		return;
	fa_buffer_reset(&look->subject);
	fa_buffer_reset(&look->why);
	fa_time_text_short(stored_ns, stored);
	fa_buffer_addf(&look->subject, "no new run since %s UTC", stored);
	if (look->usual_ns > 0)
		say_usual(&look->why, look->usual_ns);
	else
		fa_buffer_add(&look->why, "older than --max-age allows");
	add(look->gaps, look->at, &look->subject, &look->why);
}

int fa_drift_gaps_add(struct fa_drift_gaps *gaps, const struct fa_drift *drift,
		      const struct fa_drift_choice *choice, const struct fa_options *options,
		      int64_t now_ns)
{
	struct look look = {.gaps = gaps, .choice = choice};
	int error;

	memset(gaps, 0, sizeof(*gaps));
	error = make_room(gaps, drift, &look.at);
	if (error != 0)
		return error;
	/* Runs that were named, and times, were chosen by somebody who knows about the others. */
	if (choice->night != SIZE_MAX && options->run == 0) {
		look.usual_ns = fa_nights_usual(&choice->nights, choice->night);
		look_before(&look);
		look_after(&look, options->drift.max_age_ns, now_ns);
	}
	if (look.subject.failed || look.why.failed) {
		fa_log_error("no memory for the differences");
		error = FA_ENOMEM;
	}
	fa_buffer_deinit(&look.subject);
	fa_buffer_deinit(&look.why);
	/* What was not needed goes. */
	memmove(gaps->items + look.at + gaps->count, gaps->items + look.at + FA_GAPS_MAX,
		(drift->count - look.at) * sizeof(*gaps->items));
	gaps->drift.items = gaps->items;
	return error;
}

void fa_drift_gaps_deinit(struct fa_drift_gaps *gaps)
{
	free(gaps->items);
	gaps->items = NULL;
}
