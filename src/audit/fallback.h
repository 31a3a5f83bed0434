/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows that are documented for when another one fails. */
#ifndef FA_AUDIT_FALLBACK_H
#define FA_AUDIT_FALLBACK_H

#include "audit/weigh.h"

enum fa_fallback {
	FA_NO_FALLBACK,	      /* the row stands for itself */
	FA_FALLBACK_NEEDED,   /* the client tried the first way in vain */
	FA_FALLBACK_UNNEEDED, /* the first way works for this client */
	FA_FALLBACK_UNPROVEN  /* the run shows neither */
};

/* What the run of CONTEXT shows of the row that W stands in for. */
enum fa_fallback fa_fallback_of(const struct fa_audit_context *context,
				const struct fa_conversation *conv, const struct fa_weighed *w);

#endif
