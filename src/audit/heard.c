/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which places of a site sent or received anything in a run. */
#include "audit/heard.h"

#include <stdlib.h>
#include <string.h>

#include "audit/hostname.h"
#include "base/error.h"

/* One prefix of the site, however many roles have it. */
struct prefix {
	struct fa_prefix prefix;
	size_t around; /* the narrowest other one that holds it, SIZE_MAX: none */
	struct fa_example example;
};

struct name {
	const char *host;
	struct fa_example example;
};

struct fa_heard {
	const struct fa_audit_context *context;
	struct prefix *prefixes; /* sorted by address, the wider first; each once */
	size_t prefix_count;
	struct name *names; /* sorted; each once */
	size_t name_count;
	/* As of the last mark. */
	struct prefix *marked_prefixes;
	struct name *marked_names;
};

static int compare_prefixes(const struct fa_prefix *a, const struct fa_prefix *b)
{
	int order = fa_addr_compare(&a->addr, &b->addr);

	return order != 0 ? order : (a->bits > b->bits) - (a->bits < b->bits);
}

static int compare_prefix_items(const void *a, const void *b)
{
	return compare_prefixes(&((const struct prefix *)a)->prefix,
				&((const struct prefix *)b)->prefix);
}

static int compare_name_items(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->host, ((const struct name *)b)->host);
}

/* Calls FN for every role of the site. */
static void each_role(const struct fa_site *site, struct fa_heard *heard,
		      void (*fn)(struct fa_heard *heard, const struct fa_site_role *role))
{
	for (size_t i = 0; i < site->instance_count; i++)
		for (size_t k = 0; k < site->instances[i].product->role_count; k++)
			fn(heard, &site->instances[i].roles[k]);
}

static void count_role(struct fa_heard *heard, const struct fa_site_role *role)
{
	heard->prefix_count += role->prefix_count;
	heard->name_count += role->place_count - role->prefix_count;
}

static void take_role(struct fa_heard *heard, const struct fa_site_role *role)
{
	for (size_t i = 0; i < role->prefix_count; i++)
		heard->prefixes[heard->prefix_count++].prefix = role->places[i].prefix;
	for (size_t i = role->prefix_count; i < role->place_count; i++)
		heard->names[heard->name_count++].host = role->places[i].host;
}

/* Sorts, keeps each once, and finds out which holds which. */
static void arrange(struct fa_heard *heard)
{
	struct prefix *prefixes = heard->prefixes;
	size_t count = 0;

	qsort(prefixes, heard->prefix_count, sizeof(*prefixes), compare_prefix_items);
	for (size_t i = 0; i < heard->prefix_count; i++) {
		size_t around = count == 0 ? SIZE_MAX : count - 1;

		if (count > 0 &&
		    compare_prefixes(&prefixes[count - 1].prefix, &prefixes[i].prefix) == 0)
			continue;
		while (around != SIZE_MAX && !fa_prefix_contains(&prefixes[around].prefix,
								 &prefixes[i].prefix.addr))
			around = prefixes[around].around;
		prefixes[count] = prefixes[i];
		prefixes[count++].around = around;
	}
	heard->prefix_count = count;
	qsort(heard->names, heard->name_count, sizeof(*heard->names), compare_name_items);
	count = 0;
	for (size_t i = 0; i < heard->name_count; i++)
		if (count == 0 || strcmp(heard->names[count - 1].host, heard->names[i].host) != 0)
			heard->names[count++] = heard->names[i];
	heard->name_count = count;
}

int fa_heard_new(struct fa_heard **out, const struct fa_audit_context *context)
{
	const struct fa_site *site = context->policy->site;
	struct fa_heard *heard = calloc(1, sizeof(*heard));

	if (heard == NULL)
		return FA_ENOMEM;
	heard->context = context;
	if (site != NULL)
		each_role(site, heard, count_role);
	heard->prefixes = calloc(heard->prefix_count + 1, sizeof(*heard->prefixes));
	heard->names = calloc(heard->name_count + 1, sizeof(*heard->names));
	if (heard->prefixes == NULL || heard->names == NULL) {
		fa_heard_free(heard);
		return FA_ENOMEM;
	}
	heard->prefix_count = 0;
	heard->name_count = 0;
	if (site != NULL)
		each_role(site, heard, take_role);
	arrange(heard);
	*out = heard;
	return 0;
}

void fa_heard_free(struct fa_heard *heard)
{
	if (heard == NULL)
		return;
	free(heard->prefixes);
	free(heard->names);
	free(heard->marked_prefixes);
	free(heard->marked_names);
	free(heard);
}

/* Position behind the last prefix that does not come after WANTED. */
static size_t behind(const struct fa_heard *heard, const struct fa_prefix *wanted)
{
	size_t low = 0;
	size_t high = heard->prefix_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_prefixes(&heard->prefixes[middle].prefix, wanted) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void hear_address(struct fa_heard *heard, const struct fa_addr *addr,
			 const struct fa_identity *id)
{
	const struct fa_prefix single = {*addr, 128};
	size_t at = behind(heard, &single);

	/* Whoever holds it is the last one before it, or around that one. */
	at = at == 0 ? SIZE_MAX : at - 1;
	for (; at != SIZE_MAX; at = heard->prefixes[at].around)
		if (fa_prefix_contains(&heard->prefixes[at].prefix, addr))
			fa_example_take(&heard->prefixes[at].example, id);
}

static void hear_names(struct fa_heard *heard, const struct fa_machine *machine,
		       const struct fa_identity *id)
{
	struct fa_called_by by;

	for (size_t i = 0; i < heard->name_count; i++)
		if (fa_machine_called(machine, heard->names[i].host, &by) == FA_CALLED)
			fa_example_take(&heard->names[i].example, id);
}

void fa_heard_add(struct fa_heard *heard, const struct fa_conversation *conv)
{
	const struct fa_identity *id = &conv->id;
	const struct fa_names *names = heard->context->names;
	int64_t at_ns = conv->counts.first_seen_ns;
	const struct fa_machine client = {&id->client, &id->server, "", names, at_ns};
	const struct fa_machine server = {&id->server, &id->client, id->host, names, at_ns};

	hear_address(heard, &id->client, id);
	hear_address(heard, &id->server, id);
	if (heard->name_count == 0)
		return;
	hear_names(heard, &server, id);
	if (names != NULL)
		hear_names(heard, &client, id);
}

int fa_heard_mark(struct fa_heard *heard)
{
	size_t prefixes_bytes = heard->prefix_count * sizeof(*heard->prefixes);
	size_t names_bytes = heard->name_count * sizeof(*heard->names);

	if (heard->marked_prefixes == NULL)
		heard->marked_prefixes = malloc(prefixes_bytes + 1);
	if (heard->marked_names == NULL)
		heard->marked_names = malloc(names_bytes + 1);
	if (heard->marked_prefixes == NULL || heard->marked_names == NULL)
		return FA_ENOMEM;
	memcpy(heard->marked_prefixes, heard->prefixes, prefixes_bytes);
	memcpy(heard->marked_names, heard->names, names_bytes);
	return 0;
}

void fa_heard_back(struct fa_heard *heard)
{
	memcpy(heard->prefixes, heard->marked_prefixes,
	       heard->prefix_count * sizeof(*heard->prefixes));
	memcpy(heard->names, heard->marked_names, heard->name_count * sizeof(*heard->names));
}

static const struct fa_example *if_there(const struct fa_example *example)
{
	return example->there ? example : NULL;
}

const struct fa_example *fa_heard_of(const struct fa_heard *heard, const struct fa_place *place)
{
	size_t at;

	if (place->host != NULL) {
		const struct name wanted = {.host = place->host};
		const struct name *name = bsearch(&wanted, heard->names, heard->name_count,
						  sizeof(*heard->names), compare_name_items);

		return name == NULL ? NULL : if_there(&name->example);
	}
	at = behind(heard, &place->prefix);
	if (at == 0 || compare_prefixes(&heard->prefixes[at - 1].prefix, &place->prefix) != 0)
		return NULL;
	return if_there(&heard->prefixes[at - 1].example);
}
