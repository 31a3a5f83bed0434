/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * GRE (RFC 2784) with key and sequence number (RFC 2890) and with source routes (RFC 1701), over IP
 * or UDP (RFC 8086); as it is used by NVGRE (RFC 7637) and PPTP (RFC 2637).
 */
#include "decode/walk.h"

/* The first half of the header: RFC 2784 section 2.1, RFC 1701, RFC 2637 section 4.1. */
enum {
	CHECKSUM = 0x8000,
	ROUTING = 0x4000,
	KEY = 0x2000,
	SEQUENCE = 0x1000,
	OPTIONAL = CHECKSUM | ROUTING | KEY | SEQUENCE,
	STRICT_ROUTE = 0x0800,
	RECURSION = 0x0700,
	ACKNOWLEDGEMENT = 0x0080,
	FLAGS = 0x0078,
	VERSION = 0x0007
};

struct gre {
	uint16_t flags;
	uint16_t type;
	uint32_t key; /* 0 without */
};

/* Takes LEN bytes of the header; DECODED when they are there. */
static enum fa_decode_result take(struct fa_walk *w, size_t len, struct fa_cursor *h)
{
	if (fa_walk_take(w, len, h))
		return FA_DECODE_DECODED;
	return fa_walk_short(w, len, FA_DECODE_MALFORMED_LINK);
}

/* RFC 1701, "Routing": entries of family, offset, length and addresses; an empty one ends them. */
static enum fa_decode_result skip_routes(struct fa_walk *w)
{
	struct fa_cursor h;
	uint16_t family;
	uint8_t len;
	enum fa_decode_result result;

	do {
		result = take(w, 4, &h);
		if (result != FA_DECODE_DECODED)
			return result;
		family = fa_cursor_u16(&h);
		fa_cursor_skip(&h, 1);
		len = fa_cursor_u8(&h);
		result = take(w, len, &h);
	} while (result == FA_DECODE_DECODED && (family != 0 || len != 0));
	return result;
}

/* The optional fields of version 0, in the order of their flags. */
static enum fa_decode_result take_fields(struct fa_walk *w, struct gre *gre)
{
	struct fa_cursor h;
	enum fa_decode_result result = FA_DECODE_DECODED;

	if ((gre->flags & (CHECKSUM | ROUTING)) != 0)
		result = take(w, 4, &h);
	if (result == FA_DECODE_DECODED && (gre->flags & KEY) != 0) {
		result = take(w, 4, &h);
		gre->key = fa_cursor_u32(&h);
	}
	if (result == FA_DECODE_DECODED && (gre->flags & SEQUENCE) != 0)
		result = take(w, 4, &h);
	if (result == FA_DECODE_DECODED && (gre->flags & ROUTING) != 0)
		result = skip_routes(w);
	return result;
}

/*
 * Ethernet. RFC 7637 section 3.2: NVGRE has a key and nothing else, 24 bits of it a tenant; the
 * first 4096 numbers are no tenants, so with such a key it is just GRE.
 */
static enum fa_decode_result walk_bridged(struct fa_walk *w, const struct gre *gre)
{
	enum { TENANT_MIN = 0x1000 };
	uint32_t tenant = gre->key >> 8;

	if ((gre->flags & OPTIONAL) == KEY && tenant >= TENANT_MIN)
		fa_walk_set_tunnel(w, FA_TUNNEL_NVGRE, tenant);
	else
		fa_walk_set_tunnel(w, FA_TUNNEL_GRE, gre->key);
	return fa_walk_ethernet(w);
}

static enum fa_decode_result walk_routed(struct fa_walk *w, const struct gre *gre, fa_walk_fn walk)
{
	fa_walk_set_tunnel(w, FA_TUNNEL_GRE, gre->key);
	return walk(w);
}

/* Where only a UDP port says that it is GRE, an IP packet must fill it. */
static enum fa_decode_result walk_packet(struct fa_walk *w, const struct gre *gre, fa_walk_fn walk)
{
	if (w->doubtful) {
		enum fa_look look = fa_look_ip(w, 0);

		if (look != FA_LOOK_FILLS)
			return look == FA_LOOK_CUT ? FA_DECODE_TRUNCATED : FA_DECODE_MALFORMED_IP;
	}
	return walk_routed(w, gre, walk);
}

/* RFC 2784 section 2.4: EtherTypes, except for those that are defined for GRE only. */
static enum fa_decode_result walk_inside(struct fa_walk *w, const struct gre *gre)
{
	switch (gre->type) {
	case 0x0800:
		return walk_packet(w, gre, fa_walk_ip4);
	case 0x86dd: /* RFC 7676 */
		return walk_packet(w, gre, fa_walk_ip6);
	case 0x6558: /* transparent Ethernet bridging */
		return walk_bridged(w, gre);
	case 0x88be: /* draft-foschiano-erspan section 4.1: type I has no sequence number */
		return fa_walk_erspan2(w, (gre->flags & SEQUENCE) != 0);
	case 0x22eb:
		return fa_walk_erspan3(w);
	case 0x8847: /* RFC 4023 */
	case 0x8848:
		return walk_routed(w, gre, fa_walk_mpls);
	default:
		fa_walk_set_tunnel(w, FA_TUNNEL_GRE, gre->key);
		return fa_walk_knows_ethertype(gre->type) ? fa_walk_ethertype(w, gre->type)
							  : FA_DECODE_ENCAPSULATION;
	}
}

/*
 * RFC 2637 section 4.1: the key is the length of the payload and the number of the call, another
 * one in each direction. A packet without a sequence number only acknowledges.
 */
static enum fa_decode_result walk_pptp(struct fa_walk *w, const struct gre *gre)
{
	enum { PPTP = 0x880b, NEVER = CHECKSUM | ROUTING | STRICT_ROUTE | RECURSION | FLAGS };
	struct fa_cursor h;
	size_t fields = gre->flags & ACKNOWLEDGEMENT ? 12 : 8;
	size_t len;
	enum fa_decode_result result;

	if (gre->type != PPTP || (gre->flags & NEVER) != 0 ||
	    (gre->flags & (KEY | SEQUENCE)) != (KEY | SEQUENCE))
		return FA_DECODE_MALFORMED_LINK;
	result = take(w, fields, &h);
	if (result != FA_DECODE_DECODED)
		return result;
	len = fa_cursor_u16(&h);
	if (len > fa_walk_wire_left(w) && !w->partial)
		return FA_DECODE_MALFORMED_LINK;
	if (len < fa_walk_wire_left(w))
		fa_walk_set_end(w, w->c.pos, len);
	fa_walk_set_tunnel(w, FA_TUNNEL_PPTP, 0);
	return fa_walk_ppp(w);
}

enum fa_decode_result fa_walk_gre(struct fa_walk *w)
{
	struct gre gre = {0};
	struct fa_cursor h;
	enum fa_decode_result result;

	if (!fa_walk_enter(w))
		return FA_DECODE_TOO_MANY_HEADERS;
	result = take(w, 4, &h);
	if (result != FA_DECODE_DECODED)
		return result;
	gre.flags = fa_cursor_u16(&h);
	gre.type = fa_cursor_u16(&h);
	if ((gre.flags & VERSION) == 1)
		return walk_pptp(w, &gre);
	if ((gre.flags & VERSION) != 0)
		return FA_DECODE_MALFORMED_LINK;
	result = take_fields(w, &gre);
	return result == FA_DECODE_DECODED ? walk_inside(w, &gre) : result;
}
