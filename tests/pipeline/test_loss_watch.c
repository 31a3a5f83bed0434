/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Warnings about loss: said when it starts and when it stops, not too often, and all of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pipeline/loss_watch.h"
#include "pipeline/snapshot.h"

enum { LINES_MAX = 4096 };

/* A capture whose seconds are told one by one. */
struct play {
	struct fa_loss_watch watch;
	struct fa_statistics now;
	unsigned count;
	unsigned at[LINES_MAX]; /* the second of each line */
	char lines[LINES_MAX][160];
	unsigned second;
};

static void say(void *context, const char *text)
{
	struct play *play = context;

	assert_true(play->count < LINES_MAX);
	assert_true(strlen(text) < sizeof(play->lines[0]));
	assert_null(strchr(text, '\n'));
	play->at[play->count] = play->second;
	strcpy(play->lines[play->count++], text);
}

static struct play *begin(void)
{
	struct play *play = calloc(1, sizeof(*play));

	assert_non_null(play);
	fa_loss_watch_init(&play->watch);
	play->now = snapshot_before();
	return play;
}

/* One second with traffic, then a look. */
static void look(struct play *play)
{
	play->second++;
	play->now.monotonic_ns += FA_NS_PER_SECOND;
	play->now.totals.capture.packets += 100;
	fa_loss_watch_look(&play->watch, &play->now, say, play);
}

static void looks(struct play *play, unsigned seconds)
{
	while (seconds-- > 0)
		look(play);
}

static void lose(struct play *play, unsigned seconds, uint64_t packets)
{
	while (seconds-- > 0) {
		play->now.totals.capture.dropped_kernel += packets;
		look(play);
	}
}

#define KERNEL_TOO_SLOW ": the capture process is too slow; see --buffer"

static void without_loss_nothing_is_said(void **state)
{
	struct play *play = begin();

	(void)state;
	play->now.totals.workers.sequence_gap_bytes = 1000000; /* lost before the tap */
	play->now.totals.loss.packets_lost = 10; /* the worker's end was a message of its own */
	looks(play, 600);
	fa_loss_watch_finish(&play->watch, say, play);
	assert_int_equal(play->count, 0);
	free(play);
}

static void said_at_the_start_and_at_the_end(void **state)
{
	struct play *play = begin();

	(void)state;
	looks(play, 5);
	lose(play, 1, 312);
	assert_int_equal(play->count, 1);
	assert_string_equal(play->lines[0], "kernel: dropping packets (312 in the last second)"
					    KERNEL_TOO_SLOW);
	lose(play, 40, 300);
	lose(play, 1, 33);
	looks(play, 9);
	assert_int_equal(play->count, 1);
	look(play);
	assert_int_equal(play->count, 2);
	assert_string_equal(play->lines[1],
			    "kernel: no packet dropped for 10 s; 12,345 were lost in 42 s");
	looks(play, 600);
	fa_loss_watch_finish(&play->watch, say, play);
	assert_int_equal(play->count, 2);
	free(play);
}

static void not_once_a_second(void **state)
{
	struct play *play = begin();

	(void)state;
	lose(play, 3600, 10);
	assert_int_equal(play->count, 1);
	looks(play, 10);
	assert_int_equal(play->count, 2);
	assert_string_equal(play->lines[1],
			    "kernel: no packet dropped for 10 s; 36,000 were lost in 1 h");
	free(play);
}

static void short_pauses_do_not_end_it(void **state)
{
	struct play *play = begin();

	(void)state;
	for (unsigned i = 0; i < 60; i++) {
		lose(play, 1, 1);
		looks(play, 9);
	}
	assert_int_equal(play->count, 1);
	look(play);
	assert_int_equal(play->count, 2);
	free(play);
}

/* A second begins within the minute of the first: said when the minute is over, with its past. */
static void held_back_for_a_minute(void **state)
{
	struct play *play = begin();

	(void)state;
	lose(play, 1, 5);
	looks(play, 19);
	assert_int_equal(play->count, 2);
	lose(play, 40, 7); /* seconds 21 to 60 */
	assert_int_equal(play->count, 2);
	lose(play, 1, 8);
	assert_int_equal(play->count, 3);
	assert_string_equal(play->lines[2],
			    "kernel: dropping packets (8 in the last second, 288 in 41 s)"
			    KERNEL_TOO_SLOW);
	looks(play, 10);
	assert_string_equal(play->lines[3],
			    "kernel: no packet dropped for 10 s; 288 were lost in 41 s");
	assert_int_equal(play->count, 4);
	free(play);
}

/* It came and went within that minute: one line is enough, but there must be one. */
static void held_back_and_over(void **state)
{
	struct play *play = begin();

	(void)state;
	lose(play, 1, 5);
	looks(play, 19);
	lose(play, 2, 7);
	looks(play, 38);
	assert_int_equal(play->count, 2);
	look(play);
	assert_int_equal(play->count, 3);
	assert_string_equal(play->lines[2],
			    "kernel: no packet dropped for 39 s; 14 were lost in 2 s");
	looks(play, 600);
	assert_int_equal(play->count, 3);
	free(play);
}

/* The number before "was lost" and "were lost". */
static uint64_t lost_in(const char *text)
{
	const char *at = strstr(text, "; ");
	uint64_t n = 0;

	if (strstr(text, " lost in ") == NULL)
		return 0;
	for (at = at != NULL ? at + 2 : strchr(text, ' ') + 1; *at != ' '; at++)
		if (*at != ',')
			n = 10 * n + (uint64_t)(*at - '0');
	return n;
}

/* Any pattern of loss: no more than a pair a minute, and the sums are those of the counter. */
static void any_pattern(void **state)
{
	uint32_t random = 1;

	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		struct play *play = begin();
		unsigned burst = 1 + round % 7, pause = 1 + round % 41;
		unsigned begun = 0, last_begun = 0;
		uint64_t said = 0;

		while (play->second < 3600) {
			random = random * 1664525 + 1013904223;
			lose(play, 1 + (random >> 16) % burst, 1 + (random >> 8) % 3000);
			looks(play, (random >> 20) % pause);
		}
		if (round % 2 == 0)
			looks(play, 70);
		else
			fa_loss_watch_finish(&play->watch, say, play);
		for (unsigned i = 0; i < play->count; i++) {
			said += lost_in(play->lines[i]);
			if (strstr(play->lines[i], "dropping") == NULL)
				continue;
			assert_true(begun == 0 || play->at[i] - last_begun >= 60);
			last_begun = play->at[i];
			begun++;
		}
		assert_true(play->count <= 2 + 2 * (play->second / 60));
		assert_true(play->count > 0);
		assert_int_equal(said, play->now.totals.capture.dropped_kernel);
		free(play);
	}
}

static void every_stage(void **state)
{
	static const char *const expected[FA_LOSS_STAGES][2] = {
		{"kernel: dropping packets (2 in the last second)" KERNEL_TOO_SLOW,
		 "kernel: no packet dropped for 10 s; 2 were lost in 1 s"},
		{"interface: dropping packets (3 in the last second): the network card has no room "
		 "for them; see ethtool -S and -g",
		 "interface: no packet dropped for 10 s; 3 were lost in 1 s"},
		{"ring: dropping packets (4 in the last second): the workers are too slow; see "
		 "--workers",
		 "ring: no packet dropped for 10 s; 4 were lost in 1 s"},
		{"memory: flows are given up before their end (5 in the last second); see "
		 "--max-memory",
		 "memory: no flow given up for 10 s; 5 were given up in 1 s"},
		{"inspection: flows are not inspected to the end, for want of memory (6 in the "
		 "last second); see --max-memory",
		 "inspection: no inspection given up for 10 s; 6 were given up in 1 s"},
		{"evidence: packets are not kept, for want of room (7 in the last second); see "
		 "--save-limit",
		 "evidence: every packet kept for 10 s; 7 were not kept in 1 s"},
	};
	struct play *play = begin();
	struct fa_run_totals *t = &play->now.totals;
	uint64_t *const counters[FA_LOSS_STAGES] = {
		&t->capture.dropped_kernel,	 &t->capture.dropped_interface,
		&t->capture.dropped_ring,	 &t->workers.flows_evicted,
		&t->workers.inspections_evicted, &t->loss.evidence_dropped,
	};

	(void)state;
	look(play);
	for (unsigned i = 0; i < FA_LOSS_STAGES; i++)
		*counters[i] += 2 + i;
	look(play);
	assert_int_equal(play->count, FA_LOSS_STAGES);
	looks(play, 10);
	assert_int_equal(play->count, 2 * FA_LOSS_STAGES);
	for (unsigned i = 0; i < FA_LOSS_STAGES; i++) {
		assert_string_equal(play->lines[i], expected[i][0]);
		assert_string_equal(play->lines[FA_LOSS_STAGES + i], expected[i][1]);
	}
	free(play);
}

static void lost_before_the_first_look(void **state)
{
	struct play *play = begin();

	(void)state;
	lose(play, 1, 1);
	assert_string_equal(play->lines[0],
			    "kernel: dropping packets (1 in the last second)" KERNEL_TOO_SLOW);
	looks(play, 10);
	assert_string_equal(play->lines[1],
			    "kernel: no packet dropped for 10 s; 1 was lost in 1 s");
	free(play);
}

static void looks_far_apart(void **state)
{
	struct play *play = begin();

	(void)state;
	looks(play, 3);
	play->now.monotonic_ns += 4 * FA_NS_PER_SECOND;
	lose(play, 1, 312);
	assert_string_equal(play->lines[0],
			    "kernel: dropping packets (312 in the last 5 s)" KERNEL_TOO_SLOW);
	free(play);
}

static void a_counter_that_goes_back(void **state)
{
	struct play *play = begin();

	(void)state;
	lose(play, 1, 312);
	play->now.totals.capture.dropped_kernel = 100;
	looks(play, 10);
	assert_string_equal(play->lines[1],
			    "kernel: no packet dropped for 10 s; 312 were lost in 1 s");
	lose(play, 100, 1);
	assert_int_equal(play->count, 2);
	free(play);
}

static void the_end_of_the_capture(void **state)
{
	struct play *play = begin();

	(void)state;
	lose(play, 5, 100);
	look(play);
	fa_loss_watch_finish(&play->watch, say, play);
	assert_int_equal(play->count, 2);
	assert_string_equal(play->lines[1], "kernel: 500 were lost in 5 s, until the end");
	fa_loss_watch_finish(&play->watch, say, play);
	assert_int_equal(play->count, 2);
	free(play);
}

static void silent_looks(struct play *play, unsigned seconds)
{
	while (seconds-- > 0) {
		play->now.totals.capture.packets -= 100;
		look(play);
	}
}

static void no_packets(void **state)
{
	struct play *play = begin();

	(void)state;
	looks(play, 3);
	silent_looks(play, 59);
	assert_int_equal(play->count, 0);
	silent_looks(play, 1);
	assert_int_equal(play->count, 1);
	assert_string_equal(play->lines[0], "no packet for 60 s: is the mirror port fed?");
	silent_looks(play, 659);
	assert_int_equal(play->count, 1);
	look(play);
	assert_int_equal(play->count, 2);
	assert_string_equal(play->lines[1], "packets again, after 12 min without");
	looks(play, 100);
	silent_looks(play, 60);
	assert_int_equal(play->count, 3);
	free(play);
}

static void no_packets_from_the_start(void **state)
{
	struct play *play = begin();

	(void)state;
	play->now.totals.capture.packets = 0;
	silent_looks(play, 60);
	assert_int_equal(play->count, 0);
	silent_looks(play, 1);
	assert_int_equal(play->count, 1);
	free(play);
}

static void no_packets_for_want_of_an_interface(void **state)
{
	struct play *play = begin();

	(void)state;
	add_interface(&play->now, "\n", FA_INTERFACE_GONE);
	silent_looks(play, 61);
	assert_string_equal(play->lines[0], "no packet for 60 s: \\x0a is gone");
	look(play);
	play->now.interfaces[0].state = FA_INTERFACE_DOWN;
	silent_looks(play, 60);
	assert_string_equal(play->lines[2], "no packet for 60 s: eth1 is down");
	free(play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_loss_nothing_is_said),
		cmocka_unit_test(said_at_the_start_and_at_the_end),
		cmocka_unit_test(not_once_a_second),
		cmocka_unit_test(short_pauses_do_not_end_it),
		cmocka_unit_test(held_back_for_a_minute),
		cmocka_unit_test(held_back_and_over),
		cmocka_unit_test(any_pattern),
		cmocka_unit_test(every_stage),
		cmocka_unit_test(lost_before_the_first_look),
		cmocka_unit_test(looks_far_apart),
		cmocka_unit_test(a_counter_that_goes_back),
		cmocka_unit_test(the_end_of_the_capture),
		cmocka_unit_test(no_packets),
		cmocka_unit_test(no_packets_from_the_start),
		cmocka_unit_test(no_packets_for_want_of_an_interface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
