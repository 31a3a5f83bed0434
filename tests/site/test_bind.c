/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which rules hold at a site, where, and for whom. */
#include "site/place.h"

/* A site bound to the catalogs. */
struct bench {
	struct fa_rulebook book;
	struct fa_site site;
	struct fa_policy policy;
};

static void bench_init(struct bench *bench, const char *text)
{
	struct heard heard;
	int error;

	load_book(&bench->book);
	error = parse_site(text, NULL, &bench->book, &heard, &bench->site);
	assert_string_equal(heard.text, "");
	assert_int_equal(error, 0);
	assert_int_equal(fa_site_bind(&bench->site, &bench->book, &bench->policy), 0);
	for (size_t i = 0; i < bench->policy.count; i++)
		assert_int_equal(bench->policy.bindings[i].index, i);
}

static void bench_deinit(struct bench *bench)
{
	fa_policy_deinit(&bench->policy);
	fa_site_deinit(&bench->site);
	fa_rulebook_deinit(&bench->book);
}

/* The binding of a rule to an instance ("" for none), or NULL. */
static const struct fa_binding *find(const struct bench *bench, const char *id,
				     const char *instance)
{
	for (size_t i = 0; i < bench->policy.count; i++) {
		const struct fa_binding *binding = &bench->policy.bindings[i];
		const char *name = binding->instance == NULL ? "" : binding->instance->name;

		if (strcmp(binding->rule->id, id) == 0 && strcmp(name, instance) == 0)
			return binding;
	}
	return NULL;
}

static const struct fa_binding *get(const struct bench *bench, const char *id, const char *instance)
{
	const struct fa_binding *binding = find(bench, id, instance);

	if (binding == NULL)
		fail_msg("%s is not bound to %s", id, instance);
	return binding;
}

/* "444, 8001-8011" */
static void assert_ports(const struct fa_port_ranges *ports, const char *expected)
{
	char text[256] = "";

	for (size_t i = 0; i < ports->count; i++) {
		size_t used = strlen(text);

		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u",
					 i == 0 ? "" : ", ", ports->items[i].low);
		if (ports->items[i].low != ports->items[i].high)
			snprintf(text + used, sizeof(text) - used, "-%u", ports->items[i].high);
	}
	assert_string_equal(text, expected);
}

static enum fa_end_fit fit(const struct fa_end *end, const char *address)
{
	struct fa_addr addr;

	assert_true(fa_addr_parse(address, &addr));
	return fa_end_fits(end, &addr, NULL);
}

#define SITE(instances) "format: 1\nsite: s\nhosts: {h: [10.0.0.9]}\ninstances:\n" instances
#define WEB "  - {name: one, product: store, roles: {web: [10.0.0.1], client: [10.1.0.0/16]}"

/* Ports as documented, moved, from a parameter, and as the site says. */
static void test_ports(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench, SITE(WEB "}\n"));
	assert_ports(&get(&bench, "store/c/https", "one")->ports, "443, 8000-8010");
	assert_false(get(&bench, "store/c/https", "one")->ports_of_site);
	assert_ports(&get(&bench, "store/c/gate", "one")->ports, "5000");
	assert_ports(&get(&bench, "store/c/door", "one")->ports, "");
	assert_ports(&get(&bench, "store/c/free", "one")->ports, "");
	assert_ports(&get(&bench, "store/c/random", "one")->ports, "");
	assert_ports(&get(&bench, "store/c/ping", "one")->ports, "");
	assert_ports(&get(&bench, "store/c/naming", "one")->ports, "1098");
	assert_ports(&get(&bench, "store/c/naming", "one")->increments, "1099-1101");
	bench_deinit(&bench);

	bench_init(&bench, SITE(WEB ", parameters: {offset: 1, gate: [7, 9], door: 8},"
				    " ports: {c/naming: [2098], c/free: 11, c/console: 9000}}\n"));
	assert_ports(&get(&bench, "store/c/https", "one")->ports, "444, 8001-8011");
	assert_true(get(&bench, "store/c/https", "one")->ports_of_site);
	assert_ports(&get(&bench, "store/c/gate", "one")->ports, "7, 9");
	assert_true(get(&bench, "store/c/gate", "one")->ports_of_site);
	assert_ports(&get(&bench, "store/c/door", "one")->ports, "8");
	assert_ports(&get(&bench, "store/c/free", "one")->ports, "11");
	assert_ports(&get(&bench, "store/c/cloud", "one")->ports, "443");
	assert_false(get(&bench, "store/c/cloud", "one")->ports_of_site);
	/* what the site says is final: nothing moves it, and it does not count up */
	assert_ports(&get(&bench, "store/c/console", "one")->ports, "9000");
	assert_true(get(&bench, "store/c/console", "one")->ports_of_site);
	assert_ports(&get(&bench, "store/c/naming", "one")->ports, "2098");
	assert_ports(&get(&bench, "store/c/naming", "one")->increments, "");
	bench_deinit(&bench);
}

/* A port from a parameter that an offset moves. */
static void test_moved_parameter(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench, SITE("  - {name: one, product: store, roles: {worker: [h]}, "
				"parameters: {offset: 10}}\n"));
	assert_ports(&get(&bench, "store/c/moved-gate", "one")->ports, "5010");
	bench_deinit(&bench);
}

static void test_variants(void **state)
{
	const struct fa_binding *binding;
	struct bench bench;

	(void)state;
	bench_init(&bench, SITE(WEB "}\n"));
	binding = get(&bench, "store/c/cloud", "one");
	assert_int_equal(binding->hosts.count, 1);
	assert_string_equal(binding->hosts.items[0], "us.example.org");
	/* no default, and nobody chose: all of them */
	assert_int_equal(get(&bench, "store/c/tier", "one")->hosts.count, 2);
	assert_int_equal(get(&bench, "store/c/https", "one")->hosts.count, 0);
	bench_deinit(&bench);
	bench_init(&bench, SITE(WEB ", parameters: {region: eu, tier: lead}}\n"));
	binding = get(&bench, "store/c/cloud", "one");
	assert_int_equal(binding->hosts.count, 1);
	assert_string_equal(binding->hosts.items[0], "eu.example.org");
	assert_string_equal(get(&bench, "store/c/tier", "one")->hosts.items[0], "lead.example.org");
	bench_deinit(&bench);
}

/* The own side decides what holds here. */
static void test_own_side(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench, SITE(WEB "}\n"));
	assert_non_null(find(&bench, "store/c/sync", "one")); /* internal: one end is enough */
	assert_null(find(&bench, "store/c/moved-gate", "one"));
	bench_deinit(&bench);
	bench_init(&bench, SITE("  - {name: one, product: store, roles: {client: [h], cloud: any, "
				"web: none}}\n"));
	for (size_t i = 0; i < bench.policy.count; i++)
		assert_null(bench.policy.bindings[i].instance);
	bench_deinit(&bench);
	bench_init(&bench, SITE("  - {name: one, product: store, roles: {web: any}}\n"));
	assert_non_null(find(&bench, "store/c/https", "one"));
	assert_non_null(find(&bench, "store/c/cloud", "one"));
	assert_true(get(&bench, "store/c/https", "one")->server.anybody);
	bench_deinit(&bench);
	/* a host name is a place, too */
	bench_init(&bench, SITE("  - {name: one, product: store, roles: {web: [w.example.org]}}\n"));
	assert_int_equal(get(&bench, "store/c/https", "one")->server.count, 1);
	assert_int_equal(fit(&get(&bench, "store/c/https", "one")->server, "10.0.0.1"),
			 FA_END_DIFFERS);
	bench_deinit(&bench);
}

static void test_ends(void **state)
{
	const struct fa_binding *binding;
	struct bench bench;

	(void)state;
	bench_init(&bench, SITE(WEB "}\n"));
	binding = get(&bench, "store/c/https", "one");
	assert_int_equal(fit(&binding->client, "10.1.2.3"), FA_END_FITS);
	assert_int_equal(fit(&binding->client, "10.2.2.3"), FA_END_DIFFERS);
	assert_int_equal(fit(&binding->server, "10.0.0.1"), FA_END_FITS);
	assert_int_equal(fit(&binding->server, "10.0.0.2"), FA_END_DIFFERS);
	/* an own role that is not placed stands nowhere when another one does */
	binding = get(&bench, "store/c/either", "one");
	assert_int_equal(fit(&binding->server, "10.0.0.1"), FA_END_FITS);
	assert_int_equal(fit(&binding->server, "10.0.0.2"), FA_END_DIFFERS);
	/* one of the roles is not placed: anybody may have it */
	binding = get(&bench, "store/c/console", "one");
	assert_int_equal(fit(&binding->client, "10.1.2.3"), FA_END_FITS);
	assert_int_equal(fit(&binding->client, "10.2.2.3"), FA_END_OPEN);
	assert_int_equal(fit(&get(&bench, "store/c/cloud", "one")->server, "10.2.2.3"), FA_END_OPEN);
	/* an own side that nobody is said to be */
	assert_int_equal(fit(&get(&bench, "store/c/sync", "one")->client, "10.0.0.1"), FA_END_OPEN);
	bench_deinit(&bench);

	bench_init(&bench, SITE("  - {name: one, product: store, roles: {web: [10.0.0.1], client: "
				"none, admin: [h], cloud: any}}\n"));
	assert_int_equal(fit(&get(&bench, "store/c/https", "one")->client, "10.1.2.3"),
			 FA_END_DIFFERS);
	assert_int_equal(fit(&get(&bench, "store/c/console", "one")->client, "10.1.2.3"),
			 FA_END_DIFFERS);
	assert_int_equal(fit(&get(&bench, "store/c/console", "one")->client, "10.0.0.9"),
			 FA_END_FITS);
	assert_int_equal(fit(&get(&bench, "store/c/cloud", "one")->server, "10.1.2.3"),
			 FA_END_FITS);
	bench_deinit(&bench);
}

/* Who has an included role has the including one. */
static void test_includes(void **state)
{
	const struct fa_binding *binding;
	struct bench bench;

	(void)state;
	bench_init(&bench, SITE(WEB "}\n"));
	binding = get(&bench, "store/c/console", "one");
	assert_int_equal(fit(&binding->server, "10.0.0.1"), FA_END_FITS);
	assert_int_equal(fit(&binding->server, "10.0.0.2"), FA_END_DIFFERS);
	bench_deinit(&bench);
	bench_init(&bench, SITE("  - {name: one, product: store, roles: {server: [10.0.0.5], web: "
				"[h], worker: [h]}}\n"));
	binding = get(&bench, "store/c/console", "one");
	assert_int_equal(binding->server.count, 3);
	assert_int_equal(fit(&binding->server, "10.0.0.9"), FA_END_FITS);
	assert_int_equal(fit(&binding->server, "10.0.0.5"), FA_END_FITS);
	/* not the other way round */
	binding = get(&bench, "store/c/https", "one");
	assert_int_equal(fit(&binding->server, "10.0.0.5"), FA_END_DIFFERS);
	bench_deinit(&bench);
	bench_init(&bench, SITE("  - {name: one, product: store, roles: {server: [10.0.0.5]}}\n"));
	assert_null(find(&bench, "store/c/https", "one"));
	assert_non_null(find(&bench, "store/c/console", "one"));
	bench_deinit(&bench);
}

/* Instances of one product stay apart, in the order of the file. */
static void test_two_instances(void **state)
{
	const struct fa_binding *one;
	const struct fa_binding *two;
	const struct fa_candidate *found;
	struct bench bench;

	(void)state;
	bench_init(&bench, SITE(WEB "}\n"
				    "  - {name: two, product: store, parameters: {offset: 1}, roles: "
				    "{web: [10.0.0.2]}}\n"));
	one = get(&bench, "store/c/https", "one");
	two = get(&bench, "store/c/https", "two");
	assert_ptr_equal(two, one + 1);
	assert_ports(&two->ports, "444, 8001-8011");
	assert_int_equal(fit(&one->server, "10.0.0.2"), FA_END_DIFFERS);
	assert_int_equal(fit(&two->server, "10.0.0.2"), FA_END_FITS);
	assert_int_equal(fit(&two->client, "10.0.0.2"), FA_END_OPEN);
	assert_int_equal(fa_policy_candidates(&bench.policy, 6, 8005, &found), 2);
	assert_int_equal(fa_policy_candidates(&bench.policy, 6, 8000, &found), 1);
	assert_ptr_equal(found[0].binding, one);
	assert_ptr_equal(bench.policy.site, &bench.site);
	bench_deinit(&bench);
}

/* A catalog that holds everywhere binds to anybody, unless an instance has the rule. */
static void test_everywhere(void **state)
{
	const struct fa_binding *binding;
	struct bench bench;

	(void)state;
	bench_init(&bench, SITE(WEB "}\n"));
	binding = get(&bench, "net/c/dns", "");
	assert_ports(&binding->ports, "53");
	assert_int_equal(fit(&binding->server, "192.0.2.1"), FA_END_FITS);
	assert_int_equal(fit(&binding->client, "192.0.2.1"), FA_END_FITS);
	bench_deinit(&bench);
	bench_init(&bench, SITE("  - {name: lan, product: net, roles: {resolver: [h]}}\n"));
	assert_null(find(&bench, "net/c/dns", ""));
	assert_int_equal(fit(&get(&bench, "net/c/dns", "lan")->server, "192.0.2.1"),
			 FA_END_DIFFERS);
	assert_non_null(find(&bench, "net/c/ntp", "")); /* its servers are not placed */
	assert_null(find(&bench, "net/c/ntp", "lan"));
	/* a product without an instance does not hold here */
	assert_int_equal(bench.policy.count, 2);
	bench_deinit(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ports),	     cmocka_unit_test(test_moved_parameter),
		cmocka_unit_test(test_variants),     cmocka_unit_test(test_own_side),
		cmocka_unit_test(test_ends),	     cmocka_unit_test(test_includes),
		cmocka_unit_test(test_two_instances), cmocka_unit_test(test_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
