/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verdict on one conversation. */
#include "audit/judge.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/nearest.h"
#include "audit/weigh.h"
#include "base/text.h"

/* An answer to a first SYN is due within this time: the initial RTO of RFC 6298 section 2.1. */
#define ANSWER_DUE_NS INT64_C(1000000000)

/* What is being judged, so that the steps below need not pass it one by one. */
struct hearing {
	const struct fa_audit_context *context;
	const struct fa_conversation *conv;
	struct fa_weighed weighed[FA_WEIGHED_MAX]; /* best first */
	size_t count;
	bool tried; /* nothing but TCP connections that never opened */
	struct fa_judgement *out;
};

static void because(struct hearing *h, enum fa_reason reason)
{
	fa_judgement_because(h->out, reason);
}

/* Adds to the detail; what does not fit whole is left out. */
static void detail(struct hearing *h, const char *text)
{
	size_t used = strlen(h->out->detail);
	const char *joint = used == 0 ? "" : "; ";
	size_t joint_len = strlen(joint);

	if (used + joint_len + strlen(text) >= sizeof(h->out->detail))
		return;
	fa_text_copy(&h->out->detail[used], sizeof(h->out->detail) - used, joint);
	used += joint_len;
	fa_text_copy(&h->out->detail[used], sizeof(h->out->detail) - used, text);
}

static void because_protocol_is_unknown(struct hearing *h)
{
	const struct fa_conversation *conv = h->conv;
	bool guessed = conv->id.detected_by == FA_DETECTED_PORT_GUESS ||
		       conv->id.detected_by == FA_DETECTED_ADDRESS_GUESS;

	if (guessed)
		because(h, FA_REASON_ONLY_GUESSED);
	if (conv->counts.payload_packets == 0)
		because(h, FA_REASON_NO_PAYLOAD);
	else if (conv->counts.truncated > 0)
		because(h, FA_REASON_TRUNCATED);
	else if (!guessed)
		because(h, FA_REASON_NOT_RECOGNISED);
}

/* Whether an answer would have been seen: the SYN was sent again, or the time for it was over. */
static bool answer_was_due(const struct hearing *h)
{
	const struct fa_counts *counts = &h->conv->counts;

	return counts->flows_in_state[FA_FLOW_REFUSED] > 0 || counts->syn_retries > 0 ||
	       counts->last_seen_ns <= h->context->run_end_ns - ANSWER_DUE_NS;
}

static void because_of_the_try(struct hearing *h)
{
	const uint64_t *states = h->conv->counts.flows_in_state;

	if (!answer_was_due(h))
		because(h, FA_REASON_ENDED_TOO_SOON);
	else if (states[FA_FLOW_ATTEMPTED] > 0)
		because(h, FA_REASON_NO_ANSWER);
	if (states[FA_FLOW_REFUSED] > 0)
		because(h, FA_REASON_RESET_ON_OPEN);
}

static void because_of_unknowns(struct hearing *h, const struct fa_weighed *w)
{
	if (w->host_unknown)
		because(h, FA_REASON_HOST_UNKNOWN);
	if (w->as_unknown)
		because(h, FA_REASON_AS_UNKNOWN);
	if (w->protocol == FA_FIT_OPEN)
		because_protocol_is_unknown(h);
}

static void because_of_rule(struct hearing *h, const struct fa_weighed *w)
{
	if (!h->tried)
		because(h, w->rule->any_protocol ? FA_REASON_ANY_PROTOCOL : FA_REASON_AGREES);
	if (w->range_size > 1)
		because(h, FA_REASON_RANGE);
	if (w->corrected) {
		because(h, FA_REASON_CORRECTION);
		detail(h, w->rule->correction.reason);
	}
	if (w->rule->requirement == FA_CONDITIONAL)
		because(h, FA_REASON_CONDITIONAL);
	because(h, FA_REASON_ENDPOINTS_UNCHECKED);
}

/*
 * Candidates that agree and restrict the destination like the best one. Only they speak for the
 * same thing: a row that names this very host leaves no doubt, whatever general rows also fit.
 */
static size_t peers_of_best(const struct hearing *h)
{
	size_t count = 0;

	while (count < h->count && h->weighed[count].fit == FA_FIT_AGREES &&
	       h->weighed[count].destination == h->weighed[0].destination)
		count++;
	return count;
}

static void because_ambiguous(struct hearing *h)
{
	size_t peers = peers_of_best(h);

	for (size_t i = 1; i < peers; i++)
		if (h->weighed[i].rule->product != h->weighed[0].rule->product)
			because(h, FA_REASON_AMBIGUOUS);
}

/*
 * The candidate that decides: the best, unless its row advises against it and an equally specific
 * row does not. A weaker row (a range, any protocol) does not outweigh the advice.
 */
static const struct fa_weighed *deciding(const struct hearing *h)
{
	const struct fa_weighed *best = &h->weighed[0];

	for (size_t i = 0; i < h->count; i++) {
		const struct fa_weighed *w = &h->weighed[i];

		if (w->fit != best->fit || w->strength != best->strength)
			break;
		if (w->rule->advice != FA_ADVICE_DISCOURAGED)
			return w;
	}
	return best;
}

/* A row that is silent about the protocol covers this; say so when another one names a protocol. */
static void note_contradicting_row(struct hearing *h, const struct fa_weighed *decides)
{
	for (size_t i = 0; i < h->count && decides->rule->any_protocol; i++) {
		if (h->weighed[i].differs != FA_DIFFERS_PROTOCOL)
			continue;
		h->out->nearest = h->weighed[i].rule;
		h->out->differs = FA_DIFFERS_PROTOCOL;
		detail(h, "another row names a different protocol for this port");
		return;
	}
}

static void note_advice(struct hearing *h, const struct fa_weighed *decides)
{
	char text[FA_DETAIL_TEXT];

	for (size_t i = 0; i < peers_of_best(h); i++) {
		const struct fa_rule *rule = h->weighed[i].rule;

		if (rule->advice != FA_ADVICE_DISCOURAGED)
			continue;
		because(h, FA_REASON_ADVISED_AGAINST);
		if (rule == decides->rule)
			return;
		snprintf(text, sizeof(text), "%s advises against it", rule->id);
		detail(h, text);
		return;
	}
}

static void judge_agreeing(struct hearing *h)
{
	const struct fa_weighed *decides = deciding(h);

	h->out->rule = decides->rule;
	h->out->verdict = decides->rule->advice == FA_ADVICE_DISCOURAGED ? FA_VERDICT_DISCOURAGED
									 : FA_VERDICT_DOCUMENTED;
	note_advice(h, decides);
	because_of_rule(h, decides);
	because_ambiguous(h);
	note_contradicting_row(h, decides);
}

/*
 * Nothing but unanswered or reset SYNs to a documented port. When every row advises against the
 * port, whoever blocks it follows the document: "refused" would call for opening it. That somebody
 * still tries is what the reader may want to change, so the verdict is "discouraged".
 */
static void judge_tried(struct hearing *h)
{
	const struct fa_weighed *decides = deciding(h);

	if (!answer_was_due(h)) {
		h->out->verdict = FA_VERDICT_INDETERMINATE;
		h->out->nearest = decides->rule;
		because_of_the_try(h);
		return;
	}
	because_of_the_try(h);
	h->out->rule = decides->rule;
	h->out->verdict = decides->rule->advice == FA_ADVICE_DISCOURAGED ? FA_VERDICT_DISCOURAGED
									 : FA_VERDICT_REFUSED;
	note_advice(h, decides);
	because_of_rule(h, decides);
	because_ambiguous(h);
}

/* Nothing contradicts the best candidate, but something that it demands was not seen. */
static void judge_open(struct hearing *h)
{
	h->out->verdict = FA_VERDICT_INDETERMINATE;
	h->out->nearest = h->weighed[0].rule;
	because_of_unknowns(h, &h->weighed[0]);
	if (h->tried)
		because_of_the_try(h);
}

static const struct {
	unsigned differs;
	enum fa_scope scope; /* for SCOPE only */
	enum fa_reason reason;
} endpoint_reasons[] = {
	{FA_DIFFERS_HOST, FA_SCOPE_NETWORK, FA_REASON_HOST_DIFFERS},
	{FA_DIFFERS_NETWORK, FA_SCOPE_NETWORK, FA_REASON_NETWORK_DIFFERS},
	{FA_DIFFERS_SCOPE, FA_SCOPE_LOOPBACK, FA_REASON_LOOPBACK_ON_WIRE},
	{FA_DIFFERS_SCOPE, FA_SCOPE_HOST, FA_REASON_HOST_LOCAL_ON_WIRE},
};

static void because_of_endpoints(struct hearing *h, const struct fa_weighed *w)
{
	for (size_t i = 0; i < sizeof(endpoint_reasons) / sizeof(endpoint_reasons[0]); i++) {
		if ((w->differs & endpoint_reasons[i].differs) == 0)
			continue;
		if (endpoint_reasons[i].differs == FA_DIFFERS_SCOPE &&
		    endpoint_reasons[i].scope != w->rule->scope)
			continue;
		because(h, endpoint_reasons[i].reason);
	}
}

/*
 * Every candidate is contradicted. If none accepts the protocol that was seen, that is the
 * finding, whoever talks. Else the protocol fits some row (or could fit: it was not seen, but no
 * protocol would make these endpoints right), and the endpoints are the finding.
 */
static void judge_contradicted(struct hearing *h)
{
	const struct fa_weighed *nearest = NULL;

	for (size_t i = 0; i < h->count && nearest == NULL; i++)
		if ((h->weighed[i].differs & FA_DIFFERS_PROTOCOL) == 0)
			nearest = &h->weighed[i];
	if (nearest != NULL) {
		h->out->verdict = FA_VERDICT_WRONG_ENDPOINT;
		because_of_endpoints(h, nearest);
		because_of_unknowns(h, nearest);
		if (h->tried)
			because_of_the_try(h);
	} else {
		nearest = &h->weighed[0];
		h->out->verdict = FA_VERDICT_WRONG_PROTOCOL;
		because(h, FA_REASON_SAW_OTHER_PROTOCOL);
		because_of_endpoints(h, nearest);
	}
	h->out->nearest = nearest->rule;
	h->out->differs = nearest->differs;
}

static bool has_ports(uint8_t transport)
{
	return (fa_rule_transport_bit(transport) & (FA_RULE_TCP | FA_RULE_UDP | FA_RULE_SCTP)) != 0;
}

static void judge_without_candidate(struct hearing *h)
{
	h->out->verdict = FA_VERDICT_UNDOCUMENTED;
	if (!has_ports(h->conv->id.transport)) {
		because(h, FA_REASON_NO_PORTS);
		return;
	}
	because(h, FA_REASON_NO_RULE);
	if (h->tried)
		because_of_the_try(h);
	fa_nearest_find(h->context, h->conv, h->out);
}

/* What other flows to this server port were seen to speak, when this one was not recognised. */
static void note_what_the_port_spoke(struct hearing *h)
{
	const struct fa_identity *id = &h->conv->id;
	char text[FA_DETAIL_TEXT];
	const char *protocol;
	uint64_t flows;

	if (h->context->evidence == NULL || fa_protocol_is_known(id) || !has_ports(id->transport))
		return;
	protocol = fa_evidence_spoke(h->context->evidence, &id->server, id->transport,
				     id->server_port, &flows);
	if (protocol == NULL || flows == 0)
		return;
	because(h, FA_REASON_SAME_PORT_SPOKE);
	snprintf(text, sizeof(text), "same port spoke %s in %" PRIu64 " other flow%s", protocol,
		 flows, flows == 1 ? "" : "s");
	detail(h, text);
}

static void name_candidates(struct hearing *h)
{
	h->out->candidate_count = h->count;
	for (size_t i = 0; i < h->count && i < FA_VERDICT_CANDS_MAX; i++)
		h->out->candidates[i] = h->weighed[i].rule;
}

static void hearing_init(struct hearing *h, const struct fa_audit_context *context,
			 const struct fa_conversation *conv, struct fa_judgement *out)
{
	h->context = context;
	h->conv = conv;
	h->out = out;
	h->tried = fa_only_tried(conv);
	h->count = fa_weigh_all(context, conv, conv->id.transport, h->weighed);
}

/* Takes client and server as they are. */
static void judge_as_is(const struct fa_audit_context *context, const struct fa_conversation *conv,
			struct fa_judgement *out)
{
	struct hearing h;

	memset(out, 0, sizeof(*out));
	hearing_init(&h, context, conv, out);
	name_candidates(&h);
	if (h.count == 0)
		judge_without_candidate(&h);
	else if (h.weighed[0].fit == FA_FIT_CONTRADICTED)
		judge_contradicted(&h);
	else if (h.weighed[0].fit == FA_FIT_OPEN)
		judge_open(&h);
	else if (h.tried)
		judge_tried(&h);
	else
		judge_agreeing(&h);
	note_what_the_port_spoke(&h);
}

/* Both directions give the same verdict: it stands, whichever is right. */
static void judge_same(const struct fa_judgement *as_is, const struct fa_judgement *flipped,
		       struct fa_judgement *out)
{
	bool take_flipped = as_is->rule == NULL && as_is->nearest == NULL;

	*out = take_flipped ? *flipped : *as_is;
	if (take_flipped && out->nearest != NULL)
		out->differs |= FA_DIFFERS_DIRECTION;
	if (out->verdict == FA_VERDICT_UNDOCUMENTED)
		fa_judgement_because(out, FA_REASON_DIRECTION_IRRELEVANT);
	else if (as_is->rule != flipped->rule || as_is->nearest != flipped->nearest)
		fa_judgement_because(out, FA_REASON_DIRECTION_UNKNOWN);
}

/* The verdict depends on the direction: the nearest rule is that of the side that has one. */
static void judge_differing(const struct fa_judgement *as_is, const struct fa_judgement *flipped,
			    struct fa_judgement *out)
{
	bool take_flipped =
		as_is->verdict == FA_VERDICT_UNDOCUMENTED ||
		(flipped->verdict != FA_VERDICT_UNDOCUMENTED && flipped->verdict < as_is->verdict);
	const struct fa_judgement *from = take_flipped ? flipped : as_is;

	memset(out, 0, sizeof(*out));
	out->verdict = FA_VERDICT_INDETERMINATE;
	out->nearest = from->rule != NULL ? from->rule : from->nearest;
	out->differs = from->rule != NULL ? 0 : from->differs;
	if (take_flipped)
		out->differs |= FA_DIFFERS_DIRECTION;
	memcpy(out->candidates, from->candidates, sizeof(out->candidates));
	out->candidate_count = from->candidate_count;
	memcpy(out->detail, from->detail, sizeof(out->detail));
	fa_judgement_because(out, FA_REASON_DIRECTION_UNKNOWN);
	for (size_t i = 0; i < from->reason_count && from->verdict == FA_VERDICT_INDETERMINATE; i++)
		fa_judgement_because(out, from->reasons[i]);
}

static bool direction_is_open(const struct fa_identity *id)
{
	return id->direction_by == FA_BY_FIRST_PACKET && id->client_port != 0 &&
	       has_ports(id->transport);
}

void fa_judge(const struct fa_audit_context *context, const struct fa_conversation *conv,
	      struct fa_judgement *out)
{
	struct fa_conversation other;
	struct fa_judgement as_is;
	struct fa_judgement flipped;

	if (conv->id.fragment != 0) {
		memset(out, 0, sizeof(*out));
		out->verdict = FA_VERDICT_INDETERMINATE;
		fa_judgement_because(out, FA_REASON_FRAGMENT);
		return;
	}
	if (!direction_is_open(&conv->id)) {
		judge_as_is(context, conv, out);
		return;
	}
	other = *conv;
	fa_conversation_flip(&other);
	judge_as_is(context, conv, &as_is);
	judge_as_is(context, &other, &flipped);
	if (as_is.verdict == flipped.verdict)
		judge_same(&as_is, &flipped, out);
	else
		judge_differing(&as_is, &flipped, out);
}

static bool has_reason(const struct fa_judgement *judgement, enum fa_reason reason)
{
	for (size_t i = 0; i < judgement->reason_count; i++)
		if (judgement->reasons[i] == reason)
			return true;
	return false;
}

size_t fa_judge_spoken_for(const struct fa_audit_context *context,
			   const struct fa_conversation *conv, const struct fa_judgement *judgement,
			   const struct fa_rule **out)
{
	struct fa_judgement scratch;
	struct hearing h;
	size_t count = 0;
	size_t peers;

	/* Without a known direction the other end's rule may be the right one. */
	if (judgement->rule == NULL || has_reason(judgement, FA_REASON_DIRECTION_UNKNOWN))
		return 0;
	out[count++] = judgement->rule;
	memset(&scratch, 0, sizeof(scratch));
	hearing_init(&h, context, conv, &scratch);
	peers = peers_of_best(&h);
	for (size_t i = 0; i < peers; i++)
		if (h.weighed[i].rule != judgement->rule)
			out[count++] = h.weighed[i].rule;
	return count;
}
