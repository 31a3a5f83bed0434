/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * IP packets over UDP: GTP-U of mobile networks (3GPP TS 29.281), Teredo (RFC 4380), AYIYA
 * (draft-massar-v6ops-ayiya) and LISP (RFC 9300). Nothing but a port says that they are there, so
 * the packet inside has to end where the datagram does; of Teredo, it has addresses of that
 * service.
 */
#include "decode/walk.h"

/* Takes LEN bytes of the header; DECODED when they are there. */
static enum fa_decode_result take(struct fa_walk *w, size_t len, struct fa_cursor *h)
{
	if (fa_walk_take(w, len, h))
		return FA_DECODE_DECODED;
	return fa_walk_short(w, len, FA_DECODE_MALFORMED_LINK);
}

/* Takes the first LEN bytes of a header; DECODED when they are there. */
static enum fa_decode_result enter(struct fa_walk *w, size_t len, struct fa_cursor *h)
{
	return fa_walk_enter(w) ? take(w, len, h) : FA_DECODE_TOO_MANY_HEADERS;
}

/*
 * TS 29.281 section 5.2: a header has its length in units of four bytes first and the type of the
 * next one last; 0 ends the chain.
 */
static enum fa_decode_result skip_extensions(struct fa_walk *w, uint8_t type)
{
	enum { UNIT = 4 };
	struct fa_cursor h;
	size_t len;
	enum fa_decode_result result = FA_DECODE_DECODED;

	while (type != 0 && result == FA_DECODE_DECODED) {
		result = enter(w, 1, &h);
		if (result != FA_DECODE_DECODED)
			return result;
		len = fa_cursor_u8(&h) * (size_t)UNIT;
		if (len == 0)
			return FA_DECODE_MALFORMED_LINK;
		result = take(w, len - 1, &h);
		fa_cursor_skip(&h, len - 2);
		type = fa_cursor_u8(&h);
	}
	return result;
}

/* A user's IP packet, or (TS 29.281 section 4.3, for 5G) Ethernet frame. */
static enum fa_decode_result walk_gtp_inside(struct fa_walk *w)
{
	enum fa_look ip = fa_look_ip(w, 0);
	enum fa_look ethernet;

	if (ip == FA_LOOK_CUT)
		return FA_DECODE_TRUNCATED;
	if (ip == FA_LOOK_FILLS)
		return fa_walk_ip(w);
	ethernet = fa_look_ethernet(w, 0);
	if (ethernet == FA_LOOK_CUT)
		return FA_DECODE_TRUNCATED;
	return ethernet >= FA_LOOK_FITS ? fa_walk_ethernet(w) : FA_DECODE_MALFORMED_LINK;
}

/*
 * TS 29.281 section 5.1: version 1, protocol type 1, a bit of 0, and three that say what of the
 * optional four bytes counts; message, length of what follows the first eight bytes, tunnel. All
 * messages but user packets (section 6.1) are between the tunnel's ends.
 */
enum fa_decode_result fa_walk_gtp(struct fa_walk *w)
{
	enum { VERSION_1 = 0x30, EXTENSION = 0x04, OPTIONAL = 0x07, USER_PACKET = 255 };
	struct fa_cursor h;
	uint8_t flags, message;
	uint8_t extension = 0;
	size_t len;
	enum fa_decode_result result = enter(w, 8, &h);

	if (result != FA_DECODE_DECODED)
		return result;
	flags = fa_cursor_u8(&h);
	message = fa_cursor_u8(&h);
	len = fa_cursor_u16(&h);
	if ((flags & ~OPTIONAL) != VERSION_1 || message != USER_PACKET ||
	    (len != fa_walk_wire_left(w) && !w->partial))
		return FA_DECODE_MALFORMED_LINK;
	if ((flags & OPTIONAL) != 0) {
		result = take(w, 4, &h);
		fa_cursor_skip(&h, 3); /* sequence and packet numbers */
		extension = fa_cursor_u8(&h);
	}
	if (result == FA_DECODE_DECODED && (flags & EXTENSION) != 0)
		result = skip_extensions(w, extension);
	if (result != FA_DECODE_DECODED)
		return result;
	fa_walk_set_tunnel(w, FA_TUNNEL_GTP, 0);
	return walk_gtp_inside(w);
}

/* RFC 4380 section 5.1.1: lengths of an identifier and a value; both, a nonce, a byte. */
static enum fa_decode_result skip_authentication(struct fa_walk *w)
{
	enum { NONCE_AND_CONFIRMATION = 9 };
	struct fa_cursor h;
	size_t len = NONCE_AND_CONFIRMATION;
	enum fa_decode_result result = take(w, 4, &h);

	if (result != FA_DECODE_DECODED)
		return result;
	fa_cursor_skip(&h, 2);
	len += fa_cursor_u8(&h);
	len += fa_cursor_u8(&h);
	return take(w, len, &h);
}

/* The first two bytes, which stay; DECODED when they are there. */
static enum fa_decode_result peek_u16(const struct fa_walk *w, uint16_t *value)
{
	struct fa_cursor peek = w->c;

	*value = fa_cursor_u16(&peek);
	if (fa_cursor_ok(&peek))
		return FA_DECODE_DECODED;
	return fa_walk_short(w, sizeof(*value), FA_DECODE_MALFORMED_LINK);
}

/* What stands before the packet: authentication, origin, or one after the other. */
static enum fa_decode_result skip_indications(struct fa_walk *w)
{
	enum { ORIGIN = 0x0000, AUTHENTICATION = 0x0001, ORIGIN_BYTES = 8 };
	struct fa_cursor h;
	uint16_t type;
	enum fa_decode_result result = peek_u16(w, &type);

	if (result == FA_DECODE_DECODED && type == AUTHENTICATION) {
		result = skip_authentication(w);
		if (result == FA_DECODE_DECODED)
			result = peek_u16(w, &type);
	}
	if (result == FA_DECODE_DECODED && type == ORIGIN)
		result = take(w, ORIGIN_BYTES, &h);
	return result;
}

/*
 * RFC 4380 sections 2.6 and 5.2: an address of this service, 2001:0::/32, or that of who asks a
 * server for one, from fe80::/10.
 */
static bool is_teredo(struct fa_cursor *address)
{
	enum { PREFIX = 0x20010000, LINK_LOCAL = 0xfe80 >> 6 };
	uint32_t first = fa_cursor_u32(address);

	fa_cursor_skip(address, 12);
	return first == PREFIX || first >> 22 == LINK_LOCAL;
}

/* The IPv6 header that must follow; trailers may stand behind its packet (RFC 6081 section 4). */
static enum fa_decode_result check_teredo(const struct fa_walk *w)
{
	enum { BEFORE_ADDRESSES = 7 };
	struct fa_cursor p = w->c;
	enum fa_look look = fa_look_ip(w, 0);

	if (look == FA_LOOK_CUT)
		return FA_DECODE_TRUNCATED;
	if (look < FA_LOOK_FITS || fa_cursor_u8(&p) >> 4 != 6)
		return FA_DECODE_MALFORMED_IP;
	fa_cursor_skip(&p, BEFORE_ADDRESSES);
	if (is_teredo(&p) || is_teredo(&p))
		return FA_DECODE_DECODED;
	return fa_cursor_ok(&p) ? FA_DECODE_MALFORMED_IP : FA_DECODE_TRUNCATED;
}

enum fa_decode_result fa_walk_teredo(struct fa_walk *w)
{
	enum fa_decode_result result;

	if (!fa_walk_enter(w))
		return FA_DECODE_TOO_MANY_HEADERS;
	result = skip_indications(w);
	if (result == FA_DECODE_DECODED)
		result = check_teredo(w);
	if (result != FA_DECODE_DECODED)
		return result;
	fa_walk_set_tunnel(w, FA_TUNNEL_TEREDO, 0);
	return fa_walk_ip6(w);
}

/*
 * draft-massar-v6ops-ayiya section 4: the length of the identity, as a power of two, and its type;
 * that of the signature, in units of four bytes, and its method; how it is authenticated, and what
 * to do; an IP protocol number; a time. Only what is to be forwarded is a packet.
 */
enum fa_decode_result fa_walk_ayiya(struct fa_walk *w)
{
	enum { FORWARD = 1, ECHO_AND_FORWARD = 3, IP4 = 4, IP6 = 41, UNIT = 4 };
	struct fa_cursor h;
	uint8_t identity, signature, operation, next;
	size_t len;
	enum fa_decode_result result = enter(w, 8, &h);

	if (result != FA_DECODE_DECODED)
		return result;
	identity = fa_cursor_u8(&h);
	signature = fa_cursor_u8(&h);
	operation = fa_cursor_u8(&h) & 0x0f;
	next = fa_cursor_u8(&h);
	if ((operation != FORWARD && operation != ECHO_AND_FORWARD) || (next != IP4 && next != IP6))
		return FA_DECODE_MALFORMED_LINK;
	len = ((size_t)1 << (identity >> 4)) + (signature >> 4) * (size_t)UNIT;
	result = take(w, len, &h);
	if (result != FA_DECODE_DECODED)
		return result;
	fa_walk_set_tunnel(w, FA_TUNNEL_AYIYA, 0);
	return fa_walk_ip_filling(w);
}

/*
 * RFC 9300 section 5.3: flags: nonce, locator bits, echo of the nonce, map version, instance, one
 * that is 0, key; nonce or versions; locator bits, or instance and fewer of them. A nonce and
 * versions exclude each other, an echo needs a nonce.
 */
enum fa_decode_result fa_walk_lisp(struct fa_walk *w)
{
	enum {
		NONCE = 0x80,
		ECHO = 0x20,
		VERSION = 0x10,
		INSTANCE = 0x08,
		ZERO = 0x04,
		KEY = 0x03
	};
	struct fa_cursor h;
	uint8_t flags;
	uint32_t instance;
	enum fa_decode_result result = enter(w, 8, &h);

	if (result != FA_DECODE_DECODED)
		return result;
	flags = fa_cursor_u8(&h);
	if ((flags & (ZERO | KEY)) != 0 || (flags & (NONCE | VERSION)) == (NONCE | VERSION) ||
	    (flags & (NONCE | ECHO)) == ECHO)
		return FA_DECODE_MALFORMED_LINK; /* with a key (RFC 8061) it is encrypted */
	fa_cursor_skip(&h, 3);
	instance = fa_cursor_u32(&h) >> 8;
	fa_walk_set_tunnel(w, FA_TUNNEL_LISP, flags & INSTANCE ? instance : 0);
	return fa_walk_ip_filling(w);
}
