/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding a name in a list, or the one that was probably meant. */
#ifndef FA_YAML_NEAREST_H
#define FA_YAML_NEAREST_H

#include <stddef.h>

/* A list of items of STRIDE bytes, each of which begins with its name (a const char *, or NULL). */
struct fa_yaml_names {
	const void *items;
	size_t count;
	size_t stride;
};

/* The name of item INDEX; may be NULL. */
const char *fa_yaml_name(const struct fa_yaml_names *names, size_t index);

/* The position of NAME, or SIZE_MAX. */
size_t fa_yaml_find(const struct fa_yaml_names *names, const char *name);

/*
 * Edits from A to B (insert, delete, replace, swap neighbours), letters compared without case;
 * at least one when they differ. Gives up above LIMIT and returns LIMIT + 1.
 */
unsigned fa_yaml_distance(const char *a, const char *b, unsigned limit);

/* The name most like TEXT, or NULL when none is near. */
const char *fa_yaml_nearest(const struct fa_yaml_names *names, const char *text);

/* What to put behind a complaint: "; did you mean "NAME"?" or "" for NULL. */
struct fa_yaml_hint {
	char text[128];
};
const char *fa_yaml_hint(struct fa_yaml_hint *hint, const char *nearest);

#endif
