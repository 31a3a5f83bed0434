/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HTML report: the night of this run beside the ones before it of the same source. */
#include <inttypes.h>
#include <string.h>

#include "report/html_run.h"
#include "report/nights.h"
#include "report/words.h"

/* So many nights, this one included; those that are missing count. */
#define NIGHTS_MAX 30

#define SLOT_PIXELS 28 /* where there is room */

/* Of drawings, in the units that they are drawn in. */
#define SLOT_WIDTH 20
#define BAR_WIDTH  16
#define HEIGHT	   100
#define LEAST	   2 /* a night is there, even with nothing */

enum { CONVERSATIONS, FINDINGS, UNSEEN, LOST, FIGURES };

static const char *const titles[FIGURES] = {
	[CONVERSATIONS] = "conversations",
	[FINDINGS] = "findings",
	[UNSEEN] = "expected, not seen",
	[LOST] = "packets lost",
};

struct night {
	char name[FA_NIGHT_TEXT];
	bool missing;
	int64_t first_run, last_run;
	uint64_t figures[FIGURES];
	const char *confidence; /* the least of its runs */
};

struct strip {
	struct night items[NIGHTS_MAX]; /* oldest first */
	size_t count;
};

static struct night *add_night(struct strip *strip)
{
	struct night *night;

	if (strip->count == NIGHTS_MAX) {
		memmove(&strip->items[0], &strip->items[1],
			(NIGHTS_MAX - 1) * sizeof(strip->items[0]));
		strip->count--;
	}
	night = &strip->items[strip->count++];
	memset(night, 0, sizeof(*night));
	return night;
}

static int count_unseen(void *arg, const struct fa_stored_expectation *expectation)
{
	uint64_t *unseen = arg;

	*unseen += expectation->state == FA_EXPECT_UNSEEN;
	return 0;
}

static unsigned trust(const char *confidence)
{
	static const char *const levels[] = {"none", "low", "medium", "high"};
	unsigned level = 0;

	while (level < 3 && strcmp(levels[level], confidence) != 0)
		level++;
	return level;
}

static bool is_doubtful(const struct night *night)
{
	return !night->missing && trust(night->confidence) < trust("medium");
}

static int add_run(struct night *night, struct fa_html_run *report, int64_t id)
{
	const struct fa_history *history = report->history;
	struct fa_stored_run run;
	const char *confidence;
	uint64_t unseen = 0;
	uint64_t whole;
	int err = history->run(history->context, id, &run, report->diag);

	if (err == 0)
		err = history->each_expectation(history->context, id, count_unseen, &unseen,
						report->diag);
	if (err != 0)
		return err;
	night->figures[CONVERSATIONS] += run.totals.conversations;
	night->figures[FINDINGS] += run.findings;
	night->figures[LOST] += fa_window_loss(&run.totals, FA_WINDOW_DROPPED, &whole) +
				run.totals.loss.packets_lost;
	confidence = fa_run_confidence(&run.totals, NULL, 0);
	if (night->first_run == 0 || trust(confidence) < trust(night->confidence))
		night->confidence = confidence;
	/* What one of several runs saw was seen. */
	if (night->first_run == 0 || unseen < night->figures[UNSEEN])
		night->figures[UNSEEN] = unseen;
	if (night->first_run == 0)
		night->first_run = id;
	night->last_run = id;
	return 0;
}

static int take_night(struct strip *strip, struct fa_html_run *report,
		      const struct fa_nights *nights, size_t n, int64_t usual_ns)
{
	const struct fa_night *from = &nights->items[n];
	struct night *night = add_night(strip);
	int err = 0;

	fa_night_text(from->begin_ns, usual_ns, night->name);
	for (size_t i = 0; err == 0 && i < from->count; i++)
		err = add_run(night, report, nights->runs[from->first + i]->id);
	return err;
}

static void take_missing(struct strip *strip, const struct fa_nights *nights, size_t n,
			 int64_t usual_ns)
{
	int64_t missing[NIGHTS_MAX];
	size_t count = fa_nights_missing(usual_ns, nights->items[n].begin_ns,
					 nights->items[n + 1].begin_ns, missing, NIGHTS_MAX);

	for (size_t i = 0; i < count && i < NIGHTS_MAX; i++) {
		struct night *night = add_night(strip);

		fa_night_text(missing[i], usual_ns, night->name);
		night->missing = true;
	}
}

static int fill(struct strip *strip, struct fa_html_run *report, const struct fa_run_list *list,
		struct fa_nights *nights)
{
	static const struct fa_source_wish same_source;
	const struct fa_run_row *row = fa_run_list_find(list, report->run_id);
	int64_t usual_ns;
	size_t last;
	int err;

	if (row == NULL)
		return 0;
	if (fa_nights_make(nights, list, &same_source, row) != 0)
		return fa_fail(report->diag, FA_ENOMEM, "out of memory for the nights");
	last = fa_nights_of(nights, row);
	if (last == SIZE_MAX)
		return 0; /* another run has taken its place */
	usual_ns = fa_nights_usual(nights, last);
	for (size_t n = last >= NIGHTS_MAX ? last - NIGHTS_MAX + 1 : 0; n <= last; n++) {
		err = take_night(strip, report, nights, n, usual_ns);
		if (err != 0)
			return err;
		if (n < last)
			take_missing(strip, nights, n, usual_ns);
	}
	return 0;
}

static int read_strip(struct strip *strip, struct fa_html_run *report)
{
	struct fa_run_list list = {0};
	struct fa_nights nights = {0};
	int err = fa_run_list_read(&list, report->history, report->diag);

	if (err == 0)
		err = fill(strip, report, &list, &nights);
	fa_nights_deinit(&nights);
	fa_run_list_deinit(&list);
	return err;
}

static void put_bar(struct fa_html *page, const struct strip *strip, size_t i, size_t figure,
		    uint64_t most)
{
	const struct night *night = &strip->items[i];
	uint64_t value = night->figures[figure];
	double part = most == 0 ? 0 : (double)value / (double)most;
	double height = night->missing ? HEIGHT : part * (HEIGHT - LEAST) + LEAST;
	const char *class = night->missing ? "missing" : i + 1 == strip->count ? "now" : "then";
	char number[FA_NUMBER_TEXT];

	fa_html_putf(page,
		     "<rect class=\"%s%s\" x=\"%zu\" y=\"%.1f\" width=\"%d\" height=\"%.1f\">"
		     "<title>%s: %s</title></rect>",
		     class, is_doubtful(night) ? " doubt" : "", i * SLOT_WIDTH, HEIGHT - height,
		     BAR_WIDTH, height, night->name,
		     night->missing ? "no run" : fa_number_text(value, number));
}

/* A row of bars, one for each night. */
static void put_bars(struct fa_html *page, const struct strip *strip, size_t figure)
{
	uint64_t most = 0;
	char number[FA_NUMBER_TEXT];

	for (size_t i = 0; i < strip->count; i++)
		if (strip->items[i].figures[figure] > most)
			most = strip->items[i].figures[figure];
	fa_html_putf(page, "<div class=\"what\">%s<br>at most %s</div>\n", titles[figure],
		     fa_number_text(most, number));
	fa_html_putf(page,
		     "<div%s><svg width=\"%zu\" viewBox=\"0 0 %zu %d\" "
		     "preserveAspectRatio=\"none\" role=\"img\" "
		     "aria-label=\"%s, night by night\">",
		     figure == LOST ? " class=\"loss\"" : "", strip->count * SLOT_PIXELS,
		     strip->count * SLOT_WIDTH, HEIGHT, titles[figure]);
	for (size_t i = 0; i < strip->count; i++)
		put_bar(page, strip, i, figure, most);
	fa_html_put(page, "</svg></div>\n");
}

static void put_runs(struct fa_html *page, const struct night *night)
{
	if (night->missing)
		fa_html_put(page, "<td>no run</td>");
	else if (night->first_run == night->last_run)
		fa_html_putf(page, "<td>%" PRId64 "</td>", night->first_run);
	else
		fa_html_putf(page, "<td>%" PRId64 " to %" PRId64 "</td>", night->first_run,
			     night->last_run);
}

static void put_figures(struct fa_html *page, const struct strip *strip)
{
	char number[FA_NUMBER_TEXT];

	fa_html_put(page, "<details><summary>The figures</summary>\n"
			  "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
			  "aria-label=\"Nights\"><table id=\"nights-table\" data-title=\"Nights\" "
			  "data-sortable>\n<thead><tr>"
			  "<th scope=\"col\" data-kind=\"text\">night (UTC)</th>"
			  "<th scope=\"col\" data-kind=\"text\">run</th>");
	for (size_t k = 0; k < FIGURES; k++)
		fa_html_putf(page, "<th scope=\"col\" class=\"n\" data-kind=\"count\">%s</th>",
			     titles[k]);
	fa_html_put(page, "<th scope=\"col\" data-kind=\"text\">confidence</th></tr></thead>\n"
			  "<tbody>\n");
	for (size_t i = strip->count; i-- > 0;) {
		const struct night *night = &strip->items[i];

		fa_html_putf(page, "<tr><td class=t>%s</td>", night->name);
		put_runs(page, night);
		for (size_t k = 0; k < FIGURES; k++)
			fa_html_putf(page, "<td class=n>%s</td>",
				     night->missing ? ""
						    : fa_number_text(night->figures[k], number));
		fa_html_putf(page, "<td>%s</td></tr>\n", night->missing ? "" : night->confidence);
	}
	fa_html_put(page, "</tbody></table></div></details>\n");
}

int fa_html_nights(struct fa_html_run *report)
{
	struct fa_html *page = &report->page;
	struct strip strip = {.count = 0};
	int err = read_strip(&strip, report);

	if (err != 0)
		return err;
	fa_html_section(page, "nights", "Nights");
	if (strip.count < 2) {
		fa_html_put(page, "<p>There is no earlier night of the same source to stand beside "
				  "this one.</p>\n");
	} else {
		fa_html_putf(page,
			     "<p class=\"quiet\">%s to %s, of the same source; this one is the "
			     "last. Dashed: no run. Pale: much was lost, so that the figures say "
			     "little.</p>\n<div class=\"nights\">\n",
			     strip.items[0].name, strip.items[strip.count - 1].name);
		for (size_t i = 0; i < FIGURES; i++)
			put_bars(page, &strip, i);
		fa_html_put(page, "</div>\n");
		put_figures(page, &strip);
	}
	fa_html_section_end(page);
	return 0;
}
