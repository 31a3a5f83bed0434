/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that appear complete or not at all. */
#include "report/output.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Temporary files that a signal removes. A child after fork owns none of them. */
static struct {
	const char *volatile path;
	pid_t owner;
} doomed[20]; /* a folder of CSV files has twelve at a time */

static const int ending_signals[] = {SIGHUP, SIGINT, SIGTERM};
static struct sigaction old_actions[COUNT(ending_signals)];
static bool handled[COUNT(ending_signals)];

static void remove_and_end(int signum)
{
	for (size_t i = 0; i < COUNT(doomed); i++)
		if (doomed[i].path != NULL && doomed[i].owner == getpid())
			unlink(doomed[i].path);
	/* SA_RESETHAND put the default back: the signal ends the program as it would have. */
	raise(signum);
}

static void handlers_set(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = remove_and_end;
	action.sa_flags = (int)SA_RESETHAND;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < COUNT(ending_signals); i++) {
		if (handled[i] || sigaction(ending_signals[i], NULL, &old_actions[i]) != 0)
			continue;
		if ((old_actions[i].sa_flags & SA_SIGINFO) != 0 ||
		    old_actions[i].sa_handler != SIG_DFL)
			continue;
		handled[i] = sigaction(ending_signals[i], &action, NULL) == 0;
	}
}

static void handlers_restore(void)
{
	struct sigaction now;

	for (size_t i = 0; i < COUNT(ending_signals); i++) {
		if (!handled[i])
			continue;
		/* Somebody may have set his own in the meantime: leave it. */
		if (sigaction(ending_signals[i], NULL, &now) == 0 &&
		    now.sa_handler == remove_and_end)
			sigaction(ending_signals[i], &old_actions[i], NULL);
		handled[i] = false;
	}
}

static int slot_take(const char *path)
{
	for (size_t i = 0; i < COUNT(doomed); i++) {
		if (doomed[i].path != NULL)
			continue;
		doomed[i].owner = getpid();
		doomed[i].path = path;
		handlers_set();
		return (int)i;
	}
	return -1;
}

static void slot_release(int slot)
{
	if (slot < 0)
		return;
	doomed[slot].path = NULL;
	for (size_t i = 0; i < COUNT(doomed); i++)
		if (doomed[i].path != NULL)
			return;
	handlers_restore();
}

static int write_error(int errnum)
{
	return fa_error_from_errno(errnum) == FA_EFULL ? FA_EFULL : FA_EIO;
}

int fa_output_check(FILE *file, struct fa_diag *diag)
{
	int errnum = errno;

	if (!ferror(file))
		return 0;
	if (errnum == 0)
		errnum = EIO;
	return fa_fail(diag, write_error(errnum), "cannot write: %s", strerror(errnum));
}

int fa_output_flush(FILE *file, struct fa_diag *diag)
{
	int err = fa_output_check(file, diag);

	if (err != 0)
		return err;
	if (fflush(file) != 0)
		return fa_fail(diag, write_error(errno), "cannot write: %s", strerror(errno));
	return 0;
}

static void forget(struct fa_output *output)
{
	slot_release(output->slot);
	free(output->path);
	free(output->temp);
	memset(output, 0, sizeof(*output));
	output->slot = -1;
}

char *fa_output_temp_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	size_t size = strlen(path) + sizeof(".." "XXXXXX");
	char *temp = malloc(size);

	if (temp != NULL)
		snprintf(temp, size, "%.*s.%s.XXXXXX", (int)(name - path), path, name);
	return temp;
}

/* Permissions of the file that is replaced, or what the umask leaves. */
static mode_t wanted_mode(const struct stat *old)
{
	mode_t mask;

	if (old != NULL)
		return old->st_mode & 0777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

static int open_temp(struct fa_output *output, const struct stat *old, struct fa_diag *diag)
{
	int fd;

	output->temp = fa_output_temp_name(output->path);
	if (output->temp == NULL)
		return fa_fail(diag, FA_ENOMEM, "%s: out of memory", output->path);
	fd = mkstemp(output->temp);
	if (fd < 0)
		return fa_fail(diag, fa_error_from_errno(errno),
			       "%s: cannot create a file in its folder: %s", output->path,
			       strerror(errno));
	output->slot = slot_take(output->temp);
	if (fchmod(fd, wanted_mode(old)) == 0)
		output->file = fdopen(fd, "w");
	if (output->file != NULL)
		return 0;
	fa_fail(diag, FA_EIO, "%s: cannot open for writing: %s", output->path, strerror(errno));
	close(fd);
	unlink(output->temp);
	return FA_EIO;
}

static int open_directly(struct fa_output *output, struct fa_diag *diag)
{
	output->file = fopen(output->path, "w");
	if (output->file != NULL)
		return 0;
	return fa_fail(diag, fa_error_from_errno(errno), "%s: cannot open for writing: %s",
		       output->path, strerror(errno));
}

int fa_output_open(struct fa_output *output, const char *path, struct fa_diag *diag)
{
	struct stat old;
	bool exists;
	int err;

	memset(output, 0, sizeof(*output));
	output->slot = -1;
	if (strcmp(path, "-") == 0) {
		output->file = stdout;
		return 0;
	}
	exists = stat(path, &old) == 0;
	if (exists && S_ISDIR(old.st_mode))
		return fa_fail(diag, FA_EINVAL, "%s: is a folder, not a file", path);
	output->path = exists ? realpath(path, NULL) : strdup(path);
	if (output->path == NULL)
		return fa_fail(diag, fa_error_from_errno(errno), "%s: %s", path, strerror(errno));
	if (exists && !S_ISREG(old.st_mode))
		err = open_directly(output, diag);
	else
		err = open_temp(output, exists ? &old : NULL, diag);
	if (err != 0)
		forget(output);
	return err;
}

int fa_output_commit(struct fa_output *output, struct fa_diag *diag)
{
	int err = fa_output_flush(output->file, diag);

	if (output->path == NULL) {
		forget(output);
		return err;
	}
	/* A pipe or device cannot be synchronised, and need not be. */
	if (err == 0 && output->temp != NULL && fsync(fileno(output->file)) != 0 && errno != EINVAL)
		err = fa_fail(diag, write_error(errno), "cannot write: %s", strerror(errno));
	if (fclose(output->file) != 0 && err == 0)
		err = fa_fail(diag, write_error(errno), "cannot write: %s", strerror(errno));
	if (err != 0)
		fa_fail_in(diag, err, "%s", output->path);
	if (err == 0 && output->temp != NULL && rename(output->temp, output->path) != 0)
		err = fa_fail(diag, fa_error_from_errno(errno), "%s: cannot put in place: %s",
			      output->path, strerror(errno));
	if (err != 0 && output->temp != NULL)
		unlink(output->temp);
	forget(output);
	return err;
}

void fa_output_abort(struct fa_output *output)
{
	if (output->file != NULL && output->path != NULL)
		fclose(output->file);
	if (output->temp != NULL)
		unlink(output->temp);
	if (output->file != NULL)
		forget(output);
}
