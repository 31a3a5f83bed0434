/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Openings as a table: the form for a change request. */
#include <inttypes.h>
#include <string.h>

#include "report/catalog.h"
#include "report/export.h"
#include "report/row.h"

static const struct fa_table_column columns[] = {
	{"status", "status", FA_CELL_TEXT, false},
	{"requirement", "requirement", FA_CELL_TEXT, false},
	{"source_role", "source role", FA_CELL_TEXT, false},
	{"source_name", "source", FA_CELL_TEXT, false},
	{"source_address", "source address", FA_CELL_TEXT, false},
	{"destination_role", "destination role", FA_CELL_TEXT, false},
	{"destination_name", "destination", FA_CELL_TEXT, false},
	{"destination_address", "destination address", FA_CELL_TEXT, false},
	{"transport", "transport", FA_CELL_TEXT, false},
	{"ports", "ports", FA_CELL_TEXT, false},
	{"protocol", "protocol", FA_CELL_TEXT, false},
	{"product", "product", FA_CELL_TEXT, false},
	{"instance", "instance", FA_CELL_TEXT, false},
	{"document", "document", FA_CELL_TEXT, false},
	{"publisher", "publisher", FA_CELL_TEXT, false},
	{"dated", "dated", FA_CELL_TEXT, false},
	{"section", "section", FA_CELL_TEXT, false},
	{"row", "row", FA_CELL_TEXT, false},
	{"rule", "rule", FA_CELL_TEXT, false},
	{"note", "note", FA_CELL_TEXT, false},
	{"used", "used", FA_CELL_TEXT, false},
	{"last_seen", "last seen", FA_CELL_TIME, false},
	{"runs_observable", "runs that could have seen it", FA_CELL_COUNT, false},
};

static const struct fa_table table = {
	.id = "openings",
	.title = "Openings",
	.empty = "The documents ask for nothing to be opened here.",
	.columns = columns,
	.column_count = sizeof(columns) / sizeof(columns[0]),
};

/* Whether an address before this one has the same label. */
static bool is_repeated(const struct fa_opening_end *end, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (end->addrs[i].label != NULL &&
		    strcmp(end->addrs[i].label, end->addrs[index].label) == 0)
			return true;
	return false;
}

/* Labels that are more than the address itself, each once, and host names. */
static void add_names(struct fa_buffer *text, const struct fa_opening_end *end)
{
	struct fa_prefix prefix;

	for (size_t i = 0; i < end->addr_count; i++) {
		const char *label = end->addrs[i].label;

		if (label == NULL || fa_prefix_parse(label, &prefix) || is_repeated(end, i))
			continue;
		fa_buffer_add(text, text->len > 0 ? ", " : "");
		fa_buffer_safe(text, label);
	}
	for (size_t i = 0; i < end->hosts.count; i++) {
		fa_buffer_add(text, text->len > 0 ? ", " : "");
		fa_buffer_safe(text, end->hosts.items[i]);
	}
}

/* "10.0.0.1, 10.1.0.0/16", "AS15169", "any" */
static void add_addresses(struct fa_buffer *text, const struct fa_opening_end *end)
{
	char addr[FA_ADDR_TEXT];

	for (size_t i = 0; i < end->addr_count; i++) {
		const struct fa_prefix *prefix = &end->addrs[i].prefix;

		fa_buffer_addf(text, "%s%s", i > 0 ? ", " : "", fa_addr_text(&prefix->addr, addr));
		if (prefix->bits != (prefix->addr.version == 4 ? 32 : 128))
			fa_buffer_addf(text, "/%u", prefix->bits);
	}
	for (size_t i = 0; i < end->systems.count; i++)
		fa_buffer_addf(text, "%sAS%" PRIu32, text->len > 0 ? ", " : "",
			       end->systems.items[i]);
	if (text->len == 0 && end->hosts.count == 0 && !end->not_placed)
		fa_buffer_add(text, "any");
}

static void put_end(struct fa_row *row, const struct fa_opening_end *end)
{
	fa_catalog_add_strings(fa_row_make(row), &end->roles);
	add_names(fa_row_make(row), end);
	add_addresses(fa_row_make(row), end);
}

static void put_protocols(struct fa_row *row, const struct fa_opening *opening)
{
	const struct fa_rule *rule = opening->binding->rule;
	const struct fa_correction *correction = &rule->correction;

	if (opening->claim == FA_CLAIM_CORRECTED && correction->protocols.count > 0)
		fa_catalog_add_strings(fa_row_make(row), &correction->protocols);
	else if (rule->any_protocol)
		fa_row_text(row, "any");
	else
		fa_catalog_add_strings(fa_row_make(row), &rule->protocols);
}

static void put_citation(struct fa_row *row, const struct fa_rule *rule)
{
	fa_row_text(row, rule->product->title);
	fa_row_text(row, rule->product->publisher);
	fa_row_text(row, rule->product->dated);
	fa_row_text(row, rule->section);
	fa_row_text(row, rule->row);
	fa_row_text(row, rule->id);
}

static const char *used_text(const struct fa_use *use)
{
	if (use->observable == 0)
		return "unknown";
	if (use->seen > 0)
		return use->idle[0] == '\0' ? "yes" : "partly";
	return use->refused > 0 ? "refused" : "no";
}

static void put_use(struct fa_row *row, const struct fa_use *use)
{
	if (use == NULL) {
		for (unsigned i = 0; i < 3; i++)
			fa_row_none(row);
		return;
	}
	fa_row_text(row, used_text(use));
	if (use->last_seen_ns != 0)
		fa_row_time(row, use->last_seen_ns);
	else
		fa_row_none(row);
	fa_row_count(row, use->observable);
}

static void put_notes(struct fa_row *row, const struct fa_openings *openings,
		      const struct fa_usage *usage, size_t index)
{
	struct fa_buffer *text = fa_row_make(row);
	size_t before;

	fa_export_add_notes(text, &openings->items[index], true, "; ");
	before = text->len;
	fa_buffer_add(text, before > 0 ? "; " : "");
	fa_export_add_use(text, usage, index);
	if (text->len == before + 2 && before > 0) {
		text->len = before;
		text->text[before] = '\0';
	}
}

static int put(struct fa_row *row, const struct fa_openings *openings, const struct fa_usage *usage,
	       size_t index)
{
	const struct fa_opening *opening = &openings->items[index];
	const struct fa_binding *binding = opening->binding;

	fa_row_text(row, fa_opening_state_text(opening->state));
	fa_row_text(row, fa_requirement_text(binding->rule->requirement));
	put_end(row, &opening->client);
	put_end(row, &opening->server);
	fa_catalog_add_transports(fa_row_make(row), opening->transports);
	fa_catalog_add_ports(fa_row_make(row), &opening->ports);
	put_protocols(row, opening);
	fa_row_text(row, binding->rule->product->id);
	fa_row_text(row, binding->instance != NULL ? binding->instance->name : "");
	put_citation(row, binding->rule);
	put_notes(row, openings, usage, index);
	put_use(row, usage == NULL ? NULL : &usage->uses[index]);
	return fa_row_put(row);
}

int fa_tables_openings(const struct fa_openings *openings, const struct fa_usage *usage,
		       const struct fa_table_sink *sink, struct fa_diag *diag)
{
	struct fa_row row = {.sink = sink, .diag = diag};
	int error = fa_row_begin(&row, &table);

	for (size_t i = 0; i < openings->count && error == 0; i++)
		if (fa_export_matters(&openings->items[i]))
			error = put(&row, openings, usage, i);
	if (error == 0)
		error = fa_row_end(&row);
	fa_row_deinit(&row);
	return error;
}
