/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How well one rule fits one conversation, and the order in which candidates are named. */
#ifndef FA_AUDIT_WEIGH_H
#define FA_AUDIT_WEIGH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/context.h"
#include "core/flow.h"
#include "core/policy.h"

/* Agrees in everything; not contradicted but something is unknown; contradicted. */
enum fa_fit { FA_FIT_AGREES, FA_FIT_OPEN, FA_FIT_CONTRADICTED };

/* What a rule says about the far end, best first. */
enum fa_destination {
	FA_TO_HOST,	    /* names hosts, and this is one */
	FA_TO_NETWORK,	    /* names networks, and the server is in one */
	FA_TO_ANYBODY,	    /* does not restrict it */
	FA_TO_UNKNOWN,	    /* restricts it, but the name or the system is not known */
	FA_TO_SOMEBODY_ELSE /* restricts it, and this is another */
};

struct fa_weighed {
	const struct fa_rule *rule;
	const struct fa_binding *binding;
	enum fa_fit protocol; /* of the protocol alone */
	enum fa_fit fit;      /* of everything */
	enum fa_destination destination;
	unsigned differs; /* FA_DIFFERS_ set; 0 unless contradicted */
	bool host_unknown, as_unknown;
	bool corrected;	     /* only the rule's correction fits */
	uint32_t range_size; /* ports in the matching range; 1 is exact */
	uint64_t strength;   /* how specific: lower is better, equal means equally specific */
	uint64_t rank;	     /* total order: fit, number of differences, strength, rule order */
};

/* Whether inspection saw a protocol and could name it: only then it confirms or contradicts. */
bool fa_protocol_is_known(const struct fa_identity *id);

/*
 * Whether the conversation is nothing but TCP connections that were never opened: there was
 * nothing to inspect, so only ports and endpoints can be compared.
 */
bool fa_only_tried(const struct fa_conversation *conv);

/* Weighs CANDIDATE, which needs not be documented on the port of the conversation. */
void fa_weigh(const struct fa_audit_context *context, const struct fa_conversation *conv,
	      const struct fa_candidate *candidate, struct fa_weighed *out);

/* As many candidates as are kept: the best ones. */
#define FA_WEIGHED_MAX 64

/* Weighs all candidates of the server port, best first; OUT has FA_WEIGHED_MAX. */
size_t fa_weigh_all(const struct fa_audit_context *context, const struct fa_conversation *conv,
		    uint8_t transport, struct fa_weighed *out);

/* Number of bits in a FA_DIFFERS_ set. */
unsigned fa_differences(unsigned differs);

#endif
