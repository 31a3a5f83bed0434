/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is the client of a flow, and how we know. */
#ifndef FA_FLOW_DIRECTION_H
#define FA_FLOW_DIRECTION_H

#include "core/flow.h"
#include "core/policy.h"
#include "flow/table.h"

struct fa_flow_ends {
	struct fa_addr addr[2]; /* by SIDE_ */
	uint16_t port[2];
	uint8_t transport;
	uint8_t tunnel;
	bool portless; /* later fragments without their first piece */
	uint32_t tunnel_id;
	uint16_t vlan[FA_KEY_VLANS]; /* 0 unless they are in the key */
};

/* The ends of a flow, out of its key, which was made with VLANS or without. */
struct fa_flow_ends fa_flow_ends_of(const struct flow *flow, bool vlans);

/* The client's side; the evidence goes to *BY. DOCUMENTED may be NULL. */
uint8_t fa_flow_client(const struct flow *flow, const struct fa_flow_ends *ends,
		       const struct fa_port_set *documented, enum fa_direction_evidence *by);

#endif
