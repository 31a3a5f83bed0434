/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Learning: which roles a host's ports speak for, and the proposal in words. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "catalog/catalog.h"
#include "core/flow.h"
#include "site/learn.h"
#include "site/site.h"

#define RULE(id, to, ports, protocol, rest)                                                        \
	"      - {id: " id ", title: T, section: S, row: R, direction: inbound, from: [client], "  \
	"to: [" to "], transport: [tcp], ports: [" ports "], protocols: " protocol ", "            \
	"requirement: required" rest "}\n"
#define MOVES ", moves-with: offset"

static const char shop_text[] =
	"format: 1\nproduct: shop\nname: Shop\ndocument: {title: Ports, publisher: Vendor}\n"
	"parameters: {offset: {type: integer, default: 0, about: Port offset}}\n"
	"roles:\n"
	"  server: {about: Any server, includes: [web, cache, store, depot, mini]}\n"
	"  web: Web\n  cache: Cache\n  store: Store\n  depot: Depot\n  mini: Mini\n"
	"  client: Client\n"
	"components:\n  c:\n    name: C\n    rules:\n"
	RULE("https", "web", "8443", "[TLS]", MOVES)
	RULE("http", "web", "8080", "[HTTP]", MOVES)
	RULE("status", "web", "7000", "any", "")
	RULE("shell", "web", "22", "[SSH]", "")
	RULE("admin", "server", "9000", "[TLS]", MOVES)
	RULE("one", "cache", "6379", "[Redis]", MOVES)
	RULE("two", "cache", "11211", "[Memcached]", MOVES)
	RULE("three", "cache", "6390-6399", "[Redis]", "")
	RULE("keep", "store", "5432", "[PostgreSQL]", "")
	RULE("read", "store", "3306", "[MySQL]", "")
	RULE("fetch", "depot", "5432", "[PostgreSQL]", "")
	RULE("bring", "depot", "3306", "[MySQL]", "")
	RULE("post", "depot", "25", "[SMTP]", "")
	RULE("small", "mini", "8180", "[HTTP]", "")
	RULE("smaller", "mini", "8543", "[TLS]", "");

static const char net_text[] =
	"format: 1\nproduct: net\neverywhere: true\nname: Net\n"
	"document: {title: Standards, publisher: IETF}\n"
	"roles: {client: Any, server: Any}\n"
	"components:\n  c:\n    name: C\n    rules:\n"
	RULE("ssh", "server", "22", "[SSH]", "");

enum state { ANSWERED, REFUSED, ATTEMPTED, SILENT, UNKNOWN_DIRECTION, GUESSED };

struct service {
	const char *host;
	uint16_t port;
	const char *protocol;
	enum state state;
};

#define SERVICES_MAX 8
#define LINES_MAX    8

struct learn_case {
	const char *what;
	size_t places; /* uncommented */
	struct service services[SERVICES_MAX];
	const char *lines[LINES_MAX]; /* that the proposal has */
	const char *not; /* NULL: nothing special */
};

#define NO_PRODUCT "  - name: net\n    product: net\n"

static const struct learn_case cases[] = {
	{"nothing", 0, {{NULL, 0, NULL, ANSWERED}},
	 {"# No host was seen to serve", NO_PRODUCT}, NULL},
	{"two ports of one role", 1,
	 {{"10.0.0.1", 8080, "HTTP", ANSWERED}, {"10.0.0.1", 8443, "TLS", ANSWERED}},
	 {"  - name: shop\n    product: shop\n    roles:\n",
	  "      # 10.0.0.1 answers 2 of 3 documented ports: 8080, 8443; not seen: 7000\n",
	  "      web: [10.0.0.1]\n"},
	 "parameters"},
	{"a row without a protocol is weaker", 1,
	 {{"10.0.0.1", 7000, "HTTP", ANSWERED}, {"10.0.0.1", 8080, "HTTP", ANSWERED},
	  {"10.0.0.1", 8443, "TLS", ANSWERED}},
	 {"8080, 8443; weaker, since the row names no\n      #   protocol: 7000\n"},
	 NULL},
	{"which is not enough", 0,
	 {{"10.0.0.1", 7000, "HTTP", ANSWERED}, {"10.0.0.1", 8080, "HTTP", ANSWERED}},
	 {NO_PRODUCT, "#   8080 (web of shop): 10.0.0.1\n"}, "7000"},
	{"one port stays a comment", 0,
	 {{"10.0.0.1", 8443, "TLS", ANSWERED}, {"10.0.0.2", 8443, "TLS", ANSWERED}},
	 {NO_PRODUCT, "# One documented port only, which may be chance:\n"
		      "#   8443 (web of shop): 10.0.0.1, 10.0.0.2\n"},
	 "roles:"},
	{"another protocol is no evidence", 0,
	 {{"10.0.0.1", 8080, "SSH", ANSWERED}, {"10.0.0.1", 8443, "SSH", ANSWERED}},
	 {"# No host was seen to serve"}, "10.0.0.1"},
	{"a refused port is none", 0,
	 {{"10.0.0.1", 8080, "HTTP", REFUSED}, {"10.0.0.1", 8443, "TLS", REFUSED}},
	 {"# No host was seen to serve"}, "10.0.0.1"},
	{"nor an unanswered one", 0,
	 {{"10.0.0.1", 8080, "HTTP", ATTEMPTED}, {"10.0.0.1", 8443, "TLS", ATTEMPTED}},
	 {"# No host was seen to serve"}, "10.0.0.1"},
	{"nor one from which nothing came", 0,
	 {{"10.0.0.1", 8080, "HTTP", SILENT}, {"10.0.0.1", 8443, "TLS", SILENT}},
	 {"# No host was seen to serve"}, "10.0.0.1"},
	{"nor one of which nobody knows who serves", 0,
	 {{"10.0.0.1", 8080, "HTTP", UNKNOWN_DIRECTION},
	  {"10.0.0.1", 8443, "TLS", UNKNOWN_DIRECTION}},
	 {"# No host was seen to serve"}, "10.0.0.1"},
	{"nor a guess by the port", 0,
	 {{"10.0.0.1", 8080, "HTTP", GUESSED}, {"10.0.0.1", 8443, "TLS", GUESSED}},
	 {"# No host was seen to serve"}, "10.0.0.1"},
	{"what every network carries is none", 0,
	 {{"10.0.0.1", 22, "SSH", ANSWERED}, {"10.0.0.1", 8443, "TLS", ANSWERED}},
	 {"#   8443 (web of shop): 10.0.0.1\n"}, " 22"},
	{"an offset from moved ports", 1,
	 {{"10.0.0.1", 8087, "HTTP", ANSWERED}, {"10.0.0.1", 8450, "TLS", ANSWERED}},
	 {"  - name: shop-offset-7\n    product: shop\n    parameters: {offset: 7}",
	  "answers 2 of 3 documented ports: 8087, 8450; not seen: 7000\n",
	  "      web: [10.0.0.1]\n"},
	 "name: shop\n"},
	{"a role that is whole where it is documented goes before one with an offset", 1,
	 {{"10.0.0.1", 8180, "HTTP", ANSWERED}, {"10.0.0.1", 8543, "TLS", ANSWERED}},
	 {"      mini: [10.0.0.1]\n", "answers 2 of 2 documented ports: 8180, 8543\n"}, "web"},
	{"one moved port is chance", 0,
	 {{"10.0.0.1", 8087, "HTTP", ANSWERED}, {"10.0.0.1", 8451, "TLS", ANSWERED}},
	 {"# No host was seen to serve"}, "offset"},
	{"two instances by their offsets", 2,
	 {{"10.0.0.1", 8080, "HTTP", ANSWERED}, {"10.0.0.1", 8443, "TLS", ANSWERED},
	  {"10.0.0.2", 8081, "HTTP", ANSWERED}, {"10.0.0.2", 8444, "TLS", ANSWERED}},
	 {"- name: shop\n", "web: [10.0.0.1]\n", "- name: shop-offset-1\n", "web: [10.0.0.2]\n"},
	 NULL},
	{"ports of an including role support", 1,
	 {{"10.0.0.1", 8080, "HTTP", ANSWERED}, {"10.0.0.1", 8443, "TLS", ANSWERED},
	  {"10.0.0.1", 9000, "TLS", ANSWERED}},
	 {"8080, 8443; besides, of a role that includes it:\n      #   9000; not seen: 7000\n",
	  "      web: [10.0.0.1]\n"},
	 "server:"},
	{"rivals stay a comment, hosts alike together", 0,
	 {{"10.0.0.1", 3306, "MySQL", ANSWERED}, {"10.0.0.1", 5432, "PostgreSQL", ANSWERED},
	  {"10.0.0.2", 3306, "MySQL", ANSWERED}, {"10.0.0.2", 5432, "PostgreSQL", ANSWERED}},
	 {NO_PRODUCT,
	  "# 10.0.0.1, 10.0.0.2 could be\n"
	  "#   store of shop: 3306, 5432, 2 of its 2 documented ports\n"
	  "#   depot of shop: 3306, 5432, 2 of its 3 documented ports\n"},
	 "      store:"},
	{"more ports settle it", 1,
	 {{"10.0.0.1", 25, "SMTP", ANSWERED}, {"10.0.0.1", 3306, "MySQL", ANSWERED},
	  {"10.0.0.1", 5432, "PostgreSQL", ANSWERED}},
	 {"      depot: [10.0.0.1]\n"}, "store"},
	{"a host with two roles has a name", 2,
	 {{"10.0.0.1", 6379, "Redis", ANSWERED}, {"10.0.0.1", 8080, "HTTP", ANSWERED},
	  {"10.0.0.1", 8443, "TLS", ANSWERED}, {"10.0.0.1", 11211, "Memcached", ANSWERED}},
	 {"hosts:\n  host-1: [10.0.0.1]\n", "      web: [host-1]\n", "      cache: [host-1]\n",
	  "answers 2 of 3 documented ports: 6379, 11211; not seen: 6390-6399\n"},
	 "web: [10.0.0.1]"},
	{"but is in one instance of a product", 1,
	 {{"10.0.0.1", 6380, "Redis", ANSWERED}, {"10.0.0.1", 6391, "Redis", ANSWERED},
	  {"10.0.0.1", 8080, "HTTP", ANSWERED}, {"10.0.0.1", 8443, "TLS", ANSWERED},
	  {"10.0.0.1", 11212, "Memcached", ANSWERED}},
	 {"- name: shop-offset-1\n", "      cache: [10.0.0.1]\n",
	  "#   web of shop: 8080, 8443, 2 of its 3 documented ports (but it is in an instance "
	  "above)\n"},
	 "web: ["},
	{"IPv6 in quotes", 1,
	 {{"fd00::9", 8080, "HTTP", ANSWERED}, {"fd00::9", 8443, "TLS", ANSWERED}},
	 {"      web: [\"fd00::9\"]\n"}, NULL},
};

static void hear(void *context, const char *message)
{
	(void)context;
	print_error("%s\n", message);
}

static void load(struct fa_rulebook *book)
{
	const struct fa_catalog_text texts[] = {
		{"shop.yaml", shop_text, sizeof(shop_text) - 1},
		{"net.yaml", net_text, sizeof(net_text) - 1},
	};
	const struct fa_catalog_options options = {.error = hear};

	assert_int_equal(fa_rulebook_parse(texts, 2, &options, book), 0);
}

static void add(struct fa_learning *learning, const struct service *service)
{
	struct fa_identity id = {.transport = 6, .direction_by = FA_BY_SYN};
	struct fa_counts counts;

	fa_counts_init(&counts);
	assert_true(fa_addr_parse("192.0.2.1", &id.client));
	assert_true(fa_addr_parse(service->host, &id.server));
	id.server_port = service->port;
	snprintf(id.protocol, sizeof(id.protocol), "%s", service->protocol);
	id.detected_by = service->state == GUESSED ? FA_DETECTED_PORT_GUESS : FA_DETECTED_DPI;
	if (service->state == UNKNOWN_DIRECTION)
		id.direction_by = FA_BY_FIRST_PACKET;
	counts.flows = 1;
	counts.packets_to_server = 1;
	counts.packets_to_client = service->state == SILENT ? 0 : 1;
	counts.flows_in_state[service->state == REFUSED	    ? FA_FLOW_REFUSED
			      : service->state == ATTEMPTED ? FA_FLOW_ATTEMPTED
							    : FA_FLOW_CLOSED] = 1;
	assert_int_equal(fa_learning_add(learning, &id, &counts), 0);
}

/* What is written; the caller frees it. */
static char *written(const struct fa_learning *learning, const char *source)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	fa_learning_write(learning, out, source, 3);
	assert_int_equal(fclose(out), 0);
	return text;
}

static size_t count_wide(const char *text)
{
	size_t wide = 0;

	for (const char *at = text; *at != '\0';) {
		size_t len = strcspn(at, "\n");

		wide += len > 100;
		at += len;
		at += *at == '\n';
	}
	return wide;
}

/* The reader of site files takes it, without a complaint. */
static bool is_site(const char *text, const struct fa_rulebook *book)
{
	const struct fa_site_text whole = {"learned.yaml", text, strlen(text), NULL, 0};
	const struct fa_site_options options = {.error = hear};
	struct fa_site site;
	int error = fa_site_parse(&whole, book, &options, &site);

	if (error == 0)
		fa_site_deinit(&site);
	return error == 0;
}

static size_t check(const struct learn_case *c, const char *text, size_t places,
		    const struct fa_rulebook *book)
{
	size_t wrong = places != c->places;

	for (size_t i = 0; i < LINES_MAX && c->lines[i] != NULL; i++)
		wrong += strstr(text, c->lines[i]) == NULL;
	wrong += c->not != NULL && strstr(strchr(text, '/'), c->not) != NULL;
	wrong += count_wide(text);
	wrong += !is_site(text, book);
	if (wrong > 0)
		print_error("%s: %zu places in\n%s\n", c->what, places, text);
	return wrong;
}

static void test_cases(void **state)
{
	struct fa_rulebook book;
	size_t wrong = 0;

	(void)state;
	load(&book);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fa_learning *learning;
		char *text;

		assert_int_equal(fa_learning_new(&learning, &book), 0);
		for (size_t s = 0; s < SERVICES_MAX && cases[i].services[s].host != NULL; s++)
			add(learning, &cases[i].services[s]);
		assert_int_equal(fa_learning_finish(learning), 0);
		text = written(learning, "/tap.pcap");
		wrong += check(&cases[i], text, fa_learning_count(learning), &book);
		free(text);
		fa_learning_free(learning);
	}
	fa_rulebook_deinit(&book);
	assert_int_equal(wrong, 0);
}

/* What a capture is called cannot leave its comment. */
static void test_hostile_source(void **state)
{
	struct fa_learning *learning;
	struct fa_rulebook book;
	char longest[600];
	char *text;

	(void)state;
	load(&book);
	assert_int_equal(fa_learning_new(&learning, &book), 0);
	assert_int_equal(fa_learning_finish(learning), 0);
	text = written(learning, "a\nformat:2\r\n\x1b[31m\xe2\x80\xa8x.pcap");
	assert_non_null(strstr(text, "a\\x0aformat:2\\x0d\\x0a\\x1b[31m\\xe2\\x80\\xa8x.pcap"));
	assert_null(strstr(text, "\nformat:2"));
	assert_null(strchr(text, '\r'));
	assert_null(strchr(text, '\x1b'));
	assert_true(is_site(text, &book));
	free(text);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	text = written(learning, longest);
	assert_true(is_site(text, &book));
	free(text);
	fa_learning_free(learning);
	fa_rulebook_deinit(&book);
}

/* Very many hosts make the proposal no longer than people read. */
static void test_many_hosts(void **state)
{
	struct fa_learning *learning;
	struct fa_rulebook book;
	char *text;

	(void)state;
	load(&book);
	assert_int_equal(fa_learning_new(&learning, &book), 0);
	for (unsigned i = 0; i < 3000; i++) {
		char host[32];
		const struct service weak = {host, 8443, "TLS", ANSWERED};

		snprintf(host, sizeof(host), "10.0.%u.%u", i >> 8, i & 0xff);
		add(learning, &weak);
	}
	assert_int_equal(fa_learning_finish(learning), 0);
	text = written(learning, "/tap.pcap");
	assert_non_null(strstr(text, "10.0.0.23 and 2976 more\n"));
	assert_int_equal(count_wide(text), 0);
	assert_true(strlen(text) < 2000);
	free(text);
	fa_learning_free(learning);
	fa_rulebook_deinit(&book);
}

/* A host with more services than are looked at. */
static void test_many_services(void **state)
{
	struct fa_learning *learning;
	struct fa_rulebook book;

	(void)state;
	load(&book);
	assert_int_equal(fa_learning_new(&learning, &book), 0);
	for (unsigned port = 8000; port < 9500; port++) {
		const struct service service = {"10.0.0.1", (uint16_t)port, "TLS", ANSWERED};

		add(learning, &service);
	}
	assert_int_equal(fa_learning_finish(learning), 0);
	assert_true(fa_learning_count(learning) <= 1);
	fa_learning_free(learning);
	fa_rulebook_deinit(&book);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_hostile_source),
		cmocka_unit_test(test_many_hosts),
		cmocka_unit_test(test_many_services),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
