/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What appeared and what vanished. A service is a port of a group of servers; its clients are
 * counted by groups, so that a new service with fifty pools is one difference.
 */
#include "audit/drift_work.h"

#include <stdlib.h>

/* Up to so many groups of clients that began or ceased to use a service have a line each. */
#define CLIENTS_APART 3

static int by_service(const void *left, const void *right, void *arg)
{
	const struct fa_drift_work *work = arg;
	const struct fa_drift_relation *a = &work->relations[*(const uint32_t *)left];
	const struct fa_drift_relation *b = &work->relations[*(const uint32_t *)right];

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->server != b->server)
		return a->server < b->server ? -1 : 1;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	if (a->transport != b->transport)
		return a->transport < b->transport ? -1 : 1;
	return (a->client > b->client) - (a->client < b->client);
}

static bool is_same_service(const struct fa_drift_relation *a, const struct fa_drift_relation *b)
{
	return a->kind == b->kind && a->server == b->server && a->port == b->port &&
	       a->transport == b->transport;
}

static bool is_on(const struct fa_drift_relation *relation, enum fa_drift_side side)
{
	return relation != NULL && relation->sums[side] != 0;
}

static bool is_only_on(const struct fa_drift_relation *relation, enum fa_drift_side side)
{
	return is_on(relation, side) && !is_on(relation, fa_drift_other(side));
}

static enum fa_drift_section section_of(enum fa_drift_side side)
{
	return side == FA_NOW ? FA_DRIFT_APPEARED : FA_DRIFT_VANISHED;
}

/*
 * Nothing was said in it that anybody knew: what a scan leaves, whether it is refused or not, and
 * whatever of that was seen.
 */
static bool is_touch(const struct fa_drift_work *work, const struct fa_drift_sum *sum)
{
	if (sum->packets > 4 * sum->flows)
		return false;
	FA_DRIFT_EACH_STRAND(work, sum, strand)
		if (strand->strength != FA_GUESSED)
			return false;
	return true;
}

static bool is_undocumented(const struct fa_drift_work *work, const struct fa_drift_sum *sum)
{
	FA_DRIFT_EACH_STRAND(work, sum, strand)
		if (work->judgements[strand->judgement].verdict != FA_VERDICT_UNDOCUMENTED)
			return false;
	return true;
}

/*
 * Findings begin at 20 targets or ports. What was 19 ports then and is a sweep or "many ports" now
 * did not vanish port by port: the other side has it within the larger one.
 */
static bool is_absorbed(const struct fa_drift_work *work, const struct fa_drift_relation *relation,
			enum fa_drift_side side)
{
	enum fa_drift_side other = fa_drift_other(side);
	const struct fa_drift_sum *sum = fa_drift_sum_of(work, relation, side);

	if (relation->kind == FA_KIND_PORT && (sum->answered == 0 || is_touch(work, sum)) &&
	    is_on(fa_drift_relation_find(work, relation->client, 0, 0, 0, FA_KIND_SWEEP), other))
		return true;
	if (relation->kind == FA_KIND_SWEEP ||
	    (relation->kind == FA_KIND_PORT && !is_undocumented(work, sum)))
		return false;
	return relation->kind != FA_KIND_PEERS &&
	       is_on(fa_drift_relation_find(work, relation->client, relation->server, 0, 0,
					    FA_KIND_PEERS),
		     other);
}

/* The members that are on SIDE alone; returns how many. */
static size_t pick(const struct fa_drift_work *work, const uint32_t *members, size_t count,
		   enum fa_drift_side side, uint32_t *out)
{
	size_t picked = 0;

	for (size_t i = 0; i < count; i++) {
		const struct fa_drift_relation *relation = &work->relations[members[i]];

		if (is_only_on(relation, side) && !is_absorbed(work, relation, side))
			out[picked++] = members[i];
	}
	return picked;
}

static int add(struct fa_drift_work *work, enum fa_drift_side side, enum fa_drift_aspect aspect,
	       const uint32_t *members, size_t count)
{
	const struct fa_drift_candidate like = {
		.section = (uint8_t)section_of(side),
		.aspect = (uint8_t)aspect,
	};

	return fa_drift_candidate_add(work, &like, members, count);
}

/* A service that the other side does not have. */
static int add_service(struct fa_drift_work *work, const uint32_t *members, size_t count,
		       enum fa_drift_side side, uint32_t *scratch)
{
	size_t picked = pick(work, members, count, side, scratch);

	return picked == 0 ? 0 : add(work, side, FA_ASPECT_SERVICE, scratch, picked);
}

/* Groups of clients that use on one side only what both sides have. */
static int add_clients(struct fa_drift_work *work, const uint32_t *members, size_t count,
		       enum fa_drift_side side, uint32_t *scratch)
{
	size_t picked = pick(work, members, count, side, scratch);
	int error = 0;

	if (picked > CLIENTS_APART)
		return add(work, side, FA_ASPECT_CLIENTS, scratch, picked);
	for (size_t i = 0; error == 0 && i < picked; i++)
		error = add(work, side, FA_ASPECT_CLIENTS, &scratch[i], 1);
	return error;
}

static int compare_service(struct fa_drift_work *work, const uint32_t *members, size_t count,
			   uint32_t *scratch)
{
	bool has[FA_SIDES] = {false, false};
	int error = 0;

	for (size_t i = 0; i < count; i++)
		for (unsigned side = 0; side < FA_SIDES; side++)
			has[side] |= is_on(&work->relations[members[i]], side);
	for (unsigned side = 0; error == 0 && side < FA_SIDES; side++) {
		if (!has[side])
			continue;
		if (!has[fa_drift_other(side)])
			return add_service(work, members, count, side, scratch);
		error = add_clients(work, members, count, side, scratch);
	}
	return error != 0 ? error : fa_drift_changes(work, members, count);
}

/* Sweeps and many ports: whether they are there is all that is asked. */
static int compare_bundle(struct fa_drift_work *work, uint32_t member)
{
	const struct fa_drift_relation *relation = &work->relations[member];
	enum fa_drift_aspect aspect =
		relation->kind == FA_KIND_SWEEP ? FA_ASPECT_SWEEP : FA_ASPECT_PEERS;

	for (unsigned side = 0; side < FA_SIDES; side++)
		if (is_only_on(relation, side) && !is_absorbed(work, relation, side))
			return add(work, side, aspect, &member, 1);
	return 0;
}

static int compare_all(struct fa_drift_work *work, const uint32_t *ordered, size_t count,
		       uint32_t *scratch)
{
	size_t next;
	int error = 0;

	for (size_t i = 0; error == 0 && i < count; i = next) {
		const struct fa_drift_relation *first = &work->relations[ordered[i]];

		for (next = i + 1; next < count; next++)
			if (!is_same_service(first, &work->relations[ordered[next]]))
				break;
		if (first->kind == FA_KIND_PORT)
			error = compare_service(work, &ordered[i], next - i, scratch);
		else
			for (size_t k = i; error == 0 && k < next; k++)
				error = compare_bundle(work, ordered[k]);
	}
	return error;
}

int fa_drift_services(struct fa_drift_work *work)
{
	size_t count = work->relation_count - work->compared; /* others were of parts before */
	size_t size = (count + 1) * sizeof(uint32_t);
	uint32_t *ordered = malloc(size);
	uint32_t *scratch = malloc(size);
	int error = 0;

	if (ordered == NULL || scratch == NULL)
		error = fa_drift_no_room(work);
	for (size_t i = 0; error == 0 && i < count; i++)
		ordered[i] = (uint32_t)(work->compared + i);
	if (error == 0) {
		qsort_r(ordered, count, sizeof(*ordered), by_service, work);
		error = compare_all(work, ordered, count, scratch);
	}
	free(ordered);
	free(scratch);
	return error;
}
