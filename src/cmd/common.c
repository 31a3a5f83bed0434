/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps that several commands share. */
#include "cmd/common.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "classify/classify.h"
#include "report/output.h"
#include "site/site.h"
#include "site/waivers.h"

/* The product of what every network carries (rules/infrastructure.yaml). */
#define INFRASTRUCTURE "infrastructure"

static void print_error(void *context, const char *message)
{
	(void)context;
	fa_log_error("%s", message);
}

int fa_load_rulebook_from(const char *const *paths, size_t count, const struct fa_options *options,
			  struct fa_rulebook *book)
{
	struct fa_strings protocols = fa_classifier_protocols();
	struct fa_catalog_options load = {
		.products = {options->products.items, options->products.count},
		.always = options->no_infrastructure ? NULL : INFRASTRUCTURE,
		.unless_named = options->no_infrastructure ? INFRASTRUCTURE : NULL,
		.protocols = &protocols,
		.error = print_error,
	};

	return fa_rulebook_load(paths, count, &load, book);
}

/*
 * Where the catalogs are when nobody says: beside the program as it was installed or built
 * (so that an installation may be moved), else where it was to be installed.
 */
static bool find_rules(char *path, size_t size)
{
	static const char *const beside[] = {"../share/flowaudit/rules", "rules", "../rules"};
	char program[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *slash;

	if (len > 0) {
		program[len] = '\0';
		slash = strrchr(program, '/');
		if (slash != NULL)
			*slash = '\0';
		for (size_t i = 0; slash != NULL && i < sizeof(beside) / sizeof(beside[0]); i++) {
			int n = snprintf(path, size, "%s/%s", program, beside[i]);

			if (n > 0 && (size_t)n < size && access(path, R_OK | X_OK) == 0)
				return true;
		}
	}
	snprintf(path, size, "%s/rules", FA_PKGDATADIR);
	return access(path, R_OK | X_OK) == 0;
}

bool fa_rules_path(const struct fa_options *options, char *path, size_t size)
{
	return options->rules.count > 0 || find_rules(path, size);
}

int fa_load_rulebook(const struct fa_options *options, struct fa_rulebook *book)
{
	char found[PATH_MAX];
	const char *path = found;

	if (options->rules.count > 0)
		return fa_load_rulebook_from(options->rules.items, options->rules.count, options,
					     book);
	if (!find_rules(found, sizeof(found))) {
		fa_log_error("no catalogs: %s is not there; name a folder with --rules DIR", found);
		return FA_ENOENT;
	}
	return fa_load_rulebook_from(&path, 1, options, book);
}

/* A site together with what was bound to it. */
struct bound {
	struct fa_site site;
	struct fa_policy policy;
};

static void free_bound(void *memory)
{
	struct bound *bound = memory;

	fa_policy_deinit(&bound->policy);
	fa_site_deinit(&bound->site);
	free(bound);
}

/* Whether some of the catalogs are left out on purpose, and with them what needs them. */
static bool is_partial(const struct fa_options *options)
{
	return options->products.count > 0 || options->no_infrastructure;
}

static int load_site(const struct fa_options *options, const struct fa_rulebook *book,
		     struct fa_policy *policy)
{
	const struct fa_site_options load = {
		.partial = is_partial(options),
		.error = print_error,
	};
	struct bound *bound = calloc(1, sizeof(*bound));
	int error = FA_ENOMEM;

	if (bound != NULL)
		error = fa_site_load(options->site, book, &load, &bound->site);
	if (error == 0)
		error = fa_site_bind(&bound->site, book, &bound->policy);
	if (error == FA_ENOMEM)
		fa_log_error("no memory for the site");
	if (error != 0) {
		if (bound != NULL)
			free_bound(bound);
		return error;
	}
	*policy = bound->policy;
	/* The index goes with the policy that is used; the rest is given back with the site. */
	bound->policy.index = NULL;
	policy->memory = bound;
	policy->free_memory = free_bound;
	return 0;
}

int fa_load_policy(const struct fa_options *options, const struct fa_rulebook *book,
		   struct fa_policy *policy)
{
	int error;

	memset(policy, 0, sizeof(*policy));
	if (options->site != NULL)
		return load_site(options, book, policy);
	error = fa_policy_from_rulebook(policy, book);
	if (error != 0)
		fa_log_error("no memory for the port index");
	return error;
}

int fa_load_waivers(const struct fa_options *options, const struct fa_policy *policy,
		    const char *path, struct fa_waivers *waivers)
{
	const struct fa_strings protocols = fa_classifier_protocols();
	const struct fa_waiver_options load = {
		.site = policy->site,
		.protocols = &protocols,
		.book = policy->book,
		.partial = is_partial(options),
		.error = print_error,
	};
	int error = fa_waivers_load(path, &load, waivers);

	if (error == FA_ENOMEM)
		fa_log_error("no memory for the waivers");
	return error;
}

int fa_open_history(const struct fa_options *options, struct fa_store **store,
		    struct fa_history *history)
{
	struct fa_diag diag = {{0}};
	int error = fa_store_open(store, options->database, FA_STORE_READ, &diag);

	if (error == 0)
		error = fa_store_history(*store, history);
	if (error == 0 && strcmp(options->database, options->database_default) != 0)
		history->database = options->database;
	if (error != 0)
		fa_log_error("%s", diag.text[0] != '\0' ? diag.text : fa_strerror(error));
	return error;
}

/* The digits of TEXT up to END. */
static int parse_number(const char *text, const char *end, int64_t *out)
{
	char digits[24];
	size_t len = (size_t)(end - text);
	uint64_t n;

	if (len >= sizeof(digits))
		return FA_EINVAL;
	memcpy(digits, text, len);
	digits[len] = '\0';
	if (fa_parse_u64(digits, 1, INT64_MAX, &n) != 0)
		return FA_EINVAL;
	*out = (int64_t)n;
	return 0;
}

int fa_parse_finding(const struct fa_options *options, const char *command, const char *text,
		     int64_t *run, int64_t *number)
{
	const char *dot = strchr(text, '.');
	int error = 0;
	char safe[64];

	*run = options->run;
	if (dot != NULL)
		error = parse_number(text, dot, run);
	if (error == 0)
		error = parse_number(dot != NULL ? dot + 1 : text, text + strlen(text), number);
	if (error != 0)
		fa_log_error("%s: \"%s\" is not a finding such as 12.3 (finding 3 of run 12) or 3 "
			     "(of the newest run)",
			     command, fa_text_safe(text, strlen(text), safe, sizeof(safe)));
	return error;
}

struct fa_report_options fa_report_options_of(const struct fa_options *options, FILE *out)
{
	return (struct fa_report_options){
		.color = fa_use_color(options, out),
		.all = options->all,
		.width = options->width,
		.section = options->section,
	};
}

int fa_with_output(const struct fa_options *options,
		   int (*write)(FILE *out, void *context, struct fa_diag *diag), void *context)
{
	struct fa_diag diag = {{0}};
	struct fa_output output;
	int error = fa_output_open(&output, options->output, &diag);

	if (error == 0) {
		error = write(output.file, context, &diag);
		if (error == 0)
			error = fa_output_commit(&output, &diag);
		else {
			if (output.path != NULL)
				fa_fail_in(&diag, error, "%s", output.path);
			fa_output_abort(&output);
		}
	}
	if (error != 0)
		fa_log_error("%s", diag.text[0] != '\0' ? diag.text : fa_strerror(error));
	return error;
}

int fa_exit_status(const struct fa_options *options, const struct fa_history *history, int64_t run)
{
	struct fa_verdict_sum sums[FA_VERDICT_COUNT];
	struct fa_diag diag = {{0}};

	if (options->fail_on == 0)
		return FA_EXIT_CLEAN;
	if (history->sums(history->context, run, sums, &diag) != 0) {
		fa_log_error("%s", diag.text);
		return FA_EXIT_FAILED;
	}
	for (size_t i = 0; i < FA_VERDICT_COUNT; i++)
		if (sums[i].conversations > 0 && fa_fails_on(options, sums[i].verdict))
			return FA_EXIT_FINDINGS;
	return FA_EXIT_CLEAN;
}
