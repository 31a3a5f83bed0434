/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the names a person gave to a list of inputs. */
#include "capture/inputs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/slots.h"
#include "base/text.h"
#include "base/time.h"
#include "capture/source.h"

#define STDIN_LABEL "standard input"

static int fail_errno(struct fa_diag *diag, const char *label, int errnum)
{
	return fa_fail(diag, fa_error_from_errno(errnum), "%s: cannot be opened: %s", label,
		       strerror(errnum));
}

static int fail_memory(struct fa_diag *diag)
{
	return fa_fail(diag, FA_ENOMEM, "no memory for the list of inputs");
}

static const struct fa_input *find_same(const struct fa_inputs *inputs, const struct stat *status)
{
	for (size_t i = 0; i < inputs->count; i++)
		if (inputs->items[i].device == status->st_dev &&
		    inputs->items[i].inode == status->st_ino)
			return &inputs->items[i];
	return NULL;
}

/* Bytes to be read: standard input may be a file that somebody has begun to read. */
static uint64_t bytes_left(const char *path, const struct stat *status)
{
	off_t at = path == NULL ? lseek(STDIN_FILENO, 0, SEEK_CUR) : 0;

	if (!S_ISREG(status->st_mode) || at < 0 || at > status->st_size)
		return 0;
	return (uint64_t)(status->st_size - at);
}

/* 0 for what is no regular file. */
static int64_t changed_ns(const struct stat *status)
{
	if (!S_ISREG(status->st_mode))
		return 0;
	return (int64_t)status->st_mtim.tv_sec * FA_NS_PER_SECOND + status->st_mtim.tv_nsec;
}

/* Adds PATH (NULL: standard input) unless it is there already. */
static int add(struct fa_inputs *inputs, const char *path, const char *label,
	       const struct stat *status, const struct fa_source_options *options,
	       struct fa_diag *diag)
{
	const struct fa_input *same = find_same(inputs, status);
	void *items = inputs->items;
	struct fa_input *input;

	if (same != NULL) {
		fa_source_warn(options, "%s: given twice (the same file as %s): read once", label,
			       same->label);
		return FA_OK;
	}
	if (!fa_array_reserve(&items, &inputs->room, inputs->count + 1, sizeof(*input)))
		return fail_memory(diag);
	inputs->items = items;
	input = &inputs->items[inputs->count];
	*input = (struct fa_input){.order = inputs->count};
	input->device = status->st_dev;
	input->inode = status->st_ino;
	input->regular = S_ISREG(status->st_mode);
	input->size_bytes = bytes_left(path, status);
	input->mtime_ns = changed_ns(status);
	fa_text_copy(input->label, sizeof(input->label), label);
	inputs->count++;
	if (path == NULL)
		return FA_OK;
	input->path = strdup(path);
	if (input->path == NULL)
		return fail_memory(diag);
	input->absolute = realpath(path, NULL);
	/* What is open as /dev/fd/N may have no other name: a pipe, a file that was deleted. */
	if (input->absolute == NULL && errno == ENOENT)
		input->absolute = strdup(path);
	return input->absolute != NULL ? FA_OK : fail_errno(diag, label, errno);
}

static int add_stdin(struct fa_inputs *inputs, const struct fa_source_options *options,
		     struct fa_diag *diag)
{
	struct stat status;

	if (fstat(STDIN_FILENO, &status) != 0)
		return fail_errno(diag, STDIN_LABEL, errno);
	if (isatty(STDIN_FILENO))
		return fa_fail(diag, FA_EINVAL, STDIN_LABEL ": a terminal, not a capture");
	return add(inputs, NULL, STDIN_LABEL, &status, options, diag);
}

/* What a directory gave. */
struct listing {
	size_t captures;
	size_t others;
	char first_other[FA_INPUT_LABEL];
};

/* One entry of a directory. */
static int add_entry(struct fa_inputs *inputs, struct listing *listing, const char *path,
		     const struct fa_source_options *options, struct fa_diag *diag)
{
	char label[FA_INPUT_LABEL];
	struct stat status;
	int fd;

	fa_text_safe(path, strlen(path), label, sizeof(label));
	if (stat(path, &status) != 0)
		return fail_errno(diag, label, errno);
	if (!S_ISREG(status.st_mode))
		return FA_OK;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return fail_errno(diag, label, errno);
	if (fa_reader_recognises(fd, options)) {
		listing->captures++;
		return add(inputs, path, label, &status, options, diag);
	}
	if (listing->others++ == 0)
		fa_text_copy(listing->first_other, sizeof(listing->first_other), label);
	return FA_OK;
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name); /* the same order in every locale */
}

static int add_entries(struct fa_inputs *inputs, struct listing *listing, const char *path,
		       struct dirent **entries, int count, const struct fa_source_options *options,
		       struct fa_diag *diag)
{
	size_t len = strlen(path);
	const char *slash = len > 0 && path[len - 1] == '/' ? "" : "/";
	char *name;
	int err = FA_OK;

	for (int i = 0; i < count && err == FA_OK; i++) {
		if (asprintf(&name, "%s%s%s", path, slash, entries[i]->d_name) < 0)
			return fail_memory(diag);
		err = add_entry(inputs, listing, name, options, diag);
		free(name);
	}
	return err;
}

static int add_directory(struct fa_inputs *inputs, const char *path, const char *label,
			 const struct fa_source_options *options, struct fa_diag *diag)
{
	struct listing listing = {.captures = 0};
	struct dirent **entries;
	int count = scandir(path, &entries, not_hidden, by_name);
	int err;

	if (count < 0)
		return fail_errno(diag, label, errno);
	err = add_entries(inputs, &listing, path, entries, count, options, diag);
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	if (err != FA_OK)
		return err;
	if (listing.captures == 0)
		return fa_fail(diag, FA_EFORMAT,
			       "%s: a directory without captures (subdirectories are not searched)",
			       label);
	if (listing.others > 0)
		fa_source_warn(options, "%s: %zu file%s not read, being no captures: %s%s", label,
			       listing.others, listing.others == 1 ? "" : "s", listing.first_other,
			       listing.others == 1 ? "" : " ...");
	return FA_OK;
}

static int add_name(struct fa_inputs *inputs, const char *name,
		    const struct fa_source_options *options, struct fa_diag *diag)
{
	char label[FA_INPUT_LABEL];
	struct stat status;

	if (strcmp(name, "-") == 0)
		return add_stdin(inputs, options, diag);
	fa_text_safe(name, strlen(name), label, sizeof(label));
	if (stat(name, &status) != 0)
		return fail_errno(diag, label, errno);
	if (S_ISDIR(status.st_mode))
		return add_directory(inputs, name, label, options, diag);
	return add(inputs, name, label, &status, options, diag);
}

int fa_inputs_expand(struct fa_inputs *inputs, const char *const *names, size_t count,
		     const struct fa_source_options *options, struct fa_diag *diag)
{
	int err = FA_OK;

	*inputs = (struct fa_inputs){.count = 0};
	if (count == 0)
		return fa_fail(diag, FA_EINVAL, "no capture file given");
	for (size_t i = 0; i < count && err == FA_OK; i++)
		err = add_name(inputs, names[i], options, diag);
	return err;
}

void fa_inputs_free(struct fa_inputs *inputs)
{
	for (size_t i = 0; i < inputs->count; i++) {
		fa_input_close(&inputs->items[i]);
		free(inputs->items[i].path);
		free(inputs->items[i].absolute);
	}
	free(inputs->items);
	*inputs = (struct fa_inputs){.count = 0};
}

/* O_NONBLOCK: the writer of a named pipe is waited for while reading, where the wait can end. */
int fa_input_open(struct fa_input *input, const struct fa_inputs_shared *shared,
		  struct fa_diag *diag)
{
	struct fa_reader_setup setup = {
		.options = shared->options,
		.label = input->label,
		.origins = shared->origins,
		.noted = shared->noted,
		.input = (uint32_t)input->order,
		.known_count = input->known_count,
	};
	struct stat status;
	int fd;
	int err;

	if (input->path == NULL)
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	else
		fd = open(input->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return fail_errno(diag, input->label, errno);
	if (fstat(fd, &status) != 0 || status.st_dev != input->device ||
	    status.st_ino != input->inode) {
		close(fd);
		return fa_fail(diag, FA_EIO, "%s: another file took its place while it was read",
			       input->label);
	}
	if (input->known_count == 0)
		input->known = (uint32_t)shared->origins->count;
	setup.known = input->known;
	err = fa_reader_open(&input->reader, fd, &setup, diag);
	/* A wrong filter is no fault of the input: its message stands alone. */
	if (err == FA_OK || err == FA_EINVAL)
		return err;
	return fa_fail_in(diag, err, "%s", input->label);
}

void fa_input_close(struct fa_input *input)
{
	if (input->reader != NULL && input->known_count == 0)
		input->known_count = fa_reader_interfaces(input->reader);
	fa_reader_free(input->reader);
	input->reader = NULL;
}
