/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sources of packets. A source hands over frames in batches; between two batches its caller looks
 * at signals, shows progress and publishes what it made of them.
 *
 * Files are read one after the other in the order of their first packets, and merged by packet
 * time where they overlap. No source is safe for use from two threads at once.
 */
#ifndef FA_CAPTURE_CAPTURE_H
#define FA_CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "core/input.h"
#include "core/name.h"
#include "core/run.h"
#include "core/sink.h"

/* Files open at the same time; more that overlap in time are read late, with a warning. */
#define FA_CAPTURE_OPEN_FILES 64

/* Names that the captures of a source note down for addresses; more are counted. */
#define FA_CAPTURE_NAMES_MAX 65536

struct fa_source;

struct fa_source_options {
	/* BPF expression (pcap-filter(7)); NULL or empty: every packet. Compiled for the link type
	 * of each input. Copied. */
	const char *filter;
	/* Takes one line without newline; NULL: warnings are lost. Text is safe for a terminal. */
	void (*warn)(void *context, const char *text);
	/* Called while a pipe has nothing to read, about every 100 ms and after a signal. True
	 * ends the wait: the function that waits returns FA_EINTERRUPTED, and the source can only
	 * be freed. NULL: wait for ever. */
	bool (*idle)(void *context);
	void *context;
};

/*
 * A source of the recorded packets in NAMES: files, directories (the captures directly in them),
 * "-" for standard input. pcap (both byte orders, micro- and nanoseconds) as libpcap reads it and
 * pcapng, plain or in gzip or zstd: the contents decide, names do not. NAMES and OPTIONS (except
 * its context) are not needed after the call.
 *
 * Every regular file is opened here and its first packet read; up to FA_CAPTURE_OPEN_FILES inputs
 * stay open, and fa_source_read opens no file then.
 *
 * 0, or with a message that names the input: FA_ENOENT, FA_EPERM, FA_EIO (cannot be read),
 * FA_EFORMAT (not a capture, directory without captures, damaged before its first packet),
 * FA_ETRUNCATED (ends within its file header), FA_EUNSUPPORTED (a version of pcap or pcapng that is
 * not known, a compression that is not built in), FA_EINVAL (filter, terminal as input),
 * FA_EINTERRUPTED, FA_ENOMEM.
 */
int fa_source_open_files(struct fa_source **out, const char *const *names, size_t count,
			 const struct fa_source_options *options, struct fa_diag *diag);

/*
 * Reads at most MAX_PACKETS packets and gives those that pass the filter to SINK. Returns the
 * number read, those the filter held back included; 0 when there is nothing to read: a file
 * source is at its end. Negative: an error with its message, or what SINK returned to stop (it
 * must be negative, too); the packets before it are delivered. After a stop by SINK reading may go
 * on.
 *
 * A file that ends or breaks after its first packet is no error: a warning tells, the file counts
 * as truncated, the next one follows.
 *
 * Packets that stand up to 10 ms out of order in their file come by time (file.h, order.h).
 */
int fa_source_read(struct fa_source *source, unsigned max_packets, const struct fa_frame_sink *sink,
		   struct fa_diag *diag);

/* Descriptor to poll before reading, or -1: reading may as well wait itself (files), or there is a
 * function to wait (live). */
int fa_source_fd(const struct fa_source *source);

/*
 * How far reading has come, in bytes of the inputs as they are stored (compressed). The total is 0
 * when unknown: a pipe is among the inputs, or the source is live.
 */
void fa_source_progress(const struct fa_source *source, uint64_t *done_bytes,
			uint64_t *total_bytes);

/*
 * Sets what only the source knows: files begun, files_truncated, link_types, dropped_kernel,
 * dropped_interface (of files: as the last statistics of each interface in pcapng say) and, when
 * live, down_ns; the other counts are left alone.
 */
void fa_source_counts(const struct fa_source *source, struct fa_capture_counts *counts);

/*
 * Where its packets were captured, as of now: the interfaces that pcapng files describe, one for
 * each other file, or those of a live capture. `interface` of a frame is the place in this list as
 * long as that is below its count; what has no room is in `more`.
 */
void fa_source_interfaces(const struct fa_source *source, struct fa_run_interfaces *out);

/*
 * The names that the captures noted down so far (name resolution blocks of pcapng), each one of an
 * address once; MORE is how many had no room. Name INDEX, below the returned number, never changes:
 * by_capture, since nothing on the wire said it.
 */
size_t fa_source_names(const struct fa_source *source, uint64_t *more);
void fa_source_name(const struct fa_source *source, size_t index, struct fa_name_answer *out);

/* Packets that stood a little behind a later one in their file and were put before it. */
uint64_t fa_source_mended(const struct fa_source *source);

/* The files of the source, folders spelled out, as they were named; borrowed until it is freed. None
 * when it is live. */
void fa_source_files(const struct fa_source *source, struct fa_input_files *files);

/* Whether the times of an input may be finer than microseconds. */
bool fa_source_has_nanoseconds(const struct fa_source *source);

/* Closes and frees; NULL is fine. */
void fa_source_free(struct fa_source *source);

#endif
