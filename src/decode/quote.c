/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The packet that an ICMP error quotes: its IP header and at least eight bytes more (RFC 792), as
 * much of it as fits (RFC 1812 section 4.3.2.3, RFC 4443 section 2.4). Only a header is sure to be
 * there, so what follows is read less far than in a packet of its own.
 */
#include "decode/walk.h"

/* Whether the message says that the quoted packet did not arrive; decode.h says why so few. */
static bool is_unreachable(uint8_t transport, uint8_t type, uint8_t code)
{
	enum { UNREACHABLE = 3, FRAGMENTATION_NEEDED = 4, UNREACHABLE6 = 1 };

	if (transport == FA_IP_ICMP)
		return type == UNREACHABLE && code != FRAGMENTATION_NEEDED;
	return type == UNREACHABLE6;
}

/* Ports, or what stands for them; false when they are not there or the packet was an answer. */
static bool read_ports(struct fa_walk *q)
{
	struct fa_packet *quoted = q->out;
	uint8_t type;

	switch (q->next) {
	case FA_IP_TCP:
	case FA_IP_UDP:
	case FA_IP_SCTP:
		quoted->src_port = fa_cursor_u16(&q->c);
		quoted->dst_port = fa_cursor_u16(&q->c);
		break;
	case FA_IP_ICMP:
	case FA_IP_ICMP6:
		type = fa_cursor_u8(&q->c);
		fa_walk_set_icmp(quoted, q->next, type, fa_cursor_u8(&q->c));
		break;
	default: /* no ports */
		break;
	}
	return fa_cursor_ok(&q->c) && (quoted->flags & FA_PACKET_REPLY) == 0;
}

void fa_walk_quote(const struct fa_walk *w, uint8_t type, uint8_t code)
{
	struct fa_packet *out = w->out;
	struct fa_packet quoted = {0};
	struct fa_walk q = {.out = &quoted, .c = w->c, .depth_left = w->depth_left};
	enum fa_decode_result result;

	/* Pieces of an error belong together: they go where its own addresses lead them. */
	if (!is_unreachable(w->next, type, code) || (out->flags & FA_PACKET_FRAGMENT_FIRST) != 0)
		return;
	q.end = q.c.len;
	result = out->ip_version == 4 ? fa_walk_ip4_headers(&q) : fa_walk_ip6_headers(&q);
	if (result != FA_DECODE_DECODED || (quoted.flags & FA_PACKET_FRAGMENT_LATER) != 0 ||
	    memcmp(quoted.src, out->dst, sizeof(out->dst)) != 0 || !read_ports(&q))
		return;
	out->flags |= FA_PACKET_QUOTES;
	out->quoted_transport = q.next;
	out->quoted_src_port = quoted.src_port;
	out->quoted_dst_port = quoted.dst_port;
	memcpy(out->quoted_dst, quoted.dst, sizeof(out->quoted_dst));
}
