/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Storing the windows of a live capture: whoever locks the database, at every rotation and reload,
 * what was handed over is in the database once.
 */
#include "pipeline/storing_stand.h"

#include <pthread.h>

static void one_window_after_the_other(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand, false);
	assert_int_equal(atomic_load(&stand.bench.shared->run), 1);
	for (uint64_t i = 1; i <= 5; i++) {
		int64_t before_ns = fa_wall_clock_ns();

		window(&stand, 0);
		assert_int_equal(atomic_load(&stand.bench.shared->windows), i);
		assert_int_equal(atomic_load(&stand.bench.shared->window_stored), i);
		assert_true(atomic_load(&stand.bench.shared->committed_ns) >= before_ns);
		assert_int_equal(sql(&stand, "SELECT count(*) FROM window"), i);
		assert_int_equal(sql(&stand, "SELECT count(*) FROM run WHERE ending = 'unfinished'"),
				 1);
		check(&stand);
	}
	last_window(&stand);
	check(&stand);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM run"), 1);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM run WHERE ending = 'complete'"), 1);
	/* One ends where the next begins. */
	assert_int_equal(sql(&stand, "SELECT count(*) FROM window a JOIN window b ON b.n = a.n + 1 "
				     "WHERE a.ended_ns <> b.begun_ns"),
			 0);
	end(&stand);
}

/* The same conversation in several windows stands in several rows. */
static void rows_of_each_window(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand, false);
	window(&stand, 0);
	stand.given = 0;
	window(&stand, 0);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM conversation"), 2 * EACH);
	assert_int_equal(sql(&stand, "SELECT count(DISTINCT host) FROM conversation"), EACH);
	assert_int_equal(sql(&stand, "SELECT sum(packets_to_server) FROM conversation"), 2 * EACH);
	end(&stand);
}

static void *store_aside(void *context)
{
	struct stand *stand = context;
	struct fa_diag diag;

	return store(stand, &diag) == 0 ? NULL : context;
}

static void waits_for_whoever_has_locked(void **state)
{
	struct stand stand;
	pthread_t thread;
	sqlite3 *other;
	void *failed;

	(void)state;
	begin(&stand, false);
	window(&stand, 0);
	for (int round = 0; round < 2; round++) {
		other = bench_other(&stand.bench);
		gather(&stand, EACH, round == 1 ? FA_WINDOW_ROTATE : 0);
		bench_run(other, "BEGIN IMMEDIATE");
		assert_int_equal(pthread_create(&thread, NULL, store_aside, &stand), 0);
		bench_nap_ms(1800);
		assert_int_equal(atomic_load(&stand.bench.shared->windows), 1 + round);
		bench_run(other, "COMMIT");
		assert_int_equal(pthread_join(thread, &failed), 0);
		assert_null(failed);
		sqlite3_close(other);
		check(&stand);
	}
	assert_int_equal(sql(&stand, "SELECT count(*) FROM run"), 2);
	last_window(&stand);
	check(&stand);
	end(&stand);
}

/* Rotations at random: what every run has is what came while it lasted. */
static void sums_over_runs(void **state)
{
	struct stand stand;
	unsigned seed = 3, runs = 1;

	(void)state;
	begin(&stand, false);
	for (int i = 0; i < 30; i++) {
		unsigned flags = rand_r(&seed) % 3 == 0 ? FA_WINDOW_ROTATE : 0;

		window(&stand, flags);
		runs += flags != 0;
		check(&stand);
		assert_int_equal(sql(&stand, "SELECT count(*) FROM run"), runs);
		assert_int_equal(atomic_load(&stand.bench.shared->run), runs);
	}
	last_window(&stand);
	check(&stand);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM run WHERE ending <> 'complete'"), 0);
	assert_in_range(runs, 5, 25);
	end(&stand);
}

/* Nothing came at all, and the clock stood still. */
static void empty_windows(void **state)
{
	struct stand stand;
	struct fa_diag diag;

	(void)state;
	begin(&stand, false);
	for (int i = 0; i < 3; i++) {
		stand.gathered->window = ++stand.windows;
		stand.gathered->ended_ns = 0; /* the clock was set back by half a century */
		stand.gathered->ended_monotonic_ns = fa_monotonic_ns() + (i + 1) * 60 * FA_NS_PER_SECOND;
		stand.gathered->flags = i == 1 ? FA_WINDOW_ROTATE : 0;
		assert_int_equal(store(&stand, &diag), 0);
	}
	/* It was as long as it was, by the clock that it began with. */
	assert_int_equal(sql(&stand, "SELECT (ended_ns - begun_ns) / 60000000000 FROM window "
				     "WHERE run = 1 AND n = 0"),
			 1);
	assert_int_equal(sql(&stand, "SELECT max(begun_ns) FROM window WHERE n > 0 OR run > 1"), 0);
	window(&stand, 0);
	last_window(&stand);
	check(&stand);
	end(&stand);
}

static void a_reload_that_fails_changes_nothing(void **state)
{
	struct stand stand;
	uint64_t lore;

	(void)state;
	begin(&stand, false);
	lore = fa_lore_generation(stand.bench.shared->lore);
	stand.load_fails = true;
	window(&stand, FA_WINDOW_RELOAD);
	assert_int_equal(atomic_load(&stand.bench.shared->reload_tries), 1);
	assert_int_equal(atomic_load(&stand.bench.shared->reloads), 0);
	assert_int_equal(fa_lore_generation(stand.bench.shared->lore), lore);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM run"), 1);
	window(&stand, FA_WINDOW_RELOAD | FA_WINDOW_ROTATE); /* this still happens */
	assert_int_equal(sql(&stand, "SELECT count(*) FROM run"), 2);
	assert_int_equal(stand.unloads, 0);
	stand.load_fails = false;
	window(&stand, FA_WINDOW_RELOAD);
	assert_int_equal(atomic_load(&stand.bench.shared->reload_tries), 3);
	assert_int_equal(atomic_load(&stand.bench.shared->reloads), 1);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM run"), 3);
	stand.load_fails = true;
	window(&stand, FA_WINDOW_RELOAD); /* what was read before stays in force */
	assert_int_equal(stand.unloads, 0);
	last_window(&stand);
	check(&stand);
	end(&stand);
}

static void every_reload_is_a_run(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand, false);
	for (unsigned i = 1; i <= 5; i++) {
		window(&stand, FA_WINDOW_RELOAD | (i % 2 == 0 ? FA_WINDOW_ROTATE : 0));
		assert_int_equal(stand.loads, i);
		assert_int_equal(stand.unloads, i - 1); /* the one before */
		assert_int_equal(sql(&stand, "SELECT count(*) FROM run"), 1 + i);
		assert_int_equal(fa_lore_generation(stand.bench.shared->lore), 1 + i);
		assert_int_equal(atomic_load(&stand.bench.shared->reloads), i);
		window(&stand, 0);
	}
	/* Nobody would be judged by what is read at the end. */
	stand.gathered->flags = FA_WINDOW_RELOAD;
	last_window(&stand);
	assert_int_equal(stand.loads, 5);
	check(&stand);
	end(&stand);
}

/* The names of a window had no room: its run says so, however many windows follow. */
static void what_had_no_room_is_said(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand, false);
	for (unsigned i = 0; i < 6; i++) {
		stand.gathered->names_full = i == 1 || i == 2 || i == 4;
		window(&stand, i == 2 ? FA_WINDOW_ROTATE : 0);
	}
	last_window(&stand);
	stand.bench.totals.loss.judged_early = 3;
	check(&stand);
	assert_int_equal(sql(&stand, "SELECT judged_early FROM run WHERE id = 1"), 2);
	end(&stand);
}

static void crashes_are_stored_once(void **state)
{
	struct stand stand;
	struct fa_crash_slot *slot;
	sqlite3 *other;

	(void)state;
	begin(&stand, false);
	for (uint32_t i = 0; i < 2; i++) {
		slot = &stand.bench.shared->crash[i];
		slot->crash = (struct fa_crash){.when_ns = 5, .ts_ns = 6, .number = 7 + i,
						.worker = 1, .signal = 11, .ip_bytes = 60,
						.captured = 20 + i};
		memset(slot->bytes, 'x', 20 + i);
	}
	atomic_store(&stand.bench.shared->crashes, 1);
	other = bench_other(&stand.bench);
	bench_run(other, "BEGIN IMMEDIATE");
	fa_storing_idle(stand.storing);
	bench_run(other, "COMMIT");
	sqlite3_close(other);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM crash"), 0);
	fa_storing_idle(stand.storing);
	fa_storing_idle(stand.storing);
	window(&stand, 0);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM crash"), 1);
	atomic_store(&stand.bench.shared->crashes, 2);
	fa_storing_idle(stand.storing);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM crash"), 2);
	assert_int_equal(sql(&stand, "SELECT sum(number * 1000 + length(packet)) FROM crash WHERE "
				     "packet = substr('xxxxxxxxxxxxxxxxxxxxx', 1, length(packet)) "
				     "OR typeof(packet) = 'blob'"),
			 7020 + 8021);
	last_window(&stand);
	check(&stand);
	end(&stand);
}

static int setup(void **state)
{
	(void)state;
	alarm(200);
	fa_log_quiet(true);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_window_after_the_other),
		cmocka_unit_test(rows_of_each_window),
		cmocka_unit_test(waits_for_whoever_has_locked),
		cmocka_unit_test(sums_over_runs),
		cmocka_unit_test(empty_windows),
		cmocka_unit_test(a_reload_that_fails_changes_nothing),
		cmocka_unit_test(every_reload_is_a_run),
		cmocka_unit_test(what_had_no_room_is_said),
		cmocka_unit_test(crashes_are_stored_once),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
