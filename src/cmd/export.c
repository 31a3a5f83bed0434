/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flowaudit export: the documented openings of a site, for firewall people. */
#include <string.h>

#include "audit/usage.h"
#include "base/log.h"
#include "catalog/catalog.h"
#include "cmd/common.h"
#include "report/export.h"
#include "report/sinks.h"
#include "site/openings.h"

struct export {
	const struct fa_options *options;
	struct fa_openings openings;
	struct fa_usage usage;
	const struct fa_usage *used; /* NULL: nobody asked */
};

static int write_nftables(FILE *out, void *context, struct fa_diag *diag)
{
	const struct export *export = context;

	return fa_export_nftables(out, &export->openings, export->used,
				  export->options->policy_drop, diag);
}

static int write_csv(FILE *out, void *context, struct fa_diag *diag)
{
	const struct export *export = context;
	struct fa_csv csv;
	struct fa_table_sink sink = fa_sink_csv(&csv, out, NULL, diag);
	int error = fa_tables_openings(&export->openings, export->used, &sink, diag);

	fa_csv_deinit(&csv);
	return error;
}

static const struct format {
	const char *name;
	int (*write)(FILE *out, void *context, struct fa_diag *diag);
} formats[] = {
	{"nftables", write_nftables},
	{"csv", write_csv},
};

/* The format of the arguments, which are just its name. */
static const struct format *take_arguments(int argc, char **argv, int first)
{
	const struct fa_command *command = fa_command_find("export");

	if (first == argc) {
		fa_log_error("export: needs a format, nftables or csv");
		return NULL;
	}
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(formats[i].name, argv[first]) != 0)
			continue;
		if (argc - first == 1)
			return &formats[i];
		fa_log_error("export: \"%s\" is one argument too many; the site is named with "
			     "--site FILE",
			     argv[first + 1]);
		return NULL;
	}
	fa_verb_complain(command, argv[first]);
	return NULL;
}

/* Asks the database what was used, when somebody wants to know. 0 or an error, said. */
static int read_usage(struct export *export)
{
	const struct fa_options *options = export->options;
	struct fa_diag diag = {{0}};
	struct fa_store *store = NULL;
	struct fa_history history;
	struct fa_buffer trust = {0};
	int error;

	if (options->unused == 0)
		return 0;
	error = fa_open_history(options, &store, &history);
	if (error != 0)
		return error;
	error = fa_usage_read(&export->usage, &export->openings, &history, options->unused, &diag);
	if (error != 0)
		fa_log_error("%s: %s", options->database, diag.text);
	else
		export->used = &export->usage;
	fa_export_add_trust(&trust, export->used);
	if (trust.len > 0)
		fa_log_warn("%s", fa_buffer_text(&trust));
	fa_buffer_deinit(&trust);
	fa_store_close(store);
	return error;
}

static int export_policy(struct export *export, const struct fa_policy *policy,
			 const struct format *format)
{
	int error = fa_openings_make(policy, &export->openings);

	if (error != 0)
		fa_log_error("no memory for the openings");
	if (error == 0)
		error = read_usage(export);
	if (error == 0)
		error = fa_with_output(export->options, format->write, export);
	fa_usage_deinit(&export->usage);
	fa_openings_deinit(&export->openings);
	return error;
}

int fa_cmd_export(int argc, char **argv)
{
	const struct format *format;
	struct fa_rulebook book;
	struct fa_policy policy = {0};
	struct fa_options options;
	struct export export = {.options = &options};
	int first;
	int error;
	int status = fa_options_parse(fa_command_find("export"), argc, argv, &options, &first);

	if (status != FA_GO_ON)
		return status;
	format = take_arguments(argc, argv, first);
	if (format == NULL)
		return FA_EXIT_FAILED;
	if (options.site == NULL) {
		fa_log_error("export: needs a site, e.g. flowaudit export %s --site dc1.yaml",
			     format->name);
		return FA_EXIT_FAILED;
	}
	if (fa_load_rulebook(&options, &book) != 0)
		return FA_EXIT_FAILED;
	error = fa_load_policy(&options, &book, &policy);
	if (error == 0)
		error = export_policy(&export, &policy, format);
	fa_policy_deinit(&policy);
	fa_rulebook_deinit(&book);
	return error == 0 ? FA_EXIT_CLEAN : FA_EXIT_FAILED;
}
