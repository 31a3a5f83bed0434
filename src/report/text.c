/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report as text: which sections, in which order. */
#include "report/text.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "report/command.h"

#include "report/inputs.h"

/* The command in the line buffer, and what it is good for; on two lines where one has no room. */
static void put_hint(struct fa_text_out *text, const char *what)
{
	enum { INDENT = 2, COMMAND = 39 };
	struct fa_buffer *line = &text->line;
	size_t wide = fa_text_columns(fa_buffer_text(line));
	/* Two at the least: one space could be of the command. */
	size_t gap = wide < COMMAND ? COMMAND + 1 - wide : 2;

	if (INDENT + wide + gap + strlen(what) <= text->width) {
		fa_buffer_addf(line, "%*s%s", (int)gap, "", what);
		fa_text_command(text, INDENT, fa_buffer_text(line));
		return;
	}
	fa_text_command(text, INDENT, fa_buffer_text(line));
	fa_text_wrap(text, 3 * INDENT, what);
}

/* The number of the run stands between: a report may be on an older one than the newest. */
static void put_run_hint(struct fa_text_report *report, const char *verb, const char *before,
			 const char *rest, const char *what)
{
	struct fa_buffer *line = &report->text.line;

	fa_buffer_reset(line);
	fa_command_add(line, verb, report->history);
	fa_buffer_addf(line, "%s%" PRId64 "%s", before, report->run_id, rest);
	put_hint(&report->text, what);
}

int fa_text_next(struct fa_text_report *report, struct fa_diag *diag)
{
	struct fa_text_out *text = &report->text;
	char transport[FA_TRANSPORT_TEXT];

	(void)diag;
	fa_text_heading(text, "WHAT NEXT");
	if (report->next_port != 0) {
		fa_buffer_reset(&text->line);
		fa_buffer_addf(&text->line, "flowaudit catalog explain %s/%u",
			       fa_transport_text(report->next_transport, transport),
			       report->next_port);
		put_hint(text, "who documents that port");
	}
	if (report->run.site.name[0] == '\0')
		put_run_hint(report, "site learn", " -r ", " -o dc1.yaml",
			     "a draft that says what stands where");
	if (report->run.findings > 0)
		put_run_hint(report, "waiver propose", " ", ".1", "an entry that accepts finding 1");
	if (fa_text_is_live(report))
		put_run_hint(report, "runs show", " ", "", "window by window");
	if (report->run.crashes > 0)
		put_run_hint(report, "evidence", " --crash 1 -r ", " -o f.pcap",
			     "the first packet that a worker died of");
	if (!text->all)
		put_run_hint(report, "report", " -r ", " --all", "every finding and expectation");
	put_run_hint(report, "report", " -r ", " --format json", "the same for programs");
	return 0;
}

/* Whether anything was judged: a run without that must not look like a clean one. */
static bool is_empty(const struct fa_text_report *report)
{
	for (unsigned i = 0; i < FA_VERDICT_COUNT; i++)
		if (report->sums[i].conversations > 0)
			return false;
	return report->run.totals.capture.results[FA_DECODE_DECODED] == 0;
}

static const struct {
	int (*write)(struct fa_text_report *report, struct fa_diag *diag);
	bool when_empty; /* also when nothing was audited */
} sections[] = {
	{fa_text_head, true},	       {fa_text_verdicts, false},
	{fa_text_findings, false},     {fa_text_uncertain, false},
	{fa_text_waivers, false},      {fa_text_expectations, false},
	{fa_text_losses, false},       {fa_text_input, true},
	{fa_text_next, false},
};

static int write_sections(struct fa_text_report *report, struct fa_diag *diag)
{
	bool empty = is_empty(report);

	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		int err;

		if (empty && !sections[i].when_empty)
			continue;
		err = sections[i].write(report, diag);
		if (err == 0)
			err = fa_text_out_check(&report->text, diag);
		if (err != 0)
			return err;
	}
	return 0;
}

int fa_report_text(FILE *out, const struct fa_history *history, int64_t run,
		   const struct fa_report_options *options, struct fa_diag *diag)
{
	struct fa_text_report report;
	int err;

	memset(&report, 0, sizeof(report));
	report.history = history;
	fa_text_out_init(&report.text, out, options);
	err = history->run(history->context, run, &report.run, diag);
	report.run_id = report.run.id;
	if (err == 0)
		err = history->sums(history->context, report.run_id, report.sums, diag);
	if (err == 0)
		err = fa_places_read(&report.places, history, report.run_id, diag);
	if (err == 0)
		err = fa_inputs_are_files(history, report.run_id, &report.has_files, diag);
	if (err == 0)
		err = fa_text_live_read(&report, diag);
	if (err == 0)
		err = write_sections(&report, diag);
	fa_places_deinit(&report.places);
	fa_text_out_deinit(&report.text);
	return err;
}
