/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What two sights of a packet have in common, and what tells them apart; of this stage only. */
#ifndef FA_DEDUP_SIGHT_H
#define FA_DEDUP_SIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/packet.h"

struct sight {
	uint64_t digest;   /* of what stays the same on the way */
	uint32_t pair;	   /* of the two addresses: half of fa_packet.pair_hash */
	uint32_t ip_bytes; /* on the wire */
	uint32_t view;	   /* digest of what is another one elsewhere */
};

/* KEY_VLAN: VLAN tags are a part of what stays the same. */
void sight_of(struct sight *sight, const struct fa_frame *frame, const struct fa_packet *packet,
	      const uint8_t *ip_bytes, uint64_t seed, bool key_vlan);

/* Whether no other packet of its sender, within a window, has the same bytes. */
bool sight_is_marked(const struct fa_packet *packet, const uint8_t *ip_bytes);

#endif
