/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tags: headers that switches put between the addresses of an Ethernet frame and its EtherType.
 * They end with the EtherType of what follows.
 */
#include "decode/walk.h"

/* Takes a tag of LEN bytes; DECODED when it is there. */
static enum fa_decode_result take(struct fa_walk *w, size_t len, struct fa_cursor *h)
{
	if (!fa_walk_enter(w))
		return FA_DECODE_TOO_MANY_HEADERS;
	if (!fa_walk_take(w, len, h))
		return fa_walk_short(w, len, FA_DECODE_MALFORMED_LINK);
	return FA_DECODE_DECODED;
}

/* IEEE 802.1Q section 9.6: priority 3 bits, drop eligible 1, VLAN 12. */
enum fa_decode_result fa_walk_vlan(struct fa_walk *w)
{
	struct fa_cursor h;
	uint16_t id;
	enum fa_decode_result result = take(w, 4, &h);

	if (result != FA_DECODE_DECODED)
		return result;
	id = fa_cursor_u16(&h) & 0x0fff;
	if (id != 0 && w->out->vlan_count < FA_VLAN_MAX)
		w->out->vlan[w->out->vlan_count++] = id;
	fa_walk_set_layer(w, FA_TUNNEL_VLAN);
	return fa_walk_type_or_length(w, fa_cursor_u16(&h));
}

/* LEN bytes that only concern the switch, and a type. */
static enum fa_decode_result walk_tag(struct fa_walk *w, size_t len, enum fa_tunnel kind)
{
	struct fa_cursor h;
	enum fa_decode_result result = take(w, len + 2, &h);

	if (result != FA_DECODE_DECODED)
		return result;
	fa_cursor_skip(&h, len);
	fa_walk_set_layer(w, kind);
	return fa_walk_type_or_length(w, fa_cursor_u16(&h));
}

/* Cisco's tag of virtual interfaces: direction, pointer, two interfaces of 14 and 12 bits. */
enum fa_decode_result fa_walk_vn_tag(struct fa_walk *w)
{
	return walk_tag(w, 4, FA_TUNNEL_VN_TAG);
}

/* IEEE 802.1BR section 7.5: priority, two channels of 12 bits, and 8 bits more of each. */
enum fa_decode_result fa_walk_e_tag(struct fa_walk *w)
{
	return walk_tag(w, 6, FA_TUNNEL_E_TAG);
}

/*
 * Cisco MetaData: version, length in units of four bytes, one option: its type with three bits of
 * length above, and a security group. Only this form is known.
 */
enum fa_decode_result fa_walk_metadata(struct fa_walk *w)
{
	enum { VERSION_1_LENGTH_1 = 0x0101 };
	struct fa_cursor h;
	enum fa_decode_result result = take(w, 8, &h);

	if (result != FA_DECODE_DECODED)
		return result;
	if (fa_cursor_u16(&h) != VERSION_1_LENGTH_1)
		return FA_DECODE_ENCAPSULATION;
	fa_cursor_skip(&h, 4);
	return fa_walk_type_or_length(w, fa_cursor_u16(&h));
}

/*
 * IEEE 802.1AE-2018 section 9.3: control bits, short length, packet number, and a channel id of
 * eight bytes when SC is set. Behind the data stands a check value: of 16 bytes with all the cipher
 * suites that the standard has (clause 14). Data of fewer than 48 bytes has its length in the
 * header.
 */
enum fa_decode_result fa_walk_macsec(struct fa_walk *w)
{
	enum { VERSION = 0x80, HAS_CHANNEL = 0x20, ENCRYPTED = 0x08, CHANGED = 0x04 };
	enum { CHANNEL_BYTES = 8, CHECK_BYTES = 16, SHORT_MAX = 47, TYPE_BYTES = 2 };
	struct fa_cursor h;
	uint8_t control;
	size_t short_len;
	size_t left;
	enum fa_decode_result result = take(w, 6, &h);

	if (result != FA_DECODE_DECODED)
		return result;
	control = fa_cursor_u8(&h);
	short_len = fa_cursor_u8(&h);
	if ((control & VERSION) != 0 || short_len > SHORT_MAX)
		return FA_DECODE_MALFORMED_LINK;
	if ((control & (ENCRYPTED | CHANGED)) != 0)
		return FA_DECODE_ENCRYPTED;
	if ((control & HAS_CHANNEL) != 0 && !fa_walk_take(w, CHANNEL_BYTES, &h))
		return fa_walk_short(w, CHANNEL_BYTES, FA_DECODE_MALFORMED_LINK);
	left = fa_walk_wire_left(w);
	if (left < TYPE_BYTES + CHECK_BYTES || short_len > left - CHECK_BYTES)
		return FA_DECODE_MALFORMED_LINK;
	fa_walk_set_end(w, w->c.pos, short_len > 0 ? short_len : left - CHECK_BYTES);
	if (!fa_walk_take(w, TYPE_BYTES, &h))
		return fa_walk_short(w, TYPE_BYTES, FA_DECODE_MALFORMED_LINK);
	fa_walk_set_layer(w, FA_TUNNEL_MACSEC);
	return fa_walk_type_or_length(w, fa_cursor_u16(&h));
}
