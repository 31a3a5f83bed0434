/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Patterns, hints and signatures over the first payloads, in both orders of the sides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "classify/pattern.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(text)  (text), sizeof(text) - 1

static struct fa_first_payload first_of(const char *a, size_t a_len, const char *b, size_t b_len)
{
	struct fa_first_payload first;

	memset(&first, 0, sizeof(first));
	memcpy(first.bytes[0], a, a_len);
	memcpy(first.bytes[1], b, b_len);
	first.len[0] = (uint8_t)a_len;
	first.len[1] = (uint8_t)b_len;
	return first;
}

static void patterns(void **state)
{
	static const uint8_t bytes[] = {'J', 'R', 0, 'I'}, mask[] = {0xff, 0xff, 0, 0xff};
	const struct fa_pattern pattern = {bytes, mask, 4}, nothing = {bytes, mask, 0},
				any_third = {bytes, mask, 3};
	struct fa_first_payload first = first_of(BYTES("JRMI"), BYTES("JRM"));

	(void)state;
	assert_true(fa_pattern_matches(&pattern, &first, 0));
	assert_false(fa_pattern_matches(&pattern, &first, 1)); /* one byte short */
	first.bytes[0][2] = 0xff;
	assert_true(fa_pattern_matches(&pattern, &first, 0));
	first.bytes[0][3] = 'i';
	assert_false(fa_pattern_matches(&pattern, &first, 0));
	assert_false(fa_pattern_matches(&nothing, &first, 0));
	first = first_of(BYTES("JR"), "", 0);
	assert_false(fa_pattern_matches(&any_third, &first, 0)); /* "any byte" is a byte */
	first.len[0] = 3;
	assert_true(fa_pattern_matches(&any_third, &first, 0));
}

struct hint_row {
	const char *protocol;
	uint8_t transport;
	const char *bytes;
	size_t len;
	bool client;
};

static const struct hint_row hints[] = {
	{"TLS", FA_IP_TCP, BYTES("\x16\x03\x01\x00\x80\x01"), true},
	{"TLS", FA_IP_TCP, BYTES("\x16\x03\x03\x00\x80\x02"), false},
	{"HTTP", FA_IP_TCP, BYTES("GET / HTTP/1.1"), true},
	{"HTTP", FA_IP_TCP, BYTES("HTTP/1.1 200 OK"), false},
	{"DNS", FA_IP_UDP, BYTES("\x12\x34\x01\x00\x00\x01"), true},
	{"DNS", FA_IP_UDP, BYTES("\x12\x34\x81\x80\x00\x01"), false},
	{"DNS", FA_IP_TCP, BYTES("\x00\x20\x12\x34\x01\x00"), true},
	{"DNS", FA_IP_TCP, BYTES("\x00\x20\x12\x34\x81\x80"), false},
	{"NTP", FA_IP_UDP, BYTES("\x23"), true},
	{"NTP", FA_IP_UDP, BYTES("\x24"), false},
	{"SMTP", FA_IP_TCP, BYTES("220 mail"), false},
	{"MySQL", FA_IP_TCP, BYTES("\x4a\x00\x00\x00\x0a"), false},
	{"PostgreSQL", FA_IP_TCP, BYTES("\x00\x00\x00\x08\x04\xd2\x16\x2f"), true},
	{"MsSQL-TDS", FA_IP_TCP, BYTES("\x12\x01"), true},
	{"RDP", FA_IP_TCP, BYTES("\x03\x00\x00\x13\x0e\xd0"), false},
	{"Kerberos", FA_IP_UDP, BYTES("\x6a\x81"), true},
	{"Kerberos", FA_IP_TCP, BYTES("\x00\x00\x01\x00\x7e"), false},
	{"LDAP", FA_IP_TCP, BYTES("\x30\x0c\x02\x01\x01\x60"), true},
	{"Redis", FA_IP_TCP, BYTES("*1\r\n"), true},
	{"Redis", FA_IP_TCP, BYTES("-ERR"), false},
};

static void who_is_the_client(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(hints); i++) {
		const struct hint_row *h = &hints[i];
		struct fa_first_payload a = first_of(h->bytes, h->len, "", 0);
		struct fa_first_payload b = first_of("", 0, h->bytes, h->len);
		struct fa_first_payload cut = first_of(h->bytes, h->len - 1, "", 0);
		uint8_t other = h->transport == FA_IP_TCP ? 132 : FA_IP_TCP;

		if (fa_payload_client(h->protocol, h->transport, &a) != (h->client ? 1 : -1) ||
		    fa_payload_client(h->protocol, h->transport, &b) != (h->client ? -1 : 1))
			fail_msg("%s, row %zu", h->protocol, i);
		assert_int_equal(fa_payload_client("Unknown", h->transport, &a), 0);
		if (strcmp(h->protocol, "DNS") == 0)
			continue; /* has hints for both transports, and more bytes here than they need */
		if (strcmp(h->protocol, "Kerberos") != 0)
			assert_int_equal(fa_payload_client(h->protocol, other, &a), 0);
		if (h->len == 6 || h->len == 1)
			assert_int_equal(fa_payload_client(h->protocol, h->transport, &cut), 0);
	}
}

static void ldap_is_not_mqtt(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool ldap;
	} rows[] = {
		{BYTES("\x30\x0c\x02\x01\x01\x60\x07"), true},	/* bind request */
		{BYTES("\x30\x0c\x02\x01\x01\x61\x07"), true},	/* bind response */
		{BYTES("\x30\x05\x02\x01\x03\x42\x00"), true},	/* unbind */
		{BYTES("\x30\x0c\x02\x01\x01\x60"), false},	/* too short to tell */
		{BYTES("\x30\x0c\x00\x04/a/b"), false},		/* PUBLISH to "/a/b" */
		{BYTES("\x30\x84\x02\x01\x01\x60\x07"), false},
		{BYTES("\x30\x0c\x02\x01\x01\x30\x07"), false},
		{BYTES("\x10\x0c\x02\x01\x01\x60\x07"), false},
		{BYTES("\x30\x0c\x04\x01\x01\x60\x07"), false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (int turned = 0; turned < 2; turned++) {
			struct fa_first_payload first =
				turned ? first_of("", 0, rows[i].bytes, rows[i].len)
				       : first_of(rows[i].bytes, rows[i].len, "", 0);
			const char *name = fa_payload_correct("MQTT", FA_IP_TCP, &first);

			if ((name != NULL) != rows[i].ldap)
				fail_msg("row %zu", i);
			if (name != NULL)
				assert_string_equal(name, "LDAP");
			assert_null(fa_payload_correct("HTTP", FA_IP_TCP, &first));
			assert_null(fa_payload_correct("MQTT", FA_IP_UDP, &first));
		}
}

static void snmp_is_not_mqtt(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool snmp;
	} rows[] = {
		{BYTES("\x30\x29\x02\x01\x01\x04\x06"), true},		   /* version 2c */
		{BYTES("\x30\x29\x02\x01\x00\x04\x06"), true},		   /* version 1 */
		{BYTES("\x30\x81\x85\x02\x01\x03\x30\x0f"), true},	   /* version 3 */
		{BYTES("\x30\x82\x01\x05\x02\x01\x01\x04\x06"), true},
		{BYTES("\x30\x29\x02\x01\x02\x04\x06"), false},		   /* no such version */
		{BYTES("\x30\x29\x02\x01\x03\x04\x06"), false},
		{BYTES("\x30\x29\x02\x01\x01"), false},			   /* too short to tell */
		{BYTES("\x30\x81\x85\x02\x01\x03"), false},
		{BYTES("\x31\x29\x02\x01\x01\x04\x06"), false},
		{BYTES("\x30"), false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (int turned = 0; turned < 2; turned++) {
			struct fa_first_payload first =
				turned ? first_of("", 0, rows[i].bytes, rows[i].len)
				       : first_of(rows[i].bytes, rows[i].len, "", 0);
			const char *name = fa_payload_correct("MQTT", FA_IP_TCP, &first);

			if ((name != NULL) != rows[i].snmp)
				fail_msg("row %zu", i);
			if (name != NULL)
				assert_string_equal(name, "SNMP");
		}
}

static const uint8_t ask_bytes[] = "ASK", tell_bytes[] = "TELL";
static const uint8_t whole[] = {0xff, 0xff, 0xff, 0xff};
static const struct fa_pattern ask[] = {{ask_bytes, whole, 3}}, tell[] = {{tell_bytes, whole, 4}};
static const struct fa_signature signatures[] = {
	{.name = "Declared", .transports = FA_RULE_TCP},
	{.name = "Both", .transports = FA_RULE_TCP, .client = ask, .client_count = 1,
	 .server = tell, .server_count = 1},
	{.name = "Asking", .transports = FA_RULE_UDP, .client = ask, .client_count = 1},
};
static const struct fa_product products[] = {
	{.id = "none"},
	{.id = "some", .signatures = signatures, .signature_count = COUNT(signatures)},
};
static const struct fa_rulebook book = {.products = products, .product_count = 2};

static void signatures_of_a_book(void **state)
{
	static const struct {
		uint8_t transport;
		const char *a, *b, *name;
	} rows[] = {
		{FA_IP_TCP, "ASK", "TELL", "Both"}, {FA_IP_TCP, "TELL", "ASK", "Both"},
		{FA_IP_TCP, "ASK", "", "Both"},	    {FA_IP_TCP, "", "TELL me", "Both"},
		{FA_IP_TCP, "TELL", "", "Both"},    {FA_IP_TCP, "ASK", "what", NULL},
		{FA_IP_TCP, "what", "TELL", NULL},  {FA_IP_TCP, "", "", NULL},
		{FA_IP_TCP, "AS", "", NULL},	    {FA_IP_UDP, "ASK", "", "Asking"},
		{FA_IP_UDP, "what", "ASK", "Asking"}, {FA_IP_UDP, "TELL", "", NULL},
		{132, "ASK", "TELL", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fa_first_payload first =
			first_of(rows[i].a, strlen(rows[i].a), rows[i].b, strlen(rows[i].b));
		const struct fa_signature *got =
			fa_payload_signature(&book, rows[i].transport, &first);

		if ((got == NULL) != (rows[i].name == NULL))
			fail_msg("row %zu", i);
		if (got != NULL)
			assert_string_equal(got->name, rows[i].name);
		assert_null(fa_payload_signature(NULL, rows[i].transport, &first));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns),
		cmocka_unit_test(who_is_the_client),
		cmocka_unit_test(ldap_is_not_mqtt),
		cmocka_unit_test(snmp_is_not_mqtt),
		cmocka_unit_test(signatures_of_a_book),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
