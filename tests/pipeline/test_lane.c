/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lane: what fits arrives once and in order, what does not is counted, marks wait for room. */
#include "base/time.h"
#include "pipeline/lane.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

enum { LANES = 3, WORKERS = 2, RING = 4096, MANY_PACKETS = 20000, BYTES_MAX = 600 };

enum { FILLER = 1000 }; /* a kind of record that only takes room */

struct bench {
	struct fa_shared *shared;
	struct fa_channel channels[WORKERS];
	struct fa_lane lanes[LANES];
	unsigned lane_count, workers;
};

static void make(struct bench *bench, unsigned lanes, unsigned workers)
{
	memset(bench, 0, sizeof(*bench));
	bench->lane_count = lanes;
	bench->workers = workers;
	bench->shared = fa_shared_map(sizeof(*bench->shared));
	assert_non_null(bench->shared);
	for (unsigned w = 0; w < workers; w++)
		for (unsigned l = 0; l < lanes; l++)
			assert_int_equal(fa_ring_new(&bench->channels[w].packets[l], RING), 0);
	for (unsigned l = 0; l < lanes; l++)
		assert_int_equal(fa_lane_init(&bench->lanes[l], l, bench->channels, workers,
					      bench->shared),
				 0);
}

static void unmake(struct bench *bench)
{
	for (unsigned w = 0; w < bench->workers; w++)
		for (unsigned l = 0; l < bench->lane_count; l++)
			fa_ring_free(bench->channels[w].packets[l]);
	munmap(bench->shared, sizeof(*bench->shared));
}

static const uint8_t payload[BYTES_MAX] = {'f', 'i', 'r', 's', 't'};

/* A packet whose bytes tell something: UDP, all of it payload. */
static struct fa_packet a_packet(uint64_t number, uint64_t hash, uint32_t bytes)
{
	struct fa_packet packet;

	memset(&packet, 0, sizeof(packet));
	packet.ip_version = 4;
	packet.transport = FA_IP_UDP;
	packet.number = number;
	packet.pair_hash = hash;
	packet.captured = packet.ip_bytes = packet.payload_bytes = bytes;
	return packet;
}

static int give(struct fa_lane *lane, uint64_t number, uint64_t hash, uint32_t bytes)
{
	struct fa_packet packet = a_packet(number, hash, bytes);

	return fa_lane_packet(lane, &packet, payload);
}

/* Takes everything that a ring has; NUMBERS gets the packets', the number of ticks is returned. */
static unsigned take_all(const struct fa_ring *ring, uint64_t *numbers, size_t *count,
			 struct fa_tick *last_tick)
{
	struct fa_ring_consumer in;
	const void *record;
	uint32_t len, kind;
	unsigned ticks = 0;

	assert_int_equal(fa_ring_consumer_init(&in, ring), 0);
	while ((record = fa_ring_next(&in, &len, &kind)) != NULL) {
		const struct fa_packet *packet = record;

		if (kind == FA_RECORD_TICK) {
			assert_int_equal(len, sizeof(*last_tick));
			memcpy(last_tick, record, sizeof(*last_tick));
			ticks++;
			continue;
		}
		if (kind == FILLER)
			continue;
		assert_int_equal(kind, FA_RECORD_PACKET);
		assert_int_equal(len, sizeof(*packet) + packet->captured);
		assert_memory_equal(packet + 1, payload, packet->captured);
		if (numbers != NULL)
			numbers[(*count)++] = packet->number;
	}
	assert_int_equal(fa_ring_consumer_error(&in), 0);
	fa_ring_release(&in);
	return ticks;
}

/* A ring that is written to directly tells what fits. */
static void drops_exactly_what_does_not_fit(void **state)
{
	struct bench bench;
	struct fa_ring *oracle = NULL;
	struct fa_ring_producer producer;
	uint64_t expected[512], got[512];
	uint64_t dropped = 0, sent = 0;
	unsigned seed = 1;

	(void)state;
	make(&bench, 1, 1);
	assert_int_equal(fa_ring_new(&oracle, RING), 0);
	assert_int_equal(fa_ring_producer_init(&producer, oracle), 0);
	for (int round = 0; round < 200; round++) {
		size_t expected_count = 0, got_count = 0, ignored = 0;
		struct fa_tick tick;
		int packets = rand_r(&seed) % 60;

		for (int i = 0; i < packets; i++) {
			uint32_t bytes = (uint32_t)rand_r(&seed) % BYTES_MAX;
			size_t len = sizeof(struct fa_packet) + bytes;
			struct fa_packet packet = a_packet(++sent, 7, bytes);
			void *space = fa_ring_reserve(&producer, len, FA_RECORD_PACKET);

			assert_int_equal(give(&bench.lanes[0], sent, 7, bytes), 0);
			if (space == NULL) {
				dropped++;
				continue;
			}
			memcpy(space, &packet, sizeof(packet));
			memcpy((uint8_t *)space + sizeof(packet), payload, bytes);
			fa_ring_commit(&producer, len);
			expected[expected_count++] = sent;
		}
		assert_int_equal(bench.lanes[0].counts.dropped_ring, dropped);
		fa_ring_flush(&producer);
		fa_lane_publish(&bench.lanes[0]);
		take_all(oracle, NULL, &ignored, &tick);
		take_all(bench.channels[0].packets[0], got, &got_count, &tick);
		assert_int_equal(got_count, expected_count);
		assert_memory_equal(got, expected, got_count * sizeof(got[0]));
	}
	assert_true(dropped > 1000 && dropped < sent / 2 + sent / 4);
	fa_ring_free(oracle);
	unmake(&bench);
}

/* Nobody reads: a moment is waited for, then nothing, and what came first stays. */
static void waits_a_moment_and_no_more(void **state)
{
	struct bench bench;
	int64_t begun_ns;
	int64_t longest_ns = 0;
	int64_t sum_ns = 0;
	uint64_t numbers[RING / sizeof(struct fa_packet)];
	size_t count = 0;
	struct fa_tick tick;
	struct fa_capture_counts counts;

	(void)state;
	make(&bench, 1, 1);
	for (uint64_t i = 1; i <= 100000; i++) {
		int64_t took_ns;

		begun_ns = fa_monotonic_ns();
		assert_int_equal(give(&bench.lanes[0], i, i, 20), 0);
		took_ns = fa_monotonic_ns() - begun_ns;
		longest_ns = took_ns > longest_ns ? took_ns : longest_ns;
		sum_ns += took_ns;
	}
	assert_true(longest_ns >= 20000000);
	assert_true(sum_ns < 100000 * INT64_C(20000000) / 100);
	fa_lane_publish(&bench.lanes[0]);
	take_all(bench.channels[0].packets[0], numbers, &count, &tick);
	assert_true(count > 10);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(numbers[i], i + 1);
	fa_board_get(bench.shared->lanes[0].counts, &counts, FA_BOARD_WORDS(counts));
	assert_int_equal(counts.dropped_ring, 100000 - count);
	unmake(&bench);
}

struct asked {
	const struct fa_ring *ring;
	int times, give_up_after;
};

static int when_full(void *context)
{
	struct asked *asked = context;
	struct fa_tick tick;
	size_t count = 0;

	if (++asked->times == asked->give_up_after)
		return FA_EINTERRUPTED;
	take_all(asked->ring, NULL, &count, &tick);
	return 0;
}

/* A replay waits, and asks now and then whether it still should. */
static void waits_when_it_is_told_to(void **state)
{
	struct bench bench;
	struct asked asked = {.give_up_after = 3};
	int error = 0;
	uint64_t given = 0;

	(void)state;
	make(&bench, 1, 1);
	asked.ring = bench.channels[0].packets[0];
	bench.lanes[0].full = when_full;
	bench.lanes[0].context = &asked;
	while (error == 0 && given < 1000)
		error = give(&bench.lanes[0], ++given, 0, 100);
	assert_int_equal(error, FA_EINTERRUPTED);
	assert_int_equal(asked.times, 3);
	assert_true(given > 3 * 10);
	assert_int_equal(bench.lanes[0].counts.dropped_ring, 0);
	unmake(&bench);
}

struct reader {
	pthread_t thread;
	struct bench *bench;
	unsigned worker;
	uint64_t packets, wrong, ticks;
	uint64_t last_number[LANES], last_window[LANES];
	uint8_t (*seen)[MANY_PACKETS + 1]; /* by lane and number, of all readers */
};

static void read_record(struct reader *reader, unsigned lane, const void *record, uint32_t len,
			uint32_t kind)
{
	const struct fa_packet *packet = record;
	struct fa_tick tick;

	if (kind == FA_RECORD_TICK) {
		memcpy(&tick, record, sizeof(tick));
		reader->ticks++;
		reader->wrong += tick.window < reader->last_window[lane];
		reader->last_window[lane] = tick.window;
		return;
	}
	reader->packets++;
	reader->wrong += len != sizeof(*packet) + packet->captured ||
			 packet->pair_hash % WORKERS != reader->worker ||
			 packet->tunnel_id != lane || packet->number > MANY_PACKETS ||
			 packet->number <= reader->last_number[lane];
	reader->last_number[lane] = packet->number;
	if (packet->number <= MANY_PACKETS)
		reader->seen[lane][packet->number]++;
}

static void *read_all(void *context)
{
	struct reader *reader = context;
	struct fa_ring_consumer in[LANES];
	bool drained[LANES] = {false};
	unsigned open = LANES;

	for (unsigned l = 0; l < LANES; l++)
		fa_ring_consumer_init(&in[l], reader->bench->channels[reader->worker].packets[l]);
	while (open > 0)
		for (unsigned l = 0; l < LANES; l++) {
			const void *record;
			uint32_t len, kind;

			while ((record = fa_ring_next(&in[l], &len, &kind)) != NULL)
				read_record(reader, l, record, len, kind);
			if (!drained[l] && fa_ring_wait_data(&in[l], 1) == FA_RING_DRAINED) {
				drained[l] = true;
				open--;
			}
		}
	return NULL;
}

struct writer {
	pthread_t thread;
	struct fa_lane *lane;
	int error;
};

static void *write_all(void *context)
{
	struct writer *writer = context;
	struct fa_lane *lane = writer->lane;
	unsigned seed = lane->index + 1;

	for (uint64_t i = 1; i <= MANY_PACKETS && writer->error == 0; i++) {
		struct fa_packet packet = a_packet(i, (uint64_t)rand_r(&seed),
						   (uint32_t)rand_r(&seed) % BYTES_MAX);
		struct fa_tick tick = {.clock_ns = (int64_t)i, .window = i / 500};

		packet.tunnel_id = lane->index;
		writer->error = fa_lane_packet(lane, &packet, payload);
		if (i % 100 == 0)
			fa_lane_tick(lane, &tick);
	}
	fa_lane_close(lane);
	return NULL;
}

static int go_on(void *context)
{
	(void)context;
	return 0;
}

/* Returns how many packets were dropped. */
static uint64_t all_at_once(int (*full)(void *context))
{
	static uint8_t seen[LANES][MANY_PACKETS + 1];
	struct reader readers[WORKERS] = {{0}};
	struct writer writers[LANES] = {{0}};
	struct bench bench;
	uint64_t packets = 0, dropped = 0, missing = 0;

	make(&bench, LANES, WORKERS);
	memset(seen, 0, sizeof(seen));
	for (unsigned w = 0; w < WORKERS; w++) {
		readers[w].bench = &bench;
		readers[w].worker = w;
		readers[w].seen = seen;
		assert_int_equal(pthread_create(&readers[w].thread, NULL, read_all, &readers[w]),
				 0);
	}
	for (unsigned l = 0; l < LANES; l++) {
		writers[l].lane = &bench.lanes[l];
		writers[l].lane->full = full;
		assert_int_equal(pthread_create(&writers[l].thread, NULL, write_all, &writers[l]),
				 0);
	}
	for (unsigned l = 0; l < LANES; l++) {
		pthread_join(writers[l].thread, NULL);
		assert_int_equal(writers[l].error, 0);
	}
	for (unsigned w = 0; w < WORKERS; w++) {
		pthread_join(readers[w].thread, NULL);
		assert_int_equal(readers[w].wrong, 0);
		assert_true(readers[w].ticks > 0);
		packets += readers[w].packets;
	}
	for (unsigned l = 0; l < LANES; l++) {
		struct fa_capture_counts counts;

		fa_board_get(bench.shared->lanes[l].counts, &counts, FA_BOARD_WORDS(counts));
		dropped += counts.dropped_ring;
		for (unsigned i = 1; i <= MANY_PACKETS; i++) {
			assert_in_range(seen[l][i], 0, 1);
			missing += seen[l][i] == 0;
		}
	}
	assert_int_equal(missing, dropped);
	assert_int_equal(packets + dropped, (uint64_t)LANES * MANY_PACKETS);
	unmake(&bench);
	return dropped;
}

static void every_packet_arrives_once(void **state)
{
	(void)state;
	assert_int_equal(all_at_once(go_on), 0);
}

static void every_packet_arrives_once_or_is_counted(void **state)
{
	(void)state;
	all_at_once(NULL);
}

/* Not even the smallest record fits any more. */
static void fill(struct fa_lane *lane, unsigned worker)
{
	while (fa_ring_reserve(&lane->producers[worker], 0, FILLER) != NULL)
		fa_ring_commit(&lane->producers[worker], 0);
}

static void ticks_reach_every_worker(void **state)
{
	const struct fa_tick tick = {.clock_ns = 12345, .window = 3, .lore = 2};
	struct bench bench;

	(void)state;
	make(&bench, 2, WORKERS);
	assert_int_equal(give(&bench.lanes[1], 9, 1, 10), 0);
	fa_lane_tick(&bench.lanes[1], &tick);
	for (unsigned w = 0; w < WORKERS; w++) {
		struct fa_tick got = {0};
		uint64_t number;
		size_t count = 0;

		assert_int_equal(take_all(bench.channels[w].packets[1], &number, &count, &got), 1);
		assert_int_equal(count, w);
		assert_memory_equal(&got, &tick, sizeof(got));
		assert_int_equal(take_all(bench.channels[w].packets[0], &number, &count, &got), 0);
	}
	assert_int_equal(bench.shared->lanes[1].window, 3);
	assert_true(bench.shared->lanes[1].clock_ns == 12345);
	assert_int_equal(bench.shared->lanes[0].window, 0);
	unmake(&bench);
}

/* The end of a window counts when every worker has been told; whoever had no room is told later. */
static void a_mark_waits_for_room_everywhere(void **state)
{
	struct fa_tick tick = {.clock_ns = 1, .window = 1};
	struct fa_tick got = {0};
	struct bench bench;
	struct fa_lane *lane = &bench.lanes[0];
	size_t count = 0;

	(void)state;
	make(&bench, 1, WORKERS);
	fa_lane_tick(lane, &tick);
	assert_int_equal(bench.shared->lanes[0].window, 1);
	fill(lane, 1);
	tick.window = 2;
	fa_lane_tick(lane, &tick);
	assert_int_equal(lane->window, 1);
	assert_int_equal(bench.shared->lanes[0].window, 1);
	assert_int_equal(take_all(bench.channels[0].packets[0], NULL, &count, &got), 2);
	assert_int_equal(got.window, 2);
	take_all(bench.channels[1].packets[0], NULL, &count, &got);
	assert_int_equal(got.window, 1);
	tick.window = 4;
	fa_lane_tick(lane, &tick);
	assert_int_equal(bench.shared->lanes[0].window, 4);
	assert_int_equal(take_all(bench.channels[1].packets[0], NULL, &count, &got), 1);
	assert_int_equal(got.window, 4);
	unmake(&bench);
}

/* At random: what the lane says is always the least of what lies in the rings. */
static void a_mark_is_the_least_of_all_rings(void **state)
{
	struct bench bench;
	struct fa_lane *lane = &bench.lanes[0];
	uint64_t told[WORKERS] = {0};
	unsigned seed = 7;
	unsigned behind = 0;

	(void)state;
	make(&bench, 1, WORKERS);
	for (uint64_t window = 1; window < 500; window++) {
		struct fa_tick tick = {.window = window};
		uint64_t least = UINT64_MAX;

		for (unsigned w = 0; w < WORKERS; w++)
			if (rand_r(&seed) % 3 == 0)
				fill(lane, w);
		fa_lane_tick(lane, &tick);
		for (unsigned w = 0; w < WORKERS; w++) {
			struct fa_tick got = {.window = told[w]};
			size_t count = 0;

			if (lane->marked[w] > told[w] || rand_r(&seed) % 2 == 0) {
				take_all(bench.channels[w].packets[0], NULL, &count, &got);
				told[w] = got.window;
			}
			least = told[w] < least ? told[w] : least;
		}
		assert_int_equal(bench.shared->lanes[0].window, least);
		behind += least < window;
	}
	assert_in_range(behind, 50, 450);
	unmake(&bench);
}

/* How much travels on of packets of all sorts. */
static void only_telling_bytes_travel(void **state)
{
	static const struct {
		uint8_t transport, flags;
		uint32_t captured, offset;
		uint32_t expected, kept; /* without and with evidence */
	} rows[] = {
		{FA_IP_TCP, 0, 500, 40, 500, 500},
		{FA_IP_TCP, 0, 40, 40, 0, 40},
		{FA_IP_TCP, FA_PACKET_FRAGMENT_LATER, 500, 20, 0, 120},
		{FA_IP_UDP, 0, 28, 28, 0, 28},
		{FA_IP_TCP, 0, 140, 140, 0, 120},
		{FA_IP_ICMP, 0, 84, 28, 84, 84},
		{FA_IP_SCTP, 0, 48, 32, 48, 48},
		{47, 0, 0, 0, 0, 0},
	};

	(void)state;
	for (unsigned i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		bool keeps = i % 2 != 0;
		uint32_t expected = keeps ? rows[i / 2].kept : rows[i / 2].expected;
		struct fa_packet packet = a_packet(1, 0, rows[i / 2].captured);
		const struct fa_packet *got;
		struct fa_ring_consumer in;
		struct bench bench;
		uint32_t len, kind;

		make(&bench, 1, 1);
		bench.lanes[0].keeps = keeps;
		packet.transport = rows[i / 2].transport;
		packet.flags = rows[i / 2].flags;
		packet.payload_offset = rows[i / 2].offset;
		assert_int_equal(fa_lane_packet(&bench.lanes[0], &packet, payload), 0);
		fa_lane_flush(&bench.lanes[0]);
		assert_int_equal(fa_ring_consumer_init(&in, bench.channels[0].packets[0]), 0);
		got = fa_ring_next(&in, &len, &kind);
		assert_non_null(got);
		assert_int_equal(len, sizeof(*got) + expected);
		assert_int_equal(got->captured, expected);
		assert_int_equal(got->payload_offset,
				 packet.payload_offset < expected ? packet.payload_offset
								  : expected);
		assert_int_equal(got->ip_bytes, packet.ip_bytes);
		assert_memory_equal(got + 1, payload, expected);
		unmake(&bench);
	}
}

static void says_what_it_counted(void **state)
{
	struct fa_capture_counts counts;
	struct bench bench;
	struct fa_ring_consumer in;

	(void)state;
	make(&bench, 1, 1);
	bench.lanes[0].counts.packets = 5;
	fa_lane_publish(&bench.lanes[0]);
	fa_board_get(bench.shared->lanes[0].counts, &counts, FA_BOARD_WORDS(counts));
	assert_int_equal(counts.packets, 5);
	bench.lanes[0].counts.packets = 6;
	bench.lanes[0].counts.first_ns = -1;
	fa_lane_flush(&bench.lanes[0]);
	fa_board_get(bench.shared->lanes[0].counts, &counts, FA_BOARD_WORDS(counts));
	assert_int_equal(counts.packets, 6);
	assert_true(counts.first_ns == -1);
	bench.lanes[0].counts.packets = 7;
	fa_lane_close(&bench.lanes[0]);
	fa_board_get(bench.shared->lanes[0].counts, &counts, FA_BOARD_WORDS(counts));
	assert_int_equal(counts.packets, 7);
	assert_int_equal(fa_ring_consumer_init(&in, bench.channels[0].packets[0]), 0);
	assert_int_equal(fa_ring_wait_data(&in, 0), FA_RING_DRAINED);
	unmake(&bench);
}

static int setup(void **state)
{
	(void)state;
	alarm(100); /* a lane that waits for ever is a failure too */
	return 0;
}

/* All lanes hear the same interfaces: packets and the kernel's drops of each are summed, what the
 * device lost is not. */
static void interfaces_of_all_lanes(void **state)
{
	static struct fa_run_totals totals;
	struct fa_run_interfaces one;
	struct fa_worker_shared worker;
	struct fa_job job = {.lanes = 2, .workers = 1};
	struct bench bench;

	(void)state;
	make(&bench, 2, 1);
	memset(&worker, 0, sizeof(worker));
	bench.channels[0].worker = &worker;
	fa_shared_totals(bench.shared, bench.channels, &job, &totals);
	assert_int_equal(totals.interfaces.count, 0);
	for (unsigned lane = 0; lane < 2; lane++) {
		memset(&one, 0, sizeof(one));
		one.count = 2;
		one.more = 1;
		for (unsigned i = 0; i < 2; i++) {
			strcpy(one.items[i].name, i == 0 ? "eth0" : "eth1");
			one.items[i].packets = 100 * lane + i + 1;
			one.items[i].dropped_kernel = 10 * lane + i;
			one.items[i].dropped_interface = 7;
			one.items[i].counts_interface = true;
		}
		fa_lane_interfaces(&bench.lanes[lane], &one);
	}
	fa_shared_totals(bench.shared, bench.channels, &job, &totals);
	assert_int_equal(totals.interfaces.count, 2);
	assert_int_equal(totals.interfaces.more, 1);
	for (unsigned i = 0; i < 2; i++) {
		assert_string_equal(totals.interfaces.items[i].name, i == 0 ? "eth0" : "eth1");
		assert_int_equal(totals.interfaces.items[i].packets, 102 + 2 * i);
		assert_int_equal(totals.interfaces.items[i].dropped_kernel, 10 + 2 * i);
		assert_int_equal(totals.interfaces.items[i].dropped_interface, 7);
		assert_true(totals.interfaces.items[i].counts_interface);
	}
	unmake(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interfaces_of_all_lanes),
		cmocka_unit_test(drops_exactly_what_does_not_fit),
		cmocka_unit_test(waits_a_moment_and_no_more),
		cmocka_unit_test(waits_when_it_is_told_to),
		cmocka_unit_test(every_packet_arrives_once),
		cmocka_unit_test(every_packet_arrives_once_or_is_counted),
		cmocka_unit_test(ticks_reach_every_worker),
		cmocka_unit_test(a_mark_waits_for_room_everywhere),
		cmocka_unit_test(a_mark_is_the_least_of_all_rings),
		cmocka_unit_test(only_telling_bytes_travel),
		cmocka_unit_test(says_what_it_counted),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
