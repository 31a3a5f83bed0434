/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verdict on one conversation. */
#include "audit/judge.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/dynamic.h"
#include "audit/fallback.h"
#include "audit/nearest.h"
#include "audit/reasons.h"
#include "audit/waive.h"
#include "audit/weigh.h"
#include "base/text.h"

/* What is being judged, so that the steps below need not pass it one by one. */
struct hearing {
	const struct fa_audit_context *context;
	const struct fa_conversation *conv;
	struct fa_weighed weighed[FA_WEIGHED_MAX]; /* best first */
	size_t count;
	bool tried; /* nothing but attempts that reached nobody */
	struct fa_judgement *out;
};

static void because(struct hearing *h, enum fa_reason reason)
{
	fa_judgement_because(h->out, reason);
}

static void detail(struct hearing *h, const char *text)
{
	fa_reasons_detail(h->out, text);
}

static void because_of_the_try(struct hearing *h)
{
	if (h->tried)
		fa_reasons_of_try(h->context, h->conv, h->out);
}

static void decide(struct hearing *h, const struct fa_weighed *w)
{
	h->out->rule = w->rule;
	h->out->instance = w->binding->instance;
}

static void set_nearest(struct hearing *h, const struct fa_weighed *w)
{
	h->out->nearest = w->rule;
	h->out->nearest_instance = w->binding->instance;
	h->out->differs = w->differs;
}

/*
 * Candidates that agree, restrict the destination like the best one and have as many ends by
 * place. Only they speak for the same thing: a row that names this very host, or that the site
 * gives to these very machines, leaves no doubt, whatever general rows also fit. What holds on
 * every network is no rival of what a vendor documents.
 */
static bool is_peer(const struct hearing *h, size_t index)
{
	const struct fa_weighed *best = &h->weighed[0];
	const struct fa_weighed *w = &h->weighed[index];

	return w->fit == FA_FIT_AGREES && w->destination.to == best->destination.to &&
	       w->ends.placed == best->ends.placed &&
	       (best->rule->product->everywhere || !w->rule->product->everywhere);
}

static void because_ambiguous(struct hearing *h)
{
	const struct fa_product *product = h->weighed[0].rule->product;

	for (size_t i = 1; i < h->count && !product->everywhere; i++)
		if (is_peer(h, i) && h->weighed[i].rule->product != product)
			because(h, FA_REASON_AMBIGUOUS);
}

/* The document advises against it, or wants it only where another way fails, and it does not. */
static bool is_discouraged(const struct hearing *h, const struct fa_weighed *w)
{
	return w->rule->advice == FA_ADVICE_DISCOURAGED ||
	       fa_fallback_of(h->context, h->conv, w) == FA_FALLBACK_UNNEEDED;
}

/*
 * The candidate that decides: the best, unless it is discouraged and an equally specific row is
 * not. A weaker row (a range, any protocol) does not outweigh the advice.
 */
static const struct fa_weighed *deciding(const struct hearing *h)
{
	const struct fa_weighed *best = &h->weighed[0];

	for (size_t i = 0; i < h->count; i++) {
		const struct fa_weighed *w = &h->weighed[i];

		if (w->fit != best->fit || w->strength != best->strength)
			break;
		if (!is_discouraged(h, w))
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
		set_nearest(h, &h->weighed[i]);
		detail(h, "another row names a different protocol for this port");
		return;
	}
}

static void note_advice(struct hearing *h, const struct fa_weighed *decides)
{
	char text[FA_DETAIL_TEXT];

	for (size_t i = 0; i < h->count; i++) {
		const struct fa_rule *rule = h->weighed[i].rule;

		if (!is_peer(h, i) || rule->advice != FA_ADVICE_DISCOURAGED)
			continue;
		because(h, FA_REASON_ADVISED_AGAINST);
		if (rule == decides->rule)
			return;
		snprintf(text, sizeof(text), "%s advises against it", rule->id);
		detail(h, text);
		return;
	}
}

static void note_fallback(struct hearing *h, const struct fa_weighed *decides)
{
	static const enum fa_reason reasons[] = {
		[FA_FALLBACK_NEEDED] = FA_REASON_FALLBACK_NEEDED,
		[FA_FALLBACK_UNNEEDED] = FA_REASON_FALLBACK_NOT_NEEDED,
		[FA_FALLBACK_UNPROVEN] = FA_REASON_FALLBACK_UNPROVEN,
	};
	enum fa_fallback fallback = fa_fallback_of(h->context, h->conv, decides);
	char text[FA_DETAIL_TEXT];

	if (fallback == FA_NO_FALLBACK)
		return;
	because(h, reasons[fallback]);
	snprintf(text, sizeof(text), "the first way is %s", decides->rule->fallback_for->id);
	detail(h, text);
}

static void judge_agreeing(struct hearing *h)
{
	const struct fa_weighed *decides = deciding(h);

	decide(h, decides);
	h->out->verdict =
		is_discouraged(h, decides) ? FA_VERDICT_DISCOURAGED : FA_VERDICT_DOCUMENTED;
	note_advice(h, decides);
	note_fallback(h, decides);
	fa_reasons_of_fit(h->context, h->conv, decides, h->out);
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

	if (!fa_answer_was_due(h->context, h->conv)) {
		h->out->verdict = FA_VERDICT_INDETERMINATE;
		set_nearest(h, decides);
		because_of_the_try(h);
		return;
	}
	because_of_the_try(h);
	decide(h, decides);
	h->out->verdict = is_discouraged(h, decides) ? FA_VERDICT_DISCOURAGED : FA_VERDICT_REFUSED;
	note_advice(h, decides);
	note_fallback(h, decides);
	fa_reasons_of_fit(h->context, h->conv, decides, h->out);
	because_ambiguous(h);
}

/* Nothing contradicts the best candidate, but something that it demands was not seen. */
static void judge_open(struct hearing *h)
{
	h->out->verdict = FA_VERDICT_INDETERMINATE;
	set_nearest(h, &h->weighed[0]);
	fa_reasons_of_unknowns(h->conv, &h->weighed[0], h->out);
	because_of_the_try(h);
}

/*
 * What the finding is when every candidate is contradicted: the first line with a candidate that
 * has none of the differences. A row about these endpoints tells more than one for others, so the
 * protocol is the finding only where the endpoints could be right; else the endpoints are, also
 * when the protocol is wrong besides. Rows of a catalog for every network come after those of an
 * instance. A row for others on this port is no finding when these very machines have the same row
 * on another port: an offset was forgotten. Without a site all rows are about anybody, and no end
 * differs: when none accepts the protocol that was seen, that is the finding, whoever talks.
 */
static const struct {
	bool about; /* about an instance; with no site: all rows */
	unsigned without;
	enum fa_verdict verdict;
} findings[] = {
	{true, FA_DIFFERS_ENDS | FA_DIFFERS_PROTOCOL, FA_VERDICT_WRONG_ENDPOINT},
	{true, FA_DIFFERS_ENDS, FA_VERDICT_WRONG_PROTOCOL},
	{true, FA_DIFFERS_PROTOCOL, FA_VERDICT_WRONG_ENDPOINT},
	{false, FA_DIFFERS_PROTOCOL, FA_VERDICT_WRONG_ENDPOINT},
	{false, 0, FA_VERDICT_WRONG_PROTOCOL},
	{true, 0, FA_VERDICT_WRONG_ENDPOINT},
};

static struct fa_weighed *first_without(struct hearing *h, bool about, unsigned differs)
{
	for (size_t i = 0; i < h->count; i++) {
		struct fa_weighed *w = &h->weighed[i];
		bool is_about = h->context->policy->site == NULL || w->binding->instance != NULL;

		if (w->ends.involved && is_about == about && (w->differs & differs) == 0)
			return w;
	}
	return NULL;
}

/* Every candidate is contradicted. */
static void judge_contradicted(struct hearing *h)
{
	struct fa_weighed *nearest = NULL;

	for (size_t i = 0; i < sizeof(findings) / sizeof(findings[0]) && nearest == NULL; i++) {
		nearest = first_without(h, findings[i].about, findings[i].without);
		h->out->verdict = findings[i].verdict;
	}
	if (nearest == NULL) { /* no row has anything to do with these two */
		nearest = &h->weighed[0];
		h->out->verdict = FA_VERDICT_UNDOCUMENTED;
	}
	if ((nearest->differs & FA_DIFFERS_ENDS) != 0 &&
	    fa_nearest_moved(h->context, h->conv, h->out)) {
		h->out->verdict = FA_VERDICT_UNDOCUMENTED;
		because_of_the_try(h);
		return;
	}
	fa_reasons_of_differences(h->context, h->conv, nearest, h->out);
	set_nearest(h, nearest);
	if ((nearest->differs & FA_DIFFERS_PROTOCOL) == 0)
		fa_reasons_of_unknowns(h->conv, nearest, h->out);
	because_of_the_try(h);
}

static bool has_ports(uint8_t transport)
{
	unsigned index = fa_rule_transport_index(transport);

	return index < FA_RULE_TRANSPORTS && fa_rule_transport_has_ports(index);
}

static void judge_without_candidate(struct hearing *h)
{
	h->out->verdict = FA_VERDICT_UNDOCUMENTED;
	if (!has_ports(h->conv->id.transport)) {
		because(h, FA_REASON_NO_PORTS);
		return;
	}
	because(h, FA_REASON_NO_RULE);
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
	protocol = fa_evidence_spoke(h->context->evidence, id, &flows);
	if (protocol == NULL || flows == 0)
		return;
	because(h, FA_REASON_SAME_PORT_SPOKE);
	snprintf(text, sizeof(text), "same port spoke %s in %" PRIu64 " other flow%s", protocol,
		 flows, flows == 1 ? "" : "s");
	detail(h, text);
}

/* Rules of several instances are named once. */
static void name_candidates(struct hearing *h)
{
	size_t count = 0;

	for (size_t i = 0; i < h->count; i++) {
		size_t before = 0;

		while (h->weighed[before].rule != h->weighed[i].rule)
			before++;
		if (before < i)
			continue;
		if (count < FA_VERDICT_CANDS_MAX)
			h->out->candidates[count] = h->weighed[i].rule;
		count++;
	}
	h->out->candidate_count = count;
}

static void hearing_init(struct hearing *h, const struct fa_audit_context *context,
			 const struct fa_conversation *conv, struct fa_judgement *out)
{
	h->context = context;
	h->conv = conv;
	h->out = out;
	h->tried = fa_only_tried(conv);
	h->count = fa_weigh_all(context, conv, conv->id.transport, h->weighed);
	h->count = fa_dynamic_add(context, conv, h->weighed, h->count);
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
	else if (as_is->rule != flipped->rule || as_is->nearest != flipped->nearest ||
		 as_is->instance != flipped->instance)
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
	out->nearest_instance = from->rule != NULL ? from->instance : from->nearest_instance;
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
	return id->direction_by == FA_BY_FIRST_PACKET && has_ports(id->transport);
}

static void judge(const struct fa_audit_context *context, const struct fa_conversation *conv,
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

void fa_judge(const struct fa_audit_context *context, const struct fa_conversation *conv,
	      struct fa_judgement *out)
{
	judge(context, conv, out);
	fa_waive(context, conv, out);
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
			   const struct fa_binding **out)
{
	struct fa_judgement scratch;
	struct hearing h;
	size_t count = 0;

	/* Without a known direction the other end's rule may be the right one. */
	if (judgement->rule == NULL || has_reason(judgement, FA_REASON_DIRECTION_UNKNOWN))
		return 0;
	memset(&scratch, 0, sizeof(scratch));
	hearing_init(&h, context, conv, &scratch);
	for (size_t i = 0; i < h.count && count == 0; i++)
		if (h.weighed[i].rule == judgement->rule &&
		    h.weighed[i].binding->instance == judgement->instance)
			out[count++] = h.weighed[i].binding;
	for (size_t i = 0; i < h.count && count > 0; i++)
		if (is_peer(&h, i) && h.weighed[i].binding != out[0])
			out[count++] = h.weighed[i].binding;
	return count;
}
