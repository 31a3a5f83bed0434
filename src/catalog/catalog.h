/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads catalogs (rules/PRODUCT.yaml, see flowaudit-catalog(5)) into a checked, immutable
 * struct fa_rulebook. Reading is strict: nothing that is not understood is passed over, and every
 * mistake is told with file, line and column.
 */
#ifndef FA_CATALOG_CATALOG_H
#define FA_CATALOG_CATALOG_H

#include <stddef.h>

#include "base/error.h"
#include "core/rule.h"

/* Limits on what a catalog may hold. Ours: many times what a real one needs. */
#define FA_CATALOG_FILE_BYTES (1024 * 1024)
#define FA_CATALOG_FILES_MAX  1024
#define FA_CATALOG_RULES_MAX  4096 /* in one file */
#define FA_CATALOG_ROLES_MAX  1024 /* in one file */

struct fa_catalog_options {
	/* Only these products; none given: all. With a filter the other files are not even read. */
	struct fa_strings products;
	/* Read if it is there, whatever PRODUCTS says. NULL: none. */
	const char *always;
	/* Not read unless PRODUCTS names it. NULL: none. */
	const char *unless_named;
	/*
	 * Names that the protocol detection knows. A rule may use these and the signatures of all
	 * catalogs that are read. NULL: names are not checked.
	 */
	const struct fa_strings *protocols;
	/* Called for every mistake, with the whole message. May be NULL. */
	void (*error)(void *context, const char *message);
	void *error_context;
};

/* A catalog in memory (LEN bytes, no final NUL needed); NAME stands for its path: its last part has
 * to be PRODUCT.yaml. */
struct fa_catalog_text {
	const char *name;
	const char *text;
	size_t len;
};

/*
 * Reads files, and of directories all *.yaml files that do not begin with a dot. Products come
 * out sorted by id, rules by product, component and line.
 *
 * 0 and a rulebook for fa_rulebook_deinit; or a negative error, with OUT empty and all mistakes
 * told: FA_EFORMAT (mistakes in a file), FA_ENOENT (no such file or product), FA_EIO, FA_EFULL
 * (too many files, or rules on one port), FA_ENOMEM.
 */
int fa_rulebook_load(const char *const *paths, size_t path_count,
		     const struct fa_catalog_options *options, struct fa_rulebook *out);

/* The same from memory; borrows the texts only during the call. */
int fa_rulebook_parse(const struct fa_catalog_text *texts, size_t count,
		      const struct fa_catalog_options *options, struct fa_rulebook *out);

/* Frees everything the book holds and empties it. */
void fa_rulebook_deinit(struct fa_rulebook *book);

#endif
