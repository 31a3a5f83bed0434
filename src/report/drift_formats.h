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

#endif
