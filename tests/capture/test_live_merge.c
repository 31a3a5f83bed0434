/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Live capture of several interfaces in the order of time. */
#include "live.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "net.h"

#define PAIRS 3

static const char *const names[PAIRS] = {"t0", "t1", "t2"};
static const char *const peers[PAIRS] = {"far0", "far1", "far2"};
static int senders[PAIRS];
static struct got got;

static int make_pairs(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PAIRS; i++) {
		net_pair(names[i], peers[i]);
		senders[i] = net_sender(peers[i]);
	}
	return 0;
}

static int remove_pairs(void **state)
{
	(void)state;
	live_close(&got);
	net_clock_step_ns = 0;
	for (unsigned i = 0; i < PAIRS; i++) {
		close(senders[i]);
		net_ip("link del %s", names[i]);
	}
	return 0;
}

static void open_all(void)
{
	struct fa_live_options options = live_options(&got, names, PAIRS);

	assert_int_equal(live_open(&got, &options), FA_OK);
}

/* A tap: what goes one way is on one port, what comes back on the other. */
static void order_of_times(void **state)
{
	unsigned sent = 0;

	(void)state;
	open_all();
	for (unsigned round = 0; round < 20; round++) {
		for (unsigned i = 0; i < 500; i++, sent++)
			net_send(senders[sent % 7 % PAIRS], sent, 1000, 2000, 60 + sent % 1000);
		live_read(&got, 0, 0);
		usleep(round % 3 * 15000);
	}
	live_read(&got, sent, 1000);
	assert_int_equal(got.marked, sent);
	assert_int_equal(got.numbers_back, 0);
	assert_int_equal(got.times_back, 0);
	live_drain(&got);
	live_assert_accounted(&got);
}

static int count_five(void *context, const struct fa_frame *frame)
{
	unsigned *count = context;

	(void)frame;
	return ++*count % 5 == 0 ? -99 : 0;
}

static void quiet_ports_hold_up_shortly(void **state)
{
	int64_t begun_ns;
	int64_t took_ns;
	unsigned waits = 0;

	(void)state;
	open_all();
	live_read(&got, 1, 100);
	begun_ns = fa_monotonic_ns();
	for (unsigned i = 0; i < 100; i++)
		net_send(senders[1], i, 1000, 2000, 60);
	while (got.marked < 100 && waits++ < 1000) {
		assert_int_equal(fa_live_wait(got.source, 1000), 1);
		live_read(&got, 0, 0);
	}
	took_ns = fa_monotonic_ns() - begun_ns;
	assert_int_equal(got.marked, 100);
	assert_in_range(took_ns, 35000000, 90000000);
	assert_true(waits < 10); /* it slept meanwhile, whatever is in the ring */
}

/* What is held and may go at once is waited for no longer. */
static void nothing_to_wait_for(void **state)
{
	unsigned count = 0;
	struct fa_frame_sink sink = {.fn = count_five, .context = &count};

	(void)state;
	open_all();
	for (unsigned i = 0; i < PAIRS; i++)
		net_send(senders[i], i, 1000, 2000, 60);
	usleep(100000);
	for (unsigned i = 0; i < PAIRS; i++) {
		assert_int_equal(fa_live_wait(got.source, 1000), 1);
		assert_int_equal(fa_source_read(got.source, 1, &sink, &got.diag), 1);
	}
	assert_int_equal(fa_source_read(got.source, 1, &sink, &got.diag), 0);
	assert_int_equal(fa_live_wait(got.source, 50), 0);
}

/* The drain ends with all of them, held ones included, and all are accounted for. */
static void drained_to_the_last(void **state)
{
	(void)state;
	open_all();
	for (unsigned i = 0; i < 300; i++)
		net_send(senders[i % PAIRS], i, 1000, 2000, 60);
	live_drain(&got);
	assert_int_equal(got.marked, 300);
	assert_int_equal(got.numbers_back, 0);
	live_assert_accounted(&got);
}

static void sink_may_stop(void **state)
{
	unsigned count = 0;
	unsigned stops = 0;
	struct fa_frame_sink sink = {.fn = count_five, .context = &count};
	int64_t end_ns = fa_monotonic_ns() + 1000000000;

	(void)state;
	open_all();
	for (unsigned i = 0; i < 100; i++)
		net_send(senders[i % PAIRS], i, 1000, 2000, 60);
	while (count < 100 && fa_monotonic_ns() < end_ns) {
		fa_live_wait(got.source, 10);
		while (fa_source_read(got.source, 7, &sink, &got.diag) != 0)
			stops += count % 5 == 0;
	}
	assert_int_equal(count, 100);
	assert_int_equal(stops, 20);
}

/* What has times of before must not wait until the clock is there again. */
static void clock_set_back(void **state)
{
	int64_t begun_ns;

	(void)state;
	open_all();
	live_read(&got, 1, 50);
	for (unsigned i = 0; i < 100; i++)
		net_send(senders[0], i, 1000, 2000, 60);
	net_clock_step_ns = -3600000000000;
	begun_ns = fa_monotonic_ns();
	live_read(&got, 100, 2000);
	assert_int_equal(got.marked, 100);
	assert_true(fa_monotonic_ns() - begun_ns < 300000000);
}

static void drained_though_the_clock_is_slow(void **state)
{
	(void)state;
	open_all();
	for (unsigned i = 0; i < 100; i++)
		net_send(senders[i % PAIRS], i, 1000, 2000, 60);
	net_clock_step_ns = -80000000;
	live_drain(&got);
	assert_int_equal(got.marked, 100);
	assert_int_equal(got.numbers_back, 0);
}

static void clock_set_forward(void **state)
{
	(void)state;
	open_all();
	for (unsigned i = 0; i < 100; i++)
		net_send(senders[i % PAIRS], i, 1000, 2000, 60);
	net_clock_step_ns = 3600000000000;
	live_read(&got, 100, 500);
	assert_int_equal(got.marked, 100);
}

/* One that is down or gone takes no part, and holds nobody up for longer. */
static void one_of_them_goes(void **state)
{
	(void)state;
	open_all();
	net_ip("link del t0");
	assert_true(live_reach(&got, FA_LIVE_GONE, 5000));
	assert_int_equal(fa_live_state(got.source, 1), FA_LIVE_UP);
	for (unsigned i = 0; i < 100; i++)
		net_send(senders[1 + i % 2], i, 1000, 2000, 60);
	live_read(&got, 100, 300);
	assert_int_equal(got.marked, 100);
	assert_int_equal(got.numbers_back, 0);
	close(senders[0]);
	net_pair("t0", "far0");
	senders[0] = net_sender("far0");
	assert_true(live_reach(&got, FA_LIVE_UP, 5000));
	for (unsigned i = 0; i < 100; i++)
		net_send(senders[i % PAIRS], 100 + i, 1000, 2000, 60);
	live_read(&got, 200, 1000);
	assert_int_equal(got.marked, 200);
	live_drain(&got);
	live_assert_accounted(&got);
}

#define WITH_PAIRS(test) cmocka_unit_test_setup_teardown(test, make_pairs, remove_pairs)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PAIRS(order_of_times),
		WITH_PAIRS(quiet_ports_hold_up_shortly),
		WITH_PAIRS(nothing_to_wait_for),
		WITH_PAIRS(drained_to_the_last),
		WITH_PAIRS(sink_may_stop),
		WITH_PAIRS(clock_set_back),
		WITH_PAIRS(drained_though_the_clock_is_slow),
		WITH_PAIRS(clock_set_forward),
		WITH_PAIRS(one_of_them_goes),
	};

	net_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
