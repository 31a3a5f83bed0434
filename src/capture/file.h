/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One capture file, read through libpcap. Private to this folder. */
#ifndef FA_CAPTURE_FILE_H
#define FA_CAPTURE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/capture.h"

struct fa_reader;

/*
 * Reads the file header of FD, which it takes over (also on failure), and compiles the filter for
 * its link type. OPTIONS and LABEL, the name for the filter's message, stay borrowed. Other
 * messages do not name the input: the caller puts the name before them. Errors as
 * fa_source_open_files.
 */
int fa_reader_open(struct fa_reader **out, int fd, const char *label,
		   const struct fa_source_options *options, struct fa_diag *diag);
void fa_reader_free(struct fa_reader *reader);

/* Whether the bytes of FD, which it takes over, begin as a capture does (decompressed). */
bool fa_reader_recognises(int fd, const struct fa_source_options *options);

int fa_reader_link_type(const struct fa_reader *reader);
/* Whether its times may be finer than microseconds: pcapng says so for each interface only. */
bool fa_reader_has_nanoseconds(const struct fa_reader *reader);
uint64_t fa_reader_consumed(const struct fa_reader *reader);

/*
 * Takes the next packet, filter or not, into view. 1, 0 at the end, or FA_ETRUNCATED (ends within
 * a packet), FA_EFORMAT, FA_EUNSUPPORTED, FA_EIO, FA_EINTERRUPTED.
 */
int fa_reader_next(struct fa_reader *reader, struct fa_diag *diag);

/* Time of the packet in view. */
int64_t fa_reader_time(const struct fa_reader *reader);

/* Gives the packet in view to SINK, if it passes the filter. 0 or what SINK returned. It stays in
 * view until fa_reader_next, but must not be given again. */
int fa_reader_give(struct fa_reader *reader, const struct fa_frame_sink *sink);

/* Packets given so far, those the filter held back included. */
uint64_t fa_reader_packets(const struct fa_reader *reader);

/* What became of a batch. */
struct fa_reader_batch {
	unsigned read; /* packets given, those the filter held back included */
	bool ended;    /* there are no more */
	int stopped;   /* what the sink returned, when not 0 */
};

/*
 * Gives at most MAX_PACKETS (at least 1) packets, the one in view first, to SINK: the fast way
 * when no other file is read at the same time. After a stop by SINK the next call may give
 * nothing without being at the end. BATCH is filled also on failure. 0, or an error as
 * fa_reader_next.
 */
int fa_reader_run(struct fa_reader *reader, unsigned max_packets, const struct fa_frame_sink *sink,
		  struct fa_reader_batch *batch, struct fa_diag *diag);

#endif
