/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which documented rows were seen. */
#include "audit/coverage.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/judge.h"
#include "audit/weigh.h"
#include "base/error.h"
#include "base/text.h"

/* Ports below are given out for well-known services (RFC 6335 section 6): anybody's traffic. */
#define FIRST_USER_PORT 1024

/* A conversation to show as an example: the lowest by identity, so that order does not matter. */
struct example {
	bool there;
	struct fa_identity id;
};

/* What was counted for one rule. */
struct tally {
	uint64_t conversations, flows;
	struct example example;
};

struct rule_coverage {
	struct tally alone;  /* seen, and no other rule fits as well */
	struct tally shared; /* seen, but other rules fit as well */
	struct tally refused;
	const struct fa_rule *shared_with; /* the decisive one of the example, or NULL: this one */
};

/* Proof that a component stands at a server of this run. */
struct presence {
	const struct fa_rule *rule; /* NULL: none */
	struct fa_addr server;
};

struct fa_coverage {
	const struct fa_audit_context *context;
	struct rule_coverage *rules; /* by rule index */
	struct presence *presences;  /* by index of the component's first rule */
};

int fa_coverage_new(struct fa_coverage **out, const struct fa_audit_context *context)
{
	struct fa_coverage *coverage = calloc(1, sizeof(*coverage));
	size_t count = context->book->rule_count + 1;

	if (coverage == NULL)
		return FA_ENOMEM;
	coverage->context = context;
	coverage->rules = calloc(count, sizeof(*coverage->rules));
	coverage->presences = calloc(count, sizeof(*coverage->presences));
	if (coverage->rules == NULL || coverage->presences == NULL) {
		fa_coverage_free(coverage);
		return FA_ENOMEM;
	}
	*out = coverage;
	return 0;
}

void fa_coverage_free(struct fa_coverage *coverage)
{
	if (coverage == NULL)
		return;
	free(coverage->rules);
	free(coverage->presences);
	free(coverage);
}

/* True when the example changed. */
static bool tally_add(struct tally *tally, const struct fa_conversation *conv)
{
	struct example *example = &tally->example;

	tally->conversations++;
	tally->flows += conv->counts.flows;
	if (example->there && fa_identity_compare(&example->id, &conv->id) <= 0)
		return false;
	example->there = true;
	example->id = conv->id;
	return true;
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
	struct presence *presence = &coverage->presences[rule->component->first_rule];
	int order;

	if (!is_distinctive(coverage, conv, rule))
		return;
	order = presence->rule == NULL ? -1 : fa_addr_compare(&conv->id.server, &presence->server);
	if (order > 0 || (order == 0 && presence->rule->index <= rule->index))
		return;
	presence->rule = rule;
	presence->server = conv->id.server;
}

static void note_seen(struct fa_coverage *coverage, const struct fa_conversation *conv,
		      const struct fa_rule *const *rules, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct rule_coverage *covered = &coverage->rules[rules[i]->index];

		if (count == 1)
			tally_add(&covered->alone, conv);
		else if (tally_add(&covered->shared, conv))
			covered->shared_with = i == 0 ? NULL : rules[0];
	}
	note_presence(coverage, conv, rules[0]);
}

/* The rules of BINDINGS, each once; OUT has room for as many. Returns how many. */
static size_t rules_of(const struct fa_binding *const *bindings, size_t count,
		       const struct fa_rule **out)
{
	size_t rules = 0;

	for (size_t i = 0; i < count; i++) {
		size_t before = 0;

		while (before < rules && out[before] != bindings[i]->rule)
			before++;
		if (before == rules)
			out[rules++] = bindings[i]->rule;
	}
	return rules;
}

/* A scanner tries every port, so its tries do not tell of a product that was not let in. */
static bool is_scan(const struct fa_coverage *coverage, const struct fa_conversation *conv)
{
	const struct fa_evidence *evidence = coverage->context->evidence;

	return evidence != NULL && fa_evidence_is_scanner(evidence, &conv->id.client);
}

void fa_coverage_add(struct fa_coverage *coverage, const struct fa_conversation *conv,
		     const struct fa_judgement *judgement)
{
	const struct fa_binding *bindings[FA_WEIGHED_MAX];
	const struct fa_rule *rules[FA_WEIGHED_MAX];
	size_t count = fa_judge_spoken_for(coverage->context, conv, judgement, bindings);

	if (count == 0)
		return;
	count = rules_of(bindings, count, rules);
	if (!fa_only_tried(conv)) {
		note_seen(coverage, conv, rules, count);
		return;
	}
	if (is_scan(coverage, conv))
		return;
	for (size_t i = 0; i < count; i++)
		tally_add(&coverage->rules[rules[i]->index].refused, conv);
}

static bool was_seen(const struct fa_coverage *coverage, const struct fa_rule *rule)
{
	const struct rule_coverage *covered = &coverage->rules[rule->index];

	return covered->alone.conversations + covered->shared.conversations > 0;
}

static const char *transport_name(uint8_t transport)
{
	unsigned bit = fa_rule_transport_bit(transport);

	for (unsigned i = 0; i < FA_RULE_TRANSPORTS; i++)
		if (bit == 1u << i)
			return fa_rule_transport_text(i);
	return "?";
}

static void evidence_of(struct fa_expectation *out, const struct fa_identity *id, const char *what,
			const char *more)
{
	char client[FA_ADDR_TEXT];
	char server[FA_ADDR_TEXT];
	bool v6 = id->server.version == 6;

	snprintf(out->evidence, sizeof(out->evidence), "%s to %s%s%s:%u/%s %s%s",
		 fa_addr_text(&id->client, client), v6 ? "[" : "",
		 fa_addr_text(&id->server, server), v6 ? "]" : "", id->server_port,
		 transport_name(id->transport), what, more);
}

static void expect_seen(const struct rule_coverage *covered, struct fa_expectation *out)
{
	bool alone = covered->alone.conversations > 0;
	const struct fa_identity *id =
		alone ? &covered->alone.example.id : &covered->shared.example.id;
	char more[FA_DETAIL_TEXT + 32] = "";

	out->state = FA_EXPECT_SEEN;
	out->conversations = covered->alone.conversations + covered->shared.conversations;
	out->flows = covered->alone.flows + covered->shared.flows;
	if (!alone && covered->shared_with == NULL)
		fa_text_copy(more, sizeof(more), "; ambiguous: other rows fit as well");
	else if (!alone)
		snprintf(more, sizeof(more), "; ambiguous: fits %s as well",
			 covered->shared_with->id);
	evidence_of(out, id, "fits", more);
}

static void expect_refused(const struct rule_coverage *covered, struct fa_expectation *out)
{
	out->state = FA_EXPECT_REFUSED;
	out->conversations = covered->refused.conversations;
	out->flows = covered->refused.flows;
	evidence_of(out, &covered->refused.example.id, "was tried and not let in", "");
}

/* The first rule that was seen and makes RULE unnecessary, or NULL. */
static const struct fa_rule *seen_instead(const struct fa_coverage *coverage,
					  const struct fa_rule *rule)
{
	const struct fa_product *product = rule->product;
	const struct fa_rule *rules = &coverage->context->book->rules[product->first_rule];

	if (rule->fallback_for != NULL && was_seen(coverage, rule->fallback_for))
		return rule->fallback_for;
	for (size_t i = 0; i < product->rule_count && rule->alternatives != NULL; i++)
		if (rules[i].alternatives != NULL &&
		    strcmp(rules[i].alternatives, rule->alternatives) == 0 &&
		    was_seen(coverage, &rules[i]))
			return &rules[i];
	return NULL;
}

/* Why a rule cannot be expected on a wire whatever was captured, or NULL. */
static const char *never_observable(const struct fa_rule *rule)
{
	if (rule->scope != FA_SCOPE_NETWORK)
		return "used inside one machine only";
	if (rule->dynamic || rule->match_ports.count == 0)
		return "the site must say which port";
	return NULL;
}

/* Neither seen nor refused. */
static void expect_absent(const struct fa_coverage *coverage, const struct fa_rule *rule,
			  struct fa_expectation *out)
{
	const struct presence *presence = &coverage->presences[rule->component->first_rule];
	const struct fa_rule *instead = seen_instead(coverage, rule);
	const char *never = never_observable(rule);
	char server[FA_ADDR_TEXT];

	/* Not "unseen", which asks for attention, and not "seen", which it was not. */
	out->state = FA_EXPECT_NOT_OBSERVABLE;
	if (instead != NULL) {
		snprintf(out->evidence, sizeof(out->evidence),
			 instead == rule->fallback_for
				 ? "not needed: it stands in for %s, which was seen"
				 : "satisfied by alternative %s",
			 instead->id);
	} else if (never != NULL) {
		fa_text_copy(out->evidence, sizeof(out->evidence), never);
	} else if (presence->rule == NULL) {
		fa_text_copy(out->evidence, sizeof(out->evidence),
			     "no site file says which hosts these are");
	} else {
		out->state = FA_EXPECT_UNSEEN;
		snprintf(out->evidence, sizeof(out->evidence),
			 "%s served %s, so its other %s could have been seen",
			 fa_addr_text(&presence->server, server), presence->rule->id,
			 rule->direction == FA_RULE_OUTBOUND ? "connections" : "ports");
	}
}

void fa_coverage_finish(const struct fa_coverage *coverage, struct fa_expectation *out)
{
	const struct fa_rulebook *book = coverage->context->book;

	for (size_t i = 0; i < book->rule_count; i++) {
		const struct fa_rule *rule = &book->rules[i];
		const struct rule_coverage *covered = &coverage->rules[rule->index];
		struct fa_expectation *expectation = &out[i];

		memset(expectation, 0, sizeof(*expectation));
		expectation->rule = rule;
		fa_text_copy(expectation->endpoints, sizeof(expectation->endpoints),
			     "any (no site file)");
		if (was_seen(coverage, rule))
			expect_seen(covered, expectation);
		else if (covered->refused.conversations > 0)
			expect_refused(covered, expectation);
		else
			expect_absent(coverage, rule, expectation);
	}
}
