/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packets of a live capture that are kept as evidence. The first packets of all flows are gathered
 * while a window is open, in a file without a name; when the window has been judged, those that
 * belong to conversations with findings are written as a capture file, FOLDER/flowaudit-RUN-WINDOW
 * .pcap, and the rest is forgotten. The oldest of these files make room for new ones.
 *
 * Gathering is for one thread, selecting for one other; neither waits for the other.
 */
#ifndef FA_PIPELINE_KEEP_H
#define FA_PIPELINE_KEEP_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "core/flow.h"
#include "core/packet.h"

/* Of the folder, with what is being gathered. */
#define FA_KEEP_DEFAULT_BYTES (UINT64_C(1) << 30)
#define FA_KEEP_MIN_BYTES     (UINT64_C(4) << 20)

/*
 * Once a quarter of the room for a window is used, only so many packets of what seems to be one
 * conversation are gathered (the same hosts, transport and lower port, by a hash, so that rarely
 * others are taken for it): what is frequent shall not keep out what is rare.
 */
#define FA_KEEP_PER_CONVERSATION 64

struct fa_keep;
struct fa_keep_candidates;

/*
 * FOLDER must be there. LIMIT_BYTES bounds it: at most a quarter is for gathering, the rest for
 * capture files. What a process that was killed left half written is removed. FA_ENOENT, FA_EPERM,
 * FA_EINVAL (limit below FA_KEEP_MIN_BYTES) ..., with a message that names the folder.
 */
int fa_keep_new(struct fa_keep **out, const char *folder, uint64_t limit_bytes,
		struct fa_diag *diag);
/* After all its candidates are freed. NULL is fine. */
void fa_keep_free(struct fa_keep *keep);

/*
 * Gathers a packet with PACKET->captured bytes at IP_BYTES, or counts it as dropped: no room, no
 * disk, or a disk so slow that it would hold up the caller.
 */
void fa_keep_packet(struct fa_keep *keep, const struct fa_packet *packet, const uint8_t *ip_bytes);

/* Packets that were not gathered, since the beginning. For the gathering thread. */
uint64_t fa_keep_dropped(const struct fa_keep *keep);

/* The window is over: what it has gathered, which the caller owns now; NULL when there is nothing
 * (which the other functions take). For the gathering thread. */
struct fa_keep_candidates *fa_keep_window_take(struct fa_keep *keep);
void fa_keep_candidates_free(struct fa_keep_candidates *candidates);

/* Whose packets are wanted, and who is told what. */
struct fa_keep_selection {
	const struct fa_identity *ids; /* of the conversations with findings */
	size_t count;
	int64_t run, window; /* numbers, for the name */
	/* A file that made room is gone: its path as in fa_keep_saved. NULL: not wanted. */
	void (*removed)(void *context, const char *path);
	void *context;
};

struct fa_keep_saved {
	char path[4096];  /* absolute; "": none of the packets was wanted */
	uint64_t packets, bytes;
	int64_t mtime_ns; /* path, bytes and this make a struct fa_input_file */
	int trouble;	  /* errno value of the first failure while gathering; 0 for none */
};

/*
 * Writes the packets of these conversations, both directions, later fragments and ICMP errors that
 * quote them, by time as far as they came within seconds of each other: a pcap file of LINKTYPE_RAW
 * (the innermost IP packets) with nanoseconds, mode 0640, which appears complete or not at all. On
 * error nothing of it stays; CANDIDATES can be selected from again.
 */
int fa_keep_select(struct fa_keep_candidates *candidates, const struct fa_keep_selection *selection,
		   struct fa_keep_saved *saved, struct fa_diag *diag);

#endif
