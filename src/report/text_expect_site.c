/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Text report: missing expectations of a site. Rules that are missing at the same hosts share a
 * line, so that a server that nobody used is one line and not one for each of its ports.
 */
#include "report/text_expect.h"

#include <stdlib.h>
#include <string.h>

#define HOSTS_NAMED  3	/* more are counted */
#define RULES_NAMED  12 /* in a line */
#define LINES_SHOWN  20
#define NAME_COLUMNS 40

/* A rule with the places where it is missing: items FIRST .. END. */
struct span {
	size_t first, end;
	struct fa_buffer hosts; /* "on am1, am2 (2 of 4 hosts)"; "" where anybody is expected */
	uint64_t flows;
	bool told;
};

static bool is_missing(const struct fa_expected *item)
{
	return item->state == FA_EXPECT_UNSEEN || item->state == FA_EXPECT_REFUSED;
}

static void describe_hosts(struct span *span, const struct fa_expected_list *all)
{
	const struct fa_expected *first = &all->items[span->first];
	size_t count = span->end - span->first;
	char number[FA_NUMBER_TEXT];
	struct fa_buffer *hosts = &span->hosts;

	if (count == 1 && first->fields[FA_EXPECTED_PLACE][0] == '\0')
		return;
	if (count > HOSTS_NAMED) {
		fa_buffer_addf(hosts, count == first->places ? " on all %s hosts" : " on %s of ",
			       fa_number_text(count, number));
		if (count < first->places)
			fa_buffer_addf(hosts, "%s hosts", fa_number_text(first->places, number));
		return;
	}
	for (size_t i = span->first; i < span->end; i++) {
		fa_buffer_add(hosts, i > span->first ? ", " : " on ");
		fa_buffer_clip(hosts, all->items[i].fields[FA_EXPECTED_PLACE], NAME_COLUMNS);
	}
	if (count < first->places)
		fa_buffer_addf(hosts, " (%zu of %zu hosts)", count, first->places);
}

/* The rules of items FIRST .. END, which are one group. Returns how many, in *OUT; 0: no memory. */
static size_t find_spans(const struct fa_expected_list *all, size_t first, size_t end,
			 struct span **out)
{
	struct span *spans = calloc(end - first, sizeof(*spans));
	size_t count = 0;

	*out = spans;
	for (size_t i = first; spans != NULL && i < end; i = spans[count - 1].end) {
		struct span *span = &spans[count++];

		span->first = i;
		span->end = i;
		while (span->end < end && fa_expected_same(&all->items[i], &all->items[span->end],
							   FA_EXPECTED_RULE))
			span->flows += all->items[span->end++].flows;
		describe_hosts(span, all);
	}
	return count;
}

/* Behind the ports that several rows have, if they are among those that are named. */
static void add_same(struct fa_buffer *line, size_t same, size_t rules)
{
	if (same > 1 && rules <= RULES_NAMED)
		fa_buffer_addf(line, " in %zu rows", same);
}

/* "api-prod · API Manager on am1: 8243/tcp; 8280/tcp": all rules that are missing where SPAN is. */
static void put_line(struct fa_text_out *text, const struct fa_expected_list *all,
		     struct span *spans, size_t count, const struct span *like)
{
	const struct fa_expected *item = &all->items[like->first];
	bool of_instance = item->fields[FA_EXPECTED_INSTANCE][0] != '\0';
	struct fa_buffer *line = &text->line;
	struct fa_buffer next = {0};
	struct fa_buffer last = {0};
	size_t rules = 0;
	size_t same = 0;

	fa_buffer_reset(line);
	fa_buffer_clip(line,
		       item->fields[of_instance ? FA_EXPECTED_INSTANCE : FA_EXPECTED_PRODUCT],
		       NAME_COLUMNS);
	fa_buffer_add(line, " · ");
	fa_buffer_clip(line, item->fields[FA_EXPECTED_COMPONENT], NAME_COLUMNS);
	fa_buffer_add(line, fa_buffer_text(&like->hosts));
	fa_buffer_add(line, ": ");
	for (size_t i = 0; i < count; i++) {
		if (strcmp(fa_buffer_text(&spans[i].hosts), fa_buffer_text(&like->hosts)) != 0)
			continue;
		spans[i].told = true;
		fa_buffer_reset(&next);
		fa_expected_add_ports(&next, &all->items[spans[i].first], spans[i].flows);
		if (strcmp(fa_buffer_text(&next), fa_buffer_text(&last)) == 0) {
			same++;
			continue;
		}
		add_same(line, same, rules);
		same = 1;
		fa_buffer_reset(&last);
		fa_buffer_add(&last, fa_buffer_text(&next));
		if (rules++ < RULES_NAMED)
			fa_buffer_addf(line, "%s%s", rules > 1 ? "; " : "", fa_buffer_text(&next));
	}
	add_same(line, same, rules);
	if (rules > RULES_NAMED)
		fa_buffer_addf(line, "; and %zu more", rules - RULES_NAMED);
	line->failed = line->failed || next.failed || last.failed;
	fa_buffer_deinit(&next);
	fa_buffer_deinit(&last);
	fa_expected_put_line(text, item, line);
}

/* Returns the number of lines that the group has, of which those from SHOWN on are not written. */
static size_t put_group(struct fa_text_out *text, const struct fa_expected_list *all, size_t first,
			size_t end, size_t shown)
{
	struct span *spans;
	size_t count = find_spans(all, first, end, &spans);
	size_t lines = 0;

	text->line.failed = text->line.failed || spans == NULL;
	for (size_t i = 0; i < count; i++) {
		if (spans[i].told)
			continue;
		if (lines++ < shown)
			put_line(text, all, spans, count, &spans[i]);
	}
	for (size_t i = 0; i < count; i++) {
		text->line.failed = text->line.failed || spans[i].hosts.failed;
		fa_buffer_deinit(&spans[i].hosts);
	}
	free(spans);
	return lines;
}

void fa_expected_put_by_host(struct fa_text_out *text, const struct fa_expected_list *all)
{
	size_t lines = 0;
	char number[FA_NUMBER_TEXT];

	for (size_t i = 0, end; i < all->count; i = end) {
		const struct fa_expected *item = &all->items[i];

		end = i + 1;
		if (!is_missing(item) || item->alone)
			continue;
		while (end < all->count && fa_expected_same_group(item, &all->items[end]))
			end++;
		lines += put_group(text, all, i, end, lines < LINES_SHOWN ? LINES_SHOWN - lines : 0);
	}
	if (lines <= LINES_SHOWN)
		return;
	fa_buffer_reset(&text->line);
	fa_buffer_addf(&text->line, "  and %s more, all with --all",
		       fa_number_text(lines - LINES_SHOWN, number));
	fa_text_line(text, fa_buffer_text(&text->line));
}

void fa_expected_put_silent(struct fa_text_out *text, const struct fa_expected_list *all)
{
	struct fa_buffer *line = &text->line;
	char number[FA_NUMBER_TEXT];

	fa_buffer_reset(line);
	for (size_t first = 0, end; first < all->count; first = end) {
		const struct fa_expected *item = &all->items[first];
		uint64_t unseen = 0;

		end = fa_expected_end(all, first);
		if (!item->alone || item->fields[FA_EXPECTED_INSTANCE][0] == '\0')
			continue;
		for (size_t i = first; i < end; i++)
			unseen += all->items[i].state == FA_EXPECT_UNSEEN;
		fa_buffer_add(line, line->len > 0 ? ", " : "");
		fa_buffer_clip(line, item->fields[FA_EXPECTED_INSTANCE], NAME_COLUMNS);
		fa_buffer_addf(line, " (%s unseen, ", fa_number_text(unseen, number));
		fa_buffer_addf(line, "%s not observable)",
			       fa_number_text(end - first - unseen, number));
	}
	if (line->len > 0)
		fa_text_wrap_lead(text, "  nothing seen of these instances: ", FA_PAINT_NONE, 4,
				  fa_buffer_text(line));
}
