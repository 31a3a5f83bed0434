/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IP addresses and prefixes. */
#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

char *fa_addr_text(const struct fa_addr *addr, char *text)
{
	int family = addr->version == 6 ? AF_INET6 : AF_INET;

	if (addr->version == 0 || inet_ntop(family, addr->bytes, text, FA_ADDR_TEXT) == NULL)
		snprintf(text, FA_ADDR_TEXT, "-");
	return text;
}

bool fa_addr_parse(const char *text, struct fa_addr *out)
{
	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, text, out->bytes) == 1) {
		out->version = 4;
		return true;
	}
	if (inet_pton(AF_INET6, text, out->bytes) == 1) {
		out->version = 6;
		return true;
	}
	return false;
}

static uint8_t mask_byte(unsigned bits, unsigned index)
{
	if (bits >= 8 * (index + 1))
		return 0xff;
	if (bits <= 8 * index)
		return 0;
	return (uint8_t)(0xff00u >> (bits - 8 * index));
}

static unsigned addr_bits(const struct fa_addr *addr)
{
	return addr->version == 4 ? 32 : 128;
}

bool fa_prefix_parse(const char *text, struct fa_prefix *out)
{
	const char *slash = strchr(text, '/');
	char host[FA_ADDR_TEXT];
	uint64_t bits;
	size_t len = slash == NULL ? strlen(text) : (size_t)(slash - text);

	memset(out, 0, sizeof(*out));
	if (len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	if (!fa_addr_parse(host, &out->addr))
		return false;
	if (slash == NULL)
		bits = addr_bits(&out->addr);
	else if (fa_parse_u64(slash + 1, 0, addr_bits(&out->addr), &bits) != 0)
		return false;
	out->bits = (uint8_t)bits;
	for (unsigned i = 0; i < addr_bits(&out->addr) / 8; i++)
		if ((out->addr.bytes[i] & (uint8_t)~mask_byte(out->bits, i)) != 0)
			return false;
	return true;
}

bool fa_prefix_contains(const struct fa_prefix *prefix, const struct fa_addr *addr)
{
	unsigned bytes = (prefix->bits + 7u) / 8;

	if (prefix->addr.version != addr->version)
		return false;
	for (unsigned i = 0; i < bytes; i++)
		if ((addr->bytes[i] & mask_byte(prefix->bits, i)) != prefix->addr.bytes[i])
			return false;
	return true;
}

int fa_addr_compare(const struct fa_addr *a, const struct fa_addr *b)
{
	if (a->version != b->version)
		return a->version < b->version ? -1 : 1;
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

bool fa_addr_is_loopback(const struct fa_addr *addr)
{
	static const uint8_t v6[16] = {[15] = 1};

	if (addr->version == 4)
		return addr->bytes[0] == 127;
	return addr->version == 6 && memcmp(addr->bytes, v6, sizeof(v6)) == 0;
}

bool fa_addr_is_multicast(const struct fa_addr *addr)
{
	static const uint8_t broadcast[4] = {255, 255, 255, 255};

	if (addr->version == 4)
		return (addr->bytes[0] & 0xf0) == 0xe0 || memcmp(addr->bytes, broadcast, 4) == 0;
	return addr->version == 6 && addr->bytes[0] == 0xff;
}

bool fa_addr_is_unspecified(const struct fa_addr *addr)
{
	for (size_t i = 0; i < sizeof(addr->bytes); i++)
		if (addr->bytes[i] != 0)
			return false;
	return addr->version != 0;
}

bool fa_addr_is_private(const struct fa_addr *addr)
{
	static const struct fa_prefix prefixes[] = {
		{{{10}, 4}, 8},		 {{{172, 16}, 4}, 12},	 {{{192, 168}, 4}, 16},
		{{{100, 64}, 4}, 10},	 {{{169, 254}, 4}, 16},	 {{{0xfe, 0x80}, 6}, 10},
		{{{0xfc}, 6}, 7},
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (fa_prefix_contains(&prefixes[i], addr))
			return true;
	return fa_addr_is_loopback(addr);
}
