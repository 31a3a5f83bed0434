/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A site as text: explained back, and what is expected of it. */
#include <string.h>

#include "report/catalog.h"
#include "report/site.h"

enum {
	SHOWN_PLACES = 16, /* of a role; the rest is counted */
	SHOWN_SHARED = 20, /* ports on one host; the rest is counted */
	LABEL_COLUMNS = 24
};

static size_t count_bound(const struct fa_policy *policy, const struct fa_instance *instance)
{
	size_t count = 0;

	for (size_t i = 0; i < policy->count; i++)
		count += policy->bindings[i].instance == instance;
	return count;
}

/* LABEL in a column of its own, then what stands in the line. */
static void put_item(struct fa_text_out *text, const char *label)
{
	struct fa_buffer lead = {0};

	fa_buffer_add(&lead, "    ");
	fa_buffer_safe(&lead, label);
	do
		fa_buffer_add(&lead, " ");
	while (!lead.failed && lead.len < LABEL_COLUMNS);
	if (lead.len > text->width / 2) { /* an id is there to be copied */
		fa_text_line(text, fa_buffer_text(&lead));
		fa_text_wrap(text, LABEL_COLUMNS, fa_buffer_text(&text->line));
	} else {
		fa_text_wrap_lead(text, fa_buffer_text(&lead), FA_PAINT_NONE, LABEL_COLUMNS,
				  fa_buffer_text(&text->line));
	}
	fa_buffer_deinit(&lead);
	fa_buffer_reset(&text->line);
}

static void put_label(struct fa_text_out *text, const char *words)
{
	fa_text_row(text, "  ", FA_PAINT_NONE, words);
}

static void add_prefix(struct fa_buffer *line, const struct fa_prefix *prefix)
{
	char addr[FA_ADDR_TEXT];

	fa_buffer_add(line, fa_addr_text(&prefix->addr, addr));
	if (prefix->bits != (prefix->addr.version == 4 ? 32 : 128))
		fa_buffer_addf(line, "/%u", prefix->bits);
}

static bool said_before(const struct fa_site_role *role, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (strcmp(role->places[i].label, role->places[index].label) == 0)
			return true;
	return false;
}

/* "am1", or "am1 (10.0.1.9, fd00::9)" when ADDRESSES are asked for. */
static void add_place(struct fa_buffer *line, const struct fa_site_role *role, size_t index,
		      bool addresses)
{
	const struct fa_place *place = &role->places[index];
	size_t written = 0;

	fa_buffer_safe(line, place->label);
	/* What stands there by itself is its own name. */
	if (!addresses || place->host != NULL || strpbrk(place->label, ".:/") != NULL)
		return;
	for (size_t i = index; i < role->prefix_count; i++) {
		if (strcmp(role->places[i].label, place->label) != 0)
			continue;
		if (written == SHOWN_PLACES) {
			fa_buffer_add(line, ", ...");
			break;
		}
		fa_buffer_add(line, written++ == 0 ? " (" : ", ");
		add_prefix(line, &role->places[i].prefix);
	}
	fa_buffer_add(line, ")");
}

static void add_places(struct fa_buffer *line, const struct fa_site_role *role, bool addresses)
{
	size_t written = 0;

	for (size_t i = 0; i < role->place_count; i++) {
		if (written == SHOWN_PLACES) {
			fa_buffer_add(line, " and ");
			fa_buffer_count(line, role->place_count - i, "more", "more");
			return;
		}
		if (said_before(role, i))
			continue;
		fa_buffer_add(line, written++ == 0 ? "" : ", ");
		add_place(line, role, i, addresses);
	}
}

static void put_settings(struct fa_text_out *text, const struct fa_instance *instance)
{
	struct fa_buffer *line = &text->line;

	if (instance->product->parameter_count > 0)
		put_label(text, "parameters");
	for (size_t i = 0; i < instance->product->parameter_count; i++) {
		const struct fa_setting *setting = &instance->settings[i];

		fa_buffer_reset(line);
		fa_buffer_safe(line, setting->text[0] == '\0' ? "not set" : setting->text);
		if (!setting->set)
			fa_buffer_add(line, setting->parameter->has_default
						    ? ", the default"
						    : ", and has no default");
		fa_buffer_add(line, ": ");
		fa_buffer_safe(line, setting->parameter->about);
		put_item(text, setting->parameter->name);
	}
}

static void put_overrides(struct fa_text_out *text, const struct fa_instance *instance)
{
	struct fa_buffer *line = &text->line;

	if (instance->override_count > 0)
		put_label(text, "ports set here");
	for (size_t i = 0; i < instance->override_count; i++) {
		const struct fa_port_override *override = &instance->overrides[i];
		const struct fa_rule *rule = override->rule;

		fa_buffer_reset(line);
		fa_catalog_add_ports(line, &override->ports);
		if (rule->ports.count > 0) {
			fa_buffer_add(line, " instead of ");
			fa_catalog_add_ports(line, &rule->ports);
		}
		if (fa_site_override_is_odd(override)) {
			fa_buffer_add(line, "; the document does not call this port configurable");
			if (rule->moves_with != NULL) {
				fa_buffer_add(line, ", it moves with ");
				fa_buffer_safe(line, rule->moves_with->name);
			}
		}
		put_item(text, rule->id + strlen(instance->product->id) + 1);
	}
}

static void put_roles(struct fa_text_out *text, const struct fa_instance *instance)
{
	struct fa_buffer *line = &text->line;

	put_label(text, "roles");
	for (size_t i = 0; i < instance->product->role_count; i++) {
		const struct fa_site_role *role = &instance->roles[i];

		fa_buffer_reset(line);
		if (role->placing == FA_UNPLACED)
			continue;
		if (role->placing == FA_ANYBODY)
			fa_buffer_add(line, "anybody");
		else if (role->placing == FA_NOBODY)
			fa_buffer_add(line, "nobody");
		else
			add_places(line, role, true);
		put_item(text, role->role->name);
	}
}

/* The roles that a bound rule needs, and that the site is silent about. */
static bool is_open(const struct fa_policy *policy, const struct fa_site_role *role,
		    const struct fa_instance *instance)
{
	for (size_t i = 0; i < role->role->include_count; i++)
		if (instance->roles[role->role->includes[i] - instance->product->roles].placing !=
		    FA_UNPLACED)
			return false;
	if (role->placing != FA_UNPLACED)
		return false;
	for (size_t i = 0; i < policy->count; i++) {
		const struct fa_binding *binding = &policy->bindings[i];

		if (binding->instance != instance)
			continue;
		if ((binding->client.unplaced &&
		     fa_strings_have(&binding->rule->from, role->role->name)) ||
		    (binding->server.unplaced &&
		     fa_strings_have(&binding->rule->to, role->role->name)))
			return true;
	}
	return false;
}

static void put_open_roles(struct fa_text_out *text, const struct fa_policy *policy,
			   const struct fa_instance *instance)
{
	struct fa_buffer *line = &text->line;
	bool first = true;

	fa_buffer_reset(line);
	for (size_t i = 0; i < instance->product->role_count; i++) {
		if (!is_open(policy, &instance->roles[i], instance))
			continue;
		fa_buffer_add(line, first ? "" : ", ");
		fa_buffer_safe(line, instance->product->roles[i].name);
		first = false;
	}
	if (first)
		return;
	fa_buffer_add(line, ": the file does not say who they are, so anybody may be one of them, "
			    "and verdicts that rest on that say role-unplaced");
	put_label(text, "not placed");
	fa_text_wrap(text, 4, fa_buffer_text(line));
}

static const struct fa_rule *rule_of(const struct fa_policy *policy,
				     const struct fa_product *product, size_t index)
{
	return &policy->book->rules[product->first_rule + index];
}

static bool is_idle(const struct fa_policy *policy, const struct fa_instance *instance,
		    const struct fa_rule *rule, enum fa_idle why)
{
	return fa_site_idle(fa_site_binding(policy, instance, rule)) == why;
}

/* Rules that are not bound, by the roles that would bind them; each group once. */
static void put_unbound(struct fa_text_out *text, const struct fa_policy *policy,
			const struct fa_instance *instance)
{
	const struct fa_product *product = instance->product;
	struct fa_buffer mine = {0};
	struct fa_buffer other = {0};
	bool first = true;

	for (size_t i = 0; i < product->rule_count; i++) {
		const struct fa_rule *rule = rule_of(policy, product, i);
		size_t count = 0;
		bool told = false;

		if (!is_idle(policy, instance, rule, FA_IDLE_UNPLACED))
			continue;
		fa_buffer_reset(&mine);
		fa_site_add_own_roles(&mine, rule);
		for (size_t k = 0; k < product->rule_count && !told; k++) {
			const struct fa_rule *like = rule_of(policy, product, k);

			if (!is_idle(policy, instance, like, FA_IDLE_UNPLACED))
				continue;
			fa_buffer_reset(&other);
			fa_site_add_own_roles(&other, like);
			if (strcmp(fa_buffer_text(&mine), fa_buffer_text(&other)) != 0)
				continue;
			told = k < i;
			count++;
		}
		if (told)
			continue;
		if (first)
			put_label(text, "does not hold here, since nobody has these roles");
		first = false;
		fa_buffer_reset(&text->line);
		fa_buffer_count(&text->line, count, "rule: ", "rules, such as ");
		fa_buffer_safe(&text->line, rule->id);
		put_item(text, fa_buffer_text(&mine));
	}
	fa_buffer_deinit(&mine);
	fa_buffer_deinit(&other);
}

static void put_portless(struct fa_text_out *text, const struct fa_policy *policy,
			 const struct fa_instance *instance)
{
	const struct fa_product *product = instance->product;
	struct fa_buffer *line = &text->line;
	bool first = true;

	for (size_t i = 0; i < product->rule_count; i++) {
		const struct fa_rule *rule = rule_of(policy, product, i);

		if (!is_idle(policy, instance, rule, FA_IDLE_PORTLESS))
			continue;
		if (first)
			put_label(text, "never matches, since there is no port");
		first = false;
		fa_buffer_reset(line);
		if (rule->port_parameter != NULL) {
			fa_buffer_add(line, "set parameter ");
			fa_buffer_safe(line, rule->port_parameter->name);
			fa_buffer_add(line, ", or ");
		}
		fa_buffer_add(line, "give it a port under ports");
		put_item(text, rule->id + strlen(product->id) + 1);
	}
}

static void put_nobody(struct fa_text_out *text, const struct fa_policy *policy,
		       const struct fa_instance *instance)
{
	const struct fa_product *product = instance->product;
	bool first = true;

	for (size_t i = 0; i < product->rule_count; i++) {
		const struct fa_rule *rule = rule_of(policy, product, i);

		if (!is_idle(policy, instance, rule, FA_IDLE_NOBODY))
			continue;
		if (first)
			put_label(text, "not expected, since a role is none");
		first = false;
		fa_buffer_reset(&text->line);
		fa_buffer_safe(&text->line, rule->title);
		put_item(text, rule->id + strlen(product->id) + 1);
	}
}

static void put_instance(struct fa_text_out *text, const struct fa_policy *policy,
			 const struct fa_instance *instance)
{
	struct fa_buffer *line = &text->line;
	struct fa_buffer lead = {0};

	fa_text_blank(text);
	fa_buffer_safe(&lead, instance->name);
	fa_buffer_add(&lead, " ");
	fa_buffer_reset(line);
	fa_buffer_add(line, "· ");
	fa_buffer_safe(line, instance->product->name);
	if (instance->version[0] != '\0')
		fa_buffer_add(line, " ");
	fa_buffer_safe(line, instance->version);
	fa_buffer_addf(line, " · %zu of ", count_bound(policy, instance));
	fa_buffer_count(line, instance->product->rule_count, "rule holds", "rules hold");
	fa_buffer_add(line, " · \"");
	fa_buffer_safe(line, instance->product->title);
	fa_buffer_add(line, "\"");
	fa_text_wrap_lead(text, fa_buffer_text(&lead), FA_PAINT_BOLD, 4, fa_buffer_text(line));
	fa_buffer_deinit(&lead);
	put_settings(text, instance);
	put_overrides(text, instance);
	put_roles(text, instance);
	put_open_roles(text, policy, instance);
	put_portless(text, policy, instance);
	put_nobody(text, policy, instance);
	put_unbound(text, policy, instance);
}

/* Ports that two instances serve on one host. */
struct sharing {
	struct fa_text_out *text;
	struct fa_shared_port shown[SHOWN_SHARED];
	size_t count;
};

/* Several rules may say the same of a port: one line is enough. */
static bool is_shown(const struct sharing *sharing, const struct fa_shared_port *shared)
{
	for (size_t i = 0; i < sharing->count && i < SHOWN_SHARED; i++) {
		const struct fa_shared_port *other = &sharing->shown[i];

		if (other->port == shared->port && other->transport == shared->transport &&
		    other->first->instance == shared->first->instance &&
		    other->second->instance == shared->second->instance &&
		    strcmp(other->place->label, shared->place->label) == 0)
			return true;
	}
	return false;
}

static void put_shared(void *context, const struct fa_shared_port *shared)
{
	struct sharing *sharing = context;
	struct fa_buffer *line = &sharing->text->line;

	if (is_shown(sharing, shared))
		return;
	if (sharing->count == 0)
		fa_text_heading(sharing->text, "ONE PORT, TWO INSTANCES");
	if (sharing->count++ >= SHOWN_SHARED)
		return;
	sharing->shown[sharing->count - 1] = *shared;
	fa_buffer_reset(line);
	fa_buffer_safe(line, shared->place->label);
	fa_buffer_addf(line, ":%u/%s is served by ", shared->port,
		       fa_rule_transport_text(shared->transport));
	fa_buffer_safe(line, shared->first->instance->name);
	fa_buffer_add(line, " (");
	fa_buffer_safe(line, shared->first->rule->id);
	fa_buffer_add(line, ") and ");
	fa_buffer_safe(line, shared->second->instance->name);
	fa_buffer_add(line, " (");
	fa_buffer_safe(line, shared->second->rule->id);
	fa_buffer_add(line, "): only one program can have it, or the roles are wrong");
	fa_text_wrap(sharing->text, 4, fa_buffer_text(line));
}

static void put_all_shared(struct fa_text_out *text, const struct fa_policy *policy)
{
	struct sharing sharing = {.text = text};

	fa_site_each_shared(policy, put_shared, &sharing);
	if (sharing.count <= SHOWN_SHARED)
		return;
	fa_buffer_reset(&text->line);
	fa_buffer_add(&text->line, "and ");
	fa_buffer_count(&text->line, sharing.count - SHOWN_SHARED, "more", "more");
	fa_text_wrap(text, 4, fa_buffer_text(&text->line));
}

/* Catalogs without an instance. */
static void put_absent(struct fa_text_out *text, const struct fa_policy *policy)
{
	struct fa_buffer *line = &text->line;
	const struct fa_site *site = policy->site;
	bool first = true;

	fa_buffer_reset(line);
	for (size_t i = 0; i < policy->book->product_count; i++) {
		const struct fa_product *product = &policy->book->products[i];
		bool here = product->everywhere;

		for (size_t k = 0; k < site->instance_count; k++)
			here = here || site->instances[k].product == product;
		if (here)
			continue;
		fa_buffer_add(line, first ? "" : ", ");
		fa_buffer_safe(line, product->id);
		first = false;
	}
	if (first)
		return;
	fa_buffer_add(line, ": no instance here, so nothing of it is documented at this site");
	fa_text_heading(text, "NOT AT THIS SITE");
	fa_text_wrap(text, 4, fa_buffer_text(line));
}

static void put_site(struct fa_text_out *text, const struct fa_policy *policy)
{
	const struct fa_site *site = policy->site;
	struct fa_buffer *line = &text->line;
	struct fa_buffer lead = {0};

	fa_buffer_add(&lead, "site ");
	fa_buffer_safe(&lead, site->name);
	fa_buffer_add(&lead, " ");
	fa_buffer_reset(line);
	fa_buffer_add(line, "· ");
	fa_buffer_safe(line, site->file);
	fa_buffer_add(line, " · ");
	fa_buffer_count(line, site->instance_count, "instance", "instances");
	fa_buffer_add(line, " · ");
	fa_buffer_count(line, policy->count, "rule holds", "rules hold");
	if (site->as_file != NULL) {
		fa_buffer_add(line, " · ");
		fa_buffer_count(line, site->systems.count, "prefix", "prefixes");
		fa_buffer_add(line, " kept of ");
		fa_buffer_safe(line, site->as_file);
	}
	fa_text_wrap_lead(text, fa_buffer_text(&lead), FA_PAINT_BOLD, 4, fa_buffer_text(line));
	fa_buffer_deinit(&lead);
}

void fa_site_text_check(struct fa_text_out *text, const struct fa_policy *policy)
{
	put_site(text, policy);
	for (size_t i = 0; i < policy->site->instance_count; i++)
		put_instance(text, policy, &policy->site->instances[i]);
	put_all_shared(text, policy);
	put_absent(text, policy);
}
