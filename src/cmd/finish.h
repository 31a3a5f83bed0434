/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end of a command that made a run: its report, and its exit status. */
#ifndef FA_CMD_FINISH_H
#define FA_CMD_FINISH_H

#include <stdint.h>

#include "cmd/options.h"

/* Prints the report on RUN as OPTIONS ask for; the exit status, FA_EXIT_FAILED when that failed. */
int fa_report_finished(const struct fa_options *options, int64_t run);

#endif
