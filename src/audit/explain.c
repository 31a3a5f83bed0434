/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the verdict on a conversation would be, row by row. */
#include "audit/explain.h"

#include <string.h>

#include "audit/dynamic.h"
#include "audit/judge.h"
#include "audit/reasons.h"
#include "audit/weigh.h"
#include "base/text.h"

enum { TCP = 6 };

static void speak(struct fa_conversation *conv, const char *protocol)
{
	struct fa_identity *id = &conv->id;

	memset(id->protocol, 0, sizeof(id->protocol));
	fa_text_copy(id->protocol, sizeof(id->protocol), protocol != NULL ? protocol : "Unknown");
	id->detected_by = (uint8_t)(protocol != NULL ? FA_DETECTED_DPI : FA_DETECTED_NONE);
}

static void suppose(const struct fa_question *question, struct fa_conversation *conv)
{
	struct fa_identity *id = &conv->id;
	struct fa_counts *counts = &conv->counts;

	memset(conv, 0, sizeof(*conv));
	fa_counts_init(counts);
	id->client = question->client;
	id->server = question->server;
	id->transport = question->transport;
	id->direction_by = FA_BY_SYN;
	id->server_port = question->port;
	if (question->host != NULL)
		fa_text_copy(id->host, sizeof(id->host), question->host);
	if (question->application != NULL)
		fa_text_copy(id->application, sizeof(id->application), question->application);
	speak(conv, question->protocol);
	counts->flows = 1;
	counts->flows_in_state[id->transport == TCP ? FA_FLOW_CLOSED : FA_FLOW_TWO_WAY] = 1;
	counts->packets_to_server = 1;
	counts->packets_to_client = 1;
	counts->payload_packets = 2;
	counts->first_seen_ns = question->at_ns;
	counts->last_seen_ns = question->at_ns;
}

/* What the row that would be the best, whatever was spoken, wants; NULL: it takes anything. */
static const char *wanted_protocol(const struct fa_audit_context *context,
				   const struct fa_conversation *conv, struct fa_weighed *scratch)
{
	struct fa_conversation tried = *conv;
	const struct fa_rule *rule;

	memset(tried.counts.flows_in_state, 0, sizeof(tried.counts.flows_in_state));
	tried.counts.flows_in_state[FA_FLOW_REFUSED] = 1;
	if (fa_weigh_all(context, &tried, conv->id.transport, scratch) == 0)
		return NULL;
	rule = scratch[0].rule;
	if (scratch[0].corrected && rule->correction.protocols.count > 0)
		return rule->correction.protocols.items[0];
	return rule->protocols.count > 0 ? rule->protocols.items[0] : NULL;
}

static void explain_row(const struct fa_audit_context *context, const struct fa_conversation *conv,
			struct fa_weighed *w, struct fa_explained *out)
{
	struct fa_judgement why;

	memset(&why, 0, sizeof(why));
	switch (w->fit) {
	case FA_FIT_AGREES:
		fa_reasons_of_fit(context, conv, w, &why);
		break;
	case FA_FIT_OPEN:
		fa_reasons_of_unknowns(conv, w, &why);
		break;
	case FA_FIT_CONTRADICTED:
		fa_reasons_of_differences(context, conv, w, &why);
		break;
	}
	out->binding = w->binding;
	out->claim = w->claim;
	out->fit = w->fit;
	out->differs = w->differs;
	out->client = w->ends.client.place;
	out->server = w->ends.server.place;
	out->reason_count = why.reason_count;
	memcpy(out->reasons, why.reasons, sizeof(out->reasons));
	memcpy(out->detail, why.detail, sizeof(out->detail));
}

/* A protocol, and one that no catalog can name. */
#define ANY_OTHER "*"

static void add_otherwise(const struct fa_audit_context *context,
			  const struct fa_conversation *supposed, const char *protocol,
			  struct fa_explanation *out)
{
	struct fa_conversation conv = *supposed;
	struct fa_judgement judgement;

	speak(&conv, protocol != NULL ? protocol : ANY_OTHER);
	fa_judge(context, &conv, &judgement);
	out->otherwise[out->otherwise_count++] =
		(struct fa_otherwise){protocol, judgement.verdict, judgement.rule};
}

/* Whether the verdict on PROTOCOL is said already. */
static bool is_told(const struct fa_explanation *out, const char *protocol)
{
	if (out->protocol != NULL && strcmp(out->protocol, protocol) == 0)
		return true;
	for (size_t i = 0; i < out->otherwise_count; i++)
		if (strcmp(out->otherwise[i].protocol, protocol) == 0)
			return true;
	return false;
}

static void try_protocols(const struct fa_audit_context *context,
			  const struct fa_conversation *conv, const struct fa_strings *protocols,
			  struct fa_explanation *out)
{
	for (size_t i = 0; i < protocols->count; i++)
		if (out->otherwise_count < FA_OTHERWISE_MAX - 1 &&
		    !is_told(out, protocols->items[i]))
			add_otherwise(context, conv, protocols->items[i], out);
}

/* What the verdict would be if another protocol was spoken. */
static void explain_otherwise(const struct fa_audit_context *context,
			      const struct fa_conversation *conv, struct fa_explanation *out)
{
	struct fa_otherwise *other = out->otherwise;
	size_t kept = 0;
	size_t last;

	for (size_t i = 0; i < out->count; i++) {
		const struct fa_rule *rule = out->rows[i].binding->rule;

		try_protocols(context, conv, &rule->protocols, out);
		try_protocols(context, conv, &rule->correction.protocols, out);
	}
	last = out->otherwise_count;
	add_otherwise(context, conv, NULL, out);
	for (size_t i = 0; i < last; i++)
		if (other[i].verdict != other[last].verdict)
			other[kept++] = other[i];
	other[kept++] = other[last];
	out->otherwise_count = kept;
}

void fa_explain(const struct fa_audit_context *context, const struct fa_question *question,
		struct fa_explanation *out)
{
	struct fa_weighed weighed[FA_WEIGHED_MAX];
	struct fa_conversation conv;

	memset(out, 0, sizeof(*out));
	suppose(question, &conv);
	out->protocol = question->protocol != NULL ? question->protocol
						   : wanted_protocol(context, &conv, weighed);
	speak(&conv, out->protocol);
	fa_judge(context, &conv, &out->judgement);
	out->count = fa_weigh_all(context, &conv, conv.id.transport, weighed);
	out->count = fa_dynamic_add(context, &conv, weighed, out->count);
	for (size_t i = 0; i < out->count; i++)
		explain_row(context, &conv, &weighed[i], &out->rows[i]);
	if (question->protocol == NULL)
		explain_otherwise(context, &conv, out);
}
