/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Waivers: what a good file says, and what is wrong in others: a table of changes to one good file,
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

#include "base/time.h"
#include "site/waivers.h"
#include "yaml/errors.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* clang-format off */
static const char good[] =
	"format: 1\n"					/* 1 */
	"waivers:\n"					/* 2 */
	"  - id: old-redis\n"				/* 3 */
	"    owner: Jane Doe\n"				/* 4 */
	"    reason: \"Moves in spring\"\n"		/* 5 */
	"    ticket: CHG-1234\n"			/* 6 */
	"    expires: 2027-01-31\n"			/* 7 */
	"    client: any\n"				/* 8 */
	"    server: 10.0.0.5\n"			/* 9 */
	"    transport: tcp\n"				/* 10 */
	"    port: 6379\n"				/* 11 */
	"    protocol: Redis\n"				/* 12 */
	"  - id: tests\n"				/* 13 */
	"    owner: Jo\n"				/* 14 */
	"    reason: Test hosts\n"			/* 15 */
	"    expires: 2024-02-29\n"			/* 16 */
	"    client: api-prod/api-manager\n"		/* 17 */
	"    server: DB.example.org\n"			/* 18 */
	"    transport: [tcp, udp]\n"			/* 19 */
	"    port: [9000, 8000-8010, 8011]\n"		/* 20 */
	"    protocol: any\n"				/* 21 */
	"  - id: pings\n"				/* 22 */
	"    owner: Jo\n"				/* 23 */
	"    reason: Monitoring\n"			/* 24 */
	"    expires: 2027-06-30\n"			/* 25 */
	"    client: fd00::/48\n"			/* 26 */
	"    server: fd01::9\n"				/* 27 */
	"    transport: any\n"				/* 28 */
	"    port: any\n"				/* 29 */
	"    protocol: ICMPV6\n"			/* 30 */;
/* clang-format on */

static struct fa_role roles[] = {{.name = "api-manager"}, {.name = "client"}, {.name = "database"},
				 {.name = "admin"}, {.name = "office"}, {.name = "internet"}};
static struct fa_signature signatures[] = {{.name = "Java-RMI"}};
static struct fa_product product = {.id = "wso2",
				    .roles = roles,
				    .role_count = COUNT(roles),
				    .signatures = signatures,
				    .signature_count = COUNT(signatures)};
static struct fa_place places[] = {{.label = "am1"}, {.label = "wide"}, {.label = "office"}};
static struct fa_site_role site_roles[] = {
	{&roles[0], FA_PLACED, &places[0], 1, 1, 0, 0}, {&roles[1], FA_ANYBODY, NULL, 0, 0, 0, 0},
	{&roles[2], FA_UNPLACED, NULL, 0, 0, 0, 0},	{&roles[3], FA_NOBODY, NULL, 0, 0, 0, 0},
	{&roles[4], FA_PLACED, &places[2], 1, 1, 0, 0},
	{&roles[5], FA_PLACED, &places[1], 1, 1, 0, 0}};
static struct fa_instance instances[] = {
	{.name = "api-prod", .product = &product, .roles = site_roles},
	{.name = "api-test", .product = &product, .roles = site_roles, .index = 1}};
static struct fa_site site = {.instances = instances, .instance_count = COUNT(instances)};
static struct fa_rulebook book = {.products = &product, .product_count = 1};

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

static const char *const protocol_items[] = {"DNS", "ICMPV6", "Redis", "SSH", "TLS"};
static const struct fa_strings protocols = {protocol_items, COUNT(protocol_items)};

static int parse_for(const struct fa_site *of, const char *text, size_t len,
		     struct fa_waivers *waivers, struct heard *heard)
{
	/* A copy of the exact size shows a read past the end. */
	char *copy = malloc(len == 0 ? 1 : len);
	const struct fa_waiver_options options = {.site = of,
						  .protocols = &protocols,
						  .book = &book,
						  .error = hear,
						  .error_context = heard};
	int error;

	assert_non_null(copy);
	memcpy(copy, text, len);
	memset(heard, 0, sizeof(*heard));
	error = fa_waivers_parse("w.yaml", copy, len, &options, waivers);
	free(copy);
	if (error != 0) {
		assert_int_equal(waivers->count, 0);
		assert_null(waivers->arena);
	}
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

static int64_t seconds(const struct fa_waiver *waiver)
{
	assert_int_equal(waiver->expires_ns % FA_NS_PER_SECOND, FA_NS_PER_SECOND - 1);
	return waiver->expires_ns / FA_NS_PER_SECOND;
}

static void test_good(void **state)
{
	struct fa_waivers w;
	struct heard heard;
	const struct fa_waiver *one;

	(void)state;
	assert_int_equal(parse_for(&site, good, strlen(good), &w, &heard), 0);
	assert_string_equal(heard.text, "");
	assert_int_equal(w.count, 3);
	assert_string_equal(w.file, "w.yaml");
	assert_true(w.digest != 0);
	one = &w.items[0];
	assert_string_equal(one->id, "old-redis");
	assert_string_equal(one->owner, "Jane Doe");
	assert_string_equal(one->reason, "Moves in spring");
	assert_string_equal(one->ticket, "CHG-1234");
	assert_string_equal(one->expires, "2027-01-31");
	assert_int_equal(seconds(one), 1801439999); /* date -ud 2027-02-01 +%s, less one */
	assert_int_equal(one->client.who, FA_WAIVES_ANY);
	assert_string_equal(one->client.text, "any");
	assert_int_equal(one->server.who, FA_WAIVES_PREFIX);
	assert_int_equal(one->server.prefix.bits, 32);
	assert_string_equal(one->server.text, "10.0.0.5");
	assert_int_equal(one->transports, FA_RULE_TCP);
	assert_string_equal(one->transport_text, "tcp");
	assert_int_equal(one->ports.count, 1);
	assert_int_equal(one->ports.items[0].low, 6379);
	assert_int_equal(one->ports.items[0].high, 6379);
	assert_string_equal(one->port_text, "6379");
	assert_string_equal(one->protocol, "Redis");
	assert_int_equal(one->line, 3);
	assert_int_equal(one->column, 5);
	assert_int_equal(one->index, 0);
	assert_false(one->broad);

	one = &w.items[1];
	assert_string_equal(one->ticket, "");
	assert_int_equal(seconds(one), 1709251199); /* date -ud 2024-03-01 +%s, less one */
	assert_int_equal(one->client.who, FA_WAIVES_ROLE);
	assert_ptr_equal(one->client.role, &site_roles[0]);
	assert_int_equal(one->server.who, FA_WAIVES_HOST);
	assert_string_equal(one->server.host, "DB.example.org");
	assert_int_equal(one->transports, FA_RULE_TCP | FA_RULE_UDP);
	assert_string_equal(one->transport_text, "tcp, udp");
	assert_int_equal(one->ports.count, 2);
	assert_int_equal(one->ports.items[0].low, 8000);
	assert_int_equal(one->ports.items[0].high, 8011);
	assert_int_equal(one->ports.items[1].low, 9000);
	assert_string_equal(one->port_text, "8000-8011, 9000");
	assert_null(one->protocol);
	assert_int_equal(one->index, 1);
	assert_false(one->broad);

	one = &w.items[2];
	assert_int_equal(one->client.prefix.bits, 48);
	assert_int_equal(one->transports, 0);
	assert_string_equal(one->transport_text, "any");
	assert_int_equal(one->ports.count, 0);
	assert_string_equal(one->port_text, "any");
	assert_false(one->broad);
	fa_waivers_deinit(&w);
	assert_null(w.items);
}

#define AT(line, column) "w.yaml:" #line ":" #column ": "
#define OF(id, key) "waiver \"" id "\": \"" key "\": "

static const struct wrong {
	const char *find, *replace;
	const char *said;
} wrongs[] = {
	{"format: 1\n", "", AT(1, 1) "\"format\" is missing: not a file of waivers?"},
	{"format: 1\nwaivers:\n", "",
	 AT(1, 3) "entries need \"format: 1\" and \"waivers:\" above them"},
	{"format: 1", "format: 2", AT(1, 9) "\"format\": 2 is not a format that is known here (1)"},
	{"waivers:\n", "waiver:\n",
	 AT(1, 1) "\"waivers\" is missing\n"
	 AT(2, 1) "unknown key \"waiver\"; did you mean \"waivers\"?"},
	{"    owner: Jane", "    ower: Jane",
	 AT(3, 5) "waiver \"old-redis\": \"owner\" is missing\n"
	 AT(4, 5) "waiver \"old-redis\": unknown key \"ower\"; did you mean \"owner\"?"},
	{"    owner: Jane Doe\n", "", AT(3, 5) "waiver \"old-redis\": \"owner\" is missing"},
	{"owner: Jane Doe", "owner:", AT(4, 11) OF("old-redis", "owner") "there is no value"},
	{"owner: Jane Doe", "owner: TODO",
	 AT(4, 12) OF("old-redis", "owner") "\"TODO\" has to be filled in"},
	{"owner: Jane Doe", "owner: \"  \"",
	 AT(4, 12) OF("old-redis", "owner") "there is nothing but blanks"},
	{"    reason: \"Moves in spring\"\n", "",
	 AT(3, 5) "waiver \"old-redis\": \"reason\" is missing"},
	{"\"Moves in spring\"", "TODO",
	 AT(5, 13) OF("old-redis", "reason") "\"TODO\" has to be filled in"},
	{"CHG-1234", "TODO", AT(6, 13) OF("old-redis", "ticket") "\"TODO\" has to be filled in"},
	{"    expires: 2027-01-31\n", "", AT(3, 5) "waiver \"old-redis\": \"expires\" is missing"},
	{"2027-01-31", "TODO",
	 AT(7, 14) OF("old-redis", "expires")
	 "\"TODO\" has to be filled in: YYYY-MM-DD, the last day"},
	{"2027-01-31", "2027-02-29",
	 AT(7, 14) OF("old-redis", "expires") "\"2027-02-29\" is not a date (YYYY-MM-DD)"},
	{"2027-01-31", "31.1.2027",
	 AT(7, 14) OF("old-redis", "expires") "\"31.1.2027\" is not a date (YYYY-MM-DD)"},
	{"2027-01-31", "never",
	 AT(7, 14) OF("old-redis", "expires") "\"never\" is not a date (YYYY-MM-DD)"},
	{"2027-01-31", "9999-12-31",
	 AT(7, 14) OF("old-redis", "expires") "9999-12-31 is not between 1970 and 2199"},
	{"2027-01-31", "1969-12-31",
	 AT(7, 14) OF("old-redis", "expires") "1969-12-31 is not between 1970 and 2199"},
	{"  - id: old-redis\n    owner", "  - owner",
	 AT(3, 5) "waiver \"#1\": \"id\" is missing"},
	{"id: old-redis", "id: Old-Redis",
	 AT(3, 9) OF("Old-Redis", "id") "\"Old-Redis\" is not an id: lower-case letters and "
	 "digits, single hyphens between them"},
	{"id: tests", "id: old-redis",
	 AT(13, 9) OF("old-redis", "id") "\"old-redis\" is taken by the waiver in line 3"},

	{"    client: any\n", "", AT(3, 5) "waiver \"old-redis\": \"client\" is missing"},
	{"    server: 10.0.0.5\n", "", AT(3, 5) "waiver \"old-redis\": \"server\" is missing"},
	{"    transport: tcp\n", "", AT(3, 5) "waiver \"old-redis\": \"transport\" is missing"},
	{"    port: 6379\n", "", AT(3, 5) "waiver \"old-redis\": \"port\" is missing"},
	{"    protocol: Redis\n", "", AT(3, 5) "waiver \"old-redis\": \"protocol\" is missing"},
	{"server: 10.0.0.5", "server: 10.0.0.300",
	 AT(9, 13) OF("old-redis", "server") "\"10.0.0.300\" is not an address, a prefix (host "
	 "bits have to be zero), INSTANCE/ROLE, a host name or any"},
	{"server: 10.0.0.5", "server: 10.0.0.5/24",
	 AT(9, 13) OF("old-redis", "server") "\"10.0.0.5/24\" is not an address, a prefix (host "
	 "bits have to be zero), INSTANCE/ROLE, a host name or any"},
	{"server: 10.0.0.5", "server: 0.0.0.0/0",
	 AT(9, 13) OF("old-redis", "server") "\"0.0.0.0/0\" is every address: write any"},
	{"server: 10.0.0.5", "server: redis",
	 AT(9, 13) OF("old-redis", "server") "\"redis\" is not an address, a prefix (host bits "
	 "have to be zero), INSTANCE/ROLE, a host name or any"},
	{"server: 10.0.0.5", "server: \"*.example.org\"",
	 AT(9, 13) OF("old-redis", "server") "\"*.example.org\" is not an address, a prefix (host "
	 "bits have to be zero), INSTANCE/ROLE, a host name or any"},
	{"server: 10.0.0.5", "server: [10.0.0.5]",
	 AT(9, 13) OF("old-redis", "server") "expected an address, a prefix, INSTANCE/ROLE or any, "
	 "found a list"},
	{"client: any", "client: gw.example.org",
	 AT(8, 13) OF("old-redis", "client") "\"gw.example.org\" is a host name: only servers are "
	 "known by name"},
	{"client: any", "client: anyone",
	 AT(8, 13) OF("old-redis", "client") "\"anyone\" is not an address, a prefix (host bits "
	 "have to be zero), INSTANCE/ROLE or any"},
	{"client: api-prod/", "client: api-pord/",
	 AT(17, 13) OF("tests", "client") "the site has no instance \"api-pord\"; did you mean "
	 "\"api-prod\"?"},
	{"api-prod/api-manager", "api-prod/api-manger",
	 AT(17, 13) OF("tests", "client") "instance \"api-prod\" (wso2) has no role "
	 "\"api-manger\"; did you mean \"api-manager\"?"},
	{"api-prod/api-manager", "api-prod/client",
	 AT(17, 13) OF("tests", "client") "anybody is \"api-prod/client\" in the site: write any"},
	{"api-prod/api-manager", "api-prod/admin",
	 AT(17, 13) OF("tests", "client") "nobody is \"api-prod/admin\" in the site"},
	{"api-prod/api-manager", "api-prod/database",
	 AT(17, 13) OF("tests", "client") "the site does not say who \"api-prod/database\" is"},

	{"transport: tcp", "transport: tpc",
	 AT(10, 16) OF("old-redis", "transport") "\"tpc\" is not one of tcp, udp, sctp, icmp, "
	 "icmp6, any"},
	{"transport: tcp", "transport: [any]",
	 AT(10, 17) OF("old-redis", "transport") "\"any\" is not one of tcp, udp, sctp, icmp, "
	 "icmp6"},
	{"transport: tcp", "transport: icmp",
	 AT(11, 11) OF("old-redis", "port") "icmp has no ports: write any"},
	{"transport: tcp", "transport: [tcp, icmp6]",
	 AT(11, 11) OF("old-redis", "port") "icmp6 has no ports: write any"},
	{"port: 6379", "port: 65536",
	 AT(11, 11) OF("old-redis", "port") "\"65536\" is not a port (1 to 65535)"},
	{"port: 6379", "port: 0",
	 AT(11, 11) OF("old-redis", "port") "\"0\" is not a port (1 to 65535)"},
	{"port: 6379", "port: \"6379\"",
	 AT(11, 11) OF("old-redis", "port") "\"6379\" is a text; a number stands without quotes"},
	{"port: 6379", "port: 6380-6379",
	 AT(11, 11) OF("old-redis", "port") "\"6380-6379\" runs backwards: write 6379-6380"},
	{"port: 6379", "port: redis",
	 AT(11, 11) OF("old-redis", "port") "\"redis\" is not a port (1 to 65535)"},
	{"port: [9000, 8000-8010, 8011]", "port: [9000, 8999-9001]",
	 AT(20, 18) OF("tests", "port") "8999-9001 overlaps 9000"},
	{"protocol: Redis", "protocol: redis",
	 AT(12, 15) OF("old-redis", "protocol") "neither nDPI nor a signature knows \"redis\"; did "
	 "you mean \"Redis\"?"},
	{"protocol: Redis", "protocol: Java-RNI",
	 AT(12, 15) OF("old-redis", "protocol") "neither nDPI nor a signature knows \"Java-RNI\"; "
	 "did you mean \"Java-RMI\"?"},
	{"protocol: Redis", "protocol: Quite another",
	 AT(12, 15) OF("old-redis", "protocol") "\"Quite another\" is not the name of a protocol"},

	{"server: 10.0.0.5\n    transport: tcp\n    port: 6379\n    protocol: Redis",
	 "server: any\n    transport: tcp\n    port: any\n    protocol: any",
	 AT(3, 5) "waiver \"old-redis\": covers everything: client, server, port and protocol are "
	 "all any"},
	{"server: 10.0.0.5\n    transport: tcp\n    port: 6379\n    protocol: Redis",
	 "server: any\n    transport: tcp\n    port: 1-65535\n    protocol: any",
	 AT(3, 5) "waiver \"old-redis\": covers everything: client, server, port and protocol are "
	 "all any"},
	{"client: fd00::/48\n    server: fd01::9\n    transport: any\n    port: any\n"
	 "    protocol: ICMPV6",
	 "client: api-prod/api-manager\n    server: db.EXAMPLE.org\n    transport: [udp, tcp]\n"
	 "    port: [8000-8011, 9000]\n    protocol: any",
	 AT(22, 5) "waiver \"pings\": covers exactly what \"tests\" in line 13 covers"},
	{"    expires: 2027-06-30\n    client: fd00::/48\n    server: fd01::9\n"
	 "    transport: any\n    port: any\n    protocol: ICMPV6",
	 "    expires: 2028-06-30\n    client: any\n    server: 10.0.0.5/32\n"
	 "    transport: [tcp]\n    port: 6379-6379\n    protocol: Redis",
	 AT(22, 5) "waiver \"pings\": covers exactly what \"old-redis\" in line 3 covers"},
	{"waivers:\n", "waivers: none\nothers:\n",
	 AT(2, 10) "\"waivers\": expected a list, found a text\n"
	 AT(3, 1) "unknown key \"others\""},
};

static void test_wrong(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(wrongs); i++) {
		char *text = change(good, wrongs[i].find, wrongs[i].replace);
		struct fa_waivers w;
		struct heard heard;
		int error = parse_for(&site, text, strlen(text), &w, &heard);

		if (error != FA_EFORMAT || strcmp(heard.text, wrongs[i].said) != 0) {
			print_error("\"%s\" instead of \"%s\": %d,\n%s\nwanted\n%s\n",
				    wrongs[i].replace, wrongs[i].find, error, heard.text,
				    wrongs[i].said);
			failed++;
		}
		fa_waivers_deinit(&w);
		free(text);
	}
	assert_int_equal(failed, 0);
}

static void test_roles_need_a_site(void **state)
{
	struct fa_waivers w;
	struct heard heard;

	(void)state;
	assert_int_equal(parse_for(NULL, good, strlen(good), &w, &heard), FA_EFORMAT);
	assert_string_equal(heard.text,
			    AT(17, 13) OF("tests", "client") "\"api-prod/api-manager\" is a role, "
			    "and roles need a site file (--site)");
}

static void test_not_covered_twice(void **state)
{
	static const struct {
		const char *find, *replace;
	} changes[] = {
		{"client: any", "client: 10.0.0.4"},
		{"server: 10.0.0.5", "server: 10.0.0.5/31"},
		{"server: 10.0.0.5", "server: 10.0.0.6"},
		{"transport: tcp", "transport: udp"},
		{"transport: tcp", "transport: any"},
		{"port: 6379", "port: 6379-6380"},
		{"port: 6379", "port: any"},
		{"protocol: Redis", "protocol: TLS"},
		{"protocol: Redis", "protocol: any"},
		{"protocol: Redis", "protocol: Unknown"},
		{"protocol: Redis", "protocol: Java-RMI"},
		{"client: any", "client: api-prod/api-manager"},
		{"client: any", "client: api-test/office"},
	};
	const size_t one = (size_t)(strstr(good, "  - id: tests") - good);
	struct fa_waivers w;
	struct heard heard;

	(void)state;
	for (size_t i = 0; i < COUNT(changes); i++) {
		char *first = strndup(good, one);
		char *renamed = change(first, "format: 1\nwaivers:\n  - id: old", "  - id: new");
		char *other = change(renamed, changes[i].find, changes[i].replace);
		char *both = malloc(strlen(first) + strlen(other) + 1);

		assert_non_null(both);
		strcpy(both, first);
		strcat(both, other);
		if (strstr(other, "10.0.0.5/31") != NULL)
			memcpy(strstr(both, "10.0.0.5/31"), "10.0.0.4/31", 11);
		assert_int_equal(parse_for(&site, both, strlen(both), &w, &heard), 0);
		assert_int_equal(w.count, 2);
		assert_false(fa_waivers_same(&w.items[0], &w.items[1]));
		assert_false(fa_waivers_same(&w.items[1], &w.items[0]));
		assert_true(fa_waivers_same(&w.items[1], &w.items[1]));
		fa_waivers_deinit(&w);
		free(first);
		free(renamed);
		free(other);
		free(both);
	}
}

static void test_broad(void **state)
{
	static const struct {
		const char *client, *server, *port, *protocol;
		bool broad;
	} rows[] = {
		{"any", "10.0.0.5", "6379", "Redis", false},
		{"any", "10.0.0.5", "any", "Redis", true},
		{"any", "10.0.0.5", "6379", "any", true},
		{"any", "10.0.0.5", "any", "any", true},
		{"any", "any", "6379", "Redis", true},
		{"10.0.0.5", "any", "6379", "Redis", false},
		{"10.0.0.5", "any", "6379", "any", true},
		{"10.0.0.5", "any", "any", "Redis", true},
		{"10.0.0.5", "10.0.0.6", "any", "any", false},
		{"10.0.0.0/16", "10.1.0.0/16", "any", "any", false},
		{"10.0.0.0/15", "10.1.0.0/16", "any", "Redis", true},
		{"10.0.0.0/15", "10.1.0.0/16", "6379", "any", true},
		{"10.0.0.0/15", "10.1.0.0/16", "6379", "Redis", false},
		{"10.0.0.0/15", "10.0.0.0/15", "6379", "Redis", true},
		{"10.0.0.0/16", "10.0.0.0/15", "any", "Redis", true},
		{"fd00::/48", "fd00::/48", "any", "any", false},
		{"fd00::/47", "fd00::/48", "6379", "Redis", false},
		{"fd00::/47", "fd00::/48", "any", "Redis", true},
		{"fd00::/47", "any", "6379", "Redis", true},
		{"any", "db.example.org", "6379", "Redis", false},
		{"any", "db.example.org", "any", "Redis", true},
		{"10.0.0.5", "db.example.org", "any", "any", false},
		{"any", "api-prod/api-manager", "6379", "Redis", false},
		{"any", "api-prod/office", "6379", "Redis", false},
		{"any", "api-prod/internet", "6379", "Redis", true},
		{"api-prod/internet", "10.0.0.5", "any", "Redis", true},
		{"api-prod/office", "10.0.0.5", "any", "any", false},
	};
	struct fa_waivers w;
	struct heard heard;
	char text[512];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(text, sizeof(text),
			 "format: 1\nwaivers:\n- {id: a, owner: b, reason: c, expires: 2027-01-01, "
			 "client: \"%s\", server: \"%s\", transport: tcp, port: %s, "
			 "protocol: %s}\n",
			 rows[i].client, rows[i].server, rows[i].port, rows[i].protocol);
		assert_int_equal(parse_for(&site, text, strlen(text), &w, &heard), 0);
		if (w.items[0].broad != rows[i].broad)
			print_error("%s -> %s, port %s, %s: broad is %d\n", rows[i].client,
				    rows[i].server, rows[i].port, rows[i].protocol,
				    w.items[0].broad);
		assert_int_equal(w.items[0].broad, rows[i].broad);
		fa_waivers_deinit(&w);
	}
}

static void test_none(void **state)
{
	static const char text[] = "format: 1\nwaivers: []\n";
	struct fa_waivers w;
	struct heard heard;

	(void)state;
	assert_int_equal(parse_for(&site, text, strlen(text), &w, &heard), 0);
	assert_int_equal(w.count, 0);
	fa_waivers_deinit(&w);
}

static void test_names_unchecked(void **state)
{
	const struct fa_waiver_options options = {.site = &site};
	char *text = change(good, "protocol: Redis", "protocol: Brand-New");
	struct fa_waivers w;

	(void)state;
	assert_int_equal(fa_waivers_parse("w.yaml", text, strlen(text), &options, &w), 0);
	assert_string_equal(w.items[0].protocol, "Brand-New");
	fa_waivers_deinit(&w);
	free(text);
}

/* With some of the catalogs only, what needs the others is left out. */
static void test_partial(void **state)
{
	const struct fa_waiver_options options = {
		.site = &site, .protocols = &protocols, .partial = true};
	char *text = change(good, "protocol: Redis", "protocol: Brand-New");
	char *other = change(text, "api-prod/api-manager", "strongdm/gateway");
	struct fa_waivers w;

	(void)state;
	assert_int_equal(fa_waivers_parse("w.yaml", other, strlen(other), &options, &w), 0);
	assert_int_equal(w.count, 2);
	assert_string_equal(w.items[0].protocol, "Brand-New");
	assert_string_equal(w.items[1].id, "pings");
	assert_int_equal(w.items[1].index, 1);
	fa_waivers_deinit(&w);
	free(other);
	other = change(text, "api-prod/api-manager", "api-prod/nobody");
	assert_int_equal(fa_waivers_parse("w.yaml", other, strlen(other), &options, &w),
			 FA_EFORMAT);
	free(other);
	free(text);
}

static void test_files(void **state)
{
	struct heard heard = {{0}, 0, 0};
	const struct fa_waiver_options options = {
		.site = &site, .error = hear, .error_context = &heard};
	char path[] = "/tmp/test_waivers.XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");
	struct fa_waivers w;

	(void)state;
	assert_non_null(file);
	fputs(good, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(fa_waivers_load(path, &options, &w), 0);
	assert_int_equal(w.count, 3);
	assert_string_equal(w.file, path);
	fa_waivers_deinit(&w);

	file = fopen(path, "a");
	assert_non_null(file);
	for (size_t i = 0; i < FA_WAIVERS_FILE_BYTES / 64; i++)
		fputs("# this line is exactly sixty-four bytes long, it and its end...\n", file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(fa_waivers_load(path, &options, &w), FA_EFORMAT);
	assert_non_null(strstr(heard.text, ": longer than 1048576 bytes"));
	remove(path);
	memset(&heard, 0, sizeof(heard));
	assert_int_equal(fa_waivers_load("/nowhere/w.yaml", &options, &w), FA_ENOENT);
	assert_string_equal(heard.text, "/nowhere/w.yaml: cannot read this file of waivers: "
					"No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_roles_need_a_site),
		cmocka_unit_test(test_not_covered_twice),
		cmocka_unit_test(test_broad),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_names_unchecked),
		cmocka_unit_test(test_partial),
		cmocka_unit_test(test_files),
	};

	fa_prefix_parse("10.0.1.9", &places[0].prefix);
	fa_prefix_parse("10.0.0.0/8", &places[1].prefix);
	fa_prefix_parse("10.10.0.0/16", &places[2].prefix);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
