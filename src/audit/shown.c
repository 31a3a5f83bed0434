/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run showed of the bound rules on which others depend. */
#include "audit/shown.h"

#include <stdlib.h>
#include <string.h>

#include "audit/weigh.h"
#include "base/error.h"
#include "base/siphash.h"
#include "base/slots.h"

enum { KEY_WORDS = 5, TCP = 6 };

/* In place of the index of a binding: any that leads. */
#define ANY_LEAD UINT64_C(0xffffffff)

/* Of a client, a server (or none: any) and a binding. */
struct entry {
	uint64_t key[KEY_WORDS];
	int64_t since_ns; /* first seen working; INT64_MAX: never */
};

struct fa_shown {
	struct fa_hash_key hash_key;
	size_t max_entries;
	struct fa_slots slots;
	struct entry *entries;
	size_t count, room;
	bool full;
};

int fa_shown_new(struct fa_shown **out, size_t max_entries)
{
	struct fa_shown *shown = calloc(1, sizeof(*shown));

	if (shown == NULL)
		return FA_ENOMEM;
	shown->hash_key = fa_hash_key_random();
	shown->max_entries = max_entries;
	if (fa_slots_init(&shown->slots) != 0) {
		free(shown);
		return FA_ENOMEM;
	}
	*out = shown;
	return 0;
}

void fa_shown_free(struct fa_shown *shown)
{
	if (shown == NULL)
		return;
	fa_slots_deinit(&shown->slots);
	free(shown->entries);
	free(shown);
}

bool fa_shown_is_full(const struct fa_shown *shown)
{
	return shown->full;
}

/* SERVER may be NULL: any. */
static void key_fill(uint64_t *key, const struct fa_addr *client, const struct fa_addr *server,
		     uint64_t binding)
{
	memset(key, 0, KEY_WORDS * sizeof(*key));
	memcpy(&key[0], client->bytes, sizeof(client->bytes));
	if (server != NULL)
		memcpy(&key[2], server->bytes, sizeof(server->bytes));
	key[4] = binding << 16 | (uint64_t)client->version << 8 |
		 (server != NULL ? server->version : 0);
}

static uint64_t hash_of(const void *context, size_t index)
{
	const struct fa_shown *shown = context;

	return fa_siphash_words(&shown->hash_key, shown->entries[index].key, KEY_WORDS);
}

static struct entry *find(const struct fa_shown *shown, const uint64_t *key, uint64_t hash)
{
	const struct fa_slots *slots = &shown->slots;

	for (size_t i = fa_slots_first(slots, hash); fa_slots_used(slots, i);
	     i = fa_slots_next(slots, i)) {
		struct entry *entry = &shown->entries[fa_slots_index(slots, i)];

		if (memcmp(entry->key, key, sizeof(entry->key)) == 0)
			return entry;
	}
	return NULL;
}

static const struct entry *look_up(const struct fa_shown *shown, const struct fa_addr *client,
				   const struct fa_addr *server, uint64_t binding)
{
	uint64_t key[KEY_WORDS];

	if (shown == NULL)
		return NULL;
	key_fill(key, client, server, binding);
	return find(shown, key, fa_siphash_words(&shown->hash_key, key, KEY_WORDS));
}

/* Remembers a use that worked since SINCE_NS, or with INT64_MAX one that failed. */
static void note(struct fa_shown *shown, const struct fa_addr *client,
		 const struct fa_addr *server, uint64_t binding, int64_t since_ns)
{
	uint64_t key[KEY_WORDS];
	struct entry *entry;
	uint64_t hash;

	key_fill(key, client, server, binding);
	hash = fa_siphash_words(&shown->hash_key, key, KEY_WORDS);
	entry = find(shown, key, hash);
	if (entry != NULL) {
		if (since_ns < entry->since_ns)
			entry->since_ns = since_ns;
		return;
	}
	if (shown->count >= shown->max_entries ||
	    !fa_array_reserve((void **)&shown->entries, &shown->room, shown->count + 1,
			      sizeof(*shown->entries))) {
		shown->full = true;
		return;
	}
	entry = &shown->entries[shown->count];
	memcpy(entry->key, key, sizeof(entry->key));
	entry->since_ns = since_ns;
	if (fa_slots_add(&shown->slots, hash, shown->count, hash_of, shown))
		shown->count++;
	else
		shown->full = true;
}

/* Whether any binding that is watched claims the port: most ports have none. */
static bool is_watched(const struct fa_audit_context *context, const struct fa_conversation *conv)
{
	const struct fa_candidate *candidates;
	size_t count = fa_policy_candidates(context->policy, conv->id.transport,
					    conv->id.server_port, &candidates);

	for (size_t i = 0; i < count; i++)
		if (context->ties.watched[candidates[i].binding->index] != 0)
			return true;
	return false;
}

static void note_use(struct fa_shown *shown, const struct fa_audit_context *context,
		     const struct fa_identity *id, const struct fa_binding *binding,
		     int64_t since_ns)
{
	unsigned watched = context->ties.watched[binding->index];

	if ((watched & FA_LEADS) != 0 && since_ns != INT64_MAX) {
		note(shown, &id->client, &id->server, binding->index, since_ns);
		note(shown, &id->client, &id->server, ANY_LEAD, since_ns);
	}
	if ((watched & FA_IS_FALLEN_BACK_FROM) != 0)
		note(shown, &id->client, NULL, binding->index, since_ns);
}

void fa_shown_add(struct fa_shown *shown, const struct fa_audit_context *context,
		  const struct fa_conversation *conv)
{
	struct fa_weighed weighed[FA_WEIGHED_MAX];
	bool tried = fa_only_tried(conv);
	int64_t since_ns = tried ? INT64_MAX : conv->counts.first_seen_ns;
	size_t count;

	if (conv->id.fragment != 0 || conv->id.direction_by == FA_BY_FIRST_PACKET ||
	    !is_watched(context, conv))
		return;
	if (tried && !fa_answer_was_due(context, conv))
		return;
	/* Questions without an answer neither work nor fail: the answers may go another way. */
	if (!tried && conv->id.transport != TCP && conv->counts.packets_to_client == 0)
		return;
	count = fa_weigh_all(context, conv, conv->id.transport, weighed);
	for (size_t i = 0; i < count && weighed[i].fit == FA_FIT_AGREES; i++)
		note_use(shown, context, &conv->id, weighed[i].binding, since_ns);
}

bool fa_shown_pair(const struct fa_shown *shown, const struct fa_addr *client,
		   const struct fa_addr *server)
{
	return look_up(shown, client, server, ANY_LEAD) != NULL;
}

bool fa_shown_lead(const struct fa_shown *shown, const struct fa_addr *client,
		   const struct fa_addr *server, const struct fa_binding *binding, int64_t at_ns)
{
	const struct entry *entry = look_up(shown, client, server, binding->index);

	return entry != NULL && entry->since_ns <= at_ns;
}

enum fa_shown_use fa_shown_use(const struct fa_shown *shown, const struct fa_addr *client,
			       const struct fa_binding *binding)
{
	const struct entry *entry = look_up(shown, client, NULL, binding->index);

	if (entry == NULL)
		return FA_SHOWN_NOTHING;
	return entry->since_ns == INT64_MAX ? FA_SHOWN_FAILING : FA_SHOWN_WORKING;
}
