/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which runs are of one source: the names of their captures without what changes every night. */
#include "report/nights.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = FA_SOURCE_TEXT / 2 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Whether the LEN digits may be a year, a date, or a time: nothing else is that long. */
static bool is_date_part(const char *digits, size_t len)
{
	return len >= 6 ||
	       (len == 4 && (memcmp(digits, "19", 2) == 0 || memcmp(digits, "20", 2) == 0));
}

/* Bytes of the number at TEXT with all that are joined to it: "2026-11-21T22_00" is one. */
static size_t number_at(const char *text)
{
	size_t len = 0;

	for (;;) {
		len += strspn(text + len, "0123456789");
		if (text[len] == '\0' || strchr("-_:.T", text[len]) == NULL ||
		    !is_digit(text[len + 1]))
			return len;
		len++;
	}
}

/* Bytes at TEXT that become "#": a date with what follows it, or WIDE any number. 0: none. */
static size_t changing_at(const char *text, bool wide)
{
	size_t digits = strspn(text, "0123456789");

	return digits > 0 && (wide || is_date_part(text, digits)) ? number_at(text) : 0;
}

/* NAME[0 .. LEN) without its folder and the ending of a compression; numbers as "#". */
static void reduce(char *out, size_t size, const char *name, size_t len, bool wide)
{
	static const char *const endings[] = {".gz", ".zst", ".xz", ".bz2"};
	char text[FA_SOURCE_TEXT];
	const char *base;
	size_t used = 0;

	while (len > 1 && name[len - 1] == '/')
		len--;
	snprintf(text, sizeof(text), "%.*s", (int)len, name);
	base = strrchr(text, '/');
	base = base == NULL || base[1] == '\0' ? text : base + 1;
	len = strlen(base);
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t n = strlen(endings[i]);

		if (len > n && strcmp(base + len - n, endings[i]) == 0)
			text[(size_t)(base - text) + len - n] = '\0';
	}
	while (*base != '\0' && used + 1 < size) {
		size_t n = changing_at(base, wide);

		if (n > 0) {
			out[used++] = '#';
			base += n;
			continue;
		}
		/* A short number stays whole. */
		n = is_digit(*base) ? strspn(base, "0123456789") : 1;
		for (; n > 0 && used + 1 < size; n--)
			out[used++] = *base++;
	}
	out[used] = '\0';
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of a source: borrowed from it. The last one is left out when it was cut. */
static size_t split(const char *source, const char **names, size_t *lens)
{
	size_t count = 0;

	while (*source != '\0' && count < NAMES_MAX) {
		size_t len = strcspn(source, " ");

		if (len > 0) {
			names[count] = source;
			lens[count++] = len;
		}
		if (len > 0 && source[len] == '\0' && count > 1 &&
		    (size_t)(source + len - names[0]) >= FA_SOURCE_TEXT - 1)
			count--;
		source += len + (source[len] == ' ');
	}
	return count;
}

/* A name of a source: in short, and in its widest form. */
struct reduced {
	char narrow[FA_SOURCE_TEXT], wide[FA_SOURCE_TEXT];
};

/* Fills KEY behind USED with the distinct names. */
static void add_names(char *key, size_t used, struct reduced *names, size_t count, bool wide)
{
	const char *words[NAMES_MAX];

	for (size_t i = 0; i < count; i++) {
		words[i] = wide ? names[i].wide : names[i].narrow;
		/* Files of one run that differ by a number only: it counts pieces of a night. */
		for (size_t k = 0; k < count && !wide; k++)
			if (k != i && strcmp(names[i].wide, names[k].wide) == 0)
				words[i] = names[i].wide;
	}
	qsort(words, count, sizeof(words[0]), compare_names);
	for (size_t i = 0; i < count && used < FA_SOURCE_KEY; i++)
		if (i == 0 || strcmp(words[i], words[i - 1]) != 0)
			used += (size_t)snprintf(key + used, FA_SOURCE_KEY - used, " %s", words[i]);
}

void fa_source_key(const struct fa_run_info *info, bool wide, char key[FA_SOURCE_KEY])
{
	const char *names[NAMES_MAX];
	size_t lens[NAMES_MAX];
	struct reduced *reduced;
	size_t count;
	size_t used;

	used = (size_t)snprintf(key, FA_SOURCE_KEY, "%s \"%s\"", fa_run_kind_text(info->kind),
				info->filter);
	count = info->kind == FA_RUN_LIVE ? 0 : split(info->source, names, lens);
	reduced = count == 0 ? NULL : malloc(count * sizeof(*reduced));
	if (reduced == NULL) {
		snprintf(key + used, FA_SOURCE_KEY - used, " %s", info->source);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		reduce(reduced[i].narrow, sizeof(reduced[i].narrow), names[i], lens[i], false);
		reduce(reduced[i].wide, sizeof(reduced[i].wide), names[i], lens[i], true);
	}
	add_names(key, used, reduced, count, wide);
	free(reduced);
}

bool fa_source_matches(const char *pattern, const char *text)
{
	if (strpbrk(pattern, "*?[") == NULL)
		return strstr(text, pattern) != NULL;
	return fnmatch(pattern, text, 0) == 0;
}
