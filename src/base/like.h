/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding a name in a list, or the one that was probably meant. */
#ifndef FA_BASE_LIKE_H
#define FA_BASE_LIKE_H

#include <stddef.h>

#include "base/error.h"

/* A list of items of STRIDE bytes, each of which begins with its name (a const char *, or NULL). */
struct fa_like_names {
	const void *items;
	size_t count;
	size_t stride;
};

/* The name of item INDEX; may be NULL. */
const char *fa_like_name(const struct fa_like_names *names, size_t index);

/* The position of NAME, or SIZE_MAX. */
size_t fa_like_find(const struct fa_like_names *names, const char *name);

/*
 * Edits from A to B (insert, delete, replace, swap neighbours), letters compared without case;
 * at least one when they differ. Gives up above LIMIT and returns LIMIT + 1.
 */
unsigned fa_like_distance(const char *a, const char *b, unsigned limit);

/* The name most like TEXT, or NULL when none is near. */
const char *fa_like_nearest(const struct fa_like_names *names, const char *text);

/* What to put behind a complaint: "; did you mean "NAME"?" or "" for NULL. */
struct fa_like_hint {
	char text[128];
};
const char *fa_like_hint(struct fa_like_hint *hint, const char *nearest);

/* FA_EINVAL, with WHAT ("there is no format"), TEXT, all the names, and the one that is near. */
int fa_like_unknown(const struct fa_like_names *names, const char *what, const char *text,
		    struct fa_diag *diag);

#endif
