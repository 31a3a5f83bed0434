/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The entry to decoding: sets up the walk, and completes the packet that it found. */
#include "decode/decode.h"

#include <endian.h>
#include <string.h>

#include "decode/walk.h"

/* Lengths of what follows a packet are kept in 16 bits further on. */
#define CAPTURED_MAX 65535u

static uint64_t load_be64(const uint8_t bytes[8])
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return be64toh(word);
}

static uint32_t load_be32(const uint8_t bytes[4])
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	return be32toh(word);
}

/*
 * Symmetric: the smaller address comes first, whoever sent. An error that a router may have sent
 * belongs to the two that it speaks of.
 */
static uint64_t pair_hash(const struct fa_hash_key *key, const struct fa_packet *p)
{
	const uint8_t *src = p->flags & FA_PACKET_QUOTES ? p->quoted_dst : p->src;
	uint64_t meta = (uint64_t)p->tunnel_id << 32 | (uint64_t)p->tunnel << 8 | p->ip_version;

	if (p->ip_version == 4) {
		uint64_t a = load_be32(src);
		uint64_t b = load_be32(p->dst);
		uint64_t words[] = {meta, a < b ? a << 32 | b : b << 32 | a};

		return fa_siphash_words(key, words, 2);
	}
	uint64_t s0 = load_be64(src);
	uint64_t s1 = load_be64(&src[8]);
	uint64_t d0 = load_be64(p->dst);
	uint64_t d1 = load_be64(&p->dst[8]);
	bool src_first = s0 < d0 || (s0 == d0 && s1 < d1);
	uint64_t src_then_dst[] = {meta, s0, s1, d0, d1};
	uint64_t dst_then_src[] = {meta, d0, d1, s0, s1};

	return fa_siphash_words(key, src_first ? src_then_dst : dst_then_src, 5);
}

/* Not with memset: gcc 12 makes a string instruction of that, which costs 10 ns. */
static void clear(struct fa_packet *p)
{
	static const struct fa_packet nothing;

	*p = nothing;
}

static size_t lesser(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The walk ended at a packet: its cursor stands at the payload. */
static void complete(const struct fa_decoder *decoder, const struct fa_walk *w)
{
	struct fa_packet *out = w->out;
	size_t captured = lesser(w->c.len - w->ip_start, CAPTURED_MAX);

	out->captured = (uint32_t)captured;
	out->payload_offset = (uint32_t)lesser(w->c.pos - w->ip_start, captured);
	if (captured < out->ip_bytes)
		out->flags |= FA_PACKET_TRUNCATED;
	out->pair_hash = pair_hash(&decoder->pair_key, out);
}

enum fa_decode_result fa_decode(const struct fa_decoder *decoder, const struct fa_frame *frame,
				struct fa_packet *out, const uint8_t **ip_bytes)
{
	struct fa_walk w = {
		.out = out,
		.c = fa_cursor(frame->data, frame->captured),
		.end = frame->wire > frame->captured ? frame->wire : frame->captured,
		.ports = &decoder->ports,
		.depth_left = (unsigned)lesser(decoder->max_headers, FA_WIRE_MAX_HEADERS),
	};
	enum fa_decode_result result;

	clear(out);
	result = fa_walk_link(&w, frame->link_type);
	if (result == FA_DECODE_DECODED) {
		complete(decoder, &w);
		*ip_bytes = &frame->data[w.ip_start];
	} else {
		clear(out);
		*ip_bytes = NULL;
	}
	out->ts_ns = frame->ts_ns;
	return result;
}
