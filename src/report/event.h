/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A finding in a window of a live run, as one line of JSON for a machine that gathers such lines.
 * schema/event.schema.json describes it; the words are those of the JSON report.
 */
#ifndef FA_REPORT_EVENT_H
#define FA_REPORT_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/history.h"
#include "core/rule.h"

/* Everything is borrowed. */
struct fa_event {
	int64_t run;
	const char *source; /* interfaces */
	const char *site;   /* name of the site; NULL or "": no site file */
	int64_t begun_ns, ended_ns; /* of the window, wall clock */
	const struct fa_stored_finding *finding; /* with the counts of the window alone */
	bool is_new; /* no conversation of it came before this window */
	const struct fa_rulebook *book; /* names the version of the catalog; NULL: not said */
};

/* *LINE gets heap memory that the caller frees: one object, without a newline. 0 or FA_ENOMEM. */
int fa_report_event(const struct fa_event *event, char **line);

#endif
