/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Live runs: who still writes them, what is left of those who do not, and readers beside them. */
#include "fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time.h"
#include "store/internal.h"

/* In a child: windows of COUNT rows until it is killed; a byte into FD after each. */
static int write_windows(const char *path, unsigned count, int fd)
{
	struct fa_store *store = NULL;
	struct fa_run_totals totals = {0};
	struct fa_diag diag = {""};
	int64_t run;
	int error = fixture_try_live(&store, path, &run, &diag);

	while (error == FA_EBUSY) {
		usleep(1000);
		error = fixture_try_live(&store, path, &run, &diag);
	}
	for (unsigned first = 0; error == 0; first += count) {
		error = fixture_window(store, first, count, &totals, &diag);
		if (error == FA_EBUSY) {
			first -= count;
			error = 0;
		} else if (error == 0 && write(fd, "w", 1) != 1) {
			break;
		}
	}
	fprintf(stderr, "writer: %s\n", diag.text);
	return 1;
}

struct writer {
	pid_t pid;
	int fd;
};

static struct writer start(const char *path, unsigned count)
{
	struct writer writer;
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	writer.pid = fork();
	assert_true(writer.pid >= 0);
	if (writer.pid == 0) {
		close(fds[0]);
		_exit(write_windows(path, count, fds[1]));
	}
	close(fds[1]);
	writer.fd = fds[0];
	return writer;
}

/* Until it has stored COUNT more windows. */
static void await(const struct writer *writer, int count)
{
	char byte;

	for (int i = 0; i < count; i++)
		assert_int_equal(read(writer->fd, &byte, 1), 1);
}

static void end(const struct writer *writer)
{
	int status;

	assert_int_equal(kill(writer->pid, SIGKILL), 0);
	assert_int_equal(waitpid(writer->pid, &status, 0), writer->pid);
	assert_true(WIFSIGNALED(status));
	close(writer->fd);
}

static int find_end(void *arg, const struct fa_stored_run *run)
{
	struct fa_stored_run *wanted = arg;

	if (run->id == wanted->id)
		*wanted = *run;
	return 0;
}

static enum fa_run_end read_end(const struct fa_history *history, int64_t id)
{
	struct fa_stored_run run, listed = {.id = id};
	struct fa_diag diag = {""};

	if (history->run(history->context, id, &run, &diag) != 0)
		fail_msg("%s", diag.text);
	assert_int_equal(history->each_run(history->context, find_end, &listed, &diag), 0);
	assert_int_equal(listed.totals.end, run.totals.end);
	return run.totals.end;
}

static enum fa_run_end end_of(const char *path, int64_t id)
{
	struct fa_store *store;
	struct fa_history history = fixture_read(&store, path);
	enum fa_run_end ending = read_end(&history, id);

	fa_store_close(store);
	return ending;
}

static void a_writer_that_is_gone(void **state)
{
	char path[256];
	struct fa_store *store, *early;
	struct fa_run_totals totals = {0};
	struct fa_history history, from_early;
	struct writer writer;
	int64_t run;

	(void)state;
	strcpy(path, fixture_path("a.db"));
	fa_store_close(fixture_begin(path, NULL)); /* run 1: a replay that broke off */
	writer = start(path, 50);		   /* run 2 */
	await(&writer, 1);
	assert_int_equal(end_of(path, 2), FA_RUN_UNFINISHED);
	history = fixture_read(&early, path);
	end(&writer);
	/* Who has looked before sees the moment before. */
	assert_int_equal(read_end(&history, 2), FA_RUN_UNFINISHED);
	assert_int_equal(end_of(path, 2), FA_RUN_INTERRUPTED);
	fa_store_close(early);
	fixture_check_windows(path);
	assert_int_equal(fixture_sql(path, "SELECT ending = 'unfinished' FROM run WHERE id = 2"), 1);

	store = fixture_begin_live(path, &run);
	assert_int_equal(run, 3);
	assert_int_equal(fa_store_history(store, &from_early), 0);
	assert_int_equal(read_end(&from_early, 3), FA_RUN_UNFINISHED);
	assert_int_equal(fixture_sql(path, "SELECT ending = 'interrupted' AND "
					   "confidence_why NOT LIKE '%not ended%' FROM run "
					   "WHERE id = 2"),
			 1);
	assert_int_equal(end_of(path, 1), FA_RUN_UNFINISHED);
	assert_int_equal(end_of(path, 3), FA_RUN_UNFINISHED);
	assert_int_equal(fixture_window(store, 0, 10, &totals, NULL), 0);
	fa_store_close(store); /* without an end */
	assert_int_equal(end_of(path, 3), FA_RUN_INTERRUPTED);
	/* Others only read: nothing changed what is stored. */
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM run WHERE ending = 'unfinished'"),
			 2);
}

static bool somebody_holds(const char *live, int64_t run)
{
	struct flock lock = {.l_type = F_WRLCK, .l_start = run, .l_len = 1};
	int fd = open(live, O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_OFD_GETLK, &lock), 0);
	close(fd);
	return lock.l_type != F_UNLCK;
}

static void two_writers(void **state)
{
	char path[256], live[256];
	struct fa_store *stores[2];
	struct fa_run_totals totals[2] = {{.end = FA_RUN_UNFINISHED}, {.end = FA_RUN_UNFINISHED}};
	struct fa_diag diag = {""};

	(void)state;
	strcpy(path, fixture_path("a.db"));
	strcpy(live, fixture_path("a.db-live"));
	stores[0] = fixture_begin_live(path, NULL);
	stores[1] = fixture_begin_live(path, NULL);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(
			fixture_window(stores[i % 2], i / 2 * 10, 10, &totals[i % 2], &diag), 0);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM run WHERE ending = 'unfinished'"),
			 2);
	assert_int_equal(end_of(path, 1), FA_RUN_UNFINISHED);
	assert_int_equal(end_of(path, 2), FA_RUN_UNFINISHED);
	assert_true(somebody_holds(live, 1) && somebody_holds(live, 2));
	totals[0].end = FA_RUN_FAILED;
	assert_int_equal(fixture_window(stores[0], 30, 10, &totals[0], &diag), 0);
	assert_int_equal(end_of(path, 1), FA_RUN_FAILED);
	assert_int_equal(end_of(path, 2), FA_RUN_UNFINISHED);
	assert_true(!somebody_holds(live, 1) && somebody_holds(live, 2));
	/* The handle goes on with the next run, as at a rotation. */
	totals[0] = (struct fa_run_totals){.end = FA_RUN_UNFINISHED};
	assert_int_equal(fixture_try_live(&stores[0], path, &(int64_t){0}, &diag), 0);
	assert_int_equal(fixture_window(stores[0], 0, 10, &totals[0], &diag), 0);
	assert_int_equal(end_of(path, 3), FA_RUN_UNFINISHED);
	assert_int_equal(end_of(path, 2), FA_RUN_UNFINISHED);
	fa_store_close(stores[1]);
	assert_int_equal(end_of(path, 2), FA_RUN_INTERRUPTED);
	assert_int_equal(end_of(path, 3), FA_RUN_UNFINISHED);
	fa_store_close(stores[0]);
	fixture_check_windows(path);
}

/* A run that ends while somebody reads is not interrupted for the reader. */
static void an_end_beside_a_reader(void **state)
{
	char path[256];
	struct fa_store *store, *reader;
	struct fa_run_totals totals = {0};
	struct fa_history history;

	(void)state;
	strcpy(path, fixture_path("a.db"));
	store = fixture_begin_live(path, NULL);
	assert_int_equal(fixture_window(store, 0, 10, &totals, NULL), 0);
	history = fixture_read(&reader, path);
	totals.end = FA_RUN_COMPLETE;
	assert_int_equal(fixture_window(store, 10, 10, &totals, NULL), 0);
	fa_store_close(store);
	assert_int_equal(read_end(&history, 1), FA_RUN_UNFINISHED);
	fa_store_close(reader);
	assert_int_equal(end_of(path, 1), FA_RUN_COMPLETE);
}

static void the_file_with_the_locks(void **state)
{
	char path[256], live[256];
	struct fa_store *store = NULL;
	struct flock lock = {.l_type = F_WRLCK, .l_start = 3, .l_len = 1};
	struct fa_diag diag = {""}, clean = {""};
	struct stat st;
	int64_t run;
	int fd;

	(void)state;
	strcpy(path, fixture_path("a.db"));
	strcpy(live, fixture_path("a.db-live"));
	fixture_finish(fixture_begin(path, NULL));
	assert_int_equal(access(live, F_OK), -1); /* replays need none */
	assert_int_equal(chmod(path, 0640), 0);
	store = fixture_begin_live(path, NULL);
	assert_int_equal(stat(live, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0640);
	fa_store_close(store);
	assert_int_equal(access(live, F_OK), 0); /* somebody else may hold it */
	assert_int_equal(end_of(path, 2), FA_RUN_INTERRUPTED);

	/* The database was replaced under somebody who goes on to write the old one. */
	fd = open(live, O_RDWR);
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
	store = NULL;
	assert_int_equal(fixture_try_live(&store, path, &run, &diag), FA_EBUSY);
	assert_non_null(strstr(diag.text, "still writes run 3"));
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM run"), 2);
	close(fd);
	assert_int_equal(fixture_try_live(&store, path, &run, &clean), 0);
	assert_int_equal(run, 3);
	fa_store_close(store);

	/* Where nothing can be found out, nothing is said. */
	assert_int_equal(unlink(live), 0);
	assert_int_equal(end_of(path, 3), FA_RUN_INTERRUPTED);
	assert_int_equal(symlink("nowhere", live), 0);
	assert_int_equal(end_of(path, 3), FA_RUN_UNFINISHED);
	store = NULL;
	assert_int_not_equal(fixture_try_live(&store, path, &run, &diag), 0);
	assert_int_equal(unlink(live), 0);
	assert_int_equal(mkfifo(live, 0600), 0);
	assert_int_equal(fixture_try_live(&store, path, &run, &diag), FA_EFORMAT);
	fa_store_close(store);
}

/* By a link in another folder: the lock is where the file is. */
static void a_linked_database(void **state)
{
	char path[256], link_path[256];
	struct fa_store *store;

	(void)state;
	strcpy(path, fixture_path("a.db"));
	assert_int_equal(mkdir(fixture_path("links"), 0700), 0);
	strcpy(link_path, fixture_path("links/b.db"));
	assert_int_equal(symlink("../a.db", link_path), 0);
	fixture_finish(fixture_begin(path, NULL));
	store = fixture_begin_live(link_path, NULL);
	assert_int_equal(access(fixture_path("a.db-live"), F_OK), 0);
	assert_int_equal(end_of(path, 2), FA_RUN_UNFINISHED);
	assert_int_equal(end_of(link_path, 2), FA_RUN_UNFINISHED);
	fa_store_close(store);
}

static void killed_at_any_time(void **state)
{
	char path[256];
	unsigned seed = 12345;

	(void)state;
	strcpy(path, fixture_path("a.db"));
	for (int i = 0; i < 12; i++) {
		struct writer writer = start(path, 400);

		if (i % 3 == 0)
			await(&writer, 1);
		usleep(rand_r(&seed) % 60000);
		end(&writer);
		if (access(path, F_OK) == 0 &&
		    fixture_sql(path, "SELECT count(*) FROM sqlite_schema") > 0)
			fixture_check_windows(path);
	}
	assert_true(fixture_sql(path, "SELECT count(*) FROM window") >= 4);
	fa_store_close(fixture_begin_live(path, NULL));
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM run WHERE ending <> 'interrupted'"),
			 1);
	fixture_check_windows(path);
}

static int sum_window(void *arg, const struct fa_window *window)
{
	*(uint64_t *)arg += window->totals.capture.packets;
	return 0;
}

static int sum_conversation(void *arg, const struct fa_stored_conversation *c)
{
	*(uint64_t *)arg += c->counts.packets_to_server + c->counts.packets_to_client;
	return 0;
}

static int sum_finding(void *arg, const struct fa_stored_finding *finding)
{
	*(uint64_t *)arg += finding->counts.packets_to_server + finding->counts.packets_to_client;
	return 0;
}

/* Everything that is read is of one moment. */
static void read_one_moment(const char *path, struct writer *writer, uint64_t *packets)
{
	struct fa_store *store;
	struct fa_history history = fixture_read(&store, path);
	struct fa_verdict_sum sums[FA_VERDICT_COUNT];
	struct fa_stored_run run;
	struct fa_diag diag = {""};

	for (int again = 0; again < 2; again++) {
		uint64_t windows = 0, conversations = 0, findings = 0;

		assert_int_equal(history.run(history.context, 1, &run, &diag), 0);
		await(writer, 1);
		assert_int_equal(history.each_window(history.context, 1, sum_window, &windows,
						     &diag),
				 0);
		assert_int_equal(history.each_conversation(history.context, 1, sum_conversation,
							   &conversations, &diag),
				 0);
		await(writer, 1);
		assert_int_equal(history.each_finding(history.context, 1, 0, sum_finding,
						      &findings, &diag),
				 0);
		assert_int_equal(history.sums(history.context, 1, sums, &diag), 0);
		assert_int_equal(run.totals.end, FA_RUN_UNFINISHED);
		assert_int_equal(windows, run.totals.capture.packets);
		assert_int_equal(conversations, windows);
		assert_int_equal(findings, sums[FA_VERDICT_UNDOCUMENTED].packets);
		assert_int_equal(sums[FA_VERDICT_UNDOCUMENTED].packets +
					 sums[FA_VERDICT_DOCUMENTED].packets,
				 windows);
		assert_true(again == 0 ? windows > *packets : windows == *packets);
		*packets = windows;
	}
	fa_store_close(store);
}

static void readers_beside_a_writer(void **state)
{
	char path[256];
	struct writer writer;
	uint64_t packets = 0;

	(void)state;
	strcpy(path, fixture_path("a.db"));
	writer = start(path, 100);
	await(&writer, 1);
	for (int i = 0; i < 5; i++) {
		read_one_moment(path, &writer, &packets);
		await(&writer, 1); /* a reader keeps nobody from writing */
	}
	end(&writer);
	fixture_check_windows(path);
}

static int64_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : 0;
}

static void the_log_beside_a_long_reader(void **state)
{
	char path[256], wal[256];
	struct fa_store *store, *reader;
	struct fa_run_totals totals = {0};
	int64_t without;
	unsigned n = 0;

	(void)state;
	strcpy(path, fixture_path("a.db"));
	strcpy(wal, fixture_path("a.db-wal"));
	store = fixture_begin_live(path, NULL);
	assert_int_equal(fa_sql_run(store->db, "PRAGMA journal_size_limit = 200000"), SQLITE_OK);
	for (; n < 10; n++)
		assert_int_equal(fixture_window(store, n * 100, 100, &totals, NULL), 0);
	without = size_of(wal);
	fixture_read(&reader, path);
	for (; n < 40; n++)
		assert_int_equal(fixture_window(store, n * 100, 100, &totals, NULL), 0);
	assert_true(size_of(wal) > 4 * without);
	fa_store_close(reader);
	for (; n < 43; n++)
		assert_int_equal(fixture_window(store, n * 100, 100, &totals, NULL), 0);
	assert_true(size_of(wal) < 500000);
	/* At the end of the run nothing is left in it. */
	totals.end = FA_RUN_COMPLETE;
	assert_int_equal(fixture_window(store, n * 100, 100, &totals, NULL), 0);
	assert_int_equal(size_of(wal), 0);
	fa_store_close(store);
	fixture_check_windows(path);
}

struct crashes {
	struct fa_crash items[32];
	uint8_t first_byte[32];
	size_t count;
};

static int keep_crash(void *arg, const struct fa_crash *crash)
{
	struct crashes *crashes = arg;

	crashes->items[crashes->count] = *crash;
	crashes->first_byte[crashes->count++] = crash->captured > 0 ? crash->bytes[0] : 0;
	return 0;
}

static void packets_of_crashes(void **state)
{
	char path[256];
	struct fa_store *store, *reader;
	struct fa_history history;
	struct fa_stored_run run;
	struct crashes crashes = {.count = 0};
	const uint8_t bytes[] = {0x45, 0, 0, 40};
	struct fa_crash crash = {.when_ns = 1763766000123456789, .ts_ns = 1763766000000000001,
				 .number = 77, .worker = 2, .signal = 11, .ip_bytes = 1500,
				 .captured = sizeof(bytes), .bytes = bytes};
	struct fa_diag diag = {""};

	(void)state;
	strcpy(path, fixture_path("a.db"));
	store = fixture_begin_live(path, NULL);
	assert_int_equal(fa_store_crash_add(store, &crash, &diag), 0);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM crash"), 1);
	/* In a window it belongs to that. */
	assert_int_equal(fa_store_window_begin(store, &diag), 0);
	assert_int_equal(fa_store_crash_add(store, &crash, &diag), 0);
	fa_store_window_rollback(store);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM crash"), 1);
	crash.signal = 0;
	crash.captured = 0;
	crash.bytes = NULL;
	for (int i = 0; i < 20; i++)
		assert_int_equal(fa_store_crash_add(store, &crash, &diag), 0);
	fa_store_close(store);

	history = fixture_read(&reader, path);
	assert_int_equal(history.run(history.context, 0, &run, &diag), 0);
	assert_int_equal(run.crashes, FA_STORE_CRASHES);
	assert_int_equal(history.each_crash(history.context, 0, keep_crash, &crashes, &diag), 0);
	assert_int_equal(crashes.count, FA_STORE_CRASHES);
	for (uint32_t i = 0; i < FA_STORE_CRASHES; i++)
		assert_int_equal(crashes.items[i].n, i + 1);
	assert_int_equal(crashes.items[0].when_ns, 1763766000123456789);
	assert_int_equal(crashes.items[0].ts_ns, 1763766000000000001);
	assert_int_equal(crashes.items[0].number, 77);
	assert_int_equal(crashes.items[0].worker, 2);
	assert_int_equal(crashes.items[0].signal, 11);
	assert_int_equal(crashes.items[0].ip_bytes, 1500);
	assert_int_equal(crashes.items[0].captured, 4);
	assert_int_equal(crashes.first_byte[0], 0x45);
	assert_int_equal(crashes.items[1].signal, 0);
	assert_int_equal(crashes.items[1].captured, 0);
	fa_store_close(reader);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM v_crash WHERE captured = 0"), 15);
	assert_int_equal(fixture_sql(path, "SELECT n FROM v_crash WHERE captured > 0"), 1);
}

struct inputs {
	char text[256];
};

static int join_input(void *arg, const struct fa_input_file *file)
{
	struct inputs *inputs = arg;
	size_t used = strlen(inputs->text);

	snprintf(&inputs->text[used], sizeof(inputs->text) - used, "%s:%d:%d ", file->path,
		 (int)file->bytes, (int)file->mtime_ns);
	return 0;
}

static void files_that_come_and_go(void **state)
{
	struct fa_store *store = fixture_begin_live(fixture_path("a.db"), NULL);
	const struct fa_input_file a = {"/f/a.pcap", 1, 10};
	const struct fa_input_file b = {"/f/b.pcap", 2, 20};
	const struct fa_input_file c = {"/f/a.pcap", 3, 30};
	struct inputs inputs = {""};
	struct fa_history history;
	struct fa_diag diag = {""};

	(void)state;
	assert_int_equal(fa_store_input_add(store, &a, &diag), 0);
	assert_int_equal(fa_store_window_begin(store, &diag), 0);
	assert_int_equal(fa_store_input_add(store, &b, &diag), 0);
	fa_store_window_rollback(store);
	assert_int_equal(fa_store_input_remove(store, "/f/b.pcap", &diag), FA_ENOENT);
	assert_non_null(strstr(diag.text, "no file /f/b.pcap"));
	assert_int_equal(fa_store_input_add(store, &b, &diag), 0);
	assert_int_equal(fa_store_input_add(store, &c, &diag), 0);
	assert_int_equal(fa_store_history(store, &history), 0);
	assert_int_equal(history.each_input(history.context, 0, join_input, &inputs, &diag), 0);
	assert_string_equal(inputs.text, "/f/a.pcap:3:30 /f/b.pcap:2:20 ");
	assert_int_equal(fa_store_input_remove(store, "/f/a.pcap", &diag), 0);
	assert_int_equal(fa_store_input_add(store, &a, &diag), 0);
	inputs.text[0] = '\0';
	assert_int_equal(history.each_input(history.context, 0, join_input, &inputs, &diag), 0);
	assert_string_equal(inputs.text, "/f/b.pcap:2:20 /f/a.pcap:1:10 ");
	fixture_finish(store);
}

static void without_a_run(void **state)
{
	struct fa_store *store;
	const struct fa_input_file a = {"/f/a.pcap", 1, 10};
	const struct fa_crash crash = {.number = 1};
	struct fa_diag diag = {""};

	(void)state;
	assert_int_equal(fa_store_open(&store, fixture_path("a.db"), FA_STORE_WRITE, &diag), 0);
	assert_int_equal(fa_store_window_begin(store, NULL), FA_EINVAL);
	assert_int_equal(fa_store_input_add(store, &a, NULL), FA_EINVAL);
	assert_int_equal(fa_store_input_remove(store, "x", NULL), FA_EINVAL);
	assert_int_equal(fa_store_crash_add(store, &crash, &diag), FA_EINVAL);
	assert_non_null(strstr(diag.text, "no run was begun"));
	fa_store_close(store);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_writer_that_is_gone),
		TEST(two_writers),
		TEST(an_end_beside_a_reader),
		TEST(the_file_with_the_locks),
		TEST(a_linked_database),
		TEST(killed_at_any_time),
		TEST(readers_beside_a_writer),
		TEST(the_log_beside_a_long_reader),
		TEST(packets_of_crashes),
		TEST(files_that_come_and_go),
		TEST(without_a_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
