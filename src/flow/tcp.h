/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a flow's TCP segments tell: state, gaps, the beginning of another connection. */
#ifndef FA_FLOW_TCP_H
#define FA_FLOW_TCP_H

#include "flow/table.h"

/* Whether this packet opens a new connection on the ports of FLOW, which has ended. */
bool fa_tcp_is_new_connection(const struct flow *flow, const struct fa_packet *packet,
			      uint8_t side);

/* Takes the flags and sequence numbers of one segment. */
void fa_tcp_update(struct flow *flow, const struct fa_packet *packet, uint8_t side);

/* Both sides have closed, or one has reset: nothing but late packets will come. */
bool fa_tcp_is_ending(const struct flow *flow);

/* One side has closed: the other may still send (RFC 9293 section 3.6). */
bool fa_tcp_is_half_closed(const struct flow *flow);

/* A handshake, or traffic that only follows one. */
bool fa_tcp_is_established(const struct flow *flow);

/* How far the flow came; CLIENT is its client's side. */
enum fa_flow_state fa_tcp_state(const struct flow *flow, uint8_t client);

#endif
