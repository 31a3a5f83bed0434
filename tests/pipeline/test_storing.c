/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Storing the windows of a live capture: whoever locks the database, whatever disk is full, at
 * every rotation and reload, what was handed over is in the database once.
 */
#include "pipeline/storing.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include "catalog/catalog.h"
#include "pipeline/live_bench.h"

enum { EACH = 20 }; /* conversations of a window */

/* Storage and what was given to it. */
struct stand {
	struct bench bench;
	struct fa_storing *storing;
	struct fa_gathered *gathered;
	unsigned given; /* conversations */
	uint64_t windows;
	/* Reloads. */
	struct fa_policy policies[8];
	unsigned loads, unloads;
	bool load_fails;
	void *alive[8];
};

static int load(void *context, struct fa_live_basis *out, struct fa_diag *diag)
{
	struct stand *stand = context;
	unsigned number = stand->loads % 8;

	if (stand->load_fails)
		return fa_fail(diag, FA_EFORMAT, "a.yaml:3:1: nonsense");
	assert_null(stand->alive[number]);
	assert_int_equal(fa_policy_from_rulebook(&stand->policies[number], &stand->bench.book), 0);
	*out = (struct fa_live_basis){.policy = &stand->policies[number],
				      .handle = &stand->alive[number]};
	stand->alive[number] = out->handle;
	stand->loads++;
	return 0;
}

static void unload(void *context, struct fa_live_basis *basis)
{
	struct stand *stand = context;
	void **alive = basis->handle;

	assert_ptr_equal(*alive, basis->handle); /* once, and not twice */
	*alive = NULL;
	stand->unloads++;
	fa_policy_deinit(&stand->policies[alive - stand->alive]);
	basis->handle = NULL;
}

static void open_storing(struct stand *stand)
{
	struct bench *bench = &stand->bench;
	struct fa_diag diag = {{0}};

	if (fa_storing_new(&stand->storing, &bench->job, &bench->info, bench->shared, &diag) != 0)
		fail_msg("%s", diag.text);
	stand->gathered = fa_gathered_new(1000);
	assert_non_null(stand->gathered);
}

static void prepare(struct stand *stand, bool with_spool)
{
	memset(stand, 0, sizeof(*stand));
	bench_make(&stand->bench, 0);
	stand->bench.live.load = load;
	stand->bench.live.unload = unload;
	stand->bench.live.context = stand;
	if (with_spool) {
		stand->bench.live.spool = stand->bench.spool;
		stand->bench.live.spool_bytes = 16 << 20;
	}
}

static void begin(struct stand *stand, bool with_spool)
{
	prepare(stand, with_spool);
	open_storing(stand);
}

static void end(struct stand *stand)
{
	fa_gathered_free(stand->gathered);
	fa_storing_free(stand->storing);
	for (size_t i = 0; i < 8; i++)
		fa_policy_deinit(&stand->policies[i]);
	bench_unmake(&stand->bench);
}

/* The next COUNT conversations are gathered. */
static void gather(struct stand *stand, unsigned count, unsigned flags)
{
	struct fa_gathered *gathered = stand->gathered;

	for (unsigned i = 0; i < count; i++) {
		struct fa_conversation c = bench_conversation(stand->given++);
		struct fa_counts *sum = fa_convmap_at(gathered->sums, c.bucket_ns, &c.id);

		assert_non_null(sum);
		fa_counts_add(sum, &c.counts);
	}
	bench_count(&stand->bench, count);
	gathered->window = ++stand->windows;
	gathered->flags |= flags;
	gathered->ended_ns = fa_wall_clock_ns();
	gathered->totals = stand->bench.totals;
	gathered->totals.loss.judged_early = 0; /* that is counted in there */
}

static int store(struct stand *stand, struct fa_diag *diag)
{
	diag->text[0] = '\0';
	return fa_storing_window(stand->storing, &stand->gathered, diag);
}

static void window(struct stand *stand, unsigned flags)
{
	struct fa_diag diag;
	int error;

	gather(stand, EACH, flags);
	error = store(stand, &diag);
	if (error != 0)
		fail_msg("%s", diag.text);
	assert_int_equal(fa_convmap_count(stand->gathered->sums), 0); /* ready for the next */
	assert_int_equal(stand->gathered->flags, 0);
}

static void last_window(struct stand *stand)
{
	stand->gathered->last = true;
	window(stand, 0);
}

static int64_t sql(struct stand *stand, const char *text)
{
	return bench_sql(&stand->bench, text);
}

/* Every conversation is there, and once; so are the figures. */
static void check(struct stand *stand)
{
	struct bench *bench = &stand->bench;

	assert_int_equal(sql(stand, "SELECT count(*) FROM conversation"), stand->given);
	assert_int_equal(sql(stand, "SELECT count(DISTINCT host) FROM conversation"),
			 stand->given);
	assert_int_equal(sql(stand, "SELECT sum(conversations) FROM run"), stand->given);
	assert_int_equal(sql(stand, "SELECT sum(conversations) FROM window"), stand->given);
	assert_int_equal(atomic_load(&bench->shared->conversations), stand->given);
	bench_check_sums(bench);
}

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
		stand.gathered->flags = i == 1 ? FA_WINDOW_ROTATE : 0;
		assert_int_equal(store(&stand, &diag), 0);
	}
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

/* From now on no file of this process grows beyond that. */
static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes == RLIM_INFINITY || bytes > limit.rlim_max ? limit.rlim_max : bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A stand whose database lies on a disk of its own; or skips. */
static void begin_on_small_disk(struct stand *stand, const struct fa_policy *policy)
{
	prepare(stand, true);
	if (policy != NULL)
		stand->bench.job.policy = policy;
	if (!bench_on_small_disk(&stand->bench)) {
		bench_unmake(&stand->bench);
		skip();
	}
	open_storing(stand);
}

static void a_full_disk_without_a_spool_is_the_end(void **state)
{
	struct stand stand;
	struct fa_diag diag;

	(void)state;
	begin_on_small_disk(&stand, NULL);
	fa_storing_free(stand.storing);
	fa_gathered_free(stand.gathered);
	stand.bench.live.spool = NULL;
	open_storing(&stand);
	window(&stand, 0);
	bench_fill_disk(&stand.bench);
	gather(&stand, 900, 0);
	assert_int_equal(store(&stand, &diag), FA_EFULL);
	assert_non_null(strstr(diag.text, stand.bench.database));
	assert_non_null(strstr(diag.text, "the disk is full"));
	bench_empty_disk(&stand.bench);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM conversation"), EACH);
	end(&stand);
}

/* Six windows that cannot be stored, more than is read back at once; then one that can. */
static void fill_and_catch_up(struct stand *stand)
{
	struct fa_shared *shared = stand->bench.shared;
	uint64_t windows = atomic_load(&shared->windows);
	uint64_t stored = atomic_load(&shared->window_stored);
	struct fa_diag diag;

	bench_fill_disk(&stand->bench);
	for (unsigned i = 0; i < 6; i++) {
		gather(stand, 990, i == 0 ? FA_WINDOW_RELOAD : i == 2 ? FA_WINDOW_ROTATE : 0);
		stand->gathered->names_full = i % 3 == 0;
		if (store(stand, &diag) != 0)
			fail_msg("%s", diag.text);
		assert_int_equal(fa_convmap_count(stand->gathered->sums), 0);
		assert_true(atomic_load(&shared->spool_bytes) > 0);
		assert_int_equal(atomic_load(&shared->windows), windows);
		assert_int_equal(atomic_load(&shared->window_stored), stored);
		fa_storing_idle(stand->storing);
	}
	stand->bench.totals.loss.judged_early += 2;
	bench_empty_disk(&stand->bench);
	window(stand, 0);
	assert_int_equal(atomic_load(&shared->spool_bytes), 0);
	check(stand);
}

static void a_full_disk_with_a_spool_is_not(void **state)
{
	struct stand stand;

	(void)state;
	begin_on_small_disk(&stand, NULL);
	window(&stand, 0);
	for (unsigned round = 1; round <= 2; round++) {
		fill_and_catch_up(&stand);
		/* The rotation and the reload that were asked for have not been forgotten, */
		assert_int_equal(sql(&stand, "SELECT count(*) FROM run"), 1 + round);
		assert_int_equal(atomic_load(&stand.bench.shared->reloads), round);
		assert_int_equal(stand.loads, stand.unloads + 1);
		window(&stand, 0); /* nor do they happen again. */
	}
	last_window(&stand);
	check(&stand);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM run"), 3);
	assert_int_equal(atomic_load(&stand.bench.shared->reloads), 2);
	end(&stand);
}

/* What the expectations of the project's catalogs count after two windows; FULL: the first of them
 * could not be stored at once. */
static int64_t expected_flows(const struct fa_policy *policy, bool full)
{
	struct stand stand;
	struct fa_diag diag;
	int64_t flows;

	begin_on_small_disk(&stand, policy);
	if (full)
		bench_fill_disk(&stand.bench);
	gather(&stand, 990, 0); /* among others to port 5000, which is documented */
	assert_int_equal(store(&stand, &diag), 0);
	assert_int_equal(atomic_load(&stand.bench.shared->spool_bytes) > 0, full);
	if (full)
		bench_empty_disk(&stand.bench);
	window(&stand, 0);
	gather(&stand, 990, 0);
	assert_int_equal(store(&stand, &diag), 0);
	flows = sql(&stand, "SELECT sum(flows) FROM expectation WHERE state = 'seen'");
	last_window(&stand);
	end(&stand);
	return flows;
}

/* What a window that failed had covered does not count twice when it is tried again. */
static void expectations_count_once(void **state)
{
	const char *top = getenv("FA_TOP_SRCDIR");
	char rules[1024];
	const char *paths[] = {rules};
	const struct fa_catalog_options options = {.error = NULL};
	struct fa_rulebook book;
	struct fa_policy policy;
	int64_t flows;

	(void)state;
	snprintf(rules, sizeof(rules), "%s/rules", top != NULL ? top : ".");
	assert_int_equal(fa_rulebook_load(paths, 1, &options, &book), 0);
	assert_int_equal(fa_policy_from_rulebook(&policy, &book), 0);
	flows = expected_flows(&policy, false);
	assert_true(flows > 0);
	assert_int_equal(expected_flows(&policy, true), flows);
	fa_policy_deinit(&policy);
	fa_rulebook_deinit(&book);
}

/* Without another window: the spool is emptied when nothing else is to do. */
static void the_spool_is_emptied_in_between(void **state)
{
	struct stand stand;
	struct fa_diag diag;

	(void)state;
	begin_on_small_disk(&stand, NULL);
	bench_fill_disk(&stand.bench);
	gather(&stand, 900, FA_WINDOW_ROTATE);
	assert_int_equal(store(&stand, &diag), 0);
	bench_empty_disk(&stand.bench);
	fa_storing_idle(stand.storing);
	assert_int_equal(atomic_load(&stand.bench.shared->spool_bytes), 0);
	check(&stand);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM run"), 1);
	window(&stand, 0);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM run"), 2);
	last_window(&stand);
	check(&stand);
	end(&stand);
}

/* Nothing of it can be stored any more: that is said, with where the rest is. */
static void the_end_on_a_full_disk(void **state)
{
	struct stand stand;
	struct fa_diag diag;

	(void)state;
	begin_on_small_disk(&stand, NULL);
	bench_fill_disk(&stand.bench);
	gather(&stand, 900, 0);
	stand.gathered->last = true;
	assert_true(store(&stand, &diag) < 0);
	assert_non_null(strstr(diag.text, "900 conversations stay in the spool"));
	assert_non_null(strstr(diag.text, stand.bench.spool));
	bench_empty_disk(&stand.bench);
	end(&stand);
}

/* The spool has its limit, too. */
static void a_full_spool_is_the_end(void **state)
{
	struct stand stand;
	struct fa_diag diag;
	int error = 0;

	(void)state;
	begin_on_small_disk(&stand, NULL);
	bench_fill_disk(&stand.bench);
	for (int i = 0; i < 100 && error == 0; i++) {
		gather(&stand, 900, 0);
		error = store(&stand, &diag);
	}
	assert_int_equal(error, FA_EFULL);
	assert_non_null(strstr(diag.text, stand.bench.spool));
	bench_empty_disk(&stand.bench);
	end(&stand);
}

/* What the disk of the spool spoiled is passed over, and the rest is stored. */
static void a_spool_that_was_damaged(void **state)
{
	struct stand stand;
	struct fa_diag diag;
	char path[160];
	uint8_t byte;
	int fd;

	(void)state;
	begin_on_small_disk(&stand, NULL);
	bench_fill_disk(&stand.bench);
	gather(&stand, 900, 0);
	assert_int_equal(store(&stand, &diag), 0);
	snprintf(path, sizeof(path), "%s/flowaudit-1.spool", stand.bench.spool);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, 100000), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, 100000), 1);
	close(fd);
	bench_empty_disk(&stand.bench);
	window(&stand, 0);
	last_window(&stand);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM conversation"), stand.given - 1);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM window"), 3);
	bench_check_sums(&stand.bench);
	end(&stand);
}

/*
 * The window was stored and the run has ended, but the next one cannot begin: what is stored must
 * not go to the spool as well. A trigger makes the row of a run larger than a file may be.
 */
static void the_next_run_cannot_begin(void **state)
{
	struct stand stand;
	struct fa_diag diag;
	sqlite3 *other;

	(void)state;
	begin(&stand, true);
	window(&stand, 0);
	other = bench_other(&stand.bench);
	bench_run(other, "CREATE TABLE ballast (bytes BLOB)");
	bench_run(other, "CREATE TRIGGER heavy AFTER INSERT ON run BEGIN "
			 "INSERT INTO ballast VALUES (randomblob(40000000)); END");
	limit_files(20000000);
	for (int i = 0; i < 3; i++) {
		gather(&stand, EACH, i == 0 ? FA_WINDOW_RELOAD : 0);
		if (store(&stand, &diag) != 0) {
			limit_files(RLIM_INFINITY);
			fail_msg("%s", diag.text);
		}
		fa_storing_idle(stand.storing);
		assert_int_equal(sql(&stand, "SELECT count(*) FROM run"), 1);
		assert_int_equal(sql(&stand, "SELECT count(*) FROM conversation"), 2 * EACH);
	}
	limit_files(RLIM_INFINITY);
	bench_run(other, "DROP TRIGGER heavy");
	sqlite3_close(other);
	window(&stand, 0);
	last_window(&stand);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM run"), 2);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM run WHERE ending = 'complete'"), 2);
	assert_int_equal(atomic_load(&stand.bench.shared->reloads), 1);
	assert_int_equal(stand.loads, stand.unloads + 1);
	check(&stand);
	end(&stand);
}

static int setup(void **state)
{
	(void)state;
	alarm(200);
	fa_log_quiet(true);
	signal(SIGXFSZ, SIG_IGN);
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
		cmocka_unit_test(a_full_disk_without_a_spool_is_the_end),
		cmocka_unit_test(a_full_disk_with_a_spool_is_not),
		cmocka_unit_test(expectations_count_once),
		cmocka_unit_test(the_spool_is_emptied_in_between),
		cmocka_unit_test(the_end_on_a_full_disk),
		cmocka_unit_test(a_full_spool_is_the_end),
		cmocka_unit_test(a_spool_that_was_damaged),
		cmocka_unit_test(the_next_run_cannot_begin),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
