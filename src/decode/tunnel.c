/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tunnels that IP carries under a protocol number of their own, a row each. A row's function reads
 * the tunnel header, if there is one, sets tunnel_id, and walks on with what is inside.
 */
#include "decode/walk.h"

static const struct tunnel {
	fa_walk_fn walk;
	uint8_t kind; /* enum fa_tunnel */
} tunnels[256] = {
	[4] = {fa_walk_ip4, FA_TUNNEL_IPIP}, /* RFC 2003, RFC 2473 */
	[41] = {fa_walk_ip6, FA_TUNNEL_IP6}, /* RFC 4213, RFC 2473 */
};

/* Forgets the outer packet, except for the link that carried it. */
static void start_inner(struct fa_packet *out, uint8_t kind)
{
	struct fa_packet inner = {.tunnel = kind, .vlan_count = out->vlan_count};

	memcpy(inner.vlan, out->vlan, sizeof(inner.vlan));
	*out = inner;
}

bool fa_walk_tunnel(struct fa_walk *w, enum fa_decode_result *result)
{
	const struct tunnel *tunnel = &tunnels[w->next];
	struct fa_walk outer;
	struct fa_packet outer_packet;

	if (tunnel->walk == NULL)
		return false;
	outer = *w;
	outer_packet = *w->out;
	start_inner(w->out, tunnel->kind);
	*result = tunnel->walk(w);
	if (*result != FA_DECODE_MALFORMED_IP)
		return true;
	*w = outer;
	*w->out = outer_packet;
	return false;
}
