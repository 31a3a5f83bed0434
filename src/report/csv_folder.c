/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables as a folder of CSV files, which change together. */
#include "report/sinks.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

static int make_folder(struct fa_csv_folder *folder)
{
	if (mkdir(folder->dir, 0777) == 0 || errno == EEXIST)
		return 0;
	return fa_fail(folder->diag, fa_error_from_errno(errno), "%s: cannot make the folder: %s",
		       folder->dir, strerror(errno));
}

static int open_file(struct fa_csv_folder *folder, const char *name)
{
	size_t len = strlen(folder->dir);
	char path[PATH_MAX];
	int n;

	if (folder->count == FA_CSV_FILES)
		return fa_fail(folder->diag, FA_EFULL, "more than %d tables", FA_CSV_FILES);
	n = snprintf(path, sizeof(path), "%s%s%s.csv", folder->dir,
		     len > 0 && folder->dir[len - 1] == '/' ? "" : "/", name);
	if (n < 0 || (size_t)n >= sizeof(path))
		return fa_fail(folder->diag, FA_EINVAL, "%s: the name is too long", folder->dir);
	return fa_output_open(&folder->files[folder->count], path, folder->diag);
}

static int begin(void *context, const struct fa_table *table)
{
	struct fa_csv_folder *folder = context;
	int err = 0;

	if (folder->section != NULL && strcmp(folder->section, table->id) != 0)
		return FA_TABLE_SKIP;
	if (folder->count == 0)
		err = make_folder(folder);
	if (err == 0)
		err = open_file(folder, table->id);
	if (err != 0)
		return err;
	folder->current = fa_sink_csv(&folder->csv, folder->files[folder->count++].file, NULL,
				      folder->diag);
	return folder->current.begin(folder->current.context, table);
}

static int put_row(void *context, const struct fa_cell *cells)
{
	struct fa_csv_folder *folder = context;

	return folder->current.row(folder->current.context, cells);
}

static int end(void *context)
{
	struct fa_csv_folder *folder = context;

	fa_csv_deinit(&folder->csv);
	folder->csv.table = NULL;
	return 0;
}

struct fa_table_sink fa_sink_csv_folder(struct fa_csv_folder *folder, const char *dir,
					const char *section, struct fa_diag *diag)
{
	memset(folder, 0, sizeof(*folder));
	folder->dir = dir;
	folder->section = section;
	folder->diag = diag;
	return (struct fa_table_sink){folder, begin, put_row, end};
}

int fa_csv_folder_commit(struct fa_csv_folder *folder)
{
	int err = 0;

	for (size_t i = 0; i < folder->count; i++) {
		if (err == 0)
			err = fa_output_commit(&folder->files[i], folder->diag);
		else
			fa_output_abort(&folder->files[i]);
	}
	folder->count = 0;
	fa_csv_deinit(&folder->csv);
	return err;
}

void fa_csv_folder_abort(struct fa_csv_folder *folder)
{
	for (size_t i = 0; i < folder->count; i++)
		fa_output_abort(&folder->files[i]);
	folder->count = 0;
	fa_csv_deinit(&folder->csv);
}
