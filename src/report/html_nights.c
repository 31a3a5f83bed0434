/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HTML report: this run beside the ones before it of the same source. */
#include <inttypes.h>
#include <string.h>

#include "report/html_run.h"
#include "report/words.h"

/* So many runs, this one included. */
#define NIGHTS_MAX 30

/* Of drawings, in the units that they are drawn in. */
#define SLOT_WIDTH 20
#define BAR_WIDTH  16
#define HEIGHT	   100
#define LEAST	   2 /* a run is there, even with nothing */

enum { CONVERSATIONS, FINDINGS, UNSEEN, LOST, FIGURES };

static const char *const titles[FIGURES] = {
	[CONVERSATIONS] = "conversations",
	[FINDINGS] = "findings",
	[UNSEEN] = "expected, not seen",
	[LOST] = "packets lost",
};

struct night {
	int64_t run;
	int64_t first_ns, last_ns;
	uint64_t figures[FIGURES];
	const char *state;
};

struct nights {
	const struct fa_html_run *report;
	struct night items[NIGHTS_MAX]; /* oldest first */
	size_t count;
	uint64_t all;
};

/* Recordings have a name of their own each night, and come from the same site. */
static bool is_same_source(const struct fa_stored_run *a, const struct fa_stored_run *b)
{
	if (a->info.kind != b->info.kind)
		return false;
	if (strcmp(a->info.source, b->info.source) == 0)
		return true;
	return a->info.kind == FA_RUN_REPLAY && a->site.name[0] != '\0' &&
	       strcmp(a->site.name, b->site.name) == 0;
}

static int take_run(void *arg, const struct fa_stored_run *run)
{
	struct nights *nights = arg;
	const struct fa_capture_counts *capture = &run->totals.capture;
	uint64_t whole;

	if (run->id > nights->report->run_id || !is_same_source(run, &nights->report->run))
		return 0;
	nights->all++;
	if (nights->count == NIGHTS_MAX) {
		memmove(&nights->items[0], &nights->items[1],
			(NIGHTS_MAX - 1) * sizeof(nights->items[0]));
		nights->count--;
	}
	nights->items[nights->count++] = (struct night){
		.run = run->id,
		.first_ns = capture->packets > 0 ? capture->first_ns : 0,
		.last_ns = capture->packets > 0 ? capture->last_ns : -1,
		.figures = {
			[CONVERSATIONS] = run->totals.conversations,
			[FINDINGS] = run->findings,
			[LOST] = fa_window_loss(&run->totals, FA_WINDOW_DROPPED, &whole) +
				 run->totals.loss.packets_lost,
		},
		.state = fa_words_state(run),
	};
	return 0;
}

static int count_unseen(void *arg, const struct fa_stored_expectation *expectation)
{
	uint64_t *unseen = arg;

	*unseen += expectation->state == FA_EXPECT_UNSEEN;
	return 0;
}

static int read_nights(struct nights *nights, struct fa_html_run *report)
{
	const struct fa_history *history = report->history;
	int err = history->each_run(history->context, take_run, nights, report->diag);

	for (size_t i = 0; err == 0 && i < nights->count; i++)
		err = history->each_expectation(history->context, nights->items[i].run,
						count_unseen, &nights->items[i].figures[UNSEEN],
						report->diag);
	return err;
}

/* A row of bars, one for each run. */
static void put_bars(struct fa_html *page, const struct nights *nights, size_t figure)
{
	uint64_t most = 0;
	char number[FA_NUMBER_TEXT];

	for (size_t i = 0; i < nights->count; i++)
		if (nights->items[i].figures[figure] > most)
			most = nights->items[i].figures[figure];
	fa_html_putf(page, "<div class=\"what\">%s<br>at most %s</div>\n", titles[figure],
		     fa_number_text(most, number));
	fa_html_putf(page,
		     "<div%s><svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" "
		     "role=\"img\" aria-label=\"%s, run by run\">",
		     figure == LOST ? " class=\"loss\"" : "", NIGHTS_MAX * SLOT_WIDTH, HEIGHT,
		     titles[figure]);
	for (size_t i = 0; i < nights->count; i++) {
		uint64_t value = nights->items[i].figures[figure];
		double part = most == 0 ? 0 : (double)value / (double)most;
		double height = part * (HEIGHT - LEAST) + LEAST;

		fa_html_putf(page,
			     "<rect%s x=\"%zu\" y=\"%.1f\" width=\"%d\" height=\"%.1f\"><title>run "
			     "%" PRId64 ": %s</title></rect>",
			     i + 1 == nights->count ? " class=\"now\"" : "",
			     (NIGHTS_MAX - nights->count + i) * SLOT_WIDTH, HEIGHT - height,
			     BAR_WIDTH, height, nights->items[i].run,
			     fa_number_text(value, number));
	}
	fa_html_put(page, "</svg></div>\n");
}

static void put_figures(struct fa_html *page, const struct nights *nights)
{
	struct fa_buffer period = {0};

	fa_html_put(page, "<details><summary>The figures</summary>\n"
			  "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
			  "aria-label=\"Nights\"><table id=\"nights-table\" data-title=\"Nights\" "
			  "data-sortable>\n<thead><tr>"
			  "<th scope=\"col\" class=\"n\" data-kind=\"id\">run</th>"
			  "<th scope=\"col\" class=\"\" data-kind=\"text\">period (UTC)</th>"
			  "<th scope=\"col\" class=\"\" data-kind=\"text\">state</th>");
	for (size_t k = 0; k < FIGURES; k++)
		fa_html_putf(page, "<th scope=\"col\" class=\"n\" data-kind=\"count\">%s</th>",
			     titles[k]);
	fa_html_put(page, "</tr></thead>\n<tbody>\n");
	for (size_t i = nights->count; i-- > 0;) {
		const struct night *night = &nights->items[i];
		char number[FA_NUMBER_TEXT];

		fa_buffer_reset(&period);
		fa_words_period(&period, night->first_ns, night->last_ns);
		fa_html_putf(page, "<tr><td class=n>%" PRId64 "</td><td>%s</td><td>%s</td>",
			     night->run, fa_buffer_text(&period), night->state);
		for (size_t k = 0; k < FIGURES; k++)
			fa_html_putf(page, "<td class=n>%s</td>",
				     fa_number_text(night->figures[k], number));
		fa_html_put(page, "</tr>\n");
	}
	fa_html_put(page, "</tbody></table></div></details>\n");
	page->failed = page->failed || period.failed;
	fa_buffer_deinit(&period);
}

int fa_html_nights(struct fa_html_run *report)
{
	struct fa_html *page = &report->page;
	struct nights nights = {.report = report};
	int err = read_nights(&nights, report);

	if (err != 0)
		return err;
	fa_html_section(page, "nights", "Nights");
	if (nights.count < 2) {
		fa_html_put(page, "<p>There is no earlier run of the same source to stand beside "
				  "this one.</p>\n");
	} else {
		fa_html_putf(page,
			     "<p class=\"quiet\">This run, to the right, and %zu before it of the "
			     "same source.</p>\n<div class=\"nights\">\n",
			     nights.count - 1);
		for (size_t i = 0; i < FIGURES; i++)
			put_bars(page, &nights, i);
		fa_html_put(page, "</div>\n");
		put_figures(page, &nights);
	}
	fa_html_section_end(page);
	return 0;
}
