/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Networks of tenants over UDP: VXLAN (RFC 7348), its generic extension (draft-ietf-nvo3-vxlan-gpe)
 * and GENEVE (RFC 8926). Bits that are sent as 0 should be: other things have these ports, too.
 */
#include "decode/walk.h"

/* Takes the first eight bytes, which all of them have; DECODED when they are there. */
static enum fa_decode_result take(struct fa_walk *w, struct fa_cursor *h)
{
	if (!fa_walk_enter(w))
		return FA_DECODE_TOO_MANY_HEADERS;
	if (!fa_walk_take(w, 8, h))
		return fa_walk_short(w, 8, FA_DECODE_MALFORMED_LINK);
	return FA_DECODE_DECODED;
}

/*
 * RFC 7348 section 5: the flag that there is a network number, that number, the rest 0.
 * draft-smith-vxlan-group-policy section 2.1: a group, and flags that go with it.
 */
static bool is_plain_vxlan(uint32_t first, uint32_t network)
{
	enum { HAS_NETWORK = 0x08000000 };
	const uint32_t with_group = 0x80000000;
	const uint32_t group = 0x0048ffff;

	if ((first & with_group) != 0)
		first &= ~(with_group | group);
	return first == HAS_NETWORK && (network & 0xff) == 0;
}

/*
 * Some switches put something into the bits that receivers ignore. That they are 0 is the half of
 * what shows that it is VXLAN, so the frame inside then has to show more.
 */
static enum fa_decode_result check_vxlan(const struct fa_walk *w, uint32_t first, uint32_t network)
{
	const uint32_t has_network = 0x08000000;
	enum fa_look look;

	if (is_plain_vxlan(first, network))
		return FA_DECODE_DECODED;
	if ((first & has_network) == 0)
		return FA_DECODE_MALFORMED_LINK;
	look = fa_look_ethernet(w, 0);
	if (look == FA_LOOK_CUT)
		return FA_DECODE_TRUNCATED;
	return look >= FA_LOOK_FITS ? FA_DECODE_DECODED : FA_DECODE_MALFORMED_LINK;
}

enum fa_decode_result fa_walk_vxlan(struct fa_walk *w)
{
	struct fa_cursor h;
	uint32_t first;
	uint32_t network;
	enum fa_decode_result result = take(w, &h);

	if (result != FA_DECODE_DECODED)
		return result;
	first = fa_cursor_u32(&h);
	network = fa_cursor_u32(&h);
	result = check_vxlan(w, first, network);
	if (result != FA_DECODE_DECODED)
		return result;
	fa_walk_set_tunnel(w, FA_TUNNEL_VXLAN, network >> 8);
	return fa_walk_ethernet(w);
}

/* draft-ietf-nvo3-vxlan-gpe section 3.3; 5 is what Linux has for it (net/tun_proto.h). */
static enum fa_decode_result walk_gpe_next(struct fa_walk *w, uint8_t next)
{
	switch (next) {
	case 1:
	case 2:
		return fa_walk_ip_filling(w);
	case 3:
		return fa_walk_ethernet(w);
	case 4:
		return fa_walk_nsh(w);
	case 5:
		return fa_walk_mpls(w);
	default:
		return FA_DECODE_MALFORMED_LINK;
	}
}

/*
 * draft-ietf-nvo3-vxlan-gpe section 3.1: version 0; a network number, a next protocol (Ethernet
 * without), a broadcast; packets of operation and maintenance are no user's. The rest is 0.
 */
enum fa_decode_result fa_walk_vxlan_gpe(struct fa_walk *w)
{
	enum { NETWORK = 0x08, NEXT = 0x04, BROADCAST = 0x02, ETHERNET = 3 };
	struct fa_cursor h;
	uint8_t flags, next;
	uint16_t reserved;
	uint32_t network;
	enum fa_decode_result result = take(w, &h);

	if (result != FA_DECODE_DECODED)
		return result;
	flags = fa_cursor_u8(&h);
	reserved = fa_cursor_u16(&h);
	next = fa_cursor_u8(&h);
	network = fa_cursor_u32(&h);
	if ((flags & ~(NETWORK | NEXT | BROADCAST)) != 0 || reserved != 0 ||
	    (network & 0xff) != 0 || (flags & (NETWORK | NEXT)) == 0)
		return FA_DECODE_MALFORMED_LINK;
	if ((flags & NEXT) == 0) {
		if (next != 0)
			return FA_DECODE_MALFORMED_LINK;
		next = ETHERNET;
	}
	fa_walk_set_tunnel(w, FA_TUNNEL_VXLAN_GPE, flags & NETWORK ? network >> 8 : 0);
	return walk_gpe_next(w, next);
}

/*
 * RFC 8926 section 3.5: class, type, three bits of 0 and a length in units of four bytes, each.
 * Also those that an end which does not know them must not ignore are: we only watch.
 */
static bool are_options(struct fa_cursor *options)
{
	while (fa_cursor_left(options) > 0) {
		fa_cursor_skip(options, 3);
		fa_cursor_skip(options, (fa_cursor_u8(options) & 0x1fu) * 4);
		if (!fa_cursor_ok(options))
			return false;
	}
	return true;
}

/* RFC 8926 section 3.4. */
enum fa_decode_result fa_walk_geneve(struct fa_walk *w)
{
	enum { CONTROL = 0x80, RESERVED = 0x3f, ETHERNET = 0x6558, IP4 = 0x0800, IP6 = 0x86dd };
	struct fa_cursor h;
	struct fa_cursor options;
	uint8_t version_and_len, flags;
	uint16_t type;
	uint32_t network;
	size_t len;
	enum fa_decode_result result = take(w, &h);

	if (result != FA_DECODE_DECODED)
		return result;
	version_and_len = fa_cursor_u8(&h);
	flags = fa_cursor_u8(&h);
	type = fa_cursor_u16(&h);
	network = fa_cursor_u32(&h);
	if (version_and_len >> 6 != 0 || (flags & (CONTROL | RESERVED)) != 0 ||
	    (network & 0xff) != 0)
		return FA_DECODE_MALFORMED_LINK;
	len = (version_and_len & 0x3fu) * 4;
	if (!fa_walk_take(w, len, &options))
		return fa_walk_short(w, len, FA_DECODE_MALFORMED_LINK);
	if (!are_options(&options))
		return FA_DECODE_MALFORMED_LINK;
	fa_walk_set_tunnel(w, FA_TUNNEL_GENEVE, network >> 8);
	if (type == ETHERNET)
		return fa_walk_ethernet(w);
	return type == IP4 || type == IP6 ? fa_walk_ip_filling(w) : fa_walk_ethertype(w, type);
}
