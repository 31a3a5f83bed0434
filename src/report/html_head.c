/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HTML report: what was audited, how far it can be trusted, and the counts. */
#include "report/html_run.h"

#include <inttypes.h>
#include <string.h>

#include "report/words.h"

/* Of bars, in the units that they are drawn in. */
#define BAR_UNITS 1000

static bool is_live(const struct fa_html_run *report)
{
	return report->run.info.kind == FA_RUN_LIVE;
}

static void put_fact(struct fa_html_run *report, const char *what, const struct fa_buffer *words)
{
	report->page.failed = report->page.failed || words->failed;
	if (words->len == 0)
		return;
	fa_html_putf(&report->page, "<dt>%s</dt><dd>", what);
	fa_html_words(&report->page, fa_buffer_text(words));
	fa_html_put(&report->page, "</dd>\n");
}

static void add_site(struct fa_buffer *line, const struct fa_stored_site *site)
{
	if (site->name[0] == '\0') {
		fa_buffer_add(line, "no site file: who client and server are was not checked");
		return;
	}
	fa_buffer_safe(line, site->name);
	fa_buffer_add(line, ": ");
	fa_buffer_count(line, site->instances, "instance of ", "instances of ");
	fa_buffer_count(line, site->products, "product", "products");
	fa_buffer_add(line, ", ");
	fa_buffer_count(line, site->hosts, "host", "hosts");
	if (site->networks > 0) {
		fa_buffer_add(line, ", ");
		fa_buffer_count(line, site->networks, "network", "networks");
	}
}

static void add_period(struct fa_buffer *line, const struct fa_html_run *report)
{
	const struct fa_capture_counts *capture = &report->run.totals.capture;

	if (is_live(report) && report->windows.windows > 0)
		fa_words_period(line, report->windows.begun_ns, report->windows.ended_ns);
	else if (capture->packets > 0)
		fa_words_period(line, capture->first_ns, capture->last_ns);
	if (line->len > 0)
		fa_buffer_add(line, " UTC");
}

static void put_facts(struct fa_html_run *report)
{
	const struct fa_stored_run *run = &report->run;
	char why[512];
	const char *level = fa_run_confidence(&run->totals, why, sizeof(why));
	char number[FA_NUMBER_TEXT];
	struct fa_buffer line = {0};

	fa_html_put(&report->page, "<dl class=\"facts\">\n");
	fa_buffer_safe(&line, run->info.source[0] != '\0' ? run->info.source : "no source");
	put_fact(report, is_live(report) ? "captured live on" : "read from", &line);
	fa_buffer_reset(&line);
	add_period(&line, report);
	put_fact(report, "period", &line);
	fa_buffer_reset(&line);
	fa_buffer_count(&line, run->totals.capture.packets, "packet", "packets");
	fa_buffer_addf(&line, ", %s", fa_bytes_text(run->totals.capture.frame_bytes, number));
	if (run->info.filter[0] != '\0') {
		fa_buffer_add(&line, ", filter ");
		fa_buffer_safe(&line, run->info.filter);
	}
	put_fact(report, "traffic", &line);
	fa_buffer_reset(&line);
	add_site(&line, &run->site);
	put_fact(report, "site", &line);
	fa_buffer_reset(&line);
	fa_buffer_addf(&line, "%s: ", level);
	fa_buffer_safe(&line, why);
	put_fact(report, "confidence", &line);
	fa_html_put(&report->page, "</dl>\n");
	fa_buffer_deinit(&line);
}

static void warn(struct fa_html_run *report, const char *what, const char *words)
{
	fa_html_putf(&report->page, "<p class=\"warning\"><strong>%s</strong> ", what);
	fa_html_words(&report->page, words);
	fa_html_put(&report->page, "</p>\n");
}

/* Nothing was audited. */
static void warn_empty(struct fa_html_run *report)
{
	const struct fa_capture_counts *capture = &report->run.totals.capture;

	if (capture->packets == 0)
		warn(report, "No packets were read:",
		     "nothing was audited, and this does not mean that all is well. Check the "
		     "source, the filter and the tap.");
	else if (capture->results[FA_DECODE_DECODED] == 0)
		warn(report, "No packet could be decoded:",
		     "nothing was audited, and this does not mean that all is well. The losses "
		     "below say why.");
}

static void warn_of_end(struct fa_html_run *report)
{
	enum fa_run_end end = report->run.totals.end;
	struct fa_buffer line = {0};

	if (end == FA_RUN_COMPLETE)
		return;
	fa_buffer_addf(&line, "the run is %s: the figures are of what was %s until then.",
		       fa_words_state(&report->run), is_live(report) ? "stored" : "read");
	warn(report, is_live(report) ? "Not the whole capture:" : "Not the whole input:",
	     fa_buffer_text(&line));
	report->page.failed = report->page.failed || line.failed;
	fa_buffer_deinit(&line);
}

static void warn_of_windows(struct fa_html_run *report)
{
	struct fa_buffer line = {0};

	if (report->run.totals.capture.down_ns > 0) {
		fa_words_span(&line, report->run.totals.capture.down_ns);
		fa_words_where(&line, &report->windows, FA_WINDOW_DOWN);
		warn(report, "No interface for", fa_buffer_text(&line));
	}
	fa_buffer_reset(&line);
	if (report->windows.quiet > 0) {
		fa_words_quiet(&line, &report->windows);
		fa_buffer_add(&line, ": this is not \"no loss\".");
		warn(report, "No packet in", fa_buffer_text(&line));
	}
	report->page.failed = report->page.failed || line.failed;
	fa_buffer_deinit(&line);
}

static void tile(struct fa_html_run *report, const char *what, const char *figure,
		 const char *words)
{
	fa_html_putf(&report->page, "<div><dt>%s</dt><dd>%s", what, figure);
	if (words[0] != '\0') {
		fa_html_put(&report->page, "<small>");
		fa_html_words(&report->page, words);
		fa_html_put(&report->page, "</small>");
	}
	fa_html_put(&report->page, "</dd></div>\n");
}

static void expected_tile(struct fa_html_run *report)
{
	const uint64_t *counts = report->expectations;
	char number[FA_NUMBER_TEXT];
	char words[96];

	snprintf(words, sizeof(words), "refused %" PRIu64 ", seen %" PRIu64 ", not to be seen here %" PRIu64,
		 counts[FA_EXPECT_REFUSED], counts[FA_EXPECT_SEEN],
		 counts[FA_EXPECT_NOT_OBSERVABLE]);
	tile(report, "Expected, not seen", fa_number_text(counts[FA_EXPECT_UNSEEN], number), words);
}

static void loss_tile(struct fa_html_run *report)
{
	const struct fa_run_totals *totals = &report->run.totals;
	uint64_t whole;
	uint64_t dropped = fa_window_loss(totals, FA_WINDOW_DROPPED, &whole);
	uint64_t gaps = fa_window_loss(totals, FA_WINDOW_GAPS, &whole);
	char number[FA_NUMBER_TEXT];
	char words[96];

	snprintf(words, sizeof(words), "before the tap %s of TCP bytes",
		 fa_percent_text(gaps, whole, number));
	tile(report, "Packets lost", fa_number_text(dropped, number), words);
}

static void put_tiles(struct fa_html_run *report)
{
	uint64_t all = 0;
	char number[FA_NUMBER_TEXT];
	char words[96];
	char why[512];

	for (unsigned i = 0; i < FA_VERDICT_COUNT; i++)
		all += report->sums[i].conversations;
	fa_html_put(&report->page, "<dl class=\"tiles\">\n");
	tile(report, "Findings", fa_number_text(report->run.findings, number),
	     report->run.findings == 0 ? "nothing to look at" : "most important first");
	snprintf(words, sizeof(words), "%s documented",
		 fa_percent_text(report->sums[FA_VERDICT_DOCUMENTED].conversations, all, number));
	tile(report, "Conversations", fa_number_text(all, number), words);
	expected_tile(report);
	loss_tile(report);
	tile(report, "Confidence", fa_run_confidence(&report->run.totals, why, sizeof(why)), "");
	fa_html_put(&report->page, "</dl>\n");
}

int fa_html_head(struct fa_html_run *report)
{
	bool live = is_live(report);

	fa_html_section(&report->page, "summary", "Summary");
	/* Of a run that has only just begun the next warning says all. */
	if (!live || report->windows.windows > 0 || report->run.totals.end != FA_RUN_UNFINISHED)
		warn_empty(report);
	warn_of_end(report);
	if (live)
		warn_of_windows(report);
	if (!report->run.info.sandboxed)
		warn(report, "Not confined:",
		     "made without the whole sandbox (--no-sandbox, --workers 0, or no Landlock "
		     "there).");
	put_tiles(report);
	put_facts(report);
	return 0;
}

/* Anything but nothing shows. */
static uint64_t bar_units(uint64_t part, uint64_t most)
{
	uint64_t units;

	if (part == 0 || most == 0)
		return 0;
	units = (uint64_t)((double)part / (double)most * BAR_UNITS + 0.5);
	return units > BAR_UNITS / 100 ? units : BAR_UNITS / 100;
}

static void verdict_row(struct fa_html_run *report, const struct fa_verdict_sum *sum,
			const struct fa_verdict_sum *most)
{
	struct fa_html *page = &report->page;
	const uint64_t parts[2][2] = {{sum->conversations, most->conversations},
				      {sum->bytes, most->bytes}};
	char conversations[FA_NUMBER_TEXT];
	char flows[FA_NUMBER_TEXT];
	char bytes[FA_NUMBER_TEXT];
	const char *cells[2] = {fa_number_text(sum->conversations, conversations),
				fa_bytes_text(sum->bytes, bytes)};

	fa_html_put(page, "<tr><th scope=\"row\">");
	fa_html_verdict(page, sum->verdict);
	fa_html_put(page, "</th>");
	for (size_t i = 0; i < 2; i++)
		fa_html_putf(page,
			     "<td class=\"n\">%s</td><td><svg class=\"bar v-%s\" "
			     "viewBox=\"0 0 %d 10\" preserveAspectRatio=\"none\" "
			     "aria-hidden=\"true\"><rect width=\"%" PRIu64
			     "\" height=\"10\"/></svg></td>",
			     cells[i], fa_verdict_text(sum->verdict), BAR_UNITS,
			     bar_units(parts[i][0], parts[i][1]));
	fa_html_putf(page, "<td class=\"n\">%s</td></tr>\n", fa_number_text(sum->flows, flows));
}

static void put_meanings(struct fa_html *page)
{
	static const char *const meanings[FA_VERDICT_COUNT] = {
		[FA_VERDICT_DOCUMENTED] = "a row of a vendor's document allows it",
		[FA_VERDICT_DISCOURAGED] = "documented, but the document advises against it",
		[FA_VERDICT_WRONG_PROTOCOL] = "on a documented port something else is spoken",
		[FA_VERDICT_WRONG_ENDPOINT] = "documented, but for other clients, servers or names",
		[FA_VERDICT_UNDOCUMENTED] = "no row covers this port",
		[FA_VERDICT_REFUSED] = "documented and tried, and nobody answers",
		[FA_VERDICT_WAIVED] = "somebody answers for it: see the waivers",
		[FA_VERDICT_INDETERMINATE] = "too little was seen to tell",
	};

	fa_html_put(page, "<details><summary>What the verdicts mean</summary>"
			  "<dl class=\"facts\">\n");
	for (unsigned i = 0; i < FA_VERDICT_COUNT; i++) {
		fa_html_put(page, "<dt>");
		fa_html_verdict(page, i);
		fa_html_putf(page, "</dt><dd>%s</dd>\n", meanings[i]);
	}
	fa_html_put(page, "</dl></details>\n");
}

int fa_html_verdicts(struct fa_html_run *report)
{
	struct fa_html *page = &report->page;
	struct fa_verdict_sum most = {0};

	for (unsigned i = 0; i < FA_VERDICT_COUNT; i++) {
		if (report->sums[i].conversations > most.conversations)
			most.conversations = report->sums[i].conversations;
		if (report->sums[i].bytes > most.bytes)
			most.bytes = report->sums[i].bytes;
	}
	fa_html_put(page, "<h3>Verdicts</h3>\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
			  "aria-label=\"Verdicts\"><table class=\"verdicts\">\n<thead><tr>"
			  "<th scope=\"col\">verdict</th>"
			  "<th scope=\"col\" class=\"n\">conversations</th><td></td>"
			  "<th scope=\"col\" class=\"n\">bytes</th><td></td>"
			  "<th scope=\"col\" class=\"n\">flows</th></tr></thead>\n<tbody>\n");
	for (unsigned i = 0; i < FA_VERDICT_COUNT; i++)
		verdict_row(report, &report->sums[i], &most);
	fa_html_put(page, "</tbody></table></div>\n");
	put_meanings(page);
	fa_html_section_end(page);
	return 0;
}
