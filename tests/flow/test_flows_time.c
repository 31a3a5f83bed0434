/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flows in time: timeouts, buckets, records of long flows, fragments, the ends of the clock. */
#include "flow/bench.h"

static const struct ends web = {"10.0.0.1", "10.0.0.2", 40000, 443, FA_IP_TCP, 0, 0};
static const struct ends dns = {"10.0.0.1", "10.0.0.2", 40000, 53, FA_IP_UDP, 0, 0};
static const struct ends gre = {"10.0.0.1", "10.0.0.2", 0, 0, 47, 0, 0};
static const struct ends clock_ends = {"10.9.9.9", "10.9.9.8", 1, 2, FA_IP_UDP, 0, 0};

struct row {
	const char *name;
	const struct ends *ends;
	struct say says[4];
	double timeout; /* seconds after the last of them */
};

static const struct row rows[] = {
	{"UDP", &dns, {{.from = 'a'}}, 120},
	{"UDP, both sides", &dns, {{.from = 'a'}, {.at = 50, .from = 'b'}}, 120},
	{"SYN", &web, {{.from = 'a', .tcp = SYN}}, 60},
	{"half open", &web, {{.from = 'a', .tcp = SYN}, {.from = 'b', .tcp = SYN_ACK}}, 60},
	{"refused", &web, {{.from = 'a', .tcp = SYN}, {.from = 'b', .tcp = RST}}, 15},
	{"established", &web,
	 {{.from = 'a', .tcp = SYN}, {.from = 'b', .tcp = SYN_ACK}, {.from = 'a', .tcp = ACK}},
	 3600},
	{"half closed", &web, {{.from = 'a', .tcp = ACK}, {.from = 'a', .tcp = FIN | ACK}}, 60},
	{"closed", &web, {{.from = 'a', .tcp = FIN | ACK}, {.from = 'b', .tcp = FIN | ACK}}, 15},
	{"other", &gre, {{.from = 'a'}}, 60},
};

static size_t flows_after(const struct row *row, double after)
{
	struct bench *bench = bench_new();
	size_t count = 0, left;

	while (count < COUNT(row->says) && row->says[count].from != 0)
		count++;
	talk(bench, row->ends, row->says, count);
	TALK(bench, &clock_ends, {.at = row->says[count - 1].at + after, .from = 'a'});
	left = fa_flows_active(bench->flows) - 1;
	finish(bench);
	bench_free(bench);
	return left;
}

/* The wheel turns by whole seconds: a flow goes within the second after its timeout. */
static void timeouts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (flows_after(&rows[i], rows[i].timeout) != 1 ||
		    flows_after(&rows[i], rows[i].timeout + 1) != 0)
			fail_msg("%s", rows[i].name);
}

/* Its own next packet ends a flow to the nanosecond. */
static void exactly_in_time(void **state)
{
	(void)state;
	for (int64_t late = 0; late < 2; late++) {
		struct bench *bench = bench_new();
		const struct say say = {.at = 0.25, .from = 'a'};
		struct fa_packet packet = packet_of(&dns, &say);

		bench_open(bench, false);
		assert_int_equal(give(bench, &packet, NULL), 0);
		packet.clock_ns += 120 * SECOND + late;
		packet.ts_ns = packet.clock_ns;
		assert_int_equal(give(bench, &packet, NULL), 0);
		assert_int_equal(fa_flows_counts(bench->flows)->flows, 1 + late);
		finish(bench);
		bench_free(bench);
	}
}

static void reused_ports(void **state)
{
	struct bench *bench = bench_new();
	struct fa_conversation c;

	(void)state;
	TALK(bench, &web, {.at = 1, .from = 'a', .tcp = SYN, .seq = 1},
	     {.at = 1, .from = 'b', .tcp = RST | ACK},
	     {.at = 2, .from = 'a', .tcp = SYN, .seq = 5000},
	     {.at = 2, .from = 'b', .tcp = SYN_ACK, .seq = 90},
	     {.at = 2, .from = 'a', .tcp = FIN | ACK, .seq = 5001},
	     {.at = 3, .from = 'a', .tcp = SYN, .seq = 70000});
	c = only(bench);
	assert_int_equal(c.counts.flows, 3);
	assert_int_equal(c.counts.flows_in_state[FA_FLOW_REFUSED], 1);
	assert_int_equal(c.counts.flows_in_state[FA_FLOW_CLOSED], 1);
	assert_int_equal(c.counts.flows_in_state[FA_FLOW_ATTEMPTED], 1);
	assert_int_equal(c.counts.sequence_gaps, 0);
	bench_free(bench);
}

/* A flow that is not recognised yet waits, and counts in the bucket where it is. */
static void undecided_over_buckets(void **state)
{
	struct bench *bench = bench_new();
	struct fa_conversation c;

	(void)state;
	bench->options.bucket_ns = 10 * SECOND;
	TALK(bench, &web, {.at = 9, .from = 'a', .tcp = SYN},
	     {.at = 11, .from = 'b', .tcp = SYN_ACK}, {.at = 21, .from = 'a', .tcp = ACK},
	     {.at = 22, .from = 'a', .tcp = ACK, .payload = "!TLS"});
	c = only(bench);
	assert_true(c.bucket_ns == 20 * SECOND && c.counts.flows == 1);
	assert_true(c.counts.packets_to_server == 3 && c.counts.packets_to_client == 1);
	assert_true(c.counts.first_seen_ns == 9 * SECOND);
	bench_free(bench);
}

static void decided_over_buckets(void **state)
{
	struct bench *bench = bench_new();
	uint64_t flows = 0, ended = 0;

	(void)state;
	bench->options.bucket_ns = 10 * SECOND;
	TALK(bench, &web, {.at = 9, .from = 'a', .tcp = ACK, .payload = "!TLS"},
	     {.at = 9.5, .from = 'b', .tcp = ACK}, {.at = 20, .from = 'a', .tcp = ACK},
	     {.at = 29.9, .from = 'a', .tcp = ACK}, {.at = 30, .from = 'b', .tcp = FIN | ACK});
	finish(bench);
	assert_int_equal(bench->got_count, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct fa_conversation *c = &bench->got[i];
		int64_t bucket = c->bucket_ns / SECOND;
		const struct fa_counts *n = &c->counts;

		assert_true(bucket == 0 || bucket == 20 || bucket == 30);
		assert_int_equal(n->packets_to_server, bucket == 0 ? 1 : bucket == 20 ? 2 : 0);
		assert_int_equal(n->packets_to_client, bucket == 20 ? 0 : 1);
		assert_int_equal(n->flows, bucket == 0);
		assert_int_equal(n->flows_in_state[FA_FLOW_CLOSED], bucket == 30);
		assert_true(n->first_seen_ns == (bucket == 0 ? 9 : bucket) * SECOND);
		flows += n->flows;
		ended += n->flows_in_state[FA_FLOW_CLOSED];
	}
	assert_true(flows == 1 && ended == 1);
	bench_free(bench);
}

/* Packet time may also go back over a boundary. */
static void back_over_a_boundary(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	bench->options.bucket_ns = 10 * SECOND;
	TALK(bench, &dns, {.at = 10, .from = 'a', .payload = "!DNS"}, {.at = 9.999, .from = 'b'},
	     {.at = 10, .from = 'a'});
	finish(bench);
	assert_int_equal(bench->got_count, 2);
	assert_int_equal(fa_convmap_count(bench->sums), 2);
	bench_free(bench);
}

static void records_of_a_long_flow(void **state)
{
	struct bench *bench = bench_new();
	const struct fa_flow_record *r = bench->records;

	(void)state;
	bench->options.bucket_ns = 10 * SECOND;
	bench->options.active_ns = 25 * SECOND;
	bench_open(bench, true);
	bench->number = 100;
	for (int i = 0; i < 6; i++)
		TALK(bench, &web, {.at = 1000 + 10 * i, .from = 'a', .tcp = ACK, .payload = "!TLS"},
		     {.at = 1001 + 10 * i, .from = 'b', .tcp = ACK, .bytes = 100});
	finish(bench);
	assert_int_equal(bench->record_count, 3); /* two at 30 s and later, and the rest */
	assert_true(r[0].counts.packets_to_server == 3 && r[0].counts.packets_to_client == 3);
	assert_true(r[0].first_packet == 101 && r[1].first_packet == 101);
	assert_true(r[0].id.client_port == 40000 && r[0].id.server_port == 443);
	assert_int_equal(r[0].counts.packets_to_server + r[1].counts.packets_to_server +
				 r[2].counts.packets_to_server, 6);
	assert_int_equal(r[0].counts.bytes_to_client + r[1].counts.bytes_to_client +
				 r[2].counts.bytes_to_client, 6 * 140);
	assert_int_equal(r[0].counts.flows + r[1].counts.flows + r[2].counts.flows, 1);
	assert_true(r[0].counts.first_seen_ns == 1000 * SECOND);
	assert_true(r[0].counts.last_seen_ns == 1021 * SECOND);
	assert_true(r[2].counts.last_seen_ns == 1051 * SECOND);
	bench_free(bench);
}

static void records_tell_more_than_conversations(void **state)
{
	struct bench *bench = bench_new();
	const struct fa_flow_record *r = bench->records;
	const struct say syn = {.from = 'a', .tcp = SYN};
	struct fa_packet packet = packet_of(&web, &syn);

	(void)state;
	bench_open(bench, true);
	packet.vlan[0] = 7;
	packet.vlan[1] = 4095;
	packet.vlan_count = 2;
	bench->number = 41;
	assert_int_equal(give(bench, &packet, NULL), 0);
	TALK(bench, &web, {.at = 1, .from = 'b', .tcp = RST});
	finish(bench);
	assert_int_equal(bench->record_count, 1);
	assert_true(r->vlan_count == 2 && r->vlan[0] == 7 && r->vlan[1] == 4095);
	assert_true(r->first_packet == 42 && r->state == FA_FLOW_REFUSED);
	assert_int_equal(r->id.client_port, 40000);
	assert_int_equal(r->counts.flows_in_state[FA_FLOW_REFUSED], 1);
	assert_int_equal(bench->got[0].id.client_port, 0);
	bench_free(bench);
}

/* A record of an active flow, due at the moment when a bucket begins, leaves no empty sum behind. */
static void record_at_a_boundary(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	bench->options.bucket_ns = 10 * SECOND;
	bench->options.active_ns = 5 * SECOND;
	bench_open(bench, true);
	TALK(bench, &web, {.at = 0, .from = 'b', .tcp = ACK, .payload = "!TLS"},
	     {.at = 20, .from = 'b', .tcp = SYN_ACK}); /* from here on the direction is another */
	finish(bench);
	assert_int_equal(bench->got_count, 2);
	bench_free(bench);
}

enum { FIRST = FA_PACKET_FRAGMENT_FIRST, LATER = FA_PACKET_FRAGMENT_LATER };

static void fragments(void **state)
{
	const struct ends no_ports = {"10.0.0.1", "10.0.0.2", 0, 0, FA_IP_UDP, 0, 0};
	struct bench *bench = bench_new();
	uint64_t strays = 0;

	(void)state;
	TALK(bench, &dns, {.from = 'a', .payload = "x", .flags = FIRST, .fragment_id = 5});
	TALK(bench, &no_ports, {.from = 'a', .payload = "!bad", .flags = LATER, .fragment_id = 5},
	     {.from = 'a', .bytes = 10, .flags = LATER, .fragment_id = 6},
	     {.from = 'b', .bytes = 10, .flags = LATER, .fragment_id = 6});
	TALK(bench, &dns, {.from = 'a', .payload = "!DNS"});
	assert_int_equal(bench->calls, 2); /* the middle of a datagram is not inspected */
	finish(bench);
	assert_int_equal(fa_flows_counts(bench->flows)->fragments_unmatched, 2);
	assert_int_equal(bench->got_count, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct fa_conversation *c = &bench->got[i];

		strays += c->id.fragment;
		assert_string_equal(c->id.protocol, c->id.fragment ? "Unknown" : "DNS");
		assert_int_equal(c->id.server_port, c->id.fragment ? 0 : 53);
		assert_int_equal(c->counts.packets_to_server + c->counts.packets_to_client,
				 c->id.fragment ? 2 : 3);
		assert_int_equal(state_in(c), c->id.fragment ? FA_FLOW_TWO_WAY : FA_FLOW_ONE_WAY);
	}
	assert_int_equal(strays, 1);
	bench_free(bench);
}

/* Without a header there is no state of a connection, whatever the protocol. */
static void fragments_of_tcp(void **state)
{
	const struct ends no_ports = {"10.0.0.1", "10.0.0.2", 0, 0, FA_IP_TCP, 0, 0};
	struct bench *bench = bench_new();
	struct fa_conversation c;

	(void)state;
	TALK(bench, &no_ports, {.from = 'a', .bytes = 10, .flags = LATER, .fragment_id = 6});
	c = only(bench);
	assert_int_equal(state_in(&c), FA_FLOW_ONE_WAY);
	assert_int_equal(c.id.fragment, 1);
	bench_free(bench);
}

/* Extreme clocks and timeouts: no flow lost, no endless turning. */
static void ends_of_the_clock(void **state)
{
	static const int64_t times[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1,
					INT64_MAX};

	(void)state;
	for (int forever = 0; forever < 2; forever++) {
		struct bench *bench = bench_new();
		const struct say say = {.from = 'a'};
		uint64_t packets = 0;

		if (forever) {
			bench->options.udp_ns = INT64_MAX;
			bench->options.bucket_ns = INT64_MAX;
			bench->options.active_ns = INT64_MAX;
		}
		bench_open(bench, true);
		for (size_t i = 0; i < COUNT(times); i++) {
			struct fa_packet packet = packet_of(&dns, &say);

			packet.ts_ns = times[i];
			packet.clock_ns = times[i];
			assert_int_equal(give(bench, &packet, NULL), 0);
		}
		finish(bench);
		assert_int_equal(fa_flows_counts(bench->flows)->flows, forever ? 1 : 3);
		for (size_t i = 0; i < bench->got_count; i++)
			packets += bench->got[i].counts.packets_to_server +
				   bench->got[i].counts.packets_to_client;
		assert_int_equal(packets, COUNT(times));
		bench_free(bench);
	}
}

static void from_end_to_end(void **state)
{
	struct bench *bench = bench_new();
	const struct say say = {.from = 'a'};
	struct fa_packet packet = packet_of(&dns, &say);

	(void)state;
	bench_open(bench, false);
	packet.ts_ns = packet.clock_ns = INT64_MIN;
	assert_int_equal(give(bench, &packet, NULL), 0);
	packet.ts_ns = packet.clock_ns = INT64_MAX;
	assert_int_equal(give(bench, &packet, NULL), 0);
	finish(bench);
	assert_int_equal(fa_flows_counts(bench->flows)->flows, 2);
	bench_free(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timeouts),
		cmocka_unit_test(exactly_in_time),
		cmocka_unit_test(reused_ports),
		cmocka_unit_test(undecided_over_buckets),
		cmocka_unit_test(decided_over_buckets),
		cmocka_unit_test(back_over_a_boundary),
		cmocka_unit_test(records_of_a_long_flow),
		cmocka_unit_test(records_tell_more_than_conversations),
		cmocka_unit_test(record_at_a_boundary),
		cmocka_unit_test(fragments),
		cmocka_unit_test(fragments_of_tcp),
		cmocka_unit_test(ends_of_the_clock),
		cmocka_unit_test(from_end_to_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
