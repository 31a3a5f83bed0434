/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which runs flowaudit drift compares, and why these. */
#ifndef FA_CMD_DRIFT_SELECT_H
#define FA_CMD_DRIFT_SELECT_H

#include "cmd/options.h"
#include "core/drift.h"
#include "report/nights.h"
#include "store/store.h"

#define FA_SPAN_WORDS 200

/* One side, with the store that it is in. */
struct fa_drift_side {
	struct fa_store *store; /* to be closed; NULL: that of the other side */
	char *path;		/* of a database of its own: the history names it; NULL: none */
	struct fa_history history;
	struct fa_run_list list;
	int64_t *runs;
	char words[FA_SPAN_WORDS];
	struct fa_span span; /* of all this */
};

struct fa_drift_choice {
	struct fa_drift_side before, now;
	struct fa_nights nights; /* of the source of the later side */
	size_t night;		 /* the later side; SIZE_MAX when it is no night */
	bool running;		 /* a run of this source goes on */
};

/*
 * Opens the database and chooses both sides as OPTIONS ask for; what is surprising about that is
 * noted. 0 or an error, said, with what to do about it. fa_drift_choice_deinit in either case.
 */
int fa_drift_choose(struct fa_drift_choice *choice, const struct fa_options *options);
void fa_drift_choice_deinit(struct fa_drift_choice *choice);

#endif
