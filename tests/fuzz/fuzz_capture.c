/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes reading captures: the input is a file, plain or compressed. Its first byte chooses the
 * size of the batches and whether there is a filter; the rest is the file, given twice to be
 * merged when the highest bit is set.
 */
#include "capture/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Packets read of one input: a compressed file may have any number. */
#define PACKETS_MAX 10000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* What came, and from where. */
struct seen {
	uint64_t sum, packets;
	uint32_t interfaces; /* at least so many, to judge by the numbers */
};

static int sink(void *context, const struct fa_frame *frame)
{
	struct seen *seen = context;

	require(frame->captured <= frame->wire && frame->captured <= 262144);
	for (uint32_t i = 0; i < frame->captured; i++)
		seen->sum += frame->data[i]; /* every byte must be there */
	require(frame->ts_ns < INT64_MAX - INT64_C(4000000000000000000));
	seen->packets++;
	if (frame->interface >= seen->interfaces)
		seen->interfaces = frame->interface + 1;
	return 0;
}

/* The sums agree with what came, and names are host names. */
static void check_source(const struct fa_source *source, const struct seen *seen)
{
	struct fa_run_interfaces interfaces;
	struct fa_name_answer name;
	uint64_t packets = 0;
	uint64_t more;

	fa_source_interfaces(source, &interfaces);
	require(seen->interfaces <= interfaces.count + interfaces.more);
	for (uint32_t i = 0; i < interfaces.count; i++) {
		packets += interfaces.items[i].packets;
		require(memchr(interfaces.items[i].name, '\0', FA_INTERFACE_TEXT) != NULL);
	}
	require(interfaces.more > 0 ? packets <= seen->packets : packets == seen->packets);
	for (size_t i = fa_source_names(source, &more); i > 0; i--) {
		fa_source_name(source, i - 1, &name);
		require(name.by_capture && name.host[0] != '\0' &&
			strlen(name.host) < sizeof(name.host) && name.address.version != 0);
	}
	require(fa_source_mended(source) <= seen->packets);
}

static void warn(void *context, const char *text)
{
	(void)context;
	require(text[0] != '\0');
}

static void read_all(const char *const *names, size_t count, uint8_t choice)
{
	struct fa_source_options options = {.filter = choice & 1 ? "udp port 53" : NULL,
					    .warn = warn};
	struct seen seen = {0};
	struct fa_frame_sink to = {.fn = sink, .context = &seen};
	struct fa_diag diag = {.text = ""};
	unsigned batch = 1u + (choice >> 1 & 7) * 9u;
	struct fa_source *source;
	unsigned packets = 0;
	uint64_t done, total;
	int result = fa_source_open_files(&source, names, count, &options, &diag);

	require(result <= 0 && (result == 0) == (diag.text[0] == '\0'));
	require(strstr(diag.text, "cannot be opened") == NULL); /* else nothing is tested */
	if (result != 0)
		return;
	do {
		result = fa_source_read(source, batch, &to, &diag);
		require(result <= (int)batch);
		fa_source_progress(source, &done, &total);
		require(done <= total);
		packets += batch;
	} while (result > 0 && packets < PACKETS_MAX);
	require(result >= 0 || diag.text[0] != '\0');
	check_source(source, &seen);
	fa_source_free(source);
}

/* A file in memory with the contents DATA; its name goes to PATH. */
static int make_file(const uint8_t *data, size_t size, char *path, size_t path_size)
{
	int fd = memfd_create("capture", MFD_CLOEXEC);

	if (fd < 0)
		return fd;
	if (size > 0 && write(fd, data, size) != (ssize_t)size) {
		close(fd);
		return -1;
	}
	snprintf(path, path_size, "/proc/self/fd/%d", fd);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char first[32];
	char second[32];
	const char *names[] = {first, second};
	int fds[2];

	if (size == 0)
		return 0;
	fds[0] = make_file(data + 1, size - 1, first, sizeof(first));
	fds[1] = make_file(data + 1, size - 1, second, sizeof(second));
	if (fds[0] >= 0 && fds[1] >= 0)
		read_all(names, data[0] & 0x80 ? 2 : 1, data[0]);
	for (int i = 0; i < 2; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return 0;
}
