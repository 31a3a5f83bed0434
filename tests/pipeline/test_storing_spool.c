/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Storing the windows of a live capture when the disk of the database is full, with a spool and
 * without: what was handed over is in the database once.
 */
#include "pipeline/storing_stand.h"

#include <signal.h>
#include <sys/resource.h>

#include "catalog/catalog.h"

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
