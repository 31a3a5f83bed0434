/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transport headers. */
#include "frames.h"

#define PAYLOAD4(bytes, offset, payload)                                                           \
	WANT_IP4, .ttl = 64, .ip_bytes = bytes, .captured = bytes, .payload_offset = offset,       \
		  .payload_bytes = payload
#define PAYLOAD6(bytes, offset, payload)                                                           \
	WANT_IP6, .ttl = 64, .ip_bytes = bytes, .captured = bytes, .payload_offset = offset,       \
		  .payload_bytes = payload
#define WANT_TCP_TO_FLAGS                                                                          \
	.transport = FA_IP_TCP, .src_port = 54321, .dst_port = 443, .tcp_seq = 1, .tcp_ack = 2,    \
	.tcp_flags = FA_TCP_ACK | FA_TCP_PSH
#define WANT_TCP    WANT_TCP_TO_FLAGS, .tcp_window = 65535
#define WANT_TINY   .transport = FA_IP_TCP, .src_port = 54321, .dst_port = 443
#define TCP(offset) "d431 01bb 00000001 00000002" offset "18 ffff 0000 0000"

static const struct row tcp[] = {
	DECODES("data", 228, IP4("002d", "06") TCP_HELLO, PAYLOAD4(45, 40, 5), WANT_TCP),
	DECODES("ip6", 229, IP6("0019", "06") TCP_HELLO, PAYLOAD6(65, 60, 5), WANT_TCP),
	DECODES("options", 228, IP4("0031", "06") TCP("60") "020405b4" HELLO, PAYLOAD4(49, 44, 5),
		WANT_TCP),
	DECODES("no data", 1, ETHER("0800") IP4("0028", "06") TCP("50") "000000000000",
		PAYLOAD4(40, 40, 0), WANT_TCP),
	DECODES("all offset, no data", 228,
		IP4("0050", "06") TCP("f0") "0101010101010101010101010101010101010101"
					    "0101010101010101010101010101010101010101",
		PAYLOAD4(80, 80, 0), WANT_TCP),
	DECODES_OF(31, "snapshot ends after the flags", 228,
		   IP4("0041", "06") "d431 01bb 00000001 00000002 5018", WANT_IP4,
		   WANT_TCP_TO_FLAGS, .ttl = 64, .ip_bytes = 65, .captured = 34,
		   .payload_offset = 34, .payload_bytes = 25, .flags = FA_PACKET_TRUNCATED),
	FAILS_OF(32, "snapshot ends before the flags", 228,
		 IP4("0041", "06") "d431 01bb 00000001 00000002 50", TRUNCATED),
	DECODES("first fragment ends in the header", 228,
		IP4_FRAGMENT("0024", "2000", "06") "d431 01bb 00000001 00000002 6018 ffff",
		PAYLOAD4(36, 36, 0), WANT_TCP, .flags = FA_PACKET_FRAGMENT_FIRST),
	DECODES("first fragment ends before the flags", 228,
		IP4_FRAGMENT("001c", "2000", "06") "d431 01bb 00000001",
		PAYLOAD4(28, 28, 0), WANT_TINY, .flags = FA_PACKET_FRAGMENT_FIRST),
	DECODES("first fragment ends behind the ports", 228,
		IP4_FRAGMENT("0018", "2000", "06") "d431 01bb",
		PAYLOAD4(24, 24, 0), WANT_TINY, .flags = FA_PACKET_FRAGMENT_FIRST),
	FAILS("first fragment ends in the ports", 228,
	      IP4_FRAGMENT("0017", "2000", "06") "d431 01", MALFORMED_TRANSPORT),
	FAILS("first fragment, cut off in the ports", 228,
	      IP4_FRAGMENT("0018", "2000", "06") "d431 01", TRUNCATED),
	FAILS("no fragment, and it ends before the flags", 228,
	      IP4_FRAGMENT("001c", "0000", "06") "d431 01bb 00000001", MALFORMED_TRANSPORT),
	FAILS("offset 16", 228, IP4("002d", "06") TCP("40") HELLO, MALFORMED_TRANSPORT),
	FAILS("offset beyond the end", 228, IP4("002d", "06") TCP("70") HELLO, MALFORMED_TRANSPORT),
	FAILS("19 bytes", 228, IP4("0027", "06") TCP("50"), MALFORMED_TRANSPORT),
	FAILS("none", 228, IP4("0014", "06"), MALFORMED_TRANSPORT),
};

static const struct row udp[] = {
	DECODES("data", 228, IP4_UDP, WANT_IP4_UDP),
	DECODES("no data", 228, IP4("001c", "11") "d43100350008ffff", PAYLOAD4(28, 28, 0),
		.transport = 17, .src_port = 54321, .dst_port = 53),
	DECODES("length 0", 228, IP4("0021", "11") "d431003500000000" HELLO, WANT_IP4_UDP),
	DECODES("length beyond ip", 228, IP4("0021", "11") "d4310035ffff0000" HELLO, WANT_IP4_UDP),
	DECODES("length below ip", 228, IP4("0021", "11") "d4310035000a0000" HELLO,
		PAYLOAD4(33, 28, 2), .transport = 17, .src_port = 54321, .dst_port = 53),
	FAILS("length 7", 228, IP4("0021", "11") "d431003500070000" HELLO, MALFORMED_TRANSPORT),
	FAILS("7 bytes", 228, IP4("001b", "11") "d4310035000800", MALFORMED_TRANSPORT),
	FAILS_OF(6, "snapshot ends inside", 228, IP4("0021", "11") "d4310035000d00", TRUNCATED),
};

static const struct row others[] = {
	DECODES("sctp", 228,
		IP4("0030", "84") "0b59 0b5a 00000001 00000000 0a000008 01020304"
				  "00000000",
		WANT_IP4, .ttl = 64, .transport = 132, .src_port = 2905, .dst_port = 2906,
		.ip_bytes = 48, .captured = 44, .payload_offset = 32, .payload_bytes = 16,
		.flags = FA_PACKET_TRUNCATED),
	DECODES("sctp, no chunk", 228, IP4("0020", "84") "0b59 0b5a 00000001 00000000",
		PAYLOAD4(32, 32, 0), .transport = 132, .src_port = 2905, .dst_port = 2906),
	DECODES("sctp, first fragment of eight bytes", 228,
		IP4_FRAGMENT("001c", "2000", "84") "0b59 0b5a 00000001", PAYLOAD4(28, 28, 0),
		.transport = FA_IP_SCTP, .src_port = 2905, .dst_port = 2906,
		.flags = FA_PACKET_FRAGMENT_FIRST),
	FAILS("sctp, short", 228, IP4("001f", "84") "0b59 0b5a 00000001 000000",
	      MALFORMED_TRANSPORT),
	DECODES("ospf", 228, IP4("0019", "59") HELLO, PAYLOAD4(25, 20, 5), .transport = 89),
	DECODES("gre", 229, IP6("0005", "2f") HELLO, PAYLOAD6(45, 40, 5), .transport = 47),
	DECODES("protocol 255", 228, IP4("0019", "ff") HELLO, PAYLOAD4(25, 20, 5),
		.transport = 255),
};

#define ICMP4(type_and_code) IP4("0021", "01") type_and_code "0000 00010002" HELLO
#define ICMP6(type_and_code) IP6("000d", "3a") type_and_code "0000 00010002" HELLO
#define WANT_ICMP4(type, code)                                                                     \
	PAYLOAD4(33, 28, 5), .transport = FA_IP_ICMP, .src_port = type, .dst_port = code
#define WANT_ICMP6(type, code)                                                                     \
	PAYLOAD6(53, 48, 5), .transport = FA_IP_ICMP6, .src_port = type, .dst_port = code
#define REPLY .flags = FA_PACKET_REPLY

static const struct row icmp[] = {
	DECODES("echo", 228, ICMP4("0800"), WANT_ICMP4(8, 0)),
	DECODES("echo, odd code", 228, ICMP4("0809"), WANT_ICMP4(8, 0)),
	DECODES("echo reply", 228, ICMP4("0000"), WANT_ICMP4(8, 0), REPLY),
	DECODES("timestamp", 228, ICMP4("0d00"), WANT_ICMP4(13, 0)),
	DECODES("timestamp reply", 228, ICMP4("0e00"), WANT_ICMP4(13, 0), REPLY),
	DECODES("information", 228, ICMP4("0f00"), WANT_ICMP4(15, 0)),
	DECODES("information reply", 228, ICMP4("1000"), WANT_ICMP4(15, 0), REPLY),
	DECODES("mask", 228, ICMP4("1100"), WANT_ICMP4(17, 0)),
	DECODES("mask reply", 228, ICMP4("1200"), WANT_ICMP4(17, 0), REPLY),
	DECODES("extended echo reply", 228, ICMP4("2b02"), WANT_ICMP4(42, 0), REPLY),
	DECODES("port unreachable", 228, ICMP4("0303"), WANT_ICMP4(3, 3)),
	DECODES("time exceeded", 228, ICMP4("0b01"), WANT_ICMP4(11, 1)),
	DECODES("half a header", 228, IP4("0018", "01") "03010000", PAYLOAD4(24, 24, 0),
		.transport = FA_IP_ICMP, .src_port = 3, .dst_port = 1),
	FAILS("3 bytes", 228, IP4("0017", "01") "030100", MALFORMED_TRANSPORT),
	DECODES("mask reply to all", 228,
		IP4_FROM_TO("001c", "4000", "01", "0a000001", "ffffffff") "1200000000000000",
		.ip_version = 4, .src = {10, 0, 0, 1}, .dst = {255, 255, 255, 255},
		.fragment_id = 0x1234, .ttl = 64, .ip_bytes = 28, .captured = 28,
		.payload_offset = 28, .transport = FA_IP_ICMP, .src_port = 18),
};

static const struct row icmp6[] = {
	DECODES("echo", 229, ICMP6("8000"), WANT_ICMP6(128, 0)),
	DECODES("echo reply", 229, ICMP6("8100"), WANT_ICMP6(128, 0), REPLY),
	DECODES("router solicitation", 229, ICMP6("8500"), WANT_ICMP6(133, 0)),
	DECODES("router advertisement", 229, ICMP6("8600"), WANT_ICMP6(133, 0), REPLY),
	DECODES("neighbour solicitation", 229, ICMP6("8700"), WANT_ICMP6(135, 0)),
	DECODES("neighbour advertisement", 229, ICMP6("8800"), WANT_ICMP6(135, 0), REPLY),
	DECODES("node information", 229, ICMP6("8b01"), WANT_ICMP6(139, 0)),
	DECODES("node information reply", 229, ICMP6("8c01"), WANT_ICMP6(139, 0), REPLY),
	DECODES("home agent reply", 229, ICMP6("9100"), WANT_ICMP6(144, 0), REPLY),
	DECODES("mobile prefix reply", 229, ICMP6("9300"), WANT_ICMP6(146, 0), REPLY),
	DECODES("extended echo reply", 229, ICMP6("a100"), WANT_ICMP6(160, 0), REPLY),
	DECODES("listener report", 229, ICMP6("8300"), WANT_ICMP6(131, 0)),
	DECODES("no route", 229, ICMP6("0100"), WANT_ICMP6(1, 0)),
	DECODES("types of icmp mean nothing here", 229, ICMP6("0e02"), WANT_ICMP6(14, 2)),
	DECODES("announcement", 229,
		"60000000 0008 3a ff 20010db8000000000000000000000001"
		"ff020000000000000000000000000001 86 00 0000 00010002",
		.ip_version = 6,
		.src = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
		.dst = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, .ttl = 255,
		.ip_bytes = 48, .captured = 48, .payload_offset = 48, .transport = FA_IP_ICMP6,
		.src_port = 134),
};

static void tcp_headers(void **state)
{
	(void)state;
	check_all(tcp, COUNT(tcp));
}

static void udp_headers(void **state)
{
	(void)state;
	check_all(udp, COUNT(udp));
}

static void sctp_and_protocols_without_ports(void **state)
{
	(void)state;
	check_all(others, COUNT(others));
}

static void icmp_requests_and_replies(void **state)
{
	(void)state;
	check_all(icmp, COUNT(icmp));
}

static void icmp6_requests_and_replies(void **state)
{
	(void)state;
	check_all(icmp6, COUNT(icmp6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcp_headers),
		cmocka_unit_test(udp_headers),
		cmocka_unit_test(sctp_and_protocols_without_ports),
		cmocka_unit_test(icmp_requests_and_replies),
		cmocka_unit_test(icmp6_requests_and_replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
