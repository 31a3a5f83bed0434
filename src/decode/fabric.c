/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Headers with which a network of switches carries the frames of others, each behind an EtherType:
 * FabricPath, provider backbones, TRILL, service chains.
 */
#include "decode/walk.h"

/* Takes the first LEN bytes of a header; DECODED when they are there. */
static enum fa_decode_result take(struct fa_walk *w, size_t len, struct fa_cursor *h)
{
	if (!fa_walk_enter(w))
		return FA_DECODE_TOO_MANY_HEADERS;
	if (!fa_walk_take(w, len, h))
		return fa_walk_short(w, len, FA_DECODE_MALFORMED_LINK);
	return FA_DECODE_DECODED;
}

/* FabricPath (Cisco) puts a whole frame behind addresses of its own and a tree and hop count. */
enum fa_decode_result fa_walk_fabricpath(struct fa_walk *w)
{
	struct fa_cursor h;
	enum fa_decode_result result = take(w, 2, &h);

	if (result != FA_DECODE_DECODED)
		return result;
	fa_walk_set_layer(w, FA_TUNNEL_FABRICPATH);
	return fa_walk_ethernet(w);
}

/*
 * IEEE 802.1Q section 9.7 (802.1ah): priority and flags, two bits that must be 0, a service of 24
 * bits; the customer's frame from its addresses on.
 */
enum fa_decode_result fa_walk_pbb(struct fa_walk *w)
{
	enum { RESERVED_2 = 0x03000000, SERVICE = 0x00ffffff };
	struct fa_cursor h;
	uint32_t control;
	enum fa_decode_result result = take(w, 4, &h);

	if (result != FA_DECODE_DECODED)
		return result;
	control = fa_cursor_u32(&h);
	if ((control & RESERVED_2) != 0)
		return FA_DECODE_MALFORMED_LINK;
	fa_walk_set_tunnel(w, FA_TUNNEL_PBB, control & SERVICE);
	w->vlans_anew = true; /* those before are the backbone's */
	return fa_walk_ethernet(w);
}

/* RFC 6325 section 3.2: version, flags, length of the options in units of four bytes, hop count,
 * names of the two switches; then a frame. */
enum fa_decode_result fa_walk_trill(struct fa_walk *w)
{
	struct fa_cursor h;
	size_t options_len;
	uint16_t first;
	enum fa_decode_result result = take(w, 6, &h);

	if (result != FA_DECODE_DECODED)
		return result;
	first = fa_cursor_u16(&h);
	if (first >> 14 != 0) /* version */
		return FA_DECODE_ENCAPSULATION;
	options_len = (first >> 6 & 0x1fu) * 4;
	if (!fa_walk_take(w, options_len, &h))
		return fa_walk_short(w, options_len, FA_DECODE_MALFORMED_LINK);
	fa_walk_set_layer(w, FA_TUNNEL_TRILL);
	return fa_walk_ethernet(w);
}

/* RFC 8300 section 2.2, "Next Protocol"; not here: 6, what has no payload. */
static enum fa_decode_result walk_nsh_next(struct fa_walk *w, uint8_t next)
{
	switch (next) {
	case 1:
		return fa_walk_ip4(w);
	case 2:
		return fa_walk_ip6(w);
	case 3:
		return fa_walk_ethernet(w);
	case 4:
		return fa_walk_nsh(w);
	case 5:
		return fa_walk_mpls(w);
	default:
		return FA_DECODE_ENCAPSULATION;
	}
}

/* RFC 8300 sections 2.2 and 2.4: the length, in units of four bytes, is that of the whole header.
 */
static bool is_nsh_length(uint8_t metadata_type, size_t units)
{
	enum { FIXED = 1, VARIABLE = 2 };

	return (metadata_type == FIXED && units == 6) || (metadata_type == VARIABLE && units >= 2);
}

enum fa_decode_result fa_walk_nsh(struct fa_walk *w)
{
	enum { OPERATIONS = 0x2000 }; /* maintenance of the chain: no user's packet */
	struct fa_cursor h;
	struct fa_cursor rest;
	uint16_t first;
	uint8_t metadata_type, next;
	size_t units;
	enum fa_decode_result result = take(w, 4, &h);

	if (result != FA_DECODE_DECODED)
		return result;
	first = fa_cursor_u16(&h);
	metadata_type = fa_cursor_u8(&h) & 0x0f;
	next = fa_cursor_u8(&h);
	units = first & 0x3f;
	if (first >> 14 != 0) /* version */
		return FA_DECODE_ENCAPSULATION;
	if (!is_nsh_length(metadata_type, units))
		return FA_DECODE_MALFORMED_LINK;
	if (!fa_walk_take(w, units * 4 - 4, &rest))
		return fa_walk_short(w, units * 4 - 4, FA_DECODE_MALFORMED_LINK);
	if ((first & OPERATIONS) != 0)
		return FA_DECODE_NOT_IP;
	fa_walk_set_layer(w, FA_TUNNEL_NSH);
	return walk_nsh_next(w, next);
}
