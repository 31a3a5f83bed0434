/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * More services than memory holds: they are compared in parts, each of which reads all rows again
 * and takes those of its own services, by their hash. So the answer is the same, and takes longer.
 *
 * A part that turns out too large is halved where it stands, as often as it takes, and the other
 * half comes later. Sweeps and what is between peers is no service: it is read with the first part
 * and stays, since services are compared with it. Of a part that is done stays what its candidates
 * speak of.
 */
#include "audit/drift_work.h"

#include <stdlib.h>

/* Halves of halves; with fewer services than that in a part, something else is too large. */
#define BITS_MAX 16

bool fa_drift_is_in_part(const struct fa_drift_work *work, uint64_t group_hash, uint8_t transport,
			 uint16_t port)
{
	uint64_t hash = group_hash ^ ((uint64_t)transport << 16 | port) * 0x9e3779b97f4a7c15u;

	hash = (hash ^ hash >> 32) * 0xbf58476d1ce4e5b9u;
	return (hash >> 32 & ((1u << work->part.bits) - 1)) == work->part.residue;
}

static bool stays(const struct fa_drift_work *work, size_t index)
{
	const struct fa_drift_relation *relation = &work->relations[index];

	return index < work->compared || relation->kind != FA_KIND_PORT ||
	       fa_drift_is_in_part(work, fa_drift_group_hash(work, relation->server),
				   relation->transport, relation->port);
}

bool fa_drift_split(struct fa_drift_work *work)
{
	struct fa_drift_part *other = &work->parts[work->part_count];
	uint8_t *is_kept;
	int error;

	if (work->part.bits >= BITS_MAX ||
	    work->part_count >= sizeof(work->parts) / sizeof(work->parts[0]))
		return false;
	is_kept = calloc(work->relation_count + 1, 1);
	if (is_kept == NULL)
		return false;
	other->residue = work->part.residue | 1u << work->part.bits;
	other->bits = ++work->part.bits;
	work->part_count++;
	for (size_t i = 0; i < work->relation_count; i++)
		is_kept[i] = stays(work, i);
	error = fa_drift_relations_keep(work, is_kept);
	free(is_kept);
	work->budget.is_full = error != 0;
	return error == 0;
}

/* How many of the part there are on each side, and who are clients there. */
static void count(struct fa_drift_work *work)
{
	for (size_t i = work->compared; i < work->relation_count; i++) {
		const struct fa_drift_relation *relation = &work->relations[i];
		bool both = relation->sums[FA_BEFORE] != 0 && relation->sums[FA_NOW] != 0;

		work->drift->relations_same += both;
		for (unsigned side = 0; side < FA_SIDES; side++) {
			if (relation->sums[side] == 0)
				continue;
			work->relation_counts[side]++;
			work->groups[relation->client].sides |= (uint8_t)(1u << side);
		}
	}
}

int fa_drift_next_part(struct fa_drift_work *work)
{
	uint8_t *is_kept;
	int error;

	count(work);
	if (work->part_count == 0)
		return 0;
	is_kept = calloc(work->relation_count + 1, 1);
	if (is_kept == NULL)
		return fa_drift_no_room(work);
	for (size_t i = 0; i < work->relation_count; i++)
		is_kept[i] = work->relations[i].kind != FA_KIND_PORT;
	for (size_t i = 0; i < work->member_count; i++)
		is_kept[work->members[i]] = 1;
	error = fa_drift_relations_keep(work, is_kept);
	free(is_kept);
	work->compared = work->relation_count;
	work->is_later = true;
	work->part = work->parts[--work->part_count];
	return error != 0 ? error : 1;
}
