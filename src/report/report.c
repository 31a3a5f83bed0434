/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which report formats there are. */
#include "report/report.h"

#include <stdint.h>

#include "base/like.h"
#include "report/html_run.h"
#include "report/json.h"
#include "report/junit.h"
#include "report/output.h"
#include "report/sarif.h"
#include "report/tables_write.h"
#include "report/text.h"

static const struct format {
	const char *name;
	int (*write)(FILE *out, const struct fa_history *history, int64_t run,
		     const struct fa_report_options *options, struct fa_diag *diag);
	bool has_sections; /* one of its tables may be asked for */
	/* Into a folder; NULL: not possible. */
	int (*write_folder)(const char *dir, const struct fa_history *history, int64_t run,
			    const struct fa_report_options *options, struct fa_diag *diag);
} formats[] = {
	{"text", fa_report_text, false, NULL},
	{"json", fa_report_json, false, NULL},
	{"csv", fa_report_csv, true, fa_report_csv_folder},
	{"markdown", fa_report_markdown, true, NULL},
	{"sarif", fa_report_sarif, false, NULL},
	{"junit", fa_report_junit, false, NULL},
	{"html", fa_report_html, false, NULL},
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static const struct fa_like_names names = {formats, FORMATS, sizeof(formats[0])};

static int unknown_format(const char *format, struct fa_diag *diag)
{
	return fa_like_unknown(&names, "there is no format", format, diag);
}

const char *fa_report_format_name(size_t index)
{
	return index < FORMATS ? formats[index].name : NULL;
}

/* NULL when there is none of that name. */
static const struct format *find(const char *name)
{
	size_t index = fa_like_find(&names, name);

	return index == SIZE_MAX ? NULL : &formats[index];
}

int fa_report_format_check(const char *format, struct fa_diag *diag)
{
	return find(format) != NULL ? 0 : unknown_format(format, diag);
}

int fa_report_section_check(const char *format, const char *section, struct fa_diag *diag)
{
	const struct format *found = find(format);

	if (found == NULL)
		return unknown_format(format, diag);
	if (section == NULL)
		return 0;
	if (!found->has_sections)
		return fa_fail(diag, FA_EINVAL,
			       "--section is for the formats csv and markdown, not for %s", format);
	return fa_tables_section_check(section, diag);
}

bool fa_report_makes_folder(const char *format)
{
	const struct format *found = find(format);

	return found != NULL && found->write_folder != NULL;
}

int fa_report_write_folder(const char *dir, const char *format, const struct fa_history *history,
			   int64_t run, const struct fa_report_options *options,
			   struct fa_diag *diag)
{
	const struct format *found = find(format);

	if (found == NULL)
		return unknown_format(format, diag);
	if (found->write_folder == NULL)
		return fa_fail(diag, FA_EINVAL, "%s: the format %s is one file, not a folder", dir,
			       format);
	return found->write_folder(dir, history, run, options, diag);
}

int fa_report_write(FILE *out, const char *format, const struct fa_history *history, int64_t run,
		    const struct fa_report_options *options, struct fa_diag *diag)
{
	const struct format *found = find(format);
	int err;

	if (found == NULL)
		return unknown_format(format, diag);
	err = found->write(out, history, run, options, diag);
	return err == 0 ? fa_output_flush(out, diag) : err;
}
