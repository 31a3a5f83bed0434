/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What each process may do once it has what it needs. All of it is one-way: nothing here can be
 * undone by the process itself, and children inherit it. Threads that are made later do, too;
 * those that exist do not, so these functions are for the first thread, before there are others.
 */
#ifndef FA_SANDBOX_SANDBOX_H
#define FA_SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/*
 * What a confined process may use, and what is beneath: folders, where it may make, write, rename
 * and remove files (not folders, links or devices), and folders or single files that it may read.
 * Borrowed. Everything named must exist; links are followed now, not later.
 */
struct fa_sandbox_paths {
	const char *const *writable;
	size_t writable_count;
	const char *const *readable;
	size_t readable_count;
};

/*
 * For a process that inspects packets: it may compute, use the memory it maps, sleep and wake on
 * shared memory, read clocks, write messages to standard error, and exit. Everything else kills
 * the process. FA_EUNSUPPORTED when the kernel has no seccomp.
 */
int fa_sandbox_worker(struct fa_diag *diag);

/* Whether this kernel has Landlock (5.13 or newer, and not switched off). */
bool fa_sandbox_has_landlock(void);

/*
 * For the process that owns the database. Landlock leaves it PATHS; a system call filter leaves it
 * threads and local sockets, and no other network, processes, programs or executable memory. What
 * is forbidden fails and kills nothing. FA_EUNSUPPORTED when the kernel has no Landlock: the
 * filter is in force all the same. FA_ENOENT and others before anything has changed.
 */
int fa_sandbox_auditor(const struct fa_sandbox_paths *paths, struct fa_diag *diag);

/*
 * For the first process of a live capture, when its devices are open and its privileges dropped.
 * It may use its packet sockets, bind them again, fork, signal and wait for children, and what the
 * auditor may. It may read PATHS, and the counters of interfaces in /sys.
 *
 * Call it before the first child is made. Children can have no more than this leaves, so PATHS must
 * name what the auditor writes. Where Landlock confines signals (version 6), a process made before
 * it could neither be ended by it nor end with it.
 *
 * Threads must return, not pthread_exit or be cancelled: the C library loads a library for those.
 * Errors as in fa_sandbox_auditor.
 */
int fa_sandbox_supervisor(const struct fa_sandbox_paths *paths, struct fa_diag *diag);

/*
 * Gives up root: becomes USER (name or number), or with NULL the owner of FOLDER, where the
 * database is or will be; without supplementary groups and without any capability, for good. With
 * NULL, a program that is set-user-id becomes who started it. Root whose folder is root's stays
 * root, without capabilities. Who started without root, but with capabilities of the file or of the
 * service manager, only loses those; FOLDER may then be NULL.
 *
 * What was done goes into WHO: "uid 107 (flowaudit), no capabilities". The process cannot be
 * traced afterwards by others of its user, who could take its sockets, and dumps no core.
 *
 * FA_EPERM when it cannot, FA_ENOENT when there is no such user or folder; part of the privileges
 * may be gone then, and the program must end. Before other threads are made.
 */
int fa_sandbox_drop_privileges(const char *user, const char *folder, char *who, size_t who_size,
			       struct fa_diag *diag);

/*
 * One line for the log: "sandbox: supervisor as uid 107 (flowaudit), no capabilities, seccomp,
 * Landlock ABI 7; workers seccomp; auditor seccomp, Landlock ABI 7 (/var/lib/flowaudit)". What it
 * says of the supervisor is what is in force in this process. WHO is of fa_sandbox_drop_privileges
 * (NULL: only the number of the user); AUDITOR what the auditor gets, NULL when children are not
 * confined further.
 */
void fa_sandbox_text(const char *who, const struct fa_sandbox_paths *auditor, char *out,
		     size_t out_size);

/* Closes every descriptor but standard error: what a process cannot reach it cannot spoil. */
void fa_sandbox_close_descriptors(void);

/*
 * Ends the process as soon as its parent is gone, and gives it NAME in process lists. PARENT is
 * the parent's process id: returns FA_EDEAD when it is gone already. The thread that forked counts
 * as the parent: only one that lasts may fork.
 */
int fa_sandbox_tie_to_parent(int parent, const char *name);

#endif
