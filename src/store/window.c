/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows of a live run: each one transaction. */
#include "store/internal.h"

int fa_store_window_begin(struct fa_store *store, struct fa_diag *diag)
{
	return fa_store_writable(store, diag);
}

int fa_store_window_commit(struct fa_store *store, const struct fa_window *window,
			   const struct fa_run_totals *run, struct fa_diag *diag)
{
	(void)window;
	return fa_store_finish_run(store, run, diag);
}

void fa_store_window_rollback(struct fa_store *store)
{
	(void)store;
}

int fa_store_window_findings(struct fa_store *store,
			     int (*fn)(void *arg, const struct fa_stored_finding *finding,
				       bool is_new),
			     void *arg, struct fa_diag *diag)
{
	(void)store;
	(void)fn;
	(void)arg;
	(void)diag;
	return 0;
}

int fa_store_crash_add(struct fa_store *store, const struct fa_crash *crash, struct fa_diag *diag)
{
	(void)crash;
	return fa_store_writable(store, diag);
}

int fa_store_input_add(struct fa_store *store, const struct fa_input_file *file,
		       struct fa_diag *diag)
{
	(void)file;
	return fa_store_writable(store, diag);
}

int fa_store_input_remove(struct fa_store *store, const char *path, struct fa_diag *diag)
{
	(void)path;
	return fa_store_writable(store, diag);
}
