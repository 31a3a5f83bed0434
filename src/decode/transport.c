/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Transport headers, by IP protocol number: TCP (RFC 9293), UDP (RFC 768), SCTP (RFC 9260),
 * ICMP (RFC 792), ICMPv6 (RFC 4443). Everything else is payload from here on.
 */
#include "decode/walk.h"

/* Takes the first LEN bytes of a header; DECODED when they are there. */
static inline enum fa_decode_result take(struct fa_walk *w, size_t len, struct fa_cursor *h)
{
	if (fa_walk_take(w, len, h))
		return FA_DECODE_DECODED;
	return fa_walk_short(w, len, FA_DECODE_MALFORMED_TRANSPORT);
}

/* Moves to the payload, LEN bytes on; to the end of what was captured when that is before. */
static inline void skip_to_payload(struct fa_walk *w, size_t len)
{
	size_t left = fa_cursor_left(&w->c);

	w->out->payload_bytes = (uint32_t)(fa_walk_wire_left(w) - len);
	fa_cursor_skip(&w->c, len < left ? len : left);
}

static enum fa_decode_result no_ports(struct fa_walk *w)
{
	skip_to_payload(w, 0);
	return FA_DECODE_DECODED;
}

/*
 * A first fragment that ends within the header (RFC 1858 section 3): the ports are there, of TCP
 * no flags, and what is payload is not known.
 */
static inline bool is_tiny(const struct fa_walk *w, size_t header_len)
{
	return (w->out->flags & FA_PACKET_FRAGMENT_FIRST) != 0 &&
	       fa_walk_wire_left(w) < header_len;
}

static enum fa_decode_result tiny(struct fa_walk *w)
{
	enum { PORTS = 4 };
	struct fa_cursor h;
	enum fa_decode_result result = take(w, PORTS, &h);

	if (result != FA_DECODE_DECODED)
		return result;
	w->out->src_port = fa_cursor_u16(&h);
	w->out->dst_port = fa_cursor_u16(&h);
	fa_cursor_skip(&w->c, fa_cursor_left(&w->c));
	return FA_DECODE_DECODED;
}

static enum fa_decode_result tcp(struct fa_walk *w)
{
	enum { TO_FLAGS = 14, MINIMUM = 20 };
	struct fa_packet *out = w->out;
	struct fa_cursor h;
	struct fa_cursor rest;
	size_t wire_len = fa_walk_wire_left(w);
	size_t header_len;
	bool may_end_early = out->flags & FA_PACKET_FRAGMENT_FIRST; /* the rest is in the next */
	enum fa_decode_result result;

	if (is_tiny(w, TO_FLAGS))
		return tiny(w);
	result = take(w, TO_FLAGS, &h);
	if (result != FA_DECODE_DECODED)
		return result;
	out->src_port = fa_cursor_u16(&h);
	out->dst_port = fa_cursor_u16(&h);
	out->tcp_seq = fa_cursor_u32(&h);
	out->tcp_ack = fa_cursor_u32(&h);
	header_len = (fa_cursor_u8(&h) >> 4) * 4u;
	out->tcp_flags = fa_cursor_u8(&h);
	if (header_len < MINIMUM || (header_len > wire_len && !may_end_early))
		return FA_DECODE_MALFORMED_TRANSPORT;
	if (header_len > wire_len)
		header_len = wire_len;
	rest = w->c;
	out->tcp_window = fa_cursor_u16(&rest); /* 0 when it is cut off */
	skip_to_payload(w, header_len - TO_FLAGS);
	return FA_DECODE_DECODED;
}

static enum fa_decode_result udp(struct fa_walk *w)
{
	enum { HEADER = 8 };
	struct fa_packet *out = w->out;
	struct fa_cursor h;
	size_t ip_payload = fa_walk_wire_left(w);
	size_t len;
	enum fa_decode_result result = take(w, HEADER, &h);

	if (result != FA_DECODE_DECODED)
		return result;
	out->src_port = fa_cursor_u16(&h);
	out->dst_port = fa_cursor_u16(&h);
	len = fa_cursor_u16(&h);
	if (len == 0 || len > ip_payload) /* jumbogram (RFC 2675 section 4), offload; fragment */
		len = ip_payload;
	if (len < HEADER)
		return FA_DECODE_MALFORMED_TRANSPORT;
	if (fa_walk_udp_tunnel(w, len - HEADER, &result))
		return result;
	out->payload_bytes = (uint32_t)(len - HEADER);
	return FA_DECODE_DECODED;
}

static enum fa_decode_result sctp(struct fa_walk *w)
{
	enum { HEADER = 12 }; /* the common header; chunks are payload */
	struct fa_cursor h;
	enum fa_decode_result result;

	if (is_tiny(w, HEADER))
		return tiny(w);
	result = take(w, HEADER, &h);
	if (result != FA_DECODE_DECODED)
		return result;
	w->out->src_port = fa_cursor_u16(&h);
	w->out->dst_port = fa_cursor_u16(&h);
	skip_to_payload(w, 0);
	return FA_DECODE_DECODED;
}

/* ICMP message types that ask and answer. */
struct exchange {
	uint8_t request;
	uint8_t reply;
};

static const struct exchange icmp_exchanges[] = {
	{8, 0},	  /* echo (RFC 792) */
	{13, 14}, /* timestamp (RFC 792) */
	{15, 16}, /* information (RFC 792) */
	{17, 18}, /* address mask (RFC 950) */
	{42, 43}, /* extended echo (RFC 8335) */
	{0, 0},
};

static const struct exchange icmp6_exchanges[] = {
	{128, 129}, /* echo (RFC 4443) */
	{135, 136}, /* neighbour solicitation and advertisement (RFC 4861) */
	{133, 134}, /* router solicitation and advertisement (RFC 4861) */
	{139, 140}, /* node information (RFC 4620) */
	{144, 145}, /* home agent address discovery (RFC 6275) */
	{146, 147}, /* mobile prefix (RFC 6275) */
	{160, 161}, /* extended echo (RFC 8335) */
	{0, 0},
};

/* Gives both messages of an exchange the same type and code. */
static void pair_up(struct fa_packet *out, uint8_t type, const struct exchange *exchanges)
{
	const struct exchange *e = exchanges;
	struct fa_addr dst;

	while (e->request != 0 && e->request != type && e->reply != type)
		e++;
	if (e->request == 0)
		return;
	if (e->reply == type) {
		dst = fa_packet_addr(out->dst, out->ip_version);
		if (fa_addr_is_multicast(&dst))
			return; /* an announcement: nobody asked */
		out->flags |= FA_PACKET_REPLY;
	}
	out->src_port = e->request;
	out->dst_port = 0;
}

void fa_walk_set_icmp(struct fa_packet *out, uint8_t transport, uint8_t type, uint8_t code)
{
	out->src_port = type;
	out->dst_port = code;
	pair_up(out, type, transport == FA_IP_ICMP ? icmp_exchanges : icmp6_exchanges);
}

static enum fa_decode_result icmp(struct fa_walk *w)
{
	enum { MINIMUM = 4, HEADER = 8 }; /* the second half differs by type, but all have it */
	size_t wire_len = fa_walk_wire_left(w);
	struct fa_cursor h;
	uint8_t type, code;
	enum fa_decode_result result = take(w, MINIMUM, &h);

	if (result != FA_DECODE_DECODED)
		return result;
	type = fa_cursor_u8(&h);
	code = fa_cursor_u8(&h);
	fa_walk_set_icmp(w->out, w->next, type, code);
	skip_to_payload(w, wire_len < HEADER ? wire_len - MINIMUM : HEADER - MINIMUM);
	fa_walk_quote(w, type, code);
	return FA_DECODE_DECODED;
}

static const fa_walk_fn transports[256] = {
	[FA_IP_ICMP] = icmp,  [FA_IP_TCP] = tcp,   [FA_IP_UDP] = udp,
	[FA_IP_ICMP6] = icmp, [FA_IP_SCTP] = sctp,
};

enum fa_decode_result fa_walk_transport(struct fa_walk *w)
{
	fa_walk_fn walk = transports[w->next];

	w->out->transport = w->next;
	if (w->out->flags & FA_PACKET_FRAGMENT_LATER) {
		w->out->payload_bytes = (uint32_t)fa_walk_wire_left(w);
		fa_cursor_skip(&w->c, fa_cursor_left(&w->c)); /* nothing to inspect */
		return FA_DECODE_DECODED;
	}
	return walk == NULL ? no_ports(w) : walk(w);
}
