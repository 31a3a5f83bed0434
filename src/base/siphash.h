/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SipHash-1-3: keyed hash for tables that hostile traffic fills (Aumasson and Bernstein,
 * "SipHash: a fast short-input PRF", 2012; one compression and three finalisation rounds).
 */
#ifndef FA_BASE_SIPHASH_H
#define FA_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct fa_hash_key {
	uint64_t k0, k1;
};

/* Hash of COUNT 64-bit words: for fixed, padded keys on the packet path. */
uint64_t fa_siphash_words(const struct fa_hash_key *key, const uint64_t *words, size_t count);

/* Hash of bytes. */
uint64_t fa_siphash(const struct fa_hash_key *key, const void *data, size_t len);

/* A random key from the kernel. */
struct fa_hash_key fa_hash_key_random(void);

#endif
