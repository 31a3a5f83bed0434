/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ring between two processes: see ring.h for the rules, layout.h for the bytes.
 *
 * Ordering in short. The head's release store and acquire load carry the records to the consumer;
 * the tail's carry the space back to the producer. Going to sleep needs more, see sleep.h.
 */
#include "ring/ring.h"

#include "base/error.h"
#include "ring/layout.h"
#include "ring/sleep.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

#define DEFAULT_BATCH_BYTES 65536u

static uint64_t record_bytes(uint64_t len)
{
	return FA_RING_HEADER + ((len + 7) & ~UINT64_C(7));
}

static uint64_t max_len(uint64_t capacity)
{
	return capacity / 4;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Making a ring. */

int fa_ring_new(struct fa_ring **out, size_t capacity_bytes)
{
	return fa_ring_new_at(out, capacity_bytes, 0);
}

int fa_ring_new_at(struct fa_ring **out, size_t capacity_bytes, uint64_t start)
{
	struct fa_ring *ring;
	unsigned char *map;

	*out = NULL;
	if (capacity_bytes < FA_RING_MIN_CAPACITY || capacity_bytes > FA_RING_MAX_CAPACITY ||
	    (capacity_bytes & (capacity_bytes - 1)) != 0 || start % 8 != 0)
		return FA_EINVAL;
	ring = malloc(sizeof(*ring));
	if (ring == NULL)
		return FA_ENOMEM;
	/* Anonymous, so that no process can shrink it under another's feet as it could a file. */
	map = mmap(NULL, FA_RING_DATA_OFFSET + capacity_bytes, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED) {
		free(ring);
		return FA_ENOMEM;
	}
	ring->shared = (struct fa_ring_shared *)(void *)map;
	ring->data = &map[FA_RING_DATA_OFFSET];
	ring->capacity = capacity_bytes;
	/* Relaxed: fork, or making a thread, orders this before anything the other side does. */
	atomic_store_explicit(&ring->shared->head, start, memory_order_relaxed);
	atomic_store_explicit(&ring->shared->tail, start, memory_order_relaxed);
	*out = ring;
	return FA_OK;
}

void fa_ring_free(struct fa_ring *ring)
{
	if (ring == NULL)
		return;
	munmap(ring->shared, FA_RING_DATA_OFFSET + (size_t)ring->capacity);
	free(ring);
}

size_t fa_ring_max_len(const struct fa_ring *ring)
{
	return (size_t)max_len(ring->capacity);
}

uint64_t fa_ring_pending_bytes(const struct fa_ring *ring)
{
	/*
	 * Acquire on the tail: a head loaded after it is at least as new, so the difference cannot
	 * be negative. It can be too large when both moved in between, hence the limit. The head
	 * leads to no data here: relaxed.
	 */
	uint64_t tail = atomic_load_explicit(&ring->shared->tail, memory_order_acquire);
	uint64_t head = atomic_load_explicit(&ring->shared->head, memory_order_relaxed);

	return lesser(head - tail, ring->capacity);
}

/*
 * Reads both shared positions for a side that takes over. Acquire: what the dead predecessor and
 * the other side did before they stored these is ours to see.
 */
static int load_positions(const struct fa_ring *ring, uint64_t *head, uint64_t *tail)
{
	*tail = atomic_load_explicit(&ring->shared->tail, memory_order_acquire);
	*head = atomic_load_explicit(&ring->shared->head, memory_order_acquire);
	if (*head % 8 != 0 || *tail % 8 != 0 || *head - *tail > ring->capacity)
		return FA_ECORRUPT;
	return FA_OK;
}

/* The producer's side. */

/*
 * Looks at the consumer's position again. It may only move forward, and not past what was
 * published. Returns false in error.
 */
static bool refresh_tail(struct fa_ring_producer *p)
{
	/* Acquire: the consumer's last reads of the space it released precede our next writes. */
	uint64_t tail = atomic_load_explicit(&p->shared->tail, memory_order_acquire);

	if (tail % 8 != 0 || tail - p->tail > p->published - p->tail)
		p->error = FA_ECORRUPT;
	if (p->error != FA_OK)
		return false;
	p->tail = tail;
	return true;
}

static bool has_space(struct fa_ring_producer *p, uint64_t bytes)
{
	if (bytes <= p->capacity - (p->head - p->tail))
		return true;
	return refresh_tail(p) && bytes <= p->capacity - (p->head - p->tail);
}

/* Bytes to waste before a record of BYTES so that it does not wrap. */
static uint64_t pad_bytes(const struct fa_ring_producer *p, uint64_t bytes)
{
	uint64_t room = p->capacity - (p->head & (p->capacity - 1));

	return room < bytes ? room : 0;
}

/* Relaxed: the head's release store publishes the header together with the payload. */
static void put_header(struct fa_ring_producer *p, uint64_t position, uint32_t len, uint32_t kind)
{
	unsigned char *at = &p->data[position & (p->capacity - 1)];

	atomic_store_explicit((_Atomic uint64_t *)(void *)at, (uint64_t)kind << 32 | len,
			      memory_order_relaxed);
}

int fa_ring_producer_init(struct fa_ring_producer *p, const struct fa_ring *ring)
{
	uint64_t head;
	uint64_t tail;
	int ret = load_positions(ring, &head, &tail);

	if (ret != FA_OK)
		return ret;
	*p = (struct fa_ring_producer){
		.shared = ring->shared,
		.data = ring->data,
		.capacity = ring->capacity,
		.head = head,
		.published = head,
		.tail = tail,
		.record_at = head - FA_RING_HEADER, /* before the head: nothing is reserved */
		.batch_bytes = lesser(DEFAULT_BATCH_BYTES, ring->capacity / 8),
		.wake_bytes = ring->capacity / 8,
	};
	/* Relaxed: a consumer that still sees the old value stops as it would have before. */
	atomic_store_explicit(&p->shared->closed, 0, memory_order_relaxed);
	return FA_OK;
}

void fa_ring_producer_tune(struct fa_ring_producer *p, uint64_t batch_bytes, uint64_t wake_bytes)
{
	p->batch_bytes = lesser(batch_bytes, p->capacity / 4);
	p->wake_bytes = lesser(wake_bytes, p->capacity / 4);
}

void *fa_ring_reserve(struct fa_ring_producer *p, size_t len, uint32_t kind)
{
	uint64_t bytes;
	uint64_t pad;

	if (len > max_len(p->capacity))
		return NULL;
	bytes = record_bytes(len);
	pad = pad_bytes(p, bytes);
	if (!has_space(p, pad + bytes))
		return NULL;
	if (pad != 0)
		put_header(p, p->head, FA_RING_PAD | (uint32_t)(pad - FA_RING_HEADER), 0);
	p->record_at = p->head + pad;
	p->reserved_len = (uint32_t)len;
	p->kind = kind;
	return &p->data[(p->record_at & (p->capacity - 1)) + FA_RING_HEADER];
}

void fa_ring_commit(struct fa_ring_producer *p, size_t len)
{
	assert(len <= p->reserved_len);
	assert(p->record_at - p->head <= p->capacity); /* fails when nothing is reserved */
	put_header(p, p->record_at, (uint32_t)len, p->kind);
	p->head = p->record_at + record_bytes(len);
	if (p->head - p->published >= p->batch_bytes)
		fa_ring_publish(p);
}

static void store_head(struct fa_ring_producer *p)
{
	/* Release: the records are complete before their end can be seen. */
	atomic_store_explicit(&p->shared->head, p->head, memory_order_release);
	p->published = p->head;
}

void fa_ring_publish(struct fa_ring_producer *p)
{
	if (p->published == p->head)
		return;
	store_head(p);
	/* The cached tail is old: it can only make more seem pending than is. */
	if (p->published - p->tail < p->wake_bytes || !refresh_tail(p))
		return;
	if (p->published - p->tail >= p->wake_bytes)
		fa_ring_wake(&p->shared->consumer_asleep);
}

void fa_ring_flush(struct fa_ring_producer *p)
{
	if (p->published != p->head)
		store_head(p);
	fa_ring_wake(&p->shared->consumer_asleep);
}

void fa_ring_close(struct fa_ring_producer *p)
{
	store_head(p);
	/* Release: who sees closed sees the final head. */
	atomic_store_explicit(&p->shared->closed, 1, memory_order_release);
	fa_ring_wake(&p->shared->consumer_asleep);
}

struct wanted_space {
	struct fa_ring_producer *producer;
	uint64_t bytes;
};

static int look_for_space(void *side)
{
	struct wanted_space *wanted = side;

	if (has_space(wanted->producer, wanted->bytes))
		return FA_OK;
	return wanted->producer->error != FA_OK ? wanted->producer->error : FA_ETIMEDOUT;
}

int fa_ring_wait_space(struct fa_ring_producer *p, size_t len, unsigned int timeout_ms)
{
	struct wanted_space wanted = {.producer = p};

	if (len > max_len(p->capacity))
		return FA_EINVAL;
	wanted.bytes = record_bytes(len);
	wanted.bytes += pad_bytes(p, wanted.bytes);
	fa_ring_flush(p);
	return fa_ring_sleep_until(&p->shared->producer_asleep, look_for_space, &wanted,
				   timeout_ms);
}

int fa_ring_producer_error(const struct fa_ring_producer *p)
{
	return p->error;
}

uint64_t fa_ring_producer_reset(struct fa_ring_producer *p)
{
	uint64_t thrown_away = p->head - p->tail;

	p->tail = p->head;
	p->error = FA_OK;
	/* Relaxed: nobody is on the other side, and making the successor orders it. */
	atomic_store_explicit(&p->shared->tail, p->tail, memory_order_relaxed);
	atomic_store_explicit(&p->shared->consumer_asleep, 0, memory_order_relaxed);
	store_head(p);
	return thrown_away;
}

/* The consumer's side. */

/*
 * Looks at the producer's position again. It may only move forward, and not more than a buffer
 * ahead of what was released. Returns false in error.
 */
static bool refresh_head(struct fa_ring_consumer *c)
{
	/* Acquire: the records up to here are complete. */
	uint64_t head = atomic_load_explicit(&c->shared->head, memory_order_acquire);

	if (head % 8 != 0 || head - c->head > c->capacity - (c->head - c->released))
		c->error = FA_ECORRUPT;
	if (c->error != FA_OK)
		return false;
	c->head = head;
	return true;
}

/* Relaxed: the head's acquire load made the header visible; one load, so it cannot change. */
static uint64_t get_header(const struct fa_ring_consumer *c)
{
	const unsigned char *at = &c->data[c->position & (c->capacity - 1)];

	return atomic_load_explicit((const _Atomic uint64_t *)(const void *)at,
				    memory_order_relaxed);
}

/*
 * Steps over the pad that HEADER announces. Returns false if no producer of ours would have put it
 * there: not to the exact end of the buffer, longer than any reason for it, or with nothing after.
 */
static bool step_over_pad(struct fa_ring_consumer *c, uint64_t header)
{
	uint64_t room = c->capacity - (c->position & (c->capacity - 1));
	uint64_t len = (uint32_t)header & ~FA_RING_PAD;

	if (len + FA_RING_HEADER != room || len > max_len(c->capacity) ||
	    room >= c->head - c->position)
		return false;
	c->position += room;
	return true;
}

int fa_ring_consumer_init(struct fa_ring_consumer *c, const struct fa_ring *ring)
{
	uint64_t head;
	uint64_t tail;
	int ret = load_positions(ring, &head, &tail);

	if (ret != FA_OK)
		return ret;
	*c = (struct fa_ring_consumer){
		.shared = ring->shared,
		.data = ring->data,
		.capacity = ring->capacity,
		.position = tail,
		.released = tail,
		.head = head,
	};
	return FA_OK;
}

const void *fa_ring_next(struct fa_ring_consumer *c, uint32_t *len, uint32_t *kind)
{
	uint64_t start = c->position;
	uint64_t header;
	uint64_t bytes;
	uint64_t offset;

	if (c->error != FA_OK || (c->position == c->head && !refresh_head(c)))
		return NULL;
	if (c->position == c->head)
		return NULL;
	header = get_header(c);
	if (((uint32_t)header & FA_RING_PAD) != 0) {
		if (!step_over_pad(c, header))
			goto corrupt;
		header = get_header(c);
	}
	/* A pad after a pad is over the limit too: its flag makes the length too large. */
	offset = c->position & (c->capacity - 1);
	bytes = record_bytes((uint32_t)header);
	if ((uint32_t)header > max_len(c->capacity) || bytes > c->head - c->position ||
	    bytes > c->capacity - offset)
		goto corrupt;
	c->position += bytes;
	*len = (uint32_t)header;
	*kind = (uint32_t)(header >> 32);
	return &c->data[offset + FA_RING_HEADER];

corrupt:
	c->position = start;
	c->error = FA_ECORRUPT;
	return NULL;
}

void fa_ring_release(struct fa_ring_consumer *c)
{
	uint64_t enough = c->capacity / 4;

	if (c->released == c->position)
		return;
	/* Release: our reads of the records are done before the producer may overwrite them. */
	atomic_store_explicit(&c->shared->tail, c->position, memory_order_release);
	c->released = c->position;
	/* The cached head is old: it can only make more seem free than is. */
	if (c->capacity - (c->head - c->released) < enough)
		return;
	/* Adds nothing, but must be a read-modify-write: see sleep.h. */
	if (atomic_fetch_add_explicit(&c->shared->producer_asleep, 0, memory_order_seq_cst) == 0)
		return;
	if (refresh_head(c) && c->capacity - (c->head - c->released) >= enough)
		fa_ring_wake(&c->shared->producer_asleep);
}

static int look_for_data(void *side)
{
	struct fa_ring_consumer *c = side;
	/* Acquire, and before the head: after closed, the head that we then load is the last. */
	uint32_t closed = atomic_load_explicit(&c->shared->closed, memory_order_acquire);

	if (c->error != FA_OK || (c->position == c->head && !refresh_head(c)))
		return c->error;
	if (c->position != c->head)
		return FA_OK;
	return closed != 0 ? FA_RING_DRAINED : FA_ETIMEDOUT;
}

int fa_ring_wait_data(struct fa_ring_consumer *c, unsigned int timeout_ms)
{
	fa_ring_release(c);
	return fa_ring_sleep_until(&c->shared->consumer_asleep, look_for_data, c, timeout_ms);
}

uint64_t fa_ring_position(const struct fa_ring_consumer *c)
{
	return c->position;
}

int fa_ring_skip_to(struct fa_ring_consumer *c, uint64_t position)
{
	uint64_t start = c->position;
	uint64_t distance = position - start;
	uint32_t len;
	uint32_t kind;

	while (c->position - start < distance) {
		if (fa_ring_next(c, &len, &kind) == NULL)
			break;
	}
	if (c->error == FA_OK && c->position == position)
		return FA_OK;
	c->position = start;
	return c->error != FA_OK ? c->error : FA_EINVAL;
}

int fa_ring_consumer_error(const struct fa_ring_consumer *c)
{
	return c->error;
}

void fa_ring_consumer_reset(struct fa_ring_consumer *c)
{
	c->head = c->position;
	c->error = FA_OK;
	/* Relaxed: nobody is on the other side, and making the successor orders it. */
	atomic_store_explicit(&c->shared->head, c->head, memory_order_relaxed);
	atomic_store_explicit(&c->shared->closed, 0, memory_order_relaxed);
	atomic_store_explicit(&c->shared->producer_asleep, 0, memory_order_relaxed);
	fa_ring_release(c);
}
