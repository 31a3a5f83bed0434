/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What comparing needs of the store: traffic in numbers, and baselines. */
#include "store/fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "store/prune.h"

#define HOUR (3600 * FA_NS_PER_SECOND)

/* Three conversations: a documented one in two buckets, and an undocumented one. */
static int64_t make(const char *path)
{
	struct fa_conversation c = fixture_conversation(1, 2, 443);
	struct fa_judgement good = fixture_judgement(FA_VERDICT_DOCUMENTED, fixture_rule(0));
	struct fa_judgement bad = fixture_judgement(FA_VERDICT_UNDOCUMENTED, NULL);
	int64_t run;
	struct fa_store *store = fixture_begin(path, &run);

	bad.nearest = fixture_rule(3);
	c.bucket_ns = 0;
	fixture_add(store, &c, &good);
	c.bucket_ns = HOUR;
	c.counts.flows_in_state[FA_FLOW_CLOSED] = 0;
	c.counts.flows_in_state[FA_FLOW_ATTEMPTED] = 3;
	c.counts.flows = 3;
	fixture_add(store, &c, &good);
	c = fixture_conversation(3, 4, 8443);
	c.bucket_ns = 2 * HOUR;
	strcpy(c.id.application, "Google");
	fixture_add(store, &c, &bad);
	fixture_finish(store);
	return run;
}

struct rows {
	struct fa_traffic items[8];
	size_t count;
	int stop;
};

static int keep(void *arg, const struct fa_traffic *traffic)
{
	struct rows *rows = arg;

	assert_true(rows->count < 8);
	rows->items[rows->count++] = *traffic;
	return rows->stop;
}

static void traffic_of_a_time(void **state)
{
	static const struct {
		int64_t from_ns, to_ns;
		size_t count;
	} times[] = {
		{INT64_MIN, INT64_MAX, 3}, {0, HOUR, 1}, {HOUR, INT64_MAX, 2}, {1, HOUR, 0},
		{0, 2 * HOUR + 1, 3},
	};
	const char *path = fixture_path("t.db");
	struct fa_store *store = NULL;
	struct fa_history history;
	struct fa_diag diag = {""};

	(void)state;
	make(path);
	history = fixture_read(&store, path);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct rows rows = {.count = 0};

		assert_int_equal(history.each_traffic(history.context, 0, times[i].from_ns,
						      times[i].to_ns, keep, &rows, &diag), 0);
		assert_int_equal(rows.count, times[i].count);
	}
	assert_int_equal(history.each_traffic(history.context, 9, 0, 1, keep, NULL, &diag),
			 FA_ENOENT);
	fa_store_close(store);
}

struct judged {
	struct fa_stored_judgement j;
	char rule[64], nearest[64];
};

static int keep_judgement(void *arg, const struct fa_stored_judgement *j)
{
	struct judged *out = arg;

	out->j = *j;
	snprintf(out->rule, sizeof(out->rule), "%s", j->rule);
	snprintf(out->nearest, sizeof(out->nearest), "%s", j->nearest);
	return 0;
}

static int keep_name(void *arg, const char *text)
{
	strcpy(arg, text);
	return 7;
}

static void what_a_row_says(void **state)
{
	const char *path = fixture_path("t.db");
	struct rows rows = {.count = 0};
	struct fa_store *store = NULL;
	struct fa_history history;
	struct fa_addr addr;
	struct judged judged;
	struct fa_diag diag = {""};
	char text[64];

	(void)state;
	make(path);
	history = fixture_read(&store, path);
	assert_int_equal(history.each_traffic(history.context, 0, INT64_MIN, INT64_MAX, keep, &rows,
					      &diag), 0);
	assert_int_equal(rows.items[0].answered_flows, 1);
	assert_int_equal(rows.items[1].answered_flows, 0);
	assert_int_equal(rows.items[1].flows, 3);
	assert_int_equal(rows.items[0].judgement, rows.items[1].judgement);
	assert_int_equal(rows.items[0].finding, 0);
	assert_int_equal(rows.items[2].finding, 1);
	assert_int_equal(rows.items[2].port, 8443);
	assert_int_equal(rows.items[2].transport, 6);
	assert_int_equal(rows.items[2].bucket_ns, 2 * HOUR);
	assert_true(rows.items[0].packets > 0 && rows.items[0].bytes > rows.items[0].packets);

	assert_int_equal(history.host(history.context, rows.items[2].client, &addr, &diag), 0);
	assert_true(addr.version == 4 && addr.bytes[0] == 10 && addr.bytes[3] == 3);
	assert_int_equal(history.name(history.context, rows.items[2].application, keep_name, text,
				      &diag), 7);
	assert_string_equal(text, "Google");
	assert_int_equal(history.name(history.context, 0, keep_name, text, &diag), 7);
	assert_string_equal(text, "");
	assert_int_equal(history.judgement(history.context, rows.items[2].judgement, keep_judgement,
					   &judged, &diag), 0);
	assert_int_equal(judged.j.verdict, FA_VERDICT_UNDOCUMENTED);
	assert_string_equal(judged.rule, "");
	assert_string_equal(judged.nearest, fixture_rule(3)->id);
	assert_int_equal(judged.j.rule_version, 0);
	assert_int_equal(history.host(history.context, 99, &addr, &diag), FA_ECORRUPT);
	assert_non_null(strstr(diag.text, "no host 99"));
	fa_store_close(store);
}

static int first_baseline(void *arg, const struct fa_baseline *baseline)
{
	int64_t *run = arg;

	assert_string_equal(baseline->name, "good");
	assert_true(baseline->made_ns > 0);
	assert_int_equal(*run, 0); /* there is one */
	*run = baseline->run;
	return 0;
}

static int64_t baseline_of(const char *path)
{
	struct fa_store *store = NULL;
	struct fa_history history = fixture_read(&store, path);
	struct fa_diag diag = {""};
	int64_t run = 0;

	assert_int_equal(history.each_baseline(history.context, first_baseline, &run, &diag), 0);
	fa_store_close(store);
	return run;
}

static void baselines(void **state)
{
	static const char *const bad[] = {"", "a b", "7", "-x", "a'b", "\n"};
	const char *path = fixture_path("b.db");
	int64_t first = make(path), second = make(path), run = 0;
	struct fa_store *store;
	struct fa_diag diag = {""};
	char longest[80];

	(void)state;
	assert_int_equal(fa_store_open(&store, path, FA_STORE_WRITE, &diag), 0);
	assert_int_equal(fa_store_baseline_set(store, "good", &run, &diag), 0);
	assert_int_equal(run, second);
	run = first;
	assert_int_equal(fa_store_baseline_set(store, "good", &run, &diag), 0);
	run = 99;
	assert_int_equal(fa_store_baseline_set(store, "good", &run, &diag), FA_ENOENT);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		run = first;
		assert_int_equal(fa_store_baseline_set(store, bad[i], &run, &diag), FA_EINVAL);
	}
	memset(longest, 'x', sizeof(longest));
	longest[FA_BASELINE_TEXT] = '\0';
	assert_int_equal(fa_store_baseline_check(longest, &diag), FA_EINVAL);
	longest[FA_BASELINE_TEXT - 1] = '\0';
	assert_int_equal(fa_store_baseline_check(longest, &diag), 0);
	fa_store_close(store);
	assert_int_equal(baseline_of(path), first);
	assert_int_equal(fa_store_open(&store, path, FA_STORE_WRITE, &diag), 0);
	assert_int_equal(fa_store_baseline_remove(store, "better", &diag), FA_ENOENT);
	assert_int_equal(fa_store_baseline_remove(store, "good", &diag), 0);
	fa_store_close(store);
	assert_int_equal(baseline_of(path), 0);
}

/* Who is written to cannot be compared with, and what is compared with is not pruned. */
static void baselines_and_others(void **state)
{
	const char *path = fixture_path("o.db");
	int64_t first = make(path), run = 0;
	struct fa_prune_options options = {.now_ns = INT64_MAX / 2, .retain_ns = HOUR};
	struct fa_prune_result result;
	struct fa_store *store = NULL;
	struct fa_diag diag = {""};

	(void)state;
	make(path);
	assert_int_equal(fa_store_open(&store, path, FA_STORE_WRITE, &diag), 0);
	assert_int_equal(fa_store_baseline_set(store, "good", &first, &diag), 0);
	assert_int_equal(fa_store_prune(store, &options, &result, &diag), 0);
	assert_int_equal(result.runs, 1);
	fa_store_close(store);
	assert_int_equal(fixture_sql(path, "SELECT id FROM run"), first);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM conversation"), 3);

	store = fixture_begin(path, &run);
	assert_int_equal(fa_store_baseline_set(store, "running", &run, &diag), FA_EINVAL);
	fa_store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(traffic_of_a_time, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(what_a_row_says, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(baselines, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(baselines_and_others, fixture_setup,
						fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
