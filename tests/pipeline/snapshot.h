/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A snapshot of a live capture for tests, and the one a second before it. */
#ifndef FA_TESTS_PIPELINE_SNAPSHOT_H
#define FA_TESTS_PIPELINE_SNAPSHOT_H

#include <string.h>

#include "base/time.h"
#include "pipeline/statistics.h"

static inline void add_interface(struct fa_statistics *now, const char *name, uint8_t state)
{
	struct fa_statistics_interface *interface = &now->interfaces[now->interface_count++];

	strncpy(interface->name, name, sizeof(interface->name));
	interface->state = state;
	interface->buffer_bytes = 64ull << 20;
}

static inline struct fa_statistics snapshot_before(void)
{
	struct fa_statistics s;

	memset(&s, 0, sizeof(s));
	s.monotonic_ns = 1000 * FA_NS_PER_SECOND;
	s.wall_ns = 1795305600 * FA_NS_PER_SECOND; /* 2026-11-22 00:00 */
	s.begun_wall_ns = s.wall_ns - 26 * 3600 * FA_NS_PER_SECOND;
	s.run = 7;
	s.windows = 26;
	s.totals.capture.packets = 5000000;
	s.totals.capture.frame_bytes = 3000000000;
	s.totals.capture.results[FA_DECODE_DECODED] = 4999000;
	s.totals.capture.results[FA_DECODE_NOT_IP] = 1000;
	s.totals.workers.flows = 420000;
	s.totals.conversations = 31000;
	s.flows_active = 193402;
	s.flows_max = 500000;
	s.ring_used_bytes = 500000;
	s.ring_bytes = 16000000;
	s.lag_ns = 12 * FA_NS_PER_SECOND / 1000;
	s.findings = 12;
	s.committed_wall_ns = s.wall_ns - 42 * FA_NS_PER_SECOND;
	s.workers = 2;
	s.lanes = 1;
	add_interface(&s, "eth1", FA_INTERFACE_UP);
	return s;
}

/* A second later, with 1,042,113 packets and 3.2 gigabits more. */
static inline struct fa_statistics snapshot_now(void)
{
	struct fa_statistics s = snapshot_before();

	s.monotonic_ns += FA_NS_PER_SECOND;
	s.wall_ns += FA_NS_PER_SECOND;
	s.totals.capture.packets += 1042113;
	s.totals.capture.results[FA_DECODE_DECODED] += 1042113;
	s.totals.capture.frame_bytes += 400000000;
	return s;
}

#endif
