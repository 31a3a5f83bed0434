/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Expectations by rule, instance, role and place. In a span of several runs the best of the states
 * stands: what was seen in one run was seen. What is expected is what the last run expected.
 */
#include "audit/drift_work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So many that came or went with one catalog or instance are one line. */
#define MANY_EXPECTATIONS 20

struct expected {
	uint32_t rule, product, instance, role, place, ports; /* words */
	uint64_t meaning; /* of the rule: what makes it match */
	uint64_t conversations, flows;
	uint8_t state;
	bool is_last; /* the last run expects it */
};

struct expectations {
	struct fa_drift_work *work;
	struct expected *items;
	size_t count, room;
	struct fa_slots slots;
	bool is_last; /* run being read */
};

static uint64_t hash_expected(const struct fa_drift_work *work, const struct expected *e)
{
	const uint64_t words[2] = {(uint64_t)e->rule << 32 | e->instance,
				   (uint64_t)e->role << 32 | e->place};

	return fa_siphash_words(&work->key, words, 2);
}

static uint64_t hash_of(const void *context, size_t index)
{
	const struct expectations *all = context;

	return hash_expected(all->work, &all->items[index]);
}

static struct expected *find(const struct expectations *all, const struct expected *key)
{
	uint64_t hash = hash_expected(all->work, key);

	for (size_t i = fa_slots_first(&all->slots, hash); fa_slots_used(&all->slots, i);
	     i = fa_slots_next(&all->slots, i)) {
		struct expected *e = &all->items[fa_slots_index(&all->slots, i)];

		if (e->rule == key->rule && e->instance == key->instance && e->role == key->role &&
		    e->place == key->place)
			return e;
	}
	return NULL;
}

static uint64_t meaning_of(const struct fa_drift_work *work, const struct fa_stored_rule *rule)
{
	const char *const texts[] = {rule->direction, rule->from,	 rule->to,    rule->transports,
				     rule->protocols, rule->requirement, rule->scope, rule->ports};
	uint64_t meaning = 0;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		meaning = meaning * 31 + fa_siphash(&work->key, texts[i], strlen(texts[i]));
	return meaning;
}

static int take(void *arg, const struct fa_stored_expectation *stored)
{
	struct expectations *all = arg;
	struct fa_drift_work *work = all->work;
	struct expected e = {
		.rule = fa_drift_word_of(work, stored->rule.id),
		.product = fa_drift_word_of(work, stored->rule.product),
		.instance = fa_drift_word_of(work, stored->instance),
		.role = fa_drift_word_of(work, stored->role),
		.place = fa_drift_word_of(work, stored->place),
		.ports = fa_drift_word_of(work, stored->ports),
		.meaning = meaning_of(work, &stored->rule),
		.conversations = stored->conversations,
		.flows = stored->flows,
		.state = (uint8_t)stored->state,
		.is_last = all->is_last,
	};
	struct expected *known;

	if (work->budget.is_full)
		return fa_drift_no_room(work);
	known = find(all, &e);
	if (known != NULL) {
		e.conversations += known->conversations;
		e.flows += known->flows;
		if (known->state < e.state) /* in the order of what is better */
			e.state = known->state;
		*known = e;
		return 0;
	}
	if (!fa_drift_reserve(&work->budget, (void **)&all->items, &all->room, all->count + 1,
			      sizeof(*all->items)))
		return fa_drift_no_room(work);
	all->items[all->count] = e;
	if (!fa_drift_slots_add(&work->budget, &all->slots, hash_expected(work, &e), all->count,
				hash_of, all))
		return fa_drift_no_room(work);
	all->count++;
	return 0;
}

static int read_side(struct expectations *all, enum fa_drift_side side)
{
	const struct fa_span *span = &all->work->spans[side];
	int error = fa_slots_init(&all->slots);

	if (error != 0)
		return fa_drift_no_room(all->work);
	for (size_t i = 0; error == 0 && i < span->run_count; i++) {
		all->is_last = i + 1 == span->run_count;
		error = span->history->each_expectation(span->history->context, span->runs[i], take,
							all, all->work->diag);
	}
	return error;
}

static uint64_t count_unseen(const struct expectations *all)
{
	uint64_t unseen = 0;

	for (size_t i = 0; i < all->count; i++)
		unseen += all->items[i].is_last && all->items[i].state == FA_EXPECT_UNSEEN;
	return unseen;
}

/* --- Words --- */

static bool set_words(struct fa_drift_work *work, const struct expected *e, struct fa_difference *d)
{
	char where[400];
	const char *instance = fa_drift_text(work, e->instance);

	d->subject = fa_drift_text(work, e->rule);
	if (e->instance == 0)
		return true;
	snprintf(where, sizeof(where), "%.120s/%.120s %.120s", instance,
		 fa_drift_text(work, e->role), fa_drift_text(work, e->place));
	return fa_drift_set_text(work, &d->server, where);
}

static void set_state(const struct fa_drift_work *work, enum fa_drift_side side,
		      const struct expected *e, struct fa_drift_state *state)
{
	if (e == NULL)
		return;
	state->is_there = true;
	state->state = fa_expectation_text(e->state);
	state->rule = fa_drift_text(work, e->rule);
	state->conversations = e->conversations;
	state->flows = e->flows;
	state->run = fa_drift_last_run(work, side);
}

/* What somebody must look at first: it was refused, it was not there, it is there, nobody knows. */
static unsigned rank_of(const struct expected *e)
{
	static const uint8_t ranks[FA_EXPECT_COUNT] = {
		[FA_EXPECT_REFUSED] = 1,
		[FA_EXPECT_UNSEEN] = 2,
		[FA_EXPECT_SEEN] = 3,
		[FA_EXPECT_NOT_OBSERVABLE] = 4,
	};

	return ranks[e->state];
}

static struct fa_difference *add(struct fa_drift_work *work, enum fa_drift_aspect aspect,
				 const struct fa_drift_reason *reason,
				 const struct expected *before, const struct expected *now)
{
	const struct expected *e = now != NULL ? now : before;
	bool is_explained = reason->cause == FA_CAUSE_COVERAGE || reason->maybe[0] != '\0';
	struct fa_difference *d =
		fa_drift_other_add(work, FA_DRIFT_EXPECTATIONS, aspect, reason->cause,
				   rank_of(e) + (is_explained ? 16 : 0));

	if (d == NULL || !set_words(work, e, d) || !fa_drift_set_text(work, &d->why, reason->why) ||
	    !fa_drift_set_text(work, &d->maybe, reason->maybe))
		return NULL;
	set_state(work, FA_BEFORE, before, &d->before);
	set_state(work, FA_NOW, now, &d->now);
	return d;
}

/* --- States that changed --- */

static void say_lost(const struct fa_drift_work *work, enum fa_drift_side absent,
		     const struct expected *seen, struct fa_drift_reason *reason)
{
	char percent[16];

	if (!fa_drift_may_be_lost(work, absent, UINT64_MAX, seen->flows) &&
	    !fa_drift_may_be_misjudged(work, absent, seen->flows))
		return;
	fa_drift_percent(absent == FA_NOW ? work->drift->now.loss : work->drift->before.loss,
			 percent, sizeof(percent));
	fa_drift_say(reason->maybe, "%s of packets were lost (%.100s), and this was seen in %llu flow%s",
		     percent, work->spans[absent].words, (unsigned long long)seen->flows,
		     seen->flows == 1 ? "" : "s");
}

static void find_cause(const struct fa_drift_work *work, const struct expected *before,
		       const struct expected *now, struct fa_drift_reason *reason)
{
	bool out_of_sight = now->state == FA_EXPECT_NOT_OBSERVABLE;

	reason->cause = FA_CAUSE_TRAFFIC;
	reason->why[0] = reason->maybe[0] = '\0';
	if (out_of_sight || before->state == FA_EXPECT_NOT_OBSERVABLE) {
		reason->cause = FA_CAUSE_COVERAGE;
		fa_drift_say(reason->why, "neither end of it sent or received anything (%.100s)",
			     work->spans[out_of_sight ? FA_NOW : FA_BEFORE].words);
	} else if (before->meaning != now->meaning) {
		reason->cause = FA_CAUSE_CATALOG;
		fa_drift_say(reason->why, "the rule was changed");
	} else if (before->ports != now->ports) {
		reason->cause = FA_CAUSE_SITE;
		fa_drift_say(reason->why, "the site file moves its port: %.100s, it was %.100s",
			     fa_drift_text(work, now->ports), fa_drift_text(work, before->ports));
	} else if (now->state > before->state) { /* in the order of what is better */
		say_lost(work, FA_NOW, before, reason);
	} else {
		say_lost(work, FA_BEFORE, now, reason);
	}
}

static int compare_states(struct fa_drift_work *work, const struct expectations all[FA_SIDES])
{
	for (size_t i = 0; i < all[FA_NOW].count; i++) {
		const struct expected *now = &all[FA_NOW].items[i];
		const struct expected *before = find(&all[FA_BEFORE], now);
		struct fa_drift_reason reason;

		if (!now->is_last || before == NULL || before->state == now->state)
			continue;
		find_cause(work, before, now, &reason);
		if (add(work, FA_ASPECT_STATE, &reason, before, now) == NULL)
			return fa_drift_no_room(work);
	}
	return 0;
}

/* --- What is expected only now, or no more --- */

struct alone {
	const struct expected *e;
	uint8_t cause;
};

static void find_cause_alone(const struct fa_drift_work *work, const struct expected *e,
			     bool is_known, struct fa_drift_reason *reason)
{
	const char *product = fa_drift_text(work, e->product);
	uint32_t before = fa_drift_digest(work, FA_BEFORE, product);
	uint32_t now = fa_drift_digest(work, FA_NOW, product);

	reason->cause = FA_CAUSE_TRAFFIC;
	reason->why[0] = reason->maybe[0] = '\0';
	if (before != now && !is_known) {
		reason->cause = FA_CAUSE_CATALOG;
		fa_drift_say(reason->why, "the catalog of %.100s %s", product,
			     before == 0 ? "is new" : now == 0 ? "is gone" : "was changed");
	} else if (work->sites_differ) {
		reason->cause = FA_CAUSE_SITE;
		fa_drift_say(reason->why, "the site file was changed");
	} else if (before != now) {
		reason->cause = FA_CAUSE_CATALOG;
		fa_drift_say(reason->why, "the catalog of %.100s was changed", product);
	} else if (strcmp(work->drift->before.version, work->drift->now.version) != 0) {
		reason->cause = FA_CAUSE_PROGRAM;
		fa_drift_say(reason->why, "another version of the program");
	}
}

/* Whether the other side expects this rule somewhere. */
static bool rule_is_known(const struct expectations *all, uint32_t rule)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i].rule == rule && all->items[i].is_last)
			return true;
	return false;
}

static int by_kind(const void *left, const void *right)
{
	const struct alone *a = left;
	const struct alone *b = right;

	if (a->cause != b->cause)
		return a->cause < b->cause ? -1 : 1;
	if (a->e->product != b->e->product)
		return a->e->product < b->e->product ? -1 : 1;
	if (a->e->instance != b->e->instance)
		return a->e->instance < b->e->instance ? -1 : 1;
	return (rank_of(a->e) > rank_of(b->e)) - (rank_of(a->e) < rank_of(b->e));
}

static int add_alone(struct fa_drift_work *work, enum fa_drift_side side,
		     const struct expectations *others, const struct expected *e, size_t count)
{
	enum fa_drift_aspect aspect = side == FA_NOW ? FA_ASPECT_ADDED : FA_ASPECT_REMOVED;
	struct fa_drift_reason reason;
	struct fa_difference *d;
	char subject[200];

	find_cause_alone(work, e, rule_is_known(others, e->rule), &reason);
	d = add(work, aspect, &reason, side == FA_NOW ? NULL : e, side == FA_NOW ? e : NULL);
	if (d == NULL)
		return fa_drift_no_room(work);
	if (count == 1)
		return 0;
	snprintf(subject, sizeof(subject), "%zu of %.150s", count, fa_drift_text(work, e->product));
	d->server = fa_drift_text(work, e->instance);
	d->before.state = d->now.state = d->before.rule = d->now.rule = "";
	return fa_drift_set_text(work, &d->subject, subject) ? 0 : fa_drift_no_room(work);
}

static int write_alone(struct fa_drift_work *work, enum fa_drift_side side,
		       const struct expectations *others, struct alone *items, size_t count)
{
	size_t next;
	int error = 0;

	qsort(items, count, sizeof(*items), by_kind);
	for (size_t i = 0; error == 0 && i < count; i = next) {
		for (next = i + 1; next < count; next++)
			if (items[next].cause != items[i].cause ||
			    items[next].e->product != items[i].e->product ||
			    items[next].e->instance != items[i].e->instance)
				break;
		if (next - i >= MANY_EXPECTATIONS) {
			error = add_alone(work, side, others, items[i].e, next - i);
			continue;
		}
		for (size_t k = i; error == 0 && k < next; k++)
			error = add_alone(work, side, others, items[k].e, 1);
	}
	return error;
}

static int compare_alone(struct fa_drift_work *work, enum fa_drift_side side,
			 const struct expectations all[FA_SIDES])
{
	const struct expectations *own = &all[side];
	const struct expectations *others = &all[fa_drift_other(side)];
	struct alone *items = malloc((own->count + 1) * sizeof(*items));
	size_t count = 0;
	int error;

	if (items == NULL)
		return fa_drift_no_room(work);
	for (size_t i = 0; i < own->count; i++) {
		const struct expected *e = &own->items[i];
		const struct expected *other = find(others, e);
		struct fa_drift_reason reason;

		if (!e->is_last || other != NULL)
			continue;
		find_cause_alone(work, e, rule_is_known(others, e->rule), &reason);
		items[count].e = e;
		items[count++].cause = (uint8_t)reason.cause;
	}
	error = write_alone(work, side, others, items, count);
	free(items);
	return error;
}

int fa_drift_expectations(struct fa_drift_work *work)
{
	struct expectations all[FA_SIDES] = {{.work = work}, {.work = work}};
	int error = read_side(&all[FA_BEFORE], FA_BEFORE);

	if (error == 0)
		error = read_side(&all[FA_NOW], FA_NOW);
	work->drift->before.unseen = count_unseen(&all[FA_BEFORE]);
	work->drift->now.unseen = count_unseen(&all[FA_NOW]);
	if (error == 0)
		error = compare_states(work, all);
	for (unsigned side = 0; error == 0 && side < FA_SIDES; side++)
		error = compare_alone(work, side, all);
	for (unsigned side = 0; side < FA_SIDES; side++) {
		work->budget.used_bytes -= all[side].room * sizeof(*all[side].items);
		free(all[side].items);
		fa_slots_deinit(&all[side].slots);
	}
	return error;
}
