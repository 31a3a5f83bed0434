/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages to the service manager, after sd_notify(3) and sd_watchdog_enabled(3). */
#include "pipeline/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/num.h"
#include "base/time.h"

#define FULL_WAIT_NS (FA_NS_PER_SECOND / 10) /* for a manager that is busy */

enum { STATE_MAX = 2048 }; /* bytes; the manager reads one page, cut messages are ignored */

static struct {
	bool is_open;
	int fd;
	pid_t owner;
	int64_t watchdog_ns;
	struct sockaddr_un address;
	socklen_t address_len;
} manager;

/* "/path" or "@abstract": other kinds of addresses are not ours. */
static bool parse_address(const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;

	if (len < 2 || len >= sizeof(manager.address.sun_path) ||
	    (text[0] != '/' && text[0] != '@'))
		return false;
	memset(&manager.address, 0, sizeof(manager.address));
	manager.address.sun_family = AF_UNIX;
	memcpy(manager.address.sun_path, text, len);
	manager.address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	if (text[0] == '@')
		manager.address.sun_path[0] = '\0'; /* unix(7): no NUL at the end of such a name */
	else
		manager.address_len++;
	return true;
}

static bool connect_to_manager(void)
{
	return connect(manager.fd, (const struct sockaddr *)&manager.address,
		       manager.address_len) == 0;
}

/* The interval is for us unless it names another process. */
static int64_t watchdog_of(const char *usec, const char *pid)
{
	uint64_t interval, wanted;

	if (usec == NULL || fa_parse_u64(usec, 1, INT64_MAX / 1000, &interval) != 0)
		return 0;
	if (pid != NULL &&
	    (fa_parse_u64(pid, 1, INT32_MAX, &wanted) != 0 || (pid_t)wanted != getpid()))
		return 0;
	return (int64_t)interval * 1000;
}

void fa_notify_open(void)
{
	bool wanted = parse_address(getenv("NOTIFY_SOCKET"));

	fa_notify_close();
	manager.watchdog_ns = watchdog_of(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"));
	manager.owner = getpid();
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	if (!wanted)
		return;
	manager.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (manager.fd < 0)
		return;
	manager.is_open = true;
	connect_to_manager(); /* where that fails it is tried again with each message */
}

static bool is_reloading(const char *state)
{
	return strncmp(state, "RELOADING=1", strlen("RELOADING=1")) == 0 ||
	       strstr(state, "\nRELOADING=1") != NULL;
}

static bool send_once(const struct msghdr *message)
{
	return sendmsg(manager.fd, message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

/* The manager's queue is full: waits a little for room. */
static void send_patiently(const struct msghdr *message)
{
	struct pollfd room = {.fd = manager.fd, .events = POLLOUT};
	int64_t end_ns = fa_monotonic_ns() + FULL_WAIT_NS;
	int64_t left_ns;

	while (!send_once(message) && (errno == EAGAIN || errno == EINTR)) {
		left_ns = end_ns - fa_monotonic_ns();
		if (left_ns <= 0)
			break;
		poll(&room, 1, (int)(left_ns / 1000000) + 1); /* a signal only ends it early */
	}
}

void fa_notify(const char *state)
{
	char text[STATE_MAX], stamp[64] = "";
	struct iovec parts[2];
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

	if (!manager.is_open || manager.owner != getpid())
		return;
	snprintf(text, sizeof(text), "%s", state);
	if (is_reloading(state))
		snprintf(stamp, sizeof(stamp), "\nMONOTONIC_USEC=%" PRId64,
			 fa_monotonic_ns() / 1000);
	parts[0] = (struct iovec){text, strlen(text)};
	parts[1] = (struct iovec){stamp, strlen(stamp)};
	if (send_once(&message))
		return;
	/* It may have made its socket anew, at the same place. */
	if (errno == EAGAIN || connect_to_manager())
		send_patiently(&message);
}

int64_t fa_notify_watchdog_ns(void)
{
	return manager.watchdog_ns;
}

void fa_notify_close(void)
{
	if (manager.is_open)
		close(manager.fd);
	manager.is_open = false;
}
