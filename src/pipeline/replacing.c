/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Workers that died or hang: what is lost with them, and going on behind the packet it was. */
#include "pipeline/replacing.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "base/log.h"
#include "base/time.h"
#include "pipeline/live.h"

enum {
	/* A worker that dies more often than this in a replay is not unlucky; in a live capture,
	 * this often within a minute. */
	REPLACEMENTS_MAX = 100,
	/* A worker with packets to take that takes none for so long hangs on one. Generous, since
	 * a busy machine may well not run it for a while. */
	STALL_SECONDS = 10,
	/* A worker that takes packets and does not hand over the window that is over may have been
	 * subverted: no window of any worker would be stored. */
	LATE_SECONDS = 60,
};

/* It surely hangs when it has worked as long on one packet: live, packets are lost meanwhile. */
#define STALL_CPU_NS (9 * FA_NS_PER_SECOND / 10)

const char *fa_replacing_why(int status, char *text, size_t size)
{
	int number = WTERMSIG(status);

	if (WIFEXITED(status))
		return "it ended before it was told to";
	snprintf(text, size, "%s%s", strsignal(number),
		 number == SIGSYS ? ", forbidden by its sandbox" : "");
	return text;
}

void fa_replacing_init(struct fa_replacing *replacing, const struct fa_job *job,
		       struct fa_shared *shared, const struct fa_channel *channels)
{
	memset(replacing, 0, sizeof(*replacing));
	replacing->job = job;
	replacing->shared = shared;
	replacing->channels = channels;
}

/* Saves the packet that a worker died on, as long as there is room for another. */
static void save_packet(struct fa_replacing *replacing, unsigned index, int signal_number,
			const struct fa_packet *packet, uint32_t len)
{
	struct fa_shared *shared = replacing->shared;
	uint32_t number = atomic_load(&shared->crashes);
	struct fa_crash_slot *slot;

	if (number >= FA_CRASHES_MAX || len < sizeof(*packet))
		return;
	slot = &shared->crash[number];
	slot->crash = (struct fa_crash){
		.when_ns = fa_wall_clock_ns(),
		.ts_ns = packet->ts_ns,
		.number = packet->number,
		.worker = index,
		.signal = signal_number,
		.ip_bytes = packet->ip_bytes,
		.captured = len - (uint32_t)sizeof(*packet),
	};
	if (slot->crash.captured > sizeof(slot->bytes))
		slot->crash.captured = sizeof(slot->bytes);
	memcpy(slot->bytes, packet + 1, slot->crash.captured);
	atomic_store(&shared->crashes, number + 1);
}

/* Moves a ring behind what a dead worker had taken; *LAST gets the record it took last. */
static int skip_taken(const struct fa_ring *ring, uint64_t position, const void **last,
		      uint32_t *last_len, struct fa_ring_consumer *consumer)
{
	const void *record;
	uint32_t kind;
	int error = fa_ring_consumer_init(consumer, ring);

	*last = NULL;
	if (error != 0 || position == 0)
		return error;
	while ((record = fa_ring_next(consumer, last_len, &kind)) != NULL) {
		if (fa_ring_position(consumer) != position)
			continue;
		*last = kind == FA_RECORD_PACKET ? record : NULL;
		return 0;
	}
	/* All of it was released before. */
	return fa_ring_consumer_init(consumer, ring);
}

static int skip_fatal_packet(struct fa_replacing *replacing, unsigned index, int signal_number)
{
	const struct fa_channel *channel = &replacing->channels[index];
	unsigned at_lane = atomic_load(&channel->worker->at_lane);
	int error = 0;

	for (unsigned lane = 0; lane < replacing->job->lanes && error == 0; lane++) {
		uint64_t position = atomic_load(&channel->worker->at_position[lane]);
		struct fa_ring_consumer consumer;
		const void *last;
		uint32_t len;

		error = skip_taken(channel->packets[lane], position, &last, &len, &consumer);
		if (error == 0 && last != NULL && lane == at_lane)
			save_packet(replacing, index, signal_number, last, len);
		if (error == 0)
			fa_ring_release(&consumer);
	}
	return error;
}

/* Whether workers die so often that something else is wrong. */
static bool too_many_replaced(struct fa_replacing *replacing)
{
	int64_t now_ns = fa_monotonic_ns();

	if (replacing->job->live != NULL &&
	    now_ns - replacing->minute_ns > 60 * FA_NS_PER_SECOND) {
		replacing->minute_ns = now_ns;
		replacing->replaced_before = replacing->loss.workers_replaced;
	}
	return replacing->loss.workers_replaced - replacing->replaced_before > REPLACEMENTS_MAX;
}

/* The windows that it had begun to hand over, as far as that can be. */
static void reset_windows(const struct fa_shared *shared, struct fa_worker_shared *worker,
			  uint64_t handed)
{
	uint64_t seen = atomic_load(&worker->window_seen);
	uint64_t last = atomic_load(&shared->window);

	if (seen > last)
		seen = last;
	atomic_store(&worker->window_seen, seen > handed ? seen : handed);
	atomic_store(&worker->window_sent, handed);
}

/* What the dead worker had counted stays; its positions and states begin anew. */
static void reset_worker(struct fa_worker_shared *worker, uint64_t taken)
{
	struct fa_worker_counts before, counts;

	fa_board_get(worker->before, &before, FA_BOARD_WORDS(before));
	fa_board_get(worker->counts, &counts, FA_BOARD_WORDS(counts));
	counts.packets = taken;
	fa_worker_counts_add(&before, &counts);
	fa_board_put(worker->before, &before, FA_BOARD_WORDS(before));
	memset(&counts, 0, sizeof(counts));
	fa_board_put(worker->counts, &counts, FA_BOARD_WORDS(counts));
	atomic_store(&worker->taken, 0);
	atomic_store(&worker->reported, 0);
	atomic_store(&worker->active, 0);
	atomic_store(&worker->waiting, false); /* the next one may hang, too */
	for (unsigned lane = 0; lane < FA_LANES_MAX; lane++)
		atomic_store(&worker->at_position[lane], 0);
}

int fa_replacing_died(struct fa_replacing *replacing, unsigned index, int status,
		      struct fa_diag *diag)
{
	struct fa_worker_shared *worker = replacing->channels[index].worker;
	struct fa_loss_counts *loss = &replacing->loss;
	uint64_t taken = atomic_load(&worker->taken);
	uint64_t reported = atomic_load(&worker->reported);
	uint64_t lost = taken > reported ? taken - reported : 0; /* whatever it left there */
	uint64_t flows = atomic_load(&worker->active);
	int signal_number = replacing->progress[index].hung ? 0 : WTERMSIG(status);
	char why[96];

	fa_log_warn("worker %u died at packet %llu (%s); replaced; %llu packets of %llu open flows "
		    "are lost",
		    index, (unsigned long long)atomic_load(&worker->at_number),
		    fa_replacing_why(status, why, sizeof(why)), (unsigned long long)lost,
		    (unsigned long long)flows);
	loss->workers_replaced++;
	loss->packets_lost += lost;
	loss->flows_lost += flows;
	fa_board_put(replacing->shared->loss, loss, FA_BOARD_WORDS(*loss));
	if (too_many_replaced(replacing))
		return fa_fail(diag, FA_EDEAD, "worker processes die again and again");
	if (skip_fatal_packet(replacing, index, signal_number) != 0)
		return fa_fail(diag, FA_ECORRUPT, "a dead worker left its ring in disorder");
	reset_worker(worker, taken);
	reset_windows(replacing->shared, worker, atomic_load(&replacing->shared->handed[index]));
	replacing->progress[index].since_ns = 0;
	replacing->progress[index].hung = false;
	return 0;
}

bool fa_replacing_has_pending(const struct fa_replacing *replacing, unsigned index)
{
	for (unsigned lane = 0; lane < replacing->job->lanes; lane++)
		if (fa_ring_pending_bytes(replacing->channels[index].packets[lane]) > 0)
			return true;
	return false;
}

/* What a process has worked, or 0 when that cannot be told. */
static int64_t worked_ns(pid_t pid)
{
	struct timespec ts;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &ts) != 0)
		return 0;
	return (int64_t)ts.tv_sec * FA_NS_PER_SECOND + ts.tv_nsec;
}

/* Whether a worker that has packets takes none, or works on one for too long. */
static bool is_stalled(struct fa_replacing *replacing, unsigned index, pid_t pid, int64_t now_ns)
{
	const struct fa_worker_shared *worker = replacing->channels[index].worker;
	uint64_t taken = atomic_load(&worker->taken);
	int64_t worked = worked_ns(pid);
	int64_t hung_ns;

	if (taken != replacing->progress[index].taken || atomic_load(&worker->waiting) ||
	    !fa_replacing_has_pending(replacing, index) ||
	    replacing->progress[index].since_ns == 0) {
		replacing->progress[index].taken = taken;
		replacing->progress[index].since_ns = now_ns;
		replacing->progress[index].cpu_ns = worked;
		return false;
	}
	hung_ns = now_ns - replacing->progress[index].since_ns;
	if (hung_ns < STALL_SECONDS * FA_NS_PER_SECOND &&
	    (replacing->job->live == NULL ||
	     worked - replacing->progress[index].cpu_ns < STALL_CPU_NS))
		return false;
	fa_log_warn("worker %u has hung for %.1f s; ending it", index, (double)hung_ns / 1e9);
	replacing->progress[index].since_ns = now_ns;
	replacing->progress[index].cpu_ns = worked;
	return true;
}

/* Whether the worker has a window to hand over, and the auditor waits for nothing but that. */
static bool has_window(const struct fa_replacing *replacing, unsigned index)
{
	const struct fa_shared *shared = replacing->shared;
	uint64_t handed = atomic_load(&shared->handed[index]);

	for (unsigned lane = 0; lane < replacing->job->lanes; lane++)
		if (atomic_load(&shared->lanes[lane].window) <= handed)
			return false;
	return handed == replacing->progress[index].handed &&
	       fa_ring_pending_bytes(replacing->channels[index].conversations) == 0;
}

static bool is_late(struct fa_replacing *replacing, unsigned index, int64_t now_ns)
{
	if (!has_window(replacing, index) || replacing->progress[index].on_time_ns == 0) {
		replacing->progress[index].handed = atomic_load(&replacing->shared->handed[index]);
		replacing->progress[index].on_time_ns = now_ns;
		return false;
	}
	if (now_ns - replacing->progress[index].on_time_ns < LATE_SECONDS * FA_NS_PER_SECOND)
		return false;
	fa_log_warn("worker %u has not handed over a window for %d s; ending it", index,
		    LATE_SECONDS);
	replacing->progress[index].on_time_ns = now_ns;
	return true;
}

bool fa_replacing_hangs(struct fa_replacing *replacing, unsigned index, pid_t pid, int64_t now_ns)
{
	bool stalled = is_stalled(replacing, index, pid, now_ns);
	bool late = replacing->job->live != NULL && is_late(replacing, index, now_ns);

	if (stalled || late)
		replacing->progress[index].hung = true;
	return stalled || late;
}

void fa_replacing_stopped(struct fa_replacing *replacing, unsigned index)
{
	fa_log_warn("worker %u was stopped by a signal; ending it", index);
	replacing->progress[index].hung = true;
}
