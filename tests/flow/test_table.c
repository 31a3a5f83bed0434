/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The flow table against a naive model; the timer wheel; whom the cap hits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/time.h"
#include "flow/table.h"

#define SECOND FA_NS_PER_SECOND

static uint64_t seed;

static uint64_t next(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return seed >> 33;
}

static struct fa_flow_table *table_new(size_t max, bool records)
{
	static struct fa_flow_table table;

	assert_int_equal(fa_flow_table_init(&table, max, records), 0);
	return &table;
}

static struct fa_flow_key key_of(uint64_t number)
{
	return (struct fa_flow_key){{number, 0, number / 7, 0, number << 32, 6 << 24 | 4 << 16}};
}

static struct flow *add(struct fa_flow_table *table, uint64_t number)
{
	struct fa_flow_key key = key_of(number);

	return fa_flow_add(table, &key, fa_flow_hash(table, &key));
}

static struct flow *find(const struct fa_flow_table *table, uint64_t number)
{
	struct fa_flow_key key = key_of(number);

	return fa_flow_find(table, &key, fa_flow_hash(table, &key));
}

/*
 * Random adding and removing; every key is looked up again and again. With at most 512 flows the
 * index has 1024 slots half full, so that removal meets long runs of neighbours.
 */
static void against_model(size_t keys, size_t max, unsigned steps)
{
	static struct flow *model[8192];
	struct fa_flow_table *table = table_new(max, false);
	size_t count = 0;

	memset(model, 0, sizeof(model));
	for (unsigned step = 0; step < steps; step++) {
		size_t n = next() % keys;

		if (model[n] == NULL) {
			model[n] = add(table, n);
			assert_int_equal(model[n] != NULL, count < max);
			if (model[n] != NULL) {
				assert_int_equal(model[n]->last_clock_ns, 0); /* clean again */
				assert_null(model[n]->inspection);
				model[n]->last_clock_ns = (int64_t)n + 1;
				model[n]->inspection = table;
				count++;
			}
		} else if (next() % 2 == 0) {
			fa_flow_remove(table, model[n]);
			model[n] = NULL;
			count--;
		}
		assert_int_equal(table->count, count);
		for (int i = 0; i < 4; i++) {
			n = next() % keys;
			assert_ptr_equal(find(table, n), model[n]);
		}
	}
	for (size_t n = 0; n < keys; n++) {
		assert_ptr_equal(find(table, n), model[n]);
		if (model[n] != NULL)
			assert_int_equal(model[n]->last_clock_ns, n + 1);
	}
	fa_flow_table_deinit(table);
}

static void random_keys(void **state)
{
	(void)state;
	seed = 1;
	against_model(1000, 512, 100000);
	against_model(8192, 6000, 60000);
	against_model(3, 2, 1000);
}

static void ends_of_one_flow(void **state)
{
	struct fa_packet there = {.src = {10, 0, 0, 9}, .dst = {10, 0, 0, 1}, .src_port = 5,
				  .dst_port = 6, .transport = FA_IP_TCP, .ip_version = 4};
	struct fa_packet back = there;
	struct fa_flow_key a, b;

	(void)state;
	memcpy(back.src, there.dst, 16);
	memcpy(back.dst, there.src, 16);
	back.src_port = 6;
	back.dst_port = 5;
	assert_int_equal(fa_flow_key_of(&there, false, false, &a), SIDE_HIGH);
	assert_int_equal(fa_flow_key_of(&back, false, false, &b), SIDE_LOW);
	assert_memory_equal(&a, &b, sizeof(a));
	assert_true(a.words[4] >> 48 == 6 && (a.words[4] >> 32 & 0xffff) == 5);

	fa_flow_key_of(&there, true, false, &b); /* without ports: both directions, never a real flow */
	assert_memory_not_equal(&a, &b, sizeof(a));
	assert_int_equal(b.words[4], 0);
	back.src_port = 99;
	fa_flow_key_of(&back, true, false, &a);
	assert_memory_equal(&a, &b, sizeof(a));
	back.src_port = 0;
	back.dst_port = 0;
	fa_flow_key_of(&back, false, false, &a); /* port 0 is a port */
	assert_memory_not_equal(&a, &b, sizeof(a));
}

static void one_host_with_itself(void **state)
{
	struct fa_packet packet = {.src = {127, 0, 0, 1}, .dst = {127, 0, 0, 1}, .src_port = 7,
				   .dst_port = 9, .transport = FA_IP_UDP, .ip_version = 4};
	struct fa_flow_key a, b;

	(void)state;
	assert_int_equal(fa_flow_key_of(&packet, false, false, &a), SIDE_LOW);
	packet.src_port = 9;
	packet.dst_port = 7;
	assert_int_equal(fa_flow_key_of(&packet, false, false, &b), SIDE_HIGH);
	assert_memory_equal(&a, &b, sizeof(a));
}

/* ICMP type and code are of the message, not of a side. */
static void icmp_has_no_ports(void **state)
{
	struct fa_packet packet = {.src = {10, 0, 0, 9}, .dst = {10, 0, 0, 1}, .src_port = 8,
				   .dst_port = 3, .transport = FA_IP_ICMP, .ip_version = 4};
	struct fa_packet back = packet;
	struct fa_flow_key a, b;

	(void)state;
	memcpy(back.src, packet.dst, 16);
	memcpy(back.dst, packet.src, 16);
	assert_int_equal(fa_flow_key_of(&packet, false, false, &a), SIDE_HIGH);
	assert_int_equal(fa_flow_key_of(&back, false, false, &b), SIDE_LOW);
	assert_memory_equal(&a, &b, sizeof(a));
	assert_true(a.words[4] == ((uint64_t)8 << 48 | (uint64_t)3 << 32));
}

static void every_field_is_in_the_key(void **state)
{
	const struct fa_packet base = {.src = {1}, .dst = {2}, .src_port = 3, .dst_port = 4,
				       .transport = FA_IP_TCP, .ip_version = 4};
	struct fa_packet other[9];
	struct fa_flow_key key, first;

	(void)state;
	for (size_t i = 0; i < 9; i++)
		other[i] = base;
	other[0].src[15] = 1;
	other[1].dst[15] = 1;
	other[2].src_port = 65535;
	other[3].dst_port = 65535;
	other[4].transport = 255;
	other[5].ip_version = 6;
	other[6].tunnel = FA_TUNNEL_GRE;
	other[7].tunnel_id = 1;
	other[8].tunnel_id = UINT32_MAX;
	fa_flow_key_of(&base, false, false, &first);
	for (size_t i = 0; i < 9; i++) {
		fa_flow_key_of(&other[i], false, false, &key);
		assert_memory_not_equal(&key, &first, sizeof(key));
	}
	assert_true(first.words[5] != UINT64_MAX);
}

enum { TIMED = 300 };

/*
 * As the flow stage uses it: what the wheel gives and is not yet due goes back. A flow comes out
 * in the first turn whose second is behind the one in which it is due, never before it is due.
 */
static void wheel_against_model(int64_t start_ns, int64_t farthest_ns, int64_t step_ns)
{
	struct fa_flow_table *table = table_new(TIMED, false);
	int64_t due[TIMED];
	int64_t now = start_ns;
	struct flow *flow;
	size_t left = 0;

	assert_null(fa_wheel_turn(table, now));
	for (size_t i = 0; i < TIMED; i++) {
		due[i] = now + (int64_t)(next() * next()) % farthest_ns;
		flow = add(table, i);
		assert_int_equal(fa_flow_index(table, flow), i);
		fa_wheel_link(table, flow, due[i]);
		left++;
	}
	for (unsigned turns = 0; left > 0; turns++) {
		assert_true(turns < 1000000);
		now += (int64_t)(next() * next()) % step_ns;
		if (next() % 8 == 0) { /* traffic: relinked somewhere else */
			size_t i = next() % TIMED;

			if (due[i] != INT64_MIN) {
				due[i] = now + (int64_t)(next() * next()) % farthest_ns;
				fa_wheel_unlink(table, &table->flows[i]);
				fa_wheel_link(table, &table->flows[i], due[i]);
			}
		}
		while ((flow = fa_wheel_turn(table, now)) != NULL) {
			size_t i = fa_flow_index(table, flow);

			assert_true(due[i] != INT64_MIN);
			if (now > due[i]) {
				due[i] = INT64_MIN;
				fa_flow_remove(table, flow);
				left--;
			} else {
				fa_wheel_link(table, flow, due[i]);
			}
		}
		for (size_t i = 0; i < TIMED; i++)
			if (due[i] != INT64_MIN && now / SECOND > due[i] / SECOND)
				fail_msg("flow %zu: due %lld, still there at %lld", i,
					 (long long)due[i], (long long)now);
	}
	assert_int_equal(table->count, 0);
	for (size_t i = 0; i < WHEEL_SLOTS; i++)
		assert_int_equal(table->wheel[i], 0);
	fa_flow_table_deinit(table);
}

static void wheel(void **state)
{
	(void)state;
	seed = 2;
	wheel_against_model(1700000000 * SECOND, 100 * SECOND, SECOND);
	wheel_against_model(1700000000 * SECOND, 3600 * SECOND, 100 * SECOND);
	wheel_against_model(0, 20000 * SECOND, 300 * SECOND); /* farther than the wheel reaches */
	wheel_against_model(0, 3600 * SECOND, 10000 * SECOND); /* jumps over it */
	wheel_against_model(-5000 * SECOND, 3600 * SECOND, 50 * SECOND);
	wheel_against_model(7, 9000000 * SECOND, 400000 * SECOND);
}

/* Turning is bounded, however far the clock jumps, and a wheel that was empty starts at now. */
static void wheel_jumps(void **state)
{
	struct fa_flow_table *table = table_new(2, false);
	struct flow *flow, *other;

	(void)state;
	assert_null(fa_wheel_turn(table, INT64_MIN));
	assert_null(fa_wheel_turn(table, 0));
	flow = add(table, 1);
	fa_wheel_link(table, flow, 5 * SECOND);
	assert_null(fa_wheel_turn(table, 5 * SECOND + SECOND - 1));
	assert_ptr_equal(fa_wheel_turn(table, 6 * SECOND), flow);
	assert_null(fa_wheel_turn(table, 6 * SECOND));
	fa_wheel_link(table, flow, 3 * SECOND); /* in the past: next turn */
	assert_null(fa_wheel_turn(table, 6 * SECOND));
	assert_ptr_equal(fa_wheel_turn(table, 7 * SECOND), flow);
	other = add(table, 2); /* leaves the wheel when it leaves the table */
	fa_wheel_link(table, flow, 100 * SECOND);
	fa_wheel_link(table, other, 100 * SECOND);
	fa_flow_remove(table, other);
	assert_ptr_equal(fa_wheel_turn(table, 200 * SECOND), flow);
	assert_null(fa_wheel_turn(table, 200 * SECOND));
	fa_wheel_link(table, flow, INT64_MAX);
	alarm(5); /* every slot once, not every second of 292 years */
	assert_ptr_equal(fa_wheel_turn(table, INT64_MAX), flow);
	assert_null(fa_wheel_turn(table, INT64_MAX));
	alarm(0);
	fa_flow_remove(table, flow);
	fa_flow_table_deinit(table);
}

/* SIDE of a flow sends COUNT packets. */
static void speak(struct fa_flow_table *table, struct flow *flow, uint8_t side, unsigned count)
{
	fa_flow_note_speaker(table, flow, side);
	flow->saw[side] |= SAW_OTHER;
	flow->delta.packets[side] += count;
}

static struct flow *add_spoken(struct fa_flow_table *table, uint64_t number, unsigned packets)
{
	struct flow *flow = add(table, number);

	assert_non_null(flow);
	speak(table, flow, number % 3 == 0, packets);
	return flow;
}

/* Those that nobody answered go in the order in which they came; then those that send much. */
static void victims(void **state)
{
	struct fa_flow_table *table = table_new(1000, false);
	struct flow *flow;

	(void)state;
	assert_null(fa_flow_victim(table));
	for (uint64_t i = 0; i < 1000; i++) {
		flow = add_spoken(table, i, i < 10 ? 9 : 1);
		if (i % 2 == 0)
			speak(table, flow, i % 3 != 0, 1);
	}
	assert_int_equal(table->unanswered, 500);
	for (uint64_t i = 11; i < 999; i += 2) {
		flow = fa_flow_victim(table);
		assert_ptr_equal(flow, find(table, i));
		fa_flow_remove(table, flow);
		add_spoken(table, 5000 + i, 1); /* in its place */
	}
	speak(table, find(table, 999), 0, 1); /* the last of the first ones is answered in time */
	assert_int_equal(fa_flow_victim(table)->key.words[0], 5011);
	for (uint64_t i = 11; i < 999; i += 2)
		fa_flow_remove(table, find(table, 5000 + i));
	for (int i = 0; i < 4; i++) { /* one of 502 would be left in peace */
		flow = fa_flow_victim(table);
		assert_true(flow->key.words[0] < 10 && flow->key.words[0] % 2 == 1);
		fa_flow_remove(table, flow);
	}
	assert_int_equal(table->unanswered, 1);
	assert_int_equal(table->count, 502);
	fa_flow_table_deinit(table);
}

/* Few that are not answered yet are left in peace, and so are those that are seldom idle. */
static void victims_when_all_are_answered(void **state)
{
	struct fa_flow_table *table = table_new(1024, false);
	struct flow *flow;
	int64_t sum = 0;

	(void)state;
	for (uint64_t i = 0; i < 1024; i++) {
		flow = add_spoken(table, i, 1);
		flow->last_clock_ns = (int64_t)i;
		if (i < 1020)
			speak(table, flow, i % 3 != 0, 1);
	}
	for (int i = 0; i < 500; i++) {
		flow = fa_flow_victim(table);
		assert_in_range(flow->last_clock_ns, 0, 1019);
		sum += flow->last_clock_ns;
	}
	assert_in_range(sum / 500, 1, 200); /* the least of 32 */
	flow = find(table, 0);
	fa_flow_remove(table, flow);
	add_spoken(table, 2000, 1);
	assert_int_equal(table->unanswered, 5);
	assert_ptr_equal(fa_flow_victim(table), find(table, 1020));
	fa_flow_table_deinit(table);
}

/* The order of coming is kept for the last ones, however often places change hands. */
static void victims_after_long_times(void **state)
{
	struct fa_flow_table *table = table_new(64, false);
	uint64_t oldest = 0;

	(void)state;
	seed = 5;
	for (uint64_t i = 0; i < 64; i++)
		add_spoken(table, i, 1);
	for (uint64_t i = 64; i < 5000; i++) {
		if (next() % 2 == 0) { /* in its time, not as a victim */
			while (find(table, oldest) == NULL)
				oldest++;
			fa_flow_remove(table, find(table, oldest));
		} else {
			struct flow *flow = fa_flow_victim(table);

			assert_true(flow->key.words[5] != UINT64_MAX);
			assert_true(flow->key.words[0] + 128 > i);
			fa_flow_remove(table, flow);
		}
		add_spoken(table, i, 1);
		assert_true(table->queue_count <= 64 && table->unanswered == 64);
	}
	fa_flow_table_deinit(table);
}

static void victims_by_lot(void **state)
{
	struct fa_flow_table *table = table_new(100, false);
	struct flow *flow;

	(void)state;
	for (uint64_t i = 0; i < 100; i++) {
		flow = add_spoken(table, i, 1);
		speak(table, flow, i % 3 != 0, 1);
	}
	for (uint64_t i = 0; i < 100; i++)
		if (i != 4 && i != 90)
			fa_flow_remove(table, find(table, i));
	find(table, 4)->last_clock_ns = -10;
	/* Two are left, and of those the one that is idle longer; never a place that is free. */
	for (int i = 0; i < 200; i++) {
		flow = fa_flow_victim(table);
		assert_true(flow->key.words[5] != UINT64_MAX);
		assert_ptr_equal(flow, find(table, 4));
	}
	fa_flow_table_deinit(table);
}

/* Round the table: first those that nobody answered, each in turn; only flows under inspection. */
static void inspected_victims(void **state)
{
	struct fa_flow_table *table = table_new(100, false);
	unsigned hits[100] = {0};

	(void)state;
	assert_null(fa_flow_inspected_victim(table));
	for (uint64_t i = 0; i < 100; i++)
		add(table, i)->saw[0] = SAW_SYN;
	assert_null(fa_flow_inspected_victim(table)); /* none is being inspected */
	table->flows[7].inspection = table;
	table->flows[7].saw[1] = SAW_SYN_ACK;
	assert_ptr_equal(fa_flow_inspected_victim(table), &table->flows[7]);
	for (size_t i = 50; i < 60; i++)
		table->flows[i].inspection = table;
	fa_flow_remove(table, &table->flows[55]);
	for (int i = 0; i < 90; i++)
		hits[fa_flow_index(table, fa_flow_inspected_victim(table))]++;
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(hits[i], i >= 50 && i < 60 && i != 55 ? 10 : 0);
	fa_flow_table_deinit(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_keys),	      cmocka_unit_test(ends_of_one_flow),
		cmocka_unit_test(one_host_with_itself), cmocka_unit_test(icmp_has_no_ports),
		cmocka_unit_test(every_field_is_in_the_key), cmocka_unit_test(wheel),
		cmocka_unit_test(wheel_jumps),	      cmocka_unit_test(victims),
		cmocka_unit_test(victims_when_all_are_answered),
		cmocka_unit_test(victims_after_long_times), cmocka_unit_test(victims_by_lot),
		cmocka_unit_test(inspected_victims),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
