/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sources, nights, and which of them are missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "report/nights.h"

#define HOUR (3600 * FA_NS_PER_SECOND)
#define DAY  (24 * HOUR)
/* 2026-03-01T00:00:00Z */
#define BEGIN (1772323200 * FA_NS_PER_SECOND)

/* --- Names of sources --- */

static void key_of(enum fa_run_kind kind, const char *source, bool wide, char key[FA_SOURCE_KEY])
{
	struct fa_run_info info = {.kind = kind};

	snprintf(info.source, sizeof(info.source), "%s", source);
	fa_source_key(&info, wide, key);
}

static bool same(enum fa_run_kind kind, const char *a, const char *b, bool wide)
{
	static char keys[2][FA_SOURCE_KEY];

	key_of(kind, a, wide, keys[0]);
	key_of(kind, b, wide, keys[1]);
	return strcmp(keys[0], keys[1]) == 0;
}

static void test_dates_and_folders(void **state)
{
	static const struct {
		const char *a, *b;
	} rows[] = {
		{"tap-20261121.pcap", "tap-20261122.pcap"},
		{"/data/2026-11-21/tap.pcap", "/data/2026-11-22/tap.pcap"},
		{"tap-2026-11-21T22_00.pcap.gz", "tap-2026-11-22T22_05.pcap.zst"},
		{"night1/tap.pcap", "night2/tap.pcap"},
		{"tap.1763762400.pcap", "tap.1763848800.pcap"},
		{"captures/20261121/", "captures/20261122"},
		/* Pieces of a night, of which there may be another number. */
		{"n1/tap-01.pcap n1/tap-02.pcap", "n2/tap-01.pcap n2/tap-02.pcap n2/tap-03.pcap"},
		{"-", "-"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!same(FA_RUN_REPLAY, rows[i].a, rows[i].b, false))
			fail_msg("%s and %s are of one source", rows[i].a, rows[i].b);
}

static void test_other_sources(void **state)
{
	static const struct {
		const char *a, *b;
		bool wide; /* the same when every number goes */
	} rows[] = {
		{"tap1-20261121.pcap", "tap2-20261121.pcap", true},
		{"tap-10.0.0.5.pcap", "tap-10.0.0.6.pcap", true},
		{"svc-8443.pcap", "svc-9443.pcap", true},
		{"dc1/tap.pcap", "dc1/wan.pcap", false},
		{"tap.pcap", "tap.pcap wan.pcap", false},
		{"-", "tap.pcap", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (same(FA_RUN_REPLAY, rows[i].a, rows[i].b, false))
			fail_msg("%s and %s are two sources", rows[i].a, rows[i].b);
		if (same(FA_RUN_REPLAY, rows[i].a, rows[i].b, true) != rows[i].wide)
			fail_msg("%s and %s without numbers", rows[i].a, rows[i].b);
	}
}

static void test_interfaces_are_as_they_are(void **state)
{
	(void)state;
	assert_true(same(FA_RUN_LIVE, "eth1", "eth1", true));
	assert_false(same(FA_RUN_LIVE, "eth1", "eth2", true));
	assert_false(same(FA_RUN_LIVE, "enp20261121", "enp20261122", false));
}

static void test_filters_and_kinds_are_kept(void **state)
{
	struct fa_run_info a = {.kind = FA_RUN_REPLAY, .source = "tap.pcap", .filter = "tcp"};
	struct fa_run_info b = {.kind = FA_RUN_REPLAY, .source = "tap.pcap", .filter = "udp"};
	static char keys[2][FA_SOURCE_KEY];

	(void)state;
	fa_source_key(&a, true, keys[0]);
	fa_source_key(&b, true, keys[1]);
	assert_string_not_equal(keys[0], keys[1]);
	b = a;
	b.kind = FA_RUN_LIVE;
	fa_source_key(&b, true, keys[1]);
	assert_string_not_equal(keys[0], keys[1]);
}

static void test_a_cut_list(void **state)
{
	struct fa_run_info a = {.kind = FA_RUN_REPLAY};
	struct fa_run_info b = {.kind = FA_RUN_REPLAY};
	static char keys[2][FA_SOURCE_KEY];

	(void)state;
	/* The list ends in the middle of a name, and elsewhere on the other night. */
	for (size_t i = 0; strlen(a.source) + 1 < sizeof(a.source); i++)
		strncat(a.source, "a/tap-20261121.pcap ", sizeof(a.source) - strlen(a.source) - 1);
	for (size_t i = 0; strlen(b.source) + 1 < sizeof(b.source); i++)
		strncat(b.source, "bb/tap-20261122.pcap ", sizeof(b.source) - strlen(b.source) - 1);
	fa_source_key(&a, false, keys[0]);
	fa_source_key(&b, false, keys[1]);
	assert_string_equal(keys[0], keys[1]);
}

static void test_patterns(void **state)
{
	(void)state;
	assert_true(fa_source_matches("tap", "/data/tap-1.pcap"));
	assert_true(fa_source_matches("*tap-?.pcap", "/data/tap-1.pcap"));
	assert_false(fa_source_matches("tap-?", "/data/tap-1.pcap"));
	assert_false(fa_source_matches("wan", "/data/tap-1.pcap"));
}

/* --- Nights --- */

struct seen {
	enum fa_run_kind kind;
	const char *source;
	int64_t begin_ns, end_ns;
	uint64_t packets;
	enum fa_run_end end;
};

struct store {
	const struct seen *runs;
	size_t count;
};

static int each_run(void *context, int (*fn)(void *arg, const struct fa_stored_run *), void *arg,
		    struct fa_diag *diag)
{
	const struct store *store = context;
	int error = 0;

	(void)diag;
	for (size_t i = 0; error == 0 && i < store->count; i++) {
		const struct seen *seen = &store->runs[i];
		struct fa_stored_run run = {.id = (int64_t)i + 1, .begun_ns = seen->begin_ns};

		run.info.kind = seen->kind;
		snprintf(run.info.source, sizeof(run.info.source), "%s", seen->source);
		run.totals.end = seen->end;
		run.totals.capture.packets = seen->packets;
		run.totals.capture.first_ns = seen->begin_ns;
		run.totals.capture.last_ns = seen->end_ns;
		error = fn(arg, &run);
	}
	return error;
}

struct stand {
	struct fa_run_list list;
	struct fa_nights nights;
};

/* The nights of the source of run LIKE, or of all sources. */
static void make(struct stand *stand, const struct seen *runs, size_t count, int64_t like)
{
	struct store store = {runs, count};
	const struct fa_history history = {.context = &store, .each_run = each_run};
	const struct fa_source_wish wish = {NULL, like == 0};
	struct fa_diag diag = {""};

	assert_int_equal(fa_run_list_read(&stand->list, &history, &diag), 0);
	assert_int_equal(fa_nights_make(&stand->nights, &stand->list, &wish,
					like == 0 ? NULL : fa_run_list_find(&stand->list, like)),
			 0);
}

static void unmake(struct stand *stand)
{
	fa_nights_deinit(&stand->nights);
	fa_run_list_deinit(&stand->list);
}

#define MAKE(stand, runs, like) make(stand, runs, sizeof(runs) / sizeof((runs)[0]), like)

static struct seen replay(const char *source, int64_t begin_ns)
{
	return (struct seen){FA_RUN_REPLAY,    source, begin_ns, begin_ns + HOUR,
			     (uint64_t)begin_ns / HOUR, FA_RUN_COMPLETE};
}

static struct seen live(int64_t begin_ns, enum fa_run_end end)
{
	return (struct seen){FA_RUN_LIVE, "eth1", begin_ns, begin_ns + HOUR / 2, 1, end};
}

static void test_nights_by_packets(void **state)
{
	/* Read in any order; another source between them. */
	const struct seen runs[] = {
		replay("tap-20260302.pcap", BEGIN + DAY),
		replay("wan-20260301.pcap", BEGIN),
		replay("tap-20260301.pcap", BEGIN),
	};
	struct stand stand;

	(void)state;
	MAKE(&stand, runs, 1);
	assert_int_equal(stand.nights.count, 2);
	assert_int_equal(stand.nights.runs[0]->id, 3);
	assert_int_equal(stand.nights.runs[1]->id, 1);
	assert_int_equal(fa_nights_of(&stand.nights, fa_run_list_find(&stand.list, 1)), 1);
	assert_true(fa_nights_of(&stand.nights, fa_run_list_find(&stand.list, 2)) == SIZE_MAX);
	unmake(&stand);
	MAKE(&stand, runs, 0);
	assert_int_equal(stand.nights.count, 3);
	unmake(&stand);
}

static void test_numbers_only_when_needed(void **state)
{
	const struct seen near[] = {
		replay("tap1-20260301.pcap", BEGIN),
		replay("tap2-20260301.pcap", BEGIN + 1),
		replay("tap1-20260302.pcap", BEGIN + DAY),
	};
	const struct seen far[] = {
		replay("night1.pcap", BEGIN),
		replay("night2.pcap", BEGIN + DAY),
	};
	struct stand stand;

	(void)state;
	MAKE(&stand, near, 3);
	assert_int_equal(stand.nights.count, 2);
	assert_int_equal(stand.nights.runs[0]->id, 1);
	assert_false(stand.nights.is_wide);
	unmake(&stand);
	MAKE(&stand, far, 2);
	assert_int_equal(stand.nights.count, 2);
	assert_true(stand.nights.is_wide);
	unmake(&stand);
}

static void test_the_same_packets_twice(void **state)
{
	struct seen runs[] = {
		replay("tap-20260301.pcap", BEGIN),
		replay("a/tap-20260302.pcap", BEGIN + DAY),
		replay("tap-20260302.pcap", BEGIN + DAY),
		replay("tap-20260302.pcap", BEGIN + DAY),
	};
	struct stand stand;

	(void)state;
	MAKE(&stand, runs, 4);
	assert_int_equal(stand.nights.count, 2);
	assert_int_equal(stand.nights.runs[1]->id, 4);
	assert_int_equal(stand.list.items[1].replaced_by, 4);
	assert_int_equal(stand.list.items[2].replaced_by, 4);
	unmake(&stand);
	/* Who asks for the earlier one gets it. */
	MAKE(&stand, runs, 2);
	assert_int_equal(stand.nights.count, 2);
	assert_int_equal(stand.nights.runs[1]->id, 2);
	unmake(&stand);
	/* Another packet is another night. */
	runs[2].packets++;
	MAKE(&stand, runs, 4);
	assert_int_equal(stand.list.items[2].replaced_by, 0);
	unmake(&stand);
	/* So is another source, though it saw the same. */
	runs[2] = replay("wan-20260302.pcap", BEGIN + DAY);
	MAKE(&stand, runs, 1);
	assert_int_equal(stand.list.items[2].replaced_by, 0);
	unmake(&stand);
	runs[2] = runs[3];
	runs[1] = replay("wan-20260302.pcap", BEGIN + DAY);
	runs[0] = runs[1];
	runs[0].source = "zap-20260302.pcap";
	MAKE(&stand, runs, 4);
	assert_int_equal(stand.list.items[0].replaced_by, 0);
	assert_int_equal(stand.list.items[1].replaced_by, 0);
	unmake(&stand);
	runs[0] = replay("tap-20260301.pcap", BEGIN);
	runs[1] = replay("a/tap-20260302.pcap", BEGIN + DAY);
	/* What failed on the way replaces nothing. */
	runs[2] = runs[3];
	runs[3].end = FA_RUN_UNFINISHED;
	MAKE(&stand, runs, 3);
	assert_int_equal(stand.list.items[1].replaced_by, 3);
	assert_int_equal(stand.list.items[2].replaced_by, 0);
	unmake(&stand);
}

static void test_a_day_of_several_runs(void **state)
{
	const struct seen runs[] = {
		live(BEGIN, FA_RUN_COMPLETE),
		live(BEGIN + DAY, FA_RUN_COMPLETE),
		live(BEGIN + DAY + 14 * HOUR, FA_RUN_COMPLETE), /* a reload */
		live(BEGIN + 2 * DAY, FA_RUN_COMPLETE),
		live(BEGIN + 3 * DAY, FA_RUN_UNFINISHED),
	};
	struct stand stand;

	(void)state;
	MAKE(&stand, runs, 4);
	assert_int_equal(stand.nights.count, 4);
	assert_int_equal(stand.nights.items[1].count, 2);
	assert_int_equal(fa_nights_usual(&stand.nights, 3), DAY);
	unmake(&stand);
}

static void test_hours_are_nights(void **state)
{
	struct seen runs[30];
	struct stand stand;

	(void)state;
	for (int i = 0; i < 30; i++)
		runs[i] = live(BEGIN + i * HOUR, FA_RUN_COMPLETE);
	MAKE(&stand, runs, 30);
	assert_int_equal(stand.nights.count, 30);
	assert_int_equal(fa_nights_usual(&stand.nights, 29), HOUR);
	unmake(&stand);
}

/* --- What is usual, and what is missing --- */

static int64_t usual_of(const int64_t *begins, size_t count)
{
	struct seen runs[32];
	struct stand stand;
	int64_t usual;

	for (size_t i = 0; i < count; i++)
		runs[i] = replay("tap.pcap", BEGIN + begins[i]);
	make(&stand, runs, count, (int64_t)count);
	assert_int_equal(stand.nights.count, count);
	usual = fa_nights_usual(&stand.nights, count - 1);
	unmake(&stand);
	return usual;
}

static void test_usual(void **state)
{
	/* The last distance is not one of them; one pause does not matter. */
	const int64_t daily[] = {0, DAY, 2 * DAY, 3 * DAY, 7 * DAY, 8 * DAY, 20 * DAY};
	const int64_t few[] = {0, DAY, 2 * DAY};
	const int64_t wild[] = {0, HOUR, 3 * DAY, 3 * DAY + 5 * HOUR, 9 * DAY, 12 * DAY};

	(void)state;
	assert_int_equal(usual_of(daily, 7), DAY);
	assert_int_equal(usual_of(few, 3), 0);
	assert_int_equal(usual_of(wild, 6), 0);
}

static void test_missing(void **state)
{
	int64_t out[4] = {0};

	(void)state;
	assert_int_equal(fa_nights_missing(DAY, 0, DAY, out, 4), 0);
	assert_int_equal(fa_nights_missing(DAY, 0, DAY + DAY / 2, out, 4), 0);
	assert_int_equal(fa_nights_missing(DAY, 0, DAY + DAY / 2 + 1, out, 4), 1);
	assert_int_equal(fa_nights_missing(DAY, 0, 2 * DAY, out, 4), 1);
	assert_int_equal(out[0], DAY);
	assert_int_equal(fa_nights_missing(DAY, 0, 2 * DAY + HOUR, out, 4), 1);
	assert_int_equal(fa_nights_missing(DAY, 0, 3 * DAY - HOUR, out, 4), 2);
	assert_int_equal(out[1], 2 * DAY);
	assert_int_equal(fa_nights_missing(DAY, 0, 100 * DAY, out, 4), 99);
	assert_int_equal(out[3], 4 * DAY);
	/* Not known, too often to be missed, out of order, and as far as time goes. */
	assert_int_equal(fa_nights_missing(0, 0, 100 * DAY, out, 4), 0);
	assert_int_equal(fa_nights_missing(FA_NS_PER_SECOND, 0, DAY, out, 4), 0);
	assert_int_equal(fa_nights_missing(DAY, DAY, 0, out, 4), 0);
	assert_int_equal(fa_nights_missing(DAY, INT64_MIN, INT64_MAX, out, 4), 0);
}

static void test_text(void **state)
{
	char text[FA_NIGHT_TEXT];

	(void)state;
	assert_string_equal(fa_night_text(BEGIN + 2 * HOUR, DAY, text), "2026-03-01");
	assert_string_equal(fa_night_text(BEGIN + 2 * HOUR, 0, text), "2026-03-01");
	assert_string_equal(fa_night_text(BEGIN + 2 * HOUR, HOUR, text), "2026-03-01 02:00");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dates_and_folders),
		cmocka_unit_test(test_other_sources),
		cmocka_unit_test(test_interfaces_are_as_they_are),
		cmocka_unit_test(test_filters_and_kinds_are_kept),
		cmocka_unit_test(test_a_cut_list),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_nights_by_packets),
		cmocka_unit_test(test_numbers_only_when_needed),
		cmocka_unit_test(test_the_same_packets_twice),
		cmocka_unit_test(test_a_day_of_several_runs),
		cmocka_unit_test(test_hours_are_nights),
		cmocka_unit_test(test_usual),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
