/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules of the catalogs, bound to the instances of a site. */
#include <string.h>

#include "site/read.h"

/* Bindings being made, in one arena. */
struct binder {
	const struct fa_site *site;
	const struct fa_rulebook *book;
	struct fa_yaml_arena *arena;
	struct fa_binding *bindings;
	size_t count;
};

static bool is_placed(const struct fa_site_role *role)
{
	return role->placing == FA_PLACED || role->placing == FA_ANYBODY;
}

static const struct fa_site_role *included(const struct fa_instance *instance,
					   const struct fa_site_role *role, size_t index)
{
	return &instance->roles[role->role->includes[index] - instance->product->roles];
}

static void add_role(struct fa_end *end, const struct fa_site_role **roles,
		     const struct fa_site_role *role)
{
	if (role->placing == FA_ANYBODY)
		end->anybody = true;
	if (role->placing != FA_PLACED)
		return;
	for (size_t i = 0; i < end->count; i++)
		if (roles[i] == role)
			return;
	roles[end->count++] = role;
}

/* The roles that ROLE includes; whether any of them, or it, is placed. */
static bool add_included(struct fa_end *end, const struct fa_site_role **roles,
			      const struct fa_instance *instance, const struct fa_site_role *role)
{
	bool placed = is_placed(role);

	for (size_t i = 0; i < role->role->include_count; i++) {
		const struct fa_site_role *other = included(instance, role, i);

		placed = placed || is_placed(other);
		add_role(end, roles, other);
	}
	return placed;
}

/* Whether the site says nothing of the role; none counts as said. */
static bool is_silent(const struct fa_site_role *role, bool placed)
{
	return !placed && role->placing == FA_UNPLACED;
}

/*
 * The end that has the roles NAMES. On the product's own side a role that is not placed stands
 * nowhere when another of the rule's roles does; the other side may be anybody then.
 * False without memory.
 */
static bool make_end(struct binder *b, const struct fa_instance *instance,
		     const struct fa_strings *names, bool own, struct fa_end *end)
{
	const struct fa_site_role **roles =
		fa_yaml_alloc(b->arena, instance->product->role_count, sizeof(*roles));
	bool any_placed = false;
	bool any_silent = false;

	*end = (struct fa_end){.roles = roles};
	if (roles == NULL)
		return false;
	for (size_t i = 0; i < names->count; i++)
		add_role(end, roles, fa_site_find_role(instance, names->items[i]));
	end->direct = end->count;
	for (size_t i = 0; i < names->count; i++) {
		const struct fa_site_role *role = fa_site_find_role(instance, names->items[i]);
		bool placed = add_included(end, roles, instance, role);

		any_placed = any_placed || placed;
		any_silent = any_silent || is_silent(role, placed);
	}
	end->unplaced = any_silent && !(own && any_placed);
	return true;
}

static bool end_is_placed(const struct fa_end *end)
{
	return end->anybody || end->count != 0;
}

/* The names of the variant in force, or of all when nobody chose. */
static struct fa_strings hosts_of(const struct fa_instance *instance, const struct fa_rule *rule)
{
	const struct fa_setting *setting;

	if (rule->hosts_by == NULL)
		return rule->hosts;
	setting = fa_site_setting(instance, rule->hosts_by);
	for (size_t i = 0; setting->choice != NULL && i < rule->variant_count; i++)
		if (strcmp(rule->variants[i].value, setting->choice) == 0)
			return rule->variants[i].hosts;
	return rule->hosts;
}

static bool bind_rule(struct binder *b, const struct fa_instance *instance,
		      const struct fa_rule *rule)
{
	struct fa_binding *binding = &b->bindings[b->count];
	struct fa_site_ports ports;
	bool from = fa_rule_owns_from(rule);
	bool to = fa_rule_owns_to(rule);

	*binding = (struct fa_binding){.rule = rule, .instance = instance, .index = b->count};
	if (!make_end(b, instance, &rule->from, from, &binding->client) ||
	    !make_end(b, instance, &rule->to, to, &binding->server))
		return false;
	if (!(from && end_is_placed(&binding->client)) && !(to && end_is_placed(&binding->server)))
		return true;
	if (!fa_site_effective_ports(b->arena, instance, rule, &ports))
		return false;
	binding->ports = ports.ports;
	binding->increments = ports.increments;
	binding->ports_of_site = ports.of_site;
	binding->hosts = hosts_of(instance, rule);
	b->count++;
	return true;
}

/* What holds everywhere, and has no instance here. */
static void bind_to_anybody(struct binder *b, const struct fa_rule *rule)
{
	b->bindings[b->count] = (struct fa_binding){
		.rule = rule,
		.ports = rule->match_ports,
		.increments = rule->increments_to,
		.hosts = rule->hosts,
		.client.anybody = true,
		.server.anybody = true,
		.index = b->count,
	};
	b->count++;
}

static bool bind_all(struct binder *b)
{
	for (size_t i = 0; i < b->book->rule_count; i++) {
		const struct fa_rule *rule = &b->book->rules[i];
		const size_t before = b->count;

		for (size_t k = 0; k < b->site->instance_count; k++)
			if (b->site->instances[k].product == rule->product &&
			    !bind_rule(b, &b->site->instances[k], rule))
				return false;
		if (b->count == before && rule->product->everywhere)
			bind_to_anybody(b, rule);
	}
	return true;
}

/* An upper bound. */
static size_t count_bindings(const struct fa_site *site, const struct fa_rulebook *book)
{
	size_t count = book->rule_count + 1; /* the last for one that does not bind after all */

	for (size_t i = 0; i < site->instance_count; i++)
		count += site->instances[i].product->rule_count;
	return count;
}

static void free_arena(void *memory)
{
	fa_yaml_arena_free(memory);
}

int fa_site_bind(const struct fa_site *site, const struct fa_rulebook *book,
		 struct fa_policy *policy)
{
	struct binder b = {.site = site, .book = book, .arena = fa_yaml_arena_new()};
	int error = FA_ENOMEM;

	memset(policy, 0, sizeof(*policy));
	if (b.arena == NULL)
		return FA_ENOMEM;
	b.bindings = fa_yaml_alloc(b.arena, count_bindings(site, book), sizeof(*b.bindings));
	if (b.bindings == NULL || !bind_all(&b)) {
		fa_yaml_arena_free(b.arena);
		return FA_ENOMEM;
	}
	*policy = (struct fa_policy){.book = book,
				     .site = site,
				     .bindings = b.bindings,
				     .count = b.count,
				     .memory = b.arena,
				     .free_memory = free_arena};
	error = fa_policy_index(policy);
	if (error != 0)
		fa_policy_deinit(policy);
	return error;
}
