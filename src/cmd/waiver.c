/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flowaudit waiver: what somebody accepts, explained; and what one could accept, proposed. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "catalog/catalog.h"
#include "cmd/common.h"
#include "report/waivers.h"
#include "site/waivers.h"

struct check {
	const struct fa_options *options;
	struct fa_report_waivers what;
};

static int write_check(FILE *out, void *context, struct fa_diag *diag)
{
	const struct check *check = context;
	struct fa_report_options look = fa_report_options_of(check->options, out);

	return fa_report_waivers_check(out, check->options->format, &check->what, &look, diag);
}

static int check_with(const struct fa_options *options, const struct fa_waivers *waivers)
{
	struct fa_store *store = NULL;
	struct fa_history history;
	struct check check = {
		.options = options,
		.what = {.waivers = waivers,
			 .now_ns = (int64_t)time(NULL) * FA_NS_PER_SECOND,
			 .run = options->run},
	};
	int error = 0;

	/* A stored run is asked only when one is named. */
	if (options->database_named || options->run != 0) {
		error = fa_open_history(options, &store, &history);
		check.what.history = &history;
	}
	if (error == 0)
		error = fa_with_output(options, write_check, &check);
	fa_store_close(store);
	return error;
}

static int check(const struct fa_options *options, const char *path)
{
	struct fa_rulebook book;
	struct fa_policy policy = {0};
	struct fa_waivers waivers = {0};
	int error = fa_load_rulebook(options, &book);

	if (error != 0)
		return error;
	error = fa_load_policy(options, &book, &policy);
	if (error == 0)
		error = fa_load_waivers(options, &policy, path, &waivers);
	if (error == 0)
		error = check_with(options, &waivers);
	fa_waivers_deinit(&waivers);
	fa_policy_deinit(&policy);
	fa_rulebook_deinit(&book);
	return error;
}

/* A finding as people name it. */
struct finding {
	const struct fa_history *history;
	int64_t run, number;
};

static int write_proposal(FILE *out, void *context, struct fa_diag *diag)
{
	const struct finding *finding = context;

	return fa_report_waiver_propose(out, finding->history, finding->run, finding->number,
					diag);
}

static int propose(const struct fa_options *options, const char *text)
{
	struct fa_store *store = NULL;
	struct fa_history history;
	struct finding finding = {.history = &history};
	int error;

	if (strcmp(options->format, "text") != 0) {
		fa_log_error("waiver propose: what it prints is YAML; --format is not for it");
		return FA_EINVAL;
	}
	error = fa_parse_finding(options, "waiver propose", text, &finding.run, &finding.number);
	if (error != 0)
		return error;
	error = fa_open_history(options, &store, &history);
	if (error == 0)
		error = fa_with_output(options, write_proposal, &finding);
	fa_store_close(store);
	return error;
}

int fa_cmd_waiver(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(const struct fa_options *options, const char *argument);
		const char *wanted;
	} verbs[] = {
		{"check", check, "one file of waivers"},
		{"propose", propose, "one finding, e.g. flowaudit waiver propose 12.3"},
	};
	struct fa_options options;
	int first;
	int status = fa_options_parse(fa_command_find("waiver"), argc, argv, &options, &first);

	if (status != FA_GO_ON)
		return status;
	if (first == argc) {
		fa_log_error("waiver: needs check and a file, or propose and a finding");
		return FA_EXIT_FAILED;
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, argv[first]) != 0)
			continue;
		if (argc - first == 2)
			return verbs[i].run(&options, argv[first + 1]) == 0 ? FA_EXIT_CLEAN
									    : FA_EXIT_FAILED;
		fa_log_error("waiver %s: needs %s", verbs[i].name, verbs[i].wanted);
		return FA_EXIT_FAILED;
	}
	fa_verb_complain(fa_command_find("waiver"), argv[first]);
	return FA_EXIT_FAILED;
}
