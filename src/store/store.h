/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The database: what is written while a run is made, and the reader of stored runs.
 *
 * A handle belongs to one thread of one process; open it after fork(). Several processes may write
 * to one database at the same time: every transaction is short, and each waits for the others up
 * to the busy timeout.
 *
 * The first error sticks: later writes do nothing and return it with the same message. Everything
 * committed before stays; a run that was not finished says so. Live runs are written in windows
 * instead, whose errors do not stick: what failed may be tried again.
 *
 * Functions return 0 or a negative enum fa_error with a message that names the database.
 */
#ifndef FA_STORE_STORE_H
#define FA_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "core/flow.h"
#include "core/history.h"
#include "core/input.h"
#include "core/policy.h"
#include "core/run.h"
#include "core/verdict.h"

struct fa_store;

enum fa_store_mode {
	FA_STORE_READ,	/* an existing database, one snapshot of it from open to close */
	FA_STORE_WRITE	/* made when missing, migrated when older */
};

#define FA_STORE_BUSY_TIMEOUT_MS 30000

/* Conversations are written this many at a time, or after a second. */
#define FA_STORE_BATCH 10000

/* A client with at least this many unanswered targets is a sweep; a pair of hosts with at least
 * this many undocumented ports is one finding. */
#define FA_STORE_MANY 20

/*
 * Opens the database at PATH. FA_ENOENT: READ and there is none, or its folder is missing.
 * FA_EFORMAT: not a database, or not ours. FA_EVERSION: of a newer program. FA_ECORRUPT, FA_EBUSY,
 * FA_EPERM, FA_EFULL, FA_EIO as they say. *OUT is NULL on error.
 *
 * For WRITE, SQLite is told (for the whole process) to keep its temporary files in the folder of
 * the database, unless it has been told otherwise: the only folder a confined writer can use.
 */
int fa_store_open(struct fa_store **out, const char *path, enum fa_store_mode mode,
		  struct fa_diag *diag);

/* The same, waiting for other programs up to BUSY_TIMEOUT_MS here and later. */
int fa_store_open_timeout(struct fa_store **out, const char *path, enum fa_store_mode mode,
			  int busy_timeout_ms, struct fa_diag *diag);

/* From now on other programs are waited for so long. */
void fa_store_set_busy_timeout(struct fa_store *store, int busy_timeout_ms);

/* Drops what was not flushed, closes, frees. NULL is fine. Errors no longer matter here. */
void fa_store_close(struct fa_store *store);

/* Makes the JSON text of a rule: heap memory in *TEXT that the store frees. 0 or an error. */
struct fa_rule_json {
	int (*fn)(void *context, const struct fa_rule *rule, char **text); /* NULL: no JSON kept */
	void *context;
};

/* What a run is judged with. */
struct fa_store_basis {
	const struct fa_policy *policy;	  /* with its catalogs, and its site if it has one */
	const struct fa_waivers *waivers; /* NULL: none */
	struct fa_rule_json json;
};

/* What a run is. */
struct fa_store_run {
	const struct fa_run_info *info;
	const char *version;	     /* of the program */
	struct fa_input_files files; /* that it reads; none when live */
	struct fa_store_basis basis;
};

/*
 * Begins a run, marked unfinished, and stores its files, its site and waivers, and the catalogs if
 * this version of them is not there yet. Policy and waivers stay borrowed: the judgements to come
 * point into them. One run per handle at a time. *RUN_ID gets the number of the run.
 */
int fa_store_begin_run(struct fa_store *store, const struct fa_store_run *run, int64_t *run_id,
		       struct fa_diag *diag);

/* Adds a conversation of one bucket with its verdict; both are copied. */
int fa_store_conversation(struct fa_store *store, const struct fa_conversation *conversation,
			  const struct fa_judgement *judgement, struct fa_diag *diag);

/* Adds an expectation of the run. */
int fa_store_expectation(struct fa_store *store, const struct fa_expectation *expectation,
			 struct fa_diag *diag);

/* Writes pending conversations now. Call it when nothing has come for a second. */
int fa_store_flush(struct fa_store *store, struct fa_diag *diag);

/*
 * Writes pending conversations, makes the findings and the summary, stores TOTALS, and moves
 * everything into the database file. With totals->end FA_RUN_UNFINISHED it is an interim account:
 * the run goes on, and a later call makes findings and summary anew.
 */
int fa_store_finish_run(struct fa_store *store, const struct fa_run_totals *totals,
			struct fa_diag *diag);

/*
 * Live runs. Conversations come in windows: everything from fa_store_window_begin to
 * fa_store_window_commit is one transaction, so that a reader, or whoever comes after a crash,
 * finds whole windows only. No error sticks: it undoes the window (also without a call of
 * fa_store_window_rollback), numbers and caches are as before, and the same may be tried again
 * from fa_store_window_begin on. Until then fa_store_conversation and fa_store_expectation return
 * that error. fa_store_begin_run of a live run does not stick either. Open the handle with a short
 * busy timeout: whoever has data that wait in memory tries again rather than stand still.
 *
 * The writer holds a lock on the file DATABASE-live while its run goes on (an OFD lock on the byte
 * with the number of the run; the kernel drops it when the process is gone). An unfinished live run
 * that nobody holds is "interrupted", for readers at once, and in the database when the next live
 * run begins.
 */

/* FA_EBUSY when another program has the database locked: nothing has happened. */
int fa_store_window_begin(struct fa_store *store, struct fa_diag *diag);

/*
 * Stores WINDOW, and RUN, the totals of the run with this window, and makes findings and summary
 * of the run so far. The expectations added since the begin take the place of those that the run
 * had; when none were added those stay. With an end in RUN other than FA_RUN_UNFINISHED the run is
 * over.
 *
 * Of a window that is larger than memory all but the last commits are a PART: conversations, losses
 * and totals, so that the cost does not grow with the run. The last one makes findings and summary
 * of all of them; so does the next live run if it never comes.
 */
int fa_store_window_commit(struct fa_store *store, const struct fa_window *window,
			   const struct fa_run_totals *run, struct fa_diag *diag);

/*
 * Whether the file still has the name that it was opened with: else whatever is stored goes where
 * nobody looks for it, or nowhere. FA_ENOENT with a message that says so.
 */
int fa_store_check_place(struct fa_store *store, struct fa_diag *diag);

/* Undoes everything since the begin. Nothing happens without one. */
void fa_store_window_rollback(struct fa_store *store);

/*
 * The findings that have conversations in the window committed last, also when that ended the run.
 * Number, verdict, kind and judgement are those of the finding, what it says of its members and the
 * counts are of this window alone. NEW: none of its conversations came in an earlier window.
 */
int fa_store_window_findings(struct fa_store *store,
			     int (*fn)(void *arg, const struct fa_stored_finding *finding,
				       bool is_new),
			     void *arg, struct fa_diag *diag);

/* Keeps this many packets of crashes a run; more are left out without an error. */
#define FA_STORE_CRASHES 16

/* These three are a part of the window when one is open, else a short transaction of their own. */
int fa_store_crash_add(struct fa_store *store, const struct fa_crash *crash, struct fa_diag *diag);
/* Another file with packets of this run; one of that path is replaced. */
int fa_store_input_add(struct fa_store *store, const struct fa_input_file *file,
		       struct fa_diag *diag);
/* FA_ENOENT when the run has no file of that path. */
int fa_store_input_remove(struct fa_store *store, const char *path, struct fa_diag *diag);

/* Names of baselines are shorter than this. */
#define FA_BASELINE_TEXT 64

/*
 * Baselines: runs that somebody declared good, under a name of letters, digits, dots, dashes and
 * underscores. Setting moves a name that exists; run 0 is the newest, *RUN becomes its number. A
 * run that is still written is FA_EINVAL, one that is not there FA_ENOENT; so is removing a name
 * that is not there.
 */
int fa_store_baseline_check(const char *name, struct fa_diag *diag);
int fa_store_baseline_set(struct fa_store *store, const char *name, int64_t *run,
			  struct fa_diag *diag);
int fa_store_baseline_remove(struct fa_store *store, const char *name, struct fa_diag *diag);

/* A reader over this handle; valid until it is closed. From a WRITE handle it sees what has been
 * flushed. Callbacks must not use the handle for anything else. */
int fa_store_history(struct fa_store *store, struct fa_history *out);

/*
 * Flow records, spooled in a temporary file that no other program sees, until they are written
 * out in the order of their first packet. Apart from runs and their errors.
 */
int fa_store_flow_add(struct fa_store *store, const struct fa_flow_record *flow,
		      struct fa_diag *diag);
/* A callback that returns non-zero stops the walk, and its value is returned. */
int fa_store_flow_each(struct fa_store *store,
		       int (*fn)(void *arg, const struct fa_flow_record *flow), void *arg,
		       struct fa_diag *diag);
int fa_store_flow_clear(struct fa_store *store, struct fa_diag *diag);

#endif
