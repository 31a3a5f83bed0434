/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One input as a stream of bytes: reading, waiting for pipes, recognising compression. */
#include "capture/stream.h"

#include <errno.h>
#include <poll.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INPUT_BYTES 65536
#define WAIT_MS	    100

struct fa_stream {
	int fd;
	bool may_wait; /* no regular file: reading may block for long */
	bool ended;    /* the descriptor has no more */
	enum fa_codec_state state;
	int error;
	const struct fa_source_options *options;
	const struct fa_codec *codec; /* NULL: not compressed */
	void *codec_state;
	uint64_t consumed;
	size_t in_at, in_len; /* what is left in `in` */
	size_t head_at, head_len;
	uint8_t head[FA_STREAM_HEAD];
	char message[256];
	uint8_t in[INPUT_BYTES];
};

static ssize_t fail_errno(struct fa_stream *stream, int errnum)
{
	stream->error = fa_error_from_errno(errnum);
	snprintf(stream->message, sizeof(stream->message), "cannot be read: %s", strerror(errnum));
	return -1;
}

/* Until a pipe has something. False when the hook ended the wait. */
static bool wait_readable(struct fa_stream *stream)
{
	const struct fa_source_options *options = stream->options;
	struct pollfd ready = {.fd = stream->fd, .events = POLLIN};
	int n;

	for (;;) {
		n = poll(&ready, 1, options->idle != NULL ? WAIT_MS : -1);
		if (n > 0 || (n < 0 && errno != EINTR))
			return true; /* an error shows again in read */
		if (options->idle != NULL && options->idle(options->context)) {
			stream->error = FA_EINTERRUPTED;
			snprintf(stream->message, sizeof(stream->message), "interrupted");
			return false;
		}
	}
}

static ssize_t read_raw(struct fa_stream *stream, void *bytes, size_t len)
{
	ssize_t n;

	if (stream->ended)
		return 0;
	do {
		if (stream->may_wait && !wait_readable(stream))
			return -1;
		n = read(stream->fd, bytes, len);
	} while (n < 0 && (errno == EINTR || (errno == EAGAIN && stream->may_wait)));
	if (n < 0)
		return fail_errno(stream, errno);
	stream->ended = n == 0;
	stream->consumed += (size_t)n;
	return n;
}

static ssize_t fill(struct fa_stream *stream)
{
	ssize_t n = read_raw(stream, stream->in, sizeof(stream->in));

	stream->in_at = 0;
	stream->in_len = n > 0 ? (size_t)n : 0;
	return n;
}

static ssize_t read_plain(struct fa_stream *stream, void *bytes, size_t len)
{
	if (stream->in_len == 0)
		return read_raw(stream, bytes, len);
	if (len > stream->in_len)
		len = stream->in_len;
	memcpy(bytes, stream->in + stream->in_at, len);
	stream->in_at += len;
	stream->in_len -= len;
	return (ssize_t)len;
}

/* Whether the end of the file is an end of the compressed data, too. */
static ssize_t end_of_data(struct fa_stream *stream)
{
	if (stream->state == FA_CODEC_BETWEEN)
		return 0;
	stream->error = FA_ETRUNCATED;
	snprintf(stream->message, sizeof(stream->message), "the %s data end in the middle",
		 stream->codec->name);
	return -1;
}

static ssize_t read_compressed(struct fa_stream *stream, void *bytes, size_t len)
{
	for (;;) {
		struct fa_codec_io io = {.out = bytes, .out_len = len};

		if (stream->in_len == 0 && fill(stream) < 0)
			return -1;
		io.in = stream->in + stream->in_at;
		io.in_len = stream->in_len;
		stream->state = stream->codec->decode(stream->codec_state, &io, stream->message,
						      sizeof(stream->message));
		stream->in_at += stream->in_len - io.in_len;
		stream->in_len = io.in_len;
		if (stream->state == FA_CODEC_BROKEN)
			stream->error = FA_EFORMAT;
		if (io.out_len < len)
			return (ssize_t)(len - io.out_len);
		if (stream->error != FA_OK)
			return -1;
		if (stream->ended && stream->in_len == 0)
			return end_of_data(stream);
	}
}

/* Past the look-ahead. Bytes that came before an error are given first. */
static ssize_t read_decoded(struct fa_stream *stream, void *bytes, size_t len)
{
	if (stream->error != FA_OK)
		return -1;
	return stream->codec == NULL ? read_plain(stream, bytes, len)
				     : read_compressed(stream, bytes, len);
}

ssize_t fa_stream_read(struct fa_stream *stream, void *bytes, size_t len)
{
	size_t left = stream->head_len - stream->head_at;

	if (left == 0 || len == 0)
		return read_decoded(stream, bytes, len);
	if (len > left)
		len = left;
	memcpy(bytes, stream->head + stream->head_at, len);
	stream->head_at += len;
	return (ssize_t)len;
}

size_t fa_stream_head(struct fa_stream *stream, const uint8_t **bytes)
{
	ssize_t n;

	while (stream->head_len < FA_STREAM_HEAD) {
		n = read_decoded(stream, stream->head + stream->head_len,
				 FA_STREAM_HEAD - stream->head_len);
		if (n <= 0)
			break;
		stream->head_len += (size_t)n;
	}
	*bytes = stream->head;
	return stream->head_len;
}

/* Enough raw bytes to know the compression, as far as there are any. */
static ssize_t fill_magic(struct fa_stream *stream)
{
	ssize_t n;

	do {
		n = read_raw(stream, stream->in + stream->in_len, INPUT_BYTES - stream->in_len);
		if (n > 0)
			stream->in_len += (size_t)n;
	} while (n > 0 && stream->in_len < FA_STREAM_HEAD);
	return n;
}

static int begin_codec(struct fa_stream *stream, struct fa_diag *diag)
{
	const struct fa_codec *codec = fa_codec_find(stream->in, stream->in_len);

	if (codec == NULL)
		return FA_OK;
	if (codec->begin == NULL)
		return fa_fail(diag, FA_EUNSUPPORTED,
			       "compressed with %s, which is not read here: give it as \"%s FILE\" "
			       "through standard input (-)",
			       codec->name, codec->by_hand);
	stream->codec_state = codec->begin();
	if (stream->codec_state == NULL)
		return fa_fail(diag, FA_ENOMEM, "no memory to decompress");
	stream->codec = codec;
	return FA_OK;
}

int fa_stream_open(struct fa_stream **out, int fd, const struct fa_source_options *options,
		   struct fa_diag *diag)
{
	struct fa_stream *stream = malloc(sizeof(*stream));
	struct stat status;
	int err;

	if (stream == NULL) {
		close(fd);
		return fa_fail(diag, FA_ENOMEM, "no memory to open");
	}
	memset(stream, 0, offsetof(struct fa_stream, in));
	stream->fd = fd;
	stream->options = options;
	stream->may_wait = fstat(fd, &status) == 0 && !S_ISREG(status.st_mode);
	if (fill_magic(stream) < 0)
		err = fa_fail(diag, stream->error, "%s", stream->message);
	else
		err = begin_codec(stream, diag);
	if (err != FA_OK) {
		fa_stream_free(stream);
		return err;
	}
	*out = stream;
	return FA_OK;
}

void fa_stream_free(struct fa_stream *stream)
{
	if (stream == NULL)
		return;
	if (stream->codec != NULL)
		stream->codec->end(stream->codec_state);
	close(stream->fd);
	free(stream);
}

static ssize_t cookie_read(void *cookie, char *bytes, size_t len)
{
	ssize_t n = fa_stream_read(cookie, bytes, len);

	if (n < 0)
		errno = EIO;
	return n;
}

FILE *fa_stream_file(struct fa_stream *stream)
{
	FILE *file = fopencookie(stream, "r", (cookie_io_functions_t){.read = cookie_read});

	/* stdio's locking costs more than libpcap's work on a packet. */
	if (file != NULL)
		__fsetlocking(file, FSETLOCKING_BYCALLER);
	return file;
}

int fa_stream_error(const struct fa_stream *stream, const char **message)
{
	*message = stream->message;
	return stream->error;
}

const char *fa_stream_compression(const struct fa_stream *stream)
{
	return stream->codec == NULL ? NULL : stream->codec->name;
}

uint64_t fa_stream_consumed(const struct fa_stream *stream)
{
	return stream->consumed;
}
