/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Landlock, for the confined processes of this folder. */
#ifndef FA_SANDBOX_LANDLOCK_H
#define FA_SANDBOX_LANDLOCK_H

#include <stdint.h>

#include "sandbox/sandbox.h"

/* The newest version of Landlock that has something for us; newer kernels are used as this one. */
enum { FA_LANDLOCK_NEWEST = 7 };

/* What a process forbids itself: the kernel's struct landlock_ruleset_attr of version 6. */
struct fa_landlock {
	uint64_t fs;	 /* rights on files that need a rule */
	uint64_t net;	 /* TCP: forbidden altogether, since no rule allows any */
	uint64_t scoped; /* what may not leave the confined process and its children */
};

/* Version of Landlock that this kernel has, 0 for none, FA_LANDLOCK_NEWEST at most. */
int fa_landlock_abi(void);

/*
 * What a version can forbid. ABSTRACT_SOCKETS: whether those of others are out of reach, too.
 * Signals to processes outside are, wherever the kernel can.
 */
struct fa_landlock fa_landlock_all(int abi, bool abstract_sockets);

/*
 * From now on only PATHS, and of OPTIONAL (NULL-terminated, may be NULL, for reading) those that
 * exist. FA_EUNSUPPORTED when the kernel has no Landlock; FA_ENOENT for a path that does not
 * exist, before anything has changed.
 */
int fa_landlock_restrict(const struct fa_landlock *what, const struct fa_sandbox_paths *paths,
			 const char *const *optional, struct fa_diag *diag);

/* Version that is in force in this process by fa_landlock_restrict; 0: none. */
int fa_landlock_in_force(void);

#endif
