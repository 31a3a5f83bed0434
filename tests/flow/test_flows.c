/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packets into flows into conversations: identities, counters, inspection, limits. */
#include "flow/bench.h"

static const struct ends web = {"10.0.0.1", "10.0.0.2", 40000, 443, FA_IP_TCP, 0, 0};
static const struct ends dns = {"10.0.0.1", "10.0.0.2", 40000, 53, FA_IP_UDP, 0, 0};

static void a_whole_connection(void **state)
{
	struct bench *bench = bench_new();
	struct fa_conversation c;

	(void)state;
	TALK(bench, &web, {.at = 10, .from = 'a', .tcp = SYN, .seq = 1},
	     {.at = 10.1, .from = 'b', .tcp = SYN_ACK, .seq = 1},
	     {.at = 10.2, .from = 'a', .tcp = ACK, .seq = 2},
	     {.at = 10.3, .from = 'a', .tcp = ACK, .seq = 2, .payload = "!TLS"},
	     {.at = 10.4, .from = 'b', .tcp = ACK, .seq = 2, .bytes = 1000,
	      .flags = FA_PACKET_TRUNCATED},
	     {.at = 10.5, .from = 'a', .tcp = FIN | ACK, .seq = 7});
	c = only(bench);
	assert_addr(&c.id.client, "10.0.0.1");
	assert_addr(&c.id.server, "10.0.0.2");
	assert_true(c.id.transport == FA_IP_TCP && c.id.server_port == 443);
	assert_true(c.id.client_port == 0 && c.id.direction_by == FA_BY_SYN);
	assert_string_equal(c.id.protocol, "TLS");
	assert_int_equal(c.id.detected_by, FA_DETECTED_DPI);
	assert_true(c.bucket_ns == 0 && c.counts.flows == 1);
	assert_int_equal(state_in(&c), FA_FLOW_CLOSED);
	assert_true(c.counts.packets_to_server == 4 && c.counts.packets_to_client == 2);
	assert_true(c.counts.bytes_to_server == 165 && c.counts.bytes_to_client == 1080);
	assert_true(c.counts.payload_packets == 2 && c.counts.truncated == 1);
	assert_true(c.counts.first_seen_ns == 10 * SECOND);
	assert_true(c.counts.last_seen_ns == 10 * SECOND + SECOND / 2);
	assert_true(fa_flows_counts(bench->flows)->packets == 6);
	assert_true(fa_flows_counts(bench->flows)->tcp_bytes == 1005);
	assert_int_equal(fa_flows_counts(bench->flows)->conversations_out, 1);
	assert_int_equal(fa_flows_counts(bench->flows)->one_way_flows, 0);
	bench_free(bench);
}

/* The clock may not go back, but packet time may. */
static void packets_out_of_order(void **state)
{
	struct bench *bench = bench_new();
	const struct say say = {.from = 'a'};
	static const int64_t times[] = {500, 300, 700, 600};
	struct fa_conversation c;

	(void)state;
	bench_open(bench, false);
	for (size_t i = 0; i < COUNT(times); i++) {
		struct fa_packet packet = packet_of(&dns, &say);

		packet.ts_ns = times[i];
		packet.clock_ns = i < 2 ? 500 : 700;
		assert_int_equal(give(bench, &packet, NULL), 0);
	}
	c = only(bench);
	assert_true(c.counts.first_seen_ns == 300 && c.counts.last_seen_ns == 700);
	bench_free(bench);
}

static void one_way_flows(void **state)
{
	static const struct {
		struct say says[2];
		uint64_t one_way;
	} rows[] = {
		{{{.from = 'a', .tcp = SYN}}, 0}, /* an attempt is one-way by nature */
		{{{.from = 'a', .tcp = ACK}}, 1},
		{{{.from = 'b', .tcp = SYN_ACK}}, 1},
		{{{.from = 'a', .tcp = ACK}, {.from = 'b', .tcp = ACK}}, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bench *bench = bench_new();

		talk(bench, &web, rows[i].says, rows[i].says[1].from != 0 ? 2 : 1);
		finish(bench);
		assert_int_equal(fa_flows_counts(bench->flows)->one_way_flows, rows[i].one_way);
		bench_free(bench);
	}
}

static void without_connections(void **state)
{
	struct bench *bench = bench_new();
	struct fa_conversation c;

	(void)state;
	TALK(bench, &dns, {.from = 'a', .payload = "?DNS"});
	c = only(bench);
	assert_int_equal(state_in(&c), FA_FLOW_ONE_WAY);
	assert_int_equal(fa_flows_counts(bench->flows)->one_way_flows, 0); /* of TCP only */
	bench_free(bench);
	bench = bench_new();
	TALK(bench, &dns, {.from = 'a', .payload = "?DNS"}, {.from = 'b', .payload = "x"});
	c = only(bench);
	assert_int_equal(state_in(&c), FA_FLOW_TWO_WAY);
	bench_free(bench);
}

/* The second direction has the same flow, and tunnels keep equal addresses apart. */
static void tunnels_are_apart(void **state)
{
	struct ends in = web, other;
	struct bench *bench = bench_new();

	(void)state;
	in.tunnel = FA_TUNNEL_VXLAN;
	in.tunnel_id = 7;
	other = in;
	other.tunnel_id = 8;
	TALK(bench, &web, {.from = 'a', .tcp = SYN}, {.from = 'b', .tcp = SYN_ACK});
	TALK(bench, &in, {.from = 'a', .tcp = SYN}, {.from = 'b', .tcp = SYN_ACK});
	TALK(bench, &other, {.from = 'a', .tcp = SYN}, {.from = 'b', .tcp = SYN_ACK});
	assert_int_equal(fa_flows_active(bench->flows), 3);
	finish(bench);
	assert_int_equal(bench->got_count, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct fa_identity *id = &bench->got[i].id;

		assert_int_equal(id->tunnel, id->tunnel_id == 0 ? FA_TUNNEL_NONE : FA_TUNNEL_VXLAN);
		assert_int_equal(bench->got[i].counts.packets_to_client, 1);
	}
	bench_free(bench);
}

static void inspection_ends(void **state)
{
	struct bench *bench = bench_new();
	struct fa_conversation c;

	(void)state;
	TALK(bench, &web, {.from = 'a', .tcp = SYN}, {.from = 'a', .tcp = ACK, .payload = "x"},
	     {.from = 'b', .tcp = ACK, .bytes = 9}, /* captured without its payload */
	     {.from = 'b', .tcp = ACK, .payload = "!SSH"},
	     {.from = 'a', .tcp = ACK, .payload = "!TLS"});
	assert_int_equal(bench->states, 0); /* given back when decided */
	assert_int_equal(bench->calls, 2);
	assert_int_equal(fa_flows_counts(bench->flows)->inspection_calls, 2);
	c = only(bench);
	assert_string_equal(c.id.protocol, "SSH");
	assert_int_equal(bench->ended_without_state, 0);
	bench_free(bench);
}

/* A guess gets the flow as its first sender sent it. */
static void what_a_guess_is_told(void **state)
{
	struct bench *bench = bench_new();
	const struct ends ping = {"10.0.0.2", "10.0.0.1", 8, 0, FA_IP_ICMP, 0, 0};

	(void)state;
	TALK(bench, &web, {.from = 'b', .tcp = SYN_ACK}, {.from = 'a', .tcp = RST});
	finish(bench);
	assert_int_equal(bench->ended_without_state, 1);
	assert_int_equal(bench->last_like.src[3], 2);
	assert_int_equal(bench->last_like.dst[3], 1);
	assert_int_equal(bench->last_like.src_port, 443);
	assert_int_equal(bench->last_like.dst_port, 40000);
	assert_int_equal(bench->last_like.transport, FA_IP_TCP);
	assert_int_equal(bench->last_like.ip_version, 4);
	TALK(bench, &ping, {.from = 'a'});
	finish(bench);
	assert_int_equal(bench->last_like.src[3], 2);
	assert_int_equal(bench->calls, 1); /* of ICMP the header is inspected */
	assert_int_equal(bench->last_like.src_port, 8);
	assert_int_equal(bench->last_like.dst_port, 0);
	bench_free(bench);
}

/* At the cap on inspections one that nobody answered makes room, and is decided as it stands. */
static void no_state_left(void **state)
{
	struct bench *bench = bench_new();
	size_t tls = 0, unknown = 0;

	(void)state;
	bench->states_max = 1;
	TALK(bench, &dns, {.from = 'a', .payload = "x"});
	TALK(bench, &web, {.from = 'a', .tcp = ACK, .payload = "!TLS"},
	     {.from = 'a', .tcp = ACK, .payload = "!TLS"});
	assert_int_equal(fa_flows_counts(bench->flows)->inspections_evicted, 1);
	assert_int_equal(bench->calls, 2);
	TALK(bench, &dns, {.from = 'a', .payload = "x"});
	assert_int_equal(bench->calls, 2); /* decided: not tried again */
	finish(bench);
	for (size_t i = 0; i < 2; i++) {
		tls += strcmp(bench->got[i].id.protocol, "TLS") == 0;
		unknown += strcmp(bench->got[i].id.protocol, "Unknown") == 0;
	}
	assert_int_equal(tls, 1);
	assert_int_equal(unknown, 1);
	bench_free(bench);
}

static void the_cap_on_flows(void **state)
{
	struct bench *bench = bench_new();
	struct ends ends = web;
	uint64_t flows = 0, packets = 0, attempted = 0, half_open = 0;

	(void)state;
	bench->options.max_flows = 64;
	for (uint16_t i = 0; i < 1000; i++) {
		ends.a_port = (uint16_t)(1000 + i);
		TALK(bench, &ends, {.at = i / 1000.0, .from = 'a', .tcp = SYN});
		if (i < 8)
			TALK(bench, &ends, {.at = i / 1000.0, .from = 'b', .tcp = SYN_ACK});
		assert_in_range(fa_flows_active(bench->flows), 1, 64);
	}
	assert_int_equal(fa_flows_counts(bench->flows)->flows, 1000);
	assert_int_equal(fa_flows_counts(bench->flows)->flows_evicted, 1000 - 64);
	finish(bench);
	assert_int_equal(bench->got_count, 2); /* the crowd is the other one */
	for (size_t i = 0; i < 2; i++) {
		flows += bench->got[i].counts.flows;
		packets += bench->got[i].counts.packets_to_server;
		attempted += bench->got[i].counts.flows_in_state[FA_FLOW_ATTEMPTED];
		half_open += bench->got[i].counts.flows_in_state[FA_FLOW_HALF_OPEN];
	}
	assert_int_equal(flows, 1000);
	assert_int_equal(attempted, 992);
	assert_int_equal(half_open, 8);
	assert_int_equal(packets, 1000);
	bench_free(bench);
}

static void conversations_flush_at_their_cap(void **state)
{
	struct bench *bench = bench_new();
	struct ends ends = web;

	(void)state;
	bench->options.max_conversations = 10;
	for (int round = 0; round < 2; round++)
		for (uint16_t i = 0; i < 25; i++) {
			ends.b_port = (uint16_t)(1000 + i);
			TALK(bench, &ends, {.at = 100 * round, .from = 'a', .tcp = SYN});
		}
	finish(bench);
	assert_true(bench->got_count > 25 && bench->got_count <= 50);
	assert_int_equal(fa_flows_counts(bench->flows)->conversations_out, bench->got_count);
	assert_int_equal(fa_convmap_count(bench->sums), 25);
	for (size_t i = 0; i < 25; i++) {
		struct fa_conversation c;

		fa_convmap_get(bench->sums, i, &c);
		assert_int_equal(c.counts.flows, 2);
	}
	bench_free(bench);
}

/* Host names that never come again must not be kept for ever. */
static void names_are_forgotten(void **state)
{
	struct bench *bench = bench_new();
	struct ends ends = dns;
	struct fa_conversation c;
	char name[40];

	(void)state;
	bench->options.max_flows = 100;
	bench->options.max_conversations = 100;
	bench_open(bench, false);
	snprintf(name, sizeof(name), "!kept");
	TALK(bench, &web, {.at = 0, .from = 'a', .tcp = ACK, .payload = name});
	for (unsigned i = 0; i < 300000; i++) {
		const struct say say = {.at = i / 1000.0, .from = 'a', .payload = name};
		struct fa_packet packet;

		ends.a_port = (uint16_t)i;
		snprintf(name, sizeof(name), "!a-name-that-comes-once-%u", i % 1000000);
		packet = packet_of(&ends, &say);
		assert_int_equal(give(bench, &packet, name), 0);
		if (i % 50 == 0) /* keeps the first flow young */
			TALK(bench, &web, {.at = i / 1000.0, .from = 'a', .tcp = ACK},
			     {.at = i / 1000.0, .from = 'b', .tcp = ACK});
	}
	assert_true(fa_flows_name_bytes(bench->flows) < (size_t)24 << 20);
	bench->got_count = 0;
	finish(bench);
	for (size_t i = 0; i < bench->got_count && i < COUNT(bench->got); i++) {
		c = bench->got[i];
		assert_int_equal(strncmp(c.id.protocol, c.id.transport == FA_IP_TCP
								? "kept"
								: "a-name-that-comes-once-",
					 4),
				 0);
	}
	bench_free(bench);
}

static void errors_of_the_sink(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	bench->options.max_conversations = 1;
	bench->sink_error = -77;
	TALK(bench, &web, {.from = 'a', .tcp = SYN});
	TALK(bench, &dns, {.from = 'a'});
	assert_int_equal(fa_flows_finish(bench->flows), -77);
	bench_free(bench);
}

static void flush_keeps_flows(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	TALK(bench, &web, {.from = 'a', .tcp = SYN}, {.at = 100, .from = 'b', .tcp = ACK});
	assert_int_equal(fa_flows_flush(bench->flows), 0);
	assert_int_equal(bench->got_count, 1); /* the first flow has timed out */
	assert_int_equal(fa_flows_active(bench->flows), 1);
	assert_int_equal(fa_flows_flush(bench->flows), 0);
	assert_int_equal(bench->got_count, 1);
	finish(bench);
	assert_int_equal(bench->got_count, 2);
	bench_free(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_connection),
		cmocka_unit_test(packets_out_of_order),
		cmocka_unit_test(one_way_flows),
		cmocka_unit_test(without_connections),
		cmocka_unit_test(tunnels_are_apart),
		cmocka_unit_test(inspection_ends),
		cmocka_unit_test(what_a_guess_is_told),
		cmocka_unit_test(no_state_left),
		cmocka_unit_test(the_cap_on_flows),
		cmocka_unit_test(conversations_flush_at_their_cap),
		cmocka_unit_test(names_are_forgotten),
		cmocka_unit_test(errors_of_the_sink),
		cmocka_unit_test(flush_keeps_flows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
