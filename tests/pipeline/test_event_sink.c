/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where events go: files that are rotated and full, sockets that are late, slow and gone. */
#include "pipeline/event_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/time.h"

static char folder[64], path[96], other[96], where[112];
static char warnings[8192];

static void take_warning(void *context, const char *text)
{
	size_t used = strlen(warnings);

	(void)context;
	snprintf(warnings + used, sizeof(warnings) - used, "%s\n", text);
}

static unsigned warning_count(void)
{
	unsigned count = 0;

	for (const char *at = warnings; (at = strchr(at, '\n')) != NULL; at++)
		count++;
	return count;
}

static void assert_warned(const char *text)
{
	if (strstr(warnings, text) == NULL)
		fail_msg("no \"%s\" in: %s", text, warnings);
}

static struct fa_event_sink *opened(const char *name)
{
	struct fa_event_sink *sink = NULL;
	struct fa_diag diag = {{0}};

	if (fa_event_sink_open(&sink, name, take_warning, NULL, &diag) != 0)
		fail_msg("%s", diag.text);
	return sink;
}

static void batch(struct fa_event_sink *sink, const char *const *lines, size_t count)
{
	fa_event_sink_begin(sink);
	for (size_t i = 0; i < count; i++)
		fa_event_sink_line(sink, lines[i]);
	fa_event_sink_end(sink);
}

static void send_one(struct fa_event_sink *sink, const char *line)
{
	batch(sink, &line, 1);
}

static void assert_file(const char *name, const char *expected)
{
	char text[4096];
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t len = read(fd, text, sizeof(text) - 1);

	assert_true(fd >= 0 && len >= 0);
	close(fd);
	text[len] = '\0';
	assert_string_equal(text, expected);
}

static int listening(int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 4), 0);
	return fd;
}

/* What is there to read now, as text. */
static size_t read_all(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t got;

	while ((got = recv(fd, text + len, size - 1 - len, MSG_DONTWAIT)) > 0)
		len += (size_t)got;
	text[len] = '\0';
	return len;
}

/* Reads, and lets the sink go on, until nothing waits any more. */
static size_t drain(struct fa_event_sink *sink, int fd, char *text, size_t size)
{
	size_t len = read_all(fd, text, size);

	for (unsigned i = 0; i < 20 && fa_event_sink_waiting(sink) > 0; i++) {
		batch(sink, NULL, 0);
		len += read_all(fd, text + len, size - len);
	}
	return len;
}

static void assert_received(int fd, const char *expected)
{
	char text[4096];

	read_all(fd, text, sizeof(text));
	assert_string_equal(text, expected);
}

static void appends_to_a_file(void **state)
{
	static const char *const lines[] = {"{\"a\":1}", "{\"b\":2}"};
	mode_t before = umask(0);
	struct fa_event_sink *sink;
	struct stat st;
	FILE *file;

	(void)state;
	sink = opened(path);
	umask(before);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	file = fopen(path, "a");
	fputs("what was there\n", file);
	fclose(file);
	batch(sink, lines, 2);
	assert_file(path, "what was there\n{\"a\":1}\n{\"b\":2}\n");
	send_one(sink, "third");
	fa_event_sink_free(sink);
	assert_file(path, "what was there\n{\"a\":1}\n{\"b\":2}\nthird\n");
	assert_string_equal(warnings, "");
}

static void follows_its_name(void **state)
{
	struct fa_event_sink *sink = opened(path);

	(void)state;
	send_one(sink, "one");
	assert_int_equal(rename(path, other), 0);
	send_one(sink, "two");
	assert_file(other, "one\n");
	assert_file(path, "two\n");
	assert_int_equal(unlink(path), 0);
	send_one(sink, "three");
	assert_file(path, "three\n");

	/* Whoever renamed it made a new one. */
	unlink(other);
	assert_int_equal(rename(path, other), 0);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	send_one(sink, "four");
	assert_file(other, "three\n");
	assert_file(path, "four\n");
	fa_event_sink_free(sink);
	assert_string_equal(warnings, "");
}

/* Its folder is gone for a while. */
static void waits_for_a_folder(void **state)
{
	struct fa_event_sink *sink;
	char inside[128];

	(void)state;
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(inside, sizeof(inside), "%s/events", path);
	sink = opened(inside);
	assert_int_equal(unlink(inside), 0);
	assert_int_equal(rename(path, other), 0);
	send_one(sink, "one");
	send_one(sink, "two");
	assert_int_equal(warning_count(), 1);
	assert_warned("No such file");
	assert_int_equal(fa_event_sink_waiting(sink), 2);
	assert_int_equal(rename(other, path), 0);
	send_one(sink, "three");
	assert_file(inside, "one\ntwo\nthree\n");
	assert_int_equal(warning_count(), 2);
	assert_warned("works again; 0 lines were lost");
	fa_event_sink_free(sink);
	unlink(inside);
	rmdir(path);
}

static void refuses_the_impossible(void **state)
{
	char missing[128];
	char longest[200] = "unix:/";
	const struct {
		const char *name;
		int error;
		const char *says;
	} cases[] = {
		{missing, FA_ENOENT, "No such file"},
		{folder, FA_EIO, "Is a directory"},
		{"", FA_EINVAL, "names no file"},
		{"unix:", FA_EINVAL, "names no file"},
		{longest, FA_EINVAL, "at most 107 bytes"},
	};

	(void)state;
	snprintf(missing, sizeof(missing), "%s/none/events\x1b", folder);
	memset(longest + 6, 'x', sizeof(longest) - 7);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fa_event_sink *sink = NULL;
		struct fa_diag diag = {{0}};
		int error = fa_event_sink_open(&sink, cases[i].name, take_warning, NULL, &diag);

		if (error >= 0 || strstr(diag.text, cases[i].says) == NULL)
			fail_msg("case %zu: %d \"%s\"", i, error, diag.text);
		if (cases[i].error != FA_EIO)
			assert_int_equal(error, cases[i].error);
		assert_null(strchr(diag.text, '\x1b'));
		assert_null(sink);
	}
}

/* A full disk, as a limit on the size of files shows it: a line is torn, and goes on later. */
static void goes_on_where_the_disk_was_full(void **state)
{
	static const char *const lines[] = {"first line", "second line", "third line"};
	struct rlimit before;
	struct rlimit small;
	struct fa_event_sink *sink = opened(path);

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	small = before;
	small.rlim_cur = 15;
	setrlimit(RLIMIT_FSIZE, &small);
	batch(sink, lines, 3);
	send_one(sink, "fourth line");
	setrlimit(RLIMIT_FSIZE, &before);
	assert_file(path, "first line\nseco");
	assert_int_equal(warning_count(), 1);
	assert_int_equal(fa_event_sink_waiting(sink), 3);
	batch(sink, NULL, 0);
	assert_file(path, "first line\nsecond line\nthird line\nfourth line\n");
	assert_int_equal(warning_count(), 2);
	fa_event_sink_free(sink);
}

static void waits_for_a_listener(void **state)
{
	static const char *const lines[] = {"one", "two"};
	struct fa_event_sink *sink = opened(where);
	int server;
	int reader;

	(void)state;
	assert_int_equal(warning_count(), 1);
	assert_warned("nobody listens there yet");
	batch(sink, lines, 2);
	batch(sink, lines, 2);
	assert_int_equal(warning_count(), 1);
	assert_int_equal(fa_event_sink_waiting(sink), 4);
	server = listening(SOCK_STREAM);
	send_one(sink, "three");
	reader = accept(server, NULL, NULL);
	assert_received(reader, "one\ntwo\none\ntwo\nthree\n");
	assert_int_equal(warning_count(), 2);
	assert_warned("works again; 0 lines were lost");
	close(reader);
	close(server);
	fa_event_sink_free(sink);
	assert_int_equal(warning_count(), 2);
}

static void goes_to_datagram_sockets(void **state)
{
	static const char *const lines[] = {"one", "two"};
	int server = listening(SOCK_DGRAM);
	struct fa_event_sink *sink = opened(where);
	char text[64];

	(void)state;
	batch(sink, lines, 2);
	assert_int_equal(recv(server, text, sizeof(text), MSG_DONTWAIT), 4); /* a line each */
	assert_int_equal(recv(server, text, sizeof(text), MSG_DONTWAIT), 4);
	assert_memory_equal(text, "two\n", 4);
	close(server);
	unlink(path);
	send_one(sink, "three");
	assert_int_equal(fa_event_sink_waiting(sink), 1);
	assert_int_equal(warning_count(), 1);
	server = listening(SOCK_DGRAM);
	send_one(sink, "four");
	assert_int_equal(recv(server, text, sizeof(text), MSG_DONTWAIT), 6);
	assert_memory_equal(text, "three\n", 6);
	close(server);
	fa_event_sink_free(sink);
}

/* What no datagram can hold is dropped; what follows is not. */
static void drops_what_never_fits(void **state)
{
	int server = listening(SOCK_DGRAM);
	struct fa_event_sink *sink = opened(where);
	char *big = malloc(1 << 20);
	const char *lines[] = {big, "small"};
	char text[64];

	(void)state;
	memset(big, 'x', (1 << 20) - 1);
	big[(1 << 20) - 1] = '\0';
	batch(sink, lines, 2);
	assert_int_equal(recv(server, text, sizeof(text), MSG_DONTWAIT), 6);
	assert_int_equal(fa_event_sink_dropped(sink), 1);
	free(big);
	close(server);
	fa_event_sink_free(sink);
}

/* The other side was started again between two windows. */
static void connects_again(void **state)
{
	int server = listening(SOCK_STREAM);
	struct fa_event_sink *sink = opened(where);
	int reader = accept(server, NULL, NULL);

	(void)state;
	send_one(sink, "one");
	assert_received(reader, "one\n");
	close(reader);
	send_one(sink, "two");
	reader = accept(server, NULL, NULL);
	assert_received(reader, "two\n");

	/* Within a batch, too. */
	signal(SIGPIPE, SIG_DFL);
	fa_event_sink_begin(sink);
	close(reader);
	fa_event_sink_line(sink, "three");
	fa_event_sink_end(sink);
	signal(SIGPIPE, SIG_IGN);
	reader = accept(server, NULL, NULL);
	assert_received(reader, "three\n");
	assert_string_equal(warnings, "");
	close(reader);
	close(server);
	fa_event_sink_free(sink);
}

enum { LONG_LINE = 6000, LONG_LINES = 60 };

static char *long_line(unsigned number)
{
	static char line[LONG_LINE + 1];

	memset(line, '.', LONG_LINE);
	snprintf(line, sizeof(line), "%06u", number);
	line[6] = '.';
	return line;
}

/* It reads nothing for a while: that costs a second, and nothing is torn or out of order. */
static void a_slow_reader_costs_a_second(void **state)
{
	int server = listening(SOCK_STREAM);
	struct fa_event_sink *sink = opened(where);
	int reader = accept(server, NULL, NULL);
	size_t size = (size_t)(LONG_LINE + 1) * LONG_LINES + 1;
	char *text = malloc(size);
	int64_t begun = fa_monotonic_ns();
	int64_t took_ms;
	size_t len;

	(void)state;
	fa_event_sink_begin(sink);
	for (unsigned i = 0; i < LONG_LINES; i++)
		fa_event_sink_line(sink, long_line(i));
	fa_event_sink_end(sink);
	took_ms = (fa_monotonic_ns() - begun) / 1000000;
	if (took_ms < 900 || took_ms > 2500)
		fail_msg("it took %lld ms", (long long)took_ms);
	assert_int_equal(warning_count(), 1);
	assert_warned("too slow");
	assert_true(fa_event_sink_waiting(sink) > 0);
	len = drain(sink, reader, text, size);
	assert_int_equal(len, size - 1);
	for (unsigned i = 0; i < LONG_LINES; i++)
		assert_memory_equal(text + (size_t)i * (LONG_LINE + 1), long_line(i), LONG_LINE);
	assert_warned("works again; 0 lines were lost");
	assert_int_equal(fa_event_sink_dropped(sink), 0);
	free(text);
	close(reader);
	close(server);
	fa_event_sink_free(sink);
}

/* A reader that went away with half a line: the next one gets all of it. */
static void torn_lines_are_sent_again(void **state)
{
	enum { BIG = 1 << 20 }; /* more than a socket holds */
	int server = listening(SOCK_STREAM);
	struct fa_event_sink *sink = opened(where);
	int reader = accept(server, NULL, NULL);
	char *line = malloc(BIG + 1);
	char text[64];

	(void)state;
	memset(line, '.', BIG);
	memcpy(line, "begin", 5);
	line[BIG] = '\0';
	send_one(sink, line);
	assert_int_equal(fa_event_sink_waiting(sink), 1);
	assert_int_equal(recv(reader, text, sizeof(text), 0), sizeof(text));
	close(reader);
	batch(sink, NULL, 0);
	reader = accept(server, NULL, NULL);
	assert_int_equal(recv(reader, text, sizeof(text), 0), sizeof(text));
	assert_memory_equal(text, "begin...", 8);
	free(line);
	close(reader);
	close(server);
	fa_event_sink_free(sink);
}

/* What always fails is given up until the next batch. */
static void a_full_device_is_no_endless_work(void **state)
{
	struct fa_event_sink *sink;

	(void)state;
	if (access("/dev/full", W_OK) != 0)
		skip();
	sink = opened("/dev/full");
	send_one(sink, "one");
	send_one(sink, "two");
	assert_int_equal(fa_event_sink_waiting(sink), 2);
	assert_int_equal(warning_count(), 1);
	assert_warned("No space left");
	fa_event_sink_free(sink);
}

static void keeps_no_more_than_its_limit(void **state)
{
	struct fa_event_sink *sink = opened(where);
	char line[32];
	char text[16 * FA_EVENT_SINK_LINES];
	int server;
	int reader;

	(void)state;
	fa_event_sink_begin(sink);
	for (unsigned i = 0; i < FA_EVENT_SINK_LINES + 7; i++) {
		snprintf(line, sizeof(line), "line %u", i);
		fa_event_sink_line(sink, line);
	}
	fa_event_sink_end(sink);
	assert_int_equal(fa_event_sink_waiting(sink), FA_EVENT_SINK_LINES);
	assert_int_equal(fa_event_sink_dropped(sink), 7);
	assert_int_equal(warning_count(), 2);
	assert_warned("dropped from now on");
	server = listening(SOCK_STREAM);
	batch(sink, NULL, 0);
	reader = accept(server, NULL, NULL);
	drain(sink, reader, text, sizeof(text));
	assert_memory_equal(text, "line 0\nline 1\n", 14);
	assert_non_null(strstr(text, "\nline 999\n"));
	assert_null(strstr(text, "\nline 1000\n"));
	assert_warned("works again; 7 lines were lost");
	close(reader);
	close(server);
	fa_event_sink_free(sink);
}

static void keeps_no_more_bytes_than_its_limit(void **state)
{
	struct fa_event_sink *sink = opened(where);
	char *line = malloc(FA_EVENT_SINK_BYTES / 4 + 1);

	(void)state;
	memset(line, 'x', FA_EVENT_SINK_BYTES / 4);
	line[FA_EVENT_SINK_BYTES / 4] = '\0';
	for (unsigned i = 0; i < 6; i++)
		send_one(sink, line);
	assert_int_equal(fa_event_sink_waiting(sink), 3); /* their newlines count */
	assert_int_equal(fa_event_sink_dropped(sink), 3);
	fa_event_sink_free(sink);
	assert_warned("3 lines were not delivered");
	free(line);
}

/* More lines than may wait are no matter while they can be delivered. */
static void a_large_batch_is_delivered(void **state)
{
	struct fa_event_sink *sink = opened(path);
	struct stat st;

	(void)state;
	fa_event_sink_begin(sink);
	for (unsigned i = 0; i < 5 * FA_EVENT_SINK_LINES; i++)
		fa_event_sink_line(sink, "1234567");
	fa_event_sink_end(sink);
	assert_int_equal(fa_event_sink_dropped(sink), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 8 * 5 * FA_EVENT_SINK_LINES);
	fa_event_sink_free(sink);
}

static void waits_for_the_reader_of_a_fifo(void **state)
{
	struct fa_event_sink *sink;
	char text[16] = "";
	int reader;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	sink = opened(path);
	send_one(sink, "one");
	assert_int_equal(fa_event_sink_waiting(sink), 1);
	reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	send_one(sink, "two");
	assert_int_equal(read(reader, text, sizeof(text)), 8);
	assert_string_equal(text, "one\ntwo\n");
	close(reader);
	send_one(sink, "three");
	assert_int_equal(fa_event_sink_waiting(sink), 1);
	fa_event_sink_free(sink);
}

/* A pipe that nobody empties: what others see of standard output stays blocking. */
static void standard_output_may_be_a_full_pipe(void **state)
{
	int saved = dup(STDOUT_FILENO);
	struct fa_event_sink *sink;
	int64_t begun;
	int64_t took_ms;
	int flags;
	int ends[2];

	(void)state;
	fflush(stdout);
	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDOUT_FILENO);
	sink = opened("-");
	begun = fa_monotonic_ns();
	fa_event_sink_begin(sink);
	for (unsigned i = 0; i < 100; i++)
		fa_event_sink_line(sink, long_line(i));
	fa_event_sink_end(sink);
	took_ms = (fa_monotonic_ns() - begun) / 1000000;
	flags = fcntl(STDOUT_FILENO, F_GETFL);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	assert_int_equal(flags & O_NONBLOCK, 0);
	if (took_ms < 900 || took_ms > 2500)
		fail_msg("it took %lld ms", (long long)took_ms);
	assert_true(fa_event_sink_waiting(sink) > 0);
	assert_warned("standard output: cannot be written to");
	close(ends[0]);
	close(ends[1]);
	batch(sink, NULL, 0); /* nobody will ever read: no signal, no crash */
	fa_event_sink_free(sink);
}

static int clean(void **state)
{
	(void)state;
	unlink(path);
	unlink(other);
	warnings[0] = '\0';
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(appends_to_a_file, clean),
		cmocka_unit_test_setup(follows_its_name, clean),
		cmocka_unit_test_setup(waits_for_a_folder, clean),
		cmocka_unit_test_setup(refuses_the_impossible, clean),
		cmocka_unit_test_setup(goes_on_where_the_disk_was_full, clean),
		cmocka_unit_test_setup(waits_for_a_listener, clean),
		cmocka_unit_test_setup(goes_to_datagram_sockets, clean),
		cmocka_unit_test_setup(drops_what_never_fits, clean),
		cmocka_unit_test_setup(connects_again, clean),
		cmocka_unit_test_setup(a_slow_reader_costs_a_second, clean),
		cmocka_unit_test_setup(torn_lines_are_sent_again, clean),
		cmocka_unit_test_setup(a_full_device_is_no_endless_work, clean),
		cmocka_unit_test_setup(keeps_no_more_than_its_limit, clean),
		cmocka_unit_test_setup(keeps_no_more_bytes_than_its_limit, clean),
		cmocka_unit_test_setup(a_large_batch_is_delivered, clean),
		cmocka_unit_test_setup(waits_for_the_reader_of_a_fifo, clean),
		cmocka_unit_test_setup(standard_output_may_be_a_full_pipe, clean),
	};
	int failed;

	signal(SIGPIPE, SIG_IGN);
	strcpy(folder, "/tmp/flowaudit-events-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/events", folder);
	snprintf(other, sizeof(other), "%s/other", folder);
	snprintf(where, sizeof(where), "unix:%s", path);
	failed = cmocka_run_group_tests_name("event sink", tests, NULL, NULL);
	clean(NULL);
	rmdir(folder);
	return failed;
}
