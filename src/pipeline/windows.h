/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The auditor of a live capture. One thread gathers what workers hand on and never waits for the
 * database; another judges and stores, one window at a time. A window that cannot be stored yet
 * waits, and what comes meanwhile joins it.
 */
#ifndef FA_PIPELINE_WINDOWS_H
#define FA_PIPELINE_WINDOWS_H

#include "core/run.h"
#include "pipeline/job.h"
#include "pipeline/shared.h"

struct fa_windows;

/* Opens the database and what else is written, and begins the run. SHARED and CHANNELS are
 * borrowed. */
int fa_windows_new(struct fa_windows **out, const struct fa_job *job,
		   const struct fa_run_info *info, struct fa_shared *shared,
		   const struct fa_channel *channels, struct fa_diag *diag);
/* After fa_windows_finish, or without it: then what was not stored is lost. NULL is fine. */
void fa_windows_free(struct fa_windows *windows);

/* Makes the thread that stores: the process must be confined by now. */
int fa_windows_start(struct fa_windows *windows);

/* Takes what a worker hands on (FA_RECORD_), checked. */
int fa_windows_take(struct fa_windows *windows, unsigned worker, uint32_t kind, const void *record,
		    size_t len);

/* To be called often: hands a finished window over. An error of the storing thread comes back here. */
int fa_windows_look(struct fa_windows *windows);

/* Everything was taken: stores what there is, ends the run and the thread. */
int fa_windows_finish(struct fa_windows *windows);

/* The message of the first failure. */
const struct fa_diag *fa_windows_diag(const struct fa_windows *windows);

#endif
