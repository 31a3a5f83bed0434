/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What each process may do once it has what it needs. All of it is one-way: nothing here can be
 * undone by the process itself.
 */
#ifndef FA_SANDBOX_SANDBOX_H
#define FA_SANDBOX_SANDBOX_H

#include <stdbool.h>

#include "base/error.h"

/*
 * For a process that inspects packets: it may compute, use the memory it maps, sleep and wake on
 * shared memory, read clocks, write messages to standard error, and exit. Everything else kills
 * the process. FA_EUNSUPPORTED when the kernel has no seccomp.
 */
int fa_sandbox_worker(struct fa_diag *diag);

/* Whether this kernel has Landlock (5.13 or newer, and not switched off). */
bool fa_sandbox_has_landlock(void);

/*
 * For the process that owns the database: files may be opened, made and removed in FOLDER only
 * (Landlock), and no new privileges can be gained. FA_EUNSUPPORTED when the kernel has no
 * Landlock.
 */
int fa_sandbox_auditor(const char *folder, struct fa_diag *diag);

/* Closes every descriptor but standard error: what a process cannot reach it cannot spoil. */
void fa_sandbox_close_descriptors(void);

/*
 * Ends the process as soon as its parent is gone, and gives it NAME in process lists. PARENT is
 * the parent's process id: returns FA_EDEAD when it is gone already.
 */
int fa_sandbox_tie_to_parent(int parent, const char *name);

#endif
