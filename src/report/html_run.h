/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sections of the HTML report on a run; private to src/report. */
#ifndef FA_REPORT_HTML_RUN_H
#define FA_REPORT_HTML_RUN_H

#include "core/history.h"
#include "report/html.h"
#include "report/map.h"
#include "report/places.h"
#include "report/propose.h"
#include "report/textset.h"
#include "report/windows.h"

/* Findings that are told in full, the most important ones; the others are rows of the table. */
#define FA_HTML_FINDINGS 500

/* What every section gets. */
struct fa_html_run {
	struct fa_html page;
	const struct fa_history *history;
	int64_t run_id;
	struct fa_stored_run run;
	struct fa_verdict_sum sums[FA_VERDICT_COUNT];
	uint64_t expectations[FA_EXPECT_COUNT];
	struct fa_places places;       /* none without a site */
	struct fa_window_sums windows; /* none in a replay */
	struct fa_map map;
	struct fa_proposal *waivers[FA_HTML_FINDINGS]; /* by number less 1; NULL: none */
	struct fa_textset rules; /* ids that the page leads to, and tells at its end */
	bool has_files;	       /* everything was read from files, where its packets still are */
	struct fa_diag *diag;
};

/* A section writes itself; 0 or a negative enum fa_error with a message. */
int fa_html_head(struct fa_html_run *report);
int fa_html_verdicts(struct fa_html_run *report);
int fa_html_map(struct fa_html_run *report);
int fa_html_heat(struct fa_html_run *report);
int fa_html_nights(struct fa_html_run *report);
int fa_html_findings(struct fa_html_run *report);
int fa_html_rules(struct fa_html_run *report);

/* Words for a group of the map, for people; "role of instance" where it has one. */
void fa_html_group(struct fa_html *page, const struct fa_group *group);

/* A link to where the page tells the rule. */
void fa_html_rule_link(struct fa_html_run *report, const char *id);

/* The row of the "html" format. */
int fa_report_html(FILE *out, const struct fa_history *history, int64_t run,
		   const struct fa_report_options *options, struct fa_diag *diag);

#endif
