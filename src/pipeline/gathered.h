/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the auditor of a live capture gathers until it is judged and stored. */
#ifndef FA_PIPELINE_GATHERED_H
#define FA_PIPELINE_GATHERED_H

#include <stdbool.h>
#include <stdint.h>

#include "core/convmap.h"
#include "core/name.h"
#include "core/run.h"
#include "pipeline/keep.h"

struct fa_gathered {
	struct fa_convmap *sums;
	struct fa_name_answer *names;
	size_t name_count, name_room;
	bool names_full;	     /* some answers had no room */
	struct fa_keep_candidates *kept;	     /* first packets of flows; NULL: none */
	bool last;		     /* the end of the capture */
	bool part;		     /* more of its window follows: it had no room */
	uint64_t window;	     /* number of the last window in it */
	unsigned flags;		     /* FA_WINDOW_ */
	int64_t ended_ns;	     /* wall clock, */
	int64_t ended_monotonic_ns;  /* and the clock that nobody sets */
	struct fa_run_totals totals; /* since the start of the program, when it was handed over */
};

/* For ROOM conversations. NULL: no memory. */
struct fa_gathered *fa_gathered_new(size_t room);
void fa_gathered_free(struct fa_gathered *gathered);
void fa_gathered_clear(struct fa_gathered *gathered);

/* Keeps a copy of the answer, or notes that there was no room. */
void fa_gathered_name(struct fa_gathered *gathered, const struct fa_name_answer *answer);

#endif
