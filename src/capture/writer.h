/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes frames into a capture file, as they were captured. */
#ifndef FA_CAPTURE_WRITER_H
#define FA_CAPTURE_WRITER_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "core/packet.h"

struct fa_writer;

/*
 * Writes the head of a pcap file for frames of LINK_TYPE (as in fa_frame) to FILE, which stays the
 * caller's. NANOSECONDS: times in nanoseconds, else in microseconds. 0, FA_ENOMEM, FA_EIO,
 * FA_EFULL.
 */
int fa_writer_open(struct fa_writer **out, FILE *file, int link_type, bool nanoseconds,
		   struct fa_diag *diag);

/* All of FRAME: its captured bytes, its length on the wire, its time. Errors as above. */
int fa_writer_frame(struct fa_writer *writer, const struct fa_frame *frame, struct fa_diag *diag);

/* Frees; NULL is fine. The file is not flushed. */
void fa_writer_free(struct fa_writer *writer);

#endif
