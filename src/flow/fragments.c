/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ports of fragmented datagrams. */
#include "flow/fragments.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/siphash.h"
#include "base/time.h"

/* RFC 8200 section 4.5: a receiver waits 60 seconds for the rest of a datagram. */
#define LIFETIME_NS (60 * FA_NS_PER_SECOND)

enum { ENTRIES = 8192, BUCKETS = 16384, KEY_WORDS = 6 };

/* Entries are a circle, oldest first; buckets hold entry index + 1, chained through next. */
struct entry {
	uint64_t key[KEY_WORDS];
	int64_t clock_ns;
	uint16_t src_port, dst_port;
	uint32_t next;
	uint32_t bucket;
	bool used;
};

struct fa_fragments {
	struct fa_hash_key hash_key;
	struct entry entries[ENTRIES];
	uint32_t buckets[BUCKETS];
	uint32_t oldest;
};

int fa_fragments_new(struct fa_fragments **out)
{
	struct fa_fragments *fragments = calloc(1, sizeof(*fragments));

	if (fragments == NULL)
		return FA_ENOMEM;
	fragments->hash_key = fa_hash_key_random();
	*out = fragments;
	return 0;
}

void fa_fragments_free(struct fa_fragments *fragments)
{
	free(fragments);
}

/* A datagram is known by its addresses, protocol and id (RFC 791, RFC 8200), in one direction. */
static uint32_t key_of(const struct fa_fragments *fragments, const struct fa_packet *packet,
		       uint64_t *key)
{
	memcpy(&key[0], packet->src, 16);
	memcpy(&key[2], packet->dst, 16);
	key[4] = (uint64_t)packet->fragment_id << 32 | (uint64_t)packet->transport << 16 |
		 (uint64_t)packet->ip_version << 8 | packet->tunnel;
	key[5] = packet->tunnel_id;
	return (uint32_t)(fa_siphash_words(&fragments->hash_key, key, KEY_WORDS) % BUCKETS);
}

static struct entry *find(struct fa_fragments *fragments, const uint64_t *key, uint32_t bucket)
{
	for (uint32_t i = fragments->buckets[bucket]; i != 0; i = fragments->entries[i - 1].next)
		if (memcmp(fragments->entries[i - 1].key, key, KEY_WORDS * sizeof(*key)) == 0)
			return &fragments->entries[i - 1];
	return NULL;
}

static void unlink_entry(struct fa_fragments *fragments, struct entry *entry)
{
	uint32_t self = (uint32_t)(entry - fragments->entries) + 1;
	uint32_t *link = &fragments->buckets[entry->bucket];

	while (*link != self)
		link = &fragments->entries[*link - 1].next;
	*link = entry->next;
}

void fa_fragments_first(struct fa_fragments *fragments, const struct fa_packet *packet)
{
	uint64_t key[KEY_WORDS];
	uint32_t bucket = key_of(fragments, packet, key);
	struct entry *entry = find(fragments, key, bucket);

	if (entry == NULL) {
		entry = &fragments->entries[fragments->oldest];
		if (entry->used)
			unlink_entry(fragments, entry);
		memcpy(entry->key, key, sizeof(key));
		entry->used = true;
		entry->bucket = bucket;
		entry->next = fragments->buckets[bucket];
		fragments->buckets[bucket] = fragments->oldest + 1;
		fragments->oldest = (fragments->oldest + 1) % ENTRIES;
	}
	entry->clock_ns = packet->clock_ns;
	entry->src_port = packet->src_port;
	entry->dst_port = packet->dst_port;
}

bool fa_fragments_later(struct fa_fragments *fragments, struct fa_packet *packet)
{
	uint64_t key[KEY_WORDS];
	uint32_t bucket = key_of(fragments, packet, key);
	const struct entry *entry = find(fragments, key, bucket);

	/* The clock never goes back; unsigned, because its ends lie farther apart than INT64_MAX. */
	if (entry == NULL ||
	    (uint64_t)packet->clock_ns - (uint64_t)entry->clock_ns > (uint64_t)LIFETIME_NS)
		return false;
	packet->src_port = entry->src_port;
	packet->dst_port = entry->dst_port;
	return true;
}
