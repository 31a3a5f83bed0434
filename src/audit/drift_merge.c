/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Candidates that are one thing to read:
 *
 * - ports chosen at run time: a high port that vanished and another one that appeared, of the same
 *   server, with the same clients, protocol and rule, are no news; several that only appeared or
 *   only vanished are one;
 * - a service that moved: one port vanished at one server and appeared at one other, with the same
 *   protocol and common clients;
 * - a group of clients that is new (or gone) altogether, and uses five services or more, is one;
 * - what twenty or more services have in common (aspect, port, clients, verdict) is one: a monitor
 *   that begins to ask five hundred machines, a catalog that judges a port on all of them anew.
 */
#include "audit/drift_merge.h"

#include <stdlib.h>
#include <string.h>

#define HIGH_PORT     32768
#define MANY_SERVICES 20
#define NEW_CLIENTS   5
#define MOVES_LOOKED_AT 64 /* of one port, on each side: more are no single move */

struct key {
	uint64_t key;
	uint32_t candidate;
};

static int by_key(const void *left, const void *right)
{
	const struct key *a = left;
	const struct key *b = right;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return (a->candidate > b->candidate) - (a->candidate < b->candidate);
}

static const struct fa_drift_relation *lead(const struct fa_drift_work *work,
					    const struct fa_drift_candidate *c)
{
	return &work->relations[work->members[c->members[FA_NOW]]];
}

static bool is_dropped(const struct fa_drift_candidate *candidate)
{
	return candidate->counts[FA_NOW] == 0 && candidate->counts[FA_BEFORE] == 0;
}

static void drop(struct fa_drift_candidate *candidate)
{
	candidate->counts[FA_NOW] = candidate->counts[FA_BEFORE] = 0;
}

/* The side that tells: of what vanished, the one before. */
static enum fa_drift_side side_of(const struct fa_drift_candidate *candidate)
{
	return candidate->section == FA_DRIFT_VANISHED ? FA_BEFORE : FA_NOW;
}

/* Equal for equal sets of groups of clients; members of a service have one relation for each. */
static uint64_t clients_of(const struct fa_drift_work *work, const struct fa_drift_candidate *c)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < c->counts[FA_NOW]; i++) {
		uint64_t client = work->relations[work->members[c->members[FA_NOW] + i]].client;

		sum += fa_siphash_words(&work->key, &client, 1);
	}
	return sum;
}

static uint32_t judgement_of(struct fa_drift_work *work, const struct fa_drift_candidate *c)
{
	struct fa_drift_slice slice = fa_drift_slice_of(work, c, side_of(c));

	return fa_drift_deciding(work, &slice, false);
}

static uint32_t protocol_of(struct fa_drift_work *work, const struct fa_drift_candidate *c)
{
	struct fa_drift_slice slice = fa_drift_slice_of(work, c, side_of(c));
	bool is_seen;

	return fa_drift_main_protocol(work, &slice, &is_seen);
}

/* Puts the members of all KEYS into the candidate of the first, and drops the others. */
static int join(struct fa_drift_work *work, const struct key *keys, size_t count)
{
	struct fa_drift_candidate *into = &work->candidates[keys[0].candidate];
	size_t first = work->member_count;
	size_t all = 0;

	for (size_t i = 0; i < count; i++)
		all += work->candidates[keys[i].candidate].counts[FA_NOW];
	if (!fa_drift_reserve(&work->budget, (void **)&work->members, &work->member_room,
			      work->member_count + all, sizeof(*work->members)))
		return fa_drift_no_room(work);
	for (size_t i = 0; i < count; i++) {
		struct fa_drift_candidate *c = &work->candidates[keys[i].candidate];

		memcpy(&work->members[work->member_count], &work->members[c->members[FA_NOW]],
		       c->counts[FA_NOW] * sizeof(*work->members));
		work->member_count += c->counts[FA_NOW];
		drop(c);
	}
	for (unsigned side = 0; side < FA_SIDES; side++) {
		into->members[side] = (uint32_t)first;
		into->counts[side] = (uint32_t)all;
	}
	into->is_joined = true;
	return 0;
}

/* --- All candidates that a key is made for, in runs of equal keys --- */

typedef bool (*key_fn)(struct fa_drift_work *work, const struct fa_drift_candidate *candidate,
		       uint64_t *key);
typedef int (*run_fn)(struct fa_drift_work *work, const struct key *keys, size_t count);

static int each_run(struct fa_drift_work *work, key_fn key_of, run_fn fn)
{
	struct key *keys = malloc((work->candidate_count + 1) * sizeof(*keys));
	size_t count = 0;
	size_t next;
	int error = 0;

	if (keys == NULL)
		return fa_drift_no_room(work);
	for (size_t i = 0; i < work->candidate_count; i++) {
		if (is_dropped(&work->candidates[i]) ||
		    !key_of(work, &work->candidates[i], &keys[count].key))
			continue;
		keys[count++].candidate = (uint32_t)i;
	}
	qsort(keys, count, sizeof(*keys), by_key);
	for (size_t i = 0; error == 0 && i < count; i = next) {
		for (next = i + 1; next < count && keys[next].key == keys[i].key; next++)
			;
		error = fn(work, &keys[i], next - i);
	}
	free(keys);
	return error;
}

/* --- Ports chosen at run time --- */

static bool key_of_high(struct fa_drift_work *work, const struct fa_drift_candidate *c,
			uint64_t *key)
{
	const struct fa_drift_relation *first = lead(work, c);
	uint64_t words[4] = {0};
	uint32_t judgement;
	uint32_t protocol;
	uint32_t rule;

	if (c->aspect != FA_ASPECT_SERVICE || first->port < HIGH_PORT ||
	    (first->transport != FA_IP_TCP && first->transport != FA_IP_UDP &&
	     first->transport != FA_IP_SCTP))
		return false;
	judgement = judgement_of(work, c);
	protocol = protocol_of(work, c);
	rule = work->judgements[judgement].rule;
	if (rule == 0 && protocol == 0)
		return false; /* then nothing shows that two of them belong together */
	words[0] = (uint64_t)first->server << 32 | first->transport;
	words[1] = (uint64_t)protocol << 32 | rule;
	words[2] = clients_of(work, c);
	*key = fa_siphash_words(&work->key, words, 3);
	return true;
}

static int join_high(struct fa_drift_work *work, const struct key *keys, size_t count)
{
	size_t appeared = 0;

	for (size_t i = 0; i < count; i++)
		appeared += work->candidates[keys[i].candidate].section == FA_DRIFT_APPEARED;
	if (appeared == 0 || appeared == count)
		return count == 1 ? 0 : join(work, keys, count);
	for (size_t i = 0; i < count; i++)
		drop(&work->candidates[keys[i].candidate]);
	return 0;
}

/* --- Services that moved --- */

static bool key_of_port(struct fa_drift_work *work, const struct fa_drift_candidate *c,
			uint64_t *key)
{
	const struct fa_drift_relation *first = lead(work, c);
	struct fa_drift_slice slice = fa_drift_slice_of(work, c, side_of(c));
	struct fa_drift_total total;

	if (c->aspect != FA_ASPECT_SERVICE || c->is_joined)
		return false;
	fa_drift_total(work, &slice, &total);
	*key = (uint64_t)first->transport << 16 | first->port;
	return total.answered > 0;
}

/* Whether a group of clients is in both; members of a service stand in their order. */
static bool have_common_clients(const struct fa_drift_work *work,
				const struct fa_drift_candidate *a,
				const struct fa_drift_candidate *b)
{
	uint32_t i = 0;
	uint32_t k = 0;

	while (i < a->counts[FA_NOW] && k < b->counts[FA_NOW]) {
		uint32_t left = work->relations[work->members[a->members[FA_NOW] + i]].client;
		uint32_t right = work->relations[work->members[b->members[FA_NOW] + k]].client;

		if (left == right)
			return true;
		if (left < right)
			i++;
		else
			k++;
	}
	return false;
}

struct moves {
	struct move {
		struct fa_drift_candidate *candidate;
		uint32_t protocol;
		size_t partners, partner;
	} items[FA_SIDES][MOVES_LOOKED_AT];
	size_t count[FA_SIDES];
};

static bool fits(const struct fa_drift_work *work, const struct move *was, const struct move *is)
{
	return was->protocol == is->protocol &&
	       have_common_clients(work, was->candidate, is->candidate);
}

static void join_move(struct fa_drift_candidate *was, struct fa_drift_candidate *is)
{
	is->section = FA_DRIFT_CHANGED;
	is->aspect = FA_ASPECT_MOVED;
	is->members[FA_BEFORE] = was->members[FA_BEFORE];
	is->counts[FA_BEFORE] = was->counts[FA_BEFORE];
	drop(was);
}

static int find_moves(struct fa_drift_work *work, const struct key *keys, size_t count)
{
	struct moves moves = {.count = {0, 0}};

	if (count < 2)
		return 0;
	for (size_t i = 0; i < count; i++) {
		struct fa_drift_candidate *c = &work->candidates[keys[i].candidate];
		enum fa_drift_side side = side_of(c);

		if (moves.count[side] >= MOVES_LOOKED_AT)
			return 0;
		moves.items[side][moves.count[side]++] =
			(struct move){c, protocol_of(work, c), 0, 0};
	}
	for (size_t i = 0; i < moves.count[FA_BEFORE]; i++)
		for (size_t k = 0; k < moves.count[FA_NOW]; k++) {
			struct move *was = &moves.items[FA_BEFORE][i];
			struct move *is = &moves.items[FA_NOW][k];

			if (!fits(work, was, is))
				continue;
			was->partners++;
			is->partners++;
			was->partner = k;
		}
	for (size_t i = 0; i < moves.count[FA_BEFORE]; i++) {
		struct move *was = &moves.items[FA_BEFORE][i];

		if (was->partners == 1 && moves.items[FA_NOW][was->partner].partners == 1)
			join_move(was->candidate, moves.items[FA_NOW][was->partner].candidate);
	}
	return 0;
}

/* --- Groups of clients that are new or gone altogether --- */

static bool key_of_clients(struct fa_drift_work *work, const struct fa_drift_candidate *c,
			   uint64_t *key)
{
	const struct fa_drift_relation *first = lead(work, c);
	uint64_t words[2];

	if (c->aspect != FA_ASPECT_CLIENTS || c->counts[FA_NOW] != 1 ||
	    work->groups[first->client].sides == (1 << FA_BEFORE | 1 << FA_NOW))
		return false;
	words[0] = (uint64_t)c->section << 32 | first->client;
	words[1] = work->judgements[judgement_of(work, c)].verdict;
	*key = fa_siphash_words(&work->key, words, 2);
	return true;
}

static int join_clients(struct fa_drift_work *work, const struct key *keys, size_t count)
{
	return count < NEW_CLIENTS ? 0 : join(work, keys, count);
}

/* --- What many services have in common --- */

static bool key_of_many(struct fa_drift_work *work, const struct fa_drift_candidate *c,
			uint64_t *key)
{
	const struct fa_drift_relation *first = lead(work, c);
	uint64_t words[5];

	if (c->aspect == FA_ASPECT_MOVED || c->is_joined)
		return false;
	words[0] = (uint64_t)c->section << 32 | c->aspect;
	words[1] = (uint64_t)first->kind << 32 | (uint64_t)first->transport << 16 | first->port;
	words[2] = first->kind == FA_KIND_PORT ? clients_of(work, c) : 0;
	words[3] = work->judgements[judgement_of(work, c)].verdict;
	words[4] = c->signature;
	*key = fa_siphash_words(&work->key, words, 5);
	return true;
}

static int join_many(struct fa_drift_work *work, const struct key *keys, size_t count)
{
	return count < MANY_SERVICES ? 0 : join(work, keys, count);
}

int fa_drift_merge(struct fa_drift_work *work)
{
	size_t kept = 0;
	int error = each_run(work, key_of_high, join_high);

	if (error == 0)
		error = each_run(work, key_of_port, find_moves);
	if (error == 0)
		error = each_run(work, key_of_clients, join_clients);
	if (error == 0)
		error = each_run(work, key_of_many, join_many);
	for (size_t i = 0; i < work->candidate_count; i++)
		if (!is_dropped(&work->candidates[i]))
			work->candidates[kept++] = work->candidates[i];
	work->candidate_count = kept;
	return error;
}
