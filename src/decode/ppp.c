/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PPP (RFC 1661, RFC 1662) and PPP over Ethernet (RFC 2516). */
#include "decode/walk.h"

static enum fa_decode_result encrypted(struct fa_walk *w)
{
	(void)w;
	return FA_DECODE_ENCRYPTED;
}

static enum fa_decode_result unsupported(struct fa_walk *w)
{
	(void)w;
	return FA_DECODE_ENCAPSULATION;
}

/* Numbers: IANA "Point-to-Point (PPP) Protocol Field Assignments". The rest is not IP. */
static const struct ppp_protocol {
	uint16_t number;
	fa_walk_fn walk;
} protocols[] = {
	{0x0021, fa_walk_ip4},	{0x0057, fa_walk_ip6}, {0x0281, fa_walk_mpls},
	{0x0283, fa_walk_mpls}, {0x0053, encrypted}, /* RFC 1968 */
	{0x0055, encrypted},			     /* the same, one link of a bundle */
	{0x002d, unsupported},			     /* compressed TCP header (RFC 1144) */
	{0x002f, unsupported},			     /* its uncompressed beginning */
	{0x003d, unsupported},			     /* multilink (RFC 1990) */
	{0x00fb, unsupported}, /* compressed, one link of a bundle (RFC 1962) */
	{0x00fd, unsupported}, /* compressed */
};

/* What the ends of a link agree upon. Where it may be no link, the rest shows that it is none. */
static const uint16_t controls[] = {
	0x8021, /* addresses of IPv4 (RFC 1332) */
	0x8053, /* encryption (RFC 1968) */
	0x8057, /* addresses of IPv6 (RFC 5072) */
	0x80fb, /* compression, one link of a bundle (RFC 1962) */
	0x80fd, /* compression */
	0x8281, /* MPLS (RFC 3032) */
	0xc021, /* the link (RFC 1661) */
	0xc023, /* password (RFC 1334) */
	0xc025, /* quality (RFC 1989) */
	0xc02b, /* bandwidth (RFC 2125) */
	0xc223, /* challenge (RFC 1994) */
	0xc227, /* extensible authentication (RFC 3748) */
};

static bool is_control(uint16_t number)
{
	for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
		if (controls[i] == number)
			return true;
	return false;
}

static enum fa_decode_result walk_protocol(struct fa_walk *w, uint16_t number)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (protocols[i].number == number)
			return protocols[i].walk(w);
	return w->doubtful && !is_control(number) ? FA_DECODE_MALFORMED_LINK : FA_DECODE_NOT_IP;
}

/*
 * The protocol field: one byte when odd, two otherwise (RFC 1661 section 2), after address and
 * control, ff 03, which may be left out (section 6.6); no protocol begins with ff.
 */
static bool take_protocol(struct fa_walk *w, uint16_t *number)
{
	uint8_t first = fa_cursor_u8(&w->c);

	if (first == 0xff) {
		fa_cursor_skip(&w->c, 1);
		first = fa_cursor_u8(&w->c);
	}
	*number = first;
	if ((first & 1) == 0)
		*number = (uint16_t)(first << 8 | fa_cursor_u8(&w->c));
	return fa_cursor_ok(&w->c);
}

enum fa_decode_result fa_walk_ppp(struct fa_walk *w)
{
	uint16_t number;

	if (!fa_walk_enter(w))
		return FA_DECODE_TOO_MANY_HEADERS;
	if (!take_protocol(w, &number))
		return fa_walk_short(w, 1, FA_DECODE_MALFORMED_LINK);
	return walk_protocol(w, number);
}

enum fa_decode_result fa_walk_pppoe(struct fa_walk *w)
{
	struct fa_cursor h;
	uint8_t version_type;
	uint16_t session;
	uint16_t len;

	if (!fa_walk_take(w, 6, &h))
		return fa_walk_short(w, 6, FA_DECODE_MALFORMED_LINK);
	version_type = fa_cursor_u8(&h);
	if (version_type != 0x11)
		return FA_DECODE_MALFORMED_LINK;
	if (fa_cursor_u8(&h) != 0) /* code: discovery, no session data */
		return FA_DECODE_NOT_IP;
	session = fa_cursor_u16(&h);
	len = fa_cursor_u16(&h);
	if (len < fa_walk_wire_left(w)) /* more: the mirror cut the frame */
		fa_walk_set_end(w, w->c.pos, len);
	fa_walk_set_tunnel(w, FA_TUNNEL_PPPOE, session);
	return fa_walk_ppp(w);
}
