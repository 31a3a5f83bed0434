/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One documented requirement as text, with every field that says something. */
#include "report/catalog.h"

#include <inttypes.h>

#define LABEL_COLUMNS 19

void fa_catalog_add_ports(struct fa_buffer *line, const struct fa_port_ranges *ranges)
{
	for (size_t i = 0; i < ranges->count; i++) {
		fa_buffer_addf(line, "%s%u", i > 0 ? ", " : "", ranges->items[i].low);
		if (ranges->items[i].high != ranges->items[i].low)
			fa_buffer_addf(line, "-%u", ranges->items[i].high);
	}
}

void fa_catalog_add_transports(struct fa_buffer *line, unsigned set)
{
	bool first = true;

	for (unsigned i = 0; i < FA_RULE_TRANSPORTS; i++) {
		if ((set >> i & 1) == 0)
			continue;
		fa_buffer_addf(line, "%s%s", first ? "" : ", ", fa_rule_transport_text(i));
		first = false;
	}
}

void fa_catalog_add_strings(struct fa_buffer *line, const struct fa_strings *strings)
{
	for (size_t i = 0; i < strings->count; i++) {
		fa_buffer_add(line, i > 0 ? ", " : "");
		fa_buffer_safe(line, strings->items[i]);
	}
}

/* Writes what stands in the line, if anything does. */
static void item(struct fa_text_out *text, const char *label)
{
	char lead[48];

	if (text->line.len == 0)
		return;
	snprintf(lead, sizeof(lead), "    %-*s", LABEL_COLUMNS - 4, label);
	fa_text_wrap_lead(text, lead, FA_PAINT_DIM, LABEL_COLUMNS, fa_buffer_text(&text->line));
	fa_buffer_reset(&text->line);
}

static void text_item(struct fa_text_out *text, const char *label, const char *words)
{
	fa_buffer_safe(&text->line, words);
	item(text, label);
}

static void strings_item(struct fa_text_out *text, const char *label,
			 const struct fa_strings *strings)
{
	fa_catalog_add_strings(&text->line, strings);
	item(text, label);
}

static void put_ports(struct fa_text_out *text, const struct fa_rule *rule)
{
	struct fa_buffer *line = &text->line;

	fa_catalog_add_transports(line, rule->transports);
	fa_buffer_add(line, " ");
	fa_catalog_add_ports(line,
			     rule->port_parameter != NULL ? &rule->match_ports : &rule->ports);
	if (rule->port_parameter != NULL) {
		fa_buffer_add(line, " (parameter ");
		fa_buffer_safe(line, rule->port_parameter->name);
		fa_buffer_add(line, rule->match_ports.count > 0 ? ")" : ": the site must say)");
	}
	if (rule->moves_with != NULL) {
		fa_buffer_add(line, " + ");
		fa_buffer_safe(line, rule->moves_with->name);
	}
	if (rule->dynamic)
		fa_buffer_add(line, " chosen at run time");
	if (rule->configurable)
		fa_buffer_add(line, ", configurable");
	item(text, "ports");
	if (rule->when_taken != FA_TAKEN_UNSAID) {
		fa_buffer_add(line, fa_when_taken_text(rule->when_taken));
		if (rule->increments_to.count > 0)
			fa_buffer_add(line, " to ");
		fa_catalog_add_ports(line, &rule->increments_to);
		item(text, "when taken");
	}
	text_item(text, "negotiated by",
		  rule->negotiated_by != NULL ? rule->negotiated_by->id : NULL);
}

static void put_ends(struct fa_text_out *text, const struct fa_rule *rule)
{
	struct fa_buffer *line = &text->line;
	char addr[FA_ADDR_TEXT];

	fa_catalog_add_strings(line, &rule->from);
	fa_buffer_add(line, " → ");
	fa_catalog_add_strings(line, &rule->to);
	fa_buffer_addf(line, " (%s)", fa_rule_direction_text(rule->direction));
	item(text, "between");
	strings_item(text, "host names", &rule->hosts);
	text_item(text, "chosen by", rule->hosts_by != NULL ? rule->hosts_by->name : NULL);
	for (size_t i = 0; i < rule->networks.count; i++)
		fa_buffer_addf(line, "%s%s/%u", i > 0 ? ", " : "",
			       fa_addr_text(&rule->networks.items[i].addr, addr),
			       rule->networks.items[i].bits);
	item(text, "networks");
	for (size_t i = 0; i < rule->asns.count; i++)
		fa_buffer_addf(line, "%sAS%" PRIu32, i > 0 ? ", " : "", rule->asns.items[i]);
	item(text, "networks of");
	if (rule->scope != FA_SCOPE_NETWORK)
		text_item(text, "scope",
			  rule->scope == FA_SCOPE_HOST ? "inside one machine only"
						       : "loopback interface only");
}

static void put_advice(struct fa_text_out *text, const struct fa_rule *rule)
{
	struct fa_buffer *line = &text->line;

	fa_buffer_add(line, fa_requirement_text(rule->requirement));
	if (rule->when != NULL) {
		fa_buffer_add(line, ": ");
		fa_buffer_safe(line, rule->when);
	}
	item(text, "requirement");
	fa_buffer_add(line, fa_advice_text(rule->advice));
	if (line->len > 0 && rule->advice_reason != NULL) {
		fa_buffer_add(line, ": ");
		fa_buffer_safe(line, rule->advice_reason);
	}
	item(text, "advice");
	if (rule->alternatives != NULL) {
		fa_buffer_add(line, "one row of the group \"");
		fa_buffer_safe(line, rule->alternatives);
		fa_buffer_add(line, "\" is enough");
		item(text, "alternatives");
	}
	text_item(text, "fallback for",
		  rule->fallback_for != NULL ? rule->fallback_for->id : NULL);
}

static void put_correction(struct fa_text_out *text, const struct fa_correction *correction)
{
	struct fa_buffer *line = &text->line;

	if (correction->reason == NULL)
		return;
	fa_buffer_add(line, "this row is doubtful; read it as ");
	fa_catalog_add_transports(line, correction->transports);
	if (correction->ports.count > 0)
		fa_buffer_add(line, " port ");
	fa_catalog_add_ports(line, &correction->ports);
	if (correction->protocols.count > 0)
		fa_buffer_add(line, " protocol ");
	fa_catalog_add_strings(line, &correction->protocols);
	fa_buffer_add(line, ": ");
	fa_buffer_safe(line, correction->reason);
	item(text, "correction");
}

void fa_catalog_add_citation(struct fa_buffer *line, const struct fa_rule *rule)
{
	fa_buffer_add(line, "\"");
	fa_buffer_safe(line, rule->product->title);
	fa_buffer_add(line, "\", ");
	fa_buffer_safe(line, rule->product->publisher);
	fa_buffer_add(line, ", ");
	fa_buffer_safe(line, rule->product->dated != NULL ? rule->product->dated : "no date");
	fa_buffer_add(line, ", section \"");
	fa_buffer_safe(line, rule->section);
	fa_buffer_add(line, "\"");
	if (rule->row != NULL) {
		fa_buffer_add(line, ", row \"");
		fa_buffer_safe(line, rule->row);
		fa_buffer_add(line, "\"");
	}
}

void fa_catalog_text_rule(struct fa_text_out *text, const struct fa_rule *rule)
{
	struct fa_buffer *line = &text->line;

	fa_buffer_reset(line);
	fa_buffer_safe(line, rule->id);
	fa_text_wrap(text, 2, fa_buffer_text(line));
	fa_buffer_reset(line);
	text_item(text, "what for", rule->title);
	put_ports(text, rule);
	if (rule->any_protocol)
		text_item(text, "protocols", "any: the document does not say");
	else
		strings_item(text, "protocols", &rule->protocols);
	put_ends(text, rule);
	put_advice(text, rule);
	put_correction(text, &rule->correction);
	text_item(text, "note", rule->note);
	fa_catalog_add_citation(line, rule);
	item(text, "document");
}
