/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small helpers over SQLite. */
#include "store/sql.h"

#include <stdbool.h>
#include <string.h>

struct fa_binder fa_binder(sqlite3_stmt *stmt)
{
	return (struct fa_binder){.stmt = stmt, .rc = stmt == NULL ? SQLITE_NOMEM : SQLITE_OK};
}

void fa_bind_int(struct fa_binder *b, int64_t value)
{
	if (b->rc == SQLITE_OK)
		b->rc = sqlite3_bind_int64(b->stmt, ++b->index, value);
}

void fa_bind_count(struct fa_binder *b, uint64_t value)
{
	fa_bind_int(b, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

void fa_bind_null(struct fa_binder *b)
{
	if (b->rc == SQLITE_OK)
		b->rc = sqlite3_bind_null(b->stmt, ++b->index);
}

void fa_bind_reference(struct fa_binder *b, int64_t row)
{
	if (row == 0)
		fa_bind_null(b);
	else
		fa_bind_int(b, row);
}

void fa_bind_text(struct fa_binder *b, const char *text)
{
	if (b->rc == SQLITE_OK)
		b->rc = sqlite3_bind_text(b->stmt, ++b->index, text == NULL ? "" : text, -1,
					  SQLITE_STATIC);
}

void fa_bind_blob(struct fa_binder *b, const void *data, size_t len)
{
	if (b->rc == SQLITE_OK)
		b->rc = sqlite3_bind_blob64(b->stmt, ++b->index, data, len, SQLITE_STATIC);
}

struct fa_columns fa_columns(sqlite3_stmt *stmt)
{
	return (struct fa_columns){.stmt = stmt};
}

int64_t fa_column_int(struct fa_columns *c)
{
	return sqlite3_column_int64(c->stmt, c->index++);
}

uint64_t fa_column_count(struct fa_columns *c)
{
	int64_t value = fa_column_int(c);

	return value < 0 ? 0 : (uint64_t)value;
}

const char *fa_column_text(struct fa_columns *c)
{
	const unsigned char *text = sqlite3_column_text(c->stmt, c->index++);

	return text == NULL ? "" : (const char *)text;
}

const uint8_t *fa_column_blob(struct fa_columns *c, size_t *len)
{
	const uint8_t *data = sqlite3_column_blob(c->stmt, c->index);
	int n = sqlite3_column_bytes(c->stmt, c->index++);

	*len = data == NULL || n < 0 ? 0 : (size_t)n;
	return data;
}

int fa_sql_run(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

int fa_sql_int(sqlite3 *db, const char *sql, int64_t *out)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK) {
		rc = sqlite3_step(stmt);
		if (rc == SQLITE_ROW) {
			*out = sqlite3_column_int64(stmt, 0);
			rc = SQLITE_OK;
		} else if (rc == SQLITE_DONE) {
			rc = SQLITE_MISMATCH;
		}
	}
	sqlite3_finalize(stmt);
	return rc;
}

int fa_sql_do(struct fa_binder *b)
{
	int rc = b->rc;
	int reset;

	if (b->stmt == NULL)
		return rc;
	if (rc == SQLITE_OK) {
		rc = sqlite3_step(b->stmt);
		if (rc == SQLITE_DONE || rc == SQLITE_ROW)
			rc = SQLITE_OK;
	}
	reset = sqlite3_reset(b->stmt);
	return rc == SQLITE_OK ? reset : rc;
}

int fa_sql_find(struct fa_binder *b, int64_t *out)
{
	int rc = b->rc;
	int reset;

	*out = 0;
	if (b->stmt == NULL)
		return rc;
	if (rc == SQLITE_OK) {
		rc = sqlite3_step(b->stmt);
		if (rc == SQLITE_ROW)
			*out = sqlite3_column_int64(b->stmt, 0);
		if (rc == SQLITE_ROW || rc == SQLITE_DONE)
			rc = SQLITE_OK;
	}
	reset = sqlite3_reset(b->stmt);
	return rc == SQLITE_OK ? reset : rc;
}

struct sum {
	int64_t value;
	bool has_any;
};

static void sum_step(sqlite3_context *context, int count, sqlite3_value **values)
{
	struct sum *sum = sqlite3_aggregate_context(context, sizeof(*sum));

	(void)count;
	if (sum == NULL || sqlite3_value_type(values[0]) == SQLITE_NULL)
		return;
	if (__builtin_add_overflow(sum->value, sqlite3_value_int64(values[0]), &sum->value))
		sum->value = sum->value < 0 ? INT64_MAX : INT64_MIN; /* it has come round */
	sum->has_any = true;
}

static void sum_final(sqlite3_context *context)
{
	const struct sum *sum = sqlite3_aggregate_context(context, 0);

	if (sum != NULL && sum->has_any)
		sqlite3_result_int64(context, sum->value);
}

int fa_sql_saturate_sums(sqlite3 *db)
{
	return sqlite3_create_function(db, "sum", 1,
				       SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL,
				       NULL, sum_step, sum_final);
}
