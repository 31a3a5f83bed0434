/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Local networks other than Ethernet that carry IP behind LLC and SNAP, or behind an EtherType. */
#include "decode/links.h"

/*
 * LINKTYPE_IEEE802_5: access control 1, frame control 1, addresses 6 and 6; when the highest bit of
 * the source address is set, routing information, whose first byte has its length in the lower
 * five bits, itself included (IEEE 802.1D annex C); then LLC. The two highest bits of frame control
 * are 01 for LLC, 00 for the ring itself.
 */
enum fa_decode_result fa_walk_token_ring(struct fa_walk *w)
{
	struct fa_cursor h;
	struct fa_cursor peek;
	uint8_t control;
	size_t routing;

	if (!fa_walk_take(w, 14, &h))
		return fa_walk_short(w, 14, FA_DECODE_MALFORMED_LINK);
	fa_cursor_skip(&h, 1);
	control = fa_cursor_u8(&h);
	if ((control & 0xc0) != 0x40)
		return FA_DECODE_NOT_IP;
	fa_cursor_skip(&h, 6);
	if ((fa_cursor_u8(&h) & 0x80) == 0)
		return fa_walk_llc(w);
	peek = w->c;
	routing = fa_cursor_u8(&peek) & 0x1f;
	if (!fa_cursor_ok(&peek))
		return fa_walk_short(w, 1, FA_DECODE_MALFORMED_LINK);
	if (routing < 2 || (routing & 1) != 0)
		return FA_DECODE_MALFORMED_LINK;
	return fa_walk_behind(w, routing, fa_walk_llc);
}

/*
 * LINKTYPE_FDDI: frame control 1, addresses 6 and 6, LLC. Frame control CLFF rrrr: FF is 01 for
 * LLC, L is 1 for long addresses (ANSI X3.139).
 */
enum fa_decode_result fa_walk_fddi(struct fa_walk *w)
{
	struct fa_cursor h;

	if (!fa_walk_take(w, 13, &h))
		return fa_walk_short(w, 13, FA_DECODE_MALFORMED_LINK);
	return (fa_cursor_u8(&h) & 0x70) == 0x50 ? fa_walk_llc(w) : FA_DECODE_NOT_IP;
}

/* LINKTYPE_IP_OVER_FC: destination 8, source 8, LLC and SNAP (RFC 4338 section 4). */
enum fa_decode_result fa_walk_ip_over_fc(struct fa_walk *w)
{
	return fa_walk_behind(w, 16, fa_walk_llc);
}

/* BEFORE bytes that do not matter, EtherType 2, then BEHIND bytes. */
static enum fa_decode_result walk_type(struct fa_walk *w, size_t before, size_t behind)
{
	struct fa_cursor h;
	size_t len = before + 2 + behind;

	if (!fa_walk_take(w, len, &h))
		return fa_walk_short(w, len, FA_DECODE_MALFORMED_LINK);
	fa_cursor_skip(&h, before);
	return fa_walk_ethertype(w, fa_cursor_u16(&h));
}

/* LINKTYPE_APPLE_IP_OVER_IEEE1394: destination 8, source 8, EtherType 2. */
enum fa_decode_result fa_walk_firewire(struct fa_walk *w)
{
	return walk_type(w, 16, 0);
}

/*
 * LINKTYPE_IPOIB: EtherType 2, reserved 2 (RFC 4391 section 6). Captures have the 40 bytes of a
 * global route header in front of it, or of what stands in its place, though the registry does not
 * speak of them. That header begins with a 6, as IPv6 does.
 */
enum fa_decode_result fa_walk_ipoib(struct fa_walk *w)
{
	enum { ROUTE_HEADER = 40 };
	struct fa_cursor peek = w->c;
	uint32_t begin = fa_cursor_u32(&peek);

	if (!fa_cursor_ok(&peek))
		return fa_walk_short(w, 4, FA_DECODE_MALFORMED_LINK);
	switch (begin) {
	case 0x08000000: /* IPv4 */
	case 0x86dd0000: /* IPv6 */
	case 0x08060000: /* ARP */
	case 0x80350000: /* RARP */
		return walk_type(w, 0, 2);
	default:
		return walk_type(w, ROUTE_HEADER, 2);
	}
}
