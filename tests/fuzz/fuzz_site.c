/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The site reader on any bytes: it loads them or tells why not, and an accepted site binds. What
 * follows a line "---systems" is the list of autonomous systems. The products are "fuzz" and "net".
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog.h"
#include "site/site.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RULE(id, rest) "{id: " id ", title: T, section: S, row: R, protocols: any, " rest "}"

static const char fuzz_text[] =
	"format: 1\nproduct: fuzz\nname: F\ndocument: {title: T, publisher: P}\n"
	"parameters:\n"
	"  offset: {type: integer, default: 0, about: O}\n"
	"  region: {type: choice, choices: [us, eu], default: us, about: R}\n"
	"  gate: {type: ports, about: G}\n"
	"  door: {type: port, default: 9, about: D}\n"
	"roles: {server: {about: S, includes: [web, worker]}, web: W, worker: V, client: C}\n"
	"components: {c: {name: C, rules: [\n" RULE(
		"a", "direction: inbound, from: [client], to: [server], transport: [tcp], ports: [443, "
		     "1-9], moves-with: offset, requirement: required") ",\n"
	RULE("b", "direction: outbound, from: [web], to: [client], transport: [tcp, udp], "
		  "port-parameter: gate, moves-with: offset, requirement: required, destinations: "
		  "{asns: [1], hosts-by: {parameter: region, us: [us.example], eu: [eu.example]}}")
	",\n"
	RULE("c", "direction: internal, from: [worker], to: [web], transport: [udp], ports: [7], "
		  "when-taken: increments, increments-to: [8], requirement: required") ",\n"
	RULE("d", "direction: both, from: [web], to: [web], transport: [sctp], port-parameter: "
		  "door, requirement: required") ",\n"
	RULE("e", "direction: inbound, from: [client], to: [web], transport: [tcp], ports: [6006], "
		  "when-taken: fixed, requirement: required") "]}}\n";

static const char net_text[] =
	"format: 1\nproduct: net\neverywhere: true\nname: N\ndocument: {title: T, publisher: P}\n"
	"roles: {host: H, resolver: R}\ncomponents: {c: {name: C, rules: [" RULE(
		"dns", "direction: inbound, from: [host], to: [resolver], transport: [udp], ports: "
		       "[53], requirement: optional") "]}}\n";

static const struct fa_rulebook *book(void)
{
	static const struct fa_catalog_text texts[] = {
		{"fuzz.yaml", fuzz_text, sizeof(fuzz_text) - 1},
		{"net.yaml", net_text, sizeof(net_text) - 1},
	};
	static struct fa_rulebook loaded;
	const struct fa_catalog_options options = {.error = NULL};

	if (loaded.rule_count == 0 && fa_rulebook_parse(texts, 2, &options, &loaded) != 0)
		abort();
	return &loaded;
}

static void count_error(void *context, const char *message)
{
	size_t *count = context;

	if (strlen(message) > 0)
		++*count;
}

static void check_role(const struct fa_site_role *role)
{
	for (size_t i = 0; i < role->prefix_count; i++)
		if (fa_site_role_place(role, &role->places[i].prefix.addr) != &role->places[i])
			abort();
	for (size_t i = role->prefix_count; i < role->place_count; i++)
		if (role->places[i].host == NULL)
			abort();
}

/* What an accepted site promises. */
static void use(const struct fa_site *site)
{
	struct fa_policy policy;

	for (size_t i = 0; i < site->instance_count; i++)
		for (size_t k = 0; k < site->instances[i].product->role_count; k++)
			check_role(&site->instances[i].roles[k]);
	for (size_t i = 0; i < site->systems.count; i++)
		if (fa_as_of(&site->systems, &site->systems.items[i].prefix.addr) == 0)
			abort();
	if (fa_site_bind(site, book(), &policy) != 0)
		abort();
	for (size_t i = 0; i < policy.count; i++)
		for (size_t k = 0; k < policy.bindings[i].ports.count; k++)
			if (policy.bindings[i].ports.items[k].low == 0)
				abort();
	fa_policy_deinit(&policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char mark[] = "\n---systems\n";
	const char *text = (const char *)data;
	const char *systems = size == 0 ? NULL : memmem(data, size, mark, sizeof(mark) - 1);
	size_t errors = 0;
	const struct fa_site_options options = {.error = count_error, .error_context = &errors};
	struct fa_site_text whole = {.name = "site.yaml", .text = text, .len = size};
	struct fa_site site;
	int error;

	if (systems != NULL) {
		whole.len = (size_t)(systems - text) + 1;
		whole.systems = systems + sizeof(mark) - 1;
		whole.systems_len = size - (size_t)(whole.systems - text);
	}
	error = fa_site_parse(&whole, book(), &options, &site);
	if ((error == 0) != (errors == 0))
		abort();
	if (error == 0)
		use(&site);
	fa_site_deinit(&site);
	return 0;
}
