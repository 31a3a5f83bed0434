/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of relations: found by key, added, and thinned out. */
#include "audit/drift_work.h"

#include <stdlib.h>
#include <string.h>

static uint64_t hash_relation(const struct fa_drift_work *work, const struct fa_drift_relation *key)
{
	const uint64_t words[2] = {
		(uint64_t)key->client << 32 | key->server,
		(uint64_t)key->port << 16 | (uint64_t)key->transport << 8 | key->kind,
	};

	return fa_siphash_words(&work->key, words, 2);
}

static uint64_t hash_of(const void *context, size_t index)
{
	const struct fa_drift_work *work = context;

	return hash_relation(work, &work->relations[index]);
}

static struct fa_drift_relation *find(const struct fa_drift_work *work, uint64_t hash,
				      const struct fa_drift_relation *key)
{
	for (size_t i = fa_slots_first(&work->relation_slots, hash);
	     fa_slots_used(&work->relation_slots, i);
	     i = fa_slots_next(&work->relation_slots, i)) {
		struct fa_drift_relation *relation =
			&work->relations[fa_slots_index(&work->relation_slots, i)];

		if (relation->client == key->client && relation->server == key->server &&
		    relation->port == key->port && relation->transport == key->transport &&
		    relation->kind == key->kind)
			return relation;
	}
	return NULL;
}

struct fa_drift_relation *fa_drift_relation_find(const struct fa_drift_work *work, uint32_t client,
						 uint32_t server, uint8_t transport, uint16_t port,
						 enum fa_drift_kind kind)
{
	const struct fa_drift_relation key = {
		.client = client,
		.server = server,
		.port = port,
		.transport = transport,
		.kind = (uint8_t)kind,
	};

	return find(work, hash_relation(work, &key), &key);
}

struct fa_drift_relation *fa_drift_relation_of(struct fa_drift_work *work,
					       const struct fa_drift_relation *key)
{
	uint64_t hash = hash_relation(work, key);
	struct fa_drift_relation *relation = find(work, hash, key);

	if (relation != NULL)
		return relation;
	if (!fa_drift_reserve(&work->budget, (void **)&work->relations, &work->relation_room,
			      work->relation_count + 1, sizeof(*work->relations)))
		return NULL;
	relation = &work->relations[work->relation_count];
	*relation = *key;
	if (!fa_drift_slots_add(&work->budget, &work->relation_slots, hash, work->relation_count,
				hash_of, work))
		return NULL;
	work->relation_count++;
	return relation;
}

struct fa_drift_sum *fa_drift_sum_make(struct fa_drift_work *work,
				       struct fa_drift_relation *relation, enum fa_drift_side side)
{
	struct fa_drift_sum *sum;

	if (relation->sums[side] != 0)
		return &work->sums[relation->sums[side] - 1];
	if (!fa_drift_reserve(&work->budget, (void **)&work->sums, &work->sum_room,
			      work->sum_count + 1, sizeof(*work->sums)))
		return NULL;
	sum = &work->sums[work->sum_count++];
	memset(sum, 0, sizeof(*sum));
	sum->first_ns = INT64_MAX;
	sum->last_ns = INT64_MIN;
	relation->sums[side] = (uint32_t)work->sum_count;
	return sum;
}

struct fa_drift_strand *fa_drift_strand_of(struct fa_drift_work *work, struct fa_drift_sum *sum,
					   const struct fa_drift_strand *like)
{
	struct fa_drift_strand *strand;

	for (uint32_t i = sum->strands; i != 0; i = strand->next) {
		strand = &work->strands[i - 1];
		if (strand->judgement == like->judgement && strand->protocol == like->protocol &&
		    strand->strength == like->strength)
			return strand;
	}
	if (!fa_drift_reserve(&work->budget, (void **)&work->strands, &work->strand_room,
			      work->strand_count + 1, sizeof(*work->strands)))
		return NULL;
	strand = &work->strands[work->strand_count++];
	*strand = *like;
	strand->next = sum->strands;
	sum->strands = (uint32_t)work->strand_count;
	return strand;
}

int fa_drift_relations_begin(struct fa_drift_work *work)
{
	if (fa_slots_init(&work->group_slots) != 0 || fa_slots_init(&work->judgement_slots) != 0 ||
	    fa_slots_init(&work->relation_slots) != 0 ||
	    !fa_drift_reserve(&work->budget, (void **)&work->groups, &work->group_room, 1,
			      sizeof(*work->groups)))
		return fa_drift_no_room(work);
	memset(&work->groups[0], 0, sizeof(work->groups[0])); /* NONE */
	work->group_count = 1;
	return 0;
}

void fa_drift_relations_forget(struct fa_drift_work *work)
{
	struct fa_drift_budget *b = &work->budget;

	fa_drift_release(b, (void **)&work->groups, &work->group_room, sizeof(*work->groups));
	fa_drift_release(b, (void **)&work->judgements, &work->judgement_room,
			 sizeof(*work->judgements));
	fa_drift_release(b, (void **)&work->relations, &work->relation_room,
			 sizeof(*work->relations));
	fa_drift_release(b, (void **)&work->sums, &work->sum_room, sizeof(*work->sums));
	fa_drift_release(b, (void **)&work->strands, &work->strand_room, sizeof(*work->strands));
	fa_drift_slots_release(b, &work->group_slots);
	fa_drift_slots_release(b, &work->judgement_slots);
	fa_drift_slots_release(b, &work->relation_slots);
	work->group_count = work->judgement_count = work->relation_count = 0;
	work->sum_count = work->strand_count = 0;
}

/* --- Thinning out: what stays moves to the front, in its order --- */

struct maps { /* 1 + the new index; 0: forgotten */
	uint32_t *relations, *sums, *strands;
};

static uint64_t map_pair(const void *context, uint64_t key)
{
	const struct maps *maps = context;
	uint32_t relation = maps->relations[key >> FA_DRIFT_PAIR_BITS];

	return relation == 0 ? 0
			     : (uint64_t)(relation - 1) << FA_DRIFT_PAIR_BITS |
				       (key & ((1ull << FA_DRIFT_PAIR_BITS) - 1));
}

/* What of sums and strands belongs to relations that stay. */
static void mark(struct fa_drift_work *work, const uint8_t *is_kept, struct maps *maps)
{
	for (size_t i = 0; i < work->relation_count; i++) {
		if (!is_kept[i])
			continue;
		maps->relations[i] = 1;
		for (unsigned side = 0; side < FA_SIDES; side++) {
			uint32_t sum = work->relations[i].sums[side];

			if (sum == 0)
				continue;
			maps->sums[sum - 1] = 1;
			for (uint32_t s = work->sums[sum - 1].strands; s != 0;
			     s = work->strands[s - 1].next)
				maps->strands[s - 1] = 1;
		}
	}
}

/* Turns marks into new indexes; returns how many stay. */
static size_t number(uint32_t *map, size_t count)
{
	uint32_t next = 0;

	for (size_t i = 0; i < count; i++)
		if (map[i] != 0)
			map[i] = ++next;
	return next;
}

static uint32_t mapped(const uint32_t *map, uint32_t index)
{
	return index == 0 ? 0 : map[index - 1];
}

static void move(struct fa_drift_work *work, const struct maps *maps)
{
	for (size_t i = 0; i < work->strand_count; i++) {
		if (maps->strands[i] == 0)
			continue;
		work->strands[maps->strands[i] - 1] = work->strands[i];
		work->strands[maps->strands[i] - 1].next =
			mapped(maps->strands, work->strands[maps->strands[i] - 1].next);
	}
	for (size_t i = 0; i < work->sum_count; i++) {
		if (maps->sums[i] == 0)
			continue;
		work->sums[maps->sums[i] - 1] = work->sums[i];
		work->sums[maps->sums[i] - 1].strands =
			mapped(maps->strands, work->sums[maps->sums[i] - 1].strands);
	}
	for (size_t i = 0; i < work->relation_count; i++) {
		struct fa_drift_relation *relation;

		if (maps->relations[i] == 0)
			continue;
		relation = &work->relations[maps->relations[i] - 1];
		*relation = work->relations[i];
		for (unsigned side = 0; side < FA_SIDES; side++)
			relation->sums[side] = mapped(maps->sums, relation->sums[side]);
	}
	for (size_t i = 0; i < work->member_count; i++)
		work->members[i] = maps->relations[work->members[i]] - 1;
}

/* In slots that are as large as they must be, which is not more than they were. */
static int index_again(struct fa_drift_work *work)
{
	struct fa_slots *slots = &work->relation_slots;
	struct fa_slots smaller;

	if (fa_slots_init(&smaller) != 0)
		return fa_drift_no_room(work);
	fa_drift_slots_release(&work->budget, slots);
	*slots = smaller;
	for (size_t i = 0; i < work->relation_count; i++)
		if (!fa_slots_add(slots, hash_of(work, i), i, hash_of, work))
			return fa_drift_no_room(work);
	work->budget.used_bytes += (slots->mask - smaller.mask) * sizeof(*slots->items);
	return 0;
}

static void shrink(struct fa_drift_work *work)
{
	struct fa_drift_budget *b = &work->budget;

	fa_drift_shrink(b, (void **)&work->relations, &work->relation_room, work->relation_count,
			sizeof(*work->relations));
	fa_drift_shrink(b, (void **)&work->sums, &work->sum_room, work->sum_count,
			sizeof(*work->sums));
	fa_drift_shrink(b, (void **)&work->strands, &work->strand_room, work->strand_count,
			sizeof(*work->strands));
}

static int thin_out(struct fa_drift_work *work, const uint8_t *is_kept, struct maps *maps)
{
	size_t relations;
	size_t sums;
	size_t strands;

	mark(work, is_kept, maps);
	relations = number(maps->relations, work->relation_count);
	sums = number(maps->sums, work->sum_count);
	strands = number(maps->strands, work->strand_count);
	move(work, maps);
	work->relation_count = relations;
	work->sum_count = sums;
	work->strand_count = strands;
	if (!fa_drift_set_map(&work->pairs, &work->budget, map_pair, maps))
		work->is_deaf = true;
	shrink(work);
	work->budget.is_full = false;
	return index_again(work);
}

int fa_drift_relations_keep(struct fa_drift_work *work, const uint8_t *is_kept)
{
	struct maps maps = {
		calloc(work->relation_count + 1, sizeof(uint32_t)),
		calloc(work->sum_count + 1, sizeof(uint32_t)),
		calloc(work->strand_count + 1, sizeof(uint32_t)),
	};
	int error;

	if (maps.relations != NULL && maps.sums != NULL && maps.strands != NULL)
		error = thin_out(work, is_kept, &maps);
	else
		error = fa_drift_no_room(work);
	free(maps.relations);
	free(maps.sums);
	free(maps.strands);
	return error;
}
