/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a live capture asks for: ticks, a clock that several readers tell, windows that close while
 * packets come in, the first packets of each flow. */
#include "flow/bench.h"

#include <unistd.h>

static const struct ends web = {"10.0.0.1", "10.0.0.2", 40000, 443, FA_IP_TCP, 0, 0};
static const struct ends dns = {"10.0.0.1", "10.0.0.2", 40000, 53, FA_IP_UDP, 0, 0};

static uint64_t seed;

static uint64_t next(uint64_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 33) % below;
}

/* Closes a window with no packet in between; returns how many parts it took. */
static size_t close_window(struct bench *bench, size_t max)
{
	size_t parts = 0;
	bool done = false;

	assert_int_equal(fa_flows_close_window(bench->flows), 0);
	for (; !done; parts++) {
		bench->handed_on = 0;
		assert_int_equal(fa_flows_close_some(bench->flows, max, &done), 0);
		assert_in_range(bench->handed_on, 0, max);
		assert_true(parts < 1000000);
	}
	return parts;
}

static void a_tick_ends_flows(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	TALK(bench, &dns, {.at = 10, .from = 'a'});
	assert_int_equal(fa_flows_tick(bench->flows, 130 * SECOND), 0);
	assert_int_equal(fa_flows_active(bench->flows), 1);
	assert_int_equal(fa_flows_tick(bench->flows, 132 * SECOND), 0);
	assert_int_equal(fa_flows_active(bench->flows), 0);
	assert_int_equal(bench->got_count, 0); /* that is for a flush, or a window's end */
	assert_int_equal(fa_flows_counts(bench->flows)->packets, 1);
	finish(bench);
	assert_int_equal(bench->got_count, 1);
	bench_free(bench);
}

static void ticks_before_the_first_packet(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	bench_open(bench, false);
	assert_int_equal(fa_flows_tick(bench->flows, -5 * SECOND), 0);
	assert_int_equal(fa_flows_tick(bench->flows, 1700000000 * SECOND), 0);
	TALK(bench, &dns, {.at = 1700000001, .from = 'a'}, {.at = 1700000002, .from = 'b'});
	assert_int_equal(fa_flows_counts(bench->flows)->flows, 1);
	finish(bench);
	bench_free(bench);
}

/* Two readers, one a little behind: its packets are on time, and end nothing. */
static void a_clock_behind(void **state)
{
	struct bench *bench = bench_new();
	const struct ends other = {"10.0.0.3", "10.0.0.2", 1, 53, FA_IP_UDP, 0, 0};
	struct fa_conversation c;

	(void)state;
	TALK(bench, &other, {.at = 1000, .from = 'a'});
	TALK(bench, &dns, {.at = 999.5, .from = 'a'}, {.at = 1000.25, .from = 'b'},
	     {.at = 998, .from = 'a'});
	assert_int_equal(fa_flows_tick(bench->flows, 3 * SECOND), 0);
	assert_int_equal(fa_flows_active(bench->flows), 2);
	/* Idle since 1000.25, whatever the last packet said. */
	TALK(bench, &dns, {.at = 1120, .from = 'a'});
	assert_int_equal(fa_flows_counts(bench->flows)->flows, 2);
	finish(bench);
	for (size_t i = 0; i < bench->got_count; i++) {
		c = bench->got[i];
		if (c.id.client.bytes[3] == 1)
			assert_true(c.counts.first_seen_ns == 998 * SECOND &&
				    c.counts.last_seen_ns == 1120 * SECOND);
	}
	bench_free(bench);
}

/* A machine that slept for hours ends what was open, at once and without turning for long. */
static void after_a_suspend(void **state)
{
	struct bench *bench = bench_new();
	struct ends ends = web;

	(void)state;
	alarm(20);
	for (uint16_t i = 0; i < 4000; i++) {
		ends.a_port = (uint16_t)(1024 + i);
		TALK(bench, &ends, {.at = i, .from = 'a', .tcp = ACK});
	}
	assert_int_equal(fa_flows_tick(bench->flows, INT64_MAX), 0);
	assert_int_equal(fa_flows_active(bench->flows), 0);
	finish(bench);
	alarm(0);
	bench_free(bench);
}

/* A minute after a flood: its flows end a few with each packet, and nothing else is different. */
static void ends_are_spread(void **state)
{
	struct bench *bench = bench_new();
	const struct ends other = {"10.0.0.3", "10.0.0.2", 1, 53, FA_IP_UDP, 0, 0};
	struct ends ends = dns;

	(void)state;
	bench->options.spread_ends = true;
	for (uint16_t i = 0; i < 4096; i++) {
		ends.a_port = (uint16_t)(1024 + i);
		TALK(bench, &ends, {.at = 1, .from = 'a'});
	}
	TALK(bench, &other, {.at = 200, .from = 'a'});
	assert_int_equal(fa_flows_active(bench->flows), 4096 - 2 + 1);
	TALK(bench, &other, {.at = 200, .from = 'a'});
	assert_int_equal(fa_flows_active(bench->flows), 4096 - 4 + 1);
	assert_int_equal(fa_flows_tick(bench->flows, 200 * SECOND), 0);
	assert_int_equal(fa_flows_active(bench->flows), 4096 - 1028 + 1);
	/* Over is over, even for one that still waits for its end. */
	for (uint16_t i = 0; i < 4096; i++) {
		ends.a_port = (uint16_t)(1024 + i);
		TALK(bench, &ends, {.at = 201, .from = 'a'});
	}
	assert_int_equal(fa_flows_counts(bench->flows)->flows, 2 * 4096 + 1);
	assert_int_equal(fa_flows_counts(bench->flows)->flows_evicted, 1);
	finish(bench);
	bench_free(bench);
}

/* At the cap as well: who waits for his end makes room before anybody is given up. */
static void overdue_flows_make_room(void **state)
{
	struct bench *bench = bench_new();
	struct ends ends = dns;

	(void)state;
	bench->options.spread_ends = true;
	bench->options.max_flows = 100;
	for (uint16_t i = 0; i < 100; i++) {
		ends.a_port = (uint16_t)(1024 + i);
		TALK(bench, &ends, {.at = i < 99 ? 1 : 150, .from = 'a'});
	}
	assert_int_equal(fa_flows_active(bench->flows), 98);
	for (uint16_t i = 0; i < 99; i++) {
		ends.a_port = (uint16_t)(2024 + i);
		TALK(bench, &ends, {.at = 150, .from = 'a'});
	}
	assert_int_equal(fa_flows_counts(bench->flows)->flows_evicted, 0);
	assert_int_equal(fa_flows_active(bench->flows), 100);
	finish(bench);
	bench_free(bench);
}

static void a_window_hands_on_what_was_counted(void **state)
{
	struct bench *bench = bench_new();
	const struct fa_counts *n = &bench->got[0].counts;
	bool done = false;

	(void)state;
	bench_open(bench, false);
	assert_int_equal(fa_flows_close_some(bench->flows, 1, &done), 0);
	assert_true(done); /* none was begun */
	TALK(bench, &web, {.at = 1, .from = 'a', .tcp = SYN}, {.at = 2, .from = 'b', .tcp = SYN_ACK});
	close_window(bench, 10);
	assert_int_equal(bench->got_count, 0); /* not recognised yet */
	TALK(bench, &web, {.at = 3, .from = 'a', .tcp = ACK, .payload = "!TLS"});
	close_window(bench, 10);
	assert_int_equal(bench->got_count, 1);
	assert_true(n[0].packets_to_server == 2 && n[0].packets_to_client == 1 && n[0].flows == 1);
	close_window(bench, 10);
	assert_int_equal(bench->got_count, 1); /* nothing new */
	TALK(bench, &web, {.at = 5, .from = 'b', .tcp = ACK, .bytes = 1000});
	close_window(bench, 10);
	assert_int_equal(bench->got_count, 2);
	n = &bench->got[1].counts;
	assert_true(n->packets_to_server == 0 && n->packets_to_client == 1 && n->flows == 0);
	assert_true(n->first_seen_ns == 5 * SECOND && n->last_seen_ns == 5 * SECOND);
	assert_int_equal(fa_flows_active(bench->flows), 1);
	finish(bench);
	/* How it ended is all that is left to tell; its time is that of its last packet. */
	n = &bench->got[2].counts;
	assert_int_equal(bench->got_count, 3);
	assert_true(n->packets_to_server + n->packets_to_client == 0 && n->flows == 0);
	assert_int_equal(n->flows_in_state[FA_FLOW_ESTABLISHED], 1);
	assert_true(n->first_seen_ns == 5 * SECOND && n->last_seen_ns == 5 * SECOND);
	assert_int_equal(fa_convmap_count(bench->sums), 1);
	bench_free(bench);
}

/* What the next bucket counts while a window closes belongs to the next window. */
static void the_next_bucket_waits(void **state)
{
	struct bench *bench = bench_new();
	struct ends ends = web;
	bool done = false;

	(void)state;
	for (uint16_t i = 0; i < 20; i++) {
		ends.a_port = (uint16_t)(1000 + i);
		TALK(bench, &ends, {.at = 3599, .from = 'a', .tcp = ACK, .payload = "?TLS"});
	}
	assert_int_equal(fa_flows_close_window(bench->flows), 0);
	for (uint16_t i = 0; i < 20; i++) {
		ends.a_port = (uint16_t)(1000 + i);
		TALK(bench, &ends, {.at = 3600 + i, .from = 'b', .tcp = ACK});
		assert_int_equal(fa_flows_close_some(bench->flows, 1, &done), 0);
	}
	while (!done)
		assert_int_equal(fa_flows_close_some(bench->flows, 1, &done), 0);
	for (size_t i = 0; i < bench->got_count; i++) {
		assert_int_equal(bench->got[i].bucket_ns, 0);
		assert_int_equal(bench->got[i].counts.packets_to_client, 0);
	}
	close_window(bench, 100);
	finish(bench);
	assert_int_equal(fa_convmap_count(bench->sums), 2);
	bench_free(bench);
}

/* A part looks at few flows, whatever there is; all parts together do all of it. */
static void parts_are_small(void **state)
{
	struct bench *bench = bench_new();
	struct ends ends = web;
	char host[16];

	(void)state;
	for (uint16_t i = 0; i < 4000; i++) {
		snprintf(host, sizeof(host), "10.1.%d.%d", i / 250, i % 250 + 1);
		ends.a = host;
		TALK(bench, &ends, {.at = 1, .from = 'a', .tcp = ACK, .payload = "!TLS"});
	}
	assert_in_range(close_window(bench, 100), 40, 90);
	assert_int_equal(bench->got_count, 4000);
	assert_int_equal(close_window(bench, SIZE_MAX), 2);
	assert_int_equal(bench->got_count, 4000);
	assert_int_equal(fa_flows_tick(bench->flows, 3700 * SECOND), 0); /* 4000 wait already */
	assert_in_range(close_window(bench, 100), 41, 90);
	assert_int_equal(bench->got_count, 8000);
	assert_int_equal(fa_flows_active(bench->flows), 0);
	finish(bench);
	bench_free(bench);
}

/* Two packets of each of 4000 flows, and windows in between that are never over. */
static void parts_are_cut_short(void **state)
{
	struct bench *bench = bench_new();
	struct ends ends = web;
	char host[16];
	bool done;

	(void)state;
	for (uint16_t i = 0; i < 4000; i++) {
		snprintf(host, sizeof(host), "10.1.%d.%d", i / 250, i % 250 + 1);
		ends.a = host;
		TALK(bench, &ends, {.at = 1, .from = 'a', .tcp = ACK, .payload = "!TLS"});
	}
	assert_int_equal(fa_flows_close_window(bench->flows), 0);
	assert_int_equal(fa_flows_close_some(bench->flows, 5, &done), 0);
	assert_int_equal(bench->got_count, 0);
	assert_int_equal(fa_flows_flush(bench->flows), 0);
	assert_int_equal(bench->got_count, 5);
	for (uint16_t i = 0; i < 4000; i++) {
		snprintf(host, sizeof(host), "10.1.%d.%d", i / 250, i % 250 + 1);
		TALK(bench, &ends, {.at = 2, .from = 'b', .tcp = ACK});
		if (i % 1000 == 0)
			assert_int_equal(fa_flows_close_window(bench->flows), 0);
		if (i % 10 == 0)
			assert_int_equal(fa_flows_close_some(bench->flows, 3, &done), 0);
	}
	assert_int_equal(fa_flows_close_window(bench->flows), 0);
	assert_int_equal(fa_flows_close_some(bench->flows, 500, &done), 0);
	finish(bench);
	assert_int_equal(fa_flows_close_some(bench->flows, 500, &done), 0);
	assert_true(done);
	for (size_t i = 0; i < 4000; i++) {
		struct fa_conversation c;

		fa_convmap_get(bench->sums, i, &c);
		assert_true(c.counts.packets_to_server == 1 && c.counts.packets_to_client == 1);
		assert_true(c.counts.flows == 1 &&
			    c.counts.flows_in_state[FA_FLOW_MIDSTREAM] == 1);
	}
	bench_free(bench);
}

static void an_error_of_the_sink(void **state)
{
	struct bench *bench = bench_new();
	bool done;

	(void)state;
	TALK(bench, &web, {.at = 1, .from = 'a', .tcp = ACK, .payload = "!TLS"});
	assert_int_equal(fa_flows_close_window(bench->flows), 0);
	bench->sink_error = -77;
	assert_int_equal(fa_flows_close_some(bench->flows, 10, &done), 0); /* folds */
	assert_false(done);
	assert_int_equal(fa_flows_close_some(bench->flows, 10, &done), -77);
	assert_false(done);
	bench->sink_error = 0;
	finish(bench);
	bench_free(bench);
}

/*
 * Traffic of which it never turns out late who the client is: 'a' asks, 'b' answers. Then windows
 * must not change anything.
 */
static struct fa_packet orderly(int64_t *clock_ns, const char **payload)
{
	static const uint8_t from_a[] = {SYN, ACK, ACK, ACK, FIN | ACK, RST};
	static const uint8_t from_b[] = {ACK, ACK, ACK, FIN | ACK, RST};
	static const uint8_t transports[] = {FA_IP_TCP, FA_IP_TCP, FA_IP_UDP, FA_IP_ICMP, 47};
	static const char *const hosts[] = {"10.0.0.1", "10.0.0.2", "10.0.9.1", "10.0.9.2"};
	struct ends ends = {hosts[next(2)], hosts[2 + next(2)], (uint16_t)(2000 + next(20)), 443,
			    transports[next(COUNT(transports))], 0, 0};
	bool from_a_side = next(2) == 0;
	struct say say = {.from = from_a_side ? 'a' : 'b', .seq = (uint32_t)next(5000)};
	struct fa_packet packet;

	*payload = next(8) == 0 ? (from_a_side ? "?HTTP" : "=HTTP") : next(2) == 0 ? "x" : NULL;
	if (ends.transport == 47)
		ends.a_port = ends.b_port = 0;
	if (ends.transport == FA_IP_ICMP) {
		ends.a_port = 8;
		ends.b_port = 0;
		say.flags = from_a_side ? 0 : FA_PACKET_REPLY;
		*payload = *payload == NULL ? NULL : "!ICMP";
	}
	if (ends.transport == FA_IP_TCP)
		say.tcp = from_a_side ? from_a[next(COUNT(from_a))] : from_b[next(COUNT(from_b))];
	if (say.tcp == SYN)
		say.seq += 1000000; /* of a new connection, not of one that goes on */
	say.payload = *payload;
	packet = packet_of(&ends, &say);
	*clock_ns += (int64_t)next(next(50) == 0 ? 100 * SECOND : SECOND);
	packet.clock_ns = *clock_ns;
	packet.ts_ns = *clock_ns - (int64_t)next(2 * SECOND);
	return packet;
}

static int by_bucket_and_identity(const void *a, const void *b)
{
	const struct fa_conversation *x = a, *y = b;

	if (x->bucket_ns != y->bucket_ns)
		return x->bucket_ns < y->bucket_ns ? -1 : 1;
	return fa_identity_compare(&x->id, &y->id);
}

static struct fa_conversation *sorted(const struct fa_convmap *map)
{
	size_t count = fa_convmap_count(map);
	struct fa_conversation *all = calloc(count, sizeof(*all));

	assert_non_null(all);
	for (size_t i = 0; i < count; i++)
		fa_convmap_get(map, i, &all[i]);
	qsort(all, count, sizeof(*all), by_bucket_and_identity);
	return all;
}

/* The sums over all windows are those of a run without windows, to the last count. */
static void windows_change_nothing(void **state)
{
	(void)state;
	for (uint64_t round = 1; round <= 8; round++) {
		struct bench *whole = bench_new(), *parted = bench_new();
		int64_t clock_ns = 1700000000 * SECOND;
		struct fa_conversation *a, *b;
		size_t count, windows = 0;
		const char *payload;
		bool done = true;

		seed = round;
		print_message("seed %u\n", (unsigned)round);
		whole->options.bucket_ns = parted->options.bucket_ns = 300 * SECOND;
		if (round % 2 == 0)
			parted->options.max_conversations = 10;
		bench_open(whole, false);
		bench_open(parted, round % 3 == 0);
		for (int i = 0; i < 10000; i++) {
			struct fa_packet packet = orderly(&clock_ns, &payload);

			assert_int_equal(give(whole, &packet, payload), 0);
			assert_int_equal(give(parted, &packet, payload), 0);
			if (next(100) == 0) {
				assert_int_equal(fa_flows_close_window(parted->flows), 0);
				windows++;
				done = false;
			}
			if (!done)
				assert_int_equal(fa_flows_close_some(parted->flows, 1 + next(20),
								     &done), 0);
		}
		assert_true(windows > 50);
		finish(whole);
		finish(parted);
		assert_true(parted->got_count > whole->got_count + 100);
		count = fa_convmap_count(whole->sums);
		assert_int_equal(fa_convmap_count(parted->sums), count);
		a = sorted(whole->sums);
		b = sorted(parted->sums);
		assert_memory_equal(a, b, count * sizeof(*a));
		free(a);
		free(b);
		bench_free(whole);
		bench_free(parted);
	}
}

static void first_packets_are_kept(void **state)
{
	struct bench *bench = bench_new();
	const uint8_t bytes[40] = {0x45};
	const struct say say = {.at = 100, .from = 'a'};
	struct fa_packet packet = packet_of(&dns, &say);

	(void)state;
	bench->options.keep_packets = 3;
	TALK(bench, &web, {.at = 1, .from = 'a', .tcp = SYN}, {.at = 2, .from = 'b', .tcp = SYN_ACK},
	     {.at = 3, .from = 'a', .tcp = ACK, .payload = "!TLS"},
	     {.at = 4, .from = 'a', .tcp = ACK}, {.at = 5, .from = 'a', .tcp = ACK});
	assert_int_equal(bench->kept_count, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(bench->kept[i].ts_ns, (i + 1) * SECOND);
	assert_int_equal(bench->kept[1].src_port, 443);
	close_window(bench, 10);
	TALK(bench, &web, {.at = 6, .from = 'a', .tcp = ACK});
	assert_int_equal(bench->kept_count, 3); /* of the flow, not of the window */
	assert_int_equal(fa_flows_packet(bench->flows, &packet, bytes), 0);
	assert_ptr_equal(bench->kept_bytes, bytes);
	assert_int_equal(bench->kept_count, 4);
	bench->sink_error = -5;
	assert_int_equal(fa_flows_packet(bench->flows, &packet, bytes), -5);
	bench->sink_error = 0;
	finish(bench);
	bench_free(bench);
}

/* A later fragment comes with the ports that its flow has. */
static void kept_fragments_have_ports(void **state)
{
	struct bench *bench = bench_new();
	struct ends later = dns;

	(void)state;
	later.a_port = later.b_port = 0;
	bench->options.keep_packets = 1000; /* 255 is the most */
	TALK(bench, &dns, {.at = 1, .from = 'a', .flags = FA_PACKET_FRAGMENT_FIRST});
	TALK(bench, &later, {.at = 1, .from = 'a', .flags = FA_PACKET_FRAGMENT_LATER});
	assert_int_equal(bench->kept_count, 2);
	assert_true(bench->kept[1].src_port == 40000 && bench->kept[1].dst_port == 53);
	for (int i = 0; i < 600; i++)
		TALK(bench, &dns, {.at = 2, .from = 'b'});
	assert_int_equal(bench->kept_count, 255);
	finish(bench);
	bench_free(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tick_ends_flows),
		cmocka_unit_test(ticks_before_the_first_packet),
		cmocka_unit_test(a_clock_behind),
		cmocka_unit_test(after_a_suspend),
		cmocka_unit_test(ends_are_spread),
		cmocka_unit_test(overdue_flows_make_room),
		cmocka_unit_test(a_window_hands_on_what_was_counted),
		cmocka_unit_test(the_next_bucket_waits),
		cmocka_unit_test(parts_are_small),
		cmocka_unit_test(parts_are_cut_short),
		cmocka_unit_test(an_error_of_the_sink),
		cmocka_unit_test(windows_change_nothing),
		cmocka_unit_test(first_packets_are_kept),
		cmocka_unit_test(kept_fragments_have_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
