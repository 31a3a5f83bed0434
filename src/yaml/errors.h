/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mistakes of one file, kept until all are found and told in the order of its lines. */
#ifndef FA_YAML_ERRORS_H
#define FA_YAML_ERRORS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "yaml/arena.h"

#define FA_YAML_ERRORS_MAX 20 /* told of one file */

struct fa_yaml_error {
	unsigned line, column; /* from 1; 0: the file as a whole, the whole line */
	const char *text;
};

struct fa_yaml_errors {
	const char *file;	     /* borrowed */
	struct fa_yaml_arena *arena; /* borrowed: holds the texts */
	struct fa_yaml_error items[FA_YAML_ERRORS_MAX];
	size_t count;
	bool more; /* others were found and not kept */
};

void fa_yaml_error(struct fa_yaml_errors *errors, unsigned line, unsigned column,
		   const char *format, ...) __attribute__((format(printf, 4, 5)));
void fa_yaml_verror(struct fa_yaml_errors *errors, unsigned line, unsigned column,
		    const char *format, va_list args) __attribute__((format(printf, 4, 0)));

/* Tells them all: calls TELL, unless it is NULL, with "FILE:LINE:COLUMN: TEXT" for each. */
void fa_yaml_errors_tell(const struct fa_yaml_errors *errors,
			 void (*tell)(void *context, const char *message), void *context);

#endif
