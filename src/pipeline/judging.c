/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Judging a set of conversations. */
#include "pipeline/judging.h"

#include <stdlib.h>

#include "audit/context.h"
#include "audit/coverage.h"
#include "audit/evidence.h"
#include "audit/judge.h"
#include "audit/names.h"
#include "audit/shown.h"
#include "base/error.h"

enum {
	/* Of one sum, one remembered endpoint and one name, with tables, texts, and the doubling of
	 * arrays; of sums twice, since those whose direction was open are summed again. */
	BYTES_PER_CONVERSATION = 640,
	BYTES_PER_ENDPOINT = 200,
	BYTES_PER_NAME = 400,
	BYTES_PER_USE = 120, /* of a row on which others depend */
	ENTRIES_MIN = 10000,
};

struct fa_judging {
	size_t endpoints, uses; /* limits */
	int64_t begun_ns;	/* of the run; INT64_MIN: it has everything from its beginning */
	struct fa_evidence *evidence;
	struct fa_names *names;
	struct fa_shown *shown;
	struct fa_audit_context *context;
	struct fa_coverage *coverage;
};

static size_t share(uint64_t bytes, size_t each)
{
	uint64_t count = bytes / each;

	return count < ENTRIES_MIN ? ENTRIES_MIN : (size_t)count;
}

size_t fa_judging_room(uint64_t memory_bytes)
{
	return share(memory_bytes / 2, BYTES_PER_CONVERSATION);
}

static void point(struct fa_judging *judging)
{
	judging->context->evidence = judging->evidence;
	judging->context->names = judging->names;
	judging->context->shown = judging->shown;
}

int fa_judging_restart(struct fa_judging *judging, const struct fa_policy *policy,
		       const struct fa_waivers *waivers)
{
	struct fa_audit_context *context = NULL;
	struct fa_coverage *coverage = NULL;
	int error = fa_audit_context_new(&context, policy, judging->evidence, INT64_MAX);

	if (error != 0)
		return error;
	context->waivers = waivers;
	error = fa_coverage_new(&coverage, context);
	if (error != 0) {
		fa_audit_context_free(context);
		return error;
	}
	fa_coverage_free(judging->coverage);
	fa_audit_context_free(judging->context);
	judging->context = context;
	judging->coverage = coverage;
	point(judging);
	return 0;
}

int fa_judging_forget(struct fa_judging *judging)
{
	struct fa_evidence *evidence = NULL;
	struct fa_shown *shown = NULL;
	int error = fa_evidence_new(&evidence, judging->endpoints);

	if (error == 0)
		error = fa_shown_new(&shown, judging->uses);
	if (error != 0) {
		fa_evidence_free(evidence);
		return error;
	}
	fa_evidence_free(judging->evidence);
	fa_shown_free(judging->shown);
	judging->evidence = evidence;
	judging->shown = shown;
	if (judging->context != NULL)
		point(judging);
	return 0;
}

int fa_judging_new(struct fa_judging **out, const struct fa_policy *policy,
		   const struct fa_waivers *waivers, uint64_t memory_bytes)
{
	struct fa_judging *judging = calloc(1, sizeof(*judging));
	int error;

	if (judging == NULL)
		return FA_ENOMEM;
	judging->begun_ns = INT64_MIN;
	judging->endpoints = share(memory_bytes / 4, BYTES_PER_ENDPOINT);
	judging->uses = share(memory_bytes / 8, BYTES_PER_USE);
	error = fa_names_new(&judging->names, share(memory_bytes / 8, BYTES_PER_NAME));
	if (error == 0)
		error = fa_judging_forget(judging);
	if (error == 0)
		error = fa_judging_restart(judging, policy, waivers);
	if (error != 0) {
		fa_judging_free(judging);
		return error;
	}
	*out = judging;
	return 0;
}

void fa_judging_free(struct fa_judging *judging)
{
	if (judging == NULL)
		return;
	fa_coverage_free(judging->coverage);
	fa_audit_context_free(judging->context);
	fa_evidence_free(judging->evidence);
	fa_names_free(judging->names);
	fa_shown_free(judging->shown);
	free(judging);
}

int fa_judging_name(struct fa_judging *judging, const struct fa_name_answer *answer)
{
	return fa_names_add(judging->names, answer);
}

int fa_judging_age(struct fa_judging *judging, int64_t before_ns)
{
	return fa_names_forget(judging->names, before_ns);
}

void fa_judging_set_end(struct fa_judging *judging, int64_t end_ns)
{
	judging->context->run_end_ns = end_ns;
}

void fa_judging_set_begin(struct fa_judging *judging, int64_t begun_ns)
{
	judging->begun_ns = begun_ns;
}

/* The end of flows alone, whose packets an earlier run counted: here it would be a verdict on
 * traffic that this run never saw. */
static bool is_only_an_end(const struct fa_judging *judging,
			   const struct fa_conversation *conversation)
{
	const struct fa_counts *counts = &conversation->counts;

	return counts->flows == 0 && counts->packets_to_server + counts->packets_to_client == 0 &&
	       counts->last_seen_ns < judging->begun_ns;
}

/* Whether both ports are still kept because it is open which side serves. */
static bool is_open(const struct fa_conversation *conversation)
{
	return conversation->id.direction_by == FA_BY_FIRST_PACKET;
}

static void hear(struct fa_judging *judging, const struct fa_convmap *map)
{
	struct fa_conversation conversation;

	for (size_t i = 0; map != NULL && i < fa_convmap_count(map); i++) {
		fa_convmap_get(map, i, &conversation);
		fa_evidence_add(judging->evidence, &conversation);
	}
}

/*
 * Settles who serves where that was open: those are summed again in *RESOLVED under what it turned
 * out to be. Notes what the others show.
 */
static int resolve(struct fa_judging *judging, const struct fa_convmap *map,
		   struct fa_convmap **resolved)
{
	size_t count = map == NULL ? 0 : fa_convmap_count(map);
	struct fa_conversation conversation;
	int error = fa_convmap_new(resolved, count + 1);

	for (size_t i = 0; i < count && error == 0; i++) {
		struct fa_counts *sum;

		fa_convmap_get(map, i, &conversation);
		if (!is_open(&conversation) ||
		    !fa_evidence_resolve(judging->evidence, &conversation)) {
			fa_shown_add(judging->shown, judging->context, &conversation);
			continue;
		}
		sum = fa_convmap_at(*resolved, conversation.bucket_ns, &conversation.id);
		if (sum == NULL)
			error = FA_ENOMEM;
		else
			fa_counts_add(sum, &conversation.counts);
	}
	return error;
}

static void learn_resolved(struct fa_judging *judging, const struct fa_convmap *resolved)
{
	struct fa_conversation conversation;

	for (size_t i = 0; resolved != NULL && i < fa_convmap_count(resolved); i++) {
		fa_convmap_get(resolved, i, &conversation);
		fa_evidence_add(judging->evidence, &conversation);
		fa_shown_add(judging->shown, judging->context, &conversation);
	}
}

/* Judges MAP, without those that were summed again. */
static int judge(struct fa_judging *judging, const struct fa_convmap *map, bool again,
		 int (*fn)(void *context, const struct fa_conversation *conversation,
			   const struct fa_judgement *judgement),
		 void *context)
{
	struct fa_conversation conversation;
	struct fa_judgement judgement;
	int error = 0;

	for (size_t i = 0; i < fa_convmap_count(map) && error == 0; i++) {
		fa_convmap_get(map, i, &conversation);
		if (!again && is_open(&conversation) &&
		    fa_evidence_resolve(judging->evidence, &conversation))
			continue;
		if (is_only_an_end(judging, &conversation))
			continue;
		fa_judge(judging->context, &conversation, &judgement);
		fa_coverage_add(judging->coverage, &conversation, &judgement);
		error = fn(context, &conversation, &judgement);
	}
	return error;
}

int fa_judging_set(struct fa_judging *judging, const struct fa_convmap *sums,
		   const struct fa_convmap *before,
		   int (*fn)(void *context, const struct fa_conversation *conversation,
			     const struct fa_judgement *judgement),
		   void *context)
{
	struct fa_convmap *resolved = NULL;
	struct fa_convmap *resolved_before = NULL;
	int error = fa_names_ready(judging->names);

	hear(judging, before);
	hear(judging, sums);
	if (error == 0)
		error = resolve(judging, before, &resolved_before);
	if (error == 0)
		error = resolve(judging, sums, &resolved);
	if (error == 0) {
		learn_resolved(judging, resolved_before);
		learn_resolved(judging, resolved);
		error = judge(judging, sums, false, fn, context);
	}
	if (error == 0)
		error = judge(judging, resolved, true, fn, context);
	fa_convmap_free(resolved);
	fa_convmap_free(resolved_before);
	return error;
}

int fa_judging_mark(struct fa_judging *judging)
{
	return fa_coverage_mark(judging->coverage);
}

void fa_judging_back(struct fa_judging *judging)
{
	fa_coverage_back(judging->coverage);
}

int fa_judging_expectations(const struct fa_judging *judging,
			    int (*fn)(void *context, const struct fa_expectation *expectation),
			    void *context)
{
	return fa_coverage_finish(judging->coverage, fn, context);
}

uint64_t fa_judging_left_out(const struct fa_judging *judging)
{
	return fa_coverage_left_out(judging->coverage);
}

void fa_judging_flow(struct fa_judging *judging, struct fa_flow_record *flow,
		     struct fa_judgement *judgement)
{
	struct fa_conversation conversation = {.id = flow->id, .counts = flow->counts};
	struct fa_addr client = flow->id.client;

	if (!is_open(&conversation))
		conversation.id.client_port = 0;
	else if (fa_evidence_resolve(judging->evidence, &conversation)) {
		struct fa_conversation turned = {.id = flow->id, .counts = flow->counts};

		if (fa_addr_compare(&conversation.id.client, &client) != 0 ||
		    conversation.id.server_port != flow->id.server_port)
			fa_conversation_flip(&turned);
		turned.id.direction_by = conversation.id.direction_by;
		flow->id = turned.id;
		flow->counts = turned.counts;
	}
	fa_judge(judging->context, &conversation, judgement);
}

bool fa_judging_is_full(const struct fa_judging *judging)
{
	return fa_evidence_is_full(judging->evidence) || fa_names_is_full(judging->names) ||
	       fa_shown_is_full(judging->shown);
}
