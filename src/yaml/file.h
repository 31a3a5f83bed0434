/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole file in memory. */
#ifndef FA_YAML_FILE_H
#define FA_YAML_FILE_H

#include "base/error.h"
#include "yaml/arena.h"

struct fa_yaml_file {
	const char *text; /* no final NUL; NULL when it is longer than asked for */
	size_t len;
};

/*
 * Reads the regular file PATH into ARENA. When it has more than MAX_BYTES, OUT->len is
 * MAX_BYTES + 1 or the like and what was read is of no use. WHAT names the kind of file.
 *
 * 0 or a negative error, with a message in DIAG that does not name the file: FA_ENOENT ... as the
 * system says, FA_EINVAL for what is not a file, FA_ENOMEM.
 */
int fa_yaml_file_read(struct fa_yaml_arena *arena, const char *path, const char *what,
		      size_t max_bytes, struct fa_yaml_file *out, struct fa_diag *diag);

#endif
