/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verdict on one conversation: a pure function of the conversation and its context. */
#ifndef FA_AUDIT_JUDGE_H
#define FA_AUDIT_JUDGE_H

#include <stddef.h>

#include "audit/context.h"
#include "core/flow.h"
#include "core/policy.h"
#include "core/verdict.h"

/*
 * Judges CONV. Names in OUT are borrowed from the rulebook, the site and the waivers.
 *
 * Without a site, who client and server are is not checked: a verdict that rests on a rule then has
 * the reason ENDPOINTS_UNCHECKED. With one, rows are bound to instances (core/policy.h), and
 * audit/ends.h says who fits. The verdict is "wrong-endpoint" when a row is involved in the
 * conversation but not for these two; "undocumented" when no row has anything to do with them,
 * or when their own row has another port.
 */
void fa_judge(const struct fa_audit_context *context, const struct fa_conversation *conv,
	      struct fa_judgement *out);

/*
 * The bound rules that CONV, whose judgement is documented, discouraged or refused, speaks for: the
 * deciding one first, then those that fit equally well as far as anybody can tell. OUT has
 * FA_WEIGHED_MAX; returns how many, 0 for other verdicts.
 */
size_t fa_judge_spoken_for(const struct fa_audit_context *context,
			   const struct fa_conversation *conv, const struct fa_judgement *judgement,
			   const struct fa_binding **out);

#endif
