/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Data frames of wireless networks (IEEE 802.11-2020 section 9.2 and 9.3.2). Fields are
 * little-endian, what 802.2 and IP bring is not.
 */
#include "decode/links.h"

/* Frame control, first byte: version in two bits, type in two, subtype in four. */
#define VERSION_AND_TYPE(control) ((control)&0x0f)
#define DATA_VERSION_0		  0x08
#define VERSION(control)	  ((control)&0x03)
#define NO_BODY			  0x40 /* of data frames: null, polls and acknowledgements */
#define QOS			  0x80 /* of data frames */

/* Frame control, second byte. */
#define TO_DS	       0x01
#define FROM_DS	       0x02
#define PROTECTED      0x40
#define HAS_HT_CONTROL 0x80 /* with QOS; order of delivery without */

#define AMSDU 0x80 /* of the first byte of QoS control */

/*
 * Several packets in one frame, each behind destination 6, source 6 and length 2, which is
 * big-endian (section 9.3.2.2). A frame gives one packet here: the first; others are not seen.
 */
static enum fa_decode_result walk_amsdu(struct fa_walk *w)
{
	struct fa_cursor h;

	if (!fa_walk_take(w, 14, &h))
		return fa_walk_short(w, 14, FA_DECODE_MALFORMED_LINK);
	fa_cursor_skip(&h, 12);
	fa_walk_limit(w, fa_cursor_u16(&h));
	return fa_walk_llc(w);
}

/*
 * Behind frame control: duration 2, three addresses of 6, fragment (four bits) and sequence 2; a
 * fourth address from one access point to another; QoS control 2, HT control 4.
 */
static enum fa_decode_result walk_data(struct fa_walk *w, uint8_t control, uint8_t flags,
				       unsigned radio)
{
	bool has_qos = (control & QOS) != 0;
	size_t address_4 = (flags & TO_DS) && (flags & FROM_DS) ? 6 : 0;
	size_t len =
		22 + address_4 + (has_qos ? 2 : 0) + (has_qos && flags & HAS_HT_CONTROL ? 4 : 0);
	struct fa_cursor h;
	uint8_t fragment;
	uint8_t qos = 0;

	if (radio & FA_RADIO_PAD)
		len += (4 - (2 + len) % 4) % 4;
	if (!fa_walk_take(w, len, &h))
		return fa_walk_short(w, len, FA_DECODE_MALFORMED_LINK);
	fa_cursor_skip(&h, 20);
	fragment = fa_cursor_u8(&h) & 0x0f;
	fa_cursor_skip(&h, 1 + address_4);
	if (has_qos)
		qos = fa_cursor_u8(&h);
	if (fragment != 0) /* goes on with a packet that an earlier frame began */
		return FA_DECODE_ENCAPSULATION;
	return qos & AMSDU ? walk_amsdu(w) : fa_walk_llc(w);
}

enum fa_decode_result fa_walk_wifi_frame(struct fa_walk *w, unsigned radio)
{
	struct fa_cursor h;
	uint8_t control;
	uint8_t flags;

	if (radio & FA_RADIO_BAD_FCS) /* what is in it is not what was sent, and comes again */
		return FA_DECODE_MALFORMED_LINK;
	if ((radio & FA_RADIO_FCS) && !fa_walk_drop_tail(w, 4))
		return FA_DECODE_MALFORMED_LINK;
	if (!fa_walk_take(w, 2, &h))
		return fa_walk_short(w, 2, FA_DECODE_MALFORMED_LINK);
	control = fa_cursor_u8(&h);
	flags = fa_cursor_u8(&h);
	if (VERSION(control) != 0) /* 1: short headers of 802.11ah */
		return FA_DECODE_ENCAPSULATION;
	if (VERSION_AND_TYPE(control) != DATA_VERSION_0 || control & NO_BODY)
		return FA_DECODE_NOT_IP;
	if (flags & PROTECTED)
		return FA_DECODE_ENCRYPTED;
	return walk_data(w, control, flags, radio);
}

/* LINKTYPE_IEEE802_11: nothing tells whether the checksum is there; IP tells where it ends. */
enum fa_decode_result fa_walk_wifi(struct fa_walk *w)
{
	return fa_walk_wifi_frame(w, 0);
}
