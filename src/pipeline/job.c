/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One audit of recorded traffic, from the source to the database. */
#include "pipeline/job.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "capture/capture.h"
#include "pipeline/auditor.h"
#include "pipeline/captured_names.h"
#include "pipeline/intake.h"
#include "pipeline/memory.h"
#include "pipeline/processes.h"
#include "pipeline/progress.h"
#include "pipeline/signals.h"
#include "pipeline/worker.h"
#include "sandbox/sandbox.h"

enum {
	/* Packets between two looks at signals, children and the progress line. */
	READ_BATCH = 4096,
};

/* While standard input is quiet: what there is goes on to the workers, and they are watched. */
struct idle {
	struct fa_processes *processes; /* NULL: not begun, or none */
	bool failed;
};

static bool while_idle(void *context)
{
	struct idle *idle = context;

	if (idle->processes != NULL) {
		fa_lane_flush(fa_processes_lane(idle->processes, 0));
		idle->failed = fa_processes_watch(idle->processes, NULL) != 0;
	}
	return idle->failed || fa_signals_stop();
}

static int open_source(const struct fa_job *job, struct idle *idle, struct fa_source **source,
		       struct fa_diag *diag)
{
	struct fa_source_options options = {
		.filter = job->filter,
		.warn = fa_log_warn_line,
		.idle = while_idle,
		.context = idle,
	};

	return fa_source_open_files(source, job->inputs, job->input_count, &options, diag);
}

void fa_job_describe(const struct fa_job *job, struct fa_run_info *info)
{
	size_t used = 0;

	memset(info, 0, sizeof(*info));
	info->kind = job->live == NULL ? FA_RUN_REPLAY : FA_RUN_LIVE;
	info->bucket_ns = job->flow.bucket_ns;
	info->workers = job->workers;
	info->wire = job->wire;
	info->sandboxed = job->sandbox && job->workers > 0 && fa_sandbox_has_landlock();
	if (job->filter != NULL)
		fa_text_copy(info->filter, sizeof(info->filter), job->filter);
	for (size_t i = 0; i < job->input_count && used + 1 < sizeof(info->source); i++) {
		if (i > 0)
			info->source[used++] = ' ';
		fa_text_copy(info->source + used, sizeof(info->source) - used, job->inputs[i]);
		used = strlen(info->source);
	}
}

/*
 * Reads the source to its end into SINK. EACH is called between batches and may end the reading.
 * Returns 0 at the end, FA_EINTERRUPTED after a signal, or an error.
 */
static int read_all(const struct fa_job *job, struct fa_source *source,
		    const struct fa_frame_sink *sink, const uint64_t *packets,
		    int (*each)(void *context, struct fa_diag *diag), void *context,
		    struct fa_diag *diag)
{
	struct fa_progress progress;
	uint64_t done, total;
	int result = 1;

	fa_progress_begin(&progress, job->progress);
	while (result > 0) {
		result = fa_source_read(source, READ_BATCH, sink, diag);
		if (result > 0 && fa_signals_stop())
			result = FA_EINTERRUPTED;
		if (result > 0 && each(context, diag) != 0)
			result = FA_EDEAD;
		fa_source_progress(source, &done, &total);
		fa_progress_update(&progress, *packets, done, total);
	}
	fa_progress_end(&progress);
	return result;
}

/* A source that is read, and who reads it. */
struct reading {
	struct fa_source *source;
	struct fa_processes *processes;
};

static int between_batches(void *context, struct fa_diag *diag)
{
	struct reading *reading = context;

	fa_captured_names_put(fa_processes_shared(reading->processes)->names, reading->source);
	fa_lane_publish(fa_processes_lane(reading->processes, 0));
	return fa_processes_watch(reading->processes, diag);
}

/* What the source knows at its end. */
static void count_source(const struct fa_source *source, struct fa_capture_counts *counts,
			 struct fa_run_interfaces *interfaces)
{
	uint64_t more;

	fa_source_counts(source, counts);
	fa_source_interfaces(source, interfaces);
	/* They were put in order, but stood behind later ones: who looks at the capture should know. */
	counts->time_backwards += fa_source_mended(source);
	if (fa_source_names(source, &more) > 0 && more > 0)
		fa_log_warn("the captures note down %llu names of addresses beyond the first %d; "
			    "these are not used",
			    (unsigned long long)more, FA_CAPTURE_NAMES_MAX);
}

/* A file can wait, as long as the workers live. */
static int while_full(void *context)
{
	return fa_processes_watch(context, NULL);
}

static enum fa_run_end end_of(int result)
{
	return result == 0 ? FA_RUN_COMPLETE : FA_RUN_INTERRUPTED;
}

/* Whether the run is to be finished and stored: at the end of the input, or when asked to stop. */
static bool is_orderly(int result)
{
	return result == 0 || result == FA_EINTERRUPTED;
}

static int run_processes(const struct fa_job *job, struct fa_source *source, struct idle *idle,
			 const struct fa_run_info *info, struct fa_job_result *result,
			 struct fa_diag *diag)
{
	struct fa_processes *processes = NULL;
	struct reading reading = {.source = source};
	struct fa_run_interfaces interfaces;
	struct fa_lane *lane;
	struct fa_intake intake = {0};
	struct fa_frame_sink sink = {.fn = fa_intake_frame, .context = &intake};
	int error = fa_processes_start(&processes, job, info, diag);
	int read;

	if (error != 0)
		return error;
	idle->processes = processes;
	reading.processes = processes;
	lane = fa_processes_lane(processes, 0);
	lane->full = while_full;
	lane->context = processes;
	error = fa_intake_init(&intake, &lane->counts, &job->wire);
	if (error != 0)
		goto out;
	intake.packet = fa_lane_packet;
	intake.context = lane;
	read = read_all(job, source, &sink, &lane->counts.packets, between_batches, &reading,
			diag);
	idle->processes = NULL;
	if (idle->failed) { /* the child's last words are the message, not that reading stopped */
		diag->text[0] = '\0';
		read = FA_EDEAD;
	}
	if (read < 0 && !is_orderly(read)) {
		fa_processes_watch(processes, diag); /* a child's last words, if one died */
		error = read;
		goto out;
	}
	count_source(source, &lane->counts, &interfaces);
	fa_lane_interfaces(lane, &interfaces);
	fa_captured_names_put(fa_processes_shared(processes)->names, source);
	error = fa_processes_finish(processes, end_of(read), result, diag);
	if (error == 0)
		error = read;
out:
	fa_intake_deinit(&intake);
	result->run = fa_processes_run(processes);
	fa_processes_free(processes);
	return error;
}

/* Every stage in this process. */
struct single {
	const struct fa_source *source;
	size_t names; /* taken of those that it has */
	struct fa_auditor *auditor;
	struct fa_worker_stages *stages;
};

static int single_conversation(void *context, const struct fa_conversation *conversation)
{
	return fa_auditor_conversation(((struct single *)context)->auditor, conversation,
				       sizeof(*conversation));
}

static int single_flow(void *context, const struct fa_flow_record *flow)
{
	return fa_auditor_flow(((struct single *)context)->auditor, flow, sizeof(*flow));
}

static int single_name(void *context, const struct fa_name_answer *answer)
{
	return fa_auditor_name(((struct single *)context)->auditor, answer, sizeof(*answer));
}

static int single_packet(void *context, const struct fa_packet *packet, const uint8_t *ip_bytes)
{
	struct single *single = context;

	return fa_flows_packet(fa_worker_stages_flows(single->stages), packet, ip_bytes);
}

/* Names that the captures note down, as far as they were read. */
static int single_between(void *context, struct fa_diag *diag)
{
	struct single *single = context;
	uint64_t more;
	size_t count = fa_source_names(single->source, &more);
	struct fa_name_answer name;
	int error = 0;

	for (; single->names < count && error == 0; single->names++) {
		fa_source_name(single->source, single->names, &name);
		error = fa_auditor_captured_name(single->auditor, &name);
	}
	return error == 0 ? 0 : fa_fail(diag, error, "%s", fa_strerror(error));
}

static int run_single(const struct fa_job *job, struct fa_source *source,
		      const struct fa_run_info *info, struct fa_job_result *result,
		      struct fa_diag *diag)
{
	struct fa_memory_plan plan =
		fa_memory_plan(job->max_memory_bytes, 1, 1, job->flows != NULL);
	struct fa_lore_shared *lore = fa_lore_new();
	struct fa_worker_setup setup = {
		.job = job,
		.lore = lore,
		.max_flows = plan.flows_per_worker,
		.max_states = plan.states_per_worker,
	};
	struct single single = {.source = source};
	struct fa_flow_sink flow_sink = {
		.conversation = single_conversation,
		.flow = job->flows != NULL ? single_flow : NULL,
		.name = single_name,
		.context = &single,
	};
	struct fa_run_totals *totals = &result->totals;
	struct fa_intake intake = {0};
	struct fa_frame_sink sink = {.fn = fa_intake_frame, .context = &intake};
	int read = 0;
	int error = lore == NULL ? FA_ENOMEM : fa_lore_publish(lore, job->policy);

	if (error == 0)
		error = fa_auditor_new(&single.auditor, job, info, diag);
	if (error == 0)
		error = fa_worker_stages_new(&single.stages, &setup, &flow_sink, diag);
	if (error != 0)
		goto out;
	result->run = fa_auditor_run(single.auditor);
	error = fa_intake_init(&intake, &totals->capture, &job->wire);
	if (error != 0)
		goto out;
	intake.packet = single_packet;
	intake.context = &single;
	read = read_all(job, source, &sink, &totals->capture.packets, single_between, &single, diag);
	if (is_orderly(read) && single_between(&single, diag) != 0)
		read = FA_ENOMEM;
	error = is_orderly(read) ? fa_flows_finish(fa_worker_stages_flows(single.stages)) : read;
	if (error == 0) {
		count_source(source, &totals->capture, &totals->interfaces);
		totals->workers = *fa_flows_counts(fa_worker_stages_flows(single.stages));
		totals->end = end_of(read);
		error = fa_auditor_finish(single.auditor, totals);
	}
	if (error != 0 && fa_auditor_diag(single.auditor)->text[0] != '\0')
		fa_fail(diag, error, "%s", fa_auditor_diag(single.auditor)->text);
	if (error == 0)
		error = fa_auditor_flush_flows(job, diag);
	if (error == 0)
		error = read;
out:
	fa_intake_deinit(&intake);
	fa_worker_stages_free(single.stages);
	fa_auditor_free(single.auditor);
	fa_lore_free(lore);
	return error;
}

int fa_job_run(const struct fa_job *job, struct fa_job_result *result, struct fa_diag *diag)
{
	struct idle idle = {0};
	struct fa_source *source = NULL;
	struct fa_job with_files = *job;
	struct fa_run_info info;
	int error;

	memset(result, 0, sizeof(*result));
	fa_signals_catch();
	with_files.lanes = 1;
	error = open_source(job, &idle, &source, diag);
	if (error != 0)
		goto out;
	fa_source_files(source, &with_files.files);
	fa_job_describe(&with_files, &info);
	error = job->workers == 0
			? run_single(&with_files, source, &info, result, diag)
			: run_processes(&with_files, source, &idle, &info, result, diag);
	if (error != 0 && error != FA_EINTERRUPTED)
		fa_fail(diag, error, "audit: %s", fa_strerror(error));
out:
	fa_source_free(source);
	fa_signals_restore();
	return error;
}
