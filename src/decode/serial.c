/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PPP (RFC 1661) and Cisco HDLC (RFC 1547 section 4.3.1) as captured on serial lines. */
#include "decode/links.h"

#define DIRECTION 1u /* a byte: 0 for received, anything else for sent */

/* Address, control, EtherType. SLARP (0x8035) and CDP (0x2000) are not IP. */
enum fa_decode_result fa_walk_cisco_hdlc(struct fa_walk *w)
{
	struct fa_cursor h;

	if (!fa_walk_take(w, 4, &h))
		return fa_walk_short(w, 4, FA_DECODE_MALFORMED_LINK);
	fa_cursor_skip(&h, 2);
	return fa_walk_ethertype(w, fa_cursor_u16(&h));
}

/* LINKTYPE_C_HDLC_WITH_DIR */
enum fa_decode_result fa_walk_cisco_hdlc_directed(struct fa_walk *w)
{
	return fa_walk_behind(w, DIRECTION, fa_walk_cisco_hdlc);
}

/*
 * LINKTYPE_PPP, LINKTYPE_PPP_HDLC: PPP with or without address and control, or Cisco HDLC when the
 * address byte is one of its two (unicast, broadcast).
 */
enum fa_decode_result fa_walk_ppp_serial(struct fa_walk *w)
{
	struct fa_cursor peek = w->c;
	uint8_t address = fa_cursor_u8(&peek);

	return address == 0x0f || address == 0x8f ? fa_walk_cisco_hdlc(w) : fa_walk_ppp(w);
}

/* LINKTYPE_PPP_WITH_DIR */
enum fa_decode_result fa_walk_ppp_directed(struct fa_walk *w)
{
	return fa_walk_behind(w, DIRECTION, fa_walk_ppp);
}

/* LINKTYPE_PPP_PPPD: the direction takes the place of the address, the control byte follows. */
enum fa_decode_result fa_walk_pppd(struct fa_walk *w)
{
	return fa_walk_behind(w, DIRECTION + 1, fa_walk_ppp);
}
