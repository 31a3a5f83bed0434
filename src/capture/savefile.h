/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pcap files, read through libpcap. Private to this folder. */
#ifndef FA_CAPTURE_SAVEFILE_H
#define FA_CAPTURE_SAVEFILE_H

#include <stdint.h>

#include <pcap/pcap.h>

#include "base/error.h"
#include "capture/stream.h"
#include "core/packet.h"

struct fa_savefile;

/* Reads the file header of STREAM, borrowed. FA_EFORMAT, FA_ETRUNCATED, FA_EUNSUPPORTED, FA_ENOMEM,
 * or what the stream failed with. */
int fa_savefile_open(struct fa_savefile **out, struct fa_stream *stream, struct fa_diag *diag);
void fa_savefile_free(struct fa_savefile *savefile);

/* For the link type and the filter; borrowed. */
pcap_t *fa_savefile_pcap(const struct fa_savefile *savefile);

/* The next packet: time, bytes and lengths of FRAME are set. They are good until the next call. 1, 0
 * at the end, or an error as above. */
int fa_savefile_next(struct fa_savefile *savefile, struct fa_frame *frame, struct fa_diag *diag);

/* Takes a packet of fa_savefile_run. False: no more for now. */
typedef bool (*fa_savefile_fn)(void *context, struct fa_frame *frame);

/*
 * Gives at most COUNT (at least 1) packets in FRAME to FN: faster than one by one. 1: FN stopped it,
 * or there may be more; 0 at the end; or an error as above.
 */
int fa_savefile_run(struct fa_savefile *savefile, unsigned count, struct fa_frame *frame,
		    fa_savefile_fn fn, void *context, struct fa_diag *diag);

#endif
