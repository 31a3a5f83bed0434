/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conversations being summed. */
#include "core/convmap.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/siphash.h"
#include "base/slots.h"
#include "base/text.h"
#include "core/labels.h"

/*
 * The identity in few words; equal keys are equal identities:
 * 0-1 client, 2-3 server, 4 bucket, 5 label and tunnel id, 6 VLANs and ports, 7 all the small fields.
 */
enum { KEY_WORDS = 8 };

struct entry {
	uint64_t key[KEY_WORDS];
	struct fa_counts counts;
};

struct fa_convmap {
	struct fa_hash_key hash_key;
	size_t max_entries;
	struct fa_labels *labels;
	struct fa_slots slots;
	struct entry *entries;
	size_t count, room;
};

int fa_convmap_new(struct fa_convmap **out, size_t max_entries)
{
	struct fa_convmap *map = calloc(1, sizeof(*map));

	if (map == NULL)
		return FA_ENOMEM;
	map->hash_key = fa_hash_key_random();
	map->max_entries = max_entries;
	if (fa_slots_init(&map->slots) != 0 || fa_labels_new(&map->labels) != 0) {
		fa_convmap_free(map);
		return FA_ENOMEM;
	}
	*out = map;
	return 0;
}

void fa_convmap_free(struct fa_convmap *map)
{
	if (map == NULL)
		return;
	fa_labels_free(map->labels);
	fa_slots_deinit(&map->slots);
	free(map->entries);
	free(map);
}

static uint64_t hash_of(const void *context, size_t index)
{
	const struct fa_convmap *map = context;

	return fa_siphash_words(&map->hash_key, map->entries[index].key, KEY_WORDS);
}

static void key_fill(uint64_t *key, int64_t bucket_ns, const struct fa_identity *id, uint32_t label)
{
	memcpy(&key[0], id->client.bytes, 16);
	memcpy(&key[2], id->server.bytes, 16);
	key[4] = (uint64_t)bucket_ns;
	key[5] = (uint64_t)label << 32 | id->tunnel_id;
	key[6] = (uint64_t)id->vlan[0] << 48 | (uint64_t)id->vlan[1] << 32 |
		 (uint64_t)id->client_port << 16 | id->server_port;
	key[7] = (uint64_t)id->client.version << 48 | (uint64_t)id->server.version << 40 |
		 (uint64_t)id->transport << 32 | (uint64_t)id->direction_by << 24 |
		 (uint64_t)id->detected_by << 16 | (uint64_t)id->tunnel << 8 | id->fragment;
}

struct fa_counts *fa_convmap_at(struct fa_convmap *map, int64_t bucket_ns,
				const struct fa_identity *id)
{
	uint32_t label =
		fa_labels_intern(map->labels, id->protocol, id->application, id->host);
	uint64_t key[KEY_WORDS];
	struct entry *entry;
	uint64_t hash;

	if (label == UINT32_MAX)
		return NULL;
	key_fill(key, bucket_ns, id, label);
	hash = fa_siphash_words(&map->hash_key, key, KEY_WORDS);
	for (size_t i = fa_slots_first(&map->slots, hash); fa_slots_used(&map->slots, i);
	     i = fa_slots_next(&map->slots, i)) {
		entry = &map->entries[fa_slots_index(&map->slots, i)];
		if (memcmp(entry->key, key, sizeof(key)) == 0)
			return &entry->counts;
	}
	if (map->count >= map->max_entries ||
	    !fa_array_reserve((void **)&map->entries, &map->room, map->count + 1,
			      sizeof(*map->entries)))
		return NULL;
	entry = &map->entries[map->count];
	memcpy(entry->key, key, sizeof(key));
	if (!fa_slots_add(&map->slots, hash, map->count, hash_of, map))
		return NULL;
	map->count++;
	fa_counts_init(&entry->counts);
	return &entry->counts;
}

size_t fa_convmap_count(const struct fa_convmap *map)
{
	return map->count;
}

static void get_addr(struct fa_addr *out, const uint64_t *words, uint64_t version)
{
	memcpy(out->bytes, words, sizeof(out->bytes));
	out->version = (uint8_t)version;
}

void fa_convmap_get(const struct fa_convmap *map, size_t index, struct fa_conversation *out)
{
	const struct entry *entry = &map->entries[index];
	const uint64_t *key = entry->key;
	struct fa_label label = fa_labels_get(map->labels, (uint32_t)(key[5] >> 32));
	struct fa_identity *id = &out->id;

	memset(out, 0, sizeof(*out));
	out->bucket_ns = (int64_t)key[4];
	out->counts = entry->counts;
	get_addr(&id->client, &key[0], key[7] >> 48);
	get_addr(&id->server, &key[2], key[7] >> 40);
	id->tunnel_id = (uint32_t)key[5];
	id->vlan[0] = (uint16_t)(key[6] >> 48);
	id->vlan[1] = (uint16_t)(key[6] >> 32);
	id->client_port = (uint16_t)(key[6] >> 16);
	id->server_port = (uint16_t)key[6];
	id->transport = (uint8_t)(key[7] >> 32);
	id->direction_by = (uint8_t)(key[7] >> 24);
	id->detected_by = (uint8_t)(key[7] >> 16);
	id->tunnel = (uint8_t)(key[7] >> 8);
	id->fragment = (uint8_t)key[7];
	fa_text_copy(id->protocol, sizeof(id->protocol), label.protocol);
	fa_text_copy(id->application, sizeof(id->application), label.application);
	fa_text_copy(id->host, sizeof(id->host), label.host);
}

void fa_convmap_clear(struct fa_convmap *map)
{
	map->count = 0;
	fa_slots_clear(&map->slots);
	fa_labels_clear(map->labels);
}
