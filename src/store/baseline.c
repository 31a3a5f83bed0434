/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs that others are compared with, under names. */
#include "store/history.h"

#include "base/text.h"
#include "base/time.h"

#include <inttypes.h>
#include <string.h>

/* Letters, digits, dots, dashes and underscores, so that it needs no quotes anywhere. */
static bool is_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t len = strlen(name);

	return len > 0 && len < FA_BASELINE_TEXT && strspn(name, allowed) == len && name[0] != '-' &&
	       strspn(name, "0123456789") != len; /* or it would look like a run */
}

int fa_store_baseline_check(const char *name, struct fa_diag *diag)
{
	char safe[128];

	if (is_name(name))
		return 0;
	return fa_fail(diag, FA_EINVAL,
		       "\"%s\" is not a name for a baseline: up to %d letters, digits, dots, dashes and "
		       "underscores, not only digits",
		       fa_text_safe(name, strnlen(name, 100), safe, sizeof(safe)),
		       FA_BASELINE_TEXT - 1);
}

static int change(struct fa_store *store, enum fa_statement which, const char *name, int64_t run,
		  struct fa_diag *diag)
{
	struct fa_binder b = fa_store_binder(store, which);
	int rc;

	fa_bind_text(&b, name);
	if (run != 0) {
		fa_bind_int(&b, run);
		fa_bind_int(&b, fa_wall_clock_ns());
	}
	rc = fa_sql_do(&b);
	return rc == SQLITE_OK ? 0 : fa_store_failed(store, rc, diag);
}

int fa_store_baseline_set(struct fa_store *store, const char *name, int64_t *run,
			  struct fa_diag *diag)
{
	struct fa_stored_run stored;
	int error = fa_store_baseline_check(name, diag);

	if (error == 0)
		error = fa_store_writable(store, diag);
	if (error == 0)
		error = fa_history_run(store, *run, &stored, diag);
	if (error != 0)
		return error;
	*run = stored.id;
	if (stored.totals.end == FA_RUN_UNFINISHED)
		return fa_fail(diag, FA_EINVAL,
			       "%s: run %" PRId64 " is still being written; a baseline is a run that "
			       "has ended",
			       store->path, stored.id);
	return change(store, FA_STMT_BASELINE_SET, name, stored.id, diag);
}

int fa_store_baseline_remove(struct fa_store *store, const char *name, struct fa_diag *diag)
{
	char safe[128];
	int error = fa_store_writable(store, diag);

	if (error == 0)
		error = change(store, FA_STMT_BASELINE_REMOVE, name, 0, diag);
	if (error == 0 && sqlite3_changes(store->db) == 0)
		error = fa_fail(diag, FA_ENOENT, "%s: there is no baseline \"%s\"", store->path,
				fa_text_safe(name, strnlen(name, 100), safe, sizeof(safe)));
	return error;
}

int fa_history_each_baseline(void *context, int (*fn)(void *arg, const struct fa_baseline *),
			     void *arg, struct fa_diag *diag)
{
	struct fa_history_walk walk;
	struct fa_columns c;
	int error = 0;

	fa_history_begin(&walk, context, "SELECT name, run, made_ns FROM baseline ORDER BY name", 0);
	while (error == 0 && fa_history_next(&walk, &c)) {
		struct fa_baseline baseline;

		baseline.name = fa_column_text(&c);
		baseline.run = fa_column_int(&c);
		baseline.made_ns = fa_column_int(&c);
		error = fn(arg, &baseline);
	}
	return fa_history_end(&walk, error, diag);
}
