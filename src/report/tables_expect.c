/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of what is expected and of what somebody accepts. */
#include "report/tables.h"

#include <string.h>

#include "report/words.h"

/* Of each for people who did not ask for all. */
#define EXPECTATIONS_SHOWN 20
#define WAIVERS_SHOWN	   20

static const struct fa_table_column expectation_columns[] = {
	{"status", "status", FA_CELL_TEXT, false},
	{"requirement", "requirement", FA_CELL_TEXT, false},
	{"rule", "row of the catalog", FA_CELL_TEXT, false},
	{"title", "title", FA_CELL_TEXT, false},
	{"instance", "instance", FA_CELL_TEXT, false},
	{"role", "role", FA_CELL_TEXT, true},
	{"place", "where", FA_CELL_TEXT, false},
	{"transports", "transport", FA_CELL_TEXT, false},
	{"ports", "ports", FA_CELL_TEXT, false},
	{"protocols", "protocol", FA_CELL_TEXT, false},
	{"endpoints", "endpoints", FA_CELL_TEXT, true},
	{"condition", "condition", FA_CELL_TEXT, true},
	{"evidence", "evidence", FA_CELL_TEXT, false},
	{"conversations", "conversations", FA_CELL_COUNT, true},
	{"flows", "flows", FA_CELL_COUNT, false},
	{"product", "product", FA_CELL_TEXT, true},
	{"component", "component", FA_CELL_TEXT, true},
	{"document", "document", FA_CELL_TEXT, true},
	{"publisher", "publisher", FA_CELL_TEXT, true},
	{"dated", "dated", FA_CELL_TEXT, true},
	{"section", "section", FA_CELL_TEXT, false},
	{"row", "row", FA_CELL_TEXT, false},
};

static const struct fa_table expectation_table = {
	.id = "expectations",
	.title = "Expectations",
	.empty = "No catalog expects anything here.",
	.columns = expectation_columns,
	.column_count = sizeof(expectation_columns) / sizeof(expectation_columns[0]),
	.brief = EXPECTATIONS_SHOWN,
};

/* Those that need a look come first, of these the required ones. */
struct sorting {
	struct fa_row *row;
	enum fa_expectation_state state;
	bool required;
};

static int put_expectation(void *arg, const struct fa_stored_expectation *expectation)
{
	const struct sorting *sorting = arg;
	const struct fa_stored_rule *rule = &expectation->rule;
	struct fa_row *row = sorting->row;

	if (expectation->state != sorting->state ||
	    (strcmp(rule->requirement, "required") == 0) != sorting->required)
		return 0;
	fa_row_text(row, fa_expectation_text(expectation->state));
	fa_row_text(row, rule->requirement);
	fa_row_text(row, rule->id);
	fa_row_text(row, rule->title);
	fa_row_text(row, expectation->instance);
	fa_row_text(row, expectation->role);
	fa_row_text(row, expectation->place);
	fa_row_text(row, rule->transports);
	fa_row_text(row, expectation->ports);
	fa_row_text(row, rule->protocols);
	fa_row_text(row, expectation->endpoints);
	fa_row_text(row, rule->when);
	fa_row_text(row, expectation->evidence);
	fa_row_count(row, expectation->conversations);
	fa_row_count(row, expectation->flows);
	fa_row_text(row, rule->product);
	fa_row_text(row, rule->component);
	fa_tables_put_citation(row, rule);
	return fa_row_put(row);
}

int fa_tables_expectations(struct fa_tables *tables)
{
	static const enum fa_expectation_state order[FA_EXPECT_COUNT] = {
		FA_EXPECT_REFUSED, FA_EXPECT_UNSEEN, FA_EXPECT_SEEN, FA_EXPECT_NOT_OBSERVABLE,
	};
	const struct fa_history *history = tables->history;
	struct sorting sorting = {.row = &tables->row};
	int err = fa_row_begin(&tables->row, &expectation_table);

	for (unsigned i = 0; err == 0 && i < 2 * FA_EXPECT_COUNT; i++) {
		sorting.state = order[i / 2];
		sorting.required = i % 2 == 0;
		err = history->each_expectation(history->context, tables->run_id, put_expectation,
						&sorting, tables->diag);
	}
	return err == 0 ? fa_row_end(&tables->row) : err;
}

static const struct fa_table_column waiver_columns[] = {
	{"waiver", "waiver", FA_CELL_TEXT, false},
	{"status", "status", FA_CELL_TEXT, false},
	{"broad", "over-broad", FA_CELL_TEXT, false},
	{"expires", "until", FA_CELL_TEXT, false},
	{"owner", "owner", FA_CELL_TEXT, false},
	{"reason", "reason", FA_CELL_TEXT, false},
	{"ticket", "ticket", FA_CELL_TEXT, false},
	{"client", "client", FA_CELL_TEXT, false},
	{"server", "server", FA_CELL_TEXT, false},
	{"transport", "transport", FA_CELL_TEXT, false},
	{"port", "port", FA_CELL_TEXT, false},
	{"protocol", "protocol", FA_CELL_TEXT, false},
	{"conversations", "conversations", FA_CELL_COUNT, false},
	{"flows", "flows", FA_CELL_COUNT, false},
};

static const struct fa_table waiver_table = {
	.id = "waivers",
	.title = "Waivers",
	.columns = waiver_columns,
	.column_count = sizeof(waiver_columns) / sizeof(waiver_columns[0]),
	.brief = WAIVERS_SHOWN,
};

static int put_waiver(void *arg, const struct fa_stored_waiver *waiver)
{
	struct fa_row *row = arg;

	fa_row_text(row, waiver->id);
	fa_row_text(row, fa_words_waiver_status(waiver->status));
	fa_row_yes(row, waiver->broad);
	fa_row_text(row, waiver->expires);
	fa_row_text(row, waiver->owner);
	fa_row_text(row, waiver->reason);
	fa_row_text(row, waiver->ticket);
	fa_row_text(row, waiver->client);
	fa_row_text(row, waiver->server);
	fa_row_text(row, waiver->transport);
	fa_row_text(row, waiver->port);
	fa_row_text(row, waiver->protocol);
	fa_row_count(row, waiver->conversations);
	fa_row_count(row, waiver->flows);
	return fa_row_put(row);
}

int fa_tables_waivers(struct fa_tables *tables)
{
	const struct fa_history *history = tables->history;
	int err = fa_row_begin(&tables->row, &waiver_table);

	if (err == 0)
		err = history->each_waiver(history->context, tables->run_id, put_waiver,
					   &tables->row, tables->diag);
	return err == 0 ? fa_row_end(&tables->row) : err;
}
