/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sections of the text report; private to src/report. */
#ifndef FA_REPORT_TEXT_H
#define FA_REPORT_TEXT_H

#include "core/history.h"
#include "report/places.h"
#include "report/text_out.h"
#include "report/windows.h"

/* What every section gets. */
struct fa_text_report {
	struct fa_text_out text;
	const struct fa_history *history;
	int64_t run_id;
	struct fa_stored_run run;
	struct fa_verdict_sum sums[FA_VERDICT_COUNT];
	struct fa_places places; /* none without a site */
	struct fa_window_sums windows; /* none in a replay */
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
int fa_text_losses(struct fa_text_report *report, struct fa_diag *diag);
int fa_text_input(struct fa_text_report *report, struct fa_diag *diag);
int fa_text_next(struct fa_text_report *report, struct fa_diag *diag);

/* A line of WHAT WAS READ. */
void fa_text_item(struct fa_text_out *text, const char *label, const char *words);
/* Lines of it: interfaces, what wrapped the traffic, copies, settings. */
void fa_text_wire(struct fa_text_report *report);
/* "; duplicates not looked for" */
void fa_text_add_duplicates(struct fa_buffer *line, const struct fa_stored_run *run);

/*
 * Of a live run only. The period that is stored, and how the run stands: "2026-11-21 22:00 ..
 * 2026-11-22 04:00 UTC (running: last window stored at 04:00)".
 */
void fa_text_live_period(const struct fa_text_report *report, struct fa_buffer *buffer);
/* What was not seen, and in which windows; CONFIDENCE to the right where there is room. */
void fa_text_live_losses(struct fa_text_report *report, const char *confidence);
/* That not all of it is stored, in capitals. */
void fa_text_live_warn(struct fa_text_report *report);
/* Lines of WHAT WAS READ. */
void fa_text_live_input(struct fa_text_report *report);
/* A table of the windows, one a line, and the crashes. */
int fa_text_live_windows(struct fa_text_report *report, struct fa_diag *diag);

/* Reads what only live runs have. */
int fa_text_live_read(struct fa_text_report *report, struct fa_diag *diag);
static inline bool fa_text_is_live(const struct fa_text_report *report)
{
	return report->run.info.kind == FA_RUN_LIVE;
}

/* The row of the "text" format. */
int fa_report_text(FILE *out, const struct fa_history *history, int64_t run,
		   const struct fa_report_options *options, struct fa_diag *diag);

#endif
