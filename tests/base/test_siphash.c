/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SipHash-1-3 against vectors made by another program, and against a plain implementation of the
 * paper's definition that reads its message byte by byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/siphash.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * CPython 3.11.7 hashes bytes with SipHash-1-3 (sys.hash_info.algorithm). PYTHONHASHSEED=0 is the
 * zero key; PYTHONHASHSEED=1 gives the second key (Python/bootstrap_hash.c, lcg_urandom). The
 * messages are the bytes 0, 1, 2 ... of that length, and "flowaudit".
 */
static const struct fa_hash_key keys[] = {{0, 0}, {0xaed66ce184be2329, 0xebe9bbf1f1499052}};
static const struct {
	size_t len; /* 0: "flowaudit" */
	uint64_t hash[2];
} vectors[] = {
	{1, {0x68a914128e01e473, 0xecd3e5afcecda4b9}},
	{7, {0x2f098ab0c751325a, 0xfd15e78052a69ddf}},
	{8, {0xead411e67ebe2eea, 0xc0b5739e7e28dd01}},
	{9, {0x75927f9d95124362, 0x208a1a5a0cbbf778}},
	{15, {0xf30eb725bb91c9ea, 0xfa87985f39e97a53}},
	{16, {0x8972188433a5c5b7, 0x12e9d283f9f37002}},
	{33, {0x7fb71d24dfa4c9f6, 0x936512292dbf5292}},
	{0, {0xe3b5807a538c1d07, 0xa75c14b384cd1ac3}},
};

static void known_vectors(void **state)
{
	uint8_t bytes[33];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	for (size_t i = 0; i < COUNT(vectors); i++)
		for (size_t k = 0; k < COUNT(keys); k++) {
			uint64_t hash = vectors[i].len == 0
						? fa_siphash(&keys[k], "flowaudit", 9)
						: fa_siphash(&keys[k], bytes, vectors[i].len);

			assert_true(hash == vectors[i].hash[k]);
		}
}

static void add_rotate_xor(uint64_t *a, uint64_t *b, unsigned bits)
{
	*a += *b;
	*b = *b << bits | *b >> (64 - bits);
	*b ^= *a;
}

static void plain_round(uint64_t v[4])
{
	add_rotate_xor(&v[0], &v[1], 13);
	v[0] = v[0] << 32 | v[0] >> 32;
	add_rotate_xor(&v[2], &v[3], 16);
	add_rotate_xor(&v[0], &v[3], 21);
	add_rotate_xor(&v[2], &v[1], 17);
	v[2] = v[2] << 32 | v[2] >> 32;
}

static uint64_t plain(const struct fa_hash_key *key, const uint8_t *bytes, size_t len)
{
	static const char text[] = "somepseudorandomlygeneratedbytes";
	uint64_t v[4] = {0};

	for (size_t i = 0; i < 32; i++)
		v[i / 8] = v[i / 8] << 8 | (uint8_t)text[i];
	for (size_t i = 0; i < 4; i++)
		v[i] ^= i % 2 == 0 ? key->k0 : key->k1;
	for (size_t word = 0; word <= len / 8; word++) {
		uint64_t m = 0;

		for (size_t i = 0; i < 8; i++) {
			size_t at = word * 8 + i;
			uint64_t byte = at < len ? bytes[at] : 0;

			if (word == len / 8 && i == 7)
				byte = len & 0xff;
			m |= byte << (8 * i);
		}
		v[3] ^= m;
		plain_round(v);
		v[0] ^= m;
	}
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		plain_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static void like_the_definition(void **state)
{
	uint8_t bytes[301];
	struct fa_hash_key key = {1, 2};

	(void)state;
	for (size_t len = 0; len <= 300; len++) {
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)(i * 167 + len * 13 + 5);
		key.k0 = fa_siphash(&key, bytes, sizeof(bytes));
		key.k1 ^= key.k0 * 3;
		/* From an odd address too. */
		assert_true(fa_siphash(&key, bytes, len) == plain(&key, bytes, len));
		if (len < 300)
			assert_true(fa_siphash(&key, bytes + 1, len) ==
				    plain(&key, bytes + 1, len));
	}
}

static void words_are_their_bytes(void **state)
{
	struct fa_hash_key key = {0x0123456789abcdef, 0xfedcba9876543210};
	uint64_t words[9];

	(void)state;
	for (size_t i = 0; i < 9; i++)
		words[i] = plain(&key, (const uint8_t *)"01234567", i);
	for (size_t n = 0; n <= 9; n++) {
		uint8_t bytes[72];

		for (size_t i = 0; i < n * 8; i++)
			bytes[i] = (uint8_t)(words[i / 8] >> (i % 8 * 8));
		assert_true(fa_siphash_words(&key, words, n) == plain(&key, bytes, n * 8));
	}
}

static void random_keys_differ(void **state)
{
	struct fa_hash_key a = fa_hash_key_random(), b = fa_hash_key_random();

	(void)state;
	assert_true(a.k0 != b.k0 && a.k1 != b.k1 && a.k0 != a.k1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_vectors),
		cmocka_unit_test(like_the_definition),
		cmocka_unit_test(words_are_their_bytes),
		cmocka_unit_test(random_keys_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
