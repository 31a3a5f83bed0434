/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set of texts in the order they came. */
#include "report/textset.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

int fa_textset_init(struct fa_textset *names)
{
	memset(names, 0, sizeof(*names));
	names->key = fa_hash_key_random();
	return fa_slots_init(&names->slots);
}

void fa_textset_deinit(struct fa_textset *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
	fa_slots_deinit(&names->slots);
	memset(names, 0, sizeof(*names));
}

static uint64_t hash_of(const void *context, size_t index)
{
	const struct fa_textset *names = context;

	return fa_siphash(&names->key, names->items[index], strlen(names->items[index]));
}

static size_t find(const struct fa_textset *names, const char *text, uint64_t hash)
{
	const struct fa_slots *slots = &names->slots;

	for (size_t i = fa_slots_first(slots, hash); fa_slots_used(slots, i);
	     i = fa_slots_next(slots, i))
		if (strcmp(names->items[fa_slots_index(slots, i)], text) == 0)
			return fa_slots_index(slots, i);
	return FA_TEXT_NONE;
}

size_t fa_textset_find(const struct fa_textset *names, const char *text)
{
	return find(names, text, fa_siphash(&names->key, text, strlen(text)));
}

size_t fa_textset_add(struct fa_textset *names, const char *text)
{
	size_t len = strlen(text);
	uint64_t hash = fa_siphash(&names->key, text, len);
	size_t number = find(names, text, hash);
	char *copy;

	if (number != FA_TEXT_NONE)
		return number;
	if (!fa_array_reserve((void **)&names->items, &names->room, names->count + 1,
			      sizeof(*names->items)))
		return FA_TEXT_NONE;
	copy = strdup(text);
	if (copy == NULL)
		return FA_TEXT_NONE;
	names->items[names->count] = copy;
	if (!fa_slots_add(&names->slots, hash, names->count, hash_of, names)) {
		free(copy);
		return FA_TEXT_NONE;
	}
	names->bytes += len + 1;
	return names->count++;
}
