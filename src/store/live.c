/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which live runs are still written. Their writers hold a lock on the file DATABASE-live: an open
 * file description lock (Linux, fcntl(2)) on the byte with the number of the run. The kernel drops
 * it when the last process with that description is gone, however it went; and unlike a process
 * id, it means the same in another container that sees the file.
 */
#include "store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/slots.h"

/* Next to the file itself, also when the database was named by a link; sqlite3_free it. */
static char *live_path(const struct fa_store *store)
{
	const char *name = sqlite3_db_filename(store->db, "main");

	return sqlite3_mprintf("%s-live", name == NULL || name[0] == '\0' ? store->path : name);
}

/* Made like the database, so that whoever may read or write that may do so here, too. */
static int make_file(const struct fa_store *store, const char *path)
{
	const char *name = sqlite3_db_filename(store->db, "main");
	struct stat st;
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 && errno == EEXIST)
		return open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || name == NULL || stat(name, &st) != 0)
		return fd;
	/* The owner can be given by root alone; what fails leaves a file that works for us. */
	if (geteuid() == 0 && fchown(fd, st.st_uid, st.st_gid) != 0)
		return fd;
	(void)!fchmod(fd, st.st_mode & 0666);
	return fd;
}

static struct flock byte_of(int64_t run)
{
	return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = run, .l_len = 1};
}

int fa_live_hold(struct fa_store *store, struct fa_diag *diag)
{
	struct flock lock = byte_of(store->run);
	char *path = live_path(store);
	struct stat st;
	int error = 0;

	if (path == NULL)
		return fa_fail(diag, FA_ENOMEM, "%s: no memory", store->path);
	store->live_fd = make_file(store, path);
	if (store->live_fd < 0)
		error = fa_fail(diag, fa_error_from_errno(errno), "%s: %s", path, strerror(errno));
	else if (fstat(store->live_fd, &st) != 0 || !S_ISREG(st.st_mode))
		error = fa_fail(diag, FA_EFORMAT, "%s: not a file, which it should be", path);
	else if (fcntl(store->live_fd, F_OFD_SETLK, &lock) == 0)
		error = 0;
	else if (errno == EAGAIN || errno == EACCES)
		/* Numbers of runs are not used twice, so the holder writes to another file. */
		error = fa_fail(diag, FA_EBUSY,
				"%s: a program still writes run %" PRId64 " of the database that "
				"was in this place before; end it, or use another name",
				path, store->run);
	else
		error = fa_fail(diag, fa_error_from_errno(errno), "%s: cannot be locked: %s", path,
				strerror(errno));
	sqlite3_free(path);
	if (error != 0)
		fa_live_release(store);
	return error;
}

void fa_live_release(struct fa_store *store)
{
	if (store->live_fd >= 0)
		close(store->live_fd);
	store->live_fd = -1;
}

/* The runs that may be written now, or have lost their writer. */
static int list_unfinished(struct fa_store *store)
{
	sqlite3_stmt *stmt = NULL;
	int rc = fa_store_prepare(store,
				  "SELECT id FROM run WHERE kind = 'live' AND "
				  "ending = 'unfinished' ORDER BY id",
				  &stmt);

	store->gone_count = 0;
	while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		rc = SQLITE_OK;
		if (!fa_array_reserve((void **)&store->gone, &store->gone_room,
				      store->gone_count + 1, sizeof(*store->gone)))
			rc = SQLITE_NOMEM;
		else
			store->gone[store->gone_count++] = sqlite3_column_int64(stmt, 0);
	}
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* Whether somebody holds RUN, or that cannot be found out. */
static bool is_held(int fd, int64_t run)
{
	struct flock lock = byte_of(run);

	return fcntl(fd, F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

static void keep_those_gone(struct fa_store *store, const char *path)
{
	size_t kept = 0;
	/* A description of its own: the lock of this very handle would not show on the same. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0 && errno == ENOENT) /* nobody ever was; also on read-only media */
		return;
	for (size_t i = 0; fd >= 0 && i < store->gone_count; i++)
		if (!is_held(fd, store->gone[i]))
			store->gone[kept++] = store->gone[i];
	store->gone_count = kept;
	if (fd >= 0)
		close(fd);
}

int fa_live_look(struct fa_store *store)
{
	char *path;
	int rc = list_unfinished(store);

	if (rc != SQLITE_OK || store->gone_count == 0)
		return rc;
	path = live_path(store);
	if (path == NULL)
		return SQLITE_NOMEM;
	keep_those_gone(store, path);
	sqlite3_free(path);
	return SQLITE_OK;
}

bool fa_live_is_gone(const struct fa_store *store, int64_t run)
{
	for (size_t i = 0; i < store->gone_count; i++)
		if (store->gone[i] == run)
			return true;
	return false;
}

/* Its last window may have been stored in part, without findings. */
static int make_findings(struct fa_store *store, int64_t run)
{
	int rc;

	store->run = run;
	rc = fa_store_findings_prepare(store);
	if (rc == SQLITE_OK)
		rc = fa_store_findings_write(store);
	fa_store_units_drop(store);
	store->run = 0;
	return rc;
}

/* As readers see it already: the end, and what that makes of the confidence. */
static int interrupt(struct fa_store *store, int64_t run)
{
	struct fa_stored_run stored;
	char why[512];
	struct fa_binder b;
	int rc = make_findings(store, run);

	if (rc == SQLITE_OK)
		rc = fa_history_run_row(store, run, &stored);
	if (rc != SQLITE_OK)
		return rc;
	stored.totals.end = FA_RUN_INTERRUPTED;
	b = fa_store_binder(store, FA_STMT_RUN_INTERRUPT);
	fa_bind_text(&b, fa_run_end_text(FA_RUN_INTERRUPTED));
	fa_bind_text(&b, fa_run_confidence(&stored.totals, why, sizeof(why)));
	fa_bind_text(&b, why);
	fa_bind_int(&b, run);
	return fa_sql_do(&b);
}

int fa_live_interrupt_gone(struct fa_store *store)
{
	int rc = fa_live_look(store);

	for (size_t i = 0; rc == SQLITE_OK && i < store->gone_count; i++)
		rc = interrupt(store, store->gone[i]);
	return rc;
}
