/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the memory limit of a job is shared out. */
#ifndef FA_PIPELINE_MEMORY_H
#define FA_PIPELINE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fa_memory_plan {
	size_t packet_ring_bytes, conversation_ring_bytes; /* each */
	size_t flows_per_worker;
	size_t states_per_worker; /* flows under inspection at once */
};

/*
 * A quarter of the limit is the auditor's. Of the rest each lane remembers packets, to know copies of
 * them (dedup/dedup.h: the most that they may be), and each worker has its share: its rings first
 * (those of all lanes together as large as one would be, as far as packets still fit),
 * then two thirds for flows (RECORDS: with what per-flow records need) and one for inspection.
 * With many workers and little memory the smallest useful sizes may add up to more than the limit.
 */
struct fa_memory_plan fa_memory_plan(uint64_t max_memory_bytes, unsigned workers, unsigned lanes,
				     bool records);

#endif
