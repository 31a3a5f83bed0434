/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What appeared, vanished and moved; the properties that hold for every comparison. */
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

#define BOTH(...) (SAY(before, __VA_ARGS__), SAY(now, __VA_ARGS__))

static void test_nothing_differs(void **state)
{
	struct fa_drift *drift;

	(void)state;
	BOTH(.client = "10.1.0.5", .server = "10.0.0.1", .port = 443);
	BOTH(.client = "10.1.0.6", .server = "10.0.0.1", .port = 443);
	drift = bench_compare(before, now);
	assert_int_equal(drift->count, 0);
	assert_int_equal(drift->relations_before, 1);
	assert_int_equal(drift->relations_now, 1);
	assert_int_equal(drift->relations_same, 1);
	assert_string_equal(drift->before_words, "baseline good");
	assert_int_equal(drift->now.first_run, 2);
	assert_false(drift->full);
	fa_drift_free(drift);
}

static void test_new_client_in_known_network(void **state)
{
	struct fa_drift *drift;

	(void)state;
	BOTH(.client = "10.1.0.5", .server = "10.0.0.1", .port = 443);
	SAY(now, .client = "10.1.0.99", .server = "10.0.0.1", .port = 443);
	drift = bench_compare(before, now);
	assert_int_equal(drift->count, 0);
	fa_drift_free(drift);
}

static void test_new_network(void **state)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;

	(void)state;
	BOTH(.client = "10.1.0.5", .server = "10.0.0.1", .port = 443);
	SAY(now, .client = "10.2.0.5", .server = "10.0.0.1", .port = 443, .finding = 7,
	    .verdict = FA_VERDICT_UNDOCUMENTED, .nearest = "wso2/a/b", .flows = 4);
	drift = bench_compare(before, now);
	d = bench_only(drift);
	assert_int_equal(d->section, FA_DRIFT_APPEARED);
	assert_int_equal(d->aspect, FA_ASPECT_CLIENTS);
	assert_int_equal(d->cause, FA_CAUSE_TRAFFIC);
	assert_string_equal(d->client, "10.2.0.0/24");
	assert_string_equal(d->server, "10.0.0.1");
	assert_int_equal(d->server_addr.version, 4);
	assert_int_equal(d->transport, FA_IP_TCP);
	assert_int_equal(d->port, 443);
	assert_false(d->any_port);
	assert_false(d->before.is_there);
	assert_true(d->now.is_there);
	assert_string_equal(d->now.protocol, "TLS");
	assert_int_equal(d->now.verdict, FA_VERDICT_UNDOCUMENTED);
	assert_string_equal(d->now.rule, "wso2/a/b");
	assert_int_equal(d->now.clients, 1);
	assert_int_equal(d->now.servers, 1);
	assert_int_equal(d->now.ports, 1);
	assert_int_equal(d->now.flows, 4);
	assert_int_equal(d->now.answered, 4);
	assert_int_equal(d->now.packets, 40);
	assert_int_equal(d->now.bytes, 4000);
	assert_int_equal(d->now.conversations, 1);
	assert_int_equal(d->now.run, 2);
	assert_int_equal(d->now.finding, 7);
	assert_int_equal(d->rank, 4); /* undocumented */
	assert_string_equal(d->maybe, "");
	assert_int_equal(drift->in_section[FA_DRIFT_APPEARED], 1);
	assert_int_equal(drift->by_cause[FA_CAUSE_TRAFFIC], 1);
	fa_drift_free(drift);
}

/* Where to look: the newest run, and there the most important finding. */
static void test_finding(void **state)
{
	struct bench_run *newer = bench_add_run(now, 3, NIGHT_NS + 2 * DAY_NS);
	static const int64_t numbers[] = {9, 4, 6};
	struct fa_drift *drift;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		SAY(now, .client = "10.2.0.5", .server = "10.0.0.1", .port = 443, .finding = 1);
		bench_say_in(now, newer,
			     (struct talk){.client = "10.2.0.5", .server = "10.0.0.1", .port = 443,
					   .finding = numbers[i]});
	}
	drift = bench_compare(before, now);
	assert_int_equal(drift->items[0].now.run, 3);
	assert_int_equal(drift->items[0].now.finding, 4);
	assert_int_equal(drift->items[0].now.conversations, 6);
	fa_drift_free(drift);
}

/* A service with many pools is one line. */
static void test_new_service(void **state)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;
	static const char *const clients[] = {"10.1.0.5", "10.2.0.5", "10.3.0.5", "10.4.0.5",
					      "10.5.0.5"};

	(void)state;
	BOTH(.client = "10.1.0.5", .server = "10.0.0.1", .port = 443);
	for (size_t i = 0; i < 5; i++)
		SAY(now, .client = clients[i], .server = "10.0.0.1", .port = 8443,
		    .bytes = 1000 * (i + 1));
	SAY(now, .client = "10.5.0.6", .server = "10.0.0.1", .port = 8443);
	drift = bench_compare(before, now);
	d = bench_only(drift);
	assert_int_equal(d->section, FA_DRIFT_APPEARED);
	assert_int_equal(d->aspect, FA_ASPECT_SERVICE);
	assert_string_equal(d->client, "");
	assert_string_equal(d->client_list, "10.5.0.0/24, 10.4.0.0/24, 10.3.0.0/24 and 2 more");
	assert_int_equal(d->now.client_groups, 5);
	assert_int_equal(d->now.clients, 6);
	assert_int_equal(d->now.server_groups, 1);
	assert_int_equal(d->port, 8443);
	fa_drift_free(drift);
}

static void test_vanished_service(void **state)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;

	(void)state;
	BOTH(.client = "10.1.0.5", .server = "10.0.0.1", .port = 443);
	SAY(before, .client = "10.1.0.5", .server = "10.0.0.2", .port = 636, .protocol = "LDAP");
	drift = bench_compare(before, now);
	d = bench_only(drift);
	assert_int_equal(d->section, FA_DRIFT_VANISHED);
	assert_int_equal(d->aspect, FA_ASPECT_SERVICE);
	assert_string_equal(d->server, "10.0.0.2");
	assert_string_equal(d->before.protocol, "LDAP");
	assert_int_equal(d->before.run, 1);
	fa_drift_free(drift);
}

/* The same port over another transport is another service. */
static void test_transport_counts(void **state)
{
	struct fa_drift *drift;

	(void)state;
	BOTH(.client = "10.1.0.5", .server = "10.0.0.1", .port = 443);
	SAY(now, .client = "10.1.0.5", .server = "10.0.0.1", .port = 443, .transport = FA_IP_UDP,
	    .protocol = "QUIC");
	drift = bench_compare(before, now);
	assert_int_equal(bench_only(drift)->aspect, FA_ASPECT_SERVICE);
	fa_drift_free(drift);
}

static void test_several_new_networks(void **state)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;
	char client[32];

	(void)state;
	BOTH(.client = "10.1.0.5", .server = "10.0.0.1", .port = 443);
	for (unsigned i = 0; i < 3; i++) {
		snprintf(client, sizeof(client), "10.2.%u.5", i);
		SAY(now, .client = client, .server = "10.0.0.1", .port = 443);
	}
	drift = bench_compare(before, now);
	assert_int_equal(bench_count(drift, FA_DRIFT_APPEARED, FA_ASPECT_CLIENTS, NULL), 3);
	fa_drift_free(drift);
	SAY(now, .client = "10.2.3.5", .server = "10.0.0.1", .port = 443);
	drift = bench_compare(before, now);
	d = bench_only(drift);
	assert_int_equal(d->aspect, FA_ASPECT_CLIENTS);
	assert_int_equal(d->now.client_groups, 4);
	fa_drift_free(drift);
}

/* --- Moved --- */

static void test_moved(void **state)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;

	(void)state;
	BOTH(.client = "10.1.0.5", .server = "10.0.0.1", .port = 443);
	SAY(before, .client = "10.1.0.5", .server = "10.0.0.2", .port = 1433, .protocol = "MsSQL");
	SAY(now, .client = "10.1.0.9", .server = "10.0.0.3", .port = 1433, .protocol = "MsSQL");
	drift = bench_compare(before, now);
	d = bench_only(drift);
	assert_int_equal(d->section, FA_DRIFT_CHANGED);
	assert_int_equal(d->aspect, FA_ASPECT_MOVED);
	assert_string_equal(d->server, "10.0.0.3");
	assert_string_equal(d->server_before, "10.0.0.2");
	assert_int_equal(d->server_addr.bytes[3], 3);
	assert_int_equal(d->server_before_addr.bytes[3], 2);
	assert_string_equal(d->client, "10.1.0.0/24");
	assert_true(d->before.is_there);
	assert_true(d->now.is_there);
	fa_drift_free(drift);
}

static void test_not_moved(void **state)
{
	static const struct talk is[] = {
		{.client = "10.1.0.9", .server = "10.0.0.3", .port = 1433, .protocol = "SSH"},
		{.client = "10.9.0.9", .server = "10.0.0.3", .port = 1433, .protocol = "MsSQL"},
		{.client = "10.1.0.9", .server = "10.0.0.3", .port = 1434, .protocol = "MsSQL"},
		{.client = "10.1.0.9", .server = "10.0.0.3", .port = 1433, .protocol = "MsSQL",
		 .unanswered = true},
	};

	for (size_t i = 0; i < sizeof(is) / sizeof(is[0]); i++) {
		struct fa_drift *drift;

		begin(state);
		SAY(before, .client = "10.1.0.5", .server = "10.0.0.2", .port = 1433,
		    .protocol = "MsSQL");
		bench_say_in(now, &now->runs[0], is[i]);
		drift = bench_compare(before, now);
		assert_int_equal(bench_count(drift, FA_DRIFT_CHANGED, FA_ASPECT_MOVED, NULL), 0);
		assert_int_equal(drift->in_section[FA_DRIFT_APPEARED], 1);
		assert_int_equal(drift->in_section[FA_DRIFT_VANISHED], 1);
		fa_drift_free(drift);
		end(state);
	}
	begin(state);
}

/* Two that might be the new place: nobody knows which. */
static void test_moved_to_two(void **state)
{
	struct fa_drift *drift;

	(void)state;
	SAY(before, .client = "10.1.0.5", .server = "10.0.0.2", .port = 1433);
	SAY(now, .client = "10.1.0.5", .server = "10.0.0.3", .port = 1433);
	SAY(now, .client = "10.1.0.5", .server = "10.0.0.4", .port = 1433);
	drift = bench_compare(before, now);
	assert_int_equal(drift->in_section[FA_DRIFT_CHANGED], 0);
	assert_int_equal(drift->in_section[FA_DRIFT_APPEARED], 2);
	assert_int_equal(drift->in_section[FA_DRIFT_VANISHED], 1);
	fa_drift_free(drift);
}

/* --- Sweeps, many ports, high ports --- */

static void say_sweep(struct bench *b, const char *client, unsigned targets, unsigned port)
{
	struct bench_run *run = &b->runs[0];
	char server[32];

	run->findings[run->finding_count++] = (struct fa_stored_finding){
		.number = 1, .sweep = true, .client = bench_addr(client), .ports = 1};
	for (unsigned i = 0; i < targets; i++) {
		snprintf(server, sizeof(server), "10.0.%u.%u", i / 250, i % 250);
		SAY(b, .client = client, .server = server, .port = (uint16_t)(port + i % 3),
		    .verdict = FA_VERDICT_UNDOCUMENTED, .unanswered = true, .finding = 1,
		    .protocol = "Unknown", .detected_by = FA_DETECTED_NONE);
	}
}

static void test_sweep_is_one_line(void **state)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;

	(void)state;
	BOTH(.client = "10.1.0.5", .server = "10.0.0.1", .port = 443);
	say_sweep(now, "10.3.0.9", 400, 5000);
	drift = bench_compare(before, now);
	d = bench_only(drift);
	assert_int_equal(d->section, FA_DRIFT_APPEARED);
	assert_int_equal(d->aspect, FA_ASPECT_SWEEP);
	assert_string_equal(d->client, "10.3.0.0/24");
	assert_string_equal(d->server, "");
	assert_true(d->any_port);
	assert_int_equal(d->port, 0);
	assert_int_equal(d->now.servers, 400);
	assert_int_equal(d->now.ports, 3);
	assert_int_equal(d->now.clients, 1);
	assert_int_equal(d->now.answered, 0);
	assert_int_equal(d->now.finding, 1);
	fa_drift_free(drift);
}

static void test_sweep_on_both_sides_is_no_news(void **state)
{
	struct fa_drift *drift;

	(void)state;
	say_sweep(before, "10.3.0.9", 40, 5000);
	say_sweep(now, "10.3.0.9", 400, 6000);
	drift = bench_compare(before, now);
	assert_int_equal(drift->count, 0);
	fa_drift_free(drift);
}

/* What was one target short of a sweep did not vanish. */
static void test_small_sweep_grows(void **state)
{
	struct fa_drift *drift;
	char server[32];

	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		snprintf(server, sizeof(server), "10.0.0.%u", i);
		SAY(before, .client = "10.3.0.9", .server = server, .port = 5000,
		    .verdict = FA_VERDICT_UNDOCUMENTED, .unanswered = true);
	}
	say_sweep(now, "10.3.0.9", 40, 5000);
	drift = bench_compare(before, now);
	assert_int_equal(bench_only(drift)->aspect, FA_ASPECT_SWEEP);
	fa_drift_free(drift);
}

static void say_peers(struct bench *b, unsigned ports)
{
	struct bench_run *run = &b->runs[0];

	run->findings[run->finding_count++] = (struct fa_stored_finding){
		.number = 2,
		.client = bench_addr("10.3.0.9"),
		.server = bench_addr("10.0.0.1"),
		.ports = ports,
	};
	for (unsigned i = 0; i < ports; i++)
		SAY(b, .client = "10.3.0.9", .server = "10.0.0.1", .port = (uint16_t)(2000 + i),
		    .verdict = FA_VERDICT_UNDOCUMENTED, .finding = 2);
}

static void test_many_ports(void **state)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;

	(void)state;
	say_peers(now, 25);
	drift = bench_compare(before, now);
	d = bench_only(drift);
	assert_int_equal(d->aspect, FA_ASPECT_PEERS);
	assert_string_equal(d->client, "10.3.0.0/24");
	assert_string_equal(d->server, "10.0.0.1");
	assert_true(d->any_port);
	assert_int_equal(d->now.ports, 25);
	fa_drift_free(drift);
	/* Then some of them, each on its own, the night before. */
	SAY(before, .client = "10.3.0.9", .server = "10.0.0.1", .port = 2003,
	    .verdict = FA_VERDICT_UNDOCUMENTED);
	SAY(before, .client = "10.3.0.9", .server = "10.0.0.1", .port = 2004,
	    .verdict = FA_VERDICT_UNDOCUMENTED);
	drift = bench_compare(before, now);
	assert_int_equal(bench_only(drift)->aspect, FA_ASPECT_PEERS);
	fa_drift_free(drift);
}

static void test_peers_on_both_sides(void **state)
{
	struct fa_drift *drift;

	(void)state;
	say_peers(before, 25);
	say_peers(now, 35);
	drift = bench_compare(before, now);
	assert_int_equal(drift->count, 0);
	fa_drift_free(drift);
}

/* Where nothing shows who serves, the ends may change places, and ports of clients are no news. */
static void test_open_direction(void **state)
{
	struct fa_drift *drift;

	(void)state;
	SAY(before, .client = "10.3.0.9", .server = "10.0.0.1", .port = 40000, .client_port = 50000,
	    .direction_by = FA_BY_FIRST_PACKET);
	SAY(now, .client = "10.0.0.1", .server = "10.3.0.9", .port = 60000, .client_port = 41000,
	    .direction_by = FA_BY_FIRST_PACKET);
	/* The lower port serves, also where the row says otherwise. */
	SAY(before, .client = "10.3.0.9", .server = "10.0.0.2", .port = 8080, .client_port = 50000,
	    .direction_by = FA_BY_FIRST_PACKET);
	SAY(now, .client = "10.0.0.2", .server = "10.3.0.9", .port = 51000, .client_port = 8080,
	    .direction_by = FA_BY_FIRST_PACKET);
	/* And with a handshake. */
	SAY(now, .client = "10.3.0.9", .server = "10.0.0.2", .port = 8080);
	drift = bench_compare(before, now);
	if (drift->count != 0)
		bench_print(drift);
	assert_int_equal(drift->count, 0);
	assert_int_equal(drift->relations_same, 2);
	fa_drift_free(drift);
}

static void test_open_direction_appears(void **state)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;

	(void)state;
	SAY(now, .client = "10.3.0.9", .server = "10.0.0.1", .port = 40000, .client_port = 50000,
	    .direction_by = FA_BY_FIRST_PACKET);
	SAY(now, .client = "10.0.0.1", .server = "10.3.0.9", .port = 40001, .client_port = 50001,
	    .direction_by = FA_BY_FIRST_PACKET);
	drift = bench_compare(before, now);
	d = bench_only(drift);
	assert_int_equal(d->aspect, FA_ASPECT_PEERS);
	assert_int_equal(d->port, 0);
	assert_int_equal(d->transport, FA_IP_TCP);
	assert_int_equal(d->now.ports, 2);
	fa_drift_free(drift);
}

/* Ports chosen at run time: other ones each night are no news, new ones are one line. */
static void test_high_ports(void **state)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;

	(void)state;
	BOTH(.client = "10.1.0.5", .server = "10.0.0.1", .port = 21, .protocol = "FTP_CONTROL");
	for (unsigned i = 0; i < 4; i++) {
		SAY(before, .client = "10.1.0.5", .server = "10.0.0.1",
		    .port = (uint16_t)(40000 + i), .protocol = "FTP_DATA");
		SAY(now, .client = "10.1.0.5", .server = "10.0.0.1", .port = (uint16_t)(50000 + i),
		    .protocol = "FTP_DATA");
	}
	drift = bench_compare(before, now);
	assert_int_equal(drift->count, 0);
	fa_drift_free(drift);
	for (unsigned i = 0; i < 4; i++)
		SAY(now, .client = "10.1.0.5", .server = "10.0.0.1", .port = (uint16_t)(45000 + i),
		    .protocol = "SSH");
	drift = bench_compare(before, now);
	d = bench_only(drift);
	assert_int_equal(d->section, FA_DRIFT_APPEARED);
	assert_int_equal(d->aspect, FA_ASPECT_SERVICE);
	assert_true(d->any_port);
	assert_int_equal(d->port, 0);
	assert_int_equal(d->now.ports, 4);
	fa_drift_free(drift);
}

/* --- Many alike --- */

static void test_many_servers(void **state)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;
	char server[32];

	(void)state;
	BOTH(.client = "10.1.0.5", .server = "10.0.0.1", .port = 443);
	for (unsigned i = 0; i < 30; i++) {
		snprintf(server, sizeof(server), "10.8.0.%u", i);
		SAY(now, .client = "10.3.0.9", .server = server, .port = 161,
		    .transport = FA_IP_UDP, .protocol = "SNMP");
	}
	drift = bench_compare(before, now);
	d = bench_only(drift);
	assert_int_equal(d->aspect, FA_ASPECT_SERVICE);
	assert_string_equal(d->client, "10.3.0.0/24");
	assert_string_equal(d->server, "");
	assert_string_equal(d->server_list, "10.8.0.0, 10.8.0.1, 10.8.0.2 and 27 more");
	assert_int_equal(d->now.server_groups, 30);
	assert_int_equal(d->now.servers, 30);
	assert_int_equal(d->now.clients, 1);
	assert_int_equal(d->port, 161);
	fa_drift_free(drift);
}

static void test_new_clients_everywhere(void **state)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		BOTH(.client = "10.1.0.5", .server = "10.0.0.1", .port = (uint16_t)(100 + i));
		SAY(now, .client = "10.2.0.5", .server = "10.0.0.1", .port = (uint16_t)(100 + i));
	}
	drift = bench_compare(before, now);
	d = bench_only(drift);
	assert_int_equal(d->aspect, FA_ASPECT_CLIENTS);
	assert_string_equal(d->client, "10.2.0.0/24");
	assert_true(d->any_port);
	assert_int_equal(d->now.ports, 6);
	assert_int_equal(d->now.clients, 1);
	fa_drift_free(drift);
}

/* --- Order --- */

static void test_order(void **state)
{
	struct fa_drift *drift;

	(void)state;
	BOTH(.client = "10.1.0.5", .server = "10.0.0.1", .port = 443);
	SAY(before, .client = "10.1.0.5", .server = "10.0.0.1", .port = 1);
	SAY(now, .client = "10.1.0.5", .server = "10.0.0.1", .port = 2, .bytes = 10);
	SAY(now, .client = "10.1.0.5", .server = "10.0.0.1", .port = 3, .bytes = 1000000);
	SAY(now, .client = "10.1.0.5", .server = "10.0.0.1", .port = 4, .bytes = 5,
	    .verdict = FA_VERDICT_UNDOCUMENTED);
	SAY(now, .client = "10.1.0.5", .server = "10.0.0.1", .port = 5, .bytes = 5,
	    .verdict = FA_VERDICT_WRONG_PROTOCOL);
	SAY(now, .client = "10.1.0.5", .server = "10.0.0.1", .port = 6, .bytes = 5,
	    .verdict = FA_VERDICT_UNDOCUMENTED);
	drift = bench_compare(before, now);
	assert_int_equal(drift->count, 6);
	assert_int_equal(drift->items[0].port, 5);
	assert_int_equal(drift->items[1].port, 4);
	assert_int_equal(drift->items[2].port, 6);
	assert_int_equal(drift->items[3].port, 3);
	assert_int_equal(drift->items[4].port, 2);
	assert_int_equal(drift->items[5].port, 1);
	for (size_t i = 1; i < drift->count; i++)
		assert_true(drift->items[i].section > drift->items[i - 1].section ||
			    drift->items[i].rank >= drift->items[i - 1].rank);
	fa_drift_free(drift);
}

/* --- Properties, on traffic at random --- */

static unsigned random_below(unsigned *seed, unsigned limit)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % limit;
}

static void say_random(struct bench *b, unsigned *seed, unsigned rows)
{
	static const char *const protocols[] = {"TLS", "HTTP", "SSH", "Unknown"};
	static const enum fa_verdict verdicts[] = {FA_VERDICT_DOCUMENTED, FA_VERDICT_UNDOCUMENTED,
						   FA_VERDICT_WRONG_ENDPOINT,
						   FA_VERDICT_INDETERMINATE};
	char client[32];
	char server[32];

	for (unsigned i = 0; i < rows; i++) {
		unsigned known = random_below(seed, 4);

		snprintf(client, sizeof(client), "10.1.%u.%u", random_below(seed, 8),
			 random_below(seed, 250));
		snprintf(server, sizeof(server), "10.0.0.%u", random_below(seed, 20));
		SAY(b, .client = client, .server = server,
		    .port = (uint16_t)(random_below(seed, 2) ? 443 : 40000 + random_below(seed, 9)),
		    .protocol = protocols[known], .bytes = random_below(seed, 1000000),
		    .detected_by = (uint8_t)(known == 3 ? FA_DETECTED_NONE : FA_DETECTED_DPI),
		    .verdict = verdicts[random_below(seed, 4)], .flows = 1 + random_below(seed, 9),
		    .after_ns = (int64_t)random_below(seed, 300) * MINUTE_NS + 1);
	}
}

static void test_same_span(void **state)
{
	struct fa_drift *drift;
	unsigned seed = 7;

	(void)state;
	say_random(before, &seed, 3000);
	say_sweep(before, "10.3.0.9", 40, 5000);
	bench_expect(before, "wso2/a/b", "gw1", FA_EXPECT_UNSEEN);
	bench_waiver(before, "w1", "2027-12-01", FA_WAIVER_UNUSED);
	before->runs[0].run.totals.capture.dropped_kernel = 300000;
	drift = bench_compare(before, before);
	if (drift->count != 0)
		bench_print(drift);
	assert_int_equal(drift->count, 0);
	assert_int_equal(drift->relations_same, drift->relations_now);
	assert_true(drift->relations_same > 100);
	fa_drift_free(drift);
}

static void assert_mirrored(const struct fa_difference *a, const struct fa_drift *swapped)
{
	enum fa_drift_section section = a->section == FA_DRIFT_APPEARED ? FA_DRIFT_VANISHED
				      : a->section == FA_DRIFT_VANISHED ? FA_DRIFT_APPEARED
									 : a->section;
	for (size_t i = 0; i < swapped->count; i++) {
		const struct fa_difference *b = &swapped->items[i];

		/* What moved names the clients of the later place. */
		if (b->section == section && b->aspect == a->aspect && b->port == a->port &&
		    (a->aspect == FA_ASPECT_MOVED
			     ? strcmp(b->server, a->server_before) == 0
			     : strcmp(b->client, a->client) == 0 &&
				       strcmp(b->client_list, a->client_list) == 0 &&
				       strcmp(b->server, a->server) == 0) &&
		    b->before.flows == a->now.flows && b->now.flows == a->before.flows &&
		    b->before.clients == a->now.clients && b->now.bytes == a->before.bytes)
			return;
	}
	fail_msg("not mirrored: %s %s %s port %u", fa_drift_section_text(a->section),
		 fa_drift_aspect_text(a->aspect), a->server, a->port);
}

static void test_swapped(void **state)
{
	struct fa_drift *forth;
	struct fa_drift *back;

	(void)state;
	for (unsigned seed = 1; seed < 20; seed++) {
		unsigned s = seed;

		begin(state);
		say_random(before, &s, 40 + seed * 10);
		say_random(now, &s, 40 + seed * 10);
		forth = bench_compare(before, now);
		back = bench_compare(now, before);
		assert_int_equal(forth->count, back->count);
		assert_int_equal(forth->in_section[FA_DRIFT_APPEARED],
				 back->in_section[FA_DRIFT_VANISHED]);
		assert_true(forth->count > 10);
		for (size_t i = 0; i < forth->count; i++)
			assert_mirrored(&forth->items[i], back);
		fa_drift_free(forth);
		fa_drift_free(back);
		end(state);
	}
	begin(state);
}

/* The order of rows must not matter, nor their numbers. */
static void test_order_of_rows(void **state)
{
	struct bench *other = bench_new(77, 2, NIGHT_NS + DAY_NS);
	struct fa_drift *a;
	struct fa_drift *b;
	unsigned seed = 3;
	unsigned again;

	(void)state;
	say_random(before, &seed, 300);
	again = seed;
	say_random(now, &seed, 300);
	say_random(other, &again, 300);
	for (size_t i = 0; i < 150; i++) {
		struct fa_traffic row = other->runs[0].rows[i];

		other->runs[0].rows[i] = other->runs[0].rows[299 - i];
		other->runs[0].rows[299 - i] = row;
	}
	a = bench_compare(before, now);
	b = bench_compare(before, other);
	assert_int_equal(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		assert_int_equal(a->items[i].rank, b->items[i].rank);
		assert_int_equal(a->items[i].aspect, b->items[i].aspect);
		assert_string_equal(a->items[i].server, b->items[i].server);
		assert_string_equal(a->items[i].client, b->items[i].client);
		assert_string_equal(a->items[i].now.protocol, b->items[i].now.protocol);
		assert_int_equal(a->items[i].now.verdict, b->items[i].now.verdict);
		assert_int_equal(a->items[i].port, b->items[i].port);
	}
	fa_drift_free(a);
	fa_drift_free(b);
	bench_free(other);
}

static void test_no_runs(void **state)
{
	struct fa_span none = {.history = &before->history};
	struct fa_diag diag = {""};
	struct fa_drift *drift;

	(void)state;
	assert_int_equal(fa_drift_make(&drift, &none, &none, NULL, 0, &diag), FA_EINVAL);
	assert_null(drift);
	assert_true(diag.text[0] != '\0');
	fa_drift_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nothing_differs, begin, end),
		cmocka_unit_test_setup_teardown(test_new_client_in_known_network, begin, end),
		cmocka_unit_test_setup_teardown(test_new_network, begin, end),
		cmocka_unit_test_setup_teardown(test_finding, begin, end),
		cmocka_unit_test_setup_teardown(test_new_service, begin, end),
		cmocka_unit_test_setup_teardown(test_vanished_service, begin, end),
		cmocka_unit_test_setup_teardown(test_transport_counts, begin, end),
		cmocka_unit_test_setup_teardown(test_several_new_networks, begin, end),
		cmocka_unit_test_setup_teardown(test_moved, begin, end),
		cmocka_unit_test_teardown(test_not_moved, end),
		cmocka_unit_test_setup_teardown(test_moved_to_two, begin, end),
		cmocka_unit_test_setup_teardown(test_sweep_is_one_line, begin, end),
		cmocka_unit_test_setup_teardown(test_sweep_on_both_sides_is_no_news, begin, end),
		cmocka_unit_test_setup_teardown(test_small_sweep_grows, begin, end),
		cmocka_unit_test_setup_teardown(test_many_ports, begin, end),
		cmocka_unit_test_setup_teardown(test_peers_on_both_sides, begin, end),
		cmocka_unit_test_setup_teardown(test_open_direction, begin, end),
		cmocka_unit_test_setup_teardown(test_open_direction_appears, begin, end),
		cmocka_unit_test_setup_teardown(test_high_ports, begin, end),
		cmocka_unit_test_setup_teardown(test_many_servers, begin, end),
		cmocka_unit_test_setup_teardown(test_new_clients_everywhere, begin, end),
		cmocka_unit_test_setup_teardown(test_order, begin, end),
		cmocka_unit_test_setup_teardown(test_same_span, begin, end),
		cmocka_unit_test_teardown(test_swapped, end),
		cmocka_unit_test_setup_teardown(test_order_of_rows, begin, end),
		cmocka_unit_test_setup_teardown(test_no_runs, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
