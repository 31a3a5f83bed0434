/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frame relay and ATM. */
#include "frames.h"

static const struct row frame_relay[] = {
	DECODES("ip4", 107, "1841 03 cc" IP4_UDP, WANT_IP4_UDP),
	DECODES("ip6", 107, "1841 03 8e" IP6_UDP, WANT_IP6_UDP),
	DECODES("padding", 107, "1841 03 00 cc" IP4_UDP, WANT_IP4_UDP),
	DECODES("three-byte address", 107, "184005 03 cc" IP4_UDP, WANT_IP4_UDP),
	DECODES("four-byte address", 107, "18400801 03 cc" IP4_UDP, WANT_IP4_UDP),
	DECODES("snap", 107, "1841 03 00 80 000000 0800" IP4_UDP, WANT_IP4_UDP),
	DECODES("snap, no padding", 107, "1841 03 80 000000 86dd" IP6_UDP, WANT_IP6_UDP),
	DECODES("snap of a bridge", 107, "1841 03 80 0000f8 0800" IP4_UDP, WANT_IP4_UDP),
	DECODES("bridged", 107, "1841 03 00 80 0080c2 0007" ETHER("0800") IP4_UDP, WANT_IP4_UDP),
	DECODES("bridged, checksum", 107,
		"1841 03 00 80 0080c2 0001" ETHER("0800") IP4_UDP "deadbeef", WANT_IP4_UDP),
	DECODES("bridged, checksum is none of the packet", 107,
		"1841 03 00 80 0080c2 0001" ETHER("0800") IP4("0000", "11") UDP_HELLO "deadbeef",
		WANT_IP4_UDP),
	DECODES("ppp", 107, "1841 03 cf 0021" IP4_UDP, WANT_IP4_UDP),
	DECODES("cisco", 107, "1841 0800" IP4_UDP, WANT_IP4_UDP),
	DECODES("cisco, four-byte address", 107, "18400801 86dd" IP6_UDP, WANT_IP6_UDP),
	DECODES("received", 206, "00 1841 03 cc" IP4_UDP, WANT_IP4_UDP),
	DECODES("sent", 206, "01 1841 0800" IP4_UDP, WANT_IP4_UDP),
	FAILS("line management", 107, "0001 03 08 00 75 95 01 01 00", NOT_IP),
	FAILS("cisco's line management", 107, "fcf1 03 09 00 75 01 01 00", NOT_IP),
	FAILS("clnp", 107, "1841 03 81 1b01", NOT_IP),
	FAILS("compressed", 107, "1841 03 b0 0001", ENCAPSULATION),
	FAILS("pieces", 107, "1841 03 b1 c001 cc" IP4_UDP, ENCAPSULATION),
	FAILS("bridged token ring", 107, "1841 03 00 80 0080c2 0009 0040", ENCAPSULATION),
	FAILS("bridged, in pieces", 107, "1841 03 00 80 0080c2 000d 0000", ENCAPSULATION),
	FAILS("bridged spanning tree", 107, "1841 03 00 80 0080c2 000e 0000", NOT_IP),
	FAILS("snap of a vendor", 107, "1841 03 80 00000c 0800" IP4_UDP, NOT_IP),
	FAILS("snap with a length", 107, "1841 03 80 000000 0100 0001", NOT_IP),
	FAILS("cisco, no EtherType", 107, "1841 0101 01", NOT_IP),
	FAILS("cisco, cdp", 107, "1841 2000 0101", NOT_IP),
	FAILS("address of one byte", 107, "19 03 cc" IP4_UDP, MALFORMED_LINK),
	FAILS("endless address", 107, "18404040 4003 cc" IP4_UDP, MALFORMED_LINK),
	FAILS("address of five bytes", 107, "1840404041 03 cc" IP4_UDP, MALFORMED_LINK),
	FAILS("half an address", 107, "18", MALFORMED_LINK),
	FAILS("only an address", 107, "1841", MALFORMED_LINK),
	FAILS("no nlpid", 107, "1841 03", MALFORMED_LINK),
	FAILS("no nlpid behind padding", 107, "1841 03 00", MALFORMED_LINK),
	FAILS("snap, short", 107, "1841 03 80 000000 08", MALFORMED_LINK),
	FAILS("bridged, no frame", 107, "1841 03 00 80 0080c2 0007 0200", MALFORMED_LINK),
	FAILS("bridged, no checksum", 107, "1841 03 00 80 0080c2 0001 020000", MALFORMED_LINK),
	FAILS("checksum for a frame", 107,
	      "1841 03 00 80 0080c2 0001 020000000002 020000000001 0800", MALFORMED_LINK),
	FAILS("cisco, short", 107, "1841 08", MALFORMED_LINK),
	FAILS("only the direction", 206, "01", MALFORMED_LINK),
	FAILS("nothing", 107, "", MALFORMED_LINK),
};

static const struct row atm[] = {
	DECODES("snap", 100, "aaaa03 000000 0800" IP4_UDP, WANT_IP4_UDP),
	DECODES("as DLT_", 11, "aaaa03 000000 86dd" IP6_UDP, WANT_IP6_UDP),
	DECODES("bridged", 100, "aaaa03 0080c2 0007 0000" ETHER("0800") IP4_UDP, WANT_IP4_UDP),
	DECODES("bridged, checksum", 100,
		"aaaa03 0080c2 0001 0000" ETHER("0800") IP4_UDP "deadbeef", WANT_IP4_UDP),
	DECODES("bridged vlan", 100, "aaaa03 0080c2 0007 0000" ETHER("8100") "0005 0800" IP4_UDP,
		WANT_IP4_UDP, .vlan_count = 1, .vlan = {5}),
	DECODES("ppp", 100, "fefe03 cf 0021" IP4_UDP, WANT_IP4_UDP),
	DECODES("nlpid", 100, "fefe03 cc" IP4_UDP, WANT_IP4_UDP),
	DECODES("ip by its own sap", 100, "060603" IP4_UDP, WANT_IP4_UDP),
	FAILS("is-is", 100, "fefe03 83 1b01", NOT_IP),
	FAILS("spanning tree", 100, "424203 0000", NOT_IP),
	FAILS("snap, short", 100, "aaaa03 000000", MALFORMED_LINK),
	FAILS("no nlpid", 100, "fefe03", MALFORMED_LINK),
	FAILS("llc, short", 100, "aaaa", MALFORMED_LINK),
	DECODES("sunatm llc", 123, "02 00 0064 aaaa03 000000 0800" IP4_UDP, WANT_IP4_UDP),
	DECODES("sunatm llc, sent", 123, "82 00 0064 aaaa03 000000 0800" IP4_UDP, WANT_IP4_UDP),
	DECODES("sunatm lane", 123, "01 00 0064 0007" ETHER("0800") IP4_UDP, WANT_IP4_UDP),
	FAILS("sunatm lane control", 123, "01 00 0064 ff00 0101", NOT_IP),
	FAILS("sunatm lane, short", 123, "01 00 0064 00", MALFORMED_LINK),
	FAILS("sunatm raw", 123, "00 00 0064" IP4_UDP, ENCAPSULATION),
	FAILS("sunatm ilmi", 123, "05 00 0010 3000", NOT_IP),
	FAILS("sunatm, short", 123, "02 00 00", MALFORMED_LINK),
};

static void frame_relay_and_what_it_carries(void **state)
{
	(void)state;
	check_all(frame_relay, COUNT(frame_relay));
}

static void atm_and_what_it_carries(void **state)
{
	(void)state;
	check_all(atm, COUNT(atm));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frame_relay_and_what_it_carries),
		cmocka_unit_test(atm_and_what_it_carries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
