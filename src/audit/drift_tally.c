/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What several relations add up to, on one side. */
#include "audit/drift_work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROTOCOLS_NAMED 3

unsigned fa_drift_importance(enum fa_verdict verdict)
{
	/* As "importance" in table "verdict" of the database; then what makes no finding. */
	static const uint8_t importance[FA_VERDICT_COUNT] = {
		[FA_VERDICT_WRONG_PROTOCOL] = 1, [FA_VERDICT_WRONG_ENDPOINT] = 2,
		[FA_VERDICT_REFUSED] = 3,	 [FA_VERDICT_UNDOCUMENTED] = 4,
		[FA_VERDICT_DISCOURAGED] = 5,	 [FA_VERDICT_INDETERMINATE] = 6,
		[FA_VERDICT_WAIVED] = 7,	 [FA_VERDICT_DOCUMENTED] = 8,
	};

	return importance[verdict];
}

unsigned fa_drift_decides(enum fa_verdict verdict)
{
	/* Thin evidence next to a judgement takes nothing from it. */
	return verdict == FA_VERDICT_INDETERMINATE ? FA_VERDICT_COUNT + 1
						   : fa_drift_importance(verdict);
}

struct fa_drift_slice fa_drift_slice_of(const struct fa_drift_work *work,
					const struct fa_drift_candidate *candidate,
					enum fa_drift_side side)
{
	struct fa_drift_slice slice = {
		.members = candidate->counts[side] == 0 ? NULL
							: &work->members[candidate->members[side]],
		.count = candidate->counts[side],
		.side = side,
	};

	return slice;
}

static const struct fa_drift_sum *sum_at(const struct fa_drift_work *work,
					 const struct fa_drift_slice *slice, uint32_t i)
{
	return fa_drift_sum_of(work, &work->relations[slice->members[i]], slice->side);
}

/* --- Sums --- */

struct picked {
	uint32_t group;
	uint32_t distinct;
};

static int by_group(const void *left, const void *right)
{
	const struct picked *a = left;
	const struct picked *b = right;

	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	return (a->distinct < b->distinct) - (a->distinct > b->distinct);
}

/*
 * Distinct hosts of all: those of one group are counted in several relations, so the most that one
 * of these has stands for the group. Returns how many groups; *ONLY is the group if it is one.
 */
static uint64_t count_groups(struct picked *picked, size_t count, uint64_t *hosts, uint32_t *only)
{
	uint64_t groups = 0;

	qsort(picked, count, sizeof(*picked), by_group);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && picked[i].group == picked[i - 1].group)
			continue;
		groups++;
		*hosts += picked[i].distinct;
	}
	*only = groups == 1 ? picked[0].group : 0;
	return groups;
}

static void total_groups(struct fa_drift_work *work, const struct fa_drift_slice *slice,
			 struct fa_drift_total *out)
{
	struct picked few[16];
	struct picked *picked = slice->count <= 16 ? few : malloc(slice->count * sizeof(*picked));
	size_t count = 0;

	if (picked == NULL) { /* then as if no host were in two of them */
		work->budget.is_full = true;
		return;
	}
	for (uint32_t i = 0; i < slice->count; i++) {
		const struct fa_drift_sum *sum = sum_at(work, slice, i);

		if (sum == NULL)
			continue;
		picked[count].group = work->relations[slice->members[i]].client;
		picked[count++].distinct = sum->clients;
	}
	out->client_groups = count_groups(picked, count, &out->clients, &out->client);
	count = 0;
	for (uint32_t i = 0; i < slice->count; i++) {
		const struct fa_drift_sum *sum = sum_at(work, slice, i);

		if (sum == NULL)
			continue;
		picked[count].group = work->relations[slice->members[i]].server;
		picked[count++].distinct = sum->servers;
	}
	out->server_groups = count_groups(picked, count, &out->servers, &out->server);
	if (picked != few)
		free(picked);
}

/* Distinct ports: where members differ in port they have one each, since nothing else merges. */
static uint64_t count_ports(const struct fa_drift_work *work, const struct fa_drift_slice *slice)
{
	const struct fa_drift_relation *first = NULL;
	bool differs = false;
	uint64_t all = 0;
	uint64_t most = 0;

	for (uint32_t i = 0; i < slice->count; i++) {
		const struct fa_drift_relation *r = &work->relations[slice->members[i]];
		const struct fa_drift_sum *sum = sum_at(work, slice, i);

		if (sum == NULL)
			continue;
		if (first == NULL)
			first = r;
		differs |= r->port != first->port || r->transport != first->transport;
		all += sum->ports;
		if (sum->ports > most)
			most = sum->ports;
	}
	return differs ? all : most;
}

void fa_drift_total(struct fa_drift_work *work, const struct fa_drift_slice *slice,
		    struct fa_drift_total *out)
{
	memset(out, 0, sizeof(*out));
	for (uint32_t i = 0; i < slice->count; i++) {
		const struct fa_drift_sum *sum = sum_at(work, slice, i);

		if (sum == NULL)
			continue;
		if (!out->is_there || sum->first_ns < out->first_ns)
			out->first_ns = sum->first_ns;
		if (!out->is_there || sum->last_ns > out->last_ns)
			out->last_ns = sum->last_ns;
		out->is_there = true;
		out->is_moved |= sum->is_moved;
		out->rows += sum->rows;
		out->flows += sum->flows;
		out->answered += sum->answered;
		out->packets += sum->packets;
		out->bytes += sum->bytes;
		out->half_hours |= sum->half_hours;
	}
	if (!out->is_there)
		return;
	total_groups(work, slice, out);
	out->ports = count_ports(work, slice);
}

/* --- Which judgement decides --- */

static int compare_text(const struct fa_drift_work *work, uint32_t a, uint32_t b)
{
	return a == b ? 0 : strcmp(fa_drift_text(work, a), fa_drift_text(work, b));
}

/* By content. */
static int compare_judgements(const struct fa_drift_work *work, uint32_t left, uint32_t right)
{
	const struct fa_drift_judgement *a = &work->judgements[left];
	const struct fa_drift_judgement *b = &work->judgements[right];
	int order = compare_text(work, a->rule, b->rule);

	if (order == 0)
		order = compare_text(work, a->nearest, b->nearest);
	if (order == 0)
		order = compare_text(work, a->waiver, b->waiver);
	if (order == 0)
		order = compare_text(work, a->instance, b->instance);
	if (order == 0)
		order = compare_text(work, a->nearest_instance, b->nearest_instance);
	return order;
}

static bool is_named(const struct fa_drift_work *work, enum fa_drift_side side, uint32_t protocol)
{
	return work->shares[side][protocol].named > 0;
}

/* Of a protocol that either side names, if only such are asked for. */
static bool counts(const struct fa_drift_work *work, const struct fa_drift_strand *strand,
		   bool shared)
{
	return !shared || (strand->protocol != 0 && is_named(work, FA_BEFORE, strand->protocol) &&
			   is_named(work, FA_NOW, strand->protocol));
}

static unsigned first_to_decide(const struct fa_drift_work *work,
				const struct fa_drift_slice *slice, bool shared)
{
	unsigned best = UINT32_MAX;

	for (uint32_t i = 0; i < slice->count; i++) {
		const struct fa_drift_sum *sum = sum_at(work, slice, i);

		if (sum == NULL)
			continue;
		FA_DRIFT_EACH_STRAND(work, sum, strand) {
			unsigned order =
				fa_drift_decides(work->judgements[strand->judgement].verdict);

			if (order < best && counts(work, strand, shared))
				best = order;
		}
	}
	return best;
}

uint32_t fa_drift_deciding(struct fa_drift_work *work, const struct fa_drift_slice *slice,
			   bool shared)
{
	unsigned best = first_to_decide(work, slice, shared);
	uint32_t decides = FA_DRIFT_NONE;

	/* Flows of each judgement with that verdict, +1 so that flows of other buckets count. */
	for (uint32_t i = 0; i < slice->count; i++) {
		const struct fa_drift_sum *sum = sum_at(work, slice, i);

		if (sum == NULL)
			continue;
		FA_DRIFT_EACH_STRAND(work, sum, strand)
			if (fa_drift_decides(work->judgements[strand->judgement].verdict) == best &&
			    counts(work, strand, shared))
				work->tally[strand->judgement] += strand->flows + 1;
	}
	for (uint32_t i = 0; i < slice->count; i++) {
		const struct fa_drift_sum *sum = sum_at(work, slice, i);

		if (sum == NULL)
			continue;
		FA_DRIFT_EACH_STRAND(work, sum, strand) {
			uint32_t j = strand->judgement;

			if (work->tally[j] == 0 || j == decides)
				continue;
			if (decides == FA_DRIFT_NONE || work->tally[j] > work->tally[decides] ||
			    (work->tally[j] == work->tally[decides] &&
			     compare_judgements(work, j, decides) < 0))
				decides = j;
		}
	}
	for (uint32_t i = 0; i < slice->count; i++) {
		const struct fa_drift_sum *sum = sum_at(work, slice, i);

		if (sum == NULL)
			continue;
		FA_DRIFT_EACH_STRAND(work, sum, strand)
			work->tally[strand->judgement] = 0;
	}
	return decides;
}

/* --- Protocols --- */

static void touch(struct fa_drift_work *work, uint32_t protocol)
{
	if (work->shares[FA_BEFORE][protocol].is_touched)
		return;
	work->shares[FA_BEFORE][protocol].is_touched = true;
	work->touched[work->touched_count++] = protocol;
}

void fa_drift_shares(struct fa_drift_work *work, const struct fa_drift_slice *slice)
{
	for (uint32_t i = 0; i < slice->count; i++) {
		const struct fa_drift_sum *sum = sum_at(work, slice, i);

		if (sum == NULL)
			continue;
		FA_DRIFT_EACH_STRAND(work, sum, strand) {
			struct fa_drift_share *share = &work->shares[slice->side][strand->protocol];

			/* At least 1: a flow is counted in its first bucket only. */
			touch(work, strand->protocol);
			share->named += strand->flows > 0 ? strand->flows : 1;
			if (strand->strength == FA_SEEN)
				share->seen += strand->flows > 0 ? strand->flows : 1;
			if (strand->strength == FA_GUESSED)
				share->answered_weak += strand->answered;
		}
	}
}

void fa_drift_shares_clear(struct fa_drift_work *work)
{
	for (size_t i = 0; i < work->touched_count; i++)
		for (unsigned side = 0; side < FA_SIDES; side++)
			memset(&work->shares[side][work->touched[i]], 0,
			       sizeof(work->shares[side][0]));
	work->touched_count = 0;
}

/* Seen ones come first, then by flows, then by name; what has no name comes last. */
static bool comes_first(const struct fa_drift_work *work, enum fa_drift_side side, uint32_t a,
			uint32_t b)
{
	const struct fa_drift_share *left = &work->shares[side][a];
	const struct fa_drift_share *right = &work->shares[side][b];

	if (left->seen != right->seen)
		return left->seen > right->seen;
	if ((a == 0) != (b == 0))
		return b == 0;
	if (left->named != right->named)
		return left->named > right->named;
	return compare_text(work, a, b) < 0;
}

/* The next in order after LAST (FA_DRIFT_NONE: the first), FA_DRIFT_NONE at the end. */
static uint32_t next_protocol(const struct fa_drift_work *work, enum fa_drift_side side,
			      uint32_t last)
{
	uint32_t best = FA_DRIFT_NONE;

	for (size_t i = 0; i < work->touched_count; i++) {
		uint32_t p = work->touched[i];

		if (work->shares[side][p].named == 0 || p == last ||
		    (last != FA_DRIFT_NONE && comes_first(work, side, p, last)))
			continue;
		if (best == FA_DRIFT_NONE || comes_first(work, side, p, best))
			best = p;
	}
	return best;
}

uint32_t fa_drift_main_protocol(struct fa_drift_work *work, const struct fa_drift_slice *slice,
				bool *is_seen)
{
	uint32_t main;

	fa_drift_shares(work, slice);
	main = next_protocol(work, slice->side, FA_DRIFT_NONE);
	*is_seen = main != FA_DRIFT_NONE && work->shares[slice->side][main].seen > 0;
	fa_drift_shares_clear(work);
	return main == FA_DRIFT_NONE ? 0 : main;
}

/* "TLS, HTTP and 2 more"; what was only guessed is named where nothing was seen. */
static void name_protocols(struct fa_drift_work *work, enum fa_drift_side side, char *text,
			   size_t size)
{
	uint32_t p = next_protocol(work, side, FA_DRIFT_NONE);
	bool was_seen = p != FA_DRIFT_NONE && work->shares[side][p].seen > 0;
	size_t named = 0;
	size_t more = 0;

	text[0] = '\0';
	for (; p != FA_DRIFT_NONE; p = next_protocol(work, side, p)) {
		size_t used = strlen(text);

		if (was_seen && work->shares[side][p].seen == 0)
			break;
		if (p == 0)
			continue;
		if (named >= PROTOCOLS_NAMED) {
			more++;
			continue;
		}
		snprintf(&text[used], size - used, "%s%s", named++ == 0 ? "" : ", ",
			 fa_drift_text(work, p));
	}
	if (more > 0)
		snprintf(&text[strlen(text)], size - strlen(text), " and %zu more", more);
}

/* --- A side of a difference --- */

static void set_place(const struct fa_drift_work *work, const struct fa_drift_slice *slice,
		      uint32_t decides, struct fa_drift_state *state)
{
	const struct fa_span *span = &work->spans[slice->side];
	size_t run = 0;

	state->run = span->runs[span->run_count - 1];
	for (uint32_t i = 0; i < slice->count; i++) {
		const struct fa_drift_sum *sum = sum_at(work, slice, i);

		if (sum == NULL)
			continue;
		FA_DRIFT_EACH_STRAND(work, sum, strand) {
			if (strand->finding == 0 || strand->judgement != decides)
				continue;
			if (state->finding != 0 &&
			    (strand->run < run ||
			     (strand->run == run && strand->finding >= state->finding)))
				continue;
			run = strand->run;
			state->finding = strand->finding;
			state->run = span->runs[run];
		}
	}
}

bool fa_drift_state_of(struct fa_drift_work *work, const struct fa_drift_slice *slice,
		       struct fa_drift_state *state)
{
	const struct fa_drift_judgement *judgement;
	struct fa_drift_total total;
	uint32_t decides;
	char text[256];

	memset(state, 0, sizeof(*state));
	state->protocol = state->rule = state->state = "";
	fa_drift_total(work, slice, &total);
	if (!total.is_there)
		return true;
	state->is_there = true;
	state->clients = total.clients;
	state->servers = total.servers;
	state->ports = total.ports;
	state->conversations = total.rows;
	state->flows = total.flows;
	state->answered = total.answered;
	state->packets = total.packets;
	state->bytes = total.bytes;
	state->first_ns = total.first_ns;
	state->last_ns = total.last_ns;
	state->client_groups = total.client_groups;
	state->server_groups = total.server_groups;
	decides = fa_drift_deciding(work, slice, false);
	judgement = &work->judgements[decides];
	state->verdict = judgement->verdict;
	state->rule = fa_drift_text(work, judgement->rule != 0 ? judgement->rule
							       : judgement->nearest);
	set_place(work, slice, decides, state);
	fa_drift_shares(work, slice);
	name_protocols(work, slice->side, text, sizeof(text));
	fa_drift_shares_clear(work);
	return fa_drift_set_text(work, &state->protocol, text);
}
