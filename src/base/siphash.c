/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SipHash-1-3. */
#include "base/siphash.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct sip {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotl(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v1 = rotl(s->v1, 13) ^ s->v0;
	s->v0 = rotl(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotl(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotl(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotl(s->v1, 17) ^ s->v2;
	s->v2 = rotl(s->v2, 32);
}

static inline struct sip sip_start(const struct fa_hash_key *key)
{
	/* The four constants of the paper, section 2: "somepseudorandomlygeneratedbytes". */
	return (struct sip){
		key->k0 ^ 0x736f6d6570736575u,
		key->k1 ^ 0x646f72616e646f6du,
		key->k0 ^ 0x6c7967656e657261u,
		key->k1 ^ 0x7465646279746573u,
	};
}

static inline void sip_word(struct sip *s, uint64_t m)
{
	s->v3 ^= m;
	sip_round(s);
	s->v0 ^= m;
}

static inline uint64_t sip_end(struct sip *s)
{
	s->v2 ^= 0xff;
	sip_round(s);
	sip_round(s);
	sip_round(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

uint64_t fa_siphash_words(const struct fa_hash_key *key, const uint64_t *words, size_t count)
{
	struct sip s = sip_start(key);

	for (size_t i = 0; i < count; i++)
		sip_word(&s, htole64(words[i]));
	sip_word(&s, (uint64_t)(count * 8) << 56);
	return sip_end(&s);
}

uint64_t fa_siphash(const struct fa_hash_key *key, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	struct sip s = sip_start(key);
	uint64_t last = (uint64_t)len << 56;
	uint64_t word;
	size_t i = 0;

	for (; len - i >= 8; i += 8) {
		memcpy(&word, bytes + i, 8);
		sip_word(&s, le64toh(word));
	}
	for (unsigned shift = 0; i < len; i++, shift += 8)
		last |= (uint64_t)bytes[i] << shift;
	sip_word(&s, last);
	return sip_end(&s);
}

struct fa_hash_key fa_hash_key_random(void)
{
	struct fa_hash_key key;

	if (getrandom(&key, sizeof(key), 0) != (ssize_t)sizeof(key))
		abort(); /* no entropy source: keyed tables would be a false promise */
	return key;
}
