/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is stored during a live run besides conversations: crashes, and files with its packets. */
#include "store/internal.h"

#include <string.h>

/* A part of the window that is open, or a transaction of its own. */
static int begin(struct fa_store *store, struct fa_diag *diag)
{
	int error = fa_store_writable(store, diag);
	int rc;

	if (error != 0 || store->window == FA_WINDOW_OPEN)
		return error;
	if (store->run == 0)
		return fa_fail(diag, FA_EINVAL, "%s: no run was begun", store->path);
	rc = fa_sql_run(store->db, "BEGIN IMMEDIATE");
	return rc == SQLITE_OK ? 0 : fa_store_failed(store, rc, diag);
}

static int end(struct fa_store *store, int rc, struct fa_diag *diag)
{
	int error;

	if (rc == SQLITE_OK && store->window != FA_WINDOW_OPEN)
		rc = fa_sql_run(store->db, "COMMIT");
	if (rc == SQLITE_OK)
		return 0;
	store->again = true;
	error = fa_store_write_failed(store, rc, 0, diag);
	store->again = false;
	return error;
}

int fa_store_crash_add(struct fa_store *store, const struct fa_crash *crash, struct fa_diag *diag)
{
	struct fa_binder b;
	int error = begin(store, diag);

	if (error != 0)
		return error;
	b = fa_store_binder(store, FA_STMT_CRASH_ADD);
	fa_bind_int(&b, store->run);
	fa_bind_int(&b, crash->when_ns);
	fa_bind_int(&b, crash->ts_ns);
	fa_bind_count(&b, crash->number);
	fa_bind_int(&b, crash->worker);
	fa_bind_int(&b, crash->signal);
	fa_bind_int(&b, crash->ip_bytes);
	/* A blob from nowhere would be NULL. */
	fa_bind_blob(&b, crash->captured > 0 ? (const void *)crash->bytes : "", crash->captured);
	fa_bind_int(&b, FA_STORE_CRASHES);
	return end(store, fa_sql_do(&b), diag);
}

static struct fa_binder bind_input(struct fa_store *store, enum fa_statement which,
				   const struct fa_input_file *file)
{
	struct fa_binder b = fa_store_binder(store, which);

	fa_bind_int(&b, store->run);
	fa_bind_text(&b, file->path);
	fa_bind_count(&b, file->bytes);
	fa_bind_int(&b, file->mtime_ns);
	return b;
}

int fa_store_input_add(struct fa_store *store, const struct fa_input_file *file,
		       struct fa_diag *diag)
{
	struct fa_binder b;
	int error = begin(store, diag);
	int rc;

	if (error != 0)
		return error;
	b = bind_input(store, FA_STMT_INPUT_CHANGE, file);
	rc = fa_sql_do(&b);
	if (rc == SQLITE_OK && sqlite3_changes(store->db) == 0) {
		b = bind_input(store, FA_STMT_INPUT_APPEND, file);
		rc = fa_sql_do(&b);
	}
	return end(store, rc, diag);
}

int fa_store_input_remove(struct fa_store *store, const char *path, struct fa_diag *diag)
{
	struct fa_binder b;
	int error = begin(store, diag);
	bool found;
	int rc;

	if (error != 0)
		return error;
	b = fa_store_binder(store, FA_STMT_INPUT_REMOVE);
	fa_bind_int(&b, store->run);
	fa_bind_text(&b, path);
	rc = fa_sql_do(&b);
	found = sqlite3_changes(store->db) > 0;
	error = end(store, rc, diag);
	if (error == 0 && !found)
		return fa_fail(diag, FA_ENOENT, "%s: the run has no file %s", store->path, path);
	return error;
}
