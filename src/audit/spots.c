/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is expected, one by one. */
#include "audit/spots.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

const struct fa_end *fa_spots_own_end(const struct fa_binding *binding)
{
	if (fa_rule_owns_to(binding->rule) && binding->server.count != 0)
		return &binding->server;
	if (fa_rule_owns_from(binding->rule) && binding->client.count != 0)
		return &binding->client;
	return NULL;
}

static size_t count_places(const struct fa_end *end)
{
	size_t count = 0;

	for (size_t i = 0; end != NULL && i < end->count; i++)
		count += end->roles[i]->place_count;
	return count;
}

/* A place of the binding in work, to find those with one label. */
struct labelled {
	const char *label;
	size_t index; /* among the places of the end */
};

static int compare_labels(const void *a, const void *b)
{
	const struct labelled *left = a;
	const struct labelled *right = b;
	int order = strcmp(left->label, right->label);

	return order != 0 ? order : (left->index > right->index) - (left->index < right->index);
}

/* Writes into OF_PLACE, for each place, the first one with its label. */
static void find_first(const struct fa_end *end, struct labelled *scratch, uint32_t *of_place)
{
	size_t count = 0;
	size_t first = 0;

	for (size_t r = 0; r < end->count; r++) {
		for (size_t i = 0; i < end->roles[r]->place_count; i++) {
			scratch[count].label = end->roles[r]->places[i].label;
			scratch[count].index = count;
			count++;
		}
	}
	if (count > 1)
		qsort(scratch, count, sizeof(*scratch), compare_labels);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && strcmp(scratch[i].label, scratch[i - 1].label) != 0)
			first = i;
		of_place[scratch[i].index] = (uint32_t)scratch[first].index;
	}
}

/* The spots of one binding; OF_PLACE has the first place of each label and gets its spot. */
static void add_spots(struct fa_spots *spots, const struct fa_binding *binding,
		      const struct fa_end *end, uint32_t *of_place)
{
	size_t index = 0;

	for (size_t r = 0; r < end->count; r++) {
		const struct fa_site_role *role = end->roles[r];

		for (size_t i = 0; i < role->place_count; i++, index++) {
			if (of_place[index] != index) {
				of_place[index] = of_place[of_place[index]];
				spots->items[of_place[index]].last_place = index;
				continue;
			}
			of_place[index] = (uint32_t)spots->count;
			spots->items[spots->count++] = (struct fa_spot){
				binding, role, &role->places[i], index, index};
		}
	}
}

/* The most that all spots together can be: places, and one for each binding without any. */
static size_t count_all(const struct fa_policy *policy, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < policy->count; i++)
		count += 1 + count_places(fa_spots_own_end(&policy->bindings[i]));
	return count < max + policy->count ? count : max + policy->count;
}

static void fill(struct fa_spots *spots, const struct fa_policy *policy, size_t max,
		 struct labelled *scratch)
{
	size_t places = 0;

	for (size_t i = 0; i < policy->count; i++) {
		const struct fa_binding *binding = &policy->bindings[i];
		const struct fa_end *end = fa_spots_own_end(binding);
		size_t own = count_places(end);

		spots->first[i] = spots->count;
		spots->first_place[i] = places;
		if (binding->instance == NULL) {
			spots->items[spots->count++] = (struct fa_spot){.binding = binding};
		} else if (own > max - places) {
			spots->left_out += own;
		} else if (own > 0) {
			find_first(end, scratch, spots->of_place + places);
			add_spots(spots, binding, end, spots->of_place + places);
			places += own;
		}
	}
	spots->first[policy->count] = spots->count;
	spots->first_place[policy->count] = places;
}

int fa_spots_init(struct fa_spots *spots, const struct fa_policy *policy, size_t max)
{
	size_t room = count_all(policy, max) + 1;
	struct labelled *scratch = calloc(room, sizeof(*scratch));

	memset(spots, 0, sizeof(*spots));
	spots->items = calloc(room, sizeof(*spots->items));
	spots->of_place = calloc(room, sizeof(*spots->of_place));
	spots->first = calloc(policy->count + 1, sizeof(*spots->first));
	spots->first_place = calloc(policy->count + 1, sizeof(*spots->first_place));
	if (scratch == NULL || spots->items == NULL || spots->of_place == NULL ||
	    spots->first == NULL || spots->first_place == NULL) {
		free(scratch);
		fa_spots_deinit(spots);
		return FA_ENOMEM;
	}
	fill(spots, policy, max, scratch);
	free(scratch);
	return 0;
}

void fa_spots_deinit(struct fa_spots *spots)
{
	free(spots->items);
	free(spots->of_place);
	free(spots->first);
	free(spots->first_place);
	memset(spots, 0, sizeof(*spots));
}

static size_t add_once(size_t out[FA_SPOTS_FOUND_MAX], size_t count, size_t spot)
{
	for (size_t i = 0; i < count; i++)
		if (out[i] == spot)
			return count;
	if (count < FA_SPOTS_FOUND_MAX)
		out[count++] = spot;
	return count;
}

size_t fa_spots_of_machine(const struct fa_spots *spots, const struct fa_binding *binding,
			   const struct fa_machine *machine, size_t out[FA_SPOTS_FOUND_MAX])
{
	const struct fa_end *end = fa_spots_own_end(binding);
	const uint32_t *of_place = spots->of_place + spots->first_place[binding->index];
	size_t count = 0;

	if (end == NULL || spots->first[binding->index] == spots->first[binding->index + 1])
		return 0;
	for (size_t r = 0; r < end->count; r++) {
		const struct fa_site_role *role = end->roles[r];
		const struct fa_place *place = fa_site_role_place(role, machine->addr);
		struct fa_called_by by;

		if (place != NULL)
			count = add_once(out, count, of_place[place - role->places]);
		for (size_t i = role->prefix_count; i < role->place_count; i++)
			if (fa_machine_called(machine, role->places[i].host, &by) == FA_CALLED)
				count = add_once(out, count, of_place[i]);
		of_place += role->place_count;
	}
	return count;
}

const struct fa_place *fa_spots_place(const struct fa_end *end, size_t index)
{
	for (size_t r = 0; r < end->count; r++) {
		if (index < end->roles[r]->place_count)
			return &end->roles[r]->places[index];
		index -= end->roles[r]->place_count;
	}
	return NULL;
}

static bool is_alike(const struct fa_spot *a, const struct fa_spot *b)
{
	if (a->place == NULL || b->place == NULL)
		return a->place == b->place;
	return strcmp(a->place->label, b->place->label) == 0;
}

size_t fa_spots_alike(const struct fa_spots *spots, const struct fa_binding *binding, size_t spot)
{
	const struct fa_spot *wanted = &spots->items[spot];
	size_t first = spots->first[binding->index];
	size_t end = spots->first[binding->index + 1];
	/* Rules of one component most often have the same own side: look there first. */
	size_t near = first + (spot - spots->first[wanted->binding->index]);

	if (near < end && is_alike(&spots->items[near], wanted))
		return near;
	for (size_t i = first; i < end; i++)
		if (is_alike(&spots->items[i], wanted))
			return i;
	return SIZE_MAX;
}
