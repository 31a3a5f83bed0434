/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lane: from one reader of packets to the workers. */
#include "pipeline/lane.h"

#include <string.h>

#include "base/time.h"

enum {
	WAIT_MS = 100,
	/* Of traffic that a kernel's ring of 64 MiB holds for much longer, also at 10 Gbit/s. */
	MOMENT_MS = 20,
	/* Of a packet whose contents tell nothing, kept for evidence: the longest IP and TCP
	 * headers (RFC 791, RFC 9293: 60 bytes each). */
	HEAD_BYTES = 120,
};

int fa_lane_init(struct fa_lane *lane, unsigned index, const struct fa_channel *channels,
		 unsigned workers, struct fa_shared *shared)
{
	int error = 0;

	memset(lane, 0, sizeof(*lane));
	lane->workers = workers;
	lane->index = index;
	lane->shared = &shared->lanes[index];
	for (unsigned i = 0; i < workers && error == 0; i++)
		error = fa_ring_producer_init(&lane->producers[i], channels[i].packets[index]);
	return error;
}

/*
 * A worker that was not run for a moment is waited for, since the kernel has more room than its
 * ring; one that hangs must not keep us from the others for more than a tenth of the time.
 */
static int wait_a_moment(struct fa_lane *lane, unsigned index, size_t len)
{
	int64_t now_ns = fa_monotonic_ns();
	int error;

	if (now_ns < lane->impatient_ns[index])
		return FA_ETIMEDOUT;
	error = fa_ring_wait_space(&lane->producers[index], len, MOMENT_MS);
	if (error == FA_ETIMEDOUT)
		lane->impatient_ns[index] = now_ns + 11 * MOMENT_MS * (FA_NS_PER_SECOND / 1000);
	return error;
}

/* Space in the ring of worker INDEX, or NULL with the reason in *ERROR; 0: there is none. */
static void *reserve(struct fa_lane *lane, unsigned index, size_t len, int *error)
{
	struct fa_ring_producer *producer = &lane->producers[index];
	void *space = fa_ring_reserve(producer, len, FA_RECORD_PACKET);

	*error = 0;
	while (space == NULL) {
		if (lane->full == NULL) {
			*error = wait_a_moment(lane, index, len);
		} else {
			*error = fa_ring_wait_space(producer, len, WAIT_MS);
			if (*error == FA_ETIMEDOUT)
				*error = lane->full(lane->context);
		}
		if (*error != 0)
			break;
		space = fa_ring_reserve(producer, len, FA_RECORD_PACKET);
	}
	if (lane->full == NULL && *error == FA_ETIMEDOUT)
		*error = 0;
	return space;
}

/* How much of a packet travels on. */
static uint32_t bytes_of(const struct fa_lane *lane, const struct fa_packet *packet)
{
	if (fa_packet_is_telling(packet))
		return packet->captured;
	if (!lane->keeps)
		return 0;
	return packet->captured < HEAD_BYTES ? packet->captured : HEAD_BYTES;
}

int fa_lane_packet(void *context, const struct fa_packet *packet, const uint8_t *ip_bytes)
{
	struct fa_lane *lane = context;
	unsigned index = (unsigned)(packet->pair_hash % lane->workers);
	uint32_t bytes = bytes_of(lane, packet);
	size_t len = sizeof(*packet) + bytes;
	int error;
	struct fa_packet *copy = reserve(lane, index, len, &error);

	if (copy == NULL) {
		lane->counts.dropped_ring += error == 0;
		return error;
	}
	*copy = *packet;
	copy->captured = bytes;
	if (packet->payload_offset > bytes)
		copy->payload_offset = bytes;
	memcpy(copy + 1, ip_bytes, bytes);
	fa_ring_commit(&lane->producers[index], len);
	return 0;
}

void fa_lane_tick(struct fa_lane *lane, const struct fa_tick *tick)
{
	uint64_t window = tick->window;

	for (unsigned i = 0; i < lane->workers; i++) {
		void *space = fa_ring_reserve(&lane->producers[i], sizeof(*tick), FA_RECORD_TICK);

		if (space != NULL) {
			memcpy(space, tick, sizeof(*tick));
			fa_ring_commit(&lane->producers[i], sizeof(*tick));
			lane->marked[i] = tick->window;
		}
		if (lane->marked[i] < window)
			window = lane->marked[i];
	}
	lane->window = window;
	atomic_store_explicit(&lane->shared->window, window, memory_order_relaxed);
	atomic_store_explicit(&lane->shared->clock_ns, tick->clock_ns, memory_order_relaxed);
	fa_lane_flush(lane);
}

static void put_counts(struct fa_lane *lane)
{
	fa_board_put(lane->shared->counts, &lane->counts, FA_BOARD_WORDS(lane->counts));
}

void fa_lane_publish(struct fa_lane *lane)
{
	for (unsigned i = 0; i < lane->workers; i++)
		fa_ring_publish(&lane->producers[i]);
	put_counts(lane);
}

void fa_lane_flush(struct fa_lane *lane)
{
	for (unsigned i = 0; i < lane->workers; i++)
		fa_ring_flush(&lane->producers[i]);
	put_counts(lane);
}

void fa_lane_interfaces(struct fa_lane *lane, const struct fa_run_interfaces *interfaces)
{
	fa_board_put(lane->shared->interfaces, interfaces, FA_BOARD_WORDS(*interfaces));
}

void fa_lane_close(struct fa_lane *lane)
{
	put_counts(lane);
	for (unsigned i = 0; i < lane->workers; i++)
		fa_ring_close(&lane->producers[i]);
}
