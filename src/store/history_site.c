/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading what a run was judged with and what it read: places, waivers, files. */
#include "store/history.h"

#include "base/words.h"

int fa_history_each_place(void *context, int64_t run,
			  int (*fn)(void *arg, const struct fa_stored_place *), void *arg,
			  struct fa_diag *diag)
{
	struct fa_history_walk walk;
	struct fa_columns c;
	int error = fa_history_resolve(context, &run, diag);

	if (error != 0)
		return error;
	fa_history_begin(&walk, context,
			 "SELECT instance, product, role, label, host, implied, first, last FROM place "
			 "WHERE run = ? ORDER BY n",
			 run);
	while (error == 0 && fa_history_next(&walk, &c)) {
		struct fa_stored_place place;

		place.instance = fa_column_text(&c);
		place.product = fa_column_text(&c);
		place.role = fa_column_text(&c);
		place.label = fa_column_text(&c);
		place.host = fa_column_text(&c);
		place.implied = fa_column_int(&c) != 0;
		fa_column_addr(&c, &place.first);
		fa_column_addr(&c, &place.last);
		error = fn(arg, &place);
	}
	return fa_history_end(&walk, error, diag);
}

static enum fa_waiver_status status_parse(const char *text)
{
#define FA_X(name, word) word,
	static const char *const words[] = {FA_WAIVER_STATUSES(FA_X)};
#undef FA_X
	int status = fa_word_index(FA_WORDS(words), text);

	return status < 0 ? FA_WAIVER_UNUSED : (enum fa_waiver_status)status;
}

int fa_history_each_waiver(void *context, int64_t run,
			   int (*fn)(void *arg, const struct fa_stored_waiver *), void *arg,
			   struct fa_diag *diag)
{
	struct fa_history_walk walk;
	struct fa_columns c;
	int error = fa_history_resolve(context, &run, diag);

	if (error != 0)
		return error;
	fa_history_begin(&walk, context,
			 "SELECT waiver, owner, reason, ticket, expires, client, server, "
			 "transport, port, protocol, status, broad, conversations, flows "
			 "FROM waiver WHERE run = ? ORDER BY position, waiver",
			 run);
	while (error == 0 && fa_history_next(&walk, &c)) {
		struct fa_stored_waiver waiver;

		waiver.id = fa_column_text(&c);
		waiver.owner = fa_column_text(&c);
		waiver.reason = fa_column_text(&c);
		waiver.ticket = fa_column_text(&c);
		waiver.expires = fa_column_text(&c);
		waiver.client = fa_column_text(&c);
		waiver.server = fa_column_text(&c);
		waiver.transport = fa_column_text(&c);
		waiver.port = fa_column_text(&c);
		waiver.protocol = fa_column_text(&c);
		waiver.status = status_parse(fa_column_text(&c));
		waiver.broad = fa_column_int(&c) != 0;
		waiver.conversations = fa_column_count(&c);
		waiver.flows = fa_column_count(&c);
		error = fn(arg, &waiver);
	}
	return fa_history_end(&walk, error, diag);
}

int fa_history_each_input(void *context, int64_t run,
			  int (*fn)(void *arg, const struct fa_input_file *), void *arg,
			  struct fa_diag *diag)
{
	struct fa_history_walk walk;
	struct fa_columns c;
	int error = fa_history_resolve(context, &run, diag);

	if (error != 0)
		return error;
	fa_history_begin(&walk, context,
			 "SELECT path, bytes, mtime_ns FROM run_input WHERE run = ? ORDER BY n", run);
	while (error == 0 && fa_history_next(&walk, &c)) {
		struct fa_input_file file;

		file.path = fa_column_text(&c);
		file.bytes = fa_column_count(&c);
		file.mtime_ns = fa_column_int(&c);
		error = fn(arg, &file);
	}
	return fa_history_end(&walk, error, diag);
}
