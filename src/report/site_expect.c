/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is expected of a site, as text. */
#include <inttypes.h>
#include <string.h>

#include "report/catalog.h"
#include "report/site.h"

enum { SHOWN_PLACES = 8, INDENT = 15 };

/* Labels of an end: the first ones once each, the others counted. */
struct labels {
	const char *shown[SHOWN_PLACES];
	size_t count, more;
};

static void add_label(struct labels *labels, const char *label)
{
	for (size_t i = 0; i < labels->count; i++)
		if (strcmp(labels->shown[i], label) == 0)
			return;
	if (labels->count == SHOWN_PLACES)
		labels->more++;
	else
		labels->shown[labels->count++] = label;
}

void fa_site_add_end(struct fa_buffer *line, const struct fa_end *end)
{
	struct labels labels = {.count = 0};

	for (size_t i = 0; i < end->count; i++)
		for (size_t k = 0; k < end->roles[i]->place_count; k++)
			add_label(&labels, end->roles[i]->places[k].label);
	for (size_t i = 0; i < labels.count; i++) {
		fa_buffer_add(line, i == 0 ? "" : ", ");
		fa_buffer_safe(line, labels.shown[i]);
	}
	if (labels.more > 0) {
		fa_buffer_add(line, " and ");
		fa_buffer_count(line, labels.more, "more", "more");
	}
	if (end->anybody || end->unplaced)
		fa_buffer_add(line, labels.count == 0 ? "anybody" : " or anybody");
	if (end->unplaced && !end->anybody)
		fa_buffer_add(line, " (not placed)");
}

void fa_site_add_destinations(struct fa_buffer *line, const struct fa_binding *binding,
			      const char *before)
{
	const struct fa_rule *rule = binding->rule;
	char addr[FA_ADDR_TEXT];

	for (size_t i = 0; i < binding->hosts.count; i++, before = ", ") {
		fa_buffer_add(line, before);
		fa_buffer_safe(line, binding->hosts.items[i]);
	}
	for (size_t i = 0; i < rule->networks.count; i++, before = ", ")
		fa_buffer_addf(line, "%s%s/%u", before,
			       fa_addr_text(&rule->networks.items[i].addr, addr),
			       rule->networks.items[i].bits);
	for (size_t i = 0; i < rule->asns.count; i++, before = ", ")
		fa_buffer_addf(line, "%sAS%" PRIu32, before, rule->asns.items[i]);
}

static void add_ports(struct fa_buffer *line, const struct fa_binding *binding)
{
	fa_buffer_add(line, " · ");
	fa_catalog_add_transports(line, binding->rule->transports);
	fa_buffer_add(line, " ");
	fa_catalog_add_ports(line, &binding->ports);
	if (binding->increments.count > 0) {
		fa_buffer_add(line, ", when taken ");
		fa_catalog_add_ports(line, &binding->increments);
	}
	fa_buffer_add(line, " · ");
	if (binding->rule->any_protocol)
		fa_buffer_add(line, "any protocol");
	fa_catalog_add_strings(line, &binding->rule->protocols);
	if (binding->rule->scope == FA_SCOPE_HOST)
		fa_buffer_add(line, " · inside one machine");
	if (binding->rule->scope == FA_SCOPE_LOOPBACK)
		fa_buffer_add(line, " · loopback, never on a wire");
	if (binding->rule->advice == FA_ADVICE_DISCOURAGED)
		fa_buffer_add(line, " · discouraged");
}

static void put_expectation(struct fa_text_out *text, const struct fa_binding *binding)
{
	const struct fa_rule *rule = binding->rule;
	struct fa_buffer *line = &text->line;
	char lead[INDENT + 1];

	snprintf(lead, sizeof(lead), "  %-*s", INDENT - 2, fa_requirement_text(rule->requirement));
	fa_buffer_reset(line);
	fa_site_add_end(line, &binding->client);
	fa_buffer_add(line, " → ");
	fa_site_add_end(line, &binding->server);
	fa_site_add_destinations(line, binding, " at ");
	add_ports(line, binding);
	fa_text_wrap_lead(text, lead, FA_PAINT_NONE, INDENT, fa_buffer_text(line));
	fa_buffer_reset(line);
	fa_buffer_safe(line, rule->id);
	fa_buffer_add(line, " · \"");
	fa_buffer_safe(line, rule->product->title);
	fa_buffer_add(line, "\", ");
	fa_buffer_safe(line, rule->section);
	if (rule->when != NULL)
		fa_buffer_add(line, " · when ");
	fa_buffer_safe(line, rule->when);
	fa_text_wrap(text, INDENT, fa_buffer_text(line));
}

static size_t count_expected(const struct fa_policy *policy, const struct fa_instance *instance,
			     enum fa_requirement requirement)
{
	size_t count = 0;

	for (size_t i = 0; i < policy->count; i++) {
		const struct fa_binding *binding = &policy->bindings[i];

		count += binding->instance == instance &&
			 binding->rule->requirement == requirement &&
			 fa_site_idle(binding) == FA_IDLE_NOT;
	}
	return count;
}

static void put_group(struct fa_text_out *text, const struct fa_policy *policy,
		      const struct fa_instance *instance)
{
	struct fa_buffer heading = {0};
	size_t counts[FA_CONDITIONAL + 1];
	size_t all = 0;

	for (unsigned i = 0; i <= FA_CONDITIONAL; i++) {
		counts[i] = count_expected(policy, instance, (enum fa_requirement)i);
		all += counts[i];
	}
	if (instance == NULL && all == 0)
		return;
	fa_buffer_safe(&heading, instance == NULL ? "on every network" : instance->name);
	if (instance != NULL) {
		fa_buffer_add(&heading, " (");
		fa_buffer_safe(&heading, instance->product->id);
		fa_buffer_add(&heading, ")");
	}
	fa_buffer_addf(&heading, ": %zu required, %zu optional, %zu conditional",
		       counts[FA_REQUIRED], counts[FA_OPTIONAL], counts[FA_CONDITIONAL]);
	fa_text_heading(text, fa_buffer_text(&heading));
	fa_buffer_deinit(&heading);
	for (size_t i = 0; i < policy->count; i++)
		if (policy->bindings[i].instance == instance &&
		    fa_site_idle(&policy->bindings[i]) == FA_IDLE_NOT)
			put_expectation(text, &policy->bindings[i]);
}

void fa_site_text_expect(struct fa_text_out *text, const struct fa_policy *policy)
{
	const struct fa_site *site = policy->site;
	struct fa_buffer *line = &text->line;
	size_t count = 0;

	for (size_t i = 0; i < policy->count; i++)
		count += fa_site_idle(&policy->bindings[i]) == FA_IDLE_NOT;
	fa_buffer_reset(line);
	fa_buffer_add(line, "site ");
	fa_buffer_safe(line, site->name);
	fa_buffer_add(line, ": ");
	fa_buffer_count(line, count, "expectation", "expectations");
	fa_text_line(text, fa_buffer_text(line));
	for (size_t i = 0; i < site->instance_count; i++)
		put_group(text, policy, &site->instances[i]);
	put_group(text, policy, NULL);
}
