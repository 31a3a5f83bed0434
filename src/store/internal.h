/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the store share. Not for other folders. */
#ifndef FA_STORE_INTERNAL_H
#define FA_STORE_INTERNAL_H

#include <stdbool.h>

#include "store/cache.h"
#include "store/schema.h"
#include "store/sql.h"
#include "store/store.h"

/* "FLAU" */
#define FA_APPLICATION_ID 0x464c4155

/* Statements that are prepared once; their SQL stands in statements.c. */
enum fa_statement {
	FA_STMT_HOST_FIND,
	FA_STMT_HOST_ADD,
	FA_STMT_NAME_FIND,
	FA_STMT_NAME_ADD,
	FA_STMT_JUDGEMENT_FIND,
	FA_STMT_JUDGEMENT_ADD,
	FA_STMT_CATALOG_FIND,
	FA_STMT_CATALOG_ADD,
	FA_STMT_RULE_FIND,
	FA_STMT_RULE_ADD,
	FA_STMT_RUN_ADD,
	FA_STMT_RUN_CATALOG_ADD,
	FA_STMT_RUN_SITE,
	FA_STMT_RUN_INPUT_ADD,
	FA_STMT_INSTANCE_ADD,
	FA_STMT_PLACE_ADD,
	FA_STMT_WAIVER_ADD,
	FA_STMT_RUN_UPDATE,
	FA_STMT_RUN_DECODE_ADD,
	FA_STMT_RUN_LINK_TYPE_ADD,
	FA_STMT_CONVERSATION_ADD,
	FA_STMT_EXPECTATION_ADD,
	FA_STMT_COUNT
};

/* A conversation that waits to be written. */
struct fa_pending {
	struct fa_conversation conversation;
	struct fa_judgement judgement;
};

struct fa_store {
	sqlite3 *db;
	char *path;
	enum fa_store_mode mode;
	int busy_timeout_ms;
	int error; /* the first one of a write, or 0 */
	struct fa_diag error_text;
	sqlite3_stmt *statements[FA_STMT_COUNT];

	/* rows of the tables "detection" and "direction" */
	int64_t detection_rows[FA_DETECTED_COUNT];
	int64_t direction_rows[FA_BY_COUNT];

	/* the run being written; 0: none */
	int64_t run;
	const struct fa_policy *policy;
	const struct fa_rulebook *book; /* of the policy */
	int64_t *rule_rows; /* of book->rules */
	int64_t next_conversation;
	struct fa_pending *pending; /* FA_STORE_BATCH of them */
	size_t pending_count;
	int64_t pending_since_ns;
	struct fa_expectation *expectations;
	size_t expectation_count, expectation_room;
	struct fa_cache hosts, names, judgements;
	int64_t data_version; /* of SQLite: changes when another connection writes */

	/* flow records, a database of their own */
	sqlite3 *spool;
	sqlite3_stmt *spool_add;
	int64_t spool_next; /* number of the next record */
};

/* failure.c: a SQLite result code becomes our error and message. CODE is not SQLITE_OK. */
int fa_store_failed(const struct fa_store *store, int code, struct fa_diag *diag);
/* The same for a write: rolls back and makes the error stick. ERROR is ours when CODE is OK. */
int fa_store_write_failed(struct fa_store *store, int code, int error, struct fa_diag *diag);
/* 0, or the error that sticks with its message. Also FA_EINVAL when the handle only reads. */
int fa_store_writable(struct fa_store *store, struct fa_diag *diag);

/* statements.c: the prepared statement, ready for binding; its failure is in rc. */
struct fa_binder fa_store_binder(struct fa_store *store, enum fa_statement which);

/* open.c: runs the missing STEPS in one transaction. A SQLite code; *NEWER is set, and nothing
 * done, when the database has a higher number than there are steps. */
int fa_store_migrate(sqlite3 *db, const struct fa_schema_step *steps, size_t count, bool *newer);

/* dimension.c: the number of a row, added when missing; within a write transaction. SQLite codes. */
int fa_store_host_row(struct fa_store *store, const struct fa_addr *addr, int64_t *row);
/* The key of an address in host.sort: its version, then its bytes; orders like fa_addr_compare.
 * Returns its length. */
size_t fa_store_host_key(const struct fa_addr *addr, uint8_t key[17]);
int fa_store_name_row(struct fa_store *store, const char *raw, int64_t *row);

/* begin.c: "443, 5678-5999"; sqlite3_free the text, which is NULL for none. */
char *fa_store_ports_text(const struct fa_port_ranges *ports);

/* basis.c: stores site and waivers of a run, in place of those it had; within a write transaction.
 * A SQLite code. */
int fa_store_basis_write(struct fa_store *store, const struct fa_store_basis *basis);

/* Bytes of the longest key of a judgement in its cache. */
#define FA_JUDGEMENT_KEY 416

/* judgement.c: the same. FA_EINVAL in *ERROR when a rule is not of the current book. */
int fa_store_judgement_row(struct fa_store *store, const struct fa_judgement *judgement,
			   int64_t *row, int *error);
/* The row of a rule of the current book, or 0. */
int64_t fa_store_rule_row(const struct fa_store *store, const struct fa_rule *rule);

/* units.c: temporary tables over the conversations of a run; SQLite codes. They are made anew by
 * each caller and dropped by fa_store_units_drop. */
int fa_store_units_make(struct fa_store *store, int64_t run, bool findings_only);
void fa_store_units_drop(struct fa_store *store);
/* Only fa_tunnel. */
int fa_store_tunnels_make(struct fa_store *store);
/* Runs SQL with ?1 bound to RUN, if it has a parameter. */
int fa_store_run_sql(struct fa_store *store, const char *sql, int64_t run);
/* Prepares SQL that is run once. */
int fa_store_prepare(struct fa_store *store, const char *sql, sqlite3_stmt **stmt);

/* What makes a conversation: the key of fa_unit, without the class. */
#define FA_IDENTITY_COLUMNS                                                                        \
	"client, server, transport, port, protocol, application, host, client_port, fragment, "    \
	"tunnel, tunnel_id, detection, direction"

/* The counts of a conversation, finding or unit: the columns in the order of the schema. */
#define FA_COUNT_COLUMNS                                                                           \
	"packets_to_server, packets_to_client, bytes_to_server, bytes_to_client, flows, "          \
	"attempted, refused, half_open, established, midstream, closed, reset, one_way, two_way, " \
	"unreachable, payload_packets, syn_retries, truncated, sequence_gaps, first_seen_ns, "     \
	"last_seen_ns"
/* The same, summed over a group. */
#define FA_COUNT_SUMS                                                                              \
	"sum(packets_to_server), sum(packets_to_client), sum(bytes_to_server), "                   \
	"sum(bytes_to_client), sum(flows), sum(attempted), sum(refused), sum(half_open), "         \
	"sum(established), sum(midstream), sum(closed), sum(reset), sum(one_way), sum(two_way), "  \
	"sum(unreachable), sum(payload_packets), sum(syn_retries), sum(truncated), "               \
	"sum(sequence_gaps), min(first_seen_ns), max(last_seen_ns)"

void fa_bind_counts(struct fa_binder *b, const struct fa_counts *counts);
void fa_column_counts(struct fa_columns *c, struct fa_counts *out);

/* findings.c: makes findings and summary; within no transaction. */
int fa_store_findings_prepare(struct fa_store *store);
/* Within a write transaction, after the first. SQLite codes. */
int fa_store_findings_write(struct fa_store *store);

/* history_rows.c: reads the columns of FA_RULE_COLUMNS; strings live until the next step. */
#define FA_RULE_COLUMNS                                                                            \
	"r.rule, c.product, c.name, r.component, r.component_name, r.title, r.section, r.row, "    \
	"c.title, c.publisher, c.dated, r.direction, r.from_roles, r.to_roles, r.transports, "     \
	"r.ports, r.protocols, r.requirement, r.condition, r.advice, r.advice_reason, r.scope, "   \
	"r.note, r.json"
void fa_column_rule(struct fa_columns *c, struct fa_stored_rule *out);
void fa_column_addr(struct fa_columns *c, struct fa_addr *out);
/* A name: its raw bytes when it has them. Two columns: text, raw. */
void fa_column_name(struct fa_columns *c, char *out, size_t out_size);
/* "port host" to a set; unknown words (of a newer program) are left out. */
unsigned fa_differences_parse(const char *words);
size_t fa_reasons_parse(const char *words, enum fa_reason out[FA_REASONS_MAX]);

#endif
