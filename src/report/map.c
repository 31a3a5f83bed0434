/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who talks to whom, rolled up: reading the conversations of a run. */
#include "report/map.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Networks of clients of which nothing else is known. */
enum { CLIENT_BITS_V4 = 24, CLIENT_BITS_V6 = 64 };

/* Space for the roles of a rule; a longer list only says less. */
enum { ROLES_TEXT = 512 };

/* What stands between the kind, the name and what is under it in the key of a group. */
#define BETWEEN "\n"

struct reading {
	struct fa_map *map;
	const struct fa_history *history;
	int64_t run;
	const struct fa_places *places;
	const struct fa_map_watch *watch;
	int64_t *servers; /* hosts, as the store numbers them */
	size_t server_count, server_room;
	struct fa_textset serving; /* their addresses */
	bool *sweeps;		   /* by number of a finding */
	size_t sweep_room;
	struct fa_textset rules;	 /* ids, with the roles of each in the same place */
	struct rule_roles {
		char from[ROLES_TEXT], to[ROLES_TEXT];
	} *roles;
	size_t roles_room;
	struct fa_buffer key;
	struct fa_diag *diag;
};

static int no_memory(const struct reading *reading)
{
	return fa_fail(reading->diag, FA_ENOMEM, "out of memory for the map");
}

/* A set of positive numbers that are small or few. */
static bool is_sweep(const struct reading *reading, int64_t finding)
{
	return finding > 0 && (size_t)finding < reading->sweep_room && reading->sweeps[finding];
}

enum { SWEEP_MAX = 1 << 24 };

static int note_sweep(void *arg, const struct fa_stored_finding *finding)
{
	struct reading *reading = arg;
	size_t number = (size_t)finding->number;
	size_t before = reading->sweep_room;

	/* A database may have been edited. */
	if (!finding->sweep || finding->number <= 0 || finding->number > SWEEP_MAX)
		return 0;
	if (!fa_array_reserve((void **)&reading->sweeps, &reading->sweep_room, number + 1,
			      sizeof(*reading->sweeps)))
		return no_memory(reading);
	if (reading->sweep_room > before)
		memset(reading->sweeps + before, 0,
		       (reading->sweep_room - before) * sizeof(*reading->sweeps));
	reading->sweeps[number] = true;
	return 0;
}

static int note_server(void *arg, const struct fa_traffic *traffic)
{
	struct reading *reading = arg;

	if (is_sweep(reading, traffic->finding) ||
	    (reading->server_count > 0 &&
	     reading->servers[reading->server_count - 1] == traffic->server))
		return 0;
	if (!fa_array_reserve((void **)&reading->servers, &reading->server_room,
			      reading->server_count + 1, sizeof(*reading->servers)))
		return no_memory(reading);
	reading->servers[reading->server_count++] = traffic->server;
	return 0;
}

static int compare_hosts(const void *a, const void *b)
{
	const int64_t *left = a;
	const int64_t *right = b;

	return (*left > *right) - (*left < *right);
}

/* Who serves somebody, a sweep's targets left aside. */
static int read_servers(struct reading *reading)
{
	const struct fa_history *history = reading->history;
	char text[FA_ADDR_TEXT];
	int error = history->each_traffic(history->context, reading->run, INT64_MIN, INT64_MAX,
					  note_server, reading, reading->diag);

	if (error == 0 && reading->server_count > 1)
		qsort(reading->servers, reading->server_count, sizeof(*reading->servers),
		      compare_hosts);
	for (size_t i = 0; error == 0 && i < reading->server_count; i++) {
		struct fa_addr addr;

		if (i > 0 && reading->servers[i] == reading->servers[i - 1])
			continue;
		error = history->host(history->context, reading->servers[i], &addr, reading->diag);
		if (error == 0 && fa_textset_add(&reading->serving, fa_addr_text(&addr, text)) ==
					  FA_TEXT_NONE)
			error = no_memory(reading);
	}
	return error;
}

/* The roles of a rule. */

static int copy_roles(void *arg, const struct fa_stored_rule *rule)
{
	struct rule_roles *roles = arg;

	fa_text_copy(roles->from, sizeof(roles->from), rule->from);
	fa_text_copy(roles->to, sizeof(roles->to), rule->to);
	return 0;
}

/* Each rule is asked for once. NULL: no memory. */
static const struct rule_roles *roles_of(struct reading *reading, const char *id)
{
	size_t count = reading->rules.count;
	size_t number = fa_textset_add(&reading->rules, id);
	struct fa_diag unknown = {{0}};

	if (number == FA_TEXT_NONE)
		return NULL;
	if (number < count)
		return &reading->roles[number];
	if (!fa_array_reserve((void **)&reading->roles, &reading->roles_room, number + 1,
			      sizeof(*reading->roles)))
		return NULL;
	memset(&reading->roles[number], 0, sizeof(reading->roles[number]));
	/* A rule that is not known makes places less exact. */
	if (id[0] != '\0')
		reading->history->rule(reading->history->context, reading->run, id, copy_roles,
				       &reading->roles[number], &unknown);
	return &reading->roles[number];
}

/* Groups. */

static size_t add_group(struct reading *reading, enum fa_group_kind kind, const char *name,
			const char *under)
{
	struct fa_map *map = reading->map;
	size_t number;

	fa_buffer_reset(&reading->key);
	fa_buffer_addf(&reading->key, "%d" BETWEEN "%s" BETWEEN "%s", (int)kind, name, under);
	if (reading->key.failed)
		return FA_TEXT_NONE;
	number = fa_textset_add(&map->keys, fa_buffer_text(&reading->key));
	if (number == FA_TEXT_NONE || number < map->group_count)
		return number;
	if (!fa_array_reserve((void **)&map->groups, &map->group_room, number + 1,
			      sizeof(*map->groups)))
		return FA_TEXT_NONE;
	map->groups[number] = (struct fa_group){.kind = kind};
	map->group_count = number + 1;
	return number;
}

static size_t add_network(struct reading *reading, const struct fa_addr *addr)
{
	struct fa_addr net = *addr;
	unsigned bits = addr->version == 4 ? CLIENT_BITS_V4 : CLIENT_BITS_V6;
	char text[FA_ADDR_TEXT];
	char name[FA_ADDR_TEXT + 4];

	memset(net.bytes + bits / 8, 0, sizeof(net.bytes) - bits / 8);
	snprintf(name, sizeof(name), "%s/%u", fa_addr_text(&net, text), bits);
	return add_group(reading, FA_GROUP_NETWORK, name, "");
}

/* Host names of a site have no address; a row that fits has one of them at its end. */
static bool is_one_role(const char *roles)
{
	return roles[0] != '\0' && strchr(roles, ',') == NULL;
}

/* Who ADDR is. FITS: the verdict says that who stands there has the roles of HINT. */
static size_t group_of(struct reading *reading, const struct fa_addr *addr,
		       const struct fa_place_hint *hint, bool fits)
{
	struct fa_place_name place;
	char text[FA_ADDR_TEXT];

	if (fa_places_find(reading->places, addr, hint, &place))
		return add_group(reading, FA_GROUP_ROLE, place.role, place.instance);
	if (fits && hint->instance[0] != '\0' && is_one_role(hint->roles))
		return add_group(reading, FA_GROUP_ROLE, hint->roles, hint->instance);
	if (fa_addr_is_multicast(addr))
		return add_group(reading, FA_GROUP_OUTSIDE, "multicast and broadcast", "");
	if (!fa_addr_is_private(addr) && !fa_addr_is_unspecified(addr))
		return add_group(reading, FA_GROUP_OUTSIDE, "internet", "");
	fa_addr_text(addr, text);
	if (fa_textset_find(&reading->serving, text) != FA_TEXT_NONE)
		return add_group(reading, FA_GROUP_HOST, text, "");
	return add_network(reading, addr);
}

static bool count_host(struct reading *reading, size_t group, const struct fa_addr *addr)
{
	struct fa_map *map = reading->map;
	size_t count = map->members.count;
	char text[FA_ADDR_TEXT];

	fa_buffer_reset(&reading->key);
	fa_buffer_addf(&reading->key, "%zu" BETWEEN "%s", group, fa_addr_text(addr, text));
	if (reading->key.failed ||
	    fa_textset_add(&map->members, fa_buffer_text(&reading->key)) == FA_TEXT_NONE)
		return false;
	map->groups[group].hosts += map->members.count - count;
	return true;
}

/* Edges. */

static uint64_t mix(size_t client, size_t server, unsigned verdict)
{
	static const struct fa_hash_key key; /* positions are our own */
	const uint64_t words[] = {client, server, verdict};

	return fa_siphash_words(&key, words, sizeof(words) / sizeof(words[0]));
}

static uint64_t hash_of_edge(const void *context, size_t index)
{
	const struct fa_map *map = context;
	const struct fa_edge *edge = &map->edges[index];

	return mix(edge->client, edge->server, edge->verdict);
}

/* NULL: no memory. Valid until the next one is added. */
static struct fa_edge *edge_between(struct fa_map *map, size_t client, size_t server,
				    enum fa_verdict verdict)
{
	uint64_t hash = mix(client, server, verdict);
	const struct fa_slots *slots = &map->by_ends;

	for (size_t i = fa_slots_first(slots, hash); fa_slots_used(slots, i);
	     i = fa_slots_next(slots, i)) {
		struct fa_edge *edge = &map->edges[fa_slots_index(slots, i)];

		if (edge->client == client && edge->server == server && edge->verdict == verdict)
			return edge;
	}
	if (!fa_array_reserve((void **)&map->edges, &map->edge_room, map->edge_count + 1,
			      sizeof(*map->edges)))
		return NULL;
	map->edges[map->edge_count] =
		(struct fa_edge){.client = client, .server = server, .verdict = verdict};
	if (!fa_slots_add(&map->by_ends, hash, map->edge_count, hash_of_edge, map))
		return NULL;
	return &map->edges[map->edge_count++];
}

static void add_service(struct fa_edge *edge, const struct fa_service *service)
{
	for (size_t i = 0; i < edge->service_count; i++) {
		struct fa_service *known = &edge->services[i];

		if (known->transport == service->transport && known->port == service->port &&
		    strcmp(known->protocol, service->protocol) == 0) {
			known->conversations += service->conversations;
			return;
		}
	}
	if (edge->service_count < FA_EDGE_SERVICES)
		edge->services[edge->service_count++] = *service;
	else
		edge->more_services = true;
}

void fa_edge_add(struct fa_edge *edge, const struct fa_edge *more)
{
	edge->conversations += more->conversations;
	edge->flows += more->flows;
	edge->bytes += more->bytes;
	edge->direction_known |= more->direction_known;
	edge->more_services |= more->more_services;
	if (more->finding != 0 && (edge->finding == 0 || more->finding < edge->finding))
		edge->finding = more->finding;
	for (size_t i = 0; i < more->service_count; i++)
		add_service(edge, &more->services[i]);
}

/* False when memory is short. */
static bool set_service(struct fa_map *map, struct fa_edge *edge,
			const struct fa_stored_conversation *c)
{
	const char *name = c->id.application[0] != '\0' ? c->id.application : c->id.protocol;
	size_t number;

	/* A guess is no name. */
	if (!fa_detection_is_seen((enum fa_detection)c->id.detected_by))
		name = "";
	number = fa_textset_add(&map->protocols, name);
	if (number == FA_TEXT_NONE)
		return false;
	edge->services[0] = (struct fa_service){
		.transport = c->id.transport,
		.port = c->id.server_port,
		.protocol = map->protocols.items[number],
		.conversations = 1,
	};
	edge->service_count = 1;
	return true;
}

static bool add_to_edge(struct fa_map *map, size_t client, size_t server,
			const struct fa_stored_conversation *c)
{
	struct fa_edge *edge = edge_between(map, client, server, c->verdict);
	struct fa_edge one = {
		.conversations = 1,
		.flows = c->counts.flows,
		.bytes = c->counts.bytes_to_server + c->counts.bytes_to_client,
		.direction_known = c->id.direction_by != FA_BY_FIRST_PACKET,
		.finding = c->finding,
	};

	if (edge == NULL || !set_service(map, &one, c))
		return false;
	fa_edge_add(edge, &one);
	map->groups[client].bytes += one.bytes;
	if (server != client)
		map->groups[server].bytes += one.bytes;
	return true;
}

static int take(void *arg, const struct fa_stored_conversation *c)
{
	struct reading *reading = arg;
	bool decided = c->rule[0] != '\0';
	bool fits = c->verdict == FA_VERDICT_DOCUMENTED || c->verdict == FA_VERDICT_DISCOURAGED;
	const struct rule_roles *roles = roles_of(reading, decided ? c->rule : c->nearest);
	struct fa_place_hint from, to;
	size_t client, server;

	if (roles == NULL)
		return no_memory(reading);
	from.instance = to.instance = decided ? c->instance : c->nearest_instance;
	from.roles = roles->from;
	to.roles = roles->to;
	client = group_of(reading, &c->id.client, &from, fits);
	server = is_sweep(reading, c->finding)
			 ? add_group(reading, FA_GROUP_OUTSIDE, "targets of a sweep", "")
			 : group_of(reading, &c->id.server, &to, fits);
	if (client == FA_TEXT_NONE || server == FA_TEXT_NONE ||
	    !count_host(reading, client, &c->id.client) ||
	    !count_host(reading, server, &c->id.server) ||
	    !add_to_edge(reading->map, client, server, c))
		return no_memory(reading);
	return reading->watch->see != NULL ? reading->watch->see(reading->watch->arg, c) : 0;
}

static unsigned rank_of(enum fa_verdict verdict)
{
	static const uint8_t ranks[FA_VERDICT_COUNT] = {
		[FA_VERDICT_WRONG_PROTOCOL] = 0, [FA_VERDICT_WRONG_ENDPOINT] = 1,
		[FA_VERDICT_REFUSED] = 2,	 [FA_VERDICT_UNDOCUMENTED] = 3,
		[FA_VERDICT_DISCOURAGED] = 4,	 [FA_VERDICT_INDETERMINATE] = 5,
		[FA_VERDICT_WAIVED] = 6,	 [FA_VERDICT_DOCUMENTED] = 7,
	};

	return ranks[verdict];
}

/* At last by what makes them different. */
int fa_edge_compare(const void *a, const void *b)
{
	const struct fa_edge *left = a;
	const struct fa_edge *right = b;
	unsigned left_rank = rank_of(left->verdict);
	unsigned right_rank = rank_of(right->verdict);

	if (left_rank != right_rank)
		return left_rank < right_rank ? -1 : 1;
	if (left->bytes != right->bytes)
		return left->bytes > right->bytes ? -1 : 1;
	if (left->client != right->client)
		return left->client < right->client ? -1 : 1;
	return (left->server > right->server) - (left->server < right->server);
}

/* Only now, since texts move while there are more. */
static void name_groups(struct fa_map *map)
{
	for (size_t i = 0; i < map->group_count; i++) {
		char *name = strchr(map->keys.items[i], BETWEEN[0]) + 1;
		char *under = strrchr(name, BETWEEN[0]);

		*under = '\0';
		map->groups[i].name = name;
		map->groups[i].under = under + 1;
	}
}

static int read_all(struct reading *reading)
{
	const struct fa_history *history = reading->history;
	int error = history->each_finding(history->context, reading->run, 0, note_sweep, reading,
					  reading->diag);

	if (error == 0)
		error = read_servers(reading);
	if (error == 0)
		error = history->each_conversation(history->context, reading->run, take, reading,
						   reading->diag);
	if (error != 0)
		return error;
	name_groups(reading->map);
	if (reading->map->edge_count > 0)
		qsort(reading->map->edges, reading->map->edge_count, sizeof(*reading->map->edges),
		      fa_edge_compare);
	return 0;
}

int fa_map_read(struct fa_map *map, const struct fa_history *history, int64_t run,
		const struct fa_places *places, const struct fa_map_watch *watch,
		struct fa_diag *diag)
{
	struct reading reading = {map, history, run, places, watch, .diag = diag};
	int error;

	memset(map, 0, sizeof(*map));
	if (fa_textset_init(&map->keys) != 0 || fa_textset_init(&map->protocols) != 0 ||
	    fa_textset_init(&map->members) != 0 || fa_slots_init(&map->by_ends) != 0 ||
	    fa_textset_init(&reading.serving) != 0 || fa_textset_init(&reading.rules) != 0)
		error = no_memory(&reading);
	else
		error = read_all(&reading);
	fa_textset_deinit(&map->members);
	fa_slots_deinit(&map->by_ends);
	fa_textset_deinit(&reading.serving);
	free(reading.servers);
	free(reading.sweeps);
	fa_textset_deinit(&reading.rules);
	free(reading.roles);
	fa_buffer_deinit(&reading.key);
	return error;
}

void fa_map_deinit(struct fa_map *map)
{
	free(map->groups);
	free(map->edges);
	fa_textset_deinit(&map->keys);
	fa_textset_deinit(&map->protocols);
	memset(map, 0, sizeof(*map));
}
