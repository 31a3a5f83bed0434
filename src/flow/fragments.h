/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the first fragments of IP datagrams went: later fragments carry no ports and take those of
 * their first piece. Bounded: the oldest entry makes room.
 */
#ifndef FA_FLOW_FRAGMENTS_H
#define FA_FLOW_FRAGMENTS_H

#include <stdbool.h>

#include "base/siphash.h"
#include "core/packet.h"

/* What the fragments of one datagram have in common. */
enum { FA_DATAGRAM_WORDS = 6 };

struct fa_datagram {
	uint64_t words[FA_DATAGRAM_WORDS];
};

/*
 * The datagram of a fragment: addresses, id and tunnel, in one direction; of IPv4 TRANSPORT, too
 * (RFC 791), which the fragments of an IPv6 packet need not agree in (RFC 8200 section 4.5). VLANS:
 * and the outermost VLAN tags.
 */
struct fa_datagram fa_datagram_of(const struct fa_packet *packet, uint8_t transport, bool vlans);

/* The other TRANSPORT that later fragments of this first one may have: what is behind an IPv4
 * authentication header (RFC 4302) is only seen in the first one. 0 for none. */
uint8_t fa_datagram_other_transport(const struct fa_packet *first);

struct fa_fragments;

/* VLANS: as above. 0 or FA_ENOMEM. */
int fa_fragments_new(struct fa_fragments **out, bool vlans);
void fa_fragments_free(struct fa_fragments *fragments);

/* Remembers the ports of a first fragment. CLOCK_NS never goes back. */
void fa_fragments_first(struct fa_fragments *fragments, const struct fa_packet *packet,
			int64_t clock_ns);

/*
 * Gives a later fragment ports and transport of its first one; false when that was not seen within
 * a minute before. Then *NUMBERED: the bytes of this fragment have the TCP number tcp_seq, if they
 * came in order; in any order they are together those of the segment.
 */
bool fa_fragments_later(struct fa_fragments *fragments, struct fa_packet *packet, int64_t clock_ns,
			bool *numbered);

#endif
