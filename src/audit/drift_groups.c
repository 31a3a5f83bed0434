/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups of hosts, the same on both sides: see the top of core/drift.h. */
#include "audit/drift_work.h"

#include <stdio.h>
#include <string.h>

/* Parts must be the same whenever somebody compares, so their key is not random. */
static const struct fa_hash_key part_key = {0x666c6f7761756469u, 0x7464726966742020u};

static uint64_t hash_with(const struct fa_hash_key *key, const struct fa_drift_group *group)
{
	uint64_t words[4] = {(uint64_t)group->words << 32 | (uint64_t)group->kind << 16 |
			     (uint64_t)group->bits << 8 | group->addr.version};

	memcpy(&words[1], group->addr.bytes, sizeof(group->addr.bytes));
	return fa_siphash_words(key, words, 3);
}

static uint64_t hash_of(const void *context, size_t index)
{
	const struct fa_drift_work *work = context;

	return hash_with(&work->key, &work->groups[index]);
}

static bool is_equal(const struct fa_drift_group *a, const struct fa_drift_group *b)
{
	return a->words == b->words && a->kind == b->kind && a->bits == b->bits &&
	       fa_addr_compare(&a->addr, &b->addr) == 0;
}

/* The number of an equal group, which is added when there is none. */
static uint32_t number_of(struct fa_drift_work *work, const struct fa_drift_group *group)
{
	uint64_t hash = hash_with(&work->key, group);

	for (size_t i = fa_slots_first(&work->group_slots, hash);
	     fa_slots_used(&work->group_slots, i); i = fa_slots_next(&work->group_slots, i))
		if (is_equal(&work->groups[fa_slots_index(&work->group_slots, i)], group))
			return (uint32_t)fa_slots_index(&work->group_slots, i);
	if (!fa_drift_reserve(&work->budget, (void **)&work->groups, &work->group_room,
			      work->group_count + 1, sizeof(*work->groups)))
		return FA_DRIFT_NONE;
	work->groups[work->group_count] = *group;
	if (!fa_drift_slots_add(&work->budget, &work->group_slots, hash, work->group_count, hash_of,
				work))
		return FA_DRIFT_NONE;
	return (uint32_t)work->group_count++;
}

/* One host somewhere on the internet; nothing in 0.0.0.0/8 (RFC 791: "this network") is that. */
static bool is_public(const struct fa_addr *addr)
{
	return addr->version != 0 && !fa_addr_is_private(addr) && !fa_addr_is_multicast(addr) &&
	       !fa_addr_is_unspecified(addr) && !(addr->version == 4 && addr->bytes[0] == 0);
}

/* True when the site or the address alone says which group it is, on either side of a flow. */
static bool is_known(struct fa_drift_work *work, const struct fa_addr *addr,
		     struct fa_drift_group *out)
{
	memset(out, 0, sizeof(*out));
	out->words = fa_drift_place_words(work, addr);
	out->kind = FA_GROUP_SITE;
	if (out->words != 0)
		return true;
	out->kind = FA_GROUP_INTERNET;
	return work->has_site && is_public(addr);
}

static void cut(struct fa_addr *addr, unsigned bits)
{
	for (unsigned i = 0; i < sizeof(addr->bytes); i++) {
		if (bits < 8 * i + 8)
			addr->bytes[i] &= bits <= 8 * i ? 0 : (uint8_t)(0xff00u >> (bits - 8 * i));
	}
}

uint32_t fa_drift_client_group(struct fa_drift_work *work, struct fa_drift_host *host)
{
	struct fa_drift_group group;

	if (host->client != FA_DRIFT_NONE)
		return host->client;
	if (fa_addr_is_unspecified(&host->addr)) {
		memset(&group, 0, sizeof(group));
		group.kind = FA_GROUP_CROWD;
	} else if (!is_known(work, &host->addr, &group)) {
		group.kind = FA_GROUP_NET;
		group.bits = host->addr.version == 4 ? work->options.net4 : work->options.net6;
		group.addr = host->addr;
		cut(&group.addr, group.bits);
	}
	if (group.words != FA_DRIFT_NONE)
		host->client = number_of(work, &group);
	return host->client;
}

/* False without room. */
static bool as_server(struct fa_drift_work *work, const struct fa_drift_host *host,
		      struct fa_drift_group *group)
{
	if (!is_known(work, &host->addr, group)) {
		group->kind = FA_GROUP_HOST;
		group->addr = host->addr;
	}
	return group->words != FA_DRIFT_NONE;
}

uint32_t fa_drift_server_group(struct fa_drift_work *work, struct fa_drift_host *host)
{
	struct fa_drift_group group;

	if (host->server == FA_DRIFT_NONE && as_server(work, host, &group))
		host->server = number_of(work, &group);
	return host->server;
}

bool fa_drift_group_is_wide(const struct fa_drift_work *work, uint32_t group)
{
	return work->groups[group].kind != FA_GROUP_HOST &&
	       work->groups[group].kind != FA_GROUP_CROWD;
}

int fa_drift_group_compare(const struct fa_drift_work *work, uint32_t a, uint32_t b)
{
	const struct fa_drift_group *left = &work->groups[a];
	const struct fa_drift_group *right = &work->groups[b];
	int order;

	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	if (left->kind == FA_GROUP_SITE)
		return strcmp(fa_drift_text(work, left->words), fa_drift_text(work, right->words));
	order = fa_addr_compare(&left->addr, &right->addr);
	return order != 0 ? order : (left->bits > right->bits) - (left->bits < right->bits);
}

static uint64_t hash_content(const struct fa_drift_work *work, const struct fa_drift_group *group)
{
	struct fa_drift_group nameless = *group;
	const char *text = fa_drift_text(work, group->words);

	nameless.words = 0;
	return (hash_with(&part_key, &nameless) ^ fa_siphash(&part_key, text, strlen(text))) | 1;
}

uint64_t fa_drift_group_hash(const struct fa_drift_work *work, uint32_t group)
{
	return hash_content(work, &work->groups[group]);
}

uint64_t fa_drift_server_hash(struct fa_drift_work *work, struct fa_drift_host *host)
{
	struct fa_drift_group group;

	if (host->server_hash == 0 && as_server(work, host, &group))
		host->server_hash = hash_content(work, &group);
	return host->server_hash;
}

const char *fa_drift_group_text(struct fa_drift_work *work, uint32_t group)
{
	const struct fa_drift_group *g = &work->groups[group];
	char addr[FA_ADDR_TEXT];
	char text[FA_ADDR_TEXT + 8];

	switch ((enum fa_drift_group_kind)g->kind) {
	case FA_GROUP_NONE:
		return "";
	case FA_GROUP_SITE:
		return fa_drift_text(work, g->words);
	case FA_GROUP_INTERNET:
		return "internet";
	case FA_GROUP_CROWD:
		return "many clients";
	case FA_GROUP_HOST:
		return fa_drift_copy(&work->arena, &work->budget, fa_addr_text(&g->addr, addr));
	case FA_GROUP_NET:
		break;
	}
	snprintf(text, sizeof(text), "%s/%u", fa_addr_text(&g->addr, addr), g->bits);
	return fa_drift_copy(&work->arena, &work->budget, text);
}
