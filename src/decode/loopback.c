/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links that put little more than an address family in front of an IP packet. */
#include "decode/links.h"

/* AF_INET is 2 everywhere; AF_INET6 differs (LINKTYPE_NULL). */
enum fa_decode_result fa_walk_family(struct fa_walk *w, uint32_t family)
{
	switch (family) {
	case 2:
		return fa_walk_ip4(w);
	case 10: /* Linux */
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD */
	case 30: /* macOS */
		return fa_walk_ip6(w);
	default:
		return FA_DECODE_NOT_IP;
	}
}

/* In the byte order of the capturing host, which is not known here: families are small numbers. */
static uint32_t take_family(struct fa_cursor *h)
{
	uint32_t family = fa_cursor_u32(h);

	return family > 0xffff ? __builtin_bswap32(family) : family;
}

/* LINKTYPE_NULL, and LINKTYPE_LOOP, which is always in network order: the family in four bytes. */
enum fa_decode_result fa_walk_loopback(struct fa_walk *w)
{
	struct fa_cursor h;

	if (!fa_walk_take(w, 4, &h))
		return fa_walk_short(w, 4, FA_DECODE_MALFORMED_LINK);
	return fa_walk_family(w, take_family(&h));
}

/*
 * 12 in a file is raw IP, as most systems number it, or DLT_LOOP of OpenBSD (pcap/dlt.h). A family
 * in network order begins with 0, which is no version of IP.
 */
enum fa_decode_result fa_walk_raw_or_loopback(struct fa_walk *w)
{
	struct fa_cursor peek = w->c;

	return fa_cursor_u8(&peek) == 0 && fa_cursor_ok(&peek) ? fa_walk_loopback(w)
							       : fa_walk_ip(w);
}

/*
 * The enc interface of BSD shows what IPsec protects without its protection: family, in the order
 * of the host, SPI, flags; four bytes each (net/if_enc.h of OpenBSD and FreeBSD).
 */
enum fa_decode_result fa_walk_enc(struct fa_walk *w)
{
	struct fa_cursor h;

	if (!fa_walk_take(w, 12, &h))
		return fa_walk_short(w, 12, FA_DECODE_MALFORMED_LINK);
	return fa_walk_family(w, take_family(&h));
}
