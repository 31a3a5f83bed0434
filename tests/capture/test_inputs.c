/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person can give: files, directories, pipes, standard input, and mistakes. */
#include "support.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOBODY 65534

static struct bytes made;

static void make_file(const char *name, uint32_t first, uint32_t step, unsigned count)
{
	made.len = 0;
	put_pcap_file(&made, first, step, count);
	write_bytes(name, &made);
}

static void bad_inputs(void **state)
{
	static const struct {
		const char *name;
		const char *contents;
		size_t len;
		int error;
		const char *message;
	} bad[] = {
		{"foo.txt", "hello", 5, FA_EFORMAT,
		 "foo.txt: not a capture: starts with \"hell\" (pcap, pcapng, gzip or zstd "
		 "expected)"},
		{"elf",
		 "\x7f"
		 "ELF",
		 4, FA_EFORMAT, "elf: not a capture: starts with 7f 45 4c 46 (pcap"},
		{"short", "hi", 2, FA_EFORMAT, "short: not a capture: starts with \"hi\" ("},
		{"empty.pcap", "", 0, FA_EFORMAT, "empty.pcap: not a capture: empty (0 bytes)"},
		{"version", "\xd4\xc3\xb2\xa1\x09\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0", 24,
		 FA_EUNSUPPORTED,
		 "version: libpcap cannot read this capture: unsupported pcap savefile version"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_file(bad[i].name, bad[i].contents, bad[i].len);
		assert_int_equal(read_one(in_folder(bad[i].name)), bad[i].error);
		assert_message(bad[i].message);
		assert_int_equal(seen.warning_count, 0);
	}
}

static void not_there(void **state)
{
	(void)state;
	assert_int_equal(read_one(in_folder("missing.pcap")), FA_ENOENT);
	assert_message("missing.pcap: cannot be opened: No such file or directory");
	assert_int_equal(read_names(NULL, 0, NULL, 1), FA_EINVAL);
	assert_message("no capture file given");
	/* a bad one among good ones: nothing is read */
	make_file("good.pcap", 1, 1, 3);
	{
		const char *names[] = {in_folder("good.pcap"), in_folder("missing.pcap")};

		assert_int_equal(read_names(names, 2, NULL, 9), FA_ENOENT);
		assert_int_equal(seen.packets, 0);
	}
}

static void unreadable(void **state)
{
	bool root = geteuid() == 0;
	int result;

	(void)state;
	make_file("secret.pcap", 1, 1, 3);
	assert_int_equal(chmod(in_folder("secret.pcap"), 0), 0);
	assert_int_equal(chmod(in_folder("."), 0755), 0);
	if (root) /* who may read everything */
		assert_int_equal(seteuid(NOBODY), 0);
	result = read_one(in_folder("secret.pcap"));
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(result, FA_EPERM);
	assert_message("secret.pcap: cannot be opened: Permission denied");
}

/* A name cannot do anything to the terminal. */
static void hostile_name(void **state)
{
	(void)state;
	write_file("a\x1b[2Jb", "hello", 5);
	assert_int_equal(read_one(in_folder("a\x1b[2Jb")), FA_EFORMAT);
	assert_message("a\\x1b[2Jb: not a capture");
	assert_null(strchr(seen.diag.text, 0x1b));
}

static void given_twice(void **state)
{
	const char *names[] = {in_folder("one.pcap"), in_folder("./one.pcap"), in_folder("link"),
			       in_folder("hard"), in_folder("two.pcap")};

	(void)state;
	make_file("one.pcap", 10, 1, 3);
	make_file("two.pcap", 5, 1, 2);
	assert_int_equal(symlink(names[0], names[2]), 0);
	assert_int_equal(link(names[0], names[3]), 0);
	assert_int_equal(read_names(names, 5, NULL, 9), 0);
	assert_int_equal(seen.packets, 5);
	assert_int_equal(seen.counts.files, 2);
	assert_int_equal(seen.warning_count, 3);
	assert_warned("link: given twice (the same file as ");
	assert_warned("one.pcap): read once");
}

static void directory(void **state)
{
	const char *name = in_folder("dir");
	uint8_t frame[UDP_LEN];

	(void)state;
	assert_int_equal(mkdir(name, 0700), 0);
	assert_int_equal(read_one(name), FA_EFORMAT);
	assert_message("dir: a directory without captures");
	write_file("dir/README", "hello world", 11);
	assert_int_equal(read_one(name), FA_EFORMAT);
	assert_message("dir: a directory without captures");

	make_file("dir/b", 1, 1, 2);
	make_file("dir/a.dat", 100, 1, 2);
	make_file("dir/.hidden", 100, 1, 2);
	write_gzip("dir/c.gz", made.data, made.len);
	write_gzip("dir/text.gz", "hello world", 11);
	assert_int_equal(mkdir(in_folder("dir/sub"), 0700), 0);
	make_file("dir/sub/d", 1, 1, 2);
	assert_int_equal(mkfifo(in_folder("dir/pipe"), 0600), 0);
	made.len = 0;
	put_ng_section(&made);
	put_ng_interface(&made, ETHERNET);
	make_udp(frame, 53);
	put_ng_packet(&made, 0, 50000000, frame, UDP_LEN);
	write_bytes("dir/e", &made);
	assert_int_equal(read_one(name), 0);
	assert_int_equal(seen.counts.files, 4);
	assert_int_equal(seen.packets, 7);
	assert_int_equal(seen.ts_ns[0], 1000000000ll);
	assert_int_equal(seen.ts_ns[2], 50000000000ll);
	assert_int_equal(seen.ts_ns[6], 101000000000ll);
	assert_int_equal(seen.warning_count, 1);
	assert_warned("dir: 2 files not read, being no captures: ");
	assert_warned("dir/README ...");
	/* with a slash, and a file of it again */
	{
		const char *names[] = {in_folder("dir/"), in_folder("dir/b")};

		assert_int_equal(read_names(names, 2, NULL, 9), 0);
		assert_int_equal(seen.packets, 7);
		assert_warned("dir/b: given twice");
	}
}

/* What the source says about its files, in the order they were named, not that of their packets. */
static void what_was_read(void **state)
{
	const struct timespec times[2] = {{5, 6}, {1700000000, 123456789}};
	const char *names[] = {in_folder("later.pcap"), in_folder("read"), in_folder("fifo")};
	char *expected[] = {NULL, NULL, NULL};
	struct fa_input_files files;
	struct fa_source *source;
	int pipe;

	(void)state;
	make_file("later.pcap", 100, 1, 2);
	assert_int_equal(utimensat(AT_FDCWD, names[0], times, 0), 0);
	assert_int_equal(mkdir(names[1], 0700), 0);
	make_file("read/a", 1, 1, 3);
	assert_int_equal(mkfifo(names[2], 0600), 0);
	/* Both ends, so that opening does not wait; the header is enough to begin. */
	pipe = open(names[2], O_RDWR | O_NONBLOCK);
	assert_int_equal(write(pipe, made.data, made.len), made.len);
	assert_int_equal(open_names(&source, names, 3, NULL), 0);
	fa_source_files(source, &files);
	assert_int_equal(files.count, 3);
	expected[0] = realpath(names[0], NULL);
	expected[1] = realpath(in_folder("read/a"), NULL);
	expected[2] = realpath(names[2], NULL);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(files.items[i].path, expected[i]);
		free(expected[i]);
	}
	assert_int_equal(files.items[0].path[0], '/');
	assert_int_equal(files.items[0].bytes, 24 + 2 * (16 + UDP_LEN));
	assert_int_equal(files.items[0].mtime_ns, 1700000000123456789ll);
	assert_int_equal(files.items[1].bytes, 24 + 3 * (16 + UDP_LEN));
	assert_int_equal(files.items[2].bytes, 0);
	assert_int_equal(files.items[2].mtime_ns, 0);
	fa_source_free(source);
	close(pipe);
}

/* A capture in a directory that is cut within its header is an error, not left out. */
static void directory_with_a_cut_file(void **state)
{
	(void)state;
	assert_int_equal(mkdir(in_folder("dir2"), 0700), 0);
	make_file("dir2/a", 1, 1, 2);
	write_file("dir2/b", made.data, 20);
	assert_int_equal(read_one(in_folder("dir2")), FA_ETRUNCATED);
	assert_message("dir2/b: ends within its file header");
}

/* Writes `made` in two parts into a descriptor. */
struct writer {
	pthread_t thread;
	int fd;
	const char *path;
	size_t first_part;
	unsigned pause_us;
};

static void write_all(int fd, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n <= 0)
			return;
		data += n;
		len -= (size_t)n;
	}
}

static void *write_parts(void *context)
{
	struct writer *writer = context;

	if (writer->path != NULL) {
		usleep(writer->pause_us);
		writer->fd = open(writer->path, O_WRONLY);
	}
	write_all(writer->fd, made.data, writer->first_part);
	usleep(writer->pause_us);
	write_all(writer->fd, made.data + writer->first_part, made.len - writer->first_part);
	close(writer->fd);
	return NULL;
}

/* Standard input becomes the reading end of a pipe; returns what it was. */
static int begin_pipe(struct writer *writer)
{
	int saved = dup(STDIN_FILENO);
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	writer->fd = ends[1];
	return saved;
}

static void end_pipe(int saved)
{
	dup2(saved, STDIN_FILENO);
	close(saved);
}

static void standard_input(void **state)
{
	const char *name = "-";

	(void)state;
	for (size_t part = 1; part < 100; part += 9) {
		struct writer writer = {.first_part = part, .pause_us = 2000};
		int saved = begin_pipe(&writer);
		struct fa_source *source;
		uint64_t done;
		uint64_t total;

		made.len = 0;
		put_pcap_file(&made, 7, 1, 500);
		pthread_create(&writer.thread, NULL, write_parts, &writer);
		assert_int_equal(open_names(&source, &name, 1, NULL), 0);
		while (read_batch(source, 100) > 0)
			;
		assert_int_equal(seen.packets, 500);
		assert_int_equal(seen.warning_count, 0);
		fa_source_progress(source, &done, &total);
		assert_int_equal(done, made.len);
		assert_int_equal(total, 0);
		fa_source_free(source);
		pthread_join(writer.thread, NULL);
		end_pipe(saved);
	}
}

/* "<(COMMAND)" of a shell, and a file that has no name any more. */
static void named_by_descriptor(void **state)
{
	struct writer writer = {.first_part = 10, .pause_us = 2000};
	char name[32];
	int ends[2];
	int fd;

	(void)state;
	made.len = 0;
	put_pcap_file(&made, 7, 1, 500);
	assert_int_equal(pipe(ends), 0);
	writer.fd = ends[1];
	snprintf(name, sizeof(name), "/dev/fd/%d", ends[0]);
	pthread_create(&writer.thread, NULL, write_parts, &writer);
	assert_int_equal(read_one(name), 0);
	assert_int_equal(seen.packets, 500);
	pthread_join(writer.thread, NULL);
	close(ends[0]);

	write_bytes("deleted", &made);
	fd = open(in_folder("deleted"), O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(unlink(in_folder("deleted")), 0);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	assert_int_equal(read_one(name), 0);
	assert_int_equal(seen.packets, 500);
	close(fd);
}

/* Compression is seen even when the first bytes come one by one. */
static void standard_input_compressed(void **state)
{
	const char *name = "-";
	struct writer writer = {.first_part = 1, .pause_us = 20000};
	int saved = begin_pipe(&writer);
	FILE *file;

	(void)state;
	make_file("in.pcap", 7, 1, 500);
	write_gzip("in.gz", made.data, made.len);
	file = fopen(in_folder("in.gz"), "r");
	assert_non_null(file);
	made.len = fread(made.data, 1, sizeof(made.data), file);
	fclose(file);
	pthread_create(&writer.thread, NULL, write_parts, &writer);
	assert_int_equal(read_names(&name, 1, NULL, 100), 0);
	assert_int_equal(seen.packets, 500);
	pthread_join(writer.thread, NULL);
	end_pipe(saved);
}

/* Somebody read a part of it before: the rest is the capture. */
static void standard_input_from_the_middle(void **state)
{
	const char *name = "-";
	int saved = dup(STDIN_FILENO);
	struct fa_source *source;
	uint64_t done;
	uint64_t total;
	int fd;

	(void)state;
	made.len = 0;
	put_raw(&made, "preamble", 8);
	put_pcap_file(&made, 7, 1, 5);
	write_bytes("in.pcap", &made);
	fd = open(in_folder("in.pcap"), O_RDONLY);
	dup2(fd, STDIN_FILENO);
	close(fd);
	lseek(STDIN_FILENO, 8, SEEK_SET);
	assert_int_equal(open_names(&source, &name, 1, NULL), 0);
	assert_int_equal(read_batch(source, 9), 5);
	fa_source_progress(source, &done, &total);
	assert_int_equal(total, made.len - 8);
	assert_int_equal(done, made.len - 8);
	fa_source_free(source);
	end_pipe(saved);
}

static void standard_input_is_a_file(void **state)
{
	const char *names[] = {"-", in_folder("in.pcap"), "-"};
	int saved = dup(STDIN_FILENO);
	int fd;

	(void)state;
	make_file("in.pcap", 7, 1, 5);
	fd = open(names[1], O_RDONLY);
	dup2(fd, STDIN_FILENO);
	close(fd);
	assert_int_equal(read_names(names, 3, NULL, 9), 0);
	assert_int_equal(seen.packets, 5);
	assert_int_equal(seen.warning_count, 2);
	assert_warned("in.pcap: given twice (the same file as standard input)");
	close(STDIN_FILENO);
	assert_int_equal(read_names(names, 1, NULL, 9), FA_EIO);
	assert_message("standard input: cannot be opened: Bad file descriptor");
	end_pipe(saved);
}

static void standard_input_cut(void **state)
{
	const char *name = "-";
	struct writer writer = {.first_part = 10, .pause_us = 0};
	int saved = begin_pipe(&writer);

	(void)state;
	made.len = 0;
	put_pcap_file(&made, 7, 1, 3);
	made.len -= 1;
	write_parts(&writer);
	assert_int_equal(read_names(&name, 1, NULL, 9), 0);
	assert_int_equal(seen.packets, 2);
	assert_warned("standard input: cut off after 2 packets: truncated");
	end_pipe(saved);

	saved = begin_pipe(&writer);
	close(writer.fd);
	assert_int_equal(read_names(&name, 1, NULL, 9), FA_EFORMAT);
	assert_message("standard input: not a capture: empty (0 bytes)");
	end_pipe(saved);
}

static void standard_input_is_a_terminal(void **state)
{
	const char *name = "-";
	int saved = dup(STDIN_FILENO);
	int terminal = posix_openpt(O_RDWR | O_NOCTTY);

	(void)state;
	if (terminal < 0)
		skip();
	dup2(terminal, STDIN_FILENO);
	close(terminal);
	assert_int_equal(read_names(&name, 1, NULL, 9), FA_EINVAL);
	assert_message("standard input: a terminal, not a capture");
	end_pipe(saved);
}

/* Two pipes and a file, merged; the pipes' writers come late. */
static void named_pipes(void **state)
{
	const char *names[] = {in_folder("p1"), in_folder("f"), in_folder("p2")};
	struct writer writers[2];
	struct fa_source *source;
	uint64_t done;
	uint64_t total;

	(void)state;
	make_file("f", 7, 2, 300);
	assert_int_equal(mkfifo(names[0], 0600), 0);
	assert_int_equal(mkfifo(names[2], 0600), 0);
	for (unsigned i = 0; i < 2; i++) {
		writers[i] =
			(struct writer){.path = names[2 * i], .first_part = 30, .pause_us = 20000};
		pthread_create(&writers[i].thread, NULL, write_parts, &writers[i]);
	}
	assert_int_equal(open_names(&source, names, 3, NULL), 0);
	while (read_batch(source, 50) > 0)
		;
	fa_source_progress(source, &done, &total);
	assert_int_equal(done, 3 * made.len);
	assert_int_equal(total, 0); /* nobody knows what a pipe will bring */
	fa_source_free(source);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(writers[i].thread, NULL);
	assert_int_equal(seen.packets, 900);
	assert_int_equal(seen.warning_count, 0);
	for (unsigned i = 0; i < 900; i++)
		assert_int_equal(seen.ts_ns[i], (7 + i / 3 * 2) * 1000000000ll);
}

static bool stop_waiting(void *context)
{
	unsigned *calls = context;

	return ++*calls >= 2;
}

static int ignore(void *context, const struct fa_frame *frame)
{
	(void)frame;
	++*(unsigned *)context;
	return 0;
}

/* A pipe that has nothing: the hook is asked, and can end the wait; before that, all is given. */
static void idle_hook_ends_the_wait(void **state)
{
	const char *name = "-";
	unsigned calls = 0;
	unsigned given = 0;
	struct fa_source_options options = {.idle = stop_waiting, .context = &calls};
	struct fa_frame_sink to = {.fn = ignore, .context = &given};
	struct fa_diag diag = {.text = ""};
	struct fa_source *source;
	struct writer writer;
	int saved = begin_pipe(&writer);

	(void)state;
	made.len = 0;
	put_pcap_file(&made, 7, 1, 3);
	write_all(writer.fd, made.data, made.len - 1);
	assert_int_equal(fa_source_open_files(&source, &name, 1, &options, &diag), 0);
	assert_int_equal(calls, 0);
	assert_int_equal(fa_source_read(source, 100, &to, &diag), FA_EINTERRUPTED);
	assert_int_equal(given, 2);
	assert_int_equal(calls, 2);
	assert_string_equal(diag.text, "standard input: interrupted");
	assert_int_equal(fa_source_read(source, 100, &to, &diag), FA_EINTERRUPTED);
	fa_source_free(source);
	close(writer.fd);
	end_pipe(saved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_inputs),
		cmocka_unit_test(not_there),
		cmocka_unit_test(unreadable),
		cmocka_unit_test(hostile_name),
		cmocka_unit_test(given_twice),
		cmocka_unit_test(directory),
		cmocka_unit_test(directory_with_a_cut_file),
		cmocka_unit_test(what_was_read),
		cmocka_unit_test(standard_input),
		cmocka_unit_test(named_by_descriptor),
		cmocka_unit_test(standard_input_compressed),
		cmocka_unit_test(standard_input_from_the_middle),
		cmocka_unit_test(standard_input_is_a_file),
		cmocka_unit_test(standard_input_cut),
		cmocka_unit_test(standard_input_is_a_terminal),
		cmocka_unit_test(named_pipes),
		cmocka_unit_test(idle_hook_ends_the_wait),
	};

	alarm(120); /* a wait that does not end is a failure */
	return cmocka_run_group_tests_name("capture/inputs", tests, set_up, tear_down);
}
