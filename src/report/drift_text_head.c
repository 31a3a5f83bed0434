/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A drift as text: what is compared, how far it can be trusted, and the counts. */
#include "report/drift_text.h"

#include <string.h>

#include "base/text.h"
#include "report/drift_words.h"

/* --- Head --- */

/* "now     run 12 · 2026-11-22 22:00 .. 2026-11-23 04:00 UTC · tap-20261122.pcap" */
static void put_side(struct fa_text_out *text, const char *lead, const struct fa_span_facts *facts,
		     const char *words)
{
	struct fa_buffer *line = &text->line;
	bool has_source = facts->source != NULL && facts->source[0] != '\0';
	size_t used;

	fa_buffer_reset(line);
	fa_drift_say_span(line, facts, words);
	fa_buffer_add(line, " · ");
	fa_drift_say_period(line, facts);
	fa_buffer_add(line, " · ");
	used = strlen(lead) + fa_text_columns(fa_buffer_text(line));
	/* Of a path the end tells more; it never goes altogether. */
	fa_buffer_clip_front(line, has_source ? facts->source : "no source",
			     used + 16 < text->width ? text->width - used : 16);
	fa_text_row(text, lead, FA_PAINT_BOLD, fa_buffer_text(line));
}

static void put_trust(struct fa_text_out *text, const struct fa_drift *drift)
{
	struct fa_buffer *line = &text->line;
	char now[FA_NUMBER_TEXT];
	char before[FA_NUMBER_TEXT];

	fa_buffer_reset(line);
	fa_buffer_addf(line, "loss %s, was %s · confidence %s, was %s · ",
		       fa_drift_loss_text(&drift->now, now),
		       fa_drift_loss_text(&drift->before, before), fa_drift_confidence(&drift->now),
		       fa_drift_confidence(&drift->before));
	fa_buffer_count(line, drift->now.packets, "packet", "packets");
	fa_buffer_addf(line, ", was %s", fa_number_text(drift->before.packets, before));
	fa_text_line(text, fa_buffer_text(line));
}

static void add_site(struct fa_buffer *line, const char *site)
{
	if (site == NULL || site[0] == '\0') {
		fa_buffer_add(line, "no site file");
		return;
	}
	fa_buffer_add(line, "site ");
	fa_buffer_clip(line, site, 40);
}

static void put_basis(struct fa_text_out *text, const struct fa_drift *drift)
{
	struct fa_buffer *line = &text->line;
	struct fa_buffer basis = {0};
	const char *before = drift->before.site != NULL ? drift->before.site : "";

	fa_drift_say_basis(&basis, drift);
	fa_buffer_reset(line);
	add_site(line, drift->now.site);
	if (drift->now.site != NULL && strcmp(before, drift->now.site) != 0) {
		fa_buffer_add(line, ", was ");
		add_site(line, before);
	}
	if (basis.len > 0)
		fa_buffer_addf(line, " · not judged alike: %s", basis.text);
	else
		fa_buffer_add(line, " · judged alike: the same catalogs, site, waivers and "
				    "program");
	line->failed = line->failed || basis.failed;
	fa_buffer_deinit(&basis);
	if (text->all)
		fa_text_wrap(text, 0, fa_buffer_text(line));
	else
		fa_text_line(text, fa_buffer_text(line));
}

/* What has been compared, where it is all the same. */
static void put_none(struct fa_text_out *text, const struct fa_drift *drift, const char *lead,
		     const char *words)
{
	struct fa_buffer *line = &text->line;

	fa_buffer_reset(line);
	if (drift->relations_now == 0 && drift->relations_before == 0) {
		fa_buffer_add(line, "nothing was seen on either side, so this does not mean that "
				    "all is well");
		lead = "NOTHING TO COMPARE: ";
	} else {
		fa_buffer_count(line, drift->relations_same, "relation", "relations");
		fa_buffer_add(line, words);
	}
	fa_text_wrap_lead(text, lead,
			  drift->relations_now == 0 ? FA_PAINT_BAD : FA_PAINT_GOOD, 2,
			  fa_buffer_text(line));
}

static void put_head(struct fa_text_out *text, const struct fa_drift *drift)
{
	struct fa_buffer *line = &text->line;
	size_t all = fa_drift_all(drift);

	fa_buffer_reset(line);
	fa_buffer_add(line, "flowaudit ");
	fa_buffer_clip(line, drift->now.version, 20);
	fa_buffer_add(line, " · drift · ");
	if (all > 0)
		fa_buffer_count(line, all, "difference", "differences");
	else
		fa_buffer_add(line, "no difference");
	fa_text_line(text, fa_buffer_text(line));
	put_side(text, "now     ", &drift->now, drift->now_words);
	put_side(text, "before  ", &drift->before, drift->before_words);
	put_trust(text, drift);
	put_basis(text, drift);
	if (drift->full) {
		fa_buffer_reset(line);
		fa_buffer_safe(line, drift->full_why);
		fa_text_row(text, "NOT ALL OF IT: ", FA_PAINT_BAD, fa_buffer_text(line));
	}
	if (all == 0)
		put_none(text, drift, "NO DRIFT: ",
			 " of clients and services, and all expectations and waivers, are as "
			 "before");
	else if (all == drift->in_section[FA_DRIFT_COVERAGE])
		put_none(text, drift, "NO DRIFT BUT OF COVERAGE: ", " as before");
}

/* --- Counts --- */

/* Columns of its counts, up to 99,999. */
static int column_of(enum fa_drift_cause cause)
{
	int wide = (int)strlen(fa_drift_cause_text(cause)) + 2;

	return wide > 8 ? wide : 8;
}

static void put_counts_row(struct fa_text_out *text, const char *name, uint64_t all,
			   const uint64_t counts[FA_CAUSE_COUNT],
			   const uint64_t by_cause[FA_CAUSE_COUNT], enum fa_paint paint)
{
	struct fa_buffer *line = &text->line;
	char number[FA_NUMBER_TEXT];
	char lead[FA_DRIFT_LEAD + 1];

	snprintf(lead, sizeof(lead), "%-*s", FA_DRIFT_LEAD - 1, name);
	fa_buffer_reset(line);
	fa_buffer_addf(line, "%7s", fa_number_text(all, number));
	for (unsigned i = 0; i < FA_CAUSE_COUNT; i++)
		if (by_cause[i] > 0)
			fa_buffer_addf(line, "%*s", column_of(i),
				       fa_number_text(counts[i], number));
	fa_text_row(text, lead, paint, fa_buffer_text(line));
}

static void put_counts_head(struct fa_text_out *text, const uint64_t by_cause[FA_CAUSE_COUNT])
{
	struct fa_buffer *line = &text->line;

	fa_buffer_reset(line);
	fa_buffer_addf(line, "%-*s%7s", FA_DRIFT_LEAD - 1, "BY CAUSE", "all");
	for (unsigned i = 0; i < FA_CAUSE_COUNT; i++)
		if (by_cause[i] > 0)
			fa_buffer_addf(line, "%*s", column_of(i), fa_drift_cause_text(i));
	fa_text_heading(text, fa_buffer_text(line));
}

static void put_counts(struct fa_text_out *text, const struct fa_drift *drift)
{
	uint64_t counts[FA_DRIFT_SECTION_COUNT][FA_CAUSE_COUNT];
	uint64_t by_cause[FA_CAUSE_COUNT] = {0};
	unsigned rows = 0;

	fa_drift_count(drift, counts);
	for (unsigned i = 0; i < FA_DRIFT_SECTION_COUNT; i++)
		for (unsigned j = 0; j < FA_CAUSE_COUNT; j++)
			by_cause[j] += counts[i][j];
	put_counts_head(text, by_cause);
	for (unsigned i = 0; i < FA_DRIFT_SECTION_COUNT; i++) {
		if (drift->in_section[i] == 0)
			continue;
		put_counts_row(text, fa_drift_section_text(i), drift->in_section[i], counts[i],
			       by_cause, FA_PAINT_NONE);
		rows++;
	}
	if (rows > 1)
		put_counts_row(text, "all", fa_drift_all(drift), by_cause, by_cause, FA_PAINT_BOLD);
}

void fa_drift_text_top(struct fa_text_out *text, const struct fa_drift *drift)
{
	put_head(text, drift);
	if (fa_drift_all(drift) > 0)
		put_counts(text, drift);
	if (drift->count > 0)
		fa_text_blank(text);
}
