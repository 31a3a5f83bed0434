/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening a database: whose is it, which version, is it whole? Then making or migrating it. */
#include "store/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time.h"

#define HOST_SETS      16384 /* times four addresses: 2.6 MB */
#define NAME_SETS      2048
#define JUDGEMENT_SETS 1024

/* What the head of a database says. */
struct identity {
	int64_t application_id, version, tables;
};

static const char *folder_of(const char *path, char *out, size_t out_size)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return ".";
	if (slash == path)
		return "/";
	snprintf(out, out_size, "%.*s", (int)(slash - path), path);
	return out;
}

/* Looks at PATH before SQLite does, for better messages. */
static int check_path(const char *path, enum fa_store_mode mode, struct fa_diag *diag)
{
	char folder[4096];
	const char *where = folder_of(path, folder, sizeof(folder));
	struct stat st;

	if (path[0] == '\0')
		return fa_fail(diag, FA_EINVAL, "the name of the database is empty");
	if (stat(path, &st) == 0) {
		if (S_ISREG(st.st_mode))
			return 0;
		return fa_fail(diag, FA_EFORMAT, "%s: not a file, so not a database", path);
	}
	if (errno == ENOENT && mode == FA_STORE_READ)
		return fa_fail(diag, FA_ENOENT,
			       "%s: no such database; run \"flowaudit audit FILE\" first or name "
			       "one with --db",
			       path);
	if (errno != ENOENT && errno != ENOTDIR)
		return fa_fail(diag, fa_error_from_errno(errno), "%s: %s", path, strerror(errno));
	if (stat(where, &st) != 0 || !S_ISDIR(st.st_mode))
		return fa_fail(diag, FA_ENOENT, "%s: cannot be made: there is no folder %s", path,
			       where);
	if (mode == FA_STORE_WRITE && access(where, W_OK) != 0)
		return fa_fail(diag, fa_error_from_errno(errno), "%s: cannot be made in %s: %s",
			       path, where, strerror(errno));
	return 0;
}

/* Reads the head in one transaction: another program may just be making the tables. */
static int read_identity(sqlite3 *db, struct identity *out)
{
	int rc = fa_sql_run(db, "BEGIN");

	if (rc != SQLITE_OK)
		return rc;
	rc = fa_sql_int(db, "SELECT count(*) FROM sqlite_schema", &out->tables);
	if (rc == SQLITE_OK)
		rc = fa_sql_int(db, "PRAGMA application_id", &out->application_id);
	if (rc == SQLITE_OK)
		rc = fa_sql_int(db, "PRAGMA user_version", &out->version);
	fa_sql_run(db, "ROLLBACK");
	return rc;
}

static bool is_new(const struct identity *identity)
{
	return identity->application_id == 0 && identity->tables == 0;
}

/* Whether the database is ours; an empty one may become ours. */
static int check_identity(const struct fa_store *store, const struct identity *identity,
			  struct fa_diag *diag)
{
	bool empty = is_new(identity);

	if (empty && store->mode == FA_STORE_WRITE)
		return 0;
	if (empty)
		return fa_fail(diag, FA_EFORMAT, "%s: empty: no run was ever stored in it",
			       store->path);
	if (identity->application_id != FA_APPLICATION_ID)
		return fa_fail(diag, FA_EFORMAT,
			       "%s: a database of another program (application id 0x%08x, "
			       "flowaudit has 0x%08x)",
			       store->path, (unsigned)identity->application_id,
			       FA_APPLICATION_ID);
	if (identity->version > (int64_t)fa_schema_step_count)
		return fa_fail(diag, FA_EVERSION,
			       "%s: made by a newer flowaudit (database version %lld, this "
			       "program knows up to %zu); use that one",
			       store->path, (long long)identity->version, fa_schema_step_count);
	return 0;
}

static int run_steps(sqlite3 *db, const struct fa_schema_step *steps, size_t count, int64_t done)
{
	char pragma[64];
	int rc = SQLITE_OK;

	for (size_t i = (size_t)done; rc == SQLITE_OK && i < count; i++)
		rc = fa_sql_run(db, steps[i].text);
	if (rc != SQLITE_OK)
		return rc;
	snprintf(pragma, sizeof(pragma), "PRAGMA application_id = %d", FA_APPLICATION_ID);
	rc = fa_sql_run(db, pragma);
	if (rc != SQLITE_OK)
		return rc;
	snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %zu", count);
	return fa_sql_run(db, pragma);
}

int fa_store_migrate(sqlite3 *db, const struct fa_schema_step *steps, size_t count, bool *newer)
{
	int64_t done = 0;
	int rc = fa_sql_run(db, "BEGIN IMMEDIATE");

	*newer = false;
	if (rc != SQLITE_OK)
		return rc;
	/* Again, now that nobody else can change it. */
	rc = fa_sql_int(db, "PRAGMA user_version", &done);
	if (rc == SQLITE_OK && done > (int64_t)count)
		*newer = true;
	else if (rc == SQLITE_OK && (done < 0 || done < (int64_t)count))
		rc = run_steps(db, steps, count, done < 0 ? 0 : done);
	if (rc == SQLITE_OK && !*newer)
		rc = fa_sql_run(db, "COMMIT");
	if (rc != SQLITE_OK || *newer)
		fa_sql_run(db, "ROLLBACK");
	return rc;
}

/*
 * Reads the first and the last row of every table: one page from each end and those on the way.
 * A file that was cut or overwritten shows here without reading all of it.
 */
static int check_ends(sqlite3 *db)
{
	static const char *const tables[][2] = {
		{"run", "id"},		 {"catalog", "id"},	  {"rule", "id"},
		{"host", "id"},		 {"name", "id"},	  {"judgement", "id"},
		{"run_decode", "run"},	 {"run_catalog", "run"},  {"run_verdict", "run"},
		{"conversation", "run"}, {"expectation", "run"},  {"finding", "run"},
		{"waiver", "run"},	 {"run_link_type", "run"}, {"run_input", "run"},
		{"instance", "run"},	 {"place", "run"},	  {"window", "run"},
		{"window_decode", "run"}, {"crash", "run"},	  {"baseline", "name"},
		{"run_layer", "run"},	 {"run_interface", "run"},
	};
	char sql[256];
	int64_t rows;
	int rc = SQLITE_OK;

	for (size_t i = 0; rc == SQLITE_OK && i < sizeof(tables) / sizeof(tables[0]); i++) {
		const char *table = tables[i][0];
		const char *key = tables[i][1];

		snprintf(sql, sizeof(sql),
			 "SELECT (SELECT count(*) FROM (SELECT * FROM %s ORDER BY %s LIMIT 1)) + "
			 "(SELECT count(*) FROM (SELECT * FROM %s ORDER BY %s DESC LIMIT 1))",
			 table, key, table, key);
		rc = fa_sql_int(db, sql, &rows);
	}
	return rc;
}

/* WAL needs the database alone for a moment, and SQLite does not wait for that by itself. */
static int switch_to_wal(struct fa_store *store)
{
	int64_t deadline = fa_monotonic_ns() + store->busy_timeout_ms * 1000000ll;
	int rc;

	for (;;) {
		rc = fa_sql_run(store->db, "PRAGMA journal_mode = WAL");
		if ((rc & 0xff) != SQLITE_BUSY || fa_monotonic_ns() >= deadline)
			return rc;
		sqlite3_sleep(10);
	}
}

/* Maps our enumerations to rows by their texts. */
static int load_words(struct fa_store *store)
{
	char sql[128];
	int rc = SQLITE_OK;

	for (int i = 0; rc == SQLITE_OK && i < FA_DETECTED_COUNT; i++) {
		snprintf(sql, sizeof(sql), "SELECT id FROM detection WHERE text = '%s'",
			 fa_detection_text((enum fa_detection)i));
		rc = fa_sql_int(store->db, sql, &store->detection_rows[i]);
	}
	for (int i = 0; rc == SQLITE_OK && i < FA_BY_COUNT; i++) {
		snprintf(sql, sizeof(sql), "SELECT id FROM direction WHERE text = '%s'",
			 fa_direction_text((enum fa_direction_evidence)i));
		rc = fa_sql_int(store->db, sql, &store->direction_rows[i]);
	}
	return rc;
}

static int connect(struct fa_store *store)
{
	int flags = store->mode == FA_STORE_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
						  : SQLITE_OPEN_READONLY;
	/* A leading "./" keeps ":memory:" and "file:..." plain file names. */
	char *name = sqlite3_mprintf("%s%s", store->path[0] == '/' ? "" : "./", store->path);
	int rc;

	if (name == NULL)
		return SQLITE_NOMEM;
	rc = sqlite3_open_v2(name, &store->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
	sqlite3_free(name);
	if (rc != SQLITE_OK)
		return rc;
	sqlite3_extended_result_codes(store->db, 1);
	sqlite3_busy_timeout(store->db, store->busy_timeout_ms);
	/* The file may come from somebody else: its views may not call anything with effects. */
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	rc = fa_sql_saturate_sums(store->db);
	if (rc != SQLITE_OK)
		return rc;
	/*
	 * Foreign keys are declared for those who edit by hand. Our own rows refer to what the same
	 * transaction has looked up or added; checking that again would double the time of a load.
	 */
	return fa_sql_run(store->db, "PRAGMA cell_size_check = ON; PRAGMA foreign_keys = OFF;"
				     "PRAGMA cache_size = -8000; PRAGMA synchronous = FULL");
}

static void keep_temporary_files_near(const char *path)
{
	char folder[4096];

	if (sqlite3_temp_directory == NULL && getenv("SQLITE_TMPDIR") == NULL)
		sqlite3_temp_directory =
			sqlite3_mprintf("%s", folder_of(path, folder, sizeof(folder)));
}

/*
 * A new file can give room back a piece at a time, which later would take a VACUUM of all of it.
 * This has to be said before the first page is written. And what a long reader has made of the WAL
 * is given back when that has gone.
 */
static int prepare_file(struct fa_store *store, bool is_new)
{
	int rc = is_new ? fa_sql_run(store->db, "PRAGMA auto_vacuum = INCREMENTAL") : SQLITE_OK;

	return rc == SQLITE_OK ? fa_sql_run(store->db, "PRAGMA journal_size_limit = 16777216") : rc;
}

static int open_for_writing(struct fa_store *store, bool is_new, struct fa_diag *diag)
{
	bool newer = false;
	int rc;

	if (sqlite3_db_readonly(store->db, "main") == 1)
		return fa_store_failed(store, SQLITE_READONLY, diag);
	rc = prepare_file(store, is_new);
	if (rc == SQLITE_OK)
		rc = switch_to_wal(store);
	if (rc == SQLITE_OK)
		rc = fa_store_migrate(store->db, fa_schema_steps, fa_schema_step_count, &newer);
	if (rc == SQLITE_OK && newer)
		return fa_fail(diag, FA_EVERSION, "%s: a newer flowaudit has just migrated it",
			       store->path);
	if (rc == SQLITE_OK)
		rc = check_ends(store->db);
	if (rc == SQLITE_OK)
		rc = load_words(store);
	if (rc != SQLITE_OK)
		return fa_store_failed(store, rc, diag);
	keep_temporary_files_near(store->path);
	if (fa_cache_init(&store->hosts, HOST_SETS, 17) != 0 ||
	    fa_cache_init(&store->names, NAME_SETS, FA_HOST_TEXT) != 0 ||
	    fa_cache_init(&store->judgements, JUDGEMENT_SETS, FA_JUDGEMENT_KEY) != 0)
		return fa_fail(diag, FA_ENOMEM, "%s: no memory", store->path);
	return 0;
}

/* One snapshot for everything that is read: a run being written must not change under a report. */
static int open_for_reading(struct fa_store *store, struct fa_diag *diag)
{
	int rc = fa_live_look(store);

	if (rc == SQLITE_OK)
		rc = fa_sql_run(store->db, "BEGIN");
	if (rc == SQLITE_OK)
		rc = check_ends(store->db);
	if (rc == SQLITE_OK)
		rc = load_words(store);
	return rc == SQLITE_OK ? 0 : fa_store_failed(store, rc, diag);
}

static int open_store(struct fa_store *store, struct identity *identity, struct fa_diag *diag)
{
	int rc;
	int error = check_path(store->path, store->mode, diag);

	if (error != 0)
		return error;
	rc = connect(store);
	if (rc == SQLITE_OK)
		rc = read_identity(store->db, identity);
	if (rc != SQLITE_OK)
		return fa_store_failed(store, rc, diag);
	error = check_identity(store, identity, diag);
	if (error != 0)
		return error;
	if (store->mode == FA_STORE_WRITE)
		return open_for_writing(store, is_new(identity), diag);
	/* An older one is migrated by fa_store_open_timeout, which then comes back here. */
	if (identity->version < (int64_t)fa_schema_step_count)
		return FA_EVERSION;
	return open_for_reading(store, diag);
}

static int open_once(struct fa_store **out, const char *path, enum fa_store_mode mode,
		     int busy_timeout_ms, bool *older, struct fa_diag *diag)
{
	struct identity identity = {0};
	struct fa_store *store = calloc(1, sizeof(*store));
	int error;

	*older = false;
	if (store != NULL)
		store->path = strdup(path);
	if (store == NULL || store->path == NULL) {
		free(store);
		return fa_fail(diag, FA_ENOMEM, "%s: no memory", path);
	}
	store->mode = mode;
	store->live_fd = -1;
	store->busy_timeout_ms = busy_timeout_ms;
	error = open_store(store, &identity, diag);
	if (error != 0) {
		*older = mode == FA_STORE_READ && error == FA_EVERSION &&
			 identity.version < (int64_t)fa_schema_step_count;
		fa_store_close(store);
		return error;
	}
	*out = store;
	return 0;
}

int fa_store_open_timeout(struct fa_store **out, const char *path, enum fa_store_mode mode,
			  int busy_timeout_ms, struct fa_diag *diag)
{
	bool older;
	int error;

	*out = NULL;
	error = open_once(out, path, mode, busy_timeout_ms, &older, diag);
	if (error == 0 || !older)
		return error;
	error = open_once(out, path, FA_STORE_WRITE, busy_timeout_ms, &older, diag);
	if (error != 0)
		return fa_fail_in(diag, error, "%s: made by an older flowaudit, and migrating failed",
				  path);
	fa_store_close(*out);
	*out = NULL;
	return open_once(out, path, mode, busy_timeout_ms, &older, diag);
}

int fa_store_open(struct fa_store **out, const char *path, enum fa_store_mode mode,
		  struct fa_diag *diag)
{
	return fa_store_open_timeout(out, path, mode, FA_STORE_BUSY_TIMEOUT_MS, diag);
}

void fa_store_set_busy_timeout(struct fa_store *store, int busy_timeout_ms)
{
	store->busy_timeout_ms = busy_timeout_ms;
	sqlite3_busy_timeout(store->db, busy_timeout_ms);
}

void fa_store_close(struct fa_store *store)
{
	if (store == NULL)
		return;
	for (size_t i = 0; i < FA_STMT_COUNT; i++)
		sqlite3_finalize(store->statements[i]);
	if (store->db != NULL && store->mode == FA_STORE_WRITE) {
		/* Without its WAL the file can be read from read-only media. Others that have it
		 * open keep it as it is: then this fails, and that is fine. */
		sqlite3_busy_timeout(store->db, 0);
		fa_sql_run(store->db, "PRAGMA journal_mode = DELETE");
	}
	sqlite3_close(store->db);
	fa_live_release(store); /* now that nothing of the run can be written */
	sqlite3_finalize(store->spool_add);
	sqlite3_close(store->spool);
	fa_cache_deinit(&store->hosts);
	fa_cache_deinit(&store->names);
	fa_cache_deinit(&store->judgements);
	free(store->rule_rows);
	free(store->pending);
	free(store->expectations);
	free(store->gone);
	fa_pruning_free(store->pruning);
	free(store->path);
	free(store);
}
