/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How well one bound rule fits one conversation. */
#include "audit/weigh.h"

#include <string.h>

#include "core/verdict.h"

/* An answer to a first SYN is due within this time: the initial RTO of RFC 6298 section 2.1. */
#define ANSWER_DUE_NS INT64_C(1000000000)

static bool is_name(const char *protocol)
{
	return protocol[0] != '\0' && strcmp(protocol, "Unknown") != 0;
}

bool fa_protocol_is_known(const struct fa_identity *id)
{
	return fa_detection_is_seen((enum fa_detection)id->detected_by) &&
	       (is_name(id->protocol) || is_name(id->application));
}

bool fa_only_tried(const struct fa_conversation *conv)
{
	static const enum fa_flow_state vain[] = {FA_FLOW_ATTEMPTED, FA_FLOW_REFUSED,
						  FA_FLOW_UNREACHABLE};
	const struct fa_counts *counts = &conv->counts;
	uint64_t tried = 0;
	uint64_t ended = 0;

	for (size_t i = 0; i < sizeof(vain) / sizeof(vain[0]); i++)
		tried += counts->flows_in_state[vain[i]];
	for (size_t i = 0; i < FA_FLOW_STATE_COUNT; i++)
		ended += counts->flows_in_state[i];
	/* More flows than ended: some go on in a later bucket, and may be answered there. */
	return tried > 0 && tried == ended && counts->flows <= tried;
}

bool fa_answer_was_due(const struct fa_audit_context *context, const struct fa_conversation *conv)
{
	const struct fa_counts *counts = &conv->counts;

	return counts->flows_in_state[FA_FLOW_REFUSED] > 0 ||
	       counts->flows_in_state[FA_FLOW_UNREACHABLE] > 0 || counts->syn_retries > 0 ||
	       counts->last_seen_ns <= context->run_end_ns - ANSWER_DUE_NS;
}

/* The name may stand as master or as application: SMB is NetBIOS with the application SMBv23. */
static bool have_protocol(const struct fa_strings *protocols, const struct fa_identity *id)
{
	return (is_name(id->protocol) && fa_strings_have(protocols, id->protocol)) ||
	       (is_name(id->application) && fa_strings_have(protocols, id->application));
}

static void weigh_protocol(const struct fa_conversation *conv, struct fa_weighed *w)
{
	const struct fa_rule *rule = w->rule;
	bool known = fa_protocol_is_known(&conv->id);

	w->protocol = FA_FIT_AGREES;
	if (rule->any_protocol || (!known && fa_only_tried(conv)))
		return;
	if (!known) {
		w->protocol = FA_FIT_OPEN;
	} else if (have_protocol(&rule->protocols, &conv->id)) {
		return;
	} else if (rule->correction.reason != NULL &&
		   have_protocol(&rule->correction.protocols, &conv->id)) {
		w->corrected = true;
	} else {
		w->protocol = FA_FIT_CONTRADICTED;
		w->differs |= FA_DIFFERS_PROTOCOL;
	}
}

/*
 * Rows for use inside one machine. Both ends on loopback, both the same address (captured on the
 * loopback interface), or two addresses of one machine of the site, is one machine; anything else
 * was on a wire. Between two addresses of one machine no loopback address was used.
 */
static void weigh_scope(const struct fa_identity *id, struct fa_weighed *w)
{
	bool inside = fa_addr_compare(&id->client, &id->server) == 0 ||
		      (fa_addr_is_loopback(&id->client) && fa_addr_is_loopback(&id->server));

	if (w->rule->scope == FA_SCOPE_HOST && fa_ends_are_one_machine(&w->ends))
		inside = true;
	if (w->rule->scope != FA_SCOPE_NETWORK && !inside)
		w->differs |= FA_DIFFERS_SCOPE;
}

/*
 * What makes a rule more specific, most important first: it names this destination; the site says
 * that its ends stand here; it names the protocol; its range of ports is narrow; it names the roles
 * that stand here, not wider ones that include them; it is not of a catalog that holds on every
 * network; the document itself says so, not what it would increment
 * to and not our correction of it.
 */
static uint64_t strength(const struct fa_weighed *w)
{
	enum { CLAIM_BITS = 2, EVERYWHERE_BITS = 1, RANGE_BITS = 17, ANY_BITS = 1, PLACED_BITS = 2,
	       DIRECT_BITS = 2 };
	uint64_t strength = w->destination.to;

	strength = strength << PLACED_BITS | (2 - w->ends.placed);
	strength = strength << ANY_BITS | w->rule->any_protocol;
	strength = strength << RANGE_BITS | w->range_size;
	strength = strength << DIRECT_BITS | (2 - w->ends.direct);
	strength = strength << EVERYWHERE_BITS | w->rule->product->everywhere;
	return strength << CLAIM_BITS | (w->corrected ? FA_CLAIM_CORRECTED : w->claim);
}

enum { ORDER_BITS = 24, STRENGTH_BITS = 28, COUNT_BITS = 4, STRANGE_BITS = 1 };

static uint64_t rank(const struct fa_weighed *w, uint32_t order)
{
	uint64_t rank = w->fit;

	rank = rank << STRANGE_BITS | !w->ends.involved;
	rank = rank << COUNT_BITS | fa_difference_count(w->differs);
	rank = rank << STRENGTH_BITS | w->strength;
	return rank << ORDER_BITS | order;
}

static enum fa_fit fit_of(const struct fa_weighed *w)
{
	if (w->differs != 0)
		return FA_FIT_CONTRADICTED;
	if (w->uncertain || w->protocol == FA_FIT_OPEN || w->destination.host_unknown ||
	    w->destination.as_unknown || w->ends.client.name_unknown || w->ends.server.name_unknown)
		return FA_FIT_OPEN;
	return FA_FIT_AGREES;
}

void fa_weighed_rank(const struct fa_audit_context *context, struct fa_weighed *w)
{
	w->fit = fit_of(w);
	w->strength = strength(w);
	w->rank = rank(w, fa_rule_order(context, w->rule));
}

/* TOUCHED: the binding may be involved. */
static void weigh(const struct fa_audit_context *context, const struct fa_conversation *conv,
		  const struct fa_candidate *candidate, bool touched, struct fa_weighed *out)
{
	bool named;

	memset(out, 0, sizeof(*out));
	out->binding = candidate->binding;
	out->rule = candidate->binding->rule;
	out->claim = candidate->claim;
	out->corrected = candidate->claim == FA_CLAIM_CORRECTED;
	out->range_size = candidate->range_size;
	weigh_protocol(conv, out);
	fa_destination_weigh(context, conv, out->binding, &out->destination);
	named = out->destination.to == FA_TO_HOST || out->destination.to == FA_TO_NETWORK;
	if (touched)
		fa_ends_weigh(context, conv, out->binding, named, &out->ends);
	else
		fa_ends_strange(&out->ends);
	out->differs |= out->destination.differs | out->ends.differs;
	weigh_scope(&conv->id, out);
	fa_weighed_rank(context, out);
}

void fa_weigh(const struct fa_audit_context *context, const struct fa_conversation *conv,
	      const struct fa_candidate *candidate, struct fa_weighed *out)
{
	weigh(context, conv, candidate, true, out);
}

size_t fa_weighed_insert(struct fa_weighed *out, size_t count, const struct fa_weighed *weighed)
{
	size_t at = count;

	if (count == FA_WEIGHED_MAX && weighed->rank >= out[count - 1].rank)
		return count;
	if (count == FA_WEIGHED_MAX)
		at--;
	else
		count++;
	for (; at > 0 && weighed->rank < out[at - 1].rank; at--)
		out[at] = out[at - 1];
	out[at] = *weighed;
	return count;
}

size_t fa_weigh_all(const struct fa_audit_context *context, const struct fa_conversation *conv,
		    uint8_t transport, struct fa_weighed *out)
{
	const struct fa_candidate *candidates;
	size_t count = fa_policy_candidates(context->policy, transport, conv->id.server_port,
					    &candidates);
	struct fa_touched touched;
	size_t kept = 0;

	if (count > 0)
		fa_touch_find(context->touch, &conv->id.client, &conv->id.server, &touched);
	for (size_t i = 0; i < count; i++) {
		struct fa_weighed weighed;

		weigh(context, conv, &candidates[i],
		      fa_touch_binding(context->touch, &touched, candidates[i].binding), &weighed);
		kept = fa_weighed_insert(out, kept, &weighed);
	}
	return kept;
}
