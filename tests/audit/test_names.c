/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What DNS answers called addresses: the best answer, whatever the order and the number of them. */
#include "audit/names.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "base/time.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SECOND	     FA_NS_PER_SECOND
#define HOUR	     3600.0
#define DAY	     (24 * HOUR)

#define CLIENT	 "10.0.0.1"
#define OTHER	 "10.0.0.2"
#define RESOLVER "10.0.0.53"
#define SERVER	 "192.0.2.1"
#define HOST	 "api.example.com"

struct told {
	const char *client, *address, *host;
	double at; /* seconds */
	uint32_t ttl_s;
	const char *resolver; /* NULL: RESOLVER */
};

static struct fa_addr addr_of(const char *text)
{
	struct fa_addr addr;

	if (!fa_addr_parse(text, &addr))
		fail_msg("%s", text);
	return addr;
}

static void tell(struct fa_names *names, const struct told *told)
{
	struct fa_name_answer answer = {
		.ts_ns = (int64_t)(told->at * 1e9),
		.ttl_s = told->ttl_s,
		.client = addr_of(told->client),
		.resolver = addr_of(told->resolver == NULL ? RESOLVER : told->resolver),
		.address = addr_of(told->address),
	};

	fa_text_copy(answer.host, sizeof(answer.host), told->host);
	assert_int_equal(fa_names_add(names, &answer), 0);
}

static struct fa_names *names_of(const struct told *told, size_t count, size_t max)
{
	struct fa_names *names;

	assert_int_equal(fa_names_new(&names, max), 0);
	for (size_t i = 0; i < count; i++)
		tell(names, &told[i]);
	assert_int_equal(fa_names_ready(names), 0);
	return names;
}

static bool find(const struct fa_names *names, const char *client, const char *address,
		 const char *host, double at, struct fa_name_found *out)
{
	struct fa_addr from = addr_of(client);
	struct fa_addr to = addr_of(address);

	memset(out, 0xa5, sizeof(*out));
	return fa_names_find(names, &from, &to, host, (int64_t)(at * 1e9), out);
}

static void assert_found(const struct fa_names *names, const char *client, double at, double age,
			 uint32_t ttl_s, bool expired, bool own)
{
	struct fa_name_found found;

	if (!find(names, client, SERVER, HOST, at, &found))
		fail_msg("%s at %f: nothing", client, at);
	if (found.age_ns != (int64_t)(age * 1e9) || found.ttl_s != ttl_s ||
	    found.expired != expired || found.own != own)
		fail_msg("%s at %f: age %lld ns, ttl %u, %d %d", client, at,
			 (long long)found.age_ns, found.ttl_s, found.expired, found.own);
}

static void the_latest_before(void **state)
{
	static const struct told told[] = {
		{.client = CLIENT, .address = SERVER, .host = HOST, .at = 100, .ttl_s = 300},
		{.client = CLIENT, .address = SERVER, .host = HOST, .at = 118, .ttl_s = 10},
		{.client = CLIENT, .address = SERVER, .host = HOST, .at = 500, .ttl_s = 5},
		{.client = CLIENT, .address = SERVER, .host = HOST, .at = 530, .ttl_s = 90},
		{.client = CLIENT, .address = SERVER, .host = HOST, .at = 9000, .ttl_s = 0},
	};
	struct fa_names *names = names_of(told, COUNT(told), 100);
	struct fa_name_found found;

	(void)state;
	assert_false(find(names, CLIENT, SERVER, HOST, 99.9, &found));
	assert_found(names, CLIENT, 100, 0, 300, false, true);
	assert_found(names, CLIENT, 117, 17, 300, false, true);
	assert_found(names, CLIENT, 118, 0, 10, false, true);
	assert_found(names, CLIENT, 178, 60, 10, false, true); /* a minute is always granted */
	assert_found(names, CLIENT, 178.5, 60.5, 10, true, true);
	assert_found(names, CLIENT, 499, 381, 10, true, true);
	assert_found(names, CLIENT, 501, 1, 5, false, true);
	assert_found(names, CLIENT, 620, 90, 90, false, true);
	assert_found(names, CLIENT, 620.5, 90.5, 90, true, true);
	assert_found(names, CLIENT, 9060, 60, 0, false, true);
	fa_names_free(names);
}

static void own_answers_before_others(void **state)
{
	static const struct told told[] = {
		{.client = CLIENT, .address = SERVER, .host = HOST, .at = 100, .ttl_s = 10},
		{.client = OTHER, .address = SERVER, .host = HOST, .at = 5000, .ttl_s = 10},
	};
	struct fa_names *names = names_of(told, COUNT(told), 100);
	struct fa_name_found found;

	(void)state;
	assert_found(names, CLIENT, 5001, 4901, 10, true, true);
	assert_found(names, OTHER, 5001, 1, 10, false, true);
	assert_found(names, OTHER, 101, 1, 10, false, false); /* its own came later */
	assert_found(names, "10.0.0.3", 5001, 1, 10, false, false);
	assert_false(find(names, CLIENT, "192.0.2.2", HOST, 5001, &found));
	assert_false(find(names, CLIENT, SERVER, "example.com", 5001, &found));
	assert_false(find(names, CLIENT, SERVER, "x" HOST, 5001, &found));
	assert_false(find(names, CLIENT, SERVER, "", 5001, &found));
	assert_false(find(names, CLIENT, SERVER, ".", 5001, &found));
	assert_false(find(names, CLIENT, SERVER, NULL, 5001, &found));
	assert_false(find(NULL, CLIENT, SERVER, HOST, 5001, &found));
	fa_names_free(names);
}

static void case_and_final_dots(void **state)
{
	static const struct told told[] = {
		{.client = CLIENT, .address = SERVER, .host = "API.Example.com.", .at = 100},
		{.client = CLIENT, .address = "2001:db8::1", .host = HOST, .at = 200},
		{.client = CLIENT, .address = SERVER, .host = "", .at = 100},
		{.client = CLIENT, .address = SERVER, .host = ".", .at = 100},
	};
	struct fa_names *names = names_of(told, COUNT(told), 100);
	struct fa_addr server = addr_of(SERVER);
	struct fa_name_found found;
	const char *host;
	char text[FA_ADDR_TEXT];
	char much[300];

	(void)state;
	assert_true(find(names, CLIENT, SERVER, "api.EXAMPLE.com.", 100, &found));
	assert_string_equal(fa_addr_text(&found.resolver, text), RESOLVER);
	assert_false(find(names, CLIENT, SERVER, "api.example.com..", 100, &found));
	assert_true(find(names, CLIENT, "2001:db8::1", HOST, 200, &found));
	assert_int_equal(fa_names_of(names, &server, 100 * SECOND, &host, 1), 1);
	assert_string_equal(host, HOST);
	memset(much, 'a', sizeof(much) - 1);
	much[sizeof(much) - 1] = '\0';
	assert_false(find(names, CLIENT, SERVER, much, 100, &found));
	much[127] = '.'; /* the longest there is, and its dot */
	much[128] = '\0';
	assert_false(find(names, CLIENT, SERVER, much, 100, &found));
	fa_names_free(names);
}

static void the_longest_name(void **state)
{
	char host[FA_HOST_TEXT + 1];
	struct told told = {.client = CLIENT, .address = SERVER, .host = host, .at = 1};
	struct fa_name_found found;
	struct fa_names *names;

	(void)state;
	memset(host, 'a', sizeof(host));
	host[FA_HOST_TEXT - 1] = '\0';
	names = names_of(&told, 1, 10);
	host[FA_HOST_TEXT - 1] = '.';
	host[FA_HOST_TEXT] = '\0';
	assert_true(find(names, CLIENT, SERVER, host, 1, &found));
	fa_names_free(names);
}

static void names_of_an_address(void **state)
{
	static const struct told told[] = {
		{.client = OTHER, .address = SERVER, .host = "b.example", .at = 300},
		{.client = CLIENT, .address = SERVER, .host = "c.example", .at = 100},
		{.client = CLIENT, .address = SERVER, .host = "b.example", .at = 500},
		{.client = CLIENT, .address = SERVER, .host = "a.example", .at = 400},
		{.client = OTHER, .address = SERVER, .host = "a.example", .at = 900},
		{.client = CLIENT, .address = "192.0.2.2", .host = "d.example", .at = 100},
		{.client = CLIENT, .address = "192.0.2.0", .host = "e.example", .at = 100},
	};
	struct fa_names *names = names_of(told, COUNT(told), 100);
	static const struct {
		const char *address;
		double at;
		size_t max;
		const char *want;
	} rows[] = {
		{SERVER, 1000, 9, "a.example b.example c.example "},
		{SERVER, 400, 9, "a.example b.example c.example "},
		{SERVER, 399, 9, "b.example c.example "},
		{SERVER, 100, 9, "c.example "},
		{SERVER, 99, 9, ""},
		{SERVER, 1000, 2, "a.example b.example "},
		{SERVER, 1000, 0, ""},
		{"192.0.2.2", 1000, 9, "d.example "},
		{"192.0.2.3", 1000, 9, ""},
		{"::", 1000, 9, ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fa_addr address = addr_of(rows[i].address);
		const char *hosts[9];
		char got[200] = "";
		size_t count = fa_names_of(names, &address, (int64_t)(rows[i].at * 1e9), hosts,
					   rows[i].max);

		assert_true(count <= rows[i].max);
		for (size_t h = 0; h < count; h++) {
			strcat(got, hosts[h]);
			strcat(got, " ");
		}
		assert_string_equal(got, rows[i].want);
	}
	fa_names_free(names);
}

static void note(struct fa_names *names, const char *address, const char *host)
{
	struct fa_name_answer answer = {.by_capture = true, .address = addr_of(address)};

	fa_text_copy(answer.host, sizeof(answer.host), host);
	assert_int_equal(fa_names_add(names, &answer), 0);
}

/* What captures note down: at any time, for anybody, but not against DNS. */
static void notes(void **state)
{
	static const struct told told[] = {
		{.client = CLIENT, .address = "192.0.2.2", .host = "dns.example", .at = 500},
		{.client = CLIENT, .address = "192.0.2.3", .host = "both.example", .at = 500},
	};
	static const struct {
		const char *address, *host;
		double at;
		bool found, by_capture;
	} rows[] = {
		{SERVER, "one.example", -1e9, true, true},
		{SERVER, "ONE.example.", 1e9, true, true},
		{SERVER, "another.example", 0, true, true},
		{SERVER, "other.example", 0, false, false},
		{SERVER, "a", 0, false, false},
		{SERVER, "zzz", 0, false, false},
		{"192.0.2.0", "one.example", 0, false, false},
		{"192.0.2.9", "one.example", 0, false, false},
		/* DNS says otherwise, earlier or later */
		{"192.0.2.2", "two.example", 400, false, false},
		{"192.0.2.2", "two.example", 600, false, false},
		{"192.0.2.2", "dns.example", 600, true, false},
		{"192.0.2.2", "dns.example", 400, false, false},
		/* DNS says the same later */
		{"192.0.2.3", "both.example", 400, true, true},
		{"192.0.2.3", "both.example", 600, true, false},
		{"192.0.2.3", "more.example", 600, false, false},
	};
	struct fa_names *names = names_of(told, COUNT(told), 100);
	struct fa_name_found found;

	(void)state;
	note(names, "192.0.2.3", "both.example");
	note(names, SERVER, "One.Example.");
	note(names, "192.0.2.2", "two.example");
	note(names, SERVER, "another.example");
	note(names, "192.0.2.3", "more.example");
	note(names, SERVER, ".");
	assert_false(find(names, CLIENT, SERVER, "one.example", 0, &found));
	assert_int_equal(fa_names_ready(names), 0);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < COUNT(rows); i++) {
			bool got = find(names, CLIENT, rows[i].address, rows[i].host, rows[i].at,
					&found);

			if (got != rows[i].found || (got && found.by_capture != rows[i].by_capture))
				fail_msg("row %zu: %d", i, got);
		}
		/* what is forgotten of DNS are not the notes */
		if (round == 0)
			assert_int_equal(fa_names_forget(names, 0), 0);
	}
	assert_int_equal(fa_names_forget(names, INT64_MAX), 0);
	assert_true(find(names, CLIENT, SERVER, "one.example", 0, &found));
	fa_names_free(names);
}

static void names_of_an_address_with_notes(void **state)
{
	static const struct told told[] = {
		{.client = CLIENT, .address = "192.0.2.2", .host = "dns.example", .at = 500},
	};
	struct fa_names *names = names_of(told, COUNT(told), 100);
	struct fa_addr address = addr_of(SERVER);
	const char *hosts[9];

	(void)state;
	note(names, SERVER, "one.example");
	note(names, SERVER, "another.example");
	note(names, "192.0.2.2", "two.example");
	note(names, "192.0.2.2", "dns.example");
	assert_int_equal(fa_names_ready(names), 0);
	assert_int_equal(fa_names_of(names, &address, 0, hosts, 9), 2);
	assert_string_equal(hosts[0], "another.example");
	assert_string_equal(hosts[1], "one.example");
	assert_int_equal(fa_names_of(names, &address, 0, hosts, 1), 1);
	address = addr_of("192.0.2.2");
	assert_int_equal(fa_names_of(names, &address, 100 * SECOND, hosts, 9), 1);
	assert_string_equal(hosts[0], "dns.example");
	fa_names_free(names);
}

/* A file may heap notes upon an address that DNS speaks of: none of them counts, and looking at all
 * of them would take long. */
static void heap_of_notes(void **state)
{
	static const struct told told[] = {
		{.client = CLIENT, .address = SERVER, .host = "dns.example", .at = 500},
	};
	struct fa_addr address = addr_of(SERVER);
	const char *hosts[9];

	(void)state;
	for (unsigned others = FA_NAMES_NOTES_OF - 1; others <= FA_NAMES_NOTES_OF; others++) {
		struct fa_names *names = names_of(told, COUNT(told), 100);
		char host[24];

		note(names, SERVER, "dns.example");
		for (unsigned i = 0; i < others; i++) {
			snprintf(host, sizeof(host), "a%u.example", i);
			note(names, SERVER, host);
		}
		assert_int_equal(fa_names_ready(names), 0);
		assert_int_equal(fa_names_of(names, &address, 100 * SECOND, hosts, 9),
				 others < FA_NAMES_NOTES_OF);
		assert_int_equal(fa_names_of(names, &address, 600 * SECOND, hosts, 1), 1);
		fa_names_free(names);
	}
}

/* There is a limit, also of these. */
static void too_many_notes(void **state)
{
	struct fa_names *names = names_of(NULL, 0, 100);
	struct fa_name_found found;
	char host[32];

	(void)state;
	for (unsigned i = 0; i < FA_NAMES_NOTED_MAX + 10; i++) {
		snprintf(host, sizeof(host), "h%u.example", i);
		note(names, SERVER, host);
	}
	assert_int_equal(fa_names_ready(names), 0);
	assert_true(find(names, CLIENT, SERVER, "h65535.example", 0, &found));
	assert_false(find(names, CLIENT, SERVER, "h65536.example", 0, &found));
	fa_names_free(names);
}

static void nothing_before_it_is_ready(void **state)
{
	static const struct told first = {
		.client = CLIENT, .address = SERVER, .host = HOST, .at = 100, .ttl_s = 9};
	static const struct told second = {
		.client = CLIENT, .address = SERVER, .host = HOST, .at = 800, .ttl_s = 9};
	struct fa_name_found found;
	struct fa_names *names = names_of(NULL, 0, 100);

	(void)state;
	assert_false(find(names, CLIENT, SERVER, HOST, 900, &found));
	tell(names, &first);
	assert_false(find(names, CLIENT, SERVER, HOST, 900, &found));
	assert_int_equal(fa_names_ready(names), 0);
	assert_found(names, CLIENT, 900, 800, 9, true, true);
	tell(names, &second);
	assert_int_equal(fa_names_ready(names), 0);
	assert_found(names, CLIENT, 850, 50, 9, false, true);
	fa_names_free(names);
}

/* Times from the wire may be anything. */
static void extreme_times(void **state)
{
	static const int64_t times[] = {INT64_MIN, INT64_MIN + 1, -1,	    0,
					1,	   INT64_MAX - 1, INT64_MAX};
	struct fa_name_answer answer = {.client = {.version = 4},
					.address = {.version = 4},
					.ttl_s = UINT32_MAX,
					.host = HOST};
	struct fa_names *names;

	(void)state;
	assert_int_equal(fa_names_new(&names, 100), 0);
	for (size_t i = 0; i < COUNT(times); i++) {
		answer.ts_ns = times[i];
		assert_int_equal(fa_names_add(names, &answer), 0);
	}
	assert_int_equal(fa_names_ready(names), 0);
	for (size_t i = 0; i < COUNT(times); i++) {
		struct fa_name_found found;

		assert_true(fa_names_find(names, &answer.client, &answer.address, HOST, times[i],
					  &found));
		assert_true(found.age_ns == 0);
	}
	fa_names_free(names);

	assert_int_equal(fa_names_new(&names, 100), 0);
	answer.ts_ns = INT64_MIN;
	assert_int_equal(fa_names_add(names, &answer), 0);
	assert_int_equal(fa_names_ready(names), 0);
	struct fa_name_found found;

	assert_true(fa_names_find(names, &answer.client, &answer.address, HOST, INT64_MAX, &found));
	assert_true(found.age_ns == INT64_MAX && found.expired);
	fa_names_free(names);
}

/* Some answers, many of them about the same, in an order that SEED makes. */
enum { MANY = 3000 };

static struct fa_names *shuffled(unsigned seed, size_t max)
{
	static struct fa_name_answer answers[MANY];
	struct fa_names *names;

	srand(7);
	for (size_t i = 0; i < MANY; i++) {
		struct fa_name_answer *a = &answers[i];

		memset(a, 0, sizeof(*a));
		a->ts_ns = (int64_t)(rand() % 400) * SECOND;
		a->ttl_s = (uint32_t)(rand() % 3);
		a->client = (struct fa_addr){{10, 0, 0, (uint8_t)(rand() % 5)}, 4};
		a->resolver = (struct fa_addr){{10, 0, 1, (uint8_t)(rand() % 3)}, 4};
		a->address = (struct fa_addr){{192, 0, 2, (uint8_t)(rand() % 8)}, 4};
		snprintf(a->host, sizeof(a->host), "h%d.example", rand() % 6);
	}
	srand(seed);
	for (size_t i = MANY; i-- > 1;) {
		size_t other = (size_t)rand() % (i + 1);
		struct fa_name_answer swap = answers[i];

		answers[i] = answers[other];
		answers[other] = swap;
	}
	assert_int_equal(fa_names_new(&names, max), 0);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(fa_names_add(names, &answers[i]), 0);
		if (i % 997 == 0)
			assert_int_equal(fa_names_ready(names), 0);
	}
	assert_int_equal(fa_names_ready(names), 0);
	return names;
}

/* How many questions have an answer; every one must be the same in both. */
static size_t compare(const struct fa_names *one, const struct fa_names *other)
{
	size_t known = 0;

	for (unsigned i = 0; i < 5 * 8 * 6 * 50; i++) {
		struct fa_addr client = {{10, 0, 0, (uint8_t)(i % 5)}, 4};
		struct fa_addr address = {{192, 0, 2, (uint8_t)(i / 5 % 8)}, 4};
		int64_t at_ns = (int64_t)(i / 240) * 8 * SECOND;
		struct fa_name_found a = {0};
		struct fa_name_found b = {0};
		const char *first[6];
		const char *second[6];
		char host[32];
		bool found;

		snprintf(host, sizeof(host), "h%u.example", i / 40 % 6);
		found = fa_names_find(one, &client, &address, host, at_ns, &a);
		assert_int_equal(fa_names_find(other, &client, &address, host, at_ns, &b), found);
		assert_memory_equal(&a, &b, sizeof(a));
		known += found;
		assert_int_equal(fa_names_of(one, &address, at_ns, first, 6),
				 fa_names_of(other, &address, at_ns, second, 6));
	}
	return known;
}

static void order_does_not_matter(void **state)
{
	static const size_t limits[] = {100000, 700, 60, 5, 1};
	size_t before = SIZE_MAX;

	(void)state;
	for (size_t i = 0; i < COUNT(limits); i++) {
		struct fa_names *one = shuffled(1, limits[i]);
		size_t known = 0;

		assert_int_equal(fa_names_is_full(one), i > 0);
		for (unsigned seed = 2; seed < 12; seed++) {
			struct fa_names *other = shuffled(seed, limits[i]);

			known = compare(one, other);
			fa_names_free(other);
		}
		assert_true(known < before);
		before = known;
		fa_names_free(one);
	}
	assert_true(before < 2000); /* one entry: nearly nothing */
}

static void limits_are_kept(void **state)
{
	struct fa_name_answer answer = {.client = {.version = 4}, .host = HOST};
	struct fa_names *names;
	const char *host;
	size_t kept = 0;

	(void)state;
	assert_int_equal(fa_names_new(&names, 1000), 0);
	for (unsigned i = 0; i < 50000; i++) {
		answer.address = (struct fa_addr){
			{10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}, 4};
		assert_int_equal(fa_names_add(names, &answer), 0);
		if (i == 900)
			assert_int_equal(fa_names_ready(names), 0);
	}
	for (unsigned i = 0; i < 900; i++) { /* what was ready has been thinned out since */
		answer.address = (struct fa_addr){{10, 0, (uint8_t)(i >> 8), (uint8_t)i}, 4};
		assert_int_equal(fa_names_of(names, &answer.address, 0, &host, 1), 0);
	}
	assert_int_equal(fa_names_ready(names), 0);
	for (unsigned i = 0; i < 50000; i++) {
		answer.address = (struct fa_addr){
			{10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}, 4};
		kept += fa_names_of(names, &answer.address, 0, &host, 1);
	}
	assert_true(fa_names_is_full(names));
	assert_true(kept <= 1000 && kept > 300);
	fa_names_free(names);

	assert_int_equal(fa_names_new(&names, 0), 0);
	assert_int_equal(fa_names_add(names, &answer), 0);
	assert_int_equal(fa_names_ready(names), 0);
	assert_int_equal(fa_names_of(names, &answer.address, 0, &host, 1), 0);
	fa_names_free(names);
	fa_names_free(NULL);
}

static void forget(struct fa_names *names, double before)
{
	assert_int_equal(fa_names_forget(names, (int64_t)(before * 1e9)), 0);
}

/* How many names the server has at AT. */
static size_t named(const struct fa_names *names, double at)
{
	struct fa_addr server = addr_of(SERVER);
	const char *hosts[30];

	return fa_names_of(names, &server, (int64_t)(at * 1e9), hosts, 30);
}

/* Each day at noon one name that is new and one that is always the same. */
static struct fa_names *ten_days(void)
{
	struct fa_names *names = names_of(NULL, 0, 1000);
	char host[32];

	for (int day = 0; day < 10; day++) {
		const struct told daily = {CLIENT, SERVER, host, (day + 0.5) * DAY, 300, NULL};
		const struct told always = {CLIENT, SERVER, HOST, (day + 0.5) * DAY, 300, NULL};

		snprintf(host, sizeof(host), "day%d.example", day);
		tell(names, &daily);
		tell(names, &always);
	}
	return names;
}

static void days_are_forgotten(void **state)
{
	struct fa_names *names = ten_days();
	struct fa_name_found found;

	(void)state;
	forget(names, 0); /* nothing to do, but make ready */
	assert_int_equal(named(names, 10 * DAY), 11);
	forget(names, 6.5 * DAY + 300); /* its last moment */
	assert_true(find(names, CLIENT, SERVER, "day6.example", 7 * DAY, &found));
	forget(names, 7 * DAY);
	assert_int_equal(named(names, 10 * DAY), 4);
	for (int day = 0; day < 10; day++) {
		char host[32];

		snprintf(host, sizeof(host), "day%d.example", day);
		assert_int_equal(find(names, CLIENT, SERVER, host, 10 * DAY, &found), day >= 7);
	}
	assert_found(names, CLIENT, 7.5 * DAY + 10, 10, 300, false, true);
	assert_found(names, CLIENT, 9.5 * DAY + 10, 10, 300, false, true);
	assert_found(names, OTHER, 9.5 * DAY + 10, 10, 300, false, false);
	assert_false(find(names, CLIENT, SERVER, HOST, 7.4 * DAY, &found));
	forget(names, 20 * DAY);
	assert_int_equal(named(names, 20 * DAY), 0);
	tell(names, &(struct told){CLIENT, SERVER, HOST, 21 * DAY, 300, NULL});
	assert_int_equal(fa_names_ready(names), 0);
	assert_found(names, CLIENT, 21 * DAY + 10, 10, 300, false, true);
	fa_names_free(names);
}

/* An answer stays for its time to live, but for no longer than seven days. */
static void good_answers_stay(void **state)
{
	static const struct told told[] = {
		{CLIENT, SERVER, "short.example", HOUR, 30, NULL},
		{CLIENT, SERVER, "long.example", HOUR, (uint32_t)(3 * DAY), NULL},
		{CLIENT, SERVER, "ages.example", HOUR, UINT32_MAX, NULL},
		/* The longest of a minute counts. */
		{CLIENT, SERVER, "mixed.example", HOUR, (uint32_t)(3 * DAY), NULL},
		{CLIENT, SERVER, "mixed.example", HOUR + 20, 5, NULL},
		{CLIENT, SERVER, "later.example", HOUR, 5, NULL},
		{CLIENT, SERVER, "later.example", HOUR + 20, (uint32_t)(3 * DAY), NULL},
		{CLIENT, SERVER, "later.example", HOUR + 40, 5, NULL},
	};
	static const struct {
		double before;
		size_t stay;
	} rows[] = {
		{HOUR + 60, 5},		 {HOUR + 60.5, 4},     {HOUR + 3 * DAY, 4},
		{HOUR + 3 * DAY + 1, 2}, {HOUR + 3 * DAY + 20, 2}, {HOUR + 3 * DAY + 21, 1},
		{HOUR + 7 * DAY, 1},	 {HOUR + 7 * DAY + 1, 0},
	};
	struct fa_names *names = names_of(told, COUNT(told), 1000);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		forget(names, rows[i].before);
		if (named(names, 10 * DAY) != rows[i].stay)
			fail_msg("before %f: %zu", rows[i].before, named(names, 10 * DAY));
	}
	fa_names_free(names);
}

/* Else what was said first would be true again. */
static void later_answers_stay_with_earlier(void **state)
{
	static const struct told told[] = {
		{CLIENT, SERVER, HOST, 1 * HOUR, (uint32_t)DAY, NULL},
		{CLIENT, SERVER, HOST, 2 * HOUR, 5, NULL},
	};
	struct fa_names *names = names_of(told, COUNT(told), 1000);
	struct fa_name_found found;

	(void)state;
	forget(names, 4 * HOUR);
	assert_found(names, CLIENT, 5 * HOUR, 3 * HOUR, 5, true, true);
	forget(names, 26 * HOUR);
	assert_false(find(names, CLIENT, SERVER, HOST, 27 * HOUR, &found));
	fa_names_free(names);
}

/* Random answers of ten days, the same each time. */
static struct fa_names *random_days(void)
{
	static const uint32_t ttls[] = {0, 300, 3600, 86400, 3 * 86400};
	struct fa_names *names;

	srand(11);
	assert_int_equal(fa_names_new(&names, 100000), 0);
	for (size_t i = 0; i < MANY; i++) {
		struct fa_name_answer a = {.ttl_s = ttls[rand() % 5]};

		a.ts_ns = (int64_t)(rand() % 240) * (int64_t)HOUR * SECOND;
		a.client = (struct fa_addr){{10, 0, 0, (uint8_t)(rand() % 5)}, 4};
		a.address = (struct fa_addr){{192, 0, 2, (uint8_t)(rand() % 8)}, 4};
		snprintf(a.host, sizeof(a.host), "h%d.example", rand() % 6);
		assert_int_equal(fa_names_add(names, &a), 0);
	}
	assert_int_equal(fa_names_ready(names), 0);
	return names;
}

/* What LESS, where everything until BEFORE_NS was forgotten, finds is what ALL finds. */
static void compare_after(const struct fa_names *all, const struct fa_names *less,
			  int64_t before_ns, size_t *same, size_t *gone)
{
	for (unsigned i = 0; i < 5 * 8 * 6 * 25; i++) {
		struct fa_addr client = {{10, 0, 0, (uint8_t)(i % 5)}, 4};
		struct fa_addr address = {{192, 0, 2, (uint8_t)(i / 5 % 8)}, 4};
		int64_t at_ns = before_ns + (int64_t)(i / 240) * 5 * (int64_t)HOUR * SECOND;
		struct fa_name_found a = {0};
		struct fa_name_found b = {0};
		char host[32];

		snprintf(host, sizeof(host), "h%u.example", i / 40 % 6);
		if (!fa_names_find(all, &client, &address, host, at_ns, &a)) {
			assert_false(fa_names_find(less, &client, &address, host, at_ns, &b));
			continue;
		}
		fa_names_find(less, &client, &address, host, at_ns, &b);
		if (memcmp(&a, &b, sizeof(a)) == 0) {
			*same += 1;
			continue;
		}
		/* Nothing instead, or what others were told instead of the client itself. */
		assert_true(a.expired && !b.own);
		assert_true(at_ns - a.age_ns + a.ttl_s * SECOND < before_ns);
		*gone += 1;
	}
}

static void what_stays_is_found_as_before(void **state)
{
	struct fa_names *all = random_days();
	struct fa_names *less = random_days();

	(void)state;
	for (int day = 1; day < 10; day++) {
		int64_t before_ns = (int64_t)(day * DAY) * SECOND;
		size_t same = 0;
		size_t gone = 0;

		assert_int_equal(fa_names_forget(less, before_ns), 0);
		compare_after(all, less, before_ns, &same, &gone);
		if (same < 1000 || gone < 10)
			fail_msg("day %d: %zu the same, %zu gone", day, same, gone);
	}
	fa_names_free(all);
	fa_names_free(less);
}

/* One that stayed is met again, not added a second time. */
static void what_stays_is_added_to(void **state)
{
	struct fa_names *names = names_of(NULL, 0, 10000);
	char host[32];
	struct told told = {CLIENT, SERVER, host, 0, 300, NULL};
	struct fa_name_found found;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		snprintf(host, sizeof(host), "h%d.example", i);
		told.at = (i % 2 == 0 ? 1 : 5) * HOUR + 30;
		tell(names, &told);
	}
	forget(names, 4 * HOUR);
	for (int i = 0; i < 2000; i++) {
		snprintf(host, sizeof(host), "h%d.example", i);
		told.at = 5 * HOUR + 10;
		tell(names, &told);
	}
	assert_int_equal(fa_names_ready(names), 0);
	for (int i = 0; i < 2000; i++) {
		snprintf(host, sizeof(host), "h%d.example", i);
		assert_true(find(names, CLIENT, SERVER, host, 5 * HOUR + 40, &found));
		assert_int_equal(found.age_ns, (i % 2 == 0 ? 30 : 10) * SECOND);
		assert_true(find(names, CLIENT, SERVER, host, 5 * HOUR + 15, &found));
		assert_int_equal(found.age_ns, 5 * SECOND);
	}
	fa_names_free(names);
}

static void tell_many(struct fa_names *names, double at, int count)
{
	char host[40];
	struct told told = {CLIENT, SERVER, host, at, 300, NULL};

	for (int i = 0; i < count; i++) {
		snprintf(host, sizeof(host), "host%d-of-%.0f.example.com", i, at);
		tell(names, &told);
	}
}

static size_t allocated(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static void memory_is_given_back(void **state)
{
	size_t before = allocated();
	struct fa_names *names = names_of(NULL, 0, 1000000);
	size_t full;

	(void)state;
	tell_many(names, 0, 50000);
	tell_many(names, 5 * DAY, 10);
	assert_int_equal(fa_names_ready(names), 0);
	full = allocated();
	if (full <= before) { /* an allocator that does not count */
		fa_names_free(names);
		skip();
	}
	assert_true(full - before > 10000000);
	forget(names, 4 * DAY);
	assert_int_equal(named(names, 5 * DAY), 10);
	if (allocated() - before > 40000)
		fail_msg("%zu of %zu bytes are left", allocated() - before, full - before);
	fa_names_free(names);
}

/* How many of COUNT that were told at AT are known. */
static int known(const struct fa_names *names, double at, int count)
{
	struct fa_name_found found;
	char host[40];
	int sum = 0;

	for (int i = 0; i < count; i++) {
		snprintf(host, sizeof(host), "host%d-of-%.0f.example.com", i, at);
		sum += find(names, CLIENT, SERVER, host, at, &found);
	}
	return sum;
}

static void a_full_table_takes_everything_again(void **state)
{
	struct fa_names *names = names_of(NULL, 0, 1000);

	(void)state;
	tell_many(names, 0, 5000);
	assert_true(fa_names_is_full(names));
	forget(names, 0); /* nothing */
	tell_many(names, 1 * DAY, 100);
	assert_int_equal(fa_names_ready(names), 0);
	assert_true(known(names, 1 * DAY, 100) < 50);

	forget(names, 1 * DAY);
	assert_true(known(names, 1 * DAY, 100) > 0);
	assert_true(fa_names_is_full(names)); /* some of this day are missing */
	tell_many(names, 2 * DAY, 300);
	assert_int_equal(fa_names_ready(names), 0);
	assert_int_equal(known(names, 2 * DAY, 300), 300);

	forget(names, 2 * DAY);
	assert_false(fa_names_is_full(names));
	assert_int_equal(known(names, 1 * DAY, 100), 0);
	assert_int_equal(known(names, 2 * DAY, 300), 300);
	tell_many(names, 3 * DAY, 5000); /* and is thinned out as before */
	assert_int_equal(fa_names_ready(names), 0);
	assert_true(fa_names_is_full(names));
	assert_in_range(known(names, 2 * DAY, 300), 1, 299);
	assert_in_range(known(names, 3 * DAY, 5000), 100, 1000);
	fa_names_free(names);
}

/* An entry that was kept when others were not still knows how long its answers are good. */
static void good_answers_stay_in_a_full_table(void **state)
{
	struct fa_names *names = names_of(NULL, 0, 1000);
	char host[40];
	struct told told = {CLIENT, SERVER, host, 20, (uint32_t)(2 * DAY), NULL};

	(void)state;
	tell_many(names, 0, 400);
	for (int i = 0; i < 400; i++) {
		snprintf(host, sizeof(host), "host%d-of-0.example.com", i);
		tell(names, &told);
	}
	tell_many(names, 100, 5000);
	assert_true(fa_names_is_full(names));
	forget(names, DAY);
	assert_int_equal(known(names, 100, 5000), 0);
	assert_in_range(known(names, 0, 400), 1, 399);
	fa_names_free(names);
}

static void forgetting_at_extreme_times(void **state)
{
	static const int64_t times[] = {INT64_MIN, -1, 0, 1, INT64_MAX};
	struct fa_name_answer answer = {.client = {.version = 4},
					.address = {.version = 4},
					.ttl_s = UINT32_MAX,
					.host = HOST};
	struct fa_names *names = names_of(NULL, 0, 100);
	struct fa_name_found found;

	(void)state;
	for (size_t i = 0; i < COUNT(times); i++)
		assert_int_equal(fa_names_forget(names, times[i]), 0);
	for (size_t i = 0; i < COUNT(times); i++) {
		answer.ts_ns = times[i];
		assert_int_equal(fa_names_add(names, &answer), 0);
	}
	for (size_t i = 0; i < COUNT(times); i++) {
		assert_int_equal(fa_names_forget(names, times[i]), 0);
		assert_true(fa_names_find(names, &answer.client, &answer.address, HOST, times[i],
					  &found));
		assert_true(found.age_ns == 0);
	}
	assert_false(fa_names_find(names, &answer.client, &answer.address, HOST, 1, &found));
	fa_names_free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_latest_before),   cmocka_unit_test(own_answers_before_others),
		cmocka_unit_test(case_and_final_dots), cmocka_unit_test(the_longest_name),
		cmocka_unit_test(names_of_an_address), cmocka_unit_test(nothing_before_it_is_ready),
		cmocka_unit_test(notes),	       cmocka_unit_test(too_many_notes),
		cmocka_unit_test(names_of_an_address_with_notes),
		cmocka_unit_test(heap_of_notes),
		cmocka_unit_test(extreme_times),       cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(days_are_forgotten),
		cmocka_unit_test(good_answers_stay),
		cmocka_unit_test(later_answers_stay_with_earlier),
		cmocka_unit_test(what_stays_is_found_as_before),
		cmocka_unit_test(what_stays_is_added_to),
		cmocka_unit_test(memory_is_given_back),
		cmocka_unit_test(a_full_table_takes_everything_again),
		cmocka_unit_test(good_answers_stay_in_a_full_table),
		cmocka_unit_test(forgetting_at_extreme_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
