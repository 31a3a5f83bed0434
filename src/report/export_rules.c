/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From openings to sets and rules. */
#include "report/export_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/slots.h"
#include "base/text.h"

/* One range of one opening on one transport. */
struct piece {
	size_t client, server;
	unsigned transport;
	bool discouraged;
	bool has_ports;
	uint32_t low, end; /* END is the first port that is not of it */
	size_t opening;
};

struct maker {
	const struct fa_openings *openings;
	struct fa_export_rules *out;
	size_t first_set; /* of the instance */
	struct piece *pieces;
	size_t count, room;
	bool failed;
};

/* Room for one more in an array of the maker; remembers when there is none. */
static void *grow(struct maker *m, void *array, size_t *room, size_t need, size_t size)
{
	if (!m->failed && !fa_array_reserve(&array, room, need, size))
		m->failed = true;
	return array;
}

/* Sets. */

static bool have_same(const struct fa_export_set *set, const struct fa_opening_end *end)
{
	if (set->count != end->addr_count)
		return false;
	for (size_t i = 0; i < set->count; i++)
		if (set->addrs[i].prefix.bits != end->addrs[i].prefix.bits ||
		    fa_addr_compare(&set->addrs[i].prefix.addr, &end->addrs[i].prefix.addr) != 0)
			return false;
	return true;
}

static void add_role(struct maker *m, struct fa_export_set *set, const char *role)
{
	for (size_t i = 0; i < set->role_count; i++)
		if (strcmp(set->roles[i], role) == 0)
			return;
	set->roles = grow(m, set->roles, &set->role_room, set->role_count + 1, sizeof(*set->roles));
	if (!m->failed)
		set->roles[set->role_count++] = role;
}

/* Ids are letters, digits and hyphens; whatever else there might be becomes a hyphen. */
static void add_to_name(char name[FA_EXPORT_NAME], const char *id)
{
	size_t used = strlen(name);

	for (; *id != '\0' && used + 1 < FA_EXPORT_NAME; id++) {
		bool good = (*id >= 'a' && *id <= 'z') || (*id >= 'A' && *id <= 'Z') ||
			    (*id >= '0' && *id <= '9') || *id == '_';

		name[used++] = good ? *id : '-';
	}
	name[used] = '\0';
}

static bool is_taken(const struct maker *m, const char *name)
{
	for (size_t i = 0; i < m->out->set_count; i++)
		if (strcmp(m->out->sets[i].name, name) == 0)
			return true;
	return false;
}

/* Whether the site gives the role just these addresses. */
static bool is_role(const struct fa_site_role *role, const struct fa_export_set *set)
{
	if (role->placing != FA_PLACED || role->prefix_count != set->count)
		return false;
	for (size_t i = 0; i < set->count; i++)
		if (role->places[i].prefix.bits != set->addrs[i].prefix.bits ||
		    fa_addr_compare(&role->places[i].prefix.addr, &set->addrs[i].prefix.addr) != 0)
			return false;
	return true;
}

/* The role that the site names first for these addresses, or NULL. */
static const char *role_of(const struct fa_export_set *set)
{
	const struct fa_instance *instance = set->instance;
	const struct fa_site_role *first = NULL;

	for (size_t i = 0; i < instance->product->role_count; i++) {
		const struct fa_site_role *role = &instance->roles[i];

		if (is_role(role, set) && (first == NULL || role->line < first->line))
			first = role;
	}
	return first == NULL ? NULL : first->role->name;
}

/*
 * "api-prod_client": what the site calls these addresses, else the roles of the end. An underscore
 * is in no id, so names are no words of the rule language, and before a digit it makes a name of a
 * number. Of many roles the first ones are named.
 */
static void make_name(const struct maker *m, const struct fa_opening_end *end,
		      struct fa_export_set *set)
{
	enum { NAMED_ROLES = 3, FOR_NUMBER = 24 };
	const char *role = role_of(set);
	const struct fa_strings roles = role != NULL ? (struct fa_strings){&role, 1} : end->roles;
	char base[FA_EXPORT_NAME] = "";

	if (set->instance->name[0] >= '0' && set->instance->name[0] <= '9')
		add_to_name(base, "_");
	add_to_name(base, set->instance->name);
	for (size_t i = 0; i < roles.count && i < NAMED_ROLES; i++) {
		add_to_name(base, "_");
		add_to_name(base, roles.items[i]);
	}
	base[FA_EXPORT_NAME - FOR_NUMBER] = '\0';
	fa_text_copy(set->name, sizeof(set->name), base);
	for (unsigned number = 2; is_taken(m, set->name); number++)
		snprintf(set->name, sizeof(set->name), "%.*s-%u", FA_EXPORT_NAME - FOR_NUMBER, base,
			 number);
}

/* The set of an end of the instance, made when there is none yet. */
static size_t set_of(struct maker *m, const struct fa_instance *instance,
		     const struct fa_opening_end *end)
{
	struct fa_export_rules *out = m->out;
	struct fa_export_set *set;
	size_t i = m->first_set;

	if (end->addr_count == 0)
		return FA_EXPORT_ANYBODY;
	while (i < out->set_count && !have_same(&out->sets[i], end))
		i++;
	if (i == out->set_count) {
		out->sets = grow(m, out->sets, &out->set_room, i + 1, sizeof(*out->sets));
		if (m->failed)
			return FA_EXPORT_ANYBODY;
		out->sets[i] = (struct fa_export_set){
			.instance = instance, .addrs = end->addrs, .count = end->addr_count};
		make_name(m, end, &out->sets[i]);
		out->set_count++;
		while (out->sets[i].count4 < end->addr_count &&
		       end->addrs[out->sets[i].count4].prefix.addr.version == 4)
			out->sets[i].count4++;
	}
	set = &out->sets[i];
	for (size_t k = 0; k < end->roles.count; k++)
		add_role(m, set, end->roles.items[k]);
	return i;
}

/* Pieces. */

static void add_piece(struct maker *m, const struct piece *piece)
{
	m->pieces = grow(m, m->pieces, &m->room, m->count + 1, sizeof(*m->pieces));
	if (!m->failed)
		m->pieces[m->count++] = *piece;
}

static void add_pieces(struct maker *m, size_t index)
{
	const struct fa_opening *opening = &m->openings->items[index];
	const struct fa_instance *instance = opening->binding->instance;
	struct piece piece = {
		.client = set_of(m, instance, &opening->client),
		.server = set_of(m, instance, &opening->server),
		.discouraged = opening->state == FA_OPENING_DISCOURAGED,
		.opening = index,
	};

	for (unsigned i = 0; i < FA_RULE_TRANSPORTS; i++) {
		if ((opening->transports >> i & 1) == 0)
			continue;
		piece.transport = i;
		piece.has_ports = fa_rule_transport_has_ports(i);
		piece.low = 0;
		piece.end = 1;
		if (!piece.has_ports)
			add_piece(m, &piece);
		for (size_t k = 0; k < opening->ports.count && piece.has_ports; k++) {
			piece.low = opening->ports.items[k].low;
			piece.end = opening->ports.items[k].high + 1u;
			add_piece(m, &piece);
		}
	}
}

/* Whether two pieces are between the same sets on the same transport: <0, 0, >0. */
static int compare_ends(const struct piece *a, const struct piece *b)
{
	if (a->client != b->client)
		return a->client < b->client ? -1 : 1;
	if (a->server != b->server)
		return a->server < b->server ? -1 : 1;
	if (a->transport != b->transport)
		return a->transport < b->transport ? -1 : 1;
	return (int)a->discouraged - (int)b->discouraged;
}

static int compare_pieces(const void *a, const void *b)
{
	const struct piece *left = a;
	const struct piece *right = b;
	int order = compare_ends(left, right);

	if (order != 0)
		return order;
	if (left->low != right->low)
		return left->low < right->low ? -1 : 1;
	return (left->opening > right->opening) - (left->opening < right->opening);
}

/* Rules. */

/* The openings of the pieces that hold the port; ascending, each once. */
static size_t holders(const struct piece *pieces, size_t count, uint32_t port, size_t *out)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		size_t at = found;

		if (port < pieces[i].low || port >= pieces[i].end)
			continue;
		while (at > 0 && out[at - 1] > pieces[i].opening)
			at--;
		if (at > 0 && out[at - 1] == pieces[i].opening)
			continue;
		memmove(&out[at + 1], &out[at], (found - at) * sizeof(*out));
		out[at] = pieces[i].opening;
		found++;
	}
	return found;
}

/* The rule from FIRST on that has just these openings, made when there is none yet; NULL without
   memory. */
static struct fa_export_rule *rule_of(struct maker *m, size_t first, const struct piece *piece,
				      const size_t *openings, size_t count)
{
	struct fa_export_rules *out = m->out;
	struct fa_export_rule *rule;
	size_t *copy;

	for (size_t i = first; i < out->rule_count; i++)
		if (out->rules[i].opening_count == count &&
		    memcmp(out->rules[i].openings, openings, count * sizeof(*openings)) == 0)
			return &out->rules[i];
	out->rules = grow(m, out->rules, &out->rule_room, out->rule_count + 1, sizeof(*rule));
	copy = m->failed ? NULL : malloc(count * sizeof(*copy));
	m->failed = copy == NULL;
	if (m->failed)
		return NULL;
	memcpy(copy, openings, count * sizeof(*copy));
	rule = &out->rules[out->rule_count++];
	*rule = (struct fa_export_rule){
		.client = piece->client,
		.server = piece->server,
		.transport = piece->transport,
		.openings = copy,
		.opening_count = count,
		.discouraged = piece->discouraged,
	};
	return rule;
}

static void add_ports(struct maker *m, struct fa_export_rule *rule, uint32_t low, uint32_t end)
{
	rule->ports =
		grow(m, rule->ports, &rule->port_room, rule->port_count + 1, sizeof(*rule->ports));
	if (!m->failed)
		rule->ports[rule->port_count++] =
			(struct fa_port_range){(uint16_t)low, (uint16_t)(end - 1)};
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a;
	uint32_t right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

/*
 * The rules of pieces between the same sets. Between two neighbouring ends of ranges every port has
 * the same openings; parts with the same openings are one rule.
 */
static void add_rules(struct maker *m, const struct piece *pieces, size_t count)
{
	const size_t first = m->out->rule_count;
	uint32_t *cuts = malloc(2 * count * sizeof(*cuts));
	size_t *openings = malloc(count * sizeof(*openings));

	m->failed = m->failed || cuts == NULL || openings == NULL;
	for (size_t i = 0; i < count && !m->failed; i++) {
		cuts[2 * i] = pieces[i].low;
		cuts[2 * i + 1] = pieces[i].end;
	}
	if (!m->failed)
		qsort(cuts, 2 * count, sizeof(*cuts), compare_numbers);
	for (size_t i = 0; i + 1 < 2 * count && !m->failed; i++) {
		size_t found =
			cuts[i] == cuts[i + 1] ? 0 : holders(pieces, count, cuts[i], openings);
		struct fa_export_rule *rule =
			found == 0 ? NULL : rule_of(m, first, pieces, openings, found);

		if (rule != NULL && pieces->has_ports)
			add_ports(m, rule, cuts[i], cuts[i + 1]);
	}
	free(cuts);
	free(openings);
}

/* The openings from FIRST to END, which are those of one instance. */
static void add_instance(struct maker *m, size_t first, size_t end)
{
	m->first_set = m->out->set_count;
	m->count = 0;
	for (size_t i = first; i < end && !m->failed; i++)
		if (m->openings->items[i].state == FA_OPENING_OPEN ||
		    m->openings->items[i].state == FA_OPENING_DISCOURAGED)
			add_pieces(m, i);
	if (m->failed || m->count == 0)
		return;
	qsort(m->pieces, m->count, sizeof(*m->pieces), compare_pieces);
	for (size_t i = 0, k; i < m->count && !m->failed; i = k) {
		for (k = i + 1; k < m->count; k++)
			if (compare_ends(&m->pieces[i], &m->pieces[k]) != 0)
				break;
		add_rules(m, &m->pieces[i], k - i);
	}
}

static int compare_rules(const void *a, const void *b)
{
	const struct fa_export_rule *left = a;
	const struct fa_export_rule *right = b;
	unsigned left_port = left->port_count > 0 ? left->ports[0].low : 0;
	unsigned right_port = right->port_count > 0 ? right->ports[0].low : 0;

	if (left->openings[0] != right->openings[0])
		return left->openings[0] < right->openings[0] ? -1 : 1;
	if (left->transport != right->transport)
		return left->transport < right->transport ? -1 : 1;
	return (left_port > right_port) - (left_port < right_port);
}

int fa_export_rules_init(struct fa_export_rules *out, const struct fa_openings *openings)
{
	struct maker m = {.openings = openings, .out = out};

	memset(out, 0, sizeof(*out));
	for (size_t i = 0, k; i < openings->count && !m.failed; i = k) {
		const struct fa_instance *instance = openings->items[i].binding->instance;

		for (k = i + 1; k < openings->count; k++)
			if (openings->items[k].binding->instance != instance)
				break;
		add_instance(&m, i, k);
	}
	free(m.pieces);
	if (m.failed) {
		fa_export_rules_deinit(out);
		return FA_ENOMEM;
	}
	if (out->rule_count > 0)
		qsort(out->rules, out->rule_count, sizeof(*out->rules), compare_rules);
	return 0;
}

void fa_export_rules_deinit(struct fa_export_rules *rules)
{
	for (size_t i = 0; i < rules->set_count; i++)
		free(rules->sets[i].roles);
	for (size_t i = 0; i < rules->rule_count; i++) {
		free(rules->rules[i].ports);
		free(rules->rules[i].openings);
	}
	free(rules->sets);
	free(rules->rules);
	memset(rules, 0, sizeof(*rules));
}

static bool set_has(const struct fa_export_rules *rules, size_t set, unsigned version)
{
	if (set == FA_EXPORT_ANYBODY)
		return true;
	return version == 4 ? rules->sets[set].count4 > 0
			    : rules->sets[set].count4 < rules->sets[set].count;
}

bool fa_export_rule_has(const struct fa_export_rules *rules, const struct fa_export_rule *rule,
			unsigned version)
{
	unsigned transport = 1u << rule->transport;

	if (transport == (version == 4 ? FA_RULE_ICMP6 : FA_RULE_ICMP))
		return false;
	return set_has(rules, rule->client, version) && set_has(rules, rule->server, version);
}
