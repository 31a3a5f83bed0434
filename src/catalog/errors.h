/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mistakes of one catalog file, kept until all are found and told in the order of its lines. */
#ifndef FA_CATALOG_ERRORS_H
#define FA_CATALOG_ERRORS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "catalog/arena.h"
#include "catalog/catalog.h"

struct fa_cat_error {
	unsigned line, column; /* from 1; 0: the file as a whole */
	const char *text;
};

struct fa_cat_errors {
	const char *file;	    /* borrowed */
	struct fa_cat_arena *arena; /* borrowed: holds the texts */
	struct fa_cat_error items[FA_CATALOG_ERRORS_MAX];
	size_t count;
	bool more; /* others were found and not kept */
};

void fa_cat_error(struct fa_cat_errors *errors, unsigned line, unsigned column, const char *format,
		  ...) __attribute__((format(printf, 4, 5)));
void fa_cat_verror(struct fa_cat_errors *errors, unsigned line, unsigned column, const char *format,
		   va_list args) __attribute__((format(printf, 4, 0)));

/* Tells them all to the caller of the library: "FILE:LINE:COLUMN: TEXT". */
void fa_cat_errors_tell(const struct fa_cat_errors *errors,
			const struct fa_catalog_options *options);

#endif
