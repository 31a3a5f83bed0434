/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading conversations, findings and sums; and the table of all reading functions. */
#include "store/history.h"

#include <inttypes.h>
#include <string.h>

/* Rows of "detection" or "direction" to our numbers; what is unknown becomes the weakest. */
static uint8_t number_of(const int64_t *rows, size_t count, int64_t row)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i] == row)
			return (uint8_t)i;
	return (uint8_t)(count - 1);
}

static enum fa_verdict verdict_of(const char *text)
{
	int verdict = fa_verdict_parse(text);

	return verdict < 0 ? FA_VERDICT_INDETERMINATE : (enum fa_verdict)verdict;
}

/* Bytes of a name as they were: how fa_identity_compare orders them. */
#define NAME_KEY(name) "ifnull(" name ".raw, CAST(" name ".text AS BLOB))"

#define CONVERSATION_SQL                                                                           \
	"SELECT s.sort, cl.sort, u.transport, u.port, u.client_port, u.fragment, "                 \
	"ifnull(t.number, 0) AS tunnel_number, u.tunnel_id, p.text, p.raw, a.text, a.raw, "        \
	"h.text, h.raw, u.detection, u.direction, u.finding, " FA_COUNT_COLUMNS ", j.verdict, "    \
	"r.rule, n.rule, j.instance, j.nearest_instance, j.waiver, j.waived, j.differs, "          \
	"j.candidates, j.candidate_count, j.reasons, j.detail "                                    \
	"FROM fa_unit u JOIN host s ON s.id = u.server JOIN host cl ON cl.id = u.client "          \
	"JOIN name p ON p.id = u.protocol JOIN name a ON a.id = u.application "                    \
	"JOIN name h ON h.id = u.host LEFT JOIN fa_tunnel t ON t.name = u.tunnel "                 \
	"JOIN fa_rank k ON k.rank = u.rank JOIN judgement j ON j.id = k.judgement "                \
	"LEFT JOIN rule r ON r.id = j.rule LEFT JOIN rule n ON n.id = j.nearest "                  \
	"ORDER BY s.sort, u.port, u.transport, cl.sort, u.client_port, " NAME_KEY("p") ", "        \
	NAME_KEY("a") ", " NAME_KEY("h") ", u.detection, u.direction, tunnel_number, "             \
	"u.tunnel_id, u.fragment, j.verdict, r.rule, u.rank"

static void column_identity(struct fa_store *store, struct fa_columns *c, struct fa_identity *id)
{
	fa_column_addr(c, &id->server);
	fa_column_addr(c, &id->client);
	id->transport = (uint8_t)fa_column_int(c);
	id->server_port = (uint16_t)fa_column_int(c);
	id->client_port = (uint16_t)fa_column_int(c);
	id->fragment = (uint8_t)fa_column_int(c);
	id->tunnel = (uint8_t)fa_column_int(c);
	id->tunnel_id = (uint32_t)fa_column_int(c);
	fa_column_name(c, id->protocol, sizeof(id->protocol));
	fa_column_name(c, id->application, sizeof(id->application));
	fa_column_name(c, id->host, sizeof(id->host));
	id->detected_by = number_of(store->detection_rows, FA_DETECTED_COUNT, fa_column_int(c));
	id->direction_by = number_of(store->direction_rows, FA_BY_COUNT, fa_column_int(c));
}

static void column_conversation(struct fa_store *store, struct fa_columns *c,
				struct fa_stored_conversation *out)
{
	memset(out, 0, sizeof(*out));
	column_identity(store, c, &out->id);
	out->finding = fa_column_int(c);
	fa_column_counts(c, &out->counts);
	out->verdict = verdict_of(fa_column_text(c));
	out->rule = fa_column_text(c);
	out->nearest = fa_column_text(c);
	out->instance = fa_column_text(c);
	out->nearest_instance = fa_column_text(c);
	out->waiver = fa_column_text(c);
	out->waived = verdict_of(fa_column_text(c));
	out->differs = fa_differences_parse(fa_column_text(c));
	out->candidates = fa_column_text(c);
	out->candidate_count = fa_column_count(c);
	out->reason_count = fa_reasons_parse(fa_column_text(c), out->reasons);
	out->detail = fa_column_text(c);
}

#define PART_SQL                                                                                   \
	"SELECT s.sort, cl.sort, u.transport, u.port, u.client_port, u.fragment, "                 \
	"ifnull(t.number, 0), u.tunnel_id, p.text, p.raw, a.text, a.raw, h.text, h.raw, "          \
	"u.detection, u.direction, u.first_seen_ns, u.last_seen_ns "                               \
	"FROM conversation u JOIN host s ON s.id = u.server JOIN host cl ON cl.id = u.client "     \
	"JOIN name p ON p.id = u.protocol JOIN name a ON a.id = u.application "                    \
	"JOIN name h ON h.id = u.host LEFT JOIN fa_tunnel t ON t.name = u.tunnel "                 \
	"WHERE u.run = ?1 AND u.finding = ?2"

/* Makes the temporary tables; not in a transaction of their own when a snapshot is open. */
static int make_units(struct fa_store *store, int64_t run, struct fa_diag *diag)
{
	bool own = sqlite3_get_autocommit(store->db) != 0;
	int rc = own ? fa_sql_run(store->db, "BEGIN") : SQLITE_OK;

	if (rc == SQLITE_OK)
		rc = fa_store_units_make(store, run, false);
	if (rc == SQLITE_OK && own)
		rc = fa_sql_run(store->db, "COMMIT");
	if (rc == SQLITE_OK)
		return 0;
	fa_store_failed(store, rc, diag);
	if (own)
		fa_sql_run(store->db, "ROLLBACK");
	return fa_store_failed(store, rc, NULL);
}

int fa_history_each_conversation(void *context, int64_t run,
				 int (*fn)(void *arg, const struct fa_stored_conversation *),
				 void *arg, struct fa_diag *diag)
{
	struct fa_store *store = context;
	struct fa_stored_conversation conversation;
	struct fa_history_walk walk;
	struct fa_columns c;
	int error = fa_history_resolve(store, &run, diag);

	if (error == 0)
		error = make_units(store, run, diag);
	if (error != 0)
		return error;
	fa_history_begin(&walk, store, CONVERSATION_SQL, 0);
	while (error == 0 && fa_history_next(&walk, &c)) {
		column_conversation(store, &c, &conversation);
		error = fn(arg, &conversation);
	}
	error = fa_history_end(&walk, error, diag);
	fa_store_units_drop(store);
	return error;
}

#define FINDING_SQL                                                                                \
	"SELECT f.number, f.verdict, f.kind = 'sweep', cl.sort, s.sort, ifnull(f.transport, 0), "  \
	"ifnull(f.port, 0), p.text, a.text, h.text, f.detection, f.direction, r.rule, n.rule, "    \
	"j.instance, j.nearest_instance, j.differs, j.reasons, j.detail, j.candidate_count, "      \
	"f.clients, f.servers, f.ports, f.conversations, " FA_COUNT_COLUMNS " FROM finding f "                                    \
	"LEFT JOIN host cl ON cl.id = f.client LEFT JOIN host s ON s.id = f.server "               \
	"JOIN name p ON p.id = f.protocol JOIN name a ON a.id = f.application "                    \
	"JOIN name h ON h.id = f.host JOIN judgement j ON j.id = f.judgement "                     \
	"LEFT JOIN rule r ON r.id = f.rule LEFT JOIN rule n ON n.id = f.nearest "                  \
	"WHERE f.run = ?1 ORDER BY f.number"

static void column_finding(struct fa_store *store, struct fa_columns *c,
			   struct fa_stored_finding *out)
{
	memset(out, 0, sizeof(*out));
	out->number = fa_column_int(c);
	out->verdict = verdict_of(fa_column_text(c));
	out->sweep = fa_column_int(c) != 0;
	fa_column_addr(c, &out->client);
	fa_column_addr(c, &out->server);
	out->transport = (uint8_t)fa_column_int(c);
	out->port = (uint16_t)fa_column_int(c);
	out->protocol = fa_column_text(c);
	out->application = fa_column_text(c);
	out->host = fa_column_text(c);
	out->detected_by = number_of(store->detection_rows, FA_DETECTED_COUNT, fa_column_int(c));
	out->direction_by = number_of(store->direction_rows, FA_BY_COUNT, fa_column_int(c));
	out->rule = fa_column_text(c);
	out->nearest = fa_column_text(c);
	out->instance = fa_column_text(c);
	out->nearest_instance = fa_column_text(c);
	out->differs = fa_differences_parse(fa_column_text(c));
	out->reason_count = fa_reasons_parse(fa_column_text(c), out->reasons);
	out->detail = fa_column_text(c);
	out->candidate_count = fa_column_count(c);
	out->clients = fa_column_count(c);
	out->servers = fa_column_count(c);
	out->ports = fa_column_count(c);
	out->conversations = fa_column_count(c);
	fa_column_counts(c, &out->counts);
}

int fa_history_each_finding(void *context, int64_t run, uint64_t limit,
			    int (*fn)(void *arg, const struct fa_stored_finding *), void *arg,
			    struct fa_diag *diag)
{
	struct fa_store *store = context;
	struct fa_stored_finding finding;
	struct fa_history_walk walk;
	struct fa_columns c;
	uint64_t count = 0;
	int error = fa_history_resolve(store, &run, diag);

	if (error != 0)
		return error;
	fa_history_begin(&walk, store, FINDING_SQL, run);
	while (error == 0 && (limit == 0 || count < limit) && fa_history_next(&walk, &c)) {
		column_finding(store, &c, &finding);
		count++;
		error = fn(arg, &finding);
	}
	return fa_history_end(&walk, error, diag);
}

static int check_number(struct fa_store *store, int64_t run, int64_t number, struct fa_diag *diag)
{
	struct fa_stored_run stored;
	int error = fa_history_run(store, run, &stored, diag);

	if (error != 0 || (number >= 1 && (uint64_t)number <= stored.findings))
		return error;
	return fa_fail(diag, FA_ENOENT,
		       "%s: run %" PRId64 " has no finding %" PRId64 ": it has %" PRIu64 "%s",
		       store->path, run, number, stored.findings,
		       stored.findings > 1 ? ", numbered from 1" : "");
}

int fa_history_conversations_of_finding(void *context, int64_t run, int64_t number,
					int (*fn)(void *arg, const struct fa_finding_part *),
					void *arg, struct fa_diag *diag)
{
	struct fa_store *store = context;
	struct fa_finding_part part;
	struct fa_history_walk walk;
	struct fa_columns c;
	int error = fa_history_resolve(store, &run, diag);

	if (error == 0)
		error = check_number(store, run, number, diag);
	if (error != 0)
		return error;
	if (fa_store_tunnels_make(store) != SQLITE_OK)
		return fa_store_failed(store, sqlite3_errcode(store->db), diag);
	if (fa_history_begin(&walk, store, PART_SQL, run) == SQLITE_OK)
		walk.rc = sqlite3_bind_int64(walk.stmt, 2, number);
	while (error == 0 && fa_history_next(&walk, &c)) {
		memset(&part, 0, sizeof(part));
		column_identity(store, &c, &part.id);
		part.first_seen_ns = fa_column_int(&c);
		part.last_seen_ns = fa_column_int(&c);
		error = fn(arg, &part);
	}
	error = fa_history_end(&walk, error, diag);
	fa_store_units_drop(store);
	return error;
}

/* The summary made at the end of a run, or the same from its conversations while it goes on. */
static const char stored_sums[] = "SELECT verdict, conversations, flows, packets, bytes "
				  "FROM run_verdict WHERE run = ?1";
static const char running_sums[] =
	"SELECT j.verdict, count(*), sum(u.flows), "
	"sum(u.packets_to_server + u.packets_to_client), "
	"sum(u.bytes_to_server + u.bytes_to_client) FROM fa_unit u "
	"JOIN fa_rank k ON k.rank = u.rank JOIN judgement j ON j.id = k.judgement "
	"GROUP BY j.verdict";

static int read_sums(struct fa_store *store, const char *sql, int64_t run,
		     struct fa_verdict_sum out[FA_VERDICT_COUNT], struct fa_diag *diag)
{
	struct fa_history_walk walk;
	struct fa_columns c;

	fa_history_begin(&walk, store, sql, run);
	while (fa_history_next(&walk, &c)) {
		struct fa_verdict_sum *sum = &out[verdict_of(fa_column_text(&c))];

		sum->conversations += fa_column_count(&c);
		sum->flows += fa_column_count(&c);
		sum->packets += fa_column_count(&c);
		sum->bytes += fa_column_count(&c);
	}
	return fa_history_end(&walk, 0, diag);
}

int fa_history_sums(void *context, int64_t run, struct fa_verdict_sum out[FA_VERDICT_COUNT],
		    struct fa_diag *diag)
{
	struct fa_store *store = context;
	struct fa_stored_run stored;
	int error = fa_history_run(store, run, &stored, diag);

	memset(out, 0, FA_VERDICT_COUNT * sizeof(out[0]));
	for (int i = 0; i < FA_VERDICT_COUNT; i++)
		out[i].verdict = (enum fa_verdict)i;
	if (error != 0)
		return error;
	if (stored.totals.end != FA_RUN_UNFINISHED)
		return read_sums(store, stored_sums, stored.id, out, diag);
	error = make_units(store, stored.id, diag);
	if (error == 0)
		error = read_sums(store, running_sums, 0, out, diag);
	fa_store_units_drop(store);
	return error;
}

int fa_store_history(struct fa_store *store, struct fa_history *out)
{
	*out = (struct fa_history){
		.context = store,
		.run = fa_history_run,
		.each_run = fa_history_each_run,
		.each_catalog = fa_history_each_catalog,
		.sums = fa_history_sums,
		.each_conversation = fa_history_each_conversation,
		.each_finding = fa_history_each_finding,
		.each_expectation = fa_history_each_expectation,
		.each_place = fa_history_each_place,
		.each_waiver = fa_history_each_waiver,
		.each_input = fa_history_each_input,
		.each_window = fa_history_each_window,
		.each_crash = fa_history_each_crash,
		.conversations_of_finding = fa_history_conversations_of_finding,
		.rule = fa_history_rule,
	};
	return 0;
}
