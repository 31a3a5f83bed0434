/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is in which group, and that it is the same on both sides. */
#include "drift_bench.h"

static struct bench *before, *now;

static int begin(void **state)
{
	(void)state;
	before = bench_new(1, 1, NIGHT_NS);
	now = bench_new(5000, 2, NIGHT_NS + DAY_NS);
	return 0;
}

static int end(void **state)
{
	(void)state;
	bench_free(before);
	bench_free(now);
	return 0;
}

/* The groups of one conversation that only NOW has. */
static void assert_groups(const char *client, const char *server, const char *client_words,
			  const char *server_words)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;

	now->runs[0].row_count = 0;
	SAY(now, .client = client, .server = server, .port = 443);
	drift = bench_compare(before, now);
	assert_int_equal(bench_count(drift, FA_DRIFT_APPEARED, FA_ASPECT_SERVICE, &d), 1);
	assert_string_equal(d->client, client_words);
	assert_string_equal(d->server, server_words);
	fa_drift_free(drift);
}

static void test_without_site(void **state)
{
	(void)state;
	assert_groups("10.1.2.3", "10.0.0.1", "10.1.2.0/24", "10.0.0.1");
	assert_groups("198.51.100.7", "203.0.113.9", "198.51.100.0/24", "203.0.113.9");
	assert_groups("2001:db8:1:2:3::4", "fd00::1", "2001:db8:1:2::/64", "fd00::1");
	assert_groups("0.0.0.0", "10.0.0.1", "many clients", "10.0.0.1");
	assert_groups("::", "fd00::1", "many clients", "fd00::1");
}

static void test_prefixes(void **state)
{
	const struct fa_drift_options options = {.net4 = 17, .net6 = 48};
	struct fa_drift *drift;

	(void)state;
	SAY(now, .client = "10.1.200.3", .server = "10.0.0.1", .port = 443);
	SAY(now, .client = "2001:db8:1:2:3::4", .server = "10.0.0.1", .port = 443, .bytes = 1);
	drift = bench_compare_with(before, now, &options, 0);
	assert_string_equal(bench_only(drift)->client_list, "10.1.128.0/17, 2001:db8:1::/48");
	fa_drift_free(drift);
}

static void use_site(struct bench *b)
{
	bench_place(b, "dc1", "gateway", "am1", "10.0.0.1", NULL);
	bench_place(b, "dc1", "gateway", "am2", "10.0.0.2", NULL);
	bench_place(b, "dc1", "key-manager", "am2", "10.0.0.2", NULL);
	bench_place(b, "dc2", "gateway", "am2", "10.0.0.2", NULL);
	bench_place(b, "dc1", "client", "office", "10.1.0.0", "10.1.255.255");
	bench_place(b, "dc1", "client", "10.2.0.0/16", "10.2.0.0", "10.2.255.255");
	bench_place(b, "dc1", "admin", "jump", "10.1.0.9", NULL);
	bench_place(b, "dc1", "carbon-server", "am1", "10.0.0.1", NULL);
	b->places[b->place_count - 1].implied = true;
}

static void test_roles(void **state)
{
	(void)state;
	use_site(before);
	use_site(now);
	/* A role; what it implies adds nothing. */
	assert_groups("10.9.0.1", "10.0.0.1", "10.9.0.0/24", "dc1/gateway");
	/* Several, in the order of the file. */
	assert_groups("10.9.0.1", "10.0.0.2", "10.9.0.0/24",
		      "dc1/gateway+key-manager, dc2/gateway");
	/* A network by its name; by its roles when it has none. */
	assert_groups("10.1.7.7", "10.0.0.1", "office", "dc1/gateway");
	assert_groups("10.2.7.7", "10.0.0.1", "dc1/client", "dc1/gateway");
	/* The narrowest place counts. */
	assert_groups("10.1.0.9", "10.0.0.1", "dc1/admin", "dc1/gateway");
	assert_groups("10.0.0.1", "10.1.0.9", "dc1/gateway", "dc1/admin");
	/* Unnamed. */
	assert_groups("10.3.0.9", "10.4.0.9", "10.3.0.0/24", "10.4.0.9");
}

static void test_internet(void **state)
{
	static const char *const local[] = {"10.9.9.9",	   "172.16.0.1",  "172.31.255.1", "192.168.1.1",
					    "100.64.0.1",  "169.254.1.1", "127.0.0.1",	  "224.0.0.251",
					    "0.1.2.3",	   "fd00::1",	  "fe80::1",	  "::1",
					    "ff02::fb",	   "255.255.255.255"};

	(void)state;
	use_site(before);
	use_site(now);
	assert_groups("198.51.100.7", "203.0.113.9", "internet", "internet");
	assert_groups("2001:db8::1", "172.32.0.1", "internet", "internet");
	assert_groups("100.128.0.1", "192.169.0.1", "internet", "internet");
	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++)
		assert_groups("198.51.100.7", local[i], "internet", local[i]);
}

/* A network with a single address somewhere is one network still. */
static void test_name_of_network(void **state)
{
	(void)state;
	bench_place(now, "dc1", "client", "office", "10.1.0.0", "10.1.255.255");
	bench_place(now, "dc1", "client", "office", "192.168.7.7", NULL);
	assert_groups("192.168.7.7", "10.0.0.1", "office", "10.0.0.1");
}

/* The later site names both sides: an edited site moves no traffic. */
static void test_edited_site(void **state)
{
	struct fa_drift *drift;

	(void)state;
	bench_place(before, "dc1", "client", "office", "10.1.0.0", "10.1.255.255");
	bench_place(now, "dc1", "client", "office-west", "10.1.0.0", "10.1.127.255");
	bench_place(now, "dc1", "client", "office-east", "10.1.128.0", "10.1.255.255");
	strcpy(now->runs[0].run.site.digest, "bbbbbbbbbbbbbbbb");
	SAY(before, .client = "10.1.1.1", .server = "10.0.0.1", .port = 443);
	SAY(before, .client = "10.1.200.1", .server = "10.0.0.1", .port = 443);
	SAY(now, .client = "10.1.1.2", .server = "10.0.0.1", .port = 443);
	SAY(now, .client = "10.1.200.2", .server = "10.0.0.1", .port = 443);
	drift = bench_compare(before, now);
	assert_int_equal(drift->relations_same, 2);
	assert_int_equal(bench_only(drift)->aspect, FA_ASPECT_BASIS);
	assert_int_equal(bench_only(drift)->cause, FA_CAUSE_SITE);
	fa_drift_free(drift);
}

/* Places around places, found among many. */
static void test_many_places(void **state)
{
	static char labels[16][32];
	char client[32];

	(void)state;
	for (unsigned i = 0; i < 7; i++) {
		char first[32];
		char last[32];

		snprintf(first, sizeof(first), "10.%u.0.0", i);
		snprintf(last, sizeof(last), "10.%u.255.255", i);
		snprintf(labels[2 * i], sizeof(labels[0]), "wide%u", i);
		bench_place(now, "dc1", "client", labels[2 * i], first, last);
		snprintf(first, sizeof(first), "10.%u.8.0", i);
		snprintf(last, sizeof(last), "10.%u.8.255", i);
		snprintf(labels[2 * i + 1], sizeof(labels[0]), "narrow%u", i);
		bench_place(now, "dc1", "client", labels[2 * i + 1], first, last);
	}
	for (unsigned i = 0; i < 7; i++) {
		snprintf(client, sizeof(client), "10.%u.8.5", i);
		assert_groups(client, "172.16.0.1", labels[2 * i + 1], "172.16.0.1");
		snprintf(client, sizeof(client), "10.%u.9.5", i);
		assert_groups(client, "172.16.0.1", labels[2 * i], "172.16.0.1");
	}
	assert_groups("10.7.0.1", "172.16.0.1", "10.7.0.0/24", "172.16.0.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_without_site, begin, end),
		cmocka_unit_test_setup_teardown(test_prefixes, begin, end),
		cmocka_unit_test_setup_teardown(test_roles, begin, end),
		cmocka_unit_test_setup_teardown(test_internet, begin, end),
		cmocka_unit_test_setup_teardown(test_name_of_network, begin, end),
		cmocka_unit_test_setup_teardown(test_edited_site, begin, end),
		cmocka_unit_test_setup_teardown(test_many_places, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
