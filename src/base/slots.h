/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The index of an open-addressing hash table over an array that the caller owns: linear probing,
 * a slot holds array index + 1, 0 is free, at most half full. Nothing is removed but by clearing.
 *
 *	for (i = fa_slots_first(s, hash); fa_slots_used(s, i); i = fa_slots_next(s, i))
 *		if (equal(&array[fa_slots_index(s, i)], key)) ...
 */
#ifndef FA_BASE_SLOTS_H
#define FA_BASE_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fa_slots {
	uint32_t *items;
	size_t mask; /* size - 1, size a power of two */
	size_t count;
};

/* The hash of array element INDEX, for rehashing. */
typedef uint64_t (*fa_slots_hash_fn)(const void *context, size_t index);

/* 0 or FA_ENOMEM. */
int fa_slots_init(struct fa_slots *slots);
void fa_slots_deinit(struct fa_slots *slots);
void fa_slots_clear(struct fa_slots *slots);

/* Adds array element INDEX, which must not be there. False when memory is short. */
bool fa_slots_add(struct fa_slots *slots, uint64_t hash, size_t index, fa_slots_hash_fn hash_of,
		  const void *context);

static inline size_t fa_slots_first(const struct fa_slots *slots, uint64_t hash)
{
	return hash & slots->mask;
}

static inline size_t fa_slots_next(const struct fa_slots *slots, size_t slot)
{
	return (slot + 1) & slots->mask;
}

static inline bool fa_slots_used(const struct fa_slots *slots, size_t slot)
{
	return slots->items[slot] != 0;
}

static inline size_t fa_slots_index(const struct fa_slots *slots, size_t slot)
{
	return slots->items[slot] - 1;
}

/*
 * Makes *ARRAY of *ROOM elements of SIZE bytes hold at least NEED, doubling. False, with nothing
 * changed, when memory is short.
 */
bool fa_array_reserve(void **array, size_t *room, size_t need, size_t size);

#endif
