/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Conversations being summed: a hash table from (bucket, identity) to counts. Workers fold their
 * flows into one, the auditor folds the workers' records into another. Strings are interned, so
 * that an entry is small; the table is keyed, because the wire chooses what goes into it.
 */
#ifndef FA_CORE_CONVMAP_H
#define FA_CORE_CONVMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/flow.h"

struct fa_convmap;

/* An empty map. Grows as needed up to MAX_ENTRIES. 0 or FA_ENOMEM. */
int fa_convmap_new(struct fa_convmap **out, size_t max_entries);
void fa_convmap_free(struct fa_convmap *map);

/*
 * The counts of a conversation, added (as fa_counts_init leaves them) when it is new. Valid until
 * the next call. NULL when the map is at its maximum or memory is short.
 */
struct fa_counts *fa_convmap_at(struct fa_convmap *map, int64_t bucket_ns,
				const struct fa_identity *id);

size_t fa_convmap_count(const struct fa_convmap *map);

/* Entry INDEX (below the count; any order) written out in full. */
void fa_convmap_get(const struct fa_convmap *map, size_t index, struct fa_conversation *out);

/* Forgets every conversation; memory is kept for the next ones. */
void fa_convmap_clear(struct fa_convmap *map);

#endif
