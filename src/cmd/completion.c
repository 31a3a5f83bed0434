/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Completion in shells: which scripts there are, and the values that only a machine knows. */
#include "cmd/completion.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "cmd/common.h"

int fa_print_completion(const char *shell)
{
	static const struct {
		const char *name;
		void (*print)(FILE *out);
	} shells[] = {
		{"bash", fa_completion_bash},
		{"zsh", fa_completion_zsh},
	};
	char safe[64];

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strcmp(shells[i].name, shell) != 0)
			continue;
		shells[i].print(stdout);
		return FA_EXIT_CLEAN;
	}
	fa_log_error("help: no completion for \"%s\", but for bash and zsh",
		     fa_text_safe(shell, strlen(shell), safe, sizeof(safe)));
	return FA_EXIT_FAILED;
}

/* Only words that no shell takes for anything else. */
static void print_word(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	if (word[0] != '\0' && word[0] != '-' && word[strspn(word, plain)] == '\0')
		puts(word);
}

static int print_products(const struct fa_options *options)
{
	struct fa_rulebook book;
	int error = fa_load_rulebook(options, &book);

	for (size_t i = 0; error == 0 && i < book.product_count; i++)
		print_word(book.products[i].id);
	if (error == 0)
		fa_rulebook_deinit(&book);
	return error;
}

static int print_run(void *arg, const struct fa_stored_run *run)
{
	(void)arg;
	printf("%" PRId64 "\n", run->id);
	return 0;
}

static int print_runs(const struct fa_options *options)
{
	struct fa_store *store = NULL;
	struct fa_history history;
	struct fa_diag diag = {{0}};
	int error = fa_open_history(options, &store, &history);

	if (error == 0)
		error = history.each_run(history.context, print_run, NULL, &diag);
	fa_store_close(store);
	return error;
}

static int print_baseline(void *arg, const struct fa_baseline *baseline)
{
	(void)arg;
	print_word(baseline->name);
	return 0;
}

static int print_baselines(const struct fa_options *options)
{
	struct fa_store *store = NULL;
	struct fa_history history;
	struct fa_diag diag = {{0}};
	int error = fa_open_history(options, &store, &history);

	if (error == 0)
		error = history.each_baseline(history.context, print_baseline, NULL, &diag);
	fa_store_close(store);
	return error;
}

int fa_print_values(int argc, char **argv)
{
	static const struct {
		const char *name;
		const char *command; /* whose options tell where to look */
		int (*print)(const struct fa_options *options);
	} kinds[] = {
		{"products", "catalog", print_products},
		{"runs", "runs", print_runs},
		{"baselines", "runs", print_baselines},
	};
	struct fa_options options;
	int first;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, argv[0]) != 0)
			continue;
		if (fa_options_parse(fa_command_find(kinds[i].command), argc, argv, &options,
				     &first) != FA_GO_ON)
			return FA_EXIT_FAILED;
		return kinds[i].print(&options) == 0 ? FA_EXIT_CLEAN : FA_EXIT_FAILED;
	}
	return FA_EXIT_FAILED;
}
