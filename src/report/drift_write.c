/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A drift as CSV and as Markdown. */
#include <stdint.h>
#include <string.h>

#include "base/like.h"
#include "report/drift_formats.h"
#include "report/drift_tables.h"
#include "report/sinks.h"

/* Tables that may be asked for by name; the first is what a CSV file holds otherwise. */
static const struct {
	const char *name;
} sections[] = {
	{FA_DRIFT_ALL}, {"sides"},	  {"counts"},  {"appeared"}, {"changed"},
	{"vanished"},	{"expectations"}, {"waivers"}, {"coverage"},
};

#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

const char *fa_drift_section_name(size_t index)
{
	return index < SECTIONS ? sections[index].name : NULL;
}

int fa_drift_table_check(const char *section, struct fa_diag *diag)
{
	const struct fa_like_names names = {sections, SECTIONS, sizeof(sections[0])};

	return fa_like_find(&names, section) != SIZE_MAX
		       ? 0
		       : fa_like_unknown(&names, "a drift has no section", section, diag);
}

/* The tables that SECTION needs; NULL: one for each section. */
static int tell(const struct fa_drift *drift, const struct fa_history *now_history,
		const char *section, const struct fa_table_sink *sink, struct fa_diag *diag)
{
	int err = section != NULL ? fa_drift_table_check(section, diag) : 0;

	if (err != 0)
		return err;
	if (section != NULL && strcmp(section, FA_DRIFT_ALL) == 0)
		return fa_tables_drift_list(drift, now_history, sink, diag);
	return fa_tables_drift(drift, now_history, sink, diag);
}

int fa_drift_csv(FILE *out, const struct fa_drift *drift, const struct fa_history *now_history,
		 const struct fa_report_options *options, struct fa_diag *diag)
{
	const char *section = options->section != NULL ? options->section : sections[0].name;
	struct fa_csv csv;
	struct fa_table_sink sink = fa_sink_csv(&csv, out, section, diag);
	int err = tell(drift, now_history, section, &sink, diag);

	fa_csv_deinit(&csv);
	return err;
}

int fa_drift_csv_folder(const char *dir, const struct fa_drift *drift,
			const struct fa_history *now_history,
			const struct fa_report_options *options, struct fa_diag *diag)
{
	struct fa_csv_folder folder;
	struct fa_table_sink sink = fa_sink_csv_folder(&folder, dir, options->section, diag);
	int err = tell(drift, now_history, options->section, &sink, diag);

	if (err == 0)
		return fa_csv_folder_commit(&folder);
	fa_csv_folder_abort(&folder);
	return err;
}

int fa_drift_markdown(FILE *out, const struct fa_drift *drift,
		      const struct fa_history *now_history,
		      const struct fa_report_options *options, struct fa_diag *diag)
{
	struct fa_markdown markdown;
	struct fa_table_sink sink = fa_sink_markdown(&markdown, out, options->all, diag);
	int err;

	markdown.section = options->section;
	markdown.more = "the same command with --all";
	fputs("# flowaudit: drift\n", out);
	if (fa_drift_all(drift) == 0 && options->section == NULL)
		fputs("\nNothing differs.\n", out);
	err = tell(drift, now_history, options->section, &sink, diag);
	fa_markdown_deinit(&markdown);
	return err;
}
