/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report on a run as one HTML file: which sections, in which order. */
#include "report/html_run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/command.h"
#include "report/inputs.h"

static const struct fa_html_part parts[] = {
	{"summary", "Summary"},	  {"map", "Map"},
	{"matrix", "Matrix"},	  {"nights", "Nights"},
	{"findings", "Findings"}, {"expectations", "Expectations"},
	{"conversations", "Conversations"}, {"catalogs", "Catalogs"},
	{"losses", "Losses"},	  {"rules", "Rows of the documents"},
	{NULL, NULL},
};

static int count_state(void *arg, const struct fa_stored_expectation *expectation)
{
	uint64_t *counts = arg;

	if (expectation->state < FA_EXPECT_COUNT)
		counts[expectation->state]++;
	return 0;
}

/* Reading conversations takes its time, so what each belongs to is gathered at once. */
static int see(void *arg, const struct fa_stored_conversation *conversation)
{
	struct fa_html_run *report = arg;
	int64_t number = conversation->finding;
	struct fa_proposal **waiver;
	int err = 0;

	if (number < 1 || number > FA_HTML_FINDINGS)
		return 0;
	waiver = &report->waivers[number - 1];
	if (*waiver == NULL)
		err = fa_proposal_new(waiver);
	if (err == 0)
		err = fa_proposal_add(*waiver, &conversation->id);
	return err == 0 ? 0 : fa_fail(report->diag, err, "out of memory for the page");
}

static int read_facts(struct fa_html_run *report, int64_t run)
{
	const struct fa_history *history = report->history;
	const struct fa_map_watch watch = {see, report};
	struct fa_diag *diag = report->diag;
	int err = history->run(history->context, run, &report->run, diag);

	report->run_id = report->run.id;
	if (err == 0 && fa_textset_init(&report->rules) != 0)
		err = fa_fail(diag, FA_ENOMEM, "out of memory for the page");
	if (err == 0)
		err = history->sums(history->context, report->run_id, report->sums, diag);
	if (err == 0)
		err = history->each_expectation(history->context, report->run_id, count_state,
						report->expectations, diag);
	if (err == 0)
		err = fa_places_read(&report->places, history, report->run_id, diag);
	if (err == 0)
		err = fa_inputs_are_files(history, report->run_id, &report->has_files, diag);
	if (err == 0 && report->run.info.kind == FA_RUN_LIVE)
		err = fa_window_sums_read(&report->windows, history, report->run_id, diag);
	if (err == 0)
		err = fa_map_read(&report->map, history, report->run_id, &report->places, &watch,
				  diag);
	return err;
}

/* The head of the page has them. */
static bool is_told(void *context, const char *table)
{
	(void)context;
	return strcmp(table, "run") == 0 || strcmp(table, "summary") == 0;
}

static int put_after(void *context, const char *table)
{
	return strcmp(table, "findings") == 0 ? fa_html_findings(context) : 0;
}

/* Rules that somebody asks for are told at the end of the page; findings only to a number. */
static bool has_place(void *context, const char *kind, const char *name)
{
	struct fa_html_run *report = context;

	if (strcmp(kind, "finding") == 0)
		return strtoull(name, NULL, 10) <= FA_HTML_FINDINGS;
	if (strcmp(kind, "rule") != 0)
		return false;
	if (fa_textset_add(&report->rules, name) == FA_TEXT_NONE)
		report->page.failed = true;
	return true;
}

static int put_tables(struct fa_html_run *report)
{
	struct fa_html_tables tables = {
		.page = &report->page,
		.context = report,
		.skip = is_told,
		.after = put_after,
		.has_place = has_place,
	};
	const struct fa_table_sink sink = fa_html_sink(&tables);
	int err = fa_tables_run(report->history, report->run_id, &sink, report->diag);

	fa_html_tables_deinit(&tables);
	return err;
}

void fa_html_rule_link(struct fa_html_run *report, const char *id)
{
	has_place(report, "rule", id);
	fa_html_link(&report->page, "rule", id);
	fa_html_text(&report->page, id);
	fa_html_put(&report->page, "</a>");
}

static int write_page(struct fa_html_run *report)
{
	static int (*const sections[])(struct fa_html_run *) = {
		fa_html_head,	fa_html_verdicts, fa_html_map,	 fa_html_heat,
		fa_html_nights, put_tables,	  fa_html_rules,
	};
	int err = 0;

	for (size_t i = 0; err == 0 && i < sizeof(sections) / sizeof(sections[0]); i++)
		err = sections[i](report);
	return err;
}

int fa_report_html(FILE *out, const struct fa_history *history, int64_t run,
		   const struct fa_report_options *options, struct fa_diag *diag)
{
	struct fa_html_run report;
	struct fa_buffer more = {0};
	char title[96];
	int err;

	(void)options;
	memset(&report, 0, sizeof(report));
	report.history = history;
	report.diag = diag;
	err = read_facts(&report, run);
	if (err == 0) {
		snprintf(title, sizeof(title), "flowaudit: run %" PRId64, report.run_id);
		fa_command_add(&more, "report", history);
		fa_buffer_addf(&more, " --run %" PRId64 " --format csv -o DIR/", report.run_id);
		fa_html_begin(&report.page, out, title, parts, diag);
		report.page.more = fa_buffer_text(&more);
		report.page.failed = more.failed;
		err = write_page(&report);
	}
	if (err == 0)
		err = fa_html_end(&report.page, report.run.version);
	fa_html_deinit(&report.page);
	for (size_t i = 0; i < FA_HTML_FINDINGS; i++)
		fa_proposal_free(report.waivers[i]);
	fa_map_deinit(&report.map);
	fa_places_deinit(&report.places);
	fa_textset_deinit(&report.rules);
	fa_buffer_deinit(&more);
	return err;
}
