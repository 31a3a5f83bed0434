/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A live capture: opens, gives up privileges, makes processes and threads, watches them. */
#include "pipeline/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "capture/live.h"
#include "decode/decode.h"
#include "pipeline/boundary.h"
#include "pipeline/capture_thread.h"
#include "pipeline/loss_watch.h"
#include "pipeline/memory.h"
#include "pipeline/metrics.h"
#include "pipeline/notify.h"
#include "pipeline/paths.h"
#include "pipeline/processes.h"
#include "pipeline/signals.h"
#include "sandbox/sandbox.h"

enum {
	LOOK_MS = 100, /* between two looks at children and signals */
	COLUMNS = 100, /* of the status line where the terminal does not say */
};

#define STATISTICS_NS FA_NS_PER_SECOND
#define METRICS_NS    (10 * FA_NS_PER_SECOND)
/* The clock may be set again and again. */
#define SET_TOLD_NS (10 * FA_NS_PER_SECOND)
/* Who gives no sign of life for so long hangs, and the service manager's watchdog may bite. */
#define BEAT_NS (30 * FA_NS_PER_SECOND)

struct live {
	const struct fa_job *job;
	const struct fa_live *options;
	struct fa_source *sources[FA_LANES_MAX];
	struct fa_capture_thread threads[FA_LANES_MAX];
	struct fa_processes *processes;
	struct fa_loss_watch losses;
	struct fa_statistics now, previous;
	bool has_previous, drawn;
	int64_t begun_wall_ns;
	int64_t next_statistics_ns, next_metrics_ns, next_watchdog_ns; /* monotonic */
	int64_t metrics_failed_ns;
	struct fa_boundary boundary;
	int64_t next_set_ns; /* monotonic: when it may be said again that the clock was set */
	uint64_t reloads;    /* done, as far as the service manager knows */
};

static int open_sources(struct live *live, struct fa_diag *diag)
{
	const struct fa_job *job = live->job;
	struct fa_live_options options = {
		.interfaces = job->inputs,
		.interface_count = job->input_count,
		.filter = job->filter,
		.snap_bytes = live->options->snap_bytes,
		.buffer_bytes = live->options->buffer_bytes / job->lanes,
		.promiscuous = live->options->promiscuous,
		.link_known = fa_decode_link_known,
		.warn = fa_log_warn_line,
	};
	int groups[FA_LIVE_INTERFACES_MAX];
	int error = 0;

	for (size_t i = 0; i < FA_LIVE_INTERFACES_MAX; i++)
		groups[i] = FA_LIVE_NEW_GROUP;
	options.fanout_groups = job->lanes > 1 ? groups : NULL;
	for (unsigned i = 0; i < job->lanes && error == 0; i++) {
		error = fa_source_open_live(&live->sources[i], &options, diag);
		options.warn = NULL; /* all of them see the same interfaces: one tells */
	}
	return error;
}

/* From here on nothing can be opened that was not foreseen. */
static int confine(struct live *live, struct fa_diag *diag)
{
	const struct fa_job *job = live->job;
	struct fa_sandbox_paths supervisor, auditor;
	struct fa_paths paths;
	struct fa_diag why = {{0}};
	char who[160] = "";
	char line[1024];
	char *folder = fa_folder_of(job->database, diag);
	int error = folder == NULL ? FA_ENOENT : 0;

	if (error == 0)
		error = fa_sandbox_drop_privileges(live->options->user, folder, who, sizeof(who),
						   diag);
	/* Its own default folders are out of reach from here on. */
	if (error == 0)
		setenv("SQLITE_TMPDIR", folder, 0);
	free(folder);
	if (error != 0)
		return error;
	error = fa_paths_of(job, &paths, diag);
	if (error != 0)
		return error;
	supervisor = fa_paths_supervisor(&paths);
	auditor = fa_paths_auditor(&paths);
	if (job->sandbox)
		error = fa_sandbox_supervisor(&supervisor, &why);
	if (error == FA_EUNSUPPORTED) {
		fa_log_warn("%s; the capture runs without it", why.text);
		error = 0;
	}
	fa_sandbox_text(who, job->sandbox ? &auditor : NULL, line, sizeof(line));
	if (error == 0)
		fa_log_note("%s", line);
	else
		fa_fail(diag, error, "%s", why.text);
	fa_paths_deinit(&paths);
	return error;
}

static int start_threads(struct live *live, struct fa_diag *diag)
{
	struct fa_hash_key key = fa_hash_key_random();
	int error = 0;

	for (unsigned i = 0; i < live->job->lanes && error == 0; i++) {
		struct fa_lane *lane = fa_processes_lane(live->processes, i);

		lane->keeps = live->options->save_findings != NULL;
		error = fa_capture_thread_start(&live->threads[i], live->sources[i], lane,
						fa_processes_shared(live->processes),
						&live->job->wire, key);
	}
	return error == 0 ? 0 : fa_fail(diag, error, "cannot make a thread");
}

static void end_threads(struct live *live)
{
	for (unsigned i = 0; i < live->job->lanes; i++)
		fa_capture_thread_stop(&live->threads[i]);
	for (unsigned i = 0; i < live->job->lanes; i++)
		fa_capture_thread_join(&live->threads[i]);
}

static void look_at_rings(const struct fa_channel *channel, unsigned lanes,
			  struct fa_statistics *out)
{
	for (unsigned lane = 0; lane < lanes; lane++) {
		uint64_t used = fa_ring_pending_bytes(channel->packets[lane]);

		out->ring_bytes = 4 * (uint64_t)fa_ring_max_len(channel->packets[lane]);
		if (used > out->ring_used_bytes)
			out->ring_used_bytes = used;
	}
}

static void take_statistics(struct live *live)
{
	const struct fa_job *job = live->job;
	const struct fa_channel *channels = fa_processes_channels(live->processes);
	const struct fa_shared *shared = fa_processes_shared(live->processes);
	struct fa_statistics *now = &live->now;
	int64_t clock_ns = 0;

	memset(now, 0, sizeof(*now));
	now->monotonic_ns = fa_monotonic_ns();
	now->wall_ns = fa_wall_clock_ns();
	now->begun_wall_ns = live->begun_wall_ns;
	now->run = atomic_load(&shared->run);
	now->windows = (int64_t)atomic_load(&shared->windows);
	fa_shared_totals(shared, channels, job, &now->totals);
	for (unsigned i = 0; i < job->lanes; i++) {
		int64_t lane_ns = atomic_load(&shared->lanes[i].clock_ns);

		clock_ns = lane_ns > clock_ns ? lane_ns : clock_ns;
		fa_capture_thread_interfaces(&live->threads[i], now);
	}
	for (unsigned i = 0; i < job->workers; i++) {
		int64_t at_ns = atomic_load(&channels[i].worker->at_clock_ns);
		int64_t lag_ns = at_ns <= 0 ? 0 : clock_ns - at_ns; /* 0: nothing came yet */

		now->flows_active += atomic_load(&channels[i].worker->active);
		now->lag_ns = lag_ns > now->lag_ns ? lag_ns : now->lag_ns;
		look_at_rings(&channels[i], job->lanes, now);
	}
	now->flows_max = fa_processes_flows_max(live->processes);
	now->committed_wall_ns = atomic_load(&shared->committed_ns);
	now->spool_bytes = atomic_load(&shared->spool_bytes);
	now->findings = atomic_load(&shared->findings);
	now->reloads = atomic_load(&shared->reloads);
	now->events_dropped = atomic_load(&shared->events_dropped);
	now->workers = job->workers;
	now->lanes = job->lanes;
}

static void erase_status(struct live *live)
{
	if (live->drawn)
		fputs("\r\033[K", stderr);
	live->drawn = false;
}

static void say(void *context, const char *text)
{
	struct live *live = context;

	fa_log_warn("%s", text);
	live->drawn = false; /* the message took its place */
}

static void draw_status(struct live *live)
{
	struct winsize size = {0};
	char line[512];

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		size.ws_col = COLUMNS;
	fa_status_line(&live->now, live->has_previous ? &live->previous : NULL, size.ws_col, line,
		       sizeof(line));
	fprintf(stderr, "\r\033[K%s", line);
	fflush(stderr);
	live->drawn = true;
}

static void write_metrics(struct live *live)
{
	struct fa_diag diag = {{0}};

	if (fa_metrics_write(live->options->metrics, &live->now, &diag) == 0) {
		live->metrics_failed_ns = 0;
		return;
	}
	if (live->metrics_failed_ns == 0)
		say(live, diag.text);
	live->metrics_failed_ns = live->now.monotonic_ns;
}

/* What the service manager shows, and what it waits for. */
static void notify(struct live *live)
{
	const struct fa_shared *shared = fa_processes_shared(live->processes);
	char status[400];

	memcpy(status, "STATUS=", 7);
	fa_status_line(&live->now, live->has_previous ? &live->previous : NULL, COLUMNS,
		       status + 7, sizeof(status) - 7);
	fa_notify(status);
	if (live->boundary.reloading && atomic_load(&shared->reload_tries) != live->reloads) {
		live->reloads = atomic_load(&shared->reload_tries);
		live->boundary.reloading = false;
		fa_notify("READY=1");
	}
}

static void tell(struct live *live, int64_t now_ns)
{
	bool asked = fa_signals_take_statistics();

	if (!asked && now_ns < live->next_statistics_ns)
		return;
	take_statistics(live);
	if (asked) {
		erase_status(live);
		fa_status_text(&live->now, live->has_previous ? &live->previous : NULL, stderr);
	}
	if (now_ns < live->next_statistics_ns)
		return;
	live->next_statistics_ns = now_ns + STATISTICS_NS;
	fa_loss_watch_look(&live->losses, &live->now, say, live);
	notify(live);
	if (live->options->status)
		draw_status(live);
	if (live->options->metrics != NULL && now_ns >= live->next_metrics_ns) {
		write_metrics(live);
		live->next_metrics_ns = now_ns + METRICS_NS;
	}
	live->previous = live->now;
	live->has_previous = true;
}

/* Whether all parts of the capture gave a sign of life lately. */
static bool all_beat(struct live *live, int64_t now_ns)
{
	const struct fa_shared *shared = fa_processes_shared(live->processes);

	for (unsigned i = 0; i < live->job->lanes; i++)
		if (now_ns - atomic_load(&shared->lanes[i].beat_ns) > BEAT_NS)
			return false;
	return now_ns - atomic_load(&shared->beat_ns) < BEAT_NS;
}

static void feed_watchdog(struct live *live, int64_t now_ns)
{
	int64_t watchdog_ns = fa_notify_watchdog_ns();

	if (watchdog_ns == 0 || now_ns < live->next_watchdog_ns)
		return;
	if (all_beat(live, now_ns))
		fa_notify("WATCHDOG=1");
	live->next_watchdog_ns = now_ns + watchdog_ns / 3;
}

static struct fa_boundary_now clocks(const struct live *live)
{
	const struct fa_shared *shared = fa_processes_shared(live->processes);

	return (struct fa_boundary_now){
		.wall_ns = fa_wall_clock_ns(),
		.monotonic_ns = fa_monotonic_ns(),
		.stored = atomic_load(&shared->window_stored),
	};
}

static void tell_set(struct live *live, int64_t set_ns, int64_t now_ns)
{
	/* A moment may lie between the looks at the two clocks. */
	int64_t by_s = ((set_ns < 0 ? -set_ns : set_ns) + FA_NS_PER_SECOND / 2) / FA_NS_PER_SECOND;
	char by[FA_NUMBER_TEXT];
	char line[128];

	if (set_ns == 0 || now_ns < live->next_set_ns)
		return;
	live->next_set_ns = now_ns + SET_TOLD_NS;
	fa_duration_text(by_s * FA_NS_PER_SECOND, by);
	if (set_ns < 0)
		snprintf(line, sizeof(line), "the clock was set back by %s; times come again", by);
	else
		snprintf(line, sizeof(line),
			 "the clock went forward by %s; it was set, or the machine slept", by);
	say(live, line);
}

/* Ends the window when it is time to, or when a reload is asked for. */
static void look_at_windows(struct live *live)
{
	struct fa_boundary *boundary = &live->boundary;
	struct fa_boundary_now now = clocks(live);
	bool reloading = boundary->reloading;
	int64_t set_ns;
	bool ends;

	if (fa_signals_take_reload())
		fa_boundary_ask_reload(boundary);
	ends = fa_boundary_look(boundary, &now, &set_ns);
	if (boundary->reloading && !reloading)
		fa_notify("RELOADING=1");
	tell_set(live, set_ns, now.monotonic_ns);
	/* An auditor that is far behind takes no more windows: this one goes on. */
	if (ends && fa_processes_end_window(live->processes, boundary->wanted))
		fa_boundary_ended(boundary, &now,
				  atomic_load(&fa_processes_shared(live->processes)->window));
}

static int watch(struct live *live, struct fa_diag *diag)
{
	int error = 0;

	while (error == 0 && !fa_signals_stop()) {
		const struct timespec ts = {.tv_nsec = LOOK_MS * 1000000l};
		int64_t now_ns;

		nanosleep(&ts, NULL);
		now_ns = fa_monotonic_ns();
		error = fa_processes_watch(live->processes, diag);
		for (unsigned i = 0; i < live->job->lanes && error == 0; i++)
			error = fa_capture_thread_error(&live->threads[i], diag);
		if (error != 0)
			break;
		look_at_windows(live);
		tell(live, now_ns);
		feed_watchdog(live, now_ns);
	}
	return error;
}

/* The smallest rings that take any packet, for many workers and threads, need more than little. */
static void check_memory(const struct fa_job *job)
{
	struct fa_memory_plan plan =
		fa_memory_plan(job->max_memory_bytes, job->workers, job->lanes, false);
	uint64_t rings = (uint64_t)job->workers * (plan.packet_ring_bytes * job->lanes +
						   plan.conversation_ring_bytes);

	if (rings > job->max_memory_bytes / 2)
		fa_log_warn("the rings of %u workers and %u capture threads alone take %llu MiB; "
			    "--max-memory %llu MiB cannot be kept: use fewer, or give more",
			    job->workers, job->lanes, (unsigned long long)(rings >> 20),
			    (unsigned long long)(job->max_memory_bytes >> 20));
}

static int capture(struct live *live, struct fa_job_result *result, struct fa_diag *diag)
{
	struct fa_diag later = {{0}};
	struct fa_run_info info;
	char duration[FA_NUMBER_TEXT];
	struct fa_boundary_now now;
	int finished;
	int error;

	check_memory(live->job);
	fa_job_describe(live->job, &info);
	fa_log_over_status(live->options->status);
	error = fa_processes_start(&live->processes, live->job, &info, diag);
	if (error != 0)
		return error;
	now = clocks(live);
	live->begun_wall_ns = now.wall_ns;
	fa_boundary_init(&live->boundary, live->job->flow.bucket_ns, live->options->rotate_ns,
			 &now);
	fa_loss_watch_init(&live->losses);
	error = start_threads(live, diag);
	if (error == 0) {
		fa_log_note("capturing on %s into %s, run %lld; the window ends in %s", info.source,
			    live->job->database, (long long)fa_processes_run(live->processes),
			    fa_duration_text(fa_boundary_next_ns(&live->boundary) - now.wall_ns,
					     duration));
		fa_notify("READY=1");
		error = watch(live, diag);
	}
	fa_notify("STOPPING=1");
	end_threads(live);
	result->run = fa_processes_run(live->processes);
	/* What a thread could not read is lost; what it read is stored all the same. */
	finished = fa_processes_finish(live->processes, FA_RUN_COMPLETE, result, &later);
	take_statistics(live);
	erase_status(live);
	fa_log_over_status(false);
	fa_loss_watch_look(&live->losses, &live->now, say, live);
	fa_loss_watch_finish(&live->losses, say, live);
	if (live->options->metrics != NULL)
		write_metrics(live);
	if (error == 0 && finished != 0)
		error = fa_fail(diag, finished, "%s", later.text);
	return error;
}

int fa_live_run(const struct fa_job *job, struct fa_job_result *result, struct fa_diag *diag)
{
	struct live *live = calloc(1, sizeof(*live));
	int error;

	memset(result, 0, sizeof(*result));
	if (live == NULL)
		return fa_fail(diag, FA_ENOMEM, "no memory");
	live->job = job;
	live->options = job->live;
	fa_signals_catch_live();
	fa_notify_open();
	error = open_sources(live, diag);
	if (error == 0)
		error = confine(live, diag);
	if (error == 0)
		error = capture(live, result, diag);
	fa_processes_free(live->processes);
	for (unsigned i = 0; i < job->lanes; i++)
		fa_source_free(live->sources[i]);
	fa_notify_close();
	fa_signals_restore();
	free(live);
	if (error != 0)
		fa_fail(diag, error, "capture: %s", fa_strerror(error));
	return error;
}
