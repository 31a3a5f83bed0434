/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which openings were used: what stored runs saw of the expectations behind them. */
#ifndef FA_AUDIT_USAGE_H
#define FA_AUDIT_USAGE_H

#include "core/history.h"
#include "core/opening.h"

/*
 * Asks the newest RUNS runs of one source: that of the newest run that was judged with the site of
 * OPENINGS (by its name). Recordings of that site are one source whatever their file names.
 * OPENINGS are borrowed and must outlive USAGE. 0; FA_ENOENT when no run was judged with this
 * site; or another error; with its message.
 */
int fa_usage_read(struct fa_usage *usage, const struct fa_openings *openings,
		  const struct fa_history *history, size_t runs, struct fa_diag *diag);

/* Also of a usage that is all zero. */
void fa_usage_deinit(struct fa_usage *usage);

#endif
