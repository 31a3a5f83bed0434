/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Judging in sets: what one window showed counts in the next, nothing gets lost, and what was
 * covered can be taken back.
 */
#include "pipeline/judging.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "audit/stand.h"
#include "base/error.h"

#define JUMP_1 "10.60.0.1"
#define TARGET "10.70.0.1"
#define PHONE  "10.40.0.1"
#define APPLE  "17.1.2.3"

enum { MEMORY = 64 << 20, ROWS_MAX = 4000 };

static struct fa_judging *new_judging(void)
{
	struct fa_judging *judging = NULL;

	assert_int_equal(fa_judging_new(&judging, stand_policy(), NULL, MEMORY), 0);
	fa_judging_set_end(judging, RUN_END);
	return judging;
}

static struct fa_convmap *new_map(void)
{
	struct fa_convmap *map = NULL;

	assert_int_equal(fa_convmap_new(&map, ROWS_MAX), 0);
	return map;
}

static void put(struct fa_convmap *map, int64_t bucket_ns, const struct talk *talk)
{
	struct fa_conversation conv = conversation(talk);
	struct fa_counts *sum = fa_convmap_at(map, bucket_ns, &conv.id);

	assert_non_null(sum);
	fa_counts_add(sum, &conv.counts);
}

/* What came out. */
struct row {
	struct fa_conversation conversation;
	struct fa_judgement judgement;
};

struct rows {
	struct row rows[ROWS_MAX];
	size_t count;
	uint64_t flows;
	size_t fail_at; /* 0: never */
};

static int take(void *context, const struct fa_conversation *conv,
		const struct fa_judgement *judgement)
{
	struct rows *rows = context;

	if (++rows->count == rows->fail_at)
		return FA_EFULL;
	assert_true(rows->count <= ROWS_MAX);
	rows->rows[rows->count - 1] = (struct row){*conv, *judgement};
	rows->flows += conv->counts.flows;
	return 0;
}

static void clear(struct rows *rows)
{
	rows->count = 0;
	rows->flows = 0;
	rows->fail_at = 0;
}

/* As a window of a live capture is judged. */
static void judge(struct fa_judging *judging, const struct fa_convmap *map,
		  const struct fa_convmap *before, struct rows *rows)
{
	clear(rows);
	assert_int_equal(fa_judging_forget(judging), 0);
	assert_int_equal(fa_judging_set(judging, map, before, take, rows), 0);
}

static bool because(const struct fa_judgement *judgement, enum fa_reason reason)
{
	for (size_t i = 0; i < judgement->reason_count; i++)
		if (judgement->reasons[i] == reason)
			return true;
	return false;
}

static struct rows *rows_of(int which)
{
	static struct rows rows[2];

	return &rows[which];
}

/* Evidence in one window, and what it is good for in the next. */
struct pair {
	struct talk first[4], then;
	enum fa_verdict with;
	enum fa_reason reason; /* that only the evidence gives */
};

static const struct pair pairs[] = {
	/* a port chosen at run time, after the mapper told it */
	{{{.client = JUMP_1, .server = TARGET, .port = 135, .protocol = "DCE_RPC",
	   .last_seen_ns = 100 * SECOND}},
	 {.client = JUMP_1, .server = TARGET, .port = 49152, .protocol = "DCE_RPC"},
	 FA_VERDICT_DOCUMENTED, FA_REASON_NEGOTIATED},
	/* a second way, because the first one was tried in vain */
	{{{.client = PHONE, .server = APPLE, .port = 5223, .state = STATE(REFUSED), .empty = true}},
	 {.client = PHONE, .server = APPLE, .port = 443, .protocol = "TLS"},
	 FA_VERDICT_DOCUMENTED, FA_REASON_FALLBACK_NEEDED},
	/* or although it works */
	{{{.client = PHONE, .server = APPLE, .port = 5223, .protocol = "TLS"}},
	 {.client = PHONE, .server = APPLE, .port = 443, .protocol = "TLS"},
	 FA_VERDICT_DISCOURAGED, FA_REASON_FALLBACK_NOT_NEEDED},
	/* what a port speaks otherwise */
	{{{.client = "10.10.0.5", .server = "10.0.1.9", .port = 8243, .protocol = "TLS"}},
	 {.client = "10.10.0.6", .server = "10.0.1.9", .port = 8243},
	 FA_VERDICT_DOCUMENTED, FA_REASON_SAME_PORT_SPOKE},
};

static void evidence_of_the_window_before(void **state)
{
	struct rows *rows = rows_of(0);

	(void)state;
	for (size_t i = 0; i < LENGTH(pairs); i++) {
		struct fa_judging *judging = new_judging();
		struct fa_convmap *first = new_map(), *then = new_map(), *between = new_map();
		enum fa_verdict with;

		for (size_t t = 0; t < LENGTH(pairs[i].first); t++)
			if (pairs[i].first[t].port != 0)
				put(first, 0, &pairs[i].first[t]);
		put(then, 0, &pairs[i].then);
		judge(judging, first, NULL, rows);
		judge(judging, then, first, rows);
		assert_int_equal(rows->count, 1); /* what was before is not judged again */
		with = rows->rows[0].judgement.verdict;
		if (i < 2)
			assert_int_equal(with, pairs[i].with);
		assert_true(because(&rows->rows[0].judgement, pairs[i].reason));
		/* Two windows later it is forgotten. */
		judge(judging, between, then, rows);
		assert_int_equal(rows->count, 0);
		judge(judging, then, between, rows);
		assert_int_equal(rows->count, 1);
		assert_false(because(&rows->rows[0].judgement, pairs[i].reason));
		/* And without any window before. */
		judge(judging, then, NULL, rows);
		assert_false(because(&rows->rows[0].judgement, pairs[i].reason));
		fa_convmap_free(first);
		fa_convmap_free(then);
		fa_convmap_free(between);
		fa_judging_free(judging);
	}
}

/* Who serves may turn out by those who came in the window before. */
static void degree_over_two_windows(void **state)
{
	static const char *const peers[] = {"10.10.0.1", "10.10.0.2", "10.10.0.3", "10.10.0.4"};
	struct fa_judging *judging = new_judging();
	struct fa_convmap *first = new_map(), *then = new_map();
	struct rows *rows = rows_of(0);

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const struct talk talk = {.client = "10.0.1.9", .server = peers[i],
					  .client_port = 7000, .port = (uint16_t)(40000 + i),
					  .by = FA_BY_FIRST_PACKET};

		put(i < 2 ? first : then, 0, &talk);
	}
	/* Another connection of the last one: the same conversation, once it is clear who serves. */
	put(then, 0,
	    &(struct talk){.client = "10.0.1.9", .server = peers[3], .client_port = 7000,
			   .port = 41000, .by = FA_BY_FIRST_PACKET, .flows = 5});
	judge(judging, first, NULL, rows);
	assert_int_equal(rows->count, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(rows->rows[i].conversation.id.direction_by, FA_BY_FIRST_PACKET);
	judge(judging, then, first, rows);
	assert_int_equal(rows->count, 2);
	assert_int_equal(rows->flows, 1 + 1 + 5);
	for (size_t i = 0; i < 2; i++) {
		const struct fa_identity *id = &rows->rows[i].conversation.id;

		assert_int_equal(id->direction_by, FA_BY_DEGREE);
		assert_int_equal(id->server_port, 7000);
		assert_int_equal(id->client_port, 0);
		assert_int_equal(id->server.bytes[3], 9);
	}
	fa_convmap_free(first);
	fa_convmap_free(then);
	fa_judging_free(judging);
}

static uint64_t refused_flows;

static int add_refused(void *context, const struct fa_expectation *expectation)
{
	(void)context;
	if (expectation->state == FA_EXPECT_REFUSED)
		refused_flows += expectation->flows;
	return 0;
}

static uint64_t refused(const struct fa_judging *judging)
{
	refused_flows = 0;
	assert_int_equal(fa_judging_expectations(judging, add_refused, NULL), 0);
	return refused_flows;
}

/* A scanner that goes slowly: what it tried in the window before makes it one. */
static void a_scanner_over_two_windows(void **state)
{
	struct rows *rows = rows_of(0);

	(void)state;
	for (int has_before = 0; has_before < 2; has_before++) {
		struct fa_judging *judging = new_judging();
		struct fa_convmap *first = new_map(), *then = new_map();
		const struct talk try = {.client = "10.10.0.66", .server = "10.0.1.9", .port = 8243,
					 .state = STATE(REFUSED), .empty = true};

		for (uint16_t i = 0; i < 19; i++) {
			const struct talk other = {.client = "10.10.0.66", .server = "10.0.1.9",
						   .port = (uint16_t)(20000 + i),
						   .state = STATE(REFUSED), .empty = true};

			put(first, 0, &other);
		}
		put(then, 0, &try);
		judge(judging, first, NULL, rows);
		assert_int_equal(refused(judging), 0); /* undocumented ports */
		judge(judging, then, has_before ? first : NULL, rows);
		assert_int_equal(refused(judging) > 0, !has_before);
		fa_convmap_free(first);
		fa_convmap_free(then);
		fa_judging_free(judging);
	}
}

#define PICK(array) ((array)[(unsigned)rand_r(seed) % LENGTH(array)])

static struct talk random_talk(unsigned *seed)
{
	static const char *const hosts[] = {JUMP_1,	   TARGET,     PHONE,	    APPLE,
					    "10.10.0.1",   "10.10.0.2", "10.0.1.9", "10.0.2.9",
					    "10.20.0.1",   "192.0.2.1", "10.70.0.2", "10.0.1.10"};
	static const uint16_t ports[] = {135,  137,  21,   443,	 5223,	8243,  22,    53,
					 7000, 9443, 7700, 2120, 49152, 50001, 12345, 40000};
	static const char *const protocols[] = {NULL,  NULL,  "TLS",	  "DCE_RPC",	 "SSH",
						"RDP", "DNS", "FTP_DATA", "FTP_CONTROL", "HTTP"};
	struct talk talk = {.client = PICK(hosts), .server = PICK(hosts), .port = PICK(ports),
			    .protocol = PICK(protocols)};
	int what = rand_r(seed) % 10;

	talk.last_seen_ns = (1 + rand_r(seed) % 900) * SECOND;
	talk.flows = 1 + (unsigned)rand_r(seed) % 3;
	if (rand_r(seed) % 4 == 0)
		talk.transport = UDP;
	if (what < 4) {
		talk.by = FA_BY_FIRST_PACKET;
		talk.client_port = PICK(ports);
	} else if (what < 6 && talk.transport == 0) {
		talk.state = what == 4 ? STATE(REFUSED) : STATE(ATTEMPTED);
		talk.protocol = NULL;
		talk.empty = true;
	}
	return talk;
}

static bool same(const struct row *a, const struct row *b)
{
	return fa_identity_compare(&a->conversation.id, &b->conversation.id) == 0 &&
	       memcmp(&a->conversation.counts, &b->conversation.counts,
		      sizeof(a->conversation.counts)) == 0 &&
	       a->judgement.verdict == b->judgement.verdict &&
	       a->judgement.rule == b->judgement.rule &&
	       a->judgement.instance == b->judgement.instance &&
	       a->judgement.nearest == b->judgement.nearest &&
	       a->judgement.reason_count == b->judgement.reason_count &&
	       memcmp(a->judgement.reasons, b->judgement.reasons,
		      a->judgement.reason_count * sizeof(a->judgement.reasons[0])) == 0 &&
	       strcmp(a->judgement.detail, b->judgement.detail) == 0;
}

/*
 * At random: the second of two windows gets, row for row, the verdicts that it gets when both are
 * one set; and whatever is given comes out, no flow less and none more.
 */
static void two_windows_are_as_one(void **state)
{
	struct rows *together = rows_of(0), *apart = rows_of(1);
	size_t verdicts[FA_VERDICT_COUNT] = {0};
	size_t by_degree = 0;

	(void)state;
	for (unsigned round = 1; round <= 150; round++) {
		struct fa_judging *judging = new_judging();
		struct fa_convmap *first = new_map(), *then = new_map(), *both = new_map();
		unsigned seed = round;
		uint64_t given[2] = {0, 0};
		size_t compared = 0;

		for (unsigned i = 0; i < 20 + round; i++) {
			struct talk talk = random_talk(&seed);
			bool late = rand_r(&seed) % 2 != 0;

			put(late ? then : first, late ? SECOND : 0, &talk);
			put(both, late ? SECOND : 0, &talk);
			given[late] += talk.flows;
		}
		judge(judging, both, NULL, together);
		assert_int_equal(together->flows, given[0] + given[1]);
		judge(judging, first, NULL, apart);
		assert_int_equal(apart->flows, given[0]);
		judge(judging, then, first, apart);
		assert_int_equal(apart->flows, given[1]);
		for (size_t i = 0; i < together->count; i++) {
			const struct row *row = &together->rows[i];
			size_t found = 0;

			if (row->conversation.bucket_ns == 0)
				continue;
			compared++;
			for (size_t j = 0; j < apart->count; j++)
				found += same(row, &apart->rows[j]);
			assert_int_equal(found, 1);
			verdicts[row->judgement.verdict]++;
			by_degree += row->conversation.id.direction_by == FA_BY_DEGREE;
		}
		assert_int_equal(compared, apart->count);
		assert_false(fa_judging_is_full(judging));
		fa_convmap_free(first);
		fa_convmap_free(then);
		fa_convmap_free(both);
		fa_judging_free(judging);
	}
	/* There was something to compare. */
	assert_true(by_degree > 20);
	assert_true(verdicts[FA_VERDICT_DOCUMENTED] > 20 && verdicts[FA_VERDICT_UNDOCUMENTED] > 20 &&
		    verdicts[FA_VERDICT_REFUSED] > 20 && verdicts[FA_VERDICT_INDETERMINATE] > 20 &&
		    verdicts[FA_VERDICT_WRONG_PROTOCOL] > 20);
}

struct expected {
	struct fa_expectation items[400];
	size_t count;
};

static int keep_expectation(void *context, const struct fa_expectation *expectation)
{
	struct expected *expected = context;

	assert_true(expected->count < LENGTH(expected->items));
	expected->items[expected->count++] = *expectation;
	return 0;
}

static void expectations(const struct fa_judging *judging, struct expected *out)
{
	memset(out, 0, sizeof(*out));
	assert_int_equal(fa_judging_expectations(judging, keep_expectation, out), 0);
	assert_true(out->count > 10);
}

static bool expect_alike(const struct expected *a, const struct expected *b)
{
	for (size_t i = 0; i < a->count; i++) {
		const struct fa_expectation *x = &a->items[i], *y = &b->items[i];

		if (x->rule != y->rule || x->place != y->place || x->state != y->state ||
		    x->conversations != y->conversations || x->flows != y->flows ||
		    strcmp(x->evidence, y->evidence) != 0)
			return false;
	}
	return a->count == b->count;
}

static struct fa_convmap *random_map(unsigned seed)
{
	struct fa_convmap *map = new_map();

	for (int i = 0; i < 1000; i++) {
		struct talk talk = random_talk(&seed);

		put(map, 0, &talk);
	}
	return map;
}

/* A transaction fails, any number of times, and its window is judged again, perhaps with more. */
static void what_was_covered_can_be_taken_back(void **state)
{
	static struct expected nothing, at_mark, after, again;
	struct rows *rows = rows_of(0);

	(void)state;
	for (unsigned round = 1; round <= 20; round++) {
		struct fa_judging *judging = new_judging();
		struct fa_convmap *first = random_map(round), *then = random_map(1000 + round),
				  *other = random_map(2000 + round);

		expectations(judging, &nothing);
		fa_judging_back(judging); /* without a mark */
		judge(judging, first, NULL, rows);
		fa_judging_back(judging);
		expectations(judging, &at_mark);
		assert_false(expect_alike(&at_mark, &nothing));
		assert_int_equal(fa_judging_mark(judging), 0);
		judge(judging, then, first, rows);
		expectations(judging, &after);
		assert_false(expect_alike(&after, &at_mark));
		for (int i = 0; i < 3; i++) {
			fa_judging_back(judging);
			expectations(judging, &again);
			assert_true(expect_alike(&again, &at_mark));
			judge(judging, i == 1 ? other : then, first, rows);
		}
		expectations(judging, &again);
		assert_true(expect_alike(&again, &after));
		/* A later mark takes the place of the first. */
		assert_int_equal(fa_judging_mark(judging), 0);
		judge(judging, other, then, rows);
		fa_judging_back(judging);
		expectations(judging, &again);
		assert_true(expect_alike(&again, &after));
		assert_int_equal(fa_judging_restart(judging, stand_policy(), NULL), 0);
		expectations(judging, &again);
		assert_true(expect_alike(&again, &nothing));
		fa_judging_back(judging); /* the mark was of the run before */
		expectations(judging, &again);
		assert_true(expect_alike(&again, &nothing));
		fa_convmap_free(first);
		fa_convmap_free(then);
		fa_convmap_free(other);
		fa_judging_free(judging);
	}
}

/* DNS answers outlive windows and runs, until they are too old. */
static void names_live_on(void **state)
{
	struct fa_judging *judging = new_judging();
	struct fa_convmap *map = new_map();
	const struct talk talk = {.client = "10.50.0.7", .server = "192.0.2.77", .port = 443,
				  .protocol = "TLS"};
	struct rows *rows = rows_of(0);
	struct fa_name_answer answer;

	(void)state;
	memset(&answer, 0, sizeof(answer));
	answer.ts_ns = 900 * SECOND;
	answer.ttl_s = 600;
	fa_addr_parse("10.50.0.7", &answer.client);
	fa_addr_parse("10.0.0.53", &answer.resolver);
	fa_addr_parse("192.0.2.77", &answer.address);
	strcpy(answer.host, "app.example.com");
	put(map, 0, &talk);
	judge(judging, map, NULL, rows);
	assert_false(because(&rows->rows[0].judgement, FA_REASON_HOST_BY_DNS));
	assert_int_equal(fa_judging_name(judging, &answer), 0);
	for (int i = 0; i < 3; i++) {
		judge(judging, map, NULL, rows);
		assert_true(because(&rows->rows[0].judgement, FA_REASON_HOST_BY_DNS));
		assert_int_equal(fa_judging_restart(judging, stand_policy(), NULL), 0);
		fa_judging_set_end(judging, RUN_END);
		assert_int_equal(fa_judging_age(judging, 901 * SECOND), 0); /* still good then */
	}
	assert_int_equal(fa_judging_age(judging, 900 * SECOND + 3 * 86400 * SECOND), 0);
	judge(judging, map, NULL, rows);
	assert_false(because(&rows->rows[0].judgement, FA_REASON_HOST_BY_DNS));
	fa_convmap_free(map);
	fa_judging_free(judging);
}

static void whoever_takes_may_end_it(void **state)
{
	struct fa_judging *judging = new_judging();
	struct fa_convmap *map = random_map(1);
	struct rows *rows = rows_of(0);
	size_t all;

	(void)state;
	judge(judging, map, NULL, rows);
	all = rows->count;
	for (size_t i = 1; i <= all; i += 1 + all / 50) {
		clear(rows);
		rows->fail_at = i;
		assert_int_equal(fa_judging_forget(judging), 0);
		assert_int_equal(fa_judging_set(judging, map, NULL, take, rows), FA_EFULL);
		assert_int_equal(rows->count, i);
	}
	fa_convmap_free(map);
	fa_judging_free(judging);
}

/* More ends than the least memory remembers; the window after starts with room again. */
static void more_than_there_is_room_for(void **state)
{
	struct fa_judging *judging = NULL;
	struct fa_convmap *map = new_map(), *few = random_map(1);
	struct rows *rows = rows_of(0);
	char server[40];

	(void)state;
	assert_int_equal(fa_judging_new(&judging, stand_policy(), NULL, 0), 0);
	fa_judging_set_end(judging, RUN_END);
	for (int half = 0; half < 4; half++) {
		fa_convmap_clear(map);
		for (int i = 0; i < 3500; i++) {
			const struct talk talk = {.server = server, .port = 4000};

			snprintf(server, sizeof(server), "10.%d.%d.%d", 100 + half, i / 250,
				 i % 250);
			put(map, 0, &talk);
		}
		clear(rows);
		assert_int_equal(fa_judging_set(judging, map, NULL, take, rows), 0);
		assert_int_equal(rows->count, 3500);
	}
	assert_true(fa_judging_is_full(judging));
	judge(judging, few, NULL, rows);
	assert_false(fa_judging_is_full(judging));
	assert_true(fa_judging_room(0) >= 10000);
	assert_true(fa_judging_room((uint64_t)1 << 30) > fa_judging_room((uint64_t)1 << 28));
	fa_convmap_free(map);
	fa_convmap_free(few);
	fa_judging_free(judging);
	fa_judging_free(NULL);
}

static int setup(void **state)
{
	(void)state;
	alarm(100);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evidence_of_the_window_before),
		cmocka_unit_test(degree_over_two_windows),
		cmocka_unit_test(a_scanner_over_two_windows),
		cmocka_unit_test(two_windows_are_as_one),
		cmocka_unit_test(what_was_covered_can_be_taken_back),
		cmocka_unit_test(names_live_on),
		cmocka_unit_test(whoever_takes_may_end_it),
		cmocka_unit_test(more_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
