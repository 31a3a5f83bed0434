/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of decode results, tunnels and transports, there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/packet.h"

static void results(void **state)
{
	(void)state;
	assert_string_equal(fa_decode_result_text(FA_DECODE_DECODED), "decoded");
	assert_string_equal(fa_decode_result_text(FA_DECODE_ENCAPSULATION),
			    "unsupported-encapsulation");
	assert_string_equal(fa_decode_result_text(FA_DECODE_COUNT), "invalid");
}

static void tunnels(void **state)
{
	(void)state;
	assert_string_equal(fa_tunnel_text(FA_TUNNEL_NONE), "");
	assert_string_equal(fa_tunnel_text(FA_TUNNEL_PPPOE), "pppoe");
	assert_string_equal(fa_tunnel_text(FA_TUNNEL_COUNT), "invalid");
}

static void transports(void **state)
{
	(void)state;
	for (int number = 0; number < 256; number++) {
		char text[FA_TRANSPORT_TEXT];

		assert_int_equal(fa_transport_parse(fa_transport_text((uint8_t)number, text)),
				 number);
	}
}

static void transport_texts(void **state)
{
	static const struct {
		const char *text;
		int number;
	} rows[] = {
		{"tcp", 6},   {"udp", 17},   {"sctp", 132}, {"icmp", 1},    {"icmp6", 58},
		{"ip-47", 47}, {"ip-6", 6},  {"ip-255", 255}, {"ip-256", -1}, {"ip-", -1},
		{"TCP", -1},  {"", -1},	     {"tcp ", -1},    {"ip--1", -1},  {"47", -1},
	};
	char text[FA_TRANSPORT_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(fa_transport_parse(rows[i].text), rows[i].number);
	assert_string_equal(fa_transport_text(47, text), "ip-47");
	assert_string_equal(fa_transport_text(255, text), "ip-255");
	assert_string_equal(fa_transport_text(58, text), "icmp6");
}

static void addresses(void **state)
{
	const uint8_t bytes[16] = {10, 0, 0, 1};
	struct fa_addr addr = fa_packet_addr(bytes, 4);

	(void)state;
	assert_int_equal(addr.version, 4);
	assert_memory_equal(addr.bytes, bytes, 16);
}

/* It travels between processes as bytes: no hole may carry memory of the capture process. */
static void no_padding(void **state)
{
	struct fa_packet packet;

	(void)state;
	assert_int_equal(offsetof(struct fa_packet, reserved) + sizeof(packet.reserved),
			 sizeof(packet));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results),	   cmocka_unit_test(tunnels),
		cmocka_unit_test(transports),	   cmocka_unit_test(transport_texts),
		cmocka_unit_test(addresses),	   cmocka_unit_test(no_padding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
