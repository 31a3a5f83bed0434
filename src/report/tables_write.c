/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of a stored run as CSV and as Markdown. */
#include "report/tables_write.h"

#include <inttypes.h>

#include "base/like.h"
#include "report/command.h"
#include "report/sinks.h"
#include "report/table.h"

/* What a CSV file holds unless somebody asks for something else. */
#define FIRST_SECTION "findings"

/* In the order of fa_tables_run. */
static const struct {
	const char *name;
} sections[] = {
	{"run"},     {"summary"},  {"findings"}, {"expectations"}, {"conversations"},
	{"waivers"}, {"catalogs"}, {"losses"},	 {"loss_pairs"},   {"layers"},
	{"interfaces"}, {"windows"},
};

#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

const char *fa_report_section_name(size_t index)
{
	return index < SECTIONS ? sections[index].name : NULL;
}

int fa_tables_section_check(const char *section, struct fa_diag *diag)
{
	const struct fa_like_names names = {sections, SECTIONS, sizeof(sections[0])};

	return fa_like_find(&names, section) != SIZE_MAX
		       ? 0
		       : fa_like_unknown(&names, "there is no section", section, diag);
}

int fa_report_csv(FILE *out, const struct fa_history *history, int64_t run,
		  const struct fa_report_options *options, struct fa_diag *diag)
{
	const char *section = options->section != NULL ? options->section : FIRST_SECTION;
	struct fa_table_sink sink;
	struct fa_csv csv;
	int err = fa_tables_section_check(section, diag);

	if (err != 0)
		return err;
	sink = fa_sink_csv(&csv, out, section, diag);
	err = fa_tables_run(history, run, &sink, diag);
	fa_csv_deinit(&csv);
	return err;
}

int fa_report_csv_folder(const char *dir, const struct fa_history *history, int64_t run,
			 const struct fa_report_options *options, struct fa_diag *diag)
{
	struct fa_csv_folder folder;
	struct fa_table_sink sink = fa_sink_csv_folder(&folder, dir, options->section, diag);
	int err = options->section != NULL ? fa_tables_section_check(options->section, diag) : 0;

	if (err == 0)
		err = fa_tables_run(history, run, &sink, diag);
	if (err == 0)
		return fa_csv_folder_commit(&folder);
	fa_csv_folder_abort(&folder);
	return err;
}

int fa_report_markdown(FILE *out, const struct fa_history *history, int64_t run,
		       const struct fa_report_options *options, struct fa_diag *diag)
{
	struct fa_stored_run stored;
	struct fa_markdown markdown;
	struct fa_table_sink sink;
	struct fa_buffer more = {0};
	int err = history->run(history->context, run, &stored, diag);

	if (err == 0 && options->section != NULL)
		err = fa_tables_section_check(options->section, diag);
	if (err != 0)
		return err;
	fa_command_add(&more, "report", history);
	fa_buffer_addf(&more, " --run %" PRId64 " --format markdown --all", stored.id);
	sink = fa_sink_markdown(&markdown, out, options->all, diag);
	markdown.section = options->section;
	markdown.more = fa_buffer_text(&more);
	fprintf(out, "# flowaudit: run %" PRId64 "\n", stored.id);
	err = fa_tables_run(history, stored.id, &sink, diag);
	fa_markdown_deinit(&markdown);
	fa_buffer_deinit(&more);
	return err;
}
