/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The statements that writing repeats. */
#include "store/internal.h"

static const char *const texts[FA_STMT_COUNT] = {
	[FA_STMT_HOST_FIND] = "SELECT id FROM host WHERE sort = ?",
	[FA_STMT_HOST_ADD] = "INSERT OR IGNORE INTO host (sort, address) VALUES (?, ?)",
	[FA_STMT_NAME_FIND] = "SELECT id FROM name WHERE text = ?",
	[FA_STMT_NAME_ADD] = "INSERT INTO name (text, raw) VALUES (?, ?)",
	[FA_STMT_JUDGEMENT_FIND] =
		"SELECT id FROM judgement WHERE digest = ? AND verdict = ? AND rule IS ? AND "
		"nearest IS ? AND differs = ? AND reasons = ? AND candidates = ? AND "
		"candidate_count = ? AND detail = ? AND instance = ? AND nearest_instance = ? AND "
		"waiver = ? AND waived = ?",
	[FA_STMT_JUDGEMENT_ADD] =
		"INSERT INTO judgement (digest, verdict, rule, nearest, differs, reasons, "
		"candidates, candidate_count, detail, instance, nearest_instance, waiver, waived) "
		"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[FA_STMT_CATALOG_FIND] = "SELECT id FROM catalog WHERE product = ? AND digest = ?",
	[FA_STMT_CATALOG_ADD] =
		"INSERT INTO catalog (product, digest, name, title, publisher, dated, note, file) "
		"VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	[FA_STMT_RULE_FIND] = "SELECT id FROM rule WHERE catalog = ? AND rule = ?",
	[FA_STMT_RULE_ADD] =
		"INSERT INTO rule (catalog, rule, component, component_name, title, section, row, "
		"direction, from_roles, to_roles, transports, ports, protocols, requirement, "
		"condition, advice, advice_reason, scope, note, json, line) "
		"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[FA_STMT_RUN_ADD] =
		"INSERT INTO run (kind, source, filter, bucket_ns, workers, sandboxed, version, "
		"max_headers, tunnel_ports, flow_key, duplicates_mode, duplicates_within_ns, "
		"ending, begun_ns, committed_ns) "
		"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?14, ?14)",
	[FA_STMT_RUN_CATALOG_ADD] = "INSERT OR IGNORE INTO run_catalog (run, catalog) VALUES (?, ?)",
	[FA_STMT_RUN_SITE] =
		"UPDATE run SET site = ?, site_digest = ?, waivers_digest = ? WHERE id = ?",
	[FA_STMT_RUN_INPUT_ADD] =
		"INSERT INTO run_input (run, n, path, bytes, mtime_ns) VALUES (?, ?, ?, ?, ?)",
	[FA_STMT_INSTANCE_ADD] =
		"INSERT INTO instance (run, n, instance, product, version) VALUES (?, ?, ?, ?, ?)",
	[FA_STMT_PLACE_ADD] =
		"INSERT INTO place (run, n, instance, product, role, label, host, implied, first, "
		"last) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	/* What it covered is counted when the run ends. */
	[FA_STMT_WAIVER_ADD] =
		"REPLACE INTO waiver (run, position, waiver, client, server, transport, port, "
		"protocol, owner, reason, ticket, expires, broad, status, conversations, flows) "
		"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'unused', 0, 0)",
	[FA_STMT_RUN_UPDATE] =
		"UPDATE run SET ending = ?, confidence = ?, confidence_why = ?, committed_ns = ?, "
		"interfaces_more = ?, "
		"(" FA_TOTALS_COLUMNS ") = (" FA_TOTALS_PARAMETERS "), "
		/* As reports count: the same in several buckets is one. */
		"conversations = (SELECT coalesce(sum(v.conversations), 0) FROM run_verdict v "
		"WHERE v.run = run.id), "
		"findings = (SELECT count(*) FROM finding WHERE finding.run = run.id) "
		"WHERE id = ?",
	[FA_STMT_RUN_INTERRUPT] =
		"UPDATE run SET ending = ?, confidence = ?, confidence_why = ? WHERE id = ?",
	[FA_STMT_RUN_DECODE_ADD] = "INSERT INTO run_decode (run, reason, count) VALUES (?, ?, ?)",
	[FA_STMT_RUN_LINK_TYPE_ADD] =
		"INSERT INTO run_link_type (run, position, link_type) VALUES (?, ?, ?)",
	[FA_STMT_RUN_LAYER_ADD] = "INSERT INTO run_layer (run, layer, packets) VALUES (?, ?, ?)",
	[FA_STMT_RUN_INTERFACE_ADD] =
		"INSERT INTO run_interface (run, n, name, link_type, input, packets, "
		"dropped_kernel, dropped_interface) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	[FA_STMT_CONVERSATION_ADD] =
		"INSERT INTO conversation (run, n, bucket_ns, client, server, transport, port, "
		"client_port, fragment, tunnel, tunnel_id, vlan, inner_vlan, protocol, "
		"application, host, detection, direction, judgement, " FA_COUNT_COLUMNS ") "
		"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
		"?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[FA_STMT_EXPECTATION_ADD] =
		"INSERT INTO expectation (run, n, rule, instance, role, place, ports, state, "
		"conversations, flows, endpoints, evidence) "
		"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[FA_STMT_WINDOW_ADD] =
		"INSERT INTO window (run, n, begun_ns, ended_ns, conversations, "
		FA_TOTALS_COLUMNS ") VALUES (?, ?, ?, ?, ?, " FA_TOTALS_PARAMETERS ")",
	[FA_STMT_WINDOW_DECODE_ADD] =
		"INSERT INTO window_decode (run, n, reason, count) VALUES (?, ?, ?, ?)",
	[FA_STMT_CRASH_ADD] =
		"INSERT INTO crash (run, n, when_ns, ts_ns, number, worker, signal, ip_bytes, "
		"packet) SELECT ?1, count(*) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM crash "
		"WHERE run = ?1 HAVING count(*) < ?9",
	[FA_STMT_INPUT_CHANGE] =
		"UPDATE run_input SET bytes = ?3, mtime_ns = ?4 WHERE run = ?1 AND path = ?2",
	[FA_STMT_INPUT_APPEND] =
		"INSERT INTO run_input (run, n, path, bytes, mtime_ns) "
		"SELECT ?1, ifnull(max(n) + 1, 0), ?2, ?3, ?4 FROM run_input WHERE run = ?1",
	[FA_STMT_INPUT_REMOVE] = "DELETE FROM run_input WHERE run = ? AND path = ?",
	[FA_STMT_BASELINE_SET] = "REPLACE INTO baseline (name, run, made_ns) VALUES (?, ?, ?)",
	[FA_STMT_BASELINE_REMOVE] = "DELETE FROM baseline WHERE name = ?",
	[FA_STMT_HOST_READ] = "SELECT sort FROM host WHERE id = ?",
	[FA_STMT_NAME_READ] = "SELECT text FROM name WHERE id = ?",
	[FA_STMT_JUDGEMENT_READ] =
		"SELECT j.verdict, r.rule, n.rule, j.instance, j.nearest_instance, j.waiver, "
		"j.waived, r.json, n.json FROM judgement j LEFT JOIN rule r ON r.id = j.rule "
		"LEFT JOIN rule n ON n.id = j.nearest WHERE j.id = ?",
};

struct fa_binder fa_store_binder(struct fa_store *store, enum fa_statement which)
{
	int rc = SQLITE_OK;
	struct fa_binder b;

	if (store->statements[which] == NULL)
		rc = sqlite3_prepare_v3(store->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT,
					&store->statements[which], NULL);
	b = fa_binder(store->statements[which]);
	if (rc != SQLITE_OK)
		b.rc = rc;
	return b;
}
