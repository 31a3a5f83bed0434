/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes the flow stage: the input is a list of packets between few hosts and ports, so that flows
 * meet, end, come again and are given up, with ticks, closes of windows and jumps of the clock
 * between them. Its first bytes choose limits, timeouts, and what is asked of the stage.
 *
 * Whatever comes, in whatever order: every packet is in one conversation, every flow begins once
 * and ends once, nothing is held beyond the limits, and nothing is left in the end.
 */
#include "base/cursor.h"
#include "base/time.h"
#include "classify/dns.h"
#include "flow/flows.h"
#include "fuzz/require.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECOND	     FA_NS_PER_SECOND
#define IP_BYTES_MAX 128
#define STATES_MAX   8

struct sums {
	uint64_t packets, bytes, payload_packets, truncated, flows, ended, gaps;
};

struct stand {
	struct fa_flow_options options;
	struct fa_flows *flows;
	int64_t clock_ns;
	uint64_t number;
	int64_t first_ns, last_ns; /* of all packets */
	struct sums given, got, recorded;
	uint64_t kept;
	size_t states, states_max; /* of inspection */
	bool records;
};

static void *begin(void *context)
{
	struct stand *stand = context;

	if (stand->states >= stand->states_max)
		return NULL;
	stand->states++;
	return calloc(1, 2);
}

/* Reads every byte that it is given; some of them decide, and tell who the client is. */
static bool look(void *context, void *state, const struct fa_packet *packet,
		 const uint8_t *ip_bytes, bool forward)
{
	int8_t *heard = state;
	uint8_t sum = 0;

	(void)context;
	require(heard != NULL && packet->payload_offset <= packet->captured);
	for (uint32_t i = 0; i < packet->captured; i++)
		sum = (uint8_t)(sum + ip_bytes[i]);
	heard[0] = (int8_t)(sum % 5);
	heard[1] = sum % 3 == 0 ? 0 : (sum % 3 == 1) == forward ? 1 : -1;
	return sum % 4 == 0;
}

static void end(void *context, void *state, const struct fa_packet *like, struct fa_inspection *out)
{
	static const char *const names[] = {"Unknown", "TLS", "HTTP", "DNS", "SSH"};
	struct stand *stand = context;
	const int8_t *heard = state;

	require(like->ip_version == 4 || like->ip_version == 6);
	memset(out, 0, sizeof(*out));
	out->detected_by = FA_DETECTED_NONE;
	strcpy(out->protocol, names[0]);
	if (heard == NULL)
		return;
	if (heard[0] != 0)
		out->detected_by = FA_DETECTED_DPI;
	strcpy(out->protocol, names[heard[0]]);
	out->client_side = heard[1];
	require(stand->states > 0);
	stand->states--;
	free(state);
}

static void check_counts(const struct stand *stand, const struct fa_identity *id,
			 const struct fa_counts *counts, struct sums *sums)
{
	uint64_t packets = counts->packets_to_server + counts->packets_to_client;
	uint64_t ended = 0;

	for (size_t i = 0; i < FA_FLOW_STATE_COUNT; i++)
		ended += counts->flows_in_state[i];
	require(packets > 0 || (ended > 0 && counts->flows == 0));
	require(counts->payload_packets <= packets && counts->truncated <= packets);
	require(counts->first_seen_ns <= counts->last_seen_ns);
	require(counts->first_seen_ns >= stand->first_ns && counts->last_seen_ns <= stand->last_ns);
	require(id->client.version == id->server.version);
	require(id->direction_by < FA_BY_COUNT && id->detected_by < FA_DETECTED_COUNT);
	if (id->fragment)
		require(id->client_port == 0 && id->server_port == 0);
	if (!stand->options.key_vlan)
		require(id->vlan[0] == 0 && id->vlan[1] == 0);
	sums->packets += packets;
	sums->bytes += counts->bytes_to_server + counts->bytes_to_client;
	sums->payload_packets += counts->payload_packets;
	sums->truncated += counts->truncated;
	sums->flows += counts->flows;
	sums->ended += ended;
	sums->gaps += counts->sequence_gaps;
}

static int take_conversation(void *context, const struct fa_conversation *c)
{
	struct stand *stand = context;
	int64_t bucket_ns = stand->options.bucket_ns;

	require(fa_bucket_start(c->bucket_ns, bucket_ns) == c->bucket_ns);
	require(fa_bucket_start(c->counts.last_seen_ns, bucket_ns) == c->bucket_ns);
	if (c->id.direction_by != FA_BY_FIRST_PACKET)
		require(c->id.client_port == 0);
	check_counts(stand, &c->id, &c->counts, &stand->got);
	return 0;
}

static int take_record(void *context, const struct fa_flow_record *record)
{
	struct stand *stand = context;

	require(record->first_packet >= 1 && record->first_packet <= stand->number);
	require(record->state < FA_FLOW_STATE_COUNT && record->vlan_count <= FA_VLAN_MAX);
	check_counts(stand, &record->id, &record->counts, &stand->recorded);
	return 0;
}

static int take_name(void *context, const struct fa_name_answer *answer)
{
	(void)context;
	require(answer != NULL);
	return 0;
}

static int take_packet(void *context, const struct fa_packet *packet, const uint8_t *ip_bytes)
{
	struct stand *stand = context;

	require(packet->captured == 0 || ip_bytes != NULL);
	stand->kept++;
	return 0;
}

static int64_t seconds(struct fa_cursor *input)
{
	return fa_cursor_u8(input) * SECOND;
}

static void choose(struct stand *stand, struct fa_cursor *input)
{
	uint8_t choice = fa_cursor_u8(input);
	struct fa_flow_options *options = &stand->options;

	*options = fa_flow_options_default();
	options->max_flows = (size_t[]){1, 2, 5, 64}[choice & 3];
	options->max_conversations = choice & 4 ? 3 : 64;
	options->spread_ends = choice & 8;
	options->key_vlan = choice & 16;
	options->keep_packets = choice & 32 ? 3 : 0;
	stand->records = choice & 64;
	stand->states_max = choice & 128 ? 1 : STATES_MAX;
	if ((fa_cursor_u8(input) & 1) == 0)
		return;
	options->tcp_established_ns = seconds(input);
	options->tcp_ns = seconds(input);
	options->tcp_closed_ns = seconds(input);
	options->udp_ns = seconds(input);
	options->other_ns = seconds(input);
	options->active_ns = seconds(input);
	options->bucket_ns = SECOND + seconds(input);
}

static void open_stand(struct stand *stand)
{
	const struct fa_inspector inspector = {stand, begin, look, end, fa_dns_read};
	const struct fa_flow_sink sink = {
		.conversation = take_conversation,
		.flow = stand->records ? take_record : NULL,
		.name = take_name,
		.packet = stand->options.keep_packets > 0 ? take_packet : NULL,
		.context = stand,
	};

	require(fa_flows_new(&stand->flows, &stand->options, &inspector, &sink) == 0);
}

/* Four hosts of each version, one of them a group. */
static void set_hosts(struct fa_packet *packet, uint8_t who)
{
	static const uint8_t last[] = {1, 2, 3, 251};

	packet->ip_version = who & 0x80 ? 6 : 4;
	packet->src[0] = packet->dst[0] = packet->ip_version == 4 ? 10 : 0xfd;
	packet->src[packet->ip_version == 4 ? 3 : 15] = last[who & 3];
	packet->dst[packet->ip_version == 4 ? 3 : 15] = last[who >> 2 & 3];
	if ((who >> 2 & 3) == 3)
		packet->dst[0] = packet->ip_version == 4 ? 224 : 0xff;
}

static void set_ports(struct fa_packet *packet, uint8_t which)
{
	static const uint16_t ports[] = {53, 443, 123, 40000, 40001, 9443, 0, 65535};

	packet->src_port = ports[which & 7];
	packet->dst_port = ports[which >> 3 & 7];
}

static void set_icmp(struct fa_packet *packet, uint8_t ports, struct fa_cursor *input)
{
	packet->src_port = packet->ip_version == 4 ? 8 : 128;
	packet->dst_port = 0;
	if (ports & 1) {
		packet->flags |= FA_PACKET_REPLY;
	} else if (ports & 2) {
		packet->src_port = packet->ip_version == 4 ? 3 : 1;
		packet->dst_port = ports >> 2 & 3;
		packet->flags |= FA_PACKET_QUOTES;
		packet->quoted_transport = (uint8_t[]){6, 17, 1, 47}[ports >> 4 & 3];
		packet->quoted_dst[0] = packet->src[0];
		packet->quoted_dst[packet->ip_version == 4 ? 3 : 15] = 1 + (ports >> 6 & 3);
		if (packet->quoted_transport != 47) {
			struct fa_packet quoted = {.ip_version = packet->ip_version};

			set_ports(&quoted, fa_cursor_u8(input));
			packet->quoted_src_port = quoted.src_port;
			packet->quoted_dst_port = quoted.dst_port;
		}
	}
}

static void set_tcp(struct fa_packet *packet, struct fa_cursor *input)
{
	uint8_t place = fa_cursor_u8(input);
	uint8_t acked = fa_cursor_u8(input);

	packet->tcp_flags = fa_cursor_u8(input) & 0x3f;
	/* Few numbers, on both sides of where they wrap around. */
	packet->tcp_seq = UINT32_MAX - 40u + (place & 0x7f) + (place & 0x80 ? 0x40000000u : 0);
	packet->tcp_ack = UINT32_MAX - 40u + (acked & 0x7f) + (acked & 0x80 ? 0x40000000u : 0);
	packet->tcp_window = (uint16_t)(place << 8 | acked);
}

static void set_fragment(struct fa_packet *packet, uint8_t extras)
{
	if (packet->flags & FA_PACKET_QUOTES)
		return;
	packet->fragment_id = extras >> 4 & 3;
	if ((extras & 3) == 1) {
		packet->flags |= FA_PACKET_FRAGMENT_FIRST;
	} else if ((extras & 3) == 2) {
		packet->flags = FA_PACKET_FRAGMENT_LATER;
		packet->src_port = packet->dst_port = 0;
		packet->tcp_seq = packet->tcp_ack = 0;
		packet->tcp_flags = 0;
		packet->tcp_window = 0;
	}
	if (packet->transport == FA_IP_TCP && (extras & 0x43) == 0x41) {
		/* A first piece with nothing but the ports and the number. */
		packet->tcp_flags = 0;
		packet->tcp_ack = 0;
		packet->tcp_window = 0;
	}
}

static void set_wraps(struct fa_packet *packet, uint8_t wraps)
{
	if (wraps & 1) {
		packet->tunnel = FA_TUNNEL_VXLAN;
		packet->tunnel_id = wraps >> 1 & 1;
		packet->layers |= fa_layer_bit(FA_TUNNEL_VXLAN);
	}
	packet->vlan_count = wraps >> 2 & 3;
	for (size_t i = 0; i < packet->vlan_count; i++)
		packet->vlan[i] = (uint16_t)(1 + (wraps >> (4 + i) & 1));
	if (packet->vlan_count > 0)
		packet->layers |= fa_layer_bit(FA_TUNNEL_VLAN);
}

/* The payload is what stands in the input; behind it there may be more that was not captured. */
static void set_bytes(struct fa_packet *packet, uint8_t sizes, struct fa_cursor *input,
		      uint8_t *bytes)
{
	static const uint8_t headers[] = {[FA_IP_TCP] = 20, [FA_IP_UDP] = 8};
	uint32_t ip = packet->ip_version == 4 ? 20 : 40;
	uint32_t transport = packet->transport < sizeof(headers) ? headers[packet->transport] : 4;
	uint32_t heard = sizes & 0x3f;
	const uint8_t *payload;

	if (heard > fa_cursor_left(input))
		heard = (uint32_t)fa_cursor_left(input);
	payload = fa_cursor_take(input, heard);
	memset(bytes, 0, IP_BYTES_MAX);
	if (heard > 0)
		memcpy(&bytes[ip + transport], payload, heard);
	packet->captured = ip + transport + heard;
	packet->payload_offset = ip + transport;
	packet->payload_bytes = heard + (sizes & 0x40 ? 1000 : 0);
	packet->ip_bytes = ip + transport + packet->payload_bytes;
	if (sizes & 0x40)
		packet->flags |= FA_PACKET_TRUNCATED;
	if (packet->flags & FA_PACKET_FRAGMENT_LATER) {
		packet->payload_offset = packet->captured;
		packet->payload_bytes = packet->ip_bytes - ip;
	}
}

/* Packets come up to two seconds late, and some of another time altogether. */
static void set_time(struct stand *stand, struct fa_packet *packet, uint8_t when)
{
	stand->clock_ns += (int64_t)(when & 7) * (when & 8 ? 11 * SECOND : SECOND / 1000);
	packet->clock_ns = stand->clock_ns;
	packet->ts_ns = stand->clock_ns - (when >> 4 & 7) * SECOND / 4;
	if (when & 0x80)
		packet->ts_ns -= (when >> 4 & 7) * 3600 * SECOND;
	packet->number = ++stand->number;
}

static void add_packet(struct stand *stand, struct fa_cursor *input)
{
	static const uint8_t transports[] = {6, 6, 6, 17, 17, 1, 47, 132};
	uint8_t exact[IP_BYTES_MAX];
	struct fa_packet packet = {0};
	uint8_t kind = fa_cursor_u8(input);
	uint8_t ports;

	set_hosts(&packet, fa_cursor_u8(input));
	packet.transport = transports[kind & 7];
	if (packet.transport == FA_IP_ICMP && packet.ip_version == 6)
		packet.transport = FA_IP_ICMP6;
	ports = fa_cursor_u8(input);
	if (fa_transport_is_icmp(packet.transport))
		set_icmp(&packet, ports, input);
	else if (packet.transport != 47)
		set_ports(&packet, ports);
	if (packet.transport == FA_IP_TCP)
		set_tcp(&packet, input);
	if (kind & 8)
		set_fragment(&packet, fa_cursor_u8(input));
	if (kind & 16)
		set_wraps(&packet, fa_cursor_u8(input));
	set_time(stand, &packet, fa_cursor_u8(input));
	set_bytes(&packet, kind & 32 ? fa_cursor_u8(input) : 0, input, exact);
	if (!fa_cursor_ok(input))
		return;

	if (packet.ts_ns < stand->first_ns)
		stand->first_ns = packet.ts_ns;
	if (packet.ts_ns > stand->last_ns)
		stand->last_ns = packet.ts_ns;
	stand->given.packets++;
	stand->given.bytes += packet.ip_bytes;
	stand->given.payload_packets += packet.payload_bytes > 0;
	stand->given.truncated += (packet.flags & FA_PACKET_TRUNCATED) != 0;
	require(fa_flows_packet(stand->flows, &packet, exact) == 0);
}

/* What happens between packets. */
static void add_event(struct stand *stand, uint8_t what, struct fa_cursor *input)
{
	bool done;

	switch (what & 7) {
	case 0:
		stand->clock_ns += seconds(input);
		require(fa_flows_tick(stand->flows, stand->clock_ns) == 0);
		break;
	case 1:
		require(fa_flows_close_window(stand->flows) == 0);
		break;
	case 2:
		require(fa_flows_close_some(stand->flows, 1u + fa_cursor_u8(input), &done) == 0);
		break;
	case 3:
		require(fa_flows_flush(stand->flows) == 0);
		break;
	case 4: /* a tick of a clock that is behind */
		require(fa_flows_tick(stand->flows, stand->clock_ns - seconds(input)) == 0);
		break;
	default: /* the machine slept */
		stand->clock_ns += seconds(input) * 3600;
		break;
	}
}

static void check_end(const struct stand *stand)
{
	const struct fa_worker_counts *counts = fa_flows_counts(stand->flows);

	require(fa_flows_active(stand->flows) == 0 && stand->states == 0);
	require(memcmp(&stand->got.packets, &stand->given.packets, 4 * sizeof(uint64_t)) == 0);
	require(counts->packets == stand->given.packets);
	require(stand->got.flows == counts->flows && stand->got.ended == counts->flows);
	require(counts->flows <= counts->packets && counts->one_way_flows <= counts->flows);
	require(counts->fragments_unmatched <= counts->packets);
	require(stand->got.gaps == counts->sequence_gap_bytes + counts->acked_unseen_bytes);
	require(stand->kept <= counts->flows * stand->options.keep_packets);
	if (stand->records)
		require(memcmp(&stand->recorded, &stand->got, sizeof(stand->got)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fa_cursor input = fa_cursor(data, size);
	struct stand stand = {
		.clock_ns = 1700000000 * SECOND, .first_ns = INT64_MAX, .last_ns = INT64_MIN};

	choose(&stand, &input);
	if (!fa_cursor_ok(&input))
		return 0;
	open_stand(&stand);
	while (fa_cursor_ok(&input) && fa_cursor_left(&input) > 0) {
		uint8_t what = fa_cursor_u8(&input);

		if (what >= 0xe0)
			add_event(&stand, what, &input);
		else
			add_packet(&stand, &input);
		require(fa_flows_active(stand.flows) <= stand.options.max_flows);
		require(fa_flows_name_bytes(stand.flows) <= 1u << 20);
	}
	require(fa_flows_finish(stand.flows) == 0);
	check_end(&stand);
	fa_flows_free(stand.flows);
	return 0;
}
