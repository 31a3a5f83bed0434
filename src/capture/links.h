/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The link types of one capture, each with the filter for it. Private to this folder.
 */
#ifndef FA_CAPTURE_LINKS_H
#define FA_CAPTURE_LINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pcap/pcap.h>

#include "core/packet.h"
#include "base/error.h"

/* In one capture. The registry of the tcpdump group has fewer; nobody captures on so many. */
#define FA_LINKS_MAX 512

struct fa_link {
	int link_type; /* as in fa_frame */
	uint32_t file_type; /* LINKTYPE_ value: the same but for a few */
	bool filtered;
	struct bpf_program program;
};

struct fa_links {
	const char *filter; /* borrowed; NULL or empty: none */
	const char *label;  /* borrowed: names the input */
	struct fa_link *items;
	size_t count, room;
};

/* Compiles the filter for what PCAP reads: the one link type of its file. Errors as of filter.h. */
int fa_links_add(struct fa_links *links, pcap_t *pcap, struct fa_diag *diag);

/*
 * The place of the link type that a file calls FILE_TYPE, added when it is new, with a filter as
 * libpcap compiles it for files. FA_EINVAL: the filter cannot be applied to it; added all the same,
 * and nothing of it passes then. FA_EUNSUPPORTED: there are FA_LINKS_MAX others.
 */
int fa_links_find(struct fa_links *links, uint32_t file_type, size_t *place, struct fa_diag *diag);

void fa_links_deinit(struct fa_links *links);

/* Whether a frame of the link type at PLACE passes. */
static inline bool fa_links_pass(const struct fa_links *links, size_t place,
				 const struct fa_frame *frame)
{
	const struct fa_link *link = &links->items[place];

	return !link->filtered || bpf_filter(link->program.bf_insns, frame->data, frame->wire,
					     frame->captured) != 0;
}

#endif
