/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a judgement knows besides the conversation: the rules, what the rest of the run showed, and
 * when it ends.
 */
#ifndef FA_AUDIT_CONTEXT_H
#define FA_AUDIT_CONTEXT_H

#include <stddef.h>
#include <stdint.h>

#include "audit/evidence.h"
#include "audit/names.h"
#include "audit/ties.h"
#include "audit/touch.h"
#include "core/policy.h"
#include "core/waiver.h"

/* A rule that accepts a protocol, for "the same protocol is documented on another port". */
struct fa_named_rule {
	const char *protocol;
	const struct fa_rule *rule;
};

struct fa_shown;

struct fa_audit_context {
	const struct fa_rulebook *book;	  /* of the policy */
	const struct fa_policy *policy;
	const struct fa_evidence *evidence; /* may be NULL: nothing known */
	const struct fa_names *names;	    /* NULL: no DNS answers; set by who makes the context */
	const struct fa_shown *shown;	    /* NULL: nothing known; likewise */
	const struct fa_waivers *waivers;   /* NULL: none; likewise */
	int64_t run_end_ns;		    /* time of the last packet; may be moved forward */
	uint32_t *order;	     /* by rule index: the last tie-break, see fa_rule_order */
	uint32_t *first_binding;     /* by rule index, and one more: where its bindings begin */
	struct fa_ties ties;
	struct fa_touch *touch; /* NULL: nothing to tell apart */
	const struct fa_rule **moved;  /* those with a port that the site says, somewhere */
	const struct fa_rule **absent; /* those of products that the site does not have */
	size_t moved_count, absent_count;
	struct fa_named_rule *named; /* by protocol, then order */
	size_t named_count;
};

/*
 * POLICY and EVIDENCE are borrowed and must outlive the context. 0 or FA_ENOMEM. The context can be
 * read by many threads as long as nobody changes it or the evidence.
 */
int fa_audit_context_new(struct fa_audit_context **out, const struct fa_policy *policy,
			 const struct fa_evidence *evidence, int64_t run_end_ns);
void fa_audit_context_free(struct fa_audit_context *context);

/*
 * Position of a rule when products stand by id, those that hold on every network last, and rules in
 * the order of their document. It breaks ties: whatever order the catalogs were loaded in, and the
 * first row of a document wins, as a reader would expect.
 */
uint32_t fa_rule_order(const struct fa_audit_context *context, const struct fa_rule *rule);

/* The bindings of RULE, one for each instance: first of *COUNT, which may be 0. */
const struct fa_binding *fa_bindings_of(const struct fa_audit_context *context,
					const struct fa_rule *rule, size_t *count);

/* The rules that name PROTOCOL (not those that accept any): first of *COUNT, or NULL. */
const struct fa_named_rule *fa_rules_naming(const struct fa_audit_context *context,
					    const char *protocol, size_t *count);

#endif
