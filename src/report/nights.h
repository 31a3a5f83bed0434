/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Stored runs as nights of their sources: which run came before which, and which is missing.
 *
 * A source is what is looked at again and again: an interface, or captures whose names differ by
 * their dates, numbers and folders only. A night is what one of them saw from one of its rotations
 * to the next: one run, or the several runs of a day that a reload or a restart made of it.
 */
#ifndef FA_REPORT_NIGHTS_H
#define FA_REPORT_NIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "core/history.h"
#include "report/report.h"

/* What of a run matters here. */
struct fa_run_row {
	int64_t id;
	int64_t begin_ns, end_ns;   /* packet time; without packets the wall clock */
	int64_t made_ns, stored_ns; /* wall clock: when it began, and when it was last written to */
	uint64_t packets, frame_bytes;
	enum fa_run_kind kind;
	bool has_ended;
	int64_t replaced_by; /* a later run of the same packets; 0: none */
	char *source;
	char *key, *wide_key; /* of the source; the wide one without any number */
};

struct fa_run_list {
	struct fa_run_row *items; /* oldest id first */
	size_t count, room;
};

/* Reads all runs. 0 or an error; give the list back in either case. */
int fa_run_list_read(struct fa_run_list *list, const struct fa_history *history,
		     struct fa_diag *diag);
void fa_run_list_deinit(struct fa_run_list *list);

/* NULL when there is none. */
const struct fa_run_row *fa_run_list_find(const struct fa_run_list *list, int64_t run);

/* Which runs are wanted. */
struct fa_source_wish {
	const char *pattern; /* of the source's name, with * and ?, or a part of it; NULL: as LIKE */
	bool any;	     /* all of them */
};

/* Whether TEXT is what PATTERN names. */
bool fa_source_matches(const char *pattern, const char *text);

/*
 * The names under which runs of one source meet, at most FA_SOURCE_KEY - 1 bytes. Of captures: the
 * kind, the filter and the distinct names of the files, without folders and without endings of
 * compression, dates as "#". WIDE: every number is "#"; else short ones stay ("tap1", "tap2"),
 * unless files of the run itself differ by them. Of interfaces nothing is left out.
 */
#define FA_SOURCE_KEY (FA_SOURCE_TEXT + FA_FILTER_TEXT + 16)
void fa_source_key(const struct fa_run_info *info, bool wide, char key[FA_SOURCE_KEY]);

struct fa_night {
	size_t first, count; /* in runs of struct fa_nights */
	int64_t begin_ns, end_ns;
};

struct fa_nights {
	const struct fa_run_row **runs; /* of the list: by begin; without those that were replaced */
	size_t run_count;
	struct fa_night *items; /* by begin */
	size_t count;
	bool is_wide; /* names differ by more than dates */
};

/*
 * The nights of the runs that WISH names, or that have the source of LIKE. The list must outlive
 * them. 0 or FA_ENOMEM; fa_nights_deinit in either case.
 */
int fa_nights_make(struct fa_nights *nights, const struct fa_run_list *list,
		   const struct fa_source_wish *wish, const struct fa_run_row *like);
void fa_nights_deinit(struct fa_nights *nights);

/* The index of the night that RUN is of, SIZE_MAX when it is of none. */
size_t fa_nights_of(const struct fa_nights *nights, const struct fa_run_row *run);

/*
 * The usual distance from one begin to the next: the median of up to 14 before night LAST (that
 * from LAST on is not one of them). 0 when there are fewer than two, or when they are too irregular
 * for a median to say anything: half of them must be within a quarter of it.
 */
int64_t fa_nights_usual(const struct fa_nights *nights, size_t last);

/*
 * When nights would have begun that lie between BEGIN and NEXT, a night and the next one that is
 * there. Returns their number, of which the first MAX are written.
 */
size_t fa_nights_missing(int64_t usual_ns, int64_t begin_ns, int64_t next_ns, int64_t *out,
			 size_t max);

/* "2026-11-20"; with the time of day where nights are shorter than days. */
#define FA_NIGHT_TEXT 40
char *fa_night_text(int64_t begin_ns, int64_t usual_ns, char text[FA_NIGHT_TEXT]);

/*
 * A table of the nights, with those that are missing; FORMAT is "text" or "json". LIST is what the
 * nights are of: sources that are not shown are named.
 */
int fa_report_nights(FILE *out, const char *format, const struct fa_history *history,
		     const struct fa_run_list *list, const struct fa_nights *nights,
		     const struct fa_report_options *options, struct fa_diag *diag);

#endif
