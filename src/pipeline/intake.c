/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counting, decoding and timing of frames; what comes twice is taken once. */
#include "pipeline/intake.h"

#include <string.h>

#include "base/time.h"

/*
 * Packets a little out of order are normal (several queues, several taps) and get the clock as it
 * is. A larger step back means that somebody set the clock: from there on it runs again. So does,
 * of a live capture, a step beyond what time it is.
 */
#define REORDERING_NS (5 * FA_NS_PER_SECOND)

/* The kernel hands over a block of packets after some ten milliseconds. */
#define BEHIND_NS FA_NS_PER_SECOND

int fa_intake_init(struct fa_intake *intake, struct fa_capture_counts *counts,
		   const struct fa_wire *wire)
{
	/* Any constant will do; these are the SipHash paper's test key. */
	return fa_intake_init_keyed(intake, counts, wire,
				    (struct fa_hash_key){0x0706050403020100u, 0x0f0e0d0c0b0a0908u});
}

int fa_intake_init_keyed(struct fa_intake *intake, struct fa_capture_counts *counts,
			 const struct fa_wire *wire, struct fa_hash_key key)
{
	memset(intake, 0, sizeof(*intake));
	intake->decoder.pair_key = key;
	intake->decoder.max_headers = wire->max_headers;
	intake->decoder.ports = wire->ports;
	intake->counts = counts;
	intake->clock_ns = INT64_MIN;
	return fa_dedup_new(&intake->dedup, wire, fa_hash_key_random().k0);
}

void fa_intake_deinit(struct fa_intake *intake)
{
	fa_dedup_free(intake->dedup);
	intake->dedup = NULL;
}

static int64_t saturating_add(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return b > 0 ? INT64_MAX : INT64_MIN;
	return sum;
}

static int64_t saturating_sub(int64_t a, int64_t b)
{
	int64_t difference;

	if (__builtin_sub_overflow(a, b, &difference))
		return b < 0 ? INT64_MAX : INT64_MIN;
	return difference;
}

/* Somebody set the clock: NOW is, from here on, what the clock would show without that. */
static void move(struct fa_intake *intake, int64_t now)
{
	int64_t is_ns = intake->clock_ns;

	if (intake->is_live && intake->now_ns > is_ns)
		is_ns = intake->now_ns;
	intake->clock_offset_ns =
		saturating_add(intake->clock_offset_ns, saturating_sub(is_ns, now));
	intake->clock_ns = is_ns;
}

static int64_t clock_at(struct fa_intake *intake, int64_t ts_ns)
{
	int64_t now = saturating_add(ts_ns, intake->clock_offset_ns);
	bool back = now < intake->clock_ns;

	intake->counts->time_backwards += back;
	if ((back && saturating_add(now, REORDERING_NS) < intake->clock_ns) ||
	    (intake->is_live && now > intake->now_ns + REORDERING_NS))
		move(intake, now);
	else if (!back)
		intake->clock_ns = now;
	return intake->clock_ns;
}

void fa_intake_time(struct fa_intake *intake, int64_t wall_ns, int64_t monotonic_ns)
{
	int64_t to_wall_ns = wall_ns - monotonic_ns;
	int64_t step_ns = to_wall_ns - intake->to_wall_ns;

	if (intake->is_live && (step_ns > REORDERING_NS || step_ns < -REORDERING_NS))
		intake->steps_ns += step_ns;
	intake->is_live = true;
	intake->to_wall_ns = to_wall_ns;
	intake->now_ns = wall_ns - intake->steps_ns;
}

int64_t fa_intake_idle(struct fa_intake *intake)
{
	int64_t now_ns = intake->now_ns - BEHIND_NS;

	if (intake->is_live && now_ns > intake->clock_ns)
		intake->clock_ns = now_ns;
	return intake->clock_ns;
}

static void count_layers(struct fa_capture_counts *counts, uint32_t layers)
{
	for (; layers != 0; layers &= layers - 1)
		counts->layers[__builtin_ctz(layers)]++;
}

static void count_frame(struct fa_capture_counts *counts, const struct fa_frame *frame)
{
	if (counts->packets == 0 || frame->ts_ns < counts->first_ns)
		counts->first_ns = frame->ts_ns;
	if (counts->packets == 0 || frame->ts_ns > counts->last_ns)
		counts->last_ns = frame->ts_ns;
	counts->packets++;
	counts->frame_bytes += frame->wire;
	counts->cut += frame->captured < frame->wire;
}

/* Whether this one was here before, in other clothes or in the same. */
static bool is_copy(struct fa_intake *intake, const struct fa_frame *frame,
		    const struct fa_packet *packet, const uint8_t *ip_bytes)
{
	enum fa_sighting sighting = fa_dedup_packet(intake->dedup, frame, packet, ip_bytes);

	intake->counts->duplicates += sighting == FA_SIGHTING_COPY;
	intake->counts->duplicates_left += sighting == FA_SIGHTING_REPEATED;
	return sighting == FA_SIGHTING_COPY;
}

int fa_intake_frame(void *context, const struct fa_frame *frame)
{
	struct fa_intake *intake = context;
	struct fa_capture_counts *counts = intake->counts;
	enum fa_decode_result result;
	struct fa_packet packet;
	const uint8_t *ip_bytes;

	count_frame(counts, frame);
	result = fa_decode(&intake->decoder, frame, &packet, &ip_bytes);
	if (result == FA_DECODE_DECODED && intake->dedup != NULL &&
	    is_copy(intake, frame, &packet, ip_bytes))
		return 0;
	counts->results[result]++;
	if (result != FA_DECODE_DECODED)
		return 0;
	count_layers(counts, packet.layers);
	packet.number = counts->packets;
	packet.clock_ns = clock_at(intake, frame->ts_ns);
	return intake->packet(intake->context, &packet, ip_bytes);
}
