/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Addresses, names, judgements and catalogs that nothing refers to any more. There are no indexes
 * to ask, and conversations are many: all of them are looked at once, without a lock, and what they
 * refer to is marked in sets of bits. Then, with the lock, those that came meanwhile are looked at
 * as well, and some of what is not marked is removed; and so on to the end of the tables.
 *
 * Writers may have looked up a row before and refer to it later: the change of the database tells
 * them to look again (fa_store_check_caches).
 */
#include "store/pruning.h"

#include <stdlib.h>
#include <string.h>

#include "base/slots.h"

/* Rows that are looked at in one step. */
#define LOOK 50000
/* Larger tables are of a database that somebody made to do harm: 512 MB of bits. */
#define ROWS_MAX (INT64_C(1) << 32)

enum { COLUMNS = 7, SOURCES = 2 };

/* What the columns below refer to. */
static const unsigned kinds[COLUMNS] = {
	FA_SWEPT_HOST, FA_SWEPT_HOST, FA_SWEPT_NAME, FA_SWEPT_NAME,
	FA_SWEPT_NAME, FA_SWEPT_NAME, FA_SWEPT_JUDGEMENT,
};

static const char *const sources[SOURCES] = {
	"SELECT n, client, server, tunnel, protocol, application, host, judgement "
	"FROM conversation WHERE run = ?1 AND n > ?2 ORDER BY n LIMIT ?3",
	"SELECT number, client, server, 0, protocol, application, host, judgement "
	"FROM finding WHERE run = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
};

static const struct {
	const char *last, *next, *remove;
} swept[FA_SWEPT_COUNT] = {
#define SWEPT(table)                                                                               \
	{"SELECT max(id) FROM " table,                                                             \
	 "SELECT id FROM " table " WHERE id > ?1 AND id <= ?2 ORDER BY id",                        \
	 "DELETE FROM " table " WHERE id = ?1"}
	[FA_SWEPT_HOST] = SWEPT("host"),
	[FA_SWEPT_NAME] = SWEPT("name"),
	[FA_SWEPT_JUDGEMENT] = SWEPT("judgement"),
};

/* A catalog goes as a whole: as long as a run was judged with it, or a rule is referred to. */
static const char *const remove_catalogs[] = {
	"DELETE FROM rule WHERE catalog NOT IN (SELECT catalog FROM run_catalog) "
	"AND catalog NOT IN (SELECT catalog FROM rule WHERE id IN ("
	"SELECT rule FROM judgement UNION ALL SELECT nearest FROM judgement UNION ALL "
	"SELECT rule FROM finding UNION ALL SELECT nearest FROM finding UNION ALL "
	"SELECT rule FROM expectation))",
	"DELETE FROM catalog WHERE id NOT IN (SELECT catalog FROM run_catalog) "
	"AND NOT EXISTS (SELECT 1 FROM rule r WHERE r.catalog = catalog.id)",
};

void fa_sweep_deinit(struct fa_sweep *sweep)
{
	for (size_t i = 0; i < FA_SWEPT_COUNT; i++)
		free(sweep->used[i]);
	free(sweep->runs);
	memset(sweep, 0, sizeof(*sweep));
}

static void mark(struct fa_sweep *sweep, unsigned kind, int64_t row)
{
	if (row >= 0 && row <= sweep->count[kind])
		sweep->used[kind][row / 8] |= (uint8_t)(1u << row % 8);
}

static bool is_marked(const struct fa_sweep *sweep, unsigned kind, int64_t row)
{
	return (sweep->used[kind][row / 8] & 1u << row % 8) != 0;
}

/* False, and nothing is removed, when a table has numbers that no program of ours gave. */
static int begin(struct fa_pruning *p, bool *possible)
{
	struct fa_sweep *sweep = &p->sweep;
	int rc = SQLITE_OK;

	*possible = true;
	for (size_t i = 0; rc == SQLITE_OK && i < FA_SWEPT_COUNT; i++) {
		rc = fa_prune_int(p, swept[i].last, NULL, &sweep->count[i]);
		if (rc != SQLITE_OK)
			return rc;
		if (sweep->count[i] < 0 || sweep->count[i] > ROWS_MAX)
			*possible = false;
		else
			sweep->used[i] = calloc((size_t)sweep->count[i] / 8 + 1, 1);
		if (*possible && sweep->used[i] == NULL)
			rc = SQLITE_NOMEM;
	}
	return rc;
}

/* The place of a run in the list, which is in their order; NULL: no memory. */
static struct fa_swept_run *find_run(struct fa_sweep *sweep, int64_t run)
{
	size_t i = 0;
	size_t end = sweep->run_count;

	while (i < end) {
		size_t middle = i + (end - i) / 2;

		if (sweep->runs[middle].run < run)
			i = middle + 1;
		else
			end = middle;
	}
	if (i < sweep->run_count && sweep->runs[i].run == run)
		return &sweep->runs[i];
	if (!fa_array_reserve((void **)&sweep->runs, &sweep->run_room, sweep->run_count + 1,
			      sizeof(*sweep->runs)))
		return NULL;
	memmove(&sweep->runs[i + 1], &sweep->runs[i],
		(sweep->run_count - i) * sizeof(*sweep->runs));
	sweep->run_count++;
	sweep->runs[i] = (struct fa_swept_run){.run = run, .last = {-1, -1}};
	return &sweep->runs[i];
}

/* Looks at up to *LEFT rows of a run that were not looked at before. */
static int look_at_rows(struct fa_sweep *sweep, sqlite3_stmt *stmt, struct fa_swept_run *run,
			unsigned source, int64_t *left)
{
	struct fa_binder b = fa_binder(stmt);
	int rc;

	fa_bind_int(&b, run->run);
	fa_bind_int(&b, run->last[source]);
	fa_bind_int(&b, *left);
	rc = b.rc;
	while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct fa_columns c = fa_columns(stmt);

		rc = SQLITE_OK;
		run->last[source] = fa_column_int(&c);
		for (size_t i = 0; i < COLUMNS; i++)
			mark(sweep, kinds[i], fa_column_int(&c));
		(*left)--;
	}
	sqlite3_reset(stmt);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int look_at_run(struct fa_sweep *sweep, sqlite3_stmt *const stmts[SOURCES], int64_t id,
		       int64_t *left)
{
	struct fa_swept_run *run = find_run(sweep, id);
	int rc = run == NULL ? SQLITE_NOMEM : SQLITE_OK;

	for (unsigned i = 0; rc == SQLITE_OK && *left > 0 && i < SOURCES; i++)
		rc = look_at_rows(sweep, stmts[i], run, i, left);
	return rc;
}

/* *LEFT stays above 0 when there were not so many rows. */
static int look(struct fa_pruning *p, int64_t *left)
{
	sqlite3_stmt *stmts[SOURCES] = {NULL};
	sqlite3_stmt *runs = NULL;
	int rc = fa_store_prepare(p->store, "SELECT id FROM run ORDER BY id", &runs);

	for (size_t i = 0; rc == SQLITE_OK && i < SOURCES; i++)
		rc = fa_store_prepare(p->store, sources[i], &stmts[i]);
	while (rc == SQLITE_OK && *left > 0 && (rc = sqlite3_step(runs)) == SQLITE_ROW)
		rc = look_at_run(&p->sweep, stmts, sqlite3_column_int64(runs, 0), left);
	sqlite3_finalize(runs);
	for (size_t i = 0; i < SOURCES; i++)
		sqlite3_finalize(stmts[i]);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int remove_marked_not(struct fa_pruning *p, sqlite3_stmt *next, sqlite3_stmt *remove)
{
	struct fa_sweep *sweep = &p->sweep;
	int64_t removed = 0;
	int rc = SQLITE_OK;

	/* Looking is cheaper than removing. */
	for (int64_t i = 0; rc == SQLITE_OK && removed < p->rows && i < 16 * p->rows; i++) {
		struct fa_binder b = fa_binder(remove);

		rc = sqlite3_step(next);
		if (rc != SQLITE_ROW)
			break;
		rc = SQLITE_OK;
		sweep->row = sqlite3_column_int64(next, 0);
		if (is_marked(sweep, sweep->table, sweep->row))
			continue;
		fa_bind_int(&b, sweep->row);
		rc = fa_sql_do(&b);
		removed++;
	}
	p->result->unused += (uint64_t)removed;
	if (rc == SQLITE_DONE) {
		sweep->table++;
		sweep->row = 0;
		rc = SQLITE_OK;
	}
	return rc;
}

static int remove_rows(struct fa_pruning *p)
{
	struct fa_sweep *sweep = &p->sweep;
	sqlite3_stmt *next = NULL;
	sqlite3_stmt *remove = NULL;
	struct fa_binder b;
	int rc = fa_store_prepare(p->store, swept[sweep->table].next, &next);

	if (rc == SQLITE_OK)
		rc = fa_store_prepare(p->store, swept[sweep->table].remove, &remove);
	if (rc == SQLITE_OK) {
		b = fa_binder(next);
		fa_bind_int(&b, sweep->row);
		fa_bind_int(&b, sweep->count[sweep->table]);
		rc = b.rc;
	}
	if (rc == SQLITE_OK)
		rc = remove_marked_not(p, next, remove);
	sqlite3_finalize(next);
	sqlite3_finalize(remove);
	return rc;
}

static int remove_last(struct fa_pruning *p)
{
	int rc = SQLITE_OK;

	for (size_t i = 0; rc == SQLITE_OK && i < 2; i++)
		rc = fa_prune_sql(p, remove_catalogs[i], NULL);
	if (rc == SQLITE_OK)
		p->result->unused += (uint64_t)sqlite3_changes64(p->store->db);
	return rc;
}

static int sweep_some(struct fa_pruning *p)
{
	int64_t all = INT64_MAX;
	int rc = fa_prune_begin(p);

	if (rc == SQLITE_OK)
		rc = look(p, &all);
	if (rc == SQLITE_OK && p->sweep.table < FA_SWEPT_COUNT)
		rc = remove_rows(p);
	else if (rc == SQLITE_OK)
		rc = remove_last(p);
	if (rc == SQLITE_OK)
		rc = fa_prune_commit(p, &p->rows);
	/* Of this handle, too: what it does itself does not count as a change of the database. */
	fa_store_clear_caches(p->store);
	return rc;
}

int fa_sweep_step(struct fa_pruning *p, bool *done)
{
	struct fa_sweep *sweep = &p->sweep;
	int64_t left = LOOK;
	bool last = sweep->table == FA_SWEPT_COUNT;
	int rc = SQLITE_OK;

	if (sweep->used[0] == NULL) {
		if (!p->removed && p->options.max_ms > 0) {
			*done = true;
			return SQLITE_OK;
		}
		rc = begin(p, &last);
		*done = rc == SQLITE_OK && !last;
		return rc;
	}
	rc = look(p, &left);
	if (rc != SQLITE_OK || left == 0)
		return rc;
	rc = sweep_some(p);
	*done = rc == SQLITE_OK && last;
	return rc;
}
