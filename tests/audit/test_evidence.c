/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the rest of a run says: who serves, and what a port spoke; in any order. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <cmocka.h>

#include "audit/evidence.h"
#include "talk.h"

#define FIRST FA_BY_FIRST_PACKET
#define TALKS_MAX 6

enum outcome { LEFT, KEPT, FLIPPED };

struct resolve_case {
	const char *what;
	enum outcome outcome; /* of the first talk */
	struct talk talks[TALKS_MAX];
};

static const struct resolve_case cases[] = {
	{"alone", LEFT, {{.client_port = 40000, .port = 7777, .by = FIRST}}},
	{"three peers reach the server", KEPT,
	 {{.client_port = 40000, .port = 7777, .by = FIRST},
	  {.client_port = 40001, .port = 7777, .by = FIRST},
	  {.client_port = 40002, .port = 7777, .by = FIRST}}},
	{"two are too few", LEFT,
	 {{.client_port = 40000, .port = 7777, .by = FIRST},
	  {.client_port = 40001, .port = 7777, .by = FIRST},
	  {.client_port = 40001, .port = 7777, .by = FIRST, .protocol = "Redis"}}},
	{"another port is another end", LEFT,
	 {{.client_port = 40000, .port = 7777, .by = FIRST},
	  {.client_port = 40001, .port = 7778, .by = FIRST},
	  {.client_port = 40002, .port = 7778, .by = FIRST}}},
	{"another address is another end", LEFT,
	 {{.client_port = 40000, .port = 7777, .by = FIRST},
	  {.client_port = 40001, .port = 7777, .by = FIRST, .server = "10.0.0.9"},
	  {.client_port = 40002, .port = 7777, .by = FIRST, .server = "10.0.0.9"}}},
	{"another transport is another end", LEFT,
	 {{.client_port = 40000, .port = 7777, .by = FIRST},
	  {.client_port = 40001, .port = 7777, .by = FIRST, .transport = UDP},
	  {.client_port = 40002, .port = 7777, .by = FIRST, .transport = UDP}}},
	{"the other way round", FLIPPED,
	 {{.client_port = 7777, .port = 40000, .by = FIRST},
	  {.client_port = 40001, .client = "10.0.0.8", .server = "10.0.0.1", .port = 7777,
	   .by = FIRST},
	  {.client_port = 7777, .port = 40002, .by = FIRST}}},
	{"both ends have many peers", LEFT,
	 {{.client_port = 40000, .port = 7777, .by = FIRST},
	  {.client_port = 40001, .port = 7777, .by = FIRST},
	  {.client_port = 40002, .port = 7777, .by = FIRST},
	  {.client_port = 40000, .port = 7778, .by = FIRST}}},
	{"clients found by port count too", KEPT,
	 {{.client_port = 40000, .port = 7777, .by = FIRST},
	  {.client = "10.0.0.5", .port = 7777, .by = FA_BY_CATALOG_PORT},
	  {.client = "10.0.0.6", .port = 7777, .by = FA_BY_CATALOG_PORT}}},
	{"a handshake elsewhere proves the server", KEPT,
	 {{.client_port = 40000, .port = 7777, .by = FIRST},
	  {.client = "10.0.0.5", .port = 7777, .by = FA_BY_SYN}}},
	{"so does a protocol, the other way round", FLIPPED,
	 {{.client_port = 7777, .port = 40000, .by = FIRST},
	  {.client = "10.0.0.5", .server = "10.0.0.1", .port = 7777, .by = FA_BY_PROTOCOL}}},
	{"one documented port proves nothing", LEFT,
	 {{.client_port = 40000, .port = 7777, .by = FIRST},
	  {.client = "10.0.0.5", .port = 7777, .by = FA_BY_CATALOG_PORT}}},
	{"both ends are servers elsewhere", LEFT,
	 {{.client_port = 8888, .port = 7777, .by = FIRST},
	  {.client = "10.0.0.5", .port = 7777, .by = FA_BY_SYN},
	  {.client = "10.0.0.5", .server = "10.0.0.1", .port = 8888, .by = FA_BY_SYN}}},
	{"UDP: a collector that never answers", KEPT,
	 {{.client_port = 40000, .port = 7777, .by = FIRST, .transport = UDP, .one_way = true},
	  {.client_port = 40001, .port = 7777, .by = FIRST, .transport = UDP, .one_way = true},
	  {.client_port = 40002, .port = 7777, .by = FIRST, .transport = UDP, .one_way = true}}},
	{"UDP: a scanner is not a server", LEFT,
	 {{.client_port = 40000, .port = 7777, .by = FIRST, .transport = UDP, .one_way = true},
	  {.client_port = 40000, .port = 7778, .by = FIRST, .transport = UDP, .one_way = true},
	  {.client_port = 40000, .port = 7779, .by = FIRST, .transport = UDP, .one_way = true}}},
	{"UDP: who is answered by many is a server", FLIPPED,
	 {{.client_port = 7777, .port = 40000, .by = FIRST, .transport = UDP},
	  {.client_port = 7777, .port = 40001, .by = FIRST, .transport = UDP},
	  {.client_port = 7777, .port = 40002, .by = FIRST, .transport = UDP}}},
	{"TCP: one side of the mirror is enough", FLIPPED,
	 {{.client_port = 7777, .port = 40000, .by = FIRST, .one_way = true},
	  {.client_port = 7777, .port = 40001, .by = FIRST, .one_way = true},
	  {.client_port = 7777, .port = 40002, .by = FIRST, .one_way = true}}},
	{"UDP: a client that keeps its port for many servers is none", LEFT,
	 {{.client_port = 40000, .port = 3478, .by = FIRST, .transport = UDP},
	  {.client_port = 40000, .port = 3478, .by = FIRST, .transport = UDP, .server = "10.0.0.8"},
	  {.client_port = 40000, .port = 3478, .by = FIRST, .transport = UDP, .server = "10.0.0.9"}}},
	{"fragments have no ports to go by", LEFT,
	 {{.client_port = 40000, .port = 7777, .by = FIRST, .fragment = true},
	  {.client = "10.0.0.5", .port = 7777, .by = FA_BY_SYN}}},
	{"fragments prove nothing", LEFT,
	 {{.client_port = 40000, .port = 7777, .by = FIRST},
	  {.client = "10.0.0.5", .port = 7777, .by = FA_BY_SYN, .fragment = true}}},
	{"fragments are not resolved", LEFT,
	 {{.client_port = 40000, .port = 7777, .by = FIRST, .fragment = true},
	  {.client_port = 40000, .port = 7777, .by = FIRST},
	  {.client = "10.0.0.5", .port = 7777, .by = FA_BY_SYN}}},
	{"nor is a known direction, whatever others say", LEFT,
	 {{.client_port = 40000, .port = 7777, .by = FA_BY_CATALOG_PORT},
	  {.client_port = 40000, .port = 7777, .by = FIRST},
	  {.client = "10.0.0.5", .port = 7777, .by = FA_BY_SYN}}},
	{"what a tunnel says of its hosts is not said of those outside", LEFT,
	 {{.client_port = 40000, .port = 7777, .by = FIRST},
	  {.client = "10.0.0.5", .port = 7777, .by = FA_BY_SYN, .tunnel = FA_TUNNEL_VXLAN}}},
	{"nor the other way round", LEFT,
	 {{.client_port = 40000, .port = 7777, .by = FIRST, .tunnel = FA_TUNNEL_IPIP},
	  {.client_port = 40001, .port = 7777, .by = FIRST},
	  {.client_port = 40002, .port = 7777, .by = FIRST}}},
	{"nor of another tenant's", LEFT,
	 {{.client_port = 40000, .port = 7777, .by = FIRST, .tunnel = FA_TUNNEL_VXLAN,
	   .tunnel_id = 5},
	  {.client = "10.0.0.5", .port = 7777, .by = FA_BY_SYN, .tunnel = FA_TUNNEL_VXLAN,
	   .tunnel_id = 6}}},
	{"but of those in the same one", FLIPPED,
	 {{.client_port = 7777, .port = 40000, .by = FIRST, .tunnel = FA_TUNNEL_VXLAN,
	   .tunnel_id = 5},
	  {.client = "10.0.0.5", .server = "10.0.0.1", .port = 7777, .by = FA_BY_SYN,
	   .tunnel = FA_TUNNEL_VXLAN, .tunnel_id = 5}}},
	{"evidence of its own is not touched", LEFT,
	 {{.client_port = 40000, .port = 7777, .by = FA_BY_CATALOG_PORT},
	  {.client = "10.0.0.5", .port = 7777, .by = FA_BY_SYN}}},
};

static size_t talk_count(const struct talk *talks)
{
	size_t count = 0;

	while (count < TALKS_MAX && talks[count].port != 0)
		count++;
	return count;
}

/* Adds the talks, backwards or not, and resolves the first. */
static struct fa_conversation resolve(const struct talk *talks, bool backwards, bool *found)
{
	struct fa_conversation first = conversation(&talks[0]);
	size_t count = talk_count(talks);
	struct fa_evidence *evidence;

	assert_int_equal(fa_evidence_new(&evidence, 100), 0);
	for (size_t i = 0; i < count; i++) {
		struct fa_conversation conv =
			conversation(&talks[backwards ? count - 1 - i : i]);

		fa_evidence_add(evidence, &conv);
	}
	*found = fa_evidence_resolve(evidence, &first);
	fa_evidence_free(evidence);
	return first;
}

static bool is_outcome(const struct resolve_case *c, bool backwards)
{
	bool found;
	struct fa_conversation before = conversation(&c->talks[0]);
	struct fa_conversation after = resolve(c->talks, backwards, &found);

	if (c->outcome == LEFT)
		return !found && memcmp(&before, &after, sizeof(before)) == 0;
	if (c->outcome == FLIPPED)
		fa_conversation_flip(&before);
	before.id.direction_by = FA_BY_DEGREE;
	before.id.client_port = 0;
	return found && memcmp(&before, &after, sizeof(before)) == 0;
}

static void test_resolve(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < 2 * LENGTH(cases); i++) {
		if (is_outcome(&cases[i / 2], i % 2 == 1))
			continue;
		print_error("%s%s\n", cases[i / 2].what, i % 2 == 1 ? ", backwards" : "");
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void add(struct fa_evidence *evidence, const struct talk *talk)
{
	struct fa_conversation conv = conversation(talk);

	fa_evidence_add(evidence, &conv);
}

static const char *spoke(const struct fa_evidence *evidence, uint16_t port, uint64_t *flows)
{
	const struct talk talk = {.port = port};
	struct fa_conversation conv = conversation(&talk);

	return fa_evidence_spoke(evidence, &conv.id, flows);
}

static void test_spoke(void **state)
{
	static const struct talk talks[] = {
		{.port = 5672, .protocol = "Redis", .flows = 2},
		{.port = 5672, .protocol = "AMQP", .flows = 2, .client = "10.0.0.7"},
		{.port = 5672, .protocol = "Zabbix", .flows = 1},
		{.port = 5672, .protocol = "AMQP", .flows = 9, .detected = DETECTED(PORT_GUESS)},
		{.port = 5672, .flows = 9},
		{.port = 5672, .protocol = "SSH", .flows = 9, .by = FIRST, .client_port = 1},
		{.port = 445, .protocol = "", .application = "SMBv23"},
		{.port = 445, .protocol = "SSH", .flows = 9, .tunnel = FA_TUNNEL_GRE},
	};
	struct fa_evidence *evidence;
	uint64_t flows;

	(void)state;
	for (size_t backwards = 0; backwards < 2; backwards++) {
		assert_int_equal(fa_evidence_new(&evidence, 100), 0);
		for (size_t i = 0; i < LENGTH(talks); i++)
			add(evidence, &talks[backwards ? LENGTH(talks) - 1 - i : i]);
		assert_string_equal(spoke(evidence, 5672, &flows), "AMQP");
		assert_int_equal(flows, 2);
		add(evidence, &talks[0]);
		assert_string_equal(spoke(evidence, 5672, &flows), "Redis");
		assert_int_equal(flows, 4);
		assert_string_equal(spoke(evidence, 445, &flows), "SMBv23");
		assert_null(spoke(evidence, 5673, &flows));
		assert_int_equal(flows, 0);
		assert_false(fa_evidence_is_full(evidence));
		fa_evidence_free(evidence);
	}
}

/* Added again when resolved, a conversation says what its port spoke, and nothing twice. */
static void test_resolved_speak(void **state)
{
	static const struct talk talk = {.client_port = 40000, .port = 7777, .by = FIRST,
					 .protocol = "Redis"};
	static const struct talk second = {.client_port = 40001, .port = 7777, .by = FIRST};
	struct fa_conversation conv = conversation(&talk);
	struct fa_conversation other = conversation(&second);
	struct fa_evidence *evidence;
	uint64_t flows;

	(void)state;
	assert_int_equal(fa_evidence_new(&evidence, 100), 0);
	fa_evidence_add(evidence, &conv);
	assert_null(spoke(evidence, 7777, &flows));
	fa_evidence_add(evidence, &other);
	conv.id.direction_by = FA_BY_DEGREE;
	conv.id.client_port = 0;
	fa_evidence_add(evidence, &conv);
	assert_string_equal(spoke(evidence, 7777, &flows), "Redis");
	assert_false(fa_evidence_resolve(evidence, &other));
	fa_evidence_free(evidence);
}

static void test_cap(void **state)
{
	struct fa_evidence *evidence;
	struct talk talk = {.protocol = "HTTP"};
	uint64_t flows;

	(void)state;
	assert_int_equal(fa_evidence_new(&evidence, 1000), 0);
	for (talk.port = 1; talk.port <= 1000; talk.port++)
		add(evidence, &talk);
	assert_false(fa_evidence_is_full(evidence));
	for (uint16_t port = 1; port <= 1000; port++)
		assert_non_null(spoke(evidence, port, &flows));
	add(evidence, &talk);
	assert_true(fa_evidence_is_full(evidence));
	assert_null(spoke(evidence, 1001, &flows));
	talk.port = 1000;
	add(evidence, &talk);
	assert_string_equal(spoke(evidence, 1000, &flows), "HTTP");
	assert_int_equal(flows, 2);
	fa_evidence_free(evidence);
	fa_evidence_free(NULL);
}

static bool is_scanner(const struct fa_evidence *evidence, const char *text)
{
	const struct talk talk = {.client = text, .port = 1};
	struct fa_conversation conv = conversation(&talk);

	return fa_evidence_is_scanner(evidence, &conv.id);
}

/* Tries of 20 targets: servers and ports, some more than once; PASSED leaves out that one. */
static void add_scan(struct fa_evidence *evidence, const struct talk *like, bool backwards,
		     unsigned passed)
{
	static const char *const servers[] = {"10.0.0.2", "10.0.0.3"};

	for (unsigned k = 0; k < 40; k++) {
		unsigned i = (backwards ? 39 - k : k) % 20;
		struct talk talk = *like;

		talk.server = servers[i % 2];
		talk.port = (uint16_t)(100 + i / 2);
		if (i != passed)
			add(evidence, &talk);
	}
}

static void test_scanner(void **state)
{
	static const struct talk silent = {.state = STATE(ATTEMPTED), .empty = true};
	static const struct talk one_more = {.state = STATE(REFUSED), .empty = true, .port = 1};
	struct fa_evidence *evidence;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(fa_evidence_new(&evidence, 100), 0);
		add_scan(evidence, &silent, i == 1, 7);
		assert_false(is_scanner(evidence, "10.0.0.1"));
		add(evidence, &one_more);
		assert_true(is_scanner(evidence, "10.0.0.1"));
		add_scan(evidence, &silent, i == 1, 20);
		assert_true(is_scanner(evidence, "10.0.0.1"));
		assert_false(is_scanner(evidence, "10.0.0.2"));
		assert_false(is_scanner(evidence, "10.0.0.9"));
		assert_false(fa_evidence_is_full(evidence));
		fa_evidence_free(evidence);
	}
}

static void test_no_scanner(void **state)
{
	static const struct talk talks[] = {
		{.protocol = "HTTP"},					/* answered */
		{.transport = UDP, .state = STATE(ONE_WAY), .one_way = true},
		{.state = STATE(ATTEMPTED), .empty = true, .by = FIRST}, /* whose try is open */
		{.state = STATE(ATTEMPTED), .empty = true, .fragment = true},
		{.state = STATE(ATTEMPTED), .empty = true, .tunnel = FA_TUNNEL_VXLAN}, /* another's */
	};
	struct fa_evidence *evidence;

	(void)state;
	for (size_t i = 0; i < LENGTH(talks); i++) {
		assert_int_equal(fa_evidence_new(&evidence, 100), 0);
		add_scan(evidence, &talks[i], false, 20);
		assert_false(is_scanner(evidence, "10.0.0.1"));
		fa_evidence_free(evidence);
	}
}

/* Tries share the limit of all evidence: 20 servers, one client and its targets fill 41 places. */
static void test_scanner_cap(void **state)
{
	static const struct talk silent = {.state = STATE(ATTEMPTED), .empty = true};
	struct fa_evidence *evidence;

	(void)state;
	for (size_t places = 40; places <= 41; places++) {
		assert_int_equal(fa_evidence_new(&evidence, places), 0);
		add_scan(evidence, &silent, false, 20);
		assert_int_equal(is_scanner(evidence, "10.0.0.1"), places == 41);
		assert_int_equal(fa_evidence_is_full(evidence), places == 40);
		fa_evidence_free(evidence);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_spoke),
		cmocka_unit_test(test_resolved_speak),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_scanner),
		cmocka_unit_test(test_no_scanner),
		cmocka_unit_test(test_scanner_cap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
