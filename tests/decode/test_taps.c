/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ethernet with what taps and switches add to it. */
#include "frames.h"

#define PREAMBLE "55555555555555"
#define FCS	 "deadbeef"

/* Sent by the capturing host, which leaves the length to its card: the frame tells it. */
#define OPEN_IP4 ETHER("0800") IP4("0000", "11") UDP_HELLO
#define FROM_TO	 "020000000002 020000000001"

static const struct row netanalyzer[] = {
	DECODES("good", 240, "00040000" ETHER("0800") IP4_UDP FCS, WANT_IP4_UDP),
	DECODES("checksum is none of the packet", 240, "00040000" OPEN_IP4 FCS, WANT_IP4_UDP),
	DECODES("short preamble", 240, "40040000" ETHER("86dd") IP6_UDP FCS, WANT_IP6_UDP),
	FAILS("wrong checksum", 240, "04040000" ETHER("0800") IP4_UDP FCS, MALFORMED_LINK),
	FAILS("receive error", 240, "01040000" ETHER("0800") IP4_UDP FCS, MALFORMED_LINK),
	FAILS("alignment error", 240, "02040000" ETHER("0800") IP4_UDP FCS, MALFORMED_LINK),
	FAILS("an event of the tap", 240, "00050000 00000000", NOT_IP),
	FAILS("no checksum", 240, "00040000 020000", MALFORMED_LINK),
	FAILS("checksum for a header", 240, "00040000" FROM_TO "0800", MALFORMED_LINK),
	FAILS("short", 240, "000400", MALFORMED_LINK),
	DECODES("transparent", 241, "00060000" PREAMBLE "d5" ETHER("0800") IP4_UDP FCS,
		WANT_IP4_UDP),
	DECODES("transparent, checksum", 241, "00060000" PREAMBLE "d5" OPEN_IP4 FCS, WANT_IP4_UDP),
	DECODES("no preamble left", 241, "40060000 d5" ETHER("0800") IP4_UDP FCS, WANT_IP4_UDP),
	DECODES("longer preamble", 241, "80060000 55" PREAMBLE "d5" ETHER("0800") IP4_UDP FCS,
		WANT_IP4_UDP),
	FAILS("no delimiter", 241, "00060000" PREAMBLE "d4" ETHER("0800") IP4_UDP FCS,
	      MALFORMED_LINK),
	FAILS("endless preamble", 241,
	      "80060000" PREAMBLE PREAMBLE PREAMBLE "d5" ETHER("0800") IP4_UDP FCS, MALFORMED_LINK),
	FAILS("only preamble", 241, "00060000" PREAMBLE, MALFORMED_LINK),
};

static const struct row mpackets[] = {
	DECODES("express", 274, PREAMBLE "d5" ETHER("0800") IP4_UDP FCS, WANT_IP4_UDP),
	DECODES("express, checksum", 274, PREAMBLE "d5" OPEN_IP4 FCS, WANT_IP4_UDP),
	DECODES("whole, s0", 274, PREAMBLE "e6" ETHER("0800") IP4_UDP FCS, WANT_IP4_UDP),
	DECODES("whole, s1", 274, PREAMBLE "4c" ETHER("0800") IP4_UDP FCS, WANT_IP4_UDP),
	DECODES("whole, s2", 274, PREAMBLE "7f" ETHER("0800") IP4_UDP FCS, WANT_IP4_UDP),
	DECODES("whole, s3", 274, PREAMBLE "b3" ETHER("0800") IP4_UDP FCS, WANT_IP4_UDP),
	DECODES("first piece", 274,
		PREAMBLE "e6" ETHER("0800") IP4("0064", "11") "d431 0035 0050 0000" FCS, WANT_IP4,
		.transport = FA_IP_UDP, .src_port = 54321, .dst_port = 53, .ttl = 64,
		.payload_bytes = 72, .ip_bytes = 100, .captured = 28, .payload_offset = 28,
		.flags = FA_PACKET_TRUNCATED),
	FAILS("goes on, c0", 274, "555555555555 61 e6" HELLO FCS, ENCAPSULATION),
	FAILS("goes on, c1", 274, "555555555555 52 e6" HELLO FCS, ENCAPSULATION),
	FAILS("goes on, c2", 274, "555555555555 9e e6" HELLO FCS, ENCAPSULATION),
	FAILS("goes on, c3", 274, "555555555555 2a e6" HELLO FCS, ENCAPSULATION),
	FAILS("verify", 274, PREAMBLE "07 0000", NOT_IP),
	FAILS("respond", 274, PREAMBLE "19 0000", NOT_IP),
	FAILS("no delimiter", 274, PREAMBLE "00" ETHER("0800"), MALFORMED_LINK),
	FAILS("no checksum", 274, PREAMBLE "d5 0200", MALFORMED_LINK),
	FAILS("nothing", 274, "", MALFORMED_LINK),
};

#define ON_VLAN(id) .layers = 1u << FA_TUNNEL_VLAN, .vlan_count = 1, .vlan = {id}

static const struct row switches[] = {
	DECODES("brcm", 281, FROM_TO "20000001 0800" IP4_UDP, WANT_IP4_UDP),
	DECODES("brcm llc", 281, FROM_TO "20000001 0029 aaaa03 000000 0800" IP4_UDP "0000",
		WANT_IP4_UDP),
	FAILS("brcm, short", 281, FROM_TO "20000001 08", MALFORMED_LINK),
	DECODES("brcm in front", 282, "20000001" ETHER("86dd") IP6_UDP, WANT_IP6_UDP),
	FAILS("brcm in front, short", 282, "200000", MALFORMED_LINK),
	FAILS("brcm in front, no frame", 282, "20000001 0200", MALFORMED_LINK),
	DECODES("dsa", 284, FROM_TO "c0080000 0800" IP4_UDP, WANT_IP4_UDP),
	DECODES("dsa, untagged vlan 5", 284, FROM_TO "c1080005 0800" IP4_UDP, WANT_IP4_UDP),
	DECODES("dsa, tagged", 284, FROM_TO "e008e064 0800" IP4_UDP, WANT_IP4_UDP, ON_VLAN(100)),
	DECODES("dsa, priority tag", 284, FROM_TO "e008e000 0800" IP4_UDP, WANT_IP4_UDP,
		.layers = 1u << FA_TUNNEL_VLAN),
	DECODES("dsa llc", 284, FROM_TO "c0080000 0029 aaaa03 000000 0800" IP4_UDP "0000",
		WANT_IP4_UDP),
	FAILS("dsa llc ends in its header", 284, FROM_TO "c0080000 0005 aaaa03 000000 0800" IP4_UDP,
	      MALFORMED_LINK),
	FAILS("dsa, short", 284, FROM_TO "c0080000 08", MALFORMED_LINK),
	DECODES("edsa", 285, FROM_TO "dada 0000 20080065 86dd" IP6_UDP, WANT_IP6_UDP, ON_VLAN(101)),
	DECODES("edsa, untagged", 285, FROM_TO "dada 0000 00080064 0800" IP4_UDP, WANT_IP4_UDP),
	FAILS("edsa, short", 285, FROM_TO "dada 0000 20080064 86", MALFORMED_LINK),
};

static void netanalyzer_taps(void **state)
{
	(void)state;
	check_all(netanalyzer, COUNT(netanalyzer));
}

static void frames_that_are_interrupted(void **state)
{
	(void)state;
	check_all(mpackets, COUNT(mpackets));
}

static void switch_tags(void **state)
{
	(void)state;
	check_all(switches, COUNT(switches));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(netanalyzer_taps),
		cmocka_unit_test(frames_that_are_interrupted),
		cmocka_unit_test(switch_tags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
