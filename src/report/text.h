/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sections of the text report; private to src/report. */
#ifndef FA_REPORT_TEXT_H
#define FA_REPORT_TEXT_H

#include "core/history.h"
#include "report/places.h"
#include "report/text_out.h"

/* What every section gets. */
struct fa_text_report {
	struct fa_text_out text;
	const struct fa_history *history;
	int64_t run_id;
	struct fa_stored_run run;
	struct fa_verdict_sum sums[FA_VERDICT_COUNT];
	struct fa_places places; /* none without a site */
	bool has_files;		 /* everything was read from files, where its packets still are */
	uint8_t next_transport; /* a port worth explaining: of the first finding that has one */
	uint16_t next_port;	/* 0: none */
};

/* A section writes itself; 0 or a negative enum fa_error with a message. */
int fa_text_head(struct fa_text_report *report, struct fa_diag *diag);
int fa_text_verdicts(struct fa_text_report *report, struct fa_diag *diag);
int fa_text_findings(struct fa_text_report *report, struct fa_diag *diag);
int fa_text_uncertain(struct fa_text_report *report, struct fa_diag *diag);
int fa_text_waivers(struct fa_text_report *report, struct fa_diag *diag);
int fa_text_expectations(struct fa_text_report *report, struct fa_diag *diag);
int fa_text_input(struct fa_text_report *report, struct fa_diag *diag);
int fa_text_next(struct fa_text_report *report, struct fa_diag *diag);

/* The row of the "text" format. */
int fa_report_text(FILE *out, const struct fa_history *history, int64_t run,
		   const struct fa_report_options *options, struct fa_diag *diag);

#endif
