/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The auditor and the first process of a live capture: what they need works, the rest fails. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "children.h"
#include "classify/classify.h"
#include "sandbox/sandbox.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const writable[] = {folder};
static const char *const both[] = {folder, elsewhere};
static const char *const readable[] = {elsewhere};

static int auditor(void)
{
	const struct fa_sandbox_paths paths = {.writable = writable, .writable_count = 1};
	struct fa_diag diag = {{0}};

	return fa_sandbox_auditor(&paths, &diag);
}

static int supervisor(void)
{
	const struct fa_sandbox_paths paths = {writable, 1, readable, 1};
	struct fa_diag diag = {{0}};

	return fa_sandbox_supervisor(&paths, &diag);
}

/* ------------------------------------------------------------- attempts */

static int makes_socket(int family, int type)
{
	return socket(family, type, 0) >= 0 ? 0 : errno;
}

static int makes_inet_socket(void)
{
	return makes_socket(AF_INET, SOCK_STREAM);
}

static int makes_inet6_socket(void)
{
	return makes_socket(AF_INET6, SOCK_DGRAM);
}

static int makes_packet_socket(void)
{
	return makes_socket(AF_PACKET, SOCK_RAW);
}

static int makes_netlink_socket(void)
{
	return makes_socket(AF_NETLINK, SOCK_RAW);
}

/* No system call has a number that high: closed like one that is made tomorrow. */
static int calls_of_the_future(void)
{
	return syscall(4000) == 0 ? 0 : errno;
}

static int traces(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : errno;
}

static int becomes_root_elsewhere(void)
{
	return unshare(CLONE_NEWUSER) == 0 ? 0 : errno;
}

static int clones_a_namespace(void)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return pid > 0 ? 0 : errno;
}

static int clones_the_new_way(void)
{
	return syscall(SYS_clone3, NULL, 0) == 0 ? 0 : errno;
}

static int changes_its_user(void)
{
	return setresuid(65534, 65534, 65534) == 0 ? 0 : errno;
}

static int types_into_the_terminal(void)
{
	return ioctl(STDERR_FILENO, TIOCSTI, "x") == 0 ? 0 : errno;
}

/* The kernel looks at the lower half of the number only. */
static int types_with_a_wide_number(void)
{
	return ioctl(STDERR_FILENO, TIOCSTI | 1UL << 32, "x") == 0 ? 0 : errno;
}

static int limits_its_parent(void)
{
	struct rlimit limit;

	return prlimit(getppid(), RLIMIT_NOFILE, NULL, &limit) == 0 ? 0 : errno;
}

static int changes_modes(void)
{
	return chmod(folder, 0777) == 0 ? 0 : errno;
}

static int signals_its_parent(void)
{
	return kill(getppid(), 0) == 0 ? 0 : errno;
}

static int forks(void)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return errno;
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		pause();
		_exit(0);
	}
	if (kill(pid, SIGKILL) != 0 || waitpid(pid, &status, 0) != pid)
		return BROKEN;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? 0 : BROKEN;
}

/* A database as the auditor has it, in WAL mode, written and checkpointed. */
static int keeps_a_database(void)
{
	static const char *const files[] = {"db", "db-wal", "db-shm"};
	char path[128];
	sqlite3 *database;
	int error;

	snprintf(path, sizeof(path), "%s/db", folder);
	if (sqlite3_open(path, &database) != SQLITE_OK)
		return BROKEN;
	error = sqlite3_exec(database,
			     "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;"
			     "CREATE TABLE t (x); BEGIN IMMEDIATE;"
			     "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
			     "WHERE i < 20000) INSERT INTO t SELECT randomblob(50) FROM n; COMMIT;"
			     "CREATE INDEX i ON t (x); DELETE FROM t;"
			     "PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);",
			     NULL, NULL, NULL);
	if (sqlite3_close(database) != SQLITE_OK)
		error = BROKEN;
	for (size_t i = 0; i < COUNT(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		unlink(path);
	}
	return error == SQLITE_OK ? 0 : BROKEN;
}

static void *in_thread(void *result)
{
	*(int *)result = keeps_a_database();
	return NULL;
}

static int keeps_a_database_in_a_thread(void)
{
	int result = BROKEN, error;
	pthread_t thread;

	error = pthread_create(&thread, NULL, in_thread, &result);
	if (error != 0)
		return error;
	return pthread_join(thread, NULL) == 0 ? result : BROKEN;
}

static int locks(void)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1, .l_len = 1};
	char path[128];
	int fd, error;

	snprintf(path, sizeof(path), "%s/lock", folder);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	if (fd < 0)
		return errno;
	error = fcntl(fd, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
	unlink(path);
	return error;
}

static int local_listener = -1, local_datagrams = -1;
static struct sockaddr_un local, notify;

/* Where events go: a socket with a path, outside of the folders. */
static int connects_locally(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&local, sizeof(local)) != 0)
		return errno;
	return send(fd, "{}\n", 3, MSG_NOSIGNAL) == 3 ? 0 : errno;
}

/* The service manager's socket may be abstract. */
static int notifies(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return sendto(fd, "READY=1", 7, MSG_NOSIGNAL, (struct sockaddr *)&notify, sizeof(notify)) ==
			       7
		       ? 0
		       : errno;
}

static int asks_for_an_interface(void)
{
	struct ifreq request = {.ifr_name = "lo"};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (fd < 0 || ioctl(fd, SIOCGIFINDEX, &request) != 0)
		return errno;
	return request.ifr_ifindex > 0 && if_nametoindex("lo") > 0 ? 0 : BROKEN;
}

static int reads_device_counters(void)
{
	int fd = open("/sys/class/net/lo/statistics/rx_dropped", O_RDONLY);
	char text[32];

	if (fd < 0)
		return errno;
	return read(fd, text, sizeof(text)) > 0 ? 0 : errno;
}

/* Inspection begins as in a worker, and then only computes. */
static int works(void)
{
	struct fa_classifier_options options = fa_classifier_options_default();
	struct fa_classifier *classifier;
	struct fa_diag diag = {{0}};
	char *memory;

	options.max_states = 100;
	if (fa_sandbox_tie_to_parent(getppid(), "fa-test") != 0)
		return 1;
	fa_sandbox_close_descriptors();
	if (fa_classifier_new(&classifier, &options) != 0)
		return 2;
	if (fa_sandbox_worker(&diag) != 0)
		return 3;
	memory = calloc(1, 1 << 22);
	if (memory == NULL)
		return 4;
	free(memory);
	fa_classifier_free(classifier);
	return 0;
}

static int works_and_opens(void)
{
	int error = works();

	return error != 0 ? error : (int)syscall(SYS_openat, AT_FDCWD, folder, O_RDONLY, 0);
}

static int has_worker(int (*worker)(void), int expected)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return errno;
	if (pid == 0)
		_exit(worker());
	if (waitpid(pid, &status, 0) != pid)
		return BROKEN;
	return status == expected ? 0 : BROKEN;
}

static int has_a_worker(void)
{
	return has_worker(works, 0);
}

static int has_a_worker_that_opens(void)
{
	return has_worker(works_and_opens, SIGSYS);
}

/* An auditor inside, which has less. */
static int audits(void)
{
	if (auditor() != 0)
		return 1;
	if (keeps_a_database_in_a_thread() != 0 || locks() != 0 || connects_locally() != 0)
		return 2;
	return reads_there() == EACCES && signals_its_parent() == ENOSYS ? 0 : 3;
}

static int has_an_auditor(void)
{
	return has_worker(audits, 0);
}

/* ---------------------------------------------------------------- cases */

static const struct attempt of_both[] = {
	{"file in its folder", makes_in_folder, 0},
	{"renaming in its folder", renames_in_folder, 0},
	{"database", keeps_a_database, 0},
	{"database in a thread", keeps_a_database_in_a_thread, 0},
	{"locks", locks, 0},
	{"local socket", connects_locally, 0},
	{"no_new_privs", has_no_new_privs, 0},
	{"file elsewhere", makes_elsewhere, EACCES},
	{"writing elsewhere", writes_there, EACCES},
	{"reading elsewhere", reads_elsewhere, EACCES},
	{"listing elsewhere", lists_elsewhere, EACCES},
	{"symbolic link, even in its folder", makes_a_link, EPERM},
	{"program", runs_a_program, EPERM},
	{"executable memory", makes_code, EPERM},
	{"memory made executable", turns_into_code, EPERM},
	{"AF_INET", makes_inet_socket, EPERM},
	{"AF_INET6", makes_inet6_socket, EPERM},
	{"AF_PACKET", makes_packet_socket, EPERM},
	{"AF_NETLINK", makes_netlink_socket, EPERM},
	{"ptrace", traces, EPERM},
	{"unshare", becomes_root_elsewhere, EPERM},
	{"clone with a namespace", clones_a_namespace, ENOSYS},
	{"clone3", clones_the_new_way, ENOSYS},
	{"new user", changes_its_user, EPERM},
	{"TIOCSTI", types_into_the_terminal, ENOSYS},
	{"TIOCSTI, wide", types_with_a_wide_number, ENOSYS},
	{"limits of another process", limits_its_parent, ENOSYS},
	{"modes", changes_modes, EPERM},
	{"an unknown system call", calls_of_the_future, ENOSYS},
};

static void an_auditor(void **state)
{
	static const struct attempt attempts[] = {
		{"reading there", reads_there, EACCES},
		{"fork", forks, ENOSYS},
		{"kill", signals_its_parent, ENOSYS},
		{"interface counters", reads_device_counters, EACCES},
	};

	(void)state;
	skip_if_sanitized();
	skip_without_landlock();
	try_all(auditor, of_both, COUNT(of_both));
	try_all(auditor, attempts, COUNT(attempts));
}

static void a_supervisor(void **state)
{
	static const struct attempt attempts[] = {
		{"reading there", reads_there, 0},
		{"children", forks, 0},
		{"a worker", has_a_worker, 0},
		{"a worker that opens a file", has_a_worker_that_opens, 0},
		{"an auditor", has_an_auditor, 0},
		{"the service manager", notifies, 0},
		{"index of an interface", asks_for_an_interface, 0},
		{"interface counters", reads_device_counters, 0},
	};

	(void)state;
	skip_if_sanitized();
	skip_without_landlock();
	try_all(supervisor, of_both, COUNT(of_both));
	try_all(supervisor, attempts, COUNT(attempts));
}

static int tcp = -1;
static struct sockaddr_in tcp_listener;

/* A socket from before the confinement is not one to connect with. */
static int connects_an_old_socket(void)
{
	return connect(tcp, (struct sockaddr *)&tcp_listener, sizeof(tcp_listener)) == 0 ? 0
											 : errno;
}

static void nobody_connects_by_tcp(void **state)
{
	static const struct attempt attempts[] = {{"TCP", connects_an_old_socket, EACCES}};
	socklen_t len = sizeof(tcp_listener);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	skip_if_sanitized();
	skip_without_landlock();
	tcp = socket(AF_INET, SOCK_STREAM, 0);
	tcp_listener = (struct sockaddr_in){.sin_family = AF_INET};
	tcp_listener.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(listen(listener, 8), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&tcp_listener, &len), 0);
	tcp_listener.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 4) {
		print_message("Landlock of this kernel does not know TCP\n");
		skip();
	}
	try_all(auditor, attempts, 1);
	try_all(supervisor, attempts, 1);
	close(tcp);
	close(listener);
}

/* As on a kernel without Landlock: the filter stays. */
static int without_landlock(int (*confine)(void))
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	if (filter == NULL ||
	    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EOPNOTSUPP), SCMP_SYS(landlock_create_ruleset),
			     0) != 0 ||
	    seccomp_load(filter) != 0)
		return CANNOT;
	seccomp_release(filter);
	return confine() == FA_EUNSUPPORTED ? 0 : CANNOT;
}

static int auditor_without(void)
{
	return without_landlock(auditor);
}

static int supervisor_without(void)
{
	return without_landlock(supervisor);
}

static void without_landlock_the_filter_stays(void **state)
{
	static const struct attempt attempts[] = {
		{"reading elsewhere", reads_elsewhere, 0},
		{"database", keeps_a_database, 0},
		{"program", runs_a_program, EPERM},
		{"AF_INET", makes_inet_socket, EPERM},
	};

	(void)state;
	skip_if_sanitized();
	try_all(auditor_without, attempts, COUNT(attempts));
	try_all(supervisor_without, attempts, COUNT(attempts));
}

/* Files are asked for first: nothing has changed when one is missing. */
static void a_missing_folder(void **state)
{
	static const char *const missing[] = {"/no/such/folder"};
	const struct fa_sandbox_paths paths = {writable, 1, missing, 1};
	struct fa_diag diag = {{0}};

	(void)state;
	skip_without_landlock();
	assert_int_equal(fa_sandbox_auditor(&paths, &diag), FA_ENOENT);
	assert_non_null(strstr(diag.text, "/no/such/folder"));
	assert_int_equal(fa_sandbox_supervisor(&paths, NULL), FA_ENOENT);
	assert_int_equal(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
	assert_int_equal(prctl(PR_GET_SECCOMP, 0, 0, 0, 0), 0);
}

static int aborts(void)
{
	abort();
}

static void they_may_abort(void **state)
{
	int (*const confinements[])(void) = {auditor, supervisor};

	(void)state;
	skip_if_sanitized();
	skip_without_landlock();
	for (size_t i = 0; i < COUNT(confinements); i++) {
		int status = in_child(confinements[i], aborts);

		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGABRT);
	}
}

static int report[2];

/* Makes a child that ends with its parent, and waits. */
static int has_a_child_and_waits(void)
{
	pid_t self = getpid();

	if (fork() == 0) {
		alarm(20);
		if (fa_sandbox_tie_to_parent(self, "fa-test") == 0 && write(report[1], "t", 1) == 1)
			pause();
		_exit(1);
	}
	pause();
	return 0;
}

/* Landlock keeps signals inside; that of a parent's end must arrive. */
static void children_end_with_a_supervisor(void **state)
{
	char byte;
	pid_t middle;

	(void)state;
	skip_if_sanitized();
	skip_without_landlock();
	assert_int_equal(pipe(report), 0);
	middle = fork();
	if (middle == 0) {
		close(report[0]);
		_exit(supervisor() != 0 ? CANNOT : has_a_child_and_waits());
	}
	close(report[1]);
	alarm(15);
	assert_int_equal(read(report[0], &byte, 1), 1);
	assert_int_equal(kill(middle, SIGKILL), 0);
	assert_int_equal(waitpid(middle, NULL, 0), middle);
	assert_int_equal(read(report[0], &byte, 1), 0); /* the pipe's last writer is gone */
	alarm(0);
	close(report[0]);
}

/* --------------------------------------------------------------- one line */

static int says_nothing_is_in_force(void)
{
	char text[256];

	fa_sandbox_text("uid 1 (me), no capabilities", NULL, text, sizeof(text));
	return strcmp(text, "sandbox: supervisor as uid 1 (me), no capabilities, not confined; "
			    "workers and auditor no more than that");
}

static int says_what_is_in_force(void)
{
	const struct fa_sandbox_paths paths = {.writable = both, .writable_count = 2};
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
	char text[512], expected[512];

	if (abi > 7)
		abi = 7;
	fa_sandbox_text(NULL, &paths, text, sizeof(text));
	snprintf(expected, sizeof(expected),
		 "sandbox: supervisor as uid %u, seccomp, Landlock ABI %ld; workers seccomp; "
		 "auditor seccomp, Landlock ABI %ld (%s, %s)",
		 (unsigned)geteuid(), abi, abi, folder, elsewhere);
	return strcmp(text, expected);
}

static int says_it_without_landlock(void)
{
	const struct fa_sandbox_paths paths = {.writable = both, .writable_count = 2};
	char text[512], expected[512];

	fa_sandbox_text(NULL, &paths, text, sizeof(text));
	snprintf(expected, sizeof(expected),
		 "sandbox: supervisor as uid %u, seccomp; workers seccomp; auditor seccomp, no "
		 "Landlock in this kernel",
		 (unsigned)geteuid());
	return strcmp(text, expected);
}

static int cuts_what_is_too_long(void)
{
	const struct fa_sandbox_paths paths = {.writable = both, .writable_count = 2};
	char text[40];

	memset(text, 'x', sizeof(text));
	fa_sandbox_text("me", &paths, text, 20);
	return strcmp(text, "sandbox: supervisor") != 0 || text[20] != 'x';
}

static void one_line(void **state)
{
	static const struct attempt free_one[] = {{"nothing", says_nothing_is_in_force, 0},
						  {"too long", cuts_what_is_too_long, 0}};
	static const struct attempt confined[] = {{"text", says_what_is_in_force, 0}};
	static const struct attempt without[] = {{"text", says_it_without_landlock, 0}};

	(void)state;
	skip_if_sanitized();
	try_all(is_not_confined, free_one, COUNT(free_one));
	try_all(supervisor_without, without, 1);
	skip_without_landlock();
	try_all(supervisor, confined, 1);
}

static int group_setup(void **state)
{
	if (children_setup(state) != 0)
		return -1;
	local_listener = socket(AF_UNIX, SOCK_STREAM, 0);
	local.sun_family = AF_UNIX;
	snprintf(local.sun_path, sizeof(local.sun_path), "%s/socket", elsewhere);
	local_datagrams = socket(AF_UNIX, SOCK_DGRAM, 0);
	notify.sun_family = AF_UNIX;
	snprintf(notify.sun_path + 1, sizeof(notify.sun_path) - 1, "fa-test-%d", getpid());
	return bind(local_listener, (struct sockaddr *)&local, sizeof(local)) == 0 &&
			       listen(local_listener, 64) == 0 &&
			       bind(local_datagrams, (struct sockaddr *)&notify, sizeof(notify)) ==
				       0
		       ? 0
		       : -1;
}

static int group_teardown(void **state)
{
	close(local_listener);
	close(local_datagrams);
	unlink(local.sun_path);
	return children_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_auditor),
		cmocka_unit_test(a_supervisor),
		cmocka_unit_test(nobody_connects_by_tcp),
		cmocka_unit_test(without_landlock_the_filter_stays),
		cmocka_unit_test(a_missing_folder),
		cmocka_unit_test(they_may_abort),
		cmocka_unit_test(children_end_with_a_supervisor),
		cmocka_unit_test(one_line),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
