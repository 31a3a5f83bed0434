/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which packets belong to a finding. */
#include "pipeline/wanted.h"

#include <stdlib.h>
#include <string.h>

#include "base/siphash.h"
#include "base/slots.h"
#include "base/time.h"
#include "flow/fragments.h"

/* An ICMP error comes after the packet that it quotes, which may have been the last one. */
#define QUOTE_LATE_NS (10 * FA_NS_PER_SECOND)

enum { KEY_WORDS = 6 };

/* In the last word of the key: all that goes on between two hosts, for fragments without ports. */
#define ANY_PORT (UINT64_C(1) << 63)

/* What the packets of a conversation have in common. */
struct key {
	uint64_t words[KEY_WORDS];
};

struct conversation {
	struct key key;
	size_t first_window, window_count; /* once they are arranged */
};

/* A time in which packets of a conversation belong to the finding. */
struct window {
	size_t conversation;
	int64_t first_ns, last_ns;
};

struct fa_wanted {
	struct fa_hash_key hash_key;
	struct fa_slots slots;
	struct conversation *items;
	size_t count, room;
	struct window *windows;
	size_t window_count, window_room;
	bool any_tunnel;
	bool key_vlan;
	size_t conversations; /* those of the items that have a transport and ports */
	int64_t latest_ns;    /* of the packets so far */
	bool arranged; /* windows: by conversation and time, none meets another */
	struct fa_fragments *fragments;
};

int fa_wanted_new(struct fa_wanted **out)
{
	struct fa_wanted *wanted = calloc(1, sizeof(*wanted));

	if (wanted == NULL || fa_slots_init(&wanted->slots) != 0 ||
	    fa_fragments_new(&wanted->fragments, false) != 0) {
		fa_wanted_free(wanted);
		return FA_ENOMEM;
	}
	wanted->latest_ns = INT64_MIN;
	wanted->hash_key = fa_hash_key_random();
	*out = wanted;
	return 0;
}

void fa_wanted_free(struct fa_wanted *wanted)
{
	if (wanted == NULL)
		return;
	fa_slots_deinit(&wanted->slots);
	fa_fragments_free(wanted->fragments);
	free(wanted->items);
	free(wanted->windows);
	free(wanted);
}

void fa_wanted_ignore_tunnels(struct fa_wanted *wanted)
{
	wanted->any_tunnel = true;
}

void fa_wanted_key_vlan(struct fa_wanted *wanted)
{
	wanted->key_vlan = true;
}

size_t fa_wanted_count(const struct fa_wanted *wanted)
{
	return wanted->conversations;
}

static uint64_t hash_of(const void *context, size_t index)
{
	const struct fa_wanted *wanted = context;

	return fa_siphash_words(&wanted->hash_key, wanted->items[index].key.words, KEY_WORDS);
}

static struct conversation *find(const struct fa_wanted *wanted, const struct key *key)
{
	uint64_t hash = fa_siphash_words(&wanted->hash_key, key->words, KEY_WORDS);

	for (size_t i = fa_slots_first(&wanted->slots, hash); fa_slots_used(&wanted->slots, i);
	     i = fa_slots_next(&wanted->slots, i)) {
		struct conversation *found = &wanted->items[fa_slots_index(&wanted->slots, i)];

		if (memcmp(&found->key, key, sizeof(*key)) == 0)
			return found;
	}
	return NULL;
}

static struct key key_of(const struct fa_wanted *wanted, const struct fa_identity *id)
{
	uint8_t tunnel = wanted->any_tunnel ? FA_TUNNEL_NONE : id->tunnel;
	uint32_t tunnel_id = wanted->any_tunnel ? 0 : id->tunnel_id;
	struct key key;

	memcpy(&key.words[0], id->client.bytes, 16);
	memcpy(&key.words[2], id->server.bytes, 16);
	key.words[4] = (uint64_t)id->server_port << 48 | (uint64_t)id->client_port << 32 |
		       tunnel_id;
	key.words[5] = (uint64_t)id->client.version << 24 | (uint64_t)id->transport << 16 |
		       (uint64_t)tunnel << 8 | id->fragment;
	if (wanted->key_vlan) /* 12 bits each: see flow/table.c */
		key.words[5] |= (uint64_t)id->vlan[0] << 48 | (uint64_t)id->vlan[1] << 32;
	return key;
}

/* Fragments of one IPv6 packet need not agree in the transport, either. */
static struct key any_port(const struct fa_wanted *wanted, const struct fa_identity *id)
{
	struct fa_identity any = *id;
	struct key key;

	any.transport = 0;
	any.server_port = 0;
	any.client_port = 0;
	any.fragment = 0;
	key = key_of(wanted, &any);
	key.words[5] |= ANY_PORT;
	return key;
}

static int add(struct fa_wanted *wanted, const struct key *key, int64_t first_ns, int64_t last_ns)
{
	struct conversation *found = find(wanted, key);
	void *items = wanted->items;
	void *windows = wanted->windows;

	if (!fa_array_reserve(&windows, &wanted->window_room, wanted->window_count + 1,
			      sizeof(*wanted->windows)))
		return FA_ENOMEM;
	wanted->windows = windows;
	if (found == NULL) {
		if (!fa_array_reserve(&items, &wanted->room, wanted->count + 1,
				      sizeof(*wanted->items)))
			return FA_ENOMEM;
		wanted->items = items;
		found = &wanted->items[wanted->count];
		*found = (struct conversation){.key = *key};
		if (!fa_slots_add(&wanted->slots,
				  fa_siphash_words(&wanted->hash_key, key->words, KEY_WORDS),
				  wanted->count, hash_of, wanted))
			return FA_ENOMEM;
		wanted->count++;
		wanted->conversations += (key->words[5] & ANY_PORT) == 0;
	}
	wanted->windows[wanted->window_count++] =
		(struct window){(size_t)(found - wanted->items), first_ns, last_ns};
	wanted->arranged = false;
	return 0;
}

int fa_wanted_add(struct fa_wanted *wanted, const struct fa_finding_part *part)
{
	struct key exactly = key_of(wanted, &part->id);
	struct key any = any_port(wanted, &part->id);
	int error = add(wanted, &exactly, part->first_seen_ns, part->last_seen_ns);

	return error == 0 ? add(wanted, &any, part->first_seen_ns, part->last_seen_ns) : error;
}

static int compare_windows(const void *a, const void *b)
{
	const struct window *left = a;
	const struct window *right = b;

	if (left->conversation != right->conversation)
		return left->conversation < right->conversation ? -1 : 1;
	return (left->first_ns > right->first_ns) - (left->first_ns < right->first_ns);
}

/*
 * One conversation on the wire may be many parts: one for each name that the client asked for,
 * which is the client's choice. Every packet looks for its time among all of them.
 */
static void arrange(struct fa_wanted *wanted)
{
	struct window *windows = wanted->windows;
	size_t kept = 0;

	if (wanted->window_count > 1)
		qsort(windows, wanted->window_count, sizeof(*windows), compare_windows);
	for (size_t i = 0; i < wanted->count; i++)
		wanted->items[i].window_count = 0;
	for (size_t i = 0; i < wanted->window_count; i++) {
		struct conversation *conversation = &wanted->items[windows[i].conversation];
		struct window *last = conversation->window_count == 0 ? NULL : &windows[kept - 1];

		if (last != NULL && windows[i].first_ns <= last->last_ns) {
			if (windows[i].last_ns > last->last_ns)
				last->last_ns = windows[i].last_ns;
			continue;
		}
		if (last == NULL)
			conversation->first_window = kept;
		conversation->window_count++;
		windows[kept++] = windows[i];
	}
	wanted->window_count = kept;
	wanted->arranged = true;
}

static bool is_seen_at(const struct fa_wanted *wanted, const struct conversation *conversation,
		       int64_t ts_ns, int64_t late_ns)
{
	const struct window *windows = &wanted->windows[conversation->first_window];
	size_t low = 0;
	size_t high = conversation->window_count;
	int64_t last_ns;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (windows[middle].first_ns <= ts_ns)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return false;
	last_ns = windows[low - 1].last_ns;
	return ts_ns <= last_ns || (uint64_t)ts_ns - (uint64_t)last_ns <= (uint64_t)late_ns;
}

/* One direction: from CLIENT to SERVER, as the packet would have it. */
static bool has_id(const struct fa_wanted *wanted, struct fa_identity *id, uint16_t client_port,
		   int64_t ts_ns, int64_t late_ns)
{
	/* Most conversations are of any client port; those whose sides are open name both. */
	for (unsigned i = 0; i < 2; i++) {
		const struct conversation *found;
		struct key key;

		id->client_port = i == 0 ? 0 : client_port;
		key = key_of(wanted, id);
		found = find(wanted, &key);
		if (found != NULL && is_seen_at(wanted, found, ts_ns, late_ns))
			return true;
	}
	return false;
}

static bool has_any(const struct fa_wanted *wanted, struct fa_identity *id, int64_t ts_ns)
{
	struct key key = any_port(wanted, id);
	const struct conversation *found = find(wanted, &key);

	return found != NULL && is_seen_at(wanted, found, ts_ns, 0);
}

/* Either side may be the client. */
static bool has_packet(const struct fa_wanted *wanted, const struct fa_packet *packet,
		       bool portless, int64_t late_ns)
{
	bool icmp = fa_transport_is_icmp(packet->transport);
	uint16_t kind = (uint16_t)(packet->src_port << 8 | (packet->dst_port & 0xff));
	uint16_t src_port = portless ? 0 : icmp ? kind : packet->src_port;
	uint16_t dst_port = portless ? 0 : icmp ? kind : packet->dst_port;
	struct fa_identity id;

	memset(&id, 0, sizeof(id));
	id.client = fa_packet_addr(packet->src, packet->ip_version);
	id.server = fa_packet_addr(packet->dst, packet->ip_version);
	id.transport = packet->transport;
	id.tunnel = packet->tunnel;
	id.tunnel_id = packet->tunnel_id;
	memcpy(id.vlan, packet->vlan, sizeof(id.vlan));
	id.fragment = portless;
	id.server_port = dst_port;
	if (has_id(wanted, &id, src_port, packet->ts_ns, late_ns) ||
	    (portless && has_any(wanted, &id, packet->ts_ns)))
		return true;
	id.client = fa_packet_addr(packet->dst, packet->ip_version);
	id.server = fa_packet_addr(packet->src, packet->ip_version);
	id.server_port = src_port;
	return has_id(wanted, &id, dst_port, packet->ts_ns, late_ns) ||
	       (portless && has_any(wanted, &id, packet->ts_ns));
}

/* The packet that an ICMP error quotes, as far as it matters here. */
static bool has_quoted(const struct fa_wanted *wanted, const struct fa_packet *packet)
{
	struct fa_packet quoted = *packet;

	memcpy(quoted.src, packet->dst, sizeof(quoted.src));
	memcpy(quoted.dst, packet->quoted_dst, sizeof(quoted.dst));
	quoted.transport = packet->quoted_transport;
	quoted.src_port = packet->quoted_src_port;
	quoted.dst_port = packet->quoted_dst_port;
	return has_packet(wanted, &quoted, false, QUOTE_LATE_NS);
}

bool fa_wanted_has(struct fa_wanted *wanted, const struct fa_packet *packet)
{
	struct fa_packet with_ports = *packet;
	bool portless = false;
	bool numbered;

	if (!wanted->arranged)
		arrange(wanted);
	if (packet->ts_ns > wanted->latest_ns)
		wanted->latest_ns = packet->ts_ns;
	if ((packet->flags & FA_PACKET_FRAGMENT_FIRST) != 0)
		fa_fragments_first(wanted->fragments, &with_ports, wanted->latest_ns);
	if ((packet->flags & FA_PACKET_FRAGMENT_LATER) != 0)
		portless = !fa_fragments_later(wanted->fragments, &with_ports, wanted->latest_ns,
					       &numbered);
	if (has_packet(wanted, &with_ports, portless, 0))
		return true;
	return (packet->flags & FA_PACKET_QUOTES) != 0 && has_quoted(wanted, packet);
}
