/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events and evidence of the windows of a live capture. */
#include "pipeline/outlets.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/slots.h"
#include "pipeline/event_sink.h"
#include "report/event.h"
#include "report/fingerprint.h"

/* Of one window; findings beyond have no packets. */
enum { FOUND_MAX = 200000 };

struct fa_outlets {
	const struct fa_job *job;
	struct fa_shared *shared;
	struct fa_event_sink *events; /* NULL: none */
	char source[FA_SOURCE_TEXT];
	struct fa_identity *found; /* conversations of the window with a finding */
	size_t found_count, found_room;
	struct fa_identity *found_before; /* of the window stored last, sorted */
	size_t found_before_count, found_before_room;
};

int fa_outlets_new(struct fa_outlets **out, const struct fa_job *job, struct fa_shared *shared,
		   struct fa_diag *diag)
{
	struct fa_outlets *outlets = calloc(1, sizeof(*outlets));
	struct fa_run_info info;
	int error = 0;

	if (outlets == NULL)
		return fa_fail(diag, FA_ENOMEM, "auditor: no memory");
	outlets->job = job;
	outlets->shared = shared;
	fa_job_describe(job, &info);
	memcpy(outlets->source, info.source, sizeof(outlets->source));
	if (job->live->events != NULL)
		error = fa_event_sink_open(&outlets->events, job->live->events, fa_log_warn_line, NULL, diag);
	if (error != 0) {
		fa_outlets_free(outlets);
		return error;
	}
	*out = outlets;
	return 0;
}

void fa_outlets_free(struct fa_outlets *outlets)
{
	if (outlets == NULL)
		return;
	fa_event_sink_free(outlets->events);
	free(outlets->found);
	free(outlets->found_before);
	free(outlets);
}

void fa_outlets_begin(struct fa_outlets *outlets)
{
	outlets->found_count = 0;
}

int fa_outlets_judged(struct fa_outlets *outlets, const struct fa_conversation *conversation,
		      const struct fa_judgement *judgement)
{
	if (outlets->job->live->save_findings == NULL ||
	    fa_severity(judgement->verdict) == 0 || outlets->found_count >= FOUND_MAX)
		return 0;
	if (!fa_array_reserve((void **)&outlets->found, &outlets->found_room,
			      outlets->found_count + 1, sizeof(*outlets->found)))
		return FA_ENOMEM;
	outlets->found[outlets->found_count++] = conversation->id;
	return 0;
}

struct telling {
	struct fa_outlets *outlets;
	struct fa_event event;
};

static int tell(void *context, const struct fa_stored_finding *finding, bool is_new)
{
	struct telling *telling = context;
	char *line = NULL;

	/* Flows may end a window after their last packet. */
	if (finding->counts.packets_to_server + finding->counts.packets_to_client == 0)
		return 0;
	telling->event.finding = finding;
	telling->event.is_new = is_new;
	if (fa_report_event(&telling->event, &line) == 0)
		fa_event_sink_line(telling->outlets->events, line);
	free(line);
	return 0;
}

static void tell_findings(struct fa_outlets *outlets, struct fa_store *store,
			  const struct fa_live_basis *basis, const struct fa_window *window)
{
	const struct fa_site *site = basis->policy->site;
	struct telling telling = {
		.outlets = outlets,
		.event = {
			.run = atomic_load(&outlets->shared->run),
			.source = outlets->source,
			.site = site == NULL ? NULL : site->name,
			.begun_ns = window->begun_ns,
			.ended_ns = window->ended_ns,
			.book = basis->policy->book,
		},
	};
	struct fa_diag diag = {{0}};

	fa_event_sink_begin(outlets->events);
	if (fa_store_window_findings(store, tell, &telling, &diag) != 0)
		fa_log_warn("events: %s", diag.text);
	fa_event_sink_end(outlets->events);
	atomic_store(&outlets->shared->events_dropped, fa_event_sink_dropped(outlets->events));
}

static void forget(void *context, const char *path)
{
	fa_store_input_remove(context, path, NULL); /* of an older run: its evidence says so */
}

static void select_kept(struct fa_outlets *outlets, struct fa_store *store,
			struct fa_keep_candidates *kept, const struct fa_identity *ids,
			size_t count, uint64_t window)
{
	const struct fa_keep_selection selection = {
		.ids = ids,
		.count = count,
		.run = atomic_load(&outlets->shared->run),
		.window = (int64_t)window,
		.removed = forget,
		.context = store,
	};
	struct fa_keep_saved saved;
	struct fa_input_file file;
	struct fa_diag diag = {{0}};
	int error = fa_keep_select(kept, &selection, &saved, &diag);

	if (error == 0 && saved.path[0] != '\0') {
		file = (struct fa_input_file){saved.path, saved.bytes, saved.mtime_ns};
		error = fa_store_input_add(store, &file, &diag);
	}
	if (error == 0 && saved.trouble != 0)
		fa_log_warn("evidence: some packets could not be gathered: %s",
			    strerror(saved.trouble));
	if (error != 0)
		fa_log_warn("evidence of a window is not kept: %s", diag.text);
}

static int compare(const void *a, const void *b)
{
	return fa_identity_compare(a, b);
}

/* Those that the window before did not find, first in the array; their number. */
static size_t move_new_first(struct fa_outlets *outlets)
{
	size_t count = 0;

	for (size_t i = 0; i < outlets->found_count; i++) {
		struct fa_identity id = outlets->found[i];

		if (outlets->found_before_count > 0 &&
		    bsearch(&id, outlets->found_before, outlets->found_before_count, sizeof(id),
			    compare) != NULL)
			continue;
		outlets->found[i] = outlets->found[count];
		outlets->found[count++] = id;
	}
	return count;
}

void fa_outlets_keep(struct fa_outlets *outlets, struct fa_store *store,
		     struct fa_keep_candidates *kept, struct fa_keep_candidates *before,
		     uint64_t window)
{
	if (kept != NULL)
		select_kept(outlets, store, kept, outlets->found, outlets->found_count, window);
	if (before != NULL)
		select_kept(outlets, store, before, outlets->found, move_new_first(outlets),
			    window);
}

/* What was found now is what was found before, next time. */
static void exchange_found(struct fa_outlets *outlets)
{
	struct fa_identity *found = outlets->found_before;
	size_t room = outlets->found_before_room;

	outlets->found_before = outlets->found;
	outlets->found_before_count = outlets->found_count;
	outlets->found_before_room = outlets->found_room;
	outlets->found = found;
	outlets->found_count = 0;
	outlets->found_room = room;
	if (outlets->found_before_count > 0)
		qsort(outlets->found_before, outlets->found_before_count,
		      sizeof(*outlets->found_before), compare);
}

/* For those who look at figures: how many findings the run has by now. */
static void count_findings(struct fa_outlets *outlets, struct fa_store *store)
{
	int64_t number = atomic_load(&outlets->shared->run);
	struct fa_history history;
	struct fa_stored_run run;
	struct fa_diag diag = {{0}};

	if (fa_store_history(store, &history) == 0 &&
	    history.run(history.context, number, &run, &diag) == 0)
		atomic_store(&outlets->shared->findings, run.findings);
}

void fa_outlets_stored(struct fa_outlets *outlets, struct fa_store *store,
		       const struct fa_live_basis *basis, const struct fa_window *window)
{
	exchange_found(outlets);
	count_findings(outlets, store);
	if (outlets->events != NULL && !window->part)
		tell_findings(outlets, store, basis, window);
}
