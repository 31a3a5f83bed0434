/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The processes of a job. */
#include "pipeline/processes.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "pipeline/auditor.h"
#include "pipeline/captured_names.h"
#include "pipeline/live.h"
#include "pipeline/memory.h"
#include "pipeline/replacing.h"
#include "pipeline/signals.h"
#include "pipeline/worker.h"

struct fa_processes {
	const struct fa_job *job;
	struct fa_shared *shared;
	struct fa_channel channels[FA_WORKERS_MAX];
	struct fa_lane lanes[FA_LANES_MAX];
	struct fa_worker_setup setup;
	struct fa_diag diag; /* of the failure that ends the job */
	int error;
	struct fa_replacing replacing;
	bool closing; /* the rings of packets end: workers may, too */
	pid_t workers[FA_WORKERS_MAX]; /* 0: gone, as it should */
	pid_t auditor;
	pid_t self;
};

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
	fa_captured_names_free(processes->shared->names);
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
	processes->shared->names = job->live == NULL ? fa_captured_names_new() : NULL;
	processes->setup.lore = processes->shared->lore;
	if (processes->shared->lore == NULL ||
	    (processes->shared->names == NULL && job->live == NULL))
		error = fail(processes, FA_ENOMEM, "no shared memory");
	else if (fa_lore_publish(processes->shared->lore, job->policy) != 0)
		error = fail(processes, FA_EFULL, "the catalogs have too many signatures");
	else
		error = make_rings(processes, &plan);
	fa_replacing_init(&processes->replacing, job, processes->shared, processes->channels);
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
	fa_captured_names_free(processes->shared->names);
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

static int worker_ended(struct fa_processes *processes, unsigned index, int status)
{
	struct fa_diag *diag = &processes->channels[index].worker->diag;
	struct fa_diag why = {{0}};
	int error;

	processes->workers[index] = 0;
	diag->text[sizeof(diag->text) - 1] = '\0'; /* whatever the worker left there */
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		return fail(processes, FA_EDEAD,
			    diag->text[0] != '\0' ? diag->text : "a worker process failed");
	if (WIFEXITED(status) && processes->closing &&
	    !fa_replacing_has_pending(&processes->replacing, index))
		return 0;
	error = fa_replacing_died(&processes->replacing, index, status, &why);
	if (error != 0)
		return fail(processes, error, why.text);
	return fork_worker(processes, index);
}

static int auditor_ended(struct fa_processes *processes, int status)
{
	const struct fa_shared *shared = processes->shared;
	char why[96];
	char message[160];

	processes->auditor = 0;
	if (WIFSIGNALED(status)) {
		snprintf(message, sizeof(message), "the auditor process died (%s)",
			 fa_replacing_why(status, why, sizeof(why)));
		return fail(processes, FA_EDEAD, message);
	}
	if (WEXITSTATUS(status) == 0)
		return 0;
	return fail(processes, shared->auditor_error != 0 ? shared->auditor_error : FA_EDEAD,
		    shared->auditor_diag.text[0] != '\0' ? shared->auditor_diag.text
							 : "the auditor process failed");
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
	fa_replacing_stopped(&processes->replacing, index);
	kill(processes->workers[index], SIGKILL);
}

static int watch(struct fa_processes *processes)
{
	int64_t now_ns = fa_monotonic_ns();
	int status;

	if (fa_signals_insist())
		return fail(processes, FA_EDEAD,
			    "interrupted twice: ended at once; the run stays unfinished");
	for (unsigned i = 0; i < processes->job->workers; i++)
		if (processes->workers[i] != 0 &&
		    fa_replacing_hangs(&processes->replacing, i, processes->workers[i], now_ns))
			kill(processes->workers[i], SIGKILL);
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
