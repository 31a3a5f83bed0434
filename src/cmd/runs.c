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
#include "cmd/runs_baseline.h"

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

enum verb { LIST, SHOW, PRUNE, BASELINE, NIGHTS, NONE };

static const struct verb_row {
	const char *name;
	int arguments; /* at most, with the name */
} verbs[] = {
	[LIST] = {"list", 1},
	[SHOW] = {"show", 2},
	[PRUNE] = {"prune", 1},
	[BASELINE] = {"baseline", 3},
	[NIGHTS] = {"nights", 1},
};

static const char *safe(const char *text, char out[64])
{
	return fa_text_safe(text, strlen(text), out, 64);
}

/* What the arguments ask for. */
struct wish {
	enum verb verb;
	const char *name; /* of a baseline; NULL: none */
	int64_t run;	  /* 0: the newest */
};

/* VERB is NONE, said, when it is nothing we know. */
static struct wish wish_of(int argc, char **argv, int first)
{
	const struct fa_like_names names = {verbs, NONE, sizeof(verbs[0])};
	const char *name = first < argc ? argv[first] : "list";
	size_t verb = fa_like_find(&names, name);
	struct wish wish = {NONE, NULL, 0};
	int number = first + 1; /* where that of a run is */
	char text[64];
	uint64_t n = 0;

	if (verb == SIZE_MAX) {
		fa_verb_complain(fa_command_find("runs"), name);
		return wish;
	}
	if (argc - first > verbs[verb].arguments) {
		fa_log_error("runs %s: too many arguments; see flowaudit runs --help", name);
		return wish;
	}
	if (verb == BASELINE && number < argc)
		wish.name = argv[number++];
	if (number < argc && fa_parse_u64(argv[number], 1, INT64_MAX, &n) != 0) {
		fa_log_error("runs %s: \"%s\" is not a run number; see flowaudit runs list", name,
			     safe(argv[number], text));
		return wish;
	}
	wish.run = (int64_t)n;
	wish.verb = (enum verb)verb;
	return wish;
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

static int do_verb(const struct fa_options *options, const struct wish *wish)
{
	switch (wish->verb) {
	case PRUNE:
		return fa_runs_prune(options);
	case NIGHTS:
		return fa_runs_nights(options);
	case BASELINE:
		return wish->name == NULL ? fa_runs_baselines(options)
					  : fa_runs_baseline(options, wish->name, wish->run);
	default:
		return read_runs(options, wish->verb, wish->run);
	}
}

int fa_cmd_runs(int argc, char **argv)
{
	struct fa_options options;
	struct wish wish;
	int first;
	int status = fa_options_parse(fa_command_find("runs"), argc, argv, &options, &first);

	if (status != FA_GO_ON)
		return status;
	wish = wish_of(argc, argv, first);
	if (wish.verb == NONE)
		return FA_EXIT_FAILED;
	return do_verb(&options, &wish) == 0 ? FA_EXIT_CLEAN : FA_EXIT_FAILED;
}
