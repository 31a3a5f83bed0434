/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pruning: the cycle, and runs that go. The row of a run goes first, so that nobody finds half a
 * run; rows of runs that are gone go after it, also those that a killed call has left.
 */
#include "store/pruning.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/time.h"

/*
 * How long a transaction should take: others wait for it. Time of the processor tells how many rows
 * are enough, and with few of them each is more work; but who waits has only the clock.
 */
#define SHORT_NS     15000000ll
#define LONG_NS	     35000000ll
#define TOO_LONG_NS  100000000ll
#define PAUSE_MAX_NS 50000000ll

enum { AMOUNT_MIN = 64, AMOUNT_FIRST = 512, AMOUNT_MAX = 65536 };

/* Tables with rows of runs, and what tells these apart. The largest come first. */
static const struct {
	const char *table, *key;
} tables[] = {
	{"conversation", "n"},	     {"expectation", "n"},   {"finding", "number"},
	{"place", "n"},		     {"window_decode", "n"}, {"window", "n"},
	{"crash", "n"},		     {"instance", "n"},	     {"waiver", "waiver"},
	{"run_input", "n"},	     {"run_verdict", "verdict"}, {"run_catalog", "catalog"},
	{"run_link_type", "position"}, {"run_decode", "reason"},
	{"run_layer", "layer"},	     {"run_interface", "n"},
};

#define TABLE_COUNT (sizeof(tables) / sizeof(tables[0]))

static int64_t wall_clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * FA_NS_PER_SECOND + ts.tv_nsec;
}

static int bind_all(struct fa_store *store, const char *sql, const int64_t *values,
		    sqlite3_stmt **stmt, struct fa_binder *b)
{
	int rc = fa_store_prepare(store, sql, stmt);

	if (rc != SQLITE_OK)
		return rc;
	*b = fa_binder(*stmt);
	for (int i = 0; i < sqlite3_bind_parameter_count(*stmt); i++)
		fa_bind_int(b, values[i]);
	return b->rc;
}

int fa_prune_sql(struct fa_pruning *p, const char *sql, const int64_t *values)
{
	sqlite3_stmt *stmt = NULL;
	struct fa_binder b;
	int rc = bind_all(p->store, sql, values, &stmt, &b);

	if (rc == SQLITE_OK)
		rc = fa_sql_do(&b);
	sqlite3_finalize(stmt);
	return rc;
}

int fa_prune_int(struct fa_pruning *p, const char *sql, const int64_t *values, int64_t *out)
{
	sqlite3_stmt *stmt = NULL;
	struct fa_binder b;
	int rc = bind_all(p->store, sql, values, &stmt, &b);

	*out = 0;
	if (rc == SQLITE_OK)
		rc = fa_sql_find(&b, out);
	sqlite3_finalize(stmt);
	return rc;
}

static int64_t processor_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * FA_NS_PER_SECOND + ts.tv_nsec;
}

int fa_prune_begin(struct fa_pruning *p)
{
	int rc = fa_sql_run(p->store->db, "BEGIN IMMEDIATE");

	p->begun_ns = fa_monotonic_ns();
	p->begun_processor_ns = processor_ns();
	return rc;
}

static void adapt(struct fa_pruning *p, int64_t held_ns, int64_t *amount)
{
	int64_t used_ns = processor_ns() - p->begun_processor_ns;

	if ((used_ns > LONG_NS || held_ns > TOO_LONG_NS) && *amount > AMOUNT_MIN)
		*amount /= 2;
	else if (used_ns < SHORT_NS && held_ns < TOO_LONG_NS / 2 && *amount < AMOUNT_MAX)
		*amount *= 2;
}

static void sleep_ns(int64_t ns)
{
	struct timespec ts = {.tv_sec = ns / FA_NS_PER_SECOND, .tv_nsec = ns % FA_NS_PER_SECOND};

	nanosleep(&ts, NULL);
}

/*
 * Who waits for a lock looks for it only now and then, so a pause as long as the lock was held is
 * what lets others get it.
 */
static void let_others(struct fa_pruning *p, int64_t held_ns)
{
	int64_t others = 0;

	if (p->options.max_ms > 0 ||
	    fa_prune_int(p, "SELECT 1 FROM run WHERE ending = 'unfinished' LIMIT 1", NULL,
			 &others) != SQLITE_OK || others == 0)
		return;
	sleep_ns(held_ns < PAUSE_MAX_NS ? held_ns : PAUSE_MAX_NS);
}

int fa_prune_commit(struct fa_pruning *p, int64_t *amount)
{
	int rc = fa_sql_run(p->store->db, "COMMIT");
	int64_t held_ns = fa_monotonic_ns() - p->begun_ns;

	if (rc != SQLITE_OK)
		return rc;
	if (amount != NULL)
		adapt(p, held_ns, amount);
	let_others(p, held_ns);
	return SQLITE_OK;
}

/* What decides whether a run goes. */
struct candidate {
	int64_t run, begun_ns, packets, last_ns;
	bool live, unfinished;
};

/* The counts of an unfinished replay are stored at its end; its conversations are there. */
static int last_stored(struct fa_pruning *p, struct candidate *c)
{
	int64_t last_ns = 0;
	int rc = fa_prune_int(p, "SELECT max(last_seen_ns) FROM conversation WHERE run = ?1",
			      &c->run, &last_ns);

	if (c->packets == 0 || c->last_ns < last_ns)
		c->last_ns = last_ns;
	if (last_ns != 0)
		c->packets = 1;
	return rc;
}

static int64_t at_most_a_day(int64_t ns)
{
	return ns < FA_PRUNE_DAY_NS ? ns : FA_PRUNE_DAY_NS;
}

/* Whether somebody may still be busy with it. */
static bool is_fresh(const struct fa_pruning *p, const struct candidate *c)
{
	int64_t day_ago_ns = p->now_ns - FA_PRUNE_DAY_NS;

	if (c->live)
		return c->unfinished && !fa_live_is_gone(p->store, c->run);
	if (c->unfinished)
		return c->begun_ns > day_ago_ns || (c->packets > 0 && c->last_ns > day_ago_ns);
	/* Who replays an old capture wants to read about it. */
	return c->begun_ns > p->now_ns - at_most_a_day(p->options.retain_ns);
}

static bool is_due(const struct fa_pruning *p, const struct candidate *c)
{
	if (c->run == p->store->run || is_fresh(p, c))
		return false;
	return (c->packets > 0 ? c->last_ns : c->begun_ns) < p->removed_before_ns;
}

/* Runs above it are among those that stay whatever their age. */
static int newest_to_go(struct fa_pruning *p, int64_t *run)
{
	int64_t keep = p->options.keep > INT64_MAX ? INT64_MAX : (int64_t)p->options.keep;

	return fa_prune_int(p, "SELECT id FROM run ORDER BY id DESC LIMIT 1 OFFSET ?1", &keep, run);
}

static int next_due(struct fa_pruning *p, sqlite3_stmt *stmt, int64_t *run)
{
	int rc;

	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct fa_columns c = fa_columns(stmt);
		struct candidate one;

		one.run = fa_column_int(&c);
		one.begun_ns = fa_column_int(&c);
		one.packets = fa_column_int(&c);
		one.last_ns = fa_column_int(&c);
		one.live = fa_column_int(&c) != 0;
		one.unfinished = fa_column_int(&c) != 0;
		rc = one.unfinished && !one.live ? last_stored(p, &one) : SQLITE_OK;
		if (rc != SQLITE_OK)
			return rc;
		if (is_due(p, &one)) {
			*run = one.run;
			return SQLITE_OK;
		}
	}
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int fa_prune_next_run(struct fa_pruning *p, int64_t *run)
{
	sqlite3_stmt *stmt = NULL;
	struct fa_binder b;
	int64_t range[2] = {p->run, 0};
	int rc;

	*run = 0;
	if (p->removed_before_ns == 0)
		return SQLITE_OK;
	/* A reader has looked before it took its snapshot. */
	rc = p->store->mode == FA_STORE_WRITE ? fa_live_look(p->store) : SQLITE_OK;
	if (rc == SQLITE_OK)
		rc = newest_to_go(p, &range[1]);
	if (rc == SQLITE_OK)
		rc = bind_all(p->store,
			      "SELECT id, begun_ns, packets, last_ns, kind = 'live', "
			      "ending = 'unfinished' FROM run WHERE id > ?1 AND id <= ?2 "
			      "AND id NOT IN (SELECT run FROM baseline) ORDER BY id",
			      range, &stmt, &b);
	if (rc == SQLITE_OK)
		rc = next_due(p, stmt, run);
	sqlite3_finalize(stmt);
	return rc;
}

/* Removes up to p->rows rows that a table has of a run. */
static int remove_rows(struct fa_pruning *p, size_t table, int64_t run)
{
	const char *name = tables[table].table;
	const char *key = tables[table].key;
	const int64_t values[] = {run, p->rows};
	char sql[256];
	int rc;

	snprintf(sql, sizeof(sql),
		 "DELETE FROM \"%s\" WHERE run = ?1 AND %s IN (SELECT %s FROM \"%s\" "
		 "WHERE run = ?1 LIMIT ?2)",
		 name, key, key, name);
	rc = fa_prune_sql(p, sql, values);
	if (rc == SQLITE_OK && table == 0)
		p->result->conversations += (uint64_t)sqlite3_changes64(p->store->db);
	return rc;
}

/* One run that is old enough, and as many of its rows as fit: of a small one all. */
static int remove_step(struct fa_pruning *p, bool *done)
{
	int64_t run;
	int rc = fa_prune_next_run(p, &run);

	*done = rc == SQLITE_OK && run == 0;
	if (rc != SQLITE_OK || run == 0)
		return rc;
	rc = fa_prune_begin(p);
	if (rc == SQLITE_OK)
		rc = fa_prune_sql(p, "DELETE FROM run WHERE id = ?1", &run);
	for (size_t i = 0; rc == SQLITE_OK && i < TABLE_COUNT; i++)
		rc = remove_rows(p, i, run);
	if (rc == SQLITE_OK)
		rc = fa_prune_commit(p, NULL);
	if (rc != SQLITE_OK)
		return rc;
	p->run = run;
	p->removed = true;
	p->result->runs++;
	return SQLITE_OK;
}

/* A run that has rows in the table and is not there, or 0. Numbers of runs are used only once. */
static int find_gone(struct fa_pruning *p, size_t table, int64_t *run)
{
	const char *name = tables[table].table;
	char sql[512];

	snprintf(sql, sizeof(sql),
		 "WITH RECURSIVE there (run) AS (SELECT min(run) FROM \"%s\" UNION ALL "
		 "SELECT (SELECT min(t.run) FROM \"%s\" t WHERE t.run > there.run) FROM there "
		 "WHERE there.run IS NOT NULL) SELECT run FROM there WHERE run IS NOT NULL "
		 "AND run NOT IN (SELECT id FROM run) LIMIT 1",
		 name, name);
	return fa_prune_int(p, sql, NULL, run);
}

static int gone_step(struct fa_pruning *p, bool *done)
{
	int64_t run = 0;
	size_t i = 0;
	int rc = find_gone(p, 0, &run);

	while (rc == SQLITE_OK && run == 0 && ++i < TABLE_COUNT)
		rc = find_gone(p, i, &run);
	*done = rc == SQLITE_OK && run == 0;
	if (rc != SQLITE_OK || *done)
		return rc;
	rc = fa_prune_begin(p);
	if (rc == SQLITE_OK)
		rc = remove_rows(p, i, run);
	if (rc == SQLITE_OK)
		rc = fa_prune_commit(p, &p->rows);
	p->removed = true;
	return rc;
}

static fa_prune_step *const phases[] = {
	remove_step, gone_step, fa_rollup_step, fa_sweep_step, fa_space_step,
};

#define PHASE_COUNT (sizeof(phases) / sizeof(phases[0]))

static int run_phases(struct fa_pruning *p, int64_t until_ns)
{
	int rc = SQLITE_OK;

	while (rc == SQLITE_OK && p->phase < PHASE_COUNT) {
		bool done = false;

		if (until_ns != 0 && fa_monotonic_ns() >= until_ns) {
			p->result->more = true;
			return SQLITE_OK;
		}
		rc = phases[p->phase](p, &done);
		if (rc != SQLITE_OK || !done)
			continue;
		p->phase++;
		p->rows = AMOUNT_FIRST; /* rows of another kind take another time */
	}
	return rc;
}

void fa_pruning_free(struct fa_pruning *p)
{
	if (p == NULL)
		return;
	fa_sweep_deinit(&p->sweep);
	free(p);
}

/* Days that have not quite ended RANGE_NS ago are not over. */
static int64_t day_before(int64_t now_ns, int64_t range_ns)
{
	return fa_bucket_start(now_ns - range_ns, FA_PRUNE_DAY_NS);
}

/* The cycle that is going on, or a new one. */
static struct fa_pruning *take_up(struct fa_store *store, const struct fa_prune_options *options)
{
	struct fa_pruning *p = store->pruning;

	if (p == NULL)
		p = calloc(1, sizeof(*p));
	if (p == NULL || store->pruning != NULL)
		return p;
	p->store = store;
	p->options = *options;
	p->now_ns = options->now_ns != 0 ? options->now_ns : wall_clock_ns();
	if (options->retain_ns > 0)
		p->removed_before_ns = p->now_ns - options->retain_ns;
	if (options->rollup_ns > 0)
		p->rolled_before_ns = day_before(p->now_ns, options->rollup_ns);
	p->rows = AMOUNT_FIRST;
	p->pages = AMOUNT_FIRST;
	store->pruning = p;
	return p;
}

static void drop_state(struct fa_store *store)
{
	fa_pruning_free(store->pruning);
	store->pruning = NULL;
	fa_sql_run(store->db, "DROP TABLE IF EXISTS temp.fa_roll; "
			      "DROP TABLE IF EXISTS temp.fa_roll_move");
}

static int count_rows(struct fa_pruning *p, int64_t run)
{
	int64_t rows;
	int rc = fa_prune_int(p, "SELECT count(*) FROM conversation WHERE run = ?1", &run, &rows);

	p->result->conversations += (uint64_t)rows;
	return rc;
}

/* What there is to do. */
static int plan(struct fa_pruning *p)
{
	int64_t run = 0;
	int rc = fa_prune_next_run(p, &run);

	while (rc == SQLITE_OK && run != 0) {
		p->result->runs++;
		p->run = run;
		rc = count_rows(p, run);
		if (rc == SQLITE_OK)
			rc = fa_prune_next_run(p, &run);
	}
	if (rc == SQLITE_OK)
		rc = fa_rollup_next(p);
	while (rc == SQLITE_OK && p->rolling.run != 0) {
		p->run = p->rolling.run - 1;
		rc = fa_prune_next_run(p, &run);
		if (rc == SQLITE_OK && run != p->rolling.run)
			rc = fa_rollup_plan(p);
		if (rc == SQLITE_OK)
			rc = fa_rollup_next(p);
	}
	return rc == SQLITE_OK ? fa_space_plan(p) : rc;
}

static int work(struct fa_pruning *p, int max_ms)
{
	/* What a power failure undoes is done again: no need to wait for the disk so often. */
	fa_sql_run(p->store->db, "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4000");
	return run_phases(p, max_ms > 0 ? fa_monotonic_ns() + max_ms * 1000000ll : 0);
}

/* Before the rollback, whose success would be what the database speaks of then. */
static int fail(struct fa_store *store, int rc, struct fa_diag *diag)
{
	int error = fa_store_failed(store, rc, diag);

	if (store->mode == FA_STORE_WRITE && !sqlite3_get_autocommit(store->db))
		fa_sql_run(store->db, "ROLLBACK");
	return error;
}

int fa_store_prune(struct fa_store *store, const struct fa_prune_options *options,
		   struct fa_prune_result *result, struct fa_diag *diag)
{
	struct fa_pruning *p;
	int error = 0;
	int rc;

	memset(result, 0, sizeof(*result));
	if (!options->dry_run) {
		error = fa_store_writable(store, diag);
		if (error == 0 && store->window == FA_WINDOW_OPEN)
			error = fa_fail(diag, FA_EINVAL, "%s: a window is open", store->path);
	}
	if (error != 0)
		return error;
	if (options->dry_run)
		drop_state(store);
	p = take_up(store, options);
	if (p == NULL)
		return fa_fail(diag, FA_ENOMEM, "%s: no memory", store->path);
	p->result = result;
	p->options = *options;
	result->removed_before_ns = p->removed_before_ns;
	result->rolled_before_ns = p->rolled_before_ns;
	rc = options->dry_run ? plan(p) : work(p, options->max_ms);
	if (rc != SQLITE_OK)
		error = fail(store, rc, diag);
	if (!options->dry_run)
		fa_sql_run(store->db,
			   "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000");
	if (!result->more)
		drop_state(store);
	return error;
}
