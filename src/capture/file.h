/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One capture file: pcap or pcapng, filtered, in the order of time. Private to this folder. */
#ifndef FA_CAPTURE_FILE_H
#define FA_CAPTURE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/capture.h"
#include "capture/noted.h"
#include "capture/origins.h"

struct fa_reader;

/* What a reader is to know of its source; all borrowed. */
struct fa_reader_setup {
	const struct fa_source_options *options;
	const char *label; /* the name for messages about the filter */
	struct fa_origins *origins;
	struct fa_noted *noted;
	uint32_t input; /* number of the file */
	/* The file was opened before: its first KNOWN_COUNT interfaces have numbers from KNOWN on. */
	uint32_t known, known_count;
};

/*
 * Reads the file header of FD, which it takes over (also on failure), and compiles the filter for
 * its link type. Messages do not name the input, but for the filter's: the caller puts the name
 * before them. Errors as fa_source_open_files.
 */
int fa_reader_open(struct fa_reader **out, int fd, const struct fa_reader_setup *setup,
		   struct fa_diag *diag);
void fa_reader_free(struct fa_reader *reader);

/* Whether the bytes of FD, which it takes over, begin as a capture does (decompressed). */
bool fa_reader_recognises(int fd, const struct fa_source_options *options);

/* Whether its times may be finer than microseconds: pcapng says so for each interface only. */
bool fa_reader_has_nanoseconds(const struct fa_reader *reader);
uint64_t fa_reader_consumed(const struct fa_reader *reader);
/* Interfaces that the file has described so far. */
uint32_t fa_reader_interfaces(const struct fa_reader *reader);

/*
 * Takes the next packet, filter or not, into view. 1, 0 at the end, or FA_ETRUNCATED (ends within
 * a packet), FA_EFORMAT, FA_EUNSUPPORTED, FA_EIO, FA_EINTERRUPTED.
 *
 * Packets that stand a little out of order in the file (order.h) come by time. Whether they do is
 * looked at in its first FA_READER_LOOK packets; where it shows only later, the packet that shows
 * it comes as it stands, and those behind it in order.
 */
#define FA_READER_LOOK 512
int fa_reader_next(struct fa_reader *reader, struct fa_diag *diag);

/* Time of the packet in view. */
int64_t fa_reader_time(const struct fa_reader *reader);

/* Gives the packet in view to SINK, if it passes the filter. 0 or what SINK returned. It stays in
 * view until fa_reader_next, but must not be given again. */
int fa_reader_give(struct fa_reader *reader, const struct fa_frame_sink *sink);

/* Packets given so far, those the filter held back included. */
uint64_t fa_reader_packets(const struct fa_reader *reader);
/* Those that stood behind a later one in the file and were put before it. */
uint64_t fa_reader_mended(const struct fa_reader *reader);

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
