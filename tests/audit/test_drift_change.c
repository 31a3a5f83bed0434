/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What changed of a relation that both spans have, why, and what else may have made it. */
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
#define HERE .client = "10.1.0.5", .server = "10.0.0.1", .port = 443

/* Of what both say there must be nothing. */
static void assert_quiet(void)
{
	struct fa_drift *drift = bench_compare(before, now);

	if (drift->count != 0)
		bench_print(drift);
	assert_int_equal(drift->count, 0);
	fa_drift_free(drift);
}

/* --- Protocol --- */

static void test_other_protocol(void **state)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;

	(void)state;
	SAY(before, HERE, .protocol = "TLS");
	SAY(now, HERE, .protocol = "SSH", .verdict = FA_VERDICT_WRONG_PROTOCOL);
	drift = bench_compare(before, now);
	d = bench_only(drift);
	assert_int_equal(d->section, FA_DRIFT_CHANGED);
	assert_int_equal(d->aspect, FA_ASPECT_PROTOCOL);
	assert_int_equal(d->cause, FA_CAUSE_TRAFFIC);
	assert_string_equal(d->before.protocol, "TLS");
	assert_string_equal(d->now.protocol, "SSH");
	assert_int_equal(d->now.verdict, FA_VERDICT_WRONG_PROTOCOL);
	assert_int_equal(d->rank, 1);
	fa_drift_free(drift);
}

static void test_more_protocols(void **state)
{
	struct fa_drift *drift;

	(void)state;
	BOTH(HERE, .flows = 100);
	SAY(now, HERE, .protocol = "HTTP", .flows = 20);
	drift = bench_compare(before, now);
	assert_int_equal(bench_only(drift)->aspect, FA_ASPECT_PROTOCOL);
	assert_string_equal(bench_only(drift)->now.protocol, "TLS, HTTP");
	fa_drift_free(drift);
}

/* One flow of many is news only when it is judged worse. */
static void test_few_flows_of_another(void **state)
{
	struct fa_drift *drift;

	(void)state;
	BOTH(HERE, .flows = 100);
	SAY(now, HERE, .protocol = "HTTP", .flows = 1);
	assert_quiet();
	SAY(now, HERE, .protocol = "SSH", .flows = 1, .verdict = FA_VERDICT_WRONG_PROTOCOL);
	drift = bench_compare(before, now);
	assert_int_equal(bench_only(drift)->aspect, FA_ASPECT_PROTOCOL);
	fa_drift_free(drift);
}

/* What was guessed, or seen with the help of other flows, comes and goes. */
static void test_guesses_are_no_change(void **state)
{
	static const struct talk pairs[][2] = {
		{{HERE, .protocol = "TLS"},
		 {HERE, .protocol = "Unknown", .detected_by = FA_DETECTED_NONE}},
		{{HERE, .protocol = "TLS"},
		 {HERE, .protocol = "HTTP", .detected_by = FA_DETECTED_PORT_GUESS}},
		{{HERE, .protocol = "STUN", .detected_by = FA_DETECTED_DPI_PARTIAL},
		 {HERE, .protocol = "WhatsApp", .detected_by = FA_DETECTED_DPI_PARTIAL}},
		{{HERE, .protocol = "TLS", .detected_by = FA_DETECTED_DPI_PARTIAL},
		 {HERE, .protocol = "SSH"}},
		{{HERE, .protocol = "TLS", .detected_by = FA_DETECTED_PORT_GUESS},
		 {HERE, .protocol = "TLS"}},
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		begin(state);
		bench_say_in(before, &before->runs[0], pairs[i][0]);
		bench_say_in(now, &now->runs[0], pairs[i][1]);
		assert_quiet();
		end(state);
		begin(state);
		bench_say_in(before, &before->runs[0], pairs[i][1]);
		bench_say_in(now, &now->runs[0], pairs[i][0]);
		assert_quiet();
		end(state);
	}
	begin(state);
}

/* Flows that were guessed and flows that were seen are not one thing. */
static void test_guesses_besides(void **state)
{
	struct fa_drift *drift;

	(void)state;
	SAY(before, HERE, .detected_by = FA_DETECTED_PORT_GUESS);
	SAY(before, HERE, .detected_by = FA_DETECTED_DPI);
	SAY(now, HERE, .protocol = "SSH");
	drift = bench_compare(before, now);
	assert_int_equal(bench_only(drift)->aspect, FA_ASPECT_PROTOCOL);
	fa_drift_free(drift);
}

/* The other side had so many that nobody named that these may have been among them. */
static void test_unknown_may_have_been_it(void **state)
{
	(void)state;
	BOTH(HERE, .flows = 100);
	SAY(before, HERE, .protocol = "Unknown", .detected_by = FA_DETECTED_NONE, .flows = 40);
	SAY(now, HERE, .protocol = "HTTP", .flows = 40);
	assert_quiet();
}

/* --- Verdict --- */

static const struct fa_difference *only_verdict(struct fa_drift *drift)
{
	const struct fa_difference *d = NULL;

	if (bench_count(drift, FA_DRIFT_CHANGED, FA_ASPECT_VERDICT, &d) != 1 ||
	    drift->in_section[FA_DRIFT_CHANGED] != 1) {
		bench_print(drift);
		fail_msg("no single verdict");
	}
	return d;
}

static void test_verdict_by_traffic(void **state)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;

	(void)state;
	BOTH(HERE, .rule = "wso2/a/b");
	SAY(now, HERE, .verdict = FA_VERDICT_WRONG_ENDPOINT, .nearest = "wso2/a/b");
	drift = bench_compare(before, now);
	d = only_verdict(drift);
	assert_int_equal(d->cause, FA_CAUSE_TRAFFIC);
	assert_int_equal(d->before.verdict, FA_VERDICT_DOCUMENTED);
	assert_int_equal(d->now.verdict, FA_VERDICT_WRONG_ENDPOINT);
	assert_string_equal(d->now.rule, "wso2/a/b");
	fa_drift_free(drift);
}

/* Thin evidence next to good evidence is no other verdict. */
static void test_indeterminate_besides(void **state)
{
	(void)state;
	BOTH(HERE, .rule = "wso2/a/b");
	SAY(now, HERE, .verdict = FA_VERDICT_INDETERMINATE, .rule = "wso2/a/b");
	assert_quiet();
}

static void test_verdicts_without_finding(void **state)
{
	static const enum fa_verdict verdicts[] = {FA_VERDICT_DOCUMENTED, FA_VERDICT_WAIVED,
						   FA_VERDICT_INDETERMINATE};

	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < 3; k++) {
			struct fa_drift *drift;

			begin(state);
			SAY(before, HERE, .verdict = verdicts[i]);
			SAY(now, HERE, .verdict = verdicts[k]);
			drift = bench_compare(before, now);
			assert_int_equal(drift->count, i == k ? 0 : 1);
			fa_drift_free(drift);
			end(state);
		}
	begin(state);
}

/* Many groups of clients that are judged anew alike are one line. */
static void test_verdict_of_many_clients(void **state)
{
	struct fa_drift *drift;
	char client[32];

	(void)state;
	for (unsigned i = 0; i < 9; i++) {
		snprintf(client, sizeof(client), "10.1.%u.5", i);
		SAY(before, .client = client, .server = "10.0.0.1", .port = 443);
		SAY(now, .client = client, .server = "10.0.0.1", .port = 443,
		    .verdict = FA_VERDICT_UNDOCUMENTED);
	}
	drift = bench_compare(before, now);
	assert_int_equal(only_verdict(drift)->now.client_groups, 9);
	assert_string_equal(only_verdict(drift)->client, "");
	fa_drift_free(drift);
}

/* --- Causes of a verdict --- */

static void say_waived(struct bench *b)
{
	SAY(b, HERE, .verdict = FA_VERDICT_WAIVED, .waived = FA_VERDICT_UNDOCUMENTED,
	    .waiver = "db-test", .nearest = "wso2/a/b");
}

static void say_undocumented(struct bench *b)
{
	SAY(b, HERE, .verdict = FA_VERDICT_UNDOCUMENTED, .nearest = "wso2/a/b");
}

static void test_waiver_expired(void **state)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;

	(void)state;
	say_waived(before);
	say_undocumented(now);
	bench_waiver(before, "db-test", "2026-11-21", FA_WAIVER_USED);
	bench_waiver(now, "db-test", "2026-11-21", FA_WAIVER_EXPIRED);
	drift = bench_compare(before, now);
	d = only_verdict(drift);
	assert_int_equal(d->cause, FA_CAUSE_WAIVER);
	assert_string_equal(d->why, "waiver db-test expired on 2026-11-21");
	assert_int_equal(bench_count(drift, FA_DRIFT_WAIVERS, FA_ASPECT_EXPIRED, NULL), 1);
	fa_drift_free(drift);
}

static void test_waiver_removed_and_added(void **state)
{
	struct fa_drift *drift;

	(void)state;
	say_waived(before);
	say_undocumented(now);
	bench_waiver(before, "db-test", "2027-11-21", FA_WAIVER_USED);
	drift = bench_compare(before, now);
	assert_int_equal(only_verdict(drift)->cause, FA_CAUSE_WAIVER);
	assert_string_equal(only_verdict(drift)->why, "waiver db-test was removed");
	fa_drift_free(drift);
	drift = bench_compare(now, before);
	assert_int_equal(only_verdict(drift)->cause, FA_CAUSE_WAIVER);
	assert_string_equal(only_verdict(drift)->why, "waiver db-test was added");
	fa_drift_free(drift);
}

/* Without the waiver it would be judged otherwise than it is now: the waiver is not why. */
static void test_not_the_waiver(void **state)
{
	struct fa_drift *drift;

	(void)state;
	say_waived(before);
	SAY(now, HERE, .rule = "wso2/a/b", .version = 4);
	bench_waiver(before, "db-test", "2027-11-21", FA_WAIVER_USED);
	bench_catalog(before, "wso2", "aa");
	bench_catalog(now, "wso2", "bb");
	drift = bench_compare(before, now);
	assert_int_equal(only_verdict(drift)->cause, FA_CAUSE_CATALOG);
	assert_string_equal(only_verdict(drift)->why, "rule wso2/a/b was changed");
	fa_drift_free(drift);
}

static void test_rule_changed(void **state)
{
	struct fa_drift *drift;

	(void)state;
	SAY(before, HERE, .rule = "wso2/a/b", .version = 1);
	SAY(now, HERE, .verdict = FA_VERDICT_UNDOCUMENTED, .nearest = "wso2/a/b", .version = 2);
	bench_catalog(before, "wso2", "aa");
	bench_catalog(now, "wso2", "bb");
	drift = bench_compare(before, now);
	assert_int_equal(only_verdict(drift)->cause, FA_CAUSE_CATALOG);
	assert_string_equal(only_verdict(drift)->why, "rule wso2/a/b was changed");
	assert_string_equal(only_verdict(drift)->maybe, "");
	fa_drift_free(drift);
}

static void test_rule_added(void **state)
{
	struct fa_drift *drift;

	(void)state;
	SAY(before, HERE, .verdict = FA_VERDICT_UNDOCUMENTED, .nearest = "wso2/a/b");
	SAY(now, HERE, .rule = "wso2/a/new");
	bench_catalog(before, "wso2", "aa");
	bench_catalog(now, "wso2", "bb");
	before->rules[before->rule_count++] = "wso2/a/b";
	now->rules[now->rule_count++] = "wso2/a/b";
	now->rules[now->rule_count++] = "wso2/a/new";
	drift = bench_compare(before, now);
	assert_int_equal(only_verdict(drift)->cause, FA_CAUSE_CATALOG);
	assert_string_equal(only_verdict(drift)->why, "rule wso2/a/new was added");
	fa_drift_free(drift);
	drift = bench_compare(now, before);
	assert_string_equal(only_verdict(drift)->why, "rule wso2/a/new was removed");
	fa_drift_free(drift);
}

static void use_site(struct bench *b, const char *role, const char *digest)
{
	bench_place(b, "dc1", role, "am1", "10.0.0.1", NULL);
	strcpy(b->runs[0].run.site.digest, digest);
}

static void test_roles_changed(void **state)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;

	(void)state;
	SAY(before, HERE, .verdict = FA_VERDICT_WRONG_ENDPOINT, .nearest = "wso2/a/b",
	    .nearest_instance = "dc1");
	SAY(now, HERE, .rule = "wso2/a/b", .instance = "dc1");
	use_site(before, "manager", "aaaaaaaaaaaaaaaa");
	use_site(now, "gateway", "bbbbbbbbbbbbbbbb");
	drift = bench_compare(before, now);
	d = only_verdict(drift);
	assert_int_equal(d->cause, FA_CAUSE_SITE);
	assert_string_equal(d->why, "the site file gives client or server other roles");
	assert_string_equal(d->server, "dc1/gateway"); /* the later site names both sides */
	fa_drift_free(drift);
}

/* A parameter of the site is nothing that can be shown, but all is judged anew. */
static void test_site_changed_elsewhere(void **state)
{
	struct fa_drift *drift;

	(void)state;
	SAY(before, HERE, .rule = "wso2/a/b", .instance = "dc1");
	SAY(now, HERE, .verdict = FA_VERDICT_UNDOCUMENTED, .nearest = "wso2/a/b",
	    .nearest_instance = "dc1");
	use_site(before, "gateway", "aaaaaaaaaaaaaaaa");
	use_site(now, "gateway", "bbbbbbbbbbbbbbbb");
	drift = bench_compare(before, now);
	assert_int_equal(only_verdict(drift)->cause, FA_CAUSE_SITE);
	assert_string_equal(only_verdict(drift)->why, "the site file was changed");
	fa_drift_free(drift);
	/* Unless some of it is judged as before: then other flows decide. */
	SAY(now, HERE, .rule = "wso2/a/b", .instance = "dc1");
	drift = bench_compare(before, now);
	assert_int_equal(only_verdict(drift)->cause, FA_CAUSE_TRAFFIC);
	fa_drift_free(drift);
}

static void test_catalog_and_site(void **state)
{
	struct fa_drift *drift;

	(void)state;
	SAY(before, HERE, .rule = "wso2/a/b", .instance = "dc1", .version = 1);
	SAY(now, HERE, .verdict = FA_VERDICT_WRONG_ENDPOINT, .nearest = "wso2/a/b",
	    .nearest_instance = "dc1", .version = 2);
	use_site(before, "manager", "aaaaaaaaaaaaaaaa");
	use_site(now, "gateway", "bbbbbbbbbbbbbbbb");
	drift = bench_compare(before, now);
	assert_int_equal(only_verdict(drift)->cause, FA_CAUSE_CATALOG);
	assert_string_equal(only_verdict(drift)->maybe,
			    "the site file gives client or server other roles");
	fa_drift_free(drift);
}

static void test_program_changed(void **state)
{
	struct fa_drift *drift;

	(void)state;
	SAY(before, HERE, .rule = "wso2/a/b");
	SAY(now, HERE, .verdict = FA_VERDICT_DISCOURAGED, .rule = "wso2/a/b");
	strcpy(now->runs[0].run.version, "0.2.0");
	drift = bench_compare(before, now);
	assert_int_equal(only_verdict(drift)->cause, FA_CAUSE_PROGRAM);
	assert_string_equal(only_verdict(drift)->why, "judged by version 0.2.0, before by 0.1.0");
	assert_int_equal(bench_count(drift, FA_DRIFT_COVERAGE, FA_ASPECT_BASIS, NULL), 1);
	fa_drift_free(drift);
}

/* The same traffic may be other conversations. */
static void test_settings_changed(void **state)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;

	(void)state;
	SAY(before, HERE, .rule = "wso2/a/b");
	SAY(now, HERE, .rule = "wso2/a/b");
	before->runs[0].run.info.wire.max_headers = 16;
	now->runs[0].run.info.wire.max_headers = 16;
	now->runs[0].run.info.wire.key_vlan = true;
	before->runs[0].run.info.wire.duplicates = FA_DUPLICATES_OFF;
	assert_int_equal(fa_tunnel_ports_parse(&now->runs[0].run.info.wire.ports, "gtp=2152"), 0);
	drift = bench_compare(before, now);
	for (size_t i = 0; i < drift->count; i++)
		if (drift->items[i].section == FA_DRIFT_COVERAGE)
			d = &drift->items[i];
	assert_non_null(d);
	assert_int_equal(drift->in_section[FA_DRIFT_COVERAGE], 1);
	assert_int_equal(d->aspect, FA_ASPECT_BASIS);
	assert_int_equal(d->cause, FA_CAUSE_COVERAGE);
	assert_string_equal(d->subject, "settings: key plain, now vlan; duplicates off, now auto; "
					"tunnel-port none, now gtp=2152");
	assert_string_equal(d->before.state, "key plain, duplicates off, tunnel-port none");
	fa_drift_free(drift);
}

/* A tunnel that one of the two did not open, and a kind of which there was nothing. */
static void test_tunnel_ports_changed(void **state)
{
	for (unsigned kind = FA_TUNNEL_VXLAN; kind <= FA_TUNNEL_GENEVE; kind++) {
		struct fa_wire *wire;
		struct fa_drift *drift;

		begin(state);
		SAY(before, HERE);
		SAY(now, .client = "10.1.0.6", .server = "10.0.0.2", .port = 8443);
		wire = &now->runs[0].run.info.wire;
		assert_int_equal(fa_tunnel_ports_parse(&wire->ports, "vxlan=4789"), 0);
		before->runs[0].run.totals.capture.layers[kind] = 1;
		drift = bench_compare(before, now);
		for (size_t i = 0; i < drift->count; i++) {
			const struct fa_difference *d = &drift->items[i];

			if (d->section != FA_DRIFT_APPEARED && d->section != FA_DRIFT_VANISHED)
				continue;
			assert_int_equal(d->cause, FA_CAUSE_TRAFFIC);
			assert_string_equal(d->maybe, kind == FA_TUNNEL_VXLAN
							      ? "tunnels were not taken off alike"
							      : "");
		}
		assert_int_equal(drift->in_section[FA_DRIFT_APPEARED], 1);
		assert_int_equal(drift->in_section[FA_DRIFT_VANISHED], 1);
		fa_drift_free(drift);
		end(state);
	}
}

/* A connection that fails is never made by an edited file. */
static void test_refused_is_traffic(void **state)
{
	struct fa_drift *drift;

	(void)state;
	SAY(before, HERE, .rule = "wso2/a/b", .instance = "dc1", .version = 1);
	SAY(now, HERE, .rule = "wso2/a/b", .instance = "dc1", .version = 2,
	    .verdict = FA_VERDICT_REFUSED, .unanswered = true);
	use_site(before, "gateway", "aaaaaaaaaaaaaaaa");
	use_site(now, "gateway", "bbbbbbbbbbbbbbbb");
	drift = bench_compare(before, now);
	assert_int_equal(only_verdict(drift)->cause, FA_CAUSE_TRAFFIC);
	fa_drift_free(drift);
}

/* With another protocol it is the traffic, whatever else was edited, */
static void test_protocol_and_catalog(void **state)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;

	(void)state;
	SAY(before, HERE, .rule = "wso2/a/b", .version = 1);
	SAY(now, HERE, .protocol = "SSH", .verdict = FA_VERDICT_WRONG_PROTOCOL, .rule = "wso2/a/b",
	    .version = 2);
	drift = bench_compare(before, now);
	assert_int_equal(drift->in_section[FA_DRIFT_CHANGED], 1);
	assert_int_equal(drift->items[0].aspect, FA_ASPECT_PROTOCOL);
	assert_int_equal(drift->items[0].cause, FA_CAUSE_TRAFFIC);
	fa_drift_free(drift);
	/* but that of the protocol that both speak has its own cause. */
	SAY(now, HERE, .verdict = FA_VERDICT_DISCOURAGED, .rule = "wso2/a/b", .version = 2);
	drift = bench_compare(before, now);
	assert_int_equal(drift->in_section[FA_DRIFT_CHANGED], 2);
	assert_int_equal(bench_count(drift, FA_DRIFT_CHANGED, FA_ASPECT_VERDICT, &d), 1);
	assert_int_equal(d->cause, FA_CAUSE_CATALOG);
	fa_drift_free(drift);
}

/* --- Counts --- */

static void say_clients(struct bench *b, unsigned count, uint64_t bytes)
{
	char client[32];

	for (unsigned i = 0; i < count; i++) {
		snprintf(client, sizeof(client), "10.1.0.%u", i);
		SAY(b, .client = client, .server = "10.0.0.1", .port = 443, .bytes = bytes);
	}
}

static void test_client_count(void **state)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;

	(void)state;
	say_clients(before, 4, 1000);
	say_clients(now, 40, 1000);
	drift = bench_compare(before, now);
	d = bench_only(drift);
	assert_int_equal(d->aspect, FA_ASPECT_CLIENT_COUNT);
	assert_int_equal(d->before.clients, 4);
	assert_int_equal(d->now.clients, 40);
	fa_drift_free(drift);
}

static void test_client_count_below(void **state)
{
	(void)state;
	say_clients(before, 1, 1000);
	say_clients(now, 19, 1000); /* fewer than 20 */
	assert_quiet();
	say_clients(before, 5, 1000);
	say_clients(now, 49, 1000); /* not ten times as many */
	assert_quiet();
}

static void test_client_count_factor(void **state)
{
	const struct fa_drift_options options = {.factor = 2};
	struct fa_drift *drift;

	(void)state;
	say_clients(before, 15, 1000);
	say_clients(now, 40, 1000);
	drift = bench_compare_with(before, now, &options, 0);
	assert_int_equal(bench_only(drift)->aspect, FA_ASPECT_CLIENT_COUNT);
	fa_drift_free(drift);
}

static void test_volume(void **state)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;

	(void)state;
	SAY(before, HERE, .bytes = 2000000);
	SAY(now, HERE, .bytes = 30000000);
	drift = bench_compare(before, now);
	d = bench_only(drift);
	assert_int_equal(d->aspect, FA_ASPECT_VOLUME);
	assert_int_equal(d->now.bytes, 30000000);
	fa_drift_free(drift);
}

static void test_volume_below(void **state)
{
	(void)state;
	SAY(before, HERE, .bytes = 9000);
	SAY(now, HERE, .bytes = 9000000); /* not worth a word */
	SAY(before, .client = "10.1.0.5", .server = "10.0.0.2", .port = 80, .bytes = 20000000);
	SAY(now, .client = "10.1.0.5", .server = "10.0.0.2", .port = 80, .bytes = 150000000); /* not ten times as much */
	assert_quiet();
}

/* A tenth of the time, or of the packets, is a tenth of the bytes. */
static void test_volume_is_corrected(void **state)
{
	struct fa_drift *drift;

	(void)state;
	SAY(before, HERE, .bytes = 300000000);
	SAY(now, HERE, .bytes = 20000000);
	now->runs[0].run.totals.capture.last_ns =
		now->runs[0].run.totals.capture.first_ns + 40 * MINUTE_NS;
	drift = bench_compare(before, now);
	assert_int_equal(drift->in_section[FA_DRIFT_CHANGED], 0);
	fa_drift_free(drift);
	now->runs[0].run.totals.capture.last_ns =
		before->runs[0].run.totals.capture.last_ns + DAY_NS;
	now->runs[0].run.totals.capture.dropped_kernel = 1000000; /* a half */
	drift = bench_compare(before, now);
	assert_int_equal(drift->in_section[FA_DRIFT_CHANGED], 0);
	fa_drift_free(drift);
}

/* Ten times the clients make ten times the bytes: one line. */
static void test_volume_of_more_clients(void **state)
{
	struct fa_drift *drift;

	(void)state;
	say_clients(before, 4, 1000000);
	say_clients(now, 40, 1100000);
	drift = bench_compare(before, now);
	assert_int_equal(bench_only(drift)->aspect, FA_ASPECT_CLIENT_COUNT);
	fa_drift_free(drift);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_other_protocol, begin, end),
		cmocka_unit_test_setup_teardown(test_more_protocols, begin, end),
		cmocka_unit_test_setup_teardown(test_few_flows_of_another, begin, end),
		cmocka_unit_test_teardown(test_guesses_are_no_change, end),
		cmocka_unit_test_setup_teardown(test_guesses_besides, begin, end),
		cmocka_unit_test_setup_teardown(test_unknown_may_have_been_it, begin, end),
		cmocka_unit_test_setup_teardown(test_verdict_by_traffic, begin, end),
		cmocka_unit_test_setup_teardown(test_indeterminate_besides, begin, end),
		cmocka_unit_test_teardown(test_verdicts_without_finding, end),
		cmocka_unit_test_setup_teardown(test_verdict_of_many_clients, begin, end),
		cmocka_unit_test_setup_teardown(test_waiver_expired, begin, end),
		cmocka_unit_test_setup_teardown(test_waiver_removed_and_added, begin, end),
		cmocka_unit_test_setup_teardown(test_not_the_waiver, begin, end),
		cmocka_unit_test_setup_teardown(test_rule_changed, begin, end),
		cmocka_unit_test_setup_teardown(test_rule_added, begin, end),
		cmocka_unit_test_setup_teardown(test_roles_changed, begin, end),
		cmocka_unit_test_setup_teardown(test_site_changed_elsewhere, begin, end),
		cmocka_unit_test_setup_teardown(test_catalog_and_site, begin, end),
		cmocka_unit_test_setup_teardown(test_program_changed, begin, end),
		cmocka_unit_test_setup_teardown(test_settings_changed, begin, end),
		cmocka_unit_test(test_tunnel_ports_changed),
		cmocka_unit_test_setup_teardown(test_refused_is_traffic, begin, end),
		cmocka_unit_test_setup_teardown(test_protocol_and_catalog, begin, end),
		cmocka_unit_test_setup_teardown(test_client_count, begin, end),
		cmocka_unit_test_setup_teardown(test_client_count_below, begin, end),
		cmocka_unit_test_setup_teardown(test_client_count_factor, begin, end),
		cmocka_unit_test_setup_teardown(test_volume, begin, end),
		cmocka_unit_test_setup_teardown(test_volume_below, begin, end),
		cmocka_unit_test_setup_teardown(test_volume_is_corrected, begin, end),
		cmocka_unit_test_setup_teardown(test_volume_of_more_clients, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
