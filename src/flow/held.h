/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Later IP fragments that came before their first piece, and wait for it.
 *
 * A first piece that comes late comes by another way, or last, since some senders send the last
 * piece first: within milliseconds. Receivers wait for the rest of a datagram for 15 (RFC 791), 60
 * (RFC 8200) or, Linux, 30 seconds; here it is 30.
 *
 * Bounded: FA_HELD_MAX fragments, which are 23 whole datagrams of 64 KiB at an MTU of 1500 (45
 * pieces each), or those of 20 milliseconds at a rate of 51,200 a second. With their links they
 * take 240 KiB in each worker, and where packets are kept as evidence 2 MiB more, touched as they
 * are used; of a longer fragment the first FA_HELD_BYTES bytes are kept. The oldest makes room.
 */
#ifndef FA_FLOW_HELD_H
#define FA_FLOW_HELD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/time.h"
#include "core/packet.h"

enum { FA_HELD_MAX = 1024, FA_HELD_BYTES = 2048 };

#define FA_HELD_NS (30 * FA_NS_PER_SECOND)

struct fa_held;

/* BYTES: keeps the captured bytes. VLANS: see fragments.h. 0 or FA_ENOMEM. */
int fa_held_new(struct fa_held **out, bool bytes, bool vlans);
void fa_held_free(struct fa_held *held);

size_t fa_held_count(const struct fa_held *held);

/* When the oldest one has waited long enough; INT64_MAX when there is none. */
int64_t fa_held_due_ns(const struct fa_held *held);

/* Takes a later fragment; there must be room for it. CLOCK_NS never goes back. */
void fa_held_put(struct fa_held *held, const struct fa_packet *packet, const uint8_t *ip_bytes,
		 int64_t clock_ns);

/* One that leaves, with its bytes, `captured` of them; valid until the next is put in. */
struct fa_held_packet {
	const struct fa_packet *packet;
	const uint8_t *ip_bytes;
};

/* The next one, in the order in which they came, of the datagram of FIRST. False: there is none. */
bool fa_held_take_of(struct fa_held *held, const struct fa_packet *first,
		     struct fa_held_packet *out);

/* The oldest one of all. False: there is none. */
bool fa_held_take_oldest(struct fa_held *held, struct fa_held_packet *out);

#endif
