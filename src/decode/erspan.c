/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ERSPAN (draft-foschiano-erspan): a mirror sends what it saw in GRE. The mirror is a part of the
 * tap, so it leaves no mark but the layer, and the VLANs of the mirrored frame are its own. Mirrors
 * cut frames, so lengths inside may claim more than is there. The VLAN that the header names, of a
 * frame whose tag is gone, is not taken.
 */
#include "decode/walk.h"

/* Takes a header of LEN bytes, its first half read into *FIRST; DECODED when it is there. */
static enum fa_decode_result take(struct fa_walk *w, size_t len, uint16_t *first,
				  struct fa_cursor *h)
{
	if (!fa_walk_enter(w))
		return FA_DECODE_TOO_MANY_HEADERS;
	if (!fa_walk_take(w, len, h))
		return fa_walk_short(w, len, FA_DECODE_MALFORMED_LINK);
	*first = fa_cursor_u16(h);
	return FA_DECODE_DECODED;
}

/* Section 4.2: version 1, VLAN, class, how the frame was tagged, session, place of the mirror. */
enum fa_decode_result fa_walk_erspan2(struct fa_walk *w, bool with_header)
{
	enum { TYPE_2 = 1 };
	enum fa_decode_result result;
	struct fa_cursor h;
	uint16_t first;

	if (with_header) {
		result = take(w, 8, &first, &h);
		if (result != FA_DECODE_DECODED)
			return result;
		if (first >> 12 != TYPE_2)
			return FA_DECODE_MALFORMED_LINK;
	}
	fa_walk_set_layer(w, FA_TUNNEL_ERSPAN);
	return fa_walk_ethernet(w);
}

/*
 * Section 4.3: version 2, then as above, a timestamp, a security group, the type of the frame and
 * whether eight bytes follow that depend on the mirror.
 */
enum fa_decode_result fa_walk_erspan3(struct fa_walk *w)
{
	enum { TYPE_3 = 2, PLATFORM_BYTES = 8, ETHERNET = 0, IP = 2 };
	enum fa_decode_result result;
	struct fa_cursor h;
	uint16_t first, last;

	result = take(w, 12, &first, &h);
	if (result != FA_DECODE_DECODED)
		return result;
	if (first >> 12 != TYPE_3)
		return FA_DECODE_MALFORMED_LINK;
	fa_cursor_skip(&h, 8); /* session, timestamp, group */
	last = fa_cursor_u16(&h);
	if ((last & 1) != 0 && !fa_walk_take(w, PLATFORM_BYTES, &h))
		return fa_walk_short(w, PLATFORM_BYTES, FA_DECODE_MALFORMED_LINK);
	fa_walk_set_layer(w, FA_TUNNEL_ERSPAN);
	switch (last >> 10 & 0x1f) {
	case ETHERNET:
		return fa_walk_ethernet(w);
	case IP:
		return fa_walk_ip(w);
	default:
		return FA_DECODE_ENCAPSULATION;
	}
}
