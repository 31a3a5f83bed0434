/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end of a command that made a run. */
#include "cmd/finish.h"

#include <string.h>

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
	struct report report = {options, &history, run};
	int status = FA_EXIT_FAILED;

	if (fa_open_history(options, &store, &history) != 0)
		return FA_EXIT_FAILED;
	if (flows_replace_report(options) || fa_with_output(options, write_report, &report) == 0)
		status = fa_exit_status(options, &history, run);
	fa_store_close(store);
	return status;
}
