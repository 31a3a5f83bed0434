/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rolling up: conversations of a run that have the same identity, judgement and finding become one
 * row for each day of UTC, the row of them that came first, with the sums of all; so sums, findings
 * and reports stay as they are. When no row of the run is left to do, its windows of each of these
 * days become one, too, with all that they lost. That is how a day that was rolled up is told from
 * one that was not.
 *
 * Rows are gone through in the order of their numbers, a few thousand in one transaction, after a
 * look ahead that locks nobody out. What was found before is remembered in a temporary table;
 * whoever starts again finds the sums so far in the rows themselves, and adds to them.
 */
#include "store/pruning.h"

#include <string.h>

#define NAMED_RUN   "?1"
#define ROW_FROM    "?2"
#define ROW_TO	    "?3"
#define BUCKET_FROM "?4"
#define BUCKET_TO   "?5"

/* Rows of this step that are of the days in question. */
#define THESE                                                                                      \
	"run = " NAMED_RUN " AND n >= " ROW_FROM " AND n < " ROW_TO " AND bucket_ns >= "           \
	BUCKET_FROM " AND bucket_ns < " BUCKET_TO

/* The first row of each identity and judgement in each day, */
#define KEY FA_IDENTITY_COLUMNS ", judgement"
static const char make_roll[] =
	"DROP TABLE IF EXISTS temp.fa_roll;"
	"CREATE TEMP TABLE fa_roll (day INTEGER, client INTEGER, server INTEGER, "
	"transport INTEGER, port INTEGER, protocol INTEGER, application INTEGER, host INTEGER, "
	"client_port INTEGER, fragment INTEGER, tunnel INTEGER, tunnel_id INTEGER, "
	"vlan INTEGER, inner_vlan INTEGER, "
	"detection INTEGER, direction INTEGER, judgement INTEGER, first INTEGER, "
	"PRIMARY KEY (day, " KEY ")) WITHOUT ROWID;"
	/* and what is to be added to it: the row itself among them. */
	"DROP TABLE IF EXISTS temp.fa_roll_move;"
	"CREATE TEMP TABLE fa_roll_move (first INTEGER, n INTEGER, PRIMARY KEY (first, n)) "
	"WITHOUT ROWID";

#define SAME(column) "f." column " = c." column " AND "
static const char *const find[] = {
	"DELETE FROM fa_roll_move",
	"INSERT OR IGNORE INTO fa_roll (day, " KEY ", first) SELECT " FA_DAY_OF("bucket_ns")
	" AS day, " KEY ", min(n) FROM conversation WHERE " THESE " GROUP BY day, " KEY,
	/* The first row is looked at again: it has to be there, and of the same finding. */
	"INSERT INTO fa_roll_move (first, n) SELECT f.first, c.n FROM "
	"(SELECT * FROM conversation WHERE " THESE ") c CROSS JOIN fa_roll f ON "
	SAME("client") SAME("server") SAME("transport") SAME("port") SAME("protocol")
	SAME("application") SAME("host") SAME("client_port") SAME("fragment") SAME("tunnel")
	SAME("tunnel_id") SAME("vlan") SAME("inner_vlan") SAME("detection") SAME("direction") SAME("judgement")
	"f.day = " FA_DAY_OF("c.bucket_ns")
	" CROSS JOIN conversation b ON b.run = " NAMED_RUN " AND b.n = f.first "
	"AND b.finding IS c.finding WHERE c.n <> f.first",
	"INSERT OR IGNORE INTO fa_roll_move SELECT first, first FROM fa_roll_move",
};

static const char count_rows[] = "SELECT count(*) FROM conversation WHERE " THESE;

static const char *const move[] = {
	"UPDATE conversation AS u SET (" FA_COUNT_COLUMNS ") = (SELECT " FA_COUNT_SUMS
	" FROM fa_roll_move m CROSS JOIN conversation c ON c.run = " NAMED_RUN " AND c.n = m.n "
	"WHERE m.first = u.n) WHERE run = " NAMED_RUN
	" AND n IN (SELECT first FROM fa_roll_move)",
	"DELETE FROM conversation WHERE run = " NAMED_RUN
	" AND n IN (SELECT n FROM fa_roll_move WHERE n <> first)",
	/* What stays is of the whole day. */
	"UPDATE conversation SET bucket_ns = " FA_DAY_OF("bucket_ns")
	" WHERE " THESE " AND bucket_ns <> " FA_DAY_OF("bucket_ns"),
};
enum { MOVED = 1 }; /* of them */

/* Rows come in the order of time, so that earlier days are not needed any more; with one day for
 * what came late. */
static const char forget_days[] =
	"DELETE FROM fa_roll WHERE day < (SELECT min(bucket_ns) FROM conversation WHERE " THESE
	") - 2 * " FA_DAY_SQL;

static const char next_row[] = "SELECT n FROM conversation WHERE run = ?1 AND n >= ?2 "
			       "ORDER BY n LIMIT 1 OFFSET ?3";

/* Columns of windows that are summed. */
#define SUMMED(X)                                                                                  \
	X(conversations) X(packets) X(frame_bytes) X(duplicates) X(cut) X(dropped_kernel)          \
	X(dropped_interface) X(dropped_ring) X(time_backwards) X(files) X(files_truncated)         \
	X(worker_packets) X(flows) X(flows_evicted) X(inspections_evicted) X(inspection_calls)     \
	X(conversations_out) X(fragments_unmatched) X(sequence_gap_bytes) X(tcp_bytes)             \
	X(one_way_flows) X(workers_replaced) X(packets_lost) X(flows_lost) X(judged_early)         \
	X(down_ns) X(evidence_dropped) X(duplicates_left) X(acked_unseen_bytes)
#define NAME_OF(column) #column ", "
#define SUM_OF(column)	"sum(" #column "), "
#define WITH_PACKETS(what, column)                                                                 \
	"ifnull(" what "(CASE WHEN packets > 0 THEN " column " END), 0)"

#define WINDOW_DAYS                                                                                \
	"SELECT run, " FA_DAY_OF("begun_ns") " AS day, count(*) AS windows FROM \"window\" "       \
	"WHERE run IN (SELECT id FROM run WHERE bucket_ns < " FA_DAY_SQL ") "                      \
	"AND run > ?1 AND ended_ns <= ?2 GROUP BY run, day HAVING count(*) > 1"

static const char next_run[] =
	"SELECT run, min(day), max(day) + " FA_DAY_SQL " FROM (" WINDOW_DAYS ") GROUP BY run "
	"ORDER BY run LIMIT 1";

/* ?1 the run, ?2 the limit. */
static const char *const join_windows[] = {
	"DROP TABLE IF EXISTS temp.fa_roll_window",
	"CREATE TEMP TABLE fa_roll_window (first INTEGER, n INTEGER, PRIMARY KEY (first, n)) "
	"WITHOUT ROWID",
	"INSERT INTO fa_roll_window SELECT first, n FROM (SELECT n, "
	"min(n) OVER day AS first, count(*) OVER day AS windows FROM \"window\" "
	"WHERE run = ?1 AND ended_ns <= ?2 "
	"WINDOW day AS (PARTITION BY " FA_DAY_OF("begun_ns") ")) WHERE windows > 1",
	"UPDATE \"window\" AS u SET (" SUMMED(NAME_OF) "first_ns, last_ns, begun_ns, ended_ns) = "
	"(SELECT " SUMMED(SUM_OF) WITH_PACKETS("min", "first_ns") ", "
	WITH_PACKETS("max", "last_ns") ", min(begun_ns), max(ended_ns) "
	"FROM fa_roll_window m CROSS JOIN \"window\" w ON w.run = ?1 AND w.n = m.n "
	"WHERE m.first = u.n) WHERE run = ?1 AND n IN (SELECT first FROM fa_roll_window)",
	"INSERT INTO window_decode (run, n, reason, count) "
	"SELECT ?1, m.first, d.reason, sum(d.count) FROM fa_roll_window m "
	"CROSS JOIN window_decode d ON d.run = ?1 AND d.n = m.n WHERE m.n <> m.first "
	"GROUP BY m.first, d.reason "
	"ON CONFLICT (run, n, reason) DO UPDATE SET count = count + excluded.count",
	"DELETE FROM window_decode WHERE run = ?1 "
	"AND n IN (SELECT n FROM fa_roll_window WHERE n <> first)",
	"DELETE FROM \"window\" WHERE run = ?1 "
	"AND n IN (SELECT n FROM fa_roll_window WHERE n <> first)",
};

int fa_rollup_next(struct fa_pruning *p)
{
	struct fa_rolling *r = &p->rolling;
	sqlite3_stmt *stmt = NULL;
	struct fa_binder b;
	struct fa_columns c;
	int64_t after = r->run;
	int rc;

	memset(r, 0, sizeof(*r));
	if (p->rolled_before_ns == 0)
		return SQLITE_OK;
	rc = fa_store_prepare(p->store, next_run, &stmt);
	if (rc == SQLITE_OK) {
		b = fa_binder(stmt);
		fa_bind_int(&b, after);
		fa_bind_int(&b, p->rolled_before_ns);
		rc = b.rc == SQLITE_OK ? sqlite3_step(stmt) : b.rc;
	}
	if (rc == SQLITE_ROW) {
		c = fa_columns(stmt);
		r->run = fa_column_int(&c);
		r->from_ns = fa_column_int(&c);
		r->to_ns = fa_column_int(&c);
	}
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* What ?1 to ?5 are. The rows of this step end at INT64_MAX when they are the last. */
static int set_range(struct fa_pruning *p, int64_t values[5])
{
	const struct fa_rolling *r = &p->rolling;
	const int64_t here[] = {r->run, r->n, p->rows};
	int64_t to;
	int rc = fa_prune_int(p, next_row, here, &to);

	values[0] = r->run;
	values[1] = r->n;
	values[2] = to != 0 ? to : INT64_MAX;
	values[3] = r->from_ns;
	values[4] = r->to_ns;
	return rc;
}

/* What is to be done with these rows, into the temporary tables. */
static int find_rows(struct fa_pruning *p, const int64_t values[5], int64_t *rows)
{
	int rc = fa_prune_int(p, count_rows, values, rows);

	for (size_t i = 0; rc == SQLITE_OK && i < sizeof(find) / sizeof(find[0]); i++)
		rc = fa_prune_sql(p, find[i], values);
	return rc;
}

/* The longer part of it, while others may write. VERSION tells whether they did. */
static int look_ahead(struct fa_pruning *p, int64_t values[5], int64_t *rows, int64_t *version)
{
	int rc = fa_sql_run(p->store->db, "BEGIN");

	if (rc == SQLITE_OK)
		rc = set_range(p, values);
	if (rc == SQLITE_OK)
		rc = find_rows(p, values, rows);
	if (rc == SQLITE_OK)
		rc = fa_sql_int(p->store->db, "PRAGMA data_version", version);
	return rc == SQLITE_OK ? fa_sql_run(p->store->db, "COMMIT") : rc;
}

static int look_again(struct fa_pruning *p, const int64_t values[5], int64_t *rows, int64_t version)
{
	int64_t now = 0;
	int rc = fa_sql_int(p->store->db, "PRAGMA data_version", &now);

	return rc == SQLITE_OK && now != version ? find_rows(p, values, rows) : rc;
}

static int roll_rows(struct fa_pruning *p, int64_t *to)
{
	int64_t values[5];
	int64_t version = 0;
	int64_t moved = 0;
	int64_t rows;
	int rc = look_ahead(p, values, &rows, &version);

	if (rc == SQLITE_OK)
		rc = fa_prune_begin(p);
	if (rc == SQLITE_OK)
		rc = look_again(p, values, &rows, version);
	for (size_t i = 0; rc == SQLITE_OK && i < sizeof(move) / sizeof(move[0]); i++) {
		rc = fa_prune_sql(p, move[i], values);
		if (i == MOVED)
			moved = sqlite3_changes64(p->store->db);
	}
	if (rc == SQLITE_OK)
		rc = fa_prune_commit(p, &p->rows);
	if (rc != SQLITE_OK)
		return rc;
	p->result->rows_before += (uint64_t)rows;
	p->result->rows_after += (uint64_t)(rows - moved);
	*to = values[2];
	return fa_prune_sql(p, forget_days, values);
}

static int count_days(struct fa_pruning *p)
{
	const int64_t values[] = {p->rolling.run - 1, p->rolled_before_ns, p->rolling.run};
	int64_t days;
	int64_t windows;
	int rc = fa_prune_int(p, "SELECT count(*) FROM (" WINDOW_DAYS ") WHERE run = ?3", values,
			      &days);

	if (rc == SQLITE_OK)
		rc = fa_prune_int(p,
				  "SELECT sum(windows) FROM (" WINDOW_DAYS ") WHERE run = ?3",
				  values, &windows);
	if (rc == SQLITE_OK) {
		p->result->days += (uint64_t)days;
		p->result->windows += (uint64_t)windows;
	}
	return rc;
}

static int roll_windows(struct fa_pruning *p)
{
	const int64_t values[] = {p->rolling.run, p->rolled_before_ns};
	int rc = fa_prune_begin(p);

	if (rc == SQLITE_OK)
		rc = count_days(p);
	for (size_t i = 0; rc == SQLITE_OK && i < sizeof(join_windows) / sizeof(join_windows[0]);
	     i++)
		rc = fa_prune_sql(p, join_windows[i], values);
	return rc == SQLITE_OK ? fa_prune_commit(p, NULL) : rc;
}

int fa_rollup_step(struct fa_pruning *p, bool *done)
{
	struct fa_rolling *r = &p->rolling;
	int64_t to;
	int rc;

	if (r->run == 0 || r->n == INT64_MAX) {
		rc = fa_rollup_next(p);
		*done = rc == SQLITE_OK && r->run == 0;
		return rc == SQLITE_OK && !*done ? fa_sql_run(p->store->db, make_roll) : rc;
	}
	rc = roll_rows(p, &to);
	if (rc == SQLITE_OK && to == INT64_MAX)
		rc = roll_windows(p);
	if (rc == SQLITE_OK)
		r->n = to;
	return rc;
}

int fa_rollup_plan(struct fa_pruning *p)
{
	const struct fa_rolling *r = &p->rolling;
	const int64_t values[] = {r->run, 0, INT64_MAX, r->from_ns, r->to_ns};
	int64_t rows;
	int64_t groups = 0;
	int rc = fa_prune_int(p, count_rows, values, &rows);

	if (rc == SQLITE_OK)
		rc = fa_prune_int(p,
				  "SELECT count(*) FROM (SELECT 1 FROM conversation WHERE " THESE
				  " GROUP BY " FA_DAY_OF("bucket_ns") ", " KEY ", finding)",
				  values, &groups);
	if (rc != SQLITE_OK)
		return rc;
	p->result->rows_before += (uint64_t)rows;
	p->result->rows_after += (uint64_t)groups;
	return count_days(p);
}
