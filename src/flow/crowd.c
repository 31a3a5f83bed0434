/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The crowd: clients that are not told apart, for want of memory.
 *
 * A flood from millions of made-up addresses would be millions of conversations, and the auditor
 * and the database would drown in what the flow table survives. So a slight flow that is given up
 * at the cap is added to a conversation of its server's port whose client is the unspecified
 * address, which no host has (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.2).
 *
 * Flows that end in their time keep their clients, in a flood, too: the client of a real scan is
 * among them. But when the table was full, in this window or the one before, not more than
 * FA_CROWD_TOLD_APART do so in a window: the rest of what a flood left in the table would keep a
 * stop waiting and fill the database with addresses that somebody made up.
 *
 * Of TCP only attempts join, since of anything else one-sided it is open who the client is. Of
 * others the sender is the client, unless what it sent says that it answers: among made-up source
 * ports some are documented ones, but that makes nobody a server.
 */
#include "flow/internal.h"

#include <string.h>

#include "base/text.h"

void fa_crowd_hide(const struct flow *flow, struct fa_packet *like)
{
	if (flow->inspection != NULL || !fa_flow_is_slight(flow))
		return;
	memset(like->src, 0, sizeof(like->src));
	if (!fa_transport_is_icmp(like->transport))
		like->src_port = 0;
}

uint8_t fa_crowd_client(const struct flow *flow, uint8_t client, enum fa_direction_evidence *by)
{
	uint8_t transport = (uint8_t)(flow->key.words[5] >> 24);

	if (*by != FA_BY_CATALOG_PORT || client == flow->first_side || transport == FA_IP_TCP ||
	    !fa_flow_is_slight(flow))
		return client;
	*by = FA_BY_FIRST_PACKET;
	return flow->first_side;
}

bool fa_crowd_has(const struct flow *flow, uint8_t client, enum fa_flow_state state)
{
	/* Of a slight flow the first sender is the only one. */
	return fa_flow_is_slight(flow) && client == flow->first_side &&
	       (state == FA_FLOW_ATTEMPTED || state == FA_FLOW_ONE_WAY ||
		state == FA_FLOW_UNREACHABLE);
}

void fa_crowd_join(struct fa_identity *id)
{
	memset(id->client.bytes, 0, sizeof(id->client.bytes));
	id->client_port = 0;
	memset(id->application, 0, sizeof(id->application));
	memset(id->host, 0, sizeof(id->host));
	/* It may have been the address of this one client. */
	if (id->detected_by == FA_DETECTED_ADDRESS_GUESS) {
		memset(id->protocol, 0, sizeof(id->protocol));
		fa_text_copy(id->protocol, sizeof(id->protocol), "Unknown");
		id->detected_by = FA_DETECTED_NONE;
	}
}

bool fa_crowd_takes_all(const struct fa_flows *flows)
{
	return flows->crowd.told_apart >= FA_CROWD_TOLD_APART &&
	       flows->counts.flows_evicted > flows->crowd.evicted_before;
}

void fa_crowd_close_window(struct fa_flows *flows)
{
	flows->crowd.evicted_before = flows->crowd.evicted;
	flows->crowd.evicted = flows->counts.flows_evicted;
	flows->crowd.told_apart = 0;
}
