/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the memory limit of a job is shared out. */
#include "pipeline/memory.h"

#include "dedup/dedup.h"

enum {
	/* A flow with its place in the index; what a record of it takes beside; a state of nDPI 4.2
	 * with what it allocates itself. */
	BYTES_PER_FLOW = 256,
	BYTES_PER_RECORD = 200,
	BYTES_PER_STATE = 1536,
	FLOWS_MIN = 4096,
	STATES_MIN = 1024,
	/* A ring holds records of up to a quarter of it, and the longest packet is 64 KiB. */
	PACKET_RING_MIN = 512 << 10,
	PACKET_RING_MAX = 8 << 20,
};

static size_t at_least(uint64_t value, size_t min)
{
	return value < min ? min : (size_t)value;
}

/* The largest power of two up to an eighth of a worker's share, within the limits. */
static size_t packet_ring(uint64_t share)
{
	size_t size = PACKET_RING_MAX;

	while (size > PACKET_RING_MIN && size > share / 8)
		size /= 2;
	return size;
}

struct fa_memory_plan fa_memory_plan(uint64_t max_memory_bytes, unsigned workers, unsigned lanes,
				     bool records)
{
	uint64_t copies = (uint64_t)lanes * FA_DEDUP_BYTES_MAX;
	uint64_t all = max_memory_bytes / 4 * 3;
	uint64_t share = (all > copies ? all - copies : 0) / (workers == 0 ? 1 : workers);
	size_t flow = BYTES_PER_FLOW + (records ? BYTES_PER_RECORD : 0);
	size_t conversations = packet_ring(share) / 4;
	size_t ring = packet_ring(share / lanes);
	size_t rings = ring * lanes + conversations;
	uint64_t rest = share > rings ? share - rings : 0;

	return (struct fa_memory_plan){
		.packet_ring_bytes = ring,
		.conversation_ring_bytes = conversations,
		.flows_per_worker = at_least(rest / 3 * 2 / flow, FLOWS_MIN),
		.states_per_worker = at_least(rest / 3 / BYTES_PER_STATE, STATES_MIN),
	};
}
