/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers of rows that were looked up before. */
#include "store/cache.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/error.h"

#define WAYS 4 /* keys of one set; the newest stands first */

/* Head of a slot; the key follows. */
struct slot {
	uint64_t hash;
	int64_t row;
	uint32_t used; /* 0: free */
	uint32_t len;
};

int fa_cache_init(struct fa_cache *cache, size_t sets, size_t key_max)
{
	cache->sets = sets;
	cache->key_max = key_max;
	cache->stride = (sizeof(struct slot) + key_max + 7) & ~(size_t)7;
	cache->slots = calloc(sets * WAYS, cache->stride);
	return cache->slots == NULL ? FA_ENOMEM : 0;
}

void fa_cache_deinit(struct fa_cache *cache)
{
	free(cache->slots);
	cache->slots = NULL;
}

void fa_cache_clear(struct fa_cache *cache)
{
	memset(cache->slots, 0, cache->sets * WAYS * cache->stride);
}

static uint8_t *set_of(const struct fa_cache *cache, uint64_t hash)
{
	return &cache->slots[(hash & (cache->sets - 1)) * WAYS * cache->stride];
}

static bool slot_holds(const uint8_t *bytes, uint64_t hash, const void *key, size_t len,
		       int64_t *row)
{
	struct slot slot;

	memcpy(&slot, bytes, sizeof(slot));
	*row = slot.row;
	return slot.used != 0 && slot.hash == hash && slot.len == len &&
	       memcmp(&bytes[sizeof(slot)], key, len) == 0;
}

int64_t fa_cache_get(const struct fa_cache *cache, const void *key, size_t len)
{
	uint64_t hash = XXH3_64bits(key, len);
	const uint8_t *set = set_of(cache, hash);
	int64_t row;

	for (size_t way = 0; way < WAYS; way++)
		if (slot_holds(&set[way * cache->stride], hash, key, len, &row))
			return row;
	return -1;
}

void fa_cache_put(struct fa_cache *cache, const void *key, size_t len, int64_t row)
{
	struct slot slot = {.row = row, .used = 1, .len = (uint32_t)len};
	uint8_t *set;

	if (len > cache->key_max)
		return;
	slot.hash = XXH3_64bits(key, len);
	set = set_of(cache, slot.hash);
	memmove(&set[cache->stride], set, (WAYS - 1) * cache->stride);
	memcpy(set, &slot, sizeof(slot));
	memcpy(&set[sizeof(slot)], key, len);
}
