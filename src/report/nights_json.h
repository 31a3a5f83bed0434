/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nights for programs. Private to src/report. */
#ifndef FA_REPORT_NIGHTS_JSON_H
#define FA_REPORT_NIGHTS_JSON_H

#include "report/nights.h"

int fa_nights_json(FILE *out, const struct fa_history *history, const struct fa_nights *nights,
		   struct fa_diag *diag);

#endif
