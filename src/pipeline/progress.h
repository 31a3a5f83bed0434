/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line on a terminal that says how far reading has come. */
#ifndef FA_PIPELINE_PROGRESS_H
#define FA_PIPELINE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct fa_progress {
	bool shown; /* wanted at all */
	bool drawn; /* a line stands there */
	int64_t begun_ns, last_ns;
	uint64_t last_packets;
};

void fa_progress_begin(struct fa_progress *progress, bool shown);

/* Draws the line anew, at most five times a second. TOTAL 0: not known. */
void fa_progress_update(struct fa_progress *progress, uint64_t packets, uint64_t done_bytes,
			uint64_t total_bytes);

/* Takes the line away. */
void fa_progress_end(struct fa_progress *progress);

#endif
