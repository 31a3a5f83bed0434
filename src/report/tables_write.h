/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The formats that are tables of a stored run; private to src/report. */
#ifndef FA_REPORT_TABLES_WRITE_H
#define FA_REPORT_TABLES_WRITE_H

#include <stdio.h>

#include "report/report.h"

/* Rows of the formats: one table, or all of them one after the other. */
int fa_report_csv(FILE *out, const struct fa_history *history, int64_t run,
		  const struct fa_report_options *options, struct fa_diag *diag);
int fa_report_markdown(FILE *out, const struct fa_history *history, int64_t run,
		       const struct fa_report_options *options, struct fa_diag *diag);

/* A file for each table, in a folder. */
int fa_report_csv_folder(const char *dir, const struct fa_history *history, int64_t run,
			 const struct fa_report_options *options, struct fa_diag *diag);

/* Whether SECTION names a table of a run; if not, FA_EINVAL with those that there are. */
int fa_tables_section_check(const char *section, struct fa_diag *diag);

#endif
