/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When a worker counts as hanging, and what a dead one leaves for the next. Without processes. */
#include "pipeline/replacing.h"

#include <signal.h>
#include <sys/wait.h>

#include "core/packet.h"
#include "pipeline/live_bench.h"

#define SECONDS(n) ((n) * FA_NS_PER_SECOND)

enum { RING_BYTES = 1 << 16 };

struct stand {
	struct bench bench;
	struct fa_replacing replacing;
	struct fa_ring_producer producer; /* of packets */
	uint64_t fed;
	int64_t now_ns;
};

static void begin(struct stand *stand)
{
	struct bench *bench = &stand->bench;

	memset(stand, 0, sizeof(*stand));
	bench_make(bench, 1);
	assert_int_equal(fa_ring_new(&bench->channels[0].packets[0], RING_BYTES), 0);
	assert_int_equal(fa_ring_new(&bench->channels[0].conversations, RING_BYTES), 0);
	assert_int_equal(fa_ring_producer_init(&stand->producer, bench->channels[0].packets[0]),
			 0);
	fa_replacing_init(&stand->replacing, &bench->job, bench->shared, bench->channels);
	stand->now_ns = SECONDS(1000);
}

static void end(struct stand *stand)
{
	fa_ring_free(stand->bench.channels[0].packets[0]);
	fa_ring_free(stand->bench.channels[0].conversations);
	bench_unmake(&stand->bench);
}

/* A packet of LEN bytes, which are its number. */
static void feed(struct stand *stand, uint32_t len)
{
	struct fa_packet packet = {.number = ++stand->fed, .ts_ns = 77, .ip_bytes = 2 * len};
	char *record = fa_ring_reserve(&stand->producer, sizeof(packet) + len, FA_RECORD_PACKET);

	assert_non_null(record);
	memcpy(record, &packet, sizeof(packet));
	memset(record + sizeof(packet), (int)stand->fed, len);
	fa_ring_commit(&stand->producer, sizeof(packet) + len);
	fa_ring_flush(&stand->producer);
}

/* As a worker that took COUNT packets, has reported none of them, and is on the last one. */
static void take(struct stand *stand, unsigned count)
{
	struct fa_worker_shared *worker = stand->bench.channels[0].worker;
	struct fa_ring_consumer consumer;
	uint32_t len, kind;

	assert_int_equal(fa_ring_consumer_init(&consumer, stand->bench.channels[0].packets[0]), 0);
	for (unsigned i = 0; i < count; i++)
		assert_non_null(fa_ring_next(&consumer, &len, &kind));
	atomic_fetch_add(&worker->taken, count);
	atomic_store(&worker->active, 3);
	atomic_store(&worker->at_position[0], fa_ring_position(&consumer));
}

static bool hangs_after(struct stand *stand, int64_t ns)
{
	stand->now_ns += ns;
	return fa_replacing_hangs(&stand->replacing, 0, getpid(), stand->now_ns);
}

static int died(struct stand *stand, int status)
{
	struct fa_diag diag = {{0}};
	int error = fa_replacing_died(&stand->replacing, 0, status, &diag);

	assert_int_equal(error != 0, diag.text[0] != '\0');
	return error;
}

static void a_worker_without_packets_does_not_hang(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand);
	stand.bench.job.live = NULL;
	assert_false(fa_replacing_has_pending(&stand.replacing, 0));
	for (int i = 0; i < 10; i++)
		assert_false(hangs_after(&stand, SECONDS(9)));
	feed(&stand, 10);
	assert_true(fa_replacing_has_pending(&stand.replacing, 0));
	assert_false(hangs_after(&stand, SECONDS(9)));
	assert_true(hangs_after(&stand, SECONDS(2)));
	end(&stand);
}

static void a_worker_that_takes_packets_or_waits_does_not_hang(void **state)
{
	struct stand stand;
	struct fa_worker_shared *worker;

	(void)state;
	begin(&stand);
	stand.bench.job.live = NULL;
	worker = stand.bench.channels[0].worker;
	for (int i = 0; i < 5; i++)
		feed(&stand, 10);
	for (int i = 0; i < 5; i++) {
		atomic_fetch_add(&worker->taken, 1);
		assert_false(hangs_after(&stand, SECONDS(9)));
		assert_false(hangs_after(&stand, SECONDS(1) - 1));
	}
	atomic_store(&worker->waiting, true); /* for the auditor */
	assert_false(hangs_after(&stand, SECONDS(20)));
	assert_false(hangs_after(&stand, SECONDS(20)));
	atomic_store(&worker->waiting, false);
	assert_false(hangs_after(&stand, SECONDS(9)));
	assert_true(hangs_after(&stand, SECONDS(1)));
	assert_false(hangs_after(&stand, SECONDS(1))); /* said once, while it is being ended */
	end(&stand);
}

/* All others wait for the window of this one. */
static void a_worker_that_keeps_a_window_hangs(void **state)
{
	struct stand stand;
	struct fa_shared *shared;

	(void)state;
	begin(&stand);
	shared = stand.bench.shared;
	assert_false(hangs_after(&stand, SECONDS(100)));
	atomic_store(&shared->lanes[0].window, 1);
	assert_false(hangs_after(&stand, SECONDS(59)));
	atomic_store(&shared->handed[0], 1);
	atomic_store(&shared->lanes[0].window, 2);
	assert_false(hangs_after(&stand, SECONDS(59)));
	assert_false(hangs_after(&stand, SECONDS(59)));
	assert_true(hangs_after(&stand, SECONDS(2)));
	stand.bench.job.live = NULL; /* a replay has no windows */
	assert_false(hangs_after(&stand, SECONDS(100)));
	end(&stand);
}

/* The packet is saved, and what came before it counts as lost; the next worker begins behind it. */
static void goes_on_behind_the_packet(void **state)
{
	struct stand stand;
	struct fa_worker_shared *worker;
	struct fa_loss_counts loss;
	const struct fa_crash_slot *slot;
	struct fa_ring_consumer consumer;
	const struct fa_packet *next;
	uint32_t len, kind;

	(void)state;
	begin(&stand);
	worker = stand.bench.channels[0].worker;
	for (uint32_t i = 1; i <= 5; i++)
		feed(&stand, 20 + i);
	take(&stand, 3);
	atomic_store(&worker->reported, 1);
	assert_int_equal(died(&stand, SIGSEGV), 0);
	fa_board_get(stand.bench.shared->loss, &loss, FA_BOARD_WORDS(loss));
	assert_int_equal(loss.workers_replaced, 1);
	assert_int_equal(loss.packets_lost, 2);
	assert_int_equal(loss.flows_lost, 3);
	assert_int_equal(atomic_load(&stand.bench.shared->crashes), 1);
	slot = &stand.bench.shared->crash[0];
	assert_int_equal(slot->crash.number, 3);
	assert_int_equal(slot->crash.signal, SIGSEGV);
	assert_int_equal(slot->crash.captured, 23);
	assert_int_equal(slot->crash.ip_bytes, 46);
	assert_int_equal(slot->bytes[22], 3);
	assert_int_equal(fa_ring_consumer_init(&consumer, stand.bench.channels[0].packets[0]), 0);
	next = fa_ring_next(&consumer, &len, &kind);
	assert_non_null(next);
	assert_int_equal(next->number, 4);
	assert_int_equal(atomic_load(&worker->taken), 0);
	assert_int_equal(atomic_load(&worker->active), 0);
	end(&stand);
}

/* One that was ended by us has no signal of its own. */
static void one_that_hung_has_no_signal(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand);
	feed(&stand, 10);
	take(&stand, 1);
	fa_replacing_stopped(&stand.replacing, 0);
	assert_int_equal(died(&stand, SIGKILL), 0);
	assert_int_equal(stand.bench.shared->crash[0].crash.signal, 0);
	feed(&stand, 10);
	take(&stand, 1);
	assert_int_equal(died(&stand, SIGKILL), 0);
	assert_int_equal(stand.bench.shared->crash[1].crash.signal, SIGKILL);
	end(&stand);
}

static void so_many_packets_are_saved(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand);
	for (unsigned i = 0; i < FA_CRASHES_MAX + 3; i++) {
		feed(&stand, 10);
		take(&stand, 1);
		assert_int_equal(died(&stand, SIGABRT), 0);
	}
	assert_int_equal(atomic_load(&stand.bench.shared->crashes), FA_CRASHES_MAX);
	assert_int_equal(stand.bench.shared->crash[FA_CRASHES_MAX - 1].crash.number,
			 FA_CRASHES_MAX);
	end(&stand);
}

/* Something else is wrong when workers die again and again. */
static void so_many_are_replaced(void **state)
{
	struct stand stand;
	int live;

	(void)state;
	for (live = 0; live < 2; live++) {
		begin(&stand);
		if (!live)
			stand.bench.job.live = NULL;
		/* Its first minute begins with the first that dies. */
		for (int i = 0; i < 100 + live; i++)
			assert_int_equal(died(&stand, SIGSEGV), 0);
		assert_int_equal(died(&stand, SIGSEGV), FA_EDEAD);
		/* A minute later a live capture may go on. */
		stand.replacing.minute_ns -= SECONDS(61);
		assert_int_equal(died(&stand, SIGSEGV), live ? 0 : FA_EDEAD);
		end(&stand);
	}
}

static void why_it_ended(void **state)
{
	char text[96];

	(void)state;
	assert_string_equal(fa_replacing_why(W_EXITCODE(0, 0), text, sizeof(text)),
			    "it ended before it was told to");
	assert_string_equal(fa_replacing_why(SIGSEGV, text, sizeof(text)), strsignal(SIGSEGV));
	assert_non_null(strstr(fa_replacing_why(SIGSYS, text, sizeof(text)), "its sandbox"));
}

static int setup(void **state)
{
	(void)state;
	fa_log_quiet(true);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_worker_without_packets_does_not_hang),
		cmocka_unit_test(a_worker_that_takes_packets_or_waits_does_not_hang),
		cmocka_unit_test(a_worker_that_keeps_a_window_hangs),
		cmocka_unit_test(goes_on_behind_the_packet),
		cmocka_unit_test(one_that_hung_has_no_signal),
		cmocka_unit_test(so_many_packets_are_saved),
		cmocka_unit_test(so_many_are_replaced),
		cmocka_unit_test(why_it_ended),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
