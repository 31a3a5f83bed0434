/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Findings: conversations of a run that are one thing to look at, in the order of importance.
 *
 * single	everything with the same verdict, rule, nearest rule, instances, server, transport,
 *		port, protocol and application: the clients, host names and times may differ
 * sweep	one client that tried FA_STORE_MANY or more targets (server, transport, port), which
 *		never answered: all its unanswered, undocumented or refused targets, and on TCP
 *		those at a wrong endpoint
 * pair		one client and one server with FA_STORE_MANY or more undocumented ports between them
 *		(FTP data, RPC, peer to peer): all undocumented ones outside a sweep
 *
 * Within a verdict those with more bytes come first, then more flows, then the order of the
 * addresses and names. Nothing depends on row numbers, which depend on the order of insertion.
 */
#include "store/internal.h"

#define TEXT_OF(x) #x
#define NUMBER(x)  TEXT_OF(x)
#define MANY	   NUMBER(FA_STORE_MANY)

/* The one value of a column, or NULL when it differs. */
#define ONE(column) "CASE WHEN min(" column ") = max(" column ") THEN min(" column ") END"
/* The same for names, where 0 is the empty name, */
#define ONE_NAME(column) "CASE WHEN min(" column ") = max(" column ") THEN min(" column ") ELSE 0 END"
/* and for columns that may be NULL: then it counts as a value. */
#define ONE_RULE(column)                                                                           \
	"CASE WHEN min(ifnull(" column ", 0)) = max(ifnull(" column ", 0)) "                       \
	"THEN min(" column ") END"

#define UNDOCUMENTED "(SELECT importance FROM verdict WHERE text = 'undocumented')"
#define REFUSED	     "(SELECT importance FROM verdict WHERE text = 'refused')"
#define WRONG_ENDPOINT "(SELECT importance FROM verdict WHERE text = 'wrong-endpoint')"
/*
 * What a sweep takes in. A TCP connection that was never opened says no more about the endpoint
 * than about the port; a datagram that nobody answered may still have carried something there.
 */
#define SWEPT(importance, transport)                                                               \
	"(" importance " IN (" UNDOCUMENTED ", " REFUSED ") "                                      \
	"OR (" importance " = " WRONG_ENDPOINT " AND " transport " = 6))"
#define ANSWERED     "(half_open + established + midstream + closed + reset + two_way)"
#define SAME_TARGET(a, b)                                                                          \
	a ".client = " b ".client AND " a ".server = " b ".server AND " a ".transport = " b        \
	  ".transport AND " a ".port = " b ".port"
/* Many clients that were not told apart: neither one that sweeps, nor one of a pair. */
#define CROWD	 "(SELECT id FROM host WHERE address IN ('0.0.0.0', '::'))"
#define IN_SWEEP "EXISTS (SELECT 1 FROM fa_target t WHERE " SAME_TARGET("t", "u") ")"

/*
 * "telling" picks the member with the strongest detection, then direction, then the first
 * judgement: three numbers in one, so that one min() decides.
 */
#define AGGREGATES                                                                                 \
	"max(u.importance), " ONE("u.client") ", " ONE("u.server") ", " ONE("u.transport") ", "    \
	ONE("u.port") ", " ONE_NAME("u.protocol") ", " ONE_NAME("u.application") ", "              \
	ONE_NAME("u.host") ", " ONE_RULE("j.rule") ", " ONE_RULE("j.nearest") ", "                 \
	"min((u.detection << 48) | (u.direction << 40) | u.rank), "                                \
	"count(DISTINCT u.client), count(DISTINCT u.server), "                                     \
	"count(DISTINCT (u.transport << 16) | u.port), count(*), " FA_COUNT_SUMS ", " \
	ONE("u.family")
#define PACKETS "packets_to_server + packets_to_client"
#define BYTES	"bytes_to_server + bytes_to_client"
#define WITH_JUDGEMENT                                                                             \
	"JOIN fa_rank k ON k.rank = u.rank JOIN judgement j ON j.id = k.judgement "

static const char *const prepare[] = {
	/* Targets that never answered as far as findings go, */
	"CREATE TEMP TABLE fa_target (client INTEGER, server INTEGER, transport INTEGER, "
	"port INTEGER, PRIMARY KEY (client, server, transport, port)) WITHOUT ROWID",
	"INSERT INTO fa_target SELECT client, server, transport, port FROM fa_unit "
	"WHERE client NOT IN " CROWD " GROUP BY client, server, transport, port "
	"HAVING sum(" ANSWERED ") = 0 "
	"AND sum(attempted + refused + one_way) > 0 "
	"AND max(" SWEPT("importance", "transport") ")",
	"CREATE TEMP TABLE fa_sweep (client INTEGER PRIMARY KEY, number INTEGER)",
	"INSERT INTO fa_sweep (client) SELECT client FROM fa_target GROUP BY client "
	"HAVING count(*) >= " MANY,
	/* nor in flows with other verdicts: these are looked at only for clients that may matter. */
	"DELETE FROM fa_target WHERE (client, server, transport, port) IN ("
	"SELECT c.client, c.server, c.transport, c.port FROM conversation c WHERE c.run = ?1 "
	"AND c.client IN (SELECT client FROM fa_sweep) AND " ANSWERED " > 0)",
	"DELETE FROM fa_sweep WHERE client NOT IN (SELECT client FROM fa_target GROUP BY client "
	"HAVING count(*) >= " MANY ")",
	"DELETE FROM fa_target WHERE client NOT IN (SELECT client FROM fa_sweep)",

	"CREATE TEMP TABLE fa_pair (client INTEGER, server INTEGER, number INTEGER, "
	"PRIMARY KEY (client, server)) WITHOUT ROWID",
	"INSERT INTO fa_pair (client, server) SELECT client, server FROM fa_unit u "
	"WHERE importance = " UNDOCUMENTED " AND NOT " IN_SWEEP " AND client NOT IN " CROWD
	" GROUP BY client, server "
	"HAVING count(DISTINCT (transport << 16) | port) >= " MANY,

	"CREATE TEMP TABLE fa_bundle (id INTEGER PRIMARY KEY, kind TEXT, importance INTEGER, "
	"client INTEGER, server INTEGER, transport INTEGER, port INTEGER, protocol INTEGER, "
	"application INTEGER, host INTEGER, rule INTEGER, nearest INTEGER, telling INTEGER, "
	"clients, servers, ports, conversations, " FA_COUNT_COLUMNS ", family INTEGER)",
	"INSERT INTO fa_bundle SELECT NULL, 'sweep', " AGGREGATES
	" FROM fa_target t CROSS JOIN fa_unit u ON " SAME_TARGET("u", "t") " " WITH_JUDGEMENT
	"WHERE " SWEPT("u.importance", "u.transport") " GROUP BY t.client",
	"INSERT INTO fa_bundle SELECT NULL, 'pair', " AGGREGATES
	" FROM fa_pair p CROSS JOIN fa_unit u ON u.client = p.client AND u.server = p.server "
	WITH_JUDGEMENT
	"WHERE u.importance = " UNDOCUMENTED " AND NOT " IN_SWEEP " GROUP BY p.client, p.server",
	"INSERT INTO fa_bundle SELECT NULL, 'single', " AGGREGATES
	" FROM fa_unit u " WITH_JUDGEMENT
	"WHERE u.importance IS NOT NULL "
	"AND NOT (" SWEPT("u.importance", "u.transport") " AND " IN_SWEEP ") "
	"AND NOT (u.importance = " UNDOCUMENTED " AND EXISTS (SELECT 1 FROM fa_pair p "
	"WHERE p.client = u.client AND p.server = u.server)) "
	"GROUP BY u.family, u.server, u.transport, u.port, u.protocol, u.application",

	"CREATE TEMP TABLE fa_order (number INTEGER PRIMARY KEY, bundle INTEGER UNIQUE)",
	"INSERT INTO fa_order (bundle) SELECT b.id FROM fa_bundle b "
	"LEFT JOIN host s ON s.id = b.server LEFT JOIN host c ON c.id = b.client "
	"LEFT JOIN name p ON p.id = b.protocol LEFT JOIN name a ON a.id = b.application "
	"LEFT JOIN rule r ON r.id = b.rule LEFT JOIN rule n ON n.id = b.nearest "
	"ORDER BY b.importance, b.bytes_to_server + b.bytes_to_client DESC, b.flows DESC, b.kind, "
	"s.sort, b.port, b.transport, c.sort, p.text, a.text, r.rule, n.rule, b.family",

	/* From conversations to numbers. */
	"UPDATE fa_sweep SET number = (SELECT o.number FROM fa_bundle b "
	"JOIN fa_order o ON o.bundle = b.id WHERE b.kind = 'sweep' AND b.client = fa_sweep.client)",
	"CREATE TEMP TABLE fa_single (family INTEGER, server INTEGER, transport INTEGER, "
	"port INTEGER, protocol INTEGER, application INTEGER, number INTEGER, "
	"PRIMARY KEY (family, server, transport, port, protocol, application)) "
	"WITHOUT ROWID",
	"INSERT INTO fa_single SELECT b.family, b.server, b.transport, b.port, b.protocol, "
	"b.application, o.number FROM fa_bundle b JOIN fa_order o ON o.bundle = b.id "
	"WHERE b.kind = 'single' ORDER BY 1, 2, 3, 4, 5, 6",
	"REPLACE INTO fa_pair SELECT b.client, b.server, o.number FROM fa_bundle b "
	"JOIN fa_order o ON o.bundle = b.id WHERE b.kind = 'pair'",

	/* The summary: what was judged alike, of those with a finding and of those without. */
	"CREATE TEMP TABLE fa_sum (rank INTEGER, conversations INTEGER, flows INTEGER, "
	"packets INTEGER, bytes INTEGER)",
	"INSERT INTO fa_sum SELECT rank, count(*), sum(flows), sum(" PACKETS "), sum(" BYTES ") "
	"FROM fa_unit GROUP BY rank",
	"INSERT INTO fa_sum SELECT s.rank, n.conversations, s.flows, s.packets, s.bytes FROM ("
	"SELECT k.class, min(k.rank) AS rank, sum(flows) AS flows, sum(" PACKETS ") AS packets, "
	"sum(" BYTES ") AS bytes FROM conversation c "
	"CROSS JOIN fa_rank k ON k.judgement = c.judgement "
	"WHERE c.run = ?1 AND k.importance IS NULL GROUP BY k.class) s JOIN ("
	"SELECT class, count(*) AS conversations FROM (SELECT DISTINCT " FA_IDENTITY_COLUMNS
	", k.class FROM conversation c CROSS JOIN fa_rank k ON k.judgement = c.judgement "
	"WHERE c.run = ?1 AND k.importance IS NULL) GROUP BY class) n ON n.class = s.class",
	"CREATE TEMP TABLE fa_waived (waiver TEXT PRIMARY KEY, conversations INTEGER, "
	"flows INTEGER) WITHOUT ROWID",
	"INSERT INTO fa_waived SELECT j.waiver, sum(conversations), sum(flows) FROM fa_sum s "
	"JOIN fa_rank k ON k.rank = s.rank JOIN judgement j ON j.id = k.judgement "
	"WHERE j.waiver <> '' GROUP BY j.waiver",
};

static const char *const write[] = {
	"DELETE FROM finding WHERE run = ?1",
	"INSERT INTO finding (run, number, verdict, kind, client, server, transport, port, protocol, "
	"application, host, rule, nearest, detection, direction, judgement, clients, servers, "
	"ports, conversations, " FA_COUNT_COLUMNS ") SELECT ?1, o.number, "
	"(SELECT text FROM verdict v WHERE v.importance = b.importance), b.kind, b.client, "
	"b.server, b.transport, b.port, b.protocol, b.application, b.host, b.rule, b.nearest, "
	"b.telling >> 48, (b.telling >> 40) & 255, k.judgement, b.clients, b.servers, b.ports, "
	"b.conversations, " FA_COUNT_COLUMNS " FROM fa_order o CROSS JOIN fa_bundle b "
	"ON b.id = o.bundle JOIN fa_rank k ON k.rank = (b.telling & 0xffffffffff) "
	"ORDER BY o.number",
	"UPDATE conversation AS u SET finding = coalesce("
	"(SELECT s.number FROM fa_sweep s WHERE s.client = u.client AND " IN_SWEEP
	" AND " SWEPT("(SELECT importance FROM fa_rank k WHERE k.judgement = u.judgement)",
		      "u.transport") "), "
	"(SELECT p.number FROM fa_pair p WHERE p.client = u.client AND p.server = u.server "
	"AND (SELECT importance FROM fa_rank k WHERE k.judgement = u.judgement) = " UNDOCUMENTED
	"), (SELECT g.number FROM fa_single g WHERE g.family = "
	"(SELECT family FROM fa_rank k WHERE k.judgement = u.judgement) "
	"AND g.server = u.server AND g.transport = u.transport AND g.port = u.port "
	"AND g.protocol = u.protocol AND g.application = u.application)) "
	"WHERE run = ?1 "
	"AND (SELECT importance FROM fa_rank k WHERE k.judgement = u.judgement) IS NOT NULL",
	"DELETE FROM run_verdict WHERE run = ?1",
	"INSERT INTO run_verdict SELECT ?1, j.verdict, sum(conversations), sum(flows), "
	"sum(packets), sum(bytes) FROM fa_sum s JOIN fa_rank k ON k.rank = s.rank "
	"JOIN judgement j ON j.id = k.judgement GROUP BY j.verdict",
	"UPDATE waiver SET "
	"conversations = ifnull((SELECT u.conversations FROM fa_waived u "
	"WHERE u.waiver = waiver.waiver), 0), "
	"flows = ifnull((SELECT u.flows FROM fa_waived u WHERE u.waiver = waiver.waiver), 0) "
	"WHERE run = ?1",
};

static int run_all(struct fa_store *store, const char *const *texts, size_t count)
{
	int rc = SQLITE_OK;

	for (size_t i = 0; rc == SQLITE_OK && i < count; i++)
		rc = fa_store_run_sql(store, texts[i], store->run);
	return rc;
}

int fa_store_findings_prepare(struct fa_store *store)
{
	int rc = fa_store_units_make(store, store->run, true);

	return rc == SQLITE_OK ? run_all(store, prepare, sizeof(prepare) / sizeof(prepare[0])) : rc;
}

int fa_store_findings_write(struct fa_store *store)
{
	return run_all(store, write, sizeof(write) / sizeof(write[0]));
}
