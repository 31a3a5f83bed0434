/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Headers in front of 802.11 frames that say how they were received. */
#include "decode/links.h"

/*
 * The flags of a radiotap header (radiotap.org): version 1, padding 1, length 2, words of four
 * bytes that say which fields there are, as long as their highest bit is set; then the fields in
 * the order of the bits of the first word, each at a multiple of its size from the start of the
 * header. All little-endian. Bit 0 is a time of 8 bytes, bit 1 the flags.
 */
static bool read_radiotap(struct fa_cursor *h, unsigned *flags)
{
	enum { HAS_TIME = 1, HAS_FLAGS = 2 };
	uint32_t present;
	uint32_t word;

	fa_cursor_skip(h, 4);
	present = fa_cursor_u32_le(h);
	for (word = present; word >> 31 != 0;)
		word = fa_cursor_u32_le(h);
	if (present & HAS_TIME)
		fa_cursor_skip(h, (8 - h->pos % 8) % 8 + 8);
	*flags = present & HAS_FLAGS ? fa_cursor_u8(h) : 0;
	return fa_cursor_ok(h);
}

/* LINKTYPE_IEEE802_11_RADIOTAP */
enum fa_decode_result fa_walk_radiotap(struct fa_walk *w)
{
	enum { HEADER_MIN = 8 };
	struct fa_cursor peek = w->c;
	struct fa_cursor h;
	uint8_t version = fa_cursor_u8(&peek);
	unsigned flags;
	uint16_t len;

	fa_cursor_skip(&peek, 1);
	len = fa_links_u16_le(&peek);
	if (!fa_cursor_ok(&peek))
		return fa_walk_short(w, 4, FA_DECODE_MALFORMED_LINK);
	if (version != 0 || len < HEADER_MIN)
		return FA_DECODE_MALFORMED_LINK;
	if (!fa_walk_take(w, len, &h))
		return fa_walk_short(w, len, FA_DECODE_MALFORMED_LINK);
	return read_radiotap(&h, &flags) ? fa_walk_wifi_frame(w, flags) : FA_DECODE_MALFORMED_LINK;
}

/*
 * LINKTYPE_IEEE802_11_AVS: magic and version 4, length of the header 4, both big-endian; the rest
 * does not matter. The version is the lower 12 bits (AVS capture frame format 2.1).
 */
#define AVS_MAGIC(word) (((word)&0xfffff000) == 0x80211000)

enum fa_decode_result fa_walk_avs(struct fa_walk *w)
{
	enum { HEADER_MIN = 8 };
	struct fa_cursor peek = w->c;
	uint32_t magic = fa_cursor_u32(&peek);
	uint32_t len = fa_cursor_u32(&peek);

	if (!fa_cursor_ok(&peek))
		return fa_walk_short(w, HEADER_MIN, FA_DECODE_MALFORMED_LINK);
	if (!AVS_MAGIC(magic) || len < HEADER_MIN)
		return FA_DECODE_MALFORMED_LINK;
	return fa_walk_behind(w, len, fa_walk_wifi);
}

/*
 * LINKTYPE_IEEE802_11_PRISM: code 4, length of the header 4, name of the device 16, values; in the
 * byte order of the capturing host. Some drivers give an AVS header in its place.
 */
enum fa_decode_result fa_walk_prism(struct fa_walk *w)
{
	enum { CODE_1 = 0x41, CODE_2 = 0x44, HEADER_MIN = 24 };
	struct fa_cursor peek = w->c;
	uint32_t code = fa_cursor_u32(&peek);
	uint32_t len = fa_cursor_u32(&peek);

	if (!fa_cursor_ok(&peek))
		return fa_walk_short(w, 8, FA_DECODE_MALFORMED_LINK);
	if (AVS_MAGIC(code))
		return fa_walk_avs(w);
	if (code > 0xffff) {
		code = __builtin_bswap32(code);
		len = __builtin_bswap32(len);
	}
	if ((code != CODE_1 && code != CODE_2) || len < HEADER_MIN)
		return FA_DECODE_MALFORMED_LINK;
	return fa_walk_behind(w, len, fa_walk_wifi);
}

/*
 * What the fields of a PPI header say of an 802.11 frame: type 2, length 2, then that many bytes.
 * Type 2 is "802.11-Common": time 8, flags 2: 1 checksum present, 4 checksum wrong, 8 damaged.
 */
static bool read_ppi(struct fa_cursor *fields, unsigned *radio)
{
	enum { COMMON = 2, FCS = 1, BAD_FCS = 4, DAMAGED = 8 };

	*radio = 0;
	while (fa_cursor_left(fields) > 0) {
		uint16_t type = fa_links_u16_le(fields);
		uint16_t len = fa_links_u16_le(fields);
		struct fa_cursor value = *fields;
		uint16_t flags;

		fa_cursor_skip(fields, len);
		if (!fa_cursor_ok(fields))
			return false;
		if (type != COMMON)
			continue;
		fa_cursor_limit(&value, len);
		fa_cursor_skip(&value, 8);
		flags = fa_links_u16_le(&value);
		if (!fa_cursor_ok(&value))
			return false;
		*radio |= flags & FCS ? FA_RADIO_FCS : 0;
		*radio |= flags & (BAD_FCS | DAMAGED) ? FA_RADIO_BAD_FCS : 0;
	}
	return true;
}

/*
 * LINKTYPE_PPI: version 1, flags 1, length of the header 2, link type of what follows 4, fields;
 * all little-endian (PPI Packet Header 1.0.7 section 3).
 */
enum fa_decode_result fa_walk_ppi(struct fa_walk *w)
{
	enum { HEADER_MIN = 8, WIFI = 105 };
	struct fa_cursor peek = w->c;
	struct fa_cursor h;
	uint8_t version = fa_cursor_u8(&peek);
	unsigned radio;
	uint32_t link;
	uint16_t len;

	fa_cursor_skip(&peek, 1);
	len = fa_links_u16_le(&peek);
	link = fa_cursor_u32_le(&peek);
	if (!fa_cursor_ok(&peek))
		return fa_walk_short(w, HEADER_MIN, FA_DECODE_MALFORMED_LINK);
	if (version != 0 || len < HEADER_MIN)
		return FA_DECODE_MALFORMED_LINK;
	if (!fa_walk_take(w, len, &h))
		return fa_walk_short(w, len, FA_DECODE_MALFORMED_LINK);
	fa_cursor_skip(&h, HEADER_MIN);
	if (!read_ppi(&h, &radio))
		return FA_DECODE_MALFORMED_LINK;
	return link == WIFI ? fa_walk_wifi_frame(w, radio) : fa_walk_inner_link(w, link);
}
