/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The catalogs of this program load, and what is in a file comes out in the rulebook. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "catalog/catalog.h"
#include "core/policy.h"

enum { ICMP = 1, TCP = 6, UDP = 17, SCTP = 132 };

#define LIST(array)                                                                                \
	{                                                                                          \
		array, sizeof(array) / sizeof((array)[0])                                          \
	}

/* The names of nDPI 4.2 that the catalogs use. */
static const char *const protocol_items[] = {
	"AMQP",	 "ApplePush", "DCE_RPC", "DHCP",   "DHCPV6", "DNS",    "DRDA",	 "DoH_DoT",
	"HTTP",	 "ICMP",      "ICMPV6",	 "Kerberos", "LDAP", "LLMNR",  "MDNS",	 "MQTT",
	"MsSQL-TDS", "MySQL", "NTP",	 "NetBIOS", "Oracle", "PostgreSQL", "QUIC", "RDP",
	"SMBv1", "SMBv23",    "SMTP",	 "SMTPS",  "SNMP",   "SSDP",   "SSH",	 "Syslog",
	"TLS",	 "Telnet",    "WebSocket",
};
static const struct fa_strings protocols = LIST(protocol_items);

struct heard {
	char text[4096];
	size_t used;
};

static void hear(void *context, const char *message)
{
	struct heard *heard = context;
	int len = snprintf(heard->text + heard->used, sizeof(heard->text) - heard->used, "%s%s",
			   heard->used == 0 ? "" : "\n", message);

	assert_true(len >= 0 && (size_t)len < sizeof(heard->text) - heard->used);
	heard->used += (size_t)len;
}

static const char *rules_directory(void)
{
	static char path[4096];
	const char *top = getenv("FA_TOP_SRCDIR");

	snprintf(path, sizeof(path), "%s/rules", top == NULL ? "." : top);
	return path;
}

static int load_path(const char *path, const struct fa_strings *products, struct heard *heard,
		     struct fa_rulebook *book)
{
	struct fa_catalog_options options = {
		.protocols = &protocols, .error = hear, .error_context = heard};

	memset(heard, 0, sizeof(*heard));
	if (products != NULL)
		options.products = *products;
	return fa_rulebook_load(&path, 1, &options, book);
}

static void load_real(struct fa_rulebook *book)
{
	struct heard heard;
	int error = load_path(rules_directory(), NULL, &heard, book);

	assert_string_equal(heard.text, "");
	assert_int_equal(error, 0);
}

static const struct fa_rule *rule_of(const struct fa_rulebook *book, const char *id)
{
	const struct fa_rule *rule = fa_rulebook_find(book, id);

	if (rule == NULL)
		fail_msg("there is no rule %s", id);
	return rule;
}

static void test_real_catalogs_load(void **state)
{
	static const char *const vendors[] = {"arcgis-server", "automation-anywhere",
					      "beyondtrust-privileged-identity", "infrastructure",
					      "strongdm", "wso2"};
	struct fa_rulebook book;
	size_t found = 0;

	(void)state;
	load_real(&book);
	for (size_t i = 0; i < book.product_count; i++) {
		if (i > 0)
			assert_true(strcmp(book.products[i - 1].id, book.products[i].id) < 0);
		for (size_t k = 0; k < 6; k++)
			found += strcmp(book.products[i].id, vendors[k]) == 0;
		assert_int_equal(book.products[i].everywhere,
				 strcmp(book.products[i].id, "infrastructure") == 0);
		assert_true(book.products[i].digest != 0);
	}
	assert_int_equal(found, 6);
	assert_true(book.rule_count >= 200);
	fa_rulebook_deinit(&book);
	assert_null(book.products);
}

/* Every rule stands where its product, its component and its index say. */
static void test_places(void **state)
{
	struct fa_rulebook book;
	size_t at = 0;

	(void)state;
	load_real(&book);
	for (size_t p = 0; p < book.product_count; p++) {
		const struct fa_product *product = &book.products[p];
		size_t end = product->first_rule + product->rule_count;

		assert_int_equal(product->first_rule, at);
		for (size_t c = 0; c < product->component_count; c++) {
			const struct fa_component *component = &product->components[c];

			assert_int_equal(component->first_rule, at);
			for (size_t i = 0; i < component->rule_count; i++, at++) {
				const struct fa_rule *rule = &book.rules[at];
				char prefix[256];

				snprintf(prefix, sizeof(prefix), "%s/%s/", product->id,
					 component->id);
				assert_ptr_equal(rule->product, product);
				assert_ptr_equal(rule->component, component);
				assert_int_equal(rule->index, at);
				assert_memory_equal(rule->id, prefix, strlen(prefix));
				assert_ptr_equal(fa_rulebook_find(&book, rule->id), rule);
			}
		}
		assert_int_equal(at, end);
	}
	assert_int_equal(at, book.rule_count);
	fa_rulebook_deinit(&book);
}

/* Facts of the five documents, each by a way of its own. */
static void test_real_facts(void **state)
{
	const struct fa_candidate *found;
	struct fa_policy policy;
	struct fa_rulebook book;
	const struct fa_rule *rule;
	size_t count;

	(void)state;
	load_real(&book);
	assert_int_equal(fa_policy_from_rulebook(&policy, &book), 0);

	rule = rule_of(&book, "beyondtrust-privileged-identity/privileged-identity/snmp");
	assert_int_equal(rule->transports, FA_RULE_TCP);
	assert_int_equal(rule->correction.transports, FA_RULE_UDP);
	count = fa_policy_candidates(&policy, UDP, 161, &found);
	assert_int_equal(count, 2); /* and that of the infrastructure */
	assert_ptr_equal(found[0].binding->rule, rule);
	assert_int_equal(found[0].claim, FA_CLAIM_CORRECTED);

	rule = rule_of(&book, "beyondtrust-privileged-identity/privileged-identity/rpc-ephemeral");
	assert_true(rule->dynamic);
	assert_int_equal(rule->match_ports.count, 0);
	assert_string_equal(
		rule->negotiated_by->id,
		"beyondtrust-privileged-identity/privileged-identity/rpc-endpoint-mapper");

	rule = rule_of(&book, "strongdm/client/control-plane");
	assert_string_equal(rule->hosts_by->name, "region");
	assert_int_equal(rule->variant_count, 3);
	assert_int_equal(rule->hosts.count, 3);
	assert_true(fa_strings_have(&rule->hosts, "app.uk.strongdm.com"));

	rule = rule_of(&book, "strongdm/client/gateway");
	assert_int_equal(rule->ports.count, 0);
	assert_int_equal(rule->match_ports.count, 1);
	assert_int_equal(rule->match_ports.items[0].low, 5000);

	rule = rule_of(&book, "wso2/iot-server/ios-apns-fallback");
	assert_string_equal(rule->fallback_for->id, "wso2/iot-server/ios-apns");
	assert_int_equal(rule->networks.items[0].bits, 8);
	assert_int_equal(rule->advice, FA_ADVICE_RECOMMENDED);

	rule = rule_of(&book, "arcgis-server/server/internal-1098");
	assert_int_equal(rule->when_taken, FA_TAKEN_INCREMENTS);
	assert_int_equal(rule->increments_to.items[0].low, 1099);
	assert_int_equal(rule->scope, FA_SCOPE_HOST);

	count = fa_policy_candidates(&policy, TCP, 5800, &found);
	assert_int_equal(count, 1);
	assert_string_equal(found[0].binding->rule->id, "automation-anywhere/control-room/co-pilot-tcp");
	assert_int_equal(found[0].range_size, 5999 - 5678 + 1);
	fa_policy_deinit(&policy);
	fa_rulebook_deinit(&book);
}

static void test_product_filter(void **state)
{
	static const char *const two[] = {"wso2", "strongdm"};
	static const char *const wrong[] = {"wso"};
	const struct fa_strings both = LIST(two);
	const struct fa_strings none = LIST(wrong);
	struct fa_rulebook book;
	struct heard heard;

	(void)state;
	assert_int_equal(load_path(rules_directory(), &both, &heard, &book), 0);
	assert_int_equal(book.product_count, 2);
	assert_string_equal(book.products[0].id, "strongdm");
	assert_string_equal(book.products[1].id, "wso2");
	assert_int_equal(book.products[1].first_rule, book.products[0].rule_count);
	fa_rulebook_deinit(&book);

	assert_int_equal(load_path(rules_directory(), &none, &heard, &book), FA_ENOENT);
	assert_non_null(strstr(heard.text,
			       "there is no catalog of product \"wso\"; did you mean "
			       "\"wso2\"? (there are: arcgis-server, automation-anywhere,"));
	assert_int_equal(book.rule_count, 0);
}

/* The catalog of every network comes beside the products that are asked for, or not at all. */
static void test_beside_the_products(void **state)
{
	static const char *const names[] = {"wso2", "infrastructure"};
	static const struct {
		size_t named; /* how many of the names are asked for */
		const char *always, *unless_named;
		size_t products;
	} rows[] = {
		{0, NULL, NULL, 6},		  {0, "infrastructure", NULL, 6},
		{0, NULL, "infrastructure", 5},	  {1, "infrastructure", NULL, 2},
		{1, NULL, "infrastructure", 1},	  {2, "infrastructure", NULL, 2},
		{2, NULL, "infrastructure", 2},	  {1, "not-there", NULL, 1},
	};
	const char *path = rules_directory();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct fa_catalog_options options = {
			.products = {names, rows[i].named},
			.always = rows[i].always,
			.unless_named = rows[i].unless_named,
		};
		struct fa_rulebook book;

		assert_int_equal(fa_rulebook_load(&path, 1, &options, &book), 0);
		assert_int_equal(book.product_count, rows[i].products);
		fa_rulebook_deinit(&book);
	}
}

static void test_nothing_is_left(void **state)
{
	static const char text[] = "format: 1\n";
	const struct fa_catalog_text one = {"x.yaml", text, sizeof(text) - 1};
	struct heard heard = {0};
	const struct fa_catalog_options options = {
		.unless_named = "x", .error = hear, .error_context = &heard};
	struct fa_rulebook book;

	(void)state;
	assert_int_equal(fa_rulebook_parse(&one, 1, &options, &book), FA_ENOENT);
	assert_non_null(strstr(heard.text, "no catalog is left to read"));
}

/* A folder of its own below the current one. */
static void write_file(const char *path, const char *text, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static void test_paths(void **state)
{
	char folder[] = "test_catalog.XXXXXX";
	char path[64];
	char message[128];
	static const char *const bad = "format: 2\n";
	struct fa_rulebook book;
	struct heard heard;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(load_path(folder, NULL, &heard, &book), FA_ENOENT);
	snprintf(message, sizeof(message), "%s: no catalog (*.yaml) in this directory", folder);
	assert_string_equal(heard.text, message);

	/* What is not a catalog by name is not looked at. */
	snprintf(path, sizeof(path), "%s/README", folder);
	write_file(path, bad, strlen(bad));
	snprintf(path, sizeof(path), "%s/.x.yaml", folder);
	write_file(path, bad, strlen(bad));
	assert_int_equal(load_path(folder, NULL, &heard, &book), FA_ENOENT);
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/README", folder);
	assert_int_equal(unlink(path), 0);

	snprintf(path, sizeof(path), "%s/x.yaml", folder);
	write_file(path, bad, strlen(bad));
	assert_int_equal(load_path(folder, NULL, &heard, &book), FA_EFORMAT);
	snprintf(message, sizeof(message),
		 "%s:1:9: \"format\": 2 is not a format that is known here (1)", path);
	assert_string_equal(heard.text, message);
	assert_int_equal(truncate(path, FA_CATALOG_FILE_BYTES + 1), 0);
	assert_int_equal(load_path(path, NULL, &heard, &book), FA_EFORMAT);
	snprintf(message, sizeof(message), "%s: longer than 1048576 bytes", path);
	assert_string_equal(heard.text, message);
	assert_int_equal(unlink(path), 0);

	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(load_path(path, NULL, &heard, &book), FA_EINVAL);
	snprintf(message, sizeof(message), "%s: not a file", path);
	assert_string_equal(heard.text, message);
	assert_int_equal(unlink(path), 0);

	assert_int_equal(load_path(path, NULL, &heard, &book), FA_ENOENT);
	snprintf(message, sizeof(message), "%s: cannot read this catalog: No such file or directory", path);
	assert_string_equal(heard.text, message);
	assert_int_equal(rmdir(folder), 0);
}

/* A small catalog; the arguments go where they say. */
#define SMALL(product, signatures, rules)                                                          \
	"format: 1\nproduct: " product "\nname: N\ndocument: {title: T, publisher: P}\n"           \
	"parameters:\n  offset: {type: integer, default: 10, about: A}\n"                          \
	"  ask: {type: port, about: A}\n"                                                          \
	"  gate: {type: ports, default: [5000, 5005-5006], about: A}\n"                            \
	"roles: {a: A, b: B}\n" signatures "components:\n  c:\n    name: C\n    rules:\n" rules
#define RULE(id, more)                                                                             \
	"      - {id: " id ", title: T, section: S, row: R, direction: both, from: [a], to: [b], " \
	"requirement: required, " more "}\n"

static int parse(const char *const *texts, const char *const *names, size_t count,
		 struct heard *heard, struct fa_rulebook *book)
{
	struct fa_catalog_text list[4];
	const struct fa_catalog_options options = {
		.protocols = &protocols, .error = hear, .error_context = heard};

	memset(heard, 0, sizeof(*heard));
	for (size_t i = 0; i < count; i++)
		list[i] = (struct fa_catalog_text){names[i], texts[i], strlen(texts[i])};
	return fa_rulebook_parse(list, count, &options, book);
}

static void test_match_ports(void **state)
{
	static const char *const text = SMALL(
		"x", "",
		RULE("moved", "transport: [tcp], ports: [100], moves-with: offset, protocols: any")
			RULE("asked", "transport: [tcp], port-parameter: ask, protocols: any")
				RULE("given", "transport: [tcp], port-parameter: gate, moves-with: "
					      "offset, protocols: any")
					RULE("random", "transport: [tcp], ports: [1024-65535], "
						       "dynamic: true, protocols: any")
						RULE("ping", "transport: [icmp], protocols: any"));
	static const char *const name = "x.yaml";
	const struct fa_candidate *found;
	struct fa_policy policy;
	struct fa_rulebook book;
	struct heard heard;

	(void)state;
	assert_int_equal(parse(&text, &name, 1, &heard, &book), 0);
	assert_int_equal(fa_policy_from_rulebook(&policy, &book), 0);
	assert_int_equal(rule_of(&book, "x/c/moved")->ports.items[0].low, 100);
	assert_int_equal(rule_of(&book, "x/c/moved")->match_ports.items[0].low, 110);
	assert_int_equal(rule_of(&book, "x/c/asked")->match_ports.count, 0);
	assert_false(rule_of(&book, "x/c/asked")->port_parameter->has_default);
	assert_int_equal(rule_of(&book, "x/c/given")->match_ports.items[1].high, 5016);
	assert_int_equal(rule_of(&book, "x/c/random")->match_ports.count, 0);
	assert_int_equal(rule_of(&book, "x/c/random")->ports.count, 1);
	assert_int_equal(fa_policy_candidates(&policy, TCP, 100, &found), 0);
	assert_int_equal(fa_policy_candidates(&policy, TCP, 110, &found), 1);
	assert_int_equal(fa_policy_candidates(&policy, TCP, 5015, &found), 1);
	assert_int_equal(found[0].range_size, 2);
	assert_int_equal(fa_policy_candidates(&policy, TCP, 30000, &found), 0);
	assert_int_equal(fa_policy_candidates(&policy, ICMP, 0, &found), 1);
	fa_policy_deinit(&policy);
	fa_rulebook_deinit(&book);
}

/* What a role includes comes with what that includes in turn, in the order of the file. */
static void test_includes(void **state)
{
	static const char *const text =
		"format: 1\nproduct: x\nname: X\ndocument: {title: T, publisher: P}\n"
		"roles:\n  base: {about: B, includes: [middle]}\n  leaf: L\n"
		"  middle: {about: M, includes: [other, leaf]}\n  other: O\n"
		"components: {c: {name: C, rules: [{id: r, title: T, section: S, row: R, direction: "
		"inbound, from: [leaf], to: [base], transport: [tcp], ports: [1], protocols: any, "
		"requirement: required}]}}\n";
	static const char *const name = "x.yaml";
	static const char *const expected[] = {"leaf", "middle", "other"};
	struct fa_rulebook book;
	struct heard heard;
	const struct fa_role *roles;

	(void)state;
	assert_int_equal(parse(&text, &name, 1, &heard, &book), 0);
	assert_int_equal(book.products[0].role_count, 4);
	roles = book.products[0].roles;
	assert_int_equal(roles[0].include_count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(roles[0].includes[i]->name, expected[i]);
	assert_ptr_equal(roles[0].includes[1], &roles[2]);
	assert_string_equal(roles[0].about, "B");
	assert_int_equal(roles[2].include_count, 2);
	assert_int_equal(roles[1].include_count, 0);
	fa_rulebook_deinit(&book);
}

#define ODD(bytes) "signatures: {Odd: {about: A, transport: [tcp], client: \"" bytes "\"}}\n"

/* A name declared in one catalog may be used in another, if all mean the same by it. */
static void test_signatures(void **state)
{
	static const char *const names[] = {"d/b.yaml", "d/a.yaml"};
	static const char *const shared[] = {
		SMALL("b", ODD("4A ?? 01"),
		      RULE("r", "transport: [tcp], ports: [1], protocols: [TLS]")),
		SMALL("a", "", RULE("r", "transport: [tcp], ports: [1], protocols: [Odd]"))};
	static const char *const same[] = {
		SMALL("b", ODD("4a ?? 01"),
		      RULE("r", "transport: [tcp], ports: [1], protocols: [Odd]")),
		SMALL("a", ODD("4A ?? 01"),
		      RULE("r", "transport: [tcp], ports: [1], protocols: [Odd]"))};
	static const char *const other[] = {
		SMALL("b", ODD("4a ?? 02"),
		      RULE("r", "transport: [tcp], ports: [1], protocols: [Odd]")),
		SMALL("a", ODD("4A ?? 01"),
		      RULE("r", "transport: [tcp], ports: [1], protocols: [Odd]"))};
	static const uint8_t bytes[] = {0x4a, 0, 1};
	static const uint8_t mask[] = {0xff, 0, 0xff};
	const struct fa_signature *signature;
	struct fa_rulebook book;
	struct heard heard;

	(void)state;
	assert_int_equal(parse(shared, names, 2, &heard, &book), 0);
	assert_string_equal(book.products[0].id, "a");
	signature = &book.products[1].signatures[0];
	assert_string_equal(signature->name, "Odd");
	assert_int_equal(signature->client_count, 1);
	assert_int_equal(signature->server_count, 0);
	assert_int_equal(signature->client[0].len, 3);
	assert_memory_equal(signature->client[0].bytes, bytes, 3);
	assert_memory_equal(signature->client[0].mask, mask, 3);
	fa_rulebook_deinit(&book);
	assert_int_equal(parse(same, names, 2, &heard, &book), 0);
	fa_rulebook_deinit(&book);
	assert_int_equal(parse(other, names, 2, &heard, &book), FA_EFORMAT);
	assert_string_equal(heard.text,
			    "d/b.yaml:10:19: signature \"Odd\": d/a.yaml has another one "
			    "of this name");
	assert_int_equal(parse(&shared[1], &names[1], 1, &heard, &book), FA_EFORMAT);
	assert_string_equal(heard.text,
			    "d/a.yaml:14:149: rule \"r\": \"protocols\": neither nDPI nor a "
			    "signature here knows \"Odd\"");
}

/* The same bytes over another transport are another signature. */
/* A digit may be any as well as a byte: "3?" is a decimal digit, nearly. */
static void test_half_bytes(void **state)
{
	static const char *const name = "d/x.yaml";
	static const char *const text =
		SMALL("x", ODD("3? ?C ?? 20 aB"),
		      RULE("r", "transport: [tcp], ports: [1], protocols: [Odd]"));
	static const uint8_t bytes[] = {0x30, 0x0c, 0x00, 0x20, 0xab};
	static const uint8_t mask[] = {0xf0, 0x0f, 0x00, 0xff, 0xff};
	const struct fa_pattern *pattern;
	struct fa_rulebook book;
	struct heard heard;

	(void)state;
	assert_int_equal(parse(&text, &name, 1, &heard, &book), 0);
	pattern = &book.products[0].signatures[0].client[0];
	assert_int_equal(pattern->len, sizeof(bytes));
	assert_memory_equal(pattern->bytes, bytes, sizeof(bytes));
	assert_memory_equal(pattern->mask, mask, sizeof(mask));
	fa_rulebook_deinit(&book);
}

static void test_signature_transports(void **state)
{
	static const char *const names[] = {"a.yaml", "b.yaml"};
	static const char *const texts[] = {
		SMALL("a", "signatures: {Odd: {about: A, transport: [tcp]}}\n",
		      RULE("r", "transport: [tcp], ports: [1], protocols: [Odd]")),
		SMALL("b", "signatures: {Odd: {about: A, transport: [udp]}}\n",
		      RULE("r", "transport: [tcp], ports: [1], protocols: [Odd]"))};
	struct fa_rulebook book;
	struct heard heard;

	(void)state;
	assert_int_equal(parse(texts, names, 2, &heard, &book), FA_EFORMAT);
	assert_string_equal(heard.text,
			    "b.yaml:10:19: signature \"Odd\": a.yaml has another one of "
			    "this name");
}

/* A name that several variants have stands once in the list of all. */
static void test_variants_share_a_host(void **state)
{
	static const char *const name = "x.yaml";
	static const char *const text =
		"format: 1\nproduct: x\nname: N\ndocument: {title: T, publisher: P}\n"
		"parameters: {p: {type: choice, choices: [us, eu], about: A}}\n"
		"roles: {a: A, b: B}\ncomponents:\n  c:\n    name: C\n    rules:\n" RULE(
			"r",
			"transport: [tcp], ports: [1], protocols: any, destinations: {hosts-by: "
			"{parameter: p, us: [all.example], eu: [eu.example, all.example]}}");
	struct fa_rulebook book;
	struct heard heard;

	(void)state;
	assert_int_equal(parse(&text, &name, 1, &heard, &book), 0);
	assert_int_equal(book.rules[0].hosts.count, 2);
	assert_string_equal(book.rules[0].hosts.items[0], "all.example");
	assert_string_equal(book.rules[0].hosts.items[1], "eu.example");
	assert_string_equal(book.rules[0].variants[1].value, "eu");
	assert_int_equal(book.rules[0].variants[1].hosts.count, 2);
	fa_rulebook_deinit(&book);
}

static void test_same_product_twice(void **state)
{
	static const char *const names[] = {"one/x.yaml", "two/x.yaml"};
	static const char *const texts[] = {
		SMALL("x", "", RULE("r", "transport: [tcp], ports: [1], protocols: any")),
		SMALL("x", "", RULE("r", "transport: [tcp], ports: [1], protocols: any"))};
	struct fa_rulebook book;
	struct heard heard;

	(void)state;
	assert_int_equal(parse(texts, names, 2, &heard, &book), FA_EINVAL);
	assert_string_equal(heard.text, "two/x.yaml: one/x.yaml is a catalog of \"x\" too");
}

/* The version of a catalog is named by its bytes. */
static void test_digest(void **state)
{
	static const char *const name = "x.yaml";
	static const char *const one =
		SMALL("x", "", RULE("r", "transport: [tcp], ports: [1], protocols: any"));
	static const char *const two =
		SMALL("x", "", RULE("r", "transport: [tcp], ports: [2], protocols: any"));
	struct fa_rulebook book;
	struct heard heard;
	uint64_t digest;

	(void)state;
	assert_int_equal(parse(&one, &name, 1, &heard, &book), 0);
	digest = book.products[0].digest;
	fa_rulebook_deinit(&book);
	assert_int_equal(parse(&one, &name, 1, &heard, &book), 0);
	assert_true(book.products[0].digest == digest);
	fa_rulebook_deinit(&book);
	assert_int_equal(parse(&two, &name, 1, &heard, &book), 0);
	assert_true(book.products[0].digest != digest);
	fa_rulebook_deinit(&book);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_catalogs_load),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_real_facts),
		cmocka_unit_test(test_product_filter),
		cmocka_unit_test(test_beside_the_products),
		cmocka_unit_test(test_nothing_is_left),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_match_ports),
		cmocka_unit_test(test_includes),
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_half_bytes),
		cmocka_unit_test(test_signature_transports),
		cmocka_unit_test(test_variants_share_a_host),
		cmocka_unit_test(test_same_product_twice),
		cmocka_unit_test(test_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
