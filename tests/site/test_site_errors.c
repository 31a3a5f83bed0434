/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything that is wrong with a site is told: where, what, and what was probably meant. */
#include "site/place.h"

#define R "dc/site.yaml:"

/* clang-format off */
static const char good[] =
	"format: 1\n"							/* 1 */
	"site: dc1\n"							/* 2 */
	"networks:\n"							/* 3 */
	"  office: [10.10.0.0/16, 10.11.0.0/24]\n"			/* 4 */
	"hosts:\n"							/* 5 */
	"  am1: [10.0.1.9, 'fd00::9']\n"				/* 6 */
	"  am2: [10.0.1.10]\n"						/* 7 */
	"instances:\n"							/* 8 */
	"  - name: one\n"						/* 9 */
	"    product: store\n"						/* 10 */
	"    version: '4.2'\n"						/* 11 */
	"    parameters: {offset: 1, region: eu, gate: [5001]}\n"	/* 12 */
	"    ports: {c/naming: [2098]}\n"				/* 13 */
	"    roles:\n"							/* 14 */
	"      web: [am1]\n"						/* 15 */
	"      worker: [am2]\n"						/* 16 */
	"      client: [office]\n"					/* 17 */
	"      cloud: [app.example.org]\n"				/* 18 */
	"  - name: two\n"						/* 19 */
	"    product: store\n"						/* 20 */
	"    roles:\n"							/* 21 */
	"      web: [10.0.2.1]\n"					/* 22 */
	"      cloud: any\n"						/* 23 */
	"      admin: none\n"						/* 24 */;
/* clang-format on */

struct bad {
	const char *find, *replace;
	const char *message;
};

static const struct bad bad_head[] = {
	{"format: 1\n", "", R "1:1: \"format\" is missing: not a site file?"},
	{"format: 1", "format: 2", R "1:9: \"format\": 2 is not a format that is known here (1)"},
	{"site: dc1\n", "", R "1:1: \"site\" is missing"},
	{"site: dc1", "site: DC 1",
	 R "2:7: \"site\": \"DC 1\" is not an id: lower-case letters and digits, single hyphens "
	   "between them"},
	{"networks:", "network:", R "3:1: unknown key \"network\"; did you mean \"networks\"?\n" R
				  "17:16: instance \"one\": \"roles\": \"client\": \"office\" is no "
				  "host or network of this site, no address or prefix, and no DNS "
				  "name"},
	{"instances:", "instances: []\nothers:",
	 R "8:12: \"instances\": the list is empty\n" R "9:1: unknown key \"others\""},
};

static const struct bad bad_names[] = {
	{"10.11.0.0/24", "10.11.0.1/24",
	 R "4:26: network \"office\": \"10.11.0.1/24\" is not an address or prefix (host bits have "
	   "to be zero: 10.11.0.0/24)"},
	{"10.11.0.0/24", "10.10.4.0/24",
	 R "4:26: network \"office\": \"10.10.4.0/24\" lies within \"10.10.0.0/16\""},
	{"10.11.0.0/24", "0.0.0.0/0",
	 R "4:26: network \"office\": \"0.0.0.0/0\" is every address: where anybody may have a "
	   "role, the role says any"},
	{"10.11.0.0/24", "10.10.0.0/16",
	 R "4:26: network \"office\": \"10.10.0.0/16\" stands here twice"},
	{"  office:", "  Office:",
	 R "4:3: \"networks\": \"Office\" is not an id: lower-case letters and digits, single "
	   "hyphens between them\n" R
	   "17:16: instance \"one\": \"roles\": \"client\": \"office\" is no host or network of this "
	   "site, no address or prefix, and no DNS name"},
	{"  am2:", "  any:",
	 R "7:3: \"hosts\": \"any\" has a meaning of its own in roles\n" R
	   "16:16: instance \"one\": \"roles\": \"worker\": \"am2\" is no host or network of this "
	   "site, no address or prefix, and no DNS name; did you mean \"am1\"?"},
	{"  am2: [10.0.1.10]", "  am2: [10.0.1.10]\n  office: [10.0.1.11]",
	 R "8:3: \"hosts\": \"office\" is the name of a network in line 4"},
	{"  am2: [10.0.1.10]", "  am2: [10.0.1.10]\n  am2: [10.0.1.11]",
	 R "8:3: \"am2\" stands here twice, first in line 7"},
	{"[10.0.1.10]", "[10.0.1.0/28]",
	 R "7:9: host \"am2\": \"10.0.1.0/28\" is a prefix: a host has addresses, prefixes belong "
	   "under networks"},
	{"[10.0.1.10]", "[10.0.1.10, 10.0.1.9]",
	 R "7:3: host \"am2\": 10.0.1.9 is host \"am1\" in line 6 already"},
	{"[10.0.1.10]", "['fd00::1', 'fd00:0::1']",
	 R "7:20: host \"am2\": \"fd00:0::1\" lies within \"fd00::1\""},
	{"[10.0.1.10]", "10.0.1.10", R "7:8: host \"am2\": expected a list, found a text"},
};

static const struct bad bad_instances[] = {
	{"name: two", "name: one",
	 R "19:11: instance \"one\": \"name\": \"one\" is taken by the instance in line 9"},
	{"name: two", "nam: two",
	 R "19:5: instance \"#2\": unknown key \"nam\"; did you mean \"name\"?\n" R
	   "19:5: instance \"#2\": \"name\" is missing"},
	{"product: store\n    roles:\n      web: [10.0.2.1]", "product: stroe\n    roles:\n      wbe: x",
	 R "20:14: instance \"two\": \"product\": there is no catalog of product \"stroe\"; did you "
	   "mean \"store\"?"},
	{"    product: store\n    version", "    version",
	 R "9:5: instance \"one\": \"product\" is missing"},
	{"version: '4.2'", "version: 4", R "11:14: instance \"one\": \"version\": 4 is a number in "
					   "YAML; for a text, put it in quotes"},
};

static const struct bad bad_parameters[] = {
	{"offset: 1", "ofset: 1",
	 R "12:18: instance \"one\": \"parameters\": store has no parameter \"ofset\"; did you mean "
	   "\"offset\"?"},
	{"offset: 1", "offset: '1'",
	 R "12:26: instance \"one\": \"parameters\": \"offset\": \"1\" is a text; a number stands "
	   "without quotes"},
	{"offset: 1", "offset: one",
	 R "12:26: instance \"one\": \"parameters\": \"offset\": \"one\" is not a whole number"},
	{"offset: 1", "offset: 56093",
	 R "12:26: instance \"one\": \"parameters\": \"offset\" of 56093 moves the port of "
	   "store/c/console out of 1 to 65535"},
	{"offset: 1", "offset: -443",
	 R "12:26: instance \"one\": \"parameters\": \"offset\" of -443 moves the port of "
	   "store/c/https out of 1 to 65535"},
	{"gate: [5001]", "gate: [65535]",
	 R "12:26: instance \"one\": \"parameters\": \"offset\" of 1 moves the port of "
	   "store/c/moved-gate out of 1 to 65535"},
	{"region: eu", "region: ue",
	 R "12:37: instance \"one\": \"parameters\": \"region\": \"ue\" is not one of the choices; "
	   "did you mean \"us\"?"},
	{"gate: [5001]", "gate: [0]",
	 R "12:48: instance \"one\": \"parameters\": \"gate\": \"0\" is not a port (1 to 65535)"},
	{"gate: [5001]", "door: [5001]",
	 R "12:47: instance \"one\": \"parameters\": \"door\": expected a port, found a list"},
	/* the offset is the default: the port is to blame */
	{"gate: [5001]", "door: 65526",
	 R "12:47: instance \"one\": \"parameters\": \"shift\" of 10 moves the port of "
	   "store/c/shifted out of 1 to 65535"},
	{"gate: [5001]", "door: 1-2",
	 R "12:47: instance \"one\": \"parameters\": \"door\": \"1-2\" is a range; a single port is "
	   "needed"},
};

static const struct bad bad_ports[] = {
	{"c/naming", "c/namnig",
	 R "13:13: instance \"one\": \"ports\": store has no rule \"c/namnig\" (COMPONENT/RULE); "
	   "did you mean \"c/naming\"?"},
	{"c/naming", "store/c/naming",
	 R "13:13: instance \"one\": \"ports\": store has no rule \"store/c/naming\" "
	   "(COMPONENT/RULE); did you mean \"c/naming\"?"},
	{"c/naming", "naming",
	 R "13:13: instance \"one\": \"ports\": store has no rule \"naming\" (COMPONENT/RULE); did "
	   "you mean \"c/naming\"?"},
	{"c/naming", "c/fixed",
	 R "13:13: instance \"one\": \"ports\": \"c/fixed\": this port never moves, says the "
	   "document (when-taken: fixed)"},
	{"c/naming", "c/random",
	 R "13:13: instance \"one\": \"ports\": \"c/random\": this port is chosen at run time "
	   "(dynamic): no site can say it"},
	{"c/naming", "c/ping", R "13:13: instance \"one\": \"ports\": \"c/ping\": ICMP has no ports"},
	{"[2098]", "[70000]",
	 R "13:24: instance \"one\": \"ports\": \"c/naming\": \"70000\" is not a port (1 to 65535)"},
	{"{c/naming: [2098]}", "{c/naming: [2098], c/naming: [2099]}",
	 R "13:31: \"c/naming\" stands here twice, first in line 13"},
};

static const struct bad bad_roles[] = {
	{"web: [am1]", "wbe: [am1]",
	 R "15:7: instance \"one\": \"roles\": store has no role \"wbe\"; did you mean \"web\"?"},
	{"web: [am1]", "web: am1",
	 R "15:12: instance \"one\": \"roles\": \"web\": \"am1\" has to be a list, or any, or none"},
	{"web: [am1]", "web: [any]",
	 R "15:13: instance \"one\": \"roles\": \"web\": \"any\" stands alone, not in a list"},
	{"web: [am1]", "web: [am11]",
	 R "15:13: instance \"one\": \"roles\": \"web\": \"am11\" is no host or network of this "
	   "site, no address or prefix, and no DNS name; did you mean \"am1\"?"},
	{"web: [am1]", "web: [10.0.0.300]",
	 R "15:13: instance \"one\": \"roles\": \"web\": \"10.0.0.300\" is not an address or "
	   "prefix"},
	{"web: [am1]", "web: ['fd00:0:0:77::1/63']",
	 R "15:13: instance \"one\": \"roles\": \"web\": \"fd00:0:0:77::1/63\" is not an address "
	   "or prefix (host bits have to be zero: fd00:0:0:76::/63)"},
	{"web: [am1]", "web: ['https://shop.example.com']",
	 R "15:13: instance \"one\": \"roles\": \"web\": \"https://shop.example.com\" is not an "
	   "address or prefix; of a URL, write the host name alone"},
	{"web: [am1]", "web: ['::/0']",
	 R "15:13: instance \"one\": \"roles\": \"web\": \"::/0\" is every address: where anybody "
	   "may have a role, the role says any"},
	{"web: [am1]", "web: [a..b]",
	 R "15:13: instance \"one\": \"roles\": \"web\": \"a..b\" is no host or network of this "
	   "site, no address or prefix, and no DNS name"},
	{"web: [am1]", "web: [app.5]",
	 R "15:13: instance \"one\": \"roles\": \"web\": \"app.5\" is no host or network of this "
	   "site, no address or prefix, and no DNS name"},
	{"web: [am1]", "web: [am1, am1]",
	 R "15:18: instance \"one\": \"roles\": \"web\": \"am1\" stands here twice"},
	{"web: [am1]", "web: [am1, 10.0.1.9]",
	 R "15:18: instance \"one\": \"roles\": \"web\": \"10.0.1.9\" is the same as \"am1\""},
	{"client: [office]", "client: [office, 10.10.3.0/24]",
	 R "17:24: instance \"one\": \"roles\": \"client\": \"10.10.3.0/24\" lies within \"office\""},
	{"[app.example.org]", "[app.example.org, App.Example.Org]",
	 R "18:32: instance \"one\": \"roles\": \"cloud\": \"App.Example.Org\" stands here twice"},
};

static const struct bad bad_overlaps[] = {
	/* another role of the instance, by another entry */
	{"worker: [am2]", "worker: [10.0.1.0/24]",
	 R "16:16: instance \"one\": \"roles\": \"worker\": \"10.0.1.0/24\" overlaps \"am1\" of role "
	   "\"web\" in line 15; a machine that has both roles is named under hosts, and both roles "
	   "list that name"},
	{"web: [am1]", "web: [10.0.1.10]",
	 R "16:16: instance \"one\": \"roles\": \"worker\": \"am2\" overlaps \"10.0.1.10\" of role "
	   "\"web\" in line 15; a machine that has both roles is named under hosts, and both roles "
	   "list that name"},
	/* both only by what they are included in */
	{"worker: [am2]", "tool: [10.0.1.0/24]",
	 R "16:14: instance \"one\": \"roles\": \"tool\": \"10.0.1.0/24\" overlaps \"am1\" of role "
	   "\"web\" in line 15; a machine that has both roles is named under hosts, and both roles "
	   "list that name"},
	/* another instance; a network is no machine */
	{"web: [am1]\n      worker: [am2]\n      client: [office]\n      cloud: [app.example.org]\n"
	 "  - name: two\n    product: store\n    roles:\n      web: [10.0.2.1]",
	 "web: [office]\n  - name: two\n    product: store\n    roles:\n      web: [office]",
	 R "19:13: instance \"two\": \"roles\": \"web\": \"office\" overlaps \"office\" of "
	   "instance \"one\" in line 15: one address cannot be in two instances of store; a machine "
	   "that runs both is named under hosts, and both list that name"},
	{"web: [10.0.2.1]", "web: [10.0.1.0/24]",
	 R "22:13: instance \"two\": \"roles\": \"web\": \"10.0.1.0/24\" overlaps \"am1\" of "
	   "instance \"one\" in line 15: one address cannot be in two instances of store; a machine "
	   "that runs both is named under hosts, and both list that name\n" R
	   "22:13: instance \"two\": \"roles\": \"web\": \"10.0.1.0/24\" overlaps \"am2\" of "
	   "instance \"one\" in line 16: one address cannot be in two instances of store; a machine "
	   "that runs both is named under hosts, and both list that name"},
	/* the same machine, and a port that no offset moves */
	{"web: [10.0.2.1]", "web: [am1]",
	 R "22:13: instance \"two\": \"roles\": \"web\": \"am1\" would serve tcp port 8001 for "
	   "instance \"one\" (line 15) and for this one (store/c/https); the site can say under "
	   "ports where it is"},
	{"admin: none", "server: none",
	 R "24:7: instance \"two\": \"roles\": \"server\" cannot be none: who is \"web\" is that, "
	   "too"},
};

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

static void check_one(const char *text, const char *systems, const char *message)
{
	struct fa_rulebook book;
	struct fa_site site;
	struct heard heard;
	int error;

	load_book(&book);
	error = parse_site(text, systems, &book, &heard, &site);
	assert_string_equal(heard.text, message);
	assert_int_equal(error, message[0] == '\0' ? 0 : FA_EFORMAT);
	if (error != 0)
		assert_null(site.arena);
	fa_site_deinit(&site);
	fa_rulebook_deinit(&book);
}

static void check_table(const struct bad *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *text = change(good, table[i].find, table[i].replace);

		check_one(text, NULL, table[i].message);
		free(text);
	}
}

#define CHECK(table) check_table(table, sizeof(table) / sizeof((table)[0]))

static void test_good(void **state)
{
	(void)state;
	check_one(good, NULL, "");
}

static void test_head(void **state)
{
	(void)state;
	CHECK(bad_head);
}

static void test_names(void **state)
{
	(void)state;
	CHECK(bad_names);
}

static void test_instances(void **state)
{
	(void)state;
	CHECK(bad_instances);
}

static void test_parameters(void **state)
{
	(void)state;
	CHECK(bad_parameters);
}

static void test_ports(void **state)
{
	(void)state;
	CHECK(bad_ports);
}

static void test_roles(void **state)
{
	(void)state;
	CHECK(bad_roles);
}

static void test_overlaps(void **state)
{
	(void)state;
	CHECK(bad_overlaps);
}

/* Overlaps that are meant, or tell nothing. */
static void test_fine(void **state)
{
	static const struct bad fine[] = {
		/* one machine, two roles */
		{"worker: [am2]", "worker: [am1]", ""},
		/* a role and one that it includes */
		{"worker: [am2]", "server: [10.0.1.0/24]", ""},
		/* a client is nobody's own */
		{"client: [office]", "client: [10.0.1.0/24]", ""},
		{"web: [10.0.2.1]", "client: [office]", ""},
		/* default and 1000 higher: nothing clashes that has no other port */
		{"gate: [5001]", "gate: 5001", ""},
		{"web: [10.0.2.1]", "web: none", ""},
	};

	(void)state;
	CHECK(fine);
}

#define TWO(first, second)                                                                         \
	"format: 1\nsite: s\nhosts: {h: [10.0.0.1]}\ninstances:\n"                                 \
	"  - {name: a, product: pair" first ", roles: {db: [h], srv: [h]}}\n"                      \
	"  - {name: b, product: pair" second ", roles: {db: [h], srv: [h]}}\n"

/* Two instances on one machine: the offset that would help is named. */
static void test_machine(void **state)
{
	static const char pair[] =
		"format: 1\nproduct: pair\nname: P\ndocument: {title: T, publisher: P}\n"
		"parameters: {offset: {type: integer, default: 0, about: O}}\n"
		"roles: {srv: S, cli: C, db: D, base: {about: B, includes: [srv]}}\n"
		"components:\n  c:\n    name: C\n    rules:\n"
		RULE("two", "direction: inbound, from: [cli], to: [srv], transport: [tcp], ports: "
			    "[100, 102], moves-with: offset, requirement: required")
		RULE("udp", "direction: inbound, from: [cli], to: [srv], transport: [udp], ports: "
			    "[101], moves-with: offset, requirement: required")
		RULE("base", "direction: inbound, from: [cli], to: [base], transport: [tcp], "
			     "ports: [300], moves-with: offset, requirement: required")
		RULE("db", "direction: outbound, from: [srv], to: [db], transport: [tcp], ports: "
			   "[1433], requirement: required");
	static const struct {
		const char *text, *message;
	} cases[] = {
		{TWO("", ""), R "6:53: instance \"b\": \"roles\": \"srv\": \"h\" would serve tcp port 100 "
			      "for instance \"a\" (line 5) and for this one (pair/c/two); with "
			      "\"offset: 1\" here nothing would clash"},
		{TWO("", ", parameters: {offset: 2}"),
		 R "6:78: instance \"b\": \"roles\": \"srv\": \"h\" would serve tcp port 102 for "
		   "instance \"a\" (line 5) and for this one (pair/c/two); with \"offset: 3\" here "
		   "nothing would clash"},
		{TWO("", ", parameters: {offset: 1}"), ""},
		{TWO(", ports: {c/two: [7], c/udp: 9}", ""),
		 R "6:53: instance \"b\": \"roles\": \"srv\": \"h\" would serve tcp port 300 for "
		   "instance \"a\" (line 5) and for this one (pair/c/base); with \"offset: 1\" here "
		   "nothing would clash"},
		{TWO(", ports: {c/two: [7], c/udp: 9, c/base: 8}", ""), ""},
	};
	const struct fa_catalog_text one = {"pair.yaml", pair, sizeof(pair) - 1};
	const struct fa_catalog_options options = {.error = NULL};
	struct fa_rulebook book;

	(void)state;
	assert_int_equal(fa_rulebook_parse(&one, 1, &options, &book), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fa_site site;
		struct heard heard;

		parse_site(cases[i].text, NULL, &book, &heard, &site);
		assert_string_equal(heard.text, cases[i].message);
		fa_site_deinit(&site);
	}
	fa_rulebook_deinit(&book);
}

/* Lines of the list of autonomous systems. */
static void test_systems(void **state)
{
	static const char text[] = "format: 1\nsite: s\nautonomous-systems: as.txt\ninstances: "
				   "[{name: one, product: store}]\n";
	static const char systems[] = "# fine\n"
				      "8.8.8.0/24 AS15169\n"
				      "8.8.9.0/24\n"
				      "8.8.8.1/24 15169\n"
				      "8.8.8.0 24 AS\n"
				      "8.8.8.0/24 4294967296\n"
				      "8.8.8.0 24 1 2\n"
				      "0.0.0.0/0 1\n"
				      "8.8.8.0/24 0\n";

	(void)state;
	check_one(text, systems,
		  "dc/as.txt:3: \"8.8.9.0/24\" stands alone: expected PREFIX ASN\n"
		  "dc/as.txt:4: \"8.8.8.1/24\" is not an address or prefix (host bits have to be "
		  "zero)\n"
		  "dc/as.txt:5: \"AS\" is not the number of an autonomous system\n"
		  "dc/as.txt:6: \"4294967296\" is not the number of an autonomous system\n"
		  "dc/as.txt:7: \"2\" is one too many: expected PREFIX ASN\n"
		  "dc/as.txt:8: \"0.0.0.0/0\" is every address\n"
		  "dc/as.txt:9: \"0\" is not the number of an autonomous system");
	check_one(text, NULL, R "3:21: \"autonomous-systems\": there is no such list");
}

/* Not more than twenty, in the order of their lines. */
static void test_many(void **state)
{
	char text[4096] = "format: 1\nsite: s\ninstances:\n  - name: one\n    product: store\n"
			  "    roles:\n      web:\n";
	struct fa_rulebook book;
	struct fa_site site;
	struct heard heard;

	(void)state;
	for (int i = 0; i < 30; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "        - x%d\n", i);
	load_book(&book);
	assert_int_equal(parse_site(text, NULL, &book, &heard, &site), FA_EFORMAT);
	assert_int_equal(heard.count, 21);
	assert_ptr_equal(strstr(heard.text, R "8:11: "), heard.text);
	assert_non_null(strstr(heard.text, "there are more errors, these are the first 20 found"));
	fa_rulebook_deinit(&book);
}

/* A file that is not there, and a list that is not there. */
static void test_files(void **state)
{
	static const char text[] = "format: 1\nsite: s\nautonomous-systems: nowhere.txt\n"
				   "instances: [{name: one, product: store}]\n";
	char path[] = "/tmp/flowaudit-site-XXXXXX";
	char expected[128];
	struct heard heard = {.count = 0};
	const struct fa_site_options options = {.error = hear, .error_context = &heard};
	struct fa_rulebook book;
	struct fa_site site;
	FILE *file;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	file = fdopen(fd, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	load_book(&book);
	assert_int_equal(fa_site_load(path, &book, &options, &site), FA_EFORMAT);
	snprintf(expected, sizeof(expected),
		 "%s:3:21: \"autonomous-systems\": cannot read this list of prefixes: No such file "
		 "or directory",
		 path);
	assert_string_equal(heard.text, expected);
	remove(path);
	memset(&heard, 0, sizeof(heard));
	assert_int_equal(fa_site_load(path, &book, &options, &site), FA_ENOENT);
	snprintf(expected, sizeof(expected),
		 "%s: cannot read this site file: No such file or directory", path);
	assert_string_equal(heard.text, expected);
	memset(&heard, 0, sizeof(heard));
	assert_int_equal(fa_site_load("/", &book, &options, &site), FA_EINVAL);
	assert_string_equal(heard.text, "/: a folder, not a file");
	fa_rulebook_deinit(&book);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	   cmocka_unit_test(test_head),
		cmocka_unit_test(test_names),	   cmocka_unit_test(test_instances),
		cmocka_unit_test(test_parameters), cmocka_unit_test(test_ports),
		cmocka_unit_test(test_roles),	   cmocka_unit_test(test_overlaps),
		cmocka_unit_test(test_fine),	   cmocka_unit_test(test_machine),
		cmocka_unit_test(test_systems),	   cmocka_unit_test(test_many),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
