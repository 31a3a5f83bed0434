/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Workers that died on what a packet did to them, or hang on it: what is lost with one is counted,
 * the packet is saved (table crash), and its channel is made ready for a new one, which goes on
 * behind that packet. Makes and ends no processes itself.
 */
#ifndef FA_PIPELINE_REPLACING_H
#define FA_PIPELINE_REPLACING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/run.h"
#include "pipeline/job.h"
#include "pipeline/shared.h"

/* What the supervisor keeps of its workers. */
struct fa_replacing {
	const struct fa_job *job;
	struct fa_shared *shared;
	const struct fa_channel *channels;
	struct fa_loss_counts loss; /* ours; others see it on its board */
	struct {
		uint64_t taken;	    /* when last looked at */
		int64_t since_ns;   /* when it was first that many, */
		int64_t cpu_ns;	    /* and what the process had worked by then */
		bool hung;	    /* so that it is ended */
		uint64_t handed;    /* the last window it handed over, */
		int64_t on_time_ns; /* and when it last was not late */
	} progress[FA_WORKERS_MAX];
	int64_t minute_ns; /* when counting of replacements began anew */
	uint64_t replaced_before;
};

/* Everything is borrowed; CHANNELS are those of the job's workers. */
void fa_replacing_init(struct fa_replacing *replacing, const struct fa_job *job,
		       struct fa_shared *shared, const struct fa_channel *channels);

/* Whether worker INDEX, process PID, hangs, which is said then: the caller ends it. To be asked
 * again and again. */
bool fa_replacing_hangs(struct fa_replacing *replacing, unsigned index, pid_t pid, int64_t now_ns);

/* Worker INDEX was stopped by a signal, which is said: the caller ends it. */
void fa_replacing_stopped(struct fa_replacing *replacing, unsigned index);

/*
 * Worker INDEX is gone, with the STATUS of wait(2). 0: a new one can go on with its channel.
 * FA_EDEAD: too many have died; FA_ECORRUPT: it left its ring in disorder; with a message.
 */
int fa_replacing_died(struct fa_replacing *replacing, unsigned index, int status,
		      struct fa_diag *diag);

/* Whether worker INDEX has packets to take. */
bool fa_replacing_has_pending(const struct fa_replacing *replacing, unsigned index);

/* What a process ended of, by its STATUS of wait(2), for people: TEXT, or a constant. */
const char *fa_replacing_why(int status, char *text, size_t size);

#endif
