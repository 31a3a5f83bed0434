/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the frames of a file source come from: the interfaces that its captures describe, numbered
 * over all of them, with what was lost there. Private to this folder.
 */
#ifndef FA_CAPTURE_ORIGINS_H
#define FA_CAPTURE_ORIGINS_H

#include <stddef.h>
#include <stdint.h>

#include "core/run.h"

/* Interfaces told apart in a run; those beyond share the last number. About 100 bytes each. */
#define FA_ORIGINS_MAX 65536

struct fa_origins {
	struct fa_run_interface *items;
	size_t count, room;
};

/* Adds one that is LIKE this; *NUMBER is its place. 0 or FA_ENOMEM. */
int fa_origins_add(struct fa_origins *origins, const struct fa_run_interface *like,
		   uint32_t *number);
void fa_origins_deinit(struct fa_origins *origins);

/* The number of interface NTH of a file that is read again, and whose first one has number KNOWN: of
 * those that were added last there may have been no room for all. */
static inline uint32_t fa_origins_again(uint32_t known, uint32_t nth)
{
	return nth < FA_ORIGINS_MAX && known < FA_ORIGINS_MAX - nth ? known + nth
								    : FA_ORIGINS_MAX - 1;
}

/* The sums over all of them, and their link types. */
void fa_origins_count(const struct fa_origins *origins, struct fa_capture_counts *counts);

/* The first ones, and how many more there are. */
void fa_origins_list(const struct fa_origins *origins, struct fa_run_interfaces *out);

#endif
