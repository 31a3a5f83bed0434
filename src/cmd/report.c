/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flowaudit report: prints a stored run again. */
#include "base/log.h"
#include "cmd/common.h"
#include "cmd/finish.h"

int fa_cmd_report(int argc, char **argv)
{
	struct fa_store *store = NULL;
	struct fa_history history;
	struct fa_options options;
	struct fa_diag diag = {{0}};
	int first;
	int status;

	status = fa_options_parse(fa_command_find("report"), argc, argv, &options, &first);
	if (status != FA_GO_ON)
		return status;
	status = FA_EXIT_FAILED;
	if (first < argc) {
		fa_log_error("report: \"%s\" is one argument too many; a run is named with --run N",
			     argv[first]);
		return FA_EXIT_FAILED;
	}
	if (fa_report_check(&options, &diag) != 0) {
		fa_log_error("%s", diag.text);
		return FA_EXIT_FAILED;
	}
	if (fa_open_history(&options, &store, &history) == 0 &&
	    fa_report_run(&options, &history, options.run) == 0)
		status = fa_exit_status(&options, &history, options.run);
	fa_store_close(store);
	return status;
}
