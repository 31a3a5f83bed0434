/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the verdict on a conversation would be, and how each row that claims its port fits. */
#ifndef FA_AUDIT_EXPLAIN_H
#define FA_AUDIT_EXPLAIN_H

#include "audit/context.h"
#include "core/explain.h"

/*
 * Answers QUESTION as the run of CONTEXT would: with no evidence, names and ties unless the
 * context has them. Texts in OUT are borrowed from the question and the rulebook.
 */
void fa_explain(const struct fa_audit_context *context, const struct fa_question *question,
		struct fa_explanation *out);

#endif
