/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports on live runs: how they stand, which windows lost what, and that silence is no all-clear. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "fake_history.h"
#include "report/windows.h"

#define SECOND_NS 1000000000ll
#define HOUR_NS	  (60 * FAKE_MINUTE_NS)
#define DAY_NS	  (24 * HOUR_NS)
/* 2026-11-22 00:00, where the windows of fake_fill_live begin. */
#define MIDNIGHT_NS (FAKE_START_NS + 2 * HOUR_NS)

static const struct fa_report_options plain;

static void assert_has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("not there: %s\nin:\n%s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_msg("there: %s\nin:\n%s", part, text);
}

/* TEXT without line ends: where it is wrapped does not matter. */
static char *unwrapped(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0';) {
		bool ends = *from == '\n';

		*to++ = ends ? ' ' : *from;
		from++;
		from += ends ? strspn(from, " ") : 0;
	}
	*to = '\0';
	return text;
}

/* The report says PART, wherever its lines end. */
static void says(struct fake *fake, const char *part)
{
	char *text = unwrapped(fake_report(fake, "text", &plain));

	assert_has(text, part);
	free(text);
}

static void lacks(struct fake *fake, const char *part)
{
	char *text = unwrapped(fake_report(fake, "text", &plain));

	assert_lacks(text, part);
	free(text);
}

static void assert_fits(const char *text, size_t width)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		char *line = strndup(text, len);

		if (fa_text_columns(line) > width)
			fail_msg("%zu columns: %s", fa_text_columns(line), line);
		for (size_t i = 0; i < len; i++)
			if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
				fail_msg("control character in: %s", line);
		free(line);
		text += len + (text[len] == '\n');
	}
}

static void says_what_was_lost_and_when(void **state)
{
	struct fake fake;
	char *text;

	(void)state;
	fake_fill_live(&fake);
	text = fake_report(&fake, "text", &plain);
	/* clang-format off */
	assert_has(text,
		"flowaudit 0.1.0 · live · eth1\n"
		"2026-11-22 00:00 .. 2026-11-23 00:00 UTC (complete) · 42,000,000 packets, 16.8 GB\n");
	assert_has(text,
		"loss: capture 12,345 (kernel 12,000, interface 0, ring 345) in 2 of 24 windows: 14:00-15:00 12,000;\n"
		"  16:00-17:00 345\n"
		"  before the tap 0.03% of TCP bytes in 1 of 24 windows: 07:00-08:00 0.63%; no duplicates\n"
		"  NO INTERFACE: eth1 was down for 12 min in 1 of 24 windows: 05:00-06:00 12 min\n"
		"  no packet in 3 of 24 windows: 01:00-04:00: this is not \"no loss\"\n"
		"confidence: medium\n"
		"measured: some conversations were judged before");
	assert_has(text,
		"  source          run 12, live, complete · eth1\n");
	assert_has(text,
		"  flows           0 flows in 1,259 conversations; ended early by limits: 70 flows, 7 inspections in\n"
		"                  2 of 24 windows: 10:00-11:00 70; 11:00-12:00 7; judged early, for want of memory:\n"
		"                  3 times in 1 of 24 windows: 10:00-11:00 3\n"
		"  worker losses   2 workers died and replaced in 1 of 24 windows: 09:00-10:00 2; lost with them: 31\n"
		"                  packets, 12 flows\n"
		"  windows         24 windows of up to 1 h, the last stored at 2026-11-23 00:00:00 UTC\n"
		"  crashes         2 packets that workers died of are kept in the database\n"
		"  evidence        99 packets not kept for want of room in 1 of 24 windows: 18:00-19:00 99\n"
		"  confidence      medium: ");
	assert_has(text,
		"  flowaudit runs show 12                  window by window\n"
		"  flowaudit evidence --crash 1 -r 12 -o f.pcap  the first packet that a worker died of\n");
	/* clang-format on */
	assert_lacks(text, "NOT THE WHOLE");
	assert_lacks(text, "NOT CONFINED");
	free(text);
	fake_deinit(&fake);
}

static void a_clean_run_says_so_in_two_lines(void **state)
{
	struct fake fake;
	char *text;

	(void)state;
	fake_fill_live(&fake);
	for (size_t i = 0; i < fake.window_count; i++)
		fake.windows[i].totals = fake.windows[0].totals;
	fake_sum_windows(&fake);
	fake.run.crashes = 0;
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "loss: capture 0 in 24 windows ");
	assert_has(text, " confidence: high\n"
			 "  before the tap 0% of TCP bytes; no duplicates\n"
			 "measured: no loss was measured\n");
	assert_lacks(text, " of 24 windows");
	assert_lacks(text, "no packet in");
	assert_lacks(text, "  crashes");
	assert_lacks(text, "--crash");
	assert_lacks(text, "  evidence");
	assert_lacks(text, "worker losses");
	free(text);
	fake_deinit(&fake);
}

static void says_how_it_stands(void **state)
{
	struct fake fake;

	(void)state;
	fake_fill_live(&fake);
	fake.run.totals.end = FA_RUN_UNFINISHED;
	says(&fake, "UTC (running: last window stored at 00:00)");
	says(&fake, "run 12, live, running · eth1");
	lacks(&fake, "NOT THE WHOLE");
	fake.run.committed_ns -= 30 * FAKE_MINUTE_NS; /* of the day before the end */
	says(&fake, "(running: last window stored at 2026-11-22 23:30)");
	fake.run.totals.end = FA_RUN_INTERRUPTED;
	says(&fake, "UTC (interrupted: last commit 2026-11-22 23:30)");
	says(&fake, "NOT THE WHOLE CAPTURE: the run is interrupted: what came after its last commit, "
		    "2026-11-22 23:30:00 UTC, is not in here.");
	lacks(&fake, "NOT THE WHOLE INPUT");
	fake_deinit(&fake);
}

/* Only a window tells something: one that is open does not. */
static void says_that_nothing_is_stored(void **state)
{
	struct fake fake;

	(void)state;
	fake_fill_live(&fake);
	fake.window_count = 0;
	fake.run.windows = 0;
	fake_sum_windows(&fake);
	fake.run.totals.end = FA_RUN_UNFINISHED;
	says(&fake, "UTC (running: no window stored)");
	says(&fake, "NO WINDOW IS STORED YET: a window is stored when it ends, after at most 1 h;");
	lacks(&fake, "NO PACKETS WERE READ");
	fake.run.totals.end = FA_RUN_INTERRUPTED;
	says(&fake, "(interrupted: no window stored)");
	says(&fake, "NOT THE WHOLE CAPTURE: the run is interrupted: it ended before a window");
	says(&fake, "NO PACKETS WERE READ");
	fake_deinit(&fake);
}

static void silence_is_no_all_clear(void **state)
{
	struct fake fake;

	(void)state;
	fake_fill_live(&fake);
	for (size_t i = 0; i < fake.window_count; i++)
		memset(&fake.windows[i].totals, 0, sizeof(fake.windows[i].totals));
	fake_sum_windows(&fake);
	says(&fake, "no packet in 24 of 24 windows: 2026-11-22 00:00 .. 2026-11-23 00:00: this is not");
	says(&fake, "NO PACKETS WERE READ");
	says(&fake, "confidence: none");
	fake_deinit(&fake);
}

/* Six times without a packet, of which five are named. */
static void counts_what_it_does_not_name(void **state)
{
	struct fake fake;

	(void)state;
	fake_fill_live(&fake);
	for (size_t i = 0; i < fake.window_count; i++) {
		struct fa_run_totals *totals = &fake.windows[i].totals;

		totals->capture.packets = i % 4 == 0 ? 0 : 1000;
		totals->capture.dropped_kernel = i < 9 ? 9 - i : 0;
		totals->capture.dropped_ring = 0;
	}
	fake_sum_windows(&fake);
	says(&fake, "no packet in 6 of 24 windows: 00:00-01:00; 04:00-05:00; 08:00-09:00; "
		    "12:00-13:00; 16:00-17:00; 1 more: this is not \"no loss\"");
	says(&fake, "in 9 of 24 windows: 00:00-01:00 9; 01:00-02:00 8; 02:00-03:00 7; 03:00-04:00 6; "
		    "04:00-05:00 5; 4 more before the tap");
	fake_deinit(&fake);
}

static void the_worst_come_first_and_the_earlier_of_equals(void **state)
{
	static const uint64_t drops[] = {5, 1, 7, 5, 9, 2, 5, 8};
	struct fake fake;

	(void)state;
	fake_fill_live(&fake);
	fake.window_count = 0;
	for (size_t i = 0; i < sizeof(drops) / sizeof(drops[0]); i++)
		fake_add_window(&fake, MIDNIGHT_NS + (int64_t)i * HOUR_NS,
				MIDNIGHT_NS + ((int64_t)i + 1) * HOUR_NS, 1000)
			->totals.capture.dropped_interface = drops[i];
	fake_sum_windows(&fake);
	says(&fake, "in 8 of 8 windows: 04:00-05:00 9; 07:00-08:00 8; 02:00-03:00 7; 00:00-01:00 5; "
		    "03:00-04:00 5; 3 more before the tap");
	fake_deinit(&fake);
}

static void windows_of_several_days_have_dates(void **state)
{
	struct fake fake;

	(void)state;
	fake_fill_live(&fake);
	fake_add_window(&fake, MIDNIGHT_NS + DAY_NS, MIDNIGHT_NS + DAY_NS + HOUR_NS, 5);
	says(&fake, "in 2 of 25 windows: 2026-11-22 14:00-15:00 12,000; 2026-11-22 16:00-17:00 345 ");
	says(&fake, "no packet in 3 of 25 windows: 2026-11-22 01:00-04:00: ");
	fake_deinit(&fake);
}

/* What was spooled is stored with a window of no length; there was no time without packets. */
static void a_window_without_length_is_not_quiet(void **state)
{
	struct fake fake;

	(void)state;
	fake_fill_live(&fake);
	fake_add_window(&fake, MIDNIGHT_NS + DAY_NS, MIDNIGHT_NS + DAY_NS - SECOND_NS, 0)
		->totals.conversations = 14;
	says(&fake, "no packet in 3 of 25 windows: ");
	fake_deinit(&fake);
}

static void a_clock_that_was_set_back_is_endured(void **state)
{
	struct fake fake;

	(void)state;
	fake_fill_live(&fake);
	fake_add_window(&fake, MIDNIGHT_NS + DAY_NS, MIDNIGHT_NS - HOUR_NS, 5);
	says(&fake, "2026-11-22 00:00 .. 2026-11-23 00:00 UTC (complete)");
	fake_add_window(&fake, MIDNIGHT_NS - HOUR_NS, MIDNIGHT_NS, 5);
	says(&fake, "2026-11-21 23:00 .. 2026-11-23 00:00 UTC (complete)");
	fake_deinit(&fake);
}

static void several_interfaces_are_down_in_sum(void **state)
{
	struct fake fake;

	(void)state;
	fake_fill_live(&fake);
	strcpy(fake.run.info.source, "eth1 eth2");
	says(&fake, "NO INTERFACE: eth1 eth2: interfaces down for 12 min in 1 of 24 windows");
	fake_deinit(&fake);
}

static void no_sandbox_is_said(void **state)
{
	struct fake fake;

	(void)state;
	fake_fill(&fake);
	lacks(&fake, "NOT CONFINED");
	fake.run.info.sandboxed = false;
	says(&fake, " NOT CONFINED: made without the whole sandbox (--no-sandbox, --workers 0, or no "
		    "Landlock here) ");
	fake_deinit(&fake);
	fake_fill_live(&fake);
	fake.run.info.sandboxed = false;
	says(&fake, " NOT CONFINED: ");
	fake_deinit(&fake);
}

/* Also of an empty one: whoever made it without a sandbox shall know. */
static void no_sandbox_is_said_of_empty_runs(void **state)
{
	struct fake fake;

	(void)state;
	fake_init(&fake);
	fake.run.id = 1;
	fake.run.totals.end = FA_RUN_COMPLETE;
	says(&fake, " NOT CONFINED: ");
	fake_deinit(&fake);
}

static char *runs_text(struct fake *fake, bool show, unsigned width)
{
	struct fa_report_options options = {.width = width};
	struct fa_diag diag = {{0}};
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (show)
		assert_int_equal(fa_report_runs_show(out, "text", &fake->history, 0, &options,
						     &diag), 0);
	else
		assert_int_equal(fa_report_runs_list(out, "text", &fake->history, &options, &diag),
				 0);
	fclose(out);
	return text;
}

static void the_list_tells_state_and_loss(void **state)
{
	struct fake fake;
	char *text;

	(void)state;
	fake_fill_live(&fake);
	fake.run.totals.end = FA_RUN_UNFINISHED;
	text = runs_text(&fake, false, 0);
	assert_string_equal(
		text,
		" RUN  MADE (UTC)        KIND   STATE       CONFIDENCE    PACKETS   LOST FINDINGS  "
		"SOURCE\n"
		"  12  2026-11-22 00:00  live   running     medium     42,000,000  0.03%        7  "
		"eth1\n");
	free(text);
	fake.run.totals.end = FA_RUN_INTERRUPTED;
	strcpy(fake.run.info.source, "first-interface second-interface");
	text = runs_text(&fake, false, 0);
	assert_has(text, " interrupted ");
	assert_has(text, "  first-interface s…\n");
	free(text);
	fake_deinit(&fake);
}

/* Packets dropped in a ring were read before; those that the kernel had no room for were not. */
static void the_share_that_is_lost(void **state)
{
	struct fake fake;
	char *text;

	(void)state;
	fake_fill_live(&fake);
	memset(&fake.run.totals, 0, sizeof(fake.run.totals));
	fake.run.totals.capture.packets = 50;
	fake.run.totals.capture.dropped_ring = 20;
	fake.run.totals.capture.dropped_kernel = 40;
	fake.run.totals.capture.dropped_interface = 10;
	fake.run.totals.loss.packets_lost = 5;
	text = runs_text(&fake, false, 0);
	assert_has(text, "  75.0%  ");
	free(text);
	fake_deinit(&fake);
}

static void a_run_is_shown_window_by_window(void **state)
{
	struct fake fake;
	char *text;

	(void)state;
	fake_fill_live(&fake);
	text = runs_text(&fake, true, 0);
	assert_has(text, "with 2 workers (sandboxed), in buckets of 3600");
	/* clang-format off */
	assert_has(text,
		"\nWINDOW (UTC)                             PACKETS   KERNEL  IFACE     RING WORKERS   GAPS      DOWN\n"
		"2026-11-22 00:00-01:00                 2,000,000        0      0        0       0     0%         -\n"
		"2026-11-22 01:00-02:00                         0        0      0        0       0     0%         -\n");
	assert_has(text,
		"2026-11-22 05:00-06:00                 2,000,000        0      0        0       0     0%    12 min\n");
	assert_has(text,
		"2026-11-22 07:00-08:00                 2,000,000        0      0        0       0  0.63%         -\n");
	assert_has(text,
		"2026-11-22 09:00-10:00                 2,000,000        0      0        0      31     0%         -\n");
	assert_has(text,
		"2026-11-22 14:00-15:00                 2,000,000   12,000      0        0       0     0%         -\n");
	assert_has(text,
		"2026-11-22 16:00-17:00                 2,000,000        0      0      345       0     0%         -\n");
	assert_has(text,
		"\nCRASHES (with the packet that the worker had in hand)\n"
		" 1  2026-11-22 09:00:00 worker 1 died of signal 11 at packet 4,711, 1,500 bytes of IP, 4 of them\n"
		"    kept\n"
		"    packet: flowaudit evidence --run 12 --crash 1 -o f.pcap\n"
		" 2  2026-11-22 10:00:00 worker 0 hung at packet 4,712, 0 bytes of IP, 0 of them kept\n");
	/* clang-format on */
	free(text);
	fake.run.info.sandboxed = false;
	text = runs_text(&fake, true, 0);
	assert_has(text, "with 2 workers (NOT CONFINED), ");
	free(text);
	fake_deinit(&fake);
	fake_fill(&fake);
	text = runs_text(&fake, true, 0);
	assert_lacks(text, "WINDOW");
	free(text);
	fake_deinit(&fake);
}

static uint64_t seed = 42;

/* xorshift64 (Marsaglia 2003), so that runs repeat. */
static uint64_t random_number(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static uint64_t random_count(void)
{
	return random_number() >> (random_number() % 64);
}

static void randomize(struct fake *fake)
{
	for (size_t i = 0; i < fake->window_count; i++) {
		struct fa_window *window = &fake->windows[i];
		struct fa_run_totals *totals = &window->totals;

		window->begun_ns = (int64_t)random_count();
		window->ended_ns = (int64_t)(random_number() % 2 ? random_count()
								  : (uint64_t)window->begun_ns + 7);
		totals->capture.packets = random_count() % 3;
		totals->capture.dropped_kernel = random_count();
		totals->capture.down_ns = random_count();
		totals->workers.sequence_gap_bytes = random_count();
		totals->loss.workers_replaced = random_count();
		totals->loss.judged_early = random_count();
	}
	fake_sum_windows(fake);
	fake->run.committed_ns = (int64_t)random_count();
	fake->run.totals.end = random_number() % (FA_RUN_FAILED + 1);
	fake->run.info.bucket_ns = (int64_t)(random_count() >> 1);
	fake->run.info.sandboxed = random_number() % 2 == 0;
	memset(fake->run.info.source, "x\033 \xff"[random_number() % 4], 60);
}

static void no_line_is_wider_than_asked(void **state)
{
	static const unsigned widths[] = {60, 72, 100, 133};
	struct fa_report_options options = plain;

	(void)state;
	for (unsigned i = 0; i < 400; i++) {
		struct fake fake;
		char *text;

		fake_fill_live(&fake);
		randomize(&fake);
		options.width = widths[i % 4];
		text = fake_report(&fake, "text", &options);
		assert_fits(text, options.width);
		free(text);
		for (int show = 0; show < 2; show++) {
			text = runs_text(&fake, show != 0, options.width);
			assert_fits(text, options.width);
			free(text);
		}
		fake_deinit(&fake);
	}
}

static void assert_span(uint64_t ns, const char *expected)
{
	struct fa_buffer buffer = {0};

	fa_words_span(&buffer, ns);
	assert_string_equal(fa_buffer_text(&buffer), expected);
	fa_buffer_deinit(&buffer);
}

static void spans_are_durations(void **state)
{
	(void)state;
	assert_span(0, "0 ms");
	assert_span(3900ull * 1000000000, "1 h 5 min");
	assert_span(UINT64_MAX, "106751 days 23 h");
}

static void assert_window(int64_t begun_ns, int64_t ended_ns, bool dated, const char *expected)
{
	struct fa_buffer buffer = {0};

	fa_words_window(&buffer, begun_ns, ended_ns, dated);
	assert_string_equal(fa_buffer_text(&buffer), expected);
	fa_buffer_deinit(&buffer);
}

static void windows_are_named_as_short_as_they_can_be(void **state)
{
	const int64_t at = MIDNIGHT_NS;

	(void)state;
	assert_window(at, at + HOUR_NS, false, "00:00-01:00");
	assert_window(at, at + HOUR_NS, true, "2026-11-22 00:00-01:00");
	assert_window(at - HOUR_NS, at, false, "23:00-00:00");
	assert_window(at, at + 3 * SECOND_NS, false, "00:00:00-00:00:03");
	assert_window(at, at + 2 * FAKE_MINUTE_NS - 1, false, "00:00:00-00:01:59");
	assert_window(at, at + 2 * FAKE_MINUTE_NS, false, "00:00-00:02");
	/* A day, and what many windows together are. */
	assert_window(at, at + DAY_NS, false, "2026-11-22 00:00 .. 2026-11-23 00:00");
	assert_window(at, at + 9 * DAY_NS, true, "2026-11-22 00:00 .. 2026-12-01 00:00");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_was_lost_and_when),
		cmocka_unit_test(a_clean_run_says_so_in_two_lines),
		cmocka_unit_test(says_how_it_stands),
		cmocka_unit_test(says_that_nothing_is_stored),
		cmocka_unit_test(silence_is_no_all_clear),
		cmocka_unit_test(counts_what_it_does_not_name),
		cmocka_unit_test(the_worst_come_first_and_the_earlier_of_equals),
		cmocka_unit_test(windows_of_several_days_have_dates),
		cmocka_unit_test(a_window_without_length_is_not_quiet),
		cmocka_unit_test(a_clock_that_was_set_back_is_endured),
		cmocka_unit_test(several_interfaces_are_down_in_sum),
		cmocka_unit_test(no_sandbox_is_said),
		cmocka_unit_test(no_sandbox_is_said_of_empty_runs),
		cmocka_unit_test(the_list_tells_state_and_loss),
		cmocka_unit_test(the_share_that_is_lost),
		cmocka_unit_test(a_run_is_shown_window_by_window),
		cmocka_unit_test(no_line_is_wider_than_asked),
		cmocka_unit_test(spans_are_durations),
		cmocka_unit_test(windows_are_named_as_short_as_they_can_be),
	};

	return cmocka_run_group_tests_name("report live", tests, NULL, NULL);
}
