/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end of a command that made a run. */
#include "cmd/finish.h"

#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "cmd/common.h"

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

int fa_report_check(const struct fa_options *options, struct fa_diag *diag)
{
	int err = fa_report_format_check(options->format, diag);

	return err == 0 ? fa_report_section_check(options->format, options->section, diag) : err;
}

bool fa_output_is_folder(const struct fa_options *options)
{
	size_t len = strlen(options->output);
	struct stat status;

	return len > 0 && (options->output[len - 1] == '/' ||
			   (stat(options->output, &status) == 0 && S_ISDIR(status.st_mode)));
}

int fa_report_run(const struct fa_options *options, const struct fa_history *history, int64_t run)
{
	struct report report = {options, history, run};
	struct fa_report_options look = fa_report_options_of(options, stdout);
	struct fa_diag diag = {{0}};
	int error;

	if (!fa_report_makes_folder(options->format) || !fa_output_is_folder(options))
		return fa_with_output(options, write_report, &report);
	error = fa_report_write_folder(options->output, options->format, history, run, &look, &diag);
	if (error != 0)
		fa_log_error("%s", diag.text[0] != '\0' ? diag.text : fa_strerror(error));
	return error;
}

/* Whether flows go to standard output, so that no report may. */
static bool flows_replace_report(const struct fa_options *options)
{
	return options->flows != NULL && strcmp(options->flows, "-") == 0 &&
	       strcmp(options->output, "-") == 0;
}

int fa_report_finished(const struct fa_options *options, int64_t run)
{
	struct fa_store *store = NULL;
	struct fa_history history;
	int status = FA_EXIT_FAILED;

	if (fa_open_history(options, &store, &history) != 0)
		return FA_EXIT_FAILED;
	if (flows_replace_report(options) || fa_report_run(options, &history, run) == 0)
		status = fa_exit_status(options, &history, run);
	fa_store_close(store);
	return status;
}
