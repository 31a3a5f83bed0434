/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tunnels: what is inside is the packet; what only claims to be a tunnel stays a packet. */
#include "frames.h"

#include "decode/walk.h"

#define IN_IPIP .tunnel = FA_TUNNEL_IPIP
#define IN_IP6	.tunnel = FA_TUNNEL_IP6

static const struct row peeled[] = {
	DECODES("4 in 4", 228, OUTER4("0035", "04") IP4_UDP, WANT_IP4_UDP, IN_IPIP),
	DECODES("6 in 4", 228, OUTER4("0049", "29") IP6_UDP, WANT_IP6_UDP, IN_IP6),
	DECODES("4 in 6", 229, OUTER6("0021", "04") IP4_UDP, WANT_IP4_UDP, IN_IPIP),
	DECODES("6 in 6", 229, OUTER6("0035", "29") IP6_UDP, WANT_IP6_UDP, IN_IP6),
	DECODES("6 in 6, tunnel limit option", 229,
		OUTER6("003d", "3c") "2900 0401 04010000" IP6_UDP, WANT_IP6_UDP, IN_IP6),
	DECODES("6 in 4 in 4", 228, OUTER4("005d", "04") OUTER4("0049", "29") IP6_UDP, WANT_IP6_UDP,
		IN_IP6),
	DECODES("tagged", 1, ETHER("8100") "0007 0800" OUTER4("0035", "04") IP4_UDP, WANT_IP4_UDP,
		IN_IPIP, .vlan_count = 1, .vlan = {7}),
	DECODES("authenticated outside", 228,
		OUTER4("0041", "33") "0401 0000 00000001 00000001" IP4_UDP, WANT_IP4_UDP, IN_IPIP),
	DECODES("padding inside", 228, OUTER4("0039", "04") IP4_UDP "00000000", WANT_IP4_UDP,
		IN_IPIP),
	DECODES("first fragment of a tunnel packet", 228,
		IP4_FROM_TO("0030", "2000", "04", "c0000201", "c0000202")
			IP4("0021", "11") "d431 0035 000d 0000",
		WANT_IP4, WANT_UDP, IN_IPIP, .ip_bytes = 33, .captured = 28, .payload_offset = 28,
		.flags = FA_PACKET_TRUNCATED),
	DECODES("later fragment inside", 228,
		OUTER4("002d", "04") IP4_FRAGMENT("0019", "0002", "06") HELLO, WANT_IP4,
		.transport = 6, .ttl = 64, .ip_bytes = 25, .captured = 25, .payload_offset = 25,
		.payload_bytes = 5, .flags = FA_PACKET_FRAGMENT_LATER, IN_IPIP),
	FAILS("bad transport inside", 228,
	      OUTER4("0034", "04") IP4("0020", "06") "d43101bb0000000100000002",
	      MALFORMED_TRANSPORT),
	FAILS("too deep", 228,
	      OUTER4("0154", "04") OUTER4("0140", "04") OUTER4("012c", "04") OUTER4("0118", "04")
		      OUTER4("0104", "04") OUTER4("00f0", "04") OUTER4("00dc", "04")
			      OUTER4("00c8", "04") OUTER4("00b4", "04") OUTER4("00a0", "04")
				      OUTER4("008c", "04") OUTER4("0078", "04") OUTER4("0064", "04")
					      OUTER4("0050", "04") OUTER4("003c", "04")
						      OUTER4("0028", "04") IP4("0014", "59"),
	      TOO_MANY_HEADERS),
};

static const struct row fallbacks[] = {
	DECODES("not ip inside", 228,
		OUTER4("002c", "04") "000102030405060708090a0b0c0d0e0f"
				     "1011121314151617",
		WANT_OUTER, .transport = 4, .ip_bytes = 44, .captured = 44, .payload_offset = 20,
		.payload_bytes = 24),
	DECODES("6 under the number of 4", 228, OUTER4("0049", "04") IP6_UDP, WANT_OUTER,
		.transport = 4, .ip_bytes = 73, .captured = 73, .payload_offset = 20,
		.payload_bytes = 53),
	DECODES("inner total length below header", 228,
		OUTER4("0028", "29") "6000000000ff1140 000000000000000000000000", WANT_OUTER,
		.transport = 41, .ip_bytes = 40, .captured = 40, .payload_offset = 20,
		.payload_bytes = 20),
	DECODES("nothing inside", 228, OUTER4("0014", "04"), WANT_OUTER, .transport = 4,
		.ip_bytes = 20, .captured = 20, .payload_offset = 20),
	DECODES("falls back one level only", 228,
		OUTER4("0035", "04") IP4("0021", "04") "000102030405060708090a0b0c", WANT_IP4,
		.transport = 4, .ttl = 64, .ip_bytes = 33, .captured = 33, .payload_offset = 20,
		.payload_bytes = 13, IN_IPIP),
	DECODES("fallback keeps first fragment", 228,
		IP4_FROM_TO("0019", "2000", "04", "c0000201", "c0000202") HELLO, WANT_OUTER,
		.transport = 4, .ip_bytes = 25, .captured = 25, .payload_offset = 20,
		.payload_bytes = 5, .flags = FA_PACKET_FRAGMENT_FIRST),
};

static void inner_packets(void **state)
{
	(void)state;
	check_all(peeled, COUNT(peeled));
}

/* Cut shorter, such a packet may look like a tunnel cut in its inner header: not lost either. */
static void packets_that_are_no_tunnel(void **state)
{
	(void)state;
	check_all(fallbacks, COUNT(fallbacks));
}

/* xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift generators"). */
static uint64_t next_random(uint64_t *random)
{
	*random ^= *random >> 12;
	*random ^= *random << 25;
	*random ^= *random >> 27;
	return *random * UINT64_C(2685821657736338717);
}

static void set_u16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* A datagram between two ports of 192.0.2.1 and .2 with LEN random bytes; returns its length. */
static size_t make_datagram(uint8_t *bytes, size_t len, uint16_t from, uint16_t to,
			    uint64_t *random)
{
	static const uint8_t ip[] = {0x45, 0, 0,   0, 0, 0, 0,	 0, 64, 17,
				     0,	   0, 192, 0, 2, 1, 192, 0, 2,	2};
	enum { HEADERS = sizeof(ip) + 8 };

	memcpy(bytes, ip, sizeof(ip));
	set_u16(&bytes[2], HEADERS + len);
	set_u16(&bytes[20], from);
	set_u16(&bytes[22], to);
	set_u16(&bytes[24], 8 + len);
	set_u16(&bytes[26], 0);
	for (size_t i = 0; i < len; i++)
		bytes[HEADERS + i] = (uint8_t)next_random(random);
	return HEADERS + len;
}

/* What only happens to have a tunnel's port is a packet of its two hosts. */
static void random_payload_is_no_tunnel(void **state)
{
	enum { TIMES = 20000, LEN_MAX = 200 };
	uint8_t bytes[28 + LEN_MAX];
	uint64_t random = 88172645463325252;

	(void)state;
	for (uint32_t i = 0; i < 2 * decoder.ports.count * TIMES; i++) {
		uint16_t port = decoder.ports.items[i / 2 % decoder.ports.count].port;
		uint16_t other = (uint16_t)(50000 + i % 10000);
		size_t payload = next_random(&random) % LEN_MAX;
		size_t len = make_datagram(bytes, payload, i % 2 ? port : other,
					   i % 2 ? other : port, &random);
		const uint8_t *ip;
		struct fa_packet packet;
		struct fa_frame frame = {.data = bytes,
					 .captured = (uint32_t)len,
					 .wire = (uint32_t)len,
					 .link_type = 228};

		assert_result("random", FA_DECODE_DECODED,
			      fa_decode(&decoder, &frame, &packet, &ip));
		if (packet.layers != 0 || packet.dst_port != (i % 2 ? other : port) ||
		    packet.payload_bytes != payload)
			fail_msg("port %u, packet %u: taken for a tunnel", port, i);
	}
}

/* Decodes with the walk itself; returns how many headers were entered. */
static unsigned headers_entered(const char *hex, unsigned limit, enum fa_decode_result want)
{
	size_t len;
	uint8_t *bytes = bytes_of(hex, &len);
	struct fa_packet packet = {0};
	struct fa_walk w = {.out = &packet,
			    .c = fa_cursor(bytes, len),
			    .end = len,
			    .ports = &decoder.ports,
			    .depth_left = limit};

	assert_result(hex, want, fa_walk_ip4(&w));
	free(bytes);
	return limit - w.depth_left;
}

/* Fourteen bytes of L2TP over IP with an Ethernet header behind a cookie, for a packet. */
#define L2TP(total) OUTER4(total, "73") "00000007 12345678" ETHER("0800")

/*
 * However deep tries nest and fail, each header is entered once: the work is that of the headers,
 * and these are limited.
 */
static void work_is_bounded(void **state)
{
	(void)state;
	assert_int_equal(headers_entered(IP4_UDP, 16, FA_DECODE_DECODED), 1);
	/* An outer header, four sessions with their packets, and a fifth that holds none. */
	assert_int_equal(headers_entered(L2TP("00c4") L2TP("009a") L2TP("0070") L2TP("0046")
						 OUTER4("001c", "73") "00000007 12345678",
					 64, FA_DECODE_DECODED),
			 10);
	/* The port of the source is tried behind that of the destination: 2152, then 1701. */
	assert_int_equal(headers_entered(OUTER4("0027", "11") "06a5 0868 0013 0000"
							      "0002 0001 0002 1234 000000",
					 64, FA_DECODE_DECODED),
			 4);
	assert_int_equal(headers_entered(L2TP("00c4") L2TP("009a") L2TP("0070") L2TP("0046")
						 OUTER4("001c", "73") "00000007 12345678",
					 6, FA_DECODE_TOO_MANY_HEADERS),
			 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inner_packets),
		cmocka_unit_test(packets_that_are_no_tunnel),
		cmocka_unit_test(random_payload_is_no_tunnel),
		cmocka_unit_test(work_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
