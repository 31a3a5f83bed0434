/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The auditor: sums the workers' conversations, judges them, owns the database. This one is for a
 * replay, which is judged when everything was read; windows.h has the one of a live capture.
 */
#ifndef FA_PIPELINE_AUDITOR_H
#define FA_PIPELINE_AUDITOR_H

#include "core/run.h"
#include "pipeline/job.h"
#include "pipeline/judging.h"
#include "pipeline/shared.h"
#include "store/store.h"

struct fa_auditor;

/* Opens the database and begins the run. */
int fa_auditor_new(struct fa_auditor **out, const struct fa_job *job,
		   const struct fa_run_info *info, struct fa_diag *diag);
void fa_auditor_free(struct fa_auditor *auditor);

int64_t fa_auditor_run(const struct fa_auditor *auditor);

/* Takes what a worker hands on: the bytes of a struct fa_conversation, fa_flow_record,
 * fa_name_answer. All are checked, see handed.h. */
int fa_auditor_conversation(struct fa_auditor *auditor, const void *record, size_t len);
int fa_auditor_flow(struct fa_auditor *auditor, const void *record, size_t len);
int fa_auditor_name(struct fa_auditor *auditor, const void *record, size_t len);

/* Takes a name that a capture file notes down: a context is the auditor. */
int fa_auditor_captured_name(void *auditor, const struct fa_name_answer *name);

/* Judges everything, stores it, and finishes the run. */
int fa_auditor_finish(struct fa_auditor *auditor, struct fa_run_totals *totals);

/* Writes out what stdio still holds of the flow records; call it before the process ends. */
int fa_auditor_flush_flows(const struct fa_job *job, struct fa_diag *diag);

/* The message of the first failure. */
const struct fa_diag *fa_auditor_diag(const struct fa_auditor *auditor);

/* For both kinds of auditor: their part of the memory limit, */
uint64_t fa_auditor_memory(const struct fa_job *job);
/* what the store shall keep of policy and waivers, */
struct fa_store_basis fa_auditor_basis(const struct fa_policy *policy,
				       const struct fa_waivers *waivers);
/* and a word when the site expects more than can be watched. */
void fa_auditor_warn_left_out(const struct fa_judging *judging);

/*
 * The life of the auditor process between fork and _exit: returns its exit status. One byte goes
 * to READY_FD when the database is open and the run has begun; none when it failed before.
 */
int fa_auditor_main(const struct fa_job *job, const struct fa_run_info *info,
		    const struct fa_channel *channels, struct fa_shared *shared, int ready_fd,
		    int parent);

#endif
