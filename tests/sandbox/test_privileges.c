/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Giving up root and capabilities, for good. Each case in a child of its own. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "children.h"
#include "sandbox/sandbox.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { SOMEBODY = 54321, NOBODY = 65534 };

static char text[256];
static struct fa_diag diag;

static int drop(const char *user, const char *where)
{
	memset(&diag, 0, sizeof(diag));
	memset(text, 0, sizeof(text));
	return fa_sandbox_drop_privileges(user, where, text, sizeof(text), &diag);
}

/* Of the line NAME of /proc/self/status; "?" when it is not there. It is read through a descriptor
 * that was opened before. */
static FILE *status_file;

static const char *status_line(const char *name)
{
	static char line[256];

	rewind(status_file);
	fflush(status_file);
	while (fgets(line, sizeof(line), status_file) != NULL)
		if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':') {
			line[strcspn(line, "\n")] = '\0';
			return line + strlen(name) + 1 + strspn(line + strlen(name) + 1, " \t");
		}
	return "?";
}

static int is_zero(const char *name)
{
	return strcmp(status_line(name), "0000000000000000") == 0;
}

/* A file of the kernel answers for who opened it: after fork it must be opened again. */
static int open_status(void)
{
	status_file = fopen("/proc/self/status", "r");
	return status_file != NULL ? 0 : CANNOT;
}

static int has_nothing(void)
{
	return is_zero("CapInh") && is_zero("CapPrm") && is_zero("CapEff") && is_zero("CapAmb");
}

/* The bits that the attempts below return, so that a failure says which it was. */
static int check_gone(uid_t uid, gid_t gid)
{
	uid_t uids[3];
	gid_t gids[3];

	getresuid(&uids[0], &uids[1], &uids[2]);
	getresgid(&gids[0], &gids[1], &gids[2]);
	for (int i = 0; i < 3; i++)
		if (uids[i] != uid || gids[i] != gid)
			return 2;
	if (!has_nothing())
		return 3;
	if (has_no_new_privs() != 0)
		return 4;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return 5;
	if (uid != 0 && (setuid(0) == 0 || setgid(0) == 0 || setgroups(0, NULL) == 0))
		return 6;
	return socket(AF_PACKET, SOCK_RAW, 0) >= 0 ? 7 : 0;
}

/* As root has it in a login: groups, and inheritable and ambient capabilities. */
static int become_rich(void)
{
	const gid_t groups[] = {1, 2, 3};
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];

	if (setgroups(COUNT(groups), groups) != 0 || syscall(SYS_capget, &header, data) != 0)
		return CANNOT;
	data[0].inheritable = data[0].permitted;
	if (syscall(SYS_capset, &header, data) != 0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0) != 0)
		return CANNOT;
	return open_status();
}

static int becomes_nobody(void)
{
	if (drop("nobody", folder) != 0)
		return 1;
	if (strcmp(text, "uid 65534 (nobody), no capabilities") != 0)
		return 8;
	if (getgroups(0, NULL) != 0)
		return 9;
	if (!is_zero("CapBnd"))
		return 10;
	return check_gone(NOBODY, getpwuid(NOBODY)->pw_gid);
}

static int becomes_a_number(void)
{
	return drop("65534", NULL) != 0 ? 1 : check_gone(NOBODY, getpwuid(NOBODY)->pw_gid);
}

/* The folder is SOMEBODY's, of whom nothing else is known. */
static int becomes_the_owner(void)
{
	if (chown(folder, SOMEBODY, SOMEBODY + 1) != 0 || drop(NULL, folder) != 0)
		return 1;
	if (strcmp(text, "uid 54321, no capabilities") != 0)
		return 8;
	if (getgroups(0, NULL) != 0 || !is_zero("CapBnd"))
		return 9;
	if (makes_in_folder() != 0 || makes_elsewhere() != EACCES)
		return 10;
	return check_gone(SOMEBODY, SOMEBODY + 1);
}

static int stays_root(void)
{
	char expected[256];

	if (chown(folder, 0, 0) != 0 || drop(NULL, folder) != 0)
		return 1;
	snprintf(expected, sizeof(expected), "uid 0 (root, since %s is root's), no capabilities",
		 folder);
	if (strcmp(text, expected) != 0)
		return 8;
	if (getgroups(0, NULL) != 0 || !is_zero("CapBnd"))
		return 9;
	if (makes_in_folder() != 0)
		return 10;
	return check_gone(0, 0);
}

/* Root's programs are run with all capabilities otherwise. */
static int root_runs_a_program(void)
{
	if (drop(NULL, folder) != 0)
		return 1;
	execl("/bin/sh", "sh", "-c",
	      "while read -r name value; do case $name in CapPrm:|CapEff:) "
	      "[ \"$value\" = 0000000000000000 ] || exit 2 ;; esac; done < /proc/self/status",
	      (char *)NULL);
	return 3;
}

static int cannot_become(void)
{
	if (drop("no-such-user", folder) != FA_ENOENT || strstr(diag.text, "no-such-user") == NULL)
		return 1;
	if (drop(NULL, "/no/such/folder") != FA_ENOENT ||
	    strstr(diag.text, "/no/such/folder") == NULL)
		return 2;
	return drop(NULL, NULL) == FA_EINVAL && getuid() == 0 ? 0 : 3;
}

/* Whoever has the same user may not look into us: he could take the packet socket. */
static int cannot_be_traced(void)
{
	int ready[2], status, result;
	char byte;
	pid_t pid;

	if (pipe(ready) != 0)
		return CANNOT;
	pid = fork();
	if (pid == 0) {
		alarm(20);
		if (drop("nobody", NULL) != 0 || write(ready[1], "r", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	if (read(ready[0], &byte, 1) != 1 || setgid(getpwuid(NOBODY)->pw_gid) != 0 ||
	    setuid(NOBODY) != 0)
		return CANNOT;
	result = ptrace(PTRACE_ATTACH, pid, NULL, NULL) == 0 ? 0 : errno;
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return result;
}

static int as_somebody(void)
{
	return setgroups(0, NULL) != 0 || setresgid(SOMEBODY, SOMEBODY, SOMEBODY) != 0 ||
			       setresuid(SOMEBODY, SOMEBODY, SOMEBODY) != 0
		       ? CANNOT
		       : open_status();
}

/* As a program with "setcap cap_net_raw=ep", or a service with AmbientCapabilities. */
static int as_somebody_with(bool ambient)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {{0}};

	data[0].effective = data[0].permitted = 1u << CAP_NET_RAW;
	data[0].inheritable = ambient ? 1u << CAP_NET_RAW : 0;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || as_somebody() != 0 ||
	    syscall(SYS_capset, &header, data) != 0)
		return CANNOT;
	if (ambient && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0) != 0)
		return CANNOT;
	return is_zero("CapEff") || is_zero("CapAmb") != !ambient ? CANNOT : 0;
}

static int with_file_capability(void)
{
	return as_somebody_with(false);
}

static int with_ambient_capability(void)
{
	return as_somebody_with(true);
}

static int loses_what_it_had(void)
{
	if (drop(NULL, folder) != 0)
		return 1;
	if (strcmp(text, "uid 54321, no capabilities") != 0)
		return 8;
	return check_gone(SOMEBODY, SOMEBODY);
}

static int cannot_change(void)
{
	if (drop("nobody", folder) != FA_EPERM)
		return 1;
	return strstr(diag.text, "uid 65534 nobody") != NULL &&
			       strstr(diag.text, "CAP_SETUID") != NULL
		       ? 0
		       : 2;
}

/* Root of a container that was given CAP_NET_RAW and nothing else. */
static int as_poor_root(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {{0}};

	data[0].effective = data[0].permitted = 1u << CAP_NET_RAW;
	return chown(folder, 0, 0) != 0 || syscall(SYS_capset, &header, data) != 0 ? CANNOT
										   : open_status();
}

static int poor_root_stays(void)
{
	return drop(NULL, folder) != 0 ? 1 : check_gone(0, 0);
}

/* A set-user-id program: the one who started it is who it becomes. */
static int as_set_user_id(void)
{
	return setresgid(SOMEBODY, 0, 0) != 0 || setresuid(SOMEBODY, 0, 0) != 0 ? CANNOT
										: open_status();
}

static int becomes_who_started_it(void)
{
	return drop(NULL, "/") != 0 ? 1 : check_gone(SOMEBODY, SOMEBODY);
}

/* A user for a while only, with root kept aside. */
static int with_root_aside(void)
{
	const gid_t group = 1;

	return setgroups(1, &group) != 0 || setresgid(SOMEBODY, SOMEBODY, 0) != 0 ||
			       setresuid(SOMEBODY, SOMEBODY, 0) != 0
		       ? CANNOT
		       : open_status();
}

static int loses_root_aside(void)
{
	int error = loses_what_it_had();

	return error != 0 ? error : is_zero("CapBnd") && getgroups(0, NULL) == 0 ? 0 : 9;
}

static void root_gives_up(void **state)
{
	static const struct attempt attempts[] = {
		{"nobody", becomes_nobody, 0},
		{"a number", becomes_a_number, 0},
		{"owner of the folder", becomes_the_owner, 0},
		{"folder of root", stays_root, 0},
	};

	(void)state;
	try_all(become_rich, attempts, COUNT(attempts));
}

static void root_without_more(void **state)
{
	static const struct attempt attempts[] = {
		{"a program of root", root_runs_a_program, 0},
		{"nobody to become", cannot_become, 0},
		{"traced", cannot_be_traced, EPERM},
	};

	(void)state;
	assert_int_equal(chown(folder, 0, 0), 0);
	try_all(open_status, attempts, COUNT(attempts));
}

/* ThreadSanitizer's run-time ends a process whose real and effective users differ. */
#ifdef __SANITIZE_THREAD__
#define THREADS_ARE_WATCHED true
#else
#define THREADS_ARE_WATCHED false
#endif

static void others(void **state)
{
	static const struct attempt keep[] = {{"nothing else", loses_what_it_had, 0}};
	static const struct attempt change[] = {{"another user", cannot_change, 0}};
	static const struct attempt poor[] = {{"stays", poor_root_stays, 0},
					      {"another user", cannot_change, 0}};
	static const struct attempt aside[] = {{"root aside", loses_root_aside, 0}};
	static const struct attempt started[] = {{"who started it", becomes_who_started_it, 0}};

	(void)state;
	try_all(as_somebody, keep, 1);
	try_all(with_file_capability, keep, 1);
	try_all(with_ambient_capability, keep, 1);
	try_all(as_somebody, change, 1);
	try_all(with_file_capability, change, 1);
	try_all(as_poor_root, poor, COUNT(poor));
	try_all(as_set_user_id, started, 1);
	if (!THREADS_ARE_WATCHED)
		try_all(with_root_aside, aside, 1);
}

static int drops_as_it_is(void)
{
	if (drop(NULL, NULL) != 0)
		return 1;
	return has_nothing() && has_no_new_privs() == 0 ? 0 : 2;
}

/* Whoever runs the tests, also without root. */
static void a_plain_user(void **state)
{
	static const struct attempt attempts[] = {{"nothing to give up", drops_as_it_is, 0}};

	(void)state;
	if (geteuid() == 0)
		try_all(as_somebody, attempts, 1);
	else
		try_all(open_status, attempts, 1);
}

int main(void)
{
	const struct CMUnitTest of_root[] = {
		cmocka_unit_test(root_gives_up),
		cmocka_unit_test(root_without_more),
		cmocka_unit_test(others),
		cmocka_unit_test(a_plain_user),
	};
	const struct CMUnitTest of_others[] = {
		cmocka_unit_test(a_plain_user),
	};

	if (geteuid() == 0)
		return cmocka_run_group_tests(of_root, children_setup, children_teardown);
	print_message("what root gives up is tested as root only\n");
	return cmocka_run_group_tests(of_others, children_setup, children_teardown);
}
