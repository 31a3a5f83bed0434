/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports on a drift: what differs between two spans of stored traffic. */
#ifndef FA_REPORT_DRIFT_H
#define FA_REPORT_DRIFT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "core/drift.h"
#include "core/history.h"
#include "report/report.h"

/* Version of the JSON; schema/drift.schema.json describes it. */
#define FA_DRIFT_SCHEMA 1

/*
 * Writes DRIFT in FORMAT ("text", "json", ...). NOW_HISTORY is that of the later span: its rules
 * are cited as they are stored for the last run of that span, and commands that are printed name
 * its database; NULL: nothing is cited, and the database is the default one. FA_EINVAL for a format
 * that does not exist; the message lists those that do.
 */
int fa_drift_write(FILE *out, const char *format, const struct fa_drift *drift,
		   const struct fa_history *now_history, const struct fa_report_options *options,
		   struct fa_diag *diag);

/*
 * The same into the folder DIR, made where it is missing, with a file for each table; all of them
 * change, or none. FA_EINVAL for a format that is one file.
 */
int fa_drift_write_folder(const char *dir, const char *format, const struct fa_drift *drift,
			  const struct fa_history *now_history,
			  const struct fa_report_options *options, struct fa_diag *diag);
bool fa_drift_makes_folder(const char *format);

/* Whether fa_drift_write knows SECTION in FORMAT; NULL is always known. 0 or FA_EINVAL. */
int fa_drift_section_check(const char *format, const char *section, struct fa_diag *diag);

/* The names of sections, one by one; NULL behind the last. */
const char *fa_drift_section_name(size_t index);

/* Whether fa_drift_write knows FORMAT; if not, FA_EINVAL with the formats that exist. */
int fa_drift_format_check(const char *format, struct fa_diag *diag);

/* The names of these formats, one by one; NULL behind the last. */
const char *fa_drift_format_name(size_t index);

#endif
