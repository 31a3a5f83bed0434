/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of differences: in words for people, and every value for programs. */
#include "report/drift_tables.h"

#include <string.h>

#include "report/tables.h"

/* Rows for people who did not ask for all. */
#define SHOWN 10

/* Who else is named may leave a column to programs: see hide. */
static const struct fa_table_column all_columns[] = {
	{"verdict", "verdict", FA_CELL_VERDICT, false},
	{"what", "what", FA_CELL_TEXT, false},
	{"before", "before", FA_CELL_TEXT, false},
	{"now", "now", FA_CELL_TEXT, false},
	{"cause", "cause", FA_CELL_TEXT, false},
	{"why", "why", FA_CELL_TEXT, false},
	{"maybe", "perhaps not so", FA_CELL_TEXT, false},
	{"says", "what the documents say", FA_CELL_TEXT, false},
	{"next", "what to do next", FA_CELL_TEXT, false},
	{"section", "section", FA_CELL_TEXT, true},
	{"aspect", "aspect", FA_CELL_TEXT, true},
	{"fingerprint", "fingerprint", FA_CELL_TEXT, true},
	{"subject", "subject", FA_CELL_TEXT, true},
	{"client", "client", FA_CELL_TEXT, true},
	{"clients", "clients", FA_CELL_TEXT, true},
	{"server", "server", FA_CELL_TEXT, true},
	{"servers", "servers", FA_CELL_TEXT, true},
	{"server_address", "address of the server", FA_CELL_TEXT, true},
	{"server_before", "server before", FA_CELL_TEXT, true},
	{"server_address_before", "its address", FA_CELL_TEXT, true},
	{"transport", "transport", FA_CELL_TEXT, true},
	{"port", "port", FA_CELL_ID, true},
	{"rule", "row of the catalog", FA_CELL_TEXT, true},
	{"document", "document", FA_CELL_TEXT, true},
	{"publisher", "publisher", FA_CELL_TEXT, true},
	{"dated", "dated", FA_CELL_TEXT, true},
	{"document_section", "section of the document", FA_CELL_TEXT, true},
	{"row", "row", FA_CELL_TEXT, true},
#define FA_SIDE(name, title)                                                                       \
	{name "_protocol", "protocol " title, FA_CELL_TEXT, true},                                 \
	{name "_verdict", "verdict " title, FA_CELL_TEXT, true},                                   \
	{name "_rule", "row of the catalog " title, FA_CELL_TEXT, true},                           \
	{name "_state", "state " title, FA_CELL_TEXT, true},                                       \
	{name "_clients", "clients " title, FA_CELL_COUNT, true},                                  \
	{name "_servers", "servers " title, FA_CELL_COUNT, true},                                  \
	{name "_ports", "ports " title, FA_CELL_COUNT, true},                                      \
	{name "_flows", "flows " title, FA_CELL_COUNT, true},                                      \
	{name "_answered", "answered " title, FA_CELL_COUNT, true},                                \
	{name "_packets", "packets " title, FA_CELL_COUNT, true},                                  \
	{name "_bytes", "bytes " title, FA_CELL_BYTES, true},                                      \
	{name "_first_seen", "first seen " title " (UTC)", FA_CELL_TIME, true},                    \
	{name "_last_seen", "last seen " title " (UTC)", FA_CELL_TIME, true},                      \
	{name "_run", "run " title, FA_CELL_ID, true},                                             \
	{name "_finding", "finding " title, FA_CELL_ID, true}
	FA_SIDE("before", "before"),
	FA_SIDE("now", "now"),
#undef FA_SIDE
};

_Static_assert(sizeof(all_columns) / sizeof(all_columns[0]) == FA_DRIFT_COLUMNS,
	       "FA_DRIFT_COLUMNS is the number of columns");

/* What is told of each section; the last is of all of them. */
static const struct {
	const char *id, *page_id, *title, *empty;
	const char *hidden; /* columns that say nothing here, between blanks */
} kinds[FA_DRIFT_SECTION_COUNT + 1] = {
	[FA_DRIFT_APPEARED] = {"appeared", "drift-appeared", "Appeared", NULL, " before "},
	[FA_DRIFT_CHANGED] = {"changed", "drift-changed", "Changed", NULL, ""},
	[FA_DRIFT_VANISHED] = {"vanished", "drift-vanished", "Vanished", NULL, " now "},
	[FA_DRIFT_EXPECTATIONS] = {"expectations", "drift-expectations", "Expectations", NULL,
				   " verdict "},
	[FA_DRIFT_WAIVERS] = {"waivers", "drift-waivers", "Waivers", NULL,
			      " verdict maybe says cause "},
	[FA_DRIFT_COVERAGE] = {"coverage", "drift-coverage", "Coverage", NULL,
			       " verdict maybe says before now "},
	[FA_DRIFT_SECTION_COUNT] = {FA_DRIFT_ALL, FA_DRIFT_ALL, "Differences", "Nothing differs.", ""},
};

static bool is_hidden(const char *hidden, const char *name)
{
	const char *at = strstr(hidden, name);

	return at != NULL && at > hidden && at[-1] == ' ' && at[strlen(name)] == ' ';
}

const char *fa_drift_table_page_id(unsigned section)
{
	return kinds[section].page_id;
}

/* On a page the words for the cause stand in one column, and rows of catalogs are led to. */
static bool is_for_people(const struct fa_table_column *column, const char *hidden, bool is_page)
{
	if (is_page && strcmp(column->name, "rule") == 0)
		return !is_hidden(hidden, "says");
	if (is_page && (strcmp(column->name, "cause") == 0 || strcmp(column->name, "maybe") == 0))
		return false;
	return !column->detail && !is_hidden(hidden, column->name);
}

void fa_drift_table_init(struct fa_drift_table *table, unsigned section, bool is_page)
{
	memset(table, 0, sizeof(*table));
	memcpy(table->columns, all_columns, sizeof(all_columns));
	for (size_t i = 0; i < FA_DRIFT_COLUMNS; i++)
		table->columns[i].detail =
			!is_for_people(&table->columns[i], kinds[section].hidden, is_page);
	for (size_t i = 0; is_page && i < FA_DRIFT_COLUMNS; i++)
		if (strcmp(table->columns[i].name, "why") == 0)
			table->columns[i].title = "cause";
	table->table.id = is_page ? kinds[section].page_id : kinds[section].id;
	table->table.title = kinds[section].title;
	table->table.empty = kinds[section].empty;
	table->table.columns = table->columns;
	table->table.column_count = FA_DRIFT_COLUMNS;
	table->table.brief = SHOWN;
}

/* --- Rows --- */

/* "TDS · undocumented · 3 clients, 88 flows, 12.0 MB, 2026-11-21 23:14 .. 23:20" */
static void put_side_words(struct fa_row *row, const struct fa_difference *difference,
			   const struct fa_drift_state *state)
{
	struct fa_buffer *line = fa_row_make(row);
	size_t start;

	fa_drift_say_state(line, difference, state);
	start = line->len;
	if (start > 0)
		fa_buffer_add(line, " · ");
	fa_drift_say_extent(line, difference, state);
	/* Nothing came of it. */
	if (start > 0 && line->text != NULL && line->len == start + strlen(" · ")) {
		line->len = start;
		line->text[start] = '\0';
	}
}

/* On a page the sides have columns of their own, side by side. */
static void put_what(struct fa_drift_tables *tables, const struct fa_difference *difference)
{
	struct fa_buffer *line = fa_row_make(&tables->row);
	size_t news = fa_drift_say_what(line, difference, FA_DRIFT_NAME_COLUMNS);

	if (!tables->is_page || line->text == NULL)
		return;
	line->len = news;
	line->text[news] = '\0';
}

/* "traffic; perhaps not so: ..." */
static void put_cause(struct fa_row *row, const struct fa_difference *difference)
{
	static const char lead[] = "cause: ";
	struct fa_buffer *line = fa_row_make(row);
	struct fa_buffer words = {0};
	const char *text;

	fa_drift_say_cause(&words, difference);
	text = fa_buffer_text(&words);
	fa_buffer_add(line, text + (strncmp(text, lead, strlen(lead)) == 0 ? strlen(lead) : 0));
	line->failed = line->failed || words.failed;
	fa_buffer_deinit(&words);
}

static int put_words(struct fa_drift_tables *tables, const struct fa_difference *difference)
{
	struct fa_row *row = &tables->row;
	struct fa_buffer command = {0};
	struct fa_buffer *next;
	int err;

	if (fa_drift_is_traffic(difference))
		fa_row_text(row, fa_verdict_text(fa_drift_side_to_see(difference)->verdict));
	else
		fa_row_none(row);
	put_what(tables, difference);
	put_side_words(row, difference, &difference->before);
	put_side_words(row, difference, &difference->now);
	fa_row_text(row, fa_drift_cause_text(difference->cause));
	if (tables->is_page)
		put_cause(row, difference);
	else
		fa_row_text(row, difference->why);
	fa_row_text(row, difference->maybe);
	err = fa_drift_say_citation(fa_row_make(row), &tables->about, difference, tables->diag);
	next = fa_row_make(row);
	if (err == 0)
		err = fa_drift_say_next(next, &command, &tables->about, difference, tables->diag);
	if (command.len > 0)
		fa_buffer_addf(next, "%s%s", next->len > 0 ? ": " : "", command.text);
	next->failed = next->failed || command.failed;
	fa_buffer_deinit(&command);
	return err;
}

static void put_service(struct fa_row *row, const struct fa_difference *difference)
{
	char text[FA_TRANSPORT_TEXT];

	if (fa_drift_has_transport(difference))
		fa_buffer_add(fa_row_make(row), fa_transport_text(difference->transport, text));
	else
		fa_row_none(row);
	if (fa_drift_has_port(difference))
		fa_row_count(row, difference->port);
	else
		fa_row_none(row);
}

static void put_who(struct fa_row *row, const struct fa_difference *difference)
{
	fa_row_text(row, fa_drift_section_text(difference->section));
	fa_row_text(row, fa_drift_aspect_text(difference->aspect));
	fa_row_digits(row, fa_drift_fingerprint(difference));
	fa_row_text(row, difference->subject);
	fa_row_text(row, difference->client);
	fa_row_text(row, difference->client_list);
	fa_row_text(row, difference->server);
	fa_row_text(row, difference->server_list);
	fa_row_addr(row, &difference->server_addr);
	fa_row_text(row, difference->server_before);
	fa_row_addr(row, &difference->server_before_addr);
	put_service(row, difference);
	fa_row_text(row, fa_drift_rule_id(difference));
}

static void put_number(struct fa_row *row, int64_t number)
{
	if (number > 0)
		fa_row_count(row, (uint64_t)number);
	else
		fa_row_none(row);
}

#define SIDE_COLUMNS 15

static void put_side(struct fa_row *row, const struct fa_difference *difference,
		     const struct fa_drift_state *state)
{
	if (!state->is_there) {
		for (size_t i = 0; i < SIDE_COLUMNS; i++)
			fa_row_none(row);
		return;
	}
	fa_row_text(row, state->protocol);
	fa_row_text(row, fa_drift_is_traffic(difference) ? fa_verdict_text(state->verdict) : "");
	fa_row_text(row, state->rule);
	fa_row_text(row, state->state);
	fa_row_count(row, state->clients);
	fa_row_count(row, state->servers);
	fa_row_count(row, state->ports);
	fa_row_count(row, state->flows);
	fa_row_count(row, state->answered);
	fa_row_count(row, state->packets);
	fa_row_count(row, state->bytes);
	if (state->first_ns == 0 && state->last_ns == 0) {
		fa_row_none(row);
		fa_row_none(row);
	} else {
		fa_row_time(row, state->first_ns);
		fa_row_time(row, state->last_ns);
	}
	put_number(row, state->run);
	put_number(row, state->finding);
}

/* A row that waits for its citation. */
struct putting {
	struct fa_drift_tables *tables;
	const struct fa_difference *difference;
};

static int put_rest(void *arg, const struct fa_stored_rule *rule)
{
	const struct putting *putting = arg;
	struct fa_row *row = &putting->tables->row;

	fa_tables_put_citation(row, rule);
	put_side(row, putting->difference, &putting->difference->before);
	put_side(row, putting->difference, &putting->difference->now);
	return fa_row_put(row);
}

int fa_drift_table_write(struct fa_drift_tables *tables, const struct fa_drift_table *table,
			 unsigned section)
{
	const struct fa_drift *drift = tables->about.drift;
	int err = fa_row_begin(&tables->row, &table->table);

	for (size_t i = 0, rows = 0; err == 0 && i < drift->count; i++) {
		struct putting putting = {tables, &drift->items[i]};

		if (section != FA_DRIFT_SECTION_COUNT && drift->items[i].section != section)
			continue;
		if (tables->is_page && rows++ >= FA_DRIFT_PAGE_ROWS)
			break;
		err = put_words(tables, putting.difference);
		if (err != 0)
			return err;
		put_who(&tables->row, putting.difference);
		err = fa_drift_rule(&tables->about, putting.difference, put_rest, &putting,
				    tables->diag);
	}
	return err == 0 ? fa_row_end(&tables->row) : err;
}
