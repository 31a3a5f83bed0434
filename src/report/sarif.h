/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Findings as SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format): each is shown at the
 * line of the catalog that it is about, and known again by its fingerprint. Private to src/report.
 */
#ifndef FA_REPORT_SARIF_H
#define FA_REPORT_SARIF_H

#include <stdio.h>

#include "report/report.h"

/* What an earlier run makes of the results (3.27.24 baselineState). */
struct fa_sarif_baseline {
	void *context;
	/* Of a finding that is there now: "new", "unchanged" or "updated". */
	const char *(*state)(void *context, uint64_t fingerprint);
	/* Whether a finding of the earlier run is not there any more: it is "absent". */
	bool (*is_absent)(void *context, uint64_t fingerprint);
	const struct fa_history *before;
	int64_t before_run;
};

/* BASELINE may be NULL: nothing is said of an earlier run. */
int fa_sarif_write(FILE *out, const struct fa_history *history, int64_t run,
		   const struct fa_sarif_baseline *baseline, struct fa_diag *diag);

/* The row of the "sarif" format. */
int fa_report_sarif(FILE *out, const struct fa_history *history, int64_t run,
		    const struct fa_report_options *options, struct fa_diag *diag);

#endif
