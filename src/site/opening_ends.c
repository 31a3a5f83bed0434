/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is at one end of a rule: by address, by name, anybody, or not said. */
#include "site/opening_ends.h"

#include <string.h>

#include "site/read.h"

/* Room for COUNT texts that are to be added to OUT; NULL without memory. */
static const char **texts_of(struct fa_yaml_arena *arena, struct fa_strings *out, size_t count)
{
	const char **items = fa_yaml_alloc(arena, count + 1, sizeof(*items));

	*out = (struct fa_strings){items, 0};
	return items;
}

/* Whether the site places the role, or one that it includes. */
static bool stands(const struct fa_instance *instance, const struct fa_site_role *role)
{
	bool placed = role->placing == FA_PLACED || role->placing == FA_ANYBODY;

	for (size_t i = 0; i < role->role->include_count && !placed; i++) {
		const struct fa_role *other = role->role->includes[i];
		const struct fa_site_role *at = &instance->roles[other - instance->product->roles];

		placed = at->placing == FA_PLACED || at->placing == FA_ANYBODY;
	}
	return placed;
}

static void know_roles(struct fa_yaml_arena *arena, const struct fa_instance *instance,
		       const struct fa_strings *names, struct fa_known *out)
{
	const char **roles = texts_of(arena, &out->roles, names->count);
	const char **silent = texts_of(arena, &out->silent, names->count);

	for (size_t i = 0; i < names->count && roles != NULL && silent != NULL; i++) {
		const struct fa_site_role *role = fa_site_find_role(instance, names->items[i]);

		if (stands(instance, role))
			roles[out->roles.count++] = names->items[i];
		else if (role->placing == FA_UNPLACED)
			silent[out->silent.count++] = names->items[i];
	}
}

static void know_hosts(struct fa_yaml_arena *arena, const struct fa_end *end, struct fa_known *out)
{
	size_t room = 0;
	const char **hosts;

	for (size_t i = 0; i < end->count; i++)
		room += end->roles[i]->place_count - end->roles[i]->prefix_count;
	hosts = texts_of(arena, &out->hosts, room);
	for (size_t i = 0; i < end->count && hosts != NULL; i++) {
		const struct fa_site_role *role = end->roles[i];

		for (size_t k = role->prefix_count; k < role->place_count; k++)
			if (!fa_strings_have(&out->hosts, role->places[k].host))
				hosts[out->hosts.count++] = role->places[k].host;
	}
}

static bool is_machine(const struct fa_prefix *prefix)
{
	return prefix->bits == (prefix->addr.version == 4 ? 32 : 128);
}

/* Whether all the addresses are those of one host by its label. */
static bool are_one_machine(const struct fa_addresses *addrs)
{
	for (size_t i = 0; i < addrs->count; i++)
		if (!is_machine(&addrs->items[i].prefix) ||
		    strcmp(addrs->items[i].label, addrs->items[0].label) != 0)
			return false;
	return addrs->count > 0;
}

void fa_known_init(struct fa_known *out, struct fa_yaml_arena *arena,
		   const struct fa_instance *instance, const struct fa_strings *names,
		   const struct fa_end *end, bool sends)
{
	memset(out, 0, sizeof(*out));
	know_roles(arena, instance, names, out);
	know_hosts(arena, end, out);
	out->anybody = end->anybody;
	out->not_placed = end->unplaced && !end->anybody;
	for (size_t i = 0; i < end->count && !end->anybody; i++) {
		const struct fa_site_role *role = end->roles[i];

		for (size_t k = 0; k < role->prefix_count; k++)
			if (!sends || !fa_addr_is_multicast(&role->places[k].prefix.addr))
				fa_addresses_add(&out->addrs, &role->places[k].prefix,
						 role->places[k].label);
	}
	fa_addresses_tidy(&out->addrs);
	out->one_machine = are_one_machine(&out->addrs);
	if (out->anybody)
		out->hosts.count = 0;
}

void fa_known_deinit(struct fa_known *known)
{
	fa_addresses_deinit(&known->addrs);
}

void fa_known_destinations(struct fa_addresses *out, const struct fa_site *site,
			   const struct fa_rule *rule)
{
	for (size_t i = 0; i < rule->networks.count; i++)
		fa_addresses_add(out, &rule->networks.items[i], NULL);
	fa_addresses_tidy(out);
	if (rule->asns.count > 0 && site->as_file != NULL)
		fa_addresses_add_systems(out, &site->systems, &rule->asns);
}

/* The server's end when the rule says where it leads to, which the site may narrow further. */
static void narrow_networks(struct fa_known *server, const struct fa_site *site,
			    const struct fa_rule *rule)
{
	bool open = server->anybody || server->not_placed;
	bool unlisted = rule->asns.count > 0 && site->as_file == NULL;
	struct fa_addresses named = {0};

	if (rule->networks.count == 0 && rule->asns.count == 0)
		return;
	fa_known_destinations(&named, site, rule);
	if (open) {
		fa_addresses_deinit(&server->addrs);
		server->addrs = named;
		server->systems = unlisted ? &rule->asns : NULL;
		server->anybody = false;
		server->not_placed = false;
		server->one_machine = false;
		if (server->roles.count == 0)
			server->roles = server->silent;
		return;
	}
	if (!unlisted)
		fa_addresses_keep(&server->addrs, &named);
	fa_addresses_deinit(&named);
}

static void narrow_hosts(struct fa_known *server, const struct fa_binding *binding)
{
	if (binding->hosts.count == 0 || !(server->anybody || server->not_placed))
		return;
	server->hosts = binding->hosts;
	server->anybody = false;
	server->not_placed = false;
	if (server->roles.count == 0)
		server->roles = server->silent;
}

void fa_known_narrow(struct fa_known *server, const struct fa_site *site,
		     const struct fa_binding *binding)
{
	narrow_networks(server, site, binding->rule);
	narrow_hosts(server, binding);
}

struct fa_opening_end fa_known_by_address(const struct fa_known *known, struct fa_yaml_arena *arena)
{
	struct fa_opening_addr *copy = fa_yaml_alloc(arena, known->addrs.count + 1, sizeof(*copy));

	if (copy != NULL && known->addrs.count > 0)
		memcpy(copy, known->addrs.items, known->addrs.count * sizeof(*copy));
	return (struct fa_opening_end){
		.roles = known->roles, .addrs = copy, .addr_count = known->addrs.count};
}

struct fa_opening_end fa_known_by_name(const struct fa_known *known)
{
	return (struct fa_opening_end){.roles = known->roles, .hosts = known->hosts};
}

struct fa_opening_end fa_known_all(const struct fa_known *known, struct fa_yaml_arena *arena)
{
	struct fa_opening_end end = fa_known_by_address(known, arena);

	end.hosts = known->hosts;
	return end;
}

struct fa_opening_end fa_known_silent(const struct fa_known *known)
{
	return (struct fa_opening_end){.roles = known->silent, .not_placed = true};
}

bool fa_known_has_address(const struct fa_known *known)
{
	return known->anybody || known->addrs.count > 0;
}

bool fa_known_has_any(const struct fa_known *known)
{
	return fa_known_has_address(known) || known->hosts.count > 0;
}
