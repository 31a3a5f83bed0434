/* SPDX-License-Identifier: GPL-3.0-or-later */
/* L2TP of both versions; control messages, and what is none of it. */
#include "frames.h"

#define BACKL(total, len, port) OUTER4(total, "11") "06a5" port len "0000"

static const struct row version_2[] = {
	DECODES("version 2", 228, OVER4("0045", "0031", "06a5") "0002 0001 0002 0021" IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_L2TP, .tunnel_id = 0, .layers = BIT(L2TP)),
	DECODES("version 2, framing", 228,
		OVER4("005b", "0047", "06a5") "0002 0001 0002 ff03 0057" IP6_UDP, WANT_IP6_UDP,
		.tunnel = FA_TUNNEL_L2TP, .tunnel_id = 0, .layers = BIT(L2TP)),
	DECODES("version 2, length", 228,
		OVER4("0048", "0034", "06a5") "4002 002c 0001 0002 ff03 21" IP4_UDP, WANT_IP4_UDP,
		.tunnel = FA_TUNNEL_L2TP, .tunnel_id = 0, .layers = BIT(L2TP)),
	DECODES("version 2, everything", 228,
		OVER4("0050", "003c",
		      "06a5") "4b02 0034 0001 0002 0005 0006 0003 aabbcc 0021" IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_L2TP, .tunnel_id = 0, .layers = BIT(L2TP)),
	DECODES("version 2, padding", 228,
		OVER4("0048", "0034", "06a5") "4002 002b 0001 0002 0021" IP4_UDP "00", WANT_IP4_UDP,
		.tunnel = FA_TUNNEL_L2TP, .tunnel_id = 0, .layers = BIT(L2TP)),
	DECODES("version 2, from its port", 228,
		BACKL("0045", "0031", "c350") "0002 0001 0002 0021" IP4_UDP, WANT_IP4_UDP,
		.tunnel = FA_TUNNEL_L2TP, .tunnel_id = 0, .layers = BIT(L2TP)),
	FAILS("version 2, link control", 228,
	      OVER4("0028", "0014", "06a5") "0002 0001 0002 c021 01010004", NOT_IP),
	DECODES("version 2, control", 228,
		OVER4("0028", "0014", "06a5") "c802 000c 0001 0000 0000 0000", WANT_OUTER_UDP,
		.dst_port = 1701, .ip_bytes = 40, .captured = 40, .payload_bytes = 12),
	DECODES("version 2, reserved bit", 228,
		OVER4("0045", "0031", "06a5") "1002 0001 0002 0021" IP4_UDP, WANT_OUTER_UDP,
		.dst_port = 1701, .ip_bytes = 69, .captured = 69, .payload_bytes = 41),
	DECODES("version 2, no session", 228,
		OVER4("0045", "0031", "06a5") "0002 0001 0000 0021" IP4_UDP, WANT_OUTER_UDP,
		.dst_port = 1701, .ip_bytes = 69, .captured = 69, .payload_bytes = 41),
	DECODES("version 2, no tunnel", 228,
		OVER4("0045", "0031", "06a5") "0002 0000 0002 0021" IP4_UDP, WANT_OUTER_UDP,
		.dst_port = 1701, .ip_bytes = 69, .captured = 69, .payload_bytes = 41),
	DECODES("version 2, length beyond the end", 228,
		OVER4("0047", "0033", "06a5") "4002 002c 0001 0002 0021" IP4_UDP, WANT_OUTER_UDP,
		.dst_port = 1701, .ip_bytes = 71, .captured = 71, .payload_bytes = 43),
	DECODES("version 2, length below the header", 228,
		OVER4("0047", "0033", "06a5") "4002 0003 0001 0002 0021" IP4_UDP, WANT_OUTER_UDP,
		.dst_port = 1701, .ip_bytes = 71, .captured = 71, .payload_bytes = 43),
	DECODES("version 2, offset beyond the end", 228,
		OVER4("0047", "0033", "06a5") "0202 0001 0002 0fff 0021" IP4_UDP, WANT_OUTER_UDP,
		.dst_port = 1701, .ip_bytes = 71, .captured = 71, .payload_bytes = 43),
	DECODES("version 2, unknown protocol", 228,
		OVER4("0045", "0031", "06a5") "0002 0001 0002 1234" IP4_UDP, WANT_OUTER_UDP,
		.dst_port = 1701, .ip_bytes = 69, .captured = 69, .payload_bytes = 41),
	DECODES("version 2, packet beyond the end", 228,
		OVER4("0045", "0031", "06a5") "0002 0001 0002 0021" IP4("0022", "11") UDP_HELLO,
		WANT_OUTER_UDP, .dst_port = 1701, .ip_bytes = 69, .captured = 69,
		.payload_bytes = 41),
	DECODES("version 1", 228, OVER4("0045", "0031", "06a5") "0001 0001 0002 0021" IP4_UDP,
		WANT_OUTER_UDP, .dst_port = 1701, .ip_bytes = 69, .captured = 69,
		.payload_bytes = 41),
};

static const struct row version_3[] = {
	DECODES("version 3", 228,
		OVER4("0053", "003f", "06a5") "0003 0000 00000007" ETHER("0800") IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_L2TP, .tunnel_id = 0, .layers = BIT(L2TP)),
	DECODES("version 3, cookie or sublayer", 228,
		OVER4("006b", "0057", "06a5") "0003 0000 00000007 12345678" ETHER("86dd") IP6_UDP,
		WANT_IP6_UDP, .tunnel = FA_TUNNEL_L2TP, .tunnel_id = 0, .layers = BIT(L2TP)),
	DECODES("version 3, long cookie", 228,
		OVER4("005b", "0047", "06a5") "0003 0000 00000007 1234567890abcdef" ETHER("0800")
			IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_L2TP, .tunnel_id = 0, .layers = BIT(L2TP)),
	DECODES("version 3, long cookie, sublayer", 228,
		OVER4("005f", "004b",
		      "06a5") "0003 0000 00000007 1234567890abcdef 40000001" ETHER("0800") IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_L2TP, .tunnel_id = 0, .layers = BIT(L2TP)),
	DECODES("version 3, tagged", 228,
		OVER4("005b", "0047",
		      "06a5") "0003 0000 00000007 00000000" ETHER("8100") "0009 0800" IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_L2TP, .tunnel_id = 0,
		.layers = BIT(L2TP) | BIT(VLAN), .vlan_count = 1, .vlan = {9}),
	DECODES("version 3, padding", 228,
		OVER4("0059", "0045", "06a5") "0003 0000 00000007 12345678" ETHER("0800") IP4_UDP
		"0000",
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_L2TP, .tunnel_id = 0, .layers = BIT(L2TP)),
	DECODES("version 3, ppp", 228,
		OVER4("004d", "0039", "06a5") "0003 0000 00000007 12345678 ff03 0021" IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_L2TP, .tunnel_id = 0, .layers = BIT(L2TP)),
	DECODES("version 3, ppp without framing", 228,
		OVER4("005a", "0046", "06a5") "0003 0000 00000007 57" IP6_UDP, WANT_IP6_UDP,
		.tunnel = FA_TUNNEL_L2TP, .tunnel_id = 0, .layers = BIT(L2TP)),
	FAILS("version 3, arp", 228,
	      OVER4("0052", "003e", "06a5") "0003 0000 00000007 00000000" ETHER(
		      "0806") "0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002",
	      NOT_IP),
	DECODES("version 3 over ip", 228,
		OUTER4("004b", "73") "00000007 00000000" ETHER("0800") IP4_UDP, WANT_IP4_UDP,
		.tunnel = FA_TUNNEL_L2TP, .tunnel_id = 0, .layers = BIT(L2TP)),
	DECODES("version 3 over ip, control", 228,
		OUTER4("0024", "73") "00000000 c803 000c 00000000 0000 0000", WANT_OUTER,
		.transport = 115, .ip_bytes = 36, .captured = 36, .payload_offset = 20,
		.payload_bytes = 16),
	DECODES("version 3 over ip, nothing that fits", 228,
		OUTER4("0034", "73") "00000007 00000000 00000000 00000000 00000000 00000000 "
				     "00000000 00000000",
		WANT_OUTER, .transport = 115, .ip_bytes = 52, .captured = 52, .payload_offset = 20,
		.payload_bytes = 32),
	DECODES("version 3, control", 228,
		OVER4("0028", "0014", "06a5") "c803 000c 00000007 0000 0000", WANT_OUTER_UDP,
		.dst_port = 1701, .ip_bytes = 40, .captured = 40, .payload_bytes = 12),
	DECODES("version 3, reserved", 228,
		OVER4("0053", "003f", "06a5") "0003 0001 00000007" ETHER("0800") IP4_UDP,
		WANT_OUTER_UDP, .dst_port = 1701, .ip_bytes = 83, .captured = 83,
		.payload_bytes = 55),
	DECODES("version 3, session 0", 228,
		OVER4("0053", "003f", "06a5") "0003 0000 00000000" ETHER("0800") IP4_UDP,
		WANT_OUTER_UDP, .dst_port = 1701, .ip_bytes = 83, .captured = 83,
		.payload_bytes = 55),
	DECODES("version 3, cookie of no known length", 228,
		OVER4("0055", "0041", "06a5") "0003 0000 00000007 1234" ETHER("0800") IP4_UDP,
		WANT_OUTER_UDP, .dst_port = 1701, .ip_bytes = 85, .captured = 85,
		.payload_bytes = 57),
	DECODES("version 3, packet beyond the end", 228,
		OVER4("0053", "003f", "06a5") "0003 0000 00000007" ETHER("0800") IP4("0022", "11")
			UDP_HELLO,
		WANT_OUTER_UDP, .dst_port = 1701, .ip_bytes = 83, .captured = 83,
		.payload_bytes = 55),
	DECODES("version 3, type of another version", 228,
		OVER4("0067", "0053", "06a5") "0003 0000 00000007" ETHER("0800") IP6_UDP,
		WANT_OUTER_UDP, .dst_port = 1701, .ip_bytes = 103, .captured = 103,
		.payload_bytes = 75),
};

static void sessions_of_version_2(void **state)
{
	(void)state;
	check_all(version_2, COUNT(version_2));
}

static void sessions_of_version_3(void **state)
{
	(void)state;
	check_all(version_3, COUNT(version_3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sessions_of_version_2),
		cmocka_unit_test(sessions_of_version_3),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
