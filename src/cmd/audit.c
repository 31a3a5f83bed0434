/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flowaudit audit: replays recorded traffic, judges, stores, reports. */
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "catalog/catalog.h"
#include "cmd/common.h"
#include "config.h"
#include "pipeline/job.h"
#include "report/output.h"
#include "site/waivers.h"

struct report {
	const struct fa_options *options;
	const struct fa_history *history;
	int64_t run;
};

static int write_report(FILE *out, void *context, struct fa_diag *diag)
{
	const struct report *report = context;
	struct fa_report_options look = fa_report_options_of(report->options, out);

	return fa_report_write(out, report->options->format, report->history, report->run, &look,
			       diag);
}

/* Whether flows go to standard output, so that no report may. */
static bool flows_replace_report(const struct fa_options *options)
{
	return options->flows != NULL && strcmp(options->flows, "-") == 0 &&
	       strcmp(options->output, "-") == 0;
}

static int report_run(const struct fa_options *options, int64_t run)
{
	struct fa_store *store = NULL;
	struct fa_history history;
	struct report report = {options, &history, run};
	int status = FA_EXIT_FAILED;

	if (fa_open_history(options, &store, &history) != 0)
		return FA_EXIT_FAILED;
	if (flows_replace_report(options) || fa_with_output(options, write_report, &report) == 0)
		status = fa_exit_status(options, &history, run);
	fa_store_close(store);
	return status;
}

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
	return report_run(options, result.run);
}

static int audit(const struct fa_options *options, const char *const *inputs, size_t count)
{
	struct fa_rulebook book;
	struct fa_policy policy = {0};
	struct fa_waivers waivers = {0};
	struct fa_diag diag = {{0}};
	struct fa_output flows = {0};
	struct fa_job job = {
		.inputs = inputs,
		.input_count = count,
		.filter = options->filter,
		.database = options->database,
		.policy = &policy,
		.workers = options->workers,
		.max_memory_bytes = options->max_memory_bytes,
		.flow = options->flow,
		.sandbox = !options->no_sandbox,
		.progress = !options->quiet && isatty(STDERR_FILENO),
		.version = PACKAGE_VERSION,
	};
	int status = FA_EXIT_FAILED;

	if (fa_load_rulebook(options, &book) != 0)
		return FA_EXIT_FAILED;
	if (fa_load_policy(options, &book, &policy) != 0)
		goto out;
	if (options->waivers != NULL) {
		if (fa_load_waivers(options, &policy, options->waivers, &waivers) != 0)
			goto out;
		job.waivers = &waivers;
	}
	if (fa_report_format_check(options->format, &diag) != 0)
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
	fa_waivers_deinit(&waivers);
	fa_policy_deinit(&policy);
	fa_rulebook_deinit(&book);
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
