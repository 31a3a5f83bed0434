/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fragments that wait for their first piece. */
#include "flow/held.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "flow/fragments.h"

enum { BUCKETS = 2048 };

/* A list of items, by index + 1; 0: none. */
struct list {
	uint32_t first, last;
};

/* Through an item, for each list that it is in. */
struct links {
	uint32_t next, prev;
};

enum { BY_AGE, BY_DATAGRAM, LISTS };

struct item {
	struct fa_datagram key;
	struct fa_packet packet;
	int64_t clock_ns;
	struct links links[LISTS];
	uint32_t bucket;
};

struct fa_held {
	struct fa_hash_key hash_key;
	struct item items[FA_HELD_MAX];
	struct list age;
	struct list buckets[BUCKETS];
	uint32_t free_first; /* through the links by age */
	uint32_t used, count;
	uint8_t (*bytes)[FA_HELD_BYTES]; /* of each item; NULL: not kept */
	bool vlans;
};

int fa_held_new(struct fa_held **out, bool bytes, bool vlans)
{
	struct fa_held *held = calloc(1, sizeof(*held));

	if (held != NULL && bytes)
		held->bytes = calloc(FA_HELD_MAX, sizeof(*held->bytes));
	if (held == NULL || (bytes && held->bytes == NULL)) {
		fa_held_free(held);
		return FA_ENOMEM;
	}
	held->hash_key = fa_hash_key_random();
	held->vlans = vlans;
	*out = held;
	return 0;
}

void fa_held_free(struct fa_held *held)
{
	if (held == NULL)
		return;
	free(held->bytes);
	free(held);
}

size_t fa_held_count(const struct fa_held *held)
{
	return held->count;
}

int64_t fa_held_due_ns(const struct fa_held *held)
{
	int64_t due_ns;

	if (held->age.first == 0 ||
	    __builtin_add_overflow(held->items[held->age.first - 1].clock_ns, FA_HELD_NS, &due_ns))
		return INT64_MAX;
	return due_ns;
}

static void append(struct fa_held *held, struct list *list, unsigned which, uint32_t self)
{
	struct links *links = &held->items[self - 1].links[which];

	links->next = 0;
	links->prev = list->last;
	if (list->last != 0)
		held->items[list->last - 1].links[which].next = self;
	else
		list->first = self;
	list->last = self;
}

static void withdraw(struct fa_held *held, struct list *list, unsigned which, uint32_t self)
{
	const struct links *links = &held->items[self - 1].links[which];

	if (links->prev != 0)
		held->items[links->prev - 1].links[which].next = links->next;
	else
		list->first = links->next;
	if (links->next != 0)
		held->items[links->next - 1].links[which].prev = links->prev;
	else
		list->last = links->prev;
}

static uint32_t bucket_of(const struct fa_held *held, const struct fa_datagram *key)
{
	return (uint32_t)(fa_siphash_words(&held->hash_key, key->words, FA_DATAGRAM_WORDS) %
			  BUCKETS);
}

/* An item that is free: one that was, or one that never was used. */
static uint32_t allot(struct fa_held *held)
{
	uint32_t self = held->free_first;

	if (self == 0)
		return ++held->used;
	held->free_first = held->items[self - 1].links[BY_AGE].next;
	return self;
}

void fa_held_put(struct fa_held *held, const struct fa_packet *packet, const uint8_t *ip_bytes,
		 int64_t clock_ns)
{
	uint32_t self = allot(held);
	struct item *item = &held->items[self - 1];
	uint32_t kept = held->bytes == NULL ? 0 : packet->captured;

	if (kept > FA_HELD_BYTES)
		kept = FA_HELD_BYTES;
	item->key = fa_datagram_of(packet, packet->transport, held->vlans);
	item->packet = *packet;
	item->packet.captured = kept;
	if (item->packet.payload_offset > kept)
		item->packet.payload_offset = kept;
	if (kept > 0)
		memcpy(held->bytes[self - 1], ip_bytes, kept);
	item->clock_ns = clock_ns;
	item->bucket = bucket_of(held, &item->key);
	append(held, &held->age, BY_AGE, self);
	append(held, &held->buckets[item->bucket], BY_DATAGRAM, self);
	held->count++;
}

static void take(struct fa_held *held, uint32_t self, struct fa_held_packet *out)
{
	struct item *item = &held->items[self - 1];

	withdraw(held, &held->age, BY_AGE, self);
	withdraw(held, &held->buckets[item->bucket], BY_DATAGRAM, self);
	item->links[BY_AGE].next = held->free_first;
	held->free_first = self;
	held->count--;
	out->packet = &item->packet;
	out->ip_bytes = held->bytes == NULL ? NULL : held->bytes[self - 1];
}

static bool take_with(struct fa_held *held, const struct fa_packet *first, uint8_t transport,
		      struct fa_held_packet *out)
{
	struct fa_datagram key = fa_datagram_of(first, transport, held->vlans);
	uint32_t self = held->buckets[bucket_of(held, &key)].first;

	while (self != 0 && memcmp(&held->items[self - 1].key, &key, sizeof(key)) != 0)
		self = held->items[self - 1].links[BY_DATAGRAM].next;
	if (self == 0)
		return false;
	take(held, self, out);
	return true;
}

bool fa_held_take_of(struct fa_held *held, const struct fa_packet *first,
		     struct fa_held_packet *out)
{
	uint8_t other = fa_datagram_other_transport(first);

	if (held->count == 0)
		return false;
	return take_with(held, first, first->transport, out) ||
	       (other != 0 && take_with(held, first, other, out));
}

bool fa_held_take_oldest(struct fa_held *held, struct fa_held_packet *out)
{
	if (held->age.first == 0)
		return false;
	take(held, held->age.first, out);
	return true;
}
