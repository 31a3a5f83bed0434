/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How one side of a ring goes to sleep and the other wakes it. For ring.c only.
 *
 * The waker stores something the sleeper waits for (head, closed, tail), then looks at the
 * sleeper's flag. The sleeper sets its flag, looks for that something once more, and only then
 * sleeps. Either the waker must see the flag or the sleeper must see the store; so on neither side
 * may the load overtake the store before it, the one thing that acquire and release do not give.
 * Both sides therefore only ever read-modify-write the flag, sequentially consistent. One of the
 * two comes first in the flag's own order: if the sleeper's, the waker finds 1 and wakes; if the
 * waker's, the sleeper's reads from it and so sees the waker's earlier store. Fences would do as
 * well, but ThreadSanitizer does not understand them.
 */
#ifndef FA_RING_SLEEP_H
#define FA_RING_SLEEP_H

#include <stdatomic.h>
#include <stdint.h>

/* Wakes the side that ASLEEP belongs to, if it sleeps. Call it after the store. */
void fa_ring_wake(_Atomic uint32_t *asleep);

/*
 * Repeats LOOK(SIDE) until it returns something other than FA_ETIMEDOUT, TIMEOUT_MS are over, or a
 * signal came; returns LOOK's last answer. Sleeps on ASLEEP in between, at most 5 ms at a time, so
 * that nothing depends on a wake: the other side may be dead, hostile, or of the opinion that too
 * little is pending.
 */
int fa_ring_sleep_until(_Atomic uint32_t *asleep, int (*look)(void *side), void *side,
			unsigned int timeout_ms);

#endif
