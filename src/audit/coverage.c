/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which documented rows were seen, and where. */
#include "audit/coverage.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/example.h"
#include "audit/expect.h"
#include "audit/heard.h"
#include "audit/judge.h"
#include "audit/weigh.h"
#include "base/error.h"

/* Ports below are given out for well-known services (RFC 6335 section 6): anybody's traffic. */
#define FIRST_USER_PORT 1024

int fa_coverage_new_max(struct fa_coverage **out, const struct fa_audit_context *context,
			size_t max)
{
	struct fa_coverage *coverage = calloc(1, sizeof(*coverage));
	int error;

	if (coverage == NULL)
		return FA_ENOMEM;
	coverage->context = context;
	error = fa_spots_init(&coverage->spots, context->policy, max);
	if (error == 0)
		error = fa_heard_new(&coverage->heard, context);
	coverage->covered = calloc(coverage->spots.count + 1, sizeof(*coverage->covered));
	coverage->presences =
		calloc(context->book->rule_count + 1, sizeof(*coverage->presences));
	if (error != 0 || coverage->covered == NULL || coverage->presences == NULL) {
		fa_coverage_free(coverage);
		return FA_ENOMEM;
	}
	*out = coverage;
	return 0;
}

int fa_coverage_new(struct fa_coverage **out, const struct fa_audit_context *context)
{
	return fa_coverage_new_max(out, context, FA_COVERAGE_MAX);
}

void fa_coverage_free(struct fa_coverage *coverage)
{
	if (coverage == NULL)
		return;
	fa_spots_deinit(&coverage->spots);
	fa_heard_free(coverage->heard);
	free(coverage->covered);
	free(coverage->presences);
	free(coverage->marked_covered);
	free(coverage->marked_presences);
	free(coverage);
}

/* True when the example changed. */
static bool tally_add(struct fa_tally *tally, const struct fa_conversation *conv)
{
	tally->conversations++;
	tally->flows += conv->counts.flows;
	return fa_example_take(&tally->example, &conv->id);
}

/*
 * Whether the conversation proves that the component of RULE stands at its server: the row is for
 * a port of the component itself, exact and not well-known, the protocol that it names was seen,
 * and no other component, of this product or another, documents the port. A row that accepts any
 * protocol proves nothing: anything may use a number.
 */
static bool is_distinctive(const struct fa_coverage *coverage, const struct fa_conversation *conv,
			   const struct fa_rule *rule)
{
	struct fa_weighed weighed[FA_WEIGHED_MAX];
	size_t count;

	if (rule->direction != FA_RULE_INBOUND && rule->direction != FA_RULE_INTERNAL)
		return false;
	if (rule->any_protocol || conv->id.server_port < FIRST_USER_PORT)
		return false;
	count = fa_weigh_all(coverage->context, conv, conv->id.transport, weighed);
	for (size_t i = 0; i < count; i++) {
		if (weighed[i].rule->component != rule->component)
			return false;
		if (weighed[i].rule == rule && (weighed[i].range_size > 1 || weighed[i].corrected))
			return false;
	}
	return true;
}

static void note_presence(struct fa_coverage *coverage, const struct fa_conversation *conv,
			  const struct fa_rule *rule)
{
	struct fa_presence *presence = &coverage->presences[rule->component->first_rule];
	int order;

	if (!is_distinctive(coverage, conv, rule))
		return;
	order = presence->rule == NULL ? -1 : fa_addr_compare(&conv->id.server, &presence->server);
	if (order > 0 || (order == 0 && presence->rule->index <= rule->index))
		return;
	presence->rule = rule;
	presence->server = conv->id.server;
}

/*
 * The spots that CONV, which speaks for BINDING, is about: those of the machine on the product's
 * own side. A row for both directions may have it on either.
 */
static size_t spots_of(const struct fa_coverage *coverage, const struct fa_conversation *conv,
		       const struct fa_binding *binding, size_t out[FA_SPOTS_FOUND_MAX])
{
	const struct fa_identity *id = &conv->id;
	const struct fa_names *names = coverage->context->names;
	int64_t at_ns = conv->counts.first_seen_ns;
	const struct fa_machine client = {&id->client, &id->server, "", names, at_ns};
	const struct fa_machine server = {&id->server, &id->client, id->host, names, at_ns};
	bool serves = fa_spots_own_end(binding) == &binding->server;
	size_t count;

	if (binding->instance == NULL) {
		out[0] = coverage->spots.first[binding->index];
		return 1;
	}
	count = fa_spots_of_machine(&coverage->spots, binding, serves ? &server : &client, out);
	if (count == 0 && binding->rule->direction == FA_RULE_BOTH)
		count = fa_spots_of_machine(&coverage->spots, binding, serves ? &client : &server,
					    out);
	return count;
}

static void note_seen(struct fa_coverage *coverage, const struct fa_conversation *conv,
		      const struct fa_binding *const *bindings, size_t count)
{
	size_t spots[FA_SPOTS_FOUND_MAX];

	for (size_t i = 0; i < count; i++) {
		size_t found = spots_of(coverage, conv, bindings[i], spots);

		for (size_t k = 0; k < found; k++) {
			struct fa_covered *covered = &coverage->covered[spots[k]];

			if (count == 1)
				tally_add(&covered->alone, conv);
			else if (tally_add(&covered->shared, conv))
				covered->shared_with = i == 0 ? NULL : bindings[0];
		}
	}
	if (coverage->context->policy->site == NULL)
		note_presence(coverage, conv, bindings[0]->rule);
}

static void note_refused(struct fa_coverage *coverage, const struct fa_conversation *conv,
			 const struct fa_binding *const *bindings, size_t count)
{
	size_t spots[FA_SPOTS_FOUND_MAX];

	for (size_t i = 0; i < count; i++) {
		size_t found = spots_of(coverage, conv, bindings[i], spots);

		for (size_t k = 0; k < found; k++)
			tally_add(&coverage->covered[spots[k]].refused, conv);
	}
}

/* A scanner tries every port, so its tries do not tell of a product that was not let in. */
static bool is_scan(const struct fa_coverage *coverage, const struct fa_conversation *conv)
{
	const struct fa_evidence *evidence = coverage->context->evidence;

	return evidence != NULL && fa_evidence_is_scanner(evidence, &conv->id);
}

void fa_coverage_add(struct fa_coverage *coverage, const struct fa_conversation *conv,
		     const struct fa_judgement *judgement)
{
	const struct fa_binding *bindings[FA_WEIGHED_MAX];
	size_t count = fa_judge_spoken_for(coverage->context, conv, judgement, bindings);

	fa_heard_add(coverage->heard, conv);
	if (count == 0)
		return;
	if (!fa_only_tried(conv))
		note_seen(coverage, conv, bindings, count);
	else if (!is_scan(coverage, conv))
		note_refused(coverage, conv, bindings, count);
}

int fa_coverage_mark(struct fa_coverage *coverage)
{
	size_t covered_bytes = coverage->spots.count * sizeof(*coverage->covered);
	size_t presences_bytes =
		coverage->context->book->rule_count * sizeof(*coverage->presences);

	if (coverage->marked_covered == NULL)
		coverage->marked_covered = malloc(covered_bytes + 1);
	if (coverage->marked_presences == NULL)
		coverage->marked_presences = malloc(presences_bytes + 1);
	if (coverage->marked_covered == NULL || coverage->marked_presences == NULL)
		return FA_ENOMEM;
	if (fa_heard_mark(coverage->heard) != 0)
		return FA_ENOMEM;
	memcpy(coverage->marked_covered, coverage->covered, covered_bytes);
	memcpy(coverage->marked_presences, coverage->presences, presences_bytes);
	coverage->marked = true;
	return 0;
}

void fa_coverage_back(struct fa_coverage *coverage)
{
	if (!coverage->marked)
		return;
	memcpy(coverage->covered, coverage->marked_covered,
	       coverage->spots.count * sizeof(*coverage->covered));
	memcpy(coverage->presences, coverage->marked_presences,
	       coverage->context->book->rule_count * sizeof(*coverage->presences));
	fa_heard_back(coverage->heard);
}

size_t fa_coverage_count(const struct fa_coverage *coverage)
{
	return coverage->spots.count;
}

uint64_t fa_coverage_left_out(const struct fa_coverage *coverage)
{
	return coverage->spots.left_out;
}

int fa_coverage_finish(const struct fa_coverage *coverage,
		       int (*fn)(void *context, const struct fa_expectation *expectation),
		       void *context)
{
	struct fa_expectation expectation;
	int stopped = 0;

	for (size_t i = 0; i < coverage->spots.count && stopped == 0; i++) {
		fa_expect(coverage, i, &expectation);
		stopped = fn(context, &expectation);
	}
	return stopped;
}
