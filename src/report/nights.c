/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stored runs as nights: their order, their usual distance, and what is missing. */
#include "report/nights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"

#define HOUR_NS (3600 * FA_NS_PER_SECOND)
#define DAY_NS	(24 * HOUR_NS)
/* Who looks more often than this has no nights to miss. */
#define GAP_MIN_NS (HOUR_NS / 6)

/* Distances that the usual one is the median of, and how many there must be. */
enum { DISTANCES = 14, DISTANCES_MIN = 2 };

/* Runs a day that no reloads make. */
enum { OFTEN = 4 };

struct reading {
	struct fa_run_list *list;
	struct fa_diag *diag;
};

static bool fill_row(struct fa_run_row *row, const struct fa_stored_run *run)
{
	const struct fa_capture_counts *capture = &run->totals.capture;
	char key[FA_SOURCE_KEY];

	*row = (struct fa_run_row){
		.id = run->id,
		.begin_ns = capture->packets > 0 ? capture->first_ns : run->begun_ns,
		.end_ns = capture->packets > 0 ? capture->last_ns : run->begun_ns,
		.made_ns = run->begun_ns,
		.stored_ns = run->committed_ns > run->begun_ns ? run->committed_ns : run->begun_ns,
		.packets = capture->packets,
		.frame_bytes = capture->frame_bytes,
		.kind = run->info.kind,
		.has_ended = run->totals.end != FA_RUN_UNFINISHED,
	};
	row->source = strdup(run->info.source);
	fa_source_key(&run->info, false, key);
	row->key = strdup(key);
	fa_source_key(&run->info, true, key);
	row->wide_key = strdup(key);
	return row->source != NULL && row->key != NULL && row->wide_key != NULL;
}

static int take_run(void *arg, const struct fa_stored_run *run)
{
	struct reading *reading = arg;
	struct fa_run_list *list = reading->list;

	if (list->count == list->room) {
		size_t room = list->room == 0 ? 64 : 2 * list->room;
		struct fa_run_row *items = realloc(list->items, room * sizeof(*items));

		if (items == NULL)
			return fa_fail(reading->diag, FA_ENOMEM, "no memory for the list of runs");
		list->items = items;
		list->room = room;
	}
	if (!fill_row(&list->items[list->count++], run))
		return fa_fail(reading->diag, FA_ENOMEM, "no memory for the list of runs");
	return 0;
}

/* Whether both read the same packets: a capture that was replayed again. */
static bool is_same_recording(const struct fa_run_row *a, const struct fa_run_row *b)
{
	return a->kind == FA_RUN_REPLAY && b->kind == FA_RUN_REPLAY && a->has_ended &&
	       b->has_ended && a->packets == b->packets && a->frame_bytes == b->frame_bytes &&
	       strcmp(a->key, b->key) == 0 &&
	       (a->packets == 0 ? strcmp(a->source, b->source) == 0
				: a->begin_ns == b->begin_ns && a->end_ns == b->end_ns);
}

/* Same recordings next to each other, the newest last. */
static int compare_recordings(const void *a, const void *b)
{
	const struct fa_run_row *x = *(struct fa_run_row *const *)a;
	const struct fa_run_row *y = *(struct fa_run_row *const *)b;
	int order = strcmp(x->key, y->key);

	if (order == 0)
		order = x->has_ended - y->has_ended;
	if (order == 0)
		order = (x->packets > 0) - (y->packets > 0);
	if (order == 0 && x->packets == 0)
		order = strcmp(x->source, y->source);
	if (order == 0 && x->packets > 0)
		order = (x->begin_ns > y->begin_ns) - (x->begin_ns < y->begin_ns);
	if (order == 0 && x->packets > 0)
		order = (x->end_ns > y->end_ns) - (x->end_ns < y->end_ns);
	return order != 0 ? order : (x->id > y->id) - (x->id < y->id);
}

static int find_replaced(struct fa_run_list *list, struct fa_diag *diag)
{
	struct fa_run_row **rows = calloc(list->count + 1, sizeof(struct fa_run_row *));

	if (rows == NULL)
		return fa_fail(diag, FA_ENOMEM, "no memory for the list of runs");
	for (size_t i = 0; i < list->count; i++)
		rows[i] = &list->items[i];
	qsort(rows, list->count, sizeof(rows[0]), compare_recordings);
	for (size_t i = list->count; i-- > 1;)
		if (is_same_recording(rows[i - 1], rows[i]))
			rows[i - 1]->replaced_by =
				rows[i]->replaced_by != 0 ? rows[i]->replaced_by : rows[i]->id;
	free(rows);
	return 0;
}

int fa_run_list_read(struct fa_run_list *list, const struct fa_history *history,
		     struct fa_diag *diag)
{
	struct reading reading = {list, diag};
	int error;

	memset(list, 0, sizeof(*list));
	error = history->each_run(history->context, take_run, &reading, diag);
	return error == 0 ? find_replaced(list, diag) : error;
}

void fa_run_list_deinit(struct fa_run_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].source);
		free(list->items[i].key);
		free(list->items[i].wide_key);
	}
	free(list->items);
	memset(list, 0, sizeof(*list));
}

const struct fa_run_row *fa_run_list_find(const struct fa_run_list *list, int64_t run)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].id == run)
			return &list->items[i];
	return NULL;
}

/* Whether another night has the source of LIKE when short numbers in names tell sources apart. */
static bool has_narrow_peer(const struct fa_run_list *list, const struct fa_run_row *like)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct fa_run_row *row = &list->items[i];

		if (row != like && row->replaced_by != like->id && row->id != like->replaced_by &&
		    strcmp(row->key, like->key) == 0)
			return true;
	}
	return false;
}

static bool is_wanted(const struct fa_nights *nights, const struct fa_source_wish *wish,
		      const struct fa_run_row *like, const struct fa_run_row *row)
{
	if (wish->any)
		return true;
	if (wish->pattern != NULL)
		return fa_source_matches(wish->pattern, row->source);
	return nights->is_wide ? strcmp(row->wide_key, like->wide_key) == 0
			       : strcmp(row->key, like->key) == 0;
}

static int compare_begins(const void *a, const void *b)
{
	const struct fa_run_row *x = *(const struct fa_run_row *const *)a;
	const struct fa_run_row *y = *(const struct fa_run_row *const *)b;
	int order = (x->begin_ns > y->begin_ns) - (x->begin_ns < y->begin_ns);

	return order != 0 ? order : (x->id > y->id) - (x->id < y->id);
}

static int compare_distances(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Runs become nights. With BY_DAY those of a capture that begin on one day are one night. */
static void group(struct fa_nights *nights, bool by_day)
{
	nights->count = 0;
	for (size_t i = 0; i < nights->run_count; i++) {
		const struct fa_run_row *run = nights->runs[i];
		struct fa_night *night = nights->count == 0 ? NULL : &nights->items[nights->count - 1];
		bool joins = by_day && night != NULL && run->kind == FA_RUN_LIVE &&
			     nights->runs[night->first]->kind == FA_RUN_LIVE &&
			     strcmp(nights->runs[night->first]->key, run->key) == 0 &&
			     fa_bucket_start(run->begin_ns, DAY_NS) ==
				     fa_bucket_start(night->begin_ns, DAY_NS);

		if (!joins) {
			night = &nights->items[nights->count++];
			*night = (struct fa_night){i, 0, run->begin_ns, run->end_ns};
		}
		night->count++;
		if (run->end_ns > night->end_ns)
			night->end_ns = run->end_ns;
	}
}

/* The median of distances before night LAST; *NEAR: how many are within a quarter of it. */
static int64_t median_before(const struct fa_nights *nights, size_t last, size_t *count,
			     size_t *near)
{
	int64_t distances[DISTANCES];
	int64_t median;

	*count = 0;
	*near = 0;
	for (size_t i = last; i-- > 1 && *count < DISTANCES;)
		distances[(*count)++] =
			nights->items[i].begin_ns - nights->items[i - 1].begin_ns;
	if (*count == 0)
		return 0;
	qsort(distances, *count, sizeof(distances[0]), compare_distances);
	/* The lower of two: who rotates often is not made to look slow by one pause. */
	median = distances[(*count - 1) / 2];
	for (size_t i = 0; i < *count; i++)
		*near += distances[i] >= median - median / 4 && distances[i] <= median + median / 4;
	return median;
}

/*
 * Whether the runs of a capture are nights of their own, since it rotates every hour, say: they
 * follow each other regularly, or there are many of them on most days. Else what parts a day is a
 * reload or a restart.
 */
static bool rotates_often(const struct fa_nights *nights)
{
	size_t count;
	size_t near;
	int64_t median = median_before(nights, nights->count, &count, &near);
	int64_t last_ns = INT64_MIN;
	size_t days = 0;

	if (count >= DISTANCES_MIN && 2 * near >= count)
		return median < DAY_NS / 2;
	for (size_t i = 0; i < nights->count; i++) {
		int64_t day_ns = fa_bucket_start(nights->items[i].begin_ns, DAY_NS);

		days += i == 0 || day_ns != last_ns;
		last_ns = day_ns;
	}
	return nights->count >= OFTEN * days;
}

/* A run that was asked for is there in place of a newer one of the same packets. */
static bool is_there(const struct fa_run_row *like, const struct fa_run_row *row)
{
	if (like != NULL && like->replaced_by != 0 &&
	    (row->id == like->replaced_by || row->replaced_by == like->replaced_by))
		return row == like;
	return row->replaced_by == 0;
}

int fa_nights_make(struct fa_nights *nights, const struct fa_run_list *list,
		   const struct fa_source_wish *wish, const struct fa_run_row *like)
{
	memset(nights, 0, sizeof(*nights));
	nights->runs = calloc(list->count + 1, sizeof(*nights->runs));
	nights->items = calloc(list->count + 1, sizeof(*nights->items));
	if (nights->runs == NULL || nights->items == NULL)
		return FA_ENOMEM;
	nights->is_wide = !wish->any && wish->pattern == NULL && !has_narrow_peer(list, like);
	for (size_t i = 0; i < list->count; i++) {
		const struct fa_run_row *row = &list->items[i];

		if (is_there(like, row) && is_wanted(nights, wish, like, row))
			nights->runs[nights->run_count++] = row;
	}
	qsort(nights->runs, nights->run_count, sizeof(*nights->runs), compare_begins);
	group(nights, false);
	if (!rotates_often(nights))
		group(nights, true);
	return 0;
}

void fa_nights_deinit(struct fa_nights *nights)
{
	free(nights->runs);
	free(nights->items);
	memset(nights, 0, sizeof(*nights));
}

size_t fa_nights_of(const struct fa_nights *nights, const struct fa_run_row *run)
{
	for (size_t i = 0; i < nights->count; i++)
		for (size_t k = 0; k < nights->items[i].count; k++)
			if (nights->runs[nights->items[i].first + k] == run)
				return i;
	return SIZE_MAX;
}

int64_t fa_nights_usual(const struct fa_nights *nights, size_t last)
{
	size_t count;
	size_t near;
	int64_t usual = median_before(nights, last, &count, &near);

	return count >= DISTANCES_MIN && 2 * near >= count && usual > 0 ? usual : 0;
}

size_t fa_nights_missing(int64_t usual_ns, int64_t begin_ns, int64_t next_ns, int64_t *out,
			 size_t max)
{
	int64_t distance;
	size_t count;

	if (usual_ns < GAP_MIN_NS || __builtin_sub_overflow(next_ns, begin_ns, &distance) ||
	    distance <= usual_ns + usual_ns / 2)
		return 0;
	/* The begins that are at least half a distance before the next. */
	count = (size_t)((distance - usual_ns / 2 - 1) / usual_ns);
	for (size_t i = 0; i < count && i < max; i++)
		out[i] = begin_ns + (int64_t)(i + 1) * usual_ns;
	return count;
}

char *fa_night_text(int64_t begin_ns, int64_t usual_ns, char text[FA_NIGHT_TEXT])
{
	fa_time_text_short(begin_ns, text);
	if (usual_ns == 0 || usual_ns >= 20 * HOUR_NS)
		text[strcspn(text, " ")] = '\0';
	return text;
}
