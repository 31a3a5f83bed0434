/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stored runs saw of openings: which runs are asked, and what is made of their answers. */
#include "site/openings.h"
#include "site/place.h"

#include "audit/usage.h"

#define DAY_NS	 (86400ll * 1000000000ll)
#define FIRST_NS (20000ll * DAY_NS)

/* What a run says of a rule at a place. */
struct said {
	int64_t run;
	const char *rule, *instance, *place;
	enum fa_expectation_state state;
};

/* A history that has runs and expectations, and nothing else. */
struct past {
	struct fa_stored_run runs[8];
	size_t run_count;
	const struct said *said;
	size_t said_count;
	size_t asked; /* for how many runs expectations were read */
};

static int each_run(void *context, int (*fn)(void *arg, const struct fa_stored_run *), void *arg,
		    struct fa_diag *diag)
{
	const struct past *past = context;

	(void)diag;
	for (size_t i = 0; i < past->run_count; i++) {
		int stop = fn(arg, &past->runs[i]);

		if (stop != 0)
			return stop;
	}
	return 0;
}

static int each_expectation(void *context, int64_t run,
			    int (*fn)(void *arg, const struct fa_stored_expectation *), void *arg,
			    struct fa_diag *diag)
{
	struct past *past = context;

	(void)diag;
	past->asked++;
	for (size_t i = 0; i < past->said_count; i++) {
		const struct said *said = &past->said[i];
		const struct fa_stored_expectation expectation = {.rule.id = said->rule,
								  .instance = said->instance,
								  .place = said->place,
								  .state = said->state};
		int stop = said->run == run ? fn(arg, &expectation) : 0;

		if (stop != 0)
			return stop;
	}
	return 0;
}

/* A day without losses, of the site of the bench. */
static struct fa_stored_run *add_run(struct past *past, enum fa_run_kind kind, const char *source)
{
	struct fa_stored_run *run = &past->runs[past->run_count++];
	struct fa_capture_counts *capture = &run->totals.capture;

	memset(run, 0, sizeof(*run));
	run->id = (int64_t)past->run_count;
	run->info.kind = kind;
	snprintf(run->info.source, sizeof(run->info.source), "%s", source);
	snprintf(run->site.name, sizeof(run->site.name), "s");
	capture->packets = 1000;
	capture->results[FA_DECODE_DECODED] = 1000;
	capture->first_ns = FIRST_NS + run->id * DAY_NS;
	capture->last_ns = capture->first_ns + DAY_NS / 2;
	run->totals.end = FA_RUN_COMPLETE;
	return run;
}

struct bench {
	struct fa_rulebook book;
	struct fa_site site;
	struct fa_policy policy;
	struct fa_openings openings;
	struct past past;
	struct fa_history history;
	struct fa_usage usage;
	struct fa_diag diag;
};

static const char site_text[] =
	"format: 1\nsite: s\ninstances:\n"
	"  - {name: one, product: store, roles: {web: [10.0.0.1, 10.0.0.2], client: any}}\n"
	"  - {name: two, product: store, roles: {web: [10.0.0.3], client: any}}\n";

static void bench_init(struct bench *bench, const struct said *said, size_t said_count)
{
	struct heard heard;

	memset(bench, 0, sizeof(*bench));
	load_book(&bench->book);
	assert_int_equal(parse_site(site_text, NULL, &bench->book, &heard, &bench->site), 0);
	assert_int_equal(fa_site_bind(&bench->site, &bench->book, &bench->policy), 0);
	assert_int_equal(fa_openings_make(&bench->policy, &bench->openings), 0);
	bench->past.said = said;
	bench->past.said_count = said_count;
	bench->history = (struct fa_history){.context = &bench->past,
					     .each_run = each_run,
					     .each_expectation = each_expectation};
}

static int ask(struct bench *bench, size_t runs)
{
	memset(&bench->diag, 0, sizeof(bench->diag));
	return fa_usage_read(&bench->usage, &bench->openings, &bench->history, runs, &bench->diag);
}

static void bench_deinit(struct bench *bench)
{
	fa_usage_deinit(&bench->usage);
	fa_openings_deinit(&bench->openings);
	fa_policy_deinit(&bench->policy);
	fa_site_deinit(&bench->site);
	fa_rulebook_deinit(&bench->book);
}

/* What is known of a rule of an instance; every opening of the rule has the same. */
static const struct fa_use *use_of(const struct bench *bench, const char *rule,
				   const char *instance)
{
	for (size_t i = 0; i < bench->openings.count; i++) {
		const struct fa_binding *binding = bench->openings.items[i].binding;

		if (strcmp(binding->rule->id, rule) == 0 && binding->instance != NULL &&
		    strcmp(binding->instance->name, instance) == 0)
			return &bench->usage.uses[i];
	}
	fail_msg("no opening of %s", rule);
	return NULL;
}

#define GATE	     "store/c/gate"
#define SEEN	     FA_EXPECT_SEEN
#define UNSEEN	     FA_EXPECT_UNSEEN
#define REFUSED	     FA_EXPECT_REFUSED
#define NOT	     FA_EXPECT_NOT_OBSERVABLE
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_counts(void **state)
{
	static const struct said said[] = {
		{1, GATE, "one", "10.0.0.1", SEEN},
		{1, GATE, "two", "10.0.0.3", UNSEEN},
		{2, GATE, "one", "10.0.0.1", UNSEEN},
		{2, GATE, "two", "10.0.0.3", NOT},
		{3, GATE, "one", "10.0.0.1", UNSEEN},
		{3, GATE, "one", "10.0.0.2", NOT},
		{3, GATE, "two", "10.0.0.3", REFUSED},
		{3, "store/c/https", "one", "10.0.0.1", SEEN},
		{3, "store/c/https", "one", "10.0.0.2", UNSEEN},
		{3, "store/c/gone", "one", "10.0.0.1", SEEN},
		{3, GATE, "gone", "10.0.0.1", SEEN},
		{1, "store/c/https", "one", "10.0.0.1", UNSEEN},
		{3, "store/c/https", "two", "10.0.0.3", UNSEEN},
	};
	const struct fa_use *use;
	struct bench bench;

	(void)state;
	bench_init(&bench, said, COUNT(said));
	for (unsigned i = 0; i < 3; i++)
		add_run(&bench.past, FA_RUN_LIVE, "eth1");
	assert_int_equal(ask(&bench, 2), 0);
	assert_int_equal(bench.usage.run_count, 2);
	assert_int_equal(bench.usage.runs[0].id, 2);
	assert_string_equal(bench.usage.source, "eth1");
	/* not in the two newest, but in the one before, which tells since when */
	use = use_of(&bench, GATE, "one");
	assert_int_equal(use->observable, 2);
	assert_int_equal(use->seen, 0);
	assert_true(fa_use_is_idle(use));
	assert_true(use->last_seen_ns == FIRST_NS + DAY_NS + DAY_NS / 2);
	assert_true(use->since_ns == FIRST_NS + 2 * DAY_NS);
	/* tried is not unused */
	use = use_of(&bench, GATE, "two");
	assert_int_equal(use->observable, 1);
	assert_int_equal(use->refused, 1);
	assert_false(fa_use_is_idle(use));
	/* used at one place and not at the other */
	use = use_of(&bench, "store/c/https", "one");
	assert_int_equal(use->seen, 1);
	assert_string_equal(use->idle, "10.0.0.2");
	assert_true(use->since_ns == 0); /* what was before the last use is no matter */
	/* nobody said anything */
	use = use_of(&bench, "store/c/fixed", "one");
	assert_int_equal(use->observable, 0);
	assert_false(fa_use_is_idle(use));
	bench_deinit(&bench);
}

/* Runs before those that are asked are only read while a last use is missing. */
static void test_no_more_than_needed(void **state)
{
	static const struct said said[] = {{4, GATE, "one", "10.0.0.1", UNSEEN},
					   {3, GATE, "one", "10.0.0.1", SEEN}};
	struct bench bench;

	(void)state;
	bench_init(&bench, said, COUNT(said));
	for (unsigned i = 0; i < 4; i++)
		add_run(&bench.past, FA_RUN_LIVE, "eth1");
	assert_int_equal(ask(&bench, 1), 0);
	assert_int_equal(bench.past.asked, 2);
	assert_int_equal(use_of(&bench, GATE, "one")->observable, 1);
	bench_deinit(&bench);
}

/* The source of the newest run with this site, whatever else is in the database. */
static void test_which_runs(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench, NULL, 0);
	add_run(&bench.past, FA_RUN_LIVE, "eth1");
	add_run(&bench.past, FA_RUN_REPLAY, "monday.pcap");
	snprintf(add_run(&bench.past, FA_RUN_LIVE, "eth1")->site.name, 8, "other");
	add_run(&bench.past, FA_RUN_LIVE, "eth2");
	add_run(&bench.past, FA_RUN_LIVE, "eth1");
	snprintf(add_run(&bench.past, FA_RUN_LIVE, "eth2")->site.name, 8, "other");
	assert_int_equal(ask(&bench, 9), 0);
	assert_int_equal(bench.usage.run_count, 2);
	assert_int_equal(bench.usage.runs[0].id, 1);
	assert_int_equal(bench.usage.runs[1].id, 5);
	fa_usage_deinit(&bench.usage);
	/* recordings of a site are one source under any name */
	add_run(&bench.past, FA_RUN_REPLAY, "tuesday.pcap");
	assert_int_equal(ask(&bench, 9), 0);
	assert_int_equal(bench.usage.run_count, 2);
	assert_int_equal(bench.usage.runs[0].id, 2);
	assert_int_equal(bench.usage.runs[1].id, 7);
	assert_string_equal(bench.usage.source, "recordings");
	bench_deinit(&bench);
}

static void test_trust(void **state)
{
	struct fa_stored_run *run;
	struct bench bench;

	(void)state;
	bench_init(&bench, NULL, 0);
	run = add_run(&bench.past, FA_RUN_LIVE, "eth1");
	snprintf(run->site.digest, sizeof(run->site.digest), "%016llx",
		 (unsigned long long)bench.site.digest);
	run = add_run(&bench.past, FA_RUN_LIVE, "eth1");
	run->totals.capture.dropped_kernel = 500;
	run->totals.end = FA_RUN_INTERRUPTED;
	assert_int_equal(ask(&bench, 9), 0);
	assert_false(bench.usage.runs[0].other_site);
	assert_true(bench.usage.runs[0].ended_well);
	assert_string_equal(bench.usage.runs[0].confidence, "high");
	assert_true(bench.usage.runs[1].other_site);
	assert_false(bench.usage.runs[1].ended_well);
	assert_string_equal(bench.usage.runs[1].confidence, "low");
	assert_string_equal(bench.usage.runs[1].why, "33.33% of packets dropped while capturing");
	bench_deinit(&bench);
}

static void test_no_run(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench, NULL, 0);
	snprintf(add_run(&bench.past, FA_RUN_LIVE, "eth1")->site.name, 8, "other");
	assert_int_equal(ask(&bench, 3), FA_ENOENT);
	assert_string_equal(bench.diag.text, "no stored run was judged with the site s, so nobody "
					     "knows what is used");
	bench_deinit(&bench);
}

/* Many idle places are counted, and texts of a database are no formats. */
static void test_many_places(void **state)
{
	static char labels[40][16];
	static struct said said[41];
	const struct fa_use *use;
	struct bench bench;

	(void)state;
	for (size_t i = 0; i < 40; i++) {
		snprintf(labels[i], sizeof(labels[i]), "%%s-host-%zu", i);
		said[i] = (struct said){1, GATE, "one", labels[i], UNSEEN};
	}
	said[40] = (struct said){1, GATE, "one", "10.0.0.1", SEEN};
	bench_init(&bench, said, COUNT(said));
	add_run(&bench.past, FA_RUN_LIVE, "eth1");
	assert_int_equal(ask(&bench, 1), 0);
	use = use_of(&bench, GATE, "one");
	assert_string_equal(use->idle,
			    "%s-host-0, %s-host-1, %s-host-2, %s-host-3, %s-host-4, %s-host-5, "
			    "%s-host-6, %s-host-7 and 32 more");
	bench_deinit(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),	   cmocka_unit_test(test_no_more_than_needed),
		cmocka_unit_test(test_which_runs), cmocka_unit_test(test_trust),
		cmocka_unit_test(test_no_run),	   cmocka_unit_test(test_many_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
