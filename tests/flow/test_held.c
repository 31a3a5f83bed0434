/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Later fragments that come before their first piece: they wait for it, not for ever and not
 * without bounds, and each counts once whatever becomes of it.
 */
#include "flow/bench.h"

#include <time.h>

#include "flow/held.h"

static const struct ends udp = {"10.0.0.1", "10.0.0.2", 40000, 53, FA_IP_UDP, 0, 0};
static const struct ends none = {"10.0.0.1", "10.0.0.2", 0, 0, FA_IP_UDP, 0, 0};

#define FIRST .flags = FA_PACKET_FRAGMENT_FIRST, .bytes = 1400
#define LATER .flags = FA_PACKET_FRAGMENT_LATER, .bytes = 1000

/* A later fragment has no ports, whatever the ends say. */
static void later(struct bench *bench, double at, char from, uint32_t id)
{
	TALK(bench, &none, {.at = at, .from = from, LATER, .fragment_id = id});
}

static void first(struct bench *bench, double at, char from, uint32_t id)
{
	TALK(bench, &udp, {.at = at, .from = from, FIRST, .fragment_id = id});
}

static uint64_t unmatched(const struct bench *bench)
{
	return fa_flows_counts(bench->flows)->fragments_unmatched;
}

/* Conversations with ports and without, and their packets. */
static void assert_split(struct bench *bench, uint64_t with_ports, uint64_t without)
{
	uint64_t packets[2] = {0};
	struct fa_conversation c;

	finish(bench);
	for (size_t i = 0; i < fa_convmap_count(bench->sums); i++) {
		fa_convmap_get(bench->sums, i, &c);
		packets[c.id.fragment] += c.counts.packets_to_server + c.counts.packets_to_client;
	}
	assert_int_equal(packets[0], with_ports);
	assert_int_equal(packets[1], without);
	assert_int_equal(unmatched(bench), without);
	assert_int_equal(fa_flows_counts(bench->flows)->packets, with_ports + without);
}

static void a_late_first_piece(void **state)
{
	struct bench *bench = bench_new();
	struct fa_conversation c;

	(void)state;
	bench_open(bench, true);
	later(bench, 10.000, 'a', 7);
	later(bench, 10.001, 'a', 7);
	assert_int_equal(fa_flows_active(bench->flows), 0);
	first(bench, 10.002, 'a', 7);
	later(bench, 10.003, 'a', 7);
	assert_int_equal(fa_flows_active(bench->flows), 1);
	c = only(bench);
	assert_int_equal(c.counts.packets_to_server, 4);
	assert_int_equal(c.counts.bytes_to_server, 40 * 4 + 1400 + 3 * 1000);
	assert_int_equal(c.counts.payload_packets, 4);
	assert_int_equal(c.counts.flows, 1);
	assert_int_equal(c.id.server_port, 53);
	assert_true(c.counts.first_seen_ns == 10 * SECOND);
	assert_true(c.counts.last_seen_ns == 10 * SECOND + 3000000);
	assert_int_equal(unmatched(bench), 0);
	bench_free(bench);
}

static void each_to_its_own(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	later(bench, 1, 'a', 7);
	later(bench, 1, 'a', 8);
	later(bench, 1, 'b', 7); /* ids are of one direction */
	first(bench, 1, 'a', 7);
	assert_split(bench, 2, 2);
	bench_free(bench);
}

static void copies_and_overlaps_count(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	later(bench, 1, 'a', 7);
	later(bench, 1, 'a', 7);
	first(bench, 1, 'a', 7);
	first(bench, 1, 'a', 7);
	later(bench, 1, 'a', 7);
	assert_split(bench, 5, 0);
	bench_free(bench);
}

static void thirty_seconds(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	later(bench, 100, 'a', 7);
	first(bench, 130, 'a', 7);
	later(bench, 200, 'a', 8);
	TALK(bench, &udp, {.at = 230, .from = 'a'});
	assert_int_equal(unmatched(bench), 0);
	first(bench, 230.001, 'a', 8);
	assert_int_equal(unmatched(bench), 1);
	assert_split(bench, 4, 1);
	bench_free(bench);
}

static void a_tick_is_enough(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	later(bench, 100, 'a', 7);
	assert_int_equal(fa_flows_tick(bench->flows, 130 * SECOND), 0);
	assert_int_equal(unmatched(bench), 0);
	assert_int_equal(fa_flows_tick(bench->flows, 130 * SECOND + 1), 0);
	assert_int_equal(unmatched(bench), 1);
	assert_int_equal(fa_flows_active(bench->flows), 1);
	assert_split(bench, 0, 1);
	bench_free(bench);
}

/* By another way a packet may come behind the clock. */
static void behind_the_clock(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	bench_open(bench, false);
	assert_int_equal(fa_flows_tick(bench->flows, 500 * SECOND), 0);
	first(bench, 499, 'a', 7);
	later(bench, 498, 'a', 7);
	later(bench, 498, 'a', 8);
	first(bench, 497, 'a', 8);
	assert_split(bench, 4, 0);
	bench_free(bench);
}

static void the_end_and_windows(void **state)
{
	struct bench *bench = bench_new();
	bool done = false;

	(void)state;
	TALK(bench, &udp, {.at = 99, .from = 'a', .payload = "!DNS"});
	later(bench, 100, 'a', 7);
	later(bench, 100, 'a', 8);
	assert_int_equal(fa_flows_close_window(bench->flows), 0);
	while (!done)
		assert_int_equal(fa_flows_close_some(bench->flows, 10, &done), 0);
	assert_int_equal(bench->handed_on, 1); /* it waits on, and counts in the next window */
	first(bench, 101, 'a', 7);
	assert_split(bench, 3, 1);
	bench_free(bench);
}

/* When the clock is so late that nothing is ever due. */
static void at_the_end_of_time(void **state)
{
	const struct say say = {.from = 'a', LATER, .fragment_id = 7};
	struct bench *bench = bench_new();
	struct fa_packet packet = packet_of(&none, &say);

	(void)state;
	bench_open(bench, false);
	packet.clock_ns = INT64_MAX - 5;
	assert_int_equal(give(bench, &packet, NULL), 0);
	packet.clock_ns = INT64_MAX;
	assert_int_equal(give(bench, &packet, NULL), 0);
	assert_int_equal(unmatched(bench), 0);
	assert_split(bench, 0, 2);
	bench_free(bench);
}

/* Each counts in the bucket of its own time, however long it waited. */
static void buckets(void **state)
{
	struct bench *bench = bench_new();
	uint64_t packets[2] = {0};
	struct fa_conversation c;

	(void)state;
	bench->options.bucket_ns = 10 * SECOND;
	later(bench, 9.5, 'a', 7);
	later(bench, 9.9, 'a', 8);
	assert_int_equal(fa_flows_tick(bench->flows, 39 * SECOND), 0);
	first(bench, 39.1, 'a', 8);
	assert_int_equal(fa_flows_tick(bench->flows, 60 * SECOND), 0);
	finish(bench);
	for (size_t i = 0; i < fa_convmap_count(bench->sums); i++) {
		fa_convmap_get(bench->sums, i, &c);
		if (c.id.fragment)
			assert_true(c.bucket_ns == 0);
		packets[c.id.fragment] += c.counts.packets_to_server + c.counts.packets_to_client;
	}
	assert_true(packets[0] == 2 && packets[1] == 1);
	bench_free(bench);
}

/* With the bytes that were captured, and with ports. */
static void evidence(void **state)
{
	static const char bytes[FA_HELD_BYTES + 100] = "of a later fragment";
	struct bench *bench = bench_new();
	const struct say say = {.from = 'a', LATER, .fragment_id = 7};
	struct fa_packet packet = packet_of(&none, &say);

	(void)state;
	bench->options.keep_packets = 8;
	bench_open(bench, false);
	packet.captured = packet.payload_offset = 20;
	assert_int_equal(give(bench, &packet, bytes), 0);
	packet.captured = packet.payload_offset = sizeof(bytes);
	assert_int_equal(give(bench, &packet, bytes), 0);
	assert_int_equal(bench->kept_count, 0);
	first(bench, 0, 'a', 7);
	assert_int_equal(bench->kept_count, 3);
	assert_true(bench->kept[0].number == 3 && bench->kept[1].number == 1);
	assert_true(bench->kept[1].src_port == 40000 && bench->kept[1].dst_port == 53);
	assert_true(bench->kept[1].captured == 20);
	assert_true(bench->kept[2].captured == FA_HELD_BYTES);
	assert_true(bench->kept[2].payload_offset == FA_HELD_BYTES);
	assert_true(bench->kept_bytes != (const uint8_t *)bytes);
	assert_memory_equal(bench->kept_bytes, bytes, FA_HELD_BYTES);
	finish(bench);
	bench_free(bench);
}

/* IPv6: what follows the fragment header need not be the transport; IPv4: nor behind AH. */
static void transports_differ(void **state)
{
	static const struct ends a6 = {"2001:db8::1", "2001:db8::2", 40000, 53, FA_IP_UDP, 0, 0};
	static const struct ends options6 = {"2001:db8::1", "2001:db8::2", 0, 0, 60, 0, 0};
	static const struct ends ah4 = {"10.0.0.1", "10.0.0.2", 0, 0, 51, 0, 0};
	const struct say say = {.from = 'a', FIRST, .fragment_id = 9};
	struct bench *bench = bench_new();
	struct fa_packet packet = packet_of(&udp, &say);

	(void)state;
	TALK(bench, &options6, {.from = 'a', LATER, .fragment_id = 9});
	TALK(bench, &a6, {.from = 'a', FIRST, .fragment_id = 9});
	TALK(bench, &options6, {.from = 'a', LATER, .fragment_id = 9});
	TALK(bench, &ah4, {.from = 'a', LATER, .fragment_id = 9});
	packet.layers = fa_layer_bit(FA_TUNNEL_AH);
	assert_int_equal(give(bench, &packet, NULL), 0);
	TALK(bench, &ah4, {.from = 'a', LATER, .fragment_id = 9});
	assert_int_equal(fa_flows_active(bench->flows), 2);
	assert_split(bench, 6, 0);
	bench_free(bench);
}

/* A segment whose flags are in a later fragment is none behind the handshake. */
static void tiny(void **state)
{
	static const struct ends web = {"10.0.0.1", "10.0.0.2", 40000, 443, FA_IP_TCP, 0, 0};
	static const struct ends rest = {"10.0.0.1", "10.0.0.2", 0, 0, FA_IP_TCP, 0, 0};
	struct bench *bench = bench_new();
	struct fa_conversation c;

	(void)state;
	TALK(bench, &web, {.from = 'a', .tcp = SYN, .seq = 1});
	TALK(bench, &rest, {.from = 'a', .flags = FA_PACKET_FRAGMENT_LATER, .bytes = 12});
	TALK(bench, &web, {.from = 'a', .flags = FA_PACKET_FRAGMENT_FIRST});
	TALK(bench, &web, {.from = 'a', .tcp = SYN, .seq = 1});
	c = only(bench);
	assert_int_equal(c.counts.packets_to_server, 4);
	assert_int_equal(state_in(&c), FA_FLOW_ATTEMPTED);
	assert_int_equal(c.counts.syn_retries, 1);
	bench_free(bench);
}

static double processor_seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

/* A flood of later fragments, of one datagram or of many, with a first one now and then. */
static void flood(bool of_one, bool spread_ends)
{
	enum { MANY = 300000 };
	struct bench *bench = bench_new();
	double before;

	bench->options.max_flows = 100;
	bench->options.spread_ends = spread_ends;
	bench_open(bench, false);
	before = processor_seconds();
	for (uint32_t i = 0; i < MANY; i++) {
		const bool is_first = i % 5000 == 4999;
		const struct say say = {.at = i / 1e5, .from = 'a',
					.flags = is_first ? FA_PACKET_FRAGMENT_FIRST
							  : FA_PACKET_FRAGMENT_LATER,
					.bytes = 8, .fragment_id = of_one ? i / 5000 : i * 7919};
		struct fa_packet packet = packet_of(is_first ? &udp : &none, &say);

		assert_int_equal(give(bench, &packet, NULL), 0);
	}
	if (processor_seconds() - before > 3.0)
		fail_msg("%.1f seconds", processor_seconds() - before);
	finish(bench);
	assert_int_equal(fa_flows_counts(bench->flows)->packets, MANY);
	/* Of one datagram what waits meets its first piece; the others are given up one by one. */
	assert_int_equal(unmatched(bench), of_one ? MANY - (MANY / 5000) * (FA_HELD_MAX + 1)
						  : MANY - MANY / 5000);
	bench_free(bench);
}

static void floods(void **state)
{
	(void)state;
	flood(true, false);
	flood(false, false);
	flood(false, true);
}

static void the_oldest_makes_room(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	for (uint32_t i = 0; i <= FA_HELD_MAX; i++)
		later(bench, 1, 'a', i);
	assert_int_equal(unmatched(bench), 1);
	first(bench, 1, 'a', 0);
	first(bench, 1, 'a', 1);
	later(bench, 1, 'a', 5000); /* in the place of that one */
	assert_int_equal(unmatched(bench), 1);
	for (uint32_t i = 2; i <= FA_HELD_MAX; i++)
		first(bench, 1, 'a', i);
	assert_split(bench, 1 + 2 * FA_HELD_MAX, 2);
	bench_free(bench);
}

/* All at once, when the clock jumps, or a few with each packet. */
static void the_clock_jumps(void **state)
{
	(void)state;
	for (int spread = 0; spread < 2; spread++) {
		struct bench *bench = bench_new();

		bench->options.spread_ends = spread;
		for (uint32_t i = 0; i < 100; i++)
			later(bench, 1, 'a', i);
		TALK(bench, &udp, {.at = 100, .from = 'a'});
		assert_int_equal(unmatched(bench), spread ? 2 : 100);
		assert_int_equal(fa_flows_tick(bench->flows, 100 * SECOND), 0);
		assert_split(bench, 1, 100);
		bench_free(bench);
	}
}

static uint64_t seed = 20;

static uint32_t next(uint32_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % below;
}

/* Any order at all, with every limit in the way: all packets are there in the end. */
static void any_order(void **state)
{
	enum { PACKETS = 20000 };
	uint64_t packets = 0;
	struct bench *bench = bench_new();
	struct fa_conversation c;

	(void)state;
	print_message("seed %u\n", (unsigned)seed);
	bench->options.max_flows = 30;
	bench->options.bucket_ns = 20 * SECOND;
	bench->options.max_conversations = 10;
	bench->options.keep_packets = 3;
	for (uint32_t i = 0; i < PACKETS; i++) {
		struct ends ends = udp;
		struct say say = {.at = i / 50.0 + next(2), .from = next(2) ? 'a' : 'b',
				  .fragment_id = next(900), .bytes = next(1000),
				  .payload = "x"};

		ends.a_port = (uint16_t)next(60);
		say.flags = next(4) == 0 ? FA_PACKET_FRAGMENT_FIRST : FA_PACKET_FRAGMENT_LATER;
		talk(bench, (say.flags & FA_PACKET_FRAGMENT_FIRST) != 0 ? &ends : &none, &say, 1);
		if (next(500) == 0)
			assert_int_equal(fa_flows_flush(bench->flows), 0);
	}
	finish(bench);
	for (size_t i = 0; i < fa_convmap_count(bench->sums); i++) {
		fa_convmap_get(bench->sums, i, &c);
		packets += c.counts.packets_to_server + c.counts.packets_to_client;
	}
	assert_int_equal(packets, PACKETS);
	assert_true(unmatched(bench) > 100 && unmatched(bench) < PACKETS / 2);
	bench_free(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_late_first_piece),
		cmocka_unit_test(each_to_its_own),
		cmocka_unit_test(copies_and_overlaps_count),
		cmocka_unit_test(thirty_seconds),
		cmocka_unit_test(a_tick_is_enough),
		cmocka_unit_test(behind_the_clock),
		cmocka_unit_test(the_end_and_windows),
		cmocka_unit_test(at_the_end_of_time),
		cmocka_unit_test(buckets),
		cmocka_unit_test(evidence),
		cmocka_unit_test(transports_differ),
		cmocka_unit_test(tiny),
		cmocka_unit_test(floods),
		cmocka_unit_test(the_oldest_makes_room),
		cmocka_unit_test(the_clock_jumps),
		cmocka_unit_test(any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
