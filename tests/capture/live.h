/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of live capture: what a live source gave. */
#ifndef FA_TESTS_CAPTURE_LIVE_H
#define FA_TESTS_CAPTURE_LIVE_H

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>

#include "capture/live.h"

#define NUMBERS_MAX 65536

struct got {
	struct fa_source *source;
	unsigned skip; /* link header bytes, for net_number */
	unsigned packets;
	unsigned marked;	    /* packets of net_send */
	unsigned from[FA_LIVE_INTERFACES_MAX]; /* packets, by the number in their frames */
	unsigned times_back;	    /* packets older than the one before */
	unsigned numbers_back;	    /* likewise of their numbers */
	unsigned seen[NUMBERS_MAX]; /* how often each number came */
	uint32_t last_number;
	int64_t first_ns, last_ns;
	uint32_t captured, wire; /* of the last one */
	int link_type;
	char warnings[4096];
	unsigned warning_count;
	struct fa_diag diag;
};

/* Options for NAMES, with a small ring and warnings that go to GOT. */
struct fa_live_options live_options(struct got *got, const char *const *names, size_t count);

/* Clears GOT and opens. */
int live_open(struct got *got, const struct fa_live_options *options);
/* Likewise one interface, which must succeed. */
void live_open_one(struct got *got, const char *name);

/* Reads until WANTED marked packets are there or TIMEOUT_MS are over. */
void live_read(struct got *got, unsigned wanted, int timeout_ms);

/* Reads and looks after the interfaces until interface 0 is in STATE; false after TIMEOUT_MS. */
bool live_reach(struct got *got, enum fa_live_state state, int timeout_ms);

/* Stops and reads all that is left. */
void live_drain(struct got *got);

/* given + dropped = seen by the kernel, for each interface; call after live_drain. */
void live_assert_accounted(const struct got *got);

void live_close(struct got *got);

#endif
