/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A site explained: which command, which format, and what both formats need to know. */
#include "report/site.h"

#include <string.h>

#include "report/json.h"
#include "report/output.h"

static bool needs_port(const struct fa_rule *rule)
{
	return (rule->transports & ~(unsigned)(FA_RULE_ICMP | FA_RULE_ICMP6)) != 0;
}

static bool is_nobody(const struct fa_end *end)
{
	return end->count == 0 && !end->anybody && !end->unplaced;
}

enum fa_idle fa_site_idle(const struct fa_binding *binding)
{
	if (binding == NULL)
		return FA_IDLE_UNPLACED;
	if (is_nobody(&binding->client) || is_nobody(&binding->server))
		return FA_IDLE_NOBODY;
	if (binding->rule->dynamic)
		return FA_IDLE_DYNAMIC;
	if (needs_port(binding->rule) && binding->ports.count == 0)
		return FA_IDLE_PORTLESS;
	return FA_IDLE_NOT;
}

const struct fa_binding *fa_site_binding(const struct fa_policy *policy,
					 const struct fa_instance *instance,
					 const struct fa_rule *rule)
{
	size_t low = 0;
	size_t high = policy->count;

	/* They are sorted by rule: find the first of this one. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (policy->bindings[middle].rule->index < rule->index)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < policy->count && policy->bindings[low].rule == rule; low++)
		if (policy->bindings[low].instance == instance)
			return &policy->bindings[low];
	return NULL;
}

static void add_names(struct fa_buffer *line, const struct fa_strings *names, bool *first)
{
	for (size_t i = 0; i < names->count; i++) {
		fa_buffer_add(line, *first ? "" : ", ");
		fa_buffer_safe(line, names->items[i]);
		*first = false;
	}
}

void fa_site_add_own_roles(struct fa_buffer *line, const struct fa_rule *rule)
{
	bool first = true;

	if (fa_rule_owns_from(rule))
		add_names(line, &rule->from, &first);
	for (size_t i = 0; fa_rule_owns_to(rule) && i < rule->to.count; i++) {
		const struct fa_strings one = {&rule->to.items[i], 1};

		if (!fa_rule_owns_from(rule) || !fa_strings_have(&rule->from, rule->to.items[i]))
			add_names(line, &one, &first);
	}
}

bool fa_site_override_is_odd(const struct fa_port_override *override)
{
	const struct fa_rule *rule = override->rule;

	return !rule->configurable && rule->port_parameter == NULL && rule->ports.count != 0;
}

/* The first port of both, or 0. */
static uint16_t common_port(const struct fa_port_ranges *a, const struct fa_port_ranges *b)
{
	for (size_t i = 0; i < a->count; i++) {
		for (size_t k = 0; k < b->count; k++) {
			uint16_t low = a->items[i].low > b->items[k].low ? a->items[i].low
									 : b->items[k].low;

			if (low <= a->items[i].high && low <= b->items[k].high)
				return low;
		}
	}
	return 0;
}

/* The first place of A that B has, too; NULL when they are apart. */
static const struct fa_place *common_place(const struct fa_end *a, const struct fa_end *b)
{
	for (size_t i = 0; i < a->count; i++) {
		const struct fa_site_role *role = a->roles[i];

		for (size_t k = 0; k < role->prefix_count; k++)
			for (size_t j = 0; j < b->count; j++)
				if (fa_site_role_place(b->roles[j], &role->places[k].prefix.addr) !=
				    NULL)
					return &role->places[k];
	}
	return NULL;
}

static bool serves_here(const struct fa_binding *binding)
{
	return binding->instance != NULL && fa_rule_owns_to(binding->rule) &&
	       fa_site_idle(binding) == FA_IDLE_NOT && needs_port(binding->rule);
}

static bool find_shared(const struct fa_binding *a, const struct fa_binding *b,
			struct fa_shared_port *shared)
{
	unsigned transports = a->rule->transports & b->rule->transports;

	*shared = (struct fa_shared_port){.first = a, .second = b};
	shared->port = transports == 0 ? 0 : common_port(&a->ports, &b->ports);
	if (shared->port == 0)
		return false;
	while ((transports >> shared->transport & 1) == 0)
		shared->transport++;
	shared->place = common_place(&a->server, &b->server);
	return shared->place != NULL;
}

void fa_site_each_shared(const struct fa_policy *policy,
			 void (*each)(void *context, const struct fa_shared_port *shared),
			 void *context)
{
	for (size_t i = 0; i < policy->count; i++) {
		const struct fa_binding *a = &policy->bindings[i];

		for (size_t k = i + 1; serves_here(a) && k < policy->count; k++) {
			const struct fa_binding *b = &policy->bindings[k];
			struct fa_shared_port shared;

			if (serves_here(b) && a->instance != b->instance &&
			    find_shared(a, b, &shared))
				each(context, &shared);
		}
	}
}

/* Ends text: what went wrong on the way, and a flush. */
static int finish_text(struct fa_text_out *text, struct fa_diag *diag)
{
	int err = fa_text_out_check(text, diag);

	if (err == 0)
		err = fa_output_flush(text->out, diag);
	fa_text_out_deinit(text);
	return err;
}

int fa_report_site_check(FILE *out, const char *format, const struct fa_policy *policy,
			 const struct fa_report_options *options, struct fa_diag *diag)
{
	struct fa_text_out text;
	bool json;
	int err = fa_json_wanted(format, &json, diag);

	if (err != 0)
		return err;
	if (json)
		return fa_site_json_check(out, policy, diag);
	fa_text_out_init(&text, out, options);
	fa_site_text_check(&text, policy);
	return finish_text(&text, diag);
}

int fa_report_site_expect(FILE *out, const char *format, const struct fa_policy *policy,
			  const struct fa_report_options *options, struct fa_diag *diag)
{
	struct fa_text_out text;
	bool json;
	int err = fa_json_wanted(format, &json, diag);

	if (err != 0)
		return err;
	if (json)
		return fa_site_json_expect(out, policy, diag);
	fa_text_out_init(&text, out, options);
	fa_site_text_expect(&text, policy);
	return finish_text(&text, diag);
}
