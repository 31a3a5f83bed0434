/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which conversations become one finding, and in which order findings come. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

/* What a test adds: COUNT conversations, each next one with the ports and hosts moved on. */
struct batch {
	unsigned count, client, server, port;
	unsigned next_client, next_server, next_port;
	enum fa_verdict verdict;
	enum fa_flow_state state;
	const char *protocol, *host;
	size_t rule, nearest; /* index + 1, 0 for none */
	uint64_t bytes;
	bool udp;
};

#define BATCHES_MAX 4

struct row {
	const char *name;
	struct batch batches[BATCHES_MAX];
	const char *expected; /* one line for each finding, see describe() */
};

/* verdict client>server:port/transport protocol host rule clients/servers/ports/conversations */
static int describe(void *arg, const struct fa_stored_finding *f)
{
	char *text = arg;
	size_t used = strlen(text);
	char client[FA_ADDR_TEXT] = "*", server[FA_ADDR_TEXT] = "*";

	if (f->client.version != 0)
		fa_addr_text(&f->client, client);
	if (f->server.version != 0)
		fa_addr_text(&f->server, server);
	snprintf(text + used, 4096 - used, "%s%s %s>%s:%d/%d %s [%s] [%s%s%s] %d/%d/%d/%d\n",
		 f->sweep ? "sweep " : "", fa_verdict_text(f->verdict), client, server, f->port,
		 f->transport, f->protocol[0] == '\0' ? "-" : f->protocol, f->host, f->rule,
		 f->nearest[0] != '\0' ? "~" : "", f->nearest, (int)f->clients, (int)f->servers,
		 (int)f->ports, (int)f->conversations);
	return 0;
}

static void add_batch(struct fa_store *store, const struct batch *b, bool backwards)
{
	for (unsigned k = 0; k < b->count; k++) {
		unsigned i = backwards ? b->count - 1 - k : k;
		struct fa_conversation c = fixture_conversation(
			b->client + i * b->next_client, b->server + i * b->next_server,
			b->port + i * b->next_port);
		struct fa_judgement j = fixture_judgement(
			b->verdict, b->rule > 0 ? fixture_rule(b->rule - 1) : NULL);

		if (b->nearest > 0)
			j.nearest = fixture_rule(b->nearest - 1);
		if (b->udp)
			c.id.transport = FA_IP_UDP;
		if (b->protocol != NULL)
			strcpy(c.id.protocol, b->protocol);
		if (b->host != NULL)
			strcpy(c.id.host, b->host);
		memset(c.counts.flows_in_state, 0, sizeof(c.counts.flows_in_state));
		c.counts.flows_in_state[b->state] = 1;
		c.counts.bytes_to_client = b->bytes;
		fixture_add(store, &c, &j);
	}
}

static const struct row rows[] = {
	{"nothing to look at",
	 {{.count = 3, .client = 1, .server = 1, .port = 443, .next_client = 1,
	   .verdict = FA_VERDICT_DOCUMENTED, .state = FA_FLOW_CLOSED},
	  {.count = 1, .client = 9, .server = 1, .port = 1, .verdict = FA_VERDICT_WAIVED},
	  {.count = 1, .client = 8, .server = 1, .port = 1, .verdict = FA_VERDICT_INDETERMINATE}},
	 ""},
	{"many clients of one port are one finding",
	 {{.count = 30, .client = 1, .server = 1, .port = 22, .next_client = 1,
	   .verdict = FA_VERDICT_WRONG_PROTOCOL, .state = FA_FLOW_CLOSED, .rule = 1}},
	 "wrong-protocol *>10.1.0.1:22/6 TLS [] [alpha/core/web] 30/1/1/30\n"},
	{"one client is named, and a host name that all share",
	 {{.count = 1, .client = 5, .server = 1, .port = 22, .host = "a.example",
	   .verdict = FA_VERDICT_UNDOCUMENTED, .state = FA_FLOW_CLOSED, .nearest = 2}},
	 "undocumented 10.0.0.5>10.1.0.1:22/6 TLS [a.example] [~alpha/core/rpc] 1/1/1/1\n"},
	{"host names that differ are not named",
	 {{.count = 1, .client = 5, .server = 1, .port = 22, .host = "a.example",
	   .verdict = FA_VERDICT_UNDOCUMENTED, .state = FA_FLOW_CLOSED},
	  {.count = 1, .client = 5, .server = 1, .port = 22, .host = "b.example",
	   .verdict = FA_VERDICT_UNDOCUMENTED, .state = FA_FLOW_CLOSED}},
	 "undocumented 10.0.0.5>10.1.0.1:22/6 TLS [] [] 1/1/1/2\n"},
	{"protocol, transport, rule and verdict separate",
	 {{.count = 1, .client = 1, .server = 1, .port = 22, .verdict = FA_VERDICT_UNDOCUMENTED,
	   .state = FA_FLOW_CLOSED, .bytes = 4},
	  {.count = 1, .client = 1, .server = 1, .port = 22, .verdict = FA_VERDICT_UNDOCUMENTED,
	   .state = FA_FLOW_CLOSED, .protocol = "SSH", .bytes = 3},
	  {.count = 1, .client = 1, .server = 1, .port = 22, .verdict = FA_VERDICT_UNDOCUMENTED,
	   .state = FA_FLOW_TWO_WAY, .udp = true, .bytes = 2},
	  {.count = 1, .client = 1, .server = 1, .port = 22, .verdict = FA_VERDICT_UNDOCUMENTED,
	   .state = FA_FLOW_CLOSED, .nearest = 4, .bytes = 1}},
	 "undocumented 10.0.0.1>10.1.0.1:22/6 TLS [] [] 1/1/1/1\n"
	 "undocumented 10.0.0.1>10.1.0.1:22/6 SSH [] [] 1/1/1/1\n"
	 "undocumented 10.0.0.1>10.1.0.1:22/17 TLS [] [] 1/1/1/1\n"
	 "undocumented 10.0.0.1>10.1.0.1:22/6 TLS [] [~beta/main/db] 1/1/1/1\n"},
	{"importance before bytes",
	 {{.count = 1, .client = 1, .server = 1, .port = 1, .verdict = FA_VERDICT_DISCOURAGED,
	   .state = FA_FLOW_CLOSED, .bytes = 1000000, .rule = 1},
	  {.count = 1, .client = 1, .server = 1, .port = 2, .verdict = FA_VERDICT_REFUSED,
	   .state = FA_FLOW_REFUSED, .rule = 1},
	  {.count = 1, .client = 1, .server = 1, .port = 3, .verdict = FA_VERDICT_WRONG_ENDPOINT,
	   .state = FA_FLOW_CLOSED, .nearest = 1},
	  {.count = 1, .client = 1, .server = 1, .port = 4, .verdict = FA_VERDICT_WRONG_PROTOCOL,
	   .state = FA_FLOW_CLOSED, .nearest = 1}},
	 "wrong-protocol 10.0.0.1>10.1.0.1:4/6 TLS [] [~alpha/core/web] 1/1/1/1\n"
	 "wrong-endpoint 10.0.0.1>10.1.0.1:3/6 TLS [] [~alpha/core/web] 1/1/1/1\n"
	 "refused 10.0.0.1>10.1.0.1:2/6 TLS [] [alpha/core/web] 1/1/1/1\n"
	 "discouraged 10.0.0.1>10.1.0.1:1/6 TLS [] [alpha/core/web] 1/1/1/1\n"},
	{"bytes first, then addresses by number, not by text",
	 {{.count = 1, .client = 1, .server = 100, .port = 1, .verdict = FA_VERDICT_UNDOCUMENTED,
	   .state = FA_FLOW_CLOSED, .bytes = 7},
	  {.count = 1, .client = 1, .server = 9, .port = 1, .verdict = FA_VERDICT_UNDOCUMENTED,
	   .state = FA_FLOW_CLOSED, .bytes = 7},
	  {.count = 1, .client = 1, .server = 200, .port = 1, .verdict = FA_VERDICT_UNDOCUMENTED,
	   .state = FA_FLOW_CLOSED, .bytes = 8}},
	 "undocumented 10.0.0.1>10.1.0.200:1/6 TLS [] [] 1/1/1/1\n"
	 "undocumented 10.0.0.1>10.1.0.9:1/6 TLS [] [] 1/1/1/1\n"
	 "undocumented 10.0.0.1>10.1.0.100:1/6 TLS [] [] 1/1/1/1\n"},
	{"a scan of ports is one sweep",
	 {{.count = 20, .client = 9, .server = 1, .port = 100, .next_port = 1,
	   .verdict = FA_VERDICT_UNDOCUMENTED, .state = FA_FLOW_ATTEMPTED}},
	 "sweep undocumented 10.0.0.9>10.1.0.1:0/6 TLS [] [] 1/1/20/20\n"},
	{"a scan of hosts is one sweep",
	 {{.count = 25, .client = 9, .server = 1, .port = 100, .next_server = 1,
	   .verdict = FA_VERDICT_REFUSED, .state = FA_FLOW_REFUSED, .rule = 1}},
	 "sweep refused 10.0.0.9>*:100/6 TLS [] [alpha/core/web] 1/25/1/25\n"},
	{"19 are no sweep (but they are ports of one host: below 20 there, too)",
	 {{.count = 19, .client = 9, .server = 1, .port = 100, .next_server = 1,
	   .verdict = FA_VERDICT_REFUSED, .state = FA_FLOW_REFUSED, .rule = 1},
	  {.count = 1, .client = 9, .server = 40, .port = 100, .verdict = FA_VERDICT_REFUSED,
	   .state = FA_FLOW_CLOSED, .rule = 1}},
	 NULL /* 20 findings */},
	{"a sweep takes in what the documents know, and leaves what answered",
	 {{.count = 12, .client = 9, .server = 1, .port = 100, .next_server = 1,
	   .verdict = FA_VERDICT_REFUSED, .state = FA_FLOW_REFUSED, .rule = 1},
	  {.count = 12, .client = 9, .server = 1, .port = 200, .next_port = 1, .udp = true,
	   .verdict = FA_VERDICT_UNDOCUMENTED, .state = FA_FLOW_ONE_WAY},
	  {.count = 1, .client = 9, .server = 1, .port = 300, .verdict = FA_VERDICT_UNDOCUMENTED,
	   .state = FA_FLOW_CLOSED},
	  {.count = 1, .client = 8, .server = 1, .port = 100, .verdict = FA_VERDICT_REFUSED,
	   .state = FA_FLOW_REFUSED, .rule = 1}},
	 "refused 10.0.0.8>10.1.0.1:100/6 TLS [] [alpha/core/web] 1/1/1/1\n"
	 "sweep undocumented 10.0.0.9>*:0/0 TLS [] [] 1/12/13/24\n"
	 "undocumented 10.0.0.9>10.1.0.1:300/6 TLS [] [] 1/1/1/1\n"},
	{"a sweep takes in tries at wrong endpoints, too",
	 {{.count = 10, .client = 9, .server = 1, .port = 100, .next_port = 1,
	   .verdict = FA_VERDICT_UNDOCUMENTED, .state = FA_FLOW_ATTEMPTED},
	  {.count = 10, .client = 9, .server = 1, .port = 53, .next_server = 1,
	   .verdict = FA_VERDICT_WRONG_ENDPOINT, .state = FA_FLOW_ATTEMPTED, .nearest = 1},
	  {.count = 1, .client = 9, .server = 20, .port = 53,
	   .verdict = FA_VERDICT_WRONG_ENDPOINT, .state = FA_FLOW_CLOSED, .nearest = 1}},
	 "wrong-endpoint 10.0.0.9>10.1.0.20:53/6 TLS [] [~alpha/core/web] 1/1/1/1\n"
	 "sweep undocumented 10.0.0.9>*:0/6 TLS [] [] 1/10/11/20\n"},
	{"but not what datagrams may have carried there",
	 {{.count = 20, .client = 9, .server = 1, .port = 100, .next_port = 1,
	   .verdict = FA_VERDICT_UNDOCUMENTED, .state = FA_FLOW_ATTEMPTED},
	  {.count = 1, .client = 9, .server = 1, .port = 53, .udp = true,
	   .verdict = FA_VERDICT_WRONG_ENDPOINT, .state = FA_FLOW_ONE_WAY, .nearest = 1}},
	 "wrong-endpoint 10.0.0.9>10.1.0.1:53/17 TLS [] [~alpha/core/web] 1/1/1/1\n"
	 "sweep undocumented 10.0.0.9>10.1.0.1:0/6 TLS [] [] 1/1/20/20\n"},
	{"a target that answered once is not swept",
	 {{.count = 20, .client = 9, .server = 1, .port = 100, .next_server = 1,
	   .verdict = FA_VERDICT_REFUSED, .state = FA_FLOW_REFUSED, .rule = 1},
	  {.count = 1, .client = 9, .server = 1, .port = 100, .verdict = FA_VERDICT_DOCUMENTED,
	   .state = FA_FLOW_CLOSED, .rule = 1}},
	 NULL /* 20 findings */},
	{"many undocumented ports between two hosts are one finding",
	 {{.count = 20, .client = 3, .server = 4, .port = 50000, .next_port = 7,
	   .verdict = FA_VERDICT_UNDOCUMENTED, .state = FA_FLOW_CLOSED, .protocol = "FTP_DATA"},
	  {.count = 1, .client = 5, .server = 4, .port = 50007, .verdict = FA_VERDICT_UNDOCUMENTED,
	   .state = FA_FLOW_CLOSED, .protocol = "FTP_DATA"},
	  {.count = 1, .client = 3, .server = 4, .port = 21, .verdict = FA_VERDICT_WRONG_ENDPOINT,
	   .state = FA_FLOW_CLOSED, .nearest = 1}},
	 "wrong-endpoint 10.0.0.3>10.1.0.4:21/6 TLS [] [~alpha/core/web] 1/1/1/1\n"
	 "undocumented 10.0.0.3>10.1.0.4:0/6 FTP_DATA [] [] 1/1/20/20\n"
	 "undocumented 10.0.0.5>10.1.0.4:50007/6 FTP_DATA [] [] 1/1/1/1\n"},
};

static void derive(const struct row *row, bool backwards, char text[4096], int64_t *count)
{
	char name[64];
	struct fa_store *store;
	struct fa_history history;
	struct fa_diag diag = {""};
	const char *path;

	snprintf(name, sizeof(name), "%td%d.db", row - rows, backwards);
	store = fixture_begin(fixture_path(name), NULL);
	for (size_t k = 0; k < BATCHES_MAX; k++)
		add_batch(store, &row->batches[backwards ? BATCHES_MAX - 1 - k : k], backwards);
	fixture_finish(store);
	history = fixture_read(&store, fixture_path(name));
	text[0] = '\0';
	assert_int_equal(history.each_finding(history.context, 0, 0, describe, text, &diag), 0);
	fa_store_close(store);
	path = fixture_path(name);
	*count = fixture_sql(path, "SELECT count(*) FROM finding");
	/* Every conversation that needs a finding has one, and the counts agree. */
	assert_int_equal(
		fixture_sql(path, "SELECT count(*) FROM v_conversation c JOIN verdict v "
				  "ON v.text = c.verdict "
				  "WHERE (v.importance IS NULL) <> (c.finding IS NULL)"),
		0);
	assert_int_equal(
		fixture_sql(path, "SELECT count(*) FROM finding f WHERE flows <> (SELECT "
				  "sum(flows) FROM conversation c WHERE c.finding = f.number)"),
		0);
	assert_int_equal(fixture_sql(path, "SELECT findings FROM run"), *count);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM v_finding"), *count);
}

static void table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[4096], again[4096];
		int64_t count, count_again;

		derive(&rows[i], false, text, &count);
		derive(&rows[i], true, again, &count_again);
		if (strcmp(text, again) != 0)
			fail_msg("%s: depends on the order:\n%s\n%s", rows[i].name, text, again);
		if (rows[i].expected == NULL && count != 20)
			fail_msg("%s: %lld findings", rows[i].name, (long long)count);
		if (rows[i].expected != NULL && strcmp(text, rows[i].expected) != 0)
			fail_msg("%s: got\n%s", rows[i].name, text);
	}
}

static int take_one(void *arg, const struct fa_stored_finding *f)
{
	*(struct fa_stored_finding *)arg = *f;
	assert_string_equal(f->detail, "the stronger");
	return 0;
}

static void the_strongest_evidence_speaks(void **state)
{
	struct fa_store *store = fixture_begin(fixture_path("a.db"), NULL);
	struct fa_history history;
	struct fa_stored_finding f;
	struct fa_diag diag = {""};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct fa_conversation c = fixture_conversation(i, 1, 22);
		struct fa_judgement j = fixture_judgement(FA_VERDICT_UNDOCUMENTED, NULL);

		c.id.detected_by = i == 1 ? FA_DETECTED_DPI_PARTIAL : FA_DETECTED_PORT_GUESS;
		c.id.direction_by = i == 2 ? FA_BY_SYN : FA_BY_DEGREE;
		strcpy(j.detail, i == 1 ? "the stronger" : "the weaker, with a longer detail");
		fixture_add(store, &c, &j);
	}
	fixture_finish(store);
	history = fixture_read(&store, fixture_path("a.db"));
	assert_int_equal(history.each_finding(history.context, 1, 1, take_one, &f, &diag), 0);
	assert_int_equal(f.detected_by, FA_DETECTED_DPI_PARTIAL);
	assert_int_equal(f.direction_by, FA_BY_DEGREE);
	assert_int_equal(f.reasons[0], FA_REASON_NO_RULE);
	fa_store_close(store);
}

static void an_interim_account_is_replaced(void **state)
{
	const char *path = fixture_path("a.db");
	struct fa_store *store = fixture_begin(path, NULL);
	const struct fa_run_totals interim = {.end = FA_RUN_UNFINISHED};
	struct fa_conversation c = fixture_conversation(1, 1, 22);
	struct fa_judgement j = fixture_judgement(FA_VERDICT_UNDOCUMENTED, NULL);
	struct fa_diag diag = {""};

	(void)state;
	fixture_add(store, &c, &j);
	assert_int_equal(fa_store_finish_run(store, &interim, &diag), 0);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM finding"), 1);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM run WHERE ending = 'unfinished' "
					   "AND findings = 1"),
			 1);
	j.verdict = FA_VERDICT_WRONG_PROTOCOL;
	fixture_add(store, &c, &j);
	fixture_finish(store);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM finding"), 2);
	assert_int_equal(fixture_sql(path, "SELECT finding FROM v_conversation "
					   "WHERE verdict = 'undocumented'"),
			 2);
}

static void runs_do_not_mix(void **state)
{
	const char *path = fixture_path("a.db");

	(void)state;
	for (unsigned run = 0; run < 2; run++) {
		struct fa_store *store = fixture_begin(path, NULL);
		struct batch b = {.count = 12, .client = 9, .server = 1, .port = 100 + 50 * run,
				  .next_server = 1, .verdict = FA_VERDICT_UNDOCUMENTED,
				  .state = FA_FLOW_ATTEMPTED};

		add_batch(store, &b, false);
		fixture_finish(store);
	}
	/* 24 targets, but 12 in each run: no sweep. */
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM finding WHERE kind = 'single'"),
			 24);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM conversation "
					   "WHERE finding BETWEEN 1 AND 12"),
			 24);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(table),
		TEST(the_strongest_evidence_speaks),
		TEST(an_interim_account_is_replaced),
		TEST(runs_do_not_mix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
