/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sleeping on a word of shared memory: the futex system call, see futex(2).
 *
 * The operations are the shared ones, not FUTEX_PRIVATE_FLAG: the sleeper and the waker are
 * different processes and only the page behind the word is common to them.
 */
#include "ring/futex.h"

#include <assert.h>
#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000u

static_assert(sizeof(_Atomic uint32_t) == 4, "the kernel compares 32 bits");
static_assert(sizeof(time_t) == sizeof(long), "SYS_futex takes the kernel's own timespec");

bool fa_futex_wait(_Atomic uint32_t *word, uint32_t expected, uint64_t timeout_ns)
{
	struct timespec timeout = {
		.tv_sec = (time_t)(timeout_ns / NS_PER_S),
		.tv_nsec = (long)(timeout_ns % NS_PER_S),
	};

	if (syscall(SYS_futex, word, FUTEX_WAIT, expected, &timeout, NULL, 0) == 0)
		return true;
	return errno != EINTR;
}

void fa_futex_wake(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}
