/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Windows of a live run: each is one transaction, with the findings and the summary of the run up
 * to there. What fails is undone and may be tried again.
 */
#include "store/internal.h"

#include "base/time.h"

/* What was in memory when it began. */
static void forget(struct fa_store *store)
{
	store->next_conversation = store->window_first;
	store->pending_count = 0;
	store->expectation_count = 0;
	fa_store_clear_caches(store); /* they may have rows that are undone */
}

void fa_window_undone(struct fa_store *store, int error, const struct fa_diag *text)
{
	forget(store);
	store->window = FA_WINDOW_FAILED;
	store->window_error = error;
	store->window_text = *text;
}

static int begin_failed(struct fa_store *store, int code, struct fa_diag *diag)
{
	struct fa_diag text = {""};
	int error = fa_store_failed(store, code, &text);

	if (!sqlite3_get_autocommit(store->db))
		fa_sql_run(store->db, "ROLLBACK");
	store->window_first = store->next_conversation;
	fa_window_undone(store, error, &text);
	return fa_fail(diag, error, "%s", text.text);
}

int fa_store_window_begin(struct fa_store *store, struct fa_diag *diag)
{
	int error = fa_store_writable(store, diag);
	int rc;

	if (error != 0)
		return error;
	if (store->run == 0 || store->window == FA_WINDOW_OPEN)
		return fa_fail(diag, FA_EINVAL, "%s: %s", store->path,
			       store->run == 0 ? "no run was begun" : "a window is open already");
	if (store->pending_count > 0 || store->expectation_count > 0)
		return fa_fail(diag, FA_EINVAL, "%s: conversations or expectations were added outside of windows",
			       store->path);
	rc = fa_sql_run(store->db, "BEGIN IMMEDIATE");
	if (rc == SQLITE_OK)
		rc = fa_store_check_caches(store);
	if (rc != SQLITE_OK)
		return begin_failed(store, rc, diag);
	store->window = FA_WINDOW_OPEN;
	store->window_first = store->next_conversation;
	return 0;
}

static int add_row(struct fa_store *store, const struct fa_window *window)
{
	struct fa_binder b = fa_store_binder(store, FA_STMT_WINDOW_ADD);
	int rc;

	fa_bind_int(&b, store->run);
	fa_bind_int(&b, store->windows);
	fa_bind_int(&b, window->begun_ns);
	fa_bind_int(&b, window->ended_ns);
	fa_bind_int(&b, store->next_conversation - store->window_first);
	fa_bind_totals(&b, &window->totals);
	rc = fa_sql_do(&b);
	return rc == SQLITE_OK ? fa_store_decode_write(store, FA_STMT_WINDOW_DECODE_ADD,
						       store->windows, &window->totals.capture)
			       : rc;
}

static int write_window(struct fa_store *store, const struct fa_window *window,
			const struct fa_run_totals *run)
{
	int rc = SQLITE_OK;

	if (store->expectation_count > 0)
		rc = fa_store_expectations_write(store);
	if (rc == SQLITE_OK && !window->part)
		rc = fa_store_findings_prepare(store);
	if (rc == SQLITE_OK && !window->part)
		rc = fa_store_findings_write(store);
	if (rc == SQLITE_OK)
		rc = fa_store_totals_write(store, run);
	if (rc == SQLITE_OK)
		rc = add_row(store, window);
	if (rc == SQLITE_OK)
		rc = fa_sql_run(store->db, "COMMIT");
	return rc;
}

static void committed(struct fa_store *store, const struct fa_window *window,
		      const struct fa_run_totals *run)
{
	store->window = FA_WINDOW_CLOSED;
	store->windows++;
	store->expectation_count = 0;
	if (store->last.run != store->run || !store->last.part)
		store->last.first = store->window_first;
	store->last.run = store->run;
	store->last.part = window->part;
	store->last.end = store->next_conversation;
	fa_store_units_drop(store);
	/* The window is safe in the WAL, whatever becomes of this. */
	fa_store_checkpoint(store, run->end != FA_RUN_UNFINISHED);
	if (run->end != FA_RUN_UNFINISHED)
		fa_store_run_over(store);
}

int fa_store_window_commit(struct fa_store *store, const struct fa_window *window,
			   const struct fa_run_totals *run, struct fa_diag *diag)
{
	int error = fa_store_addable(store, diag);
	int rc;

	if (error != 0)
		return error;
	if (store->window != FA_WINDOW_OPEN)
		return fa_fail(diag, FA_EINVAL, "%s: no window is open", store->path);
	rc = fa_store_insert_pending(store, &error);
	if (rc == SQLITE_OK && error == 0)
		rc = write_window(store, window, run);
	if (rc != SQLITE_OK || error != 0)
		return fa_store_write_failed(store, rc, error, diag);
	committed(store, window, run);
	return 0;
}

int fa_store_check_place(struct fa_store *store, struct fa_diag *diag)
{
	int has_moved = 0;

	if (sqlite3_file_control(store->db, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved) !=
		    SQLITE_OK ||
	    has_moved == 0)
		return 0;
	return fa_fail(diag, FA_ENOENT,
		       "%s: was deleted, moved or replaced while it was written; what was stored "
		       "until now is in the file that had this name",
		       store->path);
}

void fa_store_window_rollback(struct fa_store *store)
{
	if (store->window == FA_WINDOW_OPEN) {
		fa_sql_run(store->db, "ROLLBACK");
		forget(store);
	}
	if (store->window != FA_WINDOW_NEVER)
		store->window = FA_WINDOW_CLOSED;
}
