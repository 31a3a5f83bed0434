/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ring: the only thing between two processes.
 *
 * One producer and one consumer, lock-free, variable-length records in one power-of-two buffer of
 * shared anonymous memory. Positions are 64-bit byte counts that only grow (and may wrap);
 * nothing in the shared memory is a pointer. Records come out in the order they went in.
 *
 * Making one: fa_ring_new before fork; then each process initialises its own side. The handles
 * (struct fa_ring_producer, struct fa_ring_consumer) are private to a process; their fields are
 * not for callers.
 *
 * Allowed callers: at any time at most one thread of one process uses the producer handle, and
 * at most one the consumer handle. Two handles for the same side must not be alive at once; a
 * side whose process died may be taken over by a new handle. fa_ring_pending_bytes may be called
 * by anybody.
 *
 * Progress: everything is wait-free (a bounded number of steps, whatever the other side does or
 * does not do) except the two waits, which sleep, and fa_ring_skip_to, which walks records.
 * fa_ring_publish, _flush, _close and _release make at most one system call, and only when the
 * other side sleeps. Nothing depends on a wake but how soon: a sleep of 5 ms, in a long wait up to
 * 100 ms, ends by itself and looks again.
 *
 * Trust: neither side believes the other. A position or a record header that cannot be is never
 * followed: the handle goes into a sticky error (FA_ECORRUPT) in which the producer gets no more
 * space and the consumer no more records. The payload itself is unchecked, and a hostile
 * producer may change it while it is read: copy what must not change between check and use.
 */
#ifndef FA_RING_RING_H
#define FA_RING_RING_H

#include <stddef.h>
#include <stdint.h>

#define FA_RING_MIN_CAPACITY 1024u
#define FA_RING_MAX_CAPACITY (UINT64_C(1) << 32) /* so that a length fits 31 bits */

/* fa_ring_wait_data: closed, and everything was read. */
#define FA_RING_DRAINED 1

struct fa_ring;
struct fa_ring_shared;

struct fa_ring_producer {
	struct fa_ring_shared *shared;
	unsigned char *data;
	uint64_t capacity;
	uint64_t head;	    /* end of the last committed record */
	uint64_t published; /* end of what the consumer may see */
	uint64_t tail;	    /* the consumer's released position, when last looked at */
	uint64_t record_at; /* where the reserved record starts */
	uint64_t batch_bytes;
	uint64_t wake_bytes;
	uint32_t reserved_len;
	uint32_t kind;
	int error;
};

struct fa_ring_consumer {
	struct fa_ring_shared *shared;
	const unsigned char *data;
	uint64_t capacity;
	uint64_t position; /* end of the last record handed out */
	uint64_t released; /* end of what the producer may overwrite */
	uint64_t head;	   /* the producer's published position, when last looked at */
	int error;
};

/*
 * Maps a ring of CAPACITY_BYTES, a power of two from FA_RING_MIN_CAPACITY to
 * FA_RING_MAX_CAPACITY. Memory is touched only when it is first written. The mapping is inherited
 * by fork. FA_EINVAL: no such capacity; FA_ENOMEM.
 */
int fa_ring_new(struct fa_ring **out, size_t capacity_bytes);

/* Unmaps the ring in this process; handles made from it are dead. NULL is fine. */
void fa_ring_free(struct fa_ring *ring);

/*
 * Longest payload in bytes: a quarter of the capacity. An empty ring always has space for one such
 * record, wherever the positions are.
 */
size_t fa_ring_max_len(const struct fa_ring *ring);

/* Published and not yet released, in bytes, headers and padding included. A snapshot. */
uint64_t fa_ring_pending_bytes(const struct fa_ring *ring);

/* The producer's side. */

/*
 * Takes over the producer's side where the last producer published last, and reopens the ring if
 * it was closed. What a dead producer did not publish is lost. FA_ECORRUPT: the positions in the
 * ring cannot be.
 */
int fa_ring_producer_init(struct fa_ring_producer *p, const struct fa_ring *ring);

/*
 * Sets how many committed bytes are published at once (default 64 KiB, or an eighth of the
 * capacity if that is less) and how many pending bytes are worth waking a sleeping consumer
 * (default an eighth of the capacity). Both are limited to a quarter of the capacity.
 */
void fa_ring_producer_tune(struct fa_ring_producer *p, uint64_t batch_bytes, uint64_t wake_bytes);

/*
 * Returns LEN contiguous bytes to write the payload into, 8-byte aligned, or NULL when there is no
 * space now, LEN is over the limit, or the handle is in error (fa_ring_producer_error tells).
 * LEN 0 is allowed. A second reserve without a commit takes the first one back. Never blocks.
 */
void *fa_ring_reserve(struct fa_ring_producer *p, size_t len, uint32_t kind);

/*
 * Ends the reserved record with LEN bytes, at most as many as were reserved. Publishes when a
 * batch is full.
 */
void fa_ring_commit(struct fa_ring_producer *p, size_t len);

/* Lets the consumer see everything committed; wakes it if it sleeps and much is pending. */
void fa_ring_publish(struct fa_ring_producer *p);

/* Publishes and wakes the consumer however little is pending. Call it before going idle. */
void fa_ring_flush(struct fa_ring_producer *p);

/*
 * Flushes, then waits until a reserve of LEN bytes would succeed. Whatever the timeout, the caller
 * must check after FA_ETIMEDOUT that the consumer lives, or it waits for ever. A signal handler
 * that runs during the sleep ends the wait early, as FA_ETIMEDOUT; one that runs just before it
 * does not, so keep TIMEOUT_MS short (100 ms) where signals matter. 0 looks once and never sleeps.
 * Returns 0, FA_ETIMEDOUT, FA_EINVAL (LEN over the limit) or FA_ECORRUPT.
 */
int fa_ring_wait_space(struct fa_ring_producer *p, size_t len, unsigned int timeout_ms);

/* Publishes everything, then says that nothing more will come, and wakes the consumer. */
void fa_ring_close(struct fa_ring_producer *p);

/* 0, or FA_ECORRUPT once the consumer's position was impossible. */
int fa_ring_producer_error(const struct fa_ring_producer *p);

/*
 * Only when the consumer's process is gone: throws everything unread away, so that its successor
 * starts on sound ground, and clears the error. Returns the bytes thrown away.
 */
uint64_t fa_ring_producer_reset(struct fa_ring_producer *p);

/* The consumer's side. */

/*
 * Takes over the consumer's side at the released position: records that a dead consumer took but
 * did not release come again. FA_ECORRUPT: the positions in the ring cannot be.
 */
int fa_ring_consumer_init(struct fa_ring_consumer *c, const struct fa_ring *ring);

/*
 * Returns the payload of the next record (8-byte aligned) with its length and kind, or NULL when
 * none is published now or the handle is in error. Records stay valid until the next
 * fa_ring_release or fa_ring_wait_data, so a consumer may call this 16 times, prefetch what the
 * records lead to, and then work through them. Never blocks.
 */
const void *fa_ring_next(struct fa_ring_consumer *c, uint32_t *len, uint32_t *kind);

/* Gives the space of all records taken so far back to the producer. */
void fa_ring_release(struct fa_ring_consumer *c);

/*
 * Releases (so be done with all records taken), then waits until a record can be taken. Signals
 * and TIMEOUT_MS as in fa_ring_wait_space. Returns 0 (there is data), FA_ETIMEDOUT,
 * FA_RING_DRAINED (closed and everything read) or FA_ECORRUPT.
 */
int fa_ring_wait_data(struct fa_ring_consumer *c, unsigned int timeout_ms);

/* Where the last record taken ends: names that record for fa_ring_skip_to. */
uint64_t fa_ring_position(const struct fa_ring_consumer *c);

/*
 * Takes records up to and with the one that ends at POSITION, unseen. FA_EINVAL: no published
 * record from here on ends there (nothing is taken then); FA_ECORRUPT.
 */
int fa_ring_skip_to(struct fa_ring_consumer *c, uint64_t position);

/* 0, or FA_ECORRUPT once a position or a header from the producer was impossible. */
int fa_ring_consumer_error(const struct fa_ring_consumer *c);

/*
 * Only when the producer's process is gone: throws everything unread away, so that its successor
 * starts on sound ground, reopens the ring and clears the error.
 */
void fa_ring_consumer_reset(struct fa_ring_consumer *c);

#endif
