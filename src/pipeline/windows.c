/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The auditor of a live capture: the thread that gathers, and the one that stores. */
#include "pipeline/windows.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/time.h"
#include "pipeline/auditor.h"
#include "pipeline/gathered.h"
#include "pipeline/handed.h"
#include "pipeline/judging.h"
#include "pipeline/keep.h"
#include "pipeline/live.h"
#include "pipeline/storing.h"

struct fa_windows {
	const struct fa_job *job;
	struct fa_shared *shared;
	const struct fa_channel *channels;

	/* The thread that gathers. */
	struct fa_gathered *gathering;
	struct fa_keep *keep; /* NULL: packets are not kept */
	uint64_t marks[FA_WORKERS_MAX];
	bool ended; /* what is gathered ends with a window */

	/* Between the two, under the lock. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct fa_gathered *handed; /* to be stored, or being stored; NULL: idle */
	struct fa_gathered *free;   /* ready for use */
	bool stop;
	int error;
	struct fa_diag diag;

	/* The thread that stores. */
	pthread_t thread;
	bool has_thread;
	struct fa_storing *storing;
};

int fa_windows_new(struct fa_windows **out, const struct fa_job *job,
		   const struct fa_run_info *info, struct fa_shared *shared,
		   const struct fa_channel *channels, struct fa_diag *diag)
{
	struct fa_windows *windows = calloc(1, sizeof(*windows));
	/* There are three: one gathered, one stored, and the one before. */
	size_t room = fa_judging_room(fa_auditor_memory(job)) / 2;
	pthread_condattr_t attributes;
	int error;

	if (windows == NULL)
		return fa_fail(diag, FA_ENOMEM, "auditor: no memory");
	pthread_mutex_init(&windows->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC); /* the other one may be set */
	pthread_cond_init(&windows->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	windows->job = job;
	windows->shared = shared;
	windows->channels = channels;
	windows->gathering = fa_gathered_new(room);
	windows->free = fa_gathered_new(room);
	if (windows->gathering == NULL || windows->free == NULL)
		error = fa_fail(diag, FA_ENOMEM, "auditor: no memory");
	else
		error = fa_storing_new(&windows->storing, job, info, shared, diag);
	if (error == 0 && job->live->save_findings != NULL)
		error = fa_keep_new(&windows->keep, job->live->save_findings,
				    job->live->save_bytes, diag);
	if (error != 0) {
		fa_windows_free(windows);
		return error;
	}
	*out = windows;
	return 0;
}

/* The thread that gathers. */

static int fail(struct fa_windows *windows, int error, const char *message)
{
	pthread_mutex_lock(&windows->lock);
	if (windows->error == 0) {
		windows->error = error;
		fa_fail(&windows->diag, error, "%s", message);
	}
	pthread_cond_broadcast(&windows->changed);
	pthread_mutex_unlock(&windows->lock);
	return error;
}

/* Hands over what is gathered if the other thread is idle. */
static bool hand_over(struct fa_windows *windows, bool last)
{
	struct fa_gathered *gathering = windows->gathering;
	bool idle;

	pthread_mutex_lock(&windows->lock);
	idle = windows->handed == NULL && windows->free != NULL;
	if (idle) {
		if (windows->keep != NULL && gathering->kept == NULL)
			gathering->kept = fa_keep_window_take(windows->keep);
		gathering->last = last;
		gathering->window = atomic_load(&windows->shared->window_gathered);
		gathering->ended_ns = fa_wall_clock_ns();
		gathering->ended_monotonic_ns = fa_monotonic_ns();
		fa_shared_totals(windows->shared, windows->channels, windows->job,
				 &gathering->totals);
		windows->handed = gathering;
		windows->gathering = windows->free;
		windows->free = NULL;
		pthread_cond_broadcast(&windows->changed);
	}
	pthread_mutex_unlock(&windows->lock);
	return idle;
}

/* Under the lock: until something changed, at most a second. False: nothing did. */
static bool wait_changed(struct fa_windows *windows)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	return pthread_cond_timedwait(&windows->changed, &windows->lock, &until) != ETIMEDOUT;
}

/* Waits until the other thread is idle, or failed. That may take long: nobody shall think that we
 * are dead. */
static int wait_idle(struct fa_windows *windows)
{
	int error;

	pthread_mutex_lock(&windows->lock);
	while (windows->error == 0 && (windows->handed != NULL || windows->free == NULL)) {
		wait_changed(windows);
		atomic_store_explicit(&windows->shared->beat_ns, fa_monotonic_ns(),
				      memory_order_relaxed);
	}
	error = windows->error;
	pthread_mutex_unlock(&windows->lock);
	return error;
}

/* More conversations than one set holds: they have to be judged before their window ends. */
static int make_room(struct fa_windows *windows)
{
	int error;

	if (atomic_fetch_add(&windows->shared->judged_early, 1) == 0)
		fa_log_warn("more conversations in a window than the memory limit holds: judging "
			    "them before it ends (see --max-memory and --bucket)");
	windows->gathering->part = !windows->ended;
	if (!hand_over(windows, false)) {
		error = wait_idle(windows);
		if (error == 0 && !hand_over(windows, false))
			error = FA_EDEAD;
		if (error != 0)
			return error;
	}
	windows->ended = false;
	return 0;
}

static int take_conversation(struct fa_windows *windows, const void *record, size_t len)
{
	struct fa_conversation copy;
	struct fa_diag diag = {{0}};
	struct fa_counts *sum;
	int error = fa_handed_conversation(record, len, &copy, &diag);

	if (error != 0)
		return fail(windows, error, diag.text);
	sum = fa_convmap_at(windows->gathering->sums, copy.bucket_ns, &copy.id);
	if (sum == NULL) {
		error = make_room(windows);
		if (error != 0)
			return error;
		sum = fa_convmap_at(windows->gathering->sums, copy.bucket_ns, &copy.id);
	}
	if (sum == NULL)
		return fail(windows, FA_ENOMEM, "auditor: no memory");
	fa_counts_add(sum, &copy.counts);
	return 0;
}

static int take_name(struct fa_windows *windows, const void *record, size_t len)
{
	struct fa_name_answer copy;
	struct fa_diag diag = {{0}};
	int error = fa_handed_name(record, len, &copy, &diag);

	if (error != 0)
		return fail(windows, error, diag.text);
	fa_gathered_name(windows->gathering, &copy);
	return 0;
}

/* WORKER has handed over everything up to that window. */
static int take_window(struct fa_windows *windows, unsigned worker, const void *record, size_t len)
{
	struct fa_shared *shared = windows->shared;
	uint64_t gathered = atomic_load(&shared->window_gathered);
	uint64_t number, least;

	if (len != sizeof(number))
		return fail(windows, FA_ECORRUPT, "a worker handed on a window that cannot be");
	memcpy(&number, record, sizeof(number));
	if (number > atomic_load(&shared->window) || number < windows->marks[worker])
		return fail(windows, FA_ECORRUPT, "a worker handed on a window that cannot be");
	windows->marks[worker] = number;
	atomic_store(&shared->handed[worker], number);
	least = number;
	for (unsigned i = 0; i < windows->job->workers; i++)
		if (windows->marks[i] < least)
			least = windows->marks[i];
	for (uint64_t i = gathered + 1; i <= least; i++)
		windows->gathering->flags |=
			atomic_load(&shared->asked[i % FA_WINDOWS_OPEN_MAX]);
	if (least > gathered) {
		windows->ended = true;
		atomic_store(&shared->window_gathered, least);
	}
	return 0;
}

static int take_kept(struct fa_windows *windows, const void *record, size_t len)
{
	struct fa_packet copy;
	struct fa_diag diag = {{0}};
	int error = fa_handed_packet(record, len, &copy, &diag);

	if (error != 0)
		return fail(windows, error, diag.text);
	if (windows->keep == NULL)
		return 0;
	fa_keep_packet(windows->keep, &copy, (const uint8_t *)record + sizeof(copy));
	atomic_store_explicit(&windows->shared->kept_dropped, fa_keep_dropped(windows->keep),
			      memory_order_relaxed);
	return 0;
}

int fa_windows_take(struct fa_windows *windows, unsigned worker, uint32_t kind, const void *record,
		    size_t len)
{
	switch (kind) {
	case FA_RECORD_CONVERSATION:
		return take_conversation(windows, record, len);
	case FA_RECORD_NAME:
		return take_name(windows, record, len);
	case FA_RECORD_KEPT:
		return take_kept(windows, record, len);
	case FA_RECORD_WINDOW:
		return take_window(windows, worker, record, len);
	default:
		return fail(windows, FA_ECORRUPT, "a worker handed on something unknown");
	}
}

int fa_windows_look(struct fa_windows *windows)
{
	int error;

	if (windows->ended && hand_over(windows, false))
		windows->ended = false;
	pthread_mutex_lock(&windows->lock);
	error = windows->error;
	pthread_mutex_unlock(&windows->lock);
	return error;
}

const struct fa_diag *fa_windows_diag(const struct fa_windows *windows)
{
	return &windows->diag;
}

/* The thread that stores. */

static void give_back(struct fa_windows *windows, struct fa_gathered *free_one)
{
	pthread_mutex_lock(&windows->lock);
	windows->handed = NULL;
	windows->free = free_one;
	pthread_cond_broadcast(&windows->changed);
	pthread_mutex_unlock(&windows->lock);
}

/* Waits for the next window, at most a second: NULL then. */
static struct fa_gathered *wait_handed(struct fa_windows *windows, bool *stop)
{
	struct fa_gathered *handed;

	pthread_mutex_lock(&windows->lock);
	while (windows->handed == NULL && !windows->stop)
		if (!wait_changed(windows))
			break;
	handed = windows->handed;
	*stop = windows->stop && handed == NULL;
	pthread_mutex_unlock(&windows->lock);
	return handed;
}

static void *store_thread(void *context)
{
	struct fa_windows *windows = context;
	bool stop = false;

	while (!stop) {
		struct fa_gathered *handed = wait_handed(windows, &stop);
		struct fa_diag diag = {{0}};
		int error;

		fa_storing_idle(windows->storing);
		if (handed == NULL)
			continue;
		error = fa_storing_window(windows->storing, &handed, &diag);
		if (error != 0) {
			/* It stays in sight, to be freed. */
			pthread_mutex_lock(&windows->lock);
			windows->handed = handed;
			pthread_mutex_unlock(&windows->lock);
			fail(windows, error, diag.text);
			return NULL;
		}
		give_back(windows, handed);
	}
	return NULL;
}

int fa_windows_start(struct fa_windows *windows)
{
	if (pthread_create(&windows->thread, NULL, store_thread, windows) != 0)
		return fail(windows, FA_ENOMEM, "auditor: cannot make a thread");
	windows->has_thread = true;
	return 0;
}

static void end_thread(struct fa_windows *windows)
{
	if (!windows->has_thread)
		return;
	pthread_mutex_lock(&windows->lock);
	windows->stop = true;
	pthread_cond_broadcast(&windows->changed);
	pthread_mutex_unlock(&windows->lock);
	pthread_join(windows->thread, NULL);
	windows->has_thread = false;
}

int fa_windows_finish(struct fa_windows *windows)
{
	int error = wait_idle(windows);

	if (error == 0 && !hand_over(windows, true))
		error = FA_EDEAD;
	if (error == 0)
		error = wait_idle(windows);
	end_thread(windows);
	return error;
}

void fa_windows_free(struct fa_windows *windows)
{
	if (windows == NULL)
		return;
	end_thread(windows);
	fa_storing_free(windows->storing);
	fa_gathered_free(windows->gathering);
	fa_gathered_free(windows->handed);
	fa_gathered_free(windows->free);
	fa_keep_free(windows->keep);
	pthread_cond_destroy(&windows->changed);
	pthread_mutex_destroy(&windows->lock);
	free(windows);
}
