/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Link layers and what stands between them and IP. */
#include "frames.h"

static const struct row bare_links[] = {
	DECODES("ethernet", 1, ETHER("0800") IP4_UDP, WANT_IP4_UDP),
	DECODES("ethernet ip6", 1, ETHER("86dd") IP6_UDP, WANT_IP6_UDP),
	DECODES("padding", 1, ETHER("0800") IP4_UDP "000000000000", WANT_IP4_UDP),
	FAILS("arp", 1, ETHER("0806") "0001080006040001", NOT_IP),
	FAILS("short ethernet", 1, "020000000002 02000000", MALFORMED_LINK),
	DECODES("null, big-endian", 0, "00000002" IP4_UDP, WANT_IP4_UDP),
	DECODES("null, little-endian", 0, "02000000" IP4_UDP, WANT_IP4_UDP),
	DECODES("null ip6 linux", 0, "0a000000" IP6_UDP, WANT_IP6_UDP),
	DECODES("null ip6 openbsd", 0, "18000000" IP6_UDP, WANT_IP6_UDP),
	DECODES("null ip6 freebsd", 0, "0000001c" IP6_UDP, WANT_IP6_UDP),
	DECODES("null ip6 macos", 0, "1e000000" IP6_UDP, WANT_IP6_UDP),
	FAILS("null, other family", 0, "00000007" IP4_UDP, NOT_IP),
	FAILS("null, short", 0, "000000", MALFORMED_LINK),
	DECODES("loop", 108, "00000002" IP4_UDP, WANT_IP4_UDP),
	DECODES("raw 12", 12, IP4_UDP, WANT_IP4_UDP),
	DECODES("raw 14", 14, IP6_UDP, WANT_IP6_UDP),
	DECODES("raw 101", 101, IP6_UDP, WANT_IP6_UDP),
	FAILS("raw, neither", 101, "55aa", MALFORMED_IP),
	FAILS("raw, nothing", 101, "", MALFORMED_IP),
	DECODES("ipv4", 228, IP4_UDP, WANT_IP4_UDP),
	FAILS("ipv4 holds ip6", 228, IP6_UDP, MALFORMED_IP),
	DECODES("ipv6", 229, IP6_UDP, WANT_IP6_UDP),
	FAILS("ipv6 holds ip4", 229, IP4_UDP "0000000000000000", MALFORMED_IP),
	FAILS("802.11", 105, ETHER("0800") IP4_UDP, UNKNOWN_LINK),
	FAILS("negative", -1, ETHER("0800") IP4_UDP, UNKNOWN_LINK),
};

static const struct row cooked[] = {
	DECODES("sll", 113, "0000 0001 0006 0200000000010000 0800" IP4_UDP, WANT_IP4_UDP),
	DECODES("sll vlan", 113, "0000 0001 0006 0200000000010000 8100 0064 0800" IP4_UDP,
		WANT_IP4_UDP, .vlan_count = 1, .vlan = {100}),
	DECODES("sll gre device", 113, "0000 030a 0000 0000000000000000 86dd" IP6_UDP,
		WANT_IP6_UDP),
	DECODES("sll 802.2", 113, "0000 0001 0006 0200000000010000 0004 aaaa03 000000 0800" IP4_UDP,
		WANT_IP4_UDP),
	FAILS("sll netlink", 113, "0004 0338 0000 0000000000000000 0800" IP4_UDP, NOT_IP),
	FAILS("sll radiotap", 113, "0004 0323 0000 0000000000000000 0000" IP4_UDP, ENCAPSULATION),
	FAILS("sll can", 113, "0001 0118 0000 0000000000000000 000c" IP4_UDP, NOT_IP),
	FAILS("sll, short", 113, "0000 0001 0006 0200", MALFORMED_LINK),
	DECODES("sll2", 276, "0800 0000 00000002 0001 00 06 0200000000010000" IP4_UDP,
		WANT_IP4_UDP),
	DECODES("sll2 ip6", 276, "86dd 0000 00000002 0001 04 06 0200000000010000" IP6_UDP,
		WANT_IP6_UDP),
	FAILS("sll2 netlink", 276, "0800 0000 00000002 0338 00 00 0000000000000000" IP4_UDP,
	      NOT_IP),
	FAILS("sll2, short", 276, "0800 0000 00000002", MALFORMED_LINK),
};

#define ON_PPPOE .tunnel = FA_TUNNEL_PPPOE, .tunnel_id = 0x0102

static const struct row serial[] = {
	DECODES("ppp", 9, "ff03 0021" IP4_UDP, WANT_IP4_UDP),
	DECODES("ppp, no framing", 9, "0057" IP6_UDP, WANT_IP6_UDP),
	DECODES("ppp, short protocol", 9, "ff03 21" IP4_UDP, WANT_IP4_UDP),
	DECODES("ppp hdlc", 50, "ff03 0057" IP6_UDP, WANT_IP6_UDP),
	DECODES("ppp hdlc, cisco", 50, "0f00 0800" IP4_UDP, WANT_IP4_UDP),
	DECODES("ppp, cisco broadcast", 9, "8f00 0800" IP4_UDP, WANT_IP4_UDP),
	DECODES("ppp mpls", 9, "ff03 0281 00010140" IP4_UDP, WANT_IP4_UDP),
	FAILS("ppp lcp", 9, "ff03 c021 0101", NOT_IP),
	FAILS("ppp encrypted", 9, "ff03 0053 0101", ENCRYPTED),
	FAILS("ppp compressed", 9, "ff03 00fd 0101", ENCAPSULATION),
	FAILS("ppp, only framing", 9, "ff03", MALFORMED_LINK),
	FAILS("ppp, half a protocol", 9, "ff03 00", MALFORMED_LINK),
	DECODES("cisco hdlc", 104, "0f00 0800" IP4_UDP, WANT_IP4_UDP),
	FAILS("slarp", 104, "8f00 8035 00000002", NOT_IP),
	FAILS("cisco hdlc, short", 104, "0f00", MALFORMED_LINK),
	DECODES("ppp ether", 51, "1100 0102 0023 0021" IP4_UDP, WANT_IP4_UDP, ON_PPPOE),
	DECODES("pppoe", 1, ETHER("8864") "1100 0102 0037 0057" IP6_UDP, WANT_IP6_UDP, ON_PPPOE),
	DECODES("pppoe, padding", 1, ETHER("8864") "1100 0102 0023 0021" IP4_UDP "00000000",
		WANT_IP4_UDP, ON_PPPOE),
	FAILS("pppoe ends before ip", 1, ETHER("8864") "1100 0102 0012 0021" IP4_UDP, MALFORMED_IP),
	FAILS("pppoe version", 1, ETHER("8864") "2100 0102 0023 0021" IP4_UDP, MALFORMED_LINK),
	FAILS("pppoe, short", 1, ETHER("8864") "1100 01", MALFORMED_LINK),
	FAILS("pppoe terminate", 1, ETHER("8864") "11a7 0102 0000", NOT_IP),
	FAILS("pppoe discovery", 1, ETHER("8863") "1109 0000 0000", NOT_IP),
};

static const struct row tags[] = {
	DECODES("one tag", 1, ETHER("8100") "a064 0800" IP4_UDP, WANT_IP4_UDP, .vlan_count = 1,
		.vlan = {100}),
	DECODES("service and customer", 1, ETHER("88a8") "0fff 8100 0001 86dd" IP6_UDP,
		WANT_IP6_UDP, .vlan_count = 2, .vlan = {4095, 1}),
	DECODES("older stacks", 1, ETHER("9100") "0002 9200 0003 0800" IP4_UDP, WANT_IP4_UDP,
		.vlan_count = 2, .vlan = {2, 3}),
	DECODES("priority tag", 1, ETHER("8100") "e000 0800" IP4_UDP, WANT_IP4_UDP),
	DECODES("more than are kept", 1,
		ETHER("8100") "0001 8100 0002 8100 0003 8100 0004 8100 0005 0800" IP4_UDP,
		WANT_IP4_UDP, .vlan_count = 4, .vlan = {1, 2, 3, 4}),
	DECODES("seven tags and ip", 1,
		ETHER("8100") "0001 8100 0002 8100 0003 8100 0004 8100 0005 8100 0006 8100 0007 "
			      "0800" IP4_UDP,
		WANT_IP4_UDP, .vlan_count = 4, .vlan = {1, 2, 3, 4}),
	FAILS("eight tags and ip", 1,
	      ETHER("8100") "0001 8100 0002 8100 0003 8100 0004 8100 0005 8100 0006 8100 0007 "
			    "8100 0008 0800" IP4_UDP,
	      TOO_MANY_HEADERS),
	DECODES("fabricpath", 1, ETHER("8903") "0401" ETHER("8100") "0009 0800" IP4_UDP,
		WANT_IP4_UDP, .vlan_count = 1, .vlan = {9}),
	FAILS("fabricpath, short", 1, ETHER("8903") "04", MALFORMED_LINK),
	FAILS("tagged arp", 1, ETHER("8100") "0001 0806 0001", NOT_IP),
	FAILS("tag, short", 1, ETHER("8100") "0001", MALFORMED_LINK),
	FAILS("macsec", 1, ETHER("88e5") "2000000000010000", ENCRYPTED),
	FAILS("tagged macsec", 1, ETHER("8100") "0001 88e5 2000", ENCRYPTED),
	FAILS("provider backbone", 1, ETHER("88e7") "00000001", ENCAPSULATION),
};

static const struct row mpls[] = {
	DECODES("one label", 1, ETHER("8847") "00064140" IP4_UDP, WANT_IP4_UDP),
	DECODES("three labels", 1, ETHER("8847") "00064040 00065040 00066140" IP6_UDP,
		WANT_IP6_UDP),
	DECODES("upstream label", 1, ETHER("8848") "00064140" IP4_UDP, WANT_IP4_UDP),
	FAILS("control word", 1, ETHER("8847") "00064140 00000001" ETHER("0800") IP4_UDP,
	      ENCAPSULATION),
	FAILS("looks like ip, is not", 1,
	      ETHER("8847") "00064140 44001234 0000000000000000"
			    "0000000000000000 0000000000000000",
	      ENCAPSULATION),
	FAILS("no bottom", 1, ETHER("8847") "00064040", MALFORMED_LINK),
	FAILS("endless stack", 1,
	      ETHER("8847") "00064040 00064040 00064040 00064040 00064040 00064040 00064040 "
			    "00064040 "
			    "00064040 00064040 00064040 00064040 00064040 00064040 00064040 "
			    "00064040 "
			    "00064140" IP4_UDP,
	      TOO_MANY_HEADERS),
};

static const struct row llc[] = {
	DECODES("snap", 1, ETHER("0029") "aaaa03 000000 0800" IP4_UDP, WANT_IP4_UDP),
	DECODES("snap, padding", 1, ETHER("0029") "aaaa03 000000 0800" IP4_UDP "0000",
		WANT_IP4_UDP),
	DECODES("snap of a bridge", 1, ETHER("003d") "aaaa03 0000f8 86dd" IP6_UDP, WANT_IP6_UDP),
	DECODES("tagged snap", 1, ETHER("8100") "0007 0029 aaaa03 000000 0800" IP4_UDP,
		WANT_IP4_UDP, .vlan_count = 1, .vlan = {7}),
	DECODES("length beyond the frame", 1, ETHER("0400") "aaaa03 000000 0800" IP4_UDP,
		WANT_IP4_UDP),
	DECODES("ip by its own sap", 1, ETHER("0024") "060603" IP4_UDP, WANT_IP4_UDP),
	FAILS("spanning tree", 1, ETHER("0026") "424203 00000000", NOT_IP),
	FAILS("cdp", 1, ETHER("0010") "aaaa03 00000c 2000 0000", NOT_IP),
	FAILS("novell", 1, ETHER("0022") "ffff 0022 0011", NOT_IP),
	FAILS("llc, short", 1, ETHER("0002") "aaaa", MALFORMED_LINK),
	FAILS("snap ends in its header", 1, ETHER("0005") "aaaa03 000000 0800" IP4_UDP,
	      MALFORMED_LINK),
};

static void every_link_type_reaches_ip(void **state)
{
	(void)state;
	check_all(bare_links, COUNT(bare_links));
}

static void cooked_captures(void **state)
{
	(void)state;
	check_all(cooked, COUNT(cooked));
}

static void serial_links_and_pppoe(void **state)
{
	(void)state;
	check_all(serial, COUNT(serial));
}

static void vlan_tags(void **state)
{
	(void)state;
	check_all(tags, COUNT(tags));
}

static void mpls_labels(void **state)
{
	(void)state;
	check_all(mpls, COUNT(mpls));
}

static void llc_and_snap(void **state)
{
	(void)state;
	check_all(llc, COUNT(llc));
}

static void known_links_are_those_that_decode(void **state)
{
	static const int known[] = {0, 1, 9, 12, 14, 50, 51, 101, 104, 108, 113, 228, 229, 276};
	size_t next = 0;

	(void)state;
	for (int type = -1; type < 400; type++) {
		bool want = next < COUNT(known) && known[next] == type;
		struct decoded d = decode(&decoder, type, NULL, 0, 0);

		next += want;
		if (fa_decode_link_known(type) != want)
			fail_msg("link type %d", type);
		assert_true((d.result == FA_DECODE_UNKNOWN_LINK) == !want);
	}
	assert_int_equal(next, COUNT(known));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_link_type_reaches_ip),
		cmocka_unit_test(cooked_captures),
		cmocka_unit_test(serial_links_and_pppoe),
		cmocka_unit_test(vlan_tags),
		cmocka_unit_test(mpls_labels),
		cmocka_unit_test(llc_and_snap),
		cmocka_unit_test(known_links_are_those_that_decode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
