/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is wrong in a catalog, and what is said about it: a table of changes to one good catalog,
 * each with the whole message.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "catalog/catalog.h"
#include "yaml/errors.h"

/* clang-format off */
static const char good[] =
	"format: 1\n"							/* 1 */
	"product: x\n"							/* 2 */
	"name: Product X\n"						/* 3 */
	"document: {title: Ports, publisher: Vendor, dated: 2024-02-29}\n"	/* 4 */
	"parameters:\n"							/* 5 */
	"  offset: {type: integer, default: 0, about: Port offset}\n"	/* 6 */
	"  region: {type: choice, choices: [us, eu], default: us, about: Where}\n" /* 7 */
	"  gate: {type: ports, default: [5000], about: Gateway ports}\n" /* 8 */
	"  door: {type: port, default: 6000, about: One port}\n"	/* 9 */
	"roles:\n"							/* 10 */
	"  client: A client\n"						/* 11 */
	"  server: A server\n"						/* 12 */
	"signatures:\n"							/* 13 */
	"  Odd:\n"							/* 14 */
	"    about: Odd protocol\n"					/* 15 */
	"    transport: [tcp]\n"					/* 16 */
	"    client: \"4a ?? 4D\"\n"					/* 17 */
	"components:\n"							/* 18 */
	"  main:\n"							/* 19 */
	"    name: Main\n"						/* 20 */
	"    rules:\n"							/* 21 */
	"      - id: web\n"						/* 22 */
	"        title: Web\n"						/* 23 */
	"        section: One\n"					/* 24 */
	"        row: First\n"						/* 25 */
	"        direction: inbound\n"					/* 26 */
	"        from: [client]\n"					/* 27 */
	"        to: [server]\n"					/* 28 */
	"        transport: [tcp]\n"					/* 29 */
	"        ports: [443, 8000-8010]\n"				/* 30 */
	"        protocols: [TLS]\n"					/* 31 */
	"        requirement: required\n"				/* 32 */
	"      - id: cloud\n"						/* 33 */
	"        title: Cloud\n"					/* 34 */
	"        section: One\n"					/* 35 */
	"        row: Second\n"						/* 36 */
	"        direction: outbound\n"					/* 37 */
	"        from: [server]\n"					/* 38 */
	"        to: [client]\n"					/* 39 */
	"        transport: [tcp, udp]\n"				/* 40 */
	"        ports: [9000-9010]\n"					/* 41 */
	"        protocols: any\n"					/* 42 */
	"        requirement: optional\n"				/* 43 */;
/* clang-format on */

struct heard {
	char text[8192];
	size_t used;
	size_t count;
};

static void hear(void *context, const char *message)
{
	struct heard *heard = context;
	int len = snprintf(heard->text + heard->used, sizeof(heard->text) - heard->used, "%s%s",
			   heard->count++ == 0 ? "" : "\n", message);

	assert_true(len >= 0 && (size_t)len < sizeof(heard->text) - heard->used);
	heard->used += (size_t)len;
}

static const char *const protocol_items[] = {"TLS", "HTTP", "DNS", "SSH"};
static const struct fa_strings protocols = {protocol_items, 4};

static int load(const char *name, const char *text, size_t len, struct heard *heard)
{
	/* A copy of the exact size shows a read past the end. */
	char *copy = malloc(len == 0 ? 1 : len);
	const struct fa_catalog_text one = {name, copy, len};
	const struct fa_catalog_options options = {
		.protocols = &protocols, .error = hear, .error_context = heard};
	struct fa_rulebook book;
	int error;

	assert_non_null(copy);
	memcpy(copy, text, len);
	memset(heard, 0, sizeof(*heard));
	error = fa_rulebook_parse(&one, 1, &options, &book);
	free(copy);
	if (error != 0)
		assert_int_equal(book.rule_count, 0);
	fa_rulebook_deinit(&book);
	return error;
}

/* TEXT with the first FIND replaced; the caller frees it. */
static char *change(const char *text, const char *find, const char *replace)
{
	const char *at = strstr(text, find);
	char *changed = malloc(strlen(text) + strlen(replace) + 1);

	assert_non_null(at);
	assert_non_null(changed);
	memcpy(changed, text, (size_t)(at - text));
	strcpy(changed + (at - text), replace);
	strcat(changed, at + strlen(find));
	return changed;
}

/* A third rule: its first keys, then those that every rule needs. */
#define THIRD(keys)                                                                                \
	"requirement: optional\n      - id: third\n        title: T\n        section: S\n"         \
	"        row: R\n        direction: inbound\n        from: [client]\n"                     \
	"        to: [server]\n        requirement: optional\n" keys
/* Line 44 is its id, line 52 the first of KEYS. */
#define KEY(text) "        " text "\n"

struct bad {
	const char *find, *replace;
	const char *message;
};

#define R "rules/x.yaml:"

static const struct bad bad_values[] = {
	{"443,", "70000,",
	 R "30:17: rule \"web\": \"ports\": \"70000\" is not a port (1 to 65535)"},
	{"443,", "0,", R "30:17: rule \"web\": \"ports\": \"0\" is not a port (1 to 65535)"},
	{"443,", "-1,",
	 R "30:17: rule \"web\": \"ports\": \"-1\" is not a port (1 to 65535) or a range LOW-HIGH"},
	{"443,", "\"443\",",
	 R "30:17: rule \"web\": \"ports\": \"443\" is a text; a number stands without quotes"},
	{"443,", "[1],", R "30:17: rule \"web\": \"ports\": expected a port, found a list"},
	{"443,", "443, 443,", R "30:22: rule \"web\": \"ports\": \"443\" stands here twice"},
	{"8000-8010", "8010-8000",
	 R "30:22: rule \"web\": \"ports\": \"8010-8000\" runs backwards: write 8000-8010"},
	{"8000-8010", "8000-8010, 8010",
	 R "30:33: rule \"web\": \"ports\": 8010 overlaps 8000-8010"},
	{"8000-8010", "8000-65536",
	 R "30:22: rule \"web\": \"ports\": \"8000-65536\" is not a port (1 to 65535) or a range "
	   "LOW-HIGH"},
	{"[443, 8000-8010]", "443",
	 R "30:16: rule \"web\": \"ports\": expected a list, found a text"},
	{"[443, 8000-8010]", "[]", R "30:16: rule \"web\": \"ports\": the list is empty"},
	{"[443, 8000-8010]", "", R "30:15: rule \"web\": \"ports\": expected a list, found a text"},
	{"title: Web", "title: ", R "23:15: rule \"web\": \"title\": there is no value"},
	{"title: Web", "title: null",
	 R "23:16: rule \"web\": \"title\": null is nothing in YAML; for a text, put it in quotes"},
	{"title: Web", "title: 12",
	 R "23:16: rule \"web\": \"title\": 12 is a number in YAML; for a text, put it in quotes"},
	{"[us, eu]", "[us, no]",
	 R
	 "7:40: parameter \"region\": \"choices\": no is a boolean in YAML; for a text, put it in "
	 "quotes"},
	{"title: Web", "title: [Web]",
	 R "23:16: rule \"web\": \"title\": expected a text, found a list"},
	{"title: Web", "title: \"a\\tb\"",
	 R
	 "23:16: rule \"web\": \"title\": \"a\\x09b\" holds a line break or another character that "
	 "does not print; a long text can be folded with >-"},
	{"title: Web",
	 "title: \"a\xe2\x80\xae"
	 "b\"",
	 R "23:16: rule \"web\": \"title\": \"a\\xe2\\x80\\xaeb\" holds a line break or another "
	   "character that does not print; a long text can be folded with >-"},
	{"id: web", "id: Web",
	 R
	 "22:13: rule \"Web\": \"id\": \"Web\" is not an id: lower-case letters and digits, single "
	 "hyphens between them"},
	{"id: web", "id: web-",
	 R "22:13: rule \"web-\": \"id\": \"web-\" is not an id: lower-case letters and digits, "
	   "single hyphens between them"},
	{"inbound", "incoming",
	 R
	 "26:20: rule \"web\": \"direction\": \"incoming\" is not one of inbound, outbound, both, "
	 "internal"},
	{"[tcp]\n        ports", "[tpc]\n        ports",
	 R "29:21: rule \"web\": \"transport\": \"tpc\" is not one of tcp, udp, sctp, icmp, icmp6"},
	{"dated: 2024-02-29", "dated: 2023-02-29",
	 R "4:52: \"document\": \"dated\": \"2023-02-29\" is not a date (YYYY-MM-DD)"},
	{"dated: 2024-02-29", "dated: 24-2-9",
	 R "4:52: \"document\": \"dated\": \"24-2-9\" is not a date (YYYY-MM-DD)"},
	{"4a ?? 4D", "4a ??4D",
	 R "17:13: signature \"Odd\": \"client\": \"4a ??4D\" is not a pattern: at most 32 bytes in "
	   "hexadecimal, single spaces between them, ? for any digit"},
	{"4a ?? 4D", "4a 4x",
	 R "17:13: signature \"Odd\": \"client\": \"4a 4x\" is not a pattern: at most 32 bytes in "
	   "hexadecimal, single spaces between them, ? for any digit"},
	{"4a ?? 4D", "4a 4?4",
	 R "17:13: signature \"Odd\": \"client\": \"4a 4?4\" is not a pattern: at most 32 bytes in "
	   "hexadecimal, single spaces between them, ? for any digit"},
	{"4a ?? 4D", "?? ??",
	 R "17:13: signature \"Odd\": \"client\": \"?? ??\" fits too much: at least 4 digits "
	   "must not be ?"},
	{"4a ?? 4D", "4a",
	 R "17:13: signature \"Odd\": \"client\": \"4a\" fits too much: at least 4 digits "
	   "must not be ?"},
	{"4a ?? 4D", "4a ?? ?? 4?",
	 R "17:13: signature \"Odd\": \"client\": \"4a ?? ?? 4?\" fits too much: at least 4 digits "
	   "must not be ?"},
	{"4a ?? 4D", "4? 4? 4?",
	 R "17:13: signature \"Odd\": \"client\": \"4? 4? 4?\" fits too much: at least 4 digits "
	   "must not be ?"},
	{"4a ?? 4D", "00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13 14 15 16 17 18 "
		     "19 1a 1b 1c 1d 1e 1f 20",
	 R "17:13: signature \"Odd\": \"client\": \"00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e "
	   "0f 10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1...\" is not a pattern: at most 32 bytes in "
	   "hexadecimal, single spaces between them, ? for any digit"},
	{"default: 0", "default: much",
	 R "6:36: parameter \"offset\": \"default\": \"much\" is not a whole number"},
	{"default: us", "default: uk",
	 R "7:54: parameter \"region\": \"default\": \"uk\" is not one of the choices"},
	{"default: [5000]", "default: 5000",
	 R "8:32: parameter \"gate\": \"default\": expected a list, found a text"},
	{"default: 6000", "default: 1-2",
	 R "9:31: parameter \"door\": \"default\": \"1-2\" is a range; a single port is needed"},
	{"type: port,", "type: prot,",
	 R
	 "9:16: parameter \"door\": \"type\": \"prot\" is not one of integer, port, ports, choice"},
	{"type: port, ", "", R "9:9: parameter \"door\": \"type\" is missing"},
	{"default: 6000", "choices: [a]", R "9:22: parameter \"door\": unknown key \"choices\""},
	{"client: A client", "client: {}",
	 R "11:11: role \"client\": there is nothing in it"},
	{"client: A client", "client: []", R "11:11: role \"client\": expected a text, found a list"},
	{"  Odd:", "  any:",
	 R
	 "14:3: \"signatures\": \"any\" is not the name of a protocol; where any will do, the rule "
	 "says protocols: any"},
};

static const struct bad bad_ids[] = {
	{"id: web", "id: we--b",
	 R "22:13: rule \"we--b\": \"id\": \"we--b\" is not an id: lower-case letters and digits, "
	   "single hyphens between them"},
	{"id: web", "id: -web",
	 R "22:13: rule \"-web\": \"id\": \"-web\" is not an id: lower-case letters and digits, "
	   "single hyphens between them"},
	{"  client: A client", "  a_b: A\n  client: A client",
	 R "11:3: \"roles\": \"a_b\" is not an id: lower-case letters and digits, single hyphens "
	   "between them"},
};

static const struct bad bad_structure[] = {
	{"format: 1", "format: 2", R "1:9: \"format\": 2 is not a format that is known here (1)"},
	{"format: 1\n", "", R "1:1: \"format\" is missing: not a catalog?"},
	{"product: x", "product: y",
	 R "2:10: \"product\": \"y\" is in the file of \"x\": file y.yaml was expected"},
	{"name: Product X\n", "", R "1:1: \"name\" is missing"},
	{"        row: First\n", "", R "22:9: rule \"web\": \"row\" is missing"},
	{"ports: [443", "prots: [443",
	 R "30:9: rule \"web\": unknown key \"prots\"; did you mean \"ports\"?"},
	{"        ports: [443, 8000-8010]\n", "",
	 R "22:9: rule \"web\": no port: \"ports\", \"port-parameter\", \"dynamic: true\" or "
	   "\"configurable: true\" is missing"},
	{"name: Main", "name: Main\n    nmae: Main",
	 R "21:5: component \"main\": unknown key \"nmae\"; did you mean \"name\"?"},
	{"row: First", "row: First\n        row: Again",
	 R "26:9: \"row\" stands here twice, first in line 25"},
	{"document: {", "document: {owner: Me, ", R "4:12: \"document\": unknown key \"owner\""},
	{"document: {title: Ports, publisher: Vendor, dated: 2024-02-29}", "document: Ports",
	 R "4:11: \"document\": expected a mapping (key: value), found a text"},
	{"id: cloud", "id: web",
	 R "33:13: rule \"web\": \"id\": \"web\" is taken by the rule in line 22"},
	{"roles:", "roles: &r",
	 R "10:8: anchors (&), aliases (*) and tags (!) are not allowed here"},
	{"title: Web", "title: *x",
	 R "23:16: anchors (&), aliases (*) and tags (!) are not allowed here"},
	{"title: Web", "title: !!str Web",
	 R "23:16: anchors (&), aliases (*) and tags (!) are not allowed here"},
	{"name: Product X", "name: \"a\\0b\"", R "3:7: a text holds a NUL character"},
	{"title: Web", "title: [[[[[[[[[[[[1]]]]]]]]]]]]",
	 R "23:23: nested more than 12 levels deep"},
	{"title: Web", "? [a]\n        : b", R "23:11: a key has to be a text, not a list"},
	{"name: Product X", "name: Pro\xff",
	 R "3:10: invalid leading UTF-8 octet: the file has to be UTF-8"},
	{"name: Product X", "name: \xc3\xa9\xc3\xa9\x01",
	 R "3:9: control characters are not allowed"},
	{"name: Product X", "\tname: X",
	 R "3:1: a tab: YAML is indented with blanks"},
	{"requirement: optional\n", "requirement: optional\n---\nformat: 1\n",
	 R "44:1: a second document begins here"},
};

/* Line 11 is the client, 12 the server. */
static const struct bad bad_roles[] = {
	{"client: A client", "client: {includes: [server]}",
	 R "11:11: role \"client\": \"about\" is missing"},
	{"client: A client", "client: {about: A, include: [server]}",
	 R "11:22: role \"client\": unknown key \"include\"; did you mean \"includes\"?"},
	{"client: A client", "client: {about: A, includes: server}",
	 R "11:32: role \"client\": \"includes\": expected a list, found a text"},
	{"client: A client", "client: {about: A, includes: [[server]]}",
	 R "11:33: role \"client\": \"includes\": expected a text, found a list"},
	{"client: A client", "client: {about: A, includes: [sevrer]}",
	 R "11:33: role \"client\": \"includes\": there is no role \"sevrer\"; did you mean "
	   "\"server\"?"},
	{"client: A client", "client: {about: A, includes: [server, client]}",
	 R "11:41: role \"client\": \"includes\": a role cannot include itself"},
	{"client: A client",
	 "client: {about: A, includes: [third]}\n  third: {about: C, includes: [fourth]}\n"
	 "  fourth: {about: D, includes: [server, third]}",
	 R "12:31: role \"third\": \"includes\": leads back to this role"},
};

static const struct bad bad_references[] = {
	{"from: [client]", "from: [clint]",
	 R "27:16: rule \"web\": \"from\": there is no role \"clint\"; did you mean \"client\"?"},
	{"from: [client]", "from: [nobody]",
	 R "27:16: rule \"web\": \"from\": there is no role \"nobody\""},
	{"[TLS]", "[TSL]",
	 R
	 "31:21: rule \"web\": \"protocols\": neither nDPI nor a signature here knows \"TSL\"; did "
	 "you mean \"TLS\"?"},
	{"[TLS]", "[tls]",
	 R
	 "31:21: rule \"web\": \"protocols\": neither nDPI nor a signature here knows \"tls\"; did "
	 "you mean \"TLS\"?"},
	{"[TLS]", "[TLS, odd]",
	 R
	 "31:26: rule \"web\": \"protocols\": neither nDPI nor a signature here knows \"odd\"; did "
	 "you mean \"Odd\"?"},
	{"[TLS]", "[TLS, any]",
	 R "31:26: rule \"web\": \"protocols\": \"any\" is not the name of a protocol; where any "
	   "will do, the rule says protocols: any"},
	{"[TLS]", "TLS",
	 R "31:20: rule \"web\": \"protocols\": \"TLS\" has to be a list of names, or any"},
	{"ports: [9000-9010]", "port-parameter: gates",
	 R
	 "41:25: rule \"cloud\": \"port-parameter\": there is no parameter \"gates\"; did you mean "
	 "\"gate\"?"},
	{"ports: [9000-9010]", "port-parameter: offset",
	 R
	 "41:25: rule \"cloud\": \"port-parameter\": parameter \"offset\" is of type integer, not "
	 "port or ports"},
	{"ports: [443", "moves-with: gate\n        ports: [443",
	 R "30:21: rule \"web\": \"moves-with\": parameter \"gate\" is of type ports, not integer"},
	{"protocols: any", "fallback-for: wbe\n        protocols: any",
	 R "42:23: rule \"cloud\": \"fallback-for\": there is no rule \"wbe\"; did you mean "
	   "\"web\"?"},
	{"protocols: any", "fallback-for: man/web\n        protocols: any",
	 R "42:23: rule \"cloud\": \"fallback-for\": there is no rule \"man/web\"; did you mean "
	   "\"web\"?"},
	{"protocols: any", "fallback-for: cloud\n        protocols: any",
	 R "42:23: rule \"cloud\": \"fallback-for\": leads back to this rule (main/cloud, "
	   "main/cloud): one of them has to go without"},
	{"requirement: optional\n",
	 THIRD(KEY("transport: [tcp]") KEY("protocols: any") KEY("dynamic: true")
		       KEY("negotiated-by: third")),
	 R "55:24: rule \"third\": \"negotiated-by\": leads back to this rule (main/third, "
	   "main/third): one of them has to go without"},
	{"protocols: any", "alternatives: pair\n        protocols: any",
	 R "42:23: rule \"cloud\": \"alternatives\": no other rule is in the group \"pair\""},
	{"protocols: any",
	 "destinations: {hosts-by: {parameter: region, us: [us.example.org]}}\n"
	 "        protocols: any",
	 R
	 "42:34: rule \"cloud\": \"destinations\": \"hosts-by\": the hosts for \"eu\" are missing"},
	{"protocols: any",
	 "destinations: {hosts-by: {parameter: region, us: [a.example], ue: [b.example], eu: "
	 "[c.example]}}\n        protocols: any",
	 R
	 "42:71: rule \"cloud\": \"destinations\": \"hosts-by\": \"ue\" is not one of the choices; "
	 "did you mean \"us\"?"},
	{"protocols: any",
	 "destinations: {hosts-by: {parameter: gate, us: [us.example.org]}}\n"
	 "        protocols: any",
	 R
	 "42:46: rule \"cloud\": \"destinations\": \"hosts-by\": \"parameter\": parameter \"gate\" "
	 "is of type ports, not choice"},
};

static const struct bad bad_destinations[] = {
	{"protocols: any", "destinations: {networks: [10.0.0.300]}\n        protocols: any",
	 R
	 "42:35: rule \"cloud\": \"destinations\": \"networks\": \"10.0.0.300\" is not an address "
	 "or prefix"},
	{"protocols: any", "destinations: {networks: [17.0.0.1/8]}\n        protocols: any",
	 R
	 "42:35: rule \"cloud\": \"destinations\": \"networks\": \"17.0.0.1/8\" is not an address "
	 "or prefix (host bits have to be zero: 17.0.0.0/8)"},
	{"protocols: any", "destinations: {hosts: [1.1.1.1]}\n        protocols: any",
	 R
	 "42:32: rule \"cloud\": \"destinations\": \"hosts\": \"1.1.1.1\" is an address: write it "
	 "in \"networks\""},
	{"protocols: any", "destinations: {hosts: [a..b]}\n        protocols: any",
	 R "42:32: rule \"cloud\": \"destinations\": \"hosts\": \"a..b\" is not a host name"},
	{"protocols: any", "destinations: {asns: [0]}\n        protocols: any",
	 R "42:31: rule \"cloud\": \"destinations\": \"asns\": \"0\" is not the number of an "
	   "autonomous system"},
	{"protocols: any", "destinations: {}\n        protocols: any",
	 R "42:23: rule \"cloud\": \"destinations\": there is nothing in it"},
	{"protocols: any",
	 "destinations: {hosts: [a.example], hosts-by: {parameter: region, us: [b.example], eu: "
	 "[c.example]}}\n        protocols: any",
	 R
	 "42:23: rule \"cloud\": \"destinations\": \"hosts\" and \"hosts-by\" exclude each other"},
};

static const struct bad bad_together[] = {
	{"        ports: [9000-9010]\n", "        dynamic: true\n        moves-with: offset\n",
	 R "33:9: rule \"cloud\": \"moves-with\" needs \"ports\" or \"port-parameter\""},
	{"ports: [9000-9010]", "ports: [9000]\n        port-parameter: gate",
	 R "33:9: rule \"cloud\": \"ports\" and \"port-parameter\" exclude each other"},
	{"requirement: required", "requirement: conditional",
	 R "22:9: rule \"web\": \"requirement: conditional\" needs \"when\""},
	{"requirement: required", "requirement: required\n        when: never",
	 R "22:9: rule \"web\": \"when\" does not go with \"requirement: required\""},
	{"protocols: any", "negotiated-by: web\n        protocols: any",
	 R "33:9: rule \"cloud\": \"negotiated-by\" needs \"dynamic: true\""},
	{"protocols: any", "increments-to: [9011]\n        protocols: any",
	 R "33:9: rule \"cloud\": \"increments-to\" needs \"when-taken: increments\""},
	{"protocols: any",
	 "when-taken: increments\n        increments-to: [9005]\n        protocols: any",
	 R "43:24: rule \"cloud\": \"increments-to\": 9005 is one of the ports already"},
	{"protocols: any", "when-taken: moves\n        protocols: any",
	 R "42:21: rule \"cloud\": \"when-taken\": \"moves\" is not one of increments, fixed"},
	{"[tcp, udp]", "[icmp]",
	 R "33:9: rule \"cloud\": ICMP has no ports: \"ports\", \"port-parameter\" and \"dynamic\" "
	   "have no meaning"},
	{"protocols: any", "dynamic: yes\n        protocols: any",
	 R "42:18: rule \"cloud\": \"dynamic\": \"yes\" is not true or false"},
	{"protocols: any", "dynamic: 'true'\n        protocols: any",
	 R "42:18: rule \"cloud\": \"dynamic\": \"true\" is not true or false (without quotes)"},
	{"protocols: any", "advice: {value: discouraged}\n        protocols: any",
	 R "42:17: rule \"cloud\": \"advice\": \"reason\" is missing"},
	{"protocols: any", "advice: {value: none, reason: R}\n        protocols: any",
	 R "42:25: rule \"cloud\": \"advice\": \"value\": \"none\" is not one of recommended, "
	   "discouraged"},
	{"protocols: any", "correction: {reason: R}\n        protocols: any",
	 R "42:21: rule \"cloud\": \"correction\": nothing is corrected: transport, ports or "
	   "protocols is missing"},
	{"protocols: any", "correction: {transport: [udp, tcp], reason: R}\n        protocols: any",
	 R "42:21: rule \"cloud\": \"correction\": \"transport\" is what the rule says anyway"},
	{"protocols: any", "correction: {ports: [9000-9010], reason: R}\n        protocols: any",
	 R "42:21: rule \"cloud\": \"correction\": \"ports\" is what the rule says anyway"},
	{"protocols: [TLS]", "protocols: [TLS]\n        correction: {protocols: [Htpp], reason: R}",
	 R "32:34: rule \"web\": \"correction\": \"protocols\": neither nDPI nor a signature here "
	   "knows \"Htpp\"; did you mean \"HTTP\"?"},
};

static const struct bad bad_overlaps[] = {
	{"requirement: optional\n",
	 THIRD(KEY("transport: [tcp]") KEY("protocols: [TLS]") KEY("ports: [443]")),
	 R
	 "44:9: rule \"third\": 443 repeats 443 of rule \"web\" in line 22, for the same traffic"},
	{"requirement: optional\n",
	 THIRD(KEY("transport: [udp, tcp]") KEY("protocols: [TLS]") KEY("ports: [8005]")),
	 R "44:9: rule \"third\": 8005 overlaps 8000-8010 of rule \"web\" in line 22, for the same "
	   "traffic"},
	{"requirement: optional\n",
	 THIRD(KEY("transport: [tcp]") KEY("protocols: any") KEY("ports: [9005-9015]")),
	 R "44:9: rule \"third\": 9005-9015 crosses 9000-9010 of rule \"cloud\" in line 33"},
	{"ports: [443, 8000-8010]\n        protocols: [TLS]\n        requirement: required",
	 "port-parameter: gate\n        protocols: [TLS]\n        requirement: required\n"
	 "      - {id: again, title: T, section: S, row: R, direction: inbound, from: [client], "
	 "to: "
	 "[server], transport: [tcp], port-parameter: gate, protocols: [TLS], requirement: "
	 "optional}",
	 R "33:9: rule \"again\": parameter \"gate\" gives the ports of rule \"web\" in line 22 "
	   "already, for the same traffic"},
};

/* Nearly the same, and no mistake. */
static const struct bad fine[] = {
	{"x", "x", ""},
	{"product: x\n", "product: x\r\n", ""},
	{"format: 1", "%YAML 1.1\n---\nformat: 1", ""},
	/* another transport, other protocols, a range inside a range for others, another condition
	 */
	{"requirement: optional\n",
	 THIRD(KEY("transport: [udp]") KEY("protocols: [TLS]") KEY("ports: [443]")), ""},
	{"requirement: optional\n",
	 THIRD(KEY("transport: [tcp]") KEY("protocols: [SSH]") KEY("ports: [443]")), ""},
	{"requirement: optional\n",
	 THIRD(KEY("transport: [tcp]") KEY("protocols: any") KEY("ports: [9002-9003]")), ""},
	{"requirement: optional\n",
	 THIRD(KEY("transport: [tcp]") KEY("protocols: [TLS]") KEY("ports: [443]")
		       KEY("destinations: {hosts: [a.example]}")),
	 ""},
	{"requirement: optional\n",
	 THIRD(KEY("transport: [tcp]") KEY("protocols: [TLS]") KEY("ports: [443]")
		       KEY("moves-with: offset")),
	 ""},
	{"requirement: optional\n",
	 THIRD(KEY("transport: [tcp]") KEY("protocols: [TLS]") KEY("ports: [443]")
		       KEY("fallback-for: web")),
	 ""},
	{"requirement: optional\n",
	 THIRD(KEY("transport: [tcp]") KEY("protocols: any") KEY("ports: [1024-9005]")
		       KEY("dynamic: true") KEY("negotiated-by: main/web")),
	 ""},
	{"requirement: optional\n",
	 THIRD(KEY("transport: [tcp]") KEY("protocols: any") KEY("configurable: true")), ""},
	{"requirement: optional\n", THIRD(KEY("transport: [icmp]") KEY("protocols: any")), ""},
	{"requirement: optional\n",
	 THIRD(KEY("transport: [tcp]") KEY("protocols: [TLS]") KEY("ports: [443]")
		       KEY("scope: host")),
	 ""},
	{"requirement: optional\n",
	 THIRD(KEY("transport: [tcp]") KEY("protocols: [TLS]") KEY("ports: [443]")
		       KEY("destinations: {asns: [64496]}")),
	 ""},
	{"requirement: optional\n",
	 THIRD(KEY("transport: [tcp]") KEY("protocols: [TLS]") KEY("ports: [443]")
		       KEY("destinations: {networks: [10.0.0.0/8]}")),
	 ""},
	{"client: A client", "client: {about: A, includes: [server]}", ""},
	{"[TLS]", "[TLS, Odd]", ""},
	{"title: Web", "title: 'a \\ and \xc3\xa9'", ""},
	{"title: Web", "title: \"12\"", ""},
	{"default: 6000, ", "", ""},
};

static void check_one(const char *text, const char *message)
{
	struct heard heard;
	int error = load("rules/x.yaml", text, strlen(text), &heard);

	assert_string_equal(heard.text, message);
	assert_int_equal(error, message[0] == '\0' ? 0 : FA_EFORMAT);
}

static void check_table(const struct bad *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *text = change(good, table[i].find, table[i].replace);

		check_one(text, table[i].message);
		free(text);
	}
}

#define CHECK(table) check_table(table, sizeof(table) / sizeof((table)[0]))

static void test_values(void **state)
{
	(void)state;
	CHECK(bad_values);
	CHECK(bad_ids);
}

static void test_structure(void **state)
{
	(void)state;
	CHECK(bad_structure);
}

static void test_roles(void **state)
{
	(void)state;
	CHECK(bad_roles);
}

static void test_references(void **state)
{
	(void)state;
	CHECK(bad_references);
}

static void test_destinations(void **state)
{
	(void)state;
	CHECK(bad_destinations);
}

static void test_together(void **state)
{
	(void)state;
	CHECK(bad_together);
}

static void test_overlaps(void **state)
{
	(void)state;
	CHECK(bad_overlaps);
}

static void test_fine(void **state)
{
	(void)state;
	CHECK(fine);
}

/* Several mistakes come in the order of their lines, whatever finds them first. */
static void test_order(void **state)
{
	char *first = change(good, "id: web", "ident: web");
	char *second = change(first, "protocols: [TLS]", "protocols: [HTTPS]");
	char *third = change(second, "outbound", "out");
	char *fourth = change(third, "  server: A server", "  server: ''");
	char *fifth = change(fourth, "id: cloud", "id: cloud\n        alternatives: lonely");

	(void)state;
	check_one(fifth, R
		  "12:11: role \"server\": there is no value\n" R
		  "22:9: rule \"#1\": unknown key \"ident\"\n" R
		  "22:9: rule \"#1\": \"id\" is missing\n" R
		  "34:23: rule \"cloud\": \"alternatives\": no other rule is in the group "
		  "\"lonely\"\n" R
		  "38:20: rule \"cloud\": \"direction\": \"out\" is not one of inbound, outbound, "
		  "both, internal");
	free(fifth);
	free(fourth);
	free(third);
	free(second);
	free(first);
}

/* Two rules that would be one row twice, but say how they belong together. */
static void test_together_may_overlap(void **state)
{
	static const char *const keys[][2] = {
		{"alternatives: pair\n", "alternatives: pair\n"},
		{"when: it is day\n", "when: it is night\n"},
	};
	char *twins = change(good, "requirement: optional\n",
			     THIRD(KEY("transport: [tcp, udp]") KEY("protocols: any")
					   KEY("ports: [9000-9010]")));
	char *same = change(twins, "outbound\n        from: [server]\n        to: [client]",
			    "inbound\n        from: [client]\n        to: [server]");

	(void)state;
	check_one(same, R "44:9: rule \"third\": 9000-9010 repeats 9000-9010 of rule \"cloud\" in "
			  "line 33, for the same traffic");
	for (size_t i = 0; i < 2; i++) {
		char first[128];
		char second[128];
		char *one;
		char *both;

		snprintf(first, sizeof(first), "title: Cloud\n        %s", keys[i][0]);
		snprintf(second, sizeof(second), "title: T\n        %s", keys[i][1]);
		one = change(same, "title: Cloud\n", first);
		both = change(one, "title: T\n", second);
		check_one(both, "");
		free(both);
		free(one);
	}
	free(same);
	free(twins);
}

static void test_circle_of_two(void **state)
{
	char *first =
		change(good, "protocols: [TLS]", "protocols: [TLS]\n        fallback-for: cloud");
	char *second =
		change(first, "protocols: any", "protocols: any\n        fallback-for: main/web");

	(void)state;
	check_one(second, R "32:23: rule \"web\": \"fallback-for\": leads back to this rule "
			    "(main/web, main/cloud, main/web): one of them has to go without");
	free(second);
	free(first);
}

/* The first rule leads into the circle and is not part of it. */
static void test_way_into_a_circle(void **state)
{
	char *first =
		change(good, "protocols: [TLS]", "protocols: [TLS]\n        fallback-for: cloud");
	char *second =
		change(first, "protocols: any", "protocols: any\n        fallback-for: third");
	char *third = change(second, "requirement: optional\n",
			     THIRD(KEY("transport: [tcp]") KEY("protocols: any") KEY("ports: [1]")
					   KEY("fallback-for: cloud")));

	(void)state;
	check_one(third, R "44:23: rule \"cloud\": \"fallback-for\": leads back to this rule "
			   "(main/cloud, main/third, main/cloud): one of them has to go without");
	free(third);
	free(second);
	free(first);
}

static void test_offset_out_of_range(void **state)
{
	char *first = change(good, "default: 0", "default: 65000");
	char *second = change(first, "ports: [443", "moves-with: offset\n        ports: [443");

	(void)state;
	check_one(second,
		  R "22:9: rule \"web\": \"moves-with\": the default of \"offset\" moves port "
		    "8000 out of 1 to 65535");
	free(second);
	free(first);
}

static void test_offset_below_one(void **state)
{
	char *first = change(good, "default: 0", "default: -443");
	char *second = change(first, "ports: [443", "moves-with: offset\n        ports: [443");

	(void)state;
	check_one(second,
		  R "22:9: rule \"web\": \"moves-with\": the default of \"offset\" moves port "
		    "443 out of 1 to 65535");
	free(second);
	free(first);
}

static void test_at_most_twenty(void **state)
{
	char keys[1024] = "document: {title: Ports";
	struct heard heard;
	char *text;

	(void)state;
	for (unsigned i = 0; i < 30; i++)
		snprintf(keys + strlen(keys), sizeof(keys) - strlen(keys), ", bad-%u: 1", i);
	text = change(good, "document: {title: Ports", keys);
	assert_int_equal(load("x.yaml", text, strlen(text), &heard), FA_EFORMAT);
	assert_int_equal(heard.count, FA_YAML_ERRORS_MAX + 1);
	assert_non_null(strstr(heard.text, "x.yaml:4:26: \"document\": unknown key \"bad-0\"\n"));
	assert_non_null(strstr(heard.text, "unknown key \"bad-19\"\nx.yaml: there are more errors, "
					   "these are the first 20 found"));
	free(text);
}

static void check_bytes(const char *name, const char *text, size_t len, int error,
			const char *message)
{
	struct heard heard;

	assert_int_equal(load(name, text, len, &heard), error);
	assert_string_equal(heard.text, message);
}

static void test_odd_files(void **state)
{
	static char big[FA_CATALOG_FILE_BYTES + 1];
	static const char nul[] = "format: 1\nname: a\0b\n";

	(void)state;
	check_bytes("x.yaml", "", 0, FA_EFORMAT, "x.yaml: the file is empty");
	check_bytes("x.yaml", "# nothing\n", 10, FA_EFORMAT, "x.yaml: the file is empty");
	check_bytes("x.yaml", "- 1\n", 4, FA_EFORMAT,
		    "x.yaml:1:1: expected a mapping (key: value), found a list");
	check_bytes("x.yaml", nul, sizeof(nul) - 1, FA_EFORMAT,
		    "x.yaml:2:8: control characters are not allowed");
	check_bytes("x.yml", good, sizeof(good) - 1, FA_EINVAL,
		    "x.yml: a catalog has to be named PRODUCT.yaml");
	check_bytes("d/.yaml", good, sizeof(good) - 1, FA_EINVAL,
		    "d/.yaml: a catalog has to be named PRODUCT.yaml");
	memset(big, '#', sizeof(big));
	check_bytes("x.yaml", big, sizeof(big), FA_EFORMAT, "x.yaml: longer than 1048576 bytes");
	check_bytes("x.yaml", big, sizeof(big) - 1, FA_EFORMAT, "x.yaml: the file is empty");
}

/* A good file cut anywhere, or with any byte replaced, never does harm. */
static void test_cut_and_spoiled(void **state)
{
	static const char spoilers[] = "\0\xff:{[&*!'\"\n";
	char text[sizeof(good)];
	struct heard heard;
	int error;

	(void)state;
	for (size_t len = 0; len < sizeof(good) - 1; len++) {
		error = load("x.yaml", good, len, &heard);
		assert_int_equal(error != 0, heard.count > 0);
	}
	for (size_t i = 0; i < sizeof(good) - 1; i++) {
		memcpy(text, good, sizeof(good));
		text[i] = spoilers[i % sizeof(spoilers)];
		error = load("x.yaml", text, sizeof(good) - 1, &heard);
		assert_int_equal(error != 0, heard.count > 0);
	}
}

/* N rules on one port, told apart by their hosts. */
static char *many_rules(unsigned count)
{
	const size_t each = 256;
	char *text = malloc(sizeof(good) + count * each);
	size_t used = sizeof(good) - 1;

	assert_non_null(text);
	memcpy(text, good, sizeof(good));
	for (unsigned i = 0; i < count; i++)
		used += (size_t)snprintf(
			text + used, each,
			"      - {id: r%u, title: T, section: S, row: R, direction: inbound, from: "
			"[client], to: [server], transport: [tcp], ports: [22], protocols: any, "
			"requirement: optional, destinations: {hosts: [h%u.example]}}\n",
			i, i);
	return text;
}

/* No list is too long, all lists together are. */
static void test_limit_on_rules_of_all_components(void **state)
{
	char *first = many_rules(FA_CATALOG_RULES_MAX - 2);
	char *text = malloc(strlen(first) + 256);

	(void)state;
	assert_non_null(text);
	strcpy(text, first);
	strcat(text, "  more:\n    name: More\n    rules:\n      - {id: x}\n");
	check_bytes("x.yaml", text, strlen(text), FA_EFORMAT,
		    "x.yaml: 4097 rules, at most 4096 are allowed");
	free(text);
	free(first);
}

static void test_limits_on_rules(void **state)
{
	char *fits = many_rules(100);
	char *flood = many_rules(FA_CATALOG_RULES_MAX - 1);

	(void)state;
	check_bytes("x.yaml", fits, strlen(fits), 0, "");
	check_bytes("x.yaml", flood, strlen(flood), FA_EFORMAT,
		    "x.yaml:4138:9: more than 4096 items");
	free(flood);
	free(fits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_structure),
		cmocka_unit_test(test_roles),
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_destinations),
		cmocka_unit_test(test_together),
		cmocka_unit_test(test_overlaps),
		cmocka_unit_test(test_fine),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_circle_of_two),
		cmocka_unit_test(test_way_into_a_circle),
		cmocka_unit_test(test_offset_out_of_range),
		cmocka_unit_test(test_offset_below_one),
		cmocka_unit_test(test_together_may_overlap),
		cmocka_unit_test(test_at_most_twenty),
		cmocka_unit_test(test_odd_files),
		cmocka_unit_test(test_cut_and_spoiled),
		cmocka_unit_test(test_limits_on_rules),
		cmocka_unit_test(test_limit_on_rules_of_all_components),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
