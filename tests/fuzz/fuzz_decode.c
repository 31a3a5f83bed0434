/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes decoding. Input: two bytes that choose the link type (the highest bit: among those that
 * are known), one the limit of headers and the ports of tunnels, two how many bytes the frame had
 * on the wire beyond those captured; then the frame.
 *
 * Beyond what every packet promises: the same frame gives the same packet wherever it lies, the
 * other direction belongs to the same pair, and a lower limit of headers gives the same or says so.
 */
#include "base/cursor.h"
#include "decode/decode.h"
#include "fuzz/require.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What decoding said of a frame. */
struct said {
	enum fa_decode_result result;
	struct fa_packet packet;
	size_t ip_start; /* when decoded */
};

/* Link types above 32767 are not tried one by one: the registry ends far below. */
static int choose_link(uint16_t choice)
{
	static int known[512];
	static size_t count;

	if (count == 0)
		for (int type = 0; type < 0x8000 && count < 512; type++)
			if (fa_decode_link_known(type))
				known[count++] = type;
	return choice & 0x8000 ? known[(choice & 0x7fff) % count] : choice;
}

/* As they are registered; none; each kind at a port that is found without guessing. */
static void choose_ports(struct fa_tunnel_ports *ports, unsigned choice)
{
	struct fa_wire wire;

	fa_wire_default(&wire);
	*ports = wire.ports;
	if (choice == 1)
		memset(ports, 0, sizeof(*ports));
	if (choice < 2)
		return;
	ports->filter = 0;
	for (uint32_t i = 0; i < ports->count; i++) {
		ports->items[i].port = (uint16_t)(0x0101 * (i + 1));
		ports->filter |= UINT64_C(1) << ports->items[i].port % 64;
	}
}

static void check_nothing(const struct fa_packet *packet, const uint8_t *ip)
{
	static const struct fa_packet nothing;

	require(ip == NULL);
	require(memcmp(packet, &nothing, sizeof(nothing)) == 0);
}

/* A quote stands in an error, and is within what was captured of it. */
static void check_quote(const struct fa_packet *packet)
{
	static const uint8_t zero[16];
	size_t header = packet->ip_version == 4 ? 20 : 40;

	if (packet->flags & FA_PACKET_QUOTES) {
		require(fa_transport_is_icmp(packet->transport));
		require(packet->captured >= 2 * header + 8);
		require(!(packet->flags & (FA_PACKET_FRAGMENT_FIRST | FA_PACKET_FRAGMENT_LATER)));
		require(!(packet->flags & FA_PACKET_REPLY));
		return;
	}
	require(packet->quoted_transport == 0 && packet->quoted_src_port == 0);
	require(memcmp(packet->quoted_dst, zero, sizeof(zero)) == 0);
}

/* What only some transports and some links have. */
static void check_fields(const struct fa_packet *packet)
{
	bool has_ports = packet->transport == FA_IP_TCP || packet->transport == FA_IP_UDP ||
			 packet->transport == FA_IP_SCTP || fa_transport_is_icmp(packet->transport);

	require((packet->flags & FA_PACKET_FRAGMENT_FIRST) == 0 ||
		(packet->flags & FA_PACKET_FRAGMENT_LATER) == 0);
	if (!has_ports)
		require(packet->src_port == 0 && packet->dst_port == 0);
	if (packet->transport != FA_IP_TCP || packet->flags & FA_PACKET_FRAGMENT_LATER)
		require(packet->tcp_flags == 0 && packet->tcp_seq == 0 && packet->tcp_ack == 0);
	if (packet->flags & FA_PACKET_REPLY)
		require(fa_transport_is_icmp(packet->transport) && packet->dst_port == 0);
	require(packet->vlan_count <= FA_VLAN_MAX && packet->tunnel < FA_TUNNEL_COUNT);
	for (size_t i = 0; i < FA_VLAN_MAX; i++)
		require((packet->vlan[i] != 0) == (i < packet->vlan_count) &&
			packet->vlan[i] < 4096);
	require(packet->layers >> FA_TUNNEL_COUNT == 0 && (packet->layers & 1) == 0);
	require(packet->tunnel != FA_TUNNEL_NONE || packet->tunnel_id == 0);
	require(packet->tunnel == FA_TUNNEL_NONE ||
		(packet->layers & fa_layer_bit(packet->tunnel)) != 0);
	require(packet->vlan_count == 0 || packet->layers & fa_layer_bit(FA_TUNNEL_VLAN));
}

static void check_packet(const struct fa_frame *frame, const struct fa_packet *packet,
			 const uint8_t *ip)
{
	size_t ip_start = (size_t)(ip - frame->data);
	size_t version = ip[0] >> 4;

	require(ip >= frame->data && ip_start < frame->captured);
	require(packet->captured <= frame->captured - ip_start);
	require(packet->captured <= packet->ip_bytes && packet->captured <= 65535);
	require(packet->payload_offset <= packet->captured);
	require(packet->payload_bytes <= packet->ip_bytes);
	require(packet->ip_bytes <= 65575 || packet->ip_bytes <= frame->wire);
	require(packet->ip_version == version && (version == 4 || version == 6));
	require(packet->captured >= (version == 4 ? 20 : 40));
	require(memcmp(packet->src, &ip[version == 4 ? 12 : 8], version == 4 ? 4 : 16) == 0);
	require(((packet->flags & FA_PACKET_TRUNCATED) != 0) ==
		(packet->captured < packet->ip_bytes));
	if (packet->flags & FA_PACKET_FRAGMENT_LATER)
		require(packet->src_port == 0 && packet->payload_offset == packet->captured);
	check_fields(packet);
	check_quote(packet);
}

static struct said decode(const struct fa_decoder *decoder, const struct fa_frame *frame)
{
	struct said said = {.ip_start = 0};
	const uint8_t *ip;

	said.result = fa_decode(decoder, frame, &said.packet, &ip);
	require(said.result < FA_DECODE_COUNT);
	require((said.result == FA_DECODE_UNKNOWN_LINK) != fa_decode_link_known(frame->link_type));
	if (said.result != FA_DECODE_DECODED) {
		check_nothing(&said.packet, ip);
		return said;
	}
	check_packet(frame, &said.packet, ip);
	said.ip_start = (size_t)(ip - frame->data);
	return said;
}

static bool same(const struct said *one, const struct said *other)
{
	return one->result == other->result && one->ip_start == other->ip_start &&
	       memcmp(&one->packet, &other->packet, sizeof(one->packet)) == 0;
}

/* Where nothing says what is inside, it is guessed by what fits, and addresses are a part of that.
 */
static const uint32_t guessed = UINT32_C(1) << FA_TUNNEL_MPLS | UINT32_C(1) << FA_TUNNEL_L2TP;

/* The other direction: what the innermost header says, with its ends exchanged. */
static void check_mirrored(const struct fa_decoder *decoder, const struct fa_frame *frame,
			   uint8_t *bytes, const struct said *said)
{
	size_t length = said->packet.ip_version == 4 ? 4 : 16;
	uint8_t *from = &bytes[said->ip_start + (length == 4 ? 12 : 8)];
	uint8_t kept[16];
	struct said mirrored;

	memcpy(kept, from, length);
	memmove(from, from + length, length);
	memcpy(from + length, kept, length);
	mirrored = decode(decoder, frame);
	if ((said->packet.layers & guessed) != 0)
		return;
	require(mirrored.result == FA_DECODE_DECODED && mirrored.ip_start == said->ip_start);
	require(memcmp(mirrored.packet.src, said->packet.dst, 16) == 0);
	require(memcmp(mirrored.packet.dst, said->packet.src, 16) == 0);
	if (((mirrored.packet.flags | said->packet.flags) & FA_PACKET_QUOTES) == 0)
		require(mirrored.packet.pair_hash == said->packet.pair_hash);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fa_cursor input = fa_cursor(data, size);
	struct fa_decoder decoder = {.pair_key = {1, 2}};
	struct fa_decoder deep;
	struct fa_frame frame = {.ts_ns = 0};
	struct said said, again;
	uint8_t *copy;
	uint8_t choice;

	frame.link_type = choose_link(fa_cursor_u16(&input));
	choice = fa_cursor_u8(&input);
	decoder.max_headers = choice & 0x3f;
	choose_ports(&decoder.ports, choice >> 6);
	frame.wire = fa_cursor_u16(&input);
	if (!fa_cursor_ok(&input))
		return 0;
	frame.captured = (uint32_t)fa_cursor_left(&input);
	frame.data = fa_cursor_take(&input, frame.captured);
	frame.wire += frame.captured;
	said = decode(&decoder, &frame);

	copy = malloc(frame.captured == 0 ? 1 : frame.captured);
	require(copy != NULL);
	if (frame.captured > 0)
		memcpy(copy, frame.data, frame.captured);
	frame.data = copy;
	again = decode(&decoder, &frame);
	require(same(&said, &again));
	deep = decoder;
	deep.max_headers = FA_WIRE_MAX_HEADERS;
	again = decode(&deep, &frame);
	/* A quote is only not taken when its headers are too many. */
	if (said.result != FA_DECODE_TOO_MANY_HEADERS && !(again.packet.flags & FA_PACKET_QUOTES))
		require(same(&said, &again));
	if (said.result == FA_DECODE_DECODED)
		check_mirrored(&decoder, &frame, copy, &said);
	free(copy);
	return 0;
}
