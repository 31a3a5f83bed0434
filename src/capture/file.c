/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One capture file, read through libpcap. */
#include "capture/file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pcap/pcap.h>

#include "base/time.h"
#include "capture/filter.h"
#include "capture/stream.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define BUFFER_BYTES (256 * 1024)
#define MAGIC_LEN    4
/* Farthest packet time kept, about the years 1823 and 2116; pcap's 32-bit seconds are within.
 * Time arithmetic on it cannot overflow. */
#define FARTHEST_SECOND 4611686018ll

struct fa_reader {
	struct fa_stream *stream;
	FILE *file;
	char *buffer; /* of file */
	pcap_t *pcap;
	struct bpf_program program;
	bool filtered;
	bool has_nanoseconds;
	bool in_view;
	struct fa_frame next; /* the packet in view */
	uint64_t packets;
	/* While fa_reader_run is in libpcap: */
	const struct fa_frame_sink *sink;
	struct fa_reader_batch *batch;
};

/* What libpcap's pcap-savefile(5) reader accepts, in both byte orders, and pcapng's first block. */
static bool is_capture(const uint8_t *bytes, size_t len)
{
	static const uint8_t magics[][MAGIC_LEN] = {
		{0xa1, 0xb2, 0xc3, 0xd4}, {0xd4, 0xc3, 0xb2, 0xa1}, /* microseconds */
		{0xa1, 0xb2, 0x3c, 0x4d}, {0x4d, 0x3c, 0xb2, 0xa1}, /* nanoseconds */
		{0xa1, 0xb2, 0xcd, 0x34}, {0x34, 0xcd, 0xb2, 0xa1}, /* "modified", with interface */
		{0xa1, 0xb2, 0x34, 0xcd}, {0xcd, 0x34, 0xb2, 0xa1}, {0xa1, 0x2b, 0x3c, 0x4d},
		{0x4d, 0x3c, 0x2b, 0xa1}, {0x0a, 0x0d, 0x0d, 0x0a}, /* pcapng section header */
	};

	if (len < MAGIC_LEN)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(magics); i++)
		if (memcmp(bytes, magics[i], MAGIC_LEN) == 0)
			return true;
	return false;
}

/* "\"hell\"", or bytes in hexadecimal when they are no text. */
static void describe_start(const uint8_t *bytes, size_t len, char *out, size_t out_size)
{
	bool text = true;
	size_t used = 0;

	if (len > MAGIC_LEN)
		len = MAGIC_LEN;
	for (size_t i = 0; i < len; i++)
		text = text && bytes[i] >= 0x20 && bytes[i] < 0x7f;
	if (text) {
		snprintf(out, out_size, "\"%.*s\"", (int)len, (const char *)bytes);
		return;
	}
	for (size_t i = 0; i < len && used < out_size; i++)
		used += (size_t)snprintf(out + used, out_size - used, "%s%02x", i > 0 ? " " : "",
					 bytes[i]);
}

/* Refuses what does not begin as a capture, saying how it begins. */
static int check_start(struct fa_stream *stream, struct fa_diag *diag)
{
	const char *compression = fa_stream_compression(stream);
	const uint8_t *bytes;
	const char *message;
	size_t len = fa_stream_head(stream, &bytes);
	int err = fa_stream_error(stream, &message);
	char start[3 * MAGIC_LEN + 3];

	if (is_capture(bytes, len))
		return FA_OK; /* an error after the magic shows again */
	if (err != FA_OK)
		return fa_fail(diag, err, "%s", message);
	if (len == 0 && compression == NULL)
		return fa_fail(diag, FA_EFORMAT, "not a capture: empty (0 bytes)");
	if (len == 0)
		return fa_fail(diag, FA_EFORMAT, "not a capture: there is nothing in the %s data",
			       compression);
	describe_start(bytes, len, start, sizeof(start));
	if (compression != NULL)
		return fa_fail(diag, FA_EFORMAT,
			       "not a capture: the %s data hold something that starts with %s "
			       "(pcap or pcapng expected)",
			       compression, start);
	return fa_fail(diag, FA_EFORMAT,
		       "not a capture: starts with %s (pcap, pcapng, gzip or zstd expected)",
		       start);
}

/*
 * The code behind a message of libpcap, which has no codes for these: "truncated dump file; ...",
 * "truncated pcapng dump file; ...", "an interface has a type 1 different from the type of the
 * first interface". Any other text is damage.
 */
static int code_of(const char *text)
{
	if (strncmp(text, "truncated", strlen("truncated")) == 0)
		return FA_ETRUNCATED;
	if (strstr(text, "different from the") != NULL || strstr(text, "unsupported") != NULL)
		return FA_EUNSUPPORTED;
	return FA_EFORMAT;
}

/* Why the last call to libpcap failed: the stream's own reason comes before libpcap's. */
static int fail_read(struct fa_reader *reader, const char *text, struct fa_diag *diag)
{
	const char *message;
	int err = fa_stream_error(reader->stream, &message);

	if (err != FA_OK)
		return fa_fail(diag, err, "%s", message);
	err = code_of(text);
	if (err == FA_EUNSUPPORTED)
		return fa_fail(diag, err, "libpcap cannot read this capture: %s", text);
	return fa_fail(diag, err, "%s", text);
}

/* No file header is as short as what the stream looks ahead: less than that was cut off. */
static int fail_open(struct fa_reader *reader, const char *text, struct fa_diag *diag)
{
	const uint8_t *bytes;
	bool is_short = fa_stream_head(reader->stream, &bytes) < FA_STREAM_HEAD;
	int err = fail_read(reader, text, diag);

	if (err == FA_EFORMAT && is_short)
		err = FA_ETRUNCATED;
	return err == FA_ETRUNCATED ? fa_fail_in(diag, err, "ends within its file header") : err;
}

/* What the magic tells; libpcap does not. A pcapng file may have nanoseconds. */
static void note_start(struct fa_reader *reader)
{
	static const uint8_t magics[][MAGIC_LEN] = {
		{0xa1, 0xb2, 0x3c, 0x4d}, {0x4d, 0x3c, 0xb2, 0xa1}, {0x0a, 0x0d, 0x0d, 0x0a}};
	const uint8_t *bytes;

	if (fa_stream_head(reader->stream, &bytes) < MAGIC_LEN)
		return;
	for (size_t i = 0; i < ARRAY_LEN(magics); i++)
		if (memcmp(bytes, magics[i], MAGIC_LEN) == 0)
			reader->has_nanoseconds = true;
}

static int open_pcap(struct fa_reader *reader, struct fa_diag *diag)
{
	char text[PCAP_ERRBUF_SIZE] = "";

	reader->file = fa_stream_file(reader->stream);
	reader->buffer = malloc(BUFFER_BYTES);
	if (reader->file == NULL || reader->buffer == NULL)
		return fa_fail(diag, FA_ENOMEM, "no memory to open");
	setvbuf(reader->file, reader->buffer, _IOFBF, BUFFER_BYTES);
	reader->pcap = pcap_fopen_offline_with_tstamp_precision(reader->file,
								PCAP_TSTAMP_PRECISION_NANO, text);
	if (reader->pcap == NULL)
		return fail_open(reader, text, diag);
	reader->file = NULL; /* pcap_close closes it */
	reader->next.link_type = pcap_datalink(reader->pcap);
	return FA_OK;
}

static int compile_filter(struct fa_reader *reader, const char *label, const char *filter,
			  struct fa_diag *diag)
{
	int err;

	if (filter == NULL || filter[0] == '\0')
		return FA_OK;
	err = fa_filter_compile(reader->pcap, filter, label, &reader->program, diag);
	reader->filtered = err == FA_OK;
	return err;
}

int fa_reader_open(struct fa_reader **out, int fd, const char *label,
		   const struct fa_source_options *options, struct fa_diag *diag)
{
	struct fa_reader *reader = calloc(1, sizeof(*reader));
	int err;

	if (reader == NULL) {
		close(fd);
		return fa_fail(diag, FA_ENOMEM, "no memory to open");
	}
	err = fa_stream_open(&reader->stream, fd, options, diag);
	if (err == FA_OK)
		err = check_start(reader->stream, diag);
	if (err == FA_OK)
		note_start(reader);
	if (err == FA_OK)
		err = open_pcap(reader, diag);
	if (err == FA_OK)
		err = compile_filter(reader, label, options->filter, diag);
	if (err != FA_OK) {
		fa_reader_free(reader);
		return err;
	}
	*out = reader;
	return FA_OK;
}

void fa_reader_free(struct fa_reader *reader)
{
	if (reader == NULL)
		return;
	if (reader->filtered)
		pcap_freecode(&reader->program);
	if (reader->pcap != NULL)
		pcap_close(reader->pcap);
	if (reader->file != NULL)
		fclose(reader->file);
	free(reader->buffer);
	fa_stream_free(reader->stream);
	free(reader);
}

bool fa_reader_recognises(int fd, const struct fa_source_options *options)
{
	struct fa_stream *stream;
	const uint8_t *bytes;
	size_t len;
	bool yes;

	if (fa_stream_open(&stream, fd, options, NULL) != FA_OK)
		return false;
	len = fa_stream_head(stream, &bytes);
	yes = is_capture(bytes, len);
	fa_stream_free(stream);
	return yes;
}

bool fa_reader_has_nanoseconds(const struct fa_reader *reader)
{
	return reader->has_nanoseconds;
}

int fa_reader_link_type(const struct fa_reader *reader)
{
	return reader->next.link_type;
}

uint64_t fa_reader_consumed(const struct fa_reader *reader)
{
	return fa_stream_consumed(reader->stream);
}

uint64_t fa_reader_packets(const struct fa_reader *reader)
{
	return reader->packets;
}

int64_t fa_reader_time(const struct fa_reader *reader)
{
	return reader->next.ts_ns;
}

/* Microseconds beyond a second occur in damaged files: at most 2^31, so they cannot overflow. */
static inline int64_t packet_time(const struct pcap_pkthdr *header)
{
	int64_t second = header->ts.tv_sec;

	if (__builtin_expect(second > FARTHEST_SECOND, 0))
		second = FARTHEST_SECOND;
	if (__builtin_expect(second < -FARTHEST_SECOND, 0))
		second = -FARTHEST_SECOND;
	return second * FA_NS_PER_SECOND + header->ts.tv_usec; /* nanoseconds, as asked for */
}

/* The rest of the frame never changes: the link type. */
static inline void set_frame(struct fa_frame *frame, const struct pcap_pkthdr *header,
			     const uint8_t *bytes)
{
	frame->ts_ns = packet_time(header);
	frame->data = bytes;
	frame->captured = header->caplen;
	frame->wire = header->len < header->caplen ? header->caplen : header->len;
}

static inline int give(struct fa_reader *reader, const struct fa_frame_sink *sink)
{
	const struct fa_frame *frame = &reader->next;

	reader->packets++;
	reader->in_view = false;
	if (reader->filtered &&
	    bpf_filter(reader->program.bf_insns, frame->data, frame->wire, frame->captured) == 0)
		return 0;
	return sink->fn(sink->context, frame);
}

int fa_reader_next(struct fa_reader *reader, struct fa_diag *diag)
{
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int result;

	do
		result = pcap_next_ex(reader->pcap, &header, &bytes);
	while (result == 0);
	if (result == PCAP_ERROR_BREAK)
		return 0;
	if (result < 0)
		return fail_read(reader, pcap_geterr(reader->pcap), diag);
	set_frame(&reader->next, header, bytes);
	reader->in_view = true;
	return 1;
}

int fa_reader_give(struct fa_reader *reader, const struct fa_frame_sink *sink)
{
	return give(reader, sink);
}

static void take(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	struct fa_reader *reader = (struct fa_reader *)(void *)user;

	set_frame(&reader->next, header, bytes);
	reader->batch->read++;
	reader->batch->stopped = give(reader, reader->sink);
	if (reader->batch->stopped != 0)
		pcap_breakloop(reader->pcap);
}

int fa_reader_run(struct fa_reader *reader, unsigned max_packets, const struct fa_frame_sink *sink,
		  struct fa_reader_batch *batch, struct fa_diag *diag)
{
	int count = max_packets > INT32_MAX ? INT32_MAX : (int)max_packets;
	int result;

	*batch = (struct fa_reader_batch){.read = 0};
	if (reader->in_view) {
		batch->read = 1;
		batch->stopped = give(reader, sink);
	}
	if (batch->stopped != 0 || batch->read == max_packets) /* libpcap takes 0 for all */
		return FA_OK;
	reader->sink = sink;
	reader->batch = batch;
	result = pcap_dispatch(reader->pcap, count - (int)batch->read, take, (u_char *)reader);
	if (batch->stopped != 0)
		return FA_OK;
	if (result == PCAP_ERROR)
		return fail_read(reader, pcap_geterr(reader->pcap), diag);
	/* 0 says end of file; PCAP_ERROR_BREAK with nothing read is the break of the last batch. */
	batch->ended = result == 0;
	return FA_OK;
}
