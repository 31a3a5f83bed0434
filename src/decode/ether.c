/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ethernet (IEEE 802.3) and what it says it carries: EtherTypes, 802.2 LLC and SNAP.
 * EtherTypes: IEEE registration authority, and IANA "IEEE 802 Numbers".
 */
#include "decode/walk.h"

#define FIRST_ETHERTYPE 0x600 /* below: a length (IEEE 802.3 section 3.2.6) */

/* What is no IP as far as one can see: where it may be no frame at all, this shows that it is none.
 */
static enum fa_decode_result not_ip(const struct fa_walk *w, bool is_known)
{
	return w->doubtful && !is_known ? FA_DECODE_MALFORMED_LINK : FA_DECODE_NOT_IP;
}

enum fa_decode_result fa_walk_type_or_length(struct fa_walk *w, uint16_t value)
{
	if (value >= FIRST_ETHERTYPE)
		return fa_walk_ethertype(w, value);
	if (value < fa_walk_wire_left(w)) /* more: the mirror cut the frame */
		fa_walk_set_end(w, w->c.pos, value);
	else if (value > fa_walk_wire_left(w) && w->doubtful && !w->partial)
		return FA_DECODE_MALFORMED_LINK;
	return fa_walk_llc(w);
}

static void forget_vlans(struct fa_walk *w)
{
	w->vlans_anew = false;
	w->out->vlan_count = 0;
	memset(w->out->vlan, 0, sizeof(w->out->vlan));
}

enum fa_decode_result fa_walk_ethernet(struct fa_walk *w)
{
	struct fa_cursor h;

	if (!fa_walk_take(w, 14, &h))
		return fa_walk_short(w, 14, FA_DECODE_MALFORMED_LINK);
	if (w->vlans_anew)
		forget_vlans(w);
	fa_cursor_skip(&h, 12); /* addresses */
	return fa_walk_type_or_length(w, fa_cursor_u16(&h));
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
	if (oui == 0x00000c || oui == 0x0080c2) /* Cisco; bridges (IEEE 802.1) */
		return FA_DECODE_NOT_IP;
	if ((oui != 0 && oui != 0x0000f8) || type < FIRST_ETHERTYPE)
		return not_ip(w, false);
	return fa_walk_ethertype(w, type);
}

bool fa_walk_knows_saps(uint16_t saps)
{
	switch (saps) {
	case 0xaaaa: /* SNAP */
	case 0x0606: /* IP */
	case 0x4242: /* spanning tree */
	case 0xfefe: /* IS-IS */
	case 0xe0e0: /* IPX */
	case 0xf0f0: /* NetBIOS */
	case 0x0404: /* SNA */
		return true;
	default:
		return false;
	}
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
		return not_ip(w, fa_walk_knows_saps((uint16_t)(saps_and_control >> 8)));
	}
}

/* Most frequent first. What is not here is not IP. */
static const struct ethertype {
	uint16_t type;
	fa_walk_fn walk;
} ethertypes[] = {
	{0x0800, fa_walk_ip4},	      /* IPv4 */
	{0x86dd, fa_walk_ip6},	      /* IPv6 */
	{0x8100, fa_walk_vlan},	      /* 802.1Q customer tag */
	{0x88a8, fa_walk_vlan},	      /* 802.1Q service tag */
	{0x9100, fa_walk_vlan},	      /* stacked tags before they were standardised */
	{0x9200, fa_walk_vlan},	      /* the same */
	{0x8847, fa_walk_mpls},	      /* MPLS */
	{0x8848, fa_walk_mpls},	      /* MPLS, upstream-assigned label (RFC 5332) */
	{0x8864, fa_walk_pppoe},      /* PPPoE session */
	{0x8903, fa_walk_fabricpath}, /* FabricPath */
	{0x88e5, fa_walk_macsec},     /* MACsec (802.1AE) */
	{0x88e7, fa_walk_pbb},	      /* provider backbone bridging (802.1ah) */
	{0x22f3, fa_walk_trill},      /* TRILL (RFC 6325) */
	{0x893f, fa_walk_e_tag},      /* 802.1BR E-tag */
	{0x8926, fa_walk_vn_tag},     /* VN-tag */
	{0x894f, fa_walk_nsh},	      /* network service header (RFC 8300) */
	{0x8909, fa_walk_metadata},   /* Cisco MetaData */
};

/* What hosts and switches of a tenant's network say without IP. */
static const uint16_t others[] = {
	0x0806, /* ARP */
	0x0842, /* wake-on-LAN */
	0x22ea, /* stream reservation */
	0x22f0, /* audio and video transport (IEEE 1722) */
	0x22f4, /* IS-IS of TRILL */
	0x4305, /* B.A.T.M.A.N. */
	0x6002, /* DEC maintenance */
	0x8035, /* reverse ARP */
	0x809b, /* AppleTalk */
	0x80f3, /* its ARP */
	0x8137, /* IPX */
	0x8808, /* flow control (IEEE 802.3) */
	0x8809, /* link aggregation and other slow protocols */
	0x8863, /* PPPoE discovery */
	0x887b, /* HomePlug */
	0x888e, /* port access control (802.1X) */
	0x8892, /* PROFINET */
	0x8899, /* loop detection of Realtek */
	0x88a2, /* ATA over Ethernet */
	0x88a4, /* EtherCAT */
	0x88b5, /* experiments */
	0x88b6, /* the same */
	0x88b7, /* a maker's own, by its identifier */
	0x88b8, /* GOOSE */
	0x88ba, /* sampled values */
	0x88cc, /* LLDP */
	0x88e1, /* HomePlug AV */
	0x88e3, /* media redundancy */
	0x88f5, /* VLAN registration */
	0x88f7, /* precision time */
	0x8902, /* connectivity faults */
	0x8906, /* Fibre Channel */
	0x8914, /* its initialisation */
	0x8915, /* RDMA */
	0x9000, /* loopback test */
};

static const struct ethertype *find(uint16_t type)
{
	for (size_t i = 0; i < sizeof(ethertypes) / sizeof(ethertypes[0]); i++)
		if (ethertypes[i].type == type)
			return &ethertypes[i];
	return NULL;
}

static bool is_other(uint16_t type)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i] == type)
			return true;
	return false;
}

bool fa_walk_knows_ethertype(uint16_t type)
{
	return find(type) != NULL || is_other(type);
}

enum fa_decode_result fa_walk_ethertype(struct fa_walk *w, uint16_t type)
{
	const struct ethertype *known = find(type);

	if (known != NULL)
		return known->walk(w);
	return not_ip(w, !w->doubtful || is_other(type));
}
