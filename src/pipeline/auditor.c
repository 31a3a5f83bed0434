/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The auditor of a replay: sums, judges at the end, stores. */
#include "pipeline/auditor.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/convmap.h"
#include "pipeline/handed.h"
#include "pipeline/judging.h"
#include "report/output.h"
#include "report/report.h"
#include "store/store.h"

struct fa_auditor {
	const struct fa_job *job;
	struct fa_store *store;
	struct fa_convmap *sums;
	struct fa_judging *judging;
	struct fa_diag diag;
	int64_t run;
	uint64_t conversations;
	uint64_t settled_early; /* times */
};

static int rule_json(void *context, const struct fa_rule *rule, char **text)
{
	(void)context;
	*text = fa_report_rule_json(rule);
	return *text == NULL ? FA_ENOMEM : 0;
}

struct fa_store_basis fa_auditor_basis(const struct fa_policy *policy,
				       const struct fa_waivers *waivers)
{
	return (struct fa_store_basis){
		.policy = policy, .waivers = waivers, .json = {.fn = rule_json}};
}

static int begin_run(struct fa_auditor *auditor, const struct fa_run_info *info,
		     struct fa_diag *diag)
{
	const struct fa_job *job = auditor->job;
	const struct fa_store_run run = {
		.info = info,
		.version = job->version,
		.files = job->files,
		.basis = fa_auditor_basis(job->policy, job->waivers),
	};

	return fa_store_begin_run(auditor->store, &run, &auditor->run, diag);
}

uint64_t fa_auditor_memory(const struct fa_job *job)
{
	return job->max_memory_bytes / 4;
}

int fa_auditor_new(struct fa_auditor **out, const struct fa_job *job,
		   const struct fa_run_info *info, struct fa_diag *diag)
{
	struct fa_auditor *auditor = calloc(1, sizeof(*auditor));
	uint64_t memory = fa_auditor_memory(job);
	int error;

	if (auditor == NULL)
		return fa_fail(diag, FA_ENOMEM, "auditor: no memory");
	auditor->job = job;
	error = fa_convmap_new(&auditor->sums, fa_judging_room(memory));
	if (error == 0)
		error = fa_judging_new(&auditor->judging, job->policy, job->waivers, memory);
	if (error != 0) {
		fa_fail(diag, error, "auditor: %s", fa_strerror(error));
		goto out;
	}
	error = fa_store_open(&auditor->store, job->database, FA_STORE_WRITE, diag);
	if (error == 0)
		error = begin_run(auditor, info, diag);
	if (error != 0)
		goto out;
	*out = auditor;
	return 0;
out:
	fa_auditor_free(auditor);
	return error;
}

void fa_auditor_free(struct fa_auditor *auditor)
{
	if (auditor == NULL)
		return;
	fa_store_close(auditor->store);
	fa_judging_free(auditor->judging);
	fa_convmap_free(auditor->sums);
	free(auditor);
}

int64_t fa_auditor_run(const struct fa_auditor *auditor)
{
	return auditor->run;
}

const struct fa_diag *fa_auditor_diag(const struct fa_auditor *auditor)
{
	return &auditor->diag;
}

static int store_judged(void *context, const struct fa_conversation *conversation,
			const struct fa_judgement *judgement)
{
	struct fa_auditor *auditor = context;

	auditor->conversations++;
	return fa_store_conversation(auditor->store, conversation, judgement, &auditor->diag);
}

/* Judges and stores all conversations that are there. */
static int settle(struct fa_auditor *auditor)
{
	int error = fa_judging_set(auditor->judging, auditor->sums, NULL, store_judged, auditor);

	fa_convmap_clear(auditor->sums);
	return error;
}

int fa_auditor_conversation(struct fa_auditor *auditor, const void *record, size_t len)
{
	struct fa_conversation copy;
	struct fa_counts *sum;
	int error = fa_handed_conversation(record, len, &copy, &auditor->diag);

	if (error != 0)
		return error;
	sum = fa_convmap_at(auditor->sums, copy.bucket_ns, &copy.id);
	if (sum == NULL) {
		if (auditor->settled_early++ == 0)
			fa_log_warn("more conversations than the memory limit holds: judging those "
				    "so far with what is known now (see --max-memory)");
		error = settle(auditor);
		if (error != 0)
			return fa_fail(&auditor->diag, error, "auditor: %s", fa_strerror(error));
		sum = fa_convmap_at(auditor->sums, copy.bucket_ns, &copy.id);
	}
	if (sum == NULL)
		return fa_fail(&auditor->diag, FA_ENOMEM, "auditor: no memory");
	fa_counts_add(sum, &copy.counts);
	return 0;
}

int fa_auditor_flow(struct fa_auditor *auditor, const void *record, size_t len)
{
	struct fa_flow_record copy;
	int error = fa_handed_flow(record, len, &copy, &auditor->diag);

	return error != 0 ? error : fa_store_flow_add(auditor->store, &copy, &auditor->diag);
}

int fa_auditor_name(struct fa_auditor *auditor, const void *record, size_t len)
{
	struct fa_name_answer copy;
	int error = fa_handed_name(record, len, &copy, &auditor->diag);

	if (error == 0 && fa_judging_name(auditor->judging, &copy) != 0)
		return fa_fail(&auditor->diag, FA_ENOMEM, "auditor: no memory");
	return error;
}

int fa_auditor_captured_name(void *context, const struct fa_name_answer *name)
{
	struct fa_auditor *auditor = context;

	if (fa_judging_name(auditor->judging, name) != 0)
		return fa_fail(&auditor->diag, FA_ENOMEM, "auditor: no memory");
	return 0;
}

static int write_flow(void *context, const struct fa_flow_record *flow)
{
	struct fa_auditor *auditor = context;
	struct fa_flow_record record = *flow;
	struct fa_judgement judgement;
	int error;

	fa_judging_flow(auditor->judging, &record, &judgement);
	error = fa_report_flow_line(auditor->job->flows, &record, &judgement, &auditor->diag);
	if (error != 0)
		fa_fail_in(&auditor->diag, error, "%s", auditor->job->flows_name);
	return error;
}

int fa_auditor_flush_flows(const struct fa_job *job, struct fa_diag *diag)
{
	int error = job->flows == NULL ? 0 : fa_output_flush(job->flows, diag);

	return error == 0 ? 0 : fa_fail_in(diag, error, "%s", job->flows_name);
}

static int store_expectation(void *context, const struct fa_expectation *expectation)
{
	struct fa_auditor *auditor = context;

	return fa_store_expectation(auditor->store, expectation, &auditor->diag);
}

void fa_auditor_warn_left_out(const struct fa_judging *judging)
{
	uint64_t left_out = fa_judging_left_out(judging);

	if (left_out > 0)
		fa_log_warn("the site expects more than can be watched: nothing is said about %llu "
			    "places of rows",
			    (unsigned long long)left_out);
}

int fa_auditor_finish(struct fa_auditor *auditor, struct fa_run_totals *totals)
{
	int error;

	if (totals->capture.packets > 0)
		fa_judging_set_end(auditor->judging, totals->capture.last_ns);
	error = settle(auditor);
	fa_auditor_warn_left_out(auditor->judging);
	if (error == 0)
		error = fa_judging_expectations(auditor->judging, store_expectation, auditor);
	totals->conversations = auditor->conversations;
	totals->loss.judged_early = auditor->settled_early;
	if (totals->loss.judged_early == 0 && fa_judging_is_full(auditor->judging))
		totals->loss.judged_early = 1; /* some of what others showed was forgotten */
	if (error == 0)
		error = fa_store_finish_run(auditor->store, totals, &auditor->diag);
	if (error == 0 && auditor->job->flows != NULL)
		error = fa_store_flow_each(auditor->store, write_flow, auditor, &auditor->diag);
	if (error != 0)
		return fa_fail(&auditor->diag, error, "auditor: %s", fa_strerror(error));
	return 0;
}
