/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A drift as one HTML file, in the frame of the report on a run. */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "report/drift_formats.h"
#include "report/drift_tables.h"
#include "report/html_run.h"

#define PARTS_MAX (FA_DRIFT_SECTION_COUNT + 6)

/* How to get what is left out. */
static const char more[] = "the same command with --format csv -o DIR/";

struct drift_page {
	const struct fa_drift *drift;
	struct fa_html_run *run; /* of the later side, as far as sections of its report need it */
};

static struct fa_html *page_of(const struct drift_page *drift_page)
{
	return &drift_page->run->page;
}

/* "Appeared" */
static const char *title_of(unsigned section, char *text, size_t size)
{
	snprintf(text, size, "%s", fa_drift_section_text(section));
	text[0] = (char)(text[0] - 'a' + 'A');
	return text;
}

/* --- Summary --- */

static void warn(struct fa_html *page, const char *what, const char *words)
{
	fa_html_putf(page, "<p class=\"warning\"><strong>%s</strong> ", what);
	fa_html_text(page, words);
	fa_html_put(page, "</p>\n");
}

static void put_warnings(const struct drift_page *drift_page)
{
	const struct fa_drift *drift = drift_page->drift;
	struct fa_html *page = page_of(drift_page);

	if (drift->now.packets == 0)
		warn(page, "No packets now:",
		     "what vanished may be there. Check the source, the filter and the tap.");
	if (drift->before.packets == 0)
		warn(page, "No packets before:", "what appeared may not be new.");
	if (!drift->now.ended_well)
		warn(page, "Not the whole input:", "a run of the later side did not end well.");
	if (drift->full)
		warn(page, "Not all of it:", drift->full_why);
}

static void put_verdict_of_all(const struct drift_page *drift_page)
{
	const struct fa_drift *drift = drift_page->drift;
	struct fa_html *page = page_of(drift_page);
	size_t all = fa_drift_all(drift);
	char number[FA_NUMBER_TEXT];

	fa_html_put(page, "<p>");
	if (drift->relations_now == 0 && drift->relations_before == 0)
		fa_html_put(page, "Nothing was seen on either side, so this does not mean that all "
				  "is well.");
	else if (all == drift->in_section[FA_DRIFT_COVERAGE])
		fa_html_putf(page,
			     "<strong>No drift%s.</strong> %s relations of clients and services, "
			     "and all expectations and waivers, are as before.",
			     all == 0 ? "" : " but of coverage",
			     fa_number_text(drift->relations_same, number));
	else
		fa_html_putf(page,
			     "%s relations of clients and services are as before; these differ:",
			     fa_number_text(drift->relations_same, number));
	fa_html_put(page, "</p>\n");
}

static void put_tiles(const struct drift_page *drift_page)
{
	const struct fa_drift *drift = drift_page->drift;
	struct fa_html *page = page_of(drift_page);
	char number[FA_NUMBER_TEXT];
	char title[32];

	fa_html_put(page, "<dl class=\"tiles\">\n");
	for (unsigned i = 0; i < FA_DRIFT_SECTION_COUNT; i++)
		fa_html_putf(page, "<div><dt>%s</dt><dd>%s</dd></div>\n",
			     title_of(i, title, sizeof(title)),
			     fa_number_text(drift->in_section[i], number));
	fa_html_put(page, "</dl>\n");
}

/* --- What is compared: a row for each fact, a column for each side --- */

typedef void fact_fn(struct fa_buffer *words, const struct fa_drift *drift,
		     const struct fa_span_facts *facts);

static void say_which(struct fa_buffer *words, const struct fa_drift *drift,
		      const struct fa_span_facts *facts)
{
	fa_drift_say_span(words, facts,
			  facts == &drift->now ? drift->now_words : drift->before_words);
}

static void say_source(struct fa_buffer *words, const struct fa_drift *drift,
		       const struct fa_span_facts *facts)
{
	(void)drift;
	fa_buffer_safe(words, facts->source);
}

static void say_period(struct fa_buffer *words, const struct fa_drift *drift,
		       const struct fa_span_facts *facts)
{
	(void)drift;
	fa_drift_say_period(words, facts);
}

static void say_traffic(struct fa_buffer *words, const struct fa_drift *drift,
			const struct fa_span_facts *facts)
{
	char number[FA_NUMBER_TEXT];

	(void)drift;
	fa_buffer_count(words, facts->packets, "packet", "packets");
	fa_buffer_addf(words, ", %s", fa_bytes_text(facts->bytes, number));
}

static void say_loss(struct fa_buffer *words, const struct fa_drift *drift,
		     const struct fa_span_facts *facts)
{
	char number[FA_NUMBER_TEXT];

	(void)drift;
	fa_buffer_addf(words, "%s; confidence %s", fa_drift_loss_text(facts, number),
		       fa_drift_confidence(facts));
}

static void say_found(struct fa_buffer *words, const struct fa_drift *drift,
		      const struct fa_span_facts *facts)
{
	(void)drift;
	fa_buffer_count(words, facts->conversations, "conversation", "conversations");
	fa_buffer_add(words, ", ");
	fa_buffer_count(words, facts->findings, "finding", "findings");
	fa_buffer_add(words, ", ");
	fa_buffer_count(words, facts->unseen, "expectation not seen", "expectations not seen");
}

static void say_site(struct fa_buffer *words, const struct fa_drift *drift,
		     const struct fa_span_facts *facts)
{
	bool has_site = facts->site != NULL && facts->site[0] != '\0';

	(void)drift;
	fa_buffer_safe(words, has_site ? facts->site : "no site file");
	fa_buffer_add(words, "; flowaudit ");
	fa_buffer_safe(words, facts->version);
}

static const struct {
	const char *what;
	fact_fn *say;
} facts[] = {
	{"which", say_which},	  {"source", say_source}, {"period", say_period},
	{"traffic", say_traffic}, {"loss", say_loss},	  {"found", say_found},
	{"judged with", say_site},
};

static void put_sides(const struct drift_page *drift_page)
{
	const struct fa_drift *drift = drift_page->drift;
	const struct fa_span_facts *const sides[] = {&drift->before, &drift->now};
	struct fa_html *page = page_of(drift_page);
	struct fa_buffer words = {0};

	fa_html_put(page, "<h3>What is compared</h3>\n<div class=\"scroll\" role=\"region\" "
			  "tabindex=\"0\" aria-label=\"What is compared\"><table>\n<thead><tr>"
			  "<td></td><th scope=\"col\">before</th><th scope=\"col\">now</th></tr>"
			  "</thead>\n<tbody>\n");
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		fa_html_putf(page, "<tr><th scope=\"row\">%s</th>", facts[i].what);
		for (size_t k = 0; k < 2; k++) {
			fa_buffer_reset(&words);
			facts[i].say(&words, drift, sides[k]);
			fa_html_put(page, "<td>");
			fa_html_words(page, fa_buffer_text(&words));
			fa_html_put(page, "</td>");
		}
		fa_html_put(page, "</tr>\n");
	}
	fa_html_put(page, "</tbody></table></div>\n<p>");
	fa_buffer_reset(&words);
	fa_drift_say_basis(&words, drift);
	if (words.len > 0) {
		fa_html_put(page, "Not judged alike: ");
		fa_html_words(page, fa_buffer_text(&words));
	} else {
		fa_html_put(page, "Both were judged with the same catalogs, site, waivers and "
				  "program");
	}
	fa_html_put(page, ".</p>\n");
	page->failed = page->failed || words.failed;
	fa_buffer_deinit(&words);
}

static void put_summary(const struct drift_page *drift_page)
{
	struct fa_html *page = page_of(drift_page);

	fa_html_section(page, "summary", "Summary");
	put_warnings(drift_page);
	put_verdict_of_all(drift_page);
	put_tiles(drift_page);
	put_sides(drift_page);
	fa_html_section_end(page);
}

/* --- Tables --- */

static bool is_told(void *context, const char *table)
{
	(void)context;
	return strcmp(table, "sides") == 0;
}

static void note_left_out(const struct drift_page *drift_page, const char *table)
{
	struct fa_html *page = page_of(drift_page);
	char number[FA_NUMBER_TEXT];

	for (unsigned i = 0; i < FA_DRIFT_SECTION_COUNT; i++) {
		size_t count = drift_page->drift->in_section[i];

		if (strcmp(table, fa_drift_table_page_id(i)) != 0 || count <= FA_DRIFT_PAGE_ROWS)
			continue;
		fa_html_putf(page,
			     "<p class=\"warning\"><strong>%s more are left out</strong>, so that "
			     "the page stays small enough to be sent: %s has all of them.</p>\n",
			     fa_number_text(count - FA_DRIFT_PAGE_ROWS, number), more);
	}
}

static int put_after(void *context, const char *table)
{
	const struct drift_page *drift_page = context;

	if (strcmp(table, "counts") == 0 && drift_page->run->history != NULL)
		return fa_html_nights(drift_page->run);
	note_left_out(drift_page, table);
	return 0;
}

/* Rules are told at the end of the page. */
static bool has_place(void *context, const char *kind, const char *name)
{
	const struct drift_page *drift_page = context;

	if (strcmp(kind, "rule") != 0 || drift_page->run->history == NULL)
		return false;
	if (fa_textset_add(&drift_page->run->rules, name) == FA_TEXT_NONE)
		page_of(drift_page)->failed = true;
	return true;
}

static int put_tables(struct drift_page *drift_page)
{
	struct fa_html_tables tables = {
		.page = page_of(drift_page),
		.context = drift_page,
		.skip = is_told,
		.after = put_after,
		.has_place = has_place,
	};
	const struct fa_table_sink sink = fa_html_sink(&tables);
	int err = fa_drift_tables_tell_page(drift_page->drift, drift_page->run->history, &sink,
					    drift_page->run->diag);

	fa_html_tables_deinit(&tables);
	return err;
}

/* --- The page --- */

static void list_parts(const struct drift_page *drift_page, struct fa_html_part parts[PARTS_MAX],
		       char titles[FA_DRIFT_SECTION_COUNT][32])
{
	bool has_history = drift_page->run->history != NULL;
	size_t count = 0;

	parts[count++] = (struct fa_html_part){"summary", "Summary"};
	parts[count++] = (struct fa_html_part){"counts", "Causes"};
	if (has_history)
		parts[count++] = (struct fa_html_part){"nights", "Nights"};
	for (unsigned i = 0; i < FA_DRIFT_SECTION_COUNT; i++)
		if (drift_page->drift->in_section[i] > 0)
			parts[count++] = (struct fa_html_part){
				fa_drift_table_page_id(i),
				title_of(i, titles[i], sizeof(titles[i]))};
	if (has_history)
		parts[count++] = (struct fa_html_part){"rules", "Rows of the documents"};
	parts[count] = (struct fa_html_part){NULL, NULL};
}

static int write_page(struct drift_page *drift_page, FILE *out)
{
	char titles[FA_DRIFT_SECTION_COUNT][32];
	struct fa_html_part parts[PARTS_MAX];
	struct fa_html_run *run = drift_page->run;
	int err;

	list_parts(drift_page, parts, titles);
	fa_html_begin(&run->page, out, "flowaudit: drift", parts, run->diag);
	run->page.more = more;
	put_summary(drift_page);
	err = put_tables(drift_page);
	if (err == 0 && run->history != NULL)
		err = fa_html_rules(run);
	return err == 0 ? fa_html_end(&run->page, PACKAGE_VERSION) : err;
}

int fa_drift_html(FILE *out, const struct fa_drift *drift, const struct fa_history *now_history,
		  const struct fa_report_options *options, struct fa_diag *diag)
{
	struct fa_html_run *run = calloc(1, sizeof(*run));
	struct drift_page drift_page = {drift, run};
	int err = 0;

	(void)options;
	if (run == NULL)
		return fa_fail(diag, FA_ENOMEM, "out of memory for the page");
	run->history = now_history;
	run->run_id = drift->now.last_run;
	run->diag = diag;
	if (fa_textset_init(&run->rules) != 0)
		err = fa_fail(diag, FA_ENOMEM, "out of memory for the page");
	if (err == 0)
		err = write_page(&drift_page, out);
	fa_html_deinit(&run->page);
	fa_textset_deinit(&run->rules);
	free(run);
	return err;
}
