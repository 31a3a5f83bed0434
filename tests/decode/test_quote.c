/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ICMP errors: what of the packet that they quote is known, and whose worker they go to. */
#include "frames.h"

/* From a router 10.0.0.9 (or fd::9), or from the server 10.0.0.2, to the client 10.0.0.1. */
#define ERROR4_FROM(from, total, type_and_code)                                                    \
	IP4_FROM_TO(total, "4000", "01", from, "0a000001") type_and_code "0000 00000000"
#define ERROR4(total, type_and_code) ERROR4_FROM("0a000009", total, type_and_code)
#define ERROR6(payload, type_and_code)                                                             \
	"60000000" payload "3a 40"                                                                 \
	"fd000000000000000000000000000009 20010db8000000000000000000000001" type_and_code          \
	"0000 00000000"
#define PORTS	 "d431 01bb"
#define AND_MORE "00000001"

struct quote {
	const char *name;
	const char *hex;
	size_t needs;  /* bytes of the frame up to the end of what is read; 0: nothing is quoted */
	uint8_t depth; /* 0: the default */
	uint8_t transport;
	uint16_t src_port, dst_port;
};

static const struct quote quotes[] = {
	{"tcp", ERROR4("0038", "0301") IP4("003c", "06") PORTS AND_MORE, .needs = 52,
	 .transport = FA_IP_TCP, .src_port = 54321, .dst_port = 443},
	{"udp, from the server", ERROR4_FROM("0a000002", "0038", "0303") IP4("003c", "11") PORTS,
	 .needs = 52, .transport = FA_IP_UDP, .src_port = 54321, .dst_port = 443},
	{"sctp", ERROR4("0038", "0300") IP4("003c", "84") PORTS AND_MORE, .needs = 52,
	 .transport = FA_IP_SCTP, .src_port = 54321, .dst_port = 443},
	{"echo request", ERROR4("0038", "0301") IP4("003c", "01") "0805 0000" AND_MORE, .needs = 50,
	 .transport = FA_IP_ICMP, .src_port = 8, .dst_port = 0},
	{"no ports", ERROR4("0038", "0302") IP4("003c", "2f") AND_MORE AND_MORE, .needs = 48,
	 .transport = 47, .src_port = 0, .dst_port = 0},
	{"ip in ip", ERROR4("0038", "0301") IP4("003c", "04") AND_MORE AND_MORE, .needs = 48,
	 .transport = 4, .src_port = 0, .dst_port = 0},
	{"forbidden by a filter", ERROR4("0038", "030d") IP4("003c", "06") PORTS AND_MORE,
	 .needs = 52, .transport = FA_IP_TCP, .src_port = 54321, .dst_port = 443},
	{"a code that nobody knows", ERROR4("0038", "03ff") IP4("003c", "06") PORTS AND_MORE,
	 .needs = 52, .transport = FA_IP_TCP, .src_port = 54321, .dst_port = 443},
	{"options",
	 ERROR4("0040", "0301") "4800003c 12344000 40060000 0a000001 0a000002"
				"0101010101010101 01010100" PORTS,
	 .needs = 64, .transport = FA_IP_TCP, .src_port = 54321, .dst_port = 443},
	{"authenticated",
	 ERROR4("0050", "0301") IP4("003c", "33") "0601 0000 00000001 00000001" PORTS, .needs = 64,
	 .transport = FA_IP_TCP, .src_port = 54321, .dst_port = 443},
	{"first fragment", ERROR4("0038", "0303") IP4_FRAGMENT("05dc", "2000", "11") PORTS AND_MORE,
	 .needs = 52, .transport = FA_IP_UDP, .src_port = 54321, .dst_port = 443},
	{"length left open", ERROR4("0038", "0303") IP4("0000", "11") PORTS AND_MORE, .needs = 52,
	 .transport = FA_IP_UDP, .src_port = 54321, .dst_port = 443},
	{"tcp over 6", ERROR6("0038", "0100") IP6("0014", "06") PORTS AND_MORE, .needs = 92,
	 .transport = FA_IP_TCP, .src_port = 54321, .dst_port = 443},
	{"no port there", ERROR6("0038", "0104") IP6("0014", "11") PORTS AND_MORE, .needs = 92,
	 .transport = FA_IP_UDP, .src_port = 54321, .dst_port = 443},
	{"echo over 6", ERROR6("0038", "0103") IP6("0014", "3a") "8000 0000" AND_MORE, .needs = 90,
	 .transport = FA_IP_ICMP6, .src_port = 128, .dst_port = 0},
	{"extension headers",
	 ERROR6("0054", "0100") IP6("002c", "00") "2b00 010400000000"
						  "3c00 000000000000"
						  "2c00 010400000000"
						  "0600 0001 0000abcd" PORTS,
	 .needs = 124, .transport = FA_IP_TCP, .src_port = 54321, .dst_port = 443},
	{"inside a tunnel",
	 OUTER4("004c", "04") ERROR4("0038", "0301") IP4("003c", "06") PORTS AND_MORE, .needs = 72,
	 .transport = FA_IP_TCP, .src_port = 54321, .dst_port = 443},

	{"fragmentation needed", ERROR4("0038", "0304") IP4("003c", "06") PORTS AND_MORE,
	 .needs = 0},
	{"time exceeded", ERROR4("0038", "0b00") IP4("003c", "06") PORTS AND_MORE, .needs = 0},
	{"source quench", ERROR4("0038", "0400") IP4("003c", "06") PORTS AND_MORE, .needs = 0},
	{"packet too big", ERROR6("0038", "0200") IP6("0014", "06") PORTS AND_MORE, .needs = 0},
	{"type 3 of version 6", ERROR6("0038", "0301") IP6("0014", "06") PORTS AND_MORE,
	 .needs = 0},
	{"type 1 of version 4", ERROR4("0038", "0101") IP4("003c", "06") PORTS AND_MORE,
	 .needs = 0},
	{"sent by somebody else",
	 ERROR4("0038", "0301") IP4_FROM_TO("003c", "4000", "06", "0a000003", "0a000002")
		 PORTS AND_MORE,
	 .needs = 0},
	{"sent by the server",
	 ERROR4("0038", "0301") IP4_FROM_TO("003c", "4000", "06", "0a000002", "0a000001")
		 PORTS AND_MORE,
	 .needs = 0},
	{"echo reply", ERROR4("0038", "0301") IP4("003c", "01") "0000 0000" AND_MORE, .needs = 0},
	{"later fragment", ERROR4("0038", "0303") IP4_FRAGMENT("05dc", "00b9", "11") PORTS AND_MORE,
	 .needs = 0},
	{"later fragment of version 6",
	 ERROR6("0040", "0100") IP6("0014", "2c") "1100 0010 0000abcd" PORTS, .needs = 0},
	{"6 in an error of 4", ERROR4("0054", "0301") IP6("0014", "06") PORTS AND_MORE, .needs = 0},
	{"4 in an error of 6", ERROR6("0024", "0100") IP4("003c", "06") PORTS AND_MORE, .needs = 0},
	{"header length below the least",
	 ERROR4("0038", "0301") "4400003c 12344000 40060000 0a000001 0a000002" PORTS AND_MORE,
	 .needs = 0},
	{"total length below the header",
	 ERROR4("0038", "0301") "45000013 12344000 40060000 0a000001 0a000002" PORTS AND_MORE,
	 .needs = 0},
	{"total length without ports", ERROR4("0038", "0301") IP4("0017", "06") PORTS AND_MORE,
	 .needs = 0},
	{"no ports, no room for any", ERROR4("0030", "0301") IP4("003c", "06"), .needs = 0},
	{"ports cut", ERROR4("0033", "0301") IP4("003c", "06") "d43101", .needs = 0},
	{"options run out of it",
	 ERROR4("0034", "0301") "4f00003c 12344000 40060000 0a000001 0a000002 01010101",
	 .needs = 0},
	{"extension header runs out of it",
	 ERROR6("0038", "0100") IP6("0050", "00") "06ff 010400000000", .needs = 0},
	{"nothing behind the header", ERROR4("001c", "0301"), .needs = 0},
	{"a first fragment itself",
	 IP4_FROM_TO("0038", "2000", "01", "0a000009",
		     "0a000001") "03010000 00000000" IP4("003c", "06") PORTS AND_MORE,
	 .needs = 0},
	{"quoted header too deep", ERROR4("0038", "0301") IP4("003c", "06") PORTS AND_MORE,
	 .depth = 1},
	{"as deep as allowed", ERROR4("0038", "0301") IP4("003c", "06") PORTS AND_MORE, .needs = 52,
	 .transport = FA_IP_TCP, .src_port = 54321, .dst_port = 443, .depth = 2},
};

/* The pair hash of any packet between the client and the server; of the router's otherwise. */
static uint64_t hash_between(const struct fa_packet *like, const uint8_t dst[16])
{
	static const char *const hex4 = IP4("0014", "ff");
	static const char *const hex6 = IP6("0000", "3b");
	static const char *const tunnel4 = OUTER4("0028", "04") IP4("0014", "ff");
	const char *hex = like->ip_version == 6 ? hex6 : like->tunnel != 0 ? tunnel4 : hex4;
	bool is4 = like->ip_version == 4;
	size_t len;
	uint8_t *bytes = bytes_of(hex, &len);
	size_t at = like->tunnel != 0 ? 20 : 0;
	struct decoded d;

	memcpy(&bytes[at + (is4 ? 12 : 8)], like->dst, is4 ? 4 : 16);
	memcpy(&bytes[at + (is4 ? 16 : 24)], dst, is4 ? 4 : 16);
	d = decode(&decoder, is4 ? 228 : 229, bytes, len, len);
	assert_int_equal(d.result, FA_DECODE_DECODED);
	free(bytes);
	return d.packet.pair_hash;
}

static void assert_quotes(const struct quote *q, const struct fa_packet *got)
{
	static const uint8_t dst4[16] = {10, 0, 0, 2};
	static const uint8_t dst6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 2};

	if ((got->flags & FA_PACKET_QUOTES) == 0)
		fail_msg("%s: nothing quoted", q->name);
	if (got->quoted_transport != q->transport || got->quoted_src_port != q->src_port ||
	    got->quoted_dst_port != q->dst_port ||
	    memcmp(got->quoted_dst, got->ip_version == 4 ? dst4 : dst6, 16) != 0)
		fail_msg("%s: quotes %u %u %u", q->name, got->quoted_transport,
			 got->quoted_src_port, got->quoted_dst_port);
	if (got->pair_hash != hash_between(got, got->quoted_dst))
		fail_msg("%s: not the pair that is quoted", q->name);
}

static void assert_quotes_nothing(const struct quote *q, const struct fa_packet *got)
{
	static const uint8_t zero[16];

	if ((got->flags & FA_PACKET_QUOTES) != 0 || got->quoted_transport != 0 ||
	    got->quoted_src_port != 0 || got->quoted_dst_port != 0 ||
	    memcmp(got->quoted_dst, zero, 16) != 0)
		fail_msg("%s: quotes something", q->name);
	if (got->pair_hash != hash_between(got, got->src))
		fail_msg("%s: not its own pair", q->name);
}

/* Whatever is cut off: it quotes what it did, or nothing, and is the same packet. */
static void errors_and_what_they_quote(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(quotes); i++) {
		const struct quote *q = &quotes[i];
		struct fa_decoder with = decoder;
		size_t len;
		uint8_t *bytes = bytes_of(q->hex, &len);
		int link = bytes[0] >> 4 == 4 ? 228 : 229;

		if (q->depth != 0)
			with.max_headers = q->depth;
		for (size_t cut = len + 1; cut-- > 0;) {
			struct decoded d = decode(&with, link, bytes, cut, len);

			if (cut == len && d.result != FA_DECODE_DECODED)
				fail_msg("%s: %s", q->name, fa_decode_result_text(d.result));
			if (d.result != FA_DECODE_DECODED)
				assert_int_equal(d.result, FA_DECODE_TRUNCATED);
			else if (q->needs != 0 && cut >= q->needs)
				assert_quotes(q, &d.packet);
			else
				assert_quotes_nothing(q, &d.packet);
		}
		free(bytes);
	}
}

/* All else of an error is as of any other ICMP. */
static void errors_stay_packets_of_their_own(void **state)
{
	static const struct row row = {
		.name = "port unreachable",
		.link_type = 228,
		.hex = ERROR4("0038", "0303") IP4("003c", "11") PORTS AND_MORE,
		.want = {.ip_version = 4,
			 .src = {10, 0, 0, 9},
			 .dst = {10, 0, 0, 1},
			 .fragment_id = 0x1234,
			 .ttl = 64,
			 .transport = FA_IP_ICMP,
			 .src_port = 3,
			 .dst_port = 3,
			 .ip_bytes = 56,
			 .captured = 56,
			 .payload_offset = 28,
			 .payload_bytes = 28,
			 .flags = FA_PACKET_QUOTES,
			 .quoted_transport = FA_IP_UDP,
			 .quoted_src_port = 54321,
			 .quoted_dst_port = 443,
			 .quoted_dst = {10, 0, 0, 2}},
	};
	size_t len;
	uint8_t *bytes = bytes_of(row.hex, &len);
	struct decoded d = decode(&decoder, row.link_type, bytes, len, len);

	(void)state;
	assert_same(row.name, &row.want, &d.packet);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_and_what_they_quote),
		cmocka_unit_test(errors_stay_packets_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
