/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Warnings about loss while it happens. */
#include "pipeline/loss_watch.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"

#define QUIET_NS   (10 * FA_NS_PER_SECOND) /* without loss: the episode is over */
#define PAIR_NS	   (60 * FA_NS_PER_SECOND) /* between two beginnings that are said */
#define SILENCE_NS (60 * FA_NS_PER_SECOND) /* without packets */

enum { LINE = 256 };

/* Counters and what to say of them. */
struct stage {
	const char *name;
	size_t offset;		/* of the counter, in struct fa_statistics */
	const char *losing;	/* "NAME: ... (12 in the last second)" */
	const char *advice;	/* behind it */
	const char *quiet;	/* "NAME: ... for 10 s" */
	const char *one, *many; /* "; 12,345 ... in 42 s" */
};

#define COUNTER(member) offsetof(struct fa_statistics, totals.member)

static const struct stage stages[FA_LOSS_STAGES] = {
	{"kernel", COUNTER(capture.dropped_kernel), "dropping packets",
	 ": the capture process is too slow; see --buffer", "no packet dropped", "was lost",
	 "were lost"},
	{"interface", COUNTER(capture.dropped_interface), "dropping packets",
	 ": the network card has no room for them; see ethtool -S and -g", "no packet dropped",
	 "was lost", "were lost"},
	{"ring", COUNTER(capture.dropped_ring), "dropping packets",
	 ": the workers are too slow; see --workers", "no packet dropped", "was lost", "were lost"},
	{"memory", COUNTER(workers.flows_evicted), "flows are given up before their end",
	 "; see --max-memory", "no flow given up", "was given up", "were given up"},
	{"inspection", COUNTER(workers.inspections_evicted),
	 "flows are not inspected to the end, for want of memory", "; see --max-memory",
	 "no inspection given up", "was given up", "were given up"},
	{"evidence", COUNTER(loss.evidence_dropped), "packets are not kept, for want of room",
	 "; see --save-limit", "every packet kept", "was not kept", "were not kept"},
};

/* Whom to tell. */
struct listener {
	void (*say)(void *context, const char *text);
	void *context;
};

void fa_loss_watch_init(struct fa_loss_watch *watch)
{
	memset(watch, 0, sizeof(*watch));
}

static uint64_t counter(const struct fa_statistics *now, const struct stage *stage)
{
	uint64_t value;

	memcpy(&value, (const char *)now + stage->offset, sizeof(value));
	return value;
}

/* "second", or "5 s" when looks are further apart. */
static const char *span_text(int64_t ns, char text[FA_NUMBER_TEXT])
{
	return ns < 3 * FA_NS_PER_SECOND / 2 ? "second" : fa_duration_text(ns, text);
}

/* FRESH since the last look, SPAN_NS ago. */
static void say_losing(const struct stage *stage, const struct fa_loss_stage *state, uint64_t fresh,
		       int64_t span_ns, int64_t now_ns, const struct listener *listener)
{
	char number[FA_NUMBER_TEXT], span[FA_NUMBER_TEXT];
	char more[LINE / 2] = "", line[LINE];
	uint64_t all = state->seen - state->began_count;
	char all_number[FA_NUMBER_TEXT], all_span[FA_NUMBER_TEXT];

	if (all > fresh) /* what was held back */
		snprintf(more, sizeof(more), ", %s in %s", fa_number_text(all, all_number),
			 fa_duration_text(now_ns - state->began_ns, all_span));
	snprintf(line, sizeof(line), "%s: %s (%s in the last %s%s)%s", stage->name, stage->losing,
		 fa_number_text(fresh, number), span_text(span_ns, span), more, stage->advice);
	listener->say(listener->context, line);
}

static void say_stopped(const struct stage *stage, const struct fa_loss_stage *state,
			int64_t quiet_ns, const struct listener *listener)
{
	char quiet[FA_NUMBER_TEXT], number[FA_NUMBER_TEXT], span[FA_NUMBER_TEXT];
	uint64_t all = state->seen - state->began_count;
	char line[LINE];

	snprintf(line, sizeof(line), "%s: %s for %s; %s %s in %s", stage->name, stage->quiet,
		 fa_duration_text(quiet_ns, quiet), fa_number_text(all, number),
		 all == 1 ? stage->one : stage->many,
		 fa_duration_text(state->last_ns - state->began_ns, span));
	listener->say(listener->context, line);
}

/* The capture ends, the loss had not stopped. */
static void say_unfinished(const struct stage *stage, const struct fa_loss_stage *state,
			   const struct listener *listener)
{
	char number[FA_NUMBER_TEXT], span[FA_NUMBER_TEXT];
	uint64_t all = state->seen - state->began_count;
	char line[LINE];

	snprintf(line, sizeof(line), "%s: %s %s in %s, until the end", stage->name,
		 fa_number_text(all, number), all == 1 ? stage->one : stage->many,
		 fa_duration_text(state->last_ns - state->began_ns, span));
	listener->say(listener->context, line);
}

static void look_at_stage(const struct stage *stage, struct fa_loss_stage *state, uint64_t value,
			  int64_t span_ns, int64_t now_ns, const struct listener *listener)
{
	uint64_t fresh = value > state->seen ? value - state->seen : 0;
	int64_t quiet_ns;

	if (fresh > 0) {
		if (!state->is_open) {
			state->is_open = true;
			state->is_said = false;
			state->began_ns = now_ns - span_ns;
			state->began_count = state->seen;
		}
		state->seen = value;
		state->last_ns = now_ns;
	}
	if (!state->is_open)
		return;
	quiet_ns = now_ns - state->last_ns;
	/* Held back until its minute is over: then it goes on, or is over and said in one line. */
	if (!state->is_said && state->has_said && now_ns - state->said_ns < PAIR_NS)
		return;
	if (!state->is_said && fresh > 0) {
		say_losing(stage, state, fresh, span_ns, now_ns, listener);
		state->is_said = true;
	} else if (quiet_ns >= QUIET_NS) {
		say_stopped(stage, state, quiet_ns, listener);
		state->is_open = false;
		if (state->is_said)
			return;
	} else {
		return;
	}
	state->has_said = true;
	state->said_ns = now_ns;
}

/* Why there may be no packets: an interface that is not up, or else the mirror port. */
static void say_silent(const struct fa_statistics *now, const struct listener *listener)
{
	char name[4 * FA_STATISTICS_NAME];
	char line[LINE];

	snprintf(line, sizeof(line), "no packet for %d s: is the mirror port fed?",
		 (int)(SILENCE_NS / FA_NS_PER_SECOND));
	for (uint32_t i = 0; i < fa_statistics_interfaces(now); i++) {
		const struct fa_statistics_interface *interface = &now->interfaces[i];

		if (interface->state == FA_INTERFACE_UP)
			continue;
		fa_text_safe(interface->name, strnlen(interface->name, sizeof(interface->name)),
			     name, sizeof(name));
		snprintf(line, sizeof(line), "no packet for %d s: %s is %s",
			 (int)(SILENCE_NS / FA_NS_PER_SECOND), name,
			 interface->state == FA_INTERFACE_DOWN ? "down" : "gone");
		break;
	}
	listener->say(listener->context, line);
}

static void look_at_silence(struct fa_loss_watch *watch, const struct fa_statistics *now,
			    const struct listener *listener)
{
	uint64_t packets = now->totals.capture.packets;
	char span[FA_NUMBER_TEXT], line[LINE];

	if (!watch->has_looked || packets != watch->packets) {
		if (watch->is_silent) {
			snprintf(line, sizeof(line), "packets again, after %s without",
				 fa_duration_text(now->monotonic_ns - watch->packet_ns, span));
			listener->say(listener->context, line);
		}
		watch->packets = packets;
		watch->packet_ns = now->monotonic_ns;
		watch->is_silent = false;
	} else if (!watch->is_silent && now->monotonic_ns - watch->packet_ns >= SILENCE_NS) {
		say_silent(now, listener);
		watch->is_silent = true;
	}
}

void fa_loss_watch_look(struct fa_loss_watch *watch, const struct fa_statistics *now,
			void (*say)(void *context, const char *text), void *context)
{
	const struct listener listener = {say, context};
	/* Of the first look nothing is known but that the capture has just begun. */
	int64_t span_ns =
		watch->has_looked ? now->monotonic_ns - watch->looked_ns : FA_NS_PER_SECOND;

	for (size_t i = 0; i < FA_LOSS_STAGES; i++)
		look_at_stage(&stages[i], &watch->stages[i], counter(now, &stages[i]), span_ns,
			      now->monotonic_ns, &listener);
	look_at_silence(watch, now, &listener);
	watch->has_looked = true;
	watch->looked_ns = now->monotonic_ns;
}

void fa_loss_watch_finish(struct fa_loss_watch *watch, void (*say)(void *context, const char *text),
			  void *context)
{
	const struct listener listener = {say, context};

	for (size_t i = 0; i < FA_LOSS_STAGES; i++) {
		struct fa_loss_stage *state = &watch->stages[i];

		if (state->is_open)
			say_unfinished(&stages[i], state, &listener);
		state->is_open = false;
	}
}
