/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a live capture could not store: it waits in the spool, and comes back in sets that memory
 * holds when the database can be written again. For one thread.
 */
#ifndef FA_PIPELINE_BACKLOG_H
#define FA_PIPELINE_BACKLOG_H

#include <stdint.h>

#include "base/error.h"
#include "pipeline/gathered.h"
#include "pipeline/live.h"
#include "pipeline/shared.h"

struct fa_backlog;

/*
 * Opens a spool as LIVE says, for the run in SHARED; says what interrupted runs have left there. Sets
 * that come back hold ROOM conversations at most. SHARED is borrowed: its spool_bytes are kept up
 * to date. Errors as of fa_spool_open, with a message.
 */
int fa_backlog_new(struct fa_backlog **out, const struct fa_live *live, struct fa_shared *shared,
		   size_t room, struct fa_diag *diag);
/* Its file stays when there is something in it. NULL is fine. */
void fa_backlog_free(struct fa_backlog *backlog);

/* Conversations that wait. NULL: 0. */
uint64_t fa_backlog_count(const struct fa_backlog *backlog);

/* Puts the conversations of GATHERED there, whose totals are those of all until now. WHY they could
 * not be stored is said when nothing waited yet. Errors: FA_EFULL, FA_EIO, with a message. */
int fa_backlog_add(struct fa_backlog *backlog, const struct fa_gathered *gathered, const char *why,
		   struct fa_diag *diag);

/*
 * STORE gets what waits, a set at a time, all but the last of which are a part of their window, and
 * says 0 when it is stored. 0: nothing waits any more. Else its error, or one of reading the spool
 * with a message: the next time it goes on with the set that was not stored.
 */
int fa_backlog_catch_up(struct fa_backlog *backlog,
			int (*store)(void *context, const struct fa_gathered *set), void *context,
			struct fa_diag *diag);

#endif
