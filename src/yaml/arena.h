/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory of what files are read into: handed out in order, given back all at once. A failed
 * allocation is sticky: fa_yaml_arena_failed() is asked once, after the work.
 */
#ifndef FA_YAML_ARENA_H
#define FA_YAML_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct fa_yaml_arena;

/* NULL without memory. */
struct fa_yaml_arena *fa_yaml_arena_new(void);
void fa_yaml_arena_free(struct fa_yaml_arena *arena);
bool fa_yaml_arena_failed(const struct fa_yaml_arena *arena);

/* COUNT zeroed items of SIZE bytes, aligned for any type; NULL without memory. */
void *fa_yaml_alloc(struct fa_yaml_arena *arena, size_t count, size_t size);

/* A copy with a final NUL. */
char *fa_yaml_copy(struct fa_yaml_arena *arena, const char *text, size_t len);

char *fa_yaml_format(struct fa_yaml_arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
char *fa_yaml_vformat(struct fa_yaml_arena *arena, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

#endif
