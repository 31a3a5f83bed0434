/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flowaudit site: what stands where, and what is expected of it. */
#include <string.h>

#include "base/log.h"
#include "catalog/catalog.h"
#include "cmd/common.h"
#include "site/learn.h"

struct site {
	const struct fa_options *options;
	const struct fa_policy *policy;
	const struct fa_history *history; /* for learn */
};

static int write_check(FILE *out, void *context, struct fa_diag *diag)
{
	const struct site *site = context;
	struct fa_report_options look = fa_report_options_of(site->options, out);

	return fa_report_site_check(out, site->options->format, site->policy, &look, diag);
}

static int write_expect(FILE *out, void *context, struct fa_diag *diag)
{
	const struct site *site = context;
	struct fa_report_options look = fa_report_options_of(site->options, out);

	return fa_report_site_expect(out, site->options->format, site->policy, &look, diag);
}

static int learn_one(void *context, const struct fa_stored_conversation *conversation)
{
	return fa_learning_add(context, &conversation->id, &conversation->counts);
}

/* Reads the conversations of a run and writes the site file that they suggest. */
static int write_learn(FILE *out, void *context, struct fa_diag *diag)
{
	const struct site *site = context;
	const struct fa_history *history = site->history;
	struct fa_learning *learning = NULL;
	struct fa_stored_run run;
	int error = history->run(history->context, site->options->run, &run, diag);

	if (error == 0)
		error = fa_learning_new(&learning, site->policy->book);
	if (error == 0)
		error = history->each_conversation(history->context, run.id, learn_one, learning,
						   diag);
	if (error == 0)
		error = fa_learning_finish(learning);
	if (error == 0)
		fa_learning_write(learning, out, run.info.source, (long long)run.id);
	fa_learning_free(learning);
	if (error != 0 && diag->text[0] == '\0')
		fa_fail(diag, error, "site learn: %s", fa_strerror(error));
	return error;
}

/* Writes what the verb is about; a stored run is asked only by learn. */
static int write_with(struct site *site, int (*write)(FILE *, void *, struct fa_diag *))
{
	struct fa_store *store = NULL;
	struct fa_history history;
	int error = 0;

	if (write == write_learn)
		error = fa_open_history(site->options, &store, &history);
	site->history = &history;
	if (error == 0)
		error = fa_with_output(site->options, write, site);
	fa_store_close(store);
	return error;
}

static const struct verb {
	const char *name;
	int files;
	int (*write)(FILE *out, void *context, struct fa_diag *diag);
} verbs[] = {
	{"check", 1, write_check},
	{"expect", 1, write_expect},
	{"learn", 0, write_learn},
};

/* The verb of the arguments, which are "VERB FILE" or "learn". */
static const struct verb *take_arguments(int argc, char **argv, int first)
{
	if (first == argc) {
		fa_log_error("site: needs check or expect and a site file, or learn");
		return NULL;
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, argv[first]) != 0)
			continue;
		if (argc - first - 1 == verbs[i].files)
			return &verbs[i];
		fa_log_error(verbs[i].files == 1
				     ? "site %s: needs one file, e.g. flowaudit site %s dc1.yaml"
				     : "site %s: takes no file, e.g. flowaudit site %s --run 3",
			     verbs[i].name, verbs[i].name);
		return NULL;
	}
	fa_verb_complain(fa_command_find("site"), argv[first]);
	return NULL;
}

int fa_cmd_site(int argc, char **argv)
{
	const struct verb *verb;
	struct fa_rulebook book;
	struct fa_policy policy = {0};
	struct fa_options options;
	struct site site = {.options = &options, .policy = &policy};
	int first;
	int error;
	int status = fa_options_parse(fa_command_find("site"), argc, argv, &options, &first);

	if (status != FA_GO_ON)
		return status;
	verb = take_arguments(argc, argv, first);
	if (verb == NULL)
		return FA_EXIT_FAILED;
	options.site = verb->files == 1 ? argv[first + 1] : NULL;
	if (fa_load_rulebook(&options, &book) != 0)
		return FA_EXIT_FAILED;
	error = fa_load_policy(&options, &book, &policy);
	if (error == 0)
		error = write_with(&site, verb->write);
	fa_policy_deinit(&policy);
	fa_rulebook_deinit(&book);
	return error == 0 ? FA_EXIT_CLEAN : FA_EXIT_FAILED;
}
