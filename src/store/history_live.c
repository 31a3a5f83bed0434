/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading what only live runs have: windows, and packets of crashes. */
#include "store/history.h"

#include <string.h>

static int read_window_decode(struct fa_store *store, int64_t run, int64_t n,
			      struct fa_capture_counts *out, struct fa_diag *diag)
{
	struct fa_history_walk walk;
	struct fa_columns c;

	if (fa_history_begin(&walk, store,
			     "SELECT reason, count FROM window_decode WHERE run = ?1 AND n = ?2",
			     run) == SQLITE_OK)
		walk.rc = sqlite3_bind_int64(walk.stmt, 2, n);
	while (fa_history_next(&walk, &c))
		fa_column_decode(&c, out);
	return fa_history_end(&walk, 0, diag);
}

int fa_history_each_window(void *context, int64_t run,
			   int (*fn)(void *arg, const struct fa_window *), void *arg,
			   struct fa_diag *diag)
{
	struct fa_store *store = context;
	struct fa_history_walk walk;
	struct fa_columns c;
	int error = fa_history_resolve(store, &run, diag);

	if (error != 0)
		return error;
	fa_history_begin(&walk, store,
			 "SELECT n, begun_ns, ended_ns, conversations, " FA_TOTALS_COLUMNS
			 " FROM window WHERE run = ? ORDER BY n",
			 run);
	while (error == 0 && fa_history_next(&walk, &c)) {
		struct fa_window window;
		int64_t n;

		memset(&window, 0, sizeof(window));
		n = fa_column_int(&c);
		window.begun_ns = fa_column_int(&c);
		window.ended_ns = fa_column_int(&c);
		window.totals.conversations = fa_column_count(&c);
		fa_column_totals(&c, &window.totals);
		window.totals.end = FA_RUN_COMPLETE;
		error = read_window_decode(store, run, n, &window.totals.capture, diag);
		if (error == 0)
			error = fn(arg, &window);
	}
	return fa_history_end(&walk, error, diag);
}

int fa_history_each_crash(void *context, int64_t run,
			  int (*fn)(void *arg, const struct fa_crash *), void *arg,
			  struct fa_diag *diag)
{
	struct fa_history_walk walk;
	struct fa_columns c;
	uint32_t n = 0;
	int error = fa_history_resolve(context, &run, diag);

	if (error != 0)
		return error;
	fa_history_begin(&walk, context,
			 "SELECT when_ns, ts_ns, number, worker, signal, ip_bytes, packet "
			 "FROM crash WHERE run = ? ORDER BY n",
			 run);
	while (error == 0 && fa_history_next(&walk, &c)) {
		struct fa_crash crash = {0};
		size_t captured;

		crash.n = ++n;
		crash.when_ns = fa_column_int(&c);
		crash.ts_ns = fa_column_int(&c);
		crash.number = fa_column_count(&c);
		crash.worker = (uint32_t)fa_column_count(&c);
		crash.signal = (int32_t)fa_column_int(&c);
		crash.ip_bytes = (uint32_t)fa_column_count(&c);
		crash.bytes = fa_column_blob(&c, &captured);
		crash.captured = (uint32_t)captured;
		error = fn(arg, &crash);
	}
	return fa_history_end(&walk, error, diag);
}
