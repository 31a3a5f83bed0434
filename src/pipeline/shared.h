/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the processes of a job share beside the rings: counters, positions, last words. */
#ifndef FA_PIPELINE_SHARED_H
#define FA_PIPELINE_SHARED_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/error.h"
#include "core/run.h"
#include "pipeline/job.h"
#include "ring/ring.h"

/* Kinds of ring records. */
enum { FA_RECORD_PACKET = 1, FA_RECORD_CONVERSATION = 2, FA_RECORD_FLOW = 3 };

/* Written by one worker; read by the supervisor when the worker is gone, and for statistics. */
struct fa_worker_shared {
	_Alignas(128) _Atomic uint64_t at_position; /* ring position behind the record in work */
	_Atomic uint64_t at_number;		    /* number of the packet in work */
	_Atomic uint64_t taken;	   /* packets taken from the ring, with the one in work */
	_Atomic uint64_t reported; /* packets in conversations that the auditor can see */
	_Atomic uint64_t active;   /* flows in its table */
	struct fa_worker_counts counts; /* of this process, as of its last publishing */
	struct fa_worker_counts before; /* of the processes that it replaced */
	struct fa_diag diag;
};

struct fa_shared {
	struct fa_capture_counts capture; /* final when the packet rings are closed */
	struct fa_loss_counts loss;
	_Atomic int end; /* enum fa_run_end, set before the rings are closed */
	int64_t run;	 /* set by the auditor before it says that it is ready */
	uint64_t conversations;
	int auditor_error;
	struct fa_diag auditor_diag;
	struct fa_worker_shared workers[FA_WORKERS_MAX];
};

/* Everything that was counted, put together. */
void fa_shared_totals(const struct fa_shared *shared, unsigned workers,
		      struct fa_run_totals *totals);

struct fa_channel {
	struct fa_ring *packets;       /* capture to worker */
	struct fa_ring *conversations; /* worker to auditor */
};

#endif
