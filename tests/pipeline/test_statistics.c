/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The status line at every width, and the longer text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "pipeline/snapshot.h"

#define WHOLE                                                                                      \
	"eth1  1,042,113 packets/s  3.2 Gbit/s  dropped 0  flows 193,402  ring 3%  lag 12 ms  "    \
	"run 7"

static const char *line(const struct fa_statistics *now, const struct fa_statistics *previous,
			size_t columns)
{
	static char text[512];

	memset(text, 'x', sizeof(text));
	fa_status_line(now, previous, columns, text, sizeof(text));
	return text;
}

static void the_whole_line(void **state)
{
	struct fa_statistics before = snapshot_before(), now = snapshot_now();

	(void)state;
	assert_string_equal(line(&now, &before, 200), WHOLE);
	assert_string_equal(line(&now, &before, strlen(WHOLE)), WHOLE);
}

/* What matters least goes first, and nothing comes back on a narrower line. */
static void what_matters_least_goes(void **state)
{
	static const char *const lines[] = {
		WHOLE,
		("eth1  1,042,113 packets/s  3.2 Gbit/s  dropped 0  flows 193,402  ring 3%  "
		 "lag 12 ms"),
		"eth1  1,042,113 packets/s  3.2 Gbit/s  dropped 0  flows 193,402  ring 3%",
		"eth1  1,042,113 packets/s  dropped 0  flows 193,402  ring 3%",
		"eth1  1,042,113 packets/s  dropped 0  ring 3%",
		"eth1  1,042,113 packets/s  dropped 0",
		"1,042,113 packets/s  dropped 0",
		"dropped 0",
		"dropped",
	};
	struct fa_statistics before = snapshot_before(), now = snapshot_now();
	size_t i = 0;

	(void)state;
	for (size_t columns = 200; columns >= 7; columns--) {
		while (strlen(lines[i]) > columns && i + 1 < sizeof(lines) / sizeof(lines[0]))
			i++;
		if (columns < 9 && columns > 7)
			continue; /* a part of the last field */
		assert_string_equal(line(&now, &before, columns), lines[i]);
	}
	assert_string_equal(line(&now, &before, 0), "");
}

static struct fa_statistics worst(void)
{
	struct fa_statistics s;

	memset(&s, 0xff, sizeof(s));
	s.monotonic_ns = 1001 * FA_NS_PER_SECOND;
	s.lag_ns = INT64_MAX;
	s.run = INT64_MIN;
	for (size_t i = 0; i < FA_STATISTICS_INTERFACES_MAX; i++)
		s.interfaces[i].state = (uint8_t)i;
	return s;
}

/* Whatever the numbers: never wider than the terminal, never longer than the buffer. */
static void it_always_fits(void **state)
{
	struct fa_statistics before = snapshot_before(), nothing = {0};
	const struct fa_statistics snapshots[] = {snapshot_now(), worst(), nothing};
	const struct fa_statistics *const previous[] = {NULL, &before, &snapshots[1], &nothing};

	(void)state;
	for (size_t s = 0; s < 3; s++)
		for (size_t p = 0; p < 4; p++)
			for (size_t n = 0; n <= 200; n++) {
				const char *text = line(&snapshots[s], previous[p], n);
				size_t size = n + 1;
				char *exact = malloc(size); /* so that a sanitizer sees one more */

				assert_true(fa_text_columns(text) <= n);
				assert_true(n < 40 || strcasestr(text, "dropped") != NULL);
				fa_status_line(&snapshots[s], previous[p], 200, exact, size);
				assert_true(strlen(exact) < size);
				free(exact);
			}
	fa_status_line(&before, NULL, 80, NULL, 0);
}

static void drops_stand_out(void **state)
{
	struct fa_statistics before = snapshot_before(), now = snapshot_now();

	(void)state;
	before.totals.capture.dropped_kernel = 12000;
	now.totals.capture.dropped_kernel = 12300;
	now.totals.capture.dropped_interface = 1;
	now.totals.capture.dropped_ring = 2;
	now.totals.loss.packets_lost = 9;
	assert_int_equal(fa_statistics_dropped(&now), 12312);
	assert_non_null(strstr(line(&now, &before, 80), "  DROPPED 12,312 (+312)"));
	assert_string_equal(line(&now, &before, 22), "DROPPED 12,312 (+312)");
	/* Over: the sum stays, quietly. */
	assert_non_null(strstr(line(&now, &now, 80), "  dropped 12,312  "));
	/* The first line: all of it is new. */
	assert_non_null(strstr(line(&now, NULL, 80), "  DROPPED 12,312 (+12,312)"));
}

static void what_else_stands_out(void **state)
{
	struct fa_statistics before = snapshot_before(), now = snapshot_now();

	(void)state;
	now.totals.workers.flows_evicted = 3;
	now.lag_ns = 3400 * (FA_NS_PER_SECOND / 1000);
	now.spool_bytes = 12300000;
	assert_string_equal(line(&now, &before, 200),
			    "eth1  1,042,113 packets/s  3.2 Gbit/s  dropped 0  flows 193,402 FULL  "
			    "ring 3%  lag 3.4 s  SPOOL 12.3 MB  run 7");
	assert_string_equal(line(&now, &before, 64),
			    "eth1  1,042,113 packets/s  dropped 0  lag 3.4 s  SPOOL 12.3 MB");
}

static void without_time_there_are_sums(void **state)
{
	struct fa_statistics before = snapshot_before(), now = snapshot_now();
	const char *sums = "eth1  6,042,113 packets  3.4 GB  dropped 0";

	(void)state;
	assert_memory_equal(line(&now, NULL, 80), sums, strlen(sums));
	before.monotonic_ns = now.monotonic_ns;
	assert_memory_equal(line(&now, &before, 80), sums, strlen(sums));
	before.monotonic_ns = now.monotonic_ns + 1;
	assert_memory_equal(line(&now, &before, 80), sums, strlen(sums));
}

static void rates_are_of_the_time_between(void **state)
{
	struct fa_statistics before = snapshot_before(), now = before;

	(void)state;
	now.monotonic_ns += 4 * FA_NS_PER_SECOND;
	now.totals.capture.packets += 10;
	now.totals.capture.frame_bytes += 600;
	assert_non_null(strstr(line(&now, &before, 80), "eth1  3 packets/s  1 kbit/s  "));
	now.totals.capture.frame_bytes -= 100 + 200;
	assert_non_null(strstr(line(&now, &before, 80), "  600 bit/s  "));
}

/* Counters that go back or are at their end give no rate from nowhere. */
static void odd_counters(void **state)
{
	struct fa_statistics before = snapshot_before(), now = snapshot_now();

	(void)state;
	now.totals.capture.packets = before.totals.capture.packets - 1;
	now.totals.capture.frame_bytes = 0;
	before.totals.capture.dropped_ring = 5;
	assert_non_null(strstr(line(&now, &before, 80), "eth1  0 packets/s  0 bit/s  dropped 0  "));
	before = snapshot_before();
	before.totals.capture.packets = 0;
	now.totals.capture.packets = UINT64_MAX;
	now.totals.capture.frame_bytes = UINT64_MAX;
	now.monotonic_ns = before.monotonic_ns + 1;
	assert_non_null(strstr(line(&now, &before, 120),
			       "  18,446,744,073,709,551,615 packets/s  18.4 Ebit/s  "));
}

static const char *first_field(const struct fa_statistics *now)
{
	const char *text = line(now, NULL, 200);

	*strstr(text, "  ") = '\0';
	return text;
}

static void interfaces(void **state)
{
	struct fa_statistics now = snapshot_now();

	(void)state;
	add_interface(&now, "eth2", FA_INTERFACE_DOWN);
	assert_string_equal(first_field(&now), "eth1, eth2 DOWN");
	add_interface(&now, "enp3s0f0np0", FA_INTERFACE_GONE);
	assert_string_equal(first_field(&now), "3 interfaces, 2 DOWN");
	now.interfaces[1].state = now.interfaces[2].state = FA_INTERFACE_UP;
	assert_string_equal(first_field(&now), "eth1, eth2, enp3s0f0np0");
	add_interface(&now, "x", FA_INTERFACE_UP);
	assert_string_equal(first_field(&now), "4 interfaces");
	now.interface_count = 1;
	now.interfaces[0].state = FA_INTERFACE_GONE;
	assert_string_equal(first_field(&now), "eth1 GONE");
	now.interface_count = 0;
	assert_string_equal(first_field(&now), "6,042,113 packets");
}

static void names_are_made_harmless(void **state)
{
	struct fa_statistics now = snapshot_now();

	(void)state;
	memcpy(now.interfaces[0].name, "\033[2J\n", 6);
	assert_string_equal(first_field(&now), "\\x1b[2J\\x0a");
	memset(now.interfaces[0].name, 'n', FA_STATISTICS_NAME);
	assert_string_equal(first_field(&now), "nnnnnnnnnnnnnnnn");
}

static char *text_of(const struct fa_statistics *now, const struct fa_statistics *previous)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	fa_status_text(now, previous, out);
	fclose(out);
	return text;
}

static void the_long_text(void **state)
{
	struct fa_statistics before = snapshot_before(), now = snapshot_now();
	char *text = text_of(&now, &before);

	(void)state;
	assert_string_equal(
		text,
		"live capture, run 7, begun 2026-11-20 22:00 UTC (1 day 2 h ago), 2 workers, "
		"1 capture thread\n"
		"  eth1           up, kernel buffer 67.1 MB\n"
		"  packets        6,042,113 read, 3.4 GB on the wire; now 1,042,113 packets/s, "
		"3.2 Gbit/s\n"
		"  decoded        6,041,113, 1,000 not-ip\n"
		"  dropped        0 packets, 0% of all\n"
		"  flows          193,402 active of at most 500,000, 420,000 begun\n"
		"  rings          the fullest holds 500 kB of 16.0 MB (3%); workers are 12 ms "
		"behind\n"
		"  stored         26 windows, 31,000 conversations; 12 findings in run 7; last at "
		"2026-11-21 23:59 UTC (43 s ago)\n");
	free(text);
}

static void what_goes_wrong_is_in_the_long_text(void **state)
{
	static const char *const expected[] = {
		"\n  eth2           GONE, kernel",
		"\n  no link        1 min 30 s in all\n",
		"\n  decoded        6,041,113, 1,000 not-ip, 7 truncated, 2 seen twice\n",
		"\n  DROPPED        10 packets, <0.01% of all, 10 of them in the last 1 s: "
		"1 by the kernel, 2 by the interface, 3 before full rings, "
		"4 with workers that died\n",
		(" begun, 5 given up early for want of memory, 6 not inspected to the end for want "
		 "of memory, 7 lost with workers that died\n"),
		" findings in run 7; nothing yet\n",
		"\n  SPOOL          12.3 MB wait for the database\n",
		"\n  workers        8 replaced after they died or hung\n",
		"\n  memory         9 times judged early, for want of memory\n",
		"\n  evidence       10 packets not kept for want of room\n",
		"\n  events         11 dropped: nobody took them\n",
		"\n  reloads        1 of catalogs, site and waivers\n",
	};
	struct fa_statistics before = snapshot_before(), now = snapshot_now();
	char *text;

	(void)state;
	add_interface(&now, "eth2", FA_INTERFACE_GONE);
	now.totals.capture.down_ns = 90 * FA_NS_PER_SECOND;
	now.totals.capture.results[FA_DECODE_TRUNCATED] = 7;
	now.totals.capture.duplicates = 2;
	now.totals.capture.dropped_kernel = 1;
	now.totals.capture.dropped_interface = 2;
	now.totals.capture.dropped_ring = 3;
	now.totals.loss.packets_lost = 4;
	now.totals.workers.flows_evicted = 5;
	now.totals.workers.inspections_evicted = 6;
	now.totals.loss.flows_lost = 7;
	now.totals.loss.workers_replaced = 8;
	now.totals.loss.judged_early = 9;
	now.totals.loss.evidence_dropped = 10;
	now.events_dropped = 11;
	now.reloads = 1;
	now.committed_wall_ns = 0;
	now.spool_bytes = 12300000;
	text = text_of(&now, &before);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		if (strstr(text, expected[i]) == NULL)
			fail_msg("no \"%s\" in:\n%s", expected[i], text);
	free(text);
	now = worst();
	free(text_of(&now, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_line),
		cmocka_unit_test(what_matters_least_goes),
		cmocka_unit_test(it_always_fits),
		cmocka_unit_test(drops_stand_out),
		cmocka_unit_test(what_else_stands_out),
		cmocka_unit_test(without_time_there_are_sums),
		cmocka_unit_test(rates_are_of_the_time_between),
		cmocka_unit_test(odd_counters),
		cmocka_unit_test(interfaces),
		cmocka_unit_test(names_are_made_harmless),
		cmocka_unit_test(the_long_text),
		cmocka_unit_test(what_goes_wrong_is_in_the_long_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
