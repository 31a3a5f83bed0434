/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flowaudit runs baseline and runs nights. All of them say what went wrong. */
#ifndef FA_CMD_RUNS_BASELINE_H
#define FA_CMD_RUNS_BASELINE_H

#include "cmd/options.h"

/* Makes RUN (0: the newest) the baseline NAME, or with --remove forgets it. 0 or an error. */
int fa_runs_baseline(const struct fa_options *options, const char *name, int64_t run);
/* Lists the baselines. */
int fa_runs_baselines(const struct fa_options *options);
/* Prints the nights. */
int fa_runs_nights(const struct fa_options *options);

#endif
