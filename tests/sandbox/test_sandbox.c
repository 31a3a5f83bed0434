/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What workers can and cannot do, and how children end with their parent. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "children.h"
#include "sandbox/sandbox.h"

static int worker(void)
{
	struct fa_diag diag = {{0}};

	return fa_sandbox_worker(&diag);
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

/* What all workers read in common, none may write. */
static int writes_where_it_may_read(void)
{
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED || mprotect(memory, 4096, PROT_READ) != 0)
		return 1;
	return mprotect(memory, 4096, PROT_READ | PROT_WRITE) == 0 ? 0 : errno;
}

static void a_worker_cannot_make_memory_writable(void **state)
{
	int status;

	(void)state;
	skip_if_sanitized();
	status = in_child(worker, writes_where_it_may_read);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EPERM);
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

static void a_parent_that_is_gone(void **state)
{
	int status = in_child(is_not_confined, is_told);

	(void)state;
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_worker_dies_of),
		cmocka_unit_test(a_worker_works),
		cmocka_unit_test(a_worker_cannot_make_memory_writable),
		cmocka_unit_test(a_worker_may_abort),
		cmocka_unit_test(children_die_with_their_parent),
		cmocka_unit_test(a_parent_that_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
