/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end of a command that made a run: its report, and its exit status. */
#ifndef FA_CMD_FINISH_H
#define FA_CMD_FINISH_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/options.h"
#include "core/history.h"

/*
 * Whether there is a report as OPTIONS ask for: to be asked before there is work that would be in
 * vain. 0 or an error with a message.
 */
int fa_report_check(const struct fa_options *options, struct fa_diag *diag);

/* Whether the output is "-o DIR/", also while that is not there, or a folder that is. */
bool fa_output_is_folder(const struct fa_options *options);

/* Writes the report on RUN (0: the newest) as OPTIONS ask for. 0 or an error, said. */
int fa_report_run(const struct fa_options *options, const struct fa_history *history, int64_t run);

/* Prints the report on RUN as OPTIONS ask for; the exit status, FA_EXIT_FAILED when that failed. */
int fa_report_finished(const struct fa_options *options, int64_t run);

#endif
