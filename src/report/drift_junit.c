/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A drift as JUnit XML: a suite for each section, with a case for each difference. Whoever collects
 * results shows cases by name and follows them from one night to the next, so every difference has
 * a name of its own that stays; a case for a whole section would fail every night and say nothing.
 * A section without differences has one case that passes, so that a quiet night is green and not
 * empty. Skipped is what nobody has to act on: what coverage explains, and how both sides were
 * made.
 */
#include <inttypes.h>
#include <string.h>

#include "report/drift_formats.h"
#include "report/drift_words.h"
#include "report/junit.h"
#include "report/output.h"

struct writing {
	FILE *out;
	struct fa_drift_about about;
	struct fa_buffer xml, words;
	struct fa_diag *diag;
};

static bool is_skipped(const struct fa_difference *difference)
{
	if (difference->section == FA_DRIFT_COVERAGE)
		return difference->aspect != FA_ASPECT_GAP;
	return difference->cause == FA_CAUSE_COVERAGE || difference->aspect == FA_ASPECT_UNUSED;
}

static int put(struct writing *w)
{
	if (w->xml.failed || w->words.failed)
		return fa_fail(w->diag, FA_ENOMEM, "out of memory while writing JUnit XML");
	fputs(fa_buffer_text(&w->xml), w->out);
	fa_buffer_reset(&w->xml);
	return fa_output_check(w->out, w->diag);
}

/* The words, which are used up. */
static void add_words(struct writing *w)
{
	fa_xml_add(&w->xml, fa_buffer_text(&w->words));
	fa_buffer_reset(&w->words);
}

static void add_attribute(struct writing *w, const char *name)
{
	fa_buffer_addf(&w->xml, " %s=\"", name);
	add_words(w);
	fa_buffer_add(&w->xml, "\"");
}

/* What it is about without figures, and what makes it one of its kind. */
static void add_name(struct fa_buffer *words, const struct fa_difference *difference)
{
	size_t start;

	fa_buffer_addf(words, "%s ", fa_drift_aspect_text(difference->aspect));
	if (difference->subject != NULL && difference->subject[0] != '\0') {
		fa_buffer_safe(words, difference->subject);
		fa_buffer_add(words, " ");
	}
	if (difference->section == FA_DRIFT_EXPECTATIONS) {
		fa_buffer_safe(words, difference->server);
		fa_buffer_add(words, " ");
	} else if (fa_drift_is_traffic(difference)) {
		start = words->len;
		fa_drift_say_place(words, difference);
		fa_buffer_add(words, words->len > start ? " " : "");
	}
	fa_buffer_addf(words, "%016" PRIx64, fa_drift_fingerprint(difference));
}

static int put_case(struct writing *w, const struct fa_difference *difference)
{
	bool skipped = is_skipped(difference);
	struct fa_buffer command = {0};
	int err;

	fa_buffer_addf(&w->xml, "<testcase classname=\"drift.%s\"",
		       fa_drift_section_text(difference->section));
	add_name(&w->words, difference);
	add_attribute(w, "name");
	fa_buffer_addf(&w->xml, "><%s", skipped ? "skipped" : "failure");
	fa_drift_say_what(&w->words, difference, FA_DRIFT_NAME_COLUMNS);
	if (skipped) {
		fa_buffer_add(&w->words, " · ");
		fa_drift_say_cause(&w->words, difference);
	}
	add_attribute(w, "message");
	if (skipped) {
		fa_buffer_add(&w->xml, "/></testcase>\n");
		return put(w);
	}
	fa_buffer_addf(&w->xml, " type=\"%s\">", fa_drift_cause_text(difference->cause));
	err = fa_drift_say_citation(&w->words, &w->about, difference, w->diag);
	if (w->words.len > 0)
		fa_buffer_add(&w->words, "\n");
	fa_drift_say_cause(&w->words, difference);
	fa_buffer_add(&w->words, "\n");
	if (err == 0)
		err = fa_drift_say_next(&w->words, &command, &w->about, difference, w->diag);
	if (command.len > 0)
		fa_buffer_addf(&w->words, ": %s", command.text);
	w->words.failed = w->words.failed || command.failed;
	fa_buffer_deinit(&command);
	add_words(w);
	fa_buffer_add(&w->xml, "</failure></testcase>\n");
	return err == 0 ? put(w) : err;
}

struct sums {
	uint64_t cases, failures, skipped;
};

/* SECTION FA_DRIFT_SECTION_COUNT is all of them. */
static struct sums count(const struct fa_drift *drift, unsigned section)
{
	uint64_t listed[FA_DRIFT_SECTION_COUNT] = {0};
	struct sums sums = {0};

	for (size_t i = 0; i < drift->count; i++) {
		const struct fa_difference *item = &drift->items[i];

		if (section != FA_DRIFT_SECTION_COUNT && item->section != section)
			continue;
		listed[item->section]++;
		sums.cases++;
		sums.skipped += is_skipped(item);
	}
	sums.failures = sums.cases - sums.skipped;
	for (unsigned i = 0; i < FA_DRIFT_SECTION_COUNT; i++)
		if (listed[i] == 0 && (section == FA_DRIFT_SECTION_COUNT || section == i))
			sums.cases++;
	return sums;
}

static void add_counts(struct fa_buffer *xml, const struct sums *sums)
{
	fa_buffer_addf(xml, " tests=\"%" PRIu64 "\" failures=\"%" PRIu64 "\" errors=\"0\"",
		       sums->cases, sums->failures);
	fa_buffer_addf(xml, " skipped=\"%" PRIu64 "\">\n", sums->skipped);
}

static int put_suite(struct writing *w, unsigned section)
{
	static const char *const passes[FA_DRIFT_SECTION_COUNT] = {
		[FA_DRIFT_APPEARED] = "nothing appeared",
		[FA_DRIFT_CHANGED] = "nothing changed",
		[FA_DRIFT_VANISHED] = "nothing vanished",
		[FA_DRIFT_EXPECTATIONS] = "expectations are as before",
		[FA_DRIFT_WAIVERS] = "waivers are as before",
		[FA_DRIFT_COVERAGE] = "both sides were made alike",
	};
	const struct fa_drift *drift = w->about.drift;
	struct sums sums = count(drift, section);
	bool is_empty = true;
	int err;

	fa_buffer_addf(&w->xml, "<testsuite name=\"drift %s\"", fa_drift_section_text(section));
	add_counts(&w->xml, &sums);
	err = put(w);
	for (size_t i = 0; err == 0 && i < drift->count; i++) {
		if (drift->items[i].section != section)
			continue;
		is_empty = false;
		err = put_case(w, &drift->items[i]);
	}
	if (is_empty)
		fprintf(w->out, "<testcase classname=\"drift.%s\" name=\"%s\"/>\n",
			fa_drift_section_text(section), passes[section]);
	fputs("</testsuite>\n", w->out);
	return err;
}

static int put_all(struct writing *w)
{
	const struct fa_drift *drift = w->about.drift;
	struct sums sums = count(drift, FA_DRIFT_SECTION_COUNT);
	int err;

	fa_buffer_add(&w->xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	fa_buffer_add(&w->words, "flowaudit drift: ");
	fa_drift_say_span(&w->words, &drift->now, drift->now_words);
	fa_buffer_add(&w->words, " against ");
	fa_drift_say_span(&w->words, &drift->before, drift->before_words);
	add_attribute(w, "name");
	add_counts(&w->xml, &sums);
	err = put(w);
	for (unsigned i = 0; err == 0 && i < FA_DRIFT_SECTION_COUNT; i++)
		err = put_suite(w, i);
	fputs("</testsuites>\n", w->out);
	return err;
}

int fa_drift_junit(FILE *out, const struct fa_drift *drift, const struct fa_history *now_history,
		   const struct fa_report_options *options, struct fa_diag *diag)
{
	struct writing w = {.out = out, .about = {drift, now_history}, .diag = diag};
	int err = put_all(&w);

	(void)options;
	fa_buffer_deinit(&w.xml);
	fa_buffer_deinit(&w.words);
	return err == 0 ? fa_output_check(out, diag) : err;
}
