/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Expectations and findings as JUnit XML, for whatever collects test results. Private to src/report.
 */
#ifndef FA_REPORT_JUNIT_H
#define FA_REPORT_JUNIT_H

#include <stdio.h>

#include "report/buffer.h"
#include "report/report.h"

/* The row of the "junit" format. */
int fa_report_junit(FILE *out, const struct fa_history *history, int64_t run,
		    const struct fa_report_options *options, struct fa_diag *diag);

/* Harmless text (see fa_buffer_safe) as text or attribute of XML 1.0. */
void fa_xml_add(struct fa_buffer *xml, const char *text);

#endif
