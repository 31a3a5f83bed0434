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
#include "pipeline/lore.h"
#include "ring/ring.h"

/* Kinds of ring records. */
enum {
	FA_RECORD_PACKET = 1,	    /* struct fa_packet, IP bytes */
	FA_RECORD_CONVERSATION = 2, /* struct fa_conversation */
	FA_RECORD_FLOW = 3,	    /* struct fa_flow_record */
	FA_RECORD_NAME = 4,	    /* struct fa_name_answer */
	FA_RECORD_TICK = 5,	    /* struct fa_tick: time went on, maybe without packets */
	FA_RECORD_WINDOW = 6,	    /* uint64_t: this worker has handed over that window */
	FA_RECORD_KEPT = 7	    /* struct fa_packet, IP bytes: one of the first of its flow */
};

/* Goes through the rings of packets about every 100 ms of a live capture. */
struct fa_tick {
	int64_t clock_ns;
	uint64_t window; /* the last window that is over */
	uint64_t lore;	 /* generation of what workers know of the catalogs, see lore.h */
};

/* Words that one process writes and others read at any time: each word is whole, and values that
 * only grow differ from each other by what was counted meanwhile. */
#define FA_BOARD_WORDS(type) (sizeof(type) / sizeof(uint64_t))
void fa_board_put(_Atomic uint64_t *board, const void *value, size_t words);
void fa_board_get(const _Atomic uint64_t *board, void *value, size_t words);

/*
 * Written by one worker, in a mapping that no other worker has; read by the supervisor when the
 * worker is gone. A worker may have been subverted: nothing in here is believed beyond counting.
 */
struct fa_worker_shared {
	/* positions behind the records taken, by lane; of the one in work: */
	_Alignas(128) _Atomic uint64_t at_position[FA_LANES_MAX];
	_Atomic uint32_t at_lane;
	_Atomic uint64_t at_number;		    /* number of the packet in work */
	_Atomic int64_t at_clock_ns;		    /* the run's clock there */
	_Atomic uint64_t taken;	   /* packets taken from the rings, with the one in work */
	_Atomic uint64_t reported; /* packets in conversations that the auditor can see */
	_Atomic uint64_t active;   /* flows in its table */
	_Atomic bool waiting;	   /* for space in the ring to the auditor */
	_Atomic uint64_t window_seen, window_sent; /* begun to be handed over; done */
	_Atomic uint64_t kept_dropped;		   /* packets for evidence without space */
	/* struct fa_worker_counts of this process, as of its last publishing, */
	_Atomic uint64_t counts[FA_BOARD_WORDS(struct fa_worker_counts)];
	/* and of the processes that it replaced. */
	_Atomic uint64_t before[FA_BOARD_WORDS(struct fa_worker_counts)];
	struct fa_diag diag;
};

enum {
	FA_CRASHES_MAX = 16,		/* packets that killed a worker are saved, per program */
	FA_CRASH_BYTES = 65536,		/* of each, at most */
	FA_WINDOWS_OPEN_MAX = 64	/* asked for and not yet closed */
};

/* What is to happen when a window has been stored. */
enum { FA_WINDOW_ROTATE = 1 << 0, FA_WINDOW_RELOAD = 1 << 1 };

struct fa_captured_names;

struct fa_crash_slot {
	struct fa_crash crash; /* without its bytes, which are here: */
	uint8_t bytes[FA_CRASH_BYTES];
};

struct fa_lane_shared {
	_Alignas(128) _Atomic uint64_t counts[FA_BOARD_WORDS(struct fa_capture_counts)];
	_Atomic uint64_t interfaces[FA_BOARD_WORDS(struct fa_run_interfaces)];
	_Atomic int64_t clock_ns; /* of its last packet or tick */
	_Atomic int64_t beat_ns;  /* monotonic: it lives */
	_Atomic uint64_t window;  /* marked in all of its rings */
};

/* Of the supervisor and the auditor; workers do not have it. */
struct fa_shared {
	struct fa_lane_shared lanes[FA_LANES_MAX]; /* final when the packet rings are closed */
	_Atomic uint64_t loss[FA_BOARD_WORDS(struct fa_loss_counts)];
	_Atomic int end; /* enum fa_run_end, set before the rings are closed */

	/* live: the supervisor asks, lanes mark, workers hand over, the auditor stores */
	_Atomic uint64_t window;
	_Atomic unsigned asked[FA_WINDOWS_OPEN_MAX]; /* FA_WINDOW_, by number modulo */
	_Atomic uint32_t crashes;			     /* saved by the supervisor */
	struct fa_crash_slot crash[FA_CRASHES_MAX];

	/* the auditor's */
	_Atomic uint64_t handed[FA_WORKERS_MAX]; /* the last window that each worker handed over */
	_Atomic int64_t run; /* set before it says that it is ready */
	_Atomic uint64_t conversations;
	_Atomic uint64_t window_gathered, window_stored;
	_Atomic uint64_t windows, reloads, reload_tries, findings, spool_bytes, events_dropped, kept_dropped;
	_Atomic uint64_t judged_early;
	_Atomic int64_t committed_ns, beat_ns;
	struct fa_lore_shared *lore; /* in a mapping of its own, which workers have, too */
	struct fa_captured_names *names; /* likewise, of a replay; workers do not have it */
	int auditor_error;
	struct fa_diag auditor_diag;
};

/* What one worker shares, each part in a mapping of its own. */
struct fa_channel {
	struct fa_ring *packets[FA_LANES_MAX]; /* capture to worker, one for each lane */
	struct fa_ring *conversations;	       /* worker to auditor */
	struct fa_worker_shared *worker;
};

/* Memory that children share; NULL when there is none. */
void *fa_shared_map(size_t size);

/* Everything that was counted so far, put together. */
void fa_shared_totals(const struct fa_shared *shared, const struct fa_channel *channels,
		      const struct fa_job *job, struct fa_run_totals *totals);

#endif
