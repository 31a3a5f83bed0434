/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the memory limit of a job is shared out. */
#ifndef FA_PIPELINE_MEMORY_H
#define FA_PIPELINE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

struct fa_memory_plan {
	size_t packet_ring_bytes, conversation_ring_bytes; /* each */
	size_t flows_per_worker;
	size_t states_per_worker; /* flows under inspection at once */
};

/* Half of the limit for flows, a quarter for inspection, the rest for rings and sums. */
struct fa_memory_plan fa_memory_plan(uint64_t max_memory_bytes, unsigned workers);

#endif
