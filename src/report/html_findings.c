/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HTML report: each finding with what the documents say, its packets, and a waiver to paste. */
#include "report/html_run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/command.h"
#include "report/finding.h"
#include "report/propose.h"

struct putting {
	struct fa_html_run *report;
	struct fa_finding_about about;
	struct fa_buffer line;
};

static void put_words(struct putting *putting, const char *what)
{
	struct fa_html *page = &putting->report->page;

	page->failed = page->failed || putting->line.failed;
	if (putting->line.len == 0)
		return;
	fa_html_putf(page, "<dt>%s</dt><dd>", what);
	fa_html_words(page, fa_buffer_text(&putting->line));
	fa_html_put(page, "</dd>\n");
}

static int cite(void *arg, const struct fa_stored_rule *rule)
{
	struct putting *putting = arg;
	struct fa_html *page = &putting->report->page;

	fa_html_put(page, ": ");
	fa_html_text(page, rule->document);
	if (rule->publisher[0] != '\0') {
		fa_html_put(page, ", ");
		fa_html_text(page, rule->publisher);
	}
	if (rule->dated[0] != '\0') {
		fa_html_put(page, ", ");
		fa_html_text(page, rule->dated);
	}
	fa_html_put(page, "; section &quot;");
	fa_html_text(page, rule->section);
	fa_html_put(page, "&quot;");
	if (rule->row[0] != '\0') {
		fa_html_put(page, ", row &quot;");
		fa_html_text(page, rule->row);
		fa_html_put(page, "&quot;");
	}
	return 0;
}

static int put_rule(struct putting *putting, const char *what, const char *id)
{
	struct fa_html_run *report = putting->report;
	struct fa_diag unknown = {{0}};
	int err;

	if (id[0] == '\0')
		return 0;
	fa_html_putf(&report->page, "<dt>%s</dt><dd>", what);
	fa_html_rule_link(report, id);
	err = report->history->rule(report->history->context, report->run_id, id, cite, putting,
				    &unknown);
	fa_html_put(&report->page, "</dd>\n");
	return err == 0 || err == FA_ENOENT ? 0 : fa_fail(report->diag, err, "%s", unknown.text);
}

/* What to paste into a file of waivers. */
static int put_waiver(struct putting *putting, const struct fa_stored_finding *finding)
{
	struct fa_html_run *report = putting->report;
	struct fa_proposal *waiver = finding->number >= 1 && finding->number <= FA_HTML_FINDINGS
					     ? report->waivers[finding->number - 1]
					     : NULL;
	struct fa_diag why = {{0}};
	size_t len = 0;
	char *text = NULL;
	FILE *out;
	int err;

	if (finding->verdict == FA_VERDICT_INDETERMINATE || waiver == NULL)
		return 0;
	out = open_memstream(&text, &len);
	if (out == NULL)
		return fa_fail(report->diag, FA_ENOMEM, "out of memory for the page");
	err = fa_proposal_write(waiver, out, report->history, &report->run, finding, &why);
	if (fclose(out) != 0 && err == 0)
		err = fa_fail(&why, FA_ENOMEM, "out of memory for the page");
	if (err == 0) {
		fa_html_put(&report->page, "<dt class=\"waiver\">to accept it</dt>"
					   "<dd class=\"waiver\"><details><summary>entry for a "
					   "file of waivers</summary><pre class=\"copyable\">");
		fa_html_words(&report->page, text);
		fa_html_put(&report->page, "</pre></details></dd>\n");
	}
	free(text);
	return err == 0 ? 0 : fa_fail(report->diag, err, "%s", why.text);
}

static void put_summary(struct putting *putting, const struct fa_stored_finding *finding)
{
	struct fa_html *page = &putting->report->page;
	char number[24];

	snprintf(number, sizeof(number), "%" PRId64, finding->number);
	fa_html_putf(page, "<details class=\"finding v-%s\"", fa_verdict_text(finding->verdict));
	fa_html_anchor(page, "finding", number);
	fa_html_putf(page, ">\n<summary><span class=\"number\">%s</span>", number);
	fa_html_verdict(page, finding->verdict);
	fa_html_put(page, " <span class=\"name\">");
	fa_buffer_reset(&putting->line);
	fa_finding_subject(&putting->line, &putting->about, finding);
	page->failed = page->failed || putting->line.failed;
	fa_html_words(page, fa_buffer_text(&putting->line));
	fa_html_put(page, "</span></summary>\n<div class=\"inside\"><dl class=\"facts\">\n");
}

static void put_packets(struct putting *putting, const struct fa_stored_finding *finding)
{
	struct fa_html_run *report = putting->report;

	if (!report->has_files)
		return;
	fa_buffer_reset(&putting->line);
	fa_finding_evidence(&putting->line, report->history, report->run_id, finding->number);
	report->page.failed = report->page.failed || putting->line.failed;
	fa_html_put(&report->page, "<dt>its packets</dt><dd><code class=\"copyable\">");
	fa_html_words(&report->page, fa_buffer_text(&putting->line));
	fa_html_put(&report->page, "</code></dd>\n");
}

static int put_why(struct putting *putting, const struct fa_stored_finding *finding)
{
	int err = 0;

	if (!finding->sweep) {
		fa_buffer_reset(&putting->line);
		err = fa_finding_citation(&putting->line, &putting->about, finding,
					  putting->report->diag);
		put_words(putting, "the documents");
		fa_buffer_reset(&putting->line);
		fa_finding_reasons(&putting->line, finding);
		put_words(putting, "why");
		fa_buffer_reset(&putting->line);
		fa_finding_extent(&putting->line, &putting->about, finding);
		put_words(putting, "how much");
	}
	if (err == 0)
		err = put_rule(putting, "row", finding->rule);
	if (err == 0)
		err = put_rule(putting, "nearest row", finding->nearest);
	return err;
}

static int put_finding(void *arg, const struct fa_stored_finding *finding)
{
	struct putting *putting = arg;
	int err;

	put_summary(putting, finding);
	err = put_why(putting, finding);
	if (err != 0)
		return err;
	put_packets(putting, finding);
	err = put_waiver(putting, finding);
	fa_html_put(&putting->report->page, "</dl></div>\n</details>\n");
	return err;
}

int fa_html_findings(struct fa_html_run *report)
{
	struct putting putting = {
		.report = report,
		.about = {report->history, report->run_id, &report->places,
			  report->run.info.kind == FA_RUN_LIVE},
	};
	char all[FA_NUMBER_TEXT];
	int err;

	if (report->run.findings == 0)
		return 0;
	fa_html_section(&report->page, "finding-list", "Findings one by one");
	if (report->run.findings > FA_HTML_FINDINGS) {
		fa_command_add(&putting.line, "waiver propose", report->history);
		fa_buffer_addf(&putting.line, " %" PRId64 ".N", report->run_id);
		fa_html_putf(&report->page,
			     "<p>The %d most important of %s findings; the others are rows of the "
			     "table, and <code>",
			     FA_HTML_FINDINGS, fa_number_text(report->run.findings, all));
		fa_html_words(&report->page, fa_buffer_text(&putting.line));
		fa_html_put(&report->page, "</code> writes a waiver for each.</p>\n");
	}
	err = report->history->each_finding(report->history->context, report->run_id,
					    FA_HTML_FINDINGS, put_finding, &putting, report->diag);
	fa_html_section_end(&report->page);
	fa_buffer_deinit(&putting.line);
	return err;
}
