/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small helpers over SQLite: sticky binding, reading columns in order, one statement at a time. */
#ifndef FA_STORE_SQL_H
#define FA_STORE_SQL_H

#include <stddef.h>
#include <stdint.h>
#include <sqlite3.h>

/* Binds parameters from the first on. An error sticks in rc. */
struct fa_binder {
	sqlite3_stmt *stmt;
	int index; /* of the last one bound */
	int rc;
};

struct fa_binder fa_binder(sqlite3_stmt *stmt);
void fa_bind_int(struct fa_binder *b, int64_t value);
/* Values beyond 2^63-1, which no counter reaches, become that. */
void fa_bind_count(struct fa_binder *b, uint64_t value);
/* A row number; 0 becomes NULL. */
void fa_bind_reference(struct fa_binder *b, int64_t row);
/* Borrowed until the statement is reset; NULL becomes "". */
void fa_bind_text(struct fa_binder *b, const char *text);
void fa_bind_null(struct fa_binder *b);
/* Borrowed until the statement is reset. */
void fa_bind_blob(struct fa_binder *b, const void *data, size_t len);

/* Reads columns from the first on. */
struct fa_columns {
	sqlite3_stmt *stmt;
	int index; /* of the next one */
};

struct fa_columns fa_columns(sqlite3_stmt *stmt);
int64_t fa_column_int(struct fa_columns *c);
/* Negative becomes 0. */
uint64_t fa_column_count(struct fa_columns *c);
/* Never NULL; valid until the next step. */
const char *fa_column_text(struct fa_columns *c);
/* *LEN is 0 for NULL. */
const uint8_t *fa_column_blob(struct fa_columns *c, size_t *len);

/* Runs SQL without parameters and results. A SQLite result code. */
int fa_sql_run(sqlite3 *db, const char *sql);

/*
 * From here on sum() of integers ends at the largest there is. SQLite's own fails there, and then
 * nobody could store or read anything of a run: whoever sends can make counters of missing bytes as
 * large as that in a day, and a subverted worker any. SQLITE_OK or a code.
 */
int fa_sql_saturate_sums(sqlite3 *db);

/* The one integer that SQL gives; SQLITE_OK, or a SQLite result code. */
int fa_sql_int(sqlite3 *db, const char *sql, int64_t *out);

/* Steps a statement that gives no rows, after binding, and resets it. SQLITE_OK or a code. */
int fa_sql_do(struct fa_binder *b);

/* Steps a statement that gives one integer or no row: then *OUT is 0. SQLITE_OK or a code. */
int fa_sql_find(struct fa_binder *b, int64_t *out);

#endif
