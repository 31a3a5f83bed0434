/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compression formats: a table of magics, and the two that are read, gzip and zstd. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "capture/stream.h"

#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST /* next_in is a pointer to const */
#include <zlib.h>
#if defined(HAVE_ZSTD) && HAVE_ZSTD
#include <zstd.h>
#endif

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* RFC 1952 section 2.2: a file is a series of members; padding with zeros after it is common. */
struct gzip {
	z_stream z;
	enum { GZIP_MEMBER, GZIP_AFTER_MEMBER, GZIP_PADDING } part;
};

static void *gzip_begin(void)
{
	struct gzip *gzip = calloc(1, sizeof(*gzip));

	/* 16: gzip framing only (zlib.h, inflateInit2). */
	if (gzip != NULL && inflateInit2(&gzip->z, MAX_WBITS + 16) != Z_OK) {
		free(gzip);
		gzip = NULL;
	}
	return gzip;
}

static void gzip_end(void *state)
{
	struct gzip *gzip = state;

	inflateEnd(&gzip->z);
	free(gzip);
}

/* After a member: another one, zeros, or nothing. False: something else follows. */
static bool gzip_after_member(struct gzip *gzip, struct fa_codec_io *io)
{
	if (io->in_len > 0 && io->in[0] != 0 && gzip->part == GZIP_AFTER_MEMBER) {
		if (io->in[0] != 0x1f)
			return false;
		inflateReset(&gzip->z);
		gzip->part = GZIP_MEMBER;
		return true;
	}
	while (io->in_len > 0) {
		if (io->in[0] != 0)
			return false;
		gzip->part = GZIP_PADDING;
		io->in++;
		io->in_len--;
	}
	return true;
}

static enum fa_codec_state gzip_decode(void *state, struct fa_codec_io *io, char *message,
				       size_t message_size)
{
	struct gzip *gzip = state;
	z_stream *z = &gzip->z;
	int result;

	if (gzip->part != GZIP_MEMBER && !gzip_after_member(gzip, io)) {
		snprintf(message, message_size, "something that is not gzip follows the gzip data");
		return FA_CODEC_BROKEN;
	}
	if (gzip->part != GZIP_MEMBER)
		return FA_CODEC_BETWEEN;
	z->next_in = io->in;
	z->avail_in = (uInt)io->in_len;
	z->next_out = io->out;
	z->avail_out = (uInt)io->out_len;
	result = inflate(z, Z_NO_FLUSH);
	io->in = z->next_in;
	io->in_len = z->avail_in;
	io->out = z->next_out;
	io->out_len = z->avail_out;
	if (result == Z_STREAM_END) {
		gzip->part = GZIP_AFTER_MEMBER;
		return FA_CODEC_BETWEEN;
	}
	if (result == Z_OK || result == Z_BUF_ERROR)
		return FA_CODEC_INSIDE;
	snprintf(message, message_size, "the gzip data are damaged: %s",
		 z->msg != NULL ? z->msg : zError(result));
	return FA_CODEC_BROKEN;
}

#if defined(HAVE_ZSTD) && HAVE_ZSTD
/* What zstd itself accepts without being asked for more: 128 MiB (zstd.h). */
#define ZSTD_WINDOW_LOG 27

struct zstd {
	ZSTD_DStream *stream;
	bool inside;
};

static void *zstd_begin(void)
{
	struct zstd *zstd = calloc(1, sizeof(*zstd));

	if (zstd == NULL)
		return NULL;
	zstd->inside = true; /* there is at least one frame */
	zstd->stream = ZSTD_createDStream();
	if (zstd->stream == NULL) {
		free(zstd);
		return NULL;
	}
	ZSTD_DCtx_setParameter(zstd->stream, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
	return zstd;
}

static void zstd_end(void *state)
{
	struct zstd *zstd = state;

	ZSTD_freeDStream(zstd->stream);
	free(zstd);
}

static enum fa_codec_state zstd_decode(void *state, struct fa_codec_io *io, char *message,
				       size_t message_size)
{
	struct zstd *zstd = state;
	ZSTD_inBuffer in = {.src = io->in, .size = io->in_len};
	ZSTD_outBuffer out = {.dst = io->out, .size = io->out_len};
	size_t result;

	/* Without input a finished decoder would begin to wait for another frame. */
	if (io->in_len == 0 && !zstd->inside)
		return FA_CODEC_BETWEEN;
	result = ZSTD_decompressStream(zstd->stream, &out, &in);
	io->in += in.pos;
	io->in_len -= in.pos;
	io->out += out.pos;
	io->out_len -= out.pos;
	if (ZSTD_isError(result)) {
		snprintf(message, message_size, "the zstd data are damaged: %s",
			 ZSTD_getErrorName(result));
		return FA_CODEC_BROKEN;
	}
	zstd->inside = result != 0;
	return zstd->inside ? FA_CODEC_INSIDE : FA_CODEC_BETWEEN;
}
#define ZSTD_CODE .begin = zstd_begin, .decode = zstd_decode, .end = zstd_end
#else
#define ZSTD_CODE .begin = NULL
#endif

/* RFC 1952 section 2.3.1; RFC 8878 sections 3.1.1 and 3.1.2 (skippable frames: 16 magics). */
static const uint8_t gzip_magic[] = {0x1f, 0x8b};
static const uint8_t zstd_magic[] = {0x28, 0xb5, 0x2f, 0xfd};
static const uint8_t skippable_magic[] = {0x50, 0x2a, 0x4d, 0x18};
static const uint8_t skippable_mask[] = {0xf0, 0xff, 0xff, 0xff};
/* Recognised only to say what to do: xz format 1.2 section 2.1.1.1; bzip2; LZ4 frame format. */
static const uint8_t xz_magic[] = {0xfd, '7', 'z', 'X', 'Z', 0};
static const uint8_t bzip2_magic[] = {'B', 'Z', 'h'};
static const uint8_t lz4_magic[] = {0x04, 0x22, 0x4d, 0x18};

#define MAGIC(m) .magic = (m), .magic_len = sizeof(m)

static const struct fa_codec codecs[] = {
	{.name = "gzip",
	 MAGIC(gzip_magic),
	 .begin = gzip_begin,
	 .decode = gzip_decode,
	 .end = gzip_end},
	{.name = "zstd", MAGIC(zstd_magic), ZSTD_CODE, .by_hand = "zstd -dc"},
	{.name = "zstd",
	 MAGIC(skippable_magic),
	 .magic_mask = skippable_mask,
	 ZSTD_CODE,
	 .by_hand = "zstd -dc"},
	{.name = "xz", MAGIC(xz_magic), .by_hand = "xz -dc"},
	{.name = "bzip2", MAGIC(bzip2_magic), .by_hand = "bzip2 -dc"},
	{.name = "lz4", MAGIC(lz4_magic), .by_hand = "lz4 -dc"},
};

static bool has_magic(const struct fa_codec *codec, const uint8_t *bytes, size_t len)
{
	if (len < codec->magic_len)
		return false;
	for (size_t i = 0; i < codec->magic_len; i++) {
		uint8_t mask = codec->magic_mask != NULL ? codec->magic_mask[i] : 0xff;

		if ((bytes[i] & mask) != codec->magic[i])
			return false;
	}
	return true;
}

const struct fa_codec *fa_codec_find(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(codecs); i++)
		if (has_magic(&codecs[i], bytes, len))
			return &codecs[i];
	return NULL;
}
