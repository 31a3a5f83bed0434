/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What confined processes can and cannot do. Every case runs in a child of its own; what kills a
 * child or what it exits with is the result.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "sandbox/sandbox.h"

enum { CANNOT = 99 }; /* the sandbox itself could not be made */

static void skip_without_landlock(void)
{
	if (fa_sandbox_has_landlock())
		return;
	print_message("this kernel has no Landlock\n");
	skip();
}

static char folder[64], elsewhere[64];

static void skip_if_sanitized(void)
{
#ifdef FA_SANITIZERS
	print_message("the run-time of the sanitizers needs calls that the sandbox forbids\n");
	skip();
#endif
}

/* The wait status of a child that does what FN says under CONFINE; FN returns its exit status. */
static int in_child(int (*confine)(void), int (*fn)(void))
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

static int worker(void)
{
	struct fa_diag diag = {{0}};

	return fa_sandbox_worker(&diag);
}

static int auditor(void)
{
	struct fa_diag diag = {{0}};

	return fa_sandbox_auditor(folder, &diag);
}

/* Plain system calls, so that no library call in front of them is what dies. */
static int opens(void)
{
	return (int)syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY, 0);
}

static int connects(void)
{
	return (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static int writes_elsewhere(void)
{
	return (int)syscall(SYS_write, STDOUT_FILENO, "", 0);
}

static int signals_its_parent(void)
{
	return (int)syscall(SYS_tgkill, getppid(), getppid(), 0);
}

static int executes(void)
{
	return (int)syscall(SYS_execve, "/bin/true", NULL, NULL);
}

static int forks(void)
{
	return (int)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static int kills_its_parent(void)
{
	return (int)syscall(SYS_kill, getppid(), 0);
}

static int makes_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0) == MAP_FAILED;
}

static int turns_into_code(void)
{
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(memory, 4096, PROT_READ | PROT_EXEC);
}

static int traces(void)
{
	return (int)syscall(SYS_ptrace, 0, 0, 0, 0);
}

static int reads(void)
{
	char byte;

	return (int)syscall(SYS_read, 0, &byte, 1);
}

static void a_worker_dies_of(void **state)
{
	static const struct {
		const char *name;
		int (*fn)(void);
	} rows[] = {
		{"open", opens},	    {"socket", connects},	  {"execve", executes},
		{"fork", forks},	    {"kill", kills_its_parent},	  {"executable mmap", makes_code},
		{"executable mprotect", turns_into_code}, {"ptrace", traces}, {"read", reads},
		{"write elsewhere", writes_elsewhere}, {"tgkill", signals_its_parent},
	};

	(void)state;
	skip_if_sanitized();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int status = in_child(worker, rows[i].fn);

		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("%s: status %#x", rows[i].name, (unsigned)status);
	}
}

static int out_pipe[2];

/* What a worker needs: memory large and small, clocks, naps, messages, exit. */
static int works(void)
{
	struct timespec ts = {.tv_nsec = 1000};
	unsigned char *blocks[64];
	unsigned sum = 0;

	for (size_t i = 0; i < 64; i++) {
		blocks[i] = malloc((size_t)1 << (i % 24));
		if (blocks[i] == NULL)
			return 1;
		blocks[i][0] = (unsigned char)i;
	}
	blocks[23] = realloc(blocks[23], (size_t)1 << 25);
	for (size_t i = 0; i < 64; i++) {
		sum += blocks[i][0];
		free(blocks[i]);
	}
	if (sum != 63 * 64 / 2 || clock_gettime(CLOCK_MONOTONIC, &ts) != 0)
		return 2;
	ts = (struct timespec){.tv_nsec = 1000};
	if (nanosleep(&ts, NULL) != 0 || getppid() <= 0)
		return 3;
	return write(STDERR_FILENO, "alive", 5) == 5 ? 0 : 4;
}

static int worker_with_a_pipe(void)
{
	if (dup2(out_pipe[1], STDERR_FILENO) < 0)
		return 1;
	fa_sandbox_close_descriptors();
	if (fcntl(out_pipe[0], F_GETFD) >= 0 || fcntl(STDOUT_FILENO, F_GETFD) >= 0)
		return 1;
	return worker();
}

static void a_worker_works(void **state)
{
	char text[8] = "";
	int status;

	(void)state;
	skip_if_sanitized();
	assert_int_equal(pipe(out_pipe), 0);
	status = in_child(worker_with_a_pipe, works);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(read(out_pipe[0], text, 5), 5);
	assert_string_equal(text, "alive");
	close(out_pipe[0]);
	close(out_pipe[1]);
}

static int aborts(void)
{
	abort();
}

static void a_worker_may_abort(void **state)
{
	int status;

	(void)state;
	skip_if_sanitized();
	status = in_child(worker, aborts);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* 0, or the error of making a file there. */
static int make_in(const char *where)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/file", where);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		return errno;
	if (write(fd, "x", 1) != 1 || close(fd) != 0)
		return CANNOT + 1;
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return CANNOT + 2;
	close(fd);
	return unlink(path) == 0 ? 0 : CANNOT + 3;
}

static int makes_in_folder(void)
{
	return make_in(folder);
}

static int makes_elsewhere(void)
{
	return make_in(elsewhere);
}

static int reads_elsewhere(void)
{
	return open("/etc/passwd", O_RDONLY) < 0 ? errno : 0;
}

static int lists_elsewhere(void)
{
	return open("/", O_RDONLY | O_DIRECTORY) < 0 ? errno : 0;
}

static int makes_a_link(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/link", folder);
	return symlink("/etc/passwd", path) < 0 ? errno : 0;
}

static int runs_a_program(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return errno;
}

static int may_gain_privileges(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 1;
}

static void an_auditor_keeps_to_its_folder(void **state)
{
	static const struct {
		const char *name;
		int (*fn)(void);
		int status;
	} rows[] = {
		{"file in its folder", makes_in_folder, 0},
		{"file elsewhere", makes_elsewhere, EACCES},
		{"reading elsewhere", reads_elsewhere, EACCES},
		{"listing elsewhere", lists_elsewhere, EACCES},
		{"a symbolic link, even in its folder", makes_a_link, EACCES},
		{"a program", runs_a_program, EACCES},
		{"no_new_privs", may_gain_privileges, 0},
	};

	(void)state;
	skip_if_sanitized();
	skip_without_landlock();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int status = in_child(auditor, rows[i].fn);

		assert_true(WIFEXITED(status));
		if (WEXITSTATUS(status) != rows[i].status)
			fail_msg("%s: %s", rows[i].name, strerror(WEXITSTATUS(status)));
	}
}

static void no_such_folder(void **state)
{
	struct fa_diag diag = {{0}};

	(void)state;
	skip_without_landlock();
	assert_int_equal(fa_sandbox_auditor("/no/such/folder", &diag), FA_ENOENT);
	assert_non_null(strstr(diag.text, "/no/such/folder"));
	assert_int_equal(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0); /* nothing has changed */
}

/* A grandchild whose parent is killed dies too; one whose parent is gone already is told. */
static void children_die_with_their_parent(void **state)
{
	int report[2], status;
	char byte;
	pid_t middle;

	(void)state;
	assert_int_equal(pipe(report), 0);
	middle = fork();
	assert_true(middle >= 0);
	if (middle == 0) {
		pid_t self = getpid();

		if (fork() == 0) {
			char name[16] = "";

			close(report[0]);
			alarm(20);
			if (fa_sandbox_tie_to_parent(self, "fa-test") != 0)
				_exit(1);
			prctl(PR_GET_NAME, name, 0, 0, 0);
			if (strcmp(name, "fa-test") == 0 && write(report[1], "t", 1) == 1)
				pause();
			_exit(2);
		}
		pause();
		_exit(0);
	}
	close(report[1]);
	assert_int_equal(read(report[0], &byte, 1), 1);
	assert_int_equal(kill(middle, SIGKILL), 0);
	assert_int_equal(waitpid(middle, &status, 0), middle);
	/* The pipe ends when its last writer is gone; with alarm() only after 20 seconds. */
	alarm(10);
	assert_int_equal(read(report[0], &byte, 1), 0);
	alarm(0);
	close(report[0]);
}

static int is_told(void)
{
	return fa_sandbox_tie_to_parent(getpid(), "fa-test") == FA_EDEAD ? 0 : 1;
}

static int not_confined(void)
{
	return 0;
}

static void a_parent_that_is_gone(void **state)
{
	int status = in_child(not_confined, is_told);

	(void)state;
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int group_setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/fa-sandbox-XXXXXX");
	snprintf(elsewhere, sizeof(elsewhere), "/tmp/fa-sandbox-XXXXXX");
	return mkdtemp(folder) != NULL && mkdtemp(elsewhere) != NULL ? 0 : -1;
}

static int group_teardown(void **state)
{
	(void)state;
	return rmdir(folder) == 0 && rmdir(elsewhere) == 0 ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_worker_dies_of),
		cmocka_unit_test(a_worker_works),
		cmocka_unit_test(a_worker_may_abort),
		cmocka_unit_test(an_auditor_keeps_to_its_folder),
		cmocka_unit_test(no_such_folder),
		cmocka_unit_test(children_die_with_their_parent),
		cmocka_unit_test(a_parent_that_is_gone),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
