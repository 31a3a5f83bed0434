/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tunnels: what is inside is the packet; what only claims to be a tunnel stays a packet. */
#include "frames.h"

#define WANT_OUTER4                                                                                \
	.ip_version = 4, .src = {192, 0, 2, 1}, .dst = {192, 0, 2, 2}, .fragment_id = 0x1234,      \
	.ttl = 64
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
	      OUTER4("0104", "04") OUTER4("00f0", "04") OUTER4("00dc", "04") OUTER4("00c8", "04")
	      OUTER4("00b4", "04") OUTER4("00a0", "04") OUTER4("008c", "04") OUTER4("0078", "04")
	      OUTER4("0064", "04") OUTER4("0050", "04") OUTER4("003c", "04") OUTER4("0028", "04")
	      IP4("0014", "59"),
	      TOO_MANY_HEADERS),
};

static const struct row fallbacks[] = {
	DECODES("not ip inside", 228,
		OUTER4("002c", "04") "000102030405060708090a0b0c0d0e0f"
				     "1011121314151617",
		WANT_OUTER4, .transport = 4, .ip_bytes = 44, .captured = 44, .payload_offset = 20,
		.payload_bytes = 24),
	DECODES("6 under the number of 4", 228, OUTER4("0049", "04") IP6_UDP, WANT_OUTER4,
		.transport = 4, .ip_bytes = 73, .captured = 73, .payload_offset = 20,
		.payload_bytes = 53),
	DECODES("inner total length below header", 228,
		OUTER4("0028", "29") "6000000000ff1140 000000000000000000000000", WANT_OUTER4,
		.transport = 41, .ip_bytes = 40, .captured = 40, .payload_offset = 20,
		.payload_bytes = 20),
	DECODES("nothing inside", 228, OUTER4("0014", "04"), WANT_OUTER4, .transport = 4,
		.ip_bytes = 20, .captured = 20, .payload_offset = 20),
	DECODES("falls back one level only", 228,
		OUTER4("0035", "04") IP4("0021", "04") "000102030405060708090a0b0c", WANT_IP4,
		.transport = 4, .ttl = 64, .ip_bytes = 33, .captured = 33, .payload_offset = 20,
		.payload_bytes = 13, IN_IPIP),
	DECODES("fallback keeps first fragment", 228,
		IP4_FROM_TO("0019", "2000", "04", "c0000201", "c0000202") HELLO, WANT_OUTER4,
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inner_packets),
		cmocka_unit_test(packets_that_are_no_tunnel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
