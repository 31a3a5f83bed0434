/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flowaudit: the table of subcommands, nothing else. */
#include <string.h>

#include "base/log.h"
#include "cmd/command.h"

int main(int argc, char **argv)
{
	const struct fa_command *command;
	const char *name = argc > 1 ? argv[1] : "help";

	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	if (strcmp(name, "--version") == 0) {
		fa_print_version();
		return FA_EXIT_CLEAN;
	}
	command = fa_command_find(name);
	if (command == NULL) {
		fa_log_error("there is no command \"%s\"; see flowaudit help", name);
		return FA_EXIT_FAILED;
	}
	return argc > 1 ? command->run(argc - 1, argv + 1) : command->run(argc, argv);
}
