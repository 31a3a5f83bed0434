/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frames for the decode tests: written as hexadecimal text, decoded from heap copies of exactly
 * their size, and compared field by field with what a table row wants.
 */
#ifndef FA_TESTS_DECODE_FRAMES_H
#define FA_TESTS_DECODE_FRAMES_H

#include "decode/decode.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Pieces of frames. Lengths are in hexadecimal; addresses are 10.0.0.1 and 2001:db8::1 to ...2. */
#define ETHER(type) "020000000002 020000000001" type
#define IP4_FROM_TO(total, fragment, protocol, from, to)                                           \
	"4500" total "1234" fragment "40" protocol "0000" from to
#define IP4_FRAGMENT(total, fragment, protocol)                                                    \
	IP4_FROM_TO(total, fragment, protocol, "0a000001", "0a000002")
#define IP4(total, protocol)	IP4_FRAGMENT(total, "4000", protocol)
#define OUTER4(total, protocol) IP4_FROM_TO(total, "4000", protocol, "c0000201", "c0000202")
#define IP6(payload, next)                                                                         \
	"60000000" payload next "40"                                                               \
	"20010db8000000000000000000000001 20010db8000000000000000000000002"
#define OUTER6(payload, next)                                                                      \
	"60000000" payload next "40"                                                               \
	"20010db8ffff00000000000000000001 20010db8ffff00000000000000000002"
#define OVER4(total, len, port) OUTER4(total, "11") "c000" port len "0000"
#define OVER6(total, len, port) OUTER6(len, "11") "c000" port len "0000"
#define HELLO	  "68656c6c6f"
#define UDP_HELLO "d431 0035 000d 0000" HELLO
#define TCP_HELLO "d431 01bb 00000001 00000002 5018 ffff 0000 0000" HELLO
#define IP4_UDP	  IP4("0021", "11") UDP_HELLO
#define IP6_UDP	  IP6("000d", "11") UDP_HELLO

/* What the two UDP packets above come out as. */
#define WANT_UDP                                                                                   \
	.transport = FA_IP_UDP, .src_port = 54321, .dst_port = 53, .payload_bytes = 5, .ttl = 64
#define WANT_IP4 .ip_version = 4, .src = {10, 0, 0, 1}, .dst = {10, 0, 0, 2}, .fragment_id = 0x1234
#define WANT_IP6                                                                                   \
	.ip_version = 6, .src = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},      \
	.dst = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}
#define WANT_IP4_UDP WANT_IP4, WANT_UDP, .ip_bytes = 33, .captured = 33, .payload_offset = 28
#define WANT_IP6_UDP WANT_IP6, WANT_UDP, .ip_bytes = 53, .captured = 53, .payload_offset = 48

/* What a packet of the two ends of a tunnel comes out as; the bit of a layer. */
#define WANT_OUTER                                                                                 \
	.ip_version = 4, .src = {192, 0, 2, 1}, .dst = {192, 0, 2, 2}, .fragment_id = 0x1234,      \
	.ttl = 64
#define WANT_OUTER_UDP                                                                             \
	WANT_OUTER, .transport = FA_IP_UDP, .src_port = 49152, .payload_offset = 28
#define BIT(kind) (UINT32_C(1) << FA_TUNNEL_##kind)

struct row {
	const char *name;
	int link_type;
	const char *hex;
	enum fa_decode_result result;
	struct fa_packet want; /* when decoded; time, number and hash are not compared */
	size_t wire_more;      /* bytes that the frame had on the wire beyond HEX */
};

/* Rows; the _OF forms for frames of which MORE bytes were on the wire. */
#define DECODES(name_, link_, hex_, ...)                                                           \
	{                                                                                          \
		.name = name_, .link_type = link_, .hex = hex_, .result = FA_DECODE_DECODED,       \
		.want = {                                                                          \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
#define DECODES_OF(more_, name_, link_, hex_, ...)                                                 \
	{                                                                                          \
		.name = name_, .link_type = link_, .hex = hex_, .result = FA_DECODE_DECODED,       \
		.want = {__VA_ARGS__}, .wire_more = more_                                          \
	}
#define FAILS(name_, link_, hex_, result_)                                                         \
	{                                                                                          \
		.name = name_, .link_type = link_, .hex = hex_, .result = FA_DECODE_##result_      \
	}
#define FAILS_OF(more_, name_, link_, hex_, result_)                                               \
	{                                                                                          \
		.name = name_, .link_type = link_, .hex = hex_, .result = FA_DECODE_##result_,     \
		.wire_more = more_                                                                 \
	}

static const struct fa_decoder decoder = {
	.pair_key = {0x0706050403020100, 0x0f0e0d0c0b0a0908},
	.max_headers = FA_WIRE_DEFAULT_HEADERS,
	.ports = {.items = {{4789, FA_TUNNEL_VXLAN},
			    {8472, FA_TUNNEL_VXLAN},
			    {4790, FA_TUNNEL_VXLAN_GPE},
			    {6081, FA_TUNNEL_GENEVE},
			    {2152, FA_TUNNEL_GTP},
			    {4754, FA_TUNNEL_GRE},
			    {6635, FA_TUNNEL_MPLS},
			    {1701, FA_TUNNEL_L2TP},
			    {3544, FA_TUNNEL_TEREDO},
			    {5072, FA_TUNNEL_AYIYA},
			    {4341, FA_TUNNEL_LISP}},
		  .count = 11,
		  .filter = UINT64_MAX},
};

/* Bytes of TEXT, spaces skipped, on the heap. */
static uint8_t *bytes_of(const char *text, size_t *len)
{
	uint8_t *bytes = malloc(strlen(text) / 2 + 1);
	unsigned value;

	assert_non_null(bytes);
	*len = 0;
	for (const char *p = text; *p != '\0'; p++) {
		if (isspace((unsigned char)*p))
			continue;
		assert_int_equal(sscanf(p, "%2x", &value), 1);
		bytes[(*len)++] = (uint8_t)value;
		p++;
	}
	return bytes;
}

struct decoded {
	enum fa_decode_result result;
	struct fa_packet packet;
	size_t ip_start;
};

/* Decodes a copy of exactly LEN bytes, so that reading one more is an error under ASan. */
static struct decoded decode(const struct fa_decoder *with, int link_type, const uint8_t *bytes,
			     size_t len, size_t wire)
{
	uint8_t *copy = malloc(len == 0 ? 1 : len);
	const uint8_t *data = len == 0 ? NULL : copy;
	struct fa_frame frame = {.ts_ns = 77,
				 .captured = (uint32_t)len,
				 .wire = (uint32_t)wire,
				 .link_type = link_type,
				 .data = data};
	const uint8_t *ip = bytes;
	struct decoded d = {0};

	assert_non_null(copy);
	if (len > 0)
		memcpy(copy, bytes, len);
	memset(&d.packet, 0xa5, sizeof(d.packet)); /* the caller's memory need not be clean */
	d.result = fa_decode(with, &frame, &d.packet, &ip);
	assert_true(d.packet.ts_ns == 77 && d.packet.number == 0);
	if (d.result == FA_DECODE_DECODED) {
		assert_true(ip >= data && (size_t)(ip - data) <= len);
		d.ip_start = (size_t)(ip - data);
		assert_true(d.packet.captured <= len - d.ip_start);
		assert_true(d.packet.captured <= d.packet.ip_bytes);
		assert_true(d.packet.payload_offset <= d.packet.captured);
	} else {
		struct fa_packet nothing = {.ts_ns = 77};

		assert_null(ip);
		assert_memory_equal(&d.packet, &nothing, sizeof(nothing));
	}
	free(copy);
	return d;
}

#define SAME(field)                                                                                \
	do {                                                                                       \
		if (want->field != got->field)                                                     \
			fail_msg("%s: " #field ": want %llu, got %llu", name,                      \
				 (unsigned long long)want->field, (unsigned long long)got->field); \
	} while (0)

static void assert_same(const char *name, const struct fa_packet *want, const struct fa_packet *got)
{
	SAME(ip_version);
	if (memcmp(want->src, got->src, 16) != 0 || memcmp(want->dst, got->dst, 16) != 0)
		fail_msg("%s: addresses differ", name);
	SAME(transport);
	SAME(src_port);
	SAME(dst_port);
	SAME(ip_bytes);
	SAME(captured);
	SAME(payload_offset);
	SAME(payload_bytes);
	SAME(flags);
	SAME(fragment_id);
	SAME(tcp_seq);
	SAME(tcp_ack);
	SAME(tcp_flags);
	SAME(tcp_window);
	SAME(ttl);
	SAME(tunnel);
	SAME(tunnel_id);
	if (want->layers != 0) /* rows that are about something else do not say */
		SAME(layers);
	SAME(vlan_count);
	for (size_t i = 0; i < FA_VLAN_MAX; i++)
		SAME(vlan[i]);
	SAME(quoted_transport);
	SAME(quoted_src_port);
	SAME(quoted_dst_port);
	if (memcmp(want->quoted_dst, got->quoted_dst, 16) != 0)
		fail_msg("%s: quoted addresses differ", name);
}

static void assert_result(const char *name, enum fa_decode_result want, enum fa_decode_result got)
{
	if (want != got)
		fail_msg("%s: want %s, got %s", name, fa_decode_result_text(want),
			 fa_decode_result_text(got));
}

/* The same packet the other way round belongs to the same pair. */
static void assert_symmetric(const struct row *row, const uint8_t *bytes, size_t len, size_t wire,
			     const struct decoded *d)
{
	size_t address_len = d->packet.ip_version == 4 ? 4 : 16;
	size_t address_at = d->ip_start + (d->packet.ip_version == 4 ? 12 : 8);
	uint8_t *turned = malloc(len);
	struct decoded back;

	assert_non_null(turned);
	memcpy(turned, bytes, len);
	memcpy(&turned[address_at], d->packet.dst, address_len);
	memcpy(&turned[address_at + address_len], d->packet.src, address_len);
	back = decode(&decoder, row->link_type, turned, len, wire);
	assert_result(row->name, FA_DECODE_DECODED, back.result);
	assert_memory_equal(back.packet.src, d->packet.dst, 16);
	if (back.packet.pair_hash != d->packet.pair_hash)
		fail_msg("%s: the pair hash depends on the direction", row->name);
	free(turned);
}

/*
 * Every shorter snapshot of a packet is either cut inside a header or is the same packet with less
 * of its payload. Of any other frame, a shorter snapshot is at worst taken for a cut packet.
 */
static void assert_cuts(const struct row *row, const uint8_t *bytes, size_t len, size_t wire,
			const struct decoded *whole)
{
	bool was_decoded = true;

	for (size_t cut = len; cut-- > 0;) {
		struct decoded d = decode(&decoder, row->link_type, bytes, cut, wire);
		struct fa_packet want = whole->packet;

		if (whole->result != FA_DECODE_DECODED) {
			if (d.result != whole->result && d.result != FA_DECODE_TRUNCATED)
				fail_msg("%s cut to %zu: %s", row->name, cut,
					 fa_decode_result_text(d.result));
			continue;
		}
		if (d.result != FA_DECODE_DECODED)
			assert_result(row->name, FA_DECODE_TRUNCATED, d.result);
		if (d.result == FA_DECODE_DECODED && !was_decoded)
			fail_msg("%s cut to %zu: decoded, but not with a byte more", row->name,
				 cut);
		was_decoded = d.result == FA_DECODE_DECODED;
		if (!was_decoded)
			continue;
		if (cut - d.ip_start < want.captured) {
			want.captured = (uint32_t)(cut - d.ip_start);
			want.flags |= FA_PACKET_TRUNCATED;
		}
		if (want.payload_offset > want.captured)
			want.payload_offset = want.captured;
		if (d.packet.tcp_window == 0) /* may be cut off */
			want.tcp_window = 0;
		assert_same(row->name, &want, &d.packet);
		assert_true(d.packet.pair_hash == whole->packet.pair_hash);
	}
}

static inline void check(const struct row *row)
{
	size_t len;
	uint8_t *bytes = bytes_of(row->hex, &len);
	size_t wire = len + row->wire_more;
	struct decoded d = decode(&decoder, row->link_type, bytes, len, wire);

	assert_result(row->name, row->result, d.result);
	if (d.result == FA_DECODE_DECODED) {
		assert_same(row->name, &row->want, &d.packet);
		assert_symmetric(row, bytes, len, wire, &d);
	}
	assert_cuts(row, bytes, len, wire, &d);
	free(bytes);
}

static inline void check_all(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check(&rows[i]);
}

#endif
