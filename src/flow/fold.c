/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a flow to its conversation: what it speaks, who is the client, what was counted. */
#include "flow/internal.h"

#include <string.h>

#include "base/error.h"
#include "flow/direction.h"
#include "flow/tcp.h"

static enum fa_flow_state state_of(const struct flow *flow, const struct fa_flow_ends *ends,
				   uint8_t client)
{
	enum fa_flow_state state;

	if (ends->transport == FA_IP_TCP && !ends->portless)
		state = fa_tcp_state(flow, client);
	else
		state = flow->saw[0] != 0 && flow->saw[1] != 0 ? FA_FLOW_TWO_WAY : FA_FLOW_ONE_WAY;
	if ((state == FA_FLOW_ATTEMPTED || state == FA_FLOW_ONE_WAY) &&
	    fa_flow_is_unreachable(flow, client))
		return FA_FLOW_UNREACHABLE;
	return state;
}

/* The packet-like description of a flow that a guess needs: from its first sender's side. */
static struct fa_packet packet_like(const struct flow *flow)
{
	struct fa_flow_ends ends = fa_flow_ends_of(flow, false);
	bool icmp = fa_transport_is_icmp(ends.transport);
	uint8_t from = icmp ? SIDE_LOW : flow->first_side;
	struct fa_packet packet = {
		.transport = ends.transport,
		.ip_version = ends.addr[0].version,
		.src_port = ends.port[from],
		.dst_port = ends.port[1 - from],
	};

	memcpy(packet.src, ends.addr[flow->first_side].bytes, sizeof(packet.src));
	memcpy(packet.dst, ends.addr[1 - flow->first_side].bytes, sizeof(packet.dst));
	return packet;
}

/*
 * Keeps only the names that flows in the table have: the wire may bring new host names for ever.
 * The limit moves to twice of what is left, so that this is seldom, however many flows there are.
 */
static int drop_unused_labels(struct fa_flows *flows)
{
	struct fa_labels *kept;

	if (fa_labels_bytes(flows->labels) < flows->labels_limit_bytes)
		return 0;
	if (fa_labels_new(&kept) != 0)
		return FA_ENOMEM;
	for (size_t i = 0; i < flows->table.used; i++) {
		struct flow *flow = &flows->table.flows[i];
		struct fa_label label;

		if (!fa_flow_is_live(flow) || flow->label == NO_LABEL)
			continue;
		label = fa_labels_get(flows->labels, flow->label);
		flow->label = fa_labels_intern(kept, label.protocol, label.application, label.host);
		if (flow->label == NO_LABEL) {
			fa_labels_free(kept);
			return FA_ENOMEM;
		}
	}
	fa_labels_free(flows->labels);
	flows->labels = kept;
	if (flows->labels_limit_bytes < 2 * fa_labels_bytes(kept))
		flows->labels_limit_bytes = 2 * fa_labels_bytes(kept);
	return 0;
}

static int decide(struct fa_flows *flows, struct flow *flow, bool may_be_crowd)
{
	struct fa_inspection result = {0};
	struct fa_packet like;

	if (flow->label != NO_LABEL)
		return 0;
	if (drop_unused_labels(flows) != 0)
		return FA_ENOMEM;
	like = packet_like(flow);
	if (may_be_crowd)
		fa_crowd_hide(flow, &like);
	flows->inspector.end(flows->inspector.context, flow->inspection, &like, &result);
	flow->inspection = NULL;
	flow->detected_by = result.detected_by;
	if (result.client_side != 0)
		flow->client_side =
			result.client_side > 0 ? flow->first_side : (uint8_t)(1 - flow->first_side);
	flow->label = fa_labels_intern(flows->labels, result.protocol, result.application,
				       result.host);
	return flow->label == NO_LABEL ? FA_ENOMEM : 0;
}

int fa_flow_decide(struct fa_flows *flows, struct flow *flow)
{
	return decide(flows, flow, false);
}

static void identity_fill(const struct fa_flows *flows, const struct flow *flow,
			  const struct fa_flow_ends *ends, uint8_t client,
			  enum fa_direction_evidence by, struct fa_identity *id)
{
	struct fa_label label = fa_labels_get(flows->labels, flow->label);
	bool icmp = fa_transport_is_icmp(ends->transport);

	memset(id, 0, sizeof(*id));
	id->client = ends->addr[client];
	id->server = ends->addr[1 - client];
	id->transport = ends->transport;
	id->direction_by = (uint8_t)by;
	id->detected_by = flow->detected_by;
	id->tunnel = ends->tunnel;
	id->tunnel_id = ends->tunnel_id;
	id->fragment = ends->portless;
	memcpy(id->vlan, ends->vlan, sizeof(id->vlan));
	id->client_port = icmp ? 0 : ends->port[client];
	id->server_port = icmp ? (uint16_t)(ends->port[0] << 8 | (ends->port[1] & 0xff))
			       : ends->port[1 - client];
	/* The labels were made from struct fa_inspection, whose texts have these sizes. */
	memcpy(id->protocol, label.protocol, strlen(label.protocol));
	memcpy(id->application, label.application, strlen(label.application));
	memcpy(id->host, label.host, strlen(label.host));
}

/* The delta as counts, seen from CLIENT. */
static void counts_of(const struct flow *flow, uint8_t client, struct fa_counts *counts)
{
	const struct fa_flow_delta *delta = &flow->delta;

	fa_counts_init(counts);
	counts->packets_to_server = delta->packets[client];
	counts->packets_to_client = delta->packets[1 - client];
	counts->bytes_to_server = delta->bytes[client];
	counts->bytes_to_client = delta->bytes[1 - client];
	counts->payload_packets = delta->payload_packets;
	counts->truncated = delta->truncated;
	counts->first_seen_ns = delta->first_ns;
	counts->last_seen_ns = delta->last_ns;
	counts->flows = flow->counted ? 0 : 1;
}

static int add_to_conversation(struct fa_flows *flows, int64_t bucket_ns,
			       const struct fa_identity *id, const struct fa_counts *counts)
{
	struct fa_counts *sum = fa_convmap_at(flows->conversations, bucket_ns, id);

	if (sum == NULL) {
		int error = fa_flows_flush(flows);

		if (error != 0)
			return error;
		sum = fa_convmap_at(flows->conversations, bucket_ns, id);
		if (sum == NULL)
			return FA_ENOMEM;
	}
	fa_counts_add(sum, counts);
	return 0;
}

/* What is known at the end of a flow only. */
static void end_counts(struct fa_flows *flows, const struct flow *flow,
		       const struct fa_flow_ends *ends, enum fa_flow_state state,
		       struct fa_counts *counts)
{
	bool only_tried = state == FA_FLOW_ATTEMPTED || state == FA_FLOW_UNREACHABLE;
	uint64_t acked;

	counts->flows_in_state[state] = 1;
	if (ends->transport != FA_IP_TCP)
		return;
	counts->syn_retries = only_tried ? flow->syn_retries : 0;
	counts->sequence_gaps = fa_tcp_missing(flow, &acked);
	flows->counts.sequence_gap_bytes += counts->sequence_gaps - acked;
	flows->counts.acked_unseen_bytes += acked;
	if (!only_tried && (flow->saw[0] == 0 || flow->saw[1] == 0))
		flows->counts.one_way_flows++;
}

static int emit_record(struct fa_flows *flows, const struct flow *flow,
		       const struct fa_identity *id, uint8_t state)
{
	struct flow_record *kept = &flows->table.records[fa_flow_index(&flows->table, flow)];
	struct fa_flow_record record;
	int error;

	memset(&record, 0, sizeof(record));
	record.first_packet = kept->first_packet;
	record.id = *id;
	record.counts = kept->counts;
	record.layers = kept->layers;
	memcpy(record.vlan, kept->vlan, sizeof(record.vlan));
	record.vlan_count = kept->vlan_count;
	record.state = state;
	error = flows->sink.flow(flows->sink.context, &record);
	fa_counts_init(&kept->counts);
	kept->begun_clock_ns = flow->last_clock_ns;
	return error;
}

/* What the flow's own record needs of a fold. */
static int add_to_record(struct fa_flows *flows, const struct flow *flow, enum fa_fold kind,
			 const struct fa_identity *id, const struct fa_counts *counts,
			 enum fa_flow_state state)
{
	if (flows->table.records == NULL)
		return 0;
	fa_counts_add(&flows->table.records[fa_flow_index(&flows->table, flow)].counts, counts);
	return kind == FA_FOLD_BUCKET ? 0 : emit_record(flows, flow, id, (uint8_t)state);
}

/* Nothing is counted, since the last packet: that is all an end may have to tell. */
static void begin_delta(struct flow *flow)
{
	int64_t last_ns = flow->delta.last_ns;

	memset(&flow->delta, 0, sizeof(flow->delta));
	flow->delta.first_ns = last_ns;
	flow->delta.last_ns = last_ns;
}

int fa_flow_fold(struct fa_flows *flows, struct flow *flow, enum fa_fold kind)
{
	struct fa_flow_ends ends = fa_flow_ends_of(flow, flows->options.key_vlan);
	enum fa_direction_evidence by;
	struct fa_identity id;
	struct fa_counts counts;
	enum fa_flow_state state;
	uint8_t client;
	bool may_be_crowd = kind == FA_FOLD_EVICTED ||
			    (kind == FA_FOLD_END && fa_crowd_takes_all(flows));
	int error = decide(flows, flow, may_be_crowd);

	if (error != 0)
		return error;
	client = fa_flow_client(flow, &ends, flows->options.documented, &by);
	if (may_be_crowd)
		client = fa_crowd_client(flow, client, &by);
	identity_fill(flows, flow, &ends, client, by, &id);
	counts_of(flow, client, &counts);
	state = state_of(flow, &ends, client);
	if (kind >= FA_FOLD_END)
		end_counts(flows, flow, &ends, state, &counts);
	error = add_to_record(flows, flow, kind, &id, &counts, state);
	if (by != FA_BY_FIRST_PACKET)
		id.client_port = 0; /* both ports are only kept while it is open which one serves */
	if (may_be_crowd && fa_crowd_has(flow, client, state))
		fa_crowd_join(&id);
	else if (fa_flow_is_slight(flow))
		flows->crowd.told_apart++;
	/* Nothing new when a record falls due just as a bucket has begun. */
	if (error == 0 &&
	    (kind >= FA_FOLD_END || flow->delta.packets[0] + flow->delta.packets[1] > 0))
		error = add_to_conversation(flows, flow->bucket_ns, &id, &counts);
	flow->counted = true;
	begin_delta(flow);
	return error;
}
