/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Baselines of runs, for those who list either. */
#ifndef FA_REPORT_BASELINES_H
#define FA_REPORT_BASELINES_H

#include <stddef.h>
#include <stdio.h>

#include "report/buffer.h"
#include "report/report.h"

/* All of them; names are kept one after the other. */
struct fa_baselines {
	struct fa_named_run {
		char *name;
		int64_t run, made_ns;
	} *items; /* by name */
	size_t count;
};

/* 0 or an error; give it back in either case. */
int fa_baselines_read(struct fa_baselines *baselines, const struct fa_history *history,
		      struct fa_diag *diag);
void fa_baselines_deinit(struct fa_baselines *baselines);

/* The baseline behind BEFORE (NULL: the first) that is RUN; NULL when there are no more. */
const struct fa_named_run *fa_baselines_next(const struct fa_baselines *baselines, int64_t run,
					     const struct fa_named_run *before);

/* A table of them; FORMAT is "text" or "json". */
int fa_report_baselines(FILE *out, const char *format, const struct fa_history *history,
			const struct fa_report_options *options, struct fa_diag *diag);

#endif
