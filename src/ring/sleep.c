/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Going to sleep and waking: see sleep.h for why it is done this way.
 */
#include "ring/sleep.h"

#include "base/error.h"
#include "ring/futex.h"

#include <stdbool.h>
#include <time.h>

#define SLICE_MIN_NS UINT64_C(5000000)
#define SLICE_MAX_NS UINT64_C(100000000)
#define NS_PER_MS    1000000u
#define NS_PER_S     1000000000u

static uint64_t lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

void fa_ring_wake(_Atomic uint32_t *asleep)
{
	/* Sequentially consistent: the waker's half, see sleep.h. */
	if (atomic_exchange_explicit(asleep, 0, memory_order_seq_cst) != 0)
		fa_futex_wake(asleep);
}

int fa_ring_sleep_until(_Atomic uint32_t *asleep, int (*look)(void *side), void *side,
			unsigned int timeout_ms)
{
	uint64_t deadline_ns;
	uint64_t at_ns;
	uint64_t slice_ns = SLICE_MIN_NS;
	bool undisturbed = true;
	int ret = look(side);

	if (ret != FA_ETIMEDOUT || timeout_ms == 0)
		return ret;
	at_ns = now_ns();
	deadline_ns = at_ns + (uint64_t)timeout_ms * NS_PER_MS;
	while (ret == FA_ETIMEDOUT && undisturbed && at_ns < deadline_ns) {
		/* Sequentially consistent: the sleeper's half, see sleep.h. */
		atomic_exchange_explicit(asleep, 1, memory_order_seq_cst);
		ret = look(side);
		if (ret == FA_ETIMEDOUT) {
			undisturbed = fa_futex_wait(asleep, 1,
						    lesser(deadline_ns - at_ns, slice_ns));
			ret = look(side);
		}
		/*
		 * A read-modify-write again: a plain store would stand between an earlier waker's
		 * and our next one, which then would not read from it. Still 1: nobody woke us.
		 */
		if (atomic_exchange_explicit(asleep, 0, memory_order_seq_cst) != 0)
			slice_ns = lesser(2 * slice_ns, SLICE_MAX_NS);
		else
			slice_ns = SLICE_MIN_NS;
		at_ns = now_ns();
	}
	return ret;
}
