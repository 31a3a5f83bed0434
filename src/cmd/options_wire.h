/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options of what a tap wraps around the traffic. Each takes a value: 0 or FA_EINVAL. */
#ifndef FA_CMD_OPTIONS_WIRE_H
#define FA_CMD_OPTIONS_WIRE_H

#include "cmd/options.h"

int fa_set_tunnel_port(struct fa_options *options, const char *value);
int fa_set_max_headers(struct fa_options *options, const char *value);
int fa_set_key(struct fa_options *options, const char *value);
int fa_set_duplicates(struct fa_options *options, const char *value);
int fa_set_duplicates_within(struct fa_options *options, const char *value);

#endif
