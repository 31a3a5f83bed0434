/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the windows of a live run say together: in how many of them what was lost, which were the
 * worst, and in how many nothing came at all. Private to src/report.
 */
#ifndef FA_REPORT_WINDOWS_H
#define FA_REPORT_WINDOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/history.h"
#include "report/buffer.h"

/* What windows lose. */
enum fa_window_loss {
	FA_WINDOW_DROPPED,  /* packets, while capturing */
	FA_WINDOW_GAPS,	    /* bytes of TCP, before the tap */
	FA_WINDOW_DOWN,	    /* nanoseconds without an interface */
	FA_WINDOW_WORKERS,  /* that died and were replaced */
	FA_WINDOW_FLOWS,    /* ended early, or no longer inspected, for want of memory */
	FA_WINDOW_EARLY,    /* times that was judged before the end, for want of memory */
	FA_WINDOW_EVIDENCE, /* packets not kept as evidence, for want of room */
	FA_WINDOW_LOSS_COUNT
};

/* So many are named, the rest is counted. */
#define FA_WINDOWS_NAMED 5

struct fa_window_span {
	int64_t begun_ns, ended_ns; /* wall clock */
	uint64_t part, whole;	    /* lost, of how much; whole 0: does not matter */
};

struct fa_window_losses {
	uint64_t windows; /* that lost something */
	struct fa_window_span worst[FA_WINDOWS_NAMED]; /* worst first */
	size_t count;
};

struct fa_window_sums {
	uint64_t windows;
	int64_t begun_ns, ended_ns; /* the earliest and the latest; valid when there are any */
	bool dated;		    /* they are of several days */
	int64_t day_ns;		    /* of the last one */
	struct fa_window_losses losses[FA_WINDOW_LOSS_COUNT];
	uint64_t quiet, quiet_spans; /* windows without a packet; such windows in a row are one span */
	struct fa_window_span quiet_at[FA_WINDOWS_NAMED]; /* the first spans */
	int64_t quiet_until_ns;
};

/* Reads the windows of RUN; there are none in a replay. */
int fa_window_sums_read(struct fa_window_sums *out, const struct fa_history *history, int64_t run,
			struct fa_diag *diag);

/* How much of LOSS there is in TOTALS, and of how much. */
uint64_t fa_window_loss(const struct fa_run_totals *totals, enum fa_window_loss loss,
			uint64_t *whole);

/* " in 2 of 24 windows: 14:00-15:00 12,000; 16:00-17:00 345"; nothing where nothing was lost. */
void fa_words_where(struct fa_buffer *buffer, const struct fa_window_sums *sums,
		    enum fa_window_loss loss);
/* "3 of 24 windows: 01:00-04:00"; nothing where packets came in all of them. */
void fa_words_quiet(struct fa_buffer *buffer, const struct fa_window_sums *sums);

/* "14:00-15:00", "2026-11-21 14:00-15:00", "14:00:03-14:00:06"; both dates when it is a day long. */
void fa_words_window(struct fa_buffer *buffer, int64_t begun_ns, int64_t ended_ns, bool dated);
/* "04:00" (UTC), with seconds where EXACT, with its date unless that is the day of DAY_NS. */
void fa_words_clock(struct fa_buffer *buffer, int64_t ts_ns, int64_t day_ns, bool exact);
/* As fa_duration_text says it; at most INT64_MAX. */
void fa_words_span(struct fa_buffer *buffer, uint64_t span_ns);

#endif
