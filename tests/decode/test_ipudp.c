/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IP packets over UDP: GTP-U, Teredo, AYIYA, LISP; what is none of them. */
#include "frames.h"

/* From the port of a server. */
#define BACKG(total, len, port) OUTER4(total, "11") "0868" port len "0000"
#define BACKT(total, len, port) OUTER4(total, "11") "0dd8" port len "0000"
#define BACKA(total, len, port) OUTER4(total, "11") "13d0" port len "0000"

#define IP6_TEREDO                                                                                 \
	"60000000 000d 1140"                                                                       \
	"20010000000000000000000000000001 20010db8000000000000000000000002" UDP_HELLO
#define WANT_TEREDO                                                                                \
	.ip_version = 6, .src = {0x20, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},            \
	.dst = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}, WANT_UDP,             \
	.ip_bytes = 53, .captured = 53, .payload_offset = 48

/* From fe80::1 to ff02::2. */
#define IP6_ASKS                                                                                   \
	"60000000 000d 1140"                                                                       \
	"fe800000000000000000000000000001 ff020000000000000000000000000002" UDP_HELLO
#define WANT_ASKS                                                                                  \
	.ip_version = 6, .src = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},            \
	.dst = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}, WANT_UDP, .ip_bytes = 53,   \
	.captured = 53, .payload_offset = 48

static const struct row gtp[] = {
	DECODES("gtp", 228, OVER4("0045", "0031", "0868") "30ff 0021 00000007" IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_GTP, .tunnel_id = 0, .layers = BIT(GTP)),
	DECODES("gtp, ip6", 228, OVER4("0059", "0045", "0868") "30ff 0035 00000007" IP6_UDP,
		WANT_IP6_UDP, .tunnel = FA_TUNNEL_GTP, .tunnel_id = 0, .layers = BIT(GTP)),
	DECODES("gtp, sequence number", 228,
		OVER4("0049", "0035", "0868") "32ff 0025 00000007 0001 00 00" IP4_UDP, WANT_IP4_UDP,
		.tunnel = FA_TUNNEL_GTP, .tunnel_id = 0, .layers = BIT(GTP)),
	DECODES("gtp, type of extension that does not count", 228,
		OVER4("0049", "0035", "0868") "33ff 0025 00000007 0001 00 85" IP4_UDP, WANT_IP4_UDP,
		.tunnel = FA_TUNNEL_GTP, .tunnel_id = 0, .layers = BIT(GTP)),
	DECODES("gtp, two extensions", 228,
		OVER4("0055", "0041",
		      "0868") "34ff 0031 00000007 0000 00 85 01 1009 40 02 000000000000 00" IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_GTP, .tunnel_id = 0, .layers = BIT(GTP)),
	DECODES("gtp, extension flag only", 228,
		OVER4("0049", "0035", "0868") "34ff 0025 00000007 0000 00 00" IP4_UDP, WANT_IP4_UDP,
		.tunnel = FA_TUNNEL_GTP, .tunnel_id = 0, .layers = BIT(GTP)),
	DECODES("gtp, frame", 228,
		OVER4("0053", "003f", "0868") "30ff 002f 00000007" ETHER("0800") IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_GTP, .tunnel_id = 0, .layers = BIT(GTP)),
	DECODES("gtp, from its port", 228,
		BACKG("0045", "0031", "c350") "30ff 0021 00000007" IP4_UDP, WANT_IP4_UDP,
		.tunnel = FA_TUNNEL_GTP, .tunnel_id = 0, .layers = BIT(GTP)),
	DECODES("gtp, echo", 228, OVER4("0028", "0014", "0868") "3201 0004 00000000 0001 0000",
		WANT_OUTER_UDP, .dst_port = 2152, .ip_bytes = 40, .captured = 40,
		.payload_bytes = 12),
	DECODES("gtp, end of the tunnel", 228, OVER4("0024", "0010", "0868") "30fe 0000 00000007",
		WANT_OUTER_UDP, .dst_port = 2152, .ip_bytes = 36, .captured = 36,
		.payload_bytes = 8),
	DECODES("gtp, version 2", 228, OVER4("0045", "0031", "0868") "50ff 0021 00000007" IP4_UDP,
		WANT_OUTER_UDP, .dst_port = 2152, .ip_bytes = 69, .captured = 69,
		.payload_bytes = 41),
	DECODES("gtp, prime", 228, OVER4("0045", "0031", "0868") "20ff 0021 00000007" IP4_UDP,
		WANT_OUTER_UDP, .dst_port = 2152, .ip_bytes = 69, .captured = 69,
		.payload_bytes = 41),
	DECODES("gtp, reserved bit", 228,
		OVER4("0045", "0031", "0868") "38ff 0021 00000007" IP4_UDP, WANT_OUTER_UDP,
		.dst_port = 2152, .ip_bytes = 69, .captured = 69, .payload_bytes = 41),
	DECODES("gtp, length too small", 228,
		OVER4("0045", "0031", "0868") "30ff 0020 00000007" IP4_UDP, WANT_OUTER_UDP,
		.dst_port = 2152, .ip_bytes = 69, .captured = 69, .payload_bytes = 41),
	DECODES("gtp, length too large", 228,
		OVER4("0045", "0031", "0868") "30ff 0022 00000007" IP4_UDP, WANT_OUTER_UDP,
		.dst_port = 2152, .ip_bytes = 69, .captured = 69, .payload_bytes = 41),
	DECODES("gtp, extension of no length", 228,
		OVER4("004d", "0039", "0868") "34ff 0029 00000007 0000 00 85 00 000000" IP4_UDP,
		WANT_OUTER_UDP, .dst_port = 2152, .ip_bytes = 77, .captured = 77,
		.payload_bytes = 49),
	DECODES("gtp, extension beyond the end", 228,
		OVER4("004d", "0039", "0868") "34ff 0029 00000007 0000 00 85 ff 000000" IP4_UDP,
		WANT_OUTER_UDP, .dst_port = 2152, .ip_bytes = 77, .captured = 77,
		.payload_bytes = 49),
	DECODES("gtp, packet inside too short", 228,
		OVER4("0046", "0032", "0868") "30ff 0022 00000007" IP4_UDP "00", WANT_OUTER_UDP,
		.dst_port = 2152, .ip_bytes = 70, .captured = 70, .payload_bytes = 42),
	DECODES("gtp, datagram ends before its packet", 228,
		OVER4("0047", "0031", "0868") "30ff 0021 00000007" IP4_UDP "0000", WANT_IP4_UDP,
		.tunnel = FA_TUNNEL_GTP, .layers = BIT(GTP)),
	DECODES("gtp, packet in another message", 228,
		OVER4("0045", "0031", "0868") "30fe 0021 00000007" IP4_UDP, WANT_OUTER_UDP,
		.dst_port = 2152, .ip_bytes = 69, .captured = 69, .payload_bytes = 41),
};

static const struct row teredo[] = {
	DECODES("teredo", 228, OVER4("0051", "003d", "0dd8") IP6_TEREDO, WANT_TEREDO,
		.tunnel = FA_TUNNEL_TEREDO, .tunnel_id = 0, .layers = BIT(TEREDO)),
	DECODES("teredo, origin", 228,
		OVER4("0059", "0045", "0dd8") "0000 2f57 3ffffdfe" IP6_TEREDO, WANT_TEREDO,
		.tunnel = FA_TUNNEL_TEREDO, .tunnel_id = 0, .layers = BIT(TEREDO)),
	DECODES("teredo, authenticated", 228,
		OVER4("0062", "004e", "0dd8") "0001 0202 aaaabbbb 0000000000000001 00" IP6_TEREDO,
		WANT_TEREDO, .tunnel = FA_TUNNEL_TEREDO, .tunnel_id = 0, .layers = BIT(TEREDO)),
	DECODES("teredo, both", 228,
		OVER4("0066", "0052",
		      "0dd8") "0001 0000 0000000000000001 00 0000 2f57 3ffffdfe" IP6_TEREDO,
		WANT_TEREDO, .tunnel = FA_TUNNEL_TEREDO, .tunnel_id = 0, .layers = BIT(TEREDO)),
	DECODES("teredo, from its port", 228, BACKT("0051", "003d", "c350") IP6_TEREDO, WANT_TEREDO,
		.tunnel = FA_TUNNEL_TEREDO, .tunnel_id = 0, .layers = BIT(TEREDO)),
	DECODES("teredo, trailers", 228,
		OVER4("0059", "0045", "0dd8") IP6_TEREDO "04 04 deadbeef 01 00", WANT_TEREDO,
		.tunnel = FA_TUNNEL_TEREDO, .tunnel_id = 0, .layers = BIT(TEREDO)),
	DECODES("teredo, asks a server", 228, OVER4("0051", "003d", "0dd8") IP6_ASKS, WANT_ASKS,
		.tunnel = FA_TUNNEL_TEREDO, .tunnel_id = 0, .layers = BIT(TEREDO)),
	DECODES("teredo, other addresses", 228, OVER4("0051", "003d", "0dd8") IP6_UDP,
		WANT_OUTER_UDP, .dst_port = 3544, .ip_bytes = 81, .captured = 81,
		.payload_bytes = 53),
	DECODES("teredo, version 4", 228, OVER4("003d", "0029", "0dd8") IP4_UDP, WANT_OUTER_UDP,
		.dst_port = 3544, .ip_bytes = 61, .captured = 61, .payload_bytes = 33),
	DECODES("teredo, authentication beyond the end", 228,
		OVER4("0055", "0041", "0dd8") "0001 ffff" IP6_TEREDO, WANT_OUTER_UDP,
		.dst_port = 3544, .ip_bytes = 85, .captured = 85, .payload_bytes = 57),
	DECODES("teredo, only an origin", 228, OVER4("0024", "0010", "0dd8") "0000 2f57 3ffffdfe",
		WANT_OUTER_UDP, .dst_port = 3544, .ip_bytes = 36, .captured = 36,
		.payload_bytes = 8),
	DECODES("teredo, packet beyond the end", 228,
		OVER4("0051", "003d", "0dd8") IP6("000e", "11") UDP_HELLO, WANT_OUTER_UDP,
		.dst_port = 3544, .ip_bytes = 81, .captured = 81, .payload_bytes = 53),
};

static const struct row ayiya[] = {
	DECODES("ayiya", 228,
		OVER4("007d", "0069",
		      "13d0") "41 52 11 29 5f000000 00112233445566778899aabbccddeeff "
			      "0000000000000000000000000000000000000000" IP6_UDP,
		WANT_IP6_UDP, .tunnel = FA_TUNNEL_AYIYA, .tunnel_id = 0, .layers = BIT(AYIYA)),
	DECODES("ayiya, echo and forward, ip4", 228,
		OVER4("0046", "0032", "13d0") "00 00 03 04 5f000000 aa" IP4_UDP, WANT_IP4_UDP,
		.tunnel = FA_TUNNEL_AYIYA, .tunnel_id = 0, .layers = BIT(AYIYA)),
	DECODES("ayiya, from its port", 228,
		BACKA("005a", "0046", "c350") "00 00 01 29 5f000000 aa" IP6_UDP, WANT_IP6_UDP,
		.tunnel = FA_TUNNEL_AYIYA, .tunnel_id = 0, .layers = BIT(AYIYA)),
	DECODES("ayiya, echo", 228,
		OVER4("007d", "0069",
		      "13d0") "41 52 12 29 5f000000 00112233445566778899aabbccddeeff "
			      "0000000000000000000000000000000000000000" IP6_UDP,
		WANT_OUTER_UDP, .dst_port = 5072, .ip_bytes = 125, .captured = 125,
		.payload_bytes = 97),
	DECODES("ayiya, other protocol", 228,
		OVER4("007d", "0069",
		      "13d0") "41 52 11 3b 5f000000 00112233445566778899aabbccddeeff "
			      "0000000000000000000000000000000000000000" IP6_UDP,
		WANT_OUTER_UDP, .dst_port = 5072, .ip_bytes = 125, .captured = 125,
		.payload_bytes = 97),
	DECODES("ayiya, identity beyond the end", 228,
		OVER4("0059", "0045", "13d0") "f1 52 11 29 5f000000" IP6_UDP, WANT_OUTER_UDP,
		.dst_port = 5072, .ip_bytes = 89, .captured = 89, .payload_bytes = 61),
	DECODES("ayiya, packet inside too short", 228,
		OVER4("005b", "0047", "13d0") "00 00 01 29 5f000000 aa" IP6_UDP "00",
		WANT_OUTER_UDP, .dst_port = 5072, .ip_bytes = 91, .captured = 91,
		.payload_bytes = 63),
};

static const struct row lisp[] = {
	DECODES("lisp", 228, OVER4("0045", "0031", "10f5") "c0 123456 00000001" IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_LISP, .tunnel_id = 0, .layers = BIT(LISP)),
	DECODES("lisp, instance", 228, OVER4("0059", "0045", "10f5") "88 123456 00002a01" IP6_UDP,
		WANT_IP6_UDP, .tunnel = FA_TUNNEL_LISP, .tunnel_id = 42, .layers = BIT(LISP)),
	DECODES("lisp, echo", 228, OVER4("0045", "0031", "10f5") "a0 123456 00000000" IP4_UDP,
		WANT_IP4_UDP, .tunnel = FA_TUNNEL_LISP, .tunnel_id = 0, .layers = BIT(LISP)),
	DECODES("lisp, nonce and versions", 228,
		OVER4("0045", "0031", "10f5") "90 123456 00000000" IP4_UDP, WANT_OUTER_UDP,
		.dst_port = 4341, .ip_bytes = 69, .captured = 69, .payload_bytes = 41),
	DECODES("lisp, echo of no nonce", 228,
		OVER4("0045", "0031", "10f5") "20 000000 00000000" IP4_UDP, WANT_OUTER_UDP,
		.dst_port = 4341, .ip_bytes = 69, .captured = 69, .payload_bytes = 41),
	DECODES("lisp, key", 228, OVER4("0045", "0031", "10f5") "81 123456 00000000" IP4_UDP,
		WANT_OUTER_UDP, .dst_port = 4341, .ip_bytes = 69, .captured = 69,
		.payload_bytes = 41),
	DECODES("lisp, reserved flag", 228,
		OVER4("0045", "0031", "10f5") "84 123456 00000000" IP4_UDP, WANT_OUTER_UDP,
		.dst_port = 4341, .ip_bytes = 69, .captured = 69, .payload_bytes = 41),
	DECODES("lisp, packet inside too short", 228,
		OVER4("0046", "0032", "10f5") "80 123456 00000000" IP4_UDP "00", WANT_OUTER_UDP,
		.dst_port = 4341, .ip_bytes = 70, .captured = 70, .payload_bytes = 42),
	DECODES("lisp, nothing inside", 228, OVER4("0024", "0010", "10f5") "80 123456 00000000",
		WANT_OUTER_UDP, .dst_port = 4341, .ip_bytes = 36, .captured = 36,
		.payload_bytes = 8),
};

static void packets_in_gtp(void **state)
{
	(void)state;
	check_all(gtp, COUNT(gtp));
}

static void packets_in_teredo(void **state)
{
	(void)state;
	check_all(teredo, COUNT(teredo));
}

static void packets_in_ayiya(void **state)
{
	(void)state;
	check_all(ayiya, COUNT(ayiya));
}

static void packets_in_lisp(void **state)
{
	(void)state;
	check_all(lisp, COUNT(lisp));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_in_gtp),
		cmocka_unit_test(packets_in_teredo),
		cmocka_unit_test(packets_in_ayiya),
		cmocka_unit_test(packets_in_lisp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
