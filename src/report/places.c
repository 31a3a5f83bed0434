/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who an address is: the places of the site that a run was judged with. */
#include "report/places.h"

#include <stdlib.h>
#include <string.h>

#include "base/slots.h"
#include "report/words.h"

#define LABEL_COLUMNS 48
#define LABELS_SHOWN  4

struct fa_named_place {
	struct fa_addr first, last; /* version 0: a host name */
	char *instance, *role, *label;
	bool implied;
	uint32_t around; /* 1 + position in by_address of the narrowest prefix around it; 0: none */
};

struct reading {
	struct fa_places *places;
	struct fa_diag *diag;
};

static int keep(void *arg, const struct fa_stored_place *stored)
{
	struct reading *reading = arg;
	struct fa_places *places = reading->places;
	struct fa_named_place *place;

	if (!fa_array_reserve((void **)&places->items, &places->room, places->count + 1,
			      sizeof(*places->items)))
		return fa_fail(reading->diag, FA_ENOMEM, "out of memory for the site");
	place = &places->items[places->count++];
	place->first = stored->first;
	place->last = stored->last;
	place->implied = stored->implied;
	place->around = 0;
	place->instance = strdup(stored->instance);
	place->role = strdup(stored->role);
	place->label = strdup(stored->label);
	if (place->instance == NULL || place->role == NULL || place->label == NULL)
		return fa_fail(reading->diag, FA_ENOMEM, "out of memory for the site");
	return 0;
}

static int compare_places(const void *a, const void *b, void *items)
{
	const struct fa_named_place *left = (const struct fa_named_place *)items + *(const uint32_t *)a;
	const struct fa_named_place *right =
		(const struct fa_named_place *)items + *(const uint32_t *)b;
	int order = fa_addr_compare(&left->first, &right->first);

	if (order == 0)
		order = fa_addr_compare(&right->last, &left->last);
	return order != 0 ? order : (left > right) - (left < right);
}

static struct fa_named_place *at(const struct fa_places *places, size_t position)
{
	return &places->items[places->by_address[position]];
}

/* Prefixes lie within each other or apart, so those around an address are one chain. */
static void chain(struct fa_places *places)
{
	for (size_t i = 1; i < places->prefixes; i++) {
		struct fa_named_place *place = at(places, i);
		uint32_t around = (uint32_t)i;

		while (around != 0 && fa_addr_compare(&at(places, around - 1)->last, &place->last) < 0)
			around = at(places, around - 1)->around;
		place->around = around;
	}
}

static int sort_by_address(struct fa_places *places, struct fa_diag *diag)
{
	places->by_address = calloc(places->count + 1, sizeof(*places->by_address));
	if (places->by_address == NULL)
		return fa_fail(diag, FA_ENOMEM, "out of memory for the site");
	for (size_t i = 0; i < places->count; i++)
		if (places->items[i].first.version != 0)
			places->by_address[places->prefixes++] = (uint32_t)i;
	if (places->prefixes > 0)
		qsort_r(places->by_address, places->prefixes, sizeof(*places->by_address),
			compare_places, places->items);
	chain(places);
	return 0;
}

int fa_places_read(struct fa_places *places, const struct fa_history *history, int64_t run,
		   struct fa_diag *diag)
{
	struct reading reading = {places, diag};
	int error = history->each_place(history->context, run, keep, &reading, diag);

	return error != 0 ? error : sort_by_address(places, diag);
}

void fa_places_deinit(struct fa_places *places)
{
	for (size_t i = 0; i < places->count; i++) {
		free(places->items[i].instance);
		free(places->items[i].role);
		free(places->items[i].label);
	}
	free(places->items);
	free(places->by_address);
	memset(places, 0, sizeof(*places));
}

/* Whether WORD is one of those in LIST, separated by ", ". */
static bool is_listed(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; *at != '\0'; at += strspn(at, ", ")) {
		size_t item = strcspn(at, ",");

		if (item == len && strncmp(at, word, len) == 0)
			return true;
		at += item;
	}
	return false;
}

static bool holds(const struct fa_named_place *place, const struct fa_addr *addr)
{
	return place->first.version == addr->version && addr->version != 0 &&
	       fa_addr_compare(&place->first, addr) <= 0 &&
	       fa_addr_compare(addr, &place->last) <= 0;
}

enum { IS_LISTED = 1, ROLE_FITS = 2, INSTANCE_FITS = 4 };

/* How well a place answers who an address is, as far as HINT tells. */
static int fit(const struct fa_named_place *place, const struct fa_place_hint *hint)
{
	int score = 0;

	if (strcmp(place->instance, hint->instance) == 0)
		score += INSTANCE_FITS;
	if (is_listed(hint->roles, place->role))
		score += ROLE_FITS;
	return place->implied ? score : score + IS_LISTED;
}

/* Of two that hold the same address. */
static bool is_narrower(const struct fa_named_place *a, const struct fa_named_place *b)
{
	int first = fa_addr_compare(&a->first, &b->first);
	int last = fa_addr_compare(&a->last, &b->last);

	return (first > 0 && last <= 0) || (first >= 0 && last < 0);
}

static const struct fa_named_place *find(const struct fa_places *places,
					 const struct fa_addr *addr,
					 const struct fa_place_hint *hint)
{
	const struct fa_named_place *best = NULL;
	size_t low = 0;
	size_t high = places->prefixes;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (fa_addr_compare(&at(places, middle)->first, addr) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low != 0; low = at(places, low - 1)->around) {
		const struct fa_named_place *place = at(places, low - 1);

		if (!holds(place, addr))
			continue;
		if (best == NULL || fit(place, hint) > fit(best, hint) ||
		    (fit(place, hint) == fit(best, hint) &&
		     (is_narrower(place, best) || (!is_narrower(best, place) && place < best))))
			best = place;
	}
	return best;
}

bool fa_places_find(const struct fa_places *places, const struct fa_addr *addr,
		    const struct fa_place_hint *hint, struct fa_place_name *name)
{
	const struct fa_named_place *place = find(places, addr, hint);

	if (place == NULL)
		return false;
	*name = (struct fa_place_name){place->instance, place->role, place->label};
	return true;
}

/* "control-room cr1 (10.2.4.9)"; false, with the role at most, when the address must follow. */
static bool add_name(struct fa_buffer *buffer, const struct fa_places *places,
		     const struct fa_addr *addr, const struct fa_place_hint *hint)
{
	const struct fa_named_place *place = find(places, addr, hint);
	char text[FA_ADDR_TEXT];

	if (place == NULL)
		return false;
	if (strcmp(place->instance, hint->instance) != 0) {
		fa_buffer_clip(buffer, place->instance, LABEL_COLUMNS);
		fa_buffer_add(buffer, "/");
	}
	fa_buffer_clip(buffer, place->role, LABEL_COLUMNS);
	fa_buffer_add(buffer, " ");
	if (strcmp(place->label, fa_addr_text(addr, text)) == 0)
		return false;
	fa_buffer_clip(buffer, place->label, LABEL_COLUMNS);
	fa_buffer_addf(buffer, " (%s)", text);
	return true;
}

void fa_places_add(struct fa_buffer *buffer, const struct fa_places *places,
		   const struct fa_addr *addr, const struct fa_place_hint *hint)
{
	char text[FA_ADDR_TEXT];

	if (!add_name(buffer, places, addr, hint))
		fa_buffer_add(buffer, fa_addr_text(addr, text));
}

void fa_places_add_server(struct fa_buffer *buffer, const struct fa_places *places,
			  const struct fa_addr *addr, const struct fa_place_hint *hint,
			  uint8_t transport, uint16_t port)
{
	if (add_name(buffer, places, addr, hint))
		fa_words_port(buffer, transport, port);
	else
		fa_words_server(buffer, addr, transport, port);
}

/* Whether an earlier place of the hint has the label: machines have several addresses. */
static bool is_repeated(const struct fa_places *places, size_t index,
			const struct fa_place_hint *hint)
{
	for (size_t i = index; i-- > 0;) {
		if (strcmp(places->items[i].instance, hint->instance) != 0)
			return false; /* those of an instance stand together */
		if (fit(&places->items[i], hint) >= INSTANCE_FITS + ROLE_FITS &&
		    strcmp(places->items[i].label, places->items[index].label) == 0)
			return true;
	}
	return false;
}

void fa_places_add_labels(struct fa_buffer *buffer, const struct fa_places *places,
			  const struct fa_place_hint *hint)
{
	size_t count = 0;

	for (size_t i = 0; i < places->count; i++) {
		if (fit(&places->items[i], hint) < INSTANCE_FITS + ROLE_FITS ||
		    is_repeated(places, i, hint) || count++ >= LABELS_SHOWN)
			continue;
		fa_buffer_add(buffer, count > 1 ? ", " : "");
		fa_buffer_clip(buffer, places->items[i].label, LABEL_COLUMNS);
	}
	if (count > LABELS_SHOWN)
		fa_buffer_addf(buffer, " and %zu more", count - LABELS_SHOWN);
}
