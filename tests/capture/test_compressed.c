/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compressed captures: recognised by content, streamed, cut and damaged. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>
#if defined(HAVE_ZSTD) && HAVE_ZSTD
#include <zstd.h>
#endif

#define COUNT	   900u
#define RECORD	   (16 + UDP_LEN)
#define FILE_BYTES (24 + COUNT * RECORD)

static struct bytes made;
static struct bytes packed;

/* A capture of COUNT packets whose contents do not compress away. */
static void make_capture(void)
{
	uint32_t noise = 1;
	uint8_t frame[UDP_LEN];

	made.len = 0;
	put_pcap_header(&made, MICRO_MAGIC, ETHERNET);
	for (unsigned i = 0; i < COUNT; i++) {
		make_udp(frame, 53);
		for (unsigned k = 42; k < UDP_LEN; k++) {
			noise = noise * 1103515245u + 12345u;
			frame[k] = (uint8_t)(noise >> 16);
		}
		put_pcap_packet(&made, i, 0, frame, UDP_LEN);
	}
	assert_int_equal(made.len, FILE_BYTES);
}

/* One gzip member appended to `packed`. */
static void pack_gzip(const void *data, size_t len)
{
	z_stream z = {.next_in = data, .avail_in = (uInt)len};

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_out = packed.data + packed.len;
	z.avail_out = (uInt)(sizeof(packed.data) - packed.len);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	packed.len += z.total_out;
	deflateEnd(&z);
}

static void check_all(const char *name)
{
	assert_int_equal(read_one(in_folder(name)), 0);
	assert_int_equal(seen.packets, COUNT);
	for (unsigned i = 0; i < COUNT; i++)
		assert_int_equal(seen.ts_ns[i], i * 1000000000ll);
	assert_string_equal(seen.warnings, "");
	assert_int_equal(seen.counts.files_truncated, 0);
}

static void gzip_whole(void **state)
{
	(void)state;
	make_capture();
	write_gzip("a.bin", made.data, made.len);
	check_all("a.bin");
}

/* RFC 1952: members follow each other; zeros after the last one are padding. */
static void gzip_members_and_padding(void **state)
{
	static const uint8_t zeros[100];

	(void)state;
	make_capture();
	packed.len = 0;
	pack_gzip(made.data, 1);
	pack_gzip(made.data + 1, 1);
	pack_gzip(made.data, 0);
	pack_gzip(made.data + 2, made.len / 2);
	pack_gzip(made.data + 2 + made.len / 2, made.len - 2 - made.len / 2);
	write_bytes("m.gz", &packed);
	check_all("m.gz");
	put_raw(&packed, zeros, sizeof(zeros));
	write_bytes("m.gz", &packed);
	check_all("m.gz");
}

static void gzip_with_something_after(void **state)
{
	(void)state;
	for (unsigned zeros = 0; zeros < 2; zeros++) {
		make_capture();
		packed.len = 0;
		pack_gzip(made.data, made.len);
		put_raw(&packed, "\0x", 2 - zeros);
		packed.data[packed.len - 1] = 'x';
		write_bytes("m.gz", &packed);
		assert_int_equal(read_one(in_folder("m.gz")), 0);
		assert_int_equal(seen.packets, COUNT);
		assert_int_equal(seen.counts.files_truncated, 1);
		assert_warned("m.gz: not read past packet 900: something that is not gzip follows "
			      "the gzip data");
	}
}

/*
 * Cut at every byte of the compressed file: an error or a warning, never silence, and more
 * packets the later the cut.
 */
static void check_cuts(const char *format, int too_short)
{
	unsigned last = 0;
	char text[64];

	snprintf(text, sizeof(text), "the %s data end in the middle", format);
	for (size_t len = 1; len < packed.len; len += len < 200 ? 1 : 97) {
		int result;

		write_file("cut", packed.data, len);
		result = read_one(in_folder("cut"));
		assert_true(seen.packets >= last && seen.packets <= COUNT);
		last = seen.packets;
		if ((int)len < too_short) {
			assert_int_equal(result, FA_EFORMAT);
			assert_message("cut: not a capture: starts with ");
		} else if (result != 0) {
			assert_int_equal(result, FA_ETRUNCATED);
			assert_message(text);
		} else {
			assert_int_equal(seen.counts.files_truncated, 1);
			assert_int_equal(seen.warning_count, 1);
			assert_warned("cut: cut off after ");
			assert_warned(text);
		}
	}
	assert_true(last > 0);
}

static void gzip_cut(void **state)
{
	(void)state;
	make_capture();
	packed.len = 0;
	pack_gzip(made.data, made.len);
	check_cuts("gzip", 2);
	/* only the check value at the end is missing: all packets, and a warning */
	write_file("cut", packed.data, packed.len - 1);
	assert_int_equal(read_one(in_folder("cut")), 0);
	assert_int_equal(seen.packets, COUNT);
	assert_warned("cut: cut off after 900 packets: the gzip data end in the middle");
}

/* One byte changed anywhere: never all of it without a word (both formats have check values). */
static void check_damage(const char *format, size_t check_at)
{
	char text[64];

	snprintf(text, sizeof(text), "the %s data are damaged: ", format);
	for (size_t at = 10; at < packed.len; at += 101) {
		int result;

		packed.data[at] ^= 0x55;
		write_bytes("bad", &packed);
		packed.data[at] ^= 0x55;
		result = read_one(in_folder("bad"));
		assert_true(result < 0 || seen.counts.files_truncated == 1);
		assert_true(result == 0 || seen.diag.text[0] != '\0');
		if (result == 0)
			assert_int_equal(seen.warning_count, 1);
	}
	/* only the check value is wrong */
	packed.data[packed.len - check_at] ^= 1;
	write_bytes("bad", &packed);
	if (read_one(in_folder("bad")) == 0)
		assert_warned(text);
	else
		assert_message(text);
}

static void gzip_damaged(void **state)
{
	(void)state;
	make_capture();
	packed.len = 0;
	pack_gzip(made.data, made.len);
	check_damage("gzip", 5);
	assert_int_equal(seen.packets, COUNT);
	assert_warned("bad: not read past packet 900: the gzip data are damaged: incorrect data "
		      "check");
}

static void contents_are_no_capture(void **state)
{
	(void)state;
	write_gzip("notes.gz", "hello", 5);
	assert_int_equal(read_one(in_folder("notes.gz")), FA_EFORMAT);
	assert_message("notes.gz: not a capture: the gzip data hold something that starts with "
		       "\"hell\" (pcap or pcapng expected)");
	write_gzip("empty.gz", "", 0);
	assert_int_equal(read_one(in_folder("empty.gz")), FA_EFORMAT);
	assert_message("empty.gz: not a capture: there is nothing in the gzip data");
	make_capture();
	packed.len = 0;
	pack_gzip(made.data, made.len);
	write_gzip("twice.gz", packed.data, packed.len);
	assert_int_equal(read_one(in_folder("twice.gz")), FA_EFORMAT);
	assert_message("starts with 1f 8b");
}

static void formats_that_are_not_read(void **state)
{
	static const struct {
		const char *start;
		size_t len;
		const char *message;
	} others[] = {
		{"\xfd"
		 "7zXZ\0\0\0",
		 8,
		 "other: compressed with xz, which is not read here: give it as \"xz -dc FILE\""},
		{"BZh91AY&", 8, "other: compressed with bzip2"},
		{"\x04\x22\x4d\x18____", 8, "other: compressed with lz4"},
#if !(defined(HAVE_ZSTD) && HAVE_ZSTD)
		{"\x28\xb5\x2f\xfd____", 8, "other: compressed with zstd"},
#endif
	};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		write_file("other", others[i].start, others[i].len);
		assert_int_equal(read_one(in_folder("other")), FA_EUNSUPPORTED);
		assert_message(others[i].message);
	}
}

static void progress_counts_compressed_bytes(void **state)
{
	const char *name = in_folder("p.gz");
	struct fa_source *source;
	uint64_t done;
	uint64_t total;

	(void)state;
	make_capture();
	packed.len = 0;
	pack_gzip(made.data, made.len);
	write_bytes("p.gz", &packed);
	assert_int_equal(open_names(&source, &name, 1, NULL), 0);
	while (read_batch(source, 100) > 0)
		;
	fa_source_progress(source, &done, &total);
	assert_int_equal(done, packed.len);
	assert_int_equal(total, packed.len);
	fa_source_free(source);
}

#if defined(HAVE_ZSTD) && HAVE_ZSTD
/* One zstd frame with a checksum appended to `packed`. */
static void pack_zstd(const void *data, size_t len, int window_log)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();
	ZSTD_inBuffer in = {.src = data, .size = len};
	ZSTD_outBuffer out = {.dst = packed.data + packed.len,
			      .size = sizeof(packed.data) - packed.len};

	assert_non_null(context);
	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	if (window_log > 0)
		ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
	/* in two steps: a frame made in one says its size, and needs no window */
	in.size = len / 2;
	ZSTD_compressStream2(context, &out, &in, ZSTD_e_flush);
	in.size = len;
	assert_int_equal(ZSTD_compressStream2(context, &out, &in, ZSTD_e_end), 0);
	packed.len += out.pos;
	ZSTD_freeCCtx(context);
}

static void zstd_whole(void **state)
{
	static const uint8_t skippable[] = {0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'a', 'b', 'c'};

	(void)state;
	make_capture();
	packed.len = 0;
	pack_zstd(made.data, made.len, 0);
	write_bytes("a.gz", &packed); /* the name does not count */
	check_all("a.gz");
	/* as pzstd writes it: frames, each behind a skippable one */
	packed.len = 0;
	put_raw(&packed, skippable, sizeof(skippable));
	pack_zstd(made.data, 3, 0);
	put_raw(&packed, skippable, sizeof(skippable));
	pack_zstd(made.data + 3, made.len - 3, 0);
	put_raw(&packed, skippable, sizeof(skippable));
	write_bytes("a.zst", &packed);
	check_all("a.zst");
}

static void zstd_cut(void **state)
{
	(void)state;
	make_capture();
	packed.len = 0;
	pack_zstd(made.data, made.len, 0);
	check_cuts("zstd", 4);
}

static void zstd_damaged(void **state)
{
	(void)state;
	make_capture();
	packed.len = 0;
	pack_zstd(made.data, made.len, 0);
	check_damage("zstd", 1);
}

/* A window beyond what is allowed must not become memory. */
static void zstd_window_too_large(void **state)
{
	(void)state;
	make_capture();
	packed.len = 0;
	pack_zstd(made.data, made.len, 28);
	write_bytes("wide.zst", &packed);
	assert_int_equal(read_one(in_folder("wide.zst")), FA_EFORMAT);
	assert_message("wide.zst: the zstd data are damaged: Frame requires too much memory");
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gzip_whole),
		cmocka_unit_test(gzip_members_and_padding),
		cmocka_unit_test(gzip_with_something_after),
		cmocka_unit_test(gzip_cut),
		cmocka_unit_test(gzip_damaged),
		cmocka_unit_test(contents_are_no_capture),
		cmocka_unit_test(formats_that_are_not_read),
		cmocka_unit_test(progress_counts_compressed_bytes),
#if defined(HAVE_ZSTD) && HAVE_ZSTD
		cmocka_unit_test(zstd_whole),
		cmocka_unit_test(zstd_cut),
		cmocka_unit_test(zstd_damaged),
		cmocka_unit_test(zstd_window_too_large),
#endif
	};

	return cmocka_run_group_tests_name("capture/compressed", tests, set_up, tear_down);
}
