/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packets that stand out of order in their file, by a little and by more. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MANY = 900 };

#define MS 1000000ll

static struct bytes made;

/* Packets as they shall stand in a file: time, and the number that their bytes begin with. */
struct stand {
	int64_t ts_ns;
	uint32_t id;
};

/* What came, in its order. */
static struct {
	struct stand items[4 * MANY];
	unsigned count;
} came;

static uint64_t random_state;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % limit;
}

static int see(void *context, const struct fa_frame *frame)
{
	struct stand *item = &came.items[came.count++];

	(void)context;
	assert_true(came.count <= sizeof(came.items) / sizeof(came.items[0]));
	assert_int_equal(frame->link_type, ETHERNET);
	item->ts_ns = frame->ts_ns;
	memcpy(&item->id, frame->data, sizeof(item->id));
	return 0;
}

static void write_stands(const char *name, const struct stand *items, unsigned count, bool pcapng)
{
	static const uint8_t nanoseconds = 9;

	made.len = 0;
	if (pcapng) {
		size_t block;

		put_ng_section(&made);
		block = begin_ng(&made, 1);
		put32(&made, ETHERNET);
		put32(&made, 0);
		put_ng_option(&made, 9, &nanoseconds, 1);
		end_ng(&made, block);
	} else {
		put_pcap_header(&made, NANO_MAGIC, ETHERNET);
	}
	for (unsigned i = 0; i < count; i++) {
		int64_t ts_ns = items[i].ts_ns;

		if (pcapng)
			put_ng_packet(&made, 0, (uint64_t)ts_ns, &items[i].id, 4);
		else
			put_pcap_packet(&made, (uint32_t)(ts_ns / 1000000000),
					(uint32_t)(ts_ns % 1000000000), &items[i].id, 4);
	}
	write_bytes(name, &made);
}

/* Reads all of NAMES in batches of BATCH. Returns how many packets were put in order. */
static uint64_t read_stands(const char *const *names, size_t count, unsigned batch)
{
	struct fa_frame_sink to = {.fn = see};
	struct fa_source *source;
	uint64_t mended;
	int result;

	came.count = 0;
	assert_int_equal(open_names(&source, names, count, NULL), 0);
	while ((result = fa_source_read(source, batch, &to, &seen.diag)) > 0)
		assert_true((unsigned)result <= batch);
	assert_int_equal(result, 0);
	mended = fa_source_mended(source);
	fa_source_counts(source, &seen.counts);
	fa_source_free(source);
	return mended;
}

static uint64_t read_file(const char *name)
{
	const char *path = in_folder(name);

	return read_stands(&path, 1, 1000);
}

static void assert_came(const struct stand *items, unsigned count)
{
	assert_int_equal(came.count, count);
	for (unsigned i = 0; i < count; i++) {
		if (came.items[i].ts_ns != items[i].ts_ns || came.items[i].id != items[i].id)
			fail_msg("packet %u: %u at %lld, not %u at %lld", i, came.items[i].id,
				 (long long)came.items[i].ts_ns, items[i].id,
				 (long long)items[i].ts_ns);
	}
}

/* Packets in order, some of them at the same time. */
static void make_ordered(struct stand *items, unsigned count)
{
	int64_t ts_ns = 1700000000ll * 1000 * MS;

	for (unsigned i = 0; i < count; i++) {
		ts_ns += random_below(8) == 0 ? random_below(30) * MS : random_below(4) * 50000;
		items[i] = (struct stand){ts_ns, i};
	}
}

struct shuffled {
	struct stand stand;
	int64_t at_ns;
	unsigned turn;
};

static int by_place(const void *a, const void *b)
{
	const struct shuffled *left = a;
	const struct shuffled *right = b;

	if (left->at_ns != right->at_ns)
		return left->at_ns < right->at_ns ? -1 : 1;
	return left->turn < right->turn ? -1 : 1;
}

static int by_time(const void *a, const void *b)
{
	const struct stand *left = a;
	const struct stand *right = b;

	if (left->ts_ns != right->ts_ns)
		return left->ts_ns < right->ts_ns ? -1 : 1;
	return left->id < right->id ? -1 : 1;
}

/* Moves each from FIRST on by up to WITHIN_NS; those of the same time stay in their order. Returns
 * how many stand behind a later one then. */
static unsigned shuffle(struct stand *items, unsigned first, unsigned count, int64_t within_ns)
{
	static struct shuffled to[4 * MANY];
	int64_t newest_ns = 0;
	unsigned behind = 0;

	for (unsigned i = first; i < count; i++) {
		int64_t move_ns = i > first && items[i].ts_ns == items[i - 1].ts_ns
					  ? to[i - 1].at_ns - items[i].ts_ns
					  : (int64_t)random_below((uint32_t)within_ns);

		to[i] = (struct shuffled){items[i], items[i].ts_ns + move_ns, i};
	}
	qsort(&to[first], count - first, sizeof(to[0]), by_place);
	for (unsigned i = first; i < count; i++) {
		items[i] = to[i].stand;
		behind += items[i].ts_ns < newest_ns;
		if (items[i].ts_ns > newest_ns)
			newest_ns = items[i].ts_ns;
	}
	return behind;
}

static void shuffled_within_milliseconds(void **state)
{
	struct stand ordered[MANY];
	struct stand items[MANY];

	(void)state;
	random_state = (uint64_t)time(NULL);
	print_message("seed %llu\n", (unsigned long long)random_state);
	for (unsigned round = 0; round < 40; round++) {
		const char *path = in_folder("shuffled");
		unsigned behind;

		make_ordered(ordered, MANY);
		memcpy(items, ordered, sizeof(items));
		behind = shuffle(items, 0, MANY, 5 * MS);
		write_stands("shuffled", items, MANY, round % 2);
		assert_int_equal(read_stands(&path, 1, 1 + random_below(2000)), behind);
		assert_came(ordered, MANY);
		assert_int_equal(seen.warning_count, 0);
	}
}

/* Also through a pipe's path: compressed, so that not every byte is there at once. */
static void shuffled_and_packed(void **state)
{
	struct stand ordered[MANY];
	struct stand items[MANY];

	(void)state;
	make_ordered(ordered, MANY);
	memcpy(items, ordered, sizeof(items));
	shuffle(items, 0, MANY, 5 * MS);
	write_stands("plain", items, MANY, true);
	write_gzip("packed", made.data, made.len);
	assert_true(read_file("packed") > 0);
	assert_came(ordered, MANY);
}

/* Nothing is out of order: nothing is told, and packets come as they stand. */
static void in_order(void **state)
{
	struct stand items[MANY];

	(void)state;
	for (unsigned format = 0; format < 2; format++) {
		make_ordered(items, MANY);
		write_stands("ordered", items, MANY, format);
		assert_int_equal(read_file("ordered"), 0);
		assert_came(items, MANY);
	}
}

/* Disorder that begins late: the packet that shows it comes as it stands, the others by time. */
static void late_disorder(void **state)
{
	enum { FIRST = 600 };
	struct stand items[MANY];
	struct stand expected[MANY];

	(void)state;
	for (unsigned format = 0; format < 2; format++) {
		unsigned shows = FIRST;
		unsigned behind;

		for (unsigned i = 0; i < MANY; i++)
			items[i] = (struct stand){1000000 * MS + i * MS / 4, i};
		behind = shuffle(items, FIRST, MANY, 5 * MS);
		while (items[shows].ts_ns >= items[shows - 1].ts_ns)
			shows++;
		memcpy(expected, items, sizeof(items));
		qsort(&expected[shows + 1], MANY - shows - 1, sizeof(expected[0]), by_time);
		write_stands("late", items, MANY, format);
		assert_true(behind > 50);
		assert_int_equal(read_file("late"), behind - 1);
		assert_came(expected, MANY);
	}
}

/* A clock that was set back is no disorder: all comes as it stands. */
static void steps_back(void **state)
{
	static const int64_t at_ms[] = {1000, 1001, 1020, 1009, 1010, 500, 501, 499, 5000, 4000};
	struct stand items[10];
	struct stand expected[10];

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		items[i] = (struct stand){at_ms[i] * MS, i};
	memcpy(expected, items, sizeof(items));
	/* 1009 is 11 ms back; 499 only 2 ms */
	expected[5] = items[7];
	expected[6] = items[5];
	expected[7] = items[6];
	for (unsigned format = 0; format < 2; format++) {
		write_stands("steps", items, 10, format);
		assert_int_equal(read_file("steps"), 1);
		assert_came(expected, 10);
	}
}

/* Exactly as far as is looked: 10 ms. */
static void edge(void **state)
{
	const struct stand items[] = {{100 * MS, 0}, {110 * MS, 1}, {100 * MS, 2}, {100 * MS - 1, 3}};
	const struct stand expected[] = {items[0], items[2], items[1], items[3]};

	(void)state;
	write_stands("edge", items, 4, true);
	read_file("edge");
	assert_came(expected, 4);
}

/* Times as far apart as they can be. */
static void far_apart(void **state)
{
	struct stand items[4] = {{0, 0}, {0, 1}, {0, 2}, {0, 3}};
	static const int64_t offsets[] = {INT64_MAX, INT64_MIN, INT64_MAX, INT64_MIN};

	(void)state;
	made.len = 0;
	put_ng_section(&made);
	for (unsigned i = 0; i < 4; i++) {
		size_t block = begin_ng(&made, 1);

		put32(&made, ETHERNET);
		put32(&made, 0);
		put16(&made, 14);
		put16(&made, 8);
		put64(&made, (uint64_t)offsets[i]);
		end_ng(&made, block);
	}
	for (unsigned i = 0; i < 4; i++) {
		put_ng_packet(&made, i, 0, &items[i].id, 4);
		items[i].ts_ns = (offsets[i] < 0 ? -1 : 1) * 4611686018000000000;
	}
	write_bytes("far", &made);
	assert_int_equal(read_file("far"), 0);
	assert_came(items, 4);
}

/* Two files out of order, at the same time: one order. */
static void merged(void **state)
{
	static struct stand ordered[2 * MANY];
	struct stand parts[2][MANY];
	const char *names[] = {in_folder("a"), in_folder("b")};

	(void)state;
	for (unsigned i = 0; i < 2 * MANY; i++) {
		ordered[i] = (struct stand){1000000 * MS + i * MS / 8, i};
		parts[i % 2][i / 2] = ordered[i];
	}
	for (unsigned i = 0; i < 2; i++) {
		shuffle(parts[i], 0, MANY, 5 * MS);
		write_stands(i == 0 ? "a" : "b", parts[i], MANY, i);
	}
	assert_true(read_stands(names, 2, 77) > 100);
	assert_came(ordered, 2 * MANY);
}

/* What was held when a file breaks comes before the break is told. */
static void cut_while_holding(void **state)
{
	const struct stand items[] = {{3 * MS, 0}, {1 * MS, 1}, {2 * MS, 2}, {4 * MS, 3}};
	const struct stand expected[] = {items[1], items[2], items[0]};

	(void)state;
	for (unsigned format = 0; format < 2; format++) {
		write_stands("cut", items, 4, format);
		made.len -= 5;
		write_bytes("cut", &made);
		assert_int_equal(read_file("cut"), 2);
		assert_came(expected, 3);
		assert_int_equal(seen.counts.files_truncated, 1);
		assert_warned("cut: cut off after 3 packets: ");
	}
}

/* What a filter holds back needs no place, and is not told. */
static void with_filter(void **state)
{
	uint8_t frame[UDP_LEN];
	const char *name = in_folder("filtered");

	(void)state;
	made.len = 0;
	put_pcap_header(&made, MICRO_MAGIC, ETHERNET);
	for (unsigned i = 0; i < 100; i++) {
		make_udp(frame, i % 2 == 0 ? 53 : 514);
		put_pcap_packet(&made, 1, 5000 + (i ^ 3) * 10, frame, UDP_LEN);
	}
	write_bytes("filtered", &made);
	assert_int_equal(read_names(&name, 1, "udp port 53", 3), 0);
	assert_int_equal(seen.packets, 50);
	assert_int_equal(seen.mended, 25);
	for (unsigned i = 0; i < 50; i++) {
		assert_int_equal(seen.ts_ns[i], 1005000000 + i * 20000 + 10000);
		assert_int_equal(seen.captured[i], UDP_LEN);
		assert_int_equal(seen.first_byte[i], 2);
	}
}

/* More than is held within the time: nothing is lost, and what is held is in order. */
static void more_than_room(void **state)
{
	enum { LARGE = 200000, COUNT = 120 };
	static uint8_t frame[LARGE];
	FILE *file = fopen(in_folder("large"), "w");
	const char *path = in_folder("large");
	bool there[COUNT] = {false};

	(void)state;
	assert_non_null(file);
	made.len = 0;
	put_ng_section(&made);
	put_ng_interface(&made, ETHERNET);
	for (uint32_t i = 0; i < COUNT; i++) {
		memcpy(frame, &i, sizeof(i));
		put_ng_packet(&made, 0, 1000000 + (i ^ 1), frame, LARGE);
		assert_int_equal(fwrite(made.data, 1, made.len, file), made.len);
		made.len = 0;
	}
	assert_int_equal(fclose(file), 0);
	assert_int_equal(read_stands(&path, 1, 1000), COUNT / 2);
	assert_int_equal(came.count, COUNT);
	for (uint32_t i = 0; i < COUNT; i++) {
		assert_true(came.items[i].id < COUNT && !there[came.items[i].id]);
		there[came.items[i].id] = true;
		assert_int_equal(came.items[i].id, i ^ 1);
	}
}

/* As many small ones as are held, and more: the earliest of all comes too late to be the first. */
static void more_than_places(void **state)
{
	enum { COUNT = 70000 };
	FILE *file = fopen(in_folder("dense"), "w");
	const char *path = in_folder("dense");
	struct fa_source *source;
	int result;

	(void)state;
	assert_non_null(file);
	made.len = 0;
	put_pcap_header(&made, NANO_MAGIC, ETHERNET);
	for (uint32_t i = 0; i < COUNT; i++) {
		put_pcap_packet(&made, 1, i == COUNT - 1 ? 0 : 1000000 + (i ^ 1), "abcd", 4);
		if (i % 1000 == 999) {
			assert_int_equal(fwrite(made.data, 1, made.len, file), made.len);
			made.len = 0;
		}
	}
	assert_int_equal(fclose(file), 0);
	assert_int_equal(open_names(&source, &path, 1, NULL), 0);
	assert_int_equal(read_batch(source, 1000), 1000);
	assert_int_equal(seen.ts_ns[0], 1001000000);
	do {
		seen.packets = 0; /* it has room for a batch */
		result = read_batch(source, 1000);
	} while (result == 1000);
	assert_int_equal(result, 0);
	assert_int_equal(fa_source_mended(source), COUNT / 2);
	fa_source_free(source);
}

/* The sink stops while packets are held. */
static void sink_stops(void **state)
{
	struct stand items[60];
	struct fa_source *source;
	const char *path = in_folder("stopped");

	(void)state;
	for (unsigned i = 0; i < 60; i++)
		items[i] = (struct stand){(100 + (i ^ 1)) * MS, i};
	for (unsigned stop = 1; stop <= 60; stop += 7) {
		write_stands("stopped", items, 60, stop % 2);
		assert_int_equal(open_names(&source, &path, 1, NULL), 0);
		seen.stop_at = stop;
		assert_int_equal(read_batch(source, 100), STOPPED);
		assert_int_equal(seen.packets, stop);
		assert_int_equal(read_batch(source, 100), 60 - stop);
		assert_int_equal(read_batch(source, 100), 0);
		for (unsigned i = 0; i < 60; i++)
			assert_int_equal(seen.ts_ns[i], (100 + i) * MS);
		fa_source_free(source);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shuffled_within_milliseconds),
		cmocka_unit_test(shuffled_and_packed),
		cmocka_unit_test(in_order),
		cmocka_unit_test(late_disorder),
		cmocka_unit_test(steps_back),
		cmocka_unit_test(edge),
		cmocka_unit_test(far_apart),
		cmocka_unit_test(merged),
		cmocka_unit_test(cut_while_holding),
		cmocka_unit_test(with_filter),
		cmocka_unit_test(more_than_room),
		cmocka_unit_test(more_than_places),
		cmocka_unit_test(sink_stops),
	};

	return cmocka_run_group_tests_name("capture/order", tests, set_up, tear_down);
}
