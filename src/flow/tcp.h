/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a flow's TCP segments tell: state, gaps, the beginning of another connection. */
#ifndef FA_FLOW_TCP_H
#define FA_FLOW_TCP_H

#include "flow/table.h"

/*
 * Whether this packet opens a new connection on the ports of FLOW: a SYN after its end, or one that
 * does not fit in. The SYN of FLOW itself that comes late, after what it began, opens nothing.
 */
bool fa_tcp_is_new_connection(const struct flow *flow, const struct fa_packet *packet,
			      uint8_t side);

/* Takes the flags and numbers of one segment. Checksums are nobody's business: senders that leave
 * them to the network card are captured before it has filled them in. */
void fa_tcp_update(struct flow *flow, const struct fa_packet *packet, uint8_t side);

/* Takes a later fragment of a segment, whose bytes are those at tcp_seq; it has no flags. */
void fa_tcp_continue(struct flow *flow, const struct fa_packet *packet, uint8_t side);

/* Whether it is a first fragment that ends before the flags. */
static inline bool fa_tcp_is_tiny(const struct fa_packet *packet)
{
	return packet->tcp_flags == 0 && (packet->flags & FA_PACKET_FRAGMENT_FIRST) != 0;
}

/*
 * Bytes that were never seen, of sides that were seen; *ACKED of them were not jumped over by later
 * ones, but only acknowledged. Of a side of which no segment was seen nothing is said.
 */
uint64_t fa_tcp_missing(const struct flow *flow, uint64_t *acked);

/* Both sides have closed, or one has reset: nothing but late packets will come. */
bool fa_tcp_is_ending(const struct flow *flow);

/* One side has closed: the other may still send (RFC 9293 section 3.6). */
bool fa_tcp_is_half_closed(const struct flow *flow);

/* A handshake, or traffic that only follows one. */
bool fa_tcp_is_established(const struct flow *flow);

/* How far the flow came; CLIENT is its client's side. */
enum fa_flow_state fa_tcp_state(const struct flow *flow, uint8_t client);

#endif
