/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A promise that a fuzz target holds the code to: a broken one is said, then found as a crash. */
#ifndef TESTS_FUZZ_REQUIRE_H
#define TESTS_FUZZ_REQUIRE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static inline void require_that(bool holds, const char *what, const char *file, int line)
{
	if (holds)
		return;
	fprintf(stderr, "%s:%d: broken: %s\n", file, line, what);
	abort();
}

#define require(condition) require_that(condition, #condition, __FILE__, __LINE__)

#endif
