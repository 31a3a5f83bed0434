/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tunnels: what IP carries under a protocol number of its own, and what UDP carries on ports that
 * settings name. A row each; its function reads the tunnel's header, if there is one, and walks on
 * with what is inside.
 *
 * A packet that is no tunnel after all, or that has nothing inside which can be peeled, stays a
 * packet of the two hosts that its own header names. So does one that hides what is inside from us:
 * that they have an encrypted tunnel is all there is to know.
 */
#include "decode/walk.h"

/* RFC 2003, RFC 2473. */
static enum fa_decode_result walk_ip4(struct fa_walk *w)
{
	fa_walk_set_tunnel(w, FA_TUNNEL_IPIP, 0);
	return fa_walk_ip4(w);
}

/* RFC 4213, RFC 2473. */
static enum fa_decode_result walk_ip6(struct fa_walk *w)
{
	fa_walk_set_tunnel(w, FA_TUNNEL_IP6, 0);
	return fa_walk_ip6(w);
}

/* RFC 3378 section 3: version 3, and twelve bits that are 0. */
static enum fa_decode_result walk_etherip(struct fa_walk *w)
{
	enum { VERSION_3 = 0x3000 };
	struct fa_cursor h;

	if (!fa_walk_enter(w))
		return FA_DECODE_TOO_MANY_HEADERS;
	if (!fa_walk_take(w, 2, &h))
		return fa_walk_short(w, 2, FA_DECODE_MALFORMED_LINK);
	if (fa_cursor_u16(&h) != VERSION_3)
		return FA_DECODE_MALFORMED_LINK;
	fa_walk_set_tunnel(w, FA_TUNNEL_ETHERIP, 0);
	return fa_walk_ethernet(w);
}

/* Numbers: IANA "Protocol Numbers". */
static const fa_walk_fn by_protocol[256] = {
	[4] = walk_ip4,	      [41] = walk_ip6,	       [47] = fa_walk_gre, /* RFC 2784 */
	[97] = walk_etherip,  [115] = fa_walk_l2tp_ip,			   /* RFC 3931 */
	[137] = fa_walk_mpls,						   /* RFC 4023 */
};

/* Kinds with UDP ports; ANSWERS: a server sends packets of the tunnel from its port to any. */
static const struct udp_tunnel {
	fa_walk_fn walk;
	bool answers;
} by_kind[FA_TUNNEL_COUNT] = {
	[FA_TUNNEL_VXLAN] = {fa_walk_vxlan, false},
	[FA_TUNNEL_VXLAN_GPE] = {fa_walk_vxlan_gpe, false},
	[FA_TUNNEL_GENEVE] = {fa_walk_geneve, false},
	[FA_TUNNEL_GRE] = {fa_walk_gre, false},
	[FA_TUNNEL_MPLS] = {fa_walk_mpls, false},
	[FA_TUNNEL_LISP] = {fa_walk_lisp, false},
	[FA_TUNNEL_GTP] = {fa_walk_gtp, true},
	[FA_TUNNEL_L2TP] = {fa_walk_l2tp_udp, true},
	[FA_TUNNEL_TEREDO] = {fa_walk_teredo, true},
	[FA_TUNNEL_AYIYA] = {fa_walk_ayiya, true},
};

/* Forgets the outer packet, except for what wraps it. */
static void start_inner(struct fa_walk *w)
{
	struct fa_packet *out = w->out;
	struct fa_packet inner = {
		.tunnel = out->tunnel,
		.tunnel_id = out->tunnel_id,
		.layers = out->layers,
		.vlan_count = out->vlan_count,
	};

	memcpy(inner.vlan, out->vlan, sizeof(inner.vlan));
	w->partial = w->partial || (out->flags & FA_PACKET_FRAGMENT_FIRST) != 0;
	w->vlans_anew = true;
	*out = inner;
}

/* Whether what was inside counts; if not, it is the outer packet that does. */
static bool is_inside(enum fa_decode_result result)
{
	switch (result) {
	case FA_DECODE_DECODED:
	case FA_DECODE_NOT_IP:
	case FA_DECODE_TRUNCATED:
	case FA_DECODE_MALFORMED_TRANSPORT:
	case FA_DECODE_TOO_MANY_HEADERS:
		return true;
	default:
		return false;
	}
}

/* Of what a failed try changed only the count of headers stays: it bounds the work. */
static bool try_inside(struct fa_walk *w, fa_walk_fn walk, enum fa_decode_result *result)
{
	struct fa_walk outer = *w;
	struct fa_packet outer_packet = *w->out;

	start_inner(w);
	*result = walk(w);
	if (is_inside(*result))
		return true;
	outer.depth_left = w->depth_left;
	*w = outer;
	*w->out = outer_packet;
	return false;
}

bool fa_walk_tunnel(struct fa_walk *w, enum fa_decode_result *result)
{
	fa_walk_fn walk = by_protocol[w->next];

	if (walk == NULL)
		return false;
	w->doubtful = false; /* the protocol number says what it is */
	return try_inside(w, walk, result);
}

static bool try_port(struct fa_walk *w, size_t len, uint16_t port, bool is_source,
		     enum fa_decode_result *result)
{
	const struct udp_tunnel *tunnel = &by_kind[fa_tunnel_ports_kind(w->ports, port)];
	struct fa_walk before = *w;

	if (tunnel->walk == NULL || (is_source && !tunnel->answers))
		return false;
	w->doubtful = true;
	fa_walk_set_end(w, w->c.pos, len);
	if (try_inside(w, tunnel->walk, result))
		return true;
	before.depth_left = w->depth_left;
	*w = before;
	return false;
}

/* Most ports are no tunnel's: that is told from one word. */
static bool may_be_tunnel(const struct fa_walk *w)
{
	uint64_t filter = w->ports->filter;

	return ((filter >> (w->out->dst_port % 64) | filter >> (w->out->src_port % 64)) & 1) != 0;
}

bool fa_walk_udp_tunnel(struct fa_walk *w, size_t len, enum fa_decode_result *result)
{
	if (w->ports == NULL || !may_be_tunnel(w))
		return false;
	return try_port(w, len, w->out->dst_port, false, result) ||
	       try_port(w, len, w->out->src_port, true, result);
}
