/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The auditor as a process: takes conversations out of the workers' rings until all are closed. */
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "pipeline/auditor.h"
#include "pipeline/captured_names.h"
#include "pipeline/paths.h"
#include "pipeline/windows.h"
#include "sandbox/sandbox.h"

/* With several rings a sleep on the first must not keep us from the others for long; while nothing
 * comes at all it may grow, up to this. */
enum { IDLE_MS = 100, IDLE_MANY_MS = 5 };

struct input {
	struct fa_ring_consumer ring;
	bool drained;
};

/* Of a replay or of a live capture. */
struct auditor {
	struct fa_auditor *replay;
	struct fa_windows *live;
	struct fa_shared *shared;
	struct input inputs[FA_WORKERS_MAX];
	unsigned count;
	unsigned idle_ms; /* how long to sleep next */
	uint32_t names;	  /* taken of those that the captures note down */
	int parent;
};

static int take(struct auditor *auditor, unsigned worker, uint32_t kind, const void *record,
		uint32_t len)
{
	if (auditor->live != NULL)
		return fa_windows_take(auditor->live, worker, kind, record, len);
	switch (kind) {
	case FA_RECORD_CONVERSATION:
		return fa_auditor_conversation(auditor->replay, record, len);
	case FA_RECORD_FLOW:
		return fa_auditor_flow(auditor->replay, record, len);
	case FA_RECORD_NAME:
		return fa_auditor_name(auditor->replay, record, len);
	default:
		return FA_ECORRUPT;
	}
}

/* Takes what is there now; TAKEN counts it. */
static int drain(struct auditor *auditor, unsigned worker, uint64_t *taken)
{
	struct fa_ring_consumer *ring = &auditor->inputs[worker].ring;
	const void *record;
	uint32_t len, kind;
	int error = 0;

	while (error == 0 && (record = fa_ring_next(ring, &len, &kind)) != NULL) {
		error = take(auditor, worker, kind, record, len);
		(*taken)++;
	}
	fa_ring_release(ring);
	return error != 0 ? error : fa_ring_consumer_error(ring);
}

/* A worker closes its ring when it was told that nothing comes any more, and not before. */
static int ring_ended(struct auditor *auditor, unsigned worker)
{
	if (atomic_load(&auditor->shared->end) == FA_RUN_UNFINISHED)
		return fa_fail(&auditor->shared->auditor_diag, FA_ECORRUPT,
			       "worker %u ended before it was told to: it may have been subverted "
			       "by a packet",
			       worker);
	auditor->inputs[worker].drained = true;
	return 0;
}

/* Sleeps on the first ring that is still open; the others are looked at soon after. */
static int wait_any(struct auditor *auditor)
{
	for (unsigned i = 0; i < auditor->count; i++) {
		int result;

		if (auditor->inputs[i].drained)
			continue;
		result = fa_ring_wait_data(&auditor->inputs[i].ring, auditor->idle_ms);
		if (result == FA_RING_DRAINED)
			result = ring_ended(auditor, i);
		else
			return result == FA_ETIMEDOUT ? 0 : result;
		if (result != 0)
			return result;
	}
	return 0;
}

/* What the captures note down, as far as they were read. */
static int take_names(struct auditor *auditor)
{
	if (auditor->replay == NULL)
		return 0;
	return fa_captured_names_take(auditor->shared->names, &auditor->names,
				      fa_auditor_captured_name, auditor->replay);
}

static bool all_drained(const struct auditor *auditor)
{
	for (unsigned i = 0; i < auditor->count; i++)
		if (!auditor->inputs[i].drained)
			return false;
	return true;
}

static int gather(struct auditor *auditor)
{
	int error = 0;

	while (error == 0 && !all_drained(auditor)) {
		uint64_t taken = 0;

		error = take_names(auditor);
		for (unsigned i = 0; i < auditor->count && error == 0; i++)
			if (!auditor->inputs[i].drained)
				error = drain(auditor, i, &taken);
		if (error == 0 && auditor->live != NULL)
			error = fa_windows_look(auditor->live);
		if (error == 0 && taken == 0) {
			error = wait_any(auditor);
			auditor->idle_ms = auditor->idle_ms < IDLE_MS / 2 ? 2 * auditor->idle_ms
									  : IDLE_MS;
		} else
			auditor->idle_ms = auditor->count == 1 ? IDLE_MS : IDLE_MANY_MS;
		if (error == 0 && taken == 0 && getppid() != auditor->parent)
			error = FA_EDEAD;
		atomic_store_explicit(&auditor->shared->beat_ns, fa_monotonic_ns(),
				      memory_order_relaxed);
	}
	return error;
}

static int confine(const struct fa_job *job, struct fa_diag *diag)
{
	struct fa_paths paths;
	struct fa_sandbox_paths allowed;
	struct fa_diag why = {{0}};
	int error = fa_paths_of(job, &paths, diag);

	if (error != 0)
		return error;
	allowed = fa_paths_auditor(&paths);
	error = fa_sandbox_auditor(&allowed, &why);
	fa_paths_deinit(&paths);
	if (error == FA_EUNSUPPORTED) {
		fa_log_warn("%s; the auditor runs without it", why.text);
		return 0;
	}
	return error != 0 ? fa_fail(diag, error, "%s", why.text) : 0;
}

static const struct fa_diag *diag_of(const struct auditor *auditor)
{
	static const struct fa_diag none;

	if (auditor->live != NULL)
		return fa_windows_diag(auditor->live);
	return auditor->replay != NULL ? fa_auditor_diag(auditor->replay) : &none;
}

static int finish(struct auditor *auditor, const struct fa_job *job,
		  const struct fa_channel *channels)
{
	struct fa_run_totals totals;
	int error;

	if (auditor->live != NULL)
		return fa_windows_finish(auditor->live);
	fa_shared_totals(auditor->shared, channels, job, &totals);
	error = take_names(auditor);
	if (error == 0)
		error = fa_auditor_finish(auditor->replay, &totals);
	atomic_store(&auditor->shared->conversations, totals.conversations);
	return error;
}

/* What else is open, above all the sockets that hear all packets, is the supervisor's. */
static void close_others(int ready_fd)
{
	if (ready_fd > STDERR_FILENO + 1)
		close_range(STDERR_FILENO + 1, (unsigned)ready_fd - 1, 0);
	close_range((unsigned)ready_fd + 1, ~0u, 0);
}

int fa_auditor_main(const struct fa_job *job, const struct fa_run_info *info,
		    const struct fa_channel *channels, struct fa_shared *shared, int ready_fd,
		    int parent)
{
	struct auditor auditor = {.shared = shared, .count = job->workers, .idle_ms = IDLE_MANY_MS,
				  .parent = parent};
	struct fa_diag *diag = &shared->auditor_diag;
	int error = fa_sandbox_tie_to_parent(parent, "fa-auditor");

	if (job->live != NULL)
		close_others(ready_fd);
	for (unsigned i = 0; i < job->workers && error == 0; i++)
		error = fa_ring_consumer_init(&auditor.inputs[i].ring, channels[i].conversations);
	if (error == 0 && job->live != NULL)
		error = fa_windows_new(&auditor.live, job, info, shared, channels, diag);
	else if (error == 0)
		error = fa_auditor_new(&auditor.replay, job, info, diag);
	if (error == 0 && job->sandbox)
		error = confine(job, diag);
	if (error == 0 && auditor.live != NULL)
		error = fa_windows_start(auditor.live);
	if (error != 0)
		goto out;
	if (auditor.replay != NULL)
		atomic_store(&shared->run, fa_auditor_run(auditor.replay));
	if (write(ready_fd, "r", 1) != 1) {
		error = FA_EDEAD;
		goto out;
	}
	close(ready_fd);
	error = gather(&auditor);
	if (error == 0)
		error = finish(&auditor, job, channels);
	if (error != 0 && diag_of(&auditor)->text[0] != '\0')
		fa_fail(diag, error, "%s", diag_of(&auditor)->text);
	if (error == 0)
		error = fa_auditor_flush_flows(job, diag);
out:
	if (error != 0)
		fa_fail(diag, error, "auditor: %s", fa_strerror(error));
	shared->auditor_error = error;
	fa_windows_free(auditor.live);
	fa_auditor_free(auditor.replay);
	return error == 0 ? 0 : 1;
}
