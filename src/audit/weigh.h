/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How well one bound rule fits one conversation, and the order in which candidates are named. */
#ifndef FA_AUDIT_WEIGH_H
#define FA_AUDIT_WEIGH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/context.h"
#include "audit/destination.h"
#include "audit/ends.h"
#include "core/explain.h"
#include "core/flow.h"
#include "core/policy.h"

struct fa_weighed {
	const struct fa_rule *rule; /* of the binding */
	const struct fa_binding *binding;
	enum fa_claim claim;
	enum fa_fit protocol; /* of the protocol alone */
	enum fa_fit fit;      /* of everything */
	struct fa_ends ends;
	struct fa_destined destination;
	unsigned differs;    /* FA_DIFFERS_ set; 0 unless contradicted */
	bool corrected;	     /* only the rule's correction fits */
	bool uncertain;	     /* nothing shows that the port, chosen at run time, is the row's */
	const struct fa_binding *lead; /* led to this port, chosen at run time; NULL: nothing */
	uint32_t range_size; /* ports in the matching range; 1 is exact */
	uint64_t strength;   /* how specific: lower is better, equal means equally specific */
	uint64_t rank;	     /* total order: fit, involvement, number of differences, strength,
				rule; then by instance */
};

/* Whether inspection saw a protocol and could name it: only then it confirms or contradicts. */
bool fa_protocol_is_known(const struct fa_identity *id);

/*
 * Whether the conversation is nothing but attempts that reached nobody: TCP connections that were
 * never opened, or flows that an ICMP message ended before any answer. What was not seen of the
 * protocol is then no reason for doubt: ports and endpoints are compared.
 */
bool fa_only_tried(const struct fa_conversation *conv);

/* Whether an answer to what was only tried would have been seen before the run ends. */
bool fa_answer_was_due(const struct fa_audit_context *context, const struct fa_conversation *conv);

/* Weighs CANDIDATE, which needs not be documented on the port of the conversation. */
void fa_weigh(const struct fa_audit_context *context, const struct fa_conversation *conv,
	      const struct fa_candidate *candidate, struct fa_weighed *out);

/* Finds fit, strength and rank anew, after "uncertain" has changed. */
void fa_weighed_rank(const struct fa_audit_context *context, struct fa_weighed *w);

/* As many candidates as are kept: the best ones. */
#define FA_WEIGHED_MAX FA_EXPLAINED_MAX

/* Adds WEIGHED to the COUNT in OUT[FA_WEIGHED_MAX], which stay sorted; returns the new count. */
size_t fa_weighed_insert(struct fa_weighed *out, size_t count, const struct fa_weighed *weighed);

/* Weighs all candidates of the server port, best first; OUT has FA_WEIGHED_MAX. */
size_t fa_weigh_all(const struct fa_audit_context *context, const struct fa_conversation *conv,
		    uint8_t transport, struct fa_weighed *out);

#endif
