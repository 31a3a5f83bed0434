/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flowaudit runs: what the database holds. */
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "cmd/common.h"

struct runs {
	const struct fa_options *options;
	const struct fa_history *history;
	int64_t run; /* for show */
};

static int write_list(FILE *out, void *context, struct fa_diag *diag)
{
	const struct runs *runs = context;
	struct fa_report_options look = fa_report_options_of(runs->options, out);

	return fa_report_runs_list(out, runs->options->format, runs->history, &look, diag);
}

static int write_show(FILE *out, void *context, struct fa_diag *diag)
{
	const struct runs *runs = context;
	struct fa_report_options look = fa_report_options_of(runs->options, out);

	return fa_report_runs_show(out, runs->options->format, runs->history, runs->run, &look,
				   diag);
}

/* What the arguments ask for; NULL, said, when that is nothing we know. */
static int (*verb_of(int argc, char **argv, int first, int64_t *run))(FILE *, void *,
								       struct fa_diag *)
{
	const char *verb = first < argc ? argv[first] : "list";
	const char *number = first + 1 < argc ? argv[first + 1] : NULL;
	uint64_t n = 0;

	if (argc - first > 2 || (strcmp(verb, "list") == 0 && number != NULL)) {
		fa_log_error("runs: too many arguments; see flowaudit runs --help");
		return NULL;
	}
	if (strcmp(verb, "list") == 0)
		return write_list;
	if (strcmp(verb, "show") != 0) {
		fa_log_error("runs: \"%s\" is neither list nor show", verb);
		return NULL;
	}
	if (number != NULL && fa_parse_u64(number, 1, INT64_MAX, &n) != 0) {
		fa_log_error("runs show: \"%s\" is not a run number; see flowaudit runs list",
			     number);
		return NULL;
	}
	*run = (int64_t)n;
	return write_show;
}

int fa_cmd_runs(int argc, char **argv)
{
	int (*verb)(FILE *, void *, struct fa_diag *);
	struct fa_store *store = NULL;
	struct fa_history history;
	struct fa_options options;
	struct runs runs = {&options, &history, 0};
	int first;
	int status;

	status = fa_options_parse(fa_command_find("runs"), argc, argv, &options, &first);
	if (status != FA_GO_ON)
		return status;
	status = FA_EXIT_FAILED;
	verb = verb_of(argc, argv, first, &runs.run);
	if (verb != NULL && fa_open_history(&options, &store, &history) == 0 &&
	    fa_with_output(&options, verb, &runs) == 0)
		status = FA_EXIT_CLEAN;
	fa_store_close(store);
	return status;
}
