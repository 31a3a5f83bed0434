/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IP addresses and prefixes, both families in one type. */
#ifndef FA_BASE_ADDR_H
#define FA_BASE_ADDR_H

#include <stdbool.h>
#include <stdint.h>

/* An address. IPv4 stands in the first four bytes, the rest is zero. Compare with memcmp. */
struct fa_addr {
	uint8_t bytes[16]; /* network order */
	uint8_t version;   /* 4 or 6; 0 for none */
};

struct fa_prefix {
	struct fa_addr addr; /* host bits are zero */
	uint8_t bits;	     /* 0..32 or 0..128 */
};

/* Space for any address as text, with the final NUL (RFC 5952 form is at most 45 characters). */
#define FA_ADDR_TEXT 46

/* Writes "10.0.0.1" or "2001:db8::1" (RFC 5952) into TEXT[FA_ADDR_TEXT] and returns TEXT. */
char *fa_addr_text(const struct fa_addr *addr, char *text);

/* Reads an address; false when TEXT is not exactly one. */
bool fa_addr_parse(const char *text, struct fa_addr *out);

/* Reads "10.0.0.0/8" or a single address; false when not, or when host bits are set. */
bool fa_prefix_parse(const char *text, struct fa_prefix *out);

bool fa_prefix_contains(const struct fa_prefix *prefix, const struct fa_addr *addr);

/* <0, 0, >0: by version, then by bytes. */
int fa_addr_compare(const struct fa_addr *a, const struct fa_addr *b);

/* 127.0.0.0/8 (RFC 1122 section 3.2.1.3) or ::1 (RFC 4291 section 2.5.3). */
bool fa_addr_is_loopback(const struct fa_addr *addr);

/* Multicast (224.0.0.0/4 RFC 5771, ff00::/8 RFC 4291) or the limited broadcast address. */
bool fa_addr_is_multicast(const struct fa_addr *addr);

/*
 * Of networks that anybody may use and nobody routes to: RFC 1918, shared (RFC 6598), link-local
 * (RFC 3927, RFC 4291), unique local (RFC 4193), loopback.
 */
bool fa_addr_is_private(const struct fa_addr *addr);

/* 0.0.0.0 or ::, what a machine without an address sends from (RFC 1122 section 3.2.1.3, RFC 4291). */
bool fa_addr_is_unspecified(const struct fa_addr *addr);

#endif
