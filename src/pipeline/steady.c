/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the wall clock can be believed. */
#include "pipeline/steady.h"

enum fa_steady_state fa_steady_look(struct fa_steady *steady, int64_t wall_ns,
				    int64_t monotonic_ns)
{
	int64_t offset_ns = wall_ns - monotonic_ns;
	int64_t step_ns = offset_ns - steady->offset_ns;

	/* Small steps, and what clocks drift, follow. */
	steady->offset_ns = offset_ns;
	if (!steady->has_looked) {
		steady->has_looked = true;
		steady->from_ns = monotonic_ns;
	} else if (step_ns > FA_STEADY_STEP_NS || step_ns < -FA_STEADY_STEP_NS) {
		steady->from_ns = monotonic_ns + FA_STEADY_WAIT_NS;
		return FA_STEADY_JUST_SET;
	}
	return monotonic_ns >= steady->from_ns ? FA_STEADY : FA_STEADY_NOT_YET;
}
