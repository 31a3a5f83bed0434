/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of machines, as the wire tells them. */
#include "audit/hostname.h"

#include <string.h>

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t name_length(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && name[len - 1] == '.' ? len - 1 : len;
}

static bool same_letters(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

static bool is_wildcard(const char *pattern)
{
	return pattern[0] == '*' && pattern[1] == '.';
}

bool fa_host_is(const char *pattern, const char *host)
{
	const char *suffix = is_wildcard(pattern) ? &pattern[1] : pattern;
	size_t suffix_len = name_length(suffix);
	size_t len = name_length(host);

	if (suffix == pattern)
		return len == suffix_len && same_letters(pattern, host, len);
	return len > suffix_len && same_letters(suffix, &host[len - suffix_len], suffix_len);
}

enum fa_called fa_machine_called(const struct fa_machine *machine, const char *pattern,
				 struct fa_called_by *by)
{
	memset(by, 0, sizeof(*by));
	if (machine->asked[0] != '\0') {
		if (!fa_host_is(pattern, machine->asked))
			return FA_CALLED_OTHERWISE;
		by->host = pattern;
		return FA_CALLED;
	}
	return FA_CALLED_UNKNOWN;
}
