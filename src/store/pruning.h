/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of pruning share: one cycle, which several calls may make together. */
#ifndef FA_STORE_PRUNING_H
#define FA_STORE_PRUNING_H

#include "store/internal.h"
#include "store/prune.h"

/* SQL: the start of the UTC day of a column, also before 1970. */
#define FA_DAY_SQL	   "86400000000000"
#define FA_DAY_OF(column)                                                                          \
	"(" column " - (" column " % " FA_DAY_SQL " + " FA_DAY_SQL ") % " FA_DAY_SQL ")"

/* Tables of rows that are shared by runs; see sweep.c. */
enum { FA_SWEPT_HOST, FA_SWEPT_NAME, FA_SWEPT_JUDGEMENT, FA_SWEPT_COUNT };

/* How far the rows of a run have been looked at for what they refer to. */
struct fa_swept_run {
	int64_t run, last[2]; /* of the tables in sweep.c */
};

struct fa_sweep {
	uint8_t *used[FA_SWEPT_COUNT]; /* a bit for each row that something refers to */
	int64_t count[FA_SWEPT_COUNT]; /* rows of higher numbers are too new to be removed */
	struct fa_swept_run *runs; /* by number */
	size_t run_count, run_room;
	unsigned table; /* that is swept now, */
	int64_t row;	/* and its last row that was looked at */
};

/* A run that is rolled up. */
struct fa_rolling {
	int64_t run; /* 0: none */
	int64_t from_ns, to_ns; /* buckets */
	int64_t n;   /* conversations before it are done */
};

struct fa_pruning {
	struct fa_store *store;
	struct fa_prune_options options;
	struct fa_prune_result *result; /* of the call that is going on */
	int64_t now_ns, removed_before_ns, rolled_before_ns; /* 0: not asked for */
	unsigned phase;
	int64_t rows;  /* of one transaction, after how long the last ones took */
	int64_t pages; /* the same */
	int64_t begun_ns; /* monotonic: the transaction that is going on */
	int64_t begun_processor_ns;
	int64_t run;	  /* that was looked at last */
	bool removed;	  /* something that may leave unused rows behind */
	struct fa_rolling rolling;
	struct fa_sweep sweep;
};

/* A part of the work that takes about 30 ms; *DONE when nothing is left. SQLite codes. */
typedef int fa_prune_step(struct fa_pruning *p, bool *done);

/* prune.c: a transaction, which excludes other writers. */
int fa_prune_begin(struct fa_pruning *p);
/* Commits. *AMOUNT, of what was done in it, becomes what fits into the right time; may be NULL. */
int fa_prune_commit(struct fa_pruning *p, int64_t *amount);
/* Runs SQL with ?1, ?2 ... bound to VALUES, as many as it has. */
int fa_prune_sql(struct fa_pruning *p, const char *sql, const int64_t *values);
/* The one integer that it gives; *OUT is 0 when it gives none. */
int fa_prune_int(struct fa_pruning *p, const char *sql, const int64_t *values, int64_t *out);

/* The number of the next run after p->run that is old enough to go, or 0. */
int fa_prune_next_run(struct fa_pruning *p, int64_t *run);

/* rollup.c */
fa_prune_step fa_rollup_step;
/* The next run after p->rolling.run with days to roll up, or 0. */
int fa_rollup_next(struct fa_pruning *p);
/* Adds to the result what rolling up would do for this run. */
int fa_rollup_plan(struct fa_pruning *p);

/* sweep.c */
fa_prune_step fa_sweep_step;
void fa_sweep_deinit(struct fa_sweep *sweep);

/* space.c */
fa_prune_step fa_space_step;
int fa_space_plan(struct fa_pruning *p);

#endif
