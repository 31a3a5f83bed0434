/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which link layers are known; Ethernet, and what stands between it and IP. */
#include "frames.h"

static const struct row ethernet[] = {
	DECODES("ip4", 1, ETHER("0800") IP4_UDP, WANT_IP4_UDP),
	DECODES("ip6", 1, ETHER("86dd") IP6_UDP, WANT_IP6_UDP),
	DECODES("padding", 1, ETHER("0800") IP4_UDP "000000000000", WANT_IP4_UDP),
	FAILS("arp", 1, ETHER("0806") "0001080006040001", NOT_IP),
	FAILS("short", 1, "020000000002 02000000", MALFORMED_LINK),
	DECODES("mpls without ethernet", 219, "00064040 00065140" IP4_UDP, WANT_IP4_UDP),
	FAILS("mpls without ethernet, short", 219, "000640", MALFORMED_LINK),
	FAILS("usb", 189, ETHER("0800") IP4_UDP, UNKNOWN_LINK),
	FAILS("negative", -1, ETHER("0800") IP4_UDP, UNKNOWN_LINK),
};

#define ON_PPPOE .tunnel = FA_TUNNEL_PPPOE, .tunnel_id = 0x0102

static const struct row pppoe[] = {
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

#define FOUR_TAGS "0001 8100 0002 8100 0003 8100 0004 8100"
#define FIVE_TAGS FOUR_TAGS "0005 8100"

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
	DECODES("fifteen tags and ip", 1,
		ETHER("8100") FIVE_TAGS FIVE_TAGS FOUR_TAGS "0005 0800" IP4_UDP, WANT_IP4_UDP,
		.vlan_count = 4, .vlan = {1, 2, 3, 4}),
	FAILS("sixteen tags and ip", 1,
	      ETHER("8100") FIVE_TAGS FIVE_TAGS FIVE_TAGS "0001 0800" IP4_UDP, TOO_MANY_HEADERS),
	DECODES("fabricpath", 1, ETHER("8903") "0401" ETHER("8100") "0009 0800" IP4_UDP,
		WANT_IP4_UDP, .vlan_count = 1, .vlan = {9}),
	FAILS("fabricpath, short", 1, ETHER("8903") "04", MALFORMED_LINK),
	FAILS("tagged arp", 1, ETHER("8100") "0001 0806 0001", NOT_IP),
	FAILS("tag, short", 1, ETHER("8100") "0001", MALFORMED_LINK),
	FAILS("macsec", 1, ETHER("88e5") "2c00000000010000", ENCRYPTED),
	FAILS("tagged macsec", 1, ETHER("8100") "0001 88e5 2c0000000001", ENCRYPTED),
};

static const struct row mpls[] = {
	DECODES("one label", 1, ETHER("8847") "00064140" IP4_UDP, WANT_IP4_UDP),
	DECODES("three labels", 1, ETHER("8847") "00064040 00065040 00066140" IP6_UDP,
		WANT_IP6_UDP),
	DECODES("upstream label", 1, ETHER("8848") "00064140" IP4_UDP, WANT_IP4_UDP),
	DECODES("control word", 1, ETHER("8847") "00064140 00000001" ETHER("0800") IP4_UDP,
		WANT_IP4_UDP),
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

static void ethernet_frames(void **state)
{
	(void)state;
	check_all(ethernet, COUNT(ethernet));
}

static void ppp_over_ethernet(void **state)
{
	(void)state;
	check_all(pppoe, COUNT(pppoe));
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
	static const int known[] = {
		0,   1,	  6,   9,   10,	 11,  12,  14,	50,  51,  100, 101, 104, 105, 107, 108,
		109, 112, 113, 117, 119, 122, 123, 127, 138, 163, 166, 192, 204, 205, 206, 219,
		226, 228, 229, 239, 240, 241, 242, 258, 274, 276, 281, 282, 284, 285,
	};
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
		cmocka_unit_test(ethernet_frames),
		cmocka_unit_test(ppp_over_ethernet),
		cmocka_unit_test(vlan_tags),
		cmocka_unit_test(mpls_labels),
		cmocka_unit_test(llc_and_snap),
		cmocka_unit_test(known_links_are_those_that_decode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
