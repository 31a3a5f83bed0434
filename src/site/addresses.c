/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of addresses: put together, cut to what two of them have in common. */
#include "site/addresses.h"

#include <stdlib.h>
#include <string.h>

#include "base/slots.h"

void fa_addresses_deinit(struct fa_addresses *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}

void fa_addresses_add(struct fa_addresses *list, const struct fa_prefix *prefix, const char *label)
{
	void *items = list->items;

	if (list->failed)
		return;
	if (!fa_array_reserve(&items, &list->room, list->count + 1, sizeof(*list->items))) {
		list->failed = true;
		return;
	}
	list->items = items;
	list->items[list->count++] = (struct fa_opening_addr){*prefix, label};
}

/* By address, the wider first. */
static int compare(const void *a, const void *b)
{
	const struct fa_prefix *left = &((const struct fa_opening_addr *)a)->prefix;
	const struct fa_prefix *right = &((const struct fa_opening_addr *)b)->prefix;
	int order = fa_addr_compare(&left->addr, &right->addr);

	return order != 0 ? order : (int)left->bits - (int)right->bits;
}

static bool holds(const struct fa_prefix *outer, const struct fa_prefix *inner)
{
	return outer->bits <= inner->bits && fa_prefix_contains(outer, &inner->addr);
}

void fa_addresses_tidy(struct fa_addresses *list)
{
	size_t kept = 0;

	if (list->failed || list->count == 0)
		return;
	qsort(list->items, list->count, sizeof(*list->items), compare);
	for (size_t i = 0; i < list->count; i++)
		if (kept == 0 || !holds(&list->items[kept - 1].prefix, &list->items[i].prefix))
			list->items[kept++] = list->items[i];
	list->count = kept;
}

static bool is_wanted(const struct fa_numbers *wanted, uint32_t asn)
{
	for (size_t i = 0; i < wanted->count; i++)
		if (wanted->items[i] == asn)
			return true;
	return false;
}

/* The lower or the upper half of a prefix. */
static struct fa_prefix half(const struct fa_prefix *prefix, bool upper)
{
	struct fa_prefix out = *prefix;

	if (upper)
		out.addr.bytes[prefix->bits / 8] |= (uint8_t)(0x80u >> prefix->bits % 8);
	out.bits++;
	return out;
}

/* Prefixes of others, in which those of the wanted systems are passed over. */
struct holes {
	const struct fa_as_prefix *items;
	size_t count;
	const struct fa_numbers *wanted;
};

/* Adds what is left of PREFIX without the holes: halves it until a part has none, or is one. */
static void add_without(struct fa_addresses *list, struct fa_prefix prefix,
			const struct holes *holes)
{
	bool has_hole = false;

	for (size_t i = 0; i < holes->count; i++) {
		if (is_wanted(holes->wanted, holes->items[i].asn))
			continue;
		if (holds(&holes->items[i].prefix, &prefix))
			return;
		has_hole = has_hole || holds(&prefix, &holes->items[i].prefix);
	}
	if (!has_hole) {
		fa_addresses_add(list, &prefix, NULL);
		return;
	}
	add_without(list, half(&prefix, false), holes);
	add_without(list, half(&prefix, true), holes);
}

void fa_addresses_add_systems(struct fa_addresses *list, const struct fa_as_list *systems,
			      const struct fa_numbers *wanted)
{
	for (size_t i = 0; i < systems->count; i++) {
		const struct fa_as_prefix *at = &systems->items[i];
		struct holes holes = {at + 1, 0, wanted};

		if (!is_wanted(wanted, at->asn))
			continue;
		while (i + 1 + holes.count < systems->count &&
		       holds(&at->prefix, &holes.items[holes.count].prefix))
			holes.count++;
		add_without(list, at->prefix, &holes);
	}
	fa_addresses_tidy(list);
}

void fa_addresses_keep(struct fa_addresses *list, const struct fa_addresses *other)
{
	struct fa_addresses both = {.failed = list->failed || other->failed};

	for (size_t i = 0; i < list->count; i++) {
		const struct fa_opening_addr *mine = &list->items[i];

		for (size_t k = 0; k < other->count; k++) {
			const struct fa_prefix *theirs = &other->items[k].prefix;

			if (holds(theirs, &mine->prefix))
				fa_addresses_add(&both, &mine->prefix, mine->label);
			else if (holds(&mine->prefix, theirs))
				fa_addresses_add(&both, theirs, mine->label);
		}
	}
	fa_addresses_tidy(&both);
	fa_addresses_deinit(list);
	*list = both;
}
