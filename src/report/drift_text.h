/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of a drift as text; private to src/report/drift_text*. */
#ifndef FA_REPORT_DRIFT_TEXT_H
#define FA_REPORT_DRIFT_TEXT_H

#include "core/drift.h"
#include "report/text_out.h"

/* Columns of the name of a section. */
#define FA_DRIFT_LEAD 14

/* Both sides, and the counts by section and cause; a blank line where differences follow. Without
 * "all" each of them is one line. */
void fa_drift_text_top(struct fa_text_out *text, const struct fa_drift *drift);

#endif
