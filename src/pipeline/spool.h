/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A bounded file of conversations that could not be stored, for as long as the database cannot be
 * written: they are read back, judged and stored when it can. One file for each process; what a
 * process that was killed has left behind stays where it is, and can be listed.
 *
 * For one thread.
 */
#ifndef FA_PIPELINE_SPOOL_H
#define FA_PIPELINE_SPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "core/flow.h"

struct fa_spool;

/*
 * Makes FOLDER/flowaudit-RUN.spool (flowaudit-RUN-2.spool ... where there is one already), mode
 * 0600, locked (flock) while this process lives. It never grows beyond MAX_BYTES. FA_ENOENT,
 * FA_EPERM, FA_EFULL ..., FA_EINVAL (MAX_BYTES too small), with a message that names it.
 */
int fa_spool_open(struct fa_spool **out, const char *folder, int64_t run, uint64_t max_bytes,
		  struct fa_diag *diag);

/* Closes it; a file without conversations is removed, others stay. NULL is fine. */
void fa_spool_close(struct fa_spool *spool);

/* Adds a conversation, which may stay in memory until the next flush. FA_EFULL: MAX_BYTES reached,
 * or no space left; FA_EIO. On error it is not in the spool, and all before it are. */
int fa_spool_add(struct fa_spool *spool, const struct fa_conversation *conversation,
		 struct fa_diag *diag);

/* Everything added is on the disk when it returns 0. Errors as above: it stays in memory, and may
 * be tried again. */
int fa_spool_flush(struct fa_spool *spool, struct fa_diag *diag);

uint64_t fa_spool_bytes(const struct fa_spool *spool); /* with what is in memory; 0: nothing waits */
uint64_t fa_spool_count(const struct fa_spool *spool); /* conversations that are not done */

/*
 * Every conversation that is not done, in the order they were added; nothing is removed. A callback
 * that returns non-zero stops the walk, and its value is returned; the conversation it was given is
 * then not among those that the walk passed. *DAMAGED counts those among them that the disk did not
 * give back as they were; FN does not see them. FN must not touch the spool.
 */
int fa_spool_each(struct fa_spool *spool,
		  int (*fn)(void *arg, const struct fa_conversation *conversation), void *arg,
		  uint64_t *damaged, struct fa_diag *diag);

/* What the last walk passed is done: the next one begins after it. Without this it is read again. */
void fa_spool_done(struct fa_spool *spool);

/* Removes all of them. */
int fa_spool_clear(struct fa_spool *spool, struct fa_diag *diag);

/* A spool whose process is gone. */
struct fa_spool_leftover {
	const char *path; /* borrowed */
	int64_t run;
	uint64_t bytes;
	uint64_t conversations; /* that are whole; the last one may have been torn */
	bool readable;		/* false: of another version of the program, and not counted */
};

/* Lists those in FOLDER that hold conversations; empty ones are removed. A callback that returns
 * non-zero stops the walk, and its value is returned. FA_ENOENT, FA_EPERM: the folder. */
int fa_spool_leftovers(const char *folder,
		       int (*fn)(void *arg, const struct fa_spool_leftover *leftover), void *arg,
		       struct fa_diag *diag);

#endif
