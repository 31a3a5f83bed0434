/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Judging and storing the windows of a live capture. */
#include "pipeline/storing.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/time.h"
#include "pipeline/auditor.h"
#include "pipeline/backlog.h"
#include "pipeline/judging.h"
#include "pipeline/live.h"
#include "pipeline/outlets.h"
#include "pipeline/steady.h"
#include "store/prune.h"
#include "store/store.h"

enum {
	/* Another program that holds the database is waited for so long at a time. */
	BUSY_TIMEOUT_MS = 500,
	RETRY_MS = 1000,
	/* Between windows, so that a window hardly waits for it. */
	PRUNE_MS = 200,
};

/* The first word about a locked database comes after this, and another one as often; with a spool
 * the window goes there then. */
#define BUSY_WARN_NS (10 * FA_NS_PER_SECOND)
#define CATCH_UP_NS  (5 * FA_NS_PER_SECOND)
#define PRUNE_NS     (600 * FA_NS_PER_SECOND)
/* Answers of DNS that a window may still need: those of connections kept open for a day. */
#define NAMES_NS     (24 * 3600 * FA_NS_PER_SECOND)

struct fa_storing {
	const struct fa_job *job;
	const struct fa_live *live;
	struct fa_run_info info;
	struct fa_shared *shared;
	struct fa_store *store;
	struct fa_judging *judging;
	struct fa_outlets *outlets;
	struct fa_backlog *backlog; /* NULL: no spool */
	struct fa_gathered *before; /* the window before: only its sums count */
	struct fa_live_basis basis;
	struct fa_live_basis next; /* of the run to come, while there is none: */
	bool between_runs;	   /* one has ended, and the next could not begin yet */
	int64_t begun_ns, begun_monotonic_ns; /* of the window to come, by both clocks */
	struct fa_run_totals at_run, at_window; /* since the start of the program */
	uint64_t full; /* windows in which something had no room */
	unsigned flags;	    /* FA_WINDOW_ of windows that went to the spool */
	uint64_t crashes;   /* stored */
	int64_t busy_since_ns, busy_warned_ns; /* 0: not busy */
	int64_t caught_up_ns, pruned_ns;	    /* when last tried */
	struct fa_steady clock;
	struct fa_diag diag;			    /* of the attempt */
};

static int begin_run(struct fa_storing *storing, const struct fa_live_basis *basis,
		     struct fa_diag *diag)
{
	const struct fa_store_run run = {
		.info = &storing->info,
		.version = storing->job->version,
		.basis = fa_auditor_basis(basis->policy, basis->waivers),
	};
	int64_t number = 0;
	int error = fa_store_begin_run(storing->store, &run, &number, diag);

	if (error == 0) {
		atomic_store(&storing->shared->run, number);
		atomic_store(&storing->shared->findings, 0);
	}
	return error;
}

int fa_storing_new(struct fa_storing **out, const struct fa_job *job,
		   const struct fa_run_info *info, struct fa_shared *shared, struct fa_diag *diag)
{
	struct fa_storing *storing = calloc(1, sizeof(*storing));
	uint64_t memory = fa_auditor_memory(job);
	size_t room = fa_judging_room(memory) / 2;
	int error = 0;

	if (storing == NULL)
		return fa_fail(diag, FA_ENOMEM, "auditor: no memory");
	storing->job = job;
	storing->live = job->live;
	storing->info = *info;
	storing->shared = shared;
	storing->begun_ns = fa_wall_clock_ns();
	storing->begun_monotonic_ns = fa_monotonic_ns();
	storing->basis = (struct fa_live_basis){job->policy, job->waivers, NULL};
	storing->before = fa_gathered_new(room);
	if (storing->before == NULL)
		error = FA_ENOMEM;
	if (error == 0)
		error = fa_judging_new(&storing->judging, job->policy, job->waivers, memory);
	if (error != 0)
		fa_fail(diag, error, "auditor: %s", fa_strerror(error));
	if (error == 0)
		error = fa_store_open(&storing->store, job->database, FA_STORE_WRITE, diag);
	if (error == 0)
		error = begin_run(storing, &storing->basis, diag);
	if (error == 0)
		error = fa_outlets_new(&storing->outlets, job, shared, diag);
	if (error == 0 && job->live->spool != NULL)
		error = fa_backlog_new(&storing->backlog, storing->live, shared, room, diag);
	if (error != 0) {
		fa_storing_free(storing);
		return error;
	}
	fa_store_set_busy_timeout(storing->store, BUSY_TIMEOUT_MS);
	fa_auditor_warn_left_out(storing->judging);
	*out = storing;
	return 0;
}

void fa_storing_free(struct fa_storing *storing)
{
	if (storing == NULL)
		return;
	fa_outlets_free(storing->outlets);
	fa_backlog_free(storing->backlog);
	fa_store_close(storing->store);
	fa_judging_free(storing->judging);
	fa_gathered_free(storing->before);
	free(storing);
}

static int store_judged(void *context, const struct fa_conversation *conversation,
			const struct fa_judgement *judgement)
{
	struct fa_storing *storing = context;
	int error = fa_outlets_judged(storing->outlets, conversation, judgement);

	atomic_fetch_add_explicit(&storing->shared->conversations, 1, memory_order_relaxed);
	return error != 0 ? error
			  : fa_store_conversation(storing->store, conversation, judgement,
						  &storing->diag);
}

static int store_expectation(void *context, const struct fa_expectation *expectation)
{
	struct fa_storing *storing = context;

	return fa_store_expectation(storing->store, expectation, &storing->diag);
}

/* What the transaction of a window holds. */
static int fill_window(struct fa_storing *storing, const struct fa_gathered *gathered,
		       struct fa_run_totals *totals)
{
	int error = fa_judging_mark(storing->judging);

	if (error == 0)
		error = fa_judging_forget(storing->judging);
	if (totals->capture.packets > 0)
		fa_judging_set_end(storing->judging, totals->capture.last_ns);
	fa_outlets_begin(storing->outlets);
	if (error == 0)
		error = fa_judging_set(storing->judging, gathered->sums, storing->before->sums,
				       store_judged, storing);
	if (error == 0 && !gathered->part)
		error = fa_judging_expectations(storing->judging, store_expectation, storing);
	totals->conversations = atomic_load(&storing->shared->conversations);
	storing->full += gathered->names_full || fa_judging_is_full(storing->judging);
	totals->loss.judged_early += storing->full;
	return error;
}

/* The transaction of a window; undone on an error, to be tried again. */
static int write_window(struct fa_storing *storing, const struct fa_gathered *gathered,
			bool run_ends, struct fa_window *window)
{
	struct fa_run_totals totals = gathered->totals;
	struct fa_run_totals run;
	uint64_t conversations = atomic_load(&storing->shared->conversations);
	uint64_t full = storing->full;
	int error;

	storing->diag.text[0] = '\0';
	error = fa_store_window_begin(storing->store, &storing->diag);
	if (error != 0)
		return error;
	error = fill_window(storing, gathered, &totals);
	window->part = gathered->part && !run_ends;
	window->begun_ns = storing->begun_ns;
	window->ended_ns = gathered->ended_ns;
	if (window->ended_ns < window->begun_ns) /* the clock was set back: its times are the old ones */
		window->ended_ns = window->begun_ns + gathered->ended_monotonic_ns -
				   storing->begun_monotonic_ns;
	fa_run_totals_since(&totals, &storing->at_window, &window->totals);
	fa_run_totals_since(&totals, &storing->at_run, &run);
	run.end = run_ends ? FA_RUN_COMPLETE : FA_RUN_UNFINISHED;
	if (error == 0)
		fa_outlets_keep(storing->outlets, storing->store, gathered->kept,
				storing->before->kept, gathered->window);
	if (error == 0)
		error = fa_store_window_commit(storing->store, window, &run, &storing->diag);
	if (error == 0) {
		storing->at_window = totals;
		return 0;
	}
	fa_store_window_rollback(storing->store);
	fa_judging_back(storing->judging);
	atomic_store(&storing->shared->conversations, conversations);
	storing->full = full;
	return error;
}

/* Whoever locks the database is waited for, and named after a while. */
static void warn_busy(struct fa_storing *storing)
{
	int64_t now_ns = fa_monotonic_ns();

	if (storing->busy_since_ns == 0) {
		storing->busy_since_ns = now_ns;
		storing->busy_warned_ns = now_ns;
	}
	if (now_ns - storing->busy_warned_ns < BUSY_WARN_NS)
		return;
	storing->busy_warned_ns = now_ns;
	fa_log_warn("another program has locked the database for %.0f s: what is captured waits; "
		    "nothing is lost yet",
		    (double)(now_ns - storing->busy_since_ns) / 1e9);
}

static void is_free_again(struct fa_storing *storing)
{
	if (storing->busy_since_ns != 0 && storing->busy_warned_ns != storing->busy_since_ns)
		fa_log_note("the database is free again, after %.0f s",
			    (double)(fa_monotonic_ns() - storing->busy_since_ns) / 1e9);
	storing->busy_since_ns = 0;
}

static void nap(void)
{
	const struct timespec ts = {.tv_sec = RETRY_MS / 1000,
				    .tv_nsec = RETRY_MS % 1000 * 1000000};

	nanosleep(&ts, NULL);
}

/* Whether to go on waiting for whoever has locked the database; not for ever when there is a spool. */
static bool wait_on(struct fa_storing *storing)
{
	warn_busy(storing);
	if (storing->backlog != NULL &&
	    fa_monotonic_ns() - storing->busy_since_ns > BUSY_WARN_NS)
		return false;
	nap();
	return true;
}

/* Writes the window; waits for other programs as long as they lock the database. */
static int write_when_free(struct fa_storing *storing, const struct fa_gathered *gathered,
			   bool run_ends)
{
	struct fa_window window;
	int error;

	do
		error = write_window(storing, gathered, run_ends, &window);
	while (error == FA_EBUSY && wait_on(storing));
	if (error != 0)
		return error;
	is_free_again(storing);
	storing->begun_ns = gathered->ended_ns;
	storing->begun_monotonic_ns = gathered->ended_monotonic_ns;
	atomic_fetch_add(&storing->shared->windows, 1);
	atomic_store(&storing->shared->committed_ns, fa_wall_clock_ns());
	fa_outlets_stored(storing->outlets, storing->store, &storing->basis, &window);
	return fa_store_check_place(storing->store, &storing->diag);
}

/* Catalogs, site and waivers as they are now in NEXT. */
static bool reload(struct fa_storing *storing, struct fa_live_basis *next)
{
	struct fa_diag diag = {{0}};

	atomic_fetch_add(&storing->shared->reload_tries, 1);
	if (storing->live->load(storing->live->context, next, &diag) == 0)
		return true;
	fa_log_error("reload: %s; what was in force stays in force", diag.text);
	return false;
}

static int begin_when_free(struct fa_storing *storing, const struct fa_live_basis *basis)
{
	int error;

	do {
		storing->diag.text[0] = '\0';
		error = begin_run(storing, basis, &storing->diag);
	} while (error == FA_EBUSY && wait_on(storing));
	if (error == 0)
		is_free_again(storing);
	return error;
}

/* A run has ended: the next one begins, with what was reloaded if anything was. May be tried again
 * when it cannot begin. */
static int next_run(struct fa_storing *storing)
{
	struct fa_live_basis old = storing->basis;
	const struct fa_live_basis *next = &storing->next;
	int error = begin_when_free(storing, next);

	if (error != 0)
		return error;
	storing->between_runs = false;
	error = fa_judging_restart(storing->judging, next->policy, next->waivers);
	if (error != 0)
		return error;
	fa_judging_set_begin(storing->judging, storing->begun_ns);
	storing->at_run = storing->at_window;
	storing->basis = *next;
	if (old.handle == next->handle)
		return 0;
	if (fa_lore_publish(storing->shared->lore, next->policy) != 0)
		fa_log_warn("reload: too many signatures: workers go on with the old ones");
	atomic_fetch_add(&storing->shared->reloads, 1);
	fa_log_note("reloaded: run %lld is judged with the catalogs, site and waivers of now",
		    (long long)atomic_load(&storing->shared->run));
	if (old.handle != NULL)
		storing->live->unload(storing->live->context, &old);
	return 0;
}

static int learn_names(struct fa_storing *storing, struct fa_gathered *gathered)
{
	int error = 0;

	for (size_t i = 0; i < gathered->name_count && error == 0; i++)
		error = fa_judging_name(storing->judging, &gathered->names[i]);
	gathered->name_count = 0;
	return error != 0 ? error : fa_judging_age(storing->judging,
						   storing->begun_ns - NAMES_NS);
}

/* Errors that may go away, so that the spool is of use. */
static bool may_pass(int error)
{
	return error == FA_EFULL || error == FA_EIO || error == FA_EBUSY || error == FA_EPERM;
}

static int store_late(void *context, const struct fa_gathered *set)
{
	struct fa_storing *storing = context;

	storing->diag.text[0] = '\0';
	return write_when_free(storing, set, false);
}

/* Stores what waits, as long as that works. 0: nothing waits any more, and there is a run. */
static int catch_up(struct fa_storing *storing)
{
	int error = storing->between_runs ? next_run(storing) : 0;

	if (error != 0 || fa_backlog_count(storing->backlog) == 0)
		return error;
	storing->diag.text[0] = '\0';
	return fa_backlog_catch_up(storing->backlog, store_late, storing, &storing->diag);
}

/* What cannot be stored waits; its end of a run does, too. */
static int put_off(struct fa_storing *storing, const struct fa_gathered *gathered,
		   struct fa_diag *diag)
{
	storing->flags |= gathered->flags;
	storing->full += gathered->names_full;
	return fa_backlog_add(storing->backlog, gathered, storing->diag.text, diag);
}

/* What was stored becomes the window before; the caller gets that one's room. */
static void exchange(struct fa_storing *storing, struct fa_gathered **gathered)
{
	struct fa_gathered *before = storing->before;

	storing->before = *gathered;
	fa_gathered_clear(before);
	*gathered = before;
}

/* What could not begin does so with the next window, which may have to wait for it in the spool. */
static int end_run(struct fa_storing *storing, const struct fa_live_basis *next)
{
	int error;

	storing->next = *next;
	storing->between_runs = true;
	error = next_run(storing);
	if (!storing->between_runs || storing->backlog == NULL || !may_pass(error))
		return error;
	fa_log_warn("%s; the next run begins when it can be written again", storing->diag.text);
	return 0;
}

static int store_window(struct fa_storing *storing, struct fa_gathered *gathered)
{
	unsigned flags = gathered->flags | storing->flags;
	struct fa_live_basis next;
	bool reloaded, run_ends;
	int error = catch_up(storing);

	if (error != 0)
		return error;
	next = storing->basis;
	reloaded = !gathered->last && (flags & FA_WINDOW_RELOAD) != 0 && reload(storing, &next);
	run_ends = gathered->last || reloaded || (flags & FA_WINDOW_ROTATE) != 0;
	error = write_when_free(storing, gathered, run_ends);
	if (error != 0 && reloaded)
		storing->live->unload(storing->live->context, &next);
	if (error != 0)
		return error;
	storing->flags = 0;
	return run_ends && !gathered->last ? end_run(storing, &next) : 0;
}

int fa_storing_window(struct fa_storing *storing, struct fa_gathered **gathered,
		      struct fa_diag *diag)
{
	int error = learn_names(storing, *gathered);

	if (error == 0)
		error = store_window(storing, *gathered);
	if (error == 0) {
		atomic_store(&storing->shared->window_stored, (*gathered)->window);
		exchange(storing, gathered);
		return 0;
	}
	if (storing->backlog == NULL || !may_pass(error))
		return fa_fail(diag, error, "%s",
			       storing->diag.text[0] != '\0' ? storing->diag.text
							     : fa_strerror(error));
	error = put_off(storing, *gathered, diag);
	if (error == 0 && (*gathered)->last)
		return fa_fail(diag, FA_EIO,
			       "%s; %llu conversations stay in the spool %s and are not stored",
			       storing->diag.text,
			       (unsigned long long)fa_backlog_count(storing->backlog),
			       storing->live->spool);
	fa_gathered_clear(*gathered);
	return error;
}

/* Packets that killed workers; those that cannot be stored now are tried again. */
static void store_crashes(struct fa_storing *storing)
{
	uint32_t count = atomic_load(&storing->shared->crashes);
	struct fa_diag diag = {{0}};

	while (storing->crashes < count) {
		const struct fa_crash_slot *slot = &storing->shared->crash[storing->crashes];
		struct fa_crash crash = slot->crash;

		crash.bytes = slot->bytes;
		if (fa_store_crash_add(storing->store, &crash, &diag) != 0)
			return;
		storing->crashes++;
	}
}

/* With a clock that was set to 2100 everything would be old enough to go, and it is gone then. */
static bool may_remove(struct fa_storing *storing, int64_t now_ns)
{
	enum fa_steady_state state = fa_steady_look(&storing->clock, fa_wall_clock_ns(), now_ns);

	if (state == FA_STEADY_JUST_SET)
		fa_log_warn("the clock was set by more than an hour: nothing is removed or rolled up "
			    "until it has run for a day");
	return state == FA_STEADY;
}

static void prune(struct fa_storing *storing, int64_t now_ns)
{
	const struct fa_prune_options options = {
		.retain_ns = storing->live->retain_ns,
		.rollup_ns = storing->live->rollup_ns,
		.max_ms = PRUNE_MS,
	};
	struct fa_prune_result result;
	struct fa_diag diag = {{0}};
	int error;

	if (options.retain_ns == 0 && options.rollup_ns == 0)
		return;
	if (!may_remove(storing, now_ns) || now_ns < storing->pruned_ns)
		return;
	error = fa_store_prune(storing->store, &options, &result, &diag);
	if (error != 0 && error != FA_EBUSY)
		fa_log_warn("pruning: %s", diag.text);
	storing->pruned_ns = error == 0 && result.more ? 0 : now_ns + PRUNE_NS;
}

void fa_storing_idle(struct fa_storing *storing)
{
	int64_t now_ns = fa_monotonic_ns();

	store_crashes(storing);
	if ((fa_backlog_count(storing->backlog) > 0 || storing->between_runs) &&
	    now_ns - storing->caught_up_ns > CATCH_UP_NS) {
		storing->caught_up_ns = now_ns;
		(void)catch_up(storing); /* what fails is said with the next window */
	}
	if (fa_backlog_count(storing->backlog) == 0)
		prune(storing, now_ns);
}
