/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What leaves a live capture beside the database when a window was stored: events, and the packets
 * that are evidence of its findings. */
#ifndef FA_PIPELINE_OUTLETS_H
#define FA_PIPELINE_OUTLETS_H

#include "core/verdict.h"
#include "pipeline/keep.h"
#include "pipeline/live.h"
#include "pipeline/shared.h"
#include "store/store.h"

struct fa_outlets;

int fa_outlets_new(struct fa_outlets **out, const struct fa_job *job, struct fa_shared *shared,
		   struct fa_diag *diag);
void fa_outlets_free(struct fa_outlets *outlets);

/* A window is judged: forgets what an earlier attempt at it noted. */
void fa_outlets_begin(struct fa_outlets *outlets);

/* A conversation of it. 0 or FA_ENOMEM. */
int fa_outlets_judged(struct fa_outlets *outlets, const struct fa_conversation *conversation,
		      const struct fa_judgement *judgement);

/*
 * All of it is judged, and about to be committed: what is evidence of KEPT becomes a file of the
 * run, as number WINDOW; and so does what the window BEFORE had kept of conversations that are only
 * now findings, like attempts that nobody answered. Both may be NULL. A failure is said, and fails
 * nothing else.
 */
void fa_outlets_keep(struct fa_outlets *outlets, struct fa_store *store,
		     struct fa_keep_candidates *kept, struct fa_keep_candidates *before,
		     uint64_t window);

/* It was stored, as the last one of STORE: tells the world when it is whole. Cannot fail the capture either. */
void fa_outlets_stored(struct fa_outlets *outlets, struct fa_store *store,
		       const struct fa_live_basis *basis, const struct fa_window *window);

#endif
