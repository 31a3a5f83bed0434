/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Table of conversations: all of them, which may be many. */
#include "report/tables.h"

#include "report/wire_words.h"

static const struct fa_table_column columns[] = {
	{"verdict", "verdict", FA_CELL_VERDICT, false},
	{"client", "client", FA_CELL_TEXT, false},
	{"client_place", "who the client is", FA_CELL_TEXT, true},
	{"client_port", "client port", FA_CELL_ID, true},
	{"server", "server", FA_CELL_TEXT, false},
	{"server_place", "who the server is", FA_CELL_TEXT, true},
	{"transport", "transport", FA_CELL_TEXT, true},
	{"port", "port", FA_CELL_ID, true},
	{"service", "service", FA_CELL_TEXT, false},
	{"tunnel", "tunnel", FA_CELL_TEXT, true},
	{"fragment", "fragment", FA_CELL_TEXT, true},
	{"protocol", "protocol", FA_CELL_TEXT, false},
	{"application", "application", FA_CELL_TEXT, true},
	{"host", "host name", FA_CELL_TEXT, false},
	{"detected_by", "protocol known by", FA_CELL_TEXT, true},
	{"direction_by", "direction known by", FA_CELL_TEXT, true},
	{"flows", "flows", FA_CELL_COUNT, false},
	{"packets", "packets", FA_CELL_COUNT, false},
	{"bytes", "bytes", FA_CELL_BYTES, false},
	{"packets_to_server", "packets to the server", FA_CELL_COUNT, true},
	{"packets_to_client", "packets to the client", FA_CELL_COUNT, true},
	{"bytes_to_server", "bytes to the server", FA_CELL_BYTES, true},
	{"bytes_to_client", "bytes to the client", FA_CELL_BYTES, true},
	{"first_seen", "first seen (UTC)", FA_CELL_TIME, false},
	{"last_seen", "last seen (UTC)", FA_CELL_TIME, true},
	{"rule", "row of the catalog", FA_CELL_TEXT, false},
	{"instance", "instance", FA_CELL_TEXT, true},
	{"nearest", "nearest row", FA_CELL_TEXT, false},
	{"nearest_instance", "its instance", FA_CELL_TEXT, true},
	{"differs", "what differs", FA_CELL_TEXT, false},
	{"candidates", "rows on this port", FA_CELL_TEXT, true},
	{"candidate_count", "how many", FA_CELL_COUNT, true},
	{"reasons", "reasons", FA_CELL_TEXT, false},
	{"detail", "detail", FA_CELL_TEXT, true},
	{"finding", "finding", FA_CELL_ID, false},
	{"waiver", "waiver", FA_CELL_TEXT, true},
	{"waived", "without the waiver", FA_CELL_VERDICT, true},
	{"vlan", "VLAN", FA_CELL_TEXT, true},
};

static const struct fa_table table = {
	.id = "conversations",
	.title = "Conversations",
	.empty = "Nobody talked.",
	.columns = columns,
	.column_count = sizeof(columns) / sizeof(columns[0]),
	.on_demand = true,
};

/* The address, and what the site calls it: "" without a site. */
static void put_end(struct fa_tables *tables, const struct fa_addr *addr, const char *instance)
{
	const struct fa_place_hint hint = {instance, ""};
	struct fa_row *row = &tables->row;

	fa_row_addr(row, addr);
	if (tables->places.count > 0)
		fa_places_add(fa_row_make(row), &tables->places, addr, &hint);
	else
		fa_row_none(row);
}

static void put_tunnel(struct fa_row *row, const struct fa_identity *id)
{
	if (id->tunnel == FA_TUNNEL_NONE)
		fa_row_none(row);
	else
		fa_buffer_addf(fa_row_make(row), "%s:%u", fa_tunnel_text(id->tunnel),
			       id->tunnel_id);
}

static void put_identity(struct fa_tables *tables, const struct fa_stored_conversation *conversation)
{
	const struct fa_identity *id = &conversation->id;
	const char *instance = conversation->rule[0] != '\0' ? conversation->instance
							      : conversation->nearest_instance;
	struct fa_row *row = &tables->row;

	put_end(tables, &id->client, instance);
	if (id->direction_by == FA_BY_FIRST_PACKET)
		fa_row_count(row, id->client_port);
	else
		fa_row_none(row);
	put_end(tables, &id->server, instance);
	fa_tables_put_service(row, id->transport, id->server_port, true);
	put_tunnel(row, id);
	fa_row_yes(row, id->fragment != 0);
	fa_row_text(row, id->protocol);
	fa_row_text(row, id->application);
	fa_row_text(row, id->host);
	fa_row_text(row, fa_detection_text(id->detected_by));
	fa_row_text(row, fa_direction_text(id->direction_by));
}

static void put_counts(struct fa_row *row, const struct fa_counts *counts)
{
	fa_row_count(row, counts->flows);
	fa_row_count(row, counts->packets_to_server + counts->packets_to_client);
	fa_row_count(row, counts->bytes_to_server + counts->bytes_to_client);
	fa_row_count(row, counts->packets_to_server);
	fa_row_count(row, counts->packets_to_client);
	fa_row_count(row, counts->bytes_to_server);
	fa_row_count(row, counts->bytes_to_client);
	fa_row_seen(row, counts->first_seen_ns, counts->last_seen_ns);
}

static void put_judgement(struct fa_row *row, const struct fa_stored_conversation *conversation)
{
	fa_row_text(row, conversation->rule);
	fa_row_text(row, conversation->instance);
	fa_row_text(row, conversation->nearest);
	fa_row_text(row, conversation->nearest_instance);
	fa_tables_put_differs(row, conversation->differs);
	fa_row_text(row, conversation->candidates);
	fa_row_count(row, conversation->candidate_count);
	fa_tables_put_reasons(row, conversation->reasons, conversation->reason_count);
	fa_row_text(row, conversation->detail);
	if (conversation->finding > 0)
		fa_row_count(row, (uint64_t)conversation->finding);
	else
		fa_row_none(row);
	fa_row_text(row, conversation->waiver);
	if (conversation->waiver[0] != '\0')
		fa_row_text(row, fa_verdict_text(conversation->waived));
	else
		fa_row_none(row);
}

static int put_conversation(void *arg, const struct fa_stored_conversation *conversation)
{
	struct fa_tables *tables = arg;
	struct fa_row *row = &tables->row;

	fa_row_text(row, fa_verdict_text(conversation->verdict));
	put_identity(tables, conversation);
	put_counts(row, &conversation->counts);
	put_judgement(row, conversation);
	fa_words_vlan(fa_row_make(row), &conversation->id);
	return fa_row_put(row);
}

int fa_tables_conversations(struct fa_tables *tables)
{
	const struct fa_history *history = tables->history;
	int err = fa_row_begin(&tables->row, &table);

	/* There may be so many that reading them for nothing is felt. */
	if (err == 0 && !tables->row.skipped)
		err = history->each_conversation(history->context, tables->run_id,
						 put_conversation, tables, tables->diag);
	return err == 0 ? fa_row_end(&tables->row) : err;
}
