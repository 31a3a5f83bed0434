/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text report: what somebody must look at. */
#include "report/text.h"

#include <inttypes.h>
#include <string.h>

#include "report/finding.h"

#define FINDINGS_SHOWN 10
#define INDENT	       4

struct putting {
	struct fa_text_report *report;
	struct fa_finding_about about;
	struct fa_diag *diag;
};

/* Number, verdict, who talks to whom, and what. */
static void put_subject(const struct putting *putting, const struct fa_stored_finding *finding)
{
	struct fa_text_out *text = &putting->report->text;
	char lead[48];

	fa_buffer_reset(&text->line);
	fa_finding_subject(&text->line, &putting->about, finding);
	snprintf(lead, sizeof(lead), "%2" PRId64 "  %-16s ", finding->number,
		 fa_verdict_text(finding->verdict));
	fa_text_wrap_lead(text, lead, fa_verdict_paint(finding->verdict), INDENT,
			  fa_buffer_text(&text->line));
}

static void put_evidence(struct fa_text_report *report, int64_t number)
{
	struct fa_buffer *line = &report->text.line;

	if (!report->has_files)
		return;
	fa_buffer_reset(line);
	fa_buffer_add(line, "packets: ");
	fa_finding_evidence(line, report->history, report->run_id, number);
	fa_text_command(&report->text, INDENT, fa_buffer_text(line));
}

/* The rows of documents behind the verdict, and why; both may be long. */
static int put_why(const struct putting *putting, const struct fa_stored_finding *finding)
{
	struct fa_text_out *text = &putting->report->text;
	int err;

	fa_buffer_reset(&text->line);
	err = fa_finding_citation(&text->line, &putting->about, finding, putting->diag);
	if (err != 0)
		return err;
	fa_text_wrap(text, INDENT, fa_buffer_text(&text->line));
	fa_buffer_reset(&text->line);
	fa_finding_reasons(&text->line, finding);
	if (text->line.len > 0)
		fa_text_wrap(text, INDENT, fa_buffer_text(&text->line));
	return 0;
}

static void put_extent(const struct putting *putting, const struct fa_stored_finding *finding)
{
	struct fa_text_out *text = &putting->report->text;

	fa_buffer_reset(&text->line);
	fa_finding_extent(&text->line, &putting->about, finding);
	fa_text_wrap(text, INDENT, fa_buffer_text(&text->line));
}

/* Without a row on the port there is nothing that "catalog explain" could show. */
static void note_port(struct fa_text_report *report, const struct fa_stored_finding *finding)
{
	if (report->next_port != 0 || finding->candidate_count == 0 ||
	    (finding->transport != FA_IP_TCP && finding->transport != FA_IP_UDP))
		return;
	report->next_transport = finding->transport;
	report->next_port = finding->port;
}

static int put_finding(void *arg, const struct fa_stored_finding *finding)
{
	struct putting *putting = arg;
	struct fa_text_report *report = putting->report;

	put_subject(putting, finding);
	if (!finding->sweep) {
		int err = put_why(putting, finding);

		if (err != 0)
			return err;
		note_port(report, finding);
		put_extent(putting, finding);
	}
	put_evidence(report, finding->number);
	return fa_text_out_check(&report->text, putting->diag);
}

int fa_text_findings(struct fa_text_report *report, struct fa_diag *diag)
{
	struct fa_text_out *text = &report->text;
	struct putting putting = {
		.report = report,
		.about = {report->history, report->run_id, &report->places,
			  fa_text_is_live(report)},
		.diag = diag,
	};
	uint64_t total = report->run.findings;
	char number[FA_NUMBER_TEXT];

	fa_buffer_reset(&text->line);
	if (total == 0)
		fa_buffer_add(&text->line, "FINDINGS (none)");
	else if (text->all || total <= FINDINGS_SHOWN)
		fa_buffer_addf(&text->line, "FINDINGS (%s, most important first)",
			       fa_number_text(total, number));
	else
		fa_buffer_addf(&text->line, "FINDINGS (%s; the %u most important, all with --all)",
			       fa_number_text(total, number), FINDINGS_SHOWN);
	fa_text_heading(text, fa_buffer_text(&text->line));
	return report->history->each_finding(report->history->context, report->run_id,
					     text->all ? 0 : FINDINGS_SHOWN, put_finding, &putting,
					     diag);
}
