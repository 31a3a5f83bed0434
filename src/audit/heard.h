/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which places of a site sent or received anything in a run: what a capture could have seen. */
#ifndef FA_AUDIT_HEARD_H
#define FA_AUDIT_HEARD_H

#include "audit/context.h"
#include "audit/example.h"
#include "core/flow.h"

struct fa_heard;

/* CONTEXT is borrowed. Without a site there are no places. 0 or FA_ENOMEM. */
int fa_heard_new(struct fa_heard **out, const struct fa_audit_context *context);
void fa_heard_free(struct fa_heard *heard);

/* Takes a conversation, in any order. */
void fa_heard_add(struct fa_heard *heard, const struct fa_conversation *conv);

/* Remembers what was heard so far, and goes back to that. Only the first mark can fail, with
 * FA_ENOMEM; back is only for what was marked. */
int fa_heard_mark(struct fa_heard *heard);
void fa_heard_back(struct fa_heard *heard);

/* A conversation of an address of PLACE, or with its host name; NULL: nothing was heard of it. */
const struct fa_example *fa_heard_of(const struct fa_heard *heard, const struct fa_place *place);

#endif
