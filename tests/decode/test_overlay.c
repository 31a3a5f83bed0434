/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks of tenants over UDP: VXLAN, its generic extension, GENEVE; what is none of them. */
#include "frames.h"

#define BACK4(total, len, port) OUTER4(total, "11") "12b5" port len "0000"
#define FIRST4(total, protocol) IP4_FROM_TO(total, "2000", protocol, "c0000201", "c0000202")

static const struct row vxlan[] = {
	DECODES("vxlan", 228,
		OVER4("0053", "003f", "12b5") "08000000 00002a00" ETHER("0800") IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_VXLAN, .tunnel_id = 42, .layers = BIT(VXLAN)),
	DECODES("vxlan of linux", 228,
		OVER4("0067", "0053", "2118") "08000000 00002a00" ETHER("86dd") IP6_UDP,
		WANT_IP6_UDP, .tunnel = FA_TUNNEL_VXLAN, .tunnel_id = 42, .layers = BIT(VXLAN)),
	DECODES("vxlan over ip6", 229,
		OVER6("003f", "003f", "12b5") "08000000 00002a00" ETHER("0800") IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_VXLAN, .tunnel_id = 42, .layers = BIT(VXLAN)),
	DECODES("vxlan with a group", 228,
		OVER4("0053", "003f", "12b5") "88481234 ffffff00" ETHER("0800") IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_VXLAN, .tunnel_id = 0xffffff,
		.layers = BIT(VXLAN)),
	DECODES("vxlan, padding inside", 228,
		OVER4("0059", "0045", "12b5") "08000000 00002a00" ETHER("0800") IP4_UDP
		"000000000000",
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_VXLAN, .tunnel_id = 42, .layers = BIT(VXLAN)),
	DECODES("vxlan, tags of the tap and of the tenant", 1,
		ETHER("8100") "0007 0800" OVER4("0057", "0043", "12b5") "08000000 00002a00" ETHER(
			"8100") "0064 0800" IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_VXLAN, .tunnel_id = 42,
		.layers = BIT(VXLAN) | BIT(VLAN), .vlan_count = 1, .vlan = {100}),
	DECODES("vxlan, tags of the tap only", 1,
		ETHER("8100") "0007 0800" OVER4("0053", "003f",
						"12b5") "08000000 00002a00" ETHER("0800") IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_VXLAN, .tunnel_id = 42,
		.layers = BIT(VXLAN) | BIT(VLAN)),
	DECODES("ip in ip in vxlan", 228,
		OVER4("0067", "0053", "12b5") "08000000 00002a00" ETHER("0800") OUTER4("0035", "04")
			IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_IPIP, .tunnel_id = 0,
		.layers = BIT(VXLAN) | BIT(IPIP)),
	DECODES("vxlan in vxlan", 228,
		OVER4("0085", "0071", "12b5") "08000000 00002a00" ETHER("0800")
			OVER4("0053", "003f", "12b5") "08000000 00000100" ETHER("0800") IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_VXLAN, .tunnel_id = 1, .layers = BIT(VXLAN)),
	FAILS("vxlan, arp inside", 228,
	      OVER4("004e", "003a", "12b5") "08000000 00002a00" ETHER(
		      "0806") "0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002",
	      NOT_IP),
	FAILS("vxlan, spanning tree inside", 228,
	      OVER4("0039", "0025", "12b5") "08000000 00002a00" ETHER("0007") "424203 00000000",
	      NOT_IP),
	FAILS("vxlan, cdp inside", 228,
	      OVER4("003e", "002a",
		    "12b5") "08000000 00002a00" ETHER("000c") "aaaa03 00000c 2000 02b40000",
	      NOT_IP),
	DECODES("vxlan, something in a reserved byte", 228,
		OVER4("0053", "003f", "12b5") "0c012345 00002a01" ETHER("0800") IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_VXLAN, .tunnel_id = 42, .layers = BIT(VXLAN)),
	FAILS("vxlan, something in a reserved byte, arp inside", 228,
	      OVER4("004e", "003a", "12b5") "88010000 00002a00" ETHER(
		      "0806") "0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002",
	      NOT_IP),
	FAILS("vxlan with a group, link layer discovery inside", 228,
	      OVER4("0034", "0020", "12b5") "88481234 ffffff00" ETHER("88cc") "0207", NOT_IP),
};

static const struct row no_vxlan[] = {
	DECODES("flag of the network missing", 228,
		OVER4("0053", "003f", "12b5") "00000000 00002a00" ETHER("0800") IP4_UDP,
		WANT_OUTER_UDP, .dst_port = 4789, .ip_bytes = 83, .captured = 83,
		.payload_bytes = 55),
	DECODES("reserved flag, frame of a type only", 228,
		OVER4("0034", "0020", "12b5") "0c000000 00002a00" ETHER("88cc") "0207",
		WANT_OUTER_UDP, .dst_port = 4789, .ip_bytes = 52, .captured = 52,
		.payload_bytes = 24),
	DECODES("group without its flag, frame of a type only", 228,
		OVER4("0034", "0020", "12b5") "08000001 00002a00" ETHER("88cc") "0207",
		WANT_OUTER_UDP, .dst_port = 4789, .ip_bytes = 52, .captured = 52,
		.payload_bytes = 24),
	DECODES("flag that goes with no group, frame of a type only", 228,
		OVER4("0034", "0020", "12b5") "88010000 00002a00" ETHER("88cc") "0207",
		WANT_OUTER_UDP, .dst_port = 4789, .ip_bytes = 52, .captured = 52,
		.payload_bytes = 24),
	DECODES("last byte, frame of a type only", 228,
		OVER4("0034", "0020", "12b5") "08000000 00002a01" ETHER("88cc") "0207",
		WANT_OUTER_UDP, .dst_port = 4789, .ip_bytes = 52, .captured = 52,
		.payload_bytes = 24),
	DECODES("nothing behind the header", 228, OVER4("0024", "0010", "12b5") "08000000 00002a00",
		WANT_OUTER_UDP, .dst_port = 4789, .ip_bytes = 36, .captured = 36,
		.payload_bytes = 8),
	DECODES("no type that one knows", 228,
		OVER4("0053", "003f", "12b5") "08000000 00002a00" ETHER("1234") IP4_UDP,
		WANT_OUTER_UDP, .dst_port = 4789, .ip_bytes = 83, .captured = 83,
		.payload_bytes = 55),
	DECODES("no access point that one knows", 228,
		OVER4("0038", "0024", "12b5") "08000000 00002a00" ETHER("0006") "12345678 9abc",
		WANT_OUTER_UDP, .dst_port = 4789, .ip_bytes = 56, .captured = 56,
		.payload_bytes = 28),
	DECODES("no organisation that one knows", 228,
		OVER4("003a", "0026",
		      "12b5") "08000000 00002a00" ETHER("0008") "aaaa03 123456 0800",
		WANT_OUTER_UDP, .dst_port = 4789, .ip_bytes = 58, .captured = 58,
		.payload_bytes = 30),
	DECODES("length beyond the end", 228,
		OVER4("0039", "0025", "12b5") "08000000 00002a00" ETHER("0009") "424203 00000000",
		WANT_OUTER_UDP, .dst_port = 4789, .ip_bytes = 57, .captured = 57,
		.payload_bytes = 29),
	DECODES("version of the packet inside", 228,
		OVER4("0067", "0053", "12b5") "08000000 00002a00" ETHER("0800") IP6_UDP,
		WANT_OUTER_UDP, .dst_port = 4789, .ip_bytes = 103, .captured = 103,
		.payload_bytes = 75),
	DECODES("packet inside beyond the end", 228,
		OVER4("0053", "003f", "12b5") "08000000 00002a00" ETHER("0800") IP4("0022", "11")
			UDP_HELLO,
		WANT_OUTER_UDP, .dst_port = 4789, .ip_bytes = 83, .captured = 83,
		.payload_bytes = 55),
	DECODES("packet of version 6 inside beyond the end", 228,
		OVER4("0067", "0053", "12b5") "08000000 00002a00" ETHER("86dd") IP6("000e", "11")
			UDP_HELLO,
		WANT_OUTER_UDP, .dst_port = 4789, .ip_bytes = 103, .captured = 103,
		.payload_bytes = 75),
	DECODES("encrypted inside", 228,
		OVER4("0040", "002c",
		      "12b5") "08000000 00002a00" ETHER("88e5") "2c00 00000001 0000000000000000",
		WANT_OUTER_UDP, .dst_port = 4789, .ip_bytes = 64, .captured = 64,
		.payload_bytes = 36),
	DECODES("question to a name server", 228,
		OVER4("0035", "0021",
		      "12b5") "1234 0100 0001 0000 0000 0000 0377777703636f6d00 0001 0001",
		WANT_OUTER_UDP, .dst_port = 4789, .ip_bytes = 53, .captured = 53,
		.payload_bytes = 25),
	DECODES("keep-alive", 228, OVER4("001d", "0009", "12b5") "00", WANT_OUTER_UDP,
		.dst_port = 4789, .ip_bytes = 29, .captured = 29, .payload_bytes = 1),
	DECODES("answer to a port of vxlan, as a source", 228,
		BACK4("0053", "003f", "0035") "08000000 00002a00" ETHER("0800") IP4_UDP, WANT_OUTER,
		.transport = FA_IP_UDP, .src_port = 4789, .dst_port = 53, .ip_bytes = 83,
		.captured = 83, .payload_offset = 28, .payload_bytes = 55),
	DECODES("falls back one level only", 228,
		OVER4("004f", "003b", "12b5") "08000000 00002a00" ETHER("0800")
			OVER4("001d", "0009", "12b5") "ff",
		WANT_OUTER_UDP, .dst_port = 4789, .ip_bytes = 29, .captured = 29,
		.payload_bytes = 1, .tunnel = FA_TUNNEL_VXLAN, .tunnel_id = 42,
		.layers = BIT(VXLAN)),
};

static const struct row generic[] = {
	DECODES("gpe, ip4", 228, OVER4("0045", "0031", "12b6") "0c000001 00002a00" IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_VXLAN_GPE, .tunnel_id = 42,
		.layers = BIT(VXLAN_GPE)),
	DECODES("gpe, ip6", 228, OVER4("0059", "0045", "12b6") "0e000002 00002a00" IP6_UDP,
		WANT_IP6_UDP, .tunnel = FA_TUNNEL_VXLAN_GPE, .tunnel_id = 42,
		.layers = BIT(VXLAN_GPE)),
	DECODES("gpe, ethernet", 228,
		OVER4("0053", "003f", "12b6") "0c000003 00002a00" ETHER("0800") IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_VXLAN_GPE, .tunnel_id = 42,
		.layers = BIT(VXLAN_GPE)),
	DECODES("gpe as vxlan", 228,
		OVER4("0053", "003f", "12b6") "08000000 00002a00" ETHER("0800") IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_VXLAN_GPE, .tunnel_id = 42,
		.layers = BIT(VXLAN_GPE)),
	DECODES("gpe, no network", 228, OVER4("0045", "0031", "12b6") "04000001 00000000" IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_VXLAN_GPE, .tunnel_id = 0,
		.layers = BIT(VXLAN_GPE)),
	DECODES("gpe, service chain", 228,
		OVER4("006b", "0057", "12b6") "0c000004 00002a00 0fc6 01 03 00000a 01 00000000 "
					      "00000000 00000000 00000000" ETHER("0800") IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_VXLAN_GPE, .tunnel_id = 42,
		.layers = BIT(VXLAN_GPE) | BIT(NSH)),
	DECODES("gpe, mpls", 228,
		OVER4("0049", "0035", "12b6") "0c000005 00002a00 00064140" IP4_UDP, WANT_IP4_UDP,
		.tunnel = FA_TUNNEL_VXLAN_GPE, .tunnel_id = 42,
		.layers = BIT(VXLAN_GPE) | BIT(MPLS)),
	DECODES("gpe, version 1", 228, OVER4("0045", "0031", "12b6") "1c000001 00002a00" IP4_UDP,
		WANT_OUTER_UDP, .dst_port = 4790, .ip_bytes = 69, .captured = 69,
		.payload_bytes = 41),
	DECODES("gpe, maintenance", 228, OVER4("0045", "0031", "12b6") "0d000001 00002a00" IP4_UDP,
		WANT_OUTER_UDP, .dst_port = 4790, .ip_bytes = 69, .captured = 69,
		.payload_bytes = 41),
	DECODES("gpe, reserved", 228, OVER4("0045", "0031", "12b6") "0c000101 00002a00" IP4_UDP,
		WANT_OUTER_UDP, .dst_port = 4790, .ip_bytes = 69, .captured = 69,
		.payload_bytes = 41),
	DECODES("gpe, next without its flag", 228,
		OVER4("0053", "003f", "12b6") "08000003 00002a00" ETHER("0800") IP4_UDP,
		WANT_OUTER_UDP, .dst_port = 4790, .ip_bytes = 83, .captured = 83,
		.payload_bytes = 55),
	DECODES("gpe, unknown next", 228, OVER4("0045", "0031", "12b6") "0c000009 00002a00" IP4_UDP,
		WANT_OUTER_UDP, .dst_port = 4790, .ip_bytes = 69, .captured = 69,
		.payload_bytes = 41),
	DECODES("gpe, neither flag", 228,
		OVER4("0053", "003f", "12b6") "00000000 00000000" ETHER("0800") IP4_UDP,
		WANT_OUTER_UDP, .dst_port = 4790, .ip_bytes = 83, .captured = 83,
		.payload_bytes = 55),
	DECODES("gpe, packet ends before the datagram", 228,
		OVER4("0046", "0032", "12b6") "0c000001 00002a00" IP4_UDP "00", WANT_OUTER_UDP,
		.dst_port = 4790, .ip_bytes = 70, .captured = 70, .payload_bytes = 42),
	DECODES("gpe, chain of no known form", 228,
		OVER4("006b", "0057", "12b6") "0c000004 00002a00 0fc6 03 03 00000a 01 00000000 "
					      "00000000 00000000 00000000" ETHER("0800") IP4_UDP,
		WANT_OUTER_UDP, .dst_port = 4790, .ip_bytes = 107, .captured = 107,
		.payload_bytes = 79),
};

static const struct row geneve[] = {
	DECODES("geneve, ethernet", 228,
		OVER4("0053", "003f", "17c1") "0000 6558 00002a00" ETHER("0800") IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_GENEVE, .tunnel_id = 42, .layers = BIT(GENEVE)),
	DECODES("geneve, ip4", 228, OVER4("0045", "0031", "17c1") "0000 0800 00002a00" IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_GENEVE, .tunnel_id = 42, .layers = BIT(GENEVE)),
	DECODES("geneve, ip6, options", 228,
		OVER4("0069", "0055",
		      "17c1") "0400 86dd 00002a00 0102 03 01 deadbeef 0102 80 01 deadbeef" IP6_UDP,
		WANT_IP6_UDP, .tunnel = FA_TUNNEL_GENEVE, .tunnel_id = 42, .layers = BIT(GENEVE)),
	DECODES("geneve, option that must be known", 228,
		OVER4("0057", "0043", "17c1") "0140 6558 00002a00 0102 80 00" ETHER("0800") IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_GENEVE, .tunnel_id = 42, .layers = BIT(GENEVE)),
	DECODES("geneve, mpls", 228,
		OVER4("0049", "0035", "17c1") "0000 8847 00002a00 00064140" IP4_UDP, WANT_IP4_UDP,
		.tunnel = FA_TUNNEL_GENEVE, .tunnel_id = 42, .layers = BIT(GENEVE) | BIT(MPLS)),
	FAILS("geneve, arp", 228,
	      OVER4("004e", "003a", "17c1") "0000 6558 00002a00" ETHER(
		      "0806") "0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002",
	      NOT_IP),
	DECODES("geneve, version 1", 228,
		OVER4("0053", "003f", "17c1") "4000 6558 00002a00" ETHER("0800") IP4_UDP,
		WANT_OUTER_UDP, .dst_port = 6081, .ip_bytes = 83, .captured = 83,
		.payload_bytes = 55),
	DECODES("geneve, control", 228,
		OVER4("0053", "003f", "17c1") "0080 6558 00002a00" ETHER("0800") IP4_UDP,
		WANT_OUTER_UDP, .dst_port = 6081, .ip_bytes = 83, .captured = 83,
		.payload_bytes = 55),
	DECODES("geneve, reserved flag", 228,
		OVER4("0053", "003f", "17c1") "0001 6558 00002a00" ETHER("0800") IP4_UDP,
		WANT_OUTER_UDP, .dst_port = 6081, .ip_bytes = 83, .captured = 83,
		.payload_bytes = 55),
	DECODES("geneve, last byte", 228,
		OVER4("0053", "003f", "17c1") "0000 6558 00002a01" ETHER("0800") IP4_UDP,
		WANT_OUTER_UDP, .dst_port = 6081, .ip_bytes = 83, .captured = 83,
		.payload_bytes = 55),
	DECODES("geneve, unknown type", 228,
		OVER4("0053", "003f", "17c1") "0000 1234 00002a00" ETHER("0800") IP4_UDP,
		WANT_OUTER_UDP, .dst_port = 6081, .ip_bytes = 83, .captured = 83,
		.payload_bytes = 55),
	DECODES("geneve, option beyond the options", 228,
		OVER4("0057", "0043", "17c1") "0100 6558 00002a00 0102 03 01" ETHER("0800") IP4_UDP,
		WANT_OUTER_UDP, .dst_port = 6081, .ip_bytes = 87, .captured = 87,
		.payload_bytes = 59),
	DECODES("geneve, options beyond the end", 228,
		OVER4("0053", "003f", "17c1") "3f00 6558 00002a00" ETHER("0800") IP4_UDP,
		WANT_OUTER_UDP, .dst_port = 6081, .ip_bytes = 83, .captured = 83,
		.payload_bytes = 55),
	DECODES("geneve, packet ends before the datagram", 228,
		OVER4("0046", "0032", "17c1") "0000 0800 00002a00" IP4_UDP "00", WANT_OUTER_UDP,
		.dst_port = 6081, .ip_bytes = 70, .captured = 70, .payload_bytes = 42),
};

static const struct row fragments[] = {
	DECODES("first fragment of vxlan", 228,
		FIRST4("0053", "11") "c000 12b5 0400 0000 08000000 00002a00" ETHER("0800")
			IP4("03c1", "11") "d431 0035 03ad 0000" HELLO,
		WANT_IP4, .transport = FA_IP_UDP, .src_port = 54321, .dst_port = 53, .ttl = 64,
		.ip_bytes = 961, .captured = 33, .payload_offset = 28, .payload_bytes = 933,
		.flags = FA_PACKET_TRUNCATED, .tunnel = FA_TUNNEL_VXLAN, .tunnel_id = 42,
		.layers = BIT(VXLAN)),
	DECODES("first fragment of gtp", 228,
		FIRST4("0045", "11") "c000 0868 0400 0000 30ff 03f0 00000007" IP4(
			"03f0", "11") "d431 0035 03dc 0000" HELLO,
		WANT_IP4, .transport = FA_IP_UDP, .src_port = 54321, .dst_port = 53, .ttl = 64,
		.ip_bytes = 1008, .captured = 33, .payload_offset = 28, .payload_bytes = 980,
		.flags = FA_PACKET_TRUNCATED, .tunnel = FA_TUNNEL_GTP, .tunnel_id = 0,
		.layers = BIT(GTP)),
};

static void packets_in_vxlan(void **state)
{
	(void)state;
	check_all(vxlan, COUNT(vxlan));
}

static void what_is_no_vxlan(void **state)
{
	(void)state;
	check_all(no_vxlan, COUNT(no_vxlan));
}

static void generic_extension(void **state)
{
	(void)state;
	check_all(generic, COUNT(generic));
}

static void packets_in_geneve(void **state)
{
	(void)state;
	check_all(geneve, COUNT(geneve));
}

static void first_fragments(void **state)
{
	(void)state;
	check_all(fragments, COUNT(fragments));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_in_vxlan),  cmocka_unit_test(what_is_no_vxlan),
		cmocka_unit_test(generic_extension), cmocka_unit_test(packets_in_geneve),
		cmocka_unit_test(first_fragments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
