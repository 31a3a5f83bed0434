/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening: new, again, older, and every file that is not a database of ours. */
#include "fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/internal.h"

static void write_file(const char *path, const void *data, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static void expect_error(const char *path, enum fa_store_mode mode, int error, const char *words)
{
	struct fa_diag diag = {""};
	struct fa_store *store = NULL;

	assert_int_equal(fa_store_open_timeout(&store, path, mode, 200, &diag), error);
	assert_null(store);
	if (strstr(diag.text, words) == NULL || (path[0] != '\0' && !strstr(diag.text, path)))
		fail_msg("\"%s\" does not say \"%s\"", diag.text, words);
}

static void make(const char *path)
{
	fixture_finish(fixture_begin(path, NULL));
}

static void made_and_opened_again(void **state)
{
	const char *path = fixture_path("a.db");
	struct fa_store *store;
	int64_t run;

	(void)state;
	make(path);
	assert_int_equal(fixture_sql(path, "PRAGMA application_id"), 0x464c4155);
	assert_int_equal(fixture_sql(path, "PRAGMA user_version"), fa_schema_step_count);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM sqlite_schema WHERE type = "
					   "'table' AND name NOT LIKE 'sqlite_%' AND "
					   "sql NOT LIKE '%STRICT%'"),
			 0);
	store = fixture_begin(path, &run);
	assert_int_equal(run, 2);
	assert_int_equal(fixture_sql(path, "SELECT 1 FROM pragma_journal_mode "
					   "WHERE journal_mode = 'wal'"),
			 1);
	fixture_finish(store);
	/* A new one can give room back a piece at a time: 2 is incremental. */
	assert_int_equal(fixture_sql(fixture_path("a.db"), "PRAGMA auto_vacuum"), 2);
	/* Nothing but the file is left, so it can be read from read-only media. */
	assert_int_equal(access(fixture_path("a.db-wal"), F_OK), -1);
	assert_int_equal(fixture_sql(fixture_path("a.db"), "SELECT 1 FROM pragma_journal_mode "
							   "WHERE journal_mode = 'delete'"),
			 1);
}

static void names_are_plain_files(void **state)
{
	char old[512];

	(void)state;
	assert_non_null(getcwd(old, sizeof(old)));
	assert_int_equal(chdir(fixture_path(".")), 0);
	make(":memory:");
	assert_int_equal(access(":memory:", F_OK), 0);
	make("file:x?mode=memory");
	assert_int_equal(access("file:x?mode=memory", F_OK), 0);
	assert_int_equal(chdir(old), 0);
}

static void missing(void **state)
{
	(void)state;
	expect_error(fixture_path("none.db"), FA_STORE_READ, FA_ENOENT,
		     "no such database; run \"flowaudit audit FILE\" first");
	assert_int_equal(access(fixture_path("none.db"), F_OK), -1);
	expect_error(fixture_path("no/none.db"), FA_STORE_WRITE, FA_ENOENT, "there is no folder");
	expect_error("", FA_STORE_WRITE, FA_EINVAL, "empty");
	expect_error(fixture_path("."), FA_STORE_READ, FA_EFORMAT, "not a file");
	write_file(fixture_path("plain"), "x", 1);
	expect_error(fixture_path("plain/a.db"), FA_STORE_WRITE, FA_ENOENT, "there is no folder");
}

static void not_a_database(void **state)
{
	static const char garbage[8192] = "this is no database at all";

	(void)state;
	write_file(fixture_path("g.db"), garbage, sizeof(garbage));
	expect_error(fixture_path("g.db"), FA_STORE_READ, FA_EFORMAT, "not an SQLite database");
	expect_error(fixture_path("g.db"), FA_STORE_WRITE, FA_EFORMAT, "not an SQLite database");
	write_file(fixture_path("e.db"), "", 0);
	expect_error(fixture_path("e.db"), FA_STORE_READ, FA_EFORMAT, "no run was ever stored");
}

static void of_another_program(void **state)
{
	(void)state;
	fixture_sql(fixture_path("o.db"), "CREATE TABLE t (a)");
	expect_error(fixture_path("o.db"), FA_STORE_WRITE, FA_EFORMAT, "of another program");
	make(fixture_path("p.db"));
	fixture_sql(fixture_path("p.db"), "PRAGMA application_id = 7");
	expect_error(fixture_path("p.db"), FA_STORE_READ, FA_EFORMAT, "0x00000007");
	/* It was left alone. */
	assert_int_equal(fixture_sql(fixture_path("o.db"), "SELECT count(*) FROM sqlite_schema"), 1);
}

static void of_a_newer_program(void **state)
{
	(void)state;
	make(fixture_path("n.db"));
	fixture_sql(fixture_path("n.db"), "PRAGMA user_version = 99");
	expect_error(fixture_path("n.db"), FA_STORE_READ, FA_EVERSION, "newer flowaudit");
	expect_error(fixture_path("n.db"), FA_STORE_WRITE, FA_EVERSION, "version 99");
}

static void truncated_and_overwritten(void **state)
{
	struct stat st;
	char zeros[4096] = "";
	int fd;

	(void)state;
	make(fixture_path("t.db"));
	assert_int_equal(stat(fixture_path("t.db"), &st), 0);
	assert_int_equal(truncate(fixture_path("t.db"), st.st_size - 4096), 0);
	expect_error(fixture_path("t.db"), FA_STORE_READ, FA_ECORRUPT, "damaged");
	expect_error(fixture_path("t.db"), FA_STORE_WRITE, FA_ECORRUPT, "damaged");

	make(fixture_path("z.db"));
	fd = open(fixture_path("z.db"), O_WRONLY);
	assert_true(fd >= 0);
	memset(zeros, 0xff, sizeof(zeros));
	for (off_t at = 4096; at < st.st_size; at += 4096)
		assert_int_equal(pwrite(fd, zeros, sizeof(zeros), at), sizeof(zeros));
	close(fd);
	expect_error(fixture_path("z.db"), FA_STORE_READ, FA_ECORRUPT, "damaged");
}

static void a_table_is_missing(void **state)
{
	(void)state;
	make(fixture_path("m.db"));
	fixture_sql(fixture_path("m.db"), "DROP TABLE waiver");
	expect_error(fixture_path("m.db"), FA_STORE_READ, FA_ECORRUPT, "no such table: waiver");
}

static void locked(void **state)
{
	const char *path = fixture_path("l.db");
	sqlite3 *other;

	(void)state;
	make(path);
	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	expect_error(path, FA_STORE_READ, FA_EBUSY, "another program has locked it");
	expect_error(path, FA_STORE_WRITE, FA_EBUSY, "waited 0.2 s");
	sqlite3_close(other);
	make(path);
}

static void read_only(void **state)
{
	(void)state;
	make(fixture_path("r.db"));
	assert_int_equal(chmod(fixture_path("r.db"), 0444), 0);
	if (geteuid() == 0)
		skip(); /* root writes to it all the same */
	expect_error(fixture_path("r.db"), FA_STORE_WRITE, FA_EPERM, "read-only");
}

static void one_step_after_the_other(void **state)
{
	const struct fa_schema_step steps[] = {
		{1, "001-a.sql", "CREATE TABLE a (x); INSERT INTO a VALUES (1);"},
		{2, "002-b.sql", "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = x + 1;"},
		{3, "003-c.sql", "CREATE TABLE c (z); this is an error;"},
	};
	sqlite3 *db;
	bool newer;
	int64_t value;

	(void)state;
	assert_int_equal(sqlite3_open(fixture_path("s.db"), &db), SQLITE_OK);
	assert_int_equal(fa_store_migrate(db, steps, 1, &newer), SQLITE_OK);
	assert_int_equal(fa_store_migrate(db, steps, 2, &newer), SQLITE_OK);
	assert_int_equal(fa_sql_int(db, "SELECT y FROM a", &value), SQLITE_OK);
	assert_int_equal(value, 2);
	/* A step that fails leaves the database at the version before, whole. */
	assert_int_not_equal(fa_store_migrate(db, steps, 3, &newer), SQLITE_OK);
	assert_int_equal(fa_sql_int(db, "PRAGMA user_version", &value), SQLITE_OK);
	assert_int_equal(value, 2);
	assert_int_equal(fa_sql_int(db, "SELECT count(*) FROM sqlite_schema", &value), SQLITE_OK);
	assert_int_equal(value, 1);
	assert_int_equal(fa_store_migrate(db, steps, 1, &newer), SQLITE_OK);
	assert_true(newer);
	sqlite3_close(db);
}

/* Runs the statements of tests/store/first-version.sql in a database of that version. */
static void make_first_version(const char *path)
{
	const char *top = getenv("FA_TOP_SRCDIR");
	char name[4096];
	static char sql[1 << 17];
	sqlite3 *db;
	bool newer;
	size_t len;
	FILE *file;

	snprintf(name, sizeof(name), "%s/tests/store/first-version.sql", top == NULL ? "." : top);
	file = fopen(name, "r");
	if (file == NULL)
		fail_msg("%s cannot be read; set FA_TOP_SRCDIR", name);
	len = fread(sql, 1, sizeof(sql) - 1, file);
	fclose(file);
	assert_true(len > 10000 && len < sizeof(sql) - 1);
	sql[len] = '\0';
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(fa_store_migrate(db, fa_schema_steps, 1, &newer), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", name, sqlite3_errmsg(db));
	sqlite3_close(db);
}

static int count_conversation(void *arg, const struct fa_stored_conversation *c)
{
	assert_string_equal(c->instance, "");
	assert_string_equal(c->nearest_instance, "");
	assert_string_equal(c->waiver, "");
	++*(int *)arg;
	return 0;
}

static int count_expectation(void *arg, const struct fa_stored_expectation *e)
{
	assert_string_equal(e->instance, "");
	assert_string_equal(e->place, "");
	++*(int *)arg;
	return 0;
}

static int count_input(void *arg, const struct fa_input_file *file)
{
	(void)file;
	++*(int *)arg;
	return 0;
}

/* What versions did that knew no settings. */
static void check_old_wire(const struct fa_stored_run *run)
{
	assert_int_equal(run->info.wire.max_headers, 8);
	assert_int_equal(run->info.wire.ports.count, 0);
	assert_false(run->info.wire.key_vlan);
	assert_int_equal(run->info.wire.duplicates, FA_DUPLICATES_OFF);
	assert_int_equal(run->info.wire.duplicates_ns, 0);
	assert_int_equal(run->totals.interfaces.count + run->totals.interfaces.more, 0);
}

/* A reader migrates it; nothing of the old runs is lost, and new ones go on from there. */
static void the_first_version_with_its_data(void **state)
{
	const char *path = fixture_path("v1.db");
	struct fa_store *store;
	struct fa_history history;
	struct fa_stored_run run;
	struct fa_diag diag = {""};
	int conversations = 0, expectations = 0, inputs = 0;

	(void)state;
	make_first_version(path);
	history = fixture_read(&store, path);
	assert_int_equal(fixture_sql(path, "PRAGMA user_version"), fa_schema_step_count);
	assert_int_equal(history.run(history.context, 3, &run, &diag), 0);
	assert_string_equal(run.info.source, "pcaps/web.pcap");
	assert_string_equal(run.site.name, "");
	assert_int_equal(run.site.hosts, 0);
	check_old_wire(&run);
	assert_int_equal(history.each_conversation(history.context, 3, count_conversation,
						   &conversations, &diag),
			 0);
	assert_int_equal(conversations, 4);
	assert_int_equal(history.each_expectation(history.context, 3, count_expectation,
						  &expectations, &diag),
			 0);
	assert_int_equal(expectations, 26);
	assert_int_equal(history.each_input(history.context, 3, count_input, &inputs, &diag), 0);
	assert_int_equal(inputs, 0);
	fa_store_close(store);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM v_conversation"), 7);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM v_conversation "
					   "WHERE rule IS NOT NULL AND instance = ''"),
			 1);
	assert_int_equal(fixture_sql(path, "SELECT sum(findings) - (SELECT count(*) FROM v_finding) "
					   "FROM v_run"),
			 0);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM v_expectation"), 78);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM v_waiver"), 0);
	assert_int_equal(fixture_sql(path, "SELECT unreachable FROM conversation LIMIT 1"), 0);
	fixture_finish(fixture_begin_site(path));
	assert_int_equal(fixture_sql(path, "SELECT max(id) FROM run WHERE site = 'dc1'"), 4);
}

/* The second version, with what only that had: a site and a waiver. */
static void make_second_version(const char *path)
{
	sqlite3 *db;
	bool newer;

	make_first_version(path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(fa_store_migrate(db, fa_schema_steps, 2, &newer), SQLITE_OK);
	assert_int_equal(fa_sql_run(db, "UPDATE run SET site = 'dc1', site_digest = 'abc' "
					"WHERE id = 2;"
					"INSERT INTO instance VALUES (2, 0, 'alpha-a', 'alpha', '');"
					"INSERT INTO run_input VALUES (2, 0, '/a.pcap', 5, 7);"
					"UPDATE conversation SET unreachable = 1;"
					"UPDATE run SET kind = 'live', ending = 'unfinished' "
					"WHERE id = 1"),
			 SQLITE_OK);
	sqlite3_close(db);
}

static int no_window(void *arg, const struct fa_window *window)
{
	(void)arg;
	(void)window;
	return 1;
}

static void the_second_version_with_its_data(void **state)
{
	const char *path = fixture_path("v2.db");
	struct fa_store *store;
	struct fa_history history;
	struct fa_stored_run run;
	struct fa_diag diag = {""};
	int inputs = 0;
	int64_t id;

	(void)state;
	make_second_version(path);
	history = fixture_read(&store, path);
	assert_int_equal(history.run(history.context, 2, &run, &diag), 0);
	assert_string_equal(run.site.name, "dc1");
	assert_int_equal(run.site.instances, 1);
	assert_true(run.totals.capture.packets > 0);
	assert_int_equal(run.totals.capture.down_ns, 0);
	assert_int_equal(run.totals.loss.evidence_dropped, 0);
	assert_int_equal(run.committed_ns, 0);
	assert_int_equal(run.windows, 0);
	assert_int_equal(history.each_window(history.context, 2, no_window, NULL, &diag), 0);
	assert_int_equal(history.each_input(history.context, 2, count_input, &inputs, &diag), 0);
	assert_int_equal(inputs, 1);
	/* One that was live is written by nobody. */
	assert_int_equal(history.run(history.context, 1, &run, &diag), 0);
	assert_int_equal(run.totals.end, FA_RUN_INTERRUPTED);
	fa_store_close(store);
	/* It stays as it is: only a VACUUM could change that. */
	assert_int_equal(fixture_sql(path, "PRAGMA auto_vacuum"), 0);
	assert_int_equal(fixture_sql(path, "PRAGMA user_version"), fa_schema_step_count);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM v_run WHERE committed IS NULL AND "
					   "down_seconds = 0"),
			 3);
	assert_int_equal(fixture_sql(path, "SELECT sum(unreachable) FROM conversation"), 7);
	assert_int_equal(fixture_sql(path, "SELECT (SELECT count(*) FROM v_window) + "
					   "(SELECT count(*) FROM v_crash)"),
			 0);
	fa_store_close(fixture_begin_live(path, &id));
	assert_int_equal(id, 4);
	assert_int_equal(fixture_sql(path, "SELECT ending = 'interrupted' FROM run WHERE id = 1"), 1);
	assert_int_equal(fixture_sql(path, "PRAGMA auto_vacuum"), 0);
}

/* From each version on nothing of the first one's runs is lost on the way. */
static void every_version_between(void **state)
{
	char name[16];

	(void)state;
	for (size_t version = 1; version <= fa_schema_step_count; version++) {
		struct fa_store *store;
		struct fa_history history;
		struct fa_stored_run run;
		struct fa_diag diag = {""};
		const char *path;
		int conversations = 0;
		sqlite3 *db;
		bool newer;

		snprintf(name, sizeof(name), "v%zu.db", version);
		path = fixture_path(name);
		make_first_version(path);
		assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
		assert_int_equal(fa_store_migrate(db, fa_schema_steps, version, &newer), SQLITE_OK);
		sqlite3_close(db);
		assert_int_equal(fixture_sql(path, "PRAGMA user_version"), version);
		history = fixture_read(&store, path);
		assert_int_equal(history.run(history.context, 3, &run, &diag), 0);
		check_old_wire(&run);
		assert_int_equal(history.each_conversation(history.context, 3, count_conversation,
							   &conversations, &diag),
				 0);
		assert_int_equal(conversations, 4);
		fa_store_close(store);
		assert_int_equal(fixture_sql(path, "PRAGMA user_version"), fa_schema_step_count);
		assert_int_equal(fixture_sql(path, "SELECT sum(vlan + inner_vlan) FROM v_conversation"),
				 0);
		assert_int_equal(fixture_sql(path, "SELECT count(*) FROM v_loss"), 0);
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(made_and_opened_again), TEST(names_are_plain_files),
		TEST(missing),		     TEST(not_a_database),
		TEST(of_another_program),    TEST(of_a_newer_program),
		TEST(truncated_and_overwritten), TEST(a_table_is_missing),
		TEST(locked),		     TEST(read_only),
		TEST(one_step_after_the_other),
		TEST(the_first_version_with_its_data),
		TEST(the_second_version_with_its_data),
		TEST(every_version_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
