/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers of rows that were looked up before: a table of fixed size, so that hostile traffic with
 * millions of addresses costs look-ups in the database and never memory.
 */
#ifndef FA_STORE_CACHE_H
#define FA_STORE_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct fa_cache {
	uint8_t *slots;
	size_t sets;	/* power of two */
	size_t stride;	/* bytes of a slot */
	size_t key_max; /* longer keys are not kept */
};

/* Room for 4 * SETS keys of up to KEY_MAX bytes. 0 or FA_ENOMEM. */
int fa_cache_init(struct fa_cache *cache, size_t sets, size_t key_max);
void fa_cache_deinit(struct fa_cache *cache);
void fa_cache_clear(struct fa_cache *cache);

/* The row number kept for KEY, or -1. */
int64_t fa_cache_get(const struct fa_cache *cache, const void *key, size_t len);

/* Keeps ROW, in place of the oldest of its set. */
void fa_cache_put(struct fa_cache *cache, const void *key, size_t len, int64_t row);

#endif
