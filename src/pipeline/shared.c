/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the processes of a job share beside the rings. */
#include "pipeline/shared.h"

#include <string.h>

void fa_shared_totals(const struct fa_shared *shared, unsigned workers,
		      struct fa_run_totals *totals)
{
	memset(totals, 0, sizeof(*totals));
	totals->capture = shared->capture;
	totals->loss = shared->loss;
	for (unsigned i = 0; i < workers; i++) {
		fa_worker_counts_add(&totals->workers, &shared->workers[i].before);
		fa_worker_counts_add(&totals->workers, &shared->workers[i].counts);
	}
	totals->conversations = shared->conversations;
	totals->end = (enum fa_run_end)atomic_load(&shared->end);
}
