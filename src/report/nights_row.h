/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a night amounts to: the sums of its runs. Private to src/report. */
#ifndef FA_REPORT_NIGHTS_ROW_H
#define FA_REPORT_NIGHTS_ROW_H

#include "report/nights.h"

struct fa_night_sums {
	uint64_t packets, conversations, findings;
	uint64_t by_verdict[FA_VERDICT_COUNT]; /* findings */
	uint64_t unseen;		       /* expectations, of the last run */
	uint64_t lost, whole;		       /* packets that no verdict knows of, of how many */
	uint64_t gap_bytes, tcp_bytes;	       /* of TCP: missing, and with them */
	const char *state;		       /* of the last run: "complete", "running" */
	const char *confidence;		       /* the least of all runs */
};

/* Reads what the runs of NIGHT came to. 0 or an error. */
int fa_night_sums_read(struct fa_night_sums *sums, const struct fa_history *history,
		       const struct fa_nights *nights, const struct fa_night *night,
		       struct fa_diag *diag);

/* The share of what was lost, of FA_NIGHT_WHOLE: by packets or by gaps in TCP, the larger one. */
#define FA_NIGHT_WHOLE 1000000
uint64_t fa_night_loss(const struct fa_night_sums *sums);

/* Calls FN for each night and each that is missing (NIGHT NULL), by their begins. */
int fa_nights_each(const struct fa_nights *nights,
		   int (*fn)(void *arg, const struct fa_night *night, int64_t begin_ns), void *arg);

#endif
