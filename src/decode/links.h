/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Link layers, for the table in link.c and for those that carry another one.
 *
 * Each function reads the link header at the cursor and walks on, as those of walk.h do. Layouts
 * are described where they are read. What LINKTYPE_NAME means here is the page of that name in the
 * registry of the tcpdump group (tcpdump.org, "Link-layer header types").
 */
#ifndef FA_DECODE_LINKS_H
#define FA_DECODE_LINKS_H

#include "decode/walk.h"

/* link.c: what a header that names a link type carries; ENCAPSULATION when that one is unknown. */
enum fa_decode_result fa_walk_inner_link(struct fa_walk *w, uint32_t link_type);

/* loopback.c: only an address family in front of IP. */
enum fa_decode_result fa_walk_family(struct fa_walk *w, uint32_t family);
enum fa_decode_result fa_walk_loopback(struct fa_walk *w);
enum fa_decode_result fa_walk_raw_or_loopback(struct fa_walk *w);
enum fa_decode_result fa_walk_enc(struct fa_walk *w);

/* cooked.c: what Linux gives of devices of any kind. */
enum fa_decode_result fa_walk_sll(struct fa_walk *w);
enum fa_decode_result fa_walk_sll2(struct fa_walk *w);

/* hosts.c: headers that operating systems put in front of what they log. */
enum fa_decode_result fa_walk_pflog(struct fa_walk *w);
enum fa_decode_result fa_walk_nflog(struct fa_walk *w);
enum fa_decode_result fa_walk_ipnet(struct fa_walk *w);
enum fa_decode_result fa_walk_pktap(struct fa_walk *w);

/* serial.c: PPP and Cisco HDLC on serial lines; with a byte in front that says who sent. */
enum fa_decode_result fa_walk_cisco_hdlc(struct fa_walk *w);
enum fa_decode_result fa_walk_cisco_hdlc_directed(struct fa_walk *w);
enum fa_decode_result fa_walk_ppp_serial(struct fa_walk *w);
enum fa_decode_result fa_walk_ppp_directed(struct fa_walk *w);
enum fa_decode_result fa_walk_pppd(struct fa_walk *w);

/* relay.c: frame relay and ATM. */
enum fa_decode_result fa_walk_frame_relay(struct fa_walk *w);
enum fa_decode_result fa_walk_frame_relay_directed(struct fa_walk *w);
enum fa_decode_result fa_walk_atm_llc(struct fa_walk *w);
enum fa_decode_result fa_walk_sunatm(struct fa_walk *w);

/* lan.c: local networks that are not Ethernet. */
enum fa_decode_result fa_walk_token_ring(struct fa_walk *w);
enum fa_decode_result fa_walk_fddi(struct fa_walk *w);
enum fa_decode_result fa_walk_ip_over_fc(struct fa_walk *w);
enum fa_decode_result fa_walk_firewire(struct fa_walk *w);
enum fa_decode_result fa_walk_ipoib(struct fa_walk *w);

/* taps.c: Ethernet as taps and switches see it. */
enum fa_decode_result fa_walk_netanalyzer(struct fa_walk *w);
enum fa_decode_result fa_walk_netanalyzer_transparent(struct fa_walk *w);
enum fa_decode_result fa_walk_mpacket(struct fa_walk *w);
enum fa_decode_result fa_walk_brcm_tag(struct fa_walk *w);
enum fa_decode_result fa_walk_brcm_tag_prepended(struct fa_walk *w);
enum fa_decode_result fa_walk_dsa_tag(struct fa_walk *w);
enum fa_decode_result fa_walk_edsa_tag(struct fa_walk *w);

/* wifi.c: 802.11, and what the radio said of the frame: bits as in the flags of radiotap. */
enum {
	FA_RADIO_FCS = 0x10,	/* a checksum of four bytes ends the frame */
	FA_RADIO_PAD = 0x20,	/* the body begins at a multiple of four bytes */
	FA_RADIO_BAD_FCS = 0x40 /* the checksum is wrong */
};
enum fa_decode_result fa_walk_wifi_frame(struct fa_walk *w, unsigned radio);
enum fa_decode_result fa_walk_wifi(struct fa_walk *w);

/* radio.c: headers about the radio in front of 802.11. */
enum fa_decode_result fa_walk_radiotap(struct fa_walk *w);
enum fa_decode_result fa_walk_prism(struct fa_walk *w);
enum fa_decode_result fa_walk_avs(struct fa_walk *w);
enum fa_decode_result fa_walk_ppi(struct fa_walk *w);

/* Skips LEN bytes that do not matter. DECODED: they were there. */
static inline enum fa_decode_result fa_walk_skip(struct fa_walk *w, size_t len)
{
	struct fa_cursor skipped;

	return fa_walk_take(w, len, &skipped) ? FA_DECODE_DECODED
					      : fa_walk_short(w, len, FA_DECODE_MALFORMED_LINK);
}

/* Skips LEN bytes, then walks on with NEXT. */
static inline enum fa_decode_result fa_walk_behind(struct fa_walk *w, size_t len, fa_walk_fn next)
{
	enum fa_decode_result result = fa_walk_skip(w, len);

	return result == FA_DECODE_DECODED ? next(w) : result;
}

/* What follows has LEN bytes. More than the wire had: the mirror cut the frame. */
static inline void fa_walk_limit(struct fa_walk *w, size_t len)
{
	if (len < fa_walk_wire_left(w))
		fa_walk_set_end(w, w->c.pos, len);
}

/* The last LEN bytes of the frame are a checksum; false when there are fewer. */
static inline bool fa_walk_drop_tail(struct fa_walk *w, size_t len)
{
	size_t left = fa_walk_wire_left(w);

	if (len > left)
		return false;
	fa_walk_set_end(w, w->c.pos, left - len);
	return true;
}

static inline uint16_t fa_links_u16_le(struct fa_cursor *c)
{
	return __builtin_bswap16(fa_cursor_u16(c));
}

#endif
