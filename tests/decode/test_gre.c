/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GRE and its kin, ERSPAN, and labels and frames in IP and UDP; what is none of them. */
#include "frames.h"

static const struct row gre[] = {
	DECODES("gre", 228, OUTER4("0039", "2f") "0000 0800" IP4_UDP, WANT_IP4_UDP,
		.tunnel = FA_TUNNEL_GRE, .tunnel_id = 0, .layers = BIT(GRE)),
	DECODES("gre, ip6", 228, OUTER4("004d", "2f") "0000 86dd" IP6_UDP, WANT_IP6_UDP,
		.tunnel = FA_TUNNEL_GRE, .tunnel_id = 0, .layers = BIT(GRE)),
	DECODES("gre, checksum", 228, OUTER4("003d", "2f") "8000 0800 12340000" IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_GRE, .tunnel_id = 0, .layers = BIT(GRE)),
	DECODES("gre, key", 228, OUTER4("003d", "2f") "2000 0800 00000007" IP4_UDP, WANT_IP4_UDP,
		.tunnel = FA_TUNNEL_GRE, .tunnel_id = 7, .layers = BIT(GRE)),
	DECODES("gre, sequence", 228, OUTER4("003d", "2f") "1000 0800 00000001" IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_GRE, .tunnel_id = 0, .layers = BIT(GRE)),
	DECODES("gre, all three", 228,
		OUTER4("0045", "2f") "b000 0800 12340000 00000007 00000001" IP4_UDP, WANT_IP4_UDP,
		.tunnel = FA_TUNNEL_GRE, .tunnel_id = 7, .layers = BIT(GRE)),
	DECODES("gre, routes", 228,
		OUTER4("0049", "2f") "4000 0800 00000000 0800 00 04 0a000009 0000 00 00" IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_GRE, .tunnel_id = 0, .layers = BIT(GRE)),
	DECODES("gre, everything", 228,
		OUTER4("0069", "2f") "f000 86dd 12340000 00000007 00000001 0800 04 08 "
				     "0a0000090a00000a 0000 00 00" IP6_UDP,
		WANT_IP6_UDP, .tunnel = FA_TUNNEL_GRE, .tunnel_id = 7, .layers = BIT(GRE)),
	DECODES("gre, bits to ignore", 228, OUTER4("0039", "2f") "0708 0800" IP4_UDP, WANT_IP4_UDP,
		.tunnel = FA_TUNNEL_GRE, .tunnel_id = 0, .layers = BIT(GRE)),
	DECODES("gre, mpls", 228, OUTER4("003d", "2f") "0000 8847 00064140" IP4_UDP, WANT_IP4_UDP,
		.tunnel = FA_TUNNEL_GRE, .tunnel_id = 0, .layers = BIT(GRE) | BIT(MPLS)),
	DECODES("gre, ethernet", 228, OUTER4("0047", "2f") "0000 6558" ETHER("0800") IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_GRE, .tunnel_id = 0, .layers = BIT(GRE)),
	DECODES("gre, ethernet with a small key", 228,
		OUTER4("004b", "2f") "2000 6558 00000063" ETHER("0800") IP4_UDP, WANT_IP4_UDP,
		.tunnel = FA_TUNNEL_GRE, .tunnel_id = 99, .layers = BIT(GRE)),
	DECODES("gre, ethernet with a key and more", 228,
		OUTER4("004f", "2f") "3000 6558 00123401 00000001" ETHER("0800") IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_GRE, .tunnel_id = 0x123401, .layers = BIT(GRE)),
	DECODES("nvgre", 228, OUTER4("005f", "2f") "2000 6558 00123401" ETHER("86dd") IP6_UDP,
		WANT_IP6_UDP, .tunnel = FA_TUNNEL_NVGRE, .tunnel_id = 0x1234, .layers = BIT(NVGRE)),
	DECODES("nvgre, first tenant", 228,
		OUTER4("004b", "2f") "2000 6558 00100000" ETHER("0800") IP4_UDP, WANT_IP4_UDP,
		.tunnel = FA_TUNNEL_NVGRE, .tunnel_id = 0x1000, .layers = BIT(NVGRE)),
	FAILS("gre, arp inside", 228,
	      OUTER4("0042", "2f") "0000 6558" ETHER(
		      "0806") "0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002",
	      NOT_IP),
	FAILS("gre, other frame inside", 228, OUTER4("0028", "2f") "0000 6558" ETHER("1234") "0000",
	      NOT_IP),
	DECODES("gre, unknown type", 228, OUTER4("0039", "2f") "0000 1234" IP4_UDP, WANT_OUTER,
		.transport = 47, .ip_bytes = 57, .captured = 57, .payload_offset = 20,
		.payload_bytes = 37),
	DECODES("gre, keep-alive", 228, OUTER4("0018", "2f") "0000 0000", WANT_OUTER,
		.transport = 47, .ip_bytes = 24, .captured = 24, .payload_offset = 20,
		.payload_bytes = 4),
	DECODES("gre, version 2", 228, OUTER4("0039", "2f") "0002 0800" IP4_UDP, WANT_OUTER,
		.transport = 47, .ip_bytes = 57, .captured = 57, .payload_offset = 20,
		.payload_bytes = 37),
	DECODES("gre, version inside", 228, OUTER4("004d", "2f") "0000 0800" IP6_UDP, WANT_OUTER,
		.transport = 47, .ip_bytes = 77, .captured = 77, .payload_offset = 20,
		.payload_bytes = 57),
	DECODES("gre, short", 228, OUTER4("0017", "2f") "0000 08", WANT_OUTER, .transport = 47,
		.ip_bytes = 23, .captured = 23, .payload_offset = 20, .payload_bytes = 3),
	DECODES("gre, key beyond the end", 228, OUTER4("0019", "2f") "2000 0800 00", WANT_OUTER,
		.transport = 47, .ip_bytes = 25, .captured = 25, .payload_offset = 20,
		.payload_bytes = 5),
	DECODES("gre, routes without an end", 228,
		OUTER4("0024", "2f") "4000 0800 00000000 0800 00 04 0a000009", WANT_OUTER,
		.transport = 47, .ip_bytes = 36, .captured = 36, .payload_offset = 20,
		.payload_bytes = 16),
	DECODES("gre, route beyond the end", 228,
		OUTER4("0024", "2f") "4000 0800 00000000 0800 00 ff 0a000009", WANT_OUTER,
		.transport = 47, .ip_bytes = 36, .captured = 36, .payload_offset = 20,
		.payload_bytes = 16),
};

static const struct row pptp[] = {
	DECODES("pptp", 228, OUTER4("0043", "2f") "3001 880b 0023 0101 00000001 0021" IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_PPTP, .tunnel_id = 0, .layers = BIT(PPTP)),
	DECODES("pptp, acknowledgement, framing", 228,
		OUTER4("005d", "2f") "3081 880b 0039 0101 00000001 00000002 ff03 0057" IP6_UDP,
		WANT_IP6_UDP, .tunnel = FA_TUNNEL_PPTP, .tunnel_id = 0, .layers = BIT(PPTP)),
	DECODES("pptp, padding", 228,
		OUTER4("0045", "2f") "3001 880b 0023 0101 00000001 0021" IP4_UDP "0000",
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_PPTP, .tunnel_id = 0, .layers = BIT(PPTP)),
	FAILS("pptp, link control", 228,
	      OUTER4("0026", "2f") "3001 880b 0006 0101 00000001 c021 01010004", NOT_IP),
	DECODES("pptp, only acknowledges", 228, OUTER4("0020", "2f") "2081 880b 0000 0101 00000002",
		WANT_OUTER, .transport = 47, .ip_bytes = 32, .captured = 32, .payload_offset = 20,
		.payload_bytes = 12),
	DECODES("pptp, compressed", 228,
		OUTER4("0026", "2f") "3001 880b 0006 0101 00000001 00fd 12345678", WANT_OUTER,
		.transport = 47, .ip_bytes = 38, .captured = 38, .payload_offset = 20,
		.payload_bytes = 18),
	DECODES("pptp, encrypted", 228,
		OUTER4("0026", "2f") "3001 880b 0006 0101 00000001 0053 12345678", WANT_OUTER,
		.transport = 47, .ip_bytes = 38, .captured = 38, .payload_offset = 20,
		.payload_bytes = 18),
	DECODES("pptp, other type", 228,
		OUTER4("0043", "2f") "3001 0800 0023 0101 00000001 0021" IP4_UDP, WANT_OUTER,
		.transport = 47, .ip_bytes = 67, .captured = 67, .payload_offset = 20,
		.payload_bytes = 47),
	DECODES("pptp, checksum", 228,
		OUTER4("0043", "2f") "b001 880b 0023 0101 00000001 0021" IP4_UDP, WANT_OUTER,
		.transport = 47, .ip_bytes = 67, .captured = 67, .payload_offset = 20,
		.payload_bytes = 47),
	DECODES("pptp, no key", 228,
		OUTER4("0043", "2f") "1001 880b 0023 0101 00000001 0021" IP4_UDP, WANT_OUTER,
		.transport = 47, .ip_bytes = 67, .captured = 67, .payload_offset = 20,
		.payload_bytes = 47),
	DECODES("pptp, payload beyond the end", 228,
		OUTER4("0043", "2f") "3001 880b 0024 0101 00000001 0021" IP4_UDP, WANT_OUTER,
		.transport = 47, .ip_bytes = 67, .captured = 67, .payload_offset = 20,
		.payload_bytes = 47),
	DECODES("pptp, nothing behind the numbers", 228,
		OUTER4("0020", "2f") "3001 880b 0000 0101 00000001", WANT_OUTER, .transport = 47,
		.ip_bytes = 32, .captured = 32, .payload_offset = 20, .payload_bytes = 12),
};

static const struct row erspan[] = {
	DECODES("type I", 228, OUTER4("0047", "2f") "0000 88be" ETHER("0800") IP4_UDP, WANT_IP4_UDP,
		.layers = BIT(ERSPAN)),
	DECODES("type II", 228,
		OUTER4("0067", "2f") "1000 88be 00000001 1064 1007 00000003" ETHER("86dd") IP6_UDP,
		WANT_IP6_UDP, .layers = BIT(ERSPAN)),
	DECODES("type III", 228,
		OUTER4("0057", "2f") "1000 22eb 00000001 2064 1007 00000000 0000 0000" ETHER("0800")
			IP4_UDP,
		WANT_IP4_UDP, .layers = BIT(ERSPAN)),
	DECODES("type III, platform", 228,
		OUTER4("005f", "2f") "1000 22eb 00000001 2064 1007 00000000 0000 0001 "
				     "0000000000000000" ETHER("0800") IP4_UDP,
		WANT_IP4_UDP, .layers = BIT(ERSPAN)),
	DECODES("type III, packet", 228,
		OUTER4("0049", "2f") "1000 22eb 00000001 2064 1007 00000000 0000 0800" IP4_UDP,
		WANT_IP4_UDP, .layers = BIT(ERSPAN)),
	DECODES("tags of the tap and of the mirrored frame", 1,
		ETHER("8100") "0007 0800" OUTER4("0057",
						 "2f") "1000 88be 00000001 1064 1007 "
						       "00000003" ETHER("8100") "0009 0800" IP4_UDP,
		WANT_IP4_UDP, .layers = BIT(ERSPAN) | BIT(VLAN), .vlan_count = 1, .vlan = {9}),
	DECODES("frame that the mirror cut", 228,
		OUTER4("0053", "2f") "1000 88be 00000001 1064 1007 00000003" ETHER("0800")
			IP4("05dc", "11") "d431003505c80000" HELLO,
		WANT_IP4, .transport = 17, .src_port = 54321, .dst_port = 53, .ttl = 64,
		.ip_bytes = 1500, .captured = 33, .payload_offset = 28, .payload_bytes = 1472,
		.flags = FA_PACKET_TRUNCATED, .layers = BIT(ERSPAN)),
	DECODES("vxlan in a mirrored frame", 228,
		OUTER4("0085", "2f") "1000 88be 00000001 1064 1007 00000003" ETHER("0800")
			OVER4("0053", "003f", "12b5") "08000000 00002a00" ETHER("0800") IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_VXLAN, .tunnel_id = 42,
		.layers = BIT(ERSPAN) | BIT(VXLAN)),
	DECODES("mirrored frame in vxlan", 228,
		OVER4("0085", "0071", "12b5") "08000000 00002a00" ETHER("0800") OUTER4(
			"0053", "2f") "1000 88be 00000001 1064 1007 00000003" ETHER("0800") IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_VXLAN, .tunnel_id = 42,
		.layers = BIT(ERSPAN) | BIT(VXLAN)),
	FAILS("arp in a mirrored frame", 228,
	      OUTER4("004e", "2f") "1000 88be 00000001 1064 1007 00000003" ETHER(
		      "0806") "0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002",
	      NOT_IP),
	DECODES("type II, version", 228,
		OUTER4("0053", "2f") "1000 88be 00000001 2064 1007 00000003" ETHER("0800") IP4_UDP,
		WANT_OUTER, .transport = 47, .ip_bytes = 83, .captured = 83, .payload_offset = 20,
		.payload_bytes = 63),
	DECODES("type II, short", 228, OUTER4("0020", "2f") "1000 88be 00000001 1064 1007",
		WANT_OUTER, .transport = 47, .ip_bytes = 32, .captured = 32, .payload_offset = 20,
		.payload_bytes = 12),
	DECODES("type III, version", 228,
		OUTER4("0057", "2f") "1000 22eb 00000001 1064 1007 00000000 0000 0000" ETHER("0800")
			IP4_UDP,
		WANT_OUTER, .transport = 47, .ip_bytes = 87, .captured = 87, .payload_offset = 20,
		.payload_bytes = 67),
	DECODES("type III, other frames", 228,
		OUTER4("0057", "2f") "1000 22eb 00000001 2064 1007 00000000 0000 0400" ETHER("0800")
			IP4_UDP,
		WANT_OUTER, .transport = 47, .ip_bytes = 87, .captured = 87, .payload_offset = 20,
		.payload_bytes = 67),
	DECODES("type III, platform beyond the end", 228,
		OUTER4("002a", "2f") "1000 22eb 00000001 2064 1007 00000000 0000 0001 0000",
		WANT_OUTER, .transport = 47, .ip_bytes = 42, .captured = 42, .payload_offset = 20,
		.payload_bytes = 22),
	DECODES("mirrored frame in vxlan, cut by the mirror", 228,
		OVER4("0085", "0071", "12b5") "08000000 00002a00" ETHER("0800")
			OUTER4("0053", "2f") "1000 88be 00000001 1064 1007 00000003" ETHER("0800")
				IP4("05dc", "11") "d431003505c80000" HELLO,
		WANT_IP4, .transport = 17, .src_port = 54321, .dst_port = 53, .ttl = 64,
		.ip_bytes = 1500, .captured = 33, .payload_offset = 28, .payload_bytes = 1472,
		.flags = FA_PACKET_TRUNCATED, .tunnel = FA_TUNNEL_VXLAN, .tunnel_id = 42,
		.layers = BIT(ERSPAN) | BIT(VXLAN)),
};

static const struct row others[] = {
	DECODES("gre over udp", 228, OVER4("0041", "002d", "1292") "0000 0800" IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_GRE, .tunnel_id = 0, .layers = BIT(GRE)),
	DECODES("gre over udp, key", 228,
		OVER4("0059", "0045", "1292") "2000 86dd 00000007" IP6_UDP, WANT_IP6_UDP,
		.tunnel = FA_TUNNEL_GRE, .tunnel_id = 7, .layers = BIT(GRE)),
	DECODES("gre over udp, ethernet", 228,
		OVER4("0053", "003f", "1292") "2000 6558 00123401" ETHER("0800") IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_NVGRE, .tunnel_id = 0x1234, .layers = BIT(NVGRE)),
	DECODES("gre over udp, packet inside too short", 228,
		OVER4("0042", "002e", "1292") "0000 0800" IP4_UDP "00", WANT_OUTER_UDP,
		.dst_port = 4754, .ip_bytes = 66, .captured = 66, .payload_bytes = 38),
	DECODES("gre over udp, unknown frame", 228,
		OVER4("004f", "003b", "1292") "0000 6558" ETHER("1234") IP4_UDP, WANT_OUTER_UDP,
		.dst_port = 4754, .ip_bytes = 79, .captured = 79, .payload_bytes = 51),
	DECODES("gre over udp, unknown type", 228,
		OVER4("0041", "002d", "1292") "0000 1234" IP4_UDP, WANT_OUTER_UDP, .dst_port = 4754,
		.ip_bytes = 65, .captured = 65, .payload_bytes = 37),
	DECODES("mpls over udp", 228, OVER4("0041", "002d", "19eb") "00064140" IP4_UDP,
		WANT_IP4_UDP, .layers = BIT(MPLS)),
	DECODES("mpls over udp, frame", 228,
		OVER4("0053", "003f", "19eb") "00064140 00000001" ETHER("0800") IP4_UDP,
		WANT_IP4_UDP, .layers = BIT(MPLS)),
	DECODES("mpls over udp, frame without control word", 228,
		OVER4("0063", "004f", "19eb") "00064140" ETHER("86dd") IP6_UDP, WANT_IP6_UDP,
		.layers = BIT(MPLS)),
	DECODES("mpls over udp, packet inside too short", 228,
		OVER4("0042", "002e", "19eb") "00064140" IP4_UDP "00", WANT_OUTER_UDP,
		.dst_port = 6635, .ip_bytes = 66, .captured = 66, .payload_bytes = 38),
	DECODES("mpls over udp, associated channel", 228,
		OVER4("0045", "0031", "19eb") "00064140 10000021" IP4_UDP, WANT_OUTER_UDP,
		.dst_port = 6635, .ip_bytes = 69, .captured = 69, .payload_bytes = 41),
	DECODES("mpls over udp, frame of a type only", 228,
		OVER4("0030", "001c", "19eb") "00064140" ETHER("88cc") "0207", WANT_OUTER_UDP,
		.dst_port = 6635, .ip_bytes = 48, .captured = 48, .payload_bytes = 20),
	DECODES("mpls over udp, no bottom", 228, OVER4("0024", "0010", "19eb") "00064040 00064040",
		WANT_OUTER_UDP, .dst_port = 6635, .ip_bytes = 36, .captured = 36,
		.payload_bytes = 8),
	DECODES("mpls in ip", 228, OUTER4("0039", "89") "00064140" IP4_UDP, WANT_IP4_UDP,
		.layers = BIT(MPLS)),
	DECODES("frame in mpls in ip, tags", 1,
		ETHER("8100") "0007 0800" OUTER4("004f", "89") "00064140 00000001" ETHER(
			"8100") "0009 0800" IP4_UDP,
		WANT_IP4_UDP, .layers = BIT(MPLS) | BIT(VLAN), .vlan_count = 1, .vlan = {9}),
	DECODES("etherip", 228, OUTER4("0045", "61") "3000" ETHER("0800") IP4_UDP, WANT_IP4_UDP,
		.tunnel = FA_TUNNEL_ETHERIP, .tunnel_id = 0, .layers = BIT(ETHERIP)),
	DECODES("etherip, version", 228, OUTER4("0045", "61") "4000" ETHER("0800") IP4_UDP,
		WANT_OUTER, .transport = 97, .ip_bytes = 69, .captured = 69, .payload_offset = 20,
		.payload_bytes = 49),
	DECODES("etherip, reserved", 228, OUTER4("0045", "61") "3001" ETHER("0800") IP4_UDP,
		WANT_OUTER, .transport = 97, .ip_bytes = 69, .captured = 69, .payload_offset = 20,
		.payload_bytes = 49),
};

static void packets_in_gre(void **state)
{
	(void)state;
	check_all(gre, COUNT(gre));
}

static void packets_in_pptp(void **state)
{
	(void)state;
	check_all(pptp, COUNT(pptp));
}

static void mirrored_frames(void **state)
{
	(void)state;
	check_all(erspan, COUNT(erspan));
}

static void labels_and_frames(void **state)
{
	(void)state;
	check_all(others, COUNT(others));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_in_gre),
		cmocka_unit_test(packets_in_pptp),
		cmocka_unit_test(mirrored_frames),
		cmocka_unit_test(labels_and_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
