/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading findings: of a run, of its last window, and what belongs to one. */
#include "store/history.h"

#include <inttypes.h>
#include <string.h>

/* A name as it was on the wire: whoever shows it makes it harmless, once. */
#define NAME(table) "ifnull(" table ".raw, " table ".text)"
#define FINDING_COLUMNS                                                                            \
	"f.number, f.verdict, f.kind = 'sweep', cl.sort, s.sort, ifnull(m.transport, 0), "         \
	"ifnull(m.port, 0), " NAME("p") ", " NAME("a") ", " NAME("h") ", "                         \
	"f.detection, f.direction, r.rule, n.rule, "                                               \
	"j.instance, j.nearest_instance, j.differs, j.reasons, j.detail, j.candidate_count, "      \
	"m.clients, m.servers, m.ports, m.conversations, " FA_COUNT_COLUMNS_OF("m")                \
	", ifnull(w.packets, 0), t.text, ifnull(w.tunnel_id, 0)"
/* f is the finding, m what is said of its members: the finding itself, or a part of it. */
#define WITH_NAMES                                                                                 \
	"LEFT JOIN host cl ON cl.id = m.client LEFT JOIN host s ON s.id = m.server "               \
	"JOIN name p ON p.id = m.protocol JOIN name a ON a.id = m.application "                    \
	"JOIN name h ON h.id = m.host JOIN judgement j ON j.id = f.judgement "                     \
	"LEFT JOIN rule r ON r.id = f.rule LEFT JOIN rule n ON n.id = f.nearest "                  \
	"LEFT JOIN wrapped w ON w.finding = f.number LEFT JOIN name t ON t.id = w.tunnel "
/* What came in tunnels; the rows of conversations that WHICH says. */
#define WRAPPED(which)                                                                             \
	"WITH wrapped AS (SELECT finding, "                                                        \
	"sum(packets_to_server + packets_to_client) AS packets, "                                  \
	"CASE WHEN min(tunnel) = max(tunnel) THEN min(tunnel) END AS tunnel, "                     \
	"CASE WHEN min(tunnel) = max(tunnel) AND min(tunnel_id) = max(tunnel_id) "                 \
	"THEN min(tunnel_id) END AS tunnel_id "                                                    \
	"FROM conversation WHERE run = ?1 " which "AND finding IS NOT NULL AND tunnel <> 0 "       \
	"GROUP BY finding) "

#define FINDING_SQL                                                                                \
	WRAPPED("")                                                                                \
	"SELECT " FINDING_COLUMNS " FROM finding f "                                               \
	"JOIN finding m ON m.run = f.run AND m.number = f.number " WITH_NAMES                      \
	"WHERE f.run = ?1 ORDER BY f.number"

static void column_finding(struct fa_store *store, struct fa_columns *c,
			   struct fa_stored_finding *out)
{
	int kind;

	memset(out, 0, sizeof(*out));
	out->number = fa_column_int(c);
	out->verdict = fa_store_verdict(fa_column_text(c));
	out->sweep = fa_column_int(c) != 0;
	fa_column_addr(c, &out->client);
	fa_column_addr(c, &out->server);
	out->transport = (uint8_t)fa_column_int(c);
	out->port = (uint16_t)fa_column_int(c);
	out->protocol = fa_column_text(c);
	out->application = fa_column_text(c);
	out->host = fa_column_text(c);
	out->detected_by = fa_store_word_number(store->detection_rows, FA_DETECTED_COUNT,
						fa_column_int(c));
	out->direction_by =
		fa_store_word_number(store->direction_rows, FA_BY_COUNT, fa_column_int(c));
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
	out->tunnelled = fa_column_count(c);
	kind = fa_tunnel_parse(fa_column_text(c));
	out->tunnel = (uint8_t)(kind < 0 ? FA_TUNNEL_NONE : kind);
	out->tunnel_id = (uint32_t)fa_column_int(c);
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

/*
 * Conversations of a window that belong to findings: first summed over buckets, then over findings.
 * A name that differs between the members is 0, the empty one.
 */
#define ONE(column)                                                                                \
	"CASE WHEN min(" column ") = max(" column ") THEN min(" column ") END AS " column
#define ONE_NAME(column)                                                                           \
	"CASE WHEN min(" column ") = max(" column ") THEN min(" column ") ELSE 0 END AS " column
#define WINDOW_SQL                                                                                 \
	WRAPPED("AND n >= ?2 AND n < ?3 ")                                                         \
	", unit AS (SELECT finding, " FA_IDENTITY_COLUMNS ", " FA_COUNT_SUMS_NAMED              \
	" FROM conversation WHERE run = ?1 AND n >= ?2 AND n < ?3 AND finding IS NOT NULL "        \
	"GROUP BY finding, " FA_IDENTITY_COLUMNS "), "                                             \
	"member AS (SELECT finding, " ONE("client") ", " ONE("server") ", " ONE("transport") ", "  \
	ONE("port") ", " ONE_NAME("protocol") ", " ONE_NAME("application") ", " ONE_NAME("host")   \
	", count(DISTINCT client) AS clients, count(DISTINCT server) AS servers, "                 \
	"count(DISTINCT (transport << 16) | port) AS ports, count(*) AS conversations, "           \
	FA_COUNT_SUMS_NAMED " FROM unit GROUP BY finding) "                                        \
	"SELECT " FINDING_COLUMNS ", f.number NOT IN (SELECT o.finding FROM conversation o "       \
	"WHERE o.run = ?1 AND o.n < ?2 AND o.finding IS NOT NULL) FROM member m "                  \
	"JOIN finding f ON f.run = ?1 AND f.number = m.finding " WITH_NAMES "ORDER BY f.number"

int fa_store_window_findings(struct fa_store *store,
			     int (*fn)(void *arg, const struct fa_stored_finding *finding,
				       bool is_new),
			     void *arg, struct fa_diag *diag)
{
	struct fa_stored_finding finding;
	struct fa_history_walk walk;
	struct fa_columns c;
	int error = 0;

	if (store->last.run == 0)
		return fa_fail(diag, FA_EINVAL, "%s: no window was committed", store->path);
	if (fa_history_begin(&walk, store, WINDOW_SQL, store->last.run) == SQLITE_OK) {
		walk.rc = sqlite3_bind_int64(walk.stmt, 2, store->last.first);
		if (walk.rc == SQLITE_OK)
			walk.rc = sqlite3_bind_int64(walk.stmt, 3, store->last.end);
	}
	while (error == 0 && fa_history_next(&walk, &c)) {
		column_finding(store, &c, &finding);
		error = fn(arg, &finding, fa_column_int(&c) != 0);
	}
	return fa_history_end(&walk, error, diag);
}

#define PART_SQL                                                                                   \
	"SELECT s.sort, cl.sort, u.transport, u.port, u.client_port, u.fragment, "                 \
	"ifnull(t.number, 0), u.tunnel_id, u.vlan, u.inner_vlan, p.text, p.raw, a.text, a.raw, "   \
	"h.text, h.raw, "                                                                          \
	"u.detection, u.direction, u.first_seen_ns, u.last_seen_ns "                               \
	"FROM conversation u JOIN host s ON s.id = u.server JOIN host cl ON cl.id = u.client "     \
	"JOIN name p ON p.id = u.protocol JOIN name a ON a.id = u.application "                    \
	"JOIN name h ON h.id = u.host LEFT JOIN fa_tunnel t ON t.name = u.tunnel "                 \
	"WHERE u.run = ?1 AND u.finding = ?2"

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
		fa_column_identity(store, &c, &part.id);
		part.first_seen_ns = fa_column_int(&c);
		part.last_seen_ns = fa_column_int(&c);
		error = fn(arg, &part);
	}
	error = fa_history_end(&walk, error, diag);
	fa_store_units_drop(store);
	return error;
}
