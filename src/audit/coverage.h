/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The other half of an audit: which documented rows were seen, which were tried in vain, which
 * could have been seen but were not, and which this capture can say nothing about.
 *
 * Without a site there is one expectation for each row. With one there is one for each row bound to
 * an instance and each place of the product's own side (see audit/spots.h): the machines that serve
 * it, or for what the product calls, those that call. A row whose own side has no place is not
 * expected. A catalog that holds on every network has one expectation for each row that has no
 * instance here, and nothing of it is ever missing.
 */
#ifndef FA_AUDIT_COVERAGE_H
#define FA_AUDIT_COVERAGE_H

#include "audit/context.h"
#include "core/flow.h"
#include "core/verdict.h"

/* As many places of rows are watched, about 250 bytes each, and twice that with a mark; ours. */
#define FA_COVERAGE_MAX 200000

struct fa_coverage;

/* CONTEXT is borrowed and must outlive the coverage. 0 or FA_ENOMEM. */
int fa_coverage_new(struct fa_coverage **out, const struct fa_audit_context *context);
/* The same with another limit than FA_COVERAGE_MAX. */
int fa_coverage_new_max(struct fa_coverage **out, const struct fa_audit_context *context,
			size_t max);
void fa_coverage_free(struct fa_coverage *coverage);

/*
 * Takes every conversation with its judgement, in any order. What a scanner (see
 * fa_evidence_is_scanner) tried in vain is passed over: the evidence must be complete.
 */
void fa_coverage_add(struct fa_coverage *coverage, const struct fa_conversation *conv,
		     const struct fa_judgement *judgement);

/*
 * Remembers what was covered so far, and goes back to it, any number of times: the transaction in
 * which it was to be stored failed, and the same conversations, perhaps with more and with
 * directions settled otherwise, will be added again. Back without a mark does nothing. Both cost a
 * copy; only the first mark can fail, with FA_ENOMEM and nothing marked.
 */
int fa_coverage_mark(struct fa_coverage *coverage);
void fa_coverage_back(struct fa_coverage *coverage);

/* How many expectations there are, and how many places were too many to be watched. */
size_t fa_coverage_count(const struct fa_coverage *coverage);
uint64_t fa_coverage_left_out(const struct fa_coverage *coverage);

/*
 * Calls FN with each expectation: by rule in the order of the rulebook, then by instance, then by
 * place in the order of the roles. A value other than 0 stops it and is returned. May be called
 * again after more conversations.
 */
int fa_coverage_finish(const struct fa_coverage *coverage,
		       int (*fn)(void *context, const struct fa_expectation *expectation),
		       void *context);

#endif
