/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waivers for people: a file of them explained, and one proposed. See report.h for streams. */
#ifndef FA_REPORT_WAIVERS_H
#define FA_REPORT_WAIVERS_H

#include "core/waiver.h"
#include "report/report.h"

/* A waiver that ends within this many days is said to end soon. */
#define FA_WAIVER_SOON_DAYS 30

struct fa_report_waivers {
	const struct fa_waivers *waivers;
	int64_t now_ns;			  /* what has expired and what soon will */
	const struct fa_history *history; /* NULL: nobody asks which ones were used */
	int64_t run;			  /* in which run; 0: the newest */
};

/* Explains each waiver in words; FORMAT is "text" or "json". */
int fa_report_waivers_check(FILE *out, const char *format, const struct fa_report_waivers *what,
			    const struct fa_report_options *options, struct fa_diag *diag);

/*
 * Writes entries for a file of waivers that cover finding NUMBER of RUN (0: the newest) and no
 * more than they must, with owner, reason and expiry left to fill in. Roles are those of the site
 * that the run was judged with. FA_ENOENT when there is no such finding.
 */
int fa_report_waiver_propose(FILE *out, const struct fa_history *history, int64_t run,
			     int64_t number, struct fa_diag *diag);

#endif
