/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Headers that operating systems put in front of what they log. */
#include "frames.h"

#define ZERO_16 "00000000000000000000000000000000"
#define ZERO_14 "0000000000000000000000000000"
#define ZERO_40 ZERO_16 ZERO_16 "0000000000000000"

static const struct row pflog[] = {
	DECODES("openbsd", 117, "3d02" ZERO_14 ZERO_16 ZERO_16 ZERO_16 IP4_UDP, WANT_IP4_UDP),
	DECODES("freebsd ip6", 117, "3d1c" ZERO_14 ZERO_16 ZERO_16 ZERO_16 IP6_UDP, WANT_IP6_UDP),
	DECODES("oldest", 117, "2d18" ZERO_14 ZERO_16 ZERO_16 IP6_UDP, WANT_IP6_UDP),
	DECODES("a multiple of four", 117, "4002" ZERO_14 ZERO_16 ZERO_16 ZERO_16 IP4_UDP,
		WANT_IP4_UDP),
	FAILS("other family", 117, "3d07" ZERO_14 ZERO_16 ZERO_16 ZERO_16 IP4_UDP, NOT_IP),
	FAILS("length too small", 117, "2c02" ZERO_14 ZERO_16 ZERO_16 IP4_UDP, MALFORMED_LINK),
	FAILS("length of nothing", 117, "0002" ZERO_14 ZERO_16 ZERO_16 IP4_UDP, MALFORMED_LINK),
	FAILS("length beyond the frame", 117, "ff02" ZERO_14 ZERO_16 ZERO_16 ZERO_16 IP4_UDP,
	      MALFORMED_LINK),
	FAILS("nothing", 117, "", MALFORMED_LINK),
};

/* Family, version, group; attributes of little-endian and of big-endian hosts. */
#define LOGGED(family)	family "00 0001"
#define HEADER_LE(type) "0800 0100" type "0100"
#define HEADER_BE(type) "0008 0001" type "0100"

static const struct row nflog[] = {
	DECODES("little-endian", 239, LOGGED("02") HEADER_LE("0800") "2500 0900" IP4_UDP "000000",
		WANT_IP4_UDP),
	DECODES("big-endian", 239, LOGGED("02") HEADER_BE("0800") "0025 0009" IP4_UDP "000000",
		WANT_IP4_UDP),
	DECODES("no padding at the end", 239, LOGGED("02") HEADER_LE("0800") "2500 0900" IP4_UDP,
		WANT_IP4_UDP),
	DECODES("ip6", 239, LOGGED("0a") HEADER_LE("86dd") "3900 0900" IP6_UDP, WANT_IP6_UDP),
	DECODES("sent, so without EtherType", 239,
		LOGGED("02") HEADER_LE("0000") "2500 0900" IP4_UDP, WANT_IP4_UDP),
	DECODES("ip6, sent", 239, LOGGED("0a") HEADER_LE("0000") "3900 0900" IP6_UDP, WANT_IP6_UDP),
	DECODES("payload first", 239, LOGGED("02") "2500 0900" IP4_UDP, WANT_IP4_UDP),
	DECODES("prefix with padding", 239,
		LOGGED("02") HEADER_LE("0800") "0500 0a00 00 000000 2500 0900" IP4_UDP,
		WANT_IP4_UDP),
	DECODES("nested before", 239,
		LOGGED("02") HEADER_LE("0800") "0c00 1280 0800 0100 00000000 2500 0900" IP4_UDP,
		WANT_IP4_UDP),
	DECODES("bridge", 239, LOGGED("07") HEADER_LE("0800") "2500 0900" IP4_UDP, WANT_IP4_UDP),
	DECODES("bridge, tagged", 239, LOGGED("07") HEADER_LE("8100") "2900 0900 0005 0800" IP4_UDP,
		WANT_IP4_UDP, .vlan_count = 1, .vlan = {5}),
	DECODES("payload beyond the frame", 239, LOGGED("02") HEADER_LE("0800") "ffff 0900" IP4_UDP,
		WANT_IP4_UDP),
	FAILS("bridge arp", 239, LOGGED("07") HEADER_LE("0806") "0c00 0900 0001080006040001",
	      NOT_IP),
	FAILS("bridge, no EtherType", 239, LOGGED("07") HEADER_LE("0000") "2500 0900" IP4_UDP,
	      NOT_IP),
	FAILS("no payload", 239, LOGGED("02") HEADER_LE("0800"), NOT_IP),
	FAILS("no payload, padding", 239, LOGGED("02") "0500 0a00 00 000000", NOT_IP),
	FAILS("no attributes", 239, LOGGED("02"), NOT_IP),
	FAILS("later version", 239, "02 01 0001" HEADER_LE("0800") "2500 0900" IP4_UDP,
	      ENCAPSULATION),
	FAILS("attribute of length 3", 239, LOGGED("02") "0300 0100 0800 0100", MALFORMED_LINK),
	FAILS("attribute of length 0", 239, LOGGED("02") "0000 0100 0800 0100", MALFORMED_LINK),
	FAILS("attribute beyond the frame", 239, LOGGED("02") "ffff 0100 0800 0100",
	      MALFORMED_LINK),
	FAILS("a byte of an attribute", 239, LOGGED("02") "08", MALFORMED_LINK),
	FAILS("half an attribute", 239, LOGGED("02") "0800", MALFORMED_LINK),
	FAILS("payload of nothing", 239, LOGGED("02") "0400 0900" IP4_UDP, MALFORMED_IP),
	FAILS("short", 239, "02 00 00", MALFORMED_LINK),
};

#define IPNET(family, len) "02" family "0000" len "00000001 00000000 ffffffff 00000000"

static const struct row ipnet[] = {
	DECODES("ip4", 226, IPNET("02", "00000021") IP4_UDP, WANT_IP4_UDP),
	DECODES("ip6", 226, IPNET("1a", "00000035") IP6_UDP, WANT_IP6_UDP),
	DECODES("length beyond the frame", 226, IPNET("02", "ffffffff") IP4_UDP, WANT_IP4_UDP),
	FAILS("length of nothing", 226, IPNET("02", "00000000") IP4_UDP, MALFORMED_IP),
	FAILS("length ends in ip", 226, IPNET("02", "00000013") IP4_UDP, MALFORMED_IP),
	FAILS("nothing behind", 226, IPNET("02", "00000021"), MALFORMED_IP),
	FAILS("other family", 226, IPNET("0a", "00000035") IP6_UDP, NOT_IP),
	FAILS("short", 226, "02 02 0000 00000021 00000001 00000000 ffffffff 000000",
	      MALFORMED_LINK),
};

/* Length, record and link type of the first version, flags; 68 bytes behind these 40. */
#define PKTAP_1(len, record, link)                                                                 \
	len record link "656e300000000000" ZERO_16 "01000000" ZERO_40 ZERO_14 ZERO_14
/* Length and link type of the second, flags: 40 bytes. */
#define PKTAP_2(len, link) len "0000000000" link ZERO_14 ZERO_14 "00000800"

static const struct row pktap[] = {
	DECODES("ethernet", 258, PKTAP_1("6c000000", "01000000", "01000000") ETHER("0800") IP4_UDP,
		WANT_IP4_UDP),
	DECODES("loopback", 258, PKTAP_1("6c000000", "01000000", "00000000") "02000000" IP4_UDP,
		WANT_IP4_UDP),
	DECODES("raw", 258, PKTAP_1("6c000000", "01000000", "0c000000") IP6_UDP, WANT_IP6_UDP),
	DECODES("longer header", 258,
		PKTAP_1("70000000", "01000000", "0c000000") "00000000" IP6_UDP, WANT_IP6_UDP),
	FAILS("no packet", 258, PKTAP_1("6c000000", "00000000", "01000000"), NOT_IP),
	FAILS("unknown link", 258, PKTAP_1("6c000000", "01000000", "03000000") IP4_UDP,
	      ENCAPSULATION),
	FAILS("length too small", 258, PKTAP_1("6b000000", "01000000", "0c000000") IP4_UDP,
	      MALFORMED_LINK),
	FAILS("length beyond the frame", 258, PKTAP_1("ffffffff", "01000000", "0c000000") IP4_UDP,
	      MALFORMED_LINK),
	DECODES("version 2", 258, PKTAP_2("28", "0100") ETHER("0800") IP4_UDP, WANT_IP4_UDP),
	DECODES("version 2, name", 258, PKTAP_2("2c", "0c00") "656e3000" IP4_UDP, WANT_IP4_UDP),
	FAILS("version 2, nothing behind", 258, PKTAP_2("28", "0c00"), MALFORMED_IP),
	FAILS("version 2, length too small", 258, PKTAP_2("27", "0c00") IP4_UDP, MALFORMED_LINK),
	FAILS("version 2, length beyond the frame", 258, PKTAP_2("ff", "0c00") IP4_UDP,
	      MALFORMED_LINK),
	FAILS("short", 258, "6c000000 01000000 01000000", MALFORMED_LINK),
};

static void firewall_logs_of_bsd(void **state)
{
	(void)state;
	check_all(pflog, COUNT(pflog));
}

static void firewall_logs_of_linux(void **state)
{
	(void)state;
	check_all(nflog, COUNT(nflog));
}

static void solaris(void **state)
{
	(void)state;
	check_all(ipnet, COUNT(ipnet));
}

static void macos(void **state)
{
	(void)state;
	check_all(pktap, COUNT(pktap));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(firewall_logs_of_bsd),
		cmocka_unit_test(firewall_logs_of_linux),
		cmocka_unit_test(solaris),
		cmocka_unit_test(macos),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
