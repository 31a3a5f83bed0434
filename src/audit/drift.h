/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comparing two spans of stored traffic: makes what core/drift.h describes. */
#ifndef FA_AUDIT_DRIFT_H
#define FA_AUDIT_DRIFT_H

#include <stdint.h>

#include "base/error.h"
#include "core/drift.h"

/*
 * Compares NOW with BEFORE, which may be of different stores; everything of them is borrowed for
 * the call only. OPTIONS may be NULL. MEMORY_BYTES is what tables and the result may take, 0 for
 * 176 MiB: when tables would take more, the rows are read several times, and when there are more
 * differences than it holds, the result says so (`full`). 0 or an error with its message;
 * fa_drift_free gives *OUT back.
 */
int fa_drift_make(struct fa_drift **out, const struct fa_span *before, const struct fa_span *now,
		  const struct fa_drift_options *options, uint64_t memory_bytes,
		  struct fa_diag *diag);

/* Also of NULL. */
void fa_drift_free(struct fa_drift *drift);

#endif
