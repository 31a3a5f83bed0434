/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several files: their order, merging where they overlap, link types, files that break. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static struct bytes made;

static void make_file(const char *name, uint32_t first, uint32_t step, unsigned count)
{
	made.len = 0;
	put_pcap_file(&made, first, step, count);
	write_bytes(name, &made);
}

/* A file whose frames begin with MARK, of link type LINK. */
static void make_marked(const char *name, const uint32_t *seconds, unsigned count, char mark,
			uint32_t link)
{
	char frame[4] = {mark, mark, mark, mark};

	made.len = 0;
	put_pcap_header(&made, MICRO_MAGIC, link);
	for (unsigned i = 0; i < count; i++)
		put_pcap_packet(&made, seconds[i], 0, frame, sizeof(frame));
	write_bytes(name, &made);
}

static void assert_marks(const char *expected)
{
	char marks[64] = "";

	for (unsigned i = 0; i < seen.packets && i < sizeof(marks) - 1; i++)
		marks[i] = (char)seen.first_byte[i];
	assert_string_equal(marks, expected);
}

static void one_after_the_other(void **state)
{
	const char *names[] = {in_folder("c"), in_folder("a"), in_folder("b")};

	(void)state;
	make_marked("c", (uint32_t[]){30, 31}, 2, 'c', ETHERNET);
	make_marked("a", (uint32_t[]){10, 11}, 2, 'a', ETHERNET);
	make_marked("b", (uint32_t[]){20, 21}, 2, 'b', ETHERNET);
	for (unsigned batch = 1; batch < 8; batch++) {
		assert_int_equal(read_names(names, 3, NULL, batch), 0);
		assert_marks("aabbcc");
	}
}

/* Time goes back within a file: nothing is lost, the others keep their order. */
static void overlapping(void **state)
{
	const char *names[] = {in_folder("a"), in_folder("b"), in_folder("c")};

	(void)state;
	make_marked("a", (uint32_t[]){10, 20, 30, 40}, 4, 'a', ETHERNET);
	make_marked("b", (uint32_t[]){15, 20, 35, 18, 50}, 5, 'b', ETHERNET);
	make_marked("c", (uint32_t[]){20, 20, 60}, 3, 'c', 101);
	for (unsigned batch = 1; batch < 14; batch++) {
		assert_int_equal(read_names(names, 3, NULL, batch), 0);
		/* equal times: in the order as given */
		assert_marks("ababccabbabc");
		assert_int_equal(seen.counts.files, 3);
		assert_int_equal(seen.counts.link_type_count, 2);
	}
	for (unsigned i = 0; i < 12; i++)
		assert_int_equal(seen.link_type[i], seen.first_byte[i] == 'c' ? RAW_IP : ETHERNET);
	/* each packet is filtered by its own file's filter */
	assert_int_equal(read_names(names, 3, "len > 200", 5), 0);
	assert_int_equal(seen.packets, 0);
	assert_int_equal(read_names(names, 3, "len > 100", 5), 0);
	assert_int_equal(seen.packets, 12);
}

/* A file whose first packet is as old as one of a file given later comes in time. */
static void begins_at_the_same_time(void **state)
{
	const char *names[] = {in_folder("b"), in_folder("a")};

	(void)state;
	make_marked("b", (uint32_t[]){20}, 1, 'b', ETHERNET);
	make_marked("a", (uint32_t[]){10, 20}, 2, 'a', ETHERNET);
	assert_int_equal(read_names(names, 2, NULL, 9), 0);
	assert_marks("aba");
}

static void sink_stops_in_a_merge(void **state)
{
	const char *names[] = {in_folder("a"), in_folder("b")};
	struct fa_source *source;

	(void)state;
	make_marked("a", (uint32_t[]){1, 3, 5}, 3, 'a', ETHERNET);
	make_marked("b", (uint32_t[]){2, 4, 6}, 3, 'b', ETHERNET);
	for (unsigned stop = 1; stop <= 6; stop++) {
		assert_int_equal(open_names(&source, names, 2, NULL), 0);
		seen.stop_at = stop;
		assert_int_equal(read_batch(source, 100), STOPPED);
		assert_int_equal(seen.packets, stop);
		assert_int_equal(read_batch(source, 100), 6 - stop);
		assert_int_equal(read_batch(source, 100), 0);
		assert_marks("ababab");
		fa_source_free(source);
	}
}

/* A broken file among others: the others are read to their ends. */
static void broken_among_others(void **state)
{
	const char *names[] = {in_folder("a"), in_folder("cut"), in_folder("none"),
			       in_folder("first"), in_folder("b")};

	(void)state;
	make_marked("a", (uint32_t[]){1, 3, 5}, 3, 'a', ETHERNET);
	make_marked("b", (uint32_t[]){6, 7}, 2, 'b', ETHERNET);
	make_marked("cut", (uint32_t[]){2, 4, 8}, 3, 'x', ETHERNET);
	write_file("cut", made.data, made.len - 1);
	write_file("none", made.data, 24);
	write_file("first", made.data, 24 + 16 + 2);
	assert_int_equal(read_names(names, 5, NULL, 3), 0);
	assert_marks("axaxabb");
	assert_int_equal(seen.counts.files, 5);
	assert_int_equal(seen.counts.files_truncated, 2);
	assert_int_equal(seen.warning_count, 3);
	assert_warned("cut: cut off after 2 packets: truncated");
	assert_warned("none: a capture without packets");
	assert_warned("first: cut off after 0 packets: truncated");
}

/* More files than may be open, one after the other: as if there were no limit. */
static void more_files_than_open(void **state)
{
	static const char *names[200];
	static char paths[200][256];
	struct rlimit limit;
	struct rlimit low;

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		char name[16];

		snprintf(name, sizeof(name), "m%u", i);
		make_file(name, 1000 * (200 - i), 1, 3);
		snprintf(paths[i], sizeof(paths[i]), "%s", in_folder(name));
		names[i] = paths[i];
	}
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low = limit;
	low.rlim_cur = FA_CAPTURE_OPEN_FILES + 16;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	assert_int_equal(read_names(names, 200, NULL, 50), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(seen.packets, 600);
	assert_int_equal(seen.counts.files, 200);
	assert_int_equal(seen.warning_count, 0);
	for (unsigned i = 0; i < 600; i++)
		assert_int_equal(seen.ts_ns[i], (1000 * (i / 3 + 1) + i % 3) * 1000000000ll);
}

/* More than may be open at the same time overlap: all packets, and a warning. */
static void more_overlap_than_open(void **state)
{
	static const char *names[FA_CAPTURE_OPEN_FILES + 6];
	static char paths[FA_CAPTURE_OPEN_FILES + 6][256];
	unsigned count = FA_CAPTURE_OPEN_FILES + 6;

	(void)state;
	for (unsigned i = 0; i < count; i++) {
		char name[16];

		snprintf(name, sizeof(name), "o%u", i);
		make_file(name, 1000 + i, 500, 3);
		snprintf(paths[i], sizeof(paths[i]), "%s", in_folder(name));
		names[i] = paths[i];
	}
	assert_int_equal(read_names(names, FA_CAPTURE_OPEN_FILES, NULL, 50), 0);
	assert_int_equal(seen.packets, 3 * FA_CAPTURE_OPEN_FILES);
	assert_int_equal(seen.warning_count, 0);
	for (unsigned i = 1; i < seen.packets; i++)
		assert_true(seen.ts_ns[i] > seen.ts_ns[i - 1]);
	assert_int_equal(read_names(names, count, NULL, 50), 0);
	assert_int_equal(seen.packets, 3 * count);
	assert_int_equal(seen.counts.files, count);
	assert_int_equal(seen.warning_count, 1);
	assert_warned("more than 64 files overlap in time: ");
	assert_warned("o64 and others are read late");
}

/* A file that is replaced between the look at its first packet and its turn. */
static void replaced_while_reading(void **state)
{
	static const char *names[FA_CAPTURE_OPEN_FILES + 1];
	static char paths[FA_CAPTURE_OPEN_FILES + 1][256];
	struct fa_source *source;
	int result;

	(void)state;
	for (unsigned i = 0; i <= FA_CAPTURE_OPEN_FILES; i++) {
		char name[16];

		snprintf(name, sizeof(name), "r%u", i);
		make_file(name, 1000 * (i + 1), 1, 3);
		snprintf(paths[i], sizeof(paths[i]), "%s", in_folder(name));
		names[i] = paths[i];
	}
	assert_int_equal(open_names(&source, names, FA_CAPTURE_OPEN_FILES + 1, NULL), 0);
	make_file("new", 1, 1, 1);
	assert_int_equal(rename(in_folder("new"), in_folder("r40")), 0);
	while ((result = read_batch(source, 3)) > 0)
		;
	assert_int_equal(result, FA_EIO);
	assert_message("r40: another file took its place while it was read");
	assert_int_equal(seen.packets, 120);
	fa_source_free(source);
}

/* What the run can list is bounded. */
static void many_link_types(void **state)
{
	static const uint32_t types[] = {1, 101, 113, 0, 9, 105, 127, 276, 228, 229, 6};
	static char paths[11][256];
	const char *names[11];

	(void)state;
	for (unsigned i = 0; i < 11; i++) {
		char name[16];

		snprintf(name, sizeof(name), "l%u", i);
		make_marked(name, &(uint32_t){i}, 1, 'a', types[i]);
		snprintf(paths[i], sizeof(paths[i]), "%s", in_folder(name));
		names[i] = paths[i];
	}
	assert_int_equal(read_names(names, 11, NULL, 9), 0);
	assert_int_equal(seen.packets, 11);
	assert_int_equal(seen.counts.link_type_count, FA_LINK_TYPES_MAX);
	assert_int_equal(seen.counts.link_types[2], 113);
	assert_int_equal(seen.link_type[7], 276);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_after_the_other),	   cmocka_unit_test(overlapping),
		cmocka_unit_test(begins_at_the_same_time), cmocka_unit_test(sink_stops_in_a_merge),
		cmocka_unit_test(broken_among_others),	   cmocka_unit_test(more_files_than_open),
		cmocka_unit_test(more_overlap_than_open),  cmocka_unit_test(replaced_while_reading),
		cmocka_unit_test(many_link_types),
	};

	return cmocka_run_group_tests_name("capture/merge", tests, set_up, tear_down);
}
