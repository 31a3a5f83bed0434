/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a live capture could not store, and catching up with it. */
#include "pipeline/backlog.h"

#include <stdlib.h>

#include "base/log.h"
#include "pipeline/spool.h"

struct fa_backlog {
	struct fa_shared *shared;
	struct fa_spool *spool;
	struct fa_gathered *set;     /* out of the spool */
	uint64_t caught_up, damaged; /* since the spool was empty */
	int64_t ended_ns, ended_monotonic_ns; /* of the last window in it */
	struct fa_run_totals totals; /* with that window */
};

static int tell_leftover(void *context, const struct fa_spool_leftover *leftover)
{
	(void)context;
	fa_log_warn("%s: %llu conversations of run %lld, which was interrupted, were never stored",
		    leftover->path, (unsigned long long)leftover->conversations,
		    (long long)leftover->run);
	return 0;
}

int fa_backlog_new(struct fa_backlog **out, const struct fa_live *live, struct fa_shared *shared,
		   size_t room, struct fa_diag *diag)
{
	struct fa_backlog *backlog = calloc(1, sizeof(*backlog));
	int error = 0;

	if (backlog == NULL)
		return fa_fail(diag, FA_ENOMEM, "auditor: no memory");
	backlog->shared = shared;
	backlog->set = fa_gathered_new(room);
	if (backlog->set == NULL)
		error = fa_fail(diag, FA_ENOMEM, "auditor: no memory");
	if (error == 0)
		error = fa_spool_leftovers(live->spool, tell_leftover, NULL, diag);
	if (error == 0)
		error = fa_spool_open(&backlog->spool, live->spool, atomic_load(&shared->run),
				      live->spool_bytes, diag);
	if (error != 0) {
		fa_backlog_free(backlog);
		return error;
	}
	*out = backlog;
	return 0;
}

void fa_backlog_free(struct fa_backlog *backlog)
{
	if (backlog == NULL)
		return;
	fa_spool_close(backlog->spool);
	fa_gathered_free(backlog->set);
	free(backlog);
}

uint64_t fa_backlog_count(const struct fa_backlog *backlog)
{
	return backlog == NULL ? 0 : fa_spool_count(backlog->spool);
}

static void show_bytes(struct fa_backlog *backlog)
{
	atomic_store(&backlog->shared->spool_bytes, fa_spool_bytes(backlog->spool));
}

int fa_backlog_add(struct fa_backlog *backlog, const struct fa_gathered *gathered, const char *why,
		   struct fa_diag *diag)
{
	struct fa_conversation conversation;
	int error = 0;

	if (fa_spool_count(backlog->spool) == 0)
		fa_log_warn("%s; conversations go to the spool until it can be written again", why);
	for (size_t i = 0; i < fa_convmap_count(gathered->sums) && error == 0; i++) {
		fa_convmap_get(gathered->sums, i, &conversation);
		error = fa_spool_add(backlog->spool, &conversation, diag);
	}
	if (error == 0)
		error = fa_spool_flush(backlog->spool, diag);
	backlog->totals = gathered->totals;
	backlog->ended_ns = gathered->ended_ns;
	backlog->ended_monotonic_ns = gathered->ended_monotonic_ns;
	show_bytes(backlog);
	return error;
}

static int take(void *context, const struct fa_conversation *conversation)
{
	struct fa_gathered *set = context;
	struct fa_counts *sum = fa_convmap_at(set->sums, conversation->bucket_ns, &conversation->id);

	if (sum == NULL)
		return 1; /* it comes in the next set */
	fa_counts_add(sum, &conversation->counts);
	return 0;
}

/* The next set. 0: it has the rest, 1: there is more. */
static int fill_set(struct fa_backlog *backlog, uint64_t *damaged, struct fa_diag *diag)
{
	struct fa_gathered *set = backlog->set;
	int result;

	fa_gathered_clear(set);
	result = fa_spool_each(backlog->spool, take, set, damaged, diag);
	set->part = result > 0;
	set->totals = backlog->totals;
	set->ended_ns = backlog->ended_ns;
	set->ended_monotonic_ns = backlog->ended_monotonic_ns;
	return result;
}

static void tell(struct fa_backlog *backlog)
{
	if (backlog->damaged > 0)
		fa_log_warn("%llu conversations of the spool were damaged, and are lost",
			    (unsigned long long)backlog->damaged);
	fa_log_note("caught up: %llu conversations of the spool are stored",
		    (unsigned long long)backlog->caught_up);
	backlog->damaged = 0;
	backlog->caught_up = 0;
}

int fa_backlog_catch_up(struct fa_backlog *backlog,
			int (*store)(void *context, const struct fa_gathered *set), void *context,
			struct fa_diag *diag)
{
	int more = 1;
	int error = 0;

	while (more > 0) {
		uint64_t before = fa_spool_count(backlog->spool);
		uint64_t damaged = 0;

		more = fill_set(backlog, &damaged, diag);
		if (more < 0)
			return more;
		error = store(context, backlog->set);
		if (error != 0)
			return error;
		fa_spool_done(backlog->spool);
		backlog->damaged += damaged;
		backlog->caught_up += before - fa_spool_count(backlog->spool) - damaged;
	}
	tell(backlog);
	error = fa_spool_clear(backlog->spool, diag);
	show_bytes(backlog);
	return error;
}
