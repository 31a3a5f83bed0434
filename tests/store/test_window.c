/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows of a live run: whole or not at all, however often it takes. */
#include "fixture.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/time.h"
#include "store/internal.h"
#include "store/prune.h"

static void window(struct fa_store *store, unsigned first, unsigned count,
		   struct fa_run_totals *totals)
{
	struct fa_diag diag = {""};

	if (fixture_window(store, first, count, totals, &diag) != 0)
		fail_msg("%s", diag.text);
}

static void end_run(struct fa_store *store, unsigned first, struct fa_run_totals *totals)
{
	totals->end = FA_RUN_COMPLETE;
	window(store, first, 0, totals);
}

/* What the database has of the newest run; two that are equal were made alike. */
static int64_t fingerprint(const char *path)
{
	return fixture_sql(
		path,
		"SELECT (SELECT count(*) * 1000003 + sum(n) * 17 + sum(bytes_to_client) + "
		"ifnull(sum(finding), 0) * 31 FROM conversation) + (SELECT count(*) * 101 FROM host) + "
		"(SELECT count(*) * 103 FROM name) + (SELECT count(*) * 107 FROM judgement) + "
		"(SELECT sum(packets) * 109 FROM window) + (SELECT sum(flows) * 113 FROM finding) + "
		"(SELECT count(*) * 127 FROM expectation)");
}

static int keep_window(void *arg, const struct fa_window *w)
{
	struct fa_window **next = arg;

	*(*next)++ = *w;
	return 0;
}

static void stored_as_a_whole(void **state)
{
	char path[256];
	struct fa_store *store, *reader;
	struct fa_run_totals totals = {.loss = {.evidence_dropped = 3}};
	struct fa_window kept[3];
	struct fa_window *next = kept;
	struct fa_verdict_sum sums[FA_VERDICT_COUNT];
	struct fa_stored_run run;
	struct fa_history history;
	struct fa_diag diag = {""};
	int64_t before_ns = fa_wall_clock_ns();

	(void)state;
	strcpy(path, fixture_path("a.db"));
	store = fixture_begin_live(path, NULL);
	window(store, 0, 100, &totals);
	totals.capture.down_ns = 5000;
	totals.workers.flows_evicted = 7;
	window(store, 100, 50, &totals);

	history = fixture_read(&reader, path);
	assert_int_equal(history.run(history.context, 0, &run, &diag), 0);
	assert_int_equal(run.totals.end, FA_RUN_UNFINISHED);
	assert_int_equal(run.windows, 2);
	assert_int_equal(run.crashes, 0);
	assert_int_equal(run.findings, 7);
	assert_true(run.committed_ns >= before_ns && run.committed_ns <= fa_wall_clock_ns());
	assert_int_equal(run.totals.conversations, 150);
	run.totals.conversations = 0; /* counted by the store, above */
	assert_memory_equal(&run.totals, &totals, sizeof(totals));
	assert_int_equal(history.each_window(history.context, 0, keep_window, &next, &diag), 0);
	assert_ptr_equal(next, &kept[2]);
	assert_int_equal(kept[1].begun_ns, 1000);
	assert_int_equal(kept[1].ended_ns, 1500);
	assert_int_equal(kept[1].totals.conversations, 50);
	assert_int_equal(kept[1].totals.capture.packets, 550);
	assert_int_equal(kept[1].totals.capture.results[FA_DECODE_DECODED], 550);
	assert_int_equal(kept[1].totals.end, FA_RUN_COMPLETE);
	fa_capture_counts_add(&kept[0].totals.capture, &kept[1].totals.capture);
	assert_int_equal(kept[0].totals.capture.dropped_ring, 150);
	assert_int_equal(history.sums(history.context, 0, sums, &diag), 0);
	assert_int_equal(sums[FA_VERDICT_UNDOCUMENTED].conversations, 15);
	assert_int_equal(sums[FA_VERDICT_DOCUMENTED].conversations, 135);
	fa_store_close(reader);
	fixture_check_windows(path);

	end_run(store, 150, &totals);
	fa_store_close(store);
	history = fixture_read(&reader, path);
	assert_int_equal(history.run(history.context, 0, &run, &diag), 0);
	assert_int_equal(run.totals.end, FA_RUN_COMPLETE);
	assert_int_equal(run.windows, 3);
	fa_store_close(reader);
	fixture_check_windows(path);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM v_window WHERE run = 1"), 3);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM v_run WHERE committed >= made"), 1);
}

/* Every counter of a window comes back. */
static void all_counters(void **state)
{
	struct fa_window given, kept[1];
	struct fa_window *next = kept;
	struct fa_store *store;
	struct fa_history history;
	struct fa_diag diag = {""};
	uint64_t n = 0;

	(void)state;
	memset(&given, 0, sizeof(given));
	for (uint64_t *word = (uint64_t *)&given.totals.capture.packets;
	     word <= &given.totals.capture.down_ns; word++)
		*word = ++n;
	given.totals.capture.first_ns = 1001;
	given.totals.capture.last_ns = 1002;
	given.totals.capture.files = 1003;
	given.totals.capture.files_truncated = 1004;
	for (uint64_t *word = (uint64_t *)&given.totals.workers;
	     word < (uint64_t *)(&given.totals.loss + 1); word++)
		*word = ++n;
	given.begun_ns = 5;
	given.ended_ns = 6;
	store = fixture_begin_live(fixture_path("a.db"), NULL);
	assert_int_equal(fa_store_window_begin(store, &diag), 0);
	assert_int_equal(fa_store_window_commit(store, &given, &given.totals, &diag), 0);
	assert_int_equal(fa_store_history(store, &history), 0);
	assert_int_equal(history.each_window(history.context, 0, keep_window, &next, &diag), 0);
	given.totals.end = FA_RUN_COMPLETE;
	/* These are of the run alone. */
	memset(given.totals.capture.layers, 0, sizeof(given.totals.capture.layers));
	assert_memory_equal(kept, &given, sizeof(given));
	fa_store_close(store);
}

/* Counters may come from a subverted worker, and missing bytes are what somebody sent says. */
static void counters_beyond_measure(void **state)
{
	char path[256];
	struct fa_store *store;
	struct fa_judgement j = fixture_judgement(FA_VERDICT_UNDOCUMENTED, NULL);
	struct fa_conversation c = fixture_conversation(1, 1, 1);
	struct fa_window window = {.ended_ns = 1};
	const struct fa_prune_options rollup = {.rollup_ns = 1};
	struct fa_prune_result result;
	struct fa_diag diag = {""};

	(void)state;
	strcpy(path, fixture_path("a.db"));
	store = fixture_begin_live(path, NULL);
	c.counts.sequence_gaps = UINT64_MAX;
	c.counts.bytes_to_server = UINT64_MAX;
	window.totals.workers.sequence_gap_bytes = UINT64_MAX;
	for (int i = 0; i < 3; i++) {
		window.totals.end = i < 2 ? FA_RUN_UNFINISHED : FA_RUN_COMPLETE;
		assert_int_equal(fa_store_window_begin(store, &diag), 0);
		fixture_add(store, &c, &j);
		if (fa_store_window_commit(store, &window, &window.totals, &diag) != 0)
			fail_msg("%s", diag.text);
	}
	if (fa_store_prune(store, &rollup, &result, &diag) != 0)
		fail_msg("%s", diag.text);
	fa_store_close(store);
	assert_int_equal(fixture_sql(path, "SELECT bytes_to_server FROM finding"), INT64_MAX);
	assert_int_equal(fixture_sql(path, "SELECT max(sequence_gaps) FROM conversation"),
			 INT64_MAX);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM window"), 1);
}

static void the_file_is_taken_away(void **state)
{
	char path[256], elsewhere[256];
	struct fa_store *store;
	struct fa_run_totals totals = {0};
	struct fa_diag diag = {""};

	(void)state;
	strcpy(path, fixture_path("a.db"));
	strcpy(elsewhere, fixture_path("b.db"));
	store = fixture_begin_live(path, NULL);
	window(store, 0, 20, &totals);
	assert_int_equal(fa_store_check_place(store, &diag), 0);
	assert_int_equal(rename(path, elsewhere), 0);
	assert_int_equal(fa_store_check_place(store, &diag), FA_ENOENT);
	assert_non_null(strstr(diag.text, "was deleted, moved or replaced"));
	assert_int_equal(rename(elsewhere, path), 0);
	assert_int_equal(fa_store_check_place(store, &diag), 0);
	fa_store_close(store);
}

static void nobody_sees_half_of_it(void **state)
{
	char path[256];
	struct fa_store *store;
	struct fa_run_totals totals = {0};
	struct fa_conversation c = fixture_conversation(9, 9, 9);
	struct fa_judgement j = fixture_judgement(FA_VERDICT_UNDOCUMENTED, NULL);
	struct fa_diag diag = {""};

	(void)state;
	strcpy(path, fixture_path("a.db"));
	store = fixture_begin_live(path, NULL);
	window(store, 0, 20, &totals);
	assert_int_equal(fa_store_window_begin(store, &diag), 0);
	for (int i = 0; i < 3; i++) {
		fixture_add(store, &c, &j);
		assert_int_equal(fa_store_flush(store, &diag), 0);
	}
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM conversation"), 20);
	fa_store_window_rollback(store);
	assert_int_equal(fa_store_conversation(store, &c, &j, &diag), FA_EINVAL);
	assert_non_null(strstr(diag.text, "no window is open"));
	window(store, 20, 5, &totals);
	fa_store_close(store);
	fixture_check_windows(path);
}

/* As the database would be if nothing had gone wrong. */
static int64_t expected_fingerprint(unsigned first, unsigned count)
{
	const char *path = fixture_path("expected.db");
	struct fa_store *store = fixture_begin_live(path, NULL);
	struct fa_run_totals totals = {0};

	window(store, 0, first, &totals);
	window(store, first, count, &totals);
	fa_store_close(store);
	return fingerprint(fixture_path("expected.db"));
}

static int give_up(void *arg)
{
	return --*(int *)arg <= 0;
}

/* Stops the work at one place after the other, between the first statement and the commit. */
static void interrupted_anywhere(void **state)
{
	char path[256];
	struct fa_store *store;
	struct fa_run_totals totals = {0};
	int64_t expected = expected_fingerprint(300, 400);
	int failures = 0;
	int error;

	(void)state;
	strcpy(path, fixture_path("a.db"));
	store = fixture_begin_live(path, NULL);
	window(store, 0, 300, &totals);
	do {
		struct fa_diag diag = {""};
		int steps = 1 + 3 * failures;

		sqlite3_progress_handler(store->db, 1000, give_up, &steps);
		error = fixture_window(store, 300, 400, &totals, &diag);
		sqlite3_progress_handler(store->db, 0, NULL, NULL);
		if (error != 0) {
			failures++;
			assert_true(sqlite3_get_autocommit(store->db));
			assert_int_equal(fixture_sql(path, "SELECT count(*) FROM conversation"),
					 300);
		}
	} while (error != 0 && failures < 10000);
	assert_true(failures > 20);
	fa_store_close(store);
	fixture_check_windows(path);
	assert_int_equal(fingerprint(path), expected);
}

static void the_disk_is_full_for_a_while(void **state)
{
	char path[256];
	struct fa_store *store;
	struct fa_run_totals totals = {0};
	struct fa_conversation c = fixture_conversation(1, 1, 1);
	struct fa_judgement j = fixture_judgement(FA_VERDICT_DOCUMENTED, NULL);
	int64_t expected = expected_fingerprint(300, 25000);
	char pragma[64];

	(void)state;
	strcpy(path, fixture_path("a.db"));
	store = fixture_begin_live(path, NULL);
	window(store, 0, 300, &totals);
	/* While rows are added, and in the middle of the findings. */
	for (int64_t pages = 200, failures = 0;; pages += 100, failures++) {
		struct fa_diag diag = {""};
		int error;

		snprintf(pragma, sizeof(pragma), "PRAGMA max_page_count = %d", (int)pages);
		assert_int_equal(fa_sql_run(store->db, pragma), SQLITE_OK);
		error = fixture_window(store, 300, 25000, &totals, &diag);
		if (error == 0) {
			assert_true(failures > 3);
			break;
		}
		assert_int_equal(error, FA_EFULL);
		assert_non_null(strstr(diag.text, "the disk is full"));
		assert_int_equal(fa_store_conversation(store, &c, &j, NULL), FA_EFULL);
		assert_int_equal(fa_store_window_commit(store, NULL, NULL, NULL), FA_EFULL);
	}
	fa_store_close(store);
	fixture_check_windows(path);
	assert_int_equal(fingerprint(path), expected);
}

/* The file system refuses: SQLite sees an I/O error in the log, or when it moves pages. */
static void writing_fails_for_a_while(void **state)
{
	char path[256];
	struct fa_store *store;
	struct fa_run_totals totals = {0};
	int64_t expected = expected_fingerprint(300, 12000);
	struct rlimit old, limit;

	(void)state;
	strcpy(path, fixture_path("a.db"));
	store = fixture_begin_live(path, NULL);
	window(store, 0, 300, &totals);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	for (int i = 0; i < 3; i++) {
		struct fa_diag diag = {""};
		int error;

		limit.rlim_cur = 500000;
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
		error = fixture_window(store, 300, 12000, &totals, &diag);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
		assert_true(error == FA_EIO || error == FA_EFULL);
		assert_int_equal(fixture_sql(path, "SELECT count(*) FROM conversation"), 300);
	}
	window(store, 300, 12000, &totals);
	fa_store_close(store);
	fixture_check_windows(path);
	assert_int_equal(fingerprint(path), expected);
}

static void locked_for_a_while(void **state)
{
	char path[256];
	struct fa_store *store = NULL;
	struct fa_run_totals totals = {0};
	struct fa_conversation c = fixture_conversation(1, 1, 1);
	struct fa_judgement j = fixture_judgement(FA_VERDICT_DOCUMENTED, NULL);
	const struct fa_crash crash = {.number = 1};
	struct fa_diag diag = {""}, clean = {""};
	int64_t expected = expected_fingerprint(300, 400);
	int64_t run, start_ns;
	sqlite3 *other;

	(void)state;
	strcpy(path, fixture_path("a.db"));
	fixture_finish(fixture_begin_live(path, NULL));
	fixture_sql(path, "DELETE FROM run");
	fixture_sql(path, "DELETE FROM run_verdict");
	fixture_sql(path, "DELETE FROM run_catalog");
	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	assert_int_equal(fa_store_open_timeout(&store, path, FA_STORE_WRITE, 50, &diag), 0);

	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(fixture_try_live(&store, path, &run, &diag), FA_EBUSY);
	assert_non_null(strstr(diag.text, "another program has locked it"));
	assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(fixture_try_live(&store, path, &run, &clean), 0);
	window(store, 0, 300, &totals);

	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	start_ns = fa_monotonic_ns();
	for (int i = 0; i < 3; i++) {
		assert_int_equal(fixture_window(store, 300, 400, &totals, &diag), FA_EBUSY);
		/* What comes meanwhile would be of no window. */
		assert_int_equal(fa_store_conversation(store, &c, &j, &diag), FA_EBUSY);
		assert_int_equal(fa_store_crash_add(store, &crash, &diag), FA_EBUSY);
		fa_store_window_rollback(store);
	}
	assert_true(fa_monotonic_ns() - start_ns < 5 * FA_NS_PER_SECOND);
	assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	window(store, 300, 400, &totals);
	assert_int_equal(fa_store_crash_add(store, &crash, &clean), 0);
	sqlite3_close(other);
	fa_store_close(store);
	fixture_check_windows(path);
	assert_int_equal(fingerprint(path), expected);
}

/* Somebody who prunes takes rows away that were looked up before. */
static void rows_removed_by_others(void **state)
{
	char path[256];
	struct fa_store *store;
	struct fa_run_totals totals = {0};

	(void)state;
	strcpy(path, fixture_path("a.db"));
	store = fixture_begin_live(path, NULL);
	window(store, 0, 300, &totals);
	fixture_sql(path, "DELETE FROM conversation");
	fixture_sql(path, "DELETE FROM host WHERE address = '10.0.1.2'");
	fixture_sql(path, "DELETE FROM name WHERE text = 'host258'");
	window(store, 258, 1, &totals);
	fa_store_close(store);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM v_conversation WHERE host = "
					   "'host258' AND client = '10.0.1.2'"),
			 1);
}

static void a_window_of_many(void **state)
{
	const char *path;
	struct fa_store *store = fixture_begin_live(fixture_path("a.db"), NULL);
	struct fa_run_totals totals = {0};

	(void)state;
	sqlite3_memory_highwater(1);
	window(store, 0, 100000, &totals);
	/* Pages have 8 MB, so has sorting, and the batch of those that wait is ours. */
	assert_true(sqlite3_memory_highwater(0) < 64 << 20);
	assert_true(store->pending_count < FA_STORE_BATCH);
	fa_store_close(store);
	path = fixture_path("a.db");
	fixture_check_windows(path);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM conversation"), 100000);
}

struct seen {
	struct fa_stored_finding findings[8];
	bool is_new[8];
	size_t count;
};

static int see(void *arg, const struct fa_stored_finding *finding, bool is_new)
{
	struct seen *seen = arg;

	assert_true(seen->count < 8);
	seen->findings[seen->count] = *finding;
	seen->is_new[seen->count++] = is_new;
	return 0;
}

static void add(struct fa_store *store, unsigned client, unsigned port, int64_t bucket_ns,
		enum fa_verdict verdict)
{
	struct fa_conversation c = fixture_conversation(client, 1, port);
	struct fa_judgement j = fixture_judgement(verdict, NULL);

	c.bucket_ns = bucket_ns;
	fixture_add(store, &c, &j);
}

static void findings_of_the_window(void **state)
{
	struct fa_store *store = fixture_begin_live(fixture_path("a.db"), NULL);
	struct fa_run_totals totals = {0};
	const struct fa_window none = {0};
	struct fa_diag diag = {""};
	struct seen seen = {.count = 0};

	(void)state;
	assert_int_equal(fa_store_window_findings(store, see, &seen, &diag), FA_EINVAL);
	assert_int_equal(fa_store_window_begin(store, &diag), 0);
	add(store, 1, 80, 0, FA_VERDICT_UNDOCUMENTED);
	add(store, 2, 80, 0, FA_VERDICT_UNDOCUMENTED);
	add(store, 1, 81, 0, FA_VERDICT_UNDOCUMENTED);
	add(store, 1, 82, 0, FA_VERDICT_DOCUMENTED);
	assert_int_equal(fa_store_window_commit(store, &none, &totals, &diag), 0);
	assert_int_equal(fa_store_window_findings(store, see, &seen, &diag), 0);
	assert_int_equal(seen.count, 2);
	assert_true(seen.is_new[0] && seen.is_new[1]);
	assert_int_equal(seen.findings[0].port, 80);
	assert_int_equal(seen.findings[0].clients, 2);
	assert_int_equal(seen.findings[0].client.version, 0);

	/* A third client of 80, in two buckets; 83 is new; nobody spoke to 81. The run ends. */
	assert_int_equal(fa_store_window_begin(store, &diag), 0);
	add(store, 3, 80, 1000, FA_VERDICT_UNDOCUMENTED);
	add(store, 3, 80, 2000, FA_VERDICT_UNDOCUMENTED);
	add(store, 1, 83, 1000, FA_VERDICT_REFUSED);
	totals.end = FA_RUN_COMPLETE;
	assert_int_equal(fa_store_window_commit(store, &none, &totals, &diag), 0);
	seen.count = 0;
	assert_int_equal(fa_store_window_findings(store, see, &seen, &diag), 0);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.findings[0].verdict, FA_VERDICT_REFUSED);
	assert_int_equal(seen.findings[0].number, 1);
	assert_true(seen.is_new[0]);
	assert_int_equal(seen.findings[1].number, 2);
	assert_false(seen.is_new[1]);
	assert_int_equal(seen.findings[1].clients, 1);
	assert_int_equal(seen.findings[1].client.version, 4);
	assert_int_equal(seen.findings[1].client.bytes[3], 3);
	assert_int_equal(seen.findings[1].conversations, 1);
	assert_int_equal(seen.findings[1].counts.flows, 2);
	assert_int_equal(seen.findings[1].counts.bytes_to_client, 10000);
	fa_store_close(store);
}

static void add_wrapped(struct fa_store *store, unsigned client, unsigned port,
			enum fa_tunnel tunnel, uint32_t id)
{
	struct fa_conversation c = fixture_conversation(client, 1, port);
	struct fa_judgement j = fixture_judgement(FA_VERDICT_UNDOCUMENTED, NULL);

	c.id.tunnel = (uint8_t)tunnel;
	c.id.tunnel_id = id;
	c.counts.packets_to_server = 1;
	c.counts.packets_to_client = 1;
	fixture_add(store, &c, &j);
}

static int see_one(void *arg, const struct fa_stored_finding *finding)
{
	return see(arg, finding, false);
}

/* What the finding on each port says of the tunnels that its packets came in. */
static void check_tunnels(const struct seen *seen)
{
	static const struct {
		uint16_t port;
		uint64_t packets;
		enum fa_tunnel tunnel;
		uint32_t id;
	} rows[] = {
		{81, 0, FA_TUNNEL_NONE, 0},  {82, 2, FA_TUNNEL_VXLAN, 77}, {83, 4, FA_TUNNEL_VXLAN, 0},
		{84, 4, FA_TUNNEL_NONE, 0},  {85, 2, FA_TUNNEL_IPIP, 0},
	};

	assert_int_equal(seen->count, 5);
	for (size_t i = 0; i < 5; i++) {
		const struct fa_stored_finding *finding = &seen->findings[i];
		size_t row = finding->port - 81u;

		assert_true(row < 5);
		assert_int_equal(finding->tunnelled, rows[row].packets);
		assert_int_equal(finding->tunnel, rows[row].tunnel);
		assert_int_equal(finding->tunnel_id, rows[row].id);
	}
}

static void tunnels_of_findings(void **state)
{
	struct fa_store *store = fixture_begin_live(fixture_path("a.db"), NULL);
	struct fa_run_totals totals = {.end = FA_RUN_COMPLETE};
	const struct fa_window none = {0};
	struct fa_history history;
	struct seen seen = {.count = 0};

	(void)state;
	assert_int_equal(fa_store_window_begin(store, NULL), 0);
	add_wrapped(store, 1, 81, FA_TUNNEL_NONE, 0);
	add_wrapped(store, 1, 82, FA_TUNNEL_NONE, 0);
	add_wrapped(store, 1, 82, FA_TUNNEL_VXLAN, 77);
	add_wrapped(store, 1, 83, FA_TUNNEL_VXLAN, 77);
	add_wrapped(store, 2, 83, FA_TUNNEL_VXLAN, 78);
	add_wrapped(store, 1, 84, FA_TUNNEL_VXLAN, 77);
	add_wrapped(store, 2, 84, FA_TUNNEL_GRE, 77);
	add_wrapped(store, 1, 85, FA_TUNNEL_IPIP, 0);
	assert_int_equal(fa_store_window_commit(store, &none, &totals, NULL), 0);
	assert_int_equal(fa_store_window_findings(store, see, &seen, NULL), 0);
	check_tunnels(&seen);
	assert_int_equal(fa_store_history(store, &history), 0);
	seen.count = 0;
	assert_int_equal(history.each_finding(history.context, 1, 0, see_one, &seen, NULL), 0);
	check_tunnels(&seen);
	fa_store_close(store);
}

static int stop(void *arg, const struct fa_stored_finding *finding, bool is_new)
{
	(void)arg;
	(void)finding;
	(void)is_new;
	return 42;
}

static int64_t number_of(struct fa_store *store, const char *sql)
{
	int64_t value = -1;

	assert_int_equal(fa_sql_int(store->db, sql, &value), SQLITE_OK);
	return value;
}

/* A window of three parts is one window in what it shows: findings come with the last of them. */
static void parts_of_a_window(void **state)
{
	struct fa_store *store = fixture_begin_live(fixture_path("a.db"), NULL);
	struct fa_window part = {.begun_ns = 1, .ended_ns = 2, .part = true};
	struct fa_window whole = {.begun_ns = 2, .ended_ns = 3};
	struct fa_run_totals totals = {.capture.packets = 3};
	struct seen seen = {.count = 0};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(fa_store_window_begin(store, NULL), 0);
		add(store, i + 1, 4000 + i, 0, FA_VERDICT_UNDOCUMENTED);
		assert_int_equal(fa_store_window_commit(store, i < 2 ? &part : &whole, &totals,
							NULL), 0);
		assert_int_equal(number_of(store, "SELECT count(*) FROM conversation"), i + 1);
		assert_int_equal(number_of(store, "SELECT count(*) FROM window"), i + 1);
		assert_int_equal(number_of(store, "SELECT count(*) FROM finding"), i < 2 ? 0 : 3);
		assert_int_equal(number_of(store, "SELECT ifnull(sum(conversations), 0) "
						  "FROM run_verdict"), i < 2 ? 0 : 3);
	}
	assert_int_equal(fa_store_window_findings(store, see, &seen, NULL), 0);
	assert_int_equal(seen.count, 3);
	assert_true(seen.is_new[0] && seen.is_new[1] && seen.is_new[2]);

	/* What the writer could not finish any more, the next one does. */
	assert_int_equal(fa_store_window_begin(store, NULL), 0);
	add(store, 4, 4004, 0, FA_VERDICT_UNDOCUMENTED);
	assert_int_equal(fa_store_window_commit(store, &part, &totals, NULL), 0);
	assert_int_equal(number_of(store, "SELECT count(*) FROM finding"), 3);
	fa_store_close(store);
	store = fixture_begin_live(fixture_path("a.db"), NULL);
	assert_int_equal(number_of(store, "SELECT count(*) FROM finding"), 4);
	fa_store_close(store);
}

static void a_walk_that_stops(void **state)
{
	struct fa_store *store = fixture_begin_live(fixture_path("a.db"), NULL);
	struct fa_run_totals totals = {0};
	struct fa_diag diag = {""};

	(void)state;
	window(store, 0, 100, &totals);
	assert_int_equal(fa_store_window_findings(store, stop, NULL, &diag), 42);
	window(store, 100, 100, &totals);
	fa_store_close(store);
}

static void expectations_are_replaced(void **state)
{
	char path[256];
	struct fa_store *store;
	struct fa_run_totals totals = {0};
	const struct fa_window none = {0};
	struct fa_expectation e = {.rule = fixture_rule(0), .state = FA_EXPECT_UNSEEN};
	struct fa_diag diag = {""};

	(void)state;
	strcpy(path, fixture_path("a.db"));
	store = fixture_begin_live(path, NULL);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(fa_store_window_begin(store, &diag), 0);
		e.conversations = i;
		assert_int_equal(fa_store_expectation(store, &e, &diag), 0);
		assert_int_equal(fa_store_window_commit(store, &none, &totals, &diag), 0);
		assert_int_equal(fixture_sql(path, "SELECT max(conversations) FROM expectation"), i);
		assert_int_equal(fixture_sql(path, "SELECT count(*) FROM expectation"), 1);
	}
	/* Undone with the window, and not kept for the next one. */
	assert_int_equal(fa_store_window_begin(store, &diag), 0);
	assert_int_equal(fa_store_expectation(store, &e, &diag), 0);
	assert_int_equal(fa_store_expectation(store, &e, &diag), 0);
	fa_store_window_rollback(store);
	assert_int_equal(fa_store_expectation(store, &e, &diag), FA_EINVAL);
	window(store, 0, 10, &totals);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM expectation"), 1);
	fa_store_close(store);
}

static void used_wrongly(void **state)
{
	struct fa_store *store = fixture_begin_live(fixture_path("a.db"), NULL);
	struct fa_run_totals totals = {.end = FA_RUN_COMPLETE};
	const struct fa_window none = {0};
	struct fa_diag diag = {""};

	(void)state;
	assert_int_equal(fa_store_window_commit(store, &none, &totals, &diag), FA_EINVAL);
	fa_store_window_rollback(store);
	assert_int_equal(fa_store_window_begin(store, &diag), 0);
	assert_int_equal(fa_store_window_begin(store, NULL), FA_EINVAL);
	assert_int_equal(fa_store_finish_run(store, &totals, NULL), FA_EINVAL);
	assert_int_equal(fa_store_window_commit(store, &none, &totals, NULL), 0);
	assert_int_equal(fa_store_window_begin(store, NULL), FA_EINVAL); /* the run is over */
	fa_store_close(store);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(stored_as_a_whole),
		TEST(all_counters),
		TEST(counters_beyond_measure),
		TEST(the_file_is_taken_away),
		TEST(nobody_sees_half_of_it),
		TEST(interrupted_anywhere),
		TEST(the_disk_is_full_for_a_while),
		TEST(writing_fails_for_a_while),
		TEST(locked_for_a_while),
		TEST(rows_removed_by_others),
		TEST(a_window_of_many),
		TEST(findings_of_the_window),
		TEST(tunnels_of_findings),
		TEST(parts_of_a_window),
		TEST(a_walk_that_stops),
		TEST(expectations_are_replaced),
		TEST(used_wrongly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
