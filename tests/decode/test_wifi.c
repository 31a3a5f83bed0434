/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 802.11 data frames, bare. */
#include "frames.h"

#define ADDRESSES "020000000001 020000000002 020000000003"
#define SNAP_IP4  "aaaa03 000000 0800"
#define SNAP_IP6  "aaaa03 000000 86dd"

static const struct row headers[] = {
	DECODES("from an access point", 105, "0802 0000" ADDRESSES "1000" SNAP_IP4 IP4_UDP,
		WANT_IP4_UDP),
	DECODES("to an access point", 105, "0801 0000" ADDRESSES "1000" SNAP_IP6 IP6_UDP,
		WANT_IP6_UDP),
	DECODES("between stations", 105, "0800 0000" ADDRESSES "1000" SNAP_IP4 IP4_UDP,
		WANT_IP4_UDP),
	DECODES("between access points", 105,
		"0803 0000" ADDRESSES "1000 020000000004" SNAP_IP4 IP4_UDP, WANT_IP4_UDP),
	DECODES("order in plain data", 105, "0882 0000" ADDRESSES "1000" SNAP_IP4 IP4_UDP,
		WANT_IP4_UDP),
	DECODES("acknowledges, too", 105, "1802 0000" ADDRESSES "1000" SNAP_IP4 IP4_UDP,
		WANT_IP4_UDP),
	DECODES("qos", 105, "8802 0000" ADDRESSES "1000 0600" SNAP_IP4 IP4_UDP, WANT_IP4_UDP),
	DECODES("qos, ht control", 105, "8882 0000" ADDRESSES "1000 0600 01020304" SNAP_IP4 IP4_UDP,
		WANT_IP4_UDP),
	DECODES("qos, four addresses", 105,
		"8803 0000" ADDRESSES "1000 020000000004 0600" SNAP_IP4 IP4_UDP, WANT_IP4_UDP),
	DECODES("everything", 105,
		"8883 0000" ADDRESSES "1000 020000000004 0600 01020304" SNAP_IP6 IP6_UDP,
		WANT_IP6_UDP),
	DECODES("a checksum nobody tells of", 105,
		"0802 0000" ADDRESSES "1000" SNAP_IP4 IP4_UDP "deadbeef", WANT_IP4_UDP),
	DECODES("of a bridge", 105, "0802 0000" ADDRESSES "1000 aaaa03 0000f8 0800" IP4_UDP,
		WANT_IP4_UDP),
	FAILS("short header", 105, "0802 0000" ADDRESSES "10", MALFORMED_LINK),
	FAILS("no fourth address", 105, "0803 0000" ADDRESSES "1000 0200", MALFORMED_LINK),
	FAILS("no qos", 105, "8802 0000" ADDRESSES "1000 06", MALFORMED_LINK),
	FAILS("no ht control", 105, "8882 0000" ADDRESSES "1000 0600 0102", MALFORMED_LINK),
	FAILS("no llc", 105, "0802 0000" ADDRESSES "1000 aaaa", MALFORMED_LINK),
	FAILS("half a frame control", 105, "08", MALFORMED_LINK),
	FAILS("nothing", 105, "", MALFORMED_LINK),
};

static const struct row not_taken[] = {
	FAILS("beacon", 105, "8000 0000" ADDRESSES "1000 0001020304050607 6400 1104", NOT_IP),
	FAILS("acknowledgement", 105, "d400 0000 020000000001", NOT_IP),
	FAILS("extension", 105, "0c00 0000 020000000001", NOT_IP),
	FAILS("null", 105, "4801 0000" ADDRESSES "1000", NOT_IP),
	FAILS("qos null", 105, "c801 0000" ADDRESSES "1000 0000", NOT_IP),
	FAILS("protected", 105, "0842 0000" ADDRESSES "1000 0100002000000000" IP4_UDP, ENCRYPTED),
	FAILS("protected qos", 105, "8841 0000" ADDRESSES "1000 0600 0100002000000000", ENCRYPTED),
	FAILS("later version", 105, "0902 0000" ADDRESSES "1000" SNAP_IP4 IP4_UDP, ENCAPSULATION),
	FAILS("eapol", 105, "0802 0000" ADDRESSES "1000 aaaa03 000000 888e 0103", NOT_IP),
	FAILS("spanning tree", 105, "0802 0000" ADDRESSES "1000 424203 0000", NOT_IP),
	FAILS("goes on", 105, "0802 0000" ADDRESSES "1100" SNAP_IP4 IP4_UDP, ENCAPSULATION),
};

#define CUT                                                                                        \
	WANT_IP4, .transport = FA_IP_UDP, .src_port = 54321, .dst_port = 53, .ttl = 64,            \
		  .payload_bytes = 72, .ip_bytes = 100, .captured = 33, .payload_offset = 28,      \
		  .flags = FA_PACKET_TRUNCATED

/* A second packet in a frame is not seen. */
static const struct row several[] = {
	DECODES("first piece", 105,
		"0806 0000" ADDRESSES "1000" SNAP_IP4 IP4("0064", "11") "d431 0035 0050 0000" HELLO,
		CUT),
	DECODES("one of one", 105,
		"8802 0000" ADDRESSES "1000 8000 020000000001 020000000005 0029" SNAP_IP4 IP4_UDP,
		WANT_IP4_UDP),
	DECODES("one of two", 105,
		"8802 0000" ADDRESSES "1000 8000 020000000001 020000000005 0029" SNAP_IP4 IP4_UDP
		"000000"
		"020000000001 020000000006 003d" SNAP_IP6 IP6_UDP,
		WANT_IP4_UDP),
	DECODES("length beyond the frame", 105,
		"8802 0000" ADDRESSES "1000 8000 020000000001 020000000005 ffff" SNAP_IP4 IP4_UDP,
		WANT_IP4_UDP),
	FAILS("length of nothing", 105,
	      "8802 0000" ADDRESSES "1000 8000 020000000001 020000000005 0000" SNAP_IP4 IP4_UDP,
	      MALFORMED_LINK),
	FAILS("length ends in snap", 105,
	      "8802 0000" ADDRESSES "1000 8000 020000000001 020000000005 0007" SNAP_IP4 IP4_UDP,
	      MALFORMED_LINK),
	FAILS("length ends before ip", 105,
	      "8802 0000" ADDRESSES "1000 8000 020000000001 020000000005 0008" SNAP_IP4 IP4_UDP,
	      MALFORMED_IP),
	FAILS("no length", 105, "8802 0000" ADDRESSES "1000 8000 020000000001 020000000005 00",
	      MALFORMED_LINK),
};

static void headers_of_every_length(void **state)
{
	(void)state;
	check_all(headers, COUNT(headers));
}

static void frames_without_a_packet(void **state)
{
	(void)state;
	check_all(not_taken, COUNT(not_taken));
}

static void pieces_and_several_packets(void **state)
{
	(void)state;
	check_all(several, COUNT(several));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_of_every_length),
		cmocka_unit_test(frames_without_a_packet),
		cmocka_unit_test(pieces_and_several_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
