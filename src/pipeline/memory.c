/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the memory limit of a job is shared out. */
#include "pipeline/memory.h"

enum {
	/* A flow with its place in the index; a state of nDPI 4.2 with what it allocates itself. */
	BYTES_PER_FLOW = 256,
	BYTES_PER_STATE = 1536,
	FLOWS_MIN = 4096,
	STATES_MIN = 1024,
	PACKET_RING_BYTES = 8 << 20,
	CONVERSATION_RING_BYTES = 2 << 20,
};

static size_t at_least(uint64_t value, size_t min)
{
	return value < min ? min : (size_t)value;
}

struct fa_memory_plan fa_memory_plan(uint64_t max_memory_bytes, unsigned workers)
{
	uint64_t each = max_memory_bytes / (workers == 0 ? 1 : workers);

	return (struct fa_memory_plan){
		.packet_ring_bytes = PACKET_RING_BYTES,
		.conversation_ring_bytes = CONVERSATION_RING_BYTES,
		.flows_per_worker = at_least(each / 2 / BYTES_PER_FLOW, FLOWS_MIN),
		.states_per_worker = at_least(each / 4 / BYTES_PER_STATE, STATES_MIN),
	};
}
