/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pruning: runs that go, days that are rolled up, rows that nothing refers to, space given back. */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "store/prune.h"

#define HOUR_NS (3600 * FA_NS_PER_SECOND)
#define DAY_NS	FA_PRUNE_DAY_NS
#define DAY_0	(1763683200 * FA_NS_PER_SECOND) /* 2025-11-21T00:00:00Z */

static int64_t wall_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * FA_NS_PER_SECOND + ts.tv_nsec;
}

static struct fa_prune_result prune(struct fa_store *store, struct fa_prune_options options)
{
	struct fa_prune_result result;
	struct fa_diag diag = {""};

	if (fa_store_prune(store, &options, &result, &diag) != 0)
		fail_msg("%s", diag.text);
	return result;
}

static struct fa_store *open_mode(const char *path, enum fa_store_mode mode)
{
	struct fa_store *store = NULL;
	struct fa_diag diag = {""};

	if (fa_store_open(&store, path, mode, &diag) != 0)
		fail_msg("%s", diag.text);
	return store;
}

static struct fa_prune_result prune_file(const char *path, struct fa_prune_options options)
{
	struct fa_store *store = open_mode(path, FA_STORE_WRITE);
	struct fa_prune_result result = prune(store, options);

	fa_store_close(store);
	return result;
}

/* Calls FN with the first column of each row, as text. */
static void each_text(const char *path, const char *sql, void (*fn)(void *arg, const char *),
		      void *arg)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	while (sqlite3_step(stmt) == SQLITE_ROW)
		fn(arg, (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	sqlite3_close(db);
}

static void no_row(void *arg, const char *text)
{
	fail_msg("%s: %s", (const char *)arg, text == NULL ? "a row" : text);
}

static void is_ok(void *arg, const char *text)
{
	(void)arg;
	assert_string_equal(text, "ok");
}

static void assert_whole(const char *path)
{
	char what[] = "refers to nothing";

	each_text(path, "PRAGMA integrity_check", is_ok, NULL);
	each_text(path, "PRAGMA foreign_key_check", no_row, what);
}

struct leftover {
	const char *path;
	unsigned tables;
};

static void no_rows_of_gone_runs(void *arg, const char *table)
{
	struct leftover *leftover = arg;
	char sql[256];

	snprintf(sql, sizeof(sql),
		 "SELECT count(*) FROM \"%s\" WHERE run NOT IN (SELECT id FROM run)", table);
	if (fixture_sql(leftover->path, sql) != 0)
		fail_msg("%s has rows of runs that are gone", table);
	leftover->tables++;
}

/* Whatever tables the schema has. */
static void assert_nothing_left(const char *path)
{
	struct leftover leftover = {.path = path};

	each_text(path,
		  "SELECT DISTINCT m.name FROM sqlite_schema m, pragma_foreign_key_list(m.name) f "
		  "WHERE f.\"table\" = 'run'",
		  no_rows_of_gone_runs, &leftover);
	assert_true(leftover.tables >= 13);
}

/* A finished replay whose last packet was then; its names and addresses are its own. */
static int64_t add_replay(const char *path, unsigned number, int64_t last_ns, int changed_book)
{
	struct fa_conversation conversation = fixture_conversation(number, number, 443);
	struct fa_judgement judgement = fixture_judgement(FA_VERDICT_UNDOCUMENTED, NULL);
	const struct fa_run_totals totals = {
		.end = FA_RUN_COMPLETE,
		.interfaces = {.items[0] = {.name = "eth0"}, .count = 1},
		.capture = {.packets = 11, .first_ns = last_ns, .last_ns = last_ns,
			    .layers = {[FA_TUNNEL_VLAN] = 11},
			    .results[FA_DECODE_DECODED] = 11, .link_type_count = 1}};
	const struct fa_run_info info = {.kind = FA_RUN_REPLAY, .source = "a.pcap",
					 .bucket_ns = HOUR_NS};
	const struct fa_input_file file = {"/a.pcap", 1, 1};
	const struct fa_store_run begun = {
		.info = &info, .version = "1", .files = {&file, 1},
		.basis = {.policy = changed_book ? fixture_policy(1) : fixture_site_policy(),
			  .waivers = fixture_waivers()}};
	struct fa_expectation expectation = {.rule = &begun.basis.policy->book->rules[3],
					     .state = FA_EXPECT_UNSEEN};
	struct fa_store *store = open_mode(path, FA_STORE_WRITE);
	struct fa_diag diag = {""};
	int64_t run;

	snprintf(conversation.id.host, sizeof(conversation.id.host), "host%u", number);
	snprintf(judgement.detail, sizeof(judgement.detail), "detail %u", number);
	assert_int_equal(fa_store_begin_run(store, &begun, &run, &diag), 0);
	fixture_add(store, &conversation, &judgement);
	assert_int_equal(fa_store_expectation(store, &expectation, &diag), 0);
	if (fa_store_finish_run(store, &totals, &diag) != 0)
		fail_msg("%s", diag.text);
	fa_store_close(store);
	return run;
}

static void make_older(const char *path, int64_t run, int64_t days)
{
	char sql[128];

	snprintf(sql, sizeof(sql),
		 "UPDATE run SET begun_ns = begun_ns - %" PRId64 " WHERE id = %" PRId64,
		 days * (int64_t)DAY_NS, run);
	fixture_sql(path, sql);
}

static void test_old_runs_go(void **state)
{
	char path[256];
	struct fa_prune_result result;
	int64_t now_ns = wall_ns();

	(void)state;
	snprintf(path, sizeof(path), "%s", fixture_path("a.db"));
	for (unsigned i = 1; i <= 3; i++) {
		add_replay(path, i, now_ns - (i < 3 ? 91 : 89) * DAY_NS, i < 3);
		make_older(path, i, 100);
	}
	result = prune_file(path, (struct fa_prune_options){.retain_ns = 90 * DAY_NS});
	assert_int_equal(result.runs, 2);
	assert_int_equal(result.conversations, 2);
	assert_false(result.more);
	assert_int_equal(fixture_sql(path, "SELECT group_concat(id) FROM run"), 3);
	assert_nothing_left(path);
	assert_whole(path);
	/* Two addresses, three names of its own and the empty one, and its version of "alpha". */
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM host"), 2);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM name WHERE text LIKE 'host%'"), 1);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM name WHERE id = 0"), 1);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM judgement"), 1);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM catalog"), 2);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM rule"), 5);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM v_conversation"), 1);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM v_expectation"), 1);
	/* Again: nothing to do. */
	result = prune_file(path, (struct fa_prune_options){.retain_ns = 90 * DAY_NS});
	assert_int_equal(result.runs + result.conversations + result.unused, 0);
}

static int64_t runs_left(const char *path)
{
	return fixture_sql(path, "SELECT count(*) FROM run");
}

static void test_what_is_fresh_stays(void **state)
{
	const struct fa_prune_options day = {.retain_ns = 2 * DAY_NS};
	char path[256];
	struct fa_prune_options keep = day;
	int64_t now_ns = wall_ns();

	(void)state;
	snprintf(path, sizeof(path), "%s", fixture_path("a.db"));
	/* Just made, of packets of last year. */
	add_replay(path, 1, now_ns - 400 * DAY_NS, 0);
	assert_int_equal(prune_file(path, day).runs, 0);
	/* Unless everything of today goes. */
	assert_int_equal(prune_file(path, (struct fa_prune_options){.retain_ns = 1}).runs, 1);
	/* Made long ago, of recent packets. */
	make_older(path, add_replay(path, 2, now_ns - DAY_NS, 0), 400);
	assert_int_equal(prune_file(path, day).runs, 0);
	/* Without packets the time when it was made counts. */
	make_older(path, add_replay(path, 3, now_ns, 0), 1);
	fixture_sql(path, "UPDATE run SET packets = 0, last_ns = 0 WHERE id = 3");
	assert_int_equal(prune_file(path, day).runs, 0);
	make_older(path, 3, 2);
	keep.keep = 1;
	assert_int_equal(prune_file(path, keep).runs, 0);
	keep.keep = UINT64_MAX;
	assert_int_equal(prune_file(path, keep).runs, 0);
	assert_int_equal(prune_file(path, (struct fa_prune_options){.retain_ns = 0}).runs, 0);
	assert_int_equal(prune_file(path, day).runs, 1);
	assert_int_equal(runs_left(path), 1);
}

static void test_unfinished_replays(void **state)
{
	const struct fa_prune_options all = {.retain_ns = 1};
	struct fa_conversation conversation = fixture_conversation(1, 2, 443);
	const struct fa_judgement judgement = fixture_judgement(FA_VERDICT_DOCUMENTED, NULL);
	char path[256];
	struct fa_store *store;
	struct fa_diag diag = {""};
	int64_t run;

	(void)state;
	snprintf(path, sizeof(path), "%s", fixture_path("a.db"));
	store = fixture_begin(path, &run);
	/* Of this handle, however old; of another one, when it is young */
	make_older(path, run, 400);
	assert_int_equal(prune(store, all).runs, 0);
	make_older(path, run, -400);
	assert_int_equal(prune_file(path, all).runs, 0);
	/* or has packets of today. */
	make_older(path, run, 400);
	conversation.counts.last_seen_ns = wall_ns() - HOUR_NS;
	fixture_add(store, &conversation, &judgement);
	assert_int_equal(fa_store_flush(store, &diag), 0);
	assert_int_equal(prune_file(path, all).runs, 0);
	fa_store_close(store);
	fixture_sql(path, "UPDATE conversation SET last_seen_ns = last_seen_ns - 172800000000000");
	assert_int_equal(prune_file(path, all).runs, 1);
	assert_nothing_left(path);
}

static int64_t begin_on(struct fa_store *store)
{
	const struct fa_run_info info = {.kind = FA_RUN_LIVE, .source = "eth0",
					 .bucket_ns = HOUR_NS, .workers = 2};
	const struct fa_store_run begun = {
		.info = &info, .version = "1", .basis = {.policy = fixture_policy(0)}};
	struct fa_diag diag = {""};
	int64_t run;

	if (fa_store_begin_run(store, &begun, &run, &diag) != 0)
		fail_msg("%s", diag.text);
	return run;
}

/* Begins a live run; RUN may be NULL. */
static struct fa_store *begin_live(const char *path, int busy_timeout_ms, int64_t *run)
{
	struct fa_store *store = NULL;
	struct fa_diag diag = {""};
	int64_t id;

	if (fa_store_open_timeout(&store, path, FA_STORE_WRITE, busy_timeout_ms, &diag) != 0)
		fail_msg("%s", diag.text);
	id = begin_on(store);
	if (run != NULL)
		*run = id;
	return store;
}

/* Addresses of clients begin with it. */
static unsigned first_client;

/* The I-th conversation of a window: every third has a finding; some only at odd hours. */
static bool make_conversation(unsigned i, unsigned hour, struct fa_conversation *c,
			      struct fa_judgement *j)
{
	c[0] = fixture_conversation(first_client + i, i % 7, 443 + i % 40);
	c->bucket_ns = DAY_0 + hour * HOUR_NS;
	c->counts.first_seen_ns = c->bucket_ns + i;
	c->counts.last_seen_ns = c->bucket_ns + HOUR_NS - 1 - i;
	c->counts.packets_to_server = 10 + hour;
	c->counts.bytes_to_client = 1000 * i + hour;
	c->counts.flows = 1 + hour % 3;
	c->counts.flows_in_state[FA_FLOW_CLOSED] = c->counts.flows;
	c->counts.syn_retries = hour % 2;
	*j = i % 3 == 0 ? fixture_judgement(FA_VERDICT_UNDOCUMENTED, NULL)
			: fixture_judgement(FA_VERDICT_DOCUMENTED, fixture_rule(0));
	if (i % 5 == 0)
		snprintf(j->detail, sizeof(j->detail), "hour %u", hour % 2);
	return i % 4 != 0 || hour % 2 == 1;
}

/* One hour of each day had no packets. */
static struct fa_run_totals window_totals(unsigned hour)
{
	if (hour % 24 == 5)
		return (struct fa_run_totals){.capture.down_ns = 3600};
	return (struct fa_run_totals){
		.end = FA_RUN_UNFINISHED,
		.capture = {.packets = 100 + hour, .frame_bytes = 10000 + hour,
			    .results = {[FA_DECODE_DECODED] = 90 + hour,
					[FA_DECODE_NOT_IP] = hour % 2 * 10},
			    .dropped_kernel = hour, .dropped_interface = 1, .dropped_ring = 2,
			    .cut = 3, .time_backwards = 1, .down_ns = 500,
			    .duplicates_left = 6 + hour, .layers = {[FA_TUNNEL_VLAN] = 1},
			    .first_ns = DAY_0 + hour * HOUR_NS + 1,
			    .last_ns = DAY_0 + (hour + 1) * HOUR_NS - 1},
		.workers = {.packets = 90 + hour, .flows = 7, .tcp_bytes = 1000,
			    .flows_evicted = 1, .acked_unseen_bytes = 8},
		.interfaces = {.items[0] = {.name = "eth0"}, .count = 1},
		.loss = {.packets_lost = 4, .workers_replaced = 1, .evidence_dropped = 5},
	};
}

static void add_totals(struct fa_run_totals *into, const struct fa_run_totals *from)
{
	into->interfaces = from->interfaces;
	fa_capture_counts_add(&into->capture, &from->capture);
	fa_worker_counts_add(&into->workers, &from->workers);
	into->loss.packets_lost += from->loss.packets_lost;
	into->loss.workers_replaced += from->loss.workers_replaced;
	into->loss.evidence_dropped += from->loss.evidence_dropped;
}

/* The window of one hour. */
static void add_window(struct fa_store *store, unsigned hour, unsigned conversations,
		       struct fa_run_totals *run, bool last)
{
	const struct fa_window window = {DAY_0 + hour * HOUR_NS, DAY_0 + (hour + 1) * HOUR_NS,
					 window_totals(hour), false};
	const struct fa_expectation expectation = {.rule = fixture_rule(3),
						   .state = FA_EXPECT_UNSEEN};
	struct fa_diag diag = {""};

	add_totals(run, &window.totals);
	run->end = last ? FA_RUN_COMPLETE : FA_RUN_UNFINISHED;
	if (fa_store_window_begin(store, &diag) != 0)
		fail_msg("%s", diag.text);
	for (unsigned i = 0; i < conversations; i++) {
		struct fa_conversation c;
		struct fa_judgement j;

		if (make_conversation(i, hour, &c, &j))
			fixture_add(store, &c, &j);
	}
	assert_int_equal(fa_store_expectation(store, &expectation, &diag), 0);
	if (fa_store_window_commit(store, &window, run, &diag) != 0)
		fail_msg("%s", diag.text);
}

/* A live run of so many hours, from midnight on. */
static void add_live(const char *path, unsigned hours, unsigned conversations)
{
	struct fa_run_totals run = {.end = FA_RUN_UNFINISHED};
	struct fa_store *store = begin_live(path, 100, NULL);
	const uint8_t packet[4] = {0x45};
	const struct fa_crash crash = {.ip_bytes = 4, .captured = 4, .bytes = packet};
	struct fa_diag diag = {""};

	assert_int_equal(fa_store_crash_add(store, &crash, &diag), 0);
	for (unsigned hour = 0; hour < hours; hour++)
		add_window(store, hour, conversations, &run, hour + 1 == hours);
	fa_store_close(store);
}

/* What a report is made of, as text. */
struct account {
	FILE *out;
	char *text;
	size_t size;
};

static int put_conversation(void *arg, const struct fa_stored_conversation *c)
{
	struct account *account = arg;

	fprintf(account->out, "%u:%u %s %d %s %s %" PRId64, c->id.client.bytes[3],
		c->id.server_port, c->id.protocol, c->verdict, c->rule, c->detail, c->finding);
	for (size_t i = 0; i < sizeof(c->counts) / 8; i++) {
		uint64_t n;

		memcpy(&n, (const char *)&c->counts + 8 * i, 8);
		fprintf(account->out, " %" PRIu64, n);
	}
	fputc('\n', account->out);
	return 0;
}

static int put_finding(void *arg, const struct fa_stored_finding *f)
{
	struct account *account = arg;

	fprintf(account->out, "finding %" PRId64 " %d %u %" PRIu64 " %" PRIu64 " %" PRIu64 " %s\n",
		f->number, f->verdict, f->port, f->clients, f->conversations, f->counts.flows,
		f->detail);
	return 0;
}

static int put_expectation(void *arg, const struct fa_stored_expectation *e)
{
	struct account *account = arg;

	fprintf(account->out, "expected %s %d\n", e->rule.id, e->state);
	return 0;
}

static char *account_of(const char *path, int64_t run)
{
	struct account account = {.out = NULL};
	struct fa_verdict_sum sums[FA_VERDICT_COUNT];
	struct fa_store *store;
	struct fa_history h = fixture_read(&store, path);
	struct fa_stored_run stored;
	struct fa_diag diag = {""};

	account.out = open_memstream(&account.text, &account.size);
	assert_int_equal(h.run(h.context, run, &stored, &diag), 0);
	fprintf(account.out, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", stored.totals.capture.packets,
		stored.totals.conversations, stored.findings);
	assert_int_equal(h.sums(h.context, run, sums, &diag), 0);
	for (size_t i = 0; i < FA_VERDICT_COUNT; i++)
		fprintf(account.out, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", sums[i].conversations,
			sums[i].packets, sums[i].bytes);
	assert_int_equal(h.each_conversation(h.context, run, put_conversation, &account, &diag), 0);
	assert_int_equal(h.each_finding(h.context, run, 0, put_finding, &account, &diag), 0);
	assert_int_equal(h.each_expectation(h.context, run, put_expectation, &account, &diag), 0);
	fclose(account.out);
	fa_store_close(store);
	return account.text;
}

struct columns {
	char sql[4096];
};

static void add_column(void *arg, const char *name)
{
	struct columns *columns = arg;
	size_t len = strlen(columns->sql);
	bool low = strcmp(name, "begun_ns") == 0 || strcmp(name, "first_ns") == 0;
	bool high = strcmp(name, "ended_ns") == 0 || strcmp(name, "last_ns") == 0;
	bool packet_time = strcmp(name, "first_ns") == 0 || strcmp(name, "last_ns") == 0;

	snprintf(&columns->sql[len], sizeof(columns->sql) - len, "%s %s(%s%s%s) || ' '",
		 len == 0 ? "SELECT" : " ||", low ? "min" : high ? "max" : "sum",
		 packet_time ? "CASE WHEN packets > 0 THEN " : "", name, packet_time ? " END" : "");
}

/* Sums of a run of five days fit. */
static void append_text(void *arg, const char *text)
{
	char *out = arg;
	size_t len = strlen(out);

	snprintf(&out[len], 4096 - len, "%s\n", text);
}

/* The sums of every column of the windows of each day, whatever columns there are. */
static void window_sums(const char *path, char out[4096])
{
	struct columns columns = {""};
	size_t len;

	out[0] = '\0';
	each_text(path,
		  "SELECT name FROM pragma_table_info('window') WHERE name NOT IN ('run', 'n')",
		  add_column, &columns);
	len = strlen(columns.sql);
	snprintf(&columns.sql[len], sizeof(columns.sql) - len,
		 " FROM \"window\" GROUP BY run, begun_ns / 86400000000000 ORDER BY begun_ns");
	each_text(path, columns.sql, append_text, out);
	each_text(path,
		  "SELECT d.reason || ' ' || sum(d.count) FROM window_decode d "
		  "JOIN \"window\" w ON w.run = d.run AND w.n = d.n "
		  "GROUP BY w.begun_ns / 86400000000000, reason ORDER BY w.begun_ns, reason",
		  append_text, out);
}

/* At this time the days 0 to 3 are rolled up. */
static const struct fa_prune_options days_0_to_3 = {.now_ns = DAY_0 + 11 * DAY_NS + HOUR_NS,
						    .rollup_ns = 7 * DAY_NS};

static void test_rollup(void **state)
{
	char path[256];
	char *before;
	char *after;
	char sums[2][4096];
	struct fa_prune_result result;
	int64_t rows;

	(void)state;
	snprintf(path, sizeof(path), "%s", fixture_path("a.db"));
	add_live(path, 5 * 24, 60);
	add_replay(path, 1, DAY_0 + HOUR_NS, 0);
	before = account_of(path, 1);
	window_sums(path, sums[0]);
	rows = fixture_sql(path, "SELECT count(*) FROM conversation");
	result = prune_file(path, days_0_to_3);
	assert_int_equal(result.runs, 0);
	assert_int_equal(result.days, 4);
	assert_int_equal(result.windows, 4 * 24);
	assert_int_equal(result.rows_before - result.rows_after,
			 rows - fixture_sql(path, "SELECT count(*) FROM conversation"));
	assert_int_equal(result.rolled_before_ns, DAY_0 + 4 * DAY_NS);
	after = account_of(path, 1);
	assert_string_equal(before, after);
	window_sums(path, sums[1]);
	assert_string_equal(sums[0], sums[1]);
	/* One row per day and whatever tells conversations apart: details differ by the hour. */
	assert_int_equal(result.rows_after, 4 * (60 + 9));
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM conversation WHERE run = 1 AND "
					   "bucket_ns % 86400000000000 <> 0 AND "
					   "bucket_ns < 1763683200000000000 + 4 * 86400000000000"),
			 0);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM \"window\""), 4 + 24);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM v_conversation WHERE run = 1 AND "
					   "bucket = '2025-11-22T00:00:00Z'"),
			 60 + 9);
	assert_whole(path);
	/* Nothing more to do. */
	result = prune_file(path, days_0_to_3);
	assert_int_equal(result.days + result.windows + result.rows_before, 0);
	free(before);
	free(after);
}

static void test_rollup_keeps_vlans_apart(void **state)
{
	const struct fa_judgement judgement = fixture_judgement(FA_VERDICT_UNDOCUMENTED, NULL);
	struct fa_run_totals run = {.end = FA_RUN_UNFINISHED};
	struct fa_conversation c = fixture_conversation(1, 1, 443);
	struct fa_diag diag = {""};
	struct fa_store *store;
	char path[256];

	(void)state;
	snprintf(path, sizeof(path), "%s", fixture_path("a.db"));
	store = begin_live(path, 100, NULL);
	for (unsigned hour = 0; hour < 2; hour++) {
		const struct fa_window window = {DAY_0 + hour * HOUR_NS,
						 DAY_0 + (hour + 1) * HOUR_NS,
						 window_totals(hour), false};

		add_totals(&run, &window.totals);
		run.end = hour == 1 ? FA_RUN_COMPLETE : FA_RUN_UNFINISHED;
		assert_int_equal(fa_store_window_begin(store, &diag), 0);
		c.bucket_ns = DAY_0 + hour * HOUR_NS;
		for (uint16_t i = 0; i < 3; i++) {
			c.id.vlan[0] = i < 2 ? 5 : 6;
			c.id.vlan[1] = i == 1 ? 9 : 0;
			fixture_add(store, &c, &judgement);
		}
		assert_int_equal(fa_store_window_commit(store, &window, &run, &diag), 0);
	}
	fa_store_close(store);
	assert_int_equal(fixture_sql(path, "SELECT conversations FROM v_run"), 3);
	prune_file(path, days_0_to_3);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM conversation"), 3);
	assert_int_equal(fixture_sql(path, "SELECT count(DISTINCT vlan * 4096 + inner_vlan) FROM "
					   "conversation WHERE flows = 2"),
			 3);
}

static void test_rollup_finds_nothing_to_do(void **state)
{
	char path[256];
	struct fa_prune_options options = {.now_ns = DAY_0 + 8 * DAY_NS - 1,
					   .rollup_ns = 7 * DAY_NS};

	(void)state;
	snprintf(path, sizeof(path), "%s", fixture_path("a.db"));
	add_live(path, 24, 5);
	/* The day is not old enough for one more nanosecond. */
	assert_int_equal(prune_file(path, options).days, 0);
	options.rollup_ns = 0;
	options.now_ns++;
	assert_int_equal(prune_file(path, options).days, 0);
	/* Buckets of a day, or longer, are not rolled up. */
	options.rollup_ns = 7 * DAY_NS;
	fixture_sql(path, "UPDATE run SET bucket_ns = 86400000000000");
	assert_int_equal(prune_file(path, options).days, 0);
	fixture_sql(path, "UPDATE run SET bucket_ns = 86399000000000");
	assert_int_equal(prune_file(path, options).days, 1);
}

/* A day that was rolled up, and then comes more: a window that could not be stored before. */
static void test_late_window(void **state)
{
	struct fa_run_totals run = {.end = FA_RUN_UNFINISHED};
	char path[256];
	struct fa_store *store;
	struct fa_prune_result result;
	char *before;
	char *after;

	(void)state;
	snprintf(path, sizeof(path), "%s", fixture_path("a.db"));
	store = begin_live(path, 100, NULL);
	for (unsigned hour = 0; hour < 23; hour++)
		add_window(store, hour, 10, &run, false);
	assert_int_equal(prune(store, days_0_to_3).windows, 23);
	add_window(store, 23, 10, &run, false);
	fa_store_close(store);
	before = account_of(path, 1);
	result = prune_file(path, days_0_to_3);
	assert_int_equal(result.days, 1);
	assert_int_equal(result.windows, 2);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM conversation"), 10 + 1);
	after = account_of(path, 1);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

/* Pieces of a millisecond make the same as one call without a limit. */
static void test_in_pieces(void **state)
{
	struct fa_run_totals run = {.end = FA_RUN_UNFINISHED};
	struct fa_prune_options options = days_0_to_3;
	struct fa_prune_result sum = {0};
	char paths[2][256];
	char *accounts[2];
	struct fa_store *store;
	unsigned calls = 0;

	(void)state;
	for (int i = 0; i < 2; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s", fixture_path(i ? "b.db" : "a.db"));
		add_replay(paths[i], 5, 1, 1);
		make_older(paths[i], 1, 500);
	}
	options.retain_ns = 90 * DAY_NS;
	add_live(paths[0], 40, 200);
	prune_file(paths[0], options);
	/* The other one is pruned by its writer. */
	store = begin_live(paths[1], 100, NULL);
	for (unsigned hour = 0; hour < 39; hour++)
		add_window(store, hour, 200, &run, false);
	options.max_ms = 1;
	for (;;) {
		struct fa_prune_result result = prune(store, options);

		sum.runs += result.runs;
		sum.days += result.days;
		sum.windows += result.windows;
		if (calls++ == 3)
			add_window(store, 39, 200, &run, true);
		if (!result.more)
			break;
	}
	fa_store_close(store);
	assert_true(calls > 5);
	assert_int_equal(sum.runs, 1);
	assert_int_equal(sum.days, 2);
	assert_int_equal(sum.windows, 40);
	for (int i = 0; i < 2; i++) {
		accounts[i] = account_of(paths[i], 2);
		assert_whole(paths[i]);
		assert_nothing_left(paths[i]);
	}
	assert_string_equal(accounts[0], accounts[1]);
	free(accounts[0]);
	free(accounts[1]);
}

static const char totals_sql[] =
	"SELECT sum(packets_to_server) + 3 * sum(bytes_to_client) + 5 * sum(flows) + "
	"7 * sum(syn_retries) FROM conversation WHERE run = 2";

static void kill_a_prune(const char *path, const struct fa_prune_options *options,
			 unsigned after_us)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		struct fa_store *store = NULL;
		struct fa_prune_result result;

		if (fa_store_open(&store, path, FA_STORE_WRITE, NULL) == 0)
			fa_store_prune(store, options, &result, NULL);
		fa_store_close(store);
		_exit(0);
	}
	assert_true(child > 0);
	usleep(after_us);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
}

static void test_killed(void **state)
{
	struct fa_prune_options options = days_0_to_3;
	char path[256];
	char *before;
	char *after;
	int64_t totals;

	(void)state;
	snprintf(path, sizeof(path), "%s", fixture_path("a.db"));
	add_live(path, 30, 400);
	add_live(path, 30, 400);
	/* The first one goes, the other stays. */
	fixture_sql(path, "UPDATE run SET last_ns = 0 WHERE id = 1");
	options.retain_ns = 90 * DAY_NS;
	before = account_of(path, 2);
	totals = fixture_sql(path, totals_sql);
	for (unsigned i = 0; i < 25; i++) {
		kill_a_prune(path, &options, 3000 + i * 2500);
		each_text(path, "PRAGMA integrity_check", is_ok, NULL);
		assert_int_equal(fixture_sql(path, totals_sql), totals);
		if (i % 8 == 7) {
			after = account_of(path, 2);
			assert_string_equal(before, after);
			free(after);
		}
	}
	prune_file(path, options);
	after = account_of(path, 2);
	assert_string_equal(before, after);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM \"window\""), 2);
	assert_int_equal(runs_left(path), 1);
	assert_nothing_left(path);
	assert_whole(path);
	free(before);
	free(after);
}

/* What a killed call may leave: the run gone, rows of it there. */
static void test_leftovers(void **state)
{
	char path[256];
	struct fa_prune_result result;

	(void)state;
	snprintf(path, sizeof(path), "%s", fixture_path("a.db"));
	add_live(path, 3, 10);
	add_replay(path, 1, DAY_0, 0);
	fixture_sql(path, "DELETE FROM run");
	result = prune_file(path, (struct fa_prune_options){.retain_ns = 0});
	assert_int_equal(result.runs, 0);
	assert_true(result.conversations > 20);
	assert_nothing_left(path);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM host"), 0);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM catalog"), 0);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM rule"), 0);
	assert_whole(path);
}

static void test_live_runs(void **state)
{
	struct fa_run_totals totals = {.end = FA_RUN_UNFINISHED};
	const struct fa_prune_options all = {.retain_ns = 1};
	char path[256];
	struct fa_store *writer;
	int64_t run;

	(void)state;
	snprintf(path, sizeof(path), "%s", fixture_path("a.db"));
	writer = begin_live(path, 100, &run);
	add_window(writer, 0, 5, &totals, false);
	/* Somebody writes it: neither the writer nor others remove it, however old it is. */
	make_older(path, run, 400);
	assert_int_equal(prune(writer, all).runs, 0);
	assert_int_equal(prune_file(path, all).runs, 0);
	fa_store_close(writer);
	/* Nobody does. */
	assert_int_equal(prune_file(path, all).runs, 1);
	assert_int_equal(runs_left(path), 0);
	assert_nothing_left(path);
}

static void test_busy(void **state)
{
	struct fa_run_totals totals = {.end = FA_RUN_UNFINISHED};
	const struct fa_prune_options options = {.now_ns = DAY_0 + 11 * DAY_NS,
						 .rollup_ns = 7 * DAY_NS, .max_ms = 1000};
	struct fa_prune_result result;
	struct fa_diag diag = {""};
	char path[256];
	struct fa_store *writer;
	sqlite3 *other;

	(void)state;
	snprintf(path, sizeof(path), "%s", fixture_path("a.db"));
	writer = begin_live(path, 100, NULL);
	for (unsigned hour = 0; hour < 5; hour++)
		add_window(writer, hour, 5, &totals, false);
	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(fa_store_prune(writer, &options, &result, &diag), FA_EBUSY);
	assert_non_null(strstr(diag.text, "locked"));
	sqlite3_close(other);
	/* Nothing sticks. */
	add_window(writer, 5, 5, &totals, false);
	result = prune(writer, options);
	assert_int_equal(result.windows, 6);
	/* Not in a window. */
	assert_int_equal(fa_store_window_begin(writer, &diag), 0);
	assert_int_equal(fa_store_prune(writer, &options, &result, &diag), FA_EINVAL);
	fa_store_window_rollback(writer);
	fa_store_close(writer);
	/* Nor by who only reads. */
	writer = open_mode(path, FA_STORE_READ);
	assert_int_equal(fa_store_prune(writer, &options, &result, &diag), FA_EINVAL);
	fa_store_close(writer);
	assert_whole(path);
}

/* A file may not become larger: as a full disk, but quicker to make. */
static void limit_files(int64_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes < 0 ? limit.rlim_max : (rlim_t)bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_full_disk(void **state)
{
	struct fa_prune_options options = days_0_to_3;
	struct fa_prune_result result;
	struct fa_diag diag = {""};
	char path[256];
	struct fa_store *store;
	char *before;
	char *after;

	(void)state;
	snprintf(path, sizeof(path), "%s", fixture_path("a.db"));
	add_live(path, 48, 100);
	before = account_of(path, 1);
	signal(SIGXFSZ, SIG_IGN);
	store = open_mode(path, FA_STORE_WRITE);
	for (unsigned kib = 8; kib <= 128; kib += 40) {
		int error;

		limit_files(kib * 1024);
		error = fa_store_prune(store, &options, &result, &diag);
		limit_files(-1);
		assert_true(error == FA_EFULL || error == FA_EIO);
		after = account_of(path, 1);
		assert_string_equal(before, after);
		free(after);
	}
	/* Nothing sticks. */
	result = prune(store, options);
	assert_int_equal(result.days, 2);
	fa_store_close(store);
	signal(SIGXFSZ, SIG_DFL);
	after = account_of(path, 1);
	assert_string_equal(before, after);
	assert_whole(path);
	free(before);
	free(after);
}

/* Rows that a writer has looked up are removed, and it writes on. */
static void cached_rows(bool by_itself, const char *name)
{
	const struct fa_prune_options all = {.retain_ns = 1};
	const struct fa_judgement judgement = fixture_judgement(FA_VERDICT_UNDOCUMENTED, NULL);
	const struct fa_window window = {
		.begun_ns = DAY_0, .ended_ns = DAY_0 + 1, .totals = {.end = FA_RUN_UNFINISHED}};
	const struct fa_run_totals end = {.end = FA_RUN_COMPLETE, .capture.packets = 1};
	struct fa_conversation c = fixture_conversation(77, 78, 79);
	struct fa_prune_result result;
	struct fa_diag diag = {""};
	struct fa_store *writer;
	char path[256];

	snprintf(path, sizeof(path), "%s", fixture_path(name));
	strcpy(c.id.host, "only.here");
	writer = begin_live(path, 100, NULL);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(fa_store_window_begin(writer, &diag), 0);
		fixture_add(writer, &c, &judgement);
		assert_int_equal(fa_store_window_commit(writer, &window, &end, &diag), 0);
		if (i == 1)
			break;
		/* The run has ended, another one has begun, and the first one goes. */
		begin_on(writer);
		result = by_itself ? prune(writer, all) : prune_file(path, all);
		assert_int_equal(result.runs, 1);
		assert_int_equal(result.unused, 5);
	}
	fa_store_close(writer);
	assert_whole(path);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM v_conversation "
					   "WHERE host = 'only.here' AND client = '10.0.0.77'"),
			 1);
}

static void test_cached_rows(void **state)
{
	(void)state;
	cached_rows(true, "a.db");
	cached_rows(false, "b.db");
}

static int64_t file_size(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void test_space(void **state)
{
	const struct fa_prune_options all = {.retain_ns = 1};
	struct fa_prune_result result;
	struct fa_store *store;
	char path[256];
	char wal[260];
	int64_t before;

	(void)state;
	snprintf(path, sizeof(path), "%s", fixture_path("a.db"));
	snprintf(wal, sizeof(wal), "%s-wal", path);
	add_live(path, 48, 200);
	before = file_size(path);
	assert_true(before > 900000);
	store = open_mode(path, FA_STORE_WRITE);
	result = prune(store, all);
	/* At once, while the handle stays open. */
	assert_int_equal(file_size(wal), 0);
	assert_int_equal(result.space, FA_SPACE_GIVEN_BACK);
	assert_int_equal(result.bytes_given_back, before - file_size(path));
	assert_int_equal(result.bytes_free, 0);
	assert_true(file_size(path) < 400000);
	fa_store_close(store);
}

static void make_old_kind(const char *path)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA auto_vacuum = NONE; VACUUM", NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(fixture_sql(path, "PRAGMA auto_vacuum"), 0);
}

static void test_space_of_old_database(void **state)
{
	struct fa_prune_options all = {.retain_ns = 1, .max_ms = 60000};
	struct fa_prune_result result;
	struct fa_store *store;
	struct fa_store *reader;
	char path[256];
	int64_t before;

	(void)state;
	snprintf(path, sizeof(path), "%s", fixture_path("a.db"));
	add_live(path, 48, 200);
	make_old_kind(path);
	before = file_size(path);
	/* Not by a capture, which has no time for it; nor while another program looks. */
	result = prune_file(path, all);
	assert_int_equal(result.runs, 1);
	assert_int_equal(result.space, FA_SPACE_IN_USE);
	assert_int_equal(result.bytes_given_back, 0);
	assert_true(result.bytes_free > 500000);
	all.max_ms = 0;
	store = open_mode(path, FA_STORE_WRITE);
	reader = open_mode(path, FA_STORE_READ);
	result = prune(store, all);
	assert_int_equal(result.space, FA_SPACE_IN_USE);
	assert_true(result.bytes_free > 500000);
	fa_store_close(reader);
	fa_store_close(store);
	result = prune_file(path, all);
	assert_int_equal(result.space, FA_SPACE_GIVEN_BACK);
	assert_int_equal(result.bytes_given_back, before - file_size(path));
	assert_true(result.bytes_given_back > 500000);
	assert_int_equal(result.bytes_free, 0);
	/* Once. */
	assert_int_equal(fixture_sql(path, "PRAGMA auto_vacuum"), 2);
	assert_whole(path);
}

static void test_dry_run(void **state)
{
	struct fa_prune_options options = days_0_to_3;
	struct fa_prune_result would;
	struct fa_prune_result did;
	struct fa_store *store;
	char path[256];
	int64_t before;

	(void)state;
	snprintf(path, sizeof(path), "%s", fixture_path("a.db"));
	add_live(path, 49, 200);
	add_live(path, 30, 200);
	fixture_sql(path, "UPDATE run SET last_ns = 0 WHERE id = 2");
	options.retain_ns = 90 * DAY_NS;
	options.dry_run = true;
	before = fixture_sql(path, totals_sql);
	store = open_mode(path, FA_STORE_READ);
	would = prune(store, options);
	fa_store_close(store);
	assert_int_equal(fixture_sql(path, totals_sql), before);
	assert_int_equal(runs_left(path), 2);
	options.dry_run = false;
	did = prune_file(path, options);
	assert_int_equal(would.runs, 1);
	assert_int_equal(did.runs, would.runs);
	assert_int_equal(did.conversations, would.conversations);
	assert_int_equal(did.days, would.days);
	assert_int_equal(did.windows, would.windows);
	assert_int_equal(did.rows_before, would.rows_before);
	assert_int_equal(did.rows_after, would.rows_after);
	/* An estimate. */
	assert_true(would.bytes_given_back > did.bytes_given_back / 2);
	assert_true(would.bytes_given_back < did.bytes_given_back * 2);
}

/* Somebody else writes a live run meanwhile, and does not starve. */
static void test_beside_a_writer(void **state)
{
	struct fa_prune_options options = days_0_to_3;
	struct fa_run_totals totals = {.end = FA_RUN_UNFINISHED};
	char path[256];
	char *before;
	char *after;
	struct fa_store *writer;
	unsigned windows = 0;
	int status;
	pid_t child;

	(void)state;
	snprintf(path, sizeof(path), "%s", fixture_path("a.db"));
	/* What the writer looks up is what nothing refers to when the first run has gone. */
	first_client = 1000;
	add_live(path, 72, 150);
	first_client = 0;
	add_live(path, 72, 150);
	first_client = 1000;
	fixture_sql(path, "UPDATE run SET last_ns = 0 WHERE id = 1");
	options.retain_ns = 90 * DAY_NS;
	before = account_of(path, 2);
	writer = begin_live(path, 3000, NULL);
	child = fork();
	if (child == 0) {
		struct fa_store *store = NULL;
		struct fa_prune_result result;
		int error = fa_store_open(&store, path, FA_STORE_WRITE, NULL);

		struct fa_diag diag = {""};

		if (error == 0)
			error = fa_store_prune(store, &options, &result, &diag);
		if (error != 0 || result.runs != 1 || result.days != 3)
			fprintf(stderr, "%s: %" PRIu64 " runs, %" PRIu64 " days\n", diag.text,
				result.runs, result.days);
		_exit(error == 0 && result.runs == 1 && result.days == 3 ? 0 : 1);
	}
	assert_true(child > 0);
	while (waitpid(child, &status, WNOHANG) == 0) {
		add_window(writer, 2400 + windows++, 50, &totals, false);
		usleep(2000);
	}
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	fa_store_close(writer);
	after = account_of(path, 2);
	assert_string_equal(before, after);
	first_client = 0;
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM \"window\" WHERE run = 3"),
			 windows);
	assert_int_equal(fixture_sql(path, "SELECT sum(conversations) FROM \"window\" "
					   "WHERE run = 3"),
			 fixture_sql(path, "SELECT count(*) FROM v_conversation WHERE run = 3"));
	assert_nothing_left(path);
	assert_whole(path);
	free(before);
	free(after);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_old_runs_go),
		TEST(test_what_is_fresh_stays),
		TEST(test_unfinished_replays),
		TEST(test_rollup),
		TEST(test_rollup_keeps_vlans_apart),
		TEST(test_rollup_finds_nothing_to_do),
		TEST(test_late_window),
		TEST(test_in_pieces),
		TEST(test_killed),
		TEST(test_leftovers),
		TEST(test_live_runs),
		TEST(test_busy),
		TEST(test_full_disk),
		TEST(test_cached_rows),
		TEST(test_space),
		TEST(test_space_of_old_database),
		TEST(test_dry_run),
		TEST(test_beside_a_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
