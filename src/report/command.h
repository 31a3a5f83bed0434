/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that reports print, to be copied into a shell. */
#ifndef FA_REPORT_COMMAND_H
#define FA_REPORT_COMMAND_H

#include "core/history.h"
#include "report/buffer.h"

/* "flowaudit VERB", with --db unless the database of HISTORY is the default one. */
void fa_command_add(struct fa_buffer *line, const char *verb, const struct fa_history *history);

#endif
