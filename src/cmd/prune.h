/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flowaudit runs prune: its options, and what it does. */
#ifndef FA_CMD_PRUNE_H
#define FA_CMD_PRUNE_H

#include "cmd/options.h"

/* What the options are when nobody says. */
void fa_prune_defaults(struct fa_prune_wish *wish);

/* Take the value of an option. 0 or FA_EINVAL. */
int fa_set_older_than(struct fa_options *options, const char *value);
int fa_set_prune_rollup(struct fa_options *options, const char *value);
int fa_set_keep(struct fa_options *options, const char *value);
int fa_set_dry_run(struct fa_options *options, const char *value);

/* Prunes the database and says what that did. 0 or an error, said. */
int fa_runs_prune(const struct fa_options *options);

#endif
