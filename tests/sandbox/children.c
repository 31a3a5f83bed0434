/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Children for the tests of confined processes. */
#include "children.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/sandbox.h"

char folder[64], elsewhere[64];
static char there[128];

void skip_if_sanitized(void)
{
#ifdef FA_SANITIZERS
	print_message("the run-time of the sanitizers needs calls that the sandbox forbids\n");
	skip();
#endif
}

void skip_without_landlock(void)
{
	if (fa_sandbox_has_landlock())
		return;
	print_message("this kernel has no Landlock\n");
	skip();
}

int in_child(int (*confine)(void), int (*fn)(void))
{
	int status = -1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		const struct rlimit none = {0, 0};

		setrlimit(RLIMIT_CORE, &none);
		alarm(20);
		if (confine() != 0)
			_exit(CANNOT);
		_exit(fn());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static const char *exit_text(int status)
{
	return status == CANNOT	  ? "cannot confine itself"
	       : status == BROKEN ? "broken"
	       : status == 0	  ? "success"
				  : strerror(status);
}

void try_all(int (*confine)(void), const struct attempt *attempts, size_t count)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < count; i++) {
		int status = in_child(confine, attempts[i].fn);

		if (WIFEXITED(status) && WEXITSTATUS(status) == attempts[i].expected)
			continue;
		wrong++;
		if (WIFEXITED(status))
			print_error("%s: %d (%s), expected: %s\n", attempts[i].name,
				    WEXITSTATUS(status), exit_text(WEXITSTATUS(status)),
				    exit_text(attempts[i].expected));
		else
			print_error("%s: status %#x, expected: %s\n", attempts[i].name,
				    (unsigned)status, exit_text(attempts[i].expected));
	}
	assert_int_equal(wrong, 0);
}

int children_setup(void **state)
{
	int fd;

	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/fa-sandbox-XXXXXX");
	snprintf(elsewhere, sizeof(elsewhere), "/tmp/fa-sandbox-XXXXXX");
	if (mkdtemp(folder) == NULL || mkdtemp(elsewhere) == NULL)
		return -1;
	snprintf(there, sizeof(there), "%s/there", elsewhere);
	fd = open(there, O_WRONLY | O_CREAT | O_EXCL, 0666);
	return fd >= 0 && write(fd, "four", 4) == 4 && close(fd) == 0 ? 0 : -1;
}

int children_teardown(void **state)
{
	(void)state;
	return unlink(there) == 0 && rmdir(folder) == 0 && rmdir(elsewhere) == 0 ? 0 : -1;
}

static int make_in(const char *where)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/file", where);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		return errno;
	if (write(fd, "x", 1) != 1 || ftruncate(fd, 0) != 0 || close(fd) != 0)
		return BROKEN;
	fd = open(path, O_RDONLY | O_TRUNC);
	if (fd < 0)
		return BROKEN;
	close(fd);
	return unlink(path) == 0 ? 0 : BROKEN;
}

int makes_in_folder(void)
{
	return make_in(folder);
}

int makes_elsewhere(void)
{
	return make_in(elsewhere);
}

static int make_and_rename(const char *to)
{
	char path[128];
	int fd, error;

	snprintf(path, sizeof(path), "%s/new", folder);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	if (fd < 0)
		return errno;
	close(fd);
	error = rename(path, to) == 0 ? 0 : errno;
	unlink(error == 0 ? to : path);
	return error;
}

int renames_in_folder(void)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/old", folder);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	if (fd < 0)
		return errno;
	close(fd);
	return make_and_rename(path);
}

int moves_elsewhere(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/moved", elsewhere);
	return make_and_rename(path);
}

int truncates_elsewhere(void)
{
	return truncate(there, 4) == 0 ? 0 : errno;
}

static int open_and_close(const char *path, int flags)
{
	int fd = open(path, flags);

	return fd < 0 ? errno : close(fd);
}

int reads_there(void)
{
	return open_and_close(there, O_RDONLY);
}

int writes_there(void)
{
	return open_and_close(there, O_WRONLY);
}

int reads_elsewhere(void)
{
	return open_and_close("/etc/passwd", O_RDONLY);
}

int lists_elsewhere(void)
{
	return open_and_close("/", O_RDONLY | O_DIRECTORY);
}

int makes_a_link(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/link", folder);
	if (symlink("/etc/passwd", path) != 0)
		return errno;
	unlink(path);
	return 0;
}

int runs_a_program(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return errno;
}

int has_no_new_privs(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 1;
}

int makes_code(void)
{
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? errno : 0;
}

int turns_into_code(void)
{
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(memory, 4096, PROT_READ | PROT_EXEC) == 0 ? 0 : errno;
}

int is_not_confined(void)
{
	return 0;
}
