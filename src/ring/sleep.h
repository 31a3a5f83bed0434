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
 *
 * So no wake is lost between two honest sides, and the kernel loses none either: it compares the
 * flag with 1 and goes to sleep in one step, and a waker sets it to 0 before it calls. After every
 * wake that was not enough the flag is raised again before the look. A sleep that lasts longer than
 * it need is therefore a matter of what the waker finds worth a wake (fa_ring_publish: much is
 * pending; fa_ring_release: much is free), of a side that died between its store and its wake, or
 * of one that lies; for these a sleep ends by itself.
 */
#ifndef FA_RING_SLEEP_H
#define FA_RING_SLEEP_H

#include <stdatomic.h>
#include <stdint.h>

/* Wakes the side that ASLEEP belongs to, if it sleeps. Call it after the store. */
void fa_ring_wake(_Atomic uint32_t *asleep);

/*
 * Repeats LOOK(SIDE) until it returns something other than FA_ETIMEDOUT, TIMEOUT_MS are over, or a
 * signal came; returns LOOK's last answer. Sleeps on ASLEEP in between and looks again by itself,
 * so that nothing depends on a wake but how soon: the other side may be dead, hostile, or of the
 * opinion that too little is pending. The first sleep is at most 5 ms, each one that nobody ends
 * twice as long as the one before, up to 100 ms: who waits for nothing seldom wakes.
 */
int fa_ring_sleep_until(_Atomic uint32_t *asleep, int (*look)(void *side), void *side,
			unsigned int timeout_ms);

#endif
