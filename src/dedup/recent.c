/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ring of recent packets. */
#include "dedup/recent.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define IP_BYTES_MASK 0xffffffu

enum {
	/* Windows after which an entry is over: packets may be a little out of order. */
	WINDOWS_KEPT = 2,
	FORGOTTEN_AT_ONCE = 2,
};

_Static_assert(sizeof(struct recent_entry) == 32, "two to a cache line");

int recent_init(struct recent *recent, uint32_t count, int64_t window_ns)
{
	*recent = (struct recent){
		.ring = calloc(count, sizeof(*recent->ring)),
		.heads = calloc(count, sizeof(*recent->heads)),
		.count = count,
		.number = count + 1, /* so that head 0 is older than what the ring has */
		.oldest = count + 1,
		.window_ns = window_ns,
	};
	if (recent->ring != NULL && recent->heads != NULL)
		return 0;
	recent_deinit(recent);
	return FA_ENOMEM;
}

void recent_deinit(struct recent *recent)
{
	free(recent->ring);
	free(recent->heads);
	recent->ring = NULL;
	recent->heads = NULL;
}

static uint32_t *head(const struct recent *recent, uint64_t digest)
{
	return &recent->heads[digest & (recent->count - 1)];
}

static struct recent_entry *entry_at(const struct recent *recent, uint32_t number)
{
	return &recent->ring[number & (recent->count - 1)];
}

static uint64_t apart_ns(int64_t earlier_ns, int64_t later_ns)
{
	return (uint64_t)later_ns - (uint64_t)earlier_ns;
}

/* Forgets what is over at TS_NS. */
static void forget(struct recent *recent, int64_t ts_ns)
{
	uint64_t kept_ns = (uint64_t)recent->window_ns * WINDOWS_KEPT;

	for (int i = 0; i < FORGOTTEN_AT_ONCE && recent->oldest != recent->number; i++) {
		int64_t oldest_ns = entry_at(recent, recent->oldest)->ts_ns;

		if (oldest_ns > ts_ns || apart_ns(oldest_ns, ts_ns) < kept_ns)
			return;
		recent->oldest++;
	}
}

/*
 * The link that leads to DIGEST's entry, NULL when there is none. Each link leads to an older one:
 * where it does not, its number is from another turn of the numbers.
 */
static uint32_t *link_to(const struct recent *recent, uint64_t digest)
{
	uint32_t *link = head(recent, digest);
	uint32_t oldest_age = recent->number - recent->oldest;
	uint32_t age = 0;

	for (;;) {
		uint32_t next_age = recent->number - *link;
		struct recent_entry *entry;

		if (next_age <= age || next_age > oldest_age)
			return NULL;
		entry = entry_at(recent, *link);
		if (entry->digest == digest)
			return link;
		age = next_age;
		link = &entry->next;
	}
}

static bool is_same(const struct recent_entry *entry, const struct sight *sight)
{
	return entry->pair == sight->pair && entry->ip_bytes == (sight->ip_bytes & IP_BYTES_MASK);
}

static bool is_within(int64_t a_ns, int64_t b_ns, int64_t window_ns)
{
	return (a_ns > b_ns ? apart_ns(b_ns, a_ns) : apart_ns(a_ns, b_ns)) < (uint64_t)window_ns;
}

struct recent_entry *recent_find(struct recent *recent, const struct sight *sight, int64_t ts_ns)
{
	struct recent_entry *entry;
	uint32_t *link;

	forget(recent, ts_ns);
	link = link_to(recent, sight->digest);
	if (link == NULL)
		return NULL;
	entry = entry_at(recent, *link);
	if (is_same(entry, sight) && is_within(ts_ns, entry->ts_ns, recent->window_ns))
		return entry;
	*link = entry->next;
	return NULL;
}

void recent_add(struct recent *recent, const struct sight *sight, int64_t ts_ns)
{
	uint32_t *first = head(recent, sight->digest);

	if (recent->number - recent->oldest == recent->count)
		recent->oldest++;
	*entry_at(recent, recent->number) = (struct recent_entry){
		.digest = sight->digest,
		.ts_ns = ts_ns,
		.next = *first,
		.pair = sight->pair,
		.view = sight->view,
		.ip_bytes = sight->ip_bytes & IP_BYTES_MASK,
	};
	*first = recent->number++;
}

void recent_renew(struct recent *recent, struct recent_entry *entry, const struct sight *sight,
		  int64_t ts_ns)
{
	*link_to(recent, entry->digest) = entry->next;
	recent_add(recent, sight, ts_ns);
}
