/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading conversations and sums; and the table of all reading functions. */
#include "store/history.h"

#include <string.h>

/* Bytes of a name as they were: how fa_identity_compare orders them. */
#define NAME_KEY(name) "ifnull(" name ".raw, CAST(" name ".text AS BLOB))"

#define CONVERSATION_SQL                                                                           \
	"SELECT s.sort, cl.sort, u.transport, u.port, u.client_port, u.fragment, "                 \
	"ifnull(t.number, 0) AS tunnel_number, u.tunnel_id, u.vlan, u.inner_vlan, "                \
	"p.text, p.raw, a.text, a.raw, "                                                           \
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
	"u.tunnel_id, u.vlan, u.inner_vlan, u.fragment, j.verdict, r.rule, u.rank"

void fa_column_identity(struct fa_store *store, struct fa_columns *c, struct fa_identity *id)
{
	fa_column_addr(c, &id->server);
	fa_column_addr(c, &id->client);
	id->transport = (uint8_t)fa_column_int(c);
	id->server_port = (uint16_t)fa_column_int(c);
	id->client_port = (uint16_t)fa_column_int(c);
	id->fragment = (uint8_t)fa_column_int(c);
	id->tunnel = (uint8_t)fa_column_int(c);
	id->tunnel_id = (uint32_t)fa_column_int(c);
	for (size_t i = 0; i < FA_KEY_VLANS; i++)
		id->vlan[i] = (uint16_t)fa_column_int(c);
	fa_column_name(c, id->protocol, sizeof(id->protocol));
	fa_column_name(c, id->application, sizeof(id->application));
	fa_column_name(c, id->host, sizeof(id->host));
	id->detected_by = fa_store_word_number(store->detection_rows, FA_DETECTED_COUNT,
					       fa_column_int(c));
	id->direction_by = fa_store_word_number(store->direction_rows, FA_BY_COUNT, fa_column_int(c));
}

static void column_conversation(struct fa_store *store, struct fa_columns *c,
				struct fa_stored_conversation *out)
{
	memset(out, 0, sizeof(*out));
	fa_column_identity(store, c, &out->id);
	out->finding = fa_column_int(c);
	fa_column_counts(c, &out->counts);
	out->verdict = fa_store_verdict(fa_column_text(c));
	out->rule = fa_column_text(c);
	out->nearest = fa_column_text(c);
	out->instance = fa_column_text(c);
	out->nearest_instance = fa_column_text(c);
	out->waiver = fa_column_text(c);
	out->waived = fa_store_verdict(fa_column_text(c));
	out->differs = fa_differences_parse(fa_column_text(c));
	out->candidates = fa_column_text(c);
	out->candidate_count = fa_column_count(c);
	out->reason_count = fa_reasons_parse(fa_column_text(c), out->reasons);
	out->detail = fa_column_text(c);
}

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
		struct fa_verdict_sum *sum = &out[fa_store_verdict(fa_column_text(&c))];

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
	bool ended;
	int error = fa_history_run(store, run, &stored, diag);

	memset(out, 0, FA_VERDICT_COUNT * sizeof(out[0]));
	for (int i = 0; i < FA_VERDICT_COUNT; i++)
		out[i].verdict = (enum fa_verdict)i;
	if (error != 0)
		return error;
	/* A window brings its summary along, also if nobody has ended the run. */
	ended = stored.totals.end != FA_RUN_UNFINISHED && !fa_live_is_gone(store, stored.id);
	if (ended || stored.windows > 0)
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
		.each_loss = fa_history_each_loss,
		.each_traffic = fa_history_each_traffic,
		.host = fa_history_host,
		.name = fa_history_name,
		.judgement = fa_history_judgement,
		.each_baseline = fa_history_each_baseline,
		.conversations_of_finding = fa_history_conversations_of_finding,
		.rule = fa_history_rule,
	};
	return 0;
}
