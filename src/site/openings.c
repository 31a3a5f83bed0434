/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From bound rules to openings. */
#include "site/openings.h"

#include <stdlib.h>
#include <string.h>

#include "base/slots.h"
#include "site/opening_ends.h"

struct maker {
	const struct fa_policy *policy;
	struct fa_yaml_arena *arena; /* of what openings point to */
	struct fa_opening *items;
	size_t count, room;
	bool failed;
};

static void add(struct maker *m, const struct fa_opening *opening)
{
	void *items = m->items;

	if (m->failed || !fa_array_reserve(&items, &m->room, m->count + 1, sizeof(*m->items))) {
		m->failed = true;
		return;
	}
	m->items = items;
	m->items[m->count++] = *opening;
}

static void add_as(struct maker *m, struct fa_opening opening, enum fa_opening_state state,
		   struct fa_opening_end client, struct fa_opening_end server)
{
	opening.state = state;
	opening.client = client;
	opening.server = server;
	add(m, &opening);
}

/* What can be opened by address: as it stands, or why not. */
static enum fa_opening_state state_of(const struct fa_opening *opening,
				      const struct fa_known *client, const struct fa_known *server)
{
	if (client->one_machine && server->one_machine &&
	    strcmp(client->addrs.items[0].label, server->addrs.items[0].label) == 0)
		return FA_OPENING_LOCAL;
	return opening->binding->rule->advice == FA_ADVICE_DISCOURAGED ? FA_OPENING_DISCOURAGED
								       : FA_OPENING_OPEN;
}

/* Roles that the site does not place, against everything that is known of the other end. */
static void add_not_placed(struct maker *m, const struct fa_opening *opening,
			   const struct fa_known *client, const struct fa_known *server)
{
	if (client->not_placed && server->not_placed && !fa_known_has_any(client) &&
	    !fa_known_has_any(server)) {
		add_as(m, *opening, FA_OPENING_NOT_PLACED, fa_known_silent(client),
		       fa_known_silent(server));
		return;
	}
	if (client->not_placed && fa_known_has_any(server))
		add_as(m, *opening, FA_OPENING_NOT_PLACED, fa_known_silent(client),
		       fa_known_all(server, m->arena));
	if (server->not_placed && fa_known_has_any(client))
		add_as(m, *opening, FA_OPENING_NOT_PLACED, fa_known_all(client, m->arena),
		       fa_known_silent(server));
}

static void add_ends(struct maker *m, const struct fa_opening *opening,
		     const struct fa_known *client, const struct fa_known *server)
{
	const size_t before = m->count;

	if (fa_known_has_address(client) && fa_known_has_address(server))
		add_as(m, *opening, state_of(opening, client, server),
		       fa_known_by_address(client, m->arena),
		       fa_known_by_address(server, m->arena));
	if (fa_known_has_any(client) && server->hosts.count > 0)
		add_as(m, *opening, FA_OPENING_BY_NAME, fa_known_all(client, m->arena),
		       fa_known_by_name(server));
	if (client->hosts.count > 0 && fa_known_has_address(server))
		add_as(m, *opening, FA_OPENING_BY_NAME, fa_known_by_name(client),
		       fa_known_by_address(server, m->arena));
	if (fa_known_has_any(client) && server->systems != NULL) {
		struct fa_opening_end end = {.roles = server->roles, .systems = *server->systems};

		add_as(m, *opening, FA_OPENING_BY_SYSTEM, fa_known_all(client, m->arena), end);
	}
	add_not_placed(m, opening, client, server);
	if (m->count == before)
		add_as(m, *opening, FA_OPENING_NOBODY, fa_known_all(client, m->arena),
		       fa_known_all(server, m->arena));
}

static bool is_nobody(const struct fa_end *end)
{
	return end->count == 0 && !end->anybody && !end->unplaced;
}

static bool needs_port(unsigned transports)
{
	return (transports & ~(unsigned)(FA_RULE_ICMP | FA_RULE_ICMP6)) != 0;
}

/* Why nothing can be opened whoever is at the ends; FA_OPENING_OPEN: it can. */
static enum fa_opening_state obstacle(const struct fa_opening *opening)
{
	const struct fa_binding *binding = opening->binding;

	if (binding->rule->scope != FA_SCOPE_NETWORK)
		return FA_OPENING_LOCAL;
	if (is_nobody(&binding->client) || is_nobody(&binding->server))
		return FA_OPENING_NOBODY;
	if (opening->ports.count == 0 && needs_port(opening->transports))
		return binding->rule->dynamic ? FA_OPENING_RUN_TIME_PORT : FA_OPENING_NO_PORT;
	return FA_OPENING_OPEN;
}

/* One way: from the client's end to the server's, which are exchanged when it is reversed. */
static void add_way(struct maker *m, const struct fa_opening *opening)
{
	const struct fa_binding *binding = opening->binding;
	const struct fa_rule *rule = binding->rule;
	const struct fa_instance *instance = binding->instance;
	enum fa_opening_state why = obstacle(opening);
	struct fa_known from;
	struct fa_known to;
	struct fa_known *client = opening->reversed ? &to : &from;
	struct fa_known *server = opening->reversed ? &from : &to;

	fa_known_init(&from, m->arena, instance, &rule->from, &binding->client, client == &from);
	fa_known_init(&to, m->arena, instance, &rule->to, &binding->server, client == &to);
	fa_known_narrow(server, m->policy->site, binding);
	if (why == FA_OPENING_OPEN) {
		add_ends(m, opening, client, server);
	} else {
		add_as(m, *opening, why,
		       fa_known_has_any(client) ? fa_known_all(client, m->arena)
						: fa_known_silent(client),
		       fa_known_has_any(server) ? fa_known_all(server, m->arena)
						: fa_known_silent(server));
	}
	m->failed = m->failed || from.addrs.failed || to.addrs.failed;
	fa_known_deinit(&from);
	fa_known_deinit(&to);
}

/* A catalog that holds everywhere, and that the site says nothing of. */
static void add_everybody(struct maker *m, const struct fa_opening *opening)
{
	const struct fa_rule *rule = opening->binding->rule;
	const struct fa_known client = {.roles = rule->from};
	struct fa_known server = {.roles = rule->to};

	fa_known_destinations(&server.addrs, m->policy->site, rule);
	add_as(m, *opening,
	       obstacle(opening) == FA_OPENING_LOCAL ? FA_OPENING_LOCAL : FA_OPENING_EVERYBODY,
	       fa_known_by_address(&client, m->arena), fa_known_by_address(&server, m->arena));
	m->failed = m->failed || server.addrs.failed;
	fa_known_deinit(&server);
}

static bool are_same(const struct fa_strings *a, const struct fa_strings *b)
{
	for (size_t i = 0; i < a->count; i++)
		if (!fa_strings_have(b, a->items[i]))
			return false;
	return a->count == b->count;
}

static void add_ways(struct maker *m, struct fa_opening opening)
{
	const struct fa_rule *rule = opening.binding->rule;

	if (opening.binding->instance == NULL) {
		add_everybody(m, &opening);
		return;
	}
	add_way(m, &opening);
	if (rule->direction != FA_RULE_BOTH || are_same(&rule->from, &rule->to))
		return;
	opening.reversed = true;
	add_way(m, &opening);
}

static int compare_ranges(const void *a, const void *b)
{
	const struct fa_port_range *left = a;
	const struct fa_port_range *right = b;

	if (left->low != right->low)
		return left->low < right->low ? -1 : 1;
	return (left->high > right->high) - (left->high < right->high);
}

/* A sorted copy in which no two ranges share a port. */
static struct fa_port_ranges tidy_ports(struct maker *m, const struct fa_port_ranges *ports)
{
	struct fa_port_range *items = fa_yaml_alloc(m->arena, ports->count + 1, sizeof(*items));
	size_t kept = 0;

	if (items == NULL || ports->count == 0)
		return (struct fa_port_ranges){items, 0};
	memcpy(items, ports->items, ports->count * sizeof(*items));
	qsort(items, ports->count, sizeof(*items), compare_ranges);
	for (size_t i = 0; i < ports->count; i++) {
		if (kept == 0 || items[i].low > items[kept - 1].high)
			items[kept++] = items[i];
		else if (items[i].high > items[kept - 1].high)
			items[kept - 1].high = items[i].high;
	}
	return (struct fa_port_ranges){items, kept};
}

/* What the document prints, the ports in reserve, and what it should have printed. */
static void add_claims(struct maker *m, const struct fa_binding *binding)
{
	const struct fa_rule *rule = binding->rule;
	const struct fa_correction *correction = &rule->correction;
	struct fa_opening opening = {
		.binding = binding,
		.claim = FA_CLAIM_DOCUMENTED,
		.transports = rule->transports,
		.ports = tidy_ports(m, &binding->ports),
		.only_hosts = binding->hosts,
	};

	add_ways(m, opening);
	if (binding->increments.count > 0) {
		opening.claim = FA_CLAIM_INCREMENTED;
		opening.ports = tidy_ports(m, &binding->increments);
		add_ways(m, opening);
	}
	if (correction->reason == NULL ||
	    (correction->transports == 0 && correction->ports.count == 0))
		return;
	opening.claim = FA_CLAIM_CORRECTED;
	opening.transports =
		correction->transports != 0 ? correction->transports : rule->transports;
	opening.ports =
		tidy_ports(m, correction->ports.count > 0 ? &correction->ports : &binding->ports);
	add_ways(m, opening);
}

static void add_instance(struct maker *m, const struct fa_instance *instance)
{
	for (size_t i = 0; i < m->policy->count; i++)
		if (m->policy->bindings[i].instance == instance)
			add_claims(m, &m->policy->bindings[i]);
}

/* What the openings hold on to. */
struct memory {
	struct fa_yaml_arena *arena;
	struct fa_opening *items;
};

int fa_openings_make(const struct fa_policy *policy, struct fa_openings *out)
{
	struct maker m = {.policy = policy, .arena = fa_yaml_arena_new()};
	struct memory *memory = calloc(1, sizeof(*memory));

	memset(out, 0, sizeof(*out));
	if (m.arena == NULL || memory == NULL) {
		fa_yaml_arena_free(m.arena);
		free(memory);
		return FA_ENOMEM;
	}
	for (size_t i = 0; i < policy->site->instance_count && !m.failed; i++)
		add_instance(&m, &policy->site->instances[i]);
	if (!m.failed)
		add_instance(&m, NULL);
	if (m.failed || fa_yaml_arena_failed(m.arena)) {
		fa_yaml_arena_free(m.arena);
		free(m.items);
		free(memory);
		return FA_ENOMEM;
	}
	*memory = (struct memory){m.arena, m.items};
	*out = (struct fa_openings){policy, m.items, m.count, memory};
	return 0;
}

void fa_openings_deinit(struct fa_openings *openings)
{
	struct memory *memory = openings->memory;

	if (memory != NULL) {
		fa_yaml_arena_free(memory->arena);
		free(memory->items);
		free(memory);
	}
	memset(openings, 0, sizeof(*openings));
}
