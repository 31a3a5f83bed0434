/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What loss and hours may have made; coverage, expectations and waivers. */
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

#define HERE .client = "10.1.0.5", .server = "10.0.0.1", .port = 443

static void lose(struct bench *b, unsigned percent)
{
	b->runs[0].run.totals.capture.packets = 100000 - percent * 1000;
	b->runs[0].run.totals.capture.dropped_kernel = percent * 1000;
}

static const struct fa_difference *first_of(const struct fa_drift *drift,
					    enum fa_drift_section section,
					    enum fa_drift_aspect aspect)
{
	const struct fa_difference *d = NULL;

	if (bench_count(drift, section, aspect, &d) == 0) {
		bench_print(drift);
		fail_msg("there is no %s %s", fa_drift_section_text(section),
			 fa_drift_aspect_text(aspect));
	}
	return d;
}

/* --- Loss --- */

static void test_loss_may_have_hidden_it(void **state)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;

	(void)state;
	lose(now, 30);
	SAY(before, HERE, .flows = 3, .packets = 3);
	drift = bench_compare(before, now);
	d = first_of(drift, FA_DRIFT_VANISHED, FA_ASPECT_SERVICE);
	assert_int_equal(d->cause, FA_CAUSE_TRAFFIC);
	assert_string_equal(d->maybe,
			    "30% of packets were lost (run 2), and this had 3 packets in 3 flows");
	assert_true(d->rank >= 16);
	d = first_of(drift, FA_DRIFT_COVERAGE, FA_ASPECT_LOSS);
	assert_string_equal(d->subject, "packets lost: 0% before, 30% now");
	assert_int_equal(d->cause, FA_CAUSE_COVERAGE);
	assert_int_equal(drift->now.lost, 30000);
	assert_true(drift->now.loss > 0.299 && drift->now.loss < 0.301);
	fa_drift_free(drift);
}

/* L^k against one in a hundred, with k packets, two of a flow at most. */
static void test_loss_by_arithmetic(void **state)
{
	static const struct {
		unsigned percent, flows, packets;
		bool maybe;
	} cases[] = {
		{30, 3, 3, true},   /* 0.027 */
		{30, 4, 4, false},  /* 0.0081 */
		{30, 1, 1000, true}, /* one burst, and what came later: 0.09 */
		{30, 2, 1000, false}, /* 0.0081 */
		{5, 1, 1, true},    /* 0.05 */
		{5, 1, 2, false},   /* 0.0025 */
		{0, 1, 1, false},   {1, 1, 1, false}, /* not above */
		{2, 1, 1, true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fa_drift *drift;

		begin(state);
		lose(now, cases[i].percent);
		SAY(before, HERE, .flows = cases[i].flows, .packets = cases[i].packets);
		drift = bench_compare(before, now);
		if ((first_of(drift, FA_DRIFT_VANISHED, FA_ASPECT_SERVICE)->maybe[0] != '\0') !=
		    cases[i].maybe)
			fail_msg("case %zu", i);
		fa_drift_free(drift);
		/* The side that has it may lose what it likes. */
		drift = bench_compare(now, before);
		assert_int_equal(
			first_of(drift, FA_DRIFT_APPEARED, FA_ASPECT_SERVICE)->maybe[0] != '\0',
			cases[i].maybe);
		fa_drift_free(drift);
		end(state);
	}
	begin(state);
}

static void test_loss_of_the_other_side_is_no_excuse(void **state)
{
	struct fa_drift *drift;

	(void)state;
	lose(before, 30);
	SAY(before, HERE, .flows = 1, .packets = 1);
	drift = bench_compare(before, now);
	assert_string_equal(first_of(drift, FA_DRIFT_VANISHED, FA_ASPECT_SERVICE)->maybe, "");
	fa_drift_free(drift);
}

/* Gaps in TCP are losses, too. */
static void test_loss_before_the_tap(void **state)
{
	struct fa_drift *drift;

	(void)state;
	now->runs[0].run.totals.workers.tcp_bytes = 700;
	now->runs[0].run.totals.workers.sequence_gap_bytes = 300;
	drift = bench_compare(before, now);
	assert_true(drift->now.loss > 0.299 && drift->now.loss < 0.301);
	assert_int_equal(bench_only(drift)->aspect, FA_ASPECT_LOSS);
	fa_drift_free(drift);
}

static void test_explained_ones_come_last(void **state)
{
	struct fa_drift *drift;

	(void)state;
	lose(now, 30);
	SAY(before, HERE, .flows = 1, .packets = 1, .verdict = FA_VERDICT_WRONG_PROTOCOL);
	SAY(before, .client = "10.1.0.5", .server = "10.0.0.2", .port = 443, .flows = 50);
	drift = bench_compare(before, now);
	assert_string_equal(drift->items[0].server, "10.0.0.2");
	assert_string_equal(drift->items[0].maybe, "");
	assert_string_equal(drift->items[1].server, "10.0.0.1");
	assert_true(drift->items[1].maybe[0] != '\0');
	fa_drift_free(drift);
}

/* On a night with loss some flows look refused, or too thin to judge. */
static void test_loss_makes_thin_verdicts(void **state)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;

	(void)state;
	lose(now, 30);
	SAY(before, HERE, .flows = 20);
	SAY(now, HERE, .flows = 15);
	SAY(now, HERE, .flows = 5, .verdict = FA_VERDICT_REFUSED, .unanswered = true);
	drift = bench_compare(before, now);
	d = first_of(drift, FA_DRIFT_CHANGED, FA_ASPECT_VERDICT);
	assert_string_equal(d->maybe,
			    "30% of packets were lost (run 2), and this rests on 5 flows");
	fa_drift_free(drift);
	/* All of them, and many: then something is refused. */
	now->runs[0].row_count = 0;
	SAY(now, HERE, .flows = 20, .verdict = FA_VERDICT_REFUSED, .unanswered = true);
	drift = bench_compare(before, now);
	assert_string_equal(first_of(drift, FA_DRIFT_CHANGED, FA_ASPECT_VERDICT)->maybe, "");
	fa_drift_free(drift);
}

/* --- Hours --- */

static void last(struct bench *b, int64_t after_ns)
{
	b->runs[0].run.totals.capture.last_ns = b->runs[0].run.totals.capture.first_ns + after_ns;
}

static void test_seen_after_the_other_ended(void **state)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;

	(void)state;
	last(now, 3 * HOUR_NS); /* 22:00 to 01:00 */
	SAY(before, HERE, .after_ns = 4 * HOUR_NS + 10 * MINUTE_NS, .lasts_ns = 30 * MINUTE_NS);
	SAY(before, .client = "10.1.0.5", .server = "10.0.0.2", .port = 443, .after_ns = HOUR_NS);
	drift = bench_compare(before, now);
	d = &drift->items[1];
	assert_string_equal(d->server, "10.0.0.1");
	assert_int_equal(d->cause, FA_CAUSE_COVERAGE);
	assert_string_equal(d->why, "seen 02:10 to 02:40, covered (run 2) is 22:00 to 01:00 UTC");
	assert_int_equal(drift->items[0].cause, FA_CAUSE_TRAFFIC);
	d = first_of(drift, FA_DRIFT_COVERAGE, FA_ASPECT_SPAN);
	assert_string_equal(d->subject, "covered: 22:00 to 04:00 UTC (6.0 hours) before, "
					"22:00 to 01:00 UTC (3.0 hours) now");
	fa_drift_free(drift);
}

/* A tenth of its minutes may be covered, no more. */
static void test_seen_about_the_end(void **state)
{
	struct fa_drift *drift;

	(void)state;
	last(now, 3 * HOUR_NS);
	SAY(before, HERE, .after_ns = 3 * HOUR_NS - 3 * MINUTE_NS, .lasts_ns = 30 * MINUTE_NS);
	drift = bench_compare(before, now);
	assert_int_equal(first_of(drift, FA_DRIFT_VANISHED, FA_ASPECT_SERVICE)->cause,
			 FA_CAUSE_COVERAGE);
	fa_drift_free(drift);
	before->runs[0].row_count = 0;
	SAY(before, HERE, .after_ns = 3 * HOUR_NS - 4 * MINUTE_NS, .lasts_ns = 30 * MINUTE_NS);
	drift = bench_compare(before, now);
	assert_int_equal(first_of(drift, FA_DRIFT_VANISHED, FA_ASPECT_SERVICE)->cause,
			 FA_CAUSE_TRAFFIC);
	fa_drift_free(drift);
}

/* Of several days, by half hours. */
static void test_seen_each_night_after_the_other_ended(void **state)
{
	struct fa_drift *drift;

	(void)state;
	last(now, 3 * HOUR_NS);
	bench_add_run(before, 2, NIGHT_NS + DAY_NS);
	SAY(before, HERE, .after_ns = 4 * HOUR_NS + 10 * MINUTE_NS, .lasts_ns = 15 * MINUTE_NS);
	bench_say_in(before, &before->runs[1],
		     (struct talk){HERE, .after_ns = 4 * HOUR_NS + 40 * MINUTE_NS});
	drift = bench_compare(before, now);
	assert_int_equal(first_of(drift, FA_DRIFT_VANISHED, FA_ASPECT_SERVICE)->cause,
			 FA_CAUSE_COVERAGE);
	fa_drift_free(drift);
	bench_say_in(before, &before->runs[1], (struct talk){HERE, .after_ns = HOUR_NS});
	drift = bench_compare(before, now);
	assert_int_equal(first_of(drift, FA_DRIFT_VANISHED, FA_ASPECT_SERVICE)->cause,
			 FA_CAUSE_TRAFFIC);
	assert_int_equal(drift->before.runs, 2);
	assert_int_equal(drift->before.packets, 2000000);
	fa_drift_free(drift);
}

/* When no time of day is common to both, hours explain nothing; it is said, though. */
static void test_other_hours(void **state)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;

	(void)state;
	now->runs[0].run.totals.capture.first_ns += 10 * HOUR_NS;
	now->runs[0].run.totals.capture.last_ns += 10 * HOUR_NS;
	SAY(before, HERE);
	drift = bench_compare(before, now);
	d = first_of(drift, FA_DRIFT_VANISHED, FA_ASPECT_SERVICE);
	assert_int_equal(d->cause, FA_CAUSE_TRAFFIC);
	assert_string_equal(d->maybe, "the two have no time of day in common");
	first_of(drift, FA_DRIFT_COVERAGE, FA_ASPECT_SPAN);
	fa_drift_free(drift);
}

static void test_no_packets(void **state)
{
	struct fa_drift *drift;

	(void)state;
	memset(&now->runs[0].run.totals.capture, 0, sizeof(now->runs[0].run.totals.capture));
	SAY(before, HERE);
	drift = bench_compare(before, now);
	assert_int_equal(first_of(drift, FA_DRIFT_VANISHED, FA_ASPECT_SERVICE)->cause,
			 FA_CAUSE_COVERAGE);
	assert_string_equal(first_of(drift, FA_DRIFT_VANISHED, FA_ASPECT_SERVICE)->why,
			    "no packet was seen (run 2)");
	first_of(drift, FA_DRIFT_COVERAGE, FA_ASPECT_SPAN);
	fa_drift_free(drift);
}

/* An hour without an interface is no hour. */
static void test_down(void **state)
{
	struct bench_run *run = &now->runs[0];
	struct fa_drift *drift;

	(void)state;
	run->run.info.kind = FA_RUN_LIVE;
	run->run.windows = 6;
	for (unsigned i = 0; i < 6; i++) {
		run->windows[i].begun_ns = NIGHT_NS + DAY_NS + i * HOUR_NS;
		run->windows[i].ended_ns = run->windows[i].begun_ns + HOUR_NS;
		run->windows[i].totals.capture.packets = 100;
	}
	run->windows[3].totals.capture.down_ns = 50 * MINUTE_NS;
	SAY(before, HERE, .after_ns = 3 * HOUR_NS + 10 * MINUTE_NS, .lasts_ns = 30 * MINUTE_NS);
	drift = bench_compare(before, now);
	assert_int_equal(first_of(drift, FA_DRIFT_VANISHED, FA_ASPECT_SERVICE)->cause,
			 FA_CAUSE_COVERAGE);
	assert_int_equal(drift->now.down_ns, 50 * MINUTE_NS);
	assert_int_equal(drift->now.packets, 600);
	fa_drift_free(drift);
	run->windows[3].totals.capture.down_ns = 0;
	drift = bench_compare(before, now);
	assert_int_equal(first_of(drift, FA_DRIFT_VANISHED, FA_ASPECT_SERVICE)->cause,
			 FA_CAUSE_TRAFFIC);
	fa_drift_free(drift);
}

/* A part of a run: rows and hours of that time alone. */
static void test_part_of_a_run(void **state)
{
	struct fa_span b = {&before->history, before->ids, 1, NIGHT_NS, NIGHT_NS + 2 * HOUR_NS, "b"};
	struct fa_span n = {&now->history, now->ids, 1, INT64_MIN, INT64_MAX, "n"};
	struct fa_diag diag = {""};
	struct fa_drift *drift;

	(void)state;
	SAY(before, HERE, .flows = 3);
	SAY(before, .client = "10.1.0.5", .server = "10.0.0.2", .port = 443,
	    .after_ns = 3 * HOUR_NS);
	SAY(now, HERE);
	assert_int_equal(fa_drift_make(&drift, &b, &n, NULL, 0, &diag), 0);
	assert_int_equal(drift->in_section[FA_DRIFT_VANISHED], 0);
	assert_int_equal(drift->before.conversations, 1);
	assert_int_equal(drift->before.flows, 3);
	first_of(drift, FA_DRIFT_COVERAGE, FA_ASPECT_SPAN);
	fa_drift_free(drift);
}

/* --- Coverage --- */

static void test_basis(void **state)
{
	struct fa_drift *drift;
	size_t causes[FA_CAUSE_COUNT] = {0};

	(void)state;
	bench_catalog(before, "strongdm", "aa");
	bench_catalog(before, "wso2", "aa");
	bench_catalog(now, "arcgis-server", "cc");
	bench_catalog(now, "wso2", "bb");
	strcpy(before->runs[0].run.site.digest, "11");
	strcpy(now->runs[0].run.site.digest, "22");
	strcpy(now->runs[0].run.site.waivers_digest, "33");
	strcpy(now->runs[0].run.version, "0.2.0");
	drift = bench_compare(before, now);
	assert_int_equal(drift->count, 6);
	for (size_t i = 0; i < drift->count; i++) {
		assert_int_equal(drift->items[i].section, FA_DRIFT_COVERAGE);
		assert_int_equal(drift->items[i].aspect, FA_ASPECT_BASIS);
		causes[drift->items[i].cause]++;
	}
	assert_int_equal(causes[FA_CAUSE_CATALOG], 3);
	assert_int_equal(causes[FA_CAUSE_SITE], 1);
	assert_int_equal(causes[FA_CAUSE_WAIVER], 1);
	assert_int_equal(causes[FA_CAUSE_PROGRAM], 1);
	assert_string_equal(drift->items[0].subject, "catalog arcgis-server is new");
	assert_string_equal(drift->items[1].subject, "catalog strongdm is gone");
	assert_string_equal(drift->items[2].subject, "catalog wso2 is another version");
	assert_string_equal(drift->items[2].before.state, "aa");
	assert_string_equal(drift->items[2].now.state, "bb");
	fa_drift_free(drift);
}

static void test_ending(void **state)
{
	struct fa_drift *drift;

	(void)state;
	now->runs[0].run.totals.end = FA_RUN_INTERRUPTED;
	drift = bench_compare(before, now);
	assert_int_equal(bench_only(drift)->aspect, FA_ASPECT_ENDING);
	assert_string_equal(bench_only(drift)->now.state, "run 2 interrupted");
	assert_false(drift->now.ended_well);
	fa_drift_free(drift);
	before->runs[0].run.totals.end = FA_RUN_INTERRUPTED;
	drift = bench_compare(before, now);
	assert_int_equal(drift->count, 0);
	fa_drift_free(drift);
}

/* --- Expectations --- */

static void test_expectation_states(void **state)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;

	(void)state;
	bench_expect(before, "wso2/a/b", "gw1", FA_EXPECT_SEEN);
	bench_expect(before, "wso2/a/b", "gw2", FA_EXPECT_SEEN);
	bench_expect(now, "wso2/a/b", "gw1", FA_EXPECT_UNSEEN);
	bench_expect(now, "wso2/a/b", "gw2", FA_EXPECT_SEEN);
	drift = bench_compare(before, now);
	d = bench_only(drift);
	assert_int_equal(d->section, FA_DRIFT_EXPECTATIONS);
	assert_int_equal(d->aspect, FA_ASPECT_STATE);
	assert_int_equal(d->cause, FA_CAUSE_TRAFFIC);
	assert_string_equal(d->subject, "wso2/a/b");
	assert_string_equal(d->server, "dc1/gateway gw1");
	assert_string_equal(d->before.state, "seen");
	assert_string_equal(d->now.state, "unseen");
	assert_int_equal(drift->now.unseen, 1);
	assert_int_equal(drift->before.unseen, 0);
	fa_drift_free(drift);
	/* The same with a third of the packets lost: it had three flows. */
	lose(now, 60);
	drift = bench_compare(before, now);
	d = first_of(drift, FA_DRIFT_EXPECTATIONS, FA_ASPECT_STATE);
	assert_string_equal(d->maybe,
			    "60% of packets were lost (run 2), and this was seen in 3 flows");
	fa_drift_free(drift);
}

static void test_expectation_out_of_sight(void **state)
{
	struct fa_drift *drift;

	(void)state;
	bench_expect(before, "wso2/a/b", "gw1", FA_EXPECT_SEEN);
	bench_expect(now, "wso2/a/b", "gw1", FA_EXPECT_NOT_OBSERVABLE);
	drift = bench_compare(before, now);
	assert_int_equal(bench_only(drift)->cause, FA_CAUSE_COVERAGE);
	assert_true(bench_only(drift)->rank >= 16);
	fa_drift_free(drift);
}

static void test_expectation_of_another_rule_or_port(void **state)
{
	struct fa_drift *drift;

	(void)state;
	bench_expect(before, "wso2/a/b", "gw1", FA_EXPECT_SEEN);
	bench_expect(now, "wso2/a/b", "gw1", FA_EXPECT_UNSEEN)->ports = "8443";
	drift = bench_compare(before, now);
	assert_int_equal(bench_only(drift)->cause, FA_CAUSE_SITE);
	fa_drift_free(drift);
	now->expectations[0].rule.ports = "8443";
	drift = bench_compare(before, now);
	assert_int_equal(bench_only(drift)->cause, FA_CAUSE_CATALOG);
	fa_drift_free(drift);
}

static void test_expectations_added_and_removed(void **state)
{
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;

	(void)state;
	bench_expect(before, "wso2/a/b", "gw1", FA_EXPECT_SEEN);
	bench_expect(before, "wso2/a/old", "gw1", FA_EXPECT_SEEN);
	bench_expect(now, "wso2/a/b", "gw1", FA_EXPECT_SEEN);
	bench_expect(now, "wso2/a/b", "gw2", FA_EXPECT_UNSEEN);
	bench_expect(now, "wso2/a/new", "gw1", FA_EXPECT_UNSEEN);
	bench_catalog(before, "wso2", "aa");
	bench_catalog(now, "wso2", "bb");
	strcpy(before->runs[0].run.site.digest, "11");
	strcpy(now->runs[0].run.site.digest, "22");
	drift = bench_compare(before, now);
	assert_int_equal(bench_count(drift, FA_DRIFT_EXPECTATIONS, FA_ASPECT_ADDED, &d), 2);
	/* A place more of a known rule is the site, a new rule the catalog. */
	assert_string_equal(d[0].subject, "wso2/a/b");
	assert_int_equal(d[0].cause, FA_CAUSE_SITE);
	assert_string_equal(d[1].subject, "wso2/a/new");
	assert_int_equal(d[1].cause, FA_CAUSE_CATALOG);
	assert_int_equal(bench_count(drift, FA_DRIFT_EXPECTATIONS, FA_ASPECT_REMOVED, &d), 1);
	assert_string_equal(d->subject, "wso2/a/old");
	assert_int_equal(d->cause, FA_CAUSE_CATALOG);
	fa_drift_free(drift);
}

static void test_many_expectations_added(void **state)
{
	static char rules[40][32];
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;

	(void)state;
	bench_catalog(now, "wso2", "bb");
	for (unsigned i = 0; i < 40; i++) {
		snprintf(rules[i], sizeof(rules[i]), "wso2/a/%u", i);
		bench_expect(now, rules[i], "gw1", FA_EXPECT_UNSEEN);
	}
	drift = bench_compare(before, now);
	assert_int_equal(bench_count(drift, FA_DRIFT_EXPECTATIONS, FA_ASPECT_ADDED, &d), 1);
	assert_string_equal(d->subject, "40 of wso2");
	assert_string_equal(d->why, "the catalog of wso2 is new");
	fa_drift_free(drift);
}

/* --- Waivers --- */

static void test_waivers(void **state)
{
	const struct fa_drift_options options = {.now_ns = NIGHT_NS + 2 * DAY_NS};
	struct fa_drift *drift;
	const struct fa_difference *d = NULL;

	(void)state;
	bench_waiver(before, "expires", "2026-11-22", FA_WAIVER_USED);
	bench_waiver(now, "expires", "2026-11-22", FA_WAIVER_EXPIRED);
	bench_waiver(before, "was-expired", "2026-10-22", FA_WAIVER_EXPIRED);
	bench_waiver(now, "was-expired", "2026-10-22", FA_WAIVER_EXPIRED);
	bench_waiver(before, "soon", "2026-12-07", FA_WAIVER_USED); /* the last of 14 days */
	bench_waiver(now, "soon", "2026-12-07", FA_WAIVER_USED);
	bench_waiver(before, "later", "2026-12-08", FA_WAIVER_USED);
	bench_waiver(now, "later", "2026-12-08", FA_WAIVER_USED);
	bench_waiver(before, "ceases", "2027-12-07", FA_WAIVER_USED);
	bench_waiver(now, "ceases", "2027-12-07", FA_WAIVER_UNUSED);
	bench_waiver(before, "idle", "2027-12-07", FA_WAIVER_UNUSED);
	bench_waiver(now, "idle", "2027-12-07", FA_WAIVER_UNUSED);
	bench_waiver(before, "removed", "2027-12-07", FA_WAIVER_USED);
	bench_waiver(now, "added", "2027-12-07", FA_WAIVER_UNUSED);
	drift = bench_compare_with(before, now, &options, 0);
	assert_int_equal(drift->count, 6);
	d = first_of(drift, FA_DRIFT_WAIVERS, FA_ASPECT_EXPIRED);
	assert_string_equal(d->subject, "expires");
	assert_string_equal(d->why, "it expired on 2026-11-22; its owner is ops");
	assert_string_equal(d->before.state, "used");
	assert_string_equal(d->now.state, "expired");
	assert_ptr_equal(d, drift->items); /* the most important */
	d = first_of(drift, FA_DRIFT_WAIVERS, FA_ASPECT_EXPIRING);
	assert_string_equal(d->subject, "soon");
	assert_int_equal(bench_count(drift, FA_DRIFT_WAIVERS, FA_ASPECT_UNUSED, &d), 2);
	assert_string_equal(d[0].subject, "added");
	assert_string_equal(d[1].subject, "ceases");
	assert_string_equal(first_of(drift, FA_DRIFT_WAIVERS, FA_ASPECT_ADDED)->subject, "added");
	assert_string_equal(first_of(drift, FA_DRIFT_WAIVERS, FA_ASPECT_REMOVED)->subject,
			    "removed");
	fa_drift_free(drift);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_loss_may_have_hidden_it, begin, end),
		cmocka_unit_test_teardown(test_loss_by_arithmetic, end),
		cmocka_unit_test_setup_teardown(test_loss_of_the_other_side_is_no_excuse, begin, end),
		cmocka_unit_test_setup_teardown(test_loss_before_the_tap, begin, end),
		cmocka_unit_test_setup_teardown(test_explained_ones_come_last, begin, end),
		cmocka_unit_test_setup_teardown(test_loss_makes_thin_verdicts, begin, end),
		cmocka_unit_test_setup_teardown(test_seen_after_the_other_ended, begin, end),
		cmocka_unit_test_setup_teardown(test_seen_about_the_end, begin, end),
		cmocka_unit_test_setup_teardown(test_seen_each_night_after_the_other_ended, begin,
						end),
		cmocka_unit_test_setup_teardown(test_other_hours, begin, end),
		cmocka_unit_test_setup_teardown(test_no_packets, begin, end),
		cmocka_unit_test_setup_teardown(test_down, begin, end),
		cmocka_unit_test_setup_teardown(test_part_of_a_run, begin, end),
		cmocka_unit_test_setup_teardown(test_basis, begin, end),
		cmocka_unit_test_setup_teardown(test_ending, begin, end),
		cmocka_unit_test_setup_teardown(test_expectation_states, begin, end),
		cmocka_unit_test_setup_teardown(test_expectation_out_of_sight, begin, end),
		cmocka_unit_test_setup_teardown(test_expectation_of_another_rule_or_port, begin, end),
		cmocka_unit_test_setup_teardown(test_expectations_added_and_removed, begin, end),
		cmocka_unit_test_setup_teardown(test_many_expectations_added, begin, end),
		cmocka_unit_test_setup_teardown(test_waivers, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
