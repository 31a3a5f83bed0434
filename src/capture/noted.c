/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names of addresses that capture files note down. */
#include "capture/noted.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "capture/capture.h"

int fa_noted_init(struct fa_noted *noted)
{
	memset(noted, 0, sizeof(*noted));
	noted->key = fa_hash_key_random();
	return fa_slots_init(&noted->slots);
}

void fa_noted_deinit(struct fa_noted *noted)
{
	fa_slots_deinit(&noted->slots);
	free(noted->items);
	free(noted->texts);
	memset(noted, 0, sizeof(*noted));
}

/* Lower case, without a final dot; false for what is no host name. */
static bool normalise(const char *name, size_t len, char out[FA_HOST_TEXT])
{
	if (len > 0 && name[len - 1] == '.')
		len--;
	if (len == 0 || len >= FA_HOST_TEXT)
		return false;
	for (size_t i = 0; i < len; i++) {
		uint8_t byte = (uint8_t)name[i];

		if (byte <= ' ' || byte >= 0x7f || byte == '\\')
			return false;
		out[i] = (char)(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte);
	}
	out[len] = '\0';
	return true;
}

static bool is_address(const char *text)
{
	struct fa_addr addr;

	return fa_addr_parse(text, &addr);
}

static uint64_t hash(const struct fa_noted *noted, const struct fa_addr *address, const char *text)
{
	uint8_t bytes[sizeof(*address) + FA_HOST_TEXT];
	size_t len = strlen(text);

	memcpy(bytes, address, sizeof(*address));
	memcpy(&bytes[sizeof(*address)], text, len);
	return fa_siphash(&noted->key, bytes, sizeof(*address) + len);
}

static uint64_t hash_of(const void *context, size_t index)
{
	const struct fa_noted *noted = context;
	const struct fa_noted_name *item = &noted->items[index];

	return hash(noted, &item->address, &noted->texts[item->at]);
}

static bool has(const struct fa_noted *noted, const struct fa_addr *address, const char *text,
		uint64_t at)
{
	const struct fa_slots *slots = &noted->slots;

	for (size_t i = fa_slots_first(slots, at); fa_slots_used(slots, i);
	     i = fa_slots_next(slots, i)) {
		const struct fa_noted_name *item = &noted->items[fa_slots_index(slots, i)];

		if (fa_addr_compare(&item->address, address) == 0 &&
		    strcmp(&noted->texts[item->at], text) == 0)
			return true;
	}
	return false;
}

static int append(struct fa_noted *noted, const struct fa_addr *address, const char *text,
		  uint64_t at)
{
	size_t size = strlen(text) + 1;
	void *items = noted->items;
	void *texts = noted->texts;
	bool room = fa_array_reserve(&items, &noted->room, noted->count + 1,
				     sizeof(*noted->items));

	noted->items = items;
	if (room)
		room = fa_array_reserve(&texts, &noted->texts_room, noted->texts_len + size, 1);
	noted->texts = texts;
	if (!room)
		return FA_ENOMEM;
	memcpy(&noted->texts[noted->texts_len], text, size);
	noted->items[noted->count] =
		(struct fa_noted_name){*address, (uint32_t)noted->texts_len};
	noted->texts_len += size;
	if (!fa_slots_add(&noted->slots, at, noted->count, hash_of, noted))
		return FA_ENOMEM;
	noted->count++;
	return FA_OK;
}

int fa_noted_add(struct fa_noted *noted, const struct fa_addr *address, const char *name,
		 size_t len)
{
	char text[FA_HOST_TEXT];
	uint64_t at;

	if (!normalise(name, len, text) || is_address(text))
		return FA_OK;
	at = hash(noted, address, text);
	if (has(noted, address, text, at))
		return FA_OK;
	if (noted->count == FA_CAPTURE_NAMES_MAX) {
		noted->more++;
		return FA_OK;
	}
	return append(noted, address, text, at);
}

void fa_noted_get(const struct fa_noted *noted, size_t index, struct fa_name_answer *out)
{
	const struct fa_noted_name *item = &noted->items[index];

	memset(out, 0, sizeof(*out));
	out->by_capture = true;
	out->address = item->address;
	fa_text_copy(out->host, sizeof(out->host), &noted->texts[item->at]);
}
