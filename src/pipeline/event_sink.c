/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where events go: a file, a UNIX socket, or standard output. */
#include "pipeline/event_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "base/time.h"

#define NS_PER_MS 1000000ll

enum kind { TO_OUTPUT, TO_PATH, TO_SOCKET };

struct line {
	char *text; /* with its newline */
	size_t len;
};

struct fa_event_sink {
	enum kind kind;
	char *path; /* of a file or a socket */
	char name[256]; /* for messages */
	int fd; /* -1: there is none */
	bool regular; /* a file on a disk: it does not make anybody wait */
	struct line lines[FA_EVENT_SINK_LINES]; /* that wait: a ring */
	size_t first, count, bytes;
	size_t sent; /* bytes of the first one */
	uint64_t dropped, dropped_before; /* before delivery stopped */
	int64_t deadline_ns; /* of the batch */
	bool reopened;	     /* in this batch */
	bool failing;	     /* and it was told */
	bool told_dropping;
	const char *why; /* the last thing that went wrong */
	fa_event_warn_fn warn;
	void *context;
};

static void warn(const struct fa_event_sink *sink, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void warn(const struct fa_event_sink *sink, const char *format, ...)
{
	char text[768];
	int len = snprintf(text, sizeof(text), "events: %s: ", sink->name);
	va_list args;

	va_start(args, format);
	vsnprintf(text + len, sizeof(text) - (size_t)len, format, args);
	va_end(args);
	sink->warn(sink->context, text);
}

static void disconnect(struct fa_event_sink *sink)
{
	if (sink->fd >= 0)
		close(sink->fd);
	sink->fd = -1;
	sink->sent = 0; /* whoever comes next gets whole lines */
}

/*
 * A pipe or a terminal is opened again, so that it may be non-blocking without surprising those
 * who share standard output; a file is not, since they share their place in it.
 */
static int open_output(struct fa_event_sink *sink)
{
	struct stat st;

	if (fstat(STDOUT_FILENO, &st) != 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		sink->fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (sink->fd < 0)
		sink->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	return sink->fd < 0 ? errno : 0;
}

/* Non-blocking for the sake of a FIFO, which nobody may read yet (ENXIO). */
static int open_path(struct fa_event_sink *sink)
{
	sink->fd = open(sink->path,
			O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0640);
	return sink->fd < 0 ? errno : 0;
}

static int connect_as(struct fa_event_sink *sink, int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int error = 0;

	sink->fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (sink->fd < 0)
		return errno;
	memcpy(address.sun_path, sink->path, strlen(sink->path)); /* its length was checked */
	if (connect(sink->fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		error = errno;
		disconnect(sink);
	}
	return error;
}

static int open_socket(struct fa_event_sink *sink)
{
	int error = connect_as(sink, SOCK_STREAM);

	return error == EPROTOTYPE ? connect_as(sink, SOCK_DGRAM) : error;
}

/* 0 or an errno value. */
static int reach(struct fa_event_sink *sink)
{
	static int (*const how[])(struct fa_event_sink *) = {
		[TO_OUTPUT] = open_output, [TO_PATH] = open_path, [TO_SOCKET] = open_socket};
	struct stat st;
	int error = how[sink->kind](sink);

	if (error == 0 && fstat(sink->fd, &st) == 0)
		sink->regular = S_ISREG(st.st_mode);
	if (error != 0)
		sink->why = strerror(error);
	return error;
}

/* What may come right while we run: nobody listens yet. */
static bool is_passing(const struct fa_event_sink *sink, int error)
{
	return sink->kind == TO_SOCKET || (sink->kind == TO_PATH && error == ENXIO);
}

static int parse(struct fa_event_sink *sink, const char *where, struct fa_diag *diag)
{
	static const char scheme[] = "unix:";
	bool is_socket = strncmp(where, scheme, strlen(scheme)) == 0;
	const char *path = is_socket ? where + strlen(scheme) : where;
	const struct sockaddr_un *address = NULL;

	fa_text_safe(where, strlen(where), sink->name, sizeof(sink->name));
	if (strcmp(where, "-") == 0) {
		sink->kind = TO_OUTPUT;
		fa_text_copy(sink->name, sizeof(sink->name), "standard output");
		return 0;
	}
	sink->kind = is_socket ? TO_SOCKET : TO_PATH;
	if (path[0] == '\0')
		return fa_fail(diag, FA_EINVAL, "events: \"%s\" names no file", sink->name);
	if (is_socket && strlen(path) >= sizeof(address->sun_path))
		return fa_fail(diag, FA_EINVAL,
			       "events: %s: the path of a socket has at most %zu bytes", sink->name,
			       sizeof(address->sun_path) - 1);
	sink->path = strdup(path);
	return sink->path == NULL ? fa_fail(diag, FA_ENOMEM, "events: no memory") : 0;
}

int fa_event_sink_open(struct fa_event_sink **out, const char *where, fa_event_warn_fn warn_fn,
		       void *context, struct fa_diag *diag)
{
	struct fa_event_sink *sink = calloc(1, sizeof(*sink));
	int error;
	int errnum;

	if (sink == NULL)
		return fa_fail(diag, FA_ENOMEM, "events: no memory");
	sink->fd = -1;
	sink->warn = warn_fn;
	sink->context = context;
	error = parse(sink, where, diag);
	if (error != 0)
		goto out;
	errnum = reach(sink);
	if (errnum != 0 && !is_passing(sink, errnum)) {
		error = fa_fail(diag, fa_error_from_errno(errnum), "events: %s: %s", sink->name,
				strerror(errnum));
		goto out;
	}
	if (errnum != 0) {
		warn(sink, "nobody listens there yet (%s); it is tried again with each window",
		     sink->why);
		sink->failing = true;
	}
	*out = sink;
	return 0;
out:
	fa_event_sink_free(sink);
	return error;
}

static void drop_first(struct fa_event_sink *sink)
{
	struct line *line = &sink->lines[sink->first];

	sink->bytes -= line->len;
	free(line->text);
	line->text = NULL;
	sink->first = (sink->first + 1) % FA_EVENT_SINK_LINES;
	sink->count--;
	sink->sent = 0;
}

void fa_event_sink_free(struct fa_event_sink *sink)
{
	if (sink == NULL)
		return;
	if (sink->count > 0)
		warn(sink, "%zu line%s not delivered", sink->count,
		     sink->count == 1 ? " was" : "s were");
	while (sink->count > 0)
		drop_first(sink);
	disconnect(sink);
	free(sink->path);
	free(sink);
}

/* Whether there is room before the batch is over. */
static bool wait_for_room(const struct fa_event_sink *sink)
{
	struct pollfd fd = {.fd = sink->fd, .events = POLLOUT};
	int64_t left_ns = sink->deadline_ns - fa_monotonic_ns();

	return left_ns > 0 && poll(&fd, 1, (int)(left_ns / NS_PER_MS) + 1) > 0;
}

static ssize_t write_some(const struct fa_event_sink *sink, const char *text, size_t len)
{
	if (sink->kind == TO_SOCKET)
		return send(sink->fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sink->regular)
		return write(sink->fd, text, len);
	/* Where there is room at all, so much fits without waiting, even if it cannot be told not
	 * to wait. */
	if (len > PIPE_BUF)
		len = PIPE_BUF;
	return wait_for_room(sink) ? write(sink->fd, text, len) : (errno = EAGAIN, -1);
}

/* After a write that failed: whether to go on in this batch. */
static bool recover(struct fa_event_sink *sink, int error)
{
	if (error == EINTR)
		return true;
	if (error == EAGAIN && wait_for_room(sink))
		return true;
	sink->why = error == EAGAIN ? "its reader is too slow" : strerror(error);
	if (error == EAGAIN)
		return false;
	if (error == EMSGSIZE) { /* a datagram that never fits */
		drop_first(sink);
		sink->dropped++;
		return true;
	}
	if (sink->regular)
		return false;
	disconnect(sink);
	if (sink->reopened)
		return false;
	sink->reopened = true;
	return reach(sink) == 0;
}

/* Delivers what waits, as far as it goes. */
static void pump(struct fa_event_sink *sink)
{
	while (sink->count > 0 && sink->fd >= 0) {
		const struct line *line = &sink->lines[sink->first];
		ssize_t wrote = write_some(sink, line->text + sink->sent, line->len - sink->sent);

		if (wrote < 0 && !recover(sink, errno))
			return;
		if (wrote < 0)
			continue;
		sink->sent += (size_t)wrote;
		if (sink->sent == line->len)
			drop_first(sink);
	}
}

/* Whether the file has another name now, or the other side of a stream is gone. */
static bool is_gone(const struct fa_event_sink *sink)
{
	struct pollfd fd = {.fd = sink->fd};
	struct stat open_now;
	struct stat named;

	if (sink->kind == TO_PATH)
		return fstat(sink->fd, &open_now) != 0 || stat(sink->path, &named) != 0 ||
		       open_now.st_dev != named.st_dev || open_now.st_ino != named.st_ino;
	return sink->kind == TO_SOCKET && poll(&fd, 1, 0) > 0;
}

void fa_event_sink_begin(struct fa_event_sink *sink)
{
	sink->deadline_ns = fa_monotonic_ns() + FA_EVENT_SINK_BATCH_MS * NS_PER_MS;
	sink->reopened = false;
	if (sink->fd >= 0 && is_gone(sink))
		disconnect(sink);
	if (sink->fd < 0 && reach(sink) != 0)
		sink->reopened = true; /* once a batch is enough */
	pump(sink);
}

static bool has_room(const struct fa_event_sink *sink, size_t len)
{
	return sink->count < FA_EVENT_SINK_LINES && sink->bytes + len <= FA_EVENT_SINK_BYTES;
}

void fa_event_sink_line(struct fa_event_sink *sink, const char *line)
{
	size_t len = strlen(line) + 1;
	char *copy;

	if (!has_room(sink, len))
		pump(sink);
	copy = has_room(sink, len) ? malloc(len) : NULL;
	if (copy == NULL) {
		if (!sink->told_dropping)
			warn(sink, "lines are dropped from now on: %zu wait already", sink->count);
		sink->told_dropping = true;
		sink->dropped++;
		return;
	}
	memcpy(copy, line, len - 1);
	copy[len - 1] = '\n';
	sink->lines[(sink->first + sink->count) % FA_EVENT_SINK_LINES] = (struct line){copy, len};
	sink->count++;
	sink->bytes += len;
	/* Later lines of a batch that stands still are not tried one by one. */
	if (sink->count == 1)
		pump(sink);
}

void fa_event_sink_end(struct fa_event_sink *sink)
{
	pump(sink);
	if ((sink->count > 0 || sink->fd < 0) && !sink->failing) {
		warn(sink, "cannot be written to: %s; up to %u lines wait for the next window",
		     sink->why, FA_EVENT_SINK_LINES);
		sink->failing = true;
		sink->dropped_before = sink->dropped;
	} else if (sink->count == 0 && sink->fd >= 0 && sink->failing) {
		warn(sink, "works again; %llu lines were lost",
		     (unsigned long long)(sink->dropped - sink->dropped_before));
		sink->failing = false;
		sink->told_dropping = false;
	}
}

size_t fa_event_sink_waiting(const struct fa_event_sink *sink)
{
	return sink->count;
}

uint64_t fa_event_sink_dropped(const struct fa_event_sink *sink)
{
	return sink->dropped;
}
