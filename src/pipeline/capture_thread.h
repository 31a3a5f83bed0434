/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A capture thread: reads its source into its lane until it is asked to stop. */
#ifndef FA_PIPELINE_CAPTURE_THREAD_H
#define FA_PIPELINE_CAPTURE_THREAD_H

#include <pthread.h>

#include "base/siphash.h"
#include "capture/live.h"
#include "pipeline/intake.h"
#include "pipeline/lane.h"
#include "pipeline/statistics.h"

struct fa_capture_thread {
	struct fa_source *source; /* owned by whoever made it */
	struct fa_lane *lane;
	struct fa_shared *shared;
	struct fa_intake intake;
	pthread_t thread;
	bool started;
	_Atomic bool stop;
	pthread_mutex_t lock; /* for what follows */
	int error;	      /* that ended it */
	struct fa_diag diag;
	struct fa_statistics_interface interfaces[FA_STATISTICS_INTERFACES_MAX];
	uint32_t interface_count;
};

/* Starts it; everything is borrowed until it is joined. 0 or FA_ENOMEM. */
int fa_capture_thread_start(struct fa_capture_thread *thread, struct fa_source *source,
			    struct fa_lane *lane, struct fa_shared *shared,
			    const struct fa_wire *wire, struct fa_hash_key key);

/* Asks for the end: the kernel takes no more packets, those it has are read. */
void fa_capture_thread_stop(struct fa_capture_thread *thread);

/* Waits for that. Nothing happens to one that was not started. */
void fa_capture_thread_join(struct fa_capture_thread *thread);

/* 0, or the error that ended it, with its message. */
int fa_capture_thread_error(struct fa_capture_thread *thread, struct fa_diag *diag);

/* Adds its interfaces to OUT, for statistics. Several threads read the same ones: the worst state
 * counts. */
void fa_capture_thread_interfaces(struct fa_capture_thread *thread, struct fa_statistics *out);

#endif
