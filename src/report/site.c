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

static bool includes(const struct fa_role *role, const struct fa_role *other)
{
	for (size_t i = 0; i < role->include_count; i++)
		if (role->includes[i] == other)
			return true;
	return role == other;
}

/* Whether a rule of the product has the role, or one that includes it, on its own side. */
static bool is_own(const struct fa_policy *policy, const struct fa_product *product,
		   const struct fa_role *role)
{
	for (size_t i = 0; i < product->rule_count; i++) {
		const struct fa_rule *rule = &policy->book->rules[product->first_rule + i];

		for (size_t k = 0; k < product->role_count; k++) {
			const struct fa_role *at = &product->roles[k];

			if (!includes(at, role))
				continue;
			if ((fa_rule_owns_from(rule) && fa_strings_have(&rule->from, at->name)) ||
			    (fa_rule_owns_to(rule) && fa_strings_have(&rule->to, at->name)))
				return true;
		}
	}
	return false;
}

/* The first prefix of ROLE that begins within OTHER, or NULL. */
static const struct fa_place *begins_in(const struct fa_site_role *role,
					const struct fa_site_role *other)
{
	for (size_t i = 0; i < role->prefix_count; i++)
		if (fa_site_role_place(other, &role->places[i].prefix.addr) != NULL)
			return &role->places[i];
	return NULL;
}

/* A place of both, or NULL: where prefixes overlap, one begins within the other. */
static const struct fa_place *overlap(const struct fa_site_role *role,
				      const struct fa_site_role *other)
{
	const struct fa_place *place = begins_in(role, other);

	return place != NULL ? place : begins_in(other, role);
}

/* The first place at which both serve; what is no part of a product may serve many. */
static const struct fa_place *common_place(const struct fa_policy *policy,
					   const struct fa_binding *a, const struct fa_binding *b)
{
	for (size_t i = 0; i < a->server.count; i++) {
		const struct fa_site_role *role = a->server.roles[i];

		for (size_t k = 0; k < b->server.count; k++) {
			const struct fa_site_role *other = b->server.roles[k];
			const struct fa_place *place = overlap(role, other);

			if (place != NULL && is_own(policy, a->rule->product, role->role) &&
			    is_own(policy, b->rule->product, other->role))
				return place;
		}
	}
	return NULL;
}

static bool serves_here(const struct fa_binding *binding)
{
	return binding->instance != NULL && fa_site_idle(binding) == FA_IDLE_NOT &&
	       needs_port(binding->rule);
}

static bool find_shared(const struct fa_policy *policy, const struct fa_binding *a,
			const struct fa_binding *b, struct fa_shared_port *shared)
{
	unsigned transports = a->rule->transports & b->rule->transports;

	*shared = (struct fa_shared_port){.first = a, .second = b};
	shared->port = transports == 0 ? 0 : common_port(&a->ports, &b->ports);
	if (shared->port == 0)
		return false;
	while ((transports >> shared->transport & 1) == 0)
		shared->transport++;
	shared->place = common_place(policy, a, b);
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
			    find_shared(policy, a, b, &shared))
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
