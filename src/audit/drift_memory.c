/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a comparison holds in memory, within a limit. */
#include "audit/drift_memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define CHUNK_BYTES 65536
#define FIRST_SLOTS 256 /* what fa_slots_init makes */
#define LARGE_BYTES (4u << 20) /* from here on the C library moves pages, and copies nothing */

static bool may_take(struct fa_drift_budget *budget, uint64_t bytes)
{
	if (bytes > budget->limit_bytes || budget->used_bytes > budget->limit_bytes - bytes)
		budget->is_full = true;
	return !budget->is_full;
}

bool fa_drift_reserve(struct fa_drift_budget *budget, void **array, size_t *room, size_t need,
		      size_t size)
{
	size_t more = *room == 0 ? 64 : *room + *room / (*room * size < LARGE_BYTES ? 2 : 8);
	void *bigger;

	if (need <= *room)
		return true;
	if (more < need)
		more = need;
	if (!may_take(budget, (uint64_t)(more - *room) * size))
		return false;
	bigger = realloc(*array, more * size);
	if (bigger == NULL) {
		budget->is_full = true;
		return false;
	}
	budget->used_bytes += (uint64_t)(more - *room) * size;
	*array = bigger;
	*room = more;
	return true;
}

void fa_drift_shrink(struct fa_drift_budget *budget, void **array, size_t *room, size_t count,
		     size_t size)
{
	size_t less = count + count / 4 + 64;
	void *smaller;

	if (*room <= less)
		return;
	smaller = realloc(*array, less * size);
	if (smaller == NULL)
		return;
	budget->used_bytes -= (uint64_t)(*room - less) * size;
	*array = smaller;
	*room = less;
}

void fa_drift_release(struct fa_drift_budget *budget, void **array, size_t *room, size_t size)
{
	budget->used_bytes -= (uint64_t)*room * size;
	free(*array);
	*array = NULL;
	*room = 0;
}

bool fa_drift_slots_add(struct fa_drift_budget *budget, struct fa_slots *slots, uint64_t hash,
			size_t index, fa_slots_hash_fn hash_of, const void *context)
{
	size_t had = slots->mask;
	uint64_t grows_by = (uint64_t)(had + 1) * sizeof(*slots->items);

	/* While it grows, the old table and the new one are there, which is the sum of later. */
	if ((slots->count + 1) * 2 > had + 1 && !may_take(budget, 2 * grows_by))
		return false;
	if (!fa_slots_add(slots, hash, index, hash_of, context)) {
		budget->is_full = true;
		return false;
	}
	budget->used_bytes += (uint64_t)(slots->mask - had) * sizeof(*slots->items);
	return true;
}

void fa_drift_slots_release(struct fa_drift_budget *budget, struct fa_slots *slots)
{
	/* The first table is not counted: see fa_drift_slots_add. */
	if (slots->items != NULL && slots->mask + 1 > FIRST_SLOTS)
		budget->used_bytes -= (slots->mask + 1 - FIRST_SLOTS) * sizeof(*slots->items);
	fa_slots_deinit(slots);
}

struct fa_drift_chunk {
	struct fa_drift_chunk *next;
	size_t used, size;
	char bytes[];
};

static struct fa_drift_chunk *chunk_for(struct fa_drift_arena *arena,
					struct fa_drift_budget *budget, size_t len)
{
	struct fa_drift_chunk *chunk = arena->chunks;
	size_t size = len > CHUNK_BYTES ? len : CHUNK_BYTES;

	if (chunk != NULL && chunk->size - chunk->used >= len)
		return chunk;
	if (!may_take(budget, size))
		return NULL;
	chunk = malloc(sizeof(*chunk) + size);
	if (chunk == NULL) {
		budget->is_full = true;
		return NULL;
	}
	budget->used_bytes += size;
	chunk->used = 0;
	chunk->size = size;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	return chunk;
}

const char *fa_drift_copy(struct fa_drift_arena *arena, struct fa_drift_budget *budget,
			  const char *text)
{
	size_t len = strlen(text) + 1;
	struct fa_drift_chunk *chunk;
	char *copy;

	if (len == 1)
		return "";
	chunk = chunk_for(arena, budget, len);
	if (chunk == NULL)
		return NULL;
	copy = &chunk->bytes[chunk->used];
	memcpy(copy, text, len);
	chunk->used += len;
	return copy;
}

void fa_drift_arena_deinit(struct fa_drift_arena *arena)
{
	struct fa_drift_chunk *next;

	for (struct fa_drift_chunk *chunk = arena->chunks; chunk != NULL; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	arena->chunks = NULL;
}

static uint64_t hash_of_word(const void *context, size_t index)
{
	const struct fa_drift_words *words = context;

	return fa_siphash(&words->key, words->items[index], strlen(words->items[index]));
}

static bool add_word(struct fa_drift_words *words, struct fa_drift_arena *arena,
		     struct fa_drift_budget *budget, uint64_t hash, const char *text)
{
	const char *copy = fa_drift_copy(arena, budget, text);

	if (copy == NULL || !fa_drift_reserve(budget, (void **)&words->items, &words->room,
					      words->count + 1, sizeof(*words->items)))
		return false;
	words->items[words->count] = copy;
	if (!fa_drift_slots_add(budget, &words->slots, hash, words->count, hash_of_word, words))
		return false;
	words->count++;
	return true;
}

static bool begin_words(struct fa_drift_words *words, struct fa_drift_arena *arena,
			struct fa_drift_budget *budget)
{
	words->key = fa_hash_key_random();
	if (fa_slots_init(&words->slots) != 0) {
		budget->is_full = true;
		return false;
	}
	return add_word(words, arena, budget, fa_siphash(&words->key, "", 0), "");
}

uint32_t fa_drift_word(struct fa_drift_words *words, struct fa_drift_arena *arena,
		       struct fa_drift_budget *budget, const char *text)
{
	uint64_t hash;

	if (words->slots.items == NULL && !begin_words(words, arena, budget))
		return FA_DRIFT_NONE;
	hash = fa_siphash(&words->key, text, strlen(text));
	for (size_t i = fa_slots_first(&words->slots, hash); fa_slots_used(&words->slots, i);
	     i = fa_slots_next(&words->slots, i))
		if (strcmp(words->items[fa_slots_index(&words->slots, i)], text) == 0)
			return (uint32_t)fa_slots_index(&words->slots, i);
	if (!add_word(words, arena, budget, hash, text))
		return FA_DRIFT_NONE;
	return (uint32_t)words->count - 1;
}

void fa_drift_words_deinit(struct fa_drift_words *words)
{
	free(words->items);
	fa_slots_deinit(&words->slots);
	memset(words, 0, sizeof(*words));
}

static uint64_t hash_of_id(const void *context, size_t index)
{
	const struct fa_drift_ids *ids = context;
	uint64_t word = (uint64_t)ids->items[index].id;

	return fa_siphash_words(&ids->key, &word, 1);
}

const uint32_t *fa_drift_ids_find(const struct fa_drift_ids *ids, int64_t id)
{
	uint64_t word = (uint64_t)id;
	uint64_t hash = fa_siphash_words(&ids->key, &word, 1);

	for (size_t i = fa_slots_first(&ids->slots, hash); fa_slots_used(&ids->slots, i);
	     i = fa_slots_next(&ids->slots, i))
		if (ids->items[fa_slots_index(&ids->slots, i)].id == id)
			return &ids->items[fa_slots_index(&ids->slots, i)].value;
	return NULL;
}

bool fa_drift_ids_add(struct fa_drift_ids *ids, struct fa_drift_budget *budget, int64_t id,
		      uint32_t value)
{
	if (!fa_drift_reserve(budget, (void **)&ids->items, &ids->room, ids->count + 1,
			      sizeof(*ids->items)))
		return false;
	ids->items[ids->count].id = id;
	ids->items[ids->count].value = value;
	if (!fa_drift_slots_add(budget, &ids->slots, hash_of_id(ids, ids->count), ids->count,
				hash_of_id, ids))
		return false;
	ids->count++;
	return true;
}

int fa_drift_ids_clear(struct fa_drift_ids *ids)
{
	ids->count = 0;
	if (ids->slots.items == NULL) {
		ids->key = fa_hash_key_random();
		return fa_slots_init(&ids->slots);
	}
	fa_slots_clear(&ids->slots);
	return 0;
}

void fa_drift_ids_deinit(struct fa_drift_ids *ids, struct fa_drift_budget *budget)
{
	fa_drift_release(budget, (void **)&ids->items, &ids->room, sizeof(*ids->items));
	fa_drift_slots_release(budget, &ids->slots);
	memset(ids, 0, sizeof(*ids));
}

static bool put(uint64_t *items, size_t size, const struct fa_hash_key *hash_key, uint64_t key)
{
	size_t slot = fa_siphash_words(hash_key, &key, 1) & (size - 1);

	while (items[slot] != 0 && items[slot] != key)
		slot = (slot + 1) & (size - 1);
	if (items[slot] == key)
		return false;
	items[slot] = key;
	return true;
}

static bool grow_set(struct fa_drift_set *set, struct fa_drift_budget *budget)
{
	size_t size = set->size == 0 ? 1024 : set->size * 2;
	uint64_t bytes = size * sizeof(*set->items);
	uint64_t *items;

	if (bytes > set->max_bytes || budget->used_bytes + bytes > budget->limit_bytes)
		return false;
	items = calloc(size, sizeof(*items));
	if (items == NULL)
		return false;
	for (size_t i = 0; i < set->size; i++)
		if (set->items[i] != 0)
			put(items, size, &set->key, set->items[i]);
	free(set->items);
	budget->used_bytes += bytes - set->size * sizeof(*set->items);
	set->items = items;
	set->size = size;
	return true;
}

bool fa_drift_set_add(struct fa_drift_set *set, struct fa_drift_budget *budget, uint64_t key)
{
	if (set->is_full)
		return false;
	if ((set->count + 1) * 3 > set->size * 2 && !grow_set(set, budget)) {
		set->is_full = true;
		return false;
	}
	if (!put(set->items, set->size, &set->key, key))
		return false;
	set->count++;
	return true;
}

bool fa_drift_set_room(struct fa_drift_set *set, struct fa_drift_budget *budget, size_t more)
{
	while ((set->count + more) * 3 > set->size * 2)
		if (!grow_set(set, budget))
			return false;
	return true;
}

bool fa_drift_set_map(struct fa_drift_set *set, struct fa_drift_budget *budget,
		      uint64_t (*fn)(const void *context, uint64_t key), const void *context)
{
	uint64_t *items = set->size == 0 ? NULL : calloc(set->size, sizeof(*items));

	set->count = 0;
	if (items == NULL) {
		bool was_empty = set->size == 0;

		fa_drift_set_clear(set, budget);
		return was_empty;
	}
	for (size_t i = 0; i < set->size; i++) {
		uint64_t key = set->items[i] == 0 ? 0 : fn(context, set->items[i]);

		if (key != 0 && put(items, set->size, &set->key, key))
			set->count++;
	}
	free(set->items);
	set->items = items;
	return true;
}

void fa_drift_set_clear(struct fa_drift_set *set, struct fa_drift_budget *budget)
{
	budget->used_bytes -= set->size * sizeof(*set->items);
	free(set->items);
	set->items = NULL;
	set->size = set->count = 0;
}
