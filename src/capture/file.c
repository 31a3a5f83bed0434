/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One capture file: pcap or pcapng, filtered, in the order of time. */
#include "capture/file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/links.h"
#include "capture/order.h"
#include "capture/pcapng.h"
#include "capture/savefile.h"
#include "capture/stream.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MAGIC_LEN    4

enum mode {
	LOOKING, /* at the first packets, which are held for that */
	HOLDING, /* the file is not in order */
	PASSING	 /* it is, as far as was seen: nothing is held any more, or soon */
};

struct fa_reader {
	struct fa_stream *stream;
	struct fa_savefile *savefile; /* of these two, one */
	struct fa_pcapng *pcapng;
	struct fa_links links;
	struct fa_origins *origins;
	bool has_nanoseconds;
	bool in_view;
	bool passes;	      /* the packet in view */
	struct fa_frame next; /* the packet in view */
	uint64_t packets;
	/* The order of time: */
	enum mode mode;
	struct fa_order order;
	int64_t newest_ns; /* while passing: of the packets so far */
	bool waits;	   /* a packet of the file has no place among those held yet: */
	struct fa_frame waiting;
	bool waiting_passes;
	bool ended; /* there are none in the file any more, because of: */
	int end;
	struct fa_diag end_diag;
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

/* No file header is as short as what the stream looks ahead: less than that was cut off. */
static int fail_open(struct fa_reader *reader, int err, struct fa_diag *diag)
{
	const uint8_t *bytes;
	bool is_short = fa_stream_head(reader->stream, &bytes) < FA_STREAM_HEAD;

	if (err == FA_EFORMAT && is_short)
		err = FA_ETRUNCATED;
	return err == FA_ETRUNCATED ? fa_fail_in(diag, err, "ends within its file header") : err;
}

static bool starts_with(struct fa_reader *reader, const uint8_t (*magics)[MAGIC_LEN], size_t count)
{
	const uint8_t *bytes;

	if (fa_stream_head(reader->stream, &bytes) < MAGIC_LEN)
		return false;
	for (size_t i = 0; i < count; i++)
		if (memcmp(bytes, magics[i], MAGIC_LEN) == 0)
			return true;
	return false;
}

/* What the magic tells; libpcap does not. */
static bool is_of_nanoseconds(struct fa_reader *reader)
{
	static const uint8_t magics[][MAGIC_LEN] = {{0xa1, 0xb2, 0x3c, 0x4d},
						    {0x4d, 0x3c, 0xb2, 0xa1}};

	return starts_with(reader, magics, ARRAY_LEN(magics));
}

static bool is_pcapng(struct fa_reader *reader)
{
	static const uint8_t magics[][MAGIC_LEN] = {{0x0a, 0x0d, 0x0d, 0x0a}};

	return starts_with(reader, magics, ARRAY_LEN(magics));
}

/* A pcap file is one interface without a name. */
static int open_savefile(struct fa_reader *reader, const struct fa_reader_setup *setup,
			 struct fa_diag *diag)
{
	struct fa_run_interface like = {.input = setup->input};
	int err = fa_savefile_open(&reader->savefile, reader->stream, diag);

	reader->has_nanoseconds = is_of_nanoseconds(reader);
	if (err != FA_OK)
		return fail_open(reader, err, diag);
	err = fa_links_add(&reader->links, fa_savefile_pcap(reader->savefile), diag);
	if (err != FA_OK)
		return err;
	like.link_type = reader->links.items[0].link_type;
	reader->next.link_type = like.link_type;
	reader->next.interface = fa_origins_again(setup->known, 0);
	if (setup->known_count == 0 &&
	    fa_origins_add(setup->origins, &like, &reader->next.interface) != FA_OK)
		return fa_fail(diag, FA_ENOMEM, "no memory to open");
	reader->waiting = reader->next; /* the rest of both is every packet's own */
	return FA_OK;
}

/* A pcapng file may have nanoseconds. */
static int open_pcapng(struct fa_reader *reader, const struct fa_reader_setup *setup,
		       struct fa_diag *diag)
{
	const struct fa_pcapng_setup ng = {
		.stream = reader->stream,
		.links = &reader->links,
		.origins = setup->origins,
		.noted = setup->noted,
		.input = setup->input,
		.known = setup->known,
		.known_count = setup->known_count,
		.options = setup->options,
	};
	int err = fa_pcapng_open(&reader->pcapng, &ng, diag);

	reader->has_nanoseconds = true;
	return err == FA_OK || err == FA_EINVAL ? err : fail_open(reader, err, diag);
}

int fa_reader_open(struct fa_reader **out, int fd, const struct fa_reader_setup *setup,
		   struct fa_diag *diag)
{
	struct fa_reader *reader = calloc(1, sizeof(*reader));
	int err;

	if (reader == NULL) {
		close(fd);
		return fa_fail(diag, FA_ENOMEM, "no memory to open");
	}
	reader->links = (struct fa_links){.filter = setup->options->filter, .label = setup->label};
	reader->origins = setup->origins;
	err = fa_stream_open(&reader->stream, fd, setup->options, diag);
	if (err == FA_OK)
		err = check_start(reader->stream, diag);
	if (err == FA_OK)
		err = is_pcapng(reader) ? open_pcapng(reader, setup, diag)
					: open_savefile(reader, setup, diag);
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
	fa_order_free(&reader->order);
	fa_savefile_free(reader->savefile);
	fa_pcapng_free(reader->pcapng);
	fa_links_deinit(&reader->links);
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

uint64_t fa_reader_consumed(const struct fa_reader *reader)
{
	return fa_stream_consumed(reader->stream);
}

uint32_t fa_reader_interfaces(const struct fa_reader *reader)
{
	return reader->pcapng == NULL ? 1 : fa_pcapng_interfaces(reader->pcapng);
}

uint64_t fa_reader_packets(const struct fa_reader *reader)
{
	return reader->packets;
}

uint64_t fa_reader_mended(const struct fa_reader *reader)
{
	return reader->order.mended;
}

int64_t fa_reader_time(const struct fa_reader *reader)
{
	return reader->next.ts_ns;
}

/* ------------------------------------------------------------- as it stands */

/* The next packet of the file, and whether it passes the filter. 1, 0 at the end, or an error. */
static inline int next_in_file(struct fa_reader *reader, struct fa_frame *frame, bool *passes,
			       struct fa_diag *diag)
{
	size_t place = 0;
	int result;

	if (reader->pcapng != NULL)
		result = fa_pcapng_next(reader->pcapng, frame, &place, diag);
	else
		result = fa_savefile_next(reader->savefile, frame, diag);
	if (result > 0)
		*passes = fa_links_pass(&reader->links, place, frame);
	return result;
}

/* Notes the time of a packet that is passed on as it stands. False: it is a little out of order. */
static inline bool watch(struct fa_reader *reader, int64_t ts_ns)
{
	enum fa_order_step step = fa_order_step(reader->newest_ns, ts_ns);

	if (__builtin_expect(step == FA_ORDER_AMISS, 0)) {
		reader->order.newest_ns = reader->newest_ns;
		reader->mode = HOLDING;
		return false;
	}
	reader->newest_ns = ts_ns;
	return true;
}

static inline int give(struct fa_reader *reader, const struct fa_frame_sink *sink)
{
	const struct fa_frame *frame = &reader->next;

	reader->packets++;
	reader->in_view = false;
	if (!reader->passes)
		return 0;
	reader->origins->items[frame->interface].packets++;
	return sink->fn(sink->context, frame);
}

/* ------------------------------------------------------------- held, by time */

/* Whether the packet that waits can be held at once: not behind a step back, not without room. */
static bool settle(struct fa_reader *reader)
{
	struct fa_order *order = &reader->order;
	const struct fa_frame *frame = &reader->waiting;

	if (order->count > 0 && fa_order_step(order->newest_ns, frame->ts_ns) == FA_ORDER_BACK)
		return false;
	if (!fa_order_put(order, frame, reader->waiting_passes))
		return false;
	reader->waits = false;
	return true;
}

/* Ends looking: packets that came in order come so. */
static void look(struct fa_reader *reader)
{
	const struct fa_order *order = &reader->order;

	if (order->amiss)
		reader->mode = HOLDING;
	else if (order->turns == FA_READER_LOOK)
		reader->mode = PASSING;
	reader->newest_ns = order->newest_ns;
}

/* Holds packets until the earliest of them may go. False: it has no memory for a single one. */
static bool hold_some(struct fa_reader *reader)
{
	while (reader->mode != PASSING && !reader->ended && !fa_order_ready(&reader->order)) {
		if (!reader->waits) {
			reader->end = next_in_file(reader, &reader->waiting,
						   &reader->waiting_passes, &reader->end_diag);
			reader->ended = reader->end <= 0;
			reader->waits = reader->end > 0;
		}
		if (reader->waits && !settle(reader))
			return reader->order.count > 0;
		if (reader->mode == LOOKING)
			look(reader);
	}
	return true;
}

static int next_by_time(struct fa_reader *reader, struct fa_diag *diag)
{
	struct fa_held held;

	if (!hold_some(reader))
		return fa_fail(diag, FA_ENOMEM, "no memory for its packets");
	if (reader->order.count == 0)
		return reader->end < 0 ? fa_fail(diag, reader->end, "%s", reader->end_diag.text) : 0;
	fa_order_take(&reader->order, &held);
	reader->next = held.frame;
	reader->passes = held.passes;
	reader->in_view = true;
	return 1;
}

/* Whether packets go straight from the file to the sink. */
static inline bool is_straight(const struct fa_reader *reader)
{
	return reader->mode == PASSING && reader->order.count == 0;
}

int fa_reader_next(struct fa_reader *reader, struct fa_diag *diag)
{
	int result;

	if (!is_straight(reader))
		return next_by_time(reader, diag);
	if (reader->order.room > 0)
		fa_order_free(&reader->order);
	result = next_in_file(reader, &reader->next, &reader->passes, diag);
	if (result > 0) {
		reader->in_view = true;
		watch(reader, reader->next.ts_ns);
	}
	return result;
}

int fa_reader_give(struct fa_reader *reader, const struct fa_frame_sink *sink)
{
	return give(reader, sink);
}

static bool take(void *context, struct fa_frame *frame)
{
	struct fa_reader *reader = context;
	bool in_order = watch(reader, frame->ts_ns);

	reader->passes = fa_links_pass(&reader->links, 0, frame);
	reader->batch->read++;
	reader->batch->stopped = give(reader, reader->sink);
	return in_order && reader->batch->stopped == 0;
}

/* Straight from libpcap. 1, 0 at the end, or an error. */
static int run_savefile(struct fa_reader *reader, unsigned max_packets,
			const struct fa_frame_sink *sink, struct fa_reader_batch *batch,
			struct fa_diag *diag)
{
	reader->sink = sink;
	reader->batch = batch;
	return fa_savefile_run(reader->savefile, max_packets - batch->read, &reader->next, take,
			       reader, diag);
}

int fa_reader_run(struct fa_reader *reader, unsigned max_packets, const struct fa_frame_sink *sink,
		  struct fa_reader_batch *batch, struct fa_diag *diag)
{
	int result = 1;

	*batch = (struct fa_reader_batch){.read = 0};
	if (reader->in_view) {
		batch->read = 1;
		batch->stopped = give(reader, sink);
	}
	while (result > 0 && batch->stopped == 0 && batch->read < max_packets) {
		if (reader->savefile != NULL && is_straight(reader)) {
			result = run_savefile(reader, max_packets, sink, batch, diag);
			continue;
		}
		result = fa_reader_next(reader, diag);
		if (result > 0) {
			batch->read++;
			batch->stopped = give(reader, sink);
		}
	}
	batch->ended = result == 0;
	return result < 0 ? result : FA_OK;
}
