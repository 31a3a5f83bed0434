/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The worker: packets from a ring through flow and classify, conversations into another ring. */
#ifndef FA_PIPELINE_WORKER_H
#define FA_PIPELINE_WORKER_H

#include "core/sink.h"
#include "pipeline/job.h"
#include "pipeline/shared.h"

struct fa_worker_setup {
	const struct fa_job *job;
	const struct fa_lore_shared *lore;
	size_t max_flows, max_states; /* of this worker */
	unsigned keep_packets;	      /* first ones of each flow that are handed on; 0: none */
};

/* The stages of one worker, joined: flows over an nDPI classifier. */
struct fa_worker_stages;

int fa_worker_stages_new(struct fa_worker_stages **out, const struct fa_worker_setup *setup,
			 const struct fa_flow_sink *sink, struct fa_diag *diag);
void fa_worker_stages_free(struct fa_worker_stages *stages);
struct fa_flows *fa_worker_stages_flows(struct fa_worker_stages *stages);

/*
 * The life of a worker process between fork and _exit: returns its exit status. PARENT is the
 * process id of the supervisor.
 */
int fa_worker_main(const struct fa_worker_setup *setup, const struct fa_channel *channel,
		   int parent);

#endif
