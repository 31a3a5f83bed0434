/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Flow records in a private temporary database: SQLite keeps it in memory while it is small and
 * on disk, without a name, when it grows. Nothing of it outlives the process, so it needs neither
 * journal nor sync.
 */
#include "store/internal.h"

#include <string.h>

static int spool_failed(struct fa_store *store, int rc, struct fa_diag *diag)
{
	struct fa_store spool = *store;

	spool.db = store->spool;
	fa_store_failed(&spool, rc, diag);
	return fa_fail_in(diag, fa_store_failed(&spool, rc, NULL), "temporary file for flow records");
}

static int open_spool(struct fa_store *store)
{
	int rc;

	if (store->spool != NULL)
		return SQLITE_OK;
	rc = sqlite3_open_v2("", &store->spool,
			     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
	/* Two flows that begin with one packet do not happen, but are no reason to lose one. */
	if (rc == SQLITE_OK)
		rc = fa_sql_run(store->spool,
				"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
				"PRAGMA cache_size = -4000; BEGIN;"
				"CREATE TABLE flow (first_packet INTEGER, n INTEGER, record BLOB, "
				"PRIMARY KEY (first_packet, n)) WITHOUT ROWID");
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(store->spool, "INSERT INTO flow VALUES (?, ?, ?)", -1,
					&store->spool_add, NULL);
	return rc;
}

int fa_store_flow_add(struct fa_store *store, const struct fa_flow_record *flow,
		      struct fa_diag *diag)
{
	int rc = open_spool(store);
	struct fa_binder b;

	if (rc == SQLITE_OK) {
		b = fa_binder(store->spool_add);
		fa_bind_count(&b, flow->first_packet);
		fa_bind_int(&b, store->spool_next++);
		fa_bind_blob(&b, flow, sizeof(*flow));
		rc = fa_sql_do(&b);
	}
	return rc == SQLITE_OK ? 0 : spool_failed(store, rc, diag);
}

int fa_store_flow_each(struct fa_store *store,
		       int (*fn)(void *arg, const struct fa_flow_record *flow), void *arg,
		       struct fa_diag *diag)
{
	struct fa_flow_record flow;
	sqlite3_stmt *stmt = NULL;
	int stopped = 0;
	int rc = open_spool(store);

	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(store->spool,
					"SELECT record FROM flow ORDER BY first_packet, n", -1,
					&stmt, NULL);
	while (rc == SQLITE_OK && stopped == 0) {
		struct fa_columns c = fa_columns(stmt);
		const uint8_t *record;
		size_t len;

		rc = sqlite3_step(stmt);
		if (rc != SQLITE_ROW)
			break;
		rc = SQLITE_OK;
		record = fa_column_blob(&c, &len);
		if (len != sizeof(flow)) {
			rc = SQLITE_CORRUPT;
			break;
		}
		memcpy(&flow, record, sizeof(flow));
		stopped = fn(arg, &flow);
	}
	sqlite3_finalize(stmt);
	if (rc != SQLITE_OK && rc != SQLITE_DONE)
		return spool_failed(store, rc, diag);
	return stopped;
}

int fa_store_flow_clear(struct fa_store *store, struct fa_diag *diag)
{
	int rc;

	if (store->spool == NULL)
		return 0;
	rc = fa_sql_run(store->spool, "DELETE FROM flow");
	return rc == SQLITE_OK ? 0 : spool_failed(store, rc, diag);
}
