/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IPv4 (RFC 791), IPv6 and its extension headers (RFC 8200), authentication header (RFC 4302). */
#include "decode/walk.h"

#define IP4_HEADER 20u
#define IP6_HEADER 40u

/* IP protocol numbers of headers that are peeled (IANA "Protocol Numbers"). */
enum {
	HOP_BY_HOP = 0,
	ROUTING = 43,
	FRAGMENT = 44,
	AUTHENTICATION = 51,
	NO_NEXT_HEADER = 59,
	DESTINATION_OPTIONS = 60,
	MOBILITY = 135,
	HIP = 139,
	SHIM6 = 140
};

static void set_ip_end(struct fa_walk *w, size_t len)
{
	fa_walk_set_end(w, w->ip_start, len);
	w->out->ip_bytes = (uint32_t)len;
}

/*
 * Extension headers. Each function reads the header at the cursor and sets w->next; DECODED means
 * that the walk goes on with that.
 */

/* A header whose first byte is what follows and whose second gives its length. */
static enum fa_decode_result peel(struct fa_walk *w, unsigned unit_bytes, unsigned extra_units,
				  struct fa_cursor *body)
{
	struct fa_cursor h;
	size_t len;

	if (!fa_walk_take(w, 2, &h))
		return fa_walk_short(w, 2, FA_DECODE_MALFORMED_IP);
	w->next = fa_cursor_u8(&h);
	len = (fa_cursor_u8(&h) + extra_units) * unit_bytes - 2;
	if (!fa_walk_take(w, len, body))
		return fa_walk_short(w, len, FA_DECODE_MALFORMED_IP);
	return FA_DECODE_DECODED;
}

static enum fa_decode_result peel_options(struct fa_walk *w)
{
	struct fa_cursor body;

	return peel(w, 8, 1, &body);
}

static enum fa_decode_result peel_authentication(struct fa_walk *w)
{
	struct fa_cursor peek = w->c;
	struct fa_cursor body;

	fa_cursor_skip(&peek, 1);
	if (fa_cursor_u8(&peek) < 1 && fa_cursor_ok(&peek)) /* 12 bytes come before the value */
		return FA_DECODE_MALFORMED_IP;
	fa_walk_set_layer(w, FA_TUNNEL_AH);
	return peel(w, 4, 2, &body);
}

static enum fa_decode_result peel_fragment(struct fa_walk *w)
{
	struct fa_cursor h;
	uint16_t offset_and_more;

	if (!fa_walk_take(w, 8, &h))
		return fa_walk_short(w, 8, FA_DECODE_MALFORMED_IP);
	w->next = fa_cursor_u8(&h);
	fa_cursor_skip(&h, 1);
	offset_and_more = fa_cursor_u16(&h);
	w->out->fragment_id = fa_cursor_u32(&h);
	/* A later piece of what is a first piece itself has no transport header. */
	if ((offset_and_more & 0xfff8) != 0)
		w->out->flags = FA_PACKET_FRAGMENT_LATER;
	else if ((offset_and_more & 1) != 0)
		w->out->flags |= FA_PACKET_FRAGMENT_FIRST;
	return FA_DECODE_DECODED;
}

/* The length of a jumbo payload (RFC 2675 section 2) among hop-by-hop options; 0 for none. */
static uint32_t find_jumbo(struct fa_cursor *options)
{
	enum { PAD1 = 0, JUMBO = 0xc2 };

	while (fa_cursor_left(options) > 0) {
		uint8_t type = fa_cursor_u8(options);
		uint8_t len;

		if (type == PAD1)
			continue;
		len = fa_cursor_u8(options);
		if (type == JUMBO && len == 4)
			return fa_cursor_u32(options);
		fa_cursor_skip(options, len);
	}
	return 0;
}

static enum fa_decode_result peel_hop_by_hop(struct fa_walk *w)
{
	struct fa_cursor body;
	enum fa_decode_result result = peel(w, 8, 1, &body);
	uint32_t jumbo;

	if (result != FA_DECODE_DECODED || !w->ip_len_open)
		return result;
	jumbo = find_jumbo(&body);
	if (jumbo == 0)
		return result;
	if (jumbo <= UINT16_MAX || jumbo > w->end - w->ip_start - IP6_HEADER)
		return FA_DECODE_MALFORMED_IP;
	set_ip_end(w, IP6_HEADER + (size_t)jumbo);
	return result;
}

static const fa_walk_fn ip4_extensions[256] = {
	[AUTHENTICATION] = peel_authentication,
};

static const fa_walk_fn ip6_extensions[256] = {
	[HOP_BY_HOP] = peel_hop_by_hop,
	[ROUTING] = peel_options,
	[FRAGMENT] = peel_fragment,
	[AUTHENTICATION] = peel_authentication,
	[DESTINATION_OPTIONS] = peel_options,
	[MOBILITY] = peel_options,
	[HIP] = peel_options,
	[SHIM6] = peel_options,
};

/*
 * Mobility, HIP and shim6 headers that nothing follows are messages of their own (RFC 6275
 * section 6.1, RFC 7401 section 5.1, RFC 5533 section 5.3): not peeled, but the transport.
 */
static bool is_message(const struct fa_walk *w)
{
	struct fa_cursor peek = w->c;

	return w->next >= MOBILITY && fa_cursor_u8(&peek) == NO_NEXT_HEADER;
}

static enum fa_decode_result peel_extensions(struct fa_walk *w, const fa_walk_fn extensions[256])
{
	enum fa_decode_result result;

	while (extensions[w->next] != NULL && !(w->out->flags & FA_PACKET_FRAGMENT_LATER) &&
	       !is_message(w)) {
		if (!fa_walk_enter(w))
			return FA_DECODE_TOO_MANY_HEADERS;
		result = extensions[w->next](w);
		if (result != FA_DECODE_DECODED)
			return result;
	}
	return FA_DECODE_DECODED;
}

/* After IP headers: a tunnel or a transport. */
static enum fa_decode_result walk_next(struct fa_walk *w, enum fa_decode_result result)
{
	if (result != FA_DECODE_DECODED)
		return result;
	if (!(w->out->flags & FA_PACKET_FRAGMENT_LATER) && fa_walk_tunnel(w, &result))
		return result;
	return fa_walk_transport(w);
}

static void set_ip4_fragment(struct fa_packet *out, uint16_t flags_and_offset)
{
	if ((flags_and_offset & 0x1fff) != 0)
		out->flags |= FA_PACKET_FRAGMENT_LATER;
	else if ((flags_and_offset & 0x2000) != 0) /* more fragments */
		out->flags |= FA_PACKET_FRAGMENT_FIRST;
}

/*
 * The length of a packet may be more than what is left, since mirrors cut frames; but where it may
 * be no packet at all, that shows that it is none.
 */
static bool is_beyond(const struct fa_walk *w, size_t len)
{
	return w->doubtful && !w->partial && len > w->end - w->ip_start;
}

enum fa_decode_result fa_walk_ip4_headers(struct fa_walk *w)
{
	struct fa_packet *out = w->out;
	struct fa_cursor h;
	uint8_t version_and_len;
	size_t header_len;
	size_t total_len;

	if (!fa_walk_enter(w))
		return FA_DECODE_TOO_MANY_HEADERS;
	w->ip_start = w->c.pos;
	if (!fa_walk_take(w, IP4_HEADER, &h))
		return fa_walk_short(w, IP4_HEADER, FA_DECODE_MALFORMED_IP);
	version_and_len = fa_cursor_u8(&h);
	header_len = (version_and_len & 0x0fu) * 4;
	fa_cursor_skip(&h, 1); /* service class */
	total_len = fa_cursor_u16(&h);
	if (total_len == 0) /* segmentation offload */
		total_len = w->end - w->ip_start;
	if (version_and_len >> 4 != 4 || header_len < IP4_HEADER || total_len < header_len ||
	    is_beyond(w, total_len))
		return FA_DECODE_MALFORMED_IP;
	set_ip_end(w, total_len);
	out->ip_version = 4;
	out->fragment_id = fa_cursor_u16(&h);
	set_ip4_fragment(out, fa_cursor_u16(&h));
	out->ttl = fa_cursor_u8(&h);
	w->next = fa_cursor_u8(&h);
	fa_cursor_skip(&h, 2); /* checksum: offloads leave it wrong */
	fa_cursor_bytes(&h, out->src, 4);
	fa_cursor_bytes(&h, out->dst, 4);
	if (header_len > IP4_HEADER && !fa_walk_take(w, header_len - IP4_HEADER, &h))
		return FA_DECODE_TRUNCATED; /* options */
	return peel_extensions(w, ip4_extensions);
}

enum fa_decode_result fa_walk_ip6_headers(struct fa_walk *w)
{
	struct fa_packet *out = w->out;
	struct fa_cursor h;
	size_t payload_len;

	if (!fa_walk_enter(w))
		return FA_DECODE_TOO_MANY_HEADERS;
	w->ip_start = w->c.pos;
	if (!fa_walk_take(w, IP6_HEADER, &h))
		return fa_walk_short(w, IP6_HEADER, FA_DECODE_MALFORMED_IP);
	if (fa_cursor_u32(&h) >> 28 != 6)
		return FA_DECODE_MALFORMED_IP;
	payload_len = fa_cursor_u16(&h);
	w->next = fa_cursor_u8(&h);
	w->ip_len_open = payload_len == 0 && w->next != NO_NEXT_HEADER;
	if (w->ip_len_open) /* jumbo payload or segmentation offload */
		payload_len = fa_walk_wire_left(w);
	if (is_beyond(w, IP6_HEADER + payload_len))
		return FA_DECODE_MALFORMED_IP;
	set_ip_end(w, IP6_HEADER + payload_len);
	out->ip_version = 6;
	out->ttl = fa_cursor_u8(&h);
	fa_cursor_bytes(&h, out->src, 16);
	fa_cursor_bytes(&h, out->dst, 16);
	return peel_extensions(w, ip6_extensions);
}

enum fa_decode_result fa_walk_ip4(struct fa_walk *w)
{
	return walk_next(w, fa_walk_ip4_headers(w));
}

enum fa_decode_result fa_walk_ip6(struct fa_walk *w)
{
	return walk_next(w, fa_walk_ip6_headers(w));
}

enum fa_decode_result fa_walk_ip(struct fa_walk *w)
{
	struct fa_cursor peek = w->c;
	uint8_t version = fa_cursor_u8(&peek) >> 4;

	if (!fa_cursor_ok(&peek))
		return fa_walk_short(w, 1, FA_DECODE_MALFORMED_IP);
	if (version == 4)
		return fa_walk_ip4(w);
	return version == 6 ? fa_walk_ip6(w) : FA_DECODE_MALFORMED_IP;
}
