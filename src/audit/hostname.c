/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of machines, as the wire tells them. */
#include "audit/hostname.h"

#include <string.h>

/* Names of one address that a pattern with "*" is compared with. */
#define NAMES_MAX 32

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

static enum fa_called told(const struct fa_machine *machine, const char *host,
			   struct fa_name_found *found)
{
	if (!fa_names_find(machine->names, machine->peer, machine->addr, host, machine->at_ns,
			   found))
		return FA_CALLED_UNKNOWN;
	return found->expired ? FA_CALLED_ONCE : FA_CALLED;
}

/* The best of the names of the address that the pattern covers. */
static enum fa_called told_below(const struct fa_machine *machine, const char *pattern,
				 struct fa_name_found *found)
{
	const char *names[NAMES_MAX];
	enum fa_called best = FA_CALLED_UNKNOWN;
	size_t count = fa_names_of(machine->names, machine->addr, machine->at_ns, names, NAMES_MAX);

	for (size_t i = 0; i < count; i++) {
		struct fa_name_found other;
		enum fa_called called;

		if (!fa_host_is(pattern, names[i]))
			continue;
		called = told(machine, names[i], &other);
		if (called >= best)
			continue;
		best = called;
		*found = other;
	}
	return best;
}

enum fa_called fa_machine_called(const struct fa_machine *machine, const char *pattern,
				 struct fa_called_by *by)
{
	enum fa_called called;

	memset(by, 0, sizeof(*by));
	if (machine->asked[0] != '\0') {
		if (!fa_host_is(pattern, machine->asked))
			return FA_CALLED_OTHERWISE;
		by->host = pattern;
		return FA_CALLED;
	}
	if (machine->names == NULL)
		return FA_CALLED_UNKNOWN;
	called = is_wildcard(pattern) ? told_below(machine, pattern, &by->dns)
				      : told(machine, pattern, &by->dns);
	if (called == FA_CALLED || called == FA_CALLED_ONCE) {
		by->host = pattern;
		by->by_dns = true;
	}
	return called;
}
