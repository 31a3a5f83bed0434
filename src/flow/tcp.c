/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TCP (RFC 9293), as far as an observer needs it.
 *
 * Bytes are missing when a later segment jumps over them, or when the other side acknowledges them,
 * until a late segment brings them. Which ones they are is known as long as they are one hole, the
 * one that ends at `hole_end`; of several holes only the end of the last one is known, and what
 * comes late before that is taken for a part of them. So a retransmission of bytes that were seen
 * fills nothing but where it lies before or between several holes.
 */
#include "flow/tcp.h"

/* A jump of more than this is not a loss but numbers that make no sense: the count starts anew. */
enum { GAP_MAX = 1 << 26 };

/* A SYN that comes after packets that it precedes comes after no more than these bytes. */
enum { LATE_SYN_MAX = 1 << 16 };

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

static bool has_seq(const struct flow *flow, uint8_t side)
{
	return (flow->has_seq & side_bit(side)) != 0;
}

/*
 * A SYN that was expected: what it precedes was seen, or, of a side of which nothing was, answers
 * to that. A connection begins with a random number (RFC 6528), so no other one begins there.
 */
static bool is_late_syn(const struct flow *flow, const struct fa_packet *packet, uint8_t side)
{
	uint32_t after = has_seq(flow, side) ? flow->tcp.next_seq[side] - 1 : flow->tcp.isn;

	if (saw(flow, SAW_SYN) || (!has_seq(flow, side) && flow->saw[1 - side] == 0))
		return false;
	return after - packet->tcp_seq <= (uint32_t)LATE_SYN_MAX;
}

bool fa_tcp_is_new_connection(const struct flow *flow, const struct fa_packet *packet, uint8_t side)
{
	if ((packet->tcp_flags & (FA_TCP_SYN | FA_TCP_ACK | FA_TCP_RST)) != FA_TCP_SYN)
		return false;
	if (is_late_syn(flow, packet, side))
		return false;
	if (fa_tcp_is_ending(flow) || fa_tcp_is_half_closed(flow))
		return true;
	/* A SYN in the middle: a retransmission has the number of the first one. */
	return fa_tcp_is_established(flow) &&
	       !((flow->saw[side] & SAW_SYN) != 0 && packet->tcp_seq == flow->tcp.isn);
}

/*
 * A reset that answers a segment without an acknowledgement, which only a SYN is, has the number 0
 * and acknowledges that (RFC 9293 section 3.10.7.1), so the other side is the client even if its
 * SYN was not seen. In the middle of a connection such a reset is made by something else.
 */
static bool refuses(const struct flow *flow, const struct fa_packet *packet)
{
	return (packet->tcp_flags & FA_TCP_ACK) != 0 && packet->tcp_seq == 0 &&
	       !saw(flow, SAW_SYN_ACK | SAW_OTHER);
}

static unsigned flags_seen(const struct flow *flow, const struct fa_packet *packet)
{
	unsigned bits = 0;

	if ((packet->tcp_flags & FA_TCP_RST) != 0)
		return SAW_RST | (refuses(flow, packet) ? SAW_REPLY : 0);
	if ((packet->tcp_flags & FA_TCP_SYN) != 0)
		return (packet->tcp_flags & FA_TCP_ACK) != 0 ? SAW_SYN_ACK : SAW_SYN;
	if ((packet->tcp_flags & FA_TCP_FIN) != 0)
		bits |= SAW_FIN;
	return bits | SAW_OTHER;
}

/*
 * LEN numbers of SIDE, up to GAP_MAX, that come next were not seen. A single one is no byte that is
 * missing: a FIN has one, and where the first that was seen is a keep-alive (RFC 9293 section
 * 3.8.4), that begins one too low.
 */
static void miss(struct flow *flow, uint8_t side, uint32_t len, bool acked)
{
	struct flow_tcp *tcp = &flow->tcp;

	if (len == 1) {
		tcp->next_seq[side]++;
		return;
	}
	if (acked)
		tcp->acked = len > UINT32_MAX - tcp->acked ? UINT32_MAX : tcp->acked + len;
	if (tcp->gap[side] > 0 && tcp->hole_end[side] != tcp->next_seq[side])
		flow->has_holes |= side_bit(side);
	tcp->gap[side] = len > UINT32_MAX - tcp->gap[side] ? UINT32_MAX : tcp->gap[side] + len;
	tcp->next_seq[side] += len;
	tcp->hole_end[side] = tcp->next_seq[side];
}

static void fill(struct flow *flow, uint8_t side, uint32_t len)
{
	struct flow_tcp *tcp = &flow->tcp;

	tcp->gap[side] -= len;
	tcp->acked -= len < tcp->acked ? len : tcp->acked;
	if (tcp->gap[side] == 0)
		flow->has_holes &= (uint8_t)~side_bit(side);
}

/* LEN bytes of SIDE come late, from SEQ on: those that are missing are so no more. */
static void come_late(struct flow *flow, uint8_t side, uint32_t seq, uint32_t len)
{
	struct flow_tcp *tcp = &flow->tcp;
	int32_t to_end = (int32_t)(tcp->hole_end[side] - seq);
	uint32_t gap = tcp->gap[side];
	bool is_one = (flow->has_holes & side_bit(side)) == 0;

	if (gap == 0 || len == 0 || to_end <= 0)
		return;
	if (is_one && (uint32_t)to_end > gap) {
		uint32_t before = (uint32_t)to_end - gap; /* bytes that were seen */

		if (len <= before)
			return;
		seq += before;
		len -= before;
		to_end = (int32_t)gap;
	}
	if (len >= (uint32_t)to_end) {
		len = (uint32_t)to_end;
		tcp->hole_end[side] = seq;
	} else if (is_one && (uint32_t)to_end < gap) {
		flow->has_holes |= side_bit(side);
	}
	fill(flow, side, len < gap ? len : gap);
}

/* The one byte that some send with a keep-alive is none of the stream (RFC 9293 section 3.8.4). */
static bool is_keep_alive(const struct flow *flow, const struct fa_packet *packet, uint8_t side)
{
	return packet->payload_bytes == 1 && flow->tcp.gap[side] > 1 &&
	       packet->tcp_seq + 1 == flow->tcp.next_seq[side] &&
	       (packet->tcp_flags & (FA_TCP_PSH | FA_TCP_FIN)) == 0;
}

/*
 * Follows the sequence numbers of one side: bytes that are jumped over are a gap until a later
 * segment brings them. A SYN with a number of its own is another try: nothing was jumped over.
 */
static void follow_sequence(struct flow *flow, const struct fa_packet *packet, uint8_t side)
{
	struct flow_tcp *tcp = &flow->tcp;
	bool is_syn = (packet->tcp_flags & FA_TCP_SYN) != 0;
	uint32_t length = packet->payload_bytes;
	uint32_t end;
	int32_t ahead;

	length += is_syn;
	length += (packet->tcp_flags & FA_TCP_FIN) != 0;
	end = packet->tcp_seq + length;
	ahead = (int32_t)(packet->tcp_seq - tcp->next_seq[side]);
	if (!has_seq(flow, side) || ahead > GAP_MAX || ahead < -GAP_MAX || (ahead > 0 && is_syn)) {
		flow->has_seq |= side_bit(side);
		tcp->next_seq[side] = end;
		return;
	}
	if (ahead > 0)
		miss(flow, side, (uint32_t)ahead, false);
	else if (ahead < 0 && tcp->gap[side] > 0 && !is_keep_alive(flow, packet, side))
		come_late(flow, side, packet->tcp_seq + is_syn, length - is_syn);
	if ((int32_t)(end - tcp->next_seq[side]) > 0)
		tcp->next_seq[side] = end;
}

/* What SIDE says that it has got of the other one. */
static void follow_acknowledgement(struct flow *flow, const struct fa_packet *packet, uint8_t side)
{
	uint8_t sender = 1 - side;
	int32_t ahead = (int32_t)(packet->tcp_ack - flow->tcp.next_seq[sender]);

	if ((packet->tcp_flags & FA_TCP_ACK) == 0 || !has_seq(flow, sender) || ahead <= 0 ||
	    ahead > GAP_MAX)
		return;
	miss(flow, sender, (uint32_t)ahead, true);
}

static void note_syn(struct flow *flow, const struct fa_packet *packet)
{
	if (!saw(flow, SAW_SYN))
		flow->tcp.isn = packet->tcp_seq;
	else if (!saw(flow, SAW_SYN_ACK | SAW_RST) && flow->syn_retries < UINT16_MAX)
		flow->syn_retries++;
}

/* Who answers a SYN that was not seen tells its number, or one after (RFC 9293 section 3.5). */
static void expect_syn(struct flow *flow, const struct fa_packet *packet)
{
	if ((packet->tcp_flags & FA_TCP_ACK) != 0 && !saw(flow, SAW_SYN))
		flow->tcp.isn = packet->tcp_ack - 1;
}

void fa_tcp_update(struct flow *flow, const struct fa_packet *packet, uint8_t side)
{
	unsigned bits = flags_seen(flow, packet);

	/*
	 * The flags are in the next fragment, and how many bytes there are is not known: the
	 * numbers start anew. Without fragments no flags at all are a segment.
	 */
	if (fa_tcp_is_tiny(packet)) {
		flow->saw[side] |= SAW_PIECE;
		flow->has_seq &= (uint8_t)~side_bit(side);
		return;
	}
	if (bits == SAW_SYN)
		note_syn(flow, packet);
	else if (!has_seq(flow, 1 - side))
		expect_syn(flow, packet);
	flow->saw[side] |= (uint16_t)bits;
	if ((bits & SAW_RST) != 0) /* who resets may have any numbers */
		return;
	follow_sequence(flow, packet, side);
	follow_acknowledgement(flow, packet, side);
}

void fa_tcp_continue(struct flow *flow, const struct fa_packet *packet, uint8_t side)
{
	if (has_seq(flow, side))
		follow_sequence(flow, packet, side);
}

/*
 * A FIN takes a number. Who was acknowledged, or went on, beyond a FIN that was not seen, lost a
 * packet but no byte. That there was one is certain when the other side has closed, too, and
 * nobody reset.
 */
static uint32_t missing_of(const struct flow *flow, uint8_t side)
{
	uint32_t gap = flow->tcp.gap[side];
	bool has_fin = (flow->saw[side] & SAW_FIN) != 0;

	return gap > 0 && !has_fin && (flow->saw[1 - side] & SAW_FIN) != 0 && !saw(flow, SAW_RST)
		       ? gap - 1
		       : gap;
}

uint64_t fa_tcp_missing(const struct flow *flow, uint64_t *acked)
{
	uint64_t missing = (uint64_t)missing_of(flow, 0) + missing_of(flow, 1);

	*acked = flow->tcp.acked < missing ? flow->tcp.acked : missing;
	return missing;
}

enum fa_flow_state fa_tcp_state(const struct flow *flow, uint8_t client)
{
	uint16_t from_client = flow->saw[client];
	uint16_t from_server = flow->saw[1 - client];

	if (!saw(flow, SAW_SYN_ACK | SAW_OTHER)) {
		if ((from_client & SAW_SYN) != 0)
			return (from_server & SAW_RST) != 0 ? FA_FLOW_REFUSED : FA_FLOW_ATTEMPTED;
		if ((from_server & SAW_REPLY) != 0)
			return FA_FLOW_REFUSED;
	}
	if (saw(flow, SAW_RST))
		return FA_FLOW_RESET;
	if (saw(flow, SAW_FIN))
		return FA_FLOW_CLOSED;
	if (saw(flow, SAW_SYN | SAW_SYN_ACK))
		return saw(flow, SAW_OTHER) ? FA_FLOW_ESTABLISHED : FA_FLOW_HALF_OPEN;
	return FA_FLOW_MIDSTREAM;
}
