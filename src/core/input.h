/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files behind a replay: what the capture stage opened and the store remembers. */
#ifndef FA_CORE_INPUT_H
#define FA_CORE_INPUT_H

#include <stddef.h>
#include <stdint.h>

struct fa_input_file {
	const char *path; /* absolute; "-": standard input */
	uint64_t bytes;	  /* 0 for what is no regular file */
	int64_t mtime_ns; /* when it was last changed; 0 likewise */
};

struct fa_input_files {
	const struct fa_input_file *items;
	size_t count;
};

#endif
