/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inputs behind the names a person gave. Private to this folder. */
#ifndef FA_CAPTURE_INPUTS_H
#define FA_CAPTURE_INPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "capture/capture.h"
#include "capture/file.h"

/* Space for a name as messages show it. */
#define FA_INPUT_LABEL 256

struct fa_input {
	char *path; /* owned; NULL: standard input */
	char *absolute; /* owned; the same file for who stands elsewhere; NULL likewise */
	char label[FA_INPUT_LABEL];
	dev_t device;
	ino_t inode;
	uint64_t size_bytes; /* what is left to read, for a regular file */
	int64_t mtime_ns;    /* when it was last changed, of a regular file */
	bool regular;
	size_t order; /* as given: decides between equal times */
	/* Kept by who reads the inputs: */
	int64_t first_ns;	  /* of the first packet */
	bool finished;		  /* read to its end */
	struct fa_reader *reader; /* while open */
	/* Of the first time that it was open: the numbers of its interfaces. */
	uint32_t known, known_count;
};

/* What the inputs of a source share; all borrowed. */
struct fa_inputs_shared {
	const struct fa_source_options *options;
	struct fa_origins *origins;
	struct fa_noted *noted;
};

struct fa_inputs {
	struct fa_input *items;
	size_t count;
	size_t room;
};

/*
 * Finds out what NAMES are: a directory stands for the captures directly in it, sorted by name; a
 * file met again is left out with a warning, and so are files in a directory that are no captures.
 * Errors as fa_source_open_files; free the list in either case.
 */
int fa_inputs_expand(struct fa_inputs *inputs, const char *const *names, size_t count,
		     const struct fa_source_options *options, struct fa_diag *diag);
void fa_inputs_free(struct fa_inputs *inputs);

/* Opens the input's reader. The message names the input. */
int fa_input_open(struct fa_input *input, const struct fa_inputs_shared *shared,
		  struct fa_diag *diag);
/* Closes it; opened again, its interfaces keep their numbers. */
void fa_input_close(struct fa_input *input);

#endif
