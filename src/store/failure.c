/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What SQLite reports, in our errors and in words that help. */
#include "store/internal.h"

#include <string.h>

/* What the operating system said about the last failed operation; "" when it said nothing. */
static const char *system_text(sqlite3 *db)
{
	int errnum = sqlite3_system_errno(db);

	return errnum == 0 ? "" : strerror(errnum);
}

static int failed_io(const struct fa_store *store, struct fa_diag *diag)
{
	int error = fa_error_from_errno(sqlite3_system_errno(store->db));
	const char *system = system_text(store->db);

	if (error == FA_EFULL)
		return fa_fail(diag, FA_EFULL, "%s: cannot be written: %s", store->path, system);
	return fa_fail(diag, FA_EIO, "%s: cannot be read or written: %s%s%s", store->path,
		       sqlite3_errmsg(store->db), system[0] == '\0' ? "" : ": ", system);
}

int fa_store_failed(const struct fa_store *store, int code, struct fa_diag *diag)
{
	const char *path = store->path;
	const char *text = store->db == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(store->db);

	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return fa_fail(diag, FA_EBUSY,
			       "%s: another program has locked it, waited %d.%d s (SQLite cannot "
			       "tell which program); try again when that has finished",
			       path, store->busy_timeout_ms / 1000,
			       store->busy_timeout_ms % 1000 / 100);
	case SQLITE_CORRUPT:
		return fa_fail(diag, FA_ECORRUPT,
			       "%s: the database is damaged (%s); restore a copy, or save what can "
			       "be read with: sqlite3 %s .recover",
			       path, text, path);
	case SQLITE_NOTADB:
		return fa_fail(diag, FA_EFORMAT, "%s: not an SQLite database", path);
	case SQLITE_FULL:
		return fa_fail(diag, FA_EFULL,
			       "%s: the disk is full; what was stored before stays", path);
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return fa_fail(diag, FA_EPERM,
			       "%s: cannot be written: the file or its folder is read-only", path);
	case SQLITE_CANTOPEN:
		return fa_fail(diag, FA_EPERM,
			       "%s: cannot be opened (SQLite needs to read the file and to write "
			       "in its folder)%s%s",
			       path, system_text(store->db)[0] == '\0' ? "" : ": ",
			       system_text(store->db));
	case SQLITE_NOMEM:
		return fa_fail(diag, FA_ENOMEM, "%s: no memory", path);
	case SQLITE_IOERR:
		return failed_io(store, diag);
	case SQLITE_TOOBIG:
		return fa_fail(diag, FA_EINVAL, "%s: a text is too long to store", path);
	default:
		return fa_fail(diag, FA_ECORRUPT,
			       "%s: not as flowaudit made it, or damaged: %s", path, text);
	}
}

int fa_store_write_failed(struct fa_store *store, int code, int error, struct fa_diag *diag)
{
	struct fa_diag text = {""};

	if (store->error != 0)
		return fa_fail(diag, store->error, "%s", store->error_text.text);
	if (code != SQLITE_OK)
		error = fa_store_failed(store, code, &text);
	else if (diag != NULL && diag->text[0] != '\0')
		text = *diag;
	else
		fa_fail(&text, error, "%s: %s", store->path, fa_strerror(error));
	/* An automatic rollback may have happened already; its failure changes nothing. */
	if (!sqlite3_get_autocommit(store->db))
		fa_sql_run(store->db, "ROLLBACK");
	if (store->window == FA_WINDOW_OPEN) {
		fa_window_undone(store, error, &text);
	} else if (!store->again) {
		store->error = error;
		store->error_text = text;
		store->pending_count = 0;
	}
	return fa_fail(diag, error, "%s", text.text);
}

int fa_store_writable(struct fa_store *store, struct fa_diag *diag)
{
	if (store->mode != FA_STORE_WRITE)
		return fa_fail(diag, FA_EINVAL, "%s: opened for reading only", store->path);
	if (store->error != 0)
		return fa_fail(diag, store->error, "%s", store->error_text.text);
	return 0;
}

int fa_store_addable(struct fa_store *store, struct fa_diag *diag)
{
	int error = fa_store_writable(store, diag);

	if (error != 0)
		return error;
	if (store->window == FA_WINDOW_FAILED)
		return fa_fail(diag, store->window_error, "%s", store->window_text.text);
	if (store->window == FA_WINDOW_CLOSED)
		return fa_fail(diag, FA_EINVAL, "%s: no window is open", store->path);
	return 0;
}
