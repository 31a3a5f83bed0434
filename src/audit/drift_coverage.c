/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What differs between the two spans besides the traffic: losses, hours, ends, what they were
 * judged with. */
#include "audit/drift_work.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A loss below this is not worth a word, nor one that is about what it was. */
#define LOSS_WORTH_A_WORD 0.001
#define LOSS_FACTOR	  2
/* Parts of the longer span, and of its times of day. */
#define SPAN_WORTH_A_WORD 0.1

/* Four names with two values of up to 48 characters. */
enum { SETTINGS_TEXT = 512 };

enum { RANK_ENDING = 1, RANK_LOSS, RANK_SPAN, RANK_BASIS };

static int add(struct fa_drift_work *work, enum fa_drift_aspect aspect, enum fa_drift_cause cause,
	       unsigned rank, const char *subject, const char *const states[FA_SIDES])
{
	struct fa_difference *d = fa_drift_other_add(work, FA_DRIFT_COVERAGE, aspect, cause, rank);

	if (d == NULL || !fa_drift_set_text(work, &d->subject, subject) ||
	    !fa_drift_set_text(work, &d->before.state, states[FA_BEFORE]) ||
	    !fa_drift_set_text(work, &d->now.state, states[FA_NOW]))
		return fa_drift_no_room(work);
	d->before.is_there = states[FA_BEFORE][0] != '\0';
	d->now.is_there = states[FA_NOW][0] != '\0';
	d->before.run = fa_drift_last_run(work, FA_BEFORE);
	d->now.run = fa_drift_last_run(work, FA_NOW);
	return 0;
}

static int tell_loss(struct fa_drift_work *work)
{
	double before = work->drift->before.loss;
	double now = work->drift->now.loss;
	double more = now > before ? now : before;
	double less = now > before ? before : now;
	char texts[FA_SIDES][16];
	const char *const states[FA_SIDES] = {texts[FA_BEFORE], texts[FA_NOW]};
	char subject[96];

	if (more < LOSS_WORTH_A_WORD || more < less * LOSS_FACTOR)
		return 0;
	fa_drift_percent(before, texts[FA_BEFORE], sizeof(texts[FA_BEFORE]));
	fa_drift_percent(now, texts[FA_NOW], sizeof(texts[FA_NOW]));
	snprintf(subject, sizeof(subject), "packets lost: %s before, %s now", texts[FA_BEFORE],
		 texts[FA_NOW]);
	return add(work, FA_ASPECT_LOSS, FA_CAUSE_COVERAGE, RANK_LOSS, subject, states);
}

static void span_text(const struct fa_drift_work *work, enum fa_drift_side side, char *text,
		      size_t size)
{
	char covers[96];
	double hours = (double)work->cover[side].length_ns / 3.6e12;
	double minutes = ceil(hours * 60);

	fa_drift_cover_text(&work->cover[side], covers, sizeof(covers));
	if (work->cover[side].covered == 0)
		snprintf(text, size, "no packets");
	else if (hours < 1)
		snprintf(text, size, "%s (%.0f %s)", covers, minutes,
			 minutes > 1 ? "minutes" : "minute");
	else
		snprintf(text, size, "%s (%.1f hours)", covers, hours);
}

/* Minutes of the day that one of the two covers alone. */
static unsigned apart(const struct fa_drift_work *work)
{
	unsigned minutes = 0;

	for (size_t i = 0; i < FA_DAY_MINUTES; i++)
		minutes += work->cover[FA_BEFORE].minutes[i] != work->cover[FA_NOW].minutes[i];
	return minutes;
}

static int tell_span(struct fa_drift_work *work)
{
	const struct fa_drift_cover *before = &work->cover[FA_BEFORE];
	const struct fa_drift_cover *now = &work->cover[FA_NOW];
	double more = (double)(before->length_ns > now->length_ns ? before : now)->length_ns;
	double less = (double)(before->length_ns > now->length_ns ? now : before)->length_ns;
	unsigned most = before->covered > now->covered ? before->covered : now->covered;
	unsigned differ = apart(work);
	char texts[FA_SIDES][160];
	const char *const states[FA_SIDES] = {texts[FA_BEFORE], texts[FA_NOW]};
	bool is_shorter = less < more * (1 - SPAN_WORTH_A_WORD) && more - less > 60e9;
	bool is_apart = differ > 2 && differ > most * SPAN_WORTH_A_WORD;
	char subject[400];

	if ((before->covered == 0) == (now->covered == 0) && !is_shorter && !is_apart)
		return 0;
	span_text(work, FA_BEFORE, texts[FA_BEFORE], sizeof(texts[FA_BEFORE]));
	span_text(work, FA_NOW, texts[FA_NOW], sizeof(texts[FA_NOW]));
	snprintf(subject, sizeof(subject), "covered: %s before, %s now", texts[FA_BEFORE],
		 texts[FA_NOW]);
	return add(work, FA_ASPECT_SPAN, FA_CAUSE_COVERAGE, RANK_SPAN, subject, states);
}

/* The first run of a side that is not complete: its end, or "complete". */
static int ending_of(struct fa_drift_work *work, enum fa_drift_side side, char *text, size_t size)
{
	const struct fa_span *span = &work->spans[side];
	struct fa_stored_run run;
	int error;

	snprintf(text, size, "complete");
	for (size_t i = 0; i < span->run_count; i++) {
		error = span->history->run(span->history->context, span->runs[i], &run, work->diag);
		if (error != 0)
			return error;
		if (run.totals.end == FA_RUN_COMPLETE)
			continue;
		snprintf(text, size, "run %lld %s", (long long)span->runs[i],
			 fa_run_end_text(run.totals.end));
		return 0;
	}
	return 0;
}

static int tell_ending(struct fa_drift_work *work)
{
	char texts[FA_SIDES][64];
	const char *const states[FA_SIDES] = {texts[FA_BEFORE], texts[FA_NOW]};
	char subject[200];
	int error = 0;

	if (work->drift->before.ended_well == work->drift->now.ended_well)
		return 0;
	for (unsigned side = 0; error == 0 && side < FA_SIDES; side++)
		error = ending_of(work, side, texts[side], sizeof(texts[side]));
	if (error != 0)
		return error;
	snprintf(subject, sizeof(subject), "end of the run: %s before, %s now", texts[FA_BEFORE],
		 texts[FA_NOW]);
	return add(work, FA_ASPECT_ENDING, FA_CAUSE_COVERAGE, RANK_ENDING, subject, states);
}

/* --- What it was judged with --- */

static int tell_basis(struct fa_drift_work *work, enum fa_drift_cause cause, const char *what,
		      const char *name, const char *before, const char *now)
{
	const char *const states[FA_SIDES] = {before, now};
	char subject[300];

	if (strcmp(before, now) == 0)
		return 0;
	snprintf(subject, sizeof(subject), "%s%s%.200s %s", what, name[0] == '\0' ? "" : " ", name,
		 before[0] == '\0' ? "is new" : now[0] == '\0' ? "is gone" : "is another version");
	return add(work, FA_ASPECT_BASIS, cause, RANK_BASIS, subject, states);
}

static int tell_catalogs(struct fa_drift_work *work)
{
	int error = 0;

	for (unsigned side = 0; side < FA_SIDES; side++) {
		const struct fa_drift_basis *basis = &work->basis[side];

		for (size_t i = 0; error == 0 && i < basis->count; i++) {
			const char *product = fa_drift_text(work, basis->catalogs[i].product);
			uint32_t before = fa_drift_digest(work, FA_BEFORE, product);
			uint32_t now = fa_drift_digest(work, FA_NOW, product);

			if (side == FA_NOW && before != 0)
				continue; /* told with the other side */
			error = tell_basis(work, FA_CAUSE_CATALOG, "catalog", product,
					   fa_drift_text(work, before), fa_drift_text(work, now));
		}
	}
	return error;
}

struct settings {
	char subject[SETTINGS_TEXT]; /* "key plain, now vlan; duplicates off, now auto" */
	char states[FA_SIDES][SETTINGS_TEXT];
};

static void add_text(char text[SETTINGS_TEXT], const char *joint, const char *name,
		     const char *value)
{
	size_t used = strlen(text);

	snprintf(text + used, SETTINGS_TEXT - used, "%s%s %.48s", used > 0 ? joint : "", name, value);
}

/* One setting, if it differs. */
static void add_setting(struct settings *s, const char *name, const char *before, const char *now)
{
	size_t used;

	if (strcmp(before, now) == 0)
		return;
	add_text(s->states[FA_BEFORE], ", ", name, before);
	add_text(s->states[FA_NOW], ", ", name, now);
	add_text(s->subject, "; ", name, before);
	used = strlen(s->subject);
	snprintf(s->subject + used, SETTINGS_TEXT - used, ", now %.48s", now);
}

/* How frames were taken apart: it decides which conversation a packet belongs to. */
static int tell_settings(struct fa_drift_work *work)
{
	const struct fa_wire *before = &work->basis[FA_BEFORE].wire;
	const struct fa_wire *now = &work->basis[FA_NOW].wire;
	struct settings s = {.subject = ""};
	const char *const states[FA_SIDES] = {s.states[FA_BEFORE], s.states[FA_NOW]};
	char ports[FA_SIDES][FA_TUNNEL_PORTS_TEXT];
	char numbers[FA_SIDES][16];
	char subject[SETTINGS_TEXT + 16];

	add_setting(&s, "key", fa_wire_key_text(before->key_vlan), fa_wire_key_text(now->key_vlan));
	add_setting(&s, "duplicates", fa_duplicates_text(before->duplicates),
		    fa_duplicates_text(now->duplicates));
	snprintf(numbers[FA_BEFORE], sizeof(numbers[FA_BEFORE]), "%u", before->max_headers);
	snprintf(numbers[FA_NOW], sizeof(numbers[FA_NOW]), "%u", now->max_headers);
	add_setting(&s, "max-headers", numbers[FA_BEFORE], numbers[FA_NOW]);
	fa_tunnel_ports_differences(&before->ports, &now->ports, ports[FA_BEFORE], ports[FA_NOW]);
	add_setting(&s, "tunnel-port", ports[FA_BEFORE], ports[FA_NOW]);
	if (s.subject[0] == '\0')
		return 0;
	snprintf(subject, sizeof(subject), "settings: %s", s.subject);
	return add(work, FA_ASPECT_BASIS, FA_CAUSE_COVERAGE, RANK_BASIS, subject, states);
}

int fa_drift_coverage(struct fa_drift_work *work)
{
	const struct fa_drift_basis *before = &work->basis[FA_BEFORE];
	const struct fa_drift_basis *now = &work->basis[FA_NOW];
	int error = tell_loss(work);

	if (error == 0)
		error = tell_span(work);
	if (error == 0)
		error = tell_ending(work);
	if (error == 0)
		error = tell_catalogs(work);
	if (error == 0)
		error = tell_basis(work, FA_CAUSE_SITE, "site file",
				   now->site[0] != '\0' ? now->site : before->site,
				   before->site_digest, now->site_digest);
	if (error == 0)
		error = tell_basis(work, FA_CAUSE_WAIVER, "waivers file", "", before->waivers_digest,
				   now->waivers_digest);
	if (error == 0)
		error = tell_basis(work, FA_CAUSE_PROGRAM, "program", "",
				   work->drift->before.version, work->drift->now.version);
	if (error == 0)
		error = tell_settings(work);
	return error;
}
