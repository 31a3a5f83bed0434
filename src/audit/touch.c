/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which instances of a site an address belongs to. */
#include "audit/touch.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/siphash.h"
#include "base/slots.h"

enum { KEY_WORDS = 3, LENGTHS_MAX = 33 + 129 };

/* A prefix, and the instances that have it as a place. */
struct entry {
	uint64_t key[KEY_WORDS];
	struct fa_touched touched;
};

/* Prefixes of one length and family that occur. */
struct length {
	uint8_t version, bits;
};

struct fa_touch {
	struct fa_hash_key hash_key;
	struct fa_slots slots;
	struct entry *entries;
	size_t count, room;
	struct length lengths[LENGTHS_MAX];
	size_t length_count;
	uint8_t *always; /* by binding index: may be involved whoever talks */
};

/* The first BITS bits of ADDR. */
static void key_fill(uint64_t *key, const struct fa_addr *addr, uint8_t bits)
{
	uint8_t bytes[sizeof(addr->bytes)] = {0};

	memcpy(bytes, addr->bytes, bits / 8);
	if (bits % 8 != 0)
		bytes[bits / 8] = (uint8_t)(addr->bytes[bits / 8] & 0xff00u >> bits % 8);
	memcpy(key, bytes, sizeof(bytes));
	key[2] = (uint64_t)addr->version << 8 | bits;
}

static uint64_t hash_of(const void *context, size_t index)
{
	const struct fa_touch *touch = context;

	return fa_siphash_words(&touch->hash_key, touch->entries[index].key, KEY_WORDS);
}

static struct entry *find(const struct fa_touch *touch, const uint64_t *key, uint64_t hash)
{
	const struct fa_slots *slots = &touch->slots;

	for (size_t i = fa_slots_first(slots, hash); fa_slots_used(slots, i);
	     i = fa_slots_next(slots, i)) {
		struct entry *entry = &touch->entries[fa_slots_index(slots, i)];

		if (memcmp(entry->key, key, sizeof(entry->key)) == 0)
			return entry;
	}
	return NULL;
}

static void note_length(struct fa_touch *touch, const struct fa_prefix *prefix)
{
	size_t i = 0;

	while (i < touch->length_count && (touch->lengths[i].version != prefix->addr.version ||
					   touch->lengths[i].bits != prefix->bits))
		i++;
	if (i == touch->length_count)
		touch->lengths[touch->length_count++] =
			(struct length){prefix->addr.version, prefix->bits};
}

/* The entry of a prefix, made when it is new; NULL without memory. */
static struct entry *entry_at(struct fa_touch *touch, const struct fa_prefix *prefix)
{
	uint64_t key[KEY_WORDS];
	struct entry *entry;
	uint64_t hash;

	key_fill(key, &prefix->addr, prefix->bits);
	hash = fa_siphash_words(&touch->hash_key, key, KEY_WORDS);
	entry = find(touch, key, hash);
	if (entry != NULL)
		return entry;
	if (!fa_array_reserve((void **)&touch->entries, &touch->room, touch->count + 1,
			      sizeof(*touch->entries)))
		return NULL;
	entry = &touch->entries[touch->count];
	memset(entry, 0, sizeof(*entry));
	memcpy(entry->key, key, sizeof(entry->key));
	if (!fa_slots_add(&touch->slots, hash, touch->count, hash_of, touch))
		return NULL;
	touch->count++;
	note_length(touch, prefix);
	return entry;
}

static bool add_end(struct fa_touch *touch, const struct fa_binding *binding,
		    const struct fa_end *end)
{
	size_t instance = binding->instance->index;

	for (size_t i = 0; i < end->count; i++) {
		const struct fa_site_role *role = end->roles[i];

		if (role->place_count > role->prefix_count)
			touch->always[binding->index] = 1; /* names are not looked up here */
		for (size_t j = 0; j < role->prefix_count; j++) {
			struct entry *entry = entry_at(touch, &role->places[j].prefix);

			if (entry == NULL)
				return false;
			entry->touched.instances[instance / 64] |= UINT64_C(1) << instance % 64;
		}
	}
	return true;
}

/* Whether a rule is involved by something else than places. */
static bool is_always_involved(const struct fa_binding *binding)
{
	const struct fa_rule *rule = binding->rule;

	return rule->product->everywhere || binding->hosts.count + rule->networks.count > 0 ||
	       rule->asns.count > 0 || (binding->client.anybody && fa_rule_owns_from(rule)) ||
	       (binding->server.anybody && fa_rule_owns_to(rule));
}

static bool add_binding(struct fa_touch *touch, const struct fa_binding *binding)
{
	if (binding->instance == NULL) {
		touch->always[binding->index] = 1;
		return true;
	}
	if (is_always_involved(binding))
		touch->always[binding->index] = 1;
	return add_end(touch, binding, &binding->client) &&
	       add_end(touch, binding, &binding->server);
}

int fa_touch_new(struct fa_touch **out, const struct fa_policy *policy)
{
	struct fa_touch *touch;

	*out = NULL;
	if (policy->site == NULL || policy->site->instance_count > FA_TOUCH_MAX)
		return 0;
	touch = calloc(1, sizeof(*touch));
	if (touch == NULL)
		return FA_ENOMEM;
	touch->hash_key = fa_hash_key_random();
	touch->always = calloc(policy->count + 1, 1);
	if (touch->always == NULL || fa_slots_init(&touch->slots) != 0)
		goto fail;
	for (size_t i = 0; i < policy->count; i++)
		if (!add_binding(touch, &policy->bindings[i]))
			goto fail;
	*out = touch;
	return 0;
fail:
	fa_touch_free(touch);
	return FA_ENOMEM;
}

void fa_touch_free(struct fa_touch *touch)
{
	if (touch == NULL)
		return;
	fa_slots_deinit(&touch->slots);
	free(touch->entries);
	free(touch->always);
	free(touch);
}

static void find_address(const struct fa_touch *touch, const struct fa_addr *addr,
			 struct fa_touched *out)
{
	for (size_t i = 0; i < touch->length_count; i++) {
		uint64_t key[KEY_WORDS];
		const struct entry *entry;

		if (touch->lengths[i].version != addr->version)
			continue;
		key_fill(key, addr, touch->lengths[i].bits);
		entry = find(touch, key,
			     fa_siphash_words(&touch->hash_key, key, KEY_WORDS));
		for (size_t j = 0; j < FA_TOUCH_MAX / 64 && entry != NULL; j++)
			out->instances[j] |= entry->touched.instances[j];
	}
}

void fa_touch_find(const struct fa_touch *touch, const struct fa_addr *a, const struct fa_addr *b,
		   struct fa_touched *out)
{
	memset(out, 0, sizeof(*out));
	if (touch == NULL)
		return;
	find_address(touch, a, out);
	find_address(touch, b, out);
}

bool fa_touch_binding(const struct fa_touch *touch, const struct fa_touched *touched,
		      const struct fa_binding *binding)
{
	size_t instance;

	if (touch == NULL || touch->always[binding->index] != 0)
		return true;
	instance = binding->instance->index;
	return (touched->instances[instance / 64] >> instance % 64 & 1) != 0;
}
