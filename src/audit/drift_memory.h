/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a comparison holds in memory, within a limit. Private to src/audit/drift*. */
#ifndef FA_AUDIT_DRIFT_MEMORY_H
#define FA_AUDIT_DRIFT_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"
#include "base/slots.h"

/*
 * Every table asks before it grows. What does not fit sets `is_full` and is refused; what the
 * system refuses looks the same, so that there is one way to have too little.
 */
struct fa_drift_budget {
	uint64_t used_bytes, limit_bytes;
	bool is_full;
};

/* fa_array_reserve within the budget; large arrays grow by an eighth, since they just move. */
bool fa_drift_reserve(struct fa_drift_budget *budget, void **array, size_t *room, size_t need,
		      size_t size);
/* Gives back what an array of COUNT does not need, but for a quarter to grow. */
void fa_drift_shrink(struct fa_drift_budget *budget, void **array, size_t *room, size_t count,
		     size_t size);
/* Gives an array back, and forgets it. */
void fa_drift_release(struct fa_drift_budget *budget, void **array, size_t *room, size_t size);
/* fa_slots_add within the budget. */
bool fa_drift_slots_add(struct fa_drift_budget *budget, struct fa_slots *slots, uint64_t hash,
			size_t index, fa_slots_hash_fn hash_of, const void *context);

void fa_drift_slots_release(struct fa_drift_budget *budget, struct fa_slots *slots);

/* Texts that live as long as the arena. */
struct fa_drift_chunk;
struct fa_drift_arena {
	struct fa_drift_chunk *chunks;
};

/* A copy of TEXT; NULL when the budget has no room. */
const char *fa_drift_copy(struct fa_drift_arena *arena, struct fa_drift_budget *budget,
			  const char *text);
void fa_drift_arena_deinit(struct fa_drift_arena *arena);

/* Texts that are kept once, so that equal ones have the same number. Number 0 is "". */
struct fa_drift_words {
	const char **items;
	size_t count, room;
	struct fa_slots slots;
	struct fa_hash_key key;
};

#define FA_DRIFT_NONE UINT32_MAX

/* The number of TEXT, FA_DRIFT_NONE when the budget has no room. */
uint32_t fa_drift_word(struct fa_drift_words *words, struct fa_drift_arena *arena,
		       struct fa_drift_budget *budget, const char *text);
void fa_drift_words_deinit(struct fa_drift_words *words);

/* From the numbers of a store to our own. */
struct fa_drift_ids {
	struct fa_drift_id {
		int64_t id;
		uint32_t value;
	} *items;
	size_t count, room;
	struct fa_slots slots;
	struct fa_hash_key key;
};

/* NULL when it is not there. */
const uint32_t *fa_drift_ids_find(const struct fa_drift_ids *ids, int64_t id);
bool fa_drift_ids_add(struct fa_drift_ids *ids, struct fa_drift_budget *budget, int64_t id,
		      uint32_t value);
/* Empty, and ready for use; also the first time, when it must be all zero. 0 or FA_ENOMEM. */
int fa_drift_ids_clear(struct fa_drift_ids *ids);
void fa_drift_ids_deinit(struct fa_drift_ids *ids, struct fa_drift_budget *budget);

/* A set of numbers, none of them 0, in an open table of at most two thirds. */
struct fa_drift_set {
	uint64_t *items;
	size_t size, count; /* size is 0 or a power of two */
	size_t max_bytes;   /* what the table may take */
	struct fa_hash_key key;
	bool is_full; /* something was refused */
};

/* Whether KEY is new; false, too, when there is no room. */
bool fa_drift_set_add(struct fa_drift_set *set, struct fa_drift_budget *budget, uint64_t key);
/* Makes room for MORE, so that adding them does not fail. */
bool fa_drift_set_room(struct fa_drift_set *set, struct fa_drift_budget *budget, size_t more);
/*
 * Keeps the keys for which FN gives another key, as that other key, and forgets those for which it
 * gives 0. Needs memory outside of the budget while it runs; without it the set is empty after.
 */
bool fa_drift_set_map(struct fa_drift_set *set, struct fa_drift_budget *budget,
		      uint64_t (*fn)(const void *context, uint64_t key), const void *context);
/* Empty and without memory. */
void fa_drift_set_clear(struct fa_drift_set *set, struct fa_drift_budget *budget);

#endif
