/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The processes of a job: made, fed, watched, replaced, and waited for. */
#ifndef FA_PIPELINE_PROCESSES_H
#define FA_PIPELINE_PROCESSES_H

#include "core/packet.h"
#include "pipeline/job.h"
#include "pipeline/shared.h"

struct fa_processes;

/*
 * Makes the rings and forks the auditor and the workers. Returns when the database is open and the
 * run has begun, or with the auditor's error.
 */
int fa_processes_start(struct fa_processes **out, const struct fa_job *job,
		       const struct fa_run_info *info, const struct fa_port_set *documented,
		       struct fa_diag *diag);

/* Ends what still runs and frees. NULL is fine. */
void fa_processes_free(struct fa_processes *processes);

/* Counters that the capture side fills; they reach the auditor with fa_processes_finish. */
struct fa_capture_counts *fa_processes_counts(struct fa_processes *processes);

/* Hands a packet to the worker of its address pair, waiting while that is full. For an intake. */
int fa_processes_packet(void *context, const struct fa_packet *packet, const uint8_t *ip_bytes);

/* Makes everything handed over so far visible to the workers. */
void fa_processes_publish(struct fa_processes *processes);

/* The same, and wakes those that sleep: nothing more may come for a while. */
void fa_processes_flush(struct fa_processes *processes);

/* Looks after the children without waiting: replaces dead workers. The error that ends the job, if
 * there is one. */
int fa_processes_watch(struct fa_processes *processes, struct fa_diag *diag);

/* Nothing more will come: waits until everything is judged and stored. */
int fa_processes_finish(struct fa_processes *processes, enum fa_run_end end,
			struct fa_job_result *result, struct fa_diag *diag);

/* The number of the run. */
int64_t fa_processes_run(const struct fa_processes *processes);

#endif
