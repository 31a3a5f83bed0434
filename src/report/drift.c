/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which formats of a drift there are. */
#include "report/drift.h"

#include <stdint.h>

#include "base/like.h"
#include "report/drift_formats.h"
#include "report/output.h"

static const struct format {
	const char *name;
	fa_drift_format_fn *write;
	bool has_sections; /* one of its tables may be asked for */
	/* Into a folder; NULL: not possible. */
	int (*write_folder)(const char *dir, const struct fa_drift *drift,
			    const struct fa_history *now_history,
			    const struct fa_report_options *options, struct fa_diag *diag);
} formats[] = {
	{"text", fa_drift_text, false, NULL},
	{"json", fa_drift_json, false, NULL},
	{"csv", fa_drift_csv, true, fa_drift_csv_folder},
	{"markdown", fa_drift_markdown, true, NULL},
	{"sarif", fa_drift_sarif, false, NULL},
	{"junit", fa_drift_junit, false, NULL},
	{"html", fa_drift_html, false, NULL},
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static const struct fa_like_names names = {formats, FORMATS, sizeof(formats[0])};

static int unknown_format(const char *format, struct fa_diag *diag)
{
	return fa_like_unknown(&names, "there is no format", format, diag);
}

const char *fa_drift_format_name(size_t index)
{
	return index < FORMATS ? formats[index].name : NULL;
}

/* NULL when there is none of that name. */
static const struct format *find(const char *name)
{
	size_t index = fa_like_find(&names, name);

	return index == SIZE_MAX ? NULL : &formats[index];
}

int fa_drift_format_check(const char *format, struct fa_diag *diag)
{
	return find(format) != NULL ? 0 : unknown_format(format, diag);
}

int fa_drift_section_check(const char *format, const char *section, struct fa_diag *diag)
{
	const struct format *found = find(format);

	if (found == NULL)
		return unknown_format(format, diag);
	if (section == NULL)
		return 0;
	if (!found->has_sections)
		return fa_fail(diag, FA_EINVAL,
			       "--section is for the formats csv and markdown, not for %s", format);
	return fa_drift_table_check(section, diag);
}

bool fa_drift_makes_folder(const char *format)
{
	const struct format *found = find(format);

	return found != NULL && found->write_folder != NULL;
}

int fa_drift_write_folder(const char *dir, const char *format, const struct fa_drift *drift,
			  const struct fa_history *now_history,
			  const struct fa_report_options *options, struct fa_diag *diag)
{
	const struct format *found = find(format);

	if (found == NULL)
		return unknown_format(format, diag);
	if (found->write_folder == NULL)
		return fa_fail(diag, FA_EINVAL, "%s: the format %s is one file, not a folder", dir,
			       format);
	return found->write_folder(dir, drift, now_history, options, diag);
}

int fa_drift_write(FILE *out, const char *format, const struct fa_drift *drift,
		   const struct fa_history *now_history, const struct fa_report_options *options,
		   struct fa_diag *diag)
{
	const struct format *found = find(format);
	int err;

	if (found == NULL)
		return unknown_format(format, diag);
	err = found->write(out, drift, now_history, options, diag);
	return err == 0 ? fa_output_flush(out, diag) : err;
}
