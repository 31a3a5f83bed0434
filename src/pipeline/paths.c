/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which folders the processes of a job need. */
#include "pipeline/paths.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pipeline/live.h"

/* As realpath(); NULL with ENOTDIR when it is no folder. */
static char *real_folder(const char *path)
{
	char *real = realpath(path, NULL);
	struct stat st;

	if (real == NULL || (stat(real, &st) == 0 && S_ISDIR(st.st_mode)))
		return real;
	free(real);
	errno = ENOTDIR;
	return NULL;
}

char *fa_folder_of(const char *path, struct fa_diag *diag)
{
	char *real = realpath(path, NULL); /* SQLite works beside what a link points to */
	char *copy = real != NULL ? real : strdup(path);
	char *where = copy == NULL ? NULL : dirname(copy);
	char *folder = where == NULL ? NULL : real_folder(where);

	if (folder == NULL && where != NULL && errno == ENOENT)
		fa_fail(diag, FA_ENOENT, "%s: there is no folder %s", path, where);
	else if (folder == NULL)
		fa_fail(diag, fa_error_from_errno(errno), "%s: %s", path, strerror(errno));
	free(copy);
	return folder;
}

static int add(char **list, size_t *count, size_t max, char *path, struct fa_diag *diag)
{
	if (path == NULL)
		return FA_ENOENT;
	for (size_t i = 0; i < *count; i++)
		if (strcmp(list[i], path) == 0) {
			free(path);
			return 0;
		}
	if (*count == max) {
		free(path);
		return fa_fail(diag, FA_EINVAL, "more files and folders than can be confined to");
	}
	list[(*count)++] = path;
	return 0;
}

static int add_writable(struct fa_paths *paths, char *folder, struct fa_diag *diag)
{
	return add(paths->writable, &paths->writable_count, FA_PATHS_WRITABLE_MAX, folder, diag);
}

static char *folder_itself(const char *folder, struct fa_diag *diag)
{
	char *real = real_folder(folder);

	if (real == NULL && errno == ENOENT)
		fa_fail(diag, FA_ENOENT,
			"%s: there is no such folder; make it, for the user that captures to write in",
			folder);
	else if (real == NULL)
		fa_fail(diag, fa_error_from_errno(errno), "%s: %s", folder, strerror(errno));
	return real;
}

/* A folder as it is; of a file its folder, since a new one may take its place. */
static int add_readable(struct fa_paths *paths, const char *path, struct fa_diag *diag)
{
	struct stat st;
	bool is_folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);

	return add(paths->readable, &paths->readable_count, FA_PATHS_READABLE_MAX,
		   is_folder ? folder_itself(path, diag) : fa_folder_of(path, diag), diag);
}

static bool is_file(const char *events)
{
	return events != NULL && strcmp(events, "-") != 0 && strncmp(events, "unix:", 5) != 0;
}

static int add_live(struct fa_paths *paths, const struct fa_live *live, struct fa_diag *diag)
{
	int error = 0;

	if (is_file(live->events))
		error = add_writable(paths, fa_folder_of(live->events, diag), diag);
	if (error == 0 && live->spool != NULL)
		error = add_writable(paths, folder_itself(live->spool, diag), diag);
	if (error == 0 && live->save_findings != NULL)
		error = add_writable(paths, folder_itself(live->save_findings, diag), diag);
	paths->auditor_writable = paths->writable_count;
	if (error == 0 && live->metrics != NULL)
		error = add_writable(paths, fa_folder_of(live->metrics, diag), diag);
	if (error == 0 && live->output != NULL)
		error = add_writable(paths, fa_folder_of(live->output, diag), diag);
	for (size_t i = 0; i < live->readable_count && error == 0; i++)
		error = add_readable(paths, live->readable[i], diag);
	return error;
}

int fa_paths_of(const struct fa_job *job, struct fa_paths *out, struct fa_diag *diag)
{
	int error;

	memset(out, 0, sizeof(*out));
	error = add_writable(out, fa_folder_of(job->database, diag), diag);
	out->auditor_writable = out->writable_count;
	if (error == 0 && job->live != NULL)
		error = add_live(out, job->live, diag);
	if (error != 0)
		fa_paths_deinit(out);
	return error;
}

void fa_paths_deinit(struct fa_paths *paths)
{
	for (size_t i = 0; i < paths->writable_count; i++)
		free(paths->writable[i]);
	for (size_t i = 0; i < paths->readable_count; i++)
		free(paths->readable[i]);
	paths->writable_count = 0;
	paths->readable_count = 0;
}

struct fa_sandbox_paths fa_paths_auditor(const struct fa_paths *paths)
{
	return (struct fa_sandbox_paths){
		.writable = (const char *const *)paths->writable,
		.writable_count = paths->auditor_writable,
		.readable = (const char *const *)paths->readable,
		.readable_count = paths->readable_count,
	};
}

struct fa_sandbox_paths fa_paths_supervisor(const struct fa_paths *paths)
{
	struct fa_sandbox_paths all = fa_paths_auditor(paths);

	all.writable_count = paths->writable_count;
	return all;
}
