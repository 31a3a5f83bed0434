/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packets that are kept as evidence: the files in the folder. */
#include "pipeline/keep_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/slots.h"
#include "base/text.h"
#include "base/time.h"

/* Files of one run and window: of several databases, or of a window that was tried again. */
enum { NAMES_MAX = 100 };

static const char ending[] = ".pcap";
static const char half_written[] = ".pcap.tmp";

static int failed(const char *path, int errnum, struct fa_diag *diag)
{
	char safe[512];

	fa_text_safe(path, strlen(path), safe, sizeof(safe));
	return fa_fail(diag, fa_error_from_errno(errnum), "saved packets: %s: %s", safe,
		       strerror(errnum));
}

/* Over a number, and what must stand before it; NULL when they are not there. */
static const char *skip_number(const char *text, const char *before)
{
	size_t len = strlen(before);
	size_t digits;

	if (text == NULL || strncmp(text, before, len) != 0)
		return NULL;
	digits = strspn(text + len, "0123456789");
	return digits == 0 ? NULL : text + len + digits;
}

/* flowaudit-RUN-WINDOW, perhaps with another number, and TAIL: nothing else is ever touched. */
static bool is_ours(const char *name, const char *tail)
{
	const char *rest = skip_number(skip_number(name, "flowaudit-"), "-");
	const char *more = skip_number(rest, "-");

	if (more != NULL)
		rest = more;
	return rest != NULL && strcmp(rest, tail) == 0;
}

static int compare_files(const void *a, const void *b)
{
	const struct fa_keep_file *left = a;
	const struct fa_keep_file *right = b;

	if (left->mtime_ns != right->mtime_ns)
		return left->mtime_ns < right->mtime_ns ? -1 : 1;
	return strverscmp(left->name, right->name);
}

static int64_t mtime_of(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * FA_NS_PER_SECOND + st->st_mtim.tv_nsec;
}

static int add_file(struct fa_keep_shelf *shelf, const char *name, const struct stat *st)
{
	void *files = shelf->files;
	struct fa_keep_file *file;

	if (!fa_array_reserve(&files, &shelf->room, shelf->count + 1, sizeof(*shelf->files)))
		return FA_ENOMEM;
	shelf->files = files;
	file = &shelf->files[shelf->count];
	file->name = strdup(name);
	if (file->name == NULL)
		return FA_ENOMEM;
	file->bytes = (uint64_t)st->st_size;
	file->mtime_ns = mtime_of(st);
	shelf->bytes += file->bytes;
	shelf->count++;
	return 0;
}

int fa_keep_shelf_look(struct fa_keep_shelf *shelf, const char *folder, struct fa_diag *diag)
{
	DIR *entries = opendir(folder);
	const struct dirent *entry;
	struct stat st;
	int error = 0;

	memset(shelf, 0, sizeof(*shelf));
	shelf->folder = folder;
	if (entries == NULL)
		return failed(folder, errno, diag);
	while (error == 0 && (entry = readdir(entries)) != NULL)
		if (is_ours(entry->d_name, ending) &&
		    fstatat(dirfd(entries), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			error = add_file(shelf, entry->d_name, &st);
	closedir(entries);
	if (error != 0)
		return fa_fail(diag, error, "saved packets: no memory");
	if (shelf->count > 1)
		qsort(shelf->files, shelf->count, sizeof(*shelf->files), compare_files);
	return 0;
}

void fa_keep_shelf_deinit(struct fa_keep_shelf *shelf)
{
	for (size_t i = 0; i < shelf->count; i++)
		free(shelf->files[i].name);
	free(shelf->files);
}

void fa_keep_shelf_trim(struct fa_keep_shelf *shelf, uint64_t bytes,
			const struct fa_keep_selection *selection)
{
	while (shelf->bytes > bytes && shelf->gone < shelf->count) {
		const struct fa_keep_file *file = &shelf->files[shelf->gone++];
		char path[4096];

		if (snprintf(path, sizeof(path), "%s/%s", shelf->folder, file->name) >=
		    (int)sizeof(path))
			continue;
		if (unlink(path) != 0 && errno != ENOENT)
			continue;
		shelf->bytes -= file->bytes;
		if (selection->removed != NULL)
			selection->removed(selection->context, path);
	}
}

void fa_keep_clean(const char *folder)
{
	DIR *entries = opendir(folder);
	const struct dirent *entry;

	while (entries != NULL && (entry = readdir(entries)) != NULL) {
		int fd;

		if (!is_ours(entry->d_name, half_written))
			continue;
		fd = openat(dirfd(entries), entry->d_name,
			    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		if (fd < 0)
			continue;
		if (flock(fd, LOCK_SH | LOCK_NB) == 0)
			unlinkat(dirfd(entries), entry->d_name, 0);
		close(fd);
	}
	if (entries != NULL)
		closedir(entries);
}

/* The Nth name for these packets; false: it is too long. */
static bool name_file(char *path, size_t size, const char *folder, int64_t run, int64_t window,
		      unsigned n, const char *tail)
{
	char number[16] = "";

	if (n > 1)
		snprintf(number, sizeof(number), "-%u", n);
	return snprintf(path, size, "%s/flowaudit-%" PRId64 "-%" PRId64 "%s%s", folder, run, window,
			number, tail) < (int)size;
}

int fa_keep_draft_open(struct fa_keep_draft *draft, const char *folder, int64_t run,
		       int64_t window, struct fa_diag *diag)
{
	int errnum = EEXIST;
	int fd = -1;

	draft->file = NULL;
	for (unsigned n = 1; n <= NAMES_MAX && errnum == EEXIST; n++) {
		if (!name_file(draft->temp, sizeof(draft->temp), folder, run, window, n,
			       half_written))
			return failed(folder, ENAMETOOLONG, diag);
		fd = open(draft->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
		errnum = fd < 0 ? errno : 0;
	}
	if (fd < 0)
		return failed(draft->temp, errnum, diag);
	(void)flock(fd, LOCK_EX | LOCK_NB); /* nobody else has it; without locks it works, too */
	draft->file = fdopen(fd, "w");
	if (draft->file != NULL)
		return 0;
	errnum = errno;
	close(fd);
	unlink(draft->temp);
	return failed(draft->temp, errnum, diag);
}

void fa_keep_draft_abort(struct fa_keep_draft *draft)
{
	if (draft->file == NULL)
		return;
	fclose(draft->file);
	draft->file = NULL;
	unlink(draft->temp);
}

/* Gives it a name that nothing has. */
static int rename_new(const char *from, const char *to)
{
	struct stat st;

	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return errno;
	if (lstat(to, &st) == 0)
		return EEXIST;
	return rename(from, to) == 0 ? 0 : errno;
}

int fa_keep_draft_commit(struct fa_keep_draft *draft, const char *folder, int64_t run,
			 int64_t window, struct fa_keep_saved *saved, struct fa_diag *diag)
{
	int errnum = EEXIST;
	struct stat st;

	errno = 0;
	if (fflush(draft->file) != 0 || fstat(fileno(draft->file), &st) != 0) {
		errnum = errno != 0 ? errno : EIO;
		fa_keep_draft_abort(draft);
		return failed(draft->temp, errnum, diag);
	}
	for (unsigned n = 1; n <= NAMES_MAX && errnum == EEXIST; n++)
		errnum = name_file(saved->path, sizeof(saved->path), folder, run, window, n, ending)
				 ? rename_new(draft->temp, saved->path)
				 : ENAMETOOLONG;
	if (errnum != 0) {
		saved->path[0] = '\0';
		fa_keep_draft_abort(draft);
		return failed(draft->temp, errnum, diag);
	}
	saved->bytes = (uint64_t)st.st_size;
	saved->mtime_ns = mtime_of(&st);
	fclose(draft->file);
	draft->file = NULL;
	return 0;
}
