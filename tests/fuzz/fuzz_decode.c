/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes decoding. Input: two bytes that choose the link type, one the depth limit, two how many
 * bytes the frame had on the wire beyond those captured; then the frame.
 */
#include "base/cursor.h"
#include "decode/decode.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
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
		return;
	}
	require(packet->quoted_transport == 0 && packet->quoted_src_port == 0);
	require(memcmp(packet->quoted_dst, zero, sizeof(zero)) == 0);
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
	require(packet->vlan_count <= FA_VLAN_MAX && packet->tunnel < FA_TUNNEL_COUNT);
	require(((packet->flags & FA_PACKET_TRUNCATED) != 0) ==
		(packet->captured < packet->ip_bytes));
	if (packet->flags & FA_PACKET_FRAGMENT_LATER)
		require(packet->src_port == 0 && packet->payload_offset == packet->captured);
	check_quote(packet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fa_cursor input = fa_cursor(data, size);
	struct fa_decoder decoder = {.pair_key = {1, 2}};
	struct fa_frame frame = {.ts_ns = 0};
	struct fa_packet packet;
	const uint8_t *ip;
	enum fa_decode_result result;

	frame.link_type = fa_cursor_u16(&input);
	decoder.max_headers = fa_cursor_u8(&input);
	frame.wire = fa_cursor_u16(&input);
	if (!fa_cursor_ok(&input))
		return 0;
	frame.captured = (uint32_t)fa_cursor_left(&input);
	frame.data = fa_cursor_take(&input, frame.captured);
	frame.wire += frame.captured;
	result = fa_decode(&decoder, &frame, &packet, &ip);
	require(result < FA_DECODE_COUNT);
	require((result == FA_DECODE_UNKNOWN_LINK) != fa_decode_link_known(frame.link_type));
	if (result == FA_DECODE_DECODED)
		check_packet(&frame, &packet, ip);
	else
		check_nothing(&packet, ip);
	return 0;
}
