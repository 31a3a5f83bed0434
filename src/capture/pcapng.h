/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pcapng files (draft-ietf-opsawg-pcapng): sections of either byte order, any number of interfaces
 * with their own link types and units of time. Private to this folder.
 *
 * Read: section headers, interface descriptions, the three kinds of packets, name resolution,
 * interface statistics. All other blocks are passed over. Whatever a file says, no more than one
 * block of FA_PCAPNG_BLOCK_MAX bytes and FA_PCAPNG_INTERFACES_MAX descriptions are held.
 */
#ifndef FA_CAPTURE_PCAPNG_H
#define FA_CAPTURE_PCAPNG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/links.h"
#include "capture/noted.h"
#include "capture/origins.h"
#include "capture/stream.h"

/* Blocks that have to be held: packets, and what is said about them. */
#define FA_PCAPNG_BLOCK_MAX (16u << 20)
/* Of one section. */
#define FA_PCAPNG_INTERFACES_MAX 65536
/* Bytes of a packet that are handed on: as many as of pcap files (MAXIMUM_SNAPLEN of libpcap). */
#define FA_PCAPNG_SNAP_BYTES 262144u

/* What a reader shares with its file; all borrowed. */
struct fa_pcapng_setup {
	struct fa_stream *stream;
	struct fa_links *links;
	struct fa_origins *origins;
	struct fa_noted *noted;
	uint32_t input; /* for struct fa_run_interface */
	/* The file was read before: its first KNOWN_COUNT interfaces have numbers from KNOWN on. */
	uint32_t known, known_count;
	const struct fa_source_options *options; /* for warnings */
};

struct fa_pcapng;

/*
 * Reads up to the first interface description. FA_EFORMAT, FA_ETRUNCATED, FA_EUNSUPPORTED, FA_ENOMEM,
 * FA_EINVAL (filter), or what the stream failed with.
 */
int fa_pcapng_open(struct fa_pcapng **out, const struct fa_pcapng_setup *setup,
		   struct fa_diag *diag);
void fa_pcapng_free(struct fa_pcapng *ng);

/*
 * The next packet. *PLACE is that of its link type in the links. The frame's bytes are good until the
 * next call. 1, 0 at the end, or an error as above.
 */
int fa_pcapng_next(struct fa_pcapng *ng, struct fa_frame *frame, size_t *place,
		   struct fa_diag *diag);

/* Interfaces described so far, in all sections. */
uint32_t fa_pcapng_interfaces(const struct fa_pcapng *ng);

#endif
