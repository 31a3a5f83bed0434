/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sleeping on a word of shared memory, and waking who sleeps there. Works between processes.
 */
#ifndef FA_RING_FUTEX_H
#define FA_RING_FUTEX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Sleeps while *WORD is EXPECTED, until woken or for at most TIMEOUT_NS. May also return for no
 * reason: look again. Returns false when a signal handler ended the sleep, else true.
 */
bool fa_futex_wait(_Atomic uint32_t *word, uint32_t expected, uint64_t timeout_ns);

/* Wakes at most one sleeper on WORD. */
void fa_futex_wake(_Atomic uint32_t *word);

#endif
