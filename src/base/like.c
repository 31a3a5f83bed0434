/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding a name in a list, or the one that was probably meant. */
#include "base/like.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Longer names get no suggestion; bounds the work. */
#define NAME_MAX_BYTES 64

const char *fa_like_name(const struct fa_like_names *names, size_t index)
{
	const char *name;

	memcpy(&name, (const char *)names->items + index * names->stride, sizeof(name));
	return name;
}

size_t fa_like_find(const struct fa_like_names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++) {
		const char *item = fa_like_name(names, i);

		if (item != NULL && strcmp(item, name) == 0)
			return i;
	}
	return SIZE_MAX;
}

/* ASCII only: names are. */
static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same(char a, char b)
{
	return lower(a) == lower(b);
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment distance, three rows of the table at a time. */
static unsigned align(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned rows[3][NAME_MAX_BYTES + 1];

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned *row = rows[i % 3];
		const unsigned *above = rows[(i + 2) % 3];
		const unsigned *above2 = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_len; j++) {
			unsigned replace = above[j - 1] + !same(a[i - 1], b[j - 1]);

			row[j] = least(replace, least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				row[j] = least(row[j], above2[j - 2] + 1);
		}
	}
	return rows[a_len % 3][b_len];
}

unsigned fa_like_distance(const char *a, const char *b, unsigned limit)
{
	size_t a_len = strlen(a);
	size_t b_len = strlen(b);
	size_t difference = a_len > b_len ? a_len - b_len : b_len - a_len;
	unsigned distance;

	if (strcmp(a, b) == 0)
		return 0;
	if (a_len > NAME_MAX_BYTES || b_len > NAME_MAX_BYTES || difference > limit)
		return limit + 1;
	distance = align(a, a_len, b, b_len);
	if (distance == 0)
		return 1;
	return distance > limit ? limit + 1 : distance;
}

const char *fa_like_nearest(const struct fa_like_names *names, const char *text)
{
	/* A third of the letters may be wrong, one always: further off is no longer a slip. */
	unsigned limit = least((unsigned)(strlen(text) / 3), 4);
	const char *best = NULL;

	if (limit == 0)
		limit = 1;
	for (size_t i = 0; i < names->count && limit > 0; i++) {
		const char *name = fa_like_name(names, i);
		unsigned distance;

		if (name == NULL)
			continue;
		distance = fa_like_distance(name, text, limit);
		if (distance > limit || distance >= strlen(text))
			continue;
		best = name;
		limit = distance - (distance > 0);
	}
	return best;
}

const char *fa_like_hint(struct fa_like_hint *hint, const char *nearest)
{
	hint->text[0] = '\0';
	if (nearest != NULL)
		snprintf(hint->text, sizeof(hint->text), "; did you mean \"%s\"?", nearest);
	return hint->text;
}

int fa_like_unknown(const struct fa_like_names *names, const char *what, const char *text,
		    struct fa_diag *diag)
{
	struct fa_like_hint hint;
	char known[160] = "";
	size_t used = 0;

	for (size_t i = 0; i < names->count && used < sizeof(known); i++)
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
					 i > 0 ? ", " : "", fa_like_name(names, i));
	return fa_fail(diag, FA_EINVAL, "%s \"%.40s\"; there are: %s%s", what, text, known,
		       fa_like_hint(&hint, fa_like_nearest(names, text)));
}
