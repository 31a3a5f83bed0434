/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writers that meet, die, or run out of disk: what was committed stays, and nothing else. */
#include "fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time.h"
#include "store/internal.h"

#define MANY_ROWS 50000

/* In a child: adds COUNT conversations. Exit status 0 when all went well. */
static int write_many(const char *path, unsigned count, unsigned salt)
{
	struct fa_store *store;
	const struct fa_run_info info = {.kind = FA_RUN_LIVE, .bucket_ns = 1};
	const struct fa_run_totals totals = {.end = FA_RUN_COMPLETE};
	const struct fa_store_run begun = {
		.info = &info, .version = "1", .basis = {.policy = fixture_policy(0)}};
	struct fa_diag diag = {""};
	int64_t run;
	int error = fa_store_open(&store, path, FA_STORE_WRITE, &diag);

	if (error == 0)
		error = fa_store_begin_run(store, &begun, &run, &diag);
	for (unsigned i = 0; error == 0 && i < count; i++) {
		struct fa_conversation c = fixture_conversation(i % 251 + salt, i / 251, 443);
		struct fa_judgement j = fixture_judgement(
			i % 100 == 0 ? FA_VERDICT_DISCOURAGED : FA_VERDICT_DOCUMENTED,
			fixture_rule(i % 5));

		snprintf(c.id.host, sizeof(c.id.host), "host%u-%u", salt, i % 1000);
		error = fa_store_conversation(store, &c, &j, &diag);
	}
	if (error == 0)
		error = fa_store_finish_run(store, &totals, &diag);
	if (error != 0)
		fprintf(stderr, "writer: %s\n", diag.text);
	else
		fa_store_close(store);
	return error != 0;
}

static pid_t start(const char *path, unsigned count, unsigned salt)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(write_many(path, count, salt));
	return pid;
}

static void two_at_the_same_time(void **state)
{
	char path[256];
	pid_t pids[2];
	int status;

	(void)state;
	strcpy(path, fixture_path("a.db"));
	/* Both may be the one that makes the file. */
	for (unsigned i = 0; i < 2; i++)
		pids[i] = start(path, MANY_ROWS, i);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM run WHERE ending = 'complete'"), 2);
	assert_int_equal(fixture_sql(path, "SELECT min(n) FROM (SELECT count(*) AS n FROM "
					   "conversation GROUP BY run)"),
			 MANY_ROWS);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM conversation"), 2 * MANY_ROWS);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM catalog"), 2);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
	assert_int_equal(fixture_sql(path, "SELECT integrity_check = 'ok' FROM "
					   "pragma_integrity_check"),
			 1);
	/* Every row points at what it was about. */
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM v_conversation WHERE NOT "
					   "host GLOB 'host' || (CASE WHEN client = '10.0.0.0' "
					   "THEN '0' WHEN client = '10.0.0.251' THEN '1' "
					   "ELSE '[01]' END) || '-*'"),
			 0);
}

static void killed_in_the_middle(void **state)
{
	char path[256];
	int64_t rows;
	pid_t pid;
	int status;

	(void)state;
	strcpy(path, fixture_path("a.db"));
	fixture_finish(fixture_begin(path, NULL));
	pid = start(path, 100000000, 0);
	do {
		usleep(10000);
		rows = fixture_sql(path, "SELECT count(*) FROM conversation");
		assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	} while (rows < FA_STORE_BATCH);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));

	assert_int_equal(fixture_sql(path, "SELECT integrity_check = 'ok' FROM "
					   "pragma_integrity_check"),
			 1);
	rows = fixture_sql(path, "SELECT count(*) FROM conversation");
	assert_true(rows >= FA_STORE_BATCH);
	/* No holes: batches came whole, one after the other. */
	assert_int_equal(fixture_sql(path, "SELECT max(n) + 1 FROM conversation"), rows);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM run WHERE ending = 'unfinished'"),
			 1);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
	/* And the next one can go on. */
	assert_int_equal(write_many(path, 100, 0), 0);
}

static void batches_are_whole(void **state)
{
	char path[256];
	struct fa_store *store;
	struct fa_conversation c = fixture_conversation(1, 1, 1);
	struct fa_judgement j = fixture_judgement(FA_VERDICT_DOCUMENTED, NULL);
	struct fa_diag diag = {""};

	(void)state;
	strcpy(path, fixture_path("a.db"));
	store = fixture_begin(path, NULL);
	for (unsigned i = 0; i < 5; i++)
		fixture_add(store, &c, &j);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM conversation"), 0);
	/* After a second the next one takes them along. */
	store->pending_since_ns -= 1000000000;
	fixture_add(store, &c, &j);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM conversation"), 6);
	fixture_add(store, &c, &j);
	assert_int_equal(fa_store_flush(store, &diag), 0);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM conversation"), 7);
	/* Full batches are written at once: no lock is held between them. */
	store->pending_since_ns = INT64_MAX / 2;
	for (unsigned i = 0; i < FA_STORE_BATCH; i++) {
		fixture_add(store, &c, &j);
		store->pending_since_ns = INT64_MAX / 2;
	}
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM conversation"),
			 7 + FA_STORE_BATCH);
	/* ... so that another program can write. */
	fixture_sql(path, "DELETE FROM waiver");
	fixture_finish(store);
}

static void the_disk_is_full(void **state)
{
	char path[256];
	struct fa_store *store;
	struct fa_diag diag = {""}, again = {""};
	const struct fa_run_totals totals = {.end = FA_RUN_COMPLETE};
	struct fa_judgement j = fixture_judgement(FA_VERDICT_DOCUMENTED, NULL);
	unsigned added = 0;
	int error = 0;

	(void)state;
	strcpy(path, fixture_path("a.db"));
	store = fixture_begin(path, NULL);
	/* A file that may not grow behaves like a disk that is full. */
	assert_int_equal(fa_sql_run(store->db, "PRAGMA max_page_count = 700"), SQLITE_OK);
	while (error == 0 && added < 1000000) {
		struct fa_conversation c = fixture_conversation(added % 200, added / 200, 443);

		error = fa_store_conversation(store, &c, &j, &diag);
		added++;
	}
	assert_int_equal(error, FA_EFULL);
	assert_non_null(strstr(diag.text, "the disk is full"));
	/* The error sticks, and its message. */
	assert_int_equal(fa_store_finish_run(store, &totals, &again), FA_EFULL);
	assert_string_equal(again.text, diag.text);
	assert_int_equal(fa_store_flush(store, NULL), FA_EFULL);
	fa_store_close(store);
	assert_int_equal(fixture_sql(path, "SELECT count(*) % 10000 FROM conversation"), 0);
	assert_true(fixture_sql(path, "SELECT count(*) FROM conversation") >= FA_STORE_BATCH);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM run WHERE ending = 'unfinished'"),
			 1);
}

static void locked_out_in_the_middle(void **state)
{
	char path[256];
	struct fa_store *store;
	struct fa_conversation c = fixture_conversation(1, 1, 1);
	struct fa_judgement j = fixture_judgement(FA_VERDICT_DOCUMENTED, NULL);
	struct fa_diag diag = {""};
	sqlite3 *other;

	(void)state;
	strcpy(path, fixture_path("a.db"));
	store = fixture_begin(path, NULL);
	sqlite3_busy_timeout(store->db, 100);
	fixture_add(store, &c, &j);
	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(fa_store_flush(store, &diag), FA_EBUSY);
	assert_non_null(strstr(diag.text, "another program has locked it"));
	sqlite3_close(other);
	assert_int_equal(fa_store_conversation(store, &c, &j, &diag), FA_EBUSY);
	fa_store_close(store);
}

static int count_one(void *arg, const struct fa_stored_conversation *c)
{
	(void)c;
	++*(int *)arg;
	return 0;
}

static void a_reader_sees_one_moment(void **state)
{
	char path[256];
	struct fa_store *writer, *reader;
	struct fa_conversation c = fixture_conversation(1, 1, 1);
	struct fa_judgement j = fixture_judgement(FA_VERDICT_DOCUMENTED, NULL);
	struct fa_history history;
	struct fa_diag diag = {""};
	int64_t start_ns;
	int count = 0;

	(void)state;
	strcpy(path, fixture_path("a.db"));
	writer = fixture_begin(path, NULL);
	fixture_add(writer, &c, &j);
	assert_int_equal(fa_store_flush(writer, &diag), 0);
	history = fixture_read(&reader, path);
	c.id.server_port = 2;
	fixture_add(writer, &c, &j);
	assert_int_equal(fa_store_flush(writer, &diag), 0);
	assert_int_equal(history.each_conversation(history.context, 0, count_one, &count, &diag), 0);
	assert_int_equal(count, 1);
	/* A reader does not keep a run from its end, not even for the busy timeout of 30 s. */
	start_ns = fa_monotonic_ns();
	fixture_finish(writer);
	assert_true(fa_monotonic_ns() - start_ns < 20 * FA_NS_PER_SECOND);
	fa_store_close(reader);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM conversation"), 2);
}

static void a_reader_cannot_write(void **state)
{
	struct fa_store *reader;
	struct fa_diag diag = {""};

	(void)state;
	fixture_finish(fixture_begin(fixture_path("a.db"), NULL));
	fixture_read(&reader, fixture_path("a.db"));
	assert_int_equal(fa_store_flush(reader, &diag), FA_EINVAL);
	assert_non_null(strstr(diag.text, "opened for reading only"));
	fa_store_close(reader);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(two_at_the_same_time),	TEST(killed_in_the_middle),
		TEST(batches_are_whole),	TEST(the_disk_is_full),
		TEST(locked_out_in_the_middle), TEST(a_reader_sees_one_moment),
		TEST(a_reader_cannot_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
