/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Temporary tables over the conversations of one run, for findings and for reading:
 *
 * fa_rank	every judgement: its rank in an order that depends on texts only, never on the order
 *		of insertion, and its class (same verdict, rule, nearest, instances, difference,
 *		waiver) and family (same verdict, rule, nearest, instances)
 * fa_unit	conversations summed over buckets, one row for identity and class; "rank" is the
 *		best of its judgements. In the order of its key: client, server, transport, port ...
 *		For findings only those whose verdicts make findings.
 * fa_tunnel	rows of names that are tunnels, with our numbers for them
 */
#include "store/internal.h"

#include <stdio.h>

static const char *const make[] = {
	"CREATE TEMP TABLE fa_rank (judgement INTEGER PRIMARY KEY, rank INTEGER UNIQUE, "
	"class INTEGER, family INTEGER, importance INTEGER)",
	"INSERT INTO fa_rank SELECT j.id, "
	"row_number() OVER (ORDER BY j.verdict, r.rule, n.rule, j.differs, "
	"length(j.detail) DESC, j.detail, j.reasons, j.candidates, j.candidate_count, j.instance, "
	"j.nearest_instance, j.waiver, j.waived, j.id), "
	"dense_rank() OVER (ORDER BY j.verdict, j.rule, j.nearest, j.instance, "
	"j.nearest_instance, j.differs, j.waiver, j.waived), "
	"dense_rank() OVER (ORDER BY j.verdict, j.rule, j.nearest, j.instance, "
	"j.nearest_instance), v.importance "
	"FROM judgement j JOIN verdict v ON v.text = j.verdict "
	"LEFT JOIN rule r ON r.id = j.rule LEFT JOIN rule n ON n.id = j.nearest",
	/* Without INTEGER, comparing with the columns of stored tables would use no index. */
	"CREATE TEMP TABLE fa_unit (client INTEGER, server INTEGER, transport INTEGER, "
	"port INTEGER, protocol INTEGER, application INTEGER, host INTEGER, client_port INTEGER, "
	"fragment INTEGER, tunnel INTEGER, tunnel_id INTEGER, vlan INTEGER, inner_vlan INTEGER, "
	"detection INTEGER, direction INTEGER, class INTEGER, family INTEGER, importance INTEGER, rank INTEGER, "
	"finding INTEGER, " FA_COUNT_COLUMNS ", "
	"PRIMARY KEY (" FA_IDENTITY_COLUMNS ", class)) WITHOUT ROWID",
	"INSERT INTO fa_unit SELECT " FA_IDENTITY_COLUMNS ", k.class, k.family, k.importance, "
	"k.rank, finding, " FA_COUNT_COLUMNS
	" FROM conversation c CROSS JOIN fa_rank k ON k.judgement = c.judgement "
	"WHERE c.run = ?1 AND (NOT ?2 OR k.importance IS NOT NULL) "
	"ORDER BY " FA_IDENTITY_COLUMNS ", k.class "
	"ON CONFLICT (" FA_IDENTITY_COLUMNS ", class) DO UPDATE SET rank = min(rank, excluded.rank), "
	"finding = coalesce(min(finding, excluded.finding), finding, excluded.finding), "
	FA_COUNTS_PLUS,
};

static const char drop[] =
	"DROP TABLE IF EXISTS temp.fa_rank; DROP TABLE IF EXISTS temp.fa_unit;"
	"DROP TABLE IF EXISTS temp.fa_tunnel; DROP TABLE IF EXISTS temp.fa_target;"
	"DROP TABLE IF EXISTS temp.fa_sweep; DROP TABLE IF EXISTS temp.fa_pair;"
	"DROP TABLE IF EXISTS temp.fa_bundle; DROP TABLE IF EXISTS temp.fa_single;"
	"DROP TABLE IF EXISTS temp.fa_order; DROP TABLE IF EXISTS temp.fa_sum;"
	"DROP TABLE IF EXISTS temp.fa_waived";

int fa_store_prepare(struct fa_store *store, const char *sql, sqlite3_stmt **stmt)
{
	return sqlite3_prepare_v2(store->db, sql, -1, stmt, NULL);
}

static int run_sql(struct fa_store *store, const char *sql, int64_t run, int64_t second)
{
	sqlite3_stmt *stmt = NULL;
	struct fa_binder b;
	int rc = fa_store_prepare(store, sql, &stmt);

	if (rc == SQLITE_OK) {
		b = fa_binder(stmt);
		if (sqlite3_bind_parameter_count(stmt) > 0)
			fa_bind_int(&b, run);
		if (sqlite3_bind_parameter_count(stmt) > 1)
			fa_bind_int(&b, second);
		rc = fa_sql_do(&b);
	}
	sqlite3_finalize(stmt);
	return rc;
}

int fa_store_run_sql(struct fa_store *store, const char *sql, int64_t run)
{
	return run_sql(store, sql, run, 0);
}

static int number_tunnels(struct fa_store *store)
{
	char sql[128];
	int rc = fa_sql_run(store->db, "CREATE TEMP TABLE fa_tunnel (name INTEGER PRIMARY KEY, "
				       "number INTEGER)");

	for (int i = 0; rc == SQLITE_OK && i < FA_TUNNEL_COUNT; i++) {
		snprintf(sql, sizeof(sql),
			 "INSERT INTO fa_tunnel SELECT id, %d FROM name WHERE text = '%s'", i,
			 fa_tunnel_text((enum fa_tunnel)i));
		rc = fa_sql_run(store->db, sql);
	}
	return rc;
}

int fa_store_units_make(struct fa_store *store, int64_t run, bool findings_only)
{
	int rc = fa_sql_run(store->db, drop);

	for (size_t i = 0; rc == SQLITE_OK && i < sizeof(make) / sizeof(make[0]); i++)
		rc = run_sql(store, make[i], run, findings_only);
	return rc == SQLITE_OK ? number_tunnels(store) : rc;
}

int fa_store_tunnels_make(struct fa_store *store)
{
	int rc = fa_sql_run(store->db, drop);

	return rc == SQLITE_OK ? number_tunnels(store) : rc;
}

void fa_store_units_drop(struct fa_store *store)
{
	/* What stays is dropped by the next use or the end of the connection. */
	fa_sql_run(store->db, drop);
}
