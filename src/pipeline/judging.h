/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Judging a set of conversations: first all of them are learnt from (who serves, what ports spoke,
 * who scans, which rows led to others), then each gets its verdict.
 *
 * A replay is one set. A live capture is one set for each window, and what the window before it
 * showed counts as well: a control connection may have been opened there.
 */
#ifndef FA_PIPELINE_JUDGING_H
#define FA_PIPELINE_JUDGING_H

#include <stdbool.h>
#include <stdint.h>

#include "core/convmap.h"
#include "core/name.h"
#include "core/policy.h"
#include "core/verdict.h"
#include "core/waiver.h"

struct fa_judging;

/* POLICY and WAIVERS (NULL: none) are borrowed. MEMORY_BYTES are for all tables together. */
int fa_judging_new(struct fa_judging **out, const struct fa_policy *policy,
		   const struct fa_waivers *waivers, uint64_t memory_bytes);
void fa_judging_free(struct fa_judging *judging);

/* How many conversations of a set fit into the part of MEMORY_BYTES that is for them. */
size_t fa_judging_room(uint64_t memory_bytes);

/*
 * Begins anew with what a run is judged with: nothing was covered or shown yet; DNS answers are
 * kept. On an error the old one stays in force.
 */
int fa_judging_restart(struct fa_judging *judging, const struct fa_policy *policy,
		       const struct fa_waivers *waivers);

/* Takes a DNS answer. */
int fa_judging_name(struct fa_judging *judging, const struct fa_name_answer *answer);

/* DNS answers that ended before BEFORE_NS are not needed any more. */
int fa_judging_age(struct fa_judging *judging, int64_t before_ns);

/* Time of the last packet of the run so far. */
void fa_judging_set_end(struct fa_judging *judging, int64_t end_ns);

/*
 * When the run began, on the clock of the packets, if another one of the same capture went before
 * it: flows of which only the end falls into this run are not judged again.
 */
void fa_judging_set_begin(struct fa_judging *judging, int64_t begun_ns);

/* Forgets what conversations showed, and not the names: the next set begins anew. */
int fa_judging_forget(struct fa_judging *judging);

/*
 * Judges everything in SUMS and gives it to FN, whose error ends it. BEFORE (NULL: nothing) is only
 * learnt from.
 */
int fa_judging_set(struct fa_judging *judging, const struct fa_convmap *sums,
		   const struct fa_convmap *before,
		   int (*fn)(void *context, const struct fa_conversation *conversation,
			     const struct fa_judgement *judgement),
		   void *context);

/* What was covered is as it was at the last mark. */
int fa_judging_mark(struct fa_judging *judging);
void fa_judging_back(struct fa_judging *judging);

/* The expectations, by everything judged since the start; and how many places were too many. */
int fa_judging_expectations(const struct fa_judging *judging,
			    int (*fn)(void *context, const struct fa_expectation *expectation),
			    void *context);
uint64_t fa_judging_left_out(const struct fa_judging *judging);

/* The verdict and direction of one flow, by what the last set showed. */
void fa_judging_flow(struct fa_judging *judging, struct fa_flow_record *flow,
		     struct fa_judgement *judgement);

/* Whether some of what conversations or answers showed was not kept, for want of room. */
bool fa_judging_is_full(const struct fa_judging *judging);

#endif
