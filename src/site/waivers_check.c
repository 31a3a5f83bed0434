/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a waiver as a whole covers: not everything, not too much, not what another does. */
#include <string.h>
#include <strings.h>

#include "site/waivers_read.h"

/* Prefixes shorter than these are wide: more hosts than one can have looked at. Ours. */
enum { WIDE_BELOW_V4 = 16, WIDE_BELOW_V6 = 48 };

static bool prefix_is_wide(const struct fa_prefix *prefix)
{
	return prefix->bits < (prefix->addr.version == 4 ? WIDE_BELOW_V4 : WIDE_BELOW_V6);
}

static bool end_is_wide(const struct fa_waiver_end *end)
{
	switch (end->who) {
	case FA_WAIVES_ANY:
		return true;
	case FA_WAIVES_PREFIX:
		return prefix_is_wide(&end->prefix);
	case FA_WAIVES_ROLE:
		for (size_t i = 0; i < end->role->prefix_count; i++)
			if (prefix_is_wide(&end->role->places[i].prefix))
				return true;
		return false;
	case FA_WAIVES_HOST:
		break;
	}
	return false;
}

static bool is_broad(const struct fa_waiver *waiver)
{
	bool client = end_is_wide(&waiver->client);
	bool server = end_is_wide(&waiver->server);
	bool anything = waiver->ports.count == 0 || waiver->protocol == NULL;

	return (client && server) || ((client || server) && anything);
}

static bool covers_everything(const struct fa_waiver *waiver)
{
	return waiver->client.who == FA_WAIVES_ANY && waiver->server.who == FA_WAIVES_ANY &&
	       waiver->ports.count == 0 && waiver->protocol == NULL;
}

static bool same_end(const struct fa_waiver_end *a, const struct fa_waiver_end *b)
{
	if (a->who != b->who)
		return false;
	switch (a->who) {
	case FA_WAIVES_ANY:
		return true;
	case FA_WAIVES_PREFIX:
		return a->prefix.bits == b->prefix.bits &&
		       fa_addr_compare(&a->prefix.addr, &b->prefix.addr) == 0;
	case FA_WAIVES_ROLE:
		return a->role == b->role;
	case FA_WAIVES_HOST:
		break;
	}
	return strcasecmp(a->host, b->host) == 0; /* RFC 4343 */
}

/* Both are sorted, and what touches is one. */
static bool same_ports(const struct fa_port_ranges *a, const struct fa_port_ranges *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->items[i].low != b->items[i].low || a->items[i].high != b->items[i].high)
			return false;
	return true;
}

static bool same_protocol(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool fa_waivers_same(const struct fa_waiver *a, const struct fa_waiver *b)
{
	return same_end(&a->client, &b->client) && same_end(&a->server, &b->server) &&
	       a->transports == b->transports && same_ports(&a->ports, &b->ports) &&
	       same_protocol(a->protocol, b->protocol);
}

/* ICMP has types and codes instead. */
static bool check_ports(struct fa_waiver_reader *r, const struct fa_yaml_scope *scope,
			const struct fa_yaml_node *node, const struct fa_waiver *waiver)
{
	if (waiver->ports.count == 0)
		return true;
	for (unsigned i = 0; i < FA_RULE_TRANSPORTS; i++)
		if ((waiver->transports & 1u << i) != 0 && !fa_rule_transport_has_ports(i))
			return fa_yaml_wrong(&r->yaml, scope, fa_yaml_node_get(node, "port"),
					     "\"port\": %s has no ports: write any",
					     fa_rule_transport_text(i));
	return true;
}

bool fa_waiver_check(struct fa_waiver_reader *r, const struct fa_yaml_scope *scope,
		     const struct fa_yaml_node *node, struct fa_waiver *waiver)
{
	if (!check_ports(r, scope, node, waiver))
		return false;
	if (covers_everything(waiver))
		return fa_yaml_wrong(&r->yaml, scope, node,
				     "covers everything: client, server, port and protocol are "
				     "all any");
	for (size_t i = 0; i < r->count; i++)
		if (fa_waivers_same(&r->items[i], waiver))
			return fa_yaml_wrong(&r->yaml, scope, node,
					     "covers exactly what \"%s\" in line %u covers",
					     r->items[i].id, r->items[i].line);
	waiver->broad = is_broad(waiver);
	return true;
}
