/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The auditor's work: sum, resolve directions, judge, store. */
#include "pipeline/auditor.h"

#include <stdlib.h>
#include <string.h>

#include "audit/context.h"
#include "audit/coverage.h"
#include "audit/evidence.h"
#include "audit/judge.h"
#include "audit/names.h"
#include "audit/shown.h"
#include "base/log.h"
#include "core/convmap.h"
#include "report/output.h"
#include "report/report.h"
#include "store/store.h"

struct fa_auditor {
	const struct fa_job *job;
	struct fa_store *store;
	struct fa_convmap *sums;
	struct fa_evidence *evidence;
	struct fa_names *names;
	struct fa_shown *shown;
	struct fa_audit_context *context;
	struct fa_coverage *coverage;
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

static int begin_run(struct fa_auditor *auditor, const struct fa_run_info *info,
		     struct fa_diag *diag)
{
	const struct fa_job *job = auditor->job;
	const struct fa_store_run run = {
		.info = info,
		.version = job->version,
		.files = job->files,
		.basis = {.policy = job->policy, .waivers = job->waivers, .json = {.fn = rule_json}},
	};

	return fa_store_begin_run(auditor->store, &run, &auditor->run, diag);
}

enum {
	/* Of one sum, one remembered endpoint and one name, with tables, texts, and the doubling of
	 * arrays; of sums twice, since those whose direction was open are summed again. */
	BYTES_PER_CONVERSATION = 640,
	BYTES_PER_ENDPOINT = 200,
	BYTES_PER_NAME = 400,
	BYTES_PER_USE = 120, /* of a row on which others depend */
	CONVERSATIONS_MIN = 10000,
};

static size_t share(uint64_t bytes, size_t each)
{
	size_t count = bytes / each;

	return count < CONVERSATIONS_MIN ? CONVERSATIONS_MIN : count;
}

int fa_auditor_new(struct fa_auditor **out, const struct fa_job *job,
		   const struct fa_run_info *info, struct fa_diag *diag)
{
	struct fa_auditor *auditor = calloc(1, sizeof(*auditor));
	uint64_t memory = job->max_memory_bytes / 4;
	int error;

	if (auditor == NULL)
		return fa_fail(diag, FA_ENOMEM, "auditor: no memory");
	auditor->job = job;
	error = fa_convmap_new(&auditor->sums, share(memory / 2, BYTES_PER_CONVERSATION));
	if (error == 0)
		error = fa_evidence_new(&auditor->evidence, share(memory / 4, BYTES_PER_ENDPOINT));
	if (error == 0)
		error = fa_names_new(&auditor->names, share(memory / 8, BYTES_PER_NAME));
	if (error == 0)
		error = fa_shown_new(&auditor->shown, share(memory / 8, BYTES_PER_USE));
	if (error == 0)
		error = fa_audit_context_new(&auditor->context, job->policy, auditor->evidence,
					     INT64_MAX);
	if (error == 0) {
		auditor->context->names = auditor->names;
		auditor->context->shown = auditor->shown;
		auditor->context->waivers = job->waivers;
		error = fa_coverage_new(&auditor->coverage, auditor->context);
	}
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
	fa_coverage_free(auditor->coverage);
	fa_audit_context_free(auditor->context);
	fa_evidence_free(auditor->evidence);
	fa_names_free(auditor->names);
	fa_shown_free(auditor->shown);
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

static bool has_end(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static bool address_is_sound(const struct fa_addr *addr)
{
	return addr->version == 4 || addr->version == 6;
}

static bool identity_is_sound(const struct fa_identity *id)
{
	return address_is_sound(&id->client) &&
	       id->server.version == id->client.version && id->direction_by < FA_BY_COUNT &&
	       id->detected_by < FA_DETECTED_COUNT && id->tunnel < FA_TUNNEL_COUNT &&
	       has_end(id->protocol, sizeof(id->protocol)) &&
	       has_end(id->application, sizeof(id->application)) &&
	       has_end(id->host, sizeof(id->host));
}

static int judge_and_store(struct fa_auditor *auditor, const struct fa_conversation *conversation)
{
	struct fa_judgement judgement;

	fa_judge(auditor->context, conversation, &judgement);
	fa_coverage_add(auditor->coverage, conversation, &judgement);
	auditor->conversations++;
	return fa_store_conversation(auditor->store, conversation, &judgement, &auditor->diag);
}

/* Whether both ports are still kept because it is open which side serves. */
static bool is_open(const struct fa_conversation *conversation)
{
	return conversation->id.direction_by == FA_BY_FIRST_PACKET;
}

/*
 * All conversations are there: learn from them, settle who serves where that was open, judge.
 * Those whose direction was open are summed again under what it turned out to be.
 */
static int settle(struct fa_auditor *auditor)
{
	size_t count = fa_convmap_count(auditor->sums);
	struct fa_conversation conversation;
	struct fa_convmap *resolved = NULL;
	struct fa_counts *sum;
	int error = fa_convmap_new(&resolved, count + 1);

	if (error == 0)
		error = fa_names_ready(auditor->names);
	for (size_t i = 0; i < count && error == 0; i++) {
		fa_convmap_get(auditor->sums, i, &conversation);
		fa_evidence_add(auditor->evidence, &conversation);
	}
	for (size_t i = 0; i < count && error == 0; i++) {
		fa_convmap_get(auditor->sums, i, &conversation);
		if (!is_open(&conversation) ||
		    !fa_evidence_resolve(auditor->evidence, &conversation)) {
			fa_shown_add(auditor->shown, auditor->context, &conversation);
			continue;
		}
		sum = fa_convmap_at(resolved, conversation.bucket_ns, &conversation.id);
		if (sum == NULL)
			error = FA_ENOMEM;
		else
			fa_counts_add(sum, &conversation.counts);
	}
	for (size_t i = 0; i < fa_convmap_count(resolved) && error == 0; i++) {
		fa_convmap_get(resolved, i, &conversation);
		fa_evidence_add(auditor->evidence, &conversation);
		fa_shown_add(auditor->shown, auditor->context, &conversation);
	}
	for (size_t i = 0; i < count && error == 0; i++) {
		fa_convmap_get(auditor->sums, i, &conversation);
		if (!is_open(&conversation) ||
		    !fa_evidence_resolve(auditor->evidence, &conversation))
			error = judge_and_store(auditor, &conversation);
	}
	for (size_t i = 0; i < fa_convmap_count(resolved) && error == 0; i++) {
		fa_convmap_get(resolved, i, &conversation);
		error = judge_and_store(auditor, &conversation);
	}
	fa_convmap_free(resolved);
	fa_convmap_clear(auditor->sums);
	return error;
}

int fa_auditor_conversation(struct fa_auditor *auditor, const struct fa_conversation *conversation)
{
	struct fa_conversation copy = *conversation; /* what is checked is what is used */
	struct fa_counts *sum;
	int error;

	if (!identity_is_sound(&copy.id))
		return fa_fail(&auditor->diag, FA_ECORRUPT,
			       "a worker handed on a conversation that cannot be: it may have been "
			       "subverted by a packet");
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

int fa_auditor_flow(struct fa_auditor *auditor, const struct fa_flow_record *flow)
{
	struct fa_flow_record copy = *flow;

	if (!identity_is_sound(&copy.id) || copy.state >= FA_FLOW_STATE_COUNT ||
	    copy.vlan_count > FA_VLAN_MAX)
		return fa_fail(&auditor->diag, FA_ECORRUPT,
			       "a worker handed on a flow that cannot be: it may have been "
			       "subverted by a packet");
	return fa_store_flow_add(auditor->store, &copy, &auditor->diag);
}

int fa_auditor_name(struct fa_auditor *auditor, const struct fa_name_answer *answer)
{
	struct fa_name_answer copy = *answer;

	if (!address_is_sound(&copy.client) || !address_is_sound(&copy.address) ||
	    copy.resolver.version != copy.client.version ||
	    !has_end(copy.host, sizeof(copy.host)))
		return fa_fail(&auditor->diag, FA_ECORRUPT,
			       "a worker handed on a name that cannot be: it may have been "
			       "subverted by a packet");
	if (fa_names_add(auditor->names, &copy) != 0)
		return fa_fail(&auditor->diag, FA_ENOMEM, "auditor: no memory");
	return 0;
}

static int write_flow(void *context, const struct fa_flow_record *flow)
{
	struct fa_auditor *auditor = context;
	struct fa_conversation conversation = {.id = flow->id, .counts = flow->counts};
	struct fa_flow_record record = *flow;
	struct fa_judgement judgement;
	struct fa_addr client = flow->id.client;
	int error;

	if (!is_open(&conversation))
		conversation.id.client_port = 0;
	else if (fa_evidence_resolve(auditor->evidence, &conversation)) {
		record.id.direction_by = conversation.id.direction_by;
		if (fa_addr_compare(&conversation.id.client, &client) != 0 ||
		    conversation.id.server_port != flow->id.server_port) {
			struct fa_conversation turned = {.id = flow->id, .counts = flow->counts};

			fa_conversation_flip(&turned);
			turned.id.direction_by = conversation.id.direction_by;
			record.id = turned.id;
			record.counts = turned.counts;
		}
	}
	fa_judge(auditor->context, &conversation, &judgement);
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

static int store_expectations(struct fa_auditor *auditor)
{
	uint64_t left_out = fa_coverage_left_out(auditor->coverage);

	if (left_out > 0)
		fa_log_warn("the site expects more than can be watched: nothing is said about %llu "
			    "places of rows",
			    (unsigned long long)left_out);
	return fa_coverage_finish(auditor->coverage, store_expectation, auditor);
}

int fa_auditor_finish(struct fa_auditor *auditor, struct fa_run_totals *totals)
{
	int error;

	auditor->context->run_end_ns =
		totals->capture.packets > 0 ? totals->capture.last_ns : INT64_MAX;
	error = settle(auditor);
	if (error == 0)
		error = store_expectations(auditor);
	totals->conversations = auditor->conversations;
	totals->loss.judged_early = auditor->settled_early;
	if (totals->loss.judged_early == 0 &&
	    (fa_evidence_is_full(auditor->evidence) || fa_names_is_full(auditor->names) ||
	     fa_shown_is_full(auditor->shown)))
		totals->loss.judged_early = 1; /* some of what others showed was forgotten */
	if (error == 0)
		error = fa_store_finish_run(auditor->store, totals, &auditor->diag);
	if (error == 0 && auditor->job->flows != NULL)
		error = fa_store_flow_each(auditor->store, write_flow, auditor, &auditor->diag);
	if (error != 0)
		return fa_fail(&auditor->diag, error, "auditor: %s", fa_strerror(error));
	return 0;
}
