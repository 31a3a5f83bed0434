/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was written is read back: every field, in one order, whatever order it came in. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_MAX 2048

static struct {
	struct fa_stored_conversation items[KEPT_MAX];
	char texts[KEPT_MAX][4][128]; /* rule, nearest, candidates, detail */
	size_t count;
} kept;

static int keep(void *arg, const struct fa_stored_conversation *c)
{
	(void)arg;
	assert_true(kept.count < KEPT_MAX);
	kept.items[kept.count] = *c;
	snprintf(kept.texts[kept.count][0], 128, "%s", c->rule);
	snprintf(kept.texts[kept.count][1], 128, "%s", c->nearest);
	snprintf(kept.texts[kept.count][2], 128, "%s", c->candidates);
	snprintf(kept.texts[kept.count][3], 128, "%s", c->detail);
	kept.count++;
	return 0;
}

static void read_all(const char *path)
{
	struct fa_store *store;
	struct fa_history history = fixture_read(&store, path);
	struct fa_diag diag = {""};

	kept.count = 0;
	if (history.each_conversation(history.context, 0, keep, NULL, &diag) != 0)
		fail_msg("%s", diag.text);
	fa_store_close(store);
}

/* A conversation in which no two fields are equal. */
static struct fa_conversation full_conversation(void)
{
	struct fa_conversation c;
	uint64_t *words = (uint64_t *)&c.counts;

	memset(&c, 0, sizeof(c));
	for (size_t i = 0; i < sizeof(c.counts) / sizeof(*words); i++)
		words[i] = 1000000007 * (i + 1);
	c.bucket_ns = -300000000000;
	assert_true(fa_addr_parse("2001:db8::1", &c.id.client));
	assert_true(fa_addr_parse("fe80::abcd", &c.id.server));
	c.id.transport = FA_IP_SCTP;
	c.id.direction_by = FA_BY_FIRST_PACKET;
	c.id.detected_by = FA_DETECTED_SIGNATURE;
	c.id.tunnel = FA_TUNNEL_GENEVE;
	c.id.fragment = 1;
	c.id.server_port = 65535;
	c.id.client_port = 1234;
	c.id.tunnel_id = 4000000000;
	c.id.vlan[0] = 100;
	c.id.vlan[1] = 4094;
	strcpy(c.id.protocol, "Protocol");
	strcpy(c.id.application, "Application");
	/* Not UTF-8, a control character, a backslash, a character that turns text round. */
	strcpy(c.id.host, "h\xff\x01\\x\xe2\x80\xae.example");
	return c;
}

static struct fa_judgement full_judgement(void)
{
	struct fa_judgement j = {.verdict = FA_VERDICT_WRONG_PROTOCOL,
				 .rule = fixture_rule(3),
				 .nearest = fixture_rule(1),
				 .differs = FA_DIFFERS_PORT | FA_DIFFERS_HOST,
				 .candidates = {fixture_rule(4), fixture_rule(0)},
				 .candidate_count = 2,
				 .detail = "Redis in 3 other flows"};

	fa_judgement_because(&j, FA_REASON_SAW_OTHER_PROTOCOL);
	fa_judgement_because(&j, FA_REASON_AMBIGUOUS);
	return j;
}

static void every_field_of_a_conversation(void **state)
{
	const char *path = fixture_path("a.db");
	struct fa_store *store = fixture_begin(path, NULL);
	struct fa_conversation c = full_conversation();
	struct fa_judgement j = full_judgement();
	const struct fa_stored_conversation *got = &kept.items[0];

	(void)state;
	fixture_add(store, &c, &j);
	fixture_finish(store);
	read_all(path);
	assert_int_equal(kept.count, 1);
	assert_memory_equal(&got->id, &c.id, sizeof(c.id));
	assert_memory_equal(&got->counts, &c.counts, sizeof(c.counts));
	assert_int_equal(got->verdict, FA_VERDICT_WRONG_PROTOCOL);
	assert_string_equal(kept.texts[0][0], "beta/main/db");
	assert_string_equal(kept.texts[0][1], "alpha/core/rpc");
	assert_int_equal(got->differs, FA_DIFFERS_PORT | FA_DIFFERS_HOST);
	assert_string_equal(kept.texts[0][2], "beta/main/log alpha/core/web");
	assert_int_equal(got->candidate_count, 2);
	assert_int_equal(got->reason_count, 2);
	assert_int_equal(got->reasons[0], FA_REASON_SAW_OTHER_PROTOCOL);
	assert_int_equal(got->reasons[1], FA_REASON_AMBIGUOUS);
	assert_string_equal(kept.texts[0][3], "Redis in 3 other flows");
	assert_int_equal(got->finding, 1);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM v_conversation WHERE "
					   "host = 'h\\xff\\x01\\\\x\\xe2\\x80\\xae.example'"),
			 1);
}

static void buckets_are_summed(void **state)
{
	const char *path = fixture_path("a.db");
	struct fa_store *store = fixture_begin(path, NULL);
	struct fa_conversation c = fixture_conversation(1, 2, 443);
	struct fa_judgement j = fixture_judgement(FA_VERDICT_DOCUMENTED, fixture_rule(0));
	struct fa_counts sum;

	(void)state;
	fa_counts_init(&sum);
	for (unsigned i = 0; i < 5; i++) {
		c.bucket_ns += 300000000000;
		c.counts.bytes_to_client += i;
		c.counts.first_seen_ns += 10;
		c.counts.last_seen_ns -= 10;
		fixture_add(store, &c, &j);
		fa_counts_add(&sum, &c.counts);
	}
	/* Another verdict in one bucket stays apart. */
	j.verdict = FA_VERDICT_INDETERMINATE;
	fixture_add(store, &c, &j);
	fixture_finish(store);
	read_all(path);
	assert_int_equal(kept.count, 2);
	assert_memory_equal(&kept.items[0].counts, &sum, sizeof(sum));
	assert_int_equal(kept.items[1].counts.flows, 1);
	assert_int_equal(fixture_sql(path, "SELECT conversations FROM run"), 2);
	assert_int_equal(fixture_sql(path, "SELECT conversations FROM run_verdict "
					   "WHERE verdict = 'documented'"),
			 1);
	assert_int_equal(fixture_sql(path, "SELECT flows FROM run_verdict "
					   "WHERE verdict = 'documented'"),
			 5);
}

/* Differs from its neighbours in one field each, so that every part of the order is used. */
static size_t varied(struct fa_conversation *out)
{
	static const unsigned octets[] = {2, 9, 10, 100, 255};
	static const char *const hosts[] = {"", "a", "b\x01", "b.example", "\xff"};
	size_t count = 0;

	for (unsigned a = 0; a < 5; a++)
		for (unsigned b = 0; b < 5; b++)
			for (unsigned k = 0; k < 16; k++) {
				struct fa_conversation *c = &out[count++];

				*c = fixture_conversation(octets[a], octets[b], k % 2 ? 443 : 80);
				strcpy(c->id.host, hosts[k % 5]);
				c->id.transport = k % 3 ? FA_IP_TCP : FA_IP_UDP;
				c->id.tunnel = k % 7 ? FA_TUNNEL_NONE : FA_TUNNEL_GRE;
				c->id.detected_by = (uint8_t)(k % 6);
				c->id.direction_by = (uint8_t)(k / 6);
				c->id.tunnel_id = k;
				c->id.vlan[0] = (uint16_t)(k % 5 == 0 ? k : 7);
				c->id.vlan[1] = (uint16_t)(k % 2);
				c->counts.bytes_to_client = 1000u * k + a;
				if (k == 15)
					c->id.server.version = 6;
			}
	return count;
}

static void shuffle(struct fa_conversation *items, size_t count, unsigned seed)
{
	for (size_t i = count - 1; i > 0; i--) {
		struct fa_conversation swap = items[i];
		size_t j;

		seed = seed * 1103515245 + 12345;
		j = (seed >> 8) % (i + 1);
		items[i] = items[j];
		items[j] = swap;
	}
}

static void store_varied(const char *path, unsigned seed)
{
	static struct fa_conversation items[512];
	size_t count = varied(items);
	struct fa_store *store = fixture_begin(path, NULL);

	if (seed != 0)
		shuffle(items, count, seed);
	for (size_t i = 0; i < count; i++) {
		const struct fa_identity *id = &items[i].id;
		struct fa_judgement j = fixture_judgement(
			(enum fa_verdict)((id->server_port + id->tunnel_id) % FA_VERDICT_COUNT),
			id->tunnel_id % 3 == 0 ? fixture_rule(id->tunnel_id % 5) : NULL);

		if (id->tunnel_id % 4 == 0)
			snprintf(j.detail, sizeof(j.detail), "detail %u", id->client.bytes[3]);
		fixture_add(store, &items[i], &j);
	}
	fixture_finish(store);
}

static void the_order_of_reports(void **state)
{
	(void)state;
	store_varied(fixture_path("a.db"), 7);
	read_all(fixture_path("a.db"));
	assert_int_equal(kept.count, 5 * 5 * 16);
	for (size_t i = 1; i < kept.count; i++)
		assert_true(fa_identity_compare(&kept.items[i - 1].id, &kept.items[i].id) < 0);
}

static int sum_finding(void *arg, const struct fa_stored_finding *f)
{
	char *text = arg;
	size_t used = strlen(text);
	char client[FA_ADDR_TEXT] = "", server[FA_ADDR_TEXT] = "";

	if (f->client.version != 0)
		fa_addr_text(&f->client, client);
	if (f->server.version != 0)
		fa_addr_text(&f->server, server);
	snprintf(text + used, 262144 - used, "%lld %d %s %s %d %d %s %s %s %s %d %d %s %llu %llu\n",
		 (long long)f->number, f->verdict, client, server, f->transport, f->port,
		 f->protocol, f->host, f->rule, f->detail, f->detected_by, f->direction_by,
		 f->reason_count > 0 ? fa_reason_text(f->reasons[0]) : "",
		 (unsigned long long)f->conversations,
		 (unsigned long long)f->counts.bytes_to_client);
	return 0;
}

static void the_order_of_insertion_does_not_matter(void **state)
{
	static struct fa_stored_conversation first[KEPT_MAX];
	static char findings[2][262144];
	static char texts[KEPT_MAX][4][128];

	(void)state;
	for (unsigned seed = 0; seed < 4; seed++) {
		char name[16];
		struct fa_store *store;
		struct fa_history history;
		struct fa_diag diag = {""};

		snprintf(name, sizeof(name), "%u.db", seed);
		store_varied(fixture_path(name), seed);
		read_all(fixture_path(name));
		history = fixture_read(&store, fixture_path(name));
		findings[seed > 0][0] = '\0';
		assert_int_equal(history.each_finding(history.context, 0, 0, sum_finding,
						      findings[seed > 0], &diag),
				 0);
		fa_store_close(store);
		if (seed == 0) {
			memcpy(first, kept.items, sizeof(first));
			memcpy(texts, kept.texts, sizeof(texts));
			assert_true(strlen(findings[0]) > 100);
			continue;
		}
		assert_string_equal(findings[0], findings[1]);
		assert_memory_equal(texts, kept.texts, sizeof(texts));
		for (size_t i = 0; i < kept.count; i++) {
			assert_memory_equal(&first[i].id, &kept.items[i].id, sizeof(first[i].id));
			assert_memory_equal(&first[i].counts, &kept.items[i].counts,
					    sizeof(first[i].counts));
			assert_int_equal(first[i].finding, kept.items[i].finding);
		}
	}
}

/* Fills every word of a run's totals with a number of its own. */
static struct fa_run_totals full_totals(void)
{
	struct fa_run_totals t = {
		.capture = {.packets = 1, .frame_bytes = 2, .duplicates = 3, .cut = 4,
			    .dropped_kernel = 5, .dropped_interface = 6, .dropped_ring = 7,
			    .time_backwards = 8, .first_ns = -9, .last_ns = 1763766000000000001,
			    .link_types = {1, 276, 113}, .link_type_count = 3, .files = 12,
			    .files_truncated = 13, .duplicates_left = 31},
		.workers = {14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 30},
		.loss = {24, 25, 26, 28, 29},
		.interfaces = {.items = {{"eth0", 1, 0, 32, 33, 34, true, true},
					 {"", 276, 2, 35, 0, 36, false, true},
					 {"wlan\xff", 127, 3, 37, 0, 0, true, false}},
			       .count = 3,
			       .more = 38},
		.conversations = 27,
		.end = FA_RUN_INTERRUPTED,
	};

	for (int i = 0; i < FA_DECODE_COUNT; i++)
		t.capture.results[i] = 100 + (uint64_t)i;
	for (int i = FA_TUNNEL_NONE + 1; i < FA_TUNNEL_COUNT; i++)
		t.capture.layers[i] = 200 + (uint64_t)i;
	return t;
}

static int count_runs(void *arg, const struct fa_stored_run *run)
{
	int64_t *last = arg;

	assert_int_equal(run->id, *last + 1);
	*last = run->id;
	return 0;
}

/* As fixture_begin says them. */
static void check_wire(const struct fa_wire *wire)
{
	char ports[FA_TUNNEL_PORTS_TEXT];

	assert_int_equal(wire->max_headers, 20);
	fa_tunnel_ports_text(&wire->ports, ports);
	assert_string_equal(ports, FIXTURE_PORTS);
	assert_int_equal(fa_tunnel_ports_kind(&wire->ports, 9999), FA_TUNNEL_VXLAN);
	assert_true(wire->key_vlan);
	assert_int_equal(wire->duplicates, FA_DUPLICATES_ON);
	assert_int_equal(wire->duplicates_ns, 2500000);
}

static void every_field_of_a_run(void **state)
{
	const char *path = fixture_path("a.db");
	const struct fa_run_totals totals = full_totals();
	struct fa_store *store = fixture_begin(path, NULL);
	struct fa_diag diag = {""};
	struct fa_stored_run run;
	struct fa_history history;
	int64_t last = 0;

	(void)state;
	assert_int_equal(fa_store_finish_run(store, &totals, &diag), 0);
	fa_store_close(store);
	fixture_finish(fixture_begin(path, NULL));
	history = fixture_read(&store, path);
	assert_int_equal(history.run(history.context, 1, &run, &diag), 0);
	assert_int_equal(run.info.kind, FA_RUN_REPLAY);
	assert_string_equal(run.info.source, "a.pcap b.pcap");
	assert_string_equal(run.info.filter, "tcp or udp");
	assert_int_equal(run.info.bucket_ns, 300000000000);
	assert_int_equal(run.info.workers, 3);
	assert_true(run.info.sandboxed);
	assert_string_equal(run.version, "0.1.0");
	assert_true(run.begun_ns > 1700000000000000000);
	check_wire(&run.info.wire);
	assert_memory_equal(&run.totals.interfaces, &totals.interfaces, sizeof(totals.interfaces));
	assert_memory_equal(&run.totals.capture, &totals.capture, sizeof(totals.capture));
	assert_memory_equal(&run.totals.workers, &totals.workers, sizeof(totals.workers));
	assert_memory_equal(&run.totals.loss, &totals.loss, sizeof(totals.loss));
	assert_int_equal(run.totals.loss.judged_early, 28);
	/* What the store has, whatever the caller counted. */
	assert_int_equal(run.totals.conversations, 0);
	assert_int_equal(run.totals.end, FA_RUN_INTERRUPTED);
	assert_int_equal(history.run(history.context, 0, &run, &diag), 0);
	assert_int_equal(run.id, 2);
	assert_int_equal(history.each_run(history.context, count_runs, &last, &diag), 0);
	assert_int_equal(last, 2);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM run_interface WHERE "
					   "dropped_kernel IS NULL OR dropped_interface IS NULL"),
			 2);
	assert_int_equal(history.run(history.context, 3, &run, &diag), FA_ENOENT);
	assert_non_null(strstr(diag.text, "there is no run 3"));
	fa_store_close(store);
}

static int check_rule(void *arg, const struct fa_stored_rule *r)
{
	*(int *)arg += 1;
	assert_string_equal(r->id, "alpha/core/web");
	assert_string_equal(r->product, "alpha");
	assert_string_equal(r->product_name, "Alpha");
	assert_string_equal(r->component, "core");
	assert_string_equal(r->component_name, "Core");
	assert_string_equal(r->title, "Web");
	assert_string_equal(r->section, "Ports");
	assert_string_equal(r->row, "first row");
	assert_string_equal(r->document, "Alpha ports");
	assert_string_equal(r->publisher, "Alpha Inc.");
	assert_string_equal(r->dated, "2024-05-01");
	assert_string_equal(r->direction, "inbound");
	assert_string_equal(r->from, "client");
	assert_string_equal(r->to, "client, gateway");
	assert_string_equal(r->transports, "tcp, udp");
	assert_string_equal(r->ports, "443, 5678-5999");
	assert_string_equal(r->protocols, "TLS, HTTP");
	assert_string_equal(r->requirement, "conditional");
	assert_string_equal(r->when, "if used");
	assert_string_equal(r->advice, "discouraged");
	assert_string_equal(r->advice_reason, "old");
	assert_string_equal(r->scope, "network");
	assert_string_equal(r->note, "a note");
	assert_string_equal(r->json, "{\"rule\":\"alpha/core/web\"}");
	return 0;
}

static int check_catalog(void *arg, const struct fa_stored_catalog *c)
{
	int *count = arg;

	if ((*count)++ == 0) {
		assert_string_equal(c->product, "alpha");
		assert_string_equal(c->digest, "0123456789abcdef");
		assert_string_equal(c->dated, "2024-05-01");
		assert_int_equal(c->rules, 3);
	} else {
		assert_string_equal(c->product, "beta");
		assert_string_equal(c->digest, "0000000000000002");
		assert_string_equal(c->dated, "");
		assert_int_equal(c->rules, 2);
	}
	return 0;
}

static void catalogs_and_rules(void **state)
{
	const char *path = fixture_path("a.db");
	struct fa_store *store;
	struct fa_diag diag = {""};
	struct fa_history history;
	int count = 0;

	(void)state;
	fixture_finish(fixture_begin(path, NULL));
	fixture_finish(fixture_begin(path, NULL));
	/* The second run has brought nothing new. */
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM rule"), 5);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM run_catalog"), 4);
	history = fixture_read(&store, path);
	assert_int_equal(history.rule(history.context, 2, "alpha/core/web", check_rule, &count,
				      &diag),
			 0);
	assert_int_equal(count, 1);
	assert_int_equal(history.rule(history.context, 2, "alpha/core/no", check_rule, &count,
				      &diag),
			 FA_ENOENT);
	count = 0;
	assert_int_equal(history.each_catalog(history.context, 1, check_catalog, &count, &diag), 0);
	assert_int_equal(count, 2);
	fa_store_close(store);
}

static void a_rule_of_another_book_is_refused(void **state)
{
	static const struct fa_rule foreign = {.id = "x/y/z", .index = 2};
	struct fa_store *store = fixture_begin(fixture_path("a.db"), NULL);
	struct fa_conversation c = fixture_conversation(1, 2, 443);
	struct fa_judgement j = fixture_judgement(FA_VERDICT_DOCUMENTED, &foreign);
	struct fa_diag diag = {""};

	(void)state;
	assert_int_equal(fa_store_conversation(store, &c, &j, &diag), 0);
	assert_int_equal(fa_store_flush(store, &diag), FA_EINVAL);
	/* Nothing stays locked although the handle is still there. */
	fixture_sql(fixture_path("a.db"), "DELETE FROM waiver");
	fa_store_close(store);
}

static int check_expectation(void *arg, const struct fa_stored_expectation *e)
{
	static const char *const ids[] = {"alpha/core/rpc", "beta/main/db"};
	int *count = arg;

	assert_true(*count < 2);
	assert_string_equal(e->rule.id, ids[*count]);
	assert_int_equal(e->state, *count == 0 ? FA_EXPECT_UNSEEN : FA_EXPECT_SEEN);
	assert_int_equal(e->conversations, 3);
	assert_int_equal(e->flows, 4);
	assert_string_equal(e->endpoints, "any");
	assert_string_equal(e->evidence, "because");
	++*count;
	return 0;
}

static void expectations(void **state)
{
	const char *path = fixture_path("a.db");
	struct fa_store *store = fixture_begin(path, NULL);
	const struct fa_run_totals interim = {.end = FA_RUN_UNFINISHED};
	struct fa_expectation e = {.rule = fixture_rule(3), .state = FA_EXPECT_SEEN,
				   .conversations = 3, .flows = 4, .endpoints = "any",
				   .evidence = "because"};
	struct fa_history history;
	struct fa_diag diag = {""};
	int count = 0;

	(void)state;
	assert_int_equal(fa_store_expectation(store, &e, &diag), 0);
	/* An interim account does not double them. */
	assert_int_equal(fa_store_finish_run(store, &interim, &diag), 0);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM expectation"), 1);
	assert_int_equal(fa_store_expectation(store, &e, &diag), 0);
	e.rule = fixture_rule(1);
	e.state = FA_EXPECT_UNSEEN;
	assert_int_equal(fa_store_expectation(store, &e, &diag), 0);
	fixture_finish(store);
	history = fixture_read(&store, path);
	assert_int_equal(history.each_expectation(history.context, 0, check_expectation, &count,
						  &diag),
			 0);
	assert_int_equal(count, 2);
	fa_store_close(store);
}

static int stop(void *arg, const struct fa_stored_conversation *c)
{
	(void)c;
	return ++*(int *)arg == 3 ? 42 : 0;
}

static void a_callback_stops_the_walk(void **state)
{
	struct fa_store *store;
	struct fa_history history;
	struct fa_diag diag = {""};
	int count = 0;

	(void)state;
	store_varied(fixture_path("a.db"), 0);
	history = fixture_read(&store, fixture_path("a.db"));
	assert_int_equal(history.each_conversation(history.context, 1, stop, &count, &diag), 42);
	assert_int_equal(count, 3);
	/* And the handle can be used again. */
	count = 0;
	assert_int_equal(history.each_conversation(history.context, 1, stop, &count, &diag), 42);
	fa_store_close(store);
}

static void sums_of_an_unfinished_and_a_finished_run(void **state)
{
	const char *path = fixture_path("a.db");
	struct fa_store *store = fixture_begin(path, NULL);
	struct fa_diag diag = {""};

	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		struct fa_conversation c = fixture_conversation(1, 2, 1000 + i % 5);
		struct fa_judgement j = fixture_judgement(
			i % 5 < 3 ? FA_VERDICT_DOCUMENTED : FA_VERDICT_WAIVED, NULL);

		fixture_add(store, &c, &j);
	}
	assert_int_equal(fa_store_flush(store, &diag), 0);
	for (int finished = 0; finished < 2; finished++) {
		struct fa_verdict_sum sums[FA_VERDICT_COUNT];
		struct fa_store *reader;
		struct fa_history history = fixture_read(&reader, path);

		assert_int_equal(history.sums(history.context, 0, sums, &diag), 0);
		for (int v = 0; v < FA_VERDICT_COUNT; v++) {
			uint64_t n = v == FA_VERDICT_DOCUMENTED ? 3 : v == FA_VERDICT_WAIVED ? 2 : 0;

			assert_int_equal(sums[v].verdict, v);
			assert_int_equal(sums[v].conversations, n);
			assert_int_equal(sums[v].flows, 2 * n);
			assert_int_equal(sums[v].packets, 2 * n * 11);
			assert_int_equal(sums[v].bytes, 2 * n * 5600);
		}
		fa_store_close(reader);
		if (!finished)
			fixture_finish(store);
	}
}

static int check_flow(void *arg, const struct fa_flow_record *flow)
{
	uint64_t *last = arg;

	assert_int_equal(flow->first_packet, *last + 1);
	assert_int_equal(flow->counts.flows, flow->first_packet * 3);
	assert_int_equal(flow->id.client_port, flow->first_packet);
	*last = flow->first_packet;
	return 0;
}

static void flows_come_in_the_order_of_their_first_packet(void **state)
{
	struct fa_store *store = fixture_begin(fixture_path("a.db"), NULL);
	struct fa_flow_record flow;
	struct fa_diag diag = {""};
	uint64_t last = 0;

	(void)state;
	memset(&flow, 0, sizeof(flow));
	for (unsigned i = 0; i < 20011; i++) {
		flow.first_packet = i * 7919ull % 20011 + 1; /* coprime: each once */
		flow.counts.flows = flow.first_packet * 3;
		flow.id.client_port = (uint16_t)flow.first_packet;
		assert_int_equal(fa_store_flow_add(store, &flow, &diag), 0);
	}
	assert_int_equal(fa_store_flow_each(store, check_flow, &last, &diag), 0);
	assert_int_equal(last, 20011);
	assert_int_equal(fa_store_flow_clear(store, &diag), 0);
	last = 0;
	assert_int_equal(fa_store_flow_each(store, check_flow, &last, &diag), 0);
	assert_int_equal(last, 0);
	fixture_finish(store);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(every_field_of_a_conversation),
		TEST(buckets_are_summed),
		TEST(the_order_of_reports),
		TEST(the_order_of_insertion_does_not_matter),
		TEST(every_field_of_a_run),
		TEST(catalogs_and_rules),
		TEST(a_rule_of_another_book_is_refused),
		TEST(expectations),
		TEST(a_callback_stops_the_walk),
		TEST(sums_of_an_unfinished_and_a_finished_run),
		TEST(flows_come_in_the_order_of_their_first_packet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
