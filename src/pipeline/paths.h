/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which folders the processes of a job need, with links followed: what the sandbox leaves them. */
#ifndef FA_PIPELINE_PATHS_H
#define FA_PIPELINE_PATHS_H

#include "pipeline/job.h"
#include "sandbox/sandbox.h"

enum { FA_PATHS_WRITABLE_MAX = 8, FA_PATHS_READABLE_MAX = 256 };

struct fa_paths {
	char *writable[FA_PATHS_WRITABLE_MAX];
	size_t writable_count;
	size_t auditor_writable; /* the first of them are the auditor's */
	char *readable[FA_PATHS_READABLE_MAX];
	size_t readable_count;
};

/*
 * The database need not exist yet. Files that are replaced by another of their name need the folder
 * they are in. 0, or an error that names what is missing.
 */
int fa_paths_of(const struct fa_job *job, struct fa_paths *out, struct fa_diag *diag);
void fa_paths_deinit(struct fa_paths *paths);

/* What the auditor needs, and what the supervisor does (its children's included); both borrowed. */
struct fa_sandbox_paths fa_paths_auditor(const struct fa_paths *paths);
struct fa_sandbox_paths fa_paths_supervisor(const struct fa_paths *paths);

/* The folder that PATH, which may not exist yet, is in; NULL with a message when there is none. The
 * caller frees it. */
char *fa_folder_of(const char *path, struct fa_diag *diag);

#endif
