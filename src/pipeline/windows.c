/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The auditor of a live capture. */
#include "pipeline/windows.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/slots.h"
#include "base/time.h"
#include "core/convmap.h"
#include "pipeline/auditor.h"
#include "pipeline/handed.h"
#include "pipeline/judging.h"
#include "pipeline/live.h"
#include "store/store.h"

enum {
	/* Another program that holds the database is waited for so long at a time; then other things
	 * get their turn. */
	BUSY_TIMEOUT_MS = 500,
	RETRY_MS = 1000,
	/* DNS answers of one window that wait for the thread that judges. */
	NAMES_MAX = 200000,
};

/* The first word about a locked database comes after this, and another one as often. */
#define BUSY_WARN_NS (10 * FA_NS_PER_SECOND)

/* What one thread gathers and the other stores. */
struct gathered {
	struct fa_convmap *sums;
	struct fa_name_answer *names;
	size_t name_count, name_room;
	bool names_full;
	bool last;	    /* the end of the capture */
	uint64_t window;    /* number of the last window in it */
	unsigned flags;	    /* FA_WINDOW_ */
	int64_t ended_ns;   /* wall clock */
	struct fa_run_totals totals; /* since the start of the program, when it was gathered */
};

struct fa_windows {
	const struct fa_job *job;
	const struct fa_live *live;
	struct fa_run_info info;
	struct fa_shared *shared;
	const struct fa_channel *channels;
	size_t room; /* conversations of one set */

	/* The thread that gathers. */
	struct gathered *gathering;
	uint64_t marks[FA_WORKERS_MAX];
	bool ended; /* what is gathered ends with a window */

	/* Between the two, under the lock. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct gathered *handed; /* to be stored, or being stored; NULL: idle */
	struct gathered *free;	 /* ready for use */
	bool stop;
	int error;
	struct fa_diag diag;

	/* The thread that stores. */
	pthread_t thread;
	bool has_thread;
	struct fa_store *store;
	struct fa_judging *judging;
	struct gathered *before; /* the window before: only its sums count */
	struct fa_live_basis basis;
	int64_t begun_ns;	 /* of the window to come, wall clock */
	struct fa_run_totals at_run, at_window; /* totals when they began */
	uint64_t crashes;			/* stored */
	int64_t busy_since_ns, busy_warned_ns;	/* 0: not busy */
	struct fa_diag store_diag;
};

static struct gathered *gathered_new(size_t room)
{
	struct gathered *gathered = calloc(1, sizeof(*gathered));

	if (gathered != NULL && fa_convmap_new(&gathered->sums, room) != 0) {
		free(gathered);
		return NULL;
	}
	return gathered;
}

static void gathered_free(struct gathered *gathered)
{
	if (gathered == NULL)
		return;
	fa_convmap_free(gathered->sums);
	free(gathered->names);
	free(gathered);
}

static void gathered_clear(struct gathered *gathered)
{
	fa_convmap_clear(gathered->sums);
	gathered->name_count = 0;
	gathered->names_full = false;
	gathered->flags = 0;
	gathered->last = false;
}

static int begin_run(struct fa_windows *windows, const struct fa_live_basis *basis,
		     struct fa_diag *diag)
{
	const struct fa_store_run run = {
		.info = &windows->info,
		.version = windows->job->version,
		.basis = fa_auditor_basis(basis->policy, basis->waivers),
	};
	int64_t number = 0;
	int error = fa_store_begin_run(windows->store, &run, &number, diag);

	if (error == 0)
		atomic_store(&windows->shared->run, number);
	return error;
}

int fa_windows_new(struct fa_windows **out, const struct fa_job *job,
		   const struct fa_run_info *info, struct fa_shared *shared,
		   const struct fa_channel *channels, struct fa_diag *diag)
{
	struct fa_windows *windows = calloc(1, sizeof(*windows));
	uint64_t memory = fa_auditor_memory(job);
	int error = 0;

	if (windows == NULL)
		return fa_fail(diag, FA_ENOMEM, "auditor: no memory");
	pthread_mutex_init(&windows->lock, NULL);
	pthread_cond_init(&windows->changed, NULL);
	windows->job = job;
	windows->live = job->live;
	windows->info = *info;
	windows->shared = shared;
	windows->channels = channels;
	windows->begun_ns = fa_wall_clock_ns();
	windows->basis = (struct fa_live_basis){job->policy, job->waivers, NULL};
	/* There are three: one gathered, one stored, and the one before. */
	windows->room = fa_judging_room(memory) / 2;
	windows->gathering = gathered_new(windows->room);
	windows->free = gathered_new(windows->room);
	windows->before = gathered_new(windows->room);
	if (windows->gathering == NULL || windows->free == NULL || windows->before == NULL)
		error = FA_ENOMEM;
	if (error == 0)
		error = fa_judging_new(&windows->judging, job->policy, job->waivers, memory);
	if (error != 0) {
		fa_fail(diag, error, "auditor: %s", fa_strerror(error));
		goto out;
	}
	error = fa_store_open_timeout(&windows->store, job->database, FA_STORE_WRITE,
				      FA_STORE_BUSY_TIMEOUT_MS, diag);
	if (error == 0)
		error = begin_run(windows, &windows->basis, diag);
	if (error != 0)
		goto out;
	fa_store_set_busy_timeout(windows->store, BUSY_TIMEOUT_MS);
	fa_auditor_warn_left_out(windows->judging);
	*out = windows;
	return 0;
out:
	fa_windows_free(windows);
	return error;
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
	struct gathered *gathering = windows->gathering;
	bool idle;

	pthread_mutex_lock(&windows->lock);
	idle = windows->handed == NULL && windows->free != NULL;
	if (idle) {
		gathering->last = last;
		gathering->ended_ns = fa_wall_clock_ns();
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

/* Waits until the other thread is idle, or failed. */
static int wait_idle(struct fa_windows *windows)
{
	int error;

	pthread_mutex_lock(&windows->lock);
	while (windows->error == 0 && (windows->handed != NULL || windows->free == NULL))
		pthread_cond_wait(&windows->changed, &windows->lock);
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
	if (hand_over(windows, false))
		return 0;
	error = wait_idle(windows);
	if (error == 0 && !hand_over(windows, false))
		error = FA_EDEAD;
	return error;
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
	struct gathered *gathering = windows->gathering;
	struct fa_name_answer copy;
	struct fa_diag diag = {{0}};
	int error = fa_handed_name(record, len, &copy, &diag);

	if (error != 0)
		return fail(windows, error, diag.text);
	if (gathering->name_count >= NAMES_MAX ||
	    !fa_array_reserve((void **)&gathering->names, &gathering->name_room,
			      gathering->name_count + 1, sizeof(*gathering->names)))
		gathering->names_full = true;
	else
		gathering->names[gathering->name_count++] = copy;
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
	least = number;
	for (unsigned i = 0; i < windows->job->workers; i++)
		if (windows->marks[i] < least)
			least = windows->marks[i];
	for (uint64_t i = gathered + 1; i <= least; i++)
		windows->gathering->flags |=
			atomic_load(&shared->asked[i % FA_WINDOWS_OPEN_MAX].flags);
	if (least > gathered) {
		windows->gathering->window = least;
		windows->ended = true;
		atomic_store(&shared->window_gathered, least);
	}
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

static int store_judged(void *context, const struct fa_conversation *conversation,
			const struct fa_judgement *judgement)
{
	struct fa_windows *windows = context;

	atomic_fetch_add_explicit(&windows->shared->conversations, 1, memory_order_relaxed);
	return fa_store_conversation(windows->store, conversation, judgement,
				     &windows->store_diag);
}

static int store_expectation(void *context, const struct fa_expectation *expectation)
{
	struct fa_windows *windows = context;

	return fa_store_expectation(windows->store, expectation, &windows->store_diag);
}

static int learn_names(struct fa_windows *windows, struct gathered *gathered)
{
	int error = 0;

	for (size_t i = 0; i < gathered->name_count && error == 0; i++)
		error = fa_judging_name(windows->judging, &gathered->names[i]);
	gathered->name_count = 0;
	return error;
}

/* The transaction of a window; undone on an error, to be tried again. */
static int write_window(struct fa_windows *windows, struct gathered *gathered, bool run_ends)
{
	struct fa_diag *diag = &windows->store_diag;
	struct fa_window window = {.begun_ns = windows->begun_ns, .ended_ns = gathered->ended_ns};
	struct fa_run_totals run;
	uint64_t conversations = atomic_load(&windows->shared->conversations);
	int error;

	diag->text[0] = '\0';
	error = fa_store_window_begin(windows->store, diag);
	if (error != 0)
		return error;
	error = fa_judging_mark(windows->judging);
	if (error == 0)
		error = fa_judging_forget(windows->judging);
	if (gathered->totals.capture.packets > 0)
		fa_judging_set_end(windows->judging, gathered->totals.capture.last_ns);
	if (error == 0)
		error = fa_judging_set(windows->judging, gathered->sums, windows->before->sums,
				       store_judged, windows);
	if (error == 0)
		error = fa_judging_expectations(windows->judging, store_expectation, windows);
	gathered->totals.conversations = atomic_load(&windows->shared->conversations);
	if (gathered->names_full || fa_judging_is_full(windows->judging))
		gathered->totals.loss.judged_early++;
	fa_run_totals_since(&gathered->totals, &windows->at_window, &window.totals);
	fa_run_totals_since(&gathered->totals, &windows->at_run, &run);
	run.end = run_ends ? FA_RUN_COMPLETE : FA_RUN_UNFINISHED;
	if (error == 0)
		error = fa_store_window_commit(windows->store, &window, &run, diag);
	if (error == 0)
		return 0;
	fa_store_window_rollback(windows->store);
	fa_judging_back(windows->judging);
	atomic_store(&windows->shared->conversations, conversations);
	return error;
}

static void note_stored(struct fa_windows *windows, const struct gathered *gathered)
{
	struct fa_shared *shared = windows->shared;

	windows->begun_ns = gathered->ended_ns;
	windows->at_window = gathered->totals;
	atomic_fetch_add(&shared->windows, 1);
	atomic_store(&shared->committed_ns, fa_wall_clock_ns());
	atomic_store(&shared->window_stored, gathered->window);
}

/* Whoever locks the database is waited for, and named after a while. */
static void warn_busy(struct fa_windows *windows)
{
	int64_t now_ns = fa_monotonic_ns();

	if (windows->busy_since_ns == 0) {
		windows->busy_since_ns = now_ns;
		windows->busy_warned_ns = now_ns;
	}
	if (now_ns - windows->busy_warned_ns < BUSY_WARN_NS)
		return;
	windows->busy_warned_ns = now_ns;
	fa_log_warn("another program has locked the database for %.0f s: conversations wait in "
		    "memory; nothing is lost yet",
		    (double)(now_ns - windows->busy_since_ns) / 1e9);
}

static void is_free_again(struct fa_windows *windows)
{
	if (windows->busy_since_ns != 0 && windows->busy_warned_ns != windows->busy_since_ns)
		fa_log_note("the database is free again, after %.0f s",
			    (double)(fa_monotonic_ns() - windows->busy_since_ns) / 1e9);
	windows->busy_since_ns = 0;
}

static void nap(void)
{
	const struct timespec ts = {.tv_sec = RETRY_MS / 1000,
				    .tv_nsec = RETRY_MS % 1000 * 1000000};

	nanosleep(&ts, NULL);
}

/* Catalogs, site and waivers as they are now in NEXT, when that was asked for. */
static bool reload(struct fa_windows *windows, struct fa_live_basis *next)
{
	struct fa_diag diag = {{0}};

	if (windows->live->load(windows->live->context, next, &diag) == 0)
		return true;
	fa_log_error("reload: %s; what was in force stays in force", diag.text);
	return false;
}

/* The run has ended: the next one begins, with NEXT when it was reloaded. */
static int next_run(struct fa_windows *windows, struct fa_live_basis *next)
{
	struct fa_live_basis old = windows->basis;
	int error;

	do {
		windows->store_diag.text[0] = '\0';
		error = begin_run(windows, next, &windows->store_diag);
		if (error == FA_EBUSY) {
			warn_busy(windows);
			nap();
		}
	} while (error == FA_EBUSY);
	is_free_again(windows);
	if (error == 0)
		error = fa_judging_restart(windows->judging, next->policy, next->waivers);
	if (error != 0)
		return error;
	windows->at_run = windows->at_window;
	windows->basis = *next;
	if (old.handle == next->handle)
		return 0;
	if (fa_lore_publish(windows->shared->lore, next->policy) != 0)
		fa_log_warn("reload: too many signatures: workers go on with the old ones");
	atomic_fetch_add(&windows->shared->reloads, 1);
	fa_log_note("reloaded: run %lld is judged with the catalogs, site and waivers of now",
		    (long long)atomic_load(&windows->shared->run));
	if (old.handle != NULL)
		windows->live->unload(windows->live->context, &old);
	return 0;
}

/* Judges and stores what was gathered; 0, or the error that ends the capture. */
static int store_gathered(struct fa_windows *windows, struct gathered *gathered)
{
	struct fa_live_basis next = windows->basis;
	bool reloaded = (gathered->flags & FA_WINDOW_RELOAD) != 0 && reload(windows, &next);
	bool run_ends =
		gathered->last || reloaded || (gathered->flags & FA_WINDOW_ROTATE) != 0;
	int error = learn_names(windows, gathered);

	while (error == 0) {
		error = write_window(windows, gathered, run_ends);
		if (error != FA_EBUSY)
			break;
		warn_busy(windows);
		nap();
		error = 0;
	}
	if (error != 0)
		return error;
	is_free_again(windows);
	note_stored(windows, gathered);
	if (run_ends && !gathered->last)
		error = next_run(windows, &next);
	return error;
}

/* Packets that killed workers; those that cannot be stored now are tried again. */
static void store_crashes(struct fa_windows *windows)
{
	uint32_t count = atomic_load(&windows->shared->crashes);
	struct fa_diag diag = {{0}};

	while (windows->crashes < count) {
		const struct fa_crash_slot *slot = &windows->shared->crash[windows->crashes];
		struct fa_crash crash = slot->crash;

		crash.bytes = slot->bytes;
		if (fa_store_crash_add(windows->store, &crash, &diag) != 0)
			return;
		windows->crashes++;
	}
}

/* What was stored becomes the window before; that one is free for the next. */
static void give_back(struct fa_windows *windows, struct gathered *stored)
{
	struct gathered *before = windows->before;

	windows->before = stored;
	gathered_clear(before);
	pthread_mutex_lock(&windows->lock);
	windows->handed = NULL;
	windows->free = before;
	pthread_cond_broadcast(&windows->changed);
	pthread_mutex_unlock(&windows->lock);
}

/* Waits for the next window, at most a second: NULL then. */
static struct gathered *wait_handed(struct fa_windows *windows, bool *stop)
{
	struct gathered *handed;
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	pthread_mutex_lock(&windows->lock);
	while (windows->handed == NULL && !windows->stop)
		if (pthread_cond_timedwait(&windows->changed, &windows->lock, &until) == ETIMEDOUT)
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
		struct gathered *handed = wait_handed(windows, &stop);
		int error;

		store_crashes(windows);
		if (handed == NULL)
			continue;
		error = store_gathered(windows, handed);
		if (error != 0) {
			fa_fail(&windows->store_diag, error, "auditor: %s", fa_strerror(error));
			fail(windows, error, windows->store_diag.text);
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
	fa_store_close(windows->store);
	fa_judging_free(windows->judging);
	gathered_free(windows->gathering);
	gathered_free(windows->handed);
	gathered_free(windows->free);
	gathered_free(windows->before);
	pthread_cond_destroy(&windows->changed);
	pthread_mutex_destroy(&windows->lock);
	free(windows);
}
