/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small site made by hand: rules, instances, and who stands where, said in few words. */
#ifndef TEST_AUDIT_STAND_H
#define TEST_AUDIT_STAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "core/policy.h"
#include "core/site.h"
#include "talk.h"

#define STAND_HOSTS 3
#define STAND_ENDS  5 /* places of one end */

struct stand_rule {
	const char *id; /* product/component/rule */
	enum fa_rule_direction direction;
	unsigned transports;
	uint16_t low, high;	  /* high 0: the same as low; low 0: no port */
	const char *protocols[2]; /* none: any */
	const char *hosts[STAND_HOSTS]; /* one for each region: us, uk, eu; or just the first */
	const char *network;
	uint32_t asn;
	enum fa_scope scope;
	enum fa_advice advice;
	bool dynamic;
	const char *negotiated_by, *fallback_for;
	uint16_t counts_up_to; /* the next port that the document names */
	unsigned correct_transports;
};

/* Rows of one product stand together. */
static const struct stand_rule stand_rules[] = {
	{"api/core/https", FA_RULE_INBOUND, FA_RULE_TCP, 8243, .protocols = {"TLS"}},
	{"api/core/admin", FA_RULE_INBOUND, FA_RULE_TCP, 9443, .protocols = {"TLS"}},
	{"api/core/cluster", FA_RULE_INTERNAL, FA_RULE_TCP, .low = 4000},
	{"api/core/ssh", FA_RULE_INBOUND, FA_RULE_TCP, 22, .protocols = {"SSH"}},
	{"api/core/ldap", FA_RULE_OUTBOUND, FA_RULE_TCP, 389, .protocols = {"LDAP"}},
	{"api/core/local", FA_RULE_INTERNAL, FA_RULE_TCP, 6006, .scope = FA_SCOPE_HOST},
	{"api/core/loop", FA_RULE_INTERNAL, FA_RULE_TCP, 6007, .scope = FA_SCOPE_LOOPBACK},
	{"api/core/up", FA_RULE_INBOUND, FA_RULE_TCP, 9999, .protocols = {"HTTP"},
	 .counts_up_to = 10001},
	{"api/core/up-any", FA_RULE_INBOUND, FA_RULE_TCP, 9101, .counts_up_to = 9101},
	{"api/core/open", FA_RULE_INBOUND, FA_RULE_TCP, .low = 7000},
	{"api/core/closed", FA_RULE_INBOUND, FA_RULE_TCP, .low = 7100},
	{"api/core/desk", FA_RULE_BOTH, FA_RULE_TCP, 3389, .protocols = {"RDP"}},
	{"api/core/plain", FA_RULE_INBOUND, FA_RULE_TCP, 8280, .protocols = {"HTTP"},
	 .advice = FA_ADVICE_DISCOURAGED},
	{"api/core/plain-lab", FA_RULE_INBOUND, FA_RULE_TCP, 8280, .protocols = {"HTTP"}},
	{"api/core/knock", FA_RULE_INBOUND, FA_RULE_TCP, .low = 7200},
	{"api/core/named", FA_RULE_INBOUND, FA_RULE_TCP, .low = 7300},
	{"api/core/strict", FA_RULE_INBOUND, FA_RULE_TCP, 7400, .protocols = {"TLS"},
	 .hosts = {"x.example.org"}},
	{"api/core/pair", FA_RULE_INBOUND, FA_RULE_TCP, 7500, .protocols = {"TLS"}},
	{"api/core/pair-known", FA_RULE_INBOUND, FA_RULE_TCP, 7500, .protocols = {"TLS"}},
	{"api/core/builder", FA_RULE_INBOUND, FA_RULE_TCP, 7600, .protocols = {"SSH"}},
	{"api/core/mixed", FA_RULE_INBOUND, FA_RULE_TCP, .low = 7700},
	{"api/core/mixed-tls", FA_RULE_INBOUND, FA_RULE_TCP, 7700, .protocols = {"TLS"}},
	{"api/core/tunnel", FA_RULE_INBOUND, FA_RULE_TCP, 22, .protocols = {"TLS"}},
	{"api/core/report", FA_RULE_OUTBOUND, FA_RULE_TCP, .low = 7800},
	{"api/core/trap", FA_RULE_INBOUND, FA_RULE_TCP, 162, .protocols = {"SNMP"},
	 .correct_transports = FA_RULE_UDP},
	{"api/phone/android", FA_RULE_OUTBOUND, FA_RULE_TCP, 5228, .protocols = {"TLS"},
	 .asn = 15169},
	{"api/phone/push", FA_RULE_OUTBOUND, FA_RULE_TCP, 5223, .protocols = {"TLS"},
	 .network = "17.0.0.0/8"},
	{"api/phone/push-spare", FA_RULE_OUTBOUND, FA_RULE_TCP, 443, .protocols = {"TLS"},
	 .network = "17.0.0.0/8", .fallback_for = "api/phone/push"},
	{"api/phone/ask", FA_RULE_OUTBOUND, FA_RULE_UDP, 5300, .protocols = {"DNS"}},
	{"api/phone/ask-spare", FA_RULE_OUTBOUND, FA_RULE_UDP, 5301, .protocols = {"DNS"},
	 .fallback_for = "api/phone/ask"},
	{"files/ftp/control", FA_RULE_INBOUND, FA_RULE_TCP, 21, .protocols = {"FTP_CONTROL"}},
	{"gw/agent/control", FA_RULE_OUTBOUND, FA_RULE_TCP, 443, .protocols = {"TLS"},
	 .hosts = {"app.example.com", "app.uk.example.com", "app.eu.example.com"}},
	{"gw/agent/update", FA_RULE_OUTBOUND, FA_RULE_TCP, 8443, .protocols = {"TLS"},
	 .hosts = {"*.update.example.com"}},
	{"gw/agent/relay", FA_RULE_OUTBOUND, FA_RULE_TCP, 8444, .protocols = {"TLS"},
	 .hosts = {"relay.example.com"}},
	{"net/basic/ssh", FA_RULE_INBOUND, FA_RULE_TCP, 22, .protocols = {"SSH"}},
	{"net/basic/dns", FA_RULE_INBOUND, FA_RULE_UDP, 53, .protocols = {"DNS"}},
	{"net/basic/time", FA_RULE_INBOUND, FA_RULE_UDP, 123, .protocols = {"NTP"}},
	{"net/basic/trap", FA_RULE_INBOUND, FA_RULE_UDP, 162, .protocols = {"SNMP"}},
	{"net/basic/mdns", FA_RULE_INBOUND, FA_RULE_UDP, 5353, .protocols = {"MDNS"},
	 .network = "224.0.0.251"},
	{"net/basic/ping", FA_RULE_INBOUND, FA_RULE_ICMP, .protocols = {"ICMP"}},
	{"other/main/https", FA_RULE_INBOUND, FA_RULE_TCP, 8243, .protocols = {"TLS"}},
	{"other/main/wide", FA_RULE_INBOUND, FA_RULE_TCP, .low = 12340, .high = 12349},
	{"other/main/web", FA_RULE_INBOUND, FA_RULE_TCP, 12345, .protocols = {"HTTP"}},
	{"other/main/names", FA_RULE_INBOUND, FA_RULE_UDP, .low = 53},
	{"other/main/time", FA_RULE_INBOUND, FA_RULE_UDP, 123, .protocols = {"NTP"}},
	{"rival/main/https", FA_RULE_INBOUND, FA_RULE_TCP, 8243, .protocols = {"TLS"}},
	{"rival/main/strict", FA_RULE_INBOUND, FA_RULE_TCP, .low = 7400},
	{"rival/main/unbound", FA_RULE_INBOUND, FA_RULE_TCP, .low = 12500},
	{"tftp/main/control", FA_RULE_INBOUND, FA_RULE_TCP, 2121, .protocols = {"FTP_CONTROL"}},
	{"tftp/main/data", FA_RULE_OUTBOUND, FA_RULE_TCP, 2120, .protocols = {"FTP_DATA"}},
	{"win/jump/mapper", FA_RULE_OUTBOUND, FA_RULE_TCP, 135, .protocols = {"DCE_RPC"}},
	{"win/jump/called", FA_RULE_OUTBOUND, FA_RULE_TCP, .protocols = {"DCE_RPC"},
	 .dynamic = true, .negotiated_by = "win/jump/mapper"},
	{"win/jump/meet", FA_RULE_BOTH, FA_RULE_TCP, 137, .protocols = {"RDP"}},
	{"win/jump/met", FA_RULE_BOTH, FA_RULE_TCP, 50000, 60000, .dynamic = true,
	 .negotiated_by = "win/jump/meet"},
	{"win/jump/jmx", FA_RULE_OUTBOUND, FA_RULE_TCP, .protocols = {"Java-RMI"},
	 .dynamic = true},
	{"win/jump/blob", FA_RULE_OUTBOUND, FA_RULE_UDP, .dynamic = true},
};

/*
 * "?": the site is silent; "*": anybody; "-": nobody; else places: "label=prefix", a prefix, or a
 * host name.
 */
struct stand_binding {
	const char *instance; /* NULL: holds everywhere */
	const char *rule;
	const char *client, *server;
	uint16_t port; /* of the site; 0: as documented */
};

#define OFFICE	"office=10.10.0.0/16"
#define LAB	"lab=10.20.0.0/18"
#define AM1	"am1=10.0.1.9 am1=10.0.1.10 am1=fd00::9"
#define BM1	"bm1=10.0.2.9"
#define PHONES	"phones=10.40.0.0/16"
#define JUMP	"jump=10.60.0.1"
#define TARGETS "targets=10.70.0.0/16"

/* In the order of the rules, then of the instances. */
static const struct stand_binding stand_bindings[] = {
	{"a", "api/core/https", OFFICE, AM1, 0},
	{"b", "api/core/https", LAB, BM1, 8244},
	{"a", "api/core/admin", OFFICE, AM1, 0},
	{"b", "api/core/admin", "?", BM1, 0},
	{"a", "api/core/cluster", AM1 " 10.0.1.11", AM1 " 10.0.1.11", 0},
	{"b", "api/core/cluster", BM1 " 10.0.2.11", BM1 " 10.0.2.11", 0},
	{"a", "api/core/ssh", "?", AM1, 0},
	{"a", "api/core/ldap", AM1, "ds.example.org", 0},
	{"a", "api/core/local", AM1 " farm=10.0.3.0/24", AM1 " farm=10.0.3.0/24", 0},
	{"a", "api/core/loop", AM1, AM1, 0},
	{"a", "api/core/up", "?", AM1, 0},
	{"a", "api/core/up-any", OFFICE, AM1, 0},
	{"a", "api/core/open", "*", AM1, 0},
	{"a", "api/core/closed", "-", AM1, 0},
	{"a", "api/core/desk", AM1, "desks=10.30.0.0/16", 0},
	{"a", "api/core/plain", OFFICE, AM1, 0},
	{"b", "api/core/plain", LAB, BM1, 0},
	{"b", "api/core/plain-lab", LAB, BM1, 0},
	{"a", "api/core/knock", OFFICE, "*", 0},
	{"a", "api/core/named", "*", "gw.example.org", 0},
	{"a", "api/core/strict", OFFICE, AM1, 0},
	{"a", "api/core/pair", "?", AM1, 0},
	{"a", "api/core/pair-known", OFFICE, AM1, 0},
	{"a", "api/core/builder", "build.example.org", AM1, 0},
	{"a", "api/core/mixed", "*", AM1, 0},
	{"a", "api/core/mixed-tls", OFFICE, AM1, 0},
	{"b", "api/core/tunnel", LAB, BM1, 0},
	{"b", "api/core/report", "*", "10.96.0.1", 0},
	{"a", "api/core/trap", OFFICE, AM1, 1162},
	{"a", "api/phone/android", PHONES, "?", 0},
	{"a", "api/phone/push", PHONES, "?", 0},
	{"a", "api/phone/push-spare", PHONES, "?", 0},
	{"b", "api/phone/push-spare", "10.41.0.0/18", "?", 0},
	{"a", "api/phone/ask", PHONES, "?", 0},
	{"a", "api/phone/ask-spare", PHONES, "?", 0},
	{"f", "files/ftp/control", "?", "ftp1=10.80.0.1", 0},
	{"g", "gw/agent/control", "agents=10.50.0.0/16", "?", 0},
	{"g", "gw/agent/update", "agents=10.50.0.0/16", "?", 0},
	{"g", "gw/agent/relay", "agents=10.50.0.0/16", "relay.example.com", 0},
	{NULL, "net/basic/ssh", "*", "*", 0},
	{NULL, "net/basic/dns", "*", "*", 0},
	{"n", "net/basic/time", "*", "ntp1=10.90.0.1", 0},
	{NULL, "net/basic/mdns", "*", "*", 0},
	{NULL, "net/basic/ping", "*", "*", 0},
	{"r", "rival/main/https", OFFICE, "10.0.4.9 am1=10.0.1.9", 0},
	{"r", "rival/main/strict", OFFICE, "10.0.4.9", 0},
	{"t", "tftp/main/control", "?", "ftp2=10.80.0.2", 0},
	{"t", "tftp/main/data", "ftp2=10.80.0.2", "?", 0},
	{"w", "win/jump/mapper", JUMP, TARGETS, 0},
	{"w", "win/jump/called", JUMP, TARGETS, 0},
	{"w", "win/jump/meet", JUMP, TARGETS, 0},
	{"w", "win/jump/met", JUMP, TARGETS, 0},
	{"w", "win/jump/jmx", JUMP, TARGETS, 0},
	{"u", "win/jump/jmx", "10.60.0.2", "?", 0},
	{"v", "win/jump/jmx", "?", "10.71.0.1", 0},
	{"w", "win/jump/blob", JUMP, TARGETS, 0},
};

#define STAND_RULES	LENGTH(stand_rules)
#define STAND_BINDINGS	LENGTH(stand_bindings)
#define STAND_PRODUCTS	9
#define STAND_INSTANCES 12

static const struct fa_parameter stand_region = {.name = "region", .type = FA_PARAM_CHOICE};
static const char *const stand_regions[STAND_HOSTS] = {"us", "uk", "eu"};

static struct {
	struct fa_rulebook book;
	struct fa_rule rules[STAND_RULES];
	struct fa_port_range ranges[STAND_RULES], next[STAND_RULES];
	struct fa_prefix networks[STAND_RULES];
	struct fa_host_variant variants[STAND_RULES][STAND_HOSTS];
	struct fa_product products[STAND_PRODUCTS];
	struct fa_component components[STAND_RULES];
	struct fa_site site;
	struct fa_as_prefix systems[2];
	struct fa_instance instances[STAND_INSTANCES];
	size_t instance_count;
	struct fa_binding bindings[STAND_BINDINGS];
	struct fa_port_range ports[STAND_BINDINGS];
	struct fa_site_role roles[STAND_BINDINGS][2];
	const struct fa_site_role *role_of[STAND_BINDINGS][2];
	struct fa_place places[STAND_BINDINGS][2][STAND_ENDS];
	char texts[STAND_BINDINGS][2][256];
	struct fa_policy policy, unbound;
} stand;

static struct fa_product *stand_product(const char *rule_id)
{
	size_t len = strcspn(rule_id, "/");
	size_t i = 0;
	char *id;

	while (stand.products[i].id != NULL && (strlen(stand.products[i].id) != len ||
						strncmp(stand.products[i].id, rule_id, len) != 0))
		i++;
	if (stand.products[i].id == NULL) {
		id = strndup(rule_id, len);
		stand.products[i].id = id;
		stand.products[i].everywhere = strcmp(id, "net") == 0;
		stand.book.product_count++;
	}
	return &stand.products[i];
}

static void stand_hosts(size_t i)
{
	const struct stand_rule *row = &stand_rules[i];
	struct fa_rule *rule = &stand.rules[i];

	while (rule->hosts.count < STAND_HOSTS && row->hosts[rule->hosts.count] != NULL)
		rule->hosts.count++;
	rule->hosts.items = row->hosts;
	if (rule->hosts.count < 2)
		return;
	rule->hosts_by = &stand_region;
	rule->variants = stand.variants[i];
	rule->variant_count = rule->hosts.count;
	for (size_t j = 0; j < rule->variant_count; j++)
		stand.variants[i][j] =
			(struct fa_host_variant){stand_regions[j], {&row->hosts[j], 1}};
}

static void stand_rule(size_t i)
{
	const struct stand_rule *row = &stand_rules[i];
	struct fa_rule *rule = &stand.rules[i];
	struct fa_product *product = stand_product(row->id);

	rule->id = row->id;
	rule->index = i;
	rule->product = product;
	rule->component = &stand.components[i];
	if (product->rule_count++ == 0)
		product->first_rule = i;
	rule->direction = row->direction;
	rule->transports = row->transports;
	stand.ranges[i] =
		(struct fa_port_range){row->low, row->high != 0 ? row->high : row->low};
	rule->ports = (struct fa_port_ranges){&stand.ranges[i], row->low != 0};
	rule->match_ports = (struct fa_port_ranges){&stand.ranges[i],
						    row->low != 0 && !row->dynamic};
	rule->protocols.items = row->protocols;
	rule->protocols.count = (row->protocols[0] != NULL) + (row->protocols[1] != NULL);
	rule->any_protocol = rule->protocols.count == 0;
	stand_hosts(i);
	if (row->network != NULL)
		fa_prefix_parse(row->network, &stand.networks[i]);
	rule->networks = (struct fa_prefixes){&stand.networks[i], row->network != NULL};
	rule->asns = (struct fa_numbers){&row->asn, row->asn != 0};
	rule->scope = row->scope;
	rule->advice = row->advice;
	rule->dynamic = row->dynamic;
	if (row->counts_up_to != 0)
		rule->when_taken = FA_TAKEN_INCREMENTS;
	stand.next[i] = (struct fa_port_range){(uint16_t)(row->low + 1), row->counts_up_to};
	rule->increments_to =
		(struct fa_port_ranges){&stand.next[i], row->counts_up_to > row->low};
	rule->correction.transports = row->correct_transports;
	if (row->correct_transports != 0)
		rule->correction.reason = "the document is wrong here";
}

static const struct fa_rulebook *stand_book(void)
{
	if (stand.book.rules != NULL)
		return &stand.book;
	for (size_t i = 0; i < STAND_RULES; i++)
		stand_rule(i);
	stand.book.products = stand.products;
	stand.book.rules = stand.rules;
	stand.book.rule_count = STAND_RULES;
	for (size_t i = 0; i < STAND_RULES; i++) {
		if (stand_rules[i].negotiated_by != NULL)
			stand.rules[i].negotiated_by =
				fa_rulebook_find(&stand.book, stand_rules[i].negotiated_by);
		if (stand_rules[i].fallback_for != NULL)
			stand.rules[i].fallback_for =
				fa_rulebook_find(&stand.book, stand_rules[i].fallback_for);
	}
	return &stand.book;
}

static const struct fa_instance *stand_instance(const char *name, const struct fa_product *product)
{
	size_t i = 0;

	if (name == NULL)
		return NULL;
	while (i < stand.instance_count && strcmp(stand.instances[i].name, name) != 0)
		i++;
	if (i == stand.instance_count)
		stand.instances[stand.instance_count++] =
			(struct fa_instance){.name = name, .product = product, .index = i};
	return &stand.instances[i];
}

static int stand_compare_places(const void *a, const void *b)
{
	const struct fa_place *left = a;
	const struct fa_place *right = b;

	if ((left->host != NULL) != (right->host != NULL))
		return left->host != NULL ? 1 : -1;
	return fa_addr_compare(&left->prefix.addr, &right->prefix.addr);
}

static void stand_place(struct fa_site_role *role, struct fa_place *place, char *word)
{
	char *prefix = strchr(word, '=');

	place->label = word;
	if (prefix != NULL)
		*prefix++ = '\0';
	else
		prefix = word;
	if (fa_prefix_parse(prefix, &place->prefix))
		role->prefix_count++;
	else
		place->host = word;
	role->place_count++;
}

static void stand_end(size_t i, int side, const char *text, struct fa_end *end)
{
	struct fa_site_role *role = &stand.roles[i][side];
	struct fa_place *places = stand.places[i][side];
	char *words = stand.texts[i][side];
	char *rest = NULL;

	end->anybody = text[0] == '*';
	end->unplaced = text[0] == '?';
	if (strchr("*?-", text[0]) != NULL)
		return;
	strcpy(words, text);
	for (char *word = strtok_r(words, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest))
		stand_place(role, &places[role->place_count], word);
	qsort(places, role->place_count, sizeof(*places), stand_compare_places);
	role->placing = FA_PLACED;
	role->places = places;
	stand.role_of[i][side] = role;
	end->roles = &stand.role_of[i][side];
	end->count = 1;
}

static void stand_bind(size_t i)
{
	const struct stand_binding *row = &stand_bindings[i];
	struct fa_binding *binding = &stand.bindings[i];
	const struct fa_rule *rule = fa_rulebook_find(stand_book(), row->rule);

	binding->rule = rule;
	binding->index = i;
	binding->instance = stand_instance(row->instance, rule->product);
	binding->ports = rule->match_ports;
	binding->increments = rule->increments_to;
	if (row->port != 0) {
		stand.ports[i] = (struct fa_port_range){row->port, row->port};
		binding->ports = (struct fa_port_ranges){&stand.ports[i], 1};
		binding->ports_of_site = true;
	}
	binding->hosts = rule->hosts_by != NULL ? rule->variants[0].hosts : rule->hosts;
	stand_end(i, 0, row->client, &binding->client);
	stand_end(i, 1, row->server, &binding->server);
}

/* The policy of the site; region is us. */
static const struct fa_policy *stand_policy(void)
{
	if (stand.policy.book != NULL)
		return &stand.policy;
	for (size_t i = 0; i < STAND_BINDINGS; i++)
		stand_bind(i);
	stand.systems[0].asn = 15169;
	fa_prefix_parse("8.8.8.0/24", &stand.systems[0].prefix);
	stand.systems[1].asn = 64500;
	fa_prefix_parse("8.8.8.8", &stand.systems[1].prefix);
	stand.site = (struct fa_site){.name = "dc1",
				      .instances = stand.instances,
				      .instance_count = stand.instance_count,
				      .as_file = "as.txt",
				      .systems = {stand.systems, 2}};
	stand.policy = (struct fa_policy){.book = &stand.book,
					  .site = &stand.site,
					  .bindings = stand.bindings,
					  .count = STAND_BINDINGS};
	return fa_policy_index(&stand.policy) == 0 ? &stand.policy : NULL;
}

/* The same rules without a site. */
static inline const struct fa_policy *stand_unbound(void)
{
	if (stand.unbound.book == NULL &&
	    fa_policy_from_rulebook(&stand.unbound, stand_book()) != 0)
		return NULL;
	return &stand.unbound;
}

#endif
