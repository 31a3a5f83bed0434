/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of the wire: what wrapped the traffic, interfaces, losses of host pairs. */
#include "report/tables.h"

#include "report/wire_words.h"
#include "report/words.h"

static const struct fa_table_column layer_columns[] = {
	{"layer", "kind", FA_CELL_TEXT, true},
	{"name", "wrapped in", FA_CELL_TEXT, false},
	{"packets", "packets", FA_CELL_COUNT, false},
};

static const struct fa_table layer_table = {
	.id = "layers",
	.title = "What wrapped the traffic",
	.columns = layer_columns,
	.column_count = sizeof(layer_columns) / sizeof(layer_columns[0]),
};

int fa_tables_layers(struct fa_tables *tables)
{
	const struct fa_capture_counts *capture = &tables->run.totals.capture;
	struct fa_row *row = &tables->row;
	int err = fa_row_begin(row, &layer_table);

	for (unsigned i = FA_TUNNEL_NONE + 1; err == 0 && i < FA_TUNNEL_COUNT; i++) {
		if (capture->layers[i] == 0)
			continue;
		fa_row_text(row, fa_tunnel_text(i));
		fa_row_text(row, fa_words_layer(i));
		fa_row_count(row, capture->layers[i]);
		err = fa_row_put(row);
	}
	return err == 0 ? fa_row_end(row) : err;
}

static const struct fa_table_column interface_columns[] = {
	{"interface", "number", FA_CELL_ID, false},
	{"name", "name", FA_CELL_TEXT, false},
	{"link_type", "link type", FA_CELL_TEXT, false},
	{"file", "file", FA_CELL_ID, true},
	{"packets", "packets", FA_CELL_COUNT, false},
	{"dropped_kernel", "dropped by the kernel", FA_CELL_COUNT, false},
	{"dropped_interface", "by the interface", FA_CELL_COUNT, false},
};

static const struct fa_table interface_table = {
	.id = "interfaces",
	.title = "Interfaces",
	.columns = interface_columns,
	.column_count = sizeof(interface_columns) / sizeof(interface_columns[0]),
};

static void put_if(struct fa_row *row, bool is_known, uint64_t count)
{
	if (is_known)
		fa_row_count(row, count);
	else
		fa_row_none(row);
}

int fa_tables_interfaces(struct fa_tables *tables)
{
	const struct fa_run_interfaces *all = &tables->run.totals.interfaces;
	struct fa_row *row = &tables->row;
	char name[FA_LINK_TYPE_TEXT];
	int err = fa_row_begin(row, &interface_table);

	for (uint32_t i = 0; err == 0 && i < all->count && i < FA_INTERFACES_MAX; i++) {
		const struct fa_run_interface *item = &all->items[i];

		fa_row_count(row, i + 1);
		fa_row_text(row, item->name);
		fa_row_text(row, fa_words_link_type(item->link_type, name));
		if (tables->run.info.kind == FA_RUN_REPLAY)
			fa_row_count(row, item->input + 1);
		else
			fa_row_none(row);
		fa_row_count(row, item->packets);
		put_if(row, item->counts_kernel, item->dropped_kernel);
		put_if(row, item->counts_interface, item->dropped_interface);
		err = fa_row_put(row);
	}
	return err == 0 ? fa_row_end(row) : err;
}

static const struct fa_table_column pair_columns[] = {
	{"client", "client", FA_CELL_TEXT, false},
	{"server", "server", FA_CELL_TEXT, false},
	{"flows", "flows", FA_CELL_COUNT, false},
	{"bytes", "bytes seen", FA_CELL_BYTES, false},
	{"missing_bytes", "bytes missing", FA_CELL_BYTES, false},
	{"packets_to_server", "packets to server", FA_CELL_COUNT, false},
	{"packets_to_client", "packets to client", FA_CELL_COUNT, false},
	{"one_way", "only seen", FA_CELL_TEXT, false},
};

static const struct fa_table pair_table = {
	.id = "loss_pairs",
	.title = "Loss before the tap",
	.columns = pair_columns,
	.column_count = sizeof(pair_columns) / sizeof(pair_columns[0]),
	.brief = 10,
};

static int put_pair(void *arg, const struct fa_stored_loss *loss)
{
	struct fa_row *row = arg;

	fa_row_addr(row, &loss->client);
	fa_row_addr(row, &loss->server);
	fa_row_count(row, loss->flows);
	fa_row_count(row, loss->bytes);
	fa_row_count(row, loss->missing_bytes);
	fa_row_count(row, loss->packets_to_server);
	fa_row_count(row, loss->packets_to_client);
	if (loss->one_way != FA_BOTH_WAYS)
		fa_row_text(row, fa_words_one_way(loss->one_way));
	else
		fa_row_none(row);
	return fa_row_put(row);
}

int fa_tables_loss_pairs(struct fa_tables *tables)
{
	const struct fa_history *history = tables->history;
	struct fa_row *row = &tables->row;
	int err = fa_row_begin(row, &pair_table);

	if (err == 0 && !row->skipped && fa_losses_may_be(&tables->run.totals))
		err = history->each_loss(history->context, tables->run_id, put_pair, row,
					 tables->diag);
	return err == 0 ? fa_row_end(row) : err;
}
