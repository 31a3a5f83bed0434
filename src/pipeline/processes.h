/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The processes of a job: made, fed, watched, replaced, and waited for. */
#ifndef FA_PIPELINE_PROCESSES_H
#define FA_PIPELINE_PROCESSES_H

#include "core/packet.h"
#include "pipeline/job.h"
#include "pipeline/lane.h"
#include "pipeline/shared.h"

struct fa_processes;

/*
 * Makes the rings and forks the auditor and the workers. Returns when the database is open and the
 * run has begun, or with the auditor's error.
 */
int fa_processes_start(struct fa_processes **out, const struct fa_job *job,
		       const struct fa_run_info *info, struct fa_diag *diag);

/* Ends what still runs and frees. NULL is fine. */
void fa_processes_free(struct fa_processes *processes);

/* The lanes of the job, ready for use; whoever reads packets fills them. */
struct fa_lane *fa_processes_lane(struct fa_processes *processes, unsigned index);

/* For statistics; borrowed. */
struct fa_shared *fa_processes_shared(struct fa_processes *processes);
const struct fa_channel *fa_processes_channels(const struct fa_processes *processes);
uint64_t fa_processes_flows_max(const struct fa_processes *processes); /* of all workers */

/* Looks after the children without waiting: replaces dead workers. The error that ends the job, if
 * there is one. */
int fa_processes_watch(struct fa_processes *processes, struct fa_diag *diag);

/*
 * Live: the window that is open ends here, with what is to happen then (FA_WINDOW_).
 * False when too many are still open: ask again later.
 */
bool fa_processes_end_window(struct fa_processes *processes, unsigned flags);

/* Nothing more will come: closes the lanes, waits until everything is judged and stored. */
int fa_processes_finish(struct fa_processes *processes, enum fa_run_end end,
			struct fa_job_result *result, struct fa_diag *diag);

/* The number of the run. */
int64_t fa_processes_run(const struct fa_processes *processes);

#endif
