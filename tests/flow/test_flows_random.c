/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Random traffic between few hosts: nothing is lost or counted twice, and two workers that share
 * the address pairs sum up to the same conversations as one that has all.
 */
#include "flow/bench.h"

static uint64_t seed;

static uint64_t next(uint64_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 33) % below;
}

static const char *const hosts[] = {"10.0.0.1", "10.0.0.2",  "10.0.0.3", "2001:db8::1",
				    "fe80::7",	"224.0.0.5", "10.0.0.4"};
static const uint16_t ports[] = {443, 53, 40000, 40001, 8};
static const uint8_t transports[] = {FA_IP_TCP, FA_IP_TCP, FA_IP_TCP, FA_IP_UDP,
				     FA_IP_UDP, FA_IP_ICMP, 47};
static const uint8_t tcp_flags[] = {SYN, SYN, SYN_ACK, ACK, ACK, ACK, ACK, FIN | ACK, RST, 0};
static const char *const payloads[] = {NULL, NULL, "x", "y", "!TLS", "?HTTP", "=SSH"};

static struct fa_packet random_packet(int64_t *clock_ns, const char **payload)
{
	const char *a = hosts[next(COUNT(hosts))], *b = hosts[next(COUNT(hosts))];
	struct ends ends;
	struct say say = {.from = 'a'};
	struct fa_packet packet;

	while ((strchr(a, ':') == NULL) != (strchr(b, ':') == NULL))
		b = hosts[next(COUNT(hosts))];
	ends = (struct ends){a, b, ports[next(COUNT(ports))], ports[next(COUNT(ports))],
			     transports[next(COUNT(transports))], 0, 0};
	if (next(10) == 0) {
		ends.tunnel = FA_TUNNEL_VXLAN;
		ends.tunnel_id = (uint32_t)next(2);
	}
	if (ends.transport == 47)
		ends.a_port = ends.b_port = 0;
	if (ends.transport == FA_IP_TCP)
		say.tcp = tcp_flags[next(COUNT(tcp_flags))];
	else if (ends.transport == FA_IP_ICMP && next(2) == 0)
		say.flags = FA_PACKET_REPLY;
	say.seq = (uint32_t)next(5000);
	say.payload = *payload = payloads[next(COUNT(payloads))];
	if (ends.transport == FA_IP_UDP && next(4) == 0) {
		say.flags |= next(2) ? FA_PACKET_FRAGMENT_FIRST : FA_PACKET_FRAGMENT_LATER;
		say.fragment_id = (uint32_t)next(3);
		if (say.flags & FA_PACKET_FRAGMENT_LATER)
			ends.a_port = ends.b_port = 0;
	}
	packet = packet_of(&ends, &say);
	*clock_ns += (int64_t)next(next(50) == 0 ? 100 * SECOND : SECOND);
	packet.clock_ns = *clock_ns;
	packet.ts_ns = *clock_ns - (int64_t)next(2 * SECOND);
	return packet;
}

struct totals {
	uint64_t packets, bytes, payload_packets, flows, ended;
};

static struct totals totals_of(const struct bench *bench)
{
	struct totals sum = {0};
	struct fa_conversation c;

	for (size_t i = 0; i < fa_convmap_count(bench->sums); i++) {
		fa_convmap_get(bench->sums, i, &c);
		sum.packets += c.counts.packets_to_server + c.counts.packets_to_client;
		sum.bytes += c.counts.bytes_to_server + c.counts.bytes_to_client;
		sum.payload_packets += c.counts.payload_packets;
		sum.flows += c.counts.flows;
		for (size_t s = 0; s < FA_FLOW_STATE_COUNT; s++)
			sum.ended += c.counts.flows_in_state[s];
	}
	return sum;
}

static struct bench *random_bench(void)
{
	struct bench *bench = bench_new();

	bench->options.bucket_ns = 300 * SECOND;
	bench->options.active_ns = 200 * SECOND;
	return bench;
}

/* Whatever the limits do, every packet is in one conversation, every flow begins and ends once. */
static void nothing_is_lost(void **state)
{
	(void)state;
	for (uint64_t round = 1; round <= 12; round++) {
		struct bench *bench = random_bench();
		struct totals want = {0}, got;
		int64_t clock_ns = 1700000000 * SECOND;
		const struct fa_worker_counts *counts;
		const char *payload;

		seed = round;
		print_message("seed %u\n", (unsigned)round);
		bench->options.max_flows = round % 3 == 0 ? 20 : 4096;
		bench->options.max_conversations = round % 2 == 0 ? 10 : 16384;
		bench->states_max = round % 4 == 0 ? 3 : 100000;
		bench_open(bench, round % 2 == 1);
		for (int i = 0; i < 10000; i++) {
			struct fa_packet packet = random_packet(&clock_ns, &payload);

			assert_int_equal(give(bench, &packet, payload), 0);
			want.packets++;
			want.bytes += packet.ip_bytes;
			want.payload_packets += packet.payload_bytes > 0;
			if (next(3000) == 0)
				assert_int_equal(fa_flows_flush(bench->flows), 0);
		}
		finish(bench);
		counts = fa_flows_counts(bench->flows);
		got = totals_of(bench);
		assert_int_equal(got.packets, want.packets);
		assert_int_equal(got.bytes, want.bytes);
		assert_int_equal(got.payload_packets, want.payload_packets);
		assert_int_equal(got.flows, counts->flows);
		assert_int_equal(got.ended, counts->flows);
		assert_int_equal(counts->packets, want.packets);
		assert_int_equal(counts->flows_evicted > 0, round % 3 == 0);
		assert_int_equal(counts->inspections_evicted > 0, round % 4 == 0);
		bench_free(bench);
	}
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

static bool is_second(const struct fa_packet *packet)
{
	uint8_t sum = packet->tunnel;

	for (size_t i = 0; i < 16; i++)
		sum = (uint8_t)(sum + packet->src[i] * 7 + packet->dst[i] * 7);
	return sum % 2 == 1;
}

static void two_workers_are_one(void **state)
{
	(void)state;
	for (uint64_t round = 101; round <= 106; round++) {
		struct bench *whole = random_bench(), *half[2] = {random_bench(), random_bench()};
		int64_t clock_ns = 1700000000 * SECOND;
		struct fa_conversation *a, *b, c;
		uint64_t shares[2] = {0};
		const char *payload;
		size_t count;

		seed = round;
		print_message("seed %u\n", (unsigned)round);
		bench_open(whole, false);
		bench_open(half[0], false);
		bench_open(half[1], false);
		for (int i = 0; i < 10000; i++) {
			struct fa_packet packet = random_packet(&clock_ns, &payload);
			int which = is_second(&packet);

			assert_int_equal(give(whole, &packet, payload), 0);
			assert_int_equal(give(half[which], &packet, payload), 0);
			shares[which]++;
		}
		assert_true(shares[0] > 1000 && shares[1] > 1000);
		finish(whole);
		finish(half[0]);
		finish(half[1]);
		for (size_t i = 0; i < fa_convmap_count(half[1]->sums); i++) {
			fa_convmap_get(half[1]->sums, i, &c);
			fa_counts_add(fa_convmap_at(half[0]->sums, c.bucket_ns, &c.id), &c.counts);
		}
		count = fa_convmap_count(whole->sums);
		assert_int_equal(fa_convmap_count(half[0]->sums), count);
		a = sorted(whole->sums);
		b = sorted(half[0]->sums);
		assert_memory_equal(a, b, count * sizeof(*a));
		free(a);
		free(b);
		bench_free(whole);
		bench_free(half[0]);
		bench_free(half[1]);
	}
}

/* The sums of records are the sums of conversations. */
static void records_sum_up(void **state)
{
	struct bench *bench = random_bench();
	struct ends ends = {"10.0.0.1", "10.0.0.2", 1, 443, FA_IP_TCP, 0, 0};
	struct totals want, got = {0};
	double at = 0;

	(void)state;
	seed = 77;
	bench->options.active_ns = 10 * SECOND;
	bench->options.bucket_ns = 7 * SECOND;
	bench_open(bench, true);
	for (int i = 0; i < 400; i++) {
		ends.a_port = (uint16_t)(1 + next(3));
		at += (double)next(900) / 1000;
		TALK(bench, &ends, {.at = at, .from = next(2) ? 'a' : 'b', .tcp = ACK,
				    .payload = next(3) == 0 ? "!TLS" : NULL,
				    .bytes = (uint32_t)next(100)});
	}
	finish(bench);
	want = totals_of(bench);
	assert_true(bench->record_count > 20 && bench->record_count <= COUNT(bench->records));
	for (size_t i = 0; i < bench->record_count; i++) {
		const struct fa_counts *counts = &bench->records[i].counts;

		got.packets += counts->packets_to_server + counts->packets_to_client;
		got.bytes += counts->bytes_to_server + counts->bytes_to_client;
		got.payload_packets += counts->payload_packets;
		got.flows += counts->flows;
		assert_true(counts->first_seen_ns <= counts->last_seen_ns);
		assert_true(bench->records[i].id.client_port != 0);
		for (size_t s = 0; s < FA_FLOW_STATE_COUNT; s++)
			got.ended += counts->flows_in_state[s];
	}
	assert_memory_equal(&got, &want, sizeof(got));
	assert_true(got.flows == 3 && got.packets == 400);
	bench_free(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost),
		cmocka_unit_test(two_workers_are_one),
		cmocka_unit_test(records_sum_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
