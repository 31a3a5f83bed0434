/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The index of an open-addressing hash table. */
#include "base/slots.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { FIRST_SIZE = 256 };

static int init_size(struct fa_slots *slots, size_t size)
{
	slots->items = calloc(size, sizeof(*slots->items));
	slots->mask = size - 1;
	slots->count = 0;
	return slots->items == NULL ? FA_ENOMEM : 0;
}

int fa_slots_init(struct fa_slots *slots)
{
	return init_size(slots, FIRST_SIZE);
}

void fa_slots_deinit(struct fa_slots *slots)
{
	free(slots->items);
	slots->items = NULL;
}

void fa_slots_clear(struct fa_slots *slots)
{
	memset(slots->items, 0, (slots->mask + 1) * sizeof(*slots->items));
	slots->count = 0;
}

static void put(struct fa_slots *slots, uint64_t hash, size_t index)
{
	size_t slot = fa_slots_first(slots, hash);

	while (fa_slots_used(slots, slot))
		slot = fa_slots_next(slots, slot);
	slots->items[slot] = (uint32_t)index + 1;
	slots->count++;
}

bool fa_slots_add(struct fa_slots *slots, uint64_t hash, size_t index, fa_slots_hash_fn hash_of,
		  const void *context)
{
	struct fa_slots bigger;

	if (index >= UINT32_MAX - 1)
		return false;
	if ((slots->count + 1) * 2 > slots->mask + 1) {
		if (init_size(&bigger, (slots->mask + 1) * 2) != 0)
			return false;
		for (size_t i = 0; i <= slots->mask; i++)
			if (fa_slots_used(slots, i))
				put(&bigger, hash_of(context, fa_slots_index(slots, i)),
				    fa_slots_index(slots, i));
		fa_slots_deinit(slots);
		*slots = bigger;
	}
	put(slots, hash, index);
	return true;
}

bool fa_array_reserve(void **array, size_t *room, size_t need, size_t size)
{
	size_t more = *room == 0 ? 64 : *room;
	void *bigger;

	if (need <= *room)
		return true;
	if (need > SIZE_MAX / 2 / size)
		return false;
	while (more < need)
		more *= 2;
	bigger = realloc(*array, more * size);
	if (bigger == NULL)
		return false;
	*array = bigger;
	*room = more;
	return true;
}
