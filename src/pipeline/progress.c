/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The progress line. */
#include "pipeline/progress.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"

#define REDRAW_NS (FA_NS_PER_SECOND / 5)

void fa_progress_begin(struct fa_progress *progress, bool shown)
{
	memset(progress, 0, sizeof(*progress));
	progress->shown = shown;
	progress->begun_ns = fa_monotonic_ns();
	progress->last_ns = progress->begun_ns;
}

static void draw(struct fa_progress *progress, int64_t now_ns, uint64_t packets,
		 uint64_t done_bytes, uint64_t total_bytes)
{
	double seconds = (double)(now_ns - progress->last_ns) / 1e9;
	double rate = (double)(packets - progress->last_packets) / seconds;
	double elapsed = (double)(now_ns - progress->begun_ns) / 1e9;
	double part = total_bytes > 0 ? (double)done_bytes / (double)total_bytes : 0;

	fprintf(stderr, "\r\033[K");
	if (part > 0)
		fprintf(stderr, "%3.0f%%  ", 100 * part);
	fprintf(stderr, "%llu packets  %.0f packets/s", (unsigned long long)packets, rate);
	if (part > 0.01 && part < 1)
		fprintf(stderr, "  %.0f s left", elapsed / part - elapsed);
	fflush(stderr);
	progress->drawn = true;
}

void fa_progress_update(struct fa_progress *progress, uint64_t packets, uint64_t done_bytes,
			uint64_t total_bytes)
{
	int64_t now_ns;

	if (!progress->shown)
		return;
	now_ns = fa_monotonic_ns();
	if (now_ns - progress->last_ns < REDRAW_NS)
		return;
	draw(progress, now_ns, packets, done_bytes, total_bytes);
	progress->last_ns = now_ns;
	progress->last_packets = packets;
}

void fa_progress_end(struct fa_progress *progress)
{
	if (!progress->drawn)
		return;
	fprintf(stderr, "\r\033[K");
	fflush(stderr);
	progress->drawn = false;
}
