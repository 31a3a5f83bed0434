/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The flow stage: packets into flows, and when flows begin and end. */
#include "flow/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/time.h"
#include "flow/tcp.h"

/*
 * With spread_ends. A packet begins at most one flow, so that two make up for it, and also make
 * room at the cap: nobody is given up while others wait for their end.
 */
enum { ENDS_PER_PACKET = 2, ENDS_PER_TICK = 1024 };

struct fa_flow_options fa_flow_options_default(void)
{
	return (struct fa_flow_options){
		.tcp_established_ns = 3600 * FA_NS_PER_SECOND,
		.tcp_ns = 60 * FA_NS_PER_SECOND,
		.tcp_closed_ns = 15 * FA_NS_PER_SECOND,
		.udp_ns = 120 * FA_NS_PER_SECOND,
		.other_ns = 60 * FA_NS_PER_SECOND,
		.active_ns = 3600 * FA_NS_PER_SECOND,
		.bucket_ns = 3600 * FA_NS_PER_SECOND,
		.max_flows = 500000,
		.max_conversations = 16384,
	};
}

int fa_flows_new(struct fa_flows **out, const struct fa_flow_options *options,
		 const struct fa_inspector *inspector, const struct fa_flow_sink *sink)
{
	struct fa_flows *flows = calloc(1, sizeof(*flows));

	if (flows == NULL)
		return FA_ENOMEM;
	flows->options = *options;
	flows->inspector = *inspector;
	flows->sink = *sink;
	flows->labels_limit_bytes = FA_FLOW_LABELS_BYTES;
	flows->clock_ns = INT64_MIN;
	flows->newest_bucket_ns = INT64_MIN;
	flows->held_due_ns = INT64_MAX;
	if (sink->packet != NULL)
		flows->keep_packets = options->keep_packets < UINT8_MAX
					      ? (uint8_t)options->keep_packets
					      : UINT8_MAX;
	flows->asked_key = fa_hash_key_random();
	if (fa_flow_table_init(&flows->table, options->max_flows, sink->flow != NULL) != 0 ||
	    (sink->name != NULL && inspector->dns != NULL &&
	     fa_flow_table_keep_asked(&flows->table) != 0) ||
	    fa_fragments_new(&flows->fragments, options->key_vlan) != 0 ||
	    fa_held_new(&flows->held, flows->keep_packets > 0, options->key_vlan) != 0 ||
	    fa_labels_new(&flows->labels) != 0 ||
	    fa_convmap_new(&flows->conversations, options->max_conversations) != 0 ||
	    fa_convmap_new(&flows->closing.leaving, options->max_conversations) != 0) {
		fa_flows_free(flows);
		return FA_ENOMEM;
	}
	*out = flows;
	return 0;
}

void fa_flows_free(struct fa_flows *flows)
{
	if (flows == NULL)
		return;
	fa_convmap_free(flows->conversations);
	fa_convmap_free(flows->closing.leaving);
	fa_labels_free(flows->labels);
	fa_fragments_free(flows->fragments);
	fa_held_free(flows->held);
	fa_flow_table_deinit(&flows->table);
	free(flows);
}

const struct fa_worker_counts *fa_flows_counts(const struct fa_flows *flows)
{
	return &flows->counts;
}

size_t fa_flows_active(const struct fa_flows *flows)
{
	return flows->table.count;
}

size_t fa_flows_name_bytes(const struct fa_flows *flows)
{
	return fa_labels_bytes(flows->labels);
}

static int64_t timeout_of(const struct fa_flows *flows, const struct flow *flow)
{
	const struct fa_flow_options *options = &flows->options;
	uint8_t transport = (uint8_t)(flow->key.words[5] >> 24);

	if (transport == FA_IP_UDP)
		return options->udp_ns;
	if (transport != FA_IP_TCP)
		return options->other_ns;
	if (fa_tcp_is_ending(flow))
		return options->tcp_closed_ns;
	if (fa_tcp_is_half_closed(flow))
		return options->tcp_ns;
	return fa_tcp_is_established(flow) ? options->tcp_established_ns : options->tcp_ns;
}

/* When the flow is due, as its timeout is now; "for ever" stays for ever. */
static int64_t due_of(const struct fa_flows *flows, const struct flow *flow)
{
	int64_t due_ns;

	if (__builtin_add_overflow(flow->last_clock_ns, timeout_of(flows, flow), &due_ns))
		return INT64_MAX;
	return due_ns;
}

static int end_flow(struct fa_flows *flows, struct flow *flow, enum fa_fold how)
{
	int error = fa_flow_fold(flows, flow, how);

	fa_flow_remove(&flows->table, flow);
	return error;
}

bool fa_flow_is_expired(const struct fa_flows *flows, const struct flow *flow)
{
	/* The clock never goes back; unsigned, because its ends lie farther apart than INT64_MAX. */
	return (uint64_t)flows->clock_ns - (uint64_t)flow->last_clock_ns >
	       (uint64_t)timeout_of(flows, flow);
}

/* Here alone the clock moves, and never back; ends up to MAX flows whose time is over. */
static int expire(struct fa_flows *flows, int64_t clock_ns, size_t max)
{
	struct flow *flow;
	int error = 0;

	if (clock_ns > flows->clock_ns)
		flows->clock_ns = clock_ns;
	while (error == 0 && max > 0 &&
	       (flow = fa_wheel_turn(&flows->table, flows->clock_ns)) != NULL) {
		if (fa_flow_is_expired(flows, flow)) {
			error = end_flow(flows, flow, FA_FOLD_END);
			max--;
		} else {
			fa_wheel_link(&flows->table, flow, due_of(flows, flow));
		}
	}
	return error;
}

static int evict(struct fa_flows *flows)
{
	struct flow *victim = fa_flow_victim(&flows->table);

	if (victim == NULL)
		return FA_ENOMEM;
	flows->counts.flows_evicted++;
	return end_flow(flows, victim, FA_FOLD_EVICTED);
}

/* What comes counts in the bucket of this packet. */
static void enter_bucket(struct fa_flows *flows, struct flow *flow, const struct fa_packet *packet)
{
	flow->bucket_ns = fa_bucket_start(packet->ts_ns, flows->options.bucket_ns);
	if (flow->bucket_ns > flows->newest_bucket_ns)
		flows->newest_bucket_ns = flow->bucket_ns;
}

static int begin_flow(struct fa_flows *flows, const struct fa_packet *packet,
		      const struct fa_flow_key *key, uint64_t hash, uint8_t side, struct flow **out)
{
	struct flow *flow = fa_flow_add(&flows->table, key, hash);

	if (flow == NULL) {
		int error = evict(flows);

		if (error != 0)
			return error;
		flow = fa_flow_add(&flows->table, key, hash);
		if (flow == NULL)
			return FA_ENOMEM;
	}
	flow->label = NO_LABEL;
	flow->client_side = SIDE_NONE;
	flow->first_side = side;
	flow->last_clock_ns = flows->clock_ns;
	enter_bucket(flows, flow, packet);
	fa_wheel_link(&flows->table, flow, due_of(flows, flow));
	if (flows->table.records != NULL) {
		struct flow_record *record =
			&flows->table.records[fa_flow_index(&flows->table, flow)];

		fa_counts_init(&record->counts);
		record->first_packet = packet->number;
		record->begun_clock_ns = flows->clock_ns;
		record->layers = packet->layers;
		memcpy(record->vlan, packet->vlan, sizeof(record->vlan));
		record->vlan_count = packet->vlan_count;
	}
	if (fa_flow_may_name(flows, packet))
		fa_flow_forget_asked(flows, flow);
	flows->counts.flows++;
	*out = flow;
	return 0;
}

/* The flow of this packet: the one in the table, or a new one where that is over. */
static int flow_of(struct fa_flows *flows, const struct fa_packet *packet, bool portless,
		   uint8_t *side, struct flow **out)
{
	struct fa_flow_key key;
	struct flow *flow;
	uint64_t hash;

	*side = fa_flow_key_of(packet, portless, flows->options.key_vlan, &key);
	hash = fa_flow_hash(&flows->table, &key);
	flow = fa_flow_find(&flows->table, &key, hash);
	if (flow != NULL &&
	    (fa_flow_is_expired(flows, flow) ||
	     (packet->transport == FA_IP_TCP && fa_tcp_is_new_connection(flow, packet, *side)))) {
		int error = end_flow(flows, flow, FA_FOLD_END);

		if (error != 0)
			return error;
		flow = NULL;
	}
	if (flow == NULL)
		return begin_flow(flows, packet, &key, hash, *side, out);
	*out = flow;
	return 0;
}

/* Counts into another bucket from here on, or makes a record when it is time for one. */
static int cross_boundaries(struct fa_flows *flows, struct flow *flow,
			    const struct fa_packet *packet)
{
	int64_t bucket_ns = flows->options.bucket_ns;
	bool counts = flow->delta.packets[0] + flow->delta.packets[1] > 0;
	bool early = packet->ts_ns < flow->bucket_ns;
	int error = 0;

	/* Not yet recognised: its packets so far count in the bucket where it is, the latest one. */
	if (early ? flow->label != NO_LABEL || !counts
		  : (uint64_t)packet->ts_ns - (uint64_t)flow->bucket_ns >= (uint64_t)bucket_ns) {
		if (flow->label != NO_LABEL && counts)
			error = fa_flow_fold(flows, flow, FA_FOLD_BUCKET);
		enter_bucket(flows, flow, packet);
	}
	/* It would overflow: what was counted counts, recognised or not. */
	if (error == 0 && flow->delta.packets[0] + flow->delta.packets[1] == FA_DELTA_PACKETS)
		error = fa_flow_fold(flows, flow, FA_FOLD_BUCKET);
	if (error == 0 && flows->table.records != NULL) {
		int64_t begun_ns =
			flows->table.records[fa_flow_index(&flows->table, flow)].begun_clock_ns;

		/* Not while undecided: records must not change what inspection finds. */
		if (flow->label != NO_LABEL &&
		    (uint64_t)flows->clock_ns - (uint64_t)begun_ns >
			    (uint64_t)flows->options.active_ns)
			error = fa_flow_fold(flows, flow, FA_FOLD_RECORD);
	}
	return error;
}

static void count_packet(const struct fa_flows *flows, struct flow *flow,
			 const struct fa_packet *packet, uint8_t side)
{
	struct fa_flow_delta *delta = &flow->delta;

	if (delta->packets[0] + delta->packets[1] == 0) {
		delta->first_ns = packet->ts_ns;
		delta->last_ns = packet->ts_ns;
	}
	if (packet->ts_ns < delta->first_ns)
		delta->first_ns = packet->ts_ns;
	if (packet->ts_ns > delta->last_ns)
		delta->last_ns = packet->ts_ns;
	delta->packets[side]++;
	delta->bytes[side] += packet->ip_bytes;
	delta->payload_packets += packet->payload_bytes > 0;
	delta->truncated += (packet->flags & FA_PACKET_TRUNCATED) != 0;
	flow->last_clock_ns = flows->clock_ns;
}

/* Messages that tell by themselves who asks: only ICMP has them in its header. */
static void note_roles(const struct fa_flows *flows, struct flow *flow,
		       const struct fa_packet *packet, uint8_t side)
{
	if (fa_transport_is_icmp(packet->transport))
		flow->saw[side] |=
			(packet->flags & FA_PACKET_REPLY) != 0 ? SAW_REPLY : SAW_REQUEST;
	flow->saw[side] |= SAW_OTHER;
	fa_flow_doubt_unreachable(flows, flow, side);
}

static void follow_tcp(struct fa_flows *flows, struct flow *flow, const struct fa_packet *packet,
		       uint8_t side)
{
	uint16_t before = flow->saw[side];
	int64_t before_ns = timeout_of(flows, flow);

	flows->counts.tcp_bytes += packet->payload_bytes;
	fa_tcp_update(flow, packet, side);
	/* The timeout is shorter now; where it stands in the wheel may be an hour ahead. */
	if (flow->saw[side] != before && timeout_of(flows, flow) < before_ns) {
		fa_wheel_unlink(&flows->table, flow);
		fa_wheel_link(&flows->table, flow, due_of(flows, flow));
	}
}

/* A new inspection, if need be at the cost of another flow's, which is decided as it stands. */
static int begin_inspection(struct fa_flows *flows, struct flow *flow)
{
	struct fa_inspector *inspector = &flows->inspector;
	struct flow *victim;
	int error;

	flow->inspection = inspector->begin(inspector->context);
	if (flow->inspection != NULL)
		return 0;
	flows->counts.inspections_evicted++;
	victim = fa_flow_inspected_victim(&flows->table);
	error = victim == NULL ? 0 : fa_flow_decide(flows, victim);
	if (error == 0)
		flow->inspection = inspector->begin(inspector->context);
	return error;
}

static int inspect(struct fa_flows *flows, struct flow *flow, const struct fa_packet *packet,
		   const uint8_t *ip_bytes, uint8_t side)
{
	struct fa_inspector *inspector = &flows->inspector;

	if (flow->label != NO_LABEL || !fa_packet_is_telling(packet))
		return 0;
	if (flow->inspection == NULL) {
		int error = begin_inspection(flows, flow);

		if (error != 0 || flow->inspection == NULL)
			return error != 0 ? error : fa_flow_decide(flows, flow);
	}
	flows->counts.inspection_calls++;
	if (inspector->packet(inspector->context, flow->inspection, packet, ip_bytes,
			      side == flow->first_side))
		return fa_flow_decide(flows, flow);
	return 0;
}

/* What a later fragment adds to its flow: bytes, but nothing to look at. */
static void continue_segment(struct fa_flows *flows, struct flow *flow,
			     const struct fa_packet *packet, uint8_t side, bool numbered)
{
	flow->saw[side] |= SAW_PIECE;
	if (!numbered)
		return;
	flows->counts.tcp_bytes += packet->payload_bytes;
	fa_tcp_continue(flow, packet, side);
}

/* Finds the flow of a packet and counts it there. */
static inline int count(struct fa_flows *flows, const struct fa_packet *packet,
			const uint8_t *ip_bytes, bool portless, uint8_t *side, struct flow **flow)
{
	int error = flow_of(flows, packet, portless, side, flow);

	if (error == 0)
		error = cross_boundaries(flows, *flow, packet);
	if (error == 0 && (*flow)->kept < flows->keep_packets) {
		(*flow)->kept++;
		error = flows->sink.packet(flows->sink.context, packet, ip_bytes);
	}
	if (error != 0)
		return error;
	count_packet(flows, *flow, packet, *side);
	fa_flow_note_speaker(&flows->table, *flow, *side);
	return 0;
}

/* Any packet but a later fragment. */
static inline int take_packet(struct fa_flows *flows, const struct fa_packet *packet,
			      const uint8_t *ip_bytes)
{
	struct flow *flow;
	uint8_t side;
	int error = count(flows, packet, ip_bytes, false, &side, &flow);

	if (error != 0)
		return error;
	if (packet->transport == FA_IP_TCP)
		follow_tcp(flows, flow, packet, side);
	else
		note_roles(flows, flow, packet, side);
	if ((packet->flags & FA_PACKET_QUOTES) != 0)
		fa_flow_note_unreachable(flows, packet);
	if (fa_flow_may_name(flows, packet))
		error = fa_flow_hear_names(flows, flow, packet, ip_bytes, side);
	return error == 0 ? inspect(flows, flow, packet, ip_bytes, side) : error;
}

/* A later fragment whose first piece was seen. False: it was not. */
static bool take_piece(struct fa_flows *flows, const struct fa_packet *packet,
		       const uint8_t *ip_bytes, int *error)
{
	struct fa_packet with_ports = *packet;
	bool numbered = false;
	struct flow *flow;
	uint8_t side;

	if (!fa_fragments_later(flows->fragments, &with_ports, flows->clock_ns, &numbered))
		return false;
	*error = count(flows, &with_ports, ip_bytes, false, &side, &flow);
	if (*error == 0)
		continue_segment(flows, flow, &with_ports, side, numbered);
	return true;
}

/* A later fragment whose first piece did not come. */
static int take_stray(struct fa_flows *flows, const struct fa_packet *packet,
		      const uint8_t *ip_bytes)
{
	struct flow *flow;
	uint8_t side;
	int error = count(flows, packet, ip_bytes, true, &side, &flow);

	flows->counts.fragments_unmatched++;
	if (error == 0)
		continue_segment(flows, flow, packet, side, false);
	return error;
}

/* The fragment that waits longest goes without ports. */
static int let_go(struct fa_flows *flows)
{
	struct fa_held_packet held;
	int error;

	if (!fa_held_take_oldest(flows->held, &held))
		return 0;
	error = take_stray(flows, held.packet, held.ip_bytes);
	flows->held_due_ns = fa_held_due_ns(flows->held);
	return error;
}

/*
 * Up to MAX fragments that are due before CLOCK_NS go without ports, each at the time when it is:
 * so it is the same whatever other traffic moves the clock, that of another worker or none.
 */
static int let_go_until(struct fa_flows *flows, int64_t clock_ns, size_t max)
{
	int error = 0;

	for (size_t i = 0; i < max && flows->held_due_ns < clock_ns && error == 0; i++) {
		error = expire(flows, flows->held_due_ns + 1, max);
		if (error == 0)
			error = let_go(flows);
	}
	return error;
}

/* Keeps a later fragment until its first piece comes. */
static int hold(struct fa_flows *flows, const struct fa_packet *packet, const uint8_t *ip_bytes)
{
	int error = 0;

	if (fa_held_count(flows->held) == FA_HELD_MAX)
		error = let_go(flows);
	fa_held_put(flows->held, packet, ip_bytes, flows->clock_ns);
	flows->held_due_ns = fa_held_due_ns(flows->held);
	return error;
}

static int take_first(struct fa_flows *flows, const struct fa_packet *packet,
		      const uint8_t *ip_bytes)
{
	struct fa_held_packet held;
	int error = take_packet(flows, packet, ip_bytes);

	fa_fragments_first(flows->fragments, packet, flows->clock_ns);
	while (error == 0 && fa_held_take_of(flows->held, packet, &held)) {
		if (!take_piece(flows, held.packet, held.ip_bytes, &error))
			error = take_stray(flows, held.packet, held.ip_bytes);
		flows->held_due_ns = fa_held_due_ns(flows->held);
	}
	return error;
}

/* The clock moves on: what waits for its time ends. */
static inline int advance(struct fa_flows *flows, int64_t clock_ns, size_t max)
{
	int error = flows->held_due_ns < clock_ns ? let_go_until(flows, clock_ns, max) : 0;

	return error == 0 ? expire(flows, clock_ns, max) : error;
}

int fa_flows_tick(struct fa_flows *flows, int64_t clock_ns)
{
	return advance(flows, clock_ns, flows->options.spread_ends ? ENDS_PER_TICK : SIZE_MAX);
}

int fa_flows_packet(struct fa_flows *flows, const struct fa_packet *packet, const uint8_t *ip_bytes)
{
	size_t ends = flows->options.spread_ends ? ENDS_PER_PACKET : SIZE_MAX;
	int error = advance(flows, packet->clock_ns, ends);

	flows->counts.packets++;
	if (error != 0)
		return error;
	if ((packet->flags & FA_PACKET_FRAGMENT_FIRST) != 0)
		return take_first(flows, packet, ip_bytes);
	if ((packet->flags & FA_PACKET_FRAGMENT_LATER) == 0)
		return take_packet(flows, packet, ip_bytes);
	return take_piece(flows, packet, ip_bytes, &error) ? error : hold(flows, packet, ip_bytes);
}

int fa_flows_finish(struct fa_flows *flows)
{
	int error = let_go_until(flows, INT64_MAX, SIZE_MAX);

	while (error == 0 && fa_held_count(flows->held) > 0)
		error = let_go(flows);
	flows->closing.stage = FA_CLOSE_NONE;
	for (size_t i = 0; i < flows->table.used && error == 0; i++)
		if (fa_flow_is_live(&flows->table.flows[i]))
			error = end_flow(flows, &flows->table.flows[i], FA_FOLD_END);
	return error == 0 ? fa_flows_flush(flows) : error;
}
