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
#include "pipeline/memory.h"
#include "pipeline/signals.h"
#include "pipeline/worker.h"

enum {
	WAIT_MS = 100,
	/* A worker that dies more often than this is not unlucky. */
	REPLACEMENTS_MAX = 100,
	/* A worker with packets to take that takes none for so long hangs on one. Generous, since
	 * a busy machine may well not run it for a while. */
	STALL_SECONDS = 10,
};

struct fa_processes {
	const struct fa_job *job;
	struct fa_shared *shared;
	struct fa_channel channels[FA_WORKERS_MAX];
	struct fa_ring_producer producers[FA_WORKERS_MAX];
	struct fa_worker_setup setup;
	struct fa_diag diag; /* of the failure that ends the job */
	int error;
	struct {
		uint64_t position; /* when last looked at */
		int64_t since_ns;  /* when it was first there */
	} progress[FA_WORKERS_MAX];
	pid_t workers[FA_WORKERS_MAX]; /* 0: gone, as it should */
	pid_t auditor;
	pid_t self;
};

static const char *signal_text(int status, char *text, size_t size)
{
	int number = WTERMSIG(status);

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
}

/* A worker, which may be subverted, has no access to what others share. */
static void keep_only_channel(struct fa_processes *processes, unsigned index)
{
	for (unsigned i = 0; i < processes->job->workers; i++) {
		struct fa_channel *channel = &processes->channels[i];

		if (i == index)
			continue;
		fa_ring_free(channel->packets);
		fa_ring_free(channel->conversations);
		munmap(channel->worker, sizeof(*channel->worker));
	}
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

		error = fa_ring_new(&channel->packets, plan->packet_ring_bytes);
		if (error == 0)
			error = fa_ring_new(&channel->conversations,
					    plan->conversation_ring_bytes);
		if (error == 0)
			error = fa_ring_producer_init(&processes->producers[i], channel->packets);
		channel->worker = fa_shared_map(sizeof(*channel->worker));
		if (channel->worker == NULL)
			error = FA_ENOMEM;
	}
	return error == 0 ? 0 : fail(processes, error, "no memory for the rings");
}

int fa_processes_start(struct fa_processes **out, const struct fa_job *job,
		       const struct fa_run_info *info, const struct fa_port_set *documented,
		       struct fa_diag *diag)
{
	struct fa_memory_plan plan =
		fa_memory_plan(job->max_memory_bytes, job->workers, job->flows != NULL);
	struct fa_processes *processes = calloc(1, sizeof(*processes));
	int error;

	if (processes == NULL)
		return fa_fail(diag, FA_ENOMEM, "no memory");
	processes->job = job;
	processes->self = getpid();
	processes->setup = (struct fa_worker_setup){
		.job = job,
		.documented = documented,
		.max_flows = plan.flows_per_worker,
		.max_states = plan.states_per_worker,
	};
	processes->shared = fa_shared_map(sizeof(*processes->shared));
	if (processes->shared == NULL) {
		free(processes);
		return fa_fail(diag, FA_ENOMEM, "no shared memory");
	}
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
		fa_ring_free(processes->channels[i].packets);
		fa_ring_free(processes->channels[i].conversations);
		if (processes->channels[i].worker != NULL)
			munmap(processes->channels[i].worker,
			       sizeof(*processes->channels[i].worker));
	}
	end_child(&processes->auditor);
	munmap(processes->shared, sizeof(*processes->shared));
	free(processes);
}

struct fa_capture_counts *fa_processes_counts(struct fa_processes *processes)
{
	return &processes->shared->capture;
}

int64_t fa_processes_run(const struct fa_processes *processes)
{
	return processes->shared->run;
}

/* Moves the ring behind the packet that a dead worker was working on. */
static int skip_fatal_packet(struct fa_processes *processes, unsigned index)
{
	const struct fa_ring *ring = processes->channels[index].packets;
	uint64_t position = atomic_load(&processes->channels[index].worker->at_position);
	struct fa_ring_consumer consumer;
	int error = fa_ring_consumer_init(&consumer, ring);

	if (error == 0 && position != 0 && fa_ring_skip_to(&consumer, position) == 0)
		fa_ring_release(&consumer);
	return error;
}

/*
 * The worker died on what a packet did to it: count what is lost with it, go on behind that packet
 * with a new one.
 */
static int replace_worker(struct fa_processes *processes, unsigned index, int status)
{
	struct fa_worker_shared *worker = processes->channels[index].worker;
	struct fa_loss_counts *loss = &processes->shared->loss;
	uint64_t taken = atomic_load(&worker->taken);
	uint64_t lost = taken - atomic_load(&worker->reported);
	uint64_t flows = atomic_load(&worker->active);
	char why[96];

	fa_log_warn("worker %u died at packet %llu (%s); replaced; %llu packets of %llu open flows "
		    "are lost",
		    index, (unsigned long long)atomic_load(&worker->at_number),
		    signal_text(status, why, sizeof(why)), (unsigned long long)lost,
		    (unsigned long long)flows);
	loss->workers_replaced++;
	loss->packets_lost += lost;
	loss->flows_lost += flows;
	worker->counts.packets = taken;
	fa_worker_counts_add(&worker->before, &worker->counts);
	memset(&worker->counts, 0, sizeof(worker->counts));
	atomic_store(&worker->taken, 0);
	atomic_store(&worker->reported, 0);
	atomic_store(&worker->active, 0);
	if (loss->workers_replaced > REPLACEMENTS_MAX)
		return fail(processes, FA_EDEAD, "worker processes die again and again");
	if (skip_fatal_packet(processes, index) != 0)
		return fail(processes, FA_ECORRUPT, "a dead worker left its ring in disorder");
	return fork_worker(processes, index);
}

static int worker_ended(struct fa_processes *processes, unsigned index, int status)
{
	struct fa_diag *diag = &processes->channels[index].worker->diag;

	processes->workers[index] = 0;
	diag->text[sizeof(diag->text) - 1] = '\0'; /* whatever the worker left there */
	if (WIFSIGNALED(status))
		return replace_worker(processes, index, status);
	if (WEXITSTATUS(status) == 0)
		return 0;
	return fail(processes, FA_EDEAD,
		    diag->text[0] != '\0' ? diag->text : "a worker process failed");
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

/* Ends a worker that hangs; it is then replaced like one that died. */
static void end_if_stalled(struct fa_processes *processes, unsigned index, int64_t now_ns)
{
	const struct fa_worker_shared *worker = processes->channels[index].worker;
	uint64_t position = atomic_load(&worker->at_position);

	if (position != processes->progress[index].position || atomic_load(&worker->waiting) ||
	    fa_ring_pending_bytes(processes->channels[index].packets) == 0 ||
	    processes->progress[index].since_ns == 0) {
		processes->progress[index].position = position;
		processes->progress[index].since_ns = now_ns;
		return;
	}
	if (now_ns - processes->progress[index].since_ns < STALL_SECONDS * FA_NS_PER_SECOND)
		return;
	fa_log_warn("worker %u has hung for %d s; ending it", index, STALL_SECONDS);
	kill(processes->workers[index], SIGKILL);
	processes->progress[index].since_ns = now_ns;
}

static int watch(struct fa_processes *processes)
{
	int64_t now_ns = fa_monotonic_ns();
	int status;

	if (fa_signals_insist())
		return fail(processes, FA_EDEAD,
			    "interrupted twice: ended at once; the run stays unfinished");
	for (unsigned i = 0; i < processes->job->workers; i++)
		if (processes->workers[i] != 0)
			end_if_stalled(processes, i, now_ns);

	for (unsigned i = 0; i < processes->job->workers && processes->error == 0; i++)
		if (processes->workers[i] != 0 &&
		    waitpid(processes->workers[i], &status, WNOHANG) == processes->workers[i])
			worker_ended(processes, i, status);
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

static void *reserve(struct fa_processes *processes, unsigned index, size_t len)
{
	struct fa_ring_producer *producer = &processes->producers[index];
	void *space = fa_ring_reserve(producer, len, FA_RECORD_PACKET);

	while (space == NULL) {
		int error = fa_ring_wait_space(producer, len, WAIT_MS);

		if (error == FA_ETIMEDOUT)
			error = watch(processes);
		if (error != 0) {
			fail(processes, error, "a worker's ring is in disorder");
			return NULL;
		}
		space = fa_ring_reserve(producer, len, FA_RECORD_PACKET);
	}
	return space;
}

int fa_processes_packet(void *context, const struct fa_packet *packet, const uint8_t *ip_bytes)
{
	struct fa_processes *processes = context;
	unsigned index = (unsigned)(packet->pair_hash % processes->job->workers);
	uint32_t bytes = fa_packet_is_telling(packet) ? packet->captured : 0;
	size_t len = sizeof(*packet) + bytes;
	struct fa_packet *copy = reserve(processes, index, len);

	if (copy == NULL)
		return processes->error;
	*copy = *packet;
	copy->captured = bytes;
	if (bytes == 0)
		copy->payload_offset = 0;
	else
		memcpy(copy + 1, ip_bytes, bytes);
	fa_ring_commit(&processes->producers[index], len);
	return 0;
}

void fa_processes_publish(struct fa_processes *processes)
{
	for (unsigned i = 0; i < processes->job->workers; i++)
		fa_ring_publish(&processes->producers[i]);
}

void fa_processes_flush(struct fa_processes *processes)
{
	for (unsigned i = 0; i < processes->job->workers; i++)
		fa_ring_flush(&processes->producers[i]);
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
	for (unsigned i = 0; i < processes->job->workers; i++)
		fa_ring_close(&processes->producers[i]);
	while (watch(processes) == 0 && any_alive(processes))
		nap(1000000);
	result->run = shared->run;
	fa_shared_totals(shared, processes->channels, processes->job->workers, &result->totals);
	if (processes->error != 0)
		return fa_fail(diag, processes->error, "%s", processes->diag.text);
	return 0;
}
