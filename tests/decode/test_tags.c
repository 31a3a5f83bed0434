/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What switches put between an Ethernet header and IP; labels, and what seems to follow them. */
#include "frames.h"

#define CHECK "00112233445566778899aabbccddeeff"

static const struct row tags[] = {
	DECODES("one tag", 1, ETHER("8100") "a064 0800" IP4_UDP, WANT_IP4_UDP, .layers = BIT(VLAN),
		.vlan_count = 1, .vlan = {100}),
	DECODES("priority", 1, ETHER("8100") "e000 0800" IP4_UDP, WANT_IP4_UDP,
		.layers = BIT(VLAN)),
	DECODES("vn-tag", 1, ETHER("8926") "80010002 0800" IP4_UDP, WANT_IP4_UDP,
		.layers = BIT(VN_TAG)),
	DECODES("vn-tag and vlan", 1, ETHER("8926") "80010002 8100 0064 86dd" IP6_UDP, WANT_IP6_UDP,
		.layers = BIT(VN_TAG) | BIT(VLAN), .vlan_count = 1, .vlan = {100}),
	DECODES("e-tag", 1, ETHER("893f") "0001 0002 0000 0800" IP4_UDP, WANT_IP4_UDP,
		.layers = BIT(E_TAG)),
	DECODES("metadata", 1, ETHER("8909") "01 01 0001 0005 0800" IP4_UDP, WANT_IP4_UDP,
		.layers = 0),
	FAILS("metadata, other version", 1, ETHER("8909") "02 01 0001 0005 0800" IP4_UDP,
	      ENCAPSULATION),
	FAILS("metadata, short", 1, ETHER("8909") "01 01 0001 0005 08", MALFORMED_LINK),
	FAILS("vn-tag, short", 1, ETHER("8926") "80010002 08", MALFORMED_LINK),
	FAILS("e-tag, short", 1, ETHER("893f") "0001 0002 0000 08", MALFORMED_LINK),
	DECODES("macsec, clear", 1, ETHER("88e5") "0000 00000001 0800" IP4_UDP CHECK, WANT_IP4_UDP,
		.layers = BIT(MACSEC)),
	DECODES("macsec, clear, channel", 1,
		ETHER("88e5") "2000 00000001 0200000000010001 86dd" IP6_UDP CHECK, WANT_IP6_UDP,
		.layers = BIT(MACSEC)),
	DECODES("macsec, clear, short", 1,
		ETHER("88e5") "0023 00000001 0800" IP4_UDP CHECK "000000", WANT_IP4_UDP,
		.layers = BIT(MACSEC)),
	DECODES("macsec, length left open", 1,
		ETHER("88e5") "0000 00000001 0800" IP4("0000", "11") UDP_HELLO CHECK, WANT_IP4_UDP,
		.layers = BIT(MACSEC)),
	DECODES("macsec, then a tag", 1, ETHER("88e5") "0000 00000001 8100 0064 0800" IP4_UDP CHECK,
		WANT_IP4_UDP, .layers = BIT(MACSEC) | BIT(VLAN), .vlan_count = 1, .vlan = {100}),
	FAILS("macsec, encrypted", 1, ETHER("88e5") "0c00 00000001 0800" IP4_UDP CHECK, ENCRYPTED),
	FAILS("macsec, changed", 1, ETHER("88e5") "0400 00000001 0800" IP4_UDP CHECK, ENCRYPTED),
	FAILS("macsec, version 1", 1, ETHER("88e5") "8000 00000001 0800" IP4_UDP CHECK,
	      MALFORMED_LINK),
	FAILS("macsec, short length of 48", 1,
	      ETHER("88e5") "0030 00000001 0800" IP4_UDP CHECK CHECK, MALFORMED_LINK),
	FAILS("macsec, short length beyond the end", 1,
	      ETHER("88e5") "0024 00000001 0800" IP4_UDP CHECK, MALFORMED_LINK),
	FAILS("macsec, no room for the check value", 1, ETHER("88e5") "0000 00000001 0800" HELLO,
	      MALFORMED_LINK),
	FAILS("macsec, short data", 1, ETHER("88e5") "0001 00000001 08" CHECK, MALFORMED_LINK),
	FAILS("macsec, channel missing", 1, ETHER("88e5") "2000 00000001 0800", MALFORMED_LINK),
	DECODES("authentication header", 1,
		ETHER("0800")
			IP4("0039",
			    "33") "1104 0000 00000001 00000001 000000000000000000000000" UDP_HELLO,
		WANT_IP4, WANT_UDP, .ip_bytes = 57, .captured = 57, .payload_offset = 52,
		.layers = BIT(AH)),
	DECODES("macsec, clear, short, length left open", 1,
		ETHER("88e5") "0023 00000001 0800" IP4("0000", "11") UDP_HELLO CHECK "000000",
		WANT_IP4_UDP, .layers = BIT(MACSEC)),
};

static const struct row fabrics[] = {
	DECODES("fabricpath", 1, ETHER("8903") "0401" ETHER("8100") "0009 0800" IP4_UDP,
		WANT_IP4_UDP, .layers = BIT(FABRICPATH) | BIT(VLAN), .vlan_count = 1, .vlan = {9}),
	DECODES("provider backbone", 1, ETHER("88e7") "00123456" ETHER("0800") IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_PBB, .tunnel_id = 0x123456, .layers = BIT(PBB)),
	DECODES("provider backbone, tags of both", 1,
		ETHER("88a8") "0007 88e7 40123456" ETHER("8100") "0009 0800" IP4_UDP, WANT_IP4_UDP,
		.tunnel = FA_TUNNEL_PBB, .tunnel_id = 0x123456, .layers = BIT(PBB) | BIT(VLAN),
		.vlan_count = 1, .vlan = {9}),
	FAILS("provider backbone, reserved", 1, ETHER("88e7") "01123456" ETHER("0800") IP4_UDP,
	      MALFORMED_LINK),
	FAILS("provider backbone, short", 1, ETHER("88e7") "001234", MALFORMED_LINK),
	DECODES("trill", 1, ETHER("22f3") "0006 0001 0002" ETHER("8100") "0009 0800" IP4_UDP,
		WANT_IP4_UDP, .layers = BIT(TRILL) | BIT(VLAN), .vlan_count = 1, .vlan = {9}),
	DECODES("trill, options", 1,
		ETHER("22f3") "0886 0001 0002 0000000000000000" ETHER("86dd") IP6_UDP, WANT_IP6_UDP,
		.layers = BIT(TRILL)),
	FAILS("trill, version", 1, ETHER("22f3") "4006 0001 0002" ETHER("0800") IP4_UDP,
	      ENCAPSULATION),
	FAILS("trill, options beyond the end", 1, ETHER("22f3") "07c6 0001 0002" HELLO,
	      MALFORMED_LINK),
	FAILS("trill, short", 1, ETHER("22f3") "0006 0001", MALFORMED_LINK),
	DECODES("service chain, fixed", 1,
		ETHER("894f") "0fc6 01 01 00000a01 00000000 00000000 00000000 00000000" IP4_UDP,
		WANT_IP4_UDP, .layers = BIT(NSH)),
	DECODES("service chain, none", 1, ETHER("894f") "0fc2 02 02 00000a01" IP6_UDP, WANT_IP6_UDP,
		.layers = BIT(NSH)),
	DECODES("service chain, variable", 1,
		ETHER("894f") "0fc4 02 03 00000a01 0001 01 04 deadbeef" ETHER("0800") IP4_UDP,
		WANT_IP4_UDP, .layers = BIT(NSH)),
	DECODES("service chains", 1,
		ETHER("894f") "0fc2 02 04 00000a01 0fc2 02 05 00000a01 00064140" IP4_UDP,
		WANT_IP4_UDP, .layers = BIT(NSH) | BIT(MPLS)),
	FAILS("service chain, maintenance", 1, ETHER("894f") "2fc2 02 01 00000a01" IP4_UDP, NOT_IP),
	FAILS("service chain, version", 1, ETHER("894f") "4fc2 02 01 00000a01" IP4_UDP,
	      ENCAPSULATION),
	FAILS("service chain, fixed and short", 1, ETHER("894f") "0fc2 01 01 00000a01" IP4_UDP,
	      MALFORMED_LINK),
	FAILS("service chain, length 1", 1, ETHER("894f") "0fc1 02 01 00000a01" IP4_UDP,
	      MALFORMED_LINK),
	FAILS("service chain, beyond the end", 1, ETHER("894f") "0fff 02 01 00000a01" IP4_UDP,
	      MALFORMED_LINK),
	FAILS("service chain, nothing known inside", 1, ETHER("894f") "0fc2 02 06 00000a01" IP4_UDP,
	      ENCAPSULATION),
};

static const struct row labels[] = {
	DECODES("ip", 1, ETHER("8847") "00064140" IP4_UDP, WANT_IP4_UDP, .layers = BIT(MPLS)),
	DECODES("ip, padding", 1, ETHER("8847") "00064140" IP4_UDP "000000000000", WANT_IP4_UDP,
		.layers = BIT(MPLS)),
	DECODES("ip, entropy label", 1, ETHER("8847") "00064040 00007040 12345100" IP6_UDP,
		WANT_IP6_UDP, .layers = BIT(MPLS)),
	DECODES("ip, cut by the mirror", 1,
		ETHER("8847") "00064140" IP4("05dc", "11") "d431003505c80000" HELLO, WANT_IP4,
		.transport = 17, .src_port = 54321, .dst_port = 53, .ttl = 64, .ip_bytes = 1500,
		.captured = 33, .payload_offset = 28, .payload_bytes = 1472,
		.flags = FA_PACKET_TRUNCATED, .layers = BIT(MPLS)),
	DECODES("control word", 1, ETHER("8847") "00064140 00000001" ETHER("0800") IP4_UDP,
		WANT_IP4_UDP, .layers = BIT(MPLS)),
	DECODES("control word, tags", 1,
		ETHER("8100") "0007 8847 00064140 00000001" ETHER("8100") "0009 0800" IP4_UDP,
		WANT_IP4_UDP, .layers = BIT(MPLS) | BIT(VLAN), .vlan_count = 2, .vlan = {7, 9}),
	DECODES("no control word", 1, ETHER("8847") "00064140" ETHER("86dd") IP6_UDP, WANT_IP6_UDP,
		.layers = BIT(MPLS)),
	DECODES("no control word, address begins as ip4", 1,
		ETHER("8847") "00064140 4c0000000002 020000000001 0800" IP4_UDP, WANT_IP4_UDP,
		.layers = BIT(MPLS)),
	DECODES("no control word, address is an ip4 header, too", 1,
		ETHER("8847") "00064140 450000200002 020000000001 0800" IP4_UDP, WANT_IP4_UDP,
		.layers = BIT(MPLS)),
	DECODES("no control word, address begins as ip6", 1,
		ETHER("8847") "00064140 600000000002 020000000001 86dd" IP6_UDP, WANT_IP6_UDP,
		.layers = BIT(MPLS)),
	FAILS("control word, arp", 1,
	      ETHER("8847") "00064140 00000001" ETHER(
		      "0806") "0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002",
	      NOT_IP),
	FAILS("control word, spanning tree", 1,
	      ETHER("8847") "00064140 00000001" ETHER("0007") "424203 00000000", NOT_IP),
	FAILS("associated channel", 1, ETHER("8847") "00064140 10000007 0000000000000000", NOT_IP),
	FAILS("generic associated channel", 1, ETHER("8847") "00064040 0000d101 1000000a" IP4_UDP,
	      NOT_IP),
	FAILS("control word, nothing that fits", 1,
	      ETHER("8847") "00064140 00000001 1234567812345678123456781234567812345678",
	      ENCAPSULATION),
	FAILS("nothing that fits", 1,
	      ETHER("8847") "00064140 f0000001 1234567812345678123456781234567812345678",
	      ENCAPSULATION),
	FAILS("nothing behind the labels", 1, ETHER("8847") "00064140", ENCAPSULATION),
	FAILS("control word, type of another version", 1,
	      ETHER("8847") "00064140 00000001" ETHER("0800") IP6_UDP, ENCAPSULATION),
	FAILS("generic associated channel that looks like a frame", 1,
	      ETHER("8847") "0000d101 100000000000 000000000000 0800" IP4_UDP, NOT_IP),
};

static void tags_of_switches(void **state)
{
	(void)state;
	check_all(tags, COUNT(tags));
}

static void networks_of_switches(void **state)
{
	(void)state;
	check_all(fabrics, COUNT(fabrics));
}

static void label_stacks(void **state)
{
	(void)state;
	check_all(labels, COUNT(labels));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags_of_switches),
		cmocka_unit_test(networks_of_switches),
		cmocka_unit_test(label_stacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
