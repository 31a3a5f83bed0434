/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Openings written down: rules that are there once, comments that stay comments, tables. */
#include "site/openings.h"
#include "site/place.h"

#include "report/export.h"
#include "report/sinks.h"

#define CATALOG(rules)                                                                             \
	"format: 1\nproduct: shop\nname: Shop\ndocument: {title: Ports, publisher: Vendor}\n"      \
	"roles: {web: Web server, client: Client}\n"                                               \
	"components:\n  c:\n    name: C\n    rules:\n" rules
#define TCP(id, ports, rest)                                                                       \
	RULE(id, "direction: inbound, from: [client], to: [web], transport: [tcp], ports: " ports  \
		 ", requirement: " rest)
/* Another table of the document: within one, rows do not overlap. */
#define COMPONENT(id) "  " id ":\n    name: D\n    rules:\n"
#define SITE(roles)                                                                                \
	"format: 1\nsite: s\nhosts: {am1: [10.0.0.1, \"fd00::1\"]}\ninstances:\n"                  \
	"  - {name: 1-shop, product: shop, roles: {" roles "}}\n"

struct bench {
	struct fa_rulebook book;
	struct fa_site site;
	struct fa_policy policy;
	struct fa_openings openings;
};

static void bench_init(struct bench *bench, const char *catalog, const char *site)
{
	const struct fa_catalog_text text = {"shop.yaml", catalog, strlen(catalog)};
	struct heard heard = {.count = 0};
	const struct fa_catalog_options options = {.error = hear, .error_context = &heard};
	int error = fa_rulebook_parse(&text, 1, &options, &bench->book);

	assert_string_equal(heard.text, "");
	assert_int_equal(error, 0);
	error = parse_site(site, NULL, &bench->book, &heard, &bench->site);
	assert_string_equal(heard.text, "");
	assert_int_equal(error, 0);
	assert_int_equal(fa_site_bind(&bench->site, &bench->book, &bench->policy), 0);
	assert_int_equal(fa_openings_make(&bench->policy, &bench->openings), 0);
}

static void bench_deinit(struct bench *bench)
{
	fa_openings_deinit(&bench->openings);
	fa_policy_deinit(&bench->policy);
	fa_site_deinit(&bench->site);
	fa_rulebook_deinit(&bench->book);
}

/* The rule set, to be freed. */
static char *rules_of(const struct bench *bench, const struct fa_usage *usage, bool drop)
{
	struct fa_diag diag = {{0}};
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_int_equal(fa_export_nftables(out, &bench->openings, usage, drop, &diag), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void assert_has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("not there: %s\nin:\n%s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_msg("there: %s\nin:\n%s", part, text);
}

#define PLAIN	"client: [10.1.0.0/16], web: [10.0.0.2]"
#define FROM_TO "\t\tip saddr @_1-shop_client_4 ip daddr @_1-shop_web_4 "

/* Ports that several rows have are there once, with all of the rows. */
static void test_merged(void **state)
{
	struct bench bench;
	char *text;

	(void)state;
	bench_init(&bench,
		   CATALOG(TCP("a", "[8000-8010, 443]", "required") COMPONENT("d")
				   TCP("b", "[8005-8020]", "optional")
					   TCP("c", "[443]", "conditional, when: x")),
		   SITE(PLAIN));
	text = rules_of(&bench, NULL, false);
	assert_has(text,
		   FROM_TO "tcp dport 443 counter accept comment \"shop/c/a and 1 more: Ports, "
			   "S\"\n");
	assert_has(text,
		   FROM_TO "tcp dport 8000-8004 counter accept comment \"shop/c/a: Ports, S\"\n");
	assert_has(text,
		   FROM_TO "tcp dport 8005-8010 counter accept comment \"shop/c/a and 1 more: "
			   "Ports, S\"\n");
	assert_has(text,
		   FROM_TO "tcp dport 8011-8020 counter accept comment \"[optional] shop/d/b: "
			   "Ports, S\"\n");
	assert_has(text,
		   "\t\t# shop/c/a, required: \"Ports\", Vendor, no date, section \"S\", row "
		   "\"R\"\n"
		   "\t\t# shop/d/c, conditional: \"Ports\", Vendor, no date, section \"S\", row "
		   "\"R\"\n\t\t#   when x\n" FROM_TO "tcp dport 443 ");
	assert_has(text, "# 3 openings follow.\n");
	free(text);
	bench_deinit(&bench);
}

/* Where the same port is discouraged by one row and asked for by another, it is open by the other.
 */
static void test_discouraged(void **state)
{
	struct bench bench;
	char *text;

	(void)state;
	bench_init(&bench,
		   CATALOG(TCP("a", "[80, 443]",
			       "required, advice: {value: discouraged, reason: "
			       "plaintext}") COMPONENT("d") TCP("b", "[443]", "required")),
		   SITE(PLAIN));
	text = rules_of(&bench, NULL, false);
	assert_has(text,
		   "\t\t#   discouraged: plaintext\n\t\t# ip saddr @_1-shop_client_4 ip daddr "
		   "@_1-shop_web_4 tcp dport { 80, 443 } counter accept comment \"shop/c/a: ");
	assert_has(text, FROM_TO "tcp dport 443 counter accept comment \"shop/d/b: ");
	assert_lacks(text, FROM_TO "tcp dport { 80");
	assert_has(text,
		   "# 1 opening follows, and 1 that their documents discourage, commented out.\n");
	free(text);
	bench_deinit(&bench);
}

static void test_families(void **state)
{
	struct bench bench;
	char *text;

	(void)state;
	bench_init(&bench, CATALOG(TCP("a", "[443]", "required")),
		   SITE("client: [10.1.0.0/16], web: [am1]"));
	text = rules_of(&bench, NULL, true);
	assert_has(text, FROM_TO "tcp dport 443 ");
	assert_has(text, "\t\t\t10.0.0.1\t# am1\n");
	assert_lacks(text, "ip6 ");
	assert_lacks(text, "ipv6_addr"); /* no rule would have that set */
	assert_has(text, "policy drop;");
	assert_has(text, "and DROPPED.");
	free(text);
	bench_deinit(&bench);
	bench_init(&bench, CATALOG(TCP("a", "[443]", "required")), SITE("client: any, web: [am1]"));
	text = rules_of(&bench, NULL, false);
	assert_has(text, "\t\tip daddr @_1-shop_web_4 tcp dport 443 ");
	assert_has(text, "\t\tip6 daddr @_1-shop_web_6 tcp dport 443 ");
	assert_has(text, "policy accept;");
	free(text);
	bench_deinit(&bench);
	bench_init(&bench, CATALOG(TCP("a", "[443]", "required")),
		   SITE("client: [10.1.0.0/16], web: [\"fd00::2\"]"));
	text = rules_of(&bench, NULL, false);
	assert_has(text,
		   "#   nothing to open: one end has IPv4 addresses, the other IPv6 addresses\n");
	assert_lacks(text, "dport");
	free(text);
	bench_deinit(&bench);
}

/* ICMP has no ports, and each of the two is of one family. */
static void test_icmp(void **state)
{
	struct bench bench;
	char *text;

	(void)state;
	bench_init(&bench,
		   CATALOG(RULE("ping", "direction: inbound, from: [client], to: [web], transport: "
					"[icmp, icmp6], requirement: required")),
		   SITE("client: any, web: [am1]"));
	text = rules_of(&bench, NULL, false);
	assert_has(text, "\t\tip daddr @_1-shop_web_4 meta l4proto icmp counter");
	assert_has(text, "\t\tip6 daddr @_1-shop_web_6 meta l4proto ipv6-icmp counter");
	assert_lacks(text, "ip daddr @_1-shop_web_4 meta l4proto ipv6");
	assert_lacks(text, "ip6 daddr @_1-shop_web_6 meta l4proto icmp");
	free(text);
	bench_deinit(&bench);
}

/* The text without comments of either kind. */
static void strip(char *text)
{
	bool quoted = false;
	bool hash = false;
	char *to = text;

	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '\n') {
			if (quoted)
				fail_msg("a comment goes over a line break");
			hash = false;
		} else if (!hash && *c == '"') {
			quoted = !quoted;
			continue;
		} else if (!quoted && *c == '#') {
			hash = true;
		}
		if (!quoted && !hash)
			*to++ = *c;
	}
	*to = '\0';
}

#define EVIL "x\"; }\n\taccept; EVIL! \xe2\x80\xae \x1b[31m\\"

/* Whatever names and texts are, they stay within comments, and names of sets are names. */
static void test_hostile(void **state)
{
	const struct fa_opening_addr addrs[] = {{{{{10, 0, 0, 1}, 4}, 32}, EVIL},
						{{{{10, 0, 0, 2}, 4}, 32}, "\\"}};
	static const char *const texts[] = {EVIL};
	const struct fa_opening_end evil = {.roles = {texts, 1}, .addrs = addrs, .addr_count = 2};
	const struct fa_opening_end named = {.roles = {texts, 1}, .hosts = {texts, 1}};
	struct fa_usage_run run = {.id = 1, .confidence = "low", .why = EVIL};
	const struct fa_use uses[] = {{.observable = 1, .seen = 1, .idle = EVIL},
				      {.observable = 1, .idle = ""}};
	const struct fa_usage usage = {
		.asked = 1, .source = EVIL, .runs = &run, .run_count = 1, .uses = uses};
	struct fa_product product;
	struct fa_rulebook book;
	struct fa_rule rule;
	struct fa_instance instance;
	struct fa_binding binding;
	struct bench bench;
	char *text;

	(void)state;
	bench_init(&bench, CATALOG(TCP("a", "[443]", "required") TCP("b", "[444]", "required")),
		   SITE(PLAIN));
	product = *bench.book.products;
	product.name = product.title = product.publisher = product.dated = EVIL;
	rule = *bench.openings.items[0].binding->rule;
	rule.product = &product;
	rule.id = rule.section = rule.row = rule.when = rule.note = EVIL;
	instance = *bench.openings.items[0].binding->instance;
	instance.name = EVIL;
	instance.product = &product;
	book = bench.book;
	book.products = &product;
	bench.policy.book = &book;
	binding = *bench.openings.items[0].binding;
	binding.rule = &rule;
	binding.instance = &instance;
	bench.site.name = bench.site.file = EVIL;
	bench.openings.items[0].binding = &binding;
	bench.openings.items[0].client = evil;
	bench.openings.items[0].server = evil;
	bench.openings.items[0].only_hosts = named.hosts;
	bench.openings.items[1].binding = &binding;
	bench.openings.items[1].state = FA_OPENING_BY_NAME;
	bench.openings.items[1].server = named;
	text = rules_of(&bench, &usage, false);
	assert_has(text, "EVIL!");
	assert_lacks(text, "\x1b");
	assert_lacks(text, "\xe2\x80\xae");
	strip(text);
	assert_lacks(text, "EVIL!");
	assert_lacks(text, "\\");
	assert_has(text, "set x------accept--EVIL------"); /* a name, if a strange one */
	free(text);
	bench_deinit(&bench);
}

/* The kernel keeps 127 bytes of a comment; none of its characters is cut in two. */
static void test_long_comment(void **state)
{
	enum { SECTION = 150 };
	char section[2 * SECTION + 1] = "";
	struct fa_rule rule;
	struct fa_binding binding;
	struct bench bench;
	const char *comment;
	char *text;

	(void)state;
	for (size_t i = 0; i < SECTION; i++)
		strcat(section, "\xc3\xbc");
	bench_init(&bench, CATALOG(TCP("a", "[443]", "required")), SITE(PLAIN));
	rule = *bench.openings.items[0].binding->rule;
	rule.section = section;
	binding = *bench.openings.items[0].binding;
	binding.rule = &rule;
	bench.openings.items[0].binding = &binding;
	text = rules_of(&bench, NULL, false);
	comment = strstr(text, "comment \"shop/c/a") + strlen("comment \"");
	assert_in_range(strcspn(comment, "\""), 126, 127);
	assert_memory_equal(comment + strcspn(comment, "\"") - 5, "\xc3\xbc...", 5);
	free(text);
	bench_deinit(&bench);
}

/* Marks and their reasons; a row that somebody tried is not one that nobody uses. */
static void test_use(void **state)
{
	struct fa_usage_run runs[] = {{.id = 3,
				       .first_ns = 1795298400000000000ll,
				       .last_ns = 1795302000000000000ll,
				       .confidence = "high",
				       .why = "no loss was measured",
				       .ended_well = true},
				      {.id = 4,
				       .first_ns = 1795384800000000000ll,
				       .confidence = "low",
				       .why = "30% lost",
				       .ended_well = true,
				       .other_site = true}};
	const struct fa_use uses[] = {{.observable = 2,
				       .since_ns = 1795298400000000000ll,
				       .idle = "",
				       .last_seen_ns = 1795212000000000000ll},
				      {.observable = 2, .seen = 1, .idle = "am1"},
				      {.observable = 1, .refused = 1, .idle = ""},
				      {.idle = ""}};
	const struct fa_usage usage = {
		.asked = 9, .source = "eth1", .runs = runs, .run_count = 2, .uses = uses};
	struct bench bench;
	char *text;

	(void)state;
	bench_init(&bench,
		   CATALOG(TCP("a", "[1]", "required") TCP("b", "[2]", "required")
				   TCP("c", "[3]", "optional") TCP("d", "[4]", "required")),
		   SITE(PLAIN));
	text = rules_of(&bench, &usage, false);
	assert_has(
		text,
		"# UNUSED marks what nothing used: 1 of 4 openings, by the newest 2 runs "
		"(eth1)\n# that were judged with this site; 9 were asked for, but there are no "
		"more:\n"
		"#   run 3  2026-11-21 22:00 .. 2026-11-21 23:00  confidence high: no loss was "
		"measured\n"
		"#   run 4  confidence low: 30% lost; another version of the site file\n"
		"# Beware: 1 of 2 runs saw less than all of the traffic; 1 of 2 runs were judged "
		"with another version of the site file\n");
	assert_has(text,
		   "\t\t#   UNUSED: nothing used it since 2026-11-21 22:00, in 2 of 2 runs that "
		   "could have shown it; last used 2026-11-20 22:00\n" FROM_TO
		   "tcp dport 1 counter accept comment \"[unused] shop/c/a: ");
	assert_has(text, "\t\t#   not used by or at am1\n");
	assert_has(text, "\t\t#   tried in 1 of 2 runs, and never let in\n");
	assert_has(text, "comment \"[optional] shop/c/c: ");
	assert_has(text, "\t\t#   none of 2 runs can tell whether it is used\n");
	free(text);
	bench_deinit(&bench);
}

/* The change request: everything that needs a firewall, with what stands at its ends. */
static void test_table(void **state)
{
	const struct fa_use uses[] = {
		{.observable = 2, .seen = 2, .last_seen_ns = 1795212000000000000ll, .idle = "am1"},
		{.idle = ""},
		{.observable = 1, .since_ns = 1795212000000000000ll, .idle = ""},
		{.idle = ""}};
	const struct fa_usage usage = {.asked = 2, .source = "eth1", .uses = uses, .run_count = 2};
	struct fa_diag diag = {{0}};
	struct fa_table_sink sink;
	struct bench bench;
	struct fa_csv csv;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	bench_init(&bench,
		   CATALOG(TCP("a", "[443, 8000-8010]", "conditional, when: '=\"on\"'")
				   TCP("b", "[1]", "required, scope: host")
					   TCP("c", "[2]", "required, alternatives: either") TCP(
						   "d", "[3]", "required, alternatives: either")),
		   SITE("client: any, web: [am1, 10.0.0.7]"));
	sink = fa_sink_csv(&csv, out, NULL, &diag);
	assert_int_equal(fa_tables_openings(&bench.openings, &usage, &sink, &diag), 0);
	fa_csv_deinit(&csv);
	fclose(out);
	assert_string_equal(
		text,
		"status,requirement,source_role,source_name,source_address,destination_role,"
		"destination_name,destination_address,transport,ports,protocol,product,instance,"
		"document,publisher,dated,section,row,rule,note,used,last_seen,runs_observable\r\n"
		"open,conditional,client,,any,web,am1,\"10.0.0.1, 10.0.0.7, fd00::1\",tcp,"
		"\"443, 8000-8010\",any,shop,1-shop,Ports,Vendor,,S,R,shop/c/a,"
		"\"when =\"\"on\"\"; not used by or at "
		"am1\",partly,2026-11-20T22:00:00.000000Z,2\r\n"
		"open,required,client,,any,web,am1,\"10.0.0.1, 10.0.0.7, fd00::1\",tcp,2,any,shop,"
		"1-shop,Ports,Vendor,,S,R,shop/c/c,"
		"\"one of several alternatives is enough; the others: shop/c/d; nothing used it "
		"since "
		"2026-11-20 22:00, in 1 of 2 runs that could have shown it\",no,,1\r\n"
		"open,required,client,,any,web,am1,\"10.0.0.1, 10.0.0.7, fd00::1\",tcp,3,any,shop,"
		"1-shop,Ports,Vendor,,S,R,shop/c/d,"
		"\"one of several alternatives is enough; the others: shop/c/c; none of 2 runs can "
		"tell "
		"whether it is used\",unknown,,0\r\n");
	free(text);
	bench_deinit(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merged),	 cmocka_unit_test(test_discouraged),
		cmocka_unit_test(test_families), cmocka_unit_test(test_icmp),
		cmocka_unit_test(test_hostile),	 cmocka_unit_test(test_long_comment),
		cmocka_unit_test(test_use),	 cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
