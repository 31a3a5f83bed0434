/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What changed of a relation that both sides have: protocol, verdict, number of clients, volume.
 *
 * Only what was seen by inspection can show that another protocol is spoken: names that were
 * guessed from ports, or with the help of other flows, come and go without any change of traffic,
 * and so does "Unknown". A small addition needs more flows than the other side left unnamed, since
 * it may have been among these.
 */
#include "audit/drift_work.h"

#include <stdlib.h>

#define CLIENTS_WORTH_A_WORD 20
#define SMALL_SHARE 0.05 /* of the flows that were seen: below, only a worse verdict is news */

struct change {
	uint64_t signature;
	uint32_t relation;
	uint8_t aspect;
	bool is_shared; /* VERDICT: of the protocols of both sides */
};

struct changes {
	struct fa_drift_work *work;
	struct change *items;
	size_t count, room;
	bool failed;
};

static uint64_t join(uint64_t a, uint64_t b)
{
	uint64_t x = (a ^ (b * 0x9e3779b97f4a7c15u)) * 0xbf58476d1ce4e5b9u;

	return x ^ x >> 29;
}

static void add(struct changes *changes, uint32_t relation, enum fa_drift_aspect aspect,
		uint64_t what, bool is_shared)
{
	struct change *change;

	if (!fa_drift_reserve(&changes->work->budget, (void **)&changes->items, &changes->room,
			      changes->count + 1, sizeof(*changes->items))) {
		changes->failed = true;
		return;
	}
	change = &changes->items[changes->count++];
	change->signature = join(aspect + 1, what);
	change->relation = relation;
	change->aspect = (uint8_t)aspect;
	change->is_shared = is_shared;
}

/* --- Protocol --- */

struct seen {
	uint64_t all, weak; /* flows seen; answered ones that were not */
	uint32_t most;	    /* the protocol of most; 0: nothing was seen */
};

static struct seen look(const struct fa_drift_work *work, enum fa_drift_side side)
{
	struct seen out = {0, 0, 0};
	uint64_t most = 0;

	for (size_t i = 0; i < work->touched_count; i++) {
		const struct fa_drift_share *share = &work->shares[side][work->touched[i]];

		out.all += share->seen;
		out.weak += share->answered_weak;
		if (share->seen > most) {
			most = share->seen;
			out.most = work->touched[i];
		}
	}
	return out;
}

/* Whether flows of PROTOCOL are judged worse than all others of the side. */
static bool is_worse(const struct fa_drift_work *work, const struct fa_drift_sum *sum,
		     uint32_t protocol)
{
	unsigned own = UINT32_MAX;
	unsigned others = UINT32_MAX;

	FA_DRIFT_EACH_STRAND(work, sum, strand) {
		unsigned order = fa_drift_decides(work->judgements[strand->judgement].verdict);
		unsigned *best = strand->protocol == protocol ? &own : &others;

		if (order < *best)
			*best = order;
	}
	return own < others && own <= fa_drift_importance(FA_VERDICT_DISCOURAGED);
}

/* Whether SIDE speaks PROTOCOL, the other side does not, and that is worth a word. */
static bool is_news(const struct fa_drift_work *work, const struct fa_drift_relation *relation,
		    enum fa_drift_side side, uint32_t protocol, const struct seen seen[FA_SIDES])
{
	enum fa_drift_side other = fa_drift_other(side);
	const struct fa_drift_share *here = &work->shares[side][protocol];

	if (here->seen == 0 || work->shares[other][protocol].named > 0)
		return false;
	/* What the other side spoke most is gone: no addition, another protocol. */
	if (work->shares[side][seen[other].most].named == 0)
		return true;
	if (seen[other].weak * 2 >= here->seen)
		return false;
	return protocol == seen[side].most ||
	       (double)here->seen >= SMALL_SHARE * (double)seen[side].all ||
	       is_worse(work, fa_drift_sum_of(work, relation, side), protocol);
}

/* True when it was added. The shares of the relation are there. */
static bool compare_protocols(struct changes *changes, uint32_t index)
{
	struct fa_drift_work *work = changes->work;
	const struct fa_drift_relation *relation = &work->relations[index];
	const struct seen seen[FA_SIDES] = {look(work, FA_BEFORE), look(work, FA_NOW)};
	uint64_t what = 0;

	if (seen[FA_BEFORE].most == 0 || seen[FA_NOW].most == 0)
		return false;
	for (size_t i = 0; i < work->touched_count; i++)
		for (unsigned side = 0; side < FA_SIDES; side++)
			if (is_news(work, relation, side, work->touched[i], seen))
				what += join(work->touched[i], side + 1); /* in any order */
	if (what != 0)
		add(changes, index, FA_ASPECT_PROTOCOL, what, false);
	return what != 0;
}

/* --- Verdict --- */

static void compare_verdicts(struct changes *changes, uint32_t index, bool is_shared)
{
	struct fa_drift_work *work = changes->work;
	uint32_t decides[FA_SIDES];

	for (unsigned side = 0; side < FA_SIDES; side++) {
		struct fa_drift_slice slice = {&index, 1, side};

		decides[side] = fa_drift_deciding(work, &slice, is_shared);
		if (decides[side] == FA_DRIFT_NONE)
			return;
	}
	if (work->judgements[decides[FA_BEFORE]].verdict ==
	    work->judgements[decides[FA_NOW]].verdict)
		return;
	add(changes, index, FA_ASPECT_VERDICT,
	    (uint64_t)decides[FA_BEFORE] << 32 | decides[FA_NOW], is_shared);
}

/* --- Counts --- */

static bool differs_by(double a, double b, unsigned factor)
{
	return a > b ? a >= b * factor : b >= a * factor;
}

static bool compare_clients(struct changes *changes, uint32_t index)
{
	const struct fa_drift_work *work = changes->work;
	const struct fa_drift_relation *relation = &work->relations[index];
	uint32_t before = fa_drift_sum_of(work, relation, FA_BEFORE)->clients;
	uint32_t now = fa_drift_sum_of(work, relation, FA_NOW)->clients;

	if (work->is_deaf || (before < CLIENTS_WORTH_A_WORD && now < CLIENTS_WORTH_A_WORD) ||
	    !differs_by(before, now, work->options.factor))
		return false;
	add(changes, index, FA_ASPECT_CLIENT_COUNT, now > before, false);
	return true;
}

/* Bytes an hour, as if nothing had been lost. */
static double rate(const struct fa_drift_work *work, const struct fa_drift_relation *relation,
		   enum fa_drift_side side)
{
	const struct fa_span_facts *facts =
		side == FA_NOW ? &work->drift->now : &work->drift->before;
	double kept = facts->loss < 0.99 ? 1 - facts->loss : 0.01;

	return (double)fa_drift_sum_of(work, relation, side)->bytes / kept /
	       fa_drift_hours(work, side);
}

static void compare_volume(struct changes *changes, uint32_t index, bool more_clients)
{
	const struct fa_drift_work *work = changes->work;
	const struct fa_drift_relation *relation = &work->relations[index];
	const struct fa_drift_sum *before = fa_drift_sum_of(work, relation, FA_BEFORE);
	const struct fa_drift_sum *now = fa_drift_sum_of(work, relation, FA_NOW);
	double b = rate(work, relation, FA_BEFORE);
	double n = rate(work, relation, FA_NOW);

	if ((before->bytes < work->options.min_bytes && now->bytes < work->options.min_bytes) ||
	    !differs_by(b, n, work->options.factor))
		return;
	/* Ten times the clients make ten times the bytes, and that was said. */
	if (more_clients &&
	    !differs_by(b / (double)before->clients, n / (double)now->clients, work->options.factor))
		return;
	add(changes, index, FA_ASPECT_VOLUME, n > b, false);
}

/* --- All of it --- */

static void compare_relation(struct changes *changes, uint32_t index)
{
	struct fa_drift_work *work = changes->work;
	const struct fa_drift_relation *relation = &work->relations[index];
	bool other_protocol;

	for (unsigned side = 0; side < FA_SIDES; side++) {
		struct fa_drift_slice slice = {&index, 1, side};

		fa_drift_shares(work, &slice);
	}
	other_protocol = compare_protocols(changes, index);
	compare_verdicts(changes, index, other_protocol);
	fa_drift_shares_clear(work);
	if (work->groups[relation->client].kind != FA_GROUP_CROWD)
		compare_volume(changes, index, compare_clients(changes, index));
}

static int by_signature(const void *left, const void *right)
{
	const struct change *a = left;
	const struct change *b = right;

	if (a->signature != b->signature)
		return a->signature < b->signature ? -1 : 1;
	return (a->relation > b->relation) - (a->relation < b->relation);
}

static int add_candidate(struct changes *changes, size_t first, size_t count, uint32_t *scratch)
{
	const struct fa_drift_candidate like = {
		.section = FA_DRIFT_CHANGED,
		.aspect = changes->items[first].aspect,
		.signature = changes->items[first].signature,
		.is_shared = changes->items[first].is_shared,
	};

	for (size_t i = 0; i < count; i++)
		scratch[i] = changes->items[first + i].relation;
	return fa_drift_candidate_add(changes->work, &like, scratch, count);
}

/* What the groups of clients of one service have in common is one difference. */
static int add_candidates(struct changes *changes)
{
	uint32_t *scratch = malloc((changes->count + 1) * sizeof(*scratch));
	size_t next;
	int error = 0;

	if (scratch == NULL)
		return fa_drift_no_room(changes->work);
	qsort(changes->items, changes->count, sizeof(*changes->items), by_signature);
	for (size_t i = 0; error == 0 && i < changes->count; i = next) {
		for (next = i + 1; next < changes->count; next++)
			if (changes->items[next].signature != changes->items[i].signature)
				break;
		error = add_candidate(changes, i, next - i, scratch);
	}
	free(scratch);
	return error;
}

int fa_drift_changes(struct fa_drift_work *work, const uint32_t *members, size_t count)
{
	struct changes changes = {.work = work};
	int error = 0;

	for (size_t i = 0; i < count; i++) {
		const struct fa_drift_relation *relation = &work->relations[members[i]];

		if (relation->sums[FA_BEFORE] != 0 && relation->sums[FA_NOW] != 0)
			compare_relation(&changes, members[i]);
	}
	if (changes.failed)
		error = fa_drift_no_room(work);
	else if (changes.count > 0)
		error = add_candidates(&changes);
	work->budget.used_bytes -= changes.room * sizeof(*changes.items);
	free(changes.items);
	return error;
}
