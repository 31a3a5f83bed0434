/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What workers know of the catalogs: documented ports and payload signatures. It lies in memory
 * that all processes have at the same address, because catalogs may be read again while a capture
 * goes on, and a confined worker can neither read files nor be given pointers from elsewhere.
 *
 * Two copies: the one in use, and the one that the next reading fills. Whoever publishes must know
 * that no worker uses the copy before the present one any more.
 */
#ifndef FA_PIPELINE_LORE_H
#define FA_PIPELINE_LORE_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/error.h"
#include "core/policy.h"

struct fa_lore_shared;

/* What one worker uses; its own copies, whose contents fa_lore_adopt replaces. */
struct fa_lore {
	struct fa_port_set documented;
	struct fa_rulebook book; /* signatures only; points into the shared memory */
	uint64_t generation;
};

/* Shared memory for it, inherited by fork; never freed but with the process. NULL: none left. */
struct fa_lore_shared *fa_lore_new(void);
void fa_lore_free(struct fa_lore_shared *shared);
/* In a worker, which may be subverted: others believe what stands there, so it may only read. */
int fa_lore_only_read(struct fa_lore_shared *shared);

/* Fills the copy that is not in use from POLICY and makes it the one in use. 0, or FA_EFULL: more
 * signatures than fit (512 KiB); then nothing has changed. */
int fa_lore_publish(struct fa_lore_shared *shared, const struct fa_policy *policy);

uint64_t fa_lore_generation(const struct fa_lore_shared *shared);

/* Takes over GENERATION, if LORE has another. */
void fa_lore_adopt(struct fa_lore *lore, const struct fa_lore_shared *shared, uint64_t generation);

#endif
