/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nearest miss of a conversation that no rule covers. */
#ifndef FA_AUDIT_NEAREST_H
#define FA_AUDIT_NEAREST_H

#include "audit/context.h"
#include "core/verdict.h"

/*
 * Fills nearest and differs of OUT, or leaves them as they are when nothing is near. In this
 * order:
 * 1. the same port on another transport, when the protocol does not speak against it: a firewall
 *    rule with the wrong transport is a small and common mistake;
 * 2. the same protocol, seen, on another port of the same transport: a moved or configurable port;
 * 3. the same port on another transport although the protocol differs (QUIC on 443).
 * A rule that accepts any protocol is never near by protocol.
 */
void fa_nearest_find(const struct fa_audit_context *context, const struct fa_conversation *conv,
		     struct fa_judgement *out);

#endif
