/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Table of findings: in words for people, and every value for programs. */
#include "report/tables.h"

#include "report/finding.h"
#include "report/fingerprint.h"

/* As the text report shows. */
#define FINDINGS_SHOWN 10

static const struct fa_table_column columns[] = {
	{"number", "#", FA_CELL_ID, false},
	{"verdict", "verdict", FA_CELL_VERDICT, false},
	{"what", "what", FA_CELL_TEXT, false},
	{"says", "what the documents say", FA_CELL_TEXT, false},
	{"why", "why", FA_CELL_TEXT, false},
	{"extent", "how much", FA_CELL_TEXT, false},
	{"rule", "row of the catalog", FA_CELL_TEXT, true},
	{"instance", "instance", FA_CELL_TEXT, true},
	{"nearest", "nearest row", FA_CELL_TEXT, true},
	{"nearest_instance", "its instance", FA_CELL_TEXT, true},
	{"differs", "what differs", FA_CELL_TEXT, true},
	{"document", "document", FA_CELL_TEXT, true},
	{"publisher", "publisher", FA_CELL_TEXT, true},
	{"dated", "dated", FA_CELL_TEXT, true},
	{"section", "section", FA_CELL_TEXT, true},
	{"row", "row", FA_CELL_TEXT, true},
	{"sweep", "sweep", FA_CELL_TEXT, true},
	{"client", "client", FA_CELL_TEXT, true},
	{"clients", "clients", FA_CELL_COUNT, true},
	{"server", "server", FA_CELL_TEXT, true},
	{"servers", "servers", FA_CELL_COUNT, true},
	{"transport", "transport", FA_CELL_TEXT, true},
	{"port", "port", FA_CELL_ID, true},
	{"service", "service", FA_CELL_TEXT, true},
	{"ports", "ports", FA_CELL_COUNT, true},
	{"protocol", "protocol", FA_CELL_TEXT, true},
	{"application", "application", FA_CELL_TEXT, true},
	{"host", "host name", FA_CELL_TEXT, true},
	{"detected_by", "protocol known by", FA_CELL_TEXT, true},
	{"direction_by", "direction known by", FA_CELL_TEXT, true},
	{"conversations", "conversations", FA_CELL_COUNT, true},
	{"flows", "flows", FA_CELL_COUNT, true},
	{"packets", "packets", FA_CELL_COUNT, true},
	{"bytes", "bytes", FA_CELL_BYTES, true},
	{"first_seen", "first seen (UTC)", FA_CELL_TIME, true},
	{"last_seen", "last seen (UTC)", FA_CELL_TIME, true},
	{"reasons", "reasons", FA_CELL_TEXT, true},
	{"detail", "detail", FA_CELL_TEXT, true},
	{"fingerprint", "fingerprint", FA_CELL_TEXT, true},
	{"evidence", "its packets", FA_CELL_TEXT, false},
};

static const struct fa_table table = {
	.id = "findings",
	.title = "Findings",
	.empty = "Nothing to look at.",
	.columns = columns,
	.column_count = sizeof(columns) / sizeof(columns[0]),
	.brief = FINDINGS_SHOWN,
};

/* A row that waits for what the catalog says. */
struct putting {
	struct fa_tables *tables;
	const struct fa_stored_finding *finding;
};

static int put_words(struct fa_tables *tables, const struct fa_stored_finding *finding)
{
	const struct fa_finding_about about = {
		.history = tables->history,
		.run = tables->run_id,
		.places = &tables->places,
		.live = tables->run.info.kind == FA_RUN_LIVE,
	};
	struct fa_row *row = &tables->row;
	int err = 0;

	fa_row_count(row, (uint64_t)finding->number);
	fa_row_text(row, fa_verdict_text(finding->verdict));
	fa_finding_subject(fa_row_make(row), &about, finding);
	if (finding->sweep) {
		fa_row_none(row);
		fa_row_none(row);
		fa_row_none(row);
		return 0;
	}
	err = fa_finding_citation(fa_row_make(row), &about, finding, tables->diag);
	fa_finding_reasons(fa_row_make(row), finding);
	fa_finding_extent(fa_row_make(row), &about, finding);
	return err;
}

static void put_ends(struct fa_row *row, const struct fa_stored_finding *finding)
{
	/* Also ICMP and protocols without ports have a number here. */
	bool one_port = finding->ports <= 1 && finding->transport != 0;

	fa_row_yes(row, finding->sweep);
	fa_row_addr(row, &finding->client);
	fa_row_count(row, finding->clients);
	fa_row_addr(row, &finding->server);
	fa_row_count(row, finding->servers);
	fa_tables_put_service(row, finding->transport, finding->port, one_port);
	fa_row_count(row, finding->ports);
}

static void put_traffic(struct fa_row *row, const struct fa_counts *counts)
{
	fa_row_count(row, counts->flows);
	fa_row_count(row, counts->packets_to_server + counts->packets_to_client);
	fa_row_count(row, counts->bytes_to_server + counts->bytes_to_client);
	fa_row_seen(row, counts->first_seen_ns, counts->last_seen_ns);
}

/* The rest of the row; RULE is NULL when it is not known. */
static int put_values(struct fa_tables *tables, const struct fa_stored_finding *finding,
		      const struct fa_stored_rule *rule)
{
	struct fa_row *row = &tables->row;

	fa_row_text(row, finding->rule);
	fa_row_text(row, finding->instance);
	fa_row_text(row, finding->nearest);
	fa_row_text(row, finding->nearest_instance);
	fa_tables_put_differs(row, finding->differs);
	fa_tables_put_citation(row, rule);
	put_ends(row, finding);
	fa_row_text(row, finding->protocol);
	fa_row_text(row, finding->application);
	fa_row_text(row, finding->host);
	fa_row_text(row, fa_detection_text(finding->detected_by));
	fa_row_text(row, fa_direction_text(finding->direction_by));
	fa_row_count(row, finding->conversations);
	put_traffic(row, &finding->counts);
	fa_tables_put_reasons(row, finding->reasons, finding->reason_count);
	fa_row_text(row, finding->detail);
	fa_row_digits(row, fa_fingerprint(finding));
	if (tables->has_files)
		fa_finding_evidence(fa_row_make(row), tables->history, tables->run_id,
				    finding->number);
	else
		fa_row_none(row);
	return fa_row_put(row);
}

static int put_with_rule(void *arg, const struct fa_stored_rule *rule)
{
	const struct putting *putting = arg;

	return put_values(putting->tables, putting->finding, rule);
}

static int put_finding(void *arg, const struct fa_stored_finding *finding)
{
	struct fa_tables *tables = arg;
	const struct fa_history *history = tables->history;
	struct putting putting = {tables, finding};
	const char *id = finding->rule[0] != '\0' ? finding->rule : finding->nearest;
	struct fa_diag unknown = {{0}};
	int err = put_words(tables, finding);

	if (err != 0)
		return err;
	if (id[0] == '\0')
		return put_values(tables, finding, NULL);
	err = history->rule(history->context, tables->run_id, id, put_with_rule, &putting,
			    &unknown);
	/* Nothing was put into the row then. */
	if (err == FA_ENOENT)
		return put_values(tables, finding, NULL);
	return err != 0 && unknown.text[0] != '\0' ? fa_fail(tables->diag, err, "%s", unknown.text)
						   : err;
}

int fa_tables_findings(struct fa_tables *tables)
{
	const struct fa_history *history = tables->history;
	int err = fa_row_begin(&tables->row, &table);

	if (err == 0)
		err = history->each_finding(history->context, tables->run_id, 0, put_finding,
					    tables, tables->diag);
	return err == 0 ? fa_row_end(&tables->row) : err;
}
