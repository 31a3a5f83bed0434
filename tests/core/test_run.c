/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the counters of a run mean: sums, and the confidence they allow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/run.h"

static void texts(void **state)
{
	(void)state;
	assert_string_equal(fa_run_kind_text(FA_RUN_REPLAY), "replay");
	assert_string_equal(fa_run_kind_text(FA_RUN_LIVE), "live");
	assert_string_equal(fa_run_end_text(FA_RUN_UNFINISHED), "unfinished");
	assert_string_equal(fa_run_end_text(FA_RUN_FAILED), "failed");
}

static void every_worker_count_is_added(void **state)
{
	union {
		struct fa_worker_counts counts;
		uint64_t words[sizeof(struct fa_worker_counts) / 8];
	} into, from;

	(void)state;
	for (size_t i = 0; i < sizeof(into) / 8; i++) {
		into.words[i] = i + 1;
		from.words[i] = 100 * (i + 1);
	}
	fa_worker_counts_add(&into.counts, &from.counts);
	for (size_t i = 0; i < sizeof(into) / 8; i++)
		assert_int_equal(into.words[i], 101 * (i + 1));
}

/* All counters of totals, numbered: FIRST, 2 * FIRST, ... */
static struct fa_run_totals numbered(uint64_t first)
{
	struct fa_run_totals t;
	uint64_t n = 0;

	memset(&t, 0, sizeof(t));
	uint64_t *const counters[] = {
		&t.capture.packets, &t.capture.frame_bytes, &t.capture.duplicates, &t.capture.cut,
		&t.capture.dropped_kernel, &t.capture.dropped_interface, &t.capture.dropped_ring,
		&t.capture.time_backwards, &t.capture.down_ns, &t.workers.packets, &t.workers.flows,
		&t.workers.flows_evicted, &t.workers.inspections_evicted,
		&t.workers.inspection_calls, &t.workers.conversations_out,
		&t.workers.fragments_unmatched, &t.workers.sequence_gap_bytes,
		&t.workers.tcp_bytes, &t.workers.one_way_flows, &t.loss.workers_replaced,
		&t.loss.packets_lost, &t.loss.flows_lost, &t.loss.judged_early,
		&t.loss.evidence_dropped, &t.conversations,
	};
	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		*counters[i] = first * ++n;
	for (size_t i = 0; i < FA_DECODE_COUNT; i++)
		t.capture.results[i] = first * ++n;
	t.capture.files = (uint32_t)(first * ++n);
	t.capture.files_truncated = (uint32_t)(first * ++n);
	return t;
}

static void set_times(struct fa_run_totals *t, int64_t first_ns, int64_t last_ns)
{
	t->capture.first_ns = first_ns;
	t->capture.last_ns = last_ns;
}

static void every_capture_count_is_added(void **state)
{
	struct fa_run_totals a = numbered(1);
	struct fa_run_totals b = numbered(100);
	struct fa_run_totals sum = numbered(101);
	struct fa_capture_counts empty = {0};

	(void)state;
	set_times(&a, 50, 70);
	a.capture.link_types[a.capture.link_type_count++] = 1;
	a.capture.link_types[a.capture.link_type_count++] = 113;
	set_times(&b, 40, 60);
	b.capture.link_types[b.capture.link_type_count++] = 113;
	b.capture.link_types[b.capture.link_type_count++] = 276;
	set_times(&sum, 40, 70);
	memcpy(sum.capture.link_types, (const int32_t[]){1, 113, 276}, 12);
	sum.capture.link_type_count = 3;
	/* Times of a part without packets mean nothing. */
	fa_capture_counts_add(&a.capture, &empty);
	fa_capture_counts_add(&empty, &b.capture);
	fa_capture_counts_add(&a.capture, &empty);
	assert_memory_equal(&a.capture, &sum.capture, sizeof(sum.capture));
	for (int32_t i = 0; i < 20; i++) {
		struct fa_capture_counts other = {.link_types = {1000 + i}, .link_type_count = 1};

		fa_capture_counts_add(&a.capture, &other);
	}
	assert_int_equal(a.capture.link_type_count, FA_LINK_TYPES_MAX);
}

static void the_difference_of_two_readings(void **state)
{
	struct fa_run_totals before = numbered(3);
	struct fa_run_totals now = numbered(10);
	struct fa_run_totals expected = numbered(7);
	struct fa_run_totals none;
	struct fa_run_totals out;

	(void)state;
	set_times(&before, 100, 200);
	set_times(&now, 100, 500);
	set_times(&expected, 200, 500);
	now.end = expected.end = FA_RUN_INTERRUPTED;
	now.capture.link_types[0] = expected.capture.link_types[0] = 1;
	now.capture.link_type_count = expected.capture.link_type_count = 1;
	fa_run_totals_since(&now, &before, &out);
	assert_memory_equal(&out, &expected, sizeof(out));
	fa_capture_counts_add(&before.capture, &out.capture);
	assert_memory_equal(&before.capture, &now.capture, sizeof(now.capture));

	memset(&none, 0, sizeof(none));
	fa_run_totals_since(&now, &none, &out);
	assert_memory_equal(&out, &now, sizeof(out));
	/* Into one of its operands, and a counter that went back. */
	fa_run_totals_since(&none, &now, &now);
	assert_int_equal(now.capture.packets, 0);
	assert_int_equal(now.workers.flows, 0);
}

struct row {
	const char *confidence, *why;
	struct fa_run_totals totals;
};

/* The same, with every packet decoded where the row says nothing about it. */
static struct fa_run_totals totals_of(const struct fa_run_totals *given)
{
	struct fa_run_totals totals = *given;
	uint64_t said = 0;

	for (size_t i = 0; i < FA_DECODE_COUNT; i++)
		said += totals.capture.results[i];
	if (said == 0)
		totals.capture.results[FA_DECODE_DECODED] = totals.capture.packets;
	return totals;
}

static void confidence(void **state)
{
	static const struct row rows[] = {
		{"none", "no packet was read", {.end = FA_RUN_COMPLETE}},
		{"high", "no loss was measured",
		 {.capture = {.packets = 1000}, .end = FA_RUN_COMPLETE}},
		{"high", "0.05% of packets dropped while capturing",
		 {.capture = {.packets = 9995, .dropped_kernel = 2, .dropped_interface = 2,
			      .dropped_ring = 1},
		  .end = FA_RUN_COMPLETE}},
		{"medium", "1.00% of packets dropped while capturing",
		 {.capture = {.packets = 990, .dropped_ring = 10}, .end = FA_RUN_COMPLETE}},
		{"low", "3.00% of packets dropped while capturing",
		 {.capture = {.packets = 970, .dropped_ring = 30}, .end = FA_RUN_COMPLETE}},
		{"low", "10.00% of packets dropped while capturing",
		 {.capture = {.packets = 900, .dropped_kernel = 100}, .end = FA_RUN_COMPLETE}},
		{"low", "50.00% of TCP bytes lost before the tap",
		 {.capture = {.packets = 9},
		  .workers = {.tcp_bytes = 500, .sequence_gap_bytes = 500},
		  .end = FA_RUN_COMPLETE}},
		{"high", "less than 0.01% of TCP bytes lost before the tap",
		 {.capture = {.packets = 9},
		  .workers = {.tcp_bytes = 1000000, .sequence_gap_bytes = 1},
		  .end = FA_RUN_COMPLETE}},
		{"low", "80.00% of flows are TCP seen from one side only",
		 {.capture = {.packets = 9}, .workers = {.flows = 10, .one_way_flows = 8},
		  .end = FA_RUN_COMPLETE}},
		{"medium", "20.00% of flows are TCP seen from one side only",
		 {.capture = {.packets = 9}, .workers = {.flows = 10, .one_way_flows = 2},
		  .end = FA_RUN_COMPLETE}},
		{"high", "5.00% of flows are TCP seen from one side only",
		 {.capture = {.packets = 9}, .workers = {.flows = 20, .one_way_flows = 1},
		  .end = FA_RUN_COMPLETE}},
		{"none", "100.00% of packets could not be decoded; not one IP packet could be decoded",
		 {.capture = {.packets = 5, .results = {[FA_DECODE_UNKNOWN_LINK] = 5}},
		  .end = FA_RUN_COMPLETE}},
		{"medium", "5.00% of packets could not be decoded",
		 {.capture = {.packets = 100,
			      .results = {[FA_DECODE_DECODED] = 90, [FA_DECODE_NOT_IP] = 5,
					  [FA_DECODE_MALFORMED_IP] = 5}},
		  .end = FA_RUN_COMPLETE}},
		{"high", "0.05% of the time without an interface",
		 {.capture = {.packets = 9, .first_ns = 1000, .last_ns = 101000, .down_ns = 50},
		  .end = FA_RUN_COMPLETE}},
		{"medium", "1.00% of the time without an interface",
		 {.capture = {.packets = 9, .first_ns = 1000, .last_ns = 101000, .down_ns = 1000},
		  .end = FA_RUN_COMPLETE}},
		{"low", "longer without an interface than with packets",
		 {.capture = {.packets = 9, .first_ns = 1000, .last_ns = 2000, .down_ns = 3000},
		  .end = FA_RUN_COMPLETE}},
		{"none", "longer without an interface than with packets; no packet was read",
		 {.capture = {.down_ns = 5}, .end = FA_RUN_INTERRUPTED}},
		/* A packet that was not kept leaves every figure as it is. */
		{"high", "no loss was measured",
		 {.capture = {.packets = 9}, .loss = {.evidence_dropped = 9},
		  .end = FA_RUN_COMPLETE}},
		{"medium", "the run has not ended", {.capture = {.packets = 9}}},
		{"low", "the run failed before its end",
		 {.capture = {.packets = 9}, .end = FA_RUN_FAILED}},
		{"medium", "1 of 2 inputs end in the middle of a packet",
		 {.capture = {.packets = 9, .files = 2, .files_truncated = 1},
		  .end = FA_RUN_COMPLETE}},
		{"medium",
		 "1.00% of packets lost with a worker that died; 2.00% of flows cut short for "
		 "want of memory",
		 {.capture = {.packets = 100}, .workers = {.flows = 50, .flows_evicted = 1},
		  .loss = {.packets_lost = 1}, .end = FA_RUN_INTERRUPTED}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fa_run_totals totals = totals_of(&rows[i].totals);
		char why[256] = "old";

		assert_string_equal(fa_run_confidence(&totals, why, sizeof(why)),
				    rows[i].confidence);
		assert_string_equal(why, rows[i].why);
	}
}

static void why_is_optional_and_bounded(void **state)
{
	const struct fa_run_totals totals = {
		.capture = {.packets = 1, .results = {1}, .dropped_ring = 1}};
	char why[32];

	(void)state;
	assert_string_equal(fa_run_confidence(&totals, NULL, 0), "low");
	memset(why, 'x', sizeof(why));
	assert_string_equal(fa_run_confidence(&totals, why, 24), "low");
	assert_string_equal(why, "the run has not ended");
	assert_int_equal(why[24], 'x');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(every_worker_count_is_added),
		cmocka_unit_test(every_capture_count_is_added),
		cmocka_unit_test(the_difference_of_two_readings),
		cmocka_unit_test(confidence),
		cmocka_unit_test(why_is_optional_and_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
