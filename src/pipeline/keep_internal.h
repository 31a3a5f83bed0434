/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files behind pipeline/keep.h share. */
#ifndef FA_PIPELINE_KEEP_INTERNAL_H
#define FA_PIPELINE_KEEP_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#include "pipeline/keep.h"

enum { FA_KEEP_BLOCK = 256 << 10 };

/* Before the IP bytes of a gathered packet. What else is known of it, they say again. */
struct fa_keep_head {
	int64_t ts_ns;
	uint32_t wire, captured;
	uint32_t tunnel_id;
	uint8_t tunnel, reserved[3];
};

/* A part of the gathered packets: none is in two. On the disk each has FA_KEEP_BLOCK bytes. */
struct fa_keep_block {
	uint32_t used; /* of bytes */
	uint8_t bytes[FA_KEEP_BLOCK - sizeof(uint32_t)];
};

struct fa_keep_candidates {
	struct fa_keep *keep;
	int fd; /* -1: all of it is in the block */
	uint64_t blocks; /* in the file */
	int trouble;
	struct fa_keep_block block; /* after those in the file */
};

struct fa_keep {
	char *folder; /* absolute */
	uint64_t limit_bytes;
	_Atomic uint64_t gathered_bytes; /* on the disk, of all candidates there are */

	/* Of the gathering thread. */
	struct fa_keep_candidates *now; /* NULL: nothing yet in this window */
	uint64_t dropped;
	int64_t credit_ns;    /* for writing; below 0: nothing is written */
	int64_t credit_at_ns; /* when that was so */
	uint8_t *seen;	      /* packets in this window, by a hash of their conversation */
};

/* A capture file in the folder. */
struct fa_keep_file {
	char *name;
	uint64_t bytes;
	int64_t mtime_ns;
};

/* Those that are there, the oldest first. */
struct fa_keep_shelf {
	const char *folder;
	struct fa_keep_file *files;
	size_t count, room, gone; /* gone: the first ones */
	uint64_t bytes;		  /* of those that are not */
};

int fa_keep_shelf_look(struct fa_keep_shelf *shelf, const char *folder, struct fa_diag *diag);
void fa_keep_shelf_deinit(struct fa_keep_shelf *shelf);
/* Removes the oldest until there are at most BYTES, or none that can be removed. */
void fa_keep_shelf_trim(struct fa_keep_shelf *shelf, uint64_t bytes,
			const struct fa_keep_selection *selection);

/* Removes half-written files that nobody holds a lock on. */
void fa_keep_clean(const char *folder);

/* A file that is being written: locked, and removed unless it gets its name. */
struct fa_keep_draft {
	char temp[4096];
	FILE *file;
};

int fa_keep_draft_open(struct fa_keep_draft *draft, const char *folder, int64_t run,
		       int64_t window, struct fa_diag *diag);
/* Flushes and closes; SAVED gets its path, size and time. */
int fa_keep_draft_commit(struct fa_keep_draft *draft, const char *folder, int64_t run,
			 int64_t window, struct fa_keep_saved *saved, struct fa_diag *diag);
void fa_keep_draft_abort(struct fa_keep_draft *draft);

#endif
