/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages to a service manager, against a socket like the manager's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/time.h"
#include "pipeline/notify.h"

/* A manager that listens on $NOTIFY_SOCKET. */
struct manager {
	char folder[64];
	struct sockaddr_un address;
	socklen_t len;
	int fd;
};

static void listen_at(struct manager *manager)
{
	manager->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(manager->fd >= 0);
	assert_int_equal(bind(manager->fd, (struct sockaddr *)&manager->address, manager->len), 0);
}

static int set_up(void **state)
{
	struct manager *manager = calloc(1, sizeof(*manager));

	/* Where programs are built may be too deep for the name of a socket. */
	strcpy(manager->folder, P_tmpdir "/flowaudit-notify-XXXXXX");
	if (mkdtemp(manager->folder) == NULL)
		return -1;
	manager->fd = -1;
	manager->address.sun_family = AF_UNIX;
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	*state = manager;
	return 0;
}

static int tear_down(void **state)
{
	struct manager *manager = *state;

	fa_notify_close();
	if (manager->fd >= 0)
		close(manager->fd);
	if (manager->address.sun_path[0] != '\0')
		unlink(manager->address.sun_path);
	rmdir(manager->folder);
	free(manager);
	return 0;
}

static void at_path(struct manager *manager)
{
	snprintf(manager->address.sun_path, sizeof(manager->address.sun_path), "%s/notify",
		 manager->folder);
	manager->len = sizeof(manager->address);
	listen_at(manager);
	setenv("NOTIFY_SOCKET", manager->address.sun_path, 1);
}

static void at_abstract(struct manager *manager)
{
	char name[96];

	snprintf(name, sizeof(name), "@%s", manager->folder);
	memcpy(manager->address.sun_path, name, strlen(name));
	manager->address.sun_path[0] = '\0';
	manager->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
	listen_at(manager);
	setenv("NOTIFY_SOCKET", name, 1);
}

/* The next message, "" when there is none. */
static const char *heard(struct manager *manager)
{
	static char text[8192];
	ssize_t len = recv(manager->fd, text, sizeof(text) - 1, 0);

	assert_true(len >= 0 || errno == EAGAIN);
	text[len < 0 ? 0 : len] = '\0';
	return text;
}

static void messages_arrive(struct manager *manager)
{
	fa_notify_open();
	fa_notify("READY=1\nSTATUS=eth1  1,042,113 packets/s");
	fa_notify("WATCHDOG=1");
	fa_notify("STOPPING=1");
	assert_string_equal(heard(manager), "READY=1\nSTATUS=eth1  1,042,113 packets/s");
	assert_string_equal(heard(manager), "WATCHDOG=1");
	assert_string_equal(heard(manager), "STOPPING=1");
	assert_string_equal(heard(manager), "");
}

static void to_a_path(void **state)
{
	at_path(*state);
	messages_arrive(*state);
}

static void to_an_abstract_name(void **state)
{
	at_abstract(*state);
	messages_arrive(*state);
}

/* sd_notify(3): the time of the message, so that the manager can order it. */
static void reloading_has_its_time(void **state)
{
	int64_t before, after;
	long long usec = 0;
	int end = 0;

	at_abstract(*state);
	fa_notify_open();
	before = fa_monotonic_ns() / 1000;
	fa_notify("RELOADING=1");
	after = fa_monotonic_ns() / 1000;
	assert_int_equal(sscanf(heard(*state), "RELOADING=1\nMONOTONIC_USEC=%lld%n", &usec, &end),
			 1);
	assert_true(before <= usec && usec <= after);
	fa_notify("STATUS=reading rules\nRELOADING=1");
	assert_non_null(strstr(heard(*state), "\nRELOADING=1\nMONOTONIC_USEC="));
	fa_notify("STATUS=RELOADING=1");
	assert_string_equal(heard(*state), "STATUS=RELOADING=1");
}

/* The socket that talks to the manager; -1: none. */
static int socket_to(const struct manager *manager)
{
	struct sockaddr_un peer;
	socklen_t len;

	for (int fd = 0; fd < 256; fd++) {
		len = sizeof(peer);
		memset(&peer, 0, sizeof(peer));
		if (getpeername(fd, (struct sockaddr *)&peer, &len) == 0 &&
		    memcmp(&peer, &manager->address, sizeof(peer)) == 0)
			return fd;
	}
	return -1;
}

static void nobody_else_shall_speak(void **state)
{
	pid_t child;
	int status, fd;

	at_abstract(*state);
	setenv("WATCHDOG_USEC", "30000000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	fa_notify_open();
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_null(getenv("WATCHDOG_USEC"));
	assert_null(getenv("WATCHDOG_PID"));
	fd = socket_to(*state);
	assert_true(fd >= 0);
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		fa_notify("READY=1");
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_string_equal(heard(*state), "");
	fa_notify("READY=1");
	assert_string_equal(heard(*state), "READY=1");
}

/* All of these do nothing, in silence. */
static void without_a_manager(void **state)
{
	static const char *const nowhere[] = {
		"",		"/",	  "@",		"relative/path", "vsock:2:1234",
		"/no/such/path", "@no-such-flowaudit-name",
	};
	char too_long[256];

	(void)state;
	fa_notify("READY=1");
	fa_notify_open();
	fa_notify("READY=1");
	for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
		setenv("NOTIFY_SOCKET", nowhere[i], 1);
		fa_notify_open();
		fa_notify("READY=1");
		assert_null(getenv("NOTIFY_SOCKET"));
	}
	for (size_t len = sizeof(((struct sockaddr_un *)0)->sun_path) - 1; len < 255; len++) {
		memset(too_long, '@', len);
		too_long[len] = '\0';
		setenv("NOTIFY_SOCKET", too_long, 1);
		fa_notify_open();
		fa_notify("READY=1");
	}
}

static void watchdog(void **state)
{
	static const struct {
		const char *usec, *pid;
		int64_t ns;
	} cases[] = {
		{NULL, NULL, 0},
		{"30000000", NULL, 30000000000},
		{"30000000", "self", 30000000000},
		{"30000000", "1", 0}, /* for another process */
		{"30000000", "", 0},
		{"30000000", "x", 0},
		{"0", NULL, 0},
		{"-1", NULL, 0},
		{"3s", NULL, 0},
		{"", NULL, 0},
		{"9223372036854776", NULL, 0}, /* more nanoseconds than there are */
		{"18446744073709551615", NULL, 0},
		{NULL, "self", 0},
	};
	char self[16];

	(void)state;
	snprintf(self, sizeof(self), "%d", (int)getpid());
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (cases[i].usec != NULL)
			setenv("WATCHDOG_USEC", cases[i].usec, 1);
		if (cases[i].pid != NULL)
			setenv("WATCHDOG_PID", strcmp(cases[i].pid, "self") == 0 ? self
										 : cases[i].pid,
			       1);
		fa_notify_open();
		assert_int_equal(fa_notify_watchdog_ns(), cases[i].ns);
	}
}

/* Messages that a socket takes before it is full (unix(7)), 0 when not known. */
static unsigned queue_len(void)
{
	FILE *file = fopen("/proc/sys/net/unix/max_dgram_qlen", "r");
	unsigned len = 0;

	if (file == NULL)
		return 0;
	if (fscanf(file, "%u", &len) != 1)
		len = 0;
	fclose(file);
	return len;
}

/* A manager that does not read must not hold the capture up, nor end it. */
static void a_full_queue(void **state)
{
	unsigned len = queue_len();
	unsigned arrived = 0;

	if (len == 0 || len > 4096)
		skip();
	at_abstract(*state);
	fa_notify_open();
	alarm(60); /* it would wait for ever */
	for (unsigned i = 0; i < len + 4; i++)
		fa_notify("WATCHDOG=1");
	alarm(0);
	while (heard(*state)[0] != '\0')
		arrived++;
	assert_true(arrived > 0 && arrived < len + 4);
	fa_notify("STOPPING=1");
	assert_string_equal(heard(*state), "STOPPING=1");
}

static int listening;

static void read_one(int signum)
{
	char text[64];

	(void)signum;
	if (recv(listening, text, sizeof(text), 0) < 0)
		abort();
}

/* A manager that is busy for a moment loses nothing. */
static void a_full_queue_that_is_read(void **state)
{
	const struct itimerval soon = {.it_value = {.tv_usec = 20000}};
	struct manager *manager = *state;
	unsigned len = queue_len();
	const char *text = "WATCHDOG=1";

	if (len == 0 || len > 4096)
		skip();
	at_abstract(manager);
	fa_notify_open();
	for (unsigned i = 0; i < len + 1; i++)
		fa_notify("WATCHDOG=1");
	listening = manager->fd;
	signal(SIGALRM, read_one);
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	fa_notify("READY=1");
	while (strcmp(text, "WATCHDOG=1") == 0)
		text = heard(manager);
	assert_string_equal(text, "READY=1");
	signal(SIGALRM, SIG_DFL);
}

static void a_manager_that_came_back(void **state)
{
	struct manager *manager = *state;

	at_path(manager);
	fa_notify_open();
	close(manager->fd);
	fa_notify("WATCHDOG=1");
	unlink(manager->address.sun_path);
	fa_notify("WATCHDOG=1");
	listen_at(manager);
	fa_notify("STATUS=here");
	assert_string_equal(heard(manager), "STATUS=here");
	fa_notify("STOPPING=1");
	assert_string_equal(heard(manager), "STOPPING=1");
}

static void a_manager_that_comes_later(void **state)
{
	struct manager *manager = *state;

	at_path(manager);
	close(manager->fd);
	unlink(manager->address.sun_path);
	fa_notify_open();
	fa_notify("WATCHDOG=1");
	listen_at(manager);
	fa_notify("READY=1");
	assert_string_equal(heard(manager), "READY=1");
}

static void a_long_state_is_cut(void **state)
{
	char text[8000];

	at_abstract(*state);
	fa_notify_open();
	memset(text, 's', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	fa_notify(text);
	assert_int_equal(strlen(heard(*state)), 2047);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(to_a_path, set_up, tear_down),
		cmocka_unit_test_setup_teardown(to_an_abstract_name, set_up, tear_down),
		cmocka_unit_test_setup_teardown(reloading_has_its_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nobody_else_shall_speak, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_a_manager, set_up, tear_down),
		cmocka_unit_test_setup_teardown(watchdog, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_queue, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_queue_that_is_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_manager_that_came_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_manager_that_comes_later, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_long_state_is_cut, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
