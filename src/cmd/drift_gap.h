/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nights without a run: what only who knows all runs can tell of a drift. */
#ifndef FA_CMD_DRIFT_GAP_H
#define FA_CMD_DRIFT_GAP_H

#include "cmd/drift_select.h"

#define FA_GAP_TEXT 512

/* Before the later side, and after it. */
#define FA_GAPS_MAX 2

/* A drift with what was added to it. */
struct fa_drift_gaps {
	struct fa_drift drift; /* in place of the one that was given: borrows from it */
	struct fa_difference *items;
	char subjects[FA_GAPS_MAX][FA_GAP_TEXT], whys[FA_GAPS_MAX][FA_GAP_TEXT];
	size_t count; /* of what was added */
};

/*
 * Adds the nights that are missing before the later side, and since it until NOW_NS, to what DRIFT
 * says of the coverage. 0 or FA_ENOMEM, said; fa_drift_gaps_deinit in either case.
 */
int fa_drift_gaps_add(struct fa_drift_gaps *gaps, const struct fa_drift *drift,
		      const struct fa_drift_choice *choice, const struct fa_options *options,
		      int64_t now_ns);
void fa_drift_gaps_deinit(struct fa_drift_gaps *gaps);

#endif
