/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where windows and runs end. */
#include "pipeline/boundary.h"

#include <string.h>

#include "base/time.h"
#include "pipeline/shared.h"

/* A clock that is set by less was corrected. */
#define STEP_NS (5 * FA_NS_PER_SECOND)
/* Signals may come in heaps. */
#define RELOAD_NS (3 * FA_NS_PER_SECOND)

int64_t fa_boundary_slack_ns(int64_t bucket_ns)
{
	return bucket_ns / 4 < STEP_NS ? bucket_ns / 4 : STEP_NS;
}

static int64_t next_multiple(int64_t now_ns, int64_t step_ns)
{
	return fa_bucket_start(now_ns, step_ns) + step_ns;
}

void fa_boundary_init(struct fa_boundary *boundary, int64_t bucket_ns, int64_t rotate_ns,
		      const struct fa_boundary_now *now)
{
	memset(boundary, 0, sizeof(*boundary));
	boundary->bucket_ns = bucket_ns;
	boundary->rotate_ns = rotate_ns;
	boundary->window_ns = next_multiple(now->wall_ns, bucket_ns);
	if (rotate_ns != 0)
		boundary->rotation_ns = next_multiple(now->wall_ns, rotate_ns);
	boundary->begun_ns = now->monotonic_ns;
	boundary->offset_ns = now->wall_ns - now->monotonic_ns;
	boundary->reload_ns = INT64_MIN;
}

int64_t fa_boundary_next_ns(const struct fa_boundary *boundary)
{
	return boundary->rotate_ns != 0 && boundary->rotation_ns < boundary->window_ns
		       ? boundary->rotation_ns
		       : boundary->window_ns;
}

void fa_boundary_ask_reload(struct fa_boundary *boundary)
{
	boundary->reload_asked = true;
}

/*
 * One reload after the other, and not one run for each of many signals. Only when the window of the
 * one before is stored do workers hear, before the window of this one ends, what was read then: see
 * lore.h.
 */
static void look_at_reload(struct fa_boundary *boundary, const struct fa_boundary_now *now)
{
	if (!boundary->reload_asked || boundary->reloading ||
	    now->monotonic_ns < boundary->reload_ns || now->stored < boundary->reload_window)
		return;
	boundary->reload_asked = false;
	boundary->reloading = true;
	boundary->reload_ns = now->monotonic_ns + RELOAD_NS;
	boundary->wanted |= FA_WINDOW_RELOAD;
}

/* Set back by less than a run: it ends when the clock comes to a multiple again. */
static void look_at_rotation(struct fa_boundary *boundary, int64_t wall_ns)
{
	int64_t rotate_ns = boundary->rotate_ns;
	int64_t left_ns = boundary->rotation_ns - wall_ns;

	if (rotate_ns == 0)
		return;
	if (left_ns <= 0 || left_ns - rotate_ns > rotate_ns)
		boundary->wanted |= FA_WINDOW_ROTATE;
	else if (left_ns - rotate_ns <= fa_boundary_slack_ns(boundary->bucket_ns))
		return;
	boundary->rotation_ns = next_multiple(wall_ns, rotate_ns);
}

static bool is_beyond(int64_t ns, int64_t limit_ns)
{
	return ns > limit_ns || ns < -limit_ns;
}

/* Whether it is over: at its end, when the clock shows a time before it, or when it is too long. */
static void look_at_window(struct fa_boundary *boundary, const struct fa_boundary_now *now,
			   int64_t step_ns)
{
	int64_t bucket_ns = boundary->bucket_ns;
	int64_t slack_ns = fa_boundary_slack_ns(bucket_ns);
	int64_t left_ns = boundary->window_ns - now->wall_ns;
	int64_t open_ns = now->monotonic_ns - boundary->begun_ns;

	boundary->over = false;
	/* A clock that is set again and again makes no window each time. */
	if (open_ns < slack_ns && is_beyond(step_ns, slack_ns))
		boundary->window_ns = next_multiple(now->wall_ns, bucket_ns);
	else
		boundary->over = left_ns <= 0 || left_ns - bucket_ns > slack_ns ||
				 open_ns >= bucket_ns + slack_ns;
}

bool fa_boundary_look(struct fa_boundary *boundary, const struct fa_boundary_now *now,
		      int64_t *set_ns)
{
	int64_t offset_ns = now->wall_ns - now->monotonic_ns;
	int64_t step_ns = offset_ns - boundary->offset_ns;

	boundary->offset_ns = offset_ns;
	*set_ns = is_beyond(step_ns, STEP_NS) ? step_ns : 0;
	look_at_reload(boundary, now);
	look_at_rotation(boundary, now->wall_ns);
	look_at_window(boundary, now, step_ns);
	return boundary->over || boundary->wanted != 0;
}

void fa_boundary_ended(struct fa_boundary *boundary, const struct fa_boundary_now *now,
		       uint64_t ended)
{
	/* Where the clock was set to, little may be left of the bucket: that makes no window. */
	int64_t least_ns = boundary->over ? fa_boundary_slack_ns(boundary->bucket_ns) : 0;

	if ((boundary->wanted & FA_WINDOW_RELOAD) != 0)
		boundary->reload_window = ended;
	boundary->wanted = 0;
	boundary->window_ns = next_multiple(now->wall_ns + least_ns, boundary->bucket_ns);
	boundary->begun_ns = now->monotonic_ns;
}
