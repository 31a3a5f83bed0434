/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flowaudit site: what stands where, and what is expected of it. */
#include <string.h>

#include "base/log.h"
#include "catalog/catalog.h"
#include "cmd/common.h"

struct site {
	const struct fa_options *options;
	const struct fa_policy *policy;
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

static const struct verb {
	const char *name;
	int (*write)(FILE *out, void *context, struct fa_diag *diag);
} verbs[] = {
	{"check", write_check},
	{"expect", write_expect},
};

/* The verb of the arguments, which are "VERB FILE". */
static const struct verb *take_arguments(int argc, char **argv, int first)
{
	if (first == argc) {
		fa_log_error("site: needs check or expect, and a site file");
		return NULL;
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, argv[first]) != 0)
			continue;
		if (argc - first == 2)
			return &verbs[i];
		fa_log_error("site %s: needs one file, e.g. flowaudit site %s dc1.yaml",
			     verbs[i].name, verbs[i].name);
		return NULL;
	}
	fa_log_error("site: \"%s\" is none of check, expect", argv[first]);
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
	options.site = argv[first + 1];
	if (fa_load_rulebook(&options, &book) != 0)
		return FA_EXIT_FAILED;
	error = fa_load_policy(&options, &book, &policy);
	if (error == 0)
		error = fa_with_output(&options, verb->write, &site);
	fa_policy_deinit(&policy);
	fa_rulebook_deinit(&book);
	return error == 0 ? FA_EXIT_CLEAN : FA_EXIT_FAILED;
}
