/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which packets belong to a finding: those of its conversations, in both directions, within the
 * time that each was seen; later fragments whose first piece belongs, or may; the ICMP errors that
 * quote one. Conversations that differ only in what was spoken, between the same two hosts on the
 * same port at the same time, cannot be told apart by a packet and all belong.
 */
#ifndef FA_PIPELINE_WANTED_H
#define FA_PIPELINE_WANTED_H

#include <stdbool.h>
#include <stddef.h>

#include "core/history.h"
#include "core/packet.h"

struct fa_wanted;

/* 0 or FA_ENOMEM. */
int fa_wanted_new(struct fa_wanted **out);
void fa_wanted_free(struct fa_wanted *wanted);

/* Tunnels of conversations do not matter: the packets will be without those they came in. To be
 * said before any is added. */
void fa_wanted_ignore_tunnels(struct fa_wanted *wanted);

/* Packets of other VLANs are of other conversations: so it was in a run with VLANs in the key. To
 * be said before any is added. */
void fa_wanted_key_vlan(struct fa_wanted *wanted);

/* 0 or FA_ENOMEM. */
int fa_wanted_add(struct fa_wanted *wanted, const struct fa_finding_part *part);

/* Distinct conversations so far, time apart. */
size_t fa_wanted_count(const struct fa_wanted *wanted);

/*
 * Takes every decoded packet of the source, in its order: fragments refer to those before them. A
 * later fragment that comes before its first piece belongs to whatever is wanted between these two
 * hosts: one too many is better than one that is missing.
 */
bool fa_wanted_has(struct fa_wanted *wanted, const struct fa_packet *packet);

#endif
