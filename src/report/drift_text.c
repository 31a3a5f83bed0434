/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A drift as text. Without --all it is one screen, however much has changed: both sides, the counts
 * by section and cause, and of every section what is most important, told as fully as there is room
 * for. How many lines something takes is found by writing it.
 */
#include "report/drift_formats.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/drift_text.h"
#include "report/drift_words.h"

/* Of a terminal with 24 one is left for the prompt. */
#define PAGE_LINES 23
#define INDENT	   4
#define LEAD	   FA_DRIFT_LEAD

enum depth { BRIEF, FULL, DEPTHS };

/* A difference as it would be told. */
struct entry {
	char *texts[DEPTHS]; /* NULL: not written yet */
	unsigned lines[DEPTHS];
	enum depth depth;
};

struct page {
	struct fa_text_out text;
	struct fa_drift_about about;
	struct entry entries[FA_DRIFT_SECTION_COUNT][PAGE_LINES];
	size_t taken[FA_DRIFT_SECTION_COUNT];
	size_t first[FA_DRIFT_SECTION_COUNT]; /* index of its first item */
	size_t count[FA_DRIFT_SECTION_COUNT]; /* of its items that are to be told */
	struct fa_diag *diag;
};

/* --- Differences --- */

static enum fa_paint paint_of(const struct fa_difference *difference)
{
	static const enum fa_paint paints[FA_ASPECT_COUNT] = {
		[FA_ASPECT_EXPIRED] = FA_PAINT_WARN, [FA_ASPECT_EXPIRING] = FA_PAINT_WARN,
		[FA_ASPECT_LOSS] = FA_PAINT_WARN,    [FA_ASPECT_GAP] = FA_PAINT_BAD,
		[FA_ASPECT_ENDING] = FA_PAINT_WARN,
	};

	if (difference->section == FA_DRIFT_VANISHED)
		return FA_PAINT_BOLD;
	if (fa_drift_is_traffic(difference))
		return fa_verdict_paint(difference->now.verdict);
	if (difference->aspect == FA_ASPECT_STATE && difference->now.state != NULL &&
	    strcmp(difference->now.state, fa_expectation_text(FA_EXPECT_SEEN)) != 0)
		return FA_PAINT_WARN;
	return paints[difference->aspect] != FA_PAINT_NONE ? paints[difference->aspect]
							   : FA_PAINT_BOLD;
}

/* Which end of a line that is too long tells more: ports and rows stand behind names. */
static bool is_cut_in_front(const struct fa_difference *difference)
{
	return (fa_drift_is_traffic(difference) && difference->aspect != FA_ASPECT_SWEEP) ||
	       difference->section == FA_DRIFT_EXPECTATIONS;
}

/* What it is, in COLUMNS; what is news of it stays whole, unless that leaves nothing else. */
static void add_cut(struct fa_buffer *line, const struct fa_difference *difference, size_t columns)
{
	struct fa_buffer all = {0};
	size_t news = fa_drift_say_what(&all, difference, FA_DRIFT_BRIEF_COLUMNS);
	const char *text = fa_buffer_text(&all);
	size_t wide = fa_text_columns(text);
	size_t tail = news < all.len ? fa_text_columns(text + news) : 0;

	line->failed = line->failed || all.failed;
	if (wide <= columns) {
		fa_buffer_add(line, text);
	} else if (is_cut_in_front(difference)) {
		fa_buffer_addf(line, "…%s", text + fa_text_prefix(text, wide - columns + 1));
	} else {
		if (tail > columns / 2)
			tail = 0;
		fa_buffer_addf(line, "%.*s…%s", (int)fa_text_prefix(text, columns - tail - 1), text,
			       tail > 0 ? text + news : "");
	}
	fa_buffer_deinit(&all);
}

/* What it is in one line, with the cause if it is not the plain one, and the doubt. */
static void put_brief(struct fa_text_out *text, const char *lead,
		      const struct fa_difference *difference)
{
	struct fa_buffer *line = &text->line;
	char tail[64];
	bool is_doubtful = difference->maybe != NULL && difference->maybe[0] != '\0';
	bool is_plain = difference->cause == FA_CAUSE_TRAFFIC || fa_drift_is_own_cause(difference);

	snprintf(tail, sizeof(tail), "%s%s%s", is_plain ? "" : " · cause: ",
		 is_plain ? "" : fa_drift_cause_text(difference->cause),
		 is_doubtful ? " · uncertain" : "");
	fa_buffer_reset(line);
	add_cut(line, difference, text->width - LEAD - fa_text_columns(tail));
	fa_buffer_add(line, tail);
	fa_text_row(text, lead, paint_of(difference), fa_buffer_text(line));
}

static void add_part(struct fa_buffer *line, const struct fa_buffer *part)
{
	if (part->len > 0)
		fa_buffer_addf(line, "%s%s", line->len > 0 ? " · " : "", part->text);
}

/* How much, who says so, and why. */
static int put_why(struct page *page, struct fa_text_out *text,
		   const struct fa_difference *difference)
{
	struct fa_buffer *line = &text->line;
	struct fa_buffer citation = {0};
	int err = fa_drift_say_citation(&citation, &page->about, difference, page->diag);

	if (err == 0) {
		fa_buffer_reset(line);
		fa_drift_say_extent(line, difference, fa_drift_side_to_see(difference));
		add_part(line, &citation);
		fa_buffer_reset(&citation);
		fa_drift_say_cause(&citation, difference);
		add_part(line, &citation);
		if (line->len > 0)
			fa_text_wrap(text, INDENT, fa_buffer_text(line));
	}
	line->failed = line->failed || citation.failed;
	fa_buffer_deinit(&citation);
	return err;
}

static int put_next(struct page *page, struct fa_text_out *text,
		    const struct fa_difference *difference)
{
	struct fa_buffer *line = &text->line;
	struct fa_buffer command = {0};
	int err;

	fa_buffer_reset(line);
	err = fa_drift_say_next(line, &command, &page->about, difference, page->diag);
	if (err == 0 && command.len > 0) {
		fa_buffer_addf(line, ": %s", command.text);
		fa_text_command(text, INDENT, fa_buffer_text(line));
	} else if (err == 0 && line->len > 0) {
		fa_text_wrap(text, INDENT, fa_buffer_text(line));
	}
	line->failed = line->failed || command.failed;
	fa_buffer_deinit(&command);
	return err;
}

static int put_difference(struct page *page, struct fa_text_out *text,
			  const struct fa_difference *difference, enum depth depth)
{
	char lead[LEAD + 1];
	int err;

	snprintf(lead, sizeof(lead), "%-*s", LEAD, fa_drift_section_text(difference->section));
	if (depth == BRIEF) {
		put_brief(text, lead, difference);
		return 0;
	}
	fa_buffer_reset(&text->line);
	fa_drift_say_what(&text->line, difference, FA_DRIFT_NAME_COLUMNS);
	fa_text_wrap_lead(text, lead, paint_of(difference), INDENT, fa_buffer_text(&text->line));
	err = put_why(page, text, difference);
	return err == 0 ? put_next(page, text, difference) : err;
}

/* --- One screen --- */

/* Lines on a screen that is WIDTH wide; colours take no place. */
static unsigned lines_of(const char *words, unsigned width)
{
	unsigned lines = 0;
	unsigned columns = 0;

	for (; *words != '\0'; words++) {
		if (*words == '\033') {
			words += strcspn(words, "m");
			if (*words == '\0')
				break;
		} else if (*words == '\n') {
			lines += columns <= width ? 1 : (columns + width - 1) / width;
			columns = 0;
		} else if (((unsigned char)*words & 0xc0) != 0x80) {
			columns++;
		}
	}
	return lines;
}

/* Writes an entry at a depth, unless it has been. */
static int measure(struct page *page, struct entry *entry, const struct fa_difference *difference,
		   enum depth depth)
{
	const struct fa_report_options look = {
		.color = page->text.color, .all = page->text.all, .width = page->text.width};
	struct fa_text_out text;
	size_t size;
	FILE *file;
	int err;

	if (entry->texts[depth] != NULL)
		return 0;
	file = open_memstream(&entry->texts[depth], &size);
	if (file == NULL)
		return fa_fail(page->diag, FA_ENOMEM, "out of memory while writing the report");
	fa_text_out_init(&text, file, &look);
	err = put_difference(page, &text, difference, depth);
	if (text.line.failed && err == 0)
		err = fa_fail(page->diag, FA_ENOMEM, "out of memory while writing the report");
	fa_text_out_deinit(&text);
	if (fclose(file) != 0 && err == 0)
		err = fa_fail(page->diag, FA_ENOMEM, "out of memory while writing the report");
	if (err == 0)
		entry->lines[depth] = lines_of(entry->texts[depth], page->text.width);
	return err;
}

static void page_deinit(struct page *page)
{
	for (unsigned i = 0; i < FA_DRIFT_SECTION_COUNT; i++)
		for (size_t j = 0; j < PAGE_LINES; j++)
			for (unsigned k = 0; k < DEPTHS; k++)
				free(page->entries[i][j].texts[k]);
	fa_text_out_deinit(&page->text);
}

/* The head says what both sides were judged with. */
static bool is_told(const struct fa_difference *difference)
{
	return difference->section == FA_DRIFT_COVERAGE && difference->aspect == FA_ASPECT_BASIS;
}

static void find_sections(struct page *page)
{
	const struct fa_drift *drift = page->about.drift;

	for (size_t i = drift->count; i-- > 0;) {
		const struct fa_difference *item = &drift->items[i];

		if (is_told(item))
			continue;
		page->first[item->section] = i;
		page->count[item->section]++;
	}
}

/* The Nth of a section. */
static const struct fa_difference *item_at(const struct page *page, unsigned section, size_t n)
{
	const struct fa_difference *item = &page->about.drift->items[page->first[section]];

	for (; is_told(item) || n > 0; item++)
		if (!is_told(item))
			n--;
	return item;
}

/* Takes the next of a section as fully as there is room for; *LEFT are the lines. */
static int take(struct page *page, unsigned section, enum depth most, unsigned *left)
{
	size_t n = page->taken[section];
	struct entry *entry = &page->entries[section][n];
	int err = 0;

	if (n >= page->count[section] || n >= PAGE_LINES)
		return 0;
	for (unsigned depth = most + 1; err == 0 && depth-- > 0;) {
		err = measure(page, entry, item_at(page, section, n), depth);
		if (err != 0 || entry->lines[depth] > *left)
			continue;
		entry->depth = depth;
		*left -= entry->lines[depth];
		page->taken[section]++;
		break;
	}
	return err;
}

/* The first of each section is told fully where there is room. */
static int deepen(struct page *page, unsigned section, unsigned *left)
{
	struct entry *entry = &page->entries[section][0];
	int err;

	if (page->taken[section] == 0)
		return 0;
	err = measure(page, entry, item_at(page, section, 0), FULL);
	if (err != 0 || entry->lines[FULL] - entry->lines[BRIEF] > *left)
		return err;
	*left -= entry->lines[FULL] - entry->lines[BRIEF];
	entry->depth = FULL;
	return 0;
}

/* Every section gets a line, then its first one as many as it needs, then others take turns. */
static int fill(struct page *page, unsigned left)
{
	unsigned before;
	int err = 0;

	memset(page->taken, 0, sizeof(page->taken));
	for (unsigned i = 0; err == 0 && i < FA_DRIFT_SECTION_COUNT; i++)
		err = take(page, i, BRIEF, &left);
	for (unsigned i = 0; err == 0 && i < FA_DRIFT_SECTION_COUNT; i++)
		err = deepen(page, i, &left);
	do {
		before = left;
		for (unsigned i = 0; err == 0 && i < FA_DRIFT_SECTION_COUNT; i++)
			err = take(page, i, FULL, &left);
	} while (err == 0 && left > 0 && left < before);
	return err;
}

static size_t left_out(const struct page *page)
{
	size_t more = 0;

	for (unsigned i = 0; i < FA_DRIFT_SECTION_COUNT; i++)
		more += page->count[i] - page->taken[i];
	return more;
}

static bool is_brief(const struct page *page)
{
	for (unsigned i = 0; i < FA_DRIFT_SECTION_COUNT; i++)
		for (size_t j = 0; j < page->taken[i]; j++)
			if (page->entries[i][j].depth == BRIEF)
				return true;
	return false;
}

static void put_more(struct page *page)
{
	struct fa_buffer *line = &page->text.line;
	size_t more = left_out(page);
	char number[FA_NUMBER_TEXT];

	if (more == 0 && !is_brief(page))
		return;
	fa_buffer_reset(line);
	if (more > 0)
		fa_buffer_addf(line, "… and %s more, and everything in full: --all",
			       fa_number_text(more, number));
	else
		fa_buffer_add(line, "… everything in full: --all");
	fa_text_line(&page->text, fa_buffer_text(line));
}

/* LEFT are the lines that the head has not used. */
static int put_screen(struct page *page, unsigned left)
{
	int err;

	find_sections(page);
	err = fill(page, left);
	if (err == 0 && (left_out(page) > 0 || is_brief(page)))
		err = fill(page, left - 1);
	for (unsigned i = 0; err == 0 && i < FA_DRIFT_SECTION_COUNT; i++)
		for (size_t j = 0; j < page->taken[i]; j++)
			fputs(page->entries[i][j].texts[page->entries[i][j].depth],
			      page->text.out);
	if (err == 0)
		put_more(page);
	return err;
}

static int put_all(struct page *page)
{
	const struct fa_drift *drift = page->about.drift;
	int err = 0;

	for (size_t i = 0; err == 0 && i < drift->count; i++) {
		if (i > 0 && drift->items[i].section != drift->items[i - 1].section)
			fa_text_blank(&page->text);
		err = put_difference(page, &page->text, &drift->items[i], FULL);
		if (err == 0)
			err = fa_text_out_check(&page->text, page->diag);
	}
	return err;
}

/* Head and counts; LINES is how many they took. */
static int put_top(struct page *page, unsigned *lines)
{
	const struct fa_drift *drift = page->about.drift;
	FILE *out = page->text.out;
	char *words = NULL;
	size_t size;
	FILE *file = open_memstream(&words, &size);
	int err = 0;

	if (file == NULL)
		return fa_fail(page->diag, FA_ENOMEM, "out of memory while writing the report");
	page->text.out = file;
	fa_drift_text_top(&page->text, drift);
	page->text.out = out;
	if (fclose(file) != 0 || page->text.line.failed)
		err = fa_fail(page->diag, FA_ENOMEM, "out of memory while writing the report");
	else
		fputs(words, out);
	*lines = err == 0 ? lines_of(words, page->text.width) : 0;
	free(words);
	return err;
}

int fa_drift_text(FILE *out, const struct fa_drift *drift, const struct fa_history *now_history,
		  const struct fa_report_options *options, struct fa_diag *diag)
{
	struct page *page = calloc(1, sizeof(*page));
	unsigned lines = 0;
	int err;

	if (page == NULL)
		return fa_fail(diag, FA_ENOMEM, "out of memory while writing the report");
	fa_text_out_init(&page->text, out, options);
	page->about = (struct fa_drift_about){drift, now_history};
	page->diag = diag;
	err = put_top(page, &lines);
	if (err == 0 && page->text.all)
		err = put_all(page);
	else if (err == 0 && drift->count > 0)
		err = put_screen(page, lines + 2 < PAGE_LINES ? PAGE_LINES - lines : 2);
	if (err == 0)
		err = fa_text_out_check(&page->text, diag);
	page_deinit(page);
	free(page);
	return err;
}
