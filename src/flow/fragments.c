/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ports of fragmented datagrams. */
#include "flow/fragments.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/time.h"

/* RFC 8200 section 4.5: a receiver waits 60 seconds for the rest of a datagram. */
#define LIFETIME_NS (60 * FA_NS_PER_SECOND)

enum { ENTRIES = 8192, BUCKETS = 16384 };

enum { AUTHENTICATION = 51 }; /* IANA "Protocol Numbers" */

/* Entries are a circle, oldest first; buckets hold entry index + 1, chained through next. */
struct entry {
	struct fa_datagram key;
	int64_t clock_ns;
	uint16_t src_port, dst_port;
	uint32_t next_seq; /* of TCP, with NUMBERED: where the next bytes go on */
	uint32_t next;
	uint32_t bucket;
	uint8_t transport;
	bool numbered;
	bool used;
};

struct fa_fragments {
	struct fa_hash_key hash_key;
	struct entry entries[ENTRIES];
	uint32_t buckets[BUCKETS];
	uint32_t oldest;
	bool vlans;
};

int fa_fragments_new(struct fa_fragments **out, bool vlans)
{
	struct fa_fragments *fragments = calloc(1, sizeof(*fragments));

	if (fragments == NULL)
		return FA_ENOMEM;
	fragments->hash_key = fa_hash_key_random();
	fragments->vlans = vlans;
	*out = fragments;
	return 0;
}

void fa_fragments_free(struct fa_fragments *fragments)
{
	free(fragments);
}

struct fa_datagram fa_datagram_of(const struct fa_packet *packet, uint8_t transport, bool vlans)
{
	uint8_t protocol = packet->ip_version == 4 ? transport : 0;
	struct fa_datagram key;

	memcpy(&key.words[0], packet->src, 16);
	memcpy(&key.words[2], packet->dst, 16);
	key.words[4] = (uint64_t)packet->fragment_id << 32 | (uint64_t)protocol << 16 |
		       (uint64_t)packet->ip_version << 8 | packet->tunnel;
	key.words[5] = packet->tunnel_id;
	if (vlans)
		key.words[5] |= (uint64_t)packet->vlan[0] << 48 | (uint64_t)packet->vlan[1] << 32;
	return key;
}

uint8_t fa_datagram_other_transport(const struct fa_packet *first)
{
	return first->ip_version == 4 && (first->layers & fa_layer_bit(FA_TUNNEL_AH)) != 0
		       ? AUTHENTICATION
		       : 0;
}

static uint32_t bucket_of(const struct fa_fragments *fragments, const struct fa_datagram *key)
{
	return (uint32_t)(fa_siphash_words(&fragments->hash_key, key->words, FA_DATAGRAM_WORDS) %
			  BUCKETS);
}

static struct entry *find(struct fa_fragments *fragments, const struct fa_datagram *key,
			  uint32_t bucket)
{
	for (uint32_t i = fragments->buckets[bucket]; i != 0; i = fragments->entries[i - 1].next)
		if (memcmp(&fragments->entries[i - 1].key, key, sizeof(*key)) == 0)
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

/* The entry of that datagram, which may take the place of the oldest one. */
static struct entry *enter(struct fa_fragments *fragments, const struct fa_datagram *key)
{
	uint32_t bucket = bucket_of(fragments, key);
	struct entry *entry = find(fragments, key, bucket);

	if (entry != NULL)
		return entry;
	entry = &fragments->entries[fragments->oldest];
	if (entry->used)
		unlink_entry(fragments, entry);
	entry->key = *key;
	entry->used = true;
	entry->bucket = bucket;
	entry->next = fragments->buckets[bucket];
	fragments->buckets[bucket] = fragments->oldest + 1;
	fragments->oldest = (fragments->oldest + 1) % ENTRIES;
	return entry;
}

static void remember(struct fa_fragments *fragments, const struct fa_packet *packet,
		     uint8_t transport, int64_t clock_ns)
{
	struct fa_datagram key = fa_datagram_of(packet, transport, fragments->vlans);
	struct entry *entry = enter(fragments, &key);

	entry->clock_ns = clock_ns;
	entry->src_port = packet->src_port;
	entry->dst_port = packet->dst_port;
	entry->transport = packet->transport;
	entry->numbered = packet->transport == FA_IP_TCP && packet->tcp_flags != 0 &&
			  (packet->tcp_flags & FA_TCP_RST) == 0;
	entry->next_seq = packet->tcp_seq + packet->payload_bytes +
			  ((packet->tcp_flags & FA_TCP_SYN) != 0) +
			  ((packet->tcp_flags & FA_TCP_FIN) != 0);
}

void fa_fragments_first(struct fa_fragments *fragments, const struct fa_packet *packet,
			int64_t clock_ns)
{
	uint8_t other = fa_datagram_other_transport(packet);

	remember(fragments, packet, packet->transport, clock_ns);
	if (other != 0)
		remember(fragments, packet, other, clock_ns);
}

bool fa_fragments_later(struct fa_fragments *fragments, struct fa_packet *packet, int64_t clock_ns,
			bool *numbered)
{
	struct fa_datagram key = fa_datagram_of(packet, packet->transport, fragments->vlans);
	struct entry *entry = find(fragments, &key, bucket_of(fragments, &key));

	/* The clock never goes back; unsigned, because its ends lie farther apart than INT64_MAX. */
	if (entry == NULL || (uint64_t)clock_ns - (uint64_t)entry->clock_ns > (uint64_t)LIFETIME_NS)
		return false;
	packet->src_port = entry->src_port;
	packet->dst_port = entry->dst_port;
	packet->transport = entry->transport;
	packet->tcp_seq = entry->next_seq;
	*numbered = entry->numbered;
	entry->next_seq += packet->payload_bytes;
	return true;
}
