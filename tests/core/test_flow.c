/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names, sums and order of flows and conversations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/flow.h"

static void names(void **state)
{
	(void)state;
	for (int i = 0; i < FA_BY_COUNT; i++)
		assert_int_equal(fa_direction_parse(fa_direction_text(i)), i);
	for (int i = 0; i < FA_DETECTED_COUNT; i++)
		assert_int_equal(fa_detection_parse(fa_detection_text(i)), i);
	for (int i = 0; i < FA_FLOW_STATE_COUNT; i++)
		assert_int_equal(fa_flow_state_parse(fa_flow_state_text(i)), i);
	assert_string_equal(fa_direction_text(FA_BY_CATALOG_PORT), "catalog-port");
	assert_string_equal(fa_detection_text(FA_DETECTED_PORT_GUESS), "port-guess");
	assert_string_equal(fa_flow_state_text(FA_FLOW_HALF_OPEN), "half-open");
	assert_string_equal(fa_direction_text(FA_BY_COUNT), "invalid");
	assert_int_equal(fa_direction_parse("dpi"), -1);
	assert_int_equal(fa_detection_parse(""), -1);
	assert_int_equal(fa_flow_state_parse("open"), -1);
}

static void seen_or_guessed(void **state)
{
	(void)state;
	assert_true(fa_detection_is_seen(FA_DETECTED_DPI));
	assert_true(fa_detection_is_seen(FA_DETECTED_DPI_PARTIAL));
	assert_true(fa_detection_is_seen(FA_DETECTED_SIGNATURE));
	assert_false(fa_detection_is_seen(FA_DETECTED_PORT_GUESS));
	assert_false(fa_detection_is_seen(FA_DETECTED_ADDRESS_GUESS));
	assert_false(fa_detection_is_seen(FA_DETECTED_NONE));
}

enum { WORDS = sizeof(struct fa_counts) / 8 };

union counts {
	struct fa_counts counts;
	uint64_t words[WORDS];
};

/* Every field is added, none forgotten when one is put in. */
static void every_count_is_added(void **state)
{
	union counts into, from;

	(void)state;
	for (size_t i = 0; i < WORDS; i++) {
		into.words[i] = i + 1;
		from.words[i] = 100 * (i + 1);
	}
	fa_counts_add(&into.counts, &from.counts);
	for (size_t i = 0; i + 2 < WORDS; i++)
		assert_int_equal(into.words[i], 101 * (i + 1));
	assert_int_equal(into.counts.first_seen_ns, WORDS - 1);
	assert_int_equal(into.counts.last_seen_ns, 100 * WORDS);
	fa_counts_add(&from.counts, &into.counts);
	assert_int_equal(from.counts.first_seen_ns, WORDS - 1);
	assert_int_equal(from.counts.last_seen_ns, 100 * WORDS);
}

static void nothing_adds_nothing(void **state)
{
	struct fa_counts none, some = {.flows = 1, .first_seen_ns = -5, .last_seen_ns = -4};

	(void)state;
	fa_counts_init(&none);
	fa_counts_add(&some, &none);
	assert_true(some.flows == 1 && some.first_seen_ns == -5 && some.last_seen_ns == -4);
	fa_counts_add(&none, &some);
	assert_memory_equal(&none, &some, sizeof(none));
}

static struct fa_conversation example(void)
{
	struct fa_conversation c;

	memset(&c, 0, sizeof(c));
	fa_addr_parse("10.0.0.1", &c.id.client);
	fa_addr_parse("2001:db8::2", &c.id.server);
	c.id.client_port = 1000;
	c.id.server_port = 443;
	c.counts.packets_to_server = 1;
	c.counts.packets_to_client = 2;
	c.counts.bytes_to_server = 3;
	c.counts.bytes_to_client = 4;
	c.counts.flows = 5;
	c.counts.first_seen_ns = 6;
	return c;
}

static void flipping(void **state)
{
	struct fa_conversation c = example(), again = c;

	(void)state;
	fa_conversation_flip(&c);
	assert_memory_equal(&c.id.client, &again.id.server, sizeof(c.id.client));
	assert_memory_equal(&c.id.server, &again.id.client, sizeof(c.id.client));
	assert_true(c.id.client_port == 443 && c.id.server_port == 1000);
	assert_true(c.counts.packets_to_server == 2 && c.counts.packets_to_client == 1);
	assert_true(c.counts.bytes_to_server == 4 && c.counts.bytes_to_client == 3);
	assert_true(c.counts.flows == 5 && c.counts.first_seen_ns == 6);
	fa_conversation_flip(&c);
	assert_memory_equal(&c, &again, sizeof(c));
}

/* Each identity differs from the one before in one field more: all are in order, none equal. */
static void order(void **state)
{
	enum { FIELDS = 14 };
	struct fa_identity ids[FIELDS];

	(void)state;
	memset(ids, 0, sizeof(ids));
	for (size_t i = 0; i < FIELDS; i++) {
		struct fa_identity *id = &ids[i];

		id->server.bytes[3] = i == 13;
		id->server_port = i == 12;
		id->transport = i == 11;
		id->client.bytes[0] = i == 10;
		id->client_port = i == 9;
		id->protocol[0] = i == 8;
		id->application[0] = i == 7;
		id->host[0] = i == 6;
		id->detected_by = i == 5;
		id->direction_by = i == 4;
		id->tunnel = i == 3;
		id->tunnel_id = i == 2 ? UINT32_MAX : 0;
		id->fragment = i == 1;
	}
	for (size_t i = 0; i < FIELDS; i++)
		for (size_t j = 0; j < FIELDS; j++) {
			int got = fa_identity_compare(&ids[i], &ids[j]);

			assert_int_equal((got > 0) - (got < 0), (i > j) - (i < j));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),		cmocka_unit_test(seen_or_guessed),
		cmocka_unit_test(every_count_is_added), cmocka_unit_test(nothing_adds_nothing),
		cmocka_unit_test(flipping),		cmocka_unit_test(order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
