/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HTML report: the rows of the documents that the page leads to. */
#include "report/html_run.h"

#include <stdlib.h>
#include <string.h>

struct fact {
	const char *what, *text;
};

static void put_facts(struct fa_html *page, const struct fact *facts, size_t count)
{
	fa_html_put(page, "<dl class=\"facts\">\n");
	for (size_t i = 0; i < count; i++) {
		if (facts[i].text == NULL || facts[i].text[0] == '\0')
			continue;
		fa_html_putf(page, "<dt>%s</dt><dd>", facts[i].what);
		fa_html_text(page, facts[i].text);
		fa_html_put(page, "</dd>\n");
	}
	fa_html_put(page, "</dl>\n");
}

static int put_rule(void *arg, const struct fa_stored_rule *rule)
{
	struct fa_html *page = arg;
	const struct fact facts[] = {
		{"document", rule->document},	  {"published by", rule->publisher},
		{"dated", rule->dated},		  {"section", rule->section},
		{"row", rule->row},		  {"direction", rule->direction},
		{"from", rule->from},		  {"to", rule->to},
		{"transport", rule->transports},  {"ports", rule->ports},
		{"protocol", rule->protocols},	  {"requirement", rule->requirement},
		{"when", rule->when},		  {"advice", rule->advice},
		{"advice because", rule->advice_reason}, {"scope", rule->scope},
		{"note", rule->note},
	};

	fa_html_put(page, "<p>");
	fa_html_text(page, rule->title);
	fa_html_put(page, " <span class=\"quiet\">(");
	fa_html_text(page, rule->product_name);
	fa_html_put(page, ", ");
	fa_html_text(page, rule->component_name);
	fa_html_put(page, ")</span></p>\n");
	put_facts(page, facts, sizeof(facts) / sizeof(facts[0]));
	return 0;
}

static int compare(const void *a, const void *b)
{
	const char *const *left = a;
	const char *const *right = b;

	return strcmp(*left, *right);
}

/* The names are not looked up any more. */
static void sort(struct fa_textset *names)
{
	if (names->count > 1)
		qsort(names->items, names->count, sizeof(*names->items), compare);
}

int fa_html_rules(struct fa_html_run *report)
{
	struct fa_html *page = &report->page;
	const struct fa_history *history = report->history;
	int err = 0;

	fa_html_section(page, "rules", "Rows of the documents");
	fa_html_put(page, report->rules.count == 0
				  ? "<p>No row was needed.</p>\n"
				  : "<p>What the page above leads to, as it was when the run was "
				    "judged.</p>\n");
	sort(&report->rules);
	for (size_t i = 0; i < report->rules.count && err == 0; i++) {
		const char *id = report->rules.items[i];
		struct fa_diag unknown = {{0}};

		fa_html_put(page, "<details class=\"rule\"");
		fa_html_anchor(page, "rule", id);
		fa_html_put(page, "><summary><code>");
		fa_html_text(page, id);
		fa_html_put(page, "</code></summary>\n");
		err = history->rule(history->context, report->run_id, id, put_rule, page, &unknown);
		if (err == FA_ENOENT) {
			fa_html_put(page, "<p>It was not stored with this run.</p>\n");
			err = 0;
		}
		if (err != 0)
			fa_fail(report->diag, err, "%s", unknown.text);
		fa_html_put(page, "</details>\n");
	}
	fa_html_section_end(page);
	return err;
}
