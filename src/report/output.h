/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where a command writes: standard output, or a file that appears complete or not at all. The
 * text goes to a temporary file beside the target, which takes its name at the end.
 */
#ifndef FA_REPORT_OUTPUT_H
#define FA_REPORT_OUTPUT_H

#include <stdio.h>

#include "base/error.h"

struct fa_output {
	FILE *file; /* write here; NULL while not open */
	char *path; /* the target, links followed; NULL for standard output */
	char *temp; /* the temporary file; NULL when the target is written directly */
	int slot;   /* private: the place in the table of files to remove on a signal, or -1 */
};

/*
 * Opens PATH for writing ("-": standard output). What is no regular file (a device, a pipe) is
 * written directly. SIGHUP, SIGINT and SIGTERM remove the temporary file and end the program, but
 * only where the program itself has not set them; a program that handles them calls
 * fa_output_abort. For use from one thread.
 */
int fa_output_open(struct fa_output *output, const char *path, struct fa_diag *diag);

/* Flushes, closes, and gives the file its name; on failure nothing of it stays. */
int fa_output_commit(struct fa_output *output, struct fa_diag *diag);

/* Closes and removes what was written. Harmless when nothing is open. */
void fa_output_abort(struct fa_output *output);

/* "DIR/.NAME.XXXXXX" for "DIR/NAME", to be freed: the rename stays within one file system, and who
 * watches the folder passes it over. NULL: no memory. */
char *fa_output_temp_name(const char *path);

/* Whether every write so far arrived, as far as stdio knows; call it soon after writing. */
int fa_output_check(FILE *file, struct fa_diag *diag);

/* The same after a flush. */
int fa_output_flush(FILE *file, struct fa_diag *diag);

#endif
