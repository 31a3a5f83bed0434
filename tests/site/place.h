/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two small catalogs, and sites for them from memory. */
#ifndef FA_TESTS_SITE_PLACE_H
#define FA_TESTS_SITE_PLACE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "catalog/catalog.h"
#include "site/site.h"

#define RULE(id, rest)                                                                             \
	"      - {id: " id ", title: T, section: S, row: R, protocols: any, " rest "}\n"
#define INBOUND(to) "direction: inbound, from: [client], to: [" to "], requirement: required, "

static const char store_text[] =
	"format: 1\n"
	"product: store\n"
	"name: Store\n"
	"document: {title: Ports, publisher: Vendor}\n"
	"parameters:\n"
	"  offset: {type: integer, default: 0, about: Port offset}\n"
	"  region: {type: choice, choices: [us, eu], default: us, about: Where}\n"
	"  tier: {type: choice, choices: [gold, lead], about: Which}\n"
	"  gate: {type: ports, default: [5000], about: Gateway ports}\n"
	"  door: {type: port, about: One port}\n"
	"  shift: {type: integer, default: 10, about: Added to the door}\n"
	"roles:\n"
	"  server: {about: Any server, includes: [web, worker, tool]}\n"
	"  web: Web server\n"
	"  worker: Worker\n"
	"  tool: Tool\n"
	"  client: Client\n"
	"  admin: Administrator\n"
	"  cloud: Cloud of the vendor\n"
	"components:\n"
	"  c:\n"
	"    name: C\n"
	"    rules:\n"
	RULE("https", INBOUND("web") "transport: [tcp], ports: [443, 8000-8010], moves-with: offset")
	RULE("console", "direction: inbound, from: [client, admin], to: [server], transport: [tcp], "
			"ports: [9443], moves-with: offset, requirement: optional")
	RULE("gate", INBOUND("web") "transport: [tcp], port-parameter: gate")
	RULE("moved-gate", INBOUND("worker") "transport: [tcp], port-parameter: gate, "
					     "moves-with: offset")
	RULE("door", INBOUND("web") "transport: [tcp], port-parameter: door")
	RULE("shifted", INBOUND("worker") "transport: [tcp], port-parameter: door, moves-with: "
					  "shift")
	RULE("either", INBOUND("web, worker") "transport: [tcp], ports: [7000]")
	RULE("cloud", "direction: outbound, from: [web], to: [cloud], transport: [tcp], ports: "
		      "[443], requirement: required, destinations: {hosts-by: {parameter: region, "
		      "us: [us.example.org], eu: [eu.example.org]}}")
	RULE("tier", "direction: outbound, from: [web], to: [cloud], transport: [tcp], ports: "
		     "[444], requirement: required, destinations: {hosts-by: {parameter: tier, "
		     "gold: [gold.example.org], lead: [lead.example.org]}}")
	RULE("push", "direction: outbound, from: [web], to: [cloud], transport: [tcp], ports: "
		     "[5228], requirement: required, destinations: {asns: [15169, 64496]}")
	RULE("sync", "direction: internal, from: [worker], to: [web], transport: [udp], ports: "
		     "[4000], requirement: required")
	RULE("naming", INBOUND("web") "transport: [tcp], ports: [1098], when-taken: increments, "
				      "increments-to: [1099-1101]")
	RULE("fixed", INBOUND("web") "transport: [tcp], ports: [6006], when-taken: fixed")
	RULE("ping", INBOUND("web") "transport: [icmp]")
	RULE("random", INBOUND("web") "transport: [tcp], ports: [49152-65535], dynamic: true, "
				      "negotiated-by: https")
	RULE("free", INBOUND("web") "transport: [tcp], configurable: true");

static const char net_text[] =
	"format: 1\n"
	"product: net\n"
	"everywhere: true\n"
	"name: Net\n"
	"document: {title: Standards, publisher: IETF}\n"
	"roles: {host: Any, resolver: Name server, clock: Time server}\n"
	"components:\n"
	"  c:\n"
	"    name: C\n"
	"    rules:\n"
	RULE("dns", "direction: inbound, from: [host], to: [resolver], transport: [udp], ports: "
		    "[53], requirement: optional")
	RULE("ntp", "direction: inbound, from: [host], to: [clock], transport: [udp], ports: "
		    "[123], requirement: optional");

struct heard {
	char text[16384];
	size_t used;
	size_t count;
};

static inline void hear(void *context, const char *message)
{
	struct heard *heard = context;
	int len = snprintf(heard->text + heard->used, sizeof(heard->text) - heard->used, "%s%s",
			   heard->count++ == 0 ? "" : "\n", message);

	assert_true(len >= 0 && (size_t)len < sizeof(heard->text) - heard->used);
	heard->used += (size_t)len;
}

/* Both catalogs. */
static inline void load_book(struct fa_rulebook *book)
{
	const struct fa_catalog_text texts[] = {
		{"store.yaml", store_text, sizeof(store_text) - 1},
		{"net.yaml", net_text, sizeof(net_text) - 1},
	};
	struct heard heard = {.count = 0};
	const struct fa_catalog_options options = {.error = hear, .error_context = &heard};
	int error = fa_rulebook_parse(texts, 2, &options, book);

	assert_string_equal(heard.text, "");
	assert_int_equal(error, 0);
}

/* Reads a copy of the exact size, which shows a read past the end. */
static inline int parse_site(const char *text, const char *systems, const struct fa_rulebook *book,
			     struct heard *heard, struct fa_site *site)
{
	size_t len = strlen(text);
	char *copy = malloc(len == 0 ? 1 : len);
	const struct fa_site_text whole = {"dc/site.yaml", copy, len, systems,
					   systems == NULL ? 0 : strlen(systems)};
	const struct fa_site_options options = {.error = hear, .error_context = heard};
	int error;

	assert_non_null(copy);
	memcpy(copy, text, len);
	memset(heard, 0, sizeof(*heard));
	error = fa_site_parse(&whole, book, &options, site);
	free(copy);
	return error;
}

#endif
