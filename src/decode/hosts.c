/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Headers that operating systems put in front of the packets that they log. */
#include "decode/links.h"

/*
 * LINKTYPE_PFLOG: length of the header 1, address family 1, and more that differs by system and
 * release (net/if_pflog.h). The length leaves out what fills it up to a multiple of 4; the oldest
 * header has 48 bytes, of which it counts 45.
 */
enum fa_decode_result fa_walk_pflog(struct fa_walk *w)
{
	enum { COUNTED_MIN = 45 };
	struct fa_cursor h;
	struct fa_cursor peek = w->c;
	size_t counted = fa_cursor_u8(&peek);
	size_t len = (counted + 3) / 4 * 4;

	if (!fa_cursor_ok(&peek))
		return fa_walk_short(w, 1, FA_DECODE_MALFORMED_LINK);
	if (counted < COUNTED_MIN)
		return FA_DECODE_MALFORMED_LINK;
	if (!fa_walk_take(w, len, &h))
		return fa_walk_short(w, len, FA_DECODE_MALFORMED_LINK);
	fa_cursor_skip(&h, 1);
	return fa_walk_family(w, fa_cursor_u8(&h));
}

/* An attribute of LINKTYPE_NFLOG: what its length leaves to its value. */
struct attribute {
	uint16_t type;
	size_t len;
};

/*
 * Length 2, with these four bytes, and type 2, in the byte order of the file, which is not known
 * here: the kernel puts types below 256 only, the first one is never 0.
 */
static enum fa_decode_result take_attribute(struct fa_walk *w, bool *is_first, bool *is_little,
					    struct attribute *a)
{
	enum { HEADER = 4 };
	struct fa_cursor h;
	uint16_t len;

	if (!fa_walk_take(w, HEADER, &h))
		return fa_walk_short(w, HEADER, FA_DECODE_MALFORMED_LINK);
	len = fa_cursor_u16(&h);
	a->type = fa_cursor_u16(&h);
	if (*is_first)
		*is_little = (a->type & 0xff) == 0;
	*is_first = false;
	if (*is_little) {
		len = __builtin_bswap16(len);
		a->type = __builtin_bswap16(a->type);
	}
	if (len < HEADER)
		return FA_DECODE_MALFORMED_LINK;
	a->len = len - HEADER;
	return FA_DECODE_DECODED;
}

/* Values are filled up to a multiple of 4, but for the last one. */
static enum fa_decode_result skip_value(struct fa_walk *w, size_t len)
{
	size_t padding = (4 - len % 4) % 4;
	enum fa_decode_result result = fa_walk_skip(w, len);

	if (result != FA_DECODE_DECODED || fa_walk_wire_left(w) < padding)
		return result;
	return fa_walk_skip(w, padding);
}

/* The payload begins behind the link header. Tables of bridges and devices have all protocols. */
static enum fa_decode_result walk_logged(struct fa_walk *w, uint8_t family, uint16_t protocol)
{
	enum { FAMILY_IP4 = 2, FAMILY_IP6 = 10 };

	if (family == FAMILY_IP4 || family == FAMILY_IP6)
		return fa_walk_family(w, family);
	return fa_walk_ethertype(w, protocol); /* 0: none was told */
}

/*
 * LINKTYPE_NFLOG: address family of Linux 1, version 1, group 2, then attributes. 1 is the packet
 * header, which begins with the EtherType, 9 the packet (linux/netfilter/nfnetlink_log.h).
 */
enum fa_decode_result fa_walk_nflog(struct fa_walk *w)
{
	enum { PACKET_HEADER = 1, PAYLOAD = 9 };
	enum fa_decode_result result = FA_DECODE_DECODED;
	struct attribute a = {0};
	struct fa_cursor h;
	bool is_first = true;
	bool is_little = false;
	uint16_t protocol = 0;
	uint8_t family;

	if (!fa_walk_take(w, 4, &h))
		return fa_walk_short(w, 4, FA_DECODE_MALFORMED_LINK);
	family = fa_cursor_u8(&h);
	if (fa_cursor_u8(&h) != 0) /* version */
		return FA_DECODE_ENCAPSULATION;
	while (fa_walk_wire_left(w) > 0) {
		result = take_attribute(w, &is_first, &is_little, &a);
		if (result != FA_DECODE_DECODED)
			return result;
		if (a.type == PAYLOAD) {
			fa_walk_limit(w, a.len);
			return walk_logged(w, family, protocol);
		}
		if (a.type == PACKET_HEADER) {
			struct fa_cursor peek = w->c;

			protocol = fa_cursor_u16(&peek);
		}
		result = skip_value(w, a.len);
		if (result != FA_DECODE_DECODED)
			return result;
	}
	return FA_DECODE_NOT_IP; /* logged without the packet */
}

/*
 * LINKTYPE_IPNET (Solaris): version 1, address family 1, hook 2, length of the packet 4, interface
 * 4, group 4, zones 4 and 4.
 */
enum fa_decode_result fa_walk_ipnet(struct fa_walk *w)
{
	enum { FAMILY_IP4 = 2, FAMILY_IP6 = 26 };
	struct fa_cursor h;
	uint8_t family;

	if (!fa_walk_take(w, 24, &h))
		return fa_walk_short(w, 24, FA_DECODE_MALFORMED_LINK);
	fa_cursor_skip(&h, 1);
	family = fa_cursor_u8(&h);
	fa_cursor_skip(&h, 2);
	fa_walk_limit(w, fa_cursor_u32(&h));
	switch (family) {
	case FAMILY_IP4:
		return fa_walk_ip4(w);
	case FAMILY_IP6:
		return fa_walk_ip6(w);
	default:
		return FA_DECODE_NOT_IP;
	}
}

/* What a PKTAP header says: of version 1, or of version 2, which packs the same more tightly. */
struct pktap {
	uint32_t len, len_min;
	uint32_t link;
	bool has_packet;
};

/*
 * LINKTYPE_PKTAP (macOS), little-endian. Version 1: length 4, record 4 (1: a packet follows), link
 * type 4, name 24, flags 4 ... Version 2: length 1, offsets 5, link type 2, 28 that do not matter,
 * flags 4. So the flags, which tell them apart, are at 36 in both.
 */
static bool read_pktap(struct fa_cursor start, struct pktap *p)
{
	enum { IS_VERSION_2 = 0x00080000, LEN_MIN_1 = 108, LEN_MIN_2 = 40 };
	struct fa_cursor h = start;

	p->len = fa_cursor_u32_le(&h);
	p->has_packet = fa_cursor_u32_le(&h) == 1;
	p->link = fa_cursor_u32_le(&h);
	p->len_min = LEN_MIN_1;
	fa_cursor_skip(&h, 24);
	if (fa_cursor_u32_le(&h) & IS_VERSION_2) {
		p->len = fa_cursor_u8(&start);
		p->has_packet = true;
		fa_cursor_skip(&start, 5);
		p->link = fa_links_u16_le(&start);
		p->len_min = LEN_MIN_2;
	}
	return fa_cursor_ok(&h);
}

enum fa_decode_result fa_walk_pktap(struct fa_walk *w)
{
	enum fa_decode_result result;
	struct pktap p;

	if (!read_pktap(w->c, &p))
		return fa_walk_short(w, 40, FA_DECODE_MALFORMED_LINK);
	if (p.len < p.len_min)
		return FA_DECODE_MALFORMED_LINK;
	result = fa_walk_skip(w, p.len);
	if (result != FA_DECODE_DECODED)
		return result;
	return p.has_packet ? fa_walk_inner_link(w, p.link) : FA_DECODE_NOT_IP;
}
