/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the first fragments of IP datagrams went: later fragments carry no ports and take those of
 * their first piece. Bounded: the oldest entry makes room.
 */
#ifndef FA_FLOW_FRAGMENTS_H
#define FA_FLOW_FRAGMENTS_H

#include <stdbool.h>

#include "core/packet.h"

struct fa_fragments;

int fa_fragments_new(struct fa_fragments **out);
void fa_fragments_free(struct fa_fragments *fragments);

/* Remembers the ports of a first fragment. */
void fa_fragments_first(struct fa_fragments *fragments, const struct fa_packet *packet);

/* Gives a later fragment the ports of its first one; false when that was not seen. */
bool fa_fragments_later(struct fa_fragments *fragments, struct fa_packet *packet);

#endif
