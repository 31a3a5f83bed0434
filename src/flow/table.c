/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The flow table and its timer wheel. */
#include "flow/table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/error.h"
#include "base/time.h"

enum { FIRST_SLOTS = 1024, VICTIM_SAMPLE = 32, HAND_STEPS = 256 };

enum {
	SLIGHT_PACKETS = 8, /* more than the tries of one TCP connection that nobody answers */
	/* Of so many flows one that nobody answered yet is left in peace. */
	RARE = 256,
	/* A search gives up after so many places, about a tenth of a millisecond. Every place is
	 * met once, so that this happens only soon after the cap was reached. */
	VICTIM_STEPS = 8192,
	/* For one that is slight, so many places more are looked at. */
	SLIGHT_STEPS = 64,
};

/* Zeroed memory that costs nothing until it is touched. */
static void *reserve(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

int fa_flow_table_init(struct fa_flow_table *table, size_t max_flows, bool records)
{
	memset(table, 0, sizeof(*table));
	table->hash_key = fa_hash_key_random();
	table->sample = fa_hash_key_random().k0 | 1;
	table->max = max_flows;
	table->mask = FIRST_SLOTS - 1;
	table->wheel_second = INT64_MIN;
	table->slots = calloc(FIRST_SLOTS, sizeof(*table->slots));
	table->tags = calloc(FIRST_SLOTS, sizeof(*table->tags));
	table->flows = reserve(max_flows * sizeof(*table->flows));
	table->queue = reserve(max_flows * sizeof(*table->queue));
	if (records)
		table->records = reserve(max_flows * sizeof(*table->records));
	if (table->slots == NULL || table->tags == NULL || table->flows == NULL ||
	    table->queue == NULL ||
	    (records && table->records == NULL)) {
		fa_flow_table_deinit(table);
		return FA_ENOMEM;
	}
	return 0;
}

int fa_flow_table_keep_asked(struct fa_flow_table *table)
{
	table->asked = reserve(table->max * sizeof(*table->asked));
	return table->asked == NULL ? FA_ENOMEM : 0;
}

void fa_flow_table_deinit(struct fa_flow_table *table)
{
	free(table->slots);
	free(table->tags);
	if (table->flows != NULL)
		munmap(table->flows, table->max * sizeof(*table->flows));
	if (table->queue != NULL)
		munmap(table->queue, table->max * sizeof(*table->queue));
	if (table->records != NULL)
		munmap(table->records, table->max * sizeof(*table->records));
	if (table->asked != NULL)
		munmap(table->asked, table->max * sizeof(*table->asked));
	memset(table, 0, sizeof(*table));
}

/*
 * Word 5: bit 0 portless, 8-15 tunnel, 16-23 IP version, 24-31 transport, 40-51 the second VLAN and
 * 52-63 the first (IEEE 802.1Q section 9.6: 12 bits). Of the quoted pair's hash 31 bits: 8 of them
 * in 32-39, 7 in 1-7, and 16 in word 4 above type and code, which are of 8 bits each; without VLANs
 * the upper 32 bits are all hash.
 */
static void mark_quoted_pair(struct fa_flow_key *key, uint64_t hash, bool vlans)
{
	if (!vlans) {
		key->words[5] |= hash >> 32 << 32;
		return;
	}
	key->words[5] |= (hash >> 56) << 32 | (hash >> 48 & 0x7f) << 1;
	key->words[4] |= (hash >> 40 & 0xff) << 56 | (hash >> 32 & 0xff) << 40;
}

uint8_t fa_flow_key_of(const struct fa_packet *packet, bool portless, bool vlans,
		       struct fa_flow_key *key)
{
	uint16_t src_port = portless ? 0 : packet->src_port;
	uint16_t dst_port = portless ? 0 : packet->dst_port;
	bool icmp = fa_transport_is_icmp(packet->transport);
	int order = memcmp(packet->src, packet->dst, sizeof(packet->src));
	uint16_t low_port, high_port;
	uint8_t side;

	/* ICMP has a type and a code, which belong to no side. */
	if (order == 0 && !icmp)
		order = (src_port > dst_port) - (src_port < dst_port);
	side = order <= 0 ? SIDE_LOW : SIDE_HIGH;
	memcpy(&key->words[0], side == SIDE_LOW ? packet->src : packet->dst, 16);
	memcpy(&key->words[2], side == SIDE_LOW ? packet->dst : packet->src, 16);
	low_port = side == SIDE_LOW || icmp ? src_port : dst_port;
	high_port = side == SIDE_LOW || icmp ? dst_port : src_port;
	key->words[4] = (uint64_t)low_port << 48 | (uint64_t)high_port << 32 | packet->tunnel_id;
	key->words[5] = (uint64_t)packet->transport << 24 | (uint64_t)packet->ip_version << 16 |
			(uint64_t)packet->tunnel << 8 | portless;
	if (vlans)
		key->words[5] |= (uint64_t)(packet->vlan[0] & FA_VLAN_BITS) << 52 |
				 (uint64_t)(packet->vlan[1] & FA_VLAN_BITS) << 40;
	if ((packet->flags & FA_PACKET_QUOTES) != 0)
		mark_quoted_pair(key, packet->pair_hash, vlans);
	return side;
}

uint64_t fa_flow_hash(const struct fa_flow_table *table, const struct fa_flow_key *key)
{
	return fa_siphash_words(&table->hash_key, key->words, FA_FLOW_KEY_WORDS);
}

static uint32_t tag_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32);
}

/* The slot of the flow with that key, or the free slot where it would go. */
static size_t slot_of(const struct fa_flow_table *table, const struct fa_flow_key *key,
		      uint64_t hash)
{
	size_t i = hash & table->mask;

	while (table->slots[i] != 0) {
		if (table->tags[i] == tag_of(hash) &&
		    memcmp(&table->flows[table->slots[i] - 1].key, key, sizeof(*key)) == 0)
			break;
		i = (i + 1) & table->mask;
	}
	return i;
}

struct flow *fa_flow_find(const struct fa_flow_table *table, const struct fa_flow_key *key,
			  uint64_t hash)
{
	size_t i = slot_of(table, key, hash);

	return table->slots[i] == 0 ? NULL : &table->flows[table->slots[i] - 1];
}

static bool grow(struct fa_flow_table *table)
{
	size_t size = (table->mask + 1) * 2;
	uint32_t *slots = calloc(size, sizeof(*slots));
	uint32_t *tags = calloc(size, sizeof(*tags));

	if (slots == NULL || tags == NULL) {
		free(slots);
		free(tags);
		return false;
	}
	for (size_t i = 0; i <= table->mask; i++) {
		uint64_t hash;
		size_t to;

		if (table->slots[i] == 0)
			continue;
		hash = fa_flow_hash(table, &table->flows[table->slots[i] - 1].key);
		for (to = hash & (size - 1); slots[to] != 0;)
			to = (to + 1) & (size - 1);
		slots[to] = table->slots[i];
		tags[to] = table->tags[i];
	}
	free(table->slots);
	free(table->tags);
	table->slots = slots;
	table->tags = tags;
	table->mask = size - 1;
	return true;
}

/* When it is full the oldest entry makes room: a flow that lived long, or is over. */
static void queue_push(struct fa_flow_table *table, size_t place)
{
	size_t at = table->queue_first + table->queue_count;

	if (at >= table->max)
		at -= table->max;
	table->queue[at] = (uint32_t)place;
	if (table->queue_count < table->max)
		table->queue_count++;
	else if (++table->queue_first == table->max)
		table->queue_first = 0;
}

static size_t queue_pop(struct fa_flow_table *table)
{
	size_t place = table->queue[table->queue_first];

	if (++table->queue_first == table->max)
		table->queue_first = 0;
	table->queue_count--;
	return place;
}

struct flow *fa_flow_add(struct fa_flow_table *table, const struct fa_flow_key *key, uint64_t hash)
{
	struct flow *flow;
	size_t slot;

	if ((table->count + 1) * 2 > table->mask + 1 && !grow(table))
		return NULL;
	if (table->free_head != 0) {
		flow = &table->flows[table->free_head - 1];
		table->free_head = flow->wheel_next;
	} else if (table->used < table->max) {
		flow = &table->flows[table->used++];
	} else {
		return NULL;
	}
	memset(flow, 0, sizeof(*flow));
	flow->key = *key;
	slot = slot_of(table, key, hash);
	table->slots[slot] = (uint32_t)fa_flow_index(table, flow) + 1;
	table->tags[slot] = tag_of(hash);
	table->count++;
	queue_push(table, fa_flow_index(table, flow));
	return flow;
}

/*
 * Linear probing without tombstones: what follows the freed slot moves up as long as the gap lies
 * between an element's home and its place.
 */
static void close_gap(struct fa_flow_table *table, size_t gap)
{
	for (size_t i = (gap + 1) & table->mask; table->slots[i] != 0; i = (i + 1) & table->mask) {
		const struct flow *flow = &table->flows[table->slots[i] - 1];
		size_t home = fa_flow_hash(table, &flow->key) & table->mask;

		if (((i - home) & table->mask) < ((i - gap) & table->mask))
			continue;
		table->slots[gap] = table->slots[i];
		table->tags[gap] = table->tags[i];
		gap = i;
	}
	table->slots[gap] = 0;
}

void fa_flow_remove(struct fa_flow_table *table, struct flow *flow)
{
	fa_wheel_unlink(table, flow);
	table->unanswered -= fa_flow_is_unanswered(flow);
	close_gap(table, slot_of(table, &flow->key, fa_flow_hash(table, &flow->key)));
	flow->key.words[5] = UINT64_MAX; /* no flow has it: marks the place as free */
	flow->wheel_next = table->free_head;
	table->free_head = (uint32_t)fa_flow_index(table, flow) + 1;
	table->count--;
}

void fa_wheel_link(struct fa_flow_table *table, struct flow *flow, int64_t due_ns)
{
	int64_t second = due_ns / FA_NS_PER_SECOND + 1; /* the first second after it is due */
	int64_t farthest = table->wheel_second + WHEEL_SLOTS - 1;
	uint32_t self = (uint32_t)fa_flow_index(table, flow) + 1;
	uint32_t *head;

	if (second < table->wheel_second)
		second = table->wheel_second;
	if (second > farthest)
		second = farthest;
	flow->wheel_slot = (uint16_t)((uint64_t)second % WHEEL_SLOTS);
	head = &table->wheel[flow->wheel_slot];
	flow->wheel_prev = 0;
	flow->wheel_next = *head;
	if (*head != 0)
		table->flows[*head - 1].wheel_prev = self;
	*head = self;
}

void fa_wheel_unlink(struct fa_flow_table *table, struct flow *flow)
{
	uint32_t self = (uint32_t)fa_flow_index(table, flow) + 1;

	if (flow->wheel_next != 0)
		table->flows[flow->wheel_next - 1].wheel_prev = flow->wheel_prev;
	if (flow->wheel_prev != 0)
		table->flows[flow->wheel_prev - 1].wheel_next = flow->wheel_next;
	else if (table->wheel[flow->wheel_slot] == self)
		table->wheel[flow->wheel_slot] = flow->wheel_next;
	flow->wheel_next = 0;
	flow->wheel_prev = 0;
}

struct flow *fa_wheel_turn(struct fa_flow_table *table, int64_t now_ns)
{
	int64_t now = now_ns / FA_NS_PER_SECOND;

	if (table->wheel_second == INT64_MIN || table->count == 0)
		table->wheel_second = now;
	/* A jump over the whole wheel meets every slot once. */
	if (now - table->wheel_second > WHEEL_SLOTS)
		table->wheel_second = now - WHEEL_SLOTS;
	for (; table->wheel_second <= now; table->wheel_second++) {
		uint32_t head = table->wheel[(uint64_t)table->wheel_second % WHEEL_SLOTS];

		if (head != 0) {
			struct flow *flow = &table->flows[head - 1];

			fa_wheel_unlink(table, flow);
			return flow;
		}
	}
	return NULL;
}

static uint64_t next_random(struct fa_flow_table *table)
{
	/* xorshift64 (Marsaglia, "Xorshift RNGs", 2003): only spreads the samples. */
	table->sample ^= table->sample << 13;
	table->sample ^= table->sample >> 7;
	table->sample ^= table->sample << 17;
	return table->sample;
}

static bool is_answered(const struct flow *flow)
{
	return flow->saw[0] != 0 && flow->saw[1] != 0;
}

bool fa_flow_is_slight(const struct flow *flow)
{
	return fa_flow_is_unanswered(flow) && !flow->counted &&
	       flow->delta.packets[0] + flow->delta.packets[1] <= SLIGHT_PACKETS;
}

static struct flow *unanswered_victim(struct fa_flow_table *table)
{
	struct flow *sender = NULL;

	for (size_t steps = VICTIM_STEPS; steps > 0 && table->queue_count > 0; steps--) {
		size_t place = queue_pop(table);
		struct flow *flow = &table->flows[place];

		if (flow->key.words[5] == UINT64_MAX || !fa_flow_is_unanswered(flow))
			continue;
		if (fa_flow_is_slight(flow))
			return flow;
		queue_push(table, place);
		if (sender == NULL) {
			sender = flow;
			if (steps > SLIGHT_STEPS)
				steps = SLIGHT_STEPS;
		}
	}
	return sender;
}

static struct flow *longest_idle(struct fa_flow_table *table, bool prefer_unanswered)
{
	struct flow *best = NULL;
	bool best_preferred = false;

	for (int looked = 0; looked < VICTIM_SAMPLE;) {
		struct flow *flow = &table->flows[next_random(table) % table->used];
		bool preferred = prefer_unanswered && fa_flow_is_unanswered(flow);

		if (flow->key.words[5] == UINT64_MAX)
			continue;
		looked++;
		if (best == NULL || preferred > best_preferred ||
		    (preferred == best_preferred && flow->last_clock_ns < best->last_clock_ns)) {
			best = flow;
			best_preferred = preferred;
		}
	}
	return best;
}

struct flow *fa_flow_victim(struct fa_flow_table *table)
{
	bool are_many = table->unanswered > table->count / RARE;
	struct flow *victim = NULL;

	if (table->count == 0)
		return NULL;
	if (are_many)
		victim = unanswered_victim(table);
	return victim != NULL ? victim : longest_idle(table, are_many);
}

struct flow *fa_flow_inspected_victim(struct fa_flow_table *table)
{
	struct flow *answered = NULL;

	for (int step = 0; step < HAND_STEPS && table->used > 0; step++) {
		struct flow *flow;

		table->hand = (table->hand + 1) % table->used;
		flow = &table->flows[table->hand];
		if (flow->key.words[5] == UINT64_MAX || flow->inspection == NULL)
			continue;
		if (!is_answered(flow))
			return flow;
		if (answered == NULL)
			answered = flow;
	}
	return answered;
}
