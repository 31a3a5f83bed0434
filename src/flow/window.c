/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Handing conversations on: all at once, or a few at a time when a window closes.
 *
 * Half a million flows take too long to be folded between two packets. So a part of them is folded,
 * and the map of conversations changes places with an empty one; what is in it is handed on before
 * the next part is folded. Packets that come in between count as ever.
 */
#include "flow/internal.h"

/* Hands on up to MAX conversations of MAP, from *NEXT on; empties it after the last. */
static int hand_on(struct fa_flows *flows, struct fa_convmap *map, size_t *next, size_t max)
{
	size_t count = fa_convmap_count(map);
	struct fa_conversation conversation;

	for (; *next < count && max > 0; max--) {
		int error;

		fa_convmap_get(map, *next, &conversation);
		error = flows->sink.conversation(flows->sink.context, &conversation);
		if (error != 0)
			return error;
		flows->counts.conversations_out++;
		(*next)++;
	}
	if (*next == count) {
		fa_convmap_clear(map);
		*next = 0;
	}
	return 0;
}

static void change_places(struct fa_flows *flows)
{
	struct fa_convmap *filled = flows->conversations;

	flows->conversations = flows->closing.leaving;
	flows->closing.leaving = filled;
}

int fa_flows_flush(struct fa_flows *flows)
{
	struct fa_closing *closing = &flows->closing;
	size_t next = 0;
	int error = hand_on(flows, closing->leaving, &closing->left, SIZE_MAX);

	return error == 0 ? hand_on(flows, flows->conversations, &next, SIZE_MAX) : error;
}

int fa_flows_close_window(struct fa_flows *flows)
{
	struct fa_closing *closing = &flows->closing;

	closing->stage = FA_CLOSE_FOLDING;
	closing->place = 0;
	closing->places = flows->table.used;
	closing->bucket_ns = flows->newest_bucket_ns;
	return 0;
}

/*
 * Whether the flow has counted something for the window, and can be folded without deciding it. One
 * that may still join a crowd waits for its end: then it counts in its own bucket.
 */
static bool is_due(const struct fa_flows *flows, const struct flow *flow)
{
	return fa_flow_is_live(flow) && flow->label != NO_LABEL &&
	       !(fa_crowd_takes_all(flows) && fa_flow_is_slight(flow)) &&
	       flow->delta.packets[0] + flow->delta.packets[1] > 0 &&
	       flow->bucket_ns <= flows->closing.bucket_ns; /* later ones began after the close */
}

static int fold_some(struct fa_flows *flows, size_t max)
{
	struct fa_closing *closing = &flows->closing;
	int error = 0;

	for (; closing->place < closing->places && max > 0 && error == 0; max--) {
		struct flow *flow = &flows->table.flows[closing->place++];

		if (is_due(flows, flow))
			error = fa_flow_fold(flows, flow, FA_FOLD_BUCKET);
	}
	return error;
}

int fa_flows_close_some(struct fa_flows *flows, size_t max_flows, bool *done)
{
	struct fa_closing *closing = &flows->closing;
	int error = hand_on(flows, closing->leaving, &closing->left, max_flows);

	if (error == 0 && fa_convmap_count(closing->leaving) == 0) {
		if (closing->stage == FA_CLOSE_LAST)
			closing->stage = FA_CLOSE_NONE;
		if (closing->stage == FA_CLOSE_FOLDING) {
			error = fold_some(flows, max_flows);
			change_places(flows);
			if (closing->place == closing->places) {
				closing->stage = FA_CLOSE_LAST;
				fa_crowd_close_window(flows);
			}
		}
	}
	*done = closing->stage == FA_CLOSE_NONE;
	return error;
}
