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
	FA_STMT_RUN_INTERRUPT,
	FA_STMT_RUN_DECODE_ADD,
	FA_STMT_RUN_LINK_TYPE_ADD,
	FA_STMT_RUN_LAYER_ADD,
	FA_STMT_RUN_INTERFACE_ADD,
	FA_STMT_CONVERSATION_ADD,
	FA_STMT_EXPECTATION_ADD,
	FA_STMT_WINDOW_ADD,
	FA_STMT_WINDOW_DECODE_ADD,
	FA_STMT_CRASH_ADD,
	FA_STMT_INPUT_CHANGE,
	FA_STMT_INPUT_APPEND,
	FA_STMT_INPUT_REMOVE,
	FA_STMT_BASELINE_SET,
	FA_STMT_BASELINE_REMOVE,
	FA_STMT_HOST_READ,
	FA_STMT_NAME_READ,
	FA_STMT_JUDGEMENT_READ,
	FA_STMT_COUNT
};

/* A conversation that waits to be written. */
struct fa_pending {
	struct fa_conversation conversation;
	struct fa_judgement judgement;
};

enum fa_window_state {
	FA_WINDOW_NEVER, /* conversations come as those of a replay */
	FA_WINDOW_CLOSED,
	FA_WINDOW_OPEN, /* in a transaction */
	FA_WINDOW_FAILED /* undone, and nobody has begun anew */
};

struct fa_store {
	sqlite3 *db;
	char *path;
	enum fa_store_mode mode;
	int busy_timeout_ms;
	int error; /* the first one of a write, or 0 */
	struct fa_diag error_text;
	bool again; /* what is written now may be tried again: its errors do not stick */
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

	/* a live run */
	int live_fd; /* with the lock; -1: none */
	enum fa_window_state window;
	int window_error; /* of a FAILED one */
	struct fa_diag window_text;
	int64_t window_first; /* number of its first conversation */
	int64_t windows;      /* number of the next one */
	struct {
		int64_t run, first, end; /* conversations of the one committed last; run 0: none */
		bool part;		 /* of which more will come */
	} last;

	/* live runs marked unfinished that nobody holds */
	int64_t *gone;
	size_t gone_count, gone_room;

	struct fa_pruning *pruning; /* that the next call goes on with; NULL: none */

	/* flow records, a database of their own */
	sqlite3 *spool;
	sqlite3_stmt *spool_add;
	int64_t spool_next; /* number of the next record */
};

/* failure.c: a SQLite result code becomes our error and message. CODE is not SQLITE_OK. */
int fa_store_failed(const struct fa_store *store, int code, struct fa_diag *diag);
/* The same for a write: rolls back, and the error sticks, or fails the window when one is open, or
 * neither when store->again says so. ERROR is ours when CODE is OK; DIAG may have its message. */
int fa_store_write_failed(struct fa_store *store, int code, int error, struct fa_diag *diag);
/* 0, or the error that sticks with its message. Also FA_EINVAL when the handle only reads. */
int fa_store_writable(struct fa_store *store, struct fa_diag *diag);
/* The same for what is added to a run; in windows, one has to be open. */
int fa_store_addable(struct fa_store *store, struct fa_diag *diag);

/* statements.c: the prepared statement, ready for binding; its failure is in rc. */
struct fa_binder fa_store_binder(struct fa_store *store, enum fa_statement which);

/* window.c: within its transaction no other is begun; ROLLBACK has been done. */
void fa_window_undone(struct fa_store *store, int error, const struct fa_diag *text);

/* conversation.c: writes what is pending, within a transaction. A SQLite code. */
int fa_store_insert_pending(struct fa_store *store, int *error);
/* Forgets rows that may be gone: somebody else has written, or ours were rolled back. */
int fa_store_check_caches(struct fa_store *store);
void fa_store_clear_caches(struct fa_store *store);

/* finish.c: the expectations in place of those that the run had; within a write transaction. A
 * SQLite code. */
int fa_store_expectations_write(struct fa_store *store);
/* The totals of the run; the same. */
int fa_store_totals_write(struct fa_store *store, const struct fa_run_totals *totals);
/* The handle may begin another run. */
void fa_store_run_over(struct fa_store *store);
/* Moves what is in the WAL to the database as far as readers allow. A SQLite code. */
int fa_store_checkpoint(struct fa_store *store, bool whole);

/* live.c: takes the lock of store->run, and gives it up. */
int fa_live_hold(struct fa_store *store, struct fa_diag *diag);
void fa_live_release(struct fa_store *store);
/* Fills store->gone. Look before the snapshot is taken: a run that is unfinished in the snapshot,
 * and was not held before, has lost its writer. A SQLite code. */
int fa_live_look(struct fa_store *store);
bool fa_live_is_gone(const struct fa_store *store, int64_t run);
/* Marks them as interrupted; within a write transaction. A SQLite code. */
int fa_live_interrupt_gone(struct fa_store *store);

/* history_run.c: the row of a run alone. A SQLite code, SQLITE_DONE when there is none. */
int fa_history_run_row(struct fa_store *store, int64_t run, struct fa_stored_run *out);

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

/* prune.c: NULL is fine. */
void fa_pruning_free(struct fa_pruning *p);

/* basis.c: stores site and waivers of a run; within a write transaction. A SQLite code. */
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
	"tunnel, tunnel_id, vlan, inner_vlan, detection, direction"

/* The counts of a conversation, finding or unit: the columns in the order of the schema. */
#define FA_COUNT_COLUMNS                                                                           \
	"packets_to_server, packets_to_client, bytes_to_server, bytes_to_client, flows, "          \
	"attempted, refused, half_open, established, midstream, closed, reset, one_way, two_way, " \
	"unreachable, payload_packets, syn_retries, truncated, sequence_gaps, first_seen_ns, "     \
	"last_seen_ns"
/* The same of a table with a name. */
#define FA_COUNT_COLUMNS_OF(t)                                                                     \
	t ".packets_to_server, " t ".packets_to_client, " t ".bytes_to_server, "                   \
	t ".bytes_to_client, " t ".flows, " t ".attempted, " t ".refused, " t ".half_open, "       \
	t ".established, " t ".midstream, " t ".closed, " t ".reset, " t ".one_way, "              \
	t ".two_way, " t ".unreachable, " t ".payload_packets, " t ".syn_retries, "                \
	t ".truncated, " t ".sequence_gaps, " t ".first_seen_ns, " t ".last_seen_ns"
/* The same, summed over a group. */
#define FA_COUNT_SUMS                                                                              \
	"sum(packets_to_server), sum(packets_to_client), sum(bytes_to_server), "                   \
	"sum(bytes_to_client), sum(flows), sum(attempted), sum(refused), sum(half_open), "         \
	"sum(established), sum(midstream), sum(closed), sum(reset), sum(one_way), sum(two_way), "  \
	"sum(unreachable), sum(payload_packets), sum(syn_retries), sum(truncated), "               \
	"sum(sequence_gaps), min(first_seen_ns), max(last_seen_ns)"
/*
 * The same, as what an upsert sets. Where few rows meet it costs less than sums over groups, each of
 * which takes memory of its own for every column. What overflows becomes a real number, and the
 * greatest integer is less than that.
 */
#define FA_PLUS(column) column " = min(" column " + excluded." column ", 9223372036854775807), "
#define FA_COUNTS_PLUS                                                                             \
	FA_PLUS("packets_to_server") FA_PLUS("packets_to_client") FA_PLUS("bytes_to_server")       \
	FA_PLUS("bytes_to_client") FA_PLUS("flows") FA_PLUS("attempted") FA_PLUS("refused")        \
	FA_PLUS("half_open") FA_PLUS("established") FA_PLUS("midstream") FA_PLUS("closed")         \
	FA_PLUS("reset") FA_PLUS("one_way") FA_PLUS("two_way") FA_PLUS("unreachable")              \
	FA_PLUS("payload_packets") FA_PLUS("syn_retries") FA_PLUS("truncated")                     \
	FA_PLUS("sequence_gaps") "first_seen_ns = min(first_seen_ns, excluded.first_seen_ns), "    \
	"last_seen_ns = max(last_seen_ns, excluded.last_seen_ns)"
/* The same, with the names of the columns. */
#define FA_SUM_AS(column) "sum(" column ") AS " column ", "
#define FA_COUNT_SUMS_NAMED                                                                        \
	FA_SUM_AS("packets_to_server") FA_SUM_AS("packets_to_client")                              \
	FA_SUM_AS("bytes_to_server") FA_SUM_AS("bytes_to_client") FA_SUM_AS("flows")               \
	FA_SUM_AS("attempted") FA_SUM_AS("refused") FA_SUM_AS("half_open")                         \
	FA_SUM_AS("established") FA_SUM_AS("midstream") FA_SUM_AS("closed") FA_SUM_AS("reset")     \
	FA_SUM_AS("one_way") FA_SUM_AS("two_way") FA_SUM_AS("unreachable")                         \
	FA_SUM_AS("payload_packets") FA_SUM_AS("syn_retries") FA_SUM_AS("truncated")               \
	FA_SUM_AS("sequence_gaps") "min(first_seen_ns) AS first_seen_ns, "                         \
	"max(last_seen_ns) AS last_seen_ns"

void fa_bind_counts(struct fa_binder *b, const struct fa_counts *counts);
void fa_column_counts(struct fa_columns *c, struct fa_counts *out);

/* The counters of a run or a window, without results of decoding, layers and types of links. */
#define FA_TOTALS_COLUMNS                                                                          \
	"packets, frame_bytes, duplicates, cut, dropped_kernel, dropped_interface, "               \
	"dropped_ring, time_backwards, first_ns, last_ns, files, files_truncated, "                \
	"worker_packets, flows, flows_evicted, inspections_evicted, inspection_calls, "            \
	"conversations_out, fragments_unmatched, sequence_gap_bytes, tcp_bytes, one_way_flows, "   \
	"workers_replaced, packets_lost, flows_lost, judged_early, down_ns, evidence_dropped, "     \
	"duplicates_left, acked_unseen_bytes"
#define FA_TOTALS_PARAMETERS                                                                       \
	"?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"

/* totals.c */
void fa_bind_totals(struct fa_binder *b, const struct fa_run_totals *totals);
void fa_column_totals(struct fa_columns *c, struct fa_run_totals *out);
/* WHICH: FA_STMT_RUN_DECODE_ADD, or FA_STMT_WINDOW_DECODE_ADD for WINDOW. A SQLite code. */
int fa_store_decode_write(struct fa_store *store, enum fa_statement which, int64_t window,
			  const struct fa_capture_counts *c);
/* Columns: reason, count. */
void fa_column_decode(struct fa_columns *c, struct fa_capture_counts *out);

/* findings.c: makes findings and summary in temporary tables. Within a transaction, or they would
 * be journalled row by row. A SQLite code. */
int fa_store_findings_prepare(struct fa_store *store);
/* Within a write transaction, after the first. SQLite codes. */
int fa_store_findings_write(struct fa_store *store);

/* history_rows.c: reads the columns of FA_RULE_COLUMNS; strings live until the next step. */
#define FA_RULE_COLUMNS                                                                            \
	"r.rule, c.product, c.name, r.component, r.component_name, r.title, r.section, r.row, "    \
	"c.title, c.publisher, c.dated, r.direction, r.from_roles, r.to_roles, r.transports, "     \
	"r.ports, r.protocols, r.requirement, r.condition, r.advice, r.advice_reason, r.scope, "   \
	"r.note, r.json, c.file, r.line"
/* Rows of "detection" or "direction" to our numbers; what is unknown becomes the weakest. */
uint8_t fa_store_word_number(const int64_t *rows, size_t count, int64_t row);
enum fa_verdict fa_store_verdict(const char *text);
void fa_column_identity(struct fa_store *store, struct fa_columns *c, struct fa_identity *id);
void fa_column_rule(struct fa_columns *c, struct fa_stored_rule *out);
void fa_column_addr(struct fa_columns *c, struct fa_addr *out);
/* A name: its raw bytes when it has them. Two columns: text, raw. */
void fa_column_name(struct fa_columns *c, char *out, size_t out_size);
/* "port host" to a set; unknown words (of a newer program) are left out. */
unsigned fa_differences_parse(const char *words);
size_t fa_reasons_parse(const char *words, enum fa_reason out[FA_REASONS_MAX]);

#endif
