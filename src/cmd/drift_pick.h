/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Picking runs out of a list: steps of drift_select.c. What is wrong is said. */
#ifndef FA_CMD_DRIFT_PICK_H
#define FA_CMD_DRIFT_PICK_H

#include "cmd/drift_select.h"

/* Run N of the database called NAME; NULL, said, when there is none. */
const struct fa_run_row *fa_pick_run(const struct fa_run_list *list, int64_t run, const char *name);
/* The newest run that has ended, of those whose source PATTERN (NULL: any) names; or NULL. */
const struct fa_run_row *fa_pick_newest(const struct fa_run_list *list, const char *pattern);
/* The newest run that has ended and has the source of LIKE, which may be of another list. */
const struct fa_run_row *fa_pick_like(const struct fa_run_list *list,
				      const struct fa_run_row *like);
/* The newest run of the later side. */
const struct fa_run_row *fa_pick_row(const struct fa_drift_choice *choice);

/* The side has no run yet, room for COUNT, and all times. */
int fa_side_make_room(struct fa_drift_side *side, size_t count);
/* The side becomes this run. */
int fa_side_set_run(struct fa_drift_side *side, const struct fa_run_row *row);
/* The side becomes those runs of the nights that have ended. */
int fa_side_set_night(struct fa_drift_side *side, const struct fa_nights *nights, size_t night);

/* The later side: what it is when nobody says, and what --run names. */
int fa_pick_night(struct fa_drift_choice *choice, const struct fa_options *options);
int fa_pick_named(struct fa_drift_choice *choice, const struct fa_options *options);
/* The night before. */
int fa_pick_night_before(struct fa_drift_choice *choice, const struct fa_options *options);

/* Times: drift_window.c. */
int fa_pick_window(struct fa_drift_choice *choice, const struct fa_options *options);
int fa_pick_window_before(struct fa_drift_choice *choice, const struct fa_options *options);

#endif
