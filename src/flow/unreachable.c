/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Flows of which ICMP says that they do not arrive.
 *
 * Anybody can send such an error who knows or guesses addresses and ports (RFC 5927), so it only
 * counts for a flow that nobody has answered, and an answer that comes later is stronger: a forged
 * one can at most give a name to a silence.
 */
#include "flow/internal.h"

#include <string.h>

#include "base/time.h"

/*
 * Errors are sent at a limited rate (RFC 1812 section 4.3.2.8), so not every packet gets one; but
 * a sender of which nothing was said for so long has found its way again.
 */
enum { HOLDS_S = 30 };

/* Seconds of the clock, for differences only. */
static uint32_t seconds(const struct fa_flows *flows)
{
	return (uint32_t)(flows->clock_ns / FA_NS_PER_SECOND);
}

/* The packet that the error quotes, as far as a flow's key goes. */
static struct fa_packet quoted_by(const struct fa_packet *packet)
{
	struct fa_packet quoted = {
		.ip_version = packet->ip_version,
		.transport = packet->quoted_transport,
		.src_port = packet->quoted_src_port,
		.dst_port = packet->quoted_dst_port,
		.tunnel = packet->tunnel,
		.tunnel_id = packet->tunnel_id,
	};

	memcpy(quoted.vlan, packet->vlan, sizeof(quoted.vlan));
	memcpy(quoted.src, packet->dst, sizeof(quoted.src));
	memcpy(quoted.dst, packet->quoted_dst, sizeof(quoted.dst));
	return quoted;
}

void fa_flow_note_unreachable(struct fa_flows *flows, const struct fa_packet *packet)
{
	struct fa_packet quoted = quoted_by(packet);
	struct fa_flow_key key;
	uint8_t side = fa_flow_key_of(&quoted, false, flows->options.key_vlan, &key);
	struct flow *flow = fa_flow_find(&flows->table, &key, fa_flow_hash(&flows->table, &key));

	/* Whatever the other side has sent: it is there, or it is all that was sent. */
	if (flow == NULL || fa_flow_is_expired(flows, flow) || flow->saw[1 - side] != 0)
		return;
	flow->saw[side] |= SAW_UNREACHABLE;
	if (packet->quoted_transport != FA_IP_TCP)
		flow->unreachable_s = seconds(flows);
}

bool fa_flow_is_unreachable(const struct flow *flow, uint8_t side)
{
	return (flow->saw[side] & SAW_UNREACHABLE) != 0 && flow->saw[1 - side] == 0;
}

void fa_flow_doubt_unreachable(const struct fa_flows *flows, struct flow *flow, uint8_t side)
{
	if ((flow->saw[side] & SAW_UNREACHABLE) != 0 &&
	    seconds(flows) - flow->unreachable_s > HOLDS_S)
		flow->saw[side] &= (uint16_t)~SAW_UNREACHABLE;
}
