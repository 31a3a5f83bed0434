/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the other conversations of a run say about one: what else a server port spoke, which end
 * of a conversation serves when its own packets do not show it, and which clients scan. Nothing
 * here depends on the order of the calls, as long as the cap is not reached. What goes on in a tunnel
 * says nothing about hosts outside of it, or of another tenant.
 */
#ifndef FA_AUDIT_EVIDENCE_H
#define FA_AUDIT_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/flow.h"

struct fa_evidence;

/*
 * Remembers at most MAX_ENDPOINTS ends (tunnel and tenant, address, transport, port), about 110 bytes
 * each; clients that tried in vain, and each of their first targets, count as one of these, too. 0
 * or FA_ENOMEM.
 */
int fa_evidence_new(struct fa_evidence **out, size_t max_endpoints);
void fa_evidence_free(struct fa_evidence *evidence);

/*
 * Takes every conversation of the run, as the workers sent it. After all of them were added, those
 * that fa_evidence_resolve changed may be added once more, so that what they spoke counts for the
 * port that turned out to serve.
 */
void fa_evidence_add(struct fa_evidence *evidence, const struct fa_conversation *conv);

/*
 * Finds out who serves in a conversation whose direction rests on the first packet alone. True
 * when found: then client and server are exchanged if need be, direction_by is "degree" and
 * client_port 0. Found when exactly one end
 * - served elsewhere by handshake or by protocol, or
 * - has at least three distinct peers, with three distinct ports (where there are ports), while the
 *   other end has this one only.
 * Except on TCP only peers that sent something count: one UDP port that probes many hosts is a
 * scanner, not a server.
 */
bool fa_evidence_resolve(const struct fa_evidence *evidence, struct fa_conversation *conv);

/*
 * The protocol that inspection saw most at the server port of ID: its name (borrowed) and in *FLOWS how
 * many flows spoke it; NULL when none. Equal counts: the first by name.
 */
const char *fa_evidence_spoke(const struct fa_evidence *evidence, const struct fa_identity *id,
			      uint64_t *flows);

/*
 * Whether the client of ID tried at least 20 targets (server, transport, port) in conversations that are
 * nothing but TCP connections never opened. What such a client tries says nothing about it.
 */
bool fa_evidence_is_scanner(const struct fa_evidence *evidence, const struct fa_identity *id);

/* Whether something was not remembered, for want of room or memory: evidence is incomplete. */
bool fa_evidence_is_full(const struct fa_evidence *evidence);

#endif
