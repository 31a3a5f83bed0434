/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files behind a run. */
#include "report/inputs.h"

struct inputs {
	uint64_t files, others;
};

static int count_input(void *arg, const struct fa_input_file *file)
{
	struct inputs *inputs = arg;

	if (file->bytes > 0)
		inputs->files++;
	else
		inputs->others++;
	return 0;
}

int fa_inputs_are_files(const struct fa_history *history, int64_t run, bool *are_files,
			struct fa_diag *diag)
{
	struct inputs inputs = {0};
	int err = history->each_input(history->context, run, count_input, &inputs, diag);

	*are_files = inputs.files > 0 && inputs.others == 0;
	return err;
}
