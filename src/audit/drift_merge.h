/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Candidates that are one thing to read. Private to src/audit/drift*. */
#ifndef FA_AUDIT_DRIFT_MERGE_H
#define FA_AUDIT_DRIFT_MERGE_H

#include "audit/drift_work.h"

/* Makes one of several, and forgets those that are no news. 0 or FA_ENOMEM with its message. */
int fa_drift_merge(struct fa_drift_work *work);

#endif
