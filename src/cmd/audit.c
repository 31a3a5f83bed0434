/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flowaudit audit: replays recorded traffic, judges, stores, reports. */
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cmd/basis.h"
#include "cmd/common.h"
#include "cmd/finish.h"
#include "config.h"
#include "pipeline/job.h"
#include "report/output.h"

static int run_job(const struct fa_options *options, const struct fa_job *job, struct fa_diag *diag)
{
	struct fa_job_result result;
	int error = fa_job_run(job, &result, diag);

	if (error == FA_EINTERRUPTED && result.run != 0) {
		fa_log_note("interrupted: the %llu packets read so far are judged and stored",
			    (unsigned long long)result.totals.capture.packets);
		diag->text[0] = '\0';
		error = 0;
	}
	if (error != 0)
		return FA_EXIT_FAILED;
	return fa_report_finished(options, result.run);
}

static int audit(const struct fa_options *options, const char *const *inputs, size_t count)
{
	struct fa_basis *basis;
	struct fa_diag diag = {{0}};
	struct fa_output flows = {0};
	struct fa_job job = {
		.inputs = inputs,
		.input_count = count,
		.filter = options->filter,
		.wire = options->wire,
		.database = options->database,
		.workers = options->workers,
		.max_memory_bytes = options->max_memory_bytes,
		.flow = options->flow,
		.sandbox = !options->no_sandbox,
		.progress = !options->quiet && isatty(STDERR_FILENO),
		.version = PACKAGE_VERSION,
	};
	int status = FA_EXIT_FAILED;

	if (fa_basis_load(&basis, options) != 0)
		return FA_EXIT_FAILED;
	job.policy = &basis->policy;
	job.waivers = fa_basis_waivers(basis);
	if (fa_report_check(options, &diag) != 0)
		goto out;
	if (options->flows != NULL && fa_output_open(&flows, options->flows, &diag) != 0)
		goto out;
	job.flows = flows.file;
	job.flows_name = options->flows;
	status = run_job(options, &job, &diag);
	if (options->flows != NULL && status == FA_EXIT_FAILED)
		fa_output_abort(&flows);
	else if (options->flows != NULL && fa_output_commit(&flows, &diag) != 0)
		status = FA_EXIT_FAILED;
out:
	if (diag.text[0] != '\0')
		fa_log_error("%s", diag.text);
	fa_basis_free(basis);
	return status;
}

int fa_cmd_audit(int argc, char **argv)
{
	struct fa_options options;
	int first;
	int status;

	status = fa_options_parse(fa_command_find("audit"), argc, argv, &options, &first);
	if (status != FA_GO_ON)
		return status;
	if (first == argc) {
		fa_log_error("audit: which capture? e.g. flowaudit audit tap.pcap, or - for "
			     "standard input");
		return FA_EXIT_FAILED;
	}
#ifdef FA_SANITIZERS
	options.no_sandbox = true; /* the sanitizers' run-time opens files and maps memory at will */
#endif
	return audit(&options, (const char *const *)argv + first, (size_t)(argc - first));
}
