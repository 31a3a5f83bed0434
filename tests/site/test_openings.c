/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which openings rules of a site lead to. */
#include "site/openings.h"
#include "site/place.h"

struct bench {
	struct fa_rulebook book;
	struct fa_site site;
	struct fa_policy policy;
	struct fa_openings openings;
};

static void bench_init_with(struct bench *bench, const char *text, const char *systems)
{
	struct heard heard;
	int error;

	load_book(&bench->book);
	error = parse_site(text, systems, &bench->book, &heard, &bench->site);
	assert_string_equal(heard.text, "");
	assert_int_equal(error, 0);
	assert_int_equal(fa_site_bind(&bench->site, &bench->book, &bench->policy), 0);
	assert_int_equal(fa_openings_make(&bench->policy, &bench->openings), 0);
}

static void bench_init(struct bench *bench, const char *text)
{
	bench_init_with(bench, text, NULL);
}

static void bench_deinit(struct bench *bench)
{
	fa_openings_deinit(&bench->openings);
	fa_policy_deinit(&bench->policy);
	fa_site_deinit(&bench->site);
	fa_rulebook_deinit(&bench->book);
}

static void add_end(char *text, size_t size, const struct fa_opening_end *end)
{
	size_t used = strlen(text);
	char addr[FA_ADDR_TEXT];

	for (size_t i = 0; i < end->addr_count; i++)
		used += (size_t)snprintf(text + used, size - used, " %s/%u",
					 fa_addr_text(&end->addrs[i].prefix.addr, addr),
					 end->addrs[i].prefix.bits);
	for (size_t i = 0; i < end->hosts.count; i++)
		used += (size_t)snprintf(text + used, size - used, " %s", end->hosts.items[i]);
	for (size_t i = 0; i < end->systems.count; i++)
		used += (size_t)snprintf(text + used, size - used, " AS%u", end->systems.items[i]);
	for (size_t i = 0; i < end->roles.count && end->not_placed; i++)
		used += (size_t)snprintf(text + used, size - used, " (%s)", end->roles.items[i]);
}

/* The openings of a rule: "open: 10.1.0.0/16 > 10.0.0.1/32 444-444 8001-8011; ..." */
static void assert_openings(const struct bench *bench, const char *id, const char *expected)
{
	char text[1024] = "";

	for (size_t i = 0; i < bench->openings.count; i++) {
		const struct fa_opening *opening = &bench->openings.items[i];
		size_t used = strlen(text);

		if (strcmp(opening->binding->rule->id, id) != 0)
			continue;
		snprintf(text + used, sizeof(text) - used, "%s%s%s:", used > 0 ? "; " : "",
			 opening->reversed ? "back " : "", fa_opening_state_text(opening->state));
		add_end(text, sizeof(text), &opening->client);
		strcat(text, " >");
		add_end(text, sizeof(text), &opening->server);
		for (size_t k = 0; k < opening->ports.count; k++) {
			used = strlen(text);
			snprintf(text + used, sizeof(text) - used, " %u-%u",
				 opening->ports.items[k].low, opening->ports.items[k].high);
		}
	}
	assert_string_equal(text, expected);
}

#define SITE(instances)                                                                            \
	"format: 1\nsite: s\nhosts: {h: [10.0.0.9, \"fd00::9\"]}\ninstances:\n" instances
#define WEB "  - {name: one, product: store, roles: {web: [10.0.0.1], client: [10.1.0.0/16]}"

static void test_addresses(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench, SITE(WEB ", parameters: {offset: 1}}\n"));
	assert_openings(&bench, "store/c/https",
			"open: 10.1.0.0/16 > 10.0.0.1/32 444-444 8001-8011");
	/* a role that includes the one that is placed; another that nobody placed */
	assert_openings(&bench, "store/c/console",
			"open: 10.1.0.0/16 > 10.0.0.1/32 9444-9444; "
			"not-placed: (admin) > 10.0.0.1/32 9444-9444");
	assert_openings(&bench, "store/c/ping", "open: 10.1.0.0/16 > 10.0.0.1/32");
	assert_openings(&bench, "store/c/sync", "not-placed: (worker) > 10.0.0.1/32 4000-4000");
	/* ports in reserve are an opening of their own */
	assert_openings(&bench, "store/c/naming",
			"open: 10.1.0.0/16 > 10.0.0.1/32 1098-1098; "
			"open: 10.1.0.0/16 > 10.0.0.1/32 1099-1101");
	bench_deinit(&bench);
}

static void test_what_cannot_be_opened(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench, SITE(WEB "}\n"));
	assert_openings(&bench, "store/c/door", "no-port: 10.1.0.0/16 > 10.0.0.1/32");
	assert_openings(&bench, "store/c/random", "run-time-port: 10.1.0.0/16 > 10.0.0.1/32");
	assert_openings(&bench, "net/c/dns", "everybody: > 53-53");
	/* the document names the host, or the system, and the site says nothing more */
	assert_openings(&bench, "store/c/cloud", "by-name: 10.0.0.1/32 > us.example.org 443-443");
	assert_openings(&bench, "store/c/push",
			"by-system: 10.0.0.1/32 > AS15169 AS64496 5228-5228");
	bench_deinit(&bench);
	bench_init(&bench, SITE("  - {name: one, product: store, roles: {web: [h], worker: [h], "
				"client: none}}\n"));
	assert_openings(&bench, "store/c/https",
			"nobody: > 10.0.0.9/32 fd00::9/128 443-443 8000-8010");
	assert_openings(&bench, "store/c/sync",
			"local: 10.0.0.9/32 fd00::9/128 > 10.0.0.9/32 fd00::9/128 4000-4000");
	bench_deinit(&bench);
}

/* Entries that are names, alone and beside addresses. */
static void test_names(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench, SITE("  - {name: one, product: store, roles: {web: [10.0.0.1, "
				"web.example.net], client: [c.example.net, 10.1.0.0/16], "
				"cloud: [203.0.113.7]}}\n"));
	assert_openings(&bench, "store/c/gate",
			"open: 10.1.0.0/16 > 10.0.0.1/32 5000-5000; "
			"by-name: 10.1.0.0/16 c.example.net > web.example.net 5000-5000; "
			"by-name: c.example.net > 10.0.0.1/32 5000-5000");
	/* where the site has addresses for a named destination, these are opened */
	assert_openings(&bench, "store/c/cloud",
			"open: 10.0.0.1/32 > 203.0.113.7/32 443-443; "
			"by-name: web.example.net > 203.0.113.7/32 443-443");
	bench_deinit(&bench);
}

static void test_anybody(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench, SITE("  - {name: one, product: store, roles: {web: [10.0.0.1], client: "
				"any, cloud: any}}\n"
				"  - {name: two, product: net, roles: {resolver: any, host: any, "
				"clock: none}}\n"));
	assert_openings(&bench, "store/c/gate", "open: > 10.0.0.1/32 5000-5000");
	/* anybody whom the document names */
	assert_openings(&bench, "store/c/cloud", "by-name: 10.0.0.1/32 > us.example.org 443-443");
	assert_openings(&bench, "store/c/push",
			"by-system: 10.0.0.1/32 > AS15169 AS64496 5228-5228");
	/* what holds everywhere is open for everybody where a site says just that */
	assert_openings(&bench, "net/c/dns", "open: > 53-53");
	bench_deinit(&bench);
}

/* Roles that hold each other's addresses are one list without overlaps, and no group sends. */
static void test_lists(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench,
		   SITE("  - {name: one, product: store, roles: {web: [10.0.0.1, 239.1.1.1], "
			"worker: [10.0.0.2, 239.1.1.1], client: [10.1.0.0/16], "
			"admin: [10.1.2.3, \"fd00::/64\", 10.0.0.8]}}\n"));
	assert_openings(&bench, "store/c/console",
			"open: 10.0.0.8/32 10.1.0.0/16 fd00::/64 > 10.0.0.1/32 10.0.0.2/32 "
			"239.1.1.1/32 9443-9443");
	assert_openings(&bench, "store/c/sync",
			"open: 10.0.0.2/32 > 10.0.0.1/32 239.1.1.1/32 4000-4000");
	bench_deinit(&bench);
}

/* Prefixes of systems: without what others have within them, but with what the wanted have there.
 */
static void test_systems(void **state)
{
	struct bench bench;
	static const char site[] = "format: 1\nsite: s\nautonomous-systems: as.txt\ninstances:\n"
				   "  - {name: one, product: store, roles: {web: [10.0.0.1], "
				   "cloud: any, client: none}}\n"
				   "  - {name: two, product: store, roles: {web: [10.0.0.2], "
				   "cloud: [192.0.2.64/26, 198.51.100.1], client: none}}\n";

	(void)state;
	bench_init_with(&bench, site,
			"192.0.2.0/24 AS15169\n192.0.2.64/26 AS64511\n192.0.2.80/28 AS64496\n"
			"203.0.113.0/24 AS64511\n2001:db8::/32 AS64496\n");
	assert_openings(&bench, "store/c/push",
			"open: 10.0.0.1/32 > 192.0.2.0/26 192.0.2.80/28 192.0.2.128/25 "
			"2001:db8::/32 5228-5228; "
			"open: 10.0.0.2/32 > 192.0.2.80/28 5228-5228");
	bench_deinit(&bench);
}

#define ONE_RULE(rest)                                                                             \
	"format: 1\nproduct: store\nname: Store\ndocument: {title: Ports, publisher: Vendor}\n"    \
	"roles: {web: Web server, client: Client}\n"                                               \
	"components:\n  c:\n    name: C\n    rules:\n"                                             \
	"      - {id: r, title: T, section: S, row: R, protocols: any, requirement: required, "    \
	"from: "                                                                                   \
	"[client], to: [web], " rest "}\n"

/* A catalog with one rule instead of those of place.h. */
static void bench_init_rule(struct bench *bench, const char *catalog)
{
	const struct fa_catalog_text text = {"store.yaml", catalog, strlen(catalog)};
	const char *site = SITE(WEB "}\n");
	struct heard heard = {.count = 0};
	const struct fa_catalog_options options = {.error = hear, .error_context = &heard};

	int error = fa_rulebook_parse(&text, 1, &options, &bench->book);

	assert_string_equal(heard.text, "");
	assert_int_equal(error, 0);
	assert_int_equal(parse_site(site, NULL, &bench->book, &heard, &bench->site), 0);
	assert_string_equal(heard.text, "");
	assert_int_equal(fa_site_bind(&bench->site, &bench->book, &bench->policy), 0);
	assert_int_equal(fa_openings_make(&bench->policy, &bench->openings), 0);
}

static void test_kinds_of_rules(void **state)
{
	struct bench bench;

	(void)state;
	bench_init_rule(&bench, ONE_RULE("direction: both, transport: [tcp], ports: [22]"));
	assert_openings(&bench, "store/c/r",
			"open: 10.1.0.0/16 > 10.0.0.1/32 22-22; "
			"back open: 10.0.0.1/32 > 10.1.0.0/16 22-22");
	bench_deinit(&bench);
	bench_init_rule(&bench,
			ONE_RULE("direction: inbound, transport: [tcp], ports: [80], advice: "
				 "{value: discouraged, reason: plaintext}"));
	assert_openings(&bench, "store/c/r", "discouraged: 10.1.0.0/16 > 10.0.0.1/32 80-80");
	bench_deinit(&bench);
	bench_init_rule(&bench, ONE_RULE("direction: inbound, transport: [tcp], ports: [161], "
					 "correction: {transport: [udp], reason: wrong}"));
	assert_openings(&bench, "store/c/r",
			"open: 10.1.0.0/16 > 10.0.0.1/32 161-161; "
			"open: 10.1.0.0/16 > 10.0.0.1/32 161-161");
	assert_int_equal(bench.openings.items[0].transports, FA_RULE_TCP);
	assert_int_equal(bench.openings.items[1].transports, FA_RULE_UDP);
	assert_int_equal(bench.openings.items[1].claim, FA_CLAIM_CORRECTED);
	bench_deinit(&bench);
	bench_init_rule(&bench,
			ONE_RULE("direction: inbound, transport: [tcp], ports: [6006], scope: "
				 "host"));
	assert_openings(&bench, "store/c/r", "local: 10.1.0.0/16 > 10.0.0.1/32 6006-6006");
	bench_deinit(&bench);
	bench_init_rule(&bench, ONE_RULE("direction: inbound, transport: [tcp], ports: [9], "
					 "destinations: {networks: [10.0.0.0/30]}"));
	assert_openings(&bench, "store/c/r", "open: 10.1.0.0/16 > 10.0.0.1/32 9-9");
	bench_deinit(&bench);
	bench_init_rule(&bench, ONE_RULE("direction: inbound, transport: [tcp], ports: [9], "
					 "destinations: {networks: [192.0.2.0/24]}"));
	assert_openings(&bench, "store/c/r", "nobody: 10.1.0.0/16 > 9-9");
	bench_deinit(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),      cmocka_unit_test(test_what_cannot_be_opened),
		cmocka_unit_test(test_names),	       cmocka_unit_test(test_anybody),
		cmocka_unit_test(test_lists),	       cmocka_unit_test(test_systems),
		cmocka_unit_test(test_kinds_of_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
