/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flowaudit catalog: what the vendors document. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "catalog/catalog.h"
#include "cmd/common.h"
#include "cmd/question.h"
#include "core/packet.h"

struct catalog {
	const struct fa_options *options;
	const struct fa_rulebook *book;
	const struct fa_policy *policy;
	const char *product; /* for list and show */
	uint8_t transport;   /* for explain */
	uint16_t port;
	struct fa_asked asked; /* when explain is about a conversation */
	bool is_asked;
};

static int write_list(FILE *out, void *context, struct fa_diag *diag)
{
	const struct catalog *catalog = context;
	struct fa_report_options look = fa_report_options_of(catalog->options, out);

	return fa_report_catalog_list(out, catalog->options->format, catalog->book,
				      catalog->product, &look, diag);
}

static int write_show(FILE *out, void *context, struct fa_diag *diag)
{
	const struct catalog *catalog = context;
	struct fa_report_options look = fa_report_options_of(catalog->options, out);

	return fa_report_catalog_show(out, catalog->options->format, catalog->book,
				      catalog->product, &look, diag);
}

static int write_explain(FILE *out, void *context, struct fa_diag *diag)
{
	const struct catalog *catalog = context;
	struct fa_report_options look = fa_report_options_of(catalog->options, out);

	return fa_report_catalog_explain(out, catalog->options->format, catalog->policy,
					 catalog->transport, catalog->port, &look, diag);
}

static int write_checked(FILE *out, void *context, struct fa_diag *diag)
{
	const struct catalog *catalog = context;

	(void)diag;
	for (size_t i = 0; i < catalog->book->product_count; i++) {
		const struct fa_product *product = &catalog->book->products[i];

		fprintf(out, "%s: ok, %zu rules in %zu components\n", product->file,
			product->rule_count, product->component_count);
	}
	return 0;
}

/* "tcp/8243", "8243/tcp", or "8243" for TCP. */
static int parse_port(const char *text, struct catalog *catalog)
{
	const char *slash = strchr(text, '/');
	char left[16] = {0};
	const char *name = "tcp";
	const char *number = text;
	uint64_t port;
	int transport;

	if (slash != NULL) {
		if ((size_t)(slash - text) >= sizeof(left))
			return FA_EINVAL;
		memcpy(left, text, (size_t)(slash - text));
		name = left[0] >= '0' && left[0] <= '9' ? slash + 1 : left;
		number = name == left ? slash + 1 : left;
	}
	transport = fa_transport_parse(name);
	if (transport < 0 || fa_parse_u64(number, 1, 65535, &port) != 0)
		return FA_EINVAL;
	catalog->transport = (uint8_t)transport;
	catalog->port = (uint16_t)port;
	return 0;
}

enum takes { TAKES_PRODUCT, TAKES_PORT, TAKES_FILES };

static const struct verb {
	const char *name;
	enum takes takes;
	bool needs_argument;
	int (*write)(FILE *out, void *context, struct fa_diag *diag);
	const char *wanted;
} verbs[] = {
	{"list", TAKES_PRODUCT, false, write_list, "at most one product"},
	{"show", TAKES_PRODUCT, true, write_show, "one product, e.g. flowaudit catalog show wso2"},
	{"check", TAKES_FILES, false, write_checked, "files or folders"},
	{"explain", TAKES_PORT, true, write_explain,
	 "a port, or a client and a server, e.g. flowaudit catalog explain tcp/8243 or flowaudit "
	 "catalog explain 10.0.0.5 10.0.1.9:8243"},
};

static const struct verb *verb_of(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	fa_verb_complain(fa_command_find("catalog"), name);
	return NULL;
}

static int take_arguments(const struct verb *verb, char **arguments, size_t count,
			  struct catalog *catalog)
{
	size_t most = verb->takes == TAKES_PORT ? 2 : 1;

	if ((verb->needs_argument && count == 0) || (verb->takes != TAKES_FILES && count > most)) {
		fa_log_error("catalog %s: needs %s", verb->name, verb->wanted);
		return FA_EINVAL;
	}
	if (verb->takes == TAKES_PRODUCT && count == 1)
		catalog->product = arguments[0];
	catalog->is_asked = verb->takes == TAKES_PORT && count == 2;
	if (catalog->is_asked)
		return fa_asked_ends(&catalog->asked, arguments[0], arguments[1]);
	if (verb->takes == TAKES_PORT && parse_port(arguments[0], catalog) != 0) {
		fa_log_error("catalog explain: \"%s\" is not a port such as tcp/8243 or udp/161",
			     arguments[0]);
		return FA_EINVAL;
	}
	return 0;
}

/* Options that only questions about a conversation can use. */
static int check_options(const struct catalog *catalog)
{
	const struct fa_options *options = catalog->options;

	if (catalog->is_asked ||
	    (options->protocol == NULL && options->host == NULL && options->waivers == NULL))
		return 0;
	fa_log_error("catalog: --protocol, --host and --waivers are for explain with a client and "
		     "a server, e.g. flowaudit catalog explain --protocol TLS 10.0.0.5 "
		     "10.0.1.9:8243");
	return FA_EINVAL;
}

int fa_cmd_catalog(int argc, char **argv)
{
	const struct verb *verb;
	struct fa_rulebook book;
	struct fa_policy policy = {0};
	struct fa_options options;
	struct catalog catalog = {.options = &options, .book = &book, .policy = &policy};
	char **arguments;
	size_t count;
	int first;
	int error;
	int status;

	status = fa_options_parse(fa_command_find("catalog"), argc, argv, &options, &first);
	if (status != FA_GO_ON)
		return status;
	verb = verb_of(first < argc ? argv[first] : "list");
	if (verb == NULL)
		return FA_EXIT_FAILED;
	arguments = argv + first + 1;
	count = first + 1 < argc ? (size_t)(argc - first - 1) : 0;
	if (take_arguments(verb, arguments, count, &catalog) != 0 || check_options(&catalog) != 0)
		return FA_EXIT_FAILED;
	error = verb->takes == TAKES_FILES && count > 0
			? fa_load_rulebook_from((const char *const *)arguments, count, &options,
						&book)
			: fa_load_rulebook(&options, &book);
	if (error != 0)
		return FA_EXIT_FAILED;
	error = fa_load_policy(&options, &book, &policy);
	if (error == 0)
		error = catalog.is_asked ? fa_answer(&catalog.asked, &options, &policy)
					 : fa_with_output(&options, verb->write, &catalog);
	fa_policy_deinit(&policy);
	fa_rulebook_deinit(&book);
	return error == 0 ? FA_EXIT_CLEAN : FA_EXIT_FAILED;
}
