/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Interned labels. */
#include "core/labels.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/siphash.h"
#include "base/slots.h"

/* The three texts stand behind one another, each with its NUL. */
struct entry {
	uint64_t hash;
	uint32_t text;	      /* offset of the protocol */
	uint16_t application; /* offset of the application from there */
	uint16_t host;	      /* offset of the host name from there */
	uint32_t size;	      /* of all three */
};

struct fa_labels {
	struct fa_hash_key key;
	struct fa_slots slots;
	struct entry *entries;
	size_t count, room;
	char *texts;
	size_t text_len, text_room;
};

int fa_labels_new(struct fa_labels **out)
{
	struct fa_labels *labels = calloc(1, sizeof(*labels));

	if (labels == NULL)
		return FA_ENOMEM;
	labels->key = fa_hash_key_random();
	if (fa_slots_init(&labels->slots) != 0) {
		free(labels);
		return FA_ENOMEM;
	}
	*out = labels;
	return 0;
}

void fa_labels_free(struct fa_labels *labels)
{
	if (labels == NULL)
		return;
	fa_slots_deinit(&labels->slots);
	free(labels->entries);
	free(labels->texts);
	free(labels);
}

static uint64_t hash_of(const void *context, size_t index)
{
	const struct fa_labels *labels = context;

	return labels->entries[index].hash;
}

uint32_t fa_labels_intern(struct fa_labels *labels, const char *protocol, const char *application,
			  const char *host)
{
	const char *const parts[] = {protocol, application, host};
	size_t at[4] = {0};
	struct entry *entry;
	uint64_t hash;
	char *text;

	for (size_t i = 0; i < 3; i++)
		at[i + 1] = at[i] + strlen(parts[i]) + 1;
	/* Written behind the others first; it stays there only if it is new. */
	if (at[3] > UINT16_MAX || labels->text_len + at[3] > UINT32_MAX ||
	    !fa_array_reserve((void **)&labels->texts, &labels->text_room,
			      labels->text_len + at[3], 1))
		return UINT32_MAX;
	text = labels->texts + labels->text_len;
	for (size_t i = 0; i < 3; i++)
		memcpy(text + at[i], parts[i], at[i + 1] - at[i]);
	hash = fa_siphash(&labels->key, text, at[3]);
	for (size_t i = fa_slots_first(&labels->slots, hash); fa_slots_used(&labels->slots, i);
	     i = fa_slots_next(&labels->slots, i)) {
		entry = &labels->entries[fa_slots_index(&labels->slots, i)];
		if (entry->hash == hash && entry->size == at[3] &&
		    memcmp(labels->texts + entry->text, text, at[3]) == 0)
			return (uint32_t)fa_slots_index(&labels->slots, i);
	}
	if (!fa_array_reserve((void **)&labels->entries, &labels->room, labels->count + 1,
			      sizeof(*labels->entries)))
		return UINT32_MAX;
	labels->entries[labels->count] = (struct entry){
		.hash = hash,
		.text = (uint32_t)labels->text_len,
		.application = (uint16_t)at[1],
		.host = (uint16_t)at[2],
		.size = (uint32_t)at[3],
	};
	if (!fa_slots_add(&labels->slots, hash, labels->count, hash_of, labels))
		return UINT32_MAX;
	labels->text_len += at[3];
	return (uint32_t)labels->count++;
}

struct fa_label fa_labels_get(const struct fa_labels *labels, uint32_t number)
{
	const struct entry *entry = &labels->entries[number];
	const char *text = labels->texts + entry->text;

	return (struct fa_label){text, text + entry->application, text + entry->host};
}

size_t fa_labels_bytes(const struct fa_labels *labels)
{
	return labels->text_room + labels->room * sizeof(*labels->entries) +
	       (labels->slots.mask + 1) * sizeof(*labels->slots.items);
}

void fa_labels_clear(struct fa_labels *labels)
{
	fa_slots_clear(&labels->slots);
	labels->count = 0;
	labels->text_len = 0;
}
