/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of live capture: what a live source gave. */
#include "live.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "net.h"

#define BATCH 256

static void warned(void *context, const char *text)
{
	struct got *got = context;
	size_t used = strlen(got->warnings);

	snprintf(got->warnings + used, sizeof(got->warnings) - used, "%s\n", text);
	got->warning_count++;
}

static int take(void *context, const struct fa_frame *frame)
{
	struct got *got = context;
	uint32_t number = net_number(frame->data, frame->captured, got->skip);

	if (got->packets++ == 0)
		got->first_ns = frame->ts_ns;
	else if (frame->ts_ns < got->last_ns)
		got->times_back++;
	got->last_ns = frame->ts_ns;
	got->captured = frame->captured;
	got->wire = frame->wire;
	got->link_type = frame->link_type;
	assert_true(frame->interface < FA_LIVE_INTERFACES_MAX);
	got->from[frame->interface]++;
	if (number >= NUMBERS_MAX)
		return 0;
	if (got->marked++ > 0 && number < got->last_number)
		got->numbers_back++;
	got->last_number = number;
	got->seen[number]++;
	return 0;
}

struct fa_live_options live_options(struct got *got, const char *const *names, size_t count)
{
	return (struct fa_live_options){.interfaces = names,
					.interface_count = count,
					.buffer_bytes = 4 << 20,
					.promiscuous = true,
					.warn = warned,
					.context = got};
}

int live_open(struct got *got, const struct fa_live_options *options)
{
	memset(got, 0, sizeof(*got));
	got->skip = 14;
	return fa_source_open_live(&got->source, options, &got->diag);
}

void live_open_one(struct got *got, const char *name)
{
	struct fa_live_options options = live_options(got, &name, 1);

	assert_int_equal(live_open(got, &options), FA_OK);
}

static void read_batch(struct got *got)
{
	struct fa_frame_sink sink = {.fn = take, .context = got};
	int given;

	do
		given = fa_source_read(got->source, BATCH, &sink, &got->diag);
	while (given > 0);
	assert_int_equal(given, 0);
}

void live_read(struct got *got, unsigned wanted, int timeout_ms)
{
	int64_t end_ns = fa_monotonic_ns() + timeout_ms * 1000000ll;

	read_batch(got);
	while (got->marked < wanted && fa_monotonic_ns() < end_ns) {
		fa_live_wait(got->source, 10);
		read_batch(got);
	}
}

bool live_reach(struct got *got, enum fa_live_state state, int timeout_ms)
{
	int64_t end_ns = fa_monotonic_ns() + timeout_ms * 1000000ll;

	while (fa_live_state(got->source, 0) != state && fa_monotonic_ns() < end_ns) {
		fa_live_wait(got->source, 10);
		read_batch(got);
	}
	return fa_live_state(got->source, 0) == state;
}

void live_drain(struct got *got)
{
	int64_t end_ns = fa_monotonic_ns() + 2000000000ll;

	fa_live_stop(got->source);
	while (!fa_live_drained(got->source) && fa_monotonic_ns() < end_ns) {
		fa_live_wait(got->source, 10);
		read_batch(got);
	}
	assert_true(fa_live_drained(got->source));
}

void live_assert_accounted(const struct got *got)
{
	struct fa_live_interface one;
	struct fa_run_interfaces interfaces;
	struct fa_capture_counts counts;
	uint64_t packets = 0;
	uint64_t dropped = 0;

	fa_source_interfaces(got->source, &interfaces);
	assert_int_equal(interfaces.count, fa_live_interface_count(got->source));
	assert_int_equal(interfaces.more, 0);
	for (size_t i = 0; i < interfaces.count; i++) {
		const struct fa_run_interface *of = &interfaces.items[i];

		fa_live_interface(got->source, i, &one);
		assert_string_equal(of->name, one.name);
		assert_int_equal(of->link_type, one.link_type);
		assert_int_equal(of->packets, got->from[i]);
		assert_int_equal(of->dropped_kernel, one.dropped_kernel);
		assert_true(of->counts_kernel);
		assert_int_equal(one.packets + one.dropped_kernel, one.seen_kernel);
		packets += one.packets;
		dropped += one.dropped_kernel;
	}
	assert_int_equal(packets, got->packets);
	fa_source_counts(got->source, &counts);
	assert_int_equal(dropped, counts.dropped_kernel);
}

void live_close(struct got *got)
{
	fa_source_free(got->source);
	got->source = NULL;
}
