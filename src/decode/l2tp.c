/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * L2TP, version 2 (RFC 2661) and 3 (RFC 3931). Control messages are packets of the tunnel's ends.
 *
 * What a session of version 3 carries, how long its cookie is (section 4.1.1: 0, 4 or 8 bytes), and
 * whether a sublayer of four bytes follows (section 4.6) its ends agreed upon before: it is not on
 * the wire. So the first place is taken, of 0, 4, 8 and 12 bytes on, where an Ethernet or PPP
 * header stands whose IP packet agrees in its lengths with what is left, or whose ARP message
 * begins as all do. Other frames of such a session, as spanning tree, stay packets of the tunnel's
 * ends.
 */
#include "decode/walk.h"

/* Takes LEN bytes of the header; DECODED when they are there. */
static enum fa_decode_result take(struct fa_walk *w, size_t len, struct fa_cursor *h)
{
	if (fa_walk_take(w, len, h))
		return FA_DECODE_DECODED;
	return fa_walk_short(w, len, FA_DECODE_MALFORMED_LINK);
}

/* Behind the session of version 3. */
static enum fa_decode_result walk_session(struct fa_walk *w)
{
	enum { UNIT = 4, COOKIE_AND_SUBLAYER_MAX = 12 };
	bool cut = false;

	for (size_t skip = 0; skip <= COOKIE_AND_SUBLAYER_MAX; skip += UNIT) {
		enum fa_look ethernet = fa_look_ethernet(w, skip);
		enum fa_look ppp = fa_look_ppp(w, skip);

		cut = cut || ethernet == FA_LOOK_CUT || ppp == FA_LOOK_CUT;
		if (ethernet < FA_LOOK_FITS && ppp < FA_LOOK_FITS)
			continue;
		fa_cursor_skip(&w->c, skip);
		fa_walk_set_tunnel(w, FA_TUNNEL_L2TP, 0);
		return ethernet >= FA_LOOK_FITS ? fa_walk_ethernet(w) : fa_walk_ppp(w);
	}
	return cut ? FA_DECODE_TRUNCATED : FA_DECODE_MALFORMED_LINK;
}

/* RFC 3931 section 4.1.1.1: session 0 is that of control messages. */
static enum fa_decode_result walk_version_3(struct fa_walk *w)
{
	struct fa_cursor h;
	enum fa_decode_result result = take(w, 4, &h);

	if (result != FA_DECODE_DECODED)
		return result;
	return fa_cursor_u32(&h) == 0 ? FA_DECODE_MALFORMED_LINK : walk_session(w);
}

/* RFC 2661 section 3.1, the flags of data messages; bits that are not here are 0. */
enum { LENGTH = 0x4000, SEQUENCE = 0x0800, OFFSET = 0x0200, PRIORITY = 0x0100, VERSION_2 = 2 };

/* The length of the whole message, of which four bytes are taken. */
static enum fa_decode_result take_length(struct fa_walk *w)
{
	enum { TAKEN = 4 };
	struct fa_cursor h;
	size_t len;
	enum fa_decode_result result = take(w, 2, &h);

	if (result != FA_DECODE_DECODED)
		return result;
	len = fa_cursor_u16(&h);
	if (len < TAKEN || (len - TAKEN > fa_walk_wire_left(w) && !w->partial))
		return FA_DECODE_MALFORMED_LINK;
	if (len - TAKEN < fa_walk_wire_left(w))
		fa_walk_set_end(w, w->c.pos, len - TAKEN);
	return result;
}

/* Tunnel and session; neither of a session is 0. */
static enum fa_decode_result take_ids(struct fa_walk *w)
{
	struct fa_cursor h;
	enum fa_decode_result result = take(w, 4, &h);
	uint16_t tunnel = fa_cursor_u16(&h);
	uint16_t session = fa_cursor_u16(&h);

	if (result == FA_DECODE_DECODED && (tunnel == 0 || session == 0))
		return FA_DECODE_MALFORMED_LINK;
	return result;
}

static enum fa_decode_result skip_offset(struct fa_walk *w)
{
	struct fa_cursor h;
	enum fa_decode_result result = take(w, 2, &h);

	return result == FA_DECODE_DECODED ? take(w, fa_cursor_u16(&h), &h) : result;
}

static enum fa_decode_result walk_version_2(struct fa_walk *w, uint16_t flags)
{
	struct fa_cursor h;
	enum fa_decode_result result = FA_DECODE_DECODED;

	if ((flags & LENGTH) != 0)
		result = take_length(w);
	if (result == FA_DECODE_DECODED)
		result = take_ids(w);
	if (result == FA_DECODE_DECODED && (flags & SEQUENCE) != 0)
		result = take(w, 4, &h);
	if (result == FA_DECODE_DECODED && (flags & OFFSET) != 0)
		result = skip_offset(w);
	if (result != FA_DECODE_DECODED)
		return result;
	fa_walk_set_tunnel(w, FA_TUNNEL_L2TP, 0);
	return fa_walk_ppp(w);
}

/* RFC 3931 section 4.1.2.1: over UDP version 3 begins as version 2 does, and two bytes of 0. */
enum fa_decode_result fa_walk_l2tp_udp(struct fa_walk *w)
{
	enum { VERSION_3 = 3 };
	struct fa_cursor h;
	uint16_t flags;
	enum fa_decode_result result;

	if (!fa_walk_enter(w))
		return FA_DECODE_TOO_MANY_HEADERS;
	result = take(w, 2, &h);
	if (result != FA_DECODE_DECODED)
		return result;
	flags = fa_cursor_u16(&h);
	if ((flags & ~(LENGTH | SEQUENCE | OFFSET | PRIORITY)) == VERSION_2)
		return walk_version_2(w, flags);
	if (flags != VERSION_3)
		return FA_DECODE_MALFORMED_LINK;
	result = take(w, 2, &h);
	if (result != FA_DECODE_DECODED)
		return result;
	return fa_cursor_u16(&h) != 0 ? FA_DECODE_MALFORMED_LINK : walk_version_3(w);
}

enum fa_decode_result fa_walk_l2tp_ip(struct fa_walk *w)
{
	return fa_walk_enter(w) ? walk_version_3(w) : FA_DECODE_TOO_MANY_HEADERS;
}
