/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flowaudit: the table of subcommands, nothing else. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cmd/command.h"

/* Text that did not arrive is a failure, whichever command wrote it. */
static int finish(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (status != FA_EXIT_FAILED)
		fa_log_error("standard output: cannot write: %s", strerror(errno));
	return FA_EXIT_FAILED;
}

int main(int argc, char **argv)
{
	const struct fa_command *command;
	const char *name = argc > 1 ? argv[1] : "help";

	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	if (strcmp(name, "--version") == 0) {
		fa_print_version();
		return finish(FA_EXIT_CLEAN);
	}
	command = fa_command_find(name);
	if (command == NULL) {
		fa_command_complain(name);
		return FA_EXIT_FAILED;
	}
	return finish(argc > 1 ? command->run(argc - 1, argv + 1) : command->run(argc, argv));
}
