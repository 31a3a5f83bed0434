/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Landlock in each version that the kernel has, without the filter that stands in front of it. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "children.h"
#include "sandbox/landlock.h"

/* How the children confine themselves. */
static int version;
static bool abstract_sockets = true;
static struct fa_sandbox_paths paths;
static const char *const writable[] = {folder, elsewhere};
static const char *const *optional;

static int confine(void)
{
	struct fa_landlock what = fa_landlock_all(version, abstract_sockets);
	struct fa_diag diag = {{0}};

	return fa_landlock_restrict(&what, &paths, optional, &diag);
}

static void only_folder(void)
{
	version = fa_landlock_abi();
	abstract_sockets = true;
	optional = NULL;
	paths = (struct fa_sandbox_paths){.writable = writable, .writable_count = 1};
}

/* The numbers of the kernel's document: access rights, and "previous limitations" by version. */
static void versions_forbid_what_they_know(void **state)
{
	static const struct fa_landlock rows[] = {
		{0, 0, 0},	{0x1fff, 0, 0}, {0x3fff, 0, 0}, {0x7fff, 0, 0},
		{0x7fff, 3, 0}, {0xffff, 3, 0}, {0xffff, 3, 3}, {0xffff, 3, 3},
	};

	(void)state;
	for (int abi = 0; abi < (int)(sizeof(rows) / sizeof(rows[0])); abi++) {
		struct fa_landlock all = fa_landlock_all(abi, true);

		assert_memory_equal(&all, &rows[abi], sizeof(all));
		all = fa_landlock_all(abi, false);
		assert_int_equal(all.scoped, rows[abi].scoped & ~1u);
	}
}

static void files_in_every_version(void **state)
{
	static const struct attempt attempts[] = {
		{"file in its folder", makes_in_folder, 0},
		{"renaming in its folder", renames_in_folder, 0},
		{"file elsewhere", makes_elsewhere, EACCES},
		{"reading elsewhere", reads_elsewhere, EACCES},
		{"writing elsewhere", writes_there, EACCES},
		{"listing elsewhere", lists_elsewhere, EACCES},
		{"a symbolic link, even in its folder", makes_a_link, EACCES},
		{"a program", runs_a_program, EACCES},
		{"no_new_privs", has_no_new_privs, 0},
	};

	(void)state;
	skip_without_landlock();
	only_folder();
	for (version = fa_landlock_abi(); version > 0; version--) {
		const struct attempt truncates[] = {
			{"truncating elsewhere", truncates_elsewhere, version >= 3 ? EACCES : 0},
		};

		try_all(confine, attempts, sizeof(attempts) / sizeof(attempts[0]));
		try_all(confine, truncates, 1);
	}
}

static void between_folders(void **state)
{
	static const struct attempt attempts[] = {
		{"file in its folder", makes_in_folder, 0},
		{"file in the other one", makes_elsewhere, 0},
		{"renaming between folders", moves_elsewhere, EXDEV},
	};

	(void)state;
	skip_without_landlock();
	only_folder();
	paths.writable_count = 2;
	try_all(confine, attempts, sizeof(attempts) / sizeof(attempts[0]));
}

/* A folder, a single file, and what may be missing. */
static void reading(void **state)
{
	static const char *const one_folder[] = {elsewhere};
	static const char *const one_file[] = {"/etc/passwd"};
	static const char *const maybe[] = {"/no/such/folder", elsewhere, NULL};
	static const struct attempt in_folder[] = {
		{"reading there", reads_there, 0},
		{"writing there", writes_there, EACCES},
		{"making there", makes_elsewhere, EACCES},
		{"truncating", truncates_elsewhere, EACCES},
		{"the file", reads_elsewhere, EACCES},
		{"file in its folder", makes_in_folder, 0},
	};
	static const struct attempt of_file[] = {
		{"reading there", reads_there, EACCES},
		{"the file", reads_elsewhere, 0},
	};

	(void)state;
	skip_without_landlock();
	if (fa_landlock_abi() < 3)
		skip();
	only_folder();
	paths.readable_count = 1;
	paths.readable = one_folder;
	try_all(confine, in_folder, sizeof(in_folder) / sizeof(in_folder[0]));
	paths.readable = one_file;
	try_all(confine, of_file, sizeof(of_file) / sizeof(of_file[0]));
	paths.readable_count = 0;
	optional = maybe;
	try_all(confine, in_folder, sizeof(in_folder) / sizeof(in_folder[0]));
}

static struct sockaddr_in listener;
static struct sockaddr_un abstract;

static int tries_to_connect(int family, const void *address, socklen_t len)
{
	int fd = socket(family, SOCK_STREAM, 0);

	return connect(fd, address, len) == 0 ? 0 : errno;
}

static int connects_by_tcp(void)
{
	return tries_to_connect(AF_INET, &listener, sizeof(listener));
}

static int connects_to_abstract(void)
{
	return tries_to_connect(AF_UNIX, &abstract, sizeof(abstract));
}

static int binds_tcp(void)
{
	struct sockaddr_in any = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return bind(fd, (struct sockaddr *)&any, sizeof(any)) == 0 ? 0 : errno;
}

static int signals_its_parent(void)
{
	return kill(getppid(), 0) == 0 ? 0 : errno;
}

static int signals_its_child(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		pause();
		_exit(0);
	}
	if (kill(pid, SIGKILL) != 0 || waitpid(pid, &status, 0) != pid)
		return BROKEN;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? 0 : BROKEN;
}

/* A listener on the loopback device, and one on an abstract socket. */
static void listen_there(int fds[2])
{
	socklen_t len = sizeof(listener);

	fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	listener = (struct sockaddr_in){.sin_family = AF_INET};
	listener.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fds[0], (struct sockaddr *)&listener, sizeof(listener)), 0);
	assert_int_equal(listen(fds[0], 32), 0);
	assert_int_equal(getsockname(fds[0], (struct sockaddr *)&listener, &len), 0);
	fds[1] = socket(AF_UNIX, SOCK_STREAM, 0);
	abstract = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(abstract.sun_path + 1, sizeof(abstract.sun_path) - 1, "fa-test-%d", getpid());
	assert_int_equal(bind(fds[1], (struct sockaddr *)&abstract, sizeof(abstract)), 0);
	assert_int_equal(listen(fds[1], 32), 0);
}

static void others_are_out_of_reach(void **state)
{
	int fds[2];

	(void)state;
	skip_without_landlock();
	only_folder();
	listen_there(fds);
	for (version = fa_landlock_abi(); version > 0; version--) {
		int tcp = version >= 4 ? EACCES : 0, scoped = version >= 6 ? EPERM : 0;
		const struct attempt attempts[] = {
			{"TCP connect", connects_by_tcp, tcp},
			{"TCP bind", binds_tcp, tcp},
			{"signal to the parent", signals_its_parent, scoped},
			{"signal to a child", signals_its_child, 0},
			{"abstract socket", connects_to_abstract, scoped},
		};
		const struct attempt without[] = {
			{"abstract socket, allowed", connects_to_abstract, 0},
			{"signal to the parent", signals_its_parent, scoped},
		};

		abstract_sockets = true;
		try_all(confine, attempts, sizeof(attempts) / sizeof(attempts[0]));
		abstract_sockets = false;
		try_all(confine, without, sizeof(without) / sizeof(without[0]));
	}
	close(fds[0]);
	close(fds[1]);
}

static void no_such_folder(void **state)
{
	static const char *const missing[] = {"/no/such/folder"};
	struct fa_sandbox_paths wrong = {.writable = missing, .writable_count = 1};
	struct fa_landlock what = fa_landlock_all(fa_landlock_abi(), true);
	struct fa_diag diag = {{0}};

	(void)state;
	skip_without_landlock();
	assert_int_equal(fa_landlock_restrict(&what, &wrong, NULL, &diag), FA_ENOENT);
	assert_non_null(strstr(diag.text, "/no/such/folder"));
	assert_int_equal(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0); /* nothing has changed */
	assert_int_equal(fa_landlock_in_force(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_forbid_what_they_know),
		cmocka_unit_test(files_in_every_version),
		cmocka_unit_test(between_folders),
		cmocka_unit_test(reading),
		cmocka_unit_test(others_are_out_of_reach),
		cmocka_unit_test(no_such_folder),
	};

	return cmocka_run_group_tests(tests, children_setup, children_teardown);
}
