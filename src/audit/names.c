/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What DNS answers called addresses, and when they told whom. */
#include "audit/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/siphash.h"
#include "base/slots.h"
#include "base/time.h"
#include "core/labels.h"

#define MINUTE_NS (60 * FA_NS_PER_SECOND)

enum {
	LEVEL_MAX = 63,
	/* No answer is kept for longer because of its time to live: resolvers cap it, too, and
	 * else one packet could occupy room for a century (RFC 8767 section 4: 7 days). */
	TTL_MAX_S = 604800,
};

/* One answer, without what its entry says. */
struct telling {
	int64_t ts_ns;
	uint32_t ttl_s;
	struct fa_addr resolver;
};

/* The answers of one minute. */
struct entry {
	struct fa_addr address;
	struct fa_addr client; /* version 0: anybody */
	bool stays;	       /* scratch of fa_names_forget() */
	uint32_t host;	       /* number in hosts */
	struct telling first, last;
	int64_t end_ns; /* the latest end of any of its answers */
};

/* What a capture file notes down. */
struct noted {
	struct fa_addr address;
	uint32_t host; /* number in noted_hosts */
};

struct fa_names {
	struct fa_hash_key hash_key;
	size_t max_entries;
	/* Entries whose fixed hash has this many zeroes at its end are kept: one in 2^level. */
	unsigned level;
	struct fa_slots slots;
	struct entry *entries;
	size_t count, room;
	struct fa_labels *hosts;
	uint32_t *order; /* entries by address, host, client, minute, as of fa_names_ready() */
	size_t ordered, order_room;
	struct noted *noted; /* by address and host from fa_names_ready() on */
	size_t noted_count, noted_room, noted_ordered;
	struct fa_labels *noted_hosts;
	bool lost; /* some answers were not kept, the latest of which ends at lost_ns */
	int64_t lost_ns;
};

/* What an entry is found by. */
struct key {
	struct fa_addr address, client;
	int64_t minute_ns;
	const char *host;
};

int fa_names_new(struct fa_names **out, size_t max_entries)
{
	struct fa_names *names = calloc(1, sizeof(*names));

	if (names == NULL)
		return FA_ENOMEM;
	names->hash_key = fa_hash_key_random();
	names->max_entries = max_entries;
	if (fa_slots_init(&names->slots) != 0 || fa_labels_new(&names->hosts) != 0 ||
	    fa_labels_new(&names->noted_hosts) != 0) {
		fa_names_free(names);
		return FA_ENOMEM;
	}
	*out = names;
	return 0;
}

void fa_names_free(struct fa_names *names)
{
	if (names == NULL)
		return;
	fa_slots_deinit(&names->slots);
	fa_labels_free(names->hosts);
	fa_labels_free(names->noted_hosts);
	free(names->entries);
	free(names->order);
	free(names->noted);
	free(names);
}

bool fa_names_is_full(const struct fa_names *names)
{
	return names->level > 0 || names->lost;
}

static const char *host_of(const struct fa_names *names, const struct entry *entry)
{
	return fa_labels_get(names->hosts, entry->host).host;
}

static struct key key_of(const struct fa_names *names, const struct entry *entry)
{
	return (struct key){
		.address = entry->address,
		.client = entry->client,
		.minute_ns = fa_bucket_start(entry->first.ts_ns, MINUTE_NS),
		.host = host_of(names, entry),
	};
}

static uint64_t hash(const struct fa_hash_key *with, const struct key *key)
{
	uint8_t bytes[2 * sizeof(struct fa_addr) + sizeof(int64_t) + FA_HOST_TEXT];
	size_t host_len = strlen(key->host);
	size_t at = 0;

	memcpy(bytes, &key->address, sizeof(key->address));
	at += sizeof(key->address);
	memcpy(&bytes[at], &key->client, sizeof(key->client));
	at += sizeof(key->client);
	memcpy(&bytes[at], &key->minute_ns, sizeof(key->minute_ns));
	at += sizeof(key->minute_ns);
	memcpy(&bytes[at], key->host, host_len);
	return fa_siphash(with, bytes, at + host_len);
}

/*
 * Whether an entry is among those that a full table keeps. The key is fixed, so that the choice
 * is the same in every run; any will do, these are digits of pi.
 */
static bool is_kept(const struct fa_names *names, const struct key *key)
{
	static const struct fa_hash_key fixed = {0x243f6a8885a308d3u, 0x13198a2e03707344u};
	uint64_t mask = (UINT64_C(1) << names->level) - 1;

	return names->level == 0 || (hash(&fixed, key) & mask) == 0;
}

static uint64_t hash_of(const void *context, size_t index)
{
	const struct fa_names *names = context;
	struct key key = key_of(names, &names->entries[index]);

	return hash(&names->hash_key, &key);
}

/* Lower case, without a final dot; false when nothing is left, or it is too long for a name. */
static bool normalise(const char *host, char out[FA_HOST_TEXT])
{
	size_t len = strnlen(host, FA_HOST_TEXT + 1);

	if (len > 0 && len <= FA_HOST_TEXT && host[len - 1] == '.')
		len--;
	if (len == 0 || len >= FA_HOST_TEXT)
		return false;
	for (size_t i = 0; i < len; i++)
		out[i] = (char)(host[i] >= 'A' && host[i] <= 'Z' ? host[i] + ('a' - 'A') : host[i]);
	out[len] = '\0';
	return true;
}

/* A total order over answers to one question, so that none depends on which came first. */
static int compare_tellings(const struct telling *a, const struct telling *b)
{
	if (a->ts_ns != b->ts_ns)
		return a->ts_ns < b->ts_ns ? -1 : 1;
	if (a->ttl_s != b->ttl_s)
		return a->ttl_s < b->ttl_s ? -1 : 1;
	return fa_addr_compare(&a->resolver, &b->resolver);
}

/* When the answer is no longer good. */
static int64_t end_of(const struct telling *telling)
{
	int64_t good_s = telling->ttl_s > FA_NAMES_GRACE_S ? telling->ttl_s : FA_NAMES_GRACE_S;
	int64_t end_ns;

	if (good_s > TTL_MAX_S)
		good_s = TTL_MAX_S;
	if (__builtin_add_overflow(telling->ts_ns, good_s * FA_NS_PER_SECOND, &end_ns))
		return INT64_MAX;
	return end_ns;
}

static void note_lost(struct fa_names *names, int64_t end_ns)
{
	if (!names->lost || end_ns > names->lost_ns)
		names->lost_ns = end_ns;
	names->lost = true;
}

/* Order of entries for the lookups. */
static int compare_keys(const struct key *a, const struct key *b)
{
	int order = fa_addr_compare(&a->address, &b->address);

	if (order == 0)
		order = strcmp(a->host, b->host);
	if (order == 0)
		order = fa_addr_compare(&a->client, &b->client);
	if (order == 0)
		order = (a->minute_ns > b->minute_ns) - (a->minute_ns < b->minute_ns);
	return order;
}

static struct entry *find(const struct fa_names *names, const struct key *key, uint64_t at)
{
	const struct fa_slots *slots = &names->slots;

	for (size_t i = fa_slots_first(slots, at); fa_slots_used(slots, i);
	     i = fa_slots_next(slots, i)) {
		struct entry *entry = &names->entries[fa_slots_index(slots, i)];
		struct key other = key_of(names, entry);

		if (compare_keys(key, &other) == 0)
			return entry;
	}
	return NULL;
}

static int append(struct fa_names *names, const struct key *key, uint64_t at,
		  const struct telling *telling)
{
	struct entry *entry;

	if (!fa_array_reserve((void **)&names->entries, &names->room, names->count + 1,
			      sizeof(*names->entries)))
		return FA_ENOMEM;
	entry = &names->entries[names->count];
	entry->address = key->address;
	entry->client = key->client;
	entry->first = *telling;
	entry->last = *telling;
	entry->end_ns = end_of(telling);
	entry->host = fa_labels_intern(names->hosts, "", "", key->host);
	if (entry->host == UINT32_MAX ||
	    !fa_slots_add(&names->slots, at, names->count, hash_of, names))
		return FA_ENOMEM;
	names->count++;
	return 0;
}

/* Keeps half of the entries, and of the host names those that they have. */
static int thin_out(struct fa_names *names)
{
	struct fa_labels *hosts = names->hosts;
	size_t count = names->count;
	int error = fa_labels_new(&names->hosts);

	if (error != 0) {
		names->hosts = hosts;
		return error;
	}
	names->level++;
	names->count = 0;
	names->ordered = 0;
	fa_slots_clear(&names->slots);
	for (size_t i = 0; i < count && error == 0; i++) {
		struct entry entry = names->entries[i]; /* append() writes at or before it */
		struct key key = {.address = entry.address, .client = entry.client};

		key.minute_ns = fa_bucket_start(entry.first.ts_ns, MINUTE_NS);
		key.host = fa_labels_get(hosts, entry.host).host;
		if (!is_kept(names, &key)) {
			note_lost(names, entry.end_ns);
			continue;
		}
		error = append(names, &key, hash(&names->hash_key, &key), &entry.first);
		if (error == 0) {
			names->entries[names->count - 1].last = entry.last;
			names->entries[names->count - 1].end_ns = entry.end_ns;
		}
	}
	fa_labels_free(hosts);
	return error;
}

static int add(struct fa_names *names, const struct key *key, const struct telling *telling)
{
	uint64_t at = hash(&names->hash_key, key);
	struct entry *entry;
	int error = 0;

	if (!is_kept(names, key)) {
		note_lost(names, end_of(telling));
		return 0;
	}
	entry = find(names, key, at);
	if (entry != NULL) {
		if (compare_tellings(telling, &entry->first) < 0)
			entry->first = *telling;
		if (compare_tellings(telling, &entry->last) > 0)
			entry->last = *telling;
		if (end_of(telling) > entry->end_ns)
			entry->end_ns = end_of(telling);
		return 0;
	}
	/* Only for an entry that stays: then the level rests on what there is, not on its order. */
	while (names->count >= names->max_entries && names->level < LEVEL_MAX &&
	       is_kept(names, key) && error == 0)
		error = thin_out(names);
	if (error != 0)
		return error;
	if (names->count >= names->max_entries || !is_kept(names, key)) {
		note_lost(names, end_of(telling));
		return 0;
	}
	return append(names, key, at, telling);
}

static const char *noted_host(const struct fa_names *names, const struct noted *noted)
{
	return fa_labels_get(names->noted_hosts, noted->host).host;
}

static int add_noted(struct fa_names *names, const struct fa_addr *address, const char *host)
{
	struct noted *noted;

	if (names->noted_count == FA_NAMES_NOTED_MAX)
		return 0;
	if (!fa_array_reserve((void **)&names->noted, &names->noted_room, names->noted_count + 1,
			      sizeof(*noted)))
		return FA_ENOMEM;
	noted = &names->noted[names->noted_count];
	noted->address = *address;
	noted->host = fa_labels_intern(names->noted_hosts, "", "", host);
	if (noted->host == UINT32_MAX)
		return FA_ENOMEM;
	names->noted_count++;
	return 0;
}

int fa_names_add(struct fa_names *names, const struct fa_name_answer *answer)
{
	struct telling telling = {answer->ts_ns, answer->ttl_s, answer->resolver};
	char host[FA_HOST_TEXT];
	struct key key = {
		.address = answer->address,
		.client = answer->client,
		.minute_ns = fa_bucket_start(answer->ts_ns, MINUTE_NS),
		.host = host,
	};
	int error;

	if (!normalise(answer->host, host))
		return 0;
	if (answer->by_capture)
		return add_noted(names, &answer->address, host);
	error = add(names, &key, &telling);
	if (error != 0)
		return error;
	key.client = (struct fa_addr){.version = 0};
	return add(names, &key, &telling);
}

static int compare_indices(const void *a, const void *b, void *context)
{
	const struct fa_names *names = context;
	struct key one = key_of(names, &names->entries[*(const uint32_t *)a]);
	struct key other = key_of(names, &names->entries[*(const uint32_t *)b]);

	return compare_keys(&one, &other);
}

static int compare_noted(const void *a, const void *b, void *context)
{
	const struct fa_names *names = context;
	const struct noted *one = a;
	const struct noted *other = b;
	int order = fa_addr_compare(&one->address, &other->address);

	return order != 0 ? order : strcmp(noted_host(names, one), noted_host(names, other));
}

static void order_noted(struct fa_names *names)
{
	if (names->noted_ordered == names->noted_count)
		return;
	qsort_r(names->noted, names->noted_count, sizeof(*names->noted), compare_noted, names);
	names->noted_ordered = names->noted_count;
}

int fa_names_ready(struct fa_names *names)
{
	order_noted(names);
	if (names->ordered == names->count)
		return 0;
	if (!fa_array_reserve((void **)&names->order, &names->order_room, names->count + 1,
			      sizeof(*names->order)))
		return FA_ENOMEM;
	for (size_t i = 0; i < names->count; i++)
		names->order[i] = (uint32_t)i;
	names->ordered = names->count;
	qsort_r(names->order, names->ordered, sizeof(*names->order), compare_indices, names);
	return 0;
}

/* The first place in the order that stands behind KEY. */
static size_t behind(const struct fa_names *names, const struct key *key)
{
	size_t low = 0;
	size_t high = names->ordered;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct key at = key_of(names, &names->entries[names->order[middle]]);

		if (compare_keys(&at, key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The entry before PLACE, if it is about the same as KEY but for the minute. */
static const struct entry *before(const struct fa_names *names, size_t place, const struct key *key)
{
	const struct entry *entry;

	if (place == 0)
		return NULL;
	entry = &names->entries[names->order[place - 1]];
	if (fa_addr_compare(&entry->address, &key->address) != 0 ||
	    fa_addr_compare(&entry->client, &key->client) != 0 ||
	    strcmp(host_of(names, entry), key->host) != 0)
		return NULL;
	return entry;
}

/* The latest answer at or before AT_NS, in whose minute KEY stands; NULL when there is none. */
static const struct telling *latest(const struct fa_names *names, const struct key *key,
				    int64_t at_ns)
{
	size_t place = behind(names, key);
	const struct entry *entry = before(names, place, key);

	if (entry != NULL && entry->first.ts_ns > at_ns)
		entry = before(names, place - 1, key);
	if (entry == NULL)
		return NULL;
	return entry->last.ts_ns <= at_ns ? &entry->last : &entry->first;
}

static bool differ_by_minute(const struct entry *a, const struct entry *b)
{
	return a->host == b->host && fa_addr_compare(&a->address, &b->address) == 0 &&
	       fa_addr_compare(&a->client, &b->client) == 0;
}

/*
 * Marks the entries that stay and returns their number. What came after an answer that is still
 * good stays with it, even if it was good for a shorter time: else the earlier one would be found
 * in its place.
 */
static size_t choose(struct fa_names *names, int64_t before_ns)
{
	const struct entry *earlier = NULL;
	size_t kept = 0;

	for (size_t i = 0; i < names->ordered; i++) {
		struct entry *entry = &names->entries[names->order[i]];

		entry->stays = entry->end_ns >= before_ns;
		if (earlier != NULL && earlier->stays && differ_by_minute(earlier, entry))
			entry->stays = true;
		kept += entry->stays;
		earlier = entry;
	}
	return kept;
}

/* Moves together what stays, where it is and in the order. HOSTS has their new numbers of hosts,
 * and is overwritten. */
static void move_together(struct fa_names *names, uint32_t *hosts)
{
	uint32_t *moved = hosts;
	size_t count = 0;
	size_t ordered = 0;

	for (size_t i = 0; i < names->count; i++) {
		struct entry *entry = &names->entries[i];

		if (!entry->stays) {
			moved[i] = UINT32_MAX;
			continue;
		}
		entry->host = hosts[i];
		moved[i] = (uint32_t)count;
		names->entries[count++] = *entry;
	}
	for (size_t i = 0; i < names->ordered; i++)
		if (moved[names->order[i]] != UINT32_MAX)
			names->order[ordered++] = moved[names->order[i]];
	names->count = count;
	names->ordered = ordered;
}

static bool fill_slots(struct fa_names *names, struct fa_slots *slots)
{
	for (size_t i = 0; i < names->count; i++)
		if (!fa_slots_add(slots, hash_of(names, i), i, hash_of, names))
			return false;
	return true;
}

/* Makes the index anew: a smaller one, or without memory for it, in the old one, which suffices. */
static void index_anew(struct fa_names *names)
{
	struct fa_slots smaller;

	if (fa_slots_init(&smaller) == 0 && fill_slots(names, &smaller)) {
		fa_slots_deinit(&names->slots);
		names->slots = smaller;
		return;
	}
	fa_slots_deinit(&smaller);
	fa_slots_clear(&names->slots);
	fill_slots(names, &names->slots);
}

static void give_back(void **array, size_t *room, size_t count, size_t size)
{
	size_t less = *room;
	void *smaller;

	while (less > 64 && less / 2 >= count)
		less /= 2;
	smaller = less == *room ? NULL : realloc(*array, less * size);
	if (smaller == NULL)
		return;
	*array = smaller;
	*room = less;
}

/* Drops the entries that do not stay. With FA_ENOMEM nothing was changed. */
static int drop(struct fa_names *names)
{
	uint32_t *numbers = malloc(names->count * sizeof(*numbers));
	struct fa_labels *hosts = NULL;
	int error = numbers == NULL ? FA_ENOMEM : fa_labels_new(&hosts);

	for (size_t i = 0; i < names->count && error == 0; i++) {
		if (!names->entries[i].stays)
			continue;
		numbers[i] = fa_labels_intern(hosts, "", "", host_of(names, &names->entries[i]));
		if (numbers[i] == UINT32_MAX)
			error = FA_ENOMEM;
	}
	if (error == 0) {
		fa_labels_free(names->hosts);
		names->hosts = hosts;
		move_together(names, numbers);
		index_anew(names);
		give_back((void **)&names->entries, &names->room, names->count,
			  sizeof(*names->entries));
		give_back((void **)&names->order, &names->order_room, names->count,
			  sizeof(*names->order));
	} else {
		fa_labels_free(hosts);
	}
	free(numbers);
	return error;
}

int fa_names_forget(struct fa_names *names, int64_t before_ns)
{
	int error = fa_names_ready(names);

	if (error == 0 && choose(names, before_ns) < names->count)
		error = drop(names);
	if (error != 0)
		return error;
	if (names->count < names->max_entries / 2)
		names->level = 0;
	names->lost = names->lost && names->lost_ns >= before_ns;
	return 0;
}

static void describe(const struct telling *telling, int64_t at_ns, struct fa_name_found *out)
{
	uint64_t age_ns = (uint64_t)at_ns - (uint64_t)telling->ts_ns;
	uint64_t good_s = telling->ttl_s > FA_NAMES_GRACE_S ? telling->ttl_s : FA_NAMES_GRACE_S;

	memset(out, 0, sizeof(*out));
	out->age_ns = age_ns > INT64_MAX ? INT64_MAX : (int64_t)age_ns;
	out->ttl_s = telling->ttl_s;
	out->resolver = telling->resolver;
	out->expired = age_ns > good_s * (uint64_t)FA_NS_PER_SECOND;
}

/* Whether any answer, at any time, was about ADDRESS; if so, whether one said HOST. */
static bool dns_tells(const struct fa_names *names, const struct fa_addr *address, const char *host,
		      bool *same)
{
	const struct fa_addr nobody = {.version = 0};
	/* Stands behind nothing about ADDRESS, */
	const struct key first = {.address = *address, .minute_ns = INT64_MIN, .host = ""};
	/* and this one before what anybody was told about HOST. */
	const struct key wanted = {
		.address = *address, .client = nobody, .minute_ns = INT64_MIN, .host = host};
	size_t place = behind(names, &first);
	const struct entry *entry;

	*same = false;
	if (place == names->ordered ||
	    fa_addr_compare(&names->entries[names->order[place]].address, address) != 0)
		return false;
	place = behind(names, &wanted);
	if (place < names->ordered) {
		entry = &names->entries[names->order[place]];
		*same = fa_addr_compare(&entry->address, address) == 0 &&
			strcmp(host_of(names, entry), host) == 0;
	}
	return true;
}

/* The first note about ADDRESS whose host is not before HOST, or behind all of them. */
static size_t first_noted(const struct fa_names *names, const struct fa_addr *address,
			  const char *host)
{
	size_t low = 0;
	size_t high = names->noted_ordered;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct noted *at = &names->noted[middle];
		int order = fa_addr_compare(&at->address, address);

		if (order < 0 || (order == 0 && strcmp(noted_host(names, at), host) < 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Whether note PLACE is about ADDRESS. */
static bool is_noted(const struct fa_names *names, size_t place, const struct fa_addr *address)
{
	return place < names->noted_ordered &&
	       fa_addr_compare(&names->noted[place].address, address) == 0;
}

/* Whether a note that ADDRESS is HOST counts beside what DNS tells. */
static bool note_counts(const struct fa_names *names, const struct fa_addr *address,
			const char *host)
{
	bool same;

	return !dns_tells(names, address, host, &same) || same;
}

static bool find_noted(const struct fa_names *names, const struct fa_addr *address,
		       const char *host, struct fa_name_found *out)
{
	size_t place = first_noted(names, address, host);

	if (!is_noted(names, place, address) ||
	    strcmp(noted_host(names, &names->noted[place]), host) != 0 ||
	    !note_counts(names, address, host))
		return false;
	memset(out, 0, sizeof(*out));
	out->by_capture = true;
	return true;
}

bool fa_names_find(const struct fa_names *names, const struct fa_addr *client,
		   const struct fa_addr *address, const char *host, int64_t at_ns,
		   struct fa_name_found *out)
{
	char normal[FA_HOST_TEXT];
	struct key key = {
		.address = *address,
		.client = *client,
		.minute_ns = fa_bucket_start(at_ns, MINUTE_NS),
		.host = normal,
	};
	const struct telling *telling;
	bool own = true;

	if (names == NULL || host == NULL || !normalise(host, normal))
		return false;
	telling = latest(names, &key, at_ns);
	if (telling == NULL) {
		own = false;
		key.client = (struct fa_addr){.version = 0};
		telling = latest(names, &key, at_ns);
	}
	if (telling == NULL)
		return find_noted(names, address, normal, out);
	describe(telling, at_ns, out);
	out->own = own;
	return true;
}

size_t fa_names_of(const struct fa_names *names, const struct fa_addr *address, int64_t at_ns,
		   const char **out, size_t max)
{
	/* Stands behind no entry about ADDRESS: every host name is longer. */
	struct key key = {.address = *address, .minute_ns = INT64_MIN, .host = ""};
	size_t found = 0;
	size_t place;

	if (names == NULL)
		return 0;
	for (place = behind(names, &key); place < names->ordered && found < max;
	     place = behind(names, &key)) {
		const struct entry *entry = &names->entries[names->order[place]];

		if (fa_addr_compare(&entry->address, address) != 0)
			break;
		key.host = host_of(names, entry);
		/* Within a host "anybody" comes first, and the earliest minute. */
		if (entry->first.ts_ns <= at_ns)
			out[found++] = key.host;
		memset(&key.client, 0xff, sizeof(key.client));
		key.minute_ns = INT64_MAX;
	}
	place = first_noted(names, address, "");
	for (size_t end = place + FA_NAMES_NOTES_OF;
	     found < max && place < end && is_noted(names, place, address); place++) {
		const char *host = noted_host(names, &names->noted[place]);

		if (note_counts(names, address, host))
			out[found++] = host;
	}
	return found;
}
