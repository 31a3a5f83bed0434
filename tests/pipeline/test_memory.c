/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The memory plan: within the limit where that is large enough, usable where it is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dedup/dedup.h"
#include "flow/table.h"
#include "pipeline/job.h"
#include "pipeline/memory.h"
#include "ring/ring.h"

#define MIB ((uint64_t)1 << 20)

static bool is_power_of_two(size_t n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

static void every_plan_is_usable(void **state)
{
	static const uint64_t limits[] = {0, 1, 64 * MIB, 256 * MIB, 1024 * MIB, 1024 * 1024 * MIB};

	(void)state;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		for (unsigned workers = 0; workers <= FA_WORKERS_MAX; workers++) {
			struct fa_memory_plan plan = fa_memory_plan(limits[i], workers, 1, false);

			assert_true(plan.flows_per_worker >= 4096);
			assert_true(plan.states_per_worker >= 1024);
			assert_true(is_power_of_two(plan.packet_ring_bytes));
			assert_true(is_power_of_two(plan.conversation_ring_bytes));
			/* The longest packet must fit (a quarter of the ring is the limit). */
			assert_true(plan.packet_ring_bytes / 4 > 65535 + sizeof(struct fa_packet));
			assert_true(plan.conversation_ring_bytes >= FA_RING_MIN_CAPACITY);
		}
}

/* What the plan promises for all workers, with the quarter of the auditor, in bytes. */
static uint64_t planned(uint64_t limit, unsigned workers, bool records)
{
	struct fa_memory_plan plan = fa_memory_plan(limit, workers, 1, records);
	/* A flow and its two index entries, half full: four times eight bytes at most. */
	uint64_t flow = sizeof(struct flow) + 32 + (records ? sizeof(struct flow_record) : 0);

	return limit / 4 + FA_DEDUP_BYTES_MAX +
	       workers * (plan.flows_per_worker * flow + plan.states_per_worker * 1536 +
			  plan.packet_ring_bytes + plan.conversation_ring_bytes);
}

static void the_limit_is_kept(void **state)
{
	static const uint64_t limits[] = {64 * MIB, 256 * MIB, 1024 * MIB};

	(void)state;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		for (unsigned workers = 1; workers <= 8; workers++) {
			assert_true(planned(limits[i], workers, false) <= limits[i]);
			assert_true(planned(limits[i], workers, true) <= limits[i]);
			assert_true(planned(limits[i], workers, false) >= limits[i] / 2);
		}
}

static void more_memory_more_flows(void **state)
{
	struct fa_memory_plan small = fa_memory_plan(512 * MIB, 2, 1, false);
	struct fa_memory_plan large = fa_memory_plan(1024 * MIB, 2, 1, false);
	struct fa_memory_plan shared = fa_memory_plan(1024 * MIB, 4, 1, false);
	struct fa_memory_plan records = fa_memory_plan(1024 * MIB, 2, 1, true);

	(void)state;
	assert_true(large.flows_per_worker > 2 * small.flows_per_worker - 1000);
	/* But for what capturing takes, once. */
	assert_true(shared.flows_per_worker >= small.flows_per_worker);
	assert_true(shared.flows_per_worker <= small.flows_per_worker / 100 * 101);
	assert_true(large.states_per_worker > small.states_per_worker);
	assert_true(records.flows_per_worker < large.flows_per_worker);
}

/* Lanes share what one would have; with too many for the limit each still takes any packet. */
static void lanes_share(void **state)
{
	struct fa_memory_plan one = fa_memory_plan(4096 * MIB, 2, 1, false);
	struct fa_memory_plan four = fa_memory_plan(4096 * MIB, 2, 4, false);
	struct fa_memory_plan many = fa_memory_plan(64 * MIB, 2, 16, false);

	(void)state;
	assert_true(four.packet_ring_bytes <= one.packet_ring_bytes);
	assert_int_equal(four.conversation_ring_bytes, one.conversation_ring_bytes);
	assert_true(four.flows_per_worker <= one.flows_per_worker);
	assert_true(many.packet_ring_bytes / 4 > 65535 + sizeof(struct fa_packet));
	assert_true(many.flows_per_worker >= 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_plan_is_usable),
		cmocka_unit_test(the_limit_is_kept),
		cmocka_unit_test(more_memory_more_flows),
		cmocka_unit_test(lanes_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
