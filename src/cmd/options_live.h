/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options of live captures: how each takes its value. Rows of the table in options.c. */
#ifndef FA_CMD_OPTIONS_LIVE_H
#define FA_CMD_OPTIONS_LIVE_H

#include "cmd/options.h"

void fa_live_defaults(struct fa_live_settings *live);

/* After all options: refuses those that have no effect without another one, and fills in what
 * depends on others. */
int fa_live_check(struct fa_live_settings *live, struct fa_diag *diag);

/* Each takes VALUE: 0, or FA_EINVAL. */
int fa_set_interface(struct fa_options *options, const char *value);
int fa_set_buffer(struct fa_options *options, const char *value);
int fa_set_snaplen(struct fa_options *options, const char *value);
int fa_set_no_promiscuous(struct fa_options *options, const char *value);
int fa_set_threads(struct fa_options *options, const char *value);
int fa_set_user(struct fa_options *options, const char *value);
int fa_set_rotate(struct fa_options *options, const char *value);
int fa_set_retain(struct fa_options *options, const char *value);
int fa_set_rollup(struct fa_options *options, const char *value);
int fa_set_events(struct fa_options *options, const char *value);
int fa_set_metrics(struct fa_options *options, const char *value);
int fa_set_spool(struct fa_options *options, const char *value);
int fa_set_spool_limit(struct fa_options *options, const char *value);
int fa_set_save(struct fa_options *options, const char *value);
int fa_set_save_limit(struct fa_options *options, const char *value);
int fa_set_save_packets(struct fa_options *options, const char *value);

#endif
