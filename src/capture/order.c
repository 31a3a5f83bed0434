/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packets of one file in the order of their times. */
#include "capture/order.h"

#include <stdlib.h>
#include <string.h>

#include "base/slots.h"

void fa_order_free(struct fa_order *order)
{
	for (unsigned i = 0; i < FA_ORDER_CHUNKS; i++)
		free(order->chunks[i].bytes);
	memset(order->chunks, 0, sizeof(order->chunks));
	free(order->heap);
	order->heap = NULL;
	order->room = 0;
	order->count = 0;
}

static bool earlier(const struct fa_held *a, const struct fa_held *b)
{
	return a->frame.ts_ns != b->frame.ts_ns ? a->frame.ts_ns < b->frame.ts_ns
						: a->turn < b->turn;
}

static void sift_up(struct fa_order *order, const struct fa_held *held)
{
	struct fa_held *heap = order->heap;
	size_t at = order->count++;

	while (at > 0 && earlier(held, &heap[(at - 1) / 2])) {
		heap[at] = heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	heap[at] = *held;
}

/* Puts the last one in the place of the first. */
static void sift_down(struct fa_order *order)
{
	struct fa_held *heap = order->heap;
	const struct fa_held *moving = &heap[--order->count];
	size_t at = 0;
	size_t child;

	while ((child = 2 * at + 1) < order->count) {
		if (child + 1 < order->count && earlier(&heap[child + 1], &heap[child]))
			child++;
		if (!earlier(&heap[child], moving))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = *moving;
}

static bool fits(const struct fa_order_chunk *chunk, uint32_t len)
{
	return chunk->bytes != NULL && len <= FA_ORDER_CHUNK - chunk->used;
}

/* The chunk that is being filled, or one that is empty by now; NULL when there is none. */
static struct fa_order_chunk *chunk_for(struct fa_order *order, uint32_t len)
{
	struct fa_order_chunk *chunk = &order->chunks[order->chunk];

	if (fits(chunk, len))
		return chunk;
	for (unsigned i = 0; i < FA_ORDER_CHUNKS; i++) {
		chunk = &order->chunks[i];
		if (chunk->held > 0)
			continue;
		if (chunk->bytes == NULL)
			chunk->bytes = malloc(FA_ORDER_CHUNK);
		if (chunk->bytes == NULL)
			return NULL;
		chunk->used = 0;
		order->chunk = i;
		return chunk;
	}
	return NULL;
}

bool fa_order_put(struct fa_order *order, const struct fa_frame *frame, bool passes)
{
	uint32_t len = passes ? frame->captured : 0;
	struct fa_held held = {.frame = *frame, .passes = passes};
	void *heap = order->heap;
	struct fa_order_chunk *chunk;

	if (order->count == FA_ORDER_PACKETS)
		return false;
	if (!fa_array_reserve(&heap, &order->room, order->count + 1, sizeof(held)))
		return false;
	order->heap = heap;
	chunk = chunk_for(order, len);
	if (chunk == NULL)
		return false;
	memcpy(&chunk->bytes[chunk->used], frame->data, len);
	held.frame.data = &chunk->bytes[chunk->used];
	held.chunk = order->chunk;
	held.turn = order->turns++;
	chunk->used += len;
	chunk->held++;
	if (held.turn == 0 || fa_order_step(order->newest_ns, frame->ts_ns) != FA_ORDER_AMISS) {
		order->newest_ns = frame->ts_ns;
	} else {
		order->amiss = true;
		order->mended += passes;
	}
	sift_up(order, &held);
	return true;
}

/* The chunk may be used again from the next put on, not before. */
void fa_order_take(struct fa_order *order, struct fa_held *out)
{
	*out = order->heap[0];
	order->chunks[out->chunk].held--;
	sift_down(order);
}
