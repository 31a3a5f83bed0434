/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ethernet as taps and switches see it: with preamble and checksum, with tags between chips. */
#include "decode/links.h"

#define FCS 4u

/* A preamble is 7 bytes; taps see shorter and longer ones. DELIMITER is the byte that ends it. */
static enum fa_decode_result skip_preamble(struct fa_walk *w, uint8_t *delimiter)
{
	enum { PREAMBLE = 0x55, PREAMBLE_MAX = 16 };
	struct fa_cursor peek = w->c;
	size_t len = 0;

	do {
		*delimiter = fa_cursor_u8(&peek);
		len++;
		if (!fa_cursor_ok(&peek))
			return fa_walk_short(w, len, FA_DECODE_MALFORMED_LINK);
	} while (*delimiter == PREAMBLE && len <= PREAMBLE_MAX);
	return fa_walk_skip(w, len);
}

/* An Ethernet frame that its checksum ends. */
static enum fa_decode_result walk_checked(struct fa_walk *w)
{
	return fa_walk_drop_tail(w, FCS) ? fa_walk_ethernet(w) : FA_DECODE_MALFORMED_LINK;
}

/*
 * LINKTYPE_NETANALYZER: four bytes, little-endian; the lowest is error flags, the next bit is set
 * for events of the tap itself. Damaged frames are not believed.
 */
static enum fa_decode_result skip_netanalyzer(struct fa_walk *w)
{
	enum { RECEIVE_ERROR = 0x01, ALIGNMENT_ERROR = 0x02, FCS_ERROR = 0x04, TAP_EVENT = 0x01 };
	struct fa_cursor h;
	uint8_t errors;

	if (!fa_walk_take(w, 4, &h))
		return fa_walk_short(w, 4, FA_DECODE_MALFORMED_LINK);
	errors = fa_cursor_u8(&h);
	if (fa_cursor_u8(&h) & TAP_EVENT)
		return FA_DECODE_NOT_IP;
	return errors & (RECEIVE_ERROR | ALIGNMENT_ERROR | FCS_ERROR) ? FA_DECODE_MALFORMED_LINK
								      : FA_DECODE_DECODED;
}

enum fa_decode_result fa_walk_netanalyzer(struct fa_walk *w)
{
	enum fa_decode_result result = skip_netanalyzer(w);

	return result == FA_DECODE_DECODED ? walk_checked(w) : result;
}

/* LINKTYPE_NETANALYZER_TRANSPARENT: the same, with the preamble. */
enum fa_decode_result fa_walk_netanalyzer_transparent(struct fa_walk *w)
{
	enum { FRAME_BEGINS = 0xd5 };
	enum fa_decode_result result = skip_netanalyzer(w);
	uint8_t delimiter;

	if (result == FA_DECODE_DECODED)
		result = skip_preamble(w, &delimiter);
	if (result != FA_DECODE_DECODED)
		return result;
	return delimiter == FRAME_BEGINS ? walk_checked(w) : FA_DECODE_MALFORMED_LINK;
}

/*
 * LINKTYPE_ETHERNET_MPACKET: frames that others may interrupt (IEEE 802.3 clause 99). The delimiter
 * says whether a frame begins, alone or as the first of its pieces, or goes on. Pieces are not put
 * together: the first one is a cut packet.
 */
enum fa_decode_result fa_walk_mpacket(struct fa_walk *w)
{
	uint8_t delimiter;
	enum fa_decode_result result = skip_preamble(w, &delimiter);

	if (result != FA_DECODE_DECODED)
		return result;
	switch (delimiter) {
	case 0xd5: /* express, never in pieces */
	case 0xe6: /* SMD-S0 to SMD-S3 */
	case 0x4c:
	case 0x7f:
	case 0xb3:
		return walk_checked(w);
	case 0x61: /* SMD-C0 to SMD-C3: goes on */
	case 0x52:
	case 0x9e:
	case 0x2a:
		return FA_DECODE_ENCAPSULATION;
	case 0x07: /* verify */
	case 0x19: /* respond */
		return FA_DECODE_NOT_IP;
	default:
		return FA_DECODE_MALFORMED_LINK;
	}
}

/* LINKTYPE_DSA_TAG_BRCM: addresses 6 and 6, tag 4, type or length. */
enum fa_decode_result fa_walk_brcm_tag(struct fa_walk *w)
{
	struct fa_cursor h;

	if (!fa_walk_take(w, 18, &h))
		return fa_walk_short(w, 18, FA_DECODE_MALFORMED_LINK);
	fa_cursor_skip(&h, 16);
	return fa_walk_type_or_length(w, fa_cursor_u16(&h));
}

/* LINKTYPE_DSA_TAG_BRCM_PREPEND: tag 4, then the frame. */
enum fa_decode_result fa_walk_brcm_tag_prepended(struct fa_walk *w)
{
	return fa_walk_behind(w, 4, fa_walk_ethernet);
}

/*
 * Tags of Marvell's switches ("Marvell switch tag" in the registry): mode in two bits, then one
 * that says that the tag stands for a VLAN tag, whose id is the last twelve bits. BEFORE bytes come
 * in front of it; type or length follow.
 */
static enum fa_decode_result walk_marvell(struct fa_walk *w, size_t before)
{
	enum { TAGGED = 0x20 };
	struct fa_packet *out = w->out;
	struct fa_cursor h;
	size_t len = before + 6;
	bool tagged;
	uint16_t id;

	if (!fa_walk_take(w, len, &h))
		return fa_walk_short(w, len, FA_DECODE_MALFORMED_LINK);
	fa_cursor_skip(&h, before);
	tagged = (fa_cursor_u8(&h) & TAGGED) != 0;
	fa_cursor_skip(&h, 1);
	id = fa_cursor_u16(&h) & 0x0fff;
	if (tagged)
		out->layers |= fa_layer_bit(FA_TUNNEL_VLAN);
	if (tagged && id != 0 && out->vlan_count < FA_VLAN_MAX)
		out->vlan[out->vlan_count++] = id;
	return fa_walk_type_or_length(w, fa_cursor_u16(&h));
}

/* LINKTYPE_DSA_TAG_DSA: the tag behind the addresses. */
enum fa_decode_result fa_walk_dsa_tag(struct fa_walk *w)
{
	return walk_marvell(w, 12);
}

/* LINKTYPE_DSA_TAG_EDSA: in front of the tag an EtherType, which can be set, and two bytes. */
enum fa_decode_result fa_walk_edsa_tag(struct fa_walk *w)
{
	return walk_marvell(w, 16);
}
