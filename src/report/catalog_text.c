/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The catalogs as text: a list, one product in full, and who documents a port. */
#include "report/catalog.h"

#include <string.h>

#include "base/text.h"
#include "report/site.h"

enum { HERE_COLUMNS = 19 }; /* as the other labels of a row */

/* "wso2 · WSO2 products · "Default Ports of WSO2 Products", WSO2, no date · 109 rows" */
static void put_product(struct fa_text_out *text, const struct fa_product *product)
{
	struct fa_buffer *line = &text->line;
	char id[64];
	char lead[sizeof(id) + 1];

	fa_text_safe(product->id, strlen(product->id), id, sizeof(id));
	snprintf(lead, sizeof(lead), "%s ", id);
	fa_buffer_reset(line);
	fa_buffer_add(line, "· ");
	fa_buffer_safe(line, product->name);
	fa_buffer_add(line, " · \"");
	fa_buffer_safe(line, product->title);
	fa_buffer_add(line, "\", ");
	fa_buffer_safe(line, product->publisher);
	fa_buffer_add(line, ", ");
	fa_buffer_safe(line, product->dated != NULL ? product->dated : "no date");
	fa_buffer_add(line, " · ");
	fa_buffer_count(line, product->rule_count, "row", "rows");
	fa_text_wrap_lead(text, lead, FA_PAINT_BOLD, 4, fa_buffer_text(line));
}

/* Fills up to COLUMN, always with a space at least. */
static void pad_to(struct fa_buffer *line, size_t column)
{
	do
		fa_buffer_add(line, " ");
	while (!line->failed && fa_text_columns(fa_buffer_text(line)) < column);
}

static void put_row(struct fa_text_out *text, const struct fa_rule *rule)
{
	struct fa_buffer *line = &text->line;
	const char *slash = strchr(rule->id, '/');
	size_t third = text->width * 42 / 100;

	fa_buffer_reset(line);
	fa_buffer_add(line, "  ");
	fa_buffer_safe(line, slash != NULL ? slash + 1 : rule->id);
	if (fa_text_columns(fa_buffer_text(line)) > third) { /* an id is there to be copied */
		fa_text_line(text, fa_buffer_text(line));
		fa_buffer_reset(line);
	}
	pad_to(line, third + 1);
	fa_catalog_add_transports(line, rule->transports);
	fa_buffer_add(line, " ");
	if (rule->dynamic)
		fa_buffer_add(line, "dynamic");
	else if (rule->port_parameter != NULL && rule->match_ports.count == 0)
		fa_buffer_safe(line, rule->port_parameter->name);
	else
		fa_catalog_add_ports(line, rule->port_parameter != NULL ? &rule->match_ports
									: &rule->ports);
	pad_to(line, third + 26);
	fa_buffer_add(line, rule->advice == FA_ADVICE_DISCOURAGED
				    ? "discouraged"
				    : fa_requirement_text(rule->requirement));
	pad_to(line, third + 38);
	if (rule->any_protocol)
		fa_buffer_add(line, "any");
	fa_catalog_add_strings(line, &rule->protocols);
	fa_text_line(text, fa_buffer_text(line));
}

void fa_catalog_text_list(struct fa_text_out *text, const struct fa_rulebook *book,
			  const struct fa_product *product)
{
	for (size_t i = 0; i < book->product_count; i++) {
		const struct fa_product *this = &book->products[i];

		if (product != NULL && product != this)
			continue;
		if (i > 0 && product == NULL)
			fa_text_blank(text);
		put_product(text, this);
		for (size_t r = 0; r < this->rule_count; r++)
			put_row(text, &book->rules[this->first_rule + r]);
	}
	if (book->product_count == 0)
		fa_text_line(text, "no catalogs");
}

static void put_note(struct fa_text_out *text, unsigned indent, const char *note)
{
	if (note == NULL)
		return;
	fa_buffer_reset(&text->line);
	fa_buffer_safe(&text->line, note);
	fa_text_wrap(text, indent, fa_buffer_text(&text->line));
}

static void put_parameter(struct fa_text_out *text, const struct fa_parameter *parameter)
{
	struct fa_buffer *line = &text->line;

	fa_buffer_reset(line);
	fa_buffer_safe(line, parameter->name);
	fa_buffer_addf(line, " (%s", fa_parameter_type_text(parameter->type));
	if (parameter->type == FA_PARAM_CHOICE) {
		fa_buffer_add(line, ": ");
		fa_catalog_add_strings(line, &parameter->choices);
	}
	if (!parameter->has_default) {
		fa_buffer_add(line, ", no default");
	} else if (parameter->type == FA_PARAM_INTEGER) {
		fa_buffer_addf(line, ", default %lld", (long long)parameter->default_integer);
	} else if (parameter->type == FA_PARAM_CHOICE) {
		fa_buffer_add(line, ", default ");
		fa_buffer_safe(line, parameter->default_choice);
	} else {
		fa_buffer_add(line, ", default ");
		fa_catalog_add_ports(line, &parameter->default_ports);
	}
	fa_buffer_add(line, "): ");
	fa_buffer_safe(line, parameter->about);
	fa_text_wrap(text, 4, fa_buffer_text(line));
}

static void put_roles(struct fa_text_out *text, const struct fa_product *product)
{
	for (size_t i = 0; i < product->role_count; i++) {
		struct fa_buffer *line = &text->line;

		fa_buffer_reset(line);
		fa_buffer_safe(line, product->roles[i].name);
		fa_buffer_add(line, ": ");
		fa_buffer_safe(line, product->roles[i].about);
		fa_text_wrap(text, 4, fa_buffer_text(line));
	}
}

static void put_signatures(struct fa_text_out *text, const struct fa_product *product)
{
	for (size_t i = 0; i < product->signature_count; i++) {
		const struct fa_signature *signature = &product->signatures[i];
		struct fa_buffer *line = &text->line;

		fa_buffer_reset(line);
		fa_buffer_safe(line, signature->name);
		fa_buffer_add(line, " (");
		fa_catalog_add_transports(line, signature->transports);
		fa_buffer_add(line, "): ");
		fa_buffer_safe(line, signature->about);
		if (signature->source != NULL) {
			fa_buffer_add(line, " Source: ");
			fa_buffer_safe(line, signature->source);
		}
		fa_text_wrap(text, 4, fa_buffer_text(line));
	}
}

void fa_catalog_text_show(struct fa_text_out *text, const struct fa_rulebook *book,
			  const struct fa_product *product)
{
	put_product(text, product);
	put_note(text, 4, product->note);
	if (product->parameter_count > 0)
		fa_text_heading(text, "PARAMETERS");
	for (size_t i = 0; i < product->parameter_count; i++)
		put_parameter(text, &product->parameters[i]);
	if (product->role_count > 0)
		fa_text_heading(text, "ROLES");
	put_roles(text, product);
	if (product->signature_count > 0)
		fa_text_heading(text, "SIGNATURES");
	put_signatures(text, product);
	for (size_t i = 0; i < product->component_count; i++) {
		const struct fa_component *component = &product->components[i];

		fa_buffer_reset(&text->line);
		fa_buffer_safe(&text->line, component->name);
		fa_text_heading(text, fa_buffer_text(&text->line));
		for (size_t r = 0; r < component->rule_count; r++)
			fa_catalog_text_rule(text, &book->rules[component->first_rule + r]);
	}
}

static void put_how(struct fa_text_out *text, const struct fa_candidate *candidate)
{
	struct fa_buffer *line = &text->line;
	char number[FA_NUMBER_TEXT];

	if (candidate->claim == FA_CLAIM_INCREMENTED)
		fa_text_wrap(text, 4, "the port that the row goes on to when its own is taken");
	if (candidate->claim == FA_CLAIM_CORRECTED)
		fa_text_wrap(text, 4, "only the correction of this row covers the port");
	if (candidate->range_size <= 1)
		return;
	fa_buffer_reset(line);
	fa_buffer_addf(line, "the port is one of a range of %s: weaker than an exact port",
		       fa_number_text(candidate->range_size, number));
	fa_text_wrap(text, 4, fa_buffer_text(line));
}

/* Rows; each may be bound to several instances. */
static size_t count_rules(const struct fa_asked_port *asked)
{
	size_t count = 0;

	for (size_t i = 0; i < asked->count; i++) {
		const struct fa_rule *rule = asked->candidates[i].binding->rule;
		size_t before = 0;

		while (asked->candidates[before].binding->rule != rule)
			before++;
		count += before == i;
	}
	return count;
}

/* Whose port it is at the site. */
static void put_here(struct fa_text_out *text, const struct fa_candidate *candidate)
{
	const struct fa_binding *binding = candidate->binding;
	struct fa_buffer *line = &text->line;

	fa_buffer_reset(line);
	if (binding->instance != NULL) {
		fa_buffer_add(line, "instance ");
		fa_buffer_safe(line, binding->instance->name);
		fa_buffer_add(line, ": ");
	}
	fa_site_add_end(line, &binding->client);
	fa_buffer_add(line, " → ");
	fa_site_add_end(line, &binding->server);
	fa_text_wrap_lead(text, "    here           ", FA_PAINT_DIM, HERE_COLUMNS,
			  fa_buffer_text(line));
}

void fa_catalog_text_explain(struct fa_text_out *text, const struct fa_policy *policy,
			     const struct fa_asked_port *asked)
{
	const struct fa_rulebook *book = policy->book;
	const struct fa_site *site = policy->site;
	struct fa_buffer *line = &text->line;
	char transport[FA_TRANSPORT_TEXT];

	fa_buffer_reset(line);
	fa_buffer_addf(line, "%s/%u is documented by ",
		       fa_transport_text(asked->transport, transport), asked->port);
	if (asked->count == 0) {
		fa_buffer_add(line, "none of ");
		fa_buffer_count(line, book->rule_count, "row in ", "rows in ");
		fa_buffer_count(line, book->product_count, "catalog", "catalogs");
	} else {
		fa_buffer_count(line, count_rules(asked), "row", "rows, the most specific first");
	}
	fa_text_wrap(text, 0, fa_buffer_text(line));
	for (size_t i = 0; i < asked->count; i++) {
		/* One row may be of several instances, one after the other. */
		if (i == 0 || asked->candidates[i].binding->rule !=
				      asked->candidates[i - 1].binding->rule ||
		    asked->candidates[i].claim != asked->candidates[i - 1].claim) {
			fa_text_blank(text);
			fa_catalog_text_rule(text, asked->candidates[i].binding->rule);
			put_how(text, &asked->candidates[i]);
		}
		if (site != NULL)
			put_here(text, &asked->candidates[i]);
	}
}
