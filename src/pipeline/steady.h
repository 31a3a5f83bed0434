/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the wall clock can be believed before something is removed because of its age. */
#ifndef FA_PIPELINE_STEADY_H
#define FA_PIPELINE_STEADY_H

#include <stdbool.h>
#include <stdint.h>

/* Set more than this counts, and it counts for a day. */
#define FA_STEADY_STEP_NS INT64_C(3600000000000)
#define FA_STEADY_WAIT_NS INT64_C(86400000000000)

/* Zero: nothing known yet. */
struct fa_steady {
	bool has_looked;
	int64_t offset_ns; /* from the clock that nobody sets to the wall clock */
	int64_t from_ns;   /* of the former: believed from then on */
};

enum fa_steady_state {
	FA_STEADY,
	FA_STEADY_JUST_SET, /* once for each time that it is set */
	FA_STEADY_NOT_YET
};

/* Both clocks as they are now. What it showed when first looked at is believed. */
enum fa_steady_state fa_steady_look(struct fa_steady *steady, int64_t wall_ns,
				    int64_t monotonic_ns);

#endif
