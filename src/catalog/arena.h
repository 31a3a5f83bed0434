/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory of one rulebook: handed out in order, given back all at once. A failed allocation is
 * sticky: fa_cat_arena_failed() is asked once, after the work.
 */
#ifndef FA_CATALOG_ARENA_H
#define FA_CATALOG_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct fa_cat_arena;

/* NULL without memory. */
struct fa_cat_arena *fa_cat_arena_new(void);
void fa_cat_arena_free(struct fa_cat_arena *arena);
bool fa_cat_arena_failed(const struct fa_cat_arena *arena);

/* COUNT zeroed items of SIZE bytes, aligned for any type; NULL without memory. */
void *fa_cat_alloc(struct fa_cat_arena *arena, size_t count, size_t size);

/* A copy with a final NUL. */
char *fa_cat_copy(struct fa_cat_arena *arena, const char *text, size_t len);

char *fa_cat_format(struct fa_cat_arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
char *fa_cat_vformat(struct fa_cat_arena *arena, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

#endif
