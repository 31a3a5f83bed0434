/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cuts the packets behind a finding out of the captures that a run has read. */
#include "pipeline/cut.h"

#include <string.h>

#include "base/log.h"
#include "capture/capture.h"
#include "capture/writer.h"
#include "decode/decode.h"

enum { READ_BATCH = 4096, ENOUGH = FA_EINTERRUPTED };

struct cutting {
	const struct fa_cut *cut;
	struct fa_wanted *wanted;
	struct fa_cut_result *result;
	struct fa_source *source;
	struct fa_decoder decoder;
	struct fa_writer *writer; /* NULL before the first packet */
	int link_type;
	struct fa_diag *diag;
};

static bool is_wanted(struct cutting *cutting, const struct fa_frame *frame)
{
	struct fa_packet packet;
	const uint8_t *ip_bytes;

	return fa_decode(&cutting->decoder, frame, &packet, &ip_bytes) == FA_DECODE_DECODED &&
	       fa_wanted_has(cutting->wanted, &packet);
}

static int write_frame(struct cutting *cutting, const struct fa_frame *frame)
{
	int error = 0;

	if (cutting->writer == NULL) {
		cutting->link_type = frame->link_type;
		error = fa_writer_open(&cutting->writer, cutting->cut->out, frame->link_type,
				       fa_source_has_nanoseconds(cutting->source), cutting->diag);
	} else if (frame->link_type != cutting->link_type) {
		return fa_fail(cutting->diag, FA_EUNSUPPORTED,
			       "the packets are of link types %d and %d, and a pcap file holds one: "
			       "choose with --link-type %d or --link-type %d",
			       cutting->link_type, frame->link_type, cutting->link_type,
			       frame->link_type);
	}
	if (error == 0)
		error = fa_writer_frame(cutting->writer, frame, cutting->diag);
	cutting->result->packets += error == 0;
	return error;
}

static int take_frame(void *context, const struct fa_frame *frame)
{
	struct cutting *cutting = context;
	const struct fa_cut *cut = cutting->cut;

	if (!is_wanted(cutting, frame))
		return 0;
	if (cut->link_type != FA_ANY_LINK_TYPE && cut->link_type != frame->link_type)
		return 0;
	if (cut->max_packets > 0 && cutting->result->packets == cut->max_packets) {
		cutting->result->stopped = true;
		return ENOUGH;
	}
	return write_frame(cutting, frame);
}

/* What a live run has kept are the innermost packets: nothing is around them any more. */
static void set_decoder(const struct fa_cut *cut, struct fa_decoder *decoder)
{
	struct fa_wire defaults;
	const struct fa_wire *wire = cut->wire;

	fa_wire_default(&defaults);
	if (wire == NULL)
		wire = &defaults;
	decoder->max_headers = wire->max_headers;
	if (!cut->kept)
		decoder->ports = wire->ports;
}

int fa_cut_packets(const struct fa_cut *cut, struct fa_wanted *wanted,
		   struct fa_cut_result *result, struct fa_diag *diag)
{
	const struct fa_source_options options = {.filter = cut->filter, .warn = fa_log_warn_line};
	struct cutting cutting = {
		.cut = cut,
		.wanted = wanted,
		.result = result,
		.diag = diag,
	};
	const struct fa_frame_sink sink = {.fn = take_frame, .context = &cutting};
	int read;

	memset(result, 0, sizeof(*result));
	set_decoder(cut, &cutting.decoder);
	read = fa_source_open_files(&cutting.source, cut->inputs, cut->input_count, &options, diag);
	if (read != 0)
		return read;
	do
		read = fa_source_read(cutting.source, READ_BATCH, &sink, diag);
	while (read > 0);
	if (result->stopped)
		read = 0;
	if (read == 0 && result->packets == 0)
		read = fa_fail(diag, FA_ENOENT,
			       "none of the packets is there: %s%s",
			       cut->kept ? "of what a live capture sees it keeps a part, and newer "
					   "packets take the place of older ones (see --save-limit)"
					 : "the captures are not those that the run has read",
			       cut->link_type == FA_ANY_LINK_TYPE
				       ? ""
				       : ", or none is of this link type");
	fa_writer_free(cutting.writer);
	fa_source_free(cutting.source);
	return read;
}
