/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The auditor as a process: takes conversations out of the workers' rings until all are closed. */
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "pipeline/auditor.h"
#include "sandbox/sandbox.h"

enum { IDLE_MS = 5 };

struct input {
	struct fa_ring_consumer ring;
	bool drained;
};

static int take(struct fa_auditor *auditor, uint32_t kind, const void *record, uint32_t len)
{
	if (kind == FA_RECORD_CONVERSATION && len == sizeof(struct fa_conversation))
		return fa_auditor_conversation(auditor, record);
	if (kind == FA_RECORD_FLOW && len == sizeof(struct fa_flow_record))
		return fa_auditor_flow(auditor, record);
	if (kind == FA_RECORD_NAME && len == sizeof(struct fa_name_answer))
		return fa_auditor_name(auditor, record);
	return FA_ECORRUPT;
}

/* Takes what is there now; TAKEN counts it. */
static int drain(struct fa_auditor *auditor, struct input *input, uint64_t *taken)
{
	const void *record;
	uint32_t len, kind;
	int error = 0;

	while (error == 0 && (record = fa_ring_next(&input->ring, &len, &kind)) != NULL) {
		error = take(auditor, kind, record, len);
		(*taken)++;
	}
	fa_ring_release(&input->ring);
	return error != 0 ? error : fa_ring_consumer_error(&input->ring);
}

/* Sleeps on the first ring that is still open; the others are looked at soon after. */
static int wait_any(struct input *inputs, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		int result;

		if (inputs[i].drained)
			continue;
		result = fa_ring_wait_data(&inputs[i].ring, IDLE_MS);
		if (result == FA_RING_DRAINED)
			inputs[i].drained = true;
		else
			return result == FA_ETIMEDOUT ? 0 : result;
	}
	return 0;
}

static bool all_drained(const struct input *inputs, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (!inputs[i].drained)
			return false;
	return true;
}

static int gather(struct fa_auditor *auditor, struct input *inputs, unsigned count, int parent)
{
	int error = 0;

	while (error == 0 && !all_drained(inputs, count)) {
		uint64_t taken = 0;

		for (unsigned i = 0; i < count && error == 0; i++)
			if (!inputs[i].drained)
				error = drain(auditor, &inputs[i], &taken);
		if (error == 0 && taken == 0)
			error = wait_any(inputs, count);
		if (error == 0 && taken == 0 && getppid() != parent)
			error = FA_EDEAD;
	}
	return error;
}

static int confine(const struct fa_job *job, struct fa_diag *diag)
{
	char *real = realpath(job->database, NULL); /* SQLite works beside what a link points to */
	const char *folder;
	struct fa_sandbox_paths paths = {.writable = &folder, .writable_count = 1};
	struct fa_diag why = {{0}};
	int error;

	if (real == NULL)
		return fa_fail(diag, FA_EIO, "%s: %s", job->database, strerror(errno));
	folder = dirname(real);
	error = fa_sandbox_auditor(&paths, &why);
	free(real);
	if (error == FA_EUNSUPPORTED) {
		fa_log_warn("%s; the auditor runs without it", why.text);
		return 0;
	}
	return error != 0 ? fa_fail(diag, error, "%s", why.text) : 0;
}

int fa_auditor_main(const struct fa_job *job, const struct fa_run_info *info,
		    const struct fa_channel *channels, struct fa_shared *shared, int ready_fd,
		    int parent)
{
	struct input inputs[FA_WORKERS_MAX] = {0};
	struct fa_diag *diag = &shared->auditor_diag;
	struct fa_auditor *auditor = NULL;
	struct fa_run_totals totals;
	int error = fa_sandbox_tie_to_parent(parent, "fa-auditor");

	for (unsigned i = 0; i < job->workers && error == 0; i++)
		error = fa_ring_consumer_init(&inputs[i].ring, channels[i].conversations);
	if (error == 0)
		error = fa_auditor_new(&auditor, job, info, diag);
	if (error == 0 && job->sandbox)
		error = confine(job, diag);
	if (error != 0)
		goto out;
	shared->run = fa_auditor_run(auditor);
	if (write(ready_fd, "r", 1) != 1) {
		error = FA_EDEAD;
		goto out;
	}
	error = gather(auditor, inputs, job->workers, parent);
	if (error == 0) {
		fa_shared_totals(shared, channels, job->workers, &totals);
		error = fa_auditor_finish(auditor, &totals);
		shared->conversations = totals.conversations;
	}
	if (error != 0 && fa_auditor_diag(auditor)->text[0] != '\0')
		fa_fail(diag, error, "%s", fa_auditor_diag(auditor)->text);
	if (error == 0)
		error = fa_auditor_flush_flows(job, diag);
out:
	if (error != 0)
		fa_fail(diag, error, "auditor: %s", fa_strerror(error));
	shared->auditor_error = error;
	fa_auditor_free(auditor);
	return error == 0 ? 0 : 1;
}
