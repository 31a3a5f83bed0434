/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The processes of a job. */
#include "pipeline/processes.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "pipeline/auditor.h"
#include "pipeline/live.h"
#include "pipeline/memory.h"
#include "pipeline/signals.h"
#include "pipeline/worker.h"

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

struct fa_processes {
	const struct fa_job *job;
	struct fa_shared *shared;
	struct fa_channel channels[FA_WORKERS_MAX];
	struct fa_lane lanes[FA_LANES_MAX];
	struct fa_loss_counts loss; /* ours; others see it on its board */
	struct fa_worker_setup setup;
	struct fa_diag diag; /* of the failure that ends the job */
	int error;
	struct {
		uint64_t taken;	  /* when last looked at */
		int64_t since_ns; /* when it was first that many, */
		int64_t cpu_ns;	  /* and what the process had worked by then */
		bool hung;	  /* so that we end it */
		uint64_t handed;  /* the last window it handed over, */
		int64_t on_time_ns; /* and when it last was not late */
	} progress[FA_WORKERS_MAX];
	bool closing; /* the rings of packets end: workers may, too */
	int64_t minute_ns; /* when counting of replacements began anew */
	uint64_t replaced_before;
	pid_t workers[FA_WORKERS_MAX]; /* 0: gone, as it should */
	pid_t auditor;
	pid_t self;
};

static const char *signal_text(int status, char *text, size_t size)
{
	int number = WTERMSIG(status);

	if (WIFEXITED(status))
		return "it ended before it was told to";
	snprintf(text, size, "%s%s", strsignal(number),
		 number == SIGSYS ? ", forbidden by its sandbox" : "");
	return text;
}

static int fail(struct fa_processes *processes, int error, const char *message)
{
	if (processes->error == 0) {
		processes->error = error;
		fa_fail(&processes->diag, error, "%s", message);
	}
	return processes->error;
}

/* A child leaves signals of the terminal to the supervisor, which ends the job in order. */
static void leave_signals_to_parent(void)
{
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGTSTP, SIG_IGN);
}

/* A worker, which may be subverted, has no access to what others share. */
static void keep_only_channel(struct fa_processes *processes, unsigned index)
{
	for (unsigned i = 0; i < processes->job->workers; i++) {
		struct fa_channel *channel = &processes->channels[i];

		if (i == index)
			continue;
		for (unsigned lane = 0; lane < processes->job->lanes; lane++)
			fa_ring_free(channel->packets[lane]);
		fa_ring_free(channel->conversations);
		munmap(channel->worker, sizeof(*channel->worker));
	}
	if (fa_lore_only_read(processes->shared->lore) != 0)
		_exit(1);
	munmap(processes->shared, sizeof(*processes->shared));
}

static int fork_worker(struct fa_processes *processes, unsigned index)
{
	pid_t pid = fork();

	if (pid < 0)
		return fail(processes, FA_ENOMEM, "cannot fork a worker process");
	if (pid == 0) {
		leave_signals_to_parent();
		keep_only_channel(processes, index);
		_exit(fa_worker_main(&processes->setup, &processes->channels[index],
				     processes->self));
	}
	processes->workers[index] = pid;
	return 0;
}

/* Forks the auditor and waits for its word that the run has begun. */
static int fork_auditor(struct fa_processes *processes, const struct fa_run_info *info)
{
	struct fa_shared *shared = processes->shared;
	int ready[2];
	ssize_t got;
	char byte;
	pid_t pid;

	if (pipe(ready) != 0)
		return fail(processes, FA_EIO, "cannot make a pipe");
	pid = fork();
	if (pid == 0) {
		leave_signals_to_parent();
		close(ready[0]);
		_exit(fa_auditor_main(processes->job, info, processes->channels, shared, ready[1],
				      processes->self));
	}
	close(ready[1]);
	if (pid < 0) {
		close(ready[0]);
		return fail(processes, FA_ENOMEM, "cannot fork the auditor process");
	}
	processes->auditor = pid;
	do {
		got = read(ready[0], &byte, 1);
	} while (got < 0 && errno == EINTR);
	close(ready[0]);
	if (got == 1)
		return 0;
	waitpid(pid, NULL, 0);
	processes->auditor = 0;
	return fail(processes, shared->auditor_error != 0 ? shared->auditor_error : FA_EDEAD,
		    shared->auditor_diag.text[0] != '\0' ? shared->auditor_diag.text
							 : "the auditor process died at its start");
}

static int make_rings(struct fa_processes *processes, const struct fa_memory_plan *plan)
{
	int error = 0;

	for (unsigned i = 0; i < processes->job->workers && error == 0; i++) {
		struct fa_channel *channel = &processes->channels[i];

		for (unsigned lane = 0; lane < processes->job->lanes && error == 0; lane++)
			error = fa_ring_new(&channel->packets[lane], plan->packet_ring_bytes);
		if (error == 0)
			error = fa_ring_new(&channel->conversations,
					    plan->conversation_ring_bytes);
		channel->worker = fa_shared_map(sizeof(*channel->worker));
		if (channel->worker == NULL)
			error = FA_ENOMEM;
	}
	for (unsigned lane = 0; lane < processes->job->lanes && error == 0; lane++)
		error = fa_lane_init(&processes->lanes[lane], lane, processes->channels,
				     processes->job->workers, processes->shared);
	return error == 0 ? 0 : fail(processes, error, "no memory for the rings");
}

int fa_processes_start(struct fa_processes **out, const struct fa_job *job,
		       const struct fa_run_info *info, struct fa_diag *diag)
{
	struct fa_memory_plan plan = fa_memory_plan(job->max_memory_bytes, job->workers,
						    job->lanes, job->flows != NULL);
	struct fa_processes *processes = calloc(1, sizeof(*processes));
	int error;

	if (processes == NULL)
		return fa_fail(diag, FA_ENOMEM, "no memory");
	processes->job = job;
	processes->self = getpid();
	processes->setup = (struct fa_worker_setup){
		.job = job,
		.max_flows = plan.flows_per_worker,
		.max_states = plan.states_per_worker,
		.keep_packets = job->live != NULL && job->live->save_findings != NULL
					? job->live->keep_packets
					: 0,
	};
	processes->shared = fa_shared_map(sizeof(*processes->shared));
	if (processes->shared == NULL) {
		free(processes);
		return fa_fail(diag, FA_ENOMEM, "no shared memory");
	}
	processes->shared->lore = fa_lore_new();
	processes->setup.lore = processes->shared->lore;
	if (processes->shared->lore == NULL)
		error = fail(processes, FA_ENOMEM, "no shared memory");
	else if (fa_lore_publish(processes->shared->lore, job->policy) != 0)
		error = fail(processes, FA_EFULL, "the catalogs have too many signatures");
	else
		error = make_rings(processes, &plan);
	if (error == 0)
		error = fork_auditor(processes, info);
	for (unsigned i = 0; i < job->workers && error == 0; i++)
		error = fork_worker(processes, i);
	if (error != 0) {
		fa_fail(diag, error, "%s", processes->diag.text);
		fa_processes_free(processes);
		return error;
	}
	*out = processes;
	return 0;
}

static void end_child(pid_t *pid)
{
	if (*pid <= 0)
		return;
	kill(*pid, SIGKILL);
	waitpid(*pid, NULL, 0);
	*pid = 0;
}

void fa_processes_free(struct fa_processes *processes)
{
	if (processes == NULL)
		return;
	for (unsigned i = 0; i < processes->job->workers; i++) {
		end_child(&processes->workers[i]);
		for (unsigned lane = 0; lane < processes->job->lanes; lane++)
			fa_ring_free(processes->channels[i].packets[lane]);
		fa_ring_free(processes->channels[i].conversations);
		if (processes->channels[i].worker != NULL)
			munmap(processes->channels[i].worker,
			       sizeof(*processes->channels[i].worker));
	}
	end_child(&processes->auditor);
	fa_lore_free(processes->shared->lore);
	munmap(processes->shared, sizeof(*processes->shared));
	free(processes);
}

struct fa_lane *fa_processes_lane(struct fa_processes *processes, unsigned index)
{
	return &processes->lanes[index];
}

struct fa_shared *fa_processes_shared(struct fa_processes *processes)
{
	return processes->shared;
}

const struct fa_channel *fa_processes_channels(const struct fa_processes *processes)
{
	return processes->channels;
}

uint64_t fa_processes_flows_max(const struct fa_processes *processes)
{
	return (uint64_t)processes->setup.max_flows * processes->job->workers;
}

int64_t fa_processes_run(const struct fa_processes *processes)
{
	return atomic_load(&processes->shared->run);
}

/* Saves the packet that a worker died on, as long as there is room for another. */
static void save_packet(struct fa_processes *processes, unsigned index, int signal_number,
			const struct fa_packet *packet, uint32_t len)
{
	struct fa_shared *shared = processes->shared;
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

static int skip_fatal_packet(struct fa_processes *processes, unsigned index, int signal_number)
{
	const struct fa_channel *channel = &processes->channels[index];
	unsigned at_lane = atomic_load(&channel->worker->at_lane);
	int error = 0;

	for (unsigned lane = 0; lane < processes->job->lanes && error == 0; lane++) {
		uint64_t position = atomic_load(&channel->worker->at_position[lane]);
		struct fa_ring_consumer consumer;
		const void *last;
		uint32_t len;

		error = skip_taken(channel->packets[lane], position, &last, &len, &consumer);
		if (error == 0 && last != NULL && lane == at_lane)
			save_packet(processes, index, signal_number, last, len);
		if (error == 0)
			fa_ring_release(&consumer);
	}
	return error;
}

/* Whether workers die so often that something else is wrong. */
static bool too_many_replaced(struct fa_processes *processes)
{
	int64_t now_ns = fa_monotonic_ns();

	if (processes->job->live != NULL &&
	    now_ns - processes->minute_ns > 60 * FA_NS_PER_SECOND) {
		processes->minute_ns = now_ns;
		processes->replaced_before = processes->loss.workers_replaced;
	}
	return processes->loss.workers_replaced - processes->replaced_before > REPLACEMENTS_MAX;
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

/*
 * The worker died on what a packet did to it, or hung: count what is lost with it, go on behind
 * that packet with a new one.
 */
static int replace_worker(struct fa_processes *processes, unsigned index, int status)
{
	struct fa_worker_shared *worker = processes->channels[index].worker;
	struct fa_loss_counts *loss = &processes->loss;
	uint64_t taken = atomic_load(&worker->taken);
	uint64_t reported = atomic_load(&worker->reported);
	uint64_t lost = taken > reported ? taken - reported : 0; /* whatever it left there */
	uint64_t flows = atomic_load(&worker->active);
	int signal_number = processes->progress[index].hung ? 0 : WTERMSIG(status);
	char why[96];

	fa_log_warn("worker %u died at packet %llu (%s); replaced; %llu packets of %llu open flows "
		    "are lost",
		    index, (unsigned long long)atomic_load(&worker->at_number),
		    signal_text(status, why, sizeof(why)), (unsigned long long)lost,
		    (unsigned long long)flows);
	loss->workers_replaced++;
	loss->packets_lost += lost;
	loss->flows_lost += flows;
	fa_board_put(processes->shared->loss, loss, FA_BOARD_WORDS(*loss));
	if (too_many_replaced(processes))
		return fail(processes, FA_EDEAD, "worker processes die again and again");
	if (skip_fatal_packet(processes, index, signal_number) != 0)
		return fail(processes, FA_ECORRUPT, "a dead worker left its ring in disorder");
	reset_worker(worker, taken);
	reset_windows(processes->shared, worker, atomic_load(&processes->shared->handed[index]));
	processes->progress[index].since_ns = 0;
	processes->progress[index].hung = false;
	return fork_worker(processes, index);
}

static bool has_pending(const struct fa_processes *processes, unsigned index)
{
	for (unsigned lane = 0; lane < processes->job->lanes; lane++)
		if (fa_ring_pending_bytes(processes->channels[index].packets[lane]) > 0)
			return true;
	return false;
}

static int worker_ended(struct fa_processes *processes, unsigned index, int status)
{
	struct fa_diag *diag = &processes->channels[index].worker->diag;

	processes->workers[index] = 0;
	diag->text[sizeof(diag->text) - 1] = '\0'; /* whatever the worker left there */
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		return fail(processes, FA_EDEAD,
			    diag->text[0] != '\0' ? diag->text : "a worker process failed");
	if (WIFEXITED(status) && processes->closing && !has_pending(processes, index))
		return 0;
	return replace_worker(processes, index, status);
}

static int auditor_ended(struct fa_processes *processes, int status)
{
	const struct fa_shared *shared = processes->shared;
	char why[96];
	char message[160];

	processes->auditor = 0;
	if (WIFSIGNALED(status)) {
		snprintf(message, sizeof(message), "the auditor process died (%s)",
			 signal_text(status, why, sizeof(why)));
		return fail(processes, FA_EDEAD, message);
	}
	if (WEXITSTATUS(status) == 0)
		return 0;
	return fail(processes, shared->auditor_error != 0 ? shared->auditor_error : FA_EDEAD,
		    shared->auditor_diag.text[0] != '\0' ? shared->auditor_diag.text
							 : "the auditor process failed");
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

/* Ends a worker that hangs; it is then replaced like one that died. */
static void end_if_stalled(struct fa_processes *processes, unsigned index, int64_t now_ns)
{
	const struct fa_worker_shared *worker = processes->channels[index].worker;
	uint64_t taken = atomic_load(&worker->taken);
	int64_t worked = worked_ns(processes->workers[index]);
	int64_t hung_ns;

	if (taken != processes->progress[index].taken || atomic_load(&worker->waiting) ||
	    !has_pending(processes, index) || processes->progress[index].since_ns == 0) {
		processes->progress[index].taken = taken;
		processes->progress[index].since_ns = now_ns;
		processes->progress[index].cpu_ns = worked;
		return;
	}
	hung_ns = now_ns - processes->progress[index].since_ns;
	if (hung_ns < STALL_SECONDS * FA_NS_PER_SECOND &&
	    (processes->job->live == NULL ||
	     worked - processes->progress[index].cpu_ns < STALL_CPU_NS))
		return;
	fa_log_warn("worker %u has hung for %.1f s; ending it", index, (double)hung_ns / 1e9);
	processes->progress[index].hung = true;
	kill(processes->workers[index], SIGKILL);
	processes->progress[index].since_ns = now_ns;
	processes->progress[index].cpu_ns = worked;
}

/* Whether WORKER has a window to hand over, and the auditor waits for nothing but that. */
static bool is_late(const struct fa_processes *processes, unsigned index)
{
	const struct fa_shared *shared = processes->shared;
	uint64_t handed = atomic_load(&shared->handed[index]);

	for (unsigned lane = 0; lane < processes->job->lanes; lane++)
		if (atomic_load(&shared->lanes[lane].window) <= handed)
			return false;
	return handed == processes->progress[index].handed &&
	       fa_ring_pending_bytes(processes->channels[index].conversations) == 0;
}

static void end_if_late(struct fa_processes *processes, unsigned index, int64_t now_ns)
{
	if (!is_late(processes, index) || processes->progress[index].on_time_ns == 0) {
		processes->progress[index].handed = atomic_load(&processes->shared->handed[index]);
		processes->progress[index].on_time_ns = now_ns;
		return;
	}
	if (now_ns - processes->progress[index].on_time_ns < LATE_SECONDS * FA_NS_PER_SECOND)
		return;
	fa_log_warn("worker %u has not handed over a window for %d s; ending it", index,
		    LATE_SECONDS);
	processes->progress[index].hung = true;
	kill(processes->workers[index], SIGKILL);
	processes->progress[index].on_time_ns = now_ns;
}

static void look_at_worker(struct fa_processes *processes, unsigned index)
{
	int status;

	if (processes->workers[index] == 0 ||
	    waitpid(processes->workers[index], &status, WNOHANG | WUNTRACED) !=
		    processes->workers[index])
		return;
	if (!WIFSTOPPED(status)) {
		worker_ended(processes, index, status);
		return;
	}
	fa_log_warn("worker %u was stopped by a signal; ending it", index);
	processes->progress[index].hung = true;
	kill(processes->workers[index], SIGKILL);
}

static int watch(struct fa_processes *processes)
{
	int64_t now_ns = fa_monotonic_ns();
	int status;

	if (fa_signals_insist())
		return fail(processes, FA_EDEAD,
			    "interrupted twice: ended at once; the run stays unfinished");
	for (unsigned i = 0; i < processes->job->workers; i++) {
		if (processes->workers[i] != 0)
			end_if_stalled(processes, i, now_ns);
		if (processes->workers[i] != 0 && processes->job->live != NULL)
			end_if_late(processes, i, now_ns);
	}
	for (unsigned i = 0; i < processes->job->workers && processes->error == 0; i++)
		look_at_worker(processes, i);
	if (processes->error == 0 && processes->auditor != 0 &&
	    waitpid(processes->auditor, &status, WNOHANG) == processes->auditor)
		auditor_ended(processes, status);
	return processes->error;
}

int fa_processes_watch(struct fa_processes *processes, struct fa_diag *diag)
{
	int error = watch(processes);

	return error == 0 ? 0 : fa_fail(diag, error, "%s", processes->diag.text);
}

bool fa_processes_end_window(struct fa_processes *processes, unsigned flags)
{
	struct fa_shared *shared = processes->shared;
	uint64_t next = atomic_load(&shared->window) + 1;

	if (next - atomic_load(&shared->window_gathered) >= FA_WINDOWS_OPEN_MAX)
		return false;
	atomic_store(&shared->asked[next % FA_WINDOWS_OPEN_MAX], flags);
	atomic_store(&shared->window, next);
	return true;
}

static bool any_alive(const struct fa_processes *processes)
{
	for (unsigned i = 0; i < processes->job->workers; i++)
		if (processes->workers[i] != 0)
			return true;
	return processes->auditor != 0;
}

static void nap(long ns)
{
	struct timespec ts = {.tv_nsec = ns};

	nanosleep(&ts, NULL);
}

int fa_processes_finish(struct fa_processes *processes, enum fa_run_end end,
			struct fa_job_result *result, struct fa_diag *diag)
{
	struct fa_shared *shared = processes->shared;

	atomic_store(&shared->end, end);
	processes->closing = true;
	for (unsigned lane = 0; lane < processes->job->lanes; lane++)
		fa_lane_close(&processes->lanes[lane]);
	while (watch(processes) == 0 && any_alive(processes))
		nap(1000000);
	result->run = atomic_load(&shared->run);
	fa_shared_totals(shared, processes->channels, processes->job, &result->totals);
	if (processes->error != 0)
		return fa_fail(diag, processes->error, "%s", processes->diag.text);
	return 0;
}
