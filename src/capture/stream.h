/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The bytes of one input, decompressed where its first bytes say so. Private to this folder.
 *
 * Memory is bounded whatever the input says: one input buffer, and what the decompressor needs
 * (gzip 40 KiB; zstd its window, at most 128 MiB).
 */
#ifndef FA_CAPTURE_STREAM_H
#define FA_CAPTURE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "capture/capture.h"

/* Bytes that fa_stream_head looks ahead. */
#define FA_STREAM_HEAD 16

/* What a decompressor did with the bytes it got. */
struct fa_codec_io {
	const uint8_t *in;
	size_t in_len; /* reduced by what was taken */
	uint8_t *out;
	size_t out_len; /* reduced by what was written */
};

enum fa_codec_state {
	FA_CODEC_INSIDE,  /* the data cannot end here */
	FA_CODEC_BETWEEN, /* a whole number of frames was read: the data may end here */
	FA_CODEC_BROKEN	  /* the message was written */
};

/* One compression format. */
struct fa_codec {
	const char *name;
	const uint8_t *magic;
	const uint8_t *magic_mask; /* bits that must agree; NULL: all */
	size_t magic_len;
	void *(*begin)(void); /* NULL: no memory. Missing: recognised but not built in */
	enum fa_codec_state (*decode)(void *state, struct fa_codec_io *io, char *message,
				      size_t message_size);
	void (*end)(void *state);
	const char *by_hand; /* the program that decompresses such a file to its output */
};

/* The format whose magic stands at BYTES, or NULL. Formats without begin are recognised too. */
const struct fa_codec *fa_codec_find(const uint8_t *bytes, size_t len);

struct fa_stream;

/*
 * Reads from FD, which it takes over, also on failure. OPTIONS stays borrowed: its idle hook is
 * used when FD is no regular file. FA_EUNSUPPORTED: a compression that is not built in.
 */
int fa_stream_open(struct fa_stream **out, int fd, const struct fa_source_options *options,
		   struct fa_diag *diag);
void fa_stream_free(struct fa_stream *stream);

/* The first bytes after decompression, at most FA_STREAM_HEAD; fewer only at the end or when the
 * rest cannot be read (fa_stream_error tells). They stay to be read. */
size_t fa_stream_head(struct fa_stream *stream, const uint8_t **bytes);

/* At most LEN bytes; 0 at the end, -1 on an error, which is then sticky. */
ssize_t fa_stream_read(struct fa_stream *stream, void *bytes, size_t len);

/* A FILE that reads the stream, for one thread. Closing it does not close the stream. */
FILE *fa_stream_file(struct fa_stream *stream);

/* 0 or the error code of the failed read, with its message. */
int fa_stream_error(const struct fa_stream *stream, const char **message);

/* "gzip", "zstd", or NULL when not compressed. */
const char *fa_stream_compression(const struct fa_stream *stream);

/* Bytes taken from the descriptor so far. */
uint64_t fa_stream_consumed(const struct fa_stream *stream);

#endif
