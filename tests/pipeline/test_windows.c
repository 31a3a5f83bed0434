/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The auditor of a live capture: windows end when all workers say so, the thread that gathers waits
 * for the database only when there is no room, and everything is stored once.
 */
#include "pipeline/windows.h"

#include <pthread.h>

#include "pipeline/live_bench.h"

enum { WORKERS = 3, ROOM = 5000 /* conversations of a set, with the memory of the bench */ };

struct stand {
	struct bench bench;
	struct fa_windows *windows;
	unsigned given;
	uint64_t asked;
};

static void prepare(struct stand *stand)
{
	memset(stand, 0, sizeof(*stand));
	bench_make(&stand->bench, WORKERS);
}

static void start(struct stand *stand)
{
	struct bench *bench = &stand->bench;
	struct fa_diag diag = {{0}};

	if (fa_windows_new(&stand->windows, &bench->job, &bench->info, bench->shared,
			   bench->channels, &diag) != 0)
		fail_msg("%s", diag.text);
	assert_int_equal(fa_windows_start(stand->windows), 0);
}

static void begin(struct stand *stand)
{
	prepare(stand);
	start(stand);
}

static void end(struct stand *stand)
{
	fa_windows_free(stand->windows);
	bench_unmake(&stand->bench);
}

static int64_t sql(struct stand *stand, const char *text)
{
	return bench_sql(&stand->bench, text);
}

/* A worker hands over the next COUNT conversations; returns the first error. */
static int try_give(struct stand *stand, unsigned worker, unsigned count)
{
	struct fa_run_totals *totals = &stand->bench.totals;
	int error = 0;

	for (unsigned i = 0; i < count && error == 0; i++) {
		struct fa_conversation c = bench_conversation(stand->given++);

		error = fa_windows_take(stand->windows, worker, FA_RECORD_CONVERSATION, &c,
					sizeof(c));
	}
	bench_count(&stand->bench, count);
	fa_board_put(stand->bench.shared->lanes[0].counts, &totals->capture,
		     FA_BOARD_WORDS(totals->capture));
	fa_board_put(stand->bench.channels[worker].worker->counts, &totals->workers,
		     FA_BOARD_WORDS(totals->workers));
	return error;
}

static void give(struct stand *stand, unsigned worker, unsigned count)
{
	if (try_give(stand, worker, count) != 0)
		fail_msg("%s", fa_windows_diag(stand->windows)->text);
}

static void look(struct stand *stand)
{
	if (fa_windows_look(stand->windows) != 0)
		fail_msg("%s", fa_windows_diag(stand->windows)->text);
}

/* As fa_processes_end_window does. */
static uint64_t ask(struct stand *stand, unsigned flags)
{
	struct fa_shared *shared = stand->bench.shared;
	uint64_t next = ++stand->asked;

	atomic_store(&shared->asked[next % FA_WINDOWS_OPEN_MAX], flags);
	atomic_store(&shared->window, next);
	return next;
}

static int mark(struct stand *stand, unsigned worker, uint64_t window)
{
	return fa_windows_take(stand->windows, worker, FA_RECORD_WINDOW, &window, sizeof(window));
}

static void mark_all(struct stand *stand, uint64_t window)
{
	for (unsigned i = 0; i < WORKERS; i++)
		assert_int_equal(mark(stand, i, window), 0);
}

static void wait_stored(struct stand *stand, uint64_t window)
{
	for (int i = 0; atomic_load(&stand->bench.shared->window_stored) < window; i++) {
		assert_true(i < 3000);
		look(stand);
		bench_nap_ms(5);
	}
}

static void finish(struct stand *stand)
{
	if (fa_windows_finish(stand->windows) != 0)
		fail_msg("%s", fa_windows_diag(stand->windows)->text);
}

/* After the end: every conversation once, every figure once; the workers' are those of the last. */
static void check(struct stand *stand)
{
	struct bench *bench = &stand->bench;

	assert_int_equal(sql(stand, "SELECT count(*) FROM conversation"), stand->given);
	assert_int_equal(sql(stand, "SELECT count(DISTINCT host) FROM conversation"),
			 stand->given);
	assert_int_equal(sql(stand, "SELECT sum(conversations) FROM run"), stand->given);
	bench->totals.loss.judged_early = atomic_load(&bench->shared->judged_early);
	bench_check_sums(bench);
}

/* All packets of the stand are counted by one worker, so that its counters are those of all. */
static void a_window_ends_when_all_say_so(void **state)
{
	struct stand stand;
	uint64_t window;

	(void)state;
	begin(&stand);
	give(&stand, 0, 10);
	window = ask(&stand, 0);
	assert_int_equal(mark(&stand, 0, window), 0);
	assert_int_equal(mark(&stand, 2, window), 0);
	look(&stand);
	bench_nap_ms(50);
	look(&stand);
	assert_int_equal(atomic_load(&stand.bench.shared->window_gathered), 0);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM conversation"), 0);
	assert_int_equal(mark(&stand, 1, window), 0);
	assert_int_equal(atomic_load(&stand.bench.shared->window_gathered), 1);
	wait_stored(&stand, 1);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM conversation"), 10);
	assert_int_equal(mark(&stand, 1, window), 0); /* its replacement says so once more */
	look(&stand);
	bench_nap_ms(50);
	assert_int_equal(atomic_load(&stand.bench.shared->windows), 1);
	give(&stand, 0, 5);
	finish(&stand);
	assert_int_equal(atomic_load(&stand.bench.shared->windows), 2);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM run WHERE ending = 'complete'"), 1);
	check(&stand);
	end(&stand);
}

/* A worker may be several windows behind, or say several at once. */
static void several_windows_at_once(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand);
	ask(&stand, FA_WINDOW_ROTATE);
	ask(&stand, 0);
	give(&stand, 0, 7);
	assert_int_equal(mark(&stand, 0, 1), 0);
	assert_int_equal(mark(&stand, 0, 2), 0);
	assert_int_equal(mark(&stand, 1, 2), 0);
	look(&stand);
	assert_int_equal(atomic_load(&stand.bench.shared->window_gathered), 0);
	assert_int_equal(mark(&stand, 2, 2), 0);
	wait_stored(&stand, 2);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM window"), 1);
	assert_int_equal(atomic_load(&stand.bench.shared->run), 2); /* what the first asked for */
	finish(&stand);
	check(&stand);
	end(&stand);
}

/* Longer than the numbers of asked windows: each rotation happens once. */
static void many_windows(void **state)
{
	struct stand stand;
	unsigned runs = 1;

	(void)state;
	begin(&stand);
	for (unsigned i = 1; i <= FA_WINDOWS_OPEN_MAX + 20; i++) {
		bool rotate = i % 7 == 0;

		give(&stand, 0, 3);
		mark_all(&stand, ask(&stand, rotate ? FA_WINDOW_ROTATE : 0));
		wait_stored(&stand, i);
		runs += rotate;
		assert_int_equal(atomic_load(&stand.bench.shared->windows), i);
	}
	finish(&stand);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM run"), runs);
	check(&stand);
	end(&stand);
}

/* The database is locked: what comes meanwhile waits in memory, and nobody waits for it. */
static void gathers_while_the_database_is_locked(void **state)
{
	struct stand stand;
	sqlite3 *other;
	int64_t begun_ns;

	(void)state;
	begin(&stand);
	other = bench_other(&stand.bench);
	bench_run(other, "BEGIN IMMEDIATE");
	begun_ns = fa_monotonic_ns();
	for (unsigned i = 1; i <= 20; i++) {
		give(&stand, 0, 50);
		mark_all(&stand, ask(&stand, i == 5 || i == 9 ? FA_WINDOW_ROTATE : 0));
		look(&stand);
		bench_nap_ms(5);
	}
	assert_true(fa_monotonic_ns() - begun_ns < 5 * FA_NS_PER_SECOND);
	assert_int_equal(atomic_load(&stand.bench.shared->window_gathered), 20);
	assert_int_equal(atomic_load(&stand.bench.shared->window_stored), 0);
	assert_int_equal(atomic_load(&stand.bench.shared->windows), 0);
	bench_run(other, "COMMIT");
	sqlite3_close(other);
	wait_stored(&stand, 20);
	/* The one that waited, and all others together. */
	assert_int_equal(sql(&stand, "SELECT count(*) FROM window"), 2);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM run"), 2);
	finish(&stand);
	check(&stand);
	end(&stand);
}

/* More than a set holds, within one window. */
static void makes_room(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand);
	mark_all(&stand, ask(&stand, 0));
	wait_stored(&stand, 1);
	mark_all(&stand, ask(&stand, 0));
	wait_stored(&stand, 2);
	give(&stand, 0, ROOM);
	assert_int_equal(atomic_load(&stand.bench.shared->judged_early), 0);
	give(&stand, 0, 1);
	assert_int_equal(atomic_load(&stand.bench.shared->judged_early), 1);
	for (int i = 0; i < 5; i++) {
		give(&stand, 0, ROOM);
		assert_in_range(atomic_load(&stand.bench.shared->window_stored), 2, 2);
	}
	assert_int_equal(atomic_load(&stand.bench.shared->judged_early), 6);
	mark_all(&stand, ask(&stand, 0));
	wait_stored(&stand, 3);
	finish(&stand);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM run"), 1);
	check(&stand);
	end(&stand);
}

struct unlocking {
	struct bench *bench;
	sqlite3 *db;
	long after_ms;
	unsigned beats; /* how often the auditor gave a sign of life meanwhile */
};

static void *unlock(void *context)
{
	struct unlocking *unlocking = context;
	int64_t last_ns = 0;

	for (long ms = 0; ms < unlocking->after_ms; ms += 100) {
		int64_t beat_ns = atomic_load(&unlocking->bench->shared->beat_ns);

		unlocking->beats += beat_ns != last_ns;
		last_ns = beat_ns;
		bench_nap_ms(100);
	}
	sqlite3_exec(unlocking->db, "COMMIT", NULL, NULL, NULL);
	sqlite3_close(unlocking->db);
	return NULL;
}

static pthread_t lock_for(struct unlocking *unlocking, struct stand *stand, long ms)
{
	pthread_t thread;

	*unlocking = (struct unlocking){&stand->bench, bench_other(&stand->bench), ms, 0};
	bench_run(unlocking->db, "BEGIN IMMEDIATE");
	assert_int_equal(pthread_create(&thread, NULL, unlock, unlocking), 0);
	return thread;
}

/* Nothing is left to do but to wait, and to say that it is not dead. */
static void waits_when_there_is_no_room(void **state)
{
	struct unlocking unlocking;
	struct stand stand;
	pthread_t thread;

	(void)state;
	begin(&stand);
	thread = lock_for(&unlocking, &stand, 4000);
	give(&stand, 0, 10);
	mark_all(&stand, ask(&stand, 0));
	look(&stand);
	give(&stand, 0, 2 * ROOM + 1);
	pthread_join(thread, NULL);
	assert_true(unlocking.beats >= 3);
	finish(&stand);
	check(&stand);
	end(&stand);
}

static void ends_after_the_lock(void **state)
{
	struct unlocking unlocking;
	struct stand stand;
	pthread_t thread;

	(void)state;
	begin(&stand);
	thread = lock_for(&unlocking, &stand, 2500);
	give(&stand, 0, 10);
	mark_all(&stand, ask(&stand, FA_WINDOW_ROTATE));
	look(&stand);
	bench_nap_ms(100);
	give(&stand, 0, 10);
	mark_all(&stand, ask(&stand, 0));
	look(&stand);
	give(&stand, 0, 10);
	finish(&stand);
	pthread_join(thread, NULL);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM run WHERE ending = 'complete'"), 2);
	check(&stand);
	end(&stand);
}

/* On a full disk, without a spool: the failure comes out, wherever the gathering thread is. */
static void a_failure_comes_out(void **state)
{
	(void)state;
	for (int way = 0; way < 4; way++) {
		struct stand stand;
		int error = 0;

		prepare(&stand);
		if (!bench_on_small_disk(&stand.bench)) {
			bench_unmake(&stand.bench);
			skip();
		}
		start(&stand);
		bench_fill_disk(&stand.bench);
		give(&stand, 0, ROOM - 100);
		if (way < 3) {
			mark_all(&stand, ask(&stand, 0));
			look(&stand);
		}
		for (int i = 0; way == 0 && i < 3000 && error == 0; i++) {
			error = fa_windows_look(stand.windows);
			bench_nap_ms(5);
		}
		if (way == 1) /* it waits for room */
			error = try_give(&stand, 0, 3 * ROOM);
		if (way >= 2)
			error = fa_windows_finish(stand.windows);
		assert_int_equal(error, FA_EFULL);
		assert_non_null(strstr(fa_windows_diag(stand.windows)->text, "the disk is full"));
		assert_int_equal(fa_windows_look(stand.windows), FA_EFULL); /* and stays */
		if (way < 2)
			assert_int_equal(fa_windows_finish(stand.windows), FA_EFULL);
		bench_empty_disk(&stand.bench);
		assert_int_equal(sql(&stand, "SELECT count(*) FROM conversation"), 0);
		end(&stand);
	}
}

struct bad {
	uint32_t kind;
	uint64_t window;
	size_t len;
	const char *message;
};

static void what_cannot_be_is_refused(void **state)
{
	static const struct bad bads[] = {
		{FA_RECORD_WINDOW, 3, 8, "a window that cannot be"}, /* not yet asked for */
		{FA_RECORD_WINDOW, UINT64_MAX, 8, "a window that cannot be"},
		{FA_RECORD_WINDOW, 0, 8, "a window that cannot be"}, /* behind its own */
		{FA_RECORD_WINDOW, 1, 7, "a window that cannot be"},
		{FA_RECORD_WINDOW, 1, 0, "a window that cannot be"},
		{FA_RECORD_CONVERSATION, 0, 8, "subverted"},
		{FA_RECORD_NAME, 0, 8, "subverted"},
		{FA_RECORD_KEPT, 0, 8, "subverted"},
		{FA_RECORD_FLOW, 0, 8, "something unknown"},
		{FA_RECORD_PACKET, 0, 8, "something unknown"},
		{FA_RECORD_TICK, 0, 8, "something unknown"},
		{0, 0, 8, "something unknown"},
		{UINT32_MAX, 0, 8, "something unknown"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		struct stand stand;

		begin(&stand);
		mark_all(&stand, ask(&stand, 0));
		ask(&stand, 0);
		assert_int_equal(fa_windows_take(stand.windows, 1, bads[i].kind, &bads[i].window,
						 bads[i].len),
				 FA_ECORRUPT);
		assert_non_null(strstr(fa_windows_diag(stand.windows)->text, bads[i].message));
		assert_int_equal(fa_windows_look(stand.windows), FA_ECORRUPT);
		end(&stand); /* without an end of the run */
	}
}

/* What nobody finished is lost, but nothing hangs. */
static void given_up(void **state)
{
	struct stand stand;
	struct fa_diag diag = {{0}};

	(void)state;
	fa_windows_free(NULL);
	prepare(&stand);
	if (fa_windows_new(&stand.windows, &stand.bench.job, &stand.bench.info, stand.bench.shared,
			   stand.bench.channels, &diag) != 0)
		fail_msg("%s", diag.text);
	fa_windows_free(stand.windows); /* never started */
	start(&stand);
	give(&stand, 0, 100);
	mark_all(&stand, ask(&stand, 0));
	wait_stored(&stand, 1);
	give(&stand, 0, 100);
	fa_windows_free(stand.windows);
	stand.windows = NULL;
	assert_int_equal(sql(&stand, "SELECT count(*) FROM conversation"), 100);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM run WHERE ending <> 'complete'"), 2);
	end(&stand);
}

static void names_reach_the_judge(void **state)
{
	struct fa_name_answer answer;
	struct stand stand;

	(void)state;
	begin(&stand);
	memset(&answer, 0, sizeof(answer));
	answer.ts_ns = fa_wall_clock_ns();
	answer.client = answer.resolver = answer.address = (struct fa_addr){{10, 0, 0, 1}, 4};
	strcpy(answer.host, "a.example");
	for (int i = 0; i < 100; i++) {
		answer.address.bytes[3] = (uint8_t)i;
		assert_int_equal(fa_windows_take(stand.windows, 0, FA_RECORD_NAME, &answer,
						 sizeof(answer)),
				 0);
	}
	give(&stand, 0, 10);
	mark_all(&stand, ask(&stand, 0));
	wait_stored(&stand, 1);
	finish(&stand);
	check(&stand);
	end(&stand);
}

/* Everything at once, at random: locks come and go, sets overflow, runs rotate. */
static void at_random(void **state)
{
	struct unlocking unlocking;
	pthread_t thread = pthread_self();
	bool locked = false;
	struct stand stand;
	uint64_t marks[WORKERS] = {0};
	unsigned seed = 11;

	(void)state;
	begin(&stand);
	for (int i = 0; i < 1500; i++) {
		unsigned what = (unsigned)rand_r(&seed) % 100;
		unsigned worker = (unsigned)rand_r(&seed) % WORKERS;

		if (what < 60)
			give(&stand, 0, (unsigned)rand_r(&seed) % 30);
		else if (what < 70 && stand.asked < FA_WINDOWS_OPEN_MAX +
						 atomic_load(&stand.bench.shared->window_gathered) - 1)
			ask(&stand, what < 62 ? FA_WINDOW_ROTATE : 0);
		else if (what < 95 && marks[worker] < stand.asked)
			assert_int_equal(mark(&stand, worker, ++marks[worker]), 0);
		else if (what == 99 && !locked && i % 4 == 0) {
			thread = lock_for(&unlocking, &stand, 700);
			locked = true;
		}
		look(&stand);
		assert_true(atomic_load(&stand.bench.shared->window_stored) <=
			    atomic_load(&stand.bench.shared->window_gathered));
	}
	finish(&stand);
	if (locked)
		pthread_join(thread, NULL);
	assert_true(locked);
	assert_true(sql(&stand, "SELECT count(*) FROM run") > 1);
	check(&stand);
	end(&stand);
}

static int setup(void **state)
{
	(void)state;
	alarm(200); /* what waits for ever is a failure too */
	fa_log_quiet(true);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_window_ends_when_all_say_so),
		cmocka_unit_test(several_windows_at_once),
		cmocka_unit_test(many_windows),
		cmocka_unit_test(gathers_while_the_database_is_locked),
		cmocka_unit_test(makes_room),
		cmocka_unit_test(waits_when_there_is_no_room),
		cmocka_unit_test(ends_after_the_lock),
		cmocka_unit_test(a_failure_comes_out),
		cmocka_unit_test(what_cannot_be_is_refused),
		cmocka_unit_test(given_up),
		cmocka_unit_test(names_reach_the_judge),
		cmocka_unit_test(at_random),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
