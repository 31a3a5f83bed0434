/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a site calls an address.
 *
 * A host must be in the same group on both sides, so its name depends on the address and the site
 * alone, never on what the traffic was judged by: the name of the narrowest network that the site
 * names, or all roles that the narrowest places around the address have, in the order of the site
 * file ("dc1/gateway", "dc1/gateway+key-manager"). Roles that are implied by another add nothing.
 */
#include "audit/drift_work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES 512

struct reading {
	struct fa_drift_work *work;
	struct fa_drift_places *places;
};

static int keep(void *arg, const struct fa_stored_place *stored)
{
	struct reading *reading = arg;
	struct fa_drift_places *places = reading->places;
	struct fa_drift_place *place;

	if (stored->first.version == 0)
		return 0; /* a host name has no address */
	if (!fa_drift_reserve(&reading->work->budget, (void **)&places->items, &places->room,
			      places->count + 1, sizeof(*places->items)))
		return fa_drift_no_room(reading->work);
	place = &places->items[places->count++];
	memset(place, 0, sizeof(*place));
	place->first = stored->first;
	place->last = stored->last;
	place->implied = stored->implied;
	place->instance = fa_drift_word_of(reading->work, stored->instance);
	place->role = fa_drift_word_of(reading->work, stored->role);
	place->label = fa_drift_word_of(reading->work, stored->label);
	place->around = (uint32_t)places->count; /* order of the file, until they are sorted */
	if (place->instance == FA_DRIFT_NONE || place->role == FA_DRIFT_NONE ||
	    place->label == FA_DRIFT_NONE)
		return fa_drift_no_room(reading->work);
	return 0;
}

static int compare(const void *left, const void *right)
{
	const struct fa_drift_place *a = left;
	const struct fa_drift_place *b = right;
	int order = fa_addr_compare(&a->first, &b->first);

	if (order == 0)
		order = fa_addr_compare(&b->last, &a->last);
	return order != 0 ? order : (a->around > b->around) - (a->around < b->around);
}

/* Prefixes lie within each other or apart, so those around an address are one chain. */
static void chain(struct fa_drift_places *places)
{
	for (size_t i = 0; i < places->count; i++) {
		uint32_t around = (uint32_t)i;

		while (around != 0 && fa_addr_compare(&places->items[around - 1].last,
						      &places->items[i].last) < 0)
			around = places->items[around - 1].around;
		places->items[i].around = around;
	}
}

static bool is_single(const struct fa_drift_place *place)
{
	return fa_addr_compare(&place->first, &place->last) == 0;
}

/* "10.0.0.0/8" and "10.0.0.9" are addresses, "office" is a name. */
static bool is_name(const char *label)
{
	struct fa_prefix prefix;

	return label[0] != '\0' && !fa_prefix_parse(label, &prefix);
}

/* A name is that of a network everywhere if it is so for one of its addresses. */
static int mark_networks(struct fa_drift_work *work, struct fa_drift_places *places)
{
	uint8_t *is_network = calloc(work->words.count + 1, 1);

	if (is_network == NULL)
		return fa_drift_no_room(work);
	for (size_t i = 0; i < places->count; i++)
		if (!is_single(&places->items[i]))
			is_network[places->items[i].label] = 1;
	for (size_t i = 0; i < places->count; i++)
		places->items[i].is_network = is_network[places->items[i].label] != 0 &&
					      is_name(fa_drift_text(work, places->items[i].label));
	free(is_network);
	return 0;
}

static int read_one(struct fa_drift_work *work, enum fa_drift_side side)
{
	const struct fa_history *history = work->spans[side].history;
	struct reading reading = {work, &work->places[side]};
	int error = history->each_place(history->context, fa_drift_last_run(work, side), keep,
					&reading, work->diag);

	if (error != 0)
		return error;
	if (reading.places->count > 0)
		qsort(reading.places->items, reading.places->count, sizeof(*reading.places->items),
		      compare);
	chain(reading.places);
	return mark_networks(work, reading.places);
}

int fa_drift_places_read(struct fa_drift_work *work)
{
	int error = read_one(work, FA_NOW);

	return error != 0 || !work->sites_differ ? error : read_one(work, FA_BEFORE);
}

void fa_drift_places_deinit(struct fa_drift_places *places)
{
	free(places->items);
	memset(places, 0, sizeof(*places));
}

/* 1 + index of the narrowest place around ADDR, 0 for none; its "around" leads to the others. */
static uint32_t find(const struct fa_drift_places *places, const struct fa_addr *addr)
{
	size_t low = 0;
	size_t high = places->count;
	uint32_t at;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (fa_addr_compare(&places->items[middle].first, addr) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (at = (uint32_t)low; at != 0; at = places->items[at - 1].around)
		if (places->items[at - 1].first.version == addr->version &&
		    fa_addr_compare(addr, &places->items[at - 1].last) <= 0)
			break;
	return at;
}

static bool is_same_prefix(const struct fa_drift_place *a, const struct fa_drift_place *b)
{
	return fa_addr_compare(&a->first, &b->first) == 0 &&
	       fa_addr_compare(&a->last, &b->last) == 0;
}

/* Puts "instance/role" or "+role" behind NAME; what does not fit is left out. */
static void add_role(const struct fa_drift_work *work, char *name,
		     const struct fa_drift_place *place, const struct fa_drift_place *last)
{
	size_t used = strlen(name);
	const char *instance = fa_drift_text(work, place->instance);
	const char *role = fa_drift_text(work, place->role);
	bool goes_on = last != NULL && last->instance == place->instance;
	int len;

	if (goes_on && last->role == place->role)
		return;
	if (goes_on)
		len = snprintf(&name[used], NAME_BYTES - used, "+%s", role);
	else
		len = snprintf(&name[used], NAME_BYTES - used, "%s%s/%s",
			       last == NULL ? "" : ", ", instance, role);
	if (len < 0 || (size_t)len >= NAME_BYTES - used)
		name[used] = '\0';
}

/* Those of one prefix stand in the order of the file, the first of them lowest. */
static uint32_t roles_of(struct fa_drift_work *work, const struct fa_drift_places *places,
			 uint32_t narrowest)
{
	const struct fa_drift_place *last = NULL;
	char name[NAME_BYTES] = "";
	uint32_t first = narrowest;

	while (first > 1 && is_same_prefix(&places->items[first - 2], &places->items[narrowest - 1]))
		first--;
	for (uint32_t i = first; i <= narrowest; i++) {
		const struct fa_drift_place *place = &places->items[i - 1];

		if (place->implied)
			continue;
		if (place->is_network)
			return place->label;
		add_role(work, name, place, last);
		last = place;
	}
	return name[0] == '\0' ? 0 : fa_drift_word_of(work, name);
}

uint32_t fa_drift_place_words(struct fa_drift_work *work, const struct fa_addr *addr)
{
	const struct fa_drift_places *places = &work->places[FA_NOW];
	uint32_t at = find(places, addr);

	return at == 0 ? 0 : roles_of(work, places, at);
}

static uint64_t mix(uint64_t x)
{
	/* The finalizer of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
	 * generators", 2014). */
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

uint64_t fa_drift_place_print(const struct fa_drift_places *places, const struct fa_addr *addr)
{
	uint64_t print = 0;

	/* A sum, since the order of the file says nothing about who is who. */
	for (uint32_t at = find(places, addr); at != 0; at = places->items[at - 1].around)
		print += mix((uint64_t)places->items[at - 1].instance << 32 |
			     places->items[at - 1].role);
	return print;
}
