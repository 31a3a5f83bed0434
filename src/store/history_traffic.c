/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading traffic for comparisons: rows as they are stored, their addresses, names and judgements
 * as numbers. A million rows come in about a second; sorting or joining them would take several.
 */
#include "store/history.h"

#include <inttypes.h>
#include <string.h>
#include <xxhash.h>

static const char traffic_sql[] =
	"SELECT bucket_ns, client, server, protocol, application, judgement, ifnull(finding, 0), "
	"transport, direction, detection, port, client_port, flows, "
	"refused + half_open + established + midstream + closed + reset + two_way, "
	"packets_to_server + packets_to_client, bytes_to_server + bytes_to_client, "
	"first_seen_ns, last_seen_ns FROM conversation "
	"WHERE run = ?1 AND bucket_ns >= ?2 AND bucket_ns < ?3";

static void column_traffic(const struct fa_store *store, struct fa_columns *c,
			   struct fa_traffic *out)
{
	out->bucket_ns = fa_column_int(c);
	out->client = fa_column_int(c);
	out->server = fa_column_int(c);
	out->protocol = fa_column_int(c);
	out->application = fa_column_int(c);
	out->judgement = fa_column_int(c);
	out->finding = fa_column_int(c);
	out->transport = (uint8_t)fa_column_int(c);
	out->direction_by = fa_store_word_number(store->direction_rows, FA_BY_COUNT, fa_column_int(c));
	out->detected_by = fa_store_word_number(store->detection_rows, FA_DETECTED_COUNT,
						fa_column_int(c));
	out->port = (uint16_t)fa_column_int(c);
	out->client_port = (uint16_t)fa_column_int(c);
	out->flows = fa_column_count(c);
	out->answered_flows = fa_column_count(c);
	out->packets = fa_column_count(c);
	out->bytes = fa_column_count(c);
	out->first_ns = fa_column_int(c);
	out->last_ns = fa_column_int(c);
}

int fa_history_each_traffic(void *context, int64_t run, int64_t from_ns, int64_t to_ns,
			    int (*fn)(void *arg, const struct fa_traffic *), void *arg,
			    struct fa_diag *diag)
{
	struct fa_store *store = context;
	struct fa_history_walk walk;
	struct fa_traffic traffic;
	struct fa_columns c;
	int error = fa_history_resolve(store, &run, diag);

	if (error != 0)
		return error;
	if (fa_history_begin(&walk, store, traffic_sql, run) == SQLITE_OK)
		walk.rc = sqlite3_bind_int64(walk.stmt, 2, from_ns);
	if (walk.rc == SQLITE_OK)
		walk.rc = sqlite3_bind_int64(walk.stmt, 3, to_ns);
	while (error == 0 && fa_history_next(&walk, &c)) {
		column_traffic(store, &c, &traffic);
		error = fn(arg, &traffic);
	}
	return fa_history_end(&walk, error, diag);
}

/* The only row of a kept statement for ID; the caller resets it. */
static int find(struct fa_store *store, enum fa_statement which, const char *what, int64_t id,
		struct fa_columns *c, struct fa_diag *diag)
{
	struct fa_binder b = fa_store_binder(store, which);
	int rc;

	fa_bind_int(&b, id);
	rc = b.rc == SQLITE_OK ? sqlite3_step(b.stmt) : b.rc;
	*c = fa_columns(b.stmt);
	if (rc == SQLITE_ROW)
		return 0;
	sqlite3_reset(b.stmt);
	if (rc != SQLITE_DONE)
		return fa_store_failed(store, rc, diag);
	return fa_fail(diag, FA_ECORRUPT, "%s: there is no %s %" PRId64 ", though a row names it",
		       store->path, what, id);
}

int fa_history_host(void *context, int64_t host, struct fa_addr *out, struct fa_diag *diag)
{
	struct fa_columns c;
	int error = find(context, FA_STMT_HOST_READ, "host", host, &c, diag);

	if (error != 0)
		return error;
	fa_column_addr(&c, out);
	sqlite3_reset(c.stmt);
	return 0;
}

int fa_history_name(void *context, int64_t name, int (*fn)(void *arg, const char *text), void *arg,
		    struct fa_diag *diag)
{
	struct fa_columns c;
	int error = find(context, FA_STMT_NAME_READ, "name", name, &c, diag);

	if (error != 0)
		return error;
	error = fn(arg, fa_column_text(&c));
	sqlite3_reset(c.stmt);
	return error;
}

/* Differs where rules do; 0 for none. */
static uint64_t version_of(const char *json)
{
	return json[0] == '\0' ? 0 : XXH3_64bits(json, strlen(json)) | 1;
}

int fa_history_judgement(void *context, int64_t judgement,
			 int (*fn)(void *arg, const struct fa_stored_judgement *), void *arg,
			 struct fa_diag *diag)
{
	struct fa_stored_judgement out = {0};
	struct fa_columns c;
	int error = find(context, FA_STMT_JUDGEMENT_READ, "judgement", judgement, &c, diag);

	if (error != 0)
		return error;
	out.verdict = fa_store_verdict(fa_column_text(&c));
	out.rule = fa_column_text(&c);
	out.nearest = fa_column_text(&c);
	out.instance = fa_column_text(&c);
	out.nearest_instance = fa_column_text(&c);
	out.waiver = fa_column_text(&c);
	out.waived = fa_store_verdict(fa_column_text(&c));
	out.rule_version = version_of(fa_column_text(&c));
	out.nearest_version = version_of(fa_column_text(&c));
	error = fn(arg, &out);
	sqlite3_reset(c.stmt);
	return error;
}
