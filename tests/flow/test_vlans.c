/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VLANs and layers: what is remembered, and flows that VLANs tell apart when that is wanted. */
#include "flow/bench.h"


static const struct ends web = {"10.0.0.1", "10.0.0.2", 40000, 443, FA_IP_TCP, 0, 0};
static const struct ends udp = {"10.0.0.1", "10.0.0.2", 40000, 53, FA_IP_UDP, 0, 0};
static const struct ends none = {"10.0.0.1", "10.0.0.2", 0, 0, FA_IP_UDP, 0, 0};

static struct bench *bench_of(bool key_vlan)
{
	struct bench *bench = bench_new();

	bench->options.key_vlan = key_vlan;
	bench_open(bench, true);
	return bench;
}

/* Two networks with the same addresses, one with two tags, one without any. */
static void four(struct bench *bench)
{
	TALK(bench, &web, {.from = 'a', .tcp = SYN, .vlan = {10}},
	     {.from = 'b', .tcp = SYN_ACK, .vlan = {10}}, {.from = 'a', .tcp = SYN, .vlan = {20}},
	     {.from = 'a', .tcp = SYN, .vlan = {20, 4095}}, {.from = 'a', .tcp = SYN});
	finish(bench);
}

static void without(void **state)
{
	struct bench *bench = bench_of(false);
	struct fa_conversation c;

	(void)state;
	four(bench);
	c = only(bench);
	assert_true(c.id.vlan[0] == 0 && c.id.vlan[1] == 0);
	assert_int_equal(c.counts.flows, 1);
	assert_int_equal(bench->record_count, 1);
	assert_int_equal(bench->records[0].vlan_count, 1);
	assert_int_equal(bench->records[0].vlan[0], 10);
	bench_free(bench);
}

static void with(void **state)
{
	static const struct {
		uint16_t vlan[2];
		uint64_t packets;
	} want[] = {{{10, 0}, 2}, {{20, 0}, 1}, {{20, 4095}, 1}, {{0, 0}, 1}};
	struct bench *bench = bench_of(true);

	(void)state;
	four(bench);
	assert_int_equal(fa_convmap_count(bench->sums), COUNT(want));
	assert_int_equal(bench->record_count, COUNT(want));
	for (size_t i = 0; i < COUNT(want); i++) {
		struct fa_conversation c;
		size_t found = 0;

		for (size_t k = 0; k < COUNT(want); k++) {
			fa_convmap_get(bench->sums, k, &c);
			if (memcmp(c.id.vlan, want[i].vlan, sizeof(c.id.vlan)) != 0)
				continue;
			found++;
			assert_int_equal(c.counts.packets_to_server + c.counts.packets_to_client,
					 want[i].packets);
			assert_addr(&c.id.client, "10.0.0.1");
			assert_int_equal(c.id.server_port, 443);
			assert_int_equal(c.id.direction_by, FA_BY_SYN);
		}
		assert_int_equal(found, 1);
	}
	bench_free(bench);
}

/* Fragments of two networks have the same ids. */
static void fragments(void **state)
{
	struct bench *bench = bench_of(true);
	struct fa_conversation c;

	(void)state;
	TALK(bench, &none, {.from = 'a', .flags = FA_PACKET_FRAGMENT_LATER, .vlan = {7}});
	TALK(bench, &udp, {.from = 'a', .flags = FA_PACKET_FRAGMENT_FIRST, .vlan = {8}});
	TALK(bench, &none, {.from = 'a', .flags = FA_PACKET_FRAGMENT_LATER, .vlan = {7}},
	     {.from = 'a', .flags = FA_PACKET_FRAGMENT_LATER, .vlan = {8}});
	finish(bench);
	assert_int_equal(fa_convmap_count(bench->sums), 2);
	for (size_t i = 0; i < 2; i++) {
		fa_convmap_get(bench->sums, i, &c);
		assert_int_equal(c.counts.packets_to_server, 2);
		assert_int_equal(c.id.fragment, c.id.vlan[0] == 7);
	}
	bench_free(bench);
}

static struct fa_packet error_packet(uint16_t vlan, uint64_t pair_hash)
{
	static const struct ends icmp = {"10.0.0.9", "10.0.0.1", 3, 3, FA_IP_ICMP, 0, 0};
	const struct say say = {.from = 'a', .flags = FA_PACKET_QUOTES, .vlan = {vlan, 4095}};
	struct fa_packet packet = packet_of(&icmp, &say);

	packet.pair_hash = pair_hash;
	packet.quoted_transport = FA_IP_UDP;
	packet.quoted_src_port = 40000;
	packet.quoted_dst_port = 53;
	packet.quoted_dst[0] = 10;
	packet.quoted_dst[3] = 2;
	return packet;
}

/* Errors are flows by the pair that they quote, too, and by nothing else. */
static void errors(void **state)
{
	static const uint64_t hashes[] = {0, UINT64_C(1) << 33, UINT64_C(1) << 40,
					  UINT64_C(1) << 49, UINT64_C(1) << 63, UINT64_MAX};
	struct bench *bench = bench_of(true);
	struct fa_conversation c;

	(void)state;
	for (size_t i = 0; i < COUNT(hashes); i++)
		for (uint16_t vlan = 1; vlan <= 2; vlan++) {
			struct fa_packet packet = error_packet(vlan, hashes[i]);

			assert_int_equal(give(bench, &packet, NULL), 0);
			assert_int_equal(give(bench, &packet, NULL), 0);
		}
	assert_int_equal(fa_flows_active(bench->flows), 2 * COUNT(hashes));
	finish(bench);
	assert_true(bench->last_like.src_port == 3 && bench->last_like.dst_port == 3);
	assert_int_equal(fa_convmap_count(bench->sums), 2);
	for (size_t i = 0; i < 2; i++) {
		fa_convmap_get(bench->sums, i, &c);
		assert_int_equal(c.id.server_port, 3 << 8 | 3);
		assert_int_equal(c.id.vlan[1], 4095);
		assert_int_equal(c.counts.flows, COUNT(hashes));
	}
	bench_free(bench);
}

static void errors_meet_the_flow_of_their_network(void **state)
{
	struct bench *bench = bench_of(true);
	struct fa_packet packet = error_packet(2, 77);
	uint64_t unreachable[3] = {0};
	struct fa_conversation c;

	(void)state;
	TALK(bench, &udp, {.from = 'a', .vlan = {1, 4095}}, {.from = 'a', .vlan = {2, 4095}});
	assert_int_equal(give(bench, &packet, NULL), 0);
	finish(bench);
	for (size_t i = 0; i < fa_convmap_count(bench->sums); i++) {
		fa_convmap_get(bench->sums, i, &c);
		unreachable[c.id.vlan[0]] += c.counts.flows_in_state[FA_FLOW_UNREACHABLE];
	}
	assert_true(unreachable[1] == 0 && unreachable[2] == 1);
	bench_free(bench);
}

static void layers(void **state)
{
	const struct say say = {.from = 'a', .tcp = SYN, .vlan = {5, 6}};
	struct bench *bench = bench_of(false);
	struct fa_packet packet = packet_of(&web, &say);

	(void)state;
	packet.layers = fa_layer_bit(FA_TUNNEL_VLAN) | fa_layer_bit(FA_TUNNEL_MPLS);
	assert_int_equal(give(bench, &packet, NULL), 0);
	packet.layers = 0;
	assert_int_equal(give(bench, &packet, NULL), 0);
	finish(bench);
	assert_int_equal(bench->record_count, 1);
	assert_int_equal(bench->records[0].layers,
			 fa_layer_bit(FA_TUNNEL_VLAN) | fa_layer_bit(FA_TUNNEL_MPLS));
	assert_int_equal(bench->records[0].vlan_count, 2);
	assert_int_equal(bench->records[0].vlan[1], 6);
	bench_free(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without),
		cmocka_unit_test(with),
		cmocka_unit_test(fragments),
		cmocka_unit_test(errors),
		cmocka_unit_test(errors_meet_the_flow_of_their_network),
		cmocka_unit_test(layers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
