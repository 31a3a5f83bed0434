/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Roles and instances that share addresses. Addresses tell which instance and which role a host
 * has, so what stands on the own side of a product's rules must not overlap by accident: a host
 * that has two roles, or stands in two instances, is named under "hosts", so that it is meant.
 */
#include <stdio.h>
#include <stdlib.h>
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
static struct fa_port_ranges *served_ports(const struct check *c, struct fa_yaml_arena *arena,
					   const struct fa_instance *instance,
					   const struct fa_site_name *host)
{
	const struct fa_rule *rules = &c->s->book->rules[c->product->first_rule];
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
static int64_t find_offset(const struct check *c, struct fa_yaml_arena *arena,
			   const struct fa_port_ranges *first, const struct fa_instance *second,
			   const struct fa_site_name *host, const struct fa_parameter *parameter)
{
	size_t index = (size_t)(parameter - c->product->parameters);
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
		served = served_ports(c, arena, &moved, host);
		if (served == NULL)
			return 0;
		if (!find_clash(c, first, served, &clash))
			return set + more;
	}
	return 0;
}

static void complain_clash(const struct check *c, struct fa_yaml_arena *arena,
			   const struct fa_port_ranges *first_ports,
			   const struct fa_site_entry *first, const struct fa_site_entry *second,
			   const struct clash *clash)
{
	const struct fa_parameter *parameter = clash->rule->moves_with;
	char text[512];
	char hint[160] = "the site can say under ports where it is";
	int64_t offset = parameter == NULL ? 0
					   : find_offset(c, arena, first_ports, second->instance,
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

/* Ports that one of the instances of a machine serves. */
struct served {
	struct fa_port_range range;
	size_t instance; /* of the machine's */
};

static int compare_served(const void *a, const void *b)
{
	const struct served *left = a;
	const struct served *right = b;

	if (left->range.low != right->range.low)
		return left->range.low < right->range.low ? -1 : 1;
	return (left->instance > right->instance) - (left->instance < right->instance);
}

/* Whether ports of two instances meet in the sorted ones. */
static bool served_meet(const struct served *items, size_t count)
{
	const struct served *widest = NULL; /* that goes farthest */
	const struct served *other = NULL;  /* that of the other instances does */

	for (size_t i = 0; i < count; i++) {
		const struct served *item = &items[i];
		bool same = widest != NULL && widest->instance == item->instance;
		const struct served *before = same ? other : widest;

		if (before != NULL && before->range.high >= item->range.low)
			return true;
		if (widest == NULL || item->range.high > widest->range.high) {
			other = same ? other : widest;
			widest = item;
		} else if (!same && (other == NULL || item->range.high > other->range.high)) {
			other = item;
		}
	}
	return false;
}

/* A machine with its instances of one product. */
struct machine {
	struct fa_yaml_arena *arena;
	const struct fa_site_entry *const *entries; /* one of each instance, in their order */
	struct fa_port_ranges **ports;		    /* of each, by rule of the product */
	size_t count;
};

/* Whether any two of the instances clash: they may be many, and most often none do. */
static bool any_clash(const struct check *c, const struct machine *machine)
{
	const struct fa_rule *rules = &c->s->book->rules[c->product->first_rule];
	struct served *items;
	size_t room = 0;

	for (size_t i = 0; i < machine->count; i++)
		for (size_t k = 0; k < c->product->rule_count; k++)
			room += machine->ports[i][k].count;
	items = fa_yaml_alloc(machine->arena, room, sizeof(*items));
	for (unsigned transport = 0; items != NULL && transport < FA_RULE_TRANSPORTS; transport++) {
		size_t count = 0;

		for (size_t i = 0; i < machine->count; i++)
			for (size_t k = 0; k < c->product->rule_count; k++)
				for (size_t n = 0; (rules[k].transports >> transport & 1) != 0 &&
						   n < machine->ports[i][k].count; n++)
					items[count++] = (struct served){
						machine->ports[i][k].items[n], i};
		if (count > 1)
			qsort(items, count, sizeof(*items), compare_served);
		if (served_meet(items, count))
			return true;
	}
	return false;
}

/* A machine that is in two instances must not serve one port for both. */
static void check_machine(const struct check *c, struct machine *machine)
{
	const struct fa_site_entry *const *entries = machine->entries;

	machine->ports = fa_yaml_alloc(machine->arena, machine->count,
				       sizeof(struct fa_port_ranges *));
	for (size_t i = 0; machine->ports != NULL && i < machine->count; i++)
		machine->ports[i] =
			served_ports(c, machine->arena, entries[i]->instance, entries[i]->name);
	if (fa_yaml_arena_failed(machine->arena) || !any_clash(c, machine))
		return;
	for (size_t b = 0; b < machine->count; b++) {
		for (size_t a = 0; a < b && !c->s->yaml.errors->more; a++) {
			struct clash clash;

			if (find_clash(c, machine->ports[a], machine->ports[b], &clash))
				complain_clash(c, machine->arena, machine->ports[a], entries[a],
					       entries[b], &clash);
		}
	}
}

/* By host, by instance, then by role: entries of one role stand by address. */
static int compare_hosts(const void *a, const void *b)
{
	const struct fa_site_entry *left = *(const struct fa_site_entry *const *)a;
	const struct fa_site_entry *right = *(const struct fa_site_entry *const *)b;

	if (left->name != right->name)
		return left->name < right->name ? -1 : 1;
	if (left->instance != right->instance)
		return left->instance->index < right->instance->index ? -1 : 1;
	if (left->role != right->role)
		return left->role < right->role ? -1 : 1;
	return (left > right) - (left < right);
}

/* Entries by host name, the first one of each instance. */
static size_t find_hosts(const struct fa_site_entries *all, const struct fa_site_entry **hosts)
{
	size_t count = 0;
	size_t kept = 0;

	for (size_t i = 0; i < all->count; i++)
		if (all->items[i].name != NULL && all->items[i].name->is_host)
			hosts[count++] = &all->items[i];
	if (count > 1)
		qsort(hosts, count, sizeof(*hosts), compare_hosts);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || hosts[kept - 1]->name != hosts[i]->name ||
		    hosts[kept - 1]->instance != hosts[i]->instance)
			hosts[kept++] = hosts[i];
	return kept;
}

static void check_machines(const struct check *c, const struct fa_site_entries *all)
{
	const struct fa_site_entry **hosts =
		fa_yaml_alloc(c->s->yaml.arena, all->count, sizeof(const struct fa_site_entry *));
	size_t count = hosts == NULL ? 0 : find_hosts(all, hosts);
	size_t end;

	for (size_t i = 0; i < count && !c->s->yaml.errors->more; i = end) {
		struct machine machine = {.entries = &hosts[i]};

		for (end = i + 1; end < count && hosts[end]->name == hosts[i]->name; end++)
			;
		machine.count = end - i;
		if (machine.count == 1)
			continue;
		machine.arena = fa_yaml_arena_new();
		if (machine.arena != NULL)
			check_machine(c, &machine);
		if (machine.arena == NULL || fa_yaml_arena_failed(machine.arena))
			fa_yaml_error(c->s->yaml.errors, 0, 0, "no memory to check its machines");
		fa_yaml_arena_free(machine.arena);
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
		check_machines(&c, &all);
}

void fa_site_check_overlaps(struct fa_site_reader *s)
{
	for (size_t i = 0; i < s->book->product_count; i++)
		check_product(s, &s->book->products[i]);
}
