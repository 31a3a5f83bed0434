/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From candidates to differences: one line for what many say alike, causes, order, words.
 *
 * Before anything is written out a candidate is a few numbers, so that a million of them can be put
 * into order and the most important ones are those that memory is there for.
 */
#include "audit/drift_merge.h"
#include "audit/drift_work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUPS_NAMED 3

/* What memory was too little for is counted, at least. */
static void cut(struct fa_drift_work *work, const struct fa_drift_candidate *candidate)
{
	work->cut++;
	work->drift->in_section[candidate->section]++;
	work->drift->by_cause[FA_CAUSE_TRAFFIC]++;
}

static void weigh(struct fa_drift_work *work, struct fa_drift_candidate *candidate)
{
	uint32_t decides = FA_DRIFT_NONE;

	for (unsigned side = 0; side < FA_SIDES; side++) {
		struct fa_drift_slice slice = fa_drift_slice_of(work, candidate, side);
		struct fa_drift_total total;
		uint32_t judgement = fa_drift_deciding(work, &slice, false);

		fa_drift_total(work, &slice, &total);
		if (total.bytes > candidate->bytes)
			candidate->bytes = total.bytes;
		if (judgement != FA_DRIFT_NONE)
			decides = judgement; /* now comes last, and counts */
	}
	if (decides != FA_DRIFT_NONE)
		candidate->importance =
			(uint8_t)fa_drift_importance(work->judgements[decides].verdict);
}

static int by_weight_alone(const void *left, const void *right)
{
	const struct fa_drift_candidate *a = left;
	const struct fa_drift_candidate *b = right;

	if (a->importance != b->importance)
		return a->importance < b->importance ? -1 : 1;
	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	return (a->members[FA_NOW] > b->members[FA_NOW]) - (a->members[FA_NOW] < b->members[FA_NOW]);
}

/* Keeps the most important candidates with at most so many members in all. */
static int keep_best(struct fa_drift_work *work, size_t most)
{
	size_t kept = 0;
	size_t count = 0;
	uint32_t *members;

	members = malloc(work->member_room * sizeof(*members));
	if (members == NULL)
		return fa_drift_no_room(work);
	for (size_t i = 0; i < work->candidate_count; i++)
		weigh(work, &work->candidates[i]);
	qsort(work->candidates, work->candidate_count, sizeof(*work->candidates), by_weight_alone);
	for (size_t i = 0; i < work->candidate_count; i++) {
		struct fa_drift_candidate *c = &work->candidates[i];

		if (kept + c->counts[FA_NOW] > most) {
			cut(work, c);
			continue;
		}
		memcpy(&members[kept], &work->members[c->members[FA_NOW]],
		       c->counts[FA_NOW] * sizeof(*members));
		c->members[FA_NOW] = c->members[FA_BEFORE] = (uint32_t)kept;
		kept += c->counts[FA_NOW];
		work->candidates[count++] = *c;
	}
	free(work->members);
	work->members = members;
	work->member_count = kept;
	work->candidate_count = count;
	return 0;
}

/* A relation that stays for its candidate, with that, both sides and their places, about. */
#define KEPT_BYTES 320

int fa_drift_candidates_trim(struct fa_drift_work *work)
{
	size_t most = (size_t)(work->asked_bytes / 5 / KEPT_BYTES);

	return work->member_count <= most ? 0 : keep_best(work, most / 2);
}

static bool has_room(struct fa_drift_work *work, size_t count)
{
	return fa_drift_reserve(&work->budget, (void **)&work->candidates, &work->candidate_room,
				work->candidate_count + 1, sizeof(*work->candidates)) &&
	       fa_drift_reserve(&work->budget, (void **)&work->members, &work->member_room,
				work->member_count + count, sizeof(*work->members));
}

int fa_drift_candidate_add(struct fa_drift_work *work, const struct fa_drift_candidate *like,
			   const uint32_t *members, size_t count)
{
	struct fa_drift_candidate *candidate;

	if (!has_room(work, count)) {
		work->budget.is_full = false;
		if (keep_best(work, work->member_count / 2) != 0)
			return FA_ENOMEM;
	}
	if (!has_room(work, count)) {
		work->budget.is_full = false;
		cut(work, like);
		return 0;
	}
	candidate = &work->candidates[work->candidate_count++];
	*candidate = *like;
	for (unsigned side = 0; side < FA_SIDES; side++) {
		candidate->members[side] = (uint32_t)work->member_count;
		candidate->counts[side] = (uint32_t)count;
	}
	memcpy(&work->members[work->member_count], members, count * sizeof(*members));
	work->member_count += count;
	return 0;
}

/* --- Order --- */

static int decide(struct fa_drift_work *work, struct fa_drift_candidate *candidate)
{
	struct fa_drift_reason reason;
	int error;

	weigh(work, candidate);
	error = fa_drift_cause_of(work, candidate, &reason);
	if (error != 0)
		return error;
	candidate->is_explained = fa_drift_explain(work, candidate, &reason);
	candidate->cause = (uint8_t)reason.cause;
	return 0;
}

static int by_content(const struct fa_drift_work *work, uint32_t left, uint32_t right)
{
	const struct fa_drift_relation *a = &work->relations[left];
	const struct fa_drift_relation *b = &work->relations[right];
	int order = fa_drift_group_compare(work, a->server, b->server);

	if (order == 0)
		order = (a->port > b->port) - (a->port < b->port);
	if (order == 0)
		order = (a->transport > b->transport) - (a->transport < b->transport);
	return order != 0 ? order : fa_drift_group_compare(work, a->client, b->client);
}

/* The member that comes first by content; members of a candidate stand in no order. */
static uint32_t first_member(const struct fa_drift_work *work,
			     const struct fa_drift_candidate *candidate, enum fa_drift_side side)
{
	struct fa_drift_slice slice = fa_drift_slice_of(work, candidate, side);
	uint32_t best = slice.members[0];

	for (uint32_t i = 1; i < slice.count; i++)
		if (by_content(work, slice.members[i], best) < 0)
			best = slice.members[i];
	return best;
}

static int by_order(const void *left, const void *right, void *arg)
{
	const struct fa_drift_work *work = arg;
	const struct fa_drift_candidate *a = left;
	const struct fa_drift_candidate *b = right;
	int order;

	if (a->section != b->section)
		return a->section < b->section ? -1 : 1;
	if (a->is_explained != b->is_explained)
		return a->is_explained ? 1 : -1;
	if (a->importance != b->importance)
		return a->importance < b->importance ? -1 : 1;
	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	if (a->aspect != b->aspect)
		return a->aspect < b->aspect ? -1 : 1;
	order = by_content(work, first_member(work, a, FA_NOW), first_member(work, b, FA_NOW));
	if (order != 0)
		return order;
	return (a->counts[FA_NOW] > b->counts[FA_NOW]) - (a->counts[FA_NOW] < b->counts[FA_NOW]);
}

int fa_drift_candidates_finish(struct fa_drift_work *work)
{
	int error = fa_drift_merge(work);

	for (size_t i = 0; error == 0 && i < work->candidate_count; i++)
		error = decide(work, &work->candidates[i]);
	if (error == 0 && work->candidate_count > 0)
		qsort_r(work->candidates, work->candidate_count, sizeof(*work->candidates),
			by_order, work);
	return error;
}

/* --- Words --- */

struct weighed {
	uint32_t group;
	uint64_t bytes;
};

static int by_number(const void *left, const void *right)
{
	const struct weighed *a = left;
	const struct weighed *b = right;

	return (a->group > b->group) - (a->group < b->group);
}

static int by_weight(const void *left, const void *right, void *arg)
{
	const struct weighed *a = left;
	const struct weighed *b = right;

	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	return fa_drift_group_compare(arg, a->group, b->group);
}

/* Distinct groups of a slice with their bytes on both sides, most bytes first. */
static size_t weigh_groups(struct fa_drift_work *work, const struct fa_drift_slice *slice,
			   bool servers, struct weighed *out)
{
	size_t count = 0;

	for (uint32_t i = 0; i < slice->count; i++) {
		const struct fa_drift_relation *r = &work->relations[slice->members[i]];

		out[i].group = servers ? r->server : r->client;
		out[i].bytes = 0;
		for (unsigned side = 0; side < FA_SIDES; side++)
			if (r->sums[side] != 0)
				out[i].bytes += fa_drift_sum_of(work, r, side)->bytes;
	}
	qsort(out, slice->count, sizeof(*out), by_number);
	for (uint32_t i = 0; i < slice->count; i++) {
		if (count > 0 && out[count - 1].group == out[i].group)
			out[count - 1].bytes += out[i].bytes;
		else
			out[count++] = out[i];
	}
	qsort_r(out, count, sizeof(*out), by_weight, work);
	return count;
}

/* "dc1/gateway", or in LIST "dc1/gateway, 10.1.2.0/24 and 3 more". */
static bool name_groups(struct fa_drift_work *work, const struct fa_drift_slice *slice, bool servers,
			const char **one, const char **list)
{
	struct weighed *groups = malloc((slice->count + 1) * sizeof(*groups));
	char text[1024] = "";
	size_t count = groups == NULL ? 0 : weigh_groups(work, slice, servers, groups);
	bool is_there = groups != NULL;

	if (count == 1) {
		*one = fa_drift_group_text(work, groups[0].group);
		is_there = *one != NULL;
	}
	for (size_t i = 0; is_there && count > 1 && i < count && i < GROUPS_NAMED; i++) {
		size_t used = strlen(text);
		const char *word = fa_drift_group_text(work, groups[i].group);

		is_there = word != NULL;
		if (is_there)
			snprintf(&text[used], sizeof(text) - used, "%s%.250s", i == 0 ? "" : ", ",
				 word);
	}
	if (is_there && count > GROUPS_NAMED)
		snprintf(&text[strlen(text)], sizeof(text) - strlen(text), " and %zu more",
			 count - GROUPS_NAMED);
	free(groups);
	return is_there && (count <= 1 || fa_drift_set_text(work, list, text));
}

static void set_port(const struct fa_drift_work *work, const struct fa_drift_slice *slice,
		     struct fa_difference *out)
{
	const struct fa_drift_relation *first = &work->relations[slice->members[0]];

	out->transport = first->transport;
	out->port = first->port;
	out->any_port = first->kind != FA_KIND_PORT;
	for (uint32_t i = 1; i < slice->count; i++) {
		const struct fa_drift_relation *r = &work->relations[slice->members[i]];

		out->any_port |= r->port != first->port || r->transport != first->transport;
		if (r->port != first->port)
			out->port = 0;
		if (r->transport != first->transport)
			out->transport = 0;
	}
}

static void set_addr(const struct fa_drift_work *work, const struct fa_drift_slice *slice,
		     struct fa_addr *out)
{
	uint32_t server = work->relations[slice->members[0]].server;

	for (uint32_t i = 1; i < slice->count; i++)
		if (work->relations[slice->members[i]].server != server)
			return;
	if (work->groups[server].kind == FA_GROUP_HOST)
		*out = work->groups[server].addr;
}

static bool set_groups(struct fa_drift_work *work, const struct fa_drift_candidate *candidate,
		       struct fa_difference *out)
{
	struct fa_drift_slice now = fa_drift_slice_of(work, candidate, FA_NOW);
	struct fa_drift_slice before = fa_drift_slice_of(work, candidate, FA_BEFORE);
	const char *ignored = "";

	set_port(work, &now, out);
	set_addr(work, &now, &out->server_addr);
	if (candidate->aspect == FA_ASPECT_MOVED) {
		set_addr(work, &before, &out->server_before_addr);
		if (!name_groups(work, &before, true, &out->server_before, &ignored))
			return false;
	}
	return name_groups(work, &now, false, &out->client, &out->client_list) &&
	       name_groups(work, &now, true, &out->server, &out->server_list);
}

static bool write_one(struct fa_drift_work *work, const struct fa_drift_candidate *candidate,
		      struct fa_difference *out)
{
	struct fa_drift_reason reason;

	memset(out, 0, sizeof(*out));
	out->why = out->maybe = out->subject = out->client = out->server = "";
	out->server_before = out->client_list = out->server_list = "";
	out->section = candidate->section;
	out->aspect = candidate->aspect;
	out->rank = (candidate->is_explained ? 16u : 0u) + candidate->importance;
	if (fa_drift_cause_of(work, candidate, &reason) != 0)
		return false;
	fa_drift_explain(work, candidate, &reason);
	out->cause = reason.cause;
	for (unsigned side = 0; side < FA_SIDES; side++) {
		struct fa_drift_slice slice = fa_drift_slice_of(work, candidate, side);
		struct fa_drift_state *state = side == FA_NOW ? &out->now : &out->before;

		if (!fa_drift_state_of(work, &slice, state))
			return false;
	}
	return set_groups(work, candidate, out) && fa_drift_set_text(work, &out->why, reason.why) &&
	       fa_drift_set_text(work, &out->maybe, reason.maybe);
}

/* How many of each section are written when ROOM is too little for all: the first of each. */
static void share_out(const size_t found[FA_DRIFT_SECTION_COUNT], size_t room,
		      size_t quota[FA_DRIFT_SECTION_COUNT])
{
	bool gives = true;

	memset(quota, 0, FA_DRIFT_SECTION_COUNT * sizeof(*quota));
	while (room > 0 && gives) {
		gives = false;
		for (size_t i = 0; i < FA_DRIFT_SECTION_COUNT && room > 0; i++) {
			size_t more = found[i] - quota[i];

			if (more > room / FA_DRIFT_SECTION_COUNT + 1)
				more = room / FA_DRIFT_SECTION_COUNT + 1;
			quota[i] += more;
			room -= more;
			gives |= more > 0;
		}
	}
}

/* What a difference takes with its texts, about. */
#define WRITTEN_BYTES (sizeof(struct fa_difference) + 256)

int fa_drift_candidates_write(struct fa_drift_work *work)
{
	struct fa_drift *drift = work->drift;
	struct fa_drift_budget *budget = &work->budget;
	size_t quota[FA_DRIFT_SECTION_COUNT];
	size_t room = (size_t)((budget->limit_bytes - budget->used_bytes) / WRITTEN_BYTES);
	size_t all = work->candidate_count < room ? work->candidate_count : room;
	bool is_short = all < work->candidate_count;

	for (size_t i = 0; i < work->candidate_count; i++) {
		drift->in_section[work->candidates[i].section]++;
		drift->by_cause[work->candidates[i].cause]++;
	}
	share_out(drift->in_section, all, quota);
	drift->items = calloc(all + work->other_count + 1, sizeof(*drift->items));
	if (drift->items == NULL)
		return fa_drift_no_room(work);
	budget->used_bytes += all * sizeof(*drift->items);
	for (size_t i = 0; i < work->candidate_count; i++) {
		const struct fa_drift_candidate *candidate = &work->candidates[i];

		if (quota[candidate->section] == 0)
			continue;
		quota[candidate->section]--;
		if (!write_one(work, candidate, &drift->items[drift->count])) {
			is_short = true;
			break;
		}
		drift->count++;
	}
	return is_short ? FA_EFULL : 0;
}
