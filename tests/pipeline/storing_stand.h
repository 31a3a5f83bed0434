/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of storing windows have in common: storing, and what was given to it. */
#ifndef TESTS_PIPELINE_STORING_STAND_H
#define TESTS_PIPELINE_STORING_STAND_H

#include "pipeline/live_bench.h"
#include "pipeline/storing.h"

enum { EACH = 20 }; /* conversations of a window */

/* Storage and what was given to it. */
struct stand {
	struct bench bench;
	struct fa_storing *storing;
	struct fa_gathered *gathered;
	unsigned given; /* conversations */
	uint64_t windows;
	/* Reloads. */
	struct fa_policy policies[8];
	unsigned loads, unloads;
	bool load_fails;
	void *alive[8];
};

static inline int load(void *context, struct fa_live_basis *out, struct fa_diag *diag)
{
	struct stand *stand = context;
	unsigned number = stand->loads % 8;

	if (stand->load_fails)
		return fa_fail(diag, FA_EFORMAT, "a.yaml:3:1: nonsense");
	assert_null(stand->alive[number]);
	assert_int_equal(fa_policy_from_rulebook(&stand->policies[number], &stand->bench.book), 0);
	*out = (struct fa_live_basis){.policy = &stand->policies[number],
				      .handle = &stand->alive[number]};
	stand->alive[number] = out->handle;
	stand->loads++;
	return 0;
}

static inline void unload(void *context, struct fa_live_basis *basis)
{
	struct stand *stand = context;
	void **alive = basis->handle;

	assert_ptr_equal(*alive, basis->handle); /* once, and not twice */
	*alive = NULL;
	stand->unloads++;
	fa_policy_deinit(&stand->policies[alive - stand->alive]);
	basis->handle = NULL;
}

static inline void open_storing(struct stand *stand)
{
	struct bench *bench = &stand->bench;
	struct fa_diag diag = {{0}};

	if (fa_storing_new(&stand->storing, &bench->job, &bench->info, bench->shared, &diag) != 0)
		fail_msg("%s", diag.text);
	stand->gathered = fa_gathered_new(1000);
	assert_non_null(stand->gathered);
}

static inline void prepare(struct stand *stand, bool with_spool)
{
	memset(stand, 0, sizeof(*stand));
	bench_make(&stand->bench, 0);
	stand->bench.live.load = load;
	stand->bench.live.unload = unload;
	stand->bench.live.context = stand;
	if (with_spool) {
		stand->bench.live.spool = stand->bench.spool;
		stand->bench.live.spool_bytes = 16 << 20;
	}
}

static inline void begin(struct stand *stand, bool with_spool)
{
	prepare(stand, with_spool);
	open_storing(stand);
}

static inline void end(struct stand *stand)
{
	fa_gathered_free(stand->gathered);
	fa_storing_free(stand->storing);
	for (size_t i = 0; i < 8; i++)
		fa_policy_deinit(&stand->policies[i]);
	bench_unmake(&stand->bench);
}

/* The next COUNT conversations are gathered. */
static inline void gather(struct stand *stand, unsigned count, unsigned flags)
{
	struct fa_gathered *gathered = stand->gathered;

	for (unsigned i = 0; i < count; i++) {
		struct fa_conversation c = bench_conversation(stand->given++);
		struct fa_counts *sum = fa_convmap_at(gathered->sums, c.bucket_ns, &c.id);

		assert_non_null(sum);
		fa_counts_add(sum, &c.counts);
	}
	bench_count(&stand->bench, count);
	gathered->window = ++stand->windows;
	gathered->flags |= flags;
	gathered->ended_ns = fa_wall_clock_ns();
	gathered->ended_monotonic_ns = fa_monotonic_ns();
	gathered->totals = stand->bench.totals;
	gathered->totals.loss.judged_early = 0; /* that is counted in there */
}

static inline int store(struct stand *stand, struct fa_diag *diag)
{
	diag->text[0] = '\0';
	return fa_storing_window(stand->storing, &stand->gathered, diag);
}

static inline void window(struct stand *stand, unsigned flags)
{
	struct fa_diag diag;
	int error;

	gather(stand, EACH, flags);
	error = store(stand, &diag);
	if (error != 0)
		fail_msg("%s", diag.text);
	assert_int_equal(fa_convmap_count(stand->gathered->sums), 0); /* ready for the next */
	assert_int_equal(stand->gathered->flags, 0);
}

static inline void last_window(struct stand *stand)
{
	stand->gathered->last = true;
	window(stand, 0);
}

static inline int64_t sql(struct stand *stand, const char *text)
{
	return bench_sql(&stand->bench, text);
}

/* Every conversation is there, and once; so are the figures. */
static inline void check(struct stand *stand)
{
	struct bench *bench = &stand->bench;

	assert_int_equal(sql(stand, "SELECT count(*) FROM conversation"), stand->given);
	assert_int_equal(sql(stand, "SELECT count(DISTINCT host) FROM conversation"),
			 stand->given);
	assert_int_equal(sql(stand, "SELECT sum(conversations) FROM run"), stand->given);
	assert_int_equal(sql(stand, "SELECT sum(conversations) FROM window"), stand->given);
	assert_int_equal(atomic_load(&bench->shared->conversations), stand->given);
	bench_check_sums(bench);
}

#endif
