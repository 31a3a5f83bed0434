/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stored runs saw of openings. */
#include "audit/usage.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/slots.h"
#include "base/text.h"
#include "core/run.h"

enum { WHY_TEXT = 256, IDLE_LABELS = 8 };

/* A run that was judged with the site. */
struct night {
	struct fa_usage_run run; /* first: its texts are those below */
	enum fa_run_kind kind;
	char source[FA_SOURCE_TEXT];
	char why[WHY_TEXT];
};

/* What the asked runs saw of a rule at one place. */
struct spot {
	size_t binding;
	char *label;
	size_t observable, seen;
};

/* What belongs to a usage. */
struct memory {
	struct fa_usage_run *runs;
	char (*whys)[WHY_TEXT];
	struct fa_use *uses;
	char **idle; /* texts, by binding; NULL: none */
	size_t binding_count;
	char source[FA_SOURCE_TEXT];
};

struct reader {
	const struct fa_openings *openings;
	const struct fa_history *history;
	struct night *nights; /* oldest first */
	size_t night_count, night_room;
	struct spot *spots;
	size_t spot_count, spot_room;
	struct fa_slots index; /* over spots */
	struct fa_use *by_binding;
	/* Of the run that is being read: */
	const struct fa_usage_run *run;
	const struct fa_rule *rule; /* of the expectation before: they come by rule */
	bool asked;	 /* one of the newest; else one before, asked for the last use only */
	uint8_t *states; /* by binding: FA_OBSERVABLE ... of this run */
	bool failed;
};

enum { OBSERVABLE = 1, SEEN = 2, REFUSED = 4 };

/* Runs. */

static int64_t begin_of(const struct fa_stored_run *run)
{
	return run->totals.capture.packets > 0 ? run->totals.capture.first_ns : run->begun_ns;
}

static int take_run(void *arg, const struct fa_stored_run *run)
{
	struct reader *r = arg;
	const struct fa_site *site = r->openings->policy->site;
	void *nights = r->nights;
	char digest[FA_DIGEST_TEXT];
	struct night *night;

	if (strcmp(run->site.name, site->name) != 0)
		return 0;
	if (!fa_array_reserve(&nights, &r->night_room, r->night_count + 1, sizeof(*night)))
		return FA_ENOMEM;
	r->nights = nights;
	night = &r->nights[r->night_count++];
	snprintf(digest, sizeof(digest), "%016" PRIx64, site->digest);
	*night = (struct night){
		.run = {.id = run->id,
			.first_ns = begin_of(run),
			.last_ns =
				run->totals.capture.packets > 0 ? run->totals.capture.last_ns : 0,
			.ended_well = run->totals.end == FA_RUN_COMPLETE,
			.other_site = strcmp(run->site.digest, digest) != 0},
		.kind = run->info.kind,
	};
	fa_text_copy(night->source, sizeof(night->source), run->info.source);
	night->run.confidence = fa_run_confidence(&run->totals, night->why, sizeof(night->why));
	return 0;
}

/* Live runs of one interface are one source, recordings of the site another. */
static bool is_same_source(const struct night *a, const struct night *b)
{
	return a->kind == b->kind &&
	       (a->kind == FA_RUN_REPLAY || strcmp(a->source, b->source) == 0);
}

/* Keeps the runs of the source of the newest. */
static void keep_source(struct reader *r)
{
	const struct night newest = r->nights[r->night_count - 1];
	size_t kept = 0;

	for (size_t i = 0; i < r->night_count; i++)
		if (is_same_source(&r->nights[i], &newest))
			r->nights[kept++] = r->nights[i];
	r->night_count = kept;
}

static int read_runs(struct reader *r, struct fa_diag *diag)
{
	const struct fa_site *site = r->openings->policy->site;
	int error = r->history->each_run(r->history->context, take_run, r, diag);

	if (error == FA_ENOMEM && diag->text[0] == '\0')
		return fa_fail(diag, error, "no memory for the runs");
	if (error != 0)
		return error;
	if (r->night_count == 0)
		return fa_fail(diag, FA_ENOENT,
			       "no stored run was judged with the site %s, so nobody knows what is "
			       "used",
			       site->name);
	keep_source(r);
	return 0;
}

/* Expectations. */

static uint64_t hash_of(size_t binding, const char *label)
{
	uint64_t hash = 0xcbf29ce484222325u ^ binding; /* FNV-1a */

	for (; *label != '\0'; label++)
		hash = (hash ^ (uint8_t)*label) * 0x100000001b3u;
	return hash ^ hash >> 32;
}

static uint64_t hash_of_spot(const void *context, size_t index)
{
	const struct reader *r = context;

	return hash_of(r->spots[index].binding, r->spots[index].label);
}

static struct spot *spot_of(struct reader *r, size_t binding, const char *label)
{
	const uint64_t hash = hash_of(binding, label);
	void *spots = r->spots;
	char *copy;

	for (size_t i = fa_slots_first(&r->index, hash); fa_slots_used(&r->index, i);
	     i = fa_slots_next(&r->index, i)) {
		struct spot *spot = &r->spots[fa_slots_index(&r->index, i)];

		if (spot->binding == binding && strcmp(spot->label, label) == 0)
			return spot;
	}
	if (!fa_array_reserve(&spots, &r->spot_room, r->spot_count + 1, sizeof(*r->spots)))
		return NULL;
	r->spots = spots;
	copy = strdup(label);
	if (copy == NULL)
		return NULL;
	r->spots[r->spot_count] = (struct spot){.binding = binding, .label = copy};
	if (!fa_slots_add(&r->index, hash, r->spot_count, hash_of_spot, r)) {
		free(copy);
		return NULL;
	}
	return &r->spots[r->spot_count++];
}

/* The binding of a rule that the catalogs still have to an instance that is still there, or
 * SIZE_MAX. */
static size_t binding_of(struct reader *r, const char *id, const char *instance)
{
	const struct fa_policy *policy = r->openings->policy;
	const struct fa_rule *rule = r->rule != NULL && strcmp(r->rule->id, id) == 0
					     ? r->rule
					     : fa_rulebook_find(policy->book, id);
	size_t low = 0;
	size_t high = policy->count;

	r->rule = rule;
	if (rule == NULL)
		return SIZE_MAX;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (policy->bindings[middle].rule->index < rule->index)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < policy->count && policy->bindings[low].rule == rule; low++) {
		const struct fa_instance *of = policy->bindings[low].instance;

		if (strcmp(of == NULL ? "" : of->name, instance) == 0)
			return low;
	}
	return SIZE_MAX;
}

static int take_expectation(void *arg, const struct fa_stored_expectation *expectation)
{
	static const uint8_t states[FA_EXPECT_COUNT] = {
		[FA_EXPECT_SEEN] = OBSERVABLE | SEEN,
		[FA_EXPECT_UNSEEN] = OBSERVABLE,
		[FA_EXPECT_REFUSED] = OBSERVABLE | REFUSED,
	};
	struct reader *r = arg;
	uint8_t state = expectation->state < FA_EXPECT_COUNT ? states[expectation->state] : 0;
	size_t binding = binding_of(r, expectation->rule.id, expectation->instance);
	struct spot *spot;

	if (binding == SIZE_MAX)
		return 0;
	r->states[binding] |= state;
	if (!r->asked || (state & OBSERVABLE) == 0)
		return 0;
	spot = spot_of(r, binding, expectation->place);
	if (spot == NULL)
		return FA_ENOMEM;
	spot->observable++;
	spot->seen += (state & (SEEN | REFUSED)) != 0;
	return 0;
}

/* Adds what the run saw; runs come newest first. Whether somebody's last use is still unknown. */
static bool sum_up(struct reader *r)
{
	bool wanted = false;

	for (size_t i = 0; i < r->openings->policy->count; i++) {
		struct fa_use *use = &r->by_binding[i];
		uint8_t state = r->states[i];

		if (r->asked) {
			use->observable += (state & OBSERVABLE) != 0;
			use->seen += (state & SEEN) != 0;
			use->refused += (state & REFUSED) != 0;
		}
		if (use->last_seen_ns == 0 && (state & SEEN) != 0)
			use->last_seen_ns =
				r->run->last_ns != 0 ? r->run->last_ns : r->run->first_ns;
		else if (use->last_seen_ns == 0 && (state & OBSERVABLE) != 0)
			use->since_ns = r->run->first_ns;
		wanted = wanted || (use->last_seen_ns == 0 && fa_use_is_idle(use));
	}
	return wanted;
}

static int read_use(struct reader *r, size_t asked, struct fa_diag *diag)
{
	const struct fa_history *history = r->history;
	bool wanted = true;

	for (size_t i = r->night_count; i > 0; i--) {
		int error;

		r->asked = r->night_count - i < asked;
		if (!r->asked && !wanted)
			break;
		r->run = &r->nights[i - 1].run;
		memset(r->states, 0, r->openings->policy->count);
		error = history->each_expectation(history->context, r->run->id, take_expectation, r,
						  diag);
		if (error == FA_ENOMEM && diag->text[0] == '\0')
			return fa_fail(diag, error, "no memory for the expectations");
		if (error != 0)
			return error;
		wanted = sum_up(r);
	}
	return 0;
}

/* Result. */

/* The places at which a rule that was used elsewhere was never seen; NULL: none, or no memory. */
static char *idle_text(const struct reader *r, size_t binding)
{
	enum { ROOM = 512 };
	char *text = NULL;
	size_t used = 0;
	size_t count = 0;

	for (size_t i = 0; i < r->spot_count; i++) {
		const struct spot *spot = &r->spots[i];

		if (spot->binding != binding || spot->seen > 0 || spot->label[0] == '\0')
			continue;
		if (text == NULL)
			text = calloc(1, ROOM);
		if (text == NULL)
			return NULL;
		if (count++ < IDLE_LABELS && used < ROOM - 64)
			used += (size_t)snprintf(text + used, ROOM - used - 40, "%s%.60s",
						 count == 1 ? "" : ", ", spot->label);
	}
	if (count > IDLE_LABELS)
		snprintf(text + used, ROOM - used, " and %zu more", count - IDLE_LABELS);
	return text;
}

static bool take_over(struct reader *r, struct memory *memory, struct fa_usage *usage)
{
	const size_t count = usage->asked < r->night_count ? usage->asked : r->night_count;
	const struct night *nights = &r->nights[r->night_count - count];

	memory->runs = calloc(count, sizeof(*memory->runs));
	memory->whys = calloc(count, sizeof(*memory->whys));
	memory->uses = calloc(r->openings->count + 1, sizeof(*memory->uses));
	memory->binding_count = r->openings->policy->count;
	memory->idle = calloc(memory->binding_count + 1, sizeof(*memory->idle));
	if (memory->runs == NULL || memory->whys == NULL || memory->uses == NULL ||
	    memory->idle == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		memory->runs[i] = nights[i].run;
		fa_text_copy(memory->whys[i], WHY_TEXT, nights[i].why);
		memory->runs[i].why = memory->whys[i];
	}
	for (size_t i = 0; i < memory->binding_count; i++)
		if (r->by_binding[i].seen > 0)
			memory->idle[i] = idle_text(r, i);
	for (size_t i = 0; i < r->openings->count; i++) {
		size_t binding = r->openings->items[i].binding->index;

		memory->uses[i] = r->by_binding[binding];
		memory->uses[i].idle = memory->idle[binding] == NULL ? "" : memory->idle[binding];
	}
	fa_text_copy(memory->source, sizeof(memory->source),
		     nights[count - 1].kind == FA_RUN_REPLAY ? "recordings"
							     : nights[count - 1].source);
	usage->source = memory->source;
	usage->runs = memory->runs;
	usage->run_count = count;
	usage->uses = memory->uses;
	return true;
}

static void reader_deinit(struct reader *r)
{
	for (size_t i = 0; i < r->spot_count; i++)
		free(r->spots[i].label);
	free(r->spots);
	free(r->nights);
	free(r->by_binding);
	free(r->states);
	fa_slots_deinit(&r->index);
}

int fa_usage_read(struct fa_usage *usage, const struct fa_openings *openings,
		  const struct fa_history *history, size_t runs, struct fa_diag *diag)
{
	struct reader r = {.openings = openings, .history = history};
	struct memory *memory = calloc(1, sizeof(*memory));
	int error = FA_ENOMEM;

	*usage = (struct fa_usage){.asked = runs, .memory = memory};
	r.by_binding = calloc(openings->policy->count + 1, sizeof(*r.by_binding));
	r.states = calloc(openings->policy->count + 1, sizeof(*r.states));
	if (memory != NULL && r.by_binding != NULL && r.states != NULL &&
	    fa_slots_init(&r.index) == 0)
		error = read_runs(&r, diag);
	if (error == 0)
		error = read_use(&r, runs, diag);
	if (error == 0 && !take_over(&r, memory, usage))
		error = FA_ENOMEM;
	if (error == FA_ENOMEM && diag->text[0] == '\0')
		fa_fail(diag, error, "no memory for what was used");
	reader_deinit(&r);
	if (error != 0)
		fa_usage_deinit(usage);
	return error;
}

void fa_usage_deinit(struct fa_usage *usage)
{
	struct memory *memory = usage->memory;

	if (memory != NULL) {
		for (size_t i = 0; memory->idle != NULL && i < memory->binding_count; i++)
			free(memory->idle[i]);
		free(memory->idle);
		free(memory->runs);
		free(memory->whys);
		free(memory->uses);
		free(memory);
	}
	memset(usage, 0, sizeof(*usage));
}
