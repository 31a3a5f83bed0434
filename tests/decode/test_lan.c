/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Local networks that are not Ethernet. */
#include "frames.h"

#define SNAP_IP4 "aaaa03 000000 0800"
#define SNAP_IP6 "aaaa03 000000 86dd"

static const struct row token_ring[] = {
	DECODES("ip4", 6, "10 40 020000000002 020000000001" SNAP_IP4 IP4_UDP, WANT_IP4_UDP),
	DECODES("routed", 6, "10 41 020000000002 820000000001 0690 0011 0020" SNAP_IP6 IP6_UDP,
		WANT_IP6_UDP),
	DECODES("routed, shortest", 6, "10 40 020000000002 820000000001 0270" SNAP_IP4 IP4_UDP,
		WANT_IP4_UDP),
	FAILS("the ring itself", 6, "10 05 c000ffffffff 020000000001 0026 0005", NOT_IP),
	FAILS("reserved", 6, "10 80 020000000002 020000000001" SNAP_IP4 IP4_UDP, NOT_IP),
	FAILS("routing of no length", 6, "10 40 020000000002 820000000001 0000" SNAP_IP4 IP4_UDP,
	      MALFORMED_LINK),
	FAILS("routing of odd length", 6,
	      "10 40 020000000002 820000000001 0390 00" SNAP_IP4 IP4_UDP, MALFORMED_LINK),
	FAILS("routing beyond the frame", 6, "10 40 020000000002 820000000001 1e90 0011 0020",
	      MALFORMED_LINK),
	FAILS("no routing", 6, "10 40 020000000002 820000000001", MALFORMED_LINK),
	FAILS("short", 6, "10 40 020000000002 0200000000", MALFORMED_LINK),
};

#define GID_1	 "fe80000000000000 0002c90300000001"
#define GID_2	 "fe80000000000000 0002c90300000002"
#define ROUTED	 "60000000 0025 1b 40" GID_1 GID_2
#define UNROUTED "00000000 00000000" GID_1 GID_2

static const struct row others[] = {
	DECODES("fddi", 10, "50 020000000002 020000000001" SNAP_IP4 IP4_UDP, WANT_IP4_UDP),
	DECODES("fddi, synchronous", 10, "d0 020000000002 020000000001" SNAP_IP6 IP6_UDP,
		WANT_IP6_UDP),
	DECODES("fddi, priority", 10, "57 020000000002 020000000001" SNAP_IP4 IP4_UDP,
		WANT_IP4_UDP),
	FAILS("fddi station management", 10, "41 020000000002 020000000001 0201", NOT_IP),
	FAILS("fddi, short", 10, "50 020000000002 0200000000", MALFORMED_LINK),
	FAILS("fddi, no llc", 10, "50 020000000002 020000000001 aaaa", MALFORMED_LINK),
	DECODES("fibre channel", 122, "1000020000000002 1000020000000001" SNAP_IP4 IP4_UDP,
		WANT_IP4_UDP),
	FAILS("fibre channel, short", 122, "1000020000000002 10000200000000", MALFORMED_LINK),
	DECODES("firewire", 138, "0200000000000002 0200000000000001 0800" IP4_UDP, WANT_IP4_UDP),
	FAILS("firewire arp", 138, "0200000000000002 0200000000000001 0806 0018", NOT_IP),
	FAILS("firewire, short", 138, "0200000000000002 0200000000000001 08", MALFORMED_LINK),
	DECODES("infiniband", 242, "0800 0000" IP4_UDP, WANT_IP4_UDP),
	DECODES("infiniband ip6", 242, "86dd 0000" IP6_UDP, WANT_IP6_UDP),
	FAILS("infiniband arp", 242, "0806 0000 0020", NOT_IP),
	DECODES("infiniband, routed", 242, ROUTED "0800 0000" IP4_UDP, WANT_IP4_UDP),
	DECODES("infiniband, no route header", 242, UNROUTED "86dd 0000" IP6_UDP, WANT_IP6_UDP),
	FAILS("infiniband, routed arp", 242, ROUTED "0806 0000 0020", NOT_IP),
	FAILS("infiniband, short", 242, "0800 00", MALFORMED_LINK),
	FAILS("infiniband, routed, short", 242, ROUTED "0800 00", MALFORMED_LINK),
};

static void token_ring_frames(void **state)
{
	(void)state;
	check_all(token_ring, COUNT(token_ring));
}

static void other_networks(void **state)
{
	(void)state;
	check_all(others, COUNT(others));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(token_ring_frames),
		cmocka_unit_test(other_networks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
