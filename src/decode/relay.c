/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frame relay (ITU-T Q.922; RFC 2427, before it RFC 1490) and ATM (RFC 2684, before it RFC 1483):
 * both name what they carry by NLPIDs (ISO/IEC TR 9577) or SNAP, and can carry bridged frames.
 */
#include "decode/links.h"

#define DIRECTION 1u /* a byte: 0 for received, anything else for sent */

/*
 * Bridged frames, OUI 00-80-c2 (RFC 2427 section 4.2, RFC 2684 section 5.2): 1 is Ethernet with its
 * checksum, 7 without. ATM puts PAD bytes in front of the frame.
 */
static enum fa_decode_result walk_bridged(struct fa_walk *w, uint16_t kind, size_t pad)
{
	enum { ETHERNET_WITH_FCS = 1, ETHERNET = 7, OTHERS_LAST = 0x0d };

	switch (kind) {
	case ETHERNET_WITH_FCS:
		if (!fa_walk_drop_tail(w, 4))
			return FA_DECODE_MALFORMED_LINK;
		return fa_walk_behind(w, pad, fa_walk_ethernet);
	case ETHERNET:
		return fa_walk_behind(w, pad, fa_walk_ethernet);
	default: /* token ring, FDDI, pieces; from 0x0e on spanning tree */
		return kind <= OTHERS_LAST ? FA_DECODE_ENCAPSULATION : FA_DECODE_NOT_IP;
	}
}

/* OUI and protocol (RFC 1042); 00-00-f8 as in 802.1H. */
static enum fa_decode_result walk_snap(struct fa_walk *w, size_t bridge_pad)
{
	struct fa_cursor h;
	uint32_t oui;
	uint16_t protocol;

	if (!fa_walk_take(w, 5, &h))
		return fa_walk_short(w, 5, FA_DECODE_MALFORMED_LINK);
	oui = (uint32_t)fa_cursor_u8(&h) << 16;
	oui |= fa_cursor_u16(&h);
	protocol = fa_cursor_u16(&h);
	if (oui == 0x0080c2)
		return walk_bridged(w, protocol, bridge_pad);
	return oui == 0 || oui == 0x0000f8 ? fa_walk_ethertype(w, protocol) : FA_DECODE_NOT_IP;
}

static enum fa_decode_result walk_nlpid(struct fa_walk *w, uint8_t nlpid)
{
	switch (nlpid) {
	case 0xcc:
		return fa_walk_ip4(w);
	case 0x8e:
		return fa_walk_ip6(w);
	case 0x80:
		return walk_snap(w, 0);
	case 0xcf: /* RFC 1973, RFC 2364 */
		return fa_walk_ppp(w);
	case 0xb0: /* compressed (FRF.9) */
	case 0xb1: /* pieces (FRF.12) */
		return FA_DECODE_ENCAPSULATION;
	default: /* 0x08 and 0x09: the line itself; 0x81: CLNP ... */
		return FA_DECODE_NOT_IP;
	}
}

/*
 * Q.922 section 3.2: address bytes, of which the last has its lowest bit set: two, three or four.
 */
static enum fa_decode_result skip_address(struct fa_walk *w)
{
	enum { ADDRESS_MIN = 2, ADDRESS_MAX = 4 };
	struct fa_cursor peek = w->c;
	size_t len = 0;
	bool last = false;

	while (!last && len < ADDRESS_MAX) {
		last = (fa_cursor_u8(&peek) & 1) != 0;
		len++;
		if (!fa_cursor_ok(&peek))
			return fa_walk_short(w, len, FA_DECODE_MALFORMED_LINK);
	}
	if (!last || len < ADDRESS_MIN)
		return FA_DECODE_MALFORMED_LINK;
	return fa_walk_skip(w, len);
}

/* Cisco's own encapsulation: an EtherType behind the address. */
static enum fa_decode_result walk_cisco(struct fa_walk *w)
{
	struct fa_cursor h;

	if (!fa_walk_take(w, 2, &h))
		return fa_walk_short(w, 2, FA_DECODE_MALFORMED_LINK);
	return fa_walk_ethertype(w, fa_cursor_u16(&h));
}

/*
 * LINKTYPE_FRELAY: address, control (03, unnumbered information), perhaps a byte 00 for alignment,
 * NLPID (RFC 2427 section 3). No EtherType begins with 03.
 */
enum fa_decode_result fa_walk_frame_relay(struct fa_walk *w)
{
	enum fa_decode_result result = skip_address(w);
	struct fa_cursor peek;
	struct fa_cursor h;
	size_t len;

	if (result != FA_DECODE_DECODED)
		return result;
	peek = w->c;
	if (fa_cursor_u8(&peek) != 0x03)
		return walk_cisco(w);
	len = fa_cursor_u8(&peek) == 0 && fa_cursor_ok(&peek) ? 3 : 2;
	if (!fa_walk_take(w, len, &h))
		return fa_walk_short(w, len, FA_DECODE_MALFORMED_LINK);
	fa_cursor_skip(&h, len - 1);
	return walk_nlpid(w, fa_cursor_u8(&h));
}

/* LINKTYPE_FRELAY_WITH_DIR */
enum fa_decode_result fa_walk_frame_relay_directed(struct fa_walk *w)
{
	return fa_walk_behind(w, DIRECTION, fa_walk_frame_relay);
}

/*
 * LINKTYPE_ATM_RFC1483: LLC aa-aa-03 and SNAP, where two bytes stand before a bridged frame (RFC
 * 2684 section 5.2); or LLC fe-fe-03 and an NLPID.
 */
enum fa_decode_result fa_walk_atm_llc(struct fa_walk *w)
{
	struct fa_cursor peek = w->c;
	struct fa_cursor h;
	uint32_t llc;

	llc = (uint32_t)fa_cursor_u16(&peek) << 8;
	llc |= fa_cursor_u8(&peek);
	if (llc == 0xaaaa03) {
		fa_cursor_skip(&w->c, 3);
		return walk_snap(w, 2);
	}
	if (llc != 0xfefe03)
		return fa_walk_llc(w);
	if (!fa_walk_take(w, 4, &h))
		return fa_walk_short(w, 4, FA_DECODE_MALFORMED_LINK);
	fa_cursor_skip(&h, 3);
	return walk_nlpid(w, fa_cursor_u8(&h));
}

/* LAN emulation: the number of a client, ff00 for control, then an Ethernet frame. */
static enum fa_decode_result walk_lane(struct fa_walk *w)
{
	struct fa_cursor h;

	if (!fa_walk_take(w, 2, &h))
		return fa_walk_short(w, 2, FA_DECODE_MALFORMED_LINK);
	return fa_cursor_u16(&h) == 0xff00 ? FA_DECODE_NOT_IP : fa_walk_ethernet(w);
}

/*
 * LINKTYPE_SUNATM: kind (the highest bit is the direction), VPI 1, VCI 2. Nothing tells what "raw"
 * holds; the rest is signalling.
 */
enum fa_decode_result fa_walk_sunatm(struct fa_walk *w)
{
	enum { RAW = 0, LANE = 1, LLC = 2 };
	struct fa_cursor h;

	if (!fa_walk_take(w, 4, &h))
		return fa_walk_short(w, 4, FA_DECODE_MALFORMED_LINK);
	switch (fa_cursor_u8(&h) & 0x0f) {
	case RAW:
		return FA_DECODE_ENCAPSULATION;
	case LANE:
		return walk_lane(w);
	case LLC:
		return fa_walk_atm_llc(w);
	default:
		return FA_DECODE_NOT_IP;
	}
}
