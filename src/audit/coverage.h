/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The other half of an audit: which documented rows were seen, which were tried in vain, which
 * could have been seen but were not, and which this capture can say nothing about.
 */
#ifndef FA_AUDIT_COVERAGE_H
#define FA_AUDIT_COVERAGE_H

#include "audit/context.h"
#include "core/flow.h"
#include "core/verdict.h"

struct fa_coverage;

/* CONTEXT is borrowed and must outlive the coverage. 0 or FA_ENOMEM. */
int fa_coverage_new(struct fa_coverage **out, const struct fa_audit_context *context);
void fa_coverage_free(struct fa_coverage *coverage);

/*
 * Takes every conversation with its judgement, in any order. What a scanner (see
 * fa_evidence_is_scanner) tried in vain is passed over: the evidence must be complete.
 */
void fa_coverage_add(struct fa_coverage *coverage, const struct fa_conversation *conv,
		     const struct fa_judgement *judgement);

/*
 * Writes one expectation for each rule, in the order of the rulebook: OUT has as many places as
 * the book has rules. May be called again after more conversations.
 */
void fa_coverage_finish(const struct fa_coverage *coverage, struct fa_expectation *out);

#endif
