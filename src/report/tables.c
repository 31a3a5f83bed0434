/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which tables a stored run has, in which order, and the cells that several of them share. */
#include "report/tables.h"

#include <string.h>

#include "report/inputs.h"
#include "report/words.h"

/* "443/tcp", "icmp type 8 code 0", "ip-47". */
static void add_service(struct fa_buffer *text, uint8_t transport, uint16_t port)
{
	struct fa_buffer words = {0};

	fa_words_port(&words, transport, port);
	/* Made to follow an address: a colon or a space comes first. */
	if (words.len > 0)
		fa_buffer_add(text, fa_buffer_text(&words) + 1);
	text->failed = text->failed || words.failed;
	fa_buffer_deinit(&words);
}

/* transport, port, service; nothing of what is not the same for all. */
void fa_tables_put_service(struct fa_row *row, uint8_t transport, uint16_t port, bool known)
{
	char text[FA_TRANSPORT_TEXT];

	if (transport != 0)
		fa_buffer_add(fa_row_make(row), fa_transport_text(transport, text));
	else
		fa_row_none(row);
	if (!known) {
		fa_row_none(row);
		fa_row_none(row);
		return;
	}
	fa_row_count(row, port);
	add_service(fa_row_make(row), transport, port);
}

void fa_tables_put_differs(struct fa_row *row, unsigned differs)
{
	struct fa_buffer *text = fa_row_make(row);

	for (unsigned i = 0; i < FA_DIFFERENCE_COUNT; i++)
		if ((differs >> i & 1) != 0)
			fa_buffer_addf(text, "%s%s", text->len > 0 ? ", " : "",
				       fa_difference_text(i));
}

void fa_tables_put_reasons(struct fa_row *row, const enum fa_reason *reasons, size_t count)
{
	struct fa_buffer *text = fa_row_make(row);

	for (size_t i = 0; i < count && i < FA_REASONS_MAX; i++)
		fa_buffer_addf(text, "%s%s", i > 0 ? ", " : "", fa_reason_text(reasons[i]));
}

/* document, publisher, dated, section, row; NULL: there is none. */
void fa_tables_put_citation(struct fa_row *row, const struct fa_stored_rule *rule)
{
	if (rule == NULL) {
		for (unsigned i = 0; i < 5; i++)
			fa_row_none(row);
		return;
	}
	fa_row_text(row, rule->document);
	fa_row_text(row, rule->publisher);
	fa_row_text(row, rule->dated);
	fa_row_text(row, rule->section);
	fa_row_text(row, rule->row);
}

static int count_state(void *arg, const struct fa_stored_expectation *expectation)
{
	uint64_t *counts = arg;

	if (expectation->state < FA_EXPECT_COUNT)
		counts[expectation->state]++;
	return 0;
}

static int read_facts(struct fa_tables *tables, int64_t run)
{
	const struct fa_history *history = tables->history;
	int err = history->run(history->context, run, &tables->run, tables->diag);

	tables->run_id = tables->run.id;
	if (err == 0)
		err = history->each_expectation(history->context, tables->run_id, count_state,
						tables->expectations, tables->diag);
	if (err == 0)
		err = fa_places_read(&tables->places, history, tables->run_id, tables->diag);
	if (err == 0)
		err = fa_inputs_are_files(history, tables->run_id, &tables->has_files,
					  tables->diag);
	return err;
}

int fa_tables_run(const struct fa_history *history, int64_t run, const struct fa_table_sink *sink,
		  struct fa_diag *diag)
{
	static int (*const write[])(struct fa_tables *) = {
		fa_tables_head,		fa_tables_summary,	 fa_tables_findings,
		fa_tables_expectations, fa_tables_conversations, fa_tables_waivers,
		fa_tables_catalogs,	fa_tables_losses,	 fa_tables_loss_pairs,
		fa_tables_layers,	fa_tables_interfaces,	 fa_tables_windows,
	};
	struct fa_tables tables;
	int err;

	memset(&tables, 0, sizeof(tables));
	tables.history = history;
	tables.diag = diag;
	tables.row.sink = sink;
	tables.row.diag = diag;
	err = read_facts(&tables, run);
	for (size_t i = 0; err == 0 && i < sizeof(write) / sizeof(write[0]); i++)
		err = write[i](&tables);
	fa_places_deinit(&tables.places);
	fa_row_deinit(&tables.row);
	return err;
}
