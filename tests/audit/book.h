/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small rulebook with one rule for each thing a rule can say. */
#ifndef TEST_AUDIT_BOOK_H
#define TEST_AUDIT_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/addr.h"
#include "core/policy.h"
#include "talk.h"

struct book_row {
	const char *id; /* product/component/rule */
	unsigned transports;
	uint16_t low, high;    /* high 0: the same as low; low 0: no port */
	const char *protocols[2]; /* none: any */
	const char *host;
	const char *network;
	uint32_t asn;
	enum fa_scope scope;
	enum fa_requirement requirement;
	enum fa_advice advice;
	enum fa_rule_direction direction;
	bool dynamic;
	unsigned correct_transports;
	const char *correct_protocol;
	const char *alternatives;
	const char *fallback_for;
};

/*
 * Two products, beta before alpha: ties go by product id, not by place. Rows of one component
 * stand together.
 */
static const struct book_row book_rows[] = {
	{.id = "beta/main/http80", .transports = FA_RULE_TCP, .low = 80, .protocols = {"HTTP"}},
	{.id = "beta/main/https", .transports = FA_RULE_TCP, .low = 443, .protocols = {"TLS"}},
	{.id = "beta/main/broker", .transports = FA_RULE_TCP, .low = 7000, .protocols = {"AMQP"}},
	{.id = "beta/main/anyweb", .transports = FA_RULE_TCP, .low = 8080},
	{.id = "beta/main/dns", .transports = FA_RULE_UDP, .low = 53, .protocols = {"DNS"},
	 .network = "1.1.1.1/32", .direction = FA_RULE_OUTBOUND},
	{.id = "beta/main/shared", .transports = FA_RULE_TCP, .low = 9000, .protocols = {"HTTP"}},
	{.id = "beta/main/traps", .transports = FA_RULE_UDP, .low = 162, .protocols = {"SNMP"}},
	{.id = "beta/main/web7", .transports = FA_RULE_TCP, .low = 6007, .protocols = {"HTTP"}},
	{.id = "beta/main/dns-tcp", .transports = FA_RULE_TCP, .low = 5353, .protocols = {"DNS"}},
	{.id = "beta/main/log", .transports = FA_RULE_UDP, .low = 514, .protocols = {"Syslog"}},
	{.id = "beta/side/sql", .transports = FA_RULE_TCP, .low = 1433,
	 .protocols = {"MsSQL-TDS"}, .direction = FA_RULE_OUTBOUND},
	{.id = "beta/side/mysql", .transports = FA_RULE_TCP, .low = 3306, .protocols = {"MySQL"},
	 .direction = FA_RULE_OUTBOUND},
	{.id = "alpha/core/web-tls", .transports = FA_RULE_TCP, .low = 8443, .protocols = {"TLS"}},
	{.id = "alpha/core/a-web", .transports = FA_RULE_TCP, .low = 8443, .protocols = {"TLS"}},
	{.id = "alpha/core/web-http", .transports = FA_RULE_TCP, .low = 8080,
	 .protocols = {"HTTP", "WebSocket"}, .advice = FA_ADVICE_DISCOURAGED},
	{.id = "alpha/core/any", .transports = FA_RULE_TCP, .low = 7000},
	{.id = "alpha/core/range", .transports = FA_RULE_TCP, .low = 5600, .high = 5699,
	 .protocols = {"HTTP"}},
	{.id = "alpha/core/any-range", .transports = FA_RULE_TCP, .low = 5690, .high = 5999},
	{.id = "alpha/core/exact", .transports = FA_RULE_TCP, .low = 5650, .protocols = {"HTTP"}},
	{.id = "alpha/core/snmp", .transports = FA_RULE_TCP, .low = 161, .protocols = {"SNMP"},
	 .correct_transports = FA_RULE_UDP},
	{.id = "alpha/core/traps", .transports = FA_RULE_TCP, .low = 162, .protocols = {"SNMP"},
	 .correct_transports = FA_RULE_UDP},
	{.id = "alpha/core/inner7", .transports = FA_RULE_TCP, .low = 6007, .protocols = {"HTTP"},
	 .scope = FA_SCOPE_HOST},
	{.id = "alpha/core/misnamed", .transports = FA_RULE_TCP, .low = 2049,
	 .protocols = {"SMBv1"}, .correct_protocol = "NFS"},
	{.id = "alpha/core/cloud", .transports = FA_RULE_TCP, .low = 443, .protocols = {"TLS"},
	 .host = "app.example.com", .direction = FA_RULE_OUTBOUND},
	{.id = "alpha/core/named", .transports = FA_RULE_TCP, .low = 4443, .protocols = {"TLS"},
	 .host = "app.example.com", .direction = FA_RULE_OUTBOUND},
	{.id = "alpha/core/both", .transports = FA_RULE_TCP, .low = 4444, .protocols = {"TLS"},
	 .host = "app.example.com", .network = "17.0.0.0/8", .direction = FA_RULE_OUTBOUND},
	{.id = "alpha/core/push", .transports = FA_RULE_TCP, .low = 5223, .protocols = {"TLS"},
	 .network = "17.0.0.0/8", .direction = FA_RULE_OUTBOUND},
	{.id = "alpha/core/system", .transports = FA_RULE_TCP, .low = 5228, .protocols = {"TLS"},
	 .asn = 15169, .direction = FA_RULE_OUTBOUND},
	{.id = "alpha/core/state", .transports = FA_RULE_TCP, .low = 65220,
	 .scope = FA_SCOPE_LOOPBACK},
	{.id = "alpha/core/inner", .transports = FA_RULE_TCP, .low = 6006, .scope = FA_SCOPE_HOST},
	{.id = "alpha/core/http80", .transports = FA_RULE_TCP, .low = 80, .protocols = {"HTTP"},
	 .advice = FA_ADVICE_DISCOURAGED},
	{.id = "alpha/core/smb", .transports = FA_RULE_TCP, .low = 445, .protocols = {"SMBv23"}},
	{.id = "alpha/core/rmi", .transports = FA_RULE_TCP, .low = 1099, .protocols = {"Java-RMI"},
	 .requirement = FA_CONDITIONAL},
	{.id = "alpha/core/random", .transports = FA_RULE_TCP, .low = 40000, .high = 42000,
	 .protocols = {"Java-RMI"}, .dynamic = true},
	{.id = "alpha/core/plain-only", .transports = FA_RULE_TCP, .low = 6080,
	 .protocols = {"HTTP"}, .advice = FA_ADVICE_DISCOURAGED},
	{.id = "alpha/core/shared", .transports = FA_RULE_TCP, .low = 9000, .protocols = {"HTTP"}},
	{.id = "alpha/wide/multicast", .transports = FA_RULE_UDP, .low = 4001,
	 .alternatives = "membership"},
	{.id = "alpha/wide/unicast", .transports = FA_RULE_TCP, .low = 4002, .protocols = {"HTTP"},
	 .alternatives = "membership"},
	{.id = "alpha/wide/spare", .transports = FA_RULE_TCP, .low = 4003, .protocols = {"TLS"},
	 .fallback_for = "alpha/wide/unicast"},
	{.id = "alpha/wide/calls", .transports = FA_RULE_TCP, .low = 4004, .protocols = {"TLS"},
	 .direction = FA_RULE_OUTBOUND},
	{.id = "alpha/wide/hears", .transports = FA_RULE_TCP, .low = 4005, .protocols = {"TLS"}},
	{.id = "alpha/wide/loop", .transports = FA_RULE_TCP, .low = 4006,
	 .scope = FA_SCOPE_LOOPBACK},
	{.id = "alpha/wide/told", .transports = FA_RULE_TCP},
	{.id = "alpha/wide/open", .transports = FA_RULE_TCP, .low = 4007},
};

#define BOOK_RULES LENGTH(book_rows)
#define BOOK_REASON "the document is wrong here"

static struct {
	struct fa_rulebook book;
	struct fa_rule rules[BOOK_RULES];
	struct fa_port_range ranges[BOOK_RULES];
	struct fa_prefix networks[BOOK_RULES];
	struct fa_product products[2];
	struct fa_component components[4];
} made;

static void book_rule(size_t i)
{
	const struct book_row *row = &book_rows[i];
	struct fa_rule *rule = &made.rules[i];

	rule->id = row->id;
	rule->index = i;
	rule->transports = row->transports;
	made.ranges[i].low = row->low;
	made.ranges[i].high = row->high != 0 ? row->high : row->low;
	rule->ports = (struct fa_port_ranges){&made.ranges[i], row->low != 0};
	rule->match_ports = rule->ports;
	rule->protocols.items = row->protocols;
	rule->protocols.count = (row->protocols[0] != NULL) + (row->protocols[1] != NULL);
	rule->any_protocol = rule->protocols.count == 0;
	rule->hosts = (struct fa_strings){&row->host, row->host != NULL};
	if (row->network != NULL)
		fa_prefix_parse(row->network, &made.networks[i]);
	rule->networks = (struct fa_prefixes){&made.networks[i], row->network != NULL};
	rule->asns = (struct fa_numbers){&row->asn, row->asn != 0};
	rule->scope = row->scope;
	rule->requirement = row->requirement;
	rule->advice = row->advice;
	rule->direction = row->direction;
	rule->dynamic = row->dynamic;
	rule->alternatives = row->alternatives;
	rule->correction.transports = row->correct_transports;
	rule->correction.protocols =
		(struct fa_strings){&row->correct_protocol, row->correct_protocol != NULL};
	if (row->correct_transports != 0 || row->correct_protocol != NULL)
		rule->correction.reason = BOOK_REASON;
}

/* "beta/main", "beta/side", "alpha/core", "alpha/wide", in this order. */
static void book_place(size_t i)
{
	static const char *const prefixes[] = {"beta/main/", "beta/side/", "alpha/core/",
					       "alpha/wide/"};
	static const char *const ids[] = {"main", "side", "core", "wide"};
	struct fa_rule *rule = &made.rules[i];
	size_t c = 0;

	while (strncmp(rule->id, prefixes[c], strlen(prefixes[c])) != 0)
		c++;
	made.products[c / 2].id = c < 2 ? "beta" : "alpha";
	made.components[c].id = ids[c];
	if (made.components[c].rule_count++ == 0)
		made.components[c].first_rule = i;
	if (made.products[c / 2].rule_count++ == 0)
		made.products[c / 2].first_rule = i;
	rule->product = &made.products[c / 2];
	rule->component = &made.components[c];
}

static const struct fa_rulebook *book(void)
{
	if (made.book.rules != NULL)
		return &made.book;
	for (size_t i = 0; i < BOOK_RULES; i++) {
		book_rule(i);
		book_place(i);
	}
	made.book.products = made.products;
	made.book.product_count = 2;
	made.book.rules = made.rules;
	made.book.rule_count = BOOK_RULES;
	for (size_t i = 0; i < BOOK_RULES; i++)
		if (book_rows[i].fallback_for != NULL)
			made.rules[i].fallback_for =
				fa_rulebook_find(&made.book, book_rows[i].fallback_for);
	return &made.book;
}

/* The book bound to anybody; NULL when memory is short. */
static const struct fa_policy *policy(void)
{
	static struct fa_policy made_policy;

	if (made_policy.book == NULL && fa_policy_from_rulebook(&made_policy, book()) != 0)
		return NULL;
	return &made_policy;
}

#endif
