/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What people and other programs read: reports on stored runs, the catalogs, flows line by line.
 *
 * Everything is written to a stdio stream that the caller opened. All functions return 0 or a
 * negative enum fa_error with a message in DIAG; a stream that cannot take the text is FA_EFULL
 * (no space) or FA_EIO. Text that comes from the wire is made harmless (fa_text_safe) before it
 * is measured or written.
 */
#ifndef FA_REPORT_REPORT_H
#define FA_REPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "core/explain.h"
#include "core/flow.h"
#include "core/history.h"
#include "core/policy.h"
#include "core/verdict.h"

/* Version of the JSON report; schema/report.schema.json describes it. */
#define FA_REPORT_SCHEMA 1

/* How text reports look. Zeroed options are good ones. Programs' formats ignore them. */
struct fa_report_options {
	bool color;	/* ANSI colours; they never carry meaning of their own */
	bool all;	/* every finding and every expectation, not only the most important */
	unsigned width; /* columns, 0 for 100; less than 60 is taken as 60 */
	const char *section; /* of csv and markdown: only this table; NULL: what is usual */
};

/*
 * Writes the report on RUN (0: the newest) in FORMAT ("text", "json", ...). FA_EINVAL for a format
 * that does not exist; the message lists those that do. While a finding is being read from
 * HISTORY, its rule is asked for: history->rule must work inside history->each_finding.
 */
int fa_report_write(FILE *out, const char *format, const struct fa_history *history, int64_t run,
		    const struct fa_report_options *options, struct fa_diag *diag);

/*
 * The same into the folder DIR, made where it is missing, with a file for each table; all of them
 * change, or none. FA_EINVAL for a format that is one file.
 */
int fa_report_write_folder(const char *dir, const char *format, const struct fa_history *history,
			   int64_t run, const struct fa_report_options *options,
			   struct fa_diag *diag);
bool fa_report_makes_folder(const char *format);

/* Whether fa_report_write knows SECTION in FORMAT; NULL is always known. 0 or FA_EINVAL. */
int fa_report_section_check(const char *format, const char *section, struct fa_diag *diag);

/* The names of sections, one by one; NULL behind the last. */
const char *fa_report_section_name(size_t index);

/* Whether fa_report_write knows FORMAT; if not, FA_EINVAL with the formats that exist. */
int fa_report_format_check(const char *format, struct fa_diag *diag);

/* The names of these formats, one by one; NULL behind the last. */
const char *fa_report_format_name(size_t index);

/* One finished flow as one line of JSON. JUDGEMENT may be NULL: no verdict is known. */
int fa_report_flow_line(FILE *out, const struct fa_flow_record *flow,
			const struct fa_judgement *judgement, struct fa_diag *diag);

/* A rule as `catalog list --format json` prints it. The caller frees the text; NULL: no memory. */
char *fa_report_rule_json(const struct fa_rule *rule);

/*
 * Catalogs; FORMAT is "text" or "json". PRODUCT is a product id, NULL for all products
 * (fa_report_catalog_list only); FA_ENOENT, with the known ids, when there is no such product.
 */
int fa_report_catalog_list(FILE *out, const char *format, const struct fa_rulebook *book,
			   const char *product, const struct fa_report_options *options,
			   struct fa_diag *diag);
int fa_report_catalog_show(FILE *out, const char *format, const struct fa_rulebook *book,
			   const char *product, const struct fa_report_options *options,
			   struct fa_diag *diag);
/* Who documents PORT of TRANSPORT (an IP protocol number), and for what. */
int fa_report_catalog_explain(FILE *out, const char *format, const struct fa_policy *policy,
			      uint8_t transport, uint16_t port,
			      const struct fa_report_options *options, struct fa_diag *diag);

/* What the verdict on a conversation would be, row by row, as audit found for POLICY. */
int fa_report_explain(FILE *out, const char *format, const struct fa_policy *policy,
		      const struct fa_question *question, const struct fa_explanation *answer,
		      const struct fa_report_options *options, struct fa_diag *diag);

/*
 * The site of POLICY explained back, with what does not hold there and why; and every expectation
 * that it creates. FORMAT is "text" or "json".
 */
int fa_report_site_check(FILE *out, const char *format, const struct fa_policy *policy,
			 const struct fa_report_options *options, struct fa_diag *diag);
int fa_report_site_expect(FILE *out, const char *format, const struct fa_policy *policy,
			  const struct fa_report_options *options, struct fa_diag *diag);

/* Stored runs; FORMAT is "text" or "json". RUN 0 is the newest. */
int fa_report_runs_list(FILE *out, const char *format, const struct fa_history *history,
			const struct fa_report_options *options, struct fa_diag *diag);
int fa_report_runs_show(FILE *out, const char *format, const struct fa_history *history,
			int64_t run, const struct fa_report_options *options,
			struct fa_diag *diag);

#endif
