/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why a verdict changed.
 *
 * First what can be shown: a waiver on one side whose verdict without it is that of the other side;
 * a rule, deciding or nearest, that reads otherwise or is in one catalog only; an instance or roles
 * that differ between the two sites. Then what is likely: nothing of the relation is judged as it
 * was, and the site, the catalog or the program is another one. A connection that is refused, or
 * too little evidence, is never made by these. Else other flows decided, which is traffic.
 */
#include "audit/drift_work.h"

#include <stdio.h>
#include <string.h>

struct judged {
	const struct fa_drift_judgement *by[FA_SIDES];
	unsigned verdicts[FA_SIDES]; /* a bit for each verdict of the side */
	bool is_moved; /* a host of it stands elsewhere in the other site */
};

/* --- Waivers --- */

struct waiver {
	const char *id;
	char expires[32];
	bool is_there;
	enum fa_waiver_status status;
};

static int match_waiver(void *arg, const struct fa_stored_waiver *stored)
{
	struct waiver *wanted = arg;

	if (strcmp(stored->id, wanted->id) != 0)
		return 0;
	wanted->is_there = true;
	wanted->status = stored->status;
	snprintf(wanted->expires, sizeof(wanted->expires), "%s", stored->expires);
	return 0;
}

static int say_waiver(struct fa_drift_work *work, const struct judged *judged,
		      enum fa_drift_side with, struct fa_drift_reason *out)
{
	enum fa_drift_side other = fa_drift_other(with);
	const struct fa_history *history = work->spans[other].history;
	struct waiver waiver = {.id = fa_drift_text(work, judged->by[with]->waiver)};
	int error = history->each_waiver(history->context, fa_drift_last_run(work, other),
					 match_waiver, &waiver, work->diag);
	bool expired = waiver.is_there && waiver.status == FA_WAIVER_EXPIRED;

	out->cause = FA_CAUSE_WAIVER;
	if (with == FA_NOW && !waiver.is_there)
		fa_drift_say(out->why, "waiver %.200s was added", waiver.id);
	else if (with == FA_NOW && expired)
		fa_drift_say(out->why, "waiver %.200s was renewed, it had expired on %s", waiver.id,
			     waiver.expires);
	else if (with == FA_NOW)
		fa_drift_say(out->why, "waiver %.200s covers it now", waiver.id);
	else if (!waiver.is_there)
		fa_drift_say(out->why, "waiver %.200s was removed", waiver.id);
	else if (expired)
		fa_drift_say(out->why, "waiver %.200s expired on %s", waiver.id, waiver.expires);
	else
		fa_drift_say(out->why, "waiver %.200s no longer covers it", waiver.id);
	return error;
}

/* The side whose waiver makes the difference; FA_SIDES for none. */
static enum fa_drift_side side_with_waiver(const struct judged *judged)
{
	for (unsigned side = 0; side < FA_SIDES; side++) {
		const struct fa_drift_judgement *with = judged->by[side];
		const struct fa_drift_judgement *without = judged->by[fa_drift_other(side)];

		if (with->waiver != 0 && without->waiver == 0 && with->waived == without->verdict)
			return side;
	}
	return FA_SIDES;
}

/* --- Catalogs --- */

static int look_away(void *arg, const struct fa_stored_rule *rule)
{
	(void)arg;
	(void)rule;
	return 0;
}

/* 1: the catalogs of the side have the rule, 0: they have not, or an error. */
static int has_rule(struct fa_drift_work *work, enum fa_drift_side side, uint32_t rule)
{
	const struct fa_history *history = work->spans[side].history;
	struct fa_diag ignored = {""};
	int error = history->rule(history->context, fa_drift_last_run(work, side),
				  fa_drift_text(work, rule), look_away, NULL, &ignored);

	if (error == 0)
		return 1;
	return error == FA_ENOENT ? 0 : fa_fail(work->diag, error, "%s", ignored.text);
}

struct version {
	uint32_t rule;
	uint64_t version;
};

static void versions_of(const struct fa_drift_judgement *judgement, struct version out[2])
{
	out[0].rule = judgement->rule;
	out[0].version = judgement->rule_version;
	out[1].rule = judgement->nearest;
	out[1].version = judgement->nearest_version;
}

/* A rule that both judgements name, and that reads otherwise on each side. */
static uint32_t rule_changed(const struct judged *judged)
{
	struct version before[2];
	struct version now[2];

	versions_of(judged->by[FA_BEFORE], before);
	versions_of(judged->by[FA_NOW], now);
	for (unsigned i = 0; i < 2; i++)
		for (unsigned k = 0; k < 2; k++)
			if (now[i].rule != 0 && now[i].rule == before[k].rule &&
			    now[i].version != 0 && before[k].version != 0 &&
			    now[i].version != before[k].version)
				return now[i].rule;
	return 0;
}

/* A rule of one side that the catalogs of the other side do not have: 1 if so, 0, or an error. */
static int rule_is_alone(struct fa_drift_work *work, const struct judged *judged,
			 enum fa_drift_side side, uint32_t *rule)
{
	struct version own[2];
	int has;

	versions_of(judged->by[side], own);
	for (unsigned i = 0; i < 2; i++) {
		if (own[i].rule == 0 ||
		    fa_drift_same_catalog(work, fa_drift_text(work, own[i].rule)))
			continue;
		has = has_rule(work, fa_drift_other(side), own[i].rule);
		if (has < 0)
			return has;
		*rule = own[i].rule;
		if (has == 0)
			return 1;
	}
	return 0;
}

/* 1 when a rule shows it, 0, or an error. */
static int show_catalog(struct fa_drift_work *work, const struct judged *judged,
			struct fa_drift_reason *out)
{
	uint32_t rule = rule_changed(judged);
	int alone;

	if (rule != 0) {
		fa_drift_say(out->why, "rule %.200s was changed", fa_drift_text(work, rule));
		return 1;
	}
	/* What now decides comes first: what is gone may be the nearest of many. */
	alone = rule_is_alone(work, judged, FA_NOW, &rule);
	if (alone == 1)
		fa_drift_say(out->why, "rule %.200s was added", fa_drift_text(work, rule));
	if (alone != 0)
		return alone;
	alone = rule_is_alone(work, judged, FA_BEFORE, &rule);
	if (alone == 1)
		fa_drift_say(out->why, "rule %.200s was removed", fa_drift_text(work, rule));
	return alone;
}

/* A catalog of a rule of either side that differs: its product, a word; 0 for none. */
static uint32_t catalog_changed(struct fa_drift_work *work, const struct judged *judged)
{
	for (unsigned side = 0; side < FA_SIDES; side++) {
		const uint32_t rules[2] = {judged->by[side]->rule, judged->by[side]->nearest};

		for (unsigned i = 0; i < 2; i++) {
			const char *text = fa_drift_text(work, rules[i]);
			char product[128];

			if (rules[i] == 0 || fa_drift_same_catalog(work, text))
				continue;
			snprintf(product, sizeof(product), "%.*s", (int)strcspn(text, "/"), text);
			return fa_drift_word_of(work, product);
		}
	}
	return 0;
}

/* --- Site --- */

/* The instance that a judgement speaks of. */
static uint32_t instance_of(const struct fa_drift_judgement *judgement)
{
	return judgement->instance != 0 ? judgement->instance : judgement->nearest_instance;
}

static bool show_site(const struct fa_drift_work *work, const struct judged *judged,
		      struct fa_drift_reason *out)
{
	uint32_t before = instance_of(judged->by[FA_BEFORE]);
	uint32_t now = instance_of(judged->by[FA_NOW]);

	if (!work->sites_differ)
		return false;
	if (work->basis[FA_BEFORE].site_digest[0] == '\0' && now != 0)
		fa_drift_say(out->why, "there is a site file now");
	else if (work->basis[FA_NOW].site_digest[0] == '\0' && before != 0)
		fa_drift_say(out->why, "there is no site file now");
	else if (judged->is_moved)
		fa_drift_say(out->why, "the site file gives client or server other roles");
	else if (before != now && before != 0 && now != 0)
		fa_drift_say(out->why, "the site file makes it %.100s, it was %.100s",
			     fa_drift_text(work, now), fa_drift_text(work, before));
	return out->why[0] != '\0';
}

/* --- All --- */

static unsigned verdicts_of(const struct fa_drift_work *work, const struct fa_drift_slice *slice)
{
	unsigned set = 0;

	for (uint32_t i = 0; i < slice->count; i++) {
		const struct fa_drift_sum *sum = fa_drift_sum_of(
			work, &work->relations[slice->members[i]], slice->side);

		if (sum == NULL)
			continue;
		FA_DRIFT_EACH_STRAND(work, sum, strand)
			set |= 1u << work->judgements[strand->judgement].verdict;
	}
	return set;
}

/* False when one side has nothing that decides. */
static bool read_judged(struct fa_drift_work *work, const struct fa_drift_candidate *candidate,
			struct judged *judged)
{
	struct fa_drift_slice slices[FA_SIDES];
	bool is_there = true;

	memset(judged, 0, sizeof(*judged));
	for (unsigned side = 0; side < FA_SIDES; side++) {
		slices[side] = fa_drift_slice_of(work, candidate, side);
		fa_drift_shares(work, &slices[side]);
	}
	for (unsigned side = 0; side < FA_SIDES; side++) {
		uint32_t decides =
			fa_drift_deciding(work, &slices[side], candidate->is_shared);
		struct fa_drift_total total;

		fa_drift_total(work, &slices[side], &total);
		judged->is_moved |= total.is_moved;
		judged->verdicts[side] = verdicts_of(work, &slices[side]);
		if (decides == FA_DRIFT_NONE)
			is_there = false;
		else
			judged->by[side] = &work->judgements[decides];
	}
	fa_drift_shares_clear(work);
	return is_there;
}

static bool is_about_flows(const struct judged *judged)
{
	for (unsigned side = 0; side < FA_SIDES; side++)
		if (judged->by[side]->verdict == FA_VERDICT_REFUSED ||
		    judged->by[side]->verdict == FA_VERDICT_INDETERMINATE)
			return true;
	return false;
}

/* Refused by what documents it: the connection failed, whatever else was edited. */
static bool just_failed(const struct judged *judged)
{
	const struct fa_drift_judgement *before = judged->by[FA_BEFORE];
	const struct fa_drift_judgement *now = judged->by[FA_NOW];

	return before->rule != 0 && before->rule == now->rule &&
	       (before->verdict == FA_VERDICT_REFUSED || now->verdict == FA_VERDICT_REFUSED);
}

static void guess(struct fa_drift_work *work, const struct judged *judged,
		  struct fa_drift_reason *out)
{
	uint32_t product = catalog_changed(work, judged);
	bool other_program =
		strcmp(work->drift->before.version, work->drift->now.version) != 0;

	if (is_about_flows(judged) || (judged->verdicts[FA_BEFORE] & judged->verdicts[FA_NOW]) != 0)
		return;
	if (work->sites_differ) {
		out->cause = FA_CAUSE_SITE;
		fa_drift_say(out->why, "the site file was changed");
		if (product != 0)
			fa_drift_say(out->maybe, "the catalog of %.100s was changed, too",
				     fa_drift_text(work, product));
	} else if (product != 0) {
		out->cause = FA_CAUSE_CATALOG;
		fa_drift_say(out->why, "the catalog of %.100s was changed",
			     fa_drift_text(work, product));
	} else if (other_program) {
		out->cause = FA_CAUSE_PROGRAM;
		fa_drift_say(out->why, "judged by version %.30s, before by %.30s",
			     work->drift->now.version, work->drift->before.version);
	}
}

static int cause_of_verdict(struct fa_drift_work *work, const struct judged *judged,
			    struct fa_drift_reason *out)
{
	enum fa_drift_side with = side_with_waiver(judged);
	struct fa_drift_reason site = {.cause = FA_CAUSE_SITE};
	int shown;

	if (with != FA_SIDES)
		return say_waiver(work, judged, with, out);
	if (just_failed(judged))
		return 0;
	shown = show_catalog(work, judged, out);
	if (shown < 0)
		return shown;
	if (show_site(work, judged, &site)) {
		if (shown == 0)
			*out = site;
		else
			fa_drift_say(out->maybe, "%s", site.why);
	}
	if (shown == 1)
		out->cause = FA_CAUSE_CATALOG;
	else if (out->cause == FA_CAUSE_TRAFFIC)
		guess(work, judged, out);
	return 0;
}

int fa_drift_cause_of(struct fa_drift_work *work, const struct fa_drift_candidate *candidate,
		      struct fa_drift_reason *out)
{
	struct judged judged;

	out->cause = FA_CAUSE_TRAFFIC;
	out->why[0] = out->maybe[0] = '\0';
	if (candidate->aspect == FA_ASPECT_PROTOCOL &&
	    strcmp(work->drift->before.version, work->drift->now.version) != 0)
		fa_drift_say(out->maybe, "version %.30s may name it otherwise than %.30s",
			     work->drift->now.version, work->drift->before.version);
	if (candidate->aspect != FA_ASPECT_VERDICT || !read_judged(work, candidate, &judged))
		return 0;
	return cause_of_verdict(work, &judged, out);
}
