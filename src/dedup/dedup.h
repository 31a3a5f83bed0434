/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The stage that tells copies from packets. Mirrors of several switches, or both sides of one
 * mirrored link, hand over the same packet more than once, within the time that their ways differ.
 *
 * The same packet is what no switch and no router on the way changes: tunnel with its tenant,
 * addresses, transport, IP length, identification, fragment, and the bytes behind the IP header.
 * Not so: TTL, service class, IPv4 header checksum and options, link headers, labels, VLAN tags
 * (but with `--key vlan` those tags that tell flows apart).
 *
 * The second sight of one within the window is
 * 1. a copy when it looks otherwise: another interface, link header or TTL. Nobody sends it so.
 * 2. a copy when it looks alike and says itself which packet it is: an IPv4 identification, a
 *    fragment, TCP that takes sequence space, SCTP data, ESP. Who repeats one of these says so with
 *    another number, or, where IPv6 has none, later than the window.
 * 3. else (UDP, ICMP and bare acknowledgements of IPv6, and of IPv4 without identification) a copy,
 *    or somebody who said the same twice. That only the rest of the capture shows: of the last
 *    FA_DEDUP_SAMPLE packets of kind 2 at least a quarter were copies that look alike. Then as many
 *    copies of one packet are left out as those had on average, and the one after them stays.
 *
 * Everything is decided in the order of the source, by nothing but the packets: the seed of the
 * hashes decides nothing, as long as no two of them collide in 96 bits.
 */
#ifndef FA_DEDUP_DEDUP_H
#define FA_DEDUP_DEDUP_H

#include <stdint.h>

#include "core/packet.h"
#include "core/wire.h"

struct fa_dedup;

/* Packets that show whether a capture is doubled, and the copies that it takes at least. */
#define FA_DEDUP_SAMPLE	    1024u
#define FA_DEDUP_COPIES_MIN 4u

/*
 * The last packets that are remembered, a number that depends on the window: 8,192 up to a
 * millisecond, so 8 million packets a second, up to 65,536 from eight on. What has to be forgotten
 * within its window is a copy missed, never a packet lost.
 */
#define FA_DEDUP_PACKETS_MIN 8192u
#define FA_DEDUP_PACKETS_MAX 65536u
#define FA_DEDUP_BYTES_MAX   (FA_DEDUP_PACKETS_MAX * 36u) /* 2.25 MiB; with the least 288 KiB */

enum fa_sighting {
	FA_SIGHTING_FIRST,    /* or so long after the one before that it is a packet of its own */
	FA_SIGHTING_COPY,     /* to be left out */
	FA_SIGHTING_REPEATED, /* word for word, and nothing shows that it is a copy: it stays */
};

/*
 * *OUT is NULL where WIRE says that nothing is looked for. SEED should be a secret, so that nobody
 * can choose packets that are slow to find. 0 or FA_ENOMEM.
 */
int fa_dedup_new(struct fa_dedup **out, const struct fa_wire *wire, uint64_t seed);
void fa_dedup_free(struct fa_dedup *dedup);

/* The next packet of the source: decoded, with its frame and its IP bytes in there. */
enum fa_sighting fa_dedup_packet(struct fa_dedup *dedup, const struct fa_frame *frame,
				 const struct fa_packet *packet, const uint8_t *ip_bytes);

#endif
