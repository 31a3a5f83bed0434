/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a run showed of the bound rules on which others depend (audit/ties.h): which two hosts used
 * a rule that leads to further ports, and since when; and whether a client got through by the rule
 * that others stand in for. Filled with all conversations before any is judged. The order of the
 * calls does not matter, as long as the limit is not reached.
 */
#ifndef FA_AUDIT_SHOWN_H
#define FA_AUDIT_SHOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/context.h"
#include "core/flow.h"

struct fa_shown;

/* Holds at most MAX_ENTRIES, about 100 bytes each. 0 or FA_ENOMEM. */
int fa_shown_new(struct fa_shown **out, size_t max_entries);
void fa_shown_free(struct fa_shown *shown);

/* Takes a conversation; CONTEXT has names, if any. What was not remembered is said by is_full. */
void fa_shown_add(struct fa_shown *shown, const struct fa_audit_context *context,
		  const struct fa_conversation *conv);

/* Whether something was not remembered, for want of room or memory. */
bool fa_shown_is_full(const struct fa_shown *shown);

/* Whether CLIENT and SERVER, in this order, ever used a rule that leads to others. */
bool fa_shown_pair(const struct fa_shown *shown, const struct fa_addr *client,
		   const struct fa_addr *server);

/* Whether CLIENT used BINDING, which leads to others, at SERVER since AT_NS or earlier. */
bool fa_shown_lead(const struct fa_shown *shown, const struct fa_addr *client,
		   const struct fa_addr *server, const struct fa_binding *binding, int64_t at_ns);

enum fa_shown_use {
	FA_SHOWN_NOTHING,
	FA_SHOWN_FAILING, /* only tried in vain */
	FA_SHOWN_WORKING
};

/* How CLIENT fared with BINDING, which others stand in for, at any server. */
enum fa_shown_use fa_shown_use(const struct fa_shown *shown, const struct fa_addr *client,
			       const struct fa_binding *binding);

#endif
