/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ladder of direction evidence, strongest first. */
#include "flow/direction.h"

#include <string.h>

struct fa_flow_ends fa_flow_ends_of(const struct flow *flow, bool vlans)
{
	const uint64_t *words = flow->key.words;
	struct fa_flow_ends ends = {0};

	memcpy(ends.addr[SIDE_LOW].bytes, &words[0], 16);
	memcpy(ends.addr[SIDE_HIGH].bytes, &words[2], 16);
	ends.addr[SIDE_LOW].version = (uint8_t)(words[5] >> 16);
	ends.addr[SIDE_HIGH].version = (uint8_t)(words[5] >> 16);
	ends.port[SIDE_LOW] = (uint16_t)(words[4] >> 48);
	ends.port[SIDE_HIGH] = (uint16_t)(words[4] >> 32);
	ends.tunnel_id = (uint32_t)words[4];
	ends.transport = (uint8_t)(words[5] >> 24);
	ends.tunnel = (uint8_t)(words[5] >> 8);
	ends.portless = (words[5] & 1) != 0;
	if (fa_transport_is_icmp(ends.transport)) { /* type and code */
		ends.port[SIDE_LOW] &= UINT8_MAX;
		ends.port[SIDE_HIGH] &= UINT8_MAX;
	}
	if (vlans) {
		ends.vlan[0] = (uint16_t)(words[5] >> 52);
		ends.vlan[1] = (uint16_t)(words[5] >> 40 & FA_VLAN_BITS);
	}
	return ends;
}

/* The side whose BITS are set when the other's are not, else SIDE_NONE. */
static uint8_t only_side(const struct flow *flow, unsigned bits)
{
	bool low = (flow->saw[SIDE_LOW] & bits) != 0;
	bool high = (flow->saw[SIDE_HIGH] & bits) != 0;

	if (low == high)
		return SIDE_NONE;
	return low ? SIDE_LOW : SIDE_HIGH;
}

static uint8_t other(uint8_t side)
{
	return side == SIDE_NONE ? SIDE_NONE : (uint8_t)(1 - side);
}

static uint8_t by_syn(const struct flow *flow)
{
	return only_side(flow, SAW_SYN);
}

/* In a simultaneous open (RFC 9293 section 3.5) both are clients, and both answer. */
static uint8_t by_syn_ack(const struct flow *flow)
{
	if ((flow->saw[0] & flow->saw[1] & SAW_SYN) != 0)
		return SIDE_NONE;
	return other(only_side(flow, SAW_SYN_ACK));
}

/* Only one end can be the one that was asked: nobody answers from a multicast address. */
static uint8_t by_multicast(const struct fa_flow_ends *ends)
{
	bool low = fa_addr_is_multicast(&ends->addr[SIDE_LOW]);
	bool high = fa_addr_is_multicast(&ends->addr[SIDE_HIGH]);

	if (low == high)
		return SIDE_NONE;
	return low ? SIDE_HIGH : SIDE_LOW;
}

static uint8_t by_protocol(const struct flow *flow, const struct fa_flow_ends *ends)
{
	uint8_t side = only_side(flow, SAW_REQUEST);

	if (side == SIDE_NONE)
		side = other(only_side(flow, SAW_REPLY));
	if (side == SIDE_NONE)
		side = flow->client_side;
	if (side == SIDE_NONE)
		side = by_multicast(ends);
	return side;
}

static uint8_t by_catalog_port(const struct fa_flow_ends *ends,
			       const struct fa_port_set *documented)
{
	bool low, high;

	if (documented == NULL || ends->portless)
		return SIDE_NONE;
	low = fa_port_set_has(documented, ends->transport, ends->port[SIDE_LOW]);
	high = fa_port_set_has(documented, ends->transport, ends->port[SIDE_HIGH]);
	if (low == high)
		return SIDE_NONE;
	return low ? SIDE_HIGH : SIDE_LOW;
}

uint8_t fa_flow_client(const struct flow *flow, const struct fa_flow_ends *ends,
		       const struct fa_port_set *documented, enum fa_direction_evidence *by)
{
	const struct {
		uint8_t side;
		enum fa_direction_evidence by;
	} ladder[] = {
		{by_syn(flow), FA_BY_SYN},
		{by_syn_ack(flow), FA_BY_SYN_ACK},
		{by_protocol(flow, ends), FA_BY_PROTOCOL},
		{by_catalog_port(ends, documented), FA_BY_CATALOG_PORT},
	};

	for (size_t i = 0; i < sizeof(ladder) / sizeof(ladder[0]); i++) {
		if (ladder[i].side != SIDE_NONE) {
			*by = ladder[i].by;
			return ladder[i].side;
		}
	}
	*by = FA_BY_FIRST_PACKET;
	return flow->first_side;
}
