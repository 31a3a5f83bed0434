/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keeps a database bounded: old runs go, old windows of live runs become days, rows that nothing
 * refers to any more go, and what became free is given back to the file system.
 *
 * All of it happens in short transactions, each of which leaves a whole database: it may be killed
 * at any time and may run beside writers and readers, also beside another one of its kind. What is
 * left undone is done by the next call.
 */
#ifndef FA_STORE_PRUNE_H
#define FA_STORE_PRUNE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

/* Windows and conversations are rolled up to days of UTC. */
#define FA_PRUNE_DAY_NS (24 * 60 * 60 * 1000000000ll)

struct fa_prune_options {
	int64_t now_ns; /* wall clock; 0: that of the machine */
	/*
	 * Runs whose last packet (without packets: which were begun) longer ago than this go; 0:
	 * none. These stay: the run that this handle writes; baselines; live runs that somebody writes;
	 * unfinished replays that were begun or have packets within the last day; replays that
	 * were made within the last day, or since RETAIN_NS when that is less.
	 */
	int64_t retain_ns;
	/* Days of live runs that ended longer ago than this are rolled up; 0: none. */
	int64_t rollup_ns;
	uint64_t keep; /* so many runs stay whatever their age, the newest */
	/*
	 * Longest time to spend, about, after which the next call goes on; 0: until all is done.
	 * With a limit the call takes no pauses for other writers, and does not look for rows that
	 * nothing refers to unless runs went.
	 */
	int max_ms;
	bool dry_run; /* only find out what there is to do; also with a handle for reading */
};

/* What became of the space. */
enum fa_prune_space {
	FA_SPACE_GIVEN_BACK,
	/* The database was made by an older version: it must be written anew once, */
	FA_SPACE_IN_USE,  /* but another program has it open, or this call has a time limit, */
	FA_SPACE_NO_ROOM, /* or there is no room for a second copy. */
};

/* What one call did; in a dry run: would do. */
struct fa_prune_result {
	bool more; /* max_ms was over: call again */
	int64_t removed_before_ns, rolled_before_ns; /* the limits; 0: not asked for */
	uint64_t runs;		     /* removed */
	uint64_t conversations;	     /* rows of them, also of those that a killed call left */
	uint64_t days, windows;	     /* so many windows became so many days */
	uint64_t rows_before, rows_after; /* conversations of these days, in rows */
	uint64_t unused; /* addresses, names, judgements and catalogs that nothing referred to */
	uint64_t bytes_given_back; /* in a dry run an estimate */
	uint64_t bytes_free;	   /* still free inside the file */
	enum fa_prune_space space;
};

/*
 * Needs a handle for writing, between transactions and windows; the run that it writes goes on
 * undisturbed. RESULT is filled also on failure. No error sticks: FA_EBUSY, when another program
 * kept the database locked for longer than the busy timeout, or any other leaves what was done.
 */
int fa_store_prune(struct fa_store *store, const struct fa_prune_options *options,
		   struct fa_prune_result *result, struct fa_diag *diag);

#endif
