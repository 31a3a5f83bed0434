/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Looks ahead: what follows labels, or a cookie whose length is not on the wire, nothing tells but
 * the bytes themselves. A look is bounded, and what it saw is read again by who walks on, so that
 * trying several places costs little.
 */
#include "decode/walk.h"

#define ETHER_HEADER 14u
#define IP4_HEADER   20u
#define IP6_HEADER   40u

/* Of bytes that were not captured one cannot tell; where there never were so many, one can. */
static enum fa_look missing(const struct fa_walk *w, size_t len)
{
	return fa_walk_wire_left(w) < len ? FA_LOOK_OTHER : FA_LOOK_CUT;
}

/* An IP packet of LEN bytes at SKIP. */
static enum fa_look compare(const struct fa_walk *w, size_t skip, size_t len)
{
	size_t left = fa_walk_wire_left(w) - skip;

	if (len > left)
		return w->partial ? FA_LOOK_FILLS : FA_LOOK_MAYBE;
	return len < left ? FA_LOOK_FITS : FA_LOOK_FILLS;
}

/* RFC 791 section 3.1. */
static enum fa_look look_ip4(const struct fa_walk *w, size_t skip, struct fa_cursor *p)
{
	size_t header_len = (fa_cursor_u8(p) & 0x0fu) * 4;
	size_t len;

	fa_cursor_skip(p, 1);
	len = fa_cursor_u16(p);
	if (!fa_cursor_ok(p))
		return missing(w, skip + IP4_HEADER);
	if (header_len < IP4_HEADER || len < header_len || skip + header_len > fa_walk_wire_left(w))
		return FA_LOOK_OTHER;
	return compare(w, skip, len);
}

/* RFC 8200 section 3. */
static enum fa_look look_ip6(const struct fa_walk *w, size_t skip, struct fa_cursor *p)
{
	size_t len;

	fa_cursor_skip(p, 4);
	len = IP6_HEADER + fa_cursor_u16(p);
	if (!fa_cursor_ok(p))
		return missing(w, skip + IP6_HEADER);
	if (skip + IP6_HEADER > fa_walk_wire_left(w))
		return FA_LOOK_OTHER;
	return compare(w, skip, len);
}

enum fa_look fa_look_ip(const struct fa_walk *w, size_t skip)
{
	struct fa_cursor p = w->c;
	struct fa_cursor first;
	uint8_t version;

	fa_cursor_skip(&p, skip);
	first = p;
	version = fa_cursor_u8(&first) >> 4;
	if (!fa_cursor_ok(&first))
		return missing(w, skip + IP4_HEADER);
	if (version == 4)
		return look_ip4(w, skip, &p);
	return version == 6 ? look_ip6(w, skip, &p) : FA_LOOK_OTHER;
}

/* IP of the one version. */
static enum fa_look look_version(const struct fa_walk *w, size_t skip, uint8_t version)
{
	enum fa_look look = fa_look_ip(w, skip);
	struct fa_cursor p = w->c;

	fa_cursor_skip(&p, skip);
	return look != FA_LOOK_CUT && fa_cursor_u8(&p) >> 4 != version ? FA_LOOK_OTHER : look;
}

/* RFC 826: what all requests and answers between IPv4 addresses begin with. */
static enum fa_look look_arp(const struct fa_walk *w, size_t skip)
{
	enum { ARP_BYTES = 28, ETHERNET_IP4 = 0x00010800, LENGTHS = 0x0604 };
	struct fa_cursor p = w->c;
	uint32_t spaces;
	uint16_t lengths;

	fa_cursor_skip(&p, skip);
	spaces = fa_cursor_u32(&p);
	lengths = fa_cursor_u16(&p);
	if (!fa_cursor_ok(&p))
		return missing(w, skip + ARP_BYTES);
	return spaces == ETHERNET_IP4 && lengths == LENGTHS ? FA_LOOK_FITS : FA_LOOK_OTHER;
}

/* IEEE 802.3: LEN bytes that begin with an LLC header. */
static enum fa_look look_llc(const struct fa_walk *w, size_t skip, size_t len)
{
	enum { LLC_HEADER = 3 };
	struct fa_cursor p = w->c;
	uint16_t saps;

	fa_cursor_skip(&p, skip);
	saps = fa_cursor_u16(&p);
	if (len < LLC_HEADER || skip + len > fa_walk_wire_left(w))
		return FA_LOOK_OTHER;
	if (!fa_cursor_ok(&p))
		return FA_LOOK_CUT;
	return fa_walk_knows_saps(saps) ? FA_LOOK_MAYBE : FA_LOOK_OTHER;
}

static bool is_vlan(uint16_t type)
{
	return type == 0x8100 || type == 0x88a8 || type == 0x9100 || type == 0x9200;
}

enum fa_look fa_look_ethernet(const struct fa_walk *w, size_t skip)
{
	enum { TAGS_MAX = 3, FIRST_ETHERTYPE = 0x600 };
	struct fa_cursor p = w->c;
	uint16_t type;

	fa_cursor_skip(&p, skip + 12); /* addresses */
	type = fa_cursor_u16(&p);
	skip += ETHER_HEADER;
	for (unsigned tags = 0; is_vlan(type) && tags < TAGS_MAX; tags++) {
		fa_cursor_skip(&p, 2);
		type = fa_cursor_u16(&p);
		skip += 4;
	}
	if (!fa_cursor_ok(&p))
		return missing(w, skip);
	switch (type) {
	case 0x0800:
		return look_version(w, skip, 4);
	case 0x86dd:
		return look_version(w, skip, 6);
	case 0x0806:
		return look_arp(w, skip);
	default:
		if (type < FIRST_ETHERTYPE)
			return look_llc(w, skip, type);
		return fa_walk_knows_ethertype(type) ? FA_LOOK_MAYBE : FA_LOOK_OTHER;
	}
}

/* RFC 1661 section 2, RFC 1662 section 3.1: address and control, and a zero, may be left out. */
enum fa_look fa_look_ppp(const struct fa_walk *w, size_t skip)
{
	struct fa_cursor p = w->c;
	uint16_t number;
	enum fa_look look;

	fa_cursor_skip(&p, skip);
	number = fa_cursor_u8(&p);
	if (number == 0xff) {
		if (fa_cursor_u8(&p) != 0x03)
			return fa_cursor_ok(&p) ? FA_LOOK_OTHER : missing(w, skip + 2);
		number = fa_cursor_u8(&p);
		skip += 2;
	}
	skip++;
	if (number == 0) {
		number = fa_cursor_u8(&p);
		skip++;
	}
	if (!fa_cursor_ok(&p))
		return missing(w, skip + IP4_HEADER);
	if (number != 0x21 && number != 0x57) /* IPv4, IPv6 */
		return FA_LOOK_OTHER;
	look = look_version(w, skip, number == 0x21 ? 4 : 6);
	return look == FA_LOOK_MAYBE ? FA_LOOK_OTHER : look;
}

enum fa_decode_result fa_walk_ip_filling(struct fa_walk *w)
{
	enum fa_look look = fa_look_ip(w, 0);

	if (look == FA_LOOK_CUT)
		return FA_DECODE_TRUNCATED;
	return look == FA_LOOK_FILLS ? fa_walk_ip(w) : FA_DECODE_MALFORMED_IP;
}
