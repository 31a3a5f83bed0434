/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flowaudit capture: live traffic, judged window by window until stopped. */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cmd/basis.h"
#include "cmd/common.h"
#include "cmd/finish.h"
#include "cmd/options_live.h"
#include "config.h"
#include "pipeline/job.h"
#include "pipeline/live.h"
#include "report/report.h"

static int load(void *context, struct fa_live_basis *out, struct fa_diag *diag)
{
	struct fa_basis *basis;
	int error = fa_basis_load(&basis, context);

	if (error != 0)
		return fa_fail(diag, error, "not everything could be read");
	*out = (struct fa_live_basis){&basis->policy, fa_basis_waivers(basis), basis};
	return 0;
}

static void unload(void *context, struct fa_live_basis *basis)
{
	(void)context;
	fa_basis_free(basis->handle);
}

/* What a reload will read; the catalogs that were found stand in FOUND. */
static void add_readable(const struct fa_options *options, const char *found, const char **list,
			 struct fa_live *live)
{
	size_t count = 0;

	for (size_t i = 0; i < options->rules.count; i++)
		list[count++] = options->rules.items[i];
	if (options->rules.count == 0)
		list[count++] = found;
	if (options->site != NULL)
		list[count++] = options->site;
	if (options->waivers != NULL)
		list[count++] = options->waivers;
	live->readable = list;
	live->readable_count = count;
}

static int capture(struct fa_options *options)
{
	const char *readable[FA_LIST_MAX + 3];
	char found[PATH_MAX] = "";
	struct fa_basis *basis;
	struct fa_diag diag = {{0}};
	struct fa_live live = {
		.snap_bytes = options->live.snap_bytes,
		.buffer_bytes = options->live.buffer_bytes,
		.promiscuous = !options->live.no_promiscuous,
		.user = options->live.user,
		.rotate_ns = options->live.rotate_ns,
		.retain_ns = options->live.retain_ns,
		.rollup_ns = options->live.rollup_ns,
		.events = options->live.events,
		.metrics = options->live.metrics,
		.spool = options->live.spool,
		.spool_bytes = options->live.spool_bytes,
		.save_findings = options->live.save_findings,
		.save_bytes = options->live.save_bytes,
		.keep_packets = options->live.keep_packets,
		.status = !options->quiet && isatty(STDERR_FILENO),
		.output = strcmp(options->output, "-") == 0 ? NULL : options->output,
		.load = load,
		.unload = unload,
		.context = options,
	};
	struct fa_job job = {
		.inputs = options->live.interfaces.items,
		.input_count = options->live.interfaces.count,
		.filter = options->filter,
		.wire = options->wire,
		.database = options->database,
		.workers = options->workers,
		.lanes = options->live.threads,
		.live = &live,
		.max_memory_bytes = options->max_memory_bytes,
		.flow = options->flow,
		.sandbox = !options->no_sandbox,
		.version = PACKAGE_VERSION,
	};
	struct fa_job_result result;
	int status = FA_EXIT_FAILED;

	if (fa_report_check(options, &diag) != 0) {
		fa_log_error("%s", diag.text);
		return FA_EXIT_FAILED;
	}
	fa_rules_path(options, found, sizeof(found));
	if (fa_basis_load(&basis, options) != 0)
		return FA_EXIT_FAILED;
	add_readable(options, found, readable, &live);
	job.policy = &basis->policy;
	job.waivers = fa_basis_waivers(basis);
	if (fa_live_run(&job, &result, &diag) == 0)
		status = fa_report_finished(options, result.run);
	else
		fa_log_error("%s", diag.text);
	fa_basis_free(basis);
	return status;
}

int fa_cmd_capture(int argc, char **argv)
{
	const struct fa_command *command = fa_command_find("capture");
	struct fa_options options;
	struct fa_diag diag = {{0}};
	int first;
	int status = fa_options_parse(command, argc, argv, &options, &first);

	if (status != FA_GO_ON)
		return status;
	if (first < argc)
		fa_log_error("capture: \"%s\" is no option; an interface is named with -i %s, and "
			     "files are for flowaudit audit",
			     argv[first], argv[first]);
	else if (options.live.interfaces.count == 0)
		fa_log_error("capture: which interface? e.g. flowaudit capture -i eth1");
	else if (options.workers == 0)
		fa_log_error("capture: at least one worker process is needed: --workers 1");
	else if (fa_live_check(&options.live, &diag) != 0)
		fa_log_error("capture: %s", diag.text);
	else {
#ifdef FA_SANITIZERS
		options.no_sandbox = true; /* the sanitizers' run-time opens files at will */
#endif
		return capture(&options);
	}
	return FA_EXIT_FAILED;
}
