/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What flowaudit drift is asked for. */
#ifndef FA_CMD_DRIFT_OPTIONS_H
#define FA_CMD_DRIFT_OPTIONS_H

#include "cmd/options.h"

/* Take the value of an option. 0 or FA_EINVAL. */
int fa_set_drift_against(struct fa_options *options, const char *value);
int fa_set_drift_baseline(struct fa_options *options, const char *value);
int fa_set_drift_from(struct fa_options *options, const char *value);
int fa_set_drift_to(struct fa_options *options, const char *value);
int fa_set_drift_since(struct fa_options *options, const char *value);
int fa_set_drift_shift(struct fa_options *options, const char *value);
int fa_set_drift_source(struct fa_options *options, const char *value);
int fa_set_drift_any_source(struct fa_options *options, const char *value);
int fa_set_drift_factor(struct fa_options *options, const char *value);
int fa_set_drift_expiring(struct fa_options *options, const char *value);
int fa_set_drift_max_age(struct fa_options *options, const char *value);
int fa_set_baseline_remove(struct fa_options *options, const char *value);

#endif
