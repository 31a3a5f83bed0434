/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why: from how a row was weighed to the reasons and the detail of a judgement. */
#ifndef FA_AUDIT_REASONS_H
#define FA_AUDIT_REASONS_H

#include "audit/weigh.h"
#include "core/verdict.h"

/* Adds to the detail; what does not fit whole is left out. */
void fa_reasons_detail(struct fa_judgement *out, const char *text);

/* Of a conversation that was only tried. */
void fa_reasons_of_try(const struct fa_audit_context *context, const struct fa_conversation *conv,
		       struct fa_judgement *out);

/* Of a row that decides. */
void fa_reasons_of_fit(const struct fa_audit_context *context, const struct fa_conversation *conv,
		       const struct fa_weighed *w, struct fa_judgement *out);

/* What the knowledge of a name rests on, of a conversation ID; nothing when BY has no host. */
void fa_reasons_of_name(const struct fa_identity *id, const struct fa_called_by *by,
			struct fa_judgement *out);

/* What a row demands and nobody saw. */
void fa_reasons_of_unknowns(const struct fa_conversation *conv, const struct fa_weighed *w,
			    struct fa_judgement *out);

/*
 * What differs from a row. An end that differs because it belongs to another instance of the same
 * product turns into that difference in W.
 */
void fa_reasons_of_differences(const struct fa_audit_context *context,
			       const struct fa_conversation *conv, struct fa_weighed *w,
			       struct fa_judgement *out);

#endif
