/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flowaudit runs: what the database holds, and what it need not hold any more. */
#include <stdint.h>
#include <string.h>

#include "base/like.h"
#include "base/log.h"
#include "base/num.h"
#include "base/text.h"
#include "cmd/common.h"
#include "cmd/prune.h"

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

enum verb { LIST, SHOW, PRUNE, NONE };

static const struct verb_row {
	const char *name;
	int arguments; /* at most, with the name */
} verbs[] = {
	[LIST] = {"list", 1},
	[SHOW] = {"show", 2},
	[PRUNE] = {"prune", 1},
};

static const char *safe(const char *text, char out[64])
{
	return fa_text_safe(text, strlen(text), out, 64);
}

/* What the arguments ask for; NONE, said, when that is nothing we know. */
static enum verb verb_of(int argc, char **argv, int first, int64_t *run)
{
	const struct fa_like_names names = {verbs, NONE, sizeof(verbs[0])};
	const char *name = first < argc ? argv[first] : "list";
	size_t verb = fa_like_find(&names, name);
	char text[64];
	uint64_t n = 0;

	if (verb == SIZE_MAX) {
		fa_verb_complain(fa_command_find("runs"), name);
		return NONE;
	}
	if (argc - first > verbs[verb].arguments) {
		fa_log_error("runs %s: too many arguments; see flowaudit runs --help", name);
		return NONE;
	}
	if (argc - first == 2 && fa_parse_u64(argv[first + 1], 1, INT64_MAX, &n) != 0) {
		fa_log_error("runs show: \"%s\" is not a run number; see flowaudit runs list",
			     safe(argv[first + 1], text));
		return NONE;
	}
	*run = (int64_t)n;
	return (enum verb)verb;
}

static int read_runs(const struct fa_options *options, enum verb verb, int64_t run)
{
	struct fa_history history;
	struct runs runs = {options, &history, run};
	struct fa_store *store = NULL;
	int error = fa_open_history(options, &store, &history);

	if (error == 0)
		error = fa_with_output(options, verb == SHOW ? write_show : write_list, &runs);
	fa_store_close(store);
	return error;
}

int fa_cmd_runs(int argc, char **argv)
{
	struct fa_options options;
	enum verb verb;
	int64_t run;
	int first;
	int status = fa_options_parse(fa_command_find("runs"), argc, argv, &options, &first);
	int error;

	if (status != FA_GO_ON)
		return status;
	verb = verb_of(argc, argv, first, &run);
	if (verb == NONE)
		return FA_EXIT_FAILED;
	error = verb == PRUNE ? fa_runs_prune(&options) : read_runs(&options, verb, run);
	return error == 0 ? FA_EXIT_CLEAN : FA_EXIT_FAILED;
}
