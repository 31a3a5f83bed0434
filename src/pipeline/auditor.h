/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The auditor: sums the workers' conversations, judges them, owns the database. */
#ifndef FA_PIPELINE_AUDITOR_H
#define FA_PIPELINE_AUDITOR_H

#include "core/flow.h"
#include "core/name.h"
#include "core/run.h"
#include "pipeline/job.h"
#include "pipeline/shared.h"

struct fa_auditor;

/* Opens the database and begins the run. */
int fa_auditor_new(struct fa_auditor **out, const struct fa_job *job,
		   const struct fa_run_info *info, struct fa_diag *diag);
void fa_auditor_free(struct fa_auditor *auditor);

int64_t fa_auditor_run(const struct fa_auditor *auditor);

/* Takes a conversation, a flow record, a name; all are checked, since a worker may be subverted. */
int fa_auditor_conversation(struct fa_auditor *auditor, const struct fa_conversation *conversation);
int fa_auditor_flow(struct fa_auditor *auditor, const struct fa_flow_record *flow);
int fa_auditor_name(struct fa_auditor *auditor, const struct fa_name_answer *answer);

/* Judges everything, stores it, and finishes the run. */
int fa_auditor_finish(struct fa_auditor *auditor, struct fa_run_totals *totals);

/* Writes out what stdio still holds of the flow records; call it before the process ends. */
int fa_auditor_flush_flows(const struct fa_job *job, struct fa_diag *diag);

/* The message of the first failure. */
const struct fa_diag *fa_auditor_diag(const struct fa_auditor *auditor);

/*
 * The life of the auditor process between fork and _exit: returns its exit status. One byte goes
 * to READY_FD when the database is open and the run has begun; none when it failed before.
 */
int fa_auditor_main(const struct fa_job *job, const struct fa_run_info *info,
		    const struct fa_channel *channels, struct fa_shared *shared, int ready_fd,
		    int parent);

#endif
