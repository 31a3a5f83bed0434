/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of each documented row, by table; conversations in both orders. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <cmocka.h>

#include "audit/coverage.h"
#include "audit/expect.h"
#include "audit/heard.h"
#include "audit/judge.h"
#include "book.h"

#define TALKS_MAX 4

struct coverage_case {
	const char *what;
	struct talk talks[TALKS_MAX];
	const char *rule;
	enum fa_expectation_state state;
	uint64_t conversations, flows;
	const char *evidence;
};

#define NO_SITE "no site file says which hosts these are"

static const struct coverage_case cases[] = {
	{"seen",
	 {{.port = 445, .protocol = "SMBv23", .flows = 3},
	  {.port = 445, .protocol = "SMBv23", .flows = 4, .client = "10.0.0.0"}},
	 "alpha/core/smb", FA_EXPECT_SEEN, 2, 7, "10.0.0.0 to 10.0.0.2:445/tcp fits"},
	{"seen over IPv6",
	 {{.port = 445, .protocol = "SMBv23", .client = "fd00::1", .server = "fd00::2"}},
	 "alpha/core/smb", FA_EXPECT_SEEN, 1, 1, "fd00::1 to [fd00::2]:445/tcp fits"},
	{"seen in tunnels only",
	 {{.port = 445, .protocol = "SMBv23", .tunnel = FA_TUNNEL_VXLAN, .tunnel_id = 78},
	  {.port = 445, .protocol = "SMBv23", .tunnel = FA_TUNNEL_VXLAN, .tunnel_id = 77}},
	 "alpha/core/smb", FA_EXPECT_SEEN, 2, 2, "10.0.0.1 to 10.0.0.2:445/tcp in vxlan:77 fits"},
	{"seen in a tunnel and outside: the latter is the better example",
	 {{.port = 445, .protocol = "SMBv23"},
	  {.port = 445, .protocol = "SMBv23", .tunnel = FA_TUNNEL_IPIP, .client = "10.0.0.0"}},
	 "alpha/core/smb", FA_EXPECT_SEEN, 2, 2, "10.0.0.1 to 10.0.0.2:445/tcp fits"},
	{"discouraged is seen",
	 {{.port = 6080, .protocol = "HTTP"}},
	 "alpha/core/plain-only", FA_EXPECT_SEEN, 1, 1, "10.0.0.1 to 10.0.0.2:6080/tcp fits"},
	{"seen, and decided by it, but others fit",
	 {{.port = 9000, .protocol = "HTTP"}},
	 "alpha/core/shared", FA_EXPECT_SEEN, 1, 1,
	 "10.0.0.1 to 10.0.0.2:9000/tcp fits; ambiguous: other rows fit as well"},
	{"seen, but decided by another",
	 {{.port = 9000, .protocol = "HTTP"}},
	 "beta/main/shared", FA_EXPECT_SEEN, 1, 1,
	 "10.0.0.1 to 10.0.0.2:9000/tcp fits; ambiguous: fits alpha/core/shared as well"},
	{"seen and refused is seen",
	 {{.port = 445, .protocol = "SMBv23"},
	  {.port = 445, .state = STATE(REFUSED), .empty = true, .client = "10.0.0.0"}},
	 "alpha/core/smb", FA_EXPECT_SEEN, 1, 1, "10.0.0.1 to 10.0.0.2:445/tcp fits"},
	{"refused",
	 {{.port = 445, .state = STATE(REFUSED), .empty = true, .flows = 5}},
	 "alpha/core/smb", FA_EXPECT_REFUSED, 1, 5,
	 "10.0.0.1 to 10.0.0.2:445/tcp was tried and not let in"},
	{"blocked as advised is refused, too",
	 {{.port = 6080, .state = STATE(REFUSED), .empty = true}},
	 "alpha/core/plain-only", FA_EXPECT_REFUSED, 1, 1,
	 "10.0.0.1 to 10.0.0.2:6080/tcp was tried and not let in"},
	{"not recognised is not seen",
	 {{.port = 445}}, "alpha/core/smb", FA_EXPECT_NOT_OBSERVABLE, 0, 0, NO_SITE},
	{"another protocol is not seen",
	 {{.port = 445, .protocol = "SSH"}},
	 "alpha/core/smb", FA_EXPECT_NOT_OBSERVABLE, 0, 0, NO_SITE},
	{"a general row is not seen where the host is named",
	 {{.port = 443, .protocol = "TLS", .host = "app.example.com"}},
	 "beta/main/https", FA_EXPECT_NOT_OBSERVABLE, 0, 0, NO_SITE},
	{"the direction has to be known",
	 {{.client_port = 5650, .port = 9000, .by = FA_BY_FIRST_PACKET, .protocol = "HTTP"}},
	 "alpha/core/shared", FA_EXPECT_NOT_OBSERVABLE, 0, 0, NO_SITE},
	{"nothing captured", {{.port = 33999}}, "alpha/wide/hears", FA_EXPECT_NOT_OBSERVABLE, 0, 0,
	 NO_SITE},

	{"unseen: the component stands there",
	 {{.port = 4005, .protocol = "TLS", .server = "10.0.0.3"},
	  {.port = 4005, .protocol = "TLS"}},
	 "alpha/wide/open", FA_EXPECT_UNSEEN, 0, 0,
	 "10.0.0.2 served alpha/wide/hears, so its other ports could have been seen"},
	{"unseen: an outbound row of that component",
	 {{.port = 4005, .protocol = "TLS"}},
	 "alpha/wide/calls", FA_EXPECT_UNSEEN, 0, 0,
	 "10.0.0.2 served alpha/wide/hears, so its other connections could have been seen"},
	{"unseen: the first row is named when a server shows several",
	 {{.port = 4005, .protocol = "TLS"}, {.port = 4002, .protocol = "HTTP"}},
	 "alpha/wide/open", FA_EXPECT_UNSEEN, 0, 0,
	 "10.0.0.2 served alpha/wide/unicast, so its other ports could have been seen"},
	{"another component proves nothing",
	 {{.port = 4005, .protocol = "TLS"}},
	 "alpha/core/rmi", FA_EXPECT_NOT_OBSERVABLE, 0, 0, NO_SITE},
	{"a row of any protocol proves nothing",
	 {{.port = 4007, .protocol = "HTTP"}},
	 "alpha/wide/hears", FA_EXPECT_NOT_OBSERVABLE, 0, 0, NO_SITE},
	{"a well-known port proves nothing",
	 {{.port = 445, .protocol = "SMBv23"}},
	 "alpha/core/rmi", FA_EXPECT_NOT_OBSERVABLE, 0, 0, NO_SITE},
	{"a port of two products proves nothing",
	 {{.port = 9000, .protocol = "HTTP"}},
	 "alpha/core/rmi", FA_EXPECT_NOT_OBSERVABLE, 0, 0, NO_SITE},
	{"a range proves nothing",
	 {{.port = 5601, .protocol = "HTTP"}},
	 "alpha/core/rmi", FA_EXPECT_NOT_OBSERVABLE, 0, 0, NO_SITE},
	{"a correction proves nothing",
	 {{.port = 2049, .protocol = "NFS"}},
	 "alpha/core/rmi", FA_EXPECT_NOT_OBSERVABLE, 0, 0, NO_SITE},
	{"the far end of an outbound row proves nothing",
	 {{.port = 1433, .protocol = "MsSQL-TDS"}},
	 "beta/side/mysql", FA_EXPECT_NOT_OBSERVABLE, 0, 0, NO_SITE},
	{"a refused port proves nothing",
	 {{.port = 4005, .state = STATE(REFUSED), .empty = true}},
	 "alpha/wide/open", FA_EXPECT_NOT_OBSERVABLE, 0, 0, NO_SITE},

	{"loopback, though the component stands there",
	 {{.port = 4005, .protocol = "TLS"}},
	 "alpha/wide/loop", FA_EXPECT_NOT_OBSERVABLE, 0, 0, "used inside one machine only"},
	{"inside one machine", {{.port = 33999}}, "alpha/core/inner", FA_EXPECT_NOT_OBSERVABLE, 0,
	 0, "used inside one machine only"},
	{"no port, though the component stands there",
	 {{.port = 4005, .protocol = "TLS"}},
	 "alpha/wide/told", FA_EXPECT_NOT_OBSERVABLE, 0, 0, "the site must say which port"},
	{"dynamic", {{.port = 33999}}, "alpha/core/random", FA_EXPECT_NOT_OBSERVABLE, 0, 0,
	 "the site must say which port"},
	{"one of the alternatives is enough",
	 {{.port = 4002, .protocol = "HTTP"}},
	 "alpha/wide/multicast", FA_EXPECT_NOT_OBSERVABLE, 0, 0,
	 "satisfied by alternative alpha/wide/unicast"},
	{"none of the alternatives",
	 {{.port = 4005, .protocol = "TLS"}},
	 "alpha/wide/multicast", FA_EXPECT_UNSEEN, 0, 0,
	 "10.0.0.2 served alpha/wide/hears, so its other ports could have been seen"},
	{"a fallback is not needed",
	 {{.port = 4002, .protocol = "HTTP"}},
	 "alpha/wide/spare", FA_EXPECT_NOT_OBSERVABLE, 0, 0,
	 "not needed: it stands in for alpha/wide/unicast, which was seen"},
	{"a fallback, and the main way was not seen",
	 {{.port = 4005, .protocol = "TLS"}},
	 "alpha/wide/spare", FA_EXPECT_UNSEEN, 0, 0,
	 "10.0.0.2 served alpha/wide/hears, so its other ports could have been seen"},
};

struct collected {
	struct fa_expectation *items;
	size_t count;
};

static int collect(void *context, const struct fa_expectation *expectation)
{
	struct collected *collected = context;

	assert_true(collected->count < BOOK_RULES);
	collected->items[collected->count++] = *expectation;
	return 0;
}

static void cover(const struct fa_audit_context *context, const struct talk *talks, bool backwards,
		  struct fa_expectation *out)
{
	struct collected collected = {out, 0};
	struct fa_coverage *coverage;
	size_t count = 0;

	while (count < TALKS_MAX && talks[count].port != 0)
		count++;
	assert_int_equal(fa_coverage_new(&coverage, context), 0);
	for (size_t i = 0; i < count; i++) {
		struct fa_conversation conv =
			conversation(&talks[backwards ? count - 1 - i : i]);
		struct fa_judgement judgement;

		fa_judge(context, &conv, &judgement);
		fa_coverage_add(coverage, &conv, &judgement);
	}
	assert_int_equal(fa_coverage_count(coverage), BOOK_RULES);
	assert_int_equal(fa_coverage_finish(coverage, collect, &collected), 0);
	assert_int_equal(collected.count, BOOK_RULES);
	fa_coverage_free(coverage);
}

static bool check(const struct coverage_case *c, const struct fa_expectation *all)
{
	const struct fa_expectation *got = &all[fa_rulebook_find(book(), c->rule)->index];
	bool ok = got->state == c->state && got->conversations == c->conversations &&
		  got->flows == c->flows && strcmp(got->evidence, c->evidence) == 0 &&
		  strcmp(got->endpoints, "any (no site file)") == 0 &&
		  strcmp(got->rule->id, c->rule) == 0;

	if (!ok)
		print_error("%s: got %s of %s, %u conversations, %u flows, \"%s\"\n", c->what,
			    fa_expectation_text(got->state), got->rule->id,
			    (unsigned)got->conversations, (unsigned)got->flows, got->evidence);
	return ok;
}

static void test_cases(void **state)
{
	static struct fa_expectation expectations[BOOK_RULES];
	struct fa_audit_context *context;
	size_t wrong = 0;

	(void)state;
	assert_int_equal(fa_audit_context_new(&context, policy(), NULL, RUN_END), 0);
	for (size_t i = 0; i < 2 * LENGTH(cases); i++) {
		cover(context, cases[i / 2].talks, i % 2 == 1, expectations);
		wrong += !check(&cases[i / 2], expectations);
	}
	fa_audit_context_free(context);
	assert_int_equal(wrong, 0);
}

/* A client that tried one documented port, and COUNT - 1 other ports. */
static enum fa_expectation_state tried_among(unsigned count)
{
	static const struct talk talks[TALKS_MAX] = {
		{.port = 445, .state = STATE(REFUSED), .empty = true},
		{.port = 443, .protocol = "TLS"}};
	static struct fa_expectation expectations[BOOK_RULES];
	struct fa_audit_context *context;
	struct fa_evidence *evidence;

	assert_int_equal(fa_evidence_new(&evidence, 100), 0);
	for (unsigned i = 0; i < count; i++) {
		const struct talk talk = {.port = (uint16_t)(i == 0 ? 445 : 33000 + i),
					  .state = STATE(REFUSED), .empty = true};
		struct fa_conversation conv = conversation(&talk);

		fa_evidence_add(evidence, &conv);
	}
	assert_int_equal(fa_audit_context_new(&context, policy(), evidence, RUN_END), 0);
	cover(context, talks, false, expectations);
	fa_audit_context_free(context);
	fa_evidence_free(evidence);
	/* What a scanner was let in to was seen all the same. */
	assert_int_equal(expectations[fa_rulebook_find(book(), "beta/main/https")->index].state,
			 FA_EXPECT_SEEN);
	return expectations[fa_rulebook_find(book(), "alpha/core/smb")->index].state;
}

static void test_scans_are_no_refusals(void **state)
{
	(void)state;
	assert_int_equal(tried_among(19), FA_EXPECT_REFUSED);
	assert_int_equal(tried_among(20), FA_EXPECT_NOT_OBSERVABLE);
}

static void test_every_rule_in_order(void **state)
{
	static const struct talk talks[TALKS_MAX] = {{.port = 4005, .protocol = "TLS"}};
	static struct fa_expectation expectations[BOOK_RULES];
	struct fa_audit_context *context;

	(void)state;
	assert_int_equal(fa_audit_context_new(&context, policy(), NULL, RUN_END), 0);
	cover(context, talks, false, expectations);
	for (size_t i = 0; i < BOOK_RULES; i++) {
		assert_ptr_equal(expectations[i].rule, &book()->rules[i]);
		assert_string_not_equal(expectations[i].evidence, "");
	}
	fa_audit_context_free(context);
}

static void add(struct fa_coverage *coverage, const struct fa_audit_context *context,
		const struct talk *talks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct fa_conversation conv = conversation(&talks[i]);
		struct fa_judgement judgement;

		fa_judge(context, &conv, &judgement);
		fa_coverage_add(coverage, &conv, &judgement);
	}
}

static void finish(const struct fa_coverage *coverage, struct fa_expectation *out)
{
	struct collected collected = {out, 0};

	memset(out, 0, BOOK_RULES * sizeof(*out));
	assert_int_equal(fa_coverage_finish(coverage, collect, &collected), 0);
	assert_int_equal(collected.count, BOOK_RULES);
}

static void assert_same(const struct fa_expectation *got, const struct fa_expectation *want)
{
	for (size_t i = 0; i < BOOK_RULES; i++) {
		assert_string_equal(got[i].rule->id, want[i].rule->id);
		if (got[i].state != want[i].state ||
		    got[i].conversations != want[i].conversations ||
		    got[i].flows != want[i].flows || strcmp(got[i].evidence, want[i].evidence) != 0)
			fail_msg("%s: %s, %u conversations, %u flows, \"%s\"", got[i].rule->id,
				 fa_expectation_text(got[i].state), (unsigned)got[i].conversations,
				 (unsigned)got[i].flows, got[i].evidence);
	}
}

/* What is covered in turn; lower examples, and other proofs of presence, come later. */
static const struct talk turns[][TALKS_MAX] = {
	{{.port = 445, .protocol = "SMBv23", .flows = 3, .client = "10.0.0.7"},
	 {.port = 4005, .protocol = "TLS", .server = "10.0.0.9"},
	 {.port = 9000, .protocol = "HTTP", .client = "10.0.0.7"},
	 {.port = 7000, .protocol = "AMQP", .state = STATE(REFUSED), .empty = true}},
	{{.port = 445, .protocol = "SMBv23", .flows = 4},
	 {.port = 4005, .protocol = "TLS", .server = "10.0.0.3"},
	 {.port = 9000, .protocol = "HTTP"},
	 {.port = 6080, .state = STATE(REFUSED), .empty = true, .flows = 5}},
	{{.port = 445, .protocol = "SMBv23", .client = "10.0.0.0"},
	 {.port = 4002, .protocol = "HTTP"},
	 {.port = 443, .protocol = "TLS"},
	 {.port = 6080, .state = STATE(REFUSED), .empty = true, .client = "10.0.0.0"}},
};

/* With what a failed transaction added taken back, however often, it is as if it never was. */
static void test_back_to_the_mark(void **state)
{
	static struct fa_expectation want[LENGTH(turns) + 1][BOOK_RULES];
	static struct fa_expectation got[BOOK_RULES];
	struct fa_audit_context *context;
	struct fa_coverage *coverage;

	(void)state;
	assert_int_equal(fa_audit_context_new(&context, policy(), NULL, RUN_END), 0);
	assert_int_equal(fa_coverage_new(&coverage, context), 0);
	finish(coverage, want[0]);
	for (size_t i = 0; i < LENGTH(turns); i++) {
		add(coverage, context, turns[i], TALKS_MAX);
		finish(coverage, want[i + 1]);
	}
	fa_coverage_free(coverage);

	assert_int_equal(fa_coverage_new(&coverage, context), 0);
	for (size_t i = 0; i < LENGTH(turns); i++) {
		assert_int_equal(fa_coverage_mark(coverage), 0);
		for (size_t fails = 0; fails < 3; fails++) {
			for (size_t k = 0; k <= fails; k++)
				add(coverage, context, turns[(i + k) % LENGTH(turns)], TALKS_MAX);
			fa_coverage_back(coverage);
			finish(coverage, got);
			assert_same(got, want[i]);
		}
		add(coverage, context, turns[i], TALKS_MAX);
		finish(coverage, got);
		assert_same(got, want[i + 1]);
	}
	fa_coverage_free(coverage);
	fa_audit_context_free(context);
}

static void test_back_without_a_mark(void **state)
{
	static struct fa_expectation want[BOOK_RULES];
	static struct fa_expectation got[BOOK_RULES];
	struct fa_audit_context *context;
	struct fa_coverage *coverage;

	(void)state;
	assert_int_equal(fa_audit_context_new(&context, policy(), NULL, RUN_END), 0);
	assert_int_equal(fa_coverage_new(&coverage, context), 0);
	add(coverage, context, turns[0], TALKS_MAX);
	finish(coverage, want);
	fa_coverage_back(coverage);
	finish(coverage, got);
	assert_same(got, want);
	fa_coverage_free(coverage);
	fa_audit_context_free(context);
}

/* CLIENT: NULL when nothing was heard of either place. */
static void assert_heard(const struct fa_coverage *coverage, const struct fa_place places[2],
			 const char *client)
{
	char text[FA_ADDR_TEXT];

	for (size_t i = 0; i < 2; i++) {
		const struct fa_example *heard = fa_heard_of(coverage->heard, &places[i]);

		assert_int_equal(heard != NULL, client != NULL);
		if (heard != NULL)
			assert_string_equal(fa_addr_text(&heard->client, text), client);
	}
}

/* What was heard of a place goes back as well: directions may be settled otherwise next time. */
static void test_unheard_again(void **state)
{
	static const struct talk talks[] = {
		{.client = "10.0.0.7", .host = "a.example", .port = 443, .protocol = "TLS"},
		{.client = "10.0.0.6", .host = "a.example", .port = 443, .protocol = "TLS"},
	};
	struct fa_place places[] = {{.label = "lan"}, {.label = "a", .host = "a.example"}};
	const struct fa_site_role role = {.places = places, .prefix_count = 1, .place_count = 2};
	const struct fa_product product = {.role_count = 1};
	const struct fa_instance instance = {.product = &product, .roles = &role};
	const struct fa_site site = {.instances = &instance, .instance_count = 1};
	const struct fa_policy placed = {.book = book(), .site = &site};
	const struct fa_audit_context context = {.policy = &placed, .book = book()};
	const struct fa_judgement nothing = {.rule = NULL};
	struct fa_coverage *coverage;

	(void)state;
	fa_prefix_parse("10.0.0.0/24", &places[0].prefix);
	assert_int_equal(fa_coverage_new(&coverage, &context), 0);
	for (size_t i = 0; i < LENGTH(talks); i++) {
		struct fa_conversation conv = conversation(&talks[i]);

		assert_int_equal(fa_coverage_mark(coverage), 0);
		fa_coverage_add(coverage, &conv, &nothing);
		assert_heard(coverage, places, talks[i].client);
		fa_coverage_back(coverage);
		assert_heard(coverage, places, i == 0 ? NULL : talks[i - 1].client);
		fa_coverage_add(coverage, &conv, &nothing);
	}
	fa_coverage_free(coverage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_scans_are_no_refusals),
		cmocka_unit_test(test_every_rule_in_order),
		cmocka_unit_test(test_back_to_the_mark),
		cmocka_unit_test(test_back_without_a_mark),
		cmocka_unit_test(test_unheard_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
