/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows that are documented for when another one fails. */
#include "audit/fallback.h"

#include "audit/shown.h"

enum fa_fallback fa_fallback_of(const struct fa_audit_context *context,
				const struct fa_conversation *conv, const struct fa_weighed *w)
{
	const struct fa_binding *first;

	if (w->rule->fallback_for == NULL)
		return FA_NO_FALLBACK;
	first = fa_ties_of_instance(context->policy, w->rule->fallback_for, w->binding);
	if (first == NULL)
		return FA_FALLBACK_UNPROVEN;
	switch (fa_shown_use(context->shown, &conv->id.client, first)) {
	case FA_SHOWN_FAILING:
		return FA_FALLBACK_NEEDED;
	case FA_SHOWN_WORKING:
		return FA_FALLBACK_UNNEEDED;
	case FA_SHOWN_NOTHING:
		break;
	}
	return FA_FALLBACK_UNPROVEN;
}
