/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the processes of a job share beside the rings. */
#include "pipeline/shared.h"

#include <string.h>
#include <sys/mman.h>

void *fa_shared_map(size_t size)
{
	void *memory =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void fa_shared_totals(const struct fa_shared *shared, const struct fa_channel *channels,
		      unsigned workers, struct fa_run_totals *totals)
{
	memset(totals, 0, sizeof(*totals));
	totals->capture = shared->capture;
	totals->loss = shared->loss;
	for (unsigned i = 0; i < workers; i++) {
		fa_worker_counts_add(&totals->workers, &channels[i].worker->before);
		fa_worker_counts_add(&totals->workers, &channels[i].worker->counts);
	}
	totals->conversations = shared->conversations;
	totals->end = (enum fa_run_end)atomic_load(&shared->end);
}
