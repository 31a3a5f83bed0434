/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which catalog files there are, and what is in them. */
#ifndef FA_CATALOG_SOURCE_H
#define FA_CATALOG_SOURCE_H

#include "yaml/arena.h"
#include "catalog/catalog.h"
#include "yaml/errors.h"

struct fa_cat_source {
	const char *stem; /* first: file name without .yaml, so the product it has to hold */
	const char *file;
	const char *text; /* NULL: could not be read */
	size_t len;
	struct fa_yaml_errors errors;
};

struct fa_cat_sources {
	struct fa_yaml_arena *arena; /* borrowed: holds everything here */
	const struct fa_catalog_options *options;
	struct fa_cat_source *items;
	size_t count;
	int error; /* the first one that was told, or 0 */
};

/* Tells a mistake that belongs to no place in a file, and remembers ERROR. */
void fa_cat_sources_fail(struct fa_cat_sources *sources, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* One more file, not read yet. */
struct fa_cat_source *fa_cat_sources_add(struct fa_cat_sources *sources, const char *file);

/* The file PATH, or the catalogs in the directory PATH. */
void fa_cat_sources_add_path(struct fa_cat_sources *sources, const char *path);

/* Sorts by product, refuses a product that comes twice, and keeps those that are wanted. */
void fa_cat_sources_select(struct fa_cat_sources *sources);

/* Reads a file into its text. */
void fa_cat_source_read(struct fa_cat_sources *sources, struct fa_cat_source *source);

#endif
