/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole file in memory. */
#include "yaml/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads to the end; how much there was, up to SIZE. Negative with errno. */
static ssize_t read_all(int fd, char *text, size_t size)
{
	size_t used = 0;

	while (used < size) {
		ssize_t got = read(fd, text + used, size - used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		used += (size_t)got;
	}
	return (ssize_t)used;
}

int fa_yaml_file_read(struct fa_yaml_arena *arena, const char *path, const char *what,
		      size_t max_bytes, struct fa_yaml_file *out, struct fa_diag *diag)
{
	struct stat status;
	ssize_t len;
	char *text;
	int error = 0;
	/* Not to be held up by a named pipe. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	*out = (struct fa_yaml_file){0};
	if (fd < 0 || fstat(fd, &status) != 0)
		goto unreadable;
	if (!S_ISREG(status.st_mode)) {
		error = fa_fail(diag, FA_EINVAL, "%s",
				S_ISDIR(status.st_mode) ? "a folder, not a file" : "not a file");
		goto out;
	}
	if ((size_t)status.st_size > max_bytes) {
		out->len = max_bytes + 1;
		goto out;
	}
	/* One byte of room shows a file that is too long, also when it grew just now. */
	text = fa_yaml_alloc(arena, (size_t)status.st_size + 1, 1);
	if (text == NULL) {
		error = fa_fail(diag, FA_ENOMEM, "no memory to read it");
		goto out;
	}
	len = read_all(fd, text, (size_t)status.st_size + 1);
	if (len < 0)
		goto unreadable;
	out->text = text;
	out->len = (size_t)len;
	goto out;
unreadable:
	error = fa_fail(diag, fa_error_from_errno(errno), "cannot read this %s: %s", what,
			strerror(errno));
out:
	if (fd >= 0)
		close(fd);
	return error;
}
