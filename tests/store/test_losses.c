/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Losses before the tap, pair of hosts by pair: bytes that are missing, and whole directions. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

static struct fa_stored_loss kept[16];
static size_t kept_count;

static int keep(void *arg, const struct fa_stored_loss *loss)
{
	(void)arg;
	assert_true(kept_count < sizeof(kept) / sizeof(kept[0]));
	kept[kept_count++] = *loss;
	return 0;
}

static void read_losses(const char *path)
{
	struct fa_store *store;
	struct fa_history history = fixture_read(&store, path);
	struct fa_diag diag = {""};

	kept_count = 0;
	if (history.each_loss(history.context, 0, keep, NULL, &diag) != 0)
		fail_msg("%s", diag.text);
	fa_store_close(store);
}

/* One conversation of one flow that ended in STATE. */
static void add(struct fa_store *store, unsigned pair, unsigned port, uint64_t missing,
		enum fa_flow_state state, uint64_t to_server, uint64_t to_client)
{
	struct fa_conversation c = fixture_conversation(pair, pair, port);
	const struct fa_judgement j = fixture_judgement(FA_VERDICT_DOCUMENTED, fixture_rule(0));

	c.counts.sequence_gaps = missing;
	memset(c.counts.flows_in_state, 0, sizeof(c.counts.flows_in_state));
	if (state < FA_FLOW_STATE_COUNT)
		c.counts.flows_in_state[state] = 1;
	c.counts.flows = 1;
	c.counts.packets_to_server = to_server;
	c.counts.packets_to_client = to_client;
	c.counts.bytes_to_server = 100 * to_server;
	c.counts.bytes_to_client = 100 * to_client;
	c.counts.payload_packets = state == FA_FLOW_ATTEMPTED ? 0 : 1;
	fixture_add(store, &c, &j);
}

static void pairs_are_summed_and_sorted(void **state)
{
	const char *path = fixture_path("a.db");
	struct fa_store *store = fixture_begin(path, NULL);

	(void)state;
	add(store, 1, 443, 70, FA_FLOW_CLOSED, 5, 5);
	add(store, 2, 443, 40, FA_FLOW_CLOSED, 5, 5);
	add(store, 2, 80, 45, FA_FLOW_CLOSED, 6, 7);
	add(store, 3, 443, 0, FA_FLOW_CLOSED, 5, 5);
	fixture_finish(store);
	read_losses(path);
	assert_int_equal(kept_count, 2);
	assert_int_equal(kept[0].missing_bytes, 85);
	assert_int_equal(kept[0].client.bytes[3], 2);
	assert_int_equal(kept[0].server.bytes[3], 2);
	assert_int_equal(kept[0].server.bytes[1], 1);
	assert_int_equal(kept[0].flows, 2);
	assert_int_equal(kept[0].bytes, 2300);
	assert_int_equal(kept[0].packets_to_server, 11);
	assert_int_equal(kept[0].packets_to_client, 12);
	assert_int_equal(kept[0].one_way, FA_BOTH_WAYS);
	assert_int_equal(kept[1].missing_bytes, 70);
	assert_int_equal(fixture_sql(path, "SELECT missing FROM v_loss WHERE client = '10.0.0.2' "
					   "AND server = '10.1.0.2' AND one_way = '' AND "
					   "abs(share - 85.0 / 2385) < 0.0001"),
			 85);
}

static void directions(void **state)
{
	const char *path = fixture_path("a.db");
	const struct fa_judgement j = fixture_judgement(FA_VERDICT_DOCUMENTED, fixture_rule(0));
	struct fa_conversation c = fixture_conversation(8, 8, 443);
	struct fa_store *store = fixture_begin(path, NULL);

	(void)state;
	add(store, 1, 443, 0, FA_FLOW_MIDSTREAM, 9, 0);
	add(store, 2, 443, 0, FA_FLOW_CLOSED, 0, 5);
	add(store, 3, 443, 8, FA_FLOW_ESTABLISHED, 4, 0);
	/* Nobody answered: that is no missing direction. */
	add(store, 4, 443, 0, FA_FLOW_ATTEMPTED, 9, 0);
	add(store, 5, 443, 0, FA_FLOW_UNREACHABLE, 9, 0);
	/* The other direction is there in another conversation of the pair. */
	add(store, 6, 443, 0, FA_FLOW_MIDSTREAM, 9, 0);
	add(store, 6, 80, 0, FA_FLOW_CLOSED, 9, 3);
	/* Of other transports nothing can be missed. */
	c.id.transport = FA_IP_UDP;
	c.counts.packets_to_client = 0;
	c.counts.sequence_gaps = 5;
	fixture_add(store, &c, &j);
	/* It goes on, so that its state is not known; but it carries something. */
	add(store, 7, 443, 0, FA_FLOW_STATE_COUNT, 2, 0);
	fixture_finish(store);
	read_losses(path);
	assert_int_equal(kept_count, 4);
	assert_int_equal(kept[0].client.bytes[3], 3);
	assert_int_equal(kept[0].one_way, FA_ONLY_TO_SERVER);
	assert_int_equal(kept[1].client.bytes[3], 1);
	assert_int_equal(kept[1].one_way, FA_ONLY_TO_SERVER);
	assert_int_equal(kept[2].client.bytes[3], 2);
	assert_int_equal(kept[2].one_way, FA_ONLY_TO_CLIENT);
	assert_int_equal(kept[3].client.bytes[3], 7);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM v_loss"), 4);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM v_loss WHERE "
					   "one_way = 'to server'"),
			 3);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM v_loss WHERE client = '10.0.0.2' "
					   "AND one_way = 'to client'"),
			 1);
}

/* Counters of missing bytes are as large as a sender wants. */
static void sums_end_at_the_largest(void **state)
{
	const char *path = fixture_path("a.db");
	struct fa_store *store = fixture_begin(path, NULL);

	(void)state;
	add(store, 1, 443, UINT64_MAX, FA_FLOW_CLOSED, 5, 5);
	add(store, 1, 80, UINT64_MAX, FA_FLOW_CLOSED, 5, 5);
	fixture_finish(store);
	read_losses(path);
	assert_int_equal(kept_count, 1);
	assert_true(kept[0].missing_bytes >= INT64_MAX);
}

static void other_runs_do_not_matter(void **state)
{
	const char *path = fixture_path("a.db");
	struct fa_store *store = fixture_begin(path, NULL);

	(void)state;
	add(store, 1, 443, 70, FA_FLOW_CLOSED, 5, 5);
	fixture_finish(store);
	fixture_finish(fixture_begin(path, NULL));
	read_losses(path);
	assert_int_equal(kept_count, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(pairs_are_summed_and_sorted),
		TEST(directions),
		TEST(sums_end_at_the_largest),
		TEST(other_runs_do_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
