/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory of what files are read into. */
#include "yaml/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES ((size_t)64 * 1024)

struct chunk {
	struct chunk *next;
	size_t size;
	size_t used;
	max_align_t data[];
};

struct fa_yaml_arena {
	struct chunk *chunks; /* the one being filled comes first */
	bool failed;
};

struct fa_yaml_arena *fa_yaml_arena_new(void)
{
	return calloc(1, sizeof(struct fa_yaml_arena));
}

void fa_yaml_arena_free(struct fa_yaml_arena *arena)
{
	if (arena == NULL)
		return;
	while (arena->chunks != NULL) {
		struct chunk *next = arena->chunks->next;

		free(arena->chunks);
		arena->chunks = next;
	}
	free(arena);
}

bool fa_yaml_arena_failed(const struct fa_yaml_arena *arena)
{
	return arena->failed;
}

static struct chunk *add_chunk(struct fa_yaml_arena *arena, size_t bytes)
{
	size_t size = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
	struct chunk *chunk = calloc(1, sizeof(*chunk) + size);

	if (chunk == NULL)
		return NULL;
	chunk->size = size;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	return chunk;
}

void *fa_yaml_alloc(struct fa_yaml_arena *arena, size_t count, size_t size)
{
	const size_t align = sizeof(max_align_t);
	struct chunk *chunk = arena->chunks;
	size_t bytes;
	void *space;

	if (size != 0 && count > (SIZE_MAX / 2 - align) / size) {
		arena->failed = true;
		return NULL;
	}
	bytes = (count * size + align - 1) / align * align;
	if (chunk == NULL || bytes > chunk->size - chunk->used)
		chunk = add_chunk(arena, bytes);
	if (chunk == NULL) {
		arena->failed = true;
		return NULL;
	}
	space = (char *)chunk->data + chunk->used;
	chunk->used += bytes;
	return space;
}

char *fa_yaml_copy(struct fa_yaml_arena *arena, const char *text, size_t len)
{
	char *copy = fa_yaml_alloc(arena, len + 1, 1);

	if (copy != NULL)
		memcpy(copy, text, len);
	return copy;
}

char *fa_yaml_vformat(struct fa_yaml_arena *arena, const char *format, va_list args)
{
	va_list again;
	char *text = NULL;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	if (len >= 0)
		text = fa_yaml_alloc(arena, (size_t)len + 1, 1);
	if (text != NULL)
		vsnprintf(text, (size_t)len + 1, format, again);
	va_end(again);
	return text;
}

char *fa_yaml_format(struct fa_yaml_arena *arena, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = fa_yaml_vformat(arena, format, args);
	va_end(args);
	return text;
}
