/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flowaudit runs baseline: runs that others are compared with. And runs nights. */
#include "cmd/runs_baseline.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "cmd/common.h"
#include "report/baselines.h"
#include "report/nights.h"

/* Reading first: for writing a database would be made when it is not there. */
static int open_for_writing(struct fa_store **store, const struct fa_options *options,
			    struct fa_diag *diag)
{
	int error = fa_store_open(store, options->database, FA_STORE_READ, diag);

	if (error != 0)
		return error;
	fa_store_close(*store);
	return fa_store_open(store, options->database, FA_STORE_WRITE, diag);
}

int fa_runs_baseline(const struct fa_options *options, const char *name, int64_t run)
{
	struct fa_store *store = NULL;
	struct fa_diag diag = {{0}};
	char safe[100];
	int error = fa_store_baseline_check(name, &diag);

	if (error == 0)
		error = open_for_writing(&store, options, &diag);
	if (error == 0 && options->remove_baseline)
		error = fa_store_baseline_remove(store, name, &diag);
	else if (error == 0)
		error = fa_store_baseline_set(store, name, &run, &diag);
	fa_store_close(store);
	if (error != 0) {
		fa_log_error("%s", diag.text[0] != '\0' ? diag.text : fa_strerror(error));
		return error;
	}
	fa_text_safe(name, strlen(name), safe, sizeof(safe));
	if (options->remove_baseline)
		fa_log_note("there is no baseline %s any more; its run stays", safe);
	else
		fa_log_note("run %" PRId64 " is the baseline %s: flowaudit drift --baseline %s", run,
			    safe, safe);
	return 0;
}

struct reading {
	const struct fa_options *options;
	const struct fa_history *history;
	struct fa_run_list list;
	struct fa_nights nights;
};

static int write_baselines(FILE *out, void *context, struct fa_diag *diag)
{
	const struct reading *reading = context;
	struct fa_report_options look = fa_report_options_of(reading->options, out);

	return fa_report_baselines(out, reading->options->format, reading->history, &look, diag);
}

int fa_runs_baselines(const struct fa_options *options)
{
	struct fa_history history;
	struct reading reading = {.options = options, .history = &history};
	struct fa_store *store = NULL;
	int error;

	if (options->remove_baseline) {
		fa_log_error("runs baseline: --remove needs the name of the baseline; see flowaudit "
			     "runs baseline");
		return FA_EINVAL;
	}
	error = fa_open_history(options, &store, &history);
	if (error == 0)
		error = fa_with_output(options, write_baselines, &reading);
	fa_store_close(store);
	return error;
}

/* The newest run whose source is wanted; NULL, said, when there is none. */
static const struct fa_run_row *newest(const struct reading *reading)
{
	const char *pattern = reading->options->drift.source;
	char safe[100];

	for (size_t i = reading->list.count; i-- > 0;)
		if (pattern == NULL || fa_source_matches(pattern, reading->list.items[i].source))
			return &reading->list.items[i];
	if (pattern != NULL)
		fa_log_error("runs nights: no run has a source like \"%s\"; see flowaudit runs list",
			     fa_text_safe(pattern, strlen(pattern), safe, sizeof(safe)));
	return NULL;
}

static int write_nights(FILE *out, void *context, struct fa_diag *diag)
{
	const struct reading *reading = context;
	struct fa_report_options look = fa_report_options_of(reading->options, out);

	return fa_report_nights(out, reading->options->format, reading->history, &reading->list,
				&reading->nights, &look, diag);
}

static int read_nights(struct reading *reading, struct fa_diag *diag)
{
	const struct fa_source_wish wish = {reading->options->drift.source,
					    reading->options->drift.any_source};
	int error = fa_run_list_read(&reading->list, reading->history, diag);
	const struct fa_run_row *like;

	if (error != 0) {
		fa_log_error("%s", diag->text);
		return error;
	}
	like = newest(reading);
	if (like == NULL && wish.pattern != NULL)
		return FA_ENOENT;
	error = like == NULL ? 0 : fa_nights_make(&reading->nights, &reading->list, &wish, like);
	if (error != 0)
		fa_log_error("no memory for the list of nights");
	return error;
}

int fa_runs_nights(const struct fa_options *options)
{
	struct fa_history history;
	struct reading reading = {.options = options, .history = &history};
	struct fa_store *store = NULL;
	struct fa_diag diag = {{0}};
	int error;

	if (options->drift.source != NULL && options->drift.any_source) {
		fa_log_error("runs nights: --source names a source, and --any-source all of them: "
			     "one of them");
		return FA_EINVAL;
	}
	error = fa_open_history(options, &store, &history);
	if (error == 0)
		error = read_nights(&reading, &diag);
	if (error == 0)
		error = fa_with_output(options, write_nights, &reading);
	fa_nights_deinit(&reading.nights);
	fa_run_list_deinit(&reading.list);
	fa_store_close(store);
	return error;
}
