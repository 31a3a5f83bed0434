/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DNS messages as hexadecimal text: what they say, and everything that is wrong with them. */
#include "classify/dns.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Header with one question and N answers; the question for api.example.com, whose name is at 0x0c,
 * example.com at 0x10. */
#define HEADER(flags, n)		   "1234" flags "0001" n "0000 0000"
#define API				   "03617069 076578616d706c65 03636f6d 00"
#define ASKS(type)			   API type "0001"
#define QUERY				   HEADER("0100", "0000") ASKS("0001")
#define ANSWER(n)			   HEADER("8180", n) ASKS("0001")
#define ANSWER6(n)			   HEADER("8180", n) ASKS("001c")
#define RECORD(name, type, ttl, len, data) name type "0001" ttl len data
#define A(name, ttl, data)		   RECORD(name, "0001", ttl, "0004", data)
#define AAAA(name, ttl, data)		   RECORD(name, "001c", ttl, "0010", data)
#define V6				   "20010db8000000000000000000000001"

static uint8_t *bytes_of(const char *text, size_t *len)
{
	uint8_t *bytes = malloc(strlen(text) / 2 + 1);
	unsigned value;

	assert_non_null(bytes);
	*len = 0;
	for (const char *p = text; *p != '\0'; p++) {
		if (isspace((unsigned char)*p))
			continue;
		assert_int_equal(sscanf(p, "%2x", &value), 1);
		bytes[(*len)++] = (uint8_t)value;
		p++;
	}
	return bytes;
}

/* Reads a heap copy of exactly LEN bytes: reading one more is an error under a memory checker. */
static bool read_exactly(const uint8_t *bytes, size_t len, struct fa_name_message *out)
{
	uint8_t *copy = malloc(len == 0 ? 1 : len);
	bool result;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	memset(out, 0xa5, sizeof(*out));
	result = fa_dns_read(copy, len, out);
	free(copy);
	return result;
}

struct row {
	const char *name;
	const char *hex;
	const char *want; /* "host address/ttl ..."; "" for nothing; "?" before it for a query */
	size_t needs;	  /* bytes up to the end of what is read; 0: all */
};

static const struct row sound[] = {
	{"query", QUERY, "?api.example.com", 0},
	{"query for version 6", HEADER("0100", "0000") ASKS("001c"), "?api.example.com", 0},
	{"query with an option",
	 "1234 0100 0001 0000 0000 0001" ASKS("0001") "00 0029 1000 00000000"
						      "0000",
	 "?api.example.com", 33},
	{"query of any case",
	 HEADER("0100", "0000") "03415049 076578416d506c65 03434f4d 00 0001 0001",
	 "?api.example.com", 0},
	{"address", ANSWER("0001") A("c00c", "0000012c", "c0000201"),
	 "api.example.com 192.0.2.1/300", 0},
	{"version 6", ANSWER6("0001") AAAA("c00c", "00000001", V6), "api.example.com 2001:db8::1/1",
	 0},
	{"name written out", ANSWER("0001") A(API, "0000012c", "c0000201"),
	 "api.example.com 192.0.2.1/300", 0},
	{"name half written out", ANSWER("0001") A("03617069 c010", "0000012c", "c0000201"),
	 "api.example.com 192.0.2.1/300", 0},
	{"name of another case", ANSWER("0001") A("03415069 c010", "0000012c", "c0000201"),
	 "api.example.com 192.0.2.1/300", 0},
	{"pointer to a pointer",
	 ANSWER("0002") A("03617069 c010", "00000001", "c0000201")
		 A("c021", "00000002", "c0000202"),
	 "api.example.com 192.0.2.1/1 192.0.2.2/2", 0},
	{"no such address", ANSWER("0000"), "api.example.com", 0},
	{"no such address, but its authority",
	 "1234 8180 0001 0000 0001 0000" ASKS("0001") "c010 0006 0001 00000000 ffff",
	 "api.example.com", 33},
	{"what follows the answers is not read",
	 ANSWER("0001") A("c00c", "0000012c", "c0000201") "ffffffff",
	 "api.example.com 192.0.2.1/300", 49},
	{"several",
	 ANSWER("0003") A("c00c", "0000012c", "c0000201") A("c00c", "0000012b", "c0000202")
		 A("c00c", "0000012c", "c0000201"),
	 "api.example.com 192.0.2.1/300 192.0.2.2/299", 0},
	{"the same twice has the shorter time",
	 ANSWER("0002") A("c00c", "0000012c", "c0000201") A("c00c", "0000012b", "c0000201"),
	 "api.example.com 192.0.2.1/299", 0},
	{"time beyond 31 bits", ANSWER("0001") A("c00c", "80000000", "c0000201"),
	 "api.example.com 192.0.2.1/0", 0},
	{"the longest time", ANSWER("0001") A("c00c", "7fffffff", "c0000201"),
	 "api.example.com 192.0.2.1/2147483647", 0},
	/* "edge" is at 0x2d */
	{"alias",
	 ANSWER("0002") RECORD("c00c", "0005", "00000064", "0007", "0465646765 c010")
		 A("c02d", "0000012c", "c0000201"),
	 "api.example.com 192.0.2.1/100", 0},
	{"alias with a longer time",
	 ANSWER("0002") RECORD("c00c", "0005", "00000200", "0007", "0465646765 c010")
		 A("c02d", "0000012c", "c0000201"),
	 "api.example.com 192.0.2.1/300", 0},
	{"two aliases",
	 ANSWER("0003") RECORD("c00c", "0005", "00000064", "0007", "0465646765 c010") RECORD(
		 "c02d", "0005", "00000032", "0004", "0165c010") A("c040", "00000064", "c0000201"),
	 "api.example.com 192.0.2.1/50", 0},
	{"address of another name", ANSWER("0001") A("c010", "0000012c", "c0000201"),
	 "api.example.com", 0},
	{"address before its alias",
	 ANSWER("0002") A("046564676500", "0000012c", "c0000201")
		 RECORD("c00c", "0005", "00000064", "0006", "046564676500"),
	 "api.example.com", 0},
	{"address of the name that has an alias",
	 ANSWER("0002") RECORD("c00c", "0005", "00000064", "0007", "0465646765 c010")
		 A("c00c", "0000012c", "c0000201"),
	 "api.example.com", 0},
	{"alias of itself",
	 ANSWER("0002") RECORD("c00c", "0005", "00000064", "0002", "c00c")
		 A("c00c", "0000012c", "c0000201"),
	 "api.example.com 192.0.2.1/100", 0},
	{"alias to the root",
	 ANSWER("0002") RECORD("c00c", "0005", "00000064", "0001", "00")
		 A("00", "0000012c", "c0000201"),
	 "api.example.com", 0},
	{"alias to what is no host name",
	 ANSWER("0002") RECORD("c00c", "0005", "00000064", "0006", "0465002e6500")
		 A("c02d", "0000012c", "c0000201"),
	 "api.example.com", 0},
	{"address of the other type", ANSWER("0001") AAAA("c00c", "0000012c", V6),
	 "api.example.com", 0},
	{"a record of a type unknown",
	 ANSWER("0002") RECORD("c00c", "002e", "0000012c", "0003", "abcdef")
		 A("c00c", "0000012c", "c0000201"),
	 "api.example.com 192.0.2.1/300", 0},
	{"another class", ANSWER("0001") "c00c 0001 0003 0000012c 0004 c0000201", "api.example.com",
	 0},
	{"single label", HEADER("0100", "0000") "036e6173 00 0001 0001", "?nas", 0},
	{"underscore and hyphen", HEADER("0100", "0000") "055f612d2a39 00 0001 0001", "?_a-*9", 0},
};

static const struct row bad[] = {
	{"notify", HEADER("2100", "0000") ASKS("0001"), "", 0},
	{"update", HEADER("2800", "0000") ASKS("0001"), "", 0},
	{"status, answered", HEADER("9180", "0000") ASKS("0001"), "", 0},
	{"no such host", HEADER("8183", "0000") ASKS("0001"), "", 0},
	{"refused", HEADER("8185", "0001") ASKS("0001") A("c00c", "0000012c", "c0000201"), "", 0},
	{"truncated", HEADER("8380", "0001") ASKS("0001") A("c00c", "0000012c", "c0000201"), "", 0},
	{"no question", "1234 8180 0000 0001 0000 0000" A(API, "0000012c", "c0000201"), "", 0},
	{"two questions", "1234 0100 0002 0000 0000 0000" ASKS("0001") ASKS("0001"), "", 0},
	{"any", HEADER("0100", "0000") ASKS("00ff"), "", 0},
	{"https", HEADER("0100", "0000") ASKS("0041"), "", 0},
	{"pointer records", HEADER("0100", "0000") ASKS("000c"), "", 0},
	{"class chaos", HEADER("0100", "0000") API "0001 0003", "", 0},
	{"multicast: unicast wanted", HEADER("0000", "0000") API "0001 8001", "", 0},
	{"the root", HEADER("0100", "0000") "00 0001 0001", "", 0},
	{"a dot in a label", HEADER("0100", "0000") "03612e62 00 0001 0001", "", 0},
	{"a NUL in a label", HEADER("0100", "0000") "03610062 00 0001 0001", "", 0},
	{"a blank in a label", HEADER("0100", "0000") "03612062 00 0001 0001", "", 0},
	{"a backslash in a label", HEADER("0100", "0000") "03615c62 00 0001 0001", "", 0},
	{"DEL in a label", HEADER("0100", "0000") "03617f62 00 0001 0001", "", 0},
	{"UTF-8 in a label", HEADER("0100", "0000") "0461c3a462 00 0001 0001", "", 0},
	{"length of kind 01", HEADER("0100", "0000") "41" API "0001 0001", "", 0},
	{"length of kind 10", HEADER("0100", "0000") "81" API "0001 0001", "", 0},
	{"pointer into the header", HEADER("0100", "0000") "c000 0001 0001", "", 0},
	{"pointer to itself", HEADER("0100", "0000") "c00c 0001 0001", "", 0},
	{"pointer forward", HEADER("0100", "0000") "c012 0001 0001" API, "", 0},
	{"pointer beyond the end", HEADER("0100", "0000") "ffff 0001 0001", "", 0},
	{"label, then a pointer to it", HEADER("0100", "0000") "0161c00c 0001 0001", "", 0},
	{"pointers in a circle", ANSWER("0001") A("0161c023 0161c021", "0000012c", "c0000201"), "",
	 0},
	{"an owner in the header", ANSWER("0001") A("c004", "0000012c", "c0000201"), "", 0},
	{"an owner by pointers in a circle",
	 ANSWER("0002") RECORD("c00c", "002e", "0000012c", "0004", "c02f c02d")
		 A("c02f", "0000012c", "c0000201"),
	 "", 0},
	{"an answer that is missing", ANSWER("0002") A("c00c", "0000012c", "c0000201"), "", 0},
	{"an address of 5 bytes",
	 ANSWER("0001") RECORD("c00c", "0001", "0000012c", "0005", "c000020102"), "", 0},
	{"an address of 3 bytes",
	 ANSWER("0001") RECORD("c00c", "0001", "0000012c", "0003", "c00002"), "", 0},
	{"an address of version 6 of 4 bytes",
	 ANSWER6("0001") RECORD("c00c", "001c", "0000012c", "0004", "c0000201"), "", 0},
	{"an alias shorter than its length",
	 ANSWER("0001") RECORD("c00c", "0005", "00000064", "0004", "c01000ff"), "", 0},
	{"an alias longer than its length",
	 ANSWER("0002") RECORD("c00c", "0005", "00000064", "0001", "0161c010")
		 A("c00c", "0000012c", "c0000201"),
	 "", 0},
	{"empty data", ANSWER("0001") RECORD("c00c", "0001", "0000012c", "0000", ""), "", 0},
};

static void text_of(const struct fa_name_message *m, char *text, size_t size)
{
	size_t used = (size_t)snprintf(text, size, "%s%s", m->is_answer ? "" : "?", m->host);

	for (size_t i = 0; i < m->count; i++) {
		char address[FA_ADDR_TEXT];

		used += (size_t)snprintf(text + used, size - used, " %s/%u",
					 fa_addr_text(&m->addresses[i], address), m->ttl_s[i]);
	}
}

/* A sound message cut anywhere before its end is none. */
static void check(const struct row *row)
{
	struct fa_name_message message;
	char text[400] = "";
	size_t len;
	uint8_t *bytes = bytes_of(row->hex, &len);
	size_t needs = row->needs == 0 ? len : row->needs;

	if (read_exactly(bytes, len, &message))
		text_of(&message, text, sizeof(text));
	if (strcmp(text, row->want) != 0)
		fail_msg("%s: \"%s\"", row->name, text);
	if (row->want[0] != '\0')
		assert_int_equal(message.id, 0x1234);
	for (size_t cut = 0; cut < len; cut++)
		if (read_exactly(bytes, cut, &message) != (row->want[0] != '\0' && cut >= needs))
			fail_msg("%s cut to %zu", row->name, cut);
	free(bytes);
}

static void sound_messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(sound); i++)
		check(&sound[i]);
}

static void bad_messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		check(&bad[i]);
}

static void types_of_questions(void **state)
{
	struct fa_name_message message;
	size_t len;
	uint8_t *bytes = bytes_of(HEADER("0100", "0000") ASKS("001c"), &len);

	(void)state;
	assert_true(read_exactly(bytes, len, &message));
	assert_int_equal(message.type, 28);
	assert_int_equal(message.count, 0);
	free(bytes);
}

/* A query for COUNT labels of LEN letters. */
static bool ask_for(unsigned count, unsigned len, struct fa_name_message *message)
{
	uint8_t bytes[700] = {0x12, 0x34, 1, 0, 0, 1};
	size_t at = 12;

	for (unsigned i = 0; i < count; i++) {
		bytes[at++] = (uint8_t)len;
		memset(&bytes[at], 'a', len);
		at += len;
	}
	at++;
	bytes[at + 1] = 1;
	bytes[at + 3] = 1;
	return read_exactly(bytes, at + 4, message);
}

static void long_names(void **state)
{
	struct fa_name_message message;

	(void)state;
	assert_true(ask_for(2, 63, &message));
	assert_int_equal(strlen(message.host), 127);
	assert_true(ask_for(64, 1, &message));
	assert_int_equal(strlen(message.host), 127);
	assert_false(ask_for(3, 42, &message)); /* 128 */
	assert_false(ask_for(65, 1, &message));
	assert_false(ask_for(127, 1, &message));
	assert_false(ask_for(128, 1, &message)); /* longer than any name may be */
	assert_false(ask_for(8, 63, &message));
	assert_false(
		ask_for(1, 0x41, &message)); /* a length of another kind (RFC 6891 section 5) */
}

/* An answer whose record belongs to COUNT labels of a letter, and one of LAST letters. */
static bool answer_of(unsigned count, unsigned last, struct fa_name_message *message)
{
	static const uint8_t head[] = {0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0,
				       0,    0,	   1,	 'a',  0, 0, 1, 0, 1};
	uint8_t bytes[700] = {0};
	size_t at = sizeof(head);

	memcpy(bytes, head, sizeof(head));
	for (unsigned i = 0; i < count; i++, at += 2)
		memcpy(&bytes[at], "\1a", 2);
	bytes[at++] = (uint8_t)last;
	memset(&bytes[at], 'a', last);
	return read_exactly(bytes, at + last + 1 + 10, message);
}

/* No name has more than 255 bytes (RFC 1035 section 2.3.4). */
static void long_owners(void **state)
{
	struct fa_name_message message;

	(void)state;
	assert_true(answer_of(125, 3, &message));
	assert_string_equal(message.host, "a");
	assert_int_equal(message.count, 0);
	assert_false(answer_of(125, 4, &message));
	assert_false(answer_of(126, 2, &message));
	assert_false(answer_of(200, 63, &message));
}

/* An answer about "a" with COUNT addresses; CUT bytes are missing. */
static bool answer_with(unsigned count, unsigned cut, struct fa_name_message *message)
{
	static uint8_t bytes[70000];
	static const uint8_t head[] = {0x12, 0x34, 0x81, 0x80, 0, 1, 0, 0, 0, 0,
				       0,    0,	   1,	 'a',  0, 0, 1, 0, 1};
	static const uint8_t record[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 10, 0, 0, 0};
	size_t at = sizeof(head);

	memcpy(bytes, head, sizeof(head));
	bytes[6] = (uint8_t)(count >> 8);
	bytes[7] = (uint8_t)count;
	for (unsigned i = 0; i < count; i++, at += sizeof(record)) {
		memcpy(&bytes[at], record, sizeof(record));
		bytes[at + 14] = (uint8_t)(i >> 8);
		bytes[at + 15] = (uint8_t)i;
	}
	return read_exactly(bytes, at - cut, message);
}

static void many_records(void **state)
{
	struct fa_name_message message;

	(void)state;
	assert_true(answer_with(31, 0, &message));
	assert_int_equal(message.count, 31);
	assert_true(answer_with(32, 0, &message));
	assert_int_equal(message.count, 32);
	assert_int_equal(message.addresses[31].bytes[3], 31);
	assert_false(answer_with(32, 1, &message));
	assert_true(answer_with(33, 0, &message));
	assert_int_equal(message.count, 32);
	assert_int_equal(message.addresses[31].bytes[3], 31);
	assert_false(answer_with(64, 1, &message));
	assert_true(answer_with(65, 1, &message)); /* not read so far */
	assert_true(answer_with(4000, 0, &message));
	assert_int_equal(message.count, 32);
}

/* Every byte of sound messages changed: nothing is read beyond the end, what is said is bounded. */
static void any_byte_changed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(sound); i++) {
		size_t len;
		uint8_t *bytes = bytes_of(sound[i].hex, &len);

		for (size_t at = 0; at < len; at++) {
			uint8_t was = bytes[at];

			for (unsigned value = 0; value < 256; value++) {
				struct fa_name_message message;

				bytes[at] = (uint8_t)value;
				if (!read_exactly(bytes, len, &message))
					continue;
				assert_true(message.count <= FA_NAME_ADDRESSES);
				assert_true(strlen(message.host) > 0);
				assert_non_null(memchr(message.host, 0, sizeof(message.host)));
			}
			bytes[at] = was;
		}
		free(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound_messages),     cmocka_unit_test(bad_messages),
		cmocka_unit_test(types_of_questions), cmocka_unit_test(long_names),
		cmocka_unit_test(long_owners),	      cmocka_unit_test(many_records),
		cmocka_unit_test(any_byte_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
