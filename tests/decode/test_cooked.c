/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linux cooked captures, and what devices without a link header leave in them. */
#include "frames.h"

/* Packet type, device type, address of no length, protocol. */
#define SLL(device, protocol)  "0000" device "0000 0000000000000000" protocol
#define SLL2(device, protocol) protocol "0000 00000002" device "00 00 0000000000000000"
#define WIFI_DATA	       "0802 0000 020000000001 020000000002 020000000003 1000"
#define SNAP_IP4	       "aaaa03 000000 0800"

static const struct row version_1[] = {
	DECODES("ethernet", 113, "0000 0001 0006 0200000000010000 0800" IP4_UDP, WANT_IP4_UDP),
	DECODES("vlan", 113, "0000 0001 0006 0200000000010000 8100 0064 0800" IP4_UDP, WANT_IP4_UDP,
		.vlan_count = 1, .vlan = {100}),
	DECODES("loopback", 113, "0000 0304 0006 0000000000000000 0800" IP4_UDP, WANT_IP4_UDP),
	DECODES("gre", 113, SLL("030a", "86dd") IP6_UDP, WANT_IP6_UDP),
	DECODES("bridged gre", 113, SLL("030a", "6558") ETHER("0800") IP4_UDP, WANT_IP4_UDP),
	DECODES("ppp", 113, SLL("0200", "0800") IP4_UDP, WANT_IP4_UDP),
	DECODES("ppp frame", 113, SLL("0200", "0007") "ff03 0021" IP4_UDP, WANT_IP4_UDP),
	DECODES("802.2", 113, "0000 0001 0006 0200000000010000 0004" SNAP_IP4 IP4_UDP,
		WANT_IP4_UDP),
	DECODES("802.2 of token ring", 113, SLL("0320", "0011") SNAP_IP4 IP4_UDP, WANT_IP4_UDP),
	DECODES("frame relay", 113, SLL("0302", "0019") "1841 03 cc" IP4_UDP, WANT_IP4_UDP),
	DECODES("frame relay channel", 113, SLL("000f", "0800") IP4_UDP, WANT_IP4_UDP),
	DECODES("802.11", 113, SLL("0321", "0004") WIFI_DATA SNAP_IP4 IP4_UDP, WANT_IP4_UDP),
	DECODES("radiotap", 113,
		SLL("0323", "0004") "0000 0800 00000000" WIFI_DATA SNAP_IP4 IP4_UDP, WANT_IP4_UDP),
	DECODES("avs for prism", 113,
		SLL("0322", "0004") "80211001 00000008" WIFI_DATA SNAP_IP4 IP4_UDP, WANT_IP4_UDP),
	FAILS("radiotap, short", 113, SLL("0323", "0000") "0000 08", MALFORMED_LINK),
	FAILS("multilink", 113, SLL("0200", "0008") "80000001" IP4_UDP, ENCAPSULATION),
	FAILS("netlink", 113, SLL("0338", "0800") IP4_UDP, NOT_IP),
	FAILS("can", 113, SLL("0118", "000c") IP4_UDP, NOT_IP),
	FAILS("novell", 113, SLL("0001", "0001") "ffff 0022 0011", NOT_IP),
	FAILS("arp", 113, SLL("0001", "0806") "0001080006040001", NOT_IP),
	FAILS("short", 113, "0000 0001 0006 0200", MALFORMED_LINK),
	FAILS("a byte short", 113, "0000 0001 0006 0200000000010000 08", MALFORMED_LINK),
	FAILS("nothing behind", 113, SLL("0001", "0800"), MALFORMED_IP),
};

static const struct row version_2[] = {
	DECODES("ethernet", 276, "0800 0000 00000002 0001 00 06 0200000000010000" IP4_UDP,
		WANT_IP4_UDP),
	DECODES("ip6", 276, "86dd 0000 00000002 0001 04 06 0200000000010000" IP6_UDP, WANT_IP6_UDP),
	DECODES("frame relay", 276, SLL2("0302", "0000") "1841 03 8e" IP6_UDP, WANT_IP6_UDP),
	DECODES("radiotap", 276,
		SLL2("0323", "0004") "0000 0800 00000000" WIFI_DATA SNAP_IP4 IP4_UDP, WANT_IP4_UDP),
	DECODES("tun", 276, SLL2("fffe", "0800") IP4_UDP, WANT_IP4_UDP),
	FAILS("nothing behind", 276, SLL2("0001", "0800"), MALFORMED_IP),
	FAILS("netlink", 276, SLL2("0338", "0800") IP4_UDP, NOT_IP),
	FAILS("short", 276, "0800 0000 00000002", MALFORMED_LINK),
	FAILS("a byte short", 276, "0800 0000 00000002 0001 00 06 02000000000100", MALFORMED_LINK),
};

/* Programs may send without a protocol: on what has no link header, it can only be IP. */
static const struct row no_protocol[] = {
	DECODES("ppp", 113, SLL("0200", "0000") IP4_UDP, WANT_IP4_UDP),
	DECODES("raw ip", 113, SLL("0207", "0000") IP4_UDP, WANT_IP4_UDP),
	DECODES("tunnel", 113, SLL("0300", "0003") IP4_UDP, WANT_IP4_UDP),
	DECODES("tunnel6", 113, SLL("0301", "0003") IP6_UDP, WANT_IP6_UDP),
	DECODES("sit", 113, SLL("0308", "0000") IP6_UDP, WANT_IP6_UDP),
	DECODES("gre", 113, SLL("030a", "0000") IP4_UDP, WANT_IP4_UDP),
	DECODES("ip6gre", 276, SLL2("0337", "0000") IP6_UDP, WANT_IP6_UDP),
	DECODES("none", 276, SLL2("fffe", "0003") IP4_UDP, WANT_IP4_UDP),
	FAILS("none, no ip", 276, SLL2("fffe", "0003") "01020304", MALFORMED_IP),
	FAILS("ethernet", 276, SLL2("0001", "0003") IP4_UDP, NOT_IP),
};

static void first_version(void **state)
{
	(void)state;
	check_all(version_1, COUNT(version_1));
}

static void second_version(void **state)
{
	(void)state;
	check_all(version_2, COUNT(version_2));
}

static void devices_without_link_header_hold_ip(void **state)
{
	(void)state;
	check_all(no_protocol, COUNT(no_protocol));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_version),
		cmocka_unit_test(second_version),
		cmocka_unit_test(devices_without_link_header_hold_ip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
