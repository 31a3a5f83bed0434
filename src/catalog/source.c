/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which catalog files there are, and what is in them. */
#include "catalog/source.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/like.h"
#include "base/text.h"
#include "yaml/file.h"

static const char suffix[] = ".yaml";

void fa_cat_sources_fail(struct fa_cat_sources *sources, int error, const char *format, ...)
{
	char message[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (sources->options->error != NULL)
		sources->options->error(sources->options->error_context, message);
	if (sources->error == 0)
		sources->error = error;
}

/* A path as it may be printed. */
static const char *printable(struct fa_cat_sources *sources, const char *path)
{
	char text[768];

	fa_text_safe(path, strlen(path), text, sizeof(text));
	path = fa_yaml_copy(sources->arena, text, strlen(text));
	return path == NULL ? "" : path;
}

static bool ends_in_suffix(const char *name)
{
	size_t len = strlen(name);

	return len > strlen(suffix) && strcmp(name + len - strlen(suffix), suffix) == 0;
}

struct fa_cat_source *fa_cat_sources_add(struct fa_cat_sources *sources, const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *name = slash == NULL ? file : slash + 1;
	struct fa_cat_source *source;

	if (!ends_in_suffix(name)) {
		fa_cat_sources_fail(sources, FA_EINVAL, "%s: a catalog has to be named PRODUCT%s",
				    printable(sources, file), suffix);
		return NULL;
	}
	if (sources->count == FA_CATALOG_FILES_MAX) {
		fa_cat_sources_fail(sources, FA_EFULL, "%s: more than %d catalogs",
				    printable(sources, file), FA_CATALOG_FILES_MAX);
		return NULL;
	}
	if (sources->items == NULL)
		sources->items = fa_yaml_alloc(sources->arena, FA_CATALOG_FILES_MAX,
					       sizeof(*sources->items));
	if (sources->items == NULL)
		return NULL;
	source = &sources->items[sources->count];
	source->file = fa_yaml_copy(sources->arena, file, strlen(file));
	source->stem = fa_yaml_copy(sources->arena, name, strlen(name) - strlen(suffix));
	if (source->file == NULL || source->stem == NULL)
		return NULL;
	sources->count++;
	return source;
}

static int is_catalog(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && ends_in_suffix(entry->d_name);
}

static void add_directory(struct fa_cat_sources *sources, const char *path)
{
	const char *separator = path[strlen(path) - 1] == '/' ? "" : "/";
	bool full = false;
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, is_catalog, NULL);

	if (count < 0) {
		fa_cat_sources_fail(sources, fa_error_from_errno(errno),
				    "%s: cannot read this folder of catalogs: %s",
				    printable(sources, path), strerror(errno));
		return;
	}
	for (int i = 0; i < count; i++) {
		const char *file = fa_yaml_format(sources->arena, "%s%s%s", path, separator,
						  entries[i]->d_name);

		if (file != NULL && !full)
			full = fa_cat_sources_add(sources, file) == NULL;
		free(entries[i]);
	}
	free(entries);
	if (count == 0)
		fa_cat_sources_fail(sources, FA_ENOENT, "%s: no catalog (*%s) in this directory",
				    printable(sources, path), suffix);
}

void fa_cat_sources_add_path(struct fa_cat_sources *sources, const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		fa_cat_sources_fail(sources, fa_error_from_errno(errno),
				    "%s: cannot read this catalog: %s", printable(sources, path),
				    strerror(errno));
	else if (S_ISDIR(status.st_mode))
		add_directory(sources, path);
	else
		fa_cat_sources_add(sources, path);
}

static int compare_sources(const void *a, const void *b)
{
	const struct fa_cat_source *left = a;
	const struct fa_cat_source *right = b;
	int order = strcmp(left->stem, right->stem);

	return order != 0 ? order : strcmp(left->file, right->file);
}

/* "a, b, c" */
static const char *list_products(struct fa_cat_sources *sources)
{
	const char *list = "";

	for (size_t i = 0; i < sources->count && list != NULL && strlen(list) < 512; i++)
		list = fa_yaml_format(sources->arena, "%s%s%s", list, i == 0 ? "" : ", ",
				      printable(sources, sources->items[i].stem));
	return list == NULL ? "" : list;
}

static void check_wanted(struct fa_cat_sources *sources)
{
	const struct fa_like_names stems = {sources->items, sources->count,
					    sizeof(*sources->items)};
	const struct fa_strings *wanted = &sources->options->products;

	for (size_t i = 0; i < wanted->count; i++) {
		struct fa_like_hint hint;

		if (fa_like_find(&stems, wanted->items[i]) != SIZE_MAX)
			continue;
		fa_like_hint(&hint, fa_like_nearest(&stems, wanted->items[i]));
		fa_cat_sources_fail(sources, FA_ENOENT,
				    "there is no catalog of product \"%s\"%s (there are: %s)",
				    printable(sources, wanted->items[i]), hint.text,
				    list_products(sources));
	}
}

static bool is_wanted(const struct fa_catalog_options *options, const char *stem)
{
	if (fa_strings_have(&options->products, stem))
		return true;
	if (options->unless_named != NULL && strcmp(options->unless_named, stem) == 0)
		return false;
	return options->products.count == 0 ||
	       (options->always != NULL && strcmp(options->always, stem) == 0);
}

void fa_cat_sources_select(struct fa_cat_sources *sources)
{
	const size_t found = sources->count;
	size_t kept = 0;

	if (sources->count > 1)
		qsort(sources->items, sources->count, sizeof(*sources->items), compare_sources);
	check_wanted(sources);
	for (size_t i = 0; i < sources->count; i++) {
		struct fa_cat_source *source = &sources->items[i];

		if (!is_wanted(sources->options, source->stem))
			continue;
		if (kept > 0 && strcmp(sources->items[kept - 1].stem, source->stem) == 0) {
			fa_cat_sources_fail(sources, FA_EINVAL, "%s: %s is a catalog of \"%s\" too",
					    printable(sources, source->file),
					    printable(sources, sources->items[kept - 1].file),
					    printable(sources, source->stem));
			continue;
		}
		sources->items[kept++] = *source;
	}
	sources->count = kept;
	if (found > 0 && kept == 0 && sources->error == 0)
		fa_cat_sources_fail(sources, FA_ENOENT, "no catalog is left to read");
}

void fa_cat_source_read(struct fa_cat_sources *sources, struct fa_cat_source *source)
{
	struct fa_yaml_file file;
	struct fa_diag diag = {0};
	int error = fa_yaml_file_read(sources->arena, source->file, "catalog",
				      FA_CATALOG_FILE_BYTES, &file, &diag);

	if (error != 0) {
		fa_cat_sources_fail(sources, error, "%s: %s", printable(sources, source->file),
				    diag.text);
		return;
	}
	source->text = file.text;
	source->len = file.len;
}
