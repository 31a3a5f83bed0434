/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Judges and stores what a live capture gathered, window by window, and does what follows from it:
 * events, evidence, rotation, reload, pruning. Waits for whoever locks the database; what cannot be
 * written at all goes to the spool, if there is one. One thread.
 */
#ifndef FA_PIPELINE_STORING_H
#define FA_PIPELINE_STORING_H

#include "pipeline/gathered.h"
#include "pipeline/job.h"
#include "pipeline/shared.h"

struct fa_storing;

/* Opens the database and what else is written, and begins the run. SHARED is borrowed. */
int fa_storing_new(struct fa_storing **out, const struct fa_job *job,
		   const struct fa_run_info *info, struct fa_shared *shared, struct fa_diag *diag);
void fa_storing_free(struct fa_storing *storing);

/* 0: judged and stored, or in the spool, and GATHERED was exchanged for one that is free. Else the
 * error that ends the capture, with its message. */
int fa_storing_window(struct fa_storing *storing, struct fa_gathered **gathered,
		      struct fa_diag *diag);

/* Nothing to store now: what waits is tried again, old runs are pruned. Called about once a
 * second. */
void fa_storing_idle(struct fa_storing *storing);

#endif
