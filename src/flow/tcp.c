/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TCP (RFC 9293), as far as an observer needs it. */
#include "flow/tcp.h"

/* A jump of more than this is not a loss but numbers that make no sense: the count starts anew. */
enum { GAP_MAX = 1 << 26 };

static bool saw(const struct flow *flow, unsigned bits)
{
	return ((flow->saw[0] | flow->saw[1]) & bits) != 0;
}

bool fa_tcp_is_ending(const struct flow *flow)
{
	return saw(flow, SAW_RST) || (flow->saw[0] & flow->saw[1] & SAW_FIN) != 0;
}

bool fa_tcp_is_half_closed(const struct flow *flow)
{
	return saw(flow, SAW_FIN);
}

bool fa_tcp_is_established(const struct flow *flow)
{
	return saw(flow, SAW_OTHER);
}

bool fa_tcp_is_new_connection(const struct flow *flow, const struct fa_packet *packet, uint8_t side)
{
	if ((packet->tcp_flags & (FA_TCP_SYN | FA_TCP_ACK | FA_TCP_RST)) != FA_TCP_SYN)
		return false;
	if (fa_tcp_is_ending(flow) || fa_tcp_is_half_closed(flow))
		return true;
	/* A SYN in the middle: a retransmission has the number of the first one. */
	return fa_tcp_is_established(flow) &&
	       !((flow->saw[side] & SAW_SYN) != 0 && packet->tcp_seq == flow->isn);
}

static unsigned flags_seen(const struct fa_packet *packet)
{
	unsigned bits = 0;

	if ((packet->tcp_flags & FA_TCP_RST) != 0)
		return SAW_RST;
	if ((packet->tcp_flags & FA_TCP_SYN) != 0)
		return (packet->tcp_flags & FA_TCP_ACK) != 0 ? SAW_SYN_ACK : SAW_SYN;
	if ((packet->tcp_flags & FA_TCP_FIN) != 0)
		bits |= SAW_FIN;
	return bits | SAW_OTHER;
}

/*
 * Follows the sequence numbers of one side: bytes that are jumped over are a gap until a later
 * segment brings them. A SYN with a number of its own is another try: nothing was jumped over.
 */
static void follow_sequence(struct flow *flow, const struct fa_packet *packet, uint8_t side)
{
	uint32_t length = packet->payload_bytes;
	uint32_t end;
	int32_t ahead;

	length += (packet->tcp_flags & FA_TCP_SYN) != 0;
	length += (packet->tcp_flags & FA_TCP_FIN) != 0;
	end = packet->tcp_seq + length;
	ahead = (int32_t)(packet->tcp_seq - flow->next_seq[side]);
	if ((flow->has_seq & side_bit(side)) == 0 || ahead > GAP_MAX || ahead < -GAP_MAX ||
	    (ahead > 0 && (packet->tcp_flags & FA_TCP_SYN) != 0)) {
		flow->has_seq |= side_bit(side);
		flow->next_seq[side] = end;
		return;
	}
	if (ahead > 0) {
		flow->gap[side] += (uint32_t)ahead;
	} else if (ahead < 0 && flow->gap[side] > 0) {
		uint32_t late = length < (uint32_t)-ahead ? length : (uint32_t)-ahead;

		flow->gap[side] -= late < flow->gap[side] ? late : flow->gap[side];
	}
	if ((int32_t)(end - flow->next_seq[side]) > 0)
		flow->next_seq[side] = end;
}

void fa_tcp_update(struct flow *flow, const struct fa_packet *packet, uint8_t side)
{
	unsigned bits = flags_seen(packet);

	if (bits == SAW_SYN) {
		if (!saw(flow, SAW_SYN))
			flow->isn = packet->tcp_seq;
		else if (!saw(flow, SAW_SYN_ACK | SAW_RST) && flow->syn_retries < UINT16_MAX)
			flow->syn_retries++;
	}
	flow->saw[side] |= (uint8_t)bits;
	if ((bits & SAW_RST) == 0)
		follow_sequence(flow, packet, side);
}

enum fa_flow_state fa_tcp_state(const struct flow *flow, uint8_t client)
{
	uint8_t from_client = flow->saw[client];
	uint8_t from_server = flow->saw[1 - client];

	if ((from_client & SAW_SYN) != 0 && !saw(flow, SAW_SYN_ACK | SAW_OTHER))
		return (from_server & SAW_RST) != 0 ? FA_FLOW_REFUSED : FA_FLOW_ATTEMPTED;
	if (saw(flow, SAW_RST))
		return FA_FLOW_RESET;
	if (saw(flow, SAW_FIN))
		return FA_FLOW_CLOSED;
	if (saw(flow, SAW_SYN | SAW_SYN_ACK))
		return saw(flow, SAW_OTHER) ? FA_FLOW_ESTABLISHED : FA_FLOW_HALF_OPEN;
	return FA_FLOW_MIDSTREAM;
}
