/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Free pages go back to the file system. A database that can do so a few at a time moves pages from
 * its end into the free places and becomes shorter. One of an older version cannot: it is written
 * anew once, which makes it one that can; for that nobody else may have it open, because it takes
 * as long as it takes.
 */
#include "store/pruning.h"

#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#define INCREMENTAL 2 /* as PRAGMA auto_vacuum says it; sqlite.org/pragma.html#pragma_auto_vacuum */

struct size {
	int64_t page_bytes, pages, free;
};

static int measure(struct fa_pruning *p, struct size *out)
{
	int rc = fa_prune_int(p, "PRAGMA page_size", NULL, &out->page_bytes);

	if (rc == SQLITE_OK)
		rc = fa_prune_int(p, "PRAGMA page_count", NULL, &out->pages);
	if (rc == SQLITE_OK)
		rc = fa_prune_int(p, "PRAGMA freelist_count", NULL, &out->free);
	p->result->bytes_free = (uint64_t)(out->free * out->page_bytes);
	return rc;
}

static void count_given_back(struct fa_pruning *p, const struct size *before,
			     const struct size *after)
{
	if (after->pages < before->pages)
		p->result->bytes_given_back +=
			(uint64_t)((before->pages - after->pages) * before->page_bytes);
}

static int give_back_some(struct fa_pruning *p, struct size *after)
{
	struct size before;
	char sql[64];
	int rc = fa_prune_begin(p);

	if (rc == SQLITE_OK)
		rc = measure(p, &before);
	snprintf(sql, sizeof(sql), "PRAGMA incremental_vacuum(%lld)", (long long)p->pages);
	if (rc == SQLITE_OK)
		rc = fa_sql_run(p->store->db, sql);
	if (rc == SQLITE_OK)
		rc = measure(p, after);
	if (rc == SQLITE_OK)
		rc = fa_prune_commit(p, &p->pages);
	if (rc == SQLITE_OK)
		count_given_back(p, &before, after);
	return rc;
}

/* Whether a second copy and the journal find room; without knowing, yes. */
static bool has_room(const struct fa_pruning *p, const struct size *size)
{
	struct statvfs fs;

	return statvfs(p->store->path, &fs) != 0 ||
	       fs.f_bavail * fs.f_frsize / 2 >
		       (uint64_t)((size->pages - size->free) * size->page_bytes);
}

/* Leaving the WAL is possible only for who has the database alone. */
static int leave_wal(struct fa_pruning *p, bool *alone)
{
	sqlite3_stmt *stmt = NULL;
	int rc = fa_store_prepare(p->store, "PRAGMA journal_mode = DELETE", &stmt);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	*alone = rc == SQLITE_ROW &&
		 strcmp((const char *)sqlite3_column_text(stmt, 0), "delete") == 0;
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW || (rc & 0xff) == SQLITE_BUSY ? SQLITE_OK : rc;
}

static int write_anew(struct fa_pruning *p)
{
	struct size before;
	struct size after;
	bool alone;
	int rc = measure(p, &before);

	sqlite3_busy_timeout(p->store->db, 0);
	if (rc == SQLITE_OK)
		rc = leave_wal(p, &alone);
	if (rc == SQLITE_OK && alone)
		rc = fa_sql_run(p->store->db, "PRAGMA auto_vacuum = INCREMENTAL; VACUUM");
	if ((rc & 0xff) == SQLITE_BUSY || (rc == SQLITE_OK && !alone)) {
		p->result->space = FA_SPACE_IN_USE;
		rc = SQLITE_OK;
	} else if ((rc & 0xff) == SQLITE_FULL) {
		p->result->space = FA_SPACE_NO_ROOM;
		rc = SQLITE_OK;
	}
	sqlite3_busy_timeout(p->store->db, p->store->busy_timeout_ms);
	fa_sql_run(p->store->db, "PRAGMA journal_mode = WAL");
	if (rc == SQLITE_OK)
		rc = measure(p, &after);
	if (rc == SQLITE_OK)
		count_given_back(p, &before, &after);
	return rc;
}

/* One of an older version. */
static int renew(struct fa_pruning *p, const struct size *size)
{
	if (p->options.max_ms > 0)
		p->result->space = FA_SPACE_IN_USE;
	else if (!has_room(p, size))
		p->result->space = FA_SPACE_NO_ROOM;
	else
		return write_anew(p);
	return SQLITE_OK;
}

int fa_space_step(struct fa_pruning *p, bool *done)
{
	struct size size;
	int64_t mode = 0;
	int64_t pages = 0;
	int rc = measure(p, &size);

	if (rc == SQLITE_OK)
		rc = fa_prune_int(p, "PRAGMA auto_vacuum", NULL, &mode);
	if (rc == SQLITE_OK && size.free > 0 && mode == INCREMENTAL) {
		pages = size.pages;
		rc = give_back_some(p, &size);
	} else if (rc == SQLITE_OK && size.free > 0) {
		rc = renew(p, &size);
	}
	/* None was given back: others use what is free. */
	*done = rc == SQLITE_OK && (size.free == 0 || size.pages >= pages);
	if (!*done)
		return rc;
	/* The file becomes shorter only now; and what takes long is done before others are locked
	 * out. */
	rc = fa_store_checkpoint(p->store, false);
	return rc == SQLITE_OK ? fa_store_checkpoint(p->store, true) : rc;
}

/* As much as the rows that go take on the average, with all that belongs to them. */
int fa_space_plan(struct fa_pruning *p)
{
	struct fa_prune_result *result = p->result;
	uint64_t go = result->conversations + result->rows_before - result->rows_after;
	struct size size;
	int64_t rows = 0;
	int rc = measure(p, &size);

	if (rc == SQLITE_OK)
		rc = fa_prune_int(p, "SELECT count(*) FROM conversation", NULL, &rows);
	if (rc != SQLITE_OK)
		return rc;
	result->bytes_given_back = result->bytes_free;
	if (rows > 0)
		result->bytes_given_back += (uint64_t)((double)go / (double)rows *
						       (double)(size.pages - size.free) *
						       (double)size.page_bytes);
	return SQLITE_OK;
}
