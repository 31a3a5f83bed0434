/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files behind a run; private to src/report. */
#ifndef FA_REPORT_INPUTS_H
#define FA_REPORT_INPUTS_H

#include <stdbool.h>

#include "core/history.h"

/*
 * Whether everything was read from files, where its packets still may be: not in runs of older
 * versions, of pipes, and of live traffic. 0 or an error with its message.
 */
int fa_inputs_are_files(const struct fa_history *history, int64_t run, bool *are_files,
			struct fa_diag *diag);

#endif
