/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * When the open window of a live capture ends, and what happens then: at each multiple of the
 * bucket by the wall clock, which people and time servers set. The clock that nobody sets keeps
 * that within bounds. Both are given, so nothing in here waits for anything.
 *
 * Set forward: what was open ends, once, however many buckets were skipped. Set back to before its
 * bucket, the window ends, too, and the next one has the new times; the run goes on until the clock
 * shows the next multiple of its length, but ends when it was set back by more than that. A window
 * that has only just begun is not ended by a step, and none is open for longer than a bucket and
 * fa_boundary_slack_ns.
 */
#ifndef FA_PIPELINE_BOUNDARY_H
#define FA_PIPELINE_BOUNDARY_H

#include <stdbool.h>
#include <stdint.h>

/* What is looked at. */
struct fa_boundary_now {
	int64_t wall_ns;
	int64_t monotonic_ns;
	uint64_t stored; /* number of the last window in the database */
};

struct fa_boundary {
	int64_t bucket_ns;
	int64_t rotate_ns;	/* 0: never */
	int64_t window_ns;	/* wall clock: where the window ends */
	int64_t rotation_ns;	/* wall clock: where the run ends */
	int64_t begun_ns;	/* monotonic: of the window */
	bool over;		/* its time is, as of the last look */
	unsigned wanted;	/* FA_WINDOW_, when it ends */
	int64_t offset_ns;	/* from the monotonic to the wall clock, as of the last look */
	bool reload_asked;	/* and not begun */
	bool reloading;		/* begun; whoever sees that it is done says so */
	uint64_t reload_window; /* that ended for it */
	int64_t reload_ns;	/* monotonic: the next one not before */
};

/* What a clock may be off without making a window of its own: 5 s, or a quarter of a bucket. */
int64_t fa_boundary_slack_ns(int64_t bucket_ns);

/* The first window begins. ROTATE_NS 0: never. */
void fa_boundary_init(struct fa_boundary *boundary, int64_t bucket_ns, int64_t rotate_ns,
		      const struct fa_boundary_now *now);

/* Where the open window ends unless something happens, wall clock. */
int64_t fa_boundary_next_ns(const struct fa_boundary *boundary);

/* A reload is wanted, as soon as may be: one after the other. */
void fa_boundary_ask_reload(struct fa_boundary *boundary);

/*
 * To be called about ten times a second. Whether the window is to end now, with what is wanted;
 * again and again until fa_boundary_ended. *SET_NS gets by how much the clock was set since the
 * last look, if that is more than 5 s, else 0.
 */
bool fa_boundary_look(struct fa_boundary *boundary, const struct fa_boundary_now *now,
		      int64_t *set_ns);

/* The window has ended, number ENDED, and the next one begins. */
void fa_boundary_ended(struct fa_boundary *boundary, const struct fa_boundary_now *now,
		       uint64_t ended);

#endif
