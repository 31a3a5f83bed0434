/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Roles and instances that share addresses. Addresses tell which instance and which role a host
 * has, so what stands on the own side of a product's rules must not overlap by accident: a host
 * that has two roles, or stands in two instances, is named under "hosts", so that it is meant.
 */
#include <stdio.h>
#include <string.h>

#include "site/read.h"

#define OFFSET_TRIES 1000

/* The roles of one product. */
struct check {
	struct fa_site_reader *s;
	const struct fa_product *product;
	bool *own; /* by role: on the own side of a rule */
	/* Entries that were told to overlap: names may do so with several prefixes. */
	const struct fa_yaml_node *told[FA_YAML_ERRORS_MAX][2];
	size_t told_count;
};

static size_t role_index(const struct fa_product *product, const struct fa_role *role)
{
	return (size_t)(role - product->roles);
}

static void mark_own(struct check *c, const struct fa_strings *names)
{
	const struct fa_product *product = c->product;

	for (size_t i = 0; i < product->role_count; i++) {
		const struct fa_role *role = &product->roles[i];

		if (!fa_strings_have(names, role->name))
			continue;
		c->own[i] = true;
		for (size_t k = 0; k < role->include_count; k++)
			c->own[role_index(product, role->includes[k])] = true;
	}
}

static void find_own(struct check *c)
{
	const struct fa_rule *rules = &c->s->book->rules[c->product->first_rule];

	for (size_t i = 0; i < c->product->rule_count; i++) {
		if (fa_rule_owns_from(&rules[i]))
			mark_own(c, &rules[i].from);
		if (fa_rule_owns_to(&rules[i]))
			mark_own(c, &rules[i].to);
	}
}

static bool includes(const struct fa_role *role, const struct fa_role *other)
{
	for (size_t i = 0; i < role->include_count; i++)
		if (role->includes[i] == other)
			return true;
	return false;
}

/* All prefixes of own roles in all instances of the product. False without memory. */
static bool collect(const struct check *c, struct fa_site_entries *all)
{
	struct fa_site_reader *s = c->s;

	all->items = fa_yaml_alloc(s->yaml.arena, s->place_count, sizeof(*all->items));
	if (all->items == NULL)
		return false;
	for (size_t i = 0; i < s->instance_count; i++) {
		if (s->instances[i].product != c->product)
			continue;
		for (size_t k = 0; k < c->product->role_count; k++) {
			const struct fa_site_entries *entries = &s->drafts[i].entries[k];

			if (!c->own[k] || entries->count == 0)
				continue;
			memcpy(&all->items[all->count], entries->items,
			       entries->count * sizeof(*entries->items));
			all->count += entries->count;
		}
	}
	fa_site_sort(all);
	return true;
}

/* Notes a mistake at an entry of a role. */
static void wrong_at(const struct check *c, const struct fa_site_entry *entry, const char *text)
{
	const struct fa_yaml_scope instance = {NULL, "instance ", entry->instance->name};
	const struct fa_yaml_scope roles = {&instance, "", "roles"};
	const struct fa_yaml_scope role = {&roles, "", entry->role->role->name};

	fa_yaml_wrong(&c->s->yaml, &role, entry->node, "%s", text);
}

static void complain_roles(const struct check *c, const struct fa_site_entry *first,
			   const struct fa_site_entry *second)
{
	struct fa_yaml_quote mine;
	struct fa_yaml_quote other;
	char text[512];

	snprintf(text, sizeof(text),
		 "\"%s\" overlaps \"%s\" of role \"%s\" in line %u; a machine that has both roles "
		 "is named under hosts, and both roles list that name",
		 fa_yaml_quote(&mine, second->node), fa_yaml_quote(&other, first->node),
		 first->role->role->name, first->node->line);
	wrong_at(c, second, text);
}

static void complain_instances(const struct check *c, const struct fa_site_entry *first,
			       const struct fa_site_entry *second)
{
	struct fa_yaml_quote mine;
	struct fa_yaml_quote other;
	char text[512];

	snprintf(text, sizeof(text),
		 "\"%s\" overlaps \"%s\" of instance \"%s\" in line %u: one address cannot be in "
		 "two instances of %s; a machine that runs both is named under hosts, and both "
		 "list that name",
		 fa_yaml_quote(&mine, second->node), fa_yaml_quote(&other, first->node),
		 first->instance->name, first->node->line, c->product->id);
	wrong_at(c, second, text);
}

static bool same_entry(const struct fa_site_entry *a, const struct fa_site_entry *b)
{
	return a->name == b->name && a->prefix.bits == b->prefix.bits;
}

/* Whether these two entries meet for the first time. */
static bool is_news(struct check *c, const struct fa_site_entry *first,
		    const struct fa_site_entry *second)
{
	for (size_t i = 0; i < c->told_count; i++)
		if (c->told[i][0] == first->node && c->told[i][1] == second->node)
			return false;
	if (c->told_count < FA_YAML_ERRORS_MAX) {
		c->told[c->told_count][0] = first->node;
		c->told[c->told_count][1] = second->node;
		c->told_count++;
	}
	return true;
}

static bool check_meeting(void *context, const struct fa_site_entry *outer,
			  const struct fa_site_entry *inner)
{
	struct check *c = context;
	bool backwards = inner->node->line < outer->node->line;
	const struct fa_site_entry *first = backwards ? inner : outer;
	const struct fa_site_entry *second = backwards ? outer : inner;

	if (first->instance != second->instance) {
		/* Two instances on one machine: see check_machine. */
		if ((first->name == NULL || first->name != second->name || !first->name->is_host) &&
		    is_news(c, first, second))
			complain_instances(c, first, second);
	} else if (first->role != second->role && !same_entry(first, second) &&
		   !includes(first->role->role, second->role->role) &&
		   !includes(second->role->role, first->role->role) && is_news(c, first, second)) {
		complain_roles(c, first, second);
	}
	return !c->s->yaml.errors->more;
}

/* The first entry of an instance's own roles that names the host, or NULL. */
static const struct fa_site_entry *find_host(const struct check *c, size_t instance,
					     const struct fa_site_name *host)
{
	for (size_t i = 0; i < c->product->role_count; i++) {
		const struct fa_site_entries *entries = &c->s->drafts[instance].entries[i];

		for (size_t k = 0; c->own[i] && k < entries->count; k++)
			if (entries->items[k].name == host)
				return &entries->items[k];
	}
	return NULL;
}

/* Whether the host has the role in the instance, itself or by one that the role includes. */
static bool has_role(const struct check *c, size_t instance, size_t role,
		     const struct fa_site_name *host)
{
	const struct fa_site_entries *all = c->s->drafts[instance].entries;
	const struct fa_role *asked = &c->product->roles[role];

	for (size_t i = 0; i < c->product->role_count; i++) {
		if (i != role && !includes(asked, &c->product->roles[i]))
			continue;
		for (size_t k = 0; k < all[i].count; k++)
			if (all[i].items[k].name == host)
				return true;
	}
	return false;
}

static bool serves(const struct check *c, size_t instance, const struct fa_rule *rule,
		   const struct fa_site_name *host)
{
	/* What is no part of the product, such as a database, may serve two instances. */
	for (size_t i = 0; i < c->product->role_count && !rule->dynamic; i++)
		if (c->own[i] && fa_strings_have(&rule->to, c->product->roles[i].name) &&
		    has_role(c, instance, i, host))
			return true;
	return false;
}

/* A port that two instances would serve on one machine. */
struct clash {
	const struct fa_rule *rule; /* of the second */
	unsigned transport;
	uint16_t port;
};

static bool ranges_clash(const struct fa_port_ranges *a, const struct fa_port_ranges *b,
			 uint16_t *port)
{
	for (size_t i = 0; i < a->count; i++)
		for (size_t k = 0; k < b->count; k++)
			if (a->items[i].low <= b->items[k].high &&
			    b->items[k].low <= a->items[i].high) {
				*port = a->items[i].low > b->items[k].low ? a->items[i].low
									  : b->items[k].low;
				return true;
			}
	return false;
}

/* The ports of every rule that the host serves in an instance; empty for the others. */
static struct fa_port_ranges *served_ports(const struct check *c,
					   const struct fa_instance *instance,
					   const struct fa_site_name *host)
{
	const struct fa_rule *rules = &c->s->book->rules[c->product->first_rule];
	struct fa_yaml_arena *arena = c->s->yaml.arena;
	struct fa_port_ranges *served =
		fa_yaml_alloc(arena, c->product->rule_count, sizeof(*served));

	for (size_t i = 0; served != NULL && i < c->product->rule_count; i++) {
		struct fa_site_ports ports;

		if (serves(c, instance->index, &rules[i], host) &&
		    fa_site_effective_ports(arena, instance, &rules[i], &ports))
			served[i] = ports.ports;
	}
	return served;
}

static bool find_clash(const struct check *c, const struct fa_port_ranges *first,
		       const struct fa_port_ranges *second, struct clash *out)
{
	const struct fa_rule *rules = &c->s->book->rules[c->product->first_rule];

	for (size_t i = 0; i < c->product->rule_count; i++) {
		for (size_t k = 0; second[i].count != 0 && k < c->product->rule_count; k++) {
			unsigned common = rules[i].transports & rules[k].transports;

			if (common == 0 || !ranges_clash(&second[i], &first[k], &out->port))
				continue;
			out->rule = &rules[i];
			out->transport = 0;
			while ((common >> out->transport & 1) == 0)
				out->transport++;
			return true;
		}
	}
	return false;
}

/* An offset for the second instance with which nothing clashes; 0 when none was found. */
static int64_t find_offset(const struct check *c, const struct fa_port_ranges *first,
			   const struct fa_instance *second, const struct fa_site_name *host,
			   const struct fa_parameter *parameter)
{
	size_t index = (size_t)(parameter - c->product->parameters);
	struct fa_yaml_arena *arena = c->s->yaml.arena;
	struct fa_instance moved = *second;
	struct fa_setting *settings =
		fa_yaml_alloc(arena, c->product->parameter_count, sizeof(*settings));
	const int64_t set = second->settings[index].integer;

	if (settings == NULL)
		return 0;
	memcpy(settings, second->settings, c->product->parameter_count * sizeof(*settings));
	moved.settings = settings;
	for (int64_t more = 1; more <= OFFSET_TRIES; more++) {
		const struct fa_port_ranges *served;
		struct clash clash;

		settings[index].integer = set + more;
		served = served_ports(c, &moved, host);
		if (served == NULL)
			return 0;
		if (!find_clash(c, first, served, &clash))
			return set + more;
	}
	return 0;
}

static void complain_clash(const struct check *c, const struct fa_port_ranges *first_ports,
			   const struct fa_site_entry *first, const struct fa_site_entry *second,
			   const struct clash *clash)
{
	const struct fa_parameter *parameter = clash->rule->moves_with;
	char text[512];
	char hint[160] = "the site can say under ports where it is";
	int64_t offset = parameter == NULL ? 0
					   : find_offset(c, first_ports, second->instance,
							 second->name, parameter);

	if (offset != 0)
		snprintf(hint, sizeof(hint), "with \"%s: %lld\" here nothing would clash",
			 parameter->name, (long long)offset);
	snprintf(text, sizeof(text),
		 "\"%s\" would serve %s port %u for instance \"%s\" (line %u) and for this one "
		 "(%s); "
		 "%s",
		 second->name->name, fa_rule_transport_text(clash->transport), clash->port,
		 first->instance->name, first->node->line, clash->rule->id, hint);
	wrong_at(c, second, text);
}

/* A machine that is in two instances must not serve one port for both. */
static void check_machine(const struct check *c, size_t a, size_t b,
			  const struct fa_site_name *host)
{
	const struct fa_site_entry *first = find_host(c, a, host);
	const struct fa_site_entry *second = find_host(c, b, host);
	const struct fa_port_ranges *first_ports;
	const struct fa_port_ranges *second_ports;
	struct clash clash;

	if (first == NULL || second == NULL)
		return;
	first_ports = served_ports(c, first->instance, host);
	second_ports = served_ports(c, second->instance, host);
	if (first_ports != NULL && second_ports != NULL &&
	    find_clash(c, first_ports, second_ports, &clash))
		complain_clash(c, first_ports, first, second, &clash);
}

static void check_machines(const struct check *c)
{
	struct fa_site_reader *s = c->s;

	for (size_t b = 0; b < s->instance_count; b++) {
		for (size_t a = 0; a < b && s->instances[b].product == c->product; a++) {
			if (s->instances[a].product != c->product)
				continue;
			for (size_t i = 0; i < s->name_count && !s->yaml.errors->more; i++)
				if (s->names[i].is_host)
					check_machine(c, a, b, &s->names[i]);
		}
	}
}

/* "none" for a role that others are by having roles that it includes. */
static void check_nobody(const struct check *c, size_t instance)
{
	struct fa_site_role *roles = c->s->drafts[instance].roles;
	const struct fa_yaml_scope outer = {NULL, "instance ", c->s->instances[instance].name};
	const struct fa_yaml_scope scope = {&outer, "", "roles"};

	for (size_t i = 0; i < c->product->role_count; i++) {
		const struct fa_role *role = roles[i].role;

		if (roles[i].placing != FA_NOBODY)
			continue;
		for (size_t k = 0; k < role->include_count; k++) {
			const struct fa_site_role *included =
				&roles[role_index(c->product, role->includes[k])];
			const struct fa_yaml_node at = {.line = roles[i].line,
							.column = roles[i].column};

			if (included->placing != FA_PLACED && included->placing != FA_ANYBODY)
				continue;
			fa_yaml_wrong(&c->s->yaml, &scope, &at,
				      "\"%s\" cannot be none: who is \"%s\" is that, too",
				      role->name, included->role->name);
			break;
		}
	}
}

static void check_product(struct fa_site_reader *s, const struct fa_product *product)
{
	struct check c = {.s = s, .product = product};
	struct fa_site_entries all = {0};

	c.own = fa_yaml_alloc(s->yaml.arena, product->role_count, sizeof(*c.own));
	if (c.own == NULL)
		return;
	find_own(&c);
	for (size_t i = 0; i < s->instance_count; i++)
		if (s->instances[i].product == product)
			check_nobody(&c, i);
	if (collect(&c, &all) && fa_site_meetings(s->yaml.arena, &all, check_meeting, &c))
		check_machines(&c);
}

void fa_site_check_overlaps(struct fa_site_reader *s)
{
	for (size_t i = 0; i < s->book->product_count; i++)
		check_product(s, &s->book->products[i]);
}
