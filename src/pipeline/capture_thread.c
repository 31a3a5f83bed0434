/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A capture thread. */
#include "pipeline/capture_thread.h"

#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "pipeline/signals.h"

enum {
	READ_BATCH = 1024,
	WAIT_MS = 100,
	DRAIN_WAIT_MS = 10,
};

#define TICK_NS	    (FA_NS_PER_SECOND / 10)
#define DESCRIBE_NS FA_NS_PER_SECOND
/* A kernel that still has packets after this has them from elsewhere. */
#define DRAIN_NS FA_NS_PER_SECOND

/* Against each other; whoever is alone, before the start and after the join, needs no lock. */
static void lock(struct fa_capture_thread *thread)
{
	if (thread->started)
		pthread_mutex_lock(&thread->lock);
}

static void unlock(struct fa_capture_thread *thread)
{
	if (thread->started)
		pthread_mutex_unlock(&thread->lock);
}

static void count_interfaces(struct fa_capture_thread *thread)
{
	struct fa_run_interfaces interfaces;

	fa_source_interfaces(thread->source, &interfaces);
	fa_lane_interfaces(thread->lane, &interfaces);
}

static void describe(struct fa_capture_thread *thread)
{
	size_t count = fa_live_interface_count(thread->source);

	count_interfaces(thread);
	pthread_mutex_lock(&thread->lock);
	thread->interface_count = 0;
	for (size_t i = 0; i < count && i < FA_STATISTICS_INTERFACES_MAX; i++) {
		struct fa_statistics_interface *out = &thread->interfaces[i];
		struct fa_live_interface of;

		fa_live_interface(thread->source, i, &of);
		fa_text_copy(out->name, sizeof(out->name), of.name);
		out->state = (uint8_t)of.state;
		out->buffer_bytes = of.buffer_bytes;
		thread->interface_count++;
	}
	pthread_mutex_unlock(&thread->lock);
}

/* All lanes see the same interfaces: what is of those is counted once. */
static void count_source(struct fa_capture_thread *thread)
{
	struct fa_capture_counts *counts = &thread->lane->counts;

	fa_source_counts(thread->source, counts);
	if (thread->lane->index > 0) {
		counts->dropped_interface = 0;
		counts->down_ns = 0;
	}
}

/*
 * IDLE: nothing was left to read. Packets that have waited for long tell the time themselves: ours
 * would be far ahead of them, as if they had gone back.
 */
static void tick(struct fa_capture_thread *thread, int64_t now_ns, bool idle)
{
	struct fa_tick out = {.window = atomic_load(&thread->shared->window)};

	/* After the window: when that is over because of a reload, this is what was in force. */
	out.lore = fa_lore_generation(thread->shared->lore);
	out.clock_ns = idle ? fa_intake_idle(&thread->intake) : thread->intake.clock_ns;
	count_source(thread);
	fa_lane_tick(thread->lane, &out);
	atomic_store_explicit(&thread->lane->shared->beat_ns, now_ns, memory_order_relaxed);
}

static int wait_ms(int64_t next_ns, int64_t now_ns)
{
	int64_t ms = (next_ns - now_ns) / 1000000 + 1;

	return ms < 0 ? 0 : ms > WAIT_MS ? WAIT_MS : (int)ms;
}

static int drain(struct fa_capture_thread *thread, const struct fa_frame_sink *sink,
		 struct fa_diag *diag)
{
	int64_t until_ns = fa_monotonic_ns() + DRAIN_NS;
	int read = 0;

	fa_live_stop(thread->source);
	while (read >= 0 && !fa_live_drained(thread->source) && fa_monotonic_ns() < until_ns) {
		fa_live_wait(thread->source, DRAIN_WAIT_MS);
		fa_intake_time(&thread->intake, fa_wall_clock_ns(), fa_monotonic_ns());
		read = fa_source_read(thread->source, READ_BATCH, sink, diag);
		fa_lane_publish(thread->lane);
	}
	return read < 0 ? read : 0;
}

static int run(struct fa_capture_thread *thread, struct fa_diag *diag)
{
	const struct fa_frame_sink sink = {.fn = fa_intake_frame, .context = &thread->intake};
	int64_t next_tick_ns = 0;
	int64_t next_description_ns = 0;
	int read = 0;

	while (read >= 0 && !atomic_load_explicit(&thread->stop, memory_order_relaxed)) {
		int64_t now_ns = fa_monotonic_ns();

		fa_intake_time(&thread->intake, fa_wall_clock_ns(), now_ns);
		if (now_ns >= next_tick_ns) {
			tick(thread, now_ns, read == 0);
			next_tick_ns = now_ns + TICK_NS;
		}
		if (now_ns >= next_description_ns) {
			describe(thread);
			next_description_ns = now_ns + DESCRIBE_NS;
		}
		read = fa_source_read(thread->source, READ_BATCH, &sink, diag);
		if (read > 0)
			fa_lane_publish(thread->lane);
		else if (read == 0)
			fa_live_wait(thread->source, wait_ms(next_tick_ns, now_ns));
	}
	if (read >= 0)
		read = drain(thread, &sink, diag);
	count_source(thread);
	count_interfaces(thread);
	fa_lane_flush(thread->lane);
	return read < 0 ? read : 0;
}

static void *thread_main(void *context)
{
	struct fa_capture_thread *thread = context;
	struct fa_diag diag = {{0}};
	int error;

	fa_signals_leave();
	error = run(thread, &diag);
	pthread_mutex_lock(&thread->lock);
	thread->error = error;
	if (error != 0)
		fa_fail(&thread->diag, error, "%s",
			diag.text[0] != '\0' ? diag.text : fa_strerror(error));
	pthread_mutex_unlock(&thread->lock);
	return NULL;
}

int fa_capture_thread_start(struct fa_capture_thread *thread, struct fa_source *source,
			    struct fa_lane *lane, struct fa_shared *shared,
			    const struct fa_wire *wire, struct fa_hash_key key)
{
	memset(thread, 0, sizeof(*thread));
	thread->source = source;
	thread->lane = lane;
	thread->shared = shared;
	if (fa_intake_init_keyed(&thread->intake, &lane->counts, wire, key) != 0)
		return FA_ENOMEM;
	thread->intake.packet = fa_lane_packet;
	thread->intake.context = lane;
	pthread_mutex_init(&thread->lock, NULL);
	if (pthread_create(&thread->thread, NULL, thread_main, thread) != 0) {
		fa_intake_deinit(&thread->intake);
		return FA_ENOMEM;
	}
	thread->started = true;
	return 0;
}

void fa_capture_thread_stop(struct fa_capture_thread *thread)
{
	atomic_store(&thread->stop, true);
}

void fa_capture_thread_join(struct fa_capture_thread *thread)
{
	if (!thread->started)
		return;
	pthread_join(thread->thread, NULL);
	fa_intake_deinit(&thread->intake);
	pthread_mutex_destroy(&thread->lock);
	thread->started = false;
}

int fa_capture_thread_error(struct fa_capture_thread *thread, struct fa_diag *diag)
{
	int error;

	lock(thread);
	error = thread->error;
	if (error != 0)
		fa_fail(diag, error, "%s", thread->diag.text);
	unlock(thread);
	return error;
}

void fa_capture_thread_interfaces(struct fa_capture_thread *thread, struct fa_statistics *out)
{
	lock(thread);
	for (uint32_t i = 0; i < thread->interface_count; i++) {
		const struct fa_statistics_interface *from = &thread->interfaces[i];
		struct fa_statistics_interface *to = &out->interfaces[i];

		if (i >= out->interface_count) {
			*to = *from;
			out->interface_count = i + 1;
			continue;
		}
		if (from->state > to->state)
			to->state = from->state;
		to->buffer_bytes += from->buffer_bytes;
	}
	unlock(thread);
}
