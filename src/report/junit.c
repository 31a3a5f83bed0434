/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A stored run as JUnit XML: a suite for each product, or for each instance where there is a site,
 * with a case for each expectation; and one suite with a case for each finding.
 */
#include "report/junit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/slots.h"
#include "report/finding.h"
#include "report/fingerprint.h"
#include "report/inputs.h"
#include "report/output.h"
#include "report/words.h"

/* What comes of a case. */
enum outcome { PASSED, FAILED, SKIPPED };

struct suite {
	char *product, *instance; /* instance "" without a site */
	uint64_t cases, failures, skipped;
};

struct writing {
	FILE *out;
	const struct fa_history *history;
	struct fa_stored_run run;
	struct fa_places places;
	bool has_packets; /* see fa_inputs_are_files */
	struct suite *suites;
	size_t count, room;
	size_t current; /* the suite that is being written */
	uint64_t findings; /* that fail */
	struct fa_buffer xml, words;
	struct fa_diag *diag;
};

/* What XML 1.0 does not allow has not passed fa_text_safe. */
void fa_xml_add(struct fa_buffer *xml, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "&<>\"'");

		fa_buffer_addf(xml, "%.*s", (int)len, text);
		text += len;
		if (*text != '\0')
			fa_buffer_addf(xml, "&#%d;", *text++);
	}
}

/* A rule that is not required may be unused: nothing is wrong when nobody uses it. */
static enum outcome outcome_of(const struct fa_stored_expectation *expectation)
{
	switch (expectation->state) {
	case FA_EXPECT_SEEN:
		return PASSED;
	case FA_EXPECT_REFUSED:
		return FAILED;
	case FA_EXPECT_UNSEEN:
		return strcmp(expectation->rule.requirement, "required") == 0 ? FAILED : SKIPPED;
	case FA_EXPECT_NOT_OBSERVABLE:
	case FA_EXPECT_COUNT:
		break;
	}
	return SKIPPED;
}

static bool is_of(const struct suite *suite, const struct fa_stored_expectation *expectation)
{
	return strcmp(suite->product, expectation->rule.product) == 0 &&
	       strcmp(suite->instance, expectation->instance) == 0;
}

/* The suite, which is added when missing; NULL: no memory. */
static struct suite *suite_of(struct writing *w, const struct fa_stored_expectation *expectation)
{
	struct suite *suite;

	/* Instances of a product come mixed, but near each other. */
	for (size_t i = w->count; i-- > 0;)
		if (is_of(&w->suites[i], expectation))
			return &w->suites[i];
	if (!fa_array_reserve((void **)&w->suites, &w->room, w->count + 1, sizeof(*w->suites)))
		return NULL;
	suite = &w->suites[w->count];
	memset(suite, 0, sizeof(*suite));
	suite->product = strdup(expectation->rule.product);
	suite->instance = strdup(expectation->instance);
	w->count++; /* freed with the others, whatever there is of it */
	return suite->product != NULL && suite->instance != NULL ? suite : NULL;
}

static int count_expectation(void *arg, const struct fa_stored_expectation *expectation)
{
	struct writing *w = arg;
	struct suite *suite = suite_of(w, expectation);
	enum outcome outcome = outcome_of(expectation);

	if (suite == NULL)
		return fa_fail(w->diag, FA_ENOMEM, "out of memory while writing JUnit XML");
	suite->cases++;
	suite->failures += outcome == FAILED;
	suite->skipped += outcome == SKIPPED;
	return 0;
}

static int put(struct writing *w)
{
	if (w->xml.failed || w->words.failed)
		return fa_fail(w->diag, FA_ENOMEM, "out of memory while writing JUnit XML");
	fputs(fa_buffer_text(&w->xml), w->out);
	fa_buffer_reset(&w->xml);
	return fa_output_check(w->out, w->diag);
}

/* ` NAME="WORDS"`, and the words are used up. */
static void add_attribute(struct writing *w, const char *name)
{
	fa_buffer_addf(&w->xml, " %s=\"", name);
	fa_xml_add(&w->xml, fa_buffer_text(&w->words));
	fa_buffer_add(&w->xml, "\"");
	fa_buffer_reset(&w->words);
}

static void add_counts(struct fa_buffer *xml, uint64_t cases, uint64_t failures, uint64_t skipped)
{
	fa_buffer_addf(xml, " tests=\"%" PRIu64 "\" failures=\"%" PRIu64 "\" errors=\"0\"", cases,
		       failures);
	fa_buffer_addf(xml, " skipped=\"%" PRIu64 "\"", skipped);
}

/* Name and class; the element stays open. */
static void begin_case(struct writing *w, const struct fa_stored_expectation *expectation)
{
	const struct fa_stored_rule *rule = &expectation->rule;

	fa_buffer_add(&w->xml, "<testcase");
	fa_buffer_safe(&w->words, rule->product);
	if (expectation->instance[0] != '\0') {
		fa_buffer_add(&w->words, ".");
		fa_buffer_safe(&w->words, expectation->instance);
	}
	add_attribute(w, "classname");
	fa_buffer_safe(&w->words, rule->id);
	if (expectation->place[0] != '\0') {
		fa_buffer_add(&w->words, " at ");
		fa_buffer_safe(&w->words, expectation->role);
		fa_buffer_add(&w->words, " ");
		fa_buffer_safe(&w->words, expectation->place);
	}
	add_attribute(w, "name");
}

/* "required, and refused: TITLE, tcp 8243" */
static void add_message(struct fa_buffer *words, const struct fa_stored_expectation *expectation)
{
	const struct fa_stored_rule *rule = &expectation->rule;

	fa_buffer_safe(words, rule->requirement);
	fa_buffer_addf(words, ", %s: ", fa_expectation_text(expectation->state));
	fa_buffer_safe(words, rule->title);
	fa_buffer_add(words, ", ");
	fa_buffer_safe(words, rule->transports);
	fa_buffer_add(words, " ");
	fa_buffer_safe(words, expectation->ports);
}

static int put_expectation(void *arg, const struct fa_stored_expectation *expectation)
{
	struct writing *w = arg;
	enum outcome outcome = outcome_of(expectation);

	if (!is_of(&w->suites[w->current], expectation))
		return 0;
	begin_case(w, expectation);
	if (outcome == PASSED) {
		fa_buffer_add(&w->xml, "/>\n");
		return put(w);
	}
	fa_buffer_addf(&w->xml, "><%s", outcome == FAILED ? "failure" : "skipped");
	add_message(&w->words, expectation);
	add_attribute(w, "message");
	if (outcome == SKIPPED) {
		fa_buffer_add(&w->xml, "/></testcase>\n");
		return put(w);
	}
	fa_buffer_addf(&w->xml, " type=\"%s\">", fa_expectation_text(expectation->state));
	fa_buffer_safe(&w->words, expectation->evidence);
	fa_buffer_add(&w->words, " · ");
	fa_words_citation(&w->words, &expectation->rule);
	fa_buffer_add(&w->words, " · ");
	fa_buffer_safe(&w->words, expectation->rule.document);
	fa_xml_add(&w->xml, fa_buffer_text(&w->words));
	fa_buffer_reset(&w->words);
	fa_buffer_add(&w->xml, "</failure></testcase>\n");
	return put(w);
}

static int put_suite(struct writing *w, size_t index)
{
	const struct suite *suite = &w->suites[index];
	int err;

	w->current = index;
	fa_buffer_add(&w->xml, "<testsuite");
	fa_buffer_safe(&w->words, suite->product);
	if (suite->instance[0] != '\0') {
		fa_buffer_add(&w->words, " ");
		fa_buffer_safe(&w->words, suite->instance);
	}
	add_attribute(w, "name");
	add_counts(&w->xml, suite->cases, suite->failures, suite->skipped);
	fa_buffer_add(&w->xml, ">\n");
	err = put(w);
	if (err == 0)
		err = w->history->each_expectation(w->history->context, w->run.id,
						   put_expectation, w, w->diag);
	fputs("</testsuite>\n", w->out);
	return err;
}

static int count_finding(void *arg, const struct fa_stored_finding *finding)
{
	struct writing *w = arg;

	w->findings += fa_severity(finding->verdict) > 0;
	return 0;
}

/* The name is the same every night, and no two findings share it. */
static int put_finding(void *arg, const struct fa_stored_finding *finding)
{
	struct writing *w = arg;
	const struct fa_finding_about about = {w->history, w->run.id, &w->places,
					       w->run.info.kind == FA_RUN_LIVE};
	int err = 0;

	if (fa_severity(finding->verdict) == 0)
		return 0;
	fa_buffer_addf(&w->xml, "<testcase classname=\"findings.%s\"",
		       fa_verdict_text(finding->verdict));
	fa_finding_about_what(&w->words, finding);
	fa_buffer_addf(&w->words, "%s%016" PRIx64, w->words.len > 0 ? " " : "",
		       fa_fingerprint(finding));
	add_attribute(w, "name");
	fa_buffer_add(&w->xml, "><failure");
	fa_buffer_addf(&w->words, "%s: ", fa_verdict_text(finding->verdict));
	fa_finding_subject(&w->words, &about, finding);
	add_attribute(w, "message");
	fa_buffer_addf(&w->xml, " type=\"%s\">", fa_verdict_text(finding->verdict));
	if (!finding->sweep) {
		err = fa_finding_citation(&w->words, &about, finding, w->diag);
		fa_buffer_add(&w->words, ". ");
		fa_finding_reasons(&w->words, finding);
		fa_buffer_add(&w->words, " · ");
		fa_finding_extent(&w->words, &about, finding);
	}
	if (w->has_packets) {
		fa_buffer_add(&w->words, w->words.len > 0 ? " · " : "");
		fa_finding_evidence(&w->words, w->history, w->run.id, finding->number);
	}
	fa_xml_add(&w->xml, fa_buffer_text(&w->words));
	fa_buffer_reset(&w->words);
	fa_buffer_add(&w->xml, "</failure></testcase>\n");
	return err == 0 ? put(w) : err;
}

static int put_findings(struct writing *w)
{
	int err;

	fa_buffer_add(&w->xml, "<testsuite name=\"findings\"");
	add_counts(&w->xml, w->findings, w->findings, 0);
	fa_buffer_add(&w->xml, ">\n");
	err = put(w);
	if (err == 0)
		err = w->history->each_finding(w->history->context, w->run.id, 0, put_finding, w,
					       w->diag);
	fputs("</testsuite>\n", w->out);
	return err;
}

static int put_all(struct writing *w)
{
	uint64_t cases = w->findings;
	uint64_t failures = w->findings;
	uint64_t skipped = 0;
	int err;

	for (size_t i = 0; i < w->count; i++) {
		cases += w->suites[i].cases;
		failures += w->suites[i].failures;
		skipped += w->suites[i].skipped;
	}
	fa_buffer_add(&w->xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	fa_buffer_addf(&w->words, "flowaudit run %" PRId64, w->run.id);
	add_attribute(w, "name");
	add_counts(&w->xml, cases, failures, skipped);
	fa_buffer_add(&w->xml, ">\n");
	err = put(w);
	for (size_t i = 0; err == 0 && i < w->count; i++)
		err = put_suite(w, i);
	if (err == 0)
		err = put_findings(w);
	fputs("</testsuites>\n", w->out);
	return err;
}

static void deinit(struct writing *w)
{
	for (size_t i = 0; i < w->count; i++) {
		free(w->suites[i].product);
		free(w->suites[i].instance);
	}
	free(w->suites);
	fa_places_deinit(&w->places);
	fa_buffer_deinit(&w->xml);
	fa_buffer_deinit(&w->words);
}

int fa_report_junit(FILE *out, const struct fa_history *history, int64_t run,
		    const struct fa_report_options *options, struct fa_diag *diag)
{
	struct writing w;
	int err;

	(void)options;
	memset(&w, 0, sizeof(w));
	w.out = out;
	w.history = history;
	w.diag = diag;
	err = history->run(history->context, run, &w.run, diag);
	if (err == 0)
		err = fa_places_read(&w.places, history, w.run.id, diag);
	if (err == 0)
		err = fa_inputs_are_files(history, w.run.id, &w.has_packets, diag);
	if (err == 0)
		err = history->each_expectation(history->context, w.run.id, count_expectation, &w,
						diag);
	if (err == 0)
		err = history->each_finding(history->context, w.run.id, 0, count_finding, &w, diag);
	if (err == 0)
		err = put_all(&w);
	deinit(&w);
	return err;
}
