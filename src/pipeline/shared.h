/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the processes of a job share beside the rings: counters, positions, last words. */
#ifndef FA_PIPELINE_SHARED_H
#define FA_PIPELINE_SHARED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "core/run.h"
#include "pipeline/job.h"
#include "ring/ring.h"

/* Kinds of ring records. */
enum { FA_RECORD_PACKET = 1, FA_RECORD_CONVERSATION = 2, FA_RECORD_FLOW = 3, FA_RECORD_NAME = 4 };

/*
 * Written by one worker, in a mapping that no other worker has; read by the supervisor when the
 * worker is gone. A worker may have been subverted: nothing in here is believed beyond counting.
 */
struct fa_worker_shared {
	_Alignas(128) _Atomic uint64_t at_position; /* ring position behind the record in work */
	_Atomic uint64_t at_number;		    /* number of the packet in work */
	_Atomic uint64_t taken;	   /* packets taken from the ring, with the one in work */
	_Atomic uint64_t reported; /* packets in conversations that the auditor can see */
	_Atomic uint64_t active;   /* flows in its table */
	_Atomic bool waiting;	   /* for space in the ring to the auditor */
	struct fa_worker_counts counts; /* of this process, as of its last publishing */
	struct fa_worker_counts before; /* of the processes that it replaced */
	struct fa_diag diag;
};

/* Of the supervisor and the auditor; workers do not have it. */
struct fa_shared {
	struct fa_capture_counts capture; /* final when the packet rings are closed */
	struct fa_loss_counts loss;
	_Atomic int end; /* enum fa_run_end, set before the rings are closed */
	int64_t run;	 /* set by the auditor before it says that it is ready */
	uint64_t conversations;
	int auditor_error;
	struct fa_diag auditor_diag;
};

/* What one worker shares, each part in a mapping of its own. */
struct fa_channel {
	struct fa_ring *packets;       /* capture to worker */
	struct fa_ring *conversations; /* worker to auditor */
	struct fa_worker_shared *worker;
};

/* Memory that children share; NULL when there is none. */
void *fa_shared_map(size_t size);

/* Everything that was counted, put together. */
void fa_shared_totals(const struct fa_shared *shared, const struct fa_channel *channels,
		      unsigned workers, struct fa_run_totals *totals);

#endif
