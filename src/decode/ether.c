/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ethernet (IEEE 802.3) and what stands between it and IP: 802.1Q tags, 802.2 LLC and SNAP, MPLS.
 * EtherTypes: IEEE registration authority, and IANA "IEEE 802 Numbers".
 */
#include "decode/walk.h"

#define FIRST_ETHERTYPE 0x600 /* below: a length (IEEE 802.3 section 3.2.6) */

/* A field that is an EtherType or, in 802.3 frames, the length of an LLC header and its data. */
static enum fa_decode_result walk_type_or_length(struct fa_walk *w, uint16_t value)
{
	if (value >= FIRST_ETHERTYPE)
		return fa_walk_ethertype(w, value);
	if (value < fa_walk_wire_left(w)) /* more: the mirror cut the frame */
		fa_walk_set_end(w, w->c.pos, value);
	return fa_walk_llc(w);
}

enum fa_decode_result fa_walk_ethernet(struct fa_walk *w)
{
	struct fa_cursor h;

	if (!fa_walk_take(w, 14, &h))
		return fa_walk_short(w, 14, FA_DECODE_MALFORMED_LINK);
	fa_cursor_skip(&h, 12); /* addresses */
	return walk_type_or_length(w, fa_cursor_u16(&h));
}

/* RFC 1042: SNAP with the OUI of encapsulated Ethernet, or of bridges that translated (802.1H). */
static enum fa_decode_result walk_snap(struct fa_walk *w)
{
	struct fa_cursor h;
	uint32_t oui;
	uint16_t type;

	if (!fa_walk_take(w, 5, &h))
		return fa_walk_short(w, 5, FA_DECODE_MALFORMED_LINK);
	oui = (uint32_t)fa_cursor_u8(&h) << 16;
	oui |= fa_cursor_u16(&h);
	type = fa_cursor_u16(&h);
	if ((oui != 0 && oui != 0x0000f8) || type < FIRST_ETHERTYPE)
		return FA_DECODE_NOT_IP;
	return fa_walk_ethertype(w, type);
}

enum fa_decode_result fa_walk_llc(struct fa_walk *w)
{
	struct fa_cursor h;
	uint32_t saps_and_control;

	if (!fa_walk_take(w, 3, &h))
		return fa_walk_short(w, 3, FA_DECODE_MALFORMED_LINK);
	saps_and_control = (uint32_t)fa_cursor_u16(&h) << 8;
	saps_and_control |= fa_cursor_u8(&h);
	switch (saps_and_control) {
	case 0xaaaa03: /* SNAP, unnumbered information */
		return walk_snap(w);
	case 0x060603: /* IP itself (RFC 948) */
		return fa_walk_ip4(w);
	default: /* spanning tree, IS-IS, NetBEUI ... */
		return FA_DECODE_NOT_IP;
	}
}

static enum fa_decode_result walk_vlan(struct fa_walk *w)
{
	struct fa_cursor h;
	uint16_t id;

	if (!fa_walk_enter(w))
		return FA_DECODE_TOO_MANY_HEADERS;
	if (!fa_walk_take(w, 4, &h))
		return fa_walk_short(w, 4, FA_DECODE_MALFORMED_LINK);
	id = fa_cursor_u16(&h) & 0x0fff;
	if (id != 0 && w->out->vlan_count < FA_VLAN_MAX)
		w->out->vlan[w->out->vlan_count++] = id;
	return walk_type_or_length(w, fa_cursor_u16(&h));
}

/*
 * A label stack (RFC 3032). Nothing says what follows it, so it is IP if it looks like IP; other
 * first nibbles are pseudowires and associated channels (RFC 4385 section 3).
 */
static enum fa_decode_result walk_mpls(struct fa_walk *w)
{
	enum { LABELS_MAX = 16 };
	enum fa_decode_result result;
	struct fa_cursor h;
	unsigned labels = 0;
	uint32_t label;

	if (!fa_walk_enter(w))
		return FA_DECODE_TOO_MANY_HEADERS;
	do {
		if (++labels > LABELS_MAX)
			return FA_DECODE_TOO_MANY_HEADERS;
		if (!fa_walk_take(w, 4, &h))
			return fa_walk_short(w, 4, FA_DECODE_MALFORMED_LINK);
		label = fa_cursor_u32(&h);
	} while ((label & 0x100) == 0); /* bottom of stack */
	result = fa_walk_ip(w);
	return result == FA_DECODE_MALFORMED_IP ? FA_DECODE_ENCAPSULATION : result;
}

/* FabricPath (Cisco) puts a whole frame behind addresses of its own and a tree and hop count. */
static enum fa_decode_result walk_fabricpath(struct fa_walk *w)
{
	struct fa_cursor h;

	if (!fa_walk_enter(w))
		return FA_DECODE_TOO_MANY_HEADERS;
	if (!fa_walk_take(w, 2, &h))
		return fa_walk_short(w, 2, FA_DECODE_MALFORMED_LINK);
	return fa_walk_ethernet(w);
}

static enum fa_decode_result encrypted(struct fa_walk *w)
{
	(void)w;
	return FA_DECODE_ENCRYPTED;
}

static enum fa_decode_result unsupported(struct fa_walk *w)
{
	(void)w;
	return FA_DECODE_ENCAPSULATION;
}

/* Most frequent first. What is not here is not IP. */
static const struct ethertype {
	uint16_t type;
	fa_walk_fn walk;
} ethertypes[] = {
	{0x0800, fa_walk_ip4},	   /* IPv4 */
	{0x86dd, fa_walk_ip6},	   /* IPv6 */
	{0x8100, walk_vlan},	   /* 802.1Q customer tag */
	{0x88a8, walk_vlan},	   /* 802.1Q service tag */
	{0x9100, walk_vlan},	   /* stacked tags before they were standardised */
	{0x9200, walk_vlan},	   /* the same */
	{0x8847, walk_mpls},	   /* MPLS */
	{0x8848, walk_mpls},	   /* MPLS, upstream-assigned label (RFC 5332) */
	{0x8864, fa_walk_pppoe},   /* PPPoE session */
	{0x8903, walk_fabricpath}, /* FabricPath */
	{0x88e5, encrypted},	   /* MACsec (802.1AE) */
	{0x88e7, unsupported},	   /* provider backbone bridging (802.1ah) */
	{0x22f3, unsupported},	   /* TRILL (RFC 6325) */
	{0x893f, unsupported},	   /* 802.1BR E-tag */
	{0x8926, unsupported},	   /* VN-tag */
	{0x894f, unsupported},	   /* network service header (RFC 8300) */
};

enum fa_decode_result fa_walk_ethertype(struct fa_walk *w, uint16_t type)
{
	for (size_t i = 0; i < sizeof(ethertypes) / sizeof(ethertypes[0]); i++)
		if (ethertypes[i].type == type)
			return ethertypes[i].walk(w);
	return FA_DECODE_NOT_IP;
}
