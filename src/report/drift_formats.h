/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The formats of a drift, rows of the table in drift.c; private to src/report/drift*. */
#ifndef FA_REPORT_DRIFT_FORMATS_H
#define FA_REPORT_DRIFT_FORMATS_H

#include "report/drift.h"

typedef int fa_drift_format_fn(FILE *out, const struct fa_drift *drift,
			       const struct fa_history *now_history,
			       const struct fa_report_options *options, struct fa_diag *diag);

fa_drift_format_fn fa_drift_text;
fa_drift_format_fn fa_drift_json;
fa_drift_format_fn fa_drift_csv;
fa_drift_format_fn fa_drift_markdown;
fa_drift_format_fn fa_drift_sarif;
fa_drift_format_fn fa_drift_junit;
fa_drift_format_fn fa_drift_html;

/* A file for each table. */
int fa_drift_csv_folder(const char *dir, const struct fa_drift *drift,
			const struct fa_history *now_history,
			const struct fa_report_options *options, struct fa_diag *diag);

/* Whether there is a table of that name; if not, FA_EINVAL with those that there are. */
int fa_drift_table_check(const char *section, struct fa_diag *diag);

#endif
