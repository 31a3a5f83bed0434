/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IP headers, fragments and extension headers; the pair hash. */
#include "frames.h"

#define LATER FA_PACKET_FRAGMENT_LATER
#define FIRST FA_PACKET_FRAGMENT_FIRST
#define CUT   FA_PACKET_TRUNCATED
#define ZEROS "00000000000000000000000000000000"

static const struct row ip4[] = {
	DECODES("plain", 228, IP4_UDP, WANT_IP4_UDP),
	DECODES("options", 228, "46000025 12344000 40110000 0a000001 0a000002 94040000" UDP_HELLO,
		WANT_IP4, WANT_UDP, .ip_bytes = 37, .captured = 37, .payload_offset = 32),
	DECODES("same address twice", 228,
		IP4_FROM_TO("0021", "0000", "11", "0a000002", "0a000002") UDP_HELLO,
		.ip_version = 4, .src = {10, 0, 0, 2}, .dst = {10, 0, 0, 2}, .fragment_id = 0x1234,
		WANT_UDP, .ip_bytes = 33, .captured = 33, .payload_offset = 28),
	DECODES("cut by the mirror", 228, IP4("05dc", "11") "d431003505c80000" HELLO, WANT_IP4,
		.transport = 17, .src_port = 54321, .dst_port = 53, .ttl = 64, .ip_bytes = 1500,
		.captured = 33, .payload_offset = 28, .payload_bytes = 1472, .flags = CUT),
	DECODES("authenticated", 228,
		IP4("0039", "33") "1104 0000 00000001 00000001 000000000000000000000000" UDP_HELLO,
		WANT_IP4, WANT_UDP, .ip_bytes = 57, .captured = 57, .payload_offset = 52),
	DECODES("encrypted payload", 228, IP4("001c", "32") "0000000100000001", WANT_IP4,
		.transport = 50, .ttl = 64, .ip_bytes = 28, .captured = 28, .payload_offset = 20,
		.payload_bytes = 8),
	DECODES("no payload", 228, IP4("0014", "59"), WANT_IP4, .transport = 0x59, .ttl = 64,
		.ip_bytes = 20, .captured = 20, .payload_offset = 20),
	DECODES("offload leaves length 0", 228, IP4("0000", "11") UDP_HELLO, WANT_IP4_UDP),
	DECODES_OF(100000, "offload, long, snapshot", 228, IP4("0000", "11") UDP_HELLO, WANT_IP4,
		   WANT_UDP, .ip_bytes = 100033, .captured = 33, .payload_offset = 28,
		   .flags = CUT),
	FAILS("short", 228, "4500001400000000", MALFORMED_IP),
	FAILS("version 5", 228, "55000014 12344000 40110000 0a000001 0a000002", MALFORMED_IP),
	FAILS("header length 16", 228, "44000014 12344000 40110000 0a000001 0a000002",
	      MALFORMED_IP),
	FAILS("total below header", 228, "46000014 12344000 40110000 0a000001 0a000002 00000000",
	      MALFORMED_IP),
	FAILS("authentication, length", 228, IP4("0020", "33") "1100 0000 00000001 00000001",
	      MALFORMED_IP),
	FAILS("authentication, beyond the end", 228, IP4("0020", "33") "1104000000000001 00000001",
	      MALFORMED_IP),
	FAILS_OF(20, "options cut by the snapshot", 228,
		 "4f000064 12344000 40110000 0a000001 0a000002 9404", TRUNCATED),
};

static const struct row fragments[] = {
	DECODES("first", 228, IP4_FRAGMENT("0021", "2000", "11") "d431003505c80000" HELLO,
		WANT_IP4_UDP, .flags = FIRST),
	DECODES("later", 228, IP4_FRAGMENT("0019", "2001", "11") HELLO, WANT_IP4, .transport = 17,
		.ttl = 64, .ip_bytes = 25, .captured = 25, .payload_offset = 25, .payload_bytes = 5,
		.flags = LATER),
	DECODES("last", 228, IP4_FRAGMENT("0019", "0002", "06") HELLO, WANT_IP4, .transport = 6,
		.ttl = 64, .ip_bytes = 25, .captured = 25, .payload_offset = 25, .payload_bytes = 5,
		.flags = LATER),
	DECODES("later, far", 228, IP4_FRAGMENT("0019", "1000", "06") HELLO, WANT_IP4,
		.transport = 6, .ttl = 64, .ip_bytes = 25, .captured = 25, .payload_offset = 25,
		.payload_bytes = 5, .flags = LATER),
	DECODES("later, of a tunnel", 228, IP4_FRAGMENT("0035", "0002", "04") IP4_UDP, WANT_IP4,
		.transport = 4, .ttl = 64, .ip_bytes = 53, .captured = 53, .payload_offset = 53,
		.payload_bytes = 33, .flags = LATER),
	DECODES("ip6 first", 229, IP6("0015", "2c") "1100 0001 deadbeef d431003505c80000" HELLO,
		WANT_IP6, WANT_UDP, .ip_bytes = 61, .captured = 61, .payload_offset = 56,
		.flags = FIRST, .fragment_id = 0xdeadbeef),
	DECODES("ip6 later", 229, IP6("000d", "2c") "1100 0009 deadbeef" HELLO, WANT_IP6,
		.transport = 17, .ttl = 64, .ip_bytes = 53, .captured = 53, .payload_offset = 53,
		.payload_bytes = 5, .flags = LATER, .fragment_id = 0xdeadbeef),
	DECODES("ip6 later, its part begins with options", 229,
		IP6("000d", "2c") "3c00 0008 deadbeef" HELLO, WANT_IP6, .transport = 60, .ttl = 64,
		.ip_bytes = 53, .captured = 53, .payload_offset = 53, .payload_bytes = 5,
		.flags = LATER, .fragment_id = 0xdeadbeef),
	DECODES("ip6 atomic", 229, IP6("0015", "2c") "1100 0000 deadbeef" UDP_HELLO, WANT_IP6,
		WANT_UDP, .ip_bytes = 61, .captured = 61, .payload_offset = 56,
		.fragment_id = 0xdeadbeef),
	FAILS("ip6 fragment header, short", 229, IP6("0004", "2c") "11000000", MALFORMED_IP),
};

#define ONE_MORE(next) next "00010400000000"
#define SEVEN_MORE                                                                                 \
	ONE_MORE("3c") ONE_MORE("3c") ONE_MORE("3c") ONE_MORE("3c") ONE_MORE("3c") ONE_MORE("3c")  \
	ONE_MORE("3c")

static const struct row ip6[] = {
	DECODES("plain", 229, IP6_UDP, WANT_IP6_UDP),
	DECODES("hop by hop", 229, IP6("0015", "00") ONE_MORE("11") UDP_HELLO, WANT_IP6, WANT_UDP,
		.ip_bytes = 61, .captured = 61, .payload_offset = 56),
	DECODES("routing, destination, shim6", 229,
		IP6("0035", "2b") "3c02 0401 00000000" ZEROS ONE_MORE("8c") ONE_MORE("11")
			UDP_HELLO,
		WANT_IP6, WANT_UDP, .ip_bytes = 93, .captured = 93, .payload_offset = 88),
	DECODES("mobility and hip before data", 229,
		IP6("001d", "87") ONE_MORE("8b") ONE_MORE("11") UDP_HELLO, WANT_IP6, WANT_UDP,
		.ip_bytes = 69, .captured = 69, .payload_offset = 64),
	DECODES("authenticated", 229,
		IP6("0025", "33") "1104 0000 00000001 00000001 000000000000000000000000" UDP_HELLO,
		WANT_IP6, WANT_UDP, .ip_bytes = 77, .captured = 77, .payload_offset = 72),
	DECODES("hip message", 229, IP6("0008", "8b") ONE_MORE("3b"), WANT_IP6, .transport = 139,
		.ttl = 64, .ip_bytes = 48, .captured = 48, .payload_offset = 40,
		.payload_bytes = 8),
	DECODES("no next header", 229, IP6("0000", "3b"), WANT_IP6, .transport = 59, .ttl = 64,
		.ip_bytes = 40, .captured = 40, .payload_offset = 40),
	DECODES("no next header, padding", 229, IP6("0000", "3b") "000000000000", WANT_IP6,
		.transport = 59, .ttl = 64, .ip_bytes = 40, .captured = 40, .payload_offset = 40),
	DECODES("encrypted payload", 229, IP6("0008", "32") "0000000100000001", WANT_IP6,
		.transport = 50, .ttl = 64, .ip_bytes = 48, .captured = 48, .payload_offset = 40,
		.payload_bytes = 8),
	DECODES("offload leaves length 0", 229, IP6("0000", "11") UDP_HELLO, WANT_IP6_UDP),
	DECODES_OF(70000, "jumbo", 229,
		   IP6("0000", "00") "1100 c204 00011185 d431003500000000" HELLO, WANT_IP6,
		   .transport = 17, .src_port = 54321, .dst_port = 53, .ttl = 64, .ip_bytes = 70061,
		   .captured = 61, .payload_offset = 56, .payload_bytes = 70005, .flags = CUT),
	DECODES_OF(70007, "jumbo, then padding", 229,
		   IP6("0000", "00") "1101 0100 00000000 c204 00011185 0000"
				     "d431003500000000" HELLO,
		   WANT_IP6, .transport = 17, .src_port = 54321, .dst_port = 53, .ttl = 64,
		   .ip_bytes = 70061, .captured = 69, .payload_offset = 64, .payload_bytes = 69997,
		   .flags = CUT),
	DECODES_OF(70007, "jumbo between single pads", 229,
		   IP6("0000", "00") "1101 00 c204 00011185 00000000000000"
				     "d431003500000000" HELLO,
		   WANT_IP6, .transport = 17, .src_port = 54321, .dst_port = 53, .ttl = 64,
		   .ip_bytes = 70061, .captured = 69, .payload_offset = 64, .payload_bytes = 69997,
		   .flags = CUT),
	FAILS_OF(69999, "jumbo beyond the frame", 229,
		 IP6("0000", "00") "1100 c204 00011185 d431003500000000" HELLO, MALFORMED_IP),
	FAILS("jumbo that is none", 229, IP6("0000", "00") "1100 c204 0000000d" UDP_HELLO,
	      MALFORMED_IP),
	FAILS("short", 229, "6000000000001140", MALFORMED_IP),
	FAILS("extension beyond the end", 229, IP6("0008", "3c") "1101010400000000" ZEROS,
	      MALFORMED_IP),
	FAILS("extension, half", 229, IP6("0001", "3c") "11", MALFORMED_IP),
	DECODES("fifteen extensions", 229,
		IP6("0085", "00") SEVEN_MORE SEVEN_MORE ONE_MORE("11") UDP_HELLO, WANT_IP6,
		WANT_UDP, .ip_bytes = 173, .captured = 173, .payload_offset = 168),
	FAILS("sixteen extensions", 229,
	      IP6("008d", "00") SEVEN_MORE SEVEN_MORE ONE_MORE("3c") ONE_MORE("11") UDP_HELLO,
	      TOO_MANY_HEADERS),
};

static void ipv4(void **state)
{
	(void)state;
	check_all(ip4, COUNT(ip4));
}

static void ipv6(void **state)
{
	(void)state;
	check_all(ip6, COUNT(ip6));
}

static void fragments_of_both(void **state)
{
	(void)state;
	check_all(fragments, COUNT(fragments));
}

static uint64_t hash_of(const struct fa_decoder *with, int link_type, const char *hex)
{
	size_t len;
	uint8_t *bytes = bytes_of(hex, &len);
	struct decoded d = decode(with, link_type, bytes, len, len);

	free(bytes);
	assert_result(hex, FA_DECODE_DECODED, d.result);
	return d.packet.pair_hash;
}

#define PAIR(from, to) IP4_FROM_TO("0021", "0000", "11", from, to) UDP_HELLO

static void pair_hash_depends_on_pair_and_tunnel_only(void **state)
{
	struct fa_decoder other = decoder;
	uint64_t hash = hash_of(&decoder, 228, PAIR("0a000001", "0a000002"));

	(void)state;
	other.pair_key.k1++;
	assert_true(hash == hash_of(&decoder, 228, PAIR("0a000002", "0a000001")));
	assert_true(hash == hash_of(&decoder, 228, IP4("002d", "06") TCP_HELLO));
	assert_true(hash == hash_of(&decoder, 1, ETHER("8100") "0007 0800" IP4_UDP));
	assert_true(hash != hash_of(&decoder, 228, PAIR("0a000001", "0a000003")));
	assert_true(hash != hash_of(&decoder, 228, PAIR("0a000001", "0a000001")));
	assert_true(hash != hash_of(&decoder, 228, PAIR("0a000003", "0a000002")));
	assert_true(hash != hash_of(&other, 228, PAIR("0a000001", "0a000002")));
	assert_true(hash != hash_of(&decoder, 228, OUTER4("0035", "04") IP4_UDP));
	assert_true(hash != hash_of(&decoder, 51, "1100 0001 0023 0021" IP4_UDP));
	assert_true(hash_of(&decoder, 51, "1100 0001 0023 0021" IP4_UDP) !=
		    hash_of(&decoder, 51, "1100 0002 0023 0021" IP4_UDP));
	assert_true(hash_of(&decoder, 229, IP6_UDP) !=
		    hash_of(&decoder, 229, OUTER6("000d", "11") UDP_HELLO));
}

static void captured_stays_within_16_bits(void **state)
{
	static uint8_t bytes[70000] = {0x45, 0, 0,  0, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0,
				       0,    1, 10, 0, 0, 2, 0, 1, 0,  2,  0, 0, 0,  0};
	struct decoded d = decode(&decoder, 228, bytes, sizeof(bytes), sizeof(bytes));

	(void)state;
	assert_result("long frame", FA_DECODE_DECODED, d.result);
	assert_int_equal(d.packet.ip_bytes, 70000);
	assert_int_equal(d.packet.captured, 65535);
	assert_int_equal(d.packet.payload_bytes, 70000 - 28);
	assert_int_equal(d.packet.flags, FA_PACKET_TRUNCATED);
}

/* A frame that says it was shorter on the wire than what was captured of it. */
static void wire_below_captured_is_ignored(void **state)
{
	size_t len;
	uint8_t *bytes = bytes_of(IP4("0000", "11") UDP_HELLO, &len);
	struct decoded d = decode(&decoder, 228, bytes, len, 1);

	(void)state;
	free(bytes);
	assert_result("wire 1", FA_DECODE_DECODED, d.result);
	assert_int_equal(d.packet.captured, 33);
}

static void depth_limit_is_the_callers(void **state)
{
	struct fa_decoder shallow = {.max_headers = 1};
	size_t len;
	uint8_t *bytes = bytes_of(ETHER("8100") "0001 0800" IP4_UDP, &len);

	(void)state;
	assert_result("1 header", FA_DECODE_TOO_MANY_HEADERS,
		      decode(&shallow, 1, bytes, len, len).result);
	shallow.max_headers = 2;
	assert_result("2 headers", FA_DECODE_DECODED, decode(&shallow, 1, bytes, len, len).result);
	free(bytes);
}

static void depth_has_an_upper_limit(void **state)
{
	struct fa_decoder deep = {.max_headers = 1000};
	uint8_t bytes[14 + 4 * (FA_WIRE_MAX_HEADERS + 1)];
	size_t most = sizeof(bytes) - 4;

	(void)state;
	memset(bytes, 0, sizeof(bytes));
	for (size_t at = 12; at + 4 <= sizeof(bytes); at += 4)
		bytes[at] = 0x81;
	assert_result("one tag too many", FA_DECODE_TOO_MANY_HEADERS,
		      decode(&deep, 1, bytes, sizeof(bytes), sizeof(bytes)).result);
	bytes[most - 2] = 0; /* not a tag, but a length */
	assert_result("as many as may be", FA_DECODE_MALFORMED_LINK,
		      decode(&deep, 1, bytes, most, most).result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4),
		cmocka_unit_test(ipv6),
		cmocka_unit_test(fragments_of_both),
		cmocka_unit_test(pair_hash_depends_on_pair_and_tunnel_only),
		cmocka_unit_test(captured_stays_within_16_bits),
		cmocka_unit_test(wire_below_captured_is_ignored),
		cmocka_unit_test(depth_limit_is_the_callers),
		cmocka_unit_test(depth_has_an_upper_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
